/* modules/macho.c - YARA's module macho; see module.h.
 *
 * As libyara 4.5 computes it, so that a rule means the same here.  The magic is what the bytes say
 * when read as big-endian, and the byte order follows from it; the sections of a segment are those
 * that fit the size of its command; commands end where one does not fit the file.  Segments come
 * first, since a thread's entry point is an address in one of them.
 *
 * A universal binary may name the same bytes many times: work is bounded by the budget, memory by
 * the arena. */
#include "macho.h"

#include "base/modules/macho.h"

#include <string.h>

extern const struct ym_module_code ym_module_macho_code;

enum {
    LC_SEGMENT = 0x1,
    LC_UNIXTHREAD = 0x5,
    LC_SEGMENT_64 = 0x19,
    COMMAND_HEAD = 8,
    NAME_SIZE = 16,
};
static const uint32_t lc_main = 0x80000028;

static const uint32_t mh_magic = 0xfeedface, mh_cigam = 0xcefaedfe;
static const uint32_t mh_magic_64 = 0xfeedfacf, mh_cigam_64 = 0xcffaedfe;
static const uint32_t fat_magic = 0xcafebabe, fat_cigam = 0xbebafeca;
static const uint32_t fat_magic_64 = 0xcafebabf, fat_cigam_64 = 0xbfbafeca;

/* An address, an offset or a size in a structure of either class. */
static uint64_t get_word(const struct ym_macho *m, bool is64, struct ym_reader *r) {
    return is64 ? ym_macho_get64(m, r) : ym_macho_get32(m, r);
}

static void set32(const struct ym_macho *m, struct ym_reader *r, struct ym_mod_object *to,
                  uint32_t field) {
    ym_mod_set_int(to, field, ym_macho_get32(m, r));
}

static void set_word(const struct ym_macho *m, bool is64, struct ym_reader *r,
                     struct ym_mod_object *to, uint32_t field) {
    ym_mod_set_int(to, field, (int64_t)get_word(m, is64, r));
}

/* 16 bytes, with or without a NUL. */
static void set_name(struct ym_reader *r, struct ym_mod_object *to, uint32_t field) {
    const char *name = (const char *)ym_get_view(r, NAME_SIZE);

    if (name != NULL) {
        ym_mod_set_view(to, field, (struct ym_str){name, strnlen(name, NAME_SIZE)});
    }
}

/* The element i of an array; those before it that are missing are made, with nothing in them. */
static struct ym_mod_object *element(struct ym_mod_scan *s, struct ym_mod_object *array,
                                     uint32_t i) {
    struct ym_mod_object *last = NULL;

    while (array != NULL && array->n <= i) {
        last = ym_mod_append_object(s, array);
        if (last == NULL) {
            return NULL;
        }
    }
    return last;
}

/* ---- Commands -------------------------------------------------------------------------------- */

static struct ym_reader first_command(const struct ym_macho *m) {
    struct ym_reader r = m->whole;

    ym_seek(&r, m->is64 ? 32 : 28);
    return r;
}

/* false: no further command, or no budget. */
static bool next_command(const struct ym_macho *m, struct ym_reader *r,
                         struct ym_macho_command *ret_command) {
    const size_t at = r->pos;
    const size_t left = ym_reader_left(r);
    uint32_t id = ym_macho_get32(m, r);
    uint32_t size = ym_macho_get32(m, r);

    if (!ym_reader_ok(r) || size > left || size < COMMAND_HEAD || !ym_mod_spend(m->s, 1)) {
        return false;
    }
    ym_skip(r, size - COMMAND_HEAD);
    *ret_command = (struct ym_macho_command){
        .id = id,
        .body = ym_reader_at(&m->whole, at + COMMAND_HEAD, size - COMMAND_HEAD),
        .rest = ym_reader_at(&m->whole, at, left),
    };
    return true;
}

/* ---- Segments -------------------------------------------------------------------------------- */

