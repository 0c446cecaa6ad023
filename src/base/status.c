/* status.c - names of statuses, and the one place that words an error.  See status.h. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef __clang_analyzer__
#undef ym_fail
#undef ym_fail_at
#undef ym_fail_errno
#endif

const char *ym_status_name(ym_status st) {
    static const char *const names[YM_STATUS_COUNT] = {
#define X(name, text) [YM_##name] = #name,
        YM_STATUS_TABLE(X)
#undef X
    };
    if ((unsigned)st >= YM_STATUS_COUNT) {
        return "?";
    }
    return names[st];
}

const char *ym_status_text(ym_status st) {
    static const char *const texts[YM_STATUS_COUNT] = {
#define X(name, text) [YM_##name] = text,
        YM_STATUS_TABLE(X)
#undef X
    };
    if ((unsigned)st >= YM_STATUS_COUNT) {
        return "?";
    }
    return texts[st];
}

/* Copies what fits; a cut name is still a name. */
static void set_file(struct ym_err *err, const char *file) {
    (void)snprintf(err->file, sizeof(err->file), "%s", file == NULL ? "" : file);
}

ym_status ym_fail(struct ym_err *err, ym_status code, const char *module, uint64_t offset,
                  const char *fmt, ...) {
    if (err != NULL && err->code == YM_OK) {
        va_list ap;

        err->code = code;
        err->module = module;
        err->offset = offset;
        va_start(ap, fmt);
        (void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
        va_end(ap);
    }
    return code;
}

ym_status ym_fail_at(struct ym_err *err, ym_status code, const char *module, const char *file,
                     unsigned line, unsigned column, const char *fmt, ...) {
    if (err != NULL && err->code == YM_OK) {
        va_list ap;

        err->code = code;
        err->module = module;
        err->offset = YM_ERR_NO_OFFSET;
        err->line = line;
        err->column = column;
        set_file(err, file);
        va_start(ap, fmt);
        (void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
        va_end(ap);
    }
    return code;
}

ym_status ym_fail_errno(struct ym_err *err, const char *module, const char *file, int sys_errno,
                        const char *fmt, ...) {
    if (err != NULL && err->code == YM_OK) {
        va_list ap;
        char what[160];
        char why[80];

        err->code = YM_IO;
        err->module = module;
        err->offset = YM_ERR_NO_OFFSET;
        err->sys_errno = sys_errno;
        set_file(err, file);
        va_start(ap, fmt);
        (void)vsnprintf(what, sizeof(what), fmt, ap);
        va_end(ap);
        (void)snprintf(err->text, sizeof(err->text), "%s: %s", what,
                       strerror_r(sys_errno, why, sizeof(why)));
    }
    return YM_IO;
}

char *ym_err_format(const struct ym_err *err, char *out, unsigned out_size) {
    const char *file = err->file[0] != '\0' ? err->file : (err->module != NULL ? err->module : "?");

    if (err->line != 0 && err->column != 0) {
        (void)snprintf(out, out_size, "%s:%u:%u: %s", file, err->line, err->column, err->text);
    } else if (err->line != 0) {
        (void)snprintf(out, out_size, "%s:%u: %s", file, err->line, err->text);
    } else if (err->offset != YM_ERR_NO_OFFSET && err->file[0] != '\0') {
        (void)snprintf(out, out_size, "%s: at byte %llu: %s", file, (unsigned long long)err->offset,
                       err->text);
    } else {
        (void)snprintf(out, out_size, "%s: %s", file, err->text);
    }
    return out;
}
