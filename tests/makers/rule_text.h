/* rule_text.h - a rule as one line of text, so that a test can compare the whole of it.
 *
 *     private global NAME:tag,tag{key=value,...} $a=61 62/f0 [2-4] (03|04 05)~xor(1-2) : (AND ...)
 *
 * Bytes in hex, with /mask where not all bits count; a set as <its members, 5 at most>; a jump as
 * [min-max]; a variant after the first as & ... ; wide ones marked w. */
#ifndef YM_MAKERS_RULE_TEXT_H
#define YM_MAKERS_RULE_TEXT_H

#include "base/buf.h"
#include "signatures/rule.h"

#include <string.h>

static inline void rule_text_nodes(struct ym_buf *b, const struct ym_node *node);

static inline void rule_text_bytes(struct ym_buf *b, const struct ym_node *node) {
    for (uint32_t i = 0; i < node->len; i++) {
        ym_buf_printf(b, "%s%02x", i == 0 ? "" : " ", node->u.bytes.value[i]);
        if (node->u.bytes.mask != NULL && node->u.bytes.mask[i] != 0xff) {
            ym_buf_printf(b, "/%02x", node->u.bytes.mask[i]);
        }
    }
}

static inline void rule_text_set(struct ym_buf *b, const uint8_t *set) {
    unsigned n = 0;

    ym_buf_add_text(b, "<");
    for (unsigned c = 0; c < 256; c++) {
        if ((set[c / 8] >> (c % 8) & 1) != 0 && n++ < 5) {
            ym_buf_printf(b, "%s%02x", n == 1 ? "" : " ", c);
        }
    }
    ym_buf_printf(b, n > 5 ? " of %u>" : ">", n);
}

/* Those of YARA's regular expressions. */
static inline void rule_text_edge(struct ym_buf *b, const struct ym_node *node) {
    static const char *const names[] = {"b", "bw", "^", "$"};
    unsigned i = node->u.edge.kind - (unsigned)YM_EDGE_WORD;

    ym_buf_add_text(b, node->u.edge.negated ? "!" : "");
    ym_buf_add_text(b, i < 4 ? names[i] : "?");
}

static inline void rule_text_node(struct ym_buf *b, const struct ym_node *node) {
    switch ((int)node->op) {
    case YM_NODE_BYTES:
        rule_text_bytes(b, node);
        break;
    case YM_NODE_SET:
        rule_text_set(b, node->u.set);
        break;
    case YM_NODE_JUMP:
        ym_buf_printf(b, "[%u-", node->u.jump.min);
        ym_buf_printf(b, node->u.jump.max == YM_JUMP_INF ? "]" : "%u]", node->u.jump.max);
        break;
    case YM_NODE_ALT:
        for (uint32_t i = 0; i < node->u.alt.n_kids; i++) {
            ym_buf_add_text(b, i == 0 ? "(" : "|");
            rule_text_nodes(b, node->u.alt.kids[i]);
        }
        ym_buf_add_text(b, ")");
        break;
    case YM_NODE_REPEAT:
        ym_buf_add_text(b, "(");
        rule_text_nodes(b, node->u.repeat.kid);
        ym_buf_printf(b, "){%u-", node->u.repeat.min);
        ym_buf_printf(b, node->u.repeat.max == YM_JUMP_INF ? "}" : "%u}", node->u.repeat.max);
        ym_buf_add_text(b, node->u.repeat.lazy ? "?" : "");
        break;
    case YM_NODE_EDGE:
        rule_text_edge(b, node);
        break;
    default:
        ym_buf_add_text(b, "?");
    }
}

static inline void rule_text_nodes(struct ym_buf *b, const struct ym_node *node) {
    for (; node != NULL; node = node->next) {
        rule_text_node(b, node);
        if (node->next != NULL) {
            ym_buf_add_text(b, " ");
        }
    }
}

static inline void rule_text_pattern(struct ym_buf *b, const struct ym_pattern *p) {
    ym_buf_printf(b, "%s=", p->id);
    for (uint32_t i = 0; i < p->n_variants; i++) {
        ym_buf_add_text(b, i == 0 ? "" : " & ");
        ym_buf_add_text(b, p->variants[i].wide ? "w " : "");
        rule_text_nodes(b, p->variants[i].body);
    }
    ym_buf_add_text(b, (p->flags & YM_PATTERN_NOCASE) != 0 ? " nocase" : "");
    ym_buf_add_text(b, (p->flags & YM_PATTERN_FULLWORD) != 0 ? " fullword" : "");
    ym_buf_add_text(b, (p->flags & YM_PATTERN_PRIVATE) != 0 ? " private" : "");
    ym_buf_add_text(b, (p->flags & YM_PATTERN_GREEDY) != 0 ? " greedy" : "");
    ym_buf_add_text(b, (p->flags & YM_PATTERN_REGEX) != 0 ? " regex" : "");
    if ((p->flags & YM_PATTERN_XOR) != 0) {
        ym_buf_printf(b, " xor(%u-%u)", p->xor_min, p->xor_max);
    }
}

