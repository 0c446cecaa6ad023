/* people.c - enrolment tokens, machines that use them, people with roles.  See state.h. */
#include "state_int.h"

#include "base/text.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>

#define MODULE "fleet/people"

enum { HOUR = 3600, HOURS_MAX = 24 * 366, AUDIT_MAX = 1000, MACHINES_MAX = 1000 };

bool ym_fleet_name_is_right(const char *name) {
    size_t n = strlen(name);

    for (size_t i = 0; i < n; i++) {
        if (!ym_is_alnum((unsigned char)name[i]) && strchr("._@-", name[i]) == NULL) {
            return false;
        }
    }
    return n > 0 && n < YM_FLEET_NAME_MAX;
}

bool ym_fleet_text_is_right(const char *text, size_t size) {
    size_t n = strlen(text);

    if (n >= size) {
        return false;
    }
    for (size_t at = 0; at < n;) {
        unsigned step = ym_utf8_length(text + at, n - at);

        if (step == 0 || (unsigned char)text[at] < 0x20 || text[at] == 0x7f) {
            return false;
        }
        at += step;
    }
    return true;
}

const char *ym_role_word(enum ym_role r) {
    static const char *const words[YM_ROLES] = {
#define X(name, word) [YM_ROLE_##name] = word,
        YM_ROLE_TABLE(X)
#undef X
    };
    return (unsigned)r < YM_ROLES ? words[r] : "none";
}

bool ym_role_find(const char *word, enum ym_role *ret) {
    for (int r = YM_ROLE_READER; r < YM_ROLES; r++) {
        if (strcmp(word, ym_role_word((enum ym_role)r)) == 0) {
            *ret = (enum ym_role)r;
            return true;
        }
    }
    return false;
}

/* --- people --- */

static ym_status person_put(struct ym_fleet_state *s, const char *name, enum ym_role role,
                            const uint8_t hash[YM_FLEET_HASH_SIZE], struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(ym_sql_open(&s->write,
                       "INSERT INTO person VALUES(?1,?2,?3) ON CONFLICT(name) DO UPDATE SET"
                       " role=?2, hash=?3",
                       &q, err));
    (void)sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int(q, 2, (int)role);
    (void)sqlite3_bind_blob(q, 3, hash, YM_FLEET_HASH_SIZE, SQLITE_STATIC);
    st = ym_sql_do(&s->write, q, err);
    (void)sqlite3_finalize(q);
    return st;
}

/* Another secret, or none any more: whoever is signed in with the old one is not. */
static ym_status end_sessions(struct ym_fleet_state *s, const char *name, struct ym_err *err) {
    return ym_sql_put(&s->write, "DELETE FROM session WHERE person=?", "t", err, name);
}

ym_status ym_fleet_person_add(struct ym_fleet_state *state, const char *by, const char *name,
                              enum ym_role role, char ret_secret[65], struct ym_err *err) {
    uint8_t secret[YM_FLEET_TOKEN_SIZE];
    uint8_t hash[YM_FLEET_HASH_SIZE];
    ym_status st;

    if (!ym_fleet_name_is_right(name)) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "a name has 1 to 63 letters, digits, or . _ @ -");
    }
    YM_TRY(ym_fleet_random(secret, sizeof(secret), err));
    ym_fleet_hash(secret, sizeof(secret), hash);
    YM_TRY(ym_state_begin(state, err));
    st = person_put(state, name, role, hash, err);
    st = st == YM_OK ? end_sessions(state, name, err) : st;
    if (st == YM_OK) {
        st = ym_state_audit(state, by, ym_now_unix(), "person-add", err, "%s as %s", name,
                            ym_role_word(role));
    }
    YM_TRY(ym_state_end(state, st, err));
    ym_hex_encode(secret, sizeof(secret), ret_secret);
    return YM_OK;
}

static ym_status person_delete(struct ym_fleet_state *s, const char *name, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(ym_sql_open(&s->write, "DELETE FROM person WHERE name=?", &q, err));
    (void)sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    st = ym_sql_do(&s->write, q, err);
    (void)sqlite3_finalize(q);
    if (st == YM_OK && sqlite3_changes(s->write.db) == 0) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "there is no such person");
    }
    return st;
}

