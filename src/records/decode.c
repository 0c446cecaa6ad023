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
    return YM_OK;
}

/* Decodes one object by its table into base; every key is known, and none is missing. */
static ym_status get_object(const struct target *t, const json_t *v, const struct field *fields,
                            size_t n_fields, void *base) {
    size_t seen = 0;

    if (!json_is_object(v)) {
        return bad(t, "is not an object");
    }
    for (size_t i = 0; i < n_fields; i++) {
        const json_t *value = json_object_get(v, fields[i].key);
        struct target sub = *t;

        sub.key = fields[i].key;
        sub.arg = fields[i].arg;
        sub.at = (char *)base + fields[i].at;
        if (value == NULL && !fields[i].optional) {
            return bad(&sub, "is missing");
        }
        if (value != NULL) {
            seen++;
            YM_TRY(fields[i].fn(&sub, value));
        }
    }
    return seen == json_object_size(v) ? YM_OK : bad(t, "holds a key that the format has not");
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static ym_status on_detections(const struct target *t, const json_t *v) {
    static const struct field fields[] = {
        {"family", on_text, offsetof(struct ym_record_detection, family), NULL, false},
        {"name", on_text, offsetof(struct ym_record_detection, name), NULL, false},
        {"category", on_text, offsetof(struct ym_record_detection, category), NULL, false},
        {"object", on_object, offsetof(struct ym_record_detection, object), NULL, false},
    };
    size_t n = json_array_size(v);
    struct ym_record_detection *list;

    if (!json_is_array(v) || n > YM_RECORD_DETECTIONS_MAX) {
        return bad(t, "is not a list of at most 1000");
    }
    list = YM_ARENA_ARRAY(t->arena, n, struct ym_record_detection);
    if (list == NULL && n > 0) {
        return no_room(t);
    }
    for (size_t i = 0; i < n; i++) {
        YM_TRY(get_object(t, json_array_get(v, i), fields, COUNT(fields), &list[i]));
    }
    t->record->detections = n > 0 ? list : NULL;
    t->record->n_detections = n;
    return YM_OK;
}

static ym_status on_repairs(const struct target *t, const json_t *v) {
    static const struct field fields[] = {
        {"what", on_object, offsetof(struct ym_record_repair, what), NULL, false},
        {"result", on_word, offsetof(struct ym_record_repair, result), &ym_repair_words, false},
    };
    size_t n = json_array_size(v);
    struct ym_record_repair *list;

    if (!json_is_array(v) || n > YM_RECORD_REPAIRS_MAX) {
        return bad(t, "is not a list of at most 2000");
    }
    list = YM_ARENA_ARRAY(t->arena, n, struct ym_record_repair);
    if (list == NULL && n > 0) {
        return no_room(t);
    }
    for (size_t i = 0; i < n; i++) {
        YM_TRY(get_object(t, json_array_get(v, i), fields, COUNT(fields), &list[i]));
    }
    t->record->repairs = n > 0 ? list : NULL;
    t->record->n_repairs = n;
    return YM_OK;
}

#define AT(member) offsetof(struct ym_record, member)
static const struct field record_fields[] = {
    {"schema", on_schema, 0, NULL, false}, /* first: a newer form is told as such */
    {"id", on_id, AT(id), NULL, false},
    {"machine", on_id, AT(machine), NULL, true},
    {"time", on_time, AT(time), NULL, false},
    {"tool", on_text, AT(tool), NULL, false},
    {"run", on_word, AT(run), &ym_run_words, false},
    {"system", on_text, AT(system), NULL, false},
    {"service_pack", on_text, AT(service_pack), NULL, false},
    {"bits", on_bits, AT(bits), NULL, false},
    {"country", on_country, AT(country), NULL, false},
    {"segment", on_word, AT(segment), &ym_segment_words, false},
    {"epoch", on_u64, AT(epoch), NULL, false},
    {"files", on_u64, AT(files), NULL, false},
    {"gaps", on_u64, AT(gaps), NULL, false},
    {"duration_ms", on_u64, AT(duration_ms), NULL, false},
    {"outcome", on_word, AT(outcome), &ym_outcome_words, false},
    {"simulated", on_bool, AT(simulated), NULL, false},
    {"detections", on_detections, 0, NULL, false},
    {"detections_left_out", on_u64, AT(detections_left_out), NULL, false},
    {"repairs", on_repairs, 0, NULL, false},
    {"repairs_left_out", on_u64, AT(repairs_left_out), NULL, false},
};

/* What no single key can tell: an outcome of "none" with findings would be a false all-clear. */
static ym_status check_whole(const struct ym_record *r, struct ym_err *err) {
    bool found = r->n_detections > 0 || r->detections_left_out > 0;

    if (found == (r->outcome == YM_OUTCOME_NONE)) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "record: outcome \"%s\" with %zu detections: they contradict each other",
                       ym_outcome_word(r->outcome), r->n_detections);
    }
    if ((r->outcome == YM_OUTCOME_CLEANED || r->outcome == YM_OUTCOME_PARTLY) &&
        r->run != YM_RUN_CLEAN) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "record: a scan cannot have cleaned anything");
    }
    return YM_OK;
}

ym_status ym_record_decode(const char *json, size_t n, struct ym_arena *arena,
                           struct ym_record *ret_record, struct ym_err *err) {
    struct ym_record r = {0};
    struct target t = {.key = "(record)", .record = &r, .arena = arena, .err = err};
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
    YM_TRY(check_whole(&r, err));
    *ret_record = r;
    return YM_OK;
}
