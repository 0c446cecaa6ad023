/* doors_autorun.c - does Windows obey autorun.inf, for each kind of drive?
 *
 * Off, when one of three holds:
 *   - IniFileMapping\Autorun.inf sends every reader to a key that does not exist (whatever else);
 *   - the mask NoDriveTypeAutoRun covers the kind of drive, or NoDriveAutoRun all letters, and
 *     Explorer obeys it: by the update KB967715 (XP, 2003) or of itself;
 *   - Explorer does not offer it for this kind: KB971029, and Windows 7 from the start, for all
 *     but CDs.
 * A mask of the machine (HKLM) wins over each user's.  Sources: KB967715, KB971029, advisory
 * 967940, DISA STIG V-2374; that HKLM wins, and Windows 7's own behaviour, [M]. */
#include "doors_int.h"

#include "base/text.h"

static const char policies[] = "Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer";
static const char user_policies[] =
    "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer";
static const char mapping[] = "Microsoft\\Windows NT\\CurrentVersion\\IniFileMapping\\Autorun.inf";
static const char type_mask[] = "NoDriveTypeAutoRun";
static const char nowhere[] = "@SYS:DoesNotExist";

enum { REMOVABLE = 0x04, FIXED = 0x08, NETWORK = 0x10, CD = 0x20, ALL_TYPES = 0xff };
static const uint32_t all_letters = 0x03ffffff;

/* Whether Explorer does as the mask says. */
typedef enum obeys { OBEYS, OBEYS_NOT, OBEYS_UNSURE } obeys;

static bool at_least(const struct ym_door_look *l, unsigned major, unsigned minor) {
    return l->release.major > major || (l->release.major == major && l->release.minor >= minor);
}

/* KB967715's list of defaults; Windows 7 and later as Vista [M]. */
static uint32_t default_mask(const struct ym_door_look *l) {
    return l->release.major == 5 && l->release.minor != 1 ? 0x95 : 0x91;
}

static ym_status read_mapping(struct ym_door_look *l, struct ym_fact *ret, bool *ret_set) {
    YM_TRY(ym_door_read(l, ym_door_hive(l, "HKLM\\SOFTWARE"), mapping, "", YM_FACT_TEXT, ret));
    *ret_set = ret->got == YM_FACT_OK && ym_equal_nocase(ret->text, nowhere);
    return YM_OK;
}

static const struct ym_shell_row *shell_row(const struct ym_door_look *l) {
    for (size_t i = 0; i < ym_shell32_n; i++) {
        const struct ym_shell_row *r = &ym_shell32_rows[i];

        if (l->release.pack_known && r->major == l->release.major && r->minor == l->release.minor &&
            r->pack == l->release.pack) {
            return r;
        }
    }
    return NULL;
}

/* By the file, where the table knows the system. */
static ym_status obeys_by_file(struct ym_door_look *l, const struct ym_shell_row *row,
                               const struct ym_fact *honour, obeys *ret) {
    struct ym_dll dll;
    bool is_new;

    YM_TRY(ym_door_dll(l, "System32", "shell32.dll", &dll));
    *ret = OBEYS_UNSURE;
    if (!dll.known) {
        return ym_door_say(
            l, YM_MARK_INFO, dll.where, dll.there ? dll.why : NULL,
            ym_version_text(l, row->version),
            TWO("its version could not be read", "バージョンを読み取れませんでした"));
    }
    is_new = ym_version_compare(dll.version, row->version) >= 0;
    *ret = is_new ? OBEYS : OBEYS_NOT;
    return ym_door_say(
        l, YM_MARK_INFO, dll.where, dll.found, ym_version_text(l, row->version),
        !is_new && honour->got == YM_FACT_OK && honour->number == 1
            ? TWO("the registry says installed, the file is old",
                  "レジストリでは入っていることになっていますが、ファイルは古いままです")
        : !is_new ? TWO("without the update the setting is not obeyed everywhere",
                        "更新プログラムがないと、設定が守られないことがあります")
                  : NO_NOTE);
}

