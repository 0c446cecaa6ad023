/* engine.c - the way of one file through sniffing, matching, hashing and unpacking.
 *
 * There is no recursion and no list of waiting objects: the open containers form a chain from
 * the innermost to the file itself (struct object, linked by parent), and the loop in
 * ym_engine_scan() asks the innermost for its next child.  So memory holds one object a level,
 * however many there are.
 *
 * Invariants:
 *   1. every object is looked at once (matched, hashed), right when it is made, and dies after
 *      its last child
 *   2. whatever is not looked at adds a gap with the object's path; nothing is skipped silently
 *   3. a detection is written down only after the allow lists were asked about the object and
 *      every container around it
 *   4. no loop here runs past a row of limits.h
 *
 * Two things follow clamscan 1.4 on purpose: of HTML its signatures see only the normalised
 * views, and of text both the bytes and the normalised text, as any target and as target 7. */
#include "engine/engine.h"

#include "digest.h"
#include "embedded.h"
#include "members.h"

#include "base/alloc.h"
#include "base/time.h"
#include "database/digests.h"
#include "formats/base64.h"
#include "formats/elf.h"
#include "formats/html.h"
#include "formats/macho.h"
#include "formats/mail.h"
#include "formats/packer.h"
#include "formats/pe.h"
#include "formats/sniff.h"
#include "formats/text.h"
#include "match/match.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#define MODULE "engine"

enum {
    MAX_LAYERS = 32,
    SCRATCH_CAP = 256 << 20, /* hits of one object, per image */
    NAMES_CAP = 64 << 20,    /* paths of all objects of one file */
    OBJECT_CAP = 16 << 20,   /* headers of one object */
    RATIO_FROM = 128 << 20,  /* bytes unpacked before the ratio counts */
    MAX_EMBEDDED = 256,      /* archives inside one object, false starts included */
    MAX_PATH = 4000,         /* longest path of an object */
    SECTION_PASSES = 4,      /* times the file's size that section digests may read */
    EVIDENCE_BEFORE = 16,
};

struct ym_engine {
    const struct ym_db *layers[MAX_LAYERS];
    struct ym_scratch *scratch[MAX_LAYERS];
    unsigned n_layers;
    struct ym_limits limits;
    struct ym_hasher *hasher;
    locale_t locale;
    struct ym_arena *names;
    struct ym_arena *headers;
};

struct object {
    struct object *parent;
    const uint8_t *data;
    size_t size;
    struct ym_buf owned; /* data's owner, when it is ours */
    const char *path;
    const char *layers;
    ym_kind kind;
    unsigned depth;
    bool partial; /* data is not all of it: no digests */
    bool inside;  /* lies in its parent's bytes, which were matched: only unpacked */
    bool unpack;  /* children are wanted */
    enum { UNASKED, TRUSTED, NOT_TRUSTED } trust;
    unsigned have; /* bit (1 << algo): digests[algo] is known */
    uint8_t digests[YM_DIGEST_ALGOS][YM_DIGEST_MAX];
    /* as a container */
    struct ym_archive *archive;
    uint64_t produced;
    uint32_t slice; /* or data: URL, or part of a mail */
    size_t url_at;
    struct ym_mail mail; /* of a mail; started when mail.data is there */
    size_t embedded_at;
    unsigned embedded;
};

struct scan {
    struct ym_engine *e;
    const struct ym_scan_options *options;
    struct ym_report *report;
    uint64_t deadline_ns;
    uint64_t held;    /* bytes of owned objects */
    ym_status status; /* first failure of the engine itself */
    bool stop;
};

/* ---- Engine ------------------------------------------------------------------------------- */

/* libarchive opens files for conversion tables and the time zone when it first needs them;
 * make it need them now: an empty zip with one name that is not ASCII. */
static void warm_up(const struct ym_engine *e) {
    static const uint8_t zip[] = "PK\3\4\24\0\0\10\0\0\0\0\41\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0"
                                 "\xc3\xa4.t";
    struct ym_archive_budget budget = {
        .member_max = 64, .total_max = 64, .deadline_ns = UINT64_MAX};
    struct ym_archive_step step;
    struct ym_archive *a;

    if (ym_archive_open(YM_KIND_ZIP, zip, sizeof(zip) - 1, e->locale, &a) != YM_OK) {
        return;
    }
    if (ym_archive_next(a, &budget, &step) == YM_OK) {
        ym_buf_done(&step.data);
    }
    ym_archive_close(a);
}

