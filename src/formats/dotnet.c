/* dotnet.c - CLI metadata.  See dotnet.h.
 *
 * From the PE's directory 14 to the CLI header, from there to the metadata root, behind which lie the
 * headers of the streams.  A row of the stream of tables has cells of 2 or 4 bytes: numbers, offsets
 * into heaps (4 when the heap is large), and rows of one table or, coded in the low bits, of one of
 * several (4 when the largest of them has more rows than the other bits can count).  So tables can
 * only be placed one after the other, and what is not understood ends the reading: those before are
 * there, those behind are not, and the metadata is not `complete`.
 *
 * Where YARA 4.5 is not ECMA-335, it is followed (facts read in libyara's dotnet.c):
 *   - the number of streams is a byte; a stream's name may be followed by anything ("#Strings2" is
 *     the heap of strings); the first heap of a kind counts, of GUIDs the last
 *   - the table of pointers to parameters (7) and those of debug information end the reading, as do
 *     more than YM_CLI_MAX_ROWS rows
 *   - two kinds of coded cells leave tables out when they are sized: MemberRefParent TypeDef,
 *     HasCustomAttribute DeclSecurity
 *   - the first row of Module and Assembly is read whatever their count is; a table of these
 *     whose first row is past the end of the file takes no room
 *   - a row of Module, ModuleRef or FieldRVA has to have the room of the widest cells
 *   - strings and blobs may lie behind their heap, in the file */
#include "formats/dotnet.h"

#include <stdlib.h>
#include <string.h>

#define MODULE "formats/dotnet"

enum {
    DIRECTORY = 14, /* of the PE: the CLI header */
    N_DIRECTORIES_64_AT = 108,
    CLI_HEADER_SIZE = 72,
    ROOT_MAGIC = 0x424a5342, /* "BSJB" */
    ROOT_SIZE = 16,          /* before the version */
    MAX_VERSION = 255,
    STREAM_NAME_MAX = 32,
    LARGE_STRINGS = 0x01, /* of the sizes of heaps */
    LARGE_GUIDS = 0x02,
    LARGE_BLOBS = 0x04,
    EXTRA_DATA = 0x40, /* four bytes behind the counts of rows */
    VALID_BITS = 64
};

/* ---- The columns ---------------------------------------------------------------------------- */

typedef enum coded_kind {
    TYPE_DEF_OR_REF,
    HAS_CONSTANT,
    HAS_CUSTOM_ATTRIBUTE,
    HAS_FIELD_MARSHAL,
    HAS_DECL_SECURITY,
    MEMBER_REF_PARENT,
    HAS_SEMANTICS,
    METHOD_DEF_OR_REF,
    MEMBER_FORWARDED,
    IMPLEMENTATION,
    CUSTOM_ATTRIBUTE_TYPE,
    RESOLUTION_SCOPE,
    TYPE_OR_METHOD_DEF
} coded_kind;

#define BIT(table) (UINT64_C(1) << YM_CLI_##table)

/* Bits of the tag, and the tables that it tells apart. */
static const struct {
    unsigned tag;
    uint64_t tables;
} coded[] = {
    [TYPE_DEF_OR_REF] = {2, BIT(TYPEDEF) | BIT(TYPEREF) | BIT(TYPESPEC)},
    [HAS_CONSTANT] = {2, BIT(FIELD) | BIT(PARAM) | BIT(PROPERTY)},
    [HAS_CUSTOM_ATTRIBUTE] = {5, BIT(METHODDEF) | BIT(FIELD) | BIT(TYPEREF) | BIT(TYPEDEF) |
                                     BIT(PARAM) | BIT(INTERFACEIMPL) | BIT(MEMBERREF) |
                                     BIT(MODULE) | BIT(PROPERTY) | BIT(EVENT) | BIT(STANDALONESIG) |
                                     BIT(MODULEREF) | BIT(TYPESPEC) | BIT(ASSEMBLY) |
                                     BIT(ASSEMBLYREF) | BIT(FILE) | BIT(EXPORTEDTYPE) |
                                     BIT(MANIFESTRESOURCE) | BIT(GENERICPARAM) |
                                     BIT(GENERICPARAMCONSTRAINT) | BIT(METHODSPEC)},
    [HAS_FIELD_MARSHAL] = {1, BIT(FIELD) | BIT(PARAM)},
    [HAS_DECL_SECURITY] = {2, BIT(TYPEDEF) | BIT(METHODDEF) | BIT(ASSEMBLY)},
    [MEMBER_REF_PARENT] = {3, BIT(TYPEREF) | BIT(MODULEREF) | BIT(METHODDEF) | BIT(TYPESPEC)},
    [HAS_SEMANTICS] = {1, BIT(EVENT) | BIT(PROPERTY)},
    [METHOD_DEF_OR_REF] = {1, BIT(METHODDEF) | BIT(MEMBERREF)},
    [MEMBER_FORWARDED] = {1, BIT(FIELD) | BIT(METHODDEF)},
    [IMPLEMENTATION] = {2, BIT(FILE) | BIT(ASSEMBLYREF) | BIT(EXPORTEDTYPE)},
    [CUSTOM_ATTRIBUTE_TYPE] = {3, BIT(METHODDEF) | BIT(MEMBERREF)},
    [RESOLUTION_SCOPE] = {2, BIT(MODULE) | BIT(MODULEREF) | BIT(ASSEMBLYREF) | BIT(TYPEREF)},
    [TYPE_OR_METHOD_DEF] = {1, BIT(TYPEDEF) | BIT(METHODDEF)},
};

