/* diskwork.c - the steps to the disk that apply and undo are made of; removal.c has those that
 * take something away.
 *
 * Every change of a volume is one rename, unlink, symlink, mkdir or rmdir, in a folder that was
 * opened component by component (clean/volume.h), and the folder is synced after it.  New
 * content first lies under a hidden name that is a function of the journal's id and the target's
 * number: whoever comes after a kill knows which left-over to drop. */
#include "journal_int.h"

#include "away.h"
#include "base/alloc.h"
#include "base/text.h"
#include "detect.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/disk";
/* 16 bytes before the masked content of a removed file, in journals of format 1. */
static const uint8_t mask_magic[16] = "YAMORI-MASKED-1\n";
enum { MASK = 0xa5, BLOCK = 65536 };

static void apply_mask(uint8_t *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        p[i] ^= MASK;
    }
}

static ym_status copy_blocks(int in_fd, int out_fd, enum ym_mask mask, EVP_MD_CTX *ctx,
                             const char *shown, struct ym_err *err) {
    uint8_t block[BLOCK];
    uint8_t magic[sizeof(mask_magic)];
    off_t at = 0;

    if (mask == YM_UNMASK) {
        if (pread(in_fd, magic, sizeof(magic), 0) != (ssize_t)sizeof(magic) ||
            memcmp(magic, mask_magic, sizeof(magic)) != 0) {
            return ym_fail_at(err, YM_MALFORMED, module, shown, 0, 0,
                              "not a removed file of a journal");
        }
        at = (off_t)sizeof(magic);
    }
    for (;;) {
        ssize_t n = pread(in_fd, block, sizeof(block), at);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return ym_fail_errno(err, module, shown, errno, "cannot read");
        }
        if (n == 0) {
            return YM_OK;
        }
        at += n;
        if (mask == YM_UNMASK) {
            apply_mask(block, (size_t)n);
        }
        (void)EVP_DigestUpdate(ctx, block, (size_t)n);
        YM_TRY(ym_file_write_all(out_fd, shown, block, (size_t)n, err));
    }
}

ym_status ym_disk_copy(int in_fd, int out_fd, enum ym_mask mask, const char *shown,
                       char ret_hex[65], struct ym_err *err) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t digest[32];
    ym_status st;

    if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(ctx);
        return ym_fail_at(err, YM_NOMEM, module, shown, 0, 0, "cannot start a SHA-256");
    }
    st = copy_blocks(in_fd, out_fd, mask, ctx, shown, err);
    if (st == YM_OK) {
        (void)EVP_DigestFinal_ex(ctx, digest, NULL);
        ym_hex_encode(digest, sizeof(digest), ret_hex);
    }
    EVP_MD_CTX_free(ctx);
    return st;
}

/* A new file of ours in the journal; whatever lay there is from an earlier, killed try. */
static ym_status create(int dir_fd, const char *name, int *ret_fd, struct ym_err *err) {
    int fd = -1;

    ym_journal_point();
    (void)unlinkat(dir_fd, name, 0);
    fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return ym_fail_errno(err, module, name, errno, "cannot create this file of the journal");
    }
    *ret_fd = fd;
    return YM_OK;
}

static ym_status finish(int fd, const char *name, ym_status st, struct ym_err *err) {
    if (st == YM_OK && fsync(fd) != 0) {
        st = ym_fail_errno(err, module, name, errno, "cannot bring this file to the disk");
    }
    (void)close(fd);
    ym_journal_point();
    return st;
}

ym_status ym_disk_store(int dir_fd, const char *name, int in_fd, char ret_hex[65],
                        struct ym_err *err) {
    int fd = -1;

    YM_TRY(create(dir_fd, name, &fd, err));
    return finish(fd, name, ym_disk_copy(in_fd, fd, YM_PLAIN, name, ret_hex, err), err);
}

ym_status ym_disk_store_bytes(int dir_fd, const char *name, const void *p, size_t n,
                              struct ym_err *err) {
    int fd = -1;

    YM_TRY(create(dir_fd, name, &fd, err));
    return finish(fd, name, ym_file_write_all(fd, name, p, n, err), err);
}

void ym_target_file(const struct ym_target *t, const char *what, char out[32]) {
    (void)snprintf(out, 32, "%s-%04u", what, t->number);
}

bool ym_target_is_replaced(const struct ym_target *t) {
    return t->action == YM_TARGET_REPLACE_HIVE || t->action == YM_TARGET_REPLACE_TEXT ||
           t->action == YM_TARGET_REPLACE_FILE;
}

/* --- the volume -------------------------------------------------------------------------------- */

ym_status ym_disk_present(const struct ym_volume *v, const struct ym_target *t, char ret_hex[65],
                          struct ym_err *err) {
    struct stat sb;
    uint8_t digest[32];
    uint64_t size;
    ym_status st = ym_volume_stat(v, t->path, &sb, err);
    int fd = -1;

    if (st == YM_END) {
        ret_hex[0] = '\0';
        return YM_OK;
    }
    YM_TRY(st);
    if (!S_ISREG(sb.st_mode)) {
        (void)snprintf(ret_hex, 65, "-");
        return YM_OK;
    }
    YM_TRY(ym_volume_open_file(v, t->path, &fd, err));
    st = ym_clean_sha256_fd(fd, t->path, digest, &size, err);
    (void)close(fd);
    YM_TRY(st);
    ym_hex_encode(digest, sizeof(digest), ret_hex);
    return YM_OK;
}

