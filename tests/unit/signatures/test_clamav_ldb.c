/* test_clamav_ldb.c - logical signatures: lines, target descriptions, expressions as the peer cuts
 * them, and every kind of subsignature.  What is accepted and what is malformed was tried with
 * clamscan 1.4.6. */
#include "clamav_load.h"

#include "base/alloc.h"

#define HEAD "N;Engine:81-255,Target:0;"

/* The line's rule without what all have in common: "rule N target=0 " and the end of the line. */
static void check_line(const char *line, const char *want) {
    char text[8192];
    char all[8192];

    (void)snprintf(text, sizeof(text), "%s\n", line);
    CHECK_EQ(load("a.ldb", text), YM_OK);
    (void)snprintf(all, sizeof(all), "rule N target=0%s%s\n", want[0] == '\0' ? "" : " ", want);
    CHECK_LOADED(all);
}

static void check_bad_line(const char *line) {
    char text[8192];

    (void)snprintf(text, sizeof(text), "%s\n", line);
    CHECK_REFUSED(load("a.ldb", text), YM_MALFORMED, "a.ldb:1: ");
    CHECK_LOADED("");
}

static void check_left_out(const char *line, const char *why) {
    char text[8192];
    char want[256];

    (void)snprintf(text, sizeof(text), "%s\n", line);
    CHECK_EQ(load("a.ldb", text), YM_OK);
    (void)snprintf(want, sizeof(want), "left-out a.ldb:1 %s\n", why);
    CHECK_LOADED(want);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void a_line_becomes_one_rule(void) {
    struct ym_clamav_options o = {.official = false};
    static const char text[] =
        "Some.Name (Clam)x;Engine:81-255,Target:1;0&1>2;4142;EP+0,4:4344\r\n";

    CHECK_EQ(load_n(&o, NULL, "a.ldb", text, sizeof(text) - 1), YM_OK);
    CHECK_LOADED("rule Some.Name target=1 * 4142 / EP+0,4 4344 if (0&1>2) subs 0:0 1:1 U\n");
}

static void malformed_lines_are_refused(void) {
    static const char *const bad[] = {
        "",
        "N",
        "N;Target:0;0",
        ";Target:0;0;4142",
        "N;Target:0;0;4142;",
        "N;Target:0;0;4142;4142",
        "N;Target:0;0&1;4142",
        "N;Target:0;0&2;4142;4142",
        ";;;",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        check_bad_line(bad[i]);
    }
}

static void lines_may_be_longer_than_those_of_other_types(void) {
    static char text[40000];
    size_t n = (size_t)snprintf(text, sizeof(text), HEAD "0;");

    memset(text + n, '4', 32767 - n);
    text[32767] = '\n';
    text[32766] = '\0';
    CHECK_EQ(load("a.ldb", text), (n & 1) == 0 ? YM_OK : YM_MALFORMED);
    memset(text + n, '4', 32768 - n);
    text[32768] = '\0';
    CHECK_REFUSED(load("a.ldb", text), YM_MALFORMED, "line of more than 32767 bytes");
}

static void ignored_names_come_before_everything_but_the_fields(void) {
    static const struct ym_clamav_options o = {.official = true};
    static const char text[] = "N;what;ever;zz\nM;Target:0;0;4142\n";

    CHECK_EQ(load_n(&o, "N\n", "a.ldb", text, sizeof(text) - 1), YM_OK);
    CHECK_LOADED("left-out a.ldb:1 ignored by name\nrule M target=0 * 4142 if 0 subs 0:0\n");
    CHECK_EQ(load_n(&o, "N\n", "a.ldb", "N;Target:0;0\n", 13), YM_MALFORMED);
}

static void unwanted_applications_are_left_out_unless_asked_for(void) {
    struct ym_clamav_options o = {.official = true};
    static const char text[] = "PUA.N;Target:0;0;4142\n";

    CHECK_EQ(load("a.ldu", text), YM_OK);
    CHECK_LOADED("left-out a.ldu:1 potentially unwanted application\n");
    o.pua = true;
    CHECK_EQ(load_n(&o, NULL, "a.ldu", text, sizeof(text) - 1), YM_OK);
    CHECK_LOADED("rule PUA.N target=0 * 4142 if 0 subs 0:0\n");
}

/* ---- Target descriptions ---------------------------------------------------------------------- */

static void check_description(const char *tdb, const char *want) {
    char line[1024];
    char all[1024];

    (void)snprintf(line, sizeof(line), "N;%s;0;4142\n", tdb);
    CHECK_EQ(load("a.ldb", line), YM_OK);
    (void)snprintf(all, sizeof(all), "rule N %s if 0 subs 0:0\n", want);
    CHECK_LOADED(all);
}

static void descriptions_are_read_key_by_key(void) {
    check_description("Target:0", "target=0 * 4142");
    check_description("Engine:51-255,Target:", "target=0 * 4142");
    check_description("Engine:216-216,Target:14", "target=14 * 4142");
    check_description("Engine:51-255,FileSize:1-20,Target:0", "target=0 * 4142 size=1-20");
    check_description("Engine:51-255,Target:0,FileSize:-20", "target=0 * 4142 size=0-20");
    check_description("Engine:51-255,Target:6,EntryPoint:1-2,NumberOfSections:3-4",
                      "target=6 * 4142 entry=1-2 sections=3-4");
    check_description("Engine:51-255,Target:1,IconGroup1:a b", "target=1 * 4142 icons=a b,*");
    check_description("Engine:51-255,Target:1,IconGroup1:a,IconGroup2:*",
                      "target=1 * 4142 icons=a,*");
    check_description("Engine:51-255,Target:0,Container:CL_TYPE_ZIP",
                      "target=0 * 4142 in=CL_TYPE_ZIP");
    check_description("Engine:51-255,Target:0,Intermediates:CL_TYPE_ZIP>CL_TYPE_ANY",
                      "target=0 * 4142 between=CL_TYPE_ZIP>CL_TYPE_ANY");
    check_description("Engine:51-255,Target:0,HandlerType:CL_TYPE_MSEXE",
                      "target=0 * 4142 handler=CL_TYPE_MSEXE");
    check_description("Engine:51-255,Target:1,Target:0", "target=0 * 4142"); /* the last counts */
}

static void an_eleventh_key_is_not_read(void) {
#define SIZE ",FileSize:1-20"
#define SIZES SIZE SIZE SIZE SIZE SIZE SIZE SIZE
    check_left_out("N;Engine:51-255,Target:0" SIZES ",Foo:x;0;4142",
                   "target description that this engine does not know");
    check_description("Engine:51-255,Target:0" SIZES ",FileSize:1-20,Foo",
                      "target=0 * 4142 size=1-20");
}

static void what_is_for_another_engine_is_left_out(void) {
    static const struct {
        const char *tdb, *why;
    } rows[] = {
        {"Engine:217-255,Target:0", "functionality level"},
        {"Engine:51-215,Target:0", "functionality level"},
        {"Engine:51-,Target:0", "functionality level"},
        {"Engine:217-255", "functionality level"},
        {"Engine:51-255,Target:15", "unknown target"},
        {"Engine:51-255,Target:99,EntryPoint:1-2", "unknown target"},
        {"Engine:51-255,Target:0,Foo:1", "target description that this engine does not know"},
        {"Foo:1,nothing", "target description that this engine does not know"},
        {"engine:51-255,Target:0", "target description that this engine does not know"},
        {"Target:0,Container:CL_TYPE_FOO", "file type that this engine does not know"},
        {"Engine:51-255,Target:0,Container:", "file type that this engine does not know"},
        {"Engine:51-255,Target:0,HandlerType:cl_type_zip",
         "file type that this engine does not know"},
        {"Engine:51-255,Target:0,Intermediates:CL_TYPE_ZIP>",
         "file type that this engine does not know"},
    };
    char line[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)snprintf(line, sizeof(line), "N;%s;0;zz", rows[i].tdb);
        check_left_out(line, rows[i].why);
    }
}

