/* sam_values.c - see sam_values.h. */
#include "sam_values.h"

#include "base/reader.h"

static const char module[] = "clean/sam_values";

enum {
    KEY_AT = 104,
    NAME_AT = 12,
    LM_AT = 156,
    NT_AT = 168,
    DATA_AT = 204, /* places of V count from here */
    CONTROL_AT = 56,
    DISABLED = 1,
    BLOCK = 16
};

static ym_status bad(struct ym_err *err, ym_status st, const char *what) {
    return ym_fail(err, st, module, YM_ERR_NO_OFFSET, "%s", what);
}

static bool is_blocks(size_t n) {
    return n >= BLOCK && n % BLOCK == 0 && n <= YM_SAM_DATA_MAX;
}

/* --- the key ---------------------------------------------------------------------------------- */

static void get_old_key(struct ym_reader *r, struct ym_sam_key *k) {
    k->form = YM_SAM_RC4;
    k->salt = ym_get_view(r, YM_SAM_SALT);
    k->n = YM_SAM_KEY;
    k->data = ym_get_view(r, k->n);
    k->n_check = BLOCK;
    k->check = ym_get_view(r, k->n_check);
}

static void get_new_key(struct ym_reader *r, struct ym_sam_key *k) {
    k->form = YM_SAM_AES;
    k->n_check = ym_get_u32le(r);
    k->n = ym_get_u32le(r);
    k->salt = ym_get_view(r, YM_SAM_SALT);
    k->data = ym_get_view(r, k->n);
    k->check = ym_get_view(r, k->n_check);
}

ym_status ym_sam_key_parse(const uint8_t *f, size_t n, struct ym_sam_key *ret_key,
                           struct ym_err *err) {
    struct ym_sam_key k = {.form = YM_SAM_NONE};
    struct ym_reader r;
    uint32_t revision;

    ym_reader_init(&r, f, n);
    ym_seek(&r, KEY_AT);
    revision = ym_get_u32le(&r);
    ym_skip(&r, 4);
    if (ym_reader_ok(&r) && revision != 1 && revision != 2) {
        return bad(err, YM_UNSUPPORTED, "the key of the accounts is of an unknown form");
    }
    if (revision == 1) {
        get_old_key(&r, &k);
    } else {
        get_new_key(&r, &k);
    }
    if (!ym_reader_ok(&r)) {
        return bad(err, YM_TRUNCATED, "the key of the accounts is cut off");
    }
    if (!is_blocks(k.n) || !is_blocks(k.n_check)) {
        return bad(err, YM_MALFORMED, "the key of the accounts has an impossible size");
    }
    *ret_key = k;
    return YM_OK;
}

/* --- an account ------------------------------------------------------------------------------- */

/* What an entry of V points to. */
static struct ym_reader get_part(const struct ym_reader *v, size_t at) {
    struct ym_reader r = *v;
    uint64_t place;
    uint64_t size;

    ym_seek(&r, at);
    place = ym_get_u32le(&r);
    size = ym_get_u32le(&r);
    return ym_reader_ok(&r) ? ym_reader_at(v, DATA_AT + place, size) : r;
}

/* Also of an LM hash: sets form, salt, data and n. */
static ym_status get_hash(struct ym_reader r, struct ym_sam_user *u, struct ym_err *err) {
    uint16_t revision;
    uint32_t place;

    ym_skip(&r, 2);
    revision = ym_get_u16le(&r);
    if (ym_reader_ok(&r) && revision != 1 && revision != 2) {
        return bad(err, YM_UNSUPPORTED, "a hash of an unknown form");
    }
    u->form = revision == 1 ? YM_SAM_RC4 : YM_SAM_AES;
    if (revision == 2) {
        place = ym_get_u32le(&r);
        u->salt = ym_get_view(&r, YM_SAM_SALT);
        if (ym_reader_ok(&r) && (place == 0) != (ym_reader_left(&r) == 0)) {
            return bad(err, YM_MALFORMED, "a hash that is there and is not");
        }
    }
    u->n = ym_reader_left(&r);
    u->data = ym_get_view(&r, u->n);
    if (!ym_reader_ok(&r)) {
        return bad(err, YM_TRUNCATED, "a hash is cut off");
    }
    if (u->n == 0) {
        u->form = YM_SAM_NONE;
    } else if (!is_blocks(u->n) || (u->form == YM_SAM_RC4 && u->n != BLOCK)) {
        return bad(err, YM_MALFORMED, "a hash has an impossible size");
    }
    return YM_OK;
}

/* An LM hash alone says that there is a password, which is not looked for. */
static ym_status look_for_lm(const struct ym_reader *v, struct ym_sam_user *u, struct ym_err *err) {
    struct ym_reader part = get_part(v, LM_AT);
    struct ym_sam_user lm = {.form = YM_SAM_NONE};

    if (ym_reader_ok(&part) && part.len == 0) {
        return YM_OK;
    }
    YM_TRY(get_hash(part, &lm, err));
    u->has_hash = lm.form == YM_SAM_NONE;
    return YM_OK;
}

ym_status ym_sam_user_parse(const uint8_t *v, size_t n, struct ym_sam_user *ret_user,
                            struct ym_err *err) {
    struct ym_sam_user u = {.form = YM_SAM_NONE};
    struct ym_reader whole;
    struct ym_reader name;
    struct ym_reader nt;

    ym_reader_init(&whole, v, n);
    name = get_part(&whole, NAME_AT);
    nt = get_part(&whole, NT_AT);
    if (!ym_reader_ok(&name) || !ym_reader_ok(&nt)) {
        return bad(err, YM_TRUNCATED, "an account is cut off");
    }
    if (name.len < 2 || name.len % 2 != 0 || name.len > YM_SAM_NAME_MAX) {
        return bad(err, YM_MALFORMED, "an account without a plausible name");
    }
    u.name = name.base;
    u.name_size = name.len;
    u.has_hash = nt.len > 0;
    if (u.has_hash) {
        YM_TRY(get_hash(nt, &u, err));
    }
    if (u.has_hash && u.form == YM_SAM_NONE) {
        YM_TRY(look_for_lm(&whole, &u, err));
    }
    *ret_user = u;
    return YM_OK;
}

ym_status ym_sam_disabled(const uint8_t *f, size_t n, bool *ret_disabled, struct ym_err *err) {
    struct ym_reader r;
    uint16_t control;

    ym_reader_init(&r, f, n);
    ym_seek(&r, CONTROL_AT);
    control = ym_get_u16le(&r);
    if (!ym_reader_ok(&r)) {
        return bad(err, YM_TRUNCATED, "an account's settings are cut off");
    }
    *ret_disabled = (control & DISABLED) != 0;
    return YM_OK;
}
