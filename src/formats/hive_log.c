/* hive_log.c - see formats/hive_log.h.
 *
 * An entry of the new format is looked at as a whole (size, hashes, every page) before the first
 * of its pages is written, so that the result always is a state that Windows once meant to have.
 *
 * The buffer only grows: an entry may say that the hive has become shorter, and the bytes behind
 * its end stay as they are, as they do in the file.  So sizes that go up and down cost nothing. */
#include "formats/hive_log.h"

#include <stdio.h>
#include <string.h>

static const char module[] = "formats/hive_log";

enum {
    BASE_SIZE = 4096,
    SECTOR = 512,
    BLOCK = 4096, /* the hive's data grows by these */
    AT_PRIMARY = 4,
    AT_SECONDARY = 8,
    AT_TYPE = 28,
    AT_DATA_SIZE = 40,
    AT_FLAGS = 144,
    AT_CHECKSUM = 508,
    FIRST_BLOCK_TIME = BASE_SIZE + 20,
    ENTRY_HEAD = 40,
    HASHED_HEAD = 32,
    TYPE_HIVE = 0,
    TYPE_OLD = 1,
    TYPE_OLDER = 2,
    TYPE_NEW = 6,
    REASON = 72
};

static const uint32_t no_more_numbers = 0xfffffff0;

struct base {
    bool good; /* signature and checksum */
    uint32_t primary, secondary, type, data_size, sector;
    uint64_t written;
};

struct log {
    struct ym_reader r;
    struct base base;
    bool usable;      /* so far */
    char why[REASON]; /* why not */
    uint64_t where;
};

struct entry {
    uint64_t at;
    uint32_t size, flags, sequence, data_size, pages;
};

struct recovery {
    struct ym_reader hive;
    struct base base;
    struct log logs[YM_HIVE_LOGS];
    struct ym_buf *out;
    uint32_t data_size;
    uint32_t highest; /* sequence number met anywhere */
    struct ym_hive_recovery what;
    struct ym_err *err;
};

const char *ym_hive_log_suffix(ym_hive_log log) {
    static const char *const suffixes[YM_HIVE_LOGS] = {".LOG1", ".LOG2", ".LOG"};

    return suffixes[log];
}

