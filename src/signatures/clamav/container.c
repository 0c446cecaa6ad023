/* container.c - what ClamAV says about containers and types, to rows of side tables
 * (base/container_rows.h):
 *
 *   .cdb   Name:ContainerType:ContainerSize:FileNameREGEX:FileSizeInContainer:FileSizeReal:
 *          IsEncrypted:FilePos:Res1:Res2[:MinFL[:MaxFL]]
 *   .zmd   Name:IsEncrypted:FileNameREGEX:FileSizeReal:FileSizeInContainer:CRC:Method:FilePos:
 *   .rmd   MaxDepth
 *   .pwdb  Name;Attributes;Kind;Password
 *   .ftm   MagicType:Offset:Magic:Name:RequiredType:Type[:MinFL[:MaxFL]]
 *
 * The order of the tests is the peer's (clamscan 1.4.6).  Res1 and Res2 are not looked at, nor are
 * Method and MaxDepth beyond being numbers. */
#include "clamav_int.h"

#include "base/container_rows.h"
#include "base/ere.h"

#include <string.h>

enum {
    CDB_FIELDS = 12,
    ZMD_FIELDS = 9,
    FTM_FIELDS = 8,
    ERE_MAX = 256 << 10 /* an expression, as it is written for PCRE2 */
};

static bool is_star(struct ym_str s) {
    return s.n == 1 && s.s[0] == '*';
}

static bool is_digits(struct ym_str s) {
    uint64_t value;

    return s.n == 0 || ym_parse_u64(s.s, s.n, &value);
}

static ym_status emit(struct ym_clamav_line *line, ym_table table, const struct ym_table_row *row) {
    struct ym_clamav *ld = line->ld;

    return ld->sink.row(ld->sink.self, table, row, line->err);
}

static void set_text(struct ym_table_row *row, unsigned column, const char *s, size_t n) {
    row->texts[column].s = s;
    row->texts[column].n = (uint32_t)n;
}

/* ---- .cdb .zmd .rmd ------------------------------------------------------------------------ */

/* `*`, n or x-y into two columns. */
static bool range(struct ym_table_row *row, unsigned low, struct ym_str s) {
    const char *dash = s.n == 0 ? NULL : memchr(s.s, '-', s.n);
    uint32_t a;
    uint32_t b;
    size_t n = dash == NULL ? s.n : (size_t)(dash - s.s);

    row->numbers[low] = 0;
    row->numbers[low + 1] = UINT64_MAX;
    if (is_star(s)) {
        return true;
    }
    if (dash != NULL && (n == 0 || n + 1 == s.n)) {
        return false;
    }
    if (!ym_clamav_number(s.s, n, &a)) {
        return false;
    }
    b = a;
    if (dash != NULL && !ym_clamav_number(dash + 1, s.n - n - 1, &b)) {
        return false;
    }
    row->numbers[low] = a;
    row->numbers[low + 1] = b;
    return true;
}

static bool single(struct ym_table_row *row, unsigned low, struct ym_str s) {
    return (s.n == 0 || memchr(s.s, '-', s.n) == NULL) && range(row, low, s);
}

/* The name's expression; only to know that it is one: the engine reads it again. */
static ym_status set_regex(struct ym_clamav_line *line, struct ym_table_row *row,
                           struct ym_str text) {
    static const char caseless[] = "(?i)"; /* the one thing that the peer's library adds */
    const size_t n = sizeof(caseless) - 1;
    const char *why = NULL;
    struct ym_buf scratch;
    ym_status st;

    if (is_star(text)) {
        return YM_OK;
    }
    row->numbers[YM_CONTAINER_N_FLAGS] |= YM_CONTAINER_HAS_REGEX;
    if (text.n > n && memcmp(text.s, caseless, n) == 0) {
        row->numbers[YM_CONTAINER_N_FLAGS] |= YM_CONTAINER_CASELESS;
        text.s += n;
        text.n -= n;
    }
    ym_buf_init(&scratch, ERE_MAX);
    st = ym_ere_translate(text.s, text.n, &scratch, &why);
    ym_buf_done(&scratch);
    if (st == YM_MALFORMED || st == YM_LIMIT) {
        return ym_clamav_bad(line, YM_MALFORMED,
                             why != NULL ? why : "the expression of the file name is too large");
    }
    YM_TRY(st);
    set_text(row, YM_CONTAINER_T_REGEX, text.s, text.n);
    return YM_OK;
}

static struct ym_table_row container_row(struct ym_clamav_line *line) {
    struct ym_table_row row = {.n_numbers = YM_CONTAINER_NUMBERS, .n_texts = YM_CONTAINER_TEXTS};

