/* offset.c - the offset field of an extended signature: Offset[,MaxShift].
 *
 *     *      n      EOF-n      EP+n EP-n      Sx+n      SL+n      SEx      VI      $n$
 *
 * Numbers may be empty, which is 0: so reads the peer, and so are databases written. */
#include "clamav_int.h"

#include <string.h>

enum { MAX_OFFSET_TEXT = 64, MAX_MACRO = 31 };

static bool starts(struct ym_str s, const char *with) {
    size_t n = strlen(with);

    return s.n >= n && memcmp(s.s, with, n) == 0;
}

static bool number_after(struct ym_str s, size_t skip, uint32_t *ret_value) {
    return ym_clamav_number(s.s + skip, s.n - skip, ret_value);
}

/* The digits at s; false if there is none or too many.  *ret_len: how many. */
static bool digits(struct ym_str s, uint32_t *ret_value, size_t *ret_len) {
    size_t n = 0;

    while (n < s.n && s.s[n] >= '0' && s.s[n] <= '9') {
        n++;
    }
    *ret_len = n;
    return ym_parse_u32(s.s, n, ret_value);
}

/* Sx+n: what follows n is not looked at. */
static bool section_plus(struct ym_str s, struct ym_place *place) {
    uint32_t value;
    size_t n;

    s = (struct ym_str){s.s + 1, s.n - 1};
    if (!digits(s, &place->section, &n) || n >= s.n || s.s[n] != '+') {
        return false;
    }
    s = (struct ym_str){s.s + n + 1, s.n - n - 1};
    if (!digits(s, &value, &n)) {
        return false;
    }
    place->kind = YM_PLACE_SECTION;
    place->offset = value;
    return true;
}

static bool section_place(struct ym_str s, struct ym_place *place) {
    uint32_t value;

    if (starts(s, "SE")) {
        place->kind = YM_PLACE_SECTION_BODY;
        return number_after(s, 2, &place->section);
    }
    if (starts(s, "SL+")) {
        place->kind = YM_PLACE_SECTION_LAST;
        if (!number_after(s, 3, &value)) {
            return false;
        }
        place->offset = value;
        return true;
    }
    return section_plus(s, place);
}

/* A '$' somewhere: a member of a macro group. */
static bool macro_place(struct ym_str s, struct ym_clamav_offset *out) {
    size_t n;

    if (s.s[0] != '$') {
        return false;
    }
    out->is_macro = true;
    return digits((struct ym_str){s.s + 1, s.n - 1}, &out->group, &n) && out->group <= MAX_MACRO;
}

static bool parse_base(struct ym_str s, struct ym_clamav_offset *out) {
    struct ym_place *place = &out->place;
    uint32_t value = 0;
    bool ok = true;

    if (starts(s, "EP+") || starts(s, "EP-")) {
        place->kind = YM_PLACE_EP;
        ok = number_after(s, 3, &value);
        place->offset = s.s[2] == '+' ? (int64_t)value : -(int64_t)value;
    } else if (starts(s, "S")) {
        ok = section_place(s, place);
    } else if (starts(s, "EOF-")) {
        place->kind = YM_PLACE_EOF;
        ok = number_after(s, 4, &value);
        place->offset = value;
    } else if (starts(s, "VI")) {
        place->kind = YM_PLACE_VERSION_INFO;
    } else if (s.n > 0 && memchr(s.s, '$', s.n) != NULL) {
        ok = macro_place(s, out);
    } else {
        place->kind = YM_PLACE_ABS;
        ok = ym_clamav_number(s.s, s.n, &value);
        place->offset = value;
    }
    return ok;
}

static bool needs_executable(const struct ym_clamav_offset *o) {
    return !o->is_macro && o->place.kind != YM_PLACE_ANY && o->place.kind != YM_PLACE_ABS &&
           o->place.kind != YM_PLACE_EOF;
}

static bool is_executable(unsigned target) {
    return target == YM_TARGET_PE || target == YM_TARGET_ELF || target == YM_TARGET_MACHO;
}

ym_status ym_clamav_parse_offset(struct ym_clamav_line *line, struct ym_str text, unsigned target,
                                 struct ym_clamav_offset *ret_offset) {
    struct ym_clamav_offset o = {.place.kind = YM_PLACE_ANY};
    const char *comma;

    if (text.n == 1 && text.s[0] == '*') {
        *ret_offset = o;
        return YM_OK;
    }
    if (text.n > MAX_OFFSET_TEXT) {
        return ym_clamav_bad(line, YM_MALFORMED, "offset of more than 64 characters");
    }
    o.has_version = text.n > 0 && memmem(text.s, text.n, "VI", 2) != NULL;
    comma = text.n == 0 ? NULL : memchr(text.s, ',', text.n);
    if (comma != NULL) {
        size_t left = text.n - (size_t)(comma + 1 - text.s);

        o.has_shift = true;
        text.n = (size_t)(comma - text.s);
        if (!ym_clamav_number(comma + 1, left, &o.place.shift)) {
            return ym_clamav_bad(line, YM_MALFORMED, "MaxShift of the offset is not a number");
        }
    }
    if (!parse_base(text, &o)) {
        return ym_clamav_bad(line, YM_MALFORMED, "not an offset");
    }
    if (needs_executable(&o) && !is_executable(target)) {
        return ym_clamav_bad(line, YM_MALFORMED,
                             "this offset needs target 1, 6 or 9 (PE, ELF, Mach-O)");
    }
    *ret_offset = o;
    return YM_OK;
}
