/* detect.c - digests of objects, allow lists, and what is written down as a detection. */
#include "object.h"

#include "database/about.h"
#include "database/digests.h"
#include "match/match.h"

#include <stdio.h>
#include <string.h>

enum {
    RECORD_MAX = 16 << 20, /* larger objects are remembered by their size alone */
    SECTION_PASSES = 4,    /* times the file's size that section digests may read */
    EVIDENCE_BEFORE = 16
};

/* ---- Digests and allow lists -------------------------------------------------------------- */

const uint8_t *ym_object_digest(struct ym_scan *s, struct ym_object *o, ym_digest_algo algo) {
    if ((o->have & (1u << algo)) == 0) {
        ym_status st = ym_hasher_run(s->e->hasher, algo, o->data, o->size, o->digests[algo]);

        if (st != YM_OK) {
            ym_engine_fail(s, st);
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

static bool ask_trust(struct ym_scan *s, struct ym_object *o) {
    bool trusted = false;

    for (unsigned i = 0; i < s->e->n_layers && !trusted && !o->partial && !o->inside; i++) {
        const struct ym_digests *d = ym_match_digests(s->e->layers[i]);
        unsigned wanted = d == NULL ? 0 : ym_digests_wanted(d, YM_DIGEST_ALLOW, o->size);

        for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && !trusted; algo++) {
            const uint8_t *digest =
                wanted & (1u << algo) ? ym_object_digest(s, o, (ym_digest_algo)algo) : NULL;

            if (digest != NULL) {
                ym_digests_find(d, YM_DIGEST_ALLOW, (ym_digest_algo)algo, o->size, digest,
                                found_trust, &trusted);
            }
        }
    }
    return trusted;
}

/* Is the object, or a container around it, on an allow list? */
static bool is_trusted(struct ym_scan *s, struct ym_object *o) {
    for (; o != NULL; o = o->parent) {
        if (o->trust == UNASKED) {
            o->trust = ask_trust(s, o) || ym_object_is_vouched(s, o) ? TRUSTED : NOT_TRUSTED;
        }
        if (o->trust == TRUSTED) {
            return true;
        }
    }
    return false;
}

/* ---- Detections --------------------------------------------------------------------------- */

static void add_evidence(const struct ym_object *o, struct ym_report_detection *d) {
    const uint64_t at = d->offset - o->base;
    uint64_t from = at > EVIDENCE_BEFORE ? at - EVIDENCE_BEFORE : 0;

    if (at < o->size) {
        uint64_t n = o->size - from;

        d->bytes = o->data + from;
        d->n_bytes = n > YM_REPORT_MAX_BYTES ? YM_REPORT_MAX_BYTES : (uint32_t)n;
    }
}

/* ym_match_hit_fn */
static bool on_hit(void *self, const struct ym_match_hit *h) {
    struct ym_scan *s = self;
    const uint32_t max = s->options->match_bytes;
    const struct ym_report_match m = {.pattern = h->pattern,
                                      .hex = h->hex,
                                      .has_key = h->has_key,
                                      .key = h->key,
                                      .offset = h->offset,
                                      .length = h->length,
                                      .bytes = h->bytes,
                                      .n_bytes = h->length < max ? h->length : max};
    bool more;

    ym_engine_fail(s, ym_report_add_match(s->report, &m, &more));
    return more && s->status == YM_OK;
}

static void write_down(struct ym_scan *s, const struct ym_object *o, const struct ym_finding *f) {
    char name[1024];
    char source[1024] = "";
    struct ym_report_detection d = {.name = name,
                                    .kind = f->yara        ? "yara"
                                            : f->heuristic ? "heuristic"
                                                           : "clamav",
                                    .object = f->path != NULL ? f->path : o->path,
                                    .layers = o->layers,
                                    .pattern = f->pattern,
                                    .source = source,
                                    .offset = f->offset,
                                    .length = f->length};

    if (s->options->rules) {
        d.layer = f->layer;
        d.rule = f->rule;
    }
    (void)snprintf(name, sizeof(name), "%.*s%s", (int)(f->name_len > 1000 ? 1000 : f->name_len),
                   f->name, !f->yara && f->unofficial ? ".UNOFFICIAL" : "");
    if (f->heuristic && !s->options->all_matches) {
        if (!s->has_heuristic) {
            d.name = f->name; /* static */
            d.source = "";
            s->heuristic = d;
            s->has_heuristic = true;
        }
        return;
    }
    if (f->file[0] != '\0') {
        (void)snprintf(source, sizeof(source), "%.1000s:%u", f->file, f->line);
    }
    if (s->options->evidence) {
        add_evidence(o, &d);
    }
    ym_engine_fail(s, ym_report_add_detection(s->report, &d));
    if (s->options->matches && f->match != NULL && s->status == YM_OK) {
        ym_match_hits(f->match, on_hit, s);
    }
    if (!s->options->all_matches) {
        s->stop = true;
    }
}

/* Would the finding be named instead of the one that is kept? */
static bool goes_first(const struct ym_object *o, const struct ym_finding *f) {
    const struct ym_finding *p = &o->pending;

    if (!o->has_pending || f->stage != p->stage) {
        return !o->has_pending || f->stage < p->stage;
    }
    return f->place < p->place || (f->place == p->place && p->yields);
}

/* false: no room for its name. */
static bool keep(struct ym_scan *s, struct ym_object *o, const struct ym_finding *f) {
    const char *name = ym_arena_strndup(s->e->names, f->name, f->name_len);

    if (name != NULL) {
        o->pending = *f;
        o->pending.match = NULL;
        o->pending.name = name;
        o->has_pending = true;
    }
    return name != NULL;
}

/* Does the user want to hear of it? */
static bool is_wanted(const struct ym_scan *s, const struct ym_finding *f) {
    const struct ym_scan_options *o = s->options;

    if (o->tag == NULL && o->identifier == NULL) {
        return true;
    }
    return f->yara && f->rule != 0 &&
           (o->identifier == NULL || strcmp(f->name, o->identifier) == 0) &&
           (o->tag == NULL || ym_db_rule_has_tag(s->e->layers[f->layer], f->rule - 1, o->tag));
}

void ym_engine_detect(struct ym_scan *s, struct ym_object *o, const struct ym_finding *f) {
    const bool kept = !s->options->all_matches && !f->heuristic && f->stage != YM_STAGE_MEMBER;

    if (!is_wanted(s, f)) {
        return;
    }
    if (kept && !goes_first(o, f)) {
        return;
    }
    if (is_trusted(s, o)) {
        s->report->mixed = true;
        return;
    }
    if (!kept || !keep(s, o, f)) {
        write_down(s, o, f);
    }
}

void ym_object_settle(struct ym_scan *s, struct ym_object *o) {
    if (o->has_pending && s->report->n_detections == 0) {
        write_down(s, o, &o->pending);
    }
}

/* ---- Digest signatures -------------------------------------------------------------------- */

struct digest_self {
    struct ym_scan *scan;
    struct ym_object *object;
    enum ym_stage stage;
    uint64_t offset;
};

static bool on_digest(void *self, const struct ym_digest_found *found) {
    const struct digest_self *ds = self;
    const struct ym_finding f = {.unofficial = found->unofficial,
                                 .stage = ds->stage,
                                 .name = found->name,
                                 .name_len = found->name_len,
                                 .pattern = "",
                                 .file = "",
                                 .offset = ds->offset};

    ym_engine_detect(ds->scan, ds->object, &f);
    return !ds->scan->stop;
}

static bool is_asked(const struct ym_scan *s, unsigned layer) {
    return (s->options->skip_layers >> layer & 1) == 0;
}

/* Digests of some bytes that no object keeps. */
struct digest_set {
    unsigned have; /* bit (1 << algo) */
    uint8_t digests[YM_DIGEST_ALGOS][YM_DIGEST_MAX];
};

static bool wants_record(const struct ym_scan *s) {
    return s->options->digests && s->report->digests_whole;
}

/* What the cache of verdicts will want to know: every bytes that the digest signatures of a later
 * image may be asked about must come here.  make: fills the set, too. */
static void record(struct ym_scan *s, ym_digest_kind kind, const uint8_t *data, size_t size,
                   bool make, struct digest_set *set) {
    struct ym_report_digest row = {.size = size, .kind = (uint8_t)kind, .made = make};
    size_t at = 0;

    if (make) {
        ym_engine_fail(s, ym_hasher_run_all(s->e->hasher, data, size, set->digests));
        for (unsigned algo = 0; algo < YM_DIGEST_ALGOS; algo++) {
            memcpy(row.bytes + at, set->digests[algo], ym_digest_size((ym_digest_algo)algo));
            at += ym_digest_size((ym_digest_algo)algo);
        }
        set->have = (1u << YM_DIGEST_ALGOS) - 1;
    }
    if (s->status == YM_OK) {
        ym_engine_fail(s, ym_report_add_digest(s->report, &row));
    }
}

static void record_object(struct ym_scan *s, struct ym_object *o) {
    struct digest_set set = {.have = 0};

    if (wants_record(s)) {
        record(s, YM_DIGEST_FILE, o->data, o->size, o->size <= RECORD_MAX, &set);
        if (set.have != 0 && s->status == YM_OK) {
            memcpy(o->digests, set.digests, sizeof(o->digests));
            o->have = set.have;
        }
    }
}

void ym_object_look_up_digests(struct ym_scan *s, struct ym_object *o) {
    record_object(s, o);
    for (unsigned i = 0; i < s->e->n_layers && !s->stop; i++) {
        const struct ym_digests *d = ym_match_digests(s->e->layers[i]);
        unsigned wanted =
            d == NULL || !is_asked(s, i) ? 0 : ym_digests_wanted(d, YM_DIGEST_FILE, o->size);
        struct digest_self self = {s, o, YM_STAGE_DIGEST, UINT64_MAX};

        for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && !s->stop; algo++) {
            const uint8_t *digest =
                wanted & (1u << algo) ? ym_object_digest(s, o, (ym_digest_algo)algo) : NULL;

            if (digest != NULL) {
                ym_digests_find(d, YM_DIGEST_FILE, (ym_digest_algo)algo, o->size, digest, on_digest,
                                &self);
            }
        }
    }
}

/* The bytes that sections may still be hashed by, all algorithms together: *left. */
static bool spend(uint64_t *left, uint64_t size, unsigned times) {
    if (size > *left / times) {
        return false;
    }
    *left -= size * times;
    return true;
}

static void record_section(struct ym_scan *s, struct ym_object *o,
                           const struct ym_exe_section *section, uint64_t *left,
                           struct digest_set *set) {
    bool make = section->raw_size <= RECORD_MAX;

    if (!wants_record(s)) {
        return;
    }
    if (make && !spend(left, section->raw_size, YM_DIGEST_ALGOS)) {
        s->report->digests_whole = false;
        return;
    }
    record(s, YM_DIGEST_SECTION, o->data + section->raw_offset, (size_t)section->raw_size, make,
           set);
}

/* NULL: no more may be hashed (a gap), or the engine failed. */
static const uint8_t *section_digest(struct ym_scan *s, const struct ym_object *o,
                                     const struct ym_exe_section *section, ym_digest_algo algo,
                                     uint64_t *left, struct digest_set *set) {
    if ((set->have >> algo & 1) != 0) {
        return set->digests[algo];
    }
    if (!spend(left, section->raw_size, 1)) {
        ym_engine_gap(s, YM_GAP_BUDGET, o->path, section->raw_offset, section->raw_size,
                      "sections overlap too often to be hashed");
        return NULL;
    }
    ym_engine_fail(s, ym_hasher_run(s->e->hasher, algo, o->data + section->raw_offset,
                                    (size_t)section->raw_size, set->digests[algo]));
    set->have |= 1u << algo;
    return s->status == YM_OK ? set->digests[algo] : NULL;
}

struct member_self {
    struct ym_scan *scan;
    struct ym_object *container;
    const char *path;
};

static bool on_member(void *self, const struct ym_metadata_found *found) {
    const struct member_self *ms = self;
    char file[1024];
    const struct ym_finding f = {.unofficial = found->unofficial,
                                 .stage = YM_STAGE_MEMBER,
                                 .name = found->name,
                                 .name_len = found->name_len,
                                 .pattern = "",
                                 .file = file,
                                 .line = found->line,
                                 .offset = UINT64_MAX,
                                 .path = ms->path};

    (void)snprintf(file, sizeof(file), "%.*s",
                   (int)(found->file_len < sizeof(file) ? found->file_len : sizeof(file) - 1),
                   found->file);
    ym_engine_detect(ms->scan, ms->container, &f);
    return !ms->scan->stop;
}

void ym_object_ask_metadata(struct ym_scan *s, struct ym_object *container,
                            const struct ym_member *member, const char *path) {
    struct member_self self = {s, container, path};
    bool gave_up = false;

    ym_metadata_ask(s->e->metadata, container->type, container->size, member, on_member, &self,
                    &gave_up);
    if (gave_up && !s->stop) {
        ym_engine_gap(s, YM_GAP_BUDGET, path, 0, 0,
                      "an expression for the name of a member ran out of its work budget");
    }
}

static void look_up_section(struct ym_scan *s, struct ym_object *o,
                            const struct ym_exe_section *section, uint64_t *left) {
    struct digest_set set = {.have = 0};

    record_section(s, o, section, left, &set);
    for (unsigned i = 0; i < s->e->n_layers && !s->stop; i++) {
        const struct ym_digests *d = ym_match_digests(s->e->layers[i]);
        unsigned wanted = d == NULL || !is_asked(s, i)
                              ? 0
                              : ym_digests_wanted(d, YM_DIGEST_SECTION, section->raw_size);
        struct digest_self self = {s, o, YM_STAGE_PART, section->raw_offset};

        for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && !s->stop; algo++) {
            const uint8_t *digest =
                (wanted >> algo & 1) == 0
                    ? NULL
                    : section_digest(s, o, section, (ym_digest_algo)algo, left, &set);

            if (digest != NULL) {
                ym_digests_find(d, YM_DIGEST_SECTION, (ym_digest_algo)algo, section->raw_size,
                                digest, on_digest, &self);
            }
        }
    }
}

void ym_object_look_up_sections(struct ym_scan *s, struct ym_object *o, const struct ym_exe *exe) {
    uint64_t left = (uint64_t)o->size * SECTION_PASSES * YM_DIGEST_ALGOS;

    for (uint32_t i = 0; i < exe->n_sections && !s->stop; i++) {
        if (exe->sections[i].raw_size > 0) {
            look_up_section(s, o, &exe->sections[i], &left);
        }
    }
}
