/* engine/engine.h - objects in, detections and coverage out.
 *
 * One engine per scanner process.  An outer object (a file's bytes) is put in a queue; each
 * object is sniffed, matched once against every layer of the signature images, hashed where a
 * digest signature could match, and handed to the format that can unpack it, which emits
 * children into the same queue.  No recursion, every loop bounded by a row of limits.h. */
#ifndef YM_ENGINE_ENGINE_H
#define YM_ENGINE_ENGINE_H

#include "base/external.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/limits.h"
#include "engine/report.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_db;
struct ym_engine; /* opaque */

/* The images are borrowed: they must outlive the engine. */
YM_MUST_CHECK ym_status ym_engine_new(const struct ym_db *const *layers, unsigned n_layers,
                                      const struct ym_limits *limits, struct ym_engine **ret_engine,
                                      struct ym_err *err);
void ym_engine_free(struct ym_engine *e); /* accepts NULL */
/* For scans from now on. */
void ym_engine_set_limits(struct ym_engine *e, const struct ym_limits *limits);

struct ym_scan_options {
    bool all_matches; /* else: one detection, which clamscan would name; see enum ym_stage */
    bool no_unpack;   /* the outer object only, as yara does: no children, no normalised views */
    bool evidence;    /* keep bytes around hits (explain) */
    bool trace;       /* notes on how every signature fared (db test); for few signatures */
    const char *trace_rule; /* of this rule only, of whatever many; NULL: of all.  Borrowed */
    bool digests;           /* report the digests of all objects, for the cache of verdicts */
    bool rules;             /* report which rule of which image a detection is, and each of them */
    bool matches;           /* and all matches of its patterns; with it goes all_matches */
    uint32_t match_bytes;   /* to keep of each, at most YM_REPORT_MAX_MATCH */
    /* Only rules of YARA with this tag, and of this name, are detections; NULL: all.  Borrowed. */
    const char *tag;
    const char *identifier;
    /* The bytes are memory of a process at this address: offsets of YARA count from there,
     * `filesize` is undefined, nothing is unpacked. */
    bool memory;
    uint64_t base;
    /* External variables of YARA rules, for all images that have them; borrowed. */
    const struct ym_external *externals;
    unsigned n_externals;
    struct ym_str cuckoo; /* a report for YARA's module cuckoo; borrowed */
    /* Bit i: image i is known to have nothing on this file.  Its rules and digests are not asked;
     * its allow lists and side tables are. */
    uint32_t skip_layers;
};

/* name: the file's own name, used for sniffing only as a last resort, never opened.
 * Everything that went wrong inside the object is a gap in the report; a status other than OK
 * means that the engine itself failed (out of memory). */
YM_MUST_CHECK ym_status ym_engine_scan(struct ym_engine *e, const void *data, size_t size,
                                       const char *name, const struct ym_scan_options *options,
                                       struct ym_report *report);

#endif
