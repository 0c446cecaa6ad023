/* state.h - what a fleet server remembers of machines, tokens, people, images and rollouts.
 *
 * One SQLite file, STATE/fleet.db, apart from the records (STATE/records.db) on purpose: who sent
 * something and what was sent are never in one place.  Beside it: operator.key (the secret key
 * that signs policies; 0600), images/<sha256>.
 *
 * All calls may come from any thread; one lock inside.  Other processes (`yamori fleet token`) may
 * work on the same state at the same time.  What a call has done is on disk when it returns OK.
 * Times are seconds since 1970.  Every operator's action leaves a row in the table `audit`, in the
 * same transaction, which the file refuses to change or delete afterwards. */
#ifndef YM_FLEET_STATE_H
#define YM_FLEET_STATE_H

#include "base/buf.h"
#include "base/status.h"
#include "fleet/keys.h"
#include "fleet/refusal.h"
#include "fleet/rings.h"
#include "fleet/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_fleet_state; /* opaque: see state.c */

enum { YM_FLEET_PATH_MAX = 4096, YM_FLEET_NAME_MAX = 64, YM_FLEET_IMAGE_MAX = 1 << 30 };

/* Makes what is not there.  MALFORMED: not a fleet's state; UNSUPPORTED: of a newer version; IO. */
YM_MUST_CHECK ym_status ym_fleet_state_open(const char *dir, struct ym_fleet_state **ret_state,
                                            struct ym_err *err);
void ym_fleet_state_close(struct ym_fleet_state *state); /* accepts NULL */
const char *ym_fleet_state_dir(const struct ym_fleet_state *state);
const uint8_t *ym_fleet_operator_public(const struct ym_fleet_state *state);

/* --- people --- */

#define YM_ROLE_TABLE(X)                                                                           \
    X(NONE, "none")                                                                                \
    X(READER, "reader")     /* sees */                                                             \
    X(OPERATOR, "operator") /* and makes tokens, policies, rollouts */                             \
    X(ADMIN, "admin")       /* and people */
enum ym_role {
#define X(name, word) YM_ROLE_##name,
    YM_ROLE_TABLE(X)
#undef X
        YM_ROLES
};
const char *ym_role_word(enum ym_role r);               /* never NULL */
bool ym_role_find(const char *word, enum ym_role *ret); /* not "none" */

/* Who does something: a name for the audit trail. */
struct ym_person {
    char name[YM_FLEET_NAME_MAX];
    enum ym_role role;
};

/* A person with a new secret (64 hex digits, shown once); replaces the secret of the same name. */
YM_MUST_CHECK ym_status ym_fleet_person_add(struct ym_fleet_state *state, const char *by,
                                            const char *name, enum ym_role role,
                                            char ret_secret[65], struct ym_err *err);
/* LIMIT: there is no such person. */
YM_MUST_CHECK ym_status ym_fleet_person_remove(struct ym_fleet_state *state, const char *by,
                                               const char *name, struct ym_err *err);
/* Whose secret is it?  false: nobody's. */
bool ym_fleet_person_find(struct ym_fleet_state *state, const char *secret,
                          struct ym_person *ret_person);

/* --- machines --- */

/* A new one-time token: the machine that uses it goes to this ring (1 to YM_FLEET_RINGS_MAX) and is
 * called by this label ("": by the first digits of its id) in lists and alerts.  A label is up to
 * YM_FLEET_NAME_MAX - 1 bytes of UTF-8 without control characters; whoever gives it decides how much
 * it tells, and it stays in this file.  LIMIT: one of them is wrong. */
YM_MUST_CHECK ym_status ym_fleet_token_new(struct ym_fleet_state *state, const char *by,
                                           uint32_t ring, uint32_t hours, const char *label,
                                           int64_t now, char ret_text[YM_FLEET_TOKEN_TEXT_SIZE],
                                           struct ym_err *err);

/* Takes the token and gives the machine an id.  The same key with the same token is answered
 * again: an answer may have been lost.  Not OK: the state could not be read or written. */
YM_MUST_CHECK ym_status ym_fleet_enrol(struct ym_fleet_state *state, const struct ym_enrol *enrol,
                                       int64_t now, struct ym_welcome *ret_welcome,
                                       enum ym_refusal *ret_refusal, struct ym_err *err);
void ym_fleet_welcome(struct ym_fleet_state *state, const struct ym_welcome *welcome,
                      struct ym_buf *out);

/* Signs that a report was taken. */
void ym_fleet_receipt(struct ym_fleet_state *state, const struct ym_report *report,
                      const uint8_t hash[YM_FLEET_HASH_SIZE], int64_t now, struct ym_buf *out);

struct ym_machine {
    uint8_t public_key[YM_FLEET_PUBLIC_SIZE];
    uint32_t ring;
    uint64_t serial;                                    /* of the newest policy given to it */
    uint64_t sequence[YM_CHANNEL_COUNT];                /* of the last report taken; 0: none */
    uint8_t last[YM_CHANNEL_COUNT][YM_FLEET_HASH_SIZE]; /* digest of that report */
};
/* *ret_known false: nobody has this id. */
YM_MUST_CHECK ym_status ym_fleet_machine_get(struct ym_fleet_state *state,
                                             const uint8_t id[YM_FLEET_ID_SIZE], bool *ret_known,
                                             struct ym_machine *ret_machine, struct ym_err *err);

