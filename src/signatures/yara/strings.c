/* strings.c - text strings and regular expressions: modifiers, their legal combinations, and the
 * pattern they make.
 *
 * A text becomes one variant per spelling: plain (unless it is `wide` without `ascii`) and wide,
 * where every byte is followed by 00.  xor, nocase and fullword are flags of the pattern.  With
 * base64 the variants are those of base64.c instead, of either spelling. */
#include "yara_int.h"

#include <string.h>

enum modifier {
    M_ASCII = 1u << 0,
    M_WIDE = 1u << 1,
    M_NOCASE = 1u << 2,
    M_FULLWORD = 1u << 3,
    M_PRIVATE = 1u << 4,
    M_XOR = 1u << 5,
    M_BASE64 = 1u << 6,
    M_BASE64WIDE = 1u << 7
};

struct modifiers {
    unsigned set;
    int64_t xor_min, xor_max;
    struct ym_str alphabet; /* s NULL: none given yet */
};

static const struct {
    int keyword;
    unsigned bit;
} words[] = {
    {YARA_K_ascii, M_ASCII},     {YARA_K_wide, M_WIDE},
    {YARA_K_nocase, M_NOCASE},   {YARA_K_fullword, M_FULLWORD},
    {YARA_K_private, M_PRIVATE}, {YARA_K_xor, M_XOR},
    {YARA_K_base64, M_BASE64},   {YARA_K_base64wide, M_BASE64WIDE},
};

static unsigned modifier_of(int keyword) {
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].keyword == keyword) {
            return words[i].bit;
        }
    }
    return 0;
}

/* Nothing, (n) or (low-high). */
static ym_status parse_xor_range(struct yara_parser *p, struct modifiers *m) {
    struct yara_token low;
    struct yara_token high;
    bool there;

    m->xor_min = 0;
    m->xor_max = 255;
    YM_TRY(yara_accept(p, '(', &there));
    if (!there) {
        return YM_OK;
    }
    YM_TRY(yara_expect(p, YARA_INT, "a number", &low));
    high = low;
    YM_TRY(yara_accept(p, '-', &there));
    if (there) {
        YM_TRY(yara_expect(p, YARA_INT, "a number", &high));
    }
    if (low.i > 255 || high.i > 255 || low.i > high.i) {
        return yara_fail(p, &low, "xor range must lie in 0-255, the lower bound first");
    }
    m->xor_min = low.i;
    m->xor_max = high.i;
    return yara_expect(p, ')', "\")\"", &low);
}

static ym_status parse_alphabet(struct yara_parser *p, struct modifiers *m) {
    static const char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct ym_str alphabet = {standard, 64};
    struct yara_token t;
    bool there;

    YM_TRY(yara_accept(p, '(', &there));
    if (there) {
        YM_TRY(yara_expect(p, YARA_TEXT, "an alphabet in quotes", &t));
        if (t.n != 64) {
            return yara_fail(p, &t, "a base64 alphabet has 64 characters");
        }
        alphabet = (struct ym_str){t.s, t.n};
        YM_TRY(yara_expect(p, ')', "\")\"", &t));
    }
    if (m->alphabet.s != NULL && memcmp(m->alphabet.s, alphabet.s, 64) != 0) {
        return yara_fail(p, &p->token, "two alphabets for one string");
    }
    m->alphabet = alphabet;
    return YM_OK;
}

static ym_status parse_modifiers(struct yara_parser *p, struct modifiers *m) {
    for (;;) {
        const struct yara_token *t;
        struct yara_token taken;
        unsigned bit;

        YM_TRY(yara_peek(p, &t));
        bit = modifier_of(t->kind);
        if (bit == 0) {
            return YM_OK;
        }
        YM_TRY(yara_take(p, &taken));
        if ((m->set & bit) != 0) {
            return yara_fail(p, &taken, "modifier \"%.*s\" is given twice", (int)taken.n, taken.s);
        }
        m->set |= bit;
        if (bit == M_XOR) {
            YM_TRY(parse_xor_range(p, m));
        } else if (bit == M_BASE64 || bit == M_BASE64WIDE) {
            YM_TRY(parse_alphabet(p, m));
        }
    }
}

