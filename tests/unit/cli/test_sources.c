/* test_sources.c - which files -d takes, in which order. */
#include "../os/temp_dir.h"
#include "base/alloc.h"
#include "load.h"
#include "ym_test.h"

static void a_folder_is_read_by_name_and_unknown_files_are_left(void) {
    struct ym_sources s = {.rows = NULL};

    (void)mkdir(in_temp("dbs"), 0755);
    put_file(in_temp("dbs/z.ndb"), "");
    put_file(in_temp("dbs/README.txt"), "");
    put_file(in_temp("dbs/a.YAR"), "");
    put_file(in_temp("dbs/m.ign2"), "");
    put_file(in_temp("dbs/i.ydb"), "");
    CHECK_EQ(ym_sources_add(&s, in_temp("dbs"), NULL), YM_OK);
    CHECK_EQ(s.n, 4);
    CHECK_EQ(s.rows[0].kind, YM_SOURCE_YARA);
    CHECK_EQ(s.rows[1].kind, YM_SOURCE_IMAGE);
    CHECK_EQ(s.rows[2].kind, YM_SOURCE_CLAMAV);
    CHECK_EQ(s.rows[3].kind, YM_SOURCE_CLAMAV);
    CHECK(ym_sources_have(&s, true) && ym_sources_have(&s, false));
    ym_sources_done(&s);
}

static void a_named_file_of_unknown_type_is_an_error(void) {
    struct ym_sources s = {.rows = NULL};
    struct ym_err err = {.code = YM_OK};

    put_file(in_temp("rules.txt"), "");
    CHECK_EQ(ym_sources_add(&s, in_temp("rules.txt"), &err), YM_UNSUPPORTED);
    CHECK(strstr(err.file, "rules.txt") != NULL);
    CHECK_EQ(s.n, 0);
    ym_sources_done(&s);
}

static void a_folder_without_signatures_is_an_error(void) {
    struct ym_sources s = {.rows = NULL};

    (void)mkdir(in_temp("nothing"), 0755);
    CHECK_EQ(ym_sources_add(&s, in_temp("nothing"), NULL), YM_UNSUPPORTED);
    ym_sources_done(&s);
}

static void equal_names_get_different_name_spaces(void) {
    struct ym_sources s = {.rows = NULL};

    (void)mkdir(in_temp("one"), 0755);
    (void)mkdir(in_temp("two"), 0755);
    put_file(in_temp("one/r.yar"), "");
    put_file(in_temp("two/r.yar"), "");
    CHECK_EQ(ym_sources_add(&s, in_temp("one/r.yar"), NULL), YM_OK);
    CHECK_EQ(ym_sources_add(&s, in_temp("two/r.yar"), NULL), YM_OK);
    CHECK_EQ(s.n, 2);
    CHECK(strcmp(s.rows[0].ns, "r.yar") == 0);
    CHECK(strcmp(s.rows[1].ns, s.rows[0].ns) != 0);
    ym_sources_done(&s);
}

static void without_memory_the_list_says_so_and_leaks_nothing(void) {
    unsigned fired;
    unsigned nth = 1;

    (void)mkdir(in_temp("few"), 0755);
    put_file(in_temp("few/a.ndb"), "");
    put_file(in_temp("few/b.yar"), "");
    do {
        struct ym_sources s = {.rows = NULL};
        struct ym_err err = {.code = YM_OK};
        ym_status st;

        (void)ym_fault_malloc(nth++, 0);
        st = ym_sources_add(&s, in_temp("few"), &err);
        fired = ym_fault_malloc(0, 0);
        CHECK_EQ(st, fired > 0 ? YM_NOMEM : YM_OK);
        CHECK(st != YM_OK || s.n == 2);
        CHECK_EQ(err.code, st);
        ym_sources_done(&s);
    } while (fired > 0);
    CHECK(nth > 8);
}

MAIN(T(a_folder_is_read_by_name_and_unknown_files_are_left),
     T(a_named_file_of_unknown_type_is_an_error), T(a_folder_without_signatures_is_an_error),
     T(equal_names_get_different_name_spaces), T(without_memory_the_list_says_so_and_leaks_nothing))
