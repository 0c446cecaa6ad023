/* modules/elf.c - YARA's module elf; see module.h.
 *
 * As libyara 4.5 computes it, so that a rule means the same here: a table is taken whole or, when it
 * does not lie inside the file, not at all; sizes of entries are those of the class, whatever the
 * header says of them; of several symbol tables of a kind the last one counts, of several dynamic
 * segments each writes over the one before.  Names are borrowed from the file.
 *
 * Work is bounded by the budget, since many symbols may share one long name, and many dynamic
 * segments one long list; memory by the arena, about 250 bytes a symbol that a rule looks at. */
#include "elf.h"

#include "base/modules/elf.h"

#include <string.h>

extern const struct ym_module_code ym_module_elf_code;

enum {
    IDENT_SIZE = 16,
    CLASS_32 = 1,
    CLASS_64 = 2,
    LITTLE = 1,
    BIG = 2,
    ET_EXEC = 2,
    SHT_NULL = 0,
    SHT_SYMTAB = 2,
    SHT_STRTAB = 3,
    SHT_NOBITS = 8,
    SHT_DYNSYM = 11,
    SHN_LORESERVE = 0xff00,
    PT_DYNAMIC = 2,
    PN_XNUM = 0xffff,
    DT_NULL = 0,
    BYTES_A_STEP = 16, /* of a search for the end of a name */
};

/* ---- Reading --------------------------------------------------------------------------------- */

static uint16_t get16(const struct ym_elf *e, struct ym_reader *r) {
    return ym_get_u16(r, e->big);
}

static uint32_t get32(const struct ym_elf *e, struct ym_reader *r) {
    return ym_get_u32(r, e->big);
}

/* An address, an offset or a size: 4 or 8 bytes by class. */
static uint64_t get_word(const struct ym_elf *e, struct ym_reader *r) {
    if (!e->is64) {
        return get32(e, r);
    }
    return ym_get_u64(r, e->big);
}

/* The window [at, end of file), failed when at is not in it. */
static struct ym_reader rest_from(const struct ym_elf *e, uint64_t at) {
    return ym_reader_at(&e->whole, at, at < e->whole.len ? e->whole.len - at : UINT64_MAX);
}

struct section {
    uint32_t name, type, link;
    uint64_t flags, address, offset, size;
};

static struct section read_section(const struct ym_elf *e, struct ym_reader *r) {
    struct section s;

    s.name = get32(e, r);
    s.type = get32(e, r);
    s.flags = get_word(e, r);
    s.address = get_word(e, r);
    s.offset = get_word(e, r);
    s.size = get_word(e, r);
    s.link = get32(e, r);
    ym_skip(r, e->is64 ? 4 + 16 : 4 + 8); /* info, alignment, size of an entry */
    return s;
}

struct segment {
    uint32_t type, flags;
    uint64_t offset, address, physical_address, file_size, memory_size, alignment;
};

static struct segment read_segment(const struct ym_elf *e, struct ym_reader *r) {
    struct segment s = {.type = get32(e, r)};

    if (e->is64) {
        s.flags = get32(e, r);
    }
    s.offset = get_word(e, r);
    s.address = get_word(e, r);
    s.physical_address = get_word(e, r);
    s.file_size = get_word(e, r);
    s.memory_size = get_word(e, r);
    if (!e->is64) {
        s.flags = get32(e, r);
    }
    s.alignment = get_word(e, r);
    return s;
}

/* Everything but the name: where that lies among the names. */
static uint32_t read_symbol(const struct ym_elf *e, struct ym_reader *r,
                            struct ym_elf_symbol *ret_symbol) {
    struct ym_elf_symbol s = {.named = false};
    uint32_t name = get32(e, r);
    uint8_t info;

    if (!e->is64) {
        s.value = get32(e, r);
        s.size = get32(e, r);
    }
    info = ym_get_u8(r);
    s.type = info & 15;
    s.bind = info >> 4;
    s.visibility = ym_get_u8(r) & 3;
    s.section = get16(e, r);
    if (e->is64) {
        s.value = get_word(e, r);
        s.size = get_word(e, r);
    }
    *ret_symbol = s;
    return name;
}

static uint64_t section_bytes(const struct ym_elf *e) {
    return e->is64 ? 64 : 40;
}

static uint64_t segment_bytes(const struct ym_elf *e) {
    return e->is64 ? 56 : 32;
}

static struct ym_reader section_table(const struct ym_elf *e) {
    return ym_reader_at(&e->whole, e->sections_at, e->n_sections * section_bytes(e));
}

