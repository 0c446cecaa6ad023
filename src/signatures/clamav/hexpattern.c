/* hexpattern.c - the hex pattern language: parts, the gaps between them, and their assembly.
 *
 *     pattern = part { gap part }
 *     gap     = "*" | "{n}" | "{-n}" | "{n-}" | "{n-m}"
 *
 * 1. {n} with 1 <= n <= 127, as long as no other kind of {} stands before it, is n times ??; it
 *    does not split the pattern, and may stand inside a group.
 * 2. Every other gap splits.  Its bounds are of the bytes between the end of one part and the
 *    start of the next; a bound of 0 is no bound: {0} and {0-0} are the same as *.
 * 3. A clause (one byte near a part, hexpart.h) belongs to neither length: gap and place are of
 *    the part itself.  So `bb[1-2]HEX` at a fixed place is not "bb at that place" but "HEX there,
 *    and bb 1 or 2 bytes before", and between two parts the byte of a clause may lie inside the
 *    other part.  It becomes a zero-width NEAR.
 * 4. Without any of ? ( [ the peer uses its other matcher, which asks for three bytes, for
 *    target 0, and for target 1 at most places. */
#include "hexpart.h"

#include <assert.h>
#include <string.h>

enum { MAX_WILDCARD_RUN = 127, MIN_PLAIN_BYTES = 3 };

struct gap {
    uint32_t min, max; /* max YM_JUMP_INF: no bound */
};

struct split {
    struct ym_clamav_part *parts;
    struct gap *gaps; /* gaps[i] lies before parts[i]; gaps[0] is unused */
    size_t n;
};

/* ---- {n} ------------------------------------------------------------------------------------- */

/* Is s[0..left) a lone {n}, 1 <= n <= 127?  *ret_len: its characters. */
static bool lone_count(const char *s, size_t left, uint32_t *ret_count, size_t *ret_len) {
    const char *close = memchr(s, '}', left);
    size_t len;

    if (close == NULL) {
        return false;
    }
    len = (size_t)(close - s) + 1;
    if (!ym_parse_u32(s + 1, len - 2, ret_count)) {
        return false;
    }
    *ret_len = len;
    return *ret_count >= 1 && *ret_count <= MAX_WILDCARD_RUN;
}

/* Rewrites the {n} before the first other {} as ??...; the result is in the arena. */
static ym_status expand_counts(struct ym_clamav_line *line, struct ym_str *hex) {
    size_t room = hex->n;
    size_t n = 0;
    size_t len;
    uint32_t count;
    char *out;

    for (size_t i = 0; i < hex->n; i++) {
        room += hex->s[i] == '{' ? 2 * MAX_WILDCARD_RUN : 0;
    }
    out = ym_arena_zalloc(line->ld->arena, room + 1, 1);
    if (out == NULL) {
        return ym_clamav_full(line);
    }
    for (size_t i = 0; i < hex->n;) {
        if (hex->s[i] != '{') {
            out[n++] = hex->s[i++];
        } else if (lone_count(hex->s + i, hex->n - i, &count, &len)) {
            memset(out + n, '?', (size_t)2 * count);
            n += (size_t)2 * count;
            i += len;
        } else {
            memcpy(out + n, hex->s + i, hex->n - i);
            n += hex->n - i;
            break;
        }
    }
    *hex = (struct ym_str){out, n};
    return YM_OK;
}

/* ---- Gaps ------------------------------------------------------------------------------------ */

/* A bound of a range: nothing is 0. */
static bool parse_bound(struct ym_str s, uint32_t *ret_value) {
    return ym_clamav_number(s.s, s.n, ret_value) && *ret_value <= INT32_MAX;
}

