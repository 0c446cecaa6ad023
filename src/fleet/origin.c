/* origin.c - what is known of a connection's other end: its TLS session, and where it is.  See
 * server_int.h. */
#include "server_int.h"

#include <string.h>
#include <strings.h>

/* --- TLS --- */

gnutls_session_t ym_request_tls(const struct ym_fleet_server *s,
                                struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        s->tickets.key.size == 0
            ? NULL
            : s->mhd.get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    return info == NULL ? NULL : info->tls_session;
}

void ym_request_count_tls(struct ym_request *r) {
    gnutls_session_t session = ym_request_tls(r->server, r->connection);

    if (session != NULL && r->watch != NULL && !r->watch->counted) {
        r->watch->counted = true;
        r->server->greeted++;
        r->server->resumed += ym_tickets_resumed(&r->server->tickets, session);
    }
}

/* --- where it is --- */

struct values {
    char text[YM_SENDER_FORWARDED_MAX];
    size_t n;
    bool too_long;
};

/* A proxy may add a line of its own instead of a word to the first one. */
static enum MHD_Result on_header(void *user, enum MHD_ValueKind kind, const char *key,
                                 const char *value) {
    struct values *v = user;
    size_t n = value == NULL ? 0 : strlen(value);

    (void)kind;
    if (strcasecmp(key, "X-Forwarded-For") != 0) {
        return MHD_YES;
    }
    if (v->n + n + 1 > sizeof(v->text)) {
        v->too_long = true;
        return MHD_YES;
    }
    if (v->n > 0) {
        v->text[v->n++] = ',';
    }
    if (n > 0) {
        memcpy(v->text + v->n, value, n);
    }
    v->n += n;
    return MHD_YES;
}

void ym_request_country(const struct ym_request *r, char ret_country[3]) {
    const struct ym_mhd *mhd = &r->server->mhd;
    struct values v = {.n = 0};
    const union MHD_ConnectionInfo *info;

    ret_country[0] = '\0';
    if (r->server->sender == NULL) {
        return;
    }
    info = mhd->get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    (void)mhd->get_connection_values(r->connection, MHD_HEADER_KIND, on_header, &v);
    if (info == NULL || info->client_addr == NULL || v.too_long ||
        !ym_sender_country(r->server->sender, info->client_addr, v.text, v.n, ret_country)) {
        ret_country[0] = '\0';
    }
}