ym_status ym_fleet_person_remove(struct ym_fleet_state *state, const char *by, const char *name,
                                 struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = person_delete(state, name, err);
    st = st == YM_OK ? end_sessions(state, name, err) : st;
    if (st == YM_OK) {
        st = ym_state_audit(state, by, ym_now_unix(), "person-remove", err, "%s", name);
    }
    return ym_state_end(state, st, err);
}

bool ym_fleet_person_find(struct ym_fleet_state *state, const char *secret,
                          struct ym_person *ret_person) {
    uint8_t bytes[YM_FLEET_TOKEN_SIZE];
    uint8_t hash[YM_FLEET_HASH_SIZE];
    struct ym_err ignored = {0}; /* a state that cannot be read lets nobody in */
    sqlite3_stmt *q = NULL;
    bool row = false;

    if (strlen(secret) != 2 * sizeof(bytes) || !ym_hex_decode(secret, sizeof(bytes), bytes)) {
        return false;
    }
    ym_fleet_hash(bytes, sizeof(bytes), hash);
    (void)pthread_mutex_lock(&state->read.lock);
    if (ym_sql_open(&state->read, "SELECT name,role FROM person WHERE hash=?", &q, &ignored) ==
        YM_OK) {
        (void)sqlite3_bind_blob(q, 1, hash, sizeof(hash), SQLITE_STATIC);
        if (ym_sql_row(&state->read, q, &row, &ignored) == YM_OK && row) {
            ym_sql_text(q, 0, ret_person->name, sizeof(ret_person->name));
            ret_person->role = (enum ym_role)sqlite3_column_int(q, 1);
        }
    }
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&state->read.lock);
    return row;
}

/* --- tokens --- */

static ym_status token_put(struct ym_fleet_state *s, const struct ym_fleet_token *token,
                           uint32_t ring, const char *label, int64_t now, int64_t expires,
                           struct ym_err *err) {
    uint8_t hash[YM_FLEET_HASH_SIZE];

    ym_fleet_hash(token->secret, sizeof(token->secret), hash);
    return ym_sql_put(&s->write,
                      "INSERT INTO token(hash,ring,made,expires,label) VALUES(?,?,?,?,?)", "hiiit",
                      err, hash, (int64_t)ring, now, expires, label);
}

static ym_status label_is_wrong(struct ym_err *err) {
    return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                   "a label is at most %d bytes of UTF-8 without control characters",
                   YM_FLEET_NAME_MAX - 1);
}

ym_status ym_fleet_token_new(struct ym_fleet_state *state, const char *by, uint32_t ring,
                             uint32_t hours, const char *label, int64_t now,
                             char ret_text[YM_FLEET_TOKEN_TEXT_SIZE], struct ym_err *err) {
    struct ym_fleet_token token;
    ym_status st;

    if (ring < 1 || ring > YM_FLEET_RINGS_MAX || hours < 1 || hours > HOURS_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "a ring is 1 to %d, a token is valid for 1 to %d hours", YM_FLEET_RINGS_MAX,
                       HOURS_MAX);
    }
    if (!ym_fleet_text_is_right(label, YM_FLEET_NAME_MAX)) {
        return label_is_wrong(err);
    }
    YM_TRY(ym_fleet_random(token.secret, sizeof(token.secret), err));
    memcpy(token.operator_key, state->operator_key.public_key, sizeof(token.operator_key));
    YM_TRY(ym_state_begin(state, err));
    st = token_put(state, &token, ring, label, now, now + (int64_t)hours * HOUR, err);
    if (st == YM_OK) {
        st = ym_state_audit(state, by, now, "token", err, "ring %u, valid %u hours%s%s", ring,
                            hours, label[0] == '\0' ? "" : ", for ", label);
    }
    YM_TRY(ym_state_end(state, st, err));
    (void)ym_fleet_token_text(&token, ret_text);
    return YM_OK;
}

/* --- enrolment --- */

