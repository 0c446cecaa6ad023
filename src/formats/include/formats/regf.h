/* formats/regf.h - registry hives of Windows: keys, values, class names, permissions, read only but
 * for one change that hivex has no call for: a key takes over its parent's permissions.
 *
 *     struct ym_regf hive;
 *     struct ym_regf_key key;
 *     struct ym_str name;
 *     YM_TRY(ym_regf_open(bytes, &hive, err));
 *     YM_TRY(ym_regf_find(&hive, "ControlSet001\\Control\\Lsa\\JD", arena, &key, err));
 *     YM_TRY(ym_regf_class_name(&hive, &key, arena, &name, err));
 *
 * For what hivex has no call for, and beside it: changes go through clean/registry.h.  A struct
 * ym_regf owns nothing; texts, lists and data lie in the bytes of the hive or in the arena.
 *
 * A hive is a base block of 4096 bytes (formats/hive_log.h) and blocks of cells.  A cell begins at
 * a multiple of 8 with its size, negative when it is in use; places count from the end of the base
 * block, 0xffffffff is none.  Numbers are little-endian.  What cells hold:
 *
 *   nk  key     2 flags  4 time  16 its parent  20 number and 28 list of subkeys  36 number and
 *              40 list of values  44 permissions  48 class name  72, 74 sizes of both names
 *              76 the name
 *   li          2 number, and that many places of keys
 *   lf lh       the same, each place with four bytes about the name
 *   ri          the same, of places of other lists (never of another ri)
 *   vk  value   2 size of the name  4 size of the data, with bit 31: they are in the next number
 *               8 place of the data  12 type  16 flags  20 the name
 *   db  data of more than 16344 bytes: 2 number of pieces, 4 place of the list of their places;
 *               16344 bytes each but the last (since version 1.4)
 *   sk  permissions: 4 the next and 8 the previous of all of them, which form a ring
 *               12 how many keys name it  16 size, 20 a security descriptor ([MS-DTYP] 2.4.6)
 *
 * Names are in one byte a character (Latin-1; flag 0x20 of a key, 1 of a value) or in UTF-16, and
 * may hold a NUL, which programs use to hide a key: they are counted texts, in UTF-8, with U+FFFD
 * for what is no UTF-16.  They are compared without regard to the case of ASCII letters.
 *
 * Nothing is followed into a circle: a key counts below another only when it names that one as
 * its parent, the root counts below none, and no list of keys may name a key twice.  So whoever
 * walks all keys meets each once, and meets no more of them than there are 80 bytes in the hive.
 * Keys may share a list of values, though: who walks those of a hostile hive counts them.
 *
 * Sources: M. Suhanov, "Windows registry file format specification" (github.com/msuhanov/regf),
 * J. Metz, "Windows NT Registry File (REGF) format" (libregf); for security descriptors, ACLs and
 * SIDs Microsoft's [MS-DTYP] 2.4.2, 2.4.4, 2.4.5, 2.4.6. */
#ifndef YM_FORMATS_REGF_H
#define YM_FORMATS_REGF_H

#include "base/arena.h"
#include "base/reader.h"
#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_REGF_DEPTH_MAX = 512,      /* keys in a path; Windows has the same bound */
    YM_REGF_VALUES_MAX = 1 << 20, /* values of a key */
    YM_REGF_DATA_MAX = 64 << 20,  /* bytes of one value */
    YM_REGF_ENTRIES_MAX = 4096,   /* entries of a list of permissions */
    YM_REGF_SID_PARTS_MAX = 15    /* [MS-DTYP] 2.4.2 */
};

struct ym_regf {
    struct ym_reader data; /* the blocks */
    uint32_t root;
    uint32_t minor;   /* version 1.minor, 3 to 6 */
    uint64_t written; /* 100 ns since 1601 */
    bool dirty;       /* not closed properly: formats/hive_log.h */
};

struct ym_regf_key {
    struct ym_str name;
    uint64_t written; /* 100 ns since 1601 */
    uint32_t flags;
    uint32_t at, parent; /* places of cells */
    uint32_t n_subkeys, n_values;
    uint32_t subkeys, values, security, class_name; /* places of cells */
    uint32_t class_size;
};

struct ym_regf_keys {
    const struct ym_regf_key *v; /* in the hive's order */
    size_t n;
};

struct ym_regf_value {
    struct ym_str name; /* n 0: the default value */
    uint32_t type;
    const uint8_t *data;
    size_t n;
    bool damaged; /* its data cannot be reached: n is 0 */
};

