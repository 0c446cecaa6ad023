/* modules/macho_commands.c - load commands of which YARA-X tells; see macho.h.
 *
 * Each is a row of a table: its id, where it goes, how it is read.  What a command says twice is
 * taken from the last one, but libraries and paths, which are lists. */
#include "macho.h"

#include "base/modules/macho.h"

#include <inttypes.h>
#include <string.h>

struct row {
    uint32_t id;
    uint32_t field; /* of the file */
    void (*set)(const struct ym_macho *m, const struct row *row, struct ym_reader r);
};

/* Text to a NUL or to the end of the command. */
static struct ym_str text_of(struct ym_reader *r) {
    size_t left = ym_reader_left(r);
    const char *s = (const char *)ym_get_view(r, left);

    return s == NULL ? (struct ym_str){"", 0} : (struct ym_str){s, strnlen(s, left)};
}

static void set_printed(struct ym_mod_object *to, uint32_t field, const char *text) {
    if (text != NULL) {
        ym_mod_set_view(to, field, (struct ym_str){text, strlen(text)});
    }
}

static void set_version(const struct ym_macho *m, struct ym_reader *r, struct ym_mod_object *to,
                        uint32_t field) {
    uint32_t v = ym_macho_get32(m, r);

    set_printed(to, field,
                ym_arena_printf(m->s->arena, "%" PRIu32 ".%" PRIu32 ".%" PRIu32, v >> 16,
                                v >> 8 & 0xff, v & 0xff));
}

/* A struct whose fields are the words of the command: all of them, or none. */
static void set_words(const struct ym_macho *m, const struct row *row, struct ym_reader r) {
    const uint32_t n = m->object->type->fields[row->field].type->n_fields;
    struct ym_mod_object *to;

    if (ym_reader_left(&r) < 4 * (size_t)n) {
        return;
    }
    to = ym_mod_make(m->s, m->object, row->field);
    for (uint32_t i = 0; i < n; i++) {
        ym_mod_set_int(to, i, ym_macho_get32(m, &r));
    }
}

/* The offset of the text comes first; as in YARA-X it is taken to lie right behind the head. */
static void set_text(const struct ym_macho *m, const struct row *row, struct ym_reader r) {
    ym_skip(&r, 4);
    if (ym_reader_ok(&r)) {
        ym_mod_set_view(m->object, row->field, text_of(&r));
    }
}

static void add_text(const struct ym_macho *m, const struct row *row, struct ym_reader r) {
    struct ym_str text;

    ym_skip(&r, 4);
    text = text_of(&r);
    if (ym_reader_ok(&r)) {
        ym_mod_append_text(m->s, ym_mod_make(m->s, m->object, row->field), text.s, text.n);
    }
}

static void add_dylib(const struct ym_macho *m, const struct row *row, struct ym_reader r) {
    struct ym_mod_object *to;

    if (ym_reader_left(&r) < 16) {
        return;
    }
    to = ym_mod_append_object(m->s, ym_mod_make(m->s, m->object, row->field));
    ym_skip(&r, 4);
    ym_mod_set_int(to, MACHO_DYLIB_timestamp, ym_macho_get32(m, &r));
    set_version(m, &r, to, MACHO_DYLIB_current_version);
    set_version(m, &r, to, MACHO_DYLIB_compatibility_version);
    ym_mod_set_view(to, MACHO_DYLIB_name, text_of(&r));
}

static void set_uuid(const struct ym_macho *m, const struct row *row, struct ym_reader r) {
    char text[2 * 16 + 4 + 1];
    char *to = text;

    for (unsigned i = 0; i < 16; i++) {
        uint8_t byte = ym_get_u8(&r);

        *to++ = "0123456789ABCDEF"[byte >> 4];
        *to++ = "0123456789ABCDEF"[byte & 15];
        if (i == 3 || i == 5 || i == 7 || i == 9) {
            *to++ = '-';
        }
    }
    *to = '\0';
    if (ym_reader_ok(&r)) {
        ym_mod_set_text(m->s, m->object, row->field, text, sizeof(text) - 1);
    }
}

/* Five numbers; six bits of each of the last four, as YARA-X prints them. */
static void set_source_version(const struct ym_macho *m, const struct row *row,
                               struct ym_reader r) {
    uint64_t v = ym_macho_get64(m, &r);

    if (ym_reader_ok(&r)) {
        set_printed(
            m->object, row->field,
            ym_arena_printf(m->s->arena, "%" PRIu64 ".%" PRIu64 ".%" PRIu64 ".%" PRIu64 ".%" PRIu64,
                            v >> 40, v >> 30 & 0x3f, v >> 20 & 0x3f, v >> 10 & 0x3f, v & 0x3f));
    }
}

static void add_tool(const struct ym_macho *m, struct ym_reader *r, struct ym_mod_object *tools) {
    struct ym_mod_object *to = ym_mod_append_object(m->s, tools);
    uint32_t v;

    ym_mod_set_int(to, MACHO_BUILD_TOOL_tool, ym_macho_get32(m, r));
    v = ym_macho_get32(m, r);
    set_printed(to, MACHO_BUILD_TOOL_version,
                ym_arena_printf(m->s->arena, "%" PRIu32 ".%" PRIu32, v >> 16, v >> 8 & 0xff));
}

