/* policy_text.h - the rules for passwords as programs print them, where the SAM was not collected.
 *
 *     struct ym_policy_text p;
 *     YM_TRY(ym_policy_text_parse(text, n, arena, &p, err));
 *     if (p.has_threshold) { ... p.threshold ... }
 *
 * Two forms are known, both "label: value", one a line:
 *   - Samba's `rpcclient -c 'querydominfo 1; querydominfo 12'` (source3/rpcclient/cmd_samr.c)
 *   - Windows' `net accounts`, in English (shown for instance at
 *     renenyffenegger.ch/notes/Windows/dirs/Windows/System32/net_exe/accounts) and in
 *     Japanese [M]; it does not tell whether passwords must be mixed
 * UTF-8, or UTF-16LE with its mark.  Lines with other labels are passed over; a known label with a
 * value that is none, or two different ones, makes the whole text MALFORMED, one on a line that does
 * not end TRUNCATED.  A number that is not
 * there is not known. */
#ifndef YM_CLEAN_POLICY_TEXT_H
#define YM_CLEAN_POLICY_TEXT_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_POLICY_TEXT_MAX = 64 << 10 /* bytes */ };

struct ym_policy_text {
    bool has_threshold, has_length, has_history, has_complexity;
    uint32_t threshold; /* failures before a lockout; 0: never */
    uint32_t length;    /* shortest password */
    uint32_t history;   /* remembered passwords */
    bool complexity;
};

/* UNSUPPORTED: no label of either form is in it.  LIMIT: longer than YM_POLICY_TEXT_MAX. */
YM_MUST_CHECK ym_status ym_policy_text_parse(const uint8_t *text, size_t n, struct ym_arena *arena,
                                             struct ym_policy_text *ret_policy, struct ym_err *err);

#endif
