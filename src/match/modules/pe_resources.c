/* modules/pe_resources.c - the tree of resources of a PE file; see pe.h.
 *
 * Three levels: types, names, languages; a leaf may hang on any of them.  What a leaf does not have
 * of its own it has from those before it, as in libyara, whose numbers of type, name and language
 * are one set for the whole walk, while a text belongs to its branch.  An entry without an offset
 * ends its directory: libyara does not get past it.
 *
 * One habit is not followed: there, language(0xff) and locale(0xdaff) hold of a resource without a
 * language, whose "undefined" is a number that ends like that.
 *
 * A directory is not entered from itself; all other circles end with the third level, and the number
 * of entries is taken from the budget. */
#include "pe.h"

enum {
    DIRECTORY_RESOURCE = 2,
    LEVELS = 3,
    HEADER_SIZE = 16,
    ENTRY_SIZE = 8,
    LEAF_SIZE = 16,
    MAX_ENTRIES = 32768, /* named ones, numbered ones */
    MAX_RESOURCES = 65536,
    MAX_NAME = 1000,
    MAX_SIZE = 0x3fffffff,
    TYPE_VERSION = 16
};

static const uint32_t HIGH = 0x80000000; /* of an offset: a directory; of a name: a text */

/* A directory that is being walked. */
struct level {
    uint64_t at;
    struct ym_reader entries;
    uint32_t left;
    struct ym_str names[LEVELS]; /* of the branch; s NULL: a number */
};

struct tree {
    struct ym_mod_scan *s;
    struct ym_pe_mod *pe;
    struct ym_mod_object *list;
    uint64_t base; /* of all offsets */
    struct level levels[LEVELS];
    uint32_t depth; /* levels in use */
    int32_t ids[LEVELS];
    uint32_t n_resources;
    uint32_t n_versions;
};

/* The text that a name is; s NULL: it is a number, or a text that cannot be. */
static struct ym_str read_name(const struct tree *t, uint32_t name) {
    struct ym_reader r = ym_pe_mod_at(t->pe, t->base + (name & ~HIGH));
    const uint16_t n = ym_get_u16le(&r);
    const uint8_t *text = n > MAX_NAME ? NULL : ym_get_view(&r, (uint64_t)2 * n);

    if ((name & HIGH) == 0 || !ym_reader_ok(&r) || n > MAX_NAME) {
        return (struct ym_str){NULL, 0};
    }
    return n == 0 ? (struct ym_str){"", 0} : (struct ym_str){(const char *)text, (size_t)2 * n};
}

static void enter(struct tree *t, uint64_t at) {
    const struct level *from = t->depth == 0 ? NULL : &t->levels[t->depth - 1];
    struct level *to = &t->levels[t->depth];
    struct ym_reader r = ym_pe_mod_at(t->pe, at);
    const uint32_t characteristics = ym_get_u32le(&r);
    uint32_t named;
    uint32_t numbered;

    ym_skip(&r, 8); /* time stamp, version */
    named = ym_get_u16le(&r);
    numbered = ym_get_u16le(&r);
    if (!ym_reader_ok(&r) || characteristics != 0 || named > MAX_ENTRIES ||
        numbered > MAX_ENTRIES || ym_reader_left(&r) < (uint64_t)ENTRY_SIZE * (named + numbered)) {
        return;
    }
    *to = (struct level){.at = at, .entries = r, .left = named + numbered};
    for (unsigned i = 0; from != NULL && i < LEVELS; i++) {
        to->names[i] = from->names[i];
    }
    t->depth++;
}

static void set_name(const struct tree *t, const struct level *l, unsigned level,
                     struct ym_mod_object *one, uint32_t text_field, uint32_t id_field) {
    if (l->names[level].s != NULL) {
        ym_mod_set_view(one, text_field, l->names[level]);
    } else if (t->ids[level] != -1) {
        ym_mod_set_int(one, id_field, t->ids[level]);
    }
}

static void add_resource(struct tree *t, const struct level *l, uint32_t rva, uint32_t size) {
    struct ym_mod_object *one = ym_mod_append_object(t->s, t->list);
    uint64_t at;

    ym_mod_set_int(one, PE_RESOURCE_rva, rva);
    if (ym_pe_mod_offset(t->s, t->pe, rva, &at)) {
        ym_mod_set_int(one, PE_RESOURCE_offset, (int64_t)at);
    }
    ym_mod_set_int(one, PE_RESOURCE_length, size);
    set_name(t, l, 0, one, PE_RESOURCE_type_string, PE_RESOURCE_type);
    set_name(t, l, 1, one, PE_RESOURCE_name_string, PE_RESOURCE_id);
    set_name(t, l, 2, one, PE_RESOURCE_language_string, PE_RESOURCE_language);
    if (t->ids[0] == TYPE_VERSION) {
        t->n_versions += ym_pe_load_version(t->s, t->pe, rva);
    }
    t->n_resources++;
}

