/* database/list.h - every signature of an image, one after the other (`yamori db diff`). */
#ifndef YM_DATABASE_LIST_H
#define YM_DATABASE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_db;

/* name is borrowed for the length of the call and may hold any byte.  The fingerprint is of what
 * the signature means: equal for equal signatures of two images, wherever they were written.  (Of
 * a YARA rule that names other rules it also depends on how many rules stand before those.) */
struct ym_db_entry {
    const char *kind; /* "pattern", "logical", "macro", "yara", "file hash" ... */
    const char *name;
    size_t name_len;
    uint64_t fingerprint;
};

/* false: no more. */
typedef bool ym_db_entry_fn(void *self, const struct ym_db_entry *e);
void ym_db_list(const struct ym_db *db, ym_db_entry_fn *fn, void *self);

/* FNV-1a of n bytes, going on from h; the first h is YM_HASH_START. */
#define YM_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t ym_hash_more(uint64_t h, const void *p, size_t n);

#endif
