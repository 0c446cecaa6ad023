/* What the image builder does to look for less changes no answer: rules that are asked by size and first
 * bytes before they are run, patterns that are sought only when another was met, and those that are
 * only counted. */
#include "base/buf.h"
#include "yara_engine.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Guards -------------------------------------------------------------------------------------- */

static const char *const guarded[] = {
    "uint16(0) == 0x5a4d",
    "0x5a4d == uint16(0)",
    "uint16be(0) == 0x4d5a and filesize > 2",
    "uint8(3) == 0x90",
    "uint16(2) == 0x9000 and uint16(0) == 0x5a4d",
    "uint32(0) == 0x90005a4d",
    "uint32be(0) == 0x4d5a0090",
    "uint16(3) == 0x90",
    "int16(0) == 0x5a4d",
    "int8(3) == -112",
    "uint16(0) == 0x5a4d and uint32(0) == 0x90005a4d",
    "uint16(0) == 0x5a4d and uint16(0) == 0x5a4e",
    "uint8(0) == 0x14d",
    "uint8(0) == -1",
    "filesize == 3",
    "filesize < 3",
    "3 > filesize",
    "filesize <= 3",
    "3 >= filesize",
    "filesize > 3 and filesize < 6",
    "filesize >= 3 and uint8(0) == 0x4d",
    "4 <= filesize",
    "filesize < 0",
    "filesize > -1",
    "filesize < 3 and filesize > 4",
    "filesize == 3 and filesize == 4",
    "(filesize < 5 or uint8(0) == 0x4d) and uint8(1) == 0x5a",
    "not (uint16(0) == 0x5a4d)",
    "uint16(0) != 0x5a4d",
    "uint8(0) == 0",
    "uint32(0) == 0",
};

static void check_guard(const char *condition) {
    static const char *const objects[] = {"MZ\0\x90zz", "MY\0\x90zz", "\0\0\0\0\0\0"};
    struct engine plain;
    struct engine open;
    char text[512];

    (void)snprintf(text, sizeof(text), "rule a { condition: %s }", condition);
    engine_init(&plain, text);
    (void)snprintf(text, sizeof(text), "rule b { condition: (%s) or false }", condition);
    engine_init(&open, text);
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        for (size_t n = 0; n <= 6; n++) {
            unsigned gaps = 0;
            const unsigned want = engine_scan(&open, objects[i], n, &gaps);

            if (engine_scan(&plain, objects[i], n, &gaps) != want || gaps != 0) {
                FAIL("%s: object %zu, %zu bytes: want %u", condition, i, n, want);
            }
        }
    }
    engine_done(&plain);
    engine_done(&open);
}

static void a_guard_lets_pass_what_the_condition_takes(void) {
    for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
        check_guard(guarded[i]);
    }
}

/* ---- The second pass --------------------------------------------------------------------------- */

enum { RULES = 9, SIZE = 200000 };

/* Long enough to be rare, so that it is what leads to its rule. */
static void rare_text(char text[32], unsigned rule) {
    static const char letters[] = "zqxjkvwbpyg";

    for (unsigned i = 0; i < 24; i++) {
        text[i] = letters[(rule * 7 + i * i + i * rule) % (sizeof(letters) - 1)];
    }
    text[24] = '\0';
}

/* One rule a kind of pattern that is sought: all of them, so often. */
static const struct kind {
    const char *strings, *condition;
    const char *once; /* what stands in the object, as often as `times` */
    size_t n;
    unsigned times;
} kinds[RULES] = {
    {"$b = \"etaoin\" $c = \"shrdlu\"", "#b == 3 and #c == 3", "etaoin..shrdlu", 14, 3},
    {"$b = \"Rates\" nocase $c = \"tones\" nocase", "#b == 2 and #c == 2", "rATEs.toneS", 11, 2},
    {"$b = \"lines\" wide $c = \"seats\" wide ascii", "#b == 2 and #c == 2",
     "l\0i\0n\0e\0s\0..s\0e\0a\0t\0s\0", 22, 2},
    {"$b = { 41 42 43 44 ?? 45 } $c = { 46 4? 48 49 4A 4B 4C }", "#b == 2 and #c == 2",
     "ABCD.E..FGHIJKL", 15, 2},
    {"$b = { 6D 6E 6F 70 [300-400] 71 72 73 74 }", "#b == 2", NULL, 0, 2},
    {"$b = \"word\" fullword $c = \"other\" fullword", "#b == 2 and #c == 2", " word sword other ",
     18, 2},
    {"$b = \"abc\" $c = \"xyz\"", "#b == 4 and #c == 2", "abc.xyz.abc", 11, 2},
    {"$b = { 31 32 33 34 ( 35 | 36 37 ) 38 }", "#b == 2", "1234678..", 9, 2},
    {"$b = \"aaaaa\" $c = \"bbbbb\"", "#b == 6 and #c == 2 and @b[2] == @b[1] + 1",
     "aaaaaaa.bbbbb.", 14, 2},
};

static void write_rules(struct ym_buf *text, bool never) {
    ym_buf_init(text, 1 << 16);
    for (unsigned i = 0; i < RULES; i++) {
        char rare[32];

        rare_text(rare, i);
        ym_buf_printf(text, "rule r%u { strings: $a = \"%s\" %s condition: $a and %s%s }\n", i,
                      rare, kinds[i].strings, kinds[i].condition, never ? " and #a == 2" : "");
    }
    ym_buf_u8(text, 0);
    CHECK_EQ(ym_buf_status(text), YM_OK);
}

