/* match.c - one pass over an object: candidates, verification, conditions.  See match.h.
 *
 * 1. The prefilter names places where a part of a pattern could stand; anchored parts are tried
 *    at their place only, parts without an atom everywhere.
 * 2. A part that verifies is a match of its pattern, or a link of a chain that is joined at the
 *    end of the data.
 * 3. Rules that got a hit, and those that need none, are evaluated in rule order; a rule sees
 *    the raw result of earlier ones.  A global rule that fails silences its namespace.
 *
 * Budget: work is counted in steps; an object of n bytes may take BUDGET_BASE + n * BUDGET_BYTE
 * of them.  What is left undone after that is reported as a gap. */
#include "match/match.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "base/text.h"
#include "chain.h"
#include "database/condition.h"
#include "database/image.h"
#include "filter.h"
#include "formats/exe.h"
#include "hits.h"
#include "match/condition.h"
#include "verify.h"

#include <stdlib.h>
#include <string.h>

enum { BUDGET_BASE = 50000000, BUDGET_BYTE = 100 };

enum mark { MARK_TOUCHED = 1, MARK_TRUE = 2, MARK_CHECKED = 4, MARK_BROKEN = 8 };

struct ym_scratch {
    struct ym_hitset hits;
    struct ym_verifier *verifier;
    struct ym_filter_room *room;
    ym_filter_path path;
    uint8_t *rule_marks;  /* one a rule; TOUCHED and TRUE are taken back after each object */
    struct ym_rows rules; /* u32: rules touched or evaluated to true */
    struct ym_rows failed_namespaces; /* u32 */
};

struct ym_scratch *ym_scratch_new(const struct ym_db *db, size_t cap) {
    struct ym_scratch *s = ym_zalloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->verifier = ym_verifier_new();
    s->room = ym_malloc(sizeof(*s->room));
    s->path = ym_filter_best_path();
    s->rule_marks = ym_zalloc(ym_db_count(db, YM_SECTION_RULES), 1);
    s->rules.row_size = sizeof(uint32_t);
    s->failed_namespaces.row_size = sizeof(uint32_t);
    if (s->verifier == NULL || s->room == NULL || s->rule_marks == NULL ||
        ym_hitset_init(&s->hits, db, cap) != YM_OK) {
        ym_scratch_free(s);
        return NULL;
    }
    return s;
}

void ym_scratch_free(struct ym_scratch *s) {
    if (s == NULL) {
        return;
    }
    ym_hitset_done(&s->hits);
    ym_verifier_free(s->verifier);
    ym_free(s->room);
    ym_free(s->rule_marks);
    ym_free(s->rules.rows);
    ym_free(s->failed_namespaces.rows);
    ym_free(s);
}

void ym_scratch_use_vectors(struct ym_scratch *s, bool use) {
    s->path = use ? ym_filter_best_path() : YM_FILTER_SCALAR;
}

const struct ym_digests *ym_match_digests(const struct ym_db *db) {
    return &db->digests;
}

struct run {
    const struct ym_db *db;
    struct ym_scratch *scratch;
    const struct ym_match_input *in;
    ym_match_fn *fn;
    void *self;
    uint64_t budget;
    bool stop;
    bool damaged; /* a rule of the image could not be asked */
};

/* ---- Places ------------------------------------------------------------------------------------ */

struct range {
    int64_t low, high;
};

static bool section_range(const struct ym_exe *exe, uint32_t i, const struct ym_img_pattern *p,
                          struct range *ret) {
    const struct ym_exe_section *s;

    if (exe == NULL || i >= exe->n_sections) {
        return false;
    }
    s = &exe->sections[i];
    ret->low = (int64_t)s->raw_offset + p->place_offset;
    ret->high = ret->low + p->place_shift;
    if (p->place_kind == YM_PLACE_SECTION_BODY) {
        ret->low = (int64_t)s->raw_offset;
        ret->high = ret->low + (int64_t)s->raw_size + p->place_shift;
    }
    return true;
}

