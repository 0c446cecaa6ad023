/* children.c - the next thing inside an object: a member, a slice, a decoded part, or something
 * embedded in its bytes. */
#include "object.h"

#include "embedded.h"
#include "phishing.h"

#include "base/alloc.h"
#include "formats/base64.h"
#include "formats/html.h"
#include "formats/macho.h"
#include "formats/zip.h"

#include <stdio.h>
#include <string.h>

enum {
    RATIO_FROM = 128 << 20, /* bytes unpacked before the ratio counts */
    MAX_EMBEDDED = 256      /* archives inside one object, false starts included */
};

/* Of a decoder: a met limit is told with the object. */
static void fail_unless_limit(struct ym_scan *s, ym_status st) {
    ym_engine_fail(s, st == YM_LIMIT ? YM_OK : st);
}

/* ---- Children ----------------------------------------------------------------------------- */

const char *ym_object_path(struct ym_scan *s, const char *a, const char *sep, const char *b) {
    const char *joined;

    if (a[0] == '\0' || b[0] == '\0') {
        sep = "";
    }
    joined = ym_arena_printf(s->e->names, "%.*s%s%.*s", YM_ENGINE_MAX_PATH, a, sep,
                             YM_ENGINE_MAX_PATH, b);
    if (joined == NULL) {
        if (ym_arena_status(s->e->names) == YM_LIMIT) { /* an archive of very long names */
            ym_engine_gap(s, YM_GAP_MEMORY, a, 0, 0,
                          "the paths of its members take too much memory");
            s->stop = true;
        } else {
            ym_engine_fail(s, YM_NOMEM);
        }
        return "";
    }
    return joined;
}

