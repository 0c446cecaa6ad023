/* load-tls.h - TLS for fleet-load: libssl over a socket that does not block. */
#ifndef YM_TOOLS_LOAD_TLS_H
#define YM_TOOLS_LOAD_TLS_H

#include <stddef.h>
#include <stdint.h>

struct load_tls;  /* what all connections share */
struct load_conn; /* one connection */

enum load_io { LOAD_DONE, LOAD_WANT_READ, LOAD_WANT_WRITE, LOAD_BROKEN };

/* ca: a PEM file that the server's certificate must lead to, and be one for the IP address host. */
struct load_tls *load_tls_new(const char *ca, const char *host);
void load_tls_free(struct load_tls *t);

/* session: that of this agent's last connection (offered for resumption) and where the next one
 * goes; freed by load_session_free(). */
struct load_conn *load_conn_new(struct load_tls *t, int fd, void **session);
void load_conn_free(struct load_conn *c);
void load_session_free(void *session);

enum load_io load_conn_handshake(struct load_conn *c);
enum load_io load_conn_send(struct load_conn *c, const uint8_t *p, size_t n, size_t *ret_sent);
enum load_io load_conn_recv(struct load_conn *c, char *p, size_t n, size_t *ret_got);

/* "TLSv1.3, TLS_AES_256_GCM_SHA384"; handshakes so far, and those of them that resumed one. */
const char *load_tls_kind(const struct load_tls *t);
uint64_t load_tls_handshakes(const struct load_tls *t);
uint64_t load_tls_resumed(const struct load_tls *t);

#endif
