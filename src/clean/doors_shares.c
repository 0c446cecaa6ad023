/* doors_shares.c - shared folders, hidden shares of disks, and connections without a name.
 *
 * Shares lie as lists of texts ("Path=C:\x", "Type=0", ...) in LanmanServer\Shares.  Who may do
 * what in them stands in security descriptors beside them, which are not read: a shared folder is
 * a door half open, whoever is allowed in.
 * Sources: KB314984 and KB951016 (hidden shares; LocalAccountTokenFilterPolicy), KB246261
 * (RestrictAnonymous), the text of MS08-067 (the \BROWSER pipe is reached without a name on XP);
 * what absent values mean, [M]. */
#include "doors_int.h"

#include "base/text.h"
#include "base/utf16.h"

#include <string.h>

enum { DISABLED = 4 };

static const char *in_set(struct ym_door_look *l, size_t i, const char *rest) {
    return ym_arena_printf(l->s->arena, "%s\\%s", l->s->control_sets.v[i], rest);
}

static const struct ym_clean_hive *system_hive(const struct ym_door_look *l) {
    return ym_door_hive(l, "HKLM\\SYSTEM");
}

typedef ym_status set_fn(struct ym_door_look *l, size_t set);

/* One control set after the other, then the state by the marks. */
static ym_status each_set(struct ym_door_look *l, set_fn *fn) {
    for (size_t i = 0; i < l->s->control_sets.n; i++) {
        YM_TRY(fn(l, i));
    }
    if (l->s->control_sets.n == 0) {
        YM_TRY(ym_door_say(l, YM_MARK_UNKNOWN, "HKLM\\SYSTEM", NULL, NULL,
                           TWO("it could not be read", "読み取れませんでした")));
    }
    ym_door_settle(l);
    return YM_OK;
}

/* A computer whose Server service is off shares nothing. */
static ym_status server_is_off(struct ym_door_look *l, size_t set, bool *ret_off) {
    struct ym_fact f;

    YM_TRY(ym_door_read(l, system_hive(l), in_set(l, set, "Services\\LanmanServer"), "Start",
                        YM_FACT_NUMBER, &f));
    *ret_off = f.got == YM_FACT_OK && f.number == DISABLED;
    return *ret_off ? ym_door_say_fact(l, YM_MARK_GOOD, &f, NULL,
                                       TWO("the Server service is off: nothing is shared",
                                           "Server サービスが止まっているので、何も共有されません"))
                    : YM_OK;
}

/* --- shares ------------------------------------------------------------------------------------ */

/* The text behind a name such as "Path=" in a list; NULL: there is none (or no memory: as none). */
static const char *field(struct ym_door_look *l, const struct ym_reg_value *v, const char *name) {
    size_t at = 0;

    while (at + 2 <= v->n) {
        const char *one = ym_utf16_text(l->s->arena, v->data + at, v->n - at);

        if (one != NULL && strncmp(one, name, strlen(name)) == 0) {
            return one + strlen(name);
        }
        while (at + 2 <= v->n && (v->data[at] != 0 || v->data[at + 1] != 0)) {
            at += 2;
        }
        at += 2;
    }
    return NULL;
}

static ym_status one_share(struct ym_door_look *l, const struct ym_clean_hive *h, const char *key,
                           const struct ym_reg_value *v) {
    const char *where = ym_arena_printf(l->s->arena, "%s\\%s : %s", h->prefix, key, v->name);
    const char *type = NULL;
    const char *path = NULL;

    if (v->type == YM_REG_MULTI_SZ) {
        type = field(l, v, "Type=");
        path = field(l, v, "Path=");
    }
    if (type == NULL || path == NULL) {
        return ym_door_say(l, YM_MARK_UNKNOWN, where,
                           ym_door_shorten(l, ym_reg_show(l->s->arena, v)), NULL,
                           TWO("not the form that a share has", "共有の形になっていません"));
    }
    if (strcmp(type, "0") != 0) { /* a printer, a device, a pipe */
        return ym_door_say(l, YM_MARK_INFO, where, ym_door_shorten(l, path), NULL,
                           TWO("not a folder", "フォルダーではありません"));
    }
    return ym_door_say(l, YM_MARK_HALF, where, ym_door_shorten(l, path), NULL,
                       TWO("a shared folder", "共有フォルダーです"));
}

