/* windows_keys.c - keys of the registry as a whole: those that deny access to the ones who have to
 * clean, and those that should not be there.
 *
 * What counts as closed: Administrators or SYSTEM may not read it, or an entry denies something to
 * them or to Everyone.  Windows itself has keys that Administrators may not write (those of
 * TrustedInstaller), SYSTEM alone may read (SAM\SAM, SECURITY), and entries that deny something to one
 * person (UserChoice): none of the keys in family files is such a one. */
#include "windows_int.h"

#include <string.h>

enum { BELOW_DEPTH = 8 }; /* keys below a closed one */

/* --- permissions in words --------------------------------------------------------------------- */

ym_status ym_win_security(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key,
                          struct ym_reg_security *ret_security) {
    struct ym_err why = {0};
    ym_status st =
        h->reg == NULL ? YM_END : ym_registry_security(h->reg, s->arena, key, ret_security, &why);

    if (st == YM_OK || st == YM_END || (st == YM_UNSUPPORTED && h->reg->ops->security == NULL)) {
        return st;
    }
    YM_TRY(ym_scan_tolerate(s, st, ym_scan_printf(s, "%s\\%s", h->prefix, key), &why));
    return YM_END;
}

static const char *names_of(struct ym_clean_scan *s, unsigned who) {
    static const struct {
        unsigned is;
        const char *name;
    } names[] = {{YM_REG_EVERYONE, "Everyone"},
                 {YM_REG_ADMINISTRATORS, "Administrators"},
                 {YM_REG_SYSTEM, "SYSTEM"}};
    const char *out = "";

    for (size_t i = 0; out != NULL && i < 3; i++) {
        if ((who & names[i].is) != 0) {
            out = ym_scan_printf(s, "%s%s%s", out, out[0] == '\0' ? "" : " and ", names[i].name);
        }
    }
    return out;
}

const char *ym_win_security_words(struct ym_clean_scan *s, const struct ym_reg_security *security,
                                  bool write) {
    const unsigned both = YM_REG_ADMINISTRATORS | YM_REG_SYSTEM;
    const char *readers = names_of(s, security->no_read);
    const char *denied = names_of(s, security->denied);

    if (readers == NULL || denied == NULL) {
        return NULL;
    }
    if (readers[0] != '\0') {
        return ym_scan_printf(s, "%s may not read this key", readers);
    }
    if (denied[0] != '\0') {
        return ym_scan_printf(s, "this key denies something to %s", denied);
    }
    return write && security->no_write == both ? "nobody who cleans may write to this key" : "";
}

/* --- key-permissions -------------------------------------------------------------------------- */

static bool is_planned(const struct ym_clean_scan *s, const struct ym_clean_hive *h,
                       const char *key) {
    for (const struct ym_clean_step *p = s->plan->steps; p != NULL; p = p->next) {
        if (p->op == YM_STEP_RESET_PERMISSIONS && p->why->family == s->family &&
            strcmp(p->file, h->file) == 0 && strcmp(p->key, key) == 0) {
            return true;
        }
    }
    return false;
}

/* Nothing is written through this registry: it only says whether it could be done. */
static ym_status possible_step(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const struct ym_clean_step *step) {
    struct ym_err why = {0};
    ym_status st = ym_registry_reset_security(h->reg, step->key, &why);
    const char *text = ym_scan_printf(s, "not repaired: %s", why.text);

    if (st == YM_OK) {
        return ym_scan_step(s, step);
    }
    return text == NULL || st == YM_NOMEM ? ym_scan_no_memory(s)
                                          : ym_scan_gap(s, step->why->where, text);
}

/* What the key above gives is no repair when that one is closed, too, and stays so. */
static ym_status reset_step(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                            const struct ym_clean_hive *h, const char *key,
                            const struct ym_reg_security *now) {
    const char *last = strrchr(key, '\\');
    const char *above = ym_scan_printf(s, "%.*s", last == NULL ? 0 : (int)(last - key), key);
    struct ym_reg_security to = {.text = ""};
    struct ym_clean_step step = {.op = YM_STEP_RESET_PERMISSIONS,
                                 .file = h->file,
                                 .key = key,
                                 .old_text = now->text,
                                 .new_text = "those of the key above, which are reset first",
                                 .why = why};

    if (above == NULL) {
        return ym_scan_no_memory(s);
    }
    if (!is_planned(s, h, above)) {
        ym_status st = ym_win_security(s, h, above, &to);
        const char *words = st == YM_OK ? ym_win_security_words(s, &to, s->artefact->write) : "";

        if (words == NULL) {
            return ym_scan_no_memory(s);
        }
        if (st != YM_OK || words[0] != '\0') {
            return st != YM_OK && st != YM_END
                       ? st
                       : ym_scan_gap(s, why->where,
                                     "not repaired: the key above is closed, too, or has no "
                                     "permissions that can be read");
        }
        step.new_text = ym_scan_printf(s, "those of the key above: %s", to.text);
    }
    return step.new_text == NULL ? ym_scan_no_memory(s) : possible_step(s, h, &step);
}

