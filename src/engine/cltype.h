/* engine/cltype.h - the words of ClamAV's signatures for kinds of objects.
 *
 * A kind (formats/sniff.h) says what the engine does with an object; a type (base/cltype.h) is what
 * signatures call it (Container:, Intermediates:, HandlerType:, .cdb, .ftm).  Where one kind is
 * several types (tar, cpio, documents in a zip ...) its content decides, as clamscan 1.4.6 does. */
#ifndef YM_ENGINE_CLTYPE_H
#define YM_ENGINE_CLTYPE_H

#include "base/cltype.h"
#include "formats/sniff.h"

ym_cltype ym_cltype_of(ym_kind kind, const uint8_t *data, size_t size);

/* How an object is handled that a signature calls so; DATA when nothing is special about it. */
ym_kind ym_cltype_kind(ym_cltype type, const uint8_t *data, size_t size);

/* A type that clamscan looks for inside other bytes (ZIPSFX, NULSFT ...) and not one that a whole
 * object has. */
bool ym_cltype_is_embedded(ym_cltype type);

#endif
