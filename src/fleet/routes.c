/* routes.c - what the server answers under each address: one row, one function. */
#include "server_int.h"

#include "base/text.h"
#include "base/time.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 512 << 10, AUDIT_ROWS = 200 };

/* --- answers --- */

/* For browsers.  A page has a policy of its own (console.c); what is data is nothing that runs. */
static void web_headers(struct ym_request *r, struct MHD_Response *response) {
    static const char *const rows[][2] = {
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Embedder-Policy", "require-corp"},
        {"X-Frame-Options", "DENY"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    };
    const struct ym_mhd *mhd = &r->server->mhd;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)mhd->add_response_header(response, rows[i][0], rows[i][1]);
    }
    (void)mhd->add_response_header(
        response, "Content-Security-Policy",
        r->policy != NULL ? r->policy : "default-src 'none'; frame-ancestors 'none'");
    if (r->server->tls) {
        (void)mhd->add_response_header(response, "Strict-Transport-Security", "max-age=31536000");
    }
    if (r->set_cookie[0] != '\0') {
        (void)mhd->add_response_header(response, "Set-Cookie", r->set_cookie);
    }
}

static enum MHD_Result queue(struct ym_request *r, unsigned status, const char *type,
                             struct MHD_Response *response) {
    const struct ym_mhd *mhd = &r->server->mhd;
    enum MHD_Result result;

    if (response == NULL) {
        return MHD_NO;
    }
    (void)mhd->add_response_header(response, "Content-Type", type);
    (void)mhd->add_response_header(response, "Cache-Control", "no-store");
    (void)mhd->add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (status == 503) {
        (void)mhd->add_response_header(response, "Retry-After", "5");
    }
    if (r->route != NULL && (r->route->flags & YM_ROUTE_WEB) != 0) {
        web_headers(r, response);
    }
    result = mhd->queue_response(r->connection, status, response);
    mhd->destroy_response(response);
    return result;
}

enum MHD_Result ym_answer(struct ym_request *r, unsigned status, const char *type, const void *data,
                          size_t n) {
    char empty = '\0';
    char *bytes = &empty;

    if (n > 0) { /* libmicrohttpd copies; it only forgot to say const */
        memcpy(&bytes, &data, sizeof(bytes));
    }
    return queue(r, status, type,
                 r->server->mhd.create_response_from_buffer(n, bytes, MHD_RESPMEM_MUST_COPY));
}

static void drop_shared(void *shared) {
    ym_shared_drop(shared);
}

enum MHD_Result ym_answer_shared(struct ym_request *r, const char *type, struct ym_shared *shared) {
    const struct ym_buf *b = ym_shared_buf(shared);
    struct MHD_Response *response =
        r->server->mhd.create_response_from_buffer_with_free_callback_cls(b->len, b->data,
                                                                          drop_shared, shared);

    if (response == NULL) {
        ym_shared_drop(shared);
    }
    return queue(r, 200, type, response);
}

enum MHD_Result ym_answer_buf(struct ym_request *r, const char *type, struct ym_buf *b) {
    enum MHD_Result result;

    if (ym_buf_status(b) != YM_OK) {
        result = ym_answer_refusal(r, YM_REFUSAL_BUSY);
    } else {
        result = ym_answer(r, 200, type, b->data, b->len);
    }
    ym_buf_done(b);
    return result;
}

static enum MHD_Result refuse(struct ym_request *r, enum ym_refusal why, const char *text) {
    struct ym_buf b;
    enum MHD_Result result;

    ym_buf_init(&b, 4096);
    ym_buf_printf(&b, "{\"refused\":\"%s\",\"retry\":%s,\"record\":%u,\"sequence\":%llu,\"text\":",
                  ym_refusal_word(why), ym_refusal_retry(why) ? "true" : "false", r->job.bad_record,
                  (unsigned long long)r->job.sequence);
    ym_buf_json_string(&b, text, strlen(text));
    ym_buf_add_text(&b, "}\n");
    result = ym_buf_status(&b) == YM_OK
                 ? ym_answer(r, ym_refusal_http(why), "application/json", b.data, b.len)
                 : MHD_NO;
    ym_buf_done(&b);
    return result;
}

