/* nvd_write.c - the disclosures as JSON.  See nvd.h; the form is docs/formats/report.md. */
#include "feeds/nvd.h"

#include "base/alloc.h"
#include "base/text.h"
#include "nvd_int.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define MODULE "feeds/nvd"

enum { HALF_MONTHS = 6, COLUMNS = 16, OTHER_VENDORS = YM_NVD_TOP_VENDORS };

/* A count for each half-year that has any, oldest first, and up to COLUMNS words. */
struct grid {
    int first; /* first month of the first half */
    size_t halves;
    uint64_t *count; /* [half][COLUMNS] */
    uint64_t *all;   /* [half] */
};

static ym_status no_memory(struct ym_err *err) {
    return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the disclosures");
}

static ym_status grid_new(const struct ym_nvd *v, struct grid *g, struct ym_err *err) {
    int last = 0;

    *g = (struct grid){0};
    for (size_t i = 0; i < v->n_rows; i++) {
        int half = v->row[i].month - v->row[i].month % HALF_MONTHS;

        g->first = i == 0 || half < g->first ? half : g->first;
        last = i == 0 || half > last ? half : last;
    }
    g->halves = v->n_rows == 0 ? 0 : (size_t)(last - g->first) / HALF_MONTHS + 1;
    g->count = ym_zalloc(g->halves * COLUMNS + 1, sizeof(*g->count));
    g->all = ym_zalloc(g->halves + 1, sizeof(*g->all));
    if (g->count == NULL || g->all == NULL) {
        ym_free(g->count);
        ym_free(g->all);
        return no_memory(err);
    }
    for (size_t i = 0; i < v->n_rows; i++) {
        g->all[(size_t)(v->row[i].month - g->first) / HALF_MONTHS]++;
    }
    return YM_OK;
}

static void grid_done(struct grid *g) {
    ym_free(g->count);
    ym_free(g->all);
}

static char *half_label(const struct grid *g, size_t half, char out[YM_PERIOD_LABEL_SIZE]) {
    struct ym_period p = {g->first + (int)half * HALF_MONTHS, HALF_MONTHS};

    return ym_period_label(p, out);
}

static void put_cell(struct table *t, const struct grid *g, size_t half, const char *word,
                     uint64_t x) {
    char label[YM_PERIOD_LABEL_SIZE];
    struct table_cell *c;

    if (g->all[half] == 0 || (word != NULL && x == 0)) {
        return;
    }
    (void)half_label(g, half, label);
    table_line(t, label, word, g->first + (int)half * HALF_MONTHS, g->all[half], x);
    c = table_cell_new(t, label, word);
    if (c != NULL) {
        c->n = g->all[half];
        c->x = x;
        c->months = HALF_MONTHS;
        table_count(c);
    }
}

static ym_status finish(struct table *t, struct ym_buf *out) {
    ym_status st;

    table_write(t, out);
    st = t->status;
    table_done(t);
    return st;
}

static ym_status put_halves(const struct grid *g, struct ym_buf *out) {
    struct table t;

    table_init(&t, "half", "nvd_half", "count", 1);
    for (size_t h = 0; h < g->halves; h++) {
        put_cell(&t, g, h, NULL, g->all[h]);
    }
    return finish(&t, out);
}

/* words: NULL at the end. */
static ym_status put_grid(const struct grid *g, const char *name, const char *query,
                          const char *const *words, struct ym_buf *out) {
    struct table t;

    table_init(&t, name, query, "count", 2);
    for (size_t h = 0; h < g->halves; h++) {
        for (size_t w = 0; words[w] != NULL; w++) {
            put_cell(&t, g, h, words[w], g->count[h * COLUMNS + w]);
        }
    }
    return finish(&t, out);
}

static void clear(struct grid *g) {
    memset(g->count, 0, g->halves * COLUMNS * sizeof(*g->count));
}

typedef uint8_t pick_fn(const struct nvd_row *row);

static uint8_t pick_severity(const struct nvd_row *row) {
    return row->severity;
}

static uint8_t pick_complexity(const struct nvd_row *row) {
    return row->complexity;
}