static struct ym_reader segment_table(const struct ym_elf *e) {
    return ym_reader_at(&e->whole, e->segments_at, e->n_segments * segment_bytes(e));
}

/* The name at an index of a table of names, which begins with an empty one.  False: none there, or
 * its end is not in the table. */
static bool name_at(const struct ym_elf *e, const struct ym_reader *names, uint32_t index,
                    struct ym_str *ret_name) {
    struct ym_reader r = *names;
    const uint8_t *start;
    const uint8_t *end;
    size_t left;

    if (ym_get_u8(&r) != 0 || index > INT32_MAX) {
        return false;
    }
    ym_seek(&r, index);
    left = ym_reader_left(&r);
    start = ym_get_view(&r, left);
    if (start == NULL) {
        return false;
    }
    end = memchr(start, 0, left);
    left = end == NULL ? left : (size_t)(end - start);
    if (!ym_mod_spend(e->s, 1 + left / BYTES_A_STEP) || end == NULL) {
        return false;
    }
    *ret_name = (struct ym_str){(const char *)start, left};
    return true;
}

/* ---- Header ---------------------------------------------------------------------------------- */

static bool read_header(struct ym_elf *e) {
    struct ym_reader r = e->whole;
    uint8_t class;
    uint8_t order;

    if (ym_get_u32be(&r) != 0x7f454c46) { /* 7f "ELF" */
        return false;
    }
    class = ym_get_u8(&r);
    order = ym_get_u8(&r);
    e->is64 = class == CLASS_64;
    e->big = order == BIG;
    /* libyara wants a byte behind the header, too. */
    return (class == CLASS_32 || e->is64) && (order == LITTLE || e->big) &&
           e->whole.len > (e->is64 ? 64 : 52);
}

static void set_header(struct ym_elf *e) {
    struct ym_reader r = e->whole;

    ym_seek(&r, 7); /* after magic, class, byte order and version */
    ym_mod_set_int(e->root, ELF_osabi, ym_get_u8(&r));
    ym_seek(&r, IDENT_SIZE);
    e->type = get16(e, &r);
    ym_mod_set_int(e->root, ELF_type, e->type);
    ym_mod_set_int(e->root, ELF_machine, get16(e, &r));
    ym_skip(&r, 4); /* version */
    e->entry = get_word(e, &r);
    e->segments_at = get_word(e, &r);
    e->sections_at = get_word(e, &r);
    ym_mod_set_int(e->root, ELF_ph_offset, (int64_t)e->segments_at);
    ym_mod_set_int(e->root, ELF_sh_offset, (int64_t)e->sections_at);
    ym_skip(&r, 4 + 2); /* flags, size of this header */
    ym_mod_set_int(e->root, ELF_ph_entry_size, get16(e, &r));
    e->n_segments = get16(e, &r);
    ym_mod_set_int(e->root, ELF_number_of_segments, e->n_segments);
    ym_mod_set_int(e->root, ELF_sh_entry_size, get16(e, &r));
    e->n_sections = get16(e, &r);
    ym_mod_set_int(e->root, ELF_number_of_sections, e->n_sections);
    e->names_index = get16(e, &r);
}

/* ---- Entry point ----------------------------------------------------------------------------- */

/* The end of a range wraps in the width of the class. */
static bool covers(const struct ym_elf *e, uint64_t start, uint64_t size, uint64_t address) {
    uint64_t end = e->is64 ? start + size : (uint32_t)(start + size);

    return address >= start && address < end;
}

static bool entry_by_segment(const struct ym_elf *e, uint64_t *ret_offset) {
    struct ym_reader r = segment_table(e);

    for (unsigned i = 0; i < e->n_segments && e->segments_at != 0 && ym_reader_ok(&r); i++) {
        struct segment s = read_segment(e, &r);

        if (covers(e, s.address, s.memory_size, e->entry)) {
            *ret_offset = s.offset + (e->entry - s.address);
            return true;
        }
    }
    return false;
}

static bool entry_by_section(const struct ym_elf *e, uint64_t *ret_offset) {
    struct ym_reader r = section_table(e);

    for (unsigned i = 0; i < e->n_sections && e->sections_at != 0 && ym_reader_ok(&r); i++) {
        struct section s = read_section(e, &r);

        if (s.type != SHT_NULL && s.type != SHT_NOBITS && covers(e, s.address, s.size, e->entry)) {
            *ret_offset = s.offset + (e->entry - s.address);
            return true;
        }
    }
    return false;
}

/* A file offset: through the segments of an executable, through the sections of anything else. */
static void set_entry(const struct ym_elf *e) {
    uint64_t offset;

    if (e->entry != 0 &&
        (e->type == ET_EXEC ? entry_by_segment(e, &offset) : entry_by_section(e, &offset))) {
        ym_mod_set_int(e->root, ELF_entry_point, (int64_t)offset);
    }
}

