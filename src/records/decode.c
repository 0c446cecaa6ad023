/* decode.c - reading a record that anybody may have written.  See record.h.
 *
 * jansson turns the bytes into values (it refuses bad UTF-8, NULs, duplicate keys and deep
 * nesting); one table then says which keys exist, of which kind, and where they go.  A key that
 * is not in the table is refused: a record is a contract, not a bag. */
#include "records/record.h"

#include "base/text.h"
#include "base/time.h"

#include <jansson.h>
#include <string.h>

#include "private.h"

#define MODULE "records/decode"

/* What every handler gets: the value, where it goes, and the places to allocate and complain. */
struct target {
    const char *key;
    const void *arg; /* of the field: its words, or NULL */
    void *at;
    struct ym_record *record;
    unsigned *schema; /* of the record: the first key that is read */
    struct ym_arena *arena;
    struct ym_err *err;
};
typedef ym_status decode_fn(const struct target *t, const json_t *v);

struct field {
    const char *key;
    decode_fn *fn;
    size_t at;
    const void *arg;
    bool optional;
    unsigned since; /* the schema that brought it; 0: always there */
};

static ym_status bad(const struct target *t, const char *why) {
    return ym_fail(t->err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET, "record: key \"%s\" %s", t->key,
                   why);
}

static ym_status no_room(const struct target *t) {
    return ym_fail(t->err, ym_arena_status(t->arena), MODULE, YM_ERR_NO_OFFSET,
                   "record: no memory for key \"%s\"", t->key);
}

static ym_status get_text(const struct target *t, const json_t *v, size_t max) {
    const char *copy = "";

    if (!json_is_string(v)) {
        return bad(t, "is not a text");
    }
    if (json_string_length(v) > max) {
        return bad(t, "is too long");
    }
    if (json_string_length(v) > 0) {
        copy = ym_arena_strndup(t->arena, json_string_value(v), json_string_length(v));
        if (copy == NULL) {
            return no_room(t);
        }
    }
    *(const char **)t->at = copy;
    return YM_OK;
}

static ym_status on_text(const struct target *t, const json_t *v) {
    return get_text(t, v, YM_RECORD_TEXT_MAX);
}

static ym_status on_object(const struct target *t, const json_t *v) {
    return get_text(t, v, YM_RECORD_OBJECT_MAX);
}

static ym_status on_u64(const struct target *t, const json_t *v) {
    uint64_t n = (uint64_t)json_integer_value(v);

    if (!json_is_integer(v) || json_integer_value(v) < 0) {
        return bad(t, "is not a number of 0 or more");
    }
    memcpy(t->at, &n, sizeof(n));
    return YM_OK;
}

static ym_status on_bits(const struct target *t, const json_t *v) {
    uint32_t n = (uint32_t)json_integer_value(v);

    if (!json_is_integer(v) || (json_integer_value(v) != 0 && json_integer_value(v) != 32 &&
                                json_integer_value(v) != 64)) {
        return bad(t, "is not 0, 32 or 64");
    }
    memcpy(t->at, &n, sizeof(n));
    return YM_OK;
}

static ym_status on_bool(const struct target *t, const json_t *v) {
    bool b = json_is_true(v);

    if (!json_is_boolean(v)) {
        return bad(t, "is not true or false");
    }
    memcpy(t->at, &b, sizeof(b));
    return YM_OK;
}

static ym_status on_server(const struct target *t, const json_t *v) {
    enum ym_server server = json_is_true(v)    ? YM_SERVER_YES
                            : json_is_false(v) ? YM_SERVER_NO
                                               : YM_SERVER_UNKNOWN;

    if (!json_is_boolean(v) && !json_is_null(v)) {
        return bad(t, "is not true, false or null");
    }
    memcpy(t->at, &server, sizeof(server));
    return YM_OK;
}

/* Days, or null: -1. */
static ym_status on_age(const struct target *t, const json_t *v) {
    int64_t age = json_is_null(v) ? -1 : json_integer_value(v);

    if (!json_is_null(v) && (!json_is_integer(v) || age < 0)) {
        return bad(t, "is not null or a number of 0 or more");
    }
    memcpy(t->at, &age, sizeof(age));
    return YM_OK;
}

static ym_status on_count(const struct target *t, const json_t *v) {
    if (json_is_integer(v) && json_integer_value(v) == 0) {
        return bad(t, "is 0: what was not seen is not listed");
    }
    return on_u64(t, v);
}

