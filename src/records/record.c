/* record.c - making a record and writing it as JSON.  See record.h.
 *
 * The encoder is by hand on purpose: a scan writes one record when it ends and must not pay for a
 * JSON library when it starts.  Keys come in a fixed order, so that equal records are equal
 * bytes. */
#include "records/record.h"

#include "base/text.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "private.h"

#define MODULE "records/record"

#define X(name, text) text,
static const char *const run_words[] = {YM_RUN_TABLE(X)};
static const char *const segment_words[] = {YM_SEGMENT_TABLE(X)};
static const char *const outcome_words[] = {YM_OUTCOME_TABLE(X)};
static const char *const repair_words[] = {YM_REPAIR_TABLE(X)};
static const char *const server_words[] = {YM_SERVER_TABLE(X)};
static const char *const protection_words[] = {YM_PROTECTION_TABLE(X)};
static const char *const located_words[] = {YM_LOCATED_TABLE(X)};
static const char *const path_words[] = {YM_PATH_TABLE(X)};
static const char *const exposure_words[] = {YM_EXPOSURE_TABLE(X)};
static const char *const exposure_state_words[] = {YM_EXPOSURE_STATE_TABLE(X)};
#undef X

static const char *word(const struct ym_words *words, unsigned v) {
    return v < words->n ? words->word[v] : words->word[0];
}

/* The table of words, and the function that gives one. */
#define WORDS(name, type, count)                                                                   \
    const struct ym_words ym_##name##_words = {name##_words, count};                               \
    const char *ym_##name##_word(type v) {                                                         \
        return word(&ym_##name##_words, v);                                                        \
    }
WORDS(run, enum ym_run, YM_RUN_COUNT)
WORDS(segment, enum ym_segment, YM_SEGMENT_COUNT)
WORDS(outcome, enum ym_outcome, YM_OUTCOME_COUNT)
WORDS(repair, enum ym_repair_result, YM_REPAIR_COUNT)
WORDS(server, enum ym_server, YM_SERVER_COUNT)
WORDS(protection, enum ym_protection, YM_PROTECTION_COUNT)
WORDS(located, enum ym_located, YM_LOCATED_COUNT)
WORDS(path, enum ym_path, YM_PATH_COUNT)
WORDS(exposure, enum ym_exposure, YM_EXPOSURE_COUNT)
WORDS(exposure_state, enum ym_exposure_state, YM_EXPOSURE_STATE_COUNT)
#undef WORDS

bool ym_word_find(const struct ym_words *words, const char *s, unsigned *ret_value) {
    for (unsigned i = 0; i < words->n; i++) {
        if (strcmp(words->word[i], s) == 0) {
            *ret_value = i;
            return true;
        }
    }
    return false;
}

ym_status ym_record_random_id(uint8_t ret_id[YM_RECORD_ID_SIZE], struct ym_err *err) {
    uint8_t id[YM_RECORD_ID_SIZE];

    if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id)) {
        return ym_fail_errno(err, MODULE, "", errno, "the system gives no random bytes");
    }
    memcpy(ret_id, id, sizeof(id));
    return YM_OK;
}

