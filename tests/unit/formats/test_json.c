/* JSON as events: grammar, texts, numbers, limits. */
#include "formats/json.h"

#include "ym_test.h"

#include <stdlib.h>

static struct ym_arena *arena;

/* A letter an event: {[ open, } end of anything, k key, s text, i integer, o other. */
static ym_status events(const char *json, size_t n, char *out, size_t out_size) {
    static const char letters[] = "}{[ksio";
    struct ym_json j;
    size_t used = 0;

    ym_json_init(&j, json, n, arena);
    while (ym_reader_ok(&j.r) && used + 1 < out_size) {
        ym_json_event e = ym_json_next(&j);

        if (e == YM_JSON_END && (!ym_reader_ok(&j.r) || used == 0)) {
            break;
        }
        out[used++] = letters[e];
        if (j.depth == 0) {
            break;
        }
    }
    out[used] = '\0';
    return ym_json_finish(&j, NULL);
}

static bool reads(const char *json, const char *want) {
    char out[64];
    ym_status status;

    ym_arena_reset(arena);
    status = events(json, strlen(json), out, sizeof(out));
    if (status != YM_OK || strcmp(out, want) != 0) {
        printf("# %s: %d %s\n", json, (int)status, out);
        return false;
    }
    return true;
}

static ym_status status_of(const char *json, size_t n) {
    char out[2048];

    ym_arena_reset(arena);
    return events(json, n, out, sizeof(out));
}

static void documents_give_their_events(void) {
    arena = ym_arena_new(1 << 16);
    CHECK(reads("{}", "{}"));
    CHECK(reads(" [ ] ", "[}"));
    CHECK(reads("{\"a\":1,\"b\":[true,false,null,-2.5e+3,\"x\"],\"c\":{}}", "{kik[oooos}k{}}"));
    CHECK(reads("[[[[]]],0]", "[[[[}}}i}"));
    CHECK(reads("\"top\"", "s"));
    CHECK(reads("-0", "i"));
    CHECK(reads("\t\r\n1.0", "o"));
    CHECK(reads("[9223372036854775807,-9223372036854775808,9223372036854775808]", "[iio}"));
    ym_arena_free(arena);
}

static void what_is_not_json_is_refused(void) {
    static const char *const bad[] = {
        "[1,]",
        "{\"a\":1,}",
        "[,1]",
        "{,}",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "{1:1}",
        "[1}",
        "{\"a\":]",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "- 1",
        "0x10",
        "nul",
        "nulll",
        "True",
        "\"\t\"",
        "\"\\x\"",
        "'a'",
        "[1]]",
        "{}{}",
        "\"\\u12g4\"",
        "//",
        "\"\xff\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\xc0\x80\"",
        "[\v]",
        "\xef\xbb\xbf{}",
    };

    arena = ym_arena_new(1 << 16);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (status_of(bad[i], strlen(bad[i])) == YM_OK) {
            FAIL("accepted: %s", bad[i]);
        }
    }
    CHECK_EQ(status_of("[0]\0", 4), YM_MALFORMED);
    CHECK_EQ(status_of("", 0), YM_TRUNCATED);
    ym_arena_free(arena);
}

static void texts_are_decoded(void) {
    static const char json[] =
        "[\"plain\", \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00df\\u20ac\\ud83d\\ude00\\u0000.\"]";
    static const char want[] = "\"\\/\b\f\n\r\tA\xc3\x9f\xe2\x82\xac\xf0\x9f\x98\x80\0.";
    struct ym_json j;
    struct ym_str t;

    arena = ym_arena_new(1 << 16);
    ym_json_init(&j, json, sizeof(json) - 1, arena);
    CHECK_EQ(ym_json_next(&j), YM_JSON_ARRAY);
    CHECK_EQ(ym_json_next(&j), YM_JSON_TEXT);
    CHECK(ym_json_is(&j, "plain") && !ym_json_is(&j, "plai") && !ym_json_is(&j, "plains"));
    t = ym_json_text(&j);
    CHECK(t.s == json + 2); /* in place */
    CHECK_EQ(ym_json_next(&j), YM_JSON_TEXT);
    t = ym_json_text(&j);
    CHECK(t.n == sizeof(want) - 1 && memcmp(t.s, want, t.n) == 0);
    CHECK(ym_json_text(&j).s == t.s); /* once */
    CHECK_EQ(ym_json_finish(&j, NULL), YM_OK);
    ym_arena_free(arena);
}

