/* alert_rules.c - the words of alerts; rules and targets in the state's file; targets' secrets in files of
 * their own.  See alerts.h. */
#include "fleet/alerts.h"

#include "state_int.h"

#include "base/text.h"
#include "os/file.h"
#include "records/names.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "fleet/alerts"

enum { SECRET_MAX = 1024, SECRET_MADE = 32, PAUSE_MAX = 86400, WITHIN_MAX = 31 * 86400 };

/* --- words --- */

struct kind {
    const char *word;
    uint32_t count, within;
    bool ends;
};
static const struct kind kinds[YM_ALERT_KINDS] = {
#define X(name, word_, count_, within_, ends_)                                                     \
    [YM_ALERT_##name] = {.word = word_, .count = count_, .within = within_, .ends = ends_},
    YM_ALERT_KIND_TABLE(X)
#undef X
};
static const char *const levels[YM_LEVELS] = {
#define X(name, word) [YM_LEVEL_##name] = word,
    YM_ALERT_LEVEL_TABLE(X)
#undef X
};
static const char *const severities[YM_SEVERITIES] = {
#define X(name, word) [YM_SEVERITY_##name] = word,
    YM_SEVERITY_TABLE(X)
#undef X
};
static const char *const target_kinds[YM_TARGETS] = {
#define X(name, word) [YM_TARGET_##name] = word,
    YM_TARGET_TABLE(X)
#undef X
};

const char *ym_alert_kind_word(enum ym_alert_kind k) {
    return (unsigned)k < YM_ALERT_KINDS ? kinds[k].word : "unknown";
}

bool ym_alert_kind_ends(enum ym_alert_kind k) {
    return (unsigned)k < YM_ALERT_KINDS && kinds[k].ends;
}

const char *ym_alert_level_word(enum ym_alert_level l) {
    return (unsigned)l < YM_LEVELS ? levels[l] : "info";
}

const char *ym_severity_word(enum ym_severity s) {
    return (unsigned)s < YM_SEVERITIES ? severities[s] : "low";
}

const char *ym_target_kind_word(enum ym_target_kind k) {
    return (unsigned)k < YM_TARGETS ? target_kinds[k] : "unknown";
}

static int find(const char *const *words, int n, const char *word) {
    for (int i = 0; i < n; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

bool ym_alert_kind_find(const char *word, enum ym_alert_kind *ret) {
    for (int i = 0; i < YM_ALERT_KINDS; i++) {
        if (strcmp(kinds[i].word, word) == 0) {
            *ret = (enum ym_alert_kind)i;
            return true;
        }
    }
    return false;
}

bool ym_alert_level_find(const char *word, enum ym_alert_level *ret) {
    int i = find(levels, YM_LEVELS, word);

    *ret = i < 0 ? *ret : (enum ym_alert_level)i;
    return i >= 0;
}

bool ym_severity_find(const char *word, enum ym_severity *ret) {
    int i = find(severities, YM_SEVERITIES, word);

    *ret = i < 0 ? *ret : (enum ym_severity)i;
    return i >= 0;
}

enum ym_severity ym_severity_of(const char *category) {
    static const char *const moderate[] = {"", "unwanted", "spyware"};

    return strcmp(category, "adware") == 0    ? YM_SEVERITY_LOW
           : find(moderate, 3, category) >= 0 ? YM_SEVERITY_MODERATE
                                              : YM_SEVERITY_HIGH;
}

/* --- rules --- */

static bool category_is_known(const char *word) {
    for (const char *const *w = ym_category_words(); *w != NULL; w++) {
        if (strcmp(*w, word) == 0) {
            return true;
        }
    }
    return word[0] == '\0';
}

static ym_status check_rule(const struct ym_alert_rule *r, struct ym_err *err) {
    const char *bad =
        !ym_fleet_name_is_right(r->name) ? "a name has 1 to 63 letters, digits, or . _ @ -"
        : !ym_fleet_text_is_right(r->family, sizeof(r->family)) ? "the family is no text"
        : !category_is_known(r->category)           ? "the category is not one of a record"
        : r->within > WITHIN_MAX                    ? "the time is at most 31 days"
        : r->kind == YM_ALERT_DISK && r->count > 99 ? "the disk's share is 1 to 99 percent"
                                                    : NULL;

    return bad == NULL ? YM_OK : ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "%s", bad);
}

static ym_status is_free(struct ym_sql *s, const char *name, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    YM_TRY(ym_sql_bind(s,
                       "SELECT 1 FROM alert_rule WHERE name=?1 UNION SELECT 1 FROM alert_target"
                       " WHERE name=?1",
                       "t", &q, err, name));
    st = ym_sql_row(s, q, &row, err);
    (void)sqlite3_finalize(q);
    return st == YM_OK && row ? ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                                        "%s is there already: remove it first", name)
                              : st;
}

static ym_status has_room(struct ym_sql *s, const char *sql, int64_t max, struct ym_err *err) {
    int64_t n = 0;

    YM_TRY(ym_sql_number(s, sql, &n, err));
    return n < max ? YM_OK
                   : ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "there are %lld already",
                             (long long)n);
}

