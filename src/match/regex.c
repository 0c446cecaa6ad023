/* regex.c - see match/regex.h.
 *
 * Only a yes or no is asked, and the dialect has no back-references: PCRE2's other matcher, which
 * follows all alternatives side by side, answers in polynomial time what backtracking may take for
 * ever to answer.  Metered all the same. */
#include "match/regex.h"

#include "base/alloc.h"
#include "base/ere.h"
#include "regexlib.h"

enum {
    RUN_BASE = 5000000, /* steps of one search */
    RUN_BYTE = 1000,
    WORKSPACE = 4000, /* numbers; enough for nearly all */
    LARGE_WORKSPACE = 1000000
};

struct ym_ere {
    struct ym_regexlib lib;
};

static ym_status compile(struct ym_ere *re, const struct ym_buf *text, unsigned flags,
                         struct ym_err *err) {
    uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE;

    if ((flags & YM_ERE_CASELESS) != 0) {
        options |= PCRE2_CASELESS;
    }
    return ym_regexlib_init(&re->lib, text->data, text->len, options, err);
}

static ym_status translate_and_compile(struct ym_ere *re, const char *text, size_t n,
                                       unsigned flags, struct ym_err *err) {
    struct ym_buf pcre;
    const char *why = NULL;
    ym_status st;

    ym_buf_init(&pcre, YM_REGEX_MAX_TEXT);
    st = ym_ere_translate(text, n, &pcre, &why);
    if (st != YM_OK) {
        st = ym_fail(err, st, "match/regex", YM_ERR_NO_OFFSET, "%s",
                     why != NULL ? why : ym_status_text(st));
    } else {
        st = compile(re, &pcre, flags, err);
    }
    ym_buf_done(&pcre);
    return st;
}

ym_status ym_ere_new(const char *text, size_t n, unsigned flags, struct ym_ere **ret_ere,
                     struct ym_err *err) {
    struct ym_ere *re = ym_zalloc(1, sizeof(*re));
    ym_status st;

    if (re == NULL) {
        return ym_fail(err, YM_NOMEM, "match/regex", YM_ERR_NO_OFFSET, "out of memory");
    }
    st = translate_and_compile(re, text, n, flags, err);
    if (st != YM_OK) {
        ym_free(re);
        return st;
    }
    *ret_ere = re;
    return YM_OK;
}

void ym_ere_free(struct ym_ere *re) {
    if (re != NULL) {
        ym_regexlib_done(&re->lib);
        ym_free(re);
    }
}

static int search(struct ym_ere *re, const char *text, size_t n, pcre2_match_data *data) {
    struct ym_regex_meter meter;
    int room[WORKSPACE];
    int *large;
    int rc;

    ym_regex_meter_start(&meter, &re->lib, RUN_BASE + (uint64_t)n * RUN_BYTE);
    rc = pcre2_dfa_match(re->lib.code, (PCRE2_SPTR)text, n, 0, PCRE2_DFA_SHORTEST, data,
                         re->lib.context, room, WORKSPACE);
    if (rc != PCRE2_ERROR_DFA_WSSIZE) {
        return rc;
    }
    large = ym_malloc(LARGE_WORKSPACE * sizeof(*large));
    if (large == NULL) {
        return PCRE2_ERROR_NOMEMORY;
    }
    meter.at = 0;
    rc = pcre2_dfa_match(re->lib.code, (PCRE2_SPTR)text, n, 0, PCRE2_DFA_SHORTEST, data,
                         re->lib.context, large, LARGE_WORKSPACE);
    ym_free(large);
    return rc;
}

ym_ere_result ym_ere_match(struct ym_ere *re, const char *text, size_t n) {
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(re->lib.code, NULL);
    int rc;

    if (data == NULL) {
        return YM_ERE_GAVE_UP;
    }
    rc = search(re, text, n, data);
    pcre2_match_data_free(data);
    if (rc == PCRE2_ERROR_NOMATCH) {
        return YM_ERE_NO;
    }
    return rc >= 0 ? YM_ERE_YES : YM_ERE_GAVE_UP;
}
