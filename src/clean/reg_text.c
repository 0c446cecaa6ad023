/* reg_text.c - the tree of keys that exports make, and what it answers.  See clean/reg_text.h.
 *
 * A key is found by one look-up a component, in a table of (parent's number, name in small
 * letters).  Whether a key is known at all is asked on the same way down: once a covered key was
 * passed, what is missing is absent. */
#include "reg_text_int.h"

#include "base/alloc.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char module[] = "clean/reg_text";
static const char current_set[] = "CurrentControlSet";
static const char users[] = "HKEY_USERS";

static ym_status no_memory(const struct ym_reg_text *t, struct ym_err *err) {
    ym_status st = ym_arena_status(t->arena);

    return ym_fail(err, st == YM_OK ? YM_NOMEM : st, module, YM_ERR_NO_OFFSET,
                   "the exported keys do not fit in memory");
}

/* --- life -------------------------------------------------------------------------------------- */

ym_status ym_reg_text_new(const char *root, struct ym_reg_text **ret_text, struct ym_err *err) {
    struct ym_reg_text *t = ym_zalloc(1, sizeof(*t));

    if (t != NULL) {
        t->arena = ym_arena_new(YM_REG_TEXT_MEMORY);
        t->map = ym_map_new(YM_REG_TEXT_KEYS_MAX);
        t->any_user = strcmp(root, "HKEY_USERS\\*") == 0;
        t->place = t->any_user ? NULL : ym_strdup(root);
        t->root = t->arena == NULL ? NULL : YM_ARENA_NEW(t->arena, struct ym_text_key);
    }
    if (t == NULL || t->map == NULL || t->root == NULL || (t->place == NULL && !t->any_user)) {
        ym_reg_text_free(t);
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "no memory");
    }
    t->root->name = "";
    t->root->value_tail = &t->root->values;
    *ret_text = t;
    return YM_OK;
}

void ym_reg_text_free(struct ym_reg_text *t) {
    if (t != NULL) {
        ym_arena_free(t->arena);
        ym_map_free(t->map);
        ym_free(t->place);
        ym_free(t);
    }
}

const char *ym_reg_text_place(const struct ym_reg_text *t) {
    return t->place == NULL ? "" : t->place;
}

/* --- keys -------------------------------------------------------------------------------------- */

enum { LOOKUP_MAX = 4 + YM_REG_TEXT_KEY_MAX };

/* What stands for (parent, name) in the table; its length. */
static size_t lookup_name(const struct ym_text_key *parent, const char *name, size_t n,
                          char out[LOOKUP_MAX]) {
    for (unsigned i = 0; i < 4; i++) {
        out[i] = (char)(parent->number >> 8 * i);
    }
    for (size_t i = 0; i < n; i++) {
        out[4 + i] = (char)ym_lower((unsigned char)name[i]);
    }
    return 4 + n;
}

static struct ym_text_key *child(const struct ym_reg_text *t, const struct ym_text_key *parent,
                                 const char *name, size_t n) {
    char lookup[LOOKUP_MAX];
    uint64_t value;

    if (n > YM_REG_TEXT_KEY_MAX ||
        !ym_map_get(t->map, lookup, lookup_name(parent, name, n, lookup), &value)) {
        return NULL;
    }
    return (struct ym_text_key *)(uintptr_t)value; /* NOLINT(performance-no-int-to-ptr) */
}

static ym_status make_child(struct ym_reg_text *t, struct ym_text_key *parent, const char *name,
                            size_t n, struct ym_text_key **ret_key, struct ym_err *err) {
    struct ym_text_key *k = child(t, parent, name, n);
    char lookup[LOOKUP_MAX];
    ym_status st;

    if (k == NULL) {
        k = YM_ARENA_NEW(t->arena, struct ym_text_key);
        if (k == NULL || (k->name = ym_arena_strndup(t->arena, name, n)) == NULL) {
            return no_memory(t, err);
        }
        st = ym_map_put(t->map, lookup, lookup_name(parent, name, n, lookup),
                        (uint64_t)(uintptr_t)k);
        if (st != YM_OK) {
            return ym_fail(err, st, module, YM_ERR_NO_OFFSET, "more than %d keys, or no memory",
                           YM_REG_TEXT_KEYS_MAX);
        }
        k->number = (uint32_t)++t->n_keys;
        k->parent = parent;
        k->next = parent->first;
        parent->first = k;
        k->value_tail = &k->values;
    }
    k->absent = false;
    *ret_key = k;
    return YM_OK;
}

/* Names that were denied hang from a key that does not exist. */
static const struct ym_text_key nowhere = {.number = UINT32_MAX};

