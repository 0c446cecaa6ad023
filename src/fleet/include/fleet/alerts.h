/* alerts.h - what somebody should know now: rules that raise alerts, and where alerts are sent.
 *
 * Rules, targets, alerts and what is still to be sent are tables of the fleet's state, so nothing is
 * forgotten at a restart.  A kill may send something twice, never not at all.
 *
 *     intake, in its own transaction      watch (a look now and then)
 *     ym_alerts_of_sightings()            ym_alert_raise(), ym_alert_clear()
 *                 \                        /
 *                  table alert -> table delivery -> ym_alert_batch() -> alert_send.c
 *
 * An alert is known by its rule and a key (a machine and a family, a family, an epoch).  The same
 * again only counts, until somebody has acknowledged it: it is told when it begins and
 * when its count has become ten times as large.  A rule has at most YM_ALERT_CURRENT_MAX alerts at
 * once; what is more shares one with the key "many".  A target gets everything that waits for it in
 * one message, and the next one after its pause.
 *
 * Privacy.  Who sent a report and what was in it are otherwise never in one place (state.h).  An alert
 * of a detection names both, on purpose, because somebody has to go to that machine; so there is none
 * unless the fleet's owner has made such a rule.  It holds the machine's transport id (people see its label, which the owner chose),
 * family, category, a count, and when the server heard of it: no path, no record's id, no
 * record's machine number, not the record's time.  Acknowledging it or removing the machine does not
 * delete it; YM_ALERT_KEEP_DAYS after its last change it is deleted.  Records that a generator made
 * raise nothing. */
#ifndef YM_FLEET_ALERTS_H
#define YM_FLEET_ALERTS_H

#include "base/buf.h"
#include "base/status.h"
#include "fleet/keys.h"
#include "fleet/state.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    YM_ALERT_RULES_MAX = 64,
    YM_ALERT_TARGETS_MAX = 16,
    YM_ALERT_CURRENT_MAX = 200, /* of one rule, before "many" */
    YM_ALERT_KEEP_DAYS = 90,
    YM_ALERT_BATCH = 50, /* named in one message; the rest is counted in it */
    YM_ALERT_TEXT_MAX = 256,
    YM_ALERT_ADDRESS_MAX = 512,
};

/* name, word, default count, default within (seconds), whether it is a state that can end */
#define YM_ALERT_KIND_TABLE(X)                                                                     \
    X(DETECTION, "detection", 1, 0, false)  /* on one machine, of family, category, severity */    \
    X(OUTBREAK, "outbreak", 5, 86400, true) /* a family on count machines within a time */         \
    X(ROLLOUT, "rollout", 1, 0, true)       /* stopped by itself */                                \
    X(SILENT, "silent", 7, 0, true)         /* a machine not heard of for count days */            \
    X(REFUSED, "refused", 100, 600, true)   /* count requests were refused within a time */        \
    X(STORAGE, "storage", 1, 600, true)     /* count times the disk or a database said no */       \
    X(DISK, "disk", 10, 0, true)            /* less than count percent of it are free */
enum ym_alert_kind {
#define X(name, word, count, within, ends) YM_ALERT_##name,
    YM_ALERT_KIND_TABLE(X)
#undef X
        YM_ALERT_KINDS
};
const char *ym_alert_kind_word(enum ym_alert_kind k); /* never NULL */
bool ym_alert_kind_find(const char *word, enum ym_alert_kind *ret);
bool ym_alert_kind_ends(enum ym_alert_kind k);

#define YM_ALERT_LEVEL_TABLE(X) X(INFO, "info") X(WARNING, "warning") X(CRITICAL, "critical")
enum ym_alert_level {
#define X(name, word) YM_LEVEL_##name,
    YM_ALERT_LEVEL_TABLE(X)
#undef X
        YM_LEVELS
};
const char *ym_alert_level_word(enum ym_alert_level l); /* never NULL */
bool ym_alert_level_find(const char *word, enum ym_alert_level *ret);

/* How bad a category is, for rules only: adware is low; unwanted, spyware and what is not classed
 * moderate; the rest, which runs for somebody else, high. */
