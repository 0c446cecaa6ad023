/* names.c - namespaces, rule names, and the prefixes that sets of rules have used. */
#include "yara_int.h"

#include "base/alloc.h"

#include <string.h>

enum { MAX_RULES = 1 << 24, MAX_KEY = 1024 };

/* Room for one more item; false: out of memory. */
static bool grow(void **items, size_t n, size_t *room, size_t size) {
    size_t want = *room == 0 ? 16 : *room * 2;
    void *p;

    if (n < *room) {
        return true;
    }
    p = ym_realloc_array(*items, want, size);
    if (p == NULL) {
        return false;
    }
    *items = p;
    *room = want;
    return true;
}

bool yara_names_init(struct yara_names *names) {
    *names = (struct yara_names){.map = ym_map_new(MAX_RULES)};
    return names->map != NULL;
}

void yara_names_done(struct yara_names *names) {
    for (size_t i = 0; i < names->n_rules; i++) {
        ym_free(names->rules[i].name);
    }
    for (size_t i = 0; i < names->n_namespaces; i++) {
        ym_free(names->namespaces[i].name);
    }
    for (size_t i = 0; i < names->n_wildcards; i++) {
        ym_free(names->wildcards[i].prefix);
    }
    ym_free(names->rules);
    ym_free(names->namespaces);
    ym_free(names->wildcards);
    ym_map_free(names->map);
}

ym_status yara_names_namespace(struct yara_names *names, const char *name, uint32_t *ret_ns) {
    struct yara_namespace *ns;

    for (size_t i = 0; i < names->n_namespaces; i++) {
        if (strcmp(names->namespaces[i].name, name) == 0) {
            *ret_ns = (uint32_t)i;
            return YM_OK;
        }
    }
    if (names->n_namespaces == UINT32_MAX) {
        return YM_LIMIT;
    }
    if (!grow((void **)&names->namespaces, names->n_namespaces, &names->room_namespaces,
              sizeof(*names->namespaces))) {
        return YM_NOMEM;
    }
    ns = &names->namespaces[names->n_namespaces];
    *ns = (struct yara_namespace){.name = ym_strdup(name)};
    if (ns->name == NULL) {
        return YM_NOMEM;
    }
    *ret_ns = (uint32_t)names->n_namespaces++;
    return YM_OK;
}

/* The map's key: the namespace's number, then the name (128 characters at most). */
static size_t make_key(uint32_t ns, struct ym_str name, char key[MAX_KEY]) {
    size_t n = name.n < MAX_KEY - sizeof(ns) ? name.n : MAX_KEY - sizeof(ns);

    memcpy(key, &ns, sizeof(ns));
    memcpy(key + sizeof(ns), name.s, n);
    return sizeof(ns) + n;
}

const struct yara_rule_name *yara_names_find(const struct yara_names *names, uint32_t ns,
                                             struct ym_str name) {
    char key[MAX_KEY];
    uint64_t at;

    return ym_map_get(names->map, key, make_key(ns, name, key), &at) ? &names->rules[at] : NULL;
}

ym_status yara_names_add(struct yara_names *names, uint32_t ns, struct ym_str name, uint32_t id,
                         bool left_out) {
    struct yara_rule_name *rule;
    char key[MAX_KEY];
    ym_status st;

    if (!grow((void **)&names->rules, names->n_rules, &names->room_rules, sizeof(*names->rules))) {
        return YM_NOMEM;
    }
    rule = &names->rules[names->n_rules];
    *rule = (struct yara_rule_name){
        .ns = ns, .id = id, .left_out = left_out, .n = name.n, .name = ym_strndup(name.s, name.n)};
    if (rule->name == NULL) {
        return YM_NOMEM;
    }
    st = ym_map_put(names->map, key, make_key(ns, name, key), names->n_rules);
    if (st != YM_OK) {
        ym_free(rule->name);
        return st;
    }
    names->n_rules++;
    return YM_OK;
}

static bool has_prefix(struct ym_str name, const struct yara_wildcard *w) {
    return name.n >= w->n && memcmp(name.s, w->prefix, w->n) == 0;
}

bool yara_names_hit_wildcard(const struct yara_names *names, uint32_t ns, struct ym_str name) {
    for (size_t i = 0; i < names->n_wildcards; i++) {
        if (names->wildcards[i].ns == ns && has_prefix(name, &names->wildcards[i])) {
            return true;
        }
    }
    return false;
}

ym_status yara_names_add_wildcard(struct yara_names *names, uint32_t ns, struct ym_str prefix) {
    struct yara_wildcard *w;

    if (yara_names_hit_wildcard(names, ns, prefix)) { /* a shorter prefix says it already */
        return YM_OK;
    }
    if (!grow((void **)&names->wildcards, names->n_wildcards, &names->room_wildcards,
              sizeof(*names->wildcards))) {
        return YM_NOMEM;
    }
    w = &names->wildcards[names->n_wildcards];
    *w = (struct yara_wildcard){.ns = ns, .n = prefix.n, .prefix = ym_strndup(prefix.s, prefix.n)};
    if (w->prefix == NULL) {
        return YM_NOMEM;
    }
    names->n_wildcards++;
    return YM_OK;
}
