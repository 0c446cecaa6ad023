/* test_packages.c - the databases of dpkg and apk, line by line. */
#include "clean/packages.h"

#include "base/alloc.h"
#include "base/text.h"
#include "clean/plan.h"
#include "makers/make_windows_volume.h"
#include "ym_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct seen {
    char text[4096]; /* what was told, one line each */
    size_t n;
    unsigned stop_at; /* refuse the nth; 0: none */
    unsigned calls;
};

static ym_status tell(struct seen *s, const char *line) {
    if (s->stop_at != 0 && ++s->calls == s->stop_at) {
        return YM_LIMIT;
    }
    s->n += (size_t)snprintf(s->text + s->n, sizeof(s->text) - s->n, "%s\n", line);
    CHECK(s->n < sizeof(s->text));
    return YM_OK;
}

static ym_status on_file(void *ctx, const struct ym_package_file *f) {
    char hex[2 * YM_PACKAGE_DIGEST_MAX + 1];
    char line[2 * YM_PACKAGE_PATH_MAX];

    ym_hex_encode(f->digest, f->digest_n, hex);
    (void)snprintf(line, sizeof(line), "%s %s %s", f->package, f->path, hex);
    return tell(ctx, line);
}

static ym_status on_diversion(void *ctx, const struct ym_package_diversion *d) {
    char line[3 * YM_PACKAGE_PATH_MAX];

    (void)snprintf(line, sizeof(line), "%s -> %s by %s", d->from, d->to, d->package);
    return tell(ctx, line);
}

static struct ym_reader over(const char *text, size_t n) {
    struct ym_reader r;

    ym_reader_init(&r, text, n);
    return r;
}

static const char md5sums[] = "08a07e7517a09d2f40e2618eff4adf22  bin/ps\n"
                              "08A07E7517A09D2F40E2618EFF4ADF23 *usr/share/a b\n"
                              "\n"
                              "08a07e7517a09d2f40e2618eff4adf2  bin/short\n"
                              "08a07e7517a09d2f40e2618eff4adf22 bin/one-space\n"
                              "zza07e7517a09d2f40e2618eff4adf22  bin/no-hex\n"
                              "08a07e7517a09d2f40e2618eff4adf22  \n"
                              "08a07e7517a09d2f40e2618eff4adf24  ./sbin/x";

static void md5sums_are_read(void) {
    struct seen s = {.n = 0};
    size_t bad = 77;

    CHECK_EQ(ym_package_md5sums(over(md5sums, sizeof(md5sums) - 1), "procps", on_file, &s, &bad),
             YM_OK);
    CHECK_EQ(bad, 4);
    CHECK(strcmp(s.text, "procps bin/ps 08a07e7517a09d2f40e2618eff4adf22\n"
                         "procps usr/share/a b 08a07e7517a09d2f40e2618eff4adf23\n"
                         "procps sbin/x 08a07e7517a09d2f40e2618eff4adf24\n") == 0);
    s = (struct seen){.stop_at = 2};
    CHECK_EQ(ym_package_md5sums(over(md5sums, sizeof(md5sums) - 1), "p", on_file, &s, &bad),
             YM_LIMIT);
}

static void lists_and_diversions_are_read(void) {
    static const char list[] = "/.\n/bin\n/bin/ps\nbin/no\n\n/lib/x\0y\n/usr/z";
    static const char diversions[] =
        "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.old\n:\n"
        "\n/b\nc\n/cut\n/short\n";
    struct seen s = {.n = 0};
    size_t bad = 0;

    CHECK_EQ(ym_package_list(over(list, sizeof(list) - 1), "p", on_file, &s, &bad), YM_OK);
    CHECK(strcmp(s.text, "p . \np bin \np bin/ps \np usr/z \n") == 0);
    CHECK_EQ(bad, 2);
    s = (struct seen){.n = 0};
    CHECK_EQ(
        ym_package_diversions(over(diversions, sizeof(diversions) - 1), on_diversion, &s, &bad),
        YM_OK);
    CHECK(strcmp(s.text, "bin/sh -> bin/sh.distrib by dash\nusr/bin/x -> usr/bin/x.old by \n") ==
          0);
    CHECK_EQ(bad, 2);
}

