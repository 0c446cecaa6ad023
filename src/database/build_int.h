/* build_int.h - between the files of the image builder, not for others.
 *
 *   build.c        the sink: rules, digests, rows; what is refused leaves nothing behind
 *   build_rule.c   one rule to rows, programs and atoms
 *   anchors.c      parts that are verified at one place only
 *   build_plan.c   what became of a rule, for who watches
 *   build_write.c  the sections to a file */
#ifndef YM_DATABASE_BUILD_INT_H
#define YM_DATABASE_BUILD_INT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "cover.h"
#include "database/build.h"
#include "database/digests.h"
#include "database/plan.h"
#include "filter.h"
#include "pattern.h"
#include "uses.h"

/* The buffers that are sections of the image as they stand. */
enum ym_build_buf {
    BUILD_STRINGS,
    BUILD_RULES,
    BUILD_PATTERNS,
    BUILD_PARTS,
    BUILD_PROGRAMS,
    BUILD_CONDITIONS,
    BUILD_ANCHORED,
    BUILD_EVERYWHERE,
    BUILD_ALWAYS,
    BUILD_MACROS,
    BUILD_EXTERNALS,
    BUILD_TAGS,
    BUILD_METAS,
    BUILD_TABLES,
    BUILD_N_BUFS
};

struct source {
    char *name;
    char *about; /* JSON of what a container's header says, or NULL */
    uint64_t rules, digests, rows;
};

/* How often the rarest run of a pattern was met before: see popularity() in build_rule.c. */
enum { YM_BUILD_POPULAR = 1 << 20 };

struct ym_db_builder {
    struct ym_sink sink;
    struct ym_arena *arena; /* of the rule being added */
    struct ym_atom_scratch *scratch;
    struct ym_map *texts; /* interned strings */
    struct ym_map *namespaces;
    struct ym_map *left_out; /* why -> count */
    struct ym_digest_builder *digests;
    struct ym_filter_builder *filter;
    uint16_t *popular;                /* YM_BUILD_POPULAR counters, by hash */
    struct ym_buf bufs[BUILD_N_BUFS]; /* enum ym_build_buf */
    struct source *sources;
    uint32_t n_sources;
    uint32_t n_rules, n_patterns, n_parts;
    uint64_t lang_rules[2];
    uint64_t image_hash_rules; /* logical signatures that ask for the hash of a picture */
    double allowed;            /* cost of what the prefilter looks for beside covers */
    uint64_t epoch;            /* 0: the time of the build */
    ym_plan_fn *watch;         /* NULL: nobody does */
    void *watch_self;
};

/* One variant, cut into parts. */
struct ym_build_cut {
    struct ym_part *parts;
    uint32_t n;
};

/* What becomes of the patterns of the rule at hand. */
struct ym_build_plan {
    struct ym_build_cut *cuts; /* YM_PATTERN_MAX_VARIANTS a pattern */
    double *costs;             /* one a pattern, as the rest */
    uint8_t *needs;            /* enum ym_pattern_need */
    bool *sought;              /* not looked for by the prefilter */
    bool *quiet;               /* the rule cannot hold unless another is found */
    struct ym_place *places;   /* where matches of it count */
    uint32_t first_part;       /* row of the rule's first part */
    uint32_t condition;        /* bytes of its program */
    const char *always;        /* why the rule is evaluated for every object; NULL: it is not */
    bool never;                /* its condition cannot hold */
};

/* Adds a text once per spelling when `shared`, else always (rule names hardly repeat); *ret: its
 * offset in STRINGS. */
YM_MUST_CHECK ym_status ym_build_text(struct ym_db_builder *b, const char *s, bool shared,
                                      uint32_t *ret);

/* A part that is verified at the place of its pattern only: taken down, then written sorted. */
YM_MUST_CHECK ym_status ym_build_anchor(struct ym_db_builder *b, const struct ym_rule *rule,
                                        const struct ym_place *place, const struct ym_part *part,
                                        bool nocase, uint32_t row);
YM_MUST_CHECK ym_status ym_build_anchors(struct ym_db_builder *b, struct ym_buf *anchors,
                                         struct ym_buf *anchored);

/* The part of a variant that the prefilter looks for: the rarest.  The others are sought by
 * match/chain.c when that one was met. */
uint32_t ym_build_pivot(const struct ym_part *parts, uint32_t n);
/* A pattern is looked for at its place only, when it has one and its atoms are common. */
bool ym_build_anchored(const struct ym_pattern *p, const struct ym_place *place,
                       const struct ym_part *pivot);

/* Tells the builder's watcher of a rule that was added. */
YM_MUST_CHECK ym_status ym_build_tell(struct ym_db_builder *b, const struct ym_rule *rule,
                                      const struct ym_build_plan *plan);

/* Appends one rule.  On failure the caller takes back what was added. */
YM_MUST_CHECK ym_status ym_build_rule(struct ym_db_builder *b, const struct ym_rule *rule,
                                      struct ym_err *err);

#endif
