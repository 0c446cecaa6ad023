/* lnk.c - see formats/lnk.h.
 *
 * Blocks lie one behind the other, each with its size; places inside a block count from its start,
 * so every block is a window of its own and nothing in it can lead out.  A place that is the end of
 * its window is an empty text, one behind it no text.
 *
 * Texts that are already UTF-8 are views.  The longest that is copied is the rest of a block, once
 * a field, so memory is bounded by some times the size of the file, and by the arena. */
#include "formats/lnk.h"

#include "base/utf16.h"

#include <string.h>

enum {
    HEADER_SIZE = 0x4c,
    INFO_HEADER_UNICODE = 0x24, /* a header of this size has places of UTF-16 texts */
    INFO_LOCAL = 1,             /* bits of the block: a volume and a path on it */
    INFO_SUFFIX = 2,            /* the rest of the path */
    LABEL_UNICODE = 0x14,       /* this place means that the next number is that of a UTF-16 text */
    VOLUME_NAME_END = 21,
    MACHINE_SIZE = 16,
    CLASS_GROUP = 0x70 /* of an item's type: volume, file or network, whatever the other bits */
};

static const uint32_t tracker_type = 0xa0000003;
static const uint8_t class_id[YM_GUID_SIZE] = {0x01, 0x14, 0x02, 0, 0, 0, 0, 0,
                                               0xc0, 0,    0,    0, 0, 0, 0, 0x46};

struct lnk {
    struct ym_reader r; /* at what was not read yet */
    struct ym_arena *arena;
    struct ym_lnk *out;
};

/* ---- Texts ----------------------------------------------------------------------------------- */

static struct ym_reader rest_of(const struct ym_reader *r, uint64_t at) {
    return ym_reader_at(r, at, at > r->len ? 0 : r->len - at);
}

static size_t copy_lossy(const char *s, size_t n, char *out) {
    static const char replacement[] = "\xef\xbf\xbd";
    size_t len = 0;
    bool good;

    for (size_t i = 0, step; i < n; i += step) {
        step = ym_utf8_step(s + i, n - i, &good);
        if (out != NULL) {
            memcpy(out + len, good ? s + i : replacement, good ? step : 3);
        }
        len += good ? step : 3;
    }
    return len;
}

static bool is_utf8(const char *s, size_t n) {
    bool good = true;

    for (size_t i = 0; i < n && good;) {
        i += ym_utf8_step(s + i, n - i, &good);
    }
    return good;
}

static struct ym_str text_of_bytes(struct ym_arena *arena, const uint8_t *p, size_t n) {
    const char *s = (const char *)p;
    char *copy;
    size_t len;

    if (n == 0 || is_utf8(s, n)) {
        return (struct ym_str){n == 0 ? "" : s, n};
    }
    len = copy_lossy(s, n, NULL);
    copy = YM_ARENA_ARRAY(arena, len, char);
    if (copy != NULL) {
        (void)copy_lossy(s, n, copy);
    }
    return (struct ym_str){copy, copy == NULL ? 0 : len};
}

/* Bytes before the first NUL unit; an odd last byte is none. */
static size_t utf16_length(const uint8_t *p, size_t n) {
    size_t i = 0;

    while (i + 2 <= n && (p[i] != 0 || p[i + 1] != 0)) {
        i += 2;
    }
    return i;
}

static struct ym_str text_of_utf16(struct ym_arena *arena, const uint8_t *p, size_t n) {
    const char *s = ym_utf16_text(arena, p, n == 0 ? 0 : utf16_length(p, n));

    return (struct ym_str){s, s == NULL ? 0 : strlen(s)};
}

/* The text at a place of a block, up to its NUL or the end; s NULL: the place lies outside. */
static struct ym_str text_at(struct ym_arena *arena, const struct ym_reader *block, uint64_t at,
                             bool unicode) {
    struct ym_reader r = rest_of(block, at);
    size_t n = ym_reader_left(&r);
    const uint8_t *p = ym_get_view(&r, n);

    if (!ym_reader_ok(&r)) {
        return (struct ym_str){NULL, 0};
    }
    if (unicode) {
        return text_of_utf16(arena, p, n);
    }
    return text_of_bytes(arena, p, n == 0 ? 0 : strnlen((const char *)p, n));
}

