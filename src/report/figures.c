/* figures.c - the cells of the queries as one JSON text.  See report.h; the form is
 * docs/formats/report.md. */
#include "report/report.h"

#include "base/alloc.h"
#include "base/time.h"
#include "private.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "report/figures"

enum { FIGURE_MEMORY = 256 << 20, SQL_MAX = 64 << 10 };

struct figures {
    struct ym_store *store;
    const struct ym_report_options *options;
    struct ym_arena *arena;
    struct ym_buf *out;
};

/* --- small JSON --- */

static void put_text(struct ym_buf *out, const char *key, const char *text) {
    ym_buf_printf(out, "\"%s\":", key);
    ym_buf_json_string(out, text, strlen(text));
}

static void put_count(struct ym_buf *out, const char *key, uint64_t v) {
    ym_buf_printf(out, "\"%s\":%llu", key, (unsigned long long)v);
}

static void put_keys(struct ym_buf *out, const struct ym_cell *c, unsigned first, unsigned n) {
    ym_buf_add_text(out, "\"key\":[");
    for (unsigned i = first; i < n; i++) {
        if (i > first) {
            ym_buf_u8(out, ',');
        }
        ym_buf_json_string(out, c->key[i], strlen(c->key[i]));
    }
    ym_buf_u8(out, ']');
}

/* The rate of a cell in computers per 1,000 executions. */
static void put_rate(struct ym_buf *out, const struct ym_rate *r) {
    char printed[YM_PRINTED_SIZE];

    put_count(out, "n", r->n);
    ym_buf_u8(out, ',');
    put_count(out, "x", r->x);
    ym_buf_printf(out,
                  ",\"ccm\":%.6f,\"print\":\"%s\",\"low\":%.6f,\"high\":%.6f,\"pooled\":%.6f,"
                  "\"months\":%u",
                  r->value * 1000, ym_print_digit(r->value * 1000, printed), r->interval.low * 1000,
                  r->interval.high * 1000, r->pooled * 1000, r->months);
}

/* --- tables of rates --- */

