/* journal.c - the folder of one run: made, written, read back.  docs/formats/journal.md.
 *
 * Order on disk is what makes a kill harmless:
 *   1. sealed, saved and new contents, each synced
 *   2. journal.json, synced          until here a journal counts as never begun
 *   3. state = "prepared"            the volume may change from now on
 *   4. state = "applied"             after the last change; then "undoing", "undone"
 * `state` is replaced by rename and the folder synced each time. */
#include "journal_int.h"

#include "base/alloc.h"
#include "base/text.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char module[] = "clean/journal";
enum { JOURNAL_MAX = 256 << 20 };

#ifdef YM_TESTING
static unsigned kill_countdown;

static void (*step_fn)(void *ctx, unsigned nth);
static void *step_ctx;
static unsigned step_count;

void ym_clean_kill_at(unsigned nth) {
    kill_countdown = nth;
}

void ym_clean_at_step(void (*fn)(void *ctx, unsigned nth), void *ctx) {
    step_fn = fn;
    step_ctx = ctx;
    step_count = 0;
}
#endif

void ym_journal_point(void) {
#ifdef YM_TESTING
    if (kill_countdown > 0 && --kill_countdown == 0) {
        (void)kill(getpid(), SIGKILL);
    }
    if (step_fn != NULL) {
        step_fn(step_ctx, ++step_count);
    }
#endif
}

ym_status ym_journal_no_memory(struct ym_journal *j) {
    ym_status st = ym_arena_status(j->arena);

    return ym_fail_at(j->err, st == YM_OK ? YM_NOMEM : st, module, j->id, 0, 0,
                      "the journal does not fit in memory");
}

void ym_journal_note(struct ym_journal *j, const char *fmt, ...) {
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    ym_clean_safe(&j->outcome->notes, text);
    ym_buf_add_text(&j->outcome->notes, "\n");
}

void ym_journal_left(struct ym_journal *j, const char *path, const char *why) {
    j->outcome->left++;
    ym_journal_note(j, "%s: %s", path, why);
}

/* --- folders ----------------------------------------------------------------------------------- */

/* Opens (and makes) one folder; ours alone. */
static ym_status open_folder(int dir_fd, const char *name, bool make, int *ret_fd,
                             struct ym_err *err) {
    int fd;

    if (make && mkdirat(dir_fd, name, 0700) != 0 && errno != EEXIST) {
        return ym_fail_errno(err, module, name, errno,
                             "cannot make this folder of the state (--state names another)");
    }
    fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return ym_fail_errno(err, module, name, errno,
                             "cannot open this folder of the state (--state names another)");
    }
    *ret_fd = fd;
    return YM_OK;
}

