/* test_state.c - keys, tokens, people, the audit trail, rollouts in the file. */
#include "fleet/state.h"

#include "base/alloc.h"
#include "machine.h"
#include "ym_test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t NOW = 1800000000;

static char folder[64];
static struct ym_fleet_state *state;
static struct ym_err err;

static void begin(void) {
    folder_new(folder);
    err = (struct ym_err){0};
    CHECK_EQ(ym_fleet_state_open(folder, &state, &err), YM_OK);
}

static void end(void) {
    ym_fleet_state_close(state);
    folder_remove(folder);
}

static char *path_of(const char *name) {
    static char path[200];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

/* --- keys --- */

static void keys_are_made_once_and_only_for_their_owner(void) {
    struct ym_fleet_key a;
    struct ym_fleet_key b;
    struct stat sb;

    begin();
    CHECK_EQ(ym_fleet_key_load(path_of("k"), false, &a, &err), YM_IO);
    err = (struct ym_err){0};
    CHECK_EQ(ym_fleet_key_load(path_of("k"), true, &a, &err), YM_OK);
    CHECK_EQ(ym_fleet_key_load(path_of("k"), true, &b, &err), YM_OK);
    CHECK(memcmp(&a, &b, sizeof(a)) == 0);
    CHECK(stat(path_of("k"), &sb) == 0 && (sb.st_mode & 0777) == 0600);
    CHECK_EQ(chmod(path_of("k"), 0640), 0);
    CHECK_EQ(ym_fleet_key_load(path_of("k"), true, &b, &err), YM_UNSUPPORTED);
    end();
}

static void damaged_keys_are_refused(void) {
    struct ym_fleet_key a;
    FILE *f;

    begin();
    CHECK_EQ(ym_fleet_key_load(path_of("k"), true, &a, &err), YM_OK);
    a.secret[40] ^= 1; /* the half that is the public key */
    f = fopen(path_of("k"), "we");
    CHECK(f != NULL);
    (void)fwrite(a.secret, 1, sizeof(a.secret), f);
    CHECK_EQ(fclose(f), 0);
    CHECK_EQ(ym_fleet_key_load(path_of("k"), true, &a, &err), YM_MALFORMED);
    CHECK_EQ(truncate(path_of("k"), 63), 0);
    CHECK_EQ(ym_fleet_key_load(path_of("k"), true, &a, &err), YM_MALFORMED);
    end();
}

static void only_whole_tokens_are_read(void) {
    char text[YM_FLEET_TOKEN_TEXT_SIZE];
    struct ym_fleet_token t;

    begin();
    CHECK_EQ(ym_fleet_token_new(state, "test", 1, 1, "", NOW, text, &err), YM_OK);
    CHECK(ym_fleet_token_read(text, &t));
    CHECK(memcmp(t.operator_key, ym_fleet_operator_public(state), sizeof(t.operator_key)) == 0);
    for (size_t n = strlen(text); n > 0; n--) {
        char was = text[n - 1];

        text[n - 1] = '!';
        CHECK(!ym_fleet_token_read(text, &t));
        text[n - 1] = was;
    }
    text[strlen(text) - 1] = '\0';
    CHECK(!ym_fleet_token_read(text, &t));
    end();
}

/* --- enrolment --- */

static enum ym_refusal enrol(const char *text, const struct machine *m, int64_t now,
                             uint8_t ret_id[YM_FLEET_ID_SIZE]) {
    struct ym_fleet_token token;
    struct ym_enrol e = {.time = now};
    struct ym_welcome w = {.ring = 0};
    enum ym_refusal refusal = YM_REFUSAL_COUNT;

    CHECK(ym_fleet_token_read(text, &token));
    memcpy(e.token, token.secret, sizeof(e.token));
    memcpy(e.public_key, m->key.public_key, sizeof(e.public_key));
    CHECK_EQ(ym_fleet_enrol(state, &e, now, &w, &refusal, &err), YM_OK);
    memcpy(ret_id, w.machine, YM_FLEET_ID_SIZE);
    return refusal;
}

static void a_token_serves_one_key_and_only_in_time(void) {
    char text[YM_FLEET_TOKEN_TEXT_SIZE];
    struct machine a = machine_new(1);
    struct machine b = machine_new(2);
    uint8_t id[YM_FLEET_ID_SIZE];
    uint8_t again[YM_FLEET_ID_SIZE];

    begin();
    CHECK_EQ(ym_fleet_token_new(state, "test", 2, 1, "", NOW, text, &err), YM_OK);
    CHECK_EQ(enrol(text, &a, NOW + 3601, id), YM_REFUSAL_TOKEN_EXPIRED);
    CHECK_EQ(enrol(text, &a, NOW + 3600, id), YM_REFUSAL_NONE);
    CHECK_EQ(enrol(text, &b, NOW, again), YM_REFUSAL_TOKEN_USED);
    CHECK_EQ(enrol(text, &a, NOW + 9999, again), YM_REFUSAL_NONE); /* the answer was lost */
    CHECK(memcmp(id, again, sizeof(id)) == 0);
    text[10] = text[10] == '0' ? '1' : '0';
    CHECK_EQ(enrol(text, &a, NOW, again), YM_REFUSAL_BAD_TOKEN);
    end();
}

static void no_secret_is_in_the_file(void) {
    char text[YM_FLEET_TOKEN_TEXT_SIZE];
    char secret[65];
    struct ym_fleet_token token;
    struct machine m = machine_new(1);
    static uint8_t file[1 << 20];
    size_t n = 0;

    begin();
    CHECK_EQ(ym_fleet_token_new(state, "test", 2, 1, "", NOW, text, &err), YM_OK);
    CHECK(ym_fleet_token_read(text, &token));
    CHECK_EQ(ym_fleet_person_add(state, "test", "bob", YM_ROLE_READER, secret, &err), YM_OK);
    CHECK(machine_enrol(&m, state, 1, NOW));
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(path_of(i == 0 ? "fleet.db" : "fleet.db-wal"), "re");

        CHECK(f != NULL);
        n += fread(file + n, 1, sizeof(file) - n, f);
        (void)fclose(f);
    }
    CHECK(memmem(file, n, m.key.public_key, 32) != NULL); /* the search finds what is there */
    CHECK(memmem(file, n, token.secret, 32) == NULL);
    CHECK(memmem(file, n, text + 9, 64) == NULL);
    CHECK(memmem(file, n, secret, 64) == NULL);
    CHECK(memmem(file, n, m.key.secret, 32) == NULL);
    end();
}

