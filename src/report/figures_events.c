/* figures_events.c - how things came in, what stands open, what was attacked, what was observed.  See
 * private.h. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

enum { FAMILIES_MAX = 20 /* whose ways in are shown, those with most attacks */ };

/* --- ways in --- */

/* One family, or one variant of it: a run of rows. */
struct way_rows {
    const struct ym_rows *rows;
    const char *family;
    const char *variant; /* NULL: rows have none */
    uint64_t reporting;  /* runs of clean, or guarded computers */
};

static bool is_of(const struct way_rows *w, const struct ym_row *row) {
    return strcmp(row->key[0], w->family) == 0 &&
           (w->variant == NULL || strcmp(row->key[2], w->variant) == 0);
}

/* The enterprise reading knows two ways: what was there before, and what a user carried in, is left out. */
static bool counts(const char *path, bool network) {
    return path[0] != '\0' &&
           (!network || strcmp(path, "credential") == 0 || strcmp(path, "exploit") == 0);
}

/* All attacks whose way is known, a month, and the computers behind them. */
static uint64_t sum_attacks(const struct way_rows *w, bool network, uint64_t *n) {
    uint64_t computers = 0;

    for (size_t i = 0; i < w->rows->n; i++) {
        const struct ym_row *row = &w->rows->row[i];

        if (!is_of(w, row) || !counts(row->key[1], network)) {
            continue;
        }
        for (unsigned month = 0; month < w->rows->period.months; month++) {
            n[month] += ym_row_count(w->rows, row, month, YM_THREAT_N_ATTACKS);
        }
        computers += ym_row_sum(w->rows, row, YM_THREAT_N_COMPUTERS);
    }
    return computers;
}

static ym_status put_ways(struct ym_source *s, const struct way_rows *w, bool network,
                          struct ym_err *err) {
    struct ym_table t = {.name = network ? "network" : "all",
                         .unit = &ym_unit_percent,
                         .base = w->rows->margin,
                         .n_count = YM_THREAT_N_ATTACKS,
                         .query = w->rows->margin,
                         .x_count = YM_THREAT_N_ATTACKS,
                         .n_keys = 1,
                         .flags = YM_TABLE_FINDING | YM_TABLE_BY_X | YM_TABLE_POOLED |
                                  YM_TABLE_COMPUTERS | YM_TABLE_REPORTING,
                         .reporting = w->reporting};
    uint64_t n[YM_PERIOD_MONTHS_MAX] = {0};
    uint64_t computers = sum_attacks(w, network, n);

    for (size_t i = 0; i < w->rows->n; i++) {
        const struct ym_row *row = &w->rows->row[i];
        struct ym_entry *e;

        if (!is_of(w, row) || !counts(row->key[1], network)) {
            continue;
        }
        e = ym_table_add(&t, s->arena, w->rows->period);
        if (e == NULL) {
            return ym_report_no_memory(s->arena, err);
        }
        e->key[0] = row->key[1];
        ym_entry_fill(e, NULL, NULL, 0, w->rows, row, YM_THREAT_N_ATTACKS);
        memcpy(e->n, n, sizeof(n));
        e->computers = ym_row_sum(w->rows, row, YM_THREAT_N_COMPUTERS);
        e->trials = computers; /* the attacks on one computer are not independent */
    }
    ym_table_finish(s, &t, 0);
    ym_buf_u8(s->out, ',');
    YM_TRY(ym_table_put(s, &t, err));
    ym_buf_u8(s->out, '}');
    return YM_OK;
}

static ym_status put_way(struct ym_source *s, const struct way_rows *w, struct ym_err *err) {
    const char *variant = w->variant == NULL ? "" : w->variant;
    uint64_t unknown = 0;

    for (size_t i = 0; i < w->rows->n; i++) {
        const struct ym_row *row = &w->rows->row[i];

        if (is_of(w, row) && row->key[1][0] == '\0') {
            unknown += ym_row_sum(w->rows, row, YM_THREAT_N_ATTACKS);
        }
    }
    ym_buf_add_text(s->out, "{\"family\":");
    ym_buf_json_string(s->out, w->family, strlen(w->family));
    ym_buf_add_text(s->out, ",\"variant\":");
    ym_buf_json_string(s->out, variant, strlen(variant));
    ym_buf_printf(s->out, ",\"unknown\":%llu", (unsigned long long)unknown);
    YM_TRY(put_ways(s, w, false, err));
    YM_TRY(put_ways(s, w, true, err));
    ym_buf_u8(s->out, '}');
    return YM_OK;
}

