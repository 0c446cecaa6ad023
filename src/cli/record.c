/* record.c - `yamori record`: records into a store.  See docs/man/yamori-report.1. */
#include "cli.h"
#include "store.h"

#include "os/file.h"
#include "records/export.h"
#include "records/paths.h"
#include "records/record.h"
#include "records/spool.h"
#include "records/store.h"

#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: yamori record import [--store STORE] FILE...   records, one line of JSON each; - is\n"
    "                                                     standard input\n"
    "       yamori record ingest [--store STORE] [--spool DIR]\n"
    "       yamori record export --format ocsf|ecs|cef|json [-o FILE] [SPOOL | --store STORE]\n"
    "\n"
    "Puts records of executions into a store. A record whose id is there already is not counted\n"
    "twice. `ingest` empties the spool that `scan`, `clean` and `audit` fill. `export` writes the\n"
    "records of a spool or store in the forms of others, a line an event, and leaves them there.\n"
    "\n"
    "  --store STORE   a file, or clickhouse://[USER@]HOST[:PORT][,HOST2...]/DATABASE (default:\n"
    "                  $YAMORI_STORE, or records.db of the state folder); made when it is not "
    "there\n"
    "  --spool DIR     the spool (default: $YAMORI_SPOOL, or what records.conf says)\n"
    "  --format FORM   ocsf: Open Cybersecurity Schema Framework; ecs: Elastic Common Schema; "
    "cef:\n"
    "                  Common Event Format; json: the records as they are\n"
    "  -o FILE         where the events go (default: standard output)\n"
    "\n"
    "Exit status: 0 done, 2 error.\n";

enum { EXPORT_MAX = 128 << 20 }; /* bytes of the events of one record */

struct options {
    const char *store;
    const char *spool;
    const char *format;
    const char *output;
    bool help;
    int first; /* first argument that is no option */
};