/* ---- Items ----------------------------------------------------------------------------------- */

static uint8_t type_of(uint8_t class_type) {
    uint8_t group = class_type & CLASS_GROUP;

    if (group == YM_LNK_VOLUME || group == YM_LNK_FILE || group == YM_LNK_NETWORK) {
        return group;
    }
    if (class_type == YM_LNK_ROOT - 1 || class_type == YM_LNK_CONTROL_PANEL - 1) {
        return class_type + 1;
    }
    return class_type;
}

static const uint8_t *guid_at(const struct ym_reader *r, uint64_t at) {
    struct ym_reader guid = ym_reader_at(r, at, YM_GUID_SIZE);

    return ym_get_view(&guid, YM_GUID_SIZE);
}

/* UTF-16 texts begin at 22 and have a NUL at 10, where the texts of bytes begin. */
static struct ym_str cpl_path(struct ym_arena *arena, const struct ym_reader *r) {
    struct ym_reader at = ym_reader_at(r, 10, 1);
    uint8_t first = ym_get_u8(&at);

    if (!ym_reader_ok(&at)) {
        return (struct ym_str){NULL, 0};
    }
    return text_at(arena, r, first == 0 ? 22 : 10, first == 0);
}

static void read_volume_item(struct ym_arena *arena, const struct ym_reader *r, uint8_t class_type,
                             struct ym_lnk_item *item) {
    struct ym_reader name = ym_reader_at(r, 1, VOLUME_NAME_END - 1);

    if ((class_type & 1) == 0) {
        item->id = guid_at(r, 2);
    } else if (ym_reader_ok(&name)) {
        item->text = text_at(arena, &name, 0, false);
    }
}

/* r: an item behind its size, not empty. */
static void read_item(struct ym_arena *arena, struct ym_reader r, struct ym_lnk_item *item) {
    uint8_t class_type = ym_get_u8(&r);
    struct ym_reader data = rest_of(&r, 1);
    size_t n = ym_reader_left(&data);
    const uint8_t *p = ym_get_view(&data, n);

    item->type = type_of(class_type);
    item->data = (struct ym_str){p == NULL ? "" : (const char *)p, n};
    if (item->type == YM_LNK_CPL) {
        item->text = cpl_path(arena, &r);
    } else if (item->type == YM_LNK_ROOT) {
        item->id = guid_at(&r, 2);
    } else if (item->type == YM_LNK_VOLUME) {
        read_volume_item(arena, &r, class_type, item);
    } else if (item->type == YM_LNK_FILE) {
        item->text = text_at(arena, &r, 12, (class_type & 4) != 0);
    } else if (item->type == YM_LNK_NETWORK) {
        item->text = text_at(arena, &r, 3, false);
    }
}

/* The next item behind its size, which may be empty; false: no more. */
static bool next_item(struct ym_reader *list, struct ym_reader *ret_item) {
    uint16_t size = ym_get_u16le(list);
    uint64_t n = size < 2 ? 0 : size - 2u;

    if (size == 0) { /* the last one, or nothing left */
        return false;
    }
    n = n > ym_reader_left(list) ? ym_reader_left(list) : n;
    *ret_item = ym_reader_at(list, list->pos, n);
    ym_skip(list, n);
    return true;
}

static uint32_t count_items(struct ym_reader list) {
    struct ym_reader item;
    uint32_t n = 0;

    while (next_item(&list, &item)) {
        n += item.len > 0;
    }
    return n;
}

static bool read_items(struct lnk *p) {
    uint64_t n = ym_get_u16le(&p->r);
    struct ym_lnk_item *items;
    struct ym_reader list;
    struct ym_reader item;

    n = n > ym_reader_left(&p->r) ? ym_reader_left(&p->r) : n;
    list = ym_reader_at(&p->r, p->r.pos, n);
    ym_skip(&p->r, n);
    n = count_items(list);
    items = YM_ARENA_ARRAY(p->arena, n, struct ym_lnk_item);
    p->out->items = items;
    while (items != NULL && next_item(&list, &item)) {
        if (item.len > 0) {
            read_item(p->arena, item, &items[p->out->n_items++]);
        }
    }
    return ym_reader_ok(&p->r);
}

