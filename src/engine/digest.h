/* engine/digest.h - the digests that signatures ask for.
 *
 * The algorithms are fetched once: fetching may read files, which a scanner process cannot. */
#ifndef YM_ENGINE_DIGEST_H
#define YM_ENGINE_DIGEST_H

#include "base/kinds.h"
#include "base/status.h"
#include "formats/exe.h"

#include <stddef.h>

struct ym_hasher; /* opaque */

YM_MUST_CHECK ym_status ym_hasher_new(struct ym_hasher **ret_hasher, struct ym_err *err);
void ym_hasher_free(struct ym_hasher *h); /* accepts NULL */

enum { YM_DIGEST_MAX = 32 };
/* ym_digest_size(algo) bytes into out. */
YM_MUST_CHECK ym_status ym_hasher_run(struct ym_hasher *h, ym_digest_algo algo, const void *data,
                                      size_t size, uint8_t out[YM_DIGEST_MAX]);

/* Of parts of the data, which must lie in it, one after the other. */
YM_MUST_CHECK ym_status ym_hasher_run_ranges(struct ym_hasher *h, ym_digest_algo algo,
                                             const uint8_t *data, const struct ym_exe_range *ranges,
                                             unsigned n, uint8_t out[YM_DIGEST_MAX]);

/* All three, block by block, so that the bytes come from memory once. */
YM_MUST_CHECK ym_status ym_hasher_run_all(struct ym_hasher *h, const void *data, size_t size,
                                          uint8_t out[YM_DIGEST_ALGOS][YM_DIGEST_MAX]);

#endif