enum MHD_Result ym_answer_why(struct ym_request *r, enum ym_refusal why, const char *text) {
    ym_intake_refused(r->server->intake, why);
    return refuse(r, why, text);
}

enum MHD_Result ym_answer_refusal(struct ym_request *r, enum ym_refusal why) {
    return ym_answer_why(r, why, ym_refusal_text(why));
}

/* --- machines --- */

static enum MHD_Result on_report(struct ym_request *r, const char *rest) {
    char text[160];
    int n;

    (void)rest;
    if (r->job.refusal != YM_REFUSAL_NONE) {
        return refuse(r, r->job.refusal,
                      ym_refusal_text(r->job.refusal)); /* the intake has counted it */
    }
    n = snprintf(text, sizeof(text), "{\"taken\":%u,\"new\":%llu,\"known\":%llu,\"policy\":%llu}\n",
                 r->job.report.n_records, (unsigned long long)r->job.added,
                 (unsigned long long)r->job.known,
                 (unsigned long long)ym_fleet_policy_serial(r->server->state));
    return ym_answer(r, 200, "application/json", text, (size_t)n);
}

static enum MHD_Result on_enrol(struct ym_request *r, const char *rest) {
    struct ym_welcome welcome;
    struct ym_enrol enrol;
    struct ym_err err = {0};
    struct ym_buf out;
    enum ym_refusal bad = ym_enrol_read(r->body.data, r->body.len, &enrol);

    (void)rest;
    if (bad == YM_REFUSAL_NONE &&
        ym_fleet_enrol(r->server->state, &enrol, ym_now_unix(), &welcome, &bad, &err) != YM_OK) {
        bad = YM_REFUSAL_STORAGE;
    }
    if (bad != YM_REFUSAL_NONE) {
        return ym_answer_refusal(r, bad);
    }
    ym_buf_init(&out, YM_WELCOME_SIZE);
    ym_fleet_welcome(r->server->state, &welcome, &out);
    return ym_answer_buf(r, "application/octet-stream", &out);
}

/* The transport id, 128 random bits that only the machine knows, is a machine's leave to read. */
static enum ym_refusal who(struct ym_request *r, struct ym_machine *ret_machine) {
    const char *text =
        r->server->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND, "Yamori-Machine");
    uint8_t id[YM_FLEET_ID_SIZE];
    struct ym_err err = {0};
    bool known = false;

    if (text == NULL || strlen(text) != 2 * sizeof(id) || !ym_hex_decode(text, sizeof(id), id)) {
        return YM_REFUSAL_UNKNOWN_MACHINE;
    }
    if (ym_fleet_machine_get(r->server->state, id, &known, ret_machine, &err) != YM_OK) {
        return YM_REFUSAL_STORAGE;
    }
    return known ? YM_REFUSAL_NONE : YM_REFUSAL_UNKNOWN_MACHINE;
}

/* Written down once a second by the server's own thread: a thousand machines that ask after a change are one
 * transaction.  What does not fit is noticed at the next question. */
static void note_given(struct ym_request *r, uint64_t serial) {
    struct ym_fleet_server *s = r->server;
    const char *hex =
        s->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND, "Yamori-Machine");

    (void)pthread_mutex_lock(&s->given_lock);
    if (s->n_given < YM_GIVEN_MAX && hex != NULL &&
        ym_hex_decode(hex, YM_FLEET_ID_SIZE, s->given[s->n_given].id)) {
        s->given[s->n_given++].serial = serial;
    }
    (void)pthread_mutex_unlock(&s->given_lock);
}

static enum MHD_Result on_policy(struct ym_request *r, const char *rest) {
    struct ym_machine m;
    struct ym_policy given;
    struct ym_err err = {0};
    struct ym_buf out;
    enum ym_refusal bad = who(r, &m);

    (void)rest;
    ym_buf_init(&out, YM_POLICY_SIZE);
    if (bad == YM_REFUSAL_NONE &&
        ym_fleet_policy_of(r->server->state, m.ring, ym_now_unix(), &out, &err) != YM_OK) {
        bad = YM_REFUSAL_STORAGE;
    }
    if (bad != YM_REFUSAL_NONE) {
        ym_buf_done(&out);
        return ym_answer_refusal(r, bad);
    }
    if (ym_policy_read(out.data, out.len, ym_fleet_operator_public(r->server->state), &given) ==
            YM_REFUSAL_NONE &&
        given.serial > m.serial) {
        note_given(r, given.serial);
    }
    return ym_answer_buf(r, "application/octet-stream", &out);
}

