#include "pcre.h"

ym_status ym_pcre_new(const uint8_t *text, size_t n, uint32_t flags, struct ym_pcre **ret) {
    (void)text;
    (void)n;
    (void)flags;
    (void)ret;
    return YM_UNSUPPORTED;
}
void ym_pcre_free(struct ym_pcre *p) {
    (void)p;
}
ym_status ym_pcre_run(struct ym_pcre *p, const struct ym_pcre_job *job,
                      struct ym_pcre_result *ret) {
    (void)p;
    (void)job;
    (void)ret;
    return YM_UNSUPPORTED;
}
