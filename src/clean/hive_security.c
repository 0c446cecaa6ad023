/* hive_security.c - see hive_security.h. */
#include "hive_security.h"

#include <string.h>

enum {
    KEY_READ_SOME = 0x0009, /* values and keys below */
    KEY_WRITE_SOME = 0x0002,
    KEY_READ = 0x20019,
    KEY_WRITE = 0x20006,
    KEY_ALL = 0xf003f,
    SHOWN_ENTRIES = 16
};
static const uint32_t generic_all = 0x10000000;
static const uint32_t generic_execute = 0x20000000;
static const uint32_t generic_write = 0x40000000;
static const uint32_t generic_read = 0x80000000;

static const struct account {
    const char *sid, *letters;
    uint8_t is; /* enum ym_reg_account, or 0 */
} accounts[] = {
    {"S-1-1-0", "WD", YM_REG_EVERYONE},
    {"S-1-5-11", "AU", YM_REG_EVERYONE},
    {"S-1-5-18", "SY", YM_REG_SYSTEM},
    {"S-1-5-32-544", "BA", YM_REG_ADMINISTRATORS},
    {"S-1-5-32-545", "BU", YM_REG_USERS},
    {"S-1-3-0", "CO", 0},
    {"S-1-5-4", "IU", 0},
    {"S-1-5-12", "RC", 0},
    {"S-1-5-19", "LS", 0},
    {"S-1-5-20", "NS", 0},
    {"S-1-5-32-547", "PU", 0},
};

static const struct account *account_of(const char *sid) {
    for (size_t i = 0; sid != NULL && i < sizeof(accounts) / sizeof(accounts[0]); i++) {
        if (strcmp(accounts[i].sid, sid) == 0) {
            return &accounts[i];
        }
    }
    return NULL;
}

static uint32_t rights_of(uint32_t mask) {
    return mask | ((mask & (generic_read | generic_execute)) != 0 ? KEY_READ : 0U) |
           ((mask & generic_write) != 0 ? KEY_WRITE : 0U) |
           ((mask & generic_all) != 0 ? KEY_ALL : 0U);
}

/* The rights that the list gives to somebody who is all of these accounts. */
static uint32_t granted(const struct ym_security *s, uint8_t who) {
    uint32_t yes = 0;
    uint32_t no = 0;

    for (size_t i = 0; i < s->n_entries; i++) {
        const struct ym_security_entry *e = &s->entries[i];
        const struct account *a = account_of(e->sid);

        if (a == NULL || (a->is & who) == 0 || (e->flags & YM_SECURITY_INHERIT_ONLY) != 0) {
            continue;
        }
        if (e->type == YM_SECURITY_ALLOWED) {
            yes |= rights_of(e->mask) & ~no;
        } else if (e->type == YM_SECURITY_DENIED) {
            no |= rights_of(e->mask) & ~yes;
        }
    }
    return yes;
}

static uint8_t denied_to(const struct ym_security *s) {
    uint8_t who = 0;

    for (size_t i = 0; i < s->n_entries; i++) {
        const struct ym_security_entry *e = &s->entries[i];
        const struct account *a = account_of(e->sid);

        if (a != NULL && e->type == YM_SECURITY_DENIED && rights_of(e->mask) != 0 &&
            (e->flags & YM_SECURITY_INHERIT_ONLY) == 0) {
            who |= a->is;
        }
    }
    return who;
}

void ym_hive_judge(const struct ym_security *security, struct ym_reg_security *ret) {
    static const uint8_t judged[][2] = {
        {YM_REG_ADMINISTRATORS, YM_REG_ADMINISTRATORS | YM_REG_EVERYONE | YM_REG_USERS},
        {YM_REG_SYSTEM, YM_REG_SYSTEM | YM_REG_ADMINISTRATORS | YM_REG_EVERYONE}};

    *ret = (struct ym_reg_security){.has_dacl = security->has_dacl, .text = ret->text};
    for (size_t i = 0; security->has_dacl && i < 2; i++) {
        uint32_t rights = granted(security, judged[i][1]);

        ret->no_read |= (rights & KEY_READ_SOME) != KEY_READ_SOME ? judged[i][0] : 0U;
        ret->no_write |= (rights & KEY_WRITE_SOME) == 0 ? judged[i][0] : 0U;
    }
    ret->denied = security->has_dacl ? denied_to(security) : 0;
}

/* --- for people ------------------------------------------------------------------------------- */

static const char *mask_text(struct ym_arena *arena, uint32_t mask) {
    uint32_t all = rights_of(mask) & KEY_ALL;

    return all == KEY_ALL     ? "KA"
           : all == KEY_READ  ? "KR"
           : all == KEY_WRITE ? "KW"
                              : ym_arena_printf(arena, "0x%x", mask);
}

static const char *entry_text(struct ym_arena *arena, const struct ym_security_entry *e) {
    const struct account *a = account_of(e->sid);
    const char *mask = mask_text(arena, e->mask);

    if (e->sid == NULL) {
        return ym_arena_printf(arena, "(type %u)", e->type);
    }
    if (mask == NULL) {
        return NULL;
    }
    return e->type == YM_SECURITY_ALLOWED || e->type == YM_SECURITY_DENIED
               ? ym_arena_printf(arena, "(%s;%s%s;%s)", e->type == YM_SECURITY_DENIED ? "D" : "A",
                                 (e->flags & YM_SECURITY_INHERIT_ONLY) != 0 ? "below;" : "", mask,
                                 a == NULL ? e->sid : a->letters)
               : ym_arena_printf(arena, "(type %u;%s;%s)", e->type, mask,
                                 a == NULL ? e->sid : a->letters);
}

const char *ym_hive_security_text(const struct ym_security *security, struct ym_arena *arena) {
    const char *out = "D:";

    if (!security->has_dacl) {
        return "no list: everybody may do everything";
    }
    for (size_t i = 0; out != NULL && i < security->n_entries; i++) {
        const char *one = i < SHOWN_ENTRIES ? entry_text(arena, &security->entries[i]) : "...";

        out = one == NULL ? NULL : ym_arena_printf(arena, "%s%s", out, one);
        if (i == SHOWN_ENTRIES) {
            break;
        }
    }
    return security->n_entries == 0 ? "D: (empty: nobody may do anything)" : out;
}