struct token_row {
    uint32_t ring;
    int64_t expires;
    bool used;
    uint8_t key[YM_FLEET_PUBLIC_SIZE];
    uint8_t machine[YM_FLEET_ID_SIZE];
};

static ym_status token_get(struct ym_fleet_state *s, const uint8_t hash[YM_FLEET_HASH_SIZE],
                           bool *ret_known, struct token_row *ret_row, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(
        ym_sql_open(&s->write, "SELECT ring,expires,key,machine FROM token WHERE hash=?", &q, err));
    (void)sqlite3_bind_blob(q, 1, hash, YM_FLEET_HASH_SIZE, SQLITE_STATIC);
    st = ym_sql_row(&s->write, q, ret_known, err);
    if (st == YM_OK && *ret_known) {
        ret_row->ring = (uint32_t)sqlite3_column_int(q, 0);
        ret_row->expires = sqlite3_column_int64(q, 1);
        ret_row->used = sqlite3_column_type(q, 2) != SQLITE_NULL;
        (void)ym_sql_blob(q, 2, ret_row->key, sizeof(ret_row->key));
        (void)ym_sql_blob(q, 3, ret_row->machine, sizeof(ret_row->machine));
    }
    (void)sqlite3_finalize(q);
    return st;
}

static ym_status machine_add(struct ym_fleet_state *s, const uint8_t hash[YM_FLEET_HASH_SIZE],
                             const struct ym_welcome *w, int64_t now, struct ym_err *err) {
    static const char *const texts[2] = {
        "INSERT INTO machine(id,key,ring,enrolled,seen,label)"
        " VALUES(?1,?2,?3,?4,?4,(SELECT label FROM token WHERE hash=?5))",
        "UPDATE token SET machine=?1, key=?2 WHERE hash=?5",
    };
    ym_status st = YM_OK;

    for (int i = 0; st == YM_OK && i < 2; i++) {
        sqlite3_stmt *q = NULL;

        YM_TRY(ym_sql_open(&s->write, texts[i], &q, err));
        (void)sqlite3_bind_blob(q, 1, w->machine, sizeof(w->machine), SQLITE_STATIC);
        (void)sqlite3_bind_blob(q, 2, w->public_key, sizeof(w->public_key), SQLITE_STATIC);
        (void)sqlite3_bind_int64(q, 3, w->ring); /* of these three each statement has its own */
        (void)sqlite3_bind_int64(q, 4, now);
        (void)sqlite3_bind_blob(q, 5, hash, YM_FLEET_HASH_SIZE, SQLITE_STATIC);
        st = ym_sql_do(&s->write, q, err);
        (void)sqlite3_finalize(q);
    }
    return st;
}

static ym_status enrol(struct ym_fleet_state *s, const struct ym_enrol *e, int64_t now,
                       struct ym_welcome *w, enum ym_refusal *ret_refusal, struct ym_err *err) {
    uint8_t hash[YM_FLEET_HASH_SIZE];
    struct token_row row = {0};
    bool known = false;

    ym_fleet_hash(e->token, sizeof(e->token), hash);
    YM_TRY(token_get(s, hash, &known, &row, err));
    *ret_refusal = !known ? YM_REFUSAL_BAD_TOKEN
                   : row.used && memcmp(row.key, e->public_key, sizeof(row.key)) != 0
                       ? YM_REFUSAL_TOKEN_USED
                   : !row.used && now > row.expires ? YM_REFUSAL_TOKEN_EXPIRED
                                                    : YM_REFUSAL_NONE;
    if (*ret_refusal != YM_REFUSAL_NONE) {
        return YM_OK;
    }
    w->ring = row.ring;
    w->time = now;
    memcpy(w->public_key, e->public_key, sizeof(w->public_key));
    if (row.used) {
        memcpy(w->machine, row.machine, sizeof(w->machine));
        return YM_OK;
    }
    YM_TRY(ym_fleet_random(w->machine, sizeof(w->machine), err));
    return machine_add(s, hash, w, now, err);
}

