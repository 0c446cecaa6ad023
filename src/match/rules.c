/* rules.c - which rules hold for an object, and the report of those that do.
 *
 * Rules that got a hit, and those that need none, are evaluated in rule order; a rule sees the raw
 * result of earlier ones.  A global rule that fails silences its namespace. */
#include "logic.h"
#include "run.h"

#include "base/kinds.h"
#include "database/condition.h"
#include "database/pattern_code.h"
#include "match/condition.h"
#include "modules_run.h"

#include <stdlib.h>
#include <string.h>

struct evaluation {
    struct ym_run *run;
    const struct ym_img_rule *rule;
};

static struct ym_hits hits_of(void *self, uint32_t index) {
    const struct evaluation *e = self;
    uint32_t id = e->rule->first_pattern + index;

    if (index >= e->rule->n_patterns) {
        return (struct ym_hits){NULL, 0};
    }
    return ym_run_hits(e->run, id);
}

static uint32_t count_of(void *self, uint32_t index) {
    const struct evaluation *e = self;

    return index >= e->rule->n_patterns ? 0 : ym_run_count(e->run, e->rule->first_pattern + index);
}

static bool is_sought(void *self, uint32_t index) {
    const struct evaluation *e = self;
    const struct ym_img_pattern *p =
        ym_db_row(e->run->db, YM_SECTION_PATTERNS, e->rule->first_pattern + index);

    return p != NULL && (p->flags & YM_IMG_PATTERN_SOUGHT) != 0;
}

/* What is to be added to an offset of ours to get one that people see. */
static uint64_t base_of(const struct evaluation *e) {
    return e->rule->lang == YM_LANG_YARA ? 0 : e->run->in->base;
}

static bool rule_was_true(void *self, uint32_t rule_id) {
    const struct evaluation *e = self;

    return rule_id < ym_db_count(e->run->db, YM_SECTION_RULES) &&
           (e->run->scratch->rule_marks[rule_id] & YM_MARK_TRUE) != 0;
}

static const struct ym_external_value *external_of(void *self, uint32_t id) {
    const struct evaluation *e = self;

    return id < ym_db_count(e->run->db, YM_SECTION_EXTERNALS) ? &e->run->scratch->externals[id]
                                                              : NULL;
}

static struct ym_mod_object *module_of(void *self, ym_module_id id) {
    const struct evaluation *e = self;

    return ym_modules_root(e->run->in->modules, id);
}

static bool any_pattern_found(const struct ym_run *r, const struct ym_img_rule *rule) {
    uint32_t count = ym_db_count(r->db, YM_SECTION_PATTERNS);

    for (uint32_t i = 0; i < rule->n_patterns && i < count - rule->first_pattern; i++) {
        if (ym_hitset_found(&r->scratch->hits, rule->first_pattern + i)) {
            return true;
        }
    }
    return false;
}

/* A program is checked the first time this scratch runs it. */
static bool program_is_sound(struct ym_run *r, uint32_t id, const struct ym_img_rule *rule,
                             const uint8_t *program) {
    uint8_t *mark = &r->scratch->rule_marks[id];

    if ((*mark & (YM_MARK_CHECKED | YM_MARK_BROKEN)) == 0) {
        bool sound = program != NULL && ym_condition_check(program, rule->condition_size,
                                                           rule->n_patterns, id, NULL) == YM_OK;

        *mark |= sound ? YM_MARK_CHECKED : YM_MARK_BROKEN;
    }
    r->damaged = r->damaged || (*mark & YM_MARK_BROKEN) != 0;
    return (*mark & YM_MARK_CHECKED) != 0;
}

static bool condition_holds(struct ym_run *r, uint32_t id, const struct ym_img_rule *rule) {
    struct evaluation e = {r, rule};
    struct ym_condition_input in = {
        .data = r->in->data,
        .size = r->in->size,
        .base = r->in->base,
        .no_filesize = r->in->memory,
        .has_entrypoint = r->in->has_yara_entry,
        .entrypoint = r->in->yara_entry,
        .self = &e,
        .hits = hits_of,
        .count = count_of,
        .is_sought = is_sought,
        .rule = rule_was_true,
        .external = external_of,
        .nfa = r->scratch->nfa,
        .modules = r->in->modules == NULL ? NULL : ym_modules_scan(r->in->modules),
        .module = module_of,
    };
    const uint8_t *program =
        ym_db_bytes(r->db, YM_SECTION_CONDITIONS, rule->condition, rule->condition_size);
    bool holds = false;

    if (rule->first_pattern > ym_db_count(r->db, YM_SECTION_PATTERNS)) {
        return false;
    }
    if ((rule->flags & YM_RULE_LOGICAL) != 0) {
        return ym_logic_holds(r, rule);
    }
    if (rule->condition_size == 0) {
        return any_pattern_found(r, rule);
    }
    return program_is_sound(r, id, rule, program) &&
           ym_condition_run(r->scratch->machine, program, rule->condition_size, &in, &r->budget,
                            &holds) == YM_OK &&
           holds;
}