ym_status ym_text_deny(struct ym_reg_text *t, const char *name, struct ym_err *err) {
    const size_t n = strlen(name);
    const size_t used = strlen(t->denied);
    char lookup[LOOKUP_MAX];
    uint64_t known;
    ym_status st;

    if (n == 0 || n > YM_REG_TEXT_KEY_MAX) {
        return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET, "not a key's own name");
    }
    if (ym_map_get(t->map, lookup, lookup_name(&nowhere, name, n, lookup), &known)) {
        return YM_OK;
    }
    st = ym_map_put(t->map, lookup, 4 + n, 1);
    if (st != YM_OK) {
        return ym_fail(err, st, module, YM_ERR_NO_OFFSET, "more than %d keys, or no memory",
                       YM_REG_TEXT_KEYS_MAX);
    }
    if (++t->n_denied == 1 || used + n + 8 < sizeof(t->denied)) {
        (void)snprintf(t->denied + used, sizeof(t->denied) - used, "%s%.200s",
                       used == 0 ? "" : ", ", name);
    } else if (used + 5 < sizeof(t->denied) && t->denied[used - 1] != '.') {
        (void)snprintf(t->denied + used, sizeof(t->denied) - used, " ...");
    }
    return YM_OK;
}

const char *ym_reg_text_denied(const struct ym_reg_text *t) {
    return t->denied;
}

static bool is_denied(const struct ym_reg_text *t, struct ym_str part) {
    char lookup[LOOKUP_MAX];
    uint64_t value;

    return t->n_denied > 0 && part.n <= YM_REG_TEXT_KEY_MAX &&
           ym_map_get(t->map, lookup, lookup_name(&nowhere, part.s, part.n, lookup), &value);
}

/* "HKLM" is another way to write it. */
static const char *long_name(const char *name, size_t n) {
    static const char *const names[][2] = {
        {"HKLM", "HKEY_LOCAL_MACHINE"}, {"HKU", "HKEY_USERS"}, {"HKCU", "HKEY_CURRENT_USER"}};

    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 2; j++) {
            if (strlen(names[i][j]) == n && strncasecmp(names[i][j], name, n) == 0) {
                return names[i][1];
            }
        }
    }
    return NULL;
}

/* The first component of *rest, which moves behind it. */
static struct ym_str next_part(const char **rest) {
    struct ym_str part = {*rest, strcspn(*rest, "\\")};

    *rest += part.n;
    *rest += **rest == '\\' ? 1 : 0;
    return part;
}

/* Which user's keys these are: the first that is met.  The classes that lie beside them are a hive
 * of their own. */
static ym_status user_of(struct ym_reg_text *t, const char *top, const char **rest, bool *ret_mine,
                         struct ym_err *err) {
    static const char classes[] = "_Classes";
    struct ym_str part = {"", 0};
    char place[sizeof(users) + 256];

    *ret_mine = false;
    if (strcmp(top, users) == 0) {
        part = next_part(rest);
        if (part.n == 0 || part.n > 255 ||
            (part.n > strlen(classes) &&
             strncasecmp(part.s + part.n - strlen(classes), classes, strlen(classes)) == 0)) {
            return YM_OK;
        }
        (void)snprintf(place, sizeof(place), "%s\\%.*s", users, (int)part.n, part.s);
    } else {
        (void)snprintf(place, sizeof(place), "%s", top);
    }
    if (t->place != NULL && strcasecmp(t->place, place) != 0) {
        return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                       "keys of more than one user: export each user to a file of its own");
    }
    if (t->place == NULL && (t->place = ym_strdup(place)) == NULL) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "no memory");
    }
    *ret_mine = true;
    return YM_OK;
}

/* Of a machine's hive: is the name below t->place?  *rest moves behind it. */
static bool is_below(const struct ym_reg_text *t, const char *top, const char **rest) {
    const char *slash = strchr(t->place, '\\');
    size_t n = slash == NULL ? 0 : (size_t)(slash - t->place);
    struct ym_str part;

    if (slash == NULL || strlen(top) != n || strncasecmp(top, t->place, n) != 0) {
        return false;
    }
    part = next_part(rest);
    return part.n == strlen(slash + 1) && strncasecmp(part.s, slash + 1, part.n) == 0;
}

/* Does the name stand for what holds the whole hive? */
static bool holds_all(const struct ym_reg_text *t, const char *top, const char *rest) {
    return rest[0] == '\0' &&
           (t->any_user ? strcmp(top, users) == 0 : strncasecmp(top, t->place, strlen(top)) == 0);
}

