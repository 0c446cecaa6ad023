/* quarantine.h - where files go that are taken off a volume: sealed, with all that belongs to
 * them, until somebody restores or deletes them.
 *
 *     struct ym_quarantine *q;
 *     YM_TRY(ym_quarantine_open(state, YM_QUARANTINE_MAKE, &q, err));
 *     st = ym_quarantine_take(q, id, &volume, &about, NULL, arena, &how, err);
 *     ...
 *     st = ym_quarantine_restore(q, id, &volume, NULL, arena, &left, err);
 *     ym_quarantine_close(q);
 *
 * The store is the folder STATE/quarantine (mode 0700): `key`, `lock`, and one file ID.sealed an
 * item; docs/formats/quarantine.md has the bytes.  An item is encrypted and authenticated with
 * XChaCha20-Poly1305 in chunks (libsodium's crypto_secretstream); its metadata are sealed before
 * its content, and its id goes into the seal.  The key is 32 random bytes made at first use, in a
 * file that only its owner (root, as a rule) may read; one that others may read is refused.
 *
 * Why sealed: the bytes cannot start and nobody opens them by accident; no scanner, ours or
 * another's, finds them again (or removes them); what is damaged, cut, exchanged for another item
 * or put together from two is refused, whole, before any byte of it gets a name on a volume.
 *
 * What it does not protect against: whoever can read the key (root, a copy of the disk, a backup
 * of the whole folder) reads every item and can make new ones.  Whoever may write in the folder can
 * delete items, or put back an older state of all of it.  The number, time and size of
 * items show.  Whatever lay in the blocks of the original file stays there until the file system
 * uses them again.
 *
 * Nothing is lost: an original is taken away only when its sealed item is on disk under its name
 * (synced, and its folder), and an item only by ym_quarantine_delete().  Written at once by one
 * process (a lock); reading needs no lock.
 *
 * Kept of a file: content, path and volume, size, SHA-256, mode, owner, access, modification and
 * change time, all attributes and flags (clean/meta.h), number of hard links, and the caller's words.
 * Not kept: holes (a sparse file comes back dense), that it had several names. */
#ifndef YM_CLEAN_QUARANTINE_H
#define YM_CLEAN_QUARANTINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/reader.h"
#include "base/status.h"
#include "clean/meta.h"
#include "clean/volume.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

enum {
    YM_QUARANTINE_ID_SIZE = 64,        /* with its NUL: letters, digits, '.' and '-' */
    YM_QUARANTINE_CHUNK = 65536,       /* bytes of content in one sealed chunk */
    YM_QUARANTINE_TEXT_MAX = 32768,    /* bytes of a path, a name, a rule */
    YM_QUARANTINE_XATTRS_MAX = 4096,   /* attributes of a file */
    YM_QUARANTINE_XATTR_MAX = 65536,   /* bytes of one: XATTR_SIZE_MAX of the kernel */
    YM_QUARANTINE_META_MAX = 16 << 20, /* bytes of all metadata of an item */
    YM_QUARANTINE_ITEMS_MAX = 1000000  /* items that are listed */
};

struct ym_quarantine; /* opaque: see quarantine.c */

/* READ and CHANGE: END when there is no quarantine.  CHANGE and MAKE take the lock.  MAKE: the
 * folder, and at the first seal the key, are made where they are missing; a new key is refused
 * while items exist, which it could not open. */
typedef enum ym_quarantine_mode {
    YM_QUARANTINE_READ,
    YM_QUARANTINE_CHANGE,
    YM_QUARANTINE_MAKE
} ym_quarantine_mode;
YM_MUST_CHECK ym_status ym_quarantine_open(const char *state, ym_quarantine_mode mode,
                                           struct ym_quarantine **ret_q, struct ym_err *err);
void ym_quarantine_close(struct ym_quarantine *q); /* accepts NULL; wipes the key */

/* What the caller says of a file; none is NULL, all are copied.  journal: id, or "". */
struct ym_quarantine_about {
    const char *path;   /* on the volume */
    const char *volume; /* full path of the volume's root */
    const char *name;   /* detection, or family and artefact */
    const char *rule;   /* which rule fired */
    const char *journal;
};

struct ym_quarantine_item {
    const char *id;
    const char *path, *volume, *name, *rule, *journal; /* never NULL; bytes of an enemy */
    uint64_t size;
    uint8_t sha256[32];
    uint32_t links; /* hard links that the file had */
    struct ym_meta meta;
    struct timespec changed; /* ctime */
    struct timespec when;    /* it was sealed */
};

/* --- taking ------------------------------------------------------------------------------------ */

/* A file held by its folder's descriptor and its own, opened component by component without
 * following a link; sb is its state before anything of it was read. */
struct ym_quarantine_source {
    int dir_fd, fd;
    const char *leaf; /* into the path that was given */
    const char *path; /* borrowed */
    struct stat sb;
};
/* END: absent.  UNSUPPORTED: a link on the way or at the end, or no regular file. */
YM_MUST_CHECK ym_status ym_quarantine_source_open(const struct ym_volume *v, const char *path,
                                                  struct ym_quarantine_source *ret_source,
                                                  struct ym_err *err);