    row.numbers[YM_CONTAINER_N_TYPE] = YM_CLTYPE_ANY;
    row.numbers[YM_CONTAINER_N_SIZE_HIGH] = UINT64_MAX;
    row.numbers[YM_CONTAINER_N_FLAGS] = line->ld->options.official ? 0 : YM_CONTAINER_UNOFFICIAL;
    row.numbers[YM_CONTAINER_N_LINE] = line->no;
    set_text(&row, YM_CONTAINER_T_REGEX, "", 0);
    set_text(&row, YM_CONTAINER_T_FILE, line->file, strnlen(line->file, YM_TABLE_MAX_TEXT));
    return row;
}

static ym_status set_name(struct ym_clamav_line *line, struct ym_table_row *row,
                          struct ym_str name) {
    name = ym_clamav_name(name);
    if (name.n == 0) {
        return ym_clamav_bad(line, YM_MALFORMED, "no name");
    }
    set_text(row, YM_CONTAINER_T_NAME, name.s, name.n);
    return YM_OK;
}

static ym_status set_type(struct ym_clamav_line *line, struct ym_table_row *row,
                          struct ym_str name) {
    ym_cltype type = is_star(name) ? YM_CLTYPE_ANY : ym_cltype_from_name(name.s, name.n);

    if (type == YM_CLTYPE_COUNT) {
        return ym_clamav_bad(line, YM_MALFORMED, "unknown type of container");
    }
    row->numbers[YM_CONTAINER_N_TYPE] = type;
    return YM_OK;
}

static ym_status set_encrypted(struct ym_clamav_line *line, struct ym_table_row *row,
                               struct ym_str s) {
    bool digit = s.n == 1 && (s.s[0] == '0' || s.s[0] == '1');

    if (!digit && !is_star(s)) {
        return ym_clamav_bad(line, YM_MALFORMED, "encryption is not 0, 1 or *");
    }
    row->numbers[YM_CONTAINER_N_ENCRYPTED] =
        digit ? (uint64_t)(s.s[0] - '0') : (uint64_t)YM_CONTAINER_EITHER;
    return YM_OK;
}

/* May this engine have the line?  OK with *ret_wanted false: left out. */
static ym_status levels(struct ym_clamav_line *line, const struct ym_str *fields, unsigned first,
                        unsigned n, bool *ret_wanted) {
    *ret_wanted = false;
    for (unsigned i = first; i < n; i++) {
        if (!is_digits(fields[i])) {
            return ym_clamav_bad(line, YM_MALFORMED, "functionality level is not a number");
        }
    }
    if ((n > first && ym_clamav_level(fields[first]) > YM_CLAMAV_FLEVEL) ||
        (n > first + 1 && ym_clamav_level(fields[first + 1]) < YM_CLAMAV_FLEVEL)) {
        return ym_clamav_leave_out(line, "functionality level");
    }
    *ret_wanted = true;
    return YM_OK;
}

ym_status ym_clamav_read_cdb(struct ym_clamav_line *line, int kind) {
    struct ym_str f[CDB_FIELDS];
    unsigned n = ym_clamav_split(line, f, CDB_FIELDS);
    struct ym_table_row row = container_row(line);
    bool wanted;

    (void)kind;
    if (n < 10 || n > CDB_FIELDS) {
        return ym_clamav_bad(line, YM_MALFORMED, "not 10 to 12 fields");
    }
    YM_TRY(levels(line, f, 10, n, &wanted));
    if (!wanted) {
        return YM_OK;
    }
    if (ym_clamav_ignored(line, f[0])) {
        return ym_clamav_leave_out(line, "ignored by name");
    }
    YM_TRY(set_name(line, &row, f[0]));
    YM_TRY(set_type(line, &row, f[1]));
    YM_TRY(set_regex(line, &row, f[3]));
    if (!range(&row, YM_CONTAINER_N_SIZE_LOW, f[2]) ||
        !range(&row, YM_CONTAINER_N_PACKED_LOW, f[4]) ||
        !range(&row, YM_CONTAINER_N_REAL_LOW, f[5]) ||
        !range(&row, YM_CONTAINER_N_POSITION_LOW, f[7])) {
        return ym_clamav_bad(line, YM_MALFORMED, "a size or position is not n, x-y or *");
    }
    YM_TRY(set_encrypted(line, &row, f[6]));
    return emit(line, YM_TABLE_CONTAINER, &row);
}

