/* Signatures about containers and types: .cdb .zmd .rmd .pwdb .ftm to rows. */
#include "base/container_rows.h"

#include "clamav_load.h"

#define ALL "18446744073709551615"
#define ANY "0 " ALL

static void a_line_of_cdb_becomes_a_row(void) {
    CHECK_EQ(load("a.cdb", "# c\nA:CL_TYPE_ZIP:*:\\.exe$:*:*:*:*:*:*\n"
                           "B:*:100-200:*:5:6-7:1:2:x:y:90:300\n"),
             YM_OK);
    CHECK_LOADED("row 0 18 " ANY " " ANY " " ANY " " ANY " 2 0 1 2 \"A\" \"\\\\.exe$\" \"a.cdb\"\n"
                 "row 0 0 100 200 5 5 6 7 2 2 1 0 0 3 \"B\" \"\" \"a.cdb\"\n");
}

static void a_name_may_be_asked_for_in_any_case_of_letters(void) {
    CHECK_EQ(load("a.cdb", "A:*:*:(?i)evil:*:*:*:*:*:*\n"), YM_OK);
    CHECK_LOADED("row 0 0 " ANY " " ANY " " ANY " " ANY " 2 0 3 1 \"A\" \"evil\" \"a.cdb\"\n");
}

static void lines_that_are_not_for_this_engine_are_left_out(void) {
    CHECK_EQ(load("a.cdb", "A:*:*:a:*:*:*:*:*:*:900\nB:*:*:[:*:*:*:*:*:*:1:5\n"), YM_OK);
    CHECK_LOADED("left-out a.cdb:1 functionality level\nleft-out a.cdb:2 functionality level\n");
}

static void malformed_lines_of_cdb_are_refused(void) {
    static const struct {
        const char *line, *why;
    } bad[] = {
        {"A:CL_TYPE_ZIP:*:a", "10 to 12 fields"},
        {"A:*:*:a:*:*:*:*:*:*:1:2:3", "10 to 12 fields"},
        {"A:CL_TYPE_NOPE:*:a:*:*:*:*:*:*", "type of container"},
        {"A::*:a:*:*:*:*:*:*", "type of container"},
        {":*:*:a:*:*:*:*:*:*", "no name"},
        {"A:*:x:a:*:*:*:*:*:*", "n, x-y or *"},
        {"A:*:1-:a:*:*:*:*:*:*", "n, x-y or *"},
        {"A:*:*:a:-1:*:*:*:*:*", "n, x-y or *"},
        {"A:*:*:a:*:4294967296:*:*:*:*", "n, x-y or *"},
        {"A:*:*:a:*:*:2:*:*:*", "encryption"},
        {"A:*:*:a:*:*:*: 1:*:*", "n, x-y or *"},
        {"A:*:*:[:*:*:*:*:*:*", "a.cdb:1"},
        {"A:*:*::*:*:*:*:*:*", "a.cdb:1"},
        {"A:*:*:a**:*:*:*:*:*:*", "a.cdb:1"},
        {"A:*:*:a:*:*:*:*:*:*:x", "functionality level"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_REFUSED(load("a.cdb", bad[i].line), YM_MALFORMED, bad[i].why);
    }
}

static void old_metadata_names_its_container_by_the_file(void) {
    CHECK_EQ(load("a.zmd", "A:1:pay:10:5:00ABCDEF:8:3:*\n"), YM_OK);
    CHECK_LOADED("row 0 18 " ANY " 5 5 10 10 3 3 1 11259375 1 1 \"A\" \"pay\" \"a.zmd\"\n");
    CHECK_EQ(load("a.rmd", "A:*:*:*:*:*:*:*:*\n"), YM_OK);
    CHECK_LOADED("row 0 20 " ANY " " ANY " " ANY " " ANY " 2 0 0 1 \"A\" \"\" \"a.rmd\"\n");
    CHECK_REFUSED(load("a.zmd", "A:1:pay:10-20:5:*:8:3:*\n"), YM_MALFORMED, "not a number");
    CHECK_REFUSED(load("a.zmd", "A:1:pay:10:5:*:zz:3:*\n"), YM_MALFORMED, "not a number");
    CHECK_REFUSED(load("a.zmd", "A:1:pay:10:5:*:8:3\n"), YM_MALFORMED, "9 fields");
}

static void ignored_names_make_no_row(void) {
    static const struct ym_clamav_options plain = {.official = false};
    static const char text[] = "A:*:*:a:*:*:*:*:*:*\nB:*:*:a:*:*:*:*:*:*\n";

    CHECK_EQ(load_n(&plain, "A\n", "a.cdb", text, sizeof(text) - 1), YM_OK);
    CHECK_LOADED("left-out a.cdb:1 ignored by name\n"
                 "row 0 0 " ANY " " ANY " " ANY " " ANY " 2 0 5 2 \"B\" \"a\" \"a.cdb\"\n");
}

static void passwords_are_text_or_hex(void) {
    CHECK_EQ(load("a.pwdb", "P;Engine:81-255;0;wall\n"
                            "Q;Engine:81-255,Container:CL_TYPE_ZIP;1;77616c6c\n"
                            "R;Target:0;0;a;b\n"
                            "S;Engine:300-400;0;x\n"
                            "T;Engine:1-255,Bogus:1;0;x\n"
                            "U;Engine:1-255;1;610062\n"),
             YM_OK);
    CHECK_LOADED("row 1 0 \"P\" \"wall\"\nrow 1 18 \"Q\" \"wall\"\nrow 1 0 \"R\" \"a\"\n"
                 "left-out a.pwdb:4 functionality level\nleft-out a.pwdb:5 unknown attribute\n"
                 "left-out a.pwdb:6 password with a NUL byte\n");
}

static void malformed_passwords_are_refused(void) {
    static const char *const bad[] = {"P;Engine:81-255;2;x",
                                      "P;Engine:81-255;1;zz",
                                      "P;Engine:81-255;1;7",
                                      "P;Engine:81-255;0",
                                      "P;;0;x",
                                      "P;Engine:81;0;x",
                                      "P;Container:CL_TYPE_ZIP;0;x",
                                      "P;Engine:81-255,Container:CL_TYPE_7Z;0;x",
                                      ""};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[128];

        (void)snprintf(line, sizeof(line), "%s\n", bad[i]);
        CHECK_REFUSED(load("a.pwdb", line), YM_MALFORMED, "a.pwdb:1");
    }
    CHECK_REFUSED(load("a.pwdb", "S;Engine:300-400;0;x\n"), YM_MALFORMED, "for this engine");
}

