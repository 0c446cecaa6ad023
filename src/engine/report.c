/* report.c - detections and gaps of one file, on the wire and as JSON.  See report.h.
 *
 * Invariants:
 *   1. a report says "clean" only when it is neither failed nor holds a detection or a gap
 *   2. rows are only added, never taken away or changed: a scan that was cut short says less,
 *      not something else
 *   3. everything lies in one arena, so that a report dies with its scan
 *
 * Wire form (little-endian; a text is u16 length + bytes without NUL):
 *   u32 magic, u8 flags (1 failed, 2 mixed, 4 digests whole), text error, u64 objects,
 *   u64 bytes_seen, u64 steps, u32 detections, u32 gaps, u8 kind, u8 digests,
 *   detections: text name, u8 kind, text object, text layers, text pattern, text source,
 *               u64 offset, u32 length, u8 n_bytes, bytes, u32 layer, u32 rule, u32 matches,
 *               each text pattern, u8 flags (1 hex, 2 key), u8 key, u64 offset, u32 length,
 *               u16 n_bytes, bytes
 *   gaps:       u8 gap, text object, text detail, u64 offset, u64 size
 *   digests:    u8 kind (0 file, 1 section, 3 imports), u8 made, u64 size, when made: 68 bytes
 *   notes:      u32 how many, each text object, text text */
#include "engine/report.h"

#include "base/kinds.h"

#include <string.h>

#define MODULE "engine/report"

enum {
    WIRE_MAGIC = 0x33505259, /* "YRP3" */
    INDEX_START = 64,
    FLAG_FAILED = 1,
    FLAG_MIXED = 2,
    FLAG_WHOLE = 4,
    MATCH_HEX = 1,
    MATCH_KEY = 2
};

static const char *const kinds[] = {"yara", "clamav", "heuristic"};
enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const char *ym_gap_word(ym_gap gap) {
    static const char *const words[] = {
#define X(name, word, text) word,
        YM_GAP_TABLE(X)
#undef X
    };
    return (unsigned)gap < YM_GAP_COUNT ? words[gap] : "unknown";
}

const char *ym_gap_text(ym_gap gap) {
    static const char *const texts[] = {
#define X(name, word, text) text,
        YM_GAP_TABLE(X)
#undef X
    };
    return (unsigned)gap < YM_GAP_COUNT ? texts[gap] : "not looked at for an unknown reason";
}

const char *ym_verdict_word(ym_verdict v) {
    static const char *const words[] = {"clean", "infected", "incomplete", "error"};

    return (unsigned)v < sizeof(words) / sizeof(words[0]) ? words[v] : "error";
}

struct ym_report *ym_report_new(struct ym_arena *arena) {
    struct ym_report *r = YM_ARENA_NEW(arena, struct ym_report);

    if (r != NULL) {
        r->arena = arena;
        r->error = "";
    }
    return r;
}

ym_verdict ym_report_verdict(const struct ym_report *r) {
    if (r->detections != NULL) {
        return YM_VERDICT_INFECTED;
    }
    if (r->failed) {
        return YM_VERDICT_ERROR;
    }
    return r->gaps != NULL ? YM_VERDICT_INCOMPLETE : YM_VERDICT_CLEAN;
}

/* ---- Adding rows -------------------------------------------------------------------------- */

static const char *copy_text(struct ym_report *r, const char *s) {
    if (s == NULL || s[0] == '\0') {
        return "";
    }
    return ym_arena_strndup(r->arena, s, strnlen(s, YM_REPORT_MAX_TEXT));
}

static uint32_t hash_text(uint32_t h, const char *s) {
    for (; *s != '\0'; s++) {
        h = (h ^ (uint8_t)*s) * 16777619u; /* FNV-1a */
    }
    return (h ^ 0x100) * 16777619u;
}

static bool is_same(const struct ym_report_detection *a, const struct ym_report_detection *b) {
    return a->rule == b->rule && a->layer == b->layer && strcmp(a->name, b->name) == 0 &&
           strcmp(a->object, b->object) == 0;
}

