/* engine/limits.h - every bound of a scan, in one table.
 *
 * The row is also the option (--limit NAME=VALUE), the line in the manual and the gap that is
 * reported when the bound is met.  Defaults follow ClamAV's where it has the same knob. */
#ifndef YM_ENGINE_LIMITS_H
#define YM_ENGINE_LIMITS_H

#include <stdint.h>

/* name, default, unit, gap, text */
#define YM_LIMIT_TABLE(X)                                                                          \
    X(max_file_size, UINT64_C(2) << 30, "bytes", SIZE, "largest object that is looked at")         \
    X(max_scan_size, UINT64_C(4) << 30, "bytes", SIZE, "bytes of all objects of one file")         \
    X(max_depth, 17, "levels", DEPTH, "containers inside containers")                              \
    X(max_items, 10000, "items", ITEMS, "objects unpacked from one file")                          \
    X(max_ratio, 250, "times", SIZE, "unpacked size over packed size, past 128 MiB")               \
    X(max_memory, UINT64_C(1) << 30, "bytes", MEMORY, "bytes held by unpacked objects at once")    \
    X(max_time, 120, "seconds", TIME, "wall time for one file")                                    \
    X(max_normalise, UINT64_C(40) << 20, "bytes", SIZE, "text or HTML that is normalised")

struct ym_limits {
#define X(name, value, unit, gap, text) uint64_t name;
    YM_LIMIT_TABLE(X)
#undef X
};

struct ym_limits ym_limits_default(void);

#endif