static void read_leaf(struct tree *t, const struct level *l, uint64_t at) {
    struct ym_reader r = ym_pe_mod_at(t->pe, at);
    const uint32_t rva = ym_get_u32le(&r);
    const uint32_t size = ym_get_u32le(&r);

    if (!ym_pe_mod_fits(t->pe, at, LEAF_SIZE) || size == 0 || size > MAX_SIZE) {
        return;
    }
    if (t->n_resources >= MAX_RESOURCES) {
        t->depth = 0;
        return;
    }
    add_resource(t, l, rva, size);
}

static void read_entry(struct tree *t) {
    const unsigned level = t->depth - 1;
    struct level *l = &t->levels[level];
    const uint32_t name = ym_get_u32le(&l->entries);
    const uint32_t offset = ym_get_u32le(&l->entries);
    const uint64_t at = t->base + (offset & ~HIGH);

    l->left--;
    if (offset == 0) {
        l->left = 0;
        return;
    }
    t->ids[level] = (int32_t)name;
    l->names[level] = read_name(t, name);
    if ((offset & HIGH) == 0 || level + 1 == LEVELS) {
        read_leaf(t, l, at);
    } else if (at != l->at && ym_pe_mod_fits(t->pe, at, HEADER_SIZE)) {
        enter(t, at);
    }
}

static void load_header(struct ym_mod_scan *s, struct ym_pe_mod *pe, uint64_t at) {
    struct ym_mod_object *version = ym_mod_make(s, pe->root, PE_resource_version);
    struct ym_reader r = ym_pe_mod_at(pe, at);

    ym_skip(&r, 4);
    ym_mod_set_int(pe->root, PE_resource_timestamp, ym_get_u32le(&r));
    ym_mod_set_int(version, PE_VERSION_major, ym_get_u16le(&r));
    ym_mod_set_int(version, PE_VERSION_minor, ym_get_u16le(&r));
}

void ym_pe_load_resources(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    struct tree t = {.s = s, .pe = pe, .ids = {-1, -1, -1}};
    uint32_t size;

    t.list = ym_mod_make(s, pe->root, PE_resources);
    if (ym_pe_mod_directory(s, pe, DIRECTORY_RESOURCE, &t.base, &size) &&
        ym_pe_mod_fits(pe, t.base, HEADER_SIZE)) {
        load_header(s, pe, t.base);
        enter(&t, t.base);
    }
    while (t.depth > 0 && ym_mod_spend(s, 1)) {
        if (t.levels[t.depth - 1].left == 0) {
            t.depth--;
        } else {
            read_entry(&t);
        }
    }
    ym_mod_set_int(pe->root, PE_number_of_resources, t.n_resources);
    ym_mod_set_int(pe->root, PE_number_of_version_infos, t.n_versions);
}

/* ---- Functions: is there a resource of this language? ------------------------------------------ */

static void find_language(struct ym_mod_scan *s, const struct ym_mod_object *self, int64_t mask,
                          int64_t want, struct ym_mod_value *ret) {
    const struct ym_mod_object *list = ym_mod_object_of(self, PE_resources);
    const uint32_t n = list == NULL ? 0 : list->n;
    bool found = false;

    if (ym_pe_mod_of(self) == NULL || !ym_mod_spend(s, n)) {
        return;
    }
    for (uint32_t i = 0; i < n && !found; i++) {
        int64_t language;

        found = ym_mod_int_of(list->values[i].u.object, PE_RESOURCE_language, &language) &&
                (language & mask) == want;
    }
    ym_mod_give_int(ret, found ? 1 : 0);
}

void ym_pe_locale(struct ym_mod_scan *s, struct ym_mod_object *self, const union ym_mod_arg *args,
                  struct ym_mod_value *ret) {
    find_language(s, self, 0xffff, args[0].i, ret);
}

void ym_pe_language(struct ym_mod_scan *s, struct ym_mod_object *self, const union ym_mod_arg *args,
                    struct ym_mod_value *ret) {
    find_language(s, self, 0xff, args[0].i, ret);
}
