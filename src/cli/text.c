/* text.c - talking to people.  See cli.h. */
#include "cli.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void ym_cli_clean_text(struct ym_buf *out, const char *text) {
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;

        if (c < 0x20 || c == 0x7f) {
            ym_buf_printf(out, "\\x%02x", c);
        } else {
            ym_buf_u8(out, c);
        }
    }
}

static void say(const char *word, const char *text) {
    struct ym_buf b;

    ym_buf_init(&b, 16384);
    ym_cli_clean_text(&b, text);
    (void)fprintf(stderr, "yamori: %s%s\n", word, b.data == NULL ? "" : (const char *)b.data);
    ym_buf_done(&b);
}

int ym_cli_error(const struct ym_err *err) {
    char text[1024];

    (void)ym_err_format(err, text, sizeof(text));
    say("", text);
    return YM_EXIT_ERROR;
}

int ym_cli_usage_error(const char *command, const char *fmt, ...) {
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    say("", text);
    (void)fprintf(stderr, "Try: yamori %s%s--help\n", command, *command == '\0' ? "" : " ");
    return YM_EXIT_ERROR;
}

void ym_cli_warn(const char *fmt, ...) {
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    say("warning: ", text);
}

bool ym_cli_finish_output(void) {
    bool bad = ferror(stdout) != 0;
    int why = errno;

    if (fflush(stdout) != 0) {
        bad = true;
        why = errno;
    }
    if (bad) {
        struct ym_err err = {.code = YM_OK};

        (void)ym_fail_errno(&err, "cli", "standard output", why, "cannot write the results");
        (void)ym_cli_error(&err);
    }
    return !bad;
}

bool ym_cli_parse_size(const char *s, uint64_t *ret_value) {
    static const char units[] = "KMG";
    size_t n = strlen(s);
    const char *unit = n > 0 ? strchr(units, s[n - 1]) : NULL;
    unsigned shift = unit == NULL ? 0 : 10 * (unsigned)(unit - units + 1);
    uint64_t v;

    if (!ym_parse_u64(s, n - (shift != 0), &v) || v > UINT64_MAX >> shift) {
        return false;
    }
    *ret_value = v << shift;
    return true;
}
