/* Reports: rows, the wire form that an enemy may have written, JSON. */
#include "engine/report.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <stdlib.h>

static struct ym_arena *arena;
static struct ym_arena *other;

static struct ym_report *fresh(void) {
    ym_arena_free(arena);
    ym_arena_free(other);
    arena = ym_arena_new(32 << 20);
    other = ym_arena_new(32 << 20);
    return ym_report_new(arena);
}

static struct ym_report_detection row(const char *name, const char *object) {
    return (struct ym_report_detection){.name = name,
                                        .kind = "clamav",
                                        .object = object,
                                        .layers = "zip>pe",
                                        .pattern = "$a",
                                        .source = "a.ndb:1",
                                        .offset = 5,
                                        .length = 3,
                                        .bytes = (const uint8_t *)"abc",
                                        .n_bytes = 3};
}

static void only_nothing_at_all_is_clean(void) {
    struct ym_report *r = fresh();
    struct ym_report_detection d = row("X", "");

    CHECK_EQ(ym_report_verdict(r), YM_VERDICT_CLEAN);
    CHECK_EQ(ym_report_add_gap(r, YM_GAP_SIZE, "", 0, 0, ""), YM_OK);
    CHECK_EQ(ym_report_verdict(r), YM_VERDICT_INCOMPLETE);
    CHECK_EQ(ym_report_fail(r, "broken"), YM_OK);
    CHECK_EQ(ym_report_verdict(r), YM_VERDICT_ERROR);
    CHECK_EQ(ym_report_add_detection(r, &d), YM_OK);
    CHECK_EQ(ym_report_verdict(r), YM_VERDICT_INFECTED);
}

static void the_same_name_in_the_same_object_is_kept_once(void) {
    struct ym_report *r = fresh();

    for (int i = 0; i < 3; i++) {
        struct ym_report_detection a = row("A", "x");
        struct ym_report_detection b = row("A", "y");
        struct ym_report_detection c = row("B", "x");

        CHECK_EQ(ym_report_add_detection(r, &a), YM_OK);
        CHECK_EQ(ym_report_add_detection(r, &b), YM_OK);
        CHECK_EQ(ym_report_add_detection(r, &c), YM_OK);
    }
    CHECK_EQ(r->n_detections, 3);
}

static void too_many_rows_become_one_gap(void) {
    struct ym_report *r = fresh();
    char name[32];

    for (unsigned i = 0; i < YM_REPORT_MAX_ROWS + 500; i++) {
        struct ym_report_detection d = row(name, "");

        (void)snprintf(name, sizeof(name), "N%u", i);
        CHECK_EQ(ym_report_add_detection(r, &d), YM_OK);
    }
    CHECK_EQ(r->n_detections, YM_REPORT_MAX_ROWS);
    CHECK_EQ(r->n_gaps, 1);
    CHECK_EQ(r->gaps->gap, YM_GAP_ITEMS);
    for (unsigned i = 0; i < YM_REPORT_MAX_ROWS + 500; i++) {
        (void)snprintf(name, sizeof(name), "N%u", i);
        CHECK_EQ(ym_report_add_gap(r, YM_GAP_SIZE, name, 0, 1, ""), YM_OK);
    }
    CHECK_EQ(r->n_gaps, YM_REPORT_MAX_ROWS + 1);
    CHECK_EQ(r->last_gap->gap, YM_GAP_ITEMS);
}

static void a_full_arena_is_never_clean(void) {
    struct ym_arena *small = ym_arena_new(1024);
    struct ym_report *r = ym_report_new(small);
    struct ym_report_detection d = row("A", "");
    ym_status st;

    CHECK(r != NULL);
    st = ym_report_add_detection(r, &d); /* the index alone does not fit */
    CHECK(st == YM_OK || ym_report_verdict(r) == YM_VERDICT_ERROR);
    st = YM_OK;
    for (int i = 0; i < 100 && st == YM_OK; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "gap %d", i);
        st = ym_report_add_gap(r, YM_GAP_SIZE, name, 0, 0, "");
    }
    CHECK(st != YM_OK);
    CHECK(ym_report_verdict(r) != YM_VERDICT_CLEAN);
    ym_arena_free(small);
}

static void encode(const struct ym_report *r, struct ym_buf *out) {
    ym_buf_init(out, 16 << 20);
    ym_report_encode(r, out);
}

