/* windows_int.h - what the detectors of an offline Windows volume share; private to clean/. */
#ifndef YM_CLEAN_WINDOWS_INT_H
#define YM_CLEAN_WINDOWS_INT_H

#include "detect.h"

/* NULL: there is none.  prefix: "HKLM\SYSTEM", "HKU\name". */
struct ym_clean_hive *ym_win_hive(const struct ym_clean_scan *s, const char *prefix);

/* END also for what could not be read: a gap is noted, and the detector goes on. */
YM_MUST_CHECK ym_status ym_win_values(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                      const char *key, struct ym_reg_values *ret_values);
YM_MUST_CHECK ym_status ym_win_keys(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                    const char *key, struct ym_reg_keys *ret_keys);

/* NULL: no value of that name.  Names have no case. */
const struct ym_reg_value *ym_win_value(const struct ym_reg_values *values, const char *name);
/* "": none, or it is no text. */
const char *ym_win_text(struct ym_clean_scan *s, const struct ym_reg_values *values,
                        const char *name);
/* "REG_DWORD 4"; NULL: no memory. */
const char *ym_win_show(struct ym_clean_scan *s, const struct ym_reg_value *v);

/* Does all that the artefact says of a value's data hold?  Of a list: for one of its texts. */
YM_MUST_CHECK ym_status ym_win_value_matches(struct ym_clean_scan *s, const struct ym_reg_value *v,
                                             bool *ret);
YM_MUST_CHECK ym_status ym_win_value_finding(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                             const char *key, const struct ym_reg_value *v,
                                             struct ym_clean_finding **ret);
/* after NULL: the value is deleted; old->name NULL: there is none yet. */
YM_MUST_CHECK ym_status ym_win_value_step(struct ym_clean_scan *s,
                                          const struct ym_clean_finding *why,
                                          const struct ym_clean_hive *h, const char *key,
                                          const struct ym_reg_value *old,
                                          const struct ym_reg_value *after);

/* windows_parts.c */
/* "%SystemRoot%\system32\x.dll" and "C:\WINDOWS\system32\x.dll" to a path of the volume; NULL:
 * names a place that we do not know. */
const char *ym_win_volume_path(struct ym_clean_scan *s, const char *text);
/* The program of an ImagePath: its quotes, the prefixes of kernel paths and what follows the
 * program's name are no part of it; NULL: names a place that we do not know.  A path without a
 * drive lies below the Windows folder. */
const char *ym_win_image_path(struct ym_clean_scan *s, const char *image);
/* The program that a command line in this hive starts, of rundll32 the DLL that it loads; variables
 * of the user are those of the hive's profile.  NULL: names a place that we do not know. */
const char *ym_win_program_of(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                              const char *command);
/* Is the file of this path in one of the folders (globs)? */
bool ym_win_in_folders(const struct ym_texts *folders, const char *path);
/* Takes texts out of a REG_MULTI_SZ; every other byte stays. */
YM_MUST_CHECK ym_status ym_win_drop_texts(struct ym_clean_scan *s, const struct ym_reg_value *old,
                                          bool (*is)(const void *ctx, const char *text),
                                          const void *ctx, struct ym_reg_value *ret_new,
                                          bool *ret_changed);
/* With all that is below it, which an undo by value can put back; what cannot be saved is a gap and
 * no step. */
YM_MUST_CHECK ym_status ym_win_delete_key_step(struct ym_clean_scan *s,
                                               const struct ym_clean_finding *why,
                                               const struct ym_clean_hive *h, const char *key);

/* windows_services.c: a file that goes with what names it, and its copies; none there: nothing. */
YM_MUST_CHECK ym_status ym_win_file_finding(struct ym_clean_scan *s, const char *path,
                                            const char *what);

/* windows_keys.c */
/* END: no such key; what could not be looked at is a gap; UNSUPPORTED: nothing is known of the
 * permissions in this registry. */
YM_MUST_CHECK ym_status ym_win_security(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                        const char *key, struct ym_reg_security *ret_security);
/* "may not be read by Administrators and SYSTEM; denies something to Everyone" in words; "": the
 * permissions are those of an ordinary key.  NULL: no memory. */
const char *ym_win_security_words(struct ym_clean_scan *s, const struct ym_reg_security *security,
                                  bool write);

/* Calls fn for every (hive, key) that a key of a family file stands for, or that lies in each control
 * set. */
typedef ym_status ym_win_place_fn(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                  const char *key);
YM_MUST_CHECK ym_status ym_win_each_key(struct ym_clean_scan *s, ym_win_place_fn *fn);
YM_MUST_CHECK ym_status ym_win_each_control_set(struct ym_clean_scan *s, const char *rest,
                                                ym_win_place_fn *fn);

#endif
