/* hook.c - see hook.h.  Compiled into testing builds only. */
#include "hook.h"

#include "base/text.h"
#include "clean/journal.h"
#include "engine/pool.h"

#include <stdlib.h>
#include <string.h>

static void misbehave(uint64_t nth, struct ym_report *report) {
    const char *want = getenv("YAMORI_TEST_SCANNER"); // NOLINT(concurrency-mt-unsafe)
    const char *at = want == NULL ? NULL : strchr(want, '@');
    uint64_t when;

    (void)report;
    if (at == NULL || !ym_parse_u64(at + 1, strlen(at + 1), &when) || when != nth) {
        return;
    }
    if (strncmp(want, "crash@", 6) == 0) {
        abort();
    }
    if (strncmp(want, "hang@", 5) == 0) {
        for (volatile int forever = 1; forever;) {
        }
    }
}

void ym_cli_hook(struct ym_pool_options *o) {
    if (getenv("YAMORI_TEST_SCANNER") != NULL) { // NOLINT(concurrency-mt-unsafe)
        o->hook = misbehave;
    }
}

unsigned ym_cli_hook_settle(unsigned usual) {
    const char *want = getenv("YAMORI_TEST_SETTLE"); // NOLINT(concurrency-mt-unsafe)
    uint32_t seconds;

    return want != NULL && ym_parse_u32(want, strlen(want), &seconds) ? seconds : usual;
}

void ym_cli_hook_kill(void) {
    const char *want = getenv("YAMORI_TEST_KILL_AT"); // NOLINT(concurrency-mt-unsafe)
    uint32_t nth;

    if (want != NULL && ym_parse_u32(want, strlen(want), &nth)) {
        ym_clean_kill_at(nth);
    }
}