static bool is_executable_target(unsigned target) {
    return target == YM_TARGET_PE || target == YM_TARGET_ELF || target == YM_TARGET_MACHO;
}

/* Where a match of the pattern may start; false: nowhere in this object. */
static bool place_range(const struct ym_match_input *in, const struct ym_img_pattern *p,
                        struct range *ret) {
    int64_t size = (int64_t)in->size;
    int64_t base = 0;

    switch (p->place_kind) {
    case YM_PLACE_ANY:
    case YM_PLACE_VERSION_INFO:
        *ret = (struct range){0, size};
        return true;
    case YM_PLACE_ABS:
        break;
    case YM_PLACE_EOF:
        if ((is_executable_target(p->target) && in->exe == NULL) || p->place_offset > size) {
            return false;
        }
        base = size - 2 * p->place_offset; /* the offset counts backwards */
        break;
    case YM_PLACE_EP:
        if (in->exe == NULL || !in->exe->has_entry) {
            return false;
        }
        base = (int64_t)in->exe->entry;
        break;
    case YM_PLACE_SECTION:
    case YM_PLACE_SECTION_BODY:
        return section_range(in->exe, p->place_section, p, ret);
    case YM_PLACE_SECTION_LAST:
        return in->exe != NULL && in->exe->n_sections > 0 &&
               section_range(in->exe, in->exe->n_sections - 1, p, ret);
    default:
        return false;
    }
    ret->low = base + p->place_offset;
    ret->high = ret->low + p->place_shift;
    return true;
}

static bool in_version_info(const struct ym_exe *exe, uint64_t start) {
    for (uint32_t i = 0; exe != NULL && i < exe->n_version_info; i++) {
        if (start >= exe->version_info[i].offset &&
            start - exe->version_info[i].offset < exe->version_info[i].size) {
            return true;
        }
    }
    return false;
}

static bool place_allows(const struct ym_match_input *in, const struct ym_img_pattern *p,
                         size_t start) {
    struct range r;

    if (p->place_kind == YM_PLACE_ANY) {
        return true;
    }
    if (p->place_kind == YM_PLACE_VERSION_INFO) {
        return in_version_info(in->exe, start);
    }
    return place_range(in, p, &r) && (int64_t)start >= r.low && (int64_t)start <= r.high;
}

/* ---- Hits -------------------------------------------------------------------------------------- */

/* YARA's full words: a letter or digit next to the match forbids it; of a wide match, one that
 * is followed by a zero byte as wide text is. */
static bool is_full_word(const struct ym_match_input *in, size_t start, size_t end, bool wide) {
    const uint8_t *d = in->data;

    if (wide) {
        bool before = start >= 2 && d[start - 1] == 0 && ym_is_alnum(d[start - 2]);
        bool after = in->size - end >= 2 && d[end + 1] == 0 && ym_is_alnum(d[end]);

        return !before && !after;
    }
    return !(start >= 1 && ym_is_alnum(d[start - 1])) && !(end < in->size && ym_is_alnum(d[end]));
}

static void touch_rule(struct run *r, uint32_t rule) {
    struct ym_scratch *s = r->scratch;
    uint32_t *row;

    if ((s->rule_marks[rule] & MARK_TOUCHED) != 0) {
        return;
    }
    row = ym_rows_push(&s->hits, &s->rules);
    if (row != NULL) {
        *row = rule;
        s->rule_marks[rule] |= MARK_TOUCHED;
    }
}

static void add_hit(struct run *r, uint32_t pattern, const struct ym_img_pattern *p, size_t start,
                    size_t end, bool wide) {
    if ((p->flags & YM_PATTERN_FULLWORD) != 0 && !is_full_word(r->in, start, end, wide)) {
        return;
    }
    if (p->rule >= ym_db_count(r->db, YM_SECTION_RULES)) {
        return;
    }
    ym_hitset_add(&r->scratch->hits, pattern, p->need, start, (uint32_t)(end - start));
    touch_rule(r, p->rule);
}

