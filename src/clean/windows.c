/* windows.c - traces in the registry of an offline Windows volume.
 *
 * Control sets.  SYSTEM\Select names the current one, but "last known good" can bring any other
 * back, and with it the worm: every ControlSetNNN of the hive is looked at and repaired.
 *
 * Keys in family files begin with HKLM\SYSTEM\CurrentControlSet (each control set), HKLM\SYSTEM,
 * HKLM\SOFTWARE, or HKU\* (the hive of each user's profile). */
#include "detect.h"

#include "base/text.h"
#include "base/utf16.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

static const char services[] = "Services";

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
        st = ym_hive_open(fd, real, &h->reg, &why);
        (void)close(fd);
    }
    return st == YM_END ? ym_scan_gap(s, file, "the hive is missing")
                        : ym_scan_tolerate(s, st, h->file, &why);
}

static struct ym_clean_hive *hive_by_prefix(const struct ym_clean_scan *s, const char *prefix) {
    for (struct ym_clean_hive *h = s->hives; h != NULL; h = h->next) {
        if (ym_equal_nocase(h->prefix, prefix)) {
            return h;
        }
    }
    return NULL;
}

static ym_status open_user_hives(struct ym_clean_scan *s) {
    static const char *const patterns[] = {"Users/*/NTUSER.DAT",
                                           "Documents and Settings/*/NTUSER.DAT"};

    for (size_t i = 0; i < 2; i++) {
        struct ym_names found;

        YM_TRY(ym_volume_glob(s->volume, s->arena, patterns[i], &found, NULL, NULL, s->err));
        for (size_t j = 0; j < found.n; j++) {
            const char *user = strchr(found.v[j], '/') + 1;
            const char *prefix = ym_scan_printf(s, "HKU\\%.*s", (int)strcspn(user, "/"), user);

            if (prefix == NULL) {
                return ym_scan_no_memory(s);
            }
            YM_TRY(ym_scan_open_hive(s, prefix, found.v[j]));
        }
    }
    return YM_OK;
}

static ym_status find_control_sets(struct ym_clean_scan *s, const struct ym_clean_hive *system) {
    struct ym_reg_keys all;
    const char **list;
    size_t n = 0;

    if (system == NULL || system->reg == NULL) {
        return YM_OK;
    }
    YM_TRY(ym_registry_keys(system->reg, s->arena, "", &all, s->err));
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
    return n == 0 ? ym_scan_gap(s, system->file, "no control set in this hive") : YM_OK;
}