static void set_section(const struct ym_macho *m, bool is64, struct ym_reader *r,
                        struct ym_mod_object *to) {
    set_name(r, to, MACHO_SECTION_sectname);
    set_name(r, to, MACHO_SECTION_segname);
    set_word(m, is64, r, to, MACHO_SECTION_addr);
    set_word(m, is64, r, to, MACHO_SECTION_size);
    set32(m, r, to, MACHO_SECTION_offset);
    set32(m, r, to, MACHO_SECTION_align);
    set32(m, r, to, MACHO_SECTION_reloff);
    set32(m, r, to, MACHO_SECTION_nreloc);
    set32(m, r, to, MACHO_SECTION_flags);
    set32(m, r, to, MACHO_SECTION_reserved1);
    set32(m, r, to, MACHO_SECTION_reserved2);
    if (is64) {
        set32(m, r, to, MACHO_SECTION_reserved3);
    }
}

static void set_sections(const struct ym_macho *m, bool is64, uint32_t n, struct ym_reader r,
                         struct ym_mod_object *segment) {
    const size_t bytes = is64 ? 80 : 68;
    struct ym_mod_object *array = NULL;

    for (uint32_t i = 0; i < n && ym_reader_left(&r) >= bytes && ym_mod_spend(m->s, 1); i++) {
        array = ym_mod_make(m->s, segment, MACHO_SEGMENT_sections);
        set_section(m, is64, &r, ym_mod_append_object(m->s, array));
    }
}

static void set_segment(const struct ym_macho *m, bool is64, struct ym_reader r,
                        struct ym_mod_object *to) {
    int64_t file_size;

    set_name(&r, to, MACHO_SEGMENT_segname);
    set_word(m, is64, &r, to, MACHO_SEGMENT_vmaddr);
    set_word(m, is64, &r, to, MACHO_SEGMENT_vmsize);
    set_word(m, is64, &r, to, MACHO_SEGMENT_fileoff);
    file_size = (int64_t)get_word(m, is64, &r);
    ym_mod_set_int(to, MACHO_SEGMENT_fsize, file_size);
    ym_mod_set_int(to, MACHO_SEGMENT_filesize, file_size);
    set32(m, &r, to, MACHO_SEGMENT_maxprot);
    set32(m, &r, to, MACHO_SEGMENT_initprot);
    set32(m, &r, to, MACHO_SEGMENT_nsects);
    set32(m, &r, to, MACHO_SEGMENT_flags);
}

/* The head may be longer than its command, as long as the file has it; sections may not. */
static void load_segment(const struct ym_macho *m, const struct ym_macho_command *c, uint32_t i) {
    const bool is64 = c->id == LC_SEGMENT_64;
    const size_t head = is64 ? 72 : 56;
    struct ym_reader r = c->rest;
    struct ym_reader sections = c->body;
    struct ym_mod_object *to;
    int64_t n;

    if (ym_reader_left(&r) < head) {
        return;
    }
    to = element(m->s, ym_mod_make(m->s, m->object, MACHO_segments), i);
    ym_skip(&r, COMMAND_HEAD);
    set_segment(m, is64, r, to);
    ym_skip(&sections, head - COMMAND_HEAD);
    if (ym_reader_ok(&sections) && ym_mod_int_of(to, MACHO_SEGMENT_nsects, &n)) {
        set_sections(m, is64, (uint32_t)n, sections, to);
    }
}

static void load_segments(const struct ym_macho *m) {
    struct ym_reader r = first_command(m);
    struct ym_macho_command c;
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->n_commands && next_command(m, &r, &c); i++) {
        if (c.id == LC_SEGMENT || c.id == LC_SEGMENT_64) {
            load_segment(m, &c, n++);
        }
    }
    ym_mod_set_int(m->object, MACHO_number_of_segments, n);
}

/* ---- Entry point ----------------------------------------------------------------------------- */

/* Where the program counter lies in a thread state, and how long the state is. */
struct thread_state {
    uint32_t cputype;
    bool is64;
    uint16_t counter_at, size;
};

