/* apply.c - from a plan to a journal, and from a journal to a changed volume.
 *
 * Prepare works on the content of now: it compares what each step saw with what it finds, saves
 * the original, and makes the new content.  Only the SHA-256 of both lets the second half act: a
 * target that is neither as before nor as after belongs to somebody else now and is left. */
#include "journal_int.h"

#include "base/alloc.h"
#include "base/text.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char module[] = "clean/apply";

/* --- prepare ----------------------------------------------------------------------------------- */

static ym_target_action action_of(const struct ym_clean_step *s) {
    switch (s->op) {
    case YM_STEP_REMOVE_LINE:
        return YM_TARGET_REPLACE_TEXT;
    case YM_STEP_REMOVE_FILE:
        return YM_TARGET_REMOVE_FILE;
    case YM_STEP_REMOVE_LINK:
        return YM_TARGET_REMOVE_LINK;
    case YM_STEP_REMOVE_FOLDER:
        return YM_TARGET_REMOVE_FOLDER;
    case YM_STEP_REPLACE_FILE:
        return YM_TARGET_REPLACE_FILE;
    case YM_STEP_SET_VALUE:
    case YM_STEP_DELETE_VALUE:
    case YM_STEP_DELETE_KEY:
    case YM_STEP_MAKE_KEY:
    case YM_STEP_RESET_PERMISSIONS:
    case YM_STEP_OPS:
        break;
    }
    return YM_TARGET_REPLACE_HIVE;
}

static ym_status changed_since(struct ym_journal *j, const char *path) {
    return ym_fail_at(j->err, YM_IO, module, path, 0, 0,
                      "changed while it was being planned; nothing was done: run clean again");
}

static bool same_value(const struct ym_reg_value *a, const struct ym_reg_value *b) {
    return a->type == b->type && a->n == b->n && memcmp(a->data, b->data, a->n) == 0;
}

/* Steps of a key as a whole. */
static ym_status apply_key_step(struct ym_journal *j, struct ym_registry *reg,
                                const struct ym_clean_step *s) {
    struct ym_reg_security now = {.text = ""};
    struct ym_reg_values values;
    ym_status st;

    if (s->op == YM_STEP_DELETE_KEY) {
        st = ym_registry_delete_key(reg, s->key, j->err);
        return st == YM_END ? changed_since(j, s->file) : st;
    }
    if (s->op == YM_STEP_MAKE_KEY) {
        st = ym_registry_values(reg, j->arena, s->key, &values, j->err);
        return st == YM_END ? ym_registry_make_key(reg, s->key, j->err) : st;
    }
    st = ym_registry_security(reg, j->arena, s->key, &now, j->err);
    if (st == YM_END || (st == YM_OK && strcmp(now.text, s->old_text) != 0)) {
        return changed_since(j, s->file);
    }
    YM_TRY(st);
    return ym_registry_reset_security(reg, s->key, j->err);
}

static ym_status apply_value_step(struct ym_journal *j, struct ym_registry *reg,
                                  const struct ym_clean_step *s) {
    struct ym_reg_value now;
    ym_status st;

    if (s->op != YM_STEP_SET_VALUE && s->op != YM_STEP_DELETE_VALUE) {
        return apply_key_step(j, reg, s);
    }
    if (s->old.name == NULL) { /* the value, and with it perhaps the key, is new */
        st = ym_registry_get(reg, j->arena, s->key, s->after.name, &now, j->err);
        return st == YM_OK    ? changed_since(j, s->file)
               : st == YM_END ? ym_registry_set(reg, s->key, &s->after, j->err)
                              : st;
    }
    st = ym_registry_get(reg, j->arena, s->key, s->old.name, &now, j->err);
    if (st == YM_END || (st == YM_OK && !same_value(&now, &s->old))) {
        return changed_since(j, s->file);
    }
    YM_TRY(st);
    return s->op == YM_STEP_SET_VALUE ? ym_registry_set(reg, s->key, &s->after, j->err)
                                      : ym_registry_delete_value(reg, s->key, s->old.name, j->err);
}

static ym_status add_change(struct ym_journal *j, const struct ym_target *t,
                            const struct ym_clean_step *s) {
    struct ym_value_change *c = YM_ARENA_NEW(j->arena, struct ym_value_change);

    if (c == NULL) {
        return ym_journal_no_memory(j);
    }
    *c = (struct ym_value_change){.target = t->number,
                                  .op = s->op,
                                  .key = s->key,
                                  .old = s->old,
                                  .after = s->after,
                                  .saved = s->saved};
    c->previous = j->last_change;
    *(j->last_change == NULL ? &j->changes : &j->last_change->next) = c;
    j->last_change = c;
    return YM_OK;
}