static uint32_t word(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_word(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

uint32_t ym_hive_checksum(const uint8_t block[508]) {
    uint32_t sum = 0;

    for (size_t i = 0; i < AT_CHECKSUM; i += 4) {
        sum ^= word(block + i);
    }
    return sum == 0xffffffff ? 0xfffffffe : sum == 0 ? 1 : sum;
}

/* --- Marvin32 --------------------------------------------------------------------------------- */

struct marvin {
    uint32_t lo, hi;
};

static uint32_t turn(uint32_t v, unsigned n) {
    return v << n | v >> (32 - n);
}

static void marvin_mix(struct marvin *m, uint32_t v) {
    m->lo += v;
    m->hi ^= m->lo;
    m->lo = turn(m->lo, 20) + m->hi;
    m->hi = turn(m->hi, 9) ^ m->lo;
    m->lo = turn(m->lo, 27) + m->hi;
    m->hi = turn(m->hi, 19);
}

uint64_t ym_hive_log_hash(const uint8_t *p, size_t n) {
    struct marvin m = {.lo = 0x7a4e55c5, .hi = 0x82ef4d88};
    uint32_t last = 0x80;

    for (; n >= 4; n -= 4, p += 4) {
        marvin_mix(&m, word(p));
    }
    while (n > 0) {
        last = last << 8 | p[--n];
    }
    marvin_mix(&m, last);
    marvin_mix(&m, 0);
    return (uint64_t)m.hi << 32 | m.lo;
}

/* --- base blocks ------------------------------------------------------------------------------ */

static struct base read_base(struct ym_reader r) {
    struct base b = {.good = false};
    struct ym_reader block = ym_reader_at(&r, 0, SECTOR);
    const uint8_t *p = ym_get_view(&block, SECTOR);

    if (p == NULL || memcmp(p, "regf", 4) != 0) {
        return b;
    }
    b.primary = word(p + AT_PRIMARY);
    b.secondary = word(p + AT_SECONDARY);
    b.written = word(p + 12) | (uint64_t)word(p + 16) << 32;
    b.type = word(p + AT_TYPE);
    b.data_size = word(p + AT_DATA_SIZE);
    b.sector = word(p + 44);
    b.good = ym_hive_checksum(p) == word(p + AT_CHECKSUM);
    return b;
}

ym_status ym_hive_check_header(struct ym_reader hive, struct ym_err *err) {
    struct ym_reader start = ym_reader_at(&hive, 0, 4);
    const uint8_t *p = ym_get_view(&start, 4);
    struct base b = read_base(hive);

    if (hive.len < BASE_SIZE) {
        return ym_fail(err, YM_TRUNCATED, module, 0, "shorter than the header of a registry hive");
    }
    if (p == NULL || memcmp(p, "regf", 4) != 0) {
        return ym_fail(err, YM_MALFORMED, module, 0,
                       "not a registry hive (it does not begin with \"regf\")");
    }
    if (!b.good) {
        return ym_fail(err, YM_MALFORMED, module, AT_CHECKSUM,
                       "the header's checksum is wrong: the hive is damaged");
    }
    if (b.primary != b.secondary) {
        return ym_fail(err, YM_UNSUPPORTED, module, AT_PRIMARY,
                       "the hive was not closed properly (its two sequence numbers differ)");
    }
    return YM_OK;
}

static void not_usable(struct log *l, uint64_t where, const char *why) {
    l->usable = false;
    l->where = where;
    (void)snprintf(l->why, sizeof(l->why), "%s", why);
}

static bool is_blank(struct ym_reader r) {
    struct ym_reader block = ym_reader_at(&r, 0, r.len < SECTOR ? r.len : SECTOR);
    const uint8_t *p = ym_get_view(&block, block.len);

    for (size_t i = 0; p != NULL && i < block.len; i++) {
        if (p[i] != 0) {
            return false;
        }
    }
    return true;
}

static void look_at_log(struct log *l) {
    const struct base *b = &l->base;

    l->base = read_base(l->r);
    l->usable = true;
    if (is_blank(l->r)) {
        not_usable(l, 0, "empty");
    } else if (!b->good) {
        not_usable(l, 0, "its base block is damaged");
    } else if (b->type != TYPE_NEW && b->type != TYPE_OLD && b->type != TYPE_OLDER) {
        not_usable(l, AT_TYPE, "not a log");
    } else if (b->primary != b->secondary) {
        not_usable(l, AT_PRIMARY, "it was not written to its end");
    } else if (b->data_size == 0 || b->data_size % BLOCK != 0) {
        not_usable(l, AT_DATA_SIZE, "a size of the hive that cannot be");
    } else if (b->type != TYPE_NEW &&
               (b->sector == 0 || b->sector > 8 || (b->sector & (b->sector - 1)) != 0)) {
        not_usable(l, 44, "a sector size that cannot be");
    }
}

/* .LOG is left over where there are two others; logs of the old format beside new ones. */
static void choose_format(struct recovery *c) {
    bool dual = !is_blank(c->logs[YM_HIVE_LOG1].r) || !is_blank(c->logs[YM_HIVE_LOG2].r);

    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        look_at_log(&c->logs[i]);
    }
    if (dual && c->logs[YM_HIVE_LOG0].usable) {
        not_usable(&c->logs[YM_HIVE_LOG0], 0, "left over beside .LOG1 and .LOG2");
    }
    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        c->what.new_format =
            c->what.new_format || (c->logs[i].usable && c->logs[i].base.type == TYPE_NEW);
    }
    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        if (c->what.new_format && c->logs[i].usable && c->logs[i].base.type != TYPE_NEW) {
            not_usable(&c->logs[i], AT_TYPE, "of an older format than the other");
        }
    }
}

/* The number of an entry whose head is whole, or 0. */
static uint32_t number_at(const struct ym_reader *log, uint64_t at) {
    struct ym_reader head = ym_reader_at(log, at, ENTRY_HEAD);
    const uint8_t *p = ym_get_view(&head, ENTRY_HEAD);

    if (p == NULL || memcmp(p, "HvLE", 4) != 0 ||
        ym_hive_log_hash(p, HASHED_HEAD) !=
            (word(p + HASHED_HEAD) | (uint64_t)word(p + HASHED_HEAD + 4) << 32)) {
        return 0;
    }
    return word(p + 12);
}

