/* modules/string.h - numbers of the functions of YARA's module string (docs/modules/string). */
#ifndef YM_BASE_MODULES_STRING_H
#define YM_BASE_MODULES_STRING_H

enum ym_string_function { STRING_FN_TO_INT, STRING_FN_TO_INT_BASE, STRING_FN_LENGTH };

#endif
