/* place.c - where a match of a pattern may start. */
#include "run.h"

#include "base/kinds.h"
#include "formats/exe.h"

static bool section_range(const struct ym_exe *exe, uint32_t i, const struct ym_img_pattern *p,
                          struct ym_range *ret) {
    const struct ym_exe_section *s;

    if (exe == NULL || i >= exe->n_sections) {
        return false;
    }
    s = &exe->sections[i];
    ret->low = (int64_t)s->raw_offset + p->place_offset;
    ret->high = ret->low + p->place_shift;
    if (p->place_kind == YM_PLACE_SECTION_BODY) {
        ret->low = (int64_t)s->raw_offset;
        ret->high = ret->low + (int64_t)s->raw_size + p->place_shift;
    }
    return true;
}

static bool is_executable_target(unsigned target) {
    return target == YM_TARGET_PE || target == YM_TARGET_ELF || target == YM_TARGET_MACHO;
}

bool ym_place_range(const struct ym_match_input *in, const struct ym_img_pattern *p,
                    struct ym_range *ret) {
    int64_t size = (int64_t)in->size;
    int64_t base = 0;

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
    default:
        return false;
    }
    ret->low = base + p->place_offset;
    ret->high = ret->low + p->place_shift;
    return true;
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

bool ym_place_allows(const struct ym_match_input *in, const struct ym_img_pattern *p,
                     size_t start) {
    struct ym_range r;

    if (p->place_kind == YM_PLACE_ANY) {
        return true;
    }
    if (p->place_kind == YM_PLACE_VERSION_INFO) {
        return in_version_info(in->exe, start);
    }
    return ym_place_range(in, p, &r) && (int64_t)start >= r.low && (int64_t)start <= r.high;
}
