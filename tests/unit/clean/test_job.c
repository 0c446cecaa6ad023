/* test_job.c - tasks and autorun.inf. */
#include "clean/autorun.h"
#include "clean/job.h"

#include "makers/make_windows_volume.h"
#include "ym_test.h"

static struct ym_reader reader(const void *p, size_t n) {
    struct ym_reader r;

    ym_reader_init(&r, p, n);
    return r;
}

static void a_task_is_read(void) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_err err = {0};
    struct ym_job job;
    uint8_t bytes[1024];
    size_t n = make_job("rundll32.exe", "abc.vkz,ahaezed", bytes, sizeof(bytes));

    CHECK_EQ(ym_job_parse(reader(bytes, n), arena, &job, &err), YM_OK);
    CHECK(strcmp(job.application, "rundll32.exe") == 0);
    CHECK(strcmp(job.parameters, "abc.vkz,ahaezed") == 0);
    CHECK(strcmp(job.folder, "") == 0 && strcmp(job.author, "SYSTEM") == 0);
    CHECK(strcmp(job.comment, "Created by NetScheduleJobAdd.") == 0);
    CHECK_EQ(job.product, 0x0501);
    ym_arena_free(arena);
}

static void every_prefix_of_a_task_fails_cleanly(void) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    uint8_t bytes[1024];
    size_t n = make_job("rundll32.exe", "abc.vkz,ahaezed", bytes, sizeof(bytes));

    n -= 2 + 8 + 2 + 2; /* what follows the comment is not needed */
    for (size_t i = 0; i < n; i++) {
        struct ym_job job = {.product = 7};
        struct ym_err err = {0};

        CHECK(ym_job_parse(reader(bytes, i), arena, &job, &err) != YM_OK);
        CHECK_EQ(job.product, 7);
        ym_arena_reset(arena);
    }
    ym_arena_free(arena);
}

static void forged_tasks_are_refused(void) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_err err = {0};
    struct ym_job job;
    uint8_t bytes[1024];
    size_t n = make_job("a", "b", bytes, sizeof(bytes));

    bytes[20] = 10; /* the name inside the fixed part */
    CHECK_EQ(ym_job_parse(reader(bytes, n), arena, &job, &err), YM_MALFORMED);
    bytes[20] = 70;
    bytes[1] = 0x7f; /* no product */
    CHECK_EQ(ym_job_parse(reader(bytes, n), arena, &job, &err), YM_MALFORMED);
    bytes[1] = 5;
    bytes[70] = bytes[71] = 0xff; /* 65535 characters */
    CHECK_EQ(ym_job_parse(reader(bytes, n), arena, &job, &err), YM_TRUNCATED);
    ym_arena_free(arena);
}

static const char *value_of(const struct ym_autorun *a, const char *name) {
    for (const struct ym_autorun_key *k = a->keys; k != NULL; k = k->next) {
        if (strcmp(k->name, name) == 0) {
            return k->value;
        }
    }
    return "(none)";
}

static void the_worms_autorun_gives_its_four_keys(void) {
    static uint8_t text[65536];
    struct ym_arena *arena = ym_arena_new(4 << 20);
    struct ym_err err = {0};
    struct ym_autorun a;
    size_t n = make_worm_autorun(text, sizeof(text));

    CHECK_EQ(ym_autorun_parse(reader(text, n), arena, &a, &err), YM_OK);
    CHECK_EQ(a.n_keys, 4);
    CHECK(strcmp(value_of(&a, "action"), "Open folder to view files") == 0);
    CHECK(strcmp(value_of(&a, "useautoplay"), "1") == 0);
    CHECK(strstr(value_of(&a, "shellexecute"), "RECYCLER\\S-5-3-42-") != NULL);
    CHECK(strcmp(value_of(&a, "open"), "(none)") == 0); /* that one stood in [junk] */
    ym_arena_free(arena);
}

static void forms_of_autorun(const char *text, size_t n, const char *name, const char *value) {
    struct ym_arena *arena = ym_arena_new(4 << 20);
    struct ym_err err = {0};
    struct ym_autorun a;

    CHECK_EQ(ym_autorun_parse(reader(text, n), arena, &a, &err), YM_OK);
    if (strcmp(value_of(&a, name), value) != 0) {
        FAIL("%s is %s, not %s", name, value_of(&a, name), value);
    }
    ym_arena_free(arena);
}
#define FORM(text, name, value) forms_of_autorun(text, sizeof(text) - 1, name, value)

static void autorun_is_read_in_all_its_forms(void) {
    FORM("[autorun]\nopen=a.exe\n", "open", "a.exe");
    FORM("[AutoRun.amd64]\r\nOPEN = a.exe \r\n", "open", "a.exe");
    FORM("[autorun\ro p\te n=\0a.exe", "open", "a.exe");
    FORM("[autorun]\nopen=a\0b\n", "open", "a b");
    FORM("\xff\xfe[\0a\0u\0t\0o\0r\0u\0n\0]\0\n\0o\0p\0e\0n\0=\0x\0", "open", "x");
    FORM("[other]\nopen=a.exe\n", "open", "(none)");
    FORM("[autorun]\n;open=a.exe\n", "open", "(none)");
    FORM("", "open", "(none)");
}

static void too_many_keys_are_a_limit(void) {
    static char text[YM_AUTORUN_KEYS_MAX * 5 + 100];
    struct ym_arena *arena = ym_arena_new(4 << 20);
    struct ym_err err = {0};
    struct ym_autorun a;
    size_t n = (size_t)sprintf(text, "[autorun]\n");

    for (int i = 0; i <= YM_AUTORUN_KEYS_MAX; i++) {
        memcpy(text + n, "a=b\n", 4);
        n += 4;
    }
    CHECK_EQ(ym_autorun_parse(reader(text, n), arena, &a, &err), YM_LIMIT);
    ym_arena_free(arena);
}

MAIN(T(a_task_is_read), T(every_prefix_of_a_task_fails_cleanly), T(forged_tasks_are_refused),
     T(the_worms_autorun_gives_its_four_keys), T(autorun_is_read_in_all_its_forms),
     T(too_many_keys_are_a_limit))
