/* look.c - looking at one object: limits, headers, normalised views, matching. */
#include "image_hash.h"
#include "object.h"
#include "phishing.h"

#include "base/text.h"
#include "base/time.h"
#include "formats/elf.h"
#include "formats/html.h"
#include "formats/macho.h"
#include "formats/packer.h"
#include "formats/pe.h"
#include "formats/text.h"
#include "match/match.h"
#include "match/modules.h"

#include <string.h>

enum { MAX_CONTEXT = 64 }; /* containers around an object that signatures can ask for */

/* ---- Matching ------------------------------------------------------------------------------ */

struct match_self {
    struct ym_scan *scan;
    struct ym_object *object;
    unsigned layer; /* number of the image */
    unsigned view;  /* the bytes are the nth normalised view: offsets mean nothing to others */
};

/* clamscan goes through an object in windows, through each window for the patterns of its type and
 * then for all others, and for these twice: for those without wildcards first. */
enum { WINDOW_BITS = 17 };

static uint64_t place_in_window(const struct ym_match_detection *m) {
    const uint64_t pass = m->targeted ? 0 : m->plain ? 1 : 2;

    return (m->offset >> WINDOW_BITS << 2 | pass) << WINDOW_BITS |
           (m->offset & ((UINT64_C(1) << WINDOW_BITS) - 1));
}

static bool ends_in(const char *s, const char *end) {
    const size_t n = strlen(s);
    const size_t n_end = strlen(end);

    return n >= n_end && memcmp(s + n - n_end, end, n_end) == 0;
}

/* Where the finding stands among those of its object. */
static void rank(struct ym_finding *f, const struct ym_match_detection *m, unsigned view) {
    f->stage = m->lang == YM_LANG_YARA     ? YM_STAGE_YARA
               : m->logical && m->targeted ? YM_STAGE_LOGICAL_OF_TYPE
               : m->logical                ? YM_STAGE_LOGICAL
                                           : YM_STAGE_BODY;
    if (f->stage == YM_STAGE_BODY) {
        f->place = place_in_window(m);
        f->yields = !m->plain || m->targeted || ends_in(m->file, ".db");
    }
    f->stage += view * YM_STAGES;
}

/* A signature that names a handler says nothing of an object that is not what it says it is; of the
 * object that was made for it, it is a signature like any other. */
static bool wants_handler(const struct ym_match_detection *m, const struct ym_object *o) {
    return m->has_handler && !o->retyped;
}

static bool on_match(void *self, const struct ym_match_detection *m) {
    const struct match_self *ms = self;
    struct ym_finding f = {.yara = m->lang == YM_LANG_YARA,
                           .unofficial = m->unofficial,
                           .name = m->name,
                           .name_len = strlen(m->name),
                           .pattern = m->pattern,
                           .file = m->file,
                           .line = m->line,
                           .offset = ms->view > 0 ? UINT64_MAX : m->offset,
                           .length = m->length,
                           .layer = ms->layer,
                           .rule = m->rule + 1,
                           .match = ms->view > 0 ? NULL : m};

    if (wants_handler(m, ms->object)) {
        ms->object->handler = ms->object->has_handler ? ms->object->handler : (ym_cltype)m->handler;
        ms->object->has_handler = true;
        ms->scan->report->mixed = true; /* the rules of all images see the other object, too */
        return true;
    }
    rank(&f, m, ms->view);
    ym_engine_detect(ms->scan, ms->object, &f);
    return !ms->scan->stop;
}

static void add_match_gaps(struct ym_scan *s, const struct ym_object *o, unsigned gaps) {
    if (gaps & YM_MATCH_GAP_BUDGET) {
        ym_engine_gap(s, YM_GAP_BUDGET, o->path, 0, 0, "a rule ran out of its work budget");
    }
    if (gaps & YM_MATCH_GAP_HITS) {
        ym_engine_gap(s, YM_GAP_BUDGET, o->path, 0, 0, "more hits of a pattern than are kept");
    }
    if (gaps & YM_MATCH_GAP_TIME) {
        ym_engine_gap(s, YM_GAP_TIME, o->path, 0, 0, "out of time while it was looked at");
    }
    if (gaps & YM_MATCH_GAP_DAMAGED) {
        ym_engine_gap(s, YM_GAP_MALFORMED, o->path, 0, 0,
                      "a rule of the signature image; see db check");
    }
}

/* The types of the containers around it, the direct parent first. */
static uint32_t containers_of(const struct ym_object *o, uint16_t types[MAX_CONTEXT]) {
    uint32_t n = 0;

    for (o = o->parent; o != NULL && n < MAX_CONTEXT; o = o->parent) {
        types[n++] = (uint16_t)o->type;
    }
    return n;
}

