/* registry.h - one interface to a registry, whoever holds it.
 *
 * The backend of today is an offline hive (ym_hive_open, through hivex in a locked-up process);
 * a live Windows machine can be a second one: fill struct ym_registry_ops.
 *
 *     struct ym_registry *reg;
 *     YM_TRY(ym_hive_open(fd, "SYSTEM", &reg, err));
 *     st = ym_registry_get(reg, arena, "Select", "Current", &value, err);
 *     ym_registry_close(reg);
 *
 * Paths have '\' between keys and start below the hive's root; "" is the root.  Keys and value
 * names are compared without regard to case, as Windows does; the default value's name is "".
 * Results live in the arena given.  END: no such key or value.  Changes are made in memory and
 * reach the disk only through ym_registry_write(): what is open is never changed. */
#ifndef YM_CLEAN_REGISTRY_H
#define YM_CLEAN_REGISTRY_H

#include "base/arena.h"
#include "base/status.h"
#include "clean/volume.h"
#include "formats/hive_log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_REG_DATA_MAX = 1 << 20,   /* bytes of one value that are read */
    YM_REG_SET_MAX = 16344,      /* bytes of a value in a key that is changed: longer ones are kept
                                     in a form that hivex does not write */
    YM_REG_ITEMS_MAX = 65536,    /* subkeys or values of one key */
    YM_REG_HIVE_MAX = 512 << 20, /* bytes of a hive */
    YM_REG_RESETS_MAX = 10000    /* keys whose permissions are reset at once */
};

enum ym_reg_type {
    YM_REG_SZ = 1,
    YM_REG_EXPAND_SZ = 2,
    YM_REG_BINARY = 3,
    YM_REG_DWORD = 4,
    YM_REG_MULTI_SZ = 7
};

struct ym_reg_value {
    const char *name; /* as written in the hive */
    uint32_t type;
    const uint8_t *data;
    size_t n;
};

struct ym_reg_values {
    const struct ym_reg_value *v;
    size_t n;
};

struct ym_reg_keys {
    const char *const *v; /* in the hive's order, which is sorted */
    size_t n;
};

/* Accounts whose access to a key is judged, as bits. */
enum ym_reg_account {
    YM_REG_ADMINISTRATORS = 1, /* S-1-5-32-544 */
    YM_REG_SYSTEM = 2,         /* S-1-5-18 */
    YM_REG_EVERYONE = 4,       /* S-1-1-0, S-1-5-11 */
    YM_REG_USERS = 8           /* S-1-5-32-545 */
};

/* What the permissions of a key (its DACL) come to for an account with its groups: Everyone, and
 * Authenticated Users, are part of each, and Administrators of SYSTEM.  Entries are taken in their
 * order, the first that says something of a right decides ([MS-DTYP] 2.5.3.2); those that only hold
 * for keys below do not count, nor do those whose form is not read. */
struct ym_reg_security {
    bool has_dacl;             /* false: everybody may do everything */
    uint8_t no_read, no_write; /* enum ym_reg_account: ADMINISTRATORS, SYSTEM may not */
    uint8_t denied;            /* enum ym_reg_account: has an entry that denies something */
    const char *text;          /* the list in a short form, like SDDL: "D:(D;KA;WD)(A;KR;BA)" */
};

struct ym_registry;
struct ym_registry_ops {
    ym_status (*keys)(struct ym_registry *r, struct ym_arena *arena, const char *key,
                      struct ym_reg_keys *ret_keys, struct ym_err *err);
    ym_status (*values)(struct ym_registry *r, struct ym_arena *arena, const char *key,
                        struct ym_reg_values *ret_values, struct ym_err *err);
    ym_status (*make_key)(struct ym_registry *r, const char *key, struct ym_err *err);
    ym_status (*set)(struct ym_registry *r, const char *key, const struct ym_reg_value *value,
                     struct ym_err *err);
    ym_status (*delete_value)(struct ym_registry *r, const char *key, const char *name,
                              struct ym_err *err);
    ym_status (*delete_key)(struct ym_registry *r, const char *key, struct ym_err *err);
    ym_status (*write)(struct ym_registry *r, int *ret_fd, struct ym_err *err);
    void (*close)(struct ym_registry *r);
    /* These may be NULL: a registry that shows no permissions. */
    ym_status (*security)(struct ym_registry *r, struct ym_arena *arena, const char *key,
                          struct ym_reg_security *ret_security, struct ym_err *err);
    ym_status (*reset_security)(struct ym_registry *r, const char *key, struct ym_err *err);
};
struct ym_registry { /* the first member of every backend's own struct */
    const struct ym_registry_ops *ops;
};

YM_MUST_CHECK ym_status ym_registry_keys(struct ym_registry *r, struct ym_arena *arena,
                                         const char *key, struct ym_reg_keys *ret_keys,
                                         struct ym_err *err);
YM_MUST_CHECK ym_status ym_registry_values(struct ym_registry *r, struct ym_arena *arena,
                                           const char *key, struct ym_reg_values *ret_values,
                                           struct ym_err *err);
YM_MUST_CHECK ym_status ym_registry_get(struct ym_registry *r, struct ym_arena *arena,
                                        const char *key, const char *name,
                                        struct ym_reg_value *ret_value, struct ym_err *err);