/* ---- Symbols --------------------------------------------------------------------------------- */

bool ym_elf_next_symbol(const struct ym_elf *e, struct ym_elf_symbols *t,
                        struct ym_elf_symbol *ret_symbol) {
    uint32_t name;

    if (t->left == 0 || !ym_mod_spend(e->s, 1)) {
        return false;
    }
    t->left--;
    name = read_symbol(e, &t->rows, ret_symbol);
    ret_symbol->named = name_at(e, &t->names, name, &ret_symbol->name);
    return true;
}

static void set_symbol(const struct ym_elf_symbol *s, struct ym_mod_object *to) {
    if (s->named) {
        ym_mod_set_view(to, ELF_SYMBOL_name, s->name);
    }
    ym_mod_set_int(to, ELF_SYMBOL_value, (int64_t)s->value);
    ym_mod_set_int(to, ELF_SYMBOL_size, (int64_t)s->size);
    ym_mod_set_int(to, ELF_SYMBOL_type, s->type);
    ym_mod_set_int(to, ELF_SYMBOL_bind, s->bind);
    ym_mod_set_int(to, ELF_SYMBOL_shndx, s->section);
    ym_mod_set_int(to, ELF_SYMBOL_visibility, s->visibility);
}

/* The arrays of symbols are made when a rule asks for one: few do, and big programs have many. */
static void set_symbols(struct ym_mod_scan *s, struct ym_mod_object *root, uint32_t field) {
    struct ym_elf *e = root->own;
    struct ym_elf_symbols t = field == ELF_symtab ? e->symtab : e->dynsym;
    struct ym_elf_symbol symbol;
    struct ym_mod_object *array;

    e->s = s;
    if ((field != ELF_symtab && field != ELF_dynsym) || !t.found) {
        return;
    }
    array = ym_mod_make(s, root, field);
    ym_mod_reserve(s, array, t.left);
    while (ym_elf_next_symbol(e, &t, &symbol)) {
        struct ym_mod_object *to = ym_mod_append_object(s, array);

        if (to == NULL) {
            return;
        }
        set_symbol(&symbol, to);
    }
}

/* ---- Sections -------------------------------------------------------------------------------- */

static void set_section(const struct ym_elf *e, const struct section *s,
                        const struct ym_reader *names, struct ym_mod_object *to) {
    struct ym_str name;

    ym_mod_set_int(to, ELF_SECTION_type, s->type);
    ym_mod_set_int(to, ELF_SECTION_flags, (int64_t)s->flags);
    ym_mod_set_int(to, ELF_SECTION_address, (int64_t)s->address);
    ym_mod_set_int(to, ELF_SECTION_size, (int64_t)s->size);
    ym_mod_set_int(to, ELF_SECTION_offset, (int64_t)s->offset);
    if (name_at(e, names, s->name, &name)) {
        ym_mod_set_view(to, ELF_SECTION_name, name);
    }
}

static struct section section_at(const struct ym_elf *e, struct ym_reader table, uint32_t i) {
    ym_seek(&table, i * section_bytes(e));
    return read_section(e, &table);
}

/* The last table of a kind counts, if it and its names lie in the file. */
static void note_symbols(const struct ym_elf *e, struct ym_reader table, const struct section *s,
                         struct ym_elf_symbols *t) {
    struct section names;

    if (s->link >= e->n_sections) {
        return;
    }
    names = section_at(e, table, s->link);
    if (names.type == SHT_STRTAB) {
        t->rows = ym_reader_at(&e->whole, s->offset, s->size);
        t->names = ym_reader_at(&e->whole, names.offset, names.size);
        t->left = (uint32_t)(t->rows.len / (e->is64 ? 24 : 16));
        t->found = ym_reader_ok(&t->rows) && ym_reader_ok(&t->names);
    }
}

static void set_count(const struct ym_elf *e, const struct ym_elf_symbols *t, uint32_t field) {
    if (t->found) {
        ym_mod_set_int(e->root, field, t->left);
    }
}

/* The names of sections reach from where their section begins to the end of the file, and not from
 * its very beginning. */
static struct ym_reader section_names(const struct ym_elf *e, struct ym_reader table) {
    uint64_t at = section_at(e, table, e->names_index).offset;

    return rest_from(e, at == 0 ? UINT64_MAX : at);
}

