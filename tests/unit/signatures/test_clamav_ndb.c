/* test_clamav_ndb.c - extended signatures: fields, offsets, and the hex language to nodes. */
#include "clamav_load.h"

#include "base/alloc.h"

/* The nodes that hex becomes, at any place for target 0. */
static void check_hex(const char *hex, const char *want) {
    char text[4096];
    char line[4096];

    (void)snprintf(text, sizeof(text), "N:0:*:%s\n", hex);
    CHECK_EQ(load("a.ndb", text), YM_OK);
    (void)snprintf(line, sizeof(line), "rule N target=0 * %s\n", want);
    CHECK_LOADED(line);
}

static void check_bad_hex(const char *hex) {
    char text[4096];

    (void)snprintf(text, sizeof(text), "N:0:*:%s\n", hex);
    CHECK_REFUSED(load("a.ndb", text), YM_MALFORMED, "a.ndb:1: ");
    CHECK_LOADED("");
}

static void check_offset(const char *target_and_offset, const char *want) {
    char text[256];
    char line[256];

    (void)snprintf(text, sizeof(text), "N:%s:414243\n", target_and_offset);
    CHECK_EQ(load("a.ndb", text), YM_OK);
    (void)snprintf(line, sizeof(line), "rule N target=%c %s 414243\n", target_and_offset[0], want);
    CHECK_LOADED(line);
}

static void a_line_becomes_one_rule(void) {
    struct ym_clamav_options o = {.official = false};
    static const char text[] = "Some.Name (Clam):1:EP+0,4:4142??4?{2-}43*6465:10:255\r\n";

    CHECK_EQ(load_n(&o, NULL, "a.ndb", text, sizeof(text) - 1), YM_MALFORMED); /* 43 alone */
    static const char good[] = "Some.Name (Clam):1:EP+0,4:4142??4?{2-}4344*6465:10:255\r\n";

    CHECK_EQ(load_n(&o, NULL, "a.ndb", good, sizeof(good) - 1), YM_OK);
    CHECK_LOADED("rule Some.Name target=1 EP+0,4 4142??4?{2-inf}4344{0-inf}6465 U\n");
}

static void the_old_form_is_name_and_hex(void) {
    CHECK_EQ(load("a.db", "Old.Name=414243\nOff==414243\nB=4142??*4445\n"), YM_OK);
    CHECK_LOADED("rule Old.Name target=0 * 414243\nleft-out a.db:2 disabled by ==\nrule B target=0 "
                 "* 4142??{0-inf}4445\n");
    CHECK_REFUSED(load("a.db", "A=414243\nB\n"), YM_MALFORMED, "a.db:2: ");
    CHECK_REFUSED(load("a.db", "=414243\n"), YM_MALFORMED, "a.db:1: ");
}

static void malformed_fields_are_refused(void) {
    static const char *const bad[] = {
        "",
        "N:0:*",
        "N:0:*:414243:1:2:3",
        ":0:*:414243",
        "N:x:*:414243",
        "N:-1:*:414243",
        "N:0:*:414243:x",
        "N:0:*:414243:1:x",
        "N:0:*:",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[128];

        (void)snprintf(text, sizeof(text), "%s\n", bad[i]);
        CHECK_REFUSED(load("a.ndb", text), YM_MALFORMED, "a.ndb:1: ");
    }
}

static void what_the_peer_passes_over_is_left_out(void) {
    CHECK_EQ(load("a.ndb", "A:15:*:414243\nB:0:*:zz:217\nC:0:*:414243:1:215\nD:*:*:414243\n"),
             YM_OK);
    CHECK_LOADED("left-out a.ndb:1 unknown target\nleft-out a.ndb:2 functionality level\n"
                 "left-out a.ndb:3 functionality level\nrule D target=0 * 414243\n");
}

static void a_place_between_dollars_makes_a_macro_member(void) {
    CHECK_EQ(load("a.ndb", "A:0:$12$:4142\nB:1:$0$:4142*4344\n"), YM_OK);
    CHECK_LOADED("rule A target=0 * 4142 macro 12\nrule B target=1 * 4142{0-inf}4344 macro 0\n");
    CHECK_REFUSED(load("a.ndb", "A:0:$32$:4142\n"), YM_MALFORMED, "a.ndb:1: not an offset");
    CHECK_REFUSED(load("a.ndb", "A:0:5$:4142\n"), YM_MALFORMED, "a.ndb:1: not an offset");
}

