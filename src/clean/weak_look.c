/* weak_look.c - the child's work: from two hives to names and flags.  See weak_passwords.h. */
#include "weak_passwords.h"

#include "base/utf16.h"
#include "formats/regf.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

static const char accounts_key[] = "SAM\\Domains\\Account";

enum {
    TYPE_BINARY = 3,
    TYPE_DWORD = 4,
    SETS_MAX = 999, /* ControlSet001 to ControlSet999 */
    WORD_MAX = 32,  /* characters of a word of the list */
    RID_DIGITS = 8,
    GUESSES = 3 /* made from an account's name */
};

struct look {
    const struct ym_sam_crypto *c;
    struct ym_arena *arena;
    struct ym_regf system, sam;
    uint8_t account_key[YM_SAM_KEY];
    uint8_t (*listed)[YM_SAM_HASH]; /* of the words */
    uint8_t empty[YM_SAM_HASH];
};

/* Of the arena's memory, which is ours to write. */
static void clear_text(struct ym_str s) {
    OPENSSL_cleanse((void *)(uintptr_t)s.s, s.n); /* NOLINT(performance-no-int-to-ptr) */
}

/* --- the boot key ----------------------------------------------------------------------------- */

static bool current_set(struct look *l, unsigned *ret_set) {
    struct ym_regf_key key;
    struct ym_regf_value v;
    struct ym_reader r;

    if (ym_regf_find(&l->system, "Select", l->arena, &key, NULL) != YM_OK ||
        ym_regf_value(&l->system, &key, "Current", l->arena, &v, NULL) != YM_OK || v.damaged ||
        v.type != TYPE_DWORD || v.n != 4) {
        return false;
    }
    ym_reader_init(&r, v.data, v.n);
    *ret_set = ym_get_u32le(&r);
    return *ret_set >= 1 && *ret_set <= SETS_MAX;
}

static bool class_digits(struct look *l, unsigned set, const char *name,
                         char out[YM_SAM_CLASS_DIGITS]) {
    struct ym_regf_key key;
    struct ym_str text;
    char path[64];
    bool ok;

    (void)snprintf(path, sizeof(path), "ControlSet%03u\\Control\\Lsa\\%s", set, name);
    if (ym_regf_find(&l->system, path, l->arena, &key, NULL) != YM_OK ||
        ym_regf_class_name(&l->system, &key, l->arena, &text, NULL) != YM_OK) {
        return false;
    }
    ok = text.n == YM_SAM_CLASS_DIGITS;
    if (ok) {
        memcpy(out, text.s, YM_SAM_CLASS_DIGITS);
    }
    clear_text(text);
    return ok;
}

static bool find_boot_key(struct look *l, uint8_t ret_key[YM_SAM_KEY]) {
    static const char *const names[] = {"JD", "Skew1", "GBG", "Data"};
    char digits[4 * YM_SAM_CLASS_DIGITS];
    unsigned set = 0;
    bool ok = current_set(l, &set);

    for (size_t i = 0; ok && i < 4; i++) {
        ok = class_digits(l, set, names[i], digits + i * YM_SAM_CLASS_DIGITS);
    }
    ok = ok && ym_sam_boot_key(digits, ret_key, NULL) == YM_OK;
    OPENSSL_cleanse(digits, sizeof(digits));
    return ok;
}

/* --- the key of the accounts ------------------------------------------------------------------ */

/* NULL: there is none of the right type and a plausible size. */
static const uint8_t *binary(struct look *l, const struct ym_regf_key *key, const char *name,
                             size_t *ret_n) {
    struct ym_regf_value v;

    if (ym_regf_value(&l->sam, key, name, l->arena, &v, NULL) != YM_OK || v.damaged ||
        v.type != TYPE_BINARY || v.n == 0 || v.n > YM_SAM_VALUE_MAX) {
        return NULL;
    }
    *ret_n = v.n;
    return v.data;
}