/* Every sequence number in the logs, used or left over: the result's is to be higher. */
static void note_numbers(struct recovery *c, const struct log *l) {
    if (l->base.good && l->base.primary > c->highest) {
        c->highest = l->base.primary;
    }
    for (uint64_t at = SECTOR; c->what.new_format && at + ENTRY_HEAD <= l->r.len; at += SECTOR) {
        uint32_t number = number_at(&l->r, at);

        c->highest = number > c->highest ? number : c->highest;
    }
}

/* Does a log that cannot be used hold the entry before this one, which the hive does not have?
 * The hive has all up to its secondary number. */
static bool is_lost(const struct recovery *c, uint32_t number) {
    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        const struct log *l = &c->logs[i];

        for (uint64_t at = SECTOR; !l->usable && at + ENTRY_HEAD <= l->r.len; at += SECTOR) {
            if (number > 0 && number - 1 > c->base.secondary &&
                number_at(&l->r, at) == number - 1) {
                return true;
            }
        }
    }
    return false;
}

/* --- the result ------------------------------------------------------------------------------- */

static ym_status grow(struct recovery *c, uint32_t data_size) {
    uint64_t need = (uint64_t)BASE_SIZE + data_size;

    c->data_size = data_size;
    if (need > c->out->len && ym_buf_room(c->out, need - c->out->len) == NULL) {
        return ym_fail(c->err, ym_buf_status(c->out), module, AT_DATA_SIZE,
                       "the hive grows to more than there is room for");
    }
    return YM_OK;
}

/* The hive's own bytes, with the base block of a log where its own is torn. */
static ym_status start_with(struct recovery *c, const struct log *header) {
    struct ym_reader r = ym_reader_at(&c->hive, 0, c->hive.len);
    struct ym_reader block = ym_reader_at(&header->r, 0, SECTOR);
    const uint8_t *p = ym_get_view(&block, SECTOR);

    ym_buf_add(c->out, ym_get_view(&r, c->hive.len), c->hive.len);
    if (ym_buf_status(c->out) != YM_OK) {
        return ym_fail(c->err, ym_buf_status(c->out), module, 0, "no room for the hive");
    }
    if (!c->base.good && p != NULL) {
        memcpy(c->out->data, p, SECTOR);
        put_word(c->out->data + AT_TYPE, TYPE_HIVE);
        c->what.header_from_log = true;
    }
    return grow(c, c->base.good ? c->base.data_size : header->base.data_size);
}

/* The blocks follow each other from the first byte of the data to the last. */
static ym_status check_blocks(const struct recovery *c) {
    uint32_t at = 0;

    while (at < c->data_size) {
        const uint8_t *p = c->out->data + BASE_SIZE + at;
        uint32_t size;

        if (memcmp(p, "hbin", 4) != 0 || word(p + 4) != at) {
            return ym_fail(c->err, YM_MALFORMED, module, (uint64_t)BASE_SIZE + at,
                           "with its logs the hive does not hold together: at %u of its data no "
                           "block begins",
                           at);
        }
        size = word(p + 8);
        if (size == 0 || size % BLOCK != 0 || size > c->data_size - at) {
            return ym_fail(c->err, YM_MALFORMED, module, (uint64_t)BASE_SIZE + at + 8,
                           "with its logs the hive does not hold together: at %u of its data is a "
                           "block of %u bytes",
                           at, size);
        }
        at += size;
    }
    return YM_OK;
}

static ym_status finish(struct recovery *c) {
    uint8_t *head = c->out->data;

    YM_TRY(check_blocks(c));
    if (c->highest >= no_more_numbers) {
        return ym_fail(c->err, YM_MALFORMED, module, AT_PRIMARY,
                       "a sequence number that no hive reaches: %u", c->highest);
    }
    c->what.sequence = c->highest + 1;
    put_word(head + AT_PRIMARY, c->what.sequence);
    put_word(head + AT_SECONDARY, c->what.sequence);
    put_word(head + AT_DATA_SIZE, c->data_size);
    put_word(head + AT_CHECKSUM, ym_hive_checksum(head));
    return YM_OK;
}

