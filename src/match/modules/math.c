/* modules/math.c - YARA's module math; see module.h.
 *
 * Results equal libyara's to the last bit, so that a rule that compares doubles decides the same:
 * the operations on doubles are its own, in its order.  Where it adds whole numbers as doubles,
 * integers give the same sum (all are below 2^53) and are faster.
 *
 * Ranges: ym_mod_range().  A mean of no bytes is 0 / 0, and YARA takes every NaN for undefined.
 *
 * Texts: libyara reads their bytes as `char`, which has a sign where most rules are run: 0xff is -1
 * in mean(), deviation() and serial_correlation(), and far outside the circle of monte_carlo_pi().
 * That is kept.  entropy() and all ranges count bytes of 0..255.
 *
 * Counting runs at 2.6 GB/s, and at 1.4 GB/s where one byte repeats.
 *
 * Many rules of a set ask for the entropy of the same ranges (of the whole object, of its
 * sections), so the counts of the last few long ones are kept. */
#include "module.h"

#include "base/modules/math.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

extern const struct ym_module_code ym_module_math_code;

enum {
    VALUES = 256,
    TABLES = 4,       /* counted side by side: runs of one byte would wait for each other */
    CHUNK = 1 << 30,  /* what 32-bit counters can take */
    KEPT = 8,         /* histograms */
    KEPT_FROM = 4096, /* bytes: shorter ranges are counted faster than they are looked up */
    STEPS = 64        /* charged for a call */
};

static const double pi = 3.141592653589793;

struct histogram {
    const char *at; /* NULL: nothing is kept here */
    size_t n;
    uint64_t of[VALUES];
};

struct kept {
    struct histogram ranges[KEPT];
    unsigned next; /* to be replaced */
};

/* ---- Counting -------------------------------------------------------------------------------- */

/* The loop is written out: compilers do not unroll it at -O2, and it is most of the time. */
static void count_word(uint64_t w, uint32_t tables[TABLES][VALUES]) {
    tables[0][w & 0xff]++;
    tables[1][w >> 8 & 0xff]++;
    tables[2][w >> 16 & 0xff]++;
    tables[3][w >> 24 & 0xff]++;
    tables[0][w >> 32 & 0xff]++;
    tables[1][w >> 40 & 0xff]++;
    tables[2][w >> 48 & 0xff]++;
    tables[3][w >> 56]++;
}

static void count_chunk(const char *p, size_t n, uint64_t of[VALUES]) {
    uint32_t tables[TABLES][VALUES] = {{0}};
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t word;

        memcpy(&word, p + i, 8);
        count_word(word, tables);
    }
    for (; i < n; i++) {
        tables[0][(unsigned char)p[i]]++;
    }
    for (unsigned v = 0; v < VALUES; v++) {
        of[v] += (uint64_t)tables[0][v] + tables[1][v] + tables[2][v] + tables[3][v];
    }
}

static void count_bytes(struct ym_str t, struct histogram *h) {
    memset(h->of, 0, sizeof(h->of));
    h->at = t.s;
    h->n = t.n;
    for (size_t done = 0; done < t.n; done += CHUNK) {
        count_chunk(t.s + done, t.n - done < CHUNK ? t.n - done : CHUNK, h->of);
    }
}

/* NULL: too short to be kept, or no memory. */
static struct histogram *place_for(struct ym_mod_scan *s, struct ym_mod_object *root,
                                   struct ym_str t) {
    struct kept *kept;

    if (t.n < KEPT_FROM) {
        return NULL;
    }
    if (root->own == NULL) {
        root->own = YM_ARENA_NEW(s->arena, struct kept);
    }
    kept = root->own;
    if (kept == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < KEPT; i++) {
        if (kept->ranges[i].at == t.s && kept->ranges[i].n == t.n) {
            return &kept->ranges[i];
        }
    }
    kept->next = (kept->next + 1) % KEPT;
    return &kept->ranges[kept->next];
}

