/* refusal.c - see refusal.h. */
#include "fleet/refusal.h"

struct row {
    const char *word;
    const char *text;
    unsigned http;
    bool retry;
};

static const struct row rows[YM_REFUSAL_COUNT] = {
#define X(name, word_, http_, retry_, text_)                                                       \
    [YM_REFUSAL_##name] = {.word = word_, .text = text_, .http = http_, .retry = retry_},
    YM_REFUSAL_TABLE(X)
#undef X
};

static const struct row *row_of(enum ym_refusal r) {
    return &rows[(unsigned)r < YM_REFUSAL_COUNT ? r : YM_REFUSAL_MALFORMED];
}

const char *ym_refusal_word(enum ym_refusal r) {
    return row_of(r)->word;
}

const char *ym_refusal_text(enum ym_refusal r) {
    return row_of(r)->text;
}

unsigned ym_refusal_http(enum ym_refusal r) {
    return row_of(r)->http;
}

bool ym_refusal_retry(enum ym_refusal r) {
    return row_of(r)->retry;
}
