/* figures_protection.c - with and without protection.  See private.h. */
#include "private.h"

#include <stdio.h>
#include <string.h>

static const struct ym_table protection_table = {.unit = &ym_unit_ccm,
                                                 .base = YM_MARGIN_PROTECTION,
                                                 .n_count = YM_RATE_N_EXECUTIONS,
                                                 .query = YM_MARGIN_PROTECTION,
                                                 .x_count = YM_RATE_N_CLEANED};

static const struct ym_entry *shown(const struct ym_table *t, const char *state) {
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->entry[i].key[0], state) == 0 && !t->entry[i].hidden) {
            return &t->entry[i];
        }
    }
    return NULL;
}

/* How many times as often computers without protection were cleaned; null unless both rates are shown. */
static void put_factor(struct ym_source *s, const struct ym_table *t) {
    const struct ym_entry *off = shown(t, "off");
    const struct ym_entry *on = shown(t, "on");
    char printed[YM_PRINTED_SIZE];
    double noise = ym_privacy_noise(s->privacy, t->query);
    struct ym_factor f;

    if (off == NULL || on == NULL ||
        !ym_rate_factor(&(struct ym_months){off->n, off->x, off->months, noise},
                        &(struct ym_months){on->n, on->x, on->months, noise}, &f)) {
        ym_buf_add_text(s->out, ",\"factor\":null");
        return;
    }
    ym_buf_printf(s->out,
                  ",\"factor\":{\"value\":%.6f,\"print\":\"%s\",\"low\":%.6f,\"high\":%.6f}",
                  f.value, ym_print_digit(f.value, printed), f.low, f.high);
}

/* Computers without protection among those of which it is known; null when they are too few. */
static void put_off_share(struct ym_source *s, const struct ym_rows *rows,
                          const struct ym_table *t) {
    const struct ym_row *off = ym_rows_find(rows, "off");
    const struct ym_row *on = ym_rows_find(rows, "on");
    struct ym_entry e = {.months = rows->period.months};

    if (shown(t, "off") == NULL || shown(t, "on") == NULL) {
        ym_buf_add_text(s->out, ",\"off_share\":null");
        return;
    }
    for (unsigned i = 0; i < e.months; i++) {
        e.x[i] = ym_row_count(rows, off, i, YM_RATE_N_COMPUTERS);
        e.n[i] = e.x[i] + ym_row_count(rows, on, i, YM_RATE_N_COMPUTERS);
    }
    e.rate = ym_rate_of_months(e.n, e.x, e.months);
    ym_buf_add_text(s->out, ",\"off_share\":{\"key\":[\"off\"],");
    ym_rate_put(s->out, &e.rate, &ym_unit_percent);
    ym_buf_u8(s->out, '}');
}

/* Each month by itself. */
static ym_status put_months(struct ym_source *s, const struct ym_rows *rows, struct ym_err *err) {
    struct ym_table t = protection_table;

    t.name = "months";
    t.n_keys = 2;
    for (unsigned month = 0; month < rows->period.months; month++) {
        size_t from = t.n;

        for (size_t i = 0; i < rows->n; i++) {
            int number = rows->period.first + (int)month;
            struct ym_entry *e;

            if (ym_row_count(rows, &rows->row[i], month, t.n_count) == 0) {
                continue;
            }
            e = ym_table_add(&t, s->arena, (struct ym_period){number, 1});
            if (e == NULL || (e->key[1] = ym_arena_printf(s->arena, "%04d-%02d", number / 12,
                                                          number % 12 + 1)) == NULL) {
                return ym_report_no_memory(s->arena, err);
            }
            e->key[0] = rows->row[i].key[0];
            e->n[0] = ym_row_count(rows, &rows->row[i], month, t.n_count);
            e->x[0] = ym_row_count(rows, &rows->row[i], month, t.x_count);
        }
        ym_table_finish(s, &t, from);
    }
    ym_buf_u8(s->out, ',');
    YM_TRY(ym_table_put(s, &t, err));
    ym_buf_u8(s->out, '}');
    return YM_OK;
}

ym_status ym_figures_protection(struct ym_source *s, struct ym_period p, struct ym_err *err) {
    struct ym_table t = protection_table;
    struct ym_rows rows = {0};

    t.name = "protection";
    t.n_keys = 1;
    t.flags = YM_TABLE_BY_VALUE;
    YM_TRY(ym_rows_read(s, YM_MARGIN_PROTECTION, p, &rows, err));
    YM_TRY(ym_table_of_rows(s, &t, &rows, err));
    ym_table_finish(s, &t, 0);
    ym_buf_u8(s->out, ',');
    YM_TRY(ym_table_put(s, &t, err));
    put_factor(s, &t);
    put_off_share(s, &rows, &t);
    YM_TRY(put_months(s, &rows, err));
    ym_buf_u8(s->out, '}');
    return YM_OK;
}
