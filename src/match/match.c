/* match.c - one pass over an object: candidates, verification, conditions.  See match.h.
 *
 * 1. The prefilter names places where a part of a pattern could stand; parts that are anchored are
 *    looked up at their place only (anchors.c), parts without an atom tried everywhere.
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
#include "base/time.h"
#include "chain.h"
#include "database/condition.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

enum { BUDGET_BASE = 20000000, BUDGET_BYTE = 10, CLOCK_STEPS = 1 << 18 };

struct ym_scratch *ym_scratch_new(const struct ym_db *db, size_t cap) {
    struct ym_scratch *s = ym_zalloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->verifier = ym_verifier_new();
    s->room = ym_malloc(sizeof(*s->room));
    s->path = ym_filter_best_path();
    s->rule_marks = ym_zalloc(ym_db_count(db, YM_SECTION_RULES), 1);
    s->regexes = ym_regexes_new();
    s->nfa = ym_nfa_new();
    s->part_marks = ym_zalloc(ym_db_count(db, YM_SECTION_PARTS), 1);
    s->machine = ym_condition_machine_new();
    s->externals = ym_externals_of(db);
    s->rules.row_size = sizeof(uint32_t);
    s->failed_namespaces.row_size = sizeof(uint32_t);
    if (s->verifier == NULL || s->room == NULL || s->rule_marks == NULL || s->regexes == NULL ||
        s->machine == NULL || s->nfa == NULL || s->part_marks == NULL || s->externals == NULL ||
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
    ym_regexes_free(s->regexes);
    ym_condition_machine_free(s->machine);
    ym_free(s->externals);
    ym_nfa_free(s->nfa);
    ym_free(s->part_marks);
    ym_free(s->rules.rows);
    ym_free(s->failed_namespaces.rows);
    ym_free(s);
}

bool ym_scratch_use_vectors(struct ym_scratch *s, unsigned bits) {
    ym_filter_path path = bits == 0     ? YM_FILTER_SCALAR
                          : bits == 256 ? YM_FILTER_AVX2
                          : bits == 512 ? YM_FILTER_AVX512
                          : bits == 513 ? YM_FILTER_VBMI
                                        : YM_FILTER_PATHS;

    if (path == YM_FILTER_PATHS || !ym_filter_has_path(path)) {
        return false;
    }
    s->path = path;
    return true;
}

uint64_t ym_scratch_steps(const struct ym_scratch *s) {
    return s->steps;
}

const struct ym_digests *ym_match_digests(const struct ym_db *db) {
    return &db->digests;
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

void ym_run_touch_rule(struct ym_run *r, uint32_t rule) {
    struct ym_scratch *s = r->scratch;
    uint32_t *row;

    if ((s->rule_marks[rule] & YM_MARK_TOUCHED) != 0) {
        return;
    }
    row = ym_rows_push(&s->hits, &s->rules);
    if (row != NULL) {
        *row = rule;
        s->rule_marks[rule] |= YM_MARK_TOUCHED;
    }
}

/* What is kept of one more match: all where the condition asks for more than whether there is one. */
static uint8_t kept(struct ym_run *r, uint32_t pattern, const struct ym_img_pattern *p) {
    const uint8_t need = ym_run_need(r, p);

    if (p->need != YM_NEED_FOUND || need == p->need ||
        ym_hitset_count(&r->scratch->hits, pattern) < YM_MATCH_MAX_EXTRA) {
        return need;
    }
    r->scratch->hits.overflow = true;
    return p->need;
}

void ym_run_add_hit(struct ym_run *r, uint32_t pattern, const struct ym_img_pattern *p,
                    size_t start, size_t end, bool wide) {
    if ((p->flags & YM_PATTERN_FULLWORD) != 0 && !is_full_word(r->in, start, end, wide)) {
        return;
    }
    if (p->rule >= ym_db_count(r->db, YM_SECTION_RULES)) {
        return;
    }
    ym_hitset_add(&r->scratch->hits, pattern, kept(r, pattern, p), start, (uint32_t)(end - start));
    if ((p->flags & YM_IMG_PATTERN_QUIET) == 0) {
        ym_run_touch_rule(r, p->rule);
    }
}

