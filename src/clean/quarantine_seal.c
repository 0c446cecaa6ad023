/* quarantine_seal.c - the sealed stream of one item.  docs/formats/quarantine.md.
 *
 * One secretstream: first the metadata, then the content in chunks of 65,536 bytes, the last of
 * which is shorter (perhaps empty) and carries the final tag.  The 16 plain bytes at the start and
 * the item's id are authenticated with the metadata, so an item cannot take another's place; the
 * stream binds every chunk to all before it.  The length of the file follows from the metadata and
 * is compared before any content is read. */
#include "quarantine_int.h"

#include "away.h"
#include "base/alloc.h"
#include "journal_int.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/quarantine";
static const char magic[8] = "YMSEALED";
enum { CHUNK = YM_QUARANTINE_CHUNK, SEALED_CHUNK = CHUNK + YM_SEALED_EXTRA };

ym_status ym_sealed_damaged(const char *id, const char *what, struct ym_err *err) {
    return ym_fail_at(err, YM_MALFORMED, module, id, 0, 0, "this item is refused: %s", what);
}

/* What is authenticated beside the metadata: the plain head and the id.  Returns its length. */
static size_t bound_bytes(const uint8_t head[YM_SEALED_HEAD], const char *id,
                          uint8_t out[YM_SEALED_HEAD + YM_QUARANTINE_ID_SIZE]) {
    size_t n = strlen(id);

    memcpy(out, head, YM_SEALED_HEAD);
    memcpy(out + YM_SEALED_HEAD, id, n);
    return YM_SEALED_HEAD + n;
}

/* Bytes of a sealed file.  False: more than a file can have. */
static bool sealed_size(uint64_t meta_n, uint64_t size, uint64_t *ret) {
    uint64_t chunks = size / CHUNK + 1;

    return ym_add_u64(size, chunks * YM_SEALED_EXTRA + YM_SEALED_START + meta_n + YM_SEALED_EXTRA,
                      ret);
}

/* All n bytes at an offset; false: there are fewer, or an error (errno, 0 for the former). */
static bool read_at(int fd, uint8_t *p, size_t n, uint64_t at) {
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, p + done, n - done, (off_t)(at + done));

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            errno = got == 0 ? 0 : errno;
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

/* --- sealing ----------------------------------------------------------------------------------- */

static ym_status changed(const char *shown, struct ym_err *err) {
    return ym_fail_at(err, YM_CANCELLED, module, shown, 0, 0,
                      "changed while it was being sealed; it was left as it is");
}

