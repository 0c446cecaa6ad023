/* quarantine_int.h - an open store, and the stream of one item; private to clean/.
 *
 * quarantine.c       the folder, the key, the list of items
 * quarantine_meta.c  metadata to bytes and back
 * quarantine_seal.c  the sealed stream, out and in
 * quarantine_move.c  from a volume into the store and back */
#ifndef YM_CLEAN_QUARANTINE_INT_H
#define YM_CLEAN_QUARANTINE_INT_H

#include "clean/quarantine.h"

#include <sodium.h>

enum {
    YM_SEALED_HEAD = 16, /* magic, version, bytes of metadata */
    YM_SEALED_START = YM_SEALED_HEAD + crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    YM_SEALED_EXTRA = crypto_secretstream_xchacha20poly1305_ABYTES, /* what a chunk grows by */
    YM_SEALED_VERSION = 1,
    YM_SEALED_NAME = YM_QUARANTINE_ID_SIZE + 16
};

struct ym_quarantine {
    int dir_fd, lock_fd;
    ym_quarantine_mode mode;
    bool has_key;
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
};

YM_MUST_CHECK ym_status ym_quarantine_load_key(struct ym_quarantine *q, struct ym_err *err);
void ym_sealed_name(const char *id, char out[YM_SEALED_NAME]); /* "ID.sealed" */
ym_status ym_sealed_damaged(const char *id, const char *what, struct ym_err *err);

/* One item that is being opened: its metadata are, its content comes next. */
struct ym_unsealing {
    int fd;
    const char *id;
    crypto_secretstream_xchacha20poly1305_state state;
    struct ym_quarantine_item item;
    uint64_t content_at; /* where in the file its content begins */
};
YM_MUST_CHECK ym_status ym_unseal_begin(struct ym_quarantine *q, const char *id,
                                        struct ym_arena *arena, struct ym_unsealing *ret_u,
                                        struct ym_err *err);
/* All content into out_fd (-1: nowhere), and its digest and length compared. */
YM_MUST_CHECK ym_status ym_unseal_content(struct ym_unsealing *u, int out_fd, const char *shown,
                                          struct ym_err *err);
void ym_unseal_done(struct ym_unsealing *u);

/* A new item from meta and the content of in_fd, whose digest and length must be as item says
 * (else CANCELLED). */
YM_MUST_CHECK ym_status ym_seal(struct ym_quarantine *q, const struct ym_quarantine_item *item,
                                int in_fd, const char *shown, struct ym_err *err);

#endif