/* ---- Volume and path ------------------------------------------------------------------------- */

static void read_volume(struct lnk *p, struct ym_reader r) {
    struct ym_reader block = r;
    uint32_t size = ym_get_u32le(&r);
    uint32_t type = ym_get_u32le(&r);
    uint32_t serial = ym_get_u32le(&r);
    uint64_t label = ym_get_u32le(&r);
    bool unicode = label == LABEL_UNICODE;

    if (!ym_reader_ok(&r)) {
        return;
    }
    p->out->has_volume = true;
    p->out->drive_type = type;
    p->out->drive_serial = serial;
    block = ym_reader_at(&block, 0, size);
    if (unicode) {
        label = ym_get_u32le(&r);
    }
    if (ym_reader_ok(&r) && ym_reader_ok(&block)) {
        p->out->volume_label = text_at(p->arena, &block, label, unicode);
    }
}

static bool read_info(struct lnk *p) {
    struct ym_reader r = rest_of(&p->r, p->r.pos);
    uint32_t size = ym_get_u32le(&r);
    bool unicode = ym_get_u32le(&r) >= INFO_HEADER_UNICODE;
    uint32_t bits = ym_get_u32le(&r);
    uint32_t volume = ym_get_u32le(&r);
    uint32_t path = ym_get_u32le(&r);
    uint32_t network = ym_get_u32le(&r);
    uint32_t suffix = ym_get_u32le(&r);
    uint32_t wide_path = unicode ? ym_get_u32le(&r) : 0;
    uint32_t wide_suffix = unicode ? ym_get_u32le(&r) : 0;
    struct ym_reader block = ym_reader_at(&p->r, p->r.pos, size);

    (void)network;
    ym_skip(&p->r, size);
    if (!ym_reader_ok(&r) || !ym_reader_ok(&block)) {
        return false;
    }
    if ((bits & INFO_LOCAL) != 0) {
        read_volume(p, rest_of(&block, volume));
        p->out->local_base_path =
            text_at(p->arena, &block, wide_path > 0 ? wide_path : path, wide_path > 0);
    }
    if ((bits & INFO_SUFFIX) != 0) {
        p->out->common_path_suffix =
            text_at(p->arena, &block, wide_suffix > 0 ? wide_suffix : suffix, wide_suffix > 0);
    }
    return true;
}

/* ---- Counted texts --------------------------------------------------------------------------- */

static bool read_text(struct lnk *p, uint32_t max, struct ym_str *ret) {
    bool unicode = (p->out->flags & YM_LNK_IS_UNICODE) != 0;
    uint32_t n = ym_get_u16le(&p->r);
    const uint8_t *s;

    n = (n > max ? max : n) * (unicode ? 2 : 1);
    s = ym_get_view(&p->r, n);
    if (!ym_reader_ok(&p->r)) {
        return false;
    }
    *ret = unicode ? text_of_utf16(p->arena, s, n) : text_of_bytes(p->arena, s, n);
    return true;
}

static bool read_texts(struct lnk *p) {
    struct ym_lnk *out = p->out;
    const struct {
        uint32_t flag, max;
        struct ym_str *ret;
    } rows[] = {
        {YM_LNK_HAS_NAME, YM_LNK_MAX_TEXT, &out->name},
        {YM_LNK_HAS_RELATIVE_PATH, YM_LNK_MAX_TEXT, &out->relative_path},
        {YM_LNK_HAS_WORKING_DIR, YM_LNK_MAX_TEXT, &out->working_dir},
        {YM_LNK_HAS_ARGUMENTS, UINT16_MAX, &out->arguments},
        {YM_LNK_HAS_ICON_LOCATION, YM_LNK_MAX_TEXT, &out->icon_location},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((out->flags & rows[i].flag) != 0 && !read_text(p, rows[i].max, rows[i].ret)) {
            return false;
        }
    }
    return true;
}

/* ---- Extra data ------------------------------------------------------------------------------ */

