/* Files, includes, namespaces, leaving rules out, broken input, no memory. */
#include "base/alloc.h"
#include "makers/yara_load.h"
#include "ym_test.h"

/* One of everything the language has. */
static const char rich[] =
    "import \"pe\" // a module\n"
    "include \"inner.yar\"\n"
    "/* and now */ private global rule one : tag1 tag2 {\n"
    "  meta: author = \"a\\\"b\\x41\" n = -5 yes = true\n"
    "  strings:\n"
    "    $text = \"abc\\t\" wide ascii nocase fullword private\n"
    "    $xor = \"xyz\" xor(0x01-0xff)\n"
    "    $ = \"anonymous\"\n"
    "    $hex = { 01 ?2 3? ~04 ~?5 [2-4] (06 07 | 08 (09|0a [1] 0b)) /* c */ ?? 0C [-] 0d } "
    "private\n"
    "  condition:\n"
    "    not ($text at 0x10 or $xor in (0..filesize - 1KB)) and #hex in (0..10) >= 1 * 2 \\ 3 % 4 "
    "and\n"
    "    @hex[2] != !text[1] and for any of ($text, $x*) : ($ at 5 and # > 1 | 2 ^ 3 & 4 << 5 >> "
    "1)\n"
    "    and 2 of them and 50% of ($*) and none of ($) in (1..2) and all of them at -1 + 2 and\n"
    "    (uint16be(0) == 0x4d5a or int32(entrypoint) < -1.5) and defined \"ab\" icontains \"B\" "
    "and\n"
    "    any of (inn*) and inner\n"
    "}\n"
    "rule two { condition: one and 1 of (one, inner) or true or false }\n";

static const struct yara_file files[] = {
    {"inner.yar", "rule inner { condition: filesize > 0 }"},
    {"loop.yar", "include \"loop.yar\""},
    {"a.yar", "include \"b.yar\""},
    {"b.yar", "include \"a.yar\""},
    {"bad.yar", "rule bad {\n condition: nosuch }\nrule good { condition: true }"},
    {NULL, NULL},
};

static ym_status load(struct yara_load *l, const char *text, bool skip_bad) {
    yara_load_init(l);
    l->files = files;
    return yara_load_text(l, text, strlen(text), skip_bad);
}

static void a_rich_file_parses(void) {
    struct yara_load l;
    ym_status st = load(&l, rich, false);

    if (st != YM_OK) {
        FAIL("%u:%u: %s", l.err.line, l.err.column, l.err.text);
    }
    CHECK_EQ(l.n_rules, 3);
    yara_load_done(&l);
}

/* A prefix is either a smaller file or an error with a place; never a crash, never silence. */
static void every_prefix_parses_or_fails_cleanly(void) {
    for (size_t n = 0; n < sizeof(rich); n++) {
        for (int skip_bad = 0; skip_bad < 2; skip_bad++) {
            char *copy = ym_strndup(rich, n); /* so that ASan sees a read past the end */
            struct yara_load l;
            ym_status st;

            yara_load_init(&l);
            l.files = files;
            st = yara_load_text(&l, copy, n, skip_bad != 0);
            if (st != YM_OK && (st != YM_MALFORMED || l.err.line == 0 || l.err.text[0] == 0)) {
                FAIL("%zu bytes: %s %s", n, ym_status_name(st), l.err.text);
            }
            CHECK(skip_bad == 0 || st == YM_OK);
            CHECK(l.n_rules <= 3);
            CHECK(l.n_rules + l.n_left_out <= 4);
            yara_load_done(&l);
            ym_free(copy);
        }
    }
}

static void includes_are_read_in_place(void) {
    struct yara_load l;

    CHECK_EQ(load(&l, "include \"inner.yar\" rule r { condition: inner }", false), YM_OK);
    CHECK(strcmp(yara_load_lines(&l.rules), "inner : (GT (FILESIZE) (INT 0))\nr : (RULE 0)\n") ==
          0);
    yara_load_done(&l);
}

static void errors_name_the_included_file(void) {
    struct yara_load l;

    CHECK_EQ(load(&l, "rule r { condition: true }\ninclude \"bad.yar\"", false), YM_MALFORMED);
    CHECK(strcmp(l.err.file, "bad.yar") == 0);
    CHECK_EQ(l.err.line, 2);
    CHECK_EQ(l.err.column, 13);
    yara_load_done(&l);
}

