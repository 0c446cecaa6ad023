/* formats/pe_ordinals.h - names of functions that are imported by number (for the import hash). */
#ifndef YM_FORMATS_PE_ORDINALS_H
#define YM_FORMATS_PE_ORDINALS_H

#include "base/text.h"

#include <stdint.h>

typedef enum ym_pe_ordinals {
    YM_PE_ORDINALS_NONE,
    YM_PE_ORDINALS_SOCKETS,   /* WS2_32.DLL and WSOCK32.DLL */
    YM_PE_ORDINALS_AUTOMATION /* OLEAUT32.DLL */
} ym_pe_ordinals;

/* By the beginning of its name, whatever the case. */
ym_pe_ordinals ym_pe_ordinals_of(struct ym_str library);

/* NULL: no name is known. */
const char *ym_pe_ordinal_name(ym_pe_ordinals table, uint16_t ordinal);

#endif
