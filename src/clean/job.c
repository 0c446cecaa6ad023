/* job.c - see job.h. */
#include "clean/job.h"

#include "base/utf16.h"

static const char module[] = "clean/job";

/* MS-TSCH 2.4.1 names the products up to Windows 7 / 2008 R2 (0x0601); later ones keep the form. */
static ym_status check_product(uint16_t product, uint16_t file_version, struct ym_err *err) {
    if (product < 0x0400 || product > 0x0a00 || file_version != 1) {
        return ym_fail(err, YM_MALFORMED, module, 0,
                       "not a task: product version 0x%04x, file version %u", product,
                       file_version);
    }
    return YM_OK;
}

static const char *get_text(struct ym_reader *r, struct ym_arena *arena) {
    uint16_t units = ym_get_u16le(r);
    const uint8_t *p = ym_get_view(r, (uint64_t)units * 2);

    return p == NULL ? "" : ym_utf16_text(arena, p, (size_t)units * 2);
}

ym_status ym_job_parse(struct ym_reader whole, struct ym_arena *arena, struct ym_job *ret_job,
                       struct ym_err *err) {
    struct ym_reader r = whole;
    struct ym_job job = {0};
    const char **const texts[] = {&job.application, &job.parameters, &job.folder, &job.author,
                                  &job.comment};
    uint16_t file_version;
    uint16_t application_at;

    job.product = ym_get_u16le(&r);
    file_version = ym_get_u16le(&r);
    ym_skip(&r, 16);
    application_at = ym_get_u16le(&r);
    ym_seek(&r, 68);
    if (!ym_reader_ok(&r)) {
        return ym_fail(err, YM_TRUNCATED, module, ym_reader_offset(&r),
                       "shorter than a task's fixed part");
    }
    YM_TRY(check_product(job.product, file_version, err));
    if (application_at < 70) {
        return ym_fail(err, YM_MALFORMED, module, 20,
                       "the application name lies in the fixed part");
    }
    ym_seek(&r, application_at);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = get_text(&r, arena);
        if (*texts[i] == NULL) {
            return ym_fail(err, ym_arena_status(arena), module, ym_reader_offset(&r),
                           "no memory for a text");
        }
    }
    if (!ym_reader_ok(&r)) {
        return ym_fail(err, YM_TRUNCATED, module, ym_reader_offset(&r),
                       "a text ends behind the end of the task");
    }
    *ret_job = job;
    return YM_OK;
}
