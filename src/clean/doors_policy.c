/* doors_policy.c - account lockout and rules for passwords, from the SAM hive.
 *
 * No changes are offered: F also holds keys of the hive's encryption, and Windows has a command
 * for it (net accounts).  What counts as closed: a lockout after at most ten failures, and eight
 * mixed characters, are what public hardening guides ask for; the worm's list has 181 entries, so
 * a lockout before that still stops it half way. */
#include "doors_int.h"

#include "base/text.h"
#include "clean/sam_policy.h"

enum { FEW_FAILURES = 10, LONG_ENOUGH = 8 };

ym_status ym_door_is_controller(struct ym_door_look *l, struct ym_door_words note, bool *ret) {
    const struct ym_clean_hive *system = ym_door_hive(l, "HKLM\\SYSTEM");

    *ret = false;
    for (size_t i = 0; i < l->s->control_sets.n && !*ret; i++) {
        struct ym_fact f;

        YM_TRY(ym_door_read(
            l, system,
            ym_arena_printf(l->s->arena, "%s\\Control\\ProductOptions", l->s->control_sets.v[i]),
            "ProductType", YM_FACT_TEXT, &f));
        *ret = f.got == YM_FACT_OK && ym_equal_nocase(f.text, "LanmanNT");
        if (*ret) {
            YM_TRY(ym_door_say_fact(l, YM_MARK_UNKNOWN, &f, NULL, note));
        }
    }
    return YM_OK;
}

/* *ret_ok false: the door is unknown and says why. */
static ym_status read_policy(struct ym_door_look *l, struct ym_sam_policy *ret_policy,
                             const char **ret_where, bool *ret_ok) {
    struct ym_err why = {0};
    struct ym_fact f;
    bool controller;

    *ret_ok = false;
    YM_TRY(ym_door_is_controller(
        l,
        TWO("a domain controller: its policy lies in Active Directory",
            "ドメインコントローラーです。決まりは Active Directory にあります"),
        &controller));
    if (controller) {
        return YM_OK;
    }
    YM_TRY(ym_door_read(l, ym_door_hive(l, "HKLM\\SAM"), "SAM\\Domains\\Account", "F",
                        YM_FACT_BINARY, &f));
    *ret_where = f.where;
    if (f.got != YM_FACT_OK) {
        return ym_door_say_fact(
            l, YM_MARK_UNKNOWN, &f, NULL,
            TWO("there is no account policy", "アカウントの決まりがありません"));
    }
    *ret_ok = ym_sam_policy_parse(f.value.data, f.value.n, ret_policy, &why) == YM_OK;
    return *ret_ok ? YM_OK
                   : ym_door_say(l, YM_MARK_UNKNOWN, f.where, f.found, NULL,
                                 TWO("the account policy is damaged or of an unknown form",
                                     "アカウントの決まりが壊れているか、知らない形です"));
}

static ym_status say_number(struct ym_door_look *l, ym_door_mark mark, const char *where,
                            const char *name, uint64_t number, const char *wanted,
                            struct ym_door_words note) {
    const char *place = ym_arena_printf(l->s->arena, "%s, %s", where, name);
    const char *found = ym_arena_printf(l->s->arena, "%llu", (unsigned long long)number);

    return found == NULL ? ym_scan_no_memory(l->s)
                         : ym_door_say(l, mark, place, found, wanted, note);
}

ym_status ym_door_lockout(struct ym_door_look *l) {
    struct ym_sam_policy p;
    const char *where;
    bool ok;

    YM_TRY(read_policy(l, &p, &where, &ok));
    if (ok) {
        YM_TRY(say_number(l,
                          p.lockout_threshold == 0              ? YM_MARK_BAD
                          : p.lockout_threshold <= FEW_FAILURES ? YM_MARK_GOOD
                                                                : YM_MARK_HALF,
                          where, "lockout threshold", p.lockout_threshold, "1..10",
                          p.lockout_threshold == 0
                              ? TWO("accounts are never locked", "アカウントはロックされません")
                              : TWO("failures after which an account is locked",
                                    "アカウントがロックされるまでの失敗の回数")));
        YM_TRY(say_number(l, YM_MARK_INFO, where, "lockout duration (minutes)", p.lockout_minutes,
                          NULL,
                          p.lockout_for_ever ? TWO("until an administrator unlocks the account",
                                                   "管理者が解除するまでロックされます")
                                             : TWO("how long it stays locked",
                                                   "ロックが続く時間で、単位は分です")));
        YM_TRY(say_number(l, YM_MARK_INFO, where, "lockout window (minutes)", p.window_minutes,
                          NULL,
                          TWO("failures within this time are counted together",
                              "この時間の中の失敗がまとめて数えられます。単位は分です")));
    }
    ym_door_settle(l);
    return YM_OK;
}

ym_status ym_door_password_policy(struct ym_door_look *l) {
    struct ym_sam_policy p;
    const char *where;
    bool ok;

    YM_TRY(read_policy(l, &p, &where, &ok));
    if (ok) {
        YM_TRY(say_number(
            l,
            p.min_length == 0            ? YM_MARK_BAD
            : p.min_length < LONG_ENOUGH ? YM_MARK_HALF
                                         : YM_MARK_GOOD,
            where, "minimum length", p.min_length, ">= 8",
            p.min_length == 0
                ? TWO("an empty password is accepted", "空のパスワードが受け付けられます")
                : TWO("shortest password", "パスワードの最も短い文字数")));
        YM_TRY(say_number(l,
                          p.complexity        ? YM_MARK_GOOD
                          : p.min_length == 0 ? YM_MARK_BAD
                                              : YM_MARK_HALF,
                          where, "complexity", p.complexity ? 1 : 0, "1",
                          TWO("1: mixed kinds of characters are asked for",
                              "1 なら、文字の種類を混ぜる必要があります")));
        YM_TRY(
            say_number(l, YM_MARK_INFO, where, "remembered passwords", p.history, NULL, NO_NOTE));
    }
    ym_door_settle(l);
    return YM_OK;
}