static void an_escaped_text_without_memory_is_null(void) {
    struct ym_json j;

    arena = ym_arena_new(0);
    ym_json_init(&j, "\"\\n\"", 4, arena);
    CHECK_EQ(ym_json_next(&j), YM_JSON_TEXT);
    CHECK(ym_json_text(&j).s == NULL && !ym_json_is(&j, "\n"));
    ym_arena_free(arena);
}

static void what_is_skipped_is_checked(void) {
    static const char json[] = "{\"a\":{\"b\":[1,{\"c\":2}]},\"d\":3}";
    struct ym_json j;

    ym_json_init(&j, json, sizeof(json) - 1, NULL);
    CHECK_EQ(ym_json_next(&j), YM_JSON_OBJECT);
    CHECK_EQ(ym_json_next(&j), YM_JSON_KEY);
    CHECK_EQ(ym_json_next(&j), YM_JSON_OBJECT);
    ym_json_skip(&j);
    CHECK_EQ(ym_json_next(&j), YM_JSON_KEY);
    CHECK(ym_json_is(&j, "d"));
    CHECK_EQ(ym_json_next(&j), YM_JSON_INT);
    CHECK_EQ(j.integer, 3);
    ym_json_skip(&j); /* nothing to do */
    CHECK_EQ(ym_json_next(&j), YM_JSON_END);
    CHECK_EQ(ym_json_next(&j), YM_JSON_END);
    CHECK_EQ(ym_json_finish(&j, NULL), YM_OK);
    ym_json_init(&j, "[[1,}]", 6, NULL);
    CHECK_EQ(ym_json_next(&j), YM_JSON_ARRAY);
    ym_json_skip(&j);
    CHECK_EQ(ym_json_finish(&j, NULL), YM_MALFORMED);
}

static void depth_has_a_limit(void) {
    char json[2 * (YM_JSON_MAX_DEPTH + 1)];

    arena = ym_arena_new(1 << 16);
    memset(json, '[', YM_JSON_MAX_DEPTH);
    memset(json + YM_JSON_MAX_DEPTH, ']', YM_JSON_MAX_DEPTH);
    CHECK_EQ(status_of(json, 2 * (size_t)YM_JSON_MAX_DEPTH), YM_OK);
    memset(json, '[', YM_JSON_MAX_DEPTH + 1);
    memset(json + YM_JSON_MAX_DEPTH + 1, ']', YM_JSON_MAX_DEPTH + 1);
    CHECK_EQ(status_of(json, sizeof(json)), YM_LIMIT);
    ym_arena_free(arena);
}

/* Copies of the exact length, so that the sanitizer sees a read behind the end. */
static void every_prefix_is_truncated(void) {
    static const char json[] =
        "{\"a\\u00e9\":[1,-2.5e3,true,null,{\"\xc3\xa9\":\"\\ud83d\\ude00\"}]}";

    arena = ym_arena_new(1 << 16);
    for (size_t n = 0; n < sizeof(json) - 1; n++) {
        char *copy = malloc(n + 1);

        CHECK(copy != NULL);
        memcpy(copy + 1, json, n);
        CHECK(status_of(copy + 1, n) != YM_OK);
        free(copy);
    }
    CHECK_EQ(status_of(json, sizeof(json) - 1), YM_OK);
    ym_arena_free(arena);
}

MAIN(T(documents_give_their_events), T(what_is_not_json_is_refused), T(texts_are_decoded),
     T(an_escaped_text_without_memory_is_null), T(what_is_skipped_is_checked), T(depth_has_a_limit),
     T(every_prefix_is_truncated))
