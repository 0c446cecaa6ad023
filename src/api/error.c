/* error.c - statuses and errors, from the engine's words to those of the installed header. */
#include "api_int.h"

#include <stdio.h>
#include <string.h>

const char *yamori_version(void) {
    return YM_VERSION;
}

const char *yamori_status_text(yamori_status status) {
    static const char *const texts[] = {
        [YAMORI_OK] = "done",
        [YAMORI_STOPPED] = "stopped by a callback",
        [YAMORI_MALFORMED] = "the input breaks its own format",
        [YAMORI_UNSUPPORTED] = "valid, but not implemented here",
        [YAMORI_LIMIT] = "larger than is taken",
        [YAMORI_NO_MEMORY] = "out of memory",
        [YAMORI_IO] = "the system refused",
        [YAMORI_MISUSE] = "a call that cannot be",
    };

    return (unsigned)status < sizeof(texts) / sizeof(texts[0]) ? texts[status] : "unknown status";
}

yamori_status ym_api_status(ym_status st) {
    switch (st) {
    case YM_OK:
        return YAMORI_OK;
    case YM_TRUNCATED:
    case YM_MALFORMED:
    case YM_END:
        return YAMORI_MALFORMED;
    case YM_UNSUPPORTED:
        return YAMORI_UNSUPPORTED;
    case YM_LIMIT:
        return YAMORI_LIMIT;
    case YM_NOMEM:
        return YAMORI_NO_MEMORY;
    case YM_IO:
        return YAMORI_IO;
    case YM_CANCELLED:
        return YAMORI_STOPPED;
    case YM_STATUS_COUNT:
        break;
    }
    return YAMORI_MISUSE;
}

yamori_status ym_api_fail(ym_status st, const struct ym_err *err, struct yamori_error *ret_error) {
    const yamori_status status = ym_api_status(st);

    if (ret_error != NULL) {
        *ret_error = (struct yamori_error){.status = status,
                                           .sys_errno = err->sys_errno,
                                           .line = err->line,
                                           .column = err->column};
        (void)snprintf(ret_error->file, sizeof(ret_error->file), "%s", err->file);
        (void)snprintf(ret_error->text, sizeof(ret_error->text), "%s",
                       err->text[0] != '\0' ? err->text : ym_status_text(st));
    }
    return status;
}

yamori_status ym_api_say(yamori_status status, const char *file, const char *text,
                         struct yamori_error *ret_error) {
    if (ret_error != NULL) {
        *ret_error = (struct yamori_error){.status = status};
        (void)snprintf(ret_error->file, sizeof(ret_error->file), "%s", file);
        (void)snprintf(ret_error->text, sizeof(ret_error->text), "%s", text);
    }
    return status;
}

char *yamori_error_format(const struct yamori_error *error, char *out, size_t size) {
    char all[sizeof(error->file) + sizeof(error->text) + 32];
    size_t n;

    if (error->file[0] == '\0') {
        (void)snprintf(all, sizeof(all), "%s", error->text);
    } else if (error->line == 0) {
        (void)snprintf(all, sizeof(all), "%s: %s", error->file, error->text);
    } else if (error->column == 0) {
        (void)snprintf(all, sizeof(all), "%s:%u: %s", error->file, error->line, error->text);
    } else {
        (void)snprintf(all, sizeof(all), "%s:%u:%u: %s", error->file, error->line, error->column,
                       error->text);
    }
    n = strlen(all);
    if (size > 0) {
        n = n < size ? n : size - 1;
        memcpy(out, all, n);
        out[n] = '\0';
    }
    return out;
}
