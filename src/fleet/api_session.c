/* api_session.c - signing in and out at the API.  See api_int.h and fleet/sessions.h. */
#include "api_int.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
    return ym_answer_buf(r, YM_API_JSON, &out);
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

enum MHD_Result ym_api_sign_in(struct ym_request *r, const char *rest) {
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
    if (!ym_api_form(r, &field, 1) || !field.given) {
        has_failed(r);
        return ym_api_malformed(r);
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

enum MHD_Result ym_api_session(struct ym_request *r, const char *rest) {
    struct ym_session session = r->session;

    (void)rest;
    session.person = r->person; /* of a secret in the header there is no session */
    return say_session(r, &session);
}

enum MHD_Result ym_api_sign_out(struct ym_request *r, const char *rest) {
    struct ym_err err = {0};
    ym_status st = YM_OK;

    (void)rest;
    if (!ym_api_empty_form(r)) {
        return ym_api_malformed(r);
    }
    if (r->cookie[0] != '\0') {
        st = ym_session_end(r->server->state, r->cookie, r->person.name, ym_now_unix(), &err);
        set_cookie(r, "", true);
    }
    return ym_api_done(r, st, &err);
}