static ym_status engine_init(struct ym_engine *e, struct ym_err *err) {
    YM_TRY(ym_hasher_new(&e->hasher, err));
    e->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (e->locale == (locale_t)0) {
        return ym_fail_errno(err, MODULE, "", 0, "the locale C.UTF-8 is missing (libc-bin)");
    }
    e->names = ym_arena_new(NAMES_CAP);
    e->headers = ym_arena_new(OBJECT_CAP);
    for (unsigned i = 0; i < e->n_layers; i++) {
        e->scratch[i] = ym_scratch_new(e->layers[i], SCRATCH_CAP);
        if (e->scratch[i] == NULL) {
            return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "out of memory");
        }
    }
    if (e->names == NULL || e->headers == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "out of memory");
    }
    warm_up(e);
    return YM_OK;
}

ym_status ym_engine_new(const struct ym_db *const *layers, unsigned n_layers,
                        const struct ym_limits *limits, struct ym_engine **ret_engine,
                        struct ym_err *err) {
    struct ym_engine *e;
    ym_status st;

    if (n_layers > MAX_LAYERS) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "%u images; at most %d", n_layers,
                       MAX_LAYERS);
    }
    e = ym_zalloc(1, sizeof(*e));
    if (e == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "out of memory");
    }
    e->limits = *limits;
    e->n_layers = n_layers;
    for (unsigned i = 0; i < n_layers; i++) {
        e->layers[i] = layers[i];
    }
    st = engine_init(e, err);
    if (st != YM_OK) {
        ym_engine_free(e);
        return st;
    }
    *ret_engine = e;
    return YM_OK;
}

void ym_engine_free(struct ym_engine *e) {
    if (e == NULL) {
        return;
    }
    for (unsigned i = 0; i < e->n_layers; i++) {
        ym_scratch_free(e->scratch[i]);
    }
    ym_hasher_free(e->hasher);
    if (e->locale != (locale_t)0) {
        freelocale(e->locale);
    }
    ym_arena_free(e->names);
    ym_arena_free(e->headers);
    ym_free(e);
}

/* ---- Writing down ------------------------------------------------------------------------- */

static void fail(struct scan *s, ym_status st) {
    if (st != YM_OK) {
        s->status = s->status == YM_OK ? st : s->status;
        s->stop = true;
    }
}

/* Of a decoder: a met limit is told with the object. */
static void fail_unless_limit(struct scan *s, ym_status st) {
    fail(s, st == YM_LIMIT ? YM_OK : st);
}

static void add_gap(struct scan *s, ym_gap gap, const char *path, uint64_t offset, uint64_t size,
                    const char *detail) {
    fail(s, ym_report_add_gap(s->report, gap, path, offset, size, detail));
}

/* A whole object is not looked at. */
static void gap_object(struct scan *s, ym_gap gap, const struct object *o, const char *detail) {
    add_gap(s, gap, o->path, 0, o->size, detail);
}

/* ---- Digests and allow lists -------------------------------------------------------------- */

static const uint8_t *digest_of(struct scan *s, struct object *o, ym_digest_algo algo) {
    if ((o->have & (1u << algo)) == 0) {
        ym_status st = ym_hasher_run(s->e->hasher, algo, o->data, o->size, o->digests[algo]);

        if (st != YM_OK) {
            fail(s, st);
            return NULL;
        }
        o->have |= 1u << algo;
    }
    return o->digests[algo];
}

static bool found_trust(void *self, const struct ym_digest_found *found) {
    (void)found;
    *(bool *)self = true;
    return false;
}

static bool ask_trust(struct scan *s, struct object *o) {
    bool trusted = false;

    for (unsigned i = 0; i < s->e->n_layers && !trusted && !o->partial && !o->inside; i++) {
        const struct ym_digests *d = ym_match_digests(s->e->layers[i]);
        unsigned wanted = d == NULL ? 0 : ym_digests_wanted(d, YM_DIGEST_ALLOW, o->size);

        for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && !trusted; algo++) {
            const uint8_t *digest =
                wanted & (1u << algo) ? digest_of(s, o, (ym_digest_algo)algo) : NULL;

            if (digest != NULL) {
                ym_digests_find(d, YM_DIGEST_ALLOW, (ym_digest_algo)algo, o->size, digest,
                                found_trust, &trusted);
            }
        }
    }
    return trusted;
}

