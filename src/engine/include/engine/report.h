/* engine/report.h - what the engine says about one outer object (a file).
 *
 * Two questions, two lists.  `detections` is what was found; `gaps` is what was not looked at.
 * "Clean" is only ever said by ym_report_verdict(), which asks both. */
#ifndef YM_ENGINE_REPORT_H
#define YM_ENGINE_REPORT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/reader.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Why some bytes were not looked at: the word in reports, the sentence for people. */
#define YM_GAP_TABLE(X)                                                                            \
    X(DEPTH, "depth", "nested deeper than the limit")                                              \
    X(SIZE, "size", "larger than the limit")                                                       \
    X(ITEMS, "items", "more items than the limit")                                                 \
    X(TIME, "time", "out of time")                                                                 \
    X(MEMORY, "memory", "out of memory")                                                           \
    X(ENCRYPTED, "encrypted", "encrypted, no password known")                                      \
    X(MALFORMED, "malformed", "too damaged to unpack")                                             \
    X(UNSUPPORTED, "unsupported", "a container or compression that is not implemented")            \
    X(BUDGET, "budget", "a rule ran out of its work budget")                                       \
    X(READ, "read", "could not be read")                                                           \
    X(CRASHED, "crashed", "the scanner process died on it")                                        \
    X(HUNG, "hung", "the scanner process did not answer in time")

typedef enum ym_gap {
#define X(name, word, text) YM_GAP_##name,
    YM_GAP_TABLE(X)
#undef X
        YM_GAP_COUNT
} ym_gap;
const char *ym_gap_word(ym_gap gap); /* never NULL */
const char *ym_gap_text(ym_gap gap); /* never NULL */

typedef enum ym_verdict {
    YM_VERDICT_CLEAN,      /* no detection and no gap */
    YM_VERDICT_INFECTED,   /* at least one detection */
    YM_VERDICT_INCOMPLETE, /* no detection, but not everything was looked at */
    YM_VERDICT_ERROR       /* could not be scanned at all */
} ym_verdict;
const char *ym_verdict_word(ym_verdict v); /* "clean" ... */

/* A match of a pattern of the rule that was found (scan option `matches`). */
struct ym_report_match {
    const struct ym_report_match *next;
    const char *pattern; /* "$a", or "" */
    bool hex;            /* written as a hex string: its bytes are shown as such */
    bool has_key;        /* of an xored text: this is the key */
    uint8_t key;
    uint64_t offset; /* in the object; of memory of a process: the address */
    uint32_t length;
    const uint8_t *bytes; /* the first of it; NULL: none */
    uint32_t n_bytes;
};

struct ym_report_detection {
    const struct ym_report_detection *next;
    const char *name;    /* as shown, ".UNOFFICIAL" and all */
    const char *kind;    /* "yara", "clamav" or "heuristic" */
    const char *object;  /* path inside the archive, levels joined by '/'; "" = the file itself */
    const char *layers;  /* the kinds it was unpacked through, e.g. "zip>gzip>pe" */
    const char *pattern; /* "$a", or "" */
    const char *source;  /* "rules.yar:12", or "" */
    uint64_t offset;     /* in that object, or UINT64_MAX */
    uint32_t length;
    const uint8_t *bytes; /* up to 64 bytes around the hit, for `explain`; may be NULL */
    uint32_t n_bytes;
    /* Scan option `rules`: image by number, and in it the number of the rule + 1; 0: none. */
    uint32_t layer, rule;
    const struct ym_report_match *matches; /* pattern by pattern, by rising offset */
    uint32_t n_matches;
    struct ym_report_match *last_match; /* private */
};

struct ym_report_gap {
    const struct ym_report_gap *next;
    ym_gap gap;
    const char *object;    /* as above */
    const char *detail;    /* for people, or "" */
    uint64_t offset, size; /* bytes of that object that were not looked at; size 0: unknown */
};

/* What a cache of verdicts (engine/cache.h) keeps of one object, or of a section of a program:
 * its size always, its digests when they were made. */
enum {
    YM_REPORT_MAX_DIGESTS = 32,
    YM_REPORT_DIGEST_BYTES = 16 + 20 + 32 /* MD5, SHA-1, SHA-256 */
};
struct ym_report_digest {
    uint64_t size;
    uint8_t kind; /* YM_DIGEST_FILE, YM_DIGEST_SECTION or YM_DIGEST_IMPORT */
    bool made;    /* else bytes are zeros */
    uint8_t bytes[YM_REPORT_DIGEST_BYTES];
};

/* What begins the notes that rules print themselves (console.log). */
#define YM_REPORT_CONSOLE "console: "

/* How the signatures fared in an object, a line for people (scan option `trace`). */
struct ym_report_note {
    const struct ym_report_note *next;
    const char *object; /* as above */
    const char *text;
};

