/* run_record.h - the execution record that a scan leaves.  That it cannot be written is a
 * warning: the verdicts are out already. */
#ifndef YM_CLI_RUN_RECORD_H
#define YM_CLI_RUN_RECORD_H

#include "engine/report.h"
#include "output.h"
#include "records/record.h"

struct ym_run_record {
    bool active;
    struct ym_record_config config;
    struct ym_record record;
    struct ym_arena *arena;
};

void ym_run_record_begin(struct ym_run_record *r);
void ym_run_record_add(struct ym_run_record *r, const char *path, const struct ym_report *report);
/* Writes it, when one was begun; frees in any case. */
void ym_run_record_finish(struct ym_run_record *r, const struct ym_totals *totals);

#endif
