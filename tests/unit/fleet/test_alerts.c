/* test_alerts.c - rules raise alerts, alerts add up, wait, are sent and acknowledged; their texts. */
#include "fleet/alerts.h"

#include "alert_int.h"
#include "base/alloc.h"
#include "machine.h"
#include "ym_test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t NOW = 1800000000;

static char folder[64];
static struct ym_fleet_state *state;
static struct ym_err err;
static struct ym_alert alerts[500];
static size_t n_alerts;
static struct ym_alert_batch batch;

static void begin(void) {
    folder_new(folder);
    err = (struct ym_err){0};
    CHECK_EQ(ym_fleet_state_open(folder, &state, &err), YM_OK);
}

static void end(void) {
    char command[200];

    ym_fleet_state_close(state);
    (void)snprintf(command, sizeof(command), "rm -rf %s/secrets", folder);
    CHECK_EQ(system(command), 0); /* NOLINT: a folder of ours */
    folder_remove(folder);
}

static struct ym_alert_rule rule_new(const char *name, enum ym_alert_kind kind) {
    struct ym_alert_rule r = {.kind = kind, .level = YM_LEVEL_WARNING};

    (void)snprintf(r.name, sizeof(r.name), "%s", name);
    return r;
}

static struct ym_alert_target target_new(const char *name, const char *address) {
    struct ym_alert_target t = {.pause = 60};

    (void)snprintf(t.name, sizeof(t.name), "%s", name);
    (void)snprintf(t.address, sizeof(t.address), "%s", address);
    return t;
}

static void add_rule(const struct ym_alert_rule *r) {
    CHECK_EQ(ym_alert_rule_add(state, "test", r, NOW, &err), YM_OK);
}

static void add_target(const char *name) {
    struct ym_alert_target t = target_new(name, "syslog:");

    CHECK_EQ(ym_alert_target_add(state, "test", &t, NULL, 0, NOW, &err), YM_OK);
}

static void take(struct machine *m, const struct ym_sighting *s, size_t n) {
    struct ym_report report = {.sequence = ++m->sequence, .time = NOW};
    struct ym_taken t = {.report = &report, .tool = "yamori 9", .sightings = s, .n_sightings = n};

    memcpy(report.machine, m->id, sizeof(report.machine));
    CHECK_EQ(ym_fleet_machines_took(state, &t, 1, NOW, &err), YM_OK);
}

static void list(bool open) {
    CHECK_EQ(ym_alert_list(state, open, 0, alerts, 500, &n_alerts, &err), YM_OK);
}

static void get_batch(const char *target) {
    CHECK_EQ(ym_alert_batch(state, target, &batch, &err), YM_OK);
}

static void rules_choose_by_family_category_and_severity(void) {
    static const struct ym_sighting seen[] = {
        {.family = "Conficker", .name = "Worm:Win32/Conficker.B", .category = "worm"},
        {.family = "Hotbar", .name = "Adware:Win32/Hotbar", .category = "adware"},
        {.family = "conficker",
         .name = "Worm:Win32/Conficker.C",
         .category = "worm",
         .blocked = true},
        {.family = "Conficker", .name = "Worm:Win32/Conficker.C", .category = "worm"}};
    struct machine m = machine_new(1);
    struct ym_alert_rule family = rule_new("family", YM_ALERT_DETECTION);
    struct ym_alert_rule category = rule_new("category", YM_ALERT_DETECTION);
    struct ym_alert_rule severe = rule_new("severe", YM_ALERT_DETECTION);

    begin();
    (void)snprintf(family.family, sizeof(family.family), "CONFICKER");
    (void)snprintf(category.category, sizeof(category.category), "adware");
    severe.severity = YM_SEVERITY_HIGH;
    add_rule(&family);
    add_rule(&category);
    add_rule(&severe);
    CHECK(machine_enrol(&m, state, 1, NOW));
    take(&m, seen, 4);
    list(true);
    CHECK_EQ(n_alerts, 5); /* both spellings for family and severe, Hotbar for category */
    for (size_t i = 0; i < n_alerts; i++) {
        bool adware = strcmp(alerts[i].family, "Hotbar") == 0;

        CHECK(adware == (strcmp(alerts[i].rule, "category") == 0));
        CHECK_EQ(strlen(alerts[i].machine), 32);
        CHECK(strncmp(alerts[i].machine, alerts[i].label, 8) == 0);
        CHECK_EQ(alerts[i].count, strcmp(alerts[i].family, "Conficker") == 0 ? 2 : 1);
    }
    end();
}

