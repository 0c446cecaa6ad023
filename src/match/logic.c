/* logic.c - evaluates one logical signature at the end of an object.  See logic.h.
 *
 * 1. The conditions on the object are asked first: they cost nothing.
 * 2. The expression asks for subsignatures one by one, left to right, and skips what cannot change
 *    the result; each is worked out once.  Patterns that the prefilter did not look for are sought
 *    now, through the whole object: the rule is here because a rarer one of its patterns was found.
 * 3. A byte compare needs the place of the subsignature it refers to; a PCRE runs when its trigger
 *    holds.  One that leans on itself counts nothing. */
#include "logic.h"

#include "base/cltype.h"
#include "base/kinds.h"
#include "byte_compare.h"
#include "database/logic.h"
#include "formats/exe.h"
#include "pcre.h"
#include "regexes.h"
#include "trace.h"

#include <string.h>

struct subsig_state {
    bool known;
    uint32_t count;
    uint64_t last; /* start of the last counted match */
};

struct logic {
    struct ym_run *run;
    const struct ym_img_rule *rule;
    struct ym_logical_view view;
    struct subsig_state states[YM_LOGIC_MAX_SUBSIGS];
};

struct value {
    bool truth;
    uint32_t count;
    uint64_t set;
};

static struct value evaluate(struct logic *l, const struct ym_logic_expr *e);
static const struct subsig_state *state_of(struct logic *l, uint32_t i);

/* ---- Conditions on the object ---------------------------------------------------------------- */

static bool in_span(uint64_t value, const uint32_t span[2]) {
    return value >= span[0] && value <= span[1];
}

static bool exe_fits(const struct ym_logical_view *v, const struct ym_exe *exe) {
    if ((v->asked & (YM_ASKED_ENTRY_POINT | YM_ASKED_SECTIONS)) == 0) {
        return true;
    }
    if (exe == NULL) {
        return false;
    }
    if ((v->asked & YM_ASKED_ENTRY_POINT) != 0 &&
        (!exe->has_entry || !in_span(exe->entry, v->entry_point))) {
        return false;
    }
    return (v->asked & YM_ASKED_SECTIONS) == 0 || in_span(exe->n_sections, v->n_sections);
}

/* The list names the last levels above the object, outermost first.  In clamscan ANY asks for a
 * level more, and then skips none: TAR>ANY is a tar right above the object, and one level above. */
static bool intermediates_fit(const struct ym_logical_view *v, const struct ym_match_context *c) {
    if (v->n_intermediates > c->n_types) {
        return false;
    }
    uint32_t level = 0;

    for (uint32_t i = 0; i < v->n_intermediates; i++) {
        uint16_t want = v->intermediates[v->n_intermediates - 1 - i];

        if (want == YM_CLTYPE_ANY) {
            continue;
        }
        if (!ym_cltype_answers((ym_cltype)c->types[level], (ym_cltype)want)) {
            return false;
        }
        level++;
    }
    return true;
}

static bool surroundings_fit(const struct ym_logical_view *v, const struct ym_match_context *c) {
    if ((v->asked & YM_ASKED_CONTAINER) != 0) {
        bool inside = c->n_types > 0;
        ym_cltype asked = (ym_cltype)v->container;

        if (asked == YM_CLTYPE_ANY ? inside
                                   : !inside || !ym_cltype_answers((ym_cltype)c->types[0], asked)) {
            return false;
        }
    }
    return intermediates_fit(v, c);
}

/* Asked last: the answer may cost much, or be that it is not known. */
static bool icon_fits(const struct ym_run *r, const struct ym_logical_view *v) {
    const struct ym_match_context *c = r->in->context;
    const char *groups[2];

    if ((v->asked & YM_ASKED_ICON) == 0) {
        return true;
    }

    for (unsigned i = 0; i < 2; i++) {
        groups[i] = v->icon_group[i] == 0 ? NULL : ym_db_string(r->db, v->icon_group[i]);
    }
    return c != NULL && c->icon != NULL && c->icon(c->self, groups[0], groups[1]);
}

static bool object_fits(const struct ym_run *r, const struct ym_logical_view *v) {
    static const struct ym_match_context none = {.types = NULL};
    const struct ym_match_context *c = r->in->context == NULL ? &none : r->in->context;

    if ((v->asked & YM_ASKED_FILE_SIZE) != 0 && !in_span(r->in->size, v->file_size)) {
        return false;
    }
    return exe_fits(v, r->in->exe) && surroundings_fit(v, c);
}

/* ---- Patterns -------------------------------------------------------------------------------- */

