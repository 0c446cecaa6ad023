/* test_domains.c - the names of Conficker, against what was published by others.
 *
 * Vectors and where they stand:
 *   F-Secure, weblog "How Big is Downadup? Very Big." (January 2009): five names of one day
 *   Sophos (M. Wood), told by The Register on 2 March 2009: four real sites, each with its day
 *   J.-P. Mens, jpmens.net, 2 September 2009: three names of that day's log
 *   andrewaeva/DGA, conficker.txt: a list made and committed on 21 November 2014
 *   Will-Beninger/ConfickerDGA: the names of 2020, made by downatool2 of the University of Bonn; here
 *     as the SHA-256 of the whole lists (lines ended by LF), and some names of them */
#include "clean/domains.h"

#include "ym_test.h"

#include <openssl/evp.h>

#define A YM_DOMAINS_CONFICKER_A
#define B YM_DOMAINS_CONFICKER_B

struct list {
    char at[YM_DOMAINS_PER_DAY][YM_DOMAINS_NAME_SIZE];
    size_t n;
};

static ym_status add(void *self, const char *name, struct ym_err *err) {
    struct list *l = self;

    (void)err;
    CHECK(l->n < YM_DOMAINS_PER_DAY && strlen(name) < YM_DOMAINS_NAME_SIZE);
    memcpy(l->at[l->n++], name, strlen(name) + 1);
    return YM_OK;
}

static int32_t day_of(const char *text) {
    struct ym_err err = {0};
    int32_t day = 0;

    CHECK_EQ(ym_domains_day(text, &day, &err), YM_OK);
    return day;
}

static void make(enum ym_domains_variant v, int32_t day, struct list *l) {
    struct ym_err err = {0};

    l->n = 0;
    CHECK_EQ(ym_domains_of_day(v, day, add, l, &err), YM_OK);
    CHECK_EQ(l->n, YM_DOMAINS_PER_DAY);
}

