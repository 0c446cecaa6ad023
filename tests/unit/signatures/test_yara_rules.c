/* YARA rules to the intermediate form, compared as text (makers/rule_text.h). */
#include "makers/yara_load.h"
#include "ym_test.h"

static void expect(const char *text, const char *want) {
    struct yara_load l;
    ym_status st;

    yara_load_init(&l);
    st = yara_load_text(&l, text, strlen(text), false);
    if (st != YM_OK) {
        FAIL("%s: %u:%u: %s", text, l.err.line, l.err.column, l.err.text);
    }
    if (strcmp(yara_load_lines(&l.rules), want) != 0) {
        FAIL("%s\n# got:  %s# want: %s", text, yara_load_lines(&l.rules), want);
    }
    yara_load_done(&l);
}

/* One string with its modifiers; the pattern that comes of it. */
static void expect_string(const char *string, const char *want) {
    char text[1024];
    char line[1024];

    (void)snprintf(text, sizeof(text), "rule r { strings: $a = %s condition: $a }", string);
    (void)snprintf(line, sizeof(line), "r $a=%s : (FOUND 0)\n", want);
    expect(text, line);
}

/* One condition over $a, $b, $c; the expression that comes of it. */
static void expect_condition(const char *condition, const char *want) {
    char text[1024];
    char line[1024];

    (void)snprintf(text, sizeof(text),
                   "rule r { strings: $_a = \"a\" $_b = \"b\" $_bb = \"c\" condition: %s }",
                   condition);
    (void)snprintf(line, sizeof(line), "r $_a=61 $_b=62 $_bb=63 : %s\n", want);
    expect(text, line);
}

static void a_rule_has_modifiers_tags_and_meta(void) {
    expect("private global rule r : t1 t2 { meta: a = \"x\\ty\" b = -5 c = true a = 0x10 "
           "condition: true }",
           "private global r:t1,t2 a=\"x\\u0009y\" b=-5 c=b1 a=16 : (BOOL 1)\n");
    expect("global global rule _r1 { condition: false }", "global _r1 : (BOOL 0)\n");
}

static void texts_are_decoded(void) {
    expect_string("\"abc\"", "61 62 63");
    expect_string("\"\\\"\\\\\\t\\r\\n\\x00\\xFf\"", "22 5c 09 0d 0a 00 ff");
    expect_string("\"\xc3\xa9\"", "c3 a9");
    expect_string("\"//x /* y */\"", "2f 2f 78 20 2f 2a 20 79 20 2a 2f");
}

static void modifiers_become_variants_and_flags(void) {
    expect_string("\"ab\" wide", "w 61 00 62 00");
    expect_string("\"ab\" wide ascii", "61 62 & w 61 00 62 00");
    expect_string("\"ab\" ascii", "61 62");
    expect_string("\"ab\" nocase fullword private", "61 62 nocase fullword private");
    expect_string("\"ab\" xor", "61 62 xor(0-255)");
    expect_string("\"ab\" xor(1)", "61 62 xor(1-1)");
    expect_string("\"ab\" xor(1-0x20) wide fullword", "w 61 00 62 00 fullword xor(1-32)");
    expect_string("\"ab\" xor wide ascii", "61 62 & w 61 00 62 00 xor(0-255)");
}

