/* Matches of patterns that are told, memory of processes at its addresses, filters, the deadline. */
#include "engine/engine.h"

#include "base/time.h"
#include "match/match.h"
#include "scan_once.h"

#include <stdlib.h>

static struct ym_arena *arena;
static struct ym_report *report;

static void scan(const char *rules, const void *data, size_t size,
                 const struct ym_scan_options *options) {
    const struct ym_limits limits = ym_limits_default();
    const struct make_source source = {"m.yar", rules, 0};

    report = scan_once(&source, 1, data, size, options, &limits, &arena);
}

/* "$a 2 3" for each match of the first detection of this name, one after the other. */
static void check_matches(const char *name, const char *want) {
    const struct ym_report_detection *d = report->detections;
    struct ym_buf b;

    while (d != NULL && strcmp(d->name, name) != 0) {
        d = d->next;
    }
    CHECK(d != NULL);
    ym_buf_init(&b, 1 << 20);
    for (const struct ym_report_match *m = d->matches; m != NULL; m = m->next) {
        ym_buf_printf(&b, "%s%s %llx %u", b.len == 0 ? "" : ", ", m->pattern,
                      (unsigned long long)m->offset, m->length);
    }
    if (b.len == 0 || strcmp((const char *)b.data, want) != 0) {
        printf("# %s\n", b.len == 0 ? "none" : (const char *)b.data);
        ym_buf_done(&b);
        FAIL("%s: want \"%s\"", name, want);
    }
    ym_buf_done(&b);
}

static const struct ym_scan_options all = {.matches = true, .match_bytes = 4};

static void all_matches_of_a_rule_are_told_though_one_would_do(void) {
    scan("rule r { strings: $a = \"abc\" $b = \"x\" $c = \"none\" condition: any of them }",
         "abc.abcabc.x", 12, &all);
    check_matches("r", "$a 0 3, $a 4 3, $a 7 3, $b b 1");
    CHECK(memcmp(report->detections->matches->bytes, "abc", 3) == 0);
}

static void without_being_asked_none_is_told(void) {
    const struct ym_scan_options plain = {.all_matches = true};

    scan("rule r { strings: $a = \"abc\" condition: $a }", "abc.abc", 7, &plain);
    CHECK_EQ(report->n_detections, 1);
    CHECK_EQ(report->n_matches, 0);
    CHECK_EQ(report->detections->rule, 0);
}

static void private_strings_are_not_told(void) {
    scan("rule r { strings: $a = \"abc\" private $b = { 62 63 } condition: $a and $b }", "abc", 3,
         &all);
    check_matches("r", "$b 1 2");
    CHECK(report->detections->matches->hex);
}

static void xored_texts_come_with_their_key(void) {
    static const char data[] = {'.', 's' ^ 5, 'e' ^ 5, 'c' ^ 5, '.', 's', 'e', 'c'};
    const struct ym_report_match *m;

    scan("rule r { strings: $a = \"sec\" xor condition: $a }", data, sizeof(data), &all);
    check_matches("r", "$a 1 3, $a 5 3");
    m = report->detections->matches;
    CHECK(m->has_key && m->key == 5);
    CHECK(m->next->has_key && m->next->key == 0);
}

static void a_wide_xored_text_has_its_key_too(void) {
    static const char data[] = {'s' ^ 9, 9, 'e' ^ 9, 9};

    scan("rule r { strings: $a = \"se\" wide xor(1-20) condition: $a }", data, sizeof(data), &all);
    check_matches("r", "$a 0 4");
    CHECK_EQ(report->detections->matches->key, 9);
}

static void patterns_in_pieces_tell_every_start(void) {
    scan("rule r { strings: $a = { 61 [0-] 7A } condition: $a }", "a.a.z.z", 7, &all);
    check_matches("r", "$a 0 5, $a 2 3");
}

static void a_match_keeps_no_more_bytes_than_asked(void) {
    scan("rule r { strings: $a = \"abcdefgh\" condition: $a }", "abcdefgh", 8, &all);
    CHECK_EQ(report->detections->matches->length, 8);
    CHECK_EQ(report->detections->matches->n_bytes, 4);
}

#define BASE UINT64_C(0x7f0000001000)

static const struct ym_scan_options in_memory = {
    .matches = true, .match_bytes = 8, .evidence = true, .memory = true, .base = BASE};

