/* database/condition_code.h - the encoding of condition programs, shared by the compiler and
 * checker (database/condition.c) and the machine (match/condition.c).
 *
 * One row per instruction:
 *
 *     X(name, operand bytes, what it pops, what it pushes)
 *
 * An instruction is its number in one byte, then its operands, little-endian.  A negative number
 * of operand bytes means a tail of variable length follows -n bytes.  Stack letters: i integer
 * (and boolean), d double, t text, n integer or double, a any of these and o, o object of a module, r
 * regular expression, ? what the operands say; the topmost value is the last letter.
 * The meaning of each is at the head of database/condition.c. */
#ifndef YM_DATABASE_CONDITION_CODE_H
#define YM_DATABASE_CONDITION_CODE_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define YM_COND_TABLE(X)                                                                           \
    X(END, 0, "n", "")                                                                             \
    X(PUSH_I8, 1, "", "i")                                                                         \
    X(PUSH_I32, 4, "", "i")                                                                        \
    X(PUSH_I64, 8, "", "i")                                                                        \
    X(PUSH_DOUBLE, 8, "", "d")                                                                     \
    X(PUSH_TEXT, -4, "", "t")                                                                      \
    X(FILESIZE, 0, "", "i")                                                                        \
    X(ENTRYPOINT, 0, "", "i")                                                                      \
    X(READ, 1, "i", "i")                                                                           \
    X(FOUND, 4, "", "i")                                                                           \
    X(FOUND_AT, 4, "i", "i")                                                                       \
    X(FOUND_IN, 4, "ii", "i")                                                                      \
    X(COUNT, 4, "", "i")                                                                           \
    X(COUNT_IN, 4, "ii", "i")                                                                      \
    X(OFFSET, 4, "i", "i")                                                                         \
    X(LENGTH, 4, "i", "i")                                                                         \
    X(RULE, 4, "", "i")                                                                            \
    X(TO_DOUBLE, 0, "i", "d")                                                                      \
    X(NEG_I, 0, "i", "i")                                                                          \
    X(NEG_D, 0, "d", "d")                                                                          \
    X(BIT_NOT, 0, "i", "i")                                                                        \
    X(ADD_I, 0, "ii", "i")                                                                         \
    X(SUB_I, 0, "ii", "i")                                                                         \
    X(MUL_I, 0, "ii", "i")                                                                         \
    X(DIV_I, 0, "ii", "i")                                                                         \
    X(MOD_I, 0, "ii", "i")                                                                         \
    X(BIT_AND, 0, "ii", "i")                                                                       \
    X(BIT_OR, 0, "ii", "i")                                                                        \
    X(BIT_XOR, 0, "ii", "i")                                                                       \
    X(SHL, 0, "ii", "i")                                                                           \
    X(SHR, 0, "ii", "i")                                                                           \
    X(EQ_I, 0, "ii", "i")                                                                          \
    X(NE_I, 0, "ii", "i")                                                                          \
    X(LT_I, 0, "ii", "i")                                                                          \
    X(LE_I, 0, "ii", "i")                                                                          \
    X(GT_I, 0, "ii", "i")                                                                          \
    X(GE_I, 0, "ii", "i")                                                                          \
    X(ADD_D, 0, "dd", "d")                                                                         \
    X(SUB_D, 0, "dd", "d")                                                                         \
    X(MUL_D, 0, "dd", "d")                                                                         \
    X(DIV_D, 0, "dd", "d")                                                                         \
    X(EQ_D, 0, "dd", "i")                                                                          \
    X(NE_D, 0, "dd", "i")                                                                          \
    X(LT_D, 0, "dd", "i")                                                                          \
    X(LE_D, 0, "dd", "i")                                                                          \
    X(GT_D, 0, "dd", "i")                                                                          \
    X(GE_D, 0, "dd", "i")                                                                          \
    X(EQ_T, 0, "tt", "i")                                                                          \
    X(NE_T, 0, "tt", "i")                                                                          \
    X(LT_T, 0, "tt", "i")                                                                          \
    X(LE_T, 0, "tt", "i")                                                                          \
    X(GT_T, 0, "tt", "i")                                                                          \
    X(GE_T, 0, "tt", "i")                                                                          \
    X(CONTAINS, 0, "tt", "i")                                                                      \
    X(ICONTAINS, 0, "tt", "i")                                                                     \
    X(STARTSWITH, 0, "tt", "i")                                                                    \
    X(ISTARTSWITH, 0, "tt", "i")                                                                   \
    X(ENDSWITH, 0, "tt", "i")                                                                      \
    X(IENDSWITH, 0, "tt", "i")                                                                     \
    X(IEQUALS, 0, "tt", "i")                                                                       \
    X(NOT, 0, "n", "i")                                                                            \
    X(DEFINED, 0, "a", "i")                                                                        \
    X(BOOL, 0, "n", "i")                                                                           \
    X(AND, 4, "n", "")                                                                             \
    X(OR, 4, "n", "")                                                                              \
    X(OF, -6, "", "i")        /* also pops what its quantifier and place bytes say */              \
    X(FOR, -5, "", "")        /* also pops what its quantifier byte says; opens a loop */          \
    X(OF_VALUES, 3, "", "i")  /* pops so many conditions, then what its quantifier says */         \
    X(FOR_RANGE, 5, "ii", "") /* opens a loop with a variable, as the next two */                  \
    X(FOR_LIST, 8, "", "")    /* its members stay on the stack until it closes */                  \
    X(FOR_ITEMS, 5, "o", "")                                                                       \
    X(NEXT, 0, "n", "i") /* closes the innermost loop */                                           \
    X(LET, 1, "a", "")   /* opens a variable */                                                    \
    X(UNLET, 1, "", "")  /* closes so many */                                                      \
    X(VAR, 1, "", "?")                                                                             \
    X(EXTERNAL_I, 4, "", "i")                                                                      \
    X(EXTERNAL_D, 4, "", "d")                                                                      \
    X(EXTERNAL_T, 4, "", "t")                                                                      \
    X(MODULE, 1, "", "?")                                                                          \
    X(FIELD, 2, "o", "?")                                                                          \
    X(INDEX, 0, "oi", "?")                                                                         \
    X(LOOKUP, 0, "ot", "?")                                                                        \
    X(CALL, 4, "", "?") /* pops the arguments and the struct */                                    \
    X(LEN_O, 0, "o", "i")                                                                          \
    X(LEN_T, 0, "t", "i")                                                                          \
    X(TEXT_TRUE, 0, "t", "i")                                                                      \
    X(PUSH_REGEX, -4, "", "r")                                                                     \
    X(MATCHES, 0, "tr", "i")