static const struct thread_state thread_states[] = {
    {0x00000006, false, 68, 72},   /* 68000: pc */
    {0x00000007, false, 40, 64},   /* x86: eip */
    {0x0000000c, false, 60, 68},   /* ARM: pc */
    {0x0000000d, false, 124, 136}, /* 88000: xip */
    {0x0000000e, false, 4, 76},    /* SPARC: pc */
    {0x00000012, false, 0, 160},   /* PowerPC: srr0 */
    {0x01000007, true, 128, 168},  /* x86-64: rip */
    {0x0100000c, true, 256, 268},  /* ARM 64: pc */
    {0x01000012, true, 0, 304},    /* PowerPC 64: srr0 */
};

static const struct thread_state *state_of(uint32_t cputype) {
    for (size_t i = 0; i < sizeof(thread_states) / sizeof(thread_states[0]); i++) {
        if (thread_states[i].cputype == cputype) {
            return &thread_states[i];
        }
    }
    return NULL;
}

static int64_t int_of(const struct ym_mod_object *o, uint32_t field) {
    int64_t v = 0;

    (void)ym_mod_int_of(o, field, &v);
    return v;
}

static bool offset_of_address(const struct ym_macho *m, uint64_t address, uint64_t *ret_offset) {
    const struct ym_mod_object *segments = ym_mod_object_of(m->object, MACHO_segments);

    for (uint32_t i = 0; segments != NULL && i < segments->n && ym_mod_spend(m->s, 1); i++) {
        const struct ym_mod_object *one = ym_mod_at(segments, i).u.object;
        uint64_t start = (uint64_t)int_of(one, MACHO_SEGMENT_vmaddr);

        if (address >= start && address < start + (uint64_t)int_of(one, MACHO_SEGMENT_vmsize)) {
            *ret_offset = (uint64_t)int_of(one, MACHO_SEGMENT_fileoff) + (address - start);
            return true;
        }
    }
    return false;
}

/* libyara reads the size of this command as little-endian in any file, and takes no more than the
 * file has. */
static void load_thread(const struct ym_macho *m, const struct ym_macho_command *c) {
    const struct thread_state *state = state_of(m->cputype);
    struct ym_reader r = c->rest;
    uint64_t size;
    uint64_t offset;

    ym_skip(&r, 4);
    size = ym_get_u32le(&r);
    size = size < c->rest.len ? size : c->rest.len;
    ym_skip(&r, 8); /* flavour, count */
    if (!ym_reader_ok(&r) || state == NULL || size < 16u + state->size) {
        return;
    }
    ym_skip(&r, state->counter_at);
    if (offset_of_address(m, get_word(m, state->is64, &r), &offset)) {
        ym_mod_set_int(m->object, MACHO_entry_point, (int64_t)offset);
    }
}

static void load_main(const struct ym_macho *m, const struct ym_macho_command *c) {
    struct ym_reader r = c->rest;
    uint64_t entry;
    uint64_t stack;

    ym_skip(&r, COMMAND_HEAD);
    entry = ym_macho_get64(m, &r);
    stack = ym_macho_get64(m, &r);
    if (ym_reader_ok(&r)) {
        ym_mod_set_int(m->object, MACHO_entry_point, (int64_t)entry);
        ym_mod_set_int(m->object, MACHO_stack_size, (int64_t)stack);
    }
}

/* ---- A file ---------------------------------------------------------------------------------- */

static void load_commands(const struct ym_macho *m) {
    struct ym_reader r = first_command(m);
    struct ym_macho_command c;

    for (uint32_t i = 0; i < m->n_commands && next_command(m, &r, &c); i++) {
        if (c.id == LC_UNIXTHREAD) {
            load_thread(m, &c);
        } else if (c.id == lc_main) {
            load_main(m, &c);
        } else {
            ym_macho_set_command(m, &c);
        }
    }
}

