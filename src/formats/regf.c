/* regf.c - see formats/regf.h.  Security descriptors: regf_security.c; changing them:
 * regf_inherit.c. */
#include "regf_int.h"

#include "base/utf16.h"
#include "formats/hive_log.h"

#include <stdlib.h>
#include <string.h>

static const char module[] = "formats/regf";

enum {
    KEY_SIZE = 76, /* without its name */
    KEY_CELL_LEAST = 80,
    VALUE_SIZE = 20,
    PIECE_MAX = 16344,
    KEY_NAME_IS_BYTES = 0x20,
    KEY_VALUES_ARE_A_HANDLE = 0x40,
    VALUE_NAME_IS_BYTES = 1,
    KEY_FLAGS_AT = 2,
    SECURITY_HEAD = 20
};

static const uint32_t nowhere = 0xffffffff;
static const uint32_t data_is_here = 0x80000000;

static ym_status bad(struct ym_err *err, uint64_t at, const char *what) {
    return ym_fail(err, YM_MALFORMED, module, YM_REGF_BASE + at, "%s", what);
}

static ym_status no_room(const struct ym_arena *arena, uint64_t at, struct ym_err *err) {
    ym_status st = ym_arena_status(arena);

    return ym_fail(err, st == YM_OK ? YM_NOMEM : st, module, YM_REGF_BASE + at,
                   "no room for what is read");
}

ym_status ym_regf_cell(const struct ym_regf *h, uint32_t at, size_t least,
                       struct ym_reader *ret_cell, struct ym_err *err) {
    struct ym_reader head = ym_reader_at(&h->data, at, 4);
    uint32_t size = ym_get_u32le(&head);
    uint64_t n = (uint64_t)1 << 32;
    struct ym_reader cell;

    n -= size; /* of a negative number its amount */
    if (!ym_reader_ok(&head) || at % 8 != 0) {
        return bad(err, at, "a place outside of the hive");
    }
    if (size < 0x80000000 || n < 8) {
        return bad(err, at, "a place that is not in use");
    }
    cell = ym_reader_at(&h->data, (uint64_t)at + 4, n - 4);
    if (!ym_reader_ok(&cell)) {
        return bad(err, at, "a cell reaches beyond the end of the hive");
    }
    if (cell.len < least) {
        return bad(err, at, "a cell is too small for what it holds");
    }
    *ret_cell = cell;
    return YM_OK;
}

static bool is_signature(const uint8_t *p, const char *two) {
    return p != NULL && p[0] == (uint8_t)two[0] && p[1] == (uint8_t)two[1];
}

/* --- names ------------------------------------------------------------------------------------ */

