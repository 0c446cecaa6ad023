/* test_digests.c - the digest tables: what was added is found, nothing else is, and a damaged
 * section is refused or stays harmless. */
#include "database/digests.h"

#include "base/alloc.h"
#include "signatures/rule.h"
#include "ym_test.h"

#include <stdlib.h>

/* ---- Making rows ----------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Row number i of a set: all kinds and algorithms, sizes that repeat, every 50th of any size. */
static void row_of(unsigned i, struct ym_digest_sig *sig, char name[64]) {
    static const char *const families[] = {"Win.Trojan.Agent", "Win.Dropper.Zbot",
                                           "Unix.Malware.A"};
    uint64_t state = UINT64_C(0x1234567) * (i + 1);
    int n = snprintf(name, 64, "%s-%u-%u", families[i % 3], i * 7919U % 100003U, i % 2);

    memset(sig, 0, sizeof(*sig));
    sig->kind = (ym_digest_kind)(i % YM_DIGEST_KINDS);
    sig->algo = (ym_digest_algo)(i / YM_DIGEST_KINDS % YM_DIGEST_ALGOS);
    sig->size = i % 50 == 49 ? YM_SIZE_ANY : 1 + (i * 37U) % 5000U;
    for (unsigned k = 0; k < ym_digest_size(sig->algo); k++) {
        sig->digest[k] = (uint8_t)(next_random(&state) >> 32);
    }
    sig->name.s = name;
    sig->name.n = (uint32_t)n;
    sig->unofficial = i % 5 == 0;
}

static void add_rows(struct ym_digest_builder *b, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        struct ym_digest_sig sig;
        char name[64];

        row_of(i, &sig, name);
        CHECK_EQ(ym_digest_builder_add(b, &sig), YM_OK);
    }
}

static void build(unsigned n, struct ym_buf *out) {
    struct ym_digest_builder *b = ym_digest_builder_new();

    CHECK(b != NULL);
    add_rows(b, n);
    ym_buf_init(out, 1 << 28);
    CHECK_EQ(ym_digest_builder_write(b, out), YM_OK);
    ym_digest_builder_free(b);
}

/* ---- Looking up ------------------------------------------------------------------------------ */

struct seen {
    unsigned count;
    char names[4][128]; /* the first of them, with " U" for unofficial */
    bool stop;
};

/* The first bytes of a name, NUL bytes as dots, and how long it is. */
static void show(const char *name, size_t n, bool unofficial, char out[128]) {
    char start[64];
    size_t k = n < sizeof(start) - 1 ? n : sizeof(start) - 1;

    for (size_t i = 0; i < k; i++) {
        start[i] = name[i];
        if (name[i] == '\0') {
            start[i] = '.';
        }
    }
    start[k] = '\0';
    (void)snprintf(out, 128, "%s %zu%s", start, n, unofficial ? " U" : "");
}

static bool on_found(void *self, const struct ym_digest_found *f) {
    struct seen *s = self;

    if (s->count < 4) {
        show(f->name, f->name_len, f->unofficial, s->names[s->count]);
    }
    s->count++;
    return !s->stop;
}

static struct seen find(const struct ym_digests *d, const struct ym_digest_sig *sig,
                        uint64_t size) {
    struct seen s = {.count = 0};

    ym_digests_find(d, sig->kind, sig->algo, size, sig->digest, on_found, &s);
    return s;
}

static void every_row_is_found_under_its_name(void) {
    enum { N = 3000 };
    struct ym_buf out;
    struct ym_digests d;
    uint64_t rows = 0;

    build(N, &out);
    CHECK_EQ(ym_digests_open(out.data, out.len, &d, NULL), YM_OK);
    CHECK_EQ(ym_digests_check(&d, NULL), YM_OK);
    for (unsigned i = 0; i < N; i++) {
        struct ym_digest_sig sig;
        char name[64];
        char want[128];
        struct seen s;

        row_of(i, &sig, name);
        s = find(&d, &sig, sig.size == YM_SIZE_ANY ? 4711 + i : sig.size);
        show(name, sig.name.n, sig.unofficial, want);
        CHECK_EQ(s.count, 1);
        CHECK(strcmp(s.names[0], want) == 0);
        CHECK((ym_digests_wanted(&d, sig.kind, sig.size) >> sig.algo & 1) == 1);
    }
    for (unsigned t = 0; t < YM_DIGEST_KINDS * YM_DIGEST_ALGOS; t++) {
        rows += d.rows[t / YM_DIGEST_ALGOS][t % YM_DIGEST_ALGOS];
    }
    CHECK_EQ(rows, N);
    ym_buf_done(&out);
}