static void without_a_rule_nothing_ties_a_machine_to_a_finding(void) {
    static const struct ym_sighting seen = {.family = "Zbot", .name = "Zbot", .category = "trojan"};
    struct machine m = machine_new(1);

    begin();
    CHECK(machine_enrol(&m, state, 1, NOW));
    take(&m, &seen, 1);
    list(false);
    CHECK_EQ(n_alerts, 0);
    end();
}

static void the_same_only_counts_until_somebody_knows(void) {
    static const struct ym_sighting seen = {.family = "Zbot", .name = "Zbot", .category = "trojan"};
    struct machine m = machine_new(1);
    struct ym_alert_rule r = rule_new("any", YM_ALERT_DETECTION);

    begin();
    add_rule(&r);
    add_target("t");
    CHECK(machine_enrol(&m, state, 1, NOW));
    take(&m, &seen, 1);
    get_batch("t");
    CHECK_EQ(batch.n, 1);
    {
        struct ym_alert_target t = target_new("t", "syslog:");

        CHECK_EQ(ym_alert_sent(state, &t, &batch, NULL, NOW, &err), YM_OK);
    }
    for (int i = 2; i < 10; i++) {
        take(&m, &seen, 1);
        get_batch("t");
        CHECK_EQ(batch.n, 0);
    }
    take(&m, &seen, 1); /* the tenth: told again */
    get_batch("t");
    CHECK_EQ(batch.n, 1);
    CHECK_EQ(batch.alerts[0].count, 10);
    CHECK_EQ(ym_alert_ack(state, "ann", batch.alerts[0].n, NOW, &err), YM_OK);
    CHECK_EQ(ym_alert_ack(state, "ben", batch.alerts[0].n, NOW, &err), YM_LIMIT);
    get_batch("t");
    CHECK_EQ(batch.n, 0);
    take(&m, &seen, 1);
    list(true);
    CHECK_EQ(n_alerts, 1); /* a new one */
    list(false);
    CHECK_EQ(n_alerts, 2);
    CHECK(strcmp(alerts[1].acked_by, "ann") == 0);
    end();
}

static void what_grows_on_its_way_is_told_again(void) {
    struct ym_alert_rule r = rule_new("o", YM_ALERT_OUTBREAK);
    struct ym_alert_target t = target_new("t", "syslog:");

    begin();
    add_rule(&r);
    add_target("t");
    CHECK_EQ(ym_alert_raise(state, &r, "Zbot", NULL, "Zbot", "", 5, NOW, &err), YM_OK);
    get_batch("t");
    CHECK_EQ(ym_alert_raise(state, &r, "Zbot", NULL, "Zbot", "", 50, NOW, &err), YM_OK);
    CHECK_EQ(ym_alert_sent(state, &t, &batch, NULL, NOW, &err), YM_OK);
    get_batch("t");
    CHECK_EQ(batch.n, 1);
    CHECK_EQ(batch.alerts[0].count, 50);
    CHECK_EQ(ym_alert_sent(state, &t, &batch, NULL, NOW, &err), YM_OK);
    CHECK_EQ(ym_alert_clear(state, "o", "Zbot", NOW + 5, &err), YM_OK);
    get_batch("t"); /* that it is over is told, too */
    CHECK_EQ(batch.n, 1);
    CHECK_EQ(batch.alerts[0].ended, NOW + 5);
    end();
}

