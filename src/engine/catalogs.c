/* catalogs.c - see catalogs.h.  Rows are read where they lie: they are asked only when something was
 * found, and a row is a sorted list. */
#include "catalogs.h"

#include "database/tables.h"

#include <string.h>

struct rows {
    const struct ym_catalogs *c;
    ym_catalog_of of;
    unsigned layer;
    struct ym_table_cursor cursor;
};

/* The next sound row that is about such things and still trusted. */
static bool next(struct rows *r, struct ym_table_row *ret_row) {
    while (r->layer < r->c->n_layers) {
        r->cursor.db = r->c->layers[r->layer];
        r->cursor.table = YM_TABLE_CATALOG;
        while (ym_db_table_next(&r->cursor, ret_row)) {
            const uint64_t *n = ret_row->numbers;

            if (ret_row->n_numbers >= YM_CATALOG_NUMBERS && ret_row->n_texts >= YM_CATALOG_TEXTS &&
                n[YM_CATALOG_N_OF] == r->of && n[YM_CATALOG_N_ALGO] < YM_DIGEST_ALGOS &&
                n[YM_CATALOG_N_UNTIL] >= (uint64_t)r->c->now) {
                return true;
            }
        }
        r->layer++;
        r->cursor.pos = 0;
    }
    return false;
}

unsigned ym_catalogs_wanted(const struct ym_catalogs *c, ym_catalog_of of) {
    struct rows r = {.c = c, .of = of};
    struct ym_table_row row;
    unsigned wanted = 0;

    while (next(&r, &row)) {
        wanted |= 1u << row.numbers[YM_CATALOG_N_ALGO];
    }
    return wanted;
}

static bool holds(struct ym_table_text digests, const uint8_t *digest, size_t size) {
    size_t low = 0;
    size_t high = digests.n / size;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = memcmp(digests.s + middle * size, digest, size);

        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

bool ym_catalogs_list(const struct ym_catalogs *c, ym_catalog_of of, ym_digest_algo algo,
                      const uint8_t *digest) {
    struct rows r = {.c = c, .of = of};
    struct ym_table_row row;
    bool listed = false;

    while (!listed && next(&r, &row)) {
        listed = row.numbers[YM_CATALOG_N_ALGO] == (uint64_t)algo &&
                 holds(row.texts[YM_CATALOG_T_DIGESTS], digest, ym_digest_size(algo));
    }
    return listed;
}