/* One part under verification at one start. */
struct attempt {
    const struct ym_img_part *part;
    const struct ym_img_pattern *pattern;
    size_t start, end;
    bool matched;
};

static bool on_part_end(void *self, size_t end) {
    struct attempt *a = self;

    a->end = a->matched && a->end < end ? a->end : end;
    a->matched = true;
    return true;
}

/* A match of a whole pattern, or of the part that the rest of it is sought from. */
static void add_part_match(struct run *r, const struct attempt *a) {
    if (a->part->chain == 0 && (a->part->flags & YM_IMG_PART_LAST) != 0) {
        add_hit(r, a->part->pattern, a->pattern, a->start, a->end,
                (a->part->flags & YM_IMG_PART_WIDE) != 0);
    } else {
        struct ym_pattern_state *state = ym_hitset_pattern(&r->scratch->hits, a->part->pattern);

        if (state != NULL) {
            state->to_join = true;
        }
    }
}

static void try_start(struct run *r, struct attempt *a, size_t start, uint8_t key) {
    struct ym_verify_job job = {
        .data = r->in->data,
        .size = r->in->size,
        .program_size = a->part->program_size,
        .key = key,
        .all_ends =
            a->pattern->need == YM_NEED_MATCHES && (a->part->flags & YM_IMG_PART_SHORTEST) != 0,
        .budget = &r->budget,
        .end = on_part_end,
        .self = a,
    };

    if (start > r->in->size || r->in->size - start < a->part->min_length ||
        (a->part->chain == 0 && !place_allows(r->in, a->pattern, start))) {
        return;
    }
    job.program = ym_db_bytes(r->db, YM_SECTION_PROGRAMS, a->part->program, a->part->program_size);
    if (job.program != NULL) {
        a->start = start;
        a->matched = false;
        ym_verify(r->scratch->verifier, &job, start);
        if (a->matched) {
            add_part_match(r, a);
        }
    }
}

/* Fills *a; false when the part does not apply to this object or is not needed any more. */
static bool begin_attempt(struct run *r, uint32_t part_id, struct attempt *a) {
    const struct ym_img_part *part = ym_db_row(r->db, YM_SECTION_PARTS, part_id);
    const struct ym_img_pattern *p =
        part == NULL ? NULL : ym_db_row(r->db, YM_SECTION_PATTERNS, part->pattern);

    if (p == NULL || (r->in->langs >> (p->lang & 1) & 1) == 0 ||
        (p->target != YM_TARGET_ANY && p->target != r->in->target)) {
        return false;
    }
    if (ym_hitset_enough(&r->scratch->hits, part->pattern, p->need)) {
        return false;
    }
    *a = (struct attempt){.part = part, .pattern = p};
    return true;
}

static bool on_candidate(void *self, size_t pos, uint32_t first, uint32_t n) {
    struct run *r = self;

    for (uint32_t i = first; i - first < n && r->budget > 0; i++) {
        const struct ym_img_posting *p = ym_db_row(r->db, YM_SECTION_POSTINGS, i);
        struct attempt a;

        r->budget--;
        if (p == NULL || !begin_attempt(r, p->part, &a)) {
            continue;
        }
        for (uint32_t k = 0; k <= p->width && k <= p->off_max; k++) {
            if (pos >= p->off_max - k) {
                try_start(r, &a, pos - (p->off_max - k), p->key);
            }
        }
    }
    return r->budget > 0 && !r->stop;
}

static void scan_anchored(struct run *r) {
    uint32_t n = ym_db_count(r->db, YM_SECTION_ANCHORED);

    for (uint32_t i = 0; i < n && r->budget > 0; i++) {
        const uint32_t *part = ym_db_row(r->db, YM_SECTION_ANCHORED, i);
        struct attempt a;
        struct range range;

        if (part == NULL || !begin_attempt(r, *part, &a) ||
            !place_range(r->in, a.pattern, &range)) {
            continue;
        }
        r->budget--;
        for (int64_t at = range.low < 0 ? 0 : range.low;
             at <= range.high && at <= (int64_t)r->in->size && r->budget > 0; at++) {
            try_start(r, &a, (size_t)at, 0);
        }
    }
}