struct ym_regf_values {
    const struct ym_regf_value *v;
    size_t n;
};

/* TRUNCATED: shorter than a base block.  MALFORMED: no hive, or a damaged header.  UNSUPPORTED:
 * a version before 1.3.  Of a file that is shorter than its header says the rest is read. */
YM_MUST_CHECK ym_status ym_regf_open(struct ym_reader file, struct ym_regf *ret_hive,
                                     struct ym_err *err);

/* All of these: MALFORMED for damage, LIMIT and NOMEM of the arena or a bound above. */
YM_MUST_CHECK ym_status ym_regf_root(const struct ym_regf *hive, struct ym_arena *arena,
                                     struct ym_regf_key *ret_key, struct ym_err *err);
YM_MUST_CHECK ym_status ym_regf_subkeys(const struct ym_regf *hive, const struct ym_regf_key *key,
                                        struct ym_arena *arena, struct ym_regf_keys *ret_keys,
                                        struct ym_err *err);
YM_MUST_CHECK ym_status ym_regf_values(const struct ym_regf *hive, const struct ym_regf_key *key,
                                       struct ym_arena *arena, struct ym_regf_values *ret_values,
                                       struct ym_err *err);
/* Path with '\' between keys, below the root; "" is the root.  END: there is no such key. */
YM_MUST_CHECK ym_status ym_regf_find(const struct ym_regf *hive, const char *path,
                                     struct ym_arena *arena, struct ym_regf_key *ret_key,
                                     struct ym_err *err);
/* "" is the default value.  END: there is no such value. */
YM_MUST_CHECK ym_status ym_regf_value(const struct ym_regf *hive, const struct ym_regf_key *key,
                                      const char *name, struct ym_arena *arena,
                                      struct ym_regf_value *ret_value, struct ym_err *err);
/* END: it has none. */
YM_MUST_CHECK ym_status ym_regf_class_name(const struct ym_regf *hive,
                                           const struct ym_regf_key *key, struct ym_arena *arena,
                                           struct ym_str *ret_name, struct ym_err *err);
/* The bytes of its security descriptor.  END: it has none. */
YM_MUST_CHECK ym_status ym_regf_security(const struct ym_regf *hive, const struct ym_regf_key *key,
                                         struct ym_reader *ret_descriptor, struct ym_err *err);

/* Gives a key the permissions of the key above it: it names that one's cell, both counts move by one,
 * and a cell that no key names any more leaves the ring and is free.  Nothing else changes, no byte
 * is added.  file: the whole hive, n bytes, as ym_regf_open() takes it.
 * END: there is no such key.  UNSUPPORTED: the root, which has none above it.  MALFORMED: the ring
 * does not hold together, or a count is smaller than the number of keys that name the cell, so that
 * freeing it would take the permissions of another key away.  On failure nothing was changed. */
YM_MUST_CHECK ym_status ym_regf_inherit(uint8_t *file, size_t n, const char *path,
                                        struct ym_arena *arena, struct ym_err *err);
/* Would it?  The same answers; nothing is changed. */
YM_MUST_CHECK ym_status ym_regf_may_inherit(const struct ym_regf *hive, const char *path,
                                            struct ym_arena *arena, struct ym_err *err);

/* --- security descriptors --------------------------------------------------------------------- */

enum { /* struct ym_security_entry.flags */
       YM_SECURITY_INHERIT_ONLY = 8
};
enum { /* struct ym_security_entry.type */
       YM_SECURITY_ALLOWED = 0,
       YM_SECURITY_DENIED = 1
};

struct ym_security_entry {
    uint8_t type, flags;
    uint32_t mask;
    const char *sid; /* "S-1-5-32-544"; NULL: a type of entry that is not read, mask is 0 */
};

struct ym_security {
    uint16_t control;
    const char *owner, *group;               /* NULL: none */
    bool has_dacl;                           /* false: everybody may do everything */
    const struct ym_security_entry *entries; /* of the DACL, in its order */
    size_t n_entries;
};

/* A self-relative descriptor.  TRUNCATED, MALFORMED; UNSUPPORTED: not self-relative; LIMIT. */
YM_MUST_CHECK ym_status ym_security_parse(struct ym_reader descriptor, struct ym_arena *arena,
                                          struct ym_security *ret_security, struct ym_err *err);

#endif