/* Is the object, or a container around it, on an allow list? */
static bool is_trusted(struct scan *s, struct object *o) {
    for (; o != NULL; o = o->parent) {
        if (o->trust == UNASKED) {
            o->trust = ask_trust(s, o) ? TRUSTED : NOT_TRUSTED;
        }
        if (o->trust == TRUSTED) {
            return true;
        }
    }
    return false;
}

/* ---- Detections --------------------------------------------------------------------------- */

/* What was found where, before names are made of it. */
struct finding {
    bool yara;
    bool unofficial;
    const char *name;
    size_t name_len;
    const char *pattern;
    const char *file; /* where the signature was written */
    uint32_t line;
    uint64_t offset;
    uint32_t length;
};

static void add_evidence(const struct object *o, struct ym_report_detection *d) {
    uint64_t from = d->offset > EVIDENCE_BEFORE ? d->offset - EVIDENCE_BEFORE : 0;

    if (d->offset < o->size) {
        uint64_t n = o->size - from;

        d->bytes = o->data + from;
        d->n_bytes = n > YM_REPORT_MAX_BYTES ? YM_REPORT_MAX_BYTES : (uint32_t)n;
    }
}

static void add_detection(struct scan *s, struct object *o, const struct finding *f) {
    char name[1024];
    char source[1024] = "";
    struct ym_report_detection d = {.name = name,
                                    .kind = f->yara ? "yara" : "clamav",
                                    .object = o->path,
                                    .layers = o->layers,
                                    .pattern = f->pattern,
                                    .source = source,
                                    .offset = f->offset,
                                    .length = f->length};

    if (is_trusted(s, o)) {
        return;
    }
    (void)snprintf(name, sizeof(name), "%.*s%s", (int)(f->name_len > 1000 ? 1000 : f->name_len),
                   f->name, !f->yara && f->unofficial ? ".UNOFFICIAL" : "");
    if (f->file[0] != '\0') {
        (void)snprintf(source, sizeof(source), "%.1000s:%u", f->file, f->line);
    }
    if (s->options->evidence) {
        add_evidence(o, &d);
    }
    fail(s, ym_report_add_detection(s->report, &d));
    if (!s->options->all_matches) {
        s->stop = true;
    }
}

struct match_self {
    struct scan *scan;
    struct object *object;
    bool view; /* the bytes are a normalised view: offsets mean nothing to others */
};

static bool on_match(void *self, const struct ym_match_detection *m) {
    const struct match_self *ms = self;
    const struct finding f = {.yara = m->lang == YM_LANG_YARA,
                              .unofficial = m->unofficial,
                              .name = m->name,
                              .name_len = strlen(m->name),
                              .pattern = m->pattern,
                              .file = m->file,
                              .line = m->line,
                              .offset = ms->view ? UINT64_MAX : m->offset,
                              .length = m->length};

    add_detection(ms->scan, ms->object, &f);
    return !ms->scan->stop;
}

static void add_match_gaps(struct scan *s, const struct object *o, unsigned gaps) {
    if (gaps & YM_MATCH_GAP_BUDGET) {
        add_gap(s, YM_GAP_BUDGET, o->path, 0, 0, "a rule ran out of its work budget");
    }
    if (gaps & YM_MATCH_GAP_HITS) {
        add_gap(s, YM_GAP_BUDGET, o->path, 0, 0, "more hits of a pattern than are kept");
    }
    if (gaps & YM_MATCH_GAP_DAMAGED) {
        add_gap(s, YM_GAP_MALFORMED, o->path, 0, 0, "a rule of the signature image; see db check");
    }
}

static void match(struct scan *s, struct object *o, const struct ym_match_input *in, bool view) {
    struct match_self self = {.scan = s, .object = o, .view = view};

    for (unsigned i = 0; i < s->e->n_layers && !s->stop; i++) {
        unsigned gaps = 0;

        fail(s, ym_match(s->e->layers[i], s->e->scratch[i], in, on_match, &self, &gaps));
        if (s->status == YM_OK) {
            add_match_gaps(s, o, gaps);
        }
    }
    s->report->bytes_seen += view ? 0 : in->size;
}

/* ---- Digest signatures -------------------------------------------------------------------- */

struct digest_self {
    struct scan *scan;
    struct object *object;
    uint64_t offset;
};

