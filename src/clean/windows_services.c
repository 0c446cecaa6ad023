/* windows_services.c - services of an offline Windows volume: those that svchost loads, and those that are
 * programs or drivers of their own. */
#include "windows_int.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

static const char services[] = "Services";
static const char loaded[] = "the file that the service loads";

/* --- svchost-service -------------------------------------------------------------------------- */

static bool in_list(const struct ym_texts *list, const char *name) {
    for (size_t i = 0; i < list->n; i++) {
        if (ym_equal_nocase(list->v[i], name)) {
            return true;
        }
    }
    return false;
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

static bool is_service(const void *service, const char *text) {
    return ym_equal_nocase(service, text);
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
    YM_TRY(ym_win_drop_texts(s, planned == NULL ? list : &planned->after, is_service, service,
                             &after, &changed));
    if (!changed) {
        return YM_OK;
    }
    YM_TRY(ym_scan_finding(s, rule, s->artefact->weight, where, what, &f));
    f->trace = "group";
    return shorten_list(s, f, h, list, &after, planned);
}

ym_status ym_win_file_finding(struct ym_clean_scan *s, const char *path, const char *what) {
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
    YM_TRY(ym_scan_finding(s, "file", s->artefact->weight, real, what, &f));
    YM_TRY(ym_scan_payload(s, real));
    return s->artefact->report_only ? YM_OK : ym_scan_remove_path(s, f, real);
}

/* "; Administrators may not read this key" of a service that is locked, else "". */
static const char *locked(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key) {
    struct ym_reg_security security = {.text = ""};
    const char *words = "";

    if (ym_win_security(s, h, key, &security) == YM_OK) {
        words = ym_win_security_words(s, &security, false);
    }
    return words == NULL || words[0] == '\0' ? words : ym_scan_printf(s, "; %s", words);
}

static ym_status rogue_service(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const char *key, const char *service, const char *dll,
                               const char *path) {
    const char *where = ym_scan_printf(s, "%s\\%s", h->prefix, key);
    const char *closed = locked(s, h, key);
    const char *what = closed == NULL
                           ? NULL
                           : ym_scan_printf(s, "unknown service of the group %s loads %s%s",
                                            s->artefact->group, dll, closed);
    struct ym_clean_finding *f;

    if (where == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(ym_scan_finding(s, "service", s->artefact->weight, where, what, &f));
    if (!s->artefact->report_only) {
        YM_TRY(ym_win_delete_key_step(s, f, h, key));
    }
    YM_TRY(group_finding(s, service));
    return ym_win_file_finding(s, path, loaded);
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
    path = ym_win_volume_path(s, dll);
    base = path == NULL ? NULL : strrchr(path, '/');
    if (base == NULL || !ym_pattern_match(&a->name, base + 1) ||
        !ym_win_in_folders(&a->folders, path)) {
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
        YM_TRY(ym_win_delete_key_step(s, f, h, key));
    }
    return path == NULL || s->artefact->folders.n == 0 ? YM_OK
                                                       : ym_win_file_finding(s, path, loaded);
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
    path = ym_win_image_path(s, image);
    return a->folders.n > 0 && (path == NULL || !ym_win_in_folders(&a->folders, path))
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
    return st == YM_OK ? ym_win_delete_key_step(s, why, h, key) : st == YM_END ? YM_OK : st;
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
    YM_TRY(ym_win_delete_key_step(s, why, h, key));
    return delete_by_id(s, why, h, ym_win_text(s, &values, "Id"));
}
