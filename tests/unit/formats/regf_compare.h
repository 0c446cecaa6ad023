/* regf_compare.h - a hive walked with our reader and with hivex, key by key. */
#ifndef YM_TESTS_REGF_COMPARE_H
#define YM_TESTS_REGF_COMPARE_H

#include "formats/regf.h"

#include <hivex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct regf_counts {
    size_t keys, values, bytes, classes, descriptors;
};

/* NULL: they agree; else what differs. */
static const char *compare_values(const struct ym_regf *ours, const struct ym_regf_key *key,
                                  hive_h *theirs, hive_node_h node, struct ym_arena *arena,
                                  struct regf_counts *c) {
    struct ym_regf_values values;
    hive_value_h *list = hivex_node_values(theirs, node);
    const char *bad = NULL;
    size_t n = 0;

    while (list != NULL && list[n] != 0) {
        n++;
    }
    if (list == NULL || ym_regf_values(ours, key, arena, &values, NULL) != YM_OK || values.n != n) {
        free(list);
        return "number of values";
    }
    for (size_t i = 0; i < n && bad == NULL; i++) {
        const struct ym_regf_value *v = &values.v[i];
        hive_type type;
        size_t size;
        char *name = hivex_value_key(theirs, list[i]);
        char *data = hivex_value_value(theirs, list[i], &type, &size);

        if (name == NULL || strlen(name) != v->name.n || memcmp(name, v->name.s, v->name.n) != 0) {
            bad = "name of a value";
        } else if (data == NULL || v->damaged || v->n != size || v->type != (uint32_t)type ||
                   (size > 0 && memcmp(data, v->data, size) != 0)) {
            bad = "a value";
        }
        c->values++;
        c->bytes += v->n;
        free(name);
        free(data);
    }
    free(list);
    return bad;
}

static const char *compare_key(const struct ym_regf *ours, const struct ym_regf_key *key,
                               hive_h *theirs, hive_node_h node, struct ym_arena *arena,
                               struct regf_counts *c) {
    char *name = hivex_node_name(theirs, node);
    struct ym_security security;
    struct ym_reader descriptor;
    struct ym_str class_name;
    const char *bad = NULL;
    ym_status st;

    if (name == NULL || strlen(name) != key->name.n ||
        memcmp(name, key->name.s, key->name.n) != 0) {
        bad = "name of a key";
    } else if ((uint64_t)hivex_node_timestamp(theirs, node) != key->written) {
        bad = "time of a key";
    }
    free(name);
    c->keys++;
    st = ym_regf_class_name(ours, key, arena, &class_name, NULL);
    c->classes += st == YM_OK ? 1U : 0U;
    bad = st != YM_OK && st != YM_END && bad == NULL ? "class name" : bad;
    st = ym_regf_security(ours, key, &descriptor, NULL);
    if (st == YM_OK) {
        c->descriptors++;
        st = ym_security_parse(descriptor, arena, &security, NULL);
    }
    bad = st != YM_OK && st != YM_END && bad == NULL ? "permissions" : bad;
    return bad != NULL ? bad : compare_values(ours, key, theirs, node, arena, c);
}

/* Depth is that of the hive, which a test makes or which hivex has opened. */
static const char *compare_tree(const struct ym_regf *ours, const struct ym_regf_key *key,
                                hive_h *theirs, hive_node_h node, struct regf_counts *c) {
    struct ym_arena *arena = ym_arena_new(256U << 20);
    hive_node_h *list = hivex_node_children(theirs, node);
    const char *bad = compare_key(ours, key, theirs, node, arena, c);
    struct ym_regf_keys keys = {NULL, 0};
    struct ym_err err = {0};
    size_t n = 0;

    while (list != NULL && list[n] != 0) {
        n++;
    }
    if (bad == NULL &&
        (list == NULL || ym_regf_subkeys(ours, key, arena, &keys, &err) != YM_OK || keys.n != n)) {
        bad = "number of keys";
    }
    for (size_t i = 0; i < n && bad == NULL; i++) {
        bad = compare_tree(ours, &keys.v[i], theirs, list[i], c);
    }
    if (bad != NULL) {
        printf("# %.*s: %s %s\n", (int)key->name.n, key->name.s, bad, err.text);
    }
    free(list);
    ym_arena_free(arena);
    return bad;
}

static const char *compare_hive(const uint8_t *p, size_t n, const char *path,
                                struct regf_counts *c) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_regf_key root;
    struct ym_regf hive;
    struct ym_reader r;
    const char *bad = "opening";
    hive_h *theirs = hivex_open(path, 0);

    ym_reader_init(&r, p, n);
    if (theirs != NULL && ym_regf_open(r, &hive, NULL) == YM_OK &&
        ym_regf_root(&hive, arena, &root, NULL) == YM_OK) {
        bad = compare_tree(&hive, &root, theirs, hivex_root(theirs), c);
    }
    if (theirs != NULL) {
        (void)hivex_close(theirs);
    }
    ym_arena_free(arena);
    return bad;
}

#endif
