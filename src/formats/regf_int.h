/* regf_int.h - what the readers of a hive share; private to formats/. */
#ifndef YM_FORMATS_REGF_INT_H
#define YM_FORMATS_REGF_INT_H

#include "formats/regf.h"

enum { YM_REGF_BASE = 4096 }; /* bytes before the blocks */

/* What a cell in use holds, of at least so many bytes; MALFORMED. */
YM_MUST_CHECK ym_status ym_regf_cell(const struct ym_regf *h, uint32_t at, size_t least,
                                     struct ym_reader *ret_cell, struct ym_err *err);

#endif