/* The value of KEY=value or KEY="value" in an os-release text; "" when it is not there. */
static void os_release_value(const char *text, const char *key, char *out, size_t out_size) {
    size_t n = strlen(key);
    const char *line = text;

    out[0] = '\0';
    while (line != NULL && !(strncmp(line, key, n) == 0 && line[n] == '=')) {
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    if (line != NULL) {
        const char *value = line + n + 1;
        size_t skip = *value == '"' || *value == '\'' ? 1 : 0;
        size_t len = strcspn(value + skip, skip > 0 ? "\"'\n" : "\n");

        (void)snprintf(out, out_size, "%.*s", (int)(len < 200 ? len : 200), value + skip);
    }
}

/* "Debian GNU/Linux 12" of this machine; "" when it does not tell. */
static const char *this_system(struct ym_arena *arena) {
    static const char *const places[] = {"/etc/os-release", "/usr/lib/os-release"};
    struct ym_buf text;
    char name[201] = "";
    char version[201] = "";

    ym_buf_init(&text, 64 << 10);
    for (size_t i = 0; i < 2 && name[0] == '\0'; i++) {
        struct ym_err ignored = {0}; /* not told is a value here: "" */

        ym_buf_clear(&text);
        if (ym_read_small_file(AT_FDCWD, places[i], &text, &ignored) == YM_OK && text.len > 0) {
            os_release_value((const char *)text.data, "NAME", name, sizeof(name));
            os_release_value((const char *)text.data, "VERSION_ID", version, sizeof(version));
        }
    }
    ym_buf_done(&text);
    return ym_arena_printf(arena, "%s%s%.50s", name, version[0] == '\0' ? "" : " ", version);
}

ym_status ym_record_begin(struct ym_record *ret_record, const struct ym_record_config *config,
                          enum ym_run run, struct ym_arena *arena, struct ym_err *err) {
    struct ym_record r = {.run = run,
                          .time = ym_now_unix(),
                          .tool = "yamori " YM_VERSION,
                          .service_pack = "",
                          .bits = sizeof(void *) * 8,
                          .server = config->server,
                          .located = config->located,
                          .segment = config->segment,
                          .protection = config->protection};

    memcpy(r.country, config->country, sizeof(r.country));
    YM_TRY(ym_record_random_id(r.id, err));
    ym_spool_machine(config->spool, r.time, r.machine);
    r.system = this_system(arena);
    if (r.system == NULL) {
        return ym_fail(err, ym_arena_status(arena), MODULE, YM_ERR_NO_OFFSET,
                       "no memory for a record");
    }
    *ret_record = r;
    return YM_OK;
}

/* A copy in the arena of at most max bytes, cut at a character. */
static const char *keep(struct ym_arena *arena, const char *s, size_t max) {
    size_t n = s == NULL ? 0 : strlen(s);

    if (n > max) {
        n = max;
        while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80) {
            n--;
        }
    }
    return n == 0 ? "" : ym_arena_strndup(arena, s, n);
}

/* The same for what may name a user. */
static const char *keep_object(struct ym_arena *arena, const char *s) {
    const char *hidden = s == NULL ? "" : ym_record_hide_user(s, arena);

    return hidden == NULL ? NULL : keep(arena, hidden, YM_RECORD_OBJECT_MAX);
}

/* Room for one more item in an array of the arena: doubles it, and leaves the old one behind. */
static void *grow(struct ym_arena *arena, const void *items, size_t n, size_t *room, size_t size) {
    void *more;

    if (n < *room) {
        memcpy(&more, &items, sizeof(more)); /* ours to write: it came from this function */
        return more;
    }
    more = ym_arena_zalloc(arena, *room == 0 ? 8 : *room * 2, size);
    if (more != NULL) {
        if (n > 0) {
            memcpy(more, items, n * size);
        }
        *room = *room == 0 ? 8 : *room * 2;
    }
    return more;
}

ym_status ym_record_add_detection(struct ym_record *record,
                                  const struct ym_record_detection *detection,
                                  struct ym_arena *arena) {
    struct ym_record_detection d = *detection;
    struct ym_record_detection *list;

    if (record->n_detections >= YM_RECORD_DETECTIONS_MAX) {
        record->detections_left_out++;
        return YM_OK;
    }
    d.family = keep(arena, detection->family, YM_RECORD_TEXT_MAX);
    d.name = keep(arena, detection->name, YM_RECORD_TEXT_MAX);
    d.category = keep(arena, detection->category, YM_RECORD_TEXT_MAX);
    d.object = keep_object(arena, detection->object);
    list = grow(arena, record->detections, record->n_detections, &record->detections_room,
                sizeof(*list));
    if (list == NULL || d.family == NULL || d.name == NULL || d.category == NULL ||
        d.object == NULL) {
        return ym_arena_status(arena);
    }
    list[record->n_detections++] = d;
    record->detections = list;
    return YM_OK;
}

ym_status ym_record_add_repair(struct ym_record *record, const struct ym_record_repair *repair,
                               struct ym_arena *arena) {
    struct ym_record_repair r = {.result = repair->result};
    struct ym_record_repair *list;

    if (record->n_repairs >= YM_RECORD_REPAIRS_MAX) {
        record->repairs_left_out++;
        return YM_OK;
    }
    r.what = keep_object(arena, repair->what);
    list = grow(arena, record->repairs, record->n_repairs, &record->repairs_room, sizeof(*list));
    if (list == NULL || r.what == NULL) {
        return ym_arena_status(arena);
    }
    list[record->n_repairs++] = r;
    record->repairs = list;
    return YM_OK;
}

