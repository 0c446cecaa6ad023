/* The automata of regular expressions: random ones against a matcher that tries everything, the
 * two ways of running them against each other, hostile programs, limits. */
#include "../../../src/match/nfa.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "database/nfa.h"
#include "database/nfa_code.h"
#include "signatures/rule.h"
#include "ym_test.h"

#include <stdlib.h>

enum { TEXT_MAX = 24, ROUNDS = 3000, PLENTY = 100000000 };

static uint64_t rng_state = 20260301;

static uint32_t rnd(uint32_t n) {
    rng_state = rng_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(rng_state >> 33) % n;
}

/* ---- Random expressions ---------------------------------------------------------------------- */

struct maker {
    struct ym_arena *arena;
    bool nocase;
    bool edges;
};

static struct ym_node *new_node(struct maker *m, ym_node_op op) {
    struct ym_node *n = YM_ARENA_NEW(m->arena, struct ym_node);

    CHECK(n != NULL);
    n->op = op;
    return n;
}

static struct ym_node *bytes_node(struct maker *m, const char *text, uint32_t len) {
    struct ym_node *n = new_node(m, YM_NODE_BYTES);

    n->len = len;
    n->u.bytes.value = ym_arena_memdup(m->arena, text, len);
    CHECK(n->u.bytes.value != NULL);
    return n;
}

static struct ym_node *random_set(struct maker *m) {
    struct ym_node *n = new_node(m, YM_NODE_SET);
    uint8_t *set = ym_arena_zalloc(m->arena, 32, 1);

    CHECK(set != NULL);
    for (unsigned i = 0; i < 32; i++) {
        set[i] = (uint8_t)(rnd(2) == 0 ? rnd(256) : 0xff);
    }
    n->u.set = set;
    n->len = 1;
    return n;
}

static const struct ym_node *random_sequence(struct maker *m, unsigned depth);

static struct ym_node *random_alt(struct maker *m, unsigned depth) {
    struct ym_node *n = new_node(m, YM_NODE_ALT);
    uint32_t kids = 1 + rnd(3);
    const struct ym_node **list = YM_ARENA_ARRAY(m->arena, kids, const struct ym_node *);

    CHECK(list != NULL);
    for (uint32_t i = 0; i < kids; i++) {
        list[i] = rnd(8) == 0 ? NULL : random_sequence(m, depth);
    }
    n->u.alt.kids = list;
    n->u.alt.n_kids = kids;
    return n;
}

static bool can_be_empty(const struct ym_node *n) {
    for (; n != NULL; n = n->next) {
        bool kid_empty = false;

        for (uint32_t i = 0; n->op == YM_NODE_ALT && i < n->u.alt.n_kids; i++) {
            kid_empty = kid_empty || can_be_empty(n->u.alt.kids[i]);
        }
        if (n->op == YM_NODE_BYTES || n->op == YM_NODE_SET ||
            (n->op == YM_NODE_ALT && !kid_empty) ||
            (n->op == YM_NODE_REPEAT && n->u.repeat.min > 0 && !can_be_empty(n->u.repeat.kid))) {
            return false;
        }
    }
    return true;
}

/* What is repeated takes a byte: which end is preferred is a matter of taste otherwise. */
static struct ym_node *random_repeat(struct maker *m, unsigned depth) {
    struct ym_node *n = new_node(m, YM_NODE_REPEAT);

    do {
        n->u.repeat.kid = random_sequence(m, depth);
    } while (can_be_empty(n->u.repeat.kid));
    n->u.repeat.min = rnd(3);
    n->u.repeat.max = rnd(3) == 0 ? YM_JUMP_INF : n->u.repeat.min + rnd(3) + 1;
    n->u.repeat.lazy = rnd(2) == 0;
    return n;
}

static struct ym_node *random_edge(struct maker *m) {
    struct ym_node *n = new_node(m, YM_NODE_EDGE);

    n->u.edge.kind = (ym_edge)((unsigned)YM_EDGE_WORD + rnd(4));
    n->u.edge.negated = rnd(3) == 0 && n->u.edge.kind <= YM_EDGE_WORD_WIDE;
    return n;
}

