/* fuzz_clamav - hostile database texts; the first byte chooses the type of file.  Properties,
 * beside not crashing:
 *  - a text that loads strictly gives the same with skip_bad;
 *  - skip_bad never ends with an error of the text's;
 *  - what the parser hands over is well-formed: no empty pattern, no NULL kid list, jumps whose
 *    bounds are in order, names within the text; of a logical signature every index in range,
 *    no expression without an end, no regular expression that waits for itself. */
#include "signatures/clamav.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *const names[] = {"f.ndb", "f.db",  "f.hdb", "f.mdb", "f.fp", "f.ign2",
                                    "f.ndu", "f.ldb", "f.sdb", "f.imp", "f.ldu"};

struct counts {
    uint64_t rules, digests, left_out, nodes;
};

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static void walk(const struct ym_node *n, unsigned depth, struct counts *c) {
    must(depth < 20);
    for (; n != NULL; n = n->next) {
        c->nodes++;
        switch (n->op) {
        case YM_NODE_BYTES:
            must(n->len > 0 && n->u.bytes.value != NULL);
            break;
        case YM_NODE_SET:
            must(n->u.set != NULL);
            break;
        case YM_NODE_JUMP:
            must(n->u.jump.min <= n->u.jump.max);
            break;
        case YM_NODE_ALT:
        case YM_NODE_NOT:
            must(n->u.alt.n_kids > 0);
            for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
                const struct ym_node *kid = n->u.alt.kids[i];

                must(n->op == YM_NODE_ALT ||
                     (kid != NULL && kid->op == YM_NODE_BYTES && kid->len == n->len));
                walk(kid, depth + 1, c);
            }
            break;
        case YM_NODE_EDGE:
            must(n->u.edge.kind <= YM_EDGE_W_RIGHT_WIDE);
            break;
        case YM_NODE_NEAR:
            must(n->u.near.min <= n->u.near.max);
            break;
        case YM_NODE_REPEAT:
            must(false);
            break;
        }
    }
}

/* A tree over the subsigs before last. */
static void walk_logic(const struct ym_logic *e, uint32_t last, unsigned depth, struct counts *c) {
    must(e != NULL && depth < 600);
    c->nodes++;
    must(e->test <= YM_LOGIC_GT);
    if (e->op == YM_LOGIC_SUBSIG) {
        must(e->subsig < last);
        return;
    }
    must(e->op == YM_LOGIC_AND || e->op == YM_LOGIC_OR);
    must(e->distinct == 0 || e->test != YM_LOGIC_NO_TEST);
    walk_logic(e->kids[0], last, depth + 1, c);
    walk_logic(e->kids[1], last, depth + 1, c);
}

static void check_compare(const struct ym_byte_compare *b, uint32_t n_subsigs) {
    must(b->ref < n_subsigs && b->bytes > 0 && b->n_tests > 0);
    must(b->n_tests <= YM_BYTE_COMPARE_MAX_TESTS && strchr("hdai", b->format) != NULL);
    must(b->format != 'h' || b->bytes <= 18);
    must(b->format != 'i' || (b->bytes <= 8 && (b->bytes & (b->bytes - 1)) == 0));
    must(!(b->format == 'd' && b->little));
}

static void check_subsig(const struct ym_rule *rule, uint32_t i, struct counts *c) {
    const struct ym_subsig *s = &rule->logical->subsigs[i];

    switch (s->kind) {
    case YM_SUBSIG_PATTERN:
        must(s->u.patterns.first <= rule->n_patterns);
        must(s->u.patterns.n <= rule->n_patterns - s->u.patterns.first);
        break;
    case YM_SUBSIG_MACRO:
        must(s->u.macro.group < 32);
        break;
    case YM_SUBSIG_COMPARE:
        check_compare(&s->u.compare, rule->logical->n_subsigs);
        break;
    case YM_SUBSIG_REGEX:
        must(s->u.regex.n > 0 && s->u.regex.text != NULL);
        walk_logic(s->u.regex.trigger, i, 0, c);
        break;
    case YM_SUBSIG_IMAGE_HASH:
        break;
    }
}

static void check_logical(const struct ym_rule *rule, struct counts *c) {
    const struct ym_logical *l = rule->logical;

    must(l->n_subsigs > 0 && l->n_subsigs <= YM_LOGICAL_MAX_SUBSIGS);
    must(l->n_intermediates <= YM_LOGICAL_MAX_INTERMEDIATES);
    walk_logic(l->expr, l->n_subsigs, 0, c);
    for (uint32_t i = 0; i < l->n_subsigs; i++) {
        check_subsig(rule, i, c);
    }
}

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err) {
    struct counts *c = self;

    (void)err;
    must(rule->name[0] != '\0' && rule->target < YM_TARGET_COUNT);
    must((rule->flags & YM_RULE_LOGICAL) != 0 || rule->n_patterns == 1);
    must((rule->flags & YM_RULE_MACRO) == 0 || rule->macro_group < 32);
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        const struct ym_pattern *p = &rule->patterns[i];

        must(p->n_variants > 0 && p->n_variants <= 2);
        for (uint32_t v = 0; v < p->n_variants; v++) {
            must(p->variants[v].body != NULL);
            walk(p->variants[v].body, 0, c);
        }
    }
    if ((rule->flags & YM_RULE_LOGICAL) != 0) {
        check_logical(rule, c);
    }
    *ret_id = (uint32_t)c->rules++;
    return YM_OK;
}

static ym_status on_digest(void *self, const struct ym_digest_sig *sig, struct ym_err *err) {
    struct counts *c = self;

    (void)err;
    must(sig->size > 0 && sig->name.n > 0 && memchr(sig->name.s, '\n', sig->name.n) == NULL);
    c->digests++;
    return YM_OK;
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    struct counts *c = self;

    must(file != NULL && line > 0 && why != NULL);
    c->left_out++;
    return YM_OK;
}

static ym_status load(const uint8_t *data, size_t len, bool skip_bad, struct counts *c) {
    const struct ym_clamav_options options = {.skip_bad = skip_bad, .pua = true};
    const struct ym_sink sink = {
        .self = c, .rule = on_rule, .digest = on_digest, .left_out = on_left_out};
    struct ym_clamav *ld = ym_clamav_new(&options, &sink);
    struct ym_err err = {0};
    ym_status st;

    if (ld == NULL) {
        abort();
    }
    /* An ignore list is tried on itself and on a file of rules. */
    st = ym_clamav_file(ld, names[data[0] % (sizeof(names) / sizeof(names[0]))],
                        (const char *)data + 1, len - 1, &err);
    if (st == YM_OK) {
        st = ym_clamav_file(ld, "g.db", "A=414243\nSome.Name=414243*4445\n", 32, &err);
    }
    must(st == YM_OK || err.text[0] != '\0');
    ym_clamav_free(ld);
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct counts strict = {0};
    struct counts lenient = {0};
    ym_status st;

    if (len == 0) {
        return 0;
    }
    st = load(data, len, false, &strict);
    must(st == YM_OK || st == YM_MALFORMED || st == YM_UNSUPPORTED || st == YM_LIMIT);
    if (load(data, len, true, &lenient) != YM_OK) {
        must(st != YM_OK && len == 1); /* an empty file is no line to leave out */
    }
    if (st == YM_OK) {
        must(memcmp(&strict, &lenient, sizeof(strict)) == 0);
    }
    return 0;
}