static ym_weak_why open_accounts(struct look *l, const uint8_t boot_key[YM_SAM_KEY]) {
    struct ym_regf_key key;
    struct ym_sam_key parts;
    const uint8_t *f = NULL;
    size_t n = 0;
    ym_status st = ym_regf_find(&l->sam, accounts_key, l->arena, &key, NULL);

    if (st == YM_OK) {
        f = binary(l, &key, "F", &n);
    }
    if (f == NULL) {
        return YM_WEAK_NO_ACCOUNTS;
    }
    st = ym_sam_key_parse(f, n, &parts, NULL);
    if (st != YM_OK) {
        return st == YM_UNSUPPORTED ? YM_WEAK_NEW_FORM : YM_WEAK_NO_ACCOUNTS;
    }
    return ym_sam_account_key(l->c, boot_key, &parts, l->account_key, NULL) == YM_OK
               ? YM_WEAK_LOOKED
               : YM_WEAK_WRONG_KEY;
}

/* --- guessing --------------------------------------------------------------------------------- */

static bool hash_list(struct look *l) {
    uint8_t units[2 * WORD_MAX] = {0};
    bool ok = ym_sam_hash_password(l->c, units, 0, l->empty, NULL) == YM_OK;

    l->listed = ym_arena_zalloc(l->arena, ym_weak_words_n, sizeof(*l->listed));
    ok = ok && l->listed != NULL;
    for (size_t i = 0; ok && i < ym_weak_words_n; i++) {
        size_t n = strnlen(ym_weak_words[i], WORD_MAX);

        for (size_t k = 0; k < n; k++) {
            units[2 * k] = (uint8_t)ym_weak_words[i][k];
        }
        ok = ym_sam_hash_password(l->c, units, 2 * n, l->listed[i], NULL) == YM_OK;
    }
    return ok;
}

/* The name, the name twice, the name backwards; returns the bytes. */
static size_t make_guess(const struct ym_sam_user *u, unsigned which,
                         uint8_t out[2 * YM_SAM_NAME_MAX]) {
    memcpy(out, u->name, u->name_size);
    if (which == 1) {
        memcpy(out + u->name_size, u->name, u->name_size);
        return 2 * u->name_size;
    }
    for (size_t i = 0; which == 2 && i < u->name_size; i += 2) {
        memcpy(out + u->name_size - 2 - i, u->name + i, 2);
    }
    return u->name_size;
}

/* Every guess is compared, to the last byte, whatever the others gave. */
static bool compare(struct look *l, const struct ym_sam_user *u, const uint8_t hash[YM_SAM_HASH],
                    unsigned *ret_flags) {
    uint8_t guess[2 * YM_SAM_NAME_MAX];
    uint8_t made[YM_SAM_HASH];
    unsigned found = 0;
    bool ok = true;

    for (size_t i = 0; i < ym_weak_words_n; i++) {
        found |= CRYPTO_memcmp(hash, l->listed[i], YM_SAM_HASH) == 0 ? YM_WEAK_LISTED : 0U;
    }
    found |= CRYPTO_memcmp(hash, l->empty, YM_SAM_HASH) == 0 ? YM_WEAK_EMPTY : 0U;
    for (unsigned i = 0; ok && i < GUESSES; i++) {
        size_t n = make_guess(u, i, guess);

        ok = ym_sam_hash_password(l->c, guess, n, made, NULL) == YM_OK;
        found |= ok && CRYPTO_memcmp(hash, made, YM_SAM_HASH) == 0 ? YM_WEAK_LISTED : 0U;
    }
    OPENSSL_cleanse(made, sizeof(made));
    *ret_flags = found;
    return ok;
}

/* --- the accounts ----------------------------------------------------------------------------- */

static unsigned judge(struct look *l, uint32_t rid, const struct ym_sam_user *u) {
    uint8_t hash[YM_SAM_HASH];
    unsigned flags = 0;
    bool ok;

    if (!u->has_hash) {
        return YM_WEAK_NOT_CHECKED;
    }
    if (u->form == YM_SAM_NONE) {
        return YM_WEAK_EMPTY;
    }
    ok = ym_sam_nt_hash(l->c, l->account_key, rid, u, hash, NULL) == YM_OK &&
         compare(l, u, hash, &flags);
    OPENSSL_cleanse(hash, sizeof(hash));
    return ok ? flags : YM_WEAK_NOT_CHECKED;
}