static void limits_of_tokens_are_told(void) {
    char text[YM_FLEET_TOKEN_TEXT_SIZE] = "untouched";

    begin();
    CHECK_EQ(ym_fleet_token_new(state, "t", 0, 1, "", NOW, text, &err), YM_LIMIT);
    CHECK_EQ(ym_fleet_token_new(state, "t", 9, 1, "", NOW, text, &err), YM_LIMIT);
    CHECK_EQ(ym_fleet_token_new(state, "t", 1, 0, "", NOW, text, &err), YM_LIMIT);
    CHECK_EQ(ym_fleet_token_new(state, "t", 1, UINT32_MAX, "", NOW, text, &err), YM_LIMIT);
    CHECK(strcmp(text, "untouched") == 0);
    end();
}

/* --- machines --- */

static void took(const struct machine *m, enum ym_channel channel, uint64_t sequence, int64_t time,
                 struct ym_health health) {
    struct ym_report r = {.channel = channel, .sequence = sequence, .time = time, .health = health};
    struct ym_taken t = {.report = &r};

    memcpy(r.machine, m->id, sizeof(r.machine));
    memset(t.hash, (int)sequence, sizeof(t.hash));
    CHECK_EQ(ym_fleet_machines_took(state, &t, 1, NOW, &err), YM_OK);
}