static ym_status find_obeys(struct ym_door_look *l, struct ym_fact *ret_honour, obeys *ret) {
    const struct ym_shell_row *row = shell_row(l);
    struct ym_fact *f = ret_honour;

    YM_TRY(ym_door_read(l, ym_door_hive(l, "HKLM\\SOFTWARE"), policies, "HonorAutorunSetting",
                        YM_FACT_NUMBER, f));
    if (at_least(l, 6, 1)) {
        *ret = OBEYS; /* later than all these updates */
        return YM_OK;
    }
    YM_TRY(ym_door_say_fact(l, YM_MARK_INFO, f, "1", NO_NOTE));
    if (row != NULL) {
        YM_TRY(obeys_by_file(l, row, f, ret));
    } else {
        *ret = f->got == YM_FACT_OK && f->number == 1 ? OBEYS : OBEYS_UNSURE;
    }
    if (f->got == YM_FACT_OK && f->number == 0) {
        *ret = OBEYS_NOT; /* installed, and told not to */
    } else if (f->got == YM_FACT_FAILED || f->got == YM_FACT_WRONG_TYPE) {
        *ret = *ret == OBEYS ? OBEYS_UNSURE : *ret;
    }
    return YM_OK;
}

/* KB971029 leaves a mark and a newer shell32.dll; the mark alone proves nothing. */
static ym_status not_offered(struct ym_door_look *l, uint32_t bit, obeys file, bool *ret) {
    struct ym_fact f;
    const char *key = NULL;

    *ret = bit != CD && at_least(l, 6, 1);
    if (bit == CD || *ret || l->release.major != 5) {
        return YM_OK;
    }
    key = l->release.minor == 1 ? "Microsoft\\Updates\\Windows XP\\SP4\\KB971029"
          : !l->release.server  ? "Microsoft\\Updates\\Windows XP Version 2003\\SP3\\KB971029"
                                : "Microsoft\\Updates\\Windows Server 2003\\SP3\\KB971029";
    YM_TRY(ym_door_read(l, ym_door_hive(l, "HKLM\\SOFTWARE"), key, "", YM_FACT_KEY, &f));
    if (f.got != YM_FACT_OK) {
        return YM_OK;
    }
    *ret = file == OBEYS;
    f.found = "KB971029";
    return ym_door_say_fact(
        l, YM_MARK_INFO, &f, NULL,
        *ret ? NO_NOTE
             : TWO("the registry says installed, the file is old or not known",
                   "レジストリでは入っていることになっていますが、ファイルは古いか"
                   "確認できません"));
}

struct verdict {
    uint32_t bit;
    obeys obeys;
    bool asks; /* Vista and later ask before they start a program of a CD */
};

static ym_status say_mask(struct ym_door_look *l, const struct verdict *v, const struct ym_fact *f,
                          uint32_t mask, bool all_off) {
    bool off = all_off || (mask & v->bit) != 0;
    ym_door_mark mark = !off                    ? (v->asks ? YM_MARK_HALF : YM_MARK_BAD)
                        : v->obeys == OBEYS     ? YM_MARK_GOOD
                        : v->obeys == OBEYS_NOT ? YM_MARK_HALF
                                                : YM_MARK_UNKNOWN;
    struct ym_door_words note =
        f->got == YM_FACT_ABSENT ? TWO("not set: the default of this Windows counts",
                                       "設定がないので、既定の動作になります")
        : off && v->obeys == OBEYS_NOT
            ? TWO("set, but not obeyed everywhere", "設定されていますが、守られないことがあります")
        : off && v->obeys == OBEYS_UNSURE
            ? TWO("set; whether it is obeyed is not known",
                  "設定されていますが、守られるかどうかは分かりません")
            : NO_NOTE;

    return ym_door_say_fact(l, mark, f, off ? NULL : "255 (0xff)", note);
}

/* One mask: of the machine, or of one user when the machine has none. */
static ym_status one_mask(struct ym_door_look *l, const struct verdict *v,
                          const struct ym_clean_hive *h, const char *key) {
    struct ym_fact types;
    struct ym_fact letters;

    YM_TRY(ym_door_read(l, h, key, type_mask, YM_FACT_NUMBER, &types));
    YM_TRY(ym_door_read(l, h, key, "NoDriveAutoRun", YM_FACT_NUMBER, &letters));
    if (letters.got == YM_FACT_OK && (letters.number & all_letters) == all_letters) {
        return say_mask(l, v, &letters, 0, true);
    }
    return say_mask(l, v, &types, types.got == YM_FACT_OK ? types.number : default_mask(l), false);
}

