/* fuzz_engine.c - whole scans of hostile bytes, with every container reader, under tight limits. */
#include "engine/engine.h"
#include "makers/make_image.c" /* one file a target; NOLINT(bugprone-suspicious-include) */

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ym_engine *shared_engine(struct ym_limits *limits) {
    static const struct make_source sources[] = {
        {"f.ndb", "M:0:*:4745434b4f2d4d41524b4552\nE:1:EP+0:cccccccc\nT:7:*:6765636b6f\n", 0},
        {"f.cdb", "C:*:*:\\.exe$:*:1-99:*:*:*:*\nZ:CL_TYPE_ZIP:*:(a|b)+c:0:*:0:2:*:*\n", 0},
        {"f.pwdb", "P;Engine:81-255;0;wall\nQ;Engine:81-255;1;00ff\nR;Engine:81-255;1;ff\n", 0},
        {"f.ftm",
         "0:0:515a:A:CL_TYPE_ANY:CL_TYPE_ZIP\n0:0:515b:B:CL_TYPE_ANY:CL_TYPE_GZ\n"
         "1:*:5a41??41:C:CL_TYPE_ANY:CL_TYPE_MAIL\n",
         0},
        {"f.ldb", "H;Engine:81-255,Target:0,HandlerType:CL_TYPE_MSEXE;0;68616e646c65\n", 0}};
    static struct ym_engine *engine;
    const struct ym_db *layers[1];

    *limits = ym_limits_default();
    limits->max_scan_size = 8 << 20;
    limits->max_file_size = 4 << 20;
    limits->max_memory = 8 << 20;
    limits->max_items = 50;
    limits->max_time = 5;
    if (engine == NULL) {
        layers[0] = make_image(sources, sizeof(sources) / sizeof(sources[0]));
        if (layers[0] == NULL || ym_engine_new(layers, 1, limits, &engine, NULL) != YM_OK) {
            abort();
        }
    }
    return engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const struct ym_scan_options options = {.all_matches = true, .evidence = true};
    struct ym_limits limits;
    struct ym_engine *engine = shared_engine(&limits);
    struct ym_arena *arena = ym_arena_new(4 << 20);
    struct ym_report *report = arena == NULL ? NULL : ym_report_new(arena);

    if (report != NULL) {
        if (ym_engine_scan(engine, data, len, "fuzz", &options, report) != YM_OK ||
            report->bytes_seen > limits.max_scan_size || report->objects > limits.max_items + 1 ||
            report->objects == 0) {
            abort();
        }
        if (ym_report_verdict(report) == YM_VERDICT_CLEAN && report->bytes_seen < len) {
            abort(); /* clean, but not all of it was looked at */
        }
    }
    ym_arena_free(arena);
    return 0;
}