/* The hex digits at the start, as the peer's loader reads them; 0 is not asked. */
static void set_crc(struct ym_table_row *row, struct ym_str s) {
    uint32_t crc = 0;

    for (size_t i = 0; i < s.n && i < 8 && ym_hex_digit(s.s[i]) >= 0; i++) {
        crc = crc << 4 | (uint32_t)ym_hex_digit(s.s[i]);
    }
    row->numbers[YM_CONTAINER_N_CRC] = crc;
}

ym_status ym_clamav_read_metadata(struct ym_clamav_line *line, int kind) {
    struct ym_str f[ZMD_FIELDS];
    unsigned n = ym_clamav_split(line, f, ZMD_FIELDS);
    struct ym_table_row row = container_row(line);
    struct ym_table_row unused = row;

    if (n != ZMD_FIELDS) {
        return ym_clamav_bad(line, YM_MALFORMED, "not 9 fields");
    }
    if (ym_clamav_ignored(line, f[0])) {
        return ym_clamav_leave_out(line, "ignored by name");
    }
    YM_TRY(set_name(line, &row, f[0]));
    row.numbers[YM_CONTAINER_N_TYPE] = (uint64_t)kind;
    YM_TRY(set_regex(line, &row, f[2]));
    if (f[1].n == 1 && f[1].s[0] == '2') { /* written out, as the peer keeps it */
        f[1] = (struct ym_str){"*", 1};
    }
    YM_TRY(set_encrypted(line, &row, f[1]));
    if (!single(&row, YM_CONTAINER_N_REAL_LOW, f[3]) ||
        !single(&row, YM_CONTAINER_N_PACKED_LOW, f[4]) ||
        !single(&row, YM_CONTAINER_N_POSITION_LOW, f[7]) ||
        !single(&unused, YM_CONTAINER_N_SIZE_LOW, f[6]) ||
        !single(&unused, YM_CONTAINER_N_SIZE_LOW, f[8])) {
        return ym_clamav_bad(line, YM_MALFORMED,
                             "a size, method, position or depth is not a number or *");
    }
    set_crc(&row, f[5]);
    return emit(line, YM_TABLE_CONTAINER, &row);
}

/* ---- .pwdb --------------------------------------------------------------------------------- */

struct attributes {
    bool has_level;
    uint32_t low, high; /* functionality levels */
    ym_cltype container;
};

static bool key_is(struct ym_str s, const char *key, struct ym_str *ret_value) {
    size_t n = strlen(key);

    if (s.n <= n || memcmp(s.s, key, n) != 0 || s.s[n] != ':') {
        return false;
    }
    *ret_value = (struct ym_str){s.s + n + 1, s.n - n - 1};
    return true;
}

static bool two_numbers(struct ym_str s, uint32_t *ret_low, uint32_t *ret_high) {
    const char *dash = memchr(s.s, '-', s.n);
    size_t n = dash == NULL ? 0 : (size_t)(dash - s.s);

    return dash != NULL && ym_parse_u32(s.s, n, ret_low) &&
           ym_parse_u32(dash + 1, s.n - n - 1, ret_high);
}

/* One Key:Value.  What says something about the file, and not about the archive, is read and has no
 * meaning here, as in the peer. */
static ym_status attribute(struct ym_clamav_line *line, struct ym_str s, struct attributes *a,
                           const char **ret_leave_out) {
    struct ym_str value;
    uint32_t low;
    uint32_t high;

    if (key_is(s, "Engine", &value)) {
        a->has_level = true;
        return two_numbers(value, &a->low, &a->high)
                   ? YM_OK
                   : ym_clamav_bad(line, YM_MALFORMED, "Engine is not min-max");
    }
    if (key_is(s, "Target", &value)) {
        return is_digits(value) && value.n > 0
                   ? YM_OK
                   : ym_clamav_bad(line, YM_MALFORMED, "Target is not a number");
    }
    if (key_is(s, "FileSize", &value) || key_is(s, "EntryPoint", &value) ||
        key_is(s, "NumberOfSections", &value)) {
        return two_numbers(value, &low, &high)
                   ? YM_OK
                   : ym_clamav_bad(line, YM_MALFORMED, "a range is not min-max");
    }
    if (key_is(s, "Container", &value)) {
        a->container = ym_cltype_from_name(value.s, value.n);
        if (!a->has_level) {
            return ym_clamav_bad(line, YM_MALFORMED, "Container without Engine before it");
        }
        if (a->container == YM_CLTYPE_COUNT) {
            *ret_leave_out = "unknown type in Container";
        }
        return YM_OK;
    }
    if (s.n == 0 || memchr(s.s, ':', s.n) == NULL) {
        return ym_clamav_bad(line, YM_MALFORMED, "an attribute is not Key:Value");
    }
    *ret_leave_out = "unknown attribute";
    return YM_OK;
}

