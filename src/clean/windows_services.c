/* windows_services.c - services of an offline Windows volume: those that svchost loads, and those that are
 * programs or drivers of their own. */
#include "windows_int.h"

#include "base/text.h"
#include "base/utf16.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

static const char services[] = "Services";

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

    if (text == NULL) {
        return NULL;
    }
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

/* Everything below a key, so that an undo by value can put it back.  A part that cannot be read is
 * said in *why. */
static ym_status save_key(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key,
                          unsigned depth, struct ym_clean_saved ***tail, size_t *n_values,
                          struct ym_err *why) {
    struct ym_reg_values values;
    struct ym_reg_keys keys;
    struct ym_clean_saved *one = YM_ARENA_NEW(s->arena, struct ym_clean_saved);

    if (one == NULL) {
        return ym_scan_no_memory(s);
    }
    if (depth > 32) {
        return ym_fail_at(why, YM_LIMIT, "clean/windows", key, 0, 0,
                          "not repaired: keys nested more than 32 deep");
    }
    one->key = key;
    **tail = one;
    *tail = &one->next;
    YM_TRY(ym_registry_values(h->reg, s->arena, key, &values, why));
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
    YM_TRY(ym_registry_keys(h->reg, s->arena, key, &keys, why));
    for (size_t i = 0; i < keys.n; i++) {
        const char *below = ym_scan_printf(s, "%s\\%s", key, keys.v[i]);

        if (below == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(save_key(s, h, below, depth + 1, tail, n_values, why)); /* at most 33 deep */
    }
    return YM_OK;
}

static ym_status delete_key_step(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                                 const struct ym_clean_hive *h, const char *key) {
    struct ym_clean_step step = {.op = YM_STEP_DELETE_KEY, .file = h->file, .key = key, .why = why};
    struct ym_clean_saved *saved = NULL;
    struct ym_clean_saved **tail = &saved;
    struct ym_err damage = {0};
    size_t n = 0;
    ym_status st = save_key(s, h, key, 0, &tail, &n, &damage);

    if (st != YM_OK) { /* what cannot be saved is not deleted */
        return ym_scan_tolerate(s, st, ym_scan_printf(s, "%s\\%s", h->prefix, key), &damage);
    }
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
    if (out != NULL && at < old->n) { /* half a character at the end */
        out[len++] = old->data[at];
    }
    *ret_new = (struct ym_reg_value){old->name, old->type, out, len};
    return out == NULL ? ym_scan_no_memory(s) : YM_OK;
}

static const char svchost_key[] = "Microsoft\\Windows NT\\CurrentVersion\\Svchost";

/* The group's list as it is in the hive; NULL: none. */
static const struct ym_reg_value *group_list(struct ym_clean_scan *s) {
    const struct ym_clean_hive *h = ym_win_hive(s, "HKLM\\SOFTWARE");
    struct ym_reg_values values;

    if (h == NULL || ym_win_values(s, h, svchost_key, &values) != YM_OK) {
        return NULL;
    }
    return ym_win_value(&values, s->artefact->group);
}

/* The step that already shortens the list: two rogue services need one new value. */
static struct ym_clean_step *planned_list(struct ym_clean_scan *s, const struct ym_clean_hive *h) {
    for (struct ym_clean_step *p = s->plan->steps; p != NULL; p = p->next) {
        if (p->op == YM_STEP_SET_VALUE && p->why->family == s->family &&
            strcmp(p->file, h->file) == 0 && strcmp(p->key, svchost_key) == 0 &&
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
        return ym_win_value_step(s, f, h, svchost_key, list, after);
    }
    planned->after = *after;
    planned->new_text = ym_win_show(s, after);
    return planned->new_text == NULL ? ym_scan_no_memory(s) : YM_OK;
}

static ym_status group_finding(struct ym_clean_scan *s, const char *service) {
    const struct ym_clean_hive *h = ym_win_hive(s, "HKLM\\SOFTWARE");
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
    st = in_list(&a->known, service) ? YM_END : ym_win_values(s, h, full, &values);
    if (st == YM_OK && !ym_pattern_match(&a->image, ym_win_text(s, &values, "ImagePath"))) {
        st = YM_END;
    }
    if (st == YM_OK) {
        st = ym_win_values(s, h, parameters, &values);
    }
    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    dll = ym_win_text(s, &values, "ServiceDll");
    path = volume_path(s, dll);
    base = path == NULL ? NULL : strrchr(path, '/');
    if (base == NULL || !ym_pattern_match(&a->name, base + 1) || !in_folders(&a->folders, path)) {
        return YM_OK;
    }
    return rogue_service(s, h, full, service, dll, path);
}

static ym_status svchost_services(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                  const char *key) {
    struct ym_reg_keys keys;
    ym_status st = ym_win_keys(s, h, key, &keys);

    for (size_t i = 0; st == YM_OK && i < keys.n; i++) {
        YM_TRY(one_service(s, h, key, keys.v[i]));
    }
    return st == YM_END ? YM_OK : st;
}

ym_status ym_scan_svchost_service(struct ym_clean_scan *s) {
    return ym_win_each_control_set(s, services, svchost_services);
}

/* --- service ------------------------------------------------------------------------------------ */

/* The program of an ImagePath: its quotes, the prefixes of kernel paths and what follows the program's
 * name are no part of it; NULL: names a place that we do not know.  A path without a drive lies below
 * the Windows folder. */
static const char *program_path(struct ym_clean_scan *s, const char *image) {
    static const char *const ends[] = {".exe", ".sys", ".dll", ".com", ".scr"};
    static const char kernel[] = "\\??\\";
    static const char root[] = "\\systemroot\\";
    const bool quoted = image[0] == '"';
    const char *from = image + quoted;
    size_t n = strcspn(from, "\"");

    if (strncmp(from, kernel, strlen(kernel)) == 0) {
        from += strlen(kernel);
        n -= strlen(kernel);
    }
    for (size_t i = 0; !quoted && i < sizeof(ends) / sizeof(ends[0]); i++) {
        const char *end = strcasestr(from, ends[i]);

        n = end != NULL && (size_t)(end - from) + 4 < n ? (size_t)(end - from) + 4 : n;
    }
    if (strncasecmp(from, root, strlen(root)) == 0) {
        return volume_path(s, ym_scan_printf(s, "%%systemroot%%\\%.*s", (int)(n - strlen(root)),
                                             from + strlen(root)));
    }
    if (from[0] != '%' && from[0] != '\\' && (from[0] == '\0' || from[1] != ':')) {
        return volume_path(s, ym_scan_printf(s, "%%systemroot%%\\%.*s", (int)n, from));
    }
    return volume_path(s, ym_scan_printf(s, "%.*s", (int)n, from));
}

static ym_status listed_service(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                const char *key, const char *image, const char *path) {
    const char *where = ym_scan_printf(s, "%s\\%s", h->prefix, key);
    const char *what = ym_scan_printf(s, "the service starts %s", image);
    struct ym_clean_finding *f;

    if (where == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(ym_scan_finding(s, s->artefact->id, s->artefact->weight, where, what, &f));
    if (!s->artefact->report_only) {
        YM_TRY(delete_key_step(s, f, h, key));
    }
    return path == NULL || s->artefact->folders.n == 0 ? YM_OK : file_finding(s, path);
}

static ym_status one_listed_service(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                    const char *key, const char *service) {
    const struct ym_artefact *a = s->artefact;
    const char *full = ym_scan_printf(s, "%s\\%s", key, service);
    struct ym_reg_values values;
    const char *image;
    const char *path;
    ym_status st;

    if (full == NULL) {
        return ym_scan_no_memory(s);
    }
    if (in_list(&a->known, service) || !ym_pattern_match(&a->name, service)) {
        return YM_OK;
    }
    st = ym_win_values(s, h, full, &values);
    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    image = ym_win_text(s, &values, "ImagePath");
    if (strlen(image) > YM_FAMILY_TEXT_MAX || !ym_pattern_match(&a->image, image)) {
        return YM_OK;
    }
    path = program_path(s, image);
    return a->folders.n > 0 && (path == NULL || !in_folders(&a->folders, path))
               ? YM_OK
               : listed_service(s, h, full, image, path);
}

static ym_status listed_services(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                 const char *key) {
    struct ym_reg_keys keys;
    ym_status st = ym_win_keys(s, h, key, &keys);

    for (size_t i = 0; st == YM_OK && i < keys.n; i++) {
        YM_TRY(one_listed_service(s, h, key, keys.v[i]));
    }
    return st == YM_END ? YM_OK : st;
}

ym_status ym_scan_service(struct ym_clean_scan *s) {
    return ym_win_each_control_set(s, services, listed_services);
}

/* --- tasks of the scheduler --------------------------------------------------------------------- */

static const char task_cache[] = "Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache";

static ym_status delete_if_there(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                                 const struct ym_clean_hive *h, const char *key) {
    struct ym_reg_values values;
    ym_status st;

    if (key == NULL) {
        return ym_scan_no_memory(s);
    }
    st = ym_win_values(s, h, key, &values);
    return st == YM_OK ? delete_key_step(s, why, h, key) : st == YM_END ? YM_OK : st;
}

/* The key of the task's number in each of the scheduler's lists. */
static ym_status delete_by_id(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                              const struct ym_clean_hive *h, const char *id) {
    static const char *const lists[] = {"Tasks", "Plain", "Logon", "Boot", "Maintenance"};

    if (id[0] != '{' || strchr(id, '\\') != NULL) {
        return YM_OK;
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        YM_TRY(
            delete_if_there(s, why, h, ym_scan_printf(s, "%s\\%s\\%s", task_cache, lists[i], id)));
    }
    return YM_OK;
}

ym_status ym_scan_task_keys(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                            const char *path) {
    static const char folder[] = "/tasks/";
    const struct ym_clean_hive *h = ym_win_hive(s, "HKLM\\SOFTWARE");
    const char *name = strcasestr(path, folder);
    struct ym_reg_values values;
    char *key;
    ym_status st;

    if (h == NULL || name == NULL) {
        return YM_OK;
    }
    key = ym_scan_printf(s, "%s\\Tree\\%s", task_cache, name + strlen(folder));
    if (key == NULL) {
        return ym_scan_no_memory(s);
    }
    for (char *p = key; *p != '\0'; p++) {
        *p = (char)(*p == '/' ? '\\' : *p);
    }
    st = ym_win_values(s, h, key, &values);
    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    YM_TRY(delete_key_step(s, why, h, key));
    return delete_by_id(s, why, h, ym_win_text(s, &values, "Id"));
}
