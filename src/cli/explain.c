/* explain.c - `yamori explain`: which bytes, which rule, which layer of the archive, and why. */
#include "cli.h"

#include "base/alloc.h"
#include "engine/pool.h"
#include "load.h"
#include "options.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum {
    DUMP_WIDTH = 16,
    BYTES_BEFORE = 16 /* how far before the hit the engine's evidence begins */
};

struct explain {
    struct ym_scan_args args;
    struct ym_layers layers;
    struct ym_pool *pool;
    bool found, incomplete, failed;
};

/* "label      text", control characters made visible. */
static void print_row(const char *label, const char *text) {
    struct ym_buf b;

    ym_buf_init(&b, 65536);
    ym_cli_clean_text(&b, text);
    (void)printf("  %-9s %s\n", label, b.data == NULL ? "" : (const char *)b.data);
    ym_buf_done(&b);
}

/* One line of 16 bytes; those of the hit are put between [ and ]. */
static void dump_line(const struct ym_report_detection *d, uint64_t first, uint32_t at) {
    char text[DUMP_WIDTH + 1] = "";
    uint64_t offset = first + at;

    (void)printf("    %08llx ", (unsigned long long)offset);
    for (uint32_t i = 0; i < DUMP_WIDTH; i++) {
        uint32_t p = at + i;
        bool there = p < d->n_bytes;
        bool hit = there && first + p >= d->offset && first + p < d->offset + d->length;

        if (!there) {
            (void)fputs("    ", stdout);
            continue;
        }
        (void)printf(hit ? "[%02x]" : " %02x ", d->bytes[p]);
        text[i] = (char)(d->bytes[p] >= 0x20 && d->bytes[p] < 0x7f ? d->bytes[p] : '.');
        text[i + 1] = '\0';
    }
    (void)printf("  %s\n", text);
}

static void dump(const struct ym_report_detection *d) {
    uint64_t first = d->offset > BYTES_BEFORE ? d->offset - BYTES_BEFORE : 0;

    for (uint32_t at = 0; at < d->n_bytes; at += DUMP_WIDTH) {
        dump_line(d, first, at);
    }
}

static void print_detection(const struct ym_report_detection *d) {
    print_row("found", d->name);
    print_row("language", d->kind);
    print_row("inside", *d->object == '\0' ? "the file itself" : d->object);
    if (*d->layers != '\0') {
        print_row("layers", d->layers);
    }
    if (*d->source != '\0') {
        print_row("rule at", d->source);
    }
    if (*d->pattern != '\0') {
        print_row("pattern", d->pattern);
    }
    if (d->offset == UINT64_MAX) {
        print_row("why", "its condition or digest holds; no single place in the bytes is to blame");
    } else {
        (void)printf("  %-9s %u bytes from offset %llu (0x%llx)\n", "why", d->length,
                     (unsigned long long)d->offset, (unsigned long long)d->offset);
        dump(d);
    }
    (void)puts("");
}

static void print_gap(const struct ym_report_gap *g) {
    (void)printf("  not looked at: %s\n", ym_gap_text(g->gap));
    print_row("inside", *g->object == '\0' ? "the file itself" : g->object);
    if (*g->detail != '\0') {
        print_row("because", g->detail);
    }
    if (g->size > 0) {
        (void)printf("  %-9s %llu bytes from offset %llu\n", "where", (unsigned long long)g->size,
                     (unsigned long long)g->offset);
    }
    (void)puts("");
}

/* ym_pool_result_fn */
static void on_result(void *self, void *cookie, const char *name, const struct ym_report *r) {
    struct explain *x = self;
    ym_verdict v = ym_report_verdict(r);

    (void)cookie;
    print_row(ym_verdict_word(v), name);
    for (const struct ym_report_detection *d = r->detections; d != NULL; d = d->next) {
        print_detection(d);
    }
    for (const struct ym_report_gap *g = r->gaps; g != NULL; g = g->next) {
        print_gap(g);
    }
    if (r->failed) {
        print_row("error", r->error);
    }
    (void)printf("  %llu objects, %llu bytes looked at\n", (unsigned long long)r->objects,
                 (unsigned long long)r->bytes_seen);
    x->found |= v == YM_VERDICT_INFECTED;
    x->incomplete |= v == YM_VERDICT_INCOMPLETE;
    x->failed |= v == YM_VERDICT_ERROR;
}

static ym_status explain_all(struct explain *x, struct ym_err *err) {
    struct ym_pool_options po = {.limits = x->args.limits,
                                 .scan = x->args.scan,
                                 .workers = 1,
                                 .result = on_result,
                                 .self = x};

    po.scan.all_matches = true;
    po.scan.evidence = true;
    YM_TRY(ym_layers_load(x->args.databases, x->args.n_databases, &x->args.load, &x->layers, err));
    po.layers = (const struct ym_db *const *)x->layers.db;
    po.n_layers = x->layers.n;
    YM_TRY(ym_pool_new(&po, &x->pool, err));
    for (size_t i = 0; i < x->args.n_paths; i++) {
        char *path = x->args.paths[i];
        int fd;

        YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
        YM_TRY(ym_pool_submit(x->pool, fd, path, NULL, err));
    }
    return ym_pool_finish(x->pool, err);
}

static int exit_status(const struct explain *x) {
    return x->found        ? YM_EXIT_FOUND
           : x->failed     ? YM_EXIT_ERROR
           : x->incomplete ? YM_EXIT_INCOMPLETE
                           : YM_EXIT_CLEAN;
}

int ym_cmd_explain(int argc, char **argv) {
    struct explain x = {.pool = NULL};
    struct ym_err err = {.code = YM_OK};
    int status;

    if (!ym_scan_args_parse("explain", argc, argv, &x.args)) {
        return YM_EXIT_ERROR;
    }
    if (x.args.help) {
        (void)puts(
            "usage: yamori explain [-d DB]... [-D X=V]... [--no-unpack] [--limit NAME=N] FILE...\n"
            "\n"
            "Shows for every detection in a file: which bytes, which rule and where it is\n"
            "written, and through which layers of archives it was reached; and for every\n"
            "part that was not looked at, why.  Exit status as `yamori scan`.");
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    status = explain_all(&x, &err) == YM_OK ? exit_status(&x) : ym_cli_error(&err);
    ym_pool_free(x.pool);
    ym_layers_done(&x.layers);
    ym_scan_args_done(&x.args);
    return ym_cli_finish_output() ? status : YM_EXIT_ERROR;
}