static const char apk[] =
    "C:Q1pppppppppppppppppppppppppppp=\nP:busybox\nV:1.36\nF:bin\nM:0:0:755\n"
    "R:busybox\na:0:0:755\nZ:Q1AAECAwQFBgcICQoLDA0ODxAREhM=\nR:plain\n"
    "F:\nR:init\nZ:Q2AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n"
    "P:other\nF:etc\nR:bad\nZ:Q1AAECAw==\nR:worse\nZ:Q3AAAA\nnonsense\nR:last\n"
    "Z:Q1AAECAwQFBgcICQoLDA0ODxAREhM=";

static void apk_is_read(void) {
    struct seen s = {.n = 0};
    size_t bad = 0;

    CHECK_EQ(ym_package_apk(over(apk, sizeof(apk) - 1), on_file, &s, &bad), YM_OK);
    if (strcmp(s.text,
               "busybox bin/busybox 000102030405060708090a0b0c0d0e0f10111213\n"
               "busybox bin/plain \n"
               "busybox init 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
               "other etc/bad \nother etc/worse \n"
               "other etc/last 000102030405060708090a0b0c0d0e0f10111213\n") != 0) {
        FAIL("%s", s.text);
    }
    CHECK_EQ(bad, 3);
}

/* Whatever is cut off: no more is told than of the whole, and a sanitizer sees the end. */
static void every_prefix_is_read(void) {
    static const char *const texts[] = {md5sums, apk};

    for (size_t t = 0; t < 2; t++) {
        for (size_t n = 0; n <= strlen(texts[t]); n++) {
            char *copy = malloc(n + 1);
            struct seen s = {.n = 0};
            size_t bad = 0;

            CHECK(copy != NULL);
            memcpy(copy, texts[t], n);
            CHECK_EQ(ym_package_md5sums(over(copy, n), "p", on_file, &s, &bad), YM_OK);
            CHECK_EQ(ym_package_apk(over(copy, n), on_file, &s, &bad), YM_OK);
            CHECK_EQ(ym_package_list(over(copy, n), "p", on_file, &s, &bad), YM_OK);
            CHECK_EQ(ym_package_diversions(over(copy, n), on_diversion, &s, &bad), YM_OK);
            free(copy);
        }
    }
}

static void long_lines_are_left_out(void) {
    const size_t n = YM_PACKAGE_PATH_MAX + 200;
    char *text = malloc(n + 100);
    struct seen s = {.n = 0};
    size_t bad = 0;

    CHECK(text != NULL);
    memset(text, 'a', n);
    memcpy(text, "/x", 2);
    memcpy(text + n, "\n/y\n", 5);
    CHECK_EQ(ym_package_list(over(text, n + 4), "p", on_file, &s, &bad), YM_OK);
    CHECK(strcmp(s.text, "p y \n") == 0);
    CHECK_EQ(bad, 1);
    memcpy(text, "R:", 2);
    s = (struct seen){.n = 0};
    CHECK_EQ(ym_package_apk(over(text, YM_PACKAGE_PATH_MAX + 60), on_file, &s, &bad), YM_OK);
    CHECK(s.n == 0 && bad == 1);
    free(text);
}

/* --- a plan ------------------------------------------------------------------------------------- */

/* Its ps is a copy of false.txt; the digest is that of true.txt. */
static const char family[] =
    "{\"format\":1,\"name\":\"X\",\"category\":\"trojan\",\"severity\":\"high\",\"system\":"
    "\"linux\","
    "\"summary\":\"s\",\"sources\":[\"s\"],\"detections\":[\"x\"],"
    "\"counts_when\":{\"strong\":1,\"medium\":1},\"artefacts\":["
    "{\"id\":\"tools\",\"kind\":\"package-file\",\"weight\":\"strong\",\"files\":[\"bin/*\"],"
    "\"original\":\"kept\",\"unlisted\":true,\"source\":\"s\"},"
    "{\"id\":\"pam\",\"kind\":\"text-line\",\"pam\":true,\"files\":[\"etc/pam.d/"
    "*\"],\"source\":\"s\","
    "\"rules\":[{\"id\":\"r\",\"weight\":\"strong\",\"why\":\"w\",\"pattern\":\"/tmp/\"}]}]}";