/* Both create missing keys on the way (they inherit their parent's permissions). */
YM_MUST_CHECK ym_status ym_registry_make_key(struct ym_registry *r, const char *key,
                                             struct ym_err *err);
YM_MUST_CHECK ym_status ym_registry_set(struct ym_registry *r, const char *key,
                                        const struct ym_reg_value *value, struct ym_err *err);
YM_MUST_CHECK ym_status ym_registry_delete_value(struct ym_registry *r, const char *key,
                                                 const char *name, struct ym_err *err);
/* With everything below it. */
YM_MUST_CHECK ym_status ym_registry_delete_key(struct ym_registry *r, const char *key,
                                               struct ym_err *err);
/* Permissions of a key as they were when the registry was opened, whatever was changed since.
 * END: there is no such key, or it has none.  UNSUPPORTED: this kind of registry shows none. */
YM_MUST_CHECK ym_status ym_registry_security(struct ym_registry *r, struct ym_arena *arena,
                                             const char *key, struct ym_reg_security *ret_security,
                                             struct ym_err *err);
/* Gives a key the permissions of the key above it, as hivex does with one that it makes.  Carried out
 * by ym_registry_write(), in the order of the calls, after all other changes.  END: there is no such
 * key.  UNSUPPORTED: the root.  MALFORMED: what the hive says of its permissions does not hold
 * together; that is said at once, and again when it is written. */
YM_MUST_CHECK ym_status ym_registry_reset_security(struct ym_registry *r, const char *key,
                                                   struct ym_err *err);
/* The whole registry as it would be stored, changes and all, in a new descriptor at offset 0 that
 * the caller closes.  After it no further change is possible. */
YM_MUST_CHECK ym_status ym_registry_write(struct ym_registry *r, int *ret_fd, struct ym_err *err);
void ym_registry_close(struct ym_registry *r); /* accepts NULL */

/* REG_SZ or REG_EXPAND_SZ as UTF-8, up to its first NUL; "" for other types.  NULL: no memory. */
const char *ym_reg_text(struct ym_arena *arena, const struct ym_reg_value *value);
/* True and the number when it is a REG_DWORD of four bytes. */
bool ym_reg_dword(const struct ym_reg_value *value, uint32_t *ret_number);
/* A value as text for people: 4 (dword), "text", multi: a, b ..., type N: hex. NULL: no memory. */
const char *ym_reg_show(struct ym_arena *arena, const struct ym_reg_value *value);
const char *ym_reg_type_word(uint32_t type); /* "REG_DWORD" ..., "REG_?" */

/* Reads a hive from a descriptor (not closed, may be read-only) in a process of its own that can
 * do nothing but answer.  Refused with a clear error: no hive (MALFORMED), shorter than its
 * header says (TRUNCATED), a header whose two sequence numbers differ (UNSUPPORTED: the hive was
 * not closed properly and its transaction logs are newer), whatever hivex refuses (MALFORMED), a
 * reader that died or did not answer (MALFORMED).
 * shown: for messages; borrowed. */
YM_MUST_CHECK ym_status ym_hive_open(int fd, const char *shown, struct ym_registry **ret_registry,
                                     struct ym_err *err);

/* The transaction logs beside a hive, in the order of formats/hive_log.h. */
struct ym_hive_log_files {
    int fd[YM_HIVE_LOGS]; /* -1: there is none */
    const char *name[YM_HIVE_LOGS];
};

/* The same for a hive that was not closed properly or has a damaged header: its logs are applied
 * to a copy, in one such process, and the copy is opened, in another.  Neither file changes; what
 * ym_registry_write() gives is the recovered hive with its changes, a hive that was closed.
 * END: the hive is neither.  Logs that do not help: see ym_hive_recover(). */
YM_MUST_CHECK ym_status ym_hive_open_with_logs(int fd, const struct ym_hive_log_files *logs,
                                               const char *shown, struct ym_registry **ret_registry,
                                               struct ym_err *err);
/* "SYSTEM.LOG1, SYSTEM.LOG2"; "" when none was. */
const char *ym_hive_logs_applied(const struct ym_registry *r);

/* A hive of a volume, at an exact path, open at fd; with the logs beside it (names without regard
 * to case) when it needs them.  Logs of which one cannot be read are no logs. */
YM_MUST_CHECK ym_status ym_hive_open_beside(const struct ym_volume *v, const char *path, int fd,
                                            struct ym_arena *arena,
                                            struct ym_registry **ret_registry, struct ym_err *err);

/* The bytes of a hive, in a nameless file at offset 0 that the caller closes: those of fd, or with
 * logs (else NULL) what they make of it, as ym_hive_open_with_logs() opens it. */
YM_MUST_CHECK ym_status ym_hive_copy(int fd, const struct ym_hive_log_files *logs,
                                     const char *shown, int *ret_fd, struct ym_err *err);
/* The same for one that ym_hive_open_beside() has opened from this path as reg. */
YM_MUST_CHECK ym_status ym_hive_copy_beside(const struct ym_volume *v, const char *path,
                                            const struct ym_registry *reg, struct ym_arena *arena,
                                            int *ret_fd, struct ym_err *err);

#endif