static void malformed_descriptions_are_refused(void) {
    static const char *const bad[] = {
        "",
        "Engine:81-255",
        "Engine:81,Target:0",
        "Engine:,Target:0",
        "Engine: 51-255,Target:0",
        "Target:0,Engine:81-255",
        "Engine:51-255,Engine:51-255,Target:0",
        "Engine:51-255,Target:0,",
        "Engine:51-255,Target:0,FileSize",
        "Engine:51-255,Target:x",
        "Engine:51-255,Target:*",
        "Engine:51-255,Target:-1",
        "Engine:217-255,Target:x",
        "Target:0,FileSize:1-2",
        "Engine:50-255,Target:0,FileSize:1-2",
        "Engine:51-255,Target:0,FileSize:1",
        "Engine:51-255,Target:0,FileSize:1-2-3",
        "Engine:51-255,Target:0,FileSize:x-2",
        "Engine:51-255,Target:0,EntryPoint:1-2",
        "Engine:51-255,Target:2,NumberOfSections:1-2",
        "Engine:51-255,Target:6,IconGroup1:a",
    };
    char line[256];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(line, sizeof(line), "N;%s;0;4142", bad[i]);
        check_bad_line(line);
    }
}

/* ---- Expressions ------------------------------------------------------------------------------ */

