/* test_memory.c - os/memory.h: the list of regions, and reading a child of our own. */
#include "os/memory.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static bool parse(const char *line, struct ym_memory_region *r, char path[64]) {
    struct ym_str s = {NULL, 0};

    if (!ym_memory_parse((struct ym_str){line, strlen(line)}, r, &s)) {
        return false;
    }
    CHECK(s.n < 64);
    memcpy(path, s.s, s.n);
    path[s.n] = '\0';
    return true;
}

static void lines_are_read_as_the_kernel_writes_them(void) {
    struct ym_memory_region r;
    char path[64];

    CHECK(parse("55a7af3b1000-55a7af3b3000 r--p 00000000 08:01 1234      /usr/bin/a b", &r, path));
    CHECK(r.start == 0x55a7af3b1000 && r.end == 0x55a7af3b3000);
    CHECK(strcmp(r.perms, "r--p") == 0 && strcmp(path, "/usr/bin/a b") == 0);
    CHECK(parse("1000-2000 rw-p 00000000 00:00 0 ", &r, path) && path[0] == '\0');
    CHECK(parse("1000-2000 rw-p 00000000 00:00 0", &r, path) && path[0] == '\0');
    CHECK(parse("7ffe0000-7fff0000 rw-p 00000000 00:00 0          [stack]", &r, path));
    CHECK(strcmp(path, "[stack]") == 0);
}

static void lines_that_are_none_are_left_out(void) {
    static const char *const bad[] = {"",
                                      " ",
                                      "1000",
                                      "1000-",
                                      "-2000 r--p 0 0 0",
                                      "2000-1000 r--p 0 00:00 0",
                                      "1000-1000 r--p 0 00:00 0",
                                      "g000-h000 r--p 0 00:00 0",
                                      "1000-2000",
                                      "1000-2000 r--p",
                                      "1000-2000 r-- 0 00:00 0",
                                      "1000-2000 r--pp 0 00:00 0",
                                      "1000-2000-3000 r--p 0 00:00 0",
                                      "11111111111111111-2 r--p 0 0 0",
                                      "ffffffffff600000-ffffffffff601000 r-xp 0 00:00 0"};
    struct ym_memory_region r;
    char path[64];

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (parse(bad[i], &r, path)) {
            FAIL("taken: \"%s\"", bad[i]);
        }
    }
}

/* A child with a page that says "hello", whose next page nobody may read. */
static pid_t start_child(char **ret_page) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pid_t pid;

    CHECK(p != MAP_FAILED);
    memcpy(p, "hello", 5);
    CHECK_EQ(mprotect(p + page, page, PROT_NONE), 0);
    pid = fork();
    if (pid == 0) {
        for (;;) {
            (void)pause();
        }
    }
    CHECK(pid > 0);
    *ret_page = p;
    return pid;
}

static void end_child(pid_t pid) {
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void a_region_of_a_child_is_found_and_read(void) {
    struct ym_memory *m = NULL;
    struct ym_memory_region r;
    struct ym_err err = {.code = YM_OK};
    char buffer[16] = "";
    char *page;
    const pid_t pid = start_child(&page);
    uint64_t before = 0;
    bool found = false;

    CHECK_EQ(ym_memory_open(pid, &m, &err), YM_OK);
    while (ym_memory_next(m, &r)) {
        CHECK(r.start >= before && r.start < r.end && r.perms[0] == 'r');
        CHECK(strncmp(r.path, "[vvar", 5) != 0);
        before = r.end;
        found = found || (r.start <= (uintptr_t)page && r.end > (uintptr_t)page);
    }
    CHECK(found);
    CHECK_EQ(ym_memory_read(m, (uintptr_t)page, buffer, 5), 5);
    CHECK(strcmp(buffer, "hello") == 0);
    end_child(pid);
    CHECK_EQ(ym_memory_read(m, (uintptr_t)page, buffer, 5), 0); /* gone with the process */
    ym_memory_close(m);
}

static void reading_ends_where_memory_does(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *buffer = malloc(2 * page);
    struct ym_memory *m = NULL;
    char *p;
    const pid_t pid = start_child(&p);

    CHECK(buffer != NULL);
    CHECK_EQ(ym_memory_open(pid, &m, NULL), YM_OK);
    (void)munmap(p, 2 * page); /* ours; the child keeps its own */
    CHECK_EQ(ym_memory_read(m, 1, buffer, 10), 0);
    CHECK(ym_memory_read(m, (uintptr_t)p, buffer, 2 * page) >= page);
    ym_memory_close(m);
    end_child(pid);
    free(buffer);
}

static void no_process_is_an_error_with_a_reason(void) {
    struct ym_memory *m = NULL;
    struct ym_err err = {.code = YM_OK};

    CHECK_EQ(ym_memory_open(0x7ffffffe, &m, &err), YM_IO);
    CHECK(m == NULL && err.text[0] != '\0');
}

static void no_memory_is_an_error(void) {
    struct ym_memory *m = NULL;
    ym_status st = YM_NOMEM;

    for (unsigned nth = 1; nth < 100 && st != YM_OK; nth++) {
        (void)ym_fault_malloc(nth, 1);
        st = ym_memory_open(getpid(), &m, NULL);
        (void)ym_fault_malloc(0, 0);
        CHECK(st == YM_OK || (st == YM_NOMEM && m == NULL));
    }
    CHECK_EQ(st, YM_OK);
    ym_memory_close(m);
}

static void names_say_where(void) {
    const struct ym_memory_region r = {0x1000, 0x2000, "r-xp", "/bin/x"};
    const struct ym_memory_region bare = {0x1000, 0x2000, "rw-p", ""};
    char out[YM_MEMORY_NAME_SIZE];

    CHECK(strcmp(ym_memory_region_name(7, &r, out, sizeof(out)),
                 "pid 7 0x1000-0x2000 r-xp /bin/x") == 0);
    CHECK(strcmp(ym_memory_region_name(7, &bare, out, sizeof(out)), "pid 7 0x1000-0x2000 rw-p") ==
          0);
}

MAIN(T(lines_are_read_as_the_kernel_writes_them), T(lines_that_are_none_are_left_out),
     T(a_region_of_a_child_is_found_and_read), T(reading_ends_where_memory_does),
     T(no_process_is_an_error_with_a_reason), T(no_memory_is_an_error), T(names_say_where))
