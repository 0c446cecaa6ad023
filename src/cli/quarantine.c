/* quarantine.c - yamori quarantine list|show|restore|delete.
 *
 * Everything that an item says of itself is an enemy's text: it is printed through
 * ym_clean_safe().  Exit status: 0 done, 2 error (an item that cannot be opened is one). */
#include "cli.h"

#include "base/arena.h"
#include "base/text.h"
#include "base/time.h"
#include "clean/journal.h"
#include "clean/quarantine.h"
#include "clean/volume.h"
#include "hook.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY = 1 << 30, ITEM_MEMORY = 64 << 20, TEXT_MAX = 256 << 20 };

struct options {
    const char *state, *root, *to, *id;
    bool json, yes, help;
};

static const char help[] =
    "usage: yamori quarantine list [--state DIR] [--json]\n"
    "       yamori quarantine show ID [--state DIR] [--json]\n"
    "       yamori quarantine restore ID [--to PATH] [--root DIR] [--state DIR] [--json]\n"
    "       yamori quarantine delete ID [--yes] [--state DIR] [--json]\n"
    "\n"
    "Files that yamori clean took off a volume, sealed with all that belongs to them.\n"
    "\n"
    "  --to PATH     restore as this file, not where it was\n"
    "  --root DIR    the volume that it goes back to, when it is mounted elsewhere now\n"
    "  --yes         delete without being asked\n"
    "  --state DIR   where the quarantine is kept (/var/lib/yamori)\n"
    "  --json        one JSON object instead of text\n"
    "\n"
    "Nothing is overwritten; a restored item stays in the quarantine until it is deleted.\n"
    "Exit status: 0 done, 2 error.\n";

enum { O_STATE = 256, O_ROOT, O_TO, O_JSON, O_YES };

