/* make_lnk.h - shortcuts of Windows in memory, for tests: they point at nothing that is there. */
#ifndef YM_TESTS_MAKE_LNK_H
#define YM_TESTS_MAKE_LNK_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct make_lnk { /* NULL: without it */
    bool unicode; /* the counted texts are UTF-16 */
    uint64_t created, accessed, written;
    uint32_t attributes, file_size, icon_index, show_command;
    bool items; /* one of each kind, see make_lnk.c */
    const char *volume_label, *local_base_path, *common_path_suffix; /* the first two together */
    bool wide_info;                                                  /* these are UTF-16 */
    const char *name, *relative_path, *working_dir, *arguments, *icon_location;
    const char *machine; /* a block of the tracker, of up to 15 characters, behind another block */
    const char *overlay; /* behind the end */
};
void make_lnk(const struct make_lnk *lnk, struct ym_buf *out);

/* The shortcut of most tests, with everything. */
void make_lnk_full(bool unicode, struct ym_buf *out);

#endif
