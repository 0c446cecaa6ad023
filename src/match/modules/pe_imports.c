/* modules/pe_imports.c - libraries and functions that a PE file imports; see pe.h.
 *
 * Two lists: the plain one and the delayed one.  Names that cannot be names are passed over: of
 * libraries in both, of functions only in the plain list, and there a library without any function
 * that counts does not count itself.  How many functions there may be is limited for a whole list;
 * how many are tried, for each library. */
#include "pe.h"

#include "formats/pe_ordinals.h"

#include <string.h>

enum {
    DIRECTORY_IMPORT = 1,
    DESCRIPTOR_SIZE = 20,
    MAX_LIBRARIES = 16384,
    MAX_FUNCTIONS = 16384,
    MAX_LIBRARY_NAME = 256,
    MAX_FUNCTION_NAME = 512,
    HINT_SIZE = 2
};

static const uint64_t BY_ORDINAL_32 = 0x80000000;
static const uint64_t BY_ORDINAL_64 = 0x8000000000000000;

/* One list while it is made. */
struct imports {
    struct ym_mod_scan *s;
    const struct ym_pe_mod *pe;
    struct ym_mod_object *list;
    uint32_t n_functions;
    uint64_t by_ordinal; /* the bit of a thunk that says so */
    /* The library at hand. */
    struct ym_str name;
    ym_pe_ordinals ordinals;
    struct ym_mod_object *library; /* NULL: not in the list yet */
    struct ym_mod_object *functions;
};

static struct imports begin(struct ym_mod_scan *s, struct ym_pe_mod *pe, uint32_t field) {
    return (struct imports){.s = s,
                            .pe = pe,
                            .list = ym_mod_make(s, pe->root, field),
                            .by_ordinal = pe->file.is64 ? BY_ORDINAL_64 : BY_ORDINAL_32};
}

static uint64_t read_word(const struct imports *w, struct ym_reader *r) {
    return w->pe->file.is64 ? ym_get_u64le(r) : ym_get_u32le(r);
}

/* ---- Names ------------------------------------------------------------------------------------ */

/* A name that ends, of what a file's name in Windows may have. */
static bool library_name(struct imports *w, uint64_t at, size_t max) {
    struct ym_str name = ym_pe_mod_text(w->pe, at, max);
    const bool ends = name.n > 0 && name.n < max && at + name.n < w->pe->file.whole.len;

    if (!ym_mod_spend(w->s, name.n) || !ends) {
        return false;
    }
    for (size_t i = 0; i < name.n; i++) {
        if (name.s[i] < ' ' || name.s[i] > '~' || strchr("\"*<>?|", name.s[i]) != NULL) {
            return false;
        }
    }
    w->name = name;
    w->ordinals = ym_pe_ordinals_of(name);
    w->library = NULL;
    return true;
}

static bool is_function_name(struct ym_str name) {
    for (size_t i = 0; i < name.n; i++) {
        if (!ym_is_alnum((unsigned char)name.s[i]) && memchr("._?@$()<>", name.s[i], 9) == NULL) {
            return false;
        }
    }
    return name.n > 0;
}

/* s NULL: no memory. */
static struct ym_str name_of_ordinal(const struct imports *w, uint16_t ordinal) {
    const char *name = ym_pe_ordinal_name(w->ordinals, ordinal);

    if (name == NULL) {
        name = ym_arena_printf(w->s->arena, "ord%u", (unsigned)ordinal);
    }
    return (struct ym_str){name, name == NULL ? 0 : strlen(name)};
}

/* ---- The list --------------------------------------------------------------------------------- */

static void need_library(struct imports *w) {
    if (w->library == NULL) {
        w->library = ym_mod_append_object(w->s, w->list);
        ym_mod_set_view(w->library, PE_IMPORT_library_name, w->name);
        ym_mod_set_int(w->library, PE_IMPORT_number_of_functions, 0);
        w->functions = ym_mod_make(w->s, w->library, PE_IMPORT_functions);
    }
}