/* What stands between { and }. */
static bool parse_gap(struct ym_str s, struct gap *ret_gap) {
    const char *dash = s.n == 0 ? NULL : memchr(s.s, '-', s.n);
    struct ym_str low = s;
    struct ym_str high = s;
    struct gap gap;

    if (dash != NULL) {
        low.n = (size_t)(dash - s.s);
        high = (struct ym_str){dash + 1, s.n - low.n - 1};
        if (high.n > 0 && high.s[high.n - 1] == '-') {
            high.n--; /* "{1-2-}": an empty third bound is no bound */
        }
    }
    if (!parse_bound(low, &gap.min) || !parse_bound(high, &gap.max)) {
        return false;
    }
    gap.max = gap.max == 0 ? YM_JUMP_INF : gap.max;
    *ret_gap = gap;
    return true;
}

static bool has_gap_in_group(struct ym_str hex) {
    int level = 0;

    for (size_t i = 0; i < hex.n; i++) {
        level += hex.s[i] == '(' ? 1 : 0;
        level -= hex.s[i] == ')' ? 1 : 0;
        if (level != 0 && (hex.s[i] == '*' || hex.s[i] == '{')) {
            return true;
        }
    }
    return false;
}

static size_t count_parts(struct ym_str hex) {
    size_t n = 1;

    for (size_t i = 0; i < hex.n; i++) {
        n += hex.s[i] == '*' || hex.s[i] == '{' ? 1 : 0;
    }
    return n;
}

/* Cuts the next part off *hex and reads the gap after it; *ret_more: there is one. */
static ym_status next_part(struct ym_clamav_line *line, struct ym_str *hex, struct ym_str *ret_part,
                           struct gap *ret_gap, bool *ret_more) {
    size_t n = 0;
    const char *close;

    while (n < hex->n && hex->s[n] != '*' && hex->s[n] != '{') {
        n++;
    }
    *ret_part = (struct ym_str){hex->s, n};
    *ret_more = n < hex->n;
    if (!*ret_more) {
        return YM_OK;
    }
    if (hex->s[n] == '*') {
        *ret_gap = (struct gap){0, YM_JUMP_INF};
        *hex = (struct ym_str){hex->s + n + 1, hex->n - n - 1};
        return YM_OK;
    }
    close = memchr(hex->s + n, '}', hex->n - n);
    if (close == NULL ||
        !parse_gap((struct ym_str){hex->s + n + 1, (size_t)(close - hex->s) - n - 1}, ret_gap)) {
        return ym_clamav_bad(line, YM_MALFORMED, "{} is not {n}, {-n}, {n-} or {n-m}");
    }
    hex->n -= (size_t)(close + 1 - hex->s);
    hex->s = close + 1;
    return YM_OK;
}

static ym_status split_parts(struct ym_clamav_line *line, struct ym_str hex, unsigned flags,
                             struct split *ret_split) {
    size_t room = count_parts(hex);
    struct split s = {.n = 0};
    struct gap gap = {0, 0};
    struct ym_str text;
    bool more = true;

    if (has_gap_in_group(hex)) {
        return ym_clamav_bad(line, YM_MALFORMED, "* and ranges cannot stand inside ()");
    }
    s.parts = YM_ARENA_ARRAY(line->ld->arena, room, struct ym_clamav_part);
    s.gaps = YM_ARENA_ARRAY(line->ld->arena, room + 1, struct gap);
    if (s.parts == NULL || s.gaps == NULL) {
        return ym_clamav_full(line);
    }
    while (more) {
        YM_TRY(next_part(line, &hex, &text, &gap, &more));
        YM_TRY(ym_clamav_parse_part(line, text, flags, &s.parts[s.n]));
        s.n++;
        if (more) {
            s.gaps[s.n] = gap;
        }
    }
    *ret_split = s;
    return YM_OK;
}

/* ---- Assembly -------------------------------------------------------------------------------- */