static void an_acknowledged_state_is_quiet_until_it_ends(void) {
    struct ym_alert_rule r = rule_new("d", YM_ALERT_DISK);

    begin();
    add_rule(&r);
    CHECK_EQ(ym_alert_raise(state, &r, "disk", NULL, "", "3 percent", 1, NOW, &err), YM_OK);
    list(true);
    CHECK_EQ(n_alerts, 1);
    CHECK_EQ(ym_alert_ack(state, "ann", alerts[0].n, NOW, &err), YM_OK);
    CHECK_EQ(ym_alert_raise(state, &r, "disk", NULL, "", "2 percent", 1, NOW + 9, &err), YM_OK);
    list(true);
    CHECK_EQ(n_alerts, 0);
    CHECK_EQ(ym_alert_clear(state, "d", "disk", NOW + 10, &err), YM_OK);
    CHECK_EQ(ym_alert_raise(state, &r, "disk", NULL, "", "2 percent", 1, NOW + 11, &err), YM_OK);
    list(true);
    CHECK_EQ(n_alerts, 1);
    end();
}

static void a_storm_becomes_one_alert(void) {
    struct ym_alert_rule r = rule_new("any", YM_ALERT_OUTBREAK);
    struct ym_alert_target t = target_new("t", "syslog:");
    char key[32];

    begin();
    add_rule(&r);
    add_target("t");
    for (int i = 0; i < YM_ALERT_CURRENT_MAX + 100; i++) {
        (void)snprintf(key, sizeof(key), "family %d", i);
        CHECK_EQ(ym_alert_raise(state, &r, key, NULL, key, "", 1, NOW, &err), YM_OK);
    }
    list(true);
    CHECK_EQ(n_alerts, YM_ALERT_CURRENT_MAX + 1);
    get_batch("t");
    CHECK_EQ(batch.n, YM_ALERT_BATCH);
    CHECK_EQ(batch.more, YM_ALERT_CURRENT_MAX + 1 - YM_ALERT_BATCH);
    CHECK_EQ(ym_alert_sent(state, &t, &batch, NULL, NOW, &err), YM_OK);
    get_batch("t"); /* one message told of all of them */
    CHECK_EQ(batch.n + batch.more, 0);
    end();
}

/* As many reports in one transaction as an outbreak brings: the time is bounded, and nothing is lost
 * from the count. */
static void an_outbreak_does_not_hold_up_intake(void) {
    enum { REPORTS = 3000 };
    static struct ym_taken taken[REPORTS];
    static const struct ym_sighting seen = {.family = "Zbot", .name = "Zbot", .category = "trojan"};
    struct ym_alert_rule r = rule_new("any", YM_ALERT_DETECTION);
    uint64_t count = 0;

    begin();
    add_rule(&r);
    for (int i = 0; i < REPORTS; i++) {
        struct ym_report *report = ym_zalloc(1, sizeof(*report));

        CHECK(report != NULL);
        report->sequence = 1;
        report->time = NOW;
        memcpy(report->machine, &i, sizeof(i));
        taken[i] = (struct ym_taken){.report = report, .sightings = &seen, .n_sightings = 1};
    }
    CHECK_EQ(ym_fleet_machines_took(state, taken, REPORTS, NOW, &err), YM_OK);
    list(true);
    CHECK_EQ(n_alerts, YM_ALERT_CURRENT_MAX + 1);
    for (size_t i = 0; i < n_alerts; i++) {
        count += alerts[i].count;
    }
    CHECK_EQ(count, REPORTS);
    for (int i = 0; i < REPORTS; i++) {
        void *report = NULL;

        memcpy(&report, &taken[i].report, sizeof(report)); /* it was not const when it was made */
        ym_free(report);
    }
    end();
}