static struct ym_node *random_node(struct maker *m, unsigned depth) {
    static const char text[] = "abAbba aBab";

    switch (rnd(depth == 0 ? 4 : 8)) {
    case 0:
        return random_set(m);
    case 1:
        return m->edges ? random_edge(m) : bytes_node(m, "a", 1);
    case 4:
    case 5:
        return random_alt(m, depth - 1);
    case 6:
    case 7:
        return random_repeat(m, depth - 1);
    default:
        return bytes_node(m, text + rnd(8), 1 + rnd(rnd(4) == 0 ? 3 : 1));
    }
}

static const struct ym_node *random_sequence(struct maker *m, unsigned depth) {
    struct ym_node *first = random_node(m, depth);
    struct ym_node *last = first;

    for (unsigned i = rnd(3); i > 0; i--) {
        struct ym_node *next = random_node(m, depth);

        last->next = next;
        last = next;
    }
    return first;
}

/* ---- The oracle: tries in the order of preference -------------------------------------------- */

struct goal; /* what follows a node */
struct goal {
    const struct ym_node *node; /* a sequence; NULL with repeat NULL: nothing */
    const struct ym_node *repeat;
    uint32_t done; /* times of repeat */
    size_t from;   /* where this time began */
    const struct goal *next;
};

struct oracle {
    const uint8_t *d;
    size_t n;
    bool nocase;
    bool ends[TEXT_MAX + 1];
    size_t preferred; /* the first that was found */
    bool found;
    uint64_t steps; /* left */
};

static void try_goal(struct oracle *o, const struct goal *g, size_t at);

static uint8_t low(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static void try_sequence(struct oracle *o, const struct ym_node *n, const struct goal *next,
                         size_t at);

/* `done` times of the repeat are behind; goes on with another one, or with what follows. */
static void try_repeat(struct oracle *o, const struct ym_node *n, uint32_t done,
                       const struct goal *next, size_t at) {
    struct goal again = {.repeat = n, .done = done + 1, .from = at, .next = next};
    bool may_end = done >= n->u.repeat.min;

    if (may_end && n->u.repeat.lazy) {
        try_goal(o, next, at);
    }
    if (done < n->u.repeat.max) {
        try_sequence(o, n->u.repeat.kid, &again, at);
    }
    if (may_end && !n->u.repeat.lazy) {
        try_goal(o, next, at);
    }
}

static void try_goal(struct oracle *o, const struct goal *g, size_t at) {
    if (o->steps == 0) {
        return;
    }
    o->steps--;
    if (g == NULL) {
        o->preferred = o->found ? o->preferred : at;
        o->found = true;
        o->ends[at] = true;
    } else if (g->repeat != NULL) {
        try_repeat(o, g->repeat, g->done, g->next, at);
    } else {
        try_sequence(o, g->node, g->next, at);
    }
}

static bool bytes_match(const struct oracle *o, const struct ym_node *n, size_t at) {
    for (uint32_t i = 0; i < n->len; i++) {
        if (at + i >= o->n || (o->nocase ? low(o->d[at + i]) != low(n->u.bytes.value[i])
                                         : o->d[at + i] != n->u.bytes.value[i])) {
            return false;
        }
    }
    return true;
}

static void try_sequence(struct oracle *o, const struct ym_node *n, const struct goal *next,
                         size_t at) {
    struct goal rest = {.node = n == NULL ? NULL : n->next, .next = next};

    if (o->steps == 0) {
        return;
    }
    o->steps--;
    if (n == NULL) {
        try_goal(o, next, at);
    } else if (n->op == YM_NODE_REPEAT) {
        try_repeat(o, n, 0, &rest, at);
    } else if (n->op == YM_NODE_ALT) {
        for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
            try_sequence(o, n->u.alt.kids[i], &rest, at);
        }
    } else if (n->op == YM_NODE_EDGE) {
        if (ym_nfa_edge(o->d, o->n, at, n->u.edge.kind) != n->u.edge.negated) {
            try_goal(o, &rest, at);
        }
    } else if (n->op == YM_NODE_SET) {
        if (at < o->n && (n->u.set[o->d[at] / 8] >> o->d[at] % 8 & 1) != 0) {
            try_goal(o, &rest, at + 1);
        }
    } else if (bytes_match(o, n, at)) {
        try_goal(o, &rest, at + n->len);
    }
}

