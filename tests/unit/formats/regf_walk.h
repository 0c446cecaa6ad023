/* regf_walk.h - everything in a hive is read once; what must hold whatever the hive. */
#ifndef YM_TESTS_REGF_WALK_H
#define YM_TESTS_REGF_WALK_H

#include "formats/regf.h"

#include <stdlib.h>

struct regf_seen {
    size_t keys, values, damaged, classes, owners;
    uint8_t sum;
    bool failed; /* somewhere */
};

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static void see_key(const struct ym_regf *hive, const struct ym_regf_key *key,
                    struct ym_arena *arena, struct regf_seen *seen) {
    struct ym_regf_values values = {NULL, 0};
    struct ym_security security;
    struct ym_reader descriptor;
    struct ym_str text;
    struct ym_err err = {0};
    ym_status st = ym_regf_values(hive, key, arena, &values, &err);

    seen->failed = seen->failed || st != YM_OK;
    must((st == YM_OK) == (err.text[0] == '\0'));
    for (size_t i = 0; i < values.n; i++) {
        uint8_t sum = 0;

        for (size_t k = 0; k < values.v[i].n; k++) {
            sum ^= values.v[i].data[k];
        }
        for (size_t k = 0; k < values.v[i].name.n; k++) {
            sum ^= (uint8_t)values.v[i].name.s[k];
        }
        seen->sum ^= sum; /* so that every byte is read */
        must(!values.v[i].damaged || values.v[i].n == 0);
        seen->damaged += values.v[i].damaged ? 1U : 0U;
    }
    seen->values += values.n;
    st = ym_regf_class_name(hive, key, arena, &text, NULL);
    seen->classes += st == YM_OK ? 1U : 0U;
    seen->failed = seen->failed || (st != YM_OK && st != YM_END);
    st = ym_regf_security(hive, key, &descriptor, NULL);
    st = st == YM_OK ? ym_security_parse(descriptor, arena, &security, NULL) : st;
    seen->failed = seen->failed || (st != YM_OK && st != YM_END);
    seen->owners += st == YM_OK && security.owner != NULL ? 1U : 0U;
}

/* Ends when values of hostile hives, which keys may share, become too many. */
static struct regf_seen see_all(const struct ym_regf *hive, struct ym_arena *arena) {
    const size_t most = hive->data.len / 80 + 1;
    struct ym_regf_key *waiting = calloc(most + 1, sizeof(*waiting));
    struct regf_seen seen = {0};
    size_t n = 0;

    must(waiting != NULL);
    if (ym_regf_root(hive, arena, &waiting[0], NULL) == YM_OK) {
        n = 1;
    } else {
        seen.failed = true;
    }
    while (n > 0 && seen.values < 100000) {
        struct ym_regf_key key = waiting[--n];
        struct ym_regf_keys below = {NULL, 0};

        seen.keys++;
        must(seen.keys <= most);
        see_key(hive, &key, arena, &seen);
        if (ym_regf_subkeys(hive, &key, arena, &below, NULL) != YM_OK) {
            seen.failed = true;
        }
        must(n + below.n <= most);
        for (size_t i = below.n; i > 0; i--) {
            waiting[n++] = below.v[i - 1];
        }
    }
    free(waiting);
    return seen;
}

#endif
