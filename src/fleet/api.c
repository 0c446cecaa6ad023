/* api.c - /api/1/: what the console's page asks, and anybody with a person's secret.  See
 * docs/formats/fleet.md.
 *
 * routes.c has asked who it is, whether the role is enough, and, of a session that changes something, whether our
 * own page sent it.  Every change is one call of the state, which writes it into the audit trail. */
#include "api_int.h"

#include "base/text.h"
#include "base/time.h"
#include "fleet/alerts.h"
#include "fleet/views.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* --- small things --- */

static const char *argument(struct ym_request *r, const char *name) {
    return r->server->mhd.lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* False: it is there and no number. */
bool ym_api_number(struct ym_request *r, const char *name, uint64_t max, uint64_t *ret) {
    const char *text = argument(r, name);

    return text == NULL || (ym_parse_u64(text, strlen(text), ret) && *ret <= max);
}

/* False: it is there and too long, or no UTF-8. */
bool ym_api_text(struct ym_request *r, const char *name, char *ret, size_t size) {
    const char *value = argument(r, name);
    size_t n = value == NULL ? 0 : strlen(value);

    if (n >= size) {
        return false;
    }
    for (size_t at = 0; at < n;) {
        unsigned step = ym_utf8_length(value + at, n - at);

        if (step == 0) {
            return false;
        }
        at += step;
    }
    (void)snprintf(ret, size, "%s", value == NULL ? "" : value);
    return true;
}

enum MHD_Result ym_api_malformed(struct ym_request *r) {
    return ym_answer_refusal(r, YM_REFUSAL_MALFORMED);
}

enum MHD_Result ym_api_answer(struct ym_request *r, ym_status st, struct ym_buf *out,
                              const struct ym_err *err) {
    if (st == YM_OK) {
        return ym_answer_buf(r, YM_API_JSON, out);
    }
    ym_buf_done(out);
    return st == YM_LIMIT ? ym_answer_why(r, YM_REFUSAL_NOT_FOUND, err->text)
                          : ym_answer_refusal(r, YM_REFUSAL_STORAGE);
}

enum MHD_Result ym_api_done(struct ym_request *r, ym_status st, const struct ym_err *err) {
    if (st == YM_OK) {
        return ym_answer(r, 200, YM_API_JSON, "{\"done\":true}\n", 14);
    }
    return st == YM_LIMIT ? ym_answer_why(r, YM_REFUSAL_CONFLICT, err->text)
                          : ym_answer_refusal(r, YM_REFUSAL_STORAGE);
}

static bool is_json(struct ym_request *r) {
    const char *type =
        r->server->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND, "Content-Type");

    return type != NULL && strncmp(type, YM_API_JSON, sizeof(YM_API_JSON) - 1) == 0 &&
           strchr("; ", type[sizeof(YM_API_JSON) - 1]) != NULL; /* strchr also finds the end */
}

bool ym_api_form(struct ym_request *r, struct ym_form_field *fields, size_t n) {
    return is_json(r) && ym_form_read((const char *)r->body.data, r->body.len, fields, n);
}

bool ym_api_empty_form(struct ym_request *r) {
    return ym_api_form(r, NULL, 0);
}

/* --- overview --- */

static void put_intake(struct ym_request *r, struct ym_buf *out) {
    struct ym_intake_counts c;
    uint64_t refused = 0;

    ym_intake_counts(r->server->intake, &c);
    for (int i = 1; i < YM_REFUSAL_COUNT; i++) {
        refused += c.refused[i];
    }
    ym_buf_printf(out,
                  ",\"intake\":{\"reports\":%" PRIu64 ",\"records\":%" PRIu64 ",\"known\":%" PRIu64
                  ",\"refused\":%" PRIu64 ",\"storage\":%" PRIu64 ",\"waiting_bytes\":%" PRIu64 "}",
                  c.reports, c.added, c.known, refused, c.refused[YM_REFUSAL_STORAGE],
                  c.waiting_bytes);
}

static void put_machine_of_server(struct ym_request *r, struct ym_buf *out) {
    const char *dir = ym_fleet_state_dir(r->server->state);
    char path[YM_FLEET_PATH_MAX + 16];
    struct rusage usage = {0};
    struct statvfs disk = {0};
    struct stat store = {0};

    (void)snprintf(path, sizeof(path), "%s/records.db", dir);
    (void)stat(path, &store);
    (void)statvfs(dir, &disk);
    (void)getrusage(RUSAGE_SELF, &usage);
    ym_buf_printf(out,
                  ",\"server\":{\"version\":\"%s\",\"started\":%" PRId64 ",\"memory_peak\":%" PRIu64
                  ",\"connections\":%" PRIu64 ",\"store\":%" PRId64 ",\"disk_free\":%" PRIu64
                  ",\"disk\":%" PRIu64 "}",
                  YM_VERSION, r->server->started, (uint64_t)usage.ru_maxrss * 1024,
                  (uint64_t)r->server->connections, (int64_t)store.st_size,
                  (uint64_t)disk.f_bavail * disk.f_frsize, (uint64_t)disk.f_blocks * disk.f_frsize);
}

