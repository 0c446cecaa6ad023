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

YM_MUST_CHECK ym_status ym_win_value_finding(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                             const char *key, const struct ym_reg_value *v,
                                             struct ym_clean_finding **ret);
/* after NULL: the value is deleted; old->name NULL: there is none yet. */
YM_MUST_CHECK ym_status ym_win_value_step(struct ym_clean_scan *s,
                                          const struct ym_clean_finding *why,
                                          const struct ym_clean_hive *h, const char *key,
                                          const struct ym_reg_value *old,
                                          const struct ym_reg_value *after);

/* Calls fn for every (hive, key) that a key of a family file stands for, or that lies in each control
 * set. */
typedef ym_status ym_win_place_fn(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                                  const char *key);
YM_MUST_CHECK ym_status ym_win_each_control_set(struct ym_clean_scan *s, const char *rest,
                                                ym_win_place_fn *fn);

#endif
