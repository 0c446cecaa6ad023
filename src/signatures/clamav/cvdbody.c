/* cvdbody.c - the body of a database container: a tar, gzip'd or plain.  See cvd.h.
 *
 * Read forwards, one bounded piece at a time: what a forged length promises is never allocated
 * here, and what comes out of zlib is counted against YM_CVD_MAX_BODY. */
#include "cvd.h"

#include "base/alloc.h"

#include <string.h>

static voidpf z_alloc(voidpf self, uInt count, uInt size) {
    (void)self;
    return ym_zalloc(count, size);
}

static void z_free(voidpf self, voidpf p) {
    (void)self;
    ym_free(p);
}

ym_status ym_cvd_body_init(struct ym_cvd_body *b, const uint8_t *data, size_t n) {
    *b = (struct ym_cvd_body){.in = data, .left = n};
    b->gz = n >= 2 && data[0] == 0x1f && data[1] == 0x8b;
    if (!b->gz) {
        return YM_OK;
    }
    b->z.zalloc = z_alloc;
    b->z.zfree = z_free;
    if (inflateInit2(&b->z, 16 + MAX_WBITS) != Z_OK) {
        b->why = "out of memory for unpacking";
        return YM_NOMEM;
    }
    b->open = true;
    return YM_OK;
}

void ym_cvd_body_done(struct ym_cvd_body *b) {
    if (b->open) {
        (void)inflateEnd(&b->z);
        b->open = false;
    }
}

static ym_status bad(struct ym_cvd_body *b, ym_status st, const char *why) {
    b->why = why;
    return st;
}

/* Hands zlib input in pieces that its 32-bit counters can hold. */
static void feed(struct ym_cvd_body *b) {
    const size_t n = b->left > (1u << 30) ? 1u << 30 : b->left;

    if (b->z.avail_in == 0 && n > 0) {
        b->z.next_in = b->in; /* zlib.h is compiled with ZLIB_CONST */
        b->z.avail_in = (uInt)n;
        b->in += n;
        b->left -= n;
    }
}

static ym_status inflate_some(struct ym_cvd_body *b, uint8_t *out, size_t n, size_t *ret_got) {
    const size_t room = n > (1u << 30) ? 1u << 30 : n;
    int rc;

    feed(b);
    b->z.next_out = out;
    b->z.avail_out = (uInt)room;
    rc = inflate(&b->z, Z_NO_FLUSH);
    *ret_got = room - b->z.avail_out;
    if (rc == Z_STREAM_END || rc == Z_BUF_ERROR) {
        b->ended = true; /* of the data, or of what there is of it */
        return YM_OK;
    }
    return rc == Z_OK          ? YM_OK
           : rc == Z_MEM_ERROR ? bad(b, YM_NOMEM, "out of memory for unpacking")
                               : bad(b, YM_MALFORMED, "the compressed data is damaged");
}

static ym_status read_some(struct ym_cvd_body *b, uint8_t *out, size_t n, size_t *ret_got) {
    *ret_got = 0;
    if (b->ended) {
        return YM_OK;
    }
    if (b->gz) {
        return inflate_some(b, out, n, ret_got);
    }
    *ret_got = n < b->left ? n : b->left;
    memcpy(out, b->in, *ret_got);
    b->in += *ret_got;
    b->left -= *ret_got;
    b->ended = b->left == 0;
    return YM_OK;
}

/* Up to n bytes; fewer only at the end of the data. */
static ym_status read_bytes(struct ym_cvd_body *b, uint8_t *out, size_t n, size_t *ret_got) {
    size_t got = 0;

    while (got < n && !b->ended) {
        size_t more;

        YM_TRY(read_some(b, out + got, n - got, &more));
        got += more;
        b->produced += more;
        if (b->produced > YM_CVD_MAX_BODY) {
            return bad(b, YM_LIMIT, "more than 8 GiB unpacked");
        }
    }
    *ret_got = got;
    return YM_OK;
}

ym_status ym_cvd_body_read(struct ym_cvd_body *b, uint8_t *out, size_t n) {
    size_t got;

    if (n > b->rest) {
        return bad(b, YM_TRUNCATED, "a member ends early");
    }
    YM_TRY(read_bytes(b, out, n, &got));
    b->rest -= got;
    return got == n ? YM_OK : bad(b, YM_TRUNCATED, "the data ends inside a member");
}

static ym_status skip_rest(struct ym_cvd_body *b) {
    uint8_t piece[16384];

    while (b->rest > 0) {
        YM_TRY(ym_cvd_body_read(b, piece, b->rest < sizeof(piece) ? b->rest : sizeof(piece)));
    }
    return YM_OK;
}

/* Octal digits between spaces or NULs; false when there is none, or something else. */
static bool parse_octal(const uint8_t *p, size_t n, uint64_t *ret_value) {
    uint64_t value = 0;
    size_t i = 0;
    size_t digits = 0;

    while (i < n && p[i] == ' ') {
        i++;
    }
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++, digits++) {
        value = value * 8 + (uint64_t)(p[i] - '0'); /* at most 12 digits: 36 bits */
    }
    while (i < n && (p[i] == ' ' || p[i] == '\0')) {
        i++;
    }
    *ret_value = value;
    return digits > 0 && i == n;
}

ym_status ym_cvd_body_next(struct ym_cvd_body *b, struct ym_cvd_member *ret_member) {
    enum { SIZE_AT = 124, SIZE_LENGTH = 12, TYPE_AT = 156 };
    uint8_t block[YM_CVD_BLOCK];
    size_t got;

    YM_TRY(skip_rest(b));
    YM_TRY(read_bytes(b, block, sizeof(block), &got));
    if (got == 0 || (got == sizeof(block) && block[0] == '\0')) {
        return YM_END;
    }
    if (got != sizeof(block)) {
        return bad(b, YM_TRUNCATED, "the data ends inside a tar header");
    }
    memset(ret_member, 0, sizeof(*ret_member));
    memcpy(ret_member->name, block, YM_CVD_MAX_NAME);
    if (strchr(ret_member->name, '/') != NULL) {
        return bad(b, YM_MALFORMED, "a member's name holds a /");
    }
    if (block[TYPE_AT] != '0' && block[TYPE_AT] != '\0') {
        return bad(b, YM_MALFORMED, "a member is no plain file");
    }
    if (!parse_octal(block + SIZE_AT, SIZE_LENGTH, &ret_member->size)) {
        return bad(b, YM_MALFORMED, "a member's size is no octal number");
    }
    if (ret_member->size > YM_CVD_MAX_MEMBER) {
        return bad(b, YM_LIMIT, "a member of more than 2 GiB");
    }
    b->rest = (ret_member->size + YM_CVD_BLOCK - 1) / YM_CVD_BLOCK * YM_CVD_BLOCK;
    return YM_OK;
}
