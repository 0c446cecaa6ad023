/* test_logic.c - logical signatures against an obvious evaluation of their trees.
 *
 * Subsigs are markers that stand in the data a random number of times, so their counts are known;
 * random trees over them are evaluated by a few lines of recursion here and, through records, covers
 * and on-demand seeking, by the engine. */
#include "base/arena.h"
#include "database/build.h"
#include "database/db.h"
#include "database/logic.h"
#include "match/match.h"
#include "signatures/rule.h"
#include "ym_test.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SUBSIGS = 6, DATA_MAX = 4096, ROUNDS = 3000, MARKER = 7 };

static uint64_t rng_state = 1;

static uint32_t rnd(uint32_t n) {
    rng_state = rng_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(rng_state >> 33) % n;
}

/* ---- Making ---------------------------------------------------------------------------------- */

static struct ym_logic *random_tree(struct ym_arena *a, unsigned depth) {
    struct ym_logic *e = YM_ARENA_NEW(a, struct ym_logic);

    CHECK(e != NULL);
    e->op = depth == 0 || rnd(3) == 0 ? YM_LOGIC_SUBSIG : rnd(2) == 0 ? YM_LOGIC_AND : YM_LOGIC_OR;
    if (rnd(3) == 0) {
        e->test = (ym_logic_test)(1 + rnd(3));
        e->count = rnd(5);
        e->distinct = e->op != YM_LOGIC_SUBSIG && rnd(2) == 0 ? rnd(4) : 0;
    }
    e->subsig = rnd(SUBSIGS);
    if (e->op != YM_LOGIC_SUBSIG) {
        e->kids[0] = random_tree(a, depth - 1);
        e->kids[1] = random_tree(a, depth - 1);
    }
    return e;
}

/* Marker i: letters that no other marker holds. */
static void marker(unsigned i, uint8_t out[MARKER]) {
    for (unsigned k = 0; k < MARKER; k++) {
        out[k] = (uint8_t)('a' + i * 4 + k % 4);
    }
}

static const struct ym_pattern *marker_patterns(struct ym_arena *a) {
    struct ym_pattern *p = YM_ARENA_ARRAY(a, SUBSIGS, struct ym_pattern);

    CHECK(p != NULL);
    for (unsigned i = 0; i < SUBSIGS; i++) {
        struct ym_node *n = YM_ARENA_NEW(a, struct ym_node);
        uint8_t text[MARKER];

        marker(i, text);
        CHECK(n != NULL);
        n->op = YM_NODE_BYTES;
        n->len = MARKER;
        n->u.bytes.value = ym_arena_memdup(a, text, MARKER);
        p[i].variants[0].body = n;
        p[i].n_variants = 1;
    }
    return p;
}

static struct ym_logical *logical_of(struct ym_arena *a, const struct ym_logic *expr) {
    struct ym_logical *l = YM_ARENA_NEW(a, struct ym_logical);
    struct ym_subsig *s = YM_ARENA_ARRAY(a, SUBSIGS, struct ym_subsig);

    CHECK(l != NULL && s != NULL);
    for (uint32_t i = 0; i < SUBSIGS; i++) {
        s[i].kind = YM_SUBSIG_PATTERN;
        s[i].u.patterns.first = i;
        s[i].u.patterns.n = 1;
    }
    l->expr = expr;
    l->subsigs = s;
    l->n_subsigs = SUBSIGS;
    return l;
}

static size_t random_data(uint8_t *data, uint32_t counts[SUBSIGS]) {
    size_t n = 0;

    for (unsigned i = 0; i < SUBSIGS; i++) {
        counts[i] = rnd(2) == 0 ? 0 : rnd(5);
        for (uint32_t k = 0; k < counts[i]; k++) {
            marker(i, data + n);
            n += MARKER;
            for (uint32_t gap = rnd(80) + 1; gap > 0; gap--) {
                data[n++] = '.';
            }
        }
    }
    data[n++] = '!';
    return n;
}

/* ---- The obvious way ------------------------------------------------------------------------- */

struct value {
    bool truth;
    uint32_t count;
    uint32_t set;
};

static bool holds(ym_logic_test test, uint32_t value, uint32_t with) {
    return test == YM_LOGIC_EQ ? value == with : test == YM_LOGIC_LT ? value < with : value > with;
}

