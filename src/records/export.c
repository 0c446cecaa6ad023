/* export.c - the events of a record, written by the table of export_map.c.  See export.h.
 *
 * OCSF and ECS are built as values of jansson, so that whatever is in a text, the line is JSON.
 * CEF escapes by hand: in the header "\" and "|", in an extension "\", "=" and ends of lines (as \n and
 * \r); other control characters, which a log viewer would obey, become spaces. */
#include "records/export.h"

#include "base/text.h"
#include "export_int.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define MODULE "records/export"

bool ym_export_form_of(const char *word, enum ym_export_form *ret_form) {
    static const char *const words[YM_EXPORT_COUNT] = {"json", "ocsf", "ecs", "cef"};

    for (int i = 0; i < YM_EXPORT_COUNT; i++) {
        if (strcmp(words[i], word) == 0) {
            *ret_form = (enum ym_export_form)i;
            return true;
        }
    }
    return false;
}

/* --- OCSF and ECS: paths into a JSON value --- */

/* One member of a path: its name, and whether it is a list. */
struct member {
    char name[40];
    bool list;
};

static const char *next_member(const char *path, struct member *ret) {
    size_t n = strcspn(path, ".");
    size_t len;

    ret->list = n > 2 && path[n - 2] == '[';
    len = ret->list ? n - 2 : n;
    assert(len < sizeof(ret->name)); /* paths are of our own table */
    memcpy(ret->name, path, len);
    ret->name[len] = '\0';
    return path[n] == '.' ? path + n + 1 : NULL;
}

/* The member of an object, made where it is missing; borrowed, NULL: no memory. */
static json_t *member_of(json_t *object, const char *name, bool list) {
    json_t *v = json_object_get(object, name);

    if (v == NULL) {
        v = list ? json_array() : json_object();
        if (json_object_set_new(object, name, v) != 0) {
            return NULL;
        }
    }
    return v;
}

/* Takes value over. */
static bool set_path(json_t *root, const char *path, json_t *value) {
    json_t *at = root;
    struct member m = {.list = false};
    const char *rest = next_member(path, &m);

    while (rest != NULL && at != NULL) {
        at = member_of(at, m.name, m.list);
        if (at != NULL && m.list) {
            if (json_array_size(at) == 0 && json_array_append_new(at, json_object()) != 0) {
                at = NULL;
            } else {
                at = json_array_get(at, 0);
            }
        }
        rest = next_member(rest, &m);
    }
    if (at != NULL && m.list) {
        at = member_of(at, m.name, true);
        return json_array_append_new(at, value) == 0; /* both are refused when NULL */
    }
    return json_object_set_new(at, m.name, value) == 0;
}

/* Of ECS, labels are texts all. */
static json_t *json_of(const struct ym_value *v, bool as_text) {
    if (v->type == YM_VALUE_TEXT) {
        return json_string(v->text);
    }
    if (as_text) {
        return v->type == YM_VALUE_BOOL ? json_string(v->number != 0 ? "true" : "false")
                                        : json_sprintf("%lld", (long long)v->number);
    }
    return v->type == YM_VALUE_BOOL ? json_boolean(v->number != 0) : json_integer(v->number);
}

static int add_bytes(const char *bytes, size_t n, void *user) {
    ym_buf_add(user, bytes, n);
    return 0;
}

static ym_status put_json(const struct ym_event *e, bool ocsf, struct ym_buf *out,
                          struct ym_err *err) {
    json_t *root = json_object();
    bool good = root != NULL;

    for (size_t i = 0; good && i < ym_export_n_rows; i++) {
        const struct ym_map_row *row = &ym_export_rows[i];
        const char *path = ocsf ? row->ocsf : row->ecs;

        if (path != NULL && (row->events & (1u << e->kind)) != 0) {
            struct ym_value v = row->get(e);
            json_t *json =
                v.type == YM_VALUE_NONE ? NULL : json_of(&v, strncmp(path, "labels.", 7) == 0);

            good = v.type == YM_VALUE_NONE || (json != NULL && set_path(root, path, json));
        }
    }
    good = good && json_dump_callback(root, add_bytes, out, JSON_COMPACT) == 0;
    json_decref(root);
    if (!good) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "record %s: a text of it is not UTF-8, or there is no memory", e->id);
    }
    ym_buf_u8(out, '\n');
    return YM_OK;
}

