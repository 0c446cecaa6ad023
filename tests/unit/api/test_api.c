/* The installed library: compiling, rules, scanning, threads, and what goes wrong. */
#include "yamori/yamori.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a scan told, as one text. */
struct told {
    char text[8192];
    unsigned detections, gaps, lines;
    unsigned stop_after; /* detections; 0: never */
};

static struct told told;

static void say(struct told *t, const char *s) {
    (void)strncat(t->text, s, sizeof(t->text) - strlen(t->text) - 1);
}

static void say_number(struct told *t, unsigned long long n) {
    char text[32];

    (void)snprintf(text, sizeof(text), "%llu", n);
    say(t, text);
}

static void say_rule(struct told *t, const struct yamori_rule *r) {
    say(t, r->ns);
    say(t, ":");
    say(t, r->identifier);
    for (size_t i = 0; i < r->n_tags; i++) {
        say(t, i == 0 ? " : " : " ");
        say(t, r->tags[i]);
    }
    for (size_t i = 0; i < r->n_metas; i++) {
        const struct yamori_meta *m = &r->metas[i];

        say(t, " ");
        say(t, m->key);
        say(t, m->type == YAMORI_META_TEXT ? "=t:" : m->type == YAMORI_META_BOOL ? "=b:" : "=i:");
        if (m->type == YAMORI_META_TEXT) {
            say(t, m->text);
        } else {
            say(t, m->number < 0 ? "-" : "");
            say_number(t, (unsigned long long)(m->number < 0 ? -m->number : m->number));
        }
    }
}

static bool on_detection(void *self, const struct yamori_detection *d) {
    struct told *t = self;

    if (d->rule != NULL) {
        say_rule(t, d->rule);
    } else {
        say(t, d->name);
    }
    if (d->object[0] != '\0') {
        say(t, " in ");
        say(t, d->object);
    }
    for (size_t i = 0; i < d->n_matches; i++) {
        say(t, " ");
        say(t, d->matches[i].pattern);
        say(t, "@");
        say_number(t, d->matches[i].offset);
        say(t, "+");
        say_number(t, d->matches[i].length);
    }
    say(t, "\n");
    t->detections++;
    return t->stop_after == 0 || t->detections < t->stop_after;
}

static bool on_gap(void *self, const struct yamori_gap *g) {
    struct told *t = self;

    say(t, "gap ");
    say(t, g->word);
    say(t, "\n");
    t->gaps++;
    return true;
}

/* ---- Helpers ------------------------------------------------------------------------------------ */

static void check_told(const char *want) {
    if (strcmp(told.text, want) != 0) {
        FAIL("told:\n%s--- want:\n%s", told.text, want);
    }
}

static struct yamori_rules *compile(const char *text) {
    struct yamori_compiler *c = yamori_compiler_new();
    struct yamori_rules *rules = NULL;
    struct yamori_error e = {.status = YAMORI_OK};
    yamori_status status;

    CHECK(c != NULL);
    status = yamori_compiler_add_text(c, "test.yar", text, strlen(text), NULL, &e);
    if (status == YAMORI_OK) {
        status = yamori_compiler_build(c, &rules, &e);
    }
    yamori_compiler_free(c);
    if (status != YAMORI_OK) {
        FAIL("%s:%u:%u: %s", e.file, e.line, e.column, e.text);
    }
    return rules;
}

static struct yamori_scanner *scanner_of(const struct yamori_rules *rules) {
    struct yamori_scanner *s = NULL;

    CHECK_EQ(yamori_scanner_new(&rules, 1, &s, NULL), YAMORI_OK);
    told = (struct told){.detections = 0};
    yamori_scanner_on_detection(s, on_detection, &told);
    yamori_scanner_on_gap(s, on_gap, &told);
    return s;
}

/* Scans with the text's rules; what was told is in `told`. */
static yamori_verdict scan(const char *rules_text, const char *data) {
    struct yamori_rules *rules = compile(rules_text);
    struct yamori_scanner *s = scanner_of(rules);
    const yamori_status status = yamori_scan_memory(s, data, strlen(data), NULL);
    const yamori_verdict verdict = yamori_scanner_stats(s)->verdict;

    yamori_scanner_free(s);
    yamori_rules_free(rules);
    CHECK_EQ(status, YAMORI_OK);
    return verdict;
}