/* shift: where the pieces lie, blocks of the scanner apart. */
static void write_object(char *data, size_t shift, unsigned without) {
    static const char gapped[] = "mnopqrst";

    memset(data, '.', SIZE);
    for (unsigned i = 0; i < RULES; i++) {
        char rare[32];
        char *at = data + shift + (size_t)i * 16384;

        rare_text(rare, i);
        memcpy(at, rare, i == without ? 0 : strlen(rare));
        for (unsigned k = 0; k < kinds[i].times; k++) {
            char *place = at + 100 + (size_t)k * 500;

            if (kinds[i].once != NULL) {
                memcpy(place, kinds[i].once, kinds[i].n);
            } else {
                memcpy(place, gapped, 4);
                memcpy(place + 350, gapped + 4, 4);
            }
        }
    }
}

static unsigned count_rules(struct engine *e, const char *data) {
    unsigned gaps = 0;
    unsigned n = engine_scan(e, data, SIZE, &gaps);

    CHECK_EQ(gaps, 0);
    return n;
}

static void sought_patterns_are_found_together(void) {
    struct ym_buf text;
    char *data = malloc(SIZE);
    struct engine e;

    CHECK(data != NULL);
    write_rules(&text, false);
    engine_init(&e, (const char *)text.data);
    for (size_t shift = 0; shift < 400; shift += 7) { /* pieces across the ends of blocks */
        write_object(data, 16384 - 200 + shift, RULES);
        CHECK_EQ(count_rules(&e, data), RULES);
    }
    for (unsigned i = 0; i < RULES; i++) {
        write_object(data, 5000, i);
        CHECK_EQ(count_rules(&e, data), RULES - 1);
    }
    engine_done(&e);
    ym_buf_done(&text);
    write_rules(&text, true);
    engine_init(&e, (const char *)text.data);
    write_object(data, 0, RULES);
    CHECK_EQ(count_rules(&e, data), 0);
    engine_done(&e);
    ym_buf_done(&text);
    free(data);
}

/* ---- Sums ------------------------------------------------------------------------------------------ */

/* Whatever the prefilter leaves out of it, a sum reaches what it reaches. */
static void sums_of_counts_are_exact(void) {
    static const char text[] =
        "rule a { strings: $a = \"etao\" $b = \"inshr\" $c = \"dluet\" condition: "
        "(#a & 1) + (#b & 1) + (#c & 1) == 2 }\n"
        "rule b { strings: $a = \"etao\" $b = \"inshr\" $c = \"dluet\" condition: #a + #b * #c > 5 "
        "}\n"
        "rule c { strings: $a = \"etao\" $b = \"inshr\" condition: #a - #b >= 2 }\n"
        "rule d { strings: $a = \"etao\" $b = \"inshr\" condition: (#a & 1) + (#b & 1) > 2 }\n";
    struct engine e;
    unsigned gaps;

    engine_init(&e, text);
    for (unsigned a = 0; a < 4; a++) {
        for (unsigned b = 0; b < 4; b++) {
            for (unsigned c = 0; c < 4; c++) {
                const unsigned want = ((a & 1) + (b & 1) + (c & 1) == 2 ? 1u : 0u) +
                                      (a + b * c > 5 ? 1u : 0u) + (a >= b + 2 ? 1u : 0u);
                char data[64] = "";
                size_t n = 0;

                for (unsigned i = 0; i < a + b + c; i++) {
                    n += (size_t)snprintf(data + n, sizeof(data) - n, "%s ",
                                          i < a       ? "etao"
                                          : i < a + b ? "inshr"
                                                      : "dluet");
                }
                CHECK_EQ(engine_scan(&e, data, n, &gaps), want);
            }
        }
    }
    engine_done(&e);
}

/* More matches than are kept of one that the condition does not count. */
static void a_count_is_whole_when_matches_are_shown(void) {
    const size_t n = YM_MATCH_MAX_EXTRA + 1000;
    uint8_t *data = malloc(n);
    struct ym_match_input in = {
        .data = data, .size = n, .langs = YM_MATCH_YARA, .every_match = true};
    struct ym_scratch *scratch;
    unsigned found = 0;
    unsigned gaps = 0;
    struct engine e;
    char text[128];

    CHECK(data != NULL);
    memset(data, 'a', n);
    (void)snprintf(text, sizeof(text), "rule r { strings: $a = \"aa\" condition: #a == %zu }",
                   n - 1);
    engine_init(&e, text);
    scratch = ym_scratch_new(e.db, 256 << 20);
    CHECK(scratch != NULL);
    CHECK_EQ(ym_match(e.db, scratch, &in, engine_count, &found, &gaps), YM_OK);
    CHECK_EQ(found, 1);
    CHECK_EQ(gaps, 0);
    ym_scratch_free(scratch);
    engine_done(&e);
    free(data);
}

MAIN(T(a_guard_lets_pass_what_the_condition_takes), T(sought_patterns_are_found_together),
     T(sums_of_counts_are_exact), T(a_count_is_whole_when_matches_are_shown))