static ym_status new_hive(const struct ym_volume *v, struct ym_journal *j, struct ym_target *t,
                          int fd, const struct ym_clean_plan *plan) {
    struct ym_registry *reg;
    char name[32];
    int new_fd = -1;
    ym_status st;

    YM_TRY(ym_hive_open_beside(v, t->path, fd, j->arena, &reg, j->err));
    st = YM_OK;
    for (const struct ym_clean_step *s = plan->steps; s != NULL && st == YM_OK; s = s->next) {
        if (strcmp(s->file, t->path) == 0) {
            st = apply_value_step(j, reg, s);
            st = st == YM_OK ? add_change(j, t, s) : st;
        }
    }
    st = st == YM_OK ? ym_registry_write(reg, &new_fd, j->err) : st;
    if (st == YM_OK) {
        ym_target_file(t, "new", name);
        st = ym_disk_store(j->dir_fd, name, new_fd, t->after, j->err);
    }
    if (new_fd >= 0) {
        (void)close(new_fd);
    }
    ym_registry_close(reg);
    return st;
}

/* The text of a line as the detector showed it to its rules. */
static bool line_is(const uint8_t *p, size_t n, const char *text) {
    n -= n > 0 && p[n - 1] == '\n' ? 1U : 0U;
    n -= n > 0 && p[n - 1] == '\r' ? 1U : 0U;
    if (strlen(text) != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if ((p[i] == 0 ? ' ' : (char)p[i]) != text[i]) {
            return false;
        }
    }
    return true;
}

static const struct ym_clean_step *step_for_line(const struct ym_clean_plan *plan, const char *path,
                                                 unsigned number) {
    for (const struct ym_clean_step *s = plan->steps; s != NULL; s = s->next) {
        if (s->line == number && strcmp(s->file, path) == 0) {
            return s;
        }
    }
    return NULL;
}

static ym_status drop_lines(struct ym_journal *j, const struct ym_target *t,
                            const struct ym_buf *text, const struct ym_clean_plan *plan,
                            struct ym_buf *out) {
    size_t at = 0;
    unsigned number = 1;

    for (; at < text->len; number++) {
        const uint8_t *end = memchr(text->data + at, '\n', text->len - at);
        size_t n = end == NULL ? text->len - at : (size_t)(end - (text->data + at)) + 1;
        const struct ym_clean_step *s = step_for_line(plan, t->path, number);

        if (s != NULL && !line_is(text->data + at, n, s->old_text)) {
            return changed_since(j, t->path);
        }
        if (s == NULL) {
            ym_buf_add(out, text->data + at, n);
        }
        at += n;
    }
    return ym_buf_status(out) == YM_OK ? YM_OK : ym_journal_no_memory(j);
}

static ym_status new_text(struct ym_journal *j, struct ym_target *t, int fd,
                          const struct ym_clean_plan *plan) {
    struct ym_buf text;
    struct ym_buf out;
    char name[32];
    ym_status st;
    int new_fd = -1;

    ym_buf_init(&text, YM_CLEAN_TEXT_FILE_MAX);
    ym_buf_init(&out, YM_CLEAN_TEXT_FILE_MAX);
    st = lseek(fd, 0, SEEK_SET) == 0 ? ym_file_read_all(fd, t->path, &text, j->err) : YM_IO;
    st = st == YM_OK ? drop_lines(j, t, &text, plan, &out) : st;
    if (st == YM_OK && (new_fd = memfd_create("new text", MFD_CLOEXEC)) < 0) {
        st = ym_fail_errno(j->err, module, t->path, errno, "cannot make a memory file");
    }
    st = st == YM_OK && out.len > 0 ? ym_file_write_all(new_fd, t->path, out.data, out.len, j->err)
                                    : st;
    if (st == YM_OK) {
        ym_target_file(t, "new", name);
        st = ym_disk_store(j->dir_fd, name, new_fd, t->after, j->err);
    }
    if (new_fd >= 0) {
        (void)close(new_fd);
    }
    ym_buf_done(&text);
    ym_buf_done(&out);
    return st;
}

