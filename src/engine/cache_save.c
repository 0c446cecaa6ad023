/* cache_save.c - writing the file of the cache.  See engine/cache.h, cache_file.h.
 *
 * The new file is made of three things, the first of which wins: what this scan learned, what it
 * used of the file that it opened, and the rest of the file that is there now, the last used
 * first - which another scan may have written since, so its entries count even where they are of files
 * that we have met, too.  Entries of one state of one file in one context become one: what they
 * are clean for is added up.
 *
 * Entries are collected in memory, digests stay where they are until they are written. */
#include "cache_int.h"

#include "base/alloc.h"
#include "base/time.h"
#include "database/db.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char module[] = "cache";

enum {
    LOCK_TRIES = 200, /* ten seconds */
    LOCK_WAIT_NS = 50000000,
    WRITE_BLOCK = 256 << 10,
    GONE = 255 /* a number of an old file that has none in the new one */
};

/* The numbers of an old file's images and contexts in the new one. */
struct renumbering {
    uint8_t images[YM_CACHE_IMAGES];
    uint8_t contexts[YM_CACHE_CONTEXTS];
};

struct writer {
    struct ym_cache *c;
    struct ym_cache_header h;
    uint64_t max_entries, max_digests;
    struct ym_buf entries;                  /* struct ym_cache_entry */
    const struct ym_cache_digest **digests; /* of each entry; n_digests of them from there */
    uint64_t n_digests;
    uint32_t *slots;
    uint32_t now;
};

/* ---- Images and contexts ----------------------------------------------------------------- */

/* The number of id in rows, which it is added to while there is room; GONE: there is none. */
static uint8_t number_of(struct ym_cache_known *rows, uint32_t *n, uint32_t max, const uint8_t *id,
                         int64_t used) {
    for (uint32_t i = 0; i < *n; i++) {
        if (memcmp(rows[i].id, id, YM_CACHE_ID) == 0) {
            rows[i].used = rows[i].used > used ? rows[i].used : used;
            return (uint8_t)i;
        }
    }
    if (*n == max) {
        return GONE;
    }
    memcpy(rows[*n].id, id, YM_CACHE_ID);
    rows[*n].used = used;
    return (uint8_t)(*n)++;
}

static int by_use(const void *a, const void *b) {
    const struct ym_cache_known *x = a;
    const struct ym_cache_known *y = b;

    return (x->used < y->used) - (x->used > y->used);
}

/* The rows of both old files, the last used first, after those of this scan. */
static void add_known(struct ym_cache_known *rows, uint32_t *n, uint32_t max,
                      const struct ym_cache_known *a, uint32_t n_a, const struct ym_cache_known *b,
                      uint32_t n_b) {
    struct ym_cache_known all[2 * YM_CACHE_IMAGES];

    memcpy(all, a, n_a * sizeof(*a));
    memcpy(all + n_a, b, n_b * sizeof(*b));
    qsort(all, n_a + n_b, sizeof(*all), by_use);
    for (uint32_t i = 0; i < n_a + n_b; i++) {
        (void)number_of(rows, n, max, all[i].id, all[i].used);
    }
}

static void plan_known(struct writer *w, const struct ym_cache_file *current) {
    const struct ym_cache_header *a = &w->c->file.header;
    const struct ym_cache_header *b = &current->header;

    for (unsigned i = 0; i < w->c->o.n_layers; i++) {
        (void)number_of(w->h.images, &w->h.n_images, YM_CACHE_IMAGES,
                        ym_db_identity(w->c->o.layers[i]), w->h.written);
    }
    (void)number_of(w->h.contexts, &w->h.n_contexts, YM_CACHE_CONTEXTS, w->c->context_id,
                    w->h.written);
    add_known(w->h.images, &w->h.n_images, YM_CACHE_IMAGES, a->images, a->n_images, b->images,
              b->n_images);
    add_known(w->h.contexts, &w->h.n_contexts, YM_CACHE_CONTEXTS, a->contexts, a->n_contexts,
              b->contexts, b->n_contexts);
}