/* The tree of an expression over subsignatures 0 .. 3. */
static void check_expr(const char *expr, const char *want) {
    char line[1024];
    char all[1024];

    (void)snprintf(line, sizeof(line), "N;Target:2;(3|(%s));4141;4242;4343;4444\n", expr);
    CHECK_EQ(load("a.ldb", line), YM_OK);
    (void)snprintf(all, sizeof(all),
                   "rule N target=2 * 4141 / * 4242 / * 4343 / * 4444 if (3|%s) subs 0:0 1:1 2:2 "
                   "3:3\n",
                   want);
    CHECK_LOADED(all);
}

static void outside_of_parentheses_the_first_operator_cuts(void) {
    check_line(HEAD "0&1|2;4141;4242;4343",
               "* 4141 / * 4242 / * 4343 if (0&(1|2)) subs 0:0 1:1 2:2");
    check_line(HEAD "0|1&2=3;4141;4242;4343",
               "* 4141 / * 4242 / * 4343 if (0|(1&2=3)) subs 0:0 1:1 2:2");
}

static void inside_of_them_the_last_one_does(void) {
    check_expr("0&1|2", "((0&1)|2)");
    check_expr("0|1&2", "((0|1)&2)");
    check_expr("(0|1)>2,2&2", "((0|1)>2,2&2)");
    check_expr("((0|1&2)=4)", "((0|1)&2)=4"); /* one more pair of parentheses is nothing */
    check_expr("0&(1|2)", "(0&(1|2))");
}

static void tests_are_of_an_index_or_a_block(void) {
    check_line(HEAD "0=0;4141", "* 4141 if 0=0 subs 0:0");
    check_line(HEAD "0<5;4141", "* 4141 if 0<5 subs 0:0");
    check_line(HEAD "0>1,2;4141", "* 4141 if 0>1 subs 0:0"); /* ,2 is not read */
    check_line(HEAD "0>1=2;4141", "* 4141 if 0=2 subs 0:0"); /* the last counts */
    check_line(HEAD "(0|1)=2,;4141;4242", "* 4141 / * 4242 if (0|1)=2 subs 0:0 1:1");
    check_line(HEAD "(0|1)= 2,1;4141;4242", "* 4141 / * 4242 if (0|1)=2,1 subs 0:0 1:1");
    check_line(HEAD "(0|1)=1,2,3;4141;4242", "* 4141 / * 4242 if (0|1)=1,2 subs 0:0 1:1");
    check_line(HEAD "0a;4141", "* 4141 if 0 subs 0:0");
    check_line(HEAD " 0 & 1 ;4141;4242", "* 4141 / * 4242 if (0&1) subs 0:0 1:1");
    check_line(HEAD "((0));4141", "* 4141 if 0 subs 0:0");
}