static ym_status seal(struct ym_journal *j, struct ym_target *t,
                      const struct ym_quarantine_source *source) {
    struct ym_quarantine_about about = {
        .path = t->path, .volume = j->root, .rule = t->why->rule, .journal = j->id};
    uint8_t digest[32];

    about.name = ym_arena_printf(j->arena, "%s/%s", t->why->family->name, t->why->artefact->id);
    if (about.name == NULL) {
        return ym_journal_no_memory(j);
    }
    YM_TRY(ym_meta_get(source->fd, &source->sb, j->arena, &t->meta, j->err));
    YM_TRY(ym_quarantine_seal(j->q, t->item, source, &about, j->arena, digest, j->err));
    ym_hex_encode(digest, sizeof(digest), t->before);
    return YM_OK;
}

/* A file that will be removed: into the quarantine. */
static ym_status prepare_removal(const struct ym_volume *v, struct ym_journal *j,
                                 struct ym_target *t) {
    struct ym_quarantine_source source;
    char id[YM_QUARANTINE_ID_SIZE];
    ym_status st;

    if (j->q == NULL) {
        YM_TRY(ym_quarantine_open(j->state, YM_QUARANTINE_MAKE, &j->q, j->err));
    }
    ym_target_id(j, t, id);
    t->item = ym_arena_strndup(j->arena, id, strlen(id));
    if (t->item == NULL) {
        return ym_journal_no_memory(j);
    }
    st = ym_quarantine_source_open(v, t->path, &source, j->err);
    if (st == YM_END) {
        return changed_since(j, t->path);
    }
    YM_TRY(st);
    st = seal(j, t, &source);
    ym_quarantine_source_done(&source);
    return st;
}

/* A file that will be replaced by the family's own copy of the original: into the quarantine, and that
 * copy into the journal. */
static ym_status prepare_replacement(const struct ym_volume *v, struct ym_journal *j,
                                     struct ym_target *t, const struct ym_clean_plan *plan) {
    const struct ym_clean_step *s = plan->steps;
    struct stat sb;
    char name[32];
    ym_status st;
    int fd = -1;

    while (s != NULL && (s->op != YM_STEP_REPLACE_FILE || strcmp(s->file, t->path) != 0)) {
        s = s->next;
    }
    if (s == NULL) {
        return changed_since(j, t->path);
    }
    YM_TRY(prepare_removal(v, j, t));
    YM_TRY(ym_volume_open_file(v, s->from, &fd, j->err));
    if (fstat(fd, &sb) != 0) {
        st = ym_fail_errno(j->err, module, s->from, errno, "cannot look at it");
    } else {
        ym_target_file(t, "new", name);
        st = ym_meta_get(fd, &sb, j->arena, &t->after_meta, j->err);
        st = st == YM_OK ? ym_disk_store(j->dir_fd, name, fd, t->after, j->err) : st;
        t->after_meta.flags &= ~(uint32_t)YM_FLAGS_LOCKS;
    }
    (void)close(fd);
    return st == YM_OK && strcmp(t->after, s->sha256) != 0 ? changed_since(j, s->from) : st;
}

static ym_status prepare_file(const struct ym_volume *v, struct ym_journal *j, struct ym_target *t,
                              const struct ym_clean_plan *plan) {
    struct stat sb;
    char name[32];
    ym_status st;
    int fd = -1;

    YM_TRY(ym_volume_open_file(v, t->path, &fd, j->err));
    if (fstat(fd, &sb) != 0) {
        st = ym_fail_errno(j->err, module, t->path, errno, "cannot look at it");
    } else {
        ym_target_file(t, "saved", name);
        st = ym_meta_get(fd, &sb, j->arena, &t->meta, j->err);
        st = st == YM_OK ? ym_disk_store(j->dir_fd, name, fd, t->before, j->err) : st;
    }
    if (st == YM_OK) {
        st = t->action == YM_TARGET_REPLACE_HIVE ? new_hive(v, j, t, fd, plan)
                                                 : new_text(j, t, fd, plan);
    }
    (void)close(fd);
    return st;
}

static ym_status prepare_other(const struct ym_volume *v, struct ym_journal *j,
                               struct ym_target *t) {
    char link[4096];
    const char *leaf = NULL;
    struct stat sb;
    ssize_t n;
    int dir_fd = -1;
    int fd = -1;

    YM_TRY(ym_volume_stat(v, t->path, &sb, j->err));
    (void)snprintf(t->before, sizeof(t->before), "-");
    if (t->action == YM_TARGET_REMOVE_FOLDER) {
        ym_status st;

        YM_TRY(ym_volume_open_folder(v, t->path, &fd, j->err));
        st = ym_meta_get(fd, &sb, j->arena, &t->meta, j->err);
        (void)close(fd);
        return st;
    }
    YM_TRY(ym_volume_parent(v, t->path, &dir_fd, &leaf, j->err));
    n = readlinkat(dir_fd, leaf, link, sizeof(link) - 1);
    (void)close(dir_fd);
    if (n < 0) {
        return changed_since(j, t->path);
    }
    t->link = ym_arena_strndup(j->arena, link, (size_t)n);
    return t->link == NULL ? ym_journal_no_memory(j)
                           : ym_meta_get(-1, &sb, j->arena, &t->meta, j->err);
}

