/* doors_office.c - Office of each user and each version that the hives know.
 *
 * A program counts for a user whose hive has its key, and for every user but the template
 * of new ones when the machine has it installed (defaults count until the first start).  A policy
 * wins over the user's own setting.
 * Sources: advisory 937696 and the bulletins that print FileOpenBlock and the MOICE associations
 * (2003, 2007); public baselines for fileblock, vbawarnings, blockcontentexecutionfrominternet and
 * protectedview (2010 and later).  Level of Office 2003, the user's own VBAWarnings, and file
 * block numbers other than 0 and 2, [M]. */
#include "doors_int.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const versions[] = {"11.0", "12.0", "14.0", "15.0", "16.0"};
static const char *const apps[] = {"Word", "Excel", "PowerPoint", "Access", "Visio"};
enum { VERSIONS = 5, APPS = 5 };

struct installed {
    bool is[VERSIONS][APPS];
    bool any;
};

static const struct ym_door_words not_set = {{"not set: the default of this version counts",
                                              "設定がないので、このバージョンの既定になります"}};

struct app {
    const struct ym_clean_hive *user;
    const char *version, *name;
    unsigned number; /* 11, 12, 14 ... */
};

typedef ym_status app_fn(struct ym_door_look *l, const struct app *a);

static ym_status key_is_there(struct ym_door_look *l, const struct ym_clean_hive *h,
                              const char *key, bool *ret) {
    struct ym_fact f;

    YM_TRY(ym_door_read(l, h, key, "", YM_FACT_KEY, &f));
    *ret = f.got == YM_FACT_OK;
    return f.got == YM_FACT_FAILED && h->reg != NULL
               ? ym_door_say_fact(l, YM_MARK_UNKNOWN, &f, NULL, NO_NOTE)
               : YM_OK;
}

/* What new users begin with: no person yet. */
static bool is_template(const struct ym_clean_hive *h) {
    return ym_equal_nocase(h->prefix, "HKU\\Default") ||
           ym_equal_nocase(h->prefix, "HKU\\Default User");
}

static ym_status is_installed(struct ym_door_look *l, const struct app *a, bool *ret) {
    const struct ym_clean_hive *software = ym_door_hive(l, "HKLM\\SOFTWARE");

    YM_TRY(key_is_there(
        l, software,
        ym_arena_printf(l->s->arena, "Microsoft\\Office\\%s\\%s\\InstallRoot", a->version, a->name),
        ret));
    if (*ret) {
        return YM_OK;
    }
    return key_is_there(l, software,
                        ym_arena_printf(l->s->arena,
                                        "Wow6432Node\\Microsoft\\Office\\%s\\%s\\InstallRoot",
                                        a->version, a->name),
                        ret);
}

/* Every program of every version that is there for this user. */
static ym_status each_app_of(struct ym_door_look *l, const struct ym_clean_hive *user,
                             const struct installed *installed, app_fn *fn) {
    for (size_t v = 0; v < VERSIONS; v++) {
        for (size_t n = 0; n < APPS; n++) {
            struct app a = {user, versions[v], apps[n], 11 + (unsigned)v + (v > 1 ? 1 : 0)};
            bool there;

            YM_TRY(key_is_there(l, user,
                                ym_arena_printf(l->s->arena, "Software\\Microsoft\\Office\\%s\\%s",
                                                a.version, a.name),
                                &there));
            if (there || (installed->is[v][n] && !is_template(user))) {
                YM_TRY(fn(l, &a));
            }
        }
    }
    return YM_OK;
}

static ym_status find_installed(struct ym_door_look *l, struct installed *ret) {
    const struct ym_clean_hive *software = ym_door_hive(l, "HKLM\\SOFTWARE");

    ret->any = false;
    for (size_t v = 0; v < VERSIONS; v++) {
        for (size_t n = 0; n < APPS; n++) {
            struct app a = {NULL, versions[v], apps[n], 0};

            YM_TRY(is_installed(l, &a, &ret->is[v][n]));
            ret->any = ret->any || ret->is[v][n];
        }
    }
    return software->reg != NULL
               ? YM_OK
               : ym_door_say(l, YM_MARK_UNKNOWN, software->prefix, NULL, NULL,
                             TWO("which Office is installed could not be read",
                                 "どの Office が入っているか読み取れませんでした"));
}

static ym_status each_app(struct ym_door_look *l, app_fn *fn) {
    struct installed installed;
    bool users = false;

    YM_TRY(find_installed(l, &installed));
    for (const struct ym_clean_hive *h = l->s->hives; h != NULL; h = h->next) {
        if (!ym_door_is_user(h)) {
            continue;
        }
        users = true;
        if (h->reg == NULL) {
            YM_TRY(ym_door_say(l, YM_MARK_UNKNOWN, h->prefix, NULL, NULL,
                               TWO("this user's settings could not be read",
                                   "このユーザーの設定を読み取れませんでした")));
        } else {
            YM_TRY(each_app_of(l, h, &installed, fn));
        }
    }
    if (installed.any && !users) {
        YM_TRY(ym_door_say(
            l, YM_MARK_UNKNOWN, "HKU", NULL, NULL,
            TWO("Office is installed, but no user's settings are on this volume",
                "Office は入っていますが、このボリュームにユーザーの設定がありません")));
    }
    ym_door_settle(l);
    return YM_OK;
}