/* One part under verification at one start. */
struct attempt {
    uint32_t part_id;
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
static void add_part_match(struct ym_run *r, const struct attempt *a) {
    if (a->part->chain == 0 && (a->part->flags & YM_IMG_PART_LAST) != 0) {
        ym_run_add_hit(r, a->part->pattern, a->pattern, a->start, a->end,
                       (a->part->flags & YM_IMG_PART_WIDE) != 0);
    } else {
        struct ym_pattern_state *state = ym_hitset_pattern(&r->scratch->hits, a->part->pattern);

        if (state != NULL) {
            state->to_join = true;
        }
    }
}

static void try_start(struct ym_run *r, struct attempt *a, size_t start, uint8_t key) {
    struct ym_verify_job job = {
        .data = r->in->data,
        .size = r->in->size,
        .program_size = a->part->program_size,
        .key = key,
        .all_ends = ym_run_need(r, a->pattern) == YM_NEED_MATCHES &&
                    (a->part->flags & YM_IMG_PART_SHORTEST) != 0,
        .budget = &r->budget,
        .end = on_part_end,
        .self = a,
    };

    if (start > r->in->size || r->in->size - start < a->part->min_length) {
        return;
    }
    if ((a->part->flags & YM_IMG_PART_NFA) != 0) {
        ym_run_try_cut(r, a->part_id, a->part, a->pattern, start);
        return;
    }
    if (a->part->chain == 0 && !ym_place_allows(r, a->pattern, start)) {
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
static bool begin_attempt(struct ym_run *r, uint32_t part_id, struct attempt *a) {
    const struct ym_img_part *part = ym_db_row(r->db, YM_SECTION_PARTS, part_id);
    const struct ym_img_pattern *p =
        part == NULL ? NULL : ym_db_row(r->db, YM_SECTION_PATTERNS, part->pattern);

    if (p == NULL || (r->in->langs >> (p->lang & 1) & 1) == 0 ||
        (p->target != YM_TARGET_ANY && p->target != r->in->target)) {
        return false;
    }
    if (ym_hitset_enough(&r->scratch->hits, part->pattern, ym_run_need(r, p))) {
        return false;
    }
    *a = (struct attempt){.part_id = part_id, .part = part, .pattern = p};
    return true;
}

bool ym_run_is_late(struct ym_run *r) {
    if (r->in->deadline_ns != 0 && r->clock_at - r->budget >= CLOCK_STEPS) {
        r->clock_at = r->budget;
        r->late = r->late || ym_now_ns() > r->in->deadline_ns;
    }
    return r->late;
}

/* Tries the starts from..to of a part, but those that were tried just before. */
static void try_starts(struct ym_run *r, struct attempt *a, size_t from, size_t to) {
    struct ym_tried *t = &r->scratch->tried[a->part_id % YM_TRIED_SLOTS];
    const bool meets = t->part == a->part_id + 1 && from <= t->to + 1 && to + 1 >= t->from;

    for (size_t at = from; at <= to && r->budget > 0; at++) {
        if (meets && at >= t->from && at <= t->to) {
            at = t->to;
            continue;
        }
        r->budget--;
        try_start(r, a, at, 0);
    }
    if (meets) {
        from = from < t->from ? from : t->from;
        to = to > t->to ? to : t->to;
    }
    *t = (struct ym_tried){a->part_id + 1, from, to};
}

static void try_posting(struct ym_run *r, const struct ym_img_posting *p, size_t pos) {
    const size_t low = p->off_max < p->width ? 0 : p->off_max - p->width; /* distance of the last */
    struct attempt a;

    if (pos < low || !begin_attempt(r, p->part, &a)) {
        return;
    }
    if (p->off_max == low || p->key != 0) {
        for (size_t off = p->off_max + (size_t)1; off-- > low && r->budget > 0;) {
            if (pos >= off) {
                try_start(r, &a, pos - off, p->key);
            }
        }
    } else {
        try_starts(r, &a, pos < p->off_max ? 0 : pos - p->off_max, pos - low);
    }
}

static bool on_candidate(void *self, size_t pos, uint32_t first, uint32_t n) {
    struct ym_run *r = self;

    for (uint32_t i = first; i - first < n && r->budget > 0; i++) {
        const struct ym_img_posting *p = ym_db_row(r->db, YM_SECTION_POSTINGS, i);

        r->budget--;
        if (p == NULL) { /* a list that is longer than all lists together */
            r->damaged = true;
            break;
        }
        try_posting(r, p, pos);
    }
    return r->budget > 0 && !r->stop && !ym_run_is_late(r);
}

void ym_run_try_part(struct ym_run *r, uint32_t part, size_t start) {
    struct attempt a;

    if (begin_attempt(r, part, &a)) {
        try_start(r, &a, start, 0);
    }
}

static void scan_everywhere(struct ym_run *r) {
    uint32_t n = ym_db_count(r->db, YM_SECTION_EVERYWHERE);

    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *part = ym_db_row(r->db, YM_SECTION_EVERYWHERE, i);

        for (size_t at = 0; part != NULL && at < r->in->size && r->budget > 0 && !ym_run_is_late(r);
             at++) {
            struct attempt a;

            if (begin_attempt(r, *part, &a) && (a.part->flags & YM_IMG_PART_NFA) != 0) {
                ym_run_try_everywhere(r, *part, a.part, a.pattern);
                break;
            }
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
    struct ym_run *run;
    uint32_t pattern;
    const struct ym_img_pattern *p;
    bool wide;
};

static bool on_chain(void *self, size_t start, size_t end) {
    const struct join *j = self;

    if (ym_place_allows(j->run, j->p, start)) {
        ym_run_add_hit(j->run, j->pattern, j->p, start, end, j->wide);
    }
    /* One that is no full word did not count: the next may. */
    return ym_run_need(j->run, j->p) != YM_NEED_FOUND ||
           !ym_hitset_found(&j->run->scratch->hits, j->pattern);
}

static void join_variant(struct ym_run *r, uint32_t pattern, const struct ym_img_pattern *p,
                         uint32_t first, uint32_t last) {
    const struct ym_img_part *part = ym_db_row(r->db, YM_SECTION_PARTS, first);
    struct join j = {r, pattern, p, part != NULL && (part->flags & YM_IMG_PART_WIDE) != 0};
    struct ym_range place;
    struct ym_chain_job job = {
        .db = r->db,
        .verifier = r->scratch->verifier,
        .data = r->in->data,
        .size = r->in->size,
        .first_part = first,
        .last_part = last,
        .first_only = ym_run_need(r, p) == YM_NEED_FOUND &&
                      p->place_kind != YM_PLACE_VERSION_INFO &&
                      (p->flags & YM_PATTERN_FULLWORD) == 0,
        .by_last = (p->flags & YM_IMG_PATTERN_BY_LAST) != 0,
        .cap = r->scratch->hits.cap,
        .budget = &r->budget,
        .found = on_chain,
        .self = &j,
    };

    if (!ym_place_range(r, p, &place) || place.high < 0) {
        return;
    }
    job.from = place.low < 0 ? 0 : (size_t)place.low;
    job.to = (size_t)place.high;
    if (!ym_chain_search(&job)) {
        r->scratch->hits.overflow = true;
    }
}

void ym_run_join(struct ym_run *r, uint32_t pattern, bool sought) {
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
            if (sought || i > first) {
                join_variant(r, pattern, p, first, i);
            }
            first = i + 1;
        }
    }
}

/* Not looked for by the prefilter, or at one place only. */
static bool to_be_sought(const struct ym_run *r, const struct ym_img_pattern *p) {
    return (p->flags & YM_IMG_PATTERN_SOUGHT) != 0 ||
           (r->in->every_match && (p->flags & YM_IMG_PATTERN_PLACED) != 0);
}

/* The pattern, looked for; NULL: there is none. */
static const struct ym_img_pattern *settled(struct ym_run *r, uint32_t pattern) {
    const struct ym_img_pattern *p = ym_db_row(r->db, YM_SECTION_PATTERNS, pattern);
    struct ym_pattern_state *s;

    if (p == NULL || !to_be_sought(r, p)) {
        return p;
    }
    if (!r->second_done) {
        r->second_done = true;
        ym_run_second(r);
    }
    s = ym_hitset_pattern(&r->scratch->hits, pattern);
    if (s != NULL && !s->sought) {
        s->sought = true;
        ym_run_join(r, pattern, true);
    }
    return p;
}

struct ym_hits ym_run_hits(struct ym_run *r, uint32_t pattern) {
    const struct ym_img_pattern *p = settled(r, pattern);

    return p == NULL
               ? (struct ym_hits){NULL, 0}
               : ym_hitset_sorted(&r->scratch->hits, pattern,
                                  p->flags | (p->lang == YM_LANG_YARA ? YM_HITS_AT_BASE : 0u));
}

uint32_t ym_run_count(struct ym_run *r, uint32_t pattern) {
    const struct ym_img_pattern *p = settled(r, pattern);

    if (p == NULL) {
        return 0;
    }
    return ym_run_need(r, p) == YM_NEED_MATCHES ? ym_run_hits(r, pattern).n
                                                : ym_hitset_count(&r->scratch->hits, pattern);
}

static void join_chains(struct ym_run *r) {
    uint32_t n = r->scratch->hits.patterns.n;

    for (uint32_t i = 0; i < n && r->budget > 0 && !ym_run_is_late(r); i++) {
        const struct ym_pattern_state *rows = r->scratch->hits.patterns.rows; /* may move */

        if (rows[i].to_join) {
            ym_run_join(r, rows[i].pattern, false);
        }
    }
}

static void reset(struct ym_scratch *s) {
    const uint32_t *rules = s->rules.rows;

    for (uint32_t i = 0; i < s->rules.n; i++) {
        s->rule_marks[rules[i]] &= YM_MARK_CHECKED | YM_MARK_BROKEN;
    }
    s->rules.n = 0;
    s->failed_namespaces.n = 0;
    memset(s->tried, 0, sizeof(s->tried));
    ym_nfa_forget(s->nfa);
    ym_hitset_reset(&s->hits);
}

ym_status ym_match(const struct ym_db *db, struct ym_scratch *s, const struct ym_match_input *in,
                   ym_match_fn *fn, void *self, unsigned *ret_gaps) {
    struct ym_run r = {.db = db,
                       .scratch = s,
                       .in = in,
                       .fn = fn,
                       .self = self,
                       .budget = BUDGET_BASE + (uint64_t)in->size * BUDGET_BYTE};
    const struct ym_img_group *group =
        ym_db_row(db, YM_SECTION_GROUPS, in->target < YM_TARGET_COUNT ? in->target : 0);

    r.clock_at = r.budget;
    s->hits.base = in->base;
    if (in->size > 0 && group != NULL) {
        (void)ym_filter_scan(db, group, in->data, in->size, s->path, s->room, on_candidate, &r);
        ym_run_scan_anchors(&r);
        scan_everywhere(&r);
        join_chains(&r);
    }
    ym_run_evaluate(&r);
    ym_run_report(&r);
    if (in->trace != NULL) {
        ym_run_trace(&r);
    }
    *ret_gaps = (r.budget == 0 || r.gave_up ? YM_MATCH_GAP_BUDGET : 0u) |
                (s->hits.overflow ? YM_MATCH_GAP_HITS : 0u) |
                (r.damaged ? YM_MATCH_GAP_DAMAGED : 0u) | (r.late ? YM_MATCH_GAP_TIME : 0u);
    s->steps = BUDGET_BASE + (uint64_t)in->size * BUDGET_BYTE - r.budget;
    reset(s);
    return YM_OK;
}