/* --- CEF --- */

static void put_escaped(struct ym_buf *out, const char *s, const char *escaped, bool header) {
    for (; *s != '\0'; s++) {
        if (strchr(escaped, *s) != NULL) {
            ym_buf_u8(out, '\\');
            ym_buf_u8(out, (uint8_t)*s);
        } else if (!header && (*s == '\n' || *s == '\r')) {
            ym_buf_add_text(out, *s == '\n' ? "\\n" : "\\r");
        } else if ((unsigned char)*s < 0x20 || *s == 0x7f) {
            ym_buf_u8(out, ' ');
        } else {
            ym_buf_u8(out, (uint8_t)*s);
        }
    }
}

static void put_cef_value(struct ym_buf *out, const struct ym_value *v, bool header) {
    if (v->type == YM_VALUE_TEXT) {
        put_escaped(out, v->text, header ? "\\|" : "\\=", header);
    } else if (v->type == YM_VALUE_BOOL) {
        ym_buf_add_text(out, v->number != 0 ? "true" : "false");
    } else if (v->type == YM_VALUE_NUMBER) {
        ym_buf_printf(out, "%lld", (long long)v->number);
    }
}

static void put_cef_header(const struct ym_event *e, struct ym_buf *out) {
    static const char *const columns[] = {"|vendor",    "|product", "|version",
                                          "|signature", "|name",    "|severity"};

    ym_buf_add_text(out, "CEF:0");
    for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
        ym_buf_u8(out, '|');
        for (size_t i = 0; i < ym_export_n_rows; i++) {
            const struct ym_map_row *row = &ym_export_rows[i];

            if (row->cef != NULL && strcmp(row->cef, columns[c]) == 0) {
                struct ym_value v = row->get(e);

                put_cef_value(out, &v, true);
            }
        }
    }
    ym_buf_u8(out, '|');
}

/* key=value, and where the key is "cs1:family" also cs1Label=family. */
static void put_cef_field(struct ym_buf *out, const char *cef, const struct ym_value *v,
                          bool first) {
    const char *label = strchr(cef, ':');

    if (!first) {
        ym_buf_u8(out, ' ');
    }
    ym_buf_add(out, cef, label == NULL ? strlen(cef) : (size_t)(label - cef));
    ym_buf_u8(out, '=');
    put_cef_value(out, v, false);
    if (label != NULL) {
        ym_buf_u8(out, ' ');
        ym_buf_add(out, cef, (size_t)(label - cef));
        ym_buf_printf(out, "Label=%s", label + 1);
    }
}

static void put_cef(const struct ym_event *e, struct ym_buf *out) {
    bool first = true;

    put_cef_header(e, out);
    for (size_t i = 0; i < ym_export_n_rows; i++) {
        const struct ym_map_row *row = &ym_export_rows[i];

        if (row->cef != NULL && row->cef[0] != '|' && (row->events & (1u << e->kind)) != 0) {
            struct ym_value v = row->get(e);

            if (v.type != YM_VALUE_NONE) {
                put_cef_field(out, row->cef, &v, first);
                first = false;
            }
        }
    }
    ym_buf_u8(out, '\n');
}

/* --- a record --- */

static ym_status put_event(struct ym_event *e, enum ym_export_form form, struct ym_buf *out,
                           struct ym_err *err) {
    (void)snprintf(e->uid, sizeof(e->uid), "%s-%s-%zu", e->id, ym_event_classes[e->kind].word,
                   e->i);
    if (form == YM_EXPORT_CEF) {
        put_cef(e, out);
        return YM_OK;
    }
    return put_json(e, form == YM_EXPORT_OCSF, out, err);
}

