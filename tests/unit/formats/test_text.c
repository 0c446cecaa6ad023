/* Normalised text: the cases were compared with what clamscan 1.4.6 matches. */
#include "formats/text.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <stdbool.h>

static void expect(const char *in, size_t n, const char *want) {
    struct ym_buf out;
    bool same;

    ym_buf_init(&out, 1 << 20);
    CHECK_EQ(ym_text_normalise((const uint8_t *)in, n, &out), YM_OK);
    same = out.len == strlen(want) && (out.len == 0 || memcmp(out.data, want, out.len) == 0);
    if (!same) {
        printf("# got \"%.*s\"\n", (int)out.len, (const char *)out.data);
    }
    ym_buf_done(&out);
    CHECK(same);
}

static void letters_become_small_and_white_space_one_blank(void) {
    expect("Some   Mixed\tCASE   text\r\n   end\n", 34, "some mixed case text end ");
    expect(" \t x", 4, " x");
    expect("", 0, "");
}

static void other_bytes_disappear(void) {
    expect("a\0b\1c\x80\xff\x1b"
           "d",
           9, "abcd");
    expect("\xff\xfeH\0i\0", 6, "hi"); /* UTF-16 */
    expect("~\x7f", 2, "~\x7f");
}

static void blanks_around_dropped_bytes_stay_one(void) {
    expect("a \1 \2 b", 7, "a b");
}

static void long_text_crosses_blocks(void) {
    enum { N = 10000 };
    struct ym_buf out;
    uint8_t in[N];

    memset(in, 'A', N);
    ym_buf_init(&out, N);
    CHECK_EQ(ym_text_normalise(in, N, &out), YM_OK);
    CHECK_EQ(out.len, N);
    CHECK_EQ(out.data[N - 1], 'a');
    ym_buf_done(&out);
    ym_buf_init(&out, N - 1);
    CHECK_EQ(ym_text_normalise(in, N, &out), YM_LIMIT);
    ym_buf_done(&out);
    ym_buf_init(&out, N);
    (void)ym_fault_malloc(1, 1);
    CHECK_EQ(ym_text_normalise(in, N, &out), YM_NOMEM);
    (void)ym_fault_malloc(0, 0);
    ym_buf_done(&out);
}

/* The rule, said byte by byte. */
static size_t obvious(const uint8_t *in, size_t n, uint8_t *out) {
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        uint8_t c = in[i];

        if (c == ' ' || (c >= 9 && c <= 13)) {
            if (m == 0 || out[m - 1] != ' ') {
                out[m++] = ' ';
            }
        } else if (c > ' ' && c < 0x80) {
            out[m++] = c >= 'A' && c <= 'Z' ? c + 32 : c;
        }
    }
    return m;
}

static void every_mixture_is_what_the_rule_says(void) {
    static const char *const alphabets[] = {" \n\tAb", " \x80\tAb\1", "abc DEF", "\1\x80 ", "xyzZ"};
    uint64_t state = 7;

    for (unsigned round = 0; round < 20000; round++) {
        const char *alphabet = alphabets[round % 5];
        uint8_t in[200];
        uint8_t want[200];
        size_t n = round % sizeof(in);
        struct ym_buf out;
        size_t m;

        for (size_t i = 0; i < n; i++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
            in[i] = round % 7 == 0 ? (uint8_t)(state >> 40)
                                   : (uint8_t)alphabet[(state >> 40) % strlen(alphabet)];
        }
        m = obvious(in, n, want);
        ym_buf_init(&out, 1 << 16);
        CHECK_EQ(ym_text_normalise(in, n, &out), YM_OK);
        CHECK_EQ(out.len, m);
        CHECK(m == 0 || memcmp(out.data, want, m) == 0);
        ym_buf_done(&out);
    }
}

MAIN(T(every_mixture_is_what_the_rule_says), T(letters_become_small_and_white_space_one_blank),
     T(other_bytes_disappear), T(blanks_around_dropped_bytes_stay_one), T(long_text_crosses_blocks))