static ym_status list_shares(struct ym_door_look *l, const char *key) {
    const struct ym_clean_hive *h = system_hive(l);
    struct ym_reg_values values = {NULL, 0};
    struct ym_fact f;

    YM_TRY(ym_door_read(l, h, key, "", YM_FACT_KEY, &f));
    if (f.got == YM_FACT_OK &&
        ym_registry_values(h->reg, l->s->arena, key, &values, NULL) != YM_OK) {
        f.got = YM_FACT_FAILED;
    }
    if (f.got == YM_FACT_FAILED) {
        return ym_door_say_fact(l, YM_MARK_UNKNOWN, &f, NULL, NO_NOTE);
    }
    for (size_t i = 0; i < values.n && i < YM_DOORS_SHARES_MAX; i++) {
        if (values.v[i].name[0] != '\0') {
            YM_TRY(one_share(l, h, key, &values.v[i]));
        }
    }
    if (l->marks[YM_MARK_HALF] + l->marks[YM_MARK_UNKNOWN] == 0) {
        return ym_door_say(l, YM_MARK_GOOD, f.where, NULL, NULL,
                           TWO("no shared folder", "共有フォルダーはありません"));
    }
    return YM_OK;
}

static ym_status shares_in_set(struct ym_door_look *l, size_t set) {
    const char *key = in_set(l, set, "Services\\LanmanServer\\Shares");
    bool off;

    if (key == NULL) {
        return ym_scan_no_memory(l->s);
    }
    YM_TRY(server_is_off(l, set, &off));
    return off ? YM_OK : list_shares(l, key);
}

ym_status ym_door_shares(struct ym_door_look *l) {
    return each_set(l, shares_in_set);
}

/* --- hidden shares ----------------------------------------------------------------------------- */

/* What still stands between a guessed password and the disk. */
static ym_status barrier(struct ym_door_look *l, size_t set, ym_door_mark *ret_mark) {
    struct ym_fact f;

    *ret_mark = l->release.major == 0 ? YM_MARK_UNKNOWN : YM_MARK_BAD;
    if (l->release.major >= 6) {
        YM_TRY(ym_door_read(l, ym_door_hive(l, "HKLM\\SOFTWARE"),
                            "Microsoft\\Windows\\CurrentVersion\\Policies\\System",
                            "LocalAccountTokenFilterPolicy", YM_FACT_NUMBER, &f));
        *ret_mark = f.got == YM_FACT_OK && f.number == 1 ? YM_MARK_BAD : YM_MARK_HALF;
        return ym_door_say_fact(
            l, YM_MARK_INFO, &f, "0",
            TWO("unless 1, local administrators are cut down over the network",
                "1 でなければ、ローカルの管理者はネットワーク越しでは権限が制限さ"
                "れます"));
    }
    if (l->release.major == 5 && l->release.minor == 1) {
        YM_TRY(ym_door_read(l, system_hive(l), in_set(l, set, "Control\\Lsa"), "forceguest",
                            YM_FACT_NUMBER, &f));
        *ret_mark = f.got == YM_FACT_OK && f.number == 1 ? YM_MARK_HALF : YM_MARK_BAD;
        return ym_door_say_fact(l, YM_MARK_INFO, &f, "1",
                                TWO("1: everybody from the network is a guest",
                                    "1 なら、ネットワークから来た人はすべてゲスト扱いです"));
    }
    return YM_OK;
}

