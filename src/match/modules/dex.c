/* modules/dex.c - YARA's module dex: the tables of a Dalvik executable; see module.h.
 *
 * Format: "Dalvik executable format" of the Android project.  A header tells size and place of
 * tables of fixed rows; strings, and the fields and methods of classes, are lists of ULEB128
 * numbers elsewhere.  A field or method of a class names its row in a table by the distance from
 * the one before.
 *
 * What rules see is what YARA 4.5 makes of a file, also where that is not what the format means:
 *
 *  1. The value of a string begins one byte behind its place and has as many bytes as the string
 *     has UTF-16 units.  So a string of 128 units and more begins with the rest of its length, and
 *     one that is not ASCII is cut short.
 *  2. A table that does not fit the file ends the reading, and number_of_fields and
 *     number_of_methods stay undefined; so does a class whose data begin within the last 16 bytes,
 *     and a map whose rows run out of the file.
 *  3. A field or method of a row that does not exist ends its list, and is no longer counted; what
 *     was set of it stays, until the next one takes its place.
 *  4. has_method() with two arguments takes a method without a class for one of any class.
 *  5. Texts are compared up to their first NUL.
 *
 * All classes may share one list, so the work is not bounded by the size of the file but by the
 * budget, and the values by the arena.  Texts are views of the file. */
#include "module.h"

#include "base/modules/dex.h"

#include <string.h>

extern const struct ym_module_code ym_module_dex_code;

enum {
    HEADER_SIZE = 0x70,
    MAGIC_SIZE = 8,
    SIGNATURE_SIZE = 20,
    MAX_INDEX = 0x80000, /* YARA follows no greater index of a row */
    CLASS_DATA_ROOM =
        16,         /* what YARA wants to see of the data of a class, however short they are */
    FIELD_ROOM = 8, /* the same of a field */
    METHOD_ROOM = 12,
    CODE_ITEM_SIZE = 16,
    COST = 16 /* of a field or method, in steps of the budget */
};

static const char magics[][MAGIC_SIZE + 1] = {"dex\n035", "dex\n036", "dex\n037", "dex\n038",
                                              "dex\n039"};

struct dex {
    struct ym_mod_scan *s;
    struct ym_mod_object *root;
    struct ym_reader whole;
    struct ym_mod_object *strings, *types, *protos, *field_ids, *method_ids;
    uint32_t n_fields, n_methods;
    bool stopped; /* no budget or no memory is left */
};

/* The names of fields and methods are set by the same code. */
_Static_assert((int)DEX_METHOD_name == (int)DEX_ENCODED_FIELD_name &&
                   (int)DEX_METHOD_class_name == (int)DEX_ENCODED_FIELD_class_name &&
                   (int)DEX_METHOD_proto == (int)DEX_ENCODED_FIELD_proto,
               "a field and a method begin alike");

static struct ym_reader window(const struct dex *d, uint64_t offset) {
    return ym_reader_at(&d->whole, offset, offset > d->whole.len ? 0 : d->whole.len - offset);
}

static bool fits(const struct dex *d, uint64_t offset, uint64_t n) {
    struct ym_reader r = ym_reader_at(&d->whole, offset, n);

    return ym_reader_ok(&r);
}

/* Up to five bytes; what the last has too much is ignored. */
static bool read_uleb(struct ym_reader *r, uint32_t *ret) {
    uint32_t v = 0;

    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t b = ym_get_u8(r);

        v |= (b & 0x7fu) << shift;
        if (b < 0x80) {
            break;
        }
    }
    *ret = v;
    return ym_reader_ok(r);
}

static struct ym_str view_of(struct ym_reader *r, uint64_t n) {
    const uint8_t *p = ym_get_view(r, n);

