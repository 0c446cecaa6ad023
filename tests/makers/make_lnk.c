/* make_lnk.c - see make_lnk.h. */
#include "make_lnk.h"

#include <string.h>

static const uint8_t class_id[16] = {1, 20, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};

static void put_zeros(struct ym_buf *out, size_t n) {
    (void)ym_buf_room(out, n);
}

static void put_text(struct ym_buf *out, const char *s, bool wide) {
    for (; *s != '\0'; s++) {
        ym_buf_u8(out, (uint8_t)*s);
        put_zeros(out, wide ? 1 : 0);
    }
}

static void put_terminated(struct ym_buf *out, const char *s, bool wide) {
    put_text(out, s, wide);
    put_zeros(out, wide ? 2 : 1);
}

static void put_guid(struct ym_buf *out, uint8_t first) {
    for (uint8_t i = 0; i < 16; i++) {
        ym_buf_u8(out, (uint8_t)(first + i));
    }
}

/* The number that was left free at `at`: how far the buffer came since `from`. */
static void set16(struct ym_buf *out, size_t at, size_t from) {
    out->data[at] = (uint8_t)(out->len - from);
    out->data[at + 1] = (uint8_t)((out->len - from) >> 8);
}

/* One item: its type, bytes up to where its text begins, the text. */
static void put_item(struct ym_buf *out, uint8_t type, size_t text_at, const char *text,
                     bool wide) {
    size_t at = out->len;

    put_zeros(out, 2);
    ym_buf_u8(out, type);
    for (size_t i = 1; i < text_at; i++) {
        ym_buf_u8(out, i == 10 && wide ? 0 : (uint8_t)(0x10 + i));
    }
    put_terminated(out, text, wide);
    set16(out, at, at);
}

static void put_items(struct ym_buf *out) {
    size_t at = out->len;
    size_t start;

    put_zeros(out, 2);
    put_item(out, 0x1f, 18, "", false);
    start = out->len;
    put_item(out, 0x2f, 1, "C:\\", false);
    put_zeros(out, 17); /* the name of a volume has 20 bytes */
    set16(out, start, start);
    put_item(out, 0x2e, 18, "", false);
    put_item(out, 0x31, 12, "TOOLS", false);
    put_item(out, 0x36, 12, "notes.txt", true);
    put_item(out, 0xc3, 3, "\\\\server\\share", false);
    put_item(out, 0x00, 10, "C:\\a.cpl", false);
    put_item(out, 0x00, 22, "C:\\wide.cpl", true);
    put_item(out, 0x71, 3, "panel", false);
    put_item(out, 0x99, 3, "unknown", false);
    put_zeros(out, 2);
    set16(out, at, at + 2);
}

/* Size 0x14 of its fixed part: the label is UTF-16, its place comes next. */
static void put_volume(const struct make_lnk *lnk, struct ym_buf *out) {
    const size_t label = strlen(lnk->volume_label) + 1;

    ym_buf_u32le(out, (uint32_t)(lnk->wide_info ? 20 + 2 * label : 16 + label));
    ym_buf_u32le(out, 3);
    ym_buf_u32le(out, 0xcafe1234);
    ym_buf_u32le(out, lnk->wide_info ? 0x14 : 16);
    if (lnk->wide_info) {
        ym_buf_u32le(out, 20);
    }
    put_terminated(out, lnk->volume_label, lnk->wide_info);
}

static void put_info(const struct make_lnk *lnk, struct ym_buf *out) {
    const bool local = lnk->local_base_path != NULL;
    const bool suffix = lnk->common_path_suffix != NULL;
    const uint32_t unit = lnk->wide_info ? 2 : 1;
    const uint32_t header = lnk->wide_info ? 0x24 : 0x1c;
    const size_t label = local ? unit * (strlen(lnk->volume_label) + 1) : 0;
    const uint32_t path_at = (uint32_t)(header + (local ? (lnk->wide_info ? 20 : 16) + label : 0));
    const uint32_t suffix_at =
        path_at + (local ? unit * ((uint32_t)strlen(lnk->local_base_path) + 1) : 0);
    const uint32_t end =
        suffix_at + (suffix ? unit * ((uint32_t)strlen(lnk->common_path_suffix) + 1) : 0);

    ym_buf_u32le(out, end);
    ym_buf_u32le(out, header);
    ym_buf_u32le(out, (local ? 1u : 0) | (suffix ? 2u : 0));
    ym_buf_u32le(out, local ? header : 0);
    ym_buf_u32le(out, lnk->wide_info ? end - 1 : path_at);
    ym_buf_u32le(out, 0);
    ym_buf_u32le(out, lnk->wide_info ? end - 1 : suffix_at);
    if (lnk->wide_info) {
        ym_buf_u32le(out, path_at);
        ym_buf_u32le(out, suffix_at);
    }
    if (local) {
        put_volume(lnk, out);
        put_terminated(out, lnk->local_base_path, lnk->wide_info);
    }
    if (suffix) {
        put_terminated(out, lnk->common_path_suffix, lnk->wide_info);
    }
}