static bool applies(const struct ym_run *r, const struct ym_img_rule *rule) {
    return (r->in->langs >> (rule->lang & 1) & 1) != 0 &&
           (rule->target == YM_TARGET_ANY || rule->target == r->in->target);
}

static void evaluate_rule(struct ym_run *r, uint32_t id) {
    const struct ym_img_rule *rule = ym_db_row(r->db, YM_SECTION_RULES, id);
    struct ym_scratch *s = r->scratch;

    if (rule == NULL || !applies(r, rule) || (rule->flags & YM_RULE_MACRO) != 0) {
        return;
    }
    if (condition_holds(r, id, rule)) {
        ym_run_touch_rule(r, id);
        s->rule_marks[id] |= YM_MARK_TRUE;
    } else if ((rule->flags & YM_RULE_GLOBAL) != 0) {
        uint32_t *ns = ym_rows_push(&s->hits, &s->failed_namespaces);

        if (ns != NULL) {
            *ns = rule->ns_id;
        }
    }
}

static int by_number(const void *pa, const void *pb) {
    uint32_t a = *(const uint32_t *)pa;
    uint32_t b = *(const uint32_t *)pb;

    return a < b ? -1 : a > b;
}

/* The first four bytes; zeros where there are fewer. */
static uint32_t head_of(const struct ym_match_input *in) {
    uint32_t head = 0;

    memcpy(&head, in->data, in->size < sizeof(head) ? in->size : sizeof(head));
    return head;
}

/* The next row of ALWAYS whose rule could hold; *at: its number.  In memory of a process neither size nor
 * first bytes are what they are in files. */
static const struct ym_img_always *next_always(const struct ym_run *r, uint32_t *at) {
    const uint32_t head = r->in->size > 0 ? head_of(r->in) : 0;
    const struct ym_img_always *row;

    for (;; (*at)++) {
        row = ym_db_row(r->db, YM_SECTION_ALWAYS, *at);
        if (row == NULL || r->in->memory ||
            (r->in->size >= row->size_low && r->in->size <= row->size_high &&
             (head & row->head_mask) == row->head)) {
            return row;
        }
    }
}

/* Touched rules and those that are always evaluated, each once, in rule order. */
void ym_run_evaluate(struct ym_run *r) {
    uint32_t n_touched = r->scratch->rules.n;
    uint32_t t = 0;
    uint32_t a = 0;
    const struct ym_img_always *always = next_always(r, &a);

    if (n_touched > 0) {
        qsort(r->scratch->rules.rows, n_touched, sizeof(uint32_t), by_number);
    }
    while ((t < n_touched || always != NULL) && !ym_run_is_late(r)) {
        const uint32_t *touched = r->scratch->rules.rows; /* may move while rules are added */
        uint32_t next = t < n_touched ? touched[t] : UINT32_MAX;

        if (always != NULL && always->rule <= next) {
            next = always->rule;
            a++;
            always = next_always(r, &a);
        }
        if (t < n_touched && touched[t] == next) {
            t++;
        }
        evaluate_rule(r, next);
    }
}

static bool is_silenced(const struct ym_run *r, const struct ym_img_rule *rule) {
    const uint32_t *failed = r->scratch->failed_namespaces.rows;

    for (uint32_t i = 0; i < r->scratch->failed_namespaces.n && rule->lang == YM_LANG_YARA; i++) {
        if (failed[i] == rule->ns_id) {
            return true;
        }
    }
    return false;
}