#define YM_SEVERITY_TABLE(X) X(LOW, "low") X(MODERATE, "moderate") X(HIGH, "high")
enum ym_severity {
#define X(name, word) YM_SEVERITY_##name,
    YM_SEVERITY_TABLE(X)
#undef X
        YM_SEVERITIES
};
enum ym_severity ym_severity_of(const char *category);
const char *ym_severity_word(enum ym_severity s); /* never NULL */
bool ym_severity_find(const char *word, enum ym_severity *ret);

struct ym_alert_rule {
    char name[YM_FLEET_NAME_MAX]; /* as a person's */
    enum ym_alert_kind kind;
    enum ym_alert_level level;
    char family[YM_ALERT_TEXT_MAX]; /* "": any; case does not matter */
    char category[32];              /* "": any */
    enum ym_severity severity;      /* at least */
    uint32_t count, within;         /* see the kinds; 0: the kind's default */
};

#define YM_TARGET_TABLE(X)                                                                         \
    X(WEBHOOK, "webhook")   /* https://... ; http:// to this machine, or when plain */             \
    X(SMTP, "smtp")         /* smtp://host:587, smtps://host:465 */                                \
    X(SENDMAIL, "sendmail") /* sendmail:/usr/sbin/sendmail */                                      \
    X(SYSLOG, "syslog")     /* syslog: (/dev/log), syslog:/path, syslog+udp://, syslog+tcp:// */
enum ym_target_kind {
#define X(name, word) YM_TARGET_##name,
    YM_TARGET_TABLE(X)
#undef X
        YM_TARGETS
};
const char *ym_target_kind_word(enum ym_target_kind k); /* never NULL */

struct ym_alert_target {
    char name[YM_FLEET_NAME_MAX];
    enum ym_target_kind kind;  /* of the address */
    enum ym_alert_level level; /* alerts at least as bad */
    char address[YM_ALERT_ADDRESS_MAX];
    char sender[YM_ALERT_TEXT_MAX], recipient[YM_ALERT_TEXT_MAX]; /* of mail */
    char user[YM_ALERT_TEXT_MAX];                                 /* of SMTP */
    char ca[YM_ALERT_ADDRESS_MAX];                                /* PEM file; "": the system's */
    bool plain;     /* no TLS: an owner's explicit wish, or loopback */
    uint32_t pause; /* seconds between two messages */
    /* How it fares. */
    int64_t next, sent;
    uint32_t failures;
    char error[YM_ALERT_TEXT_MAX];
};

/* Sets kind by the address.  MALFORMED: not an address that is known, or something that it needs is missing;
 * UNSUPPORTED: it would send in the clear over a network. */
YM_MUST_CHECK ym_status ym_alert_target_check(struct ym_alert_target *target, struct ym_err *err);

/* LIMIT: the name is taken or wrong, or there are too many. */
YM_MUST_CHECK ym_status ym_alert_rule_add(struct ym_fleet_state *state, const char *by,
                                          const struct ym_alert_rule *rule, int64_t now,
                                          struct ym_err *err);
/* The secret (a webhook's key, a password; n 0: none, and a webhook's is made) is written to
 * STATE/secrets/NAME, mode 0600, and nowhere else. */
YM_MUST_CHECK ym_status ym_alert_target_add(struct ym_fleet_state *state, const char *by,
                                            const struct ym_alert_target *target,
                                            const char *secret, size_t n, int64_t now,
                                            struct ym_err *err);
/* A rule or a target, with what waits for it and its secret.  LIMIT: there is neither. */
YM_MUST_CHECK ym_status ym_alert_remove(struct ym_fleet_state *state, const char *by,
                                        const char *name, int64_t now, struct ym_err *err);
/* *ret_n of at most max. */
YM_MUST_CHECK ym_status ym_alert_rules(struct ym_fleet_state *state,
                                       struct ym_alert_rule *ret_rules, size_t max, size_t *ret_n,
                                       struct ym_err *err);
YM_MUST_CHECK ym_status ym_alert_targets(struct ym_fleet_state *state,
                                         struct ym_alert_target *ret_targets, size_t max,
                                         size_t *ret_n, struct ym_err *err);
/* Appends the secret's bytes without a newline at their end; none: nothing.  UNSUPPORTED: others may read
 * it. */
YM_MUST_CHECK ym_status ym_alert_secret(struct ym_fleet_state *state, const char *target,
                                        struct ym_buf *out, struct ym_err *err);

/* --- alerts --- */