static bool on_digest(void *self, const struct ym_digest_found *found) {
    const struct digest_self *ds = self;
    const struct finding f = {.unofficial = found->unofficial,
                              .name = found->name,
                              .name_len = found->name_len,
                              .pattern = "",
                              .file = "",
                              .offset = ds->offset};

    add_detection(ds->scan, ds->object, &f);
    return !ds->scan->stop;
}

static void look_up_object(struct scan *s, struct object *o) {
    for (unsigned i = 0; i < s->e->n_layers && !s->stop; i++) {
        const struct ym_digests *d = ym_match_digests(s->e->layers[i]);
        unsigned wanted = d == NULL ? 0 : ym_digests_wanted(d, YM_DIGEST_FILE, o->size);
        struct digest_self self = {s, o, UINT64_MAX};

        for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && !s->stop; algo++) {
            const uint8_t *digest =
                wanted & (1u << algo) ? digest_of(s, o, (ym_digest_algo)algo) : NULL;

            if (digest != NULL) {
                ym_digests_find(d, YM_DIGEST_FILE, (ym_digest_algo)algo, o->size, digest, on_digest,
                                &self);
            }
        }
    }
}

static void look_up_section(struct scan *s, struct object *o, const struct ym_exe_section *section,
                            uint64_t *left) {
    for (unsigned i = 0; i < s->e->n_layers && !s->stop; i++) {
        const struct ym_digests *d = ym_match_digests(s->e->layers[i]);
        unsigned wanted =
            d == NULL ? 0 : ym_digests_wanted(d, YM_DIGEST_SECTION, section->raw_size);
        struct digest_self self = {s, o, section->raw_offset};

        for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && !s->stop; algo++) {
            uint8_t digest[YM_DIGEST_MAX];

            if ((wanted & (1u << algo)) == 0) {
                continue;
            }
            if (section->raw_size > *left) {
                add_gap(s, YM_GAP_BUDGET, o->path, section->raw_offset, section->raw_size,
                        "sections overlap too often to be hashed");
                return;
            }
            *left -= section->raw_size;
            fail(s, ym_hasher_run(s->e->hasher, (ym_digest_algo)algo, o->data + section->raw_offset,
                                  (size_t)section->raw_size, digest));
            if (s->status == YM_OK) {
                ym_digests_find(d, YM_DIGEST_SECTION, (ym_digest_algo)algo, section->raw_size,
                                digest, on_digest, &self);
            }
        }
    }
}

static void look_up_sections(struct scan *s, struct object *o, const struct ym_exe *exe) {
    uint64_t left = (uint64_t)o->size * SECTION_PASSES * YM_DIGEST_ALGOS;

    for (uint32_t i = 0; i < exe->n_sections && !s->stop; i++) {
        if (exe->sections[i].raw_size > 0) {
            look_up_section(s, o, &exe->sections[i], &left);
        }
    }
}

/* ---- Looking at one object ---------------------------------------------------------------- */

/* Headers, when the object is an executable that ClamAV would not call broken. */
static bool parse_exe(struct scan *s, const struct object *o, struct ym_exe *ret_exe) {
    struct ym_reader r;

    ym_reader_init(&r, o->data, o->size);
    ym_arena_reset(s->e->headers);
    switch ((int)o->kind) {
    case YM_KIND_PE:
        return ym_pe_parse(r, s->e->headers, ret_exe, NULL) == YM_OK;
    case YM_KIND_ELF:
        return ym_elf_parse(r, s->e->headers, ret_exe, NULL) == YM_OK;
    case YM_KIND_MACHO:
        return ym_macho_parse(r, s->e->headers, ret_exe, NULL) == YM_OK;
    default:
        return false;
    }
}

static bool yara_entry(const struct object *o, uint64_t *ret_entry) {
    struct ym_reader r;

    ym_reader_init(&r, o->data, o->size);
    if (o->kind == YM_KIND_PE) {
        return ym_pe_yara_entry(r, ret_entry);
    }
    return o->kind == YM_KIND_ELF && ym_elf_yara_entry(r, ret_entry);
}

static void match_raw(struct scan *s, struct object *o, const struct ym_exe *exe) {
    const bool views = ym_kind_holds(o->kind) == YM_HOLDS_HTML && !s->options->no_unpack;
    struct ym_match_input in = {.data = o->data,
                                .size = o->size,
                                .target = ym_kind_target(o->kind),
                                .langs = YM_MATCH_YARA | (views ? 0u : (unsigned)YM_MATCH_CLAMAV),
                                .exe = exe,
                                .first_only = !s->options->all_matches};

    in.has_yara_entry = yara_entry(o, &in.yara_entry);
    match(s, o, &in, false);
}