/* Allocated, with all it points to, in the arena given to ym_report_new(). */
struct ym_report {
    struct ym_arena *arena;
    const struct ym_report_detection *detections; /* in order of finding */
    const struct ym_report_gap *gaps;
    const struct ym_report_note *notes;
    uint32_t n_detections, n_gaps, n_notes;
    uint64_t objects;    /* outer object and everything unpacked */
    uint64_t bytes_seen; /* bytes matched, over all objects */
    uint64_t steps;      /* of the work budgets that were used */
    bool failed;         /* nothing could be done: verdict ERROR; see error */
    const char *error;   /* "" or place, cause, cure */
    /* For the cache of verdicts.  mixed: what one image says hung on another (an allow list kept
     * silent what was found, or a rule had an object looked at as another type), so the verdict is
     * not the sum of what each image says alone. */
    bool mixed;
    bool digests_whole; /* asked for, and digests holds every object of the file */
    uint8_t kind;       /* enum ym_kind of the file itself */
    uint8_t n_digests;
    const struct ym_report_digest *digests; /* in the order of the scan, the file itself first */
    bool cached;                            /* not of a scan: the cache knew */
    /* private: tails of the lists, and what finds a repeated detection */
    struct ym_report_detection *last_detection;
    struct ym_report_detection *taking; /* takes matches; NULL: the last one was known */
    uint32_t n_matches;                 /* of all detections */
    size_t match_bytes;                 /* memory that they take */
    struct ym_report_gap *last_gap;
    struct ym_report_note *last_note;
    const struct ym_report_detection **index;
    uint32_t index_size;
    struct ym_report_digest *digest_rows;
};

struct ym_report *ym_report_new(struct ym_arena *arena); /* NULL: the arena is full */
ym_verdict ym_report_verdict(const struct ym_report *r);
enum {
    YM_REPORT_MAX_ROWS = 10000,
    YM_REPORT_MAX_BYTES = 64,
    YM_REPORT_MAX_TEXT = 4096,
    YM_REPORT_MATCH_BYTES = 512,       /* of a match, for those who ask for nothing else */
    YM_REPORT_MAX_MATCH = 65535,       /* the most */
    YM_REPORT_MATCH_MEMORY = 24 << 20, /* of all matches together */
    YM_REPORT_MATCH_OVERHEAD = 128     /* what one takes there, beside its bytes */
};
/* Both copy what they are given (texts too, up to YM_REPORT_MAX_TEXT bytes of each).  The same
 * name in the same object is kept once; with `rules`, the same rule.  Past YM_REPORT_MAX_ROWS of either kind the rest becomes
 * one gap `items`.  Only LIMIT and NOMEM: the arena is full. */
ym_status ym_report_add_detection(struct ym_report *r, const struct ym_report_detection *d);
ym_status ym_report_add_gap(struct ym_report *r, ym_gap gap, const char *object, uint64_t offset,
                            uint64_t size, const char *detail);

/* Appends to the detection that was added last, unless that one was known.  Past
 * YM_REPORT_MATCH_MEMORY no more are kept: *ret_more is false, and there is a gap `items`. */
ym_status ym_report_add_match(struct ym_report *r, const struct ym_report_match *m, bool *ret_more);

/* Copies the row; past YM_REPORT_MAX_DIGESTS the digests are no longer whole. */
ym_status ym_report_add_digest(struct ym_report *r, const struct ym_report_digest *d);

/* The same rules as above; what is past YM_REPORT_MAX_ROWS is dropped. */
ym_status ym_report_add_note(struct ym_report *r, const char *object, const char *text);

/* The file could not be scanned at all. */
ym_status ym_report_fail(struct ym_report *r, const char *error);

/* Wire form, for the message from a scanner process to its parent.  The reader's side treats the
 * bytes as written by an enemy: counts, lengths and words are checked, texts hold no NUL.  Bytes
 * that follow the report are left in the reader. */
void ym_report_encode(const struct ym_report *r, struct ym_buf *out);
YM_MUST_CHECK ym_status ym_report_decode(struct ym_reader *in, struct ym_arena *arena,
                                         struct ym_report **ret_report, struct ym_err *err);

/* The line of `scan --json`, no newline:
 * {"path","verdict","detections":[{"name","kind","object","layers","offset","length","pattern",
 * "source"}],"gaps":[{"gap","object","detail","offset","size"}],"error","objects","bytes"}.
 * An unknown offset or size is null, and so is error when nothing failed.  "cached":true follows
 * when nothing was looked at because the cache of verdicts knew the file. */
void ym_report_json(const struct ym_report *r, const char *path, struct ym_buf *out);

/* The same, with what `more` appends to each detection: `,"name":value` as often as it likes. */
typedef void ym_report_more_fn(void *self, const struct ym_report_detection *d, struct ym_buf *out);
void ym_report_json_more(const struct ym_report *r, const char *path, ym_report_more_fn *more,
                         void *self, struct ym_buf *out);

#endif