static void find_numbers(const struct writer *w, const struct ym_cache_header *old,
                         struct renumbering *ret_new) {
    struct ym_cache_header h = w->h; /* number_of() finds, and adds nothing to a full table */

    for (uint32_t i = 0; i < old->n_images; i++) {
        ret_new->images[i] = number_of(h.images, &h.n_images, h.n_images, old->images[i].id, 0);
    }
    for (uint32_t i = 0; i < old->n_contexts; i++) {
        ret_new->contexts[i] =
            number_of(h.contexts, &h.n_contexts, h.n_contexts, old->contexts[i].id, 0);
    }
}

static uint64_t renumber(const struct renumbering *r, uint64_t images) {
    uint64_t out = 0;

    for (; images != 0; images &= images - 1) {
        uint8_t to = r->images[__builtin_ctzll(images)];

        out |= to == GONE ? 0 : UINT64_C(1) << to;
    }
    return out;
}

/* ---- Collecting -------------------------------------------------------------------------- */

static struct ym_cache_entry *row(const struct writer *w, uint32_t i) {
    return (struct ym_cache_entry *)(void *)w->entries.data + i;
}

static bool same_state(const struct ym_cache_entry *a, const struct ym_cache_entry *b) {
    return memcmp(&a->stamp, &b->stamp, sizeof(a->stamp)) == 0 && a->context == b->context;
}

/* An entry of the same file and context, whatever state: one of them is of the past.  The one
 * that came first stays, and takes what the other knows if it is of the same state. */
static void merge(struct writer *w, uint32_t i, const struct ym_cache_entry *e,
                  const struct ym_cache_digest *digests) {
    struct ym_cache_entry *kept = row(w, i);

    if (!same_state(kept, e)) {
        return;
    }
    kept->images |= e->images;
    if ((kept->flags & YM_CACHE_WHOLE) == 0 && (e->flags & YM_CACHE_WHOLE) != 0 &&
        w->n_digests + e->n_digests <= w->max_digests) {
        kept->flags = e->flags;
        kept->n_digests = e->n_digests;
        w->digests[i] = digests;
        w->n_digests += e->n_digests;
    }
}

/* digests: e->n_digests rows, which stay until the file is written. */
static ym_status add_entry(struct writer *w, const struct ym_cache_entry *e,
                           const struct ym_cache_digest *digests) {
    uint32_t mask = (UINT32_C(1) << w->h.slot_bits) - 1;
    uint32_t slot = (uint32_t)ym_cache_hash(e->stamp.dev, e->stamp.ino) & mask;
    unsigned probes = 0;

    for (; w->slots[slot] != 0; slot = (slot + 1) & mask) {
        const struct ym_cache_entry *there = row(w, w->slots[slot] - 1);

        if (there->stamp.ino == e->stamp.ino && there->stamp.dev == e->stamp.dev &&
            there->context == e->context) {
            merge(w, w->slots[slot] - 1, e, digests);
            return YM_OK;
        }
        if (++probes == YM_CACHE_PROBES) {
            return YM_OK; /* it would not be found again */
        }
    }
    if (w->h.n_entries == w->max_entries || w->n_digests + e->n_digests > w->max_digests) {
        return YM_OK; /* the file has its size */
    }
    ym_buf_add(&w->entries, e, sizeof(*e));
    YM_TRY(ym_buf_status(&w->entries));
    w->digests[w->h.n_entries] = digests;
    w->n_digests += e->n_digests;
    w->slots[slot] = ++w->h.n_entries;
    return YM_OK;
}

static ym_status add_news(struct writer *w) {
    const struct ym_cache *c = w->c;
    const struct ym_cache_new *news = (const void *)c->news.data;
    const struct ym_cache_digest *digests = (const void *)c->new_digests.data;
    uint64_t images = 0;

    for (unsigned i = 0; i < c->o.n_layers; i++) { /* two layers may be the same image */
        images |= UINT64_C(1) << number_of(w->h.images, &w->h.n_images, w->h.n_images,
                                           ym_db_identity(c->o.layers[i]), 0);
    }
    for (uint64_t i = 0; i < c->stats.kept; i++) {
        struct ym_cache_entry e = {.stamp = news[i].stamp,
                                   .images = images,
                                   .n_digests = news[i].n_digests,
                                   .context = 0, /* plan_known() made it the first */
                                   .kind = news[i].kind,
                                   .flags = news[i].flags,
                                   .used = w->now};

        YM_TRY(add_entry(w, &e, digests == NULL ? NULL : digests + news[i].first_digest));
    }
    return YM_OK;
}