static void set_sections(struct ym_elf *e) {
    const struct ym_reader table = section_table(e);
    struct ym_mod_object *array;
    struct ym_reader names;
    struct ym_reader r = table;

    if (e->n_sections >= SHN_LORESERVE || e->names_index >= e->n_sections || !ym_reader_ok(&r)) {
        return;
    }
    array = ym_mod_make(e->s, e->root, ELF_sections);
    names = section_names(e, table);
    for (unsigned i = 0; i < e->n_sections && ym_mod_spend(e->s, 1); i++) {
        struct section s = read_section(e, &r);

        set_section(e, &s, &names, ym_mod_append_object(e->s, array));
        if (s.type == SHT_SYMTAB) {
            note_symbols(e, table, &s, &e->symtab);
        } else if (s.type == SHT_DYNSYM) {
            note_symbols(e, table, &s, &e->dynsym);
        }
    }
    set_count(e, &e->symtab, ELF_symtab_entries);
    set_count(e, &e->dynsym, ELF_dynsym_entries);
}

/* ---- Segments -------------------------------------------------------------------------------- */

/* The element i of an array that has at least i. */
static struct ym_mod_object *element(struct ym_mod_scan *s, struct ym_mod_object *array,
                                     int64_t i) {
    struct ym_mod_value v = ym_mod_at(array, i);

    return v.defined ? v.u.object : ym_mod_append_object(s, array);
}

/* To the end of the list or of the file: a segment's size is not asked. */
static void set_dynamic(const struct ym_elf *e, const struct segment *segment) {
    const size_t bytes = e->is64 ? 16 : 8;
    struct ym_reader r = rest_from(e, segment->offset);
    struct ym_mod_object *array = ym_mod_make(e->s, e->root, ELF_dynamic);
    bool more = true;
    int64_t i = 0;

    while (more && ym_reader_left(&r) >= bytes && ym_mod_spend(e->s, 1)) {
        struct ym_mod_object *to = element(e->s, array, i++);
        uint64_t tag = get_word(e, &r);

        ym_mod_set_int(to, ELF_DYNAMIC_type, (int64_t)tag);
        ym_mod_set_int(to, ELF_DYNAMIC_val, (int64_t)get_word(e, &r));
        more = tag != DT_NULL && to != NULL;
    }
    ym_mod_set_int(e->root, ELF_dynamic_section_entries, i);
}

static void set_segment(const struct segment *s, struct ym_mod_object *to) {
    ym_mod_set_int(to, ELF_SEGMENT_type, s->type);
    ym_mod_set_int(to, ELF_SEGMENT_flags, s->flags);
    ym_mod_set_int(to, ELF_SEGMENT_offset, (int64_t)s->offset);
    ym_mod_set_int(to, ELF_SEGMENT_virtual_address, (int64_t)s->address);
    ym_mod_set_int(to, ELF_SEGMENT_physical_address, (int64_t)s->physical_address);
    ym_mod_set_int(to, ELF_SEGMENT_file_size, (int64_t)s->file_size);
    ym_mod_set_int(to, ELF_SEGMENT_memory_size, (int64_t)s->memory_size);
    ym_mod_set_int(to, ELF_SEGMENT_alignment, (int64_t)s->alignment);
}

static void set_segments(const struct ym_elf *e) {
    struct ym_reader r = segment_table(e);
    struct ym_mod_object *array;

    if (e->n_segments == 0 || e->n_segments >= PN_XNUM || !ym_reader_ok(&r) ||
        e->segments_at >= e->whole.len) {
        return;
    }
    array = ym_mod_make(e->s, e->root, ELF_segments);
    for (unsigned i = 0; i < e->n_segments && ym_mod_spend(e->s, 1); i++) {
        struct segment s = read_segment(e, &r);

        set_segment(&s, ym_mod_append_object(e->s, array));
        if (s.type == PT_DYNAMIC) {
            set_dynamic(e, &s);
        }
    }
}

static void load(struct ym_mod_scan *s, struct ym_mod_object *root) {
    struct ym_elf *e = YM_ARENA_NEW(s->arena, struct ym_elf);

    if (e == NULL) {
        return;
    }
    e->s = s;
    e->root = root;
    ym_reader_init(&e->whole, s->data, s->size);
    if (!read_header(e)) {
        return;
    }
    root->own = e;
    root->later = set_symbols;
    set_header(e);
    set_entry(e);
    set_sections(e);
    set_segments(e);
}

static ym_mod_function *const functions[] = {
    [ELF_FN_TELFHASH] = ym_elf_telfhash,
    [ELF_FN_IMPORT_MD5] = ym_elf_import_md5,
};

const struct ym_module_code ym_module_elf_code = {
    .load = load, .functions = functions, .n_functions = YM_MOD_N(functions)};