static void scan_everywhere(struct run *r) {
    uint32_t n = ym_db_count(r->db, YM_SECTION_EVERYWHERE);

    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *part = ym_db_row(r->db, YM_SECTION_EVERYWHERE, i);

        for (size_t at = 0; part != NULL && at < r->in->size && r->budget > 0; at++) {
            struct attempt a;

            if (!begin_attempt(r, *part, &a)) {
                break;
            }
            r->budget--;
            try_start(r, &a, at, 0); /* xored text always has atoms: build.c */
        }
    }
}

/* ---- Chains ------------------------------------------------------------------------------------ */

struct join {
    struct run *run;
    uint32_t pattern;
    const struct ym_img_pattern *p;
    bool wide;
};

static bool on_chain(void *self, size_t start, size_t end) {
    const struct join *j = self;

    if (place_allows(j->run->in, j->p, start)) {
        add_hit(j->run, j->pattern, j->p, start, end, j->wide);
    }
    return j->p->need == YM_NEED_MATCHES;
}

static void join_variant(struct run *r, uint32_t pattern, const struct ym_img_pattern *p,
                         uint32_t first, uint32_t last) {
    const struct ym_img_part *part = ym_db_row(r->db, YM_SECTION_PARTS, first);
    struct join j = {r, pattern, p, part != NULL && (part->flags & YM_IMG_PART_WIDE) != 0};
    struct range place;
    struct ym_chain_job job = {
        .db = r->db,
        .verifier = r->scratch->verifier,
        .data = r->in->data,
        .size = r->in->size,
        .first_part = first,
        .last_part = last,
        .first_only = p->need == YM_NEED_FOUND && p->place_kind != YM_PLACE_VERSION_INFO &&
                      (p->flags & YM_PATTERN_FULLWORD) == 0,
        .cap = r->scratch->hits.cap,
        .budget = &r->budget,
        .found = on_chain,
        .self = &j,
    };

    if (!place_range(r->in, p, &place) || place.high < 0) {
        return;
    }
    job.from = place.low < 0 ? 0 : (size_t)place.low;
    job.to = (size_t)place.high;
    if (!ym_chain_search(&job)) {
        r->scratch->hits.overflow = true;
    }
}

static void join_pattern(struct run *r, uint32_t pattern) {
    const struct ym_img_pattern *p = ym_db_row(r->db, YM_SECTION_PATTERNS, pattern);
    uint32_t n_parts = ym_db_count(r->db, YM_SECTION_PARTS);
    uint32_t first;

    if (p == NULL || p->first_part > n_parts || p->n_parts > n_parts - p->first_part) {
        return;
    }
    first = p->first_part;
    for (uint32_t i = first; i < p->first_part + p->n_parts; i++) {
        const struct ym_img_part *part = ym_db_row(r->db, YM_SECTION_PARTS, i);

        if (part != NULL && (part->flags & YM_IMG_PART_LAST) != 0) {
            if (i > first) {
                join_variant(r, pattern, p, first, i);
            }
            first = i + 1;
        }
    }
}

static void join_chains(struct run *r) {
    uint32_t n = r->scratch->hits.patterns.n;

    for (uint32_t i = 0; i < n && r->budget > 0; i++) {
        const struct ym_pattern_state *rows = r->scratch->hits.patterns.rows; /* may move */

        if (rows[i].to_join) {
            join_pattern(r, rows[i].pattern);
        }
    }
}

/* ---- Rules -------------------------------------------------------------------------------------- */

struct evaluation {
    struct run *run;
    const struct ym_img_rule *rule;
};

static struct ym_hits hits_of(void *self, uint32_t index) {
    const struct evaluation *e = self;
    uint32_t id = e->rule->first_pattern + index;
    const struct ym_img_pattern *p = ym_db_row(e->run->db, YM_SECTION_PATTERNS, id);