static void put_counted(const struct make_lnk *lnk, const char *s, struct ym_buf *out) {
    if (s != NULL) {
        ym_buf_u16le(out, (uint16_t)strlen(s));
        put_text(out, s, lnk->unicode);
    }
}

static void put_tracker(const char *machine, struct ym_buf *out) {
    ym_buf_u32le(out, 12); /* a block of another type */
    ym_buf_u32le(out, 0xa0000005);
    ym_buf_u32le(out, 0);
    ym_buf_u32le(out, 0x60);
    ym_buf_u32le(out, 0xa0000003);
    ym_buf_u32le(out, 0x58);
    ym_buf_u32le(out, 1);
    put_text(out, machine, false);
    put_zeros(out, 16 - strlen(machine));
    for (uint8_t i = 0; i < 4; i++) {
        put_guid(out, (uint8_t)(i * 0x40));
    }
}

static void put_header(const struct make_lnk *lnk, struct ym_buf *out) {
    const bool info = lnk->local_base_path != NULL || lnk->common_path_suffix != NULL;

    ym_buf_u32le(out, 0x4c);
    ym_buf_add(out, class_id, sizeof(class_id));
    ym_buf_u32le(out, (lnk->items ? 1u : 0) | (info ? 2u : 0) | (lnk->name ? 4u : 0) |
                          (lnk->relative_path ? 8u : 0) | (lnk->working_dir ? 0x10u : 0) |
                          (lnk->arguments ? 0x20u : 0) | (lnk->icon_location ? 0x40u : 0) |
                          (lnk->unicode ? 0x80u : 0));
    ym_buf_u32le(out, lnk->attributes);
    ym_buf_u64le(out, lnk->created);
    ym_buf_u64le(out, lnk->accessed);
    ym_buf_u64le(out, lnk->written);
    ym_buf_u32le(out, lnk->file_size);
    ym_buf_u32le(out, lnk->icon_index);
    ym_buf_u32le(out, lnk->show_command);
    put_zeros(out, 12);
    if (lnk->items) {
        put_items(out);
    }
    if (info) {
        put_info(lnk, out);
    }
}

void make_lnk(const struct make_lnk *lnk, struct ym_buf *out) {
    put_header(lnk, out);
    put_counted(lnk, lnk->name, out);
    put_counted(lnk, lnk->relative_path, out);
    put_counted(lnk, lnk->working_dir, out);
    put_counted(lnk, lnk->arguments, out);
    put_counted(lnk, lnk->icon_location, out);
    if (lnk->machine != NULL) {
        put_tracker(lnk->machine, out);
    }
    ym_buf_u32le(out, 0);
    if (lnk->overlay != NULL) {
        ym_buf_add_text(out, lnk->overlay);
    }
}

void make_lnk_full(bool unicode, struct ym_buf *out) {
    static const struct make_lnk full = {
        .created = UINT64_C(116444736000000000),  /* 1970 */
        .accessed = UINT64_C(116444735999999999), /* before */
        .written = UINT64_C(133485408000000000),  /* 2024 */
        .attributes = 0x20,
        .file_size = 4096,
        .icon_index = 7,
        .show_command = 7,
        .items = true,
        .volume_label = "Data",
        .local_base_path = "C:\\tools\\",
        .common_path_suffix = "notes.txt",
        .name = "Notes",
        .relative_path = "..\\notes.txt",
        .working_dir = "C:\\tools",
        .arguments = "--open \"a b\"",
        .icon_location = "shell32.dll",
        .machine = "workstation-7",
        .overlay = "behind the end",
    };
    struct make_lnk lnk = full;

    lnk.unicode = unicode;
    lnk.wide_info = unicode;
    make_lnk(&lnk, out);
}