/* A rule asks.  Of a picture without a hash it is not known whether it would match. */
static bool image_hash(void *self, uint64_t *ret_hash) {
    const struct match_self *ms = self;
    struct ym_scan *s = ms->scan;
    const struct ym_object *o = ms->object;
    ym_status st;

    if (!ym_image_is_hashed(o->kind) || s->e->decoders == NULL ||
        !ym_dconf_on(&s->e->dconf, YM_CONFIG_OTHER, YM_CONFIG_OTHER_IMAGE_HASH)) {
        return false;
    }
    st = ym_image_hash(s->e->decoders, o->kind, o->data, o->size, s->deadline_ns, ret_hash);
    if (st == YM_NOMEM) {
        ym_engine_gap_object(s, YM_GAP_MEMORY, o, "no memory for the picture's hash");
    } else if (st == YM_LIMIT) {
        ym_engine_gap_object(s, YM_GAP_SIZE, o, "too large a picture for its hash");
    } else if (st == YM_UNSUPPORTED) {
        ym_engine_gap_object(s, YM_GAP_UNSUPPORTED, o, "a form of picture that has no hash");
    } else if (st != YM_OK) {
        ym_engine_gap_object(s, YM_GAP_MALFORMED, o, "too damaged a picture for its hash");
    }
    return st == YM_OK;
}

static bool icon(void *self, const char *group1, const char *group2) {
    const struct match_self *ms = self;

    return ym_object_has_icon(ms->scan, ms->object, group1, group2);
}

/* A line that a rule prints (console.log). */
static void on_print(void *self, const char *line, size_t n) {
    const struct match_self *ms = self;
    struct ym_buf b;

    ym_buf_init(&b, YM_REPORT_MAX_TEXT);
    ym_buf_add_text(&b, YM_REPORT_CONSOLE);
    ym_buf_add(&b, line, n);
    if (ym_buf_status(&b) == YM_OK) {
        ym_engine_fail(
            ms->scan, ym_report_add_note(ms->scan->report, ms->object->path, (const char *)b.data));
    }
    ym_buf_done(&b);
}

static void on_trace(void *self, const char *text) {
    const struct match_self *ms = self;
    struct ym_buf b;

    ym_buf_init(&b, YM_REPORT_MAX_TEXT);
    ym_buf_printf(&b, "%s%s", ms->view > 0 ? "normalised: " : "", text);
    if (ym_buf_status(&b) == YM_OK) {
        ym_engine_fail(
            ms->scan, ym_report_add_note(ms->scan->report, ms->object->path, (const char *)b.data));
    }
    ym_buf_done(&b);
}

static void match(struct ym_scan *s, struct ym_object *o, const struct ym_match_input *bytes,
                  unsigned view) {
    struct match_self self = {.scan = s, .object = o, .view = view};
    uint16_t types[MAX_CONTEXT];
    const struct ym_match_trace trace = {
        .line = on_trace, .self = &self, .only = s->options->trace_rule};
    const struct ym_match_context context = {.types = types,
                                             .n_types = containers_of(o, types),
                                             .icon = icon,
                                             .image_hash = image_hash,
                                             .self = &self};
    struct ym_match_input in = *bytes;

    in.context = &context;
    in.every_match = s->options->matches;
    in.deadline_ns = s->deadline_ns;
    in.trace = s->options->trace ? &trace : NULL;
    in.no_regex = !ym_dconf_on(&s->e->dconf, YM_CONFIG_PCRE, YM_CONFIG_PCRE_SUPPORT);
    for (unsigned i = 0; i < s->e->n_layers && !s->stop; i++) {
        unsigned gaps = 0;

        if ((s->options->skip_layers >> i & 1) != 0) {
            continue;
        }
        self.layer = i;
        ym_engine_fail(s, ym_match(s->e->layers[i], s->e->scratch[i], &in, on_match, &self, &gaps));
        s->report->steps += ym_scratch_steps(s->e->scratch[i]);
        if (s->status == YM_OK) {
            add_match_gaps(s, o, gaps);
        }
    }
    s->report->bytes_seen += view > 0 ? 0 : in.size;
}

/* ---- Looking at one object ---------------------------------------------------------------- */

/* Headers, when the object is an executable that ClamAV would not call broken; whatever is switched
 * off, for the offsets of signatures need them. */
