/* figures_trends.c - the quarters, one after another.  See private.h.
 *
 * Rows of one quarter at a time are read into an arena that is emptied for the next; what is shown of them
 * is copied. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

enum { SCRATCH = 256 << 20, LARGEST = 10 };

enum { WORLD, MET, COUNTRY, COUNTRY_MET, CATEGORY, FAMILY, EXPLOIT, TABLES };
static const struct ym_table forms[TABLES] = {
    [WORLD] = {.name = "world",
               .unit = &ym_unit_ccm,
               .base = YM_MARGIN_RATE,
               .n_count = YM_RATE_N_EXECUTIONS,
               .query = YM_MARGIN_RATE,
               .x_count = YM_RATE_N_CLEANED,
               .n_keys = 1},
    [MET] = {.name = "encounter",
             .unit = &ym_unit_percent,
             .base = YM_MARGIN_RATE,
             .n_count = YM_RATE_N_GUARDED,
             .query = YM_MARGIN_RATE,
             .x_count = YM_RATE_N_ENCOUNTERED,
             .n_keys = 1},
    [COUNTRY] = {.name = "country",
                 .unit = &ym_unit_ccm,
                 .base = YM_MARGIN_COUNTRY,
                 .n_count = YM_RATE_N_EXECUTIONS,
                 .query = YM_MARGIN_COUNTRY,
                 .x_count = YM_RATE_N_CLEANED,
                 .n_keys = 2},
    [COUNTRY_MET] = {.name = "country_encounter",
                     .unit = &ym_unit_percent,
                     .base = YM_MARGIN_COUNTRY,
                     .n_count = YM_RATE_N_GUARDED,
                     .query = YM_MARGIN_COUNTRY,
                     .x_count = YM_RATE_N_ENCOUNTERED,
                     .n_keys = 2},
    [CATEGORY] = {.name = "category",
                  .unit = &ym_unit_percent,
                  .base = YM_MARGIN_RATE,
                  .n_count = YM_RATE_N_CLEANED,
                  .query = YM_MARGIN_CATEGORY,
                  .x_count = YM_THREAT_N_CLEANED,
                  .n_keys = 2,
                  .flags = YM_TABLE_FINDING | YM_TABLE_POOLED | YM_TABLE_REPORTING},
    [FAMILY] = {.name = "family",
                .unit = &ym_unit_percent,
                .base = YM_MARGIN_RATE,
                .n_count = YM_RATE_N_CLEANED,
                .query = YM_MARGIN_FAMILY,
                .x_count = YM_THREAT_N_CLEANED,
                .n_keys = 2,
                .flags = YM_TABLE_FINDING | YM_TABLE_POOLED | YM_TABLE_REPORTING},
    [EXPLOIT] = {.name = "exploit",
                 .unit = &ym_unit_percent,
                 .base = YM_MARGIN_RATE,
                 .query = YM_MARGIN_TYPE,
                 .n_keys = 2,
                 .flags = YM_TABLE_FINDING},
};

struct located {
    uint64_t setting, address, unknown;
};

struct trends {
    struct ym_source *s;    /* what is shown */
    struct ym_source quick; /* of one quarter */
    struct ym_period *quarter;
    const char **label;
    size_t n;
    struct ym_table table[TABLES];
    const char **family; /* those that are shown, sorted */
    size_t n_families;
    struct located *located; /* a quarter */
    bool guard;
};

static ym_status no_memory(const struct trends *t, struct ym_err *err) {
    return ym_report_no_memory(t->s->arena, err);
}