/* ---- Offsets --------------------------------------------------------------------------------- */

static void every_form_of_offset_is_understood(void) {
    check_offset("0:*", "*");
    check_offset("0:0", "0,0");
    check_offset("0:", "0,0");
    check_offset("0:12,34", "12,34");
    check_offset("0:EOF-12", "EOF-12,0");
    check_offset("0:EOF-12,34", "EOF-12,34");
    check_offset("1:EP+12", "EP+12,0");
    check_offset("6:EP-12,3", "EP-12,3");
    check_offset("9:S2+12", "S2+12,0");
    check_offset("1:S0+0,5", "S0+0,5");
    check_offset("1:SL+12,3", "SL+12,3");
    check_offset("1:SE3", "SE3,0");
    check_offset("1:SE3,4", "SE3,4");
    check_offset("1:VI", "VI,0");
}

static void no_other_form_is(void) {
    static const char *const bad[] = {
        "0:x",
        "0:*,5",
        "0:-5",
        "0:EOF+5",
        "0:EOF-x",
        "0:5,x",
        "0:EP+0",
        "2:SE0",
        "7:VI",
        "1:S+5",
        "1:S1",
        "1:SL-5",
        "1:S1-5",
        "1:Sx+5",
        "1:EP",
        "1:EP*5",
        "1:SEx",
        "1:eof-5",
        "0:00000000000000000000000000000000000000000000000000000000000000001",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[256];

        (void)snprintf(text, sizeof(text), "N:%s:414243\n", bad[i]);
        CHECK_REFUSED(load("a.ndb", text), YM_MALFORMED, "a.ndb:1: ");
    }
}

/* ---- Hex ------------------------------------------------------------------------------------- */

static void bytes_and_nibbles(void) {
    check_hex("414243", "414243");
    check_hex("41AbcD", "41abcd");
    check_hex("4142??43", "4142??43");
    check_hex("4142a??a", "4142a??a");
    check_hex("????4142", "????4142");
    check_hex("4142{3}43", "4142??????43");
    check_hex("4142{20}43", "4142{20-20}43");
    check_hex("{1}4142", "??4142");
}

static void gaps_split_and_a_bound_of_zero_is_none(void) {
    check_hex("4142*4344", "4142{0-inf}4344");
    check_hex("4142{-5}4344", "4142{0-5}4344");
    check_hex("4142{5-}4344", "4142{5-inf}4344");
    check_hex("4142{2-5}4344", "4142{2-5}4344");
    check_hex("4142{0}4344", "4142{0-inf}4344");
    check_hex("4142{0-0}4344", "4142{0-inf}4344");
    check_hex("4142{}4344", "4142{0-inf}4344");
    check_hex("4142{128}4344", "4142{128-128}4344");
    check_hex("4142{2-5}4344{3}4546", "4142{2-5}4344{3-3}4546");
    check_hex("4142{3}4344{2-5}4546*4748", "4142??????4344{2-5}4546{0-inf}4748");
}

static void a_range_that_nothing_fits_is_left_out(void) {
    CHECK_EQ(load("a.ndb", "N:0:*:4142{5-2}4344\n"), YM_OK);
    CHECK_LOADED("left-out a.ndb:1 pattern that nothing can match\n");
}

static void alternates(void) {
    check_hex("4142(43|44)45", "4142[4344]45");
    check_hex("4142!(43|44)45", "4142[254]45");
    check_hex("4142(4344|4546)47", "4142(4344|4546)47");
    check_hex("4142!(4344|4546)47", "4142!2(4344|4546)47");
    check_hex("4142(43|4445|)47", "4142(43|4445|)47");
    check_hex("4142(4?|??45)47", "4142(4?|??45)47");
    check_hex("4142(4?|5a)47", "4142[17]47");
}

static void alternates_nest(void) {
    check_hex("4142(43(44|4546)47|48)49", "4142(43(44|4546)47|48)49");
    check_hex("4142(43(44|45)|48)49", "4142(43[4445]|48)49");
    check_hex("4142(((43|4445)46|47)|48)49", "4142(((43|4445)46|47)|48)49");
    check_hex("4142(43{2}44|45)46", "4142(43????44|45)46");
}