/* A small letter, then small letters, digits and hyphens. */
static ym_status on_kind(const struct target *t, const json_t *v) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    const char *s = json_is_string(v) ? json_string_value(v) : "";

    if (s[0] == '\0' || strchr(letters, s[0]) == NULL ||
        s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0' ||
        json_string_length(v) != strlen(s)) {
        return bad(t, "is not a word of small letters, digits and hyphens");
    }
    return get_text(t, v, YM_RECORD_KIND_MAX);
}

static ym_status on_id(const struct target *t, const json_t *v) {
    uint8_t id[YM_RECORD_ID_SIZE];

    if (!json_is_string(v) || json_string_length(v) != (size_t)2 * YM_RECORD_ID_SIZE ||
        !ym_hex_decode(json_string_value(v), YM_RECORD_ID_SIZE, id)) {
        return bad(t, "is not 32 hex digits");
    }
    memcpy(t->at, id, sizeof(id));
    return YM_OK;
}

static ym_status on_time(const struct target *t, const json_t *v) {
    int64_t seconds;

    if (!json_is_string(v) || json_string_length(v) != strlen("2009-06-30T12:00:00Z") ||
        !ym_parse_iso_time(json_string_value(v), &seconds) || seconds < 0) {
        return bad(t, "is not a time like 2009-06-30T12:00:00Z");
    }
    memcpy(t->at, &seconds, sizeof(seconds));
    return YM_OK;
}

static ym_status on_country(const struct target *t, const json_t *v) {
    const char *s = json_string_value(v);

    if (s == NULL || json_string_length(v) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' ||
        s[1] > 'Z') {
        return bad(t, "is not two capital letters of ISO 3166-1");
    }
    memcpy(t->at, s, 3);
    return YM_OK;
}

static ym_status on_word(const struct target *t, const json_t *v) {
    unsigned value;

    if (!json_is_string(v) || !ym_word_find(t->arg, json_string_value(v), &value)) {
        return bad(t, "is not one of its words");
    }
    memcpy(t->at, &value, sizeof(value)); /* the enums of record.h are as wide as unsigned */
    return YM_OK;
}
_Static_assert(sizeof(enum ym_run) == sizeof(unsigned), "enum width");
_Static_assert(sizeof(enum ym_repair_result) == sizeof(unsigned), "enum width");

static ym_status on_schema(const struct target *t, const json_t *v) {
    if (!json_is_integer(v) || json_integer_value(v) < 1) {
        return bad(t, "is not a version number");
    }
    if (json_integer_value(v) > YM_RECORD_SCHEMA) {
        return ym_fail(t->err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                       "record: schema %lld is newer than this program reads (%d): update it",
                       (long long)json_integer_value(v), YM_RECORD_SCHEMA);
    }
    *t->schema = (unsigned)json_integer_value(v);
    return YM_OK;
}

/* Decodes one object by its table into base; every key is known to the record's schema, and none is
 * missing. */
static ym_status get_object(const struct target *t, const json_t *v, const struct field *fields,
                            size_t n_fields, void *base) {
    size_t seen = 0;

    if (!json_is_object(v)) {
        return bad(t, "is not an object");
    }
    for (size_t i = 0; i < n_fields; i++) {
        const json_t *value =
            fields[i].since > *t->schema ? NULL : json_object_get(v, fields[i].key);
        struct target sub = *t;

        sub.key = fields[i].key;
        sub.arg = fields[i].arg;
        sub.at = (char *)base + fields[i].at;
        if (value == NULL && !fields[i].optional && fields[i].since <= *t->schema) {
            return bad(&sub, "is missing");
        }
        if (value != NULL) {
            seen++;
            YM_TRY(fields[i].fn(&sub, value));
        }
    }
    return seen == json_object_size(v) ? YM_OK : bad(t, "holds a key that the format has not");
}

/* --- lists --- */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A list of objects: the form of one, and where the list lies in the record. */
struct list {
    const struct field *fields;
    size_t n_fields;
    size_t size; /* of one item */
    size_t max;
    size_t at_items, at_n; /* in struct ym_record */
    const char *not_a_list;
};

static ym_status on_list(const struct target *t, const json_t *v) {
    const struct list *list = t->arg;
    size_t n = json_array_size(v);
    char *items;

    if (!json_is_array(v) || n > list->max) {
        return bad(t, list->not_a_list);
    }
    items = n == 0 ? NULL : ym_arena_zalloc(t->arena, n, list->size);
    if (items == NULL && n > 0) {
        return no_room(t);
    }
    for (size_t i = 0; i < n; i++) {
        YM_TRY(get_object(t, json_array_get(v, i), list->fields, list->n_fields,
                          items + i * list->size));
    }
    memcpy((char *)t->record + list->at_items, &items, sizeof(items));
    memcpy((char *)t->record + list->at_n, &n, sizeof(n));
    return YM_OK;
}

