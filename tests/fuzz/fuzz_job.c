/* fuzz_job.c - a task: parsed or refused, never read past its end; texts end in NUL. */
#include "clean/job.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 1U << 20 : 4096);
    struct ym_err err = {0};
    struct ym_reader r;
    struct ym_job job;

    if (arena == NULL) {
        return 0;
    }
    ym_reader_init(&r, data, len);
    if (ym_job_parse(r, arena, &job, &err) == YM_OK) {
        size_t all = strlen(job.application) + strlen(job.parameters) + strlen(job.folder) +
                     strlen(job.author) + strlen(job.comment);

        if (all > 3 * len || len < 80) { /* a unit of two bytes is at most three of UTF-8 */
            abort();
        }
    } else if (err.text[0] == '\0') {
        abort(); /* refused without a reason */
    }
    ym_arena_free(arena);
    return 0;
}