static struct value eval(const struct ym_logic *e, const uint32_t *counts) {
    struct value v = {false, 0, 0};

    if (e->op == YM_LOGIC_SUBSIG) {
        uint32_t n = counts[e->subsig];

        if (e->test == YM_LOGIC_NO_TEST ? n > 0 : holds(e->test, n, e->count)) {
            v = (struct value){true, n, 1u << e->subsig};
        }
        return v;
    }
    {
        struct value a = eval(e->kids[0], counts);
        struct value b = eval(e->kids[1], counts);

        if (e->op == YM_LOGIC_AND ? a.truth && b.truth : a.truth || b.truth) {
            v = (struct value){true, (a.truth ? a.count : 0) + (b.truth ? b.count : 0),
                               (a.truth ? a.set : 0) | (b.truth ? b.set : 0)};
        }
        if (e->test == YM_LOGIC_NO_TEST) {
            return v;
        }
        if (holds(e->test, v.count, e->count) &&
            (uint32_t)__builtin_popcount(v.set) >= e->distinct) {
            return (struct value){true, v.count, 0};
        }
        return (struct value){false, 0, 0};
    }
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static struct ym_db *open_built(struct ym_db_builder *b, uint8_t **ret_bytes) {
    int fd = memfd_create("image", MFD_CLOEXEC);
    struct ym_db *db = NULL;
    size_t size;

    CHECK(fd >= 0 && ym_db_builder_write(b, fd, NULL) == YM_OK);
    size = (size_t)lseek(fd, 0, SEEK_END);
    *ret_bytes = aligned_alloc(64, (size + 63) / 64 * 64);
    CHECK(*ret_bytes != NULL && pread(fd, *ret_bytes, size, 0) == (ssize_t)size);
    (void)close(fd);
    CHECK(ym_db_open_memory(*ret_bytes, size, "t", &db, NULL) == YM_OK);
    CHECK(ym_db_check(db, NULL) == YM_OK);
    return db;
}

static bool on_detection(void *self, const struct ym_match_detection *d) {
    ((bool *)self)[atoi(d->name)] = true;
    return true;
}

enum { RULES = 40 };

static void test_trees(void) {
    static uint8_t data[DATA_MAX];

    for (unsigned round = 0; round < ROUNDS / RULES; round++) {
        struct ym_db_builder *b = ym_db_builder_new();
        struct ym_arena *a = ym_arena_new(16 << 20);
        const struct ym_logic *trees[RULES];
        struct ym_scratch *scratch;
        struct ym_db *db;
        uint8_t *bytes;

        CHECK(b != NULL && a != NULL);
        for (unsigned i = 0; i < RULES; i++) {
            char name[16];
            uint32_t id;
            struct ym_rule rule = {.lang = YM_LANG_CLAMAV, .flags = YM_RULE_LOGICAL};

            (void)snprintf(name, sizeof(name), "%u", i);
            trees[i] = random_tree(a, 4);
            rule.name = name;
            rule.patterns = marker_patterns(a);
            rule.n_patterns = SUBSIGS;
            rule.logical = logical_of(a, trees[i]);
            CHECK(ym_db_builder_sink(b)->rule(b, &rule, &id, NULL) == YM_OK);
        }
        db = open_built(b, &bytes);
        scratch = ym_scratch_new(db, 1 << 20);
        CHECK(scratch != NULL);
        for (unsigned k = 0; k < 30; k++) {
            bool got[RULES] = {false};
            uint32_t counts[SUBSIGS];
            struct ym_match_input in = {.data = data, .langs = YM_MATCH_CLAMAV};
            unsigned gaps;

            in.size = random_data(data, counts);
            CHECK(ym_match(db, scratch, &in, on_detection, got, &gaps) == YM_OK && gaps == 0);
            for (unsigned i = 0; i < RULES; i++) {
                if (got[i] != eval(trees[i], counts).truth) {
                    FAIL("round %u, rule %u: got %d", round, i, got[i]);
                }
            }
        }
        ym_scratch_free(scratch);
        ym_db_close(db);
        free(bytes);
        ym_db_builder_free(b);
        ym_arena_free(a);
    }
}

/* ---- Counts of patterns with gaps ------------------------------------------------------------ */

enum { PARTS_MAX = 4, COUNTS = 40, GAPPED_MAX = 120 };

/* Parts of two letters, with gaps between them; max UINT32_MAX: no bound. */
struct gapped {
    unsigned n;
    char parts[PARTS_MAX][2];
    uint32_t min[PARTS_MAX], max[PARTS_MAX]; /* before part i */
};

static void random_gapped(struct gapped *g) {
    static const uint32_t widths[] = {0, 1, 3, 9, 300, UINT32_MAX};

    g->n = 2 + rnd(PARTS_MAX - 1);
    for (unsigned i = 0; i < g->n; i++) {
        uint32_t width = widths[rnd(sizeof(widths) / sizeof(widths[0]))];

        g->parts[i][0] = (char)('a' + rnd(2));
        g->parts[i][1] = (char)('a' + rnd(2));
        g->min[i] = rnd(4);
        g->max[i] = width == UINT32_MAX ? width : g->min[i] + width;
    }
}

static const struct ym_node *gapped_body(struct ym_arena *a, const struct gapped *g) {
    struct ym_node *nodes = YM_ARENA_ARRAY(a, 2 * PARTS_MAX, struct ym_node);
    struct ym_node *n = nodes;

    CHECK(nodes != NULL);
    for (unsigned i = 0; i < g->n; i++) {
        if (i > 0) {
            n->op = YM_NODE_JUMP;
            n->u.jump.min = g->min[i];
            n->u.jump.max = g->max[i];
            n->next = n + 1;
            n++;
        }
        n->op = YM_NODE_BYTES;
        n->len = 2;
        n->u.bytes.value = ym_arena_memdup(a, g->parts[i], 2);
        n->next = i + 1 < g->n ? n + 1 : NULL;
        n++;
    }
    return nodes;
}

/* Places of the last part that end a chain. */
static uint32_t count_gapped(const struct gapped *g, const uint8_t *data, size_t size) {
    bool reached[PARTS_MAX][GAPPED_MAX] = {{false}};
    uint32_t count = 0;

    for (unsigned i = 0; i < g->n; i++) {
        for (size_t at = 0; at + 2 <= size; at++) {
            bool reach = i == 0;

            for (size_t p = 0; i > 0 && p + 2 <= at && !reach; p++) {
                size_t gap = at - p - 2;

                reach = reached[i - 1][p] && gap >= g->min[i] &&
                        (g->max[i] == UINT32_MAX || gap <= g->max[i]);
            }
            reached[i][at] = reach && memcmp(data + at, g->parts[i], 2) == 0;
            count += i + 1 == g->n && reached[i][at];
        }
    }
    return count;
}

/* Rule n holds when there are n matches. */
static struct ym_db *build_gapped(struct ym_arena *a, const struct gapped *g, uint8_t **ret_bytes) {
    struct ym_db_builder *b = ym_db_builder_new();
    struct ym_db *db;

