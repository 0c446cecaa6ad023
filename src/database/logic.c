/* logic.c - logical signatures to their record in the image; which patterns have to be looked for.
 * See database/logic.h.
 *
 * Cover.  Few of a rule's patterns are entered into the prefilter: a set of subsigs of which at
 * least one is found whenever the rule holds, and of these sets the one that is met least often.
 * The others are sought only when one of these was found (match/logic.c):
 *
 *     subsig, =n or >n         itself; of a byte compare its reference's, of a PCRE its trigger's
 *     a & b                    the cheaper side's
 *     a | b                    both sides'
 *     block > n, = n, or ,Y    that of the block; of plain alternatives of which Y must differ, all
 *                              but the Y - 1 dearest
 *     < n, = 0                 none: it can hold with nothing found
 *
 * An empty cover that is not "none" is that of a pattern which nothing can match. */
#include "database/logic.h"

#include "database/condition.h"
#include "signatures/rule.h"

#include <string.h>

enum { MAX_NESTING = 400 };

/* ---- Cover ----------------------------------------------------------------------------------- */

struct cover {
    bool possible; /* false: can hold without any pattern */
    uint64_t set;
    double cost;
};

struct costs {
    const struct ym_logical *logical;
    double of[YM_LOGICAL_MAX_SUBSIGS];
    /* A subsig may lean on another, and that on others: each is worked out once, and one that
     * leans on itself has none. */
    bool known[YM_LOGICAL_MAX_SUBSIGS];
    struct cover covers[YM_LOGICAL_MAX_SUBSIGS];
};

static const struct cover none = {.possible = false};

static struct cover cover_of(struct costs *c, const struct ym_logic *e, unsigned depth);
static struct cover cover_of_subsig(struct costs *c, uint32_t i, unsigned depth);

static struct cover work_out_subsig(struct costs *c, uint32_t i, unsigned depth) {
    const struct ym_subsig *s = &c->logical->subsigs[i];

    switch (s->kind) {
    case YM_SUBSIG_PATTERN:
        return (struct cover){true, UINT64_C(1) << i, c->of[i]};
    case YM_SUBSIG_MACRO:
        return i == 0 ? none : cover_of_subsig(c, i - 1, depth + 1);
    case YM_SUBSIG_COMPARE:
        return cover_of_subsig(c, s->u.compare.ref, depth + 1);
    case YM_SUBSIG_REGEX:
        return cover_of(c, s->u.regex.trigger, depth + 1);
    case YM_SUBSIG_IMAGE_HASH:
    default:
        return none;
    }
}

static struct cover cover_of_subsig(struct costs *c, uint32_t i, unsigned depth) {
    if (i >= c->logical->n_subsigs || depth > MAX_NESTING) {
        return none;
    }
    if (!c->known[i]) {
        c->known[i] = true;
        c->covers[i] = none;
        c->covers[i] = work_out_subsig(c, i, depth);
    }
    return c->covers[i];
}

static struct cover both(struct cover a, struct cover b) {
    if (!a.possible || !b.possible) {
        return none;
    }
    return (struct cover){true, a.set | b.set, a.cost + b.cost};
}

static struct cover cheaper(struct cover a, struct cover b) {
    if (!a.possible || !b.possible) {
        return a.possible ? a : b;
    }
    return a.cost <= b.cost ? a : b;
}

/* Is e an `|` of plain pattern subsigs?  Adds them to *set. */
static bool plain_alternatives(const struct costs *c, const struct ym_logic *e, uint64_t *set,
                               unsigned depth) {
    if (depth > MAX_NESTING) {
        return false;
    }
    if (e->op == YM_LOGIC_SUBSIG) {
        *set |= e->subsig < c->logical->n_subsigs ? UINT64_C(1) << e->subsig : 0;
        return e->test == YM_LOGIC_NO_TEST && e->subsig < c->logical->n_subsigs &&
               c->logical->subsigs[e->subsig].kind == YM_SUBSIG_PATTERN;
    }
    return e->op == YM_LOGIC_OR && e->test == YM_LOGIC_NO_TEST &&
           plain_alternatives(c, e->kids[0], set, depth + 1) &&
           plain_alternatives(c, e->kids[1], set, depth + 1);
}

