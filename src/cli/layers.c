/* layers.c - signature images ready for a scan.  See load.h. */
#include "load.h"

#include "base/alloc.h"
#include "database/image.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char module[] = "databases";
static const char installed_image[] = "/var/lib/yamori/yamori.ydb";

void ym_layers_done(struct ym_layers *l) {
    while (l->n > 0) {
        ym_db_close(l->db[--l->n]);
    }
}

static ym_status add_image(struct ym_layers *l, int fd, const char *shown, struct ym_err *err) {
    if (l->n == YM_MAX_LAYERS) {
        return ym_fail_at(err, YM_LIMIT, module, shown, 0, 0,
                          "more than %d images; build one of them with `yamori db build`",
                          YM_MAX_LAYERS);
    }
    YM_TRY(ym_db_open_fd(fd, shown, &l->db[l->n], err));
    l->n++;
    return YM_OK;
}

static const char *type_name(uint8_t letter) {
    return letter == 'i'   ? "an integer or true or false"
           : letter == 'd' ? "a number with a point"
                           : "a text";
}

/* A value of another type than the image was built with would go unheard.  One that no image knows
 * is passed over: its rules may be in another set. */
static ym_status values_fit(const struct ym_db *db, const char *path,
                            const struct ym_load_options *o, struct ym_err *err) {
    for (uint32_t i = 0; i < ym_db_count(db, YM_SECTION_EXTERNALS); i++) {
        const struct ym_img_external *row = ym_db_row(db, YM_SECTION_EXTERNALS, i);
        const char *name = row == NULL ? "" : ym_db_string(db, row->name);

        for (size_t k = 0; row != NULL && k < o->n_externals; k++) {
            const struct ym_external *e = &o->externals[k];

            if (strcmp(e->name, name) == 0 && (e->letter == 'b' ? 'i' : e->letter) != row->letter) {
                return ym_fail_at(err, YM_MALFORMED, module, path, 0, 0,
                                  "-D %s: these rules were built with %s under this name", name,
                                  type_name(row->letter));
            }
        }
    }
    return YM_OK;
}

static ym_status add_file(struct ym_layers *l, const char *path, const struct ym_load_options *o,
                          struct ym_err *err) {
    int fd;
    ym_status st;

    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    st = add_image(l, fd, path, err);
    (void)close(fd);
    return st == YM_OK ? values_fit(l->db[l->n - 1], path, o, err) : st;
}

/* All texts become one image without a name. */
static ym_status add_compiled(struct ym_layers *l, struct ym_sources *s,
                              const struct ym_load_options *o, struct ym_err *err) {
    int fd = memfd_create("yamori-signatures", MFD_CLOEXEC);
    ym_status st;

    if (fd < 0) {
        return ym_fail_errno(err, module, "", errno, "cannot make room for compiled signatures");
    }
    st = ym_sources_compile(s, fd, o, err);
    if (st == YM_OK) {
        st = add_image(l, fd, "compiled signatures", err);
    }
    (void)close(fd);
    return st;
}

static ym_status add_all(struct ym_layers *l, struct ym_sources *s, const char *const *paths,
                         size_t n, const struct ym_load_options *o, struct ym_err *err) {
    for (size_t i = 0; i < n; i++) {
        YM_TRY(ym_sources_add(s, paths[i], err));
    }
    for (size_t i = 0; i < s->n; i++) {
        if (s->rows[i].kind == YM_SOURCE_IMAGE) {
            YM_TRY(add_file(l, s->rows[i].shown, o, err));
        }
    }
    return ym_sources_have(s, false) ? add_compiled(l, s, o, err) : YM_OK;
}

bool ym_layers_installed(void) {
    const char *named = getenv("YAMORI_DB"); // NOLINT(concurrency-mt-unsafe): one thread

    return (named != NULL && *named != '\0') || access(installed_image, F_OK) == 0;
}

ym_status ym_layers_load(const char *const *paths, size_t n, const struct ym_load_options *o,
                         struct ym_layers *ret_layers, struct ym_err *err) {
    const char *named = getenv("YAMORI_DB"); // NOLINT(concurrency-mt-unsafe): one thread
    const char *only = named != NULL && *named != '\0' ? named : installed_image;
    struct ym_layers l = {.n = 0};
    struct ym_sources s = {.rows = NULL};
    ym_status st;

    if (n == 0 && only == installed_image && access(only, F_OK) != 0) {
        return ym_fail_at(err, YM_IO, module, installed_image, 0, 0,
                          "no signatures: name some with -d, or install an image there with "
                          "`yamori db build`");
    }
    st = n == 0 ? add_all(&l, &s, &only, 1, o, err) : add_all(&l, &s, paths, n, o, err);
    ym_sources_done(&s);
    if (st != YM_OK) {
        ym_layers_done(&l);
        return st;
    }
    *ret_layers = l;
    return YM_OK;
}