/* *ret_rest: below the hive's root; NULL: of another hive. */
static ym_status below_root(struct ym_reg_text *t, const char *full, const char **ret_rest,
                            bool *ret_above, struct ym_err *err) {
    const char *rest = full;
    struct ym_str part = next_part(&rest);
    const char *top = long_name(part.s, part.n);
    bool mine = false;

    *ret_rest = NULL;
    *ret_above = false;
    if (top == NULL) {
        return YM_OK;
    }
    if (holds_all(t, top, rest)) {
        *ret_above = true;
        return YM_OK;
    }
    if (!t->any_user) {
        mine = is_below(t, top, &rest);
    } else if (strcmp(top, "HKEY_LOCAL_MACHINE") != 0) {
        YM_TRY(user_of(t, top, &rest, &mine, err));
    }
    *ret_rest = mine ? rest : NULL;
    return YM_OK;
}

ym_status ym_text_make_key(struct ym_reg_text *t, const char *full, struct ym_text_key **ret_key,
                           bool *ret_above, struct ym_err *err) {
    struct ym_text_key *k = t->root;
    unsigned depth = 0;
    const char *rest;
    bool above;

    YM_TRY(below_root(t, full, &rest, &above, err));
    while (rest != NULL && rest[0] != '\0') {
        struct ym_str part = next_part(&rest);

        if (part.n == 0 || part.n > YM_REG_TEXT_KEY_MAX || ++depth > YM_REG_TEXT_DEPTH_MAX) {
            return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET,
                           "an empty or too long name in a key, or keys nested too deep");
        }
        YM_TRY(make_child(t, k, part.s, part.n, &k, err));
    }
    *ret_key = rest == NULL && !above ? NULL : k;
    *ret_above = above;
    return YM_OK;
}

ym_status ym_text_add_value(struct ym_reg_text *t, struct ym_text_key *key,
                            const struct ym_reg_value *v, struct ym_err *err) {
    struct ym_text_value *one = YM_ARENA_NEW(t->arena, struct ym_text_value);

    if (++t->n_values > YM_REG_TEXT_VALUES_MAX) {
        return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "more than %d values",
                       YM_REG_TEXT_VALUES_MAX);
    }
    if (one == NULL) {
        return no_memory(t, err);
    }
    one->v = (struct ym_reg_value){ym_arena_strndup(t->arena, v->name, strlen(v->name)), v->type,
                                   ym_arena_memdup(t->arena, v->data, v->n), v->n};
    if (one->v.name == NULL || one->v.data == NULL) {
        return no_memory(t, err);
    }
    *key->value_tail = one;
    key->value_tail = &one->next;
    return YM_OK;
}

/* --- the control sets -------------------------------------------------------------------------- */

static const struct ym_reg_value *last_value(const struct ym_text_key *k, const char *name) {
    const struct ym_reg_value *found = NULL;

    for (const struct ym_text_value *v = k == NULL ? NULL : k->values; v != NULL; v = v->next) {
        found = ym_equal_nocase(v->v.name, name) ? &v->v : found;
    }
    return found;
}

static ym_status invent_select(struct ym_reg_text *t, struct ym_err *err) {
    static const uint8_t one[4] = {1, 0, 0, 0};
    const struct ym_reg_value value = {"Current", YM_REG_DWORD, one, 4};
    struct ym_text_key *k;

    YM_TRY(make_child(t, t->root, "Select", strlen("Select"), &k, err));
    k->covered = true;
    return ym_text_add_value(t, k, &value, err);
}

ym_status ym_reg_text_finish(struct ym_reg_text *t, struct ym_err *err) {
    const struct ym_text_key *select = child(t, t->root, "Select", strlen("Select"));
    const struct ym_reg_value *v = last_value(select, "Current");
    uint32_t number = 1;

    if (t->root->first == NULL && !t->root->covered) {
        return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                       "no key of %s is in it: was another part exported?",
                       t->any_user ? "a user" : t->place);
    }
    t->current = child(t, t->root, current_set, strlen(current_set));
    if (t->current == NULL) {
        return YM_OK;
    }
    if (v == NULL || !ym_reg_dword(v, &number) || number == 0 || number > 999) {
        number = 1;
        YM_TRY(v == NULL ? invent_select(t, err) : YM_OK);
    }
    t->current_is = ym_arena_printf(t->arena, "ControlSet%03u", number);
    return t->current_is == NULL ? no_memory(t, err) : YM_OK;
}

/* --- answers ----------------------------------------------------------------------------------- */

/* From a key down a path.  END: it is absent; UNSUPPORTED: nobody knows. */
static ym_status walk(const struct ym_reg_text *t, const struct ym_text_key *from, const char *path,
                      const struct ym_text_key **ret_key, bool *ret_covered) {
    const struct ym_text_key *k = from;
    bool covered = t->root->covered || from->covered;

    while (path[0] != '\0') {
        struct ym_str part = next_part(&path);
        const struct ym_text_key *below = child(t, k, part.s, part.n);

        if (is_denied(t, part)) {
            return YM_UNSUPPORTED;
        }
        if (below == NULL || below->absent) {
            return covered || below != NULL ? YM_END : YM_UNSUPPORTED;
        }
        k = below;
        covered = covered || k->covered;
    }
    *ret_key = k;
    *ret_covered = covered;
    return YM_OK;
}