static void load_header(struct ym_macho *m, uint32_t magic) {
    struct ym_reader r = m->whole;

    ym_skip(&r, 4);
    m->cputype = ym_macho_get32(m, &r);
    ym_mod_set_int(m->object, MACHO_magic, magic);
    ym_mod_set_int(m->object, MACHO_cputype, m->cputype);
    set32(m, &r, m->object, MACHO_cpusubtype);
    set32(m, &r, m->object, MACHO_filetype);
    m->n_commands = ym_macho_get32(m, &r);
    ym_mod_set_int(m->object, MACHO_ncmds, m->n_commands);
    set32(m, &r, m->object, MACHO_sizeofcmds);
    set32(m, &r, m->object, MACHO_flags);
    if (m->is64) {
        set32(m, &r, m->object, MACHO_reserved);
    }
}

/* What has another magic, in a universal binary, is taken for a file of 64 bits: for a big-endian one
 * if it is a universal binary itself. */
static void load_file(struct ym_mod_scan *s, struct ym_reader whole, struct ym_mod_object *object) {
    struct ym_reader r = whole;
    const uint32_t magic = ym_get_u32be(&r);
    struct ym_macho m = {
        .s = s,
        .object = object,
        .whole = whole,
        .is64 = magic != mh_magic && magic != mh_cigam,
        .big = magic == mh_magic || magic == mh_magic_64 || magic == fat_magic ||
               magic == fat_magic_64,
    };

    if (whole.len < 32 || object == NULL) { /* of either class */
        return;
    }
    load_header(&m, magic);
    load_segments(&m);
    load_commands(&m);
}

/* ---- A universal binary ---------------------------------------------------------------------- */

/* All of its numbers are big-endian, whatever the magic; fat_magic alone has the short rows. */
static struct ym_reader load_arch(const struct ym_reader *whole, bool is64, struct ym_reader *r,
                                  struct ym_mod_object *to) {
    uint64_t offset;
    uint64_t size;

    ym_mod_set_int(to, MACHO_FAT_ARCH_cputype, ym_get_u32be(r));
    ym_mod_set_int(to, MACHO_FAT_ARCH_cpusubtype, ym_get_u32be(r));
    offset = is64 ? ym_get_u64be(r) : ym_get_u32be(r);
    size = is64 ? ym_get_u64be(r) : ym_get_u32be(r);
    ym_mod_set_int(to, MACHO_FAT_ARCH_offset, (int64_t)offset);
    ym_mod_set_int(to, MACHO_FAT_ARCH_size, (int64_t)size);
    ym_mod_set_int(to, MACHO_FAT_ARCH_align, ym_get_u32be(r));
    ym_mod_set_int(to, MACHO_FAT_ARCH_reserved, is64 ? ym_get_u32be(r) : 0);
    return ym_reader_at(whole, offset, size);
}

static void load_universal(struct ym_mod_scan *s, struct ym_reader whole,
                           struct ym_mod_object *root) {
    struct ym_reader r = whole;
    const uint32_t magic = ym_get_u32be(&r);
    const bool is64 = magic != fat_magic;
    const uint32_t n = ym_get_u32be(&r);
    struct ym_mod_object *archs;

    if (!ym_reader_ok(&r)) {
        return;
    }
    ym_mod_set_int(root, MACHO_fat_magic, magic);
    ym_mod_set_int(root, MACHO_nfat_arch, n);
    if (n > ym_reader_left(&r) / (is64 ? 32 : 20)) {
        return;
    }
    archs = ym_mod_make(s, root, MACHO_fat_arch);
    for (uint32_t i = 0; i < n && ym_mod_spend(s, 1); i++) {
        struct ym_mod_object *arch = ym_mod_append_object(s, archs);
        struct ym_reader slice = load_arch(&whole, is64, &r, arch);

        if (arch == NULL) {
            return;
        }
        if (ym_reader_ok(&slice)) {
            load_file(s, slice, element(s, ym_mod_make(s, root, MACHO_file), i));
        }
    }
}

static void load(struct ym_mod_scan *s, struct ym_mod_object *root) {
    struct ym_reader whole;
    struct ym_reader r;
    uint32_t magic;

    ym_reader_init(&whole, s->data, s->size);
    r = whole;
    magic = ym_get_u32be(&r);
    if (magic == mh_magic || magic == mh_cigam || magic == mh_magic_64 || magic == mh_cigam_64) {
        load_file(s, whole, root);
    } else if (magic == fat_magic || magic == fat_cigam || magic == fat_magic_64 ||
               magic == fat_cigam_64) {
        load_universal(s, whole, root);
    }
}

