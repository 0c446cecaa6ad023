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

/* 128 bits for the identity of an image: the head {number, size} of each section but INFO, and its
 * bytes.  The pieces may have any size. */
enum { YM_IDENTITY_SIZE = 16 };
void ym_identity_add(struct ym_checksum *c, uint64_t section, const void *data, uint64_t size);
void ym_identity_value(const struct ym_checksum *c, uint8_t ret_identity[YM_IDENTITY_SIZE]);

#endif
