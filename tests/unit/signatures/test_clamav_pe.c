/* Lines of .crb and .idb: what they become, and what is refused as clamscan 1.4 refuses it. */
#include "clamav_load.h"

#define SHA "303132333435363738396162636465666768696a" /* the text 0 to j */
#define SHA_ROW "\"0123456789abcdefghij\""
#define TAIL ";;1;0;1;;comment"
#define HASH                                                                                       \
    "2046f030a42a07153f4120a0031600007000005e1617ef0000d21100cb0906"                               \
    "74150f880313970b0e7716116d01136216022500002f0a173700081a004a0e"

static void certificates_become_rows(void) {
    CHECK_EQ(load("a.crb",
                  "A;1;" SHA ";;4b4c" TAIL "\n\nB;0;" SHA ";" SHA ";0061;010001;0;1;0;12;;1;300\n"),
             YM_OK);
    CHECK_LOADED("row 5 1 1 0 1 \"A\" " SHA_ROW " \"\" \"KL\"\n"
                 "row 5 0 0 1 0 \"B\" " SHA_ROW " " SHA_ROW " \"a\"\n");
    CHECK_EQ(load("a.crb", ";0;" SHA ";;14b" TAIL "\n"), YM_OK);
    CHECK_LOADED("row 5 0 1 0 1 \"(unnamed CRB rule)\" " SHA_ROW " \"\" \"\\u0001K\"\n");
}

static void certificates_for_another_level_are_left_out(void) {
    CHECK_EQ(load("a.crb", "A;1;" SHA ";;4b" TAIL ";900\nA;1;" SHA ";;4b" TAIL ";1;5\n"), YM_OK);
    CHECK_LOADED("left-out a.crb:1 functionality level\nleft-out a.crb:2 functionality level\n");
}

static void malformed_certificates_are_refused(void) {
    static const char *const bad[] = {
        "A;1;" SHA ";;4b;;1;0;1;",         /* ten fields */
        "A;1;" SHA ";;4b" TAIL ";1;300;x", /* fourteen */
        "A;2;" SHA ";;4b" TAIL,            /* not trusted or blocked */
        "A;;" SHA ";;4b" TAIL,             /* the same */
        "A;1;" SHA ";;4b;;2;0;1;;c",       /* flags */
        "A;1;" SHA ";;4b;;1;;1;;c",        /* the same */
        "A;1;zz;;4b" TAIL,                 /* subject */
        "A;1;" SHA "00;;4b" TAIL,          /* the same */
        "A;1;zz"
        "3132333435363738396162636465666768696a"
        ";;4b" TAIL,
        "A;1;" SHA ";12;4b" TAIL, /* serial */
        "A;1;" SHA ";;" TAIL,     /* key */
        "A;1;" SHA ";;000" TAIL,  /* the same */
        "A;1;" SHA ";;xyz" TAIL,
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_REFUSED(load("a.crb", bad[i]), YM_MALFORMED, "a.crb:1: ");
    }
}

static void a_key_longer_than_any_is_refused(void) {
    static char line[6000] = "A;1;" SHA ";;";
    const size_t at = strlen(line);

    memset(line + at, '7', 4097);
    memcpy(line + at + 4097, TAIL, sizeof(TAIL));
    CHECK_REFUSED(load("a.crb", line), YM_MALFORMED, "public key");
    memcpy(line + at + 4096, TAIL, sizeof(TAIL));
    CHECK_EQ(load("a.crb", line), YM_OK);
}

static void icons_become_rows(void) {
    static const char row[] = "row 3 32 \"Icon\" \"one\" \"two\" \" F";

    CHECK_EQ(load("a.idb", "Icon:one:two:" HASH "\n"), YM_OK);
    CHECK(strncmp((const char *)loaded.data, row, strlen(row)) == 0);
}

static void malformed_icons_are_refused(void) {
    static const struct {
        size_t at;
        const char *with;
    } bad[] = {{0, "11"},   {0, "zz"},  {2, "fe9"},      {5, "1d"},       {7, "1d"},
               {23, "ff9"}, {46, "1d"}, {116, "2c2c2c"}, {116, "000068"}, {122, "65"}};
    char line[256];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(line, sizeof(line), "Icon:one:two:" HASH);
        memcpy(line + 13 + bad[i].at, bad[i].with, strlen(bad[i].with));
        CHECK_REFUSED(load("a.idb", line), YM_MALFORMED, "a.idb:1: ");
    }
    CHECK_REFUSED(load("a.idb", "Icon:one:" HASH), YM_MALFORMED, "not 4 fields");
    CHECK_REFUSED(load("a.idb", "Icon:one:two:" HASH ":1"), YM_MALFORMED, "not 4 fields");
    CHECK_REFUSED(load("a.idb", "Icon:one:two:20"), YM_MALFORMED, "124");
    CHECK_REFUSED(load("a.idb", "\n"), YM_MALFORMED, "a.idb:1: ");
}

MAIN(T(certificates_become_rows), T(certificates_for_another_level_are_left_out),
     T(malformed_certificates_are_refused), T(a_key_longer_than_any_is_refused),
     T(icons_become_rows), T(malformed_icons_are_refused))