static uint32_t unit_at(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t next_character(const uint8_t *p, size_t n, bool bytes, size_t *ret_used) {
    uint32_t c = bytes ? p[0] : unit_at(p);

    *ret_used = bytes ? 1 : 2;
    if (!bytes && c >= 0xd800 && c < 0xdc00 && n >= 4 && (unit_at(p + 2) & 0xfc00) == 0xdc00) {
        *ret_used = 4;
        return 0x10000 + ((c & 0x3ff) << 10) + (unit_at(p + 2) & 0x3ff);
    }
    return !bytes && c >= 0xd800 && c < 0xe000 ? 0xfffd : c;
}

/* s NULL: no room.  An odd last byte of UTF-16 is left out. */
static struct ym_str read_name(struct ym_arena *arena, const uint8_t *p, size_t n, bool bytes) {
    char *out = YM_ARENA_ARRAY(arena, (bytes ? n * 2 : n / 2 * 3) + 1, char);
    size_t len = 0;
    size_t used;

    for (size_t i = 0; out != NULL && i + (bytes ? 1 : 2) <= n; i += used) {
        len += ym_utf8_put(next_character(p + i, n - i, bytes, &used), out + len);
    }
    return (struct ym_str){out, out == NULL ? 0 : len};
}

static bool is_name(struct ym_str name, const char *want, size_t n) {
    if (name.n != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (ym_lower((unsigned char)name.s[i]) != ym_lower((unsigned char)want[i])) {
            return false;
        }
    }
    return true;
}

/* --- keys ------------------------------------------------------------------------------------- */

ym_status ym_regf_open(struct ym_reader file, struct ym_regf *ret_hive, struct ym_err *err) {
    struct ym_regf h = {.dirty = false};
    struct ym_reader r = ym_reader_at(&file, 0, YM_REGF_BASE);
    uint32_t major;
    uint64_t size;
    struct ym_err why = {0};
    ym_status st = ym_hive_check_header(file, &why);

    h.dirty = st == YM_UNSUPPORTED;
    if (st != YM_OK && !h.dirty) {
        return ym_fail(err, st, module, why.offset, "%s", why.text);
    }
    ym_seek(&r, 12);
    h.written = ym_get_u64le(&r);
    major = ym_get_u32le(&r);
    h.minor = ym_get_u32le(&r);
    ym_skip(&r, 8);
    h.root = ym_get_u32le(&r);
    size = ym_get_u32le(&r);
    if (major != 1 || h.minor < 3) {
        return ym_fail(err, YM_UNSUPPORTED, module, 20, "a hive of version %u.%u", major, h.minor);
    }
    size = size > file.len - YM_REGF_BASE ? file.len - YM_REGF_BASE : size;
    h.data = ym_reader_at(&file, YM_REGF_BASE, size);
    *ret_hive = h;
    return YM_OK;
}

static ym_status read_key(const struct ym_regf *h, uint32_t at, struct ym_arena *arena,
                          struct ym_regf_key *ret_key, struct ym_err *err) {
    struct ym_regf_key k = {.at = at};
    struct ym_reader r;
    const uint8_t *p;
    uint32_t name_size;

    YM_TRY(ym_regf_cell(h, at, KEY_SIZE, &r, err));
    if (!is_signature(ym_get_view(&r, 2), "nk")) {
        return bad(err, at, "no key where one should be");
    }
    k.flags = ym_get_u16le(&r);
    k.written = ym_get_u64le(&r);
    ym_skip(&r, 4);
    k.parent = ym_get_u32le(&r);
    k.n_subkeys = ym_get_u32le(&r);
    ym_skip(&r, 4); /* volatile keys, which are never in a file */
    k.subkeys = ym_get_u32le(&r);
    ym_skip(&r, 4);
    k.n_values = ym_get_u32le(&r);
    k.values = ym_get_u32le(&r);
    k.security = ym_get_u32le(&r);
    k.class_name = ym_get_u32le(&r);
    ym_skip(&r, 20); /* the longest names and data below it; a cache */
    name_size = ym_get_u16le(&r);
    k.class_size = ym_get_u16le(&r);
    p = ym_get_view(&r, name_size);
    if (!ym_reader_ok(&r)) {
        return bad(err, at, "a key's name is longer than its cell");
    }
    k.n_values = (k.flags & KEY_VALUES_ARE_A_HANDLE) != 0 ? 0 : k.n_values;
    k.name = read_name(arena, p, name_size, (k.flags & KEY_NAME_IS_BYTES) != 0);
    if (k.name.s == NULL) {
        return no_room(arena, at, err);
    }
    *ret_key = k;
    return YM_OK;
}

ym_status ym_regf_root(const struct ym_regf *hive, struct ym_arena *arena,
                       struct ym_regf_key *ret_key, struct ym_err *err) {
    return read_key(hive, hive->root, arena, ret_key, err);
}

struct places {
    uint32_t *v;
    size_t n, max;
};

/* One list of keys: adds their places. */
static ym_status read_leaf(const struct ym_regf *h, uint32_t at, struct places *out,
                           struct ym_err *err) {
    struct ym_reader r;
    const uint8_t *sign;
    bool hinted;
    uint32_t n;

    YM_TRY(ym_regf_cell(h, at, 4, &r, err));
    sign = ym_get_view(&r, 2);
    hinted = is_signature(sign, "lf") || is_signature(sign, "lh");
    if (!hinted && !is_signature(sign, "li")) {
        return bad(err, at, "no list of keys where one should be");
    }
    n = ym_get_u16le(&r);
    if (n > out->max - out->n) {
        return bad(err, at, "a list has more keys than the key that it belongs to");
    }
    for (uint32_t i = 0; i < n; i++) {
        out->v[out->n++] = ym_get_u32le(&r);
        ym_skip(&r, hinted ? 4 : 0);
    }
    return ym_reader_ok(&r) ? YM_OK : bad(err, at, "a list of keys is longer than its cell");
}

static ym_status read_lists(const struct ym_regf *h, uint32_t at, struct places *out,
                            struct ym_err *err) {
    struct ym_reader r;
    uint32_t n;

    YM_TRY(ym_regf_cell(h, at, 4, &r, err));
    if (!is_signature(ym_get_view(&r, 2), "ri")) {
        return read_leaf(h, at, out, err);
    }
    n = ym_get_u16le(&r);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t place = ym_get_u32le(&r);

        if (!ym_reader_ok(&r)) {
            return bad(err, at, "a list of lists is longer than its cell");
        }
        YM_TRY(read_leaf(h, place, out, err));
    }
    return YM_OK;
}

