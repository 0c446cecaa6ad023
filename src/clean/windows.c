/* windows.c - traces in the registry of an offline Windows volume.
 *
 * Control sets.  SYSTEM\Select names the current one, but "last known good" can bring any other
 * back, and with it the worm: every ControlSetNNN of the hive is looked at and repaired.
 *
 * Keys in family files begin with HKLM\SYSTEM\CurrentControlSet (each control set), HKLM\SYSTEM,
 * HKLM\SOFTWARE, or HKU\* (the hive of each user's profile, and config\DEFAULT of SYSTEM);
 * HKU\*\Software\Classes is a hive of its own, UsrClass.dat, since Windows 2000. */
#include "windows_int.h"

#include "base/text.h"
#include "base/utf16.h"
#include "collected.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

static const char services[] = "Services";

/* How many components of a key of a family file may be "*". */
enum { SUBKEYS_DEPTH = 4, COPY_DEPTH = 8 };

static ym_status each_subkey(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                             const char *key, ym_win_place_fn *fn, unsigned depth);

/* --- hives ----------------------------------------------------------------------------------- */

ym_status ym_scan_open_hive(struct ym_clean_scan *s, const char *prefix, const char *file) {
    struct ym_clean_hive *h = YM_ARENA_NEW(s->arena, struct ym_clean_hive);
    struct ym_clean_hive **tail = &s->hives;
    struct ym_err why = {0};
    const char *real;
    int fd;
    ym_status st;

    if (h == NULL) {
        return ym_scan_no_memory(s);
    }
    h->prefix = prefix;
    h->file = file;
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    *tail = h;
    st = ym_volume_resolve(s->volume, s->arena, file, &real, &why);
    if (st == YM_OK) {
        h->file = real;
        st = ym_volume_open_file(s->volume, real, &fd, &why);
    }
    if (st == YM_OK) {
        st = ym_hive_open_beside(s->volume, real, fd, s->arena, &h->reg, &why);
        (void)close(fd);
    }
    if (st == YM_END) {
        st = ym_collected_open(s, h, &why);
    }
    if (st == YM_OK) {
        YM_TRY(ym_collected_place(s, h));
        return ym_scan_recovered(s, h->file, ym_hive_logs_applied(h->reg));
    }
    return st == YM_END ? ym_scan_gap(s, file, "the hive is missing, and no export of it is there")
                        : ym_scan_tolerate(s, st, h->file, &why);
}

struct ym_clean_hive *ym_win_hive(const struct ym_clean_scan *s, const char *prefix) {
    for (struct ym_clean_hive *h = s->hives; h != NULL; h = h->next) {
        if (ym_equal_nocase(h->prefix, prefix)) {
            return h;
        }
    }
    return NULL;
}

/* user NULL: the name of the folder that holds the hive.  An export stands for a hive that is not there. */
static ym_status open_user_hive(struct ym_clean_scan *s, const char *path, const char *user,
                                bool exported) {
    const char *end = strrchr(path, '/');
    const char *from = end;
    const char *prefix;

    while (from != NULL && from > path && from[-1] != '/') {
        from--;
    }
    prefix = user != NULL || from == NULL ? ym_scan_printf(s, "HKU\\%s", user == NULL ? "" : user)
                                          : ym_scan_printf(s, "HKU\\%.*s", (int)(end - from), from);
    if (prefix != NULL && exported) {
        if (ym_win_hive(s, prefix) != NULL) {
            return YM_OK;
        }
        path = ym_scan_printf(s, "%.*s/%s", end == NULL ? 0 : (int)(end - path), path,
                              user == NULL ? "NTUSER.DAT" : "DEFAULT");
    }
    return prefix == NULL || path == NULL ? ym_scan_no_memory(s)
                                          : ym_scan_open_hive(s, prefix, path);
}

