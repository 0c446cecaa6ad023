/* test_match_random.c - the engine against an obvious matcher, on random patterns and data.
 *
 * The oracle walks the nodes of a pattern recursively, tries every start and keeps, for each, the
 * nearest end.  The engine must find the same starts and lengths through
 * prefilter, programs and chains.  What was found is asked through conditions: a rule per
 * pattern that holds exactly when the engine's matches are the oracle's. */
#include "base/arena.h"
#include "database/build.h"
#include "match/match.h"
#include "signatures/rule.h"
#include "ym_test.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DATA_MAX = 600, PATTERNS = 12, ROUNDS = 400, MATCHES_MAX = 700 };

static uint64_t rng_state;

static uint32_t rnd(uint32_t n) {
    rng_state = rng_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(rng_state >> 33) % n;
}

/* ---- Random patterns ---------------------------------------------------------------------------- */

static uint8_t random_byte(void) {
    static const uint8_t few[] = {'a', 'b', 'A', 'B', 0, ' ', 'z', 0xff, 'q', '7', 0x80, '_'};

    return few[rnd(rnd(4) == 0 ? 12 : 4 + rnd(5))];
}

static struct ym_node *new_node(struct ym_arena *a, ym_node_op op) {
    struct ym_node *n = YM_ARENA_NEW(a, struct ym_node);

    CHECK(n != NULL);
    n->op = op;
    return n;
}

static struct ym_node *random_bytes(struct ym_arena *a, uint32_t len, bool masked) {
    struct ym_node *n = new_node(a, YM_NODE_BYTES);
    uint8_t *value = ym_arena_zalloc(a, len, 1);
    uint8_t *mask = ym_arena_zalloc(a, len, 1);

    CHECK(value != NULL && mask != NULL);
    n->len = len;
    for (uint32_t i = 0; i < len; i++) {
        static const uint8_t masks[] = {0xff, 0xf0, 0x0f, 0};

        mask[i] = masked ? masks[rnd(4)] : 0xff;
        value[i] = random_byte() & mask[i];
    }
    n->u.bytes.value = value;
    n->u.bytes.mask = masked ? mask : NULL;
    return n;
}

static struct ym_node *random_set(struct ym_arena *a) {
    struct ym_node *n = new_node(a, YM_NODE_SET);
    uint8_t *set = ym_arena_zalloc(a, 32, 1);

    CHECK(set != NULL);
    for (unsigned i = 0; i < 1 + rnd(5); i++) {
        uint8_t b = random_byte();

        set[b / 8] |= (uint8_t)(1u << b % 8);
    }
    n->u.set = set;
    return n;
}

static struct ym_node *random_alt(struct ym_arena *a, bool negated) {
    struct ym_node *n = new_node(a, negated ? YM_NODE_NOT : YM_NODE_ALT);
    uint32_t kids = 1 + rnd(3);
    const struct ym_node **list = YM_ARENA_ARRAY(a, kids, const struct ym_node *);

    CHECK(list != NULL);
    n->len = negated ? 1 + rnd(2) : 0;
    for (uint32_t i = 0; i < kids; i++) {
        list[i] = random_bytes(a, negated ? n->len : 1 + rnd(4), false);
    }
    n->u.alt.kids = list;
    n->u.alt.n_kids = kids;
    return n;
}

static struct ym_node *random_jump(struct ym_arena *a) {
    struct ym_node *n = new_node(a, YM_NODE_JUMP);

    n->u.jump.min = rnd(4);
    n->u.jump.max = n->u.jump.min + rnd(6);
    switch (rnd(6)) {
    case 0:
        n->u.jump.max = YM_JUMP_INF;
        break;
    case 1: /* around the width at which a pattern is cut */
        n->u.jump.max = n->u.jump.min + 253 + rnd(6);
        break;
    default:
        break;
    }
    return n;
}

static struct ym_node *random_item(struct ym_arena *a) {
    switch (rnd(6)) {
    case 0:
        return random_set(a);
    case 1:
        return random_alt(a, rnd(4) == 0);
    case 2:
        return random_bytes(a, 1 + rnd(3), true);
    default:
        return random_bytes(a, 1 + rnd(rnd(4) == 0 ? 16 : 5), false);
    }
}

