/* engine.c - the way of one file through sniffing, matching, hashing and unpacking.
 *
 * There is no recursion and no list of waiting objects: the open containers form a chain from
 * the innermost to the file itself (struct ym_object, linked by parent), and the loop in
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
 *   5. where one detection is wanted, what an object's own bytes gave waits (pending) until all inside
 *      it was looked at, whatever ends that; heuristics wait until the end of the file
 *
 * Two things follow clamscan 1.4 on purpose: of HTML its signatures see only the normalised
 * views, and of text both the bytes and the normalised text, as any target and as target 7. */
#include "engine/engine.h"

#include "image_hash.h"
#include "object.h"
#include "phishing.h"

#include "base/alloc.h"
#include "base/time.h"
#include "database/tables.h"
#include "match/match.h"
#include "match/modules.h"

#include <string.h>

#define MODULE "engine"

enum {
    SCRATCH_CAP = 256 << 20, /* hits of one object, per image */
    NAMES_CAP = 64 << 20,    /* paths of all objects of one file */
    OBJECT_CAP = 16 << 20,   /* headers of one object */
    MODULES_CAP = 64 << 20   /* what YARA's modules know of one object */
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

/* Libraries are loaded while the file system is still there, and only if a rule needs them. */
static ym_status load_decoders(struct ym_engine *e, struct ym_err *err) {
    uint64_t asking = 0;

    for (unsigned i = 0; i < e->n_layers; i++) {
        struct ym_db_info info;

        ym_db_get_info(e->layers[i], &info);
        asking += info.image_hash_rules;
    }
    if (asking > 0) {
        e->decoders = ym_decoders_new();
        if (e->decoders == NULL) {
            return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "out of memory");
        }
    }
    return YM_OK;
}

/* They are left NULL when the images have none. */
static ym_status load_certs(struct ym_engine *e, struct ym_err *err) {
    for (unsigned i = 0; i < e->n_layers; i++) {
        struct ym_table_cursor cursor = {.db = e->layers[i], .table = YM_TABLE_CERT};
        struct ym_table_row row;

        while (ym_db_table_next(&cursor, &row)) {
            if (e->certs == NULL) {
                YM_TRY(ym_certs_new(&e->certs, err));
            }
            YM_TRY(ym_certs_add(e->certs, &row, err));
        }
    }
    return YM_OK;
}

static ym_status engine_init(struct ym_engine *e, struct ym_err *err) {
    ym_dconf_load(&e->dconf, e->layers, e->n_layers);
    YM_TRY(ym_hasher_new(&e->hasher, err));
    YM_TRY(load_certs(e, err));
    e->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (e->locale == (locale_t)0) {
        return ym_fail_errno(err, MODULE, "", 0, "the locale C.UTF-8 is missing (libc-bin)");
    }
    e->names = ym_arena_new(NAMES_CAP);
    e->headers = ym_arena_new(OBJECT_CAP);
    e->modules = ym_modules_new(MODULES_CAP);
    for (unsigned i = 0; i < e->n_layers; i++) {
        e->scratch[i] = ym_scratch_new(e->layers[i], SCRATCH_CAP);
        if (e->scratch[i] == NULL) {
            return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "out of memory");
        }
    }
    if (e->names == NULL || e->headers == NULL || e->modules == NULL ||
        ym_metadata_new(e->layers, e->n_layers, &e->metadata) != YM_OK ||
        ym_phishing_new(e->layers, e->n_layers, &e->phishing) != YM_OK ||
        ym_filetypes_new(e->layers, e->scratch, e->n_layers, &e->filetypes) != YM_OK) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "out of memory");
    }
    warm_up(e);
    return load_decoders(e, err);
}

ym_status ym_engine_new(const struct ym_db *const *layers, unsigned n_layers,
                        const struct ym_limits *limits, struct ym_engine **ret_engine,
                        struct ym_err *err) {
    struct ym_engine *e;
    ym_status st;

    if (n_layers > YM_ENGINE_MAX_LAYERS) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "%u images; at most %d", n_layers,
                       YM_ENGINE_MAX_LAYERS);
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
    ym_decoders_free(e->decoders);
    ym_phishing_free(e->phishing);
    ym_hasher_free(e->hasher);
    ym_metadata_free(e->metadata);
    ym_filetypes_free(e->filetypes);
    ym_certs_free(e->certs);
    if (e->locale != (locale_t)0) {
        freelocale(e->locale);
    }
    ym_arena_free(e->names);
    ym_arena_free(e->headers);
    ym_modules_free(e->modules);
    ym_free(e);
}

void ym_engine_set_limits(struct ym_engine *e, const struct ym_limits *limits) {
    e->limits = *limits;
}

/* ---- Writing down ------------------------------------------------------------------------- */

void ym_engine_fail(struct ym_scan *s, ym_status st) {
    if (st != YM_OK) {
        s->status = s->status == YM_OK ? st : s->status;
        s->stop = true;
    }
}

void ym_engine_gap(struct ym_scan *s, ym_gap gap, const char *path, uint64_t offset, uint64_t size,
                   const char *detail) {
    ym_engine_fail(s, ym_report_add_gap(s->report, gap, path, offset, size, detail));
}

/* A whole object is not looked at. */
void ym_engine_gap_object(struct ym_scan *s, ym_gap gap, const struct ym_object *o,
                          const char *detail) {
    ym_engine_gap(s, gap, o->path, 0, o->size, detail);
}

/* ---- The way of one file ------------------------------------------------------------------- */

/* What the user gave for YARA rules; an image that does not know a name has no use for it. */
static void give_values(struct ym_engine *e, const struct ym_scan_options *options) {
    for (unsigned i = 0; i < options->n_externals; i++) {
        for (unsigned k = 0; k < e->n_layers; k++) {
            (void)ym_scratch_define(e->scratch[k], &options->externals[i]);
        }
    }
    ym_modules_give(e->modules, YM_MODULE_CUCKOO, options->cuckoo);
}

ym_status ym_engine_scan(struct ym_engine *e, const void *data, size_t size, const char *name,
                         const struct ym_scan_options *options, struct ym_report *report) {
    struct ym_scan_options asked = *options;
    struct ym_scan s = {.e = e, .options = &asked, .report = report};
    uint64_t now = ym_now_ns();
    struct ym_object *o;

    (void)name; /* content decides; see sniff.h */
    s.deadline_ns = e->limits.max_time > (UINT64_MAX - now) / 1000000000u
                        ? UINT64_MAX
                        : now + e->limits.max_time * 1000000000u;
    asked.all_matches = options->all_matches || options->matches;
    asked.rules = options->rules || options->matches;
    asked.no_unpack = options->no_unpack || options->memory;
    ym_arena_reset(e->names);
    give_values(e, options);
    report->digests_whole = options->digests;
    o = ym_object_new(&s, NULL, data, size, NULL, "");
    if (o != NULL) {
        o->base = options->memory ? options->base : 0;
        ym_object_sniff(&s, o);
        report->kind = (uint8_t)o->kind;
        ym_object_look_at(&s, o);
    }
    while (o != NULL) {
        struct ym_object *child = ym_object_next_child(&s, o);

        if (child == NULL) {
            o = ym_object_close(&s, o);
        } else {
            ym_object_look_at(&s, child);
            o = child;
        }
    }
    if (s.has_heuristic && report->n_detections == 0) {
        ym_engine_fail(&s, ym_report_add_detection(report, &s.heuristic));
    }
    return s.status;
}