    CHECK(b != NULL);
    for (uint32_t i = 0; i < COUNTS; i++) {
        const struct ym_logic expr = {.op = YM_LOGIC_SUBSIG, .test = YM_LOGIC_EQ, .count = i};
        struct ym_subsig subsig = {.kind = YM_SUBSIG_PATTERN, .u.patterns = {.first = 0, .n = 1}};
        const struct ym_logical logical = {.expr = &expr, .subsigs = &subsig, .n_subsigs = 1};
        const struct ym_pattern p = {.n_variants = 1, .variants = {{.body = gapped_body(a, g)}}};
        char name[16];
        const struct ym_rule rule = {.lang = YM_LANG_CLAMAV,
                                     .flags = YM_RULE_LOGICAL,
                                     .name = name,
                                     .patterns = &p,
                                     .n_patterns = 1,
                                     .logical = &logical};
        uint32_t id;

        (void)snprintf(name, sizeof(name), "%u", i);
        CHECK(ym_db_builder_sink(b)->rule(b, &rule, &id, NULL) == YM_OK);
    }
    db = open_built(b, ret_bytes);
    ym_db_builder_free(b);
    return db;
}

static void check_gapped(const struct ym_db *db, const struct gapped *g, unsigned round) {
    struct ym_scratch *scratch = ym_scratch_new(db, 1 << 20);

    CHECK(scratch != NULL);
    for (unsigned k = 0; k < 20; k++) {
        uint8_t data[GAPPED_MAX];
        bool got[COUNTS] = {false};
        struct ym_match_input in = {
            .data = data, .size = 1 + rnd(GAPPED_MAX), .langs = YM_MATCH_CLAMAV};
        uint32_t want;
        unsigned gaps;

        for (size_t i = 0; i < in.size; i++) {
            data[i] = (uint8_t)('a' + rnd(3));
        }
        want = count_gapped(g, data, in.size);
        CHECK(ym_match(db, scratch, &in, on_detection, got, &gaps) == YM_OK && gaps == 0);
        for (uint32_t i = 0; i < COUNTS; i++) {
            if (got[i] != (i == want)) {
                FAIL("round %u: want %u, rule %u says %d", round, want, i, got[i]);
            }
        }
    }
    ym_scratch_free(scratch);
}

static void test_counts_with_gaps(void) {
    for (unsigned round = 0; round < 100; round++) {
        struct ym_arena *a = ym_arena_new(16 << 20);
        struct gapped g;
        uint8_t *bytes;
        struct ym_db *db;

        CHECK(a != NULL);
        random_gapped(&g);
        db = build_gapped(a, &g, &bytes);
        check_gapped(db, &g, round);
        ym_db_close(db);
        free(bytes);
        ym_arena_free(a);
    }
}

/* ---- Records --------------------------------------------------------------------------------- */

static struct ym_rule sample_rule(struct ym_arena *a) {
    static const struct ym_logic one = {.op = YM_LOGIC_SUBSIG, .subsig = 1};
    struct ym_rule rule = {.flags = YM_RULE_LOGICAL, .n_patterns = SUBSIGS};
    struct ym_logical *l = logical_of(a, random_tree(a, 5));
    struct ym_subsig *s = YM_ARENA_ARRAY(a, SUBSIGS + 3, struct ym_subsig);