static ym_status read_attributes(struct ym_clamav_line *line, struct ym_str text,
                                 struct attributes *a, const char **ret_leave_out) {
    struct ym_fields fields;
    struct ym_str s;

    ym_fields_init(&fields, text.s, text.n, ',');
    while (ym_fields_next(&fields, &s) && *ret_leave_out == NULL) {
        YM_TRY(attribute(line, s, a, ret_leave_out));
    }
    if (*ret_leave_out == NULL && a->has_level &&
        (a->low > YM_CLAMAV_FLEVEL || a->high < YM_CLAMAV_FLEVEL)) {
        *ret_leave_out = "functionality level";
    }
    if (*ret_leave_out == NULL && a->container != YM_CLTYPE_ANY && a->container != YM_CLTYPE_ZIP &&
        a->container != YM_CLTYPE_RAR) {
        return ym_clamav_bad(line, YM_MALFORMED, "Container is not CL_TYPE_ANY, _ZIP or _RAR");
    }
    return YM_OK;
}

/* The bytes of the password, in the line or in its arena. */
static ym_status password(struct ym_clamav_line *line, struct ym_str kind, struct ym_str text,
                          struct ym_str *ret_bytes) {
    uint32_t number;
    uint8_t *bytes;

    if (kind.n == 0 || !ym_parse_u32(kind.s, kind.n, &number) || number > 1) {
        return ym_clamav_bad(line, YM_MALFORMED, "the kind of password is not 0 or 1");
    }
    *ret_bytes = text;
    if (number == 0) {
        return YM_OK;
    }
    bytes = ym_arena_zalloc(line->ld->arena, text.n / 2 + 1, 1);
    if (bytes == NULL) {
        return ym_arena_status(line->ld->arena);
    }
    if (text.n % 2 != 0 || !ym_hex_decode(text.s, text.n / 2, bytes)) {
        return ym_clamav_bad(line, YM_MALFORMED, "the password is not hex digits");
    }
    *ret_bytes = (struct ym_str){(const char *)bytes, text.n / 2};
    return YM_OK;
}

static ym_status read_pwdb(struct ym_clamav_line *line) {
    struct attributes a = {.container = YM_CLTYPE_ANY};
    struct ym_table_row row = {.n_numbers = YM_PASSWORD_NUMBERS, .n_texts = YM_PASSWORD_TEXTS};
    const char *leave_out = NULL;
    struct ym_fields fields;
    struct ym_str f[4];
    struct ym_str bytes = {"", 0};

    ym_fields_init(&fields, line->s, line->n, ';');
    for (unsigned i = 0; i < 4; i++) {
        if (!ym_fields_next(&fields, &f[i])) {
            return ym_clamav_bad(line, YM_MALFORMED, "not 4 fields");
        }
    }
    if (ym_clamav_ignored(line, f[0])) {
        return ym_clamav_leave_out(line, "ignored by name");
    }
    YM_TRY(read_attributes(line, f[1], &a, &leave_out));
    if (leave_out != NULL) {
        return ym_clamav_leave_out(line, leave_out);
    }
    YM_TRY(password(line, f[2], f[3], &bytes));
    if (bytes.n > 0 && memchr(bytes.s, '\0', bytes.n) != NULL) {
        line->ld->rows_of_file++;
        return ym_clamav_leave_out(line, "password with a NUL byte");
    }
    row.numbers[YM_PASSWORD_N_TYPE] = a.container;
    set_text(&row, YM_PASSWORD_T_NAME, f[0].s, f[0].n);
    set_text(&row, YM_PASSWORD_T_PASSWORD, bytes.s, bytes.n);
    line->ld->rows_of_file++;
    return emit(line, YM_TABLE_PASSWORD, &row);
}

ym_status ym_clamav_read_pwdb(struct ym_clamav_line *line, int kind) {
    ym_status st = read_pwdb(line);

    (void)kind;
    ym_arena_reset(line->ld->arena);
    return st;
}

/* ---- .ftm ---------------------------------------------------------------------------------- */

static ym_status direct_magic(struct ym_clamav_line *line, const struct ym_str *f,
                              struct ym_table_row *row) {
    uint32_t offset;
    uint8_t *bytes = ym_arena_zalloc(line->ld->arena, f[2].n / 2 + 1, 1);

    if (bytes == NULL) {
        return ym_arena_status(line->ld->arena);
    }
    if (!ym_clamav_number(f[1].s, f[1].n, &offset)) {
        return ym_clamav_bad(line, YM_MALFORMED, "offset is not a number");
    }
    if (f[2].n % 2 != 0 || !ym_hex_decode(f[2].s, f[2].n / 2, bytes)) {
        return ym_clamav_bad(line, YM_MALFORMED, "magic is not hex digits");
    }
    row->numbers[YM_FILETYPE_N_OFFSET] = offset;
    set_text(row, YM_FILETYPE_T_BYTES, (const char *)bytes, f[2].n / 2);
    return emit(line, YM_TABLE_FILETYPE, row);
}

