/* figures_period.c - the tables of one period.  See private.h; the form is docs/formats/report.md. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

enum { FAMILIES_OF_PLACE = 10 };

/* --- what tables are made of --- */

ym_status ym_table_of_rows(struct ym_source *s, struct ym_table *t, const struct ym_rows *rows,
                           struct ym_err *err) {
    for (size_t i = 0; i < rows->n; i++) {
        const struct ym_row *row = &rows->row[i];
        struct ym_entry *e;

        if (ym_row_sum(rows, row, t->n_count) == 0) {
            continue;
        }
        e = ym_table_add(t, s->arena, rows->period);
        if (e == NULL) {
            return ym_report_no_memory(s->arena, err);
        }
        memcpy(e->key, row->key, sizeof(e->key));
        ym_entry_fill(e, rows, row, t->n_count, rows, row, t->x_count);
    }
    return YM_OK;
}

/* Does the row belong to `of`? */
static bool is_of(const struct ym_row *row, const char *of) {
    return of == NULL || strcmp(row->key[0], of) == 0;
}

ym_status ym_table_of_findings(struct ym_source *s, struct ym_table *t, const struct ym_rows *rows,
                               const char *of, const struct ym_rows *base_rows,
                               const struct ym_row *base, struct ym_err *err) {
    unsigned skip = of == NULL ? 0 : 1;

    for (size_t i = 0; i < rows->n; i++) {
        const struct ym_row *row = &rows->row[i];
        struct ym_entry *e;

        if (!is_of(row, of) || ym_row_sum(rows, row, t->x_count) == 0) {
            continue;
        }
        e = ym_table_add(t, s->arena, rows->period);
        if (e == NULL) {
            return ym_report_no_memory(s->arena, err);
        }
        for (unsigned k = 0; k < t->n_keys; k++) {
            e->key[k] = row->key[k + skip];
        }
        ym_entry_fill(e, base_rows, base, t->n_count, rows, row, t->x_count);
    }
    return YM_OK;
}

static void comma(struct ym_source *s) {
    ym_buf_u8(s->out, ',');
}

static ym_status put_closed(struct ym_source *s, struct ym_table *t, struct ym_err *err) {
    ym_table_finish(s, t, 0);
    comma(s);
    YM_TRY(ym_table_put(s, t, err));
    ym_buf_u8(s->out, '}');
    return YM_OK;
}

/* ,"name":TABLE of rows of rates */
static ym_status put_rates(struct ym_source *s, const char *name, const struct ym_unit *unit,
                           const struct ym_rows *rows, unsigned n_keys, struct ym_err *err) {
    bool computers = unit == &ym_unit_ccm_computers;
    bool met = unit == &ym_unit_percent;
    struct ym_table t = {.name = name,
                         .unit = unit,
                         .base = rows->margin,
                         .query = rows->margin,
                         .n_keys = n_keys,
                         .flags = YM_TABLE_BY_VALUE};

    t.n_count = met ? YM_RATE_N_GUARDED : computers ? YM_RATE_N_COMPUTERS : YM_RATE_N_EXECUTIONS;
    t.x_count = met ? YM_RATE_N_ENCOUNTERED : YM_RATE_N_CLEANED;
    YM_TRY(ym_table_of_rows(s, &t, rows, err));
    return put_closed(s, &t, err);
}

/* --- places --- */

/* How the runs of a place were located: the way of 95 in 100 of those that say it. */
static const char *way_of(const struct ym_rows *located, const char *place) {
    uint64_t n[3] = {0}; /* setting, address, all */

    for (size_t i = 0; i < located->n; i++) {
        const struct ym_row *row = &located->row[i];
        uint64_t runs = ym_row_sum(located, row, YM_RATE_N_EXECUTIONS);

        if (strcmp(row->key[0], place) == 0) {
            n[0] += strcmp(row->key[1], "setting") == 0 ? runs : 0;
            n[1] += strcmp(row->key[1], "address") == 0 ? runs : 0;
        }
    }
    n[2] = n[0] + n[1];
    if (n[2] == 0) {
        return "unknown";
    }
    return n[0] * 20 >= n[2] * 19 ? "setting" : n[1] * 20 >= n[2] * 19 ? "address" : "mixed";
}

