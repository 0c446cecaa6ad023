/* report.c - `yamori report`: the records of a store as one page.  See docs/man/yamori-report.1.
 *
 * The page's template is report.html, made from web/ by the build.  It is looked for in
 * $YAMORI_DATADIR, then in share/yamori beside the program's folder, then in the build folder. */
#include "cli.h"
#include "report_feeds.h"
#include "report_pdf.h"
#include "store.h"

#include "base/alloc.h"
#include "base/text.h"
#include "os/file.h"
#include "records/paths.h"
#include "records/record.h"
#include "records/store.h"
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE "cli/report"

static const char help[] =
    "usage: yamori report [--store FILE] [--spool DIR] [--period P]... [--threshold N]\n"
    "                     [--lang en|ja|pt|zh] [--title TEXT] [--publisher TEXT]\n"
    "                     [-o PAGE.html] [--pdf FILE] [--json FIGURES.json] [--csv FIGURES.csv] "
    "[--dp EPSILON]\n"
    "                     [--feed KIND=FILE]... [--mmdb FILE] [--hosts FILE] [--nvd FILE]...\n"
    "\n"
    "Writes the security intelligence report of the records as one HTML page that needs nothing\n"
    "else, and the same figures as JSON.\n"
    "\n"
    "  --store FILE    the store to read (default: $YAMORI_STORE, or records.db of the state "
    "folder)\n"
    "  --spool DIR     take the records of this spool, too; without --store only these, and the\n"
    "                  spool is left as it is\n"
    "  --period P      1H09, 4Q10, 2011H2, 2011Q4, 2013-06 or 2011; may be given more than once,\n"
    "                  the first is shown first (default: every quarter there is, the last first)\n"
    "  --threshold N   cells with fewer executions in the period are not shown (default: 100000)\n"
    "  --publisher TEXT  who publishes it: on the cover\n"
    "  --lang LANG     the language to begin with, en, ja, pt or zh; the page has all (default: "
    "en)\n"
    "  --title TEXT    the title of the page\n"
    "  -o PAGE.html    where the page goes (default: report.html, unless --json or --csv is\n"
    "                  given); - is standard output\n"
    "  --json FILE     where the figures go; - is standard output\n"
    "  --csv FILE      where all tables go, a line a cell; - is standard output\n"
    "  --dp EPSILON    add noise to all counts, so that one computer more or less hardly shows\n"
    "                  (differential privacy); a smaller number is more noise, 0.01 to 100\n"
    "\n" YM_REPORT_PDF_HELP YM_REPORT_FILES_HELP "\n"
    "Exit status: 0 written, 2 error.\n";

struct options {
    const char *store;
    const char *spool;
    struct ym_period periods[YM_REPORT_PERIODS_MAX];
    struct ym_report_options report;
    struct ym_report_files files;
    struct ym_report_pdf pdf;
    const char *page;
    const char *json;
    const char *csv;
    bool help;
};

static int bad_value(const char *option, const char *value, const char *allowed) {
    return ym_cli_usage_error("report", "%s %.60s: it must be %s", option, value, allowed);
}

static int add_period(struct options *o, const char *value) {
    if (o->report.n_periods == YM_REPORT_PERIODS_MAX) {
        return ym_cli_usage_error("report", "more than %d periods", YM_REPORT_PERIODS_MAX);
    }
    if (!ym_period_parse(value, &o->periods[o->report.n_periods])) {
        return bad_value("--period", value, "like 1H09, 4Q10, 2011H2, 2013-06 or 2011");
    }
    o->report.n_periods++;
    return 0;
}