    return (struct ym_str){p == NULL ? "" : (const char *)p, p == NULL ? 0 : (size_t)n};
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* Little-endian numbers, one a column, into the fields from first on. */
static void read_row(struct ym_mod_object *row, uint32_t first, struct ym_reader *r,
                     const char *columns) {
    for (uint32_t i = 0; columns[i] != '\0'; i++) {
        ym_mod_set_int(row, first + i, columns[i] == '2' ? ym_get_u16le(r) : ym_get_u32le(r));
    }
}

static uint32_t row_size(const char *columns) {
    uint32_t n = 0;

    for (; *columns != '\0'; columns++) {
        n += (uint32_t)(*columns - '0');
    }
    return n;
}

static int64_t header_int(const struct dex *d, uint32_t field) {
    int64_t v = 0;

    (void)ym_mod_int_of(ym_mod_object_of(d->root, DEX_header), field, &v);
    return v;
}

/* NULL: the walk has to end. */
static struct ym_mod_object *append(struct dex *d, struct ym_mod_object *array) {
    struct ym_mod_object *o =
        ym_mod_spend(d->s, 1) ? ym_mod_append_object(d->s, array) : (struct ym_mod_object *)NULL;

    d->stopped = d->stopped || o == NULL;
    return o;
}

static bool load_rows(struct dex *d, struct ym_mod_object *array, uint64_t offset, uint32_t n,
                      const char *columns) {
    struct ym_reader r = window(d, offset);

    for (uint32_t i = 0; i < n; i++) {
        struct ym_mod_object *row;

        if (ym_reader_left(&r) < row_size(columns)) {
            return false;
        }
        row = append(d, array);
        if (row == NULL) {
            return false;
        }
        read_row(row, 0, &r, columns);
    }
    return true;
}

/* The size of a table comes right before its place in the header. */
static bool load_table(struct dex *d, uint32_t size_field, const char *columns,
                       struct ym_mod_object *array) {
    uint32_t n = (uint32_t)header_int(d, size_field);
    uint64_t offset = (uint64_t)header_int(d, size_field + 1);

