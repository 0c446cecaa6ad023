/* watch.h - what the compiling process tells of rules, beside the image: every error and warning with
 * its line, and what became of every rule (database/plan.h).
 *
 *     struct ym_watch w = {.rules = NULL};
 *     options.watch = &w;                          // ym_sources_compile() then goes on after errors
 *     ...
 *     ym_watch_done(&w);
 *
 * The child writes messages with ym_watch_put_*(); the parent, to whom they are as hostile as any
 * other, collects them with ym_watch_take(). */
#ifndef YM_CLI_WATCH_H
#define YM_CLI_WATCH_H

#include "base/buf.h"
#include "base/reader.h"
#include "database/plan.h"

#include <stddef.h>

enum { YM_WATCH_MAX_BODY = 8192, YM_WATCH_MAX_SOURCE = 240 };

typedef enum ym_watch_message {
    YM_WATCH_FINDING,
    YM_WATCH_RULE,
    YM_WATCH_PATTERN, /* of the rule before it */
    YM_WATCH_MESSAGES
} ym_watch_message;

struct ym_finding {
    bool error;
    unsigned line, column; /* 0: none */
    char *file, *text;
    char *source; /* the line */
};

struct ym_watched_pattern {
    struct ym_plan_pattern plan; /* id and the classes of atoms are owned, too */
    char *source;                /* the line that it is written in */
};

struct ym_watched_rule {
    struct ym_plan_rule plan; /* patterns: NULL */
    size_t first;             /* of its patterns, plan.n_patterns when all of them came */
};

struct ym_watch {
    struct ym_finding *findings;
    struct ym_watched_rule *rules;
    struct ym_watched_pattern *patterns;
    size_t n_findings, room_findings;
    size_t n_rules, room_rules;
    size_t n_patterns, room_patterns;
};

void ym_watch_done(struct ym_watch *w);

/* Copies of the texts. */
YM_MUST_CHECK ym_status ym_watch_add_finding(struct ym_watch *w, const struct ym_finding *f);

void ym_watch_put_finding(struct ym_buf *out, const struct ym_finding *f);
void ym_watch_put_rule(struct ym_buf *out, const struct ym_plan_rule *r);
void ym_watch_put_pattern(struct ym_buf *out, const struct ym_plan_pattern *p, const char *source);
YM_MUST_CHECK ym_status ym_watch_take(struct ym_watch *w, ym_watch_message kind,
                                      struct ym_reader *body);

#endif
