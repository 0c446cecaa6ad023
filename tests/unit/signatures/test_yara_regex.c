/* YARA's regular expressions and base64 strings to nodes, compared as text (makers/rule_text.h). */
#include "makers/yara_load.h"
#include "ym_test.h"

/* One string with its modifiers; the pattern that comes of it. */
static void expect_string(const char *string, const char *want) {
    struct yara_load l;
    char text[1024];
    char line[1024];
    ym_status st;

    (void)snprintf(text, sizeof(text), "rule r { strings: $a = %s condition: $a }", string);
    (void)snprintf(line, sizeof(line), "r $a=%s : (FOUND 0)\n", want);
    yara_load_init(&l);
    st = yara_load_text(&l, text, strlen(text), false);
    if (st != YM_OK) {
        FAIL("%s: %u:%u: %s", text, l.err.line, l.err.column, l.err.text);
    }
    if (strcmp(yara_load_lines(&l.rules), line) != 0) {
        FAIL("%s\n# got:  %s# want: %s", text, yara_load_lines(&l.rules), line);
    }
    yara_load_done(&l);
}

static void characters_become_runs(void) {
    expect_string("/abc/", "61 62 63");
    expect_string("/a\\.b\\/c/", "61 2e 62 2f 63");
    expect_string("/\\t\\n\\r\\f\\a\\x00\\xFf/", "09 0a 0d 0c 07 00 ff");
    expect_string("/\\v\\g\\-/", "76 67 2d");
    expect_string("/]}{/", "5d 7d 7b");
    expect_string("/a{b{1,x}{ 1,2}/", "61 7b 62 7b 31 2c 78 7d 7b 20 31 2c 32 7d");
    expect_string("/(ab)(c(d))/", "61 62 63 64");
    expect_string("/\xc3\xa9/", "c3 a9");
}

static void classes_become_sets(void) {
    expect_string("/a[bc]/", "61 <62 63>");
    expect_string("/[]a]/", "<5d 61>");
    expect_string("/[^]a]/", "<00 01 02 03 04 of 254>");
    expect_string("/[a-]/", "<2d 61>");
    expect_string("/[-a]/", "<2d 61>");
    expect_string("/[0-9]/", "<30 31 32 33 34 of 10>");
    expect_string("/[\\x41-\\x43]/", "<41 42 43>");
    expect_string("/[\\.-0]/", "<2e 2f 30>");
    expect_string("/[\\d.]/", "<2e 30 31 32 33 of 11>");
    expect_string("/[a-\\d]/", "<61 62 63 64>"); /* the end of the range is a plain d */
    expect_string("/[\\w-]/", "<2d 30 31 32 33 of 64>");
    expect_string("/[\\n\\]]/", "<0a 5d>");
    expect_string("/\\s/", "<09 0a 0b 0c 0d of 6>");
    expect_string("/\\S\\D\\W/", "<00 01 02 03 04 of 250> <00 01 02 03 04 of 246> "
                                 "<00 01 02 03 04 of 193>");
    expect_string("/./", "<00 01 02 03 04 of 255>");
    expect_string("/./s", "<00 01 02 03 04 of 256>");
    expect_string("/(a|b|[0-1])/", "<30 31 61 62>");
}

static void case_is_folded_in_sets(void) {
    expect_string("/a[b]/i", "61 <42 62> nocase");
    expect_string("/a[^b]/ nocase", "61 <00 01 02 03 04 of 254> nocase");
    expect_string("/(a|b)c/i", "<41 42 61 62> 63 nocase");
}

static void quantifiers_become_repeats(void) {
    expect_string("/ab*/", "61 (62){0-} greedy regex");
    expect_string("/ab+?/", "61 (62){1-}? regex");
    expect_string("/ab?c/", "61 (62){0-1} 63 greedy regex");
    expect_string("/ab{2,3}/", "61 (62){2-3} greedy regex");
    expect_string("/ab{2 , 3}?/", "61 (62){2-3}? regex");
    expect_string("/ab{2,}/", "61 (62){2-} greedy regex");
    expect_string("/ab{,2}/", "61 (62){0-2} greedy regex");
    expect_string("/ab{ ,2}/", "61 (62){0-2} greedy regex");
    expect_string("/ab{,}/", "61 (62){0-} greedy regex");
    expect_string("/ab{3}/", "61 (62){3-3} greedy regex");
    expect_string("/ab{1}c/", "61 62 63 greedy");
    expect_string("/ab{0}c/", "61 63 greedy");
    expect_string("/a{32767}/", "(61){32767-32767} greedy regex");
    expect_string("/a{1,32767}/", "(61){1-} greedy regex");
    expect_string("/(ab|c)+d/", "((61 62|63)){1-} 64 greedy regex");
    expect_string("/((a*)*)*/", "(((61){0-}){0-}){0-} greedy regex");
}

static void branches_become_alternatives(void) {
    expect_string("/ab|cd/", "(61 62|63 64) regex");
    expect_string("/a(b|)c/", "61 (62|) 63 regex");
    expect_string("/a(b||c)/", "61 (62||63) regex");
    expect_string("/a{0}/", " greedy regex");
}

static void edges(void) {
    expect_string("/^ab$/", "^ 61 62 $");
    expect_string("/\\bab\\B/", "b 61 62 !b");
    expect_string("/\\bab\\B/ wide", "w bw 61 00 62 00 !bw");
    expect_string("/^|a/", "(^|61) regex");
    expect_string("/$/", "$ regex");
    expect_string("/[\\b]/", "<62>");
}