/* --- the new format --------------------------------------------------------------------------- */

typedef enum entry_state { ENTRY_GOOD, ENTRY_NONE, ENTRY_TORN } entry_state;

static uint64_t long_at(struct ym_reader r, uint64_t at) {
    r = ym_reader_at(&r, at, 8);
    return ym_get_u64le(&r);
}

/* Places and sizes of the pages, and their bytes, lie inside the entry and the hive. */
static bool pages_fit(const struct ym_reader *log, const struct entry *e) {
    struct ym_reader refs = ym_reader_at(log, e->at + ENTRY_HEAD, e->size - ENTRY_HEAD);
    uint64_t bytes = ENTRY_HEAD + (uint64_t)e->pages * 8;

    for (uint32_t i = 0; i < e->pages && ym_reader_ok(&refs); i++) {
        uint64_t place = ym_get_u32le(&refs);
        uint32_t size = ym_get_u32le(&refs);

        if (size == 0 || place % SECTOR != 0 || size % SECTOR != 0 || place + size > e->data_size) {
            return false;
        }
        bytes += size;
    }
    return ym_reader_ok(&refs) && bytes <= e->size;
}

static bool hashes_fit(const struct ym_reader *log, const struct entry *e) {
    struct ym_reader head = ym_reader_at(log, e->at, HASHED_HEAD);
    struct ym_reader body = ym_reader_at(log, e->at + ENTRY_HEAD, e->size - ENTRY_HEAD);
    const uint8_t *p = ym_get_view(&head, HASHED_HEAD);
    const uint8_t *q = ym_get_view(&body, e->size - ENTRY_HEAD);

    return p != NULL && q != NULL &&
           ym_hive_log_hash(p, HASHED_HEAD) == long_at(*log, e->at + HASHED_HEAD) &&
           ym_hive_log_hash(q, e->size - ENTRY_HEAD) == long_at(*log, e->at + 24);
}

static entry_state read_entry(const struct ym_reader *log, uint64_t at, uint32_t expected,
                              struct entry *ret) {
    struct ym_reader r = ym_reader_at(log, at, ENTRY_HEAD);
    const uint8_t *signature = ym_get_view(&r, 4);
    struct entry e = {.at = at};

    e.size = ym_get_u32le(&r);
    e.flags = ym_get_u32le(&r);
    e.sequence = ym_get_u32le(&r);
    e.data_size = ym_get_u32le(&r);
    e.pages = ym_get_u32le(&r);
    if (signature == NULL || memcmp(signature, "HvLE", 4) != 0 || e.sequence != expected) {
        return ENTRY_NONE;
    }
    if (e.size < SECTOR || e.size % SECTOR != 0 || e.size > log->len - at || e.data_size == 0 ||
        e.data_size % BLOCK != 0 || !hashes_fit(log, &e) || !pages_fit(log, &e)) {
        return ENTRY_TORN;
    }
    *ret = e;
    return ENTRY_GOOD;
}

static ym_status apply_entry(struct recovery *c, const struct ym_reader *log,
                             const struct entry *e) {
    struct ym_reader refs = ym_reader_at(log, e->at + ENTRY_HEAD, (uint64_t)e->pages * 8);
    struct ym_reader pages = ym_reader_at(log, e->at, e->size);
    uint8_t *flags;

    YM_TRY(grow(c, e->data_size));
    ym_skip(&pages, ENTRY_HEAD + (uint64_t)e->pages * 8);
    for (uint32_t i = 0; i < e->pages; i++) {
        uint32_t place = ym_get_u32le(&refs);
        uint32_t size = ym_get_u32le(&refs);
        const uint8_t *p = ym_get_view(&pages, size);

        if (p != NULL) { /* always, see pages_fit() */
            memcpy(c->out->data + BASE_SIZE + place, p, size);
        }
    }
    flags = c->out->data + AT_FLAGS;
    flags[0] = (uint8_t)((flags[0] & 0xfe) | (e->flags & 1));
    c->what.entries++;
    c->what.pages += e->pages;
    return YM_OK;
}