/* The counts of a range, in *room or kept; NULL: undefined. */
static const struct histogram *histogram_of(struct ym_mod_scan *s, struct ym_mod_object *root,
                                            int64_t offset, int64_t n, struct histogram *room) {
    struct histogram *h;
    struct ym_str t;

    if (!ym_mod_range(s, offset, n, &t)) {
        return NULL;
    }
    h = place_for(s, root, t);
    h = h == NULL ? room : h;
    if (h == room || h->at != t.s || h->n != t.n) {
        if (!ym_mod_spend(s, STEPS + t.n / 4)) {
            return NULL;
        }
        count_bytes(t, h);
        return h;
    }
    return ym_mod_spend(s, STEPS) ? h : NULL;
}

/* Of the whole object. */
static const struct histogram *histogram_of_all(struct ym_mod_scan *s, struct ym_mod_object *root,
                                                struct histogram *room) {
    return histogram_of(s, root, 0, INT64_MAX, room);
}

/* ---- Results --------------------------------------------------------------------------------- */

static void give(struct ym_mod_value *ret, double v) {
    if (!isnan(v)) {
        ym_mod_give_double(ret, v);
    }
}

static void give_entropy(const struct histogram *h, struct ym_mod_value *ret) {
    double sum = 0.0;

    for (unsigned v = 0; v < VALUES; v++) {
        if (h->of[v] != 0) {
            double x = (double)h->of[v] / (double)h->n;

            sum -= x * log2(x);
        }
    }
    give(ret, sum);
}

static void give_mean(const struct histogram *h, struct ym_mod_value *ret) {
    uint64_t sum = 0;

    for (unsigned v = 0; v < VALUES; v++) {
        sum += h->of[v] * v;
    }
    give(ret, (double)sum / (double)h->n);
}

static void give_deviation(const struct histogram *h, double mean, struct ym_mod_value *ret) {
    double sum = 0.0;

    for (unsigned v = 0; v < VALUES; v++) {
        sum += fabs((double)v - mean) * (double)h->of[v];
    }
    give(ret, sum / (double)h->n);
}

static void give_count(const struct histogram *h, int64_t byte, struct ym_mod_value *ret) {
    if (h != NULL && byte >= 0 && byte < VALUES) {
        ym_mod_give_int(ret, (int64_t)h->of[byte]);
    }
}

/* In floats, as libyara. */
static void give_percentage(const struct histogram *h, int64_t byte, struct ym_mod_value *ret) {
    if (h != NULL && byte >= 0 && byte < VALUES) {
        give(ret, (double)((float)h->of[byte] / (float)h->n));
    }
}

static void give_mode(const struct histogram *h, struct ym_mod_value *ret) {
    unsigned most = 0;

    for (unsigned v = 0; h != NULL && v < VALUES; v++) {
        most = h->of[v] > h->of[most] ? v : most;
    }
    if (h != NULL) {
        ym_mod_give_int(ret, most);
    }
}

/* How a byte is read: XORed with this, then less this, it is of 0..255 or of -128..127. */
enum sign { NO_SIGN = 0, SIGN = 0x80 };

static int64_t value_of(char c, enum sign sign) {
    return ((int64_t)(unsigned char)c ^ (int64_t)sign) - (int64_t)sign;
}

/* Knuth's, with the last byte before the first. */
static void give_correlation(struct ym_str t, enum sign sign, struct ym_mod_value *ret) {
    double n = (double)t.n;
    int64_t last = 0;
    int64_t products = 0;
    int64_t sum = 0;
    int64_t squares = 0;
    double below;
    double sum2;

    for (size_t i = 0; i < t.n; i++) {
        int64_t v = value_of(t.s[i], sign);

        products += last * v;
        sum += v;
        squares += v * v;
        last = v;
    }
    products += t.n == 0 ? 0 : last * value_of(t.s[0], sign);
    sum2 = (double)sum * (double)sum;
    below = n * (double)squares - sum2;
    give(ret, below == 0.0 ? -100000.0 : (n * (double)products - sum2) / below);
}

/* Six bytes are a point in a square: does it lie in the circle? */
static bool in_circle(const char *p, enum sign sign) {
    static const uint64_t radius = (1u << 24) - 1;
    uint64_t x = 0;
    uint64_t y = 0;

    for (unsigned i = 0; i < 3; i++) {
        if (value_of(p[i], sign) < 0 || value_of(p[i + 3], sign) < 0) {
            return false; /* libyara has 2^32 - 1 of -1 */
        }
        x = x << 8 | (unsigned char)p[i];
        y = y << 8 | (unsigned char)p[i + 3];
    }
    return x * x + y * y <= radius * radius;
}