ym_status ym_fleet_enrol(struct ym_fleet_state *state, const struct ym_enrol *request, int64_t now,
                         struct ym_welcome *ret_welcome, enum ym_refusal *ret_refusal,
                         struct ym_err *err) {
    struct ym_welcome w = {0};
    enum ym_refusal refusal = YM_REFUSAL_NONE;
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = enrol(state, request, now, &w, &refusal, err);
    YM_TRY(ym_state_end(state, st, err));
    *ret_welcome = w;
    *ret_refusal = refusal;
    return YM_OK;
}

void ym_fleet_welcome(struct ym_fleet_state *state, const struct ym_welcome *welcome,
                      struct ym_buf *out) {
    ym_welcome_write(welcome, &state->operator_key, out);
}

/* --- machines, for people --- */

void ym_machine_json(sqlite3_stmt *q, struct ym_buf *out) {
    static const char *const names[] = {"ring",  "enrolled", "seen",  "epoch",
                                        "files", "gaps",     "serial"};
    uint8_t id[YM_FLEET_ID_SIZE] = {0};
    char hex[2 * YM_FLEET_ID_SIZE + 1];
    char text[256];

    (void)ym_sql_blob(q, 0, id, sizeof(id));
    ym_hex_encode(id, sizeof(id), hex);
    ym_buf_printf(out, "{\"id\":\"%s\",\"image\":\"%s\"", hex,
                  ym_image_word((enum ym_image_state)sqlite3_column_int(q, 1)));
    for (int i = 0; i < 7; i++) {
        ym_buf_printf(out, ",\"%s\":%lld", names[i], (long long)sqlite3_column_int64(q, 2 + i));
    }
    for (int i = 0; i < 2; i++) {
        ym_buf_add_text(out, i == 0 ? ",\"label\":" : ",\"tool\":");
        ym_sql_text(q, 9 + i, text, sizeof(text));
        ym_buf_json_string(out, text, strlen(text));
    }
    ym_buf_u8(out, '}');
}

ym_status ym_fleet_machines_list(struct ym_fleet_state *state,
                                 const uint8_t after[YM_FLEET_ID_SIZE], uint32_t max,
                                 struct ym_buf *out, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    (void)pthread_mutex_lock(&state->read.lock);
    st = ym_sql_open(&state->read,
                     "SELECT " YM_MACHINE_COLUMNS " FROM machine WHERE id>?1 ORDER BY id LIMIT ?2",
                     &q, err);
    if (st == YM_OK) {
        (void)sqlite3_bind_blob(q, 1, after == NULL ? (const void *)"" : after,
                                after == NULL ? 0 : YM_FLEET_ID_SIZE, SQLITE_STATIC);
        (void)sqlite3_bind_int64(q, 2, max < MACHINES_MAX ? max : MACHINES_MAX);
        while ((st = ym_sql_row(&state->read, q, &row, err)) == YM_OK && row) {
            ym_machine_json(q, out);
            ym_buf_u8(out, '\n');
        }
    }
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&state->read.lock);
    return st == YM_OK ? ym_buf_status(out) : st;
}

static ym_status machine_delete(struct ym_fleet_state *s, const uint8_t id[YM_FLEET_ID_SIZE],
                                struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(ym_sql_open(&s->write, "DELETE FROM machine WHERE id=?", &q, err));
    (void)sqlite3_bind_blob(q, 1, id, YM_FLEET_ID_SIZE, SQLITE_STATIC);
    st = ym_sql_do(&s->write, q, err);
    (void)sqlite3_finalize(q);
    if (st == YM_OK && sqlite3_changes(s->write.db) == 0) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "there is no such machine");
    }
    return st;
}

ym_status ym_fleet_machine_remove(struct ym_fleet_state *state, const char *by,
                                  const uint8_t id[YM_FLEET_ID_SIZE], int64_t now,
                                  struct ym_err *err) {
    char hex[2 * YM_FLEET_ID_SIZE + 1];
    ym_status st;

    ym_hex_encode(id, YM_FLEET_ID_SIZE, hex);
    YM_TRY(ym_state_begin(state, err));
    st = machine_delete(state, id, err);
    if (st == YM_OK) {
        st = ym_state_audit(state, by, now, "machine-remove", err, "%s", hex);
    }
    return ym_state_end(state, st, err);
}

