/* db_diff.c - `yamori db diff`: what signatures one set has and another has not.
 *
 * Either side is an image or anything that `-d` takes.  Names are not kept in memory (there may be
 * nine million): both sides are listed once to get two numbers a signature, one of kind and name
 * and one of its content, and once more to print the names of what differs. */
#include "db.h"

#include "base/alloc.h"
#include "cli.h"
#include "database/list.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t key, content;
};

struct side {
    struct ym_layers layers;
    struct entry *rows;
    size_t n, room;
    bool failed; /* out of memory */
};

typedef enum change { SAME, ADDED, REMOVED, CHANGED, N_CHANGES } change;

struct verdict {
    uint64_t key;
    change change;
    bool told;
};

struct diff {
    struct side old, new;
    struct verdict *rows; /* of keys that differ, by key */
    size_t n, room;
    uint64_t count[N_CHANGES]; /* names */
    bool json;
    json_t *out[N_CHANGES];
};

static uint64_t key_of(const struct ym_db_entry *e) {
    return ym_hash_more(ym_hash_more(YM_HASH_START, e->kind, strlen(e->kind) + 1), e->name,
                        e->name_len);
}

/* ym_db_entry_fn */
static bool collect(void *self, const struct ym_db_entry *e) {
    struct side *s = self;

    if (s->n == s->room) {
        const size_t want = s->room == 0 ? 4096 : s->room * 2;
        struct entry *more = ym_realloc_array(s->rows, want, sizeof(*more));

        if (more == NULL) {
            s->failed = true;
            return false;
        }
        s->rows = more;
        s->room = want;
    }
    s->rows[s->n++] = (struct entry){key_of(e), e->fingerprint};
    return true;
}

static int by_key(const void *a, const void *b) {
    const struct entry *x = a;
    const struct entry *y = b;

    return x->key != y->key ? (x->key > y->key) - (x->key < y->key)
                            : (x->content > y->content) - (x->content < y->content);
}

static ym_status load_side(struct side *s, const char *path, const struct ym_load_options *o,
                           struct ym_err *err) {
    YM_TRY(ym_layers_load(&path, 1, o, &s->layers, err));
    for (unsigned i = 0; i < s->layers.n && !s->failed; i++) {
        ym_db_list(s->layers.db[i], collect, s);
    }
    if (s->failed) {
        return ym_fail(err, YM_NOMEM, "db diff", YM_ERR_NO_OFFSET, "out of memory");
    }
    if (s->n > 0) {
        qsort(s->rows, s->n, sizeof(*s->rows), by_key);
    }
    return YM_OK;
}

/* ---- Comparing ----------------------------------------------------------------------------------- */

static size_t run_of(const struct side *s, size_t at) {
    size_t n = 1;

    while (at + n < s->n && s->rows[at + n].key == s->rows[at].key) {
        n++;
    }
    return n;
}

/* Of one kind and name: n rows of each side, sorted by content. */
static bool equal_rows(const struct entry *a, size_t na, const struct entry *b, size_t nb) {
    for (size_t i = 0; na == nb && i < na; i++) {
        if (a[i].content != b[i].content) {
            return false;
        }
    }
    return na == nb;
}

static ym_status note(struct diff *d, uint64_t key, change c) {
    d->count[c]++;
    if (c == SAME) {
        return YM_OK;
    }
    if (d->n == d->room) {
        const size_t want = d->room == 0 ? 256 : d->room * 2;
        struct verdict *more = ym_realloc_array(d->rows, want, sizeof(*more));

        if (more == NULL) {
            return YM_NOMEM;
        }
        d->rows = more;
        d->room = want;
    }
    d->rows[d->n++] = (struct verdict){.key = key, .change = c};
    return YM_OK;
}

static ym_status compare(struct diff *d) {
    const struct side *o = &d->old;
    const struct side *n = &d->new;
    size_t i = 0;
    size_t k = 0;

    while (i < o->n || k < n->n) {
        const size_t runs[2] = {i < o->n ? run_of(o, i) : 0, k < n->n ? run_of(n, k) : 0};

        if (k == n->n || (i < o->n && o->rows[i].key < n->rows[k].key)) {
            YM_TRY(note(d, o->rows[i].key, REMOVED));
            i += runs[0];
        } else if (i == o->n || n->rows[k].key < o->rows[i].key) {
            YM_TRY(note(d, n->rows[k].key, ADDED));
            k += runs[1];
        } else {
            const bool same = equal_rows(&o->rows[i], runs[0], &n->rows[k], runs[1]);

            YM_TRY(note(d, o->rows[i].key, same ? SAME : CHANGED));
            i += runs[0];
            k += runs[1];
        }
    }
    return YM_OK;
}

