/* scan.c - `yamori scan`: paths to verdicts.
 *
 * The walk hands descriptors to the pool; results come back in order of completion.  Exit status:
 * what was found is said first (1), even when something else failed, for that is what must not be
 * missed; 2 when anything could not be scanned; 3 when nothing was found but not all was looked
 * at; 0 is said only when none of this holds. */
#include "cli.h"

#include "base/alloc.h"
#include "base/time.h"
#include "cache.h"
#include "engine/pool.h"
#include "hook.h"
#include "load.h"
#include "options.h"
#include "os/file.h"
#include "os/sandbox.h"
#include "os/walk.h"
#include "output.h"
#include "pid.h"
#include "run_record.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* What the cache must know of a file that is with the scanners. */
struct pending {
    struct pending *next;  /* in the list of free ones */
    struct pending *other; /* in the list of all */
    bool has_stamp;
    struct ym_file_stamp stamp;
    int64_t opened_ns;
};

struct scan {
    struct ym_scan_args args;
    struct ym_layers layers;
    struct ym_pool *pool;
    struct ym_totals totals;
    struct ym_output out;
    struct ym_run_record record;
    struct ym_arena *arena; /* for the reports that we make ourselves */
    struct ym_cli_cache cache;
    struct pending *free; /* not of a file that is with the scanners */
    struct pending *all;
    bool pool_failed;
};

static void on_verdict(struct scan *s, const char *path, const struct ym_report *r) {
    ym_totals_add(&s->totals, r);
    ym_run_record_add(&s->record, path, r);
    ym_output_result(&s->out, path, r);
    ym_output_progress(&s->out, &s->totals, path);
}

/* ym_pool_result_fn */
static void on_result(void *self, void *cookie, const char *name, const struct ym_report *r) {
    struct scan *s = self;
    struct pending *p = cookie;

    if (p != NULL) {
        if (p->has_stamp) {
            ym_cache_put(s->cache.cache, &p->stamp, p->opened_ns, r);
        }
        p->next = s->free;
        s->free = p;
    }
    on_verdict(s, name, r);
}

/* A file, or a folder, that could not even be opened. */
static void cannot_scan(struct scan *s, const char *path, const struct ym_err *err) {
    struct ym_report *r;
    struct ym_report bare = {.failed = true, .error = err->text};

    ym_arena_reset(s->arena);
    r = ym_report_new(s->arena);
    if (r != NULL) {
        r->failed = true;
        r->error = err->text;
    }
    on_verdict(s, path, r != NULL ? r : &bare);
}

/* ---- The cache --------------------------------------------------------------------------- */

/* True: the cache knew the file, and it was not opened. */
static bool ask_cache(struct scan *s, const struct ym_walk_entry *e, uint32_t *ret_skip) {
    static const struct ym_report clean = {.error = "", .cached = true};
    struct ym_report *r;

    *ret_skip = 0;
    if (s->cache.cache == NULL || !e->has_stamp) {
        return false;
    }
    ym_arena_reset(s->arena);
    r = ym_report_new(s->arena);
    if (r == NULL) {
        return false;
    }
    r->cached = true;
    switch (ym_cache_ask(s->cache.cache, &e->stamp, r, ret_skip)) {
    case YM_CACHE_CLEAN:
        on_verdict(s, e->path, &clean);
        return true;
    case YM_CACHE_INFECTED:
        on_verdict(s, e->path, r);
        return true;
    case YM_CACHE_SCAN:
    default:
        return false;
    }
}

/* NULL: no cache, or no memory: then this verdict is not kept. */
static struct pending *remember(struct scan *s, int fd) {
    struct pending *p = s->free;
    struct timespec now;

    if (s->cache.cache == NULL) {
        return NULL;
    }
    if (p != NULL) {
        s->free = p->next;
    } else {
        p = ym_zalloc(1, sizeof(*p));
        if (p != NULL) {
            p->other = s->all;
            s->all = p;
        }
    }
    if (p != NULL) {
        (void)clock_gettime(CLOCK_REALTIME, &now);
        p->opened_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
        p->has_stamp = ym_file_stamp_fd(fd, &p->stamp);
    }
    return p;
}

static void free_pending(struct scan *s) {
    while (s->all != NULL) {
        struct pending *other = s->all->other;

        ym_free(s->all);
        s->all = other;
    }
}

/* ---- Paths -------------------------------------------------------------------------------- */