static void nothing_else_is_found(void) {
    struct ym_buf out;
    struct ym_digests d;
    struct ym_digest_sig sig;
    char name[64];

    build(900, &out);
    CHECK_EQ(ym_digests_open(out.data, out.len, &d, NULL), YM_OK);
    row_of(0, &sig, name);
    CHECK_EQ(find(&d, &sig, sig.size).count, 1);
    CHECK_EQ(find(&d, &sig, sig.size + 1).count, 0);
    CHECK_EQ(find(&d, &sig, UINT64_C(1) << 32 | sig.size).count, 0);
    sig.digest[15] ^= 1;
    CHECK_EQ(find(&d, &sig, sig.size).count, 0);
    row_of(0, &sig, name);
    sig.kind = YM_DIGEST_ALLOW;
    CHECK_EQ(find(&d, &sig, sig.size).count, 0);
    for (unsigned i = 900; i < 2000; i++) {
        row_of(i, &sig, name);
        CHECK_EQ(find(&d, &sig, sig.size).count, 0);
    }
    ym_buf_done(&out);
}

static void a_row_of_any_size_is_found_at_every_size(void) {
    struct ym_buf out;
    struct ym_digests d;
    struct ym_digest_sig sig;
    char name[64];

    build(100, &out);
    CHECK_EQ(ym_digests_open(out.data, out.len, &d, NULL), YM_OK);
    row_of(49, &sig, name);
    CHECK_EQ(find(&d, &sig, 0).count, 1);
    CHECK_EQ(find(&d, &sig, 1).count, 1);
    CHECK_EQ(find(&d, &sig, UINT64_C(1) << 40).count, 1);
    CHECK((ym_digests_wanted(&d, sig.kind, UINT64_C(1) << 40) >> sig.algo & 1) == 1);
    ym_buf_done(&out);
}

/* One kind, so that no row of any size is in the way. */
static void most_sizes_that_are_not_there_need_no_hashing(void) {
    struct ym_digest_builder *b = ym_digest_builder_new();
    struct ym_buf out;
    struct ym_digests d;
    unsigned wanted = 0;

    CHECK(b != NULL);
    for (unsigned i = 0; i < 5000; i++) {
        struct ym_digest_sig sig;
        char name[64];

        row_of(i, &sig, name);
        sig.kind = YM_DIGEST_FILE;
        sig.algo = YM_MD5;
        sig.size = 1000 + 2 * i;
        CHECK_EQ(ym_digest_builder_add(b, &sig), YM_OK);
    }
    ym_buf_init(&out, 1 << 24);
    CHECK_EQ(ym_digest_builder_write(b, &out), YM_OK);
    ym_digest_builder_free(b);
    CHECK_EQ(ym_digests_open(out.data, out.len, &d, NULL), YM_OK);
    for (unsigned i = 0; i < 5000; i++) {
        CHECK_EQ(ym_digests_wanted(&d, YM_DIGEST_FILE, 1000 + 2 * i), 1U << YM_MD5);
        wanted += ym_digests_wanted(&d, YM_DIGEST_FILE, 1001 + 2 * i) != 0 ? 1 : 0;
    }
    CHECK(wanted < 5000 / 20); /* 1 % is what the filter is made for */
    CHECK_EQ(ym_digests_wanted(&d, YM_DIGEST_FILE, UINT64_C(1) << 33), 0);
    CHECK_EQ(ym_digests_wanted(&d, YM_DIGEST_SECTION, 1000), 0);
    CHECK(ym_digests_any(&d, YM_DIGEST_FILE));
    CHECK(!ym_digests_any(&d, YM_DIGEST_SECTION));
    ym_buf_done(&out);
}

static void exact_duplicates_are_kept_once_and_other_names_all(void) {
    struct ym_digest_builder *b = ym_digest_builder_new();
    struct ym_digest_sig sig;
    struct ym_buf out;
    struct ym_digests d;
    char name[64];
    struct seen s;

    CHECK(b != NULL);
    row_of(0, &sig, name);
    CHECK_EQ(ym_digest_builder_add(b, &sig), YM_OK);
    sig.name.s = "Other.Name";
    sig.name.n = 10;
    CHECK_EQ(ym_digest_builder_add(b, &sig), YM_OK);
    row_of(0, &sig, name);
    CHECK_EQ(ym_digest_builder_add(b, &sig), YM_OK);
    ym_buf_init(&out, 1 << 20);
    CHECK_EQ(ym_digest_builder_write(b, &out), YM_OK);
    ym_digest_builder_free(b);
    CHECK_EQ(ym_digests_open(out.data, out.len, &d, NULL), YM_OK);
    CHECK_EQ(d.rows[YM_DIGEST_FILE][YM_MD5], 2);
    s = find(&d, &sig, sig.size);
    CHECK_EQ(s.count, 2);
    CHECK(strcmp(s.names[0], "Other.Name 10 U") == 0);
    s = (struct seen){.stop = true};
    ym_digests_find(&d, sig.kind, sig.algo, sig.size, sig.digest, on_found, &s);
    CHECK_EQ(s.count, 1);
    ym_buf_done(&out);
}