static int by_place(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return x < y ? -1 : x > y ? 1 : 0;
}

/* No place twice, and not the root's. */
static ym_status check_places(const struct ym_regf *h, const struct places *list, uint32_t at,
                              struct ym_arena *arena, struct ym_err *err) {
    uint32_t *sorted = ym_arena_memdup(arena, list->v, list->n * sizeof(*list->v));

    if (sorted == NULL) {
        return no_room(arena, at, err);
    }
    qsort(sorted, list->n, sizeof(*sorted), by_place);
    for (size_t i = 0; i < list->n; i++) {
        if (sorted[i] == h->root || (i > 0 && sorted[i] == sorted[i - 1])) {
            return bad(err, at, "a list of keys that leads in a circle");
        }
    }
    return YM_OK;
}

ym_status ym_regf_subkeys(const struct ym_regf *hive, const struct ym_regf_key *key,
                          struct ym_arena *arena, struct ym_regf_keys *ret_keys,
                          struct ym_err *err) {
    struct places list = {.max = key->n_subkeys};
    struct ym_regf_key *keys;

    if (key->n_subkeys == 0) {
        *ret_keys = (struct ym_regf_keys){NULL, 0};
        return YM_OK;
    }
    if (key->n_subkeys > hive->data.len / KEY_CELL_LEAST) {
        return bad(err, key->at, "more subkeys than the hive has room for");
    }
    list.v = YM_ARENA_ARRAY(arena, list.max, uint32_t);
    keys = YM_ARENA_ARRAY(arena, list.max, struct ym_regf_key);
    if (list.v == NULL || keys == NULL) {
        return no_room(arena, key->at, err);
    }
    YM_TRY(read_lists(hive, key->subkeys, &list, err));
    if (list.n != list.max) {
        return bad(err, key->at, "fewer keys in its lists than a key says");
    }
    YM_TRY(check_places(hive, &list, key->at, arena, err));
    for (size_t i = 0; i < list.n; i++) {
        YM_TRY(read_key(hive, list.v[i], arena, &keys[i], err));
        if (keys[i].parent != key->at) {
            return bad(err, list.v[i], "a key below one that is not its parent");
        }
    }
    *ret_keys = (struct ym_regf_keys){keys, list.n};
    return YM_OK;
}

