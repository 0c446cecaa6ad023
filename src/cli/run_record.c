/* run_record.c - see run_record.h. */
#include "run_record.h"

#include "base/time.h"
#include "cli.h"
#include "records/names.h"
#include "records/spool.h"

enum { RECORD_ARENA = 32 << 20 };

static void give_up(struct ym_run_record *r, const struct ym_err *err) {
    char text[1024];

    ym_cli_warn("no execution record is left: %s", ym_err_format(err, text, sizeof(text)));
    r->active = false;
}

void ym_run_record_begin(struct ym_run_record *r) {
    struct ym_err err = {.code = YM_OK};

    if (ym_record_config_load(&r->config, &err) != YM_OK) {
        give_up(r, &err);
        return;
    }
    if (!r->config.record) {
        return; /* the owner does not want records */
    }
    r->arena = ym_arena_new(RECORD_ARENA);
    if (r->arena == NULL ||
        ym_record_begin(&r->record, &r->config, YM_RUN_SCAN, r->arena, &err) != YM_OK) {
        (void)ym_fail(&err, YM_NOMEM, "record", YM_ERR_NO_OFFSET, "out of memory");
        give_up(r, &err);
        return;
    }
    r->active = true;
}

void ym_run_record_add(struct ym_run_record *r, const char *path, const struct ym_report *report) {
    char family[YM_FAMILY_MAX];

    for (const struct ym_report_detection *d = report->detections; r->active && d != NULL;
         d = d->next) {
        const struct ym_record_detection row = {.family = ym_family_of_name(d->name, family),
                                                .name = d->name,
                                                .category = ym_category_of_name(d->name),
                                                .object = path};

        if (ym_record_add_detection(&r->record, &row, r->arena) != YM_OK) {
            r->record.detections_left_out++; /* the arena is full: counted, not lost */
        }
    }
}

void ym_run_record_finish(struct ym_run_record *r, const struct ym_totals *totals) {
    struct ym_err err = {.code = YM_OK};

    if (r->active) {
        r->record.files = totals->files;
        r->record.gaps =
            totals->verdicts[YM_VERDICT_INCOMPLETE] + totals->verdicts[YM_VERDICT_ERROR];
        r->record.duration_ms = (ym_now_ns() - totals->started_ns) / 1000000;
        r->record.outcome = totals->detections > 0 ? YM_OUTCOME_DETECTED : YM_OUTCOME_NONE;
        if (ym_spool_put(r->config.spool, &r->record, &err) != YM_OK) {
            give_up(r, &err);
        }
    }
    ym_arena_free(r->arena);
    r->arena = NULL;
    r->active = false;
}