/* A cell of a table: KEY (NULL: none), quarter. */
static ym_status add(struct trends *t, int which, size_t quarter, const char *key,
                     const struct ym_rows *n_rows, const struct ym_row *n_row,
                     const struct ym_rows *x_rows, const struct ym_row *x_row, struct ym_err *err) {
    struct ym_table *table = &t->table[which];
    struct ym_entry *e;

    if (ym_row_sum(n_rows, n_row, table->n_count) == 0) {
        return YM_OK;
    }
    e = ym_table_add(table, t->s->arena, t->quarter[quarter]);
    if (e == NULL) {
        return no_memory(t, err);
    }
    if (key != NULL) {
        e->key[0] = ym_arena_strndup(t->s->arena, key, strlen(key));
        if (e->key[0] == NULL) {
            return no_memory(t, err);
        }
    }
    e->key[table->n_keys - 1] = t->label[quarter];
    ym_entry_fill(e, n_rows, n_row, table->n_count, x_rows, x_row, table->x_count);
    return YM_OK;
}

/* --- families --- */

/* A family has a row a category: the one with most computers stands for it. */
static const struct ym_row *largest_of(const struct ym_rows *rows, size_t *i) {
    const struct ym_row *best = &rows->row[*i];

    for ((*i)++; *i < rows->n && strcmp(rows->row[*i].key[0], best->key[0]) == 0; (*i)++) {
        const struct ym_row *row = &rows->row[*i];

        if (ym_row_sum(rows, row, YM_THREAT_N_CLEANED) >
            ym_row_sum(rows, best, YM_THREAT_N_CLEANED)) {
            best = row;
        }
    }
    return best;
}

struct top {
    const char *name;
    uint64_t cleaned;
};