static enum MHD_Result send_file(struct ym_request *r, int fd) {
    const struct ym_mhd *mhd = &r->server->mhd;
    struct MHD_Response *response = NULL;
    enum MHD_Result result;
    struct stat sb;

    if (fstat(fd, &sb) == 0) {
        response = mhd->create_response_from_fd64((uint64_t)sb.st_size, fd); /* takes fd */
    }
    if (response == NULL) {
        (void)close(fd);
        return ym_answer_refusal(r, YM_REFUSAL_STORAGE);
    }
    (void)mhd->add_response_header(response, "Content-Type", "application/octet-stream");
    result = mhd->queue_response(r->connection, 200, response);
    mhd->destroy_response(response);
    return result;
}

static enum MHD_Result on_image(struct ym_request *r, const char *rest) {
    char path[YM_FLEET_PATH_MAX + 96];
    char hex[2 * YM_FLEET_HASH_SIZE + 1];
    uint8_t hash[YM_FLEET_HASH_SIZE];
    struct ym_machine m;
    struct ym_err err = {0};
    int fd = -1;
    enum ym_refusal bad = who(r, &m);

    if (bad == YM_REFUSAL_NONE &&
        (strlen(rest) != 2 * sizeof(hash) || !ym_hex_decode(rest, sizeof(hash), hash))) {
        bad = YM_REFUSAL_NOT_FOUND;
    }
    if (bad != YM_REFUSAL_NONE) {
        return ym_answer_refusal(r, bad);
    }
    ym_hex_encode(hash, sizeof(hash), hex); /* of the asked name only its bits are used */
    (void)snprintf(path, sizeof(path), "%s/images/%s", ym_fleet_state_dir(r->server->state), hex);
    if (ym_file_open(AT_FDCWD, path, false, path, &fd, &err) != YM_OK) {
        return ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
    }
    return send_file(r, fd);
}

/* --- people --- */

static bool get_number(struct ym_request *r, const char *name, uint32_t fallback,
                       uint32_t *ret_value) {
    const char *text =
        r->server->mhd.lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);

    if (text == NULL) {
        *ret_value = fallback;
        return true;
    }
    return ym_parse_u32(text, strlen(text), ret_value);
}

static enum MHD_Result on_status(struct ym_request *r, const char *rest) {
    struct ym_fleet_status status;
    struct ym_err err = {0};
    struct ym_buf out;

    (void)rest;
    if (ym_fleet_status_get(r->server->state, ym_now_unix(), &status, &err) != YM_OK) {
        return ym_answer_refusal(r, YM_REFUSAL_STORAGE);
    }
    ym_buf_init(&out, TEXT_MAX);
    ym_fleet_status_json(&status, &out);
    return ym_answer_buf(r, "application/json", &out);
}

static enum MHD_Result on_audit(struct ym_request *r, const char *rest) {
    struct ym_err err = {0};
    struct ym_buf out;

    (void)rest;
    ym_buf_init(&out, TEXT_MAX);
    if (ym_fleet_audit(r->server->state, AUDIT_ROWS, &out, &err) != YM_OK) {
        ym_buf_done(&out);
        return ym_answer_refusal(r, YM_REFUSAL_STORAGE);
    }
    return ym_answer_buf(r, "application/x-ndjson", &out);
}

static enum MHD_Result on_machines(struct ym_request *r, const char *rest) {
    const char *text =
        r->server->mhd.lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, "after");
    uint8_t after[YM_FLEET_ID_SIZE];
    struct ym_err err = {0};
    struct ym_buf out;

    (void)rest;
    if (text != NULL &&
        (strlen(text) != 2 * sizeof(after) || !ym_hex_decode(text, sizeof(after), after))) {
        return ym_answer_refusal(r, YM_REFUSAL_MALFORMED);
    }
    ym_buf_init(&out, TEXT_MAX);
    if (ym_fleet_machines_list(r->server->state, text == NULL ? NULL : after, UINT32_MAX, &out,
                               &err) != YM_OK) {
        ym_buf_done(&out);
        return ym_answer_refusal(r, YM_REFUSAL_STORAGE);
    }
    return ym_answer_buf(r, "application/x-ndjson", &out);
}

