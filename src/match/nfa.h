/* nfa.h - runs the programs of regular expressions (private to match/).
 *
 *     struct ym_nfa *s = ym_nfa_new();
 *     found = ym_nfa_search(s, program, size, text, n, &budget);        // `matches`
 *
 * Programs must have passed ym_nfa_check(); they are not tested again.  What was learned of a
 * program is kept under its address: ym_nfa_forget() before other bytes lie there. */
#ifndef YM_MATCH_NFA_H
#define YM_MATCH_NFA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_nfa; /* the machine's lists and its cache of states; opaque */

struct ym_nfa *ym_nfa_new(void); /* NULL: out of memory */
void ym_nfa_free(struct ym_nfa *s);
void ym_nfa_forget(struct ym_nfa *s);
/* For tests: states are not cached, every byte is done thread by thread. */
void ym_nfa_use_cache(struct ym_nfa *s, bool use);

struct ym_nfa_job {
    const uint8_t *program;
    const uint8_t *data;
    size_t size;
    size_t at;    /* where it begins; at most size */
    size_t reach; /* at most so many bytes are read */
    bool backwards;
    /* Work: one a thread and place, or a part of that where states are cached; at 0 the run ends
     * as if nothing (more) matched. */
    uint64_t *budget;
};

/* The end of the match that begins at job->at, of several the preferred one; false: none does. */
bool ym_nfa_match(struct ym_nfa *s, const struct ym_nfa_job *job, size_t *ret_end);

/* Calls end for each end of a match that begins at job->at, the nearest first; false: enough. */
void ym_nfa_ends(struct ym_nfa *s, const struct ym_nfa_job *job,
                 bool (*end)(void *self, size_t end), void *self);

/* Does any match begin at or after job->at (forwards only), of any length within job->reach? */
bool ym_nfa_any(struct ym_nfa *s, const struct ym_nfa_job *job);

/* Does the expression match anywhere in the text?  As `matches` of YARA asks it: no more than
 * the first YM_NFA_REACH bytes are read. */
bool ym_nfa_search(struct ym_nfa *s, const uint8_t *program, uint32_t size, const uint8_t *text,
                   size_t n, uint64_t *budget);

/* Zero-width tests of regular expressions, enum ym_edge. */
bool ym_nfa_edge(const uint8_t *data, size_t size, size_t pos, unsigned kind);

#endif
