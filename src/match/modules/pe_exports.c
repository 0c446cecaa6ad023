/* modules/pe_exports.c - what a PE file exports, and the functions that ask about it; see pe.h.
 *
 * The table of addresses decides how many exports there are; the first name whose ordinal is the
 * number of a row is its name.  libyara looks the whole list of ordinals through for every row;
 * here it is turned round once.  An address in the export directory is the text of a forwarder.
 * Tables that do not lie in the file mean that nothing is exported. */
#include "pe.h"

enum { DIRECTORY_EXPORT = 0, HEADER_SIZE = 40, MAX_EXPORTS = 16384, MAX_NAME = 512 };

static const uint32_t NO_NAME = UINT32_MAX;

struct tables {
    uint64_t directory, directory_end; /* file offsets, by the size that is told */
    uint32_t base;
    uint32_t n_functions;
    uint32_t n_names;
    struct ym_reader functions;
    struct ym_reader names;
    uint32_t *name_of; /* by function: the number of its name */
};

struct header {
    uint32_t time_stamp, name, base, n_functions, n_names, functions, names, ordinals;
};

static struct header read_header(struct ym_reader r) {
    struct header h;

    ym_skip(&r, 4);
    h.time_stamp = ym_get_u32le(&r);
    ym_skip(&r, 4);
    h.name = ym_get_u32le(&r);
    h.base = ym_get_u32le(&r);
    h.n_functions = ym_get_u32le(&r);
    h.n_names = ym_get_u32le(&r);
    h.functions = ym_get_u32le(&r);
    h.names = ym_get_u32le(&r);
    h.ordinals = ym_get_u32le(&r);
    return h;
}

/* A table of n entries; false: it is not whole. */
static bool open_table(struct ym_mod_scan *s, const struct ym_pe_mod *pe, uint32_t rva, uint64_t n,
                       uint32_t width, struct ym_reader *ret_table) {
    uint64_t at;

    if (!ym_pe_mod_offset(s, pe, rva, &at) || !ym_pe_mod_fits(pe, at, n * width)) {
        return false;
    }
    *ret_table = ym_pe_mod_at(pe, at);
    return true;
}

