/* sam_values.h - the values of a SAM hive that hold passwords as hashes; private to clean/.
 *
 * Only where the parts lie: nothing is decrypted here (sam_crypto.h).  Structs borrow from the
 * bytes they were read from.  The whole way from a hive to a hash: docs/formats/sam.md.
 *
 *   F of SAM\Domains\Account, from 104 on (what is before: clean/sam_policy.h)
 *     revision 1   0 u32 1   4 u32 length   8 salt (16)   24 key (16)   40 its checksum (16)
 *     revision 2   0 u32 2   4 u32 length   8 u32 bytes of the checksum   12 u32 bytes of the key
 *                  16 salt (16)   32 key, then checksum, each encrypted by itself
 *
 *   V of SAM\Domains\Account\Users\RID: 17 entries of u32 place, u32 bytes, u32; places count from
 *   204.  Read are 12 the account's name (UTF-16), 156 LM hash, 168 NT hash.  A hash is
 *     revision 1   0 u16   2 u16 1   4 16 bytes, or nothing
 *     revision 2   0 u16   2 u16 2   4 u32 place of the data, or 0   8 salt (16)   24 data
 *
 *   F of SAM\Domains\Account\Users\RID: 56 u16 account control, bit 0 = disabled
 *
 * TRUNCATED, MALFORMED; UNSUPPORTED: another revision.  Results are untouched on failure. */
#ifndef YM_CLEAN_SAM_VALUES_H
#define YM_CLEAN_SAM_VALUES_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_SAM_SALT = 16,
    YM_SAM_KEY = 16,
    YM_SAM_DATA_MAX = 64,    /* bytes of one encrypted part; 48 are the most that is known */
    YM_SAM_NAME_MAX = 512,   /* bytes of an account's name; Windows takes 20 characters */
    YM_SAM_VALUE_MAX = 65536 /* bytes of F or V; about 600 are usual */
};

typedef enum ym_sam_form {
    YM_SAM_NONE, /* a hash: there is none, the password is empty */
    YM_SAM_RC4,  /* revision 1: MD5 and RC4, to Windows 8.1 */
    YM_SAM_AES   /* revision 2: AES-128 in CBC, since Windows 10 1607 */
} ym_sam_form;

struct ym_sam_key {
    ym_sam_form form;    /* never NONE */
    const uint8_t *salt; /* 16 bytes */
    const uint8_t *data; /* RC4: 16 bytes */
    size_t n;
    const uint8_t *check; /* RC4: 16 bytes, directly behind data */
    size_t n_check;
};
YM_MUST_CHECK ym_status ym_sam_key_parse(const uint8_t *f, size_t n, struct ym_sam_key *ret_key,
                                         struct ym_err *err);

struct ym_sam_user {
    const uint8_t *name; /* UTF-16LE, an even number of bytes, at least 2 */
    size_t name_size;
    ym_sam_form form;    /* of the NT hash */
    const uint8_t *salt; /* AES */
    const uint8_t *data; /* RC4: 16 bytes; AES: a multiple of 16 */
    size_t n;
    bool has_hash; /* false: V has no place for an NT hash, or only an LM hash: nothing is known */
};
YM_MUST_CHECK ym_status ym_sam_user_parse(const uint8_t *v, size_t n, struct ym_sam_user *ret_user,
                                          struct ym_err *err);

YM_MUST_CHECK ym_status ym_sam_disabled(const uint8_t *f, size_t n, bool *ret_disabled,
                                        struct ym_err *err);

#endif