/* Entry i of an old file, with the numbers of the new one. */
static ym_status add_old(struct writer *w, const struct ym_cache_file *f, uint32_t i,
                         const struct renumbering *r, bool now) {
    const struct ym_cache_entry *old = ym_cache_file_entry(f, i);
    const struct ym_cache_digest *digests = old == NULL ? NULL : ym_cache_file_digests(f, old);
    struct ym_cache_entry e;

    if (digests == NULL) {
        return YM_OK; /* damaged: forgotten */
    }
    e = *old;
    e.images = renumber(r, e.images);
    e.context = r->contexts[e.context];
    e.used = now ? w->now : e.used;
    return e.images == 0 || e.context == GONE ? YM_OK : add_entry(w, &e, digests);
}

static ym_status add_seen(struct writer *w) {
    const struct ym_cache *c = w->c;
    struct renumbering r;

    find_numbers(w, &c->file.header, &r);
    for (uint32_t i = 0; i < c->file.header.n_entries; i++) {
        if ((c->seen[i / 8] >> i % 8 & 1) != 0) {
            YM_TRY(add_old(w, &c->file, i, &r, true));
        }
    }
    return YM_OK;
}

static int by_age(const void *a, const void *b) {
    const uint64_t *x = a;
    const uint64_t *y = b;

    return (*x < *y) - (*x > *y);
}

/* All of the file that is there now, the last used first. */
static ym_status add_current(struct writer *w, const struct ym_cache_file *f) {
    uint32_t n = f->header.n_entries;
    uint64_t *order = ym_malloc((size_t)n * sizeof(*order));
    struct renumbering r;
    ym_status st = YM_OK;

    if (order == NULL) {
        return YM_NOMEM;
    }
    find_numbers(w, &f->header, &r);
    for (uint32_t i = 0; i < n; i++) {
        order[i] = (uint64_t)f->entries[i].used << 32 | (UINT32_MAX - i); /* and as they lie */
    }
    if (n > 1) {
        qsort(order, n, sizeof(*order), by_age);
    }
    for (uint32_t i = 0; i < n && st == YM_OK; i++) {
        st = add_old(w, f, UINT32_MAX - (uint32_t)order[i], &r, false);
    }
    ym_free(order);
    return st;
}

/* ---- Writing ----------------------------------------------------------------------------- */

/* Room for as much as all sources hold, within the size that is allowed. */
static ym_status make_room(struct writer *w, const struct ym_cache_file *current) {
    const struct ym_cache *c = w->c;
    uint64_t slot_bytes = 16; /* an entry's share of the slots, at most */
    uint64_t entries = c->stats.kept + (uint64_t)c->file.header.n_entries +
                       (current == &c->file ? 0 : current->header.n_entries);
    uint64_t most = c->o.max_bytes < YM_CACHE_HEADER ? 0 : c->o.max_bytes - YM_CACHE_HEADER;

    w->max_entries = most / (sizeof(struct ym_cache_entry) + slot_bytes);
    if (w->max_entries > UINT32_C(1) << (YM_CACHE_MAX_BITS - 1)) {
        w->max_entries = UINT32_C(1) << (YM_CACHE_MAX_BITS - 1);
    }
    w->max_entries = entries < w->max_entries ? entries : w->max_entries;
    w->h.slot_bits = YM_CACHE_MIN_BITS;
    while (UINT64_C(1) << w->h.slot_bits < 2 * w->max_entries) {
        w->h.slot_bits++;
    }
    w->slots = ym_zalloc(UINT64_C(1) << w->h.slot_bits, sizeof(*w->slots));
    w->digests = ym_malloc((size_t)(w->max_entries + 1) * sizeof(const struct ym_cache_digest *));
    ym_buf_init(&w->entries, (size_t)(w->max_entries + 1) * sizeof(struct ym_cache_entry));
    if (w->slots == NULL || w->digests == NULL) {
        return YM_NOMEM;
    }
    return YM_OK;
}

/* How many digests may still be had depends on how many entries there are: a third of the room
 * is theirs at least, since a small file has one. */