static void malformed_expressions_are_refused(void) {
    static const char *const bad[] = {
        "",       "()",     "(",       "(0",         "0)",       "&0",        "0&",
        "0&&0",   "(0&)",   "(&0)",    "a",          "[0]",      "-1",        "0|-1",
        "64",     "0=",     "0=x",     "(0)=1",      "(0=1)=1",  "((0|0))=2", "(0|0)2",
        "(0|0)x", "(0|0)=", "(0|0)=x", "(0|0)==2",   "(0|0)=2x", "(0|0)>0,x", "(0|0)=  2",
        "0(0|0)", "0|(0)5", "(0|0),2", "(0|0)(0|0)", "(0|0)(0)", "(0)(0|0)",  "((0)=1|0)",
    };
    char line[256];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(line, sizeof(line), HEAD "%s;4141", bad[i]);
        check_bad_line(line);
    }
}

static void expressions_have_a_greatest_depth(void) {
    static char text[8192];
    size_t n = (size_t)snprintf(text, sizeof(text), HEAD);

    memset(text + n, '(', 600);
    text[n + 600] = '0';
    memset(text + n + 601, ')', 600);
    (void)snprintf(text + n + 1201, sizeof(text) - n - 1201, ";4141\n");
    CHECK_REFUSED(load("a.ldb", text), YM_LIMIT, "nested more than 512 deep");
    text[n] = ' ';
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(text + n + 2 * i, 3, "0|");
    }
    (void)snprintf(text + n + 2000, sizeof(text) - n - 2000, "0;4141\n");
    CHECK_REFUSED(load("a.ldb", text), YM_LIMIT, "nested more than 512 deep");
}

/* ---- Patterns --------------------------------------------------------------------------------- */

static void check_subsig(const char *subsig, const char *pattern) {
    char line[1024];
    char want[1024];

    (void)snprintf(line, sizeof(line), HEAD "0;%s", subsig);
    (void)snprintf(want, sizeof(want), "%s if 0 subs 0:0", pattern);
    check_line(line, want);
}

static void a_pattern_may_have_a_place(void) {
    check_subsig("4142", "* 4142");
    check_subsig("*:4142", "* 4142");
    check_subsig("5,2:4142*4344", "5,2 4142{0-inf}4344");
    check_subsig(":4142", "0,0 4142");
    check_subsig("EOF-5:4142::", "EOF-5,0 4142");
    check_subsig("4142:what:i", "* 4142 i");
    check_subsig("4142:1:2:3:4:5", "* 4142");
}

static void modifiers_widen_wrap_and_fold(void) {
    check_subsig("4142::i", "* 4142 i");
    check_subsig("4142::a", "* 4142");
    check_subsig("4142::w", "* w:41004200");
    check_subsig("4142::wa", "* 4142 | w:41004200");
    check_subsig("4142::f", "* <W4142W>");
    check_subsig("4142::awif", "* <W4142W> | w:<WW41004200WW> i");
    check_subsig("4142[1-2]4344::f", "* <W4142{1-2}4344W>");
    check_subsig("41??4?{2}42{1-9}4344*4546::w",
                 "* w:4100??004?00????4200{1-9}43004400{0-inf}45004600");
    check_subsig("4142[1-4]43::w", "* w:41004200{1-4}4300");
    check_subsig("4142[1-4]43::a", "* 4142[1-4:43/ff>");
    check_subsig("4142[1-4]43::wa", "* 4142[1-4:43/ff> | w:41004200{1-4}4300");
    check_subsig("(B)4142(W)::w", "* w:<B41004200WW>");
    check_subsig("4142(43|4445)46::w", "* w:41004200(4300|44004500)4600");
}