static void hex_strings_become_nodes(void) {
    expect_string("{ 01 0203 }", "01 02 03");
    expect_string("{ 4? ?5 67 }", "40/f0 05/0f 67");
    expect_string("{ 01 ?? 02 }", "01 [1-1] 02");
    expect_string("{ ?? 01 ?? }", "[1-1] 01 [1-1]");
    expect_string("{ 01 ?? ?? [2-4] [1] 02 }", "01 [5-7] 02");
    expect_string("{ 01 [-] 02 [3-] 03 [4-5] 04 [0-1] 05 }",
                  "01 [0-] 02 [3-] 03 [4-5] 04 [0-1] 05");
    expect_string("{ 01 [1-] [2-3] 02 }", "01 [3-] 02");
    expect_string("{ 01 [2-] ?? }", "01 [3-3]");
    expect_string("{ ?? [2-4] 01 }", "00/00 [2-4] 01");
    expect_string("{ ?? [-] ?? }", "[2-2]");
    expect_string("{ ~01 02 }", "<00 02 03 04 05 of 255> 02");
    expect_string("{ 02 ~0? }", "02 <10 11 12 13 14 of 240>");
    expect_string("{ 02 ~?f }", "02 <00 01 02 03 04 of 240>");
    expect_string("{ 01 (02 03 | 04) 05 }", "01 (02 03|04) 05");
    expect_string("{ 01 (02 | 04 | 0a) }", "01 <02 04 0a>");
    expect_string("{ (01 | 0? ) }", "<00 01 02 03 04 of 16>");
    expect_string("{ 01 (02 [1-2] 03 | (04 | 05 06) 07) }", "01 (02 [1-2] 03|(04|05 06) 07)");
    expect_string("{ (01 02) }", "(01 02)");
    expect_string("{ 01 // comment }\n 02 /* 03 */ 04 } private", "01 02 04 private");
    expect_string("{ 0a [ 1 - 2 ] 0B }", "0a [1-2] 0b");
    expect_string("{01[2147483647]02}", "01 [2147483647-2147483647] 02");
}

static void names_of_strings(void) {
    expect("rule r { strings: $ = \"a\" $1 = \"b\" $_ = \"c\" condition: any of ($, $1) }",
           "r $=61 $1=62 $_=63 : (OF any of 0,1)\n");
    expect("rule r { strings: $ = \"a\" $ = \"b\" condition: all of them }",
           "r $=61 $=62 : (OF all of 0,1)\n");
}

static void operators_bind_as_in_yara(void) {
    expect_condition("1 + 2 * 3 == 7", "(EQ (ADD (INT 1) (MUL (INT 2) (INT 3))) (INT 7))");
    expect_condition("1 - 2 - 3 < 4", "(LT (SUB (SUB (INT 1) (INT 2)) (INT 3)) (INT 4))");
    expect_condition("1 | 2 ^ 3 & 4 << 5 > 6",
                     "(GT (BIT_OR (INT 1) (BIT_XOR (INT 2) (BIT_AND (INT 3) (SHL (INT 4) (INT "
                     "5))))) (INT 6))");
    expect_condition("not 1 == 2 and true or false",
                     "(OR (AND (NOT (EQ (INT 1) (INT 2))) (BOOL 1)) (BOOL 0))");
    expect_condition("not defined not $_a", "(NOT (DEFINED (NOT (FOUND 0))))");
    expect_condition("- 1 * ~ 2 > 0", "(GT (MUL (NEG (INT 1)) (BIT_NOT (INT 2))) (INT 0))");
    expect_condition("8 \\ 4 % 3", "(MOD (DIV (INT 8) (INT 4)) (INT 3))");
    expect_condition("true or false or $_a or $_b", "(OR (BOOL 1) (BOOL 0) (FOUND 0) (FOUND 1))");
    expect_condition("(true or false) or true", "(OR (OR (BOOL 1) (BOOL 0)) (BOOL 1))");
}

static void literals(void) {
    expect_condition("1KB + 2MB + 0x1F + 0o17", "(ADD (ADD (ADD (INT 1024) (INT 2097152)) (INT "
                                                "31)) (INT 15))");
    expect_condition("9223372036854775807", "(INT 9223372036854775807)");
    expect_condition("1.5 > 01.25", "(GT (DOUBLE 1.5) (DOUBLE 1.25))");
    expect_condition("\"a\\x41\" iequals \"b\"", "(IEQUALS (TEXT \"aA\") (TEXT \"b\"))");
    expect_condition("\"a\"", "(BOOL 1)");
    expect_condition("not \"\" and \"x\"", "(AND (NOT (BOOL 0)) (BOOL 1))");
}

static void strings_in_conditions(void) {
    expect_condition("$_a at 1 + 2", "(FOUND_AT 0 (ADD (INT 1) (INT 2)))");
    expect_condition("$_a in (1..filesize)", "(FOUND_IN 0 (INT 1) (FILESIZE))");
    expect_condition("#_a in (0..9) > #_b", "(GT (COUNT_IN 0 (INT 0) (INT 9)) (COUNT 1))");
    expect_condition("@_a + !_b[2]", "(ADD (OFFSET 0 (INT 1)) (LENGTH 1 (INT 2)))");
    expect_condition("uint16be(@_a) == int8(0)",
                     "(EQ (READ u16be (OFFSET 0 (INT 1))) (READ i8 (INT 0)))");
    expect_condition("entrypoint", "(ENTRYPOINT)");
}

