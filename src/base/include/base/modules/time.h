/* modules/time.h - numbers of the functions of YARA's module time (docs/modules/time). */
#ifndef YM_BASE_MODULES_TIME_H
#define YM_BASE_MODULES_TIME_H

enum ym_time_function { TIME_FN_NOW };

#endif
