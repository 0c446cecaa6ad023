/* rows.c - see rows.h. */
#include "rows.h"

#include "records/names.h"

#include <string.h>

#include "private.h"
#include "sums_int.h"

enum { LENGTH_BITS = 64, FIRST_MONTH = 2000 * 12, LAST_MONTH = 2100 * 12 - 1 };

const char ym_click_columns[] =
    "part,month,who,named,id,time,age,tool,run,system,service_pack,bits,server,country,located,"
    "segment,protection,epoch,files,gaps,duration_ms,outcome,simulated,"
    "detection.family,detection.name,detection.category,detection.object,detection.path,"
    "detection.variant,detection.type,detection.blocked,detections_left_out,"
    "repair.what,repair.result,repairs_left_out,"
    "exposure.id,exposure.kind,exposure.state,exposure.age_days,exposure.band,exposures_left_out,"
    "observation.kind,observation.key,observation.count,observations_left_out";

int32_t ym_click_part(int month) {
    return month >= FIRST_MONTH && month <= LAST_MONTH ? month : 0;
}

static bool is_named(const struct ym_record *r) {
    static const uint8_t unknown[YM_RECORD_ID_SIZE];

    return memcmp(r->machine, unknown, sizeof(unknown)) != 0;
}

const uint8_t *ym_click_who(const struct ym_record *record) {
    return is_named(record) ? record->machine : record->id;
}

/* --- writing --- */

void ym_click_put_length(struct ym_buf *out, uint64_t n) {
    for (; n >= 0x80; n >>= 7) {
        ym_buf_u8(out, (uint8_t)(n | 0x80));
    }
    ym_buf_u8(out, (uint8_t)n);
}

void ym_click_put_text(struct ym_buf *out, const char *s) {
    size_t n = s == NULL ? 0 : strlen(s);

    ym_click_put_length(out, n);
    ym_buf_add(out, s, n);
}

static void put_i64(struct ym_buf *out, int64_t v) {
    ym_buf_u64le(out, (uint64_t)v);
}

/* One array a column: the loop over a list that an expression is made of. */
#define PUT_ARRAY(list, n_list, put)                                                               \
    do {                                                                                           \
        ym_click_put_length(out, r->n_list);                                                       \
        for (size_t i = 0; i < r->n_list; i++) {                                                   \
            const __typeof__(*r->list) *at = &r->list[i];                                          \
                                                                                                   \
            put;                                                                                   \
        }                                                                                          \
    } while (0)

static const char *text_or_empty(const char *s) {
    return s == NULL ? "" : s;
}

static void put_variant(struct ym_buf *out, const struct ym_record_detection *d) {
    char variant[YM_FAMILY_MAX];

    ym_click_put_text(out, ym_variant_of_name(text_or_empty(d->name), variant));
}

static void put_detections(const struct ym_record *r, struct ym_buf *out) {
    PUT_ARRAY(detections, n_detections, ym_click_put_text(out, at->family));
    PUT_ARRAY(detections, n_detections, ym_click_put_text(out, at->name));
    PUT_ARRAY(detections, n_detections, ym_click_put_text(out, at->category));
    PUT_ARRAY(detections, n_detections, ym_click_put_text(out, at->object));
    PUT_ARRAY(detections, n_detections, ym_buf_u8(out, (uint8_t)at->path));
    PUT_ARRAY(detections, n_detections, put_variant(out, at));
    PUT_ARRAY(detections, n_detections,
              ym_click_put_text(out, ym_exploit_type_of_name(text_or_empty(at->name),
                                                             text_or_empty(at->category))));
    PUT_ARRAY(detections, n_detections, ym_buf_u8(out, at->blocked));
    ym_buf_u64le(out, r->detections_left_out);
}

static void put_lists(const struct ym_record *r, struct ym_buf *out) {
    PUT_ARRAY(repairs, n_repairs, ym_click_put_text(out, at->what));
    PUT_ARRAY(repairs, n_repairs, ym_buf_u8(out, (uint8_t)at->result));
    ym_buf_u64le(out, r->repairs_left_out);
    PUT_ARRAY(exposures, n_exposures, ym_click_put_text(out, at->id));
    PUT_ARRAY(exposures, n_exposures, ym_buf_u8(out, (uint8_t)at->kind));
    PUT_ARRAY(exposures, n_exposures, ym_buf_u8(out, (uint8_t)at->state));
    PUT_ARRAY(exposures, n_exposures, put_i64(out, at->age_days < 0 ? -1 : at->age_days));
    PUT_ARRAY(exposures, n_exposures, ym_click_put_text(out, ym_age_band(at)));
    ym_buf_u64le(out, r->exposures_left_out);
    PUT_ARRAY(observations, n_observations, ym_click_put_text(out, at->kind));
    PUT_ARRAY(observations, n_observations, ym_click_put_text(out, at->key));
    PUT_ARRAY(observations, n_observations, ym_buf_u64le(out, at->count));
    ym_buf_u64le(out, r->observations_left_out);
}

