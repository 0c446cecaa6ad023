/* csv.c - all tables of the figures as one CSV, a line a cell.  See report.h.
 *
 * It is made from the JSON, so that what is in one is in the other, whoever wrote the part.  An object
 * with cells and a unit is a table; its name is the way to it, with the words that tell its
 * like apart: "segments/home/family". */
#include "report/report.h"

#include <jansson.h>
#include <string.h>

#define MODULE "report/csv"

enum { NAME_SIZE = 512, DEEPEST = 16, KEYS = 4, DIGITS = 6 };

struct csv {
    struct ym_buf *out;
    const char *period;
};

/* RFC 4180 quotes; and what a spreadsheet takes for a formula begins with one of these. */
static void put_text(struct ym_buf *out, const char *s) {
    bool formula = s[0] != '\0' && strchr("=+-@\t\r", s[0]) != NULL;
    bool quoted = formula || strpbrk(s, ",\"\r\n") != NULL;

    if (quoted) {
        ym_buf_add_text(out, formula ? "\"'" : "\"");
    }
    for (; *s != '\0'; s++) {
        if (*s == '"') {
            ym_buf_u8(out, '"');
        }
        ym_buf_u8(out, (uint8_t)*s);
    }
    if (quoted) {
        ym_buf_u8(out, '"');
    }
}

static void put_member(struct ym_buf *out, json_t *object, const char *key) {
    json_t *v = json_object_get(object, key);

    ym_buf_u8(out, ',');
    if (json_is_string(v)) {
        put_text(out, json_string_value(v));
    } else if (json_is_integer(v)) {
        ym_buf_printf(out, "%lld", (long long)json_integer_value(v));
    } else if (json_is_real(v)) {
        ym_buf_printf(out, "%.*f", DIGITS, json_real_value(v));
    }
}

static void put_cell(const struct csv *c, const char *name, json_t *table, json_t *cell) {
    json_t *key = json_object_get(cell, "key");

    put_text(c->out, c->period);
    ym_buf_u8(c->out, ',');
    put_text(c->out, name);
    for (size_t i = 0; i < KEYS; i++) {
        const char *text = json_string_value(json_array_get(key, i));

        ym_buf_u8(c->out, ',');
        put_text(c->out, text == NULL ? "" : text);
    }
    put_member(c->out, table, "unit");
    put_member(c->out, cell, "n");
    put_member(c->out, cell, "x");
    put_member(c->out, cell, "value");
    put_member(c->out, cell, "low");
    put_member(c->out, cell, "high");
    put_member(c->out, cell, "print");
    put_member(c->out, table, "query");
    put_member(c->out, table, "hash");
    ym_buf_add_text(c->out, "\r\n");
}

/* Appends to a name of n bytes what fits. */
static size_t join(char out[NAME_SIZE], size_t n, const char *more) {
    while (*more != '\0' && n < NAME_SIZE - 1) {
        out[n++] = *more++;
    }
    out[n] = '\0';
    return n;
}

static bool is_table(json_t *v) {
    return json_is_string(json_object_get(v, "unit")) && json_is_array(json_object_get(v, "cells"));
}

static void put_all(const struct csv *c, const char *name, json_t *v, int depth);

static void put_object(const struct csv *c, const char *name, json_t *v, int depth) {
    const char *key;
    json_t *member;
    size_t i;

    if (is_table(v)) {
        json_array_foreach(json_object_get(v, "cells"), i, member) {
            put_cell(c, name, v, member);
        }
    }
    json_object_foreach(v, key, member) { /* a table may have others in it */
        char inner[NAME_SIZE];

        if (strcmp(key, "cells") != 0) {
            (void)join(inner, join(inner, join(inner, 0, name), name[0] == '\0' ? "" : "/"), key);
            put_all(c, inner, member, depth);
        }
    }
}

/* What tells the items of a list apart. */
static void item_name(const char *name, json_t *item, char out[NAME_SIZE]) {
    static const char *const words[] = {"segment", "country", "family", "variant"};
    size_t n = join(out, 0, name);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *word = json_string_value(json_object_get(item, words[i]));

        if (word != NULL) {
            n = join(out, join(out, n, "/"), word[0] == '\0' ? "(all)" : word);
        }
    }
}

static void put_all(const struct csv *c, const char *name, json_t *v, int depth) {
    json_t *item;
    size_t i;

    if (depth == DEEPEST) {
        return;
    }
    if (json_is_object(v)) {
        put_object(c, name, v, depth + 1);
    }
    json_array_foreach(v, i, item) {
        char inner[NAME_SIZE];

        item_name(name, item, inner);
        put_all(c, inner, item, depth + 1);
    }
}

static void put_periods(struct csv *c, json_t *periods) {
    json_t *period;
    size_t i;

    json_array_foreach(periods, i, period) {
        const char *label = json_string_value(json_object_get(period, "label"));

        c->period = label == NULL ? "" : label;
        put_all(c, "", period, 0);
    }
}

ym_status ym_report_csv(const struct ym_buf *json, struct ym_buf *out, struct ym_err *err) {
    static const char *const parts[] = {"trends", "feeds", "disclosures"};
    struct csv c = {.out = out};
    json_error_t why;
    json_t *figures = json_loadb((const char *)json->data, json->len, 0, &why);

    if (figures == NULL) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "the figures cannot be read back: %s", why.text);
    }
    ym_buf_add_text(out, "period,table,key1,key2,key3,key4,unit,n,x,value,low,high,print,query,"
                         "hash\r\n");
    put_periods(&c, json_object_get(figures, "periods"));
    c.period = "";
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        put_all(&c, parts[i], json_object_get(figures, parts[i]), 0);
    }
    json_decref(figures);
    if (ym_buf_status(out) != YM_OK) {
        return ym_fail(err, ym_buf_status(out), MODULE, YM_ERR_NO_OFFSET, "no memory for the CSV");
    }
    return YM_OK;
}