static void add_matches(struct ym_report *r) {
    const struct ym_report_match m = {.pattern = "$a",
                                      .has_key = true,
                                      .key = 0x21,
                                      .offset = 0x7f0000000000,
                                      .length = 5,
                                      .bytes = (const uint8_t *)"ab",
                                      .n_bytes = 2};
    const struct ym_report_match h = {.pattern = "$b", .hex = true, .offset = 3, .length = 900};
    bool more;

    (void)ym_report_add_match(r, &m, &more);
    (void)ym_report_add_match(r, &h, &more);
}

static struct ym_report *full_report(void) {
    struct ym_report *r = fresh();
    struct ym_report_detection a = row("A.UNOFFICIAL", "dir/a.exe");
    struct ym_report_detection b = row("rule", "");

    b.kind = "yara";
    b.offset = UINT64_MAX;
    b.layer = 1;
    b.rule = 8;
    (void)ym_report_add_detection(r, &a);
    (void)ym_report_add_detection(r, &b);
    add_matches(r);
    (void)ym_report_add_gap(r, YM_GAP_ENCRYPTED, "dir/b", 1, 2, "why");
    (void)ym_report_add_note(r, "dir/b", "a note");
    (void)ym_report_add_note(r, "", "another");
    r->objects = 7;
    r->bytes_seen = 99;
    return r;
}

static void check_matches(const struct ym_report_detection *d) {
    const struct ym_report_match *m = d->matches;

    CHECK_EQ(d->layer, 1);
    CHECK_EQ(d->rule, 8);
    CHECK_EQ(d->n_matches, 2);
    CHECK(strcmp(m->pattern, "$a") == 0 && m->has_key && !m->hex && m->key == 0x21);
    CHECK(m->offset == 0x7f0000000000 && m->length == 5);
    CHECK(m->n_bytes == 2 && memcmp(m->bytes, "ab", 2) == 0);
    m = m->next;
    CHECK(strcmp(m->pattern, "$b") == 0 && !m->has_key && m->hex && m->n_bytes == 0);
    CHECK(m->length == 900 && m->next == NULL);
}

static void matches_belong_to_the_detection_that_was_added_last(void) {
    struct ym_report *r = fresh();
    struct ym_report_detection a = row("A", "");
    struct ym_report_detection other_rule = row("A", "");
    const struct ym_report_match m = {.pattern = "$a", .length = 1};
    bool more;

    other_rule.rule = 7;
    CHECK_EQ(ym_report_add_detection(r, &a), YM_OK);
    CHECK_EQ(ym_report_add_match(r, &m, &more), YM_OK);
    CHECK(more);
    CHECK_EQ(ym_report_add_detection(r, &a), YM_OK); /* known: its matches were told */
    CHECK_EQ(ym_report_add_match(r, &m, &more), YM_OK);
    CHECK(!more);
    CHECK_EQ(ym_report_add_detection(r, &other_rule), YM_OK);
    CHECK_EQ(ym_report_add_match(r, &m, &more), YM_OK);
    CHECK_EQ(r->n_detections, 2);
    CHECK_EQ(r->n_matches, 2);
    CHECK_EQ(r->detections->n_matches, 1);
}

static void too_many_matches_become_one_gap(void) {
    struct ym_report *r = fresh();
    struct ym_report_detection a = row("A", "");
    const struct ym_report_match m = {
        .pattern = "$a", .length = 3, .bytes = (const uint8_t *)"abc", .n_bytes = 3};
    bool more = true;
    unsigned n = 0;

    CHECK_EQ(ym_report_add_detection(r, &a), YM_OK);
    for (; more; n++) {
        CHECK_EQ(ym_report_add_match(r, &m, &more), YM_OK);
    }
    CHECK_EQ(r->n_matches, n - 1);
    CHECK(n > 100000 && n < YM_REPORT_MATCH_MEMORY / YM_REPORT_MATCH_OVERHEAD);
    CHECK_EQ(r->n_gaps, 1);
    CHECK_EQ(r->gaps->gap, YM_GAP_ITEMS);
}

