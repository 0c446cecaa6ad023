/* scanner.c - a scanner and what is set on it.  The scans themselves are in scan.c. */
#include "api_int.h"

#include "base/alloc.h"

#include <string.h>

enum { ARENA = 192 << 20 }; /* a report with all its matches, and the rules as they are told */

static const struct {
    const char *name;
    size_t at; /* in struct ym_limits */
} limit_rows[] = {
#define X(name, value, unit, gap, text) {#name, offsetof(struct ym_limits, name)},
    YM_LIMIT_TABLE(X)
#undef X
};

static ym_status make(struct yamori_scanner *s, struct ym_err *err) {
    const struct ym_db *layers[YM_API_MAX_RULES];

    for (unsigned i = 0; i < s->n_rules; i++) {
        layers[i] = s->rules[i]->db;
    }
    s->arena = ym_arena_new(ARENA);
    if (s->arena == NULL) {
        return YM_NOMEM;
    }
    return ym_engine_new(layers, s->n_rules, &s->limits, &s->engine, err);
}

yamori_status yamori_scanner_new(const struct yamori_rules *const *rules, size_t n_rules,
                                 struct yamori_scanner **ret_scanner,
                                 struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    struct yamori_scanner *s;
    ym_status st = YM_NOMEM;

    if (n_rules == 0 || n_rules > YM_API_MAX_RULES) {
        return ym_api_say(YAMORI_MISUSE, "", "a scanner takes from 1 to 32 sets of rules",
                          ret_error);
    }
    s = ym_zalloc(1, sizeof(*s));
    if (s != NULL) {
        for (; s->n_rules < n_rules; s->n_rules++) {
            s->rules[s->n_rules] = rules[s->n_rules];
        }
        s->limits = ym_limits_default();
        yamori_scanner_set_flags(s, 0);
        yamori_scanner_set_match_bytes(s, YM_REPORT_MATCH_BYTES);
        st = make(s, &err);
    }
    if (st != YM_OK) {
        yamori_scanner_free(s);
        return ym_api_fail(st, &err, ret_error);
    }
    *ret_scanner = s;
    return YAMORI_OK;
}

void yamori_scanner_free(struct yamori_scanner *s) {
    if (s != NULL) {
        ym_engine_free(s->engine);
        ym_arena_free(s->arena);
        ym_api_externals_done(&s->externals);
        ym_free(s);
    }
}

void yamori_scanner_set_flags(struct yamori_scanner *s, unsigned flags) {
    const bool first = (flags & YAMORI_SCAN_FIRST_ONLY) != 0;

    s->options.no_unpack = (flags & YAMORI_SCAN_NO_UNPACK) != 0;
    s->options.all_matches = !first;
    s->options.rules = true;
    s->options.matches = !first && (flags & YAMORI_SCAN_NO_MATCHES) == 0;
}

void yamori_scanner_set_timeout(struct yamori_scanner *s, uint64_t seconds) {
    s->limits.max_time = seconds;
}

yamori_status yamori_scanner_set_limit(struct yamori_scanner *s, const char *name, uint64_t value) {
    for (size_t i = 0; i < sizeof(limit_rows) / sizeof(limit_rows[0]); i++) {
        if (strcmp(limit_rows[i].name, name) == 0) {
            memcpy((char *)&s->limits + limit_rows[i].at, &value, sizeof(value));
            return YAMORI_OK;
        }
    }
    return YAMORI_MISUSE;
}

void yamori_scanner_set_match_bytes(struct yamori_scanner *s, uint32_t bytes) {
    s->options.match_bytes = bytes > YM_REPORT_MAX_MATCH ? (uint32_t)YM_REPORT_MAX_MATCH : bytes;
}

static yamori_status define(struct yamori_scanner *s, const struct ym_external *e) {
    ym_status st;

    if (e->name == NULL || (e->letter == 't' && e->text == NULL)) {
        return YAMORI_MISUSE;
    }
    st = ym_api_define(&s->externals, e);
    s->options.externals = s->externals.rows;
    s->options.n_externals = s->externals.n;
    return st == YM_MALFORMED ? YAMORI_MISUSE : ym_api_status(st);
}

yamori_status yamori_scanner_define_int(struct yamori_scanner *s, const char *name, int64_t value) {
    return define(s, &(struct ym_external){.name = name, .letter = 'i', .i = value});
}

yamori_status yamori_scanner_define_bool(struct yamori_scanner *s, const char *name, bool value) {
    return define(s, &(struct ym_external){.name = name, .letter = 'b', .i = value ? 1 : 0});
}

yamori_status yamori_scanner_define_double(struct yamori_scanner *s, const char *name,
                                           double value) {
    return define(s, &(struct ym_external){.name = name, .letter = 'd', .d = value});
}

yamori_status yamori_scanner_define_text(struct yamori_scanner *s, const char *name,
                                         const char *value) {
    return define(s, &(struct ym_external){.name = name, .letter = 't', .text = value});
}

void yamori_scanner_on_detection(struct yamori_scanner *s, yamori_detection_fn *fn, void *self) {
    s->on_detection = fn;
    s->detection_self = self;
}

void yamori_scanner_on_gap(struct yamori_scanner *s, yamori_gap_fn *fn, void *self) {
    s->on_gap = fn;
    s->gap_self = self;
}

void yamori_scanner_on_line(struct yamori_scanner *s, yamori_line_fn *fn, void *self) {
    s->on_line = fn;
    s->line_self = self;
}

const struct yamori_scan_stats *yamori_scanner_stats(const struct yamori_scanner *s) {
    return &s->stats;
}
