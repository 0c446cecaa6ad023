/* fuzz_yara - hostile rule text.  Properties, beside not crashing:
 *  - strict and skip_bad agree: a text without errors gives the same rules both ways, and a
 *    text with an error leaves something out;
 *  - skip_bad never ends with an error of the text's;
 *  - what the parser hands over compiles to a condition program that the checker accepts. */
#include "database/condition.h"
#include "signatures/yara.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX_PATTERNS = 20000 };

struct counts {
    uint32_t rules, left_out;
};

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err) {
    static uint8_t needs[MAX_PATTERNS];
    struct counts *c = self;
    struct ym_condition_facts facts;
    struct ym_buf code;
    ym_status st;

    (void)err;
    must(rule->n_patterns <= MAX_PATTERNS && rule->name != NULL && rule->condition != NULL);
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        const struct ym_pattern *p = &rule->patterns[i];

        must(p->n_variants > 0 && p->variants[0].body != NULL && p->id != NULL);
    }
    ym_buf_init(&code, 1 << 26);
    st = ym_condition_compile(rule->condition, rule->n_patterns, &code, needs, &facts, NULL);
    must(st == YM_OK);
    must(ym_condition_check(code.data, (uint32_t)code.len, rule->n_patterns, c->rules, NULL) ==
         YM_OK);
    ym_buf_done(&code);
    *ret_id = c->rules++;
    return YM_OK;
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    struct counts *c = self;

    must(file != NULL && line > 0 && why != NULL);
    c->left_out++;
    return YM_OK;
}

static ym_status load(const uint8_t *data, size_t len, bool skip_bad, struct counts *c) {
    const struct ym_sink sink = {.self = c, .rule = on_rule, .left_out = on_left_out};
    const struct ym_yara_options options = {.skip_bad = skip_bad};
    struct ym_yara *y = ym_yara_new(&options, &sink);
    struct ym_err err = {0};
    ym_status st;

    *c = (struct counts){0};
    if (y == NULL) {
        return YM_NOMEM;
    }
    st = ym_yara_file(y, "fuzz.yar", (const char *)data, len, "", &err);
    must(st == YM_OK || (err.code == st && err.text[0] != '\0' && err.line > 0));
    ym_yara_free(y);
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct counts strict;
    struct counts skipping;
    ym_status st = load(data, len, false, &strict);

    must(load(data, len, true, &skipping) == YM_OK);
    if (st == YM_OK) {
        must(strict.rules == skipping.rules && skipping.left_out == 0);
    } else {
        must(skipping.left_out > 0 && skipping.rules >= strict.rules);
    }
    return 0;
}
