/* doors_policy.c - account lockout and rules for passwords, from the SAM hive; where that was not
 * collected, from what rpcclient or net accounts told of it.
 *
 * No changes are offered: F also holds keys of the hive's encryption, and Windows has a command
 * for it (net accounts).  What counts as closed: a lockout after at most ten failures, and eight
 * mixed characters, are what public hardening guides ask for; the worm's list has 181 entries, so
 * a lockout before that still stops it half way. */
#include "doors_int.h"

#include "base/text.h"
#include "clean/policy_text.h"
#include "clean/sam_policy.h"
#include "os/file.h"

#include <unistd.h>

/* The account policy, as far as it is known. */
struct policy {
    struct ym_sam_policy p;
    const char *where;
    bool has_threshold, has_times, has_length, has_complexity, has_history;
};

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

/* The text in a collection; anything but OK: it is no help. */
static ym_status parse_told(struct ym_door_look *l, const char *path, struct ym_policy_text *ret) {
    struct ym_err why = {0};
    struct ym_buf text;
    ym_status st;
    int fd;

    YM_TRY(ym_volume_open_file(l->s->volume, path, &fd, &why));
    ym_buf_init(&text, YM_POLICY_TEXT_MAX);
    st = ym_file_read_all(fd, path, &text, &why);
    if (st == YM_OK) {
        st = ym_policy_text_parse(text.len == 0 ? (const uint8_t *)"" : text.data, text.len,
                                  l->s->arena, ret, &why);
    }
    ym_buf_done(&text);
    (void)close(fd);
    return st;
}

/* What other programs told of the policy; *ret_ok false: nothing. */
static ym_status told_policy(struct ym_door_look *l, struct policy *ret_policy, bool *ret_ok) {
    static const char *const paths[] = {"collected/rpcclient-dominfo.txt",
                                        "collected/net-accounts.txt"};
    struct ym_policy_text t;

    *ret_ok = false;
    for (size_t i = 0; i < 2 && !*ret_ok && l->s->plan->collected; i++) {
        ym_status st = parse_told(l, paths[i], &t);

        if (st == YM_NOMEM) {
            return ym_scan_no_memory(l->s);
        }
        if (st == YM_OK) {
            *ret_policy = (struct policy){.p = {.lockout_threshold = t.threshold,
                                                .min_length = t.length,
                                                .history = t.history,
                                                .complexity = t.complexity},
                                          .where = paths[i],
                                          .has_threshold = t.has_threshold,
                                          .has_length = t.has_length,
                                          .has_complexity = t.has_complexity,
                                          .has_history = t.has_history};
            *ret_ok = true;
        }
    }
    return YM_OK;
}

static ym_status not_told(struct ym_door_look *l, const char *where, const char *name) {
    return ym_door_say(l, YM_MARK_UNKNOWN, ym_arena_printf(l->s->arena, "%s, %s", where, name),
                       NULL, NULL, TWO("it does not tell", "書かれていません"));
}

/* *ret_ok false: the door is unknown and says why. */
static ym_status read_policy(struct ym_door_look *l, struct policy *ret_policy, bool *ret_ok) {
    struct policy sam = {.has_threshold = true,
                         .has_times = true,
                         .has_length = true,
                         .has_complexity = true,
                         .has_history = true};
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
    if (f.got == YM_FACT_FAILED || f.got == YM_FACT_ABSENT) {
        YM_TRY(told_policy(l, ret_policy, ret_ok));
        if (*ret_ok) {
            return YM_OK;
        }
    }
    if (f.got != YM_FACT_OK) {
        return ym_door_say_fact(
            l, YM_MARK_UNKNOWN, &f, NULL,
            TWO("there is no account policy", "アカウントの決まりがありません"));
    }
    sam.where = f.where;
    *ret_ok = ym_sam_policy_parse(f.value.data, f.value.n, &sam.p, &why) == YM_OK;
    if (*ret_ok) {
        *ret_policy = sam;
    }
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

static ym_status say_threshold(struct ym_door_look *l, const struct policy *p) {
    const uint32_t n = p->p.lockout_threshold;

    if (!p->has_threshold) {
        return not_told(l, p->where, "lockout threshold");
    }
    return say_number(l,
                      n == 0              ? YM_MARK_BAD
                      : n <= FEW_FAILURES ? YM_MARK_GOOD
                                          : YM_MARK_HALF,
                      p->where, "lockout threshold", n, "1..10",
                      n == 0 ? TWO("accounts are never locked", "アカウントはロックされません")
                             : TWO("failures after which an account is locked",
                                   "アカウントがロックされるまでの失敗の回数"));
}

static ym_status say_times(struct ym_door_look *l, const struct policy *p) {
    if (!p->has_times) {
        return YM_OK;
    }
    YM_TRY(say_number(l, YM_MARK_INFO, p->where, "lockout duration (minutes)", p->p.lockout_minutes,
                      NULL,
                      p->p.lockout_for_ever
                          ? TWO("until an administrator unlocks the account",
                                "管理者が解除するまでロックされます")
                          : TWO("how long it stays locked", "ロックが続く時間で、単位は分です")));
    return say_number(l, YM_MARK_INFO, p->where, "lockout window (minutes)", p->p.window_minutes,
                      NULL,
                      TWO("failures within this time are counted together",
                          "この時間の中の失敗がまとめて数えられます。単位は分です"));
}

ym_status ym_door_lockout(struct ym_door_look *l) {
    struct policy p;
    bool ok;

    YM_TRY(read_policy(l, &p, &ok));
    if (ok) {
        YM_TRY(say_threshold(l, &p));
        YM_TRY(say_times(l, &p));
    }
    ym_door_settle(l);
    return YM_OK;
}

static ym_status say_length(struct ym_door_look *l, const struct policy *p) {
    const uint32_t n = p->p.min_length;

    if (!p->has_length) {
        return not_told(l, p->where, "minimum length");
    }
    return say_number(l,
                      n == 0            ? YM_MARK_BAD
                      : n < LONG_ENOUGH ? YM_MARK_HALF
                                        : YM_MARK_GOOD,
                      p->where, "minimum length", n, ">= 8",
                      n == 0
                          ? TWO("an empty password is accepted", "空のパスワードが受け付けられます")
                          : TWO("shortest password", "パスワードの最も短い文字数"));
}

static ym_status say_complexity(struct ym_door_look *l, const struct policy *p) {
    if (!p->has_complexity) {
        return not_told(l, p->where, "complexity");
    }
    return say_number(l,
                      p->p.complexity        ? YM_MARK_GOOD
                      : p->p.min_length == 0 ? YM_MARK_BAD
                                             : YM_MARK_HALF,
                      p->where, "complexity", p->p.complexity ? 1 : 0, "1",
                      TWO("1: mixed kinds of characters are asked for",
                          "1 なら、文字の種類を混ぜる必要があります"));
}

ym_status ym_door_password_policy(struct ym_door_look *l) {
    struct policy p;
    bool ok;

    YM_TRY(read_policy(l, &p, &ok));
    if (ok) {
        YM_TRY(say_length(l, &p));
        YM_TRY(say_complexity(l, &p));
    }
    if (ok && p.has_history) {
        YM_TRY(say_number(l, YM_MARK_INFO, p.where, "remembered passwords", p.p.history, NULL,
                          NO_NOTE));
    }
    ym_door_settle(l);
    return YM_OK;
}