static void a_target_that_fails_is_asked_less_and_less(void) {
    struct ym_alert_rule r = rule_new("d", YM_ALERT_DISK);
    struct ym_alert_target t;
    size_t n = 0;
    int64_t pauses[12];

    begin();
    add_rule(&r);
    add_target("t");
    CHECK_EQ(ym_alert_raise(state, &r, "disk", NULL, "", "", 1, NOW, &err), YM_OK);
    get_batch("t");
    for (int i = 0; i < 12; i++) {
        CHECK_EQ(ym_alert_targets(state, &t, 1, &n, &err), YM_OK);
        CHECK_EQ(n, 1);
        CHECK_EQ(t.failures, (uint32_t)i);
        CHECK_EQ(ym_alert_sent(state, &t, &batch, "no \"answer\"", NOW, &err), YM_OK);
        CHECK_EQ(ym_alert_targets(state, &t, 1, &n, &err), YM_OK);
        pauses[i] = t.next - NOW;
    }
    CHECK_EQ(pauses[0], 15);
    CHECK_EQ(pauses[1], 30);
    CHECK_EQ(pauses[11], 3600);
    CHECK(strcmp(t.error, "no \"answer\"") == 0);
    get_batch("t");
    CHECK_EQ(batch.n, 1); /* it still waits */
    CHECK_EQ(ym_alert_sent(state, &t, &batch, NULL, NOW, &err), YM_OK);
    CHECK_EQ(ym_alert_targets(state, &t, 1, &n, &err), YM_OK);
    CHECK_EQ(t.failures, 0);
    CHECK_EQ(t.next, NOW + 60);
    end();
}

static void addresses_are_checked(void) {
    static const struct {
        const char *address;
        ym_status st;
    } rows[] = {{"https://example.org/x", YM_OK},
                {"http://127.0.0.1:80/x", YM_OK},
                {"http://localhost", YM_OK},
                {"http://127.0.0.1.example.org/x", YM_UNSUPPORTED},
                {"http://localhost.example.org", YM_UNSUPPORTED},
                {"http://example.org/x", YM_UNSUPPORTED},
                {"ftp://example.org/x", YM_MALFORMED},
                {"file:///etc/passwd", YM_MALFORMED},
                {"https://a b", YM_MALFORMED},
                {"smtp://h:587", YM_MALFORMED}, /* from whom, to whom? */
                {"syslog:", YM_OK},
                {"sendmail:sendmail", YM_MALFORMED}};
    static const char *const wrong[] = {"a",    "@b",   "a@b\r\nBcc: c@d", "a@b,", "a@b,c", "-f@b",
                                        "a@@b", "<a@b>"};
    struct ym_alert_target t;

    begin();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        t = target_new("t", rows[i].address);
        err = (struct ym_err){0};
        CHECK_EQ(ym_alert_target_check(&t, &err), rows[i].st);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        t = target_new("t", "smtps://h:465");
        (void)snprintf(t.sender, sizeof(t.sender), "me@here");
        (void)snprintf(t.recipient, sizeof(t.recipient), "%s", wrong[i]);
        CHECK_EQ(ym_alert_target_check(&t, &err), YM_MALFORMED);
    }
    (void)snprintf(t.recipient, sizeof(t.recipient), "a@b,c@d");
    err = (struct ym_err){0};
    CHECK_EQ(ym_alert_target_check(&t, &err), YM_OK);
    t = target_new("..", "https://h/");
    CHECK_EQ(ym_alert_target_check(&t, &err), YM_MALFORMED);
    end();
}

static void secrets_lie_in_files_of_their_owner_only(void) {
    struct ym_alert_target t = target_new("hook", "https://h/");
    struct ym_buf secret;
    struct stat sb;
    char path[200];

    begin();
    ym_buf_init(&secret, 100);
    CHECK_EQ(ym_alert_target_add(state, "test", &t, "hello", 5, NOW, &err), YM_OK);
    CHECK_EQ(ym_alert_target_add(state, "test", &t, "hello", 5, NOW, &err), YM_LIMIT);
    err = (struct ym_err){0};
    (void)snprintf(path, sizeof(path), "%s/secrets/hook", folder);
    CHECK(stat(path, &sb) == 0 && (sb.st_mode & 0777) == 0600);
    CHECK_EQ(ym_alert_secret(state, "hook", &secret, &err), YM_OK);
    CHECK(secret.len == 5 && strcmp((char *)secret.data, "hello") == 0);
    CHECK_EQ(chmod(path, 0644), 0);
    ym_buf_clear(&secret);
    CHECK_EQ(ym_alert_secret(state, "hook", &secret, &err), YM_UNSUPPORTED);
    err = (struct ym_err){0};
    CHECK_EQ(ym_alert_remove(state, "test", "hook", NOW, &err), YM_OK);
    CHECK(access(path, F_OK) != 0);
    CHECK_EQ(ym_alert_remove(state, "test", "hook", NOW, &err), YM_LIMIT);
    err = (struct ym_err){0};
    CHECK_EQ(ym_alert_target_add(state, "test", &t, NULL, 0, NOW, &err), YM_OK);
    ym_buf_clear(&secret);
    CHECK_EQ(ym_alert_secret(state, "hook", &secret, &err), YM_OK);
    CHECK_EQ(secret.len, 64); /* made */
    ym_buf_done(&secret);
    end();
}