static ym_status add_folder(const struct ym_volume *v, struct ym_journal *j, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash == NULL ? "" : ym_arena_strndup(j->arena, path, (size_t)(slash - path));
    struct ym_folder_times *f;
    ym_status st = YM_OK;
    struct stat sb = {0};
    int fd = -1;

    if (folder == NULL) {
        return ym_journal_no_memory(j);
    }
    for (f = j->folders; f != NULL; f = f->next) {
        if (strcmp(f->path, folder) == 0) {
            return YM_OK;
        }
    }
    f = YM_ARENA_NEW(j->arena, struct ym_folder_times);
    if (f == NULL) {
        return ym_journal_no_memory(j);
    }
    YM_TRY(ym_volume_open_folder(v, folder, &fd, j->err));
    if (fstat(fd, &sb) != 0) {
        st = ym_fail_errno(j->err, module, path, errno, "cannot look at its folder");
    }
    *f = (struct ym_folder_times){j->folders, folder, {sb.st_atim, sb.st_mtim}, ym_meta_flags(fd)};
    (void)close(fd);
    j->folders = f;
    return st;
}

/* One target per file, in the order of the steps. */
static ym_status add_target(const struct ym_volume *v, struct ym_journal *j,
                            const struct ym_clean_step *s) {
    struct ym_target *t;

    for (t = j->targets; t != NULL; t = t->next) {
        if (strcmp(t->path, s->file) == 0) {
            return t->action == action_of(s) ? YM_OK : changed_since(j, s->file);
        }
    }
    t = YM_ARENA_NEW(j->arena, struct ym_target);
    if (t == NULL) {
        return ym_journal_no_memory(j);
    }
    t->number = j->last_target == NULL ? 1 : j->last_target->number + 1;
    t->action = action_of(s);
    t->path = s->file;
    t->why = s->why;
    t->previous = j->last_target;
    *(j->last_target == NULL ? &j->targets : &j->last_target->next) = t;
    j->last_target = t;
    return add_folder(v, j, t->path);
}

static ym_status prepare_one(const struct ym_volume *v, struct ym_journal *j, struct ym_target *t,
                             const struct ym_clean_plan *plan) {
    switch (t->action) {
    case YM_TARGET_REPLACE_HIVE:
    case YM_TARGET_REPLACE_TEXT:
        return prepare_file(v, j, t, plan);
    case YM_TARGET_REMOVE_FILE:
        return prepare_removal(v, j, t);
    case YM_TARGET_REPLACE_FILE:
        return prepare_replacement(v, j, t, plan);
    case YM_TARGET_REMOVE_LINK:
    case YM_TARGET_REMOVE_FOLDER:
    case YM_TARGET_ACTIONS:
        break;
    }
    return prepare_other(v, j, t);
}

static ym_status prepare(const struct ym_volume *v, struct ym_journal *j,
                         const struct ym_clean_plan *plan) {
    struct ym_buf json;
    char root[PATH_MAX];
    ym_status st;

    if (realpath(v->root, root) == NULL) {
        return ym_fail_errno(j->err, module, v->root, errno, "cannot find the root's full name");
    }
    j->root = ym_arena_strndup(j->arena, root, strlen(root));
    if (j->root == NULL) {
        return ym_journal_no_memory(j);
    }
    for (const struct ym_clean_step *s = plan->steps; s != NULL; s = s->next) {
        YM_TRY(add_target(v, j, s));
    }
    for (struct ym_target *t = j->targets; t != NULL; t = t->next) {
        YM_TRY(prepare_one(v, j, t, plan));
    }
    YM_TRY(ym_locks_check(j));
    ym_buf_init(&json, 64 << 20);
    ym_clean_plan_json(plan, &json);
    j->plan_json = ym_buf_status(&json) == YM_OK
                       ? ym_arena_strndup(j->arena, (const char *)json.data, json.len)
                       : NULL;
    ym_buf_done(&json);
    st = j->plan_json == NULL ? ym_journal_no_memory(j) : YM_OK;
    return st == YM_OK ? ym_journal_store(j) : st;
}