/* STATE/journal, locked for this process. */
static ym_status open_journals(struct ym_journal *j, const char *state, bool make, int *ret_fd) {
    int state_fd;
    ym_status st;

    YM_TRY(open_folder(AT_FDCWD, state, make, &state_fd, j->err));
    st = open_folder(state_fd, "journal", make, ret_fd, j->err);
    (void)close(state_fd);
    YM_TRY(st);
    j->lock_fd = openat(*ret_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (j->lock_fd < 0 || flock(j->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        st = ym_fail_errno(j->err, module, state, errno,
                           "cannot lock the state; is another clean running?");
        (void)close(*ret_fd);
    }
    return st;
}

static ym_status new_id(struct ym_journal *j) {
    char id[YM_QUARANTINE_ID_SIZE];

    YM_TRY(ym_quarantine_new_id(id, j->err));
    (void)snprintf(j->id, sizeof(j->id), "%.*s", (int)sizeof(j->id) - 1, id);
    return YM_OK;
}

void ym_target_id(const struct ym_journal *j, const struct ym_target *t,
                  char out[YM_QUARANTINE_ID_SIZE]) {
    (void)snprintf(out, YM_QUARANTINE_ID_SIZE, "%s-%04u", j->id, t->number);
}

ym_status ym_journal_quarantine(struct ym_journal *j) {
    bool needed = false;
    ym_status st;

    for (const struct ym_target *t = j->targets; t != NULL; t = t->next) {
        needed = needed || (t->item != NULL && t->item[0] != '\0');
    }
    if (!needed || j->q != NULL) {
        return YM_OK;
    }
    st = ym_quarantine_open(j->state, YM_QUARANTINE_CHANGE, &j->q, j->err);
    return st == YM_END ? YM_OK : st;
}

ym_status ym_journal_create(struct ym_journal *j, const char *state) {
    int journals_fd;
    ym_status st;

    j->state = state;
    YM_TRY(new_id(j));
    YM_TRY(open_journals(j, state, true, &journals_fd));
    ym_journal_point();
    if (mkdirat(journals_fd, j->id, 0700) != 0) {
        st = ym_fail_errno(j->err, module, state, errno, "cannot make a journal");
    } else {
        st = open_folder(journals_fd, j->id, false, &j->dir_fd, j->err);
        (void)fsync(journals_fd);
    }
    (void)close(journals_fd);
    return st;
}

void ym_journal_close(struct ym_journal *j) {
    if (j->dir_fd >= 0) {
        (void)close(j->dir_fd);
    }
    if (j->lock_fd >= 0) {
        (void)close(j->lock_fd);
    }
    ym_quarantine_close(j->q);
    ym_arena_free(j->arena);
}

/* The items that this journal made: the files they were made of are in their places. */
static void drop_items(struct ym_journal *j) {
    struct ym_err ignored = {0}; /* an item too many is no harm, and is listed */
    struct ym_names ids = {0};
    size_t n = strlen(j->id);

    if (j->q == NULL &&
        ym_quarantine_open(j->state, YM_QUARANTINE_CHANGE, &j->q, &ignored) != YM_OK) {
        return;
    }
    if (ym_quarantine_list(j->q, j->arena, &ids, &ignored) != YM_OK) {
        return;
    }
    for (size_t i = 0; i < ids.n; i++) {
        if (strncmp(ids.v[i], j->id, n) == 0 && ids.v[i][n] == '-' &&
            ym_quarantine_delete(j->q, ids.v[i], &ignored) != YM_OK) {
            return;
        }
    }
}

/* journal.json goes first: without it a journal never began, whatever else is left of it. */
void ym_journal_discard(struct ym_journal *j) {
    char path[4200];
    DIR *dir = j->dir_fd < 0 ? NULL : fdopendir(dup(j->dir_fd));
    const struct dirent *e;

    if (j->dir_fd >= 0) {
        (void)unlinkat(j->dir_fd, "journal.json", 0);
        (void)fsync(j->dir_fd);
        drop_items(j);
    }
    while (dir != NULL && (e = readdir(dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        if (e->d_name[0] != '.') {
            (void)unlinkat(j->dir_fd, e->d_name, 0);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)snprintf(path, sizeof(path), "%s/journal/%s", j->state, j->id);
    (void)rmdir(path);
}

/* --- state ------------------------------------------------------------------------------------- */

ym_status ym_journal_set_state(struct ym_journal *j, const char *word) {
    YM_TRY(ym_disk_store_bytes(j->dir_fd, "state.new", word, strlen(word), j->err));
    if (renameat(j->dir_fd, "state.new", j->dir_fd, "state") != 0 || fsync(j->dir_fd) != 0) {
        return ym_fail_errno(j->err, module, j->id, errno, "cannot note how far the work is");
    }
    ym_journal_point();
    return YM_OK;
}

ym_status ym_journal_get_state(struct ym_journal *j, char word[32]) {
    int fd = openat(j->dir_fd, "state", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t n;

    word[0] = '\0';
    if (fd < 0) {
        return errno == ENOENT
                   ? YM_OK
                   : ym_fail_errno(j->err, module, j->id, errno, "cannot read the journal's state");
    }
    n = read(fd, word, 31);
    (void)close(fd);
    word[n > 0 ? n : 0] = '\0';
    return n < 0 ? ym_fail_errno(j->err, module, j->id, errno, "cannot read the journal's state")
                 : YM_OK;
}

/* --- writing ----------------------------------------------------------------------------------- */

static void put_hex(struct ym_buf *b, const uint8_t *p, size_t n) {
    char two[3];

    ym_buf_add_text(b, "\"");
    for (size_t i = 0; i < n; i++) {
        ym_hex_encode(p + i, 1, two);
        ym_buf_add(b, two, 2);
    }
    ym_buf_add_text(b, "\"");
}

/* Names of a volume may be no UTF-8: they are kept as hex, exactly. */
static void put_name(struct ym_buf *b, const char *text) {
    put_hex(b, (const uint8_t *)text, strlen(text));
}

static void put_times(struct ym_buf *b, const struct timespec t[2]) {
    ym_buf_printf(b, "[%lld,%ld,%lld,%ld]", (long long)t[0].tv_sec, t[0].tv_nsec,
                  (long long)t[1].tv_sec, t[1].tv_nsec);
}

static void put_value(struct ym_buf *b, const struct ym_reg_value *v) {
    if (v->name == NULL) {
        ym_buf_add_text(b, "null");
        return;
    }
    ym_buf_add_text(b, "{\"name\":");
    put_name(b, v->name);
    ym_buf_printf(b, ",\"type\":%u,\"data\":", v->type);
    put_hex(b, v->data, v->n);
    ym_buf_add_text(b, "}");
}

static void put_meta(struct ym_buf *b, const struct ym_meta *m) {
    ym_buf_printf(b, "\"mode\":%u,\"uid\":%u,\"gid\":%u,\"flags\":%u,\"times\":", m->mode, m->uid,
                  m->gid, m->flags);
    put_times(b, m->times);
    ym_buf_add_text(b, ",\"attributes\":[");
    for (const struct ym_xattr *x = m->xattrs; x != NULL; x = x->next) {
        ym_buf_add_text(b, x == m->xattrs ? "[" : ",[");
        put_name(b, x->name);
        ym_buf_add_text(b, ",");
        put_hex(b, x->data, x->n);
        ym_buf_add_text(b, "]");
    }
    ym_buf_add_text(b, "]");
}

static void put_target(struct ym_buf *b, const struct ym_target *t) {
    ym_buf_printf(b, "%s{\"number\":%u,\"action\":%u,\"path\":", t->number == 1 ? "" : ",\n",
                  t->number, (unsigned)t->action);
    put_name(b, t->path);
    ym_buf_add_text(b, ",\"link\":");
    put_name(b, t->link == NULL ? "" : t->link);
    ym_buf_printf(b, ",\"item\":\"%s\"", t->item == NULL ? "" : t->item);
    ym_buf_printf(b, ",\"before\":\"%s\",\"after\":\"%s\",", t->before, t->after);
    put_meta(b, &t->meta);
    if (t->action == YM_TARGET_REPLACE_FILE) {
        ym_buf_add_text(b, ",\"new\":{");
        put_meta(b, &t->after_meta);
        ym_buf_add_text(b, "}");
    }
    ym_buf_add_text(b, "}");
}

static void put_change(struct ym_buf *b, const struct ym_value_change *c, bool first) {
    ym_buf_printf(b, "%s{\"target\":%u,\"op\":%u,\"key\":", first ? "" : ",\n", c->target,
                  (unsigned)c->op);
    put_name(b, c->key);
    ym_buf_add_text(b, ",\"old\":");
    put_value(b, &c->old);
    ym_buf_add_text(b, ",\"new\":");
    put_value(b, &c->after);
    ym_buf_add_text(b, ",\"saved\":[");
    for (const struct ym_clean_saved *s = c->saved; s != NULL; s = s->next) {
        ym_buf_add_text(b, s == c->saved ? "[" : ",[");
        put_name(b, s->key);
        ym_buf_add_text(b, ",");
        put_value(b, &s->value);
        ym_buf_add_text(b, "]");
    }
    ym_buf_add_text(b, "]}");
}

/* The plan's own JSON has \udcXX for a byte that is no UTF-8, which readers of JSON refuse, ours
 * among them: here it is the text \xXX.  Nothing reads names from it: targets have them in hex. */
static void put_plan(struct ym_buf *b, const char *json) {
    for (const char *p = json; *p != '\0';) {
        size_t n = strcspn(p, "\\");

        ym_buf_add(b, p, n);
        p += n;
        if (strncmp(p, "\\udc", 4) == 0) {
            ym_buf_add_text(b, "\\\\x");
            p += 4;
        } else if (*p != '\0') { /* with what it escapes */
            n = p[1] == '\0' ? 1 : 2;
            ym_buf_add(b, p, n);
            p += n;
        }
    }
}

ym_status ym_journal_store(struct ym_journal *j) {
    struct ym_buf b;
    ym_status st;

    ym_buf_init(&b, JOURNAL_MAX);
    ym_buf_printf(&b, "{\"format\":3,\"id\":\"%s\",\"root\":", j->id);
    put_name(&b, j->root);
    ym_buf_add_text(&b, ",\n\"plan\":");
    put_plan(&b, j->plan_json);
    ym_buf_add_text(&b, ",\n\"targets\":[");
    for (const struct ym_target *t = j->targets; t != NULL; t = t->next) {
        put_target(&b, t);
    }
    ym_buf_add_text(&b, "],\n\"folders\":[");
    for (const struct ym_folder_times *f = j->folders; f != NULL; f = f->next) {
        ym_buf_add_text(&b, f == j->folders ? "[" : ",\n[");
        put_name(&b, f->path);
        ym_buf_add_text(&b, ",");
        put_times(&b, f->times);
        ym_buf_printf(&b, ",%u]", f->flags);
    }
    ym_buf_add_text(&b, "],\n\"changes\":[");
    for (const struct ym_value_change *c = j->changes; c != NULL; c = c->next) {
        put_change(&b, c, c == j->changes);
    }
    ym_buf_add_text(&b, "]}\n");
    st = ym_buf_status(&b) == YM_OK
             ? ym_disk_store_bytes(j->dir_fd, "journal.json", b.data, b.len, j->err)
             : ym_journal_no_memory(j);
    ym_buf_done(&b);
    if (st == YM_OK && fsync(j->dir_fd) != 0) {
        st = ym_fail_errno(j->err, module, j->id, errno, "cannot bring the journal to the disk");
    }
    return st == YM_OK ? ym_journal_set_state(j, "prepared\n") : st;
}

/* --- reading ----------------------------------------------------------------------------------- */

static ym_status damaged(struct ym_journal *j, const char *what) {
    return ym_fail_at(j->err, YM_MALFORMED, module, j->id, 0, 0, "the journal is damaged (%s)",
                      what);
}

static ym_status get_hex(struct ym_journal *j, const json_t *v, const uint8_t **ret,
                         size_t *ret_n) {
    size_t n = json_string_length(v);
    uint8_t *out;

    if (!json_is_string(v) || n % 2 != 0) {
        return damaged(j, "hex");
    }
    out = YM_ARENA_ARRAY(j->arena, n / 2 + 1, uint8_t);
    if (out == NULL) {
        return ym_journal_no_memory(j);
    }
    if (!ym_hex_decode(json_string_value(v), n / 2, out)) {
        return damaged(j, "hex");
    }
    *ret = out;
    *ret_n = n / 2;
    return YM_OK;
}

static ym_status get_name(struct ym_journal *j, const json_t *v, const char **ret) {
    const uint8_t *p;
    size_t n;

    YM_TRY(get_hex(j, v, &p, &n));
    if (strlen((const char *)p) != n) {
        return damaged(j, "name");
    }
    *ret = (const char *)p;
    return YM_OK;
}

static ym_status get_times(struct ym_journal *j, const json_t *v, struct timespec ret[2]) {
    if (!json_is_array(v) || json_array_size(v) != 4) {
        return damaged(j, "times");
    }
    for (size_t i = 0; i < 2; i++) {
        ret[i].tv_sec = (time_t)json_integer_value(json_array_get(v, 2 * i));
        ret[i].tv_nsec = (long)json_integer_value(json_array_get(v, 2 * i + 1));
    }
    return YM_OK;
}

static ym_status get_number(struct ym_journal *j, const json_t *v, const char *key, uint32_t *ret) {
    const json_t *n = json_object_get(v, key);

    if (!json_is_integer(n) || json_integer_value(n) < 0 || json_integer_value(n) > UINT32_MAX) {
        return damaged(j, key);
    }
    *ret = (uint32_t)json_integer_value(n);
    return YM_OK;
}

static ym_status get_digest(struct ym_journal *j, const json_t *v, const char *key, char ret[65]) {
    const char *text = json_string_value(json_object_get(v, key));

    if (text == NULL || strlen(text) > 64) {
        return damaged(j, key);
    }
    (void)snprintf(ret, 65, "%s", text);
    return YM_OK;
}

static ym_status get_xattrs(struct ym_journal *j, const json_t *v, struct ym_meta *meta) {
    for (size_t i = json_array_size(v); i > 0; i--) {
        const json_t *pair = json_array_get(v, i - 1);
        struct ym_xattr *x = YM_ARENA_NEW(j->arena, struct ym_xattr);

        if (x == NULL) {
            return ym_journal_no_memory(j);
        }
        YM_TRY(get_name(j, json_array_get(pair, 0), &x->name));
        YM_TRY(get_hex(j, json_array_get(pair, 1), &x->data, &x->n));
        x->next = meta->xattrs;
        meta->xattrs = x;
    }
    return YM_OK;
}

/* Absent in format 1. */
static ym_status get_item(struct ym_journal *j, const json_t *v, struct ym_target *t) {
    const char *id = json_string_value(v);

    if (id == NULL || id[0] == '\0') {
        t->item = "";
        return YM_OK;
    }
    if (!ym_quarantine_id_ok(id)) {
        return damaged(j, "item");
    }
    t->item = ym_arena_strndup(j->arena, id, strlen(id));
    return t->item == NULL ? ym_journal_no_memory(j) : YM_OK;
}

/* Flags are absent before format 3. */
static ym_status get_flags(struct ym_journal *j, const json_t *n, uint32_t *ret) {
    json_int_t flags = json_integer_value(n);

    if (n != NULL &&
        (!json_is_integer(n) || flags < 0 || (flags & ~(json_int_t)YM_FLAGS_KEPT) != 0)) {
        return damaged(j, "flags");
    }
    *ret = (uint32_t)flags;
    return YM_OK;
}

static ym_status get_meta(struct ym_journal *j, const json_t *v, struct ym_meta *ret) {
    YM_TRY(get_number(j, v, "mode", &ret->mode));
    YM_TRY(get_number(j, v, "uid", &ret->uid));
    YM_TRY(get_number(j, v, "gid", &ret->gid));
    YM_TRY(get_flags(j, json_object_get(v, "flags"), &ret->flags));
    YM_TRY(get_times(j, json_object_get(v, "times"), ret->times));
    return get_xattrs(j, json_object_get(v, "attributes"), ret);
}

static ym_status get_target(struct ym_journal *j, const json_t *v) {
    struct ym_target *t = YM_ARENA_NEW(j->arena, struct ym_target);
    uint32_t action;

    if (t == NULL) {
        return ym_journal_no_memory(j);
    }
    YM_TRY(get_number(j, v, "number", &t->number));
    YM_TRY(get_number(j, v, "action", &action));
    if (action >= YM_TARGET_ACTIONS) {
        return damaged(j, "action");
    }
    t->action = (ym_target_action)action;
    YM_TRY(get_name(j, json_object_get(v, "path"), &t->path));
    YM_TRY(get_name(j, json_object_get(v, "link"), &t->link));
    YM_TRY(get_item(j, json_object_get(v, "item"), t));
    YM_TRY(get_digest(j, v, "before", t->before));
    YM_TRY(get_digest(j, v, "after", t->after));
    YM_TRY(get_meta(j, v, &t->meta));
    if (t->action == YM_TARGET_REPLACE_FILE) {
        YM_TRY(get_meta(j, json_object_get(v, "new"), &t->after_meta));
    }
    t->previous = j->last_target;
    *(j->last_target == NULL ? &j->targets : &j->last_target->next) = t;
    j->last_target = t;
    return YM_OK;
}

static ym_status get_value(struct ym_journal *j, const json_t *v, struct ym_reg_value *ret) {
    if (json_is_null(v)) {
        return YM_OK;
    }
    YM_TRY(get_name(j, json_object_get(v, "name"), &ret->name));
    YM_TRY(get_number(j, v, "type", &ret->type));
    return get_hex(j, json_object_get(v, "data"), &ret->data, &ret->n);
}

static ym_status get_saved(struct ym_journal *j, const json_t *v, struct ym_value_change *c) {
    for (size_t i = json_array_size(v); i > 0; i--) {
        struct ym_clean_saved *s = YM_ARENA_NEW(j->arena, struct ym_clean_saved);

        if (s == NULL) {
            return ym_journal_no_memory(j);
        }
        YM_TRY(get_name(j, json_array_get(json_array_get(v, i - 1), 0), &s->key));
        YM_TRY(get_value(j, json_array_get(json_array_get(v, i - 1), 1), &s->value));
        s->next = c->saved;
        c->saved = s;
    }
    return YM_OK;
}

static ym_status get_change(struct ym_journal *j, const json_t *v) {
    struct ym_value_change *c = YM_ARENA_NEW(j->arena, struct ym_value_change);
    uint32_t op;

    if (c == NULL) {
        return ym_journal_no_memory(j);
    }
    YM_TRY(get_number(j, v, "target", &c->target));
    YM_TRY(get_number(j, v, "op", &op));
    if (op >= YM_STEP_OPS) {
        return damaged(j, "op");
    }
    c->op = (ym_step_op)op;
    YM_TRY(get_name(j, json_object_get(v, "key"), &c->key));
    YM_TRY(get_value(j, json_object_get(v, "old"), &c->old));
    YM_TRY(get_value(j, json_object_get(v, "new"), &c->after));
    YM_TRY(get_saved(j, json_object_get(v, "saved"), c));
    c->previous = j->last_change;
    *(j->last_change == NULL ? &j->changes : &j->last_change->next) = c;
    j->last_change = c;
    return YM_OK;
}

static ym_status get_folder(struct ym_journal *j, const json_t *v) {
    struct ym_folder_times *f = YM_ARENA_NEW(j->arena, struct ym_folder_times);

    if (f == NULL) {
        return ym_journal_no_memory(j);
    }
    YM_TRY(get_name(j, json_array_get(v, 0), &f->path));
    YM_TRY(get_times(j, json_array_get(v, 1), f->times));
    YM_TRY(get_flags(j, json_array_get(v, 2), &f->flags));
    f->next = j->folders;
    j->folders = f;
    return YM_OK;
}

static ym_status get_all(struct ym_journal *j, const json_t *v) {
    json_int_t format = json_integer_value(json_object_get(v, "format"));
    const json_t *list;

    if (format < 1 || format > 3) {
        return ym_fail_at(j->err, YM_UNSUPPORTED, module, j->id, 0, 0,
                          "not a journal of a form that is known here");
    }
    YM_TRY(get_name(j, json_object_get(v, "root"), &j->root));
    list = json_object_get(v, "targets");
    for (size_t i = 0; i < json_array_size(list); i++) {
        YM_TRY(get_target(j, json_array_get(list, i)));
    }
    list = json_object_get(v, "changes");
    for (size_t i = 0; i < json_array_size(list); i++) {
        YM_TRY(get_change(j, json_array_get(list, i)));
    }
    list = json_object_get(v, "folders");
    for (size_t i = 0; i < json_array_size(list); i++) {
        YM_TRY(get_folder(j, json_array_get(list, i)));
    }
    return YM_OK;
}

static ym_status never_completed(struct ym_journal *j) {
    return ym_fail_at(j->err, YM_END, module, j->id, 0, 0,
                      "this journal was never completed: nothing was changed");
}

/* Until the state is there the rest may be anything: a power cut leaves what it likes of it. */
static ym_status read_journal(struct ym_journal *j) {
    struct ym_buf text;
    char word[32];
    json_t *v;
    ym_status st;
    int fd;

    YM_TRY(ym_journal_get_state(j, word));
    if (word[0] == '\0') {
        return never_completed(j);
    }
    fd = openat(j->dir_fd, "journal.json", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return never_completed(j);
    }
    if (fd < 0) {
        return ym_fail_errno(j->err, module, j->id, errno, "cannot open the journal");
    }
    ym_buf_init(&text, JOURNAL_MAX);
    st = ym_file_read_all(fd, j->id, &text, j->err);
    (void)close(fd);
    v = st == YM_OK ? json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL)
                    : NULL;
    ym_buf_done(&text);
    YM_TRY(st);
    if (v == NULL) {
        return damaged(j, "no JSON");
    }
    st = get_all(j, v);
    json_decref(v);
    return st;
}

ym_status ym_journal_open(struct ym_journal *j, const char *state, const char *id) {
    int journals_fd;
    ym_status st;

    j->state = state;
    if (strlen(id) >= sizeof(j->id) || id[0] == '\0' || id[0] == '.' || strchr(id, '/') != NULL) {
        return ym_fail_at(j->err, YM_MALFORMED, module, id, 0, 0, "not the id of a journal");
    }
    (void)snprintf(j->id, sizeof(j->id), "%s", id);
    YM_TRY(open_journals(j, state, false, &journals_fd));
    j->dir_fd = openat(journals_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    st = j->dir_fd < 0
             ? ym_fail_errno(j->err, module, id, errno, "there is no such journal in %s", state)
             : YM_OK;
    (void)close(journals_fd);
    return st == YM_OK ? read_journal(j) : st;
}

ym_status ym_journal_take_up(struct ym_journal *j, const char *state, const char *id,
                             struct ym_clean_outcome *outcome, char word[32], struct ym_err *err) {
    *j = (struct ym_journal){.arena = ym_arena_new(512U << 20),
                             .dir_fd = -1,
                             .lock_fd = -1,
                             .outcome = outcome,
                             .err = err};
    outcome->id[0] = '\0';
    if (j->arena == NULL) {
        return ym_fail_at(err, YM_NOMEM, module, state, 0, 0, "out of memory");
    }
    YM_TRY(ym_journal_open(j, state, id));
    return ym_journal_get_state(j, word);
}

ym_status ym_journal_do(struct ym_journal *j, const char *root,
                        ym_status (*work)(const struct ym_volume *v, struct ym_journal *j)) {
    struct ym_volume v = {.root_fd = -1};
    ym_status st;

    YM_TRY(ym_volume_open(root == NULL ? j->root : root, &v, j->err));
    memcpy(j->outcome->id, j->id, sizeof(j->id));
    st = work(&v, j);
    ym_volume_close(&v);
    return st;
}