static void match_view(struct scan *s, struct object *o, const struct ym_buf *view,
                       unsigned target) {
    const struct ym_match_input in = {.data = view->data,
                                      .size = view->len,
                                      .target = target,
                                      .langs = YM_MATCH_CLAMAV,
                                      .first_only = !s->options->all_matches};

    if (view->len > 0 && !s->stop) {
        match(s, o, &in, true);
    }
}

/* How much a view may hold; false: the object is too large to be normalised. */
static bool view_room(struct scan *s, const struct object *o, size_t *ret_room) {
    if (o->size > s->e->limits.max_normalise) {
        gap_object(s, YM_GAP_SIZE, o, "too large to be normalised");
        return false;
    }
    *ret_room = o->size * 2 + 4096; /* decoded entities may grow a little */
    return true;
}

static void match_text(struct scan *s, struct object *o) {
    struct ym_buf view;
    size_t room;

    if (!view_room(s, o, &room)) {
        return;
    }
    ym_buf_init(&view, room);
    fail(s, ym_text_normalise(o->data, o->size, &view));
    match_view(s, o, &view, YM_TARGET_TEXT);
    ym_buf_done(&view);
}

static void match_html(struct scan *s, struct object *o) {
    struct ym_buf nocomment;
    struct ym_buf notags;
    size_t room;

    if (!view_room(s, o, &room)) {
        return;
    }
    ym_buf_init(&nocomment, room);
    ym_buf_init(&notags, room);
    fail(s, ym_html_normalise(o->data, o->size, &nocomment, &notags));
    match_view(s, o, &nocomment, YM_TARGET_HTML);
    match_view(s, o, &notags, YM_TARGET_HTML);
    ym_buf_done(&nocomment);
    ym_buf_done(&notags);
}

static void match_views(struct scan *s, struct object *o) {
    ym_holds holds = ym_kind_holds(o->kind);

    if (s->stop || s->options->no_unpack) {
        return;
    }
    if (holds == YM_HOLDS_TEXT) {
        match_text(s, o);
    } else if (holds == YM_HOLDS_HTML) {
        match_html(s, o);
    }
}

/* Limits that keep the object from being looked at at all. */
static bool may_look(struct scan *s, const struct object *o) {
    const struct ym_limits *l = &s->e->limits;

    if (ym_now_ns() > s->deadline_ns) {
        gap_object(s, YM_GAP_TIME, o, "out of time");
        s->stop = true; /* all that is left of the file: one gap */
        return false;
    }
    if (o->size > l->max_file_size) {
        gap_object(s, YM_GAP_SIZE, o, "larger than max_file_size");
        return false;
    }
    if (o->size > l->max_scan_size || s->report->bytes_seen > l->max_scan_size - o->size) {
        gap_object(s, YM_GAP_SIZE, o, "this and all that follows: more than max_scan_size in all");
        s->stop = true;
        return false;
    }
    return true;
}

/* What a packed program runs is not what was looked at. */
static void gap_if_packed(struct scan *s, const struct object *o) {
    struct ym_reader r;
    const char *packer;

    ym_reader_init(&r, o->data, o->size);
    packer = ym_pe_packer(r);
    if (packer != NULL) {
        gap_object(s, YM_GAP_UNSUPPORTED, o, packer);
    }
}

/* Sets o->unpack, and says so when content stays unseen. */
static void plan_unpacking(struct scan *s, struct object *o) {
    ym_holds holds = ym_kind_holds(o->kind);

    if (s->options->no_unpack) {
        return;
    }
    if (holds == YM_HOLDS_UNSEEN) {
        gap_object(s, YM_GAP_UNSUPPORTED, o, ym_kind_word(o->kind));
    }
    if (o->kind == YM_KIND_PE) {
        gap_if_packed(s, o);
    }
    if (holds == YM_HOLDS_ARCHIVE || holds == YM_HOLDS_STREAM || holds == YM_HOLDS_SLICES) {
        if (o->depth >= s->e->limits.max_depth) {
            gap_object(s, YM_GAP_DEPTH, o, "nested deeper than max_depth");
            return;
        }
    }
    o->unpack = o->depth < s->e->limits.max_depth;
}

