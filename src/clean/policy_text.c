/* policy_text.c - see clean/policy_text.h. */
#include "clean/policy_text.h"

#include "base/text.h"
#include "base/utf16.h"
#include "clean/sam_policy.h"

#include <string.h>

static const char module[] = "clean/policy_text";

typedef enum field { THRESHOLD, LENGTH, HISTORY, PROPERTIES, FIELDS } field;

static const struct label {
    const char *text;
    field field;
    const char *zero; /* the word that stands for 0; NULL: there is none */
} labels[] = {
    {"Lockout after bad attempts", THRESHOLD, NULL},
    {"Minimum password length", LENGTH, NULL},
    {"Password uniqueness (remember x passwords)", HISTORY, NULL},
    {"password_properties", PROPERTIES, NULL},
    {"Lockout threshold", THRESHOLD, "Never"},
    {"Length of password history maintained", HISTORY, "None"},
    {"ロックアウトしきい値", THRESHOLD, "なし"},
    {"最小パスワード長", LENGTH, NULL},
    {"パスワードの履歴管理", HISTORY, "なし"},
};
enum { LABELS = sizeof(labels) / sizeof(labels[0]), HEX_DIGITS = 8, COMPLEX = 1 };

static const uint32_t limits[FIELDS] = {YM_SAM_THRESHOLD_MAX, YM_SAM_LENGTH_MAX, YM_SAM_HISTORY_MAX,
                                        0xff};

struct seen {
    bool has[FIELDS];
    uint32_t value[FIELDS];
};

static struct ym_str trimmed(struct ym_str s) {
    while (s.n > 0 && strchr(" \t\r", s.s[0]) != NULL) {
        s.s++;
        s.n--;
    }
    while (s.n > 0 && strchr(" \t\r", s.s[s.n - 1]) != NULL) {
        s.n--;
    }
    return s;
}

static bool is_word(struct ym_str s, const char *word) {
    return word != NULL && s.n == strlen(word) && memcmp(s.s, word, s.n) == 0;
}

/* "0x00000001" */
static bool hexadecimal(struct ym_str s, uint32_t *ret) {
    uint32_t v = 0;

    if (s.n != HEX_DIGITS + 2 || memcmp(s.s, "0x", 2) != 0) {
        return false;
    }
    for (size_t i = 2; i < s.n; i++) {
        int digit = ym_hex_digit(s.s[i]);

        if (digit < 0) {
            return false;
        }
        v = v << 4 | (uint32_t)digit;
    }
    *ret = v;
    return true;
}

static bool number(const struct label *l, struct ym_str s, uint32_t *ret) {
    if (is_word(s, l->zero)) {
        *ret = 0;
        return true;
    }
    return (l->field == PROPERTIES ? hexadecimal(s, ret) : ym_parse_u32(s.s, s.n, ret)) &&
           *ret <= limits[l->field];
}

/* MALFORMED: the line has a known label and makes no sense; TRUNCATED: it has one and is not ended, so
 * that its number may lack digits. */
static ym_status one_line(struct ym_str line, bool ended, struct seen *seen) {
    const char *colon = line.n == 0 ? NULL : memchr(line.s, ':', line.n);
    struct ym_str label = {line.s, colon == NULL ? 0 : (size_t)(colon - line.s)};
    uint32_t v;

    label = trimmed(label);
    for (size_t i = 0; colon != NULL && i < LABELS; i++) {
        const struct label *l = &labels[i];
        struct ym_str value = {colon + 1, line.n - (size_t)(colon + 1 - line.s)};

        if (!is_word(label, l->text)) {
            continue;
        }
        if (!ended) {
            return YM_TRUNCATED;
        }
        if (!number(l, trimmed(value), &v) || (seen->has[l->field] && seen->value[l->field] != v)) {
            return YM_MALFORMED;
        }
        seen->has[l->field] = true;
        seen->value[l->field] = v;
    }
    return YM_OK;
}

ym_status ym_policy_text_parse(const uint8_t *text, size_t n, struct ym_arena *arena,
                               struct ym_policy_text *ret_policy, struct ym_err *err) {
    struct seen seen = {.has = {false}};
    const char *plain = (const char *)text;
    struct ym_fields f;
    struct ym_str line;

    if (n > YM_POLICY_TEXT_MAX) {
        return ym_fail(err, YM_LIMIT, module, n, "longer than what these programs print");
    }
    if (n >= 2 && text[0] == 0xff && text[1] == 0xfe) {
        plain = ym_utf16_text(arena, text + 2, n - 2);
        if (plain == NULL) {
            return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "no memory");
        }
        n = strlen(plain);
    }
    ym_fields_init(&f, plain, n, '\n');
    for (unsigned i = 1; ym_fields_next(&f, &line); i++) {
        ym_status st = one_line(line, f.more, &seen);

        if (st != YM_OK) {
            return ym_fail(err, st, module, YM_ERR_NO_OFFSET,
                           "line %u has not the value that its label wants, or is cut off", i);
        }
    }
    if (!seen.has[THRESHOLD] && !seen.has[LENGTH] && !seen.has[HISTORY] && !seen.has[PROPERTIES]) {
        return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                       "neither what rpcclient nor what net accounts prints");
    }
    *ret_policy =
        (struct ym_policy_text){seen.has[THRESHOLD],   seen.has[LENGTH],
                                seen.has[HISTORY],     seen.has[PROPERTIES],
                                seen.value[THRESHOLD], seen.value[LENGTH],
                                seen.value[HISTORY],   (seen.value[PROPERTIES] & COMPLEX) != 0};
    return YM_OK;
}
