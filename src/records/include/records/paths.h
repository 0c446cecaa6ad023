/* paths.h - where state that outlives a run is kept. */
#ifndef YM_RECORDS_PATHS_H
#define YM_RECORDS_PATHS_H

#include "base/status.h"

#include <stddef.h>

/* The value of the environment variable, else /var/lib/yamori/NAME for root, else
 * $XDG_STATE_HOME/yamori/NAME, else ~/.local/state/yamori/NAME.  Nothing is made there.
 * IO: none of these is known; LIMIT: longer than size. */
YM_MUST_CHECK ym_status ym_state_path(const char *variable, const char *name, char *ret_path,
                                      size_t size, struct ym_err *err);

#endif
