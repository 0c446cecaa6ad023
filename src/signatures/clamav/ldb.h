/* ldb.h - between the files that read logical signatures: ldb.c (lines), ldb_tdb.c (target
 * description), ldb_expr.c (expressions), ldb_subsig.c and ldb_compare.c (subsignatures). */
#ifndef YM_SIGNATURES_CLAMAV_LDB_H
#define YM_SIGNATURES_CLAMAV_LDB_H

#include "clamav_int.h"

/* Why a signature of a newer or an older engine is passed over; a static string. */
typedef const char *ym_ldb_skip;

/* One signature under construction, in the line's arena. */
struct ym_ldb {
    struct ym_clamav_line *line;
    unsigned target;
    struct ym_logical logical;
    struct ym_subsig subsigs[YM_LOGICAL_MAX_SUBSIGS];
    struct ym_pattern patterns[YM_LOGICAL_MAX_SUBSIGS];
    uint32_t n_patterns;
};

/* Fills target and the description of logical.  *ret_skip: not NULL when the signature is none for
 * this engine (then nothing else is known of it). */
ym_status ym_ldb_parse_tdb(struct ym_ldb *sig, struct ym_str text, ym_ldb_skip *ret_skip);

/* text to a tree; *ret_last: the largest index of a subsignature in it. */
ym_status ym_ldb_parse_expr(struct ym_clamav_line *line, struct ym_str text,
                            const struct ym_logic **ret_expr, uint32_t *ret_last);

/* Subsignature number i. */
ym_status ym_ldb_parse_subsig(struct ym_ldb *sig, uint32_t i, struct ym_str text);

/* ref(offset#options#tests).  *ret_never: well-formed, but the peer never finds it true. */
bool ym_ldb_is_compare(struct ym_str text);
ym_status ym_ldb_parse_compare(struct ym_clamav_line *line, struct ym_str text,
                               struct ym_byte_compare *ret_compare, bool *ret_never);

/* Cuts text at sep into at most max fields, but not inside of /.../ of fields from first on (where
 * \/ is no end).  Returns how many, max + 1 for more (then what is left is not cut off). */
unsigned ym_ldb_split(struct ym_str text, char sep, unsigned first, struct ym_str *ret_fields,
                      unsigned max);

/* An integer at the start of *text as C libraries read it, which the peer leaves it to: spaces and
 * a sign may stand before it, base 0 knows 0x and a leading 0, a number too large becomes the
 * largest.  Cuts it off; false: there is none. */
bool ym_ldb_scan(struct ym_str *text, unsigned base, int64_t *ret_value);
/* The same for an unsigned number of 32 bits, which wraps. */
bool ym_ldb_scan_u32(struct ym_str *text, uint32_t *ret_value);

#endif
