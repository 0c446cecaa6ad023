/* undo.c - puts back what apply changed, last change first.
 *
 * A target that is still as apply left it gets its saved original back: content, owner, mode,
 * attributes, times.  A hive that somebody has changed since keeps their changes: of ours, the
 * values and keys that still are as we set them are reversed one by one (a key that comes back
 * inherits its parent's permissions: hivex writes no others; permissions that were reset stay as
 * they are now, which is said).  Anything else that was changed
 * since is left and named.  Folders get their times and locks (locks.c) back at the end.
 *
 * Undo can be killed and started again: what is as before is done. */
#include "journal_int.h"

#include "base/alloc.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/undo";

/* --- by value ---------------------------------------------------------------------------------- */

static bool still_ours(const struct ym_reg_value *now, bool present,
                       const struct ym_reg_value *after) {
    if (after->name == NULL) {
        return !present;
    }
    return present && now->type == after->type && now->n == after->n &&
           memcmp(now->data, after->data, now->n) == 0;
}

static ym_status recreate_key(struct ym_journal *j, struct ym_registry *reg,
                              const struct ym_value_change *c, size_t *done) {
    struct ym_reg_values values;
    ym_status st = ym_registry_values(reg, j->arena, c->key, &values, j->err);

    if (st == YM_OK) {
        return YM_OK; /* somebody made the key again */
    }
    YM_TRY(st == YM_END ? YM_OK : st);
    for (const struct ym_clean_saved *s = c->saved; s != NULL; s = s->next) {
        YM_TRY(s->value.name == NULL ? ym_registry_make_key(reg, s->key, j->err)
                                     : ym_registry_set(reg, s->key, &s->value, j->err));
    }
    (*done)++;
    return YM_OK;
}

/* A value that was not there before goes again, and its key when nothing else is in it. */
static ym_status remove_new(struct ym_journal *j, struct ym_registry *reg,
                            const struct ym_value_change *c) {
    struct ym_reg_values values;
    struct ym_reg_keys keys;

    YM_TRY(ym_registry_delete_value(reg, c->key, c->after.name, j->err));
    YM_TRY(ym_registry_values(reg, j->arena, c->key, &values, j->err));
    YM_TRY(ym_registry_keys(reg, j->arena, c->key, &keys, j->err));
    return values.n + keys.n > 0 ? YM_OK : ym_registry_delete_key(reg, c->key, j->err);
}

/* A key that we made without values goes again when nothing is in it. */
static ym_status remove_made_key(struct ym_journal *j, struct ym_registry *reg,
                                 const struct ym_value_change *c, size_t *done) {
    struct ym_reg_values values;
    struct ym_reg_keys keys;
    ym_status st = ym_registry_values(reg, j->arena, c->key, &values, j->err);

    if (st == YM_END) {
        (*done)++;
        return YM_OK; /* gone already */
    }
    YM_TRY(st);
    YM_TRY(ym_registry_keys(reg, j->arena, c->key, &keys, j->err));
    if (values.n + keys.n > 0) {
        return YM_OK;
    }
    (*done)++;
    return ym_registry_delete_key(reg, c->key, j->err);
}

static ym_status reverse_change(struct ym_journal *j, struct ym_registry *reg,
                                const struct ym_value_change *c, size_t *done) {
    const bool is_new = c->old.name == NULL;
    struct ym_reg_value now = {0};
    ym_status st;

    if (c->op == YM_STEP_DELETE_KEY) {
        return recreate_key(j, reg, c, done);
    }
    if (c->op == YM_STEP_MAKE_KEY) {
        return remove_made_key(j, reg, c, done);
    }
    st = ym_registry_get(reg, j->arena, c->key, is_new ? c->after.name : c->old.name, &now, j->err);
    YM_TRY(st == YM_END ? YM_OK : st);
    if (!still_ours(&now, st == YM_OK, &c->after)) {
        return YM_OK;
    }
    (*done)++;
    return is_new ? remove_new(j, reg, c) : ym_registry_set(reg, c->key, &c->old, j->err);
}