enum { NONE, U16, U32, STRING, GUID, BLOB, ROW_OF = 0x40, CODED = 0x80 };

#define OF(table) (ROW_OF | YM_CLI_##table)
#define CO(kind) (CODED | (kind))

static const uint8_t columns[YM_CLI_TABLES][YM_CLI_MAX_COLUMNS] = {
    [YM_CLI_MODULE] = {U16, STRING, GUID, GUID, GUID},
    [YM_CLI_TYPEREF] = {CO(RESOLUTION_SCOPE), STRING, STRING},
    [YM_CLI_TYPEDEF] = {U32, STRING, STRING, CO(TYPE_DEF_OR_REF), OF(FIELD), OF(METHODDEF)},
    [YM_CLI_FIELDPTR] = {OF(FIELD)},
    [YM_CLI_FIELD] = {U16, STRING, BLOB},
    [YM_CLI_METHODPTR] = {OF(METHODDEF)},
    [YM_CLI_METHODDEF] = {U32, U16, U16, STRING, BLOB, OF(PARAM)},
    [YM_CLI_PARAM] = {U16, U16, STRING},
    [YM_CLI_INTERFACEIMPL] = {OF(TYPEDEF), CO(TYPE_DEF_OR_REF)},
    [YM_CLI_MEMBERREF] = {CO(MEMBER_REF_PARENT), STRING, BLOB},
    [YM_CLI_CONSTANT] = {U16, CO(HAS_CONSTANT), BLOB},
    [YM_CLI_CUSTOMATTRIBUTE] = {CO(HAS_CUSTOM_ATTRIBUTE), CO(CUSTOM_ATTRIBUTE_TYPE), BLOB},
    [YM_CLI_FIELDMARSHAL] = {CO(HAS_FIELD_MARSHAL), BLOB},
    [YM_CLI_DECLSECURITY] = {U16, CO(HAS_DECL_SECURITY), BLOB},
    [YM_CLI_CLASSLAYOUT] = {U16, U32, OF(TYPEDEF)},
    [YM_CLI_FIELDLAYOUT] = {U32, OF(FIELD)},
    [YM_CLI_STANDALONESIG] = {BLOB},
    [YM_CLI_EVENTMAP] = {OF(TYPEDEF), OF(EVENT)},
    [YM_CLI_EVENTPTR] = {OF(EVENT)},
    [YM_CLI_EVENT] = {U16, STRING, CO(TYPE_DEF_OR_REF)},
    [YM_CLI_PROPERTYMAP] = {OF(TYPEDEF), OF(PROPERTY)},
    [YM_CLI_PROPERTYPTR] = {OF(PROPERTY)},
    [YM_CLI_PROPERTY] = {U16, STRING, BLOB},
    [YM_CLI_METHODSEMANTICS] = {U16, OF(METHODDEF), CO(HAS_SEMANTICS)},
    [YM_CLI_METHODIMPL] = {OF(TYPEDEF), CO(METHOD_DEF_OR_REF), CO(METHOD_DEF_OR_REF)},
    [YM_CLI_MODULEREF] = {STRING},
    [YM_CLI_TYPESPEC] = {BLOB},
    [YM_CLI_IMPLMAP] = {U16, CO(MEMBER_FORWARDED), STRING, OF(MODULEREF)},
    [YM_CLI_FIELDRVA] = {U32, OF(FIELD)},
    [YM_CLI_ENCLOG] = {U32, U32},
    [YM_CLI_ENCMAP] = {U32},
    [YM_CLI_ASSEMBLY] = {U32, U16, U16, U16, U16, U32, BLOB, STRING, STRING},
    [YM_CLI_ASSEMBLYPROCESSOR] = {U32},
    [YM_CLI_ASSEMBLYOS] = {U32, U32, U32},
    [YM_CLI_ASSEMBLYREF] = {U16, U16, U16, U16, U32, BLOB, STRING, STRING, BLOB},
    [YM_CLI_ASSEMBLYREFPROCESSOR] = {U32, OF(ASSEMBLYREF)},
    [YM_CLI_ASSEMBLYREFOS] = {U32, U32, U32, OF(ASSEMBLYREF)},
    [YM_CLI_FILE] = {U32, STRING, BLOB},
    [YM_CLI_EXPORTEDTYPE] = {U32, U32, STRING, STRING, CO(IMPLEMENTATION)},
    [YM_CLI_MANIFESTRESOURCE] = {U32, U32, STRING, CO(IMPLEMENTATION)},
    [YM_CLI_NESTEDCLASS] = {OF(TYPEDEF), OF(TYPEDEF)},
    [YM_CLI_GENERICPARAM] = {U16, U16, CO(TYPE_OR_METHOD_DEF), STRING},
    [YM_CLI_METHODSPEC] = {CO(METHOD_DEF_OR_REF), BLOB},
    [YM_CLI_GENERICPARAMCONSTRAINT] = {OF(GENERICPARAM), CO(TYPE_DEF_OR_REF)},
};

