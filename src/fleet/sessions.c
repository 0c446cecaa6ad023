/* sessions.c - see sessions.h. */
#include "fleet/sessions.h"

#include "state_int.h"

#include "base/text.h"

#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

#define MODULE "fleet/sessions"

enum { USED_STEP = 60 /* a use is written down this often at most */ };

static void hash_of(const uint8_t secret[YM_FLEET_TOKEN_SIZE], uint8_t ret[YM_FLEET_HASH_SIZE]) {
    ym_fleet_hash(secret, YM_FLEET_TOKEN_SIZE, ret);
}

static bool bytes_of(const char *cookie, uint8_t ret[YM_FLEET_TOKEN_SIZE]) {
    return strlen(cookie) == YM_SESSION_TEXT - 1 && ym_hex_decode(cookie, YM_FLEET_TOKEN_SIZE, ret);
}

static void csrf_of(const uint8_t secret[YM_FLEET_TOKEN_SIZE], char ret[YM_SESSION_TEXT]) {
    static const char text[] = "yamori console: requests of this session";
    uint8_t mac[crypto_auth_hmacsha256_BYTES];

    _Static_assert(crypto_auth_hmacsha256_KEYBYTES == YM_FLEET_TOKEN_SIZE,
                   "the session is the key");
    (void)crypto_auth_hmacsha256(mac, (const uint8_t *)text, sizeof(text) - 1, secret);
    ym_hex_encode(mac, sizeof(mac), ret);
}

bool ym_session_csrf_fits(const struct ym_session *session, const char *token) {
    return token != NULL && strlen(token) == YM_SESSION_TEXT - 1 &&
           sodium_memcmp(token, session->csrf, YM_SESSION_TEXT - 1) == 0;
}

/* --- begin --- */

static ym_status drop(struct ym_sql *s, const char *cookie, struct ym_err *err) {
    uint8_t secret[YM_FLEET_TOKEN_SIZE];
    uint8_t hash[YM_FLEET_HASH_SIZE];

    if (!bytes_of(cookie, secret)) {
        return YM_OK;
    }
    hash_of(secret, hash);
    return ym_sql_put(s, "DELETE FROM session WHERE hash=?", "h", err, hash);
}

static ym_status put(struct ym_fleet_state *s, const char *person, const char *before,
                     const uint8_t hash[YM_FLEET_HASH_SIZE], int64_t now, struct ym_err *err) {
    YM_TRY(drop(&s->write, before, err));
    YM_TRY(ym_sql_put(&s->write, "INSERT INTO session VALUES(?1,?2,?3,?3)", "hti", err, hash,
                      person, now));
    YM_TRY(
        ym_sql_put(&s->write,
                   "DELETE FROM session WHERE person=?1 AND hash NOT IN (SELECT hash FROM session"
                   " WHERE person=?1 ORDER BY made DESC, hash=?3 DESC LIMIT ?2)",
                   "tih", err, person, (int64_t)YM_SESSIONS_OF_ONE, hash));
    return ym_state_audit(s, person, now, "sign-in", err, "%s", "");
}

ym_status ym_session_begin(struct ym_fleet_state *state, const char *secret, const char *before,
                           int64_t now, bool *ret_known, char ret_cookie[YM_SESSION_TEXT],
                           struct ym_session *ret_session, struct ym_err *err) {
    uint8_t made[YM_FLEET_TOKEN_SIZE];
    uint8_t hash[YM_FLEET_HASH_SIZE];
    struct ym_session session = {.until = now + YM_SESSION_IDLE};
    ym_status st;

    *ret_known = ym_fleet_person_find(state, secret, &session.person);
    if (!*ret_known) {
        return YM_OK;
    }
    YM_TRY(ym_fleet_random(made, sizeof(made), err));
    hash_of(made, hash);
    YM_TRY(ym_state_begin(state, err));
    st = put(state, session.person.name, before, hash, now, err);
    YM_TRY(ym_state_end(state, st, err));
    csrf_of(made, session.csrf);
    ym_hex_encode(made, sizeof(made), ret_cookie);
    sodium_memzero(made, sizeof(made));
    *ret_session = session;
    return YM_OK;
}

/* --- use --- */

struct row {
    struct ym_person person;
    int64_t made, used;
};

static bool get(struct ym_fleet_state *state, const uint8_t hash[YM_FLEET_HASH_SIZE],
                struct row *ret) {
    struct ym_sql *s = &state->read;
    struct ym_err ignored = {0}; /* a state that cannot be read lets nobody in */
    sqlite3_stmt *q = NULL;
    bool row = false;

    (void)pthread_mutex_lock(&s->lock);
    if (ym_sql_bind(s,
                    "SELECT p.name,p.role,s.made,s.used FROM session s JOIN person p ON"
                    " p.name=s.person WHERE s.hash=?",
                    "h", &q, &ignored, hash) == YM_OK &&
        ym_sql_row(s, q, &row, &ignored) == YM_OK && row) {
        ym_sql_text(q, 0, ret->person.name, sizeof(ret->person.name));
        ret->person.role = (enum ym_role)sqlite3_column_int(q, 1);
        ret->made = sqlite3_column_int64(q, 2);
        ret->used = sqlite3_column_int64(q, 3);
    }
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&s->lock);
    return row;
}