#define AT(member) offsetof(struct ym_record, member)
#define LIST(name, type, max_)                                                                     \
    static const struct list name##_list = {                                                       \
        name##_fields,                                                                             \
        COUNT(name##_fields),                                                                      \
        sizeof(struct type),                                                                       \
        max_,                                                                                      \
        AT(name),                                                                                  \
        AT(n_##name),                                                                              \
        "is not a list, or is longer than the format allows",                                      \
    }

static const struct field detections_fields[] = {
    {"family", on_text, offsetof(struct ym_record_detection, family), NULL, false, 1},
    {"name", on_text, offsetof(struct ym_record_detection, name), NULL, false, 1},
    {"category", on_text, offsetof(struct ym_record_detection, category), NULL, false, 1},
    {"object", on_object, offsetof(struct ym_record_detection, object), NULL, false, 1},
    {"path", on_word, offsetof(struct ym_record_detection, path), &ym_path_words, false, 2},
    {"blocked", on_bool, offsetof(struct ym_record_detection, blocked), NULL, false, 2},
};
LIST(detections, ym_record_detection, YM_RECORD_DETECTIONS_MAX);

static const struct field repairs_fields[] = {
    {"what", on_object, offsetof(struct ym_record_repair, what), NULL, false, 1},
    {"result", on_word, offsetof(struct ym_record_repair, result), &ym_repair_words, false, 1},
};
LIST(repairs, ym_record_repair, YM_RECORD_REPAIRS_MAX);

static const struct field exposures_fields[] = {
    {"id", on_text, offsetof(struct ym_record_exposure, id), NULL, false, 2},
    {"kind", on_word, offsetof(struct ym_record_exposure, kind), &ym_exposure_words, false, 2},
    {"state", on_word, offsetof(struct ym_record_exposure, state), &ym_exposure_state_words, false,
     2},
    {"age_days", on_age, offsetof(struct ym_record_exposure, age_days), NULL, false, 2},
};
LIST(exposures, ym_record_exposure, YM_RECORD_EXPOSURES_MAX);

static const struct field observations_fields[] = {
    {"kind", on_kind, offsetof(struct ym_record_observation, kind), NULL, false, 2},
    {"key", on_text, offsetof(struct ym_record_observation, key), NULL, false, 2},
    {"count", on_count, offsetof(struct ym_record_observation, count), NULL, false, 2},
};
LIST(observations, ym_record_observation, YM_RECORD_OBSERVATIONS_MAX);

/* --- the record --- */

static const struct field record_fields[] = {
    {"schema", on_schema, 0, NULL, false, 0}, /* first: a newer form is told as such */
    {"id", on_id, AT(id), NULL, false, 1},
    {"machine", on_id, AT(machine), NULL, true, 1},
    {"time", on_time, AT(time), NULL, false, 1},
    {"tool", on_text, AT(tool), NULL, false, 1},
    {"run", on_word, AT(run), &ym_run_words, false, 1},
    {"system", on_text, AT(system), NULL, false, 1},
    {"service_pack", on_text, AT(service_pack), NULL, false, 1},
    {"bits", on_bits, AT(bits), NULL, false, 1},
    {"server", on_server, AT(server), NULL, false, 2},
    {"country", on_country, AT(country), NULL, false, 1},
    {"located", on_word, AT(located), &ym_located_words, false, 2},
    {"segment", on_word, AT(segment), &ym_segment_words, false, 1},
    {"protection", on_word, AT(protection), &ym_protection_words, false, 2},
    {"epoch", on_u64, AT(epoch), NULL, false, 1},
    {"files", on_u64, AT(files), NULL, false, 1},
    {"gaps", on_u64, AT(gaps), NULL, false, 1},
    {"duration_ms", on_u64, AT(duration_ms), NULL, false, 1},
    {"outcome", on_word, AT(outcome), &ym_outcome_words, false, 1},
    {"simulated", on_bool, AT(simulated), NULL, false, 1},
    {"detections", on_list, 0, &detections_list, false, 1},
    {"detections_left_out", on_u64, AT(detections_left_out), NULL, false, 1},
    {"repairs", on_list, 0, &repairs_list, false, 1},
    {"repairs_left_out", on_u64, AT(repairs_left_out), NULL, false, 1},
    {"exposures", on_list, 0, &exposures_list, false, 2},
    {"exposures_left_out", on_u64, AT(exposures_left_out), NULL, false, 2},
    {"observations", on_list, 0, &observations_list, false, 2},
    {"observations_left_out", on_u64, AT(observations_left_out), NULL, false, 2},
};

/* --- what no single key can tell --- */

static ym_status contradiction(struct ym_err *err, const char *why) {
    return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET, "record: it contradicts itself: %s",
                   why);
}