static void look_at(struct scan *s, struct object *o) {
    struct ym_exe exe = {.has_entry = false};
    bool has_exe;

    s->report->objects++;
    if (!may_look(s, o)) {
        return;
    }
    plan_unpacking(s, o);
    if (o->inside) {
        return;
    }
    if (!o->partial) {
        look_up_object(s, o);
    }
    has_exe = !s->stop && parse_exe(s, o, &exe);
    if (has_exe && o->kind == YM_KIND_PE && !o->partial) {
        look_up_sections(s, o, &exe);
    }
    if (!s->stop) {
        match_raw(s, o, has_exe ? &exe : NULL);
    }
    match_views(s, o);
}

/* ---- Children ----------------------------------------------------------------------------- */

static const char *join(struct scan *s, const char *a, const char *sep, const char *b) {
    const char *joined;

    if (a[0] == '\0' || b[0] == '\0') {
        sep = "";
    }
    joined = ym_arena_printf(s->e->names, "%.*s%s%.*s", MAX_PATH, a, sep, MAX_PATH, b);
    if (joined == NULL) {
        if (ym_arena_status(s->e->names) == YM_LIMIT) { /* an archive of very long names */
            add_gap(s, YM_GAP_MEMORY, a, 0, 0, "the paths of its members take too much memory");
            s->stop = true;
        } else {
            fail(s, YM_NOMEM);
        }
        return "";
    }
    return joined;
}

/* Takes the bytes, unless they are borrowed from the parent (owned == NULL). */
static struct object *new_object(struct scan *s, struct object *parent, const uint8_t *data,
                                 size_t size, struct ym_buf *owned, const char *path) {
    struct object *o = ym_zalloc(1, sizeof(*o));

    if (o == NULL) {
        fail(s, YM_NOMEM);
        if (owned != NULL) {
            ym_buf_done(owned);
        }
        return NULL;
    }
    o->parent = parent;
    o->data = data == NULL ? (const uint8_t *)"" : data;
    o->size = size;
    if (owned != NULL) {
        o->owned = *owned;
        s->held += owned->room;
    }
    o->path = path;
    o->depth = parent == NULL ? 0 : parent->depth + 1;
    o->embedded_at = 1; /* at 0 lies the object itself */
    return o;
}

static void set_kind(struct scan *s, struct object *o, ym_kind kind) {
    o->kind = kind;
    o->layers = join(s, o->parent == NULL ? "" : o->parent->layers, ">", ym_kind_word(kind));
}

static void free_object(struct scan *s, struct object *o) {
    ym_archive_close(o->archive);
    s->held -= o->owned.room;
    ym_buf_done(&o->owned);
    ym_free(o);
}

/* One more object?  false: the limit of items is met; the container is not unpacked further. */
static bool may_add(struct scan *s, struct object *o) {
    if (s->report->objects <= s->e->limits.max_items) {
        return true;
    }
    add_gap(s, YM_GAP_ITEMS, o->path, 0, 0, "more objects than max_items");
    s->stop = true;
    return false;
}

static struct ym_archive_budget budget_of(const struct scan *s, const struct object *o) {
    const struct ym_limits *l = &s->e->limits;
    uint64_t memory = l->max_memory > s->held ? l->max_memory - s->held : 0;
    uint64_t ratio_max =
        o->size > UINT64_MAX / (l->max_ratio + 1) ? UINT64_MAX : o->size * l->max_ratio;
    bool by_memory = memory < l->max_file_size;

    return (struct ym_archive_budget){.member_max = by_memory ? memory : l->max_file_size,
                                      .member_gap = by_memory ? YM_GAP_MEMORY : YM_GAP_SIZE,
                                      .total_max = ratio_max < RATIO_FROM ? RATIO_FROM : ratio_max,
                                      .deadline_ns = s->deadline_ns};
}

static const char *member_path(struct scan *s, const struct object *o,
                               const struct ym_archive_step *step) {
    char number[32];

    if (step->name == NULL && ym_kind_holds(o->kind) == YM_HOLDS_STREAM) {
        return o->path;
    }
    (void)snprintf(number, sizeof(number), "#%llu", (unsigned long long)step->number);
    return join(s, o->path, "/", step->name != NULL && step->name[0] != '\0' ? step->name : number);
}

/* An embedded archive that gives nothing was none. */
static bool false_start(const struct object *o, const struct ym_archive_step *step) {
    return o->inside && !step->has_member && ym_archive_members(o->archive) == 0;
}