static void sequences_only_grow_and_each_channel_has_its_own(void) {
    struct machine m = machine_new(1);
    struct ym_machine back;
    bool known = false;

    begin();
    CHECK(machine_enrol(&m, state, 3, NOW));
    took(&m, YM_CHANNEL_NETWORK, 5, NOW, (struct ym_health){0});
    took(&m, YM_CHANNEL_NETWORK, 4, NOW, (struct ym_health){0});
    took(&m, YM_CHANNEL_FILE, 2, NOW, (struct ym_health){0});
    ym_fleet_state_close(state); /* it is on disk */
    CHECK_EQ(ym_fleet_state_open(folder, &state, &err), YM_OK);
    CHECK_EQ(ym_fleet_machine_get(state, m.id, &known, &back, &err), YM_OK);
    CHECK(known);
    CHECK_EQ(back.ring, 3);
    CHECK_EQ(back.sequence[YM_CHANNEL_NETWORK], 5);
    CHECK_EQ(back.last[YM_CHANNEL_NETWORK][0], 5);
    CHECK_EQ(back.sequence[YM_CHANNEL_FILE], 2);
    m.id[0] ^= 1;
    CHECK_EQ(ym_fleet_machine_get(state, m.id, &known, &back, &err), YM_OK);
    CHECK(!known);
    end();
}

/* --- people --- */

static void people_have_roles_and_the_trail_stays(void) {
    char secret[65];
    char second[65];
    struct ym_person p;
    struct ym_buf out;
    sqlite3 *db = NULL;

    begin();
    CHECK_EQ(ym_fleet_person_add(state, "root", "ann", YM_ROLE_OPERATOR, secret, &err), YM_OK);
    CHECK(ym_fleet_person_find(state, secret, &p));
    CHECK(strcmp(p.name, "ann") == 0 && p.role == YM_ROLE_OPERATOR);
    CHECK_EQ(ym_fleet_person_add(state, "root", "ann", YM_ROLE_READER, second, &err), YM_OK);
    CHECK(!ym_fleet_person_find(state, secret, &p)); /* a new secret ends the old one */
    CHECK(ym_fleet_person_find(state, second, &p) && p.role == YM_ROLE_READER);
    CHECK(!ym_fleet_person_find(state, "", &p));
    second[0] = second[0] == '0' ? '1' : '0';
    CHECK(!ym_fleet_person_find(state, second, &p));
    CHECK_EQ(ym_fleet_person_remove(state, "root", "ann", &err), YM_OK);
    CHECK_EQ(ym_fleet_person_remove(state, "root", "ann", &err), YM_LIMIT);
    CHECK_EQ(ym_fleet_person_add(state, "root", "a b", YM_ROLE_READER, second, &err), YM_LIMIT);

    ym_buf_init(&out, 1 << 16);
    CHECK_EQ(ym_fleet_audit(state, 10, &out, &err), YM_OK);
    CHECK(strstr((char *)out.data, "ann as operator") != NULL);
    CHECK(strstr((char *)out.data, "person-remove") != NULL);
    ym_buf_done(&out);
    CHECK_EQ(sqlite3_open(path_of("fleet.db"), &db), SQLITE_OK);
    CHECK(sqlite3_exec(db, "DELETE FROM audit", NULL, NULL, NULL) != SQLITE_OK);
    CHECK(sqlite3_exec(db, "UPDATE audit SET by='x'", NULL, NULL, NULL) != SQLITE_OK);
    (void)sqlite3_close(db);
    end();
}

/* --- rollouts --- */

static const struct ym_ring_rules rules = {
    .wait = 10, .machines = 2, .share = 500, .max_failed = 100, .max_rise = 50};

static const char *image_file(const char *text) {
    FILE *f = fopen(path_of("new-image"), "we");

    CHECK(f != NULL);
    (void)fputs(text, f);
    CHECK_EQ(fclose(f), 0);
    return path_of("new-image");
}

static struct ym_policy policy_of(uint32_t ring) {
    struct ym_policy p = {0};
    struct ym_buf out;

    ym_buf_init(&out, YM_POLICY_SIZE);
    CHECK_EQ(ym_fleet_policy_of(state, ring, NOW, &out, &err), YM_OK);
    CHECK_EQ(ym_policy_read(out.data, out.len, ym_fleet_operator_public(state), &p),
             YM_REFUSAL_NONE);
    ym_buf_done(&out);
    return p;
}

static bool tick(int64_t now) {
    bool changed = false;

    CHECK_EQ(ym_fleet_rollout_tick(state, now, &changed, &err), YM_OK);
    return changed;
}

