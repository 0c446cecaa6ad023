/* place.c - where a match of a pattern may start. */
#include "run.h"

#include "base/kinds.h"
#include "base/reader.h"
#include "formats/exe.h"
#include "formats/pe_yara.h"

/* Offsets come from signatures and may be any number: those beyond all objects stay there. */
static int64_t sum(int64_t a, int64_t b) {
    int64_t ret;

    return __builtin_add_overflow(a, b, &ret) ? (a < 0 ? INT64_MIN : INT64_MAX) : ret;
}

static bool section_range(const struct ym_exe *exe, uint32_t i, const struct ym_img_pattern *p,
                          struct ym_range *ret) {
    const struct ym_exe_section *s;

    if (exe == NULL || i >= exe->n_sections) {
        return false;
    }
    s = &exe->sections[i];
    ret->low = sum((int64_t)s->raw_offset, p->place_offset);
    ret->high = sum(ret->low, p->place_shift);
    if (p->place_kind == YM_PLACE_SECTION_BODY) {
        ret->low = (int64_t)s->raw_offset;
        ret->high = sum(sum(ret->low, (int64_t)s->raw_size), p->place_shift);
    }
    return true;
}

static bool is_executable_target(unsigned target) {
    return target == YM_TARGET_PE || target == YM_TARGET_ELF || target == YM_TARGET_MACHO;
}

/* The entry point by libyara's rules, as its module pe tells it; looked for once an object. */
static bool pe_entry(struct ym_run *r, int64_t *ret) {
    if (!r->pe_entry_asked) {
        struct ym_reader reader;
        struct ym_pe_yara pe;

        r->pe_entry_asked = true;
        ym_reader_init(&reader, r->in->data, r->in->size);
        r->has_pe_entry = ym_pe_yara_open(reader, &pe) && ym_pe_yara_entry_point(&pe, &r->pe_entry);
    }
    *ret = (int64_t)r->pe_entry;
    return r->has_pe_entry;
}

/* Offsets in YARA's rules count from where the data lies in memory. */
static int64_t start_of(const struct ym_run *r, const struct ym_img_pattern *p) {
    return p->lang == YM_LANG_YARA ? -(int64_t)(r->in->base & INT64_MAX) : 0;
}

bool ym_place_anchor(struct ym_run *r, const struct ym_img_pattern *p, struct ym_range *ret) {
    const struct ym_match_input *in = r->in;
    int64_t size = (int64_t)in->size;
    int64_t base = start_of(r, p);

    switch (p->place_kind) {
    case YM_PLACE_ANY:
    case YM_PLACE_VERSION_INFO:
        *ret = (struct ym_range){0, size};
        return true;
    case YM_PLACE_ABS:
        break;
    case YM_PLACE_EOF:
        if ((is_executable_target(p->target) && in->exe == NULL) || p->place_offset > size) {
            return false;
        }
        if (p->place_offset < 0) {
            return false; /* behind the end */
        }
        base = size - 2 * p->place_offset; /* the offset counts backwards */
        break;
    case YM_PLACE_EP:
        if (in->exe == NULL || !in->exe->has_entry) {
            return false;
        }
        base = (int64_t)in->exe->entry;
        break;
    case YM_PLACE_SECTION:
    case YM_PLACE_SECTION_BODY:
        return section_range(in->exe, p->place_section, p, ret);
    case YM_PLACE_SECTION_LAST:
        return in->exe != NULL && in->exe->n_sections > 0 &&
               section_range(in->exe, in->exe->n_sections - 1, p, ret);
    case YM_PLACE_PE_ENTRY: {
        int64_t entry;

        if (!pe_entry(r, &entry)) {
            return false;
        }
        base = sum(base, entry);
        break;
    }
    case YM_PLACE_YARA_ENTRY:
        if (!in->has_yara_entry) {
            return false;
        }
        base = sum(base, (int64_t)in->yara_entry);
        break;
    default:
        return false;
    }
    ret->low = sum(base, p->place_offset);
    ret->high = sum(ret->low, p->place_shift);
    return true;
}

/* Somebody wants to see all matches, also those that the condition does not ask for. */
static bool is_free(const struct ym_run *r, const struct ym_img_pattern *p) {
    return p->place_kind == YM_PLACE_ANY ||
           (r->in->every_match && (p->flags & YM_IMG_PATTERN_PLACED) != 0);
}

bool ym_place_range(struct ym_run *r, const struct ym_img_pattern *p, struct ym_range *ret) {
    if (is_free(r, p)) {
        *ret = (struct ym_range){0, (int64_t)r->in->size};
        return true;
    }
    return ym_place_anchor(r, p, ret);
}

static bool in_version_info(const struct ym_exe *exe, uint64_t start) {
    for (uint32_t i = 0; exe != NULL && i < exe->n_version_info; i++) {
        if (start >= exe->version_info[i].offset &&
            start - exe->version_info[i].offset < exe->version_info[i].size) {
            return true;
        }
    }
    return false;
}

bool ym_place_allows(struct ym_run *r, const struct ym_img_pattern *p, size_t start) {
    struct ym_range range;

    if (is_free(r, p)) {
        return true;
    }
    if (p->place_kind == YM_PLACE_VERSION_INFO) {
        return in_version_info(r->in->exe, start);
    }
    return ym_place_anchor(r, p, &range) && (int64_t)start >= range.low &&
           (int64_t)start <= range.high;
}