/* ---- Compiling ---------------------------------------------------------------------------------- */

struct message {
    bool is_error;
    char file[64];
    unsigned line, column, n;
    char text[256];
};

static void on_message(void *self, bool is_error, const char *file, unsigned line, unsigned column,
                       const char *text) {
    struct message *m = self;

    m->n++;
    m->is_error = is_error;
    m->line = line;
    m->column = column;
    (void)snprintf(m->file, sizeof(m->file), "%.60s", file);
    (void)snprintf(m->text, sizeof(m->text), "%.250s", text);
}

static void an_error_says_where(void) {
    static const char bad[] = "rule a { condition: true }\nrule b { condition: nothing }\n";
    struct yamori_compiler *c = yamori_compiler_new();
    struct yamori_rules *rules = NULL;
    struct yamori_error e;
    struct message m = {.n = 0};
    char line[300];

    yamori_compiler_on_message(c, on_message, &m);
    CHECK_EQ(yamori_compiler_add_text(c, "bad.yar", bad, strlen(bad), NULL, &e), YAMORI_MALFORMED);
    CHECK(strcmp(e.file, "bad.yar") == 0 && e.line == 2 && e.column == 21);
    CHECK(strstr(e.text, "nothing") != NULL);
    CHECK(m.n == 1 && m.is_error && m.line == 2 && m.column == 21);
    CHECK(strcmp(m.file, "bad.yar") == 0 && strcmp(m.text, e.text) == 0);
    CHECK(strncmp(yamori_error_format(&e, line, sizeof(line)), "bad.yar:2:21: ", 14) == 0);
    CHECK(strcmp(yamori_error_format(&e, line, 4), "bad") == 0);
    CHECK_EQ(yamori_compiler_add_text(c, "x.yar", "", 0, NULL, &e), YAMORI_MISUSE);
    CHECK_EQ(yamori_compiler_build(c, &rules, NULL), YAMORI_MISUSE);
    CHECK(rules == NULL);
    yamori_compiler_free(c);
}

static void bad_rules_are_left_out_when_that_is_wanted(void) {
    static const char text[] = "rule a { condition: nothing }\nrule b { condition: true }\n";
    struct yamori_compiler *c = yamori_compiler_new();
    struct yamori_rules *rules = NULL;
    struct message m = {.n = 0};

    CHECK_EQ(yamori_compiler_set_flags(c, YAMORI_COMPILE_SKIP_BAD), YAMORI_OK);
    yamori_compiler_on_message(c, on_message, &m);
    CHECK_EQ(yamori_compiler_add_text(c, "t.yar", text, strlen(text), NULL, NULL), YAMORI_OK);
    CHECK(m.n == 1 && !m.is_error && m.line == 1);
    CHECK_EQ(yamori_compiler_set_flags(c, 0), YAMORI_MISUSE);
    CHECK_EQ(yamori_compiler_build(c, &rules, NULL), YAMORI_OK);
    CHECK_EQ(yamori_rules_stats(rules)->yara_rules, 1);
    yamori_rules_free(rules);
    yamori_compiler_free(c);
}