/* ---- Comparing ------------------------------------------------------------------------------- */

struct program {
    struct ym_buf buf;
    const uint8_t *p;
};

static void compile(struct program *ret, const struct ym_node *body, bool nocase, bool backwards) {
    struct ym_err err = {0};

    ym_buf_init(&ret->buf, 1 << 20);
    CHECK_EQ(ym_nfa_compile(body, nocase, backwards, &ret->buf, &err), YM_OK);
    CHECK_EQ(ym_nfa_check(ret->buf.data, (uint32_t)ret->buf.len, &err), YM_OK);
    ret->p = ret->buf.data;
}

static bool mark(void *self, size_t end) {
    bool *ends = self;

    CHECK(end <= TEXT_MAX && !ends[end]);
    ends[end] = true;
    return true;
}

/* Everything that is asked of one expression and one text. */
struct answers {
    bool found[TEXT_MAX + 1];
    size_t preferred[TEXT_MAX + 1];
    bool ends[TEXT_MAX + 1][TEXT_MAX + 1];   /* of starts */
    bool starts[TEXT_MAX + 1][TEXT_MAX + 1]; /* of ends */
    bool any;
};

static void ask(struct ym_nfa *s, const struct program *forward, const struct program *backward,
                const uint8_t *d, size_t n, struct answers *ret) {
    uint64_t budget = PLENTY;
    struct ym_nfa_job job = {
        .program = forward->p, .data = d, .size = n, .reach = YM_NFA_REACH, .budget = &budget};

    memset(ret, 0, sizeof(*ret));
    ym_nfa_forget(s);
    for (job.at = 0; job.at <= n; job.at++) {
        ret->found[job.at] = ym_nfa_match(s, &job, &ret->preferred[job.at]);
        ym_nfa_ends(s, &job, mark, ret->ends[job.at]);
    }
    job.program = backward->p;
    job.backwards = true;
    for (job.at = 0; job.at <= n; job.at++) {
        ym_nfa_ends(s, &job, mark, ret->starts[job.at]);
    }
    ret->any = ym_nfa_search(s, forward->p, (uint32_t)forward->buf.len, d, n, &budget);
    CHECK(budget > 0);
}

/* False: the oracle has given up. */
static bool is_right(const struct answers *a, const struct ym_node *body, bool nocase,
                     const uint8_t *d, size_t n) {
    bool any = false;

    for (size_t at = 0; at <= n; at++) {
        struct oracle o = {.d = d, .n = n, .nocase = nocase, .steps = 200000};

        try_sequence(&o, body, NULL, at);
        if (o.steps == 0) {
            return false;
        }
        CHECK_EQ(a->found[at], o.found);
        CHECK(!o.found || a->preferred[at] == o.preferred);
        for (size_t end = 0; end <= n; end++) {
            CHECK_EQ(a->ends[at][end], o.ends[end]);
            CHECK_EQ(a->starts[end][at], o.ends[end]);
        }
        any = any || (o.found && (at < n || at == 0)); /* no match begins at the end of a text */
    }
    CHECK_EQ(a->any, any);
    return true;
}

static void random_text(uint8_t d[TEXT_MAX], size_t n) {
    static const char few[] = "abABab _";

    for (size_t i = 0; i < n; i++) {
        d[i] = (uint8_t)(rnd(12) == 0 ? rnd(256) : rnd(12) == 0 ? 0 : (uint8_t)few[rnd(8)]);
    }
}