static int64_t end_of(const struct row *r) {
    int64_t idle = r->used + YM_SESSION_IDLE;
    int64_t longest = r->made + YM_SESSION_LONGEST;

    return idle < longest ? idle : longest;
}

/* A use that cannot be written down shortens the session, nothing more. */
static void write_use(struct ym_fleet_state *state, const uint8_t hash[YM_FLEET_HASH_SIZE],
                      int64_t now) {
    struct ym_err ignored = {0};

    if (ym_state_begin(state, &ignored) == YM_OK) {
        ym_status st =
            ym_sql_put(&state->write, "UPDATE session SET used=max(used,?2) WHERE hash=?1", "hi",
                       &ignored, hash, now);

        (void)!ym_state_end(state, st, &ignored);
    }
}

bool ym_session_find(struct ym_fleet_state *state, const char *cookie, bool use, int64_t now,
                     struct ym_session *ret_session) {
    uint8_t secret[YM_FLEET_TOKEN_SIZE];
    uint8_t hash[YM_FLEET_HASH_SIZE];
    struct row row = {.made = 0};

    if (!bytes_of(cookie, secret)) {
        return false;
    }
    hash_of(secret, hash);
    if (!get(state, hash, &row) || now >= end_of(&row)) {
        return false;
    }
    if (use && now >= row.used + USED_STEP) {
        write_use(state, hash, now);
        row.used = now;
    }
    ret_session->person = row.person;
    ret_session->until = end_of(&row);
    csrf_of(secret, ret_session->csrf);
    return true;
}

/* --- end --- */

ym_status ym_session_end(struct ym_fleet_state *state, const char *cookie, const char *by,
                         int64_t now, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = drop(&state->write, cookie, err);
    if (st == YM_OK && sqlite3_changes(state->write.db) > 0) {
        st = ym_state_audit(state, by, now, "sign-out", err, "%s", "");
    }
    return ym_state_end(state, st, err);
}

ym_status ym_sessions_forget(struct ym_fleet_state *state, int64_t now, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = ym_sql_put(&state->write, "DELETE FROM session WHERE used<=? OR made<=?", "ii", err,
                    now - YM_SESSION_IDLE, now - YM_SESSION_LONGEST);
    return ym_state_end(state, st, err);
}

/* --- how often --- */

/* IPv4 in its mapped form, IPv6 without the half that its owner chooses; one that is no address
 * shares the row of zeros. */
static void key_of(const struct sockaddr *from, uint8_t ret[16]) {
    memset(ret, 0, 16);
    if (from != NULL && from->sa_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, from, sizeof(v4));
        ret[10] = ret[11] = 0xff;
        memcpy(ret + 12, &v4.sin_addr, 4);
    } else if (from != NULL && from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, from, sizeof(v6));
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            memcpy(ret, &v6.sin6_addr, 16);
        } else {
            memcpy(ret, &v6.sin6_addr, 8);
        }
    }
}

static int find(const struct ym_throttle *t, const uint8_t key[16], int *ret_oldest) {
    *ret_oldest = 0;
    for (int i = 0; i < YM_THROTTLE_ADDRESSES; i++) {
        if (t->rows[i].tries > 0 && memcmp(t->rows[i].address, key, 16) == 0) {
            return i;
        }
        *ret_oldest = t->rows[i].since < t->rows[*ret_oldest].since ? i : *ret_oldest;
    }
    return -1;
}

bool ym_throttle_may(struct ym_throttle *t, const struct sockaddr *from, int64_t now) {
    uint8_t key[16];
    int oldest;
    int i;

    key_of(from, key);
    i = find(t, key, &oldest);
    return i < 0 || now - t->rows[i].since >= YM_THROTTLE_SECONDS ||
           t->rows[i].tries < YM_THROTTLE_TRIES;
}

void ym_throttle_failed(struct ym_throttle *t, const struct sockaddr *from, int64_t now) {
    uint8_t key[16];
    int oldest;
    int i;

    key_of(from, key);
    i = find(t, key, &oldest);
    if (i < 0 || now - t->rows[i].since >= YM_THROTTLE_SECONDS) {
        i = i < 0 ? oldest : i;
        memcpy(t->rows[i].address, key, 16);
        t->rows[i].since = now;
        t->rows[i].tries = 0;
    }
    t->rows[i].tries++;
}