typedef enum ym_cond_op {
#define X(name, operands, pops, pushes) YM_COND_##name,
    YM_COND_TABLE(X)
#undef X
        YM_COND_COUNT_
} ym_cond_op;

enum {
    YM_COND_MAX_STACK = 4096, /* values */
    YM_COND_MAX_BLOCKS = 320, /* open AND, OR and FOR blocks */
    YM_COND_MAX_LOOPS = 4,    /* loops inside loops */
    YM_COND_MAX_VARS = 32,    /* open at once */
    YM_COND_MAX_ARGS = 8,     /* of a function */
    YM_COND_MAX_PROGRAM = 64 << 20
};

/* Operand of READ. */
enum {
    YM_COND_READ_WIDTH = 0x03, /* log2 of the bytes: 0, 1 or 2 */
    YM_COND_READ_SIGNED = 0x04,
    YM_COND_READ_BIG = 0x08
};

/* First operand byte of OF and of loops.  COUNT and PERCENT pop an integer. */
enum { YM_COND_Q_COUNT, YM_COND_Q_PERCENT, YM_COND_Q_ALL, YM_COND_Q_ANY, YM_COND_Q_NONE };

/* Second operand byte of OF.  AT pops an offset, IN low and high. */
enum { YM_COND_OF_FOUND, YM_COND_OF_AT, YM_COND_OF_IN, YM_COND_OF_RULES };

#define YM_COND_CURRENT UINT32_MAX /* pattern operand: the member the innermost loop is at */

/* ---- Reading a checked program ------------------------------------------------------------- */

static inline uint32_t ym_cond_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t ym_cond_u64(const uint8_t *p) {
    return (uint64_t)ym_cond_u32(p) | (uint64_t)ym_cond_u32(p + 4) << 32;
}

/* ---- Arithmetic that compile side and run side must agree on -------------------------------- */

/* Integers: 64-bit, wrapping; false: the result is undefined.  Division by zero and INT64_MIN \ -1
 * are undefined, so is a shift by a negative count; a shift by 64 or more gives 0. */
static inline bool ym_cond_int(ym_cond_op op, int64_t a, int64_t b, int64_t *ret) {
    uint64_t x = (uint64_t)a;
    uint64_t y = (uint64_t)b;

#define YM_COND_CASE(name, value)                                                                  \
    case YM_COND_##name:                                                                           \
        *ret = (int64_t)(value);                                                                   \
        return true
    if (op == YM_COND_DIV_I || op == YM_COND_MOD_I) {
        if (b == 0 || (a == INT64_MIN && b == -1)) {
            return false;
        }
        *ret = op == YM_COND_DIV_I ? a / b : a % b;
        return true;
    }
    if (op == YM_COND_SHL || op == YM_COND_SHR) {
        if (b < 0) {
            return false;
        }
        *ret = b >= 64 ? 0 : op == YM_COND_SHL ? (int64_t)(x << b) : a >> b;
        return true;
    }
    switch ((int)op) {
        YM_COND_CASE(ADD_I, x + y);
        YM_COND_CASE(SUB_I, x - y);
        YM_COND_CASE(MUL_I, x * y);
        YM_COND_CASE(BIT_AND, x & y);
        YM_COND_CASE(BIT_OR, x | y);
        YM_COND_CASE(BIT_XOR, x ^ y);
        YM_COND_CASE(EQ_I, a == b);
        YM_COND_CASE(NE_I, a != b);
        YM_COND_CASE(LT_I, a < b);
        YM_COND_CASE(LE_I, a <= b);
        YM_COND_CASE(GT_I, a > b);
        YM_COND_CASE(GE_I, a >= b);
    default:
        return false;
    }
#undef YM_COND_CASE
}