static void cyclic_missing_and_deep_includes_are_errors(void) {
    static char names[20][16];
    static char texts[20][32];
    struct yara_file chain[21] = {{NULL, NULL}};
    struct yara_load l;

    CHECK_EQ(load(&l, "include \"loop.yar\"", false), YM_MALFORMED);
    CHECK(strcmp(l.err.file, "loop.yar") == 0);
    yara_load_done(&l);
    CHECK_EQ(load(&l, "include \"a.yar\"", false), YM_MALFORMED);
    CHECK(strcmp(l.err.file, "b.yar") == 0);
    yara_load_done(&l);
    CHECK_EQ(load(&l, "include \"r.yar\"", false), YM_IO);
    CHECK_EQ(l.err.line, 1);
    yara_load_done(&l);
    for (unsigned i = 0; i < 20; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%u", i);
        texts[i][0] = '\0';
        if (i < 19) {
            (void)snprintf(texts[i], sizeof(texts[i]), "include \"%u\"", i + 1);
        }
        chain[i] = (struct yara_file){names[i], texts[i]};
    }
    for (unsigned from = 4; from < 6; from++) { /* 16 files are open at once, or 17 */
        char text[32];

        (void)snprintf(text, sizeof(text), "include \"%u\"", from);
        yara_load_init(&l);
        l.files = chain;
        CHECK_EQ(yara_load_text(&l, text, strlen(text), false), from == 5 ? YM_OK : YM_MALFORMED);
        yara_load_done(&l);
    }
}

static void names_live_per_namespace(void) {
    static const char one[] = "rule r { condition: true }";
    static const char two[] = "rule s { condition: r }";
    struct yara_load l;
    struct ym_yara *y;

    yara_load_init(&l);
    y = yara_load_new(&l, false);
    CHECK_EQ(ym_yara_file(y, "1", one, strlen(one), "n1", &l.err), YM_OK);
    CHECK_EQ(ym_yara_file(y, "2", one, strlen(one), "n2", &l.err), YM_OK);
    CHECK_EQ(ym_yara_file(y, "3", two, strlen(two), "n2", &l.err), YM_OK);
    CHECK(strcmp(yara_load_lines(&l.rules), "r : (BOOL 1)\nr : (BOOL 1)\ns : (RULE 1)\n") == 0);
    CHECK_EQ(ym_yara_file(y, "4", one, strlen(one), "n1", &l.err), YM_MALFORMED);
    l.err = (struct ym_err){0};
    CHECK_EQ(ym_yara_file(y, "5", two, strlen(two), "n3", &l.err), YM_MALFORMED);
    ym_yara_free(y);
    yara_load_done(&l);
}

static void imports_hold_for_their_namespace(void) {
    static const char import[] = "import \"string\"";
    static const char use[] = "rule s { condition: string.length(\"a\") == 1 }";
    struct yara_load l;
    struct ym_yara *y;

    yara_load_init(&l);
    y = yara_load_new(&l, false);
    CHECK_EQ(ym_yara_file(y, "1", import, strlen(import), "n1", &l.err), YM_OK);
    CHECK_EQ(ym_yara_file(y, "2", use, strlen(use), "n1", &l.err), YM_OK);
    l.err = (struct ym_err){0};
    CHECK_EQ(ym_yara_file(y, "3", use, strlen(use), "n2", &l.err), YM_MALFORMED);
    ym_yara_free(y);
    yara_load_done(&l);
}

/* ---- Leaving out ----------------------------------------------------------------------------- */

static void expect_skip(const char *text, const char *rules, const char *left_out) {
    struct yara_load l;
    ym_status st = load(&l, text, true);

    if (st != YM_OK || strcmp(yara_load_lines(&l.rules), rules) != 0 ||
        strcmp(yara_load_lines(&l.left_out), left_out) != 0) {
        FAIL("%s\n# %s %s\n# rules: %s# left out: %s", text, ym_status_name(st), l.err.text,
             yara_load_lines(&l.rules), yara_load_lines(&l.left_out));
    }
    CHECK(left_out[0] == '\0' || l.warnings.len > 0);
    yara_load_done(&l);
}

static void bad_rules_are_left_out_and_counted(void) {
    expect_skip("rule a { strings: $a = /(/ condition: $a }\nrule b { condition: true }",
                "b : (BOOL 1)\n", "1 invalid regular expression\n");
    expect_skip(
        "import \"string\"\nrule a { condition: string.is_pe }\nprivate rule b { condition: true }",
        "private b : (BOOL 1)\n", "2 unknown field of a module\n");
    expect_skip("rule a {\n condition: for any i in (2..1) : (i) }\nrule b { condition: true }",
                "b : (BOOL 1)\n", "1 does not compile\n");
    expect_skip("rule a { condition: filename == \"x\" } rule b { condition: true }",
                "b : (BOOL 1)\n", "1 external variable\n");
    expect_skip("rule a { condition: 1 + \"x\" } rule b { condition: true }", "b : (BOOL 1)\n",
                "1 wrong type\n");
    expect_skip("rule a { strings: $a = { 0 } condition: $a } rule b { condition: true }",
                "b : (BOOL 1)\n", "1 invalid hex string\n");
    expect_skip("rule a { condition: true }\nrule a { condition: false } rule b { condition: a }",
                "a : (BOOL 1)\nb : (RULE 0)\n", "2 duplicate rule\n");
    expect_skip("import \"nosuch\" rule b { condition: true }", "b : (BOOL 1)\n",
                "1 unknown module\n");
    expect_skip("include \"nosuch\"\nrule b { condition: true }", "b : (BOOL 1)\n", "1 include\n");
    expect_skip("include \"bad.yar\"\nrule b { condition: good }",
                "good : (BOOL 1)\nb : (RULE 0)\n", "1 undefined identifier\n");
}

