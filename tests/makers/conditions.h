/* conditions.h - the text of a YARA rule to a condition program, and a made-up object to run it
 * on: what each pattern's hits are is the test's to say. */
#ifndef YM_MAKERS_CONDITIONS_H
#define YM_MAKERS_CONDITIONS_H

#include "base/buf.h"
#include "database/condition.h"
#include "match/condition.h"
#include "signatures/yara.h"

#include <string.h>

enum { CONDITIONS_MAX_PATTERNS = 64 };

struct condition_program {
    struct ym_buf code;
    uint8_t needs[CONDITIONS_MAX_PATTERNS];
    struct ym_condition_facts facts;
    uint32_t n_patterns;
    uint32_t rule_id; /* of the last rule of the text, whose program this is */
    uint32_t n_rules;
};

static inline ym_status condition_program_rule(void *self, const struct ym_rule *rule,
                                               uint32_t *ret_id, struct ym_err *err) {
    struct condition_program *c = self;

    if (rule->n_patterns > CONDITIONS_MAX_PATTERNS) {
        return YM_LIMIT;
    }
    ym_buf_clear(&c->code);
    c->n_patterns = rule->n_patterns;
    c->rule_id = c->n_rules++;
    *ret_id = c->rule_id;
    return ym_condition_compile(rule->condition, rule->n_patterns, &c->code, c->needs, &c->facts,
                                err);
}

static inline void condition_program_init(struct condition_program *c) {
    memset(c, 0, sizeof(*c));
    ym_buf_init(&c->code, 1 << 22);
}

static inline void condition_program_done(struct condition_program *c) {
    ym_buf_done(&c->code);
}

static inline ym_status condition_program_of(const char *text, size_t n,
                                             struct condition_program *c, struct ym_err *err) {
    const struct ym_sink sink = {.self = c, .rule = condition_program_rule};
    const struct ym_yara_options options = {.skip_bad = false};
    struct ym_yara *y = ym_yara_new(&options, &sink);
    ym_status st = y == NULL ? YM_NOMEM : ym_yara_file(y, "r.yar", text, n, "", err);

    ym_yara_free(y);
    return st;
}

/* ---- An object ------------------------------------------------------------------------------- */

struct condition_object {
    const struct ym_hits *hits; /* of each pattern */
    uint32_t n;
    uint32_t true_rules; /* bit i: rule i holds */
};

static inline struct ym_hits condition_object_hits(void *self, uint32_t pattern) {
    const struct condition_object *o = self;

    return pattern < o->n ? o->hits[pattern] : (struct ym_hits){NULL, 0};
}

static inline uint32_t condition_object_count(void *self, uint32_t pattern) {
    return condition_object_hits(self, pattern).n;
}

static inline bool condition_object_rule(void *self, uint32_t rule_id) {
    const struct condition_object *o = self;

    return rule_id < 32 && (o->true_rules >> rule_id & 1) != 0;
}

#endif
