/* cache.c - asking the cache of verdicts, and what it keeps of a scan.  See engine/cache.h. */
#include "cache_int.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "base/md5.h"
#include "base/time.h"
#include "database/digests.h"
#include "formats/sniff.h"
#include "match/match.h"

#include <archive.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char module[] = "cache";

/* ---- Context ----------------------------------------------------------------------------- */

static void add_libraries(struct ym_buf *text) {
    const char *const versions[] = {archive_version_string(),  archive_zlib_version(),
                                    archive_liblzma_version(), archive_bzlib_version(),
                                    archive_liblz4_version(),  archive_libzstd_version()};

    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        ym_buf_printf(text, " %s", versions[i] == NULL ? "-" : versions[i]);
    }
}

/* All that an answer depends on beside the bytes of the file and the images it was clean for. */
static ym_status make_context(struct ym_cache *c, struct ym_err *err) {
    const struct ym_cache_options *o = &c->o;
    struct stat exe = {.st_size = 0};
    struct ym_buf text;
    ym_status st;

    /* Builds of one version are told apart by their program file. */
    (void)stat("/proc/self/exe", &exe);
    ym_buf_init(&text, 65536);
    ym_buf_printf(&text, "%s %lld %lld.%09ld no_unpack=%d", YM_VERSION, (long long)exe.st_size,
                  (long long)exe.st_mtim.tv_sec, exe.st_mtim.tv_nsec, o->scan.no_unpack);
    add_libraries(&text);
#define X(name, value, unit, gap, what) ym_buf_printf(&text, " " #name "=%" PRIu64, o->limits.name);
    YM_LIMIT_TABLE(X)
#undef X
    for (unsigned i = 0; i < o->n_layers; i++) {
        if (ym_db_reaches_others(o->layers[i])) {
            ym_buf_add(&text, ym_db_identity(o->layers[i]), YM_DB_IDENTITY_SIZE);
        }
    }
    st = ym_buf_status(&text);
    if (st == YM_OK) {
        ym_md5(text.data, text.len, c->context_id);
    }
    ym_buf_done(&text);
    return st == YM_OK ? st : ym_fail(err, st, module, YM_ERR_NO_OFFSET, "out of memory");
}

/* ---- Making and loading ------------------------------------------------------------------ */

ym_status ym_cache_new(const struct ym_cache_options *o, struct ym_cache **ret_cache,
                       struct ym_err *err) {
    struct ym_cache *c;
    ym_status st;

    if (o->n_layers > YM_CACHE_MAX_LAYERS) {
        return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "%u images; at most %d",
                       o->n_layers, YM_CACHE_MAX_LAYERS);
    }
    c = ym_zalloc(1, sizeof(*c));
    if (c == NULL) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory");
    }
    c->o = *o;
    c->context = YM_CACHE_NONE;
    for (unsigned i = 0; i < o->n_layers; i++) {
        c->digests[i] = ym_match_digests(o->layers[i]);
        c->has_tables = c->has_tables || ym_db_reaches_others(o->layers[i]);
        c->only_digests[i] = ym_db_only_digests(o->layers[i]);
    }
    ym_buf_init(&c->news, (size_t)o->max_bytes);
    ym_buf_init(&c->new_digests, (size_t)o->max_bytes);
    st = make_context(c, err);
    if (st != YM_OK) {
        ym_cache_free(c);
        return st;
    }
    *ret_cache = c;
    return YM_OK;
}

void ym_cache_free(struct ym_cache *c) {
    if (c == NULL) {
        return;
    }
    ym_cache_file_close(&c->file);
    ym_buf_done(&c->news);
    ym_buf_done(&c->new_digests);
    ym_free(c->seen);
    ym_free(c);
}

static unsigned find_id(const struct ym_cache_known *rows, uint32_t n, const uint8_t *id) {
    for (unsigned i = 0; i < n; i++) {
        if (memcmp(rows[i].id, id, YM_CACHE_ID) == 0) {
            return i;
        }
    }
    return YM_CACHE_NONE;
}

/* Takes the file. */
static ym_status use_file(struct ym_cache *c, struct ym_cache_file *f, struct ym_err *err) {
    const struct ym_cache_header *h = &f->header;
    bool all = true;

    c->seen = ym_zalloc((size_t)h->n_entries / 8 + 1, 1);
    if (c->seen == NULL) {
        ym_cache_file_close(f);
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory");
    }
    c->file = *f;
    c->context = find_id(h->contexts, h->n_contexts, c->context_id);
    for (unsigned i = 0; i < c->o.n_layers; i++) {
        unsigned at = find_id(h->images, h->n_images, ym_db_identity(c->o.layers[i]));

        c->bits[i] = at == YM_CACHE_NONE ? 0 : UINT64_C(1) << at;
        c->all_bits |= c->bits[i];
        all = all && c->bits[i] != 0;
    }
    c->all_bits = all ? c->all_bits : 0;
    return YM_OK;
}