/* Names that end where others go on, hold NUL bytes, are empty, or as long as they may be. */
static void odd_names_come_back_whole(void) {
    static char longest[YM_DIGEST_NAME_MAX + 1];
    const struct ym_str_ref names[] = {{"a", 1},        {"ab", 2},       {"abcdefg", 7},
                                       {"abcdefgh", 8}, {"a\0", 2},      {"", 0},
                                       {longest, 8191}, {longest, 8190}, {"\xff\xfe", 2}};
    const unsigned n = sizeof(names) / sizeof(names[0]);
    struct ym_digest_builder *b = ym_digest_builder_new();
    struct ym_buf out;
    struct ym_digests d;

    CHECK(b != NULL);
    memset(longest, 'x', sizeof(longest));
    for (unsigned i = 0; i < n; i++) {
        struct ym_digest_sig sig = {.size = i + 1, .digest = {(uint8_t)i}, .name = names[i]};

        CHECK_EQ(ym_digest_builder_add(b, &sig), YM_OK);
        sig.name = (struct ym_str_ref){longest, YM_DIGEST_NAME_MAX + 1};
        CHECK_EQ(ym_digest_builder_add(b, &sig), YM_LIMIT);
    }
    ym_buf_init(&out, 1 << 20);
    CHECK_EQ(ym_digest_builder_write(b, &out), YM_OK);
    ym_digest_builder_free(b);
    CHECK_EQ(ym_digests_open(out.data, out.len, &d, NULL), YM_OK);
    CHECK_EQ(ym_digests_check(&d, NULL), YM_OK);
    CHECK_EQ(d.rows[0][0], n);
    for (unsigned i = 0; i < n; i++) {
        struct ym_digest_sig sig = {.size = i + 1, .digest = {(uint8_t)i}};
        char want[128];
        struct seen s = find(&d, &sig, i + 1);

        show(names[i].s, names[i].n, false, want);
        CHECK_EQ(s.count, 1);
        CHECK(strcmp(s.names[0], want) == 0);
    }
    ym_buf_done(&out);
}

static void digests_that_begin_alike_are_told_apart(void) {
    struct ym_digest_builder *b = ym_digest_builder_new();
    struct ym_buf out;
    struct ym_digests d;

    CHECK(b != NULL);
    for (unsigned i = 0; i < 1000; i++) {
        struct ym_digest_sig sig = {.size = 7, .algo = YM_SHA256, .name = {"N", 1}};

        sig.digest[30] = (uint8_t)(i >> 8);
        sig.digest[31] = (uint8_t)i;
        CHECK_EQ(ym_digest_builder_add(b, &sig), YM_OK);
    }
    ym_buf_init(&out, 1 << 20);
    CHECK_EQ(ym_digest_builder_write(b, &out), YM_OK);
    ym_digest_builder_free(b);
    CHECK_EQ(ym_digests_open(out.data, out.len, &d, NULL), YM_OK);
    CHECK_EQ(ym_digests_check(&d, NULL), YM_OK);
    for (unsigned i = 0; i < 1100; i++) {
        struct ym_digest_sig sig = {.algo = YM_SHA256};

        sig.digest[30] = (uint8_t)(i >> 8);
        sig.digest[31] = (uint8_t)i;
        CHECK_EQ(find(&d, &sig, 7).count, i < 1000 ? 1 : 0);
    }
    ym_buf_done(&out);
}

static void an_empty_section_opens_and_finds_nothing(void) {
    struct ym_buf out;
    struct ym_digests d;
    struct ym_digest_sig sig;
    char name[64];

    build(0, &out);
    CHECK_EQ(ym_digests_open(out.data, out.len, &d, NULL), YM_OK);
    CHECK_EQ(ym_digests_check(&d, NULL), YM_OK);
    row_of(0, &sig, name);
    CHECK_EQ(find(&d, &sig, sig.size).count, 0);
    CHECK_EQ(ym_digests_wanted(&d, YM_DIGEST_FILE, 5), 0);
    ym_buf_done(&out);
}

static void a_full_row_is_small(void) {
    enum { N = 20000 };
    struct ym_digest_builder *b = ym_digest_builder_new();
    struct ym_buf out;

    CHECK(b != NULL);
    for (unsigned i = 0; i < N; i++) {
        struct ym_digest_sig sig;
        char name[64];

        row_of(i, &sig, name);
        sig.kind = YM_DIGEST_FILE;
        sig.algo = YM_MD5;
        CHECK_EQ(ym_digest_builder_add(b, &sig), YM_OK);
    }
    ym_buf_init(&out, 1 << 24);
    CHECK_EQ(ym_digest_builder_write(b, &out), YM_OK);
    ym_digest_builder_free(b);
    CHECK(out.len / N < 45);
    ym_buf_done(&out);
}

