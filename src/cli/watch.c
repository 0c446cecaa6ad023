/* watch.c - see watch.h.  Texts go as u16 length, bytes; doubles as their bits. */
#include "watch.h"

#include "base/alloc.h"

#include <string.h>

enum { MAX_ROWS = 50 << 20, MAX_TEXT = 1024 };

/* ---- Writing --------------------------------------------------------------------------------- */

static void put_text(struct ym_buf *out, const char *s) {
    size_t n = s == NULL ? 0 : strlen(s);

    n = n > MAX_TEXT ? (size_t)MAX_TEXT : n;
    ym_buf_u16le(out, (uint16_t)n);
    ym_buf_add(out, s == NULL ? "" : s, n);
}

static void put_double(struct ym_buf *out, double d) {
    uint64_t bits;

    memcpy(&bits, &d, sizeof(bits));
    ym_buf_u64le(out, bits);
}

void ym_watch_put_finding(struct ym_buf *out, const struct ym_finding *f) {
    ym_buf_u8(out, f->error);
    ym_buf_u32le(out, f->line);
    ym_buf_u32le(out, f->column);
    put_text(out, f->file);
    put_text(out, f->text);
    put_text(out, f->source);
}

void ym_watch_put_rule(struct ym_buf *out, const struct ym_plan_rule *r) {
    put_text(out, r->name);
    put_text(out, r->file);
    put_text(out, r->always);
    ym_buf_u8(out, r->never);
    ym_buf_u32le(out, r->line);
    ym_buf_u32le(out, r->flags);
    ym_buf_u32le(out, r->condition);
    ym_buf_u32le(out, r->n_patterns);
}

static void put_atom(struct ym_buf *out, const struct ym_plan_atom *a) {
    put_text(out, a->class);
    ym_buf_u8(out, (uint8_t)a->n);
    ym_buf_u32le(out, a->members[0]);
    ym_buf_u32le(out, a->members[1]);
    ym_buf_add(out, a->bytes, sizeof(a->bytes));
    ym_buf_u32le(out, a->at_min);
    ym_buf_u32le(out, a->at_max);
    put_double(out, a->per_mb);
}

