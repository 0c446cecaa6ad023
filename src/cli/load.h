/* load.h - what the user named with -d, to open images.
 *
 *     YM_TRY(ym_sources_add(&s, "rules/", err));              // as often as needed
 *     YM_TRY(ym_sources_compile(&s, fd, &options, err));      // texts, in a sandboxed process
 *
 * or, for a scan, both at once:
 *
 *     YM_TRY(ym_layers_load(paths, n, &options, &layers, err));
 *
 * Rule texts are hostile input: they are read and compiled in a process under the sandbox of
 * os/sandbox.h that holds no file system.  It asks for each file by message and is passed a
 * descriptor; an include is opened only when it lies beneath the folder of the file (or the
 * folder) that the user named. */
#ifndef YM_CLI_LOAD_H
#define YM_CLI_LOAD_H

#include "base/external.h"
#include "base/status.h"
#include "database/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ym_source_kind {
    YM_SOURCE_IMAGE,
    YM_SOURCE_CLAMAV, /* loaded in the order of ym_clamav_rank() */
    YM_SOURCE_YARA
} ym_source_kind;

struct ym_source {
    ym_source_kind kind;
    char *root;  /* the folder that includes stay in */
    char *leaf;  /* the file, beneath root */
    char *shown; /* for people */
    char *ns;    /* YARA name space */
    char *text;  /* its bytes, instead of a file; NULL: a file */
};

struct ym_sources {
    struct ym_source *rows;
    size_t n;
    size_t room;
    size_t n_named; /* paths that were added */
};

struct ym_load_options {
    bool skip_bad;
    bool pua;
    const char *const *pua_categories; /* see signatures/clamav.h */
    size_t n_pua_categories;
    bool pua_excluded;
    bool official;
    uint64_t epoch;                      /* of the image, 0: the time of the build */
    bool verbose;                        /* warnings of the YARA compiler are shown */
    const struct ym_external *externals; /* of YARA rules */
    size_t n_externals;
    struct ym_watch *watch; /* errors and warnings of YARA rules go there, and after an error the
                               compiler goes on (watch.h); NULL: nobody watches */
    const char *cvd_key; /* key file of containers; NULL: $YAMORI_CVD_KEY, or the installed one */
};

void ym_sources_done(struct ym_sources *s);
/* A file of unknown type is an error when it is named, and left alone inside a folder. */
YM_MUST_CHECK ym_status ym_sources_add(struct ym_sources *s, const char *path, struct ym_err *err);
/* A text that is in no file; name, whose end says its type, is for people. */
YM_MUST_CHECK ym_status ym_sources_add_text(struct ym_sources *s, const char *name,
                                            const char *text, struct ym_err *err);
/* Compiles every source that is no image into out_fd. */
YM_MUST_CHECK ym_status ym_sources_compile(struct ym_sources *s, int out_fd,
                                           const struct ym_load_options *o, struct ym_err *err);
/* Of the rows from here on only those of this kind stay. */
void ym_sources_keep(struct ym_sources *s, size_t from, ym_source_kind kind);
bool ym_sources_have(const struct ym_sources *s, bool images);

/* An error as the body of a message, from a sandboxed process to its parent. */
struct ym_buf;
struct ym_reader;
void ym_load_put_err(const struct ym_err *err, struct ym_buf *out);
YM_MUST_CHECK ym_status ym_load_get_err(struct ym_reader *in, struct ym_err *err);

enum { YM_MAX_LAYERS = 32 };
struct ym_layers {
    struct ym_db *db[YM_MAX_LAYERS];
    unsigned n;
};
bool ym_layers_installed(void); /* there is $YAMORI_DB, or an installed image */
/* n 0: $YAMORI_DB, or the installed image. */
YM_MUST_CHECK ym_status ym_layers_load(const char *const *paths, size_t n,
                                       const struct ym_load_options *o,
                                       struct ym_layers *ret_layers, struct ym_err *err);
void ym_layers_done(struct ym_layers *l);

#endif
