/* weak_passwords.h - which local accounts of an offline Windows have a password that Conficker
 * tries; private to clean/.
 *
 * The worm tries its list (weak_words.c) and what it makes of the account's name: the name, the
 * name twice, the name backwards (from memory of the analyses of 2009; Symantec, through
 * security.nl, confirms that user names are combined).  Letters count as they are written.
 *
 *     parent                            child (os/sandbox.h, profile SCANNER)
 *     ------                            -----
 *                                       loads OpenSSL's legacy provider, copies both hives to
 *                                       memory, then gives everything up; finds the keys,
 *                                       compares
 *                                  <--  {why, accounts: name and flags}
 *
 * That is all that leaves the child: no key, no hash, no password, and not which word it was.
 * Errors are a number (ym_weak_why), whose text is the parent's.  Keys and hashes are cleared as
 * soon as they were used. */
#ifndef YM_CLEAN_WEAK_PASSWORDS_H
#define YM_CLEAN_WEAK_PASSWORDS_H

#include "base/arena.h"
#include "base/reader.h"
#include "sam_crypto.h"

#include <stddef.h>

enum {
    YM_WEAK_ACCOUNTS_MAX = 4096,  /* local accounts */
    YM_WEAK_HIVE_MAX = 256 << 20, /* bytes of a hive */
    YM_WEAK_NAME_MAX = 1024       /* bytes of a name on its way to the parent */
};

enum ym_weak_flag {
    YM_WEAK_EMPTY = 1,       /* the password is empty */
    YM_WEAK_LISTED = 2,      /* it is one that the worm tries */
    YM_WEAK_DISABLED = 4,    /* nobody can log on with it */
    YM_WEAK_NOT_CHECKED = 8, /* damaged, of an unknown form, or without an NT hash */
    YM_WEAK_FLAGS = 15
};

typedef enum ym_weak_why {
    YM_WEAK_LOOKED,
    YM_WEAK_NO_LEGACY,   /* OpenSSL has no MD4, RC4, DES here */
    YM_WEAK_NO_BOOT_KEY, /* SYSTEM is damaged, or lacks the key */
    YM_WEAK_NO_ACCOUNTS, /* SAM is damaged, or has none */
    YM_WEAK_WRONG_KEY,   /* the boot key does not open SAM */
    YM_WEAK_NEW_FORM,    /* SAM is of a form that is not known */
    YM_WEAK_TOO_LARGE,   /* a hive, or the number of accounts */
    YM_WEAK_NO_MEMORY,
    YM_WEAK_NO_ANSWER, /* the child died, was refused its sandbox, or did not answer */
    YM_WEAK_WHYS
} ym_weak_why;

struct ym_weak_account {
    const char *name; /* UTF-8, as hostile as its hive; "RID 1000" when it cannot be read */
    unsigned flags;
};

struct ym_weak_answer {
    ym_weak_why why; /* but for LOOKED there are no accounts */
    const struct ym_weak_account *v;
    size_t n;
};

extern const char *const ym_weak_words[]; /* ASCII */
extern const size_t ym_weak_words_n;

/* What the child does.  Names lie in the arena; why is never NO_ANSWER. */
void ym_weak_look(const struct ym_sam_crypto *c, struct ym_reader system, struct ym_reader sam,
                  struct ym_arena *arena, struct ym_weak_answer *ret_answer);

/* What the parent hears, taken as hostile.  MALFORMED: of another form; NOMEM, LIMIT: of the arena. */
YM_MUST_CHECK ym_status ym_weak_parse_answer(struct ym_reader body, struct ym_arena *arena,
                                             struct ym_weak_answer *ret_answer, struct ym_err *err);

/* The descriptors are not closed; both hives as they are when closed properly.  NOMEM, LIMIT: of
 * the arena; everything else is in the answer. */
YM_MUST_CHECK ym_status ym_weak_ask(int system_fd, int sam_fd, struct ym_arena *arena,
                                    struct ym_weak_answer *ret_answer);

#endif
