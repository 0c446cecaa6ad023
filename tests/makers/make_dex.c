/* make_dex.c - see make_dex.h.
 *
 * Lapp/Main; has the fields tag (static) and count, the methods <init> (with code) and run;
 * Lapp/Other; has the method run. */
#include "make_dex.h"

#include <string.h>

enum { LONG_LENGTH = 130, FILE_SIZE_AT = 0x20 };

static void set32(struct ym_buf *out, size_t at, uint32_t v) {
    for (unsigned i = 0; i < 4; i++) {
        out->data[at + i] = (uint8_t)(v >> (8 * i));
    }
}

static void put_rows(struct ym_buf *out, uint32_t n, const uint32_t *numbers) {
    for (uint32_t i = 0; i < n; i++) {
        ym_buf_u32le(out, numbers[i]);
    }
}

static void table(struct ym_buf *out, size_t place, uint32_t n) {
    set32(out, place, n);
    set32(out, place + 4, (uint32_t)out->len);
}

static void put_header(struct ym_buf *out) {
    ym_buf_add(out, "dex\n035\0", 8);
    ym_buf_u32le(out, 0x11223344); /* sum and signature are not made */
    for (uint8_t i = 0; i < 20; i++) {
        ym_buf_u8(out, i);
    }
    ym_buf_u32le(out, 0);
    ym_buf_u32le(out, MAKE_DEX_HEADER);
    ym_buf_u32le(out, 0x12345678);
    (void)ym_buf_room(out, MAKE_DEX_HEADER - out->len);
}

static void put_strings(struct ym_buf *out) {
    static const char *const texts[] = {MAKE_DEX_TEXTS};
    const size_t ids = out->len;

    table(out, MAKE_DEX_STRINGS, MAKE_DEX_N_TEXTS);
    (void)ym_buf_room(out, (size_t)4 * MAKE_DEX_N_TEXTS);
    for (uint32_t i = 0; i < MAKE_DEX_N_TEXTS; i++) {
        set32(out, ids + (size_t)4 * i, (uint32_t)out->len);
        if (i == MAKE_DEX_LONG) {
            ym_buf_u8(out, 0x80 | (LONG_LENGTH & 0x7f));
            ym_buf_u8(out, LONG_LENGTH >> 7);
            memset(ym_buf_room(out, LONG_LENGTH), 'x', LONG_LENGTH);
        } else {
            ym_buf_u8(out, (uint8_t)strlen(texts[i]));
            ym_buf_add_text(out, texts[i]);
        }
        ym_buf_u8(out, 0);
    }
    ym_buf_align(out, 4);
}

static void put_ids(struct ym_buf *out) {
    static const uint32_t types[] = {1, 2, 3, 4};  /* int, Main, Other, void */
    static const uint32_t protos[] = {4, 3, 0};    /* ()V */
    static const uint32_t fields[] = {1, 6, 1, 8}; /* Main.count, Main.tag: both int */
    static const uint32_t methods[] = {1, 0, 1, 7, 2, 7};

    table(out, MAKE_DEX_TYPES, 4);
    put_rows(out, 4, types);
    table(out, MAKE_DEX_PROTOS, 1);
    put_rows(out, 3, protos);
    table(out, MAKE_DEX_FIELDS, 2); /* the upper half of the first number is the type or proto, 0 */
    put_rows(out, 4, fields);
    table(out, MAKE_DEX_METHODS, 3);
    put_rows(out, 6, methods);
}

static void put_class(struct ym_buf *out, uint32_t type, uint32_t flags) {
    const uint32_t row[] = {type, flags, UINT32_MAX, 0, UINT32_MAX, 0, 0, 0};

    put_rows(out, 8, row);
}

/* The code of <init>: two units. */
static uint32_t put_code(struct ym_buf *out) {
    const uint32_t at = (uint32_t)out->len;

    ym_buf_u16le(out, 1);
    ym_buf_u16le(out, 1);
    ym_buf_u16le(out, 0);
    ym_buf_u16le(out, 0);
    ym_buf_u32le(out, 0);
    ym_buf_u32le(out, 2);
    ym_buf_u32le(out, 0x000e0000);
    return at;
}

static void put_classes(struct ym_buf *out) {
    const size_t rows = out->len;
    uint32_t code;

    table(out, MAKE_DEX_CLASSES, 2);
    put_class(out, 1, 1);
    put_class(out, 2, 0x11);
    code = put_code(out);
    set32(out, rows + 24, (uint32_t)out->len);
    /* one static, one other field, one direct, one virtual method */
    ym_buf_add(out, "\1\1\1\1", 4);
    ym_buf_add(out, "\1\x08", 2); /* tag */
    ym_buf_add(out, "\0\x02", 2); /* count */
    ym_buf_add(out, "\0\x81\x80\4", 4);
    ym_buf_u8(out, 0x80 | (code & 0x7f));
    ym_buf_u8(out, (uint8_t)(code >> 7));
    ym_buf_add(out, "\1\1\0", 3); /* run: no code */
    set32(out, rows + 32 + 24, (uint32_t)out->len);
    ym_buf_add(out, "\0\0\0\1\2\1\0", 7);
    ym_buf_align(out, 4);
}

void make_dex(struct ym_buf *out) {
    put_header(out);
    put_strings(out);
    put_ids(out);
    put_classes(out);
    set32(out, MAKE_DEX_MAP, (uint32_t)out->len);
    ym_buf_u32le(out, 2);
    put_rows(out, 3, (const uint32_t[]){0, 1, 0});
    put_rows(out, 3, (const uint32_t[]){1, MAKE_DEX_N_TEXTS, MAKE_DEX_HEADER});
    set32(out, FILE_SIZE_AT, (uint32_t)out->len);
}