static void give_pi(struct ym_str t, enum sign sign, struct ym_mod_value *ret) {
    size_t points = t.n / 6;
    size_t inside = 0;

    for (size_t i = 0; i < points; i++) {
        inside += in_circle(t.s + 6 * i, sign) ? 1 : 0;
    }
    if (points > 0) {
        give(ret, fabs((4.0 * ((double)inside / (double)points) - pi) / pi));
    }
}

/* ---- Functions ------------------------------------------------------------------------------- */

#define FUNCTION(name)                                                                             \
    static void name(struct ym_mod_scan *s, struct ym_mod_object *self,                            \
                     const union ym_mod_arg *args, struct ym_mod_value *ret)

/* A range that is walked, not counted. */
static bool range_of(struct ym_mod_scan *s, const union ym_mod_arg *args, struct ym_str *ret) {
    return ym_mod_range(s, args[0].i, args[1].i, ret) && ym_mod_spend(s, STEPS + ret->n);
}

static bool text_of(struct ym_mod_scan *s, const union ym_mod_arg *args, struct ym_str *ret) {
    *ret = args[0].text;
    return ym_mod_spend(s, STEPS + ret->n);
}

FUNCTION(in_range) {
    (void)s;
    (void)self;
    ym_mod_give_int(ret, args[1].d <= args[0].d && args[0].d <= args[2].d);
}

FUNCTION(in_range_int) {
    (void)s;
    (void)self;
    ym_mod_give_int(ret, args[1].i <= args[0].i && args[0].i <= args[2].i);
}

FUNCTION(deviation) {
    struct histogram room;
    const struct histogram *h = histogram_of(s, self, args[0].i, args[1].i, &room);

    if (h != NULL) {
        give_deviation(h, args[2].d, ret);
    }
}

FUNCTION(deviation_text) {
    struct ym_str t;
    double sum = 0.0;

    (void)self;
    if (text_of(s, args, &t)) {
        for (size_t i = 0; i < t.n; i++) {
            sum += fabs((double)value_of(t.s[i], SIGN) - args[1].d);
        }
        give(ret, sum / (double)t.n);
    }
}

FUNCTION(mean) {
    struct histogram room;
    const struct histogram *h = histogram_of(s, self, args[0].i, args[1].i, &room);

    if (h != NULL) {
        give_mean(h, ret);
    }
}

FUNCTION(mean_text) {
    struct ym_str t;
    int64_t sum = 0;

    (void)self;
    if (text_of(s, args, &t)) {
        for (size_t i = 0; i < t.n; i++) {
            sum += value_of(t.s[i], SIGN);
        }
        give(ret, (double)sum / (double)t.n);
    }
}

FUNCTION(serial_correlation) {
    struct ym_str t;

    (void)self;
    if (range_of(s, args, &t)) {
        give_correlation(t, NO_SIGN, ret);
    }
}

FUNCTION(serial_correlation_text) {
    struct ym_str t;

    (void)self;
    if (text_of(s, args, &t)) {
        give_correlation(t, SIGN, ret);
    }
}

FUNCTION(monte_carlo_pi) {
    struct ym_str t;

    (void)self;
    if (range_of(s, args, &t)) {
        give_pi(t, NO_SIGN, ret);
    }
}

FUNCTION(monte_carlo_pi_text) {
    struct ym_str t;

    (void)self;
    if (text_of(s, args, &t)) {
        give_pi(t, SIGN, ret);
    }
}

FUNCTION(entropy) {
    struct histogram room;
    const struct histogram *h = histogram_of(s, self, args[0].i, args[1].i, &room);

    if (h != NULL) {
        give_entropy(h, ret);
    }
}

FUNCTION(entropy_text) {
    struct histogram room;
    struct ym_str t;

    (void)self;
    if (text_of(s, args, &t)) {
        count_bytes(t, &room);
        give_entropy(&room, ret);
    }
}

/* min() and max() compare without sign: -1 is the largest. */
FUNCTION(min) {
    (void)s;
    (void)self;
    ym_mod_give_int(ret, (uint64_t)args[0].i < (uint64_t)args[1].i ? args[0].i : args[1].i);
}

