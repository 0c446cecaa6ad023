/* sam_policy.h - the account policy of a Windows machine, from its SAM hive.
 *
 * The value F of the key SAM\Domains\Account is a fixed structure, little-endian:
 *
 *   offset  bytes  what
 *        0      2  revision: 2, since Windows 10 also 3
 *       24      8  longest age of a password, in -100 ns
 *       32      8  shortest age
 *       48      8  how long an account stays locked, in -100 ns; the smallest number: for ever
 *       56      8  in which time failures are counted together, in -100 ns
 *       76      4  properties: bit 0 = passwords must be complex
 *       80      2  shortest length of a password
 *       82      2  passwords that are remembered
 *       84      2  failures after which an account is locked; 0: never
 *
 * Keys of the hive's encryption follow at 104; they are not read here.
 * Source: the structure DOMAIN_ACCOUNT_F as public readers of the SAM describe it (impacket and
 * others agree on every offset); meaning and range of the fields: MS-SAMR 2.2.3.5 and 2.2.3.15
 * ("DOMAIN_PASSWORD_INFORMATION", "SAMPR_DOMAIN_LOCKOUT_INFORMATION").
 *
 * Nothing is guessed: a value that is too short is TRUNCATED, one whose fields are not plausible
 * together is MALFORMED, and *ret_policy is untouched. */
#ifndef YM_CLEAN_SAM_POLICY_H
#define YM_CLEAN_SAM_POLICY_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_SAM_POLICY_SIZE = 104,   /* bytes that must be there */
    YM_SAM_MINUTES_MAX = 99999, /* what Windows lets one set */
    YM_SAM_LENGTH_MAX = 256,    /* characters of a password; longer is not plausible */
    YM_SAM_HISTORY_MAX = 1024,  /* remembered passwords */
    YM_SAM_THRESHOLD_MAX = 999  /* failures, what Windows lets one set */
};

struct ym_sam_policy {
    uint32_t lockout_threshold; /* 0: never locked */
    bool lockout_for_ever;      /* until someone unlocks it */
    uint64_t lockout_minutes;   /* 0 when for_ever */
    uint64_t window_minutes;
    uint32_t min_length;
    uint32_t history;
    bool complexity;
};

YM_MUST_CHECK ym_status ym_sam_policy_parse(const uint8_t *data, size_t n,
                                            struct ym_sam_policy *ret_policy, struct ym_err *err);

#endif