static uint8_t pick_product(const struct nvd_row *row) {
    return row->product;
}

static uint8_t pick_score(const struct nvd_row *row) {
    return row->score;
}

static ym_status put_picked(const struct ym_nvd *v, struct grid *g, pick_fn *pick, const char *name,
                            const char *query, const char *const *words, struct ym_buf *out) {
    clear(g);
    for (size_t i = 0; i < v->n_rows; i++) {
        size_t half = (size_t)(v->row[i].month - g->first) / HALF_MONTHS;

        g->count[half * COLUMNS + pick(&v->row[i])]++;
    }
    return put_grid(g, name, query, words, out);
}

/* --- vendors --- */

struct vendor {
    const char *name; /* the map's, with a NUL behind it */
    uint64_t cves;
    uint32_t id;
};

static int by_cves(const void *a, const void *b) {
    const struct vendor *x = a;
    const struct vendor *y = b;

    if (x->cves != y->cves) {
        return x->cves > y->cves ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

/* Names are text of the file, and a table's key has a tab behind it. */
static const char *clean_name(char name[TABLE_KEY_SIZE], const char *s, size_t n) {
    size_t used = n < TABLE_KEY_SIZE ? n : TABLE_KEY_SIZE - 1;

    for (size_t i = 0; i < used; i++) {
        name[i] = s[i];
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f) {
            name[i] = '?';
        }
    }
    name[used] = '\0';
    return name;
}

static ym_status rank_vendors(const struct ym_nvd *v, struct vendor **ret, size_t *ret_n,
                              struct ym_err *err) {
    size_t n = ym_map_count(v->vendor_ids);
    struct vendor *list = ym_zalloc(n + 1, sizeof(*list));
    const char *key;
    size_t key_n;
    uint64_t id;

    if (list == NULL) {
        return no_memory(err);
    }
    for (size_t at = 0; ym_map_next(v->vendor_ids, &at, &key, &key_n, &id);) {
        list[id].name = key;
        list[id].id = (uint32_t)id;
    }
    for (size_t i = 0; i < v->n_rows; i++) {
        for (size_t k = 0; k < v->row[i].n_vendors; k++) {
            list[v->vendor[v->row[i].first_vendor + k]].cves++;
        }
    }
    qsort(list, n, sizeof(*list), by_cves);
    *ret = list;
    *ret_n = n < YM_NVD_TOP_VENDORS ? n : YM_NVD_TOP_VENDORS;
    return YM_OK;
}

static void count_vendors(const struct ym_nvd *v, struct grid *g, const struct vendor *top,
                          size_t n) {
    clear(g);
    for (size_t i = 0; i < v->n_rows; i++) {
        uint64_t *count = g->count + (size_t)(v->row[i].month - g->first) / HALF_MONTHS * COLUMNS;
        bool any = false;

        for (size_t k = 0; k < v->row[i].n_vendors; k++) {
            for (size_t t = 0; t < n; t++) {
                if (top[t].id == v->vendor[v->row[i].first_vendor + k]) {
                    count[t]++;
                    any = true;
                }
            }
        }
        count[OTHER_VENDORS] += any ? 0U : 1U;
    }
}

static ym_status put_vendors(const struct ym_nvd *v, struct grid *g, struct ym_buf *out,
                             struct ym_err *err) {
    char names[YM_NVD_TOP_VENDORS][TABLE_KEY_SIZE];
    struct vendor *top = NULL;
    struct table t;
    size_t n = 0;

    YM_TRY(rank_vendors(v, &top, &n, err));
    count_vendors(v, g, top, n);
    table_init(&t, "vendor", "nvd_vendor", "count", 2);
    for (size_t h = 0; h < g->halves; h++) {
        for (size_t w = 0; w < n; w++) {
            put_cell(&t, g, h, clean_name(names[w], top[w].name, strlen(top[w].name)),
                     g->count[h * COLUMNS + w]);
        }
        put_cell(&t, g, h, "other", g->count[h * COLUMNS + OTHER_VENDORS]);
    }
    ym_free(top);
    return finish(&t, out);
}

/* --- all --- */

static void put_text(struct ym_buf *out, const char *key, const char *text) {
    ym_buf_printf(out, "\"%s\":", key);
    ym_buf_json_string(out, text, strlen(text));
}

static void put_sources(const struct ym_nvd *v, struct ym_buf *out) {
    ym_buf_add_text(out, "{\"sources\":[");
    for (size_t i = 0; i < v->n_sources; i++) {
        const struct ym_nvd_source *s = &v->source[i];
        char hex[65];

        ym_hex_encode(s->sha256, 32, hex);
        ym_buf_add_text(out, i == 0 ? "{\"kind\":\"nvd\"," : ",{\"kind\":\"nvd\",");
        put_text(out, "file", s->file);
        ym_buf_u8(out, ',');
        put_text(out, "sha256", hex);
        ym_buf_printf(out,
                      ",\"entries\":%llu,\"used\":%llu,\"rejected\":%llu,\"outside\":%llu,"
                      "\"refused\":%llu}",
                      (unsigned long long)s->entries, (unsigned long long)s->used,
                      (unsigned long long)s->rejected, (unsigned long long)s->outside,
                      (unsigned long long)s->refused);
    }
    ym_buf_u8(out, ']');
}

static const struct {
    const char *name, *rule;
} rules[] = {
    {"nvd_half",
     "Entries of the National Vulnerability Database by the half-year of their publication; "
     "rejected ones are left out; an entry that comes more than once counts as its last change has "
     "it. n: all entries of the half, x: those counted."},
    {"nvd_severity",
     "CVSS version 2 where the entry has it: 7.0 and more is high, 4.0 and more medium, else low; "
     "else the severity that version 3.1, 3.0 or 4.0 states, critical counting as high. The "
     "database's own assessment goes before those of others."},
    {"nvd_score", "Which version of CVSS the severity is from."},
    {"nvd_complexity",
     "Access complexity of CVSS version 2, attack complexity (low or high) of later versions; of "
     "the same assessment as the severity."},
    {"nvd_product",
     "By the CPE names that are marked as vulnerable: a browser if any is one, else an application "
     "(part a) if any is, else one of part o (an operating system), else other. Each entry counts "
     "once."},
    {"nvd_vendor",
     "By the vendors of the CPE names that are marked as vulnerable: an entry counts once for each "
     "of the ten vendors that have most entries, and as other if it is of none of them."},
};

static void put_rules(struct ym_buf *out) {
    ym_buf_add_text(out, ",\"queries\":{");
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        put_text(out, rules[i].name, rules[i].rule);
    }
    ym_buf_add_text(out, "}}");
}

