/* clean_reg.c - yamori clean --plan --reg FILE: the plan for the machine itself.  See
 * clean/reg_export.h.  Neither file may be there before. */
#include "cli.h"

#include "base/alloc.h"
#include "clean/reg_export.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char module[] = "clean";

/* "fix.reg" to "fix.undo.reg"; NULL: no memory.  The caller frees. */
static char *undo_name(const char *file) {
    static const char suffix[] = ".undo.reg";
    size_t n = strlen(file);
    char *name;

    if (n > 4 && strcasecmp(file + n - 4, ".reg") == 0) {
        n -= 4;
    }
    name = ym_malloc(n + sizeof(suffix));
    if (name != NULL) {
        memcpy(name, file, n);
        memcpy(name + n, suffix, sizeof(suffix));
    }
    return name;
}

static ym_status create(const char *file, const struct ym_buf *content, struct ym_err *err) {
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    ym_status st;

    if (fd < 0) {
        return ym_fail_errno(err, module, file, errno,
                             errno == EEXIST ? "is there already and is not overwritten"
                                             : "cannot create the file");
    }
    st = ym_file_write_all(fd, file, content->data, content->len, err);
    if (close(fd) != 0 && st == YM_OK) {
        st = ym_fail_errno(err, module, file, errno, "cannot write");
    }
    if (st != YM_OK) {
        (void)unlink(file);
    }
    return st;
}

static ym_status create_both(const char *file, const char *undo_file, const struct ym_buf *reg,
                             const struct ym_buf *undo, struct ym_err *err) {
    ym_status st;

    YM_TRY(create(file, reg, err));
    st = create(undo_file, undo, err);
    if (st != YM_OK) {
        (void)unlink(file); /* ours, just made */
    }
    return st;
}

ym_status ym_cli_write_reg(const struct ym_clean_plan *plan, const char *file, bool tell,
                           struct ym_err *err) {
    struct ym_reg_export_count n = {0, 0};
    char *undo_file = undo_name(file);
    struct ym_buf undo;
    struct ym_buf reg;
    ym_status st = undo_file == NULL
                       ? ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory")
                       : YM_OK;

    ym_buf_init(&reg, YM_REG_EXPORT_MAX);
    ym_buf_init(&undo, YM_REG_EXPORT_MAX);
    if (st == YM_OK) {
        st = ym_reg_export_make(plan, &reg, &undo, &n, err);
    }
    if (st == YM_OK) {
        st = create_both(file, undo_file, &reg, &undo, err);
    }
    if (st == YM_OK && tell) {
        (void)printf("\n%s: %zu step%s, to be imported on the machine itself; %s takes them "
                     "back.\n",
                     file, n.written, n.written == 1 ? "" : "s", undo_file);
        if (n.by_hand > 0) {
            (void)printf("%zu step%s to be done by hand: at the end of %s.\n", n.by_hand,
                         n.by_hand == 1 ? " is" : "s are", file);
        }
    }
    ym_buf_done(&reg);
    ym_buf_done(&undo);
    ym_free(undo_file);
    return st;
}