/* "ZZ" is all runs that did not say where they were: no place.  Its n is taken out. */
static uint64_t take_unplaced(struct ym_table *t) {
    uint64_t n = 0;
    size_t kept = 0;

    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->entry[i].key[0], "ZZ") != 0) {
            t->entry[kept++] = t->entry[i];
            continue;
        }
        for (unsigned month = 0; month < t->entry[i].months; month++) {
            n += t->entry[i].n[month];
        }
    }
    t->n = kept;
    return n;
}

static ym_status put_places(struct ym_source *s, struct ym_table *t, const struct ym_rows *rows,
                            const struct ym_rows *located, struct ym_err *err) {
    uint64_t unplaced;

    YM_TRY(ym_table_of_rows(s, t, rows, err));
    unplaced = take_unplaced(t);
    for (size_t i = 0; located != NULL && i < t->n; i++) {
        t->entry[i].located = way_of(located, t->entry[i].key[0]);
    }
    ym_table_finish(s, t, 0);
    comma(s);
    YM_TRY(ym_table_put(s, t, err));
    ym_buf_printf(s->out, ",\"unplaced\":%llu}", (unsigned long long)unplaced);
    return YM_OK;
}

static ym_status put_countries(struct ym_source *s, const struct ym_rows *rows, struct ym_table *t,
                               struct ym_err *err) {
    struct ym_rows located = {0};
    struct ym_table met = {.name = "country_encounter",
                           .unit = &ym_unit_percent,
                           .base = YM_MARGIN_COUNTRY,
                           .n_count = YM_RATE_N_GUARDED,
                           .query = YM_MARGIN_COUNTRY,
                           .x_count = YM_RATE_N_ENCOUNTERED,
                           .n_keys = 1,
                           .flags = YM_TABLE_BY_VALUE};

    YM_TRY(ym_rows_read(s, YM_MARGIN_LOCATED, rows->period, &located, err));
    *t = (struct ym_table){.name = "country",
                           .unit = &ym_unit_ccm,
                           .base = YM_MARGIN_COUNTRY,
                           .n_count = YM_RATE_N_EXECUTIONS,
                           .query = YM_MARGIN_COUNTRY,
                           .x_count = YM_RATE_N_CLEANED,
                           .n_keys = 1,
                           .flags = YM_TABLE_BY_VALUE | YM_TABLE_LOCATED};
    YM_TRY(put_places(s, t, rows, &located, err));
    return put_places(s, &met, rows, NULL, err);
}

/* --- systems --- */

/* A share of all runs, or of all guarded computers: below 0.05 % a group is not shown. */
static ym_status put_system_table(struct ym_source *s, struct ym_table *t,
                                  const struct ym_rows *rows, const struct ym_rows *world,
                                  struct ym_err *err) {
    uint64_t all = ym_row_sum(world, ym_rows_find(world, NULL), t->n_count);

    YM_TRY(ym_table_of_rows(s, t, rows, err));
    t->min_share_of = all;
    for (size_t i = 0; i < t->n; i++) {
        uint64_t n = 0;

        for (unsigned month = 0; month < t->entry[i].months; month++) {
            n += t->entry[i].n[month];
        }
        t->entry[i].share = all == 0 ? 0 : (double)n / (double)all;
    }
    ym_table_finish(s, t, 0);
    comma(s);
    YM_TRY(ym_table_put(s, t, err));
    ym_buf_add_text(s->out, ",\"min_share\":0.0005}");
    return YM_OK;
}

static ym_status put_systems(struct ym_source *s, const struct ym_rows *world, struct ym_err *err) {
    struct ym_rows rows = {0};
    struct ym_table t = {.name = "system",
                         .unit = &ym_unit_ccm,
                         .base = YM_MARGIN_SYSTEM,
                         .n_count = YM_RATE_N_EXECUTIONS,
                         .query = YM_MARGIN_SYSTEM,
                         .x_count = YM_RATE_N_CLEANED,
                         .n_keys = 4,
                         .flags = YM_TABLE_BY_VALUE | YM_TABLE_SHARE};
    struct ym_table met = t;

    met.name = "system_encounter";
    met.unit = &ym_unit_percent;
    met.n_count = YM_RATE_N_GUARDED;
    met.x_count = YM_RATE_N_ENCOUNTERED;
    YM_TRY(ym_rows_read(s, YM_MARGIN_SYSTEM, world->period, &rows, err));
    YM_TRY(put_system_table(s, &t, &rows, world, err));
    return put_system_table(s, &met, &rows, world, err);
}

/* --- families and categories --- */

