/* collected.c - see collected.h. */
#include "collected.h"

#include "base/text.h"
#include "clean/reg_text.h"
#include "windows_int.h"

#include <string.h>
#include <strings.h>

static const char note[] = "collected/yamori-collect.txt";
static const char profiles[] = "Microsoft\\Windows NT\\CurrentVersion\\ProfileList";

/* "HKEY_LOCAL_MACHINE\SYSTEM"; NULL: a user's. */
static const char *machine_place(const char *prefix) {
    static const char *const hives[][2] = {{"HKLM\\SYSTEM", "HKEY_LOCAL_MACHINE\\SYSTEM"},
                                           {"HKLM\\SOFTWARE", "HKEY_LOCAL_MACHINE\\SOFTWARE"},
                                           {"HKLM\\SAM", "HKEY_LOCAL_MACHINE\\SAM"}};

    for (size_t i = 0; i < sizeof(hives) / sizeof(hives[0]); i++) {
        if (ym_equal_nocase(prefix, hives[i][0])) {
            return hives[i][1];
        }
    }
    return NULL;
}

/* Worms deny everybody the keys of their services, so that this may be the very thing. */
static ym_status note_denied(struct ym_clean_scan *s, const struct ym_clean_hive *h) {
    const char *names = ym_registry_export_denied(h->reg);
    const char *why = ym_scan_printf(s,
                                     "keys that could not be read are missing in this export: %s "
                                     "(a hive saved with reg save has them)",
                                     names);

    if (why == NULL) {
        return ym_scan_no_memory(s);
    }
    return names[0] == '\0' ? YM_OK : ym_scan_gap(s, h->file, why);
}

ym_status ym_collected_open(struct ym_clean_scan *s, struct ym_clean_hive *h, struct ym_err *why) {
    const char *place = machine_place(h->prefix);

    memset(why, 0, sizeof(*why));
    YM_TRY(ym_reg_text_open_beside(s->volume, h->file, place == NULL ? "HKEY_USERS\\*" : place,
                                   s->arena, &h->reg, &h->file, why));
    s->plan->collected = true;
    return note_denied(s, h);
}

/* --- where hives hang -------------------------------------------------------------------------- */

/* The profile whose folder has this name: its number ("S-1-5-21-..."), or NULL. */
static const char *number_of(struct ym_clean_scan *s, const char *name) {
    const struct ym_clean_hive *software = ym_win_hive(s, "HKLM\\SOFTWARE");
    struct ym_reg_keys keys = {NULL, 0};

    if (software == NULL || software->reg == NULL ||
        ym_registry_keys(software->reg, s->arena, profiles, &keys, NULL) != YM_OK) {
        return NULL;
    }
    for (size_t i = 0; i < keys.n; i++) {
        const char *key = ym_scan_printf(s, "%s\\%s", profiles, keys.v[i]);
        struct ym_reg_value v;
        const char *path;
        const char *leaf;

        if (key == NULL ||
            ym_registry_get(software->reg, s->arena, key, "ProfileImagePath", &v, NULL) != YM_OK) {
            continue;
        }
        path = ym_reg_text(s->arena, &v);
        leaf = path == NULL ? NULL : strrchr(path, '\\');
        if (leaf != NULL && ym_equal_nocase(leaf + 1, name)) {
            return keys.v[i];
        }
    }
    return NULL;
}

static const char *user_place(struct ym_clean_scan *s, const struct ym_clean_hive *h) {
    static const char *const known[][2] = {
        {".DEFAULT", ".DEFAULT"}, {"LocalService", "S-1-5-19"}, {"NetworkService", "S-1-5-20"}};
    const char *name = h->prefix + strlen("HKU\\");
    const char *number = strncmp(name, "S-1-5-", 6) == 0 ? name : NULL;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && number == NULL; i++) {
        number = ym_equal_nocase(name, known[i][0]) ? known[i][1] : NULL;
    }
    number = number == NULL ? number_of(s, name) : number;
    return number == NULL ? NULL : ym_scan_printf(s, "HKEY_USERS\\%s", number);
}

ym_status ym_collected_place(struct ym_clean_scan *s, const struct ym_clean_hive *h) {
    struct ym_clean_place *p = YM_ARENA_NEW(s->arena, struct ym_clean_place);
    const char *place = ym_registry_export_place(h->reg);

    if (p == NULL) {
        return ym_scan_no_memory(s);
    }
    p->file = h->file;
    p->exported = place != NULL;
    /* HKEY_CURRENT_USER is whoever imports */
    place = place != NULL && strchr(place, '\\') == NULL ? NULL : place;
    place =
        place == NULL ? machine_place(h->prefix) : ym_arena_strndup(s->arena, place, strlen(place));
    p->place = place == NULL ? user_place(s, h) : place;
    p->next = s->plan->places;
    s->plan->places = p;
    return YM_OK;
}

/* --- what was not collected -------------------------------------------------------------------- */

static const char *place_of(const struct ym_clean_scan *s, const struct ym_clean_hive *h) {
    for (const struct ym_clean_place *p = s->plan->places; p != NULL; p = p->next) {
        if (strcmp(p->file, h->file) == 0) {
            return p->place;
        }
    }
    return NULL;
}

