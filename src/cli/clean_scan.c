/* clean_scan.c - see clean_scan.h.
 *
 * Results come in the order of completion; rows are sorted by path at the end, so that the same
 * volume gives the same plan. */
#include "clean_scan.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/time.h"
#include "cli.h"
#include "engine/pool.h"
#include "formats/sniff.h"
#include "hook.h"
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean";

enum {
    ROWS_MAX = 1 << 20,
    TEXTS_MAX = 256 << 20, /* bytes of all rows' texts */
    APART_MAX = 64,        /* places that are not scanned */
    PROGRESS_EVERY_NS = 200000000
};

struct ym_clean_scan_files {
    struct ym_clean_scanner scanner;
    struct ym_layers layers;
    struct ym_pool *pool;
    struct ym_arena *arena;
    struct ym_clean_looked *rows;
    size_t n, room;
    char *apart[APART_MAX]; /* relative to the root */
    size_t n_apart;
    struct ym_map *before; /* paths with a detection in the last plan */
    bool again, progress;
    ym_status failed; /* of a row that could not be kept */
    uint64_t files, shown_ns;
};

/* ---- Rows -------------------------------------------------------------------------------------- */

static const char *keep(struct ym_clean_scan_files *s, const char *text) {
    return ym_arena_strndup(s->arena, text, strlen(text));
}

static void add_row(struct ym_clean_scan_files *s, const struct ym_clean_looked *row) {
    struct ym_clean_looked *more;

    if (s->n == s->room) {
        more = s->room == ROWS_MAX
                   ? NULL
                   : ym_realloc_array(s->rows, s->room == 0 ? 64 : s->room * 2, sizeof(*more));
        if (more == NULL) {
            s->failed = s->room == ROWS_MAX ? YM_LIMIT : YM_NOMEM;
            return;
        }
        s->rows = more;
        s->room = s->room == 0 ? 64 : s->room * 2;
    }
    s->rows[s->n++] = *row;
}

/* Files that programs keep many things in: their first bytes and kinds. */
static bool is_store(const struct ym_report *r, const uint8_t head[4]) {
    static const ym_kind kinds[] = {YM_KIND_SQLITE, YM_KIND_DISK, YM_KIND_WIM,
                                    YM_KIND_DMG,    YM_KIND_UDF,  YM_KIND_SQUASHFS};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (r->kind == kinds[i]) {
            return true;
        }
    }
    return memcmp(head, "From", 4) == 0 ||           /* a mailbox (mbox) */
           memcmp(head, "!BDN", 4) == 0 ||           /* Outlook's ([MS-PST] 2.2.2.6) */
           memcmp(head, "\xcf\xad\x12\xfe", 4) == 0; /* Outlook Express */
}

static void add_detections(struct ym_clean_scan_files *s, const char *path, bool store,
                           const struct ym_report *r) {
    for (const struct ym_report_detection *d = r->detections; d != NULL; d = d->next) {
        struct ym_clean_looked row = {.path = path,
                                      .name = keep(s, d->name),
                                      .object = keep(s, d->object),
                                      .layers = keep(s, d->layers),
                                      .store = store};

        add_row(s, &row);
    }
}

static void add_gap(struct ym_clean_scan_files *s, const char *path, const char *object,
                    const char *what, const char *detail) {
    struct ym_clean_looked row = {.path = path};

    row.why = ym_arena_printf(s->arena, "%s%s%s%s%s", object, object[0] == '\0' ? "" : ": ", what,
                              detail[0] == '\0' ? "" : ", ", detail);
    add_row(s, &row);
}

/* ym_pool_result_fn.  cookie: the file's first bytes. */
static void on_result(void *self, void *cookie, const char *path, const struct ym_report *r) {
    struct ym_clean_scan_files *s = self;
    uint8_t head[4];
    const uint32_t packed = (uint32_t)(uintptr_t)cookie;

    memcpy(head, &packed, sizeof(head));
    if (r->n_detections == 0 && r->n_gaps == 0 && !r->failed) {
        return;
    }
    path = keep(s, path);
    if (path != NULL) {
        add_detections(s, path, is_store(r, head), r);
        for (const struct ym_report_gap *g = r->gaps; g != NULL; g = g->next) {
            add_gap(s, path, g->object, ym_gap_text(g->gap), g->detail);
        }
        if (r->failed) {
            add_gap(s, path, "", r->error, "");
        }
    }
    s->failed = ym_arena_status(s->arena) == YM_OK ? s->failed : ym_arena_status(s->arena);
}

/* ---- What clean/ calls -------------------------------------------------------------------------- */