static ym_status put_tables(const struct ym_nvd *v, struct grid *g, struct ym_buf *out,
                            struct ym_err *err) {
    static const char *const severities[] = {"high", "medium", "low", "unknown", NULL};
    static const char *const complexities[] = {"low", "medium", "high", "unknown", NULL};
    static const char *const products[] = {"os", "browser", "application", "other", NULL};
    static const char *const scores[] = {"v2", "v3", "v4", "none", NULL};

    YM_TRY(put_halves(g, out));
    YM_TRY(put_picked(v, g, pick_severity, "severity", "nvd_severity", severities, out));
    YM_TRY(put_picked(v, g, pick_score, "score", "nvd_score", scores, out));
    YM_TRY(put_picked(v, g, pick_complexity, "complexity", "nvd_complexity", complexities, out));
    YM_TRY(put_picked(v, g, pick_product, "product", "nvd_product", products, out));
    return put_vendors(v, g, out, err);
}

ym_status ym_nvd_json(struct ym_nvd *nvd, struct ym_buf *out, struct ym_err *err) {
    struct grid g;
    ym_status st;

    YM_TRY(grid_new(nvd, &g, err));
    put_sources(nvd, out);
    st = put_tables(nvd, &g, out, err);
    put_rules(out);
    grid_done(&g);
    st = st == YM_OK ? ym_buf_status(out) : st;
    return st == YM_OK ? YM_OK
                       : ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no room for the disclosures");
}