/* ---- Damage ---------------------------------------------------------------------------------- */

/* Uses everything a view offers; must stay inside the section whatever it holds (ASan says).
 * Is it whole? */
static bool use(const struct ym_digests *d, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        struct ym_digest_sig sig;
        char name[64];

        row_of(i, &sig, name);
        (void)find(d, &sig, sig.size);
        (void)ym_digests_wanted(d, sig.kind, sig.size);
    }
    return ym_digests_check(d, NULL) == YM_OK;
}

/* The section in a block of just its size, so that reading past it is seen. */
static uint8_t *exact_copy(const struct ym_buf *out, size_t n) {
    uint8_t *copy = malloc(n == 0 ? 1 : n);

    CHECK(copy != NULL);
    memcpy(copy, out->data, n);
    return copy;
}

static void every_truncation_is_refused(void) {
    struct ym_buf out;

    build(60, &out);
    for (size_t n = 0; n < out.len; n++) {
        uint8_t *copy = exact_copy(&out, n);
        struct ym_digests d = {.size = 12345};
        struct ym_err err = {0};
        ym_status st = ym_digests_open(copy, n, &d, &err);

        /* Bytes after the last array are padding of nobody. */
        if (st != YM_OK) {
            CHECK_EQ(d.size, 12345);
            CHECK(err.text[0] != '\0');
        } else {
            (void)use(&d, 60);
        }
        if (n < out.len - 64) {
            CHECK(st != YM_OK);
        }
        free(copy);
    }
    ym_buf_done(&out);
}

static void a_changed_byte_never_leads_outside(void) {
    struct ym_buf out;
    unsigned noticed = 0;
    unsigned tried = 0;

    build(40, &out);
    for (size_t i = 0; i < out.len; i++) {
        static const uint8_t flips[] = {0x01, 0x80, 0xff};

        for (unsigned f = 0; f < sizeof(flips); f++) {
            uint8_t *copy = exact_copy(&out, out.len);
            struct ym_digests d;

            copy[i] ^= flips[f];
            tried++;
            if (ym_digests_open(copy, out.len, &d, NULL) != YM_OK) {
                noticed++;
            } else {
                noticed += use(&d, 40) ? 0 : 1;
            }
            free(copy);
        }
    }
    /* Filter bits, padding and the digits of a name are nobody's to notice here: the image has a
     * checksum. */
    CHECK(noticed > tried / 4);
    ym_buf_done(&out);
}

static void a_row_whose_name_is_damaged_is_still_reported(void) {
    struct ym_buf out;
    struct ym_digests d;
    struct ym_digest_sig sig;
    char name[64];

    build(1, &out);
    CHECK_EQ(ym_digests_open(out.data, out.len, &d, NULL), YM_OK);
    memset(out.data + (d.names - d.data), 0xff, d.names_size);
    row_of(0, &sig, name);
    CHECK(strncmp(find(&d, &sig, sig.size).names[0], "damaged-name", 12) == 0);
    CHECK(ym_digests_check(&d, NULL) == YM_MALFORMED);
    ym_buf_done(&out);
}

static void failed_allocations_leave_nothing_behind(void) {
    bool failed = true;

    for (unsigned nth = 1; failed; nth++) {
        struct ym_digest_builder *b;
        struct ym_buf out;
        ym_status st = YM_NOMEM;

        ym_buf_init(&out, 1 << 20);
        (void)ym_fault_malloc(nth, 0);
        b = ym_digest_builder_new();
        for (unsigned i = 0; b != NULL && i < 200; i++) {
            struct ym_digest_sig sig;
            char name[64];

            row_of(i, &sig, name);
            st = ym_digest_builder_add(b, &sig);
            if (st != YM_OK) {
                break;
            }
        }
        if (st == YM_OK) {
            st = ym_digest_builder_write(b, &out);
        }
        failed = ym_fault_malloc(0, 0) > 0;
        CHECK_EQ(st, failed ? YM_NOMEM : YM_OK);
        ym_digest_builder_free(b);
        ym_buf_done(&out);
    }
}

MAIN(T(every_row_is_found_under_its_name), T(nothing_else_is_found),
     T(a_row_of_any_size_is_found_at_every_size), T(most_sizes_that_are_not_there_need_no_hashing),
     T(exact_duplicates_are_kept_once_and_other_names_all), T(odd_names_come_back_whole),
     T(digests_that_begin_alike_are_told_apart), T(an_empty_section_opens_and_finds_nothing),
     T(a_full_row_is_small), T(every_truncation_is_refused), T(a_changed_byte_never_leads_outside),
     T(a_row_whose_name_is_damaged_is_still_reported), T(failed_allocations_leave_nothing_behind))