static bool is_collected(const struct ym_clean_scan *s, const char *number) {
    for (const struct ym_clean_hive *h = s->hives; h != NULL; h = h->next) {
        const char *place = place_of(s, h);

        if (place != NULL && strncmp(place, "HKEY_USERS\\", 11) == 0 &&
            ym_equal_nocase(place + 11, number)) {
            return true;
        }
    }
    return false;
}

/* A user without a hive: there, and unknown. */
static ym_status missing_user(struct ym_clean_scan *s, const char *number) {
    struct ym_clean_hive *h = YM_ARENA_NEW(s->arena, struct ym_clean_hive);
    struct ym_clean_hive **tail = &s->hives;

    if (h == NULL || (h->prefix = ym_scan_printf(s, "HKU\\%s", number)) == NULL) {
        return ym_scan_no_memory(s);
    }
    h->file = h->prefix;
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    *tail = h;
    return ym_scan_gap(s, h->prefix, "the settings of this user were not collected");
}

static ym_status check_users(struct ym_clean_scan *s) {
    const struct ym_clean_hive *software = ym_win_hive(s, "HKLM\\SOFTWARE");
    struct ym_reg_keys keys = {NULL, 0};
    ym_status st = software == NULL || software->reg == NULL
                       ? YM_UNSUPPORTED
                       : ym_registry_keys(software->reg, s->arena, profiles, &keys, NULL);

    if (st == YM_NOMEM) {
        return ym_scan_no_memory(s);
    }
    if (st != YM_OK && st != YM_END) {
        return ym_scan_gap(s, "HKU", "which users this machine has is not known");
    }
    for (size_t i = 0; i < keys.n; i++) {
        if (strncmp(keys.v[i], "S-1-5-21-", 9) == 0 && !is_collected(s, keys.v[i])) {
            YM_TRY(missing_user(s, keys.v[i]));
        }
    }
    return YM_OK;
}

static bool has_set(const struct ym_clean_scan *s, uint32_t number) {
    uint32_t n;

    for (size_t i = 0; i < s->control_sets.n; i++) {
        const char *set = s->control_sets.v[i] + strlen("ControlSet");

        if (ym_parse_u32(set, strlen(set), &n) && n == number) {
            return true;
        }
    }
    return false;
}

/* Windows can go back to every set that Select names. */
static ym_status check_sets(struct ym_clean_scan *s) {
    static const char *const names[] = {"Current", "Default", "Failed", "LastKnownGood"};
    const struct ym_clean_hive *system = ym_win_hive(s, "HKLM\\SYSTEM");
    struct ym_reg_values values = {NULL, 0};

    if (system == NULL || system->reg == NULL || ym_registry_export_place(system->reg) == NULL ||
        ym_registry_values(system->reg, s->arena, "", &values, NULL) == YM_OK) {
        return YM_OK;
    }
    if (ym_registry_values(system->reg, s->arena, "Select", &values, NULL) != YM_OK) {
        values.n = 0;
    }
    for (size_t i = 0; i < 4; i++) {
        const struct ym_reg_value *v = ym_win_value(&values, names[i]);
        uint32_t number = 0;

        if (v == NULL || !ym_reg_dword(v, &number) || (number != 0 && !has_set(s, number))) {
            return ym_scan_gap(s, "HKLM\\SYSTEM",
                               "not every control set was exported; Windows can go back to those "
                               "that are missing here");
        }
    }
    return YM_OK;
}

ym_status ym_collected_check(struct ym_clean_scan *s) {
    const char *real;

    if (ym_volume_resolve(s->volume, s->arena, note, &real, NULL) == YM_OK) {
        s->plan->collected = true;
    }
    if (!s->plan->collected) {
        return YM_OK;
    }
    YM_TRY(check_sets(s));
    if (ym_win_hive(s, "HKU\\.DEFAULT") == NULL) {
        YM_TRY(
            ym_scan_gap(s, "HKU\\.DEFAULT", "the settings of Windows itself were not collected"));
    }
    return check_users(s);
}

ym_status ym_collected_files_gap(struct ym_clean_scan *s) {
    return s->plan->collected
               ? ym_scan_gap(s, s->volume->root,
                             "a collection, not the machine's disk: files that were not collected "
                             "were not looked at")
               : YM_OK;
}

bool ym_collected_may_be_64(struct ym_clean_scan *s) {
    const struct ym_clean_hive *system = ym_win_hive(s, "HKLM\\SYSTEM");
    const struct ym_clean_hive *software = ym_win_hive(s, "HKLM\\SOFTWARE");
    struct ym_reg_values values;
    struct ym_reg_value v;
    ym_status st = YM_UNSUPPORTED;

    if (!s->plan->collected) {
        return false;
    }
    if (system != NULL && system->reg != NULL && s->control_sets.n > 0) {
        const char *key =
            ym_scan_printf(s, "%s\\Control\\Session Manager\\Environment", s->control_sets.v[0]);
        const char *text = "";

        if (key != NULL && ym_registry_get(system->reg, s->arena, key, "PROCESSOR_ARCHITECTURE", &v,
                                           NULL) == YM_OK) {
            text = ym_reg_text(s->arena, &v);
            return text == NULL || !ym_equal_nocase(text, "x86");
        }
    }
    if (software != NULL && software->reg != NULL) {
        st = ym_registry_values(software->reg, s->arena, "Wow6432Node", &values, NULL);
    }
    return st != YM_END;
}