static void share_room(struct writer *w) {
    uint64_t most = w->c->o.max_bytes;
    uint64_t fixed = ym_cache_entries_at(w->h.slot_bits);
    uint64_t left = most > fixed ? most - fixed : 0;
    uint64_t pair = sizeof(struct ym_cache_entry) + sizeof(struct ym_cache_digest);

    if (w->max_entries > left / pair) {
        w->max_entries = left / pair;
    }
    w->max_digests =
        (left - w->max_entries * sizeof(struct ym_cache_entry)) / sizeof(struct ym_cache_digest);
    if (w->max_digests > UINT32_MAX) {
        w->max_digests = UINT32_MAX;
    }
}

static ym_status write_digests(const struct writer *w, int fd, const char *path,
                               struct ym_err *err) {
    enum { BLOCK = WRITE_BLOCK / sizeof(struct ym_cache_digest) };
    struct ym_buf block;
    ym_status st = YM_OK;

    ym_buf_init(&block, (BLOCK + YM_REPORT_MAX_DIGESTS) * sizeof(struct ym_cache_digest));
    for (uint32_t i = 0; i < w->h.n_entries && st == YM_OK; i++) {
        for (unsigned k = 0; k < row(w, i)->n_digests; k++) {
            struct ym_cache_digest d = w->digests[i][k];

            d.sum = ym_cache_digest_sum(w->h.salt, &d);
            ym_buf_add(&block, &d, sizeof(d));
        }
        st = ym_buf_status(&block);
        if (st == YM_OK &&
            (block.len >= BLOCK * sizeof(struct ym_cache_digest) || i + 1 == w->h.n_entries)) {
            st = ym_file_write_all(fd, path, block.data, block.len, err);
            ym_buf_clear(&block);
        }
    }
    ym_buf_done(&block);
    return st;
}

static ym_status write_all(struct writer *w, int fd, const char *path, struct ym_err *err) {
    static const uint8_t zeros[YM_CACHE_HEADER];
    uint64_t slots = UINT64_C(4) << w->h.slot_bits;
    uint64_t entries_at = ym_cache_entries_at(w->h.slot_bits);
    uint32_t first = 0;

    for (uint32_t i = 0; i < w->h.n_entries; i++) {
        struct ym_cache_entry *e = row(w, i);

        e->first_digest = first;
        first += e->n_digests;
        e->sum = ym_cache_entry_sum(w->h.salt, e);
    }
    w->h.n_digests = first;
    w->h.file_size = entries_at + w->entries.len + first * sizeof(struct ym_cache_digest);
    w->h.sum = ym_cache_sum(0, &w->h, offsetof(struct ym_cache_header, sum));
    YM_TRY(ym_file_write_all(fd, path, &w->h, sizeof(w->h), err));
    YM_TRY(ym_file_write_all(fd, path, zeros, YM_CACHE_HEADER - sizeof(w->h), err));
    YM_TRY(ym_file_write_all(fd, path, w->slots, slots, err));
    YM_TRY(ym_file_write_all(fd, path, zeros, entries_at - YM_CACHE_HEADER - slots, err));
    YM_TRY(ym_file_write_all(fd, path, w->entries.data, w->entries.len, err));
    return write_digests(w, fd, path, err);
}

static ym_status collect(struct writer *w, const struct ym_cache_file *current) {
    YM_TRY(make_room(w, current));
    share_room(w);
    plan_known(w, current);
    YM_TRY(add_news(w));
    YM_TRY(add_seen(w));
    return add_current(w, current);
}

static ym_status build(struct ym_cache *c, const struct ym_cache_file *current, int fd,
                       const char *path, struct ym_err *err) {
    struct writer w = {.c = c, .now = (uint32_t)ym_now_unix()};
    ym_status st;

    memcpy(w.h.magic, YM_CACHE_MAGIC, sizeof(w.h.magic));
    w.h.version = YM_CACHE_VERSION;
    w.h.written = ym_now_unix();
    if (getrandom(&w.h.salt, sizeof(w.h.salt), 0) != (ssize_t)sizeof(w.h.salt)) {
        w.h.salt = ym_now_ns() ^ current->header.salt; /* any other will do */
    }
    ym_buf_init(&w.entries, 0);
    st = collect(&w, current);
    if (st == YM_OK) {
        st = write_all(&w, fd, path, err);
    }
    if (st != YM_OK) { /* the first error wins: what has no text yet is memory */
        (void)ym_fail_at(err, st, module, path, 0, 0, "out of memory; it stays as it was");
    }
    ym_buf_done(&w.entries);
    ym_free(w.digests);
    ym_free(w.slots);
    return st;
}

