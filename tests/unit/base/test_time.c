/* test_time.c - base/time: the calendar against the C library, and strict ISO texts. */
#include "base/time.h"

#include "ym_test.h"

#include <stdlib.h>
#include <time.h>

static void dates_agree_with_the_c_library(void) {
    /* Every 5 days and some seconds from 1600 to 2400. */
    for (int64_t t = INT64_C(-11676096000); t < INT64_C(13569465600); t += 5 * 86400 + 12347) {
        time_t as_time = (time_t)t;
        struct tm tm;
        struct ym_date d = ym_date_of_unix(t);

        CHECK(gmtime_r(&as_time, &tm) != NULL);
        CHECK_EQ(d.year, tm.tm_year + 1900);
        CHECK_EQ(d.month, tm.tm_mon + 1);
        CHECK_EQ(d.day, tm.tm_mday);
        CHECK_EQ(d.hour, tm.tm_hour);
        CHECK_EQ(d.minute, tm.tm_min);
        CHECK_EQ(d.second, tm.tm_sec);
        CHECK_EQ(ym_unix_of_date(&d), t);
    }
}

static void the_second_before_1970_is_in_1969(void) {
    char out[YM_ISO_TIME_SIZE];

    CHECK(strcmp(ym_iso_time(-1, out), "1969-12-31T23:59:59Z") == 0);
    CHECK(strcmp(ym_iso_time(0, out), "1970-01-01T00:00:00Z") == 0);
    CHECK(strcmp(ym_iso_time(1246363200, out), "2009-06-30T12:00:00Z") == 0);
}

static void iso_texts_are_read_back(void) {
    int64_t t = 0;

    CHECK(ym_parse_iso_time("2009-06-30T12:00:00Z", &t));
    CHECK_EQ(t, 1246363200);
    CHECK(ym_parse_iso_time("2009-06-30", &t));
    CHECK_EQ(t, 1246320000);
    CHECK(ym_parse_iso_time("2008-02-29", &t));
    CHECK(ym_parse_iso_time("2000-02-29", &t));
}

static void other_texts_are_refused(void) {
    static const char *const bad[] = {"",
                                      "2009",
                                      "2009-06",
                                      "2009-6-30",
                                      "2009-13-01",
                                      "2009-00-10",
                                      "2009-04-31",
                                      "2009-02-29",
                                      "1900-02-29",
                                      "2009-06-00",
                                      "2009-06-30T",
                                      "2009-06-30 12:00:00Z",
                                      "2009-06-30T12:00:00",
                                      "2009-06-30T24:00:00Z",
                                      "2009-06-30T12:60:00Z",
                                      "2009-06-30T12:00:00Zx",
                                      "+009-06-30",
                                      " 2009-06-30",
                                      "2009-06-30x"};
    int64_t t = 42;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (ym_parse_iso_time(bad[i], &t)) {
            FAIL("accepted: \"%s\"", bad[i]);
        }
        CHECK_EQ(t, 42);
    }
}

static void every_prefix_of_a_good_text_is_refused_but_the_date_alone(void) {
    const char *good = "2009-06-30T12:00:00Z";
    char cut[32];

    for (size_t n = 0; n < strlen(good); n++) {
        int64_t t;

        memcpy(cut, good, n);
        cut[n] = '\0';
        CHECK_EQ(ym_parse_iso_time(cut, &t), n == 10);
    }
}

static void source_date_epoch_replaces_the_clock(void) {
    CHECK_EQ(setenv("SOURCE_DATE_EPOCH", "1246363200", 1), 0); /* NOLINT(concurrency-mt-unsafe) */
    CHECK_EQ(ym_now_unix(), 1246363200);
    CHECK_EQ(setenv("SOURCE_DATE_EPOCH", "yesterday", 1), 0); /* NOLINT(concurrency-mt-unsafe) */
    CHECK(ym_now_unix() > 1700000000);
    CHECK_EQ(unsetenv("SOURCE_DATE_EPOCH"), 0); /* NOLINT(concurrency-mt-unsafe) */
}

static void the_monotonic_clock_does_not_go_back(void) {
    uint64_t before = ym_now_ns();

    for (int i = 0; i < 1000; i++) {
        uint64_t now = ym_now_ns();

        CHECK(now >= before);
        before = now;
    }
}

MAIN(T(dates_agree_with_the_c_library), T(the_second_before_1970_is_in_1969),
     T(iso_texts_are_read_back), T(other_texts_are_refused),
     T(every_prefix_of_a_good_text_is_refused_but_the_date_alone),
     T(source_date_epoch_replaces_the_clock), T(the_monotonic_clock_does_not_go_back))
