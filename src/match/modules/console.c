/* modules/console.c - YARA's module console; see module.h.
 *
 * A line is a label, which ends at its first NUL, and a value.  Of texts, what is not printable
 * ASCII becomes \xHH; of labels only control characters, so that one written in UTF-8 stays
 * readable (libyara leaves a label as it is; but a rule may take it from the scanned file, and a
 * line must not drive the terminal or look like two).  Every function returns 1. */
#include "module.h"

#include "base/modules/console.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

extern const struct ym_module_code ym_module_console_code;

enum {
    STEPS = 64,       /* charged for a line */
    NUMBER_SIZE = 320 /* -DBL_MAX with six decimals, and a NUL */
};

static const struct ym_str no_label = {"", 0};

static bool is_control(unsigned char c) {
    return c < 0x20 || c == 0x7f;
}

static bool is_not_ascii(unsigned char c) {
    return is_control(c) || c >= 0x80;
}

/* Appends t at p, which has room for four times as much; returns its new end. */
static char *append(char *p, struct ym_str t, bool (*hide)(unsigned char c)) {
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.s[i];

        if (hide(c)) {
            char digits[3];

            ym_hex_encode(&c, 1, digits);
            *p++ = '\\';
            *p++ = 'x';
            *p++ = digits[0];
            *p++ = digits[1];
        } else {
            *p++ = (char)c;
        }
    }
    return p;
}

static void line(struct ym_mod_scan *s, struct ym_str label, struct ym_str value,
                 struct ym_mod_value *ret) {
    size_t n = strnlen(label.s, label.n) + value.n;
    char *text;
    char *end;

    label.n = strnlen(label.s, label.n);
    if (s->print == NULL) {
        ym_mod_give_int(ret, 1);
        return;
    }
    text = ym_mod_spend(s, STEPS + n) ? ym_arena_zalloc(s->arena, 4, n + 1) : NULL;
    if (text != NULL) {
        end = append(append(text, label, is_control), value, is_not_ascii);
        s->print(s->print_self, text, (size_t)(end - text));
        ym_mod_give_int(ret, 1);
    }
}

/* The same with a value that was formatted to n characters. */
static void number(struct ym_mod_scan *s, struct ym_str label, const char *text, int n,
                   struct ym_mod_value *ret) {
    line(s, label, (struct ym_str){text, n > 0 ? (size_t)n : 0}, ret);
}

static void integer(struct ym_mod_scan *s, struct ym_str label, int64_t v,
                    struct ym_mod_value *ret) {
    char text[NUMBER_SIZE];

    number(s, label, text, snprintf(text, sizeof(text), "%" PRId64, v), ret);
}

static void real(struct ym_mod_scan *s, struct ym_str label, double v, struct ym_mod_value *ret) {
    char text[NUMBER_SIZE];

    number(s, label, text, snprintf(text, sizeof(text), "%f", v), ret);
}

static void hexadecimal(struct ym_mod_scan *s, struct ym_str label, int64_t v,
                        struct ym_mod_value *ret) {
    char text[NUMBER_SIZE];

    number(s, label, text, snprintf(text, sizeof(text), "0x%" PRIx64, (uint64_t)v), ret);
}

#define FUNCTION(name, call)                                                                       \
    static void name(struct ym_mod_scan *s, struct ym_mod_object *self,                            \
                     const union ym_mod_arg *args, struct ym_mod_value *ret) {                     \
        (void)self;                                                                                \
        call;                                                                                      \
    }

FUNCTION(log_text, line(s, no_label, args[0].text, ret))
FUNCTION(log_label_text, line(s, args[0].text, args[1].text, ret))
FUNCTION(log_int, integer(s, no_label, args[0].i, ret))
FUNCTION(log_label_int, integer(s, args[0].text, args[1].i, ret))
FUNCTION(log_double, real(s, no_label, args[0].d, ret))
FUNCTION(log_label_double, real(s, args[0].text, args[1].d, ret))
FUNCTION(log_hex, hexadecimal(s, no_label, args[0].i, ret))
FUNCTION(log_label_hex, hexadecimal(s, args[0].text, args[1].i, ret))

static ym_mod_function *const functions[] = {
    [CONSOLE_FN_TEXT] = log_text,     [CONSOLE_FN_LABEL_TEXT] = log_label_text,
    [CONSOLE_FN_INT] = log_int,       [CONSOLE_FN_LABEL_INT] = log_label_int,
    [CONSOLE_FN_DOUBLE] = log_double, [CONSOLE_FN_LABEL_DOUBLE] = log_label_double,
    [CONSOLE_FN_HEX] = log_hex,       [CONSOLE_FN_LABEL_HEX] = log_label_hex,
};

const struct ym_module_code ym_module_console_code = {.functions = functions,
                                                      .n_functions = YM_MOD_N(functions)};