/* The hits are in order of their places. */
static bool any_starts_in(const struct ym_hits *hits, uint64_t low, uint64_t high) {
    uint32_t from = 0;
    uint32_t to = hits->n;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (hits->hits[middle].offset < low) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < hits->n && hits->hits[from].offset <= high;
}

/* Does a member of the macro group begin min..max bytes after `start`? */
static bool macro_follows(struct logic *l, const struct ym_subsig_view *macro, uint64_t start) {
    struct ym_run *r = l->run;
    uint32_t n = ym_db_count(r->db, YM_SECTION_MACROS);

    for (uint32_t i = 0; i < n && r->budget > 0; i++) {
        const struct ym_img_macro *row = ym_db_row(r->db, YM_SECTION_MACROS, i);
        const struct ym_img_pattern *p =
            row == NULL ? NULL : ym_db_row(r->db, YM_SECTION_PATTERNS, row->pattern);
        struct ym_hits hits;

        r->budget--;
        if (p == NULL || row->group != macro->u.macro.group || p->target != l->rule->target) {
            continue;
        }
        hits = ym_run_hits(r, row->pattern);
        if (any_starts_in(&hits, start + macro->u.macro.min, start + macro->u.macro.max)) {
            return true;
        }
    }
    return false;
}

static void count_match(struct logic *l, const struct ym_subsig_view *macro, uint64_t start,
                        struct subsig_state *s) {
    if (macro == NULL || macro_follows(l, macro, start)) {
        s->count += s->count < UINT32_MAX;
        s->last = start;
    }
}

/* Matches of all patterns of the subsig; those but the first are few: spellings of one clause. */
static void count_patterns(struct logic *l, uint32_t i, struct subsig_state *s) {
    const struct ym_subsig_view *v = &l->view.subsigs[i];
    const struct ym_subsig_view *next = i + 1 < l->view.n_subsigs ? v + 1 : NULL;
    const struct ym_subsig_view *macro =
        next != NULL && next->kind == YM_SUBSIG_CODE_MACRO ? next : NULL;

    for (uint32_t p = v->u.patterns.n; p-- > 0 && l->run->budget > 0;) {
        struct ym_hits hits = ym_run_hits(l->run, l->rule->first_pattern + v->u.patterns.first + p);

        for (uint32_t k = 0; k < hits.n; k++) {
            count_match(l, macro, hits.hits[k].offset, s);
        }
    }
}

/* ---- Other subsignatures --------------------------------------------------------------------- */

static void compare_bytes(struct logic *l, const struct ym_byte_compare *c,
                          struct subsig_state *s) {
    const struct subsig_state *ref = state_of(l, c->ref);

    if (ref->count > 0 && ym_byte_compare(c, l->run->in->data, l->run->in->size, ref->last)) {
        *s = (struct subsig_state){.known = true, .count = 1, .last = ref->last};
    }
}

/* Where the regular expression's offset lies in this object; false: nowhere. */
static bool regex_place(const struct logic *l, const struct ym_subsig_view *v,
                        struct ym_pcre_job *job) {
    const struct ym_img_pattern place = {.place_kind = v->u.regex.place_kind,
                                         .place_offset = v->u.regex.offset,
                                         .place_shift = v->u.regex.shift,
                                         .place_section = v->u.regex.section,
                                         .target = l->rule->target};
    struct ym_range range;

    job->has_place = v->u.regex.place_kind != YM_PLACE_ANY;
    job->has_shift = v->u.regex.has_shift;
    if (!job->has_place) {
        return true;
    }
    /* The byte before the first one is what the peer calls "anywhere": see make_window() in pcre.c. */
    if (place.place_kind == YM_PLACE_EOF && place.place_offset == (int64_t)l->run->in->size + 1) {
        job->low = job->high = -1;
        return true;
    }
    if (!ym_place_range(l->run, &place, &range)) {
        return false;
    }
    job->low = range.low;
    job->high = range.high;
    return true;
}

static void run_regex(struct logic *l, const struct ym_subsig_view *v, struct subsig_state *s) {
    struct ym_run *r = l->run;
    struct ym_pcre_job job = {.data = r->in->data, .size = r->in->size, .budget = &r->budget};
    struct ym_pcre_result result = {.count = 0};
    struct ym_pcre *regex;

    if (r->in->no_regex || !evaluate(l, &v->u.regex.trigger).truth || !regex_place(l, v, &job)) {
        return;
    }
    regex = ym_regexes_get(r->scratch->regexes, v->u.regex.text, v->u.regex.n, v->u.regex.flags);
    if (regex == NULL || ym_pcre_run(regex, &job, &result) != YM_OK) {
        r->damaged = true;
        return;
    }
    r->gave_up = r->gave_up || result.gave_up;
    s->count = result.count;
    s->last = result.last;
}

