/* md5.h - MD5 (RFC 1321) of bytes in memory.
 *
 * Only for naming things that others named by MD5 (the lines of a ClamAV ignore list).  It is
 * broken as a proof of anything: do not use it to decide whether bytes are genuine.  Scanning
 * hashes files with the faster code of libcrypto. */
#ifndef YM_BASE_MD5_H
#define YM_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { YM_MD5_SIZE = 16 };

void ym_md5(const void *data, size_t n, uint8_t ret_digest[YM_MD5_SIZE]);

#endif
