/* verify.h - runs the program of a pattern's part at one place (private to match/). */
#ifndef YM_MATCH_VERIFY_H
#define YM_MATCH_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_verifier; /* the backtracking stack and its memory of dead ends; opaque */

struct ym_verifier *ym_verifier_new(void); /* NULL: out of memory */
void ym_verifier_free(struct ym_verifier *v);

struct ym_verify_job {
    const uint8_t *data;
    size_t size;
    const uint8_t *program;
    uint32_t program_size;
    uint8_t key;                         /* every byte of the data is xored with it */
    bool all_ends;                       /* report every end, not only the preferred one */
    uint64_t *budget;                    /* one a step; at 0 the job ends as if nothing matched */
    bool (*end)(void *self, size_t end); /* called for each end; false: enough */
    void *self;
};

/* Does the part match from `start`?  Ends come in the order of preference: fewest gap bytes
 * first, alternatives as written.  A damaged program does not match. */
void ym_verify(struct ym_verifier *v, const struct ym_verify_job *job, size_t start);

#endif