static ym_status put_rule(struct ym_fleet_state *s, const char *by, const struct ym_alert_rule *r,
                          int64_t now, struct ym_err *err) {
    const struct kind *k = &kinds[r->kind];

    YM_TRY(is_free(&s->write, r->name, err));
    YM_TRY(has_room(&s->write, "SELECT count(*) FROM alert_rule", YM_ALERT_RULES_MAX, err));
    YM_TRY(ym_sql_put(&s->write, "INSERT INTO alert_rule VALUES(?,?,?,?,?,?,?,?)", "tiittiii", err,
                      r->name, (int64_t)r->kind, (int64_t)r->level, r->family, r->category,
                      (int64_t)r->severity, (int64_t)(r->count == 0 ? k->count : r->count),
                      (int64_t)(r->within == 0 ? k->within : r->within)));
    return ym_state_audit(s, by, now, "alert-add", err, "rule %s: %s, %s", r->name, k->word,
                          levels[r->level]);
}

ym_status ym_alert_rule_add(struct ym_fleet_state *state, const char *by,
                            const struct ym_alert_rule *rule, int64_t now, struct ym_err *err) {
    ym_status st;

    YM_TRY(check_rule(rule, err));
    YM_TRY(ym_state_begin(state, err));
    st = put_rule(state, by, rule, now, err);
    return ym_state_end(state, st, err);
}

ym_status ym_alert_rules_read(struct ym_sql *s, int kind, struct ym_alert_rule *ret_rules,
                              size_t max, size_t *ret_n, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    size_t n = 0;
    ym_status st;

    YM_TRY(ym_sql_bind(s,
                       "SELECT name,kind,level,family,category,severity,count,within FROM"
                       " alert_rule WHERE ?1<0 OR kind=?1 ORDER BY name",
                       "i", &q, err, (int64_t)kind));
    while ((st = ym_sql_row(s, q, &row, err)) == YM_OK && row && n < max) {
        struct ym_alert_rule *r = &ret_rules[n++];

        *r = (struct ym_alert_rule){.kind = (enum ym_alert_kind)sqlite3_column_int(q, 1),
                                    .level = (enum ym_alert_level)sqlite3_column_int(q, 2),
                                    .severity = (enum ym_severity)sqlite3_column_int(q, 5),
                                    .count = (uint32_t)sqlite3_column_int64(q, 6),
                                    .within = (uint32_t)sqlite3_column_int64(q, 7)};
        ym_sql_text(q, 0, r->name, sizeof(r->name));
        ym_sql_text(q, 3, r->family, sizeof(r->family));
        ym_sql_text(q, 4, r->category, sizeof(r->category));
    }
    (void)sqlite3_finalize(q);
    *ret_n = n;
    return st;
}

ym_status ym_alert_rules(struct ym_fleet_state *state, struct ym_alert_rule *ret_rules, size_t max,
                         size_t *ret_n, struct ym_err *err) {
    ym_status st;

    (void)pthread_mutex_lock(&state->read.lock);
    st = ym_alert_rules_read(&state->read, -1, ret_rules, max, ret_n, err);
    (void)pthread_mutex_unlock(&state->read.lock);
    return st;
}

