/* sums.c - what is counted of a record.  See records/sums.h and sums_int.h. */
#include "sums_int.h"

#include "base/time.h"
#include "records/names.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define X(name, text) text,
static const char *const rate_dims[] = {YM_RATE_DIMS(X)};
static const char *const threat_dims[] = {YM_THREAT_DIMS(X)};
static const char *const exposure_dims[] = {YM_EXPOSURE_DIMS(X)};
static const char *const observation_dims[] = {YM_OBSERVATION_DIMS(X)};
#undef X
#define X(name, text, flag) {text, flag},
static const struct ym_sums_count rate_counts[] = {YM_RATE_COUNTS(X)};
static const struct ym_sums_count threat_counts[] = {YM_THREAT_COUNTS(X)};
static const struct ym_sums_count exposure_counts[] = {YM_EXPOSURE_COUNTS(X)};
static const struct ym_sums_count observation_counts[] = {YM_OBSERVATION_COUNTS(X)};
#undef X

enum { PLATFORM = YM_RATE_SYSTEM | YM_RATE_SERVICE_PACK | YM_RATE_BITS };
static const unsigned rate_margins[] = {
    0,
    YM_RATE_COUNTRY,
    PLATFORM,
    PLATFORM | YM_RATE_SERVER,
    YM_RATE_SEGMENT,
    YM_RATE_PROTECTION,
    YM_RATE_COUNTRY | YM_RATE_SEGMENT,
    YM_RATE_COUNTRY | YM_RATE_PROTECTION,
    YM_RATE_COUNTRY | YM_RATE_LOCATED,
    (1 << YM_RATE_AT_END) - 1,
};
static const unsigned threat_margins[] = {
    0,
    YM_THREAT_CATEGORY,
    YM_THREAT_FAMILY | YM_THREAT_CATEGORY,
    YM_THREAT_SEGMENT | YM_THREAT_CATEGORY,
    YM_THREAT_SEGMENT | YM_THREAT_FAMILY | YM_THREAT_CATEGORY,
    YM_THREAT_COUNTRY | YM_THREAT_CATEGORY,
    YM_THREAT_COUNTRY | YM_THREAT_FAMILY | YM_THREAT_CATEGORY,
    YM_THREAT_FAMILY | YM_THREAT_PATH,
    YM_THREAT_SEGMENT | YM_THREAT_FAMILY | YM_THREAT_PATH,
    YM_THREAT_FAMILY | YM_THREAT_VARIANT | YM_THREAT_PATH,
    YM_THREAT_TYPE,
    YM_THREAT_COUNTRY | YM_THREAT_TYPE,
    (1 << YM_THREAT_AT_END) - 1,
};
enum { ITEM = YM_EXPOSURE_BY_KIND | YM_EXPOSURE_BY_ID | YM_EXPOSURE_BY_STATE };
static const unsigned exposure_margins[] = {
    ITEM,
    ITEM | YM_EXPOSURE_BY_BAND,
    ITEM | YM_EXPOSURE_BY_COUNTRY,
};
static const unsigned observation_margins[] = {
    YM_OBSERVATION_KIND | YM_OBSERVATION_KEY,
    YM_OBSERVATION_COUNTRY | YM_OBSERVATION_KIND | YM_OBSERVATION_KEY,
};