    CHECK(s != NULL);
    memcpy(s, l->subsigs, SUBSIGS * sizeof(*s));
    s[SUBSIGS] = (struct ym_subsig){.kind = YM_SUBSIG_REGEX,
                                    .u.regex = {.trigger = &one, .text = "a+b", .n = 3}};
    s[SUBSIGS + 1] = (struct ym_subsig){
        .kind = YM_SUBSIG_COMPARE,
        .u.compare = {.ref = 2, .format = 'h', .bytes = 4, .n_tests = 1, .tests = {{'=', 7}}}};
    s[SUBSIGS + 2] = (struct ym_subsig){.kind = YM_SUBSIG_MACRO, .u.macro = {1, 20, 3}};
    l->subsigs = s;
    l->n_subsigs = SUBSIGS + 3;
    l->n_intermediates = 2;
    rule.logical = l;
    return rule;
}

/* Cut anywhere or with any byte changed, a record is refused or can be run. */
static void test_damaged_records(void) {
    static struct ym_logical_view view;
    struct ym_arena *a = ym_arena_new(1 << 20);
    unsigned refused = 0;
    unsigned cut = 0;
    unsigned lengths = 0;

    for (unsigned round = 0; round < 20; round++) {
        struct ym_rule rule = sample_rule(a);
        struct ym_buf b;

        ym_buf_init(&b, 1 << 16);
        CHECK(ym_logic_encode(&rule, 0, 0, &b) == YM_OK);
        CHECK(ym_logical_decode(b.data, (uint32_t)b.len, SUBSIGS, &view) == YM_OK);
        CHECK_EQ(view.n_subsigs, SUBSIGS + 3);
        CHECK_EQ(view.subsigs[SUBSIGS].u.regex.n, 3);
        for (uint32_t n = 0; n < b.len; n++) { /* an expression may be whole without its end */
            cut += ym_logical_decode(b.data, n, SUBSIGS, &view) != YM_OK;
            lengths++;
        }
        for (uint32_t i = 0; i < b.len * 8; i++) {
            b.data[i / 8] ^= (uint8_t)(1u << i % 8);
            refused += ym_logical_decode(b.data, (uint32_t)b.len, SUBSIGS, &view) != YM_OK;
            b.data[i / 8] ^= (uint8_t)(1u << i % 8);
        }
        ym_buf_done(&b);
        ym_arena_reset(a);
    }
    CHECK(refused > 100 && cut > lengths / 10 * 9);
    ym_arena_free(a);
}

MAIN(T(test_trees), T(test_counts_with_gaps), T(test_damaged_records))