ym_status ym_cache_load(struct ym_cache *c, const char *path, struct ym_err *err) {
    struct ym_cache_file f;
    ym_status st = ym_cache_file_open(path, &f, err);

    return st == YM_OK ? use_file(c, &f, err) : st == YM_END ? YM_OK : st;
}

ym_status ym_cache_load_bytes(struct ym_cache *c, const void *data, size_t size,
                              struct ym_err *err) {
    struct ym_cache_file f;

    YM_TRY(ym_cache_file_open_bytes(data, size, &f, err));
    return use_file(c, &f, err);
}

/* ---- Asking ------------------------------------------------------------------------------ */

struct asking {
    const struct ym_cache *cache;
    uint32_t layers; /* bit i: layer i has not been asked about the file */
    const struct ym_cache_entry *entry;
    struct ym_report *report;
    bool hit;    /* by the digest in hand */
    bool failed; /* no memory for the report */
};

/* Where a digest of this algorithm lies in a row. */
static const uint8_t *digest_of(const struct ym_cache_digest *d, unsigned algo) {
    return d->bytes + (algo == YM_MD5 ? 0 : algo == YM_SHA1 ? 16 : 36);
}

static bool note_hit(void *self, const struct ym_digest_found *found) {
    struct asking *a = self;

    (void)found;
    a->hit = true;
    return false;
}

static bool add_detection(void *self, const struct ym_digest_found *found) {
    struct asking *a = self;
    char name[1024];
    const struct ym_report_detection d = {.name = name,
                                          .kind = "clamav",
                                          .object = "",
                                          .layers = ym_kind_word((ym_kind)a->entry->kind),
                                          .pattern = "",
                                          .source = "",
                                          .offset = UINT64_MAX};

    (void)snprintf(name, sizeof(name), "%.*s%s",
                   (int)(found->name_len > 1000 ? 1000 : found->name_len), found->name,
                   found->unofficial ? ".UNOFFICIAL" : "");
    a->failed = ym_report_add_detection(a->report, &d) != YM_OK;
    a->hit = true;
    return !a->failed && a->cache->o.scan.all_matches;
}

/* Looks a row up in the images of `layers`, to the first hit or to all of them.  False: the row has
 * not what an image wants to know. */
static bool look_up(struct asking *a, uint32_t layers, ym_digest_kind kind,
                    const struct ym_cache_digest *d,
                    bool (*found)(void *self, const struct ym_digest_found *f)) {
    const bool all = found == add_detection && a->cache->o.scan.all_matches;

    a->hit = false;
    for (unsigned i = 0; i < a->cache->o.n_layers && (all || !a->hit); i++) {
        const struct ym_digests *t = (layers >> i & 1) != 0 ? a->cache->digests[i] : NULL;
        unsigned wanted = t == NULL ? 0 : ym_digests_wanted(t, kind, d->size);

        if (wanted != 0 && d->made == 0) {
            return false;
        }
        for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && (all || !a->hit); algo++) {
            if ((wanted >> algo & 1) != 0) {
                ym_digests_find(t, kind, (ym_digest_algo)algo, d->size, digest_of(d, algo), found,
                                a);
            }
        }
    }
    return true;
}

static uint32_t all_layers(const struct ym_cache *c) {
    return c->o.n_layers == 32 ? UINT32_MAX : (UINT32_C(1) << c->o.n_layers) - 1;
}

/* The file itself is what was found: an allow list may know it, or a catalogue vouch for it. */
static ym_cache_answer say_infected(struct asking *a, const struct ym_cache_digest *d) {
    if (a->entry->kind >= YM_KIND_COUNT || a->cache->has_tables ||
        !look_up(a, all_layers(a->cache), YM_DIGEST_ALLOW, d, note_hit) || a->hit ||
        !look_up(a, a->layers, YM_DIGEST_FILE, d, add_detection)) {
        return YM_CACHE_SCAN;
    }
    return a->failed || a->report->n_detections == 0 ? YM_CACHE_SCAN : YM_CACHE_INFECTED;
}

