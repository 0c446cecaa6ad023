/* fuzz_byte_compare.c - byte compares read nothing outside of the data, and one value is either
 * less, equal or greater. */
#include "../../src/match/byte_compare.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned asked(struct ym_byte_compare *c, char op, const uint8_t *data, size_t len,
                      uint64_t base) {
    c->tests[0].op = op;
    return ym_byte_compare(c, data, len, base) ? 1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static const char formats[] = "hdai";
    struct ym_byte_compare c = {.n_tests = 1};
    uint64_t base;
    unsigned answers;

    if (len < HEAD) {
        return 0;
    }
    c.format = formats[data[0] & 3];
    c.little = (data[0] & 4) != 0;
    c.exact = (data[0] & 8) != 0;
    c.bytes = c.format == 'i' ? (uint8_t)(1u << (data[1] & 3)) : data[1];
    c.offset = (int8_t)data[2];
    base = data[3];
    memcpy(&c.tests[0].value, data + 4, sizeof(c.tests[0].value));
    data += HEAD;
    len -= HEAD;
    answers = asked(&c, '<', data, len, base) + asked(&c, '=', data, len, base) +
              asked(&c, '>', data, len, base);
    /* None: there is no value. */
    if (answers > 1 || (c.format == 'i' && answers == 0 && (int64_t)base + c.offset > 0 &&
                        (uint64_t)((int64_t)base + c.offset) + c.bytes <= len)) {
        abort();
    }
    return 0;
}
