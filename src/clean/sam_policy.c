/* sam_policy.c - see clean/sam_policy.h. */
#include "clean/sam_policy.h"

#include "base/reader.h"

static const char module[] = "clean/sam_policy";

enum {
    AT_LOCKOUT = 48,
    AT_PROPERTIES = 76,
    TICKS_A_SECOND = 10000000,
    REVISION_MIN = 1,
    REVISION_MAX = 3,
    PROPERTIES_KNOWN = 0xff, /* seven bits are documented */
    COMPLEX = 1
};

/* A span of time, which Windows keeps as a negative number; false: it is none. */
static bool minutes(uint64_t ticks, uint64_t *ret_minutes, bool *ret_for_ever) {
    const uint64_t for_ever = UINT64_C(1) << 63;
    uint64_t span = 0 - ticks;

    *ret_for_ever = ticks == for_ever;
    if (*ret_for_ever) {
        *ret_minutes = 0;
        return true;
    }
    *ret_minutes = span / TICKS_A_SECOND / 60;
    return ticks == 0 || (ticks > for_ever && *ret_minutes <= YM_SAM_MINUTES_MAX);
}

static bool is_plausible(const struct ym_sam_policy *p, uint32_t revision, uint32_t properties) {
    return revision >= REVISION_MIN && revision <= REVISION_MAX && properties <= PROPERTIES_KNOWN &&
           p->min_length <= YM_SAM_LENGTH_MAX && p->history <= YM_SAM_HISTORY_MAX &&
           p->lockout_threshold <= YM_SAM_THRESHOLD_MAX;
}

ym_status ym_sam_policy_parse(const uint8_t *data, size_t n, struct ym_sam_policy *ret_policy,
                              struct ym_err *err) {
    struct ym_sam_policy p = {.lockout_threshold = 0};
    struct ym_reader r;
    uint32_t revision;
    uint32_t properties;
    bool spans;
    bool endless;

    ym_reader_init(&r, data, n);
    if (n < YM_SAM_POLICY_SIZE) {
        return ym_fail(err, YM_TRUNCATED, module, n, "the account policy is cut off");
    }
    revision = ym_get_u16le(&r);
    ym_seek(&r, AT_LOCKOUT);
    spans = minutes(ym_get_u64le(&r), &p.lockout_minutes, &p.lockout_for_ever);
    spans = minutes(ym_get_u64le(&r), &p.window_minutes, &endless) && spans && !endless;
    ym_seek(&r, AT_PROPERTIES);
    properties = ym_get_u32le(&r);
    p.complexity = (properties & COMPLEX) != 0;
    p.min_length = ym_get_u16le(&r);
    p.history = ym_get_u16le(&r);
    p.lockout_threshold = ym_get_u16le(&r);
    YM_TRY(ym_reader_status(&r));
    if (!spans || !is_plausible(&p, revision, properties)) {
        return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET,
                       "the numbers of the account policy are not plausible together");
    }
    *ret_policy = p;
    return YM_OK;
}