static inline double ym_cond_double(ym_cond_op op, double a, double b) {
    switch ((int)op) {
    case YM_COND_ADD_D:
        return a + b;
    case YM_COND_SUB_D:
        return a - b;
    case YM_COND_MUL_D:
        return a * b;
    default:
        return a / b;
    }
}

/* Doubles are equal when they differ by less than DBL_EPSILON, as in libyara. */
static inline bool ym_cond_double_compare(ym_cond_op op, double a, double b) {
    switch ((int)op) {
    case YM_COND_EQ_D:
        return fabs(a - b) < DBL_EPSILON;
    case YM_COND_NE_D:
        return fabs(a - b) >= DBL_EPSILON;
    case YM_COND_LT_D:
        return a < b;
    case YM_COND_LE_D:
        return a <= b;
    case YM_COND_GT_D:
        return a > b;
    default:
        return a >= b;
    }
}

/* Did `found` of `total` satisfy the quantifier?  n is the value of COUNT and PERCENT. */
static inline bool ym_cond_enough(uint8_t quantifier, int64_t n, int64_t found, int64_t total) {
    switch (quantifier) {
    case YM_COND_Q_ALL:
        return found == total;
    case YM_COND_Q_ANY:
        return found >= 1;
    case YM_COND_Q_NONE:
        return found == 0;
    case YM_COND_Q_PERCENT:
        return (double)found / (double)total * 100 >= (double)n;
    default: /* "0 of" is exactly none (YARA 4.3) */
        return n == 0 ? found == 0 : found >= n;
    }
}

/* ---- Texts ----------------------------------------------------------------------------------- */

static inline uint8_t ym_cond_fold(uint8_t c, bool nocase) {
    return nocase && c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Does b lie in a at this place? */
static inline bool ym_cond_text_at(const uint8_t *a, const uint8_t *b, uint32_t nb, bool nocase) {
    for (uint32_t i = 0; i < nb; i++) {
        if (ym_cond_fold(a[i], nocase) != ym_cond_fold(b[i], nocase)) {
            return false;
        }
    }
    return true;
}

static inline bool ym_cond_text_contains(const uint8_t *a, uint32_t na, const uint8_t *b,
                                         uint32_t nb, bool nocase) {
    for (uint32_t i = 0; nb <= na && i <= na - nb; i++) {
        if (ym_cond_text_at(a + i, b, nb, nocase)) {
            return true;
        }
    }
    return false;
}

/* <0, 0, >0 in byte order; of two texts of which one begins the other, the shorter is less. */
static inline int ym_cond_text_compare(const uint8_t *a, uint32_t na, const uint8_t *b,
                                       uint32_t nb) {
    for (uint32_t i = 0; i < na && i < nb; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return na == nb ? 0 : na < nb ? -1 : 1;
}

static inline bool ym_cond_text(ym_cond_op op, const uint8_t *a, uint32_t na, const uint8_t *b,
                                uint32_t nb) {
    switch ((int)op) {
    case YM_COND_EQ_T:
        return ym_cond_text_compare(a, na, b, nb) == 0;
    case YM_COND_NE_T:
        return ym_cond_text_compare(a, na, b, nb) != 0;
    case YM_COND_LT_T:
        return ym_cond_text_compare(a, na, b, nb) < 0;
    case YM_COND_LE_T:
        return ym_cond_text_compare(a, na, b, nb) <= 0;
    case YM_COND_GT_T:
        return ym_cond_text_compare(a, na, b, nb) > 0;
    case YM_COND_GE_T:
        return ym_cond_text_compare(a, na, b, nb) >= 0;
    case YM_COND_CONTAINS:
    case YM_COND_ICONTAINS:
        return ym_cond_text_contains(a, na, b, nb, op == YM_COND_ICONTAINS);
    case YM_COND_STARTSWITH:
    case YM_COND_ISTARTSWITH:
        return nb <= na && ym_cond_text_at(a, b, nb, op == YM_COND_ISTARTSWITH);
    case YM_COND_ENDSWITH:
    case YM_COND_IENDSWITH:
        return nb <= na && ym_cond_text_at(a + (na - nb), b, nb, op == YM_COND_IENDSWITH);
    default: /* IEQUALS */
        return na == nb && ym_cond_text_at(a, b, nb, true);
    }
}

#endif
