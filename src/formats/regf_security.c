/* regf_security.c - security descriptors, [MS-DTYP] 2.4.6.  See formats/regf.h.
 *
 *   descriptor  0 revision 1  2 control bits  4, 8, 12, 16 places of owner, group, SACL, DACL
 *   ACL         0 revision  2 size  4 number of entries, which follow at 8
 *   entry       0 type  1 flags  2 size  4 mask  8 SID (the types that are read here)
 *   SID         0 revision 1  1 number of parts  2 authority, 6 bytes, big-endian  8 the parts
 *
 * Places may overlap: Windows writes one SID for owner and group. */
#include "formats/regf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char module[] = "formats/regf_security";

enum {
    DESCRIPTOR_SIZE = 20,
    ACL_SIZE = 8,
    ENTRY_SIZE = 8, /* with its mask */
    DACL_PRESENT = 0x0004,
    SELF_RELATIVE = 0x8000,
    SID_TEXT = 16 + 20 + 11 * YM_REGF_SID_PARTS_MAX
};

static ym_status bad(struct ym_err *err, const struct ym_reader *r, const char *what) {
    return ym_fail(err, YM_MALFORMED, module, ym_reader_offset(r), "%s", what);
}

static ym_status no_room(const struct ym_arena *arena, struct ym_err *err) {
    ym_status st = ym_arena_status(arena);

    return ym_fail(err, st == YM_OK ? YM_NOMEM : st, module, YM_ERR_NO_OFFSET,
                   "no room for permissions");
}

static struct ym_reader rest_of(const struct ym_reader *r, uint64_t at) {
    return ym_reader_at(r, at, at > r->len ? 0 : r->len - at);
}

/* r: at a SID, which may be followed by something. */
static ym_status read_sid(struct ym_reader r, struct ym_arena *arena, const char **ret_text,
                          struct ym_err *err) {
    char text[SID_TEXT];
    uint8_t revision = ym_get_u8(&r);
    uint8_t parts = ym_get_u8(&r);
    uint64_t authority = (uint64_t)ym_get_u16be(&r) << 32;
    int n;

    authority |= ym_get_u32be(&r);
    if (!ym_reader_ok(&r) || revision != 1 || parts > YM_REGF_SID_PARTS_MAX) {
        return bad(err, &r, "no SID where one should be");
    }
    n = snprintf(text, sizeof(text), authority >> 32 == 0 ? "S-1-%" PRIu64 : "S-1-0x%012" PRIx64,
                 authority);
    for (uint8_t i = 0; i < parts; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "-%" PRIu32, ym_get_u32le(&r));
    }
    if (!ym_reader_ok(&r)) {
        return bad(err, &r, "a SID reaches beyond its end");
    }
    *ret_text = ym_arena_strndup(arena, text, (size_t)n);
    return *ret_text == NULL ? no_room(arena, err) : YM_OK;
}

static ym_status read_sid_at(const struct ym_reader *whole, uint32_t at, struct ym_arena *arena,
                             const char **ret_text, struct ym_err *err) {
    return at == 0 ? YM_OK : read_sid(rest_of(whole, at), arena, ret_text, err);
}

/* Allowed, denied, audit, alarm, and these with a condition behind the SID. */
static bool has_plain_sid(uint8_t type) {
    return type <= 3 || (type >= 9 && type <= 10) || (type >= 13 && type <= 14);
}

static ym_status read_entry(struct ym_reader *list, struct ym_arena *arena,
                            struct ym_security_entry *e, struct ym_err *err) {
    struct ym_reader r = rest_of(list, list->pos);
    uint32_t mask;
    uint16_t size;

    e->type = ym_get_u8(&r);
    e->flags = ym_get_u8(&r);
    size = ym_get_u16le(&r);
    r = ym_reader_at(list, list->pos, size);
    ym_skip(list, size);
    if (size < 4 || !ym_reader_ok(&r)) {
        return bad(err, list, "an entry of the permissions reaches beyond their end");
    }
    if (!has_plain_sid(e->type)) {
        return YM_OK;
    }
    ym_skip(&r, 4);
    mask = ym_get_u32le(&r);
    e->mask = mask;
    return read_sid(rest_of(&r, ENTRY_SIZE), arena, &e->sid, err);
}

static ym_status read_acl(const struct ym_reader *whole, uint32_t at, struct ym_arena *arena,
                          struct ym_security *out, struct ym_err *err) {
    struct ym_reader r = rest_of(whole, at);
    struct ym_reader list = r;
    struct ym_security_entry *entries;
    uint16_t size;
    uint16_t n;

    ym_skip(&r, 2);
    size = ym_get_u16le(&r);
    n = ym_get_u16le(&r);
    list = ym_reader_at(&list, 0, size);
    if (!ym_reader_ok(&r) || !ym_reader_ok(&list) || size < ACL_SIZE) {
        return bad(err, whole, "a list of permissions reaches beyond the descriptor");
    }
    if (n > YM_REGF_ENTRIES_MAX || n > size / 4) {
        return ym_fail(err, n > size / 4 ? YM_MALFORMED : YM_LIMIT, module, ym_reader_offset(&list),
                       "%u permissions in %u bytes", n, size);
    }
    ym_skip(&list, ACL_SIZE);
    entries = YM_ARENA_ARRAY(arena, n, struct ym_security_entry);
    if (entries == NULL) {
        return no_room(arena, err);
    }
    for (uint16_t i = 0; i < n; i++) {
        YM_TRY(read_entry(&list, arena, &entries[i], err));
    }
    out->has_dacl = true;
    out->entries = entries;
    out->n_entries = n;
    return YM_OK;
}

ym_status ym_security_parse(struct ym_reader descriptor, struct ym_arena *arena,
                            struct ym_security *ret_security, struct ym_err *err) {
    struct ym_security out = {.has_dacl = false};
    struct ym_reader r = ym_reader_at(&descriptor, 0, DESCRIPTOR_SIZE);
    uint8_t revision = ym_get_u8(&r);
    uint32_t owner;
    uint32_t group;
    uint32_t dacl;

    ym_skip(&r, 1);
    out.control = ym_get_u16le(&r);
    owner = ym_get_u32le(&r);
    group = ym_get_u32le(&r);
    ym_skip(&r, 4);
    dacl = ym_get_u32le(&r);
    if (!ym_reader_ok(&r)) {
        return ym_fail(err, YM_TRUNCATED, module, descriptor.origin,
                       "shorter than a security descriptor");
    }
    if (revision != 1) {
        return bad(err, &r, "not a security descriptor");
    }
    if ((out.control & SELF_RELATIVE) == 0) {
        return ym_fail(err, YM_UNSUPPORTED, module, descriptor.origin + 2,
                       "a security descriptor with addresses instead of places");
    }
    YM_TRY(read_sid_at(&descriptor, owner, arena, &out.owner, err));
    YM_TRY(read_sid_at(&descriptor, group, arena, &out.group, err));
    if ((out.control & DACL_PRESENT) != 0 && dacl != 0) {
        YM_TRY(read_acl(&descriptor, dacl, arena, &out, err));
    }
    *ret_security = out;
    return YM_OK;
}