static void types_are_fixed_bytes_or_patterns(void) {
    CHECK_EQ(load("a.ftm", "0:4:515a:Mine:CL_TYPE_ANY:CL_TYPE_PDF\n"
                           "1:0:51??5a515a:Mine:CL_TYPE_TEXT_ASCII:CL_TYPE_MAIL:1:400\n"
                           "4:0:515a:Mine:CL_TYPE_ANY:CL_TYPE_GPT\n"
                           "0:0:515a:Mine:CL_TYPE_ANY:CL_TYPE_PDF:300\n"
                           "1:EOF-5:515a515a:Mine:CL_TYPE_ANY:CL_TYPE_PDF\n"
                           "7:0:zz:Mine:CL_TYPE_ANY:CL_TYPE_PDF\n"),
             YM_OK);
    CHECK_LOADED("row 2 0 4 0 37 \"QZ\"\n"
                 "rule :type:1:43 target=13 0,0 51??5a515a\n"
                 "row 2 1 0 1 43 \"\"\n"
                 "left-out a.ftm:3 type of a partition\n"
                 "left-out a.ftm:4 functionality level\n"
                 "left-out a.ftm:5 type by a pattern that is not placed from the start\n"
                 "left-out a.ftm:6 unknown kind of magic\n");
}

static void malformed_types_are_refused(void) {
    static const char *const bad[] = {"0:0:515a:Mine:CL_TYPE_ANY",
                                      "0:*:515a:Mine:CL_TYPE_ANY:CL_TYPE_PDF",
                                      "0:0:51??:Mine:CL_TYPE_ANY:CL_TYPE_PDF",
                                      "0:0:515:Mine:CL_TYPE_ANY:CL_TYPE_PDF",
                                      "0:0:515a:Mine:CL_TYPE_NO:CL_TYPE_PDF",
                                      "0:0:515a:Mine:CL_TYPE_ANY:CL_TYPE_NO",
                                      "0:0:515a:Mine:CL_TYPE_ANY:CL_TYPE_ERROR",
                                      "1:0:zz:Mine:CL_TYPE_ANY:CL_TYPE_PDF",
                                      "1:EP+0:515a515a:M:CL_TYPE_ANY:CL_TYPE_PDF",
                                      ""};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[128];

        (void)snprintf(line, sizeof(line), "%s\n", bad[i]);
        CHECK_REFUSED(load("a.ftm", line), YM_MALFORMED, "a.ftm:1");
    }
    CHECK_REFUSED(load("a.ftm", "0:0:515a:Mine:CL_TYPE_ANY:CL_TYPE_PDF:1:20\n"), YM_MALFORMED,
                  "for this engine");
}

MAIN(T(a_line_of_cdb_becomes_a_row), T(a_name_may_be_asked_for_in_any_case_of_letters),
     T(lines_that_are_not_for_this_engine_are_left_out), T(malformed_lines_of_cdb_are_refused),
     T(old_metadata_names_its_container_by_the_file), T(ignored_names_make_no_row),
     T(passwords_are_text_or_hex), T(malformed_passwords_are_refused),
     T(types_are_fixed_bytes_or_patterns), T(malformed_types_are_refused))
