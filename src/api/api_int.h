/* api_int.h - between the files of the installed library, not for others.
 *
 *   error.c      statuses and errors of the engine to those of the header
 *   read.c       descriptors and files into memory
 *   externals.c  names with values, owned
 *   compiler.c   rule texts to rules
 *   rules.c      rules: opening, saving, telling
 *   scanner.c    a scanner and what is set on it
 *   scan.c       bytes, files and processes to callbacks
 *
 * The engine's rooms are linked in whole, under names that the version script (libyamori.map) hides:
 * only yamori_... leaves the library. */
#ifndef YM_API_API_INT_H
#define YM_API_API_INT_H

#include "yamori/yamori.h"

#include "base/buf.h"
#include "base/external.h"
#include "base/status.h"
#include "database/db.h"
#include "engine/engine.h"

/* ---- error.c --------------------------------------------------------------------------------- */

yamori_status ym_api_status(ym_status st);
/* Fills *ret_error (which may be NULL) from err, whose code is st when it says nothing itself. */
yamori_status ym_api_fail(ym_status st, const struct ym_err *err, struct yamori_error *ret_error);
/* One without an error of the engine's. */
yamori_status ym_api_say(yamori_status status, const char *file, const char *text,
                         struct yamori_error *ret_error);

/* ---- read.c ---------------------------------------------------------------------------------- */

struct ym_api_bytes {
    struct ym_buf buf;
    uint64_t said;  /* the size that the system gave, 0: none */
    bool too_large; /* more than max: nothing was read */
};
/* A regular file from its start, anything else from where it stands.  The caller has initialised
 * nothing, and frees bytes->buf after OK. */
YM_MUST_CHECK ym_status ym_api_read(int fd, const char *name, uint64_t max,
                                    struct ym_api_bytes *ret_bytes, struct ym_err *err);

/* ---- externals.c ----------------------------------------------------------------------------- */

enum { YM_API_MAX_EXTERNALS = 4096 };

struct ym_api_externals {
    struct ym_external *rows; /* names and texts are owned */
    unsigned n;
};
/* Adds or replaces; e's texts are copied.  MALFORMED: the name has another type. */
YM_MUST_CHECK ym_status ym_api_define(struct ym_api_externals *x, const struct ym_external *e);
void ym_api_externals_done(struct ym_api_externals *x);

/* ---- rules.c --------------------------------------------------------------------------------- */

struct yamori_rules {
    struct ym_db *db;
    void *owned; /* the bytes, when they are ours and no mapping */
    size_t size;
    struct yamori_rules_stats stats;
};

/* Of a descriptor that nobody else has. */
YM_MUST_CHECK ym_status ym_api_rules_of_own_fd(int fd, struct yamori_rules **ret_rules,
                                               struct ym_err *err);
/* A rule, for people; all it points to lies in the arena or in the image.  NULL: no memory. */
const struct yamori_rule *ym_api_rule(const struct yamori_rules *rules, uint32_t number,
                                      struct ym_arena *arena);

/* ---- scanner.c ------------------------------------------------------------------------------- */

enum { YM_API_MAX_RULES = 32 };

struct yamori_scanner {
    const struct yamori_rules *rules[YM_API_MAX_RULES];
    unsigned n_rules;
    struct ym_engine *engine;
    struct ym_limits limits;
    struct ym_scan_options options;
    struct ym_api_externals externals;
    struct ym_arena *arena; /* of one object's report */
    yamori_detection_fn *on_detection;
    void *detection_self;
    yamori_gap_fn *on_gap;
    void *gap_self;
    yamori_line_fn *on_line;
    void *line_self;
    struct yamori_scan_stats stats;
};

#endif
