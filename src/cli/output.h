/* output.h - what a scan prints: results, progress, summary. */
#ifndef YM_CLI_OUTPUT_H
#define YM_CLI_OUTPUT_H

#include "base/buf.h"
#include "details.h"
#include "engine/report.h"
#include "os/walk.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_totals {
    uint64_t files;  /* with a verdict, errors included */
    uint64_t cached; /* of these, known by the cache: not opened */
    uint64_t opened; /* to be scanned */
    uint64_t verdicts[YM_VERDICT_ERROR + 1];
    uint64_t detections;
    uint64_t gaps[YM_GAP_COUNT];
    uint64_t left[YM_WALK_LEFT_COUNT];
    uint64_t bytes; /* matched, unpacked ones included */
    uint64_t started_ns;
};

struct ym_output {
    bool json;
    bool progress; /* a line on the terminal */
    bool failed;   /* standard output is gone: nothing more arrives */
    int sys_errno; /* why */
    uint64_t last_progress_ns;
    struct ym_buf line;
    struct ym_details details; /* to be set by who wants some */
};

void ym_output_init(struct ym_output *o, bool json, bool quiet);
void ym_output_done(struct ym_output *o);

void ym_totals_add(struct ym_totals *t, const struct ym_report *r);
void ym_output_result(struct ym_output *o, const char *path, const struct ym_report *r);
/* Redrawn a few times a second at most. */
void ym_output_progress(struct ym_output *o, const struct ym_totals *t, const char *path);
/* On standard error; cache: and what came from the cache of verdicts. */
void ym_output_summary(struct ym_output *o, const struct ym_totals *t, bool cache);

#endif