static void old_alerts_are_forgotten(void) {
    struct ym_alert_rule r = rule_new("d", YM_ALERT_DISK);
    int64_t later = NOW + (int64_t)YM_ALERT_KEEP_DAYS * 86400;

    begin();
    add_rule(&r);
    add_target("t");
    CHECK_EQ(ym_alert_raise(state, &r, "disk", NULL, "", "", 1, NOW, &err), YM_OK);
    CHECK_EQ(ym_alert_forget(state, later, &err), YM_OK);
    list(true);
    CHECK_EQ(n_alerts, 1);
    CHECK_EQ(ym_alert_forget(state, later + 1, &err), YM_OK);
    list(false);
    CHECK_EQ(n_alerts, 0);
    get_batch("t");
    CHECK_EQ(batch.n + batch.more, 0);
    end();
}

/* --- texts --- */

/* RFC 4231, test case 2, with our "TIME." before the data would not be it: so the vector is made of the
 * same function by another library in the end-to-end test; here only that every byte counts. */
static void every_byte_of_a_body_is_signed(void) {
    static const uint8_t key[] = "Jefe";
    char a[YM_ALERT_SIGNATURE_SIZE];
    char b[YM_ALERT_SIGNATURE_SIZE];

    ym_alert_sign(key, 4, NOW, (const uint8_t *)"{}", 2, a);
    CHECK(strncmp(a, "t=1800000000,v1=", 16) == 0);
    CHECK_EQ(strlen(a), 16 + 64);
    ym_alert_sign(key, 4, NOW, (const uint8_t *)"{]", 2, b);
    CHECK(strcmp(a, b) != 0);
    ym_alert_sign(key, 3, NOW, (const uint8_t *)"{}", 2, b);
    CHECK(strcmp(a, b) != 0);
    ym_alert_sign(key, 4, NOW + 1, (const uint8_t *)"{}", 2, b);
    CHECK(strcmp(a + 16, b + 16) != 0);
}

static struct ym_alert hostile(void) {
    struct ym_alert a = {
        .n = 7, .kind = YM_ALERT_DETECTION, .level = YM_LEVEL_CRITICAL, .count = 3};

    (void)snprintf(a.family, sizeof(a.family), "Evil\r\nBcc: x@y\"]\\\xff <script>");
    (void)snprintf(a.label, sizeof(a.label), "pc-\xe5\xb1\xb1\x07");
    (void)snprintf(a.rule, sizeof(a.rule), "any");
    return a;
}