static void report_rule(struct ym_run *r, uint32_t id, const struct ym_img_rule *rule) {
    struct ym_match_detection d = {
        .lang = rule->lang,
        .name = ym_db_string(r->db, rule->name),
        .ns = ym_db_string(r->db, rule->ns),
        .unofficial = (rule->flags & YM_RULE_UNOFFICIAL) != 0,
        .logical = (rule->flags & YM_RULE_LOGICAL) != 0,
        .targeted = rule->target != YM_TARGET_ANY,
        .rule = id,
        .pattern = "",
        .offset = UINT64_MAX,
        .file = ym_db_string(r->db, rule->file),
        .line = rule->line,
    };
    struct evaluation e = {r, rule};

    d.inner = &e;
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        struct ym_hits hits = hits_of(&e, i);

        if (hits.n > 0) {
            const struct ym_img_pattern *p =
                ym_db_row(r->db, YM_SECTION_PATTERNS, rule->first_pattern + i);

            d.pattern = p == NULL ? "" : ym_db_string(r->db, p->id);
            d.offset = hits.hits[0].offset + base_of(&e);
            d.length = hits.hits[0].length;
            d.plain = rule->n_patterns == 1 && p != NULL && (p->flags & YM_IMG_PATTERN_PLAIN) != 0;
            break;
        }
    }
    d.has_handler = (rule->flags & YM_RULE_LOGICAL) != 0 && ym_logic_handler(r, rule, &d.handler);
    r->stop = !r->fn(r->self, &d);
}

/* ---- All matches of a rule ---------------------------------------------------------------------- */

/* The first byte of a text as it was written; only texts are xored. */
static bool first_literal(const struct ym_run *r, const struct ym_img_pattern *p, uint8_t *ret) {
    const struct ym_img_part *part = ym_db_row(r->db, YM_SECTION_PARTS, p->first_part);
    const uint8_t *code =
        part == NULL ? NULL : ym_db_bytes(r->db, YM_SECTION_PROGRAMS, part->program, 4);

    if (code == NULL || code[0] != YM_CODE_LIT) {
        return false;
    }
    *ret = code[3];
    return true;
}

/* false: enough, or the pattern is damaged. */
static bool tell_hit(const struct ym_run *r, const struct ym_img_pattern *p,
                     const struct ym_hit *hit, uint64_t at, ym_match_hit_fn *fn, void *self) {
    struct ym_match_hit h = {.pattern = ym_db_string(r->db, p->id),
                             .hex = (p->flags & YM_PATTERN_HEX) != 0,
                             .offset = at + r->in->base,
                             .length = hit->length};
    uint8_t first;

    if (at > r->in->size || hit->length > r->in->size - at) {
        return false;
    }
    h.bytes = r->in->data + at;
    if ((p->flags & YM_PATTERN_XOR) != 0 && hit->length > 0 && first_literal(r, p, &first)) {
        h.has_key = true;
        h.key = h.bytes[0] ^ first;
    }
    return fn(self, &h);
}

void ym_match_hits(const struct ym_match_detection *d, ym_match_hit_fn *fn, void *self) {
    struct evaluation *e = d->inner;
    const struct ym_run *r = e->run;
    bool more = true;

    for (uint32_t i = 0; i < e->rule->n_patterns && more; i++) {
        const struct ym_hits hits = hits_of(e, i);
        const struct ym_img_pattern *p =
            ym_db_row(r->db, YM_SECTION_PATTERNS, e->rule->first_pattern + i);

        for (uint32_t k = 0; k < hits.n && more && (p->flags & YM_PATTERN_PRIVATE) == 0; k++) {
            const uint64_t at = hits.hits[k].offset + base_of(e) - r->in->base;

            more = tell_hit(r, p, &hits.hits[k], at, fn, self);
        }
    }
}

void ym_run_report(struct ym_run *r) {
    uint32_t n = r->scratch->rules.n;

    if (n > 0) {
        qsort(r->scratch->rules.rows, n, sizeof(uint32_t), by_number);
    }
    for (uint32_t i = 0; i < n && !r->stop; i++) {
        uint32_t id = ((const uint32_t *)r->scratch->rules.rows)[i];
        const struct ym_img_rule *rule = ym_db_row(r->db, YM_SECTION_RULES, id);

        if (rule != NULL && (r->scratch->rule_marks[id] & YM_MARK_TRUE) != 0 &&
            (rule->flags & YM_RULE_PRIVATE) == 0 && !is_silenced(r, rule)) {
            report_rule(r, id, rule);
        }
    }
}
