/* tickets.h - TLS sessions that a machine can resume: a poll without a new signature.
 *
 * libmicrohttpd closes idle connections long before a machine asks again, so that each poll would
 * be a whole handshake; it does not offer tickets itself.  The key lives in memory only: a server
 * that is started again does not know old tickets, and libgnutls changes the key by itself. */
#ifndef YM_FLEET_TICKETS_H
#define YM_FLEET_TICKETS_H

#include "base/status.h"

#include "libs.h"

#include <stdbool.h>

struct ym_tickets {
    struct ym_gnutls lib;
    gnutls_datum_t key; /* size 0: there are no tickets */
};

YM_MUST_CHECK ym_status ym_tickets_open(struct ym_tickets *t, struct ym_err *err);
void ym_tickets_close(struct ym_tickets *t); /* also of a zeroed one */
/* Of a connection that has not greeted yet. */
void ym_tickets_offer(const struct ym_tickets *t, gnutls_session_t session);
/* Of one that has greeted: did it come with a ticket that was good? */
bool ym_tickets_resumed(const struct ym_tickets *t, gnutls_session_t session);

#endif
