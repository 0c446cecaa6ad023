/* signatures/yara.h - YARA source to rules.
 *
 *     y = ym_yara_new(&options, &sink);
 *     ym_yara_file(y, "rules.yar", text, n, "default", &err);     // as often as needed
 *     ym_yara_free(y);
 *
 * No I/O: `include` goes through options.include.  Rule names live per namespace for the life of
 * the compiler object.  Language: YARA 4.5 (facts and sources: docs/formats/yara.md); what is not
 * supported yet is refused by file:line:column, never accepted with another meaning. */
#ifndef YM_SIGNATURES_YARA_H
#define YM_SIGNATURES_YARA_H

#include "signatures/rule.h"

struct ym_yara; /* opaque */

/* Opens the file that `from` includes as `path` (relative to the including file's folder);
 * *ret_text stays valid until the whole ym_yara_file() call returned; *ret_name is how errors
 * call it. */
typedef ym_status ym_yara_include_fn(void *self, const char *from, const char *path,
                                     const char **ret_name, const char **ret_text, size_t *ret_n,
                                     struct ym_err *err);

struct ym_yara_options {
    bool skip_bad; /* a rule that is refused is left out and counted; a syntax error from which the
                      parser finds the next rule, too */
    ym_yara_include_fn *include; /* NULL: includes are refused */
    void *include_self;
    /* Warnings, for people ("file:line:column: text"); NULL: dropped. */
    void (*warning)(void *self, const char *file, unsigned line, unsigned column, const char *text);
    void *warning_self;
    bool lint; /* also warnings about what is right but can hardly be meant */
    /* Every error of what skip_bad leaves out; NULL: they are warnings. */
    void (*error)(void *self, const struct ym_err *err);
    void *error_self;
    const struct ym_external *externals; /* that rules may use; borrowed */
    size_t n_externals;
};

struct ym_yara *ym_yara_new(const struct ym_yara_options *options, const struct ym_sink *sink);
void ym_yara_free(struct ym_yara *y); /* accepts NULL */
/* Instead of options.externals, for the files that follow; borrowed. */
void ym_yara_set_externals(struct ym_yara *y, const struct ym_external *externals, size_t n);

YM_MUST_CHECK ym_status ym_yara_file(struct ym_yara *y, const char *name, const char *text,
                                     size_t n, const char *ns, struct ym_err *err);

#endif