static bool is_apart(const struct ym_clean_scan_files *s, const char *path) {
    for (size_t i = 0; i < s->n_apart; i++) {
        size_t n = strlen(s->apart[i]);

        if (strncmp(path, s->apart[i], n) == 0 && (path[n] == '/' || path[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static void show_progress(struct ym_clean_scan_files *s) {
    uint64_t now = s->progress ? ym_now_ns() : 0;

    s->files++;
    if (s->progress && now - s->shown_ns >= PROGRESS_EVERY_NS) {
        s->shown_ns = now;
        (void)fprintf(stderr, "\r\033[K%llu files looked at", (unsigned long long)s->files);
    }
}

static ym_status scan_file(void *self, int fd, const char *path, struct ym_err *err) {
    struct ym_clean_scan_files *s = self;
    uint32_t head = 0;
    uint64_t ignored;

    if (is_apart(s, path) || (s->again && !ym_map_get(s->before, path, strlen(path), &ignored))) {
        (void)close(fd);
        return YM_OK;
    }
    show_progress(s);
    (void)!pread(fd, &head, sizeof(head), 0); /* what cannot be read is told by the scanner */
    return ym_pool_submit(s->pool, fd, path,
                          (void *)(uintptr_t)head, /* NOLINT(performance-no-int-to-ptr) */
                          err);
}

static int by_path(const void *a, const void *b) {
    const struct ym_clean_looked *x = a;
    const struct ym_clean_looked *y = b;
    int order = strcmp(x->path, y->path);

    if (order == 0) {
        order = (x->name == NULL) - (y->name == NULL);
    }
    return order == 0
               ? strcmp(x->name == NULL ? x->why : x->name, y->name == NULL ? y->why : y->name)
               : order;
}

static void remember_detected(struct ym_clean_scan_files *s) {
    for (size_t i = 0; i < s->n && s->failed == YM_OK; i++) {
        if (s->rows[i].name != NULL) {
            s->failed = ym_map_put(s->before, s->rows[i].path, strlen(s->rows[i].path), 1);
        }
    }
}

static ym_status scan_end(void *self, const struct ym_clean_looked **ret_rows, size_t *ret_n,
                          struct ym_err *err) {
    struct ym_clean_scan_files *s = self;

    YM_TRY(ym_pool_finish(s->pool, err));
    if (s->progress && s->shown_ns != 0) {
        (void)fputs("\r\033[K", stderr);
    }
    if (s->n > 0) {
        qsort(s->rows, s->n, sizeof(*s->rows), by_path);
    }
    if (!s->again) {
        remember_detected(s);
    }
    if (s->failed != YM_OK) {
        return ym_fail(err, s->failed, module, YM_ERR_NO_OFFSET,
                       "what the scanner found does not fit in memory; clean a part of the volume "
                       "first (--root)");
    }
    *ret_rows = s->rows;
    *ret_n = s->n;
    return YM_OK;
}

const struct ym_clean_scanner *ym_clean_scan_scanner(struct ym_clean_scan_files *s) {
    return &s->scanner;
}

/* What was not looked at then is not looked at now: those rows stay. */
void ym_clean_scan_again(struct ym_clean_scan_files *s) {
    uint64_t ignored;
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        const char *path = s->rows[i].path;

        if (s->rows[i].name == NULL && !ym_map_get(s->before, path, strlen(path), &ignored)) {
            s->rows[n++] = s->rows[i];
        }
    }
    s->again = true;
    s->n = n;
}

/* ---- Life --------------------------------------------------------------------------------------- */

/* A place below the root becomes one that is not scanned; others do not matter. */
static void keep_apart(struct ym_clean_scan_files *s, const char *root, const char *place) {
    char *top = realpath(root, NULL);
    char *real = realpath(place, NULL);
    size_t n = top == NULL || strcmp(top, "/") == 0 ? 0 : strlen(top);

    if (top != NULL && real != NULL && s->n_apart < APART_MAX && strncmp(real, top, n) == 0 &&
        real[n] == '/' && real[n + 1] != '\0') {
        s->apart[s->n_apart] = ym_strdup(real + n + 1);
        s->n_apart += s->apart[s->n_apart] != NULL ? 1 : 0;
    }
    free(top);  /* allowed: realpath */
    free(real); /* allowed: realpath */
}

static ym_status make_pool(struct ym_clean_scan_files *s, const struct ym_clean_scan_options *o,
                           struct ym_err *err) {
    struct ym_load_options load = {.skip_bad = false};
    struct ym_pool_options po = {
        .limits = ym_limits_default(), .workers = o->jobs, .result = on_result, .self = s};

    YM_TRY(ym_layers_load(o->databases, o->n_databases, &load, &s->layers, err));
    po.layers = (const struct ym_db *const *)s->layers.db;
    po.n_layers = s->layers.n;
    YM_CLI_HOOK(&po);
    return ym_pool_new(&po, &s->pool, err);
}

ym_status ym_clean_scan_new(const struct ym_clean_scan_options *o,
                            struct ym_clean_scan_files **ret_scan, struct ym_err *err) {
    struct ym_clean_scan_files *s = ym_zalloc(1, sizeof(*s));
    ym_status st;

    if (s == NULL || (s->arena = ym_arena_new(TEXTS_MAX)) == NULL ||
        (s->before = ym_map_new(ROWS_MAX)) == NULL) {
        ym_clean_scan_free(s);
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory");
    }
    s->scanner = (struct ym_clean_scanner){.self = s, .file = scan_file, .end = scan_end};
    s->progress = o->progress;
    keep_apart(s, o->root, o->state);
    for (size_t i = 0; i < o->n_databases; i++) {
        keep_apart(s, o->root, o->databases[i]);
    }
    st = make_pool(s, o, err);
    if (st != YM_OK) {
        ym_clean_scan_free(s);
        return st;
    }
    *ret_scan = s;
    return YM_OK;
}

void ym_clean_scan_free(struct ym_clean_scan_files *s) {
    if (s != NULL) {
        ym_pool_free(s->pool);
        ym_layers_done(&s->layers);
        ym_map_free(s->before);
        ym_arena_free(s->arena);
        for (size_t i = 0; i < s->n_apart; i++) {
            ym_free(s->apart[i]);
        }
        ym_free(s->rows);
        ym_free(s);
    }
}
