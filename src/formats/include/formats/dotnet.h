/* formats/dotnet.h - the CLI metadata of a .NET file: streams, heaps, tables.
 *
 *     struct ym_cli cli;
 *     struct ym_cli_row row;
 *
 *     YM_TRY(ym_cli_open(whole, arena, &cli, err));
 *     for (uint32_t i = 1; i <= cli.tables[YM_CLI_TYPEDEF].n_rows; i++) {
 *         if (ym_cli_row_get(&cli, YM_CLI_TYPEDEF, i, &row)) {
 *             name = ym_cli_string(&cli, row.cell[YM_CLI_TYPEDEF_NAME]);
 *         }
 *     }
 *
 * Layout: ECMA-335, 6th edition, part II, 22 to 25.  What is taken of a damaged file is what YARA's
 * module dotnet takes, which is the only reader of this so far; dotnet.c lists where that is not
 * ECMA's. */
#ifndef YM_FORMATS_DOTNET_H
#define YM_FORMATS_DOTNET_H

#include "base/arena.h"
#include "base/text.h"
#include "formats/pe_yara.h"

enum {
    YM_CLI_MAX_STREAMS = 255,
    YM_CLI_MAX_ROWS = 15000,  /* of a table; a larger one ends the reading of tables */
    YM_CLI_MAX_STRING = 1024, /* bytes; longer names are none */
    YM_CLI_MAX_COLUMNS = 9
};

/* Tables by their number (22), their columns in order; those of which no column is needed have none.
 * The pointer tables are of unoptimised metadata, which ECMA does not describe. */
#define YM_CLI_TABLE_TABLE(X)                                                                      \
    X(MODULE, 0x00)                                                                                \
    X(TYPEREF, 0x01)                                                                               \
    X(TYPEDEF, 0x02)                                                                               \
    X(FIELDPTR, 0x03)                                                                              \
    X(FIELD, 0x04)                                                                                 \
    X(METHODPTR, 0x05)                                                                             \
    X(METHODDEF, 0x06)                                                                             \
    X(PARAM, 0x08)                                                                                 \
    X(INTERFACEIMPL, 0x09)                                                                         \
    X(MEMBERREF, 0x0a)                                                                             \
    X(CONSTANT, 0x0b)                                                                              \
    X(CUSTOMATTRIBUTE, 0x0c)                                                                       \
    X(FIELDMARSHAL, 0x0d)                                                                          \
    X(DECLSECURITY, 0x0e)                                                                          \
    X(CLASSLAYOUT, 0x0f)                                                                           \
    X(FIELDLAYOUT, 0x10)                                                                           \
    X(STANDALONESIG, 0x11)                                                                         \
    X(EVENTMAP, 0x12)                                                                              \
    X(EVENTPTR, 0x13)                                                                              \
    X(EVENT, 0x14)                                                                                 \
    X(PROPERTYMAP, 0x15)                                                                           \
    X(PROPERTYPTR, 0x16)                                                                           \
    X(PROPERTY, 0x17)                                                                              \
    X(METHODSEMANTICS, 0x18)                                                                       \
    X(METHODIMPL, 0x19)                                                                            \
    X(MODULEREF, 0x1a)                                                                             \
    X(TYPESPEC, 0x1b)                                                                              \
    X(IMPLMAP, 0x1c)                                                                               \
    X(FIELDRVA, 0x1d)                                                                              \
    X(ENCLOG, 0x1e)                                                                                \
    X(ENCMAP, 0x1f)                                                                                \
    X(ASSEMBLY, 0x20)                                                                              \
    X(ASSEMBLYPROCESSOR, 0x21)                                                                     \
    X(ASSEMBLYOS, 0x22)                                                                            \
    X(ASSEMBLYREF, 0x23)                                                                           \
    X(ASSEMBLYREFPROCESSOR, 0x24)                                                                  \
    X(ASSEMBLYREFOS, 0x25)                                                                         \
    X(FILE, 0x26)                                                                                  \
    X(EXPORTEDTYPE, 0x27)                                                                          \
    X(MANIFESTRESOURCE, 0x28)                                                                      \
    X(NESTEDCLASS, 0x29)                                                                           \
    X(GENERICPARAM, 0x2a)                                                                          \
    X(METHODSPEC, 0x2b)                                                                            \
    X(GENERICPARAMCONSTRAINT, 0x2c)

typedef enum ym_cli_table {
#define X(name, number) YM_CLI_##name = (number),
    YM_CLI_TABLE_TABLE(X)
#undef X
        YM_CLI_TABLES
} ym_cli_table;

/* clang-format off */
enum { YM_CLI_MODULE_NAME = 1 };
enum { YM_CLI_TYPEREF_SCOPE, YM_CLI_TYPEREF_NAME, YM_CLI_TYPEREF_NAMESPACE };
enum { YM_CLI_TYPEDEF_FLAGS, YM_CLI_TYPEDEF_NAME, YM_CLI_TYPEDEF_NAMESPACE, YM_CLI_TYPEDEF_EXTENDS,
       YM_CLI_TYPEDEF_FIELDS, YM_CLI_TYPEDEF_METHODS };
