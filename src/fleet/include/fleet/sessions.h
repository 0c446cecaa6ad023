/* sessions.h - people who are signed in at the console.
 *
 * A session is 32 random bytes in a cookie; the state keeps their hash, whose they are, and two times.
 * It ends YM_SESSION_IDLE seconds after its last use, YM_SESSION_LONGEST after its beginning,
 * when the person signs out, gets another secret or is removed.  Its role is the person's, as it is
 * now.  The server makes every session itself: one that a browser brings is known or nothing.
 *
 * The token against forged requests is HMAC-SHA256 of a fixed text under the session's bytes: it is
 * bound to the session, is written nowhere, and does not tell the session. */
#ifndef YM_FLEET_SESSIONS_H
#define YM_FLEET_SESSIONS_H

#include "fleet/state.h"
#include "fleet/webcheck.h"

enum {
    YM_SESSION_IDLE = 30 * 60,
    YM_SESSION_LONGEST = 12 * 3600,
    YM_SESSIONS_OF_ONE = 20, /* the oldest ends when a person begins one more */
};

struct ym_session {
    struct ym_person person;
    char csrf[YM_SESSION_TEXT];
    int64_t until; /* when it ends if nothing happens */
};

/* *ret_known false: it is nobody's secret.  `before` is the cookie that came with the request ("": none): it is
 * ended. */
YM_MUST_CHECK ym_status ym_session_begin(struct ym_fleet_state *state, const char *secret,
                                         const char *before, int64_t now, bool *ret_known,
                                         char ret_cookie[YM_SESSION_TEXT],
                                         struct ym_session *ret_session, struct ym_err *err);
/* False: it is over, or never was.  use: a person did this; a page that looks by itself prolongs nothing. */
bool ym_session_find(struct ym_fleet_state *state, const char *cookie, bool use, int64_t now,
                     struct ym_session *ret_session);
/* Ends one; of whom goes into the audit trail. */
YM_MUST_CHECK ym_status ym_session_end(struct ym_fleet_state *state, const char *cookie,
                                       const char *by, int64_t now, struct ym_err *err);
YM_MUST_CHECK ym_status ym_sessions_forget(struct ym_fleet_state *state, int64_t now,
                                           struct ym_err *err);
bool ym_session_csrf_fits(const struct ym_session *session, const char *token); /* NULL: no */

/* --- how often somebody may try to sign in --- */

enum {
    YM_THROTTLE_TRIES = 10,     /* that failed, of one address */
    YM_THROTTLE_SECONDS = 300,  /* within */
    YM_THROTTLE_ADDRESSES = 512 /* remembered; the one that is least lately seen is forgotten */
};
struct sockaddr;
struct ym_throttle {
    struct {
        uint8_t address[16];
        int64_t since;
        uint32_t tries;
    } rows[YM_THROTTLE_ADDRESSES];
};
/* May this address try?  IPv6 counts by /64.  Not thread-safe. */
bool ym_throttle_may(struct ym_throttle *t, const struct sockaddr *from, int64_t now);
void ym_throttle_failed(struct ym_throttle *t, const struct sockaddr *from, int64_t now);

#endif