/* Where the name stands in the day's list, from 0; -1: nowhere. */
static int place(enum ym_domains_variant v, const char *day, const char *name) {
    struct list l;

    make(v, day_of(day), &l);
    for (size_t i = 0; i < l.n; i++) {
        if (strcmp(l.at[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void stands_at(enum ym_domains_variant v, const char *day, int at, const char *name) {
    struct list l;

    make(v, day_of(day), &l);
    if (strcmp(l.at[at], name) != 0) {
        FAIL("%s: number %d is %s, not %s", day, at, l.at[at], name);
    }
}

static void the_names_that_f_secure_showed(void) {
    static const char *const names[] = {"qimkwaify.ws", "mphtfrxs.net", "gxjofpj.ws", "imctaef.cc",
                                        "hcweu.org"};

    for (int i = 0; i < 5; i++) { /* they stand there in this order, one behind the other */
        stands_at(B, "2009-01-08", 23 + i, names[i]);
    }
}

static void the_real_sites_that_sophos_warned(void) {
    CHECK(place(B, "2009-03-08", "jogli.com") >= 0);
    CHECK(place(B, "2009-03-13", "wnsux.com") >= 0);
    CHECK(place(B, "2009-03-18", "qhflh.com") >= 0);
    CHECK(place(B, "2009-03-31", "praat.org") >= 0);
    CHECK(place(B, "2009-03-12", "wnsux.com") < 0);
    CHECK(place(B, "2009-03-14", "wnsux.com") < 0);
    CHECK(place(A, "2009-03-13", "wnsux.com") < 0);
}

static void the_names_in_a_log_of_september_2009(void) {
    CHECK(place(B, "2009-09-02", "wllntjmv.org") >= 0);
    CHECK(place(B, "2009-09-02", "tbskpqrsn.org") >= 0);
    CHECK(place(B, "2009-09-02", "mtntdjlfkcv.org") >= 0);
}

/* --- whole lists --- */

struct digest {
    EVP_MD_CTX *ctx;
    size_t names;
};

static ym_status digest_name(void *self, const char *name, struct ym_err *err) {
    struct digest *d = self;

    (void)err;
    CHECK(EVP_DigestUpdate(d->ctx, name, strlen(name)) == 1);
    CHECK(EVP_DigestUpdate(d->ctx, "\n", 1) == 1);
    d->names++;
    return YM_OK;
}

/* SHA-256 of the names of [first, last] without one day (0: all), each with a line feed. */
static void digest_is(enum ym_domains_variant v, const char *first, const char *last,
                      int32_t without, size_t names, const char *want) {
    struct digest d = {EVP_MD_CTX_new(), 0};
    struct ym_err err = {0};
    unsigned char raw[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    unsigned n = 0;

    CHECK(d.ctx != NULL && EVP_DigestInit_ex(d.ctx, EVP_sha256(), NULL) == 1);
    for (int32_t day = day_of(first); day <= day_of(last); day++) {
        if (day != without) {
            CHECK_EQ(ym_domains_of_day(v, day, digest_name, &d, &err), YM_OK);
        }
    }
    CHECK(EVP_DigestFinal_ex(d.ctx, raw, &n) == 1);
    EVP_MD_CTX_free(d.ctx);
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(hex + (size_t)i * 2, 3, "%02x", raw[i]);
    }
    CHECK_EQ(d.names, names);
    if (strcmp(hex, want) != 0) {
        FAIL("SHA-256 is %s", hex);
    }
}

static void the_names_of_2020_are_those_of_downatool2(void) {
    /* 4 May is missing in the published list of A. */
    digest_is(A, "2020-01-01", "2020-12-31", day_of("2020-05-04"), 91250,
              "e03ec2938c0cc0dd12eb38b55e820e2bcf64fe6a1358966a0894f3d53b7bdbfa");
    digest_is(B, "2020-01-01", "2020-12-31", 0, 91500,
              "8420a45a72599a14b9d469e62a53c7b98096aed251bac29d3ecf1990e8288036");
}

static void the_names_of_21_november_2014_are_those_of_another_list(void) {
    digest_is(B, "2014-11-21", "2014-11-21", 0, 250,
              "dedcfa2f273d1cc9b824fd576ccafa91d8402682add32f06e678d140e85aaeea");
    stands_at(B, "2014-11-21", 0, "uhbqolxf.org");
    stands_at(B, "2014-11-21", 249, "kunmsrqq.com");
}

static void days_on_which_the_sine_of_the_old_processors_counts(void) {
    /* A library's sine gives cpmyensp.net, cbcbavmd.org, iirmcuvph.org from these places on. */
    stands_at(A, "2020-03-04", 237, "nygzgjuvvnk.info");
    stands_at(A, "2020-03-04", 238, "cpmyeqwq.org");
    stands_at(A, "2020-03-04", 249, "hgzmxyh.info");
    stands_at(A, "2020-07-05", 182, "cbcbavmd.net");
    stands_at(A, "2020-07-05", 249, "caqeidfymc.biz");
    stands_at(B, "2020-01-19", 185, "iirmchlaa.biz");
    stands_at(B, "2020-01-19", 249, "ldyromvqmsg.biz");
}

/* --- what holds on every day --- */

struct spread {
    unsigned lengths[YM_DOMAINS_LABEL_MAX + 1];
    unsigned tlds[8];
    unsigned names;
};

static void count_name(const char *name, const char *const *tlds, unsigned n_tlds,
                       struct spread *s) {
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz");
    unsigned i = 0;

    CHECK(length >= YM_DOMAINS_LABEL_MIN && length <= YM_DOMAINS_LABEL_MAX);
    CHECK(name[length] == '.');
    while (i < n_tlds && strcmp(name + length + 1, tlds[i]) != 0) {
        i++;
    }
    CHECK(i < n_tlds);
    s->lengths[length]++;
    s->tlds[i]++;
    s->names++;
}

static void a_year_is_spread_evenly(enum ym_domains_variant v, const char *const *tlds,
                                    unsigned n_tlds) {
    struct spread s = {.names = 0};

    for (int32_t day = day_of("2009-01-01"); day <= day_of("2009-12-31"); day++) {
        struct list l;

        make(v, day, &l);
        for (size_t i = 0; i < l.n; i++) {
            count_name(l.at[i], tlds, n_tlds, &s);
        }
    }
    CHECK_EQ(s.names, 365 * YM_DOMAINS_PER_DAY);
    for (unsigned i = 0; i < n_tlds; i++) { /* within 5 %: more than four standard deviations */
        CHECK(s.tlds[i] * n_tlds * 20 > s.names * 19 && s.tlds[i] * n_tlds * 20 < s.names * 21);
    }
    /* 8 plus the remainder by 4 of a number with a sign: 8 comes twice as often as the others. */
    for (unsigned n = YM_DOMAINS_LABEL_MIN; n <= YM_DOMAINS_LABEL_MAX; n++) {
        unsigned parts = n == 8 ? 4 : 8;

        CHECK(s.lengths[n] * parts * 20 > s.names * 19 && s.lengths[n] * parts * 20 < s.names * 21);
    }
}

static void lengths_and_domains_are_spread_as_published(void) {
    static const char *const a[] = {"com", "net", "org", "info", "biz"};
    static const char *const b[] = {"cc", "cn", "ws", "com", "net", "org", "info", "biz"};

    a_year_is_spread_evenly(A, a, 5);
    a_year_is_spread_evenly(B, b, 8);
}

static void a_day_is_always_the_same_and_never_another(void) {
    struct list one;
    struct list again;
    struct list next;

    for (int32_t day = day_of("2009-02-27"); day < day_of("2009-03-04"); day++) {
        make(B, day, &one);
        make(B, day, &again);
        make(B, day + 1, &next);
        for (size_t i = 0; i < one.n; i++) {
            CHECK(strcmp(one.at[i], again.at[i]) == 0);
        }
        CHECK(strcmp(one.at[0], next.at[0]) != 0);
    }
}

/* --- what is refused --- */

static void day_is(const char *text, ym_status want) {
    struct ym_err err = {0};
    int32_t day = -7;
    ym_status got = ym_domains_day(text, &day, &err);

    if (got != want || (want != YM_OK && (day != -7 || err.text[0] == '\0'))) {
        FAIL("%s: %s, day %d, %s", text, ym_status_name(got), day, err.text);
    }
}

static void only_days_of_the_calendar_are_taken(void) {
    day_is("2009-03-13", YM_OK);
    day_is("2012-02-29", YM_OK);
    day_is("2009-02-29", YM_MALFORMED);
    day_is("2009-04-31", YM_MALFORMED);
    day_is("2009-13-01", YM_MALFORMED);
    day_is("2009-00-10", YM_MALFORMED);
    day_is("2009-01-00", YM_MALFORMED);
    day_is("2009-1-8", YM_MALFORMED);
    day_is("20090108", YM_MALFORMED);
    day_is("2009-01-08 ", YM_MALFORMED);
    day_is("2009-01-08T00:00:00Z", YM_MALFORMED);
    day_is("-009-01-08", YM_MALFORMED);
    day_is("", YM_MALFORMED);
    day_is("2008-11-21", YM_OK);
    day_is("2008-11-20", YM_LIMIT);
    day_is("1900-02-28", YM_LIMIT);
    day_is("0000-02-29", YM_LIMIT); /* a leap year, counted backwards */
    day_is("2099-12-31", YM_OK);
    day_is("2100-01-01", YM_LIMIT);
    CHECK_EQ(day_of("2008-11-21"), YM_DOMAINS_FIRST_DAY);
    CHECK_EQ(day_of("2099-12-31"), YM_DOMAINS_LAST_DAY);
}

static void days_outside_have_no_names(void) {
    struct list l = {.n = 0};
    struct ym_err err = {0};

    CHECK_EQ(ym_domains_of_day(A, YM_DOMAINS_FIRST_DAY - 1, add, &l, &err), YM_LIMIT);
    CHECK_EQ(ym_domains_of_day(A, YM_DOMAINS_LAST_DAY + 1, add, &l, &err), YM_LIMIT);
    CHECK_EQ(ym_domains_of_day(B, INT32_MIN, add, &l, &err), YM_LIMIT);
    CHECK_EQ(l.n, 0);
    make(A, YM_DOMAINS_FIRST_DAY, &l);
    make(B, YM_DOMAINS_LAST_DAY, &l);
}

static ym_status stop_at_ten(void *self, const char *name, struct ym_err *err) {
    unsigned *n = self;

    (void)name;
    return ++*n == 10 ? ym_fail(err, YM_CANCELLED, "test", 0, "enough") : YM_OK;
}

static void who_listens_can_stop(void) {
    struct ym_err err = {0};
    unsigned n = 0;

    CHECK_EQ(ym_domains_of_day(A, day_of("2009-01-08"), stop_at_ten, &n, &err), YM_CANCELLED);
    CHECK_EQ(n, 10);
    CHECK(strcmp(err.text, "enough") == 0);
}

static void refused(const char *family, const char *variant, const char *words) {
    enum ym_domains_variant v = YM_DOMAINS_VARIANTS;
    struct ym_err err = {0};

    CHECK_EQ(ym_domains_find(family, variant, &v, &err), YM_UNSUPPORTED);
    CHECK_EQ(v, YM_DOMAINS_VARIANTS);
    if (strstr(err.text, words) == NULL) {
        FAIL("%s %s: %s", family, variant, err.text);
    }
}

static void only_what_was_checked_is_offered(void) {
    enum ym_domains_variant v = YM_DOMAINS_VARIANTS;
    struct ym_err err = {0};

    CHECK(ym_domains_find("Conficker", "A", &v, &err) == YM_OK && v == A);
    CHECK(ym_domains_find("conficker", "b", &v, &err) == YM_OK && v == B);
    refused("Conficker", "C", "two things");
    refused("Conficker", "d", "a guess would block others");
    refused("Conficker", "E", "no generator");
    refused("Conficker", "", "A and B");
    refused("Conficker", "AB", "A and B");
    refused("Conficker", "all", "A and B");
    refused("Zeus", "A", "there is one of Conficker");
}

MAIN(T(the_names_that_f_secure_showed), T(the_real_sites_that_sophos_warned),
     T(the_names_in_a_log_of_september_2009), T(the_names_of_2020_are_those_of_downatool2),
     T(the_names_of_21_november_2014_are_those_of_another_list),
     T(days_on_which_the_sine_of_the_old_processors_counts),
     T(lengths_and_domains_are_spread_as_published), T(a_day_is_always_the_same_and_never_another),
     T(only_days_of_the_calendar_are_taken), T(days_outside_have_no_names), T(who_listens_can_stop),
     T(only_what_was_checked_is_offered))