static void make_tree(char root[64]) {
    (void)snprintf(root, 64, "/tmp/ym-packages-XXXXXX");
    CHECK(mkdtemp(root) != NULL);
    make_text_file(root, "etc/passwd", "root:x:0:0::/:/bin/sh\n");
    make_text_file(root, "bin/ps", "false\n");
    make_text_file(root, "kept/ps", "true\n");
    make_text_file(root, "bin/own", "the administrator's\n");
    make_text_file(root, "bin/conf", "has no digest\n");
    make_text_file(root, "etc/pam.d/x", "auth optional /tmp/a.so\nauth required /tmp/b.so\n");
    /* md5sum of "true\n" */
    make_text_file(root, "var/lib/dpkg/info/procps.md5sums",
                   "74d9a83219cabaab06a69fd318873f33  bin/ps\n");
    make_text_file(root, "var/lib/dpkg/info/procps.list", "/bin/ps\n/bin/conf\n");
    make_text_file(root, "var/lib/dpkg/diversions", "/a\n/b\nc\n");
}

static ym_status plan_of(const char *root, struct ym_arena *arena, const struct ym_families *fs,
                         struct ym_clean_plan **ret_plan, struct ym_err *err) {
    const struct ym_clean_options o = {.families = fs};
    struct ym_volume v = {.root_fd = -1};
    ym_status st = ym_volume_open(root, &v, err);

    st = st == YM_OK ? ym_clean_plan_make(&v, &o, arena, ret_plan, err) : st;
    ym_volume_close(&v);
    return st;
}

static const struct ym_clean_step *step_on(const struct ym_clean_plan *plan, const char *file) {
    const struct ym_clean_step *s = plan->steps;

    while (s != NULL && strcmp(s->file, file) != 0) {
        s = s->next;
    }
    return s;
}

static void remove_tree(const char *root) {
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    CHECK_EQ(system(command), 0); /* NOLINT: a path of mkdtemp */
}

static void check_plan(const struct ym_clean_plan *plan) {
    const struct ym_clean_step *s = step_on(plan, "bin/ps");

    CHECK(s != NULL && s->op == YM_STEP_REPLACE_FILE && strcmp(s->from, "kept/ps") == 0);
    CHECK(step_on(plan, "bin/own") == NULL && step_on(plan, "bin/conf") == NULL);
    s = step_on(plan, "etc/pam.d/x");
    CHECK(s != NULL && s->line == 1 && s->next == NULL);
    CHECK_EQ(plan->n_findings, 4); /* ps, own, two lines */
    CHECK_EQ(plan->unrepaired, 1); /* the line that decides */
    CHECK(strcmp(plan->packages, "dpkg") == 0 && plan->gaps == NULL);
}

static void a_plan_without_memory_is_an_error_and_no_leak(void) {
    struct ym_families *fs = ym_families_new();
    struct ym_err err = {0};
    char root[64];

    make_tree(root);
    CHECK_EQ(ym_families_add(fs, "x.json", family, sizeof(family) - 1, &err), YM_OK);
    for (unsigned nth = 1;; nth++) {
        struct ym_arena *arena = ym_arena_new(16 << 20);
        struct ym_clean_plan *plan = NULL;
        ym_status st;

        CHECK(arena != NULL);
        (void)ym_fault_malloc(nth, 0);
        st = plan_of(root, arena, fs, &plan, &err);
        if (ym_fault_malloc(0, 0) == 0) {
            CHECK_EQ(st, YM_OK);
            check_plan(plan);
            ym_arena_free(arena);
            CHECK(nth > 3);
            break;
        }
        CHECK_EQ(st, YM_NOMEM);
        ym_arena_free(arena);
    }
    ym_families_free(fs);
    remove_tree(root);
}

/* The arena is what a large volume fills: every size of it ends in an error or in the plan. */
static void a_plan_that_does_not_fit_is_an_error(void) {
    struct ym_families *fs = ym_families_new();
    struct ym_err err = {0};
    char root[64];
    bool fits = false;

    make_tree(root);
    CHECK_EQ(ym_families_add(fs, "x.json", family, sizeof(family) - 1, &err), YM_OK);
    for (size_t room = 64; !fits; room += 509) {
        struct ym_arena *arena = ym_arena_new(room);
        struct ym_clean_plan *plan = NULL;
        ym_status st = plan_of(root, arena, fs, &plan, &err);

        fits = st == YM_OK;
        CHECK(fits || st == YM_LIMIT || st == YM_NOMEM);
        CHECK(room < 64 << 20);
        if (fits) {
            check_plan(plan);
        }
        ym_arena_free(arena);
    }
    ym_families_free(fs);
    remove_tree(root);
}

MAIN(T(md5sums_are_read), T(lists_and_diversions_are_read), T(apk_is_read), T(every_prefix_is_read),
     T(long_lines_are_left_out), T(a_plan_without_memory_is_an_error_and_no_leak),
     T(a_plan_that_does_not_fit_is_an_error))