/* Of alternatives of which `distinct` must be found, leaves out the dearest ones. */
static struct cover without_dearest(const struct costs *c, uint64_t set, uint32_t distinct) {
    struct cover cover = {.possible = true};

    for (uint32_t n = 1; n < distinct && set != 0; n++) {
        unsigned dearest = (unsigned)__builtin_ctzll(set);

        for (uint64_t left = set; left != 0; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);

            dearest = c->of[i] > c->of[dearest] ? i : dearest;
        }
        set &= ~(UINT64_C(1) << dearest);
    }
    cover.set = set;
    for (; set != 0; set &= set - 1) {
        cover.cost += c->of[__builtin_ctzll(set)];
    }
    return cover;
}

static struct cover cover_of_block(struct costs *c, const struct ym_logic *e, unsigned depth) {
    struct cover a = cover_of(c, e->kids[0], depth + 1);
    struct cover b = cover_of(c, e->kids[1], depth + 1);
    uint64_t set = 0;

    if (e->distinct > 1 && e->op == YM_LOGIC_OR && plain_alternatives(c, e->kids[0], &set, depth) &&
        plain_alternatives(c, e->kids[1], &set, depth)) {
        return without_dearest(c, set, e->distinct);
    }
    return e->op == YM_LOGIC_AND ? cheaper(a, b) : both(a, b);
}

static struct cover cover_of(struct costs *c, const struct ym_logic *e, unsigned depth) {
    bool without =
        e->distinct == 0 && (e->test == YM_LOGIC_LT || (e->test == YM_LOGIC_EQ && e->count == 0));

    if (depth > MAX_NESTING || without) {
        return none;
    }
    return e->op == YM_LOGIC_SUBSIG ? cover_of_subsig(c, e->subsig, depth + 1)
                                    : cover_of_block(c, e, depth);
}

bool ym_logic_cover(const struct ym_rule *rule, const double *pattern_cost, uint64_t *ret) {
    struct costs c = {.logical = rule->logical};
    struct cover cover;

    for (uint32_t i = 0; i < rule->logical->n_subsigs; i++) {
        const struct ym_subsig *s = &rule->logical->subsigs[i];

        for (uint32_t p = 0; s->kind == YM_SUBSIG_PATTERN && p < s->u.patterns.n; p++) {
            c.of[i] += pattern_cost[s->u.patterns.first + p];
        }
    }
    cover = cover_of(&c, rule->logical->expr, 0);
    *ret = cover.possible ? cover.set : 0;
    return cover.possible;
}

/* ---- Needs ----------------------------------------------------------------------------------- */

static void need_matches(const struct ym_rule *rule, uint32_t i, uint8_t *needs) {
    const struct ym_subsig *s = &rule->logical->subsigs[i];

    for (uint32_t p = 0;
         i < rule->logical->n_subsigs && s->kind == YM_SUBSIG_PATTERN && p < s->u.patterns.n; p++) {
        needs[s->u.patterns.first + p] = YM_NEED_MATCHES;
    }
}

/* counted: an enclosing block adds up what is found. */
static void needs_of(const struct ym_rule *rule, const struct ym_logic *e, bool counted,
                     uint8_t *needs, unsigned depth) {
    counted = counted || e->test != YM_LOGIC_NO_TEST;
    if (depth > MAX_NESTING) {
        return; /* the encoder refuses it */
    }
    if (e->op == YM_LOGIC_SUBSIG) {
        if (counted) {
            need_matches(rule, e->subsig, needs);
        }
        return;
    }
    needs_of(rule, e->kids[0], counted, needs, depth + 1);
    needs_of(rule, e->kids[1], counted, needs, depth + 1);
}