    if (p == NULL || index >= e->rule->n_patterns) {
        return (struct ym_hits){NULL, 0};
    }
    return ym_hitset_sorted(&e->run->scratch->hits, id, (p->flags & YM_PATTERN_GREEDY) != 0);
}

static bool rule_was_true(void *self, uint32_t rule_id) {
    const struct evaluation *e = self;

    return rule_id < ym_db_count(e->run->db, YM_SECTION_RULES) &&
           (e->run->scratch->rule_marks[rule_id] & MARK_TRUE) != 0;
}

static bool any_pattern_found(const struct run *r, const struct ym_img_rule *rule) {
    uint32_t count = ym_db_count(r->db, YM_SECTION_PATTERNS);

    for (uint32_t i = 0; i < rule->n_patterns && i < count - rule->first_pattern; i++) {
        if (ym_hitset_found(&r->scratch->hits, rule->first_pattern + i)) {
            return true;
        }
    }
    return false;
}

/* A program is checked the first time this scratch runs it. */
static bool program_is_sound(struct run *r, uint32_t id, const struct ym_img_rule *rule,
                             const uint8_t *program) {
    uint8_t *mark = &r->scratch->rule_marks[id];

    if ((*mark & (MARK_CHECKED | MARK_BROKEN)) == 0) {
        bool sound = program != NULL && ym_condition_check(program, rule->condition_size,
                                                           rule->n_patterns, id, NULL) == YM_OK;

        *mark |= sound ? MARK_CHECKED : MARK_BROKEN;
    }
    r->damaged = r->damaged || (*mark & MARK_BROKEN) != 0;
    return (*mark & MARK_CHECKED) != 0;
}

static bool condition_holds(struct run *r, uint32_t id, const struct ym_img_rule *rule) {
    struct evaluation e = {r, rule};
    struct ym_condition_input in = {
        .data = r->in->data,
        .size = r->in->size,
        .has_entrypoint = r->in->has_yara_entry,
        .entrypoint = r->in->yara_entry,
        .self = &e,
        .hits = hits_of,
        .rule = rule_was_true,
    };
    const uint8_t *program =
        ym_db_bytes(r->db, YM_SECTION_CONDITIONS, rule->condition, rule->condition_size);
    bool holds = false;

    if (rule->first_pattern > ym_db_count(r->db, YM_SECTION_PATTERNS)) {
        return false;
    }
    if (rule->condition_size == 0) {
        return any_pattern_found(r, rule);
    }
    return program_is_sound(r, id, rule, program) &&
           ym_condition_run(program, rule->condition_size, &in, &r->budget, &holds) == YM_OK &&
           holds;
}

static bool applies(const struct run *r, const struct ym_img_rule *rule) {
    return (r->in->langs >> (rule->lang & 1) & 1) != 0 &&
           (rule->target == YM_TARGET_ANY || rule->target == r->in->target);
}