/* ---- Placing the tables --------------------------------------------------------------------- */

struct layout {
    uint8_t heap_sizes;
    uint64_t valid;            /* a bit each table that is there */
    uint32_t rows[VALID_BITS]; /* as they are counted, however many */
    bool counted[VALID_BITS];  /* the count lies in the stream */
};

static uint8_t large_if(bool large) {
    return large ? 4 : 2;
}

static uint8_t coded_size(const struct layout *l, unsigned kind) {
    const uint32_t most = UINT32_C(0xffff) >> coded[kind].tag;
    bool large = false;

    for (unsigned t = 0; t < YM_CLI_TABLES; t++) {
        large = large || ((coded[kind].tables >> t & 1) != 0 && l->rows[t] > most);
    }
    return large_if(large);
}

static uint8_t cell_size(const struct layout *l, uint8_t column) {
    if (column >= CODED) {
        return coded_size(l, column - (unsigned)CODED);
    }
    if (column >= ROW_OF) {
        return large_if(l->rows[column - ROW_OF] > 0xffff);
    }
    switch (column) {
    case U16:
        return 2;
    case STRING:
        return large_if((l->heap_sizes & LARGE_STRINGS) != 0);
    case GUID:
        return large_if((l->heap_sizes & LARGE_GUIDS) != 0);
    case BLOB:
        return large_if((l->heap_sizes & LARGE_BLOBS) != 0);
    default:
        return 4;
    }
}

static const uint8_t least_room[YM_CLI_TABLES] = {
    [YM_CLI_MODULE] = 18, [YM_CLI_MODULEREF] = 4, [YM_CLI_FIELDRVA] = 8};

/* Where it begins, how its rows are made; returns where the next one begins. */
static uint64_t place_table(struct ym_cli *cli, const struct layout *l, unsigned table,
                            uint64_t at) {
    const bool single = table == YM_CLI_MODULE || table == YM_CLI_ASSEMBLY;
    struct ym_cli_rows t = {.there = true, .n_rows = l->rows[table], .offset = at};
    struct ym_reader first;

    for (unsigned c = 0; c < YM_CLI_MAX_COLUMNS && columns[table][c] != NONE; c++) {
        t.cell_size[c] = cell_size(l, columns[table][c]);
        t.row_size += t.cell_size[c];
    }
    t.room = t.row_size > least_room[table] ? t.row_size : least_room[table];
    first = ym_reader_at(&cli->pe.whole, at, t.room);
    if (single && !ym_reader_ok(&first)) {
        return at;
    }
    at += (uint64_t)t.row_size * t.n_rows;
    if (single && t.n_rows == 0) {
        t.n_rows = 1;
    }
    cli->tables[table] = t;
    return at;
}