#define KIND(name, table, kind, n_plain)                                                           \
    {                                                                                              \
        name, table, kind##_dims, kind##_counts, kind##_margins, COUNT(kind##_dims),               \
            COUNT(kind##_counts), n_plain, COUNT(kind##_margins)                                   \
    }
const struct ym_sums_kind ym_sums_kinds[YM_SUMS_COUNT] = {
    [YM_SUMS_RATE] = KIND("rate", "rollup", rate, YM_RATE_N_COMPUTERS),
    [YM_SUMS_THREAT] = KIND("threat", "threat", threat, YM_THREAT_N_COMPUTERS),
    [YM_SUMS_EXPOSURE] = KIND("exposure", "exposed", exposure, YM_EXPOSURE_N_COMPUTERS),
    [YM_SUMS_OBSERVATION] = KIND("observation", "observed", observation, YM_OBSERVATION_N_END),
};

bool ym_sums_kept(enum ym_sums kind, unsigned margin) {
    for (unsigned i = 0; i < ym_sums_kinds[kind].n_margins; i++) {
        if (ym_sums_kinds[kind].margins[i] == margin) {
            return true;
        }
    }
    return false;
}

int ym_store_month(int64_t time) {
    struct ym_date date = ym_date_of_unix(time);

    return date.year * 12 + (int)date.month - 1;
}

const char *ym_age_band(const struct ym_record_exposure *e) {
    static const struct {
        int64_t last;
        const char *band;
    } bands[] = {{7, "0-7"},      {30, "8-30"},     {90, "31-90"},
                 {180, "91-180"}, {365, "181-365"}, {INT64_MAX, "366+"}};
    size_t i = 0;

    if (e->kind != YM_EXPOSURE_UPDATE || e->state == YM_EXPOSURE_STATE_CLOSED) {
        return "";
    }
    if (e->age_days < 0) {
        return "unknown";
    }
    while (e->age_days > bands[i].last) {
        i++;
    }
    return bands[i].band;
}

/* --- facts --- */

static const char *text_or(const char *s, const char *other) {
    return s == NULL || s[0] == '\0' ? other : s;
}

static unsigned flags_of(const struct ym_record *r) {
    bool cleaned = r->outcome == YM_OUTCOME_CLEANED || r->outcome == YM_OUTCOME_PARTLY;

    if (r->run == YM_RUN_CLEAN) {
        return cleaned ? YM_FLAG_COMPUTER | YM_FLAG_CLEANED : YM_FLAG_COMPUTER;
    }
    if (r->run == YM_RUN_GUARD) {
        return r->outcome != YM_OUTCOME_NONE ? YM_FLAG_GUARDED | YM_FLAG_ENCOUNTERED
                                             : YM_FLAG_GUARDED;
    }
    return r->run == YM_RUN_AUDIT ? YM_FLAG_AUDITED : 0;
}

static ym_status threats(const struct ym_record *r, const struct ym_fact *rate, ym_fact_fn *fn,
                         void *user, struct ym_err *err) {
    char variant[YM_FAMILY_MAX];
    struct ym_fact f = {.kind = YM_SUMS_THREAT,
                        .month = rate->month,
                        .machine = rate->machine,
                        .dim = {[YM_THREAT_AT_COUNTRY] = rate->dim[YM_RATE_AT_COUNTRY],
                                [YM_THREAT_AT_SEGMENT] = rate->dim[YM_RATE_AT_SEGMENT]},
                        .plain = {[YM_THREAT_N_ATTACKS] = 1},
                        .flags = YM_FLAG_COMPUTER |
                                 (rate->flags & (YM_FLAG_CLEANED | YM_FLAG_ENCOUNTERED))};

    for (size_t i = 0; f.flags != YM_FLAG_COMPUTER && i < r->n_detections; i++) {
        const struct ym_record_detection *d = &r->detections[i];
        const char *name = text_or(d->name, "");

        f.dim[YM_THREAT_AT_FAMILY] = text_or(d->family, "");
        f.dim[YM_THREAT_AT_CATEGORY] = text_or(d->category, "");
        f.dim[YM_THREAT_AT_PATH] = ym_path_word(d->path);
        f.dim[YM_THREAT_AT_VARIANT] = ym_variant_of_name(name, variant);
        f.dim[YM_THREAT_AT_TYPE] = ym_exploit_type_of_name(name, f.dim[YM_THREAT_AT_CATEGORY]);
        YM_TRY(fn(user, &f, err));
    }
    return YM_OK;
}

static ym_status exposures(const struct ym_record *r, const struct ym_fact *rate, ym_fact_fn *fn,
                           void *user, struct ym_err *err) {
    struct ym_fact f = {.kind = YM_SUMS_EXPOSURE,
                        .month = rate->month,
                        .machine = rate->machine,
                        .dim = {[YM_EXPOSURE_AT_COUNTRY] = rate->dim[YM_RATE_AT_COUNTRY]},
                        .flags = YM_FLAG_COMPUTER};

    for (size_t i = 0; i < r->n_exposures; i++) {
        const struct ym_record_exposure *e = &r->exposures[i];

        f.dim[YM_EXPOSURE_AT_KIND] = ym_exposure_word(e->kind);
        f.dim[YM_EXPOSURE_AT_ID] = text_or(e->id, "");
        f.dim[YM_EXPOSURE_AT_STATE] = ym_exposure_state_word(e->state);
        f.dim[YM_EXPOSURE_AT_BAND] = ym_age_band(e);
        YM_TRY(fn(user, &f, err));
    }
    return YM_OK;
}

static ym_status observations(const struct ym_record *r, const struct ym_fact *rate, ym_fact_fn *fn,
                              void *user, struct ym_err *err) {
    struct ym_fact f = {.kind = YM_SUMS_OBSERVATION,
                        .month = rate->month,
                        .machine = rate->machine,
                        .dim = {[YM_OBSERVATION_AT_COUNTRY] = rate->dim[YM_RATE_AT_COUNTRY]},
                        .plain = {[YM_OBSERVATION_N_REPORTS] = 1}};

    for (size_t i = 0; i < r->n_observations; i++) {
        const struct ym_record_observation *o = &r->observations[i];

        f.dim[YM_OBSERVATION_AT_KIND] = text_or(o->kind, "");
        f.dim[YM_OBSERVATION_AT_KEY] = text_or(o->key, "");
        f.plain[YM_OBSERVATION_N_SEEN] = o->count < YM_SEEN_MAX ? o->count : YM_SEEN_MAX;
        YM_TRY(fn(user, &f, err));
    }
    return YM_OK;
}

ym_status ym_sums_facts(const struct ym_record *r, ym_fact_fn *fn, void *user, struct ym_err *err) {
    static const uint8_t unknown[YM_RECORD_ID_SIZE];
    bool named = memcmp(r->machine, unknown, sizeof(unknown)) != 0;
    char bits[16];
    struct ym_fact f = {.kind = YM_SUMS_RATE,
                        .month = ym_store_month(r->time),
                        .machine = named ? r->machine : r->id,
                        .flags = flags_of(r)};

    (void)snprintf(bits, sizeof(bits), "%u", r->bits);
    f.dim[YM_RATE_AT_COUNTRY] = text_or(r->country, "ZZ");
    f.dim[YM_RATE_AT_SYSTEM] = text_or(r->system, "");
    f.dim[YM_RATE_AT_SERVICE_PACK] = text_or(r->service_pack, "");
    f.dim[YM_RATE_AT_BITS] = bits;
    f.dim[YM_RATE_AT_SERVER] = ym_server_word(r->server);
    f.dim[YM_RATE_AT_SEGMENT] = ym_segment_word(r->segment);
    f.dim[YM_RATE_AT_PROTECTION] = ym_protection_word(r->protection);
    f.dim[YM_RATE_AT_LOCATED] = ym_located_word(r->located);
    f.plain[YM_RATE_N_RUNS] = 1;
    f.plain[YM_RATE_N_EXECUTIONS] = r->run == YM_RUN_CLEAN;
    f.plain[YM_RATE_N_GUARDS] = r->run == YM_RUN_GUARD;
    f.plain[YM_RATE_N_AUDITS] = r->run == YM_RUN_AUDIT;
    f.plain[YM_RATE_N_OBSERVES] = r->run == YM_RUN_OBSERVE;
    f.plain[YM_RATE_N_INCOMPLETE] = r->gaps > 0;
    f.plain[YM_RATE_N_SIMULATED] = r->simulated;
    YM_TRY(fn(user, &f, err));
    YM_TRY(threats(r, &f, fn, user, err));
    YM_TRY(exposures(r, &f, fn, user, err));
    return observations(r, &f, fn, user, err);
}