static void an_image_goes_ring_by_ring(void) {
    struct machine m[2] = {machine_new(1), machine_new(2)};
    const struct ym_health good = {.epoch = 4, .state = YM_IMAGE_GOOD};
    uint64_t serial;

    begin();
    CHECK(machine_enrol(&m[0], state, 1, NOW) && machine_enrol(&m[1], state, 1, NOW));
    CHECK_EQ(policy_of(1).epoch, 0);
    serial = policy_of(1).serial;
    CHECK_EQ(
        ym_fleet_rollout_start(state, "test", image_file("image four"), 4, 2, &rules, NOW, &err),
        YM_OK);
    CHECK(policy_of(1).serial > serial);
    CHECK_EQ(policy_of(1).epoch, 4);
    CHECK_EQ(policy_of(1).size, 10);
    CHECK_EQ(policy_of(2).epoch, 0);
    CHECK(!tick(NOW + 11));
    took(&m[0], YM_CHANNEL_NETWORK, 1, NOW, good);
    took(&m[1], YM_CHANNEL_NETWORK, 1, NOW, good);
    CHECK(!tick(NOW + 9));
    CHECK(tick(NOW + 10));
    CHECK_EQ(policy_of(2).epoch, 4);
    CHECK_EQ(ym_fleet_rollout_start(state, "test", image_file("x"), 4, 2, &rules, NOW, &err),
             YM_LIMIT);
    end();
}

static void a_bad_image_stays_in_ring_1(void) {
    struct machine m = machine_new(1);
    struct ym_fleet_status status;

    begin();
    CHECK(machine_enrol(&m, state, 1, NOW));
    CHECK_EQ(ym_fleet_rollout_start(state, "test", image_file("bad"), 4, 2, &rules, NOW, &err),
             YM_OK);
    took(&m, YM_CHANNEL_NETWORK, 1, NOW, (struct ym_health){.epoch = 4, .state = YM_IMAGE_FAILED});
    CHECK(tick(NOW + 1));
    CHECK_EQ(ym_fleet_status_get(state, NOW, &status, &err), YM_OK);
    CHECK_EQ(status.rollout.state, YM_ROLLOUT_STOPPED);
    CHECK_EQ(status.rings[0].failed, 1);
    CHECK_EQ(policy_of(1).epoch, 0);
    CHECK_EQ(policy_of(2).epoch, 0);
    CHECK(!tick(NOW + 1000));
    CHECK_EQ(ym_fleet_rollout_stop(state, "ann", false, NOW, &err), YM_LIMIT);
    CHECK_EQ(ym_fleet_rollout_stop(state, "ann", true, NOW, &err), YM_OK);
    CHECK_EQ(policy_of(1).epoch, 4); /* an operator insists; the next look stops it again */
    CHECK(tick(NOW + 1001));
    CHECK_EQ(policy_of(1).epoch, 0);
    end();
}

static void the_image_before_is_kept_for_closed_rings(void) {
    struct machine m[2] = {machine_new(1), machine_new(2)};

    begin();
    CHECK(machine_enrol(&m[0], state, 1, NOW) && machine_enrol(&m[1], state, 1, NOW));
    CHECK_EQ(ym_fleet_rollout_start(state, "t", image_file("four"), 4, 1, &rules, NOW, &err),
             YM_OK);
    took(&m[0], YM_CHANNEL_NETWORK, 1, NOW, (struct ym_health){.epoch = 4, .state = YM_IMAGE_GOOD});
    took(&m[1], YM_CHANNEL_NETWORK, 1, NOW, (struct ym_health){.epoch = 4, .state = YM_IMAGE_GOOD});
    CHECK(tick(NOW + 10));
    CHECK_EQ(ym_fleet_rollout_start(state, "t", image_file("five"), 5, 2, &rules, NOW, &err),
             YM_OK);
    CHECK_EQ(policy_of(1).epoch, 5);
    CHECK_EQ(policy_of(2).epoch, 4);
    end();
}