/* Bytes, then gap and bytes as often as it comes; no gap at the ends, as both languages have it. */
static const struct ym_node *random_body(struct ym_arena *a, bool plain) {
    struct ym_node *head = random_bytes(a, 1 + rnd(rnd(3) == 0 ? 20 : 6), false);
    struct ym_node *tail = head;

    for (unsigned i = rnd(plain ? 1 : 4); i > 0; i--) {
        if (rnd(2) == 0) {
            tail->next = random_jump(a);
            tail = (struct ym_node *)(uintptr_t)tail->next;
        }
        tail->next = random_item(a);
        tail = (struct ym_node *)(uintptr_t)tail->next;
    }
    /* An all-wild piece between wide gaps is refused by the compiler only when it is empty. */
    return head;
}

/* ---- The oracle ---------------------------------------------------------------------------------- */

struct text {
    const uint8_t *d;
    size_t n;
    bool nocase;
    uint8_t key;
};

static uint8_t low(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool bytes_match(const struct text *t, const struct ym_node *n, size_t at) {
    const uint8_t *mask = n->u.bytes.mask;
    bool full = true;

    if (t->n - at < n->len) {
        return false;
    }
    for (uint32_t i = 0; mask != NULL && i < n->len; i++) {
        full = full && mask[i] == 0xff;
    }
    for (uint32_t i = 0; i < n->len; i++) {
        uint8_t c = t->d[at + i] ^ t->key;
        uint8_t v = n->u.bytes.value[i];
        bool same = full && t->nocase ? low(c) == low(v) : (c & (mask ? mask[i] : 0xff)) == v;

        if (!same) {
            return false;
        }
    }
    return true;
}

/* Nearest end of [n...] from `at`, or -1; `rest` is what follows the list. */
static long nearest_end(const struct text *t, const struct ym_node *n, const struct ym_node *rest,
                        size_t at) {
    long best = -1;

    if (n == NULL) {
        return rest == NULL ? (long)at : nearest_end(t, rest, NULL, at);
    }
    if (n->op == YM_NODE_JUMP) {
        for (size_t skip = n->u.jump.min; skip <= n->u.jump.max && at + skip <= t->n; skip++) {
            long end = nearest_end(t, n->next, rest, at + skip);

            best = end >= 0 && (best < 0 || end < best) ? end : best;
            if (best >= 0 && (size_t)best <= at + skip) {
                break;
            }
        }
        return best;
    }
    if (n->op == YM_NODE_ALT) {
        for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
            struct ym_node kid = *n->u.alt.kids[i]; /* one BYTES node here */
            long end;

            kid.next = n->next;
            end = nearest_end(t, &kid, rest, at);
            best = end >= 0 && (best < 0 || end < best) ? end : best;
        }
        return best;
    }
    if (n->op == YM_NODE_NOT) {
        if (t->n - at < n->len) {
            return -1;
        }
        for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
            struct text exact = *t;

            exact.nocase = false; /* negated alternatives are exact */
            if (bytes_match(&exact, n->u.alt.kids[i], at)) {
                return -1;
            }
        }
        return nearest_end(t, n->next, rest, at + n->len);
    }
    if (n->op == YM_NODE_SET) {
        uint8_t c = at < t->n ? t->d[at] ^ t->key : 0;

        return at < t->n && (n->u.set[c / 8] >> c % 8 & 1) != 0
                   ? nearest_end(t, n->next, rest, at + 1)
                   : -1;
    }
    return bytes_match(t, n, at) ? nearest_end(t, n->next, rest, at + n->len) : -1;
}

