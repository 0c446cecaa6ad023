/* clamav_load.h - loads one or two database texts and keeps what came out of it. */
#ifndef YM_TEST_CLAMAV_LOAD_H
#define YM_TEST_CLAMAV_LOAD_H

#include "signatures/clamav.h"

#include "collect.h"
#include "ym_test.h"

static struct ym_buf loaded;    /* what the sink got, collect.h's lines */
static char loaded_error[1024]; /* ym_err_format(), "" if it went well */

static inline ym_status load_n(const struct ym_clamav_options *options, const char *ignore,
                               const char *name, const char *text, size_t n) {
    struct ym_sink sink = collect_sink(&loaded);
    struct ym_clamav *ld = ym_clamav_new(options, &sink);
    struct ym_err err = {0};
    ym_status st = YM_OK;

    CHECK(ld != NULL);
    ym_buf_done(&loaded);
    ym_buf_init(&loaded, 1 << 20);
    ym_buf_add_text(&loaded, "");
    if (ignore != NULL) {
        st = ym_clamav_file(ld, "list.ign2", ignore, strlen(ignore), &err);
    }
    if (st == YM_OK) {
        st = ym_clamav_file(ld, name, text, n, &err);
    }
    loaded_error[0] = '\0';
    if (st != YM_OK) {
        (void)ym_err_format(&err, loaded_error, sizeof(loaded_error));
    }
    ym_clamav_free(ld);
    return st;
}

static inline ym_status load(const char *name, const char *text) {
    static const struct ym_clamav_options plain = {.official = true};

    return load_n(&plain, NULL, name, text, strlen(text));
}

/* What was collected is exactly this. */
#define CHECK_LOADED(want)                                                                         \
    do {                                                                                           \
        if (strcmp(loaded.len == 0 ? "" : (const char *)loaded.data, (want)) != 0) {               \
            FAIL("got  \"%s\"\n#   want \"%s\"\n#   error %s",                                     \
                 loaded.len == 0 ? "" : (const char *)loaded.data, (want), loaded_error);          \
        }                                                                                          \
    } while (0)

/* The load ended with this status, and the message holds this text. */
#define CHECK_REFUSED(st, want_st, want)                                                           \
    do {                                                                                           \
        CHECK_EQ(st, want_st);                                                                     \
        if (strstr(loaded_error, (want)) == NULL) {                                                \
            FAIL("\"%s\" lacks \"%s\"", loaded_error, (want));                                     \
        }                                                                                          \
    } while (0)

#endif
