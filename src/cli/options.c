/* options.c - options of scan and explain.  See options.h. */
#include "options.h"

#include "base/text.h"
#include "cli.h"
#include "engine/cache.h"

#include <getopt.h>
#include <string.h>

enum {
    OPT_JSON = 256,
    OPT_ALL,
    OPT_NO_UNPACK,
    OPT_LIMIT,
    OPT_SKIP_BAD,
    OPT_NO_RECORD,
    OPT_SARIF,
    OPT_CACHE,
    OPT_NO_CACHE,
    OPT_CACHE_SIZE,
    OPT_MODULE_DATA,
    OPT_PID
};

static const struct option scan_options[] = {
    {"database", required_argument, NULL, 'd'},
    {"recursive", no_argument, NULL, 'r'},
    {"jobs", required_argument, NULL, 'j'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"verbose", no_argument, NULL, 'v'},
    {"json", no_argument, NULL, OPT_JSON},
    {"sarif", no_argument, NULL, OPT_SARIF},
    {"all-matches", no_argument, NULL, OPT_ALL},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"no-unpack", no_argument, NULL, OPT_NO_UNPACK},
    {"skip-bad", no_argument, NULL, OPT_SKIP_BAD},
    {"no-record", no_argument, NULL, OPT_NO_RECORD},
    {"cache", optional_argument, NULL, OPT_CACHE},
    {"no-cache", no_argument, NULL, OPT_NO_CACHE},
    {"cache-size", required_argument, NULL, OPT_CACHE_SIZE},
    {"define", required_argument, NULL, 'D'},
    {"module-data", required_argument, NULL, OPT_MODULE_DATA},
    {"strings", no_argument, NULL, 's'},
    {"tags", no_argument, NULL, 'g'},
    {"meta", no_argument, NULL, 'm'},
    {"tag", required_argument, NULL, 't'},
    {"identifier", required_argument, NULL, 'i'},
    {"pid", required_argument, NULL, OPT_PID},
    {NULL, 0, NULL, 0},
};
static const struct option explain_options[] = {
    {"database", required_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"no-unpack", no_argument, NULL, OPT_NO_UNPACK},
    {"skip-bad", no_argument, NULL, OPT_SKIP_BAD},
    {"verbose", no_argument, NULL, 'v'},
    {"define", required_argument, NULL, 'D'},
    {"module-data", required_argument, NULL, OPT_MODULE_DATA},
    {NULL, 0, NULL, 0},
};

struct limit_row {
    const char *name;
    size_t at; /* in struct ym_limits */
    uint64_t value;
    const char *unit;
    const char *text;
};
static const struct limit_row limit_rows[] = {
#define X(name, value, unit, gap, text)                                                            \
    {#name, offsetof(struct ym_limits, name), value, unit, text},
    YM_LIMIT_TABLE(X)
#undef X
};

void ym_scan_args_print_limits(void) {
    for (size_t i = 0; i < sizeof(limit_rows) / sizeof(limit_rows[0]); i++) {
        (void)printf("  %-15s %12llu %-7s %s\n", limit_rows[i].name,
                     (unsigned long long)limit_rows[i].value, limit_rows[i].unit,
                     limit_rows[i].text);
    }
}

/* "max_depth=3" */
static bool set_limit(const char *command, const char *text, struct ym_limits *limits) {
    const char *eq = strchr(text, '=');
    uint64_t value;

    if (eq == NULL || !ym_cli_parse_size(eq + 1, &value)) {
        (void)ym_cli_usage_error(command, "--limit %s: want NAME=NUMBER (K, M and G may follow)",
                                 text);
        return false;
    }
    for (size_t i = 0; i < sizeof(limit_rows) / sizeof(limit_rows[0]); i++) {
        const struct limit_row *row = &limit_rows[i];

        if (strlen(row->name) == (size_t)(eq - text) &&
            strncmp(row->name, text, (size_t)(eq - text)) == 0) {
            memcpy((char *)limits + row->at, &value, sizeof(value));
            return true;
        }
    }
    (void)ym_cli_usage_error(command, "--limit %s: no such limit; --help lists them", text);
    return false;
}

static bool add_database(const char *command, struct ym_scan_args *a, const char *path) {
    if (a->n_databases == YM_MAX_DATABASES) {
        (void)ym_cli_usage_error(command, "more than %d -d options", YM_MAX_DATABASES);
        return false;
    }
    a->databases[a->n_databases++] = path;
    return true;
}

static bool set_jobs(const char *command, struct ym_scan_args *a, const char *text) {
    uint32_t n;

    if (!ym_parse_u32(text, strlen(text), &n) || n == 0) {
        (void)ym_cli_usage_error(command, "--jobs %s: want a number from 1", text);
        return false;
    }
    a->jobs = n;
    return true;
}

static bool set_cache_size(const char *command, struct ym_scan_args *a, const char *text) {
    if (!ym_cli_parse_size(text, &a->cache_size) || a->cache_size == 0) {
        (void)ym_cli_usage_error(command,
                                 "--cache-size %s: want a number of bytes (K, M and G "
                                 "may follow)",
                                 text);
        return false;
    }
    return true;
}

static bool add_pid(const char *command, struct ym_scan_args *a, const char *text) {
    uint32_t n;

    if (!ym_parse_u32(text, strlen(text), &n) || n == 0 || n > INT32_MAX) {
        (void)ym_cli_usage_error(command, "--pid %s: want the number of a process", text);
        return false;
    }
    if (a->n_pids == YM_MAX_PIDS) {
        (void)ym_cli_usage_error(command, "more than %d --pid options", YM_MAX_PIDS);
        return false;
    }
    a->pids[a->n_pids++] = (int)n;
    return true;
}

/* The last of --cache and --no-cache counts. */
static void set_cache(struct ym_scan_args *a, bool on, const char *file) {
    a->cache = on;
    a->cache_file = file;
}

static bool set_flag(struct ym_scan_args *a, int opt) {
    const struct {
        int opt;
        bool *flag;
    } rows[] = {
        {'r', &a->recurse},
        {'q', &a->quiet},
        {'h', &a->help},
        {'v', &a->load.verbose},
        {'s', &a->strings},
        {'g', &a->tags},
        {'m', &a->meta},
        {OPT_JSON, &a->json},
        {OPT_ALL, &a->scan.all_matches},
        {OPT_NO_UNPACK, &a->scan.no_unpack},
        {OPT_SKIP_BAD, &a->load.skip_bad},
        {OPT_NO_RECORD, &a->no_record},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].opt == opt) {
            *rows[i].flag = true;
            return true;
        }
    }
    return false;
}