void ym_watch_put_pattern(struct ym_buf *out, const struct ym_plan_pattern *p, const char *source) {
    const uint32_t n = p->n_atoms < YM_PLAN_ATOMS ? p->n_atoms : (uint32_t)YM_PLAN_ATOMS;

    put_text(out, p->id);
    put_text(out, source);
    ym_buf_u32le(out, p->line);
    ym_buf_u32le(out, p->column);
    ym_buf_u32le(out, p->flags);
    ym_buf_u8(out, (uint8_t)p->how);
    ym_buf_u8(out, p->need);
    ym_buf_u32le(out, p->spellings);
    ym_buf_u32le(out, p->pieces);
    ym_buf_u32le(out, p->min_length);
    ym_buf_u32le(out, p->max_length);
    ym_buf_u32le(out, p->program);
    ym_buf_u32le(out, p->forward_states);
    ym_buf_u32le(out, p->backward_states);
    put_double(out, p->per_mb);
    put_double(out, p->starts);
    ym_buf_u32le(out, p->n_atoms);
    for (uint32_t i = 0; i < n; i++) {
        put_atom(out, &p->atoms[i]);
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* NULL: out of memory.  A text that is not all there is empty, and the reader has failed. */
static char *get_text(struct ym_reader *in) {
    uint16_t n = ym_get_u16le(in);
    const uint8_t *s = ym_get_view(in, n);

    return ym_strndup(s == NULL ? "" : (const char *)s, s == NULL ? 0 : n);
}

static double get_double(struct ym_reader *in) {
    uint64_t bits = ym_get_u64le(in);
    double d;

    memcpy(&d, &bits, sizeof(d));
    return d >= 0 && d < 1e18 ? d : 0; /* no NaN comes from a healthy process */
}

static bool make_room(void **rows, size_t n, size_t *room, size_t size) {
    size_t want = *room == 0 ? 64 : *room * 2;
    void *more;

    if (n < *room) {
        return true;
    }
    more = want > MAX_ROWS ? NULL : ym_realloc_array(*rows, want, size);
    if (more == NULL) {
        return false;
    }
    *rows = more;
    *room = want;
    return true;
}

static void finding_done(struct ym_finding *f) {
    ym_free(f->file);
    ym_free(f->text);
    ym_free(f->source);
}

static ym_status keep_finding(struct ym_watch *w, struct ym_finding *f) {
    if (f->file == NULL || f->text == NULL || f->source == NULL ||
        !make_room((void **)&w->findings, w->n_findings, &w->room_findings, sizeof(*w->findings))) {
        finding_done(f);
        return YM_NOMEM;
    }
    w->findings[w->n_findings++] = *f;
    return YM_OK;
}

ym_status ym_watch_add_finding(struct ym_watch *w, const struct ym_finding *f) {
    struct ym_finding copy = *f;

    copy.file = ym_strdup(f->file);
    copy.text = ym_strdup(f->text);
    copy.source = ym_strdup(f->source);
    return keep_finding(w, &copy);
}

static ym_status take_finding(struct ym_watch *w, struct ym_reader *in) {
    struct ym_finding f = {.error = ym_get_u8(in) != 0};

    f.line = ym_get_u32le(in);
    f.column = ym_get_u32le(in);
    f.file = get_text(in);
    f.text = get_text(in);
    f.source = get_text(in);
    return keep_finding(w, &f);
}

/* Texts of the plan are the watch's own, made by get_text(). */
static void free_text(const char *text) {
    ym_free((char *)(uintptr_t)text); /* NOLINT(performance-no-int-to-ptr) */
}

static void rule_done(struct ym_watched_rule *r) {
    free_text(r->plan.name);
    free_text(r->plan.file);
    free_text(r->plan.always);
}

static ym_status take_rule(struct ym_watch *w, struct ym_reader *in) {
    struct ym_watched_rule r = {.first = w->n_patterns};
    char *always;

    r.plan.name = get_text(in);
    r.plan.file = get_text(in);
    always = get_text(in);
    r.plan.always = always;
    r.plan.never = ym_get_u8(in) != 0;
    r.plan.line = ym_get_u32le(in);
    r.plan.flags = ym_get_u32le(in);
    r.plan.condition = ym_get_u32le(in);
    (void)ym_get_u32le(in); /* counted as they come */
    if (r.plan.name == NULL || r.plan.file == NULL || always == NULL ||
        !make_room((void **)&w->rules, w->n_rules, &w->room_rules, sizeof(*w->rules))) {
        rule_done(&r);
        return YM_NOMEM;
    }
    if (*always == '\0') {
        ym_free(always);
        r.plan.always = NULL;
    }
    w->rules[w->n_rules++] = r;
    return YM_OK;
}

static void pattern_done(struct ym_watched_pattern *p) {
    free_text(p->plan.id);
    ym_free(p->source);
    for (unsigned i = 0; i < YM_PLAN_ATOMS; i++) {
        free_text(p->plan.atoms[i].class);
    }
}

static bool take_atom(struct ym_reader *in, struct ym_plan_atom *a) {
    const uint8_t *bytes;

    a->class = get_text(in);
    a->n = ym_get_u8(in);
    a->n = a->n > YM_PLAN_ATOM_BYTES ? (uint32_t)YM_PLAN_ATOM_BYTES : a->n;
    a->members[0] = ym_get_u32le(in);
    a->members[1] = ym_get_u32le(in);
    bytes = ym_get_view(in, sizeof(a->bytes));
    if (bytes != NULL) {
        memcpy(a->bytes, bytes, sizeof(a->bytes));
    }
    a->at_min = ym_get_u32le(in);
    a->at_max = ym_get_u32le(in);
    a->per_mb = get_double(in);
    return a->class != NULL;
}

static void take_numbers(struct ym_reader *in, struct ym_plan_pattern *p) {
    uint8_t how;

    p->line = ym_get_u32le(in);
    p->column = ym_get_u32le(in);
    p->flags = ym_get_u32le(in);
    how = ym_get_u8(in);
    p->how = how < YM_PLAN_HOW_COUNT ? (ym_plan_how)how : YM_PLAN_LOOKED_FOR;
    p->need = ym_get_u8(in);
    p->need = p->need <= YM_NEED_MATCHES ? p->need : (uint8_t)YM_NEED_FOUND;
    p->spellings = ym_get_u32le(in);
    p->pieces = ym_get_u32le(in);
    p->min_length = ym_get_u32le(in);
    p->max_length = ym_get_u32le(in);
    p->program = ym_get_u32le(in);
    p->forward_states = ym_get_u32le(in);
    p->backward_states = ym_get_u32le(in);
    p->per_mb = get_double(in);
    p->starts = get_double(in);
    p->n_atoms = ym_get_u32le(in);
}

static ym_status take_pattern(struct ym_watch *w, struct ym_reader *in) {
    struct ym_watched_pattern p = {.source = NULL};
    bool all;

    if (w->n_rules == 0) {
        return YM_MALFORMED;
    }
    p.plan.id = get_text(in);
    p.source = get_text(in);
    all = p.plan.id != NULL && p.source != NULL;
    take_numbers(in, &p.plan);
    for (uint32_t i = 0; all && i < p.plan.n_atoms && i < YM_PLAN_ATOMS; i++) {
        all = take_atom(in, &p.plan.atoms[i]);
    }
    if (!all ||
        !make_room((void **)&w->patterns, w->n_patterns, &w->room_patterns, sizeof(*w->patterns))) {
        pattern_done(&p);
        return YM_NOMEM;
    }
    w->patterns[w->n_patterns++] = p;
    w->rules[w->n_rules - 1].plan.n_patterns++;
    return YM_OK;
}

ym_status ym_watch_take(struct ym_watch *w, ym_watch_message kind, struct ym_reader *body) {
    YM_TRY(kind == YM_WATCH_FINDING ? take_finding(w, body)
           : kind == YM_WATCH_RULE  ? take_rule(w, body)
                                    : take_pattern(w, body));
    YM_TRY(ym_reader_status(body));
    return ym_reader_left(body) == 0 ? YM_OK : YM_MALFORMED;
}

void ym_watch_done(struct ym_watch *w) {
    for (size_t i = 0; i < w->n_findings; i++) {
        finding_done(&w->findings[i]);
    }
    for (size_t i = 0; i < w->n_rules; i++) {
        rule_done(&w->rules[i]);
    }
    for (size_t i = 0; i < w->n_patterns; i++) {
        pattern_done(&w->patterns[i]);
    }
    ym_free(w->findings);
    ym_free(w->rules);
    ym_free(w->patterns);
    *w = (struct ym_watch){.rules = NULL};
}
