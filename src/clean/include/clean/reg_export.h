/* reg_export.h - the registry steps of a plan as a .reg file, for the machine itself.
 *
 *     struct ym_buf reg, undo;
 *     struct ym_reg_export_count n;
 *     YM_TRY(ym_reg_export_make(plan, &reg, &undo, &n, err));
 *     // both are whole files: "Windows Registry Editor Version 5.00", UTF-16LE with its mark
 *
 * What regedit does with it: KB310516.  `undo` gives the old values back, deleted keys with all that
 * was in them (their permissions become those of the key above).  Keys of the current control set
 * are written as CurrentControlSet.  Files and lines that are to go, and whatever an import cannot
 * do, stand as comments at the end of `reg`.
 *
 * Names come from a machine that may be infected: one with a line end or another control character
 * in it, which would become a line of its own, is never written but left to be done by hand.
 * Deterministic: no time, no random. */
#ifndef YM_CLEAN_REG_EXPORT_H
#define YM_CLEAN_REG_EXPORT_H

#include "base/buf.h"
#include "base/status.h"
#include "clean/plan.h"

#include <stddef.h>

enum { YM_REG_EXPORT_MAX = 256 << 20 /* bytes of either file */ };

struct ym_reg_export_count {
    size_t written; /* steps that the file does */
    size_t by_hand; /* steps left as comments */
};

/* Both buffers are the caller's, initialised, and emptied first. */
YM_MUST_CHECK ym_status ym_reg_export_make(const struct ym_clean_plan *plan, struct ym_buf *reg,
                                           struct ym_buf *undo,
                                           struct ym_reg_export_count *ret_count,
                                           struct ym_err *err);

#endif