struct attacked {
    const char *name; /* family or variant */
    uint64_t attacks;
};
struct attacked_list {
    struct attacked *item;
    size_t n;
};

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct attacked *)a)->name, ((const struct attacked *)b)->name);
}

/* Attacks of the same name become one item. */
static void merge(struct attacked_list *list) {
    size_t kept = 0;

    qsort(list->item, list->n, sizeof(*list->item), by_name);
    for (size_t i = 0; i < list->n; i++) {
        if (kept > 0 && strcmp(list->item[kept - 1].name, list->item[i].name) == 0) {
            list->item[kept - 1].attacks += list->item[i].attacks;
        } else {
            list->item[kept++] = list->item[i];
        }
    }
    list->n = kept;
}

static int by_attacks(const void *a, const void *b) {
    const struct attacked *x = a;
    const struct attacked *y = b;

    if (x->attacks != y->attacks) {
        return x->attacks > y->attacks ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

/* The names of a key (0: families, 2: variants) with the attacks whose way is known, most first; of one
 * family only when it is not NULL. */
static ym_status list_attacked(struct ym_source *s, const struct ym_rows *rows, const char *family,
                               unsigned key, struct attacked_list *ret, struct ym_err *err) {
    ret->n = 0;
    ret->item = YM_ARENA_ARRAY(s->arena, rows->n + 1, struct attacked);
    if (ret->item == NULL) {
        return ym_report_no_memory(s->arena, err);
    }
    for (size_t i = 0; i < rows->n; i++) {
        const struct ym_row *row = &rows->row[i];

        if (row->key[1][0] != '\0' && row->key[key][0] != '\0' &&
            (family == NULL || strcmp(row->key[0], family) == 0)) {
            ret->item[ret->n++] =
                (struct attacked){row->key[key], ym_row_sum(rows, row, YM_THREAT_N_ATTACKS)};
        }
    }
    merge(ret);
    qsort(ret->item, ret->n, sizeof(*ret->item), by_attacks);
    return YM_OK;
}

/* Enough to be shown at all; table.c looks at each cell. */
static bool enough(const struct ym_source *s, const struct attacked *a) {
    uint64_t least = s->privacy == NULL ? YM_REPORT_MIN_COMPUTERS
                                        : ym_privacy_floor(s->privacy, YM_MARGIN_FAMILY_PATH);

    return a->attacks >= least;
}

/* A family's own object, then one for each of its variants. */
static ym_status put_family(struct ym_source *s, const struct way_rows *family,
                            const struct ym_rows *variants, struct ym_err *err) {
    struct way_rows w = {variants, family->family, NULL, family->reporting};
    struct attacked_list list = {0};

    YM_TRY(put_way(s, family, err));
    YM_TRY(list_attacked(s, variants, w.family, 2, &list, err));
    for (size_t i = 0; i < list.n && i < FAMILIES_MAX && enough(s, &list.item[i]); i++) {
        w.variant = list.item[i].name;
        ym_buf_u8(s->out, ',');
        YM_TRY(put_way(s, &w, err));
    }
    return YM_OK;
}

/* Nothing is told of families while too few report. */
static ym_status put_propagation(struct ym_source *s, const struct ym_rows *world,
                                 struct ym_err *err) {
    uint64_t runs = ym_row_sum(world, ym_rows_find(world, NULL), YM_RATE_N_EXECUTIONS);
    uint64_t guarded = ym_row_sum(world, ym_rows_find(world, NULL), YM_RATE_N_GUARDED);
    struct ym_rows rows = {0};
    struct ym_rows variants = {0};
    struct way_rows w = {&rows, NULL, NULL, runs > guarded ? runs : guarded};
    struct attacked_list list = {0};
    bool told = w.reporting >= s->options->threshold;

    YM_TRY(ym_rows_read(s, YM_MARGIN_FAMILY_PATH, world->period, &rows, err));
    YM_TRY(ym_rows_read(s, YM_MARGIN_VARIANT_PATH, world->period, &variants, err));
    YM_TRY(list_attacked(s, &rows, NULL, 0, &list, err));
    ym_buf_add_text(s->out, ",\"propagation\":[");
    for (size_t i = 0; told && i < list.n && i < FAMILIES_MAX && enough(s, &list.item[i]); i++) {
        w.family = list.item[i].name;
        ym_buf_add_text(s->out, i == 0 ? "" : ",");
        YM_TRY(put_family(s, &w, &variants, err));
    }
    ym_buf_u8(s->out, ']');
    return YM_OK;
}

/* --- doors and updates --- */

static ym_status put_closed(struct ym_source *s, struct ym_table *t, struct ym_err *err) {
    ym_table_finish(s, t, 0);
    ym_buf_u8(s->out, ',');
    YM_TRY(ym_table_put(s, t, err));
    ym_buf_u8(s->out, '}');
    return YM_OK;
}

/* The rows of one thing in all its states come one after another: kind, id, state. */
static ym_status put_exposure(struct ym_source *s, const struct ym_rows *world,
                              struct ym_err *err) {
    struct ym_table t = {.name = "exposure",
                         .unit = &ym_unit_percent,
                         .base = YM_MARGIN_RATE,
                         .n_count = YM_RATE_N_AUDITED,
                         .query = YM_MARGIN_EXPOSURE,
                         .x_count = YM_EXPOSURE_N_COMPUTERS,
                         .n_keys = 2,
                         .flags = YM_TABLE_FINDING | YM_TABLE_ZERO | YM_TABLE_BY_VALUE};
    struct ym_entry *e = NULL;
    struct ym_rows rows = {0};

    YM_TRY(ym_rows_read(s, YM_MARGIN_EXPOSURE, world->period, &rows, err));
    for (size_t i = 0; i < rows.n; i++) {
        const struct ym_row *row = &rows.row[i];
        bool open = strcmp(row->key[2], "open") == 0;

        if (e == NULL || strcmp(e->key[0], row->key[0]) != 0 ||
            strcmp(e->key[1], row->key[1]) != 0) {
            e = ym_table_add(&t, s->arena, world->period);
            if (e == NULL) {
                return ym_report_no_memory(s->arena, err);
            }
            e->key[0] = row->key[0];
            e->key[1] = row->key[1];
            ym_entry_fill(e, world, ym_rows_find(world, NULL), t.n_count, NULL, NULL, 0);
        }
        for (unsigned month = 0; open && month < e->months; month++) {
            e->x[month] = ym_row_count(&rows, row, month, t.x_count);
        }
    }
    return put_closed(s, &t, err);
}

/* Is it an update that is missing, and so old? */
static bool missing(const struct ym_row *row, const char *band) {
    return strcmp(row->key[3], band) == 0 &&
           (strcmp(row->key[2], "open") == 0 || strcmp(row->key[2], "partly") == 0);
}

static ym_status put_ages(struct ym_source *s, const struct ym_rows *world, struct ym_err *err) {
    static const char *const bands[] = {"0-7",     "8-30", "31-90",  "91-180",
                                        "181-365", "366+", "unknown"};
    struct ym_table t = {.name = "patch_age",
                         .unit = &ym_unit_percent,
                         .base = YM_MARGIN_AGE,
                         .n_count = YM_EXPOSURE_N_COMPUTERS,
                         .query = YM_MARGIN_AGE,
                         .x_count = YM_EXPOSURE_N_COMPUTERS,
                         .n_keys = 1,
                         .flags = YM_TABLE_FINDING | YM_TABLE_ZERO | YM_TABLE_POOLED |
                                  YM_TABLE_REPORTING};
    struct ym_period p = world->period;
    uint64_t n[YM_PERIOD_MONTHS_MAX] = {0};
    struct ym_rows rows = {0};

    t.reporting = ym_row_sum(world, ym_rows_find(world, NULL), YM_RATE_N_AUDITED);
    YM_TRY(ym_rows_read(s, YM_MARGIN_AGE, p, &rows, err));
    for (size_t b = 0; b < sizeof(bands) / sizeof(bands[0]); b++) {
        struct ym_entry *e = ym_table_add(&t, s->arena, p);

        if (e == NULL) {
            return ym_report_no_memory(s->arena, err);
        }
        e->key[0] = bands[b];
        for (size_t i = 0; i < rows.n; i++) {
            bool counts_here = missing(&rows.row[i], bands[b]);

            for (unsigned month = 0; counts_here && month < p.months; month++) {
                e->x[month] += ym_row_count(&rows, &rows.row[i], month, t.x_count);
                n[month] += ym_row_count(&rows, &rows.row[i], month, t.x_count);
            }
        }
    }
    for (size_t i = 0; i < t.n; i++) {
        memcpy(t.entry[i].n, n, sizeof(n));
    }
    return put_closed(s, &t, err);
}

/* --- exploits, observations --- */

/* Of guarded computers what they met; where nothing guards, of cleaned computers what was removed. */
static ym_status put_exploits(struct ym_source *s, const struct ym_rows *world,
                              struct ym_err *err) {
    const struct ym_row *base = ym_rows_find(world, NULL);
    bool guard = ym_row_sum(world, base, YM_RATE_N_GUARDED) > 0;
    struct ym_table t = {.name = "exploit",
                         .unit = &ym_unit_percent,
                         .base = YM_MARGIN_RATE,
                         .n_count = guard ? YM_RATE_N_GUARDED : YM_RATE_N_CLEANED,
                         .query = YM_MARGIN_TYPE,
                         .x_count = guard ? YM_THREAT_N_ENCOUNTERED : YM_THREAT_N_CLEANED,
                         .n_keys = 1,
                         .flags = YM_TABLE_FINDING | YM_TABLE_BY_X};
    struct ym_rows rows = {0};
    size_t kept = 0;

    t.flags |= guard ? 0 : YM_TABLE_POOLED | YM_TABLE_REPORTING;
    t.reporting = ym_row_sum(world, base, YM_RATE_N_EXECUTIONS);
    YM_TRY(ym_rows_read(s, YM_MARGIN_TYPE, world->period, &rows, err));
    for (size_t i = 0; i < rows.n; i++) { /* what is no exploit has no type */
        if (rows.row[i].key[0][0] != '\0') {
            rows.row[kept++] = rows.row[i];
        }
    }
    rows.n = kept;
    YM_TRY(ym_table_of_findings(s, &t, &rows, NULL, world, base, err));
    ym_table_finish(s, &t, 0);
    ym_buf_u8(s->out, ',');
    YM_TRY(ym_table_put(s, &t, err));
    ym_buf_printf(s->out, ",\"of\":\"%s\"}", guard ? "guarded" : "cleaned");
    return YM_OK;
}

static ym_status put_observations(struct ym_source *s, struct ym_period p, struct ym_err *err) {
    struct ym_table t = {.name = "observation",
                         .unit = &ym_unit_count,
                         .base = YM_MARGIN_OBSERVATION,
                         .n_count = YM_OBSERVATION_N_REPORTS,
                         .query = YM_MARGIN_OBSERVATION,
                         .x_count = YM_OBSERVATION_N_SEEN,
                         .n_keys = 2,
                         .flags = YM_TABLE_FINDING | YM_TABLE_BY_X};
    struct ym_rows rows = {0};

    YM_TRY(ym_rows_read(s, YM_MARGIN_OBSERVATION, p, &rows, err));
    YM_TRY(ym_table_of_rows(s, &t, &rows, err));
    return put_closed(s, &t, err);
}

ym_status ym_figures_events(struct ym_source *s, struct ym_period p, const struct ym_rows *world,
                            struct ym_err *err) {
    YM_TRY(put_propagation(s, world, err));
    YM_TRY(put_exposure(s, world, err));
    YM_TRY(put_ages(s, world, err));
    YM_TRY(put_exploits(s, world, err));
    return put_observations(s, p, err);
}
