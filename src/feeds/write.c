/* write.c - the sums as JSON.  See feeds.h; the form is docs/formats/report.md, the rules are
 * docs/formats/feeds.md. */
#include "feeds_int.h"

#include "base/alloc.h"
#include "feeds/mail.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "feeds/write"

struct sums {
    struct row {
        int month;
        char label[LABEL_SIZE];
        uint64_t n;
    } * row;
    size_t n;
    uint64_t total;
    unsigned months; /* in which there is anything */
};

static int by_label(const void *a, const void *b) {
    const struct row *x = a;
    const struct row *y = b;
    int order = memcmp(x->label, y->label, LABEL_SIZE);

    return order != 0 ? order : x->month < y->month ? -1 : x->month > y->month;
}

static int by_month(const void *a, const void *b) {
    const struct row *x = a;
    const struct row *y = b;

    return x->month != y->month ? (x->month < y->month ? -1 : 1)
                                : memcmp(x->label, y->label, LABEL_SIZE);
}

static ym_status get_sums(const struct ym_feeds *f, enum series series, struct sums *ret,
                          struct ym_err *err) {
    struct sums s = {.row = ym_zalloc(ym_map_count(f->counts) + 1, sizeof(*s.row))};
    const char *key;
    size_t n;
    uint64_t value;

    if (s.row == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the figures");
    }
    for (size_t at = 0; ym_map_next(f->counts, &at, &key, &n, &value);) {
        struct count_key k;

        memcpy(&k, key, sizeof(k));
        if (k.series == (char)series) {
            struct row *r = &s.row[s.n++];

            r->month = k.month;
            memcpy(r->label, k.label, LABEL_SIZE);
            r->n = value;
            s.total += value;
        }
    }
    qsort(s.row, s.n, sizeof(*s.row), by_month);
    for (size_t i = 0; i < s.n; i++) {
        s.months += i == 0 || s.row[i].month != s.row[i - 1].month ? 1U : 0U;
    }
    *ret = s;
    return YM_OK;
}

static void put_text(struct ym_buf *out, const char *key, const char *text) {
    ym_buf_printf(out, "\"%s\":", key);
    ym_buf_json_string(out, text, strlen(text));
}

static void put_digest(struct ym_buf *out, const uint8_t digest[32]) {
    char hex[65];

    ym_hex_encode(digest, 32, hex);
    put_text(out, "sha256", hex);
}

/* --- rates by country --- */

/* The rows [from, to) are of one country. */
static void country(const struct ym_feeds *f, const struct sums *s, size_t from, size_t to,
                    struct table *t) {
    uint64_t least = f->options.min_found == 0 ? YM_FEED_MIN_FOUND : f->options.min_found;
    const char *label = s->row[from].label;
    struct table_cell *c;
    uint64_t hosts = 0;
    uint64_t x = 0;

    (void)ym_map_get(f->hosts, label, 2, &hosts);
    for (size_t i = from; i < to; i++) {
        table_line(t, label, NULL, s->row[i].month, hosts, s->row[i].n);
        x += s->row[i].n;
    }
    if (hosts < YM_FEED_MIN_HOSTS || x < least) {
        table_hide(t, hosts * s->months);
        return;
    }
    c = table_cell_new(t, label, NULL);
    if (c != NULL) {
        c->n = hosts * s->months;
        c->x = x;
        c->months = s->months;
        c->more = "hosts";
        c->more_value = (double)hosts;
        table_poisson(c, (double)c->n, 1000);
    }
}

static ym_status put_countries(struct ym_feeds *f, enum series series, const char *name,
                               const char *query, struct ym_buf *out, struct ym_err *err) {
    struct sums s;
    struct table t;
    ym_status st;

    YM_TRY(get_sums(f, series, &s, err));
    table_init(&t, name, query, "per-1000-hosts", 1);
    t.has_unplaced = true;
    qsort(s.row, s.n, sizeof(*s.row), by_label);
    for (size_t from = 0, to; from < s.n; from = to) {
        to = from + 1;
        while (to < s.n && memcmp(s.row[to].label, s.row[from].label, LABEL_SIZE) == 0) {
            to++;
        }
        if (s.row[from].label[0] != '\0') {
            country(f, &s, from, to, &t);
            continue;
        }
        for (size_t i = from; i < to; i++) {
            t.unplaced += s.row[i].n;
        }
    }
    table_sort(&t);
    if (s.n > 0) {
        table_write(&t, out);
    }
    st = t.status;
    table_done(&t);
    ym_free(s.row);
    return st;
}

