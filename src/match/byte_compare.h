/* byte_compare.h - ClamAV's byte compare subsignatures (private to match/). */
#ifndef YM_MATCH_BYTE_COMPARE_H
#define YM_MATCH_BYTE_COMPARE_H

#include "base/byte_compare.h"

#include <stddef.h>

bool ym_byte_compare(const struct ym_byte_compare *c, const uint8_t *data, size_t size,
                     uint64_t base);

#endif
