/* table.c - one table of figures: rates, what is hidden, its hash, its JSON.  See private.h.
 *
 * What is hidden, and why:
 *   - a cell whose denominator is below the threshold says too little;
 *   - one of fewer than min_computers computers says too much of them.
 * A table has a published total, and says how much of it is hidden.  So when exactly one cell is
 * hidden, and its computers are few, they can be worked out: then the smallest cell that would be shown is
 * hidden, too (complementary suppression).  When there is none, the hidden total is not told. */
#include "private.h"

#include "base/alloc.h"
#include "base/text.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "report/table"

enum { DIGEST = 32 };
static const double min_share = 0.0005; /* of all executions, of a system: as the reports had it */

const struct ym_unit ym_unit_ccm = {"ccm", 1000};
const struct ym_unit ym_unit_ccm_computers = {"ccm-computers", 1000};
const struct ym_unit ym_unit_percent = {"percent", 100};
const struct ym_unit ym_unit_count = {"count", 1};

struct ym_entry *ym_table_add(struct ym_table *t, struct ym_arena *arena, struct ym_period period) {
    struct ym_entry *e;

    if (t->n == t->room) {
        size_t room = t->room == 0 ? 16 : t->room * 2;
        struct ym_entry *more = YM_ARENA_ARRAY(arena, room, struct ym_entry);

        if (more == NULL) {
            return NULL;
        }
        if (t->n > 0) {
            memcpy(more, t->entry, t->n * sizeof(*more));
        }
        t->entry = more;
        t->room = room;
    }
    e = &t->entry[t->n++];
    e->first = period.first;
    e->months = period.months;
    return e;
}

void ym_entry_fill(struct ym_entry *e, const struct ym_rows *n_rows, const struct ym_row *n_row,
                   int n_count, const struct ym_rows *x_rows, const struct ym_row *x_row,
                   int x_count) {
    for (unsigned i = 0; i < e->months; i++) {
        e->n[i] = ym_row_count(n_rows, n_row, i, n_count);
        e->x[i] = ym_row_count(x_rows, x_row, i, x_count);
    }
}

/* --- what is hidden --- */

