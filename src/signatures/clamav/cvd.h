/* cvd.h - between the files of ClamAV's database containers, not for others.
 *
 *   cvd.c      header, table of contents, and what is loaded of it
 *   cvdbody.c  the body: a tar, gzip'd or plain, read forwards in pieces
 *   cvdkey.c   public keys and the two kinds of signatures
 *
 * Nothing is written and nothing but one member at a time is held.  All texts of `why` are
 * static. */
#ifndef YM_SIGNATURES_CLAMAV_CVD_H
#define YM_SIGNATURES_CLAMAV_CVD_H

#include "base/buf.h"
#include "base/text.h"
#include "clamav_int.h"

#include <openssl/evp.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
    YM_CVD_HEADER = 512,
    YM_CVD_BLOCK = 512, /* of the tar */
    YM_CVD_MAX_NAME = 100,
    YM_CVD_MAX_MEMBERS = 10000,
    YM_CVD_MAX_INFO = 4 << 20
};
#define YM_CVD_MAX_MEMBER (UINT64_C(2) << 30)
#define YM_CVD_MAX_BODY (UINT64_C(8) << 30) /* unpacked */

ym_clamav_whole ym_clamav_read_container; /* .cvd .cld .cud; cvd.c */

/* ---- cvdbody.c ----------------------------------------------------------------------------- */

struct ym_cvd_body {
    const uint8_t *in; /* what is left, when plain */
    size_t left;
    bool gz, open, ended;
    z_stream z;
    uint64_t produced;
    uint64_t rest; /* of the member at hand, with its padding */
    const char *why;
};

struct ym_cvd_member {
    char name[YM_CVD_MAX_NAME + 1];
    uint64_t size;
};

/* The bytes are borrowed until _done(), which may be called after a failed _init(). */
YM_MUST_CHECK ym_status ym_cvd_body_init(struct ym_cvd_body *b, const uint8_t *data, size_t n);
void ym_cvd_body_done(struct ym_cvd_body *b);
/* What is left of the member before it is passed over.  END: no more members.  MALFORMED,
 * TRUNCATED, LIMIT: b->why says what. */
YM_MUST_CHECK ym_status ym_cvd_body_next(struct ym_cvd_body *b, struct ym_cvd_member *ret_member);
/* All n bytes or TRUNCATED; at most the member's size may be read. */
YM_MUST_CHECK ym_status ym_cvd_body_read(struct ym_cvd_body *b, uint8_t *out, size_t n);

/* ---- cvdkey.c ------------------------------------------------------------------------------ */

/* MD5 or SHA-256 through libcrypto, which is told to read no files. */
YM_MUST_CHECK ym_status ym_cvd_digest(const char *algo, const void *data, size_t n, uint8_t *out);
YM_MUST_CHECK ym_status ym_cvd_digest_start(const char *algo, EVP_MD_CTX **ret_ctx);

typedef enum ym_cvd_proof { YM_CVD_NO_KEY, YM_CVD_GOOD, YM_CVD_WRONG } ym_cvd_proof;
/* The header's signature: RSA without padding over the 16 bytes of the MD5. */
YM_MUST_CHECK ym_status ym_cvd_verify_md5(const struct ym_clamav_keys *keys, struct ym_str sig,
                                          const uint8_t md5[16], ym_cvd_proof *ret_proof);
/* The signature of a table of contents: RSA-PSS, MGF1 and digest SHA-256. */
YM_MUST_CHECK ym_status ym_cvd_verify_info(const struct ym_clamav_keys *keys, struct ym_str sig,
                                           const uint8_t sha256[32], ym_cvd_proof *ret_proof);

#endif