static void both_cases_are_in_sets_and_neighbours_too(void) {
    check_subsig("6162(63|44|35)65::i", "* 6162[3543446364]65 i");
    check_subsig("6162(63|6?)65::a", "* 6162[606162636465666768696a6b6c6d6e6f]65");
    check_subsig("6162[0-3]63::i", "* 6162[0-3:43/df> i");
    check_subsig("35[1-1]6162::i", "* <1-1:35/ff]6162 i");
    check_subsig("6162??4a4?35::i", "* 41/df42/df??4a/df4?35 i");
}

static void no_group_can_be_negated_with_modifiers(void) {
    check_subsig("4142!(43|44)", "* 4142[254]");
    check_bad_line(HEAD "0;4142!(43|44)::i");
    check_bad_line(HEAD "0;4142!(43|44)::a");
}

static void what_no_file_can_match_keeps_its_place(void) {
    check_line(HEAD "0|1;4142{5-2}4344;4546", "* 4546 if (0|1) subs 0:never 1:0");
}

static void malformed_patterns_are_refused(void) {
    static const char *const bad[] = {
        "",
        "41",
        "zz",
        "4142:",
        ":",
        "4142:i",
        "4142::x",
        "4142::I",
        "x:4142",
        "EP+0:4142",
        "1:2:3:4:5",
        "*:4142::i:i:i",
        "5:4142::i:",
        "4:::",
        "4142{",
        "4142[1-2]43::f",
        "414(2|3)44::w",
    };
    char line[256];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(line, sizeof(line), HEAD "0;%s", bad[i]);
        check_bad_line(line);
    }
}

/* ---- Other kinds ------------------------------------------------------------------------------ */

/* The second of two subsignatures. */
static void check_second(const char *subsig, const char *want) {
    char line[1024];
    char all[1024];

    (void)snprintf(line, sizeof(line), HEAD "0&1;4141;%s", subsig);
    (void)snprintf(all, sizeof(all), "* 4141 if (0&1) subs 0:0 1:%s", want);
    check_line(line, all);
}

static void check_bad_second(const char *const *bad, size_t n) {
    char line[256];

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(line, sizeof(line), HEAD "0&1;4141;%s", bad[i]);
        check_bad_line(line);
    }
}

static void macros_name_a_group(void) {
    static const char *const bad[] = {
        "$",       "$1$",     "${1-9}1",   "${1-9}1$x", "${1-9}32$",  "${1-9}$",     "${1}1$",
        "${-9}1$", "${1-}1$", "$ {1-9}1$", "x${1-9}1$", "*:${1-9}1$", "${1-9}1$::i", "$1$:4142"};

    check_second("${1-9}12$", "macro 1-9 12");
    check_second("${9-1}0$", "macro 9-1 0");
    check_second("${ 0-+9} 31 $", "macro 0-9 31");
    check_line(HEAD "0;${1-9}1$", "if 0 subs 0:macro 1-9 1");
    check_bad_second(bad, sizeof(bad) / sizeof(bad[0]));
}

static void regular_expressions_have_a_trigger(void) {
    static const char *const bad[] = {
        "0/ab",     "/ab/",   "0//",    "//",     "/",         "1/ab/",   "0&1/ab/",   "5/ab/",
        "a/ab/",    "0&/ab/", "-1/ab/", "0/ab/z", "0/ab/I",    "0/ab/ i", "x:0/ab/",   "EP+0:0/ab/",
        "0:5:0/a/", "0/a(/",  "0/a[/",  "0/*a/",  "0/a{2,1}/", "0/ab/i:", "$1$:0/ab/", "0/a/b/c",
    };

    check_second("0/a;b/", "regex * 0/a;b/");
    check_second("0/a:b/i", "regex * 0/a:b/i");
    check_second("0/a\\/b/", "regex * 0/a\\/b/");
    check_second("0/a/b/gresixmAEUU", "regex * 0/a/b/greismxAEU");
    check_bad_second(bad, sizeof(bad) / sizeof(bad[0]));
}

