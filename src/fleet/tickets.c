/* tickets.c - see tickets.h. */
#include "tickets.h"

#include <stdlib.h>

#define MODULE "fleet/tickets"

ym_status ym_tickets_open(struct ym_tickets *t, struct ym_err *err) {
    YM_TRY(ym_gnutls_load(&t->lib, err));
    return t->lib.session_ticket_key_generate(&t->key) == GNUTLS_E_SUCCESS
               ? YM_OK
               : ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET,
                         "libgnutls cannot make a key for sessions");
}

void ym_tickets_close(struct ym_tickets *t) {
    if (t->key.size > 0) {
        t->lib.memset(t->key.data, 0, t->key.size);
        free(
            t->key.data); /* the library's own allocator is malloc() unless it was told otherwise */
        t->key.size = 0;
    }
}

/* A failure costs a machine a whole handshake the next time, nothing else. */
void ym_tickets_offer(const struct ym_tickets *t, gnutls_session_t session) {
    if (t->key.size > 0 && session != NULL) {
        (void)t->lib.session_ticket_enable_server(session, &t->key);
    }
}

bool ym_tickets_resumed(const struct ym_tickets *t, gnutls_session_t session) {
    return t->key.size > 0 && session != NULL && t->lib.session_is_resumed(session) != 0;
}