static struct ym_event event_of(const struct ym_record *r, enum ym_event_kind kind, size_t i) {
    static const uint8_t unknown[YM_RECORD_ID_SIZE];
    struct ym_event e = {.record = r, .kind = kind, .i = i};
    bool named = memcmp(r->machine, unknown, sizeof(unknown)) != 0;

    ym_hex_encode(r->id, YM_RECORD_ID_SIZE, e.id);
    ym_hex_encode(named ? r->machine : r->id, YM_RECORD_ID_SIZE, e.machine);
    (void)ym_iso_time(r->time, e.time);
    return e;
}

static ym_status put_events(const struct ym_record *r, enum ym_export_form form, struct ym_buf *out,
                            struct ym_err *err) {
    struct ym_event e = event_of(r, YM_EVENT_RUN, 0);

    YM_TRY(put_event(&e, form, out, err));
    for (size_t i = 0; i < r->n_detections; i++) {
        e = event_of(r, YM_EVENT_DETECTION, i);
        e.detection = &r->detections[i];
        YM_TRY(put_event(&e, form, out, err));
    }
    for (size_t i = 0; i < r->n_repairs; i++) {
        e = event_of(r, YM_EVENT_REPAIR, i);
        e.repair = &r->repairs[i];
        YM_TRY(put_event(&e, form, out, err));
    }
    for (size_t i = 0; i < r->n_exposures; i++) {
        e = event_of(
            r, r->exposures[i].kind == YM_EXPOSURE_UPDATE ? YM_EVENT_UPDATE : YM_EVENT_DOOR, i);
        e.exposure = &r->exposures[i];
        YM_TRY(put_event(&e, form, out, err));
    }
    for (size_t i = 0; i < r->n_observations; i++) {
        e = event_of(r, YM_EVENT_OBSERVATION, i);
        e.observation = &r->observations[i];
        YM_TRY(put_event(&e, form, out, err));
    }
    return YM_OK;
}

ym_status ym_record_export(const struct ym_record *record, enum ym_export_form form,
                           struct ym_buf *out, struct ym_err *err) {
    if (form != YM_EXPORT_JSON) {
        return put_events(record, form, out, err);
    }
    ym_record_encode(record, out);
    ym_buf_u8(out, '\n');
    return YM_OK;
}

/* --- the table, for people --- */

static void put_cell(struct ym_buf *out, const char *s) {
    if (s == NULL) {
        ym_buf_add_text(out, " |");
    } else if (s[0] == '|') {
        ym_buf_printf(out, " header: %s |", s + 1);
    } else {
        ym_buf_printf(out, " `%s` |", s);
    }
}

static void put_kinds(struct ym_buf *out, unsigned events) {
    const char *before = " ";

    if (events == (1u << YM_EVENT_COUNT) - 1) {
        ym_buf_add_text(out, " all |");
        return;
    }
    for (unsigned k = 0; k < YM_EVENT_COUNT; k++) {
        if ((events & (1u << k)) != 0) {
            ym_buf_printf(out, "%s%s", before, ym_event_classes[k].word);
            before = ", ";
        }
    }
    ym_buf_add_text(out, " |");
}

void ym_record_export_map(struct ym_buf *out) {
    ym_buf_add_text(out, "| of the record | events | OCSF | ECS | CEF |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < ym_export_n_rows; i++) {
        const struct ym_map_row *row = &ym_export_rows[i];

        ym_buf_printf(out, "| %s |", row->part);
        put_kinds(out, row->events);
        put_cell(out, row->ocsf);
        put_cell(out, row->ecs);
        put_cell(out, row->cef);
        ym_buf_u8(out, '\n');
    }
}
