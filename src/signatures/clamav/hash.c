/* hash.c - lines of .hdb .hsb .fp .sfp .imp (Hash:Size:Name[:MinFL[:MaxFL]]) and of .mdb .msb
 * (Size:Hash:Name[:MinFL[:MaxFL]]) to digest rows.
 *
 * A set has millions of these: nothing is copied or allocated here.  The order of the tests is
 * the peer's, since a line that asks for a newer engine is passed over before its other fields
 * are looked at. */
#include "clamav_int.h"

#include <string.h>

enum { MAX_FIELDS = 5, MIN_LEVEL_ANY_SIZE = 73 };

static ym_status parse_size(struct ym_clamav_line *line, struct ym_str field, bool any_allowed,
                            uint32_t *ret_size) {
    if (field.n == 1 && field.s[0] == '*') {
        if (!any_allowed) {
            return ym_clamav_bad(line, YM_MALFORMED,
                                 "size * needs a minimum functionality level of 73 or more");
        }
        *ret_size = YM_SIZE_ANY;
        return YM_OK;
    }
    if (!ym_parse_u32(field.s, field.n, ret_size) || *ret_size == 0 || *ret_size == UINT32_MAX) {
        return ym_clamav_bad(line, YM_MALFORMED, "size is not 1 to 4294967294, nor *");
    }
    return YM_OK;
}

static ym_status parse_digest(struct ym_clamav_line *line, struct ym_str field,
                              struct ym_digest_sig *sig) {
    switch (field.n) {
    case 32:
        sig->algo = YM_MD5;
        break;
    case 40:
        sig->algo = YM_SHA1;
        break;
    case 64:
        sig->algo = YM_SHA256;
        break;
    default:
        return ym_clamav_bad(line, YM_MALFORMED, "hash is not 32, 40 or 64 hex digits");
    }
    if (!ym_hex_decode(field.s, ym_digest_size(sig->algo), sig->digest)) {
        return ym_clamav_bad(line, YM_MALFORMED, "hash is not 32, 40 or 64 hex digits");
    }
    return YM_OK;
}

ym_status ym_clamav_read_hash(struct ym_clamav_line *line, int kind) {
    struct ym_clamav *ld = line->ld;
    struct ym_str f[MAX_FIELDS];
    unsigned n = ym_clamav_split(line, f, MAX_FIELDS);
    unsigned size_field = kind == YM_DIGEST_SECTION ? 0 : 1;
    uint32_t min_level = n > 3 ? ym_clamav_level(f[3]) : 0;
    bool any_size = kind == YM_DIGEST_IMPORT || min_level >= MIN_LEVEL_ANY_SIZE;
    struct ym_digest_sig sig = {.kind = (ym_digest_kind)kind, .unofficial = !ld->options.official};
    struct ym_str name;

    if (n < 3 || n > MAX_FIELDS) {
        return ym_clamav_bad(line, YM_MALFORMED, "not 3 to 5 fields");
    }
    if (min_level > YM_CLAMAV_FLEVEL ||
        (n == MAX_FIELDS && ym_clamav_level(f[4]) < YM_CLAMAV_FLEVEL)) {
        return ym_clamav_leave_out(line, "functionality level");
    }
    YM_TRY(parse_size(line, f[size_field], any_size, &sig.size));
    if (ym_clamav_ignored(line, f[2])) {
        return ym_clamav_leave_out(line, "ignored by name");
    }
    if (ym_clamav_unwanted_here(line, f[2])) {
        return ym_clamav_leave_out(line, "category of unwanted applications");
    }
    name = ym_clamav_name(f[2]);
    if (name.n == 0) {
        return ym_clamav_bad(line, YM_MALFORMED, "no name");
    }
    YM_TRY(parse_digest(line, f[1 - size_field], &sig));
    sig.name.s = name.s;
    sig.name.n = (uint32_t)name.n;
    return ld->sink.digest(ld->sink.self, &sig, line->err);
}
