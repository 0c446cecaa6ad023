/* fuzz_task.c - a task of the scheduler: parsed or refused with a reason; texts end in NUL. */
#include "clean/task.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 1U << 20 : 1U << 14);
    struct ym_err err = {0};
    struct ym_reader r;
    struct ym_task task;

    if (arena == NULL) {
        return 0;
    }
    ym_reader_init(&r, data, len);
    if (ym_task_parse(r, arena, &task, &err) == YM_OK) {
        for (size_t i = 0; i < task.n; i++) {
            if (strlen(task.actions[i].command) > YM_TASK_TEXT_MAX ||
                strlen(task.actions[i].arguments) > YM_TASK_TEXT_MAX) {
                abort();
            }
        }
    } else if (err.text[0] == '\0') {
        abort(); /* refused without a reason */
    }
    ym_arena_free(arena);
    return 0;
}