static uint64_t at_least(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* The computers that a cell tells of; events count as computers where these are not known. */
static uint64_t computers_of(const struct ym_entry *e) {
    return e->computers > 0 && e->computers < e->rate.x ? e->computers : e->rate.x;
}

static void judge(const struct ym_source *s, const struct ym_table *t, struct ym_entry *e) {
    uint64_t n_floor = s->privacy == NULL ? 0 : ym_privacy_floor(s->privacy, t->base);
    uint64_t x_floor = s->privacy == NULL ? 0 : ym_privacy_floor(s->privacy, t->query);
    uint64_t few = at_least(YM_REPORT_MIN_COMPUTERS, x_floor);
    uint64_t computers = computers_of(e);
    uint64_t reporting = (t->flags & YM_TABLE_REPORTING) != 0 ? t->reporting : e->rate.n;
    bool finding = (t->flags & YM_TABLE_FINDING) != 0;

    e->hidden =
        t->unit != &ym_unit_count && (reporting < at_least(s->options->threshold, n_floor) ||
                                      e->rate.n < YM_REPORT_MIN_COMPUTERS);
    if (finding && computers < few) {
        e->hidden = e->hidden || computers > 0 || (t->flags & YM_TABLE_ZERO) == 0;
    }
    if (t->min_share_of > 0 && (double)e->rate.n < min_share * (double)t->min_share_of) {
        e->hidden = true;
    }
    e->small = e->hidden && ((computers > 0 && computers < YM_REPORT_MIN_COMPUTERS) ||
                             (!finding && e->rate.n < YM_REPORT_MIN_COMPUTERS));
}

static struct ym_rate rate_of(const struct ym_table *t, const struct ym_entry *e) {
    if (t->unit == &ym_unit_count) { /* nothing was sampled: no interval */
        struct ym_rate r = {.months = e->months};

        for (unsigned i = 0; i < e->months; i++) {
            r.n += e->n[i];
            r.x += e->x[i];
        }
        r.value = r.pooled = (double)r.x;
        r.interval = (struct ym_interval){r.value, r.value};
        return r;
    }
    return (t->flags & YM_TABLE_POOLED) != 0 ? ym_rate_pooled(e->n, e->x, e->months, e->trials)
                                             : ym_rate_of_months(e->n, e->x, e->months);
}

/* Noise is an error beside that of chance. */
static void widen(const struct ym_source *s, const struct ym_table *t, struct ym_entry *e) {
    const struct ym_months m = {e->n, e->x, e->months, ym_privacy_noise(s->privacy, t->query)};

    if (s->privacy != NULL) {
        double sd = ym_noise_of_months(&m, (t->flags & YM_TABLE_POOLED) != 0);

        e->noise = m.noise * sqrt(e->months);
        e->rate.interval = ym_interval_widen(e->rate.interval, fmin(e->rate.value, 1), sd);
    }
}

/* The smallest cell that would be shown: of findings by x (nobody is not enough to hide among), else
 * by n. */
static struct ym_entry *smallest_shown(const struct ym_table *t, size_t from) {
    bool finding = (t->flags & YM_TABLE_FINDING) != 0;
    struct ym_entry *smallest = NULL;
    uint64_t least = UINT64_MAX;

    for (size_t i = from; i < t->n; i++) {
        struct ym_entry *e = &t->entry[i];
        uint64_t size = finding ? e->rate.x : e->rate.n;

        if (!e->hidden && size > 0 && size < least) {
            smallest = e;
            least = size;
        }
    }
    return smallest;
}

void ym_table_finish(const struct ym_source *s, struct ym_table *t, size_t from) {
    struct ym_entry *only = NULL;
    size_t hidden = 0;

    for (size_t i = from; i < t->n; i++) {
        struct ym_entry *e = &t->entry[i];

        e->rate = rate_of(t, e);
        widen(s, t, e);
        judge(s, t, e);
        hidden += e->hidden;
        only = e->hidden ? e : only;
    }
    if (hidden == 1 && only->small) {
        struct ym_entry *other = smallest_shown(t, from);

        if (other != NULL) {
            other->hidden = true;
        }
    }
}

/* --- order --- */

static int by_keys(const struct ym_entry *x, const struct ym_entry *y) {
    for (unsigned i = 0; i < YM_KEYS_MAX && x->key[i] != NULL && y->key[i] != NULL; i++) {
        int order = strcmp(x->key[i], y->key[i]);

        if (order != 0) {
            return order;
        }
    }
    return x->first - y->first;
}

/* Highest first; equal ones in the order of their keys. */
static int by_value(const void *a, const void *b) {
    const struct ym_entry *x = a;
    const struct ym_entry *y = b;

    if (x->rate.value > y->rate.value || x->rate.value < y->rate.value) {
        return x->rate.value > y->rate.value ? -1 : 1;
    }
    return by_keys(x, y);
}

static int by_x(const void *a, const void *b) {
    const struct ym_entry *x = a;
    const struct ym_entry *y = b;

    if (x->rate.x != y->rate.x) {
        return x->rate.x > y->rate.x ? -1 : 1;
    }
    return by_keys(x, y);
}

/* --- the hash --- */

/* A text without the characters that the lines are made of. */
static void put_plain(struct ym_buf *out, const char *s) {
    for (; *s != '\0'; s++) {
        if (*s == '\t' || *s == '\n' || *s == '\\') {
            ym_buf_u8(out, '\\');
            ym_buf_u8(out, *s == '\t' ? 't' : *s == '\n' ? 'n' : '\\');
        } else {
            ym_buf_u8(out, (uint8_t)*s);
        }
    }
}

struct lines {
    struct ym_buf text; /* each line with a NUL instead of its LF */
    size_t n;
};

static void put_lines(struct lines *out, const struct ym_entry *e, unsigned n_keys) {
    for (unsigned i = 0; i < e->months; i++) {
        int month = e->first + (int)i;

        if (e->n[i] == 0 && e->x[i] == 0) {
            continue;
        }
        for (unsigned k = 0; k < n_keys; k++) {
            put_plain(&out->text, e->key[k]);
            ym_buf_u8(&out->text, '\t');
        }
        ym_buf_printf(&out->text, "%04d-%02d\t%llu\t%llu", month / 12, month % 12 + 1,
                      (unsigned long long)e->n[i], (unsigned long long)e->x[i]);
        ym_buf_u8(&out->text, '\0');
        out->n++;
    }
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* SHA-256 of the lines, sorted as bytes; false: no memory. */
static bool hash_lines(const struct lines *lines, unsigned char digest[DIGEST]) {
    const char **line = ym_malloc((lines->n + 1) * sizeof(*line));
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    const char *at = (const char *)lines->text.data;
    bool good = line != NULL && md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

    for (size_t i = 0; good && i < lines->n; i++) {
        line[i] = at;
        at += strlen(at) + 1;
    }
    if (good && lines->n > 0) {
        qsort(line, lines->n, sizeof(*line), by_bytes);
    }
    for (size_t i = 0; good && i < lines->n; i++) {
        good = EVP_DigestUpdate(md, line[i], strlen(line[i])) == 1 &&
               EVP_DigestUpdate(md, "\n", 1) == 1;
    }
    good = good && EVP_DigestFinal_ex(md, digest, NULL) == 1;
    EVP_MD_CTX_free(md);
    ym_free(line);
    return good;
}

/* Of all entries, hidden ones, too: it vouches for the data, and tells nothing of it. */
static ym_status put_hash(struct ym_source *s, const struct ym_table *t, struct ym_err *err) {
    unsigned char digest[DIGEST];
    char hex[2 * DIGEST + 1];
    struct lines lines = {0};
    ym_status st;

    ym_buf_init(&lines.text, YM_REPORT_JSON_MAX);
    for (size_t i = 0; i < t->n; i++) {
        put_lines(&lines, &t->entry[i], t->n_keys);
    }
    st = ym_buf_status(&lines.text);
    if (st == YM_OK && !hash_lines(&lines, digest)) {
        st = YM_NOMEM;
    }
    ym_buf_done(&lines.text);
    if (st != YM_OK) {
        return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no memory for the hash of a table");
    }
    ym_hex_encode(digest, DIGEST, hex);
    ym_buf_printf(s->out, ",\"hash\":\"%s\"", hex);
    return YM_OK;
}

/* --- JSON --- */

static const char *print(double v, const struct ym_unit *unit, char out[YM_PRINTED_SIZE]) {
    if (unit == &ym_unit_percent) {
        return ym_print_percent(v, out);
    }
    if (unit == &ym_unit_count) {
        (void)snprintf(out, YM_PRINTED_SIZE, "%llu", (unsigned long long)v);
        return out;
    }
    return ym_print_digit(v, out);
}

void ym_rate_put(struct ym_buf *out, const struct ym_rate *r, const struct ym_unit *unit) {
    char printed[YM_PRINTED_SIZE];
    double k = unit->scale;

    ym_buf_printf(out,
                  "\"n\":%llu,\"x\":%llu,\"value\":%.6f,\"print\":\"%s\",\"low\":%.6f,"
                  "\"high\":%.6f,\"pooled\":%.6f,\"months\":%u",
                  (unsigned long long)r->n, (unsigned long long)r->x, r->value * k,
                  print(r->value * k, unit, printed), r->interval.low * k, r->interval.high * k,
                  r->pooled * k, r->months);
}

static void put_share(struct ym_buf *out, const struct ym_table *t, const struct ym_entry *e) {
    ym_buf_printf(out, ",\"share\":%.6f", e->share);
    if ((t->flags & YM_TABLE_SHARES) != 0) {
        double share = e->share > 1 ? 1 : e->share;
        struct ym_interval i = ym_wilson(share, (double)e->share_of);

        if (e->noise > 0 && e->share_of > 0) {
            i = ym_interval_widen(i, share, e->noise / (double)e->share_of);
        }

        ym_buf_printf(out, ",\"share_low\":%.6f,\"share_high\":%.6f", i.low, i.high);
    }
}

static void put_cell(struct ym_buf *out, const struct ym_table *t, const struct ym_entry *e) {
    ym_buf_add_text(out, "{\"key\":[");
    for (unsigned i = 0; i < t->n_keys; i++) {
        if (i > 0) {
            ym_buf_u8(out, ',');
        }
        ym_buf_json_string(out, e->key[i], strlen(e->key[i]));
    }
    ym_buf_add_text(out, "],");
    ym_rate_put(out, &e->rate, t->unit);
    if ((t->flags & (YM_TABLE_SHARE | YM_TABLE_SHARES)) != 0) {
        put_share(out, t, e);
    }
    if ((t->flags & YM_TABLE_LOCATED) != 0) {
        ym_buf_printf(out, ",\"located\":\"%s\"", e->located);
    }
    if ((t->flags & YM_TABLE_COMPUTERS) != 0) {
        ym_buf_printf(out, ",\"computers\":%llu", (unsigned long long)e->computers);
    }
    ym_buf_u8(out, '}');
}

/* With noise not even how much is hidden is told: it would be exact. */
static void put_hidden(const struct ym_source *s, const struct ym_table *t) {
    bool finding = (t->flags & YM_TABLE_FINDING) != 0;
    const struct ym_entry *only = NULL;
    uint64_t cells = 0;
    uint64_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct ym_entry *e = &t->entry[i];

        if (e->hidden) {
            cells++;
            n += finding ? e->rate.x : e->rate.n;
            only = e;
        }
    }
    if (s->privacy != NULL) {
        ym_buf_add_text(s->out, ",\"hidden\":{\"cells\":null,\"n\":null}");
    } else if (cells == 1 && only->small) {
        ym_buf_add_text(s->out, ",\"hidden\":{\"cells\":1,\"n\":null}");
    } else {
        ym_buf_printf(s->out, ",\"hidden\":{\"cells\":%llu,\"n\":%llu}", (unsigned long long)cells,
                      (unsigned long long)n);
    }
}

static void put_head(struct ym_buf *out, const struct ym_table *t) {
    const struct ym_margin_info *base = &ym_margins[t->base];
    const struct ym_margin_info *query = &ym_margins[t->query];

    ym_buf_printf(out, "\"%s\":{\"query\":\"%s\"", t->name, query->name);
    if (base != query) {
        ym_buf_printf(out, ",\"base\":\"%s\"", base->name);
    }
    ym_buf_printf(out, ",\"columns\":[\"%s\",\"%s\"],\"unit\":\"%s\"",
                  ym_count_name(base->kind, t->n_count), ym_count_name(query->kind, t->x_count),
                  t->unit->name);
}

static void sort(struct ym_table *t, int order(const void *a, const void *b)) {
    if (t->n > 0) {
        qsort(t->entry, t->n, sizeof(*t->entry), order);
    }
}

ym_status ym_table_put(struct ym_source *s, struct ym_table *t, struct ym_err *err) {
    bool first = true;

    put_head(s->out, t);
    YM_TRY(put_hash(s, t, err));
    if ((t->flags & YM_TABLE_BY_X) != 0) {
        sort(t, by_x);
    } else if ((t->flags & YM_TABLE_BY_VALUE) != 0) {
        sort(t, by_value);
    }
    ym_buf_add_text(s->out, ",\"cells\":[");
    for (size_t i = 0; i < t->n; i++) {
        if (!t->entry[i].hidden) {
            ym_buf_add_text(s->out, first ? "" : ",");
            put_cell(s->out, t, &t->entry[i]);
            first = false;
        }
    }
    ym_buf_u8(s->out, ']');
    put_hidden(s, t);
    return YM_OK;
}
