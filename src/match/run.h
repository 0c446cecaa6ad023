/* run.h - one scan of one object, between the files of match/ (private).
 *
 *   match.c    candidates to hits
 *   anchors.c  parts that are verified at one place only
 *   place.c    where a match of a pattern may start
 *   automata.c regular expressions of YARA: from a place of their cut to matches
 *   rules.c    evaluation of rules, and their report
 *   second.c   patterns that the prefilter does not know, for all rules at hand
 *   logic.c    ClamAV's logical signatures
 *   trace.c    what was found of each rule, for people */
#ifndef YM_MATCH_RUN_H
#define YM_MATCH_RUN_H

#include "base/kinds.h"
#include "database/condition.h"
#include "database/image.h"
#include "filter.h"
#include "hits.h"
#include "match/condition.h"
#include "match/match.h"
#include "nfa.h"
#include "regexes.h"
#include "verify.h"

enum ym_mark { YM_MARK_TOUCHED = 1, YM_MARK_TRUE = 2, YM_MARK_CHECKED = 4, YM_MARK_BROKEN = 8 };

/* Starts from..to of a part that were tried: an atom that may stand at many distances from the start would
 * have each tried as often as it is met. */
struct ym_tried {
    uint32_t part; /* + 1 */
    size_t from, to;
};
enum { YM_TRIED_SLOTS = 64 };

struct ym_scratch {
    struct ym_hitset hits;
    struct ym_verifier *verifier;
    struct ym_filter_room *room;
    ym_filter_path path;
    uint8_t *rule_marks;  /* one a rule; TOUCHED and TRUE are taken back after each object */
    struct ym_rows rules; /* u32: rules touched or evaluated to true */
    struct ym_rows failed_namespaces; /* u32 */
    struct ym_regexes *regexes;
    struct ym_condition_machine *machine;
    struct ym_external_value *externals; /* one a row of the image */
    struct ym_nfa *nfa;
    uint8_t *part_marks; /* CHECKED and BROKEN, one a part: is its program harmless? */
    struct ym_tried tried[YM_TRIED_SLOTS]; /* by the part's number */
    uint64_t steps;                        /* of the last object */
};

struct ym_run {
    const struct ym_db *db;
    struct ym_scratch *scratch;
    const struct ym_match_input *in;
    ym_match_fn *fn;
    void *self;
    uint64_t budget;
    bool stop;
    bool damaged;      /* a rule of the image could not be asked */
    bool gave_up;      /* a regular expression met its limits */
    bool late;         /* the deadline passed */
    bool second_done;  /* second.c */
    uint64_t clock_at; /* the budget when the clock was looked at */
    bool image_asked, has_image;
    uint64_t image_hash;
    bool pe_entry_asked, has_pe_entry; /* place.c */
    uint64_t pe_entry;
};

struct ym_range {
    int64_t low, high;
};

/* Where a match of the pattern may start; false: nowhere in this object. */
bool ym_place_range(struct ym_run *r, const struct ym_img_pattern *p, struct ym_range *ret);
bool ym_place_allows(struct ym_run *r, const struct ym_img_pattern *p, size_t start);
/* The same of one that is verified there only, whoever wants to see other matches. */
bool ym_place_anchor(struct ym_run *r, const struct ym_img_pattern *p, struct ym_range *ret);

/* anchors.c: all parts that are verified at one place only. */
void ym_run_scan_anchors(struct ym_run *r);
/* Verifies a part at one start. */
void ym_run_try_part(struct ym_run *r, uint32_t part, size_t start);

/* automata.c: the regular expression of a part whose cut is at this place, or anywhere.  Not NULL:
 * part and the pattern it is of. */
void ym_run_try_cut(struct ym_run *r, uint32_t part_id, const struct ym_img_part *part,
                    const struct ym_img_pattern *p, size_t cut);
void ym_run_try_everywhere(struct ym_run *r, uint32_t part_id, const struct ym_img_part *part,
                           const struct ym_img_pattern *p);
/* What is kept of the pattern's matches: enum ym_pattern_need. */
static inline uint8_t ym_run_need(const struct ym_run *r, const struct ym_img_pattern *p) {
    return (r->in->every_match || r->in->trace != NULL) && p->lang == YM_LANG_YARA
               ? (uint8_t)YM_NEED_MATCHES
               : p->need;
}

/* Looks at the clock after so much work, for that is not free: true when the deadline has passed.  What
 * was not looked at by then is not guessed: no rule is evaluated any more. */
bool ym_run_is_late(struct ym_run *r);

/* The rule is evaluated at the end of the object. */
void ym_run_touch_rule(struct ym_run *r, uint32_t rule);
void ym_run_add_hit(struct ym_run *r, uint32_t pattern, const struct ym_img_pattern *p,
                    size_t start, size_t end, bool wide);
/* Seeks all matches of a pattern (or the first, where that is enough) through the object: of its
 * variants of several parts, or (sought) of all. */
void ym_run_join(struct ym_run *r, uint32_t pattern, bool sought);

/* Looks for the patterns that are sought only now, of all rules that were met, if they are many. */
void ym_run_second(struct ym_run *r);

/* The matches of a pattern; those that nobody looked for until now are sought first. */
struct ym_hits ym_run_hits(struct ym_run *r, uint32_t pattern);
/* How many there are; of a pattern that is asked for no more than whether it was found, at most one. */
uint32_t ym_run_count(struct ym_run *r, uint32_t pattern);

/* The values of an image's external variables, from the image; NULL: out of memory. */
struct ym_external_value *ym_externals_of(const struct ym_db *db);

void ym_run_evaluate(struct ym_run *r);
void ym_run_report(struct ym_run *r);
void ym_run_trace(struct ym_run *r); /* trace.c */

#endif
