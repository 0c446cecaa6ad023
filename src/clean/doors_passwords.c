/* doors_passwords.c - which local accounts have a password that the worm tries, or none.
 *
 * Evidence is the name of an account and "yes": never which password.  An account that is disabled
 * is information.  An empty password cannot be used through the network where Windows limits it to
 * the keyboard, which XP and later do unless LimitBlankPasswordUse is 0 (Microsoft, "Accounts: Limit
 * local account use of blank passwords to console logon only"; by default enabled): that is half a
 * door.  Windows 2000 has no such limit. */
#include "doors_int.h"

#include "base/text.h"
#include "clean/reg_text.h"
#include "weak_passwords.h"

#include <unistd.h>

/* Why there is no answer, and which hive is to blame. */
static const struct {
    bool sam;
    struct ym_door_words words;
} whys[YM_WEAK_WHYS] = {
    [YM_WEAK_NO_LEGACY] = {true,
                           {{"not available: OpenSSL here has no legacy provider",
                             "調べられません: この OpenSSL には legacy プロバイダーがありません"}}},
    [YM_WEAK_NO_BOOT_KEY] = {false,
                             {{"the key that opens the accounts is not there, or is damaged",
                               "アカウントを開く鍵がないか、壊れています"}}},
    [YM_WEAK_NO_ACCOUNTS] = {true,
                             {{"there are no accounts, or they are damaged",
                               "アカウントがないか、壊れています"}}},
    [YM_WEAK_WRONG_KEY] = {true,
                           {{"the key of this Windows does not open the accounts: a start-up "
                             "password, or hives of two machines",
                             "この Windows の鍵ではアカウントを開けません。起動パスワードがあるか、"
                             "別のパソコンのハイブです"}}},
    [YM_WEAK_NEW_FORM] = {true,
                          {{"the accounts are of an unknown form", "アカウントが知らない形です"}}},
    [YM_WEAK_TOO_LARGE] = {true,
                           {{"a hive is too large, or has too many accounts",
                             "ハイブが大きすぎるか、アカウントが多すぎます"}}},
    [YM_WEAK_NO_MEMORY] = {true, {{"out of memory", "メモリーが足りません"}}},
    [YM_WEAK_NO_ANSWER] = {true,
                           {{"the process that looks into the accounts ended or did not answer",
                             "アカウントを調べるプロセスが終了したか、応答しませんでした"}}},
};

/* --- asking ------------------------------------------------------------------------------------ */

/* A hive that is not there, or damaged, is said, and *ret_fd untouched. */
static ym_status copy_hive(struct ym_door_look *l, const char *prefix, int *ret_fd) {
    const struct ym_clean_hive *h = ym_door_hive(l, prefix);
    struct ym_err why = {0};
    ym_status st = YM_END;

    if (h != NULL && h->reg != NULL && ym_registry_export_place(h->reg) != NULL) {
        return ym_door_say(l, YM_MARK_UNKNOWN, prefix, "?", NULL,
                           TWO("an export does not hold the key that opens the accounts: save the "
                               "hives SYSTEM and SAM (reg save, or yamori-collect --save)",
                               "エクスポートにはアカウントを開く鍵がありません。SYSTEM と SAM の"
                               "ハイブを保存してください (reg save か yamori-collect --save)"));
    }
    if (h != NULL && h->reg != NULL) {
        st = ym_hive_copy_beside(l->s->volume, h->file, h->reg, l->s->arena, ret_fd, &why);
    }
    if (st == YM_NOMEM || ym_arena_status(l->s->arena) != YM_OK) {
        return ym_scan_no_memory(l->s);
    }
    return st == YM_OK ? YM_OK
                       : ym_door_say(l, YM_MARK_UNKNOWN, prefix, "?", NULL,
                                     TWO("it could not be read", "読み取れませんでした"));
}

/* *ret_asked false: why not is said already. */
static ym_status ask(struct ym_door_look *l, struct ym_weak_answer *ret_answer, bool *ret_asked) {
    int system_fd = -1;
    int sam_fd = -1;
    ym_status st = copy_hive(l, "HKLM\\SYSTEM", &system_fd);

    if (st == YM_OK) {
        st = copy_hive(l, "HKLM\\SAM", &sam_fd);
    }
    *ret_asked = system_fd >= 0 && sam_fd >= 0;
    if (st == YM_OK && *ret_asked &&
        ym_weak_ask(system_fd, sam_fd, l->s->arena, ret_answer) != YM_OK) {
        st = ym_scan_no_memory(l->s);
    }
    if (system_fd >= 0) {
        (void)close(system_fd);
    }
    if (sam_fd >= 0) {
        (void)close(sam_fd);
    }
    return st;
}