static long oracle_end(const struct ym_pattern *p, const uint8_t *d, size_t n, size_t at) {
    struct text t = {d, n, (p->flags & YM_PATTERN_NOCASE) != 0, 0};
    unsigned lo = (p->flags & YM_PATTERN_XOR) != 0 ? p->xor_min : 0;
    unsigned hi = (p->flags & YM_PATTERN_XOR) != 0 ? p->xor_max : 0;

    for (unsigned key = lo; key <= hi; key++) {
        t.key = (uint8_t)key;
        long end = nearest_end(&t, p->variants[0].body, NULL, at);

        if (end >= 0) {
            return end;
        }
    }
    return -1;
}

/* ---- Questions ------------------------------------------------------------------------------------ */

static const struct ym_expr *expr(struct ym_arena *a, ym_expr_op op, ym_type type,
                                  const struct ym_expr *x, const struct ym_expr *y, int64_t i) {
    struct ym_expr *e = YM_ARENA_NEW(a, struct ym_expr);
    const struct ym_expr **kids = YM_ARENA_ARRAY(a, 2, const struct ym_expr *);

    CHECK(e != NULL && kids != NULL);
    kids[0] = x;
    kids[1] = y;
    *e =
        (struct ym_expr){.op = op, .type = type, .kids = kids, .n_kids = y != NULL ? 2 : x != NULL};
    if (op == YM_EXPR_INT) {
        e->u.i = i;
    } else {
        e->u.pattern = 0;
    }
    return e;
}

static const struct ym_expr *equals(struct ym_arena *a, const struct ym_expr *x, int64_t v) {
    return expr(a, YM_EXPR_EQ, YM_TYPE_BOOL, x, expr(a, YM_EXPR_INT, YM_TYPE_INT, NULL, NULL, v),
                0);
}

/* #p == n and @p[i] == start and !p[i] == length ... for all of the oracle's matches. */
static const struct ym_expr *expect(struct ym_arena *a, const struct ym_pattern *p,
                                    const uint8_t *d, size_t n) {
    const struct ym_expr *all = NULL;
    int64_t count = 0;

    for (size_t at = 0; at < n; at++) {
        long end = oracle_end(p, d, n, at);

        if (end < 0) {
            continue;
        }
        count++;
        if (count <= 40) {
            const struct ym_expr *index = expr(a, YM_EXPR_INT, YM_TYPE_INT, NULL, NULL, count);
            const struct ym_expr *both =
                equals(a, expr(a, YM_EXPR_OFFSET, YM_TYPE_INT, index, NULL, 0), (int64_t)at);

            both = expr(
                a, YM_EXPR_AND, YM_TYPE_BOOL, both,
                equals(a, expr(a, YM_EXPR_LENGTH, YM_TYPE_INT, index, NULL, 0), end - (long)at), 0);
            all = all == NULL ? both : expr(a, YM_EXPR_AND, YM_TYPE_BOOL, all, both, 0);
        }
    }
    const struct ym_expr *counted =
        equals(a, expr(a, YM_EXPR_COUNT, YM_TYPE_INT, NULL, NULL, 0), count);
    return all == NULL ? counted : expr(a, YM_EXPR_AND, YM_TYPE_BOOL, all, counted, 0);
}

/* ---- The round -------------------------------------------------------------------------------------- */

static bool on_detection(void *self, const struct ym_match_detection *d) {
    bool *seen = self;

    seen[atoi(d->name)] = true; /* NOLINT(cert-err34-c): we wrote the name */
    return true;
}

static void random_data(uint8_t *d, size_t n, const struct ym_pattern *patterns) {
    for (size_t i = 0; i < n; i++) {
        d[i] = random_byte();
    }
    /* Plant pieces of the patterns, so that long literals occur at all. */
    for (unsigned k = 0; k < PATTERNS; k++) {
        size_t at = rnd((uint32_t)n);
        uint8_t key = (patterns[k].flags & YM_PATTERN_XOR) != 0 ? (uint8_t)rnd(256) : 0;

        for (const struct ym_node *x = patterns[k].variants[0].body; x != NULL; x = x->next) {
            for (uint32_t i = 0; x->op == YM_NODE_BYTES && i < x->len && at < n; i++) {
                d[at++] = x->u.bytes.value[i] ^ key;
            }
            if (x->op == YM_NODE_JUMP) { /* at a bound, or just outside */
                at += x->u.jump.max == YM_JUMP_INF || rnd(2) == 0 ? x->u.jump.min : x->u.jump.max;
                at += rnd(8) == 0;
            }
        }
    }
}