enum { YM_CLI_METHODDEF_FLAGS = 2, YM_CLI_METHODDEF_NAME, YM_CLI_METHODDEF_SIGNATURE,
       YM_CLI_METHODDEF_PARAMS };
enum { YM_CLI_PARAM_NAME = 2 };
enum { YM_CLI_INTERFACEIMPL_CLASS, YM_CLI_INTERFACEIMPL_INTERFACE };
enum { YM_CLI_MEMBERREF_CLASS };
enum { YM_CLI_CONSTANT_TYPE, YM_CLI_CONSTANT_PARENT, YM_CLI_CONSTANT_VALUE };
enum { YM_CLI_CUSTOMATTRIBUTE_PARENT, YM_CLI_CUSTOMATTRIBUTE_TYPE, YM_CLI_CUSTOMATTRIBUTE_VALUE };
enum { YM_CLI_MODULEREF_NAME };
enum { YM_CLI_TYPESPEC_SIGNATURE };
enum { YM_CLI_FIELDRVA_RVA };
enum { YM_CLI_ASSEMBLY_VERSION = 1 /* four cells */, YM_CLI_ASSEMBLY_NAME = 7,
       YM_CLI_ASSEMBLY_CULTURE };
enum { YM_CLI_ASSEMBLYREF_VERSION /* four cells */, YM_CLI_ASSEMBLYREF_KEY = 5,
       YM_CLI_ASSEMBLYREF_NAME };
enum { YM_CLI_MANIFESTRESOURCE_OFFSET, YM_CLI_MANIFESTRESOURCE_FLAGS, YM_CLI_MANIFESTRESOURCE_NAME,
       YM_CLI_MANIFESTRESOURCE_IMPLEMENTATION };
enum { YM_CLI_NESTEDCLASS_NESTED, YM_CLI_NESTEDCLASS_ENCLOSING };
enum { YM_CLI_GENERICPARAM_OWNER = 2, YM_CLI_GENERICPARAM_NAME };
/* clang-format on */

typedef enum ym_cli_heap {
    YM_CLI_HEAP_TABLES, /* "#~" or "#-" */
    YM_CLI_HEAP_STRINGS,
    YM_CLI_HEAP_BLOB,
    YM_CLI_HEAP_GUID,
    YM_CLI_HEAP_US, /* user strings */
    YM_CLI_HEAPS
} ym_cli_heap;

struct ym_cli_stream {
    struct ym_str name;
    uint64_t offset; /* in the file, and perhaps past its end, as its size */
    uint32_t size;
};

struct ym_cli_rows {
    bool there;
    uint32_t n_rows;
    uint32_t row_size;
    uint32_t room; /* a row is there when so many bytes from its first on are in the file */
    uint64_t offset;
    uint8_t cell_size[YM_CLI_MAX_COLUMNS]; /* 2 or 4; 0 ends */
};

struct ym_cli {
    struct ym_pe_yara pe;
    struct ym_str version; /* s NULL: it does not end */
    uint32_t resources_rva;
    bool has_streams; /* the streams were looked at */
    uint32_t n_streams;
    struct ym_cli_stream *streams;
    const struct ym_cli_stream *heap[YM_CLI_HEAPS]; /* NULL: none */
    struct ym_cli_rows tables[YM_CLI_TABLES]; /* none unless tables, strings, blobs are there */
    bool complete;                            /* all tables that are there were understood */
};

struct ym_cli_row {
    uint32_t cell[YM_CLI_MAX_COLUMNS];
};

/* UNSUPPORTED: not a PE file; MALFORMED: one without CLI metadata. */
YM_MUST_CHECK ym_status ym_cli_open(struct ym_reader whole, struct ym_arena *arena,
                                    struct ym_cli *ret_cli, struct ym_err *err);

/* Rows count from 1; false: there is none, or it does not lie in the file. */
bool ym_cli_row_get(const struct ym_cli *cli, ym_cli_table table, uint32_t row,
                    struct ym_cli_row *ret_row);

/* Of the heap of strings; s NULL: none there, or too long. */
struct ym_str ym_cli_string(const struct ym_cli *cli, uint32_t index);
/* The blob whose length lies at an offset of the file; false: it is not whole. */
bool ym_cli_blob_at(const struct ym_cli *cli, uint64_t offset, struct ym_reader *ret_blob);
/* The blob of an index; it may lie outside its heap. */
bool ym_cli_blob(const struct ym_cli *cli, uint32_t index, struct ym_reader *ret_blob);
/* A number in a blob (23.2); 0 when it is not whole or not well formed, and nothing is taken. */
uint32_t ym_cli_get_unsigned(struct ym_reader *blob);
int32_t ym_cli_get_signed(struct ym_reader *blob);

/* The rows of a table by the value of one column; those of equal value in order. */
struct ym_cli_index {
    uint64_t *rows; /* value << 32 | row */
    uint32_t n;
};
YM_MUST_CHECK ym_status ym_cli_index_make(const struct ym_cli *cli, ym_cli_table table,
                                          unsigned column, struct ym_arena *arena,
                                          struct ym_cli_index *ret_index);
/* The number of rows with this value; the first lies at *ret_first. */
uint32_t ym_cli_index_find(const struct ym_cli_index *index, uint32_t value, uint32_t *ret_first);

#endif
