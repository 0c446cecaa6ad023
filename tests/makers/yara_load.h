/* yara_load.h - YARA text through the parser into a list of one-line rules (rule_text.h), with
 * what was left out, warned of and refused.  Includes are answered from a table. */
#ifndef YM_MAKERS_YARA_LOAD_H
#define YM_MAKERS_YARA_LOAD_H

#include "makers/rule_text.h"
#include "signatures/yara.h"

#include <string.h>

struct yara_file {
    const char *name;
    const char *text;
};

struct yara_load {
    struct ym_buf rules;    /* a line each */
    struct ym_buf left_out; /* "line why" each */
    struct ym_buf warnings;
    uint32_t n_rules, n_left_out;
    struct ym_err err;
    const struct yara_file *files; /* for includes; ends with a NULL name */
    ym_status sink_status;         /* what the sink answers */
};

static inline ym_status yara_load_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                                       struct ym_err *err) {
    struct yara_load *l = self;

    (void)err;
    rule_text(&l->rules, rule);
    ym_buf_u8(&l->rules, '\n');
    *ret_id = l->n_rules++;
    return l->sink_status != YM_OK ? l->sink_status : ym_buf_status(&l->rules);
}

static inline ym_status yara_load_left_out(void *self, const char *file, unsigned line,
                                           const char *why) {
    struct yara_load *l = self;

    (void)file;
    l->n_left_out++;
    ym_buf_printf(&l->left_out, "%u %s\n", line, why);
    return ym_buf_status(&l->left_out);
}

static inline void yara_load_warning(void *self, const char *file, unsigned line, unsigned column,
                                     const char *text) {
    struct yara_load *l = self;

    ym_buf_printf(&l->warnings, "%s:%u:%u: %s\n", file, line, column, text);
}

static inline ym_status yara_load_include(void *self, const char *from, const char *path,
                                          const char **ret_name, const char **ret_text,
                                          size_t *ret_n, struct ym_err *err) {
    const struct yara_load *l = self;

    (void)from;
    (void)err;
    for (const struct yara_file *f = l->files; f != NULL && f->name != NULL; f++) {
        if (strcmp(f->name, path) == 0) {
            *ret_name = f->name;
            *ret_text = f->text;
            *ret_n = strlen(f->text);
            return YM_OK;
        }
    }
    return YM_IO;
}

static inline void yara_load_init(struct yara_load *l) {
    *l = (struct yara_load){.sink_status = YM_OK};
    ym_buf_init(&l->rules, 1 << 24);
    ym_buf_init(&l->left_out, 1 << 24);
    ym_buf_init(&l->warnings, 1 << 24);
}

static inline void yara_load_done(struct yara_load *l) {
    ym_buf_done(&l->rules);
    ym_buf_done(&l->left_out);
    ym_buf_done(&l->warnings);
}

static inline struct ym_yara *yara_load_new(struct yara_load *l, bool skip_bad) {
    struct ym_sink sink = {.self = l, .rule = yara_load_rule, .left_out = yara_load_left_out};
    struct ym_yara_options options = {.skip_bad = skip_bad,
                                      .include = yara_load_include,
                                      .include_self = l,
                                      .warning = yara_load_warning,
                                      .warning_self = l};
    static _Thread_local struct ym_sink kept; /* borrowed by the parser while it lives */

    kept = sink;
    return ym_yara_new(&options, &kept);
}

/* One text, start to end. */
static inline ym_status yara_load_text(struct yara_load *l, const char *text, size_t n,
                                       bool skip_bad) {
    struct ym_yara *y = yara_load_new(l, skip_bad);
    ym_status st = y == NULL ? YM_NOMEM : ym_yara_file(y, "r.yar", text, n, "", &l->err);

    ym_yara_free(y);
    return st;
}

static inline const char *yara_load_lines(const struct ym_buf *b) {
    return b->len == 0 ? "" : (const char *)b->data;
}

#endif
