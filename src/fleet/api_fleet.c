/* api_fleet.c - machines, alerts, rollouts, policies and people at the API.  See api_int.h. */
#include "api_int.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "fleet/alerts.h"
#include "fleet/views.h"

#include <stdio.h>
#include <string.h>

enum { ALERTS_PAGE = 200 };

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

enum MHD_Result ym_api_machines(struct ym_request *r, const char *rest) {
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
    if (!ym_api_number(r, "ring", YM_FLEET_RINGS_MAX, &ring) ||
        !ym_api_number(r, "silent", 100000, &silent) ||
        !ym_api_number(r, "skip", 100000000, &skip) ||
        !ym_api_number(r, "max", YM_VIEW_PAGE_MAX, &max) ||
        !ym_api_text(r, "text", f.text, sizeof(f.text)) ||
        !ym_api_text(r, "state", state, sizeof(state)) ||
        !ym_api_text(r, "order", order, sizeof(order)) || !image_state(state, &f.state) ||
        (order[0] != '\0' && strcmp(order, "seen") != 0)) {
        return ym_api_malformed(r);
    }
    f.ring = (uint32_t)ring;
    f.skip = (uint32_t)skip;
    f.max = (uint32_t)max;
    f.by_seen = order[0] != '\0';
    f.seen_before = silent == 0 ? 0 : ym_now_unix() - (int64_t)silent * 86400;
    ym_buf_init(&out, YM_API_ANSWER_MAX);
    return ym_api_answer(r, ym_view_machines(r->server->state, &f, &out, &err), &out, &err);
}

static bool machine_id(const char *hex, size_t n, uint8_t ret[YM_FLEET_ID_SIZE]) {
    return n == 2 * (size_t)YM_FLEET_ID_SIZE && ym_hex_decode(hex, YM_FLEET_ID_SIZE, ret);
}

enum MHD_Result ym_api_machine(struct ym_request *r, const char *rest) {
    uint8_t id[YM_FLEET_ID_SIZE];
    struct ym_err err = {0};
    struct ym_buf out;

    if (!machine_id(rest, strlen(rest), id)) {
        return ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
    }
    ym_buf_init(&out, 4096);
    return ym_api_answer(r, ym_view_machine(r->server->state, id, &out, &err), &out, &err);
}

/* ID/remove {}, ID/label {"label":T}, ID/ring {"ring":N} */
enum MHD_Result ym_api_machine_change(struct ym_request *r, const char *rest) {
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
        return !ym_api_empty_form(r)
                   ? ym_api_malformed(r)
                   : ym_api_done(
                         r, ym_fleet_machine_remove(s, r->person.name, id, ym_now_unix(), &err),
                         &err);
    }
    if (strcmp(word, "label") == 0) {
        return !ym_api_form(r, &to_label, 1) || !to_label.given
                   ? ym_api_malformed(r)
                   : ym_api_done(
                         r,
                         ym_fleet_machine_label(s, r->person.name, id, label, ym_now_unix(), &err),
                         &err);
    }
    if (strcmp(word, "ring") == 0) {
        return !ym_api_form(r, &to_ring, 1) || !to_ring.given || to_ring.number > YM_FLEET_RINGS_MAX
                   ? ym_api_malformed(r)
                   : ym_api_done(r,
                                 ym_fleet_machine_ring(s, r->person.name, id,
                                                       (uint32_t)to_ring.number, ym_now_unix(),
                                                       &err),
                                 &err);
    }
    return ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
}

enum MHD_Result ym_api_token(struct ym_request *r, const char *rest) {
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
    if (!ym_api_form(r, fields, 3) || fields[0].number > 1000 || fields[1].number > 100000) {
        return ym_api_malformed(r);
    }
    st = ym_fleet_token_new(r->server->state, r->person.name, (uint32_t)fields[0].number,
                            (uint32_t)fields[1].number, label, ym_now_unix(), token, &err);
    if (st != YM_OK) {
        return ym_api_done(r, st, &err);
    }
    n = snprintf(answer, sizeof(answer), "{\"token\":\"%s\"}\n", token);
    return ym_answer(r, 200, YM_API_JSON, answer, (size_t)n);
}

/* --- alerts --- */

enum MHD_Result ym_api_alerts(struct ym_request *r, const char *rest) {
    struct ym_alert *alerts = ym_zalloc(ALERTS_PAGE, sizeof(*alerts));
    struct ym_err err = {0};
    struct ym_buf out;
    uint64_t before = 0;
    uint64_t all = 0;
    size_t n = 0;
    ym_status st;

    (void)rest;
    if (!ym_api_number(r, "before", INT64_MAX, &before) || !ym_api_number(r, "all", 1, &all)) {
        ym_free(alerts);
        return ym_api_malformed(r);
    }
    if (alerts == NULL) {
        return ym_answer_refusal(r, YM_REFUSAL_BUSY);
    }
    ym_buf_init(&out, YM_API_ANSWER_MAX);
    st = ym_alert_list(r->server->state, all == 0, (int64_t)before, alerts, ALERTS_PAGE, &n, &err);
    ym_buf_u8(&out, '[');
    for (size_t i = 0; i < n; i++) {
        ym_buf_add_text(&out, i == 0 ? "" : ",");
        ym_alert_json(&alerts[i], &out);
    }
    ym_buf_u8(&out, ']');
    ym_free(alerts);
    return ym_api_answer(r, st, &out, &err);
}

/* N/ack {} */
enum MHD_Result ym_api_alert_change(struct ym_request *r, const char *rest) {
    const char *slash = strchr(rest, '/');
    struct ym_err err = {0};
    uint64_t n = 0;