static ym_status closed_key(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key,
                            unsigned depth) {
    const struct ym_artefact *a = s->artefact;
    const char *where = ym_scan_printf(s, "%s\\%s", h->prefix, key);
    struct ym_reg_security security = {.text = ""};
    struct ym_clean_finding *f = NULL;
    struct ym_reg_keys keys;
    const char *words;
    const char *what;
    ym_status st = ym_win_security(s, h, key, &security);

    if (st != YM_OK) {
        return st == YM_END || st == YM_UNSUPPORTED ? YM_OK : st;
    }
    words = ym_win_security_words(s, &security, a->write);
    what = words == NULL ? NULL : ym_scan_printf(s, "%s: %s", words, security.text);
    if (where == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    if (words[0] == '\0') {
        return YM_OK;
    }
    YM_TRY(ym_scan_finding(s, a->id, a->weight, where, what, &f));
    if (!a->report_only) {
        YM_TRY(reset_step(s, f, h, key, &security));
    }
    st = a->below && depth < BELOW_DEPTH ? ym_win_keys(s, h, key, &keys) : YM_END;
    for (size_t i = 0; st == YM_OK && i < keys.n; i++) {
        const char *one = ym_scan_printf(s, "%s\\%s", key, keys.v[i]);

        if (one == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(closed_key(s, h, one, depth + 1)); /* at most BELOW_DEPTH deep */
    }
    return st == YM_END ? YM_OK : st;
}

static ym_status one_key_permissions(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                     const char *key) {
    struct ym_reg_values values;

    if (s->artefact->image.re != NULL) {
        ym_status st = ym_win_values(s, h, key, &values);
        const char *image = st == YM_OK ? ym_win_text(s, &values, "ImagePath") : "";

        if (st != YM_OK) {
            return st == YM_END ? YM_OK : st;
        }
        if (strlen(image) > YM_FAMILY_TEXT_MAX || !ym_pattern_match(&s->artefact->image, image)) {
            return YM_OK;
        }
    }
    return closed_key(s, h, key, 0);
}

ym_status ym_scan_key_permissions(struct ym_clean_scan *s) {
    return ym_win_each_key(s, one_key_permissions);
}

/* --- registry-key ----------------------------------------------------------------------------- */

/* The value that makes the key one of this family, in it or below; *ret NULL: it is not there. */
static ym_status telling_value(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                               const char *key, const struct ym_reg_value **ret) {
    const struct ym_artefact *a = s->artefact;
    const char *holder = a->holds == NULL ? key : ym_scan_printf(s, "%s\\%s", key, a->holds);
    struct ym_reg_values values;
    ym_status st;

    *ret = NULL;
    if (holder == NULL) {
        return ym_scan_no_memory(s);
    }
    st = ym_win_values(s, h, holder, &values);
    for (size_t i = 0; st == YM_OK && i < a->values.n && *ret == NULL; i++) {
        const char *name = strcmp(a->values.v[i], "(default)") == 0 ? "" : a->values.v[i];
        const struct ym_reg_value *v = ym_win_value(&values, name);
        bool matches = false;

        YM_TRY(v == NULL ? YM_OK : ym_win_value_matches(s, v, &matches));
        *ret = matches ? v : NULL;
    }
    return st == YM_END ? YM_OK : st;
}

/* NULL: no memory. */
static const char *shown_value(struct ym_clean_scan *s, const struct ym_reg_value *v) {
    const char *text = ym_win_show(s, v);

    return text == NULL ? NULL : ym_scan_printf(s, "the key holds %s", text);
}

static ym_status one_registry_key(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                  const char *key) {
    const char *where = ym_scan_printf(s, "%s\\%s", h->prefix, key);
    const struct ym_reg_value *v = NULL;
    struct ym_clean_finding *f = NULL;
    struct ym_reg_values values;
    const char *what;
    ym_status st = ym_win_values(s, h, key, &values);

    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    if (s->artefact->data.re != NULL) {
        YM_TRY(telling_value(s, h, key, &v));
        if (v == NULL) {
            return YM_OK;
        }
    }
    what = v == NULL ? "the key is there" : shown_value(s, v);
    if (where == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(ym_scan_finding(s, s->artefact->id, s->artefact->weight, where, what, &f));
    return s->artefact->report_only ? YM_OK : ym_win_delete_key_step(s, f, h, key);
}

ym_status ym_scan_registry_key(struct ym_clean_scan *s) {
    return ym_win_each_key(s, one_registry_key);
}
