/* api.c - /api/1/: what the console's page asks, and anybody with a person's secret.  See
 * docs/formats/fleet.md.
 *
 * routes.c has asked who it is, whether the role is enough, and, of a session that changes something, whether our
 * own page sent it.  Every change is one call of the state, which writes it into the audit trail. */
#include "server_int.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "fleet/alerts.h"
#include "fleet/views.h"
#include "report/period.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { TEXT_MAX = 1 << 20, ALERTS_PAGE = 200, MIN_COMPUTERS = 5 };

static const char json[] = "application/json";

/* --- small things --- */

static const char *argument(struct ym_request *r, const char *name) {
    return r->server->mhd.lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* False: it is there and no number. */
static bool number(struct ym_request *r, const char *name, uint64_t max, uint64_t *ret) {
    const char *text = argument(r, name);

    return text == NULL || (ym_parse_u64(text, strlen(text), ret) && *ret <= max);
}

/* False: it is there and too long, or no UTF-8. */
static bool text(struct ym_request *r, const char *name, char *ret, size_t size) {
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

static enum MHD_Result malformed(struct ym_request *r) {
    return ym_answer_refusal(r, YM_REFUSAL_MALFORMED);
}

static enum MHD_Result answer_st(struct ym_request *r, ym_status st, struct ym_buf *out,
                                 const struct ym_err *err) {
    if (st == YM_OK) {
        return ym_answer_buf(r, json, out);
    }
    ym_buf_done(out);
    return st == YM_LIMIT ? ym_answer_why(r, YM_REFUSAL_NOT_FOUND, err->text)
                          : ym_answer_refusal(r, YM_REFUSAL_STORAGE);
}

/* LIMIT is the state's no to what a person asked for: its words are for people. */
static enum MHD_Result done(struct ym_request *r, ym_status st, const struct ym_err *err) {
    if (st == YM_OK) {
        return ym_answer(r, 200, json, "{\"done\":true}\n", 14);
    }
    return st == YM_LIMIT ? ym_answer_why(r, YM_REFUSAL_CONFLICT, err->text)
                          : ym_answer_refusal(r, YM_REFUSAL_STORAGE);
}

static bool is_json(struct ym_request *r) {
    const char *type =
        r->server->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND, "Content-Type");

    return type != NULL && strncmp(type, json, sizeof(json) - 1) == 0 &&
           strchr("; ", type[sizeof(json) - 1]) != NULL; /* strchr also finds the end */
}

static bool form(struct ym_request *r, struct ym_form_field *fields, size_t n) {
    return is_json(r) && ym_form_read((const char *)r->body.data, r->body.len, fields, n);
}

static bool empty_form(struct ym_request *r) {
    return form(r, NULL, 0);
}

/* --- sessions --- */

static const char *cookie_name(const struct ym_fleet_server *s) {
    return s->secure ? "__Host-yamori" : "yamori";
}

static void set_cookie(struct ym_request *r, const char *value, bool ends) {
    (void)snprintf(r->set_cookie, sizeof(r->set_cookie),
                   "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", cookie_name(r->server), value,
                   r->server->secure ? "; Secure" : "", ends ? "; Max-Age=0" : "");
}

static enum MHD_Result say_session(struct ym_request *r, const struct ym_session *s) {
    struct ym_buf out;

    ym_buf_init(&out, 4096);
    ym_buf_add_text(&out, "{\"name\":");
    ym_buf_json_string(&out, s->person.name, strlen(s->person.name));
    ym_buf_printf(&out,
                  ",\"role\":\"%s\",\"csrf\":\"%s\",\"until\":%" PRId64 ",\"version\":\"%s\"}\n",
                  ym_role_word(s->person.role), s->csrf, s->until, YM_VERSION);
    return ym_answer_buf(r, json, &out);
}

static const struct sockaddr *address_of(struct ym_request *r) {
    const union MHD_ConnectionInfo *info =
        r->server->mhd.get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return info == NULL ? NULL : info->client_addr;
}

static bool may_try(struct ym_request *r) {
    bool may;

    (void)pthread_mutex_lock(&r->server->throttle_lock);
    may = ym_throttle_may(&r->server->throttle, address_of(r), ym_now_unix());
    (void)pthread_mutex_unlock(&r->server->throttle_lock);
    return may;
}

static void has_failed(struct ym_request *r) {
    (void)pthread_mutex_lock(&r->server->throttle_lock);
    ym_throttle_failed(&r->server->throttle, address_of(r), ym_now_unix());
    (void)pthread_mutex_unlock(&r->server->throttle_lock);
}

static const char *header(struct ym_request *r, const char *name) {
    return r->server->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* A page of another site must not sign somebody in as somebody else either. */
static bool from_our_page(struct ym_request *r) {
    return ym_web_same_origin(r->server->secure ? "https" : "http", header(r, "Origin"),
                              header(r, "Host"), header(r, "Sec-Fetch-Site"));
}

static enum MHD_Result on_sign_in(struct ym_request *r, const char *rest) {
    char secret[YM_SESSION_TEXT] = "";
    char made[YM_SESSION_TEXT];
    char before[YM_SESSION_TEXT] = "";
    struct ym_form_field field = {.name = "secret", .text = secret, .size = sizeof(secret)};
    struct ym_session session;
    struct ym_err err = {0};
    const char *cookies = header(r, "Cookie");
    bool known = false;

    (void)rest;
    if (!from_our_page(r)) {
        return ym_answer_refusal(r, YM_REFUSAL_CROSS_SITE);
    }
    if (!may_try(r)) {
        return ym_answer_refusal(r, YM_REFUSAL_TOO_OFTEN);
    }
    if (!form(r, &field, 1) || !field.given) {
        has_failed(r);
        return malformed(r);
    }
    if (cookies != NULL && !ym_cookie_find(cookies, cookie_name(r->server), before)) {
        before[0] = '\0';
    }
    if (ym_session_begin(r->server->state, secret, before, ym_now_unix(), &known, made, &session,
                         &err) != YM_OK) {
        return ym_answer_refusal(r, YM_REFUSAL_STORAGE);
    }
    if (!known) {
        has_failed(r);
        return ym_answer_why(r, YM_REFUSAL_SIGNED_OUT, "nobody has this secret");
    }
    set_cookie(r, made, false);
    return say_session(r, &session);
}

static enum MHD_Result on_session(struct ym_request *r, const char *rest) {
    struct ym_session session = r->session;

    (void)rest;
    session.person = r->person; /* of a secret in the header there is no session */
    return say_session(r, &session);
}

static enum MHD_Result on_sign_out(struct ym_request *r, const char *rest) {
    struct ym_err err = {0};
    ym_status st = YM_OK;

    (void)rest;
    if (!empty_form(r)) {
        return malformed(r);
    }
    if (r->cookie[0] != '\0') {
        st = ym_session_end(r->server->state, r->cookie, r->person.name, ym_now_unix(), &err);
        set_cookie(r, "", true);
    }
    return done(r, st, &err);
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
    ym_buf_init(&out, TEXT_MAX);
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
    return answer_st(r, st, &out, &err);
}

/* --- machines --- */

static bool image_state(const char *word, int *ret) {
    *ret = -1;
    for (int i = 0; word[0] != '\0' && i < YM_IMAGE_STATES; i++) {
        if (strcmp(word, ym_image_word((enum ym_image_state)i)) == 0) {
            *ret = i;
            return true;
        }
    }
    return word[0] == '\0';
}

static enum MHD_Result on_machines(struct ym_request *r, const char *rest) {
    struct ym_machine_filter f = {.state = -1};
    struct ym_err err = {0};
    struct ym_buf out;
    char state[16];
    char order[16];
    uint64_t ring = 0;
    uint64_t silent = 0;
    uint64_t skip = 0;
    uint64_t max = 50;

    (void)rest;
    if (!number(r, "ring", YM_FLEET_RINGS_MAX, &ring) || !number(r, "silent", 100000, &silent) ||
        !number(r, "skip", 100000000, &skip) || !number(r, "max", YM_VIEW_PAGE_MAX, &max) ||
        !text(r, "text", f.text, sizeof(f.text)) || !text(r, "state", state, sizeof(state)) ||
        !text(r, "order", order, sizeof(order)) || !image_state(state, &f.state) ||
        (order[0] != '\0' && strcmp(order, "seen") != 0)) {
        return malformed(r);
    }
    f.ring = (uint32_t)ring;
    f.skip = (uint32_t)skip;
    f.max = (uint32_t)max;
    f.by_seen = order[0] != '\0';
    f.seen_before = silent == 0 ? 0 : ym_now_unix() - (int64_t)silent * 86400;
    ym_buf_init(&out, TEXT_MAX);
    return answer_st(r, ym_view_machines(r->server->state, &f, &out, &err), &out, &err);
}

static bool machine_id(const char *hex, size_t n, uint8_t ret[YM_FLEET_ID_SIZE]) {
    return n == 2 * (size_t)YM_FLEET_ID_SIZE && ym_hex_decode(hex, YM_FLEET_ID_SIZE, ret);
}

static enum MHD_Result on_machine(struct ym_request *r, const char *rest) {
    uint8_t id[YM_FLEET_ID_SIZE];
    struct ym_err err = {0};
    struct ym_buf out;

    if (!machine_id(rest, strlen(rest), id)) {
        return ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
    }
    ym_buf_init(&out, 4096);
    return answer_st(r, ym_view_machine(r->server->state, id, &out, &err), &out, &err);
}

/* ID/remove {}, ID/label {"label":T}, ID/ring {"ring":N} */
static enum MHD_Result on_machine_change(struct ym_request *r, const char *rest) {
    const char *slash = strchr(rest, '/');
    const char *word = slash == NULL ? "" : slash + 1;
    char label[YM_FLEET_NAME_MAX] = "";
    struct ym_form_field to_label = {.name = "label", .text = label, .size = sizeof(label)};
    struct ym_form_field to_ring = {.name = "ring"};
    struct ym_fleet_state *s = r->server->state;
    uint8_t id[YM_FLEET_ID_SIZE];
    struct ym_err err = {0};

    if (slash == NULL || !machine_id(rest, (size_t)(slash - rest), id)) {
        return ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
    }
    if (strcmp(word, "remove") == 0) {
        return !empty_form(r)
                   ? malformed(r)
                   : done(r, ym_fleet_machine_remove(s, r->person.name, id, ym_now_unix(), &err),
                          &err);
    }
    if (strcmp(word, "label") == 0) {
        return !form(r, &to_label, 1) || !to_label.given
                   ? malformed(r)
                   : done(r,
                          ym_fleet_machine_label(s, r->person.name, id, label, ym_now_unix(), &err),
                          &err);
    }
    if (strcmp(word, "ring") == 0) {
        return !form(r, &to_ring, 1) || !to_ring.given || to_ring.number > YM_FLEET_RINGS_MAX
                   ? malformed(r)
                   : done(r,
                          ym_fleet_machine_ring(s, r->person.name, id, (uint32_t)to_ring.number,
                                                ym_now_unix(), &err),
                          &err);
    }
    return ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
}

static enum MHD_Result on_token(struct ym_request *r, const char *rest) {
    char label[YM_FLEET_NAME_MAX] = "";
    struct ym_form_field fields[] = {{.name = "ring", .number = 1},
                                     {.name = "hours", .number = 24},
                                     {.name = "label", .text = label, .size = sizeof(label)}};
    char token[YM_FLEET_TOKEN_TEXT_SIZE];
    char answer[sizeof(token) + 20];
    struct ym_err err = {0};
    ym_status st;
    int n;

    (void)rest;
    if (!form(r, fields, 3) || fields[0].number > 1000 || fields[1].number > 100000) {
        return malformed(r);
    }
    st = ym_fleet_token_new(r->server->state, r->person.name, (uint32_t)fields[0].number,
                            (uint32_t)fields[1].number, label, ym_now_unix(), token, &err);
    if (st != YM_OK) {
        return done(r, st, &err);
    }
    n = snprintf(answer, sizeof(answer), "{\"token\":\"%s\"}\n", token);
    return ym_answer(r, 200, json, answer, (size_t)n);
}

/* --- alerts --- */

static enum MHD_Result on_alerts(struct ym_request *r, const char *rest) {
    struct ym_alert *alerts = ym_zalloc(ALERTS_PAGE, sizeof(*alerts));
    struct ym_err err = {0};
    struct ym_buf out;
    uint64_t before = 0;
    uint64_t all = 0;
    size_t n = 0;
    ym_status st;

    (void)rest;
    if (!number(r, "before", INT64_MAX, &before) || !number(r, "all", 1, &all)) {
        ym_free(alerts);
        return malformed(r);
    }
    if (alerts == NULL) {
        return ym_answer_refusal(r, YM_REFUSAL_BUSY);
    }
    ym_buf_init(&out, TEXT_MAX);
    st = ym_alert_list(r->server->state, all == 0, (int64_t)before, alerts, ALERTS_PAGE, &n, &err);
    ym_buf_u8(&out, '[');
    for (size_t i = 0; i < n; i++) {
        ym_buf_add_text(&out, i == 0 ? "" : ",");
        ym_alert_json(&alerts[i], &out);
    }
    ym_buf_u8(&out, ']');
    ym_free(alerts);
    return answer_st(r, st, &out, &err);
}

/* N/ack {} */
static enum MHD_Result on_alert_change(struct ym_request *r, const char *rest) {
    const char *slash = strchr(rest, '/');
    struct ym_err err = {0};
    uint64_t n = 0;

    if (slash == NULL || strcmp(slash, "/ack") != 0 ||
        !ym_parse_u64(rest, (size_t)(slash - rest), &n) || n > INT64_MAX) {
        return ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
    }
    if (!empty_form(r)) {
        return malformed(r);
    }
    return done(r, ym_alert_ack(r->server->state, r->person.name, (int64_t)n, ym_now_unix(), &err),
                &err);
}

struct settings {
    struct ym_alert_rule rules[YM_ALERT_RULES_MAX];
    struct ym_alert_target targets[YM_ALERT_TARGETS_MAX];
    size_t n_rules, n_targets;
};

/* Where alerts go may tell more than an operator needs (a webhook's address is often its secret). */
static void put_settings(struct settings *t, bool whole, struct ym_buf *out) {
    ym_buf_add_text(out, "{\"rules\":[");
    for (size_t i = 0; i < t->n_rules; i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        ym_alert_rule_json(&t->rules[i], out);
    }
    ym_buf_add_text(out, "],\"targets\":[");
    for (size_t i = 0; i < t->n_targets; i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        if (!whole) {
            t->targets[i].address[0] = t->targets[i].sender[0] = t->targets[i].recipient[0] = '\0';
            t->targets[i].user[0] = '\0';
        }
        ym_alert_target_json(&t->targets[i], out);
    }
    ym_buf_add_text(out, "]}\n");
}

static enum MHD_Result on_alert_settings(struct ym_request *r, const char *rest) {
    struct settings *t = ym_zalloc(1, sizeof(*t));
    struct ym_err err = {0};
    struct ym_buf out;
    ym_status st;

    (void)rest;
    if (t == NULL) {
        return ym_answer_refusal(r, YM_REFUSAL_BUSY);
    }
    ym_buf_init(&out, TEXT_MAX);
    st = ym_alert_rules(r->server->state, t->rules, YM_ALERT_RULES_MAX, &t->n_rules, &err);
    st = st == YM_OK ? ym_alert_targets(r->server->state, t->targets, YM_ALERT_TARGETS_MAX,
                                        &t->n_targets, &err)
                     : st;
    put_settings(t, r->person.role >= YM_ROLE_ADMIN, &out);
    ym_free(t);
    return answer_st(r, st, &out, &err);
}

/* --- policies and rollouts --- */

static enum MHD_Result on_rollouts(struct ym_request *r, const char *rest) {
    struct ym_fleet_status status;
    struct ym_err err = {0};
    struct ym_buf out;
    ym_status st = ym_fleet_status_get(r->server->state, ym_now_unix(), &status, &err);

    (void)rest;
    ym_buf_init(&out, TEXT_MAX);
    ym_buf_add_text(&out, "{\"fleet\":");
    if (st == YM_OK) {
        ym_fleet_status_json(&status, &out);
        ym_buf_add_text(&out, ",\"history\":");
        st = ym_view_rollouts(r->server->state, &out, &err);
    }
    ym_buf_add_text(&out, "}\n");
    return answer_st(r, st, &out, &err);
}

static enum MHD_Result on_rollout_change(struct ym_request *r, const char *rest) {
    struct ym_fleet_state *s = r->server->state;
    const char *by = r->person.name;
    struct ym_err err = {0};

    if (!empty_form(r)) {
        return malformed(r);
    }
    if (strcmp(rest, "stop") == 0 || strcmp(rest, "resume") == 0) {
        return done(r, ym_fleet_rollout_stop(s, by, rest[0] == 'r', ym_now_unix(), &err), &err);
    }
    return strcmp(rest, "next") == 0
               ? done(r, ym_fleet_rollout_next(s, by, ym_now_unix(), &err), &err)
               : ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
}

static uint32_t given_or(const struct ym_form_field *f, uint32_t otherwise) {
    return !f->given ? otherwise : f->number > UINT32_MAX ? UINT32_MAX : (uint32_t)f->number;
}

static enum MHD_Result on_policy(struct ym_request *r, const char *rest) {
    struct ym_form_field f[] = {{.name = "poll"}, {.name = "report"}, {.name = "scan"}};
    struct ym_fleet_status now;
    struct ym_intervals v;
    struct ym_err err = {0};

    (void)rest;
    if (!form(r, f, 3)) {
        return malformed(r);
    }
    if (ym_fleet_status_get(r->server->state, ym_now_unix(), &now, &err) != YM_OK) {
        return ym_answer_refusal(r, YM_REFUSAL_STORAGE);
    }
    v.poll_every = given_or(&f[0], now.intervals.poll_every);
    v.report_every = given_or(&f[1], now.intervals.report_every);
    v.scan_every = given_or(&f[2], now.intervals.scan_every);
    return done(r, ym_fleet_policy_set(r->server->state, r->person.name, &v, ym_now_unix(), &err),
                &err);
}

/* --- people --- */

static enum MHD_Result on_people(struct ym_request *r, const char *rest) {
    struct ym_err err = {0};
    struct ym_buf out;

    (void)rest;
    ym_buf_init(&out, TEXT_MAX);
    return answer_st(r, ym_view_people(r->server->state, ym_now_unix(), &out, &err), &out, &err);
}

/* Rights can be taken here, but given on the server itself only; and nobody takes his own. */
static enum MHD_Result on_person_remove(struct ym_request *r, const char *rest) {
    char name[YM_FLEET_NAME_MAX] = "";
    struct ym_form_field field = {.name = "name", .text = name, .size = sizeof(name)};
    struct ym_err err = {0};

    (void)rest;
    if (!form(r, &field, 1) || !field.given) {
        return malformed(r);
    }
    if (strcmp(name, r->person.name) == 0) {
        return ym_answer_why(r, YM_REFUSAL_CONFLICT, "nobody can remove himself");
    }
    return done(r, ym_fleet_person_remove(r->server->state, r->person.name, name, &err), &err);
}

static enum MHD_Result on_audit(struct ym_request *r, const char *rest) {
    struct ym_err err = {0};
    struct ym_buf out;
    uint64_t before = 0;
    uint64_t max = 100;

    (void)rest;
    if (!number(r, "before", INT64_MAX, &before) || !number(r, "max", YM_VIEW_PAGE_MAX, &max)) {
        return malformed(r);
    }
    ym_buf_init(&out, TEXT_MAX);
    return answer_st(r, ym_view_audit(r->server->state, (int64_t)before, (uint32_t)max, &out, &err),
                     &out, &err);
}

/* --- figures --- */

static enum MHD_Result on_figures(struct ym_request *r, const char *rest) {
    struct ym_shared *shared = r->shared;

    (void)rest;
    if (r->work == NULL) {
        return ym_desk_put(r->server->desk, r, ym_desk_figures);
    }
    if (r->failed != YM_REFUSAL_NONE) {
        return ym_answer_refusal(r, r->failed);
    }
    r->shared = NULL; /* the answer has it now */
    return ym_answer_shared(r, json, shared);
}

static int64_t start_of_month(int month) {
    const struct ym_date d = {.year = month / 12, .month = (unsigned)(month % 12) + 1, .day = 1};

    return ym_unix_of_date(&d);
}

/* country=JP&family=F&name=N&category=C&period=4Q10.  A reader sees groups of at least MIN_COMPUTERS computers. */
static bool filter(struct ym_request *r) {
    struct ym_drill_filter *f = &r->filter;
    struct ym_period p;
    char period[YM_PERIOD_LABEL_SIZE];
    char country[8];

    if (!text(r, "country", country, sizeof(country)) || strlen(country) > 2 ||
        !text(r, "family", f->family, sizeof(f->family)) ||
        !text(r, "name", f->name, sizeof(f->name)) ||
        !text(r, "category", f->category, sizeof(f->category)) ||
        !text(r, "period", period, sizeof(period)) || !ym_period_parse(period, &p)) {
        return false;
    }
    memcpy(f->country, country, sizeof(f->country));
    f->country[2] = '\0';
    f->from = start_of_month(p.first);
    f->to = start_of_month(p.first + (int)p.months);
    f->min = r->person.role >= YM_ROLE_OPERATOR ? 1 : MIN_COMPUTERS;
    return true;
}

static enum MHD_Result drill(struct ym_request *r,
                             void (*work)(struct ym_desk *desk, struct ym_request *r)) {
    if (r->work == NULL) {
        return filter(r) ? ym_desk_put(r->server->desk, r, work) : malformed(r);
    }
    return r->failed != YM_REFUSAL_NONE ? ym_answer_refusal(r, r->failed)
                                        : ym_answer(r, 200, json, r->out.data, r->out.len);
}

static enum MHD_Result on_country(struct ym_request *r, const char *rest) {
    (void)rest;
    return drill(r, ym_desk_country);
}

static enum MHD_Result on_groups(struct ym_request *r, const char *rest) {
    (void)rest;
    return drill(r, ym_desk_groups);
}

static enum MHD_Result on_findings(struct ym_request *r, const char *rest) {
    (void)rest;
    return drill(r, ym_desk_findings);
}

/* --- the table --- */

enum { CHANGES = YM_ROUTE_WEB | YM_ROUTE_CHANGES };

const struct ym_route ym_api_routes[] = {
    {"POST", "/api/1/session", YM_FORM_BODY_MAX, YM_ROLE_NONE, YM_ROUTE_WEB, on_sign_in},
    {"GET", "/api/1/session", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_session},
    {"POST", "/api/1/session/end", YM_FORM_BODY_MAX, YM_ROLE_READER, CHANGES, on_sign_out},
    {"GET", "/api/1/overview", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_overview},
    {"GET", "/api/1/machines", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_machines},
    {"GET", "/api/1/machines/", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_machine},
    {"POST", "/api/1/machines/", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES, on_machine_change},
    {"POST", "/api/1/token", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES, on_token},
    {"GET", "/api/1/alerts", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_alerts},
    {"GET", "/api/1/alerts/settings", 0, YM_ROLE_OPERATOR, YM_ROUTE_WEB, on_alert_settings},
    {"POST", "/api/1/alerts/", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES, on_alert_change},
    {"GET", "/api/1/rollouts", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_rollouts},
    {"POST", "/api/1/rollout/", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES, on_rollout_change},
    {"POST", "/api/1/policy", YM_FORM_BODY_MAX, YM_ROLE_OPERATOR, CHANGES, on_policy},
    {"GET", "/api/1/people", 0, YM_ROLE_ADMIN, YM_ROUTE_WEB, on_people},
    {"POST", "/api/1/people/remove", YM_FORM_BODY_MAX, YM_ROLE_ADMIN, CHANGES, on_person_remove},
    {"GET", "/api/1/audit", 0, YM_ROLE_ADMIN, YM_ROUTE_WEB, on_audit},
    {"GET", "/api/1/figures", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_figures},
    {"GET", "/api/1/figures/country", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_country},
    {"GET", "/api/1/figures/groups", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_groups},
    {"GET", "/api/1/figures/findings", 0, YM_ROLE_OPERATOR, YM_ROUTE_WEB, on_findings},
};
const size_t ym_api_routes_count = sizeof(ym_api_routes) / sizeof(ym_api_routes[0]);
