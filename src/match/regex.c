/* regex.c - see match/regex.h. */
#include "match/regex.h"

#include "base/alloc.h"
#include "base/ere.h"
#include "regexlib.h"

/* A name or an address is short: what needs more than this is an expression made to be slow. */
enum { MATCH_LIMIT = 1000000, DEPTH_LIMIT = 20000 };

struct ym_ere {
    struct ym_regexlib lib;
};

static ym_status compile(struct ym_ere *re, const struct ym_buf *text, unsigned flags,
                         struct ym_err *err) {
    uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE;

    if ((flags & YM_ERE_CASELESS) != 0) {
        options |= PCRE2_CASELESS;
    }
    YM_TRY(ym_regexlib_init(&re->lib, text->data, text->len, options, err));
    (void)pcre2_set_match_limit(re->lib.context, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(re->lib.context, DEPTH_LIMIT);
    return YM_OK;
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

ym_ere_result ym_ere_match(struct ym_ere *re, const char *text, size_t n) {
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(re->lib.code, NULL);
    int rc;

    if (data == NULL) {
        return YM_ERE_GAVE_UP;
    }
    rc = pcre2_match(re->lib.code, (PCRE2_SPTR)text, n, 0, 0, data, re->lib.context);
    pcre2_match_data_free(data);
    if (rc == PCRE2_ERROR_NOMATCH) {
        return YM_ERE_NO;
    }
    return rc >= 0 ? YM_ERE_YES : YM_ERE_GAVE_UP;
}
