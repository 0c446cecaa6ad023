/* checksum.h - 64 bits over an image, against accidents (a signature guards against enemies). */
#ifndef YM_DATABASE_CHECKSUM_H
#define YM_DATABASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Four independent multiply-rotate lanes over 32-byte blocks; about memory speed.  Every piece
 * but the last must be a multiple of 32 bytes. */
struct ym_checksum {
    uint64_t lanes[4];
    uint64_t size;
};
void ym_checksum_init(struct ym_checksum *c);
void ym_checksum_add(struct ym_checksum *c, const void *data, size_t size);
uint64_t ym_checksum_value(const struct ym_checksum *c);

#endif
