/* image_hash.h - the perceptual hash of an object that is a picture (private to the engine).
 *
 * PNG, GIF and BMP are read by formats/picture.h.  JPEG and TIFF by libjpeg-turbo and libtiff, which
 * are loaded only for engines whose images hold a rule that asks for the hash, and before the sandbox
 * is closed: linked, they would cost every start several milliseconds.  A library that is not
 * installed makes its pictures UNSUPPORTED, nothing else. */
#ifndef YM_ENGINE_IMAGE_HASH_H
#define YM_ENGINE_IMAGE_HASH_H

#include "base/status.h"
#include "formats/sniff.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_IMAGE_MAX_PIXELS = 32 << 20 };

struct ym_decoders; /* opaque */

struct ym_decoders *ym_decoders_new(void);    /* NULL: out of memory */
void ym_decoders_free(struct ym_decoders *d); /* accepts NULL */

/* Is it a kind of picture that clamscan makes a hash of? */
bool ym_image_is_hashed(ym_kind kind);
/* MALFORMED: damaged, or out of time; LIMIT: too large; UNSUPPORTED: no decoder for it; NOMEM. */
YM_MUST_CHECK ym_status ym_image_hash(const struct ym_decoders *d, ym_kind kind,
                                      const uint8_t *data, size_t size, uint64_t deadline_ns,
                                      uint64_t *ret_hash);

#endif