static bool known_language(const char *value) {
    static const char *const languages[] = {"en", "ja", "pt", "zh"}; /* those of web/src/lang.ts */

    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        if (strcmp(value, languages[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int set_epsilon(struct options *o, const char *value) {
    char *end = NULL;

    o->report.epsilon = strtod(value, &end);
    return end != value && *end == '\0' && o->report.epsilon >= 0.01 && o->report.epsilon <= 100
               ? 0
               : bad_value("--dp", value, "a number from 0.01 to 100");
}

static int set_seconds(struct options *o, const char *value) {
    uint64_t n;

    if (!ym_parse_u64(value, strlen(value), &n) || n == 0 || n > YM_REPORT_PDF_SECONDS_MAX) {
        return bad_value("--pdf-seconds", value, "a number from 1 to 7200");
    }
    o->pdf.seconds = (unsigned)n;
    return 0;
}

static int set_option(struct options *o, int which, const char *value) {
    switch (which) {
    case 's':
        o->store = value;
        return 0;
    case 'S':
        o->spool = value;
        return 0;
    case 'p':
        return add_period(o, value);
    case 't':
        return ym_parse_u64(value, strlen(value), &o->report.threshold)
                   ? 0
                   : bad_value("--threshold", value, "a number of executions");
    case 'l':
        o->report.lang = value;
        return known_language(value) ? 0 : bad_value("--lang", value, "en, ja, pt or zh");
    case 'P':
        o->report.publisher = value;
        return 0;
    case 'T':
        o->report.title = value;
        return 0;
    case 'o':
        o->page = value;
        return 0;
    case 'j':
        o->json = value;
        return 0;
    case 'F':
        return ym_report_files_feed(&o->files, value);
    case 'N':
        return ym_report_files_nvd(&o->files, value);
    case 'M':
        o->files.mmdb = value;
        return 0;
    case 'H':
        o->files.hosts = value;
        return 0;
    case 'c':
        o->csv = value;
        return 0;
    case 'd':
        return set_epsilon(o, value);
    case 'K':
        o->pdf.path = value;
        return 0;
    case 'L':
        o->pdf.places = value;
        return ym_report_pdf_places_ok(value)
                   ? 0
                   : bad_value("--pdf-places", value, "all, or codes such as JP,BR");
    case 'W':
        return set_seconds(o, value);
    case 'h':
        o->help = true;
        return 0;
    default:
        return ym_cli_usage_error("report", "an option is not known, or lacks its value");
    }
}

static int parse(int argc, char **argv, struct options *o) {
    static const struct option longs[] = {{"store", required_argument, NULL, 's'},
                                          {"spool", required_argument, NULL, 'S'},
                                          {"period", required_argument, NULL, 'p'},
                                          {"lang", required_argument, NULL, 'l'},
                                          {"threshold", required_argument, NULL, 't'},
                                          {"publisher", required_argument, NULL, 'P'},
                                          {"title", required_argument, NULL, 'T'},
                                          {"output", required_argument, NULL, 'o'},
                                          {"json", required_argument, NULL, 'j'},
                                          {"feed", required_argument, NULL, 'F'},
                                          {"nvd", required_argument, NULL, 'N'},
                                          {"mmdb", required_argument, NULL, 'M'},
                                          {"hosts", required_argument, NULL, 'H'},
                                          {"csv", required_argument, NULL, 'c'},
                                          {"dp", required_argument, NULL, 'd'},
                                          {"pdf", required_argument, NULL, 'K'},
                                          {"pdf-places", required_argument, NULL, 'L'},
                                          {"pdf-seconds", required_argument, NULL, 'W'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int which;

    optind = 0; /* a fresh start, whoever used getopt before */
    opterr = 0;
    while ((which = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) { /* NOLINT */
        int bad = set_option(o, which, optarg);

        if (bad != 0) {
            return bad;
        }
    }
    if (optind < argc) {
        return ym_cli_usage_error("report", "%.60s: what is this?", argv[optind]);
    }
    if (o->page == NULL && o->json == NULL && o->csv == NULL && o->pdf.path == NULL) {
        o->page = "report.html";
    }
    if (!o->help && o->pdf.path == NULL && o->pdf.places != NULL) {
        return ym_cli_usage_error("report", "--pdf-places is for --pdf, which is not given");
    }
    return o->help ? 0 : ym_report_files_check(&o->files);
}

/* --- where the records come from --- */

static void say_counts(const char *spool, const struct ym_store_counts *c) {
    if (c->bad > 0) {
        ym_cli_warn("%s: %llu records could not be read; they are in %s/bad with their reasons",
                    spool, (unsigned long long)c->bad, spool);
    }
}

static ym_status open_default(struct ym_store **ret, struct ym_err *err) {
    char path[YM_SPOOL_PATH_MAX];
    struct ym_record_config config;
    struct ym_store_counts counts = {0};
    ym_status st;

    YM_TRY(ym_state_path("YAMORI_STORE", "records.db", path, sizeof(path), err));
    YM_TRY(ym_record_config_load(&config, err));
    YM_TRY(ym_cli_open_store(path, YM_STORE_CREATE, ret, err));
    if (config.spool[0] == '\0') {
        return YM_OK;
    }
    st = ym_store_ingest(*ret, config.spool, false, &counts, err);
    say_counts(config.spool, &counts);
    return st;
}

static ym_status open_records(const struct options *o, struct ym_store **ret, struct ym_err *err) {
    struct ym_store_counts counts = {0};
    ym_status st;

    if (o->store == NULL && o->spool == NULL) {
        return open_default(ret, err);
    }
    if (o->store == NULL) {
        YM_TRY(ym_store_open("", YM_STORE_MEMORY, ret, err));
    } else {
        ym_cli_warn_secret(o->store);
        YM_TRY(ym_cli_open_store(o->store, o->spool == NULL ? YM_STORE_READ : YM_STORE_CREATE, ret,
                                 err));
    }
    if (o->spool == NULL) {
        return YM_OK;
    }
    st = ym_store_ingest(*ret, o->spool, o->store == NULL, &counts, err);
    say_counts(o->spool, &counts);
    return st;
}

/* --- the template --- */

/* The folder of the running program with a path added; "" when it cannot be told. */
static void beside_program(const char *more, char out[PATH_MAX]) {
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    char *slash;

    self[n > 0 ? n : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
        (void)snprintf(out, PATH_MAX, "%.3000s/%s", self, more);
    } else {
        out[0] = '\0';
    }
}

static ym_status find_template(char path[PATH_MAX], struct ym_err *err) {
    static const char *const places[] = {"../share/yamori/report.html", "../../web/report.html"};
    const char *named = getenv("YAMORI_DATADIR"); /* NOLINT(concurrency-mt-unsafe) */

    if (named != NULL && named[0] != '\0') {
        (void)snprintf(path, PATH_MAX, "%.3000s/report.html", named);
        return YM_OK;
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        beside_program(places[i], path);
        if (path[0] != '\0' && access(path, R_OK) == 0) {
            return YM_OK;
        }
    }
    return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET,
                   "the page's template report.html is not there: build it with web/build.sh (it "
                   "needs Node 18), name its folder in YAMORI_DATADIR, or ask for --json only");
}

static ym_status read_template(struct ym_buf *page, struct ym_err *err) {
    char path[PATH_MAX];
    int fd = -1;
    ym_status st;

    YM_TRY(find_template(path, err));
    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    st = ym_file_read_all(fd, path, page, err);
    (void)close(fd);
    return st;
}

/* --- writing --- */

static ym_status write_out(const char *path, const struct ym_buf *b, struct ym_err *err) {
    if (strcmp(path, "-") == 0) {
        return ym_file_write_all(STDOUT_FILENO, "standard output", b->data, b->len, err);
    }
    return ym_file_replace(path, 0644, b->data, b->len, err);
}

static ym_status write_pdf(const struct options *o, const struct ym_buf *page, struct ym_err *err) {
    struct ym_buf pdf;
    ym_status st;

    ym_buf_init(&pdf, YM_REPORT_PDF_MAX);
    st = ym_report_pdf_print(page, &o->pdf, &pdf, err);
    if (st == YM_OK) {
        st = write_out(o->pdf.path, &pdf, err);
    }
    ym_buf_done(&pdf);
    return st;
}

static ym_status write_page(const struct options *o, const struct ym_buf *json,
                            struct ym_err *err) {
    struct ym_buf page;
    struct ym_buf out;
    ym_status st;

    ym_buf_init(&page, YM_REPORT_PAGE_MAX);
    ym_buf_init(&out, YM_REPORT_PAGE_MAX);
    st = read_template(&page, err);
    if (st == YM_OK) {
        st = ym_report_page(page.data == NULL ? "" : (const char *)page.data, page.len, json,
                            &o->report, &out, err);
    }
    if (st == YM_OK && o->page != NULL) {
        st = write_out(o->page, &out, err);
    }
    if (st == YM_OK && o->pdf.path != NULL) {
        st = write_pdf(o, &out, err);
    }
    ym_buf_done(&out);
    ym_buf_done(&page);
    return st;
}

static ym_status write_csv(const char *path, const struct ym_buf *json, struct ym_err *err) {
    struct ym_buf csv;
    ym_status st;

    ym_buf_init(&csv, YM_REPORT_PAGE_MAX);
    st = ym_report_csv(json, &csv, err);
    if (st == YM_OK) {
        st = write_out(path, &csv, err);
    }
    ym_buf_done(&csv);
    return st;
}

static ym_status make_report(struct options *o, struct ym_store *store, struct ym_err *err) {
    struct ym_buf json;
    ym_status st;

    ym_buf_init(&json, YM_REPORT_JSON_MAX);
    o->report.periods = o->periods;
    st = ym_report_figures(store, &o->report, &json, err);
    if (st == YM_OK && o->json != NULL) {
        st = write_out(o->json, &json, err);
    }
    if (st == YM_OK && o->csv != NULL) {
        st = write_csv(o->csv, &json, err);
    }
    if (st == YM_OK && (o->page != NULL || o->pdf.path != NULL)) {
        st = write_page(o, &json, err);
    }
    ym_buf_done(&json);
    return st;
}

int ym_cmd_report(int argc, char **argv) {
    struct options o = {.report = {.threshold = YM_REPORT_THRESHOLD, .lang = "en", .title = ""},
                        .pdf = {.seconds = YM_REPORT_PDF_SECONDS}};
    struct ym_store *store = NULL;
    struct ym_err err = {0};
    ym_status st;
    int bad = parse(argc, argv, &o);

    if (bad != 0) {
        return bad;
    }
    if (o.help) {
        (void)fputs(help, stdout);
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    st = ym_report_files_read(&o.files, o.periods, o.report.n_periods, &o.report, &err);
    if (st == YM_OK) {
        st = open_records(&o, &store, &err);
    }
    if (st == YM_OK) {
        st = make_report(&o, store, &err);
    }
    ym_store_close(store);
    ym_report_files_done(&o.files);
    return st == YM_OK ? YM_EXIT_CLEAN : ym_cli_error(&err);
}