static ym_status machine_set(struct ym_fleet_state *s, const char *by, const char *what,
                             const char *sql, const uint8_t id[YM_FLEET_ID_SIZE], const char *value,
                             int64_t now, struct ym_err *err) {
    char hex[2 * YM_FLEET_ID_SIZE + 1];
    ym_status st;

    ym_hex_encode(id, YM_FLEET_ID_SIZE, hex);
    YM_TRY(ym_state_begin(s, err));
    st = ym_sql_put(&s->write, sql, "bt", err, id, value);
    if (st == YM_OK && sqlite3_changes(s->write.db) == 0) {
        st = ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "there is no such machine");
    }
    st = st == YM_OK ? ym_state_audit(s, by, now, what, err, "%s: %s", hex, value) : st;
    return ym_state_end(s, st, err);
}

ym_status ym_fleet_machine_label(struct ym_fleet_state *state, const char *by,
                                 const uint8_t id[YM_FLEET_ID_SIZE], const char *label, int64_t now,
                                 struct ym_err *err) {
    if (!ym_fleet_text_is_right(label, YM_FLEET_NAME_MAX)) {
        return label_is_wrong(err);
    }
    return machine_set(state, by, "machine-label", "UPDATE machine SET label=?2 WHERE id=?1", id,
                       label, now, err);
}

ym_status ym_fleet_machine_ring(struct ym_fleet_state *state, const char *by,
                                const uint8_t id[YM_FLEET_ID_SIZE], uint32_t ring, int64_t now,
                                struct ym_err *err) {
    char text[16];

    if (ring < 1 || ring > YM_FLEET_RINGS_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "a ring is 1 to %d",
                       YM_FLEET_RINGS_MAX);
    }
    (void)snprintf(text, sizeof(text), "%u", ring);
    return machine_set(state, by, "machine-ring",
                       "UPDATE machine SET ring=CAST(?2 AS INTEGER) WHERE id=?1", id, text, now,
                       err);
}

ym_status ym_fleet_machines_given(struct ym_fleet_state *state, const struct ym_given *given,
                                  size_t n, struct ym_err *err) {
    ym_status st = YM_OK;

    YM_TRY(ym_state_begin(state, err));
    for (size_t i = 0; st == YM_OK && i < n; i++) {
        st = ym_sql_put(&state->write, "UPDATE machine SET serial=?2 WHERE id=?1 AND serial<?2",
                        "bi", err, given[i].id, (int64_t)given[i].serial);
    }
    return ym_state_end(state, st, err);
}

/* --- the audit trail --- */

static void audit_line(sqlite3_stmt *q, struct ym_buf *out) {
    static const char *const names[] = {"by", "action", "detail"};
    char text[512];
    char when[YM_ISO_TIME_SIZE];

    ym_buf_printf(out, "{\"n\":%lld,\"time\":\"%s\"", (long long)sqlite3_column_int64(q, 0),
                  ym_iso_time(sqlite3_column_int64(q, 1), when));
    for (int i = 0; i < 3; i++) {
        ym_sql_text(q, 2 + i, text, sizeof(text));
        ym_buf_printf(out, ",\"%s\":", names[i]);
        ym_buf_json_string(out, text, strlen(text));
    }
    ym_buf_add_text(out, "}\n");
}

ym_status ym_fleet_audit(struct ym_fleet_state *state, uint32_t max, struct ym_buf *out,
                         struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    (void)pthread_mutex_lock(&state->read.lock);
    st = ym_sql_open(&state->read,
                     "SELECT n,time,by,action,detail FROM audit ORDER BY n DESC LIMIT ?", &q, err);
    if (st == YM_OK) {
        (void)sqlite3_bind_int64(q, 1, max < AUDIT_MAX ? max : AUDIT_MAX);
        while ((st = ym_sql_row(&state->read, q, &row, err)) == YM_OK && row) {
            audit_line(q, out);
        }
    }
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&state->read.lock);
    return st == YM_OK ? ym_buf_status(out) : st;
}
