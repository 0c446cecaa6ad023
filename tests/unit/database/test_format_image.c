/* What the formatter gives means what its input meant: both compile to images of one identity (line
 * numbers, which move, are left out), and formatting again changes nothing.  Over the rules of this
 * project, over generated ones with comments in odd places, and, with YM_TEST_RULES=DIR, over every
 * .yar and .yara file beneath that folder. */
#include "database/build.h"
#include "signatures/format.h"
#include "signatures/yara.h"

#include "ym_test.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- Compiling ------------------------------------------------------------------------------- */

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err) {
    const struct ym_sink *sink = self;
    struct ym_rule copy = *rule;

    copy.line = 0;
    return sink->rule(sink->self, &copy, ret_id, err);
}

static ym_status on_external(void *self, const struct ym_external *e, uint32_t *ret_id) {
    const struct ym_sink *sink = self;

    return sink->external(sink->self, e, ret_id);
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    const struct ym_sink *sink = self;

    return sink->left_out(sink->self, file, line, why);
}

struct image {
    uint8_t identity[YM_DB_IDENTITY_SIZE];
    unsigned long long rules;
};

static void finish(struct ym_db_builder *b, struct image *ret) {
    int fd = memfd_create("image", MFD_CLOEXEC);
    struct ym_db_info info;
    struct ym_db *db;

    CHECK(fd >= 0);
    CHECK_EQ(ym_db_builder_write(b, fd, NULL), YM_OK);
    CHECK_EQ(ym_db_open_fd(fd, "t.ydb", &db, NULL), YM_OK);
    ym_db_get_info(db, &info);
    memcpy(ret->identity, info.identity, sizeof(ret->identity));
    ret->rules = info.yara_rules;
    ym_db_close(db);
    (void)close(fd);
}

static void compile(const char *text, size_t n, struct image *ret) {
    const struct ym_external x = {.name = "x", .letter = 'i'};
    const struct ym_yara_options options = {.skip_bad = true, .externals = &x, .n_externals = 1};
    struct ym_db_builder *b = ym_db_builder_new();
    struct ym_sink sink = {.rule = on_rule, .external = on_external, .left_out = on_left_out};
    struct ym_err err = {0};
    struct ym_yara *y;

    CHECK(b != NULL);
    sink.self = (void *)(uintptr_t)ym_db_builder_sink(b);
    y = ym_yara_new(&options, &sink);
    CHECK(y != NULL);
    if (ym_yara_file(y, "t.yar", text, n, "default", &err) != YM_OK) {
        FAIL("%u: %s", err.line, err.text);
    }
    finish(b, ret);
    ym_yara_free(y);
    ym_db_builder_free(b);
}

/* ---- The property ---------------------------------------------------------------------------- */

static void format(const char *name, const void *text, size_t n, struct ym_buf *out) {
    struct ym_err err = {0};

    ym_buf_init(out, YM_FORMAT_MAX_OUTPUT);
    if (ym_yara_format(name, text, n, out, &err) != YM_OK) {
        FAIL("%s: %u:%u: %s", name, err.line, err.column, err.text);
    }
}