static void place_tables(struct ym_cli *cli, const struct layout *l, uint64_t at) {
    for (unsigned t = 0; t < VALID_BITS; t++) {
        if ((l->valid >> t & 1) == 0) {
            continue;
        }
        if (!l->counted[t] || l->rows[t] > YM_CLI_MAX_ROWS || t >= YM_CLI_TABLES ||
            columns[t][0] == NONE) {
            return;
        }
        at = place_table(cli, l, t, at);
    }
    cli->complete = true;
}

static void read_tables(struct ym_cli *cli) {
    const struct ym_cli_stream *stream = cli->heap[YM_CLI_HEAP_TABLES];
    const uint64_t end = stream->offset + stream->size;
    struct ym_reader r = cli->pe.whole;
    struct layout l = {0};

    ym_seek(&r, stream->offset);
    ym_skip(&r, 6); /* reserved, version */
    l.heap_sizes = ym_get_u8(&r);
    ym_skip(&r, 1);
    l.valid = ym_get_u64le(&r);
    ym_skip(&r, 8); /* which are sorted */
    for (unsigned t = 0; t < VALID_BITS; t++) {
        if ((l.valid >> t & 1) != 0) {
            const uint32_t n = ym_get_u32le(&r);

            l.counted[t] = ym_reader_offset(&r) <= end;
            l.rows[t] = l.counted[t] ? n : 0;
        }
    }
    if (ym_reader_ok(&r)) {
        place_tables(cli, &l, r.pos + ((l.heap_sizes & EXTRA_DATA) != 0 ? 4 : 0));
    }
}

/* ---- Header and streams --------------------------------------------------------------------- */

static void keep_heap(struct ym_cli *cli, const struct ym_cli_stream *s) {
    static const struct {
        const char *prefix;
        ym_cli_heap heap;
        bool last;
    } names[] = {
        {"#~", YM_CLI_HEAP_TABLES, false},  {"#-", YM_CLI_HEAP_TABLES, false},
        {"#GUID", YM_CLI_HEAP_GUID, true},  {"#Strings", YM_CLI_HEAP_STRINGS, false},
        {"#Blob", YM_CLI_HEAP_BLOB, false}, {"#US", YM_CLI_HEAP_US, false},
    };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const size_t n = strlen(names[i].prefix);

        if (s->name.n >= n && memcmp(s->name.s, names[i].prefix, n) == 0 &&
            (names[i].last || cli->heap[names[i].heap] == NULL)) {
            cli->heap[names[i].heap] = s;
        }
    }
}

/* Moves r behind the header; false: there is none. */
static bool read_stream(struct ym_reader *r, uint64_t root, struct ym_cli_stream *ret_stream) {
    const uint64_t offset = root + ym_get_u32le(r);
    const uint32_t size = ym_get_u32le(r);
    const size_t at = r->pos;
    const char *name = (const char *)ym_get_view(r, STREAM_NAME_MAX);
    const char *end = name == NULL ? NULL : memchr(name, 0, STREAM_NAME_MAX);

    if (end == NULL) {
        return false;
    }
    *ret_stream = (struct ym_cli_stream){{name, (size_t)(end - name)}, offset, size};
    ym_seek(r, at + (ret_stream->name.n / 4 + 1) * 4); /* its zero, and up to four */
    return true;
}

/* r: behind the version. */
static ym_status read_streams(struct ym_cli *cli, struct ym_reader *r, uint64_t root,
                              struct ym_arena *arena) {
    uint8_t n;

    ym_skip(r, 2);
    n = ym_get_u8(r);
    ym_skip(r, 1);
    if (!ym_reader_ok(r)) {
        return YM_OK;
    }
    cli->has_streams = true;
    cli->streams = YM_ARENA_ARRAY(arena, n, struct ym_cli_stream);
    if (n > 0 && cli->streams == NULL) {
        return ym_arena_status(arena);
    }
    while (cli->n_streams < n && read_stream(r, root, &cli->streams[cli->n_streams])) {
        keep_heap(cli, &cli->streams[cli->n_streams++]);
    }
    return YM_OK;
}

/* Only of 64-bit files the count is believed, and one too few is enough. */
static bool too_few_directories(const struct ym_pe_yara *pe) {
    struct ym_reader r = pe->whole;

    ym_seek(&r, pe->optional_at + N_DIRECTORIES_64_AT);
    return pe->is64 && ym_get_u32le(&r) < DIRECTORY;
}

