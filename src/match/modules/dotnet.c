/* modules/dotnet.c - YARA's module dotnet; see module.h.
 *
 * The metadata is read by formats/dotnet.h; what its tables become is here, except classes and the
 * names of types (dotnet_classes.c, dotnet_types.c).  The values are those of YARA 4.5, of damaged
 * files, too:
 *   - every number_of_x is set when its table was there, and counts what could be told
 *   - resources keep the number of their row, so that one of which nothing could be told is a gap in
 *     the array; constants, references to modules and offsets of fields close up
 *   - user strings are UTF-16 as they lie in the file, without the byte that ends them; after one the
 *     reading goes on at that byte, which then is an empty string itself
 *   - a GuidAttribute of the assembly gives the typelib, the last one counts */
#include "dotnet.h"

#include "base/modules/dotnet.h"

#include <inttypes.h>
#include <string.h>

extern const struct ym_module_code ym_module_dotnet_code;

enum {
    GUID_SIZE = 16,
    MAX_GUIDS = 16,
    TYPE_STRING = 0x0e,     /* of a constant */
    PARENT_ASSEMBLY = 0x0e, /* tags of coded indexes */
    TYPE_MEMBERREF = 3,
    CLASS_TYPEREF = 1
};

bool ym_dotnet_spend(struct ym_dotnet *d, uint64_t n) {
    return ym_arena_status(d->s->arena) == YM_OK && ym_mod_spend(d->s, n);
}

bool ym_dotnet_text_ok(struct ym_dotnet *d) {
    if (ym_buf_status(&d->text) == YM_OK) {
        return true;
    }
    (void)ym_mod_spend(d->s, UINT64_MAX);
    return false;
}

static void set_string(struct ym_dotnet *d, struct ym_mod_object *o, uint32_t field,
                       uint32_t index) {
    const struct ym_str text = ym_cli_string(&d->cli, index);

    if (text.s != NULL) {
        ym_mod_set_view(o, field, text);
    }
}

static struct ym_str text_of(const struct ym_reader *blob) {
    return (struct ym_str){blob->base == NULL ? "" : (const char *)blob->base, blob->len};
}

static uint32_t rows_of(const struct ym_dotnet *d, ym_cli_table table) {
    return d->cli.tables[table].n_rows;
}

/* ---- Streams, GUIDs, user strings ----------------------------------------------------------- */

static void load_streams(struct ym_dotnet *d) {
    struct ym_mod_object *streams = ym_mod_make(d->s, d->root, DOTNET_streams);

    for (uint32_t i = 0; i < d->cli.n_streams; i++) {
        const struct ym_cli_stream *stream = &d->cli.streams[i];
        struct ym_mod_object *o = ym_mod_append_object(d->s, streams);

        ym_mod_set_view(o, DOTNET_STREAM_name, stream->name);
        ym_mod_set_int(o, DOTNET_STREAM_offset, (int64_t)stream->offset);
        ym_mod_set_int(o, DOTNET_STREAM_size, stream->size);
    }
    ym_mod_set_int(d->root, DOTNET_number_of_streams, d->cli.n_streams);
}

static void add_guid(struct ym_dotnet *d, struct ym_reader *r) {
    const uint32_t a = ym_get_u32le(r);
    const uint16_t b = ym_get_u16le(r);
    const uint16_t c = ym_get_u16le(r);
    const uint16_t e = ym_get_u16be(r);
    const uint16_t high = ym_get_u16be(r);
    const char *text =
        ym_arena_printf(d->s->arena, "%08" PRIx32 "-%04x-%04x-%04x-%04x%08" PRIx32, a, (unsigned)b,
                        (unsigned)c, (unsigned)e, (unsigned)high, ym_get_u32be(r));

    if (text != NULL) {
        ym_mod_append_view(d->s, ym_mod_make(d->s, d->root, DOTNET_guids),
                           (struct ym_str){text, strlen(text)});
    }
}

static void load_guids(struct ym_dotnet *d) {
    const struct ym_cli_stream *heap = d->cli.heap[YM_CLI_HEAP_GUID];
    struct ym_reader r = d->cli.pe.whole;
    uint32_t n = 0;

    if (heap == NULL) {
        return;
    }
    ym_seek(&r, heap->offset);
    while (n < MAX_GUIDS && n < heap->size / GUID_SIZE && ym_reader_left(&r) >= GUID_SIZE) {
        add_guid(d, &r);
        n++;
    }
    ym_mod_set_int(d->root, DOTNET_number_of_guids, n);
}

