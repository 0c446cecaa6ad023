/* database/build.h - rules to an image (compile side).
 *
 *     b = ym_db_builder_new();
 *     sink = ym_db_builder_sink(b);
 *     ... parsers feed the sink; ym_db_builder_source(b, "main.ndb") before each file ...
 *     ym_db_builder_write(b, fd, &stats, &err);          // fd: a new file or a memfd, at offset 0
 *     ym_db_builder_free(b);
 *
 * The caller syncs and renames: an image is never written in place. */
#ifndef YM_DATABASE_BUILD_H
#define YM_DATABASE_BUILD_H

#include "database/db.h"
#include "database/plan.h"
#include "signatures/rule.h"

struct ym_db_builder; /* opaque */

struct ym_db_builder *ym_db_builder_new(void);    /* NULL: out of memory */
void ym_db_builder_free(struct ym_db_builder *b); /* accepts NULL */

/* Valid while the builder lives. */
const struct ym_sink *ym_db_builder_sink(struct ym_db_builder *b);

/* The name of the source that what follows comes from, for `db info`. */
YM_MUST_CHECK ym_status ym_db_builder_source(struct ym_db_builder *b, const char *name);

/* That source is a container, whose header says this; for `db info`, too. */
struct ym_clamav_container;
YM_MUST_CHECK ym_status ym_db_builder_container(struct ym_db_builder *b,
                                                const struct ym_clamav_container *c);

/* The image's epoch; 0, or without this call: the time of the build. */
void ym_db_builder_epoch(struct ym_db_builder *b, uint64_t epoch);

/* Told of every rule that is taken, see database/plan.h. */
void ym_db_builder_watch(struct ym_db_builder *b, ym_plan_fn *fn, void *self);

YM_MUST_CHECK ym_status ym_db_builder_write(struct ym_db_builder *b, int fd, struct ym_err *err);

#endif
