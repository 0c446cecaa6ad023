/* ioc.h - between files.c, ioc.c and config.c. */
#ifndef YM_SIGNATURES_CLAMAV_IOC_H
#define YM_SIGNATURES_CLAMAV_IOC_H

#include "clamav_int.h"

ym_clamav_whole ym_clamav_read_ioc;     /* .ioc */
ym_clamav_reader ym_clamav_read_config; /* .cfg; kind: unused */

#endif
