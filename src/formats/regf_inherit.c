/* regf_inherit.c - a key takes over the permissions of the key above it.  See formats/regf.h.
 *
 * A key names the cell of its permissions; many keys name the same one, and it counts them.  So the
 * change is a number in the key and two counts, in place.  Everything is looked at first: whatever
 * does not hold together is refused before the first byte changes.
 *
 *   nk  44 place of its sk
 *   sk  4 next  8 previous  12 count */
#include "regf_int.h"

#include <string.h>

static const char module[] = "formats/regf_inherit";

enum {
    KEY_LEAST = 76,
    KEY_SECURITY_AT = 44,
    SK_LEAST = 20,
    SK_NEXT_AT = 4,
    SK_PREVIOUS_AT = 8,
    SK_COUNT_AT = 12,
    CELL_HEAD = 4, /* its size, before what it holds */
    BLOCK_HEAD = 32,
    BLOCK_SIZE_AT = 8
};

struct sk {
    uint32_t at, next, previous, count;
};

static ym_status bad(struct ym_err *err, uint64_t at, const char *what) {
    return ym_fail(err, YM_MALFORMED, module, YM_REGF_BASE + at, "%s", what);
}

static void put(uint8_t *p, uint32_t v) {
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> 8 * i);
    }
}

/* --- the ring --------------------------------------------------------------------------------- */

static ym_status read_sk(const struct ym_regf *h, uint32_t at, struct sk *ret, struct ym_err *err) {
    struct ym_reader r;
    const uint8_t *sign;

    YM_TRY(ym_regf_cell(h, at, SK_LEAST, &r, err));
    sign = ym_get_view(&r, 2);
    if (sign == NULL || memcmp(sign, "sk", 2) != 0) {
        return bad(err, at, "no permissions where a key or the ring of permissions says");
    }
    ym_skip(&r, 2);
    ret->at = at;
    ret->next = ym_get_u32le(&r);
    ret->previous = ym_get_u32le(&r);
    ret->count = ym_get_u32le(&r);
    return YM_OK;
}

/* All the way round from one of them: each names its neighbours, and the other is among them. */
static ym_status check_ring(const struct ym_regf *h, const struct sk *from, uint32_t other,
                            struct ym_err *err) {
    uint64_t most = h->data.len / (SK_LEAST + CELL_HEAD);
    struct sk at = *from;
    bool seen = false;

    for (uint64_t i = 0; i < most; i++) {
        struct sk next = {.at = 0};

        YM_TRY(read_sk(h, at.next, &next, err));
        if (next.previous != at.at) {
            return bad(err, next.at, "the ring of permissions does not lead back");
        }
        seen = seen || next.at == other;
        if (next.at == from->at) {
            return seen ? YM_OK
                        : bad(err, other, "permissions that are not in the hive's ring of them");
        }
        at = next;
    }
    return bad(err, from->at, "the ring of permissions has no end");
}

/* --- who names a cell ------------------------------------------------------------------------- */

static bool names(const struct ym_regf *h, uint32_t key, uint32_t sk) {
    struct ym_reader r;
    const uint8_t *sign;

    if (ym_regf_cell(h, key, KEY_LEAST, &r, NULL) != YM_OK) {
        return false; /* free, or too small for a key */
    }
    sign = ym_get_view(&r, 2);
    if (sign == NULL || memcmp(sign, "nk", 2) != 0) {
        return false;
    }
    ym_seek(&r, KEY_SECURITY_AT);
    return ym_get_u32le(&r) == sk;
}

/* The cells of one block: those that may be keys and name sk. */
static ym_status count_in_block(const struct ym_regf *h, uint32_t at, uint32_t end, uint32_t sk,
                                uint32_t *count, struct ym_err *err) {
    at += BLOCK_HEAD;
    while (at < end) {
        struct ym_reader head = ym_reader_at(&h->data, at, CELL_HEAD);
        uint32_t size = ym_get_u32le(&head);

        size = size >= 0x80000000 ? 0 - size : size;
        if (size < 8 || size % 8 != 0 || size > end - at) {
            return bad(err, at, "a block whose cells do not fill it");
        }
        *count += names(h, at, sk) ? 1U : 0U;
        at += size;
    }
    return YM_OK;
}