static void modifiers(void) {
    expect_string("/ab/ wide ascii private", "61 62 & w 61 00 62 00 private");
    expect_string("/a.b/ wide fullword", "w 61 00 <00 01 02 03 04 of 255> 00 62 00 fullword");
    expect_string("/a(b|cd)*/ wide", "w 61 00 ((62 00|63 00 64 00)){0-} greedy regex");
    expect_string("/ab/is", "61 62 nocase");
}

static void base64(void) {
    expect_string("\"foobar\" base64", "5a 6d 39 76 59 6d 46 79 & 5a 76 62 32 4a 68 63 & "
                                       "6d 62 32 39 69 59 58");
    expect_string("\"a\" base64", "59 & 68");
    expect_string("\"ab\" base64", "59 57 & 46 69 & 68 59");
    expect_string("\"a\" base64wide", "59 00 & 68 00");
    expect_string("\"a\" base64 base64wide", "59 & 68 & 59 00 & 68 00");
    expect_string("\"a\" base64 wide", "59 51 & 45 41 & 68 41");
    expect_string("\"ab\" base64 base64wide ascii wide private",
                  "59 57 & 46 69 & 68 59 & 59 00 57 00 & 46 00 69 00 & 68 00 59 00 & "
                  "59 51 42 69 41 & 45 41 59 67 & 68 41 47 49 41 & "
                  "59 00 51 00 42 00 69 00 41 00 & 45 00 41 00 59 00 67 00 & "
                  "68 00 41 00 47 00 49 00 41 00 private");
    expect_string(
        "\"a\" base64(\"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/\")",
        "79 & 48");
}

/* ---- Errors ---------------------------------------------------------------------------------- */

/* The expression and the column in it, from 1, where it is wrong. */
static void expect_error(const char *string, unsigned column, const char *why) {
    struct yara_load l;
    char text[1024];

    (void)snprintf(text, sizeof(text), "rule r { strings: $a = %s condition: $a }", string);
    yara_load_init(&l);
    CHECK_EQ(yara_load_text(&l, text, strlen(text), false), YM_MALFORMED);
    if (l.err.line != 1 || l.err.column != 24 + column || strstr(l.err.text, why) == NULL) {
        FAIL("%s: at %u, want %u: %s, want %s", text, l.err.column, 24 + column, l.err.text, why);
    }
    yara_load_done(&l);
}

static void errors_have_a_place_and_a_cause(void) {
    expect_error("/a**/", 3, "syntax error");
    expect_error("/a++/", 3, "syntax error");
    expect_error("/a{2}{3}/", 5, "nothing to repeat");
    expect_error("/{2}/", 1, "nothing to repeat");
}

static void syntax_errors(void) {
    expect_error("/()/", 2, "syntax error");
    expect_error("/(|a)/", 2, "syntax error");
    expect_error("/|a/", 1, "syntax error");
    expect_error("/a|*/", 3, "syntax error");
    expect_error("/^*/", 2, "syntax error");
    expect_error("/\\b+/", 3, "syntax error");
    expect_error("/a(?:b)/", 3, "syntax error");
    expect_error("/(a/", 3, "`)` is missing");
    expect_error("/a)/", 2, "syntax error");
    expect_error("/a|b)/", 4, "syntax error");
}

static void other_errors(void) {
    expect_error("/\\1/", 1, "backreferences");
    expect_error("/\\x4/", 1, "illegal escape");
    expect_error("/\\xzz/", 1, "illegal escape");
    expect_error("/[\\xzz]/", 2, "illegal escape");
    expect_error("/[z-a]/", 5, "bad character range");
    expect_error("/[]/", 3, "missing terminating ]");
    expect_error("/[^]/", 4, "missing terminating ]");
    expect_error("/[a/", 3, "missing terminating ]");
    expect_error("/[\xc3\xa9]/", 2, "non-ascii");
    expect_error("/a{3,2}/", 2, "bad repeat interval");
    expect_error("/a{32768}/", 2, "repeat interval too large");
    expect_error("/a{1,32768}/", 2, "repeat interval too large");
    expect_error("/a{99999999999999999999}/", 2, "repeat interval too large");
    expect_error("/a{40000,}/", 2, "bad repeat interval");
    expect_error("/a+b*?/", 0, "can't be mixed");
    expect_error("/a/ xor", 0, "for texts");
    expect_error("/a/ base64", 0, "for texts");
}

static void nesting_is_limited(void) {
    struct yara_load l;
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    ym_buf_add_text(&b, "rule r { strings: $a = /");
    for (unsigned i = 0; i < 1000; i++) {
        ym_buf_add_text(&b, "(");
    }
    ym_buf_add_text(&b, "a/ condition: $a }");
    yara_load_init(&l);
    CHECK_EQ(yara_load_text(&l, (const char *)b.data, b.len, false), YM_MALFORMED);
    CHECK_EQ(l.err.column, 275);
    yara_load_done(&l);
    ym_buf_done(&b);
}

MAIN(T(characters_become_runs), T(classes_become_sets), T(case_is_folded_in_sets),
     T(quantifiers_become_repeats), T(branches_become_alternatives), T(edges), T(modifiers),
     T(base64), T(errors_have_a_place_and_a_cause), T(syntax_errors), T(other_errors),
     T(nesting_is_limited))