static void random_expressions_match_as_the_oracle_says(void) {
    static struct answers cached;
    static struct answers plain;
    struct ym_nfa *s = ym_nfa_new();
    unsigned compared = 0;

    CHECK(s != NULL);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct maker m = {
            .arena = ym_arena_new(1 << 22), .nocase = rnd(2) == 0, .edges = rnd(3) == 0};
        const struct ym_node *body = random_sequence(&m, 3);
        struct program forward;
        struct program backward;
        uint8_t d[TEXT_MAX];
        size_t n = rnd(TEXT_MAX + 1);

        random_text(d, n);
        compile(&forward, body, m.nocase, false);
        compile(&backward, body, m.nocase, true);
        ym_nfa_use_cache(s, true);
        ask(s, &forward, &backward, d, n, &cached);
        ym_nfa_use_cache(s, false);
        ask(s, &forward, &backward, d, n, &plain);
        CHECK(memcmp(&cached, &plain, sizeof(plain)) == 0);
        compared += is_right(&plain, body, m.nocase, d, n);
        ym_buf_done(&forward.buf);
        ym_buf_done(&backward.buf);
        ym_arena_free(m.arena);
    }
    CHECK(compared > ROUNDS / 2);
    ym_nfa_free(s);
}

/* ---- Larger than the cache ------------------------------------------------------------------- */

/* (a|b)*a(a|b){16}: 2^17 states when they are made one by one. */
static const struct ym_node *many_states(struct maker *m) {
    struct ym_node *any = random_set(m);
    struct ym_node *star = new_node(m, YM_NODE_REPEAT);
    struct ym_node *a = bytes_node(m, "a", 1);
    struct ym_node *tail = new_node(m, YM_NODE_REPEAT);
    uint8_t set[32] = {0};

    set['a' / 8] = 1u << 'a' % 8 | 1u << 'b' % 8;
    any->u.set = ym_arena_memdup(m->arena, set, 32);
    CHECK(any->u.set != NULL);
    star->u.repeat.kid = any;
    star->u.repeat.max = YM_JUMP_INF;
    tail->u.repeat.kid = any;
    tail->u.repeat.min = 16;
    tail->u.repeat.max = 16;
    star->next = a;
    a->next = tail;
    return star;
}

static void what_overflows_the_cache_ends_the_same(void) {
    enum { SIZE = 60000 };
    struct maker m = {.arena = ym_arena_new(1 << 20)};
    struct ym_nfa *s = ym_nfa_new();
    uint8_t *d = ym_malloc(SIZE);
    uint64_t budget = PLENTY;
    struct program p;
    size_t end[2] = {0, 1};

    CHECK(s != NULL && d != NULL);
    for (size_t i = 0; i < SIZE; i++) {
        d[i] = (uint8_t)('a' + rnd(2));
    }
    compile(&p, many_states(&m), false, false);
    for (unsigned i = 0; i < 2; i++) {
        struct ym_nfa_job job = {
            .program = p.p, .data = d, .size = SIZE, .reach = SIZE, .budget = &budget};

        ym_nfa_use_cache(s, i == 0);
        CHECK(ym_nfa_match(s, &job, &end[i]));
    }
    CHECK_EQ(end[0], end[1]);
    CHECK(end[0] > SIZE - 100);
    ym_buf_done(&p.buf);
    ym_arena_free(m.arena);
    ym_free(d);
    ym_nfa_free(s);
}

static void work_is_counted_and_ends(void) {
    enum { SIZE = 20000 };
    struct maker m = {.arena = ym_arena_new(1 << 20)};
    struct ym_nfa *s = ym_nfa_new();
    uint8_t *d = ym_zalloc(SIZE, 1);
    struct program p;

    CHECK(s != NULL && d != NULL);
    memset(d, 'b', SIZE);
    compile(&p, many_states(&m), false, false);
    for (unsigned cached = 0; cached < 2; cached++) {
        uint64_t budget = 1000;
        struct ym_nfa_job job = {
            .program = p.p, .data = d, .size = SIZE, .reach = SIZE, .budget = &budget};

        ym_nfa_forget(s);
        ym_nfa_use_cache(s, cached != 0);
        CHECK(!ym_nfa_any(s, &job));
        CHECK_EQ(budget, 0);
    }
    ym_buf_done(&p.buf);
    ym_arena_free(m.arena);
    ym_free(d);
    ym_nfa_free(s);
}

/* ---- Limits ---------------------------------------------------------------------------------- */

