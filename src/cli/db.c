/* db.c - `yamori db build|info|check`; the others are in db_*.c. */
#include "db.h"
#include "cli.h"

#include "base/text.h"
#include "base/time.h"
#include "database/db.h"
#include "define.h"
#include "load.h"
#include "os/file.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- build ------------------------------------------------------------------------------------------ */

enum { MAX_CATEGORIES = 64 };

struct build {
    const char *out;
    struct ym_load_options load;
    const char *categories[MAX_CATEGORIES]; /* load.pua_categories */
    struct ym_defines defines;
    bool help;
};

static void print_build_help(void) {
    (void)puts(
        "usage: yamori db build [--skip-bad] [--pua] [--include-pua CAT]... "
        "[--exclude-pua CAT]...\n"
        "                       [--official] [--epoch N] [--cvd-key F] [-v] -o OUT.ydb IN...\n"
        "\n"
        "  -o, --output OUT  the image; replaced in one step, or not at all\n"
        "      --skip-bad    leave out bad rules and count them, instead of refusing\n"
        "      --pua         load signatures of possibly unwanted applications\n"
        "      --include-pua CAT  of these only this category; may be repeated\n"
        "      --exclude-pua CAT  all of these but this category; may be repeated\n"
        "      --official    names are reported without .UNOFFICIAL\n"
        "      --cvd-key F   public keys that containers must be signed with\n"
        "      --epoch N     the image's epoch, from 1 (default: the time, in seconds)\n"
        "  -D, --define X=V  an external variable of YARA rules; `scan -D` may give another value\n"
        "  -v, --verbose     warnings about rules, time and memory\n"
        "\n"
        "IN: .yar .yara, ClamAV's extensions, or folders of them.");
}

/* A category of unwanted applications that is (not) to be loaded. */
static bool add_category(struct build *b, bool excluded, const char *category) {
    struct ym_load_options *l = &b->load;

    if (category[0] == '\0') {
        (void)ym_cli_usage_error("db build", "an empty category of unwanted applications");
        return false;
    }
    if (l->n_pua_categories > 0 && l->pua_excluded != excluded) {
        (void)ym_cli_usage_error("db build",
                                 "--include-pua and --exclude-pua do not go together; use one");
        return false;
    }
    if (l->n_pua_categories == MAX_CATEGORIES) {
        (void)ym_cli_usage_error("db build", "more than %d categories", MAX_CATEGORIES);
        return false;
    }
    b->categories[l->n_pua_categories++] = category;
    l->pua_categories = b->categories;
    l->pua_excluded = excluded;
    l->pua = true;
    return true;
}

enum { OPT_SKIP = 256, OPT_PUA, OPT_PUA_ONLY, OPT_PUA_NOT, OPT_OFFICIAL, OPT_EPOCH, OPT_CVD_KEY };

/* One option as getopt_long() gives it; after false the error was told. */
static bool take_option(struct build *b, int opt, const char *value, const char *word) {
    switch (opt) {
    case 'o':
        b->out = value;
        break;
    case OPT_SKIP:
        b->load.skip_bad = true;
        break;
    case OPT_PUA:
        b->load.pua = true;
        break;
    case OPT_PUA_ONLY:
    case OPT_PUA_NOT:
        if (!add_category(b, opt == OPT_PUA_NOT, value)) {
            return false;
        }
        break;
    case OPT_OFFICIAL:
        b->load.official = true;
        break;
    case OPT_CVD_KEY:
        b->load.cvd_key = value;
        break;
    case OPT_EPOCH:
        if (!ym_parse_u64(value, strlen(value), &b->load.epoch) || b->load.epoch == 0) {
            (void)ym_cli_usage_error("db build", "--epoch %s: want a number from 1", value);
            return false;
        }
        break;
    case 'D':
        return ym_defines_add(&b->defines, "db build", value);
    case 'v':
        b->load.verbose = true;
        break;
    case 'h':
        b->help = true;
        break;
    default:
        (void)ym_cli_usage_error("db build", "unknown option, or one without its value: %s", word);
        return false;
    }
    return true;
}

static bool parse_build(int argc, char **argv, struct build *b) {
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"skip-bad", no_argument, NULL, OPT_SKIP},
        {"pua", no_argument, NULL, OPT_PUA},
        {"include-pua", required_argument, NULL, OPT_PUA_ONLY},
        {"exclude-pua", required_argument, NULL, OPT_PUA_NOT},
        {"official", no_argument, NULL, OPT_OFFICIAL},
        {"cvd-key", required_argument, NULL, OPT_CVD_KEY},
        {"epoch", required_argument, NULL, OPT_EPOCH},
        {"define", required_argument, NULL, 'D'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int opt;

    optind = 1;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    while ((opt = getopt_long(argc, argv, ":o:D:vh", options, NULL)) != -1) {
        if (!take_option(b, opt, optarg, argv[optind - 1])) {
            return false;
        }
    }
    b->load.externals = b->defines.rows;
    b->load.n_externals = b->defines.n;
    return true;
}

/* Compiles into f and looks at the result as whoever installs an image must. */
static ym_status build_into(struct ym_file_new *f, struct ym_sources *s, const struct build *b,
                            struct ym_err *err) {
    uint64_t start = ym_now_ns();
    struct ym_db_info info;
    struct ym_db *db = NULL;
    struct rusage ru;
    ym_status st;

    YM_TRY(ym_sources_compile(s, f->fd, &b->load, err));
    YM_TRY(ym_db_open_fd(f->fd, b->out, &db, err));
    st = ym_db_check(db, err);
    if (st == YM_OK) {
        st = ym_file_new_commit(f, err);
    }
    if (st == YM_OK) {
        ym_db_get_info(db, &info);
        (void)printf("%s: %llu bytes\n", b->out, (unsigned long long)info.file_size);
        ym_db_print_counts(db, &info);
        if (b->load.verbose && getrusage(RUSAGE_CHILDREN, &ru) == 0) {
            (void)printf("time          %.2f s\npeak memory   %.1f MB\n",
                         (double)(ym_now_ns() - start) / 1e9, (double)ru.ru_maxrss / 1024);
        }
    }
    ym_db_close(db);
    return st;
}

