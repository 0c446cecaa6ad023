/* fuzz_feed_mail.c - a line of a mail gateway's log: what is told lies in the line. */
#include "feeds/mail.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void inside(struct ym_str s, const char *line, size_t len) {
    if (s.s < line || s.s + s.n > line + len) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const char *line = (const char *)data;
    struct ym_mail_event e;

    if (ym_mail_read((struct ym_str){line, len}, 1527811200, &e) == YM_MAIL_EVENT) {
        inside(e.address, line, len);
        inside(e.queue, line, len);
        if ((unsigned)e.reason >= YM_MAIL_REASONS || (unsigned)e.stage >= YM_MAIL_STAGES ||
            (e.stage == YM_MAIL_EDGE) != (e.reason <= YM_MAIL_RULE)) {
            abort();
        }
    }
    return 0;
}