    if (!fits(d, offset, (uint64_t)n * row_size(columns))) {
        return false;
    }
    ym_mod_reserve(d->s, array, n);
    return load_rows(d, array, offset, n, columns);
}

static void load_header(struct dex *d) {
    struct ym_mod_object *header = ym_mod_make(d->s, d->root, DEX_header);
    struct ym_reader r = d->whole;
    struct ym_str magic = view_of(&r, MAGIC_SIZE);

    ym_mod_set_view(header, DEX_HEADER_magic, magic);
    ym_mod_set_int(header, DEX_HEADER_version, (magic.s[5] - '0') * 10 + magic.s[6] - '0');
    read_row(header, DEX_HEADER_checksum, &r, "4");
    ym_mod_set_view(header, DEX_HEADER_signature, view_of(&r, SIGNATURE_SIZE));
    read_row(header, DEX_HEADER_file_size, &r, "44444444444444444444");
}

/* ---- Strings --------------------------------------------------------------------------------- */

/* The string at offset becomes element i; those that cannot be read leave holes. */
static void load_string(struct dex *d, uint32_t offset, uint32_t i) {
    struct ym_reader r = window(d, offset);
    struct ym_reader text;
    struct ym_mod_object *row;
    uint32_t n;

    if (ym_reader_left(&r) < 4 || !read_uleb(&r, &n)) {
        return;
    }
    text = ym_reader_at(&d->whole, (uint64_t)offset + 1, n);
    if (!ym_reader_ok(&text)) {
        return;
    }
    while (d->strings != NULL && d->strings->n < i && !d->stopped) {
        (void)append(d, d->strings);
    }
    row = append(d, d->strings);
    ym_mod_set_int(row, DEX_STRING_ID_offset, offset);
    ym_mod_set_int(row, DEX_STRING_ID_size, n);
    ym_mod_set_view(row, DEX_STRING_ID_value, view_of(&text, n));
}

static bool load_strings(struct dex *d) {
    uint32_t n = (uint32_t)header_int(d, DEX_HEADER_string_ids_size);
    uint64_t offset = (uint64_t)header_int(d, DEX_HEADER_string_ids_offset);
    struct ym_reader r = window(d, offset);

    if (!fits(d, offset, (uint64_t)n * 4)) {
        return false;
    }
    ym_mod_reserve(d->s, d->strings, n);
    for (uint32_t i = 0; i < n && !d->stopped; i++) {
        load_string(d, ym_get_u32le(&r), i);
    }
    return !d->stopped;
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* An int of row `index` of a table; false: there is none. */
static bool cell(const struct ym_mod_object *table, int64_t index, uint32_t field, int64_t *ret) {
    const struct ym_mod_value v = ym_mod_at(table, index > MAX_INDEX ? -1 : index);

    return v.defined && ym_mod_int_of(v.u.object, field, ret);
}

static void set_string(const struct dex *d, struct ym_mod_object *o, uint32_t field,
                       int64_t index) {
    struct ym_mod_value v = ym_mod_at(d->strings, index > MAX_INDEX ? -1 : index);
    struct ym_str text;

    if (v.defined && ym_mod_text_of(v.u.object, DEX_STRING_ID_value, &text)) {
        ym_mod_set_view(o, field, text);
    }
}

/* The string that a cell of a row names. */
static void set_string_of(const struct dex *d, struct ym_mod_object *o, uint32_t field,
                          const struct ym_mod_object *table, int64_t row, uint32_t column) {
    int64_t index;

    if (cell(table, row, column, &index)) {
        set_string(d, o, field, index);
    }
}

/* ---- Classes --------------------------------------------------------------------------------- */

/* The element at n, the array's length or one less (a rest of 3. in the theory). */
static struct ym_mod_object *element(struct dex *d, struct ym_mod_object *array, uint32_t n) {
    struct ym_mod_value v = ym_mod_at(array, n);

    return v.defined ? v.u.object : append(d, array);
}

/* Reads one from *r; false: the list ends here.  first: a static field, a direct method. */
typedef bool load_one(struct dex *d, struct ym_reader *r, uint32_t *index, bool first);

static bool load_field(struct dex *d, struct ym_reader *r, uint32_t *index, bool first) {
    struct ym_mod_object *o;
    uint32_t diff;
    uint32_t flags;
    int64_t i;

    if (ym_reader_left(r) < FIELD_ROOM || !read_uleb(r, &diff) || !read_uleb(r, &flags)) {
        return false;
    }
    o = element(d, ym_mod_make(d->s, d->root, DEX_field), d->n_fields);
    ym_mod_set_int(o, DEX_ENCODED_FIELD_field_idx_diff, diff);
    ym_mod_set_int(o, DEX_ENCODED_FIELD_access_flags, flags);
    ym_mod_set_int(o, DEX_ENCODED_FIELD_static, first);
    ym_mod_set_int(o, DEX_ENCODED_FIELD_instance, !first);
    *index += diff;
    if (!cell(d->field_ids, *index, DEX_FIELD_ID_name_idx, &i)) {
        return false;
    }
    set_string(d, o, DEX_ENCODED_FIELD_name, i);
    (void)cell(d->field_ids, *index, DEX_FIELD_ID_class_idx, &i);
    set_string_of(d, o, DEX_ENCODED_FIELD_class_name, d->types, i, DEX_TYPE_ID_descriptor_idx);
    (void)cell(d->field_ids, *index, DEX_FIELD_ID_type_idx, &i);
    set_string_of(d, o, DEX_ENCODED_FIELD_proto, d->types, i, DEX_TYPE_ID_descriptor_idx);
    d->n_fields++;
    return true;
}

static void load_code(struct dex *d, struct ym_mod_object *method, uint32_t offset) {
    struct ym_reader r = window(d, offset);
    struct ym_mod_object *o;
    struct ym_reader code;
    int64_t n = 0;

    if (offset == 0 || ym_reader_left(&r) < CODE_ITEM_SIZE) {
        return;
    }
    o = ym_mod_make(d->s, method, DEX_METHOD_code_item);
    read_row(o, DEX_CODE_ITEM_registers_size, &r, "222244");
    (void)ym_mod_int_of(o, DEX_CODE_ITEM_insns_size, &n);
    code = ym_reader_at(&r, CODE_ITEM_SIZE, (uint64_t)n * 2);
    if (ym_reader_ok(&code)) {
        ym_mod_set_view(o, DEX_CODE_ITEM_insns, view_of(&code, (uint64_t)n * 2));
    }
}

static bool load_method(struct dex *d, struct ym_reader *r, uint32_t *index, bool first) {
    struct ym_mod_object *o;
    uint32_t diff;
    uint32_t flags;
    uint32_t code;
    int64_t i;

    if (ym_reader_left(r) < METHOD_ROOM || !read_uleb(r, &diff) || !read_uleb(r, &flags) ||
        !read_uleb(r, &code)) {
        return false;
    }
    o = element(d, ym_mod_make(d->s, d->root, DEX_method), d->n_methods);
    ym_mod_set_int(o, DEX_METHOD_method_idx_diff, diff);
    ym_mod_set_int(o, DEX_METHOD_access_flags, flags);
    ym_mod_set_int(o, DEX_METHOD_code_off, code);
    ym_mod_set_int(o, DEX_METHOD_direct, first);
    ym_mod_set_int(o, DEX_METHOD_virtual, !first);
    *index += diff;
    if (!cell(d->method_ids, *index, DEX_METHOD_ID_name_idx, &i)) {
        return false;
    }
    set_string(d, o, DEX_METHOD_name, i);
    (void)cell(d->method_ids, *index, DEX_METHOD_ID_class_idx, &i);
    set_string_of(d, o, DEX_METHOD_class_name, d->types, i, DEX_TYPE_ID_descriptor_idx);
    (void)cell(d->method_ids, *index, DEX_METHOD_ID_proto_idx, &i);
    set_string_of(d, o, DEX_METHOD_proto, d->protos, i, DEX_PROTO_ID_shorty_idx);
    load_code(d, o, code);
    d->n_methods++;
    return true;
}

/* One that cannot be read ends its list; the next begins where it began. */
static void load_list(struct dex *d, struct ym_reader *r, uint32_t n, load_one *one, bool first) {
    uint32_t index = 0;

    for (uint32_t i = 0; i < n && !d->stopped; i++) {
        struct ym_reader at = *r;

        if (!ym_mod_spend(d->s, COST)) {
            d->stopped = true;
        } else if (!one(d, &at, &index, first)) {
            return;
        } else {
            *r = at;
        }
    }
}

static bool load_class_data(struct dex *d, uint32_t offset) {
    struct ym_reader r = window(d, offset);
    uint32_t sizes[DEX_CLASS_DATA_FIELDS];
    struct ym_mod_object *o;

    if (!fits(d, offset, CLASS_DATA_ROOM)) {
        return false;
    }
    for (unsigned i = 0; i < DEX_CLASS_DATA_FIELDS; i++) {
        if (!read_uleb(&r, &sizes[i])) {
            return false;
        }
    }
    o = append(d, ym_mod_make(d->s, d->root, DEX_class_data_item));
    for (uint32_t i = 0; i < DEX_CLASS_DATA_FIELDS; i++) {
        ym_mod_set_int(o, i, sizes[i]);
    }
    load_list(d, &r, sizes[DEX_CLASS_DATA_static_fields_size], load_field, true);
    load_list(d, &r, sizes[DEX_CLASS_DATA_instance_fields_size], load_field, false);
    load_list(d, &r, sizes[DEX_CLASS_DATA_direct_methods_size], load_method, true);
    load_list(d, &r, sizes[DEX_CLASS_DATA_virtual_methods_size], load_method, false);
    return !d->stopped;
}

static bool load_classes(struct dex *d) {
    static const char columns[] = "44444444";
    struct ym_mod_object *array = ym_mod_make(d->s, d->root, DEX_class_defs);
    uint32_t n = (uint32_t)header_int(d, DEX_HEADER_class_defs_size);
    uint64_t offset = (uint64_t)header_int(d, DEX_HEADER_class_defs_offset);
    struct ym_reader r = window(d, offset);

    if (!fits(d, offset, (uint64_t)n * row_size(columns))) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct ym_mod_object *row = append(d, array);
        int64_t data = 0;

        read_row(row, 0, &r, columns);
        (void)ym_mod_int_of(row, DEX_CLASS_DEF_class_data_offset, &data);
        if (d->stopped || (data != 0 && !load_class_data(d, (uint32_t)data))) {
            return false;
        }
    }
    return true;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static bool load_map(struct dex *d) {
    uint32_t offset = (uint32_t)header_int(d, DEX_HEADER_map_offset);
    struct ym_mod_object *map = ym_mod_make(d->s, d->root, DEX_map_list);
    struct ym_reader r = window(d, offset);
    uint32_t n;

    if (offset == 0 || ym_reader_left(&r) < 4) {
        return true;
    }
    n = ym_get_u32le(&r);
    ym_mod_set_int(map, DEX_MAP_LIST_size, n);
    /* YARA asks only whether the rows would fit a file of this size. */
    return fits(d, 0, 4 + (uint64_t)n * row_size("2244")) &&
           load_rows(d, ym_mod_make(d->s, map, DEX_MAP_LIST_map_item), (uint64_t)offset + 4, n,
                     "2244");
}

static bool load_all(struct dex *d) {
    load_header(d);
    d->strings = ym_mod_make(d->s, d->root, DEX_string_ids);
    d->types = ym_mod_make(d->s, d->root, DEX_type_ids);
    d->protos = ym_mod_make(d->s, d->root, DEX_proto_ids);
    d->field_ids = ym_mod_make(d->s, d->root, DEX_field_ids);
    d->method_ids = ym_mod_make(d->s, d->root, DEX_method_ids);
    return load_strings(d) && load_table(d, DEX_HEADER_type_ids_size, "4", d->types) &&
           load_table(d, DEX_HEADER_proto_ids_size, "444", d->protos) &&
           load_table(d, DEX_HEADER_field_ids_size, "224", d->field_ids) &&
           load_table(d, DEX_HEADER_method_ids_size, "224", d->method_ids) && load_map(d) &&
           load_classes(d);
}

static bool is_dex(const struct ym_mod_scan *s) {
    if (s->size < HEADER_SIZE) {
        return false;
    }
    for (unsigned i = 0; i < YM_MOD_N(magics); i++) {
        if (memcmp(s->data, magics[i], MAGIC_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

static void load(struct ym_mod_scan *s, struct ym_mod_object *root) {
    struct dex d = {.s = s, .root = root};

    for (uint32_t i = 0; i < YM_MOD_N(magics); i++) {
        ym_mod_set_view(root, DEX_DEX_FILE_MAGIC_035 + i, (struct ym_str){magics[i], MAGIC_SIZE});
    }
    ym_mod_set_int(root, DEX_is_dex, is_dex(s));
    ym_reader_init(&d.whole, s->data, s->size);
    if (is_dex(s) && load_all(&d)) {
        ym_mod_set_int(root, DEX_number_of_methods, d.n_methods);
        ym_mod_set_int(root, DEX_number_of_fields, d.n_fields);
    }
}

/* ---- Functions: YARA's ----------------------------------------------------------------------- */

static struct ym_str up_to_nul(struct ym_str t) {
    return (struct ym_str){t.s, strnlen(t.s, t.n)};
}

static bool same(struct ym_str a, struct ym_str b) {
    return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

static bool is_like(struct ym_mod_scan *s, const union ym_mod_arg *want, bool regex,
                    struct ym_str have) {
    return regex ? s->regex(s, want->text, up_to_nul(have))
                 : same(up_to_nul(want->text), up_to_nul(have));
}

/* NULL for what may be anything. */
struct wanted {
    const union ym_mod_arg *class_name, *name;
    bool regex;
};

static bool is_wanted(struct ym_mod_scan *s, const struct ym_mod_object *method,
                      const struct wanted *want) {
    struct ym_str text;

    if (want->class_name != NULL) {
        bool named = ym_mod_text_of(method, DEX_METHOD_class_name, &text);
        bool like = named && is_like(s, want->class_name, want->regex, text);

        if (want->name == NULL || (named && !like)) {
            return like;
        }
    }
    return want->name != NULL && ym_mod_text_of(method, DEX_METHOD_name, &text) &&
           is_like(s, want->name, want->regex, text);
}

static void find_method(struct ym_mod_scan *s, const struct ym_mod_object *root,
                        const struct wanted *want, struct ym_mod_value *ret) {
    const struct ym_mod_object *methods = ym_mod_object_of(root, DEX_method);
    bool found = false;
    int64_t n;

    if (!ym_mod_int_of(root, DEX_number_of_methods, &n)) {
        return;
    }
    for (int64_t i = 0; i < n && !found; i++) {
        struct ym_mod_value method = ym_mod_at(methods, i);

        if (!ym_mod_spend(s, COST)) {
            return;
        }
        found = method.defined && is_wanted(s, method.u.object, want);
    }
    if (found || ym_mod_spend(s, 1)) {
        ym_mod_give_int(ret, found);
    }
}

static void has_method(struct ym_mod_scan *s, struct ym_mod_object *self,
                       const union ym_mod_arg *args, struct ym_mod_value *ret) {
    find_method(s, self, &(struct wanted){.name = &args[0]}, ret);
}

static void has_method_class(struct ym_mod_scan *s, struct ym_mod_object *self,
                             const union ym_mod_arg *args, struct ym_mod_value *ret) {
    find_method(s, self, &(struct wanted){.class_name = &args[0], .name = &args[1]}, ret);
}

static void has_method_regex(struct ym_mod_scan *s, struct ym_mod_object *self,
                             const union ym_mod_arg *args, struct ym_mod_value *ret) {
    find_method(s, self, &(struct wanted){.name = &args[0], .regex = true}, ret);
}

static void has_method_class_regex(struct ym_mod_scan *s, struct ym_mod_object *self,
                                   const union ym_mod_arg *args, struct ym_mod_value *ret) {
    find_method(s, self, &(struct wanted){.class_name = &args[0], .name = &args[1], .regex = true},
                ret);
}

static void has_class(struct ym_mod_scan *s, struct ym_mod_object *self,
                      const union ym_mod_arg *args, struct ym_mod_value *ret) {
    find_method(s, self, &(struct wanted){.class_name = &args[0]}, ret);
}

static void has_class_regex(struct ym_mod_scan *s, struct ym_mod_object *self,
                            const union ym_mod_arg *args, struct ym_mod_value *ret) {
    find_method(s, self, &(struct wanted){.class_name = &args[0], .regex = true}, ret);
}

/* ---- Functions: YARA-X's --------------------------------------------------------------------- */

/* Is this the string of the table, as the format means it (up to its NUL, whatever its length)? */
static bool string_is(const struct dex *d, int64_t index, struct ym_str want) {
    struct ym_reader r;
    uint32_t units;
    int64_t offset;
    struct ym_str have;

    if (!cell(d->strings, index, DEX_STRING_ID_offset, &offset)) {
        return false;
    }
    r = window(d, (uint64_t)offset);
    if (!read_uleb(&r, &units) || ym_reader_left(&r) <= want.n) {
        return false;
    }
    have = view_of(&r, (uint64_t)want.n + 1);
    return have.s[want.n] == '\0' && same((struct ym_str){have.s, want.n}, want);
}

/* Which string does row i of the table at `field` name?  false: none. */
typedef bool string_of_row(const struct dex *d, const struct ym_mod_object *table, int64_t i,
                           int64_t *ret);

static void find_string(struct ym_mod_scan *s, struct ym_mod_object *root, uint32_t field,
                        string_of_row *of_row, struct ym_str want, struct ym_mod_value *ret) {
    const struct ym_mod_object *table = ym_mod_object_of(root, field);
    struct dex d = {.s = s,
                    .root = root,
                    .strings = ym_mod_object_of(root, DEX_string_ids),
                    .types = ym_mod_object_of(root, DEX_type_ids)};
    bool found = false;

    ym_reader_init(&d.whole, s->data, s->size);
    for (int64_t i = 0; table != NULL && i < (int64_t)table->n && !found; i++) {
        int64_t index;

        if (!ym_mod_spend(s, COST)) {
            return;
        }
        found = of_row(&d, table, i, &index) && string_is(&d, index, want);
    }
    ym_mod_give_int(ret, found);
}

static bool row_itself(const struct dex *d, const struct ym_mod_object *table, int64_t i,
                       int64_t *ret) {
    (void)d;
    (void)table;
    *ret = i;
    return true;
}

static bool name_of_method(const struct dex *d, const struct ym_mod_object *table, int64_t i,
                           int64_t *ret) {
    (void)d;
    return cell(table, i, DEX_METHOD_ID_name_idx, ret);
}

static bool name_of_class(const struct dex *d, const struct ym_mod_object *table, int64_t i,
                          int64_t *ret) {
    int64_t type;

    return cell(table, i, DEX_CLASS_DEF_class_idx, &type) &&
           cell(d->types, type, DEX_TYPE_ID_descriptor_idx, ret);
}

static void contains_string(struct ym_mod_scan *s, struct ym_mod_object *self,
                            const union ym_mod_arg *args, struct ym_mod_value *ret) {
    find_string(s, self, DEX_string_ids, row_itself, args[0].text, ret);
}

static void contains_method(struct ym_mod_scan *s, struct ym_mod_object *self,
                            const union ym_mod_arg *args, struct ym_mod_value *ret) {
    find_string(s, self, DEX_method_ids, name_of_method, args[0].text, ret);
}

static void contains_class(struct ym_mod_scan *s, struct ym_mod_object *self,
                           const union ym_mod_arg *args, struct ym_mod_value *ret) {
    find_string(s, self, DEX_class_defs, name_of_class, args[0].text, ret);
}

/* Adler-32 (RFC 1950) of what follows the checksum, as header.checksum should be. */
static void checksum(struct ym_mod_scan *s, struct ym_mod_object *self,
                     const union ym_mod_arg *args, struct ym_mod_value *ret) {
    enum { AT = 12, MODULUS = 65521 };
    uint32_t a = 1;
    uint32_t b = 0;

    (void)self;
    (void)args;
    if (!is_dex(s) || !ym_mod_spend(s, s->size)) {
        return;
    }
    for (size_t i = AT; i < s->size; i++) {
        a = (a + s->data[i]) % MODULUS;
        b = (b + a) % MODULUS;
    }
    ym_mod_give_int(ret, (int64_t)(b << 16 | a));
}

static ym_mod_function *const functions[] = {
    [DEX_FN_HAS_METHOD] = has_method,
    [DEX_FN_HAS_METHOD_CLASS] = has_method_class,
    [DEX_FN_HAS_METHOD_REGEX] = has_method_regex,
    [DEX_FN_HAS_METHOD_CLASS_REGEX] = has_method_class_regex,
    [DEX_FN_HAS_CLASS] = has_class,
    [DEX_FN_HAS_CLASS_REGEX] = has_class_regex,
    [DEX_FN_CONTAINS_STRING] = contains_string,
    [DEX_FN_CONTAINS_METHOD] = contains_method,
    [DEX_FN_CONTAINS_CLASS] = contains_class,
    [DEX_FN_CHECKSUM] = checksum,
};

const struct ym_module_code ym_module_dex_code = {
    .load = load, .functions = functions, .n_functions = YM_MOD_N(functions)};
