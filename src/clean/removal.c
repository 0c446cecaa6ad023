/* removal.c - taking targets off the volume, and files back out of the quarantine.
 *
 * A file goes only while its item in the quarantine opens and has its digest: whoever deleted the
 * item between a clean that was killed and its resume keeps the file on the volume.  Files and
 * links go through away.h, so that what somebody puts in their place at the last moment stays; a
 * folder by rmdir, which takes nothing but an empty folder. */
#include "journal_int.h"

#include "away.h"
#include "base/text.h"
#include "detect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/removal";

struct look {
    struct ym_journal *j;
    const struct ym_target *t;
};

/* Is the target's original kept, so that it may go?  Also what the quarantine says of it. */
static bool is_kept(struct ym_journal *j, const struct ym_target *t, struct ym_err *why) {
    struct ym_quarantine_item item;
    char name[32];
    char hex[65];

    if (t->item[0] == '\0') {
        ym_target_file(t, "masked", name);
        return faccessat(j->dir_fd, name, R_OK, AT_SYMLINK_NOFOLLOW) == 0;
    }
    if (j->q == NULL || ym_quarantine_info(j->q, t->item, j->arena, &item, why) != YM_OK) {
        return false;
    }
    ym_hex_encode(item.sha256, sizeof(item.sha256), hex);
    return strcmp(hex, t->before) == 0;
}

static bool has_digest(int fd, const char *shown, const char *want) {
    struct ym_err ignored = {0}; /* what cannot be read is not it */
    uint8_t digest[32];
    uint64_t size;
    char hex[65];

    if (ym_clean_sha256_fd(fd, shown, digest, &size, &ignored) != YM_OK) {
        return false;
    }
    ym_hex_encode(digest, sizeof(digest), hex);
    return strcmp(hex, want) == 0;
}

static bool is_the_link(const struct ym_target *t, int dir_fd, const char *name) {
    char link[4096];
    ssize_t n = readlinkat(dir_fd, name, link, sizeof(link) - 1);

    return n >= 0 && strlen(t->link) == (size_t)n && memcmp(link, t->link, (size_t)n) == 0;
}