static ym_status hidden_in_set(struct ym_door_look *l, size_t set) {
    const char *name = l->release.server ? "AutoShareServer" : "AutoShareWks";
    ym_door_mark mark = YM_MARK_GOOD;
    struct ym_fact f;
    bool off;

    YM_TRY(server_is_off(l, set, &off));
    if (off) {
        return YM_OK;
    }
    YM_TRY(ym_door_read(l, system_hive(l), in_set(l, set, "Services\\LanmanServer\\Parameters"),
                        name, YM_FACT_NUMBER, &f));
    if (f.got != YM_FACT_OK || f.number != 0) {
        YM_TRY(barrier(l, set, &mark));
        YM_TRY(ym_door_set_number(l, &f, 0));
    }
    return ym_door_say_fact(l, mark, &f, "0",
                            f.got == YM_FACT_ABSENT
                                ? TWO("not set: Windows makes the hidden shares",
                                      "設定がないので、隠し共有が作られます")
                                : NO_NOTE);
}

ym_status ym_door_admin_shares(struct ym_door_look *l) {
    return each_set(l, hidden_in_set);
}

/* --- connections without a name ---------------------------------------------------------------- */

/* A number that is best 1 or more; absent counts as given. */
static ym_status restriction(struct ym_door_look *l, const char *key, const char *name,
                             uint32_t absent, ym_door_mark below, uint32_t *ret_number) {
    struct ym_fact f;

    YM_TRY(ym_door_read(l, system_hive(l), key, name, YM_FACT_NUMBER, &f));
    *ret_number = f.got == YM_FACT_OK ? f.number : absent;
    if (f.got == YM_FACT_OK || f.got == YM_FACT_ABSENT) {
        if (*ret_number == 0) {
            YM_TRY(ym_door_set_number(l, &f, 1));
        }
    }
    return ym_door_say_fact(l, *ret_number == 0 ? below : YM_MARK_GOOD, &f, "1",
                            f.got == YM_FACT_ABSENT
                                ? TWO("not set: the default of this Windows counts",
                                      "設定がないので、既定の動作になります")
                                : NO_NOTE);
}

/* A list of what may be reached without a name: best empty. */
static ym_status list_for_all(struct ym_door_look *l, const char *key, const char *name,
                              bool may_empty) {
    struct ym_fact f;
    bool any;

    YM_TRY(ym_door_read(l, system_hive(l), key, name, YM_FACT_MULTI, &f));
    any = f.got == YM_FACT_OK && f.found[0] != '\0';
    if (any && may_empty) {
        YM_TRY(ym_door_set_empty_list(l, &f));
    }
    return ym_door_say_fact(
        l, any ? YM_MARK_HALF : YM_MARK_GOOD, &f, "",
        any ? TWO("these may be reached without a name", "これらには名前なしでつながります")
            : NO_NOTE);
}

static ym_status anonymous_in_set(struct ym_door_look *l, size_t set) {
    const char *lsa = in_set(l, set, "Control\\Lsa");
    const char *server = in_set(l, set, "Services\\LanmanServer\\Parameters");
    bool old = l->release.major == 5 && l->release.minor == 0;
    uint32_t names;
    uint32_t access;
    uint32_t accounts = 1;

    if (lsa == NULL || server == NULL) {
        return ym_scan_no_memory(l->s);
    }
    YM_TRY(restriction(l, lsa, "restrictanonymous", 0, old ? YM_MARK_BAD : YM_MARK_HALF, &names));
    if (!old) { /* Windows 2000 has only the one above */
        YM_TRY(restriction(l, lsa, "restrictanonymoussam", 1, YM_MARK_BAD, &accounts));
    }
    YM_TRY(restriction(l, server, "RestrictNullSessAccess", 1, YM_MARK_BAD, &access));
    YM_TRY(list_for_all(l, server, "NullSessionShares", true));
    /* Pipes are named there by Windows itself and by servers that need them: shown, not changed. */
    return list_for_all(l, server, "NullSessionPipes", false);
}

ym_status ym_door_anonymous(struct ym_door_look *l) {
    YM_TRY(each_set(l, anonymous_in_set));
    if (l->marks[YM_MARK_BAD] > 0) { /* one way in is enough */
        l->door->state = YM_DOOR_OPEN;
    }
    return YM_OK;
}