static void what_is_encoded_is_decoded(void) {
    struct ym_report *r = full_report();
    struct ym_report *back = NULL;
    struct ym_buf wire;
    struct ym_buf a;
    struct ym_buf b;
    struct ym_reader in;

    encode(r, &wire);
    ym_reader_init(&in, wire.data, wire.len);
    CHECK_EQ(ym_report_decode(&in, other, &back, NULL), YM_OK);
    CHECK_EQ(back->n_notes, 2);
    CHECK(strcmp(back->notes->object, "dir/b") == 0 && strcmp(back->notes->text, "a note") == 0);
    CHECK(strcmp(back->notes->next->text, "another") == 0 && back->notes->next->next == NULL);
    CHECK_EQ(ym_reader_left(&in), 0);
    ym_buf_init(&a, 1 << 20);
    ym_buf_init(&b, 1 << 20);
    ym_report_json(r, "p", &a);
    ym_report_json(back, "p", &b);
    CHECK_EQ(a.len, b.len);
    CHECK(memcmp(a.data, b.data, a.len) == 0);
    CHECK_EQ(back->detections->n_bytes, 3);
    CHECK(memcmp(back->detections->bytes, "abc", 3) == 0);
    check_matches(back->detections->next);
    ym_buf_done(&a);
    ym_buf_done(&b);
    ym_buf_done(&wire);
}

static void every_prefix_and_every_changed_byte_is_refused_or_sound(void) {
    struct ym_buf wire;
    struct ym_buf json;

    encode(full_report(), &wire);
    for (size_t n = 0; n < wire.len; n++) {
        struct ym_report *back = NULL;
        struct ym_reader in;

        ym_arena_reset(other);
        ym_reader_init(&in, wire.data, n);
        CHECK(ym_report_decode(&in, other, &back, NULL) != YM_OK);
        CHECK(back == NULL);
    }
    ym_buf_init(&json, 1 << 20);
    for (size_t i = 0; i < wire.len; i++) {
        struct ym_report *back = NULL;
        struct ym_reader in;

        wire.data[i] ^= 0xff;
        ym_arena_reset(other);
        ym_reader_init(&in, wire.data, wire.len);
        if (ym_report_decode(&in, other, &back, NULL) == YM_OK) {
            ym_buf_clear(&json);
            ym_report_json(back, "p", &json);
            CHECK_EQ(ym_buf_status(&json), YM_OK);
        }
        wire.data[i] ^= 0xff;
    }
    ym_buf_done(&json);
    ym_buf_done(&wire);
}

static void json_is_exactly_this(void) {
    struct ym_report *r = full_report();
    struct ym_buf out;
    static const char want[] =
        "{\"path\":\"\\udcff/x\",\"verdict\":\"infected\",\"detections\":["
        "{\"name\":\"A.UNOFFICIAL\",\"kind\":\"clamav\",\"object\":\"dir/a.exe\",\"layers\":\"zip>"
        "pe\",\"offset\":5,\"length\":3,\"pattern\":\"$a\",\"source\":\"a.ndb:1\"},"
        "{\"name\":\"rule\",\"kind\":\"yara\",\"object\":\"\",\"layers\":\"zip>pe\",\"offset\":"
        "null,"
        "\"length\":null,\"pattern\":\"$a\",\"source\":\"a.ndb:1\"}],\"gaps\":[{\"gap\":"
        "\"encrypted\",\"object\":\"dir/b\",\"detail\":\"why\",\"offset\":1,\"size\":2}],\"error\":"
        "null,\"notes\":[{\"object\":\"dir/b\",\"text\":\"a note\"},{\"object\":\"\",\"text\":"
        "\"another\"}],\"objects\":7,\"bytes\":99}";

    ym_buf_init(&out, 1 << 20);
    ym_report_json(r, "\xff/x", &out);
    if (strcmp((const char *)out.data, want) != 0) {
        printf("# %s\n", (const char *)out.data);
    }
    CHECK(strcmp((const char *)out.data, want) == 0);
    ym_buf_clear(&out);
    r = fresh();
    CHECK_EQ(ym_report_fail(r, "no \"such\" file"), YM_OK);
    ym_report_json(r, "p", &out);
    CHECK(strstr((const char *)out.data, "\"error\":\"no \\\"such\\\" file\"") != NULL);
    ym_buf_done(&out);
}

MAIN(T(matches_belong_to_the_detection_that_was_added_last), T(too_many_matches_become_one_gap),
     T(only_nothing_at_all_is_clean), T(the_same_name_in_the_same_object_is_kept_once),
     T(too_many_rows_become_one_gap), T(a_full_arena_is_never_clean), T(what_is_encoded_is_decoded),
     T(every_prefix_and_every_changed_byte_is_refused_or_sound), T(json_is_exactly_this))
