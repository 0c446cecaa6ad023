/* make_dotnet.h - .NET files in memory, for tests: metadata without code.
 *
 *     struct make_dotnet m;
 *
 *     make_dotnet_init(&m);
 *     make_dotnet_row(&m, 0x00, 0, make_dotnet_string(&m, "a.dll"), 1, 0, 0);
 *     make_dotnet_finish(&m, &out);
 *     make_dotnet_done(&m);
 *
 * Layout of the file: the PE's headers, and at MAKE_DOTNET_RAW one section with the CLI header, the
 * resources, the metadata. */
#ifndef YM_TESTS_MAKE_DOTNET_H
#define YM_TESTS_MAKE_DOTNET_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    MAKE_DOTNET_RAW = 0x200,
    MAKE_DOTNET_RVA = 0x2000,
    MAKE_DOTNET_CLI = MAKE_DOTNET_RAW,            /* 72 bytes */
    MAKE_DOTNET_RESOURCES = MAKE_DOTNET_RAW + 72, /* what was added to m.resources */
    MAKE_DOTNET_TABLES = 64
};

struct make_dotnet_told {
    bool yes;
    uint32_t n;
};

struct make_dotnet {
    bool is64;
    const char *version;
    uint8_t heap_sizes;        /* of the stream of tables; 1, 2, 4: cells of 4 bytes for strings,
                                  GUIDs, blobs */
    bool unoptimised;          /* "#-" */
    const char *strings_named; /* NULL: "#Strings" */
    uint8_t n_streams_told;    /* 0: as many as there are */
    struct ym_buf strings, us, guids, blobs, resources;
    struct ym_buf rows[MAKE_DOTNET_TABLES];
    uint32_t n_rows[MAKE_DOTNET_TABLES];
    struct make_dotnet_told told[MAKE_DOTNET_TABLES]; /* another count of rows, or of none */
    const char *columns[MAKE_DOTNET_TABLES]; /* a letter a cell: 2 or 4 bytes, s, g, b; before the
                                                first row */
    uint32_t root;                           /* where the metadata lies, once finished */
};

void make_dotnet_init(struct make_dotnet *m); /* heaps with their empty first entry */
void make_dotnet_done(struct make_dotnet *m);
/* What they return is an index into the heap. */
uint32_t make_dotnet_string(struct make_dotnet *m, const char *text);
uint32_t make_dotnet_blob(struct make_dotnet *m, const void *bytes, uint32_t n);
void make_dotnet_user_string(struct make_dotnet *m, const char *text, uint8_t end);
/* As many cells as the table has columns. */
void make_dotnet_row(struct make_dotnet *m, unsigned table, ...);
void make_dotnet_finish(struct make_dotnet *m, struct ym_buf *out);

/* A file with one of most things, which test_module_dotnet.c describes. */
void make_dotnet_sample(struct make_dotnet *m);
/* One class A.B with one method M() that has this signature. */
void make_dotnet_method(struct make_dotnet *m, const void *signature, uint32_t n);

#endif