/* --- shares --- */

static const char *word_of(enum series series, unsigned index) {
    static const char *const stages[YM_MAIL_STAGES] = {"edge", "content"};

    if (series == SERIES_PHISHING_TYPE) {
        return ym_brand_word(index);
    }
    if (series == SERIES_MAIL_STAGE) {
        return index < YM_MAIL_STAGES ? stages[index] : "";
    }
    return ym_mail_reason_word((enum ym_mail_reason)index);
}

static ym_status put_shares(struct ym_feeds *f, enum series series, const char *name,
                            const char *query, struct ym_buf *out, struct ym_err *err) {
    struct table_cell *c = NULL;
    struct sums s;
    struct table t;
    ym_status st;

    YM_TRY(get_sums(f, series, &s, err));
    table_init(&t, name, query, "percent", 1);
    qsort(s.row, s.n, sizeof(*s.row), by_label);
    for (size_t i = 0; i < s.n; i++) {
        const char *word = word_of(series, (unsigned)s.row[i].label[0] - 1);

        table_line(&t, word, NULL, s.row[i].month, s.total, s.row[i].n);
        if (i == 0 || s.row[i].label[0] != s.row[i - 1].label[0]) {
            c = table_cell_new(&t, word, NULL);
        }
        if (c == NULL) {
            break;
        }
        c->n = s.total;
        c->x += s.row[i].n;
        c->months = s.months;
        table_percent(c);
    }
    table_sort(&t);
    if (s.n > 0) {
        table_write(&t, out);
    }
    st = t.status;
    table_done(&t);
    ym_free(s.row);
    return st;
}

/* --- months --- */

static ym_status months_of(struct ym_feeds *f, enum series series, const char *kind,
                           struct table *t, struct ym_err *err) {
    struct table_cell *c = NULL;
    size_t first = t->n;
    struct sums s;
    int month = 0;

    YM_TRY(get_sums(f, series, &s, err));
    for (size_t i = 0; i < s.n; i++) {
        if (c == NULL || s.row[i].month != month) {
            char text[16];

            month = s.row[i].month;
            c = table_cell_new(t, kind, table_month(month, text));
        }
        if (c == NULL) {
            break;
        }
        c->x += s.row[i].n;
        c->n = c->x;
        c->months = 1;
        table_count(c);
    }
    for (size_t i = first; i < t->n; i++) {
        c = &t->cell[i];
        c->more = "index";
        c->more_value = 100.0 * (double)c->x / (double)t->cell[first].x;
        ym_buf_printf(&t->lines, "%s\t%s\t%llu\t%llu\n", kind, c->key[1], (unsigned long long)c->n,
                      (unsigned long long)c->x);
    }
    ym_free(s.row);
    return YM_OK;
}

static ym_status put_months(struct ym_feeds *f, struct ym_buf *out, struct ym_err *err) {
    struct table t;
    ym_status st;

    table_init(&t, "months", "feed_months", "count", 2);
    st = months_of(f, SERIES_HOSTING, "hosting", &t, err);
    st = st == YM_OK ? months_of(f, SERIES_PHISHING, "phishing", &t, err) : st;
    st = st == YM_OK ? months_of(f, SERIES_DRIVE_BY, "drive_by", &t, err) : st;
    st = st == YM_OK ? months_of(f, SERIES_MAIL_STAGE, "spam", &t, err) : st;
    if (st == YM_OK) {
        table_write(&t, out);
        st = t.status;
    }
    table_done(&t);
    return st;
}

/* --- sources and rules --- */

static void put_sources(const struct ym_feeds *f, struct ym_buf *out) {
    ym_buf_add_text(out, ",\"sources\":[");
    for (size_t i = 0; i < f->n_sources; i++) {
        const struct ym_feed_source *s = &f->source[i];

        ym_buf_add_text(out, i == 0 ? "{" : ",{");
        put_text(out, "kind", ym_feed_kind_word(s->kind));
        ym_buf_u8(out, ',');
        put_text(out, "file", s->file);
        ym_buf_u8(out, ',');
        put_digest(out, s->sha256);
        ym_buf_printf(out,
                      ",\"lines\":%llu,\"used\":%llu,\"refused\":%llu,\"unplaced\":%llu,"
                      "\"skipped\":%llu,\"again\":%llu,\"outside\":%llu,\"other\":%llu}",
                      (unsigned long long)s->lines, (unsigned long long)s->used,
                      (unsigned long long)s->refused, (unsigned long long)s->unplaced,
                      (unsigned long long)s->skipped, (unsigned long long)s->again,
                      (unsigned long long)s->outside, (unsigned long long)s->other);
    }
    ym_buf_u8(out, ']');
}