/* The offset of the metadata root; false: no .NET. */
static bool find_root(struct ym_cli *cli, uint64_t *ret_root) {
    struct ym_reader r = cli->pe.whole;
    uint64_t at;
    uint32_t size;
    uint32_t rva;
    uint32_t root_rva;

    ym_pe_yara_directory(&cli->pe, DIRECTORY, &rva, &size);
    if (too_few_directories(&cli->pe) || !ym_pe_yara_offset(&cli->pe, rva, &at)) {
        return false;
    }
    r = ym_reader_at(&r, at, CLI_HEADER_SIZE);
    size = ym_get_u32le(&r);
    ym_skip(&r, 4); /* version of the runtime */
    root_rva = ym_get_u32le(&r);
    ym_skip(&r, 4 + 4 + 4); /* size, flags, entry point */
    cli->resources_rva = ym_get_u32le(&r);
    return ym_reader_ok(&r) && size == CLI_HEADER_SIZE &&
           ym_pe_yara_offset(&cli->pe, root_rva, ret_root);
}

/* Moves r behind the version. */
static bool read_root(struct ym_cli *cli, struct ym_reader *r, uint64_t root) {
    uint32_t magic;
    uint32_t length;
    const char *version;
    const char *end;

    ym_seek(r, root);
    magic = ym_get_u32le(r);
    ym_skip(r, ROOT_SIZE - 8);
    length = ym_get_u32le(r);
    if (magic != ROOT_MAGIC || length == 0 || length > MAX_VERSION || length % 4 != 0) {
        return false;
    }
    version = (const char *)ym_get_view(r, length);
    end = version == NULL ? NULL : memchr(version, 0, length);
    if (end != NULL) {
        cli->version = (struct ym_str){version, (size_t)(end - version)};
    }
    return version != NULL;
}

ym_status ym_cli_open(struct ym_reader whole, struct ym_arena *arena, struct ym_cli *ret_cli,
                      struct ym_err *err) {
    struct ym_cli cli = {.n_streams = 0};
    struct ym_reader r = whole;
    uint64_t root;

    if (!ym_pe_yara_open(whole, &cli.pe)) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, 0, "not a PE file");
    }
    if (!find_root(&cli, &root) || !read_root(&cli, &r, root)) {
        return ym_fail(err, YM_MALFORMED, MODULE, ym_reader_offset(&r), "no CLI metadata");
    }
    YM_TRY(read_streams(&cli, &r, root, arena));
    if (cli.heap[YM_CLI_HEAP_TABLES] != NULL && cli.heap[YM_CLI_HEAP_STRINGS] != NULL &&
        cli.heap[YM_CLI_HEAP_BLOB] != NULL) {
        read_tables(&cli);
    }
    *ret_cli = cli;
    return YM_OK;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

bool ym_cli_row_get(const struct ym_cli *cli, ym_cli_table table, uint32_t row,
                    struct ym_cli_row *ret_row) {
    const struct ym_cli_rows *t = &cli->tables[table];
    struct ym_cli_row out = {{0}};
    struct ym_reader r;

    if (!t->there || row == 0 || row > t->n_rows) {
        return false;
    }
    r = ym_reader_at(&cli->pe.whole, t->offset + (uint64_t)t->row_size * (row - 1), t->room);
    for (unsigned c = 0; c < YM_CLI_MAX_COLUMNS && t->cell_size[c] != 0; c++) {
        out.cell[c] = t->cell_size[c] == 2 ? ym_get_u16le(&r) : ym_get_u32le(&r);
    }
    if (!ym_reader_ok(&r)) {
        return false;
    }
    *ret_row = out;
    return true;
}