/* The name of an account's key is its number; the one other key is "Names". */
static bool get_rid(const struct ym_regf_key *key, uint32_t *ret_rid) {
    uint8_t bytes[4];

    if (key->name.n != RID_DIGITS || !ym_hex_decode(key->name.s, 4, bytes)) {
        return false;
    }
    *ret_rid =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

/* False: no memory. */
static bool look_at_account(struct look *l, const struct ym_regf_key *key, uint32_t rid,
                            struct ym_weak_account *out) {
    struct ym_sam_user user;
    size_t n = 0;
    const uint8_t *f = binary(l, key, "F", &n);
    bool disabled = false;
    const uint8_t *v;

    if (f != NULL && ym_sam_disabled(f, n, &disabled, NULL) == YM_OK && disabled) {
        out->flags = YM_WEAK_DISABLED;
    }
    v = binary(l, key, "V", &n);
    out->name = "";
    if (v == NULL || ym_sam_user_parse(v, n, &user, NULL) != YM_OK) {
        out->flags |= YM_WEAK_NOT_CHECKED;
    } else {
        out->flags |= judge(l, rid, &user);
        out->name = ym_utf16_text(l->arena, user.name, user.name_size);
    }
    if (out->name != NULL && out->name[0] == '\0') {
        out->name = ym_arena_printf(l->arena, "RID %u", rid);
    }
    return out->name != NULL && ym_arena_status(l->arena) == YM_OK;
}

static ym_weak_why look_at_accounts(struct look *l, struct ym_weak_answer *a) {
    struct ym_regf_key users;
    struct ym_regf_keys keys;
    struct ym_weak_account *list;
    char path[64];
    size_t n = 0;

    (void)snprintf(path, sizeof(path), "%s\\Users", accounts_key);
    if (ym_regf_find(&l->sam, path, l->arena, &users, NULL) != YM_OK ||
        ym_regf_subkeys(&l->sam, &users, l->arena, &keys, NULL) != YM_OK) {
        return YM_WEAK_NO_ACCOUNTS;
    }
    if (keys.n > YM_WEAK_ACCOUNTS_MAX) {
        return YM_WEAK_TOO_LARGE;
    }
    list = YM_ARENA_ARRAY(l->arena, keys.n, struct ym_weak_account);
    for (size_t i = 0; list != NULL && i < keys.n; i++) {
        uint32_t rid;

        if (get_rid(&keys.v[i], &rid)) {
            if (!look_at_account(l, &keys.v[i], rid, &list[n])) {
                return YM_WEAK_NO_MEMORY;
            }
            n++;
        }
    }
    a->v = list;
    a->n = n;
    return n == 0 ? YM_WEAK_NO_ACCOUNTS : YM_WEAK_LOOKED;
}

static ym_weak_why look_at_all(struct look *l, struct ym_reader system, struct ym_reader sam,
                               struct ym_weak_answer *a) {
    uint8_t boot_key[YM_SAM_KEY];
    ym_weak_why why;

    if (ym_regf_open(system, &l->system, NULL) != YM_OK || !find_boot_key(l, boot_key)) {
        return YM_WEAK_NO_BOOT_KEY;
    }
    why = ym_regf_open(sam, &l->sam, NULL) == YM_OK ? open_accounts(l, boot_key)
                                                    : YM_WEAK_NO_ACCOUNTS;
    OPENSSL_cleanse(boot_key, sizeof(boot_key));
    if (why != YM_WEAK_LOOKED) {
        return why;
    }
    return hash_list(l) ? look_at_accounts(l, a) : YM_WEAK_NO_MEMORY;
}

void ym_weak_look(const struct ym_sam_crypto *c, struct ym_reader system, struct ym_reader sam,
                  struct ym_arena *arena, struct ym_weak_answer *ret_answer) {
    struct look l = {.c = c, .arena = arena};
    struct ym_weak_answer a = {.why = YM_WEAK_NO_MEMORY};

    a.why = look_at_all(&l, system, sam, &a);
    if (ym_arena_status(arena) != YM_OK) {
        a.why = YM_WEAK_NO_MEMORY;
    }
    if (a.why != YM_WEAK_LOOKED) {
        a.v = NULL;
        a.n = 0;
    }
    OPENSSL_cleanse(l.account_key, sizeof(l.account_key));
    *ret_answer = a;
}
