/* Formatting YARA source: the layout, comments, what is refused, and that it settles at once. */
#include "signatures/format.h"

#include "ym_test.h"

#include <stdlib.h>

/* The caller's to free; NULL: refused. */
static char *format(const char *text, struct ym_err *err) {
    struct ym_buf out;
    char *copy = NULL;

    ym_buf_init(&out, YM_FORMAT_MAX_OUTPUT);
    if (ym_yara_format("t.yar", text, strlen(text), &out, err) == YM_OK) {
        copy = malloc(out.len + 1);
        if (copy != NULL) {
            memcpy(copy, out.data == NULL ? (const uint8_t *)"" : out.data, out.len);
            copy[out.len] = '\0';
        }
    }
    ym_buf_done(&out);
    return copy;
}

/* Is it laid out as `want`, and stays so? */
static void gives(const char *text, const char *want) {
    struct ym_err err = {0};
    char *once = format(text, &err);
    char *twice;

    if (once == NULL) {
        FAIL("refused: %u:%u: %s", err.line, err.column, err.text);
    }
    if (strcmp(once, want) != 0) {
        FAIL("got:\n%s\nwant:\n%s", once, want);
    }
    twice = format(once, &err);
    if (twice == NULL || strcmp(once, twice) != 0) {
        FAIL("again:\n%s", twice == NULL ? err.text : twice);
    }
    free(once);
    free(twice);
}

static void refuses(const char *text, unsigned line, unsigned column, const char *why) {
    struct ym_err err = {0};
    char *out = format(text, &err);

    if (out != NULL) {
        FAIL("not refused:\n%s", out);
    }
    if (strstr(err.text, why) == NULL || err.line != line || err.column != column) {
        FAIL("%u:%u: %s", err.line, err.column, err.text);
    }
}

/* In a rule with this condition. */
static void condition(const char *text, const char *want) {
    char a[4096];
    char b[4096];

    (void)snprintf(a, sizeof(a), "rule r{condition:%s}", text);
    (void)snprintf(b, sizeof(b), "rule r\n{\n    condition:\n        %s\n}\n", want);
    gives(a, b);
}

/* In a rule with these strings. */
static void strings(const char *text, const char *want) {
    char a[4096];
    char b[4096];

    (void)snprintf(a, sizeof(a), "rule r { strings: %s condition: them }", text);
    (void)snprintf(b, sizeof(b),
                   "rule r\n{\n    strings:\n        %s\n    condition:\n        them\n}\n", want);
    gives(a, b);
}

static void a_rule_in_one_line_gets_its_lines(void) {
    gives("import \"pe\" import \"math\" private  global rule a:b c{meta:x=1 author=\"me\" n=-3 "
          "strings:$a=\"x\"wide ascii $long={ 0102 }condition:$a and $long}rule b{condition:true}",
          "import \"pe\"\nimport \"math\"\n\n"
          "private global rule a : b c\n{\n"
          "    meta:\n        x      = 1\n        author = \"me\"\n        n      = -3\n"
          "    strings:\n        $a    = \"x\" wide ascii\n        $long = { 01 02 }\n"
          "    condition:\n        $a and $long\n}\n\n"
          "rule b\n{\n    condition:\n        true\n}\n");
    gives("", "");
    gives("// only this", "// only this\n");
    gives("\n\ninclude \"..\\x.yar\"\r\n", "include \"..\\x.yar\"\n");
}

static void operators_are_spaced(void) {
    condition("uint16( 0 )==0x5A4D and#a>-1", "uint16(0) == 0x5A4D and #a > -1");
    condition("50 % of them or 5%2==- 1", "50% of them or 5 % 2 == -1");
    condition("$a in(0 .. filesize-10)and @a [1]<~5", "$a in (0..filesize - 10) and @a[1] < ~5");
    condition("for all i in(1..#a):(@a[i]>1 and pe . x[ i ].y(1,2)<<3==1)",
              "for all i in (1..#a) : (@a[i] > 1 and pe.x[i].y(1, 2) << 3 == 1)");
    condition("any of(a*,b )and not defined x and none of ( $a* , $b )",
              "any of (a*, b) and not defined x and none of ($a*, $b)");
    condition("not(true)or(1-(-2))\\2==0x10KB.a", "not (true) or (1 - (-2)) \\ 2 == 0x10 KB.a");
    condition("x matches/a b/is and y contains\"z\"", "x matches /a b/is and y contains \"z\"");
}

static void strings_keep_what_they_say(void) {
    strings("$=\"a\\\"b\"xor( 1 - 0xff )private", "$ = \"a\\\"b\" xor(1-0xff) private");
    strings("$a=\"x\"base64 (\"abc\")", "$a = \"x\" base64(\"abc\")");
    strings("$a={~0a?1(02|?? 03[4 - 6]05)[-]06[ 7 ]08}",
            "$a = { ~0a ?1 (02 | ?? 03 [4-6] 05) [-] 06 [7] 08 }");
    strings("$a={ 01 // one\n 0203 /* c */ 04\n [1-2]\n 05 }",
            "$a = {\n            01 // one\n            02 03 /* c */ 04\n            [1-2]\n"
            "            05\n        }");
    strings("$a=/x{2,3}\\/y/i nocase", "$a = /x{2,3}\\/y/i nocase");
}

static void long_hex_strings_are_wrapped(void) {
    strings("$a={000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f}",
            "$a = {\n            00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 "
            "16 17 18 19 1a 1b 1c\n            1d 1e 1f\n        }");
}

