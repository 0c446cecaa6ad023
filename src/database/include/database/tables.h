/* database/tables.h - the side tables of an image (base/tables.h), row by row.
 *
 *     struct ym_table_cursor c = {.db = db, .table = YM_TABLE_CONTAINER};
 *     while (ym_db_table_next(&c, &row)) ...       // texts point into the image
 *
 * A row in the image: table u16, n_numbers u16, n_texts u16, zero u16, the numbers (u64 each), then
 * each text as u32 length and its bytes; all little-endian, rows one after the other.  What does
 * not fit its bounds ends the iteration: a damaged image loses rows, it never reads outside; the
 * full check (ym_db_check) refuses it. */
#ifndef YM_DATABASE_TABLES_H
#define YM_DATABASE_TABLES_H

#include "base/buf.h"
#include "base/status.h"
#include "base/tables.h"

#include <stdbool.h>
#include <stddef.h>

struct ym_db;

struct ym_table_cursor {
    const struct ym_db *db;
    ym_table table;
    size_t pos; /* private: start with 0 */
};

bool ym_db_table_next(struct ym_table_cursor *c, struct ym_table_row *ret_row);

/* Compile side: appends a row.  LIMIT: more columns, or longer texts, than base/tables.h allows. */
YM_MUST_CHECK ym_status ym_table_row_encode(ym_table table, const struct ym_table_row *row,
                                            struct ym_buf *out);
/* Are these bytes rows and nothing else?  (the full check) */
bool ym_table_rows_sound(const uint8_t *data, size_t size);

#endif
