/* options.h - the options that scan and explain share. */
#ifndef YM_CLI_OPTIONS_H
#define YM_CLI_OPTIONS_H

#include "define.h"
#include "engine/engine.h"
#include "load.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_MAX_DATABASES = 256, YM_MAX_PIDS = 256 };

struct ym_scan_args {
    const char *databases[YM_MAX_DATABASES];
    size_t n_databases;
    struct ym_load_options load;
    struct ym_limits limits;
    struct ym_scan_options scan;
    struct ym_defines defines; /* what load and scan refer to */
    unsigned jobs;             /* 0: one per processor */
    bool recurse;
    bool json;
    bool no_record;
    bool strings, tags, meta; /* of rules that are found, beside their names */
    int pids[YM_MAX_PIDS];
    size_t n_pids;
    bool quiet;             /* no summary, no progress */
    bool cache;             /* keep and ask the cache of verdicts ... */
    const char *cache_file; /* ... here; NULL: the usual place */
    uint64_t cache_size;    /* bytes it may have */
    bool help;
    char **paths; /* of argv */
    size_t n_paths;
};

void ym_scan_args_done(struct ym_scan_args *a);

/* False: a usage error was printed.  command: "scan" or "explain". */
bool ym_scan_args_parse(const char *command, int argc, char **argv, struct ym_scan_args *ret_args);

/* The --limit rows, for --help. */
void ym_scan_args_print_limits(void);

#endif