/* The key, or what is known of it: a key of which only parts were exported is not.  For the
 * current control set its own name counts first, then CurrentControlSet. */
static ym_status find(const struct ym_reg_text *t, const char *path,
                      const struct ym_text_key **ret_key, struct ym_err *err) {
    const size_t n = t->current == NULL ? 0 : strlen(t->current_is);
    bool covered = false;
    ym_status st = walk(t, t->root, path, ret_key, &covered);

    st = st == YM_OK && !covered ? YM_UNSUPPORTED : st;
    if (n > 0 && (st == YM_UNSUPPORTED || t->root->covered) && st != YM_OK &&
        strncasecmp(path, t->current_is, n) == 0 && (path[n] == '\0' || path[n] == '\\')) {
        st = walk(t, t->current, path[n] == '\0' ? "" : path + n + 1, ret_key, &covered);
        st = st == YM_OK && !covered ? YM_UNSUPPORTED : st;
    }
    return st == YM_UNSUPPORTED ? ym_fail(err, st, module, YM_ERR_NO_OFFSET,
                                          "this key was not exported: what is in it is not known")
                                : st;
}

static int by_name(const void *a, const void *b) {
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* The name under which a key is listed; NULL: not at all. */
static const char *listed(const struct ym_reg_text *t, const struct ym_text_key *k) {
    if (k->absent || k != t->current) {
        return k->absent ? NULL : k->name;
    }
    return child(t, t->root, t->current_is, strlen(t->current_is)) == NULL ? t->current_is : NULL;
}

ym_status ym_reg_text_keys(struct ym_reg_text *t, struct ym_arena *arena, const char *key,
                           struct ym_reg_keys *ret_keys, struct ym_err *err) {
    const struct ym_text_key *k = t->root;
    const char **list;
    size_t n = 0;

    YM_TRY(key[0] == '\0' ? YM_OK : find(t, key, &k, err));
    for (const struct ym_text_key *c = k->first; c != NULL; c = c->next) {
        n++;
    }
    list = YM_ARENA_ARRAY(arena, n, const char *);
    if (n > YM_REG_ITEMS_MAX || list == NULL) {
        return ym_fail(err, n > YM_REG_ITEMS_MAX ? YM_LIMIT : YM_NOMEM, module, YM_ERR_NO_OFFSET,
                       "more keys within one than can be listed");
    }
    n = 0;
    for (const struct ym_text_key *c = k->first; c != NULL; c = c->next) {
        if ((list[n] = listed(t, c)) != NULL) {
            n++;
        }
    }
    if (n > 1) {
        qsort(list, n, sizeof(*list), by_name);
    }
    *ret_keys = (struct ym_reg_keys){list, n};
    return YM_OK;
}

/* Of a key that was written more than once the last value of a name counts. */
static void put_value(struct ym_reg_value *list, size_t *n, const struct ym_reg_value *v,
                      bool again) {
    for (size_t i = 0; again && i < *n; i++) {
        if (ym_equal_nocase(list[i].name, v->name)) {
            list[i] = *v;
            return;
        }
    }
    list[(*n)++] = *v;
}

ym_status ym_reg_text_values(struct ym_reg_text *t, struct ym_arena *arena, const char *key,
                             struct ym_reg_values *ret_values, struct ym_err *err) {
    const struct ym_text_key *k = NULL;
    struct ym_reg_value *list;
    size_t n = 0;

    YM_TRY(find(t, key, &k, err));
    assert(k != NULL);
    if (k->too_long) {
        return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET,
                       "a value of this key is longer than %d bytes", YM_REG_DATA_MAX);
    }
    for (const struct ym_text_value *v = k->values; v != NULL; v = v->next) {
        n++;
    }
    list = YM_ARENA_ARRAY(arena, n, struct ym_reg_value);
    if (n > YM_REG_ITEMS_MAX || list == NULL) {
        return ym_fail(err, n > YM_REG_ITEMS_MAX ? YM_LIMIT : YM_NOMEM, module, YM_ERR_NO_OFFSET,
                       "more values in one key than can be listed");
    }
    n = 0;
    for (const struct ym_text_value *v = k->values; v != NULL; v = v->next) {
        put_value(list, &n, &v->v, k->sections > 1);
    }
    *ret_values = (struct ym_reg_values){list, n};
    return YM_OK;
}