/* Many short patterns, none of which occurs. */
static void add_crowd(struct ym_arena *a, struct ym_db_builder *b, uint32_t n_crowd) {
    struct ym_pattern *crowd = YM_ARENA_ARRAY(a, n_crowd, struct ym_pattern);
    struct ym_rule rule = {
        .lang = YM_LANG_YARA, .name = "0", .patterns = crowd, .n_patterns = n_crowd};
    uint32_t id;

    CHECK(crowd != NULL);
    for (uint32_t i = 0; i < n_crowd; i++) {
        struct ym_node *n = random_bytes(a, 4, false);
        uint8_t *value = ym_arena_zalloc(a, 4, 1);

        CHECK(value != NULL);
        memcpy(value, "\xe1\xe2", 2);
        value[2] = (uint8_t)(0x40 + i % 32);
        value[3] = (uint8_t)(0x80 + i / 32);
        n->u.bytes.value = value;
        crowd[i].n_variants = 1;
        crowd[i].variants[0].body = n;
    }
    CHECK_EQ(ym_db_builder_sink(b)->rule(b, &rule, &id, NULL), YM_OK);
}

static void random_pattern(struct ym_arena *a, struct ym_pattern *p) {
    bool xored = rnd(8) == 0;

    p->flags = xored ? YM_PATTERN_XOR : 0u;
    if (!xored && rnd(3) == 0) {
        p->flags = YM_PATTERN_NOCASE;
    }
    p->xor_min = (uint8_t)(xored ? rnd(3) : 0);
    p->xor_max = xored ? 255 : 0;
    p->n_variants = 1;
    p->variants[0].body = random_body(a, xored);
}

static void one_round(struct ym_arena *a, uint32_t round) {
    struct ym_pattern patterns[PATTERNS] = {0};
    uint8_t data[DATA_MAX];
    size_t n = 1 + rnd(DATA_MAX);
    struct ym_db_builder *b = ym_db_builder_new();
    bool seen[PATTERNS] = {false};
    int fd = memfd_create("image", MFD_CLOEXEC);
    struct ym_db *db = NULL;
    struct ym_err err = {0};
    unsigned gaps = 0;

    CHECK(b != NULL && fd >= 0);
    for (unsigned i = 0; i < PATTERNS; i++) {
        random_pattern(a, &patterns[i]);
    }
    random_data(data, n, patterns);
    for (unsigned i = 0; i < PATTERNS; i++) {
        char name[16];
        struct ym_rule rule = {.lang = YM_LANG_YARA,
                               .name = name,
                               .patterns = &patterns[i],
                               .n_patterns = 1,
                               .condition = expect(a, &patterns[i], data, n)};
        uint32_t id;

        (void)snprintf(name, sizeof(name), "%u", i);
        CHECK_EQ(ym_db_builder_sink(b)->rule(b, &rule, &id, &err), YM_OK);
    }
    if (round % 4 == 0) { /* enough for bitmaps, and for windows of four bytes in them */
        add_crowd(a, b, round % 8 == 0 ? 2500 : 600);
    }
    CHECK_EQ(ym_db_builder_write(b, fd, &err), YM_OK);
    CHECK_EQ(ym_db_open_fd(fd, "random.ydb", &db, &err), YM_OK);
    CHECK_EQ(ym_db_check(db, &err), YM_OK);
    struct ym_scratch *s = ym_scratch_new(db, 64 << 20);
    struct ym_match_input in = {.data = data, .size = n, .langs = YM_MATCH_YARA | YM_MATCH_CLAMAV};

    CHECK(s != NULL);
    for (unsigned v = 0; v < 4; v++) { /* a scratch keeps nothing of the last object */
        static const unsigned vectors[] = {0, 256, 512, 513};

        if (!ym_scratch_use_vectors(s, vectors[v])) {
            CHECK(v > 0);
            continue;
        }
        memset(seen, 0, sizeof(seen));
        CHECK_EQ(ym_match(db, s, &in, on_detection, seen, &gaps), YM_OK);
        CHECK_EQ(gaps, 0);
        for (unsigned i = 0; i < PATTERNS; i++) {
            if (!seen[i]) {
                FAIL("round %u, pattern %u differs from the oracle", round, i);
            }
        }
    }
    ym_scratch_free(s);
    ym_db_close(db);
    ym_db_builder_free(b);
    (void)close(fd);
}