/* The policy's value, else (own) the user's; *ret_policy is where a change belongs. */
static ym_status setting(struct ym_door_look *l, const struct app *a, const char *below,
                         const char *name, bool own, struct ym_fact *ret,
                         struct ym_fact *ret_policy) {
    const char *key =
        ym_arena_printf(l->s->arena, "Software\\Policies\\Microsoft\\Office\\%s\\%s\\%s",
                        a->version, a->name, below);

    YM_TRY(ym_door_read(l, a->user, key, name, YM_FACT_NUMBER, ret_policy));
    *ret = *ret_policy;
    if (ret->got != YM_FACT_ABSENT || !own) {
        return YM_OK;
    }
    key = ym_arena_printf(l->s->arena, "Software\\Microsoft\\Office\\%s\\%s\\%s", a->version,
                          a->name, below);
    YM_TRY(ym_door_read(l, a->user, key, name, YM_FACT_NUMBER, ret));
    if (ret->got == YM_FACT_ABSENT) {
        *ret = *ret_policy;
    }
    return YM_OK;
}

static bool is_readable(const struct ym_fact *f) {
    return f->got == YM_FACT_OK || f->got == YM_FACT_ABSENT;
}

/* --- file block -------------------------------------------------------------------------------- */

/* MOICE: the isolated converter opens these documents instead. */
static ym_status moice(struct ym_door_look *l, const struct app *a, bool *ret) {
    static const char *const table[][3] = {{"Word", ".doc", "oice.word.document"},
                                           {"Excel", ".xls", "oice.excel.sheet"},
                                           {"PowerPoint", ".ppt", "oice.powerpoint.show"}};
    struct ym_fact f;

    *ret = false;
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(table[i][0], a->name) == 0) {
            YM_TRY(ym_door_read(l, ym_door_hive(l, "HKLM\\SOFTWARE"),
                                ym_arena_printf(l->s->arena, "Classes\\%s", table[i][1]), "",
                                YM_FACT_TEXT, &f));
            *ret = f.got == YM_FACT_OK && ym_equal_nocase(f.text, table[i][2]);
            return *ret ? ym_door_say_fact(l, YM_MARK_GOOD, &f, table[i][2],
                                           TWO("MOICE opens such documents",
                                               "この形式の文書は MOICE が開きます"))
                        : YM_OK;
        }
    }
    return YM_OK;
}

/* Office 2003 and 2007: 1 blocks. */
static ym_status block_value(struct ym_door_look *l, const struct app *a, const char *name,
                             ym_door_mark open) {
    struct ym_fact f;
    struct ym_fact policy;
    bool set;

    YM_TRY(setting(l, a, "Security\\FileOpenBlock", name, a->number == 11, &f, &policy));
    set = f.got == YM_FACT_OK && f.number == 1;
    if (!set && is_readable(&f)) {
        YM_TRY(ym_door_set_number(l, &policy, 1));
    }
    return ym_door_say_fact(l, set ? YM_MARK_GOOD : open, &f, "1", NO_NOTE);
}

static ym_status block_2003(struct ym_door_look *l, const struct app *a) {
    bool converted;

    YM_TRY(moice(l, a, &converted));
    if (!converted) {
        YM_TRY(block_value(l, a, "BinaryFiles", YM_MARK_BAD));
    }
    return strcmp(a->name, "Word") == 0 ? block_value(l, a, "RtfFiles", YM_MARK_HALF) : YM_OK;
}

/* Office 2010 and later, one number a format: 2 blocks, 0 does not, 3 and more protect. */
static ym_status block_2010(struct ym_door_look *l, const struct app *a, const char *name) {
    struct ym_fact f;
    struct ym_fact policy;
    ym_door_mark mark;

    YM_TRY(setting(l, a, "Security\\FileBlock", name, true, &f, &policy));
    mark = f.got == YM_FACT_ABSENT ? YM_MARK_HALF
           : f.number == 2         ? YM_MARK_GOOD
           : f.number < 2          ? YM_MARK_BAD
           : f.number <= 5         ? YM_MARK_HALF
                                   : YM_MARK_UNKNOWN;
    if (mark != YM_MARK_GOOD && is_readable(&f)) {
        YM_TRY(ym_door_set_number(l, &policy, 2));
    }
    return ym_door_say_fact(l, mark, &f, "2", f.got == YM_FACT_ABSENT ? not_set : NO_NOTE);
}

