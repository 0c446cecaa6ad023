/* modules/magic.h - numbers of the functions of YARA's module magic (docs/modules/magic). */
#ifndef YM_BASE_MODULES_MAGIC_H
#define YM_BASE_MODULES_MAGIC_H

enum ym_magic_function { MAGIC_FN_TYPE, MAGIC_FN_MIME_TYPE };

#endif
