/* scan_once.h - one scan of some bytes with the image of some sources, for tests of the engine. */
#ifndef YM_TEST_SCAN_ONCE_H
#define YM_TEST_SCAN_ONCE_H

#include "engine/engine.h"
#include "makers/make_image.h"
#include "ym_test.h"

/* The report lives in *arena, which is made anew (it may be NULL before). */
static struct ym_report *scan_once(const struct make_source *sources, unsigned n, const void *data,
                                   size_t size, const struct ym_scan_options *options,
                                   const struct ym_limits *limits, struct ym_arena **arena) {
    struct ym_db *db = make_image(sources, n);
    const struct ym_db *layers[] = {db};
    struct ym_engine *e = NULL;
    struct ym_report *report;
    struct ym_err err = {.code = YM_OK};
    ym_status st;

    CHECK(db != NULL);
    CHECK_EQ(ym_engine_new(layers, 1, limits, &e, &err), YM_OK);
    ym_arena_free(*arena);
    *arena = ym_arena_new(32 << 20);
    report = ym_report_new(*arena);
    st = ym_engine_scan(e, data, size, "name", options, report);
    ym_engine_free(e);
    ym_db_close(db);
    CHECK_EQ(st, YM_OK);
    return report;
}

#endif