static void character_classes_are_edges_at_the_ends_of_a_part(void) {
    check_hex("(B)4142(B)", "<B4142B>");
    check_hex("(L)4142!(L)", "<L4142!L>");
    check_hex("(W)4142!(W)*(B)4344", "<W4142!W>{0-inf}<B4344");
}

static void and_take_a_byte_elsewhere(void) {
    check_hex("4142(B)4344", "4142[0a0d2022272d2e2f3c3d3e405f]4344");
    check_hex("4142(W)4344", "4142[194]4344");
    check_hex("4142!(W)4344", "4142[62]4344");
    check_hex("414243(L)4445", "414243(0a|0d0a)4445");
    check_hex("4142(L)4344", "4142(0a)4344"); /* before the peer's anchor: seen from behind */
    check_hex("4142!(L)4344", "4142!L>{1-1}4344");
    check_hex("!(B)4142", "[243]4142");
    check_hex("4142(B)(L)", "4142[0a0d2022272d2e2f3c3d3e405f]L>");
}

static void clauses_test_one_byte_near_the_rest(void) {
    check_hex("4142[1-3]43", "4142[1-3:43/ff>");
    check_hex("43[1-3]4142", "<1-3:43/ff]4142");
    check_hex("43[2]4142[0-0]?4", "<2-2:43/ff]4142[0-0:04/0f>");
    check_hex("43[1-3](B)4142", "<1-3:43/ff]<B4142");
    check_hex("4142(B)[1-3]43", "4142B>[1-3:43/ff>");
    check_hex("4142[1-3]4?", "4142"); /* the peer looks at no high nibble here */
}

static void clauses_may_stand_beside_gaps_and_at_places(void) {
    check_hex("4142[0-9]43*4445", "4142[0-9:43/ff>{0-inf}4445");
    check_hex("4142{2-3}43[1-1]4445", "4142{2-3}<1-1:43/ff]4445");
    CHECK_EQ(load("a.ndb", "N:0:2,1:43[0-2]4142\nN:1:SE0:43[0-2]4142\n"), YM_OK);
    CHECK_LOADED("rule N target=0 2,1 <0-2:43/ff]4142\nrule N target=1 SE0,0 <0-2:43/ff]4142\n");
}

static void malformed_hex_is_refused(void) {
    static const char *const bad[] = {
        "4",
        "41",
        "4142",
        "41424",
        "41424g",
        "41?",
        "4142 43",
        "41??43",
        "????",
        "4142*",
        "*4142",
        "4142**4344",
        "4142*43",
        "4142{2-3}43",
        "4142{2",
        "4142{x}4344",
        "4142{2-x}43",
        "4142{-2-3}4344",
        "4142{1-2-3}4344",
        "4142(43",
        "4142()43",
        "4142)43",
        "4142(43|44g)45",
        "4142(|43)",
        "4142(434|445)46",
        "4142!(43|4445)46",
        "4142!(4?|45)46",
        "4142!43",
        "4142(43*44|45)46",
        "4142(43{2-3}44|45)46",
        "(41)(42)",
        "4142[1-2]",
        "4142[2-1]43",
        "4142[1-33]43",
        "4142[x]43",
        "4142[1-243",
        "41[1-2]42",
        "4142[1-2]4344",
        "43[1-2]4142[1-2]44[1-2]45",
        "(B)",
        "4(42)4344",
        "4142(!(43|44)45|46)47",
        "4142{99999999999}4344",
        "4142(((((((((((((((((43|44)))))))))))))))))45",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        check_bad_hex(bad[i]);
    }
}

static void two_bytes_are_enough_where_the_peer_takes_them(void) {
    CHECK_REFUSED(load("a.ndb", "N:0:*:4142\n"), YM_MALFORMED, "a.ndb:1: ");
    CHECK_REFUSED(load("a.ndb", "N:1:5:4142\n"), YM_MALFORMED, "a.ndb:1: ");
    CHECK_EQ(load("a.ndb", "N:1:*:4142\nN:1:5,1:4142\nN:2:5:4142\n"), YM_OK);
    CHECK_LOADED("rule N target=1 * 4142\nrule N target=1 5,1 4142\nrule N target=2 5,0 4142\n");
}