static void evaluate_rule(struct run *r, uint32_t id) {
    const struct ym_img_rule *rule = ym_db_row(r->db, YM_SECTION_RULES, id);
    struct ym_scratch *s = r->scratch;

    if (rule == NULL || !applies(r, rule)) {
        return;
    }
    if (condition_holds(r, id, rule)) {
        touch_rule(r, id);
        s->rule_marks[id] |= MARK_TRUE;
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

/* Touched rules and those that are always evaluated, each once, in rule order. */
static void evaluate_all(struct run *r) {
    uint32_t n_always = ym_db_count(r->db, YM_SECTION_ALWAYS);
    uint32_t n_touched = r->scratch->rules.n;
    uint32_t t = 0;
    uint32_t a = 0;

    if (n_touched > 0) {
        qsort(r->scratch->rules.rows, n_touched, sizeof(uint32_t), by_number);
    }
    while (t < n_touched || a < n_always) {
        const uint32_t *touched = r->scratch->rules.rows; /* may move while rules are added */
        const uint32_t *always = ym_db_row(r->db, YM_SECTION_ALWAYS, a);
        uint32_t next = t < n_touched ? touched[t] : UINT32_MAX;

        if (always != NULL && *always <= next) {
            next = *always;
            a++;
        }
        if (t < n_touched && touched[t] == next) {
            t++;
        }
        evaluate_rule(r, next);
    }
}

static bool is_silenced(const struct run *r, const struct ym_img_rule *rule) {
    const uint32_t *failed = r->scratch->failed_namespaces.rows;

    for (uint32_t i = 0; i < r->scratch->failed_namespaces.n && rule->lang == YM_LANG_YARA; i++) {
        if (failed[i] == rule->ns_id) {
            return true;
        }
    }
    return false;
}

static void report_rule(struct run *r, uint32_t id, const struct ym_img_rule *rule) {
    struct ym_match_detection d = {
        .lang = rule->lang,
        .name = ym_db_string(r->db, rule->name),
        .ns = ym_db_string(r->db, rule->ns),
        .unofficial = (rule->flags & YM_RULE_UNOFFICIAL) != 0,
        .rule = id,
        .pattern = "",
        .offset = UINT64_MAX,
        .file = ym_db_string(r->db, rule->file),
        .line = rule->line,
    };
    struct evaluation e = {r, rule};

    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        struct ym_hits hits = hits_of(&e, i);

        if (hits.n > 0) {
            const struct ym_img_pattern *p =
                ym_db_row(r->db, YM_SECTION_PATTERNS, rule->first_pattern + i);

            d.pattern = p == NULL ? "" : ym_db_string(r->db, p->id);
            d.offset = hits.hits[0].offset;
            d.length = hits.hits[0].length;
            break;
        }
    }
    r->stop = !r->fn(r->self, &d) || r->in->first_only;
}

static void report_all(struct run *r) {
    uint32_t n = r->scratch->rules.n;

    if (n > 0) {
        qsort(r->scratch->rules.rows, n, sizeof(uint32_t), by_number);
    }
    for (uint32_t i = 0; i < n && !r->stop; i++) {
        uint32_t id = ((const uint32_t *)r->scratch->rules.rows)[i];
        const struct ym_img_rule *rule = ym_db_row(r->db, YM_SECTION_RULES, id);

        if (rule != NULL && (r->scratch->rule_marks[id] & MARK_TRUE) != 0 &&
            (rule->flags & YM_RULE_PRIVATE) == 0 && !is_silenced(r, rule)) {
            report_rule(r, id, rule);
        }
    }
}

static void reset(struct ym_scratch *s) {
    const uint32_t *rules = s->rules.rows;

    for (uint32_t i = 0; i < s->rules.n; i++) {
        s->rule_marks[rules[i]] &= MARK_CHECKED | MARK_BROKEN;
    }
    s->rules.n = 0;
    s->failed_namespaces.n = 0;
    ym_hitset_reset(&s->hits);
}

ym_status ym_match(const struct ym_db *db, struct ym_scratch *s, const struct ym_match_input *in,
                   ym_match_fn *fn, void *self, unsigned *ret_gaps) {
    struct run r = {.db = db,
                    .scratch = s,
                    .in = in,
                    .fn = fn,
                    .self = self,
                    .budget = BUDGET_BASE + (uint64_t)in->size * BUDGET_BYTE};
    const struct ym_img_group *group =
        ym_db_row(db, YM_SECTION_GROUPS, in->target < YM_TARGET_COUNT ? in->target : 0);

    if (in->size > 0 && group != NULL) {
        (void)ym_filter_scan(db, group, in->data, in->size, s->path, s->room, on_candidate, &r);
        scan_anchored(&r);
        scan_everywhere(&r);
        join_chains(&r);
    }
    evaluate_all(&r);
    report_all(&r);
    *ret_gaps = (r.budget == 0 ? YM_MATCH_GAP_BUDGET : 0u) |
                (s->hits.overflow ? YM_MATCH_GAP_HITS : 0u) |
                (r.damaged ? YM_MATCH_GAP_DAMAGED : 0u);
    reset(s);
    return YM_OK;
}
