/* files.c - the files of a count: feeds, hosts by country, the database of addresses.  See
 * feeds.h. */
#include "feeds_int.h"

#include "feeds/csv.h"

#include <stdio.h>
#include <string.h>

#define MODULE "feeds/files"

static void set_name(char out[256], const char *path) {
    const char *slash = strrchr(path, '/');

    (void)snprintf(out, 256, "%.255s", slash == NULL ? path : slash + 1);
}

ym_status ym_feeds_refuse(struct ym_feed_source *src, const char *path, uint64_t line,
                          const char *why) {
    src->refused++;
    if (src->first.code == YM_OK) {
        (void)ym_fail_at(&src->first, YM_MALFORMED, MODULE, path,
                         line > UINT32_MAX ? UINT32_MAX : (unsigned)line, 0, "%s", why);
    }
    return YM_OK;
}

ym_status ym_feeds_add(struct ym_feeds *feeds, enum ym_feed_kind kind, const char *path,
                       struct ym_err *err) {
    struct ym_lines *in = NULL;
    struct ym_feed_source *src;
    ym_status st;

    if (feeds->n_sources == YM_FEED_SOURCES_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "more than %d feeds: join files",
                       YM_FEED_SOURCES_MAX);
    }
    src = &feeds->source[feeds->n_sources];
    *src = (struct ym_feed_source){.kind = kind};
    set_name(src->file, path);
    YM_TRY(ym_lines_open(path, &in, err));
    st = kind == YM_FEED_MAIL ? ym_feeds_mail(feeds, in, path, src, err)
                              : ym_feeds_urls(feeds, in, path, src, err);
    src->lines = ym_lines_number(in);
    ym_lines_digest(in, src->sha256);
    ym_lines_close(in);
    YM_TRY(st);
    if (src->refused > 0 && src->used + src->skipped + src->outside == 0) {
        *err = src->first;
        return err->code;
    }
    feeds->n_sources++;
    return YM_OK;
}

/* --- hosts --- */

static ym_status add_hosts(void *user, const char country[YM_GEO_COUNTRY_SIZE], uint64_t n,
                           struct ym_err *err) {
    struct ym_feeds *f = user;
    uint64_t sum = 0;
    ym_status st;

    (void)ym_map_get(f->hosts, country, 2, &sum);
    st = sum + n < sum ? YM_LIMIT : ym_map_put(f->hosts, country, 2, sum + n);
    return st == YM_OK ? YM_OK
                       : ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "too many countries or hosts");
}

static ym_status new_hosts(struct ym_feeds *f, const char *path, const char *what,
                           struct ym_err *err) {
    ym_map_free(f->hosts);
    f->hosts = ym_map_new(HOSTS_ROWS_MAX);
    set_name(f->hosts_file, path);
    f->hosts_what = what;
    return f->hosts != NULL ? YM_OK
                            : ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET,
                                      "no memory for the hosts of countries");
}

/* The digest alone: the database itself is mapped by its library. */
static ym_status digest_of(const char *path, uint8_t ret_digest[32], struct ym_err *err) {
    struct ym_input *in = NULL;
    struct ym_str block;
    ym_status st;

    YM_TRY(ym_input_open(path, &in, err));
    do {
        st = ym_input_next(in, &block, err);
    } while (st == YM_OK);
    ym_input_digest(in, ret_digest);
    ym_input_close(in);
    return st == YM_END ? YM_OK : st;
}

ym_status ym_feeds_geo(struct ym_feeds *feeds, const char *path, struct ym_err *err) {
    ym_geo_close(feeds->geo);
    feeds->geo = NULL;
    YM_TRY(ym_geo_open(path, &feeds->geo, err));
    if (feeds->hosts != NULL) {
        return YM_OK; /* given by name */
    }
    YM_TRY(digest_of(path, feeds->hosts_sha256, err));
    YM_TRY(new_hosts(feeds, path, "IPv4 addresses by country", err));
    return ym_geo_ipv4_space(feeds->geo, add_hosts, feeds, err);
}

static ym_status bad_hosts(const char *path, uint64_t line, const char *why, struct ym_err *err) {
    return ym_fail_at(err, YM_MALFORMED, MODULE, path, (unsigned)line, 0, "%s", why);
}

static ym_status hosts_line(struct ym_feeds *f, struct ym_str line, const char *path,
                            uint64_t number, struct ym_err *err) {
    struct ym_str field[YM_CSV_FIELDS_MAX];
    char copy[1024];
    char country[3];
    size_t n = 0;
    uint64_t hosts;

    if (line.n == 0 || line.s[0] == '#') {
        return YM_OK;
    }
    if (line.n > sizeof(copy)) {
        return bad_hosts(path, number, "the line is too long", err);
    }
    memcpy(copy, line.s, line.n);
    if (ym_csv_split(copy, line.n, field, &n) != YM_OK || n < 2) {
        return bad_hosts(path, number, "it must be: country,hosts", err);
    }
    if (ym_str_is(field[0], "country")) {
        return YM_OK;
    }
    if (!ym_country_code(field[0], country)) {
        return bad_hosts(path, number, "the country must be two letters of ISO 3166-1", err);
    }
    if (!ym_parse_u64(field[1].s, field[1].n, &hosts)) {
        return bad_hosts(path, number, "the hosts must be a number", err);
    }
    return add_hosts(f, country, hosts, err);
}

ym_status ym_feeds_hosts(struct ym_feeds *feeds, const char *path, struct ym_err *err) {
    struct ym_lines *in = NULL;
    struct ym_str line;
    ym_status st;

    YM_TRY(new_hosts(feeds, path, "hosts by country", err));
    YM_TRY(ym_lines_open(path, &in, err));
    while ((st = ym_lines_next(in, &line, err)) == YM_OK) {
        st = hosts_line(feeds, line, path, ym_lines_number(in), err);
        if (st != YM_OK) {
            break;
        }
    }
    if (st == YM_LIMIT && err->code == YM_OK) {
        st = bad_hosts(path, ym_lines_number(in), "the line is too long", err);
    }
    ym_lines_digest(in, feeds->hosts_sha256);
    ym_lines_close(in);
    YM_TRY(st == YM_END ? YM_OK : st);
    return ym_map_count(feeds->hosts) > 0
               ? YM_OK
               : bad_hosts(path, 0, "has no line with a country and its hosts", err);
}