void ym_quarantine_source_done(struct ym_quarantine_source *s);

/* Seals the bytes and metadata of the open file as a new item, on disk when it returns OK.  The
 * file is not touched.  CANCELLED: it changed meanwhile; nothing is left in the store. */
YM_MUST_CHECK ym_status ym_quarantine_seal(struct ym_quarantine *q, const char *id,
                                           const struct ym_quarantine_source *s,
                                           const struct ym_quarantine_about *about,
                                           struct ym_arena *arena, uint8_t ret_sha256[32],
                                           struct ym_err *err);

typedef enum ym_taken {
    YM_TAKEN_GONE,  /* the file is off the volume */
    YM_TAKEN_OTHER, /* the name is not this file's any more, or the file changed since it was
                       opened; whatever lies there is as it was */
    YM_TAKEN_KEPT /* as OTHER, but somebody exchanged it at the last moment and took the name again
                       before it could be put back: it is in the folder ".yamori-ID.d" beside it */
} ym_taken;

/* Takes the file's name away if it still is that file's, unchanged: see away.h.  Done once: the
 * source's descriptor may be closed by it. */
YM_MUST_CHECK ym_status ym_quarantine_remove(struct ym_quarantine_source *s, const char *id,
                                             ym_taken *ret_how, struct ym_err *err);

/* Open, seal, remove.  want: the SHA-256 of what was found there, or NULL; CANCELLED when it is not
 * that, and nothing was done.  After OK the item is in the store, whatever *ret_how says. */
YM_MUST_CHECK ym_status ym_quarantine_take(struct ym_quarantine *q, const char *id,
                                           const struct ym_volume *v,
                                           const struct ym_quarantine_about *about,
                                           const uint8_t want[32], struct ym_arena *arena,
                                           ym_taken *ret_how, struct ym_err *err);

/* --- looking ----------------------------------------------------------------------------------- */

bool ym_quarantine_id_ok(const char *id);
/* A new id: the time (UTC) and random digits. */
YM_MUST_CHECK ym_status ym_quarantine_new_id(char ret_id[YM_QUARANTINE_ID_SIZE],
                                             struct ym_err *err);
/* The ids of all items, sorted, which is by time. */
YM_MUST_CHECK ym_status ym_quarantine_list(struct ym_quarantine *q, struct ym_arena *arena,
                                           struct ym_names *ret_ids, struct ym_err *err);
/* Opens the metadata of one item; the content is only looked at by its length.  END: no such
 * item.  MALFORMED, TRUNCATED: damaged, exchanged, or sealed with another key. */
YM_MUST_CHECK ym_status ym_quarantine_info(struct ym_quarantine *q, const char *id,
                                           struct ym_arena *arena,
                                           struct ym_quarantine_item *ret_item, struct ym_err *err);
/* Opens all of it and compares its SHA-256. */
YM_MUST_CHECK ym_status ym_quarantine_verify(struct ym_quarantine *q, const char *id,
                                             struct ym_arena *arena, struct ym_err *err);

/* --- restoring, deleting ----------------------------------------------------------------------- */

enum {
    YM_QUARANTINE_LEFT_META = 1,
    YM_QUARANTINE_LEFT_TIMES = 2,
    YM_QUARANTINE_LEFT_LOCKS = 4 /* chattr +i, +a */
};

/* Puts the file back, whole or not at all, and only where nothing lies: on the volume under path
 * (NULL: the item's own), with all its metadata.  The item stays.  ret_left: what could not be set
 * as it was; the locks come last, for a locked file cannot be given its name.  END: no such item. */
YM_MUST_CHECK ym_status ym_quarantine_restore(struct ym_quarantine *q, const char *id,
                                              const struct ym_volume *v, const char *path,
                                              struct ym_arena *arena, unsigned *ret_left,
                                              struct ym_err *err);
/* The same, but in the place of what lies there, in one step. */
YM_MUST_CHECK ym_status ym_quarantine_restore_over(struct ym_quarantine *q, const char *id,
                                                   const struct ym_volume *v, const char *path,
                                                   struct ym_arena *arena, unsigned *ret_left,
                                                   struct ym_err *err);
/* END: no such item.  Needs no key: a damaged item can be deleted, too. */
YM_MUST_CHECK ym_status ym_quarantine_delete(struct ym_quarantine *q, const char *id,
                                             struct ym_err *err);

/* --- the sealed metadata ----------------------------------------------------------------------- */

/* Reads the metadata of version 1 (all but the id).  Every byte of it must be used. */
YM_MUST_CHECK ym_status ym_quarantine_meta_parse(struct ym_reader whole, struct ym_arena *arena,
                                                 struct ym_quarantine_item *ret_item,
                                                 struct ym_err *err);
/* The same bytes again; the buffer's status tells of failures. */
void ym_quarantine_meta_put(struct ym_buf *out, const struct ym_quarantine_item *item);

#endif
