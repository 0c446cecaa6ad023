/* chain.h - patterns that were cut at wide gaps: one part is looked for, the rest is sought when
 * that part was met (private to match/). */
#ifndef YM_MATCH_CHAIN_H
#define YM_MATCH_CHAIN_H

#include "database/image.h"
#include "verify.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_chain_job {
    const struct ym_db *db;
    struct ym_verifier *verifier;
    const uint8_t *data;
    size_t size;
    uint32_t first_part, last_part; /* of one variant */
    size_t from, to;                /* where the first part may start */
    bool first_only;                /* one match is enough */
    bool by_last;                   /* a match for each place of the last part, not of the first */
    size_t cap;                     /* bytes of memory for lists */
    uint64_t *budget;
    /* A match [start, end), by rising start, or by_last by rising place of the last part, each with
     * the earliest start that reaches it; false: enough. */
    bool (*found)(void *self, size_t start, size_t end);
    void *self;
};

/* False: a list did not fit in the cap, so matches may be missing. */
bool ym_chain_search(const struct ym_chain_job *job);

#endif
