/* test_packages.c - the databases of dpkg and apk, line by line. */
#include "clean/packages.h"

#include "base/text.h"
#include "ym_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    static const char diversions[] = "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.old\n:\n"
                                     "\n/b\nc\n/cut\n/short\n";
    struct seen s = {.n = 0};
    size_t bad = 0;

    CHECK_EQ(ym_package_list(over(list, sizeof(list) - 1), "p", on_file, &s, &bad), YM_OK);
    CHECK(strcmp(s.text, "p . \np bin \np bin/ps \np usr/z \n") == 0);
    CHECK_EQ(bad, 2);
    s = (struct seen){.n = 0};
    CHECK_EQ(ym_package_diversions(over(diversions, sizeof(diversions) - 1), on_diversion, &s, &bad),
             YM_OK);
    CHECK(strcmp(s.text, "bin/sh -> bin/sh.distrib by dash\nusr/bin/x -> usr/bin/x.old by \n") == 0);
    CHECK_EQ(bad, 2);
}

static const char apk[] = "C:Q1pppppppppppppppppppppppppppp=\nP:busybox\nV:1.36\nF:bin\nM:0:0:755\n"
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

MAIN(T(md5sums_are_read), T(lists_and_diversions_are_read), T(apk_is_read),
     T(every_prefix_is_read), T(long_lines_are_left_out))