/* The slot of (rule, name, object) in the index: holds it, or is free. */
static uint32_t slot_of(const struct ym_report *r, const struct ym_report_detection *d) {
    uint32_t mask = r->index_size - 1;
    uint32_t i = hash_text(hash_text(2166136261u, d->name), d->object) & mask;

    while (r->index[i] != NULL && !is_same(r->index[i], d)) {
        i = (i + 1) & mask;
    }
    return i;
}

/* Keeps the index at most half full; false: no memory. */
static bool make_room(struct ym_report *r) {
    uint32_t size = r->index_size == 0 ? INDEX_START : r->index_size * 2;
    const struct ym_report_detection **index;

    if ((r->n_detections + 1) * 2 <= r->index_size) {
        return true;
    }
    index = YM_ARENA_ARRAY(r->arena, size, const struct ym_report_detection *);
    if (index == NULL) {
        return false;
    }
    r->index = index;
    r->index_size = size;
    for (const struct ym_report_detection *d = r->detections; d != NULL; d = d->next) {
        r->index[slot_of(r, d)] = d;
    }
    return true;
}

/* What cannot be written down must not be forgotten: the report stops being a "clean" one. */
static ym_status full(struct ym_report *r) {
    r->failed = true;
    if (r->error[0] == '\0') {
        r->error = "the report ran out of memory";
    }
    return ym_arena_status(r->arena) == YM_OK ? YM_NOMEM : ym_arena_status(r->arena);
}

static struct ym_report_detection *copy_detection(struct ym_report *r,
                                                  const struct ym_report_detection *d) {
    struct ym_report_detection *copy = YM_ARENA_NEW(r->arena, struct ym_report_detection);

    if (copy == NULL) {
        return NULL;
    }
    *copy = *d;
    copy->next = NULL;
    copy->matches = NULL;
    copy->last_match = NULL;
    copy->n_matches = 0;
    copy->name = copy_text(r, d->name);
    copy->kind = copy_text(r, d->kind);
    copy->object = copy_text(r, d->object);
    copy->layers = copy_text(r, d->layers);
    copy->pattern = copy_text(r, d->pattern);
    copy->source = copy_text(r, d->source);
    copy->n_bytes = d->n_bytes > YM_REPORT_MAX_BYTES ? YM_REPORT_MAX_BYTES : d->n_bytes;
    copy->bytes = copy->n_bytes == 0 ? NULL : ym_arena_memdup(r->arena, d->bytes, copy->n_bytes);
    if (ym_arena_status(r->arena) != YM_OK) {
        return NULL;
    }
    if (r->last_detection == NULL) {
        r->detections = copy;
    } else {
        r->last_detection->next = copy;
    }
    r->last_detection = copy;
    r->n_detections++;
    return copy;
}

ym_status ym_report_add_detection(struct ym_report *r, const struct ym_report_detection *d) {
    struct ym_report_detection asked = *d;
    struct ym_report_detection *copy;
    uint32_t slot;

    r->taking = NULL;
    if (!make_room(r)) {
        return full(r);
    }
    asked.object = d->object == NULL ? "" : d->object;
    slot = slot_of(r, &asked);
    if (r->index[slot] != NULL) {
        return YM_OK; /* known */
    }
    if (r->n_detections >= YM_REPORT_MAX_ROWS) {
        return ym_report_add_gap(r, YM_GAP_ITEMS, "", 0, 0, "more detections than are listed");
    }
    copy = copy_detection(r, d);
    if (copy == NULL) {
        return full(r);
    }
    r->index[slot] = copy;
    r->taking = copy;
    return YM_OK;
}

/* Accounts for one more match; false: there are too many. */
static bool room_for_match(struct ym_report *r, const struct ym_report_match *m) {
    size_t more = YM_REPORT_MATCH_OVERHEAD + strnlen(m->pattern, YM_REPORT_MAX_TEXT) + m->n_bytes;

    if (more > YM_REPORT_MATCH_MEMORY - r->match_bytes) {
        return false;
    }
    r->match_bytes += more;
    return true;
}

