/* rules.c - `yamori rules check|fmt|cost|explain`: the bench of who writes YARA rules.
 *
 * Rules are compiled in the sandboxed process that compiles them for a scan, which tells what it sees
 * (watch.h); the files rules_*.c print it. */
#include "rules.h"

#include "base/text.h"
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char module[] = "rules";

/* ---- For the others -------------------------------------------------------------------------- */

ym_status ym_rules_sources(char *const *paths, size_t n, struct ym_sources *s, struct ym_err *err) {
    for (size_t i = 0; i < n; i++) {
        const size_t before = s->n;

        YM_TRY(ym_sources_add(s, paths[i], err));
        ym_sources_keep(s, before, YM_SOURCE_YARA);
        if (s->n == before) {
            return ym_fail_at(
                err, YM_UNSUPPORTED, module, paths[i], 0, 0,
                "no YARA rules: this is for .yar and .yara files and folders of them");
        }
    }
    return YM_OK;
}

ym_status ym_rules_compile(const struct ym_rules_args *a, char *const *paths, size_t n,
                           struct ym_watch *w, struct ym_db **ret_db, struct ym_err *err) {
    const struct ym_load_options o = {
        .watch = w, .externals = a->defines.rows, .n_externals = a->defines.n};
    struct ym_sources s = {.rows = NULL};
    ym_status st = ym_rules_sources(paths, n, &s, err);
    int fd = st == YM_OK ? memfd_create("yamori-rules", MFD_CLOEXEC) : -1;

    if (st == YM_OK && fd < 0) {
        st = ym_fail_errno(err, module, "", errno, "cannot make room for the compiled rules");
    }
    if (st == YM_OK) {
        st = ym_sources_compile(&s, fd, &o, err);
    }
    if (st == YM_OK && ret_db != NULL) {
        st = ym_db_open_fd(fd, "the rules", ret_db, err);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    ym_sources_done(&s);
    return st;
}

/* ---- The command line ------------------------------------------------------------------------ */

enum { OPT_JSON = 256, OPT_FAIL, OPT_WRITE, OPT_CHECK, OPT_TOP, OPT_SCAN };

static const struct subcommand {
    const char *name;
    int (*run)(struct ym_rules_args *a);
    int options[4]; /* that it takes, beside -D and --help */
} subcommands[] = {
    {"check", ym_rules_check, {OPT_JSON, OPT_FAIL}},
    {"fmt", ym_rules_fmt, {OPT_WRITE, OPT_CHECK}},
    {"cost", ym_rules_cost, {OPT_JSON, OPT_TOP}},
    {"explain", ym_rules_explain, {OPT_SCAN}},
};

static int print_help(void) {
    (void)puts("usage: yamori rules check [--json] [--fail-on-warnings] [-D X=V]... FILE...\n"
               "       yamori rules fmt [--write | --check] FILE...\n"
               "       yamori rules cost [--json] [--top N] [-D X=V]... FILE...\n"
               "       yamori rules explain [--scan TARGET]... [-D X=V]... RULE FILE...\n"
               "\n"
               "  check    every error and warning, with its line and what to do\n"
               "  fmt      print the rules in their canonical layout\n"
               "  cost     how each string is looked for and how often in vain, the dearest first\n"
               "  explain  one rule: its strings, its condition, and how it fares in a file\n"
               "\n"
               "      --fail-on-warnings  end with 1 when there is a warning\n"
               "      --write       replace files that are not formatted\n"
               "      --check       print nothing; end with 1 when a file is not formatted\n"
               "      --top N       only the N dearest strings\n"
               "      --scan TARGET  look at this file; may be repeated\n"
               "      --json        for programs\n"
               "  -D, --define X=V  an external variable\n"
               "\n"
               "FILE: .yar, .yara, or a folder of them.");
    return YM_EXIT_CLEAN;
}

static bool takes(const struct subcommand *c, int opt) {
    for (size_t i = 0; i < sizeof(c->options) / sizeof(c->options[0]); i++) {
        if (c->options[i] == opt) {
            return true;
        }
    }
    return opt == 'D' && c->run != ym_rules_fmt;
}

static bool take_target(struct ym_rules_args *a, char *path) {
    if (a->n_targets == YM_RULES_MAX_TARGETS) {
        (void)ym_cli_usage_error("rules", "more than %d targets", YM_RULES_MAX_TARGETS);
        return false;
    }
    a->targets[a->n_targets++] = path;
    return true;
}

/* false: the error was told. */
static bool take_option(struct ym_rules_args *a, int opt, char *value) {
    switch (opt) {
    case OPT_JSON:
        a->json = true;
        return true;
    case OPT_FAIL:
        a->fail_on_warnings = true;
        return true;
    case OPT_WRITE:
        a->write = true;
        return true;
    case OPT_CHECK:
        a->check = true;
        return true;
    case OPT_SCAN:
        return take_target(a, value);
    case OPT_TOP:
        if (!ym_parse_u64(value, strlen(value), &a->top) || a->top == 0) {
            (void)ym_cli_usage_error("rules", "--top %s: want a number from 1", value);
            return false;
        }
        return true;
    default:
        return ym_defines_add(&a->defines, "rules", value);
    }
}

/* *ret_help: it was asked for. */
static bool parse(int argc, char **argv, const struct subcommand *c, struct ym_rules_args *a,
                  bool *ret_help) {
    static const struct option options[] = {
        {"json", no_argument, NULL, OPT_JSON},
        {"fail-on-warnings", no_argument, NULL, OPT_FAIL},
        {"write", no_argument, NULL, OPT_WRITE},
        {"check", no_argument, NULL, OPT_CHECK},
        {"top", required_argument, NULL, OPT_TOP},
        {"scan", required_argument, NULL, OPT_SCAN},
        {"define", required_argument, NULL, 'D'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int opt;

    optind = 1;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    while ((opt = getopt_long(argc, argv, ":D:h", options, NULL)) != -1) {
        if (opt == 'h') {
            *ret_help = true;
            return true;
        }
        if (opt == '?' || opt == ':' || !takes(c, opt)) {
            (void)ym_cli_usage_error("rules", "`%s` does not take %s, or wants a value for it",
                                     c->name, argv[optind - 1]);
            return false;
        }
        if (!take_option(a, opt, optarg)) {
            return false;
        }
    }
    a->paths = argv + optind;
    a->n_paths = (size_t)(argc - optind);
    return true;
}

static int run(const struct subcommand *c, int argc, char **argv) {
    struct ym_rules_args a = {.json = false};
    bool help = false;
    int status = YM_EXIT_ERROR;

    if (parse(argc, argv, c, &a, &help)) {
        if (help) {
            status = print_help();
        } else if (a.n_paths == 0) {
            (void)ym_cli_usage_error("rules", "no rules named");
        } else if (a.write && a.check) {
            (void)ym_cli_usage_error("rules", "--write and --check do not go together; use one");
        } else {
            status = c->run(&a);
        }
    }
    ym_defines_done(&a.defines);
    return ym_cli_finish_output() ? status : YM_EXIT_ERROR;
}

int ym_cmd_rules(int argc, char **argv) {
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        (void)print_help();
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    for (size_t i = 0; argc > 1 && i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
        if (strcmp(argv[1], subcommands[i].name) == 0) {
            return run(&subcommands[i], argc - 1, argv + 1);
        }
    }
    return ym_cli_usage_error("rules", "want check, fmt, cost or explain");
}