ym_status ym_regf_find(const struct ym_regf *hive, const char *path, struct ym_arena *arena,
                       struct ym_regf_key *ret_key, struct ym_err *err) {
    struct ym_regf_key key;
    struct ym_fields f;
    struct ym_str part;
    unsigned depth = 0;

    YM_TRY(ym_regf_root(hive, arena, &key, err));
    ym_fields_init(&f, path, strlen(path), '\\');
    while (path[0] != '\0' && ym_fields_next(&f, &part)) {
        struct ym_regf_keys keys;
        size_t i = 0;

        if (++depth > YM_REGF_DEPTH_MAX) {
            return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "a path of more than %d keys",
                           YM_REGF_DEPTH_MAX);
        }
        YM_TRY(ym_regf_subkeys(hive, &key, arena, &keys, err));
        while (i < keys.n && !is_name(keys.v[i].name, part.s, part.n)) {
            i++;
        }
        if (i == keys.n) {
            return YM_END;
        }
        key = keys.v[i];
    }
    *ret_key = key;
    return YM_OK;
}

ym_status ym_regf_class_name(const struct ym_regf *hive, const struct ym_regf_key *key,
                             struct ym_arena *arena, struct ym_str *ret_name, struct ym_err *err) {
    struct ym_reader r;
    struct ym_str name;

    if (key->class_name == nowhere || key->class_size == 0) {
        return YM_END;
    }
    YM_TRY(ym_regf_cell(hive, key->class_name, key->class_size, &r, err));
    name = read_name(arena, ym_get_view(&r, key->class_size), key->class_size, false);
    if (name.s == NULL) {
        return no_room(arena, key->class_name, err);
    }
    *ret_name = name;
    return YM_OK;
}

ym_status ym_regf_security(const struct ym_regf *hive, const struct ym_regf_key *key,
                           struct ym_reader *ret_descriptor, struct ym_err *err) {
    struct ym_reader cell;
    struct ym_reader r;
    uint32_t n;

    if (key->security == nowhere) {
        return YM_END;
    }
    YM_TRY(ym_regf_cell(hive, key->security, SECURITY_HEAD, &cell, err));
    r = cell;
    if (!is_signature(ym_get_view(&r, 2), "sk")) {
        return bad(err, key->security, "no permissions where a key says");
    }
    ym_seek(&r, 16);
    n = ym_get_u32le(&r);
    r = ym_reader_at(&cell, SECURITY_HEAD, n);
    if (!ym_reader_ok(&r)) {
        return bad(err, key->security, "permissions are longer than their cell");
    }
    *ret_descriptor = r;
    return YM_OK;
}

/* --- values ----------------------------------------------------------------------------------- */

/* The pieces of large data, one behind the other. */
static ym_status join_pieces(const struct ym_regf *h, struct ym_reader db, size_t size,
                             struct ym_arena *arena, const uint8_t **ret_data, struct ym_err *err) {
    uint32_t n;
    uint32_t list_at;
    struct ym_reader list;
    uint8_t *out;
    size_t len = 0;

    ym_seek(&db, 2);
    n = ym_get_u16le(&db);
    list_at = ym_get_u32le(&db);
    YM_TRY(ym_regf_cell(h, list_at, (size_t)n * 4, &list, err));
    if (!ym_reader_ok(&db) || size > (size_t)n * PIECE_MAX) {
        return bad(err, list_at, "fewer pieces of data than their size says");
    }
    out = YM_ARENA_ARRAY(arena, size, uint8_t);
    if (out == NULL) {
        return no_room(arena, list_at, err);
    }
    while (len < size) {
        size_t want = size - len < PIECE_MAX ? size - len : PIECE_MAX;
        uint32_t at = ym_get_u32le(&list);
        struct ym_reader piece;

        YM_TRY(ym_regf_cell(h, at, want, &piece, err));
        memcpy(out + len, piece.base, want);
        len += want;
    }
    *ret_data = out;
    return YM_OK;
}

static ym_status read_data(const struct ym_regf *h, uint32_t at, size_t size,
                           struct ym_arena *arena, const uint8_t **ret_data, struct ym_err *err) {
    struct ym_reader cell;

    if (size > YM_REGF_DATA_MAX) {
        return ym_fail(err, YM_LIMIT, module, YM_REGF_BASE + (uint64_t)at,
                       "a value of more than %d bytes", YM_REGF_DATA_MAX);
    }
    YM_TRY(ym_regf_cell(h, at, 8 < size ? 8 : size, &cell, err));
    if (size > PIECE_MAX && h->minor > 3 && is_signature(cell.base, "db")) {
        return join_pieces(h, cell, size, arena, ret_data, err);
    }
    if (size > cell.len) {
        return bad(err, at, "a value is longer than its cell");
    }
    *ret_data = cell.base;
    return YM_OK;
}