static const struct {
    const char *name, *rule;
} rules[] = {
    {"feed_hosts",
     "A rate: x is the number of different hosts of a country in a month, summed over the months "
     "that the feeds have; n is the country's hosts times these months; value = 1000 x / n. A host "
     "is placed by a country column of the list, else by its address in the database of addresses, "
     "else by the country label of its name (labels that are sold to everybody say nothing); names "
     "are never resolved. Interval: Poisson's score interval of x at 95 %. Places with fewer than "
     "1000 hosts are hidden."},
    {"feed_senders",
     "As feed_hosts; x is the number of different addresses that sent unwanted mail in a month."},
    {"feed_types",
     "Of the different phishing hosts of a month, summed over the months, the share that imitates "
     "a brand of the type, by the brand that the list names. Interval: Wilson's at 95 %."},
    {"feed_mail",
     "Unwanted messages: at the edge, an attempt that was refused for good (reply 5xx) before the "
     "content was there; by content, a message that a filter called unwanted, whatever became of "
     "it, counted once for each queue id and day. spam_stage: shares of both; spam_reason: of "
     "those "
     "at the edge; spam_category: of those by content, by the names of the rules that fired. "
     "Interval: Wilson's at 95 %."},
    {"feed_months",
     "Different hosts in the month (spam: messages); index: 100 times the value over that of the "
     "first month."},
};

static void put_rules(struct ym_buf *out) {
    ym_buf_add_text(out, ",\"queries\":{");
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        put_text(out, rules[i].name, rules[i].rule);
    }
    ym_buf_u8(out, '}');
}

static uint64_t all_hosts(const struct ym_feeds *f) {
    uint64_t total = 0;
    uint64_t value;
    const char *key;
    size_t n;

    for (size_t at = 0; ym_map_next(f->hosts, &at, &key, &n, &value);) {
        total += value;
    }
    return total;
}

static ym_status put_all(struct ym_feeds *f, struct ym_buf *out, struct ym_err *err) {
    ym_buf_add_text(out, "{\"hosts\":{");
    put_text(out, "source", f->hosts_file);
    ym_buf_u8(out, ',');
    put_digest(out, f->hosts_sha256);
    ym_buf_printf(out, ",\"total\":%llu,", (unsigned long long)all_hosts(f));
    put_text(out, "what", f->hosts_what);
    ym_buf_u8(out, '}');
    put_sources(f, out);
    YM_TRY(put_countries(f, SERIES_HOSTING, "hosting", "feed_hosts", out, err));
    YM_TRY(put_countries(f, SERIES_PHISHING, "phishing", "feed_hosts", out, err));
    YM_TRY(put_countries(f, SERIES_DRIVE_BY, "drive_by", "feed_hosts", out, err));
    YM_TRY(put_countries(f, SERIES_SPAM, "spam", "feed_senders", out, err));
    YM_TRY(put_shares(f, SERIES_PHISHING_TYPE, "phishing_type", "feed_types", out, err));
    YM_TRY(put_shares(f, SERIES_MAIL_STAGE, "spam_stage", "feed_mail", out, err));
    YM_TRY(put_shares(f, SERIES_MAIL_REASON, "spam_reason", "feed_mail", out, err));
    YM_TRY(put_shares(f, SERIES_MAIL_CATEGORY, "spam_category", "feed_mail", out, err));
    YM_TRY(put_months(f, out, err));
    put_rules(out);
    ym_buf_u8(out, '}');
    return ym_buf_status(out);
}

ym_status ym_feeds_json(struct ym_feeds *feeds, struct ym_buf *out, struct ym_err *err) {
    ym_status st;

    if (feeds->hosts == NULL) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                       "feeds need to know how many hosts a country has: give --mmdb FILE.mmdb "
                       "(IPv4 addresses by country) or --hosts FILE.csv (country,hosts)");
    }
    st = put_all(feeds, out, err);
    return st == YM_OK ? YM_OK
                       : ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no room for the figures");
}
