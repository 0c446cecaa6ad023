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

MAIN(T(letters_become_small_and_white_space_one_blank), T(other_bytes_disappear),
     T(blanks_around_dropped_bytes_stay_one), T(long_text_crosses_blocks))