    if (slash == NULL || strcmp(slash, "/ack") != 0 ||
        !ym_parse_u64(rest, (size_t)(slash - rest), &n) || n > INT64_MAX) {
        return ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
    }
    if (!ym_api_empty_form(r)) {
        return ym_api_malformed(r);
    }
    return ym_api_done(
        r, ym_alert_ack(r->server->state, r->person.name, (int64_t)n, ym_now_unix(), &err), &err);
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

enum MHD_Result ym_api_alert_settings(struct ym_request *r, const char *rest) {
    struct settings *t = ym_zalloc(1, sizeof(*t));
    struct ym_err err = {0};
    struct ym_buf out;
    ym_status st;

    (void)rest;
    if (t == NULL) {
        return ym_answer_refusal(r, YM_REFUSAL_BUSY);
    }
    ym_buf_init(&out, YM_API_ANSWER_MAX);
    st = ym_alert_rules(r->server->state, t->rules, YM_ALERT_RULES_MAX, &t->n_rules, &err);
    st = st == YM_OK ? ym_alert_targets(r->server->state, t->targets, YM_ALERT_TARGETS_MAX,
                                        &t->n_targets, &err)
                     : st;
    put_settings(t, r->person.role >= YM_ROLE_ADMIN, &out);
    ym_free(t);
    return ym_api_answer(r, st, &out, &err);
}

/* --- policies and rollouts --- */

enum MHD_Result ym_api_rollouts(struct ym_request *r, const char *rest) {
    struct ym_fleet_status status;
    struct ym_err err = {0};
    struct ym_buf out;
    ym_status st = ym_fleet_status_get(r->server->state, ym_now_unix(), &status, &err);

    (void)rest;
    ym_buf_init(&out, YM_API_ANSWER_MAX);
    ym_buf_add_text(&out, "{\"fleet\":");
    if (st == YM_OK) {
        ym_fleet_status_json(&status, &out);
        ym_buf_add_text(&out, ",\"history\":");
        st = ym_view_rollouts(r->server->state, &out, &err);
    }
    ym_buf_add_text(&out, "}\n");
    return ym_api_answer(r, st, &out, &err);
}

enum MHD_Result ym_api_rollout_change(struct ym_request *r, const char *rest) {
    struct ym_fleet_state *s = r->server->state;
    const char *by = r->person.name;
    struct ym_err err = {0};

    if (!ym_api_empty_form(r)) {
        return ym_api_malformed(r);
    }
    if (strcmp(rest, "stop") == 0 || strcmp(rest, "resume") == 0) {
        return ym_api_done(r, ym_fleet_rollout_stop(s, by, rest[0] == 'r', ym_now_unix(), &err),
                           &err);
    }
    return strcmp(rest, "next") == 0
               ? ym_api_done(r, ym_fleet_rollout_next(s, by, ym_now_unix(), &err), &err)
               : ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
}

static uint32_t given_or(const struct ym_form_field *f, uint32_t otherwise) {
    return !f->given ? otherwise : f->number > UINT32_MAX ? UINT32_MAX : (uint32_t)f->number;
}

enum MHD_Result ym_api_policy(struct ym_request *r, const char *rest) {
    struct ym_form_field f[] = {{.name = "poll"}, {.name = "report"}, {.name = "scan"}};
    struct ym_fleet_status now;
    struct ym_intervals v;
    struct ym_err err = {0};

    (void)rest;
    if (!ym_api_form(r, f, 3)) {
        return ym_api_malformed(r);
    }
    if (ym_fleet_status_get(r->server->state, ym_now_unix(), &now, &err) != YM_OK) {
        return ym_answer_refusal(r, YM_REFUSAL_STORAGE);
    }
    v.poll_every = given_or(&f[0], now.intervals.poll_every);
    v.report_every = given_or(&f[1], now.intervals.report_every);
    v.scan_every = given_or(&f[2], now.intervals.scan_every);
    return ym_api_done(
        r, ym_fleet_policy_set(r->server->state, r->person.name, &v, ym_now_unix(), &err), &err);
}

/* --- people --- */

enum MHD_Result ym_api_people(struct ym_request *r, const char *rest) {
    struct ym_err err = {0};
    struct ym_buf out;

    (void)rest;
    ym_buf_init(&out, YM_API_ANSWER_MAX);
    return ym_api_answer(r, ym_view_people(r->server->state, ym_now_unix(), &out, &err), &out,
                         &err);
}

/* Rights can be taken here, but given on the server itself only; and nobody takes his own. */
enum MHD_Result ym_api_person_remove(struct ym_request *r, const char *rest) {
    char name[YM_FLEET_NAME_MAX] = "";
    struct ym_form_field field = {.name = "name", .text = name, .size = sizeof(name)};
    struct ym_err err = {0};

    (void)rest;
    if (!ym_api_form(r, &field, 1) || !field.given) {
        return ym_api_malformed(r);
    }
    if (strcmp(name, r->person.name) == 0) {
        return ym_answer_why(r, YM_REFUSAL_CONFLICT, "nobody can remove himself");
    }
    return ym_api_done(r, ym_fleet_person_remove(r->server->state, r->person.name, name, &err),
                       &err);
}

enum MHD_Result ym_api_audit(struct ym_request *r, const char *rest) {
    struct ym_err err = {0};
    struct ym_buf out;
    uint64_t before = 0;
    uint64_t max = 100;

    (void)rest;
    if (!ym_api_number(r, "before", INT64_MAX, &before) ||
        !ym_api_number(r, "max", YM_VIEW_PAGE_MAX, &max)) {
        return ym_api_malformed(r);
    }
    ym_buf_init(&out, YM_API_ANSWER_MAX);
    return ym_api_answer(
        r, ym_view_audit(r->server->state, (int64_t)before, (uint32_t)max, &out, &err), &out, &err);
}
