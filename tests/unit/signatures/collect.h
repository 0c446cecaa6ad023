/* collect.h - a sink that writes down what a parser gave it, one line each, in a form that tests
 * can compare:
 *
 *     rule Name target=1 EP+2,3 4142{0-inf}4? U      (U: unofficial; patterns separated by ' / ')
 *     digest file md5 size=12 0123... Name U
 *     row 3 1 2 "text"                               (table, numbers, texts)
 *     left-out file:3 functionality level
 *
 * Nodes: bytes in hex with ? for nibbles that do not count, {min-max}, [set], (alt|alt),
 * !(not|not), <B left edge, B> right edge, ! before an edge: negated. */
#ifndef YM_TEST_COLLECT_H
#define YM_TEST_COLLECT_H

#include "base/buf.h"
#include "base/text.h"
#include "signatures/rule.h"

#include <inttypes.h>

static inline void collect_nodes(struct ym_buf *b, const struct ym_node *n);

static inline void collect_bytes(struct ym_buf *b, const struct ym_node *n) {
    static const char digits[] = "0123456789abcdef";

    for (uint32_t i = 0; i < n->len; i++) {
        unsigned v = n->u.bytes.value[i];
        unsigned m = n->u.bytes.mask == NULL ? 0xff : n->u.bytes.mask[i];

        ym_buf_u8(b, (uint8_t)((m & 0xf0) == 0 ? '?' : digits[v >> 4]));
        ym_buf_u8(b, (uint8_t)((m & 0x0f) == 0 ? '?' : digits[v & 15]));
    }
}

/* Members in hex; more than 16 of them: "*" and those that are missing. */
static inline void collect_set(struct ym_buf *b, const uint8_t *set) {
    unsigned count = 0;

    for (unsigned c = 0; c < 256; c++) {
        count += set[c / 8] >> c % 8 & 1;
    }
    ym_buf_printf(b, count > 16 ? "[%u" : "[", count);
    for (unsigned c = 0; count <= 16 && c < 256; c++) {
        if ((set[c / 8] >> c % 8 & 1) != 0) {
            ym_buf_printf(b, "%02x", c);
        }
    }
    ym_buf_u8(b, ']');
}

static inline void collect_kids(struct ym_buf *b, const struct ym_node *n) {
    ym_buf_u8(b, '(');
    for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
        ym_buf_add_text(b, i == 0 ? "" : "|");
        collect_nodes(b, n->u.alt.kids[i]);
    }
    ym_buf_u8(b, ')');
}

static inline void collect_jump(struct ym_buf *b, const struct ym_node *n) {
    if (n->u.jump.max == YM_JUMP_INF) {
        ym_buf_printf(b, "{%u-inf}", n->u.jump.min);
    } else {
        ym_buf_printf(b, "{%u-%u}", n->u.jump.min, n->u.jump.max);
    }
}

static inline void collect_nodes(struct ym_buf *b, const struct ym_node *n) {
    static const char *const edges[] = {"<B", "B>", "<L", "L>", "<W", "W>"};

    for (; n != NULL; n = n->next) {
        switch (n->op) {
        case YM_NODE_BYTES:
            collect_bytes(b, n);
            break;
        case YM_NODE_SET:
            collect_set(b, n->u.set);
            break;
        case YM_NODE_JUMP:
            collect_jump(b, n);
            break;
        case YM_NODE_NOT:
            ym_buf_printf(b, "!%u", n->len);
            collect_kids(b, n);
            break;
        case YM_NODE_ALT:
            collect_kids(b, n);
            break;
        case YM_NODE_NEAR:
            ym_buf_printf(b, "%s%u-%u:%02x/%02x%s", n->u.near.left ? "<" : "[", n->u.near.min,
                          n->u.near.max, n->u.near.value, n->u.near.mask,
                          n->u.near.left ? "]" : ">");
            break;
        case YM_NODE_EDGE:
            ym_buf_printf(b, "%s%s", n->u.edge.negated ? "!" : "", edges[n->u.edge.kind]);
            break;
        }
    }
}