static void rules_that_depend_on_them_go_with_them(void) {
    expect_skip("rule a { strings: $a = /(/ condition: $a }\nrule b { condition: a }\n"
                "rule c { condition: b }\nrule d { condition: any of (a*) }\n"
                "rule e { condition: true }",
                "e : (BOOL 1)\n",
                "1 invalid regular expression\n2 depends on a rule that was left out\n"
                "3 depends on a rule that was left out\n4 depends on a rule that was left out\n");
}

static void the_next_rule_is_found_after_any_error(void) {
    static const char *const bad[] = {
        "foo",
        "rule",
        "rule x",
        "rule x {",
        "rule x { condition: }",
        "rule x { condition: ( }",
        "rule x { condition: true",
        "rule x { strings: $a = \"rule y { \\g condition: $a }",
        "rule x { strings: $a = \"open\n condition: $a }",
        "rule x { strings: $a = /open\n condition: $a }",
        "rule x { strings: $a = { 01 \n condition: $a }",
        "rule x { strings: $a = { 01 } wide condition: $a }",
        "rule x { strings: $a = \"rule b { condition: true }\" $a = \"x\" condition: $a }",
        "rule x { condition: $undefined and \"rule b { x\" }",
        "rule x { condition: true } }",
        "rule x { condition: 99999999999999999999 }",
        "import rule",
        "include",
        "\xef\xbb\xbf",
        "rule \x01 {",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[512];
        struct yara_load l;
        const char *lines;

        (void)snprintf(text, sizeof(text), "%s\nglobal private rule b : t { condition: true }\n%s",
                       bad[i], bad[i]);
        CHECK_EQ(load(&l, text, true), YM_OK);
        lines = yara_load_lines(&l.rules);
        if (strstr(lines, "private global b:t : (BOOL 1)\n") == NULL || l.n_left_out < 2) {
            FAIL("%s\n# rules: %s# left out: %s", text, lines, yara_load_lines(&l.left_out));
        }
        yara_load_done(&l);
    }
}

static void a_left_out_global_rule_is_warned_of(void) {
    struct yara_load l;

    CHECK_EQ(load(&l, "global rule a { strings: $a = /(/ condition: $a }", true), YM_OK);
    CHECK(strstr(yara_load_lines(&l.warnings), "limits no other rule") != NULL);
    yara_load_done(&l);
}

static void a_failing_sink_ends_the_load(void) {
    struct yara_load l;

    yara_load_init(&l);
    l.sink_status = YM_LIMIT;
    CHECK_EQ(yara_load_text(&l, "rule a { condition: true } rule b { condition: true }", 53, true),
             YM_LIMIT);
    CHECK_EQ(l.n_rules, 1);
    yara_load_done(&l);
}

static void running_out_of_memory_is_reported_and_leaks_nothing(void) {
    for (int sticky = 0; sticky < 2; sticky++) {
        bool failed = true;

        for (unsigned nth = 1; failed; nth++) {
            struct yara_load l;
            ym_status st;

            CHECK(nth < 10000);
            yara_load_init(&l);
            l.files = files;
            (void)ym_fault_malloc(nth, sticky);
            st = yara_load_text(&l, rich, sizeof(rich) - 1, sticky != 0);
            failed = ym_fault_malloc(0, 0) > 0;
            /* one failure may have hit nothing but this test's own list of warnings */
            CHECK(st == (failed ? YM_NOMEM : YM_OK) ||
                  (sticky == 0 && l.warnings.status == YM_NOMEM && st == YM_OK));
            yara_load_done(&l);
        }
    }
}

MAIN(T(a_rich_file_parses), T(every_prefix_parses_or_fails_cleanly), T(includes_are_read_in_place),
     T(errors_name_the_included_file), T(cyclic_missing_and_deep_includes_are_errors),
     T(names_live_per_namespace), T(imports_hold_for_their_namespace),
     T(bad_rules_are_left_out_and_counted), T(rules_that_depend_on_them_go_with_them),
     T(the_next_rule_is_found_after_any_error), T(a_left_out_global_rule_is_warned_of),
     T(a_failing_sink_ends_the_load), T(running_out_of_memory_is_reported_and_leaks_nothing))