static void random_patterns_match_as_the_oracle_says(void) {
    const char *seed = getenv("YM_SEED");
    struct ym_arena *a = ym_arena_new(64 << 20);

    CHECK(a != NULL);
    rng_state = seed == NULL ? 20090401 : strtoull(seed, NULL, 10);
    printf("# seed %llu (YM_SEED)\n", (unsigned long long)rng_state);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        one_round(a, round);
        ym_arena_reset(a);
    }
    ym_arena_free(a);
}

/* ---- Conditions over several patterns ------------------------------------------------------------- */

/* What the oracle knows of each pattern of a rule, and how much is to be found of the whole. */
struct facts {
    const struct ym_pattern *patterns;
    const uint8_t *data;
    size_t size;
    uint32_t count[PATTERNS];
    size_t first[PATTERNS];
};

static void learn(struct facts *f) {
    for (unsigned i = 0; i < PATTERNS; i++) {
        f->count[i] = 0;
        for (size_t at = f->size; at-- > 0;) {
            if (oracle_end(&f->patterns[i], f->data, f->size, at) >= 0) {
                f->count[i]++;
                f->first[i] = at;
            }
        }
    }
}

static const struct ym_expr *of_pattern(struct ym_arena *a, ym_expr_op op, uint32_t pattern,
                                        const struct ym_expr *x, const struct ym_expr *y) {
    struct ym_expr *e = (struct ym_expr *)(uintptr_t)expr(a, op, YM_TYPE_BOOL, x, y, 0);

    e->u.pattern = pattern;
    return e;
}

static const struct ym_expr *number(struct ym_arena *a, size_t v) {
    return expr(a, YM_EXPR_INT, YM_TYPE_INT, NULL, NULL, (int64_t)v);
}

/* $p, $p at N, $p in (N..M), #p > 0 */
static const struct ym_expr *random_leaf(struct ym_arena *a, const struct facts *f, bool *ret) {
    const uint32_t p = rnd(PATTERNS);
    const size_t at = f->count[p] > 0 && rnd(3) > 0 ? f->first[p] : rnd(DATA_MAX);
    const size_t to = at + rnd(3);

    *ret = f->count[p] > 0;
    switch (rnd(5)) {
    case 0:
        *ret = at < f->size && oracle_end(&f->patterns[p], f->data, f->size, at) >= 0;
        return of_pattern(a, YM_EXPR_FOUND_AT, p, number(a, at), NULL);
    case 1:
        *ret = false;
        for (size_t i = at; i <= to && i < f->size; i++) {
            *ret = *ret || oracle_end(&f->patterns[p], f->data, f->size, i) >= 0;
        }
        return of_pattern(a, YM_EXPR_FOUND_IN, p, number(a, at), number(a, to));
    case 2:
        return expr(a, YM_EXPR_GT, YM_TYPE_BOOL, of_pattern(a, YM_EXPR_COUNT, p, NULL, NULL),
                    number(a, 0), 0);
    default:
        return of_pattern(a, YM_EXPR_FOUND, p, NULL, NULL);
    }
}

