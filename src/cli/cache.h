/* cache.h - the cache of verdicts of a scan: where it is, and what is said of it.
 *
 * That it cannot be read or written is a warning: the verdicts do not depend on it. */
#ifndef YM_CLI_CACHE_H
#define YM_CLI_CACHE_H

#include "engine/cache.h"

struct ym_cli_cache {
    struct ym_cache *cache; /* NULL: none */
    char path[4096];
};

/* file NULL: the usual place, whose folder is made. */
YM_MUST_CHECK ym_status ym_cli_cache_open(struct ym_cli_cache *c, const char *file,
                                          const struct ym_cache_options *o, struct ym_err *err);
void ym_cli_cache_save(struct ym_cli_cache *c);
/* On standard error. */
void ym_cli_cache_print(const struct ym_cli_cache *c);
void ym_cli_cache_done(struct ym_cli_cache *c);

#endif