/* False: scanners cannot be run, there is no point in going on. */
static bool scan_file(struct scan *s, const struct ym_walk_entry *e) {
    struct ym_err err = {.code = YM_OK};
    uint32_t skip;
    int fd;

    if (ask_cache(s, e, &skip)) {
        return true;
    }

    if (ym_file_open(e->dir_fd, e->name, e->follow, e->path, &fd, &err) != YM_OK) {
        cannot_scan(s, e->path, &err);
        return true;
    }
    s->totals.opened++;
    if (ym_pool_submit_some(s->pool, fd, e->path, skip, remember(s, fd), &err) != YM_OK) {
        s->pool_failed = true;
        (void)ym_cli_error(&err);
        return false;
    }
    return true;
}

static bool scan_entry(struct scan *s, const struct ym_walk_entry *e) {
    switch (e->kind) {
    case YM_WALK_FILE:
        return scan_file(s, e);
    case YM_WALK_ERROR:
        cannot_scan(s, e->path, &e->err);
        return true;
    case YM_WALK_LEFT:
    default:
        s->totals.left[e->left]++;
        return true;
    }
}

static bool scan_path(struct scan *s, const char *path) {
    struct ym_err err = {.code = YM_OK};
    struct ym_walk_entry e;
    struct ym_walk *w;
    bool go_on = true;

    if (ym_walk_new(path, s->args.recurse, &w, &err) != YM_OK) {
        cannot_scan(s, path, &err);
        return true;
    }
    while (go_on && ym_walk_next(w, &e)) {
        go_on = scan_entry(s, &e) && !s->out.failed;
    }
    ym_walk_free(w);
    return go_on;
}

/* As in struct ym_pid_options: a region that no scanner saw. */
static void on_unread(void *self, const char *name, const struct ym_report *r) {
    on_verdict(self, name, r);
}

static bool scan_pid(struct scan *s, int pid) {
    const struct ym_pid_options o = {.pid = pid,
                                     .max_region = s->args.limits.max_file_size,
                                     .pool = s->pool,
                                     .arena = s->arena,
                                     .report = on_unread,
                                     .self = s};
    struct ym_err err = {.code = YM_OK};
    char name[32];

    if (ym_pid_scan(&o, &s->pool_failed, &err) == YM_OK) {
        return true;
    }
    if (s->pool_failed) {
        (void)ym_cli_error(&err);
        return false;
    }
    (void)snprintf(name, sizeof(name), "pid %d", pid);
    cannot_scan(s, name, &err);
    return true;
}

static void scan_all(struct scan *s) {
    struct ym_err err = {.code = YM_OK};
    bool go_on = true;

    for (size_t i = 0; go_on && i < s->args.n_paths; i++) {
        go_on = scan_path(s, s->args.paths[i]);
    }
    for (size_t i = 0; go_on && i < s->args.n_pids; i++) {
        go_on = scan_pid(s, s->args.pids[i]);
    }
    if (go_on && ym_pool_finish(s->pool, &err) != YM_OK) {
        s->pool_failed = true;
        (void)ym_cli_error(&err);
    }
}

static int exit_status(const struct scan *s, bool output_ok) {
    const uint64_t *v = s->totals.verdicts;

    if (!output_ok || s->pool_failed) {
        return YM_EXIT_ERROR; /* the results did not get where they should */
    }
    if (v[YM_VERDICT_INFECTED] > 0) {
        return YM_EXIT_FOUND;
    }
    if (v[YM_VERDICT_ERROR] > 0) {
        return YM_EXIT_ERROR;
    }
    return v[YM_VERDICT_INCOMPLETE] > 0 ? YM_EXIT_INCOMPLETE : YM_EXIT_CLEAN;
}

static ym_status open_cache(struct scan *s, struct ym_err *err) {
    const struct ym_cache_options o = {.layers = (const struct ym_db *const *)s->layers.db,
                                       .n_layers = s->layers.n,
                                       .limits = s->args.limits,
                                       .scan = s->args.scan,
                                       .max_bytes = s->args.cache_size,
                                       .settle = YM_CLI_HOOK_SETTLE(YM_CACHE_SETTLE)};

    return ym_cli_cache_open(&s->cache, s->args.cache_file, &o, err);
}

static ym_status prepare(struct scan *s, struct ym_err *err) {
    struct ym_pool_options po = {.limits = s->args.limits,
                                 .scan = s->args.scan,
                                 .workers = s->args.jobs,
                                 .result = on_result,
                                 .self = s};

    s->arena = ym_arena_new(1 << 20);
    if (s->arena == NULL) {
        return ym_fail(err, YM_NOMEM, "scan", YM_ERR_NO_OFFSET, "out of memory");
    }
    YM_TRY(ym_layers_load(s->args.databases, s->args.n_databases, &s->args.load, &s->layers, err));
    po.layers = (const struct ym_db *const *)s->layers.db;
    po.n_layers = s->layers.n;
    if (s->args.cache) {
        YM_TRY(open_cache(s, err));
        po.scan.digests = true;
    }
    YM_CLI_HOOK(&po);
    return ym_pool_new(&po, &s->pool, err);
}