static void sets(void) {
    expect_condition("any of them", "(OF any of 0,1,2)");
    expect_condition("2 of ($_b*, $_a)", "(OF count of 1,2,0 (INT 2))");
    expect_condition("none of ($*)", "(OF none of 0,1,2)");
    expect_condition("50% of them", "(OF percent of 0,1,2 (INT 50))");
    expect_condition("#_a % of them", "(OF percent of 0,1,2 (COUNT 0))");
    expect_condition("8 % 3 of them", "(OF count of 0,1,2 (MOD (INT 8) (INT 3)))");
    expect_condition("all of them at 5", "(OF all of 0,1,2 at (INT 5))");
    expect_condition("1 of them in (1..2)", "(OF count of 0,1,2 in (INT 1) (INT 1) (INT 2))");
    expect_condition("for all of ($_a) : (# > 1 and $ at 5)",
                     "(FOR_OF all of 0 (AND (GT (COUNT $) (INT 1)) (FOUND_AT $ (INT 5))))");
    expect_condition("for 1 of them : (@[2] == ![2] or $ in (0..1))",
                     "(FOR_OF count of 0,1,2 (INT 1) (OR (EQ (OFFSET $ (INT 2)) (LENGTH $ (INT "
                     "2))) (FOUND_IN $ (INT 0) (INT 1))))");
    expect_condition("for any of them : ($) and for any of them : (not $)",
                     "(AND (FOR_OF any of 0,1,2 (FOUND $)) (FOR_OF any of 0,1,2 (NOT (FOUND $))))");
}

static void rules_refer_to_earlier_rules(void) {
    expect("rule a1 { condition: true } rule a2 { condition: a1 } "
           "rule b { condition: any of (a*) and a2 and 1 of (a1, a2) }",
           "a1 : (BOOL 1)\na2 : (RULE 0)\nb : (AND (OF any rules 0,1) (RULE 1) (OF count rules "
           "0,1 (INT 1)))\n");
}

/* libyara counts the rule itself as a member that has not matched. */
static void a_set_may_hold_the_rule_itself(void) {
    expect("rule a { condition: any of (a*) }", "a : (BOOL 0)\n");
    expect("rule a { condition: none of (a*) }", "a : (BOOL 1)\n");
    expect("rule a { condition: 1 of (a*) }", "a : (LE (INT 1) (INT 0))\n");
    expect("rule a1 { condition: true } rule a2 { condition: all of (a*) }",
           "a1 : (BOOL 1)\na2 : (BOOL 0)\n");
    expect("rule a1 { condition: true } rule a2 { condition: 1 of (a*) }",
           "a1 : (BOOL 1)\na2 : (OF count rules 0 (INT 1))\n");
    expect("rule a1 { condition: true } rule a2 { condition: 50% of (a*) }",
           "a1 : (BOOL 1)\na2 : (OF count rules 0 (INT 1))\n");
    expect("rule a1 { condition: true } rule a2 { condition: 51% of (a*) }",
           "a1 : (BOOL 1)\na2 : (OF count rules 0 (INT 2))\n");
}

static void imports_alone_change_nothing(void) {
    expect("import \"pe\" import \"math\" rule r { condition: true }", "r : (BOOL 1)\n");
    expect("rule pe { condition: true } rule r { condition: pe }", "pe : (BOOL 1)\nr : (RULE 0)\n");
}

static void comments_and_spaces_may_stand_anywhere(void) {
    expect("// one\n/* two\n * three */rule/**/r{condition://\ntrue/* } */}\r\n\t// end",
           "r : (BOOL 1)\n");
    expect("", "");
    expect("// nothing", "");
}

MAIN(T(a_rule_has_modifiers_tags_and_meta), T(texts_are_decoded),
     T(modifiers_become_variants_and_flags), T(hex_strings_become_nodes), T(names_of_strings),
     T(operators_bind_as_in_yara), T(literals), T(strings_in_conditions), T(sets),
     T(rules_refer_to_earlier_rules), T(a_set_may_hold_the_rule_itself),
     T(imports_alone_change_nothing), T(comments_and_spaces_may_stand_anywhere))