static void health_of_an_older_report_changes_nothing(void) {
    struct machine m = machine_new(1);
    struct ym_fleet_status status;

    begin();
    CHECK(machine_enrol(&m, state, 1, NOW));
    CHECK_EQ(ym_fleet_rollout_start(state, "t", image_file("four"), 4, 1, &rules, NOW, &err),
             YM_OK);
    took(&m, YM_CHANNEL_NETWORK, 1, NOW,
         (struct ym_health){.epoch = 3, .state = YM_IMAGE_GOOD, .files = 50, .gaps = 5});
    took(&m, YM_CHANNEL_NETWORK, 2, NOW + 5,
         (struct ym_health){.epoch = 4, .state = YM_IMAGE_GOOD, .files = 70, .gaps = 7});
    took(&m, YM_CHANNEL_FILE, 1, NOW - 5,
         (struct ym_health){.epoch = 4, .state = YM_IMAGE_FAILED, .files = 1, .gaps = 1});
    CHECK_EQ(ym_fleet_status_get(state, NOW, &status, &err), YM_OK);
    CHECK_EQ(status.rings[0].good, 1);
    CHECK_EQ(status.rings[0].files, 70);
    CHECK_EQ(status.rings[0].gaps, 7);
    CHECK_EQ(status.rings[0].files0, 50);
    CHECK_EQ(status.rings[0].gaps0, 5);
    end();
}

static void intervals_have_limits(void) {
    const struct ym_intervals good = {5, 60, 0};
    const struct ym_intervals bad[] = {{0, 60, 0}, {5, 0, 0}, {86401, 60, 0}, {5, 60, UINT32_MAX}};

    begin();
    CHECK_EQ(ym_fleet_policy_set(state, "t", &good, NOW, &err), YM_OK);
    CHECK_EQ(policy_of(1).poll_every, 5);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_EQ(ym_fleet_policy_set(state, "t", &bad[i], NOW, &err), YM_LIMIT);
    }
    CHECK_EQ(policy_of(1).report_every, 60);
    end();
}

static void files_that_are_not_ours_are_refused(void) {
    struct ym_fleet_state *other = NULL;
    sqlite3 *db = NULL;

    begin();
    ym_fleet_state_close(state);
    CHECK_EQ(sqlite3_open(path_of("fleet.db"), &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, "PRAGMA user_version=3", NULL, NULL, NULL), SQLITE_OK);
    CHECK_EQ(ym_fleet_state_open(folder, &other, &err), YM_UNSUPPORTED);
    CHECK_EQ(sqlite3_exec(db, "PRAGMA application_id=7", NULL, NULL, NULL), SQLITE_OK);
    err = (struct ym_err){0};
    CHECK_EQ(ym_fleet_state_open(folder, &other, &err), YM_MALFORMED);
    (void)sqlite3_close(db);
    state = NULL;
    end();
}

static void without_memory_nothing_is_half_done(void) {
#ifdef YM_TESTING
    struct machine m = machine_new(1);
    unsigned faults = 1;

    begin();
    for (unsigned nth = 1; faults > 0; nth++) {
        struct ym_fleet_state *second = NULL;
        struct ym_buf out;
        struct ym_err e = {0};
        ym_status st;

        ym_buf_init(&out, YM_POLICY_SIZE);
        (void)ym_fault_malloc(nth, 1);
        st = ym_fleet_state_open(folder, &second, &e);
        st = st == YM_OK ? ym_fleet_policy_of(second, 1, NOW, &out, &e) : st;
        faults = ym_fault_malloc(0, 0);
        CHECK((st == YM_OK) == (faults == 0));
        ym_fleet_state_close(second);
        ym_buf_done(&out);
        CHECK(nth < 100);
    }
    CHECK(machine_enrol(&m, state, 1, NOW));
    end();
#endif
}

MAIN(T(keys_are_made_once_and_only_for_their_owner), T(damaged_keys_are_refused),
     T(only_whole_tokens_are_read), T(a_token_serves_one_key_and_only_in_time),
     T(no_secret_is_in_the_file), T(limits_of_tokens_are_told),
     T(sequences_only_grow_and_each_channel_has_its_own), T(people_have_roles_and_the_trail_stays),
     T(an_image_goes_ring_by_ring), T(a_bad_image_stays_in_ring_1),
     T(the_image_before_is_kept_for_closed_rings), T(health_of_an_older_report_changes_nothing),
     T(intervals_have_limits), T(files_that_are_not_ours_are_refused),
     T(without_memory_nothing_is_half_done))
