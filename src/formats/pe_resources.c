/* pe_resources.c - the tree of resources of a PE file, and the icons in it.  See pe.h.
 *
 * Three levels: types, names, languages.  The tree is walked with a budget of entries, because its
 * counts and its links are an enemy's. */
#include "pe_int.h"

enum {
    RESOURCE_STEPS = 4096, /* entries looked at in all */
    GROUP_ENTRIES = 1024,  /* of groups of icons, each of which is sought in the tree */
    RT_ICON = 3,
    RT_GROUP_ICON = 14,
    GROUP_HEADER = 6,
    GROUP_ENTRY = 14,
    BITMAP_HEADER = 40
};

static const uint32_t SUBDIRECTORY = 0x80000000; /* and of a name: it is a text */

struct tree {
    const struct ym_pe *pe;
    uint32_t steps; /* left */
    ym_pe_resource_fn *fn;
    void *self;
    bool stop;
    bool has_id;
    uint32_t id;
};

/* A directory: reader at its first entry, and how many there are. */
static uint32_t open_directory(const struct ym_pe *pe, uint32_t offset, bool ids_only,
                               struct ym_reader *ret_entries) {
    const uint32_t rva = pe->directories[YM_PE_RESOURCES].rva + offset;
    uint64_t at;
    uint32_t named;
    uint32_t ids;

    if (!ym_pe_offset(pe, rva, &at)) {
        return 0;
    }
    *ret_entries = pe->whole;
    ym_seek(ret_entries, at);
    ym_skip(ret_entries, 12);
    named = ym_get_u16le(ret_entries);
    ids = ym_get_u16le(ret_entries);
    if (ids_only) {
        ym_skip(ret_entries, (uint64_t)named * 8);
        named = 0;
    }
    return ym_reader_ok(ret_entries) ? named + ids : 0;
}

/* The data entry behind an offset of the tree. */
static void give(struct tree *t, uint32_t offset) {
    struct ym_reader r = t->pe->whole;
    struct ym_pe_resource found = {.has_id = t->has_id, .id = t->id};
    uint64_t at;
    uint32_t rva;

    if (!ym_pe_offset(t->pe, t->pe->directories[YM_PE_RESOURCES].rva + offset, &at)) {
        return;
    }
    ym_seek(&r, at);
    rva = ym_get_u32le(&r);
    found.size = ym_get_u32le(&r);
    if (ym_reader_ok(&r) && ym_pe_offset(t->pe, rva, &found.offset)) {
        t->stop = !t->fn(t->self, &found);
    }
}

static void walk_languages(struct tree *t, uint32_t offset) {
    struct ym_reader r;
    uint32_t n = open_directory(t->pe, offset, false, &r);

    for (; n > 0 && t->steps > 0 && !t->stop && ym_reader_ok(&r); n--, t->steps--) {
        uint32_t next;

        ym_skip(&r, 4);
        next = ym_get_u32le(&r);
        if (ym_reader_ok(&r) && (next & SUBDIRECTORY) == 0) {
            give(t, next);
        }
    }
}

static void walk_names(struct tree *t, uint32_t offset) {
    struct ym_reader r;
    uint32_t n = open_directory(t->pe, offset, false, &r);

    for (; n > 0 && t->steps > 0 && !t->stop && ym_reader_ok(&r); n--, t->steps--) {
        const uint32_t name = ym_get_u32le(&r);
        const uint32_t next = ym_get_u32le(&r);

        t->has_id = (name & SUBDIRECTORY) == 0;
        t->id = name;
        if (ym_reader_ok(&r) && (next & SUBDIRECTORY) != 0) {
            walk_languages(t, next & ~SUBDIRECTORY);
        }
    }
}

void ym_pe_resources(const struct ym_pe *pe, uint32_t type, ym_pe_resource_fn *fn, void *self) {
    struct tree t = {.pe = pe, .steps = RESOURCE_STEPS, .fn = fn, .self = self};
    struct ym_reader r;
    uint32_t n;

    if (pe->directories[YM_PE_RESOURCES].rva == 0 || pe->directories[YM_PE_RESOURCES].size == 0) {
        return;
    }
    n = open_directory(pe, 0, true, &r);
    for (; n > 0 && t.steps > 0 && ym_reader_ok(&r); n--, t.steps--) {
        const uint32_t id = ym_get_u32le(&r);
        const uint32_t next = ym_get_u32le(&r);

        if (ym_reader_ok(&r) && id == type && (next & SUBDIRECTORY) != 0) {
            walk_names(&t, next & ~SUBDIRECTORY);
            return;
        }
    }
}

/* ---- Icons ---------------------------------------------------------------------------------- */

struct icons {
    const struct ym_pe *pe;
    ym_pe_icon_fn *fn;
    void *self;
    uint32_t n;       /* given so far */
    uint32_t entries; /* sought so far */
    bool more;
    bool stop;
    uint32_t wanted; /* id of the icon that is sought */
};

static bool on_icon(void *self, const struct ym_pe_resource *resource) {
    struct icons *icons = self;
    struct ym_reader r = icons->pe->whole;
    struct ym_pe_icon icon = {.offset = resource->offset, .size = resource->size};

    if (!resource->has_id || resource->id != icons->wanted) {
        return true;
    }
    ym_seek(&r, resource->offset);
    if (ym_get_u32le(&r) == BITMAP_HEADER) {
        icon.width = ym_get_u32le(&r);
        icon.height = ym_get_u32le(&r) / 2; /* picture and mask */
        ym_skip(&r, 2);
        icon.bits = ym_get_u16le(&r);
    }
    if (ym_reader_ok(&r)) {
        icons->n++;
        icons->stop = !icons->fn(icons->self, &icon);
    }
    return false;
}

static bool on_group(void *self, const struct ym_pe_resource *resource) {
    struct icons *icons = self;
    struct ym_reader r = icons->pe->whole;
    uint32_t n;

    ym_seek(&r, resource->offset);
    ym_skip(&r, GROUP_HEADER - 2);
    n = ym_get_u16le(&r);
    for (; n > 0 && !icons->stop && ym_reader_ok(&r); n--) {
        ym_skip(&r, GROUP_ENTRY - 2);
        icons->wanted = ym_get_u16le(&r);
        if (!ym_reader_ok(&r)) {
            break;
        }
        if (icons->n == YM_PE_MAX_ICONS || ++icons->entries > GROUP_ENTRIES) {
            icons->more = true;
            icons->stop = true;
        } else {
            ym_pe_resources(icons->pe, RT_ICON, on_icon, icons);
        }
    }
    return !icons->stop;
}

ym_status ym_pe_icons(struct ym_reader whole, struct ym_arena *arena, ym_pe_icon_fn *fn, void *self,
                      bool *ret_more, struct ym_err *err) {
    struct ym_pe pe;
    struct ym_exe exe;
    struct icons icons = {.pe = &pe, .fn = fn, .self = self};

    YM_TRY(ym_pe_open(whole, arena, &pe, &exe, err));
    ym_pe_resources(&pe, RT_GROUP_ICON, on_group, &icons);
    *ret_more = icons.more || *pe.work == 0;
    return YM_OK;
}
