/* file_version.h - the version of a program file on a hostile volume; private to clean/.
 *
 * The file is read by a child that then locks itself up (os/sandbox.h) and only there is parsed;
 * four numbers come back over its socket.  UNSUPPORTED: no PE, or one without a version; LIMIT:
 * longer than YM_FILE_VERSION_MAX; IO: it cannot be read, or the child died or did not answer. */
#ifndef YM_CLEAN_FILE_VERSION_H
#define YM_CLEAN_FILE_VERSION_H

#include "base/status.h"

#include <stdint.h>

enum { YM_FILE_VERSION_MAX = 64 << 20 /* bytes of a file that is looked into */ };

/* fd is not closed; shown: for messages. */
YM_MUST_CHECK ym_status ym_clean_file_version(int fd, const char *shown, uint16_t ret_version[4],
                                              struct ym_err *err);

#endif