static ym_status build_image(const struct build *b, char **inputs, int n, struct ym_err *err) {
    struct ym_sources s = {.rows = NULL};
    struct ym_file_new f;
    ym_status st = YM_OK;

    for (int i = 0; st == YM_OK && i < n; i++) {
        st = ym_sources_add(&s, inputs[i], err);
    }
    if (st == YM_OK && ym_sources_have(&s, true)) {
        st = ym_fail(err, YM_UNSUPPORTED, "db build", YM_ERR_NO_OFFSET,
                     "an image (.ydb) cannot be built into another; give both to `scan -d`");
    }
    if (st == YM_OK) {
        st = ym_file_new_begin(b->out, 0644, &f, err);
    }
    if (st == YM_OK) {
        st = build_into(&f, &s, b, err);
        ym_file_new_done(&f);
    }
    ym_sources_done(&s);
    return st;
}

static int cmd_build(int argc, char **argv) {
    struct build b = {.out = NULL};
    struct ym_err err = {.code = YM_OK};
    ym_status st;

    if (!parse_build(argc, argv, &b)) {
        return YM_EXIT_ERROR;
    }
    if (b.help) {
        print_build_help();
        return YM_EXIT_CLEAN;
    }
    if (b.out == NULL || optind >= argc) {
        return ym_cli_usage_error("db build", b.out == NULL ? "no output named; use -o OUT.ydb"
                                                            : "no signatures named");
    }
    st = build_image(&b, argv + optind, argc - optind, &err);
    ym_defines_done(&b.defines);
    return st == YM_OK ? YM_EXIT_CLEAN : ym_cli_error(&err);
}

/* ---- info and check ----------------------------------------------------------------------------------- */

static ym_status open_image(const char *path, struct ym_db **ret_db, struct ym_err *err) {
    int fd;
    ym_status st;

    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    st = ym_db_open_fd(fd, path, ret_db, err);
    (void)close(fd);
    return st;
}

static int cmd_info(int argc, char **argv) {
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    const char *path = argc > 1 ? argv[argc - 1] : NULL;
    struct ym_err err = {.code = YM_OK};
    struct ym_db_info info;
    struct ym_db *db;

    if (argc == 3 && strcmp(argv[2], "--json") == 0) { /* the option may follow */
        json = true;
        path = argv[1];
    }
    if (path == NULL || *path == '-' || argc > (json ? 3 : 2)) {
        return ym_cli_usage_error("db", "usage: yamori db info [--json] FILE.ydb");
    }
    if (open_image(path, &db, &err) != YM_OK) {
        return ym_cli_error(&err);
    }
    ym_db_get_info(db, &info);
    if (json) {
        ym_db_print_info_json(db, &info);
    } else {
        ym_db_print_info(db, &info);
    }
    ym_db_close(db);
    return YM_EXIT_CLEAN;
}

static int cmd_check(int argc, char **argv) {
    struct ym_err err = {.code = YM_OK};
    struct ym_db *db;
    ym_status st;

    if (argc != 2 || *argv[1] == '-') {
        return ym_cli_usage_error("db", "usage: yamori db check FILE.ydb");
    }
    st = open_image(argv[1], &db, &err);
    if (st == YM_OK) {
        st = ym_db_check(db, &err);
        ym_db_close(db);
    }
    if (st != YM_OK) {
        return ym_cli_error(&err);
    }
    (void)printf("%s: good\n", argv[1]);
    return YM_EXIT_CLEAN;
}

static bool asks_for_help(const char *arg) {
    return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

static int print_help(void) {
    (void)puts(
        "usage: yamori db build [options] -o OUT.ydb IN...   (--help for more)\n"
        "       yamori db info [--json] FILE.ydb\n"
        "       yamori db check FILE.ydb\n"
        "       yamori db diff [--json] OLD NEW\n"
        "       yamori db test [--type EXT] SIGNATURE|FILE FILE...\n"
        "\n"
        "  build   compile signatures and rules to an image\n"
        "  info    what an image holds, what was left out and why\n"
        "  check   look at every row of an image\n"
        "  diff    what one set has and another has not; OLD, NEW: an image, or what build reads\n"
        "  test    does this signature match these files, and why or why not\n"
        "\n"
        "  --json      for programs\n"
        "  --type EXT  the signature is a line of a file of this type, as ndb or ldb");
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}

int ym_cmd_db(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
        bool has_help;
    } rows[] = {
        {"build", cmd_build, true},      {"info", cmd_info, false},
        {"check", cmd_check, false},     {"diff", ym_cmd_db_diff, false},
        {"test", ym_cmd_db_test, false},
    };

    if (argc > 1 && asks_for_help(argv[1])) {
        return print_help();
    }
    for (size_t i = 0; argc > 1 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(argv[1], rows[i].name) == 0) {
            if (!rows[i].has_help && argc > 2 && asks_for_help(argv[2])) {
                return print_help();
            }
            int status = rows[i].run(argc - 1, argv + 1);

            return ym_cli_finish_output() ? status : YM_EXIT_ERROR;
        }
    }
    return ym_cli_usage_error("db", "want build, info, check, diff or test");
}
