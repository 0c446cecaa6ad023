/* test_clamav_hash.c - .hdb .hsb .mdb .msb .fp .sfp, ignore lists, and what all files share. */
#include "clamav_load.h"

#define MD5 "44d88612fea8a8f36de82e1278abb02f"
#define SHA1 "3395856ce81f2b7382dee72602f798b642f14140"
#define SHA256 "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"

static void a_hash_is_told_by_its_length_whatever_the_file_is_called(void) {
    CHECK_EQ(load("a.hdb", MD5 ":68:A\n" SHA1 ":68:B\n" SHA256 ":68:C\n"), YM_OK);
    CHECK_LOADED("digest file md5 size=68 " MD5 " A\n"
                 "digest file sha1 size=68 " SHA1 " B\n"
                 "digest file sha256 size=68 " SHA256 " C\n");
    CHECK_EQ(load("a.HSB", MD5 ":68:A"), YM_OK);
    CHECK_LOADED("digest file md5 size=68 " MD5 " A\n");
}

static void section_hashes_have_the_size_first(void) {
    CHECK_EQ(load("a.mdb", "4096:" MD5 ":A\n"), YM_OK);
    CHECK_LOADED("digest section md5 size=4096 " MD5 " A\n");
    CHECK_EQ(load("a.msb", "*:" SHA256 ":A:73\n"), YM_OK);
    CHECK_LOADED("digest section sha256 size=* " SHA256 " A\n");
}

static void allow_hashes_are_a_kind_of_their_own(void) {
    CHECK_EQ(load("a.fp", MD5 ":68:A\n"), YM_OK);
    CHECK_LOADED("digest allow md5 size=68 " MD5 " A\n");
    CHECK_EQ(load("a.sfp", SHA1 ":*:A:73\n"), YM_OK);
    CHECK_LOADED("digest allow sha1 size=* " SHA1 " A\n");
}

static void names_lose_their_clam_and_are_marked_unofficial(void) {
    struct ym_clamav_options o = {.official = false};
    static const char text[] = MD5 ":68:Eicar (Clam)x\n";

    CHECK_EQ(load_n(&o, NULL, "a.hdb", text, sizeof(text) - 1), YM_OK);
    CHECK_LOADED("digest file md5 size=68 " MD5 " Eicar U\n");
}

static void comments_and_line_ends_do_not_count(void) {
    CHECK_EQ(load("a.hdb", "# one\r\n" MD5 ":68:A\r\n#two"), YM_OK);
    CHECK_LOADED("digest file md5 size=68 " MD5 " A\n");
    CHECK_EQ(load("a.hdb", "# nothing but a comment\n"), YM_OK);
    CHECK_LOADED("");
}

static void every_malformed_hash_line_is_named_by_file_and_line(void) {
    static const char *const bad[] = {
        "",
        "x",
        MD5 ":68",
        MD5 ":68:A:1:300:x",
        MD5 ":0:A",
        MD5 "::A",
        MD5 ":68x:A",
        MD5 ":4294967295:A",
        MD5 ":*:A",
        MD5 ":*:A:72",
        MD5 "0:68:A",
        "zz" MD5 ":68:A",
        "4g"
        "d88612fea8a8f36de82e1278abb02f:68:A",
        MD5 ":68:",
        MD5 ":68: (Clam)",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[256];

        (void)snprintf(text, sizeof(text), MD5 ":68:A\n%s\n", bad[i]);
        CHECK_REFUSED(load("dir/a.hdb", text), YM_MALFORMED, "dir/a.hdb:2: ");
        CHECK_LOADED("digest file md5 size=68 " MD5 " A\n");
    }
}

static void a_file_without_a_line_is_an_error(void) {
    CHECK_REFUSED(load("a.hdb", ""), YM_MALFORMED, "a.hdb: ");
    CHECK_REFUSED(load("a.ndb", ""), YM_MALFORMED, "a.ndb: ");
}

static void skip_bad_counts_the_line_and_goes_on(void) {
    struct ym_clamav_options o = {.skip_bad = true, .official = true};
    static const char text[] = "x\n" MD5 ":68:A\n";

    CHECK_EQ(load_n(&o, NULL, "a.hdb", text, sizeof(text) - 1), YM_OK);
    CHECK_LOADED("left-out a.hdb:1 not 3 to 5 fields\ndigest file md5 size=68 " MD5 " A\n");
}

static void import_hashes_may_have_any_size(void) {
    CHECK_EQ(load("a.imp", MD5 ":68:A\n" MD5 ":*:B\n" MD5 "00000000:1:C\n"), YM_OK);
    CHECK_LOADED("digest import md5 size=68 " MD5 " A\ndigest import md5 size=* " MD5 " B\n"
                 "digest import sha1 size=1 " MD5 "00000000 C\n");
    CHECK_REFUSED(load("a.imp", MD5 ":0:A\n"), YM_MALFORMED, "a.imp:1: ");
}

