/* fuzz_mail.c - parts of a mail lie inside it, one behind the other, and come to an end. */
#include "formats/mail.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_mail m;
    struct ym_mail_part part;
    struct ym_buf out;
    size_t after = 0;

    ym_mail_init(&m, data, len);
    while (ym_mail_next(&m, &part)) {
        if (part.offset < after || part.offset > len || part.size > len - part.offset) {
            abort();
        }
        after = part.offset + part.size;
        ym_buf_init(&out, part.size);
        if (ym_mail_quoted_decode(data + part.offset, part.size, &out) != YM_OK) {
            abort(); /* decoding never makes it longer */
        }
        ym_buf_done(&out);
        if (part.size == 0 && after == len) {
            break;
        }
    }
    return 0;
}
