/* test_status.c - base/status: names, and the wording of an error. */
#include "base/status.h"

#include "ym_test.h"

#include <errno.h>

static void every_status_has_a_name_and_a_sentence(void) {
    for (int i = 0; i < YM_STATUS_COUNT; i++) {
        CHECK(strcmp(ym_status_name((ym_status)i), "?") != 0);
        CHECK(strcmp(ym_status_text((ym_status)i), "?") != 0);
        CHECK(strlen(ym_status_text((ym_status)i)) > 3);
    }
    CHECK(strcmp(ym_status_name(YM_TRUNCATED), "TRUNCATED") == 0);
}

static void a_number_that_is_no_status_has_a_question_mark(void) {
    CHECK(strcmp(ym_status_name(YM_STATUS_COUNT), "?") == 0);
    CHECK(strcmp(ym_status_text((ym_status)200), "?") == 0);
}

static void the_first_error_wins(void) {
    struct ym_err err = {0};

    CHECK_EQ(ym_fail(&err, YM_MALFORMED, "formats/x", 12, "first %d", 1), YM_MALFORMED);
    CHECK_EQ(ym_fail(&err, YM_LIMIT, "formats/y", 99, "second"), YM_LIMIT);
    CHECK_EQ(ym_fail_at(&err, YM_IO, "m", "f", 1, 2, "third"), YM_IO);
    CHECK_EQ(ym_fail_errno(&err, "m", "f", ENOENT, "fourth"), YM_IO);
    CHECK_EQ(err.code, YM_MALFORMED);
    CHECK_EQ(err.offset, 12);
    CHECK_EQ(err.line, 0);
    CHECK_EQ(err.sys_errno, 0);
    CHECK(strcmp(err.text, "first 1") == 0);
    CHECK(strcmp(err.module, "formats/x") == 0);
}

static void a_failure_without_an_error_struct_only_returns_its_code(void) {
    CHECK_EQ(ym_fail(NULL, YM_LIMIT, "m", 0, "x"), YM_LIMIT);
    CHECK_EQ(ym_fail_at(NULL, YM_MALFORMED, "m", "f", 1, 1, "x"), YM_MALFORMED);
    CHECK_EQ(ym_fail_errno(NULL, "m", "f", EIO, "x"), YM_IO);
}

static void a_text_error_prints_file_line_and_column(void) {
    struct ym_err err = {0};
    char out[900];

    (void)ym_fail_at(&err, YM_MALFORMED, "yara", "rules.yar", 3, 7, "unexpected '%c'", '}');
    CHECK(strcmp(ym_err_format(&err, out, sizeof(out)), "rules.yar:3:7: unexpected '}'") == 0);
    err.column = 0;
    CHECK(strcmp(ym_err_format(&err, out, sizeof(out)), "rules.yar:3: unexpected '}'") == 0);
}

static void a_binary_error_with_a_file_prints_the_byte(void) {
    struct ym_err err = {0};
    char out[900];

    (void)ym_fail(&err, YM_TRUNCATED, "database/image", 4096, "the header ends here");
    (void)snprintf(err.file, sizeof(err.file), "main.ydb");
    CHECK(strcmp(ym_err_format(&err, out, sizeof(out)),
                 "main.ydb: at byte 4096: the header ends here") == 0);
}

static void an_error_without_a_file_names_the_module(void) {
    struct ym_err err = {0};
    char out[900];

    (void)ym_fail(&err, YM_NOMEM, "engine", YM_ERR_NO_OFFSET, "no memory");
    CHECK(strcmp(ym_err_format(&err, out, sizeof(out)), "engine: no memory") == 0);
    CHECK(strcmp(ym_err_format(&(struct ym_err){.offset = YM_ERR_NO_OFFSET}, out, sizeof(out)),
                 "?: ") == 0);
}

static void a_system_error_keeps_errno_and_appends_its_text(void) {
    struct ym_err err = {0};
    char out[900];

    CHECK_EQ(ym_fail_errno(&err, "os/file", "/no/such", ENOENT, "cannot open"), YM_IO);
    CHECK_EQ(err.sys_errno, ENOENT);
    CHECK(strcmp(ym_err_format(&err, out, sizeof(out)),
                 "/no/such: cannot open: No such file or directory") == 0);
}

static void long_names_and_texts_are_cut_and_not_overrun(void) {
    struct ym_err err = {0};
    char long_name[2000];
    char out[64];

    memset(long_name, 'n', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    (void)ym_fail_at(&err, YM_LIMIT, "m", long_name, 1, 1, "%s", long_name);
    CHECK_EQ(strlen(err.file), sizeof(err.file) - 1);
    CHECK_EQ(strlen(err.text), sizeof(err.text) - 1);
    CHECK(ym_err_format(&err, out, sizeof(out)) == out);
    CHECK_EQ(strlen(out), sizeof(out) - 1);
}

MAIN(T(every_status_has_a_name_and_a_sentence), T(a_number_that_is_no_status_has_a_question_mark),
     T(the_first_error_wins), T(a_failure_without_an_error_struct_only_returns_its_code),
     T(a_text_error_prints_file_line_and_column), T(a_binary_error_with_a_file_prints_the_byte),
     T(an_error_without_a_file_names_the_module),
     T(a_system_error_keeps_errno_and_appends_its_text),
     T(long_names_and_texts_are_cut_and_not_overrun))
