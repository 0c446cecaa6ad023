/* pe_ordinals.h - names of functions that are imported by number (private to pe_imports.c). */
#ifndef YM_FORMATS_PE_ORDINALS_H
#define YM_FORMATS_PE_ORDINALS_H

#include <stdint.h>

typedef enum ym_pe_ordinals {
    YM_PE_ORDINALS_NONE,
    YM_PE_ORDINALS_SOCKETS,   /* WS2_32.DLL and WSOCK32.DLL */
    YM_PE_ORDINALS_AUTOMATION /* OLEAUT32.DLL */
} ym_pe_ordinals;

/* In lower case; NULL: no name is known. */
const char *ym_pe_ordinal_name(ym_pe_ordinals table, uint16_t ordinal);

#endif