void ym_logic_needs(const struct ym_rule *rule, uint8_t *needs) {
    memset(needs, YM_NEED_FOUND, rule->n_patterns);
    needs_of(rule, rule->logical->expr, false, needs, 0);
    for (uint32_t i = 0; i < rule->logical->n_subsigs; i++) {
        const struct ym_subsig *s = &rule->logical->subsigs[i];

        if (s->kind == YM_SUBSIG_MACRO && i > 0) {
            need_matches(rule, i - 1, needs);
        } else if (s->kind == YM_SUBSIG_COMPARE) {
            need_matches(rule, s->u.compare.ref, needs);
        } else if (s->kind == YM_SUBSIG_REGEX) {
            needs_of(rule, s->u.regex.trigger, false, needs, 0);
        }
    }
}

/* ---- Encoding -------------------------------------------------------------------------------- */

static void put_test(struct ym_buf *out, const struct ym_logic *e) {
    static const uint8_t codes[] = {
        [YM_LOGIC_NO_TEST] = YM_LOGIC_CODE_NO_TEST,
        [YM_LOGIC_EQ] = YM_LOGIC_CODE_EQ,
        [YM_LOGIC_LT] = YM_LOGIC_CODE_LT,
        [YM_LOGIC_GT] = YM_LOGIC_CODE_GT,
    };

    ym_buf_u8(out, codes[e->test]);
    ym_buf_u32le(out, e->count);
}

static void patch_u32(struct ym_buf *out, size_t at, uint32_t v) {
    if (ym_buf_status(out) == YM_OK) {
        memcpy(out->data + at, &v, sizeof(v));
    }
}

/* base: where the expression begins in out.  counted: the value's count and set are asked for, so
 * both sides of an `|` have to be known. */
static ym_status put_expr(struct ym_buf *out, const struct ym_logic *e, size_t base, bool counted,
                          unsigned depth) {
    bool sum = counted || e->test != YM_LOGIC_NO_TEST;
    size_t skip;

    if (depth > MAX_NESTING) {
        return YM_LIMIT;
    }
    if (e->op == YM_LOGIC_SUBSIG) {
        ym_buf_u8(out, YM_LOGIC_CODE_SUBSIG);
        ym_buf_u8(out, (uint8_t)e->subsig);
        put_test(out, e);
        return ym_buf_status(out);
    }
    YM_TRY(put_expr(out, e->kids[0], base, sum, depth + 1));
    skip = out->len;
    if (e->op == YM_LOGIC_AND || !sum) {
        ym_buf_u8(out, e->op == YM_LOGIC_AND ? YM_LOGIC_CODE_SKIP_FALSE : YM_LOGIC_CODE_SKIP_TRUE);
        ym_buf_u32le(out, 0);
    }
    YM_TRY(put_expr(out, e->kids[1], base, sum, depth + 1));
    if (e->op == YM_LOGIC_AND || !sum) {
        patch_u32(out, skip + 1, (uint32_t)(out->len - base));
    }
    ym_buf_u8(out, e->op == YM_LOGIC_AND ? YM_LOGIC_CODE_AND : YM_LOGIC_CODE_OR);
    put_test(out, e);
    ym_buf_u32le(out, e->distinct);
    return ym_buf_status(out);
}

static void put_compare(struct ym_buf *out, const struct ym_byte_compare *c) {
    ym_buf_u8(out, (uint8_t)c->ref);
    ym_buf_u64le(out, (uint64_t)c->offset);
    ym_buf_u8(out, (uint8_t)c->format);
    ym_buf_u8(out, c->little);
    ym_buf_u8(out, c->exact);
    ym_buf_u8(out, c->bytes);
    ym_buf_u8(out, c->n_tests);
    for (uint32_t i = 0; i < c->n_tests && i < YM_LOGIC_MAX_TESTS; i++) {
        ym_buf_u8(out, (uint8_t)c->tests[i].op);
        ym_buf_u64le(out, (uint64_t)c->tests[i].value);
    }
}