/* r: a block behind its size and type. */
static void read_tracker(struct lnk *p, struct ym_reader r) {
    struct ym_lnk_tracker t = {.version = 0};
    struct ym_reader machine;

    ym_skip(&r, 4);
    t.version = ym_get_u32le(&r);
    machine = ym_reader_at(&r, r.pos, MACHINE_SIZE);
    ym_skip(&r, MACHINE_SIZE);
    t.volume = ym_get_view(&r, YM_GUID_SIZE);
    t.file = ym_get_view(&r, YM_GUID_SIZE);
    t.birth_volume = ym_get_view(&r, YM_GUID_SIZE);
    t.birth_file = ym_get_view(&r, YM_GUID_SIZE);
    if (ym_reader_ok(&r)) {
        t.machine = text_at(p->arena, &machine, 0, false);
        p->out->has_tracker = true;
        p->out->tracker = t;
    }
}

static void read_extra(struct lnk *p) {
    for (;;) {
        struct ym_reader rest = rest_of(&p->r, p->r.pos);
        uint32_t size = ym_get_u32le(&rest);
        struct ym_reader block = ym_reader_at(&p->r, p->r.pos, size < 4 ? 4 : size);

        if (!ym_reader_ok(&block)) {
            return;
        }
        ym_skip(&p->r, block.len);
        if (size < 4) {
            p->out->whole = true;
            p->out->end = p->r.pos;
            return;
        }
        ym_skip(&block, 4);
        if (ym_get_u32le(&block) == tracker_type && ym_reader_ok(&block)) {
            read_tracker(p, rest_of(&block, block.pos));
        }
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void read_header(struct lnk *p) {
    struct ym_lnk *out = p->out;

    out->flags = ym_get_u32le(&p->r);
    out->attributes = ym_get_u32le(&p->r);
    out->created = ym_get_u64le(&p->r);
    out->accessed = ym_get_u64le(&p->r);
    out->written = ym_get_u64le(&p->r);
    out->file_size = ym_get_u32le(&p->r);
    out->icon_index = ym_get_u32le(&p->r);
    out->show_command = ym_get_u32le(&p->r);
    ym_skip(&p->r, 12); /* the hot key, reserved */
}

static void read_body(struct lnk *p) {
    uint32_t flags = p->out->flags;

    if (((flags & YM_LNK_HAS_ITEMS) != 0 && !read_items(p)) ||
        ((flags & YM_LNK_HAS_INFO) != 0 && !read_info(p)) || !read_texts(p)) {
        return;
    }
    read_extra(p);
}

ym_status ym_lnk_parse(struct ym_reader r, struct ym_arena *arena, struct ym_lnk *ret_lnk,
                       struct ym_err *err) {
    struct ym_lnk out = {.flags = 0};
    struct lnk p = {.r = r, .arena = arena, .out = &out};
    const uint8_t *id;

    if (ym_reader_left(&r) < HEADER_SIZE || ym_get_u32le(&p.r) != HEADER_SIZE) {
        return ym_fail(err, YM_MALFORMED, "formats/lnk", 0, "not a shortcut");
    }
    id = ym_get_view(&p.r, sizeof(class_id));
    if (id == NULL || memcmp(id, class_id, sizeof(class_id)) != 0) {
        return ym_fail(err, YM_MALFORMED, "formats/lnk", 4, "not the class of a shortcut");
    }
    read_header(&p);
    read_body(&p);
    if (ym_arena_status(arena) != YM_OK) {
        return ym_fail(err, ym_arena_status(arena), "formats/lnk", 0, "no room for its texts");
    }
    *ret_lnk = out;
    return YM_OK;
}

char *ym_guid_text(const uint8_t guid[YM_GUID_SIZE], char out[YM_GUID_TEXT]) {
    static const uint8_t order[YM_GUID_SIZE] = {3, 2, 1,  0,  5,  4,  7,  6,
                                                8, 9, 10, 11, 12, 13, 14, 15};
    char *p = out;

    for (unsigned i = 0; i < YM_GUID_SIZE; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *p++ = '-';
        }
        ym_hex_encode(&guid[order[i]], 1, p);
        p += 2;
    }
    return out;
}
