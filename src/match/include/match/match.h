/* match/match.h - one pass of an image over an object's bytes.
 *
 *     struct ym_scratch *s = ym_scratch_new(db, limit_bytes);     // once per scanner
 *     ym_match(db, s, &input, on_detection, self, &gaps);          // per object
 *
 * The only state between calls is inside the scratch, and no call leaves any there. */
#ifndef YM_MATCH_MATCH_H
#define YM_MATCH_MATCH_H

#include "base/external.h"
#include "base/status.h"
#include "database/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_exe;
struct ym_modules; /* match/modules.h */
struct ym_scratch; /* opaque */

/* Room for hits and candidates; grows on demand up to cap bytes, then a gap is reported. */
struct ym_scratch *ym_scratch_new(const struct ym_db *db, size_t cap);
void ym_scratch_free(struct ym_scratch *s); /* accepts NULL */

/* Vector instructions are used where the processor has them; every path finds the same.  For tests
 * and measurements: bits is 0 (none), 256, 512 or
 * 513 (512 with the byte look-ups of AVX-512 VBMI); false, and nothing changes: not on this processor. */
bool ym_scratch_use_vectors(struct ym_scratch *s, unsigned bits);

/* The value of an external variable of YARA rules for all scans with this scratch, instead of the
 * image's.  false: the image has none of this name and type.  The text is
 * borrowed. */
bool ym_scratch_define(struct ym_scratch *s, const struct ym_external *e);

enum ym_match_lang { YM_MATCH_CLAMAV = 1u << 0, YM_MATCH_YARA = 1u << 1 };

struct ym_match_input {
    const uint8_t *data;
    size_t size;
    unsigned target;          /* enum ym_target of the object: rules of it and of ANY are tried */
    unsigned langs;           /* ym_match_lang bits: which rules apply */
    const struct ym_exe *exe; /* NULL: not an executable, or its headers did not parse */
    bool has_yara_entry;      /* YARA's `entrypoint`, which follows its own rules */
    uint64_t yara_entry;
    bool no_regex; /* ClamAV's PCRE subsignatures do not match */
    /* NULL, or told line by line, in order of the rules, what was found of each and why it does or
     * does not hold: for a few rules and people who write them. */
    const struct ym_match_trace *trace;
    /* For ClamAV's logical signatures; NULL: the object has no surroundings that they could ask. */
    const struct ym_match_context *context;
    /* Begun over the same bytes; NULL: values of YARA's modules are undefined. */
    struct ym_modules *modules;
    /* Patterns of YARA keep all their matches, also those of which the condition asks only whether
     * there is one: for ym_match_hits(). */
    bool every_match;
    /* The bytes are memory of a process, at this address, which is what offsets of YARA count from;
     * `filesize` is undefined. */
    bool memory;
    uint64_t base;
    uint64_t deadline_ns; /* as ym_now_ns(); 0: none */
};

struct ym_match_trace {
    void (*line)(void *self, const char *text);
    void *self;
    const char *only; /* the rule of this name; NULL: the first of all */
};

/* What only the engine knows of an object.  The functions may be NULL (the answer is no) and are
 * asked at most once an object each for the image hash, once a rule for icons. */
struct ym_match_context {
    const uint16_t *types; /* enum ym_cltype of the containers around it, the direct parent first */
    uint32_t n_types;
    /* Does an icon of this PE file belong to the groups?  NULL: any group. */
    bool (*icon)(void *self, const char *group1, const char *group2);
    /* Perceptual hash of the picture that the object is; false: it is none, or damaged. */
    bool (*image_hash)(void *self, uint64_t *ret_hash);
    void *self;
};

struct ym_match_detection {
    unsigned lang;    /* enum ym_lang */
    const char *name; /* borrowed from the image, NUL-terminated */
    const char *ns;   /* YARA namespace, "" for the default */
    bool unofficial;
    bool logical;        /* a logical signature of ClamAV */
    bool targeted;       /* for objects of the input's target only */
    bool plain;          /* its one pattern is a text without wildcards */
    uint32_t rule;       /* id in the image */
    const char *pattern; /* id of the pattern hit, "" if none or unnamed */
    uint64_t offset;     /* of the hit, or UINT64_MAX: the rule holds without one */
    uint32_t length;
    const char *file; /* the rule came from here; "" unknown */
    uint32_t line;
    bool has_handler; /* not a finding: look at the object once more, as this enum ym_cltype */
    uint16_t handler;
    void *inner; /* private */
};
/* Called for each detection, in rule order; false: stop. */
typedef bool ym_match_fn(void *self, const struct ym_match_detection *d);

/* A match of one of the rule's patterns that are not private. */
struct ym_match_hit {
    const char *pattern; /* its id, or "" */
    bool hex;            /* a hex string of YARA */
    bool has_key;        /* of an xored text: this is the key */
    uint8_t key;
    uint64_t offset;
    uint32_t length;
    const uint8_t *bytes; /* in the input */
};
/* false: enough. */
typedef bool ym_match_hit_fn(void *self, const struct ym_match_hit *hit);

/* Inside a call of ym_match_fn: all that is kept of the detection's matches, pattern by pattern, by
 * rising offset. */
void ym_match_hits(const struct ym_match_detection *d, ym_match_hit_fn *fn, void *self);

/* Of a pattern that is kept for ym_match_hits() only, as libyara keeps. */
enum { YM_MATCH_MAX_EXTRA = 1000000 };

enum ym_match_gap {
    YM_MATCH_GAP_BUDGET = 1u << 0,  /* a pattern or condition ran out of its work budget */
    YM_MATCH_GAP_HITS = 1u << 1,    /* more hits than are kept */
    YM_MATCH_GAP_DAMAGED = 1u << 2, /* a condition of the image is damaged and was not asked */
    YM_MATCH_GAP_TIME = 1u << 3     /* the deadline passed */
};

/* *ret_gaps: ym_match_gap bits; 0: every applicable rule was answered exactly. */
YM_MUST_CHECK ym_status ym_match(const struct ym_db *db, struct ym_scratch *s,
                                 const struct ym_match_input *in, ym_match_fn *fn, void *self,
                                 unsigned *ret_gaps);

/* The work that the last ym_match() did, in steps of its budget. */
uint64_t ym_scratch_steps(const struct ym_scratch *s);

/* The digest tables of an image; see database/digests.h. */
struct ym_digests;
const struct ym_digests *ym_match_digests(const struct ym_db *db);

#endif
