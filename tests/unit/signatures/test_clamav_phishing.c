/* ClamAV's lists about links: .pdb .wdb .gdb. */
#include "clamav_load.h"

#include "base/phishing_rows.h"

/* Rows of table 4: kind, class, pattern. */
#define ROW(kind, class, text) "row 4 " kind " " class " \"" text "\"\n"

static void watched_hosts_and_expressions(void) {
    CHECK_EQ(load("a.pdb", "H:bank.com\nR:.+\\.bank\\.(com|de)\n\n# comment\nH1f:x.y\n"), YM_OK);
    CHECK_LOADED(ROW("1", "0", "bank.com") ROW("0", "0", ".+\\\\.bank\\\\.(com|de)")
                     ROW("1", "0", "x.y"));
    CHECK_REFUSED(load("a.pdb", "X:a\n"), YM_MALFORMED, "a.pdb:1: neither R:Regex nor H:Host");
    CHECK_REFUSED(load("a.pdb", "H:a\n h:b\n"), YM_MALFORMED, "a.pdb:2:");
    CHECK_REFUSED(load("a.pdb", "H bank.com\n"), YM_MALFORMED, "not Letter:Pattern");
    CHECK_REFUSED(load("a.pdb", "H:\n"), YM_MALFORMED, "no host");
    CHECK_REFUSED(load("a.pdb", "R:\n"), YM_MALFORMED, "no expression");
    CHECK_REFUSED(load("a.pdb", "R:(\n"), YM_MALFORMED, "a.pdb:1:");
    CHECK_EQ(load("a.pdb", "R:a\\.\nR:a.+b([/?].*)?\nR:ab(c|d)\nR:abcd+\nR:ab[cd]\n"), YM_OK);
    CHECK_REFUSED(load("a.pdb", "R:.*bank.*\n"), YM_MALFORMED, "does not end in characters");
    CHECK_REFUSED(load("a.pdb", "R:bank.\n"), YM_MALFORMED, "does not end in characters");
    CHECK_REFUSED(load("a.pdb", "R:bank.+\n"), YM_MALFORMED, "does not end in characters");
    CHECK_REFUSED(load("a.pdb", "R:bank(.*)\n"), YM_MALFORMED, "does not end in characters");
}

static void allowed_pairs(void) {
    CHECK_EQ(load("a.wdb", "X:.+\\.a\\.com:.+\\.b\\.com:17-\nM:a.com:b.com\n"), YM_OK);
    CHECK_LOADED(ROW("2", "0", ".+\\\\.a\\\\.com:.+\\\\.b\\\\.com") ROW("3", "0", "a.com:b.com"));
    CHECK_EQ(load("a.wdb", "Y:.+a\n"), YM_OK);
    CHECK_LOADED("left-out a.wdb:1 of ClamAV 1.6: an allowed URL whatever is shown\n");
    CHECK_REFUSED(load("a.wdb", "H:a\n"), YM_MALFORMED, "a.wdb:1: neither X:");
    CHECK_REFUSED(load("a.wdb", "R:a\n"), YM_MALFORMED, "a.wdb:1: neither X:");
}

static void levels_are_a_range_with_a_dash(void) {
    CHECK_EQ(load("a.pdb", "H:a:0-100\nH:b:9999-\nH:c:17-\nH:d:17-99999\n"), YM_OK);
    CHECK_LOADED("left-out a.pdb:1 functionality level\nleft-out a.pdb:2 functionality level\n" ROW(
        "1", "0", "c") ROW("1", "0", "d"));
    CHECK_EQ(load("a.pdb", "H:a:100\nH:b:x-\nH:c:-\n"), YM_OK); /* a part of the host */
    CHECK_LOADED(ROW("1", "0", "a:100") ROW("1", "0", "b:x-") ROW("1", "0", "c:-"));
}

#define HASH "4142434445464748494a4b4c4d4e4f505152535455565758595a616263646566"
#define BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"

static void hashes_of_urls(void) {
    CHECK_EQ(load("a.gdb", "S:P:41424344\nS:F:" HASH "\nS1:F:" HASH ":17-\nS2:F:" HASH
                           "\nSx:F:" HASH "\nS:W:" HASH "\nS1:F:" HASH ":0-1\n"),
             YM_OK);
    CHECK_LOADED(ROW("4", "0", BYTES) ROW("4", "1", BYTES) ROW("4", "2", BYTES) ROW("4", "0", BYTES)
                     ROW("5", "0", BYTES) "left-out a.gdb:7 functionality level\n");
    CHECK_EQ(load("a.gdb", "S:F:4142\nH:a\n"), YM_OK);
    CHECK_LOADED("left-out a.gdb:1 a URL hash that is too short for any URL\n"
                 "left-out a.gdb:2 a host in a list of URL hashes\n");
    CHECK_REFUSED(load("a.gdb", "S:P:zz\n"), YM_MALFORMED, "a.gdb:1: the prefix");
    CHECK_REFUSED(load("a.gdb", "S:F:4\n"), YM_MALFORMED, "a.gdb:1: the hash");
    CHECK_REFUSED(load("a.gdb", "S:X:41424344\n"), YM_MALFORMED, "a.gdb:1: neither P:");
    CHECK_REFUSED(load("a.gdb", "P:41424344\n"), YM_MALFORMED, "a.gdb:1: neither S:");
    CHECK_REFUSED(load("a.gdb", "S:\n"), YM_MALFORMED, "a.gdb:1:");
}

static void every_prefix_of_a_line_is_taken_or_refused(void) {
    static const char *const all[] = {"R1f:.+\\.(a|b)[x-z]{2}:17-20", "M:real.x:shown.y:1-",
                                      "S2:F:" HASH ":1-2"};
    static const char *const names[] = {"a.pdb", "a.wdb", "a.gdb"};

    for (size_t i = 0; i < 3; i++) {
        for (size_t n = 1; n <= strlen(all[i]); n++) {
            static const struct ym_clamav_options plain = {.official = true};
            ym_status st = load_n(&plain, NULL, names[i], all[i], n);

            CHECK(st == YM_OK || st == YM_MALFORMED);
        }
    }
}

MAIN(T(watched_hosts_and_expressions), T(allowed_pairs), T(levels_are_a_range_with_a_dash),
     T(hashes_of_urls), T(every_prefix_of_a_line_is_taken_or_refused))