static enum MHD_Result on_overview(struct ym_request *r, const char *rest) {
    struct ym_fleet_status status;
    struct ym_alert_counts alerts = {0};
    struct ym_err err = {0};
    struct ym_buf out;
    int64_t now = ym_now_unix();
    ym_status st = ym_fleet_status_get(r->server->state, now, &status, &err);

    (void)rest;
    ym_buf_init(&out, YM_API_ANSWER_MAX);
    ym_buf_printf(&out, "{\"now\":%" PRId64 ",\"fleet\":", now);
    st = st == YM_OK ? ym_alert_count(r->server->state, &alerts, &err) : st;
    if (st == YM_OK) {
        ym_fleet_status_json(&status, &out);
        ym_buf_add_text(&out, ",\"machines\":");
        st = ym_view_glance(r->server->state, now, &out, &err);
    }
    ym_buf_printf(&out,
                  ",\"alerts\":{\"open\":%" PRIu64 ",\"critical\":%" PRIu64 ",\"waiting\":%" PRIu64
                  ",\"failed\":%" PRIu64 "}",
                  alerts.open, alerts.critical, alerts.waiting, alerts.failed);
    put_intake(r, &out);
    put_machine_of_server(r, &out);
    ym_buf_add_text(&out, "}\n");
    return ym_api_answer(r, st, &out, &err);
}

/* --- the table --- */

enum { CHANGES = YM_ROUTE_WEB | YM_ROUTE_CHANGES };

const struct ym_route ym_api_routes[] = {
    {"POST", "/api/1/session", YM_FORM_BODY_MAX, YM_ROLE_NONE, YM_ROUTE_WEB, ym_api_sign_in},
    {"GET", "/api/1/session", 0, YM_ROLE_READER, YM_ROUTE_WEB, ym_api_session},
    {"POST", "/api/1/session/end", YM_FORM_BODY_MAX, YM_ROLE_READER, CHANGES, ym_api_sign_out},
    {"GET", "/api/1/overview", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_overview},
    {"GET", "/api/1/machines", 0, YM_ROLE_READER, YM_ROUTE_WEB, ym_api_machines},
    {"GET", "/api/1/machines/", 0, YM_ROLE_READER, YM_ROUTE_WEB, ym_api_machine},
    {"POST", "/api/1/machines/", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES,
     ym_api_machine_change},
    {"POST", "/api/1/token", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES, ym_api_token},
    {"GET", "/api/1/alerts", 0, YM_ROLE_READER, YM_ROUTE_WEB, ym_api_alerts},
    {"GET", "/api/1/alerts/settings", 0, YM_ROLE_OPERATOR, YM_ROUTE_WEB, ym_api_alert_settings},
    {"POST", "/api/1/alerts/", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES, ym_api_alert_change},
    {"GET", "/api/1/rollouts", 0, YM_ROLE_READER, YM_ROUTE_WEB, ym_api_rollouts},
    {"POST", "/api/1/rollout/", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES, ym_api_rollout_change},
    {"POST", "/api/1/policy", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES, ym_api_policy},
    {"GET", "/api/1/people", 0, YM_ROLE_ADMIN, YM_ROUTE_WEB, ym_api_people},
    {"POST", "/api/1/people/remove", YM_FORM_BODY_MAX, YM_ROLE_ADMIN, CHANGES,
     ym_api_person_remove},
    {"GET", "/api/1/audit", 0, YM_ROLE_ADMIN, YM_ROUTE_WEB, ym_api_audit},
    {"GET", "/api/1/figures", 0, YM_ROLE_READER, YM_ROUTE_WEB, ym_api_figures},
    {"GET", "/api/1/figures/country", 0, YM_ROLE_READER, YM_ROUTE_WEB, ym_api_country},
    {"GET", "/api/1/figures/groups", 0, YM_ROLE_READER, YM_ROUTE_WEB, ym_api_groups},
    {"GET", "/api/1/figures/findings", 0, YM_ROLE_OPERATOR, YM_ROUTE_WEB, ym_api_findings},
};
const size_t ym_api_routes_count = sizeof(ym_api_routes) / sizeof(ym_api_routes[0]);
