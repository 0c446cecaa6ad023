/* load-tls.c - see load-tls.h. */
#include "load-tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct load_tls {
    SSL_CTX *ctx;
    char host[64];
    char kind[128];
    uint64_t handshakes, resumed;
};

struct load_conn {
    struct load_tls *tls;
    SSL *ssl;
    void **session;
};

/* TLS 1.3 gives sessions after the handshake: each new one replaces the agent's last. */
static int on_session(SSL *ssl, SSL_SESSION *session) {
    struct load_conn *c = SSL_get_app_data(ssl);

    if (c == NULL) {
        return 0;
    }
    load_session_free(*c->session);
    *c->session = session;
    return 1; /* it is ours */
}

struct load_tls *load_tls_new(const char *ca, const char *host) {
    struct load_tls *t = calloc(1, sizeof(*t));

    if (t == NULL) {
        return NULL;
    }
    (void)snprintf(t->host, sizeof(t->host), "%s", host);
    t->ctx = SSL_CTX_new(TLS_client_method());
    if (t->ctx == NULL || SSL_CTX_load_verify_locations(t->ctx, ca, NULL) != 1) {
        load_tls_free(t);
        return NULL;
    }
    SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                       SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(t->ctx,
                                         SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(t->ctx, on_session);
    return t;
}

void load_tls_free(struct load_tls *t) {
    if (t != NULL) {
        SSL_CTX_free(t->ctx);
        free(t);
    }
}

struct load_conn *load_conn_new(struct load_tls *t, int fd, void **session) {
    struct load_conn *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        return NULL;
    }
    c->tls = t;
    c->session = session;
    c->ssl = SSL_new(t->ctx);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, fd) != 1 ||
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(c->ssl), t->host) != 1) {
        load_conn_free(c);
        return NULL;
    }
    (void)SSL_set_app_data(c->ssl, c);
    if (*session != NULL) {
        (void)SSL_set_session(c->ssl, *session);
    }
    return c;
}

void load_conn_free(struct load_conn *c) {
    if (c != NULL) {
        if (c->ssl != NULL && SSL_is_init_finished(c->ssl)) {
            (void)SSL_shutdown(c->ssl); /* else its session is not good for another */
            ERR_clear_error();
        }
        SSL_free(c->ssl);
        free(c);
    }
}

void load_session_free(void *session) {
    SSL_SESSION_free(session);
}

static enum load_io after(struct load_conn *c, int got) {
    int code = SSL_get_error(c->ssl, got);

    if (code == SSL_ERROR_WANT_READ) {
        return LOAD_WANT_READ;
    }
    if (code == SSL_ERROR_WANT_WRITE) {
        return LOAD_WANT_WRITE;
    }
    if (code == SSL_ERROR_SSL && SSL_get_verify_result(c->ssl) != X509_V_OK) {
        (void)fprintf(stderr, "yamori-fleet-load: the server's certificate: %s\n",
                      X509_verify_cert_error_string(SSL_get_verify_result(c->ssl)));
        exit(2); /* NOLINT(concurrency-mt-unsafe): one thread */
    }
    ERR_clear_error();
    return LOAD_BROKEN;
}

enum load_io load_conn_handshake(struct load_conn *c) {
    int got = SSL_connect(c->ssl);

    if (got != 1) {
        return after(c, got);
    }
    c->tls->handshakes++;
    c->tls->resumed += SSL_session_reused(c->ssl) == 1;
    if (c->tls->kind[0] == '\0') {
        (void)snprintf(c->tls->kind, sizeof(c->tls->kind), "%s, %s", SSL_get_version(c->ssl),
                       SSL_get_cipher_name(c->ssl));
    }
    return LOAD_DONE;
}

/* As much as the socket takes: a record has 16 KiB at the most. */
enum load_io load_conn_send(struct load_conn *c, const uint8_t *p, size_t n, size_t *ret_sent) {
    *ret_sent = 0;
    while (*ret_sent < n) {
        size_t sent = 0;
        int got = SSL_write_ex(c->ssl, p + *ret_sent, n - *ret_sent, &sent);

        if (got != 1) {
            return after(c, got);
        }
        *ret_sent += sent;
    }
    return LOAD_DONE;
}

enum load_io load_conn_recv(struct load_conn *c, char *p, size_t n, size_t *ret_got) {
    int got = SSL_read_ex(c->ssl, p, n, ret_got);

    if (got != 1) {
        *ret_got = 0;
        return after(c, got);
    }
    return LOAD_DONE;
}

const char *load_tls_kind(const struct load_tls *t) {
    return t->kind;
}

uint64_t load_tls_handshakes(const struct load_tls *t) {
    return t->handshakes;
}

uint64_t load_tls_resumed(const struct load_tls *t) {
    return t->resumed;
}