/* all, any, none or N of some of them */
static const struct ym_expr *random_of(struct ym_arena *a, const struct facts *f, bool *ret) {
    static const ym_quantifier quantifiers[] = {YM_QUANT_ALL, YM_QUANT_ANY, YM_QUANT_NONE,
                                                YM_QUANT_COUNT, YM_QUANT_COUNT};
    const ym_quantifier q = quantifiers[rnd(5)];
    const uint32_t n = 1 + rnd(5);
    const uint32_t wanted = 1 + rnd(n);
    uint32_t *members = YM_ARENA_ARRAY(a, n, uint32_t);
    uint32_t found = 0;
    struct ym_expr *e = (struct ym_expr *)(uintptr_t)expr(
        a, YM_EXPR_OF, YM_TYPE_BOOL, q == YM_QUANT_COUNT ? number(a, wanted) : NULL, NULL, 0);

    CHECK(members != NULL);
    for (uint32_t i = 0; i < n; i++) {
        members[i] = rnd(PATTERNS);
        found += f->count[members[i]] > 0;
    }
    e->u.of.quantifier = q;
    e->u.of.patterns = members;
    e->u.of.n = n;
    *ret = q == YM_QUANT_ALL    ? found == n
           : q == YM_QUANT_ANY  ? found > 0
           : q == YM_QUANT_NONE ? found == 0
                                : found >= wanted;
    return e;
}

/* #p, #p & 1, #p * 3, #p \ 2, #p % 3, or #p >> 1 */
static const struct ym_expr *random_term(struct ym_arena *a, const struct facts *f, int64_t *ret) {
    static const ym_expr_op ops[] = {YM_EXPR_BIT_AND, YM_EXPR_MUL, YM_EXPR_DIV, YM_EXPR_MOD,
                                     YM_EXPR_SHR};
    const uint32_t p = rnd(PATTERNS);
    const int64_t count = f->count[p];
    const int64_t results[] = {count & 1, count * 3, count / 2, count % 3, count >> 1};
    static const size_t numbers[] = {1, 3, 2, 3, 1};
    const struct ym_expr *e = of_pattern(a, YM_EXPR_COUNT, p, NULL, NULL);
    const unsigned which = rnd(7);

    *ret = which < 5 ? results[which] : count;
    return which < 5 ? expr(a, ops[which], YM_TYPE_INT, e, number(a, numbers[which]), 0) : e;
}

/* A sum of some of them, some taken off, against a number that is not far. */
static const struct ym_expr *random_sum(struct ym_arena *a, const struct facts *f, bool *ret) {
    static const ym_expr_op ops[] = {YM_EXPR_EQ, YM_EXPR_NE, YM_EXPR_LT,
                                     YM_EXPR_LE, YM_EXPR_GT, YM_EXPR_GE};
    const unsigned which = rnd(6);
    const unsigned n = 1 + rnd(6);
    int64_t sum;
    int64_t term;
    const struct ym_expr *e = random_term(a, f, &sum);

    for (unsigned i = 1; i < n; i++) {
        const bool off = rnd(5) == 0;

        e = expr(a, off ? YM_EXPR_SUB : YM_EXPR_ADD, YM_TYPE_INT, e, random_term(a, f, &term), 0);
        sum += off ? -term : term;
    }
    const int64_t limit = sum + (int64_t)rnd(5) - 2;
    const bool results[] = {sum == limit, sum != limit, sum<limit, sum <= limit, sum> limit,
                            sum >= limit};

    *ret = results[which];
    return expr(a, ops[which], YM_TYPE_BOOL, e,
                expr(a, YM_EXPR_INT, YM_TYPE_INT, NULL, NULL, limit), 0);
}

static const struct ym_expr *random_condition(struct ym_arena *a, const struct facts *f,
                                              unsigned depth, bool *ret) {
    const unsigned kind = depth == 0 ? rnd(2) : rnd(8);
    const struct ym_expr *x;
    bool left;
    bool right;

    if (kind < 2) {
        return kind == 0 ? random_leaf(a, f, ret) : random_of(a, f, ret);
    }
    if (kind == 7) {
        return random_sum(a, f, ret);
    }
    x = random_condition(a, f, depth - 1, &left);
    if (kind == 2) {
        *ret = !left;
        return expr(a, YM_EXPR_NOT, YM_TYPE_BOOL, x, NULL, 0);
    }
    x = expr(a, kind < 5 ? YM_EXPR_AND : YM_EXPR_OR, YM_TYPE_BOOL, x,
             random_condition(a, f, depth - 1, &right), 0);
    *ret = kind < 5 ? left && right : left || right;
    return x;
}