static ym_status file_block(struct ym_door_look *l, const struct app *a) {
    static const char *const word[] = {"Word2Files", "Word60Files", "Word95Files", NULL};
    static const char *const excel[] = {"XL2Worksheets", "XL2Macros",     "XL3Worksheets",
                                        "XL3Macros",     "XL4Worksheets", "XL4Workbooks",
                                        "XL4Macros",     "XL95Workbooks", NULL};
    const char *const *names = strcmp(a->name, "Word") == 0    ? word
                               : strcmp(a->name, "Excel") == 0 ? excel
                                                               : NULL;

    if (a->number <= 12) {
        return names != NULL || strcmp(a->name, "PowerPoint") == 0 ? block_2003(l, a) : YM_OK;
    }
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        YM_TRY(block_2010(l, a, names[i]));
    }
    return YM_OK;
}

ym_status ym_door_office_file_block(struct ym_door_look *l) {
    return each_app(l, file_block);
}

/* --- macros ------------------------------------------------------------------------------------ */

/* Office 2003: 1 low, 2 medium (asks), 3 high, 4 very high. */
static ym_status macros_2003(struct ym_door_look *l, const struct app *a) {
    struct ym_fact f;
    struct ym_fact policy;
    ym_door_mark mark;

    YM_TRY(setting(l, a, "Security", "Level", true, &f, &policy));
    mark = f.got == YM_FACT_ABSENT          ? YM_MARK_HALF
           : f.number == 1                  ? YM_MARK_BAD
           : f.number == 2                  ? YM_MARK_HALF
           : f.number == 3 || f.number == 4 ? YM_MARK_GOOD
                                            : YM_MARK_UNKNOWN;
    if (mark != YM_MARK_GOOD && is_readable(&f)) {
        YM_TRY(ym_door_set_number(l, &policy, 3));
    }
    return ym_door_say_fact(l, mark, &f, ">= 3", f.got == YM_FACT_ABSENT ? not_set : NO_NOTE);
}

/* 1 runs all, 2 asks (the default), 3 only signed ones, 4 none. */
static ym_door_mark warnings_mark(const struct ym_fact *f) {
    static const ym_door_mark marks[] = {YM_MARK_UNKNOWN, YM_MARK_BAD, YM_MARK_HALF, YM_MARK_GOOD,
                                         YM_MARK_GOOD};

    return f->got == YM_FACT_ABSENT ? YM_MARK_HALF
           : f->number <= 4         ? marks[f->number]
                                    : YM_MARK_UNKNOWN;
}

static ym_status macros(struct ym_door_look *l, const struct app *a) {
    struct ym_fact f;
    struct ym_fact policy;
    struct ym_fact block;
    struct ym_fact block_policy;
    ym_door_mark mark;

    if (a->number == 11) {
        return macros_2003(l, a);
    }
    YM_TRY(setting(l, a, "Security", "VBAWarnings", true, &f, &policy));
    mark = warnings_mark(&f);
    if (a->number == 16 && is_readable(&f) && mark == YM_MARK_HALF) {
        /* Asking is enough where what comes from the internet is not even asked about. */
        YM_TRY(setting(l, a, "Security", "blockcontentexecutionfrominternet", false, &block,
                       &block_policy));
        mark = block.got == YM_FACT_OK && block.number == 1 ? YM_MARK_GOOD : YM_MARK_HALF;
        YM_TRY(ym_door_say_fact(l, mark, &block, "1",
                                block.got == YM_FACT_ABSENT ? not_set : NO_NOTE));
        if (mark == YM_MARK_HALF && is_readable(&block)) {
            return ym_door_set_number(l, &block_policy, 1);
        }
        return ym_door_say_fact(l, YM_MARK_INFO, &f, ">= 2", NO_NOTE);
    }
    if (mark != YM_MARK_GOOD && is_readable(&f)) {
        YM_TRY(ym_door_set_number(l, &policy, 3));
    }
    return ym_door_say_fact(l, mark, &f, ">= 3", f.got == YM_FACT_ABSENT ? not_set : NO_NOTE);
}

ym_status ym_door_office_macros(struct ym_door_look *l) {
    return each_app(l, macros);
}

/* --- Protected View ---------------------------------------------------------------------------- */

static ym_status protected_view(struct ym_door_look *l, const struct app *a) {
    static const char *const names[] = {"DisableInternetFilesInPV", "DisableAttachmentsInPV",
                                        "DisableAttachementsInPV", /* as some baselines spell it */
                                        "DisableUnsafeLocationsInPV"};

    if (a->number < 14 || strcmp(a->name, "Access") == 0 || strcmp(a->name, "Visio") == 0) {
        return YM_OK;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct ym_fact f;
        struct ym_fact policy;
        bool off;

        YM_TRY(setting(l, a, "Security\\ProtectedView", names[i], true, &f, &policy));
        off = f.got == YM_FACT_OK && f.number != 0;
        if (off) {
            YM_TRY(ym_door_set_number(l, &policy, 0));
        }
        YM_TRY(ym_door_say_fact(l, off ? YM_MARK_BAD : YM_MARK_GOOD, &f, "0", NO_NOTE));
    }
    return YM_OK;
}

ym_status ym_door_office_protected_view(struct ym_door_look *l) {
    return each_app(l, protected_view);
}