struct ym_alert {
    int64_t n;
    char rule[YM_FLEET_NAME_MAX];
    enum ym_alert_kind kind;
    enum ym_alert_level level;
    char machine[2 * YM_FLEET_ID_SIZE + 1]; /* "": of no machine */
    char label[YM_FLEET_NAME_MAX];          /* of that machine, or the first digits of its id */
    char family[YM_ALERT_TEXT_MAX], category[32];
    char detail[YM_ALERT_TEXT_MAX];
    uint64_t count;
    int64_t first, last, ended, acked; /* 0: not */
    char acked_by[YM_FLEET_NAME_MAX];
    int64_t version; /* of its delivery */
};

/* One more of it.  machine NULL: of none.  Takes the state's lock. */
YM_MUST_CHECK ym_status ym_alert_raise(struct ym_fleet_state *state,
                                       const struct ym_alert_rule *rule, const char *key,
                                       const uint8_t *machine, const char *family,
                                       const char *detail, uint64_t count, int64_t now,
                                       struct ym_err *err);
/* A state that is over: its alert ends, and whoever heard of it hears that. */
YM_MUST_CHECK ym_status ym_alert_clear(struct ym_fleet_state *state, const char *rule,
                                       const char *key, int64_t now, struct ym_err *err);
/* LIMIT: there is no such alert, or somebody has done it before. */
YM_MUST_CHECK ym_status ym_alert_ack(struct ym_fleet_state *state, const char *by, int64_t n,
                                     int64_t now, struct ym_err *err);

/* The newest first, those below `before` (0: from the newest), at most max (500); open: only what nobody has
 * acknowledged.  *ret_n of them. */
YM_MUST_CHECK ym_status ym_alert_list(struct ym_fleet_state *state, bool open, int64_t before,
                                      struct ym_alert *ret_alerts, size_t max, size_t *ret_n,
                                      struct ym_err *err);
struct ym_alert_counts {
    uint64_t open, critical, waiting; /* waiting: deliveries */
    uint64_t failed;                  /* alerts that could not be written */
};
YM_MUST_CHECK ym_status ym_alert_count(struct ym_fleet_state *state,
                                       struct ym_alert_counts *ret_counts, struct ym_err *err);
/* One object of JSON each. */
void ym_alert_json(const struct ym_alert *a, struct ym_buf *out);
void ym_alert_rule_json(const struct ym_alert_rule *r, struct ym_buf *out);
void ym_alert_target_json(const struct ym_alert_target *t, struct ym_buf *out); /* no secret */

/* --- what is to be sent --- */

struct ym_alert_batch {
    struct ym_alert alerts[YM_ALERT_BATCH];
    size_t n;
    uint64_t more; /* that wait, too, and are only counted */
};
/* The worst and oldest that wait for a target. */
YM_MUST_CHECK ym_status ym_alert_batch(struct ym_fleet_state *state, const char *target,
                                       struct ym_alert_batch *ret_batch, struct ym_err *err);
/* The batch was sent (error NULL): all that waited then waits no longer, and the next message comes after
 * the pause.  Else the target is asked again after a time that doubles from 15 seconds to an hour. */
YM_MUST_CHECK ym_status ym_alert_sent(struct ym_fleet_state *state,
                                      const struct ym_alert_target *target,
                                      const struct ym_alert_batch *batch, const char *error,
                                      int64_t now, struct ym_err *err);
/* Deletes what is older than YM_ALERT_KEEP_DAYS. */
YM_MUST_CHECK ym_status ym_alert_forget(struct ym_fleet_state *state, int64_t now,
                                        struct ym_err *err);

/* Sends one message now; the error says what the other side said.  batch->n 0: a test.  stop (NULL: none)
 * becomes true: it ends within a second or so. */
YM_MUST_CHECK ym_status ym_alert_send(struct ym_fleet_state *state,
                                      const struct ym_alert_target *target,
                                      const struct ym_alert_batch *batch, int64_t now,
                                      const atomic_bool *stop, struct ym_err *err);

/* --- threads of the server --- */

struct ym_intake;
struct ym_alert_watch; /* opaque: see alert_watch.c */
YM_MUST_CHECK ym_status ym_alert_watch_start(struct ym_fleet_state *state, struct ym_intake *intake,
                                             struct ym_alert_watch **ret_watch, struct ym_err *err);
void ym_alert_watch_stop(
    struct ym_alert_watch *watch); /* accepts NULL; waits for a message on its way */

#endif