/* The next member as an object, or NULL: no more (*ret_done) or this one was only a gap. */
static struct object *next_member(struct scan *s, struct object *o, bool *ret_done) {
    const struct ym_archive_budget budget = budget_of(s, o);
    struct ym_archive_step step;
    struct object *child;
    const char *path;
    ym_status st = ym_archive_next(o->archive, &budget, &step);

    *ret_done = st != YM_OK;
    if (st != YM_OK) {
        return NULL;
    }
    path = step.has_member || step.gap_of_member ? member_path(s, o, &step) : o->path;
    if (step.has_gap && !false_start(o, &step)) {
        add_gap(s, step.gap, step.gap_of_member ? path : o->path, step.missing_from, step.missing,
                step.detail);
    }
    if (!step.has_member) {
        return NULL;
    }
    child = new_object(s, o, step.data.data, step.data.len, &step.data, path);
    if (child != NULL) {
        child->partial = step.partial;
        set_kind(s, child, ym_sniff(child->data, child->size));
    }
    return child;
}

static struct object *next_of_archive(struct scan *s, struct object *o) {
    bool done = false;

    if (o->archive == NULL) {
        ym_status st = ym_archive_open(o->kind, o->data, o->size, s->e->locale, &o->archive);

        if (st == YM_NOMEM) {
            fail(s, st);
        } else if (st != YM_OK && !o->inside) {
            gap_object(s, st == YM_UNSUPPORTED ? YM_GAP_UNSUPPORTED : YM_GAP_MALFORMED, o,
                       ym_kind_word(o->kind));
        }
        if (st != YM_OK) {
            o->unpack = false;
            return NULL;
        }
    }
    while (!done && !s->stop && may_add(s, o)) {
        struct object *child = next_member(s, o, &done);

        if (child != NULL) {
            return child;
        }
    }
    o->unpack = false;
    return NULL;
}

static struct object *next_of_slices(struct scan *s, struct object *o) {
    struct ym_exe_range slice = {0, 0};
    struct ym_reader r;
    struct object *child;
    char number[32];
    ym_status st;

    ym_reader_init(&r, o->data, o->size);
    st = ym_macho_slice(r, o->slice, &slice, NULL);
    if (st != YM_OK) {
        if (st != YM_END) {
            gap_object(s, YM_GAP_MALFORMED, o, "a slice of the universal binary");
        }
        o->unpack = false;
        return NULL;
    }
    (void)snprintf(number, sizeof(number), "#%u", ++o->slice);
    if (!may_add(s, o)) {
        return NULL;
    }
    child = new_object(s, o, o->data + slice.offset, (size_t)slice.size, NULL,
                       join(s, o->path, "/", number));
    if (child != NULL) {
        child->partial = o->partial;
        set_kind(s, child, ym_sniff(child->data, child->size));
    }
    return child;
}

static const char *embedded_path(struct scan *s, const struct object *o, size_t offset) {
    char place[32];

    (void)snprintf(place, sizeof(place), "@%zu", offset);
    return join(s, o->path, "/", place);
}

/* Archives and programs inside the bytes of something that is no archive itself. */
static struct object *next_embedded(struct scan *s, struct object *o) {
    struct ym_embedded found = {.kind = YM_KIND_DATA};
    struct object *child;

    if (!ym_embedded_find(o->data, o->size, o->embedded_at, &found)) {
        o->unpack = false;
        return NULL;
    }
    if (++o->embedded > MAX_EMBEDDED) {
        add_gap(s, YM_GAP_ITEMS, o->path, found.offset, o->size - found.offset,
                "more embedded archives than are tried");
        o->unpack = false;
        return NULL;
    }
    o->embedded_at = found.next;
    child = new_object(s, o, o->data + found.offset, found.size, NULL,
                       found.kind == YM_KIND_PE ? embedded_path(s, o, found.offset) : o->path);
    if (child != NULL) {
        child->inside = found.kind != YM_KIND_PE; /* programs have signatures of their own */
        child->partial = o->partial;
        set_kind(s, child, found.kind);
    }
    return child;
}

/* A child from decoded bytes, called "what:number". */
static struct object *new_decoded(struct scan *s, struct object *o, const char *what,
                                  struct ym_buf *bytes, ym_gap limit_gap) {
    const ym_status st = ym_buf_status(bytes);
    const size_t n = bytes->len;
    struct object *child;
    char name[32];

    (void)snprintf(name, sizeof(name), "%s:%u", what, ++o->slice);
    child = new_object(s, o, bytes->data, n, bytes, join(s, o->path, "/", name));
    if (child != NULL) {
        child->partial = st != YM_OK;
        if (st == YM_LIMIT) {
            add_gap(s, limit_gap, child->path, n, 0, "larger than the limit");
        }
        set_kind(s, child, ym_sniff(child->data, child->size));
    }
    return child;
}

