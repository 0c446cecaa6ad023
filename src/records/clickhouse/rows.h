/* rows.h - a record as one row of ClickHouse's RowBinary format, and back.
 *
 * The columns are those of ym_click_columns, in that order; table `execution` of docs/formats/record.md.
 * One row holds all of a record: its lists are arrays.  So a record is there or it is not, without transactions.
 *
 * RowBinary: numbers are little-endian, a text is its length (LEB128) and its bytes, an array its length and its
 * elements, a FixedString its bytes, an Enum8 one byte. */
#ifndef YM_RECORDS_CLICKHOUSE_ROWS_H
#define YM_RECORDS_CLICKHOUSE_ROWS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/reader.h"
#include "records/record.h"

#include <stdint.h>

extern const char ym_click_columns[]; /* "part,month,who,..." */

/* Months before 2000 and after 2099 share part 0: whoever makes times up makes no more than 1,200 parts. */
int32_t ym_click_part(int month);

/* Whose computer it is: the machine, or the record's own id where that is not known. */
const uint8_t *ym_click_who(const struct ym_record *record);

/* Appends the row.  age: larger for what came earlier (see store.c). */
void ym_click_row_encode(const struct ym_record *record, uint64_t age, struct ym_buf *out);

/* Reads one row; texts go into the arena.  TRUNCATED: it is not whole yet; MALFORMED; LIMIT and NOMEM of the arena. */
YM_MUST_CHECK ym_status ym_click_row_decode(struct ym_reader *r, struct ym_arena *arena,
                                            struct ym_record *ret_record);

/* The pieces, for other answers. */
uint64_t ym_click_get_length(struct ym_reader *r); /* LEB128; fails past 64 bits */
char *ym_click_get_text(struct ym_reader *r, struct ym_arena *arena); /* NULL on failure */
void ym_click_put_length(struct ym_buf *out, uint64_t n);
void ym_click_put_text(struct ym_buf *out, const char *s); /* NULL is "" */

#endif