/* LIMIT is what the person asked for, anything else is ours. */
static enum MHD_Result done(struct ym_request *r, ym_status st) {
    if (st == YM_OK) {
        return ym_answer(r, 200, "application/json", "{\"done\":true}\n", 14);
    }
    return ym_answer_refusal(r, st == YM_LIMIT ? YM_REFUSAL_MALFORMED : YM_REFUSAL_STORAGE);
}

static const char *label_of(struct ym_request *r) {
    const char *label =
        r->server->mhd.lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, "label");

    return label == NULL ? "" : label;
}

static enum MHD_Result on_token(struct ym_request *r, const char *rest) {
    char token[YM_FLEET_TOKEN_TEXT_SIZE];
    char text[sizeof(token) + 20];
    struct ym_err err = {0};
    uint32_t ring = 1;
    uint32_t hours = 24;
    ym_status st = YM_LIMIT;
    int n;

    (void)rest;
    if (get_number(r, "ring", 1, &ring) && get_number(r, "hours", 24, &hours)) {
        st = ym_fleet_token_new(r->server->state, r->person.name, ring, hours, label_of(r),
                                ym_now_unix(), token, &err);
    }
    if (st != YM_OK) {
        return done(r, st);
    }
    n = snprintf(text, sizeof(text), "{\"token\":\"%s\"}\n", token);
    return ym_answer(r, 200, "application/json", text, (size_t)n);
}

static enum MHD_Result on_set_policy(struct ym_request *r, const char *rest) {
    struct ym_fleet_status now;
    struct ym_intervals v;
    struct ym_err err = {0};
    ym_status st = ym_fleet_status_get(r->server->state, ym_now_unix(), &now, &err);

    (void)rest;
    if (st == YM_OK) {
        st = get_number(r, "poll", now.intervals.poll_every, &v.poll_every) &&
                     get_number(r, "report", now.intervals.report_every, &v.report_every) &&
                     get_number(r, "scan", now.intervals.scan_every, &v.scan_every)
                 ? ym_fleet_policy_set(r->server->state, r->person.name, &v, ym_now_unix(), &err)
                 : YM_LIMIT;
    }
    return done(r, st);
}

static enum MHD_Result on_remove(struct ym_request *r, const char *rest) {
    uint8_t id[YM_FLEET_ID_SIZE];
    struct ym_err err = {0};
    ym_status st = YM_LIMIT;

    if (strlen(rest) == 2 * sizeof(id) && ym_hex_decode(rest, sizeof(id), id)) {
        st = ym_fleet_machine_remove(r->server->state, r->person.name, id, ym_now_unix(), &err);
    }
    return done(r, st);
}

static enum MHD_Result on_stop(struct ym_request *r, const char *rest) {
    struct ym_err err = {0};

    (void)rest;
    return done(
        r, ym_fleet_rollout_stop(r->server->state, r->person.name, false, ym_now_unix(), &err));
}

static enum MHD_Result on_resume(struct ym_request *r, const char *rest) {
    struct ym_err err = {0};

    (void)rest;
    return done(r,
                ym_fleet_rollout_stop(r->server->state, r->person.name, true, ym_now_unix(), &err));
}

/* --- for who watches --- */

static void gauge(struct ym_buf *out, const char *name, const char *type, const char *help,
                  uint64_t value) {
    ym_buf_printf(out,
                  "# HELP yamori_fleet_%s %s\n# TYPE yamori_fleet_%s %s\nyamori_fleet_%s %llu\n",
                  name, help, name, type, name, (unsigned long long)value);
}

