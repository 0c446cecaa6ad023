/* fuzz_regex.c - regular expressions: what the translator of POSIX expressions takes, PCRE2 takes;
 * what is checked at load compiles at run time; matches lie inside the data; work ends.
 *
 * Input: kind and flags (2 bytes), place (2 bytes), length of the expression (2 bytes), the
 * expression, the data. */
#include "../../src/match/pcre.h"
#include "../../src/signatures/clamav/regex_check.h"
#include "base/ere.h"
#include "match/regex.h"

#include <stdint.h>
#include <stdlib.h>

enum { HEAD = 6, MAX_ERE = 2000, BUDGET = 200000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool cond) {
    if (!cond) {
        abort();
    }
}

static void try_ere(const uint8_t *text, size_t n, unsigned flags, const uint8_t *data,
                    size_t len) {
    struct ym_ere *re = NULL;
    struct ym_err err = {0};
    struct ym_buf pcre;
    const char *why = NULL;
    ym_status st;

    ym_buf_init(&pcre, 1 << 20);
    st = ym_ere_translate((const char *)text, n, &pcre, &why);
    require((st == YM_OK) == (why == NULL));
    ym_buf_done(&pcre);
    if (ym_ere_new((const char *)text, n, flags, &re, &err) == YM_OK) {
        require(st == YM_OK);
        (void)!ym_ere_match(re, (const char *)data, len);
        ym_ere_free(re);
    } else {
        /* Good ones are refused for their size alone. */
        require(err.text[0] != '\0' && (st != YM_OK || err.code == YM_LIMIT));
    }
}

static void try_pcre(const uint8_t *text, size_t n, uint32_t flags, const uint8_t *head,
                     const uint8_t *data, size_t len) {
    struct ym_pcre *p = NULL;
    uint64_t budget = BUDGET;
    struct ym_pcre_job job = {.data = data,
                              .size = len,
                              .has_place = head[0] != 0xff,
                              .low = (int8_t)head[0],
                              .high = (int64_t)(int8_t)head[0] + head[1],
                              .has_shift = head[1] != 0,
                              .budget = &budget};
    struct ym_pcre_result r;
    const char *why = NULL;
    ym_status st = ym_clamav_check_regex((const char *)text, n, flags, &why);

    require(st == YM_OK || (st == YM_MALFORMED && why != NULL));
    if (ym_pcre_new(text, n, flags, &p) != YM_OK) {
        require(st != YM_OK);
        return;
    }
    require(st == YM_OK);
    require(ym_pcre_run(p, &job, &r) == YM_OK);
    require(budget < BUDGET || r.count == 0);
    require(r.count == 0 || (r.first <= r.last && r.last <= len));
    require(r.count <= 1 || (flags & YM_REGEX_GLOBAL) != 0);
    require(r.count <= len + 1);
    ym_pcre_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    size_t n;

    if (len < HEAD) {
        return 0;
    }
    n = (size_t)(data[4] | data[5] << 8) % MAX_ERE;
    if (n > len - HEAD) {
        n = len - HEAD;
    }
    if ((data[0] & 0x80) != 0) {
        try_ere(data + HEAD, n, data[1] & YM_ERE_CASELESS, data + HEAD + n, len - HEAD - n);
    } else {
        try_pcre(data + HEAD, n, (uint32_t)(data[0] & 3) << 8 | data[1], data + 2, data + HEAD + n,
                 len - HEAD - n);
    }
    return 0;
}