void ym_click_row_encode(const struct ym_record *r, uint64_t age, struct ym_buf *out) {
    int month = ym_store_month(r->time);

    ym_buf_u32le(out, (uint32_t)ym_click_part(month));
    ym_buf_u32le(out, (uint32_t)month);
    ym_buf_add(out, ym_click_who(r), YM_RECORD_ID_SIZE);
    ym_buf_u8(out, is_named(r));
    ym_buf_add(out, r->id, YM_RECORD_ID_SIZE);
    put_i64(out, r->time);
    ym_buf_u64le(out, age);
    ym_click_put_text(out, r->tool);
    ym_buf_u8(out, (uint8_t)r->run);
    ym_click_put_text(out, r->system);
    ym_click_put_text(out, r->service_pack);
    ym_buf_u32le(out, r->bits);
    ym_buf_u8(out, (uint8_t)r->server);
    ym_click_put_text(out, r->country[0] == '\0' ? "ZZ" : r->country);
    ym_buf_u8(out, (uint8_t)r->located);
    ym_buf_u8(out, (uint8_t)r->segment);
    ym_buf_u8(out, (uint8_t)r->protection);
    ym_buf_u64le(out, r->epoch);
    ym_buf_u64le(out, r->files);
    ym_buf_u64le(out, r->gaps);
    ym_buf_u64le(out, r->duration_ms);
    ym_buf_u8(out, (uint8_t)r->outcome);
    ym_buf_u8(out, r->simulated);
    put_detections(r, out);
    put_lists(r, out);
}

/* --- reading --- */

static void fail_reader(struct ym_reader *r, ym_status st) {
    r->status = r->status == YM_OK ? st : r->status;
}

uint64_t ym_click_get_length(struct ym_reader *r) {
    uint64_t v = 0;

    for (unsigned shift = 0; shift < LENGTH_BITS; shift += 7) {
        uint8_t byte = ym_get_u8(r);

        v |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return ym_reader_ok(r) ? v : 0;
        }
    }
    fail_reader(r, YM_MALFORMED);
    return 0;
}

char *ym_click_get_text(struct ym_reader *r, struct ym_arena *arena) {
    uint64_t n = ym_click_get_length(r);
    const uint8_t *bytes = ym_get_view(r, n);
    char *text;

    if (!ym_reader_ok(r)) {
        return NULL;
    }
    text = ym_arena_strndup(arena, bytes == NULL ? "" : (const char *)bytes, (size_t)n);
    if (text == NULL) {
        fail_reader(r, ym_arena_status(arena));
    }
    return text;
}

/* A word's number; one that this version does not know is read as the first, not known. */
static unsigned get_word(struct ym_reader *r, unsigned count) {
    uint8_t v = ym_get_u8(r);

    return v < count ? v : 0;
}

static void get_id(struct ym_reader *r, uint8_t ret[YM_RECORD_ID_SIZE]) {
    const uint8_t *bytes = ym_get_view(r, YM_RECORD_ID_SIZE);

    if (bytes != NULL) {
        memcpy(ret, bytes, YM_RECORD_ID_SIZE);
    }
}

/* The first array of a list makes its items; the others must be as long. */
static size_t first_length(struct ym_reader *r, size_t max) {
    uint64_t n = ym_click_get_length(r);

    if (n > max) {
        fail_reader(r, YM_MALFORMED);
    }
    return ym_reader_ok(r) ? (size_t)n : 0;
}

static bool next_length(struct ym_reader *r, size_t n) {
    if (ym_click_get_length(r) != n) {
        fail_reader(r, YM_MALFORMED);
    }
    return ym_reader_ok(r);
}

static void *room_for(struct ym_reader *r, struct ym_arena *arena, size_t n, size_t size) {
    void *room = n == 0 || !ym_reader_ok(r) ? NULL : ym_arena_zalloc(arena, n, size);

    if (n > 0 && ym_reader_ok(r) && room == NULL) {
        fail_reader(r, ym_arena_status(arena));
    }
    return room;
}

/* A column after the first. */
#define GET_ARRAY(set)                                                                             \
    do {                                                                                           \
        bool same = next_length(r, n);                                                             \
                                                                                                   \
        for (size_t i = 0; same && i < n && ym_reader_ok(r); i++) {                                \
            set;                                                                                   \
        }                                                                                          \
    } while (0)

static void get_detections(struct ym_reader *r, struct ym_arena *arena, struct ym_record *ret) {
    size_t n = first_length(r, YM_RECORD_DETECTIONS_MAX);
    struct ym_record_detection *d = room_for(r, arena, n, sizeof(*d));

    for (size_t i = 0; i < n && ym_reader_ok(r); i++) {
        d[i].family = ym_click_get_text(r, arena);
    }
    GET_ARRAY(d[i].name = ym_click_get_text(r, arena));
    GET_ARRAY(d[i].category = ym_click_get_text(r, arena));
    GET_ARRAY(d[i].object = ym_click_get_text(r, arena));
    GET_ARRAY(d[i].path = get_word(r, YM_PATH_COUNT));
    GET_ARRAY((void)ym_click_get_text(r, arena));
    GET_ARRAY((void)ym_click_get_text(r, arena));
    GET_ARRAY(d[i].blocked = ym_get_u8(r) != 0);
    ret->detections = d;
    ret->n_detections = n;
    ret->detections_left_out = ym_get_u64le(r);
}

