/* hexpart.h - between hexpattern.c and hexpart.c: one part of a hex pattern. */
#ifndef YM_SIGNATURES_CLAMAV_HEXPART_H
#define YM_SIGNATURES_CLAMAV_HEXPART_H

#include "clamav_int.h"

/* A list of nodes under construction, in the line's arena. */
struct ym_clamav_list {
    struct ym_node *first, *last;
};

/* A new node at the end of the list; NULL: the arena is full, ym_clamav_full() says it. */
struct ym_node *ym_clamav_append(struct ym_arena *arena, struct ym_clamav_list *list,
                                 ym_node_op op);
ym_status ym_clamav_full(struct ym_clamav_line *line);

/* bb[x-y] before or [x-y]bb after a part: one byte, min..max bytes away from it. */
struct ym_clamav_clause {
    bool present;
    uint8_t value, mask;
    uint32_t min, max;
};

struct ym_clamav_part {
    struct ym_clamav_list nodes; /* without the clauses; never empty */
    struct ym_clamav_clause left, right;
};

/* flags: enum ym_clamav_hex_flag; FILTERED is for a target whose patterns the peer also enters
 * into a filter. */
ym_status ym_clamav_parse_part(struct ym_clamav_line *line, struct ym_str text, unsigned flags,
                               struct ym_clamav_part *ret_part);

/* "41" "4?" "?1" "??" at s[0..2). */
bool ym_clamav_parse_pair(const char *s, uint8_t *ret_value, uint8_t *ret_mask);

#endif