static int by_number(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

ym_status ym_cli_index_make(const struct ym_cli *cli, ym_cli_table table, unsigned column,
                            struct ym_arena *arena, struct ym_cli_index *ret_index) {
    struct ym_cli_index index = {.rows =
                                     YM_ARENA_ARRAY(arena, cli->tables[table].n_rows, uint64_t)};
    struct ym_cli_row row;

    if (cli->tables[table].n_rows > 0 && index.rows == NULL) {
        return ym_arena_status(arena);
    }
    for (uint32_t i = 1; i <= cli->tables[table].n_rows; i++) {
        if (ym_cli_row_get(cli, table, i, &row)) {
            index.rows[index.n++] = (uint64_t)row.cell[column] << 32 | i;
        }
    }
    if (index.n > 1) {
        qsort(index.rows, index.n, sizeof(index.rows[0]), by_number);
    }
    *ret_index = index;
    return YM_OK;
}

/* The first place whose value is not below. */
static uint32_t lower_bound(const struct ym_cli_index *index, uint64_t value) {
    uint32_t from = 0;
    uint32_t to = index->n;

    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;

        if (index->rows[middle] >> 32 < value) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

uint32_t ym_cli_index_find(const struct ym_cli_index *index, uint32_t value, uint32_t *ret_first) {
    const uint32_t first = lower_bound(index, value);

    *ret_first = first;
    return lower_bound(index, (uint64_t)value + 1) - first;
}

/* ---- Heaps ---------------------------------------------------------------------------------- */

struct ym_str ym_cli_string(const struct ym_cli *cli, uint32_t index) {
    const struct ym_cli_stream *heap = cli->heap[YM_CLI_HEAP_STRINGS];
    struct ym_reader r = cli->pe.whole;
    size_t left;
    const char *s;
    const char *end;

    if (heap == NULL || index >= heap->size) {
        return (struct ym_str){NULL, 0};
    }
    ym_seek(&r, heap->offset + index);
    left =
        ym_reader_left(&r) > YM_CLI_MAX_STRING ? (size_t)YM_CLI_MAX_STRING + 1 : ym_reader_left(&r);
    s = (const char *)ym_get_view(&r, left);
    end = s == NULL ? NULL : memchr(s, 0, left);
    return end == NULL ? (struct ym_str){NULL, 0} : (struct ym_str){s, (size_t)(end - s)};
}

bool ym_cli_blob_at(const struct ym_cli *cli, uint64_t offset, struct ym_reader *ret_blob) {
    struct ym_reader r = cli->pe.whole;
    uint32_t n;
    uint8_t first;

    ym_seek(&r, offset);
    first = ym_get_u8(&r);
    if (first < 0x80) {
        n = first;
    } else if (first < 0xc0) {
        n = (uint32_t)(first & 0x3f) << 8 | ym_get_u8(&r);
    } else if (first < 0xe0 && ym_reader_left(&r) > 3) {
        n = (uint32_t)(first & 0x1f) << 24;
        n |= (uint32_t)ym_get_u8(&r) << 16;
        n |= ym_get_u16be(&r);
    } else {
        return false;
    }
    if (!ym_reader_ok(&r) || n > ym_reader_left(&r)) {
        return false;
    }
    *ret_blob = ym_reader_at(&cli->pe.whole, r.pos, n);
    return true;
}

bool ym_cli_blob(const struct ym_cli *cli, uint32_t index, struct ym_reader *ret_blob) {
    const struct ym_cli_stream *heap = cli->heap[YM_CLI_HEAP_BLOB];

    return heap != NULL && ym_cli_blob_at(cli, heap->offset + index, ret_blob);
}

/* Takes the bytes of a number of 7, 14 or 29 bits; 0 bits: it is not whole. */
static unsigned take_number(struct ym_reader *blob, uint32_t *ret_bits) {
    struct ym_reader r = *blob;
    const uint8_t first = ym_get_u8(&r);
    unsigned n_bits = 0;

    r = *blob;
    *ret_bits = 0;
    if (first < 0x80) {
        *ret_bits = ym_get_u8(&r);
        n_bits = 7;
    } else if (first < 0xc0) {
        *ret_bits = ym_get_u16be(&r) & 0x3fff;
        n_bits = 14;
    } else if (first < 0xe0) {
        *ret_bits = ym_get_u32be(&r) & 0x1fffffff;
        n_bits = 29;
    }
    if (n_bits == 0 || !ym_reader_ok(&r)) {
        *ret_bits = 0;
        return 0;
    }
    *blob = r;
    return n_bits;
}

uint32_t ym_cli_get_unsigned(struct ym_reader *blob) {
    uint32_t bits;

    (void)take_number(blob, &bits);
    return bits;
}

/* Rotated left by one, so that the lowest bit is the sign. */
int32_t ym_cli_get_signed(struct ym_reader *blob) {
    uint32_t bits;
    const unsigned n_bits = take_number(blob, &bits);
    const int32_t magnitude = (int32_t)(bits >> 1);

    return (bits & 1) != 0 ? magnitude - (INT32_C(1) << (n_bits - 1)) : magnitude;
}