/* Of what lies in the folder of a killed removal, or is about to be removed. */
static bool is_the_target(void *ctx, int dir_fd, const char *name) {
    const struct look *l = ctx;
    struct ym_err ignored = {0};
    struct stat sb;
    bool same;
    int fd;

    if (l->t->action == YM_TARGET_REMOVE_LINK) {
        return is_the_link(l->t, dir_fd, name);
    }
    if (fstatat(dir_fd, name, &sb, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(sb.st_mode)) {
        return false;
    }
    fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    same = has_digest(fd, l->t->path, l->t->before) && is_kept(l->j, l->t, &ignored);
    (void)close(fd);
    return same;
}

static void tell(struct ym_journal *j, const struct ym_target *t, ym_away how) {
    char id[YM_QUARANTINE_ID_SIZE];
    char text[200];

    ym_target_id(j, t, id);
    if (how == YM_AWAY_KEPT) {
        (void)snprintf(
            text, sizeof(text),
            "exchanged by somebody while it was being removed; what lay there then is in "
            "the folder .yamori-%s.d beside it",
            id);
        ym_journal_left(j, t->path, text);
    } else if (how == YM_AWAY_OTHER) {
        ym_journal_left(j, t->path,
                        "changed or exchanged by somebody while it was being removed; left as it "
                        "is");
    }
}

ym_status ym_disk_settle(const struct ym_volume *v, struct ym_journal *j,
                         const struct ym_target *t) {
    struct look l = {j, t};
    char id[YM_QUARANTINE_ID_SIZE];
    ym_away how = YM_AWAY_OTHER;
    const char *leaf = NULL;
    int dir_fd = -1;
    ym_status st;

    if ((t->action != YM_TARGET_REMOVE_FILE && t->action != YM_TARGET_REMOVE_LINK) ||
        ym_volume_parent(v, t->path, &dir_fd, &leaf, NULL) != YM_OK) {
        return YM_OK;
    }
    ym_target_id(j, t, id);
    st = ym_away_settle(dir_fd, leaf, id, is_the_target, &l, t->path, &how, j->err);
    (void)close(dir_fd);
    if (st == YM_OK && how == YM_AWAY_KEPT) {
        tell(j, t, how);
    }
    return st;
}

/* --- away -------------------------------------------------------------------------------------- */

static ym_status remove_open_file(struct ym_journal *j, const struct ym_target *t,
                                  struct ym_quarantine_source *source) {
    char id[YM_QUARANTINE_ID_SIZE];
    ym_taken taken = YM_TAKEN_OTHER;

    if (has_digest(source->fd, t->path, t->before)) {
        ym_target_id(j, t, id);
        YM_TRY(ym_quarantine_remove(source, id, &taken, j->err));
    }
    tell(j, t,
         taken == YM_TAKEN_GONE   ? YM_AWAY_GONE
         : taken == YM_TAKEN_KEPT ? YM_AWAY_KEPT
                                  : YM_AWAY_OTHER);
    return YM_OK;
}

static void not_kept(struct ym_journal *j, const struct ym_target *t, const struct ym_err *why) {
    char text[900];

    (void)snprintf(text, sizeof(text),
                   "left as it is, because its item %s is not in the quarantine%s%s", t->item,
                   why->text[0] == '\0' ? "" : ": ", why->text);
    ym_journal_left(j, t->path, text);
}

static ym_status remove_file(const struct ym_volume *v, struct ym_journal *j,
                             const struct ym_target *t) {
    struct ym_quarantine_source source;
    struct ym_err why = {0};
    ym_status st;

    if (!is_kept(j, t, &why)) {
        not_kept(j, t, &why);
        return YM_OK;
    }
    st = ym_quarantine_source_open(v, t->path, &source, j->err);
    if (st == YM_END) {
        return YM_OK;
    }
    YM_TRY(st);
    st = remove_open_file(j, t, &source);
    ym_quarantine_source_done(&source);
    return st;
}

static ym_status remove_link(struct ym_journal *j, const struct ym_target *t, int dir_fd,
                             const char *leaf) {
    struct look l = {j, t};
    char id[YM_QUARANTINE_ID_SIZE];
    ym_away how = YM_AWAY_OTHER;

    ym_target_id(j, t, id);
    if (is_the_link(t, dir_fd, leaf)) {
        YM_TRY(ym_away_take(dir_fd, leaf, id, is_the_target, &l, t->path, &how, j->err));
    }
    tell(j, t, how);
    return YM_OK;
}

static ym_status remove_folder(struct ym_journal *j, const struct ym_target *t, int dir_fd,
                               const char *leaf) {
    ym_journal_point();
    if (unlinkat(dir_fd, leaf, AT_REMOVEDIR) != 0) {
        if (errno == ENOTEMPTY || errno == EEXIST) {
            ym_journal_left(j, t->path, "not empty, so the folder is left");
            return YM_OK;
        }
        return ym_fail_errno(j->err, module, t->path, errno, "cannot remove");
    }
    ym_journal_point();
    return ym_disk_sync_folder(dir_fd, t->path, j->err);
}

ym_status ym_disk_replace(const struct ym_volume *v, struct ym_journal *j,
                          const struct ym_target *t) {
    struct ym_target original = *t;
    struct ym_err why = {0};
    char name[32];

    if (!is_kept(j, t, &why)) {
        not_kept(j, t, &why);
        return YM_OK;
    }
    original.meta = t->after_meta;
    ym_target_file(t, "new", name);
    return ym_disk_place(v, j, &original, name, YM_PLAIN, t->after, true);
}

ym_status ym_disk_remove(const struct ym_volume *v, struct ym_journal *j,
                         const struct ym_target *t) {
    const char *leaf = NULL;
    int dir_fd = -1;
    ym_status st;

    if (t->action == YM_TARGET_REMOVE_FILE) {
        return remove_file(v, j, t);
    }
    YM_TRY(ym_volume_parent(v, t->path, &dir_fd, &leaf, j->err));
    st = t->action == YM_TARGET_REMOVE_LINK ? remove_link(j, t, dir_fd, leaf)
                                            : remove_folder(j, t, dir_fd, leaf);
    (void)close(dir_fd);
    return st;
}

/* --- back -------------------------------------------------------------------------------------- */

ym_status ym_disk_restore(const struct ym_volume *v, struct ym_journal *j,
                          const struct ym_target *t) {
    struct ym_err why = {0};
    char text[900];
    unsigned left = 0;
    ym_status st;

    if (!is_kept(j, t, &why)) {
        (void)snprintf(text, sizeof(text), "its item %s is not in the quarantine any more%s%s",
                       t->item, why.text[0] == '\0' ? "" : ": ", why.text);
        ym_journal_left(j, t->path, text);
        return YM_END;
    }
    st = t->action == YM_TARGET_REPLACE_FILE
             ? ym_quarantine_restore_over(j->q, t->item, v, t->path, j->arena, &left, &why)
             : ym_quarantine_restore(j->q, t->item, v, t->path, j->arena, &left, &why);
    if (st == YM_MALFORMED || st == YM_UNSUPPORTED) { /* one bad item does not end the undo */
        ym_journal_left(j, t->path, ym_err_format(&why, text, sizeof(text)));
        return YM_END;
    }
    if (st != YM_OK) {
        return ym_fail_at(j->err, st, module, t->path, 0, 0, "%s", why.text);
    }
    if ((left & YM_QUARANTINE_LEFT_META) != 0) {
        ym_journal_left(j, t->path, "owner, mode or attributes could not be set as they were");
    }
    if ((left & YM_QUARANTINE_LEFT_LOCKS) != 0) {
        ym_journal_left(j, t->path, "its flags (chattr) could not be set as they were");
    }
    if ((left & YM_QUARANTINE_LEFT_TIMES) != 0) {
        ym_journal_left(j, t->path, "the times could not be set as they were");
    }
    return YM_OK;
}
