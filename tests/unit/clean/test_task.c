/* test_task.c - tasks of Windows Vista and later. */
#include "clean/task.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <stdlib.h>

static const char good[] =
    "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n"
    "<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n"
    "  <RegistrationInfo><Description>x "
    "&lt;Command&gt;no&lt;/Command&gt;</Description></RegistrationInfo>\r\n"
    "  <Principals><Principal><Command>not here</Command></Principal></Principals>\r\n"
    "  <Actions Context=\"Author\">\r\n"
    "    <Exec>\r\n"
    "      <Command> C:\\Windows\\System32\\rundll32.exe </Command>\r\n"
    "      <Arguments>\"a &amp; b.dll\",Start</Arguments>\r\n"
    "      <WorkingDirectory>C:\\</WorkingDirectory>\r\n"
    "    </Exec>\r\n"
    "    <ComHandler><ClassId>{0}</ClassId><Command>no</Command></ComHandler>\r\n"
    "    <Exec><Command>second.exe</Command></Exec>\r\n"
    "  </Actions>\r\n"
    "</Task>\r\n";

/* As Windows writes it; the caller frees. */
static uint8_t *wide(const char *text, size_t n, size_t *ret_n) {
    uint8_t *out = malloc(2 * n + 2);

    CHECK(out != NULL);
    out[0] = 0xff;
    out[1] = 0xfe;
    for (size_t i = 0; i < n; i++) {
        out[2 * i + 2] = (uint8_t)text[i];
        out[2 * i + 3] = 0;
    }
    *ret_n = 2 * n + 2;
    return out;
}

static ym_status parse(struct ym_arena *arena, const void *p, size_t n, struct ym_task *task,
                       struct ym_err *err) {
    struct ym_reader r;

    ym_reader_init(&r, p, n);
    return ym_task_parse(r, arena, task, err);
}

static void a_task_is_read(void) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_err err = {0};
    struct ym_task task;
    size_t n;
    uint8_t *bytes = wide(good, strlen(good), &n);

    CHECK_EQ(parse(arena, bytes, n, &task, &err), YM_OK);
    CHECK_EQ(task.n, 2);
    CHECK(strcmp(task.actions[0].command, "C:\\Windows\\System32\\rundll32.exe") == 0);
    CHECK(strcmp(task.actions[0].arguments, "\"a & b.dll\",Start") == 0);
    CHECK(strcmp(task.actions[1].command, "second.exe") == 0);
    CHECK(strcmp(task.actions[1].arguments, "") == 0);
    free(bytes);
    ym_arena_free(arena);
}

static void every_prefix_is_refused(void) {
    const size_t whole = (size_t)(strstr(good, "</Task>") - good) + strlen("</Task>");
    size_t n;
    uint8_t *bytes = wide(good, whole, &n);

    for (size_t i = 0; i < n; i++) {
        struct ym_arena *arena = ym_arena_new(1 << 20);
        struct ym_err err = {0};
        struct ym_task task;

        CHECK(parse(arena, bytes, i, &task, &err) != YM_OK && err.text[0] != '\0');
        ym_arena_free(arena);
    }
    free(bytes);
}

static void refused(const char *text, ym_status want) {
    struct ym_arena *arena = ym_arena_new(4 << 20);
    struct ym_err err = {0};
    struct ym_task task;

    CHECK_EQ(parse(arena, text, strlen(text), &task, &err), want);
    CHECK(err.text[0] != '\0');
    ym_arena_free(arena);
}

static void what_is_no_task_is_refused(void) {
    static char large[YM_TASK_TEXT_MAX * 2 + 200];
    char *deep = malloc(8000);
    char *many = malloc(64 * 40 + 100);
    size_t n = 0;

    refused("", YM_MALFORMED);
    refused("MZ", YM_MALFORMED);
    refused("<a/>", YM_MALFORMED);
    refused("<Task><Actions></Task>", YM_MALFORMED);
    refused("<!DOCTYPE Task [<!ENTITY a \"b\">]><Task>&a;</Task>", YM_MALFORMED);
    n = (size_t)snprintf(large, sizeof(large), "<Task><Actions><Exec><Command>");
    memset(large + n, 'x', YM_TASK_TEXT_MAX + 1);
    n += YM_TASK_TEXT_MAX + 1;
    (void)snprintf(large + n, sizeof(large) - n, "</Command></Exec></Actions></Task>");
    refused(large, YM_LIMIT);
    CHECK(deep != NULL && many != NULL);
    n = 0;
    for (unsigned i = 0; i <= YM_TASK_DEPTH_MAX; i++) {
        n += (size_t)snprintf(deep + n, 10, "<Task>");
    }
    refused(deep, YM_LIMIT);
    n = (size_t)snprintf(many, 100, "<Task><Actions>");
    for (unsigned i = 0; i <= YM_TASK_ACTIONS_MAX; i++) {
        n += (size_t)snprintf(many + n, 40, "<Exec><Command>a</Command></Exec>");
    }
    (void)snprintf(many + n, 40, "</Actions></Task>");
    refused(many, YM_LIMIT);
    free(deep);
    free(many);
}

MAIN(T(a_task_is_read), T(every_prefix_is_refused), T(what_is_no_task_is_refused))