static struct ym_report_match *copy_match(struct ym_report *r, const struct ym_report_match *m) {
    struct ym_report_match *copy = YM_ARENA_NEW(r->arena, struct ym_report_match);

    if (copy == NULL) {
        return NULL;
    }
    *copy = *m;
    copy->next = NULL;
    copy->n_bytes = m->n_bytes > YM_REPORT_MAX_MATCH ? YM_REPORT_MAX_MATCH : m->n_bytes;
    copy->bytes = copy->n_bytes == 0 ? NULL : ym_arena_memdup(r->arena, m->bytes, copy->n_bytes);
    copy->pattern =
        r->taking->last_match != NULL && strcmp(r->taking->last_match->pattern, m->pattern) == 0
            ? r->taking->last_match->pattern
            : copy_text(r, m->pattern);
    return ym_arena_status(r->arena) == YM_OK ? copy : NULL;
}

ym_status ym_report_add_match(struct ym_report *r, const struct ym_report_match *m,
                              bool *ret_more) {
    struct ym_report_match *copy;

    *ret_more = false;
    if (r->taking == NULL) {
        return YM_OK;
    }
    if (!room_for_match(r, m)) {
        return ym_report_add_gap(r, YM_GAP_ITEMS, r->taking->object, 0, 0,
                                 "more matches of patterns than are listed");
    }
    copy = copy_match(r, m);
    if (copy == NULL) {
        return full(r);
    }
    if (r->taking->last_match == NULL) {
        r->taking->matches = copy;
    } else {
        r->taking->last_match->next = copy;
    }
    r->taking->last_match = copy;
    r->taking->n_matches++;
    r->n_matches++;
    *ret_more = true;
    return YM_OK;
}

static bool same_gap(const struct ym_report_gap *a, ym_gap gap, const char *object,
                     const char *detail) {
    return a->gap == gap && strcmp(a->object, object) == 0 && strcmp(a->detail, detail) == 0;
}

ym_status ym_report_add_gap(struct ym_report *r, ym_gap gap, const char *object, uint64_t offset,
                            uint64_t size, const char *detail) {
    struct ym_report_gap *g;

    object = object == NULL ? "" : object;
    detail = detail == NULL ? "" : detail;
    if (r->n_gaps > YM_REPORT_MAX_ROWS ||
        (r->last_gap != NULL && same_gap(r->last_gap, gap, object, detail))) {
        return YM_OK;
    }
    if (r->n_gaps == YM_REPORT_MAX_ROWS) { /* the last one speaks for all that follow */
        gap = YM_GAP_ITEMS;
        object = "";
        detail = "more gaps than are listed";
        offset = size = 0;
    }
    g = YM_ARENA_NEW(r->arena, struct ym_report_gap);
    if (g == NULL) {
        return full(r);
    }
    *g = (struct ym_report_gap){.gap = gap,
                                .object = copy_text(r, object),
                                .detail = copy_text(r, detail),
                                .offset = offset,
                                .size = size};
    if (ym_arena_status(r->arena) != YM_OK) {
        return full(r);
    }
    if (r->last_gap == NULL) {
        r->gaps = g;
    } else {
        r->last_gap->next = g;
    }
    r->last_gap = g;
    r->n_gaps++;
    return YM_OK;
}

ym_status ym_report_add_digest(struct ym_report *r, const struct ym_report_digest *d) {
    if (r->digest_rows == NULL) {
        r->digest_rows = YM_ARENA_ARRAY(r->arena, YM_REPORT_MAX_DIGESTS, struct ym_report_digest);
        if (r->digest_rows == NULL) {
            return full(r);
        }
        r->digests = r->digest_rows;
    }
    if (r->n_digests == YM_REPORT_MAX_DIGESTS) {
        r->digests_whole = false;
        return YM_OK;
    }
    r->digest_rows[r->n_digests++] = *d;
    return YM_OK;
}

