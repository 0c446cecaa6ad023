/* test_config.c - records.conf and the environment. */
#include "records/paths.h"
#include "records/record.h"

#include "sample.h"
#include "ym_test.h"

#include <stdlib.h>

static char folder[SAMPLE_FOLDER_SIZE];
static char file[SAMPLE_FOLDER_SIZE + 20];

/* A clean environment, and a file with this text named in it. */
static void begin(const char *text) {
    static const char *const variables[] = {
        "YAMORI_COUNTRY",      "YAMORI_SEGMENT", "YAMORI_RECORD",     "YAMORI_SPOOL",
        "YAMORI_RECORDS_CONF", "YAMORI_LOCATED", "YAMORI_PROTECTION", "YAMORI_SERVER"};
    FILE *f;

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        (void)unsetenv(variables[i]); /* NOLINT(concurrency-mt-unsafe) */
    }
    sample_folder(folder);
    (void)snprintf(file, sizeof(file), "%s/records.conf", folder);
    f = fopen(file, "we");
    CHECK(f != NULL);
    (void)fputs(text, f);
    CHECK_EQ(fclose(f), 0);
    (void)setenv("YAMORI_RECORDS_CONF", file, 1); /* NOLINT(concurrency-mt-unsafe) */
}

static void set(const char *variable, const char *value) {
    (void)setenv(variable, value, 1); /* NOLINT(concurrency-mt-unsafe) */
}

static void the_file_is_read(void) {
    struct ym_record_config c;
    struct ym_err err = {0};

    begin("# ours\n\n country = JP \r\nsegment=enterprise\nspool = /var/x\nrecord = no");
    CHECK_EQ(ym_record_config_load(&c, &err), YM_OK);
    CHECK(strcmp(c.country, "JP") == 0);
    CHECK_EQ(c.segment, YM_SEGMENT_ENTERPRISE);
    CHECK_EQ(c.located, YM_LOCATED_SETTING);
    CHECK_EQ(c.server, YM_SERVER_UNKNOWN);
    CHECK_EQ(c.protection, YM_PROTECTION_UNKNOWN);
    CHECK(strcmp(c.spool, "/var/x") == 0);
    CHECK(!c.record);
    sample_folder_remove(folder);
}

static void how_it_was_located_and_protection_and_server_are_read(void) {
    struct ym_record_config c;
    struct ym_err err = {0};

    begin("country = JP\nlocated = address\nprotection = off\nserver = yes\n");
    CHECK_EQ(ym_record_config_load(&c, &err), YM_OK);
    CHECK_EQ(c.located, YM_LOCATED_ADDRESS);
    CHECK_EQ(c.protection, YM_PROTECTION_OFF);
    CHECK_EQ(c.server, YM_SERVER_YES);
    set("YAMORI_LOCATED", "unknown");
    set("YAMORI_PROTECTION", "on");
    set("YAMORI_SERVER", "no");
    CHECK_EQ(ym_record_config_load(&c, &err), YM_OK);
    CHECK_EQ(c.located, YM_LOCATED_UNKNOWN);
    CHECK_EQ(c.protection, YM_PROTECTION_ON);
    CHECK_EQ(c.server, YM_SERVER_NO);
    sample_folder_remove(folder);
    begin("located = address\n"); /* of no country */
    CHECK_EQ(ym_record_config_load(&c, &err), YM_OK);
    CHECK_EQ(c.located, YM_LOCATED_UNKNOWN);
    sample_folder_remove(folder);
}

static void the_environment_wins(void) {
    struct ym_record_config c;
    struct ym_err err = {0};

    begin("country = JP\n");
    set("YAMORI_COUNTRY", "FI");
    set("YAMORI_SEGMENT", "home");
    set("YAMORI_SPOOL", "/var/y");
    CHECK_EQ(ym_record_config_load(&c, &err), YM_OK);
    CHECK(strcmp(c.country, "FI") == 0);
    CHECK_EQ(c.segment, YM_SEGMENT_HOME);
    CHECK(strcmp(c.spool, "/var/y") == 0);
    CHECK(c.record);
    sample_folder_remove(folder);
}

static void nothing_said_is_not_known(void) {
    struct ym_record_config c;
    struct ym_err err = {0};

    begin("");
    CHECK_EQ(ym_record_config_load(&c, &err), YM_OK);
    CHECK(strcmp(c.country, "ZZ") == 0);
    CHECK_EQ(c.segment, YM_SEGMENT_UNKNOWN);
    CHECK(c.record);
    CHECK(c.spool[0] == '/');
    sample_folder_remove(folder);
}

static void mistakes_are_named_with_their_line(void) {
    static const char *const texts[] = {"\ncountry = Japan\n",
                                        "\nsegment = office\n",
                                        "\nrecord = maybe\n",
                                        "\ncolour = red\n",
                                        "\nhello\n",
                                        "\nspool =\n",
                                        "\ncountry = jp\n",
                                        "\nlocated = here\n",
                                        "\nprotection = yes\n",
                                        "\nserver = true\n"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct ym_record_config c = {.spool = "untouched"};
        struct ym_err err = {0};

        begin(texts[i]);
        CHECK_EQ(ym_record_config_load(&c, &err), YM_MALFORMED);
        CHECK_EQ(err.line, 2);
        CHECK(strcmp(err.file, file) == 0);
        CHECK(strcmp(c.spool, "untouched") == 0);
        sample_folder_remove(folder);
    }
}

static void a_file_that_was_named_must_be_there(void) {
    struct ym_record_config c;
    struct ym_err err = {0};

    begin("");
    set("YAMORI_RECORDS_CONF", "/nonexistent/records.conf");
    CHECK_EQ(ym_record_config_load(&c, &err), YM_IO);
    sample_folder_remove(folder);
}

static void the_state_folder_follows_the_variable(void) {
    char path[64];
    struct ym_err err = {0};

    set("YAMORI_TEST_PATH", "/a/b");
    CHECK_EQ(ym_state_path("YAMORI_TEST_PATH", "x", path, sizeof(path), &err), YM_OK);
    CHECK(strcmp(path, "/a/b") == 0);
    set("YAMORI_TEST_PATH", "");
    CHECK_EQ(ym_state_path("YAMORI_TEST_PATH", "x", path, sizeof(path), &err), YM_OK);
    CHECK(strcmp(path + strlen(path) - 9, "/yamori/x") == 0);
    CHECK_EQ(ym_state_path("YAMORI_TEST_PATH", "x", path, 4, &err), YM_LIMIT);
}

MAIN(T(the_file_is_read), T(how_it_was_located_and_protection_and_server_are_read),
     T(the_environment_wins), T(nothing_said_is_not_known), T(mistakes_are_named_with_their_line),
     T(a_file_that_was_named_must_be_there), T(the_state_folder_follows_the_variable))