static ym_status all_masks(struct ym_door_look *l, const struct verdict *v,
                           struct ym_fact *ret_machine) {
    const struct ym_clean_hive *software = ym_door_hive(l, "HKLM\\SOFTWARE");
    struct ym_fact letters;
    bool users = false;

    YM_TRY(ym_door_read(l, software, policies, type_mask, YM_FACT_NUMBER, ret_machine));
    YM_TRY(ym_door_read(l, software, policies, "NoDriveAutoRun", YM_FACT_NUMBER, &letters));
    if (ret_machine->got != YM_FACT_ABSENT ||
        (letters.got == YM_FACT_OK && (letters.number & all_letters) == all_letters)) {
        return one_mask(l, v, software, policies);
    }
    for (const struct ym_clean_hive *h = l->s->hives; h != NULL; h = h->next) {
        if (ym_door_is_user(h)) {
            users = true;
            YM_TRY(one_mask(l, v, h, user_policies));
        }
    }
    return users ? YM_OK : one_mask(l, v, software, policies);
}

/* The mapping stops every reader of autorun.inf, so it is offered where the mask may not help. */
static ym_status offer_changes(struct ym_door_look *l, const struct ym_fact *mapped,
                               const struct ym_fact *honour, const struct ym_fact *machine,
                               obeys o) {
    if (l->door->state == YM_DOOR_CLOSED) {
        return YM_OK;
    }
    if (machine->got != YM_FACT_OK || machine->number != ALL_TYPES) {
        YM_TRY(ym_door_set_number(l, machine, ALL_TYPES));
    }
    if (honour->got == YM_FACT_OK && honour->number != 1) {
        YM_TRY(ym_door_set_number(l, honour, 1));
    }
    return o == OBEYS ? YM_OK : ym_door_set_text(l, mapped, nowhere);
}

static ym_status by_mask(struct ym_door_look *l, uint32_t bit, const struct ym_fact *mapped) {
    struct verdict v = {.bit = bit, .asks = bit == CD && at_least(l, 6, 0)};
    struct ym_fact honour;
    struct ym_fact machine;
    bool absent;

    YM_TRY(find_obeys(l, &honour, &v.obeys));
    YM_TRY(not_offered(l, bit, v.obeys, &absent));
    if (absent) {
        l->door->state = YM_DOOR_CLOSED;
        return ym_door_say(
            l, YM_MARK_GOOD, "shell32.dll", l->s->plan->system, NULL,
            TWO("this Windows does not start programs from such drives",
                "この Windows は、この種類のドライブからプログラムを自動で始めません"));
    }
    YM_TRY(all_masks(l, &v, &machine));
    ym_door_settle(l);
    return offer_changes(l, mapped, &honour, &machine, v.obeys);
}

static ym_status autorun(struct ym_door_look *l, uint32_t bit) {
    struct ym_fact mapped;
    bool set;

    YM_TRY(read_mapping(l, &mapped, &set));
    if (set) {
        YM_TRY(ym_door_say_fact(
            l, YM_MARK_GOOD, &mapped, nowhere,
            TWO("no autorun.inf is read at all", "autorun.inf はまったく読まれません")));
        ym_door_settle(l);
        return YM_OK;
    }
    YM_TRY(ym_door_say_fact(l, YM_MARK_INFO, &mapped, nowhere, NO_NOTE));
    if (l->release.major == 0) {
        YM_TRY(ym_door_say(
            l, YM_MARK_UNKNOWN, "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
            l->s->plan->system, NULL,
            TWO("which Windows this is could not be read", "どの Windows か読み取れませんでした")));
        ym_door_settle(l);
        return YM_OK;
    }
    return by_mask(l, bit, &mapped);
}

ym_status ym_door_autorun_removable(struct ym_door_look *l) {
    return autorun(l, REMOVABLE);
}

ym_status ym_door_autorun_network(struct ym_door_look *l) {
    return autorun(l, NETWORK);
}

ym_status ym_door_autorun_fixed(struct ym_door_look *l) {
    return autorun(l, FIXED);
}

ym_status ym_door_autorun_cd(struct ym_door_look *l) {
    return autorun(l, CD);
}