ym_status ym_report_add_note(struct ym_report *r, const char *object, const char *text) {
    struct ym_report_note *n;

    if (r->n_notes >= YM_REPORT_MAX_ROWS) {
        return YM_OK;
    }
    n = YM_ARENA_NEW(r->arena, struct ym_report_note);
    if (n == NULL) {
        return full(r);
    }
    *n = (struct ym_report_note){.object = copy_text(r, object), .text = copy_text(r, text)};
    if (ym_arena_status(r->arena) != YM_OK) {
        return full(r);
    }
    if (r->last_note == NULL) {
        r->notes = n;
    } else {
        r->last_note->next = n;
    }
    r->last_note = n;
    r->n_notes++;
    return YM_OK;
}

ym_status ym_report_fail(struct ym_report *r, const char *error) {
    const char *copy = copy_text(r, error);

    r->failed = true;
    if (copy == NULL) {
        return ym_arena_status(r->arena);
    }
    r->error = copy;
    return YM_OK;
}

/* ---- Wire --------------------------------------------------------------------------------- */

static void put_text(struct ym_buf *out, const char *s) {
    size_t n = strnlen(s, YM_REPORT_MAX_TEXT);

    ym_buf_u16le(out, (uint16_t)n);
    ym_buf_add(out, s, n);
}

static uint8_t kind_number(const char *kind) {
    uint8_t i = 0;

    while (i < N_KINDS - 1 && strcmp(kinds[i], kind) != 0) {
        i++;
    }
    return i;
}

static void put_match(struct ym_buf *out, const struct ym_report_match *m) {
    put_text(out, m->pattern);
    ym_buf_u8(out, (uint8_t)((m->hex ? MATCH_HEX : 0) | (m->has_key ? MATCH_KEY : 0)));
    ym_buf_u8(out, m->key);
    ym_buf_u64le(out, m->offset);
    ym_buf_u32le(out, m->length);
    ym_buf_u16le(out, (uint16_t)m->n_bytes);
    ym_buf_add(out, m->bytes, m->n_bytes);
}

static void put_detection(struct ym_buf *out, const struct ym_report_detection *d) {
    put_text(out, d->name);
    ym_buf_u8(out, kind_number(d->kind));
    put_text(out, d->object);
    put_text(out, d->layers);
    put_text(out, d->pattern);
    put_text(out, d->source);
    ym_buf_u64le(out, d->offset);
    ym_buf_u32le(out, d->length);
    ym_buf_u8(out, (uint8_t)d->n_bytes);
    ym_buf_add(out, d->bytes, d->n_bytes);
    ym_buf_u32le(out, d->layer);
    ym_buf_u32le(out, d->rule);
    ym_buf_u32le(out, d->n_matches);
    for (const struct ym_report_match *m = d->matches; m != NULL; m = m->next) {
        put_match(out, m);
    }
}

static void put_digest(struct ym_buf *out, const struct ym_report_digest *d) {
    ym_buf_u8(out, d->kind);
    ym_buf_u8(out, d->made ? 1 : 0);
    ym_buf_u64le(out, d->size);
    if (d->made) {
        ym_buf_add(out, d->bytes, sizeof(d->bytes));
    }
}

void ym_report_encode(const struct ym_report *r, struct ym_buf *out) {
    ym_buf_u32le(out, WIRE_MAGIC);
    ym_buf_u8(out, (uint8_t)((r->failed ? FLAG_FAILED : 0) | (r->mixed ? FLAG_MIXED : 0) |
                             (r->digests_whole ? FLAG_WHOLE : 0)));
    put_text(out, r->error);
    ym_buf_u64le(out, r->objects);
    ym_buf_u64le(out, r->bytes_seen);
    ym_buf_u64le(out, r->steps);
    ym_buf_u32le(out, r->n_detections);
    ym_buf_u32le(out, r->n_gaps);
    ym_buf_u8(out, r->kind);
    ym_buf_u8(out, r->n_digests);
    for (const struct ym_report_detection *d = r->detections; d != NULL; d = d->next) {
        put_detection(out, d);
    }
    for (const struct ym_report_gap *g = r->gaps; g != NULL; g = g->next) {
        ym_buf_u8(out, (uint8_t)g->gap);
        put_text(out, g->object);
        put_text(out, g->detail);
        ym_buf_u64le(out, g->offset);
        ym_buf_u64le(out, g->size);
    }
    for (unsigned i = 0; i < r->n_digests; i++) {
        put_digest(out, &r->digests[i]);
    }
    ym_buf_u32le(out, r->n_notes);
    for (const struct ym_report_note *n = r->notes; n != NULL; n = n->next) {
        put_text(out, n->object);
        put_text(out, n->text);
    }
}