static void metrics_of_intake(const struct ym_intake_counts *c, struct ym_buf *out) {
    gauge(out, "reports_total", "counter", "Reports whose records were made durable.", c->reports);
    gauge(out, "reports_again_total", "counter", "Reports acknowledged once more.", c->again);
    gauge(out, "records_new_total", "counter", "Records stored.", c->added);
    gauge(out, "records_known_total", "counter", "Records that were there already.", c->known);
    gauge(out, "records_located_total", "counter",
          "Records that got the country of their sender's address.", c->located);
    gauge(out, "commits_total", "counter", "Transactions of the store.", c->groups);
    gauge(out, "commit_milliseconds_total", "counter", "Time spent in them.",
          c->commit_ns / 1000000);
    gauge(out, "waiting_bytes", "gauge", "Bytes of reports that wait.", c->waiting_bytes);
    ym_buf_add_text(out, "# HELP yamori_fleet_refused_total What was refused, by reason.\n"
                         "# TYPE yamori_fleet_refused_total counter\n");
    for (int i = 1; i < YM_REFUSAL_COUNT; i++) {
        ym_buf_printf(out, "yamori_fleet_refused_total{reason=\"%s\"} %llu\n",
                      ym_refusal_word((enum ym_refusal)i), (unsigned long long)c->refused[i]);
    }
}

static enum MHD_Result on_metrics(struct ym_request *r, const char *rest) {
    struct ym_fleet_status status;
    struct ym_intake_counts c;
    struct ym_err err = {0};
    struct rusage usage = {0};
    struct ym_buf out;

    (void)rest;
    if (ym_fleet_status_get(r->server->state, ym_now_unix(), &status, &err) != YM_OK) {
        return ym_answer_refusal(r, YM_REFUSAL_STORAGE);
    }
    ym_intake_counts(r->server->intake, &c);
    (void)getrusage(RUSAGE_SELF, &usage);
    ym_buf_init(&out, TEXT_MAX);
    metrics_of_intake(&c, &out);
    gauge(&out, "ring_looks_failed_total", "counter",
          "Looks at the rings that the state did not allow.", r->server->ticks_failed);
    gauge(&out, "requests_total", "counter", "Requests.", r->server->requests);
    gauge(&out, "tls_connections_total", "counter", "TLS connections with a request.",
          r->server->greeted);
    gauge(&out, "tls_resumed_total", "counter", "Those that resumed a session.",
          r->server->resumed);
    gauge(&out, "connections", "gauge", "Open connections.", r->server->connections);
    gauge(&out, "arriving_bytes", "gauge", "Bytes of requests that are not whole yet.",
          r->server->held);
    gauge(&out, "memory_peak_bytes", "gauge", "The largest resident size so far.",
          (uint64_t)usage.ru_maxrss * 1024);
    gauge(&out, "machines", "gauge", "Machines that have enrolled.", status.machines);
    gauge(&out, "policy_serial", "gauge", "Serial of the newest policy.", status.serial);
    gauge(&out, "rollout_state", "gauge", "0 none, 1 running, 2 stopped, 3 done.",
          (uint64_t)status.rollout.state);
    gauge(&out, "rollout_epoch", "gauge", "Epoch of the rollout's image.", status.rollout.epoch);
    gauge(&out, "rollout_ring", "gauge", "Newest open ring.", status.rollout.ring);
    return ym_answer_buf(r, "text/plain; version=0.0.4", &out);
}

static enum MHD_Result on_health(struct ym_request *r, const char *rest) {
    (void)rest;
    return ym_answer(r, 200, "text/plain", "ok\n", 3);
}

/* --- the table --- */

static const struct ym_route routes[] = {
    {"POST", "/v1/report", YM_REPORT_MAX, YM_ROLE_NONE, 0, on_report},
    {"GET", "/v1/policy", 0, YM_ROLE_NONE, 0, on_policy},
    {"GET", "/v1/image/", 0, YM_ROLE_NONE, 0, on_image},
    {"POST", "/v1/enroll", YM_ENROL_SIZE, YM_ROLE_NONE, 0, on_enrol},
    {"GET", "/metrics", 0, YM_ROLE_NONE, 0, on_metrics},
    {"GET", "/healthz", 0, YM_ROLE_NONE, 0, on_health},
    {"GET", "/v1/fleet/status", 0, YM_ROLE_READER, 0, on_status},
    {"GET", "/v1/fleet/audit", 0, YM_ROLE_ADMIN, 0, on_audit},
    {"GET", "/v1/fleet/machines", 0, YM_ROLE_READER, 0, on_machines},
    {"POST", "/v1/fleet/machines/remove/", 0, YM_ROLE_OPERATOR, 0, on_remove},
    {"POST", "/v1/fleet/token", 0, YM_ROLE_OPERATOR, 0, on_token},
    {"POST", "/v1/fleet/policy", 0, YM_ROLE_OPERATOR, 0, on_set_policy},
    {"POST", "/v1/fleet/rollout/stop", 0, YM_ROLE_OPERATOR, 0, on_stop},
    {"POST", "/v1/fleet/rollout/resume", 0, YM_ROLE_OPERATOR, 0, on_resume},
};

