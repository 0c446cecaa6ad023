/* feeds_int.h - what the files of this room share of one count. */
#ifndef YM_FEEDS_FEEDS_INT_H
#define YM_FEEDS_FEEDS_INT_H

#include "base/map.h"
#include "base/text.h"
#include "feeds/feeds.h"
#include "feeds/input.h"
#include "os/geo.h"

#include <stdbool.h>

enum {
    COUNTS_MAX = 1 << 20, /* (series, month, label) */
    HOSTS_ROWS_MAX = 1000,
    SET_KEY_SIZE = 16, /* of SipHash */
    LABEL_SIZE = 3,
};

/* What is counted by month and label.  The first ones are in the order of enum ym_feed_kind. */
enum series {
    SERIES_HOSTING,
    SERIES_PHISHING,
    SERIES_DRIVE_BY,
    SERIES_SPAM,          /* sending addresses, by country */
    SERIES_PHISHING_TYPE, /* hosts, by what they imitate */
    SERIES_MAIL_STAGE,    /* messages */
    SERIES_MAIL_REASON,   /* messages at the edge */
    SERIES_MAIL_CATEGORY, /* messages by content */
    SERIES_COUNT
};

/* A set of 64-bit keyed digests, open addressing; 0 is free. */
struct digest_set {
    uint64_t *slot;
    size_t n, room;
};

struct ym_feeds {
    struct ym_feeds_options options;
    uint8_t key[SET_KEY_SIZE]; /* of this run: who makes lists cannot make digests collide */
    struct digest_set seen;
    struct ym_map *counts; /* key: struct count_key */
    struct ym_map *hosts;  /* country -> hosts; NULL: not said */
    struct ym_geo *geo;
    char hosts_file[256];
    const char *hosts_what;
    uint8_t hosts_sha256[32];
    size_t n_sources;
    struct ym_feed_source source[YM_FEED_SOURCES_MAX];
};

struct count_key {
    int month;
    char series;
    char label[LABEL_SIZE]; /* a country, or a number and NUL; "" = all */
};

/* --- count.c --- */

bool ym_feeds_inside(const struct ym_feeds *f, int month);
/* Was the text seen with this series and month before?  Remembers it. */
YM_MUST_CHECK ym_status ym_feeds_first(struct ym_feeds *f, enum series series, int month,
                                       struct ym_str text, bool *ret_first, struct ym_err *err);
/* One more of (series, month, label). */
YM_MUST_CHECK ym_status ym_feeds_count(struct ym_feeds *f, enum series series, int month,
                                       const char label[LABEL_SIZE], struct ym_err *err);
YM_MUST_CHECK ym_status ym_feeds_count_index(struct ym_feeds *f, enum series series, int month,
                                             unsigned index, struct ym_err *err);

/* --- urls.c, mail_file.c --- */

/* One file's lines; what became of them goes into src. */
YM_MUST_CHECK ym_status ym_feeds_urls(struct ym_feeds *f, struct ym_lines *in, const char *path,
                                      struct ym_feed_source *src, struct ym_err *err);
YM_MUST_CHECK ym_status ym_feeds_mail(struct ym_feeds *f, struct ym_lines *in, const char *path,
                                      struct ym_feed_source *src, struct ym_err *err);
/* Counts a line as refused and keeps the first reason; OK. */
ym_status ym_feeds_refuse(struct ym_feed_source *src, const char *path, uint64_t line,
                          const char *why);

/* What a phishing page imitates, from the brand that the list names. */
enum brand_type {
    BRAND_FINANCIAL,
    BRAND_SHOP,
    BRAND_SOCIAL,
    BRAND_ISP,
    BRAND_GAME,
    BRAND_PUBLIC,
    BRAND_OTHER,
    BRAND_UNNAMED,
    BRAND_TYPES
};
enum brand_type ym_brand_type(struct ym_str brand);
const char *ym_brand_word(unsigned type);

#endif