static const struct option long_options[] = {
    {"state", required_argument, NULL, O_STATE},
    {"root", required_argument, NULL, O_ROOT},
    {"to", required_argument, NULL, O_TO},
    {"json", no_argument, NULL, O_JSON},
    {"yes", no_argument, NULL, O_YES},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct run {
    const struct options *o;
    struct ym_quarantine *q;
    struct ym_arena *arena;
    struct ym_buf out;
    struct ym_err err;
};

/* --- text -------------------------------------------------------------------------------------- */

static void put_mode(struct ym_buf *b, uint32_t mode) {
    ym_buf_printf(b, "%04o", mode);
}

static void put_when(struct ym_buf *b, struct timespec t) {
    char text[YM_ISO_TIME_SIZE];

    ym_buf_add_text(b, ym_iso_time((int64_t)t.tv_sec, text));
}

/* "2026-11-29T12:00:00.123456789Z" */
static void put_time(struct ym_buf *b, struct timespec t) {
    char text[YM_ISO_TIME_SIZE];

    (void)ym_iso_time((int64_t)t.tv_sec, text);
    ym_buf_printf(b, "%.*s.%09ldZ", (int)strcspn(text, "Z"), text, t.tv_nsec);
}

static void put_sha256(struct ym_buf *b, const struct ym_quarantine_item *item) {
    char hex[65];

    ym_hex_encode(item->sha256, sizeof(item->sha256), hex);
    ym_buf_add_text(b, hex);
}

static void text_row(struct ym_buf *b, const struct ym_quarantine_item *item) {
    ym_buf_printf(b, "%-36s  ", item->id);
    put_when(b, item->when);
    ym_buf_printf(b, "  %12" PRIu64 "  ", item->size);
    ym_clean_safe(b, item->path);
    ym_buf_add_text(b, "  ");
    ym_clean_safe(b, item->name);
    ym_buf_add_text(b, "\n");
}

static void line(struct ym_buf *b, const char *what, const char *text) {
    ym_buf_printf(b, "%-12s", what);
    ym_clean_safe(b, text);
    ym_buf_add_text(b, "\n");
}

static void time_line(struct ym_buf *b, const char *what, struct timespec t) {
    ym_buf_printf(b, "%-12s", what);
    put_time(b, t);
    ym_buf_add_text(b, "\n");
}

static void text_item(struct ym_buf *b, const struct ym_quarantine_item *item) {
    line(b, "id", item->id);
    line(b, "path", item->path);
    line(b, "volume", item->volume);
    line(b, "name", item->name);
    line(b, "rule", item->rule);
    line(b, "journal", item->journal[0] == '\0' ? "(none)" : item->journal);
    time_line(b, "sealed", item->when);
    ym_buf_printf(b, "%-12s%" PRIu64 "\n%-12s", "size", item->size, "sha256");
    put_sha256(b, item);
    ym_buf_printf(b, "\n%-12s", "mode");
    put_mode(b, item->meta.mode);
    ym_buf_printf(b, "\n%-12s%u:%u\n", "owner", item->meta.uid, item->meta.gid);
    time_line(b, "accessed", item->meta.times[0]);
    time_line(b, "modified", item->meta.times[1]);
    time_line(b, "changed", item->changed);
    if ((item->meta.flags & YM_FLAGS_LOCKS) != 0) {
        line(b, "flags", ym_meta_locks(item->meta.flags));
    }
    if (item->links > 1) {
        ym_buf_printf(b, "%-12s%u, of which this was one\n", "hard links", item->links);
    }
    for (const struct ym_xattr *x = item->meta.xattrs; x != NULL; x = x->next) {
        ym_buf_printf(b, "%-12s", "attribute");
        ym_clean_safe(b, x->name);
        ym_buf_printf(b, " (%zu bytes)\n", x->n);
    }
}

/* --- JSON -------------------------------------------------------------------------------------- */

static void member(struct ym_buf *b, const char *name, const char *text) {
    ym_buf_printf(b, ",\"%s\":", name);
    ym_buf_json_string(b, text, strlen(text));
}

static void time_member(struct ym_buf *b, const char *name, struct timespec t) {
    ym_buf_printf(b, ",\"%s\":\"", name);
    put_time(b, t);
    ym_buf_add_text(b, "\"");
}

static void json_item(struct ym_buf *b, const struct ym_quarantine_item *item) {
    ym_buf_printf(b, "{\"id\":\"%s\",\"size\":%" PRIu64 ",\"sha256\":\"", item->id, item->size);
    put_sha256(b, item);
    ym_buf_add_text(b, "\",\"mode\":\"");
    put_mode(b, item->meta.mode);
    ym_buf_printf(b, "\",\"uid\":%u,\"gid\":%u,\"links\":%u", item->meta.uid, item->meta.gid,
                  item->links);
    time_member(b, "sealed", item->when);
    time_member(b, "accessed", item->meta.times[0]);
    time_member(b, "modified", item->meta.times[1]);
    time_member(b, "changed", item->changed);
    member(b, "path", item->path);
    member(b, "volume", item->volume);
    member(b, "name", item->name);
    member(b, "rule", item->rule);
    member(b, "journal", item->journal);
    member(b, "flags", ym_meta_locks(item->meta.flags));
    ym_buf_add_text(b, ",\"attributes\":[");
    for (const struct ym_xattr *x = item->meta.xattrs; x != NULL; x = x->next) {
        ym_buf_printf(b, "%s{\"size\":%zu", x == item->meta.xattrs ? "" : ",", x->n);
        member(b, "name", x->name);
        ym_buf_add_text(b, "}");
    }
    ym_buf_add_text(b, "]}");
}

/* --- the four ---------------------------------------------------------------------------------- */

static int no_such_item(const struct run *r) {
    struct ym_err err = {0};

    (void)ym_fail_at(&err, YM_END, "quarantine", r->o->id, 0, 0,
                     "there is no such item in the quarantine of %s", r->o->state);
    return ym_cli_error(&err);
}

static int failed(struct run *r, ym_status st) {
    return st == YM_END && r->err.text[0] == '\0' ? no_such_item(r) : ym_cli_error(&r->err);
}

/* One item of the list; false: it cannot be opened, which is told. */
static bool list_one(struct run *r, struct ym_arena *arena, const char *id, bool *first) {
    struct ym_quarantine_item item;
    struct ym_err err = {0};
    ym_status st = ym_quarantine_info(r->q, id, arena, &item, &err);

    if (st == YM_END) {
        return true; /* deleted since the folder was read */
    }
    if (st != YM_OK) {
        (void)ym_cli_error(&err);
        return false;
    }
    if (r->o->json) {
        ym_buf_add_text(&r->out, *first ? "" : ",");
        json_item(&r->out, &item);
    } else {
        text_row(&r->out, &item);
    }
    *first = false;
    return true;
}

static int list_all(struct run *r, const struct ym_names *ids) {
    struct ym_arena *arena = ym_arena_new(ITEM_MEMORY);
    size_t bad = 0;
    bool first = true;

    if (arena == NULL) {
        (void)ym_fail(&r->err, YM_NOMEM, "quarantine", YM_ERR_NO_OFFSET, "out of memory");
        return ym_cli_error(&r->err);
    }
    ym_buf_printf(&r->out, r->o->json ? "{\"items\":[" : "");
    if (!r->o->json && ids->n > 0) {
        ym_buf_printf(&r->out, "%-36s  %-20s  %12s  PATH  NAME\n", "ID", "WHEN", "SIZE");
    }
    for (size_t i = 0; i < ids->n; i++) {
        ym_arena_reset(arena);
        bad += list_one(r, arena, ids->v[i], &first) ? 0U : 1U;
    }
    if (r->o->json) {
        ym_buf_printf(&r->out, "],\"damaged\":%zu}\n", bad);
    }
    ym_arena_free(arena);
    return bad > 0 ? YM_EXIT_ERROR : YM_EXIT_CLEAN;
}

static int cmd_list(struct run *r) {
    struct ym_names ids = {0};
    ym_status st = r->q == NULL ? YM_OK : ym_quarantine_list(r->q, r->arena, &ids, &r->err);

    return st == YM_OK ? list_all(r, &ids) : ym_cli_error(&r->err);
}

/* All of it is opened: what is shown can be restored. */
static int cmd_show(struct run *r) {
    struct ym_quarantine_item item;
    ym_status st = ym_quarantine_info(r->q, r->o->id, r->arena, &item, &r->err);

    if (st != YM_OK) {
        return failed(r, st);
    }
    if (r->o->json) {
        json_item(&r->out, &item);
        ym_buf_add_text(&r->out, "\n");
    } else {
        text_item(&r->out, &item);
    }
    st = ym_quarantine_verify(r->q, r->o->id, r->arena, &r->err);
    return st == YM_OK ? YM_EXIT_CLEAN : failed(r, st);
}

static int tell_done(struct run *r, const char *what, const char *where) {
    if (r->o->json) {
        ym_buf_printf(&r->out, "{\"action\":\"%s\"", what);
        member(&r->out, "id", r->o->id);
        if (where != NULL) {
            member(&r->out, "path", where);
        }
        ym_buf_add_text(&r->out, "}\n");
        return YM_EXIT_CLEAN;
    }
    ym_buf_printf(&r->out, "%s: %s", r->o->id, what);
    if (where != NULL) {
        ym_buf_add_text(&r->out, " as ");
        ym_clean_safe(&r->out, where);
    }
    ym_buf_add_text(&r->out, "\n");
    return YM_EXIT_CLEAN;
}

/* The folder to restore in, and the path below it: --to names any file of this machine, else it is
 * the item's path below its volume. */
static ym_status find_place(struct run *r, const struct ym_quarantine_item *item,
                            struct ym_volume *ret_v, const char **ret_path) {
    const char *to = r->o->to;
    const char *slash = to == NULL ? NULL : strrchr(to, '/');
    const char *folder;

    if (to == NULL) {
        *ret_path = item->path;
        return ym_volume_open(r->o->root == NULL ? item->volume : r->o->root, ret_v, &r->err);
    }
    *ret_path = slash == NULL ? to : slash + 1;
    folder = slash == NULL ? "." : ym_arena_strndup(r->arena, to, (size_t)(slash - to) + 1);
    return folder == NULL
               ? ym_fail(&r->err, YM_NOMEM, "quarantine", YM_ERR_NO_OFFSET, "out of memory")
               : ym_volume_open(folder, ret_v, &r->err);
}

static int cmd_restore(struct run *r) {
    struct ym_volume v = {.root_fd = -1};
    struct ym_quarantine_item item;
    const char *path = NULL;
    unsigned left = 0;
    ym_status st = ym_quarantine_info(r->q, r->o->id, r->arena, &item, &r->err);

    st = st == YM_OK ? find_place(r, &item, &v, &path) : st;
    st = st == YM_OK ? ym_quarantine_restore(r->q, r->o->id, &v, path, r->arena, &left, &r->err)
                     : st;
    ym_volume_close(&v);
    if (st != YM_OK) {
        return failed(r, st);
    }
    (void)tell_done(r, "restored", r->o->to == NULL ? path : r->o->to);
    if (left != 0) {
        (void)ym_fail_at(&r->err, YM_IO, "quarantine", path, 0, 0,
                         "restored, but %s could not be set as they were",
                         left == YM_QUARANTINE_LEFT_TIMES   ? "its times"
                         : left == YM_QUARANTINE_LEFT_META  ? "owner, mode or attributes"
                         : left == YM_QUARANTINE_LEFT_LOCKS ? "its flags (chattr +i, +a)"
                         : left < YM_QUARANTINE_LEFT_LOCKS  ? "owner, mode, attributes or times"
                                                            : "owner, mode, attributes, times or "
                                                              "flags");
        return ym_cli_error(&r->err);
    }
    return YM_EXIT_CLEAN;
}

/* True: go on.  Whoever runs this from a script has to say --yes. */
static bool sure(const struct run *r) {
    char answer[16];

    if (r->o->yes) {
        return true;
    }
    if (isatty(STDIN_FILENO) == 0) {
        (void)ym_cli_usage_error("quarantine", "delete wants --yes when nobody can be asked");
        return false;
    }
    (void)fprintf(stderr, "Delete %s for ever? [y/N] ", r->o->id);
    return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static int cmd_delete(struct run *r) {
    ym_status st;

    if (!ym_quarantine_id_ok(r->o->id)) {
        return no_such_item(r);
    }
    if (!sure(r)) {
        return YM_EXIT_ERROR;
    }
    st = ym_quarantine_delete(r->q, r->o->id, &r->err);
    return st == YM_OK ? tell_done(r, "deleted", NULL) : failed(r, st);
}

/* --- the command ------------------------------------------------------------------------------- */

static const struct verb {
    const char *name;
    int (*run)(struct run *r);
    ym_quarantine_mode mode;
    bool wants_id;
} verbs[] = {{"list", cmd_list, YM_QUARANTINE_READ, false},
             {"show", cmd_show, YM_QUARANTINE_READ, true},
             {"restore", cmd_restore, YM_QUARANTINE_CHANGE, true},
             {"delete", cmd_delete, YM_QUARANTINE_CHANGE, true}};

static const struct verb *find_verb(const char *name) {
    for (size_t i = 0; name != NULL && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static int parse(int argc, char **argv, struct options *o, const struct verb **ret_verb) {
    int c;

    optind = 1;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while ((c = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        o->state = c == O_STATE ? optarg : o->state;
        o->root = c == O_ROOT ? optarg : o->root;
        o->to = c == O_TO ? optarg : o->to;
        o->json = o->json || c == O_JSON;
        o->yes = o->yes || c == O_YES;
        o->help = o->help || c == 'h';
        if (c == '?') {
            return YM_EXIT_ERROR;
        }
    }
    *ret_verb = find_verb(optind < argc ? argv[optind] : NULL);
    if (o->help) {
        return YM_EXIT_CLEAN;
    }
    if (*ret_verb == NULL) {
        return ym_cli_usage_error("quarantine", "want list, show, restore or delete");
    }
    if (argc - optind != ((*ret_verb)->wants_id ? 2 : 1)) {
        return ym_cli_usage_error(
            "quarantine", (*ret_verb)->wants_id ? "%s wants one ID" : "%s wants no more words",
            (*ret_verb)->name);
    }
    if (o->to != NULL && o->root != NULL) {
        return ym_cli_usage_error("quarantine", "--to and --root exclude each other");
    }
    o->id = (*ret_verb)->wants_id ? argv[optind + 1] : "";
    return YM_EXIT_CLEAN;
}

static int run_verb(const struct verb *verb, const struct options *o) {
    struct run r = {.o = o, .arena = ym_arena_new(MEMORY)};
    ym_status st = YM_OK;
    int rc;

    ym_buf_init(&r.out, TEXT_MAX);
    if (r.arena == NULL) {
        st = ym_fail(&r.err, YM_NOMEM, "quarantine", YM_ERR_NO_OFFSET, "out of memory");
    } else {
        st = ym_quarantine_open(o->state, verb->mode, &r.q, &r.err);
    }
    if (st == YM_OK || (st == YM_END && !verb->wants_id)) {
        rc = verb->run(&r);
    } else {
        rc = failed(&r, st);
    }
    if (ym_buf_status(&r.out) != YM_OK) {
        (void)ym_fail(&r.err, ym_buf_status(&r.out), "quarantine", YM_ERR_NO_OFFSET,
                      "the list does not fit in memory");
        rc = ym_cli_error(&r.err);
    } else if (r.out.len > 0) {
        (void)fwrite(r.out.data, 1, r.out.len, stdout);
    }
    ym_buf_done(&r.out);
    ym_quarantine_close(r.q);
    ym_arena_free(r.arena);
    return ym_cli_finish_output() ? rc : YM_EXIT_ERROR;
}

int ym_cmd_quarantine(int argc, char **argv) {
    struct options o = {.state = "/var/lib/yamori"};
    const struct verb *verb = NULL;
    int rc = parse(argc, argv, &o, &verb);

    YM_CLI_HOOK_KILL();
    if (rc != YM_EXIT_CLEAN) {
        return rc;
    }
    if (o.help) {
        (void)fputs(help, stdout);
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    return run_verb(verb, &o);
}
