/* make_sam.h - accounts with passwords in a SAM hive, and the boot key in a SYSTEM hive.
 *
 * The opposite direction of src/clean/sam_crypto.c, from the description in docs/formats/sam.md:
 * passwords are hashed and encrypted as Windows to 8.1 (MD5 and RC4) or since Windows 10 (AES) keeps
 * them.  Exits with a message when OpenSSL or hivex refuses. */
#ifndef YM_TESTS_MAKE_SAM_H
#define YM_TESTS_MAKE_SAM_H

#include <hivex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum made_account_flag {
    MADE_DISABLED = 1,
    MADE_NO_PASSWORD = 2, /* the entry of a hash, without one: an empty password */
    MADE_NO_ENTRY = 4,    /* not even that */
    MADE_LM_ONLY = 8      /* an LM hash, and no NT hash */
};

struct made_account {
    uint32_t rid;
    const char *name;     /* UTF-8, no more than four-digit code points */
    const char *password; /* the same */
    unsigned flags;
};

enum {
    MADE_KEY = 16,
    MADE_V = 2048, /* most bytes of V */
    MADE_F = 80    /* bytes of an account's F */
};
extern const uint8_t made_boot_key[MADE_KEY], made_account_key[MADE_KEY];

/* The class names of JD, Skew1, GBG and Data below KEY ("ControlSet001\Control\Lsa"). */
void make_boot_key(const char *system_path, const char *key, const uint8_t boot_key[MADE_KEY]);

/* The key of the accounts, into F of the domain (make_policy()), from 104 on. */
void make_account_key(uint8_t *f, size_t n, bool aes, const uint8_t boot_key[MADE_KEY]);

size_t make_account_v(uint8_t out[MADE_V], bool aes, const struct made_account *a);
void make_account_f(uint8_t out[MADE_F], const struct made_account *a);
void make_account(hive_h *sam, bool aes, const struct made_account *a); /* both, and its name */

void make_nt_hash(const char *password, uint8_t out[16]);

#endif