ym_status ym_record_add_exposure(struct ym_record *record,
                                 const struct ym_record_exposure *exposure,
                                 struct ym_arena *arena) {
    struct ym_record_exposure e = *exposure;
    struct ym_record_exposure *list;

    if (record->n_exposures >= YM_RECORD_EXPOSURES_MAX) {
        record->exposures_left_out++;
        return YM_OK;
    }
    e.id = keep(arena, exposure->id, YM_RECORD_TEXT_MAX);
    list =
        grow(arena, record->exposures, record->n_exposures, &record->exposures_room, sizeof(*list));
    if (list == NULL || e.id == NULL) {
        return ym_arena_status(arena);
    }
    list[record->n_exposures++] = e;
    record->exposures = list;
    return YM_OK;
}

ym_status ym_record_add_observation(struct ym_record *record,
                                    const struct ym_record_observation *observation,
                                    struct ym_arena *arena) {
    struct ym_record_observation o = *observation;
    struct ym_record_observation *list;

    if (record->n_observations >= YM_RECORD_OBSERVATIONS_MAX) {
        record->observations_left_out++;
        return YM_OK;
    }
    o.kind = keep(arena, observation->kind, YM_RECORD_KIND_MAX);
    o.key = keep(arena, observation->key, YM_RECORD_TEXT_MAX);
    list = grow(arena, record->observations, record->n_observations, &record->observations_room,
                sizeof(*list));
    if (list == NULL || o.kind == NULL || o.key == NULL) {
        return ym_arena_status(arena);
    }
    list[record->n_observations++] = o;
    record->observations = list;
    return YM_OK;
}

/* A JSON string.  A byte that is not UTF-8 becomes U+FFFD: a record is for counting, and every
 * reader of JSON must be able to read it.  The exact name is in the journal or the scan's output. */
static void put_text(struct ym_buf *out, const char *s, size_t max) {
    size_t n = s == NULL ? 0 : strnlen(s, max);

    ym_buf_u8(out, '"');
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        unsigned step = ym_utf8_length(s + i, n - i);

        if (step == 0) {
            ym_buf_add_text(out, "\\ufffd");
            step = 1;
        } else if (c == '"' || c == '\\') {
            ym_buf_u8(out, '\\');
            ym_buf_u8(out, c);
        } else if (c < 0x20 || c == 0x7f) {
            ym_buf_printf(out, "\\u%04x", c);
        } else {
            ym_buf_add(out, s + i, step);
        }
        i += step;
    }
    ym_buf_u8(out, '"');
}

static void put_key(struct ym_buf *out, const char *key) {
    ym_buf_u8(out, ',');
    ym_buf_u8(out, '"');
    ym_buf_add_text(out, key);
    ym_buf_add_text(out, "\":");
}

static void put_field(struct ym_buf *out, const char *key, const char *value) {
    put_key(out, key);
    put_text(out, value, YM_RECORD_TEXT_MAX);
}

static void put_number(struct ym_buf *out, const char *key, uint64_t value) {
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%llu",
                   (unsigned long long)(value <= INT64_MAX ? value : INT64_MAX));
    put_key(out, key);
    ym_buf_add_text(out, digits);
}

static void put_id(struct ym_buf *out, const char *key, const uint8_t id[YM_RECORD_ID_SIZE]) {
    char hex[2 * YM_RECORD_ID_SIZE + 1];

    ym_hex_encode(id, YM_RECORD_ID_SIZE, hex);
    put_field(out, key, hex);
}

static void put_bool(struct ym_buf *out, const char *key, bool value) {
    put_key(out, key);
    ym_buf_add_text(out, value ? "true" : "false");
}

static void put_detections(struct ym_buf *out, const struct ym_record *r) {
    put_key(out, "detections");
    ym_buf_u8(out, '[');
    for (size_t i = 0; i < r->n_detections; i++) {
        const struct ym_record_detection *d = &r->detections[i];

        ym_buf_add_text(out, i == 0 ? "{\"family\":" : ",{\"family\":");
        put_text(out, d->family, YM_RECORD_TEXT_MAX);
        put_field(out, "name", d->name);
        put_field(out, "category", d->category);
        put_key(out, "object");
        put_text(out, d->object, YM_RECORD_OBJECT_MAX);
        put_field(out, "path", ym_path_word(d->path));
        put_bool(out, "blocked", d->blocked);
        ym_buf_u8(out, '}');
    }
    ym_buf_u8(out, ']');
    put_number(out, "detections_left_out", r->detections_left_out);
}