FUNCTION(max) {
    (void)s;
    (void)self;
    ym_mod_give_int(ret, (uint64_t)args[0].i > (uint64_t)args[1].i ? args[0].i : args[1].i);
}

FUNCTION(to_number) {
    (void)s;
    (void)self;
    ym_mod_give_int(ret, args[0].i != 0);
}

FUNCTION(absolute) {
    (void)s;
    (void)self;
    /* INT64_MIN stays what it is. */
    ym_mod_give_int(ret, args[0].i < 0 ? (int64_t)(0 - (uint64_t)args[0].i) : args[0].i);
}

FUNCTION(count) {
    struct histogram room;

    give_count(histogram_of(s, self, args[1].i, args[2].i, &room), args[0].i, ret);
}

FUNCTION(count_all) {
    struct histogram room;

    give_count(histogram_of_all(s, self, &room), args[0].i, ret);
}

FUNCTION(percentage) {
    struct histogram room;

    give_percentage(histogram_of(s, self, args[1].i, args[2].i, &room), args[0].i, ret);
}

FUNCTION(percentage_all) {
    struct histogram room;

    give_percentage(histogram_of_all(s, self, &room), args[0].i, ret);
}

FUNCTION(mode) {
    struct histogram room;

    give_mode(histogram_of(s, self, args[0].i, args[1].i, &room), ret);
}

FUNCTION(mode_all) {
    struct histogram room;

    (void)args;
    give_mode(histogram_of_all(s, self, &room), ret);
}

static void give_string(char *text, struct ym_mod_value *ret) {
    if (text != NULL) {
        ym_mod_give_text(ret, (struct ym_str){text, strlen(text)});
    }
}

FUNCTION(to_string) {
    (void)self;
    if (ym_mod_spend(s, STEPS)) {
        give_string(ym_arena_printf(s->arena, "%" PRId64, args[0].i), ret);
    }
}

/* Of the bits without a sign in bases 8 and 16; other bases than these three are undefined. */
FUNCTION(to_string_base) {
    uint64_t bits = (uint64_t)args[0].i;

    if (args[1].i == 10) {
        to_string(s, self, args, ret);
    } else if (args[1].i == 8 && ym_mod_spend(s, STEPS)) {
        give_string(ym_arena_printf(s->arena, "%" PRIo64, bits), ret);
    } else if (args[1].i == 16 && ym_mod_spend(s, STEPS)) {
        give_string(ym_arena_printf(s->arena, "%" PRIx64, bits), ret);
    }
}

static ym_mod_function *const functions[] = {
    [MATH_FN_IN_RANGE] = in_range,
    [MATH_FN_IN_RANGE_INT] = in_range_int,
    [MATH_FN_DEVIATION] = deviation,
    [MATH_FN_DEVIATION_TEXT] = deviation_text,
    [MATH_FN_MEAN] = mean,
    [MATH_FN_MEAN_TEXT] = mean_text,
    [MATH_FN_SERIAL_CORRELATION] = serial_correlation,
    [MATH_FN_SERIAL_CORRELATION_TEXT] = serial_correlation_text,
    [MATH_FN_MONTE_CARLO_PI] = monte_carlo_pi,
    [MATH_FN_MONTE_CARLO_PI_TEXT] = monte_carlo_pi_text,
    [MATH_FN_ENTROPY] = entropy,
    [MATH_FN_ENTROPY_TEXT] = entropy_text,
    [MATH_FN_MIN] = min,
    [MATH_FN_MAX] = max,
    [MATH_FN_TO_NUMBER] = to_number,
    [MATH_FN_ABS] = absolute,
    [MATH_FN_COUNT] = count,
    [MATH_FN_COUNT_ALL] = count_all,
    [MATH_FN_PERCENTAGE] = percentage,
    [MATH_FN_PERCENTAGE_ALL] = percentage_all,
    [MATH_FN_MODE] = mode,
    [MATH_FN_MODE_ALL] = mode_all,
    [MATH_FN_TO_STRING] = to_string,
    [MATH_FN_TO_STRING_BASE] = to_string_base,
};

const struct ym_module_code ym_module_math_code = {.functions = functions,
                                                   .n_functions = YM_MOD_N(functions)};
