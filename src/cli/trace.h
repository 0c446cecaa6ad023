/* trace.h - files looked at with one image, and how its rules fared, line by line: `yamori db test`
 * and `yamori rules explain --scan`. */
#ifndef YM_CLI_TRACE_H
#define YM_CLI_TRACE_H

#include "base/external.h"
#include "database/db.h"

#include <stdbool.h>
#include <stddef.h>

struct ym_trace_job {
    const struct ym_db *db;
    const char *rule; /* only this one; NULL: all */
    char *const *files;
    size_t n_files;
    const struct ym_external *externals;
    unsigned n_externals;
    bool found, incomplete, failed; /* what came of it */
};

/* Prints to standard output. */
YM_MUST_CHECK ym_status ym_trace_files(struct ym_trace_job *job, struct ym_err *err);
int ym_trace_exit(const struct ym_trace_job *job);

#endif