static void get_repairs(struct ym_reader *r, struct ym_arena *arena, struct ym_record *ret) {
    size_t n = first_length(r, YM_RECORD_REPAIRS_MAX);
    struct ym_record_repair *fix = room_for(r, arena, n, sizeof(*fix));

    for (size_t i = 0; i < n && ym_reader_ok(r); i++) {
        fix[i].what = ym_click_get_text(r, arena);
    }
    GET_ARRAY(fix[i].result = get_word(r, YM_REPAIR_COUNT));
    ret->repairs = fix;
    ret->n_repairs = n;
    ret->repairs_left_out = ym_get_u64le(r);
}

static void get_exposures(struct ym_reader *r, struct ym_arena *arena, struct ym_record *ret) {
    size_t n = first_length(r, YM_RECORD_EXPOSURES_MAX);
    struct ym_record_exposure *e = room_for(r, arena, n, sizeof(*e));

    for (size_t i = 0; i < n && ym_reader_ok(r); i++) {
        e[i].id = ym_click_get_text(r, arena);
    }
    GET_ARRAY(e[i].kind = get_word(r, YM_EXPOSURE_COUNT));
    GET_ARRAY(e[i].state = get_word(r, YM_EXPOSURE_STATE_COUNT));
    GET_ARRAY(e[i].age_days = (int64_t)ym_get_u64le(r));
    GET_ARRAY((void)ym_click_get_text(r, arena));
    ret->exposures = e;
    ret->n_exposures = n;
    ret->exposures_left_out = ym_get_u64le(r);
}

static void get_observations(struct ym_reader *r, struct ym_arena *arena, struct ym_record *ret) {
    size_t n = first_length(r, YM_RECORD_OBSERVATIONS_MAX);
    struct ym_record_observation *o = room_for(r, arena, n, sizeof(*o));

    for (size_t i = 0; i < n && ym_reader_ok(r); i++) {
        o[i].kind = ym_click_get_text(r, arena);
    }
    GET_ARRAY(o[i].key = ym_click_get_text(r, arena));
    GET_ARRAY(o[i].count = ym_get_u64le(r));
    ret->observations = o;
    ret->n_observations = n;
    ret->observations_left_out = ym_get_u64le(r);
}

static void get_head(struct ym_reader *r, struct ym_arena *arena, struct ym_record *ret) {
    uint8_t who[YM_RECORD_ID_SIZE] = {0};
    const char *country;

    ym_skip(r, 2 * sizeof(uint32_t)); /* part and month follow from the time */
    get_id(r, who);
    if (ym_get_u8(r) != 0) {
        memcpy(ret->machine, who, sizeof(who));
    }
    get_id(r, ret->id);
    ret->time = (int64_t)ym_get_u64le(r);
    ym_skip(r, sizeof(uint64_t)); /* age */
    ret->tool = ym_click_get_text(r, arena);
    ret->run = get_word(r, YM_RUN_COUNT);
    ret->system = ym_click_get_text(r, arena);
    ret->service_pack = ym_click_get_text(r, arena);
    ret->bits = ym_get_u32le(r);
    ret->server = get_word(r, YM_SERVER_COUNT);
    country = ym_click_get_text(r, arena);
    if (country != NULL && strlen(country) == sizeof(ret->country) - 1) {
        memcpy(ret->country, country, sizeof(ret->country));
    } else {
        memcpy(ret->country, "ZZ", sizeof(ret->country));
    }
    ret->located = get_word(r, YM_LOCATED_COUNT);
    ret->segment = get_word(r, YM_SEGMENT_COUNT);
    ret->protection = get_word(r, YM_PROTECTION_COUNT);
}

ym_status ym_click_row_decode(struct ym_reader *r, struct ym_arena *arena,
                              struct ym_record *ret_record) {
    struct ym_record record = {0};

    get_head(r, arena, &record);
    record.epoch = ym_get_u64le(r);
    record.files = ym_get_u64le(r);
    record.gaps = ym_get_u64le(r);
    record.duration_ms = ym_get_u64le(r);
    record.outcome = get_word(r, YM_OUTCOME_COUNT);
    record.simulated = ym_get_u8(r) != 0;
    get_detections(r, arena, &record);
    get_repairs(r, arena, &record);
    get_exposures(r, arena, &record);
    get_observations(r, arena, &record);
    YM_TRY(ym_reader_status(r));
    *ret_record = record;
    return YM_OK;
}