static const char *software_text(struct ym_clean_scan *s, const char *name) {
    const struct ym_clean_hive *h = hive_by_prefix(s, "HKLM\\SOFTWARE");
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
    const struct ym_clean_hive *h = hive_by_prefix(s, "HKLM\\SOFTWARE");
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
    YM_TRY(find_control_sets(s, hive_by_prefix(s, "HKLM\\SYSTEM")));
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
static ym_status read_values(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                             const char *key, struct ym_reg_values *ret_values) {
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

static const struct ym_reg_value *value_named(const struct ym_reg_values *values,
                                              const char *name) {
    for (size_t i = 0; i < values->n; i++) {
        if (ym_equal_nocase(values->v[i].name, name)) {
            return &values->v[i];
        }
    }
    return NULL;
}

static const char *text_named(struct ym_clean_scan *s, const struct ym_reg_values *values,
                              const char *name) {
    const struct ym_reg_value *v = value_named(values, name);
    const char *text = v == NULL ? "" : ym_reg_text(s->arena, v);

    return text == NULL ? "" : text;
}

static const char *show(struct ym_clean_scan *s, const struct ym_reg_value *v) {
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

static ym_status value_step(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                            const struct ym_clean_hive *h, const char *key,
                            const struct ym_reg_value *old, const struct ym_reg_value *after) {
    struct ym_clean_step step = {.op = after == NULL ? YM_STEP_DELETE_VALUE : YM_STEP_SET_VALUE,
                                 .file = h->file,
                                 .key = key,
                                 .old = *old,
                                 .old_text = show(s, old),
                                 .why = why};

    if (after != NULL) {
        step.after = *after;
    }
    step.new_text = after == NULL ? "(absent)" : show(s, after);
    if (step.old_text == NULL || step.new_text == NULL) {
        return ym_scan_no_memory(s);
    }
    return ym_scan_step(s, &step);
}

/* Calls fn for every (hive, key) that a key of a family file stands for. */
typedef ym_status place_fn(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key);

static ym_status each_control_set(struct ym_clean_scan *s, const char *rest, place_fn *fn) {
    const struct ym_clean_hive *h = hive_by_prefix(s, "HKLM\\SYSTEM");

    for (size_t i = 0; h != NULL && i < s->control_sets.n; i++) {
        const char *key = ym_scan_printf(s, "%s\\%s", s->control_sets.v[i], rest);

        if (key == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(fn(s, h, key));
    }
    return YM_OK;
}

static ym_status each_place(struct ym_clean_scan *s, const char *key, place_fn *fn) {
    static const char current[] = "HKLM\\SYSTEM\\CurrentControlSet\\";
    const size_t user = strlen("HKU\\*\\");

    if (strncmp(key, current, strlen(current)) == 0) {
        return each_control_set(s, key + strlen(current), fn);
    }
    for (const struct ym_clean_hive *h = s->hives; h != NULL; h = h->next) {
        size_t n = strlen(h->prefix);

        if (strncmp(key, "HKU\\*\\", user) == 0 && strncmp(h->prefix, "HKU\\", 4) == 0) {
            YM_TRY(fn(s, h, key + user));
        } else if (strncmp(key, h->prefix, n) == 0 && key[n] == '\\') {
            YM_TRY(fn(s, h, key + n + 1));
        }
    }
    return YM_OK;
}

/* --- registry-value, run-value, registry-missing ---------------------------------------------- */

static bool value_matches(struct ym_clean_scan *s, const struct ym_reg_value *v) {
    const struct ym_artefact *a = s->artefact;
    uint32_t number;

    if (a->has_equals_number) {
        return ym_reg_dword(v, &number) && number == a->equals_number;
    }
    if (a->equals_text != NULL) {
        const char *text = ym_reg_text(s->arena, v);

        return text != NULL && strcmp(text, a->equals_text) == 0;
    }
    return true;
}

static ym_status value_finding(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const char *key, const struct ym_reg_value *v,
                               struct ym_clean_finding **ret) {
    const char *name = v->name[0] == '\0' ? "(default)" : v->name;
    const char *where = ym_scan_printf(s, "%s\\%s : %s", h->prefix, key, name);
    const char *text = show(s, v);
    const char *what = ym_scan_printf(s, "%s = %s", name, text == NULL ? "" : text);

    if (where == NULL || text == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    return ym_scan_finding(s, s->artefact->id, s->artefact->weight, where, what, ret);
}

static ym_status one_registry_value(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                    const char *key) {
    const struct ym_artefact *a = s->artefact;
    struct ym_reg_values values;
    ym_status st = read_values(s, h, key, &values);

    for (size_t i = 0; st == YM_OK && i < a->values.n; i++) {
        const struct ym_reg_value *v = value_named(&values, a->values.v[i]);
        struct ym_clean_finding *f = NULL;
        struct ym_reg_value after;

        if (v == NULL || !value_matches(s, v)) {
            continue;
        }
        YM_TRY(value_finding(s, h, key, v, &f));
        if (a->report_only) {
            continue;
        }
        if (a->has_set_number) {
            YM_TRY(dword_value(s, v->name, (uint32_t)a->set_number, &after));
        }
        YM_TRY(value_step(s, f, h, key, v, a->has_set_number ? &after : NULL));
    }
    return st == YM_END ? YM_OK : st;
}

static ym_status each_key(struct ym_clean_scan *s, place_fn *fn) {
    for (size_t i = 0; i < s->artefact->keys.n; i++) {
        YM_TRY(each_place(s, s->artefact->keys.v[i], fn));
    }
    return YM_OK;
}

ym_status ym_scan_registry_value(struct ym_clean_scan *s) {
    return each_key(s, one_registry_value);
}

static ym_status one_run_value(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const char *key) {
    struct ym_reg_values values;
    ym_status st = read_values(s, h, key, &values);

    for (size_t i = 0; st == YM_OK && i < values.n; i++) {
        const struct ym_reg_value *v = &values.v[i];
        const char *text = ym_reg_text(s->arena, v);
        struct ym_clean_finding *f = NULL;

        if (text == NULL) {
            return ym_scan_no_memory(s);
        }
        if (strlen(text) > YM_FAMILY_TEXT_MAX || !ym_pattern_match(&s->artefact->data, text)) {
            continue;
        }
        YM_TRY(value_finding(s, h, key, v, &f));
        if (!s->artefact->report_only) {
            YM_TRY(value_step(s, f, h, key, v, NULL));
        }
    }
    return st == YM_END ? YM_OK : st;
}

ym_status ym_scan_run_value(struct ym_clean_scan *s) {
    return each_key(s, one_run_value);
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
        st = read_values(s, h, above, &values);
        *ret_exists = st == YM_OK;
        if (st != YM_END) {
            return st;
        }
    }
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
    return way ? ym_scan_finding(s, s->artefact->id, s->artefact->weight, where,
                                 "the key is missing", &f)
               : YM_OK;
}

ym_status ym_scan_registry_missing(struct ym_clean_scan *s) {
    return each_key(s, one_missing);
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
    return value_step(s, f, h, key, old, &after);
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
        st = read_values(s, h, full, &values);
        if (st == YM_END) {
            continue;
        }
        YM_TRY(st);
        start = value_named(&values, "Start");
        if (start != NULL && ym_reg_dword(start, &number) && number == START_DISABLED) {
            YM_TRY(disabled_service(s, h, full, service, start));
        }
    }
    return YM_OK;
}

ym_status ym_scan_service_start(struct ym_clean_scan *s) {
    return each_control_set(s, services, one_service_start);
}

/* --- svchost-service -------------------------------------------------------------------------- */

/* "%SystemRoot%\system32\x.dll" and "C:\WINDOWS\system32\x.dll" to a path of the volume; NULL:
 * names a place that we do not know. */
static const char *volume_path(struct ym_clean_scan *s, const char *text) {
    static const char *const vars[][2] = {{"%systemroot%", NULL},
                                          {"%windir%", NULL},
                                          {"%systemdrive%", ""},
                                          {"%programfiles%", "Program Files"}};
    const char *folder = "";
    char *path;

    if (ym_is_alpha((unsigned char)text[0]) && text[1] == ':') {
        text += 2;
    }
    for (size_t i = 0; i < 4; i++) {
        size_t n = strlen(vars[i][0]);

        if (strncasecmp(text, vars[i][0], n) == 0) {
            folder = vars[i][1] == NULL ? s->windows : vars[i][1];
            text += n;
        }
    }
    if (text[0] != '\\' && text[0] != '/') {
        return NULL;
    }
    path = ym_scan_printf(s, "%s%s", folder, folder[0] == '\0' ? text + 1 : text);
    for (char *p = path; p != NULL && *p != '\0'; p++) {
        *p = (char)(*p == '\\' ? '/' : *p);
    }
    return path;
}

static bool in_list(const struct ym_texts *list, const char *name) {
    for (size_t i = 0; i < list->n; i++) {
        if (ym_equal_nocase(list->v[i], name)) {
            return true;
        }
    }
    return false;
}

static bool in_folders(const struct ym_texts *folders, const char *path) {
    const char *slash = strrchr(path, '/');
    char folder[1024];
    size_t n = slash == NULL ? 0 : (size_t)(slash - path);

    if (n == 0 || n >= sizeof(folder)) {
        return false;
    }
    memcpy(folder, path, n);
    folder[n] = '\0';
    for (size_t i = 0; i < folders->n; i++) {
        if (fnmatch(folders->v[i], folder, FNM_CASEFOLD | FNM_PATHNAME) == 0) {
            return true;
        }
    }
    return false;
}

/* Everything below a key, so that an undo by value can put it back. */
static ym_status save_key(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key,
                          unsigned depth, struct ym_clean_saved ***tail, size_t *n_values) {
    struct ym_reg_values values;
    struct ym_reg_keys keys;
    struct ym_clean_saved *one = YM_ARENA_NEW(s->arena, struct ym_clean_saved);

    if (one == NULL) {
        return ym_scan_no_memory(s);
    }
    if (depth > 32) {
        return ym_scan_gap(s, key, "keys nested more than 32 deep");
    }
    one->key = key;
    **tail = one;
    *tail = &one->next;
    YM_TRY(ym_registry_values(h->reg, s->arena, key, &values, s->err));
    for (size_t i = 0; i < values.n; i++) {
        one = YM_ARENA_NEW(s->arena, struct ym_clean_saved);
        if (one == NULL) {
            return ym_scan_no_memory(s);
        }
        one->key = key;
        one->value = values.v[i];
        **tail = one;
        *tail = &one->next;
        (*n_values)++;
    }
    YM_TRY(ym_registry_keys(h->reg, s->arena, key, &keys, s->err));
    for (size_t i = 0; i < keys.n; i++) {
        const char *below = ym_scan_printf(s, "%s\\%s", key, keys.v[i]);

        if (below == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(save_key(s, h, below, depth + 1, tail, n_values)); /* at most 33 deep */
    }
    return YM_OK;
}

static ym_status delete_key_step(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                                 const struct ym_clean_hive *h, const char *key) {
    struct ym_clean_step step = {.op = YM_STEP_DELETE_KEY, .file = h->file, .key = key, .why = why};
    struct ym_clean_saved *saved = NULL;
    struct ym_clean_saved **tail = &saved;
    size_t n = 0;

    YM_TRY(save_key(s, h, key, 0, &tail, &n));
    step.saved = saved;
    step.old_text = ym_scan_printf(s, "the key, %zu value%s in it and below", n, n == 1 ? "" : "s");
    step.new_text = "(absent)";
    return step.old_text == NULL ? ym_scan_no_memory(s) : ym_scan_step(s, &step);
}

/* Takes one name out of a REG_MULTI_SZ; every other byte stays. */
static ym_status drop_from_multi(struct ym_clean_scan *s, const struct ym_reg_value *old,
                                 const char *name, struct ym_reg_value *ret_new,
                                 bool *ret_changed) {
    uint8_t *out = ym_arena_memdup(s->arena, old->data, old->n);
    size_t at = 0;
    size_t len = 0;

    *ret_changed = false;
    while (out != NULL && at + 2 <= old->n) {
        const char *one = ym_utf16_text(s->arena, old->data + at, old->n - at);
        size_t end = at;

        if (one == NULL) {
            return ym_scan_no_memory(s);
        }
        while (end + 2 <= old->n && (old->data[end] != 0 || old->data[end + 1] != 0)) {
            end += 2;
        }
        end = end + 2 <= old->n ? end + 2 : old->n;
        if (one[0] != '\0' && ym_equal_nocase(one, name)) {
            *ret_changed = true;
        } else {
            memmove(out + len, old->data + at, end - at);
            len += end - at;
        }
        at = end;
    }
    *ret_new = (struct ym_reg_value){old->name, old->type, out, len};
    return out == NULL ? ym_scan_no_memory(s) : YM_OK;
}

static const char svchost_key[] = "Microsoft\\Windows NT\\CurrentVersion\\Svchost";

/* The group's list as it is in the hive; NULL: none. */
static const struct ym_reg_value *group_list(struct ym_clean_scan *s) {
    const struct ym_clean_hive *h = hive_by_prefix(s, "HKLM\\SOFTWARE");
    struct ym_reg_values values;

    if (h == NULL || read_values(s, h, svchost_key, &values) != YM_OK) {
        return NULL;
    }
    return value_named(&values, s->artefact->group);
}

/* The step that already shortens the list: two rogue services need one new value. */
static struct ym_clean_step *planned_list(struct ym_clean_scan *s, const struct ym_clean_hive *h) {
    for (struct ym_clean_step *p = s->plan->steps; p != NULL; p = p->next) {
        if (p->op == YM_STEP_SET_VALUE && strcmp(p->file, h->file) == 0 &&
            strcmp(p->key, svchost_key) == 0 &&
            ym_equal_nocase(p->after.name, s->artefact->group)) {
            return p;
        }
    }
    return NULL;
}

static ym_status shorten_list(struct ym_clean_scan *s, const struct ym_clean_finding *f,
                              const struct ym_clean_hive *h, const struct ym_reg_value *list,
                              const struct ym_reg_value *after, struct ym_clean_step *planned) {
    if (s->artefact->report_only) {
        return YM_OK;
    }
    if (planned == NULL) {
        return value_step(s, f, h, svchost_key, list, after);
    }
    planned->after = *after;
    planned->new_text = show(s, after);
    return planned->new_text == NULL ? ym_scan_no_memory(s) : YM_OK;
}

static ym_status group_finding(struct ym_clean_scan *s, const char *service) {
    const struct ym_clean_hive *h = hive_by_prefix(s, "HKLM\\SOFTWARE");
    const struct ym_reg_value *list = group_list(s);
    const char *where = ym_scan_printf(s, "HKLM\\SOFTWARE\\%s", svchost_key);
    const char *what =
        ym_scan_printf(s, "the list %s has the name \"%s\"", s->artefact->group, service);
    const char *rule = ym_scan_printf(s, "group:%s", service);
    struct ym_clean_step *planned;
    struct ym_clean_finding *f;
    struct ym_reg_value after;
    bool changed = false;

    if (where == NULL || what == NULL || rule == NULL) {
        return ym_scan_no_memory(s);
    }
    if (list == NULL) {
        return YM_OK;
    }
    planned = planned_list(s, h);
    YM_TRY(drop_from_multi(s, planned == NULL ? list : &planned->after, service, &after, &changed));
    if (!changed) {
        return YM_OK;
    }
    YM_TRY(ym_scan_finding(s, rule, s->artefact->weight, where, what, &f));
    f->trace = "group";
    return shorten_list(s, f, h, list, &after, planned);
}

static ym_status file_finding(struct ym_clean_scan *s, const char *path) {
    struct ym_clean_finding *f;
    struct ym_err why = {0};
    const char *real;
    ym_status st = ym_volume_resolve(s->volume, s->arena, path, &real, &why);

    if (st == YM_END) {
        return YM_OK; /* the key's finding says which file it names */
    }
    if (st != YM_OK) {
        return ym_scan_tolerate(s, st, path, &why);
    }
    YM_TRY(ym_scan_finding(s, "file", s->artefact->weight, real, "the file that the service loads",
                           &f));
    YM_TRY(ym_scan_payload(s, real));
    return s->artefact->report_only ? YM_OK : ym_scan_remove_path(s, f, real);
}

static ym_status rogue_service(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const char *key, const char *service, const char *dll,
                               const char *path) {
    const char *where = ym_scan_printf(s, "%s\\%s", h->prefix, key);
    const char *what =
        ym_scan_printf(s, "unknown service of the group %s loads %s", s->artefact->group, dll);
    struct ym_clean_finding *f;

    if (where == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(ym_scan_finding(s, "service", s->artefact->weight, where, what, &f));
    if (!s->artefact->report_only) {
        YM_TRY(delete_key_step(s, f, h, key));
    }
    YM_TRY(group_finding(s, service));
    return file_finding(s, path);
}

static ym_status one_service(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                             const char *key, const char *service) {
    const struct ym_artefact *a = s->artefact;
    const char *full = ym_scan_printf(s, "%s\\%s", key, service);
    const char *parameters = ym_scan_printf(s, "%s\\%s\\Parameters", key, service);
    struct ym_reg_values values;
    const char *dll;
    const char *path;
    const char *base;
    ym_status st;

    if (full == NULL || parameters == NULL) {
        return ym_scan_no_memory(s);
    }
    st = in_list(&a->known, service) ? YM_END : read_values(s, h, full, &values);
    if (st == YM_OK && !ym_pattern_match(&a->image, text_named(s, &values, "ImagePath"))) {
        st = YM_END;
    }
    if (st == YM_OK) {
        st = read_values(s, h, parameters, &values);
    }
    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    dll = text_named(s, &values, "ServiceDll");
    path = volume_path(s, dll);
    base = path == NULL ? NULL : strrchr(path, '/');
    if (base == NULL || !ym_pattern_match(&a->name, base + 1) || !in_folders(&a->folders, path)) {
        return YM_OK;
    }
    return rogue_service(s, h, full, service, dll, path);
}

static ym_status one_service_list(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                  const char *key) {
    struct ym_reg_keys keys;
    struct ym_err why = {0};
    ym_status st = h->reg == NULL ? YM_END : ym_registry_keys(h->reg, s->arena, key, &keys, &why);

    if (st == YM_END) {
        return YM_OK;
    }
    if (st != YM_OK) {
        return ym_scan_tolerate(s, st, key, &why);
    }
    for (size_t i = 0; i < keys.n; i++) {
        YM_TRY(one_service(s, h, key, keys.v[i]));
    }
    return YM_OK;
}

ym_status ym_scan_svchost_service(struct ym_clean_scan *s) {
    return each_control_set(s, services, one_service_list);
}