static void compare_image(struct logic *l, uint64_t want, struct subsig_state *s) {
    struct ym_run *r = l->run;
    const struct ym_match_context *c = r->in->context;

    if (!r->image_asked) {
        r->image_asked = true;
        r->has_image = c != NULL && c->image_hash != NULL && c->image_hash(c->self, &r->image_hash);
    }
    s->count = r->has_image && r->image_hash == want;
}

static const struct subsig_state *state_of(struct logic *l, uint32_t i) {
    struct subsig_state *s = &l->states[i];
    const struct ym_subsig_view *v = &l->view.subsigs[i];

    if (s->known || l->run->budget == 0) {
        return s;
    }
    s->known = true;
    switch (v->kind) {
    case YM_SUBSIG_CODE_PATTERN:
        count_patterns(l, i, s);
        break;
    case YM_SUBSIG_CODE_MACRO:
        if (i > 0) {
            *s = *state_of(l, i - 1);
            s->known = true;
        }
        break;
    case YM_SUBSIG_CODE_COMPARE:
        compare_bytes(l, &v->u.compare, s);
        break;
    case YM_SUBSIG_CODE_REGEX:
        run_regex(l, v, s);
        break;
    default:
        compare_image(l, v->u.image_hash, s);
        break;
    }
    return s;
}

/* ---- Expressions ----------------------------------------------------------------------------- */