static void long_conditions_are_broken(void) {
    const char *a = "filesize < 1000000000 and uint32(0) == 0x11111111";
    char text[1024];
    char want[1024];

    (void)snprintf(text, sizeof(text), "%s and %s and $a", a, a);
    (void)snprintf(want, sizeof(want),
                   "filesize < 1000000000 and\n        uint32(0) == 0x11111111 and\n        "
                   "filesize < 1000000000 and\n        uint32(0) == 0x11111111 and\n        $a");
    condition(text, want);
    (void)snprintf(text, sizeof(text), "$a or (%s and %s)", a, a);
    (void)snprintf(want, sizeof(want),
                   "$a or\n        (\n            filesize < 1000000000 and\n            "
                   "uint32(0) == 0x11111111 and\n            filesize < 1000000000 and\n"
                   "            uint32(0) == 0x11111111\n        )");
    condition(text, want);
    (void)snprintf(text, sizeof(text), "$a or %s and %s", a, a);
    (void)snprintf(want, sizeof(want),
                   "$a or\n        filesize < 1000000000 and\n            uint32(0) == 0x11111111 "
                   "and\n            filesize < 1000000000 and\n            uint32(0) == "
                   "0x11111111");
    condition(text, want);
}

static void long_lists_are_filled(void) {
    condition("any of ($aaaaaaaaaaaaaaaaaaaa, $bbbbbbbbbbbbbbbbbbbbbbb, $cccccccccccccccccccccc, "
              "$dddddddddddddddd)",
              "any of (\n            $aaaaaaaaaaaaaaaaaaaa, $bbbbbbbbbbbbbbbbbbbbbbb, "
              "$cccccccccccccccccccccc,\n            $dddddddddddddddd\n        )");
}

static void comments_stay(void) {
    gives(
        "/* head */\n\n\n// of a\nrule a{ // open\n// first\nmeta: // m\n  x=1 // of x\n\n  // y "
        "\n  y=2 /* z */\n// before strings\nstrings:\n$a=\"1\" // one\n    // deep\n"
        "condition: // c\n  $a // end\n  // last\n} // close\n// tail\nrule b{condition:true}",
        "/* head */\n\n// of a\nrule a\n{ // open\n    // first\n    meta: // m\n        x = 1 // "
        "of x\n\n        // y\n        y = 2 /* z */\n    // before strings\n    strings:\n"
        "        $a = \"1\" // one\n        // deep\n    condition: // c\n        $a // end\n"
        "        // last\n} // close\n\n// tail\nrule b\n{\n    condition:\n        true\n}\n");
}

static void comments_break_conditions(void) {
    condition("$a // one\n and /* in */ $b // two\n// own\nor $c",
              "$a and // one\n            /* in */ $b or // two\n        // own\n        $c");
    condition("any of ($a, // one\n $b)", "any of (\n            $a, // one\n            $b\n"
                                          "        )");
    condition("( // x\n$a )", "( // x\n            $a\n        )");
    condition("$a == // why\n5", "$a == // why\n            5");
}

static void long_comments_keep_their_lines(void) {
    gives("rule a {\r\n/* one\r\n     two */\r\ncondition: true }",
          "rule a\n{\n    /* one\n     two */\n    condition:\n        true\n}\n");
}

static void what_is_no_yara_is_refused(void) {
    refuses("rule a { condition: true", 1, 25, "the file ends");
    refuses("rule a { condition: }", 1, 21, "a condition");
    refuses("\n  what", 2, 3, "rule, import or include");
    refuses("rule a { strings: $a = { 01 zz } condition: $a }", 1, 29, "in a hex string");
    refuses("rule a { strings: $a = { 01 ", 1, 29, "it does not end");
    refuses("rule a { meta: 5 = 6 condition: true }", 1, 16, "a name");
    refuses("/* x", 1, 5, "comment does not end");
    refuses("import pe", 1, 8, "a name in quotes");
}

static void every_prefix_ends(void) {
    const char *text =
        "import \"pe\" /* c */ include \"x\"\nprivate rule a : b { meta: x = 1 // c\n"
        "strings: $a = { 01 (02 | 03) [4-5] ~06 } $b = /x/i wide // d\n"
        "condition: for any i in (1..3) : ( $a and // e\n #b > i ) or $b }";
    char part[512];

    for (size_t n = 0; n <= strlen(text); n++) {
        struct ym_err err = {0};
        char *out;

        memcpy(part, text, n);
        part[n] = '\0';
        out = format(part, &err);
        CHECK(out != NULL || err.text[0] != '\0');
        if (out != NULL) {
            gives(part, out);
        }
        free(out);
    }
}

static void deep_brackets_end(void) {
    char text[40000];
    struct ym_err err = {0};
    size_t n = (size_t)snprintf(text, sizeof(text), "rule a { condition: ");
    char *out;

    memset(text + n, '(', 10000);
    memset(text + n + 10000, 'a', 100);
    memset(text + n + 10100, ')', 10000);
    memcpy(text + n + 20100, " }", 3);
    out = format(text, &err);
    CHECK(out != NULL);
    gives(text, out);
    free(out);
}

MAIN(T(a_rule_in_one_line_gets_its_lines), T(operators_are_spaced), T(strings_keep_what_they_say),
     T(long_hex_strings_are_wrapped), T(long_conditions_are_broken), T(long_lists_are_filled),
     T(comments_stay), T(comments_break_conditions), T(long_comments_keep_their_lines),
     T(what_is_no_yara_is_refused), T(every_prefix_ends), T(deep_brackets_end))