static ym_status reverse_all(struct ym_journal *j, struct ym_registry *reg,
                             const struct ym_target *t, size_t *done, size_t *all) {
    for (const struct ym_value_change *c = j->last_change; c != NULL; c = c->previous) {
        if (c->target != t->number) {
            continue;
        }
        (*all)++;
        if (c->op == YM_STEP_RESET_PERMISSIONS) {
            ym_journal_note(j, "%s: the permissions of %s were left as they are now", t->path,
                            c->key);
        } else {
            YM_TRY(reverse_change(j, reg, c, done));
        }
    }
    return YM_OK;
}

/* The hive of now with our changes reversed, stored in the journal as "redone-NNNN". */
static ym_status redo_hive(const struct ym_volume *v, struct ym_journal *j,
                           const struct ym_target *t, char ret_hex[65], struct ym_meta *ret_meta,
                           size_t *done, size_t *all) {
    struct ym_registry *reg = NULL;
    struct stat sb;
    char name[32];
    int new_fd = -1;
    int fd = -1;
    ym_status st;

    YM_TRY(ym_volume_open_file(v, t->path, &fd, j->err));
    st = fstat(fd, &sb) == 0 ? ym_meta_get(fd, &sb, j->arena, ret_meta, j->err) : YM_IO;
    st = st == YM_OK ? ym_hive_open_beside(v, t->path, fd, j->arena, &reg, j->err) : st;
    (void)close(fd);
    st = st == YM_OK ? reverse_all(j, reg, t, done, all) : st;
    st = st == YM_OK ? ym_registry_write(reg, &new_fd, j->err) : st;
    if (st == YM_OK) {
        ym_target_file(t, "redone", name);
        st = ym_disk_store(j->dir_fd, name, new_fd, ret_hex, j->err);
    }
    if (new_fd >= 0) {
        (void)close(new_fd);
    }
    ym_registry_close(reg);
    return st;
}

static ym_status undo_by_value(const struct ym_volume *v, struct ym_journal *j,
                               const struct ym_target *t) {
    struct ym_target now = *t;
    struct ym_err why = {0};
    struct ym_err *outer = j->err;
    char hex[65] = "";
    char name[32];
    char text[900];
    size_t done = 0;
    size_t all = 0;
    ym_status st;

    j->err = &why; /* one bad hive does not end the undo of the others */
    st = redo_hive(v, j, t, hex, &now.meta, &done, &all);
    if (st == YM_OK && done > 0) {
        ym_target_file(t, "redone", name);
        st = ym_disk_place(v, j, &now, name, YM_PLAIN, hex, false);
    }
    j->err = outer;
    if (st != YM_OK) {
        ym_journal_left(j, t->path, ym_err_format(&why, text, sizeof(text)));
        return YM_OK;
    }
    ym_journal_note(j,
                    "%s: changed since the clean; its saved copy was not put back, %zu of %zu "
                    "changes were reversed value by value",
                    t->path, done, all);
    j->outcome->left += done < all ? 1U : 0U;
    j->outcome->done += done > 0 ? 1U : 0U;
    return YM_OK;
}

/* --- by saved copy ----------------------------------------------------------------------------- */

static ym_status put_back(const struct ym_volume *v, struct ym_journal *j,
                          const struct ym_target *t) {
    char name[32];

    switch (t->action) {
    case YM_TARGET_REPLACE_HIVE:
    case YM_TARGET_REPLACE_TEXT:
        ym_target_file(t, "saved", name);
        return ym_disk_place(v, j, t, name, YM_PLAIN, t->before, true);
    case YM_TARGET_REPLACE_FILE:
        return ym_disk_restore(v, j, t);
    case YM_TARGET_REMOVE_FILE:
        if (t->item[0] != '\0') {
            return ym_disk_restore(v, j, t);
        }
        ym_target_file(t, "masked", name);
        return ym_disk_place(v, j, t, name, YM_UNMASK, t->before, true);
    case YM_TARGET_REMOVE_LINK:
        return ym_disk_make_link(v, t, j->err);
    case YM_TARGET_REMOVE_FOLDER:
        return ym_disk_make_folder(v, t, j->err);
    case YM_TARGET_ACTIONS:
        break;
    }
    return YM_OK;
}