/* --- judging ----------------------------------------------------------------------------------- */

/* Whether an empty password is of use at the keyboard only, in every control set. */
static ym_status read_limit(struct ym_door_look *l, bool *ret_limited) {
    const struct ym_clean_hive *system = ym_door_hive(l, "HKLM\\SYSTEM");

    *ret_limited = !(l->release.major == 5 && l->release.minor == 0);
    for (size_t i = 0; i < l->s->control_sets.n; i++) {
        struct ym_fact f;

        YM_TRY(ym_door_read(
            l, system, ym_arena_printf(l->s->arena, "%s\\Control\\Lsa", l->s->control_sets.v[i]),
            "LimitBlankPasswordUse", YM_FACT_NUMBER, &f));
        *ret_limited = *ret_limited && !(f.got == YM_FACT_OK && f.number == 0);
        YM_TRY(ym_door_say_fact(l, YM_MARK_INFO, &f, "1",
                                TWO("1: without a password only at the keyboard",
                                    "1 なら、パスワードなしで使えるのはそのパソコンの前だけです")));
    }
    return YM_OK;
}

static ym_status say_account(struct ym_door_look *l, const struct ym_weak_account *a,
                             bool limited) {
    const char *where = ym_arena_printf(l->s->arena, "HKLM\\SAM, %s", ym_door_shorten(l, a->name));
    bool disabled = (a->flags & YM_WEAK_DISABLED) != 0;

    if (where == NULL) {
        return ym_scan_no_memory(l->s);
    }
    if ((a->flags & YM_WEAK_NOT_CHECKED) != 0) {
        return ym_door_say(
            l, disabled ? YM_MARK_INFO : YM_MARK_UNKNOWN, where, "?", NULL,
            TWO("this account could not be checked", "このアカウントは調べられませんでした"));
    }
    if ((a->flags & (YM_WEAK_LISTED | YM_WEAK_EMPTY)) == 0) {
        return YM_OK;
    }
    if (disabled) {
        return ym_door_say(l, YM_MARK_INFO, where, "yes", NULL,
                           TWO("the account is disabled", "無効のアカウントです"));
    }
    if ((a->flags & YM_WEAK_LISTED) != 0) {
        return ym_door_say(
            l, YM_MARK_BAD, where, "yes", "no",
            TWO("it has a password that the worm tries", "ワームが試すパスワードを使っています"));
    }
    return ym_door_say(l, limited ? YM_MARK_HALF : YM_MARK_BAD, where, "yes", "no",
                       TWO("it has no password", "パスワードがありません"));
}

static ym_status say_accounts(struct ym_door_look *l, const struct ym_weak_answer *a) {
    unsigned seen = 0;
    bool limited = true;

    for (size_t i = 0; i < a->n; i++) {
        seen |= (a->v[i].flags & YM_WEAK_DISABLED) != 0 ? 0 : a->v[i].flags;
    }
    if ((seen & YM_WEAK_EMPTY) != 0) {
        YM_TRY(read_limit(l, &limited));
    }
    for (size_t i = 0; i < a->n; i++) {
        YM_TRY(say_account(l, &a->v[i], limited));
    }
    if (l->marks[YM_MARK_BAD] + l->marks[YM_MARK_HALF] + l->marks[YM_MARK_UNKNOWN] > 0) {
        return YM_OK;
    }
    return ym_door_say(
        l, YM_MARK_GOOD, "HKLM\\SAM", ym_arena_printf(l->s->arena, "%zu", a->n), NULL,
        TWO("accounts that were looked at; none that is enabled has such a password",
            "調べたアカウントの数です。有効なアカウントにそのようなパスワードはありません"));
}

ym_status ym_door_weak_passwords(struct ym_door_look *l) {
    struct ym_weak_answer a = {.why = YM_WEAK_NO_ANSWER};
    bool controller;
    bool asked = false;

    YM_TRY(ym_door_is_controller(
        l,
        TWO("a domain controller: its accounts lie in Active Directory",
            "ドメインコントローラーです。アカウントは Active Directory にあります"),
        &controller));
    if (!controller) {
        YM_TRY(ask(l, &a, &asked));
    }
    if (asked && a.why == YM_WEAK_LOOKED) {
        YM_TRY(say_accounts(l, &a));
    } else if (asked) {
        YM_TRY(ym_door_say(l, YM_MARK_UNKNOWN, whys[a.why].sam ? "HKLM\\SAM" : "HKLM\\SYSTEM", NULL,
                           NULL, whys[a.why].words));
    }
    ym_door_settle(l);
    return YM_OK;
}
