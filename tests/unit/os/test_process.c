/* test_process.c - os/process.h. */
#include "os/msg.h"
#include "os/process.h"
#include "ym_test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int say_three(void *self, int channel_fd, bool namespaces) {
    (void)self;
    (void)namespaces;
    return write(channel_fd, "x", 1) == 1 ? 3 : 4;
}

static int wait_for_ever(void *self, int channel_fd, bool namespaces) {
    (void)self;
    (void)channel_fd;
    (void)namespaces;
    while (pause() != 0) {
    }
    return 0;
}

static int die(void *self, int channel_fd, bool namespaces) {
    (void)self;
    (void)channel_fd;
    (void)namespaces;
    (void)signal(SIGABRT, SIG_DFL); /* not into a sanitizer's hands */
    (void)signal(SIGSEGV, SIG_DFL);
    abort();
}

static void a_child_runs_and_its_end_is_the_end_of_its_socket(void) {
    struct ym_process p;
    char byte;
    int how = 0;

    CHECK_EQ(ym_process_start(say_three, NULL, &p, NULL), YM_OK);
    CHECK_EQ(read(p.channel_fd, &byte, 1), 1);
    CHECK_EQ(read(p.channel_fd, &byte, 1), 0);
    ym_process_wait(&p, &how);
    CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 3);
    CHECK_EQ(p.pid, 0);
}

static void a_child_that_does_not_end_is_ended(void) {
    struct ym_process p;
    char text[96];
    int how = 0;

    CHECK_EQ(ym_process_start(wait_for_ever, NULL, &p, NULL), YM_OK);
    ym_process_end(&p, &how);
    CHECK(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    CHECK(strstr(ym_process_how(how, text, sizeof(text)), "signal 9") != NULL);
    ym_process_end(&p, &how); /* twice is harmless */
}

static void a_crash_is_told(void) {
    struct ym_process p;
    char byte;
    int how = 0;

    CHECK_EQ(ym_process_start(die, NULL, &p, NULL), YM_OK);
    CHECK_EQ(read(p.channel_fd, &byte, 1), 0);
    ym_process_end(&p, &how); /* the signal that comes too late does not change the cause */
    CHECK(WIFSIGNALED(how) && WTERMSIG(how) != SIGKILL);
}

MAIN(T(a_child_runs_and_its_end_is_the_end_of_its_socket), T(a_child_that_does_not_end_is_ended),
     T(a_crash_is_told))