struct decoder {
    struct ym_reader *in;
    struct ym_report *report;
    bool bad;     /* breaks the format, though the bytes are all there */
    bool no_room; /* the arena is full */
};

static const char *get_text(struct decoder *d) {
    uint16_t n = ym_get_u16le(d->in);
    const uint8_t *p;
    const char *copy;

    if (n > YM_REPORT_MAX_TEXT) {
        d->bad = true;
        return "";
    }
    p = ym_get_view(d->in, n);
    if (p == NULL) {
        return "";
    }
    if (memchr(p, 0, n) != NULL) {
        d->bad = true;
        return "";
    }
    copy = ym_arena_strndup(d->report->arena, (const char *)p, n);
    if (copy == NULL) {
        d->no_room = true;
        return "";
    }
    return copy;
}

static bool decoder_ok(const struct decoder *d) {
    return !d->bad && !d->no_room && ym_reader_ok(d->in);
}

static void get_match(struct decoder *d) {
    struct ym_report_match row = {.pattern = get_text(d)};
    uint8_t flags = ym_get_u8(d->in);
    bool more;

    d->bad = d->bad || flags > (MATCH_HEX | MATCH_KEY);
    row.hex = (flags & MATCH_HEX) != 0;
    row.has_key = (flags & MATCH_KEY) != 0;
    row.key = ym_get_u8(d->in);
    row.offset = ym_get_u64le(d->in);
    row.length = ym_get_u32le(d->in);
    row.n_bytes = ym_get_u16le(d->in);
    row.bytes = ym_get_view(d->in, row.n_bytes);
    if (decoder_ok(d) && ym_report_add_match(d->report, &row, &more) != YM_OK) {
        d->no_room = true;
    }
}

/* A scanner sends no more than its own report would take. */
static void get_matches(struct decoder *d) {
    const uint32_t n = ym_get_u32le(d->in);

    d->bad = d->bad || n > YM_REPORT_MATCH_MEMORY / YM_REPORT_MATCH_OVERHEAD;
    for (uint32_t i = 0; i < n && decoder_ok(d); i++) {
        get_match(d);
    }
}

static void get_detection(struct decoder *d) {
    struct ym_report_detection row = {.name = get_text(d)};
    uint8_t kind = ym_get_u8(d->in);
    uint8_t n_bytes;

    d->bad = d->bad || kind >= N_KINDS || row.name[0] == '\0';
    row.kind = kinds[kind < N_KINDS ? kind : 0];
    row.object = get_text(d);
    row.layers = get_text(d);
    row.pattern = get_text(d);
    row.source = get_text(d);
    row.offset = ym_get_u64le(d->in);
    row.length = ym_get_u32le(d->in);
    n_bytes = ym_get_u8(d->in);
    d->bad = d->bad || n_bytes > YM_REPORT_MAX_BYTES;
    row.bytes = ym_get_view(d->in, n_bytes);
    row.n_bytes = row.bytes == NULL ? 0 : n_bytes;
    row.layer = ym_get_u32le(d->in);
    row.rule = ym_get_u32le(d->in);
    if (decoder_ok(d) && ym_report_add_detection(d->report, &row) != YM_OK) {
        d->no_room = true;
    }
    get_matches(d);
}

static void get_gap(struct decoder *d) {
    uint8_t gap = ym_get_u8(d->in);
    const char *object = get_text(d);
    const char *detail = get_text(d);
    uint64_t offset = ym_get_u64le(d->in);
    uint64_t size = ym_get_u64le(d->in);

    d->bad = d->bad || gap >= YM_GAP_COUNT;
    if (decoder_ok(d) &&
        ym_report_add_gap(d->report, (ym_gap)gap, object, offset, size, detail) != YM_OK) {
        d->no_room = true;
    }
}