static void regular_expressions_may_have_a_place(void) {
    check_second("5:0/ab/", "regex 5,0 0/ab/");
    check_second("5,3:0=1/ab/e", "regex 5,3+ 0=1/ab/e");
    check_second("*:0/ab/", "regex * 0/ab/");
    check_second("0/ab/::x", "regex * 0/ab/"); /* modifiers are not looked at */
    check_line(HEAD "0&1&2;4141;4242;(0|1)>2,2/ab/",
               "* 4141 / * 4242 if (0&(1&2)) subs 0:0 1:1 2:regex * (0|1)>2,2/ab/");
}

static void byte_compares_read_a_number(void) {
    check_second("0(>>5#ib1#=45)", "compare 0+5 ib1 =45");
    check_second("0(<<0x10#il4#>44,<0x2e)", "compare 0-16 il4 >44 <46");
    check_second("0(#d10#=010)", "compare 0+0 db10 =8");
    check_second("0(07#hbe18#=-5)", "compare 0+0 hbe18 =-5");
    check_second("(<<-5#ab021#=)::x", "compare 0+5 ab17 =0");
    check_second("0(>>#bi8#<9223372036854775808)x", "compare 0+0 ib8 <9223372036854775807");
}

static void byte_compares_that_are_never_true(void) {
    check_second("0(>>5#i1#=45)", "never");
    check_second("0(>>5#h4#=45)", "never");
    check_second("0(>>5#a4#=45)", "never");
    check_second("0(>>5#b4#=45)", "never");
    check_second("2(>>5#ib1#=45)", "never");
    check_second("-1(>>5#ib1#=45)", "never");
}

static void malformed_byte_compares_are_refused(void) {
    static const char *const bad[] = {
        "0(5#ib1#=4)",         "0(>5#ib1#=4)",   "0(>>x#ib1#=4)",
        "0(>>5x#ib1#=4)",      "0(>>0x#ib1#=4)", "0(-5#ib1#=4)",
        "0( #ib1#=4)",         "x(>>5#ib1#=4)",  "0 (>>5#ib1#=4)",
        "0x0(>>5#ib1#=4)",     "0(>>5#ib#=4)",   "0(>>5##=4)",
        "0(>>5#dl1#=4)",       "0(>>5#ai1#=4)",  "0(>>5#lb1#=4)",
        "0(>>5#ib3#=4)",       "0(>>5#ib16#=4)", "0(>>5#ib0#=4)",
        "0(>>5#hb19#=4)",      "0(>>5#ib1x#=4)", "0(>>5#xib1#=4)",
        "0(>>5#1ib#=4)",       "0(>>5#ib1#4)",   "0(>>5#ib1#)",
        "0(>>5#ib1#==4)",      "0(>>5#ib1#=4x)", "0(>>5#ib1#=4 )",
        "0(>>5#ib1#=09)",      "0(>>5#ib1#=0x)", "0(>>5#ib1#>4,)",
        "0(>>5#ib1#>4,<9,=5)", "0(>>5#ib1#=4",   "0(>>5#ib1)",
        "0(>>5#ib1#=4#)",      "0()##",          "*:0(>>5#ib1#=4)",
        "0((>>5#ib1#=4)",      ")0(>>5#ib1#=4)", "0(>>5#db256#=4)",
    };

    check_bad_second(bad, sizeof(bad) / sizeof(bad[0]));
}