/* What a kind of run can have. */
struct run_rule {
    bool detections, blocked, repairs, exposures, observations;
};
static const struct run_rule run_rules[YM_RUN_COUNT] = {
    [YM_RUN_SCAN] = {.detections = true},
    [YM_RUN_CLEAN] = {.detections = true, .repairs = true},
    [YM_RUN_GUARD] = {.detections = true, .blocked = true},
    [YM_RUN_AUDIT] = {.exposures = true},
    [YM_RUN_OBSERVE] = {.observations = true},
};

static ym_status check_lists(const struct ym_record *r, struct ym_err *err) {
    const struct run_rule *rule = &run_rules[r->run];

    if ((!rule->detections && r->n_detections + r->detections_left_out > 0) ||
        (!rule->repairs && r->n_repairs + r->repairs_left_out > 0) ||
        (!rule->exposures && r->n_exposures + r->exposures_left_out > 0) ||
        (!rule->observations && r->n_observations + r->observations_left_out > 0)) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "record: it contradicts itself: a run of %s has no such list",
                       ym_run_word(r->run));
    }
    for (size_t i = 0; i < r->n_detections; i++) {
        if (r->detections[i].blocked && !rule->blocked) {
            return contradiction(err, "only a guard blocks");
        }
    }
    for (size_t i = 0; i < r->n_exposures; i++) {
        if (r->exposures[i].age_days >= 0 && (r->exposures[i].kind != YM_EXPOSURE_UPDATE ||
                                              r->exposures[i].state == YM_EXPOSURE_STATE_CLOSED)) {
            return contradiction(err, "only an update that is missing has an age");
        }
    }
    return YM_OK;
}

/* An outcome of "none" with findings would be a false all-clear. */
static ym_status check_outcome(const struct ym_record *r, struct ym_err *err) {
    bool found = r->n_detections > 0 || r->detections_left_out > 0;
    bool removed = r->outcome == YM_OUTCOME_CLEANED || r->outcome == YM_OUTCOME_PARTLY;

    if (found == (r->outcome == YM_OUTCOME_NONE)) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "record: outcome \"%s\" with %zu detections: they contradict each other",
                       ym_outcome_word(r->outcome), r->n_detections);
    }
    if (removed && r->run != YM_RUN_CLEAN) {
        return contradiction(err, "only a run of clean can have cleaned anything");
    }
    for (size_t i = 0; !removed && i < r->n_repairs; i++) {
        if (r->repairs[i].result == YM_REPAIR_DONE) {
            return contradiction(err, "a repair is done, but nothing was removed");
        }
    }
    return YM_OK;
}

static ym_status check_whole(const struct ym_record *r, unsigned schema, struct ym_err *err) {
    if (schema < 2 && r->run != YM_RUN_SCAN && r->run != YM_RUN_CLEAN) {
        return contradiction(err, "schema 1 has no such run");
    }
    if (strcmp(r->country, "ZZ") == 0 && r->located != YM_LOCATED_UNKNOWN) {
        return contradiction(err, "it is told how the country was found, but not which");
    }
    YM_TRY(check_outcome(r, err));
    return check_lists(r, err);
}

ym_status ym_record_decode(const char *json, size_t n, struct ym_arena *arena,
                           struct ym_record *ret_record, struct ym_err *err) {
    struct ym_record r = {0};
    unsigned schema = YM_RECORD_SCHEMA;
    struct target t = {
        .key = "(record)", .record = &r, .schema = &schema, .arena = arena, .err = err};
    json_error_t where;
    json_t *v;
    ym_status st;

    if (n > YM_RECORD_JSON_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "record: %zu bytes are more than a record may have", n);
    }
    v = json_loadb(json, n, JSON_REJECT_DUPLICATES, &where);
    if (v == NULL) {
        return ym_fail(err, YM_MALFORMED, MODULE, where.position < 0 ? 0 : (uint64_t)where.position,
                       "record: not JSON: %s", where.text);
    }
    st = get_object(&t, v, record_fields, COUNT(record_fields), &r);
    json_decref(v);
    YM_TRY(st);
    YM_TRY(check_whole(&r, schema, err));
    *ret_record = r;
    return YM_OK;
}