/* Takes the bytes, unless they are borrowed from the parent (owned == NULL). */
struct ym_object *ym_object_new(struct ym_scan *s, struct ym_object *parent, const uint8_t *data,
                                size_t size, struct ym_buf *owned, const char *path) {
    struct ym_object *o = ym_zalloc(1, sizeof(*o));

    if (o == NULL) {
        ym_engine_fail(s, YM_NOMEM);
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

void ym_object_set_kind(struct ym_scan *s, struct ym_object *o, ym_kind kind) {
    o->kind = kind;
    o->type = ym_cltype_of(kind, o->data, o->size);
    o->layers =
        ym_object_path(s, o->parent == NULL ? "" : o->parent->layers, ">", ym_kind_word(kind));
}

void ym_object_sniff(struct ym_scan *s, struct ym_object *o) {
    struct ym_filetype type = {.kind = YM_KIND_DATA};

    ym_engine_fail(s, ym_filetypes_sniff(s->e->filetypes, o->data, o->size, &type));
    ym_object_set_kind(s, o, type.kind);
    o->type = type.type;
    o->given = type.given;
    o->ignored = type.ignored;
}

static void free_object(struct ym_scan *s, struct ym_object *o) {
    ym_archive_close(o->archive);
    s->held -= o->owned.room;
    ym_buf_done(&o->owned);
    ym_free(o);
}

/* One more object?  false: the limit of items is met; the container is not unpacked further. */
static bool may_add(struct ym_scan *s, struct ym_object *o) {
    if (s->report->objects <= s->e->limits.max_items) {
        return true;
    }
    ym_engine_gap(s, YM_GAP_ITEMS, o->path, 0, 0, "more objects than max_items");
    s->stop = true;
    return false;
}

static struct ym_archive_budget budget_of(const struct ym_scan *s, const struct ym_object *o) {
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

static const char *member_path(struct ym_scan *s, const struct ym_object *o,
                               const struct ym_archive_step *step) {
    char number[32];

    if (step->name == NULL && ym_kind_holds(o->kind) == YM_HOLDS_STREAM) {
        return o->path;
    }
    (void)snprintf(number, sizeof(number), "#%llu", (unsigned long long)step->number);
    return ym_object_path(s, o->path, "/",
                          step->name != NULL && step->name[0] != '\0' ? step->name : number);
}

/* An embedded archive that gives nothing was none. */
static bool false_start(const struct ym_object *o, const struct ym_archive_step *step) {
    return o->inside && !step->has_member && ym_archive_members(o->archive) == 0;
}

/* The next member as an object, or NULL: no more (*ret_done) or this one was only a gap. */
static struct ym_object *next_member(struct ym_scan *s, struct ym_object *o, bool *ret_done) {
    const struct ym_archive_budget budget = budget_of(s, o);
    struct ym_archive_step step;
    struct ym_object *child;
    const char *path;
    ym_status st = ym_archive_next(o->archive, &budget, &step);

    *ret_done = st != YM_OK;
    if (st != YM_OK) {
        return NULL;
    }
    path = step.has_member || step.gap_of_member || step.has_entry ? member_path(s, o, &step)
                                                                   : o->path;
    if (step.has_entry) {
        step.entry.number = o->inside ? 0 : step.entry.number; /* of an embedded one: unknown */
        ym_object_ask_metadata(s, o, &step.entry, path);
    }
    if (step.has_gap && !false_start(o, &step)) {
        ym_engine_gap(s, step.gap, step.gap_of_member ? path : o->path, step.missing_from,
                      step.missing, step.detail);
    }
    if (!step.has_member) {
        return NULL;
    }
    child = ym_object_new(s, o, step.data.data, step.data.len, &step.data, path);
    if (child != NULL) {
        child->partial = step.partial;
        ym_object_sniff(s, child);
    }
    return child;
}

/* Readers that take a zip's offsets as they are find nothing in one that was moved.  What the
 * signatures alone call a zip is read as they would. */
static bool is_moved_zip(const struct ym_object *o) {
    struct ym_zip zip;

    if (!o->given || o->kind != YM_KIND_ZIP) {
        return false;
    }
    ym_zip_init(&zip, o->data, o->size);
    return ym_zip_is_shifted(&zip);
}

static struct ym_object *next_of_archive(struct ym_scan *s, struct ym_object *o) {
    bool done = false;

    if (o->archive == NULL && is_moved_zip(o)) {
        ym_engine_gap_object(s, YM_GAP_MALFORMED, o, "its directory is not where it should be");
        o->unpack = false;
        return NULL;
    }
    if (o->archive == NULL) {
        ym_status st = ym_archive_open(o->kind, o->data, o->size, s->e->locale, &o->archive);

        st = st == YM_OK ? ym_archive_use(o->archive, s->e->metadata, o->type) : st;
        if (st == YM_NOMEM) {
            ym_engine_fail(s, st);
        } else if (st != YM_OK && !o->inside) {
            ym_engine_gap_object(s, st == YM_UNSUPPORTED ? YM_GAP_UNSUPPORTED : YM_GAP_MALFORMED, o,
                                 ym_kind_word(o->kind));
        }
        if (st != YM_OK) {
            o->unpack = false;
            return NULL;
        }
    }
    while (!done && !s->stop && may_add(s, o)) {
        struct ym_object *child = next_member(s, o, &done);

        if (child != NULL) {
            return child;
        }
    }
    o->unpack = false;
    return NULL;
}

static struct ym_object *next_of_slices(struct ym_scan *s, struct ym_object *o) {
    struct ym_exe_range slice = {0, 0};
    struct ym_reader r;
    struct ym_object *child;
    char number[32];
    ym_status st;

    ym_reader_init(&r, o->data, o->size);
    st = ym_macho_slice(r, o->slice, &slice, NULL);
    if (st != YM_OK) {
        if (st != YM_END) {
            ym_engine_gap_object(s, YM_GAP_MALFORMED, o, "a slice of the universal binary");
        }
        o->unpack = false;
        return NULL;
    }
    (void)snprintf(number, sizeof(number), "#%u", ++o->slice);
    if (!may_add(s, o)) {
        return NULL;
    }
    child = ym_object_new(s, o, o->data + slice.offset, (size_t)slice.size, NULL,
                          ym_object_path(s, o->path, "/", number));
    if (child != NULL) {
        child->partial = o->partial;
        ym_object_sniff(s, child);
    }
    return child;
}

static const char *embedded_path(struct ym_scan *s, const struct ym_object *o, size_t offset) {
    char place[32];

    (void)snprintf(place, sizeof(place), "@%zu", offset);
    return ym_object_path(s, o->path, "/", place);
}

/* Archives and programs inside the bytes of something that is no archive itself. */
static struct ym_object *next_embedded(struct ym_scan *s, struct ym_object *o) {
    struct ym_embedded found = {.kind = YM_KIND_DATA};
    struct ym_object *child;

    if (!ym_embedded_find(o->data, o->size, o->embedded_at, &found)) {
        o->unpack = false;
        return NULL;
    }
    if (o->given && !ym_filetypes_embedded(s->e->filetypes)) {
        ym_engine_gap(s, YM_GAP_UNSUPPORTED, o->path, found.offset, found.size,
                      "the signatures' own table of types names no embedded ones");
        o->unpack = false;
        return NULL;
    }
    if (++o->embedded > MAX_EMBEDDED) {
        ym_engine_gap(s, YM_GAP_ITEMS, o->path, found.offset, o->size - found.offset,
                      "more embedded archives than are tried");
        o->unpack = false;
        return NULL;
    }
    o->embedded_at = found.next;
    child = ym_object_new(s, o, o->data + found.offset, found.size, NULL,
                          found.kind == YM_KIND_PE ? embedded_path(s, o, found.offset) : o->path);
    if (child != NULL) {
        child->inside = found.kind != YM_KIND_PE; /* programs have signatures of their own */
        child->partial = o->partial;
        ym_object_set_kind(s, child, found.kind);
    }
    return child;
}

/* A child from decoded bytes, called "what:number". */
static struct ym_object *new_decoded(struct ym_scan *s, struct ym_object *o, const char *what,
                                     struct ym_buf *bytes, ym_gap limit_gap) {
    const ym_status st = ym_buf_status(bytes);
    const size_t n = bytes->len;
    struct ym_object *child;
    char name[32];

    (void)snprintf(name, sizeof(name), "%s:%u", what, ++o->slice);
    child = ym_object_new(s, o, bytes->data, n, bytes, ym_object_path(s, o->path, "/", name));
    if (child != NULL) {
        child->partial = st != YM_OK;
        if (st == YM_LIMIT) {
            ym_engine_gap(s, limit_gap, child->path, n, 0, "larger than the limit");
        }
        ym_object_sniff(s, child);
    }
    return child;
}

/* The next data: URL of a page, decoded. */
static struct ym_object *next_of_page(struct ym_scan *s, struct ym_object *o) {
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

/* What the mail says of a part; its place is not counted, as in clamscan. */
static void ask_about_part(struct ym_scan *s, struct ym_object *o, const struct ym_mail_part *part,
                           const struct ym_object *child) {
    struct ym_member member = {
        .has_packed = true, .packed = child->size, .has_size = true, .size = child->size};

    if (!ym_metadata_any(s->e->metadata)) {
        return;
    }
    if (part->name_size > 0) {
        member.name = ym_arena_strndup(s->e->names, (const char *)o->data + part->name_offset,
                                       part->name_size);
    }
    ym_object_ask_metadata(s, o, &member, child->path);
}

/* The next body of a mail, decoded. */
static struct ym_object *next_of_mail(struct ym_scan *s, struct ym_object *o) {
    const struct ym_archive_budget budget = budget_of(s, o);
    struct ym_mail_part part = {.encoding = YM_MAIL_PLAIN};
    struct ym_object *child;
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
    child = new_decoded(s, o, "part", &bytes, budget.member_gap);
    if (child != NULL) {
        ask_about_part(s, o, &part, child);
        child->shows_links = ym_part_shows_links(o, &part, child);
    }
    return child;
}

/* The same bytes once more, as the type that a signature asked for. */
static struct ym_object *next_retyped(struct ym_scan *s, struct ym_object *o) {
    struct ym_object *child;

    o->has_handler = false;
    if (!may_add(s, o)) {
        return NULL;
    }
    child = ym_object_new(s, o, o->data, o->size, NULL, o->path);
    if (child != NULL) {
        child->partial = o->partial;
        child->retyped = true;
        child->have = o->have;
        memcpy(child->digests, o->digests, sizeof(child->digests));
        ym_object_set_kind(s, child, ym_cltype_kind(o->handler, o->data, o->size));
        child->type = o->handler;
    }
    return child;
}

struct ym_object *ym_object_next_child(struct ym_scan *s, struct ym_object *o) {
    if (!o->unpack || s->stop) {
        return NULL;
    }
    if (o->has_handler) {
        return next_retyped(s, o);
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
struct ym_object *ym_object_close(struct ym_scan *s, struct ym_object *o) {
    struct ym_object *parent = o->parent;

    ym_object_settle(s, o);
    if (o->inside && ym_kind_holds(o->kind) == YM_HOLDS_ARCHIVE &&
        (o->archive == NULL || ym_archive_members(o->archive) == 0)) {
        parent->embedded_at = (size_t)(o->data - parent->data) + 1;
    }
    free_object(s, o);
    return parent;
}
