/* figures.c - all figures as one JSON text.  See report.h; the form is docs/formats/report.md. */
#include "report/report.h"

#include "base/time.h"
#include "private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define MODULE "report/figures"

enum {
    FIGURE_MEMORY = 256 << 20,
    SQL_MAX = 64 << 10,
    PLACES_PERIODS = 8, /* in the first so many each place has tables of its own */
};

static void put_text(struct ym_buf *out, const char *key, const char *text) {
    ym_buf_printf(out, "\"%s\":", key);
    ym_buf_json_string(out, text, strlen(text));
}

ym_status ym_figures_runs(struct ym_source *s, int first, int last, struct ym_err *err) {
    struct ym_run_counts r = {0};

    YM_TRY(ym_runs_read(s, first, last, &r, err));
    ym_buf_printf(s->out,
                  ",\"runs\":{\"all\":%llu,\"clean\":%llu,\"guard\":%llu,\"audit\":%llu,"
                  "\"observe\":%llu,\"incomplete\":%llu,\"simulated\":%llu}",
                  (unsigned long long)r.all, (unsigned long long)r.clean,
                  (unsigned long long)r.guard, (unsigned long long)r.audit,
                  (unsigned long long)r.observe, (unsigned long long)r.incomplete,
                  (unsigned long long)r.simulated);
    return YM_OK;
}

/* What was run, or (definition) the same figures from the records one by one: anybody can check them. */
static ym_status put_queries(struct ym_source *s, const char *key, bool definition,
                             struct ym_err *err) {
    struct ym_buf text[2]; /* the query, its definition */
    ym_status st = YM_OK;

    ym_buf_init(&text[0], SQL_MAX);
    ym_buf_init(&text[1], SQL_MAX);
    ym_buf_printf(s->out, ",\"%s\":{", key);
    for (int i = 0; st == YM_OK && i < YM_MARGIN_COUNT; i++) {
        const struct ym_buf *chosen = &text[definition];

        ym_buf_clear(&text[0]);
        ym_buf_clear(&text[1]);
        ym_store_sums_text(s->store, ym_margins[i].kind, ym_margins[i].margin, &text[0], &text[1]);
        ym_buf_printf(s->out, "%s\"%s\":", i == 0 ? "" : ",", ym_margins[i].name);
        ym_buf_json_string(s->out, (const char *)chosen->data, chosen->len);
        st = ym_buf_status(chosen);
    }
    ym_buf_u8(s->out, '}');
    ym_buf_done(&text[0]);
    ym_buf_done(&text[1]);
    return st == YM_OK ? YM_OK
                       : ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no memory for the queries");
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

static void put_head(const struct ym_source *s) {
    const struct ym_report_options *o = s->options;
    char now[YM_ISO_TIME_SIZE];

    ym_buf_add_text(s->out, "{\"schema\":2,");
    put_text(s->out, "tool", "yamori " YM_VERSION);
    ym_buf_u8(s->out, ',');
    put_text(s->out, "generated", ym_iso_time(ym_now_unix(), now));
    ym_buf_u8(s->out, ',');
    put_text(s->out, "title", o->title == NULL ? "" : o->title);
    ym_buf_u8(s->out, ',');
    put_text(s->out, "lang", o->lang == NULL ? "en" : o->lang);
    ym_buf_printf(s->out,
                  ",\"threshold\":{\"value\":%llu,\"unit\":\"executions, or computers where these "
                  "are counted, in the period\"},\"min_computers\":%d,\"confidence\":0.95",
                  (unsigned long long)o->threshold, YM_REPORT_MIN_COMPUTERS);
    ym_privacy_put(s->privacy, s->out);
    ym_buf_u8(s->out, ',');
    put_text(s->out, "store", ym_store_kind(s->store));
}

/* Every quarter that reaches the threshold, the last first. */
static ym_status list_quarters(struct ym_source *s, struct ym_period *list, size_t *ret_n,
                               struct ym_err *err) {
    struct ym_period *found = NULL;
    size_t n = 0;
    size_t kept = 0;

    YM_TRY(ym_quarters_read(s, &found, &n, err));
    for (size_t i = n; i > 0 && kept < YM_REPORT_PERIODS_MAX; i--) {
        struct ym_run_counts r = {0};

        YM_TRY(ym_runs_read(s, found[i - 1].first, found[i - 1].first + 2, &r, err));
        if (r.clean > 0 && r.clean >= s->options->threshold) {
            list[kept++] = found[i - 1];
        }
    }
    if (kept == 0) {
        return ym_fail(err, YM_END, MODULE, YM_ERR_NO_OFFSET,
                       "no quarter has %llu executions or more, so nothing may be shown: give "
                       "--threshold a smaller number, or name a --period",
                       (unsigned long long)s->options->threshold);
    }
    *ret_n = kept;
    return YM_OK;
}

static ym_status put_periods(struct ym_source *s, struct ym_err *err) {
    struct ym_period quarters[YM_REPORT_PERIODS_MAX];
    const struct ym_period *period = s->options->periods;
    size_t n = s->options->n_periods;

    if (n == 0) {
        YM_TRY(list_quarters(s, quarters, &n, err));
        period = quarters;
    }
    ym_buf_add_text(s->out, ",\"periods\":[");
    for (size_t i = 0; i < n; i++) {
        ym_arena_reset(s->arena);
        ym_buf_add_text(s->out, i == 0 ? "{" : ",{");
        YM_TRY(ym_figures_period(s, period[i], i < PLACES_PERIODS, err));
        ym_buf_u8(s->out, '}');
    }
    ym_buf_u8(s->out, ']');
    ym_arena_reset(s->arena);
    return YM_OK;
}

static ym_status put_all(struct ym_source *s, struct ym_err *err) {
    put_head(s);
    YM_TRY(ym_figures_runs(s, 0, INT_MAX, err));
    YM_TRY(put_queries(s, "queries", false, err));
    YM_TRY(put_queries(s, "definitions", true, err));
    YM_TRY(put_periods(s, err));
    YM_TRY(ym_figures_trends(s, err));
    put_part(s->out, "feeds", s->options->feeds);
    put_part(s->out, "disclosures", s->options->disclosures);
    ym_buf_add_text(s->out, "}\n");
    return YM_OK;
}

static ym_status no_room(ym_status st, struct ym_err *err) {
    return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no memory for the figures");
}

ym_status ym_report_figures(struct ym_store *store, const struct ym_report_options *options,
                            struct ym_buf *out, struct ym_err *err) {
    struct ym_privacy *privacy = NULL;
    struct ym_source s = {.store = store, .options = options, .out = out};
    ym_status st;

    if (options->epsilon > 0) {
        YM_TRY(ym_privacy_new(options->epsilon, &privacy, err));
    }
    s.privacy = privacy;
    s.arena = ym_arena_new(FIGURE_MEMORY);
    st = s.arena == NULL ? no_room(YM_NOMEM, err) : put_all(&s, err);
    ym_arena_free(s.arena);
    ym_privacy_free(privacy);
    if (st == YM_OK && ym_buf_status(out) != YM_OK) {
        st = no_room(ym_buf_status(out), err);
    }
    return st;
}