/* --- targets --- */

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* The host of scheme://host... is this machine. */
static bool is_near(const char *address) {
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
    const char *host = strstr(address, "://");

    for (size_t i = 0; host != NULL && i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        size_t n = strlen(hosts[i]);

        if (strncmp(host + 3, hosts[i], n) == 0 && strchr(":/", host[3 + n]) != NULL) {
            return true; /* strchr also finds the end */
        }
    }
    return false;
}

static bool kind_of_address(const char *a, enum ym_target_kind *ret) {
    static const struct {
        const char *begin;
        enum ym_target_kind kind;
    } rows[] = {{"https://", YM_TARGET_WEBHOOK},     {"http://", YM_TARGET_WEBHOOK},
                {"smtp://", YM_TARGET_SMTP},         {"smtps://", YM_TARGET_SMTP},
                {"sendmail:/", YM_TARGET_SENDMAIL},  {"syslog+udp://", YM_TARGET_SYSLOG},
                {"syslog+tcp://", YM_TARGET_SYSLOG}, {"syslog:", YM_TARGET_SYSLOG}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (begins(a, rows[i].begin)) {
            *ret = rows[i].kind;
            return true;
        }
    }
    return false;
}

/* One address, or several with commas; nothing that could end a header or an argument. */
static bool mail_is_right(const char *text, bool several) {
    bool at = false;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p == ',' && several && at && p[1] != '\0') {
            at = false;
        } else if (*p == '@' && !at && p > text) {
            at = true;
        } else if (!ym_is_alnum((unsigned char)*p) && strchr("._+-=", *p) == NULL) {
            return false;
        }
    }
    return at && text[0] != '-';
}

static ym_status bad_target(struct ym_err *err, const char *why) {
    return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET, "%s", why);
}

ym_status ym_alert_target_check(struct ym_alert_target *t, struct ym_err *err) {
    bool mail;

    if (!ym_fleet_name_is_right(t->name) || t->name[0] == '.') { /* it names a file */
        return bad_target(err, "a name has 1 to 63 letters, digits, or _ @ - and then also .");
    }
    if (!ym_fleet_text_is_right(t->address, sizeof(t->address)) ||
        strchr(t->address, ' ') != NULL || !kind_of_address(t->address, &t->kind)) {
        return bad_target(err, "an address is https://..., smtp://HOST:PORT, smtps://HOST:PORT, "
                               "sendmail:/PATH, syslog:, syslog:/SOCKET, syslog+udp://HOST:PORT or "
                               "syslog+tcp://HOST:PORT");
    }
    mail = t->kind == YM_TARGET_SMTP || t->kind == YM_TARGET_SENDMAIL;
    if (mail && (!mail_is_right(t->sender, false) || !mail_is_right(t->recipient, true))) {
        return bad_target(err, "mail needs --from ADDRESS and --rcpt ADDRESS[,ADDRESS...]");
    }
    if (!ym_fleet_text_is_right(t->user, sizeof(t->user)) ||
        !ym_fleet_text_is_right(t->ca, sizeof(t->ca)) || t->pause > PAUSE_MAX) {
        return bad_target(err, "the user, the CA's file or the pause is wrong");
    }
    if (!t->plain && is_near(t->address) &&
        (begins(t->address, "http://") || begins(t->address, "smtp://"))) {
        t->plain = begins(t->address, "http://"); /* smtp to loopback may still do STARTTLS */
    }
    if (begins(t->address, "http://") && !t->plain) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                       "alerts would go over the network in the clear: use https, or --plain");
    }
    return YM_OK;
}

static void secret_path(struct ym_fleet_state *s, const char *name,
                        char out[YM_FLEET_PATH_MAX + 96]) {
    (void)snprintf(out, YM_FLEET_PATH_MAX + 96, "%s/secrets/%s", s->dir, name);
}

/* Root who works on the state of a service's user does what makes or removes files of it as that user: the file
 * is readable for the service then, and a folder that was exchanged for a link leads nowhere that the user could not go. */
static ym_status become_owner(struct ym_fleet_state *s, bool *ret_changed, struct ym_err *err) {
    struct stat sb;

    *ret_changed = false;
    if (geteuid() != 0 || stat(s->dir, &sb) != 0 || sb.st_uid == 0) {
        return YM_OK;
    }
    if (setegid(sb.st_gid) != 0 || seteuid(sb.st_uid) != 0) {
        return ym_fail_errno(err, MODULE, s->dir, errno, "cannot work as the folder's owner");
    }
    *ret_changed = true;
    return YM_OK;
}

