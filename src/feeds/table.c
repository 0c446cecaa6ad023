/* table.c - see table.h. */
#include "table.h"

#include "base/alloc.h"
#include "base/text.h"
#include "report/stat.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void table_init(struct table *t, const char *name, const char *query, const char *unit,
                unsigned n_keys) {
    *t = (struct table){.name = name, .query = query, .unit = unit, .n_keys = n_keys};
    ym_buf_init(&t->lines, TABLE_LINES_MAX);
}

void table_done(struct table *t) {
    ym_buf_done(&t->lines);
    ym_free(t->cell);
}

char *table_month(int month, char out[16]) {
    (void)snprintf(out, 16, "%04d-%02d", month / 12 % 10000, month % 12 + 1);
    return out;
}

void table_line(struct table *t, const char *key1, const char *key2, int month, uint64_t n,
                uint64_t x) {
    char text[16];

    ym_buf_printf(&t->lines, "%s\t%s%s%s\t%llu\t%llu\n", key1, key2 == NULL ? "" : key2,
                  key2 == NULL ? "" : "\t", table_month(month, text), (unsigned long long)n,
                  (unsigned long long)x);
}

struct table_cell *table_cell_new(struct table *t, const char *key1, const char *key2) {
    struct table_cell *c;

    if (t->n == t->room) {
        size_t room = t->room == 0 ? 64 : t->room * 2;

        c = ym_realloc_array(t->cell, room, sizeof(*c));
        if (c == NULL) {
            t->status = YM_NOMEM;
            return NULL;
        }
        t->cell = c;
        t->room = room;
    }
    c = &t->cell[t->n++];
    memset(c, 0, sizeof(*c));
    (void)snprintf(c->key[0], TABLE_KEY_SIZE, "%s", key1);
    (void)snprintf(c->key[1], TABLE_KEY_SIZE, "%s", key2 == NULL ? "" : key2);
    return c;
}

void table_hide(struct table *t, uint64_t n) {
    t->hidden++;
    t->hidden_n += n;
}

static int by_value(const void *a, const void *b) {
    const struct table_cell *x = a;
    const struct table_cell *y = b;
    int order;

    if (x->value < y->value || x->value > y->value) {
        return x->value > y->value ? -1 : 1;
    }
    order = strcmp(x->key[0], y->key[0]);
    return order != 0 ? order : strcmp(x->key[1], y->key[1]);
}

void table_sort(struct table *t) {
    if (t->n > 0) {
        qsort(t->cell, t->n, sizeof(*t->cell), by_value);
    }
}

/* --- arithmetic --- */

void table_poisson(struct table_cell *c, double exposure, double scale) {
    static const double z = 1.959963984540054;
    double x = (double)c->x;
    double middle = x + z * z / 2;
    double half = z * sqrt(x + z * z / 4);

    c->value = exposure > 0 ? scale * x / exposure : 0;
    c->low = exposure > 0 && c->x > 0 ? scale * (middle - half) / exposure : 0;
    c->high = exposure > 0 ? scale * (middle + half) / exposure : 0;
}

void table_count(struct table_cell *c) {
    c->value = c->low = c->high = (double)c->x;
}

void table_percent(struct table_cell *c) {
    double share = c->n == 0 ? 0 : (double)c->x / (double)c->n;
    struct ym_interval i = ym_wilson(share, (double)c->n);

    c->value = 100 * share;
    c->low = 100 * i.low;
    c->high = 100 * i.high;
}

char *table_print(double v, char out[32]) {
    char text[400]; /* of any double */
    int digits;

    if (v >= 0.95 || v < 1e-12) {
        return ym_print_digit(v, out);
    }
    digits = 1 - (int)floor(log10(v));
    (void)snprintf(text, sizeof(text), "%.*f", digits > 14 ? 14 : digits, v);
    (void)snprintf(out, 32, "%.31s", text);
    return out;
}

/* --- JSON --- */

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines are cut in place: nothing reads them after. */
static void digest(struct table *t, char hex[2 * crypto_hash_sha256_BYTES + 1]) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    char **line;
    size_t n = 0;

    for (size_t i = 0; i < t->lines.len; i++) {
        n += t->lines.data[i] == '\n' ? 1U : 0U;
    }
    line = ym_realloc_array(NULL, n + 1, sizeof(*line));
    if (line == NULL) {
        t->status = YM_NOMEM;
        hex[0] = '\0';
        return;
    }
    n = 0;
    for (size_t start = 0, i = 0; i < t->lines.len; i++) {
        if (t->lines.data[i] == '\n') {
            t->lines.data[i] = '\0';
            line[n++] = (char *)t->lines.data + start;
            start = i + 1;
        }
    }
    qsort(line, n, sizeof(*line), by_bytes);
    (void)crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < n; i++) {
        (void)crypto_hash_sha256_update(&state, (unsigned char *)line[i], strlen(line[i]));
        (void)crypto_hash_sha256_update(&state, (const unsigned char *)"\n", 1);
    }
    (void)crypto_hash_sha256_final(&state, hash);
    ym_hex_encode(hash, sizeof(hash), hex);
    ym_free(line);
}

static void write_cell(const struct table *t, const struct table_cell *c, struct ym_buf *out) {
    char text[32];

    ym_buf_add_text(out, "{\"key\":[");
    for (unsigned i = 0; i < t->n_keys; i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        ym_buf_json_string(out, c->key[i], strlen(c->key[i]));
    }
    ym_buf_printf(out,
                  "],\"n\":%llu,\"x\":%llu,\"value\":%.9g,\"print\":\"%s\",\"low\":%.9g,"
                  "\"high\":%.9g,\"pooled\":%.9g,\"months\":%u",
                  (unsigned long long)c->n, (unsigned long long)c->x, c->value,
                  table_print(c->value, text), c->low, c->high, c->value, c->months);
    if (c->more != NULL) {
        ym_buf_printf(out, ",\"%s\":%.9g", c->more, c->more_value);
    }
    ym_buf_u8(out, '}');
}

void table_write(struct table *t, struct ym_buf *out) {
    char hex[2 * crypto_hash_sha256_BYTES + 1];

    if (ym_buf_status(&t->lines) != YM_OK) {
        t->status = ym_buf_status(&t->lines);
    }
    digest(t, hex);
    ym_buf_printf(out, ",\"%s\":{\"query\":\"%s\",\"hash\":\"%s\",\"unit\":\"%s\",\"cells\":[",
                  t->name, t->query, hex, t->unit);
    for (size_t i = 0; i < t->n; i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        write_cell(t, &t->cell[i], out);
    }
    ym_buf_printf(out, "],\"hidden\":{\"cells\":%llu,\"n\":%llu}", (unsigned long long)t->hidden,
                  (unsigned long long)t->hidden_n);
    if (t->has_unplaced) {
        ym_buf_printf(out, ",\"unplaced\":%llu", (unsigned long long)t->unplaced);
    }
    ym_buf_u8(out, '}');
}
