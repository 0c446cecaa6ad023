/* away.h - taking one name off a folder, certain of what it was; private to clean/.
 *
 * unlinkat() takes a name, not a file: between the look at a name and its removal somebody may
 * exchange what lies there.  So the name is first moved into a new folder beside it, ".yamori-ID.d",
 * which is ours alone (mode 0700, held by its descriptor): what lies there nobody else can
 * exchange.  There it is compared with what was meant, and removed; or, when it is something else,
 * put back where it was, without replacing what took its place meanwhile.
 *
 * A process of the same user (root's, as a rule) is not kept out of that folder. */
#ifndef YM_CLEAN_AWAY_H
#define YM_CLEAN_AWAY_H

#include "base/status.h"

#include <stdbool.h>

/* Is what lies under name in dir_fd what was meant? */
typedef bool ym_away_is(void *ctx, int dir_fd, const char *name);

typedef enum ym_away {
    YM_AWAY_GONE,  /* removed */
    YM_AWAY_OTHER, /* it was something else, and is where it was (or nothing was there) */
    YM_AWAY_KEPT   /* it was something else, and the name was taken before it could be put back */
} ym_away;

/* dir_fd, leaf: folder and name.  id: names the folder beside it. */
YM_MUST_CHECK ym_status ym_away_take(int dir_fd, const char *leaf, const char *id, ym_away_is *is,
                                     void *ctx, const char *shown, ym_away *ret_how,
                                     struct ym_err *err);

/* What a killed ym_away_take() left: puts it back; where the name is taken, removes it if it is
 * what was meant (GONE), else KEPT.  OTHER: nothing is left over. */
YM_MUST_CHECK ym_status ym_away_settle(int dir_fd, const char *leaf, const char *id, ym_away_is *is,
                                       void *ctx, const char *shown, ym_away *ret_how,
                                       struct ym_err *err);

/* Renames only where nothing lies (errno EEXIST), also on file systems that have no
 * RENAME_NOREPLACE: there by a hard link, and where there are none either, by looking first. */
YM_MUST_CHECK int ym_away_rename_free(int from_fd, const char *from, int to_fd, const char *to);

#endif