static bool path_fits(const struct ym_route *route, const char *path) {
    size_t n = strlen(route->path);

    return route->path[n - 1] == '/' ? strncmp(path, route->path, n) == 0
                                     : strcmp(path, route->path) == 0;
}

static const struct ym_route *find_in(const struct ym_route *rows, size_t n, const char *method,
                                      const char *path, enum ym_refusal *ret_bad) {
    for (size_t i = 0; i < n; i++) {
        if (path_fits(&rows[i], path)) {
            if (strcmp(method, rows[i].method) == 0) {
                return &rows[i];
            }
            *ret_bad = YM_REFUSAL_METHOD;
        }
    }
    return NULL;
}

const struct ym_route *ym_route_find(const char *method, const char *path,
                                     enum ym_refusal *ret_bad) {
    const struct ym_route *found;

    *ret_bad = YM_REFUSAL_NOT_FOUND;
    found = find_in(routes, sizeof(routes) / sizeof(routes[0]), method, path, ret_bad);
    found =
        found != NULL ? found : find_in(ym_api_routes, ym_api_routes_count, method, path, ret_bad);
    return found != NULL
               ? found
               : find_in(ym_console_routes, ym_console_routes_count, method, path, ret_bad);
}

bool ym_route_is_report(const struct ym_route *route) {
    return route == &routes[0];
}

static const char *header(struct ym_request *r, const char *name) {
    return r->server->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* "Authorization: Bearer SECRET" */
static bool has_secret(struct ym_request *r) {
    const char *text = header(r, "Authorization");

    return text != NULL && strncmp(text, "Bearer ", 7) == 0 &&
           ym_fleet_person_find(r->server->state, text + 7, &r->person);
}

/* A session's cookie; a browser sends it by itself, so it must also have been our page that asked. */
static enum ym_refusal has_session(struct ym_request *r) {
    const char *cookies = header(r, "Cookie");
    const char *site = header(r, "Sec-Fetch-Site");

    if (cookies == NULL ||
        !ym_cookie_find(cookies, r->server->secure ? "__Host-yamori" : "yamori", r->cookie) ||
        !ym_session_find(r->server->state, r->cookie, header(r, "Yamori-Poll") == NULL,
                         ym_now_unix(), &r->session)) {
        return YM_REFUSAL_SIGNED_OUT;
    }
    if ((r->route->flags & YM_ROUTE_CHANGES) == 0) {
        if (!ym_web_not_cross_site(site)) {
            return YM_REFUSAL_CROSS_SITE;
        }
    } else if (!ym_web_same_origin(r->server->secure ? "https" : "http", header(r, "Origin"),
                                   header(r, "Host"), site) ||
               !ym_session_csrf_fits(&r->session, header(r, "Yamori-CSRF"))) {
        return YM_REFUSAL_CROSS_SITE;
    }
    r->person = r->session.person;
    return YM_REFUSAL_NONE;
}

static enum ym_refusal person_may(struct ym_request *r) {
    bool web = (r->route->flags & YM_ROUTE_WEB) != 0;
    enum ym_refusal bad = YM_REFUSAL_FORBIDDEN;

    if (has_secret(r)) {
        bad = YM_REFUSAL_NONE;
    } else if (web) {
        bad = header(r, "Authorization") != NULL ? YM_REFUSAL_SIGNED_OUT : has_session(r);
    }
    return bad == YM_REFUSAL_NONE && r->person.role < r->route->role ? YM_REFUSAL_FORBIDDEN : bad;
}

enum MHD_Result ym_route_answer(struct ym_request *r, const char *path) {
    if (r->route->role != YM_ROLE_NONE && r->work == NULL) { /* with work: asked before it */
        enum ym_refusal bad = person_may(r);

        if (bad != YM_REFUSAL_NONE) {
            return ym_answer_refusal(r, bad);
        }
    }
    return r->route->answer(r, path + strlen(r->route->path));
}
