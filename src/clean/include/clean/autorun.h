/* autorun.h - autorun.inf as a worm writes it.
 *
 * Sources: the analyses of Conficker's file (F-Secure W32/Downaduprun.A, the deobfuscator by
 * wahlflo) and the documented keys of AutoRun.  Rules, all of which exist because a real file
 * needed them:
 *
 *  1. UTF-16LE (with its mark FF FE) and 8-bit text are both read; a NUL does not end anything.
 *  2. Lines end in CR, LF or both.  White space and bytes that print nothing are no part of a
 *     name, wherever they stand.
 *  3. A section begins with '['; the closing bracket may be missing, as in "[AUTorUN".
 *  4. Only sections whose name begins with "autorun" count, without regard to case.
 *  5. "name = value" there is kept; ';' begins a comment line; everything else is padding.
 *  6. The same name twice: both are kept, in order.
 *
 * Names are lower case.  Texts live in the arena. */
#ifndef YM_CLEAN_AUTORUN_H
#define YM_CLEAN_AUTORUN_H

#include "base/arena.h"
#include "base/reader.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    YM_AUTORUN_FILE_MAX = 4 << 20, /* bytes; Conficker's have up to about 90 KB, real ones < 1 KB */
    YM_AUTORUN_KEYS_MAX = 1000
};

struct ym_autorun_key {
    struct ym_autorun_key *next;
    const char *name, *value;
};

struct ym_autorun {
    const struct ym_autorun_key *keys;
    size_t n_keys;
};

/* LIMIT: more keys than the maximum; NOMEM or LIMIT of the arena.  Never MALFORMED: a file
 * without any key is an autorun.inf with no keys. */
YM_MUST_CHECK ym_status ym_autorun_parse(struct ym_reader whole, struct ym_arena *arena,
                                         struct ym_autorun *ret_autorun, struct ym_err *err);

/* True for the names whose value is run: open, shellexecute, shell\<verb>\command. */
bool ym_autorun_runs(const struct ym_autorun_key *key);

#endif
