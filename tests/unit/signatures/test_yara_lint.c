/* What the YARA compiler warns of when it is asked to, and what it keeps quiet about. */
#include "signatures/yara.h"

#include "ym_test.h"

#include <stdlib.h>

struct heard {
    char text[4096]; /* "line:column text\n" */
    size_t n;
    unsigned errors;
};

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err) {
    (void)self;
    (void)rule;
    (void)err;
    *ret_id = 0;
    return YM_OK;
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    (void)self;
    (void)file;
    (void)line;
    (void)why;
    return YM_OK;
}

static void on_warning(void *self, const char *file, unsigned line, unsigned column,
                       const char *text) {
    struct heard *h = self;

    (void)file;
    h->n +=
        (size_t)snprintf(h->text + h->n, sizeof(h->text) - h->n, "%u:%u %s\n", line, column, text);
    h->n = h->n < sizeof(h->text) ? h->n : sizeof(h->text) - 1;
}

static void on_error(void *self, const struct ym_err *err) {
    struct heard *h = self;

    CHECK(err->text[0] != '\0' && err->line > 0);
    h->errors++;
}

static void load(const char *text, bool lint, struct heard *h) {
    const struct ym_sink sink = {.rule = on_rule, .left_out = on_left_out};
    const struct ym_yara_options options = {.skip_bad = true,
                                            .lint = lint,
                                            .warning = on_warning,
                                            .warning_self = h,
                                            .error = on_error,
                                            .error_self = h};
    struct ym_yara *y = ym_yara_new(&options, &sink);

    *h = (struct heard){.n = 0};
    CHECK(y != NULL);
    CHECK_EQ(ym_yara_file(y, "t.yar", text, strlen(text), "default", NULL), YM_OK);
    ym_yara_free(y);
}

static void warns(const char *text, const char *want) {
    struct heard h;

    load(text, true, &h);
    if (strcmp(h.text, want) != 0) {
        FAIL("%s\ngot:\n%swant:\n%s", text, h.text, want);
    }
    CHECK_EQ(h.errors, 0);
}

static void nothing_is_said_unasked(void) {
    struct heard h;

    load("import \"pe\" rule a { condition: true and uint8(0) == 256 }", false, &h);
    CHECK_EQ(h.n, 0);
}

static void every_error_is_told(void) {
    struct heard h;

    load("rule a { condition: b } rule c { strings: $a = \"x\" condition: true } rule d { what }\n"
         "rule e { condition: a }",
         false, &h);
    CHECK_EQ(h.errors, 4);
    CHECK_EQ(h.n, 0);
}

static void conditions_that_are_known(void) {
    warns("rule a { condition: filesize > 5 and filesize < 100 }", "");
    warns("rule a { condition: true }",
          "1:21 the condition is always true: the rule matches every file\n");
    warns("rule a { condition: not false }",
          "1:21 the condition is always true: the rule matches every file\n");
    warns("rule a { condition: filesize > 5 and true }",
          "1:38 this constant changes nothing in the condition around it\n");
    warns("rule a { condition: filesize >= 0 or uint8(0) == 1 }",
          "1:21 this comparison is always true\n"
          "1:21 the condition is always true: the rule matches every file\n");
    warns("rule a { condition: uint16(0) < 70000 and filesize > 1 }",
          "1:21 this comparison is always true: the number read lies between 0 and 65535\n");
    warns("rule a { condition: not (int8(0) == 200) }",
          "1:26 this comparison is never true: the number read lies between -128 and 127\n");
    warns("rule a { condition: filesize == 4 and filesize >= 5 }",
          "1:21 never true: no file has a size that fits all comparisons\n"
          "1:21 the condition is never true: the rule matches no file\n");
    warns("rule a { strings: $a = \"abcde\" $b = \"fghij\" condition: (#a & 1) + (#b & 1) > 2 }",
          "1:57 this comparison is never true: the number lies between 0 and 2\n"
          "1:57 the condition is never true: the rule matches no file\n");
    warns("rule a { strings: $a = \"abcde\" condition: #a + 1 > 0 and $a }",
          "1:43 this comparison is always true\n");
    warns("rule a { strings: $a = \"abcde\" condition: #a + 1 > 1 }", "");
    warns("rule a { condition: 1 == 2 }",
          "1:21 this comparison is never true\n"
          "1:21 the condition is never true: the rule matches no file\n");
}

static void names_that_nobody_uses(void) {
    warns("import \"pe\"\nimport \"math\"\nrule a { condition: pe.is_pe }",
          "2:8 module \"math\" is imported and not used\n");
    warns("private rule a { condition: filesize > 1 }\nprivate rule b { condition: filesize > 1 }\n"
          "rule c { condition: any of (b*) }\nglobal private rule d { condition: filesize > 1 }",
          "1:14 private rule \"a\" is not used by another rule\n");
}

static void strings_that_are_odd(void) {
    warns("rule a { strings: $a = /x\\.com[.]com\\{x{2}a{3,}\\y/ condition: $a }",
          "1:48 an unknown escape in a regular expression means the letter itself\n");
    warns("rule a { strings: $a = /x.com{/ condition: $a }",
          "1:26 \".\" means any byte; for a dot write \\.\n"
          "1:30 a \"{\" that is no quantifier means itself; write \\{\n");
    warns("rule a { strings: $a = /x.common/ condition: $a }", "");
    warns("rule a { strings: $a = \"abc\" $b = \"abc\" wide condition: all of them }", "");
    warns("rule a { strings: $a = \"abc\" $b = { 61 62 63 } condition: $a or $b }", "");
}

MAIN(T(nothing_is_said_unasked), T(every_error_is_told), T(conditions_that_are_known),
     T(names_that_nobody_uses), T(strings_that_are_odd))