static ym_status push(crypto_secretstream_xchacha20poly1305_state *state, const uint8_t *p,
                      size_t n, bool last, int out_fd, const char *shown, struct ym_err *err) {
    uint8_t sealed[SEALED_CHUNK];

    (void)crypto_secretstream_xchacha20poly1305_push(
        state, sealed, NULL, p, n, NULL, 0,
        last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
             : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
    return ym_file_write_all(out_fd, shown, sealed, n + YM_SEALED_EXTRA, err);
}

static ym_status push_content(crypto_secretstream_xchacha20poly1305_state *state,
                              const struct ym_quarantine_item *item, int in_fd, int out_fd,
                              const char *shown, struct ym_err *err) {
    crypto_hash_sha256_state hash;
    uint8_t digest[crypto_hash_sha256_BYTES];
    uint8_t chunk[CHUNK];

    (void)crypto_hash_sha256_init(&hash);
    for (uint64_t at = 0;; at += CHUNK) {
        uint64_t left = item->size - at;
        size_t n = left < CHUNK ? (size_t)left : CHUNK;

        if (!read_at(in_fd, chunk, n, at)) {
            return errno == 0 ? changed(shown, err)
                              : ym_fail_errno(err, module, shown, errno, "cannot read");
        }
        (void)crypto_hash_sha256_update(&hash, chunk, n);
        YM_TRY(push(state, chunk, n, n < CHUNK, out_fd, item->id, err));
        if (n < CHUNK) {
            break;
        }
    }
    (void)crypto_hash_sha256_final(&hash, digest);
    if (memcmp(digest, item->sha256, sizeof(digest)) != 0 || read_at(in_fd, chunk, 1, item->size)) {
        return changed(shown, err);
    }
    return YM_OK;
}

static ym_status push_meta(crypto_secretstream_xchacha20poly1305_state *state,
                           struct ym_quarantine *q, const struct ym_quarantine_item *item,
                           const struct ym_buf *meta, struct ym_buf *out) {
    uint8_t bound[YM_SEALED_HEAD + YM_QUARANTINE_ID_SIZE];
    uint8_t *start;
    uint8_t *sealed;

    ym_buf_add(out, magic, sizeof(magic));
    ym_buf_u32le(out, YM_SEALED_VERSION);
    ym_buf_u32le(out, (uint32_t)meta->len);
    sealed = ym_buf_room(out, YM_SEALED_START - YM_SEALED_HEAD + meta->len + YM_SEALED_EXTRA);
    if (sealed == NULL) {
        return ym_buf_status(out);
    }
    start = out->data;
    (void)crypto_secretstream_xchacha20poly1305_init_push(state, sealed, q->key);
    (void)crypto_secretstream_xchacha20poly1305_push(
        state, start + YM_SEALED_START, NULL, meta->data, meta->len, bound,
        bound_bytes(start, item->id, bound), crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
    return YM_OK;
}

static ym_status write_sealed(struct ym_quarantine *q, const struct ym_quarantine_item *item,
                              int in_fd, int out_fd, const char *shown, struct ym_err *err) {
    crypto_secretstream_xchacha20poly1305_state state;
    struct ym_buf meta;
    struct ym_buf out;
    ym_status st;

    ym_buf_init(&meta, YM_QUARANTINE_META_MAX);
    ym_buf_init(&out, YM_QUARANTINE_META_MAX + YM_SEALED_START + YM_SEALED_EXTRA + 16);
    ym_quarantine_meta_put(&meta, item);
    st = ym_buf_status(&meta);
    st = st == YM_OK ? push_meta(&state, q, item, &meta, &out) : st;
    if (st != YM_OK) {
        st = ym_fail_at(err, st, module, shown, 0, 0, "its metadata do not fit in an item");
    } else {
        st = ym_file_write_all(out_fd, item->id, out.data, out.len, err);
        st = st == YM_OK ? push_content(&state, item, in_fd, out_fd, shown, err) : st;
    }
    sodium_memzero(&state, sizeof(state));
    ym_buf_done(&meta);
    ym_buf_done(&out);
    return st;
}

/* Written and synced under a name that nobody lists; then renamed, and the folder synced. */
ym_status ym_seal(struct ym_quarantine *q, const struct ym_quarantine_item *item, int in_fd,
                  const char *shown, struct ym_err *err) {
    char name[YM_SEALED_NAME];
    char temp[YM_SEALED_NAME];
    ym_status st;
    int fd;

    YM_TRY(ym_quarantine_load_key(q, err));
    ym_sealed_name(item->id, name);
    (void)snprintf(temp, sizeof(temp), ".new-%s", item->id);
    (void)unlinkat(q->dir_fd, temp, 0); /* of an earlier, killed try */
    ym_journal_point();
    fd = openat(q->dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return ym_fail_errno(err, module, item->id, errno, "cannot make an item in the quarantine");
    }
    ym_journal_point();
    st = write_sealed(q, item, in_fd, fd, shown, err);
    if (st == YM_OK && fsync(fd) != 0) {
        st = ym_fail_errno(err, module, item->id, errno, "cannot bring this item to the disk");
    }
    (void)close(fd);
    ym_journal_point();
    if (st == YM_OK &&
        (ym_away_rename_free(q->dir_fd, temp, q->dir_fd, name) != 0 || fsync(q->dir_fd) != 0)) {
        st = ym_fail_errno(err, module, item->id, errno, "cannot give this item its name");
    }
    if (st != YM_OK) {
        (void)unlinkat(q->dir_fd, temp, 0);
    }
    ym_journal_point();
    return st;
}

/* --- opening ----------------------------------------------------------------------------------- */

static ym_status read_head(struct ym_unsealing *u, uint8_t start[YM_SEALED_START],
                           uint32_t *ret_meta_n, struct ym_err *err) {
    struct ym_reader r;
    uint32_t version;

    if (!read_at(u->fd, start, YM_SEALED_START, 0)) {
        return errno == 0 ? ym_sealed_damaged(u->id, "it is too short", err)
                          : ym_fail_errno(err, module, u->id, errno, "cannot read");
    }
    ym_reader_init(&r, start, YM_SEALED_START);
    ym_skip(&r, sizeof(magic));
    version = ym_get_u32le(&r);
    *ret_meta_n = ym_get_u32le(&r);
    if (memcmp(start, magic, sizeof(magic)) != 0) {
        return ym_sealed_damaged(u->id, "not an item of a quarantine", err);
    }
    if (version != YM_SEALED_VERSION) {
        return ym_fail_at(err, YM_UNSUPPORTED, module, u->id, 0, 0,
                          "this item has version %u of the format, which is not known here",
                          version);
    }
    if (*ret_meta_n > YM_QUARANTINE_META_MAX) {
        return ym_sealed_damaged(u->id, "more metadata than are allowed", err);
    }
    return ym_reader_status(&r);
}

static ym_status pull_meta(struct ym_quarantine *q, struct ym_unsealing *u,
                           const uint8_t start[YM_SEALED_START], uint32_t n, struct ym_arena *arena,
                           uint8_t *sealed, uint8_t *plain, struct ym_err *err) {
    uint8_t bound[YM_SEALED_HEAD + YM_QUARANTINE_ID_SIZE];
    struct ym_reader r;
    uint8_t tag = 0;

    if (!read_at(u->fd, sealed, (size_t)n + YM_SEALED_EXTRA, YM_SEALED_START)) {
        return errno == 0 ? ym_sealed_damaged(u->id, "it is too short", err)
                          : ym_fail_errno(err, module, u->id, errno, "cannot read");
    }
    if (crypto_secretstream_xchacha20poly1305_init_pull(&u->state, start + YM_SEALED_HEAD,
                                                        q->key) != 0 ||
        crypto_secretstream_xchacha20poly1305_pull(&u->state, plain, NULL, &tag, sealed,
                                                   (size_t)n + YM_SEALED_EXTRA, bound,
                                                   bound_bytes(start, u->id, bound)) != 0 ||
        tag != crypto_secretstream_xchacha20poly1305_TAG_MESSAGE) {
        return ym_sealed_damaged(
            u->id, "the seal is broken: changed, another item's bytes, or another key", err);
    }
    ym_reader_init(&r, plain, n);
    YM_TRY(ym_quarantine_meta_parse(r, arena, &u->item, err));
    u->item.id = ym_arena_strndup(arena, u->id, strlen(u->id));
    return u->item.id == NULL ? ym_fail_at(err, YM_NOMEM, module, u->id, 0, 0, "out of memory")
                              : YM_OK;
}

static ym_status open_meta(struct ym_quarantine *q, struct ym_unsealing *u, uint64_t file_size,
                           struct ym_arena *arena, struct ym_err *err) {
    uint8_t start[YM_SEALED_START];
    uint64_t want = 0;
    uint32_t n = 0;
    uint8_t *sealed;
    uint8_t *plain;
    ym_status st;

    YM_TRY(read_head(u, start, &n, err));
    sealed = ym_malloc((size_t)n + YM_SEALED_EXTRA);
    plain = ym_malloc((size_t)n + 1);
    st = sealed == NULL || plain == NULL
             ? ym_fail_at(err, YM_NOMEM, module, u->id, 0, 0, "out of memory")
             : pull_meta(q, u, start, n, arena, sealed, plain, err);
    ym_free(sealed);
    ym_free(plain);
    u->content_at = YM_SEALED_START + (uint64_t)n + YM_SEALED_EXTRA;
    if (st == YM_OK && (!sealed_size(n, u->item.size, &want) || want != file_size)) {
        st = ym_sealed_damaged(u->id, "it was cut, or something was added", err);
    }
    return st;
}

ym_status ym_unseal_begin(struct ym_quarantine *q, const char *id, struct ym_arena *arena,
                          struct ym_unsealing *ret_u, struct ym_err *err) {
    struct ym_unsealing u = {.id = id, .fd = -1};
    char name[YM_SEALED_NAME];
    struct stat sb;
    ym_status st;

    if (!ym_quarantine_id_ok(id)) {
        return ym_fail_at(err, YM_MALFORMED, module, id, 0, 0, "not the id of an item");
    }
    ym_sealed_name(id, name);
    u.fd = openat(q->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (u.fd < 0) {
        return errno == ENOENT ? YM_END : ym_fail_errno(err, module, id, errno, "cannot open");
    }
    st = ym_quarantine_load_key(q, err);
    if (st == YM_OK && (fstat(u.fd, &sb) != 0 || !S_ISREG(sb.st_mode))) {
        st = ym_sealed_damaged(id, "not a regular file", err);
    }
    st = st == YM_OK ? open_meta(q, &u, (uint64_t)sb.st_size, arena, err) : st;
    if (st != YM_OK) {
        ym_unseal_done(&u);
        return st;
    }
    *ret_u = u;
    return YM_OK;
}

void ym_unseal_done(struct ym_unsealing *u) {
    if (u->fd >= 0) {
        (void)close(u->fd);
    }
    u->fd = -1;
    sodium_memzero(&u->state, sizeof(u->state));
}

/* One chunk from *at on, which moves; plain's first n bytes are its content. */
static ym_status pull(struct ym_unsealing *u, uint64_t *at, size_t n, uint8_t plain[CHUNK],
                      struct ym_err *err) {
    uint8_t sealed[SEALED_CHUNK];
    uint8_t want = n < CHUNK ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                             : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    uint8_t tag = 0;

    if (!read_at(u->fd, sealed, n + YM_SEALED_EXTRA, *at)) {
        return errno == 0 ? ym_sealed_damaged(u->id, "it is too short", err)
                          : ym_fail_errno(err, module, u->id, errno, "cannot read");
    }
    if (crypto_secretstream_xchacha20poly1305_pull(&u->state, plain, NULL, &tag, sealed,
                                                   n + YM_SEALED_EXTRA, NULL, 0) != 0 ||
        tag != want) {
        return ym_sealed_damaged(u->id, "the seal of its content is broken", err);
    }
    *at += n + YM_SEALED_EXTRA;
    return YM_OK;
}

ym_status ym_unseal_content(struct ym_unsealing *u, int out_fd, const char *shown,
                            struct ym_err *err) {
    crypto_hash_sha256_state hash;
    uint8_t digest[crypto_hash_sha256_BYTES];
    uint8_t plain[CHUNK];
    uint64_t left = u->item.size;
    uint64_t at = u->content_at;

    (void)crypto_hash_sha256_init(&hash);
    for (bool last = false; !last;) {
        size_t n = left < CHUNK ? (size_t)left : CHUNK;

        YM_TRY(pull(u, &at, n, plain, err));
        (void)crypto_hash_sha256_update(&hash, plain, n);
        if (out_fd >= 0) {
            YM_TRY(ym_file_write_all(out_fd, shown, plain, n, err));
        }
        left -= n;
        last = n < CHUNK;
    }
    (void)crypto_hash_sha256_final(&hash, digest);
    return memcmp(digest, u->item.sha256, sizeof(digest)) == 0
               ? YM_OK
               : ym_sealed_damaged(u->id, "its content is not what its metadata say", err);
}
