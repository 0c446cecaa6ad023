/* modules/string.c - YARA's module string; see module.h.
 *
 * to_int() reads as strtoll() does in the C locale, without a locale: spaces, a sign, a prefix when the
 * base is 0 or 16, digits; the number must end where the text does and fit 64 bits. */
#include "module.h"

#include "base/modules/string.h"

extern const struct ym_module_code ym_module_string_code;

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int64_t digit_of(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (ym_is_alpha((unsigned char)c)) {
        return ym_lower((unsigned char)c) - 'a' + 10;
    }
    return INT64_MAX;
}

/* Takes 0x off t if it belongs to the number; *base 0 becomes what the text says. */
static void take_prefix(struct ym_str *t, int64_t *base) {
    bool hex = t->n > 2 && t->s[0] == '0' && ym_lower((unsigned char)t->s[1]) == 'x' &&
               digit_of(t->s[2]) < 16;

    if (hex && (*base == 0 || *base == 16)) {
        *t = (struct ym_str){t->s + 2, t->n - 2};
        *base = 16;
    } else if (*base == 0) {
        *base = t->n > 0 && t->s[0] == '0' ? 8 : 10;
    }
}

static bool digits_to_int(struct ym_str t, int64_t base, bool negative, int64_t *ret) {
    int64_t v = 0;

    for (size_t i = 0; i < t.n; i++) {
        int64_t d = digit_of(t.s[i]);

        if (d >= base || __builtin_mul_overflow(v, base, &v) ||
            (negative ? __builtin_sub_overflow(v, d, &v) : __builtin_add_overflow(v, d, &v))) {
            return false;
        }
    }
    *ret = v;
    return t.n > 0;
}

static void convert(struct ym_str t, int64_t base, struct ym_mod_value *ret) {
    bool negative;
    int64_t v;

    while (t.n > 0 && is_space(t.s[0])) {
        t = (struct ym_str){t.s + 1, t.n - 1};
    }
    negative = t.n > 0 && t.s[0] == '-';
    if (negative || (t.n > 0 && t.s[0] == '+')) {
        t = (struct ym_str){t.s + 1, t.n - 1};
    }
    take_prefix(&t, &base);
    if (digits_to_int(t, base, negative, &v)) {
        ym_mod_give_int(ret, v);
    }
}

static void to_int(struct ym_mod_scan *s, struct ym_mod_object *self, const union ym_mod_arg *args,
                   struct ym_mod_value *ret) {
    (void)s;
    (void)self;
    convert(args[0].text, 0, ret);
}

static void to_int_base(struct ym_mod_scan *s, struct ym_mod_object *self,
                        const union ym_mod_arg *args, struct ym_mod_value *ret) {
    (void)s;
    (void)self;
    if (args[1].i == 0 || (args[1].i >= 2 && args[1].i <= 36)) {
        convert(args[0].text, args[1].i, ret);
    }
}

static void length(struct ym_mod_scan *s, struct ym_mod_object *self, const union ym_mod_arg *args,
                   struct ym_mod_value *ret) {
    (void)s;
    (void)self;
    ym_mod_give_int(ret, (int64_t)args[0].text.n);
}

static ym_mod_function *const functions[] = {
    [STRING_FN_TO_INT] = to_int,
    [STRING_FN_TO_INT_BASE] = to_int_base,
    [STRING_FN_LENGTH] = length,
};

const struct ym_module_code ym_module_string_code = {.functions = functions,
                                                     .n_functions = YM_MOD_N(functions)};