static void put_repairs(struct ym_buf *out, const struct ym_record *r) {
    put_key(out, "repairs");
    ym_buf_u8(out, '[');
    for (size_t i = 0; i < r->n_repairs; i++) {
        ym_buf_add_text(out, i == 0 ? "{\"what\":" : ",{\"what\":");
        put_text(out, r->repairs[i].what, YM_RECORD_OBJECT_MAX);
        put_field(out, "result", ym_repair_word(r->repairs[i].result));
        ym_buf_u8(out, '}');
    }
    ym_buf_u8(out, ']');
    put_number(out, "repairs_left_out", r->repairs_left_out);
}

static void put_exposures(struct ym_buf *out, const struct ym_record *r) {
    put_key(out, "exposures");
    ym_buf_u8(out, '[');
    for (size_t i = 0; i < r->n_exposures; i++) {
        const struct ym_record_exposure *e = &r->exposures[i];

        ym_buf_add_text(out, i == 0 ? "{\"id\":" : ",{\"id\":");
        put_text(out, e->id, YM_RECORD_TEXT_MAX);
        put_field(out, "kind", ym_exposure_word(e->kind));
        put_field(out, "state", ym_exposure_state_word(e->state));
        if (e->age_days < 0) {
            put_key(out, "age_days");
            ym_buf_add_text(out, "null}");
        } else {
            put_number(out, "age_days", (uint64_t)e->age_days);
            ym_buf_u8(out, '}');
        }
    }
    ym_buf_u8(out, ']');
    put_number(out, "exposures_left_out", r->exposures_left_out);
}

static void put_observations(struct ym_buf *out, const struct ym_record *r) {
    put_key(out, "observations");
    ym_buf_u8(out, '[');
    for (size_t i = 0; i < r->n_observations; i++) {
        const struct ym_record_observation *o = &r->observations[i];

        ym_buf_add_text(out, i == 0 ? "{\"kind\":" : ",{\"kind\":");
        put_text(out, o->kind, YM_RECORD_KIND_MAX);
        put_field(out, "key", o->key);
        put_number(out, "count", o->count);
        ym_buf_u8(out, '}');
    }
    ym_buf_u8(out, ']');
    put_number(out, "observations_left_out", r->observations_left_out);
}

/* Who ran what, when, on which system, where. */
static void put_head(struct ym_buf *out, const struct ym_record *r) {
    static const char *const server[YM_SERVER_COUNT] = {"null", "false", "true"};
    static const uint8_t unknown[YM_RECORD_ID_SIZE];
    char time[YM_ISO_TIME_SIZE];

    ym_buf_printf(out, "{\"schema\":%d", YM_RECORD_SCHEMA);
    put_id(out, "id", r->id);
    if (memcmp(r->machine, unknown, sizeof(unknown)) != 0) {
        put_id(out, "machine", r->machine);
    }
    put_field(out, "time", ym_iso_time(r->time, time));
    put_field(out, "tool", r->tool);
    put_field(out, "run", ym_run_word(r->run));
    put_field(out, "system", r->system);
    put_field(out, "service_pack", r->service_pack);
    put_number(out, "bits", r->bits);
    put_key(out, "server");
    ym_buf_add_text(out, server[r->server < YM_SERVER_COUNT ? r->server : YM_SERVER_UNKNOWN]);
    put_field(out, "country", r->country[0] == '\0' ? "ZZ" : r->country);
    put_field(out, "located", ym_located_word(r->located));
    put_field(out, "segment", ym_segment_word(r->segment));
    put_field(out, "protection", ym_protection_word(r->protection));
}

void ym_record_encode(const struct ym_record *r, struct ym_buf *out) {
    put_head(out, r);
    put_number(out, "epoch", r->epoch);
    put_number(out, "files", r->files);
    put_number(out, "gaps", r->gaps);
    put_number(out, "duration_ms", r->duration_ms);
    put_field(out, "outcome", ym_outcome_word(r->outcome));
    put_bool(out, "simulated", r->simulated);
    put_detections(out, r);
    put_repairs(out, r);
    put_exposures(out, r);
    put_observations(out, r);
    ym_buf_u8(out, '}');
}