/* The locks that every scanner process had on. */
static void print_sandbox(const struct scan *s) {
    struct ym_buf b;

    ym_buf_init(&b, 256);
    ym_sandbox_words(ym_pool_get_stats(s->pool).sandbox, &b);
    (void)fprintf(stderr, "sandbox     %s\n", b.data == NULL ? "" : (const char *)b.data);
    ym_buf_done(&b);
}

/* Of several images the newest: what was known at the time. */
static uint64_t newest_epoch(const struct ym_layers *layers) {
    uint64_t newest = 0;

    for (size_t i = 0; i < layers->n; i++) {
        struct ym_db_info info;

        ym_db_get_info(layers->db[i], &info);
        newest = info.epoch > newest && info.epoch <= INT64_MAX ? info.epoch : newest;
    }
    return newest;
}

static int run(struct scan *s) {
    struct ym_err err = {.code = YM_OK};
    bool output_ok;

    s->totals.started_ns = ym_now_ns();
    if (prepare(s, &err) != YM_OK) {
        return ym_cli_error(&err);
    }
    ym_output_init(&s->out, s->args.json, s->args.quiet);
    s->out.details = (struct ym_details){.tags = s->args.tags,
                                         .metas = s->args.meta,
                                         .matches = s->args.strings,
                                         .layers = (const struct ym_db *const *)s->layers.db,
                                         .n_layers = s->layers.n};
    if (!s->args.no_record) {
        ym_run_record_begin(&s->record);
        s->record.record.epoch = newest_epoch(&s->layers);
    }
    scan_all(s);
    ym_cli_cache_save(&s->cache);
    errno = s->out.sys_errno;
    output_ok = ym_cli_finish_output() && !s->out.failed;
    if (!s->args.json && !s->args.quiet) {
        ym_output_summary(&s->out, &s->totals, s->args.cache);
        if (s->args.load.verbose) {
            print_sandbox(s);
            ym_cli_cache_print(&s->cache);
        }
    }
    ym_output_done(&s->out);
    ym_run_record_finish(&s->record, &s->totals);
    return exit_status(s, output_ok);
}

static void print_help(void) {
    (void)puts(
        "usage: yamori scan [-d DB]... [-r] [--json] [--all-matches] [--no-unpack] PATH...\n"
        "       yamori scan [-d DB]... --pid N...\n"
        "\n"
        "  -d, --database DB    an image (.ydb), a rule or signature file, or a folder of them;\n"
        "                       else $YAMORI_DB, else /var/lib/yamori/yamori.ydb\n"
        "  -r, --recursive      enter folders below the named ones\n"
        "      --json           one JSON object a line for every file\n"
        "      --all-matches    do not stop at the first detection in a file\n"
        "      --no-unpack      look at the files only, not inside archives\n"
        "  -j, --jobs N         scanner processes (default: one per processor)\n"
        "  -s, --strings        all matches of the strings of YARA rules (and --all-matches)\n"
        "  -g, --tags           tags of YARA rules, behind their names\n"
        "  -m, --meta           metas of YARA rules, behind their names\n"
        "  -t, --tag T          only YARA rules with this tag\n"
        "  -i, --identifier I   only YARA rules of this name\n"
        "      --pid N          the memory of a process; may be given more than once\n"
        "  -D, --define X=V     the value of an external variable of YARA rules\n"
        "      --module-data cuckoo=F  a report for YARA's module cuckoo\n"
        "      --limit NAME=N   a bound of the scan, see below\n"
        "      --cache[=FILE]   do not scan again what did not change since it was clean\n"
        "      --cache-size N   bytes that the cache may have (default 1G)\n"
        "      --no-cache       without it (the default)\n"
        "      --skip-bad       leave out bad rules instead of refusing to start\n"
        "      --no-record      leave no execution record\n"
        "  -q, --quiet          no summary and no progress\n"
        "  -v, --verbose        show warnings about rules, and the locks of the scanners\n"
        "\n"
        "exit status: 0 clean, 1 found, 2 error, 3 nothing found but not all was looked at\n"
        "\n"
        "limits:");
    ym_scan_args_print_limits();
}

int ym_cmd_scan(int argc, char **argv) {
    struct scan s = {.pool = NULL};
    int status;

    if (!ym_scan_args_parse("scan", argc, argv, &s.args)) {
        return YM_EXIT_ERROR;
    }
    if (s.args.help) {
        print_help();
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    status = run(&s);
    ym_pool_free(s.pool);
    ym_cli_cache_done(&s.cache);
    free_pending(&s);
    ym_layers_done(&s.layers);
    ym_scan_args_done(&s.args);
    ym_arena_free(s.arena);
    return status;
}