static inline void collect_place(struct ym_buf *b, const struct ym_place *p) {
    switch (p->kind) {
    case YM_PLACE_ANY:
        ym_buf_add_text(b, "*");
        return;
    case YM_PLACE_ABS:
        ym_buf_printf(b, "%" PRId64, p->offset);
        break;
    case YM_PLACE_EOF:
        ym_buf_printf(b, "EOF-%" PRId64, p->offset);
        break;
    case YM_PLACE_EP:
        ym_buf_printf(b, "EP%+" PRId64, p->offset);
        break;
    case YM_PLACE_SECTION:
        ym_buf_printf(b, "S%u%+" PRId64, p->section, p->offset);
        break;
    case YM_PLACE_SECTION_LAST:
        ym_buf_printf(b, "SL%+" PRId64, p->offset);
        break;
    case YM_PLACE_SECTION_BODY:
        ym_buf_printf(b, "SE%u", p->section);
        break;
    case YM_PLACE_VERSION_INFO:
        ym_buf_add_text(b, "VI");
        break;
    }
    ym_buf_printf(b, ",%u", p->shift);
}

static inline ym_status collect_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                                     struct ym_err *err) {
    struct ym_buf *b = self;

    (void)err;
    ym_buf_printf(b, "rule %s target=%u", rule->name, (unsigned)rule->target);
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        ym_buf_add_text(b, i == 0 ? " " : " / ");
        collect_place(b, &rule->patterns[i].place);
        ym_buf_u8(b, ' ');
        collect_nodes(b, rule->patterns[i].variants[0].body);
    }
    ym_buf_add_text(b, (rule->flags & YM_RULE_UNOFFICIAL) != 0 ? " U\n" : "\n");
    *ret_id = 0;
    return ym_buf_status(b);
}

static inline ym_status collect_digest(void *self, const struct ym_digest_sig *sig,
                                       struct ym_err *err) {
    static const char *const kinds[] = {"file", "section", "allow", "import"};
    static const char *const algos[] = {"md5", "sha1", "sha256"};
    char hex[65];
    struct ym_buf *b = self;

    (void)err;
    ym_hex_encode(sig->digest, ym_digest_size(sig->algo), hex);
    ym_buf_printf(b, "digest %s %s size=", kinds[sig->kind], algos[sig->algo]);
    ym_buf_printf(b, sig->size == YM_SIZE_ANY ? "*" : "%u", sig->size);
    ym_buf_printf(b, " %s %.*s%s\n", hex, (int)sig->name.n, sig->name.s,
                  sig->unofficial ? " U" : "");
    return ym_buf_status(b);
}

static inline ym_status collect_row(void *self, ym_table table, const struct ym_table_row *row,
                                    struct ym_err *err) {
    struct ym_buf *b = self;

    (void)err;
    ym_buf_printf(b, "row %u", (unsigned)table);
    for (uint32_t i = 0; i < row->n_numbers; i++) {
        ym_buf_printf(b, " %" PRIu64, row->numbers[i]);
    }
    for (uint32_t i = 0; i < row->n_texts; i++) {
        ym_buf_add_text(b, " ");
        ym_buf_json_string(b, row->texts[i].s, row->texts[i].n);
    }
    ym_buf_add_text(b, "\n");
    return ym_buf_status(b);
}

static inline ym_status collect_left_out(void *self, const char *file, unsigned line,
                                         const char *why) {
    ym_buf_printf(self, "left-out %s:%u %s\n", file, line, why);
    return ym_buf_status(self);
}

static inline struct ym_sink collect_sink(struct ym_buf *b) {
    return (struct ym_sink){.self = b,
                            .rule = collect_rule,
                            .digest = collect_digest,
                            .row = collect_row,
                            .left_out = collect_left_out};
}

#endif
