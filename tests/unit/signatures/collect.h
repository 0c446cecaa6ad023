/* collect.h - a sink that writes down what a parser gave it, one line each, in a form that tests
 * can compare:
 *
 *     rule Name target=1 EP+2,3 4142{0-inf}4? U      (U: unofficial; patterns separated by ' / ',
 *                                                     their spellings by ' | '; i: both cases)
 *     rule Name target=0 * 4142 if ((0&1)>2,1) subs 0:0 1:never 2:macro 1-9 5 ...
 *     rule Name target=0 * 4142 macro 5
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
        if (m == 0xdf) { /* a letter of either case */
            ym_buf_add_text(b, "/df");
        }
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
    static const char *const edges[] = {"<B", "B>", "<L", "L>", "<W", "W>", "<WW", "WW>"};

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
        case YM_NODE_REPEAT: /* ClamAV has none */
            ym_buf_add_text(b, "REPEAT");
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
    case YM_PLACE_PE_ENTRY:
        ym_buf_printf(b, "pe.entry_point%+" PRId64, p->offset);
        break;
    case YM_PLACE_YARA_ENTRY:
        ym_buf_printf(b, "entrypoint%+" PRId64, p->offset);
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

static inline void collect_pattern(struct ym_buf *b, const struct ym_pattern *p) {
    collect_place(b, &p->place);
    for (uint32_t i = 0; i < p->n_variants; i++) {
        ym_buf_add_text(b, i == 0 ? " " : " | ");
        ym_buf_add_text(b, p->variants[i].wide ? "w:" : "");
        collect_nodes(b, p->variants[i].body);
    }
    ym_buf_add_text(b, (p->flags & YM_PATTERN_NOCASE) != 0 ? " i" : "");
}

/* ---- Logical signatures ---- */

static inline void collect_test(struct ym_buf *b, const struct ym_logic *e) {
    static const char ops[] = " =<>";

    if (e->test != YM_LOGIC_NO_TEST) {
        ym_buf_printf(b, "%c%u", ops[e->test], e->count);
    }
    if (e->distinct != 0) {
        ym_buf_printf(b, ",%u", e->distinct);
    }
}

/* Every block in parentheses, so that the tree can be seen. */
static inline void collect_logic(struct ym_buf *b, const struct ym_logic *e) {
    if (e->op == YM_LOGIC_SUBSIG) {
        ym_buf_printf(b, "%u", e->subsig);
    } else {
        ym_buf_u8(b, '(');
        collect_logic(b, e->kids[0]);
        ym_buf_u8(b, e->op == YM_LOGIC_AND ? '&' : '|');
        collect_logic(b, e->kids[1]);
        ym_buf_u8(b, ')');
    }
    collect_test(b, e);
}

static inline void collect_compare(struct ym_buf *b, const struct ym_byte_compare *c) {
    ym_buf_printf(b, "compare %u%+" PRId64 " %c%s%s%u", c->ref, c->offset, c->format,
                  c->little ? "l" : "b", c->exact ? "e" : "", c->bytes);
    for (uint32_t i = 0; i < c->n_tests; i++) {
        ym_buf_printf(b, " %c%" PRId64, c->tests[i].op, c->tests[i].value);
    }
}

static inline void collect_regex(struct ym_buf *b, const struct ym_regex *r) {
    static const char letters[] = "greismxAEU";

    ym_buf_add_text(b, "regex ");
    collect_place(b, &r->place);
    ym_buf_add_text(b, r->has_shift ? "+ " : " ");
    collect_logic(b, r->trigger);
    ym_buf_printf(b, "/%.*s/", (int)r->n, r->text);
    for (unsigned i = 0; letters[i] != '\0'; i++) {
        if ((r->flags >> i & 1) != 0) {
            ym_buf_u8(b, (uint8_t)letters[i]);
        }
    }
}

static inline void collect_subsig(struct ym_buf *b, const struct ym_subsig *s) {
    switch (s->kind) {
    case YM_SUBSIG_PATTERN:
        if (s->u.patterns.n == 0) {
            ym_buf_add_text(b, "never");
        } else {
            ym_buf_printf(b, s->u.patterns.n == 1 ? "%u" : "%u+%u", s->u.patterns.first,
                          s->u.patterns.n);
        }
        break;
    case YM_SUBSIG_MACRO:
        ym_buf_printf(b, "macro %u-%u %u", s->u.macro.min, s->u.macro.max, s->u.macro.group);
        break;
    case YM_SUBSIG_COMPARE:
        collect_compare(b, &s->u.compare);
        break;
    case YM_SUBSIG_REGEX:
        collect_regex(b, &s->u.regex);
        break;
    case YM_SUBSIG_IMAGE_HASH:
        ym_buf_printf(b, "image %016" PRIx64, s->u.image_hash);
        break;
    }
}

static inline void collect_span(struct ym_buf *b, const char *name, const struct ym_span32 *s) {
    if (s->asked) {
        ym_buf_printf(b, " %s=%u-%u", name, s->low, s->high);
    }
}

static inline void collect_description(struct ym_buf *b, const struct ym_logical *l) {
    collect_span(b, "size", &l->file_size);
    collect_span(b, "entry", &l->entry_point);
    collect_span(b, "sections", &l->n_sections);
    if (l->icon_group1 != NULL || l->icon_group2 != NULL) {
        ym_buf_printf(b, " icons=%s,%s", l->icon_group1 == NULL ? "*" : l->icon_group1,
                      l->icon_group2 == NULL ? "*" : l->icon_group2);
    }
    if (l->has_container) {
        ym_buf_printf(b, " in=%s", ym_cltype_name(l->container));
    }
    for (uint32_t i = 0; i < l->n_intermediates; i++) {
        ym_buf_printf(b, "%s%s", i == 0 ? " between=" : ">", ym_cltype_name(l->intermediates[i]));
    }
    if (l->has_handler) {
        ym_buf_printf(b, " handler=%s", ym_cltype_name(l->handler));
    }
}

static inline void collect_logical(struct ym_buf *b, const struct ym_logical *l) {
    collect_description(b, l);
    ym_buf_add_text(b, " if ");
    collect_logic(b, l->expr);
    ym_buf_add_text(b, " subs");
    for (uint32_t i = 0; i < l->n_subsigs; i++) {
        ym_buf_printf(b, " %u:", i);
        collect_subsig(b, &l->subsigs[i]);
    }
}

static inline ym_status collect_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                                     struct ym_err *err) {
    struct ym_buf *b = self;

    (void)err;
    ym_buf_printf(b, "rule %s target=%u", rule->name, (unsigned)rule->target);
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        ym_buf_add_text(b, i == 0 ? " " : " / ");
        collect_pattern(b, &rule->patterns[i]);
    }
    if ((rule->flags & YM_RULE_LOGICAL) != 0) {
        collect_logical(b, rule->logical);
    }
    if ((rule->flags & YM_RULE_MACRO) != 0) {
        ym_buf_printf(b, " macro %u", rule->macro_group);
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
