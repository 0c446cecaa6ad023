/* db.c - `yamori db build|info|check`. */
#include "cli.h"

#include "base/kinds.h"
#include "base/text.h"
#include "base/time.h"
#include "database/db.h"
#include "load.h"
#include "os/file.h"

#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- What an image says about itself -------------------------------------------------------------- */

static const char *const digest_words[YM_DIGEST_KINDS] = {"file", "section", "allowed", "import"};

static uint64_t digest_rows(const struct ym_db_info *info, unsigned kind) {
    uint64_t n = 0;

    for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
        n += info->digests[kind][a];
    }
    return n;
}

/* "  1234  reason" for each row of info.json's list; the image may be hostile, jansson judges. */
static void print_list(const struct ym_db_info *info, const char *list, const char *title,
                       const char *count_key, const char *text_key) {
    json_t *all = json_loads(info->json, 0, NULL);
    const json_t *rows = json_object_get(all, list);
    size_t n = json_array_size(rows);

    if (n > 0) {
        (void)printf("%s\n", title);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(rows, i);
        const char *text = json_string_value(json_object_get(row, text_key));
        struct ym_buf b;

        ym_buf_init(&b, 65536);
        ym_cli_clean_text(&b, text == NULL ? "?" : text);
        (void)printf("  %9lld  %s\n",
                     (long long)json_integer_value(json_object_get(row, count_key)),
                     b.data == NULL ? "" : (const char *)b.data);
        ym_buf_done(&b);
    }
    json_decref(all);
}

static void print_counts(const struct ym_db_info *info) {
    (void)printf("clamav rules  %llu\nyara rules    %llu\npatterns      %llu\n",
                 (unsigned long long)info->clamav_rules, (unsigned long long)info->yara_rules,
                 (unsigned long long)info->patterns);
    for (unsigned k = 0; k < YM_DIGEST_KINDS; k++) {
        (void)printf("digests       %llu (%s)\n", (unsigned long long)digest_rows(info, k),
                     digest_words[k]);
    }
    print_list(info, "left_out", "left out", "count", "why");
}

static void print_info(const struct ym_db_info *info) {
    char when[YM_ISO_TIME_SIZE];
    char identity[2 * YM_DB_IDENTITY_SIZE + 1];

    ym_hex_encode(info->identity, sizeof(info->identity), identity);
    (void)printf(
        "size          %llu bytes\nbuilt         %s\nversion       %u\nepoch         %llu\n"
        "identity      %s\n",
        (unsigned long long)info->file_size, ym_iso_time(info->built, when), info->version,
        (unsigned long long)info->epoch, identity);
    print_counts(info);
    (void)puts("sections");
    for (uint32_t i = 0; i < info->n_sections && i < YM_DB_MAX_SECTIONS; i++) {
        const struct ym_db_section_info *s = &info->sections[i];

        (void)printf("  %-16s %12llu bytes %12llu items\n", s->name, (unsigned long long)s->bytes,
                     (unsigned long long)s->items);
    }
    print_list(info, "sources", "sources (rules)", "rules", "name");
}

static void print_info_json(const struct ym_db_info *info) {
    json_t *out = json_pack("{s:I,s:I,s:i,s:I,s:I,s:I}", "size", (json_int_t)info->file_size,
                            "built", (json_int_t)info->built, "version", (int)info->version,
                            "clamav_rules", (json_int_t)info->clamav_rules, "yara_rules",
                            (json_int_t)info->yara_rules, "patterns", (json_int_t)info->patterns);
    char identity[2 * YM_DB_IDENTITY_SIZE + 1];
    json_t *digests = json_object();
    json_t *more = json_loads(info->json, 0, NULL);

    for (unsigned k = 0; k < YM_DIGEST_KINDS; k++) {
        (void)json_object_set_new(digests, digest_words[k],
                                  json_integer((json_int_t)digest_rows(info, k)));
    }
    (void)json_object_set_new(out, "digests", digests);
    ym_hex_encode(info->identity, sizeof(info->identity), identity);
    (void)json_object_set_new(out, "epoch", json_integer((json_int_t)info->epoch));
    (void)json_object_set_new(out, "identity", json_string(identity));
    if (json_is_object(more)) {
        (void)json_object_update_missing(out, more);
    }
    json_decref(more);
    (void)json_dumpf(out, stdout, JSON_SORT_KEYS);
    (void)puts("");
    json_decref(out);
}