static void memory_is_seen_at_its_address(void) {
    scan("rule place { strings: $a = \"abc\" condition: $a at 0x7f0000001002 and @a == "
         "0x7f0000001002 }"
         "rule range { strings: $a = \"abc\" condition: $a in (0x7f0000001000..0x7f0000001005) and "
         "    #a in (0x7f0000001003..0x7f0000001009) == 0 }"
         "rule read { condition: uint16(0x7f0000001002) == 0x6261 and not defined uint8(2) and "
         "    not defined uint32(0x7f0000001002) }"
         "rule low { strings: $a = \"abc\" condition: $a at 2 }"
         "rule size { condition: not defined filesize }",
         "..abc", 5, &in_memory);
    CHECK_EQ(report->n_detections, 4);
    check_matches("place", "$a 7f0000001002 3");
    CHECK(memcmp(report->detections->matches->bytes, "abc", 3) == 0);
    CHECK_EQ(report->detections->offset, BASE + 2);
    CHECK(memcmp(report->detections->bytes, "..abc", 5) == 0);
}

static void signatures_of_clamav_are_told_at_addresses_too(void) {
    static const struct make_source source = {"m.ldb",
                                              "Test.L;Engine:81-255,Target:0;0&1;616263;2e2e\n", 0};
    const struct ym_limits limits = ym_limits_default();

    report = scan_once(&source, 1, "..abc", 5, &in_memory, &limits, &arena);
    CHECK_EQ(report->n_detections, 1);
    CHECK_EQ(report->detections->offset, BASE + 2);
    CHECK_EQ(report->detections->n_matches, 2);
    CHECK_EQ(report->detections->matches->offset, BASE + 2);
}

static void only_rules_with_the_tag_are_detections(void) {
    static const char rules[] = "rule one : x y { condition: true }"
                                "rule two : y { condition: true }"
                                "rule three { condition: one }";
    struct ym_scan_options o = {.all_matches = true, .tag = "x"};

    scan(rules, "a", 1, &o);
    CHECK_EQ(report->n_detections, 1);
    CHECK(strcmp(report->detections->name, "one") == 0);
    o = (struct ym_scan_options){.tag = "y", .identifier = "two"};
    scan(rules, "a", 1, &o);
    CHECK_EQ(report->n_detections, 1);
    CHECK(strcmp(report->detections->name, "two") == 0);
    o = (struct ym_scan_options){.identifier = "three"};
    scan(rules, "a", 1, &o);
    CHECK_EQ(report->n_detections, 1);
    o.tag = "none";
    scan(rules, "a", 1, &o);
    CHECK_EQ(ym_report_verdict(report), YM_VERDICT_CLEAN);
}

/* One pattern that is everywhere must not take the room of all others. */
static void a_noisy_pattern_does_not_hide_other_rules(void) {
    const size_t n = YM_MATCH_MAX_EXTRA + 1000;
    char *data = malloc(n);

    CHECK(data != NULL);
    memset(data, 'a', n);
    memcpy(data + n - 6, "needle", 6);
    scan("rule noise { strings: $a = \"aaaa\" condition: $a }"
         "rule r { strings: $a = \"needle\" condition: $a }",
         data, n, &all);
    free(data);
    CHECK_EQ(report->n_detections, 2);
    CHECK(report->n_gaps > 0);
}

/* The limit is met in the middle of one object. */
static void a_slow_object_ends_with_a_gap_of_time(void) {
    static const struct make_source source = {
        "m.yar",
        "rule r { strings: $a = { ( 61 | 61 62 ) [0-200] ( 62 | 62 63 ) [0-200] 7A } "
        "condition: $a }",
        0};
    struct ym_limits limits = ym_limits_default();
    const size_t n = 64 << 20; /* its budget of steps lasts for many seconds: time ends first */
    const uint64_t before = ym_now_ns();
    char *data = malloc(n);

    CHECK(data != NULL);
    for (size_t i = 0; i < n; i++) {
        data[i] = "ab"[i % 2];
    }
    limits.max_time = 1;
    limits.max_normalise = n; /* else that is a gap of its own */
    report = scan_once(&source, 1, data, n, &all, &limits, &arena);
    free(data);
    printf("# %llu ms\n", (unsigned long long)(ym_now_ns() - before) / 1000000);
    CHECK_EQ(report->n_detections, 0);
    CHECK_EQ(report->n_gaps, 1);
    CHECK_EQ(report->gaps->gap, YM_GAP_TIME);
}

MAIN(T(all_matches_of_a_rule_are_told_though_one_would_do), T(without_being_asked_none_is_told),
     T(private_strings_are_not_told), T(xored_texts_come_with_their_key),
     T(a_wide_xored_text_has_its_key_too), T(patterns_in_pieces_tell_every_start),
     T(a_match_keeps_no_more_bytes_than_asked), T(memory_is_seen_at_its_address),
     T(signatures_of_clamav_are_told_at_addresses_too), T(only_rules_with_the_tag_are_detections),
     T(a_noisy_pattern_does_not_hide_other_rules), T(a_slow_object_ends_with_a_gap_of_time))
