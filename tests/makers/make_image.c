/* make_image.c - see make_image.h. */
#include "make_image.h"

#include "base/text.h"
#include "database/build.h"
#include "signatures/clamav.h"
#include "signatures/yara.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static ym_status load_one(const struct make_source *source, struct ym_db_builder *builder,
                          struct ym_clamav *clamav, struct ym_yara *yara, struct ym_err *err) {
    size_t n = source->n == 0 ? strlen(source->text) : source->n;

    YM_TRY(ym_db_builder_source(builder, source->name));
    if (ym_ends_with_nocase(source->name, ".yar")) {
        return ym_yara_file(yara, source->name, source->text, n, "default", err);
    }
    return ym_clamav_file(clamav, source->name, source->text, n, err);
}

static ym_status load(const struct make_source *sources, unsigned n, struct ym_db_builder *builder,
                      struct ym_err *err) {
    struct ym_clamav_options clamav_options = {.skip_bad = false};
    struct ym_yara_options yara_options = {.skip_bad = false};
    const struct ym_sink *sink = ym_db_builder_sink(builder);
    struct ym_clamav *clamav = ym_clamav_new(&clamav_options, sink);
    struct ym_yara *yara = ym_yara_new(&yara_options, sink);
    ym_status st = clamav == NULL || yara == NULL ? YM_NOMEM : YM_OK;

    for (unsigned i = 0; i < n && st == YM_OK; i++) {
        st = load_one(&sources[i], builder, clamav, yara, err);
    }
    ym_clamav_free(clamav);
    ym_yara_free(yara);
    return st;
}

struct ym_db *make_image(const struct make_source *sources, unsigned n) {
    struct ym_db_builder *builder = ym_db_builder_new();
    int fd = memfd_create("image", MFD_CLOEXEC);
    struct ym_err err = {.code = YM_OK};
    struct ym_db *db = NULL;
    char text[1024];
    ym_status st = builder == NULL || fd < 0 ? YM_NOMEM : load(sources, n, builder, &err);

    if (st == YM_OK) {
        st = ym_db_builder_write(builder, fd, &err);
    }
    if (st == YM_OK) {
        st = ym_db_open_fd(fd, "image", &db, &err);
    }
    if (st != YM_OK) {
        printf("# make_image: %s: %s\n", ym_status_name(st),
               ym_err_format(&err, text, sizeof(text)));
    }
    ym_db_builder_free(builder);
    if (fd >= 0) {
        (void)close(fd);
    }
    return db;
}