/* ---- build ------------------------------------------------------------------------------------------ */

struct build {
    const char *out;
    struct ym_load_options load;
    bool help;
};

static void print_build_help(void) {
    (void)puts("usage: yamori db build [--skip-bad] [--pua] [--official] [--epoch N] [--cvd-key F] "
               "[-v] -o "
               "OUT.ydb IN...\n"
               "\n"
               "  -o, --output OUT  the image; replaced in one step, or not at all\n"
               "      --skip-bad    leave out bad rules and count them, instead of refusing\n"
               "      --pua         load signatures of possibly unwanted applications\n"
               "      --official    names are reported without .UNOFFICIAL\n"
               "      --cvd-key F   public keys that containers must be signed with\n"
               "      --epoch N     the image's epoch, from 1 (default: the time, in seconds)\n"
               "  -v, --verbose     warnings about rules, time and memory\n"
               "\n"
               "IN: .yar .yara, ClamAV's extensions, or folders of them.");
}

static bool parse_build(int argc, char **argv, struct build *b) {
    enum { OPT_SKIP = 256, OPT_PUA, OPT_OFFICIAL, OPT_EPOCH, OPT_CVD_KEY };
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"skip-bad", no_argument, NULL, OPT_SKIP},
        {"pua", no_argument, NULL, OPT_PUA},
        {"official", no_argument, NULL, OPT_OFFICIAL},
        {"cvd-key", required_argument, NULL, OPT_CVD_KEY},
        {"epoch", required_argument, NULL, OPT_EPOCH},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int opt;

    optind = 1;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    while ((opt = getopt_long(argc, argv, ":o:vh", options, NULL)) != -1) {
        switch (opt) {
        case 'o':
            b->out = optarg;
            break;
        case OPT_SKIP:
            b->load.skip_bad = true;
            break;
        case OPT_PUA:
            b->load.pua = true;
            break;
        case OPT_OFFICIAL:
            b->load.official = true;
            break;
        case OPT_CVD_KEY:
            b->load.cvd_key = optarg;
            break;
        case OPT_EPOCH:
            if (!ym_parse_u64(optarg, strlen(optarg), &b->load.epoch) || b->load.epoch == 0) {
                (void)ym_cli_usage_error("db build", "--epoch %s: want a number from 1", optarg);
                return false;
            }
            break;
        case 'v':
            b->load.verbose = true;
            break;
        case 'h':
            b->help = true;
            break;
        default:
            (void)ym_cli_usage_error("db build", "unknown option, or one without its value: %s",
                                     argv[optind - 1]);
            return false;
        }
    }
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
        print_counts(&info);
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
    return build_image(&b, argv + optind, argc - optind, &err) == YM_OK ? YM_EXIT_CLEAN
                                                                        : ym_cli_error(&err);
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
        print_info_json(&info);
    } else {
        print_info(&info);
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

static int cmd_not_here(int argc, char **argv) {
    (void)argc;
    return ym_cli_usage_error("db", "`db %s` is not available in this version", argv[0]);
}

int ym_cmd_db(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } rows[] = {
        {"build", cmd_build},   {"info", cmd_info},     {"check", cmd_check},
        {"diff", cmd_not_here}, {"test", cmd_not_here},
    };

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        (void)puts("usage: yamori db build [options] -o OUT.ydb IN...   (--help for more)\n"
                   "       yamori db info [--json] FILE.ydb\n"
                   "       yamori db check FILE.ydb");
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    for (size_t i = 0; argc > 1 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(argv[1], rows[i].name) == 0) {
            int status = rows[i].run(argc - 1, argv + 1);

            return ym_cli_finish_output() ? status : YM_EXIT_ERROR;
        }
    }
    return ym_cli_usage_error("db", "want build, info or check");
}
