/* regex_check.c - see regex_check.h.  What compiles here compiles in match/pcre.c. */
#include "regex_check.h"

#include "base/alloc.h"
#include "base/regex_options.h"

/* Static texts, since errors of one kind are counted together. */
static const struct {
    int error;
    const char *why;
} reasons[] = {
    {PCRE2_ERROR_END_BACKSLASH, "regular expression: a backslash at the end"},
    {PCRE2_ERROR_UNKNOWN_ESCAPE, "regular expression: an unknown escape"},
    {PCRE2_ERROR_QUANTIFIER_OUT_OF_ORDER, "regular expression: the numbers of {n,m} out of order"},
    {PCRE2_ERROR_QUANTIFIER_TOO_BIG, "regular expression: a number in {n,m} is over 65535"},
    {PCRE2_ERROR_QUANTIFIER_INVALID, "regular expression: nothing to repeat"},
    {PCRE2_ERROR_MISSING_SQUARE_BRACKET, "regular expression: a [ without its ]"},
    {PCRE2_ERROR_CLASS_RANGE_ORDER, "regular expression: a range that ends before it starts"},
    {PCRE2_ERROR_UNKNOWN_POSIX_CLASS, "regular expression: an unknown [:class:]"},
    {PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS, "regular expression: a ( without its )"},
    {PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS, "regular expression: a ) without its ("},
    {PCRE2_ERROR_BAD_SUBPATTERN_REFERENCE, "regular expression: a reference to no group"},
    {PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH,
     "regular expression: a look behind of no fixed length"},
    {PCRE2_ERROR_PATTERN_TOO_LARGE, "regular expression: too large for PCRE2"},
    {PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP, "regular expression: groups nest too deep"},
};

static const char *reason_of(int error) {
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].error == error) {
            return reasons[i].why;
        }
    }
    return "regular expression: PCRE2 refuses it";
}

static void *allocate(PCRE2_SIZE n, void *self) {
    (void)self;
    return ym_malloc(n);
}

static void release(void *p, void *self) {
    (void)self;
    ym_free(p);
}

ym_status ym_clamav_check_regex(const char *text, size_t n, uint32_t flags, const char **ret_why) {
    pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
    pcre2_compile_context *how = memory == NULL ? NULL : pcre2_compile_context_create(memory);
    pcre2_code *code = NULL;
    int error = PCRE2_ERROR_HEAP_FAILED;
    size_t offset;

    if (how != NULL) {
        code = pcre2_compile((PCRE2_SPTR)text, n, ym_regex_options(flags), &error, &offset, how);
    }
    pcre2_compile_context_free(how);
    pcre2_general_context_free(memory);
    if (code != NULL) {
        pcre2_code_free(code);
        return YM_OK;
    }
    if (error == PCRE2_ERROR_HEAP_FAILED) {
        return YM_NOMEM;
    }
    *ret_why = reason_of(error);
    return YM_MALFORMED;
}
