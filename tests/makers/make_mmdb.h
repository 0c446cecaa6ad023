/* make_mmdb.h - builds a small database of addresses in MaxMind's DB format 2.0 in memory. */
#ifndef YM_MAKE_MMDB_H
#define YM_MAKE_MMDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct make_mmdb_net {
    uint32_t address; /* IPv4 */
    unsigned bits;
    const char *country; /* two letters, or anything that is to stand there */
};

enum { MAKE_MMDB_MAX = 64 << 10 };

/* The networks must not overlap.  ipv6: a tree of 128 bits, the networks below ::/96; nested:
 * {"country": {"iso_code": ..}} instead of {"country_code": ..}.  Returns the size. */
size_t make_mmdb(const struct make_mmdb_net *net, size_t n, bool ipv6, bool nested,
                 uint8_t out[MAKE_MMDB_MAX]);
/* Writes it to a file; false: it could not be. */
bool make_mmdb_file(const char *path, const struct make_mmdb_net *net, size_t n, bool ipv6,
                    bool nested);

#endif