/* Kept in order, most first. */
static void enter(struct top top[LARGEST], const char *name, uint64_t cleaned) {
    size_t at = LARGEST;

    while (at > 0 && cleaned > top[at - 1].cleaned) {
        at--;
    }
    if (at < LARGEST) {
        memmove(&top[at + 1], &top[at], (LARGEST - 1 - at) * sizeof(*top));
        top[at] = (struct top){name, cleaned};
    }
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_listed(const struct trends *t, const char *name) {
    return t->n_families > 0 &&
           bsearch(&name, t->family, t->n_families, sizeof(*t->family), by_text) != NULL;
}

/* The ten largest of a quarter join those of the others. */
static ym_status list_largest(struct trends *t, const struct ym_rows *rows, struct ym_err *err) {
    struct top top[LARGEST] = {{0}};
    size_t listed = t->n_families;

    for (size_t i = 0; i < rows->n;) {
        const struct ym_row *row = largest_of(rows, &i);

        enter(top, row->key[0], ym_row_sum(rows, row, YM_THREAT_N_CLEANED));
    }
    for (size_t i = 0; i < LARGEST && top[i].cleaned >= YM_REPORT_MIN_COMPUTERS; i++) {
        bool known = listed > 0 &&
                     bsearch(&top[i].name, t->family, listed, sizeof(*t->family), by_text) != NULL;

        if (!known) {
            const char *name = ym_arena_strndup(t->s->arena, top[i].name, strlen(top[i].name));

            if (name == NULL) {
                return no_memory(t, err);
            }
            t->family[t->n_families++] = name;
        }
    }
    qsort(t->family, t->n_families, sizeof(*t->family), by_text);
    return YM_OK;
}

/* The first look: which families are shown, and does anything guard. */
static ym_status look(struct trends *t, size_t quarter, struct ym_err *err) {
    struct ym_rows world = {0};
    struct ym_rows families = {0};
    const struct ym_row *base;

    ym_arena_reset(t->quick.arena);
    YM_TRY(ym_rows_read(&t->quick, YM_MARGIN_RATE, t->quarter[quarter], &world, err));
    base = ym_rows_find(&world, NULL);
    t->guard = t->guard || ym_row_sum(&world, base, YM_RATE_N_GUARDED) > 0;
    if (ym_row_sum(&world, base, YM_RATE_N_EXECUTIONS) < t->s->options->threshold) {
        return YM_OK;
    }
    YM_TRY(ym_rows_read(&t->quick, YM_MARGIN_FAMILY, t->quarter[quarter], &families, err));
    return list_largest(t, &families, err);
}

/* --- a quarter --- */

static ym_status add_places(struct trends *t, size_t quarter, struct ym_err *err) {
    struct ym_rows rows = {0};

    YM_TRY(ym_rows_read(&t->quick, YM_MARGIN_COUNTRY, t->quarter[quarter], &rows, err));
    for (size_t i = 0; i < rows.n; i++) {
        const struct ym_row *row = &rows.row[i];

        if (strcmp(row->key[0], "ZZ") != 0) {
            YM_TRY(add(t, COUNTRY, quarter, row->key[0], &rows, row, &rows, row, err));
            YM_TRY(add(t, COUNTRY_MET, quarter, row->key[0], &rows, row, &rows, row, err));
        }
    }
    return YM_OK;
}

static ym_status add_found(struct trends *t, int which, size_t quarter, const struct ym_rows *world,
                           struct ym_err *err) {
    const struct ym_row *base = ym_rows_find(world, NULL);
    struct ym_rows rows = {0};

    YM_TRY(ym_rows_read(&t->quick, t->table[which].query, t->quarter[quarter], &rows, err));
    for (size_t i = 0; i < rows.n;) {
        const struct ym_row *row = which == FAMILY ? largest_of(&rows, &i) : &rows.row[i++];
        bool listed = which == FAMILY ? is_listed(t, row->key[0])
                                      : which == CATEGORY || row->key[0][0] != '\0';

        if (listed && ym_row_sum(&rows, row, t->table[which].x_count) > 0) {
            YM_TRY(add(t, which, quarter, row->key[0], world, base, &rows, row, err));
        }
    }
    return YM_OK;
}

static ym_status add_located(struct trends *t, size_t quarter, struct ym_err *err) {
    struct located *l = &t->located[quarter];
    struct ym_rows rows = {0};

    YM_TRY(ym_rows_read(&t->quick, YM_MARGIN_LOCATED, t->quarter[quarter], &rows, err));
    for (size_t i = 0; i < rows.n; i++) {
        uint64_t n = ym_row_sum(&rows, &rows.row[i], YM_RATE_N_EXECUTIONS);
        const char *way = rows.row[i].key[1];

        *(strcmp(way, "setting") == 0   ? &l->setting
          : strcmp(way, "address") == 0 ? &l->address
                                        : &l->unknown) += n;
    }
    return YM_OK;
}

static ym_status add_quarter(struct trends *t, size_t quarter, struct ym_err *err) {
    struct ym_rows world = {0};
    const struct ym_row *base;
    size_t from[TABLES];

    for (int i = 0; i < TABLES; i++) {
        from[i] = t->table[i].n;
    }
    ym_arena_reset(t->quick.arena);
    YM_TRY(ym_rows_read(&t->quick, YM_MARGIN_RATE, t->quarter[quarter], &world, err));
    base = ym_rows_find(&world, NULL);
    YM_TRY(add(t, WORLD, quarter, NULL, &world, base, &world, base, err));
    YM_TRY(add(t, MET, quarter, NULL, &world, base, &world, base, err));
    YM_TRY(add_places(t, quarter, err));
    YM_TRY(add_found(t, CATEGORY, quarter, &world, err));
    YM_TRY(add_found(t, FAMILY, quarter, &world, err));
    YM_TRY(add_found(t, EXPLOIT, quarter, &world, err));
    YM_TRY(add_located(t, quarter, err));
    for (int i = 0; i < TABLES; i++) {
        t->table[i].reporting = ym_row_sum(&world, base, YM_RATE_N_EXECUTIONS);
        ym_table_finish(t->s, &t->table[i], from[i]);
    }
    return YM_OK;
}

/* --- where the way of locating changed --- */

static void put_located(const struct trends *t) {
    ym_buf_add_text(t->s->out, ",\"located\":[");
    for (size_t i = 0; i < t->n; i++) {
        const struct located *l = &t->located[i];

        ym_buf_printf(t->s->out,
                      "%s{\"key\":[\"%s\"],\"setting\":%llu,\"address\":%llu,\"unknown\":%llu}",
                      i == 0 ? "" : ",", t->label[i], (unsigned long long)l->setting,
                      (unsigned long long)l->address, (unsigned long long)l->unknown);
    }
    ym_buf_u8(t->s->out, ']');
}

/* The first quarter in which the prevailing way is another than in the last one that had any. */
static void put_breaks(const struct trends *t) {
    const char *before = NULL;
    bool first = true;

    ym_buf_add_text(t->s->out, ",\"breaks\":[");
    for (size_t i = 0; i < t->n; i++) {
        const struct located *l = &t->located[i];
        uint64_t most = l->setting > l->address ? l->setting : l->address;
        const char *way = l->setting > l->address ? "setting" : "address";

        if (most == 0) {
            continue;
        }
        if (before != NULL && strcmp(before, way) != 0) {
            ym_buf_printf(t->s->out,
                          "%s{\"quarter\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"share\":%.6f}",
                          first ? "" : ",", t->label[i], before, way,
                          (double)most / (double)(l->setting + l->address));
            first = false;
        }
        before = way;
    }
    ym_buf_u8(t->s->out, ']');
}

/* --- all of it --- */

static ym_status prepare(struct trends *t, struct ym_err *err) {
    struct ym_arena *arena = t->s->arena;

    YM_TRY(ym_quarters_read(t->s, &t->quarter, &t->n, err));
    t->label = YM_ARENA_ARRAY(arena, t->n + 1, const char *);
    t->family = YM_ARENA_ARRAY(arena, LARGEST * (t->n + 1), const char *);
    t->located = YM_ARENA_ARRAY(arena, t->n + 1, struct located);
    if (t->label == NULL || t->family == NULL || t->located == NULL) {
        return no_memory(t, err);
    }
    for (size_t i = 0; i < t->n; i++) {
        char label[YM_PERIOD_LABEL_SIZE];

        t->label[i] = ym_arena_printf(arena, "%s", ym_period_label(t->quarter[i], label));
        if (t->label[i] == NULL) {
            return no_memory(t, err);
        }
        YM_TRY(look(t, i, err));
    }
    memcpy(t->table, forms, sizeof(forms));
    t->table[EXPLOIT].n_count = t->guard ? YM_RATE_N_GUARDED : YM_RATE_N_CLEANED;
    t->table[EXPLOIT].x_count = t->guard ? YM_THREAT_N_ENCOUNTERED : YM_THREAT_N_CLEANED;
    t->table[EXPLOIT].flags |= t->guard ? 0 : YM_TABLE_POOLED | YM_TABLE_REPORTING;
    return YM_OK;
}

static ym_status put_all(struct trends *t, struct ym_err *err) {
    YM_TRY(prepare(t, err));
    for (size_t i = 0; i < t->n; i++) {
        YM_TRY(add_quarter(t, i, err));
    }
    ym_buf_add_text(t->s->out, ",\"trends\":{");
    for (int i = 0; i < TABLES; i++) {
        ym_buf_add_text(t->s->out, i == 0 ? "" : ",");
        YM_TRY(ym_table_put(t->s, &t->table[i], err));
        if (i == EXPLOIT) {
            ym_buf_printf(t->s->out, ",\"of\":\"%s\"", t->guard ? "guarded" : "cleaned");
        }
        ym_buf_u8(t->s->out, '}');
    }
    put_located(t);
    put_breaks(t);
    ym_buf_u8(t->s->out, '}');
    return YM_OK;
}

ym_status ym_figures_trends(struct ym_source *s, struct ym_err *err) {
    struct trends t = {.s = s, .quick = *s};
    ym_status st;

    t.quick.arena = ym_arena_new(SCRATCH);
    st = t.quick.arena == NULL
             ? ym_fail(err, YM_NOMEM, "report/trends", YM_ERR_NO_OFFSET, "no memory for the trends")
             : put_all(&t, err);
    ym_arena_free(t.quick.arena);
    return st;
}