static void load_user_strings(struct ym_dotnet *d) {
    const struct ym_cli_stream *heap = d->cli.heap[YM_CLI_HEAP_US];
    struct ym_mod_object *strings = ym_mod_make(d->s, d->root, DOTNET_user_strings);
    struct ym_reader heap_bytes;
    struct ym_reader blob;
    uint64_t at;
    uint32_t n = 0;

    if (heap == NULL) {
        return;
    }
    heap_bytes = ym_reader_at(&d->cli.pe.whole, heap->offset, heap->size);
    if (ym_get_u8(&heap_bytes) != 0 || !ym_reader_ok(&heap_bytes)) {
        return;
    }
    at = heap->offset + 1;
    while (at < heap->offset + heap->size && ym_cli_blob_at(&d->cli, at, &blob) &&
           ym_dotnet_spend(d, 1)) {
        at = blob.origin;
        if (blob.len > 1) {
            ym_mod_append_view(d->s, strings,
                               (struct ym_str){(const char *)blob.base, blob.len - 1});
            at += blob.len - 1;
            n++;
        }
    }
    ym_mod_set_int(d->root, DOTNET_number_of_user_strings, n);
}

/* ---- Tables --------------------------------------------------------------------------------- */

static void load_constants(struct ym_dotnet *d) {
    struct ym_mod_object *constants = ym_mod_make(d->s, d->root, DOTNET_constants);
    struct ym_cli_row row;
    struct ym_reader blob;
    uint32_t n = 0;

    for (uint32_t i = 1; ym_cli_row_get(&d->cli, YM_CLI_CONSTANT, i, &row); i++) {
        if (row.cell[YM_CLI_CONSTANT_TYPE] == TYPE_STRING &&
            ym_cli_blob(&d->cli, row.cell[YM_CLI_CONSTANT_VALUE], &blob) &&
            blob.origin + blob.len < d->s->size) {
            ym_mod_append_view(d->s, constants, text_of(&blob));
            n++;
        }
    }
    ym_mod_set_int(d->root, DOTNET_number_of_constants, n);
}

static void load_modulerefs(struct ym_dotnet *d) {
    struct ym_mod_object *names = ym_mod_make(d->s, d->root, DOTNET_modulerefs);
    struct ym_cli_row row;
    uint32_t n = 0;

    for (uint32_t i = 1; ym_cli_row_get(&d->cli, YM_CLI_MODULEREF, i, &row); i++) {
        const struct ym_str name = ym_cli_string(&d->cli, row.cell[YM_CLI_MODULEREF_NAME]);

        if (name.s != NULL) {
            ym_mod_append_view(d->s, names, name);
            n++;
        }
    }
    ym_mod_set_int(d->root, DOTNET_number_of_modulerefs, n);
}

static void load_field_offsets(struct ym_dotnet *d) {
    struct ym_mod_object *offsets = ym_mod_make(d->s, d->root, DOTNET_field_offsets);
    struct ym_cli_row row;
    uint64_t offset;
    uint32_t n = 0;

    for (uint32_t i = 1; ym_cli_row_get(&d->cli, YM_CLI_FIELDRVA, i, &row); i++) {
        if (ym_pe_yara_offset(&d->cli.pe, row.cell[YM_CLI_FIELDRVA_RVA], &offset)) {
            ym_mod_append_int(d->s, offsets, (int64_t)offset);
            n++;
        }
    }
    ym_mod_set_int(d->root, DOTNET_number_of_field_offsets, n);
}

static void set_version(struct ym_dotnet *d, struct ym_mod_object *o, uint32_t field,
                        const uint32_t cells[4]) {
    struct ym_mod_object *version = ym_mod_make(d->s, o, field);

    ym_mod_set_int(version, DOTNET_VERSION_major, cells[0]);
    ym_mod_set_int(version, DOTNET_VERSION_minor, cells[1]);
    ym_mod_set_int(version, DOTNET_VERSION_build_number, cells[2]);
    ym_mod_set_int(version, DOTNET_VERSION_revision_number, cells[3]);
}

static void load_assembly(struct ym_dotnet *d) {
    struct ym_mod_object *assembly = ym_mod_make(d->s, d->root, DOTNET_assembly);
    struct ym_cli_row row;

    if (!ym_cli_row_get(&d->cli, YM_CLI_ASSEMBLY, 1, &row)) {
        return;
    }
    set_version(d, assembly, DOTNET_ASSEMBLY_version, &row.cell[YM_CLI_ASSEMBLY_VERSION]);
    set_string(d, assembly, DOTNET_ASSEMBLY_name, row.cell[YM_CLI_ASSEMBLY_NAME]);
    if (ym_cli_string(&d->cli, row.cell[YM_CLI_ASSEMBLY_CULTURE]).n > 0) {
        set_string(d, assembly, DOTNET_ASSEMBLY_culture, row.cell[YM_CLI_ASSEMBLY_CULTURE]);
    }
}