static void hashes_of_pictures_have_distance_zero(void) {
#define HASH "fuzzy_img#af2ad01ed42993c7"
    static const char *const bad[] = {HASH "0",
                                      HASH "#",
                                      HASH "#1",
                                      HASH "#x",
                                      HASH "#-0",
                                      HASH "::i",
                                      HASH ":",
                                      "*:" HASH,
                                      " " HASH,
                                      "fuzzy_img#af2ad01ed42993c",
                                      "fuzzy_img#",
                                      "fuzzy_img",
                                      "Fuzzy_img#af2ad01ed42993c7",
                                      HASH "#00x"};

    check_second(HASH, "image af2ad01ed42993c7");
    check_second("fuzzy_img#AF2AD01ED42993C7#0", "image af2ad01ed42993c7");
    check_second(HASH "#+00#whatever", "image af2ad01ed42993c7");
    check_bad_second(bad, sizeof(bad) / sizeof(bad[0]));
}

/* ---- Whole lines ------------------------------------------------------------------------------ */

static const char whole[] =
    "N;Engine:81-255,Target:1,FileSize:1-9,Intermediates:CL_TYPE_ZIP>CL_TYPE_ANY;((0|1)>2,2&2=0)|3&"
    "(4|5);EP+0,4:4142[1-2]43::iwf;${1-2}3$;0(>>5#ib1#=4,>3);(0|1)/a;b/"
    "gi;fuzzy_img#af2ad01ed42993c7"
    ";4142(43|4445)*4647\n";

static void every_prefix_loads_or_is_refused(void) {
    for (size_t n = 1; n < sizeof(whole); n++) {
        struct ym_clamav_options o = {.official = true};
        char *copy = ym_malloc(n);
        ym_status st;

        CHECK(copy != NULL);
        memcpy(copy, whole, n);
        st = load_n(&o, NULL, "a.ldb", copy, n);
        CHECK(st == YM_OK || st == YM_MALFORMED || st == YM_UNSUPPORTED);
        ym_free(copy);
    }
    CHECK_EQ(load("a.ldb", whole), YM_OK);
}

static void skip_bad_counts_the_line_and_goes_on(void) {
    struct ym_clamav_options o = {.skip_bad = true, .official = true};
    static const char text[] = "N;Target:0;0&&0;4142\nM;Target:0;0;4142\n";

    CHECK_EQ(load_n(&o, NULL, "a.ldb", text, sizeof(text) - 1), YM_OK);
    CHECK_LOADED("left-out a.ldb:1 operator without something on both sides\n"
                 "rule M target=0 * 4142 if 0 subs 0:0\n");
}

MAIN(T(a_line_becomes_one_rule), T(malformed_lines_are_refused),
     T(lines_may_be_longer_than_those_of_other_types),
     T(ignored_names_come_before_everything_but_the_fields),
     T(unwanted_applications_are_left_out_unless_asked_for), T(descriptions_are_read_key_by_key),
     T(an_eleventh_key_is_not_read), T(what_is_for_another_engine_is_left_out),
     T(malformed_descriptions_are_refused), T(outside_of_parentheses_the_first_operator_cuts),
     T(inside_of_them_the_last_one_does), T(tests_are_of_an_index_or_a_block),
     T(malformed_expressions_are_refused), T(expressions_have_a_greatest_depth),
     T(a_pattern_may_have_a_place), T(modifiers_widen_wrap_and_fold),
     T(both_cases_are_in_sets_and_neighbours_too), T(no_group_can_be_negated_with_modifiers),
     T(what_no_file_can_match_keeps_its_place), T(malformed_patterns_are_refused),
     T(macros_name_a_group), T(regular_expressions_have_a_trigger),
     T(regular_expressions_may_have_a_place), T(byte_compares_read_a_number),
     T(byte_compares_that_are_never_true), T(malformed_byte_compares_are_refused),
     T(hashes_of_pictures_have_distance_zero), T(every_prefix_loads_or_is_refused),
     T(skip_bad_counts_the_line_and_goes_on))