/* Highest rate first; equal rates in the order of their keys. */
static int by_rate(const void *a, const void *b) {
    const struct ym_cell *x = a;
    const struct ym_cell *y = b;

    if (x->rate.value > y->rate.value || x->rate.value < y->rate.value) {
        return x->rate.value > y->rate.value ? -1 : 1;
    }
    for (unsigned i = 0; i < YM_QUERY_KEYS_MAX && x->key[i] != NULL && y->key[i] != NULL; i++) {
        int order = strcmp(x->key[i], y->key[i]);

        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static void put_hidden(struct ym_buf *out, uint64_t cells, uint64_t n) {
    ym_buf_printf(out, "],\"hidden\":{\"cells\":%llu,\"n\":%llu}", (unsigned long long)cells,
                  (unsigned long long)n);
}

/* Is it a place?  "ZZ" is all runs that did not say where they were. */
static bool no_place(enum ym_query_id id, const struct ym_cell *c) {
    return id == YM_QUERY_COUNTRY && strcmp(c->key[0], "ZZ") == 0;
}

/* "NAME":{"query":…,"cells":[…],"hidden":…,"unplaced":…} */
static ym_status put_rates(struct figures *f, enum ym_query_id id, struct ym_period period,
                           struct ym_err *err) {
    struct ym_cells cells = {0};
    uint64_t hidden = 0;
    uint64_t hidden_n = 0;
    uint64_t unplaced = 0;
    bool first = true;

    YM_TRY(ym_query_run(f->store, id, period, f->arena, &cells, err));
    if (cells.n > 0) {
        qsort(cells.cell, cells.n, sizeof(*cells.cell), by_rate);
    }
    ym_buf_printf(f->out, ",\"%s\":{\"query\":\"%s\",\"cells\":[", ym_queries[id].name,
                  ym_queries[id].name);
    for (size_t i = 0; i < cells.n; i++) {
        const struct ym_cell *c = &cells.cell[i];

        if (no_place(id, c)) {
            unplaced += c->rate.n;
        } else if (c->rate.n < f->options->threshold) {
            hidden++;
            hidden_n += c->rate.n;
        } else {
            ym_buf_add_text(f->out, first ? "{" : ",{");
            first = false;
            put_keys(f->out, c, 0, ym_queries[id].n_keys);
            ym_buf_u8(f->out, ',');
            put_rate(f->out, &c->rate);
            ym_buf_u8(f->out, '}');
        }
    }
    put_hidden(f->out, hidden, hidden_n);
    ym_buf_printf(f->out, ",\"unplaced\":%llu}", (unsigned long long)unplaced);
    return YM_OK;
}

/* --- tables of findings: families and categories --- */

/* Most computers first; equal counts in the order of their keys. */
static int by_computers(const void *a, const void *b) {
    const struct ym_cell *x = a;
    const struct ym_cell *y = b;

    if (x->rate.x != y->rate.x) {
        return x->rate.x > y->rate.x ? -1 : 1;
    }
    return by_rate(a, b);
}

static void put_finding(struct ym_buf *out, const struct ym_cell *c, const struct ym_rate *rate,
                        uint64_t cleaned, unsigned first_key, unsigned n_keys) {
    double share = cleaned == 0 ? 0 : (double)rate->x / (double)cleaned;
    struct ym_interval i = ym_wilson(share > 1 ? 1 : share, (double)cleaned);

    put_keys(out, c, first_key, n_keys);
    ym_buf_u8(out, ',');
    put_rate(out, rate);
    ym_buf_printf(out, ",\"share\":%.6f,\"share_low\":%.6f,\"share_high\":%.6f", share, i.low,
                  i.high);
}

/* The findings among the cells whose first key is `segment` (NULL: all of a query without
 * segment), against the executions of `base`. */
static void put_findings(struct figures *f, const char *name, enum ym_query_id id,
                         const struct ym_cells *cells, const char *segment,
                         const struct ym_cell *base, unsigned months) {
    unsigned first_key = segment == NULL ? 0 : 1;
    uint64_t hidden = 0;
    uint64_t hidden_n = 0;
    bool first = true;

    ym_buf_printf(f->out, ",\"%s\":{\"query\":\"%s\",\"computers\":%llu,\"cells\":[", name,
                  ym_queries[id].name, (unsigned long long)base->rate.x);
    for (size_t i = 0; i < cells->n; i++) {
        const struct ym_cell *c = &cells->cell[i];
        struct ym_rate rate = ym_rate_of_months(base->n, c->x, months);

        if (segment != NULL && strcmp(c->key[0], segment) != 0) {
            continue;
        }
        if (base->rate.n < f->options->threshold || rate.x < YM_REPORT_MIN_COMPUTERS) {
            hidden++;
            hidden_n += rate.x;
            continue;
        }
        ym_buf_add_text(f->out, first ? "{" : ",{");
        first = false;
        put_finding(f->out, c, &rate, base->rate.x, first_key, ym_queries[id].n_keys);
        ym_buf_u8(f->out, '}');
    }
    put_hidden(f->out, hidden, hidden_n);
    ym_buf_u8(f->out, '}');
}

static ym_status run_findings(struct figures *f, enum ym_query_id id, struct ym_period period,
                              struct ym_cells *ret_cells, struct ym_err *err) {
    YM_TRY(ym_query_run(f->store, id, period, f->arena, ret_cells, err));
    for (size_t i = 0; i < ret_cells->n; i++) { /* no executions of their own: only the sum */
        struct ym_cell *c = &ret_cells->cell[i];

        c->rate.x = 0;
        for (unsigned month = 0; month < period.months; month++) {
            c->rate.x += c->x[month];
        }
    }
    if (ret_cells->n > 0) {
        qsort(ret_cells->cell, ret_cells->n, sizeof(*ret_cells->cell), by_computers);
    }
    return YM_OK;
}

static ym_status put_segment_findings(struct figures *f, struct ym_period period,
                                      struct ym_err *err) {
    struct ym_cells segments = {0};
    struct ym_cells families = {0};
    struct ym_cells categories = {0};

    YM_TRY(ym_query_run(f->store, YM_QUERY_SEGMENT, period, f->arena, &segments, err));
    YM_TRY(run_findings(f, YM_QUERY_SEGMENT_FAMILY, period, &families, err));
    YM_TRY(run_findings(f, YM_QUERY_SEGMENT_CATEGORY, period, &categories, err));
    ym_buf_add_text(f->out, ",\"segments\":[");
    for (size_t i = 0; i < segments.n; i++) {
        const struct ym_cell *s = &segments.cell[i];

        ym_buf_add_text(f->out, i == 0 ? "{" : ",{");
        put_text(f->out, "segment", s->key[0]);
        put_findings(f, "family", YM_QUERY_SEGMENT_FAMILY, &families, s->key[0], s, period.months);
        put_findings(f, "category", YM_QUERY_SEGMENT_CATEGORY, &categories, s->key[0], s,
                     period.months);
        ym_buf_u8(f->out, '}');
    }
    ym_buf_u8(f->out, ']');
    return YM_OK;
}

/* --- a period --- */

static void put_span(struct ym_buf *out, struct ym_period p) {
    char label[YM_PERIOD_LABEL_SIZE];
    int last = p.first + (int)p.months - 1;

    put_text(out, "label", ym_period_label(p, label));
    ym_buf_printf(out, ",\"from\":\"%04d-%02d\",\"to\":\"%04d-%02d\",\"months\":%u", p.first / 12,
                  p.first % 12 + 1, last / 12, last % 12 + 1, p.months);
}

static void put_runs(struct ym_buf *out, const struct ym_run_counts *r) {
    ym_buf_add_text(out, ",\"runs\":{");
    put_count(out, "all", r->runs);
    ym_buf_u8(out, ',');
    put_count(out, "clean", r->clean);
    ym_buf_u8(out, ',');
    put_count(out, "incomplete", r->incomplete);
    ym_buf_u8(out, ',');
    put_count(out, "simulated", r->simulated);
    ym_buf_u8(out, '}');
}

static ym_status put_world(struct figures *f, const struct ym_cell *world) {
    if (world->rate.n < f->options->threshold) {
        ym_buf_add_text(f->out, ",\"world\":null");
        return YM_OK;
    }
    ym_buf_add_text(f->out, ",\"world\":{\"query\":\"world\",");
    put_rate(f->out, &world->rate);
    ym_buf_u8(f->out, '}');
    return YM_OK;
}

static ym_status put_period(struct figures *f, struct ym_period p, struct ym_err *err) {
    static const struct ym_cell nobody = {.rate = {.interval = {0, 1}}};
    struct ym_run_counts runs = {0};
    struct ym_cells world = {0};
    struct ym_cells cells = {0};
    struct ym_cell all = nobody;

    YM_TRY(ym_query_runs(f->store, p.first, p.first + (int)p.months - 1, &runs, err));
    YM_TRY(ym_query_run(f->store, YM_QUERY_WORLD, p, f->arena, &world, err));
    if (world.n > 0) {
        all = world.cell[0];
    }
    put_span(f->out, p);
    put_runs(f->out, &runs);
    YM_TRY(put_world(f, &all));
    YM_TRY(put_rates(f, YM_QUERY_COUNTRY, p, err));
    YM_TRY(put_rates(f, YM_QUERY_SYSTEM, p, err));
    YM_TRY(put_rates(f, YM_QUERY_SEGMENT, p, err));
    YM_TRY(run_findings(f, YM_QUERY_FAMILY, p, &cells, err));
    put_findings(f, "family", YM_QUERY_FAMILY, &cells, NULL, &all, p.months);
    YM_TRY(run_findings(f, YM_QUERY_CATEGORY, p, &cells, err));
    put_findings(f, "category", YM_QUERY_CATEGORY, &cells, NULL, &all, p.months);
    return put_segment_findings(f, p, err);
}

static ym_status put_trend(struct figures *f, struct ym_err *err) {
    struct ym_cells quarters = {0};
    uint64_t hidden = 0;
    uint64_t hidden_n = 0;
    bool first = true;

    YM_TRY(ym_query_quarters(f->store, f->arena, &quarters, err));
    ym_buf_add_text(f->out, ",\"trend\":{\"query\":\"world\",\"cells\":[");
    for (size_t i = 0; i < quarters.n; i++) {
        const struct ym_cell *c = &quarters.cell[i];

        if (c->rate.n < f->options->threshold) {
            hidden++;
            hidden_n += c->rate.n;
        } else {
            ym_buf_add_text(f->out, first ? "{" : ",{");
            first = false;
            put_keys(f->out, c, 0, 1);
            ym_buf_u8(f->out, ',');
            put_rate(f->out, &c->rate);
            ym_buf_u8(f->out, '}');
        }
    }
    put_hidden(f->out, hidden, hidden_n);
    ym_buf_u8(f->out, '}');
    return YM_OK;
}

/* What was run, and the same figures from the executions one by one: anybody can check them. */
static void put_texts(struct ym_buf *out, const char *key, const struct ym_buf *text) {
    ym_buf_printf(out, ",\"%s\":{", key);
    for (int i = 0; i < YM_QUERY_COUNT; i++) {
        ym_buf_printf(out, "%s\"%s\":", i == 0 ? "" : ",", ym_queries[i].name);
        ym_buf_json_string(out, (const char *)text[i].data, text[i].len);
    }
    ym_buf_u8(out, '}');
}

static void put_queries(struct figures *f) {
    struct ym_buf sql[YM_QUERY_COUNT];
    struct ym_buf definition[YM_QUERY_COUNT];

    for (int i = 0; i < YM_QUERY_COUNT; i++) {
        ym_buf_init(&sql[i], SQL_MAX);
        ym_buf_init(&definition[i], SQL_MAX);
        ym_store_sums_text(f->store, ym_queries[i].kind, ym_queries[i].margin, &sql[i],
                           &definition[i]);
    }
    put_texts(f->out, "queries", sql);
    put_texts(f->out, "definitions", definition);
    for (int i = 0; i < YM_QUERY_COUNT; i++) {
        ym_buf_done(&sql[i]);
        ym_buf_done(&definition[i]);
    }
}

/* A part of the figures that was made elsewhere. */
static void put_part(struct ym_buf *out, const char *key, const struct ym_buf *json) {
    ym_buf_printf(out, ",\"%s\":", key);
    if (json == NULL || json->len == 0) {
        ym_buf_add_text(out, "null");
    } else {
        ym_buf_add(out, json->data, json->len);
    }
}

static ym_status put_all(struct figures *f, struct ym_err *err) {
    const struct ym_report_options *o = f->options;
    struct ym_run_counts runs = {0};
    char now[YM_ISO_TIME_SIZE];

    YM_TRY(ym_query_runs(f->store, 0, INT_MAX, &runs, err));
    ym_buf_add_text(f->out, "{\"schema\":1,");
    put_text(f->out, "tool", "yamori " YM_VERSION);
    ym_buf_u8(f->out, ',');
    put_text(f->out, "generated", ym_iso_time(ym_now_unix(), now));
    ym_buf_u8(f->out, ',');
    put_text(f->out, "title", o->title == NULL ? "" : o->title);
    ym_buf_u8(f->out, ',');
    put_text(f->out, "lang", o->lang == NULL ? "en" : o->lang);
    ym_buf_printf(f->out,
                  ",\"threshold\":{\"value\":%llu,\"unit\":\"executions in the period\"},"
                  "\"min_computers\":%d,\"confidence\":0.95",
                  (unsigned long long)o->threshold, YM_REPORT_MIN_COMPUTERS);
    put_runs(f->out, &runs);
    put_queries(f);
    ym_buf_add_text(f->out, ",\"periods\":[");
    for (size_t i = 0; i < o->n_periods; i++) {
        ym_buf_add_text(f->out, i == 0 ? "{" : ",{");
        YM_TRY(put_period(f, o->periods[i], err));
        ym_buf_u8(f->out, '}');
    }
    ym_buf_u8(f->out, ']');
    YM_TRY(put_trend(f, err));
    put_part(f->out, "feeds", o->feeds);
    put_part(f->out, "disclosures", o->disclosures);
    ym_buf_add_text(f->out, "}\n");
    return YM_OK;
}

static ym_status no_room(ym_status st, struct ym_err *err) {
    return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no memory for the figures");
}

ym_status ym_report_figures(struct ym_store *store, const struct ym_report_options *options,
                            struct ym_buf *out, struct ym_err *err) {
    struct figures f = {.store = store, .options = options, .out = out};
    ym_status st;

    f.arena = ym_arena_new(FIGURE_MEMORY);
    st = f.arena == NULL ? no_room(YM_NOMEM, err) : put_all(&f, err);
    ym_arena_free(f.arena);
    if (st == YM_OK && ym_buf_status(out) != YM_OK) {
        st = no_room(ym_buf_status(out), err);
    }
    return st;
}

ym_status ym_report_quarters(struct ym_store *store, uint64_t threshold,
                             struct ym_period **ret_periods, size_t *ret_n, struct ym_err *err) {
    struct ym_arena *arena = ym_arena_new(FIGURE_MEMORY);
    struct ym_cells quarters = {0};
    struct ym_period *list = NULL;
    size_t n = 0;
    ym_status st =
        arena == NULL ? no_room(YM_NOMEM, err) : ym_query_quarters(store, arena, &quarters, err);

    if (st == YM_OK) {
        list = ym_zalloc(quarters.n + 1, sizeof(*list));
        st = list == NULL ? no_room(YM_NOMEM, err) : YM_OK;
    }
    for (size_t i = 0; st == YM_OK && i < quarters.n; i++) {
        if (quarters.cell[i].rate.n >= threshold &&
            ym_period_parse(quarters.cell[i].key[0], &list[n])) {
            n++;
        }
    }
    ym_arena_free(arena);
    YM_TRY(st);
    *ret_periods = list;
    *ret_n = n;
    return YM_OK;
}
