/* job.h - scheduled tasks of Windows 2000 to 2003 (%windir%\Tasks\*.job).
 *
 * Source: MS-TSCH 2.4.  Little-endian.  A fixed part of 68 bytes, then a variable part:
 *
 *   fixed     0  u16 product version   0x0400 NT 4, 0x0500 2000, 0x0501 XP, 0x0600 Vista ...
 *             2  u16 file version      1
 *            20  u16 offset of the application name size, from the start of the file
 *            22  u16 offset of the triggers
 *   variable  u16 running instances, then texts: u16 count of UTF-16 units with the final NUL
 *             (0: none), then the units: application, parameters, working folder, author,
 *             comment.  What follows (user data, reserved data, triggers, signature) is not
 *             needed here and is not read.
 *
 * Texts are UTF-8 in the arena, cut at the first NUL; what is no UTF-16 becomes U+FFFD. */
#ifndef YM_CLEAN_JOB_H
#define YM_CLEAN_JOB_H

#include "base/arena.h"
#include "base/reader.h"
#include "base/status.h"

#include <stdint.h>

enum { YM_JOB_FILE_MAX = 1 << 20 }; /* bytes; real ones have a few hundred */

struct ym_job {
    uint16_t product;
    const char *application, *parameters, *folder, *author, *comment; /* never NULL */
};

YM_MUST_CHECK ym_status ym_job_parse(struct ym_reader whole, struct ym_arena *arena,
                                     struct ym_job *ret_job, struct ym_err *err);

#endif