static void what_the_peers_filter_cannot_hold_is_refused_for_its_targets_only(void) {
    static const char *const bodies[] = {"41(4243|44)4546", "41(B)4243", "\?\?\?\?(4243|44)4546",
                                         "(41|42)(43|4445)4546", "4142*43(4445|46)4748"};
    static const char filtered[] = "0147";

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        for (char target = '0'; target <= '9'; target++) {
            char text[128];

            (void)snprintf(text, sizeof(text), "N:%c:*:%s\n", target, bodies[i]);
            CHECK_EQ(load("a.ndb", text), strchr(filtered, target) != NULL ? YM_MALFORMED : YM_OK);
        }
    }
    check_hex("(4142|43)4445", "(4142|43)4445"); /* groups at the very start do not count */
    check_hex("(41|42)(43|44)(4546|47)4849", "[4142][4344](4546|47)4849");
}

static void a_line_end_before_the_anchor_is_one_byte(void) {
    check_hex("41??4344(L)45", "41??4344(0a|0d0a)45");
    check_hex("4142(L)434445", "4142(0a)434445");
    check_hex("414243(L)444546", "414243(0a|0d0a)444546");
    check_hex("000000(L)414243", "000000(0a)414243");
    check_hex("4142(L)0000", "4142(0a|0d0a)0000");
}

/* ---- Hostile ends ---------------------------------------------------------------------------- */

static const char whole[] = "N:1:EP+0,4:43[1-2]4142?"
                            "?(43(44|4546)47|48)!(4a4b|4c4d){3}(B)*"
                            "(L)4142{2-5}4344!(50|51)(W):1:255";

static void every_prefix_loads_or_fails_cleanly(void) {
    struct ym_clamav_options o = {.official = true};

    for (size_t n = 0; n < sizeof(whole); n++) {
        static char copy[sizeof(whole)];
        ym_status st;

        memcpy(copy, whole, n);
        st = load_n(&o, NULL, "a.ndb", copy, n);
        CHECK(st == YM_OK || st == YM_MALFORMED || st == YM_UNSUPPORTED);
    }
    CHECK(strstr((const char *)loaded.data, "rule N target=1 EP") != NULL);
}

static void a_failed_allocation_ends_the_load_even_with_skip_bad(void) {
    struct ym_clamav_options o = {.skip_bad = true};
    struct ym_buf got;
    struct ym_sink sink = collect_sink(&got);
    bool failed = true;

    for (unsigned nth = 1; failed; nth++) {
        struct ym_err err = {0};
        struct ym_clamav *ld;
        ym_status st = YM_NOMEM;

        ym_buf_init(&got, 1 << 16);
        (void)ym_fault_malloc(nth, 0);
        ld = ym_clamav_new(&o, &sink);
        if (ld != NULL) {
            st = ym_clamav_file(ld, "a.ign2", "A\n", 2, &err);
        }
        if (st == YM_OK) {
            st = ym_clamav_file(ld, "a.ndb", whole, sizeof(whole) - 1, &err);
        }
        failed = ym_fault_malloc(0, 0) > 0;
        CHECK_EQ(st, failed ? YM_NOMEM : YM_OK);
        ym_clamav_free(ld);
        ym_buf_done(&got);
    }
}

MAIN(T(a_line_becomes_one_rule), T(the_old_form_is_name_and_hex), T(malformed_fields_are_refused),
     T(what_the_peer_passes_over_is_left_out), T(a_place_between_dollars_makes_a_macro_member),
     T(every_form_of_offset_is_understood), T(no_other_form_is), T(bytes_and_nibbles),
     T(gaps_split_and_a_bound_of_zero_is_none), T(a_range_that_nothing_fits_is_left_out),
     T(alternates), T(alternates_nest), T(character_classes_are_edges_at_the_ends_of_a_part),
     T(and_take_a_byte_elsewhere), T(clauses_test_one_byte_near_the_rest),
     T(clauses_may_stand_beside_gaps_and_at_places), T(malformed_hex_is_refused),
     T(two_bytes_are_enough_where_the_peer_takes_them),
     T(what_the_peers_filter_cannot_hold_is_refused_for_its_targets_only),
     T(a_line_end_before_the_anchor_is_one_byte), T(every_prefix_loads_or_fails_cleanly),
     T(a_failed_allocation_ends_the_load_even_with_skip_bad))