/* ordinal -1: it has none.  An rva of 0 is undefined, as in libyara. */
static void add_function(struct imports *w, struct ym_str name, int64_t ordinal, uint64_t rva) {
    struct ym_mod_object *one;

    need_library(w);
    one = ym_mod_append_object(w->s, w->functions);
    if (name.s != NULL) {
        ym_mod_set_view(one, PE_IMPORT_FUNCTION_name, name);
    }
    if (ordinal >= 0) {
        ym_mod_set_int(one, PE_IMPORT_FUNCTION_ordinal, ordinal);
    }
    if (rva != 0) {
        ym_mod_set_int(one, PE_IMPORT_FUNCTION_rva, (int64_t)rva);
    }
    w->n_functions++;
    if (w->functions != NULL) {
        ym_mod_set_int(w->library, PE_IMPORT_number_of_functions, w->functions->n);
    }
}

/* ---- The plain list --------------------------------------------------------------------------- */

static void add_thunk(struct imports *w, uint64_t thunk, uint64_t rva) {
    uint64_t at;
    struct ym_str name;

    if ((thunk & w->by_ordinal) != 0) {
        if (thunk - w->by_ordinal <= UINT16_MAX) {
            add_function(w, name_of_ordinal(w, (uint16_t)thunk), (uint16_t)thunk, rva);
        }
    } else if (ym_pe_mod_offset(w->s, w->pe, thunk, &at) &&
               ym_pe_mod_fits(w->pe, at, HINT_SIZE + 1)) {
        name = ym_pe_mod_text(w->pe, at + HINT_SIZE, MAX_FUNCTION_NAME);
        if (is_function_name(name)) {
            add_function(w, name, -1, rva);
        }
    }
}

static void read_thunks(struct imports *w, uint32_t names_rva, uint32_t addresses_rva) {
    const uint32_t width = w->pe->file.is64 ? 8 : 4;
    struct ym_reader r;
    uint64_t at;

    if ((!ym_pe_mod_offset(w->s, w->pe, names_rva, &at) || at == 0) &&
        !ym_pe_mod_offset(w->s, w->pe, addresses_rva, &at)) {
        return;
    }
    r = ym_pe_mod_at(w->pe, at);
    for (uint32_t i = 0; i < MAX_FUNCTIONS && w->n_functions < MAX_FUNCTIONS; i++) {
        const uint64_t thunk = read_word(w, &r);
        const uint64_t rva = addresses_rva + (uint64_t)width * i;

        if (thunk == 0 || !ym_reader_ok(&r) || !ym_mod_spend(w->s, 1)) {
            return;
        }
        add_thunk(w, thunk, w->pe->file.is64 ? rva : (uint32_t)rva);
    }
}

static void read_libraries(struct imports *w, struct ym_reader r) {
    for (uint32_t i = 0; i < MAX_LIBRARIES && ym_reader_left(&r) >= DESCRIPTOR_SIZE; i++) {
        const uint32_t names_rva = ym_get_u32le(&r);
        uint32_t name_rva;
        uint32_t addresses_rva;
        uint64_t at;

        ym_skip(&r, 8); /* time stamp, forwarders */
        name_rva = ym_get_u32le(&r);
        addresses_rva = ym_get_u32le(&r);
        if (name_rva == 0 || !ym_mod_spend(w->s, 1)) {
            return;
        }
        if (ym_pe_mod_offset(w->s, w->pe, name_rva, &at) && library_name(w, at, MAX_LIBRARY_NAME)) {
            read_thunks(w, names_rva, addresses_rva);
        }
    }
}

static void set_counts(struct ym_pe_mod *pe, const struct imports *w, uint32_t libraries,
                       uint32_t functions) {
    ym_mod_set_int(pe->root, libraries, w->list == NULL ? 0 : w->list->n);
    ym_mod_set_int(pe->root, functions, w->n_functions);
}

void ym_pe_load_imports(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    struct imports w = begin(s, pe, PE_import_details);
    uint32_t size;
    uint64_t at;

    if (ym_pe_mod_directory(s, pe, DIRECTORY_IMPORT, &at, &size)) {
        read_libraries(&w, ym_pe_mod_at(pe, at));
    }
    set_counts(pe, &w, PE_number_of_imports, PE_number_of_imported_functions);
}

/* ---- The delayed list ------------------------------------------------------------------------- */

enum {
    DIRECTORY_DELAY_IMPORT = 13,
    DELAY_WORDS = 8,
    MIN_RVA = 64, /* behind a DOS header */
    D_ATTRIBUTES = 0,
    D_NAME = 1,
    D_ADDRESSES = 3,
    D_NAMES = 4
};