static ym_status count_names(const struct ym_regf *h, uint32_t sk, uint32_t *ret_count,
                             struct ym_err *err) {
    uint32_t count = 0;
    uint64_t at = 0;

    while (at < h->data.len) {
        struct ym_reader head = ym_reader_at(&h->data, at, BLOCK_HEAD);
        const uint8_t *sign = ym_get_view(&head, 4);
        uint32_t size;

        ym_seek(&head, BLOCK_SIZE_AT);
        size = ym_get_u32le(&head);
        if (sign == NULL || memcmp(sign, "hbin", 4) != 0 || size < BLOCK_HEAD || size % 4096 != 0 ||
            size > h->data.len - at) {
            return bad(err, at, "no block where one should be");
        }
        YM_TRY(count_in_block(h, (uint32_t)at, (uint32_t)at + size, sk, &count, err));
        at += size;
    }
    *ret_count = count;
    return YM_OK;
}

/* --- the change ------------------------------------------------------------------------------- */

static ym_status find_both(const struct ym_regf *h, const char *path, struct ym_arena *arena,
                           struct ym_regf_key *key, struct ym_regf_key *above, struct ym_err *err) {
    const char *last = strrchr(path, '\\');
    const char *way = last == NULL ? "" : ym_arena_strndup(arena, path, (size_t)(last - path));

    if (path[0] == '\0') {
        return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                       "the root of a hive has no key above it");
    }
    if (way == NULL) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "no room for the path of a key");
    }
    YM_TRY(ym_regf_find(h, path, arena, key, err));
    return ym_regf_find(h, way, arena, above, err);
}

static ym_status check(const struct ym_regf *h, const struct sk *old, const struct sk *to,
                       struct ym_err *err) {
    uint32_t used = 0;

    YM_TRY(check_ring(h, old, to->at, err));
    if (old->count == 0 || to->count == 0 || to->count == UINT32_MAX) {
        return bad(err, old->count == 0 ? old->at : to->at,
                   "permissions with a wrong count of keys");
    }
    if (old->count > 1) {
        return YM_OK; /* stays */
    }
    YM_TRY(count_names(h, old->at, &used, err));
    return used == 1 ? YM_OK
                     : bad(err, old->at, "permissions with a wrong count of keys: more name them");
}

struct change {
    struct ym_regf_key key, above;
    struct sk old, to;
};

static ym_status prepare(const struct ym_regf *h, const char *path, struct ym_arena *arena,
                         struct change *c, struct ym_err *err) {
    YM_TRY(find_both(h, path, arena, &c->key, &c->above, err));
    if (c->key.security == c->above.security) {
        return YM_OK;
    }
    YM_TRY(read_sk(h, c->key.security, &c->old, err));
    YM_TRY(read_sk(h, c->above.security, &c->to, err));
    return check(h, &c->old, &c->to, err);
}

ym_status ym_regf_may_inherit(const struct ym_regf *hive, const char *path, struct ym_arena *arena,
                              struct ym_err *err) {
    struct change c = {.key = {.at = 0}};

    return prepare(hive, path, arena, &c, err);
}

ym_status ym_regf_inherit(uint8_t *file, size_t n, const char *path, struct ym_arena *arena,
                          struct ym_err *err) {
    struct change c = {.key = {.at = 0}};
    struct ym_regf h;
    struct ym_reader r;
    uint8_t *cells; /* what a cell holds is at its place behind this */

    ym_reader_init(&r, file, n);
    YM_TRY(ym_regf_open(r, &h, err));
    YM_TRY(prepare(&h, path, arena, &c, err));
    if (c.key.security == c.above.security) {
        return YM_OK;
    }
    cells = file + YM_REGF_BASE + CELL_HEAD;
    put(cells + c.key.at + KEY_SECURITY_AT, c.to.at);
    put(cells + c.to.at + SK_COUNT_AT, c.to.count + 1);
    put(cells + c.old.at + SK_COUNT_AT, c.old.count - 1);
    if (c.old.count == 1) { /* its neighbours may be one and the same */
        struct ym_reader head = ym_reader_at(&h.data, c.old.at, CELL_HEAD);

        put(cells + c.old.previous + SK_NEXT_AT, c.old.next);
        put(cells + c.old.next + SK_PREVIOUS_AT, c.old.previous);
        put(cells + c.old.at - CELL_HEAD, 0 - ym_get_u32le(&head));
    }
    return YM_OK;
}
