/* fuzz_allow.c - a list of exceptions: parsed or refused with a line; each name that stands alone on
 * a line is then left out, and a name that no line can hold is not. */
#include "clean/allow.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Plain lines only: lower case, no comment, no decoration. */
static void check_line(const struct ym_allow *a, struct ym_str line) {
    char name[YM_ALLOW_NAME_MAX + 1];
    bool plain = line.n > 0 && line.n <= YM_ALLOW_NAME_MAX && line.s[line.n - 1] != '.';

    for (size_t i = 0; plain && i < line.n; i++) {
        plain = (line.s[i] >= 'a' && line.s[i] <= 'z') || line.s[i] == '.';
    }
    if (plain) {
        memcpy(name, line.s, line.n);
        name[line.n] = '\0';
        if (!ym_allow_has(a, name)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_err err = {0};
    struct ym_allow *a = NULL;
    struct ym_fields lines;
    struct ym_reader r;
    struct ym_str line;

    ym_reader_init(&r, data, len);
    if (ym_allow_parse(r, "list", &a, &err) != YM_OK) {
        if (a != NULL || err.text[0] == '\0') {
            abort();
        }
        return 0;
    }
    ym_fields_init(&lines, len == 0 ? "" : (const char *)data, len, '\n');
    while (ym_fields_next(&lines, &line)) {
        check_line(a, line);
    }
    if (ym_allow_has(a, "nobody writes this") ||
        (ym_allow_count(a) == 0 && ym_allow_has(a, "com"))) {
        abort();
    }
    ym_allow_free(a);
    return 0;
}