/* Shares of the computers cleaned in all. */
static void set_shares(struct ym_table *t, uint64_t computers) {
    for (size_t i = 0; i < t->n; i++) {
        struct ym_entry *e = &t->entry[i];
        uint64_t x = 0;

        for (unsigned month = 0; month < e->months; month++) {
            x += e->x[month];
        }
        e->share = computers == 0 ? 0 : (double)x / (double)computers;
        e->share_of = computers;
    }
}

struct findings {
    const char *name;
    const struct ym_rows *rows;
    const char *of; /* first key of the rows that count; NULL: all */
    unsigned n_keys;
    size_t most; /* cells; 0: all */
};

static int by_share(const void *a, const void *b) {
    const struct ym_entry *x = a;
    const struct ym_entry *y = b;

    if (x->share > y->share || x->share < y->share) {
        return x->share > y->share ? -1 : 1;
    }
    return strcmp(x->key[0], y->key[0]);
}

/* The `most` largest stay. */
static void keep_largest(struct ym_table *t, size_t most) {
    if (most > 0 && t->n > most) {
        qsort(t->entry, t->n, sizeof(*t->entry), by_share);
        t->n = most;
    }
}

/* "name":TABLE(ccm) of what was cleaned, with the computers cleaned in all. */
static ym_status put_findings(struct ym_source *s, const struct findings *f,
                              const struct ym_rows *base_rows, const struct ym_row *base,
                              struct ym_err *err) {
    uint64_t computers = ym_row_sum(base_rows, base, YM_RATE_N_CLEANED);
    struct ym_table t = {.name = f->name,
                         .unit = &ym_unit_ccm,
                         .base = base_rows->margin,
                         .n_count = YM_RATE_N_EXECUTIONS,
                         .query = f->rows->margin,
                         .x_count = YM_THREAT_N_CLEANED,
                         .n_keys = f->n_keys,
                         .flags = YM_TABLE_FINDING | YM_TABLE_BY_X | YM_TABLE_SHARES};

    YM_TRY(ym_table_of_findings(s, &t, f->rows, f->of, base_rows, base, err));
    set_shares(&t, computers);
    keep_largest(&t, f->most);
    ym_table_finish(s, &t, 0);
    YM_TRY(ym_table_put(s, &t, err));
    ym_buf_printf(s->out, ",\"computers\":%llu}", (unsigned long long)computers);
    return YM_OK;
}

static ym_status put_met(struct ym_source *s, const char *name, const struct ym_rows *rows,
                         unsigned n_keys, const struct ym_rows *world, struct ym_err *err) {
    struct ym_table t = {.name = name,
                         .unit = &ym_unit_percent,
                         .base = YM_MARGIN_RATE,
                         .n_count = YM_RATE_N_GUARDED,
                         .query = rows->margin,
                         .x_count = YM_THREAT_N_ENCOUNTERED,
                         .n_keys = n_keys,
                         .flags = YM_TABLE_FINDING | YM_TABLE_BY_X};

    YM_TRY(ym_table_of_findings(s, &t, rows, NULL, world, ym_rows_find(world, NULL), err));
    return put_closed(s, &t, err);
}

static ym_status put_threats(struct ym_source *s, const struct ym_rows *world, struct ym_err *err) {
    const struct ym_row *base = ym_rows_find(world, NULL);
    struct ym_rows families = {0};
    struct ym_rows categories = {0};

    YM_TRY(ym_rows_read(s, YM_MARGIN_FAMILY, world->period, &families, err));
    YM_TRY(ym_rows_read(s, YM_MARGIN_CATEGORY, world->period, &categories, err));
    comma(s);
    YM_TRY(put_findings(s, &(struct findings){"family", &families, NULL, 2, 0}, world, base, err));
    comma(s);
    YM_TRY(
        put_findings(s, &(struct findings){"category", &categories, NULL, 1, 0}, world, base, err));
    YM_TRY(put_met(s, "family_encounter", &families, 2, world, err));
    return put_met(s, "category_encounter", &categories, 1, world, err);
}

/* {"what":KEY,"family":…,"category":…} */
static ym_status put_both(struct ym_source *s, const char *what, const struct ym_rows *base_rows,
                          const struct ym_row *base, const struct ym_rows *families,
                          const struct ym_rows *categories, size_t most, struct ym_err *err) {
    const char *key = base->key[0];

    ym_buf_printf(s->out, "{\"%s\":", what);
    ym_buf_json_string(s->out, key, strlen(key));
    comma(s);
    YM_TRY(put_findings(s, &(struct findings){"family", families, key, 2, most}, base_rows, base,
                        err));
    comma(s);
    YM_TRY(put_findings(s, &(struct findings){"category", categories, key, 1, 0}, base_rows, base,
                        err));
    ym_buf_u8(s->out, '}');
    return YM_OK;
}

