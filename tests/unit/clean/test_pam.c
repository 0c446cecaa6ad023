/* test_pam.c - which lines of PAM may be taken out. */
#include "clean/pam.h"

#include "ym_test.h"

#include <stdlib.h>
#include <string.h>

static bool may(const char *text, unsigned line) {
    struct ym_reader r;

    ym_reader_init(&r, text, strlen(text));
    return ym_pam_may_remove(r, line);
}

static void a_line_beside_the_others_may_go(void) {
    static const char text[] =
        "# PAM\n@include common-auth\nauth sufficient /var/tmp/.x/a.so\n"
        "account required pam_nologin.so\nsession optional pam_exec.so /tmp/x\n"
        "session required pam_limits.so\n-Session\tOPTIONAL\tpam_exec.so /tmp/y";

    CHECK(may(text, 3));
    CHECK(may(text, 5));
    CHECK(may(text, 7));  /* words in any case, a type with '-' */
    CHECK(!may(text, 4)); /* decides */
    CHECK(!may(text, 1) && !may(text, 2));
    CHECK(!may(text, 0) && !may(text, 8) && !may(text, 4000000000U));
}

static void the_only_line_that_decides_stays(void) {
    CHECK(!may("auth sufficient /tmp/.x/a.so\n", 1));
    CHECK(!may("auth optional /tmp/.x/a.so\nauth optional pam_env.so\n", 1));
    CHECK(!may("auth sufficient /tmp/.x/a.so\naccount required pam_unix.so\n", 1));
    CHECK(may("auth sufficient /tmp/.x/a.so\nauth required pam_unix.so\n", 1));
    CHECK(may("auth sufficient /tmp/.x/a.so\nauth include system-auth\n", 1));
    CHECK(!may("auth sufficient /tmp/.x/a.so\naccount include system-auth\n", 1));
    CHECK(may("auth sufficient /tmp/.x/a.so\nauth [success=1 default=ignore] pam_unix.so\n", 1));
}

static void a_line_that_is_jumped_over_stays(void) {
    static const char debian[] = "auth [success=2 default=ignore] pam_unix.so nullok\n"
                                 "auth optional pam_exec.so /tmp/x\n"
                                 "auth requisite pam_deny.so\nauth required pam_permit.so\n";
    static const char behind[] = "auth [success=1 default=ignore] pam_unix.so nullok\n"
                                 "auth requisite pam_deny.so\nauth optional pam_exec.so /tmp/x\n"
                                 "auth required pam_permit.so\n";
    static const char other[] =
        "session [default=1] pam_permit.so\nauth optional pam_exec.so /tmp/x\n"
        "auth required pam_unix.so\n";

    CHECK(!may(debian, 2));
    CHECK(may(behind, 3));
    CHECK(may(other, 2)); /* another stack */
    CHECK(!may("auth [success=3 default=ignore] pam_unix.so\n@include more\n"
               "auth optional pam_exec.so /tmp/x\nauth requisite pam_deny.so\n",
               3)); /* how far it jumps inside is not known */
    CHECK(!may("auth [success=99999999999 default=ignore] pam_unix.so\nauth requisite a.so\n"
               "auth optional pam_exec.so /tmp/x\n",
               3));
}

static void what_cannot_be_told_stays(void) {
    CHECK(!may("auth [success=ok default=ignore] /tmp/.x/a.so\nauth required pam_unix.so\n", 1));
    CHECK(!may("auth optional pam_exec.so \\\n /tmp/x\nauth required pam_unix.so\n", 1));
    CHECK(!may("auth required \\\nauth optional /tmp/.x/a.so\nauth required pam_unix.so\n", 2));
    CHECK(!may("sshd auth optional /tmp/.x/a.so\nsshd auth required pam_unix.so\n", 1));
    CHECK(!may("auth\nauth optional /tmp/.x/a.so\nauth required pam_unix.so\n", 2));
    CHECK(!may("auth whatever x.so\nauth optional /tmp/.x/a.so\nauth required pam_unix.so\n", 2));
    CHECK(!may("", 1));
    CHECK(may("auth optional /tmp/.x/a.so\r\nauth required pam_unix.so\r\n", 1));
}

static void every_prefix_is_answered(void) {
    static const char text[] =
        "auth [success=1 default=ignore] pam_unix.so nullok\n"
        "auth requisite pam_deny.so\n@include x\nauth optional /tmp/.x/a.so\n"
        "auth required pam_permit.so";

    for (size_t n = 0; n <= sizeof(text) - 1; n++) {
        char *copy = malloc(n + 1); /* so that a sanitizer sees its end */
        struct ym_reader r;

        CHECK(copy != NULL);
        memcpy(copy, text, n);
        ym_reader_init(&r, copy, n);
        for (unsigned line = 0; line < 7; line++) {
            bool yes = ym_pam_may_remove(r, line);

            CHECK(!yes || line == 4);
        }
        free(copy);
    }
}

MAIN(T(a_line_beside_the_others_may_go), T(the_only_line_that_decides_stays),
     T(a_line_that_is_jumped_over_stays), T(what_cannot_be_told_stays), T(every_prefix_is_answered))