static ym_status put_regex(struct ym_buf *out, const struct ym_regex *r) {
    size_t at;

    ym_buf_u32le(out, r->flags);
    ym_buf_u8(out, (uint8_t)r->place.kind);
    ym_buf_u8(out, r->has_shift);
    ym_buf_u64le(out, (uint64_t)r->place.offset);
    ym_buf_u32le(out, r->place.shift);
    ym_buf_u32le(out, r->place.section);
    ym_buf_u32le(out, r->n);
    ym_buf_add(out, r->text, r->n);
    at = out->len;
    ym_buf_u32le(out, 0);
    YM_TRY(put_expr(out, r->trigger, out->len, false, 0));
    patch_u32(out, at, (uint32_t)(out->len - at - 4));
    return YM_OK;
}

static ym_status put_subsig(struct ym_buf *out, const struct ym_subsig *s) {
    switch (s->kind) {
    case YM_SUBSIG_PATTERN:
        ym_buf_u8(out, YM_SUBSIG_CODE_PATTERN);
        ym_buf_u32le(out, s->u.patterns.first);
        ym_buf_u32le(out, s->u.patterns.n);
        break;
    case YM_SUBSIG_MACRO:
        ym_buf_u8(out, YM_SUBSIG_CODE_MACRO);
        ym_buf_u32le(out, s->u.macro.min);
        ym_buf_u32le(out, s->u.macro.max);
        ym_buf_u32le(out, s->u.macro.group);
        break;
    case YM_SUBSIG_COMPARE:
        ym_buf_u8(out, YM_SUBSIG_CODE_COMPARE);
        put_compare(out, &s->u.compare);
        break;
    case YM_SUBSIG_REGEX:
        ym_buf_u8(out, YM_SUBSIG_CODE_REGEX);
        YM_TRY(put_regex(out, &s->u.regex));
        break;
    case YM_SUBSIG_IMAGE_HASH:
        ym_buf_u8(out, YM_SUBSIG_CODE_IMAGE_HASH);
        ym_buf_u64le(out, s->u.image_hash);
        break;
    }
    return ym_buf_status(out);
}

static void put_span(struct ym_buf *out, const struct ym_span32 *s) {
    ym_buf_u32le(out, s->low);
    ym_buf_u32le(out, s->high);
}

static unsigned asked(const struct ym_logical *l) {
    return (l->file_size.asked ? YM_ASKED_FILE_SIZE : 0u) |
           (l->entry_point.asked ? YM_ASKED_ENTRY_POINT : 0u) |
           (l->n_sections.asked ? YM_ASKED_SECTIONS : 0u) |
           (l->icon_group1 != NULL || l->icon_group2 != NULL ? YM_ASKED_ICON : 0u) |
           (l->has_container ? YM_ASKED_CONTAINER : 0u) | (l->has_handler ? YM_ASKED_HANDLER : 0u);
}

ym_status ym_logic_encode(const struct ym_rule *rule, uint32_t icon_group1, uint32_t icon_group2,
                          struct ym_buf *out) {
    const struct ym_logical *l = rule->logical;

    if (l->n_subsigs > YM_LOGIC_MAX_SUBSIGS || l->n_intermediates > YM_LOGIC_MAX_INTERMEDIATES) {
        return YM_LIMIT;
    }
    ym_buf_u16le(out, (uint16_t)asked(l));
    put_span(out, &l->file_size);
    put_span(out, &l->entry_point);
    put_span(out, &l->n_sections);
    ym_buf_u32le(out, icon_group1);
    ym_buf_u32le(out, icon_group2);
    ym_buf_u16le(out, (uint16_t)l->container);
    ym_buf_u16le(out, (uint16_t)l->handler);
    ym_buf_u8(out, (uint8_t)l->n_intermediates);
    ym_buf_u8(out, (uint8_t)l->n_subsigs);
    for (uint32_t i = 0; i < l->n_intermediates; i++) {
        ym_buf_u16le(out, (uint16_t)l->intermediates[i]);
    }
    for (uint32_t i = 0; i < l->n_subsigs; i++) {
        YM_TRY(put_subsig(out, &l->subsigs[i]));
    }
    return put_expr(out, l->expr, out->len, false, 0);
}