static ym_status open_all(struct ym_clean_scan *s, const char *pattern, const char *user,
                          bool exported) {
    struct ym_scan_skips k = {s, YM_OK};
    struct ym_names found;

    if (pattern == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(ym_volume_glob(s->volume, s->arena, pattern, &found, ym_scan_skipped, &k, s->err));
    YM_TRY(k.st);
    for (size_t i = 0; i < found.n; i++) {
        YM_TRY(open_user_hive(s, found.v[i], user, exported));
    }
    return YM_OK;
}

static ym_status open_matching(struct ym_clean_scan *s, const char *pattern, const char *user) {
    YM_TRY(open_all(s, pattern, user, false));
    return open_all(s, ym_scan_printf(s, "%s*.reg", pattern == NULL ? "" : pattern), user, true);
}

/* Of people, of the accounts of services, and of SYSTEM itself, as which most services run. */
static ym_status open_user_hives(struct ym_clean_scan *s) {
    YM_TRY(open_matching(s, "Users/*/NTUSER.DAT", NULL));
    YM_TRY(open_matching(s, "Documents and Settings/*/NTUSER.DAT", NULL));
    YM_TRY(
        open_matching(s, ym_scan_printf(s, "%s/ServiceProfiles/*/NTUSER.DAT", s->windows), NULL));
    return open_matching(s, ym_scan_printf(s, "%s/System32/config/DEFAULT", s->windows),
                         ".DEFAULT");
}

/* The folder of the profile, up to the first two names, tells whose it is. */
static ym_status open_classes(struct ym_clean_scan *s, const char *pattern) {
    struct ym_scan_skips k = {s, YM_OK};
    struct ym_names found;

    YM_TRY(ym_volume_glob(s->volume, s->arena, pattern, &found, ym_scan_skipped, &k, s->err));
    YM_TRY(k.st);
    for (size_t i = 0; i < found.n; i++) {
        const char *user = strchr(found.v[i], '/');
        const char *prefix;
        struct ym_clean_hive *h;

        user = user == NULL ? found.v[i] : user + 1;
        prefix = ym_scan_printf(s, "HKU\\%.*s\\Software\\Classes", (int)strcspn(user, "/"), user);
        if (prefix == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(ym_scan_open_hive(s, prefix, found.v[i]));
        for (h = s->hives; h->next != NULL; h = h->next) {
        }
        h->classes = true;
    }
    return YM_OK;
}

ym_status ym_scan_windows_classes(struct ym_clean_scan *s) {
    YM_TRY(open_classes(s, "Users/*/AppData/Local/Microsoft/Windows/UsrClass.dat"));
    return open_classes(s, "Documents and Settings/*/Local Settings/Application Data/Microsoft/"
                           "Windows/UsrClass.dat");
}

/* A control set without services, or a current one that is not there: what should have been looked at
 * is lost. */
static ym_status check_control_sets(struct ym_clean_scan *s, const struct ym_clean_hive *system) {
    struct ym_reg_value value;
    struct ym_reg_keys keys;
    uint32_t current = 0;
    bool there;

    there = ym_registry_get(system->reg, s->arena, "Select", "Current", &value, NULL) != YM_OK ||
            !ym_reg_dword(&value, &current);
    for (size_t i = 0; i < s->control_sets.n; i++) {
        const char *set = s->control_sets.v[i];
        const char *key = ym_scan_printf(s, "%s\\%s", set, services);
        const char *where = ym_scan_printf(s, "%s\\%s", system->prefix, key);
        uint32_t number = 0;

        if (key == NULL || where == NULL) {
            return ym_scan_no_memory(s);
        }
        there =
            there || (ym_parse_u32(set + strlen("ControlSet"), 3, &number) && number == current);
        s->plan->current_set = number != 0 && number == current ? set : s->plan->current_set;
        if (ym_registry_keys(system->reg, s->arena, key, &keys, NULL) == YM_END) {
            YM_TRY(ym_scan_gap(s, where, "the control set has no services"));
        }
    }
    return there ? YM_OK
                 : ym_scan_gap(s, system->file, "the current control set is not in this hive");
}

static ym_status find_control_sets(struct ym_clean_scan *s, const struct ym_clean_hive *system) {
    struct ym_err why = {0};
    struct ym_reg_keys all;
    const char **list;
    ym_status st;
    size_t n = 0;

    if (system == NULL || system->reg == NULL) {
        return YM_OK;
    }
    st = ym_registry_keys(system->reg, s->arena, "", &all, &why);
    if (st != YM_OK) {
        return ym_scan_tolerate(s, st, system->file, &why);
    }
    list = YM_ARENA_ARRAY(s->arena, all.n, const char *);
    if (list == NULL) {
        return ym_scan_no_memory(s);
    }
    for (size_t i = 0; i < all.n; i++) {
        if (fnmatch("ControlSet[0-9][0-9][0-9]", all.v[i], FNM_CASEFOLD) == 0) {
            list[n++] = all.v[i];
        }
    }
    s->control_sets = (struct ym_reg_keys){list, n};
    return n == 0 ? ym_scan_gap(s, system->file, "no control set in this hive")
                  : check_control_sets(s, system);
}

static const char *software_text(struct ym_clean_scan *s, const char *name) {
    const struct ym_clean_hive *h = ym_win_hive(s, "HKLM\\SOFTWARE");
    struct ym_reg_value value;

    if (h == NULL || h->reg == NULL ||
        ym_registry_get(h->reg, s->arena, "Microsoft\\Windows NT\\CurrentVersion", name, &value,
                        NULL) != YM_OK) {
        return "";
    }
    return ym_reg_text(s->arena, &value);
}

/* CurrentMajorVersionNumber since Windows 10, before that "5.1" in CurrentVersion. */
static ym_status find_version(struct ym_clean_scan *s) {
    const struct ym_clean_hive *h = ym_win_hive(s, "HKLM\\SOFTWARE");
    const char *version = software_text(s, "CurrentVersion");
    const char *pack = software_text(s, "CSDVersion");
    const char *product = software_text(s, "ProductName");
    const char *dot;
    struct ym_reg_value value;

    if (version == NULL || pack == NULL || product == NULL) {
        return ym_scan_no_memory(s);
    }
    dot = strchr(version, '.');
    if (dot != NULL && (!ym_parse_u32(version, (size_t)(dot - version), &s->major) ||
                        !ym_parse_u32(dot + 1, strlen(dot + 1), &s->minor))) {
        s->major = 0;
    }
    if (h != NULL && h->reg != NULL &&
        ym_registry_get(h->reg, s->arena, "Microsoft\\Windows NT\\CurrentVersion",
                        "CurrentMajorVersionNumber", &value, NULL) == YM_OK &&
        ym_reg_dword(&value, &s->major)) {
        s->minor = 0;
    }
    s->plan->product = product;
    s->plan->service_pack =
        strncmp(pack, "Service Pack ", 13) == 0 ? ym_scan_printf(s, "SP%s", pack + 13) : pack;
    s->plan->system = s->major == 0 ? "Windows, version not known"
                                    : ym_scan_printf(s, "Windows %u.%u%s%s%s%s", s->major, s->minor,
                                                     pack[0] == '\0' ? "" : " ", pack,
                                                     product[0] == '\0' ? "" : ", ", product);
    return s->plan->system == NULL || s->plan->service_pack == NULL ? ym_scan_no_memory(s) : YM_OK;
}

ym_status ym_scan_windows_open(struct ym_clean_scan *s) {
    const char *config = ym_scan_printf(s, "%s/System32/config/SYSTEM", s->windows);
    const char *software = ym_scan_printf(s, "%s/System32/config/SOFTWARE", s->windows);

    if (config == NULL || software == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(ym_scan_open_hive(s, "HKLM\\SYSTEM", config));
    YM_TRY(ym_scan_open_hive(s, "HKLM\\SOFTWARE", software));
    YM_TRY(open_user_hives(s));
    YM_TRY(find_control_sets(s, ym_win_hive(s, "HKLM\\SYSTEM")));
    YM_TRY(ym_collected_check(s));
    return find_version(s);
}

void ym_scan_windows_close(struct ym_clean_scan *s) {
    for (struct ym_clean_hive *h = s->hives; h != NULL; h = h->next) {
        ym_registry_close(h->reg);
        h->reg = NULL;
    }
}

/* --- reading, with damage as a gap ------------------------------------------------------------ */

/* END also for what could not be read: the gap is noted, the detector goes on. */
ym_status ym_win_values(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key,
                        struct ym_reg_values *ret_values) {
    struct ym_err why = {0};
    ym_status st;

    if (h->reg == NULL) {
        return YM_END;
    }
    st = ym_registry_values(h->reg, s->arena, key, ret_values, &why);
    s->plan->objects += st == YM_OK ? ret_values->n + 1 : 0;
    if (st == YM_OK || st == YM_END) {
        return st;
    }
    YM_TRY(ym_scan_tolerate(s, st, ym_scan_printf(s, "%s\\%s", h->prefix, key), &why));
    return YM_END;
}

ym_status ym_win_keys(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key,
                      struct ym_reg_keys *ret_keys) {
    struct ym_err why = {0};
    ym_status st;

    if (h->reg == NULL) {
        return YM_END;
    }
    st = ym_registry_keys(h->reg, s->arena, key, ret_keys, &why);
    s->plan->objects += st == YM_OK ? ret_keys->n : 0;
    if (st == YM_OK || st == YM_END) {
        return st;
    }
    YM_TRY(ym_scan_tolerate(s, st, ym_scan_printf(s, "%s\\%s", h->prefix, key), &why));
    return YM_END;
}

const struct ym_reg_value *ym_win_value(const struct ym_reg_values *values, const char *name) {
    for (size_t i = 0; i < values->n; i++) {
        if (ym_equal_nocase(values->v[i].name, name)) {
            return &values->v[i];
        }
    }
    return NULL;
}

const char *ym_win_text(struct ym_clean_scan *s, const struct ym_reg_values *values,
                        const char *name) {
    const struct ym_reg_value *v = ym_win_value(values, name);
    const char *text = v == NULL ? "" : ym_reg_text(s->arena, v);

    return text == NULL ? "" : text;
}

const char *ym_win_show(struct ym_clean_scan *s, const struct ym_reg_value *v) {
    const char *text = ym_reg_show(s->arena, v);

    return text == NULL ? NULL : ym_scan_printf(s, "%s %s", ym_reg_type_word(v->type), text);
}

static ym_status dword_value(struct ym_clean_scan *s, const char *name, uint32_t number,
                             struct ym_reg_value *ret) {
    uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                        (uint8_t)(number >> 24)};
    const uint8_t *data = ym_arena_memdup(s->arena, bytes, 4);

    *ret = (struct ym_reg_value){name, YM_REG_DWORD, data, 4};
    return data == NULL ? ym_scan_no_memory(s) : YM_OK;
}

/* All values of a key are written back together, and hivex does not write long ones. */
static ym_status can_be_written(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                const char *key, const struct ym_reg_value *after, bool *ret_can) {
    struct ym_reg_values values = {NULL, 0};
    ym_status st = ym_win_values(s, h, key, &values);
    size_t longest = after == NULL ? 0 : after->n;
    const char *where = ym_scan_printf(s, "%s\\%s", h->prefix, key);

    if (where == NULL) {
        return ym_scan_no_memory(s);
    }
    for (size_t i = 0; st == YM_OK && i < values.n; i++) {
        longest = values.v[i].n > longest ? values.v[i].n : longest;
    }
    *ret_can = longest <= YM_REG_SET_MAX;
    if (st == YM_OK || st == YM_END) {
        st = *ret_can ? YM_OK
                      : ym_scan_gap(s, where,
                                    "not repaired: a value of this key is too long to be "
                                    "written back");
    }
    return st;
}

ym_status ym_win_value_step(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                            const struct ym_clean_hive *h, const char *key,
                            const struct ym_reg_value *old, const struct ym_reg_value *after) {
    struct ym_clean_step step = {.op = after == NULL ? YM_STEP_DELETE_VALUE : YM_STEP_SET_VALUE,
                                 .file = h->file,
                                 .key = key,
                                 .old = *old,
                                 .old_text = old->name == NULL ? "(absent)" : ym_win_show(s, old),
                                 .why = why};

    bool can = false;

    YM_TRY(can_be_written(s, h, key, after, &can));
    if (!can) {
        return YM_OK;
    }
    if (after != NULL) {
        step.after = *after;
    }
    step.new_text = after == NULL ? "(absent)" : ym_win_show(s, after);
    if (step.old_text == NULL || step.new_text == NULL) {
        return ym_scan_no_memory(s);
    }
    return ym_scan_step(s, &step);
}

ym_status ym_win_each_control_set(struct ym_clean_scan *s, const char *rest, ym_win_place_fn *fn) {
    const struct ym_clean_hive *h = ym_win_hive(s, "HKLM\\SYSTEM");

    for (size_t i = 0; h != NULL && i < s->control_sets.n; i++) {
        const char *key = ym_scan_printf(s, "%s\\%s", s->control_sets.v[i], rest);

        if (key == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(each_subkey(s, h, key, fn, 0));
    }
    return YM_OK;
}

/* The first "*" that is a whole component; NULL: none. */
static const char *find_star(const char *key) {
    for (const char *at = strchr(key, '*'); at != NULL; at = strchr(at + 1, '*')) {
        if ((at == key || at[-1] == '\\') && (at[1] == '\0' || at[1] == '\\')) {
            return at;
        }
    }
    return NULL;
}

/* Like fn, for every key that a key with "*" as a whole component stands for. */
static ym_status each_subkey(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                             const char *key, ym_win_place_fn *fn, unsigned depth) {
    const struct ym_artefact *a = s->artefact;
    const char *star = find_star(key);
    struct ym_reg_keys keys;
    const char *above;
    ym_status st;

    if (star == NULL || depth == SUBKEYS_DEPTH) {
        return fn(s, h, key);
    }
    above = star == key ? "" : ym_scan_printf(s, "%.*s", (int)(star - key - 1), key);
    if (above == NULL) {
        return ym_scan_no_memory(s);
    }
    st = ym_win_keys(s, h, above, &keys);
    for (size_t i = 0; st == YM_OK && i < keys.n; i++) {
        const char *one =
            ym_scan_printf(s, "%.*s%s%s", (int)(star - key), key, keys.v[i], star + 1);

        if (one == NULL) {
            return ym_scan_no_memory(s);
        }
        if (a->subkey.re == NULL || ym_pattern_match(&a->subkey, keys.v[i])) {
            YM_TRY(each_subkey(s, h, one, fn, depth + 1)); /* at most SUBKEYS_DEPTH deep */
        }
    }
    return st == YM_END ? YM_OK : st;
}

static ym_status each_place(struct ym_clean_scan *s, const char *key, ym_win_place_fn *fn) {
    static const char current[] = "HKLM\\SYSTEM\\CurrentControlSet\\";
    static const char classes[] = "HKU\\*\\Software\\Classes\\";
    const size_t user = strlen("HKU\\*\\");
    const bool in_classes = strncmp(key, classes, strlen(classes)) == 0;

    if (strncmp(key, current, strlen(current)) == 0) {
        return ym_win_each_control_set(s, key + strlen(current), fn);
    }
    for (const struct ym_clean_hive *h = s->hives; h != NULL; h = h->next) {
        size_t n = strlen(h->prefix);

        if (h->classes) {
            YM_TRY(in_classes ? each_subkey(s, h, key + strlen(classes), fn, 0) : YM_OK);
        } else if (strncmp(key, "HKU\\*\\", user) == 0 && strncmp(h->prefix, "HKU\\", 4) == 0) {
            YM_TRY(each_subkey(s, h, key + user, fn, 0));
        } else if (strncmp(key, h->prefix, n) == 0 && key[n] == '\\') {
            YM_TRY(each_subkey(s, h, key + n + 1, fn, 0));
        }
    }
    return YM_OK;
}

/* --- registry-value, run-value, registry-missing ---------------------------------------------- */

static bool text_matches(const void *ctx, const char *text) {
    const struct ym_artefact *a = ctx;

    return strlen(text) <= YM_FAMILY_TEXT_MAX &&
           (a->equals_text == NULL || strcmp(text, a->equals_text) == 0) &&
           (a->data.re == NULL || ym_pattern_match(&a->data, text)) &&
           (a->unless.re == NULL || !ym_pattern_match(&a->unless, text));
}

ym_status ym_win_value_matches(struct ym_clean_scan *s, const struct ym_reg_value *v, bool *ret) {
    const struct ym_artefact *a = s->artefact;
    const char *text = ym_reg_text(s->arena, v);
    struct ym_reg_value rest;
    uint32_t number;

    if (text == NULL) {
        return ym_scan_no_memory(s);
    }
    if (v->type == YM_REG_MULTI_SZ) {
        *ret = false;
        return a->has_equals_number ? YM_OK : ym_win_drop_texts(s, v, text_matches, a, &rest, ret);
    }
    *ret = !a->remove_text &&
           (!a->has_equals_number || (ym_reg_dword(v, &number) && number == a->equals_number)) &&
           text_matches(a, text);
    return YM_OK;
}

/* "{systemroot}" in a text of a family file is the volume's Windows folder as its own Windows names it. */
static const char *expand(struct ym_clean_scan *s, const char *text) {
    static const char name[] = "{systemroot}";
    const char *at = strstr(text, name);
    const char *root = at == NULL ? "" : software_text(s, "SystemRoot");

    if (at == NULL) {
        return text;
    }
    return root == NULL ? NULL
                        : ym_scan_printf(s, "%.*s%s%s", (int)(at - text), text,
                                         root[0] == '\0' ? "C:\\WINDOWS" : root, at + strlen(name));
}

/* A text value with its NUL, of the type that the old one had when that is one for texts; a new one
 * that names a variable is one to expand. */
static ym_status text_value(struct ym_clean_scan *s, const struct ym_reg_value *old,
                            const char *text, struct ym_reg_value *ret) {
    const char *full = expand(s, text);
    const size_t n = full == NULL ? 0 : strlen(full) + 1;
    uint8_t *data = full == NULL ? NULL : ym_arena_zalloc(s->arena, n, 2);
    bool expandable;

    if (data == NULL) {
        return ym_scan_no_memory(s);
    }
    for (size_t i = 0; i < n; i++) { /* ASCII: the reader of families sees to it */
        data[2 * i] = (uint8_t)full[i];
    }
    expandable = old->type == YM_REG_EXPAND_SZ || (old->type == 0 && strchr(full, '%') != NULL);
    *ret = (struct ym_reg_value){
        old->name, expandable ? (uint32_t)YM_REG_EXPAND_SZ : (uint32_t)YM_REG_SZ, data, 2 * n};
    return YM_OK;
}

/* The value as it should be; none: it is deleted. */
static ym_status repaired(struct ym_clean_scan *s, const struct ym_reg_value *v,
                          struct ym_reg_value *after, const struct ym_reg_value **ret) {
    const struct ym_artefact *a = s->artefact;

    bool changed;

    *ret = a->has_set_number || a->set_text != NULL || a->remove_text ? after : NULL;
    if (a->remove_text) {
        return ym_win_drop_texts(s, v, text_matches, a, after, &changed);
    }
    if (a->set_text != NULL) {
        return text_value(s, v, a->set_text, after);
    }
    return a->has_set_number ? dword_value(s, v->name, (uint32_t)a->set_number, after) : YM_OK;
}

ym_status ym_win_value_finding(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const char *key, const struct ym_reg_value *v,
                               struct ym_clean_finding **ret) {
    const char *name = v->name[0] == '\0' ? "(default)" : v->name;
    const char *where = ym_scan_printf(s, "%s\\%s : %s", h->prefix, key, name);
    const char *text = ym_win_show(s, v);
    const char *what = ym_scan_printf(s, "%s = %s", name, text == NULL ? "" : text);

    if (where == NULL || text == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    return ym_scan_finding(s, s->artefact->id, s->artefact->weight, where, what, ret);
}

/* Is one of the files there without which nobody misses the value? */
static ym_status is_needed(struct ym_clean_scan *s, bool *ret_needed) {
    const struct ym_texts *needs = &s->artefact->needs;

    *ret_needed = needs->n == 0;
    for (size_t i = 0; i < needs->n && !*ret_needed; i++) {
        struct ym_err why = {0};
        const char *real;
        ym_status st = ym_volume_resolve(s->volume, s->arena, needs->v[i], &real, &why);

        *ret_needed = st == YM_OK;
        YM_TRY(st == YM_END ? YM_OK : ym_scan_tolerate(s, st, needs->v[i], &why));
    }
    return YM_OK;
}

/* Not there: found, and made.  name: "" is the key's own. */
static ym_status missing_value(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const char *key, const char *name) {
    static const struct ym_reg_value absent = {.name = NULL};
    const struct ym_reg_value empty = {.name = name, .type = 0};
    const char *shown = name[0] == '\0' ? "(default)" : name;
    const char *where = ym_scan_printf(s, "%s\\%s : %s", h->prefix, key, shown);
    const char *what = ym_scan_printf(s, "%s is missing", shown);
    const struct ym_reg_value *to = NULL;
    struct ym_clean_finding *f = NULL;
    struct ym_reg_value after;
    bool needed = false;

    if (where == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(is_needed(s, &needed));
    if (!needed) {
        return YM_OK;
    }
    YM_TRY(ym_scan_finding(s, s->artefact->id, s->artefact->weight, where, what, &f));
    if (s->artefact->report_only) {
        return YM_OK;
    }
    YM_TRY(repaired(s, &empty, &after, &to));
    return ym_win_value_step(s, f, h, key, &absent, to);
}

static ym_status present_value(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const char *key, const struct ym_reg_value *v) {
    const struct ym_reg_value *to = NULL;
    struct ym_clean_finding *f = NULL;
    struct ym_reg_value after;
    bool matches = false;

    YM_TRY(s->artefact->missing ? YM_OK : ym_win_value_matches(s, v, &matches));
    if (!matches) {
        return YM_OK;
    }
    YM_TRY(ym_win_value_finding(s, h, key, v, &f));
    if (s->artefact->report_only) {
        return YM_OK;
    }
    YM_TRY(repaired(s, v, &after, &to));
    return ym_win_value_step(s, f, h, key, v, to);
}

static ym_status one_registry_value(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                    const char *key) {
    const struct ym_artefact *a = s->artefact;
    struct ym_reg_values values;
    ym_status st = ym_win_values(s, h, key, &values);

    for (size_t i = 0; st == YM_OK && i < a->values.n; i++) {
        const char *name = strcmp(a->values.v[i], "(default)") == 0 ? "" : a->values.v[i];
        const struct ym_reg_value *v = ym_win_value(&values, name);

        if (v != NULL) {
            YM_TRY(present_value(s, h, key, v));
        } else if (a->missing) {
            YM_TRY(missing_value(s, h, key, name));
        }
    }
    return st == YM_END ? YM_OK : st;
}

ym_status ym_win_each_key(struct ym_clean_scan *s, ym_win_place_fn *fn) {
    for (size_t i = 0; i < s->artefact->keys.n; i++) {
        YM_TRY(each_place(s, s->artefact->keys.v[i], fn));
    }
    return YM_OK;
}

ym_status ym_scan_registry_value(struct ym_clean_scan *s) {
    return ym_win_each_key(s, one_registry_value);
}

/* The program that the value starts, when it lies where programs of this family do. */
static ym_status started_program(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                 const char *command) {
    const char *path = ym_win_program_of(s, h, command);

    return path == NULL || !ym_win_in_folders(&s->artefact->folders, path)
               ? YM_OK
               : ym_win_file_finding(s, path, "the program that the value starts");
}

static ym_status one_run_value(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const char *key) {
    const struct ym_artefact *a = s->artefact;
    struct ym_reg_values values;
    ym_status st = ym_win_values(s, h, key, &values);

    for (size_t i = 0; st == YM_OK && i < values.n; i++) {
        const struct ym_reg_value *v = &values.v[i];
        const char *text = ym_reg_text(s->arena, v);
        struct ym_clean_finding *f = NULL;

        if (text == NULL) {
            return ym_scan_no_memory(s);
        }
        if (strlen(text) > YM_FAMILY_TEXT_MAX || !ym_pattern_match(&a->data, text) ||
            (a->name.re != NULL && !ym_pattern_match(&a->name, v->name))) {
            continue;
        }
        YM_TRY(ym_win_value_finding(s, h, key, v, &f));
        if (!a->report_only) {
            YM_TRY(ym_win_value_step(s, f, h, key, v, NULL));
        }
        YM_TRY(a->program ? started_program(s, h, text) : YM_OK);
    }
    return st == YM_END ? YM_OK : st;
}

ym_status ym_scan_run_value(struct ym_clean_scan *s) {
    return ym_win_each_key(s, one_run_value);
}

/* Is there any key on the way to this one that lies below the hive's or control set's first? */
static ym_status way_exists(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key,
                            bool *ret_exists) {
    const char *first = strchr(key, '\\');
    size_t n = strlen(key);

    *ret_exists = false;
    for (n = first == NULL ? 0 : n; n > 0; n--) {
        struct ym_reg_values values;
        ym_status st;
        const char *above;

        if (key[n] != '\\' || key + n == first) {
            continue;
        }
        above = ym_scan_printf(s, "%.*s", (int)n, key);
        if (above == NULL) {
            return ym_scan_no_memory(s);
        }
        st = ym_win_values(s, h, above, &values);
        *ret_exists = st == YM_OK;
        if (st != YM_END) {
            return st;
        }
    }
    return YM_OK;
}

/* A key that has no value to come with. */
static ym_status make_key_step(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                               const struct ym_clean_hive *h, const char *key) {
    const struct ym_clean_step step = {.op = YM_STEP_MAKE_KEY,
                                       .file = h->file,
                                       .key = key,
                                       .old_text = "(absent)",
                                       .new_text = "the key",
                                       .why = why};

    return ym_scan_step(s, &step);
}

/* Every key and value from one place to another, as steps. */
static ym_status copy_tree(struct ym_clean_scan *s, const struct ym_clean_finding *f,
                           const struct ym_clean_hive *h, const char *from, const char *to,
                           unsigned depth) {
    static const struct ym_reg_value absent = {.name = NULL};
    struct ym_reg_values values;
    struct ym_reg_keys keys;
    ym_status st = depth > COPY_DEPTH ? YM_END : ym_win_values(s, h, from, &values);

    if (st == YM_OK && values.n == 0) {
        YM_TRY(make_key_step(s, f, h, to));
    }
    for (size_t i = 0; st == YM_OK && i < values.n; i++) {
        YM_TRY(ym_win_value_step(s, f, h, to, &absent, &values.v[i]));
    }
    st = st == YM_OK ? ym_win_keys(s, h, from, &keys) : st;
    for (size_t i = 0; st == YM_OK && i < keys.n; i++) {
        const char *below = ym_scan_printf(s, "%s\\%s", from, keys.v[i]);
        const char *there = ym_scan_printf(s, "%s\\%s", to, keys.v[i]);

        if (below == NULL || there == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(copy_tree(s, f, h, below, there, depth + 1)); /* at most COPY_DEPTH deep */
    }
    return st == YM_END ? YM_OK : st;
}

/* Windows keeps more than one control set; one that still has the key gives it back. */
static ym_status copy_back(struct ym_clean_scan *s, struct ym_clean_finding *f,
                           const struct ym_clean_hive *h, const char *key) {
    const char *rest = strchr(key, '\\');

    for (size_t i = 0; rest != NULL && i < s->control_sets.n; i++) {
        const char *from = ym_scan_printf(s, "%s%s", s->control_sets.v[i], rest);
        struct ym_reg_keys keys;
        ym_status st;

        if (from == NULL) {
            return ym_scan_no_memory(s);
        }
        st = strcmp(from, key) == 0 ? YM_END : ym_win_keys(s, h, from, &keys);
        if (st == YM_OK) {
            return copy_tree(s, f, h, from, key, 0);
        }
        if (st != YM_END) {
            return st;
        }
    }
    f->what = "the key is missing, and no other control set has it";
    return YM_OK;
}

/* The key is missing although what lies above it is there. */
static ym_status one_missing(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                             const char *key) {
    const char *where = ym_scan_printf(s, "%s\\%s", h->prefix, key);
    struct ym_err why = {0};
    struct ym_clean_finding *f;
    struct ym_reg_values values;
    bool way = false;
    ym_status st;

    if (where == NULL) {
        return ym_scan_no_memory(s);
    }
    if (h->reg == NULL) {
        return YM_OK; /* the hive's own gap says so */
    }
    st = ym_registry_values(h->reg, s->arena, key, &values, &why);
    if (st != YM_END) {
        return ym_scan_tolerate(s, st, where, &why);
    }
    YM_TRY(way_exists(s, h, key, &way));
    if (!way) {
        return YM_OK;
    }
    YM_TRY(
        ym_scan_finding(s, s->artefact->id, s->artefact->weight, where, "the key is missing", &f));
    return s->artefact->copy_control_set && !s->artefact->report_only ? copy_back(s, f, h, key)
                                                                      : YM_OK;
}

ym_status ym_scan_registry_missing(struct ym_clean_scan *s) {
    return ym_win_each_key(s, one_missing);
}

/* --- service-start ---------------------------------------------------------------------------- */

enum { START_DISABLED = 4 };

/* The default for this Windows: the last row of the service that is not newer than it. */
static const struct ym_start_default *default_start(const struct ym_clean_scan *s,
                                                    const char *service) {
    const struct ym_start_default *best = NULL;

    for (size_t i = 0; i < s->artefact->n_starts; i++) {
        const struct ym_start_default *d = &s->artefact->starts[i];

        if (ym_equal_nocase(d->service, service) &&
            (d->major < s->major || (d->major == s->major && d->minor <= s->minor))) {
            best = d;
        }
    }
    return best;
}

static ym_status disabled_service(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                  const char *key, const char *service,
                                  const struct ym_reg_value *old) {
    const struct ym_start_default *d = default_start(s, service);
    const char *where = ym_scan_printf(s, "%s\\%s", h->prefix, key);
    struct ym_clean_finding *f;
    struct ym_reg_value after;

    if (where == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(ym_scan_finding(s, service, s->artefact->weight, where, "Start = 4 (disabled)", &f));
    f->trace = s->artefact->id;
    if (d == NULL) {
        return s->major == 0 ? ym_scan_gap(s, where,
                                           "not repaired: the Windows version, and so the "
                                           "start type to restore, is not known")
                             : YM_OK;
    }
    YM_TRY(dword_value(s, old->name, d->start, &after));
    return ym_win_value_step(s, f, h, key, old, &after);
}

static ym_status one_service_start(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                   const char *key) {
    const char *done = "";

    for (size_t i = 0; i < s->artefact->n_starts; i++) {
        const char *service = s->artefact->starts[i].service;
        const char *full = ym_scan_printf(s, "%s\\%s", key, service);
        const struct ym_reg_value *start;
        struct ym_reg_values values;
        uint32_t number;
        ym_status st;

        if (full == NULL) {
            return ym_scan_no_memory(s);
        }
        if (ym_equal_nocase(done, service)) { /* rows of one service stand together */
            continue;
        }
        done = service;
        st = ym_win_values(s, h, full, &values);
        if (st == YM_END) {
            continue;
        }
        YM_TRY(st);
        start = ym_win_value(&values, "Start");
        if (start != NULL && ym_reg_dword(start, &number) && number == START_DISABLED) {
            YM_TRY(disabled_service(s, h, full, service, start));
        }
    }
    return YM_OK;
}

ym_status ym_scan_service_start(struct ym_clean_scan *s) {
    return ym_win_each_control_set(s, services, one_service_start);
}
