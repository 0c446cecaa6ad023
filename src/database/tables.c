/* tables.c - rows of the side tables to bytes and back.  See database/tables.h. */
#include "database/tables.h"

#include "base/reader.h"
#include "database/image.h"

ym_status ym_table_row_encode(ym_table table, const struct ym_table_row *row, struct ym_buf *out) {
    if (row->n_numbers > YM_TABLE_MAX_NUMBERS || row->n_texts > YM_TABLE_MAX_TEXTS) {
        return YM_LIMIT;
    }
    for (uint32_t i = 0; i < row->n_texts; i++) {
        if (row->texts[i].n > YM_TABLE_MAX_TEXT) {
            return YM_LIMIT;
        }
    }
    ym_buf_u16le(out, (uint16_t)table);
    ym_buf_u16le(out, (uint16_t)row->n_numbers);
    ym_buf_u16le(out, (uint16_t)row->n_texts);
    ym_buf_u16le(out, 0);
    for (uint32_t i = 0; i < row->n_numbers; i++) {
        ym_buf_u64le(out, row->numbers[i]);
    }
    for (uint32_t i = 0; i < row->n_texts; i++) {
        ym_buf_u32le(out, row->texts[i].n);
        ym_buf_add(out, row->texts[i].s, row->texts[i].n);
    }
    return ym_buf_status(out);
}

/* One row; false: the end, or damage. */
static bool decode(struct ym_reader *r, uint32_t *ret_table, struct ym_table_row *row) {
    *row = (struct ym_table_row){.n_numbers = 0};
    *ret_table = ym_get_u16le(r);
    row->n_numbers = ym_get_u16le(r);
    row->n_texts = ym_get_u16le(r);
    (void)ym_get_u16le(r);
    if (row->n_numbers > YM_TABLE_MAX_NUMBERS || row->n_texts > YM_TABLE_MAX_TEXTS) {
        return false;
    }
    for (uint32_t i = 0; i < row->n_numbers; i++) {
        row->numbers[i] = ym_get_u64le(r);
    }
    for (uint32_t i = 0; i < row->n_texts; i++) {
        uint32_t n = ym_get_u32le(r);

        row->texts[i].s = n == 0 ? "" : (const char *)ym_get_view(r, n);
        row->texts[i].n = n;
        if (n > YM_TABLE_MAX_TEXT) {
            return false;
        }
    }
    return ym_reader_ok(r);
}

bool ym_db_table_next(struct ym_table_cursor *c, struct ym_table_row *ret_row) {
    const struct ym_img_span *span = ym_db_span(c->db, YM_SECTION_TABLES);
    struct ym_reader r;

    ym_reader_init(&r, c->db->base + span->offset, (size_t)span->size);
    ym_seek(&r, c->pos);
    while (ym_reader_left(&r) > 0) {
        uint32_t table;

        if (!decode(&r, &table, ret_row)) {
            return false;
        }
        c->pos = (size_t)ym_reader_offset(&r);
        if (table == (uint32_t)c->table) {
            return true;
        }
    }
    return false;
}

bool ym_table_rows_sound(const uint8_t *data, size_t size) {
    struct ym_table_row row;
    struct ym_reader r;

    ym_reader_init(&r, data, size);
    while (ym_reader_left(&r) > 0) {
        uint32_t table;

        if (!decode(&r, &table, &row) || table >= YM_TABLE_COUNT) {
            return false;
        }
    }
    return true;
}