/* Visual C++ 6 wrote addresses for RVAs: those above the image's base. */
static uint64_t to_rva(uint64_t base, uint64_t address) {
    return address > base ? address - base : address;
}

static uint64_t root_number(const struct imports *w, uint32_t field) {
    int64_t v = 0;

    (void)ym_mod_int_of(w->pe->root, field, &v);
    return (uint64_t)v;
}

/* The pointer at an RVA; false: none, or 0, which ends its table. */
static bool pointer_at(const struct imports *w, uint64_t rva, uint64_t *ret_pointer) {
    struct ym_reader r;
    uint64_t at;

    if (!ym_pe_mod_offset(w->s, w->pe, rva, &at)) {
        return false;
    }
    r = ym_pe_mod_at(w->pe, at);
    *ret_pointer = read_word(w, &r);
    return ym_reader_ok(&r) && *ret_pointer != 0;
}

static void add_delayed(struct imports *w, uint64_t thunk, uint64_t rva) {
    uint64_t at;

    if ((thunk & w->by_ordinal) != 0) {
        add_function(w, name_of_ordinal(w, (uint16_t)thunk), (uint16_t)thunk, rva);
    } else if (ym_pe_mod_offset(w->s, w->pe, thunk + HINT_SIZE, &at)) {
        add_function(w, ym_pe_mod_text(w->pe, at, MAX_FUNCTION_NAME), -1, rva);
    }
}

static void read_delayed(struct imports *w, const uint32_t *d, uint64_t base) {
    const uint32_t width = w->pe->file.is64 ? 8 : 4;

    need_library(w);
    for (uint64_t i = 0; w->n_functions < MAX_FUNCTIONS && ym_mod_spend(w->s, 1); i++) {
        uint64_t thunk;
        uint64_t address;

        if (!pointer_at(w, d[D_NAMES] + width * i, &thunk) ||
            !pointer_at(w, d[D_ADDRESSES] + width * i, &address)) {
            return;
        }
        if (d[D_ATTRIBUTES] == 0 && (thunk & w->by_ordinal) == 0) {
            thunk = to_rva(base, thunk);
        }
        add_delayed(w, thunk, d[D_ADDRESSES] + width * i);
    }
}

/* false: the last one. */
static bool read_descriptor(struct imports *w, struct ym_reader *r) {
    const uint64_t base = root_number(w, PE_image_base);
    const uint64_t size = root_number(w, PE_size_of_image);
    uint32_t d[DELAY_WORDS];
    uint32_t any = 0;
    uint64_t at;

    for (unsigned i = 0; i < DELAY_WORDS; i++) {
        d[i] = ym_get_u32le(r);
        any |= d[i];
    }
    if (!ym_reader_ok(r) || any == 0 || d[D_ATTRIBUTES] > 1) {
        return false;
    }
    for (unsigned i = 1; i < DELAY_WORDS && !w->pe->file.is64 && d[D_ATTRIBUTES] == 0; i++) {
        d[i] = (uint32_t)to_rva(base, d[i]);
    }
    if (d[D_NAMES] >= size || d[D_ADDRESSES] >= size || d[D_NAME] < MIN_RVA ||
        d[D_NAMES] < MIN_RVA) {
        return false;
    }
    if (ym_pe_mod_offset(w->s, w->pe, d[D_NAME], &at) && library_name(w, at, SIZE_MAX)) {
        read_delayed(w, d, base);
    }
    return true;
}

void ym_pe_load_delayed_imports(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    struct imports w = begin(s, pe, PE_delayed_import_details);
    uint32_t size;
    uint64_t at;

    if (ym_pe_mod_directory(s, pe, DIRECTORY_DELAY_IMPORT, &at, &size)) {
        struct ym_reader r = ym_pe_mod_at(pe, at);
        bool more = true;

        while (more && w.list != NULL && w.list->n < MAX_LIBRARIES && ym_mod_spend(s, 1)) {
            more = read_descriptor(&w, &r);
        }
    }
    set_counts(pe, &w, PE_number_of_delayed_imports, PE_number_of_delayed_imported_functions);
}