static void become_root(bool changed) {
    if (changed) {
        int failed = seteuid(0) != 0 || setegid(0) != 0;

        assert(!failed);
        (void)failed;
    }
}

static ym_status write_secret(struct ym_fleet_state *s, const char *name, const char *secret,
                              size_t n, struct ym_err *err) {
    char path[YM_FLEET_PATH_MAX + 96];

    (void)snprintf(path, sizeof(path), "%s/secrets", s->dir);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return ym_fail_errno(err, MODULE, path, errno, "cannot make the folder");
    }
    secret_path(s, name, path);
    return ym_file_replace(path, 0600, secret, n, err);
}

static ym_status keep_secret(struct ym_fleet_state *s, const struct ym_alert_target *t,
                             const char *secret, size_t n, struct ym_err *err) {
    bool changed = false;
    ym_status st;
    uint8_t made[SECRET_MADE];
    char hex[2 * SECRET_MADE + 1];

    if (n == 0 && t->kind != YM_TARGET_WEBHOOK) {
        return YM_OK;
    }
    if (n > SECRET_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "the secret is longer than %d bytes", SECRET_MAX);
    }
    if (n == 0) {
        YM_TRY(ym_fleet_random(made, sizeof(made), err));
        ym_hex_encode(made, sizeof(made), hex);
        secret = hex;
        n = strlen(hex);
    }
    YM_TRY(become_owner(s, &changed, err));
    st = write_secret(s, t->name, secret, n, err);
    become_root(changed);
    return st;
}

static ym_status put_target(struct ym_fleet_state *s, const char *by,
                            const struct ym_alert_target *t, int64_t now, struct ym_err *err) {
    YM_TRY(is_free(&s->write, t->name, err));
    YM_TRY(has_room(&s->write, "SELECT count(*) FROM alert_target", YM_ALERT_TARGETS_MAX, err));
    YM_TRY(ym_sql_put(&s->write,
                      "INSERT INTO alert_target(name,kind,level,address,sender,recipient,user,ca,"
                      "tls,pause) VALUES(?,?,?,?,?,?,?,?,?,?)",
                      "tiitttttii", err, t->name, (int64_t)t->kind, (int64_t)t->level, t->address,
                      t->sender, t->recipient, t->user, t->ca, (int64_t)!t->plain,
                      (int64_t)t->pause));
    return ym_state_audit(s, by, now, "alert-add", err, "target %s: %s", t->name,
                          target_kinds[t->kind]); /* an address may hold a secret */
}

ym_status ym_alert_target_add(struct ym_fleet_state *state, const char *by,
                              const struct ym_alert_target *target, const char *secret, size_t n,
                              int64_t now, struct ym_err *err) {
    struct ym_alert_target t = *target;
    ym_status st;

    YM_TRY(ym_alert_target_check(&t, err));
    YM_TRY(ym_state_begin(state, err));
    st = put_target(state, by, &t, now, err);
    st = st == YM_OK ? keep_secret(state, &t, secret, n, err) : st;
    return ym_state_end(state, st, err);
}

