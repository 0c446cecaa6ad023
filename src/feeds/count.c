/* count.c - the sums.  See feeds_int.h.
 *
 * Distinct hosts are told apart by a SipHash of (series, month, name) with a key of this run.  At
 * the maximum of 8 million different ones the chance that any two share a digest is one in half a
 * million; no sum depends on the key otherwise. */
#include "feeds_int.h"

#include "base/alloc.h"

#include <sodium.h>
#include <string.h>

#define MODULE "feeds/count"

enum { SET_FIRST = 1024 };

_Static_assert(crypto_shorthash_KEYBYTES == SET_KEY_SIZE, "libsodium's SipHash");
_Static_assert(sizeof(struct count_key) == 8, "no padding: it is a key");

bool ym_feeds_inside(const struct ym_feeds *f, int month) {
    for (size_t i = 0; i < f->options.n_periods; i++) {
        const struct ym_period *p = &f->options.periods[i];

        if (month >= p->first && month < p->first + (int)p->months) {
            return true;
        }
    }
    return f->options.n_periods == 0;
}

/* True: it was not there. */
static bool set_put(struct digest_set *set, uint64_t digest) {
    size_t i = digest & (set->room - 1);

    while (set->slot[i] != 0) {
        if (set->slot[i] == digest) {
            return false;
        }
        i = (i + 1) & (set->room - 1);
    }
    set->slot[i] = digest;
    set->n++;
    return true;
}

static bool set_grow(struct digest_set *set) {
    struct digest_set larger = {.room = set->room == 0 ? SET_FIRST : set->room * 2};

    larger.slot = ym_zalloc(larger.room, sizeof(*larger.slot));
    if (larger.slot == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->room; i++) {
        if (set->slot[i] != 0) {
            (void)set_put(&larger, set->slot[i]);
        }
    }
    ym_free(set->slot);
    *set = larger;
    return true;
}

ym_status ym_feeds_first(struct ym_feeds *f, enum series series, int month, struct ym_str text,
                         bool *ret_first, struct ym_err *err) {
    uint8_t message[8 + 512] = {(uint8_t)series};
    size_t n = text.n < 512 ? text.n : 512;
    uint64_t digest;

    if (f->seen.n >= YM_FEED_COUNTED_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "more than %d different hosts in all months: ask for fewer months with "
                       "--period",
                       YM_FEED_COUNTED_MAX);
    }
    if (f->seen.n * 2 >= f->seen.room && !set_grow(&f->seen)) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for %zu hosts",
                       f->seen.n);
    }
    memcpy(message + 4, &month, sizeof(month));
    if (n > 0) {
        memcpy(message + 8, text.s, n);
    }
    (void)crypto_shorthash((uint8_t *)&digest, message, 8 + n, f->key);
    *ret_first = set_put(&f->seen, digest == 0 ? 1 : digest);
    return YM_OK;
}

static ym_status add(struct ym_feeds *f, const struct count_key *key, struct ym_err *err) {
    uint64_t n = 0;
    ym_status st;

    (void)ym_map_get(f->counts, (const char *)key, sizeof(*key), &n);
    st = ym_map_put(f->counts, (const char *)key, sizeof(*key), n + 1);
    return st == YM_OK ? YM_OK
                       : ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET,
                                 "no room for the sums of so many months");
}

ym_status ym_feeds_count(struct ym_feeds *f, enum series series, int month,
                         const char label[LABEL_SIZE], struct ym_err *err) {
    struct count_key key = {.month = month, .series = (char)series};

    memcpy(key.label, label, LABEL_SIZE);
    return add(f, &key, err);
}

ym_status ym_feeds_count_index(struct ym_feeds *f, enum series series, int month, unsigned index,
                               struct ym_err *err) {
    struct count_key key = {.month = month, .series = (char)series};

    key.label[0] = (char)(index + 1);
    return add(f, &key, err);
}

/* --- the object --- */

static ym_status no_memory(struct ym_err *err) {
    return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the feeds");
}

ym_status ym_feeds_new(const struct ym_feeds_options *options, struct ym_feeds **ret_feeds,
                       struct ym_err *err) {
    struct ym_feeds *f = ym_zalloc(1, sizeof(*f));

    if (f == NULL || sodium_init() < 0) {
        ym_free(f);
        return no_memory(err);
    }
    f->options = *options;
    f->counts = ym_map_new(COUNTS_MAX);
    if (f->counts == NULL) {
        ym_feeds_free(f);
        return no_memory(err);
    }
    randombytes_buf(f->key, sizeof(f->key));
    *ret_feeds = f;
    return YM_OK;
}

void ym_feeds_free(struct ym_feeds *feeds) {
    if (feeds != NULL) {
        ym_free(feeds->seen.slot);
        ym_map_free(feeds->counts);
        ym_map_free(feeds->hosts);
        ym_geo_close(feeds->geo);
        ym_free(feeds);
    }
}

size_t ym_feeds_n_sources(const struct ym_feeds *feeds) {
    return feeds->n_sources;
}

const struct ym_feed_source *ym_feeds_source(const struct ym_feeds *feeds, size_t i) {
    return &feeds->source[i];
}

const char *ym_feed_kind_word(enum ym_feed_kind kind) {
    static const char *const words[YM_FEED_KINDS] = {"hosting", "phishing", "drive-by", "mail"};

    return (unsigned)kind < YM_FEED_KINDS ? words[kind] : "";
}