static uint32_t load32(const uint8_t *p) {
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static bool test_holds(uint8_t test, uint32_t value, uint32_t with) {
    switch (test) {
    case YM_LOGIC_CODE_EQ:
        return value == with;
    case YM_LOGIC_CODE_LT:
        return value < with;
    case YM_LOGIC_CODE_GT:
        return value > with;
    default:
        return true;
    }
}

/* code: index u8, test u8, count u32 */
static struct value subsig_value(struct logic *l, const uint8_t *code) {
    uint32_t count = state_of(l, code[0])->count;
    bool truth =
        code[1] == YM_LOGIC_CODE_NO_TEST ? count > 0 : test_holds(code[1], count, load32(code + 2));

    return truth ? (struct value){true, count, UINT64_C(1) << code[0]}
                 : (struct value){false, 0, 0};
}

static uint32_t add_counts(uint32_t a, uint32_t b) {
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* code: test u8, count u32, distinct u32 */
static struct value joined(uint8_t op, struct value a, struct value b, const uint8_t *code) {
    bool truth = op == YM_LOGIC_CODE_AND ? a.truth && b.truth : a.truth || b.truth;
    struct value v = {truth, 0, 0};

    if (truth) {
        v.count = add_counts(a.count, b.count);
        v.set = a.set | b.set;
    }
    if (code[0] == YM_LOGIC_CODE_NO_TEST) {
        return v;
    }
    v.truth = test_holds(code[0], v.count, load32(code + 1)) &&
              (uint32_t)__builtin_popcountll(v.set) >= load32(code + 5);
    return v.truth ? (struct value){true, v.count, 0} : (struct value){false, 0, 0};
}

/* The decoder has proved what this leans on. */
static struct value evaluate(struct logic *l, const struct ym_logic_expr *e) {
    struct value stack[YM_LOGIC_MAX_DEPTH + 1];
    uint32_t n = 0;

    stack[0] = (struct value){false, 0, 0}; /* of an empty expression, which the decoder refuses */
    for (uint32_t pc = 0; pc < e->size;) {
        const uint8_t *code = e->code + pc;

        switch (code[0]) {
        case YM_LOGIC_CODE_SUBSIG:
            stack[n++] = subsig_value(l, code + 1);
            pc += 7;
            break;
        case YM_LOGIC_CODE_SKIP_FALSE:
        case YM_LOGIC_CODE_SKIP_TRUE:
            pc += 5;
            if (stack[n - 1].truth == (code[0] == YM_LOGIC_CODE_SKIP_TRUE)) {
                stack[n++] = (struct value){false, 0, 0};
                pc = load32(code + 1);
            }
            break;
        default:
            n--;
            stack[n - 1] = joined(code[0], stack[n - 1], stack[n], code + 1);
            pc += 10;
            break;
        }
    }
    return stack[0];
}

static bool decode(const struct ym_run *r, const struct ym_img_rule *rule,
                   struct ym_logical_view *ret) {
    const uint8_t *record =
        ym_db_bytes(r->db, YM_SECTION_CONDITIONS, rule->condition, rule->condition_size);

    return record != NULL &&
           ym_logical_decode(record, rule->condition_size, rule->n_patterns, ret) == YM_OK;
}

bool ym_logic_holds(struct ym_run *r, const struct ym_img_rule *rule) {
    struct logic l = {.run = r, .rule = rule};

    if (!decode(r, rule, &l.view)) {
        r->damaged = true;
        return false;
    }
    return object_fits(r, &l.view) && evaluate(&l, &l.view.expr).truth && r->budget > 0 &&
           icon_fits(r, &l.view);
}

bool ym_logic_handler(const struct ym_run *r, const struct ym_img_rule *rule,
                      uint16_t *ret_handler) {
    struct ym_logical_view view;

    if (!decode(r, rule, &view) || (view.asked & YM_ASKED_HANDLER) == 0) {
        return false;
    }
    *ret_handler = view.handler;
    return true;
}

/* ---- For people ------------------------------------------------------------------------------ */

static void trace_places(struct logic *l, const struct ym_subsig_view *v, struct ym_buf *b) {
    for (uint32_t p = 0; p < v->u.patterns.n; p++) {
        struct ym_hits hits = ym_run_hits(l->run, l->rule->first_pattern + v->u.patterns.first + p);

        ym_trace_hits(&hits, b);
    }
}

static void trace_subsig(struct logic *l, uint32_t i) {
    static const char *const words[] = {"pattern", "macro", "byte compare", "PCRE", "image hash"};
    const struct ym_subsig_view *v = &l->view.subsigs[i];
    const struct subsig_state *s = state_of(l, i);
    struct ym_buf b;

    ym_buf_init(&b, 4096);
    ym_buf_printf(&b, "  subsignature %u: %s, %u %s", i,
                  v->kind < sizeof(words) / sizeof(words[0]) ? words[v->kind] : "?", s->count,
                  s->count == 1 ? "match" : "matches");
    if (v->kind == YM_SUBSIG_CODE_PATTERN) {
        trace_places(l, v, &b);
    } else if (s->count > 0 && v->kind == YM_SUBSIG_CODE_REGEX) {
        ym_buf_printf(&b, ", the last at %llu", (unsigned long long)s->last);
    } else if (v->kind == YM_SUBSIG_CODE_REGEX) {
        ym_buf_add_text(&b, evaluate(l, &v->u.regex.trigger).truth
                                ? "; its trigger holds"
                                : "; not tried, its trigger does not hold");
    } else if (v->kind == YM_SUBSIG_CODE_COMPARE && state_of(l, v->u.compare.ref)->count == 0) {
        ym_buf_printf(&b, "; not tried, subsignature %u was not found", v->u.compare.ref);
    } else if (v->kind == YM_SUBSIG_CODE_COMPARE) {
        ym_buf_printf(&b, "; read near %llu",
                      (unsigned long long)state_of(l, v->u.compare.ref)->last);
    }
    ym_trace_line(l->run, &b);
}

static void trace_object(struct logic *l) {
    static const struct ym_match_context none = {.types = NULL};
    const struct ym_run *r = l->run;
    const struct ym_logical_view *v = &l->view;
    const struct ym_match_context *c = r->in->context == NULL ? &none : r->in->context;
    struct ym_buf b;

    ym_buf_init(&b, 4096);
    if ((v->asked & YM_ASKED_FILE_SIZE) != 0 && !in_span(r->in->size, v->file_size)) {
        ym_buf_printf(&b, "  FileSize does not hold: %llu is not %u to %u",
                      (unsigned long long)r->in->size, v->file_size[0], v->file_size[1]);
    } else if (!exe_fits(v, r->in->exe)) {
        ym_buf_add_text(&b, r->in->exe == NULL
                                ? "  EntryPoint or NumberOfSections do not hold: no program"
                                : "  EntryPoint or NumberOfSections do not hold");
    } else if (!surroundings_fit(v, c)) {
        ym_buf_add_text(&b, "  Container or Intermediates do not hold");
    } else if (!icon_fits(r, v)) {
        ym_buf_add_text(&b, "  IconGroup does not hold");
    }
    if (b.len > 0) {
        ym_trace_line(l->run, &b);
    }
    ym_buf_done(&b);
}

void ym_logic_trace(struct ym_run *r, const struct ym_img_rule *rule) {
    struct logic l = {.run = r, .rule = rule};
    struct value v;
    struct ym_buf b;

    if (!decode(r, rule, &l.view)) {
        return;
    }
    trace_object(&l);
    for (uint32_t i = 0; i < l.view.n_subsigs; i++) {
        trace_subsig(&l, i);
    }
    v = evaluate(&l, &l.view.expr);
    ym_buf_init(&b, 256);
    ym_buf_printf(&b, "  expression: %s, count %u of %u different subsignatures",
                  v.truth ? "true" : "false", v.count, (unsigned)__builtin_popcountll(v.set));
    ym_trace_line(r, &b);
}
