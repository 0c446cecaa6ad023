/* library.h - libraries that are loaded when they are needed, and libcurl among them.
 *
 * Not linked, because every library that is linked costs each `yamori scan` its loading: libcurl
 * alone brings some thirty others. */
#ifndef YM_OS_LIBRARY_H
#define YM_OS_LIBRARY_H

#include "base/status.h"

#include <stddef.h>

/* Loads a library and looks n functions up by their names.  UNSUPPORTED: it is not installed (the
 * message names the package), or lacks one.  Stays loaded to the end. */
YM_MUST_CHECK ym_status ym_library_load(const char *library, const char *package,
                                        const char *const *names, size_t n, void **ret_functions,
                                        struct ym_err *err);

#endif