static void set_build_version(const struct ym_macho *m, const struct row *row, struct ym_reader r) {
    struct ym_mod_object *to;
    struct ym_mod_object *tools;
    uint32_t n;

    if (ym_reader_left(&r) < 16) {
        return;
    }
    to = ym_mod_make(m->s, m->object, row->field);
    ym_mod_set_int(to, MACHO_BUILD_VERSION_platform, ym_macho_get32(m, &r));
    set_version(m, &r, to, MACHO_BUILD_VERSION_minos);
    set_version(m, &r, to, MACHO_BUILD_VERSION_sdk);
    n = ym_macho_get32(m, &r);
    ym_mod_set_int(to, MACHO_BUILD_VERSION_ntools, n);
    tools = ym_mod_make(m->s, to, MACHO_BUILD_VERSION_tools);
    for (uint32_t i = 0; i < n && ym_reader_left(&r) >= 8 && ym_mod_spend(m->s, 1); i++) {
        add_tool(m, &r, tools);
    }
}

static void set_min_version(const struct ym_macho *m, const struct row *row, struct ym_reader r) {
    struct ym_mod_object *to;

    if (ym_reader_left(&r) >= 8) {
        to = ym_mod_make(m->s, m->object, row->field);
        ym_mod_set_int(to, MACHO_MIN_VERSION_device, row->id);
        set_version(m, &r, to, MACHO_MIN_VERSION_version);
        set_version(m, &r, to, MACHO_MIN_VERSION_sdk);
    }
}

static const struct row rows[] = {
    {0x00000002, MACHO_symtab, set_words},
    {0x0000000b, MACHO_dysymtab, set_words},
    {0x0000000c, MACHO_dylibs, add_dylib}, /* needed */
    {0x0000000d, MACHO_dylibs, add_dylib}, /* itself */
    {0x0000000e, MACHO_dynamic_linker, set_text},
    {0x0000000f, MACHO_dynamic_linker, set_text}, /* itself */
    {0x80000018, MACHO_dylibs, add_dylib},        /* weak */
    {0x0000001b, MACHO_uuid, set_uuid},
    {0x8000001c, MACHO_rpaths, add_text},
    {0x0000001d, MACHO_code_signature_data, set_words},
    {0x8000001f, MACHO_dylibs, add_dylib}, /* passed on */
    {0x00000020, MACHO_dylibs, add_dylib}, /* lazy */
    {0x00000022, MACHO_dyld_info, set_words},
    {0x80000022, MACHO_dyld_info, set_words},
    {0x80000023, MACHO_dylibs, add_dylib},            /* upward */
    {0x00000024, MACHO_min_version, set_min_version}, /* macOS */
    {0x00000025, MACHO_min_version, set_min_version}, /* iOS */
    {0x00000027, MACHO_dynamic_linker, set_text},     /* its environment */
    {0x0000002a, MACHO_source_version, set_source_version},
    {0x0000002f, MACHO_min_version, set_min_version}, /* tvOS */
    {0x00000030, MACHO_min_version, set_min_version}, /* watchOS */
    {0x00000032, MACHO_build_version, set_build_version},
};

void ym_macho_set_command(const struct ym_macho *m, const struct ym_macho_command *c) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].id == c->id) {
            rows[i].set(m, &rows[i], c->body);
            return;
        }
    }
}

/* ---- Functions ------------------------------------------------------------------------------- */

static bool same_nocase(struct ym_str a, struct ym_str b) {
    for (size_t i = 0; a.n == b.n && i < a.n; i++) {
        if (ym_lower((unsigned char)a.s[i]) != ym_lower((unsigned char)b.s[i])) {
            return false;
        }
    }
    return a.n == b.n;
}

/* false: no such path, or no budget. */
static bool file_has_rpath(struct ym_mod_scan *s, const struct ym_mod_object *file,
                           struct ym_str want) {
    const struct ym_mod_object *rpaths = ym_mod_object_of(file, MACHO_rpaths);

    for (uint32_t i = 0; rpaths != NULL && i < rpaths->n; i++) {
        struct ym_mod_value v = ym_mod_at(rpaths, i);

        if (ym_mod_spend(s, 1 + want.n) && v.defined && same_nocase(v.u.text, want)) {
            return true;
        }
    }
    return false;
}

static bool file_has_dylib(struct ym_mod_scan *s, const struct ym_mod_object *file,
                           struct ym_str want) {
    const struct ym_mod_object *dylibs = ym_mod_object_of(file, MACHO_dylibs);
    struct ym_str name;

    for (uint32_t i = 0; dylibs != NULL && i < dylibs->n; i++) {
        if (ym_mod_spend(s, 1 + want.n) &&
            ym_mod_text_of(ym_mod_at(dylibs, i).u.object, MACHO_DYLIB_name, &name) &&
            same_nocase(name, want)) {
            return true;
        }
    }
    return false;
}

typedef bool file_has(struct ym_mod_scan *s, const struct ym_mod_object *file, struct ym_str want);

static void give_any(struct ym_mod_scan *s, const struct ym_mod_object *root, file_has *has,
                     struct ym_str want, struct ym_mod_value *ret) {
    const struct ym_mod_object *files = ym_mod_object_of(root, MACHO_file);
    bool found = has(s, root, want);

    for (uint32_t i = 0; !found && files != NULL && i < files->n && ym_mod_spend(s, 1); i++) {
        found = has(s, ym_mod_at(files, i).u.object, want);
    }
    if (found || *s->budget > 0) {
        ym_mod_give_int(ret, found);
    }
}

void ym_macho_has_dylib(struct ym_mod_scan *s, struct ym_mod_object *self,
                        const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_any(s, self, file_has_dylib, args[0].text, ret);
}

void ym_macho_has_rpath(struct ym_mod_scan *s, struct ym_mod_object *self,
                        const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_any(s, self, file_has_rpath, args[0].text, ret);
}
