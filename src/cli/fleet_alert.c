/* fleet_alert.c - `yamori fleet alert`: rules, targets, and what was raised.  See
 * docs/man/yamori-fleet.1. */
#include "cli.h"
#include "fleet.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "fleet/alerts.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SECRET_MAX = 1024, MAIL_PAUSE = 60, OTHER_PAUSE = 1 };

static const char by[] = "local";

static ym_status say(struct ym_err *err, const char *text) {
    return ym_fail(err, YM_MALFORMED, "", YM_ERR_NO_OFFSET, "%s", text);
}

/* False: it does not fit. */
static bool copy(char *to, size_t size, const char *from) {
    int n = snprintf(to, size, "%s", from == NULL ? "" : from);

    return n >= 0 && (size_t)n < size;
}

static ym_status level_of(const struct ym_fleet_options *o, enum ym_alert_level *ret,
                          struct ym_err *err) {
    return o->level == NULL || ym_alert_level_find(o->level, ret)
               ? YM_OK
               : say(err, "--level is info, warning or critical");
}

static ym_status add_rule(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                          struct ym_err *err) {
    struct ym_alert_rule r = {.level = YM_LEVEL_WARNING, .count = o->count, .within = o->within};

    if (!ym_alert_kind_find(o->when, &r.kind)) {
        return say(err, "--when is detection, outbreak, rollout, silent, refused, storage or disk");
    }
    if (o->severity != NULL && !ym_severity_find(o->severity, &r.severity)) {
        return say(err, "--severity is low, moderate or high");
    }
    if (!copy(r.name, sizeof(r.name), o->words[1]) ||
        !copy(r.family, sizeof(r.family), o->family) ||
        !copy(r.category, sizeof(r.category), o->category)) {
        return say(err, "the name, the family or the category is too long");
    }
    YM_TRY(level_of(o, &r.level, err));
    return ym_alert_rule_add(s, by, &r, ym_now_unix(), err);
}

static ym_status read_secret(const char *path, struct ym_buf *out, struct ym_err *err) {
    int fd = -1;
    ym_status st;

    if (path == NULL) {
        return YM_OK;
    }
    if (strcmp(path, "-") == 0) {
        return ym_file_read_all(STDIN_FILENO, "standard input", out, err);
    }
    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    st = ym_file_read_all(fd, path, out, err);
    (void)close(fd);
    return st;
}

static ym_status add_target(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                            struct ym_err *err) {
    struct ym_alert_target t = {.plain = o->plain, .pause = o->pause == UINT32_MAX ? 0 : o->pause};
    struct ym_buf secret;
    ym_status st;

    if (!copy(t.name, sizeof(t.name), o->words[1]) || !copy(t.address, sizeof(t.address), o->to) ||
        !copy(t.sender, sizeof(t.sender), o->from) ||
        !copy(t.recipient, sizeof(t.recipient), o->rcpt) ||
        !copy(t.user, sizeof(t.user), o->user) || !copy(t.ca, sizeof(t.ca), o->ca)) {
        return say(err, "the name or an address is too long");
    }
    YM_TRY(level_of(o, &t.level, err));
    YM_TRY(ym_alert_target_check(&t, err));
    if (o->pause == UINT32_MAX) {
        t.pause =
            t.kind == YM_TARGET_SMTP || t.kind == YM_TARGET_SENDMAIL ? MAIL_PAUSE : OTHER_PAUSE;
    }
    ym_buf_init(&secret, SECRET_MAX);
    st = read_secret(o->secret_file, &secret, err);
    while (secret.len > 0 && strchr("\r\n", secret.data[secret.len - 1]) != NULL) {
        ym_buf_cut(&secret, secret.len - 1);
    }
    st = st == YM_OK ? ym_alert_target_add(s, by, &t, (const char *)secret.data, secret.len,
                                           ym_now_unix(), err)
                     : st;
    if (secret.data != NULL) {
        explicit_bzero(secret.data, secret.len);
    }
    ym_buf_done(&secret);
    if (st == YM_OK && t.kind == YM_TARGET_WEBHOOK) {
        (void)printf("the receiver's key is in %s/secrets/%s\n", ym_fleet_state_dir(s), t.name);
    }
    return st;
}

static ym_status add(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                     struct ym_err *err) {
    if (o->n_words != 2 || (o->when == NULL) == (o->to == NULL)) {
        return say(err, "say: add NAME --when KIND, or: add NAME --to ADDRESS");
    }
    return o->when != NULL ? add_rule(s, o, err) : add_target(s, o, err);
}