static const struct ym_node *repeat_of(struct maker *m, const struct ym_node *kid, uint32_t min,
                                       uint32_t max) {
    struct ym_node *n = new_node(m, YM_NODE_REPEAT);

    n->u.repeat.kid = kid;
    n->u.repeat.min = min;
    n->u.repeat.max = max;
    return n;
}

static void automata_have_a_largest_size(void) {
    struct maker m = {.arena = ym_arena_new(1 << 20)};
    const struct ym_node *a = bytes_node(&m, "a", 1);
    struct ym_buf out;
    struct ym_err err = {0};

    ym_buf_init(&out, 1 << 24);
    CHECK_EQ(ym_nfa_compile(repeat_of(&m, repeat_of(&m, a, 200, 200), 200, 200), false, false, &out,
                            &err),
             YM_LIMIT);
    CHECK(strstr(err.text, "30000") != NULL);
    CHECK_EQ(out.len, 0);
    CHECK_EQ(
        ym_nfa_compile(repeat_of(&m, repeat_of(&m, a, 0, 100), 0, 100), false, true, &out, &err),
        YM_OK);
    /* Bounds that no match reaches cost no more than those that one just does. */
    CHECK_EQ(ym_nfa_compile(repeat_of(&m, a, 0, 32767), false, false, &out, &err), YM_OK);
    CHECK_EQ(ym_nfa_compile(repeat_of(&m, a, 32767, 32767), false, false, &out, &err), YM_OK);
    CHECK_EQ(ym_nfa_compile(repeat_of(&m, NULL, 32767, YM_JUMP_INF), false, false, &out, &err),
             YM_OK);
    ym_buf_done(&out);
    ym_arena_free(m.arena);
}

static void other_nodes_are_refused(void) {
    static const ym_node_op ops[] = {YM_NODE_JUMP, YM_NODE_NOT, YM_NODE_NEAR};
    struct maker m = {.arena = ym_arena_new(1 << 20)};
    struct ym_buf out;

    ym_buf_init(&out, 1 << 20);
    for (unsigned i = 0; i < 3; i++) {
        struct ym_err err = {0};

        CHECK_EQ(ym_nfa_compile(new_node(&m, ops[i]), false, false, &out, &err), YM_UNSUPPORTED);
    }
    ym_buf_done(&out);
    ym_arena_free(m.arena);
}

/* `matches` reads 4096 bytes, and no match begins behind them. */
static void a_search_has_a_reach(void) {
    struct maker m = {.arena = ym_arena_new(1 << 20)};
    struct ym_nfa *s = ym_nfa_new();
    uint8_t d[YM_NFA_REACH + 2] = {0};
    uint64_t budget = PLENTY;
    struct program p;

    CHECK(s != NULL);
    compile(&p, bytes_node(&m, "ab", 2), false, false);
    memcpy(d + YM_NFA_REACH - 2, "ab", 2);
    CHECK(ym_nfa_search(s, p.p, (uint32_t)p.buf.len, d, sizeof(d), &budget));
    memcpy(d + YM_NFA_REACH - 2, "\0ab", 3);
    CHECK(!ym_nfa_search(s, p.p, (uint32_t)p.buf.len, d, sizeof(d), &budget));
    CHECK(!ym_nfa_search(s, p.p, (uint32_t)p.buf.len, d, 0, &budget));
    ym_buf_done(&p.buf);
    compile(&p, NULL, false, false);
    CHECK(ym_nfa_search(s, p.p, (uint32_t)p.buf.len, d, 0, &budget));
    ym_buf_done(&p.buf);
    ym_arena_free(m.arena);
    ym_nfa_free(s);
}

/* ---- Hostile programs ------------------------------------------------------------------------ */

static const struct ym_node *sample(struct maker *m) {
    struct ym_node *first = bytes_node(m, "ab", 2);
    struct ym_node *alt = random_alt(m, 1);
    struct ym_node *edge = random_edge(m);
    struct ym_node *repeat = random_repeat(m, 1);

    first->next = alt;
    alt->next = edge;
    edge->next = repeat;
    repeat->next = random_set(m);
    return first;
}