/* ---- Telling ------------------------------------------------------------------------------------- */

static struct verdict *find(struct diff *d, uint64_t key) {
    size_t low = 0;
    size_t high = d->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (d->rows[mid].key < key) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < d->n && d->rows[low].key == key ? &d->rows[low] : NULL;
}

static void tell(struct diff *d, change c, const struct ym_db_entry *e) {
    static const char signs[N_CHANGES] = {' ', '+', '-', '~'};
    struct ym_buf raw;
    struct ym_buf b;

    ym_buf_init(&raw, 1 << 20);
    ym_buf_init(&b, 1 << 22);
    ym_buf_add(&raw, e->name, e->name_len); /* cut at a NUL, if it has one */
    ym_buf_u8(&raw, 0);
    if (ym_buf_status(&raw) == YM_OK) {
        ym_cli_clean_text(&b, (const char *)raw.data);
    }
    if (d->json) {
        json_t *name = json_stringn_nocheck(b.data == NULL ? "" : (const char *)b.data, b.len);

        (void)json_array_append_new(d->out[c],
                                    json_pack("{s:s,s:o}", "kind", e->kind, "name", name));
    } else {
        (void)printf("%c %-18s %s\n", signs[c], e->kind,
                     b.data == NULL ? "" : (const char *)b.data);
    }
    ym_buf_done(&b);
    ym_buf_done(&raw);
}

/* ym_db_entry_fn */
static bool tell_if_different(void *self, const struct ym_db_entry *e) {
    struct diff *d = self;
    struct verdict *v = find(d, key_of(e));

    if (v != NULL && !v->told) {
        v->told = true;
        tell(d, v->change, e);
    }
    return true;
}

static void tell_all(struct diff *d) {
    json_t *out;

    for (unsigned c = ADDED; c < N_CHANGES; c++) {
        d->out[c] = json_array();
    }
    for (unsigned i = 0; i < d->old.layers.n; i++) {
        ym_db_list(d->old.layers.db[i], tell_if_different, d);
    }
    for (unsigned i = 0; i < d->new.layers.n; i++) {
        ym_db_list(d->new.layers.db[i], tell_if_different, d);
    }
    if (d->json) {
        out = json_pack("{s:I,s:O,s:O,s:O}", "unchanged", (json_int_t)d->count[SAME], "added",
                        d->out[ADDED], "removed", d->out[REMOVED], "changed", d->out[CHANGED]);
        (void)json_dumpf(out, stdout, JSON_SORT_KEYS);
        (void)puts("");
        json_decref(out);
    } else {
        (void)printf("%llu added, %llu removed, %llu changed, %llu unchanged\n",
                     (unsigned long long)d->count[ADDED], (unsigned long long)d->count[REMOVED],
                     (unsigned long long)d->count[CHANGED], (unsigned long long)d->count[SAME]);
    }
    for (unsigned c = ADDED; c < N_CHANGES; c++) {
        json_decref(d->out[c]);
    }
}

static ym_status run(struct diff *d, char **paths, struct ym_err *err) {
    const struct ym_load_options o = {.skip_bad = false};

    YM_TRY(load_side(&d->old, paths[0], &o, err));
    YM_TRY(load_side(&d->new, paths[1], &o, err));
    if (compare(d) != YM_OK) {
        return ym_fail(err, YM_NOMEM, "db diff", YM_ERR_NO_OFFSET, "out of memory");
    }
    tell_all(d);
    return YM_OK;
}

int ym_cmd_db_diff(int argc, char **argv) {
    struct diff d = {.n = 0};
    struct ym_err err = {.code = YM_OK};
    char *paths[2];
    int n = 0;
    ym_status st;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            d.json = true;
        } else if (*argv[i] == '-' || n == 2) {
            n = 3;
        } else {
            paths[n++] = argv[i];
        }
    }
    if (n != 2) {
        return ym_cli_usage_error("db", "usage: yamori db diff [--json] OLD NEW");
    }
    st = run(&d, paths, &err);
    ym_layers_done(&d.old.layers);
    ym_layers_done(&d.new.layers);
    ym_free(d.old.rows);
    ym_free(d.new.rows);
    ym_free(d.rows);
    return st == YM_OK ? YM_EXIT_CLEAN : ym_cli_error(&err);
}
