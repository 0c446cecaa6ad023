/* cache.c - the cache of verdicts, and `yamori cache info|clear`.  See cache.h. */
#include "cache.h"

#include "base/time.h"
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "cache";

/* ---- Where it is --------------------------------------------------------------------------- */

static ym_status usual_path(char *out, size_t size, struct ym_err *err) {
    const char *cache = getenv("XDG_CACHE_HOME"); // NOLINT(concurrency-mt-unsafe): one thread
    const char *home = getenv("HOME");            // NOLINT(concurrency-mt-unsafe)
    int n;

    if (geteuid() == 0) {
        n = snprintf(out, size, "/var/cache/yamori/verdicts.cache");
    } else if (cache != NULL && cache[0] == '/') {
        n = snprintf(out, size, "%s/yamori/verdicts.cache", cache);
    } else if (home != NULL && home[0] == '/') {
        n = snprintf(out, size, "%s/.cache/yamori/verdicts.cache", home);
    } else {
        return ym_fail(err, YM_IO, module, YM_ERR_NO_OFFSET,
                       "no place for it: neither XDG_CACHE_HOME nor HOME is set; name a file with "
                       "--cache=FILE");
    }
    return n < 0 || (size_t)n >= size
               ? ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "its path is too long")
               : YM_OK;
}

static ym_status set_path(struct ym_cli_cache *c, const char *file, struct ym_err *err) {
    int n;

    if (file == NULL) {
        return usual_path(c->path, sizeof(c->path), err);
    }
    n = snprintf(c->path, sizeof(c->path), "%s", file);
    return n <= 0 || (size_t)n >= sizeof(c->path)
               ? ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET,
                         "the name of the cache is empty or too long")
               : YM_OK;
}

/* The folders above the file; private where they are new. */
static ym_status make_folders(const char *file, struct ym_err *err) {
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s", file);
    for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return ym_fail_errno(err, module, path, errno, "cannot make the folder");
        }
        *p = '/';
    }
    return YM_OK;
}

/* ---- Of a scan ------------------------------------------------------------------------------ */

static void warn(const char *what, const struct ym_err *err) {
    char text[1024];

    ym_cli_warn("%s: %s", what, ym_err_format(err, text, sizeof(text)));
}

ym_status ym_cli_cache_open(struct ym_cli_cache *c, const char *file,
                            const struct ym_cache_options *o, struct ym_err *err) {
    struct ym_err why = {.code = YM_OK};

    YM_TRY(set_path(c, file, err));
    if (file == NULL) {
        YM_TRY(make_folders(c->path, err));
    }
    YM_TRY(ym_cache_new(o, &c->cache, err));
    if (ym_cache_load(c->cache, c->path, &why) != YM_OK) {
        warn("the cache of verdicts is left aside", &why);
    }
    return YM_OK;
}

void ym_cli_cache_save(struct ym_cli_cache *c) {
    struct ym_err err = {.code = YM_OK};

    if (c->cache == NULL) {
        return;
    }
    if (ym_cache_get_stats(c->cache).damaged > 0) {
        ym_cli_warn("%s: %llu damaged entries were met; these files were scanned", c->path,
                    (unsigned long long)ym_cache_get_stats(c->cache).damaged);
    }
    if (ym_cache_save(c->cache, c->path, &err) != YM_OK) {
        warn("the cache of verdicts is not written", &err);
    }
}

void ym_cli_cache_print(const struct ym_cli_cache *c) {
    struct ym_cache_stats s;

    if (c->cache != NULL) {
        s = ym_cache_get_stats(c->cache);
        (void)fprintf(stderr,
                      "cache       %llu clean, %llu by digests (%llu infected), %llu scanned with "
                      "new images only, %llu new\n",
                      (unsigned long long)s.clean, (unsigned long long)s.digests,
                      (unsigned long long)s.infected, (unsigned long long)s.partly,
                      (unsigned long long)s.kept);
    }
}

void ym_cli_cache_done(struct ym_cli_cache *c) {
    ym_cache_free(c->cache);
    c->cache = NULL;
}

/* ---- yamori cache ---------------------------------------------------------------------------- */

static int cmd_info(const char *path) {
    struct ym_err err = {.code = YM_OK};
    char when[YM_ISO_TIME_SIZE];
    struct ym_cache_info i;

    if (ym_cache_describe(path, &i, &err) != YM_OK) {
        return ym_cli_error(&err);
    }
    (void)printf("size      %llu bytes\nwritten   %s\nentries   %llu\ndigests   %llu\n"
                 "damaged   %llu\nimages    %u\ncontexts  %u\n",
                 (unsigned long long)i.file_size, ym_iso_time(i.written, when),
                 (unsigned long long)i.entries, (unsigned long long)i.digests,
                 (unsigned long long)i.damaged, i.n_images, i.n_contexts);
    return YM_EXIT_CLEAN;
}

static int cmd_clear(const char *path) {
    struct ym_err err = {.code = YM_OK};

    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return YM_EXIT_CLEAN;
    }
    return ym_cache_clear(path, &err) == YM_OK ? YM_EXIT_CLEAN : ym_cli_error(&err);
}

int ym_cmd_cache(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(const char *path);
    } rows[] = {{"info", cmd_info}, {"clear", cmd_clear}};
    struct ym_cli_cache c = {.cache = NULL};
    struct ym_err err = {.code = YM_OK};

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        (void)puts("usage: yamori cache info [FILE]\n"
                   "       yamori cache clear [FILE]\n"
                   "\n"
                   "FILE: what was named with `scan --cache=FILE`; else the usual place.");
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    for (size_t i = 0; (argc == 2 || argc == 3) && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(argv[1], rows[i].name) == 0) {
            int status = set_path(&c, argc == 3 ? argv[2] : NULL, &err) != YM_OK
                             ? ym_cli_error(&err)
                             : rows[i].run(c.path);

            return ym_cli_finish_output() ? status : YM_EXIT_ERROR;
        }
    }
    return ym_cli_usage_error("cache", "want info or clear, and at most one file");
}
