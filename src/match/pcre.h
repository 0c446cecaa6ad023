/* pcre.h - ClamAV's PCRE subsignatures through PCRE2 (private to match/). */
#ifndef YM_MATCH_PCRE_H
#define YM_MATCH_PCRE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_pcre; /* opaque */

struct ym_pcre_job {
    const uint8_t *data;
    size_t size;
    bool has_place;
    int64_t low, high; /* resolved offset .. offset + shift */
    bool has_shift;
    uint64_t *budget;
};

struct ym_pcre_result {
    uint32_t count;
    uint64_t first, last;
    uint32_t first_length;
    bool gave_up;
};

YM_MUST_CHECK ym_status ym_pcre_new(const uint8_t *text, size_t n, uint32_t flags,
                                    struct ym_pcre **ret);
void ym_pcre_free(struct ym_pcre *p); /* accepts NULL */
YM_MUST_CHECK ym_status ym_pcre_run(struct ym_pcre *p, const struct ym_pcre_job *job,
                                    struct ym_pcre_result *ret);

#endif