static ym_status check_combination(struct yara_parser *p, const struct yara_token *at,
                                   unsigned set) {
    static const struct {
        unsigned a, b;
        const char *names;
    } bad[] = {
        {M_XOR, M_NOCASE, "xor and nocase"},
        {M_BASE64, M_NOCASE, "base64 and nocase"},
        {M_BASE64, M_FULLWORD, "base64 and fullword"},
        {M_BASE64, M_XOR, "base64 and xor"},
        {M_BASE64WIDE, M_NOCASE, "base64wide and nocase"},
        {M_BASE64WIDE, M_FULLWORD, "base64wide and fullword"},
        {M_BASE64WIDE, M_XOR, "base64wide and xor"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if ((set & bad[i].a) != 0 && (set & bad[i].b) != 0) {
            return yara_fail(p, at, "modifiers %s do not go together", bad[i].names);
        }
    }
    return YM_OK;
}

/* The text with a zero after every byte. */
static ym_status widen(struct yara_parser *p, struct ym_str text, struct ym_str *ret_wide) {
    char *bytes = ym_arena_zalloc(p->y->arena, text.n, 2);

    if (bytes == NULL) {
        return yara_out_of_memory(p);
    }
    for (size_t i = 0; i < text.n; i++) {
        bytes[2 * i] = text.s[i];
    }
    *ret_wide = (struct ym_str){bytes, text.n * 2};
    return YM_OK;
}

static ym_status add_base64(struct yara_parser *p, struct ym_pattern *pattern, struct ym_str text,
                            const struct modifiers *m) {
    if ((m->set & M_BASE64) != 0) {
        YM_TRY(yara_base64_variants(p, text, m->alphabet.s, false, pattern));
    }
    return (m->set & M_BASE64WIDE) != 0
               ? yara_base64_variants(p, text, m->alphabet.s, true, pattern)
               : YM_OK;
}

/* One spelling of the text: a BYTES node, or those of base64. */
static ym_status add_variant(struct yara_parser *p, struct ym_pattern *pattern, struct ym_str text,
                             bool wide, const struct modifiers *m) {
    struct ym_node *node = YM_ARENA_NEW(p->y->arena, struct ym_node);

    if ((m->set & (M_BASE64 | M_BASE64WIDE)) != 0) {
        return add_base64(p, pattern, text, m);
    }
    if (node == NULL) {
        return yara_out_of_memory(p);
    }
    node->op = YM_NODE_BYTES;
    node->len = (uint32_t)text.n;
    node->u.bytes.value = (const uint8_t *)text.s;
    pattern->variants[pattern->n_variants++] = (struct ym_variant){.body = node, .wide = wide};
    return YM_OK;
}

static uint32_t pattern_flags(unsigned set) {
    return ((set & M_NOCASE) != 0 ? YM_PATTERN_NOCASE : 0u) |
           ((set & M_FULLWORD) != 0 ? YM_PATTERN_FULLWORD : 0u) |
           ((set & M_PRIVATE) != 0 ? YM_PATTERN_PRIVATE : 0u) |
           ((set & M_XOR) != 0 ? YM_PATTERN_XOR : 0u);
}

/* `wide` alone drops the plain spelling. */
static bool wants_plain(const struct modifiers *m) {
    return (m->set & M_ASCII) != 0 || (m->set & M_WIDE) == 0;
}

ym_status yara_parse_text_string(struct yara_parser *p, struct ym_pattern *pattern) {
    struct modifiers m = {0};
    struct yara_token t;
    struct ym_str wide;

    YM_TRY(yara_take(p, &t));
    if (t.n == 0) {
        return yara_fail(p, &t, "empty string");
    }
    if (t.n > UINT32_MAX / 16) {
        return yara_fail(p, &t, "string too long");
    }
    YM_TRY(parse_modifiers(p, &m));
    YM_TRY(check_combination(p, &t, m.set));
    yara_lint_text(p, &t, (m.set & M_NOCASE) != 0, (m.set & M_WIDE) != 0);
    pattern->flags = pattern_flags(m.set);
    pattern->xor_min = (uint8_t)m.xor_min;
    pattern->xor_max = (uint8_t)m.xor_max;
    if (wants_plain(&m)) {
        YM_TRY(add_variant(p, pattern, (struct ym_str){t.s, t.n}, false, &m));
    }
    if ((m.set & M_WIDE) != 0) {
        YM_TRY(widen(p, (struct ym_str){t.s, t.n}, &wide));
        YM_TRY(add_variant(p, pattern, wide, true, &m));
    }
    return YM_OK;
}

ym_status yara_parse_regex_string(struct yara_parser *p, struct ym_pattern *pattern) {
    struct modifiers m = {0};
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    YM_TRY(parse_modifiers(p, &m));
    if ((m.set & (M_XOR | M_BASE64 | M_BASE64WIDE)) != 0) {
        return yara_fail(p, &t, "xor and base64 are for texts, not for regular expressions");
    }
    pattern->flags = pattern_flags(m.set);
    yara_lint_regex(p, &t);
    return yara_regex_pattern(p, &t, wants_plain(&m), (m.set & M_WIDE) != 0, pattern);
}