/* Machines in the order of their ids, those after `after` (NULL: from the first), at most max (1000): one
 * object of JSON a line. */
YM_MUST_CHECK ym_status ym_fleet_machines_list(struct ym_fleet_state *state,
                                               const uint8_t after[YM_FLEET_ID_SIZE], uint32_t max,
                                               struct ym_buf *out, struct ym_err *err);
/* Its reports are refused from now on; its records stay.  LIMIT: there is no such machine. */
YM_MUST_CHECK ym_status ym_fleet_machine_remove(struct ym_fleet_state *state, const char *by,
                                                const uint8_t id[YM_FLEET_ID_SIZE], int64_t now,
                                                struct ym_err *err);

/* Another label, or another ring (its next policy is that ring's).  LIMIT: no such machine, or not a
 * label or ring. */
YM_MUST_CHECK ym_status ym_fleet_machine_label(struct ym_fleet_state *state, const char *by,
                                               const uint8_t id[YM_FLEET_ID_SIZE],
                                               const char *label, int64_t now, struct ym_err *err);
/* Which policy each of n machines has been given: ids in a row. */
struct ym_given {
    uint8_t id[YM_FLEET_ID_SIZE];
    uint64_t serial;
};
YM_MUST_CHECK ym_status ym_fleet_machines_given(struct ym_fleet_state *state,
                                                const struct ym_given *given, size_t n,
                                                struct ym_err *err);

YM_MUST_CHECK ym_status ym_fleet_machine_ring(struct ym_fleet_state *state, const char *by,
                                              const uint8_t id[YM_FLEET_ID_SIZE], uint32_t ring,
                                              int64_t now, struct ym_err *err);

/* Something found, as far as an alert may know it (alerts.h): no path, no number of a record. */
struct ym_sighting {
    const char *family, *name, *category; /* borrowed; never NULL */
    bool blocked;                         /* it never ran */
    bool cleaned;                         /* all that the run found is gone */
};

/* What is remembered of one report after its records are durable. */
struct ym_taken {
    const struct ym_report *report;
    uint8_t hash[YM_FLEET_HASH_SIZE];
    const char *tool; /* of its newest record, "yamori 0.1.0"; NULL: it has none */
    const struct ym_sighting *sightings;
    size_t n_sightings;
};
/* Writes down sequence numbers and health, and the alerts that sightings raise, all in one
 * transaction; a number that is not larger than what is there changes nothing. */
YM_MUST_CHECK ym_status ym_fleet_machines_took(struct ym_fleet_state *state,
                                               const struct ym_taken *taken, size_t n, int64_t now,
                                               struct ym_err *err);

/* --- policy and rollout --- */

struct ym_intervals {
    uint32_t poll_every, report_every, scan_every; /* as in struct ym_policy */
};
YM_MUST_CHECK ym_status ym_fleet_policy_set(struct ym_fleet_state *state, const char *by,
                                            const struct ym_intervals *intervals, int64_t now,
                                            struct ym_err *err);

/* Takes an image into STATE/images and starts its rollout at ring 1.  LIMIT: its epoch is not above
 * all before; too large.  rings: how many there are. */
YM_MUST_CHECK ym_status ym_fleet_rollout_start(struct ym_fleet_state *state, const char *by,
                                               const char *image, uint64_t epoch, uint32_t rings,
                                               const struct ym_ring_rules *rules, int64_t now,
                                               struct ym_err *err);
/* By hand: stop it, or go on with a stopped one.  LIMIT: it is not in that state. */
YM_MUST_CHECK ym_status ym_fleet_rollout_stop(struct ym_fleet_state *state, const char *by,
                                              bool resume, int64_t now, struct ym_err *err);

/* By hand: opens the next ring of a running rollout, or ends one whose rings are all open.  LIMIT: it does not
 * run. */
YM_MUST_CHECK ym_status ym_fleet_rollout_next(struct ym_fleet_state *state, const char *by,
                                              int64_t now, struct ym_err *err);

/* Counts, asks ym_rollout_step(), writes down what changed; *ret_changed: something did. */
YM_MUST_CHECK ym_status ym_fleet_rollout_tick(struct ym_fleet_state *state, int64_t now,
                                              bool *ret_changed, struct ym_err *err);

/* The signed policy of a ring, as ym_policy_read() takes it. */
YM_MUST_CHECK ym_status ym_fleet_policy_of(struct ym_fleet_state *state, uint32_t ring, int64_t now,
                                           struct ym_buf *out, struct ym_err *err);
/* The newest serial; 0 when it cannot be read. */
uint64_t ym_fleet_policy_serial(struct ym_fleet_state *state);

struct ym_fleet_status {
    struct ym_rollout rollout;
    struct ym_ring_counts rings[YM_FLEET_RINGS_MAX]; /* of the rollout's image */
    struct ym_intervals intervals;
    uint64_t serial, machines, tokens_open;
};
YM_MUST_CHECK ym_status ym_fleet_status_get(struct ym_fleet_state *state, int64_t now,
                                            struct ym_fleet_status *ret_status, struct ym_err *err);
/* The same as one object of JSON. */
void ym_fleet_status_json(const struct ym_fleet_status *status, struct ym_buf *out);

/* The audit trail's newest rows, the newest first, one object of JSON a line. */
YM_MUST_CHECK ym_status ym_fleet_audit(struct ym_fleet_state *state, uint32_t max,
                                       struct ym_buf *out, struct ym_err *err);

#endif