static unsigned long long check(const char *name, const char *text, size_t n) {
    struct image before;
    struct image after;
    struct ym_buf once;
    struct ym_buf twice;

    format(name, text, n, &once);
    format(name, once.data, once.len, &twice);
    if (once.len != twice.len || (once.len > 0 && memcmp(once.data, twice.data, once.len) != 0)) {
        FAIL("%s: formatting again changes it:\n%.4000s\n----\n%.4000s", name,
             (const char *)once.data, (const char *)twice.data);
    }
    compile(text, n, &before);
    compile((const char *)once.data, once.len, &after);
    if (before.rules != after.rules || memcmp(before.identity, after.identity, 16) != 0) {
        FAIL("%s: means another thing:\n%.4000s", name, (const char *)once.data);
    }
    ym_buf_done(&once);
    ym_buf_done(&twice);
    return before.rules;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static unsigned n_files, n_refused;

static char *read_file(const char *path, size_t *ret_n) {
    FILE *f = fopen(path, "rb");
    char *text;
    long n;

    CHECK(f != NULL && fseek(f, 0, SEEK_END) == 0);
    n = ftell(f);
    CHECK(n >= 0 && fseek(f, 0, SEEK_SET) == 0);
    text = malloc((size_t)n + 1);
    CHECK(text != NULL && fread(text, 1, (size_t)n, f) == (size_t)n);
    (void)fclose(f);
    *ret_n = (size_t)n;
    return text;
}

/* nftw() */
static int on_file(const char *path, const struct stat *sb, int type, struct FTW *ftw) {
    const char *dot = strrchr(path, '.');
    struct ym_err err = {0};
    struct ym_buf out;
    char *text;
    size_t n;

    (void)sb;
    (void)ftw;
    if (type != FTW_F || dot == NULL || (strcmp(dot, ".yar") != 0 && strcmp(dot, ".yara") != 0)) {
        return 0;
    }
    text = read_file(path, &n);
    ym_buf_init(&out, YM_FORMAT_MAX_OUTPUT);
    if (ym_yara_format(path, text, n, &out, &err) != YM_OK) { /* others write what is no YARA */
        printf("# %s:%u:%u: %s\n", path, err.line, err.column, err.text);
        n_refused++;
    } else {
        (void)check(path, text, n);
        n_files++;
    }
    ym_buf_done(&out);
    free(text);
    return 0;
}

static void the_rules_of_this_project_keep_their_meaning(void) {
    n_files = n_refused = 0;
    CHECK_EQ(nftw(YM_TEST_RULES_DIR, on_file, 16, FTW_PHYS), 0);
    CHECK(n_files >= 4);
    CHECK_EQ(n_refused, 0);
}

static void rules_of_others_keep_their_meaning(void) {
    const char *dir = getenv("YM_TEST_RULES"); // NOLINT(concurrency-mt-unsafe): one thread

    if (dir == NULL || *dir == '\0') {
        printf("# YM_TEST_RULES is not set\n");
        return;
    }
    n_files = n_refused = 0;
    CHECK_EQ(nftw(dir, on_file, 16, FTW_PHYS), 0);
    printf("# %u files, %u refused\n", n_files, n_refused);
    CHECK(n_files > 0);
}

/* ---- Generated rules ------------------------------------------------------------------------- */

struct maker {
    struct ym_buf out;
    uint64_t seed;
};

static unsigned any(struct maker *m, unsigned n) {
    m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(m->seed >> 33) % n;
}

/* What may stand between two tokens. */
static void gap(struct maker *m) {
    static const char *const gaps[] = {" ",
                                       " ",
                                       " ",
                                       " ",
                                       " ",
                                       " ",
                                       " ",
                                       "\n",
                                       "  \t ",
                                       "\r\n",
                                       "\n\n\n",
                                       " \n ",
                                       " /* c */ ",
                                       " // c  \n",
                                       "\n// own\n",
                                       "/**/",
                                       "\n/* own */\n",
                                       "/* two\n  lines */",
                                       "// a\n// b\n"};

    ym_buf_add_text(&m->out, gaps[any(m, sizeof(gaps) / sizeof(gaps[0]))]);
}

/* Words of the text, apart. */
static void put(struct maker *m, const char *words) {
    for (;;) {
        size_t n = strcspn(words, " ");

        ym_buf_add(&m->out, words, n);
        gap(m);
        if (words[n] == '\0') {
            return;
        }
        words += n + 1;
    }
}

static void make_strings(struct maker *m) {
    static const char *const values[] = {"\"abc//def\" wide ascii",
                                         "\"a\\\"b\" nocase",
                                         "\"text\" xor ( 1 - 0x20 )",
                                         "{ 01 02 ?? ( 03 | 04 05 ) [2-4] ~06 }",
                                         "{ 4D5A9000 [4] 0102 }",
                                         ("{ 000102030405060708090a0b0c0d0e0f1011121314151617 "
                                          "18191a1b1c1d1e1f202122232425262728292a }"),
                                         "/a\\/b+c{1,3}/is fullword",
                                         "/x\\/\\*y/ private"};
    static const char *const names[] = {"$a", "$b", "$longer", "$a_very_much_longer_name"};

    put(m, "strings :");
    for (unsigned i = 0; i < 4; i++) {
        put(m, names[i]);
        put(m, "=");
        put(m, values[any(m, sizeof(values) / sizeof(values[0]))]);
    }
}

static void make_condition(struct maker *m, unsigned depth) {
    static const char *const leaves[] = {"$a",
                                         "#b > - 2",
                                         "any of them",
                                         "uint16 ( 0 ) == 0x5A4D",
                                         "filesize < 10MB",
                                         "$a in ( 0 .. filesize - 5 )",
                                         "@longer [ 1 ] + 3 * 2 <= ~ 5",
                                         "50 % of ( $a* , $b )",
                                         "for all i in ( 1 .. #a ) : ( @a [ i ] < 100 )",
                                         "x == 1",
                                         "true",
                                         "for any of ( $longer , $b ) : ( $ at 5 or # > 1 )",
                                         "$a_very_much_longer_name at 512"};

    if (depth == 0 || any(m, 4) == 0) {
        put(m, leaves[any(m, sizeof(leaves) / sizeof(leaves[0]))]);
        return;
    }
    put(m, any(m, 3) == 0 ? "not (" : "(");
    for (unsigned i = 0, n = 1 + any(m, 5); i < n; i++) {
        if (i > 0) {
            put(m, any(m, 2) == 0 ? "and" : "or");
        }
        make_condition(m, depth - 1);
    }
    put(m, ")");
}

static void make_rule(struct maker *m, unsigned number) {
    char name[32];

    (void)snprintf(name, sizeof(name), "r%u", number);
    put(m, any(m, 4) == 0 ? "private global rule" : "rule");
    put(m, name);
    put(m, any(m, 2) == 0 ? ": tag1 tag2 {" : "{");
    if (any(m, 2) == 0) {
        put(m, "meta : author = \"me\" n = - 5 longer_name = true");
    }
    make_strings(m);
    put(m, "condition :");
    make_condition(m, 3);
    put(m, "and");
    put(m, "all of them }");
}

static void generated_rules_keep_their_meaning(void) {
    unsigned long long rules = 0;

    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct maker m = {.seed = seed * 77};
        char name[32];

        ym_buf_init(&m.out, 1 << 20);
        for (unsigned i = 0; i < 4; i++) {
            make_rule(&m, i);
        }
        CHECK_EQ(ym_buf_status(&m.out), YM_OK);
        (void)snprintf(name, sizeof(name), "seed %u", (unsigned)seed);
        rules += check(name, (const char *)m.out.data, m.out.len);
        ym_buf_done(&m.out);
    }
    CHECK(rules > 1000);
}

MAIN(T(the_rules_of_this_project_keep_their_meaning), T(generated_rules_keep_their_meaning),
     T(rules_of_others_keep_their_meaning))