/* ---- Functions ------------------------------------------------------------------------------- */

/* The first element whose type is this one; subtype NULL: any. */
static bool find_arch(const struct ym_mod_object *array, uint32_t type_field,
                      uint32_t subtype_field, int64_t type, const int64_t *subtype,
                      uint32_t *ret_index) {
    for (uint32_t i = 0; array != NULL && i < array->n; i++) {
        const struct ym_mod_object *one = ym_mod_at(array, i).u.object;
        int64_t t;
        int64_t st;

        if (ym_mod_int_of(one, type_field, &t) && t == type &&
            (subtype == NULL || (ym_mod_int_of(one, subtype_field, &st) && st == *subtype))) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static void give_file_index(const struct ym_mod_object *root, int64_t type, const int64_t *subtype,
                            struct ym_mod_value *ret) {
    const struct ym_mod_object *files = ym_mod_object_of(root, MACHO_file);
    uint32_t i;

    if (find_arch(files, MACHO_cputype, MACHO_cpusubtype, type, subtype, &i)) {
        ym_mod_give_int(ret, i);
    }
}

/* Undefined when the file of the first such architecture has no entry point. */
static void give_entry_point(const struct ym_mod_object *root, int64_t type, const int64_t *subtype,
                             struct ym_mod_value *ret) {
    const struct ym_mod_object *archs = ym_mod_object_of(root, MACHO_fat_arch);
    struct ym_mod_value file;
    int64_t offset;
    int64_t entry;
    uint32_t i;

    if (!find_arch(archs, MACHO_FAT_ARCH_cputype, MACHO_FAT_ARCH_cpusubtype, type, subtype, &i)) {
        return;
    }
    file = ym_mod_at(ym_mod_object_of(root, MACHO_file), i);
    if (file.defined && ym_mod_int_of(file.u.object, MACHO_entry_point, &entry) &&
        ym_mod_int_of(ym_mod_at(archs, i).u.object, MACHO_FAT_ARCH_offset, &offset)) {
        ym_mod_give_int(ret, (int64_t)((uint64_t)offset + (uint64_t)entry));
    }
}

static void file_index(struct ym_mod_scan *s, struct ym_mod_object *self,
                       const union ym_mod_arg *args, struct ym_mod_value *ret) {
    (void)s;
    give_file_index(self, args[0].i, NULL, ret);
}

static void file_index_subtype(struct ym_mod_scan *s, struct ym_mod_object *self,
                               const union ym_mod_arg *args, struct ym_mod_value *ret) {
    (void)s;
    give_file_index(self, args[0].i, &args[1].i, ret);
}

static void entry_point(struct ym_mod_scan *s, struct ym_mod_object *self,
                        const union ym_mod_arg *args, struct ym_mod_value *ret) {
    (void)s;
    give_entry_point(self, args[0].i, NULL, ret);
}

static void entry_point_subtype(struct ym_mod_scan *s, struct ym_mod_object *self,
                                const union ym_mod_arg *args, struct ym_mod_value *ret) {
    (void)s;
    give_entry_point(self, args[0].i, &args[1].i, ret);
}

static ym_mod_function *const functions[] = {
    [MACHO_FN_FILE_INDEX] = file_index,        [MACHO_FN_FILE_INDEX_SUBTYPE] = file_index_subtype,
    [MACHO_FN_ENTRY_POINT] = entry_point,      [MACHO_FN_ENTRY_POINT_SUBTYPE] = entry_point_subtype,
    [MACHO_FN_HAS_DYLIB] = ym_macho_has_dylib, [MACHO_FN_HAS_RPATH] = ym_macho_has_rpath,
};

const struct ym_module_code ym_module_macho_code = {
    .load = load, .functions = functions, .n_functions = YM_MOD_N(functions)};