/* Data that cannot be reached are said in the value; only the arena's end is a failure. */
static ym_status read_value(const struct ym_regf *h, uint32_t at, struct ym_arena *arena,
                            struct ym_regf_value *ret_value, struct ym_err *err) {
    struct ym_regf_value v = {.damaged = false};
    struct ym_reader r;
    struct ym_reader here;
    const uint8_t *p;
    uint32_t name_size;
    uint32_t size;
    uint32_t place;
    bool bytes;
    ym_status st = YM_OK;

    YM_TRY(ym_regf_cell(h, at, VALUE_SIZE, &r, err));
    here = ym_reader_at(&r, 8, 4);
    if (!is_signature(ym_get_view(&r, 2), "vk")) {
        return bad(err, at, "no value where one should be");
    }
    name_size = ym_get_u16le(&r);
    size = ym_get_u32le(&r);
    place = ym_get_u32le(&r);
    v.type = ym_get_u32le(&r);
    bytes = (ym_get_u16le(&r) & VALUE_NAME_IS_BYTES) != 0;
    ym_skip(&r, 2);
    p = ym_get_view(&r, name_size);
    if (!ym_reader_ok(&r)) {
        return bad(err, at, "a value's name is longer than its cell");
    }
    v.name = read_name(arena, p, name_size, bytes);
    if (v.name.s == NULL) {
        return no_room(arena, at, err);
    }
    v.n = size & ~data_is_here;
    v.data = here.base;
    if ((size & data_is_here) != 0) {
        st = v.n > 4 ? YM_MALFORMED : YM_OK;
    } else if (v.n > 0) {
        st = read_data(h, place, v.n, arena, &v.data, NULL);
    }
    if (ym_arena_status(arena) != YM_OK) {
        return no_room(arena, at, err);
    }
    v.damaged = st != YM_OK;
    v.n = v.damaged ? 0 : v.n;
    *ret_value = v;
    return YM_OK;
}

ym_status ym_regf_values(const struct ym_regf *hive, const struct ym_regf_key *key,
                         struct ym_arena *arena, struct ym_regf_values *ret_values,
                         struct ym_err *err) {
    struct ym_regf_value *list;
    struct ym_reader r;

    if (key->n_values == 0) {
        *ret_values = (struct ym_regf_values){NULL, 0};
        return YM_OK;
    }
    if (key->n_values > YM_REGF_VALUES_MAX) {
        return ym_fail(err, YM_LIMIT, module, YM_REGF_BASE + (uint64_t)key->at,
                       "a key with more than %d values", YM_REGF_VALUES_MAX);
    }
    YM_TRY(ym_regf_cell(hive, key->values, (size_t)key->n_values * 4, &r, err));
    list = YM_ARENA_ARRAY(arena, key->n_values, struct ym_regf_value);
    if (list == NULL) {
        return no_room(arena, key->at, err);
    }
    for (uint32_t i = 0; i < key->n_values; i++) {
        YM_TRY(read_value(hive, ym_get_u32le(&r), arena, &list[i], err));
    }
    *ret_values = (struct ym_regf_values){list, key->n_values};
    return YM_OK;
}

ym_status ym_regf_value(const struct ym_regf *hive, const struct ym_regf_key *key, const char *name,
                        struct ym_arena *arena, struct ym_regf_value *ret_value,
                        struct ym_err *err) {
    struct ym_regf_values values;

    YM_TRY(ym_regf_values(hive, key, arena, &values, err));
    for (size_t i = 0; i < values.n; i++) {
        if (is_name(values.v[i].name, name, strlen(name))) {
            *ret_value = values.v[i];
            return YM_OK;
        }
    }
    return YM_END;
}