static void load_assembly_refs(struct ym_dotnet *d) {
    struct ym_mod_object *refs = ym_mod_make(d->s, d->root, DOTNET_assembly_refs);
    struct ym_cli_row row;
    uint32_t n = 0;

    for (; ym_cli_row_get(&d->cli, YM_CLI_ASSEMBLYREF, n + 1, &row); n++) {
        struct ym_mod_object *ref = ym_mod_append_object(d->s, refs);
        struct ym_reader key;

        set_version(d, ref, DOTNET_ASSEMBLY_REF_version, &row.cell[YM_CLI_ASSEMBLYREF_VERSION]);
        if (!ym_cli_blob(&d->cli, row.cell[YM_CLI_ASSEMBLYREF_KEY], &key)) {
            continue;
        }
        if (key.len > 0) {
            ym_mod_set_view(ref, DOTNET_ASSEMBLY_REF_public_key_or_token, text_of(&key));
        }
        set_string(d, ref, DOTNET_ASSEMBLY_REF_name, row.cell[YM_CLI_ASSEMBLYREF_NAME]);
    }
    ym_mod_set_int(d->root, DOTNET_number_of_assembly_refs, n);
}

/* The element i, and those before it. */
static struct ym_mod_object *element(struct ym_dotnet *d, struct ym_mod_object *array, uint32_t i) {
    while (array != NULL && array->n <= i && ym_dotnet_spend(d, 1)) {
        (void)ym_mod_append_object(d->s, array);
    }
    return ym_mod_at(array, i).defined ? ym_mod_at(array, i).u.object : NULL;
}

/* base -1: the directory of resources lies nowhere, which YARA takes for the byte before the file. */
static void load_resource(struct ym_dotnet *d, struct ym_mod_object *resources, uint32_t i,
                          const struct ym_cli_row *row, int64_t base) {
    const struct ym_str name = ym_cli_string(&d->cli, row->cell[YM_CLI_MANIFESTRESOURCE_NAME]);
    const int64_t at = base + row->cell[YM_CLI_MANIFESTRESOURCE_OFFSET];
    struct ym_reader r = d->cli.pe.whole;

    if (name.s != NULL) {
        ym_mod_set_view(element(d, resources, i), DOTNET_RESOURCE_name, name);
    }
    if (row->cell[YM_CLI_MANIFESTRESOURCE_IMPLEMENTATION] != 0 || at < 0) {
        return; /* in another file */
    }
    ym_seek(&r, (uint64_t)at);
    if (ym_reader_left(&r) >= 4) {
        ym_mod_set_int(element(d, resources, i), DOTNET_RESOURCE_offset, at + 4);
        ym_mod_set_int(element(d, resources, i), DOTNET_RESOURCE_length, ym_get_u32le(&r));
    }
}

static void load_resources(struct ym_dotnet *d) {
    struct ym_mod_object *resources = ym_mod_make(d->s, d->root, DOTNET_resources);
    struct ym_cli_row row;
    uint64_t base;
    uint32_t n = 0;
    const bool has_base = ym_pe_yara_offset(&d->cli.pe, d->cli.resources_rva, &base);

    for (; ym_cli_row_get(&d->cli, YM_CLI_MANIFESTRESOURCE, n + 1, &row); n++) {
        load_resource(d, resources, n, &row, has_base ? (int64_t)base : -1);
    }
    ym_mod_set_int(d->root, DOTNET_number_of_resources, n);
}

/* ---- Typelib -------------------------------------------------------------------------------- */

/* Is this attribute of the assembly made by the class GuidAttribute?  A class whose name cannot be
 * told may be it. */