static void temp_name(const struct ym_journal *j, const struct ym_target *t, char out[80]) {
    (void)snprintf(out, 80, ".yamori-%s-%04u", j->id, t->number);
}

void ym_disk_drop_temp(const struct ym_volume *v, const struct ym_journal *j,
                       const struct ym_target *t) {
    const char *leaf = NULL;
    char temp[80];
    int dir_fd = -1;

    if (ym_volume_parent(v, t->path, &dir_fd, &leaf, NULL) == YM_OK) {
        temp_name(j, t, temp);
        (void)unlinkat(dir_fd, temp, 0);
        (void)close(dir_fd);
    }
}

ym_status ym_disk_sync_folder(int dir_fd, const char *path, struct ym_err *err) {
    if (fsync(dir_fd) != 0 && errno != EINVAL) {
        return ym_fail_errno(err, module, path, errno, "cannot bring the folder to the disk");
    }
    return YM_OK;
}

/* temp in dir_fd, filled from source, complete with owner and times. */
static ym_status fill_temp(struct ym_journal *j, const struct ym_target *t, int dir_fd,
                           const char *temp, const char *source, enum ym_mask mask, bool with_times,
                           const char *want) {
    int in_fd = openat(j->dir_fd, source, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char hex[65];
    ym_status st;
    int fd = -1;

    if (in_fd < 0) {
        return ym_fail_errno(j->err, module, source, errno, "cannot read this file of the journal");
    }
    (void)unlinkat(dir_fd, temp, 0);
    ym_journal_point();
    fd = openat(dir_fd, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        st = ym_fail_errno(j->err, module, t->path, errno, "cannot create a file beside it");
        (void)close(in_fd);
        return st;
    }
    st = ym_disk_copy(in_fd, fd, mask, t->path, hex, j->err);
    (void)close(in_fd);
    if (st == YM_OK && strcmp(hex, want) != 0) {
        st = ym_fail_at(j->err, YM_MALFORMED, module, source, 0, 0,
                        "this file of the journal was changed");
    }
    if (st == YM_OK && !ym_meta_set(fd, &t->meta)) {
        ym_journal_left(j, t->path, "owner, mode or attributes could not be set as they were");
    }
    if (st == YM_OK && with_times && futimens(fd, t->meta.times) != 0) {
        ym_journal_left(j, t->path, "the times could not be set as they were");
    }
    return finish(fd, t->path, st, j->err);
}

ym_status ym_disk_place(const struct ym_volume *v, struct ym_journal *j, const struct ym_target *t,
                        const char *source, enum ym_mask mask, const char *want, bool with_times) {
    bool replace = ym_target_is_replaced(t);
    const char *leaf = NULL;
    char temp[80];
    int dir_fd = -1;
    ym_status st;

    YM_TRY(ym_volume_parent(v, t->path, &dir_fd, &leaf, j->err));
    temp_name(j, t, temp);
    st = fill_temp(j, t, dir_fd, temp, source, mask, with_times, want);
    if (st == YM_OK && (replace ? renameat(dir_fd, temp, dir_fd, leaf)
                                : ym_away_rename_free(dir_fd, temp, dir_fd, leaf)) != 0) {
        st = ym_fail_errno(j->err, module, t->path, errno, "cannot put the new file in place");
    }
    ym_journal_point();
    if (st == YM_OK) {
        st = ym_disk_sync_folder(dir_fd, t->path, j->err);
    } else {
        (void)unlinkat(dir_fd, temp, 0);
    }
    (void)close(dir_fd);
    return st;
}

ym_status ym_disk_make_link(const struct ym_volume *v, const struct ym_target *t,
                            struct ym_err *err) {
    const char *leaf = NULL;
    int dir_fd = -1;
    ym_status st = YM_OK;

    YM_TRY(ym_volume_parent(v, t->path, &dir_fd, &leaf, err));
    ym_journal_point();
    if (symlinkat(t->link, dir_fd, leaf) != 0 ||
        (fchownat(dir_fd, leaf, t->meta.uid, t->meta.gid, AT_SYMLINK_NOFOLLOW) != 0 &&
         errno != EPERM) ||
        utimensat(dir_fd, leaf, t->meta.times, AT_SYMLINK_NOFOLLOW) != 0) {
        st = ym_fail_errno(err, module, t->path, errno, "cannot make the link again");
    }
    ym_journal_point();
    st = st == YM_OK ? ym_disk_sync_folder(dir_fd, t->path, err) : st;
    (void)close(dir_fd);
    return st;
}

ym_status ym_disk_make_folder(const struct ym_volume *v, const struct ym_target *t,
                              struct ym_err *err) {
    const char *leaf = NULL;
    int dir_fd = -1;
    int fd = -1;
    ym_status st = YM_OK;

    YM_TRY(ym_volume_parent(v, t->path, &dir_fd, &leaf, err));
    ym_journal_point();
    if (mkdirat(dir_fd, leaf, 0700) != 0 && errno != EEXIST) {
        st = ym_fail_errno(err, module, t->path, errno, "cannot make the folder again");
    }
    fd = st == YM_OK ? openat(dir_fd, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (st == YM_OK && (fd < 0 || !ym_meta_set(fd, &t->meta))) {
        st =
            ym_fail_errno(err, module, t->path, errno, "cannot give the folder its owner and mode");
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    ym_journal_point();
    st = st == YM_OK ? ym_disk_sync_folder(dir_fd, t->path, err) : st;
    (void)close(dir_fd);
    return st;
}