/* --- carry out --------------------------------------------------------------------------------- */

static ym_status carry_out_one(const struct ym_volume *v, struct ym_journal *j,
                               const struct ym_target *t) {
    char now[65];
    char name[32];

    YM_TRY(ym_locks_off_folder(v, j, t, false));
    ym_disk_drop_temp(v, j, t);
    YM_TRY(ym_disk_settle(v, j, t));
    YM_TRY(ym_disk_present(v, t, now, j->err));
    if (strcmp(now, t->after) == 0) {
        return YM_OK; /* done before the interruption */
    }
    if (strcmp(now, t->before) != 0) {
        ym_journal_left(j, t->path, "changed by somebody else meanwhile; left as it is");
        return YM_OK;
    }
    YM_TRY(ym_locks_off(v, j, t, false));
    if (!ym_target_is_replaced(t)) {
        return ym_disk_remove(v, j, t);
    }
    if (t->action == YM_TARGET_REPLACE_FILE) {
        return ym_disk_replace(v, j, t);
    }
    ym_target_file(t, "new", name);
    return ym_disk_place(v, j, t, name, YM_PLAIN, t->after, false);
}

static ym_status check_one(const struct ym_volume *v, struct ym_journal *j,
                           const struct ym_target *t) {
    char now[65];

    YM_TRY(ym_disk_present(v, t, now, j->err));
    if (strcmp(now, t->after) == 0) {
        j->outcome->done++;
    }
    return YM_OK;
}

ym_status ym_journal_carry_out(const struct ym_volume *v, struct ym_journal *j) {
    YM_TRY(ym_journal_quarantine(j));
    YM_TRY(ym_journal_set_state(j, "applying\n"));
    for (const struct ym_target *t = j->targets; t != NULL; t = t->next) {
        YM_TRY(carry_out_one(v, j, t));
    }
    for (const struct ym_target *t = j->targets; t != NULL; t = t->next) {
        YM_TRY(check_one(v, j, t));
    }
    return ym_journal_set_state(j, "applied\n");
}

/* What was collected from a live machine is a copy: changing it repairs nothing. */
static ym_status check_kind(const struct ym_clean_plan *plan, struct ym_err *err) {
    return plan->collected
               ? ym_fail_at(err, YM_UNSUPPORTED, module, plan->root, 0, 0,
                            "a collection, not the machine's disk: nothing was changed; "
                            "--plan --reg FILE writes what is to be imported on the "
                            "machine itself")
               : YM_OK;
}

ym_status ym_clean_apply(const struct ym_volume *volume, const struct ym_clean_plan *plan,
                         const char *state, struct ym_clean_outcome *ret_outcome,
                         struct ym_err *err) {
    struct ym_journal j = {.arena = ym_arena_new(512U << 20),
                           .dir_fd = -1,
                           .lock_fd = -1,
                           .outcome = ret_outcome,
                           .err = err};
    ym_status st = check_kind(plan, err);

    if (st == YM_OK) {
        st = j.arena == NULL ? ym_fail_at(err, YM_NOMEM, module, state, 0, 0, "out of memory")
                             : ym_journal_create(&j, state);
    }
    ret_outcome->id[0] = '\0';
    if (st == YM_OK) {
        st = prepare(volume, &j, plan);
        if (st != YM_OK) {
            ym_journal_discard(&j);
            ym_journal_note(&j, "nothing was changed");
        }
    }
    if (st == YM_OK) {
        memcpy(ret_outcome->id, j.id, sizeof(j.id));
        st = ym_journal_carry_out(volume, &j);
    }
    ym_journal_close(&j);
    return st;
}

ym_status ym_clean_resume(const char *state, const char *id, const char *root,
                          struct ym_clean_outcome *ret_outcome, struct ym_err *err) {
    struct ym_journal j;
    char word[32] = "";
    ym_status st = ym_journal_take_up(&j, state, id, ret_outcome, word, err);

    if (st == YM_OK && strncmp(word, "und", 3) == 0) {
        st = ym_fail_at(err, YM_UNSUPPORTED, module, id, 0, 0,
                        "this journal is being or was undone; finish that with --undo");
    }
    if (st == YM_END) {
        ym_journal_note(
            &j, "this journal was never completed: nothing was changed, nothing is to be done");
        ym_journal_discard(&j);
        memset(err, 0, sizeof(*err));
        st = YM_OK;
    } else if (st == YM_OK) {
        st = ym_journal_do(&j, root, ym_journal_carry_out);
    }
    ym_journal_close(&j);
    return st;
}