/* The next data: URL of a page, decoded. */
static struct object *next_of_page(struct scan *s, struct object *o) {
    const struct ym_archive_budget budget = budget_of(s, o);
    struct ym_buf bytes;
    size_t at = 0;
    size_t n = 0;

    if (!ym_html_data_url(o->data, o->size, o->url_at, &at, &n)) {
        return next_embedded(s, o);
    }
    o->url_at = at + n;
    if (!may_add(s, o)) {
        return NULL;
    }
    ym_buf_init(&bytes, (size_t)budget.member_max);
    fail_unless_limit(s, ym_base64_decode(o->data + at, n, &bytes));
    return new_decoded(s, o, "data", &bytes, budget.member_gap);
}

/* The next body of a mail, decoded. */
static struct object *next_of_mail(struct scan *s, struct object *o) {
    const struct ym_archive_budget budget = budget_of(s, o);
    struct ym_mail_part part = {.encoding = YM_MAIL_PLAIN};
    const uint8_t *text;
    struct ym_buf bytes;

    if (o->mail.data == NULL) {
        ym_mail_init(&o->mail, o->data, o->size);
    }
    if (!may_add(s, o) || !ym_mail_next(&o->mail, &part)) {
        o->unpack = false;
        return NULL;
    }
    text = o->data + part.offset;
    ym_buf_init(&bytes, (size_t)budget.member_max);
    if (part.encoding == YM_MAIL_BASE64) {
        fail_unless_limit(s, ym_base64_decode(text, part.size, &bytes));
    } else if (part.encoding == YM_MAIL_QUOTED) {
        fail_unless_limit(s, ym_mail_quoted_decode(text, part.size, &bytes));
    } else {
        ym_buf_add(&bytes, text, part.size);
        fail_unless_limit(s, ym_buf_status(&bytes));
    }
    return new_decoded(s, o, "part", &bytes, budget.member_gap);
}

static struct object *next_child(struct scan *s, struct object *o) {
    if (!o->unpack || s->stop) {
        return NULL;
    }
    if (o->kind == YM_KIND_MAIL) {
        return next_of_mail(s, o);
    }
    switch (ym_kind_holds(o->kind)) {
    case YM_HOLDS_ARCHIVE:
    case YM_HOLDS_STREAM:
        return next_of_archive(s, o);
    case YM_HOLDS_SLICES:
        return next_of_slices(s, o);
    case YM_HOLDS_HTML:
        return next_of_page(s, o);
    case YM_HOLDS_NOTHING:
    case YM_HOLDS_TEXT:
    case YM_HOLDS_UNSEEN:
        return next_embedded(s, o);
    }
    return NULL;
}

/* The last child of o was given.  Of a false start, look on right behind its first byte. */
static struct object *close_object(struct scan *s, struct object *o) {
    struct object *parent = o->parent;

    if (o->inside && ym_kind_holds(o->kind) == YM_HOLDS_ARCHIVE &&
        (o->archive == NULL || ym_archive_members(o->archive) == 0)) {
        parent->embedded_at = (size_t)(o->data - parent->data) + 1;
    }
    free_object(s, o);
    return parent;
}

ym_status ym_engine_scan(struct ym_engine *e, const void *data, size_t size, const char *name,
                         const struct ym_scan_options *options, struct ym_report *report) {
    struct scan s = {.e = e, .options = options, .report = report};
    uint64_t now = ym_now_ns();
    struct object *o;

    (void)name; /* content decides; see sniff.h */
    s.deadline_ns = e->limits.max_time > (UINT64_MAX - now) / 1000000000u
                        ? UINT64_MAX
                        : now + e->limits.max_time * 1000000000u;
    ym_arena_reset(e->names);
    o = new_object(&s, NULL, data, size, NULL, "");
    if (o != NULL) {
        set_kind(&s, o, ym_sniff(o->data, o->size));
        look_at(&s, o);
    }
    while (o != NULL) {
        struct object *child = next_child(&s, o);

        if (child == NULL) {
            o = close_object(&s, o);
        } else {
            look_at(&s, child);
            o = child;
        }
    }
    return s.status;
}
