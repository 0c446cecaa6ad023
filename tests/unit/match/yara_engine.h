/* yara_engine.h - the text of YARA rules to something that scans bytes with them. */
#ifndef YM_TEST_YARA_ENGINE_H
#define YM_TEST_YARA_ENGINE_H

#include "database/build.h"
#include "database/image.h"
#include "match/match.h"
#include "signatures/yara.h"
#include "ym_test.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct engine {
    struct ym_db *db;
    struct ym_scratch *scratch;
    int fd;
};

static inline void engine_init(struct engine *e, const char *rules) {
    struct ym_yara_options options = {.skip_bad = false};
    struct ym_db_builder *b = ym_db_builder_new();
    struct ym_yara *y = ym_yara_new(&options, ym_db_builder_sink(b));
    struct ym_err err = {0};

    e->fd = memfd_create("image", MFD_CLOEXEC);
    CHECK(b != NULL && y != NULL && e->fd >= 0);
    if (ym_yara_file(y, "r.yar", rules, strlen(rules), "", &err) != YM_OK) {
        FAIL("%s\n# %s", rules, err.text);
    }
    CHECK_EQ(ym_db_builder_write(b, e->fd, &err), YM_OK);
    ym_yara_free(y);
    ym_db_builder_free(b);
    CHECK_EQ(ym_db_open_fd(e->fd, "test.ydb", &e->db, &err), YM_OK);
    CHECK_EQ(ym_db_check(e->db, &err), YM_OK);
    e->scratch = ym_scratch_new(e->db, 1 << 20);
    CHECK(e->scratch != NULL);
}

static inline void engine_done(struct engine *e) {
    ym_scratch_free(e->scratch);
    ym_db_close(e->db);
    (void)close(e->fd);
}

static inline bool engine_count(void *self, const struct ym_match_detection *d) {
    unsigned *n = self;

    (void)d;
    (*n)++;
    return true;
}

static inline unsigned engine_scan(struct engine *e, const char *data, size_t n,
                                   unsigned *ret_gaps) {
    struct ym_match_input in = {.data = (const uint8_t *)data, .size = n, .langs = YM_MATCH_YARA};
    unsigned found = 0;

    CHECK_EQ(ym_match(e->db, e->scratch, &in, engine_count, &found, ret_gaps), YM_OK);
    return found;
}

#endif