static ym_status append_gap(struct ym_clamav_line *line, struct ym_clamav_list *list,
                            const struct gap *gap) {
    struct ym_node *node;

    if (gap->min == 0 && gap->max == 0) {
        return YM_OK;
    }
    node = ym_clamav_append(line->ld->arena, list, YM_NODE_JUMP);
    if (node == NULL) {
        return ym_clamav_full(line);
    }
    node->u.jump.min = gap->min;
    node->u.jump.max = gap->max;
    return YM_OK;
}

static ym_status append_clause(struct ym_clamav_line *line, struct ym_clamav_list *list,
                               const struct ym_clamav_clause *c, bool left) {
    struct ym_node *node;

    if (!c->present) {
        return YM_OK;
    }
    node = ym_clamav_append(line->ld->arena, list, YM_NODE_NEAR);
    if (node == NULL) {
        return ym_clamav_full(line);
    }
    node->u.near.min = (uint8_t)c->min;
    node->u.near.max = (uint8_t)c->max;
    node->u.near.value = c->value;
    node->u.near.mask = c->mask;
    node->u.near.left = left;
    return YM_OK;
}

static void append_list(struct ym_clamav_list *list, const struct ym_clamav_list *more) {
    if (list->last == NULL) {
        *list = *more;
    } else {
        list->last->next = more->first;
        list->last = more->last;
    }
}

static ym_status assemble(struct ym_clamav_line *line, const struct split *s,
                          struct ym_clamav_list *list) {
    for (size_t i = 0; i < s->n; i++) {
        const struct ym_clamav_part *part = &s->parts[i];

        if (i > 0) {
            YM_TRY(append_gap(line, list, &s->gaps[i]));
        }
        YM_TRY(append_clause(line, list, &part->left, true));
        append_list(list, &part->nodes);
        YM_TRY(append_clause(line, list, &part->right, false));
    }
    return YM_OK;
}

static bool is_possible(const struct split *s) {
    for (size_t i = 1; i < s->n; i++) {
        if (s->gaps[i].min > s->gaps[i].max) {
            return false;
        }
    }
    return true;
}

/* The targets for whose patterns the peer keeps a filter: any, PE, mail, text. */
static bool is_filtered(unsigned target) {
    return target == YM_TARGET_ANY || target == YM_TARGET_PE || target == YM_TARGET_MAIL ||
           target == YM_TARGET_TEXT;
}

/* Does the peer give this one to the matcher that knows no wildcards? */
static bool is_plain(struct ym_str hex, unsigned target, const struct ym_clamav_offset *offset) {
    bool any = !offset->is_macro && offset->place.kind == YM_PLACE_ANY;

    for (size_t i = 0; i < hex.n; i++) {
        if (strchr("?([{*", hex.s[i]) != NULL) {
            return false;
        }
    }
    return !offset->is_macro && !offset->has_version &&
           (target == YM_TARGET_ANY || (target == YM_TARGET_PE && !any && !offset->has_shift));
}

ym_status ym_clamav_parse_hex(struct ym_clamav_line *line, struct ym_str hex, unsigned target,
                              const struct ym_clamav_offset *offset, unsigned flags,
                              struct ym_clamav_body *ret_body) {
    struct ym_clamav_list nodes = {NULL, NULL};
    struct split s = {.n = 0};

    flags |= is_filtered(target) ? YM_CLAMAV_HEX_FILTERED : 0;
    YM_TRY(expand_counts(line, &hex));
    if ((flags & YM_CLAMAV_HEX_LOGICAL) == 0 && is_plain(hex, target, offset) &&
        hex.n < (size_t)2 * MIN_PLAIN_BYTES) {
        return ym_clamav_bad(line, YM_MALFORMED, "pattern is shorter than three bytes");
    }
    YM_TRY(split_parts(line, hex, flags, &s));
    assert(s.n > 0);
    assert(s.parts != NULL);
    if (is_possible(&s)) {
        YM_TRY(assemble(line, &s, &nodes));
    }
    ret_body->nodes = nodes.first;
    ret_body->impossible = nodes.first == NULL;
    return YM_OK;
}