static void another_functionality_level_leaves_the_line_out(void) {
    CHECK_EQ(load("a.hdb", MD5 ":68:A:217\n" MD5 ":68:B:1:215\n" MD5 ":68:C:216:216\n"), YM_OK);
    CHECK_LOADED("left-out a.hdb:1 functionality level\n"
                 "left-out a.hdb:2 functionality level\n"
                 "digest file md5 size=68 " MD5 " C\n");
}

static void a_line_for_a_newer_engine_may_hold_anything_else(void) {
    CHECK_EQ(load("a.hdb", "what:ever:A:999\n"), YM_OK);
    CHECK_LOADED("left-out a.hdb:1 functionality level\n");
}

static void a_nul_byte_is_refused_on_its_own_line(void) {
    struct ym_clamav_options o = {.official = true};
    static const char text[] = MD5 ":68:A\n" MD5 ":68:B\0C\n" MD5 ":68:D\n";

    CHECK_REFUSED(load_n(&o, NULL, "a.hdb", text, sizeof(text) - 1), YM_MALFORMED, "a.hdb:2: NUL");
    o.skip_bad = true;
    CHECK_EQ(load_n(&o, NULL, "a.hdb", text, sizeof(text) - 1), YM_OK);
    CHECK_LOADED("digest file md5 size=68 " MD5 " A\nleft-out a.hdb:2 NUL byte in a line\n"
                 "digest file md5 size=68 " MD5 " D\n");
}

static void a_line_that_is_too_long_is_refused(void) {
    static char text[9000];

    memset(text, 'a', sizeof(text));
    text[8191] = '\0';
    CHECK_REFUSED(load("a.hdb", text), YM_MALFORMED, "a.hdb:1: not 3 to 5 fields");
    text[8191] = 'a';
    text[8192] = '\0';
    CHECK_REFUSED(load("a.hdb", text), YM_MALFORMED, "a.hdb:1: line of more than 8191 bytes");
}

/* ---- Ignore lists ---------------------------------------------------------------------------- */

static ym_status load_ignoring(const char *ignore, const char *name, const char *text) {
    struct ym_clamav_options o = {.official = true};

    return load_n(&o, ignore, name, text, strlen(text));
}

static void an_ignored_name_is_left_out_of_every_kind(void) {
    static const struct {
        const char *file, *line;
    } kinds[] = {{"a.hdb", MD5 ":68:Bad.One\n"},
                 {"a.mdb", "68:" MD5 ":Bad.One\n"},
                 {"a.fp", MD5 ":68:Bad.One\n"},
                 {"a.ndb", "Bad.One:0:*:414243\n"},
                 {"a.db", "Bad.One=414243\n"}};
    char want[64];

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        CHECK_EQ(load_ignoring("Bad.One\n", kinds[i].file, kinds[i].line), YM_OK);
        (void)snprintf(want, sizeof(want), "left-out %s:1 ignored by name\n", kinds[i].file);
        CHECK_LOADED(want);
    }
}

static void an_ignored_name_is_the_whole_name(void) {
    CHECK_EQ(load_ignoring("Bad\nBad.One.\n*\n", "a.db", "Bad.One=414243\n"), YM_OK);
    CHECK_LOADED("rule Bad.One target=0 * 414243\n");
}

static void an_ignored_name_may_ask_for_one_line_only(void) {
    /* MD5 of "Bad.One:0:*:414243" by md5sum. */
    static const char list[] = "Bad.One:40df6e7fb2fdea9f481f2a6358004232\n";

    CHECK_EQ(load_ignoring(list, "a.ndb", "Bad.One:0:*:414243\r\nBad.One:0:*:414244\n"), YM_OK);
    CHECK_LOADED("left-out a.ndb:1 ignored by name\nrule Bad.One target=0 * 414244\n");
}

static void the_old_form_and_marked_names_are_understood(void) {
    CHECK_EQ(load_ignoring("#c\nmain.ndb:7:Bad.One\n", "a.db", "Bad.One.UNOFFICIAL=414243\n"),
             YM_OK);
    CHECK_LOADED("left-out a.db:1 ignored by name\n");
    CHECK_EQ(load_ignoring("Bad.One\n", "a.db", "Bad.One.{1}=414243\n"), YM_OK);
    CHECK_LOADED("left-out a.db:1 ignored by name\n");
}

static void a_malformed_ignore_line_is_refused(void) {
    static const char *const bad[] = {"A\n\nB\n", "A\nB:12\n", "A\na:b:c:d\n", "A\na:b:\n"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_REFUSED(load_ignoring(bad[i], "a.db", "A=414243\n"), YM_MALFORMED, "list.ign2:2: ");
    }
}

/* ---- Which files ----------------------------------------------------------------------------- */