/* *number: of the next entry; where none is expected yet, the log's own first one. */
static ym_status apply_new_log(struct recovery *c, unsigned which, uint32_t *number) {
    struct log *l = &c->logs[which];
    uint32_t before = c->what.entries;
    struct entry e = {.at = SECTOR};
    entry_state state;

    while ((state = read_entry(&l->r, e.at, *number, &e)) == ENTRY_GOOD) {
        YM_TRY(apply_entry(c, &l->r, &e));
        e.at += e.size;
        (*number)++;
    }
    if (state == ENTRY_TORN) {
        c->what.torn = true;
        c->what.torn_log = (ym_hive_log)which;
        c->what.torn_at = e.at;
    }
    if (c->what.entries > before) {
        c->what.used |= 1U << which;
    } else {
        not_usable(l, e.at,
                   state == ENTRY_TORN ? "its first entry is torn"
                                       : "no entry that is to be applied");
    }
    return YM_OK;
}

static bool has_turn(const struct recovery *c, const struct log *l, const struct log *other) {
    if (!c->base.good) {
        return other == NULL || l->base.primary > other->base.primary;
    }
    return other == NULL || l->base.primary < other->base.primary;
}

/* The usable log whose turn it is, other than those in done. */
static unsigned next_log(const struct recovery *c, unsigned done) {
    unsigned best = YM_HIVE_LOGS;

    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        if (c->logs[i].usable && (done & 1U << i) == 0 &&
            has_turn(c, &c->logs[i], best == YM_HIVE_LOGS ? NULL : &c->logs[best])) {
            best = i;
        }
    }
    return best;
}

/* Why a log is passed over; NULL: its entries are to be looked at. */
static const char *passed_over(const struct recovery *c, const struct log *l, bool first) {
    if (!c->base.good) {
        return first ? NULL : "older than the other";
    }
    if (l->base.primary < c->base.secondary) {
        return "older than the hive";
    }
    return first && is_lost(c, l->base.primary) ? "what comes before it is in a damaged log" : NULL;
}

/* A log that should come first and has nothing ends it: what the next one has builds on that. */
static ym_status recover_new(struct recovery *c) {
    unsigned i = next_log(c, 0);
    unsigned done = 0;
    uint32_t number = 0;
    bool first = true;

    if (i == YM_HIVE_LOGS) {
        return YM_OK;
    }
    YM_TRY(start_with(c, &c->logs[i]));
    for (; i < YM_HIVE_LOGS; i = next_log(c, done)) {
        struct log *l = &c->logs[i];
        const char *why = passed_over(c, l, first);

        done |= 1U << i;
        if (why != NULL) {
            not_usable(l, AT_PRIMARY, why);
        } else if (!first && c->what.entries == 0) {
            not_usable(l, AT_PRIMARY, "what comes before it is missing");
        } else {
            number = first ? l->base.primary : number;
            first = false;
            YM_TRY(apply_new_log(c, i, &number));
        }
    }
    return YM_OK;
}

/* --- the old format --------------------------------------------------------------------------- */

static bool bit_of(const uint8_t *bitmap, uint32_t i) {
    return (bitmap[i / 8] & 1U << i % 8) != 0;
}

/* The bitmap of a log, and its pages; false: it is not whole. */
static bool read_dirt(struct log *l, struct ym_reader *ret_bitmap, struct ym_reader *ret_pages) {
    uint32_t sector = l->base.sector * SECTOR;
    uint32_t bits = l->base.data_size / SECTOR;
    struct ym_reader head = ym_reader_at(&l->r, sector, 4);
    struct ym_reader map = ym_reader_at(&l->r, sector + 4U, bits / 8);
    uint64_t first = ((uint64_t)sector + 4 + bits / 8 + sector - 1) / sector * sector;
    const uint8_t *p = ym_get_view(&head, 4);
    const uint8_t *bitmap = map.base;
    uint64_t n = 0;

    if (p == NULL || memcmp(p, "DIRT", 4) != 0) {
        not_usable(l, sector, "no bitmap of pages in it");
        return false;
    }
    if (!ym_reader_ok(&map)) {
        not_usable(l, l->r.len, "cut off in its bitmap");
        return false;
    }
    for (uint32_t i = 0; i < bits; i++) {
        n += bit_of(bitmap, i) ? 1U : 0U;
    }
    *ret_bitmap = map;
    *ret_pages = ym_reader_at(&l->r, first, n * SECTOR);
    if (n == 0 || !ym_reader_ok(ret_pages)) {
        not_usable(l, n == 0 ? sector : l->r.len,
                   n == 0 ? "no page in it" : "cut off in its pages");
        return false;
    }
    return true;
}