/* The pattern becomes a rule that only the engine's question about types reaches. */
static ym_status head_magic(struct ym_clamav_line *line, const struct ym_str *f,
                            struct ym_table_row *row) {
    struct ym_clamav *ld = line->ld;
    struct ym_clamav_offset offset;
    struct ym_clamav_body body;
    struct ym_pattern pattern = {.n_variants = 1};
    struct ym_rule rule = {
        .lang = YM_LANG_CLAMAV, .target = YM_TARGET_INTERNAL, .file = line->file, .line = line->no};
    uint32_t id;

    YM_TRY(ym_clamav_parse_offset(line, f[1], YM_TARGET_ANY, &offset));
    YM_TRY(ym_clamav_parse_hex(line, f[2], YM_TARGET_ANY, &offset, 0, &body));
    if (offset.is_macro || offset.place.kind == YM_PLACE_EOF) {
        return ym_clamav_leave_out(line, "type by a pattern that is not placed from the start");
    }
    if (body.impossible) {
        return ym_clamav_leave_out(line, "pattern that nothing can match");
    }
    rule.name = ym_arena_printf(ld->arena, YM_FILETYPE_RULE "%u:%u",
                                (unsigned)row->numbers[YM_FILETYPE_N_FROM],
                                (unsigned)row->numbers[YM_FILETYPE_N_TYPE]);
    if (rule.name == NULL) {
        return ym_arena_status(ld->arena);
    }
    pattern.variants[0].body = body.nodes;
    pattern.place = offset.place;
    rule.patterns = &pattern;
    rule.n_patterns = 1;
    YM_TRY(ld->sink.rule(ld->sink.self, &rule, &id, line->err));
    set_text(row, YM_FILETYPE_T_BYTES, "", 0);
    return emit(line, YM_TABLE_FILETYPE, row);
}

static ym_status read_types(struct ym_clamav_line *line, const struct ym_str *f,
                            struct ym_table_row *row) {
    ym_cltype from = ym_cltype_from_name(f[4].s, f[4].n);
    ym_cltype type = ym_cltype_from_name(f[5].s, f[5].n);

    if (from == YM_CLTYPE_COUNT || type == YM_CLTYPE_COUNT || from == YM_CLTYPE_ERROR ||
        type == YM_CLTYPE_ERROR) {
        return ym_clamav_bad(line, YM_MALFORMED, "unknown type of file");
    }
    row->numbers[YM_FILETYPE_N_FROM] = from;
    row->numbers[YM_FILETYPE_N_TYPE] = type;
    return YM_OK;
}

static ym_status read_ftm(struct ym_clamav_line *line) {
    struct ym_str f[FTM_FIELDS];
    unsigned n = ym_clamav_split(line, f, FTM_FIELDS);
    struct ym_table_row row = {.n_numbers = YM_FILETYPE_NUMBERS, .n_texts = YM_FILETYPE_TEXTS};
    uint32_t magic;
    bool wanted;

    if (n < 6 || n > FTM_FIELDS) {
        return ym_clamav_bad(line, YM_MALFORMED, "not 6 to 8 fields");
    }
    YM_TRY(levels(line, f, 6, n, &wanted));
    if (!wanted) {
        return YM_OK;
    }
    YM_TRY(read_types(line, f, &row));
    if (!ym_clamav_number(f[0].s, f[0].n, &magic)) {
        return ym_clamav_bad(line, YM_MALFORMED, "the kind of magic is not a number");
    }
    row.numbers[YM_FILETYPE_N_MAGIC] = magic;
    switch (magic) {
    case YM_FILETYPE_DIRECT:
        line->ld->rows_of_file++;
        return direct_magic(line, f, &row);
    case YM_FILETYPE_HEAD:
        line->ld->rows_of_file++;
        return head_magic(line, f, &row);
    case 4:
        line->ld->rows_of_file++;
        return ym_clamav_leave_out(line, "type of a partition");
    default:
        return ym_clamav_leave_out(line, "unknown kind of magic");
    }
}

ym_status ym_clamav_read_ftm(struct ym_clamav_line *line, int kind) {
    ym_status st = read_ftm(line);

    (void)kind;
    ym_arena_reset(line->ld->arena);
    return st;
}