static ym_status undo_by_copy(const struct ym_volume *v, struct ym_journal *j,
                              const struct ym_target *t) {
    ym_status st;

    YM_TRY(ym_locks_off(v, j, t, true));
    st = put_back(v, j, t);
    YM_TRY(st == YM_END ? YM_OK : st);
    if (st == YM_OK) {
        j->outcome->done++;
        if (t->action !=
            YM_TARGET_REMOVE_FOLDER) { /* these at the end: files come back into them */
            ym_locks_on(v, j, t->path, false, t->meta.flags);
        }
    }
    return YM_OK;
}

static ym_status undo_one(const struct ym_volume *v, struct ym_journal *j,
                          const struct ym_target *t) {
    char now[65];

    YM_TRY(ym_locks_off_folder(v, j, t, true));
    ym_disk_drop_temp(v, j, t);
    YM_TRY(ym_disk_settle(v, j, t));
    YM_TRY(ym_disk_present(v, t, now, j->err));
    if (strcmp(now, t->before) == 0 && t->action != YM_TARGET_REMOVE_FOLDER) {
        j->outcome->done++; /* never changed, or put back before an interruption */
        ym_locks_on(v, j, t->path, false, t->meta.flags);
        return YM_OK;
    }
    if (strcmp(now, t->after) == 0 || t->action == YM_TARGET_REMOVE_FOLDER) {
        return undo_by_copy(v, j, t);
    }
    if (t->action == YM_TARGET_REPLACE_HIVE && now[0] != '\0') {
        return undo_by_value(v, j, t);
    }
    ym_journal_left(
        j, t->path,
        t->action == YM_TARGET_REPLACE_TEXT
            ? "changed since the clean; left as it is (the original is saved-NNNN in the journal)"
            : "something else lies there now; left as it is");
    return YM_OK;
}

static void restore_times(const struct ym_volume *v, struct ym_journal *j, const char *path,
                          const struct timespec times[2]) {
    int fd = -1;

    if (ym_volume_open_folder(v, path, &fd, NULL) != YM_OK) {
        return; /* gone since: nothing to restore */
    }
    if (futimens(fd, times) != 0) {
        ym_journal_left(j, path, "the folder's times could not be set as they were");
    }
    (void)close(fd);
}

/* Times before locks, of all folders: one may be here twice, as a target and around one. */
static void restore_folders(const struct ym_volume *v, struct ym_journal *j) {
    for (const struct ym_target *t = j->targets; t != NULL; t = t->next) {
        if (t->action == YM_TARGET_REMOVE_FOLDER) {
            restore_times(v, j, t->path, t->meta.times);
        }
    }
    for (const struct ym_folder_times *f = j->folders; f != NULL; f = f->next) {
        restore_times(v, j, f->path, f->times);
    }
    for (const struct ym_target *t = j->targets; t != NULL; t = t->next) {
        if (t->action == YM_TARGET_REMOVE_FOLDER) {
            ym_locks_on(v, j, t->path, true, t->meta.flags);
        }
    }
    for (const struct ym_folder_times *f = j->folders; f != NULL; f = f->next) {
        ym_locks_on(v, j, f->path, true, f->flags);
    }
}

static ym_status undo_all(const struct ym_volume *v, struct ym_journal *j) {
    YM_TRY(ym_journal_quarantine(j));
    YM_TRY(ym_journal_set_state(j, "undoing\n"));
    for (const struct ym_target *t = j->last_target; t != NULL; t = t->previous) {
        YM_TRY(undo_one(v, j, t));
    }
    restore_folders(v, j);
    return ym_journal_set_state(j, "undone\n");
}

ym_status ym_clean_undo(const char *state, const char *id, const char *root,
                        struct ym_clean_outcome *ret_outcome, struct ym_err *err) {
    struct ym_journal j;
    char word[32] = "";
    ym_status st = ym_journal_take_up(&j, state, id, ret_outcome, word, err);

    if (st == YM_OK && strcmp(word, "undone\n") == 0) {
        st = ym_fail_at(err, YM_UNSUPPORTED, module, id, 0, 0, "this journal was already undone");
    }
    if (st == YM_END) {
        ym_journal_note(
            &j, "this journal was never completed: nothing was changed, nothing is to be undone");
        ym_journal_discard(&j);
        memset(err, 0, sizeof(*err));
        st = YM_OK;
    } else if (st == YM_OK) {
        st = ym_journal_do(&j, root, undo_all);
    }
    ym_journal_close(&j);
    return st;
}