static bool is_guid_attribute(const struct ym_dotnet *d, const struct ym_cli_row *attribute) {
    const uint32_t type = attribute->cell[YM_CLI_CUSTOMATTRIBUTE_TYPE];
    struct ym_cli_row row;
    struct ym_str name;
    uint32_t class;

    if ((attribute->cell[YM_CLI_CUSTOMATTRIBUTE_PARENT] & 0x1f) != PARENT_ASSEMBLY ||
        (type & 7) != TYPE_MEMBERREF ||
        !ym_cli_row_get(&d->cli, YM_CLI_MEMBERREF, type >> 3 == 0 ? 1 : type >> 3, &row)) {
        return false;
    }
    class = row.cell[YM_CLI_MEMBERREF_CLASS];
    if ((class & 7) != CLASS_TYPEREF ||
        !ym_cli_row_get(&d->cli, YM_CLI_TYPEREF, class >> 3 == 0 ? 1 : class >> 3, &row)) {
        return false;
    }
    name = ym_cli_string(&d->cli, row.cell[YM_CLI_TYPEREF_NAME]);
    return name.s == NULL || (name.n >= 13 && memcmp(name.s, "GuidAttribute", 13) == 0);
}

/* The text in the value of an attribute; it may reach out of the value, in the file. */
static bool attribute_text(const struct ym_dotnet *d, uint32_t value, struct ym_str *ret_text) {
    struct ym_reader r;
    struct ym_reader text;
    uint8_t n;

    if (value == 0 || !ym_cli_blob(&d->cli, value, &r) || r.len < 3 ||
        r.origin + r.len >= d->s->size || ym_get_u16le(&r) != 1) {
        return false;
    }
    n = ym_get_u8(&r);
    text = ym_reader_at(&d->cli.pe.whole, r.origin + r.pos, n);
    if (!ym_reader_ok(&text)) {
        return false;
    }
    *ret_text = text_of(&text);
    if (n > 0 && text.base[0] == 0xff) {
        ret_text->n = 0;
    }
    ret_text->n = strnlen(ret_text->s, ret_text->n);
    return true;
}

static void load_typelib(struct ym_dotnet *d) {
    struct ym_cli_row row;
    struct ym_str text;

    for (uint32_t i = 1; i <= rows_of(d, YM_CLI_CUSTOMATTRIBUTE); i++) {
        if (ym_cli_row_get(&d->cli, YM_CLI_CUSTOMATTRIBUTE, i, &row) &&
            is_guid_attribute(d, &row) &&
            attribute_text(d, row.cell[YM_CLI_CUSTOMATTRIBUTE_VALUE], &text)) {
            ym_mod_set_view(d->root, DOTNET_typelib, text);
        }
    }
}

/* ---- All of it ------------------------------------------------------------------------------ */

static void load_module(struct ym_dotnet *d) {
    struct ym_cli_row row;

    if (ym_cli_row_get(&d->cli, YM_CLI_MODULE, 1, &row)) {
        set_string(d, d->root, DOTNET_module_name, row.cell[YM_CLI_MODULE_NAME]);
    }
}

static void load_tables(struct ym_dotnet *d) {
    static const struct {
        ym_cli_table table;
        void (*load)(struct ym_dotnet *d);
    } loaders[] = {
        {YM_CLI_MODULE, load_module},
        {YM_CLI_CONSTANT, load_constants},
        {YM_CLI_CUSTOMATTRIBUTE, load_typelib},
        {YM_CLI_MODULEREF, load_modulerefs},
        {YM_CLI_FIELDRVA, load_field_offsets},
        {YM_CLI_ASSEMBLY, load_assembly},
        {YM_CLI_ASSEMBLYREF, load_assembly_refs},
        {YM_CLI_MANIFESTRESOURCE, load_resources},
    };

    for (unsigned i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
        if (d->cli.tables[loaders[i].table].there) {
            loaders[i].load(d);
        }
    }
    if (d->cli.complete) {
        ym_buf_init(&d->text, YM_DOTNET_MAX_TYPE_TEXT);
        ym_dotnet_classes(d);
        ym_buf_done(&d->text);
    }
}

static void load(struct ym_mod_scan *s, struct ym_mod_object *root) {
    struct ym_dotnet d = {.s = s, .root = root};
    struct ym_reader whole;
    ym_status st;

    ym_reader_init(&whole, s->data, s->size);
    st = ym_cli_open(whole, s->arena, &d.cli, NULL);
    if (st == YM_OK || st == YM_MALFORMED) {
        ym_mod_set_int(root, DOTNET_is_dotnet, st == YM_OK);
    }
    if (st != YM_OK) {
        return;
    }
    if (d.cli.version.s != NULL) {
        ym_mod_set_view(root, DOTNET_version, d.cli.version);
    }
    if (d.cli.has_streams) {
        load_streams(&d);
    }
    load_guids(&d);
    load_tables(&d);
    load_user_strings(&d);
}

const struct ym_module_code ym_module_dotnet_code = {.load = load};