/* All images that were not asked hold digests only. */
static ym_cache_answer ask_digests(struct asking *a) {
    const struct ym_cache_entry *e = a->entry;
    const struct ym_cache_digest *d;
    bool outer = false;
    bool inner = false;

    d = (e->flags & YM_CACHE_WHOLE) == 0 ? NULL : ym_cache_file_digests(&a->cache->file, e);
    if (d == NULL) {
        return YM_CACHE_SCAN;
    }
    for (unsigned i = 0; i < e->n_digests && !inner; i++) {
        if (!look_up(a, a->layers, (ym_digest_kind)d[i].kind, &d[i], note_hit)) {
            return YM_CACHE_SCAN;
        }
        outer = outer || (a->hit && i == 0);
        inner = a->hit && i > 0;
    }
    if (inner) {
        return YM_CACHE_SCAN; /* where it lies inside is not kept: a scan will tell */
    }
    return outer ? say_infected(a, &d[0]) : YM_CACHE_CLEAN;
}

static void mark_seen(struct ym_cache *c, const struct ym_cache_entry *e) {
    size_t i = (size_t)(e - c->file.entries);

    c->seen[i / 8] |= (uint8_t)(1u << i % 8);
}

/* The layers that the entry does not cover. */
static uint32_t missing_layers(const struct ym_cache *c, const struct ym_cache_entry *e,
                               bool *ret_only_digests) {
    uint32_t missing = 0;

    *ret_only_digests = true;
    for (unsigned i = 0; i < c->o.n_layers; i++) {
        if ((e->images & c->bits[i]) == 0) {
            missing |= UINT32_C(1) << i;
            *ret_only_digests = *ret_only_digests && c->only_digests[i];
        }
    }
    return missing;
}

ym_cache_answer ym_cache_ask(struct ym_cache *c, const struct ym_file_stamp *stamp,
                             struct ym_report *report, uint32_t *ret_skip) {
    const struct ym_cache_entry *e =
        c->context == YM_CACHE_NONE
            ? NULL
            : ym_cache_file_find(&c->file, stamp, c->context, &c->stats.damaged);
    struct asking a = {.cache = c, .entry = e, .report = report};
    ym_cache_answer answer = YM_CACHE_SCAN;
    bool only_digests;

    *ret_skip = 0;
    if (e == NULL) {
        return YM_CACHE_SCAN;
    }
    mark_seen(c, e);
    if (c->all_bits != 0 && (e->images & c->all_bits) == c->all_bits) {
        c->stats.clean++;
        return YM_CACHE_CLEAN;
    }
    a.layers = missing_layers(c, e, &only_digests);
    if (only_digests) {
        answer = ask_digests(&a);
    }
    if (answer == YM_CACHE_SCAN) {
        *ret_skip = all_layers(c) & ~a.layers;
        c->stats.partly += *ret_skip != 0;
    } else {
        c->stats.digests++;
        c->stats.infected += answer == YM_CACHE_INFECTED;
    }
    return answer;
}

/* ---- Keeping ----------------------------------------------------------------------------- */

static bool may_keep(const struct ym_cache *c, const struct ym_file_stamp *stamp, int64_t opened_ns,
                     const struct ym_report *r) {
    int64_t settle = (int64_t)c->o.settle * INT64_C(1000000000);

    return ym_report_verdict(r) == YM_VERDICT_CLEAN && !r->mixed && !r->cached &&
           c->o.n_layers > 0 && stamp->ctime_ns < opened_ns - settle;
}

void ym_cache_put(struct ym_cache *c, const struct ym_file_stamp *stamp, int64_t opened_ns,
                  const struct ym_report *r) {
    struct ym_cache_new row = {.stamp = *stamp, .kind = r->kind};
    size_t before = c->new_digests.len;

    if (!may_keep(c, stamp, opened_ns, r) ||
        before / sizeof(struct ym_cache_digest) > UINT32_MAX - YM_REPORT_MAX_DIGESTS) {
        return;
    }
    row.first_digest = (uint32_t)(before / sizeof(struct ym_cache_digest));
    row.n_digests = r->digests_whole ? r->n_digests : 0;
    row.flags = r->digests_whole && r->n_digests > 0 ? YM_CACHE_WHOLE : 0;
    for (unsigned i = 0; i < row.n_digests; i++) {
        struct ym_cache_digest d = {
            .size = r->digests[i].size, .kind = r->digests[i].kind, .made = r->digests[i].made};

        memcpy(d.bytes, r->digests[i].bytes, sizeof(d.bytes));
        ym_buf_add(&c->new_digests, &d, sizeof(d));
    }
    ym_buf_add(&c->news, &row, sizeof(row));
    if (ym_buf_status(&c->news) != YM_OK || ym_buf_status(&c->new_digests) != YM_OK) {
        ym_buf_cut(&c->news, c->stats.kept * sizeof(row)); /* full: what is there stays good */
        ym_buf_cut(&c->new_digests, before);
        return;
    }
    c->stats.kept++;
}

struct ym_cache_stats ym_cache_get_stats(const struct ym_cache *c) {
    return c->stats;
}
