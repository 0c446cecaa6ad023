/* feeds.h - lists and logs that others made, as figures of the report: malware hosting, phishing,
 * drive-by pages, unwanted mail.
 *
 *     struct ym_feeds_options o = {.periods = p, .n_periods = 1};
 *     YM_TRY(ym_feeds_new(&o, &feeds, err));
 *     YM_TRY(ym_feeds_geo(feeds, "country.mmdb", err));          // places addresses, counts hosts
 *     YM_TRY(ym_feeds_add(feeds, YM_FEED_HOSTING, "urls.csv", err));
 *     YM_TRY(ym_feeds_json(feeds, &out, err));                   // "feeds" of docs/formats/report.md
 *     ym_feeds_free(feeds);
 *
 * What is counted is different hosts (of mail: different sending addresses) in a month, at most
 * once each, by country; a rate is that against the hosts of the country.  A host is placed by a
 * column of the list, else by its address, else by its country label - never by asking a network.
 * What cannot be placed is counted as unplaced.  The forms, what counts and the arithmetic:
 * docs/formats/feeds.md.
 *
 * Names and addresses are kept as keyed digests while a run counts them, and in no result. */
#ifndef YM_FEEDS_FEEDS_H
#define YM_FEEDS_FEEDS_H

#include "base/buf.h"
#include "base/status.h"
#include "report/period.h"

#include <stddef.h>
#include <stdint.h>

enum {
    YM_FEED_SOURCES_MAX = 64,
    YM_FEED_COUNTED_MAX = 8 << 20, /* different hosts of a month, over all months and kinds */
    YM_FEED_JSON_MAX = 16 << 20,
    YM_FEED_MIN_HOSTS = 1000, /* no rate per 1,000 hosts of a place that has fewer */
    YM_FEED_MIN_FOUND = 5,    /* ... or where fewer hosts or senders were found: one is chance */
};

enum ym_feed_kind {
    YM_FEED_HOSTING,
    YM_FEED_PHISHING,
    YM_FEED_DRIVE_BY,
    YM_FEED_MAIL,
    YM_FEED_KINDS
};
/* "hosting", "phishing", "drive-by", "mail" */
const char *ym_feed_kind_word(enum ym_feed_kind kind);

struct ym_feeds; /* opaque: see feeds_int.h */

struct ym_feeds_options {
    const struct ym_period *periods; /* what lies in none of them is not counted; borrowed */
    size_t n_periods;                /* 0: everything */
    uint64_t min_found;              /* places with fewer are not shown; 0: YM_FEED_MIN_FOUND */
};

/* What became of a file; lines == used + skipped + outside + refused + other. */
struct ym_feed_source {
    enum ym_feed_kind kind;
    char file[256]; /* its name without folders, cut */
    uint8_t sha256[32];
    uint64_t lines;    /* all */
    uint64_t used;     /* counted, or a host that the month has already */
    uint64_t skipped;  /* an entry that says itself that it does not count (not verified, wanted) */
    uint64_t outside;  /* in no period */
    uint64_t refused;  /* could not be read */
    uint64_t other;    /* comments, headings, empty lines, of logs what is about something else */
    uint64_t unplaced; /* of those used: without a country */
    uint64_t again;    /* of skipped: a message that another line has told of */
    struct ym_err first; /* why the first refused line was; code YM_OK: none was */
};

YM_MUST_CHECK ym_status ym_feeds_new(const struct ym_feeds_options *options,
                                     struct ym_feeds **ret_feeds, struct ym_err *err);
void ym_feeds_free(struct ym_feeds *feeds); /* accepts NULL */

/* A database of addresses (os/geo.h): it places literal addresses, and the IPv4 addresses of each
 * country are its hosts unless ym_feeds_hosts() gives others.  Before any ym_feeds_add(). */
YM_MUST_CHECK ym_status ym_feeds_geo(struct ym_feeds *feeds, const char *path, struct ym_err *err);
/* CSV with a heading: country, hosts.  MALFORMED: with file:line. */
YM_MUST_CHECK ym_status ym_feeds_hosts(struct ym_feeds *feeds, const char *path,
                                       struct ym_err *err);

/* Reads and counts one file.  A line that cannot be read is counted as refused; MALFORMED: no line
 * of the file could be, or it is none of the forms.  LIMIT: more than a maximum above. */
YM_MUST_CHECK ym_status ym_feeds_add(struct ym_feeds *feeds, enum ym_feed_kind kind,
                                     const char *path, struct ym_err *err);

size_t ym_feeds_n_sources(const struct ym_feeds *feeds);
const struct ym_feed_source *ym_feeds_source(const struct ym_feeds *feeds, size_t i); /* borrowed */

/* Appends the JSON object.  UNSUPPORTED: nothing says how many hosts a country has. */
YM_MUST_CHECK ym_status ym_feeds_json(struct ym_feeds *feeds, struct ym_buf *out,
                                      struct ym_err *err);

#endif
