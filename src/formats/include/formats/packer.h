/* formats/packer.h - is this program packed, so that its own bytes are not what it runs?
 *
 * Nothing is unpacked in this version: a packed program is a gap, not a clean file.  What is
 * looked at is only the section table (Microsoft's PE/COFF specification, section headers). */
#ifndef YM_FORMATS_PACKER_H
#define YM_FORMATS_PACKER_H

#include "base/reader.h"

/* The packer's name, "packed program" for one that only looks like it, or NULL: not packed, or not
 * a PE file.  The text is static. */
const char *ym_pe_packer(struct ym_reader whole);

#endif