static void run_it(struct ym_nfa *s, const uint8_t *program, uint32_t size) {
    static const uint8_t d[] = "ababab ABAB \0a\0b";
    uint64_t budget = 10000;
    bool ends[TEXT_MAX + 1] = {false};
    struct ym_nfa_job job = {
        .program = program, .data = d, .size = sizeof(d), .reach = 100, .budget = &budget};
    size_t end;

    ym_nfa_forget(s);
    (void)ym_nfa_match(s, &job, &end);
    job.backwards = true;
    job.at = sizeof(d);
    ym_nfa_ends(s, &job, mark, ends);
    (void)ym_nfa_search(s, program, size, d, sizeof(d), &budget);
}

static void every_prefix_of_a_program_is_refused(void) {
    struct maker m = {.arena = ym_arena_new(1 << 20)};
    struct program p;

    compile(&p, sample(&m), true, false);
    for (uint32_t n = 0; n < p.buf.len; n++) {
        uint8_t *copy = ym_malloc(n + 1); /* so that a read past it is noticed */

        CHECK(copy != NULL);
        memcpy(copy, p.p, n);
        CHECK_EQ(ym_nfa_check(copy, n, NULL), YM_MALFORMED);
        ym_free(copy);
    }
    CHECK_EQ(ym_nfa_check(p.p, (uint32_t)p.buf.len + 1, NULL), YM_MALFORMED);
    ym_buf_done(&p.buf);
    ym_arena_free(m.arena);
}

static void what_the_check_lets_pass_can_be_run(void) {
    struct maker m = {.arena = ym_arena_new(1 << 20), .edges = true};
    struct ym_nfa *s = ym_nfa_new();
    struct program p;
    unsigned passed = 0;

    CHECK(s != NULL);
    compile(&p, sample(&m), true, false);
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t at = rnd((uint32_t)p.buf.len);
        uint8_t was = p.buf.data[at];

        p.buf.data[at] = (uint8_t)(rnd(2) == 0 ? rnd(256) : was ^ 1u << rnd(8));
        ym_nfa_use_cache(s, rnd(2) == 0);
        if (ym_nfa_check(p.p, (uint32_t)p.buf.len, NULL) == YM_OK) {
            passed++;
            run_it(s, p.p, (uint32_t)p.buf.len);
        }
        p.buf.data[at] = was;
    }
    CHECK(passed > 100 && passed < 20000);
    ym_buf_done(&p.buf);
    ym_arena_free(m.arena);
    ym_nfa_free(s);
}

static void pairs_are_checked_as_a_whole(void) {
    struct maker m = {.arena = ym_arena_new(1 << 20)};
    const struct ym_node *body = bytes_node(&m, "abc", 3);
    struct ym_nfa_pair sizes = {0};
    struct ym_err err = {0};
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    ym_buf_add(&b, &sizes, sizeof(sizes));
    CHECK_EQ(ym_nfa_compile(body, false, false, &b, &err), YM_OK);
    sizes.forward_size = (uint32_t)(b.len - sizeof(sizes));
    CHECK_EQ(ym_nfa_compile(body, false, true, &b, &err), YM_OK);
    sizes.backward_size = sizes.forward_size;
    memcpy(b.data, &sizes, sizeof(sizes));
    CHECK_EQ(ym_nfa_check_pair(b.data, (uint32_t)b.len, NULL), YM_OK);
    for (uint32_t n = 0; n < b.len; n++) {
        CHECK_EQ(ym_nfa_check_pair(b.data, n, NULL), YM_MALFORMED);
    }
    sizes.forward_size = UINT32_MAX;
    memcpy(b.data, &sizes, sizeof(sizes));
    CHECK_EQ(ym_nfa_check_pair(b.data, (uint32_t)b.len, NULL), YM_MALFORMED);
    ym_buf_done(&b);
    ym_arena_free(m.arena);
}

MAIN(T(random_expressions_match_as_the_oracle_says), T(what_overflows_the_cache_ends_the_same),
     T(work_is_counted_and_ends), T(automata_have_a_largest_size), T(other_nodes_are_refused),
     T(a_search_has_a_reach), T(every_prefix_of_a_program_is_refused),
     T(what_the_check_lets_pass_can_be_run), T(pairs_are_checked_as_a_whole))