static void hostile_names_stay_text(void) {
    struct ym_alert_target t = target_new("t", "smtps://h");
    struct ym_buf out;
    struct ym_buf line;

    (void)snprintf(t.sender, sizeof(t.sender), "a@b");
    (void)snprintf(t.recipient, sizeof(t.recipient), "c@d,e@f");
    batch = (struct ym_alert_batch){.n = 1, .alerts = {[0] = hostile()}};
    ym_buf_init(&out, 1 << 20);
    ym_buf_init(&line, 1 << 16);
    ym_alert_line(&batch.alerts[0], &line);
    CHECK(memchr(line.data, '\n', line.len) == NULL && memchr(line.data, '\r', line.len) == NULL);
    CHECK(strstr((char *)line.data, "pc-\xe5\xb1\xb1?") != NULL);
    ym_alert_mail(&t, &batch, NOW, &out);
    CHECK(strstr((char *)out.data, "Bcc") == NULL && strstr((char *)out.data, "script") == NULL);
    CHECK(strstr((char *)out.data, "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n") != NULL);
    CHECK(strstr((char *)out.data, "\r\nTo: c@d,\r\n e@f\r\n") != NULL);
    for (size_t i = 0, at = 0; i < out.len; i++) { /* short lines of ASCII, each with CR LF */
        CHECK(out.data[i] < 0x80);
        if (out.data[i] == '\n') {
            CHECK(i > 0 && out.data[i - 1] == '\r' && i - at < 200);
            at = i + 1;
        }
    }
    ym_buf_clear(&out);
    ym_alert_syslog(&batch.alerts[0], NOW, &out);
    CHECK(strncmp((char *)out.data, "<26>1 2027-01-15T08:00:00Z - yamori ", 36) == 0);
    CHECK(strstr((char *)out.data, "family=\"Evil??Bcc: x@y\\\"\\]\\\\? <script>\"") != NULL);
    CHECK(memchr(out.data, '\n', out.len) == NULL);
    ym_buf_clear(&out);
    ym_alert_webhook_body(&batch, NOW, &out);
    CHECK(strstr((char *)out.data, "Evil\\u000d\\u000aBcc") != NULL);
    ym_buf_done(&out);
    ym_buf_done(&line);
}

static void a_state_of_version_1_gets_its_new_tables(void) {
    static const char old[] =
        "DROP TABLE alert_rule; DROP TABLE alert_target; DROP TABLE alert; DROP TABLE delivery;"
        "DROP TABLE session; ALTER TABLE machine DROP COLUMN label;"
        "ALTER TABLE machine DROP COLUMN tool; ALTER TABLE machine DROP COLUMN serial;"
        "ALTER TABLE token DROP COLUMN label; PRAGMA user_version=1;";
    struct machine m = machine_new(1);
    char path[200];
    sqlite3 *db = NULL;
    struct ym_buf out;

    begin();
    CHECK(machine_enrol(&m, state, 3, NOW));
    ym_fleet_state_close(state);
    (void)snprintf(path, sizeof(path), "%s/fleet.db", folder);
    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, old, NULL, NULL, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_close(db), SQLITE_OK);
    CHECK_EQ(ym_fleet_state_open(folder, &state, &err), YM_OK);
    CHECK_EQ(ym_fleet_machine_label(state, "test", m.id, "desk 4", NOW, &err), YM_OK);
    CHECK_EQ(ym_fleet_machine_label(state, "test", m.id, "a\nb", NOW, &err), YM_LIMIT);
    err = (struct ym_err){0};
    CHECK_EQ(ym_fleet_machine_ring(state, "test", m.id, 2, NOW, &err), YM_OK);
    ym_buf_init(&out, 4096);
    CHECK_EQ(ym_fleet_machines_list(state, NULL, 10, &out, &err), YM_OK);
    CHECK(strstr((char *)out.data, "\"ring\":2,") != NULL);
    CHECK(strstr((char *)out.data, "\"label\":\"desk 4\"") != NULL);
    ym_buf_done(&out);
    end();
}

MAIN(T(rules_choose_by_family_category_and_severity),
     T(without_a_rule_nothing_ties_a_machine_to_a_finding),
     T(the_same_only_counts_until_somebody_knows), T(what_grows_on_its_way_is_told_again),
     T(an_acknowledged_state_is_quiet_until_it_ends), T(a_storm_becomes_one_alert),
     T(an_outbreak_does_not_hold_up_intake), T(a_target_that_fails_is_asked_less_and_less),
     T(addresses_are_checked), T(secrets_lie_in_files_of_their_owner_only),
     T(old_alerts_are_forgotten), T(every_byte_of_a_body_is_signed), T(hostile_names_stay_text),
     T(a_state_of_version_1_gets_its_new_tables))