static inline void rule_text_expr(struct ym_buf *b, const struct ym_expr *e);

static inline void rule_text_of(struct ym_buf *b, const struct ym_expr *e) {
    static const char *const words[] = {"count", "percent", "all", "any", "none"};
    const uint32_t *members = e->u.of.rules != NULL ? e->u.of.rules : e->u.of.patterns;

    ym_buf_printf(b, " %s %s", words[e->u.of.quantifier], e->u.of.rules != NULL ? "rules" : "of");
    for (uint32_t i = 0; i < e->u.of.n; i++) {
        ym_buf_printf(b, "%c%u", i == 0 ? ' ' : ',', members[i]);
    }
    ym_buf_add_text(b, e->u.of.has_at ? " at" : e->u.of.has_in ? " in" : "");
}

static inline void rule_text_own(struct ym_buf *b, const struct ym_expr *e) {
    if (e->op == YM_EXPR_INT || e->op == YM_EXPR_BOOL) {
        ym_buf_printf(b, " %lld", (long long)e->u.i);
    } else if (e->op == YM_EXPR_DOUBLE) {
        ym_buf_printf(b, " %g", e->u.d);
    } else if (e->op == YM_EXPR_TEXT) {
        ym_buf_u8(b, ' ');
        ym_buf_json_string(b, e->u.text.s, e->u.text.n);
    } else if (e->op == YM_EXPR_READ) {
        ym_buf_printf(b, " %c%u%s", e->u.read.is_signed ? 'i' : 'u', e->u.read.width * 8,
                      e->u.read.big_endian ? "be" : "");
    } else if (e->op == YM_EXPR_RULE) {
        ym_buf_printf(b, " %u", e->u.rule);
    } else if (e->op == YM_EXPR_OF || e->op == YM_EXPR_FOR_OF) {
        rule_text_of(b, e);
    } else if (e->op >= YM_EXPR_FOUND && e->op <= YM_EXPR_LENGTH) {
        if (e->u.pattern == YM_PATTERN_CURRENT) {
            ym_buf_add_text(b, " $");
        } else {
            ym_buf_printf(b, " %u", e->u.pattern);
        }
    }
}

static inline void rule_text_expr(struct ym_buf *b, const struct ym_expr *e) {
    static const char *const names[] = {
#define X(name) #name,
        YM_EXPR_TABLE(X)
#undef X
    };

    ym_buf_printf(b, "(%s", names[e->op]);
    rule_text_own(b, e);
    for (uint32_t i = 0; i < e->n_kids; i++) {
        ym_buf_u8(b, ' ');
        rule_text_expr(b, e->kids[i]);
    }
    ym_buf_u8(b, ')');
}

static inline void rule_text(struct ym_buf *b, const struct ym_rule *r) {
    ym_buf_add_text(b, (r->flags & YM_RULE_PRIVATE) != 0 ? "private " : "");
    ym_buf_add_text(b, (r->flags & YM_RULE_GLOBAL) != 0 ? "global " : "");
    ym_buf_add_text(b, r->name);
    for (uint32_t i = 0; i < r->n_tags; i++) {
        ym_buf_printf(b, "%c%s", i == 0 ? ':' : ',', r->tags[i]);
    }
    for (uint32_t i = 0; i < r->n_metas; i++) {
        const struct ym_meta *m = &r->metas[i];

        ym_buf_printf(b, " %s=", m->key);
        if (m->type == YM_TYPE_TEXT) {
            ym_buf_json_string(b, m->text, strlen(m->text));
        } else {
            ym_buf_printf(b, "%s%lld", m->type == YM_TYPE_BOOL ? "b" : "", (long long)m->i);
        }
    }
    for (uint32_t i = 0; i < r->n_patterns; i++) {
        ym_buf_u8(b, ' ');
        rule_text_pattern(b, &r->patterns[i]);
    }
    ym_buf_add_text(b, " : ");
    rule_text_expr(b, r->condition);
}

#endif
