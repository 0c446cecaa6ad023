/* table.h - one table of figures: its lines, their digest, its cells.
 *
 * The lines are the data before anything is hidden, "key TAB month TAB n TAB x LF" (more than one
 * key: each with its TAB); their SHA-256 over the lines in the order of their bytes is the table's
 * hash, so that who counts the same data anew gets the same one. */
#ifndef YM_FEEDS_TABLE_H
#define YM_FEEDS_TABLE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TABLE_LINES_MAX = 64 << 20, TABLE_KEYS = 2, TABLE_KEY_SIZE = 96 };

struct table_cell {
    char key[TABLE_KEYS][TABLE_KEY_SIZE];
    uint64_t n, x;
    double value, low, high; /* in the table's unit */
    unsigned months;
    const char *more; /* the name of one more number, or NULL */
    double more_value;
};

struct table {
    const char *name, *query, *unit;
    unsigned n_keys;
    struct ym_buf lines;
    struct table_cell *cell;
    size_t n, room;
    uint64_t hidden, hidden_n;
    bool has_unplaced;
    uint64_t unplaced;
    ym_status status; /* sticky */
};

void table_init(struct table *t, const char *name, const char *query, const char *unit,
                unsigned n_keys);
void table_done(struct table *t);
/* key2 NULL: the table has one key. */
void table_line(struct table *t, const char *key1, const char *key2, int month, uint64_t n,
                uint64_t x);
/* A zeroed cell with its keys set, or NULL (t->status). */
struct table_cell *table_cell_new(struct table *t, const char *key1, const char *key2);
void table_hide(struct table *t, uint64_t n);
void table_sort(struct table *t); /* the highest value first, then by key */
/* ,"NAME":{...} */
void table_write(struct table *t, struct ym_buf *out);

/* The figures of a count x over an exposure n, times scale: Poisson's score interval at 95 %. */
void table_poisson(struct table_cell *c, double exposure, double scale);
void table_count(struct table_cell *c); /* x itself; a count of all there is has no interval */
/* x of n in percent, Wilson's interval. */
void table_percent(struct table_cell *c);

char *table_month(int month, char out[16]); /* "2018-05" */
/* One digit after the point as other figures have it; two significant ones below 0.95. */
char *table_print(double v, char out[32]);

#endif