struct seen_rules {
    bool rules[PATTERNS];
    uint32_t hits;
};

static bool on_hit(void *self, const struct ym_match_hit *hit) {
    struct seen_rules *s = self;

    (void)hit;
    s->hits++;
    return true;
}

/* Of a rule that holds all matches are told, also those that its condition does not ask for. */
static bool on_whole_rule(void *self, const struct ym_match_detection *d) {
    struct seen_rules *s = self;

    (void)on_detection(s->rules, d);
    ym_match_hits(d, on_hit, s);
    return true;
}

static void check_conditions(struct ym_db *db, const struct facts *f, const bool *expected,
                             bool every_match) {
    struct ym_scratch *s = ym_scratch_new(db, 64 << 20);
    struct ym_match_input in = {
        .data = f->data, .size = f->size, .langs = YM_MATCH_YARA, .every_match = every_match};
    struct seen_rules seen = {.hits = 0};
    uint32_t hits = 0;
    uint32_t rules = 0;
    unsigned gaps = 0;

    CHECK(s != NULL);
    CHECK_EQ(ym_match(db, s, &in, on_whole_rule, &seen, &gaps), YM_OK);
    CHECK_EQ(gaps, 0);
    for (unsigned i = 0; i < PATTERNS; i++) {
        CHECK_EQ(seen.rules[i], expected[i]);
        hits += f->count[i];
        rules += expected[i];
    }
    if (every_match) {
        CHECK_EQ(seen.hits, hits * rules);
    }
    ym_scratch_free(s);
}

static void one_round_of_conditions(struct ym_arena *a) {
    struct ym_pattern patterns[PATTERNS] = {0};
    uint8_t data[DATA_MAX];
    struct facts f = {.patterns = patterns, .data = data, .size = 1 + rnd(DATA_MAX)};
    struct ym_db_builder *b = ym_db_builder_new();
    bool expected[PATTERNS];
    int fd = memfd_create("image", MFD_CLOEXEC);
    struct ym_db *db = NULL;
    struct ym_err err = {0};

    CHECK(b != NULL && fd >= 0);
    for (unsigned i = 0; i < PATTERNS; i++) {
        random_pattern(a, &patterns[i]);
    }
    random_data(data, f.size, patterns);
    learn(&f);
    for (unsigned i = 0; i < PATTERNS; i++) {
        char name[16];
        struct ym_rule rule = {.lang = YM_LANG_YARA,
                               .name = name,
                               .patterns = patterns,
                               .n_patterns = PATTERNS,
                               .condition = random_condition(a, &f, 3, &expected[i])};
        uint32_t id;

        (void)snprintf(name, sizeof(name), "%u", i);
        CHECK_EQ(ym_db_builder_sink(b)->rule(b, &rule, &id, &err), YM_OK);
    }
    CHECK_EQ(ym_db_builder_write(b, fd, &err), YM_OK);
    CHECK_EQ(ym_db_open_fd(fd, "random.ydb", &db, &err), YM_OK);
    CHECK_EQ(ym_db_check(db, &err), YM_OK);
    check_conditions(db, &f, expected, false);
    check_conditions(db, &f, expected, true);
    ym_db_close(db);
    ym_db_builder_free(b);
    (void)close(fd);
}

static void random_conditions_hold_as_the_oracle_says(void) {
    const char *seed = getenv("YM_SEED");
    struct ym_arena *a = ym_arena_new(64 << 20);

    CHECK(a != NULL);
    rng_state = seed == NULL ? 20261129 : strtoull(seed, NULL, 10);
    for (uint32_t round = 0; round < ROUNDS / 4; round++) {
        one_round_of_conditions(a);
        ym_arena_reset(a);
    }
    ym_arena_free(a);
}

MAIN(T(random_patterns_match_as_the_oracle_says), T(random_conditions_hold_as_the_oracle_says))