static bool set_option(const char *command, struct ym_scan_args *a, int opt, const char *value,
                       const char *given) {
    switch (opt) {
    case 'd':
        return add_database(command, a, value);
    case 'j':
        return set_jobs(command, a, value);
    case 'D':
        return ym_defines_add(&a->defines, command, value);
    case OPT_MODULE_DATA:
        return ym_defines_module(&a->defines, command, value);
    case OPT_PID:
        return add_pid(command, a, value);
    case 't':
        a->scan.tag = value;
        return true;
    case 'i':
        a->scan.identifier = value;
        return true;
    case OPT_LIMIT:
        return set_limit(command, value, &a->limits);
    case OPT_CACHE:
        set_cache(a, true, value);
        return true;
    case OPT_NO_CACHE:
        set_cache(a, false, NULL);
        return true;
    case OPT_CACHE_SIZE:
        return set_cache_size(command, a, value);
    case OPT_SARIF:
        (void)ym_cli_usage_error(command, "--sarif is not available in this version; --json is");
        return false;
    case ':':
        (void)ym_cli_usage_error(command, "%s needs a value", given);
        return false;
    default:
        if (!set_flag(a, opt)) {
            (void)ym_cli_usage_error(command, "unknown option %s", given);
            return false;
        }
        return true;
    }
}

void ym_scan_args_done(struct ym_scan_args *a) {
    ym_defines_done(&a->defines);
}

bool ym_scan_args_parse(const char *command, int argc, char **argv, struct ym_scan_args *ret_args) {
    struct ym_scan_args a = {.limits = ym_limits_default(), .cache_size = YM_CACHE_MAX_BYTES};
    bool explain = strcmp(command, "explain") == 0;
    int opt;

    optind = 1;
    for (;;) {
        int at = optind; /* which word is at fault, when one is */

        // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
        opt = getopt_long(argc, argv, explain ? ":d:D:hv" : ":d:D:rj:qhvsgmt:i:",
                          explain ? explain_options : scan_options, NULL);
        if (opt == -1) {
            break;
        }
        if (!set_option(command, &a, opt, optarg, argv[at < argc ? at : argc - 1])) {
            return false;
        }
    }
    a.paths = argv + optind;
    a.n_paths = (size_t)(argc - optind);
    if (!a.help && a.n_paths == 0 && a.n_pids == 0) {
        (void)ym_cli_usage_error(command, "no file named");
        return false;
    }
    /* Verdicts are kept for images, not for values that change from run to run. */
    if (a.cache && (a.defines.n > 0 || a.defines.cuckoo != NULL || a.strings ||
                    a.scan.tag != NULL || a.scan.identifier != NULL)) {
        (void)ym_cli_usage_error(command, "--cache does not go with -D, --module-data, --strings, "
                                          "--tag and --identifier");
        ym_scan_args_done(&a);
        return false;
    }
    a.scan.matches = a.strings;
    a.scan.match_bytes = YM_REPORT_MATCH_BYTES;
    a.scan.rules = a.strings || a.tags || a.meta;
    *ret_args = a;
    ret_args->load.externals = ret_args->defines.rows;
    ret_args->load.n_externals = a.defines.n;
    ret_args->scan.externals = ret_args->defines.rows;
    ret_args->scan.n_externals = (unsigned)a.defines.n;
    ret_args->scan.cuckoo = (struct ym_str){a.defines.cuckoo, a.defines.cuckoo_size};
    return true;
}