ym_status ym_alert_targets(struct ym_fleet_state *state, struct ym_alert_target *ret_targets,
                           size_t max, size_t *ret_n, struct ym_err *err) {
    struct ym_sql *s = &state->read;
    sqlite3_stmt *q = NULL;
    bool row = false;
    size_t n = 0;
    ym_status st;

    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_open(s,
                     "SELECT name,address,sender,recipient,user,ca,error,kind,level,tls,pause,next,"
                     "failures,sent FROM alert_target ORDER BY name",
                     &q, err);
    while (st == YM_OK && n < max && (st = ym_sql_row(s, q, &row, err)) == YM_OK && row) {
        struct ym_alert_target *t = &ret_targets[n++];

        *t = (struct ym_alert_target){.kind = (enum ym_target_kind)sqlite3_column_int(q, 7),
                                      .level = (enum ym_alert_level)sqlite3_column_int(q, 8),
                                      .plain = sqlite3_column_int(q, 9) == 0,
                                      .pause = (uint32_t)sqlite3_column_int64(q, 10),
                                      .next = sqlite3_column_int64(q, 11),
                                      .failures = (uint32_t)sqlite3_column_int64(q, 12),
                                      .sent = sqlite3_column_int64(q, 13)};
        ym_sql_text(q, 0, t->name, sizeof(t->name));
        ym_sql_text(q, 1, t->address, sizeof(t->address));
        ym_sql_text(q, 2, t->sender, sizeof(t->sender));
        ym_sql_text(q, 3, t->recipient, sizeof(t->recipient));
        ym_sql_text(q, 4, t->user, sizeof(t->user));
        ym_sql_text(q, 5, t->ca, sizeof(t->ca));
        ym_sql_text(q, 6, t->error, sizeof(t->error));
    }
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&s->lock);
    *ret_n = n;
    return st;
}

ym_status ym_alert_secret(struct ym_fleet_state *state, const char *target, struct ym_buf *out,
                          struct ym_err *err) {
    char path[YM_FLEET_PATH_MAX + 96];
    struct stat sb;
    int fd = -1;
    ym_status st;

    secret_path(state, target, path);
    if (access(path, F_OK) != 0) {
        return YM_OK;
    }
    YM_TRY(ym_file_open(AT_FDCWD, path, false, path, &fd, err));
    st = fstat(fd, &sb) == 0 && (sb.st_mode & 077) == 0
             ? ym_file_read_all(fd, path, out, err)
             : ym_fail_at(err, YM_UNSUPPORTED, MODULE, path, 0, 0,
                          "others may read this secret: chmod 600 it, and think about who did");
    (void)close(fd);
    while (st == YM_OK && out->len > 0 && strchr("\r\n", out->data[out->len - 1]) != NULL) {
        ym_buf_cut(out, out->len - 1);
    }
    ym_buf_u8(out, 0); /* a text for who needs one */
    if (ym_buf_status(out) == YM_OK) {
        ym_buf_cut(out, out->len - 1);
    }
    return st == YM_OK ? ym_buf_status(out) : st;
}

static ym_status remove_one(struct ym_fleet_state *s, const char *by, const char *name, int64_t now,
                            bool *ret_target, struct ym_err *err) {
    int gone;

    YM_TRY(ym_sql_put(&s->write, "DELETE FROM alert_rule WHERE name=?", "t", err, name));
    gone = sqlite3_changes(s->write.db);
    if (gone > 0) { /* what it raised stays until somebody has seen it */
        YM_TRY(ym_sql_put(&s->write, "UPDATE alert SET ended=?2 WHERE rule=?1 AND ended=0", "ti",
                          err, name, now));
    }
    YM_TRY(ym_sql_put(&s->write, "DELETE FROM alert_target WHERE name=?", "t", err, name));
    *ret_target = sqlite3_changes(s->write.db) > 0;
    if (gone == 0 && !*ret_target) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "there is no rule or target %s",
                       name);
    }
    YM_TRY(ym_sql_put(&s->write, "DELETE FROM delivery WHERE target=?", "t", err, name));
    return ym_state_audit(s, by, now, "alert-remove", err, "%s", name);
}

ym_status ym_alert_remove(struct ym_fleet_state *state, const char *by, const char *name,
                          int64_t now, struct ym_err *err) {
    char path[YM_FLEET_PATH_MAX + 96];
    bool target = false;
    bool changed = false;
    int gone;
    ym_status st;

    if (!ym_fleet_name_is_right(name)) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "there is no rule or target %s",
                       name);
    }
    YM_TRY(ym_state_begin(state, err));
    st = remove_one(state, by, name, now, &target, err);
    YM_TRY(ym_state_end(state, st, err));
    if (!target) {
        return YM_OK;
    }
    secret_path(state, name, path);
    YM_TRY(become_owner(state, &changed, err));
    gone = unlink(path) == 0 ? 0 : errno;
    become_root(changed);
    return gone == 0 || gone == ENOENT
               ? YM_OK
               : ym_fail_errno(err, MODULE, path, gone, "cannot remove the secret");
}
