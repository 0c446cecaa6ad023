/* record.c - `yamori record`: records into a store.  See docs/man/yamori-report.1. */
#include "cli.h"

#include "os/file.h"
#include "records/paths.h"
#include "records/record.h"
#include "records/store.h"

#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: yamori record import [--store FILE] FILE...   records, one line of JSON each; - is\n"
    "                                                     standard input\n"
    "       yamori record ingest [--store FILE] [--spool DIR]\n"
    "\n"
    "Puts records of executions into a store. A record whose id is there already is not counted\n"
    "twice. `ingest` empties the spool that `scan` and `clean` fill.\n"
    "\n"
    "  --store FILE    the store (default: $YAMORI_STORE, or records.db of the state folder); "
    "made\n"
    "                  when it is not there\n"
    "  --spool DIR     the spool (default: $YAMORI_SPOOL, or what records.conf says)\n"
    "\n"
    "Exit status: 0 done, 2 error.\n";

struct options {
    const char *store;
    const char *spool;
    bool help;
    int first; /* first argument that is no option */
};

static int parse(int argc, char **argv, struct options *o) {
    static const struct option longs[] = {{"store", required_argument, NULL, 's'},
                                          {"spool", required_argument, NULL, 'S'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int which;

    optind = 0; /* a fresh start, whoever used getopt before */
    opterr = 0;
    while ((which = getopt_long(argc, argv, "h", longs, NULL)) != -1) { /* NOLINT */
        if (which == 's') {
            o->store = optarg;
        } else if (which == 'S') {
            o->spool = optarg;
        } else if (which == 'h') {
            o->help = true;
        } else {
            return ym_cli_usage_error("record", "an option is not known, or lacks its value");
        }
    }
    o->first = optind;
    return 0;
}

static ym_status open_store(const struct options *o, struct ym_store **ret, struct ym_err *err) {
    char path[YM_SPOOL_PATH_MAX];

    if (o->store != NULL) {
        return ym_store_open(o->store, YM_STORE_CREATE, ret, err);
    }
    YM_TRY(ym_state_path("YAMORI_STORE", "records.db", path, sizeof(path), err));
    return ym_store_open(path, YM_STORE_CREATE, ret, err);
}

static void say_counts(const char *name, const struct ym_store_counts *c) {
    (void)printf("%s: %llu new, %llu known\n", name, (unsigned long long)c->added,
                 (unsigned long long)c->known);
}

static ym_status import_file(struct ym_store *store, const char *name, struct ym_err *err) {
    bool standard_input = strcmp(name, "-") == 0;
    const char *shown = standard_input ? "standard input" : name;
    struct ym_store_counts counts = {0};
    int fd = STDIN_FILENO;
    ym_status st;

    if (!standard_input) {
        YM_TRY(ym_file_open(AT_FDCWD, name, true, name, &fd, err));
    }
    st = ym_store_import(store, fd, shown, &counts, err);
    say_counts(shown, &counts);
    if (!standard_input) {
        (void)close(fd);
    }
    return st;
}

static ym_status ingest(struct ym_store *store, const char *spool, struct ym_err *err) {
    struct ym_record_config config = {.spool = ""};
    struct ym_store_counts counts = {0};

    if (spool == NULL) {
        YM_TRY(ym_record_config_load(&config, err));
        spool = config.spool;
    }
    YM_TRY(ym_store_ingest(store, spool, false, &counts, err));
    say_counts(spool, &counts);
    if (counts.bad > 0) {
        ym_cli_warn("%s: %llu records could not be read; they are in %s/bad with their reasons",
                    spool, (unsigned long long)counts.bad, spool);
    }
    return YM_OK;
}

static int run(const struct options *o, const char *verb, int argc, char **argv) {
    struct ym_store *store = NULL;
    struct ym_err err = {0};
    ym_status st = open_store(o, &store, &err);

    if (strcmp(verb, "ingest") == 0) {
        st = st == YM_OK ? ingest(store, o->spool, &err) : st;
    } else {
        for (int i = o->first; st == YM_OK && i < argc; i++) {
            st = import_file(store, argv[i], &err);
        }
    }
    ym_store_close(store);
    if (st != YM_OK) {
        (void)fflush(stdout);
        return ym_cli_error(&err);
    }
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}

int ym_cmd_record(int argc, char **argv) {
    struct options o = {0};
    const char *verb = argc > 1 ? argv[1] : "";
    bool import = strcmp(verb, "import") == 0;
    int bad;

    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
        (void)fputs(help, stdout);
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    if (!import && strcmp(verb, "ingest") != 0) {
        return ym_cli_usage_error("record", "say `import` or `ingest`");
    }
    bad = parse(argc - 1, argv + 1, &o);
    if (bad != 0) {
        return bad;
    }
    if (o.help) {
        (void)fputs(help, stdout);
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    if (import != (o.first < argc - 1)) {
        return ym_cli_usage_error("record", import ? "import needs a file, or -"
                                                   : "ingest takes no files: --spool names it");
    }
    return run(&o, verb, argc - 1, argv + 1);
}