static ym_status put_segments(struct ym_source *s, struct ym_period p, struct ym_err *err) {
    struct ym_rows segments = {0};
    struct ym_rows families = {0};
    struct ym_rows categories = {0};

    YM_TRY(ym_rows_read(s, YM_MARGIN_SEGMENT, p, &segments, err));
    YM_TRY(ym_rows_read(s, YM_MARGIN_SEGMENT_FAMILY, p, &families, err));
    YM_TRY(ym_rows_read(s, YM_MARGIN_SEGMENT_CATEGORY, p, &categories, err));
    YM_TRY(put_rates(s, "segment", &ym_unit_ccm, &segments, 1, err));
    YM_TRY(put_rates(s, "segment_encounter", &ym_unit_percent, &segments, 1, err));
    ym_buf_add_text(s->out, ",\"segments\":[");
    for (size_t i = 0; i < segments.n; i++) {
        if (i > 0) {
            comma(s);
        }
        YM_TRY(put_both(s, "segment", &segments, &segments.row[i], &families, &categories, 0, err));
    }
    ym_buf_u8(s->out, ']');
    return YM_OK;
}

/* Of the places that the table of countries shows, each by itself. */
static ym_status put_each_place(struct ym_source *s, const struct ym_rows *countries,
                                const struct ym_table *shown, struct ym_err *err) {
    struct ym_rows families = {0};
    struct ym_rows categories = {0};
    bool first = true;

    YM_TRY(ym_rows_read(s, YM_MARGIN_COUNTRY_FAMILY, countries->period, &families, err));
    YM_TRY(ym_rows_read(s, YM_MARGIN_COUNTRY_CATEGORY, countries->period, &categories, err));
    ym_buf_add_text(s->out, ",\"places\":[");
    for (size_t i = 0; i < shown->n; i++) {
        const struct ym_row *base = ym_rows_find(countries, shown->entry[i].key[0]);

        if (!shown->entry[i].hidden) {
            if (!first) {
                comma(s);
            }
            first = false;
            YM_TRY(put_both(s, "country", countries, base, &families, &categories,
                            FAMILIES_OF_PLACE, err));
        }
    }
    ym_buf_u8(s->out, ']');
    return YM_OK;
}

/* --- the period --- */

static void put_span(struct ym_buf *out, struct ym_period p) {
    char label[YM_PERIOD_LABEL_SIZE];
    int last = p.first + (int)p.months - 1;

    ym_buf_printf(out, "\"label\":\"%s\",\"from\":\"%04d-%02d\",\"to\":\"%04d-%02d\",\"months\":%u",
                  ym_period_label(p, label), p.first / 12, p.first % 12 + 1, last / 12,
                  last % 12 + 1, p.months);
}

ym_status ym_figures_period(struct ym_source *s, struct ym_period p, bool places,
                            struct ym_err *err) {
    struct ym_rows world = {0};
    struct ym_rows countries = {0};
    struct ym_table shown;

    put_span(s->out, p);
    YM_TRY(ym_figures_runs(s, p.first, p.first + (int)p.months - 1, err));
    YM_TRY(ym_rows_read(s, YM_MARGIN_RATE, p, &world, err));
    YM_TRY(put_rates(s, "world", &ym_unit_ccm, &world, 0, err));
    YM_TRY(put_rates(s, "world_computers", &ym_unit_ccm_computers, &world, 0, err));
    YM_TRY(put_rates(s, "encounter", &ym_unit_percent, &world, 0, err));
    YM_TRY(ym_rows_read(s, YM_MARGIN_COUNTRY, p, &countries, err));
    YM_TRY(put_countries(s, &countries, &shown, err));
    YM_TRY(put_systems(s, &world, err));
    YM_TRY(put_segments(s, p, err));
    YM_TRY(ym_figures_protection(s, p, err));
    YM_TRY(put_threats(s, &world, err));
    YM_TRY(ym_figures_events(s, p, &world, err));
    return places ? put_each_place(s, &countries, &shown, err) : YM_OK;
}
