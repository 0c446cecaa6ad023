/* detect.c - digests of objects, allow lists, and what is written down as a detection. */
#include "object.h"

#include "database/digests.h"
#include "match/match.h"

#include <stdio.h>
#include <string.h>

enum {
    SECTION_PASSES = 4, /* times the file's size that section digests may read */
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
            o->trust = ask_trust(s, o) ? TRUSTED : NOT_TRUSTED;
        }
        if (o->trust == TRUSTED) {
            return true;
        }
    }
    return false;
}

/* ---- Detections --------------------------------------------------------------------------- */

static void add_evidence(const struct ym_object *o, struct ym_report_detection *d) {
    uint64_t from = d->offset > EVIDENCE_BEFORE ? d->offset - EVIDENCE_BEFORE : 0;

    if (d->offset < o->size) {
        uint64_t n = o->size - from;

        d->bytes = o->data + from;
        d->n_bytes = n > YM_REPORT_MAX_BYTES ? YM_REPORT_MAX_BYTES : (uint32_t)n;
    }
}

void ym_engine_detect(struct ym_scan *s, struct ym_object *o, const struct ym_finding *f) {
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
    ym_engine_fail(s, ym_report_add_detection(s->report, &d));
    if (!s->options->all_matches) {
        s->stop = true;
    }
}

/* ---- Digest signatures -------------------------------------------------------------------- */

struct digest_self {
    struct ym_scan *scan;
    struct ym_object *object;
    uint64_t offset;
};

static bool on_digest(void *self, const struct ym_digest_found *found) {
    const struct digest_self *ds = self;
    const struct ym_finding f = {.unofficial = found->unofficial,
                                 .name = found->name,
                                 .name_len = found->name_len,
                                 .pattern = "",
                                 .file = "",
                                 .offset = ds->offset};

    ym_engine_detect(ds->scan, ds->object, &f);
    return !ds->scan->stop;
}

void ym_object_look_up_digests(struct ym_scan *s, struct ym_object *o) {
    for (unsigned i = 0; i < s->e->n_layers && !s->stop; i++) {
        const struct ym_digests *d = ym_match_digests(s->e->layers[i]);
        unsigned wanted = d == NULL ? 0 : ym_digests_wanted(d, YM_DIGEST_FILE, o->size);
        struct digest_self self = {s, o, UINT64_MAX};

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

static void look_up_section(struct ym_scan *s, struct ym_object *o,
                            const struct ym_exe_section *section, uint64_t *left) {
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
                ym_engine_gap(s, YM_GAP_BUDGET, o->path, section->raw_offset, section->raw_size,
                              "sections overlap too often to be hashed");
                return;
            }
            *left -= section->raw_size;
            ym_engine_fail(s, ym_hasher_run(s->e->hasher, (ym_digest_algo)algo,
                                            o->data + section->raw_offset,
                                            (size_t)section->raw_size, digest));
            if (s->status == YM_OK) {
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