/* ---- Locking ------------------------------------------------------------------------------ */

/* Of the folder: there is no other file that is always there.  *ret_fd is closed to unlock. */
static ym_status lock_folder(const char *path, int *ret_fd, struct ym_err *err) {
    const char *slash = strrchr(path, '/');
    char *dir = slash == NULL ? ym_strdup(".") : ym_strndup(path, (size_t)(slash - path) + 1);
    const struct timespec wait = {.tv_nsec = LOCK_WAIT_NS};
    int fd = dir == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    ym_free(dir);
    if (fd < 0) {
        return ym_fail_errno(err, module, path, errno, "cannot open its folder");
    }
    for (unsigned i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || i == LOCK_TRIES) {
            int why = errno;

            (void)close(fd);
            return ym_fail_errno(err, module, path, why,
                                 "cannot lock its folder; it stays as it was");
        }
        (void)nanosleep(&wait, NULL);
    }
    *ret_fd = fd;
    return YM_OK;
}

/* The file that is there now: another scan may have replaced the one that was opened. */
static void open_current(const struct ym_cache *c, const char *path,
                         struct ym_cache_file *ret_current, bool *ret_own) {
    struct ym_cache_file f = {.mapped = false};

    *ret_own = false;
    if (ym_cache_file_open(path, &f, NULL) == YM_OK) {
        *ret_own = c->file.mapped && f.dev == c->file.dev && f.ino == c->file.ino;
    }
    *ret_current = f;
}

static ym_status replace(struct ym_cache *c, const char *path, struct ym_err *err) {
    struct ym_cache_file current;
    struct ym_file_new out;
    ym_status st;
    bool own;

    open_current(c, path, &current, &own);
    st = ym_file_new_begin(path, 0600, &out, err);
    if (st == YM_OK) {
        st = build(c, own ? &c->file : &current, out.fd, path, err);
        if (st == YM_OK) {
            st = ym_file_new_commit(&out, err);
        }
        ym_file_new_done(&out);
    }
    ym_cache_file_close(&current);
    return st;
}

ym_status ym_cache_save(struct ym_cache *c, const char *path, struct ym_err *err) {
    int lock;
    ym_status st;

    if (c->stats.kept == 0) {
        return YM_OK;
    }
    for (unsigned i = 0; i < c->o.n_layers; i++) {
        if (!ym_db_identity_holds(c->o.layers[i])) {
            return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET,
                           "a signature image is damaged (see yamori db check): no verdict of "
                           "this scan is kept");
        }
    }
    YM_TRY(lock_folder(path, &lock, err));
    st = replace(c, path, err);
    (void)close(lock);
    return st;
}

/* ---- For people --------------------------------------------------------------------------- */

ym_status ym_cache_describe(const char *path, struct ym_cache_info *ret_info, struct ym_err *err) {
    struct ym_cache_info info = {0};
    struct ym_cache_file f;
    ym_status st = ym_cache_file_open(path, &f, err);

    if (st == YM_END) {
        return ym_fail_at(err, YM_IO, module, path, 0, 0,
                          "there is no cache; `yamori scan --cache` makes one");
    }
    YM_TRY(st);
    info.file_size = f.header.file_size;
    info.written = f.header.written;
    info.n_images = f.header.n_images;
    info.n_contexts = f.header.n_contexts;
    for (uint32_t i = 0; i < f.header.n_entries; i++) {
        const struct ym_cache_entry *e = ym_cache_file_entry(&f, i);

        if (e == NULL || ym_cache_file_digests(&f, e) == NULL) {
            info.damaged++;
        } else {
            info.entries++;
            info.digests += e->n_digests;
        }
    }
    ym_cache_file_close(&f);
    *ret_info = info;
    return YM_OK;
}

ym_status ym_cache_clear(const char *path, struct ym_err *err) {
    int lock;
    int rc;

    YM_TRY(lock_folder(path, &lock, err));
    rc = unlink(path) != 0 && errno != ENOENT ? errno : 0;
    (void)close(lock);
    return rc == 0 ? YM_OK : ym_fail_errno(err, module, path, rc, "cannot remove it");
}