static int parse(int argc, char **argv, struct options *o) {
    static const struct option longs[] = {
        {"store", required_argument, NULL, 's'},  {"spool", required_argument, NULL, 'S'},
        {"format", required_argument, NULL, 'f'}, {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int which;

    optind = 0; /* a fresh start, whoever used getopt before */
    opterr = 0;
    while ((which = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) { /* NOLINT */
        if (which == 's') {
            o->store = optarg;
        } else if (which == 'S') {
            o->spool = optarg;
        } else if (which == 'f') {
            o->format = optarg;
        } else if (which == 'o') {
            o->output = optarg;
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
        ym_cli_warn_secret(o->store);
        return ym_cli_open_store(o->store, YM_STORE_CREATE, ret, err);
    }
    YM_TRY(ym_state_path("YAMORI_STORE", "records.db", path, sizeof(path), err));
    return ym_cli_open_store(path, YM_STORE_CREATE, ret, err);
}

static void say_counts(const struct ym_store *store, const char *name,
                       const struct ym_store_counts *c) {
    uint64_t taken = c->added + c->known;

    if (ym_store_is_blind(store)) {
        (void)printf("%s: %llu taken\n", name, (unsigned long long)taken);
        return;
    }
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
    say_counts(store, shown, &counts);
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
    say_counts(store, spool, &counts);
    if (counts.bad > 0) {
        ym_cli_warn("%s: %llu records could not be read; they are in %s/bad with their reasons",
                    spool, (unsigned long long)counts.bad, spool);
    }
    return YM_OK;
}

/* --- export --- */

struct export {
    enum ym_export_form form;
    struct ym_buf text; /* of one record */
    int fd;
    const char *shown;
};

static ym_status export_one(void *user, const struct ym_record *record, struct ym_err *err) {
    struct export *x = user;

    ym_buf_clear(&x->text);
    YM_TRY(ym_record_export(record, x->form, &x->text, err));
    if (ym_buf_status(&x->text) != YM_OK) {
        return ym_fail(err, ym_buf_status(&x->text), "record", YM_ERR_NO_OFFSET,
                       "the events of one record are more than may be written");
    }
    return ym_file_write_all(x->fd, x->shown, x->text.data, x->text.len, err);
}

static ym_status export_spooled(void *user, const struct ym_record *record, const char *name,
                                struct ym_err *err) {
    (void)name;
    return export_one(user, record, err);
}

static ym_status export_spool(struct export *x, const char *spool, struct ym_err *err) {
    struct ym_record_config config = {.spool = ""};
    struct ym_spool_counts counts = {0};

    if (spool == NULL) {
        YM_TRY(ym_record_config_load(&config, err));
        spool = config.spool;
    }
    YM_TRY(ym_spool_each(spool, export_spooled, x, &counts, err));
    if (counts.bad > 0) {
        ym_cli_warn("%s: %llu records could not be read; they are in %s/bad with their reasons",
                    spool, (unsigned long long)counts.bad, spool);
    }
    return YM_OK;
}

static ym_status export_from(struct export *x, const struct options *o, const char *spool,
                             struct ym_err *err) {
    struct ym_store *store = NULL;
    ym_status st;

    if (o->store == NULL) {
        return export_spool(x, spool, err);
    }
    ym_cli_warn_secret(o->store);
    YM_TRY(ym_cli_open_store(o->store, YM_STORE_READ, &store, err));
    st = ym_store_each(store, export_one, x, err);
    ym_store_close(store);
    return st;
}

static ym_status export_to(struct export *x, const struct options *o, const char *spool,
                           struct ym_err *err) {
    struct ym_file_new out;
    ym_status st;

    if (o->output == NULL || strcmp(o->output, "-") == 0) {
        return export_from(x, o, spool, err);
    }
    YM_TRY(ym_file_new_begin(o->output, 0600, &out, err));
    x->fd = out.fd;
    x->shown = o->output;
    st = export_from(x, o, spool, err);
    if (st == YM_OK) {
        st = ym_file_new_commit(&out, err);
    }
    ym_file_new_done(&out);
    return st;
}

static int run_export(const struct options *o, int argc, char **argv) {
    struct export x = {.fd = STDOUT_FILENO, .shown = "standard output"};
    const char *spool = o->first < argc ? argv[o->first] : o->spool;
    struct ym_err err = {0};
    ym_status st;

    if (o->format == NULL || !ym_export_form_of(o->format, &x.form)) {
        return ym_cli_usage_error("record", "--format is ocsf, ecs, cef or json");
    }
    if (argc - o->first > 1 || (o->store != NULL && spool != NULL)) {
        return ym_cli_usage_error("record", "export takes one spool, or --store");
    }
    ym_buf_init(&x.text, EXPORT_MAX);
    st = export_to(&x, o, spool, &err);
    ym_buf_done(&x.text);
    return st == YM_OK ? YM_EXIT_CLEAN : ym_cli_error(&err);
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
    if (st == YM_OK) { /* so that the next report need not */
        st = ym_store_refresh(store, &err);
    }
    ym_store_close(store);
    if (st != YM_OK) {
        (void)fflush(stdout);
        return ym_cli_error(&err);
    }
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}

static int print_help(void) {
    (void)fputs(help, stdout);
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}

int ym_cmd_record(int argc, char **argv) {
    struct options o = {0};
    const char *verb = argc > 1 ? argv[1] : "";
    bool import = strcmp(verb, "import") == 0;
    bool export = strcmp(verb, "export") == 0;
    int bad;

    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
        return print_help();
    }
    if (!import && !export && strcmp(verb, "ingest") != 0) {
        return ym_cli_usage_error("record", "say `import`, `ingest` or `export`");
    }
    bad = parse(argc - 1, argv + 1, &o);
    if (bad != 0) {
        return bad;
    }
    if (o.help) {
        return print_help();
    }
    if (export) {
        return run_export(&o, argc - 1, argv + 1);
    }
    if (o.format != NULL || o.output != NULL) {
        return ym_cli_usage_error("record", "--format and -o are of export");
    }
    if (import != (o.first < argc - 1)) {
        return ym_cli_usage_error("record", import ? "import needs a file, or -"
                                                   : "ingest takes no files: --spool names it");
    }
    return run(&o, verb, argc - 1, argv + 1);
}
