/* reg_text.h - a registry from text exports: what regedit, `reg export` and Samba's
 * `net rpc registry export` write.
 *
 *     struct ym_reg_text *t;
 *     YM_TRY(ym_reg_text_new("HKEY_LOCAL_MACHINE\\SYSTEM", &t, err));
 *     st = ym_reg_text_read(t, reader, "SYSTEM.reg", err);      // as many files as there are
 *     st = ym_reg_text_finish(t, err);
 *     st = ym_reg_text_values(t, arena, "ControlSet001\\Control\\Lsa", &values, err);
 *     ym_reg_text_free(t);
 *
 * That is the parser; it runs in the locked-up process of clean/registry.h.  What the product uses
 * is ym_reg_text_open_beside(), a struct ym_registry over it that can be read and not changed.
 *
 * Form (Microsoft KB310516, "How to add, modify, or delete registry subkeys and values by using a
 * .reg file"): "Windows Registry Editor Version 5.00" or "REGEDIT4", then [keys] with their values
 * below: "name"="text", dword:, hex:, hex(n):, a line that ends in \ goes on in the next, @ is the
 * default value.  UTF-16LE with its mark, or UTF-8.  Text of an old code page is refused as soon as
 * it holds more than ASCII: of Japanese ones nobody knows where a character ends.  In REGEDIT4 the
 * bytes of hex(1), hex(2) and hex(7) are characters; they are made UTF-16.  An export never deletes
 * ([-key], "name"=-): a file that does is one of changes and is refused, as is one that ends within
 * a line.
 *
 * What an export does not cover is not known, and that is not the same as absent.  A file covers
 * its first key with all below it; the next key that does not lie below starts another covered
 * part, and so on.  Below a covered key what is not written is absent (END); elsewhere every
 * question is answered with UNSUPPORTED, "not exported".  Only the root's subkeys are listed as
 * far as they are known.  A line
 *
 *     ;yamori-absent [HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft]
 *
 * which `yamori-collect` writes, says that the key was asked for and does not exist.
 *
 * A key whose permissions deny the exporter is missing in the text, and worms deny theirs.  Where the
 * exporter tells, `yamori-collect` writes
 *
 *     ;yamori-denied [abcdef]
 *
 * with the key's own name, which is all that is known: wherever that name stands in a path, the
 * answer is UNSUPPORTED, and ym_registry_export_denied() names it.  Other exporters keep silent; a
 * hive saved with `reg save` has no such holes.
 *
 * CurrentControlSet is a link on a live machine.  It answers as the ControlSetNNN that Select names
 * (001 where Select is not exported, and Select\Current is then 1). */
#ifndef YM_CLEAN_REG_TEXT_H
#define YM_CLEAN_REG_TEXT_H

#include "base/arena.h"
#include "base/reader.h"
#include "base/status.h"
#include "clean/registry.h"
#include "clean/volume.h"

#include <stdbool.h>

enum {
    YM_REG_TEXT_KEYS_MAX = 4 << 20,
    YM_REG_TEXT_VALUES_MAX = 16 << 20,
    YM_REG_TEXT_KEY_MAX = 1024,   /* bytes of a key's own name: 255 characters */
    YM_REG_TEXT_PATH_MAX = 65535, /* bytes of its whole name */
    YM_REG_TEXT_NAME_MAX = 65535, /* bytes of a value's name: 16383 characters */
    YM_REG_TEXT_DEPTH_MAX = 512,  /* keys within keys: Windows' own limit */
    YM_REG_TEXT_FILES_MAX = 64,   /* exports of one hive */
    YM_REG_TEXT_MEMORY = 1 << 30  /* of the tree, in the process that reads it */
};

struct ym_reg_text; /* opaque: see reg_text_int.h */

/* root: "HKEY_LOCAL_MACHINE\SYSTEM"; "HKEY_USERS\*" is that of the one user whose keys the files
 * have, also as HKEY_CURRENT_USER.  Keys of other hives in the files are passed over. */
YM_MUST_CHECK ym_status ym_reg_text_new(const char *root, struct ym_reg_text **ret_text,
                                        struct ym_err *err);
/* shown: for messages; borrowed during the call. */
YM_MUST_CHECK ym_status ym_reg_text_read(struct ym_reg_text *t, struct ym_reader r,
                                         const char *shown, struct ym_err *err);
/* After the last file.  UNSUPPORTED: nothing of this hive is in them. */
YM_MUST_CHECK ym_status ym_reg_text_finish(struct ym_reg_text *t, struct ym_err *err);
/* As ym_registry_keys() and ym_registry_values(); subkeys sorted without regard to case. */
YM_MUST_CHECK ym_status ym_reg_text_keys(struct ym_reg_text *t, struct ym_arena *arena,
                                         const char *key, struct ym_reg_keys *ret_keys,
                                         struct ym_err *err);
YM_MUST_CHECK ym_status ym_reg_text_values(struct ym_reg_text *t, struct ym_arena *arena,
                                           const char *key, struct ym_reg_values *ret_values,
                                           struct ym_err *err);
/* Where the hive hangs on the live machine: "HKEY_USERS\S-1-5-21-..."; borrowed from t. */
const char *ym_reg_text_place(const struct ym_reg_text *t);
/* As ym_registry_export_denied(). */
const char *ym_reg_text_denied(const struct ym_reg_text *t);
void ym_reg_text_free(struct ym_reg_text *t); /* accepts NULL */

/* The exports of a hive that is not there: for ".../config/SYSTEM" every file of that folder named
 * SYSTEM*.reg, where after the name comes no letter.  Read in a process of its own, as hives are.
 * *ret_file: the first of them.  END: there is none. */
YM_MUST_CHECK ym_status ym_reg_text_open_beside(const struct ym_volume *v, const char *path,
                                                const char *root, struct ym_arena *arena,
                                                struct ym_registry **ret_registry,
                                                const char **ret_file, struct ym_err *err);
/* Is it such a registry?  Then ym_reg_text_place() of it, else NULL. */
const char *ym_registry_export_place(const struct ym_registry *r);
/* "abcdef, Properties ...": the names of what the exporter was not allowed to read; "": none. */
const char *ym_registry_export_denied(const struct ym_registry *r);

#endif