static void files_are_told_by_the_end_of_their_name(void) {
    CHECK_EQ(ym_clamav_classify("x/local.IGN2"), YM_CLAMAV_FIRST);
    CHECK_EQ(ym_clamav_classify("x.ign"), YM_CLAMAV_FIRST);
    CHECK_EQ(ym_clamav_classify("x.sfp"), YM_CLAMAV_LOADED);
    CHECK_EQ(ym_clamav_classify("x.hdu"), YM_CLAMAV_PUA);
    CHECK_EQ(ym_clamav_classify("x.ldb"), YM_CLAMAV_LOADED);
    CHECK_EQ(ym_clamav_classify("x.cat"), YM_CLAMAV_LOADED);
    CHECK_EQ(ym_clamav_classify("x.yar"), YM_CLAMAV_NOT);
    CHECK_EQ(ym_clamav_classify("ndb"), YM_CLAMAV_NOT);
    CHECK_EQ(ym_clamav_classify(""), YM_CLAMAV_NOT);
}

static void unwanted_applications_are_left_out_unless_asked_for(void) {
    struct ym_clamav_options o = {.official = true};
    static const char text[] = "#c\n" MD5 ":68:PUA.A\n";

    CHECK_EQ(load("a.hdu", text), YM_OK);
    CHECK_LOADED("left-out a.hdu:2 potentially unwanted application\n");
    o.pua = true;
    CHECK_EQ(load_n(&o, NULL, "a.hdu", text, sizeof(text) - 1), YM_OK);
    CHECK_LOADED("digest file md5 size=68 " MD5 " PUA.A\n");
}

/* What was loaded, as a text. */
static const char *text_loaded(void) {
    ym_buf_u8(&loaded, 0);
    return (const char *)loaded.data;
}

/* Which of some names are loaded, with the categories. */
static void check_categories(bool excluded, const char *a, const char *b, const char *want) {
    static const char text[] =
        "PUA.Tool.A:0:*:41424344\nPUA.Win.Tool.X.B:0:*:41424344\n"
        "PUA.Toolbox.C:0:*:41424344\nPUA.Game.D:0:*:41424344\nPUA.E:0:*:41424344\n"
        "Tool.F:0:*:41424344\nPUA.tool.G:0:*:41424344\n"
        "PUA.Tool.123456789012345678901234.H:0:*:41424344\n"
        "PUA.Tool.1234567890123456789012345.I:0:*:41424344\n";
    const char *const categories[] = {a, b};
    const struct ym_clamav_options o = {.official = true,
                                        .pua = true,
                                        .pua_categories = categories,
                                        .n_pua_categories = b == NULL ? 1 : 2,
                                        .pua_excluded = excluded};
    char names[16] = "";
    size_t n = 0;

    CHECK_EQ(load_n(&o, NULL, "a.ndu", text, sizeof(text) - 1), YM_OK);
    for (const char *at = strstr(text_loaded(), "rule "); at != NULL;
         at = strstr(at + 1, "rule ")) {
        names[n++] = at[5 + strcspn(at + 5, " ") - 1];
    }
    CHECK_EQ(strcmp(names, want), 0);
    CHECK_EQ(load_n(&o, NULL, "a.ndb", text, sizeof(text) - 1), YM_OK);
    CHECK(strstr(text_loaded(), "category") == NULL);
}

static void unwanted_applications_are_told_by_their_categories(void) {
    check_categories(false, "Tool", NULL, "ABH");
    check_categories(false, "Tool", "Game", "ABDH");
    check_categories(false, "Win.Tool", NULL, "B");
    check_categories(false, "Tool.X", NULL, "B");
    check_categories(false, "oo", NULL, "");
    check_categories(true, "Tool", NULL, "CDG");
    check_categories(true, "Tool", "Game", "CG");
}

static void a_file_of_no_known_type_is_refused(void) {
    CHECK_REFUSED(load("a.txt", "x\n"), YM_UNSUPPORTED, "a.txt: not a ClamAV database");
}

MAIN(T(a_hash_is_told_by_its_length_whatever_the_file_is_called),
     T(section_hashes_have_the_size_first), T(allow_hashes_are_a_kind_of_their_own),
     T(names_lose_their_clam_and_are_marked_unofficial), T(comments_and_line_ends_do_not_count),
     T(every_malformed_hash_line_is_named_by_file_and_line), T(a_file_without_a_line_is_an_error),
     T(skip_bad_counts_the_line_and_goes_on), T(import_hashes_may_have_any_size),
     T(another_functionality_level_leaves_the_line_out),
     T(a_line_for_a_newer_engine_may_hold_anything_else), T(a_nul_byte_is_refused_on_its_own_line),
     T(a_line_that_is_too_long_is_refused), T(an_ignored_name_is_left_out_of_every_kind),
     T(an_ignored_name_is_the_whole_name), T(an_ignored_name_may_ask_for_one_line_only),
     T(the_old_form_and_marked_names_are_understood), T(a_malformed_ignore_line_is_refused),
     T(files_are_told_by_the_end_of_their_name),
     T(unwanted_applications_are_left_out_unless_asked_for),
     T(unwanted_applications_are_told_by_their_categories), T(a_file_of_no_known_type_is_refused))