static void get_digest(struct decoder *d) {
    struct ym_report_digest row = {.kind = ym_get_u8(d->in)};
    uint8_t made = ym_get_u8(d->in);
    const uint8_t *bytes;

    row.size = ym_get_u64le(d->in);
    d->bad = d->bad || row.kind >= YM_DIGEST_KINDS || row.kind == YM_DIGEST_ALLOW || made > 1;
    bytes = made == 1 ? ym_get_view(d->in, sizeof(row.bytes)) : NULL;
    if (bytes != NULL) {
        row.made = true;
        memcpy(row.bytes, bytes, sizeof(row.bytes));
    }
    if (decoder_ok(d) && ym_report_add_digest(d->report, &row) != YM_OK) {
        d->no_room = true;
    }
}

static void get_notes(struct decoder *d) {
    const uint32_t n = ym_get_u32le(d->in);

    d->bad = d->bad || n > YM_REPORT_MAX_ROWS;
    for (uint32_t i = 0; i < n && decoder_ok(d); i++) {
        const char *object = get_text(d);
        const char *text = get_text(d);

        if (decoder_ok(d)) {
            d->no_room = ym_report_add_note(d->report, object, text) != YM_OK || d->no_room;
        }
    }
}

static void get_report(struct decoder *d) {
    uint32_t n_detections;
    uint32_t n_gaps;
    uint8_t n_digests;
    uint8_t flags;

    d->bad = ym_get_u32le(d->in) != WIRE_MAGIC;
    flags = ym_get_u8(d->in);
    d->bad = d->bad || flags > (FLAG_FAILED | FLAG_MIXED | FLAG_WHOLE);
    d->report->failed = (flags & FLAG_FAILED) != 0;
    d->report->mixed = (flags & FLAG_MIXED) != 0;
    d->report->digests_whole = (flags & FLAG_WHOLE) != 0;
    d->report->error = get_text(d);
    d->report->objects = ym_get_u64le(d->in);
    d->report->bytes_seen = ym_get_u64le(d->in);
    d->report->steps = ym_get_u64le(d->in);
    n_detections = ym_get_u32le(d->in);
    n_gaps = ym_get_u32le(d->in);
    d->report->kind = ym_get_u8(d->in);
    n_digests = ym_get_u8(d->in);
    d->bad = d->bad || n_digests > YM_REPORT_MAX_DIGESTS || n_detections > YM_REPORT_MAX_ROWS ||
             n_gaps > YM_REPORT_MAX_ROWS + 1;
    for (uint32_t i = 0; i < n_detections && decoder_ok(d); i++) {
        get_detection(d);
    }
    for (uint32_t i = 0; i < n_gaps && decoder_ok(d); i++) {
        get_gap(d);
    }
    for (uint32_t i = 0; i < n_digests && decoder_ok(d); i++) {
        get_digest(d);
    }
    get_notes(d);
}

ym_status ym_report_decode(struct ym_reader *in, struct ym_arena *arena,
                           struct ym_report **ret_report, struct ym_err *err) {
    struct decoder d = {.in = in, .report = ym_report_new(arena)};

    if (d.report == NULL) {
        return ym_fail(err, ym_arena_status(arena), MODULE, 0, "no memory for the report");
    }
    get_report(&d);
    if (d.no_room) {
        return ym_fail(err, ym_arena_status(arena), MODULE, 0, "no memory for the report");
    }
    if (d.bad) {
        return ym_fail(err, YM_MALFORMED, MODULE, ym_reader_offset(in), "no report");
    }
    if (!ym_reader_ok(in)) {
        return ym_fail(err, ym_reader_status(in), MODULE, ym_reader_offset(in),
                       "the report is cut off");
    }
    *ret_report = d.report;
    return YM_OK;
}

/* ---- JSON --------------------------------------------------------------------------------- */