static void rules_of_one_name_live_in_name_spaces(void) {
    static const char one[] = "rule r { strings: $a = \"abc\" condition: $a }";
    static const char two[] = "rule r { strings: $b = \"bc\" condition: $b }";
    struct yamori_compiler *c = yamori_compiler_new();
    struct yamori_rules *rules = NULL;
    struct yamori_scanner *s;

    CHECK_EQ(yamori_compiler_add_text(c, "1", one, strlen(one), "first", NULL), YAMORI_OK);
    CHECK_EQ(yamori_compiler_add_text(c, "2", two, strlen(two), "second", NULL), YAMORI_OK);
    CHECK_EQ(yamori_compiler_add_text(c, "3", two, strlen(two), NULL, NULL), YAMORI_OK);
    CHECK_EQ(yamori_compiler_build(c, &rules, NULL), YAMORI_OK);
    yamori_compiler_free(c);
    s = scanner_of(rules);
    CHECK_EQ(yamori_scan_memory(s, "abc", 3, NULL), YAMORI_OK);
    check_told("first:r $a@0+3\nsecond:r $b@1+2\ndefault:r $b@1+2\n");
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

static const char *included[2];

static yamori_status on_include(void *self, const char *from, const char *path,
                                const char **ret_name, const void **ret_text, size_t *ret_size) {
    unsigned *n = self;

    if (strcmp(path, "gone") == 0) {
        return YAMORI_IO;
    }
    CHECK(*n < 2);
    CHECK(strcmp(from, *n == 0 ? "main.yar" : "mem:inner.yar") == 0);
    *ret_name = *n == 0 ? "mem:inner.yar" : "mem:deep.yar";
    *ret_text = included[*n];
    *ret_size = strlen(included[*n]);
    (*n)++;
    return YAMORI_OK;
}

static void includes_come_from_memory(void) {
    static const char text[] = "include \"inner.yar\"\nrule a { condition: deep and inner }";
    static const char gone[] = "include \"gone\"";
    struct yamori_compiler *c = yamori_compiler_new();
    struct yamori_rules *rules = NULL;
    struct yamori_error e;
    unsigned n = 0;

    included[0] = "include \"deep.yar\" rule inner { condition: true }";
    included[1] = "rule deep { condition: true }";
    yamori_compiler_on_include(c, on_include, &n);
    CHECK_EQ(yamori_compiler_add_text(c, "main.yar", text, strlen(text), NULL, &e), YAMORI_OK);
    CHECK_EQ(n, 2);
    CHECK_EQ(yamori_compiler_add_text(c, "g.yar", gone, strlen(gone), NULL, &e),
             YAMORI_UNSUPPORTED);
    CHECK(strcmp(e.text, "") != 0);
    yamori_compiler_free(c);
    c = yamori_compiler_new(); /* without a callback a text includes nothing */
    CHECK_EQ(yamori_compiler_add_text(c, "main.yar", text, strlen(text), NULL, &e),
             YAMORI_UNSUPPORTED);
    yamori_compiler_free(c);
    yamori_rules_free(rules);
}

static void signatures_of_clamav_are_known_by_their_name(void) {
    static const char ndb[] = "Test.Ndb:0:*:616263\n";
    static const char hdb[] = "900150983cd24fb0d6963f7d28e17f72:3:Test.Hdb\n";
    static const char ignore[] = "Test.Out\n";
    static const char out[] = "Test.Out:0:*:61\n";
    struct yamori_compiler *c = yamori_compiler_new();
    struct yamori_rules *rules = NULL;
    struct yamori_scanner *s;

    CHECK_EQ(yamori_compiler_add_text(c, "a.ign2", ignore, strlen(ignore), NULL, NULL), YAMORI_OK);
    CHECK_EQ(yamori_compiler_add_text(c, "a.ndb", ndb, strlen(ndb), NULL, NULL), YAMORI_OK);
    CHECK_EQ(yamori_compiler_add_text(c, "b.ndb", out, strlen(out), NULL, NULL), YAMORI_OK);
    CHECK_EQ(yamori_compiler_add_text(c, "a.hdb", hdb, strlen(hdb), NULL, NULL), YAMORI_OK);
    CHECK_EQ(yamori_compiler_build(c, &rules, NULL), YAMORI_OK);
    yamori_compiler_free(c);
    CHECK_EQ(yamori_rules_stats(rules)->clamav_rules, 1);
    CHECK_EQ(yamori_rules_stats(rules)->digests, 1);
    s = scanner_of(rules);
    CHECK_EQ(yamori_scan_memory(s, "abc", 3, NULL), YAMORI_OK);
    check_told("Test.Hdb.UNOFFICIAL\n:Test.Ndb @0+3\n");
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

/* ---- External variables --------------------------------------------------------------------------- */

static void external_variables_have_values_of_the_rules_or_of_the_scanner(void) {
    static const char text[] = "rule i { condition: n > 2 } rule b { condition: yes }"
                               "rule d { condition: x > 1.5 } rule t { condition: s == \"two\" }";
    struct yamori_compiler *c = yamori_compiler_new();
    struct yamori_rules *rules = NULL;
    struct yamori_scanner *s;

    CHECK_EQ(yamori_compiler_define_int(c, "n", 3), YAMORI_OK);
    CHECK_EQ(yamori_compiler_define_text(c, "n", "no"), YAMORI_MISUSE);
    CHECK_EQ(yamori_compiler_define_bool(c, "yes", false), YAMORI_OK);
    CHECK_EQ(yamori_compiler_define_double(c, "x", 1.0), YAMORI_OK);
    CHECK_EQ(yamori_compiler_define_text(c, "s", "one"), YAMORI_OK);
    CHECK_EQ(yamori_compiler_define_text(c, "", "one"), YAMORI_MISUSE);
    CHECK_EQ(yamori_compiler_add_text(c, "t", text, strlen(text), NULL, NULL), YAMORI_OK);
    CHECK_EQ(yamori_compiler_build(c, &rules, NULL), YAMORI_OK);
    CHECK_EQ(yamori_compiler_define_int(c, "n", 3), YAMORI_MISUSE);
    yamori_compiler_free(c);
    s = scanner_of(rules);
    CHECK_EQ(yamori_scan_memory(s, "", 0, NULL), YAMORI_OK);
    check_told("default:i\n");
    told.text[0] = '\0';
    CHECK_EQ(yamori_scanner_define_int(s, "n", 1), YAMORI_OK);
    CHECK_EQ(yamori_scanner_define_bool(s, "yes", true), YAMORI_OK);
    CHECK_EQ(yamori_scanner_define_double(s, "x", 2), YAMORI_OK);
    CHECK_EQ(yamori_scanner_define_text(s, "s", "two"), YAMORI_OK);
    CHECK_EQ(yamori_scanner_define_text(s, "unused", "x"), YAMORI_OK);
    CHECK_EQ(yamori_scan_memory(s, "", 0, NULL), YAMORI_OK);
    check_told("default:b\ndefault:d\ndefault:t\n");
    told.text[0] = '\0';
    CHECK_EQ(yamori_scanner_define_text(s, "s", "three"), YAMORI_OK);
    CHECK_EQ(yamori_scan_memory(s, "", 0, NULL), YAMORI_OK);
    check_told("default:b\ndefault:d\n");
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

/* ---- Rules --------------------------------------------------------------------------------------- */

static const char about_rules[] =
    "rule one : tag other { meta: author = \"me\" n = -3 ok = true strings: $a = \"abc\" $ = "
    "\"d\" condition: any of them }\n"
    "private global rule two { condition: true }";

static bool tell_rule(void *self, const struct yamori_rule *r) {
    struct told *t = self;

    say_rule(t, r);
    for (size_t i = 0; i < r->n_patterns; i++) {
        say(t, " ");
        say(t, r->patterns[i]);
    }
    say(t, (r->flags & YAMORI_RULE_PRIVATE) != 0 ? " private" : "");
    say(t, (r->flags & YAMORI_RULE_GLOBAL) != 0 ? " global" : "");
    say(t, "\n");
    CHECK_EQ(r->number, t->lines);
    CHECK_EQ(r->line, t->lines + 1);
    CHECK(strcmp(r->file, "test.yar") == 0);
    t->lines++;
    return t->stop_after == 0;
}

static void rules_can_be_told(void) {
    struct yamori_rules *rules = compile(about_rules);

    told = (struct told){.lines = 0};
    CHECK_EQ(yamori_rules_each(rules, tell_rule, &told), YAMORI_OK);
    check_told("default:one : tag other author=t:me n=i:-3 ok=b:1 $a $\ndefault:two private "
               "global\n");
    told = (struct told){.stop_after = 1};
    CHECK_EQ(yamori_rules_each(rules, tell_rule, &told), YAMORI_STOPPED);
    yamori_rules_free(rules);
}

static void rules_are_saved_and_opened(void) {
    struct yamori_rules *rules = compile(about_rules);
    struct yamori_rules *again = NULL;
    struct yamori_scanner *s;
    const void *image;
    size_t size;
    int fd = memfd_create("rules", MFD_CLOEXEC);

    CHECK(fd >= 0);
    CHECK_EQ(yamori_rules_save_fd(rules, fd, NULL), YAMORI_OK);
    CHECK_EQ(yamori_rules_open_fd(fd, "saved", &again, NULL), YAMORI_OK);
    (void)close(fd);
    CHECK_EQ(yamori_rules_check(again, NULL), YAMORI_OK);
    yamori_rules_free(again);
    image = yamori_rules_image(rules, &size);
    CHECK_EQ(yamori_rules_stats(rules)->image_bytes, size);
    CHECK_EQ(yamori_rules_open_memory(image, size, "copy", &again, NULL), YAMORI_OK);
    yamori_rules_free(rules);
    s = scanner_of(again);
    CHECK_EQ(yamori_scan_memory(s, "abcd", 4, NULL), YAMORI_OK);
    check_told("default:one : tag other author=t:me n=i:-3 ok=b:1 $a@0+3 $@3+1\n");
    yamori_scanner_free(s);
    yamori_rules_free(again);
}

static bool ignore_rule(void *self, const struct yamori_rule *r) {
    (void)self;
    return r->identifier[0] != '\1';
}

static void a_damaged_image_is_refused_or_does_no_harm(void) {
    struct yamori_rules *rules = compile(about_rules);
    size_t size;
    const uint8_t *image = yamori_rules_image(rules, &size);
    uint8_t *copy = malloc(size);

    CHECK(copy != NULL);
    memcpy(copy, image, size);
    for (size_t n = 0; n < size; n += n < 1024 ? 7 : size / 100) {
        struct yamori_rules *cut = NULL;
        struct yamori_error e;

        CHECK(yamori_rules_open_memory(copy, n, "cut", &cut, &e) != YAMORI_OK);
        CHECK(cut == NULL && e.text[0] != '\0');
    }
    for (size_t i = 0; i < size; i += i < 1024 ? 5 : size / 300) {
        struct yamori_rules *changed = NULL;

        copy[i] ^= 0x55;
        if (yamori_rules_open_memory(copy, size, "changed", &changed, NULL) == YAMORI_OK) {
            CHECK(yamori_rules_check(changed, NULL) != YAMORI_OK);
            (void)!yamori_rules_each(changed, ignore_rule, NULL);
            yamori_rules_free(changed);
        }
        copy[i] ^= 0x55;
    }
    free(copy);
    yamori_rules_free(rules);
}

/* ---- Scanning ------------------------------------------------------------------------------------- */

static void matches_come_with_their_bytes(void) {
    CHECK_EQ(scan("rule r { strings: $a = \"abc\" $h = { 78 } private condition: any of them }",
                  "abc.x.abc"),
             YAMORI_FOUND);
    check_told("default:r $a@0+3 $a@6+3\n");
    CHECK_EQ(scan("rule r { strings: $a = \"abc\" condition: $a }", "nothing"), YAMORI_CLEAN);
    check_told("");
}

static bool check_bytes(void *self, const struct yamori_detection *d) {
    unsigned *n = self;

    for (size_t i = 0; i < d->n_matches; i++) {
        const struct yamori_match *m = &d->matches[i];

        CHECK_EQ(m->length, 6);
        CHECK_EQ(m->data_size, 4);
        CHECK(m->xor_key == 1 ? memcmp(m->data, "rdbs", 4) == 0 : memcmp(m->data, "secr", 4) == 0);
        CHECK(!m->is_hex);
        (*n)++;
    }
    return true;
}

static void bytes_of_a_match_are_bounded_and_keys_are_told(void) {
    struct yamori_rules *rules = compile("rule r { strings: $a = \"secret\" xor condition: $a }");
    struct yamori_scanner *s = scanner_of(rules);
    unsigned n = 0;

    yamori_scanner_on_detection(s, check_bytes, &n);
    yamori_scanner_set_match_bytes(s, 4);
    CHECK_EQ(yamori_scan_memory(s, "secret rdbsdu", 13, NULL), YAMORI_OK);
    CHECK_EQ(n, 2);
    CHECK_EQ(yamori_scanner_stats(s)->matches, 2);
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

static void flags_change_what_is_told(void) {
    struct yamori_rules *rules = compile("rule a { strings: $a = \"abc\" condition: $a }"
                                         "rule b { strings: $b = \"c\" condition: $b }");
    struct yamori_scanner *s = scanner_of(rules);

    yamori_scanner_set_flags(s, YAMORI_SCAN_NO_MATCHES);
    CHECK_EQ(yamori_scan_memory(s, "abcabc", 6, NULL), YAMORI_OK);
    check_told("default:a\ndefault:b\n");
    told.text[0] = '\0';
    yamori_scanner_set_flags(s, YAMORI_SCAN_FIRST_ONLY);
    CHECK_EQ(yamori_scan_memory(s, "abcabc", 6, NULL), YAMORI_OK);
    check_told("default:a\n");
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

static void a_callback_can_stop(void) {
    struct yamori_rules *rules =
        compile("rule a { condition: true } rule b { condition: true } rule c { condition: true }");
    struct yamori_scanner *s = scanner_of(rules);
    struct yamori_error e;

    told.stop_after = 2;
    CHECK_EQ(yamori_scan_memory(s, "x", 1, &e), YAMORI_STOPPED);
    CHECK_EQ(told.detections, 2);
    CHECK_EQ(e.status, YAMORI_STOPPED);
    CHECK_EQ(yamori_scanner_stats(s)->verdict, YAMORI_FOUND);
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

static void a_file_that_is_too_large_is_a_gap(void) {
    struct yamori_rules *rules = compile("rule a { strings: $a = \"abc\" condition: $a }");
    struct yamori_scanner *s = scanner_of(rules);
    int fd = memfd_create("large", MFD_CLOEXEC);

    CHECK(fd >= 0 && write(fd, "xxabc", 5) == 5);
    CHECK_EQ(yamori_scan_fd(s, fd, "large", NULL), YAMORI_OK);
    check_told("default:a $a@2+3\n");
    told.text[0] = '\0';
    CHECK_EQ(yamori_scanner_set_limit(s, "max_file_size", 4), YAMORI_OK);
    CHECK_EQ(yamori_scanner_set_limit(s, "max_nothing", 4), YAMORI_MISUSE);
    CHECK_EQ(yamori_scan_fd(s, fd, "large", NULL), YAMORI_OK);
    check_told("gap size\n");
    CHECK_EQ(yamori_scanner_stats(s)->verdict, YAMORI_INCOMPLETE);
    (void)close(fd);
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

static void a_pipe_is_read_to_its_end(void) {
    struct yamori_rules *rules = compile("rule a { strings: $a = \"abc\" condition: $a }");
    struct yamori_scanner *s = scanner_of(rules);
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    CHECK(write(fds[1], "..abc", 5) == 5);
    (void)close(fds[1]);
    CHECK_EQ(yamori_scan_fd(s, fds[0], NULL, NULL), YAMORI_OK);
    (void)close(fds[0]);
    check_told("default:a $a@2+3\n");
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

static void a_scan_without_time_is_incomplete(void) {
    struct yamori_rules *rules = compile("rule a { strings: $a = \"abc\" condition: $a }");
    struct yamori_scanner *s = scanner_of(rules);

    yamori_scanner_set_timeout(s, 0);
    CHECK_EQ(yamori_scan_memory(s, "abc", 3, NULL), YAMORI_OK);
    check_told("gap time\n");
    CHECK_EQ(yamori_scanner_stats(s)->verdict, YAMORI_INCOMPLETE);
    yamori_scanner_set_timeout(s, 60);
    told.text[0] = '\0';
    CHECK_EQ(yamori_scan_memory(s, "abc", 3, NULL), YAMORI_OK);
    check_told("default:a $a@0+3\n");
    CHECK(yamori_scanner_stats(s)->steps > 0 && yamori_scanner_stats(s)->bytes == 3);
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

static void no_file_is_an_error_and_no_verdict(void) {
    struct yamori_rules *rules = compile("rule a { condition: true }");
    struct yamori_scanner *s = scanner_of(rules);
    struct yamori_error e;

    CHECK_EQ(yamori_scan_file(s, "/no/such/file", &e), YAMORI_IO);
    CHECK(e.sys_errno != 0 && strcmp(e.file, "/no/such/file") == 0);
    CHECK_EQ(yamori_scanner_stats(s)->verdict, YAMORI_ERROR);
    CHECK_EQ(yamori_scan_fd(s, -1, "none", &e), YAMORI_IO);
    CHECK_EQ(yamori_scan_process(s, 0x7ffffffe, &e), YAMORI_IO);
    CHECK_EQ(yamori_scanner_new(NULL, 0, &s, &e), YAMORI_MISUSE);
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

/* ---- Processes ------------------------------------------------------------------------------------ */

static void the_memory_of_a_process_is_scanned(void) {
    struct yamori_rules *rules =
        compile("rule r { strings: $a = { 67 65 63 6B 6F 2D [2] 2D 70 6C 61 6E 74 } condition: "
                "    $a and not defined filesize and @a > 0x1000 and uint8(@a) == 0x67 }");
    struct yamori_scanner *s = scanner_of(rules);
    const int fd = memfd_create("plant", MFD_CLOEXEC); /* a region of its own */
    char *page = ftruncate(fd, 4096) != 0
                     ? MAP_FAILED
                     : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char want[64];
    pid_t pid;

    CHECK(page != MAP_FAILED);
    memcpy(page + 100, "gecko-", 6); /* in two pieces, so that it is nowhere else */
    memcpy(page + 106, "42-plant", 8);
    pid = fork();
    if (pid == 0) {
        for (;;) {
            (void)pause();
        }
    }
    CHECK(pid > 0);
    /* The sanitizers' shadows are terabytes. */
    CHECK_EQ(yamori_scanner_set_limit(s, "max_file_size", 8 << 20), YAMORI_OK);
    CHECK_EQ(yamori_scan_process(s, pid, NULL), YAMORI_OK);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_EQ(yamori_scanner_stats(s)->verdict, YAMORI_FOUND);
    (void)close(fd);
    CHECK_EQ(told.detections, 1);
    (void)snprintf(want, sizeof(want), " $a@%llu+14\n", (unsigned long long)(uintptr_t)page + 100);
    CHECK(strstr(told.text, want) != NULL);
    (void)snprintf(want, sizeof(want), "default:r in pid %d 0x", (int)pid);
    CHECK(strstr(told.text, want) != NULL);
    CHECK(yamori_scanner_stats(s)->objects > 3);
    (void)munmap(page, 4096);
    yamori_scanner_free(s);
    yamori_rules_free(rules);
}

/* ---- Threads -------------------------------------------------------------------------------------- */

struct worker {
    const struct yamori_rules *rules;
    unsigned found, failed;
};

static bool count_one(void *self, const struct yamori_detection *d) {
    struct worker *w = self;

    w->found += d->n_matches == 2;
    return true;
}

static void *work(void *self) {
    struct worker *w = self;
    struct yamori_scanner *s = NULL;

    if (yamori_scanner_new(&w->rules, 1, &s, NULL) != YAMORI_OK) {
        w->failed = 1;
        return NULL;
    }
    yamori_scanner_on_detection(s, count_one, w);
    for (unsigned i = 0; i < 200; i++) {
        w->failed += yamori_scan_memory(s, "abc...abc", 9, NULL) != YAMORI_OK;
    }
    yamori_scanner_free(s);
    return NULL;
}

static void two_threads_scan_with_the_same_rules(void) {
    struct yamori_rules *rules = compile("rule r { strings: $a = \"abc\" condition: #a == 2 }");
    struct worker workers[2] = {{.rules = rules}, {.rules = rules}};
    pthread_t threads[2];

    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
        CHECK_EQ(workers[i].found, 200);
        CHECK_EQ(workers[i].failed, 0);
    }
    yamori_rules_free(rules);
}

/* ---- Memory --------------------------------------------------------------------------------------- */

/* The whole way; every object is freed whatever failed. */
static yamori_status whole_way(void) {
    static const char text[] = "rule r : t { meta: m = \"x\" strings: $a = \"abc\" condition: $a "
                               "and n == 1 }";
    struct yamori_compiler *c = yamori_compiler_new();
    const struct yamori_rules *borrowed[1];
    struct yamori_rules *rules = NULL;
    struct yamori_scanner *s = NULL;
    yamori_status status = c == NULL ? YAMORI_NO_MEMORY : yamori_compiler_define_int(c, "n", 1);

    if (status == YAMORI_OK) {
        status = yamori_compiler_add_text(c, "t", text, strlen(text), "ns", NULL);
    }
    if (status == YAMORI_OK) {
        status = yamori_compiler_build(c, &rules, NULL);
    }
    borrowed[0] = rules;
    if (status == YAMORI_OK) {
        status = yamori_scanner_new(borrowed, 1, &s, NULL);
    }
    if (status == YAMORI_OK) {
        told = (struct told){.detections = 0};
        yamori_scanner_on_detection(s, on_detection, &told);
        yamori_scanner_on_gap(s, on_gap, &told);
        status = yamori_scan_memory(s, "abc", 3, NULL);
    }
    if (status == YAMORI_OK && told.detections == 0 &&
        yamori_scanner_stats(s)->verdict == YAMORI_CLEAN) {
        status = YAMORI_MISUSE; /* a failure was taken for a clean scan */
    }
    yamori_scanner_free(s);
    yamori_rules_free(rules);
    yamori_compiler_free(c);
    return status;
}

static void no_memory_is_an_error_and_never_clean(void) {
    unsigned caused;
    unsigned nth = 0;

    do {
        yamori_status status;

        (void)ym_fault_malloc(++nth, 0);
        status = whole_way();
        caused = ym_fault_malloc(0, 0);
        if (status != YAMORI_OK && status != YAMORI_NO_MEMORY && status != YAMORI_LIMIT) {
            FAIL("allocation %u: status %d", nth, (int)status);
        }
    } while (caused > 0);
    CHECK(nth > 50);
    CHECK_EQ(told.detections, 1);
}

static void everything_can_be_freed_twice_as_nothing(void) {
    yamori_compiler_free(NULL);
    yamori_rules_free(NULL);
    yamori_scanner_free(NULL);
    CHECK(yamori_version()[0] != '\0');
    CHECK(strcmp(yamori_status_text(YAMORI_IO), "the system refused") == 0);
    CHECK(yamori_status_text((yamori_status)99)[0] != '\0');
}

MAIN(T(an_error_says_where), T(bad_rules_are_left_out_when_that_is_wanted),
     T(rules_of_one_name_live_in_name_spaces), T(includes_come_from_memory),
     T(signatures_of_clamav_are_known_by_their_name),
     T(external_variables_have_values_of_the_rules_or_of_the_scanner), T(rules_can_be_told),
     T(rules_are_saved_and_opened), T(a_damaged_image_is_refused_or_does_no_harm),
     T(matches_come_with_their_bytes), T(bytes_of_a_match_are_bounded_and_keys_are_told),
     T(flags_change_what_is_told), T(a_callback_can_stop), T(a_file_that_is_too_large_is_a_gap),
     T(a_pipe_is_read_to_its_end), T(a_scan_without_time_is_incomplete),
     T(no_file_is_an_error_and_no_verdict), T(the_memory_of_a_process_is_scanned),
     T(two_threads_scan_with_the_same_rules), T(no_memory_is_an_error_and_never_clean),
     T(everything_can_be_freed_twice_as_nothing))