static bool set_names(struct ym_mod_scan *s, struct tables *t, struct ym_reader ordinals) {
    t->name_of = YM_ARENA_ARRAY(s->arena, t->n_functions + 1, uint32_t);
    for (uint32_t i = 0; t->name_of != NULL && i < t->n_functions; i++) {
        t->name_of[i] = NO_NAME;
    }
    for (uint32_t i = 0; t->name_of != NULL && i < t->n_names; i++) {
        const uint16_t function = ym_get_u16le(&ordinals);

        if (function < t->n_functions && t->name_of[function] == NO_NAME) {
            t->name_of[function] = i;
        }
    }
    return t->name_of != NULL;
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* false: nothing is exported. */
static bool open_tables(struct ym_mod_scan *s, const struct ym_pe_mod *pe, const struct header *h,
                        struct tables *t) {
    struct ym_reader ordinals;

    t->base = h->base;
    t->n_functions = smaller(h->n_functions, MAX_EXPORTS);
    t->n_names = smaller(h->n_names, t->n_functions);
    if (h->n_names > 0 && !open_table(s, pe, h->names, h->n_names, 4, &t->names)) {
        return false;
    }
    return open_table(s, pe, h->ordinals, t->n_functions, 2, &ordinals) &&
           open_table(s, pe, h->functions, t->n_functions, 4, &t->functions) &&
           ym_mod_spend(s, t->n_functions) && set_names(s, t, ordinals);
}

static void set_name(struct ym_mod_scan *s, const struct ym_pe_mod *pe, const struct tables *t,
                     uint32_t i, struct ym_mod_object *one) {
    struct ym_reader r = t->names;
    uint64_t at;

    if (t->name_of[i] == NO_NAME) {
        return;
    }
    ym_skip(&r, (uint64_t)4 * t->name_of[i]);
    if (ym_pe_mod_offset(s, pe, ym_get_u32le(&r), &at) && at > 0) {
        ym_mod_set_view(one, PE_EXPORT_name, ym_pe_mod_text(pe, at, MAX_NAME));
    }
}

static void add_exports(struct ym_mod_scan *s, const struct ym_pe_mod *pe, struct tables *t) {
    struct ym_mod_object *list = ym_mod_make(s, pe->root, PE_export_details);

    for (uint32_t i = 0; i < t->n_functions; i++) {
        struct ym_mod_object *one = ym_mod_append_object(s, list);
        const uint32_t rva = ym_get_u32le(&t->functions);
        uint64_t at;

        ym_mod_set_int(one, PE_EXPORT_ordinal, (uint32_t)(t->base + i));
        ym_mod_set_int(one, PE_EXPORT_rva, rva);
        if (ym_pe_mod_offset(s, pe, rva, &at)) {
            if (at > t->directory && at < t->directory_end) {
                ym_mod_set_view(one, PE_EXPORT_forward_name, ym_pe_mod_text(pe, at, MAX_NAME));
            } else {
                ym_mod_set_int(one, PE_EXPORT_offset, (int64_t)at);
            }
        }
        set_name(s, pe, t, i, one);
    }
    ym_mod_set_int(pe->root, PE_number_of_exports, t->n_functions);
}

void ym_pe_load_exports(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    struct tables t = {.name_of = NULL};
    struct header h;
    uint32_t size;
    uint64_t at;
    uint64_t left = pe->file.whole.len + 1; /* behind the library's name; it lies nowhere */

    ym_mod_set_int(pe->root, PE_number_of_exports, 0);
    if (!ym_pe_mod_directory(s, pe, DIRECTORY_EXPORT, &t.directory, &size) ||
        !ym_pe_mod_fits(pe, t.directory, HEADER_SIZE)) {
        return;
    }
    t.directory_end = t.directory + size;
    h = read_header(ym_pe_mod_at(pe, t.directory));
    ym_mod_set_int(pe->root, PE_export_timestamp, h.time_stamp);
    if (ym_pe_mod_offset(s, pe, h.name, &at)) {
        left = pe->file.whole.len - at;
        if (at > 0) {
            ym_mod_set_view(pe->root, PE_dll_name, ym_pe_mod_text(pe, at, SIZE_MAX));
        }
    }
    if ((uint64_t)4 * smaller(h.n_functions, MAX_EXPORTS) <= left && open_tables(s, pe, &h, &t)) {
        add_exports(s, pe, &t);
    }
}

/* ---- Functions -------------------------------------------------------------------------------- */

/* What is sought: one of three. */
struct wanted {
    const struct ym_str *name;
    const struct ym_str *program; /* of a regular expression */
    int64_t ordinal;
};

static bool is_wanted(struct ym_mod_scan *s, const struct ym_mod_object *one,
                      const struct wanted *w) {
    struct ym_str name;
    int64_t ordinal;

    if (w->name == NULL && w->program == NULL) {
        return ym_mod_int_of(one, PE_EXPORT_ordinal, &ordinal) && ordinal == w->ordinal;
    }
    if (!ym_mod_text_of(one, PE_EXPORT_name, &name)) {
        return false;
    }
    return w->name != NULL ? ym_pe_mod_same(name, *w->name) : s->regex(s, *w->program, name);
}

/* The index of the first that is wanted, or none; *ret_known false: no PE, or the budget is spent. */
static bool find(struct ym_mod_scan *s, const struct ym_mod_object *root, const struct wanted *w,
                 bool *ret_known, uint32_t *ret_index) {
    const struct ym_mod_object *list = ym_mod_object_of(root, PE_export_details);
    const uint32_t n = list == NULL ? 0 : list->n;
    const bool by_ordinal = w->name == NULL && w->program == NULL;

    *ret_known = ym_pe_mod_of(root) != NULL && ym_mod_spend(s, n);
    if (!*ret_known || (by_ordinal && (w->ordinal == 0 || w->ordinal > n))) {
        return false; /* libyara's test of ordinals, which a base above 1 makes wrong */
    }
    for (uint32_t i = 0; i < n; i++) {
        if (is_wanted(s, list->values[i].u.object, w)) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static void give_found(struct ym_mod_scan *s, const struct ym_mod_object *self, struct wanted w,
                       struct ym_mod_value *ret) {
    bool known;
    uint32_t index;
    const bool found = find(s, self, &w, &known, &index);

    if (known) {
        ym_mod_give_int(ret, found ? 1 : 0);
    }
}

static void give_index(struct ym_mod_scan *s, const struct ym_mod_object *self, struct wanted w,
                       struct ym_mod_value *ret) {
    bool known;
    uint32_t index;

    if (find(s, self, &w, &known, &index)) {
        ym_mod_give_int(ret, index);
    }
}

void ym_pe_exports_name(struct ym_mod_scan *s, struct ym_mod_object *self,
                        const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_found(s, self, (struct wanted){.name = &args[0].text}, ret);
}

void ym_pe_exports_regex(struct ym_mod_scan *s, struct ym_mod_object *self,
                         const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_found(s, self, (struct wanted){.program = &args[0].text}, ret);
}

void ym_pe_exports_ordinal(struct ym_mod_scan *s, struct ym_mod_object *self,
                           const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_found(s, self, (struct wanted){.ordinal = args[0].i}, ret);
}

void ym_pe_exports_index_name(struct ym_mod_scan *s, struct ym_mod_object *self,
                              const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_index(s, self, (struct wanted){.name = &args[0].text}, ret);
}

void ym_pe_exports_index_regex(struct ym_mod_scan *s, struct ym_mod_object *self,
                               const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_index(s, self, (struct wanted){.program = &args[0].text}, ret);
}

void ym_pe_exports_index_ordinal(struct ym_mod_scan *s, struct ym_mod_object *self,
                                 const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_index(s, self, (struct wanted){.ordinal = args[0].i}, ret);
}