static bool parse_exe(struct ym_scan *s, const struct ym_object *o, struct ym_exe *ret_exe) {
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

static bool yara_entry(const struct ym_object *o, uint64_t *ret_entry) {
    struct ym_reader r;

    ym_reader_init(&r, o->data, o->size);
    if (o->kind == YM_KIND_PE) {
        return ym_pe_yara_entry(r, ret_entry);
    }
    return o->kind == YM_KIND_ELF && ym_elf_yara_entry(r, ret_entry);
}

/* Data that is nothing else is what the peer's target 14 means. */
static unsigned target_of(const struct ym_object *o) {
    unsigned target = ym_kind_target(o->kind);

    return target == YM_TARGET_ANY && o->type == YM_CLTYPE_BINARY_DATA ? (unsigned)YM_TARGET_OTHER
                                                                       : target;
}

static void match_raw(struct ym_scan *s, struct ym_object *o, const struct ym_exe *exe) {
    const bool views =
        ym_kind_holds(o->kind) == YM_HOLDS_HTML && !s->options->no_unpack &&
        ym_dconf_kind_on(&s->e->dconf, o->kind) &&
        ym_dconf_on(&s->e->dconf, YM_CONFIG_DOCUMENT, YM_CONFIG_DOCUMENT_SKIP_RAW_HTML);
    struct ym_match_input in = {.data = o->data,
                                .size = o->size,
                                .target = target_of(o),
                                .langs = YM_MATCH_YARA | (views ? 0u : (unsigned)YM_MATCH_CLAMAV),
                                .exe = exe};

    struct match_self self = {.scan = s, .object = o};

    in.memory = s->options->memory;
    in.base = o->base;
    in.has_yara_entry = !in.memory && yara_entry(o, &in.yara_entry);
    in.modules = s->e->modules;
    ym_modules_begin(s->e->modules, o->data, o->size);
    ym_modules_print(s->e->modules, on_print, &self);
    match(s, o, &in, 0);
    if (ym_modules_gave_up(s->e->modules)) {
        ym_engine_gap(s, YM_GAP_BUDGET, o->path, 0, 0,
                      "a module of YARA gave up: too much to keep, or a report it cannot read");
    }
}

static void match_view(struct ym_scan *s, struct ym_object *o, const struct ym_buf *view,
                       unsigned target, unsigned nth) {
    struct ym_match_input in = {
        .data = view->data, .size = view->len, .target = target, .langs = YM_MATCH_CLAMAV};

    if (view->len > 0 && !s->stop) {
        match(s, o, &in, nth);
    }
}

/* How much a view may hold; false: the object is too large to be normalised. */
static bool view_room(struct ym_scan *s, const struct ym_object *o, size_t *ret_room) {
    if (o->size > s->e->limits.max_normalise) {
        ym_engine_gap_object(s, YM_GAP_SIZE, o, "too large to be normalised");
        return false;
    }
    *ret_room = o->size * 2 + 4096; /* decoded entities may grow a little */
    return true;
}

static void match_text(struct ym_scan *s, struct ym_object *o) {
    struct ym_buf view;
    size_t room;

    if (!view_room(s, o, &room)) {
        return;
    }
    ym_buf_init(&view, room);
    ym_engine_fail(s, ym_text_normalise(o->data, o->size, &view));
    match_view(s, o, &view, YM_TARGET_TEXT, 1);
    ym_buf_done(&view);
}

static void match_html(struct ym_scan *s, struct ym_object *o) {
    struct ym_buf nocomment;
    struct ym_buf notags;
    size_t room;

    if (!view_room(s, o, &room)) {
        return;
    }
    ym_buf_init(&nocomment, room);
    ym_buf_init(&notags, room);
    ym_engine_fail(s, ym_html_normalise(o->data, o->size, &nocomment, &notags));
    match_view(s, o, &nocomment, YM_TARGET_HTML, 1);
    match_view(s, o, &notags, YM_TARGET_HTML, 2);
    ym_buf_done(&nocomment);
    ym_buf_done(&notags);
}

static void match_views(struct ym_scan *s, struct ym_object *o) {
    ym_holds holds = ym_kind_holds(o->kind);

    if (s->stop || s->options->no_unpack || !ym_dconf_kind_on(&s->e->dconf, o->kind)) {
        return;
    }
    if (holds == YM_HOLDS_TEXT &&
        ym_dconf_on(&s->e->dconf, YM_CONFIG_DOCUMENT, YM_CONFIG_DOCUMENT_SCRIPT)) {
        match_text(s, o);
    } else if (holds == YM_HOLDS_HTML) {
        match_html(s, o);
    }
}

/* Limits that keep the object from being looked at at all. */
static bool may_look(struct ym_scan *s, const struct ym_object *o) {
    const struct ym_limits *l = &s->e->limits;

    if (ym_now_ns() > s->deadline_ns) {
        ym_engine_gap_object(s, YM_GAP_TIME, o, "out of time");
        s->stop = true; /* all that is left of the file: one gap */
        return false;
    }
    if (o->size > l->max_file_size) {
        ym_engine_gap_object(s, YM_GAP_SIZE, o, "larger than max_file_size");
        return false;
    }
    if (o->size > l->max_scan_size || s->report->bytes_seen > l->max_scan_size - o->size) {
        ym_engine_gap_object(s, YM_GAP_SIZE, o,
                             "this and all that follows: more than max_scan_size in all");
        s->stop = true;
        return false;
    }
    return true;
}

/* What a packed program runs is not what was looked at. */
static void gap_if_packed(struct ym_scan *s, const struct ym_object *o) {
    struct ym_reader r;
    const char *packer;

    ym_reader_init(&r, o->data, o->size);
    packer = ym_pe_packer(r);
    if (packer != NULL) {
        ym_engine_gap_object(s, YM_GAP_UNSUPPORTED, o, packer);
    }
}

/* Sets o->unpack, and says so when content stays unseen. */
static void plan_unpacking(struct ym_scan *s, struct ym_object *o) {
    ym_holds holds = ym_kind_holds(o->kind);

    if (s->options->no_unpack) {
        return;
    }
    if (!ym_dconf_kind_on(&s->e->dconf, o->kind)) {
        ym_engine_gap_object(s, YM_GAP_UNSUPPORTED, o,
                             "switched off by the configuration in the signatures (.cfg)");
        return;
    }
    if (holds == YM_HOLDS_UNSEEN) {
        ym_engine_gap_object(s, YM_GAP_UNSUPPORTED, o, ym_kind_word(o->kind));
    }
    if (o->kind == YM_KIND_PE) {
        gap_if_packed(s, o);
    }
    if (holds == YM_HOLDS_ARCHIVE || holds == YM_HOLDS_STREAM || holds == YM_HOLDS_SLICES) {
        if (o->depth >= s->e->limits.max_depth) {
            ym_engine_gap_object(s, YM_GAP_DEPTH, o, "nested deeper than max_depth");
            return;
        }
    }
    o->unpack = o->depth < s->e->limits.max_depth;
}

/* What digests say of the parts of a PE file. */
static void look_up_program(struct ym_scan *s, struct ym_object *o, const struct ym_exe *exe) {
    const struct ym_dconf *c = &s->e->dconf;

    if (ym_dconf_on(c, YM_CONFIG_PE, YM_CONFIG_PE_SECTIONS)) {
        ym_object_look_up_sections(s, o, exe);
    }
    if (!s->stop && ym_dconf_on(c, YM_CONFIG_PE, YM_CONFIG_PE_IMPORTS)) {
        ym_object_look_up_imports(s, o);
    }
    if (!s->stop && ym_dconf_on(c, YM_CONFIG_PE, YM_CONFIG_PE_CERTS)) {
        ym_object_look_up_certs(s, o);
    }
}

/* What digest signatures and targets are compared with. */
static void trace_object(struct ym_scan *s, struct ym_object *o) {
    static const char *const words[YM_DIGEST_ALGOS] = {"MD5", "SHA-1", "SHA-256"};
    struct ym_buf b;

    ym_buf_init(&b, 1024);
    ym_buf_printf(&b, "%s, target %u, %zu bytes", ym_kind_word(o->kind), ym_kind_target(o->kind),
                  o->size);
    for (unsigned a = 0; a < YM_DIGEST_ALGOS && !o->partial; a++) {
        const uint8_t *digest = ym_object_digest(s, o, (ym_digest_algo)a);
        char hex[2 * YM_DIGEST_MAX + 1];

        if (digest != NULL) {
            ym_hex_encode(digest, ym_digest_size((ym_digest_algo)a), hex);
            ym_buf_printf(&b, ", %s %s", words[a], hex);
        }
    }
    if (ym_buf_status(&b) == YM_OK) {
        ym_engine_fail(s, ym_report_add_note(s->report, o->path, (const char *)b.data));
    }
    ym_buf_done(&b);
}

void ym_object_look_at(struct ym_scan *s, struct ym_object *o) {
    struct ym_exe exe = {.has_entry = false};
    bool has_exe;

    s->report->objects++;
    if (!may_look(s, o)) {
        return;
    }
    if (o->ignored) {
        ym_engine_gap_object(s, YM_GAP_UNSUPPORTED, o, "of a type that the signatures ignore");
        return;
    }
    plan_unpacking(s, o);
    if (o->inside) {
        return;
    }
    if (s->options->trace) {
        trace_object(s, o);
    }
    if (!o->partial) {
        ym_object_look_up_digests(s, o);
    } else {
        s->report->digests_whole = false;
    }
    has_exe = !s->stop && parse_exe(s, o, &exe);
    if (has_exe && o->kind == YM_KIND_PE && !o->partial) {
        look_up_program(s, o, &exe);
    }
    if (!s->stop) {
        match_raw(s, o, has_exe ? &exe : NULL);
    }
    match_views(s, o);
    if (o->shows_links && !s->stop) {
        ym_object_look_at_links(s, o);
    }
    if (o->has_handler && !o->unpack && !s->options->no_unpack && !s->stop) {
        ym_engine_gap_object(s, YM_GAP_DEPTH, o, "nested deeper than max_depth");
    }
}