/* The one to take: of this time, whole, with the higher number. */
static unsigned choose_old(struct recovery *c, uint64_t written) {
    unsigned best = YM_HIVE_LOGS;

    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        struct log *l = &c->logs[i];
        struct ym_reader bitmap;
        struct ym_reader pages;

        if (l->usable && l->base.written != written) {
            not_usable(l, 12, "of another writing of the hive (its time differs)");
        }
        if (l->usable && read_dirt(l, &bitmap, &pages) &&
            (best == YM_HIVE_LOGS || l->base.primary > c->logs[best].base.primary)) {
            best = i;
        }
    }
    return best;
}

static ym_status recover_old(struct recovery *c) {
    unsigned i = choose_old(c, c->base.good ? c->base.written : long_at(c->hive, FIRST_BLOCK_TIME));
    struct ym_reader bitmap;
    struct ym_reader pages;

    if (i == YM_HIVE_LOGS || !read_dirt(&c->logs[i], &bitmap, &pages)) {
        return YM_OK;
    }
    YM_TRY(start_with(c, &c->logs[i]));
    YM_TRY(grow(c, c->logs[i].base.data_size));
    for (uint32_t bit = 0; bit < c->data_size / SECTOR; bit++) {
        const uint8_t *p = bit_of(bitmap.base, bit) ? ym_get_view(&pages, SECTOR) : NULL;

        if (p != NULL) {
            memcpy(c->out->data + BASE_SIZE + (size_t)bit * SECTOR, p, SECTOR);
            c->what.pages++;
        }
    }
    c->what.used = 1U << i;
    c->what.entries = 1;
    return YM_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* "...: .LOG1: at 512, its first entry is torn; .LOG2: empty" */
static ym_status no_help(const struct recovery *c) {
    char text[3 * (REASON + 40)];
    size_t n = 0;
    bool any = false;
    uint64_t where = YM_ERR_NO_OFFSET;

    text[0] = '\0';
    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        const struct log *l = &c->logs[i];

        if (l->r.len == 0) {
            continue;
        }
        where = where == YM_ERR_NO_OFFSET ? l->where : where;
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s: %s (at %llu)", n == 0 ? "" : "; ",
                              ym_hive_log_suffix((ym_hive_log)i), l->why,
                              (unsigned long long)l->where);
        any = any || !is_blank(l->r);
    }
    return ym_fail(
        c->err, any ? YM_MALFORMED : YM_UNSUPPORTED, module, where, "%s and %s%s",
        c->base.good ? "the hive was not closed properly" : "the hive's header is damaged",
        n == 0 ? "it has no transaction log" : "its transaction logs do not help: ", text);
}

ym_status ym_hive_recover(struct ym_reader hive, const struct ym_hive_logs *logs,
                          struct ym_buf *whole, struct ym_hive_recovery *ret_what,
                          struct ym_err *err) {
    struct recovery c = {.hive = hive, .base = read_base(hive), .out = whole, .err = err};
    ym_status st;

    if (hive.len < BASE_SIZE) {
        return ym_fail(err, YM_TRUNCATED, module, 0, "shorter than the header of a registry hive");
    }
    if (c.base.good && c.base.primary == c.base.secondary) {
        return YM_END;
    }
    c.highest = !c.base.good                        ? 0
                : c.base.primary > c.base.secondary ? c.base.primary
                                                    : c.base.secondary;
    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        c.logs[i].r = logs->file[i];
    }
    choose_format(&c);
    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        note_numbers(&c, &c.logs[i]);
    }
    st = c.what.new_format ? recover_new(&c) : recover_old(&c);
    st = st == YM_OK && c.what.used == 0 ? no_help(&c) : st;
    st = st == YM_OK ? finish(&c) : st;
    if (st != YM_OK) {
        ym_buf_clear(whole);
        return st;
    }
    *ret_what = c.what;
    return YM_OK;
}
