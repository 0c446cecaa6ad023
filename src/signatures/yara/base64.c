/* base64.c - what a text looks like inside base64.
 *
 * Base64 turns 3 bytes into 4 characters, so a text stands at one of three alignments: 0, 1 or 2
 * bytes were before it in its group.  Each alignment is one spelling: the encoding of the text
 * behind so many other bytes, without the characters that depend on what stands before or after
 * it.  As in YARA 4.5 that is all characters any of whose bits are foreign: behind i > 0 bytes
 * the first i + 1, and at an end that fills no group the last one.
 *
 * A text of one byte has no spelling behind one byte: nothing of it would be left. */
#include "yara_int.h"

#include <string.h>

/* The character that holds bits 6 * i .. 6 * i + 5 of the text behind `before` zero bytes, which
 * count as bits of value 0 like those past the end. */
static char character(struct ym_str text, size_t before, size_t i, const char alphabet[64]) {
    unsigned value = 0;

    for (size_t bit = 6 * i; bit < 6 * i + 6; bit++) {
        size_t byte = bit / 8;
        bool inside = byte >= before && byte - before < text.n;
        unsigned c = inside ? (unsigned char)text.s[byte - before] : 0;

        value = value << 1 | (c >> (7 - bit % 8) & 1);
    }
    return alphabet[value];
}

ym_status yara_base64_variants(struct yara_parser *p, struct ym_str text, const char alphabet[64],
                               bool widen, struct ym_pattern *pattern) {
    const size_t step = widen ? 2 : 1;

    for (size_t before = 0; before < 3; before++) {
        size_t first = before == 0 ? 0 : before + 1;
        size_t end = (before + text.n) * 8 / 6; /* characters all of whose bits are known */
        struct ym_node *node = YM_ARENA_NEW(p->y->arena, struct ym_node);
        uint8_t *bytes;

        if (first >= end) {
            continue;
        }
        bytes = ym_arena_zalloc(p->y->arena, end - first, step);
        if (node == NULL || bytes == NULL) {
            return yara_out_of_memory(p);
        }
        for (size_t i = first; i < end; i++) {
            bytes[(i - first) * step] = (uint8_t)character(text, before, i, alphabet);
        }
        node->op = YM_NODE_BYTES;
        node->len = (uint32_t)((end - first) * step);
        node->u.bytes.value = bytes;
        pattern->variants[pattern->n_variants++] = (struct ym_variant){.body = node};
    }
    return YM_OK;
}