static void json_field(struct ym_buf *out, const char *name, const char *value) {
    ym_buf_printf(out, "\"%s\":", name);
    ym_buf_json_string(out, value, strlen(value));
    ym_buf_add_text(out, ",");
}

/* How detections are written: see ym_report_json_more(). */
struct json {
    struct ym_buf *out;
    ym_report_more_fn *more;
    void *self;
};

static void json_detection(const struct json *j, const struct ym_report_detection *d) {
    struct ym_buf *out = j->out;

    ym_buf_add_text(out, "{");
    json_field(out, "name", d->name);
    json_field(out, "kind", d->kind);
    json_field(out, "object", d->object);
    json_field(out, "layers", d->layers);
    if (d->offset == UINT64_MAX) {
        ym_buf_add_text(out, "\"offset\":null,\"length\":null,");
    } else {
        ym_buf_printf(out, "\"offset\":%llu,\"length\":%u,", (unsigned long long)d->offset,
                      d->length);
    }
    json_field(out, "pattern", d->pattern);
    json_field(out, "source", d->source);
    out->len -= out->status == YM_OK ? 1 : 0; /* the comma behind the last field */
    if (j->more != NULL) {
        j->more(j->self, d, out);
    }
    ym_buf_add_text(out, "}");
}

static void json_gap(struct ym_buf *out, const struct ym_report_gap *g) {
    ym_buf_add_text(out, "{");
    json_field(out, "gap", ym_gap_word(g->gap));
    json_field(out, "object", g->object);
    json_field(out, "detail", g->detail[0] == '\0' ? ym_gap_text(g->gap) : g->detail);
    if (g->size == 0) {
        ym_buf_add_text(out, "\"offset\":null,\"size\":null}");
    } else {
        ym_buf_printf(out, "\"offset\":%llu,\"size\":%llu}", (unsigned long long)g->offset,
                      (unsigned long long)g->size);
    }
}

/* Only when there are some: lines of console.log() and of `db test`. */
static void json_notes(const struct ym_report *r, struct ym_buf *out) {
    if (r->n_notes == 0) {
        return;
    }
    ym_buf_add_text(out, ",\"notes\":[");
    for (const struct ym_report_note *n = r->notes; n != NULL; n = n->next) {
        ym_buf_add_text(out, "{");
        json_field(out, "object", n->object);
        ym_buf_add_text(out, "\"text\":");
        ym_buf_json_string(out, n->text, strlen(n->text));
        ym_buf_add_text(out, n->next == NULL ? "}" : "},");
    }
    ym_buf_add_text(out, "]");
}

void ym_report_json(const struct ym_report *r, const char *path, struct ym_buf *out) {
    ym_report_json_more(r, path, NULL, NULL, out);
}

void ym_report_json_more(const struct ym_report *r, const char *path, ym_report_more_fn *more,
                         void *self, struct ym_buf *out) {
    const struct json j = {out, more, self};

    ym_buf_add_text(out, "{");
    json_field(out, "path", path);
    json_field(out, "verdict", ym_verdict_word(ym_report_verdict(r)));
    ym_buf_add_text(out, "\"detections\":[");
    for (const struct ym_report_detection *d = r->detections; d != NULL; d = d->next) {
        json_detection(&j, d);
        ym_buf_add_text(out, d->next == NULL ? "" : ",");
    }
    ym_buf_add_text(out, "],\"gaps\":[");
    for (const struct ym_report_gap *g = r->gaps; g != NULL; g = g->next) {
        json_gap(out, g);
        ym_buf_add_text(out, g->next == NULL ? "" : ",");
    }
    ym_buf_add_text(out, "],\"error\":");
    if (r->failed) {
        ym_buf_json_string(out, r->error, strlen(r->error));
    } else {
        ym_buf_add_text(out, "null");
    }
    json_notes(r, out);
    ym_buf_printf(out, ",\"objects\":%llu,\"bytes\":%llu%s}", (unsigned long long)r->objects,
                  (unsigned long long)r->bytes_seen, r->cached ? ",\"cached\":true" : "");
}