static ym_status print(struct ym_buf *b, ym_status st) {
    st = st == YM_OK ? ym_buf_status(b) : st;
    if (st == YM_OK && b->len > 0) {
        (void)fwrite(b->data, 1, b->len, stdout);
    }
    ym_buf_done(b);
    return st;
}

struct tables {
    struct ym_alert_rule rules[YM_ALERT_RULES_MAX];
    struct ym_alert_target targets[YM_ALERT_TARGETS_MAX];
    size_t n_rules, n_targets;
};

static struct tables *read_tables(struct ym_fleet_state *s, struct ym_err *err) {
    struct tables *t = ym_zalloc(1, sizeof(*t));

    if (t == NULL || ym_alert_rules(s, t->rules, YM_ALERT_RULES_MAX, &t->n_rules, err) != YM_OK ||
        ym_alert_targets(s, t->targets, YM_ALERT_TARGETS_MAX, &t->n_targets, err) != YM_OK) {
        (void)ym_fail(err, YM_NOMEM, "", YM_ERR_NO_OFFSET, "no memory");
        ym_free(t);
        return NULL;
    }
    return t;
}

static ym_status list(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                      struct ym_err *err) {
    struct tables *t = read_tables(s, err);
    struct ym_buf out;

    (void)o;
    if (t == NULL) {
        return err->code;
    }
    ym_buf_init(&out, 1 << 20);
    for (size_t i = 0; i < t->n_rules; i++) {
        ym_alert_rule_json(&t->rules[i], &out);
        ym_buf_u8(&out, '\n');
    }
    for (size_t i = 0; i < t->n_targets; i++) {
        ym_alert_target_json(&t->targets[i], &out);
        ym_buf_u8(&out, '\n');
    }
    ym_free(t);
    return print(&out, YM_OK);
}

static ym_status test_target(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                             struct ym_err *err) {
    struct tables *t = read_tables(s, err);
    struct ym_alert_batch *none = ym_zalloc(1, sizeof(*none));
    ym_status st = ym_fail(err, YM_LIMIT, "", YM_ERR_NO_OFFSET, "there is no such target");

    for (size_t i = 0; t != NULL && none != NULL && i < t->n_targets; i++) {
        if (o->n_words == 2 && strcmp(t->targets[i].name, o->words[1]) == 0) {
            *err = (struct ym_err){0};
            st = ym_alert_send(s, &t->targets[i], none, ym_now_unix(), NULL, err);
            if (st == YM_OK) {
                (void)printf("sent to %s\n", t->targets[i].name);
            }
        }
    }
    ym_free(t);
    ym_free(none);
    return st;
}

static ym_status remove_name(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                             struct ym_err *err) {
    return o->n_words == 2 ? ym_alert_remove(s, by, o->words[1], ym_now_unix(), err)
                           : say(err, "say: remove NAME");
}

static ym_status open_alerts(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                             struct ym_err *err) {
    enum { ROWS = 500 };
    struct ym_alert *alerts = ym_zalloc(ROWS, sizeof(*alerts));
    struct ym_buf out;
    size_t n = 0;
    ym_status st;

    (void)o;
    if (alerts == NULL) {
        return ym_fail(err, YM_NOMEM, "", YM_ERR_NO_OFFSET, "no memory");
    }
    ym_buf_init(&out, 4 << 20);
    st = ym_alert_list(s, true, 0, alerts, ROWS, &n, err);
    for (size_t i = 0; i < n; i++) {
        ym_alert_json(&alerts[i], &out);
        ym_buf_u8(&out, '\n');
    }
    ym_free(alerts);
    return print(&out, st);
}

static ym_status acknowledge(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                             struct ym_err *err) {
    uint32_t n = 0;

    if (o->n_words != 2 || !ym_parse_u32(o->words[1], strlen(o->words[1]), &n)) {
        return say(err, "say: ack N");
    }
    return ym_alert_ack(s, by, n, ym_now_unix(), err);
}

ym_status ym_fleet_alert_command(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                                 struct ym_err *err) {
    static const struct {
        const char *word;
        ym_status (*run)(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                         struct ym_err *err);
    } rows[] = {{"add", add},          {"list", list},        {"remove", remove_name},
                {"test", test_target}, {"open", open_alerts}, {"ack", acknowledge}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].word, o->words[0]) == 0) {
            return rows[i].run(s, o, err);
        }
    }
    return say(err, "say: add, list, remove, test, open or ack");
}
