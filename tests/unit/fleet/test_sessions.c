/* test_sessions.c - people who are signed in; what a browser sends. */
#include "fleet/sessions.h"

#include "machine.h"
#include "ym_test.h"

#include <arpa/inet.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static const int64_t NOW = 1800000000;

static char folder[64];
static struct ym_fleet_state *state;
static struct ym_err err;
static char secret[65];
static char cookie[YM_SESSION_TEXT];
static struct ym_session session;

static void begin(void) {
    bool known = false;

    folder_new(folder);
    err = (struct ym_err){0};
    CHECK_EQ(ym_fleet_state_open(folder, &state, &err), YM_OK);
    CHECK_EQ(ym_fleet_person_add(state, "test", "ann", YM_ROLE_OPERATOR, secret, &err), YM_OK);
    CHECK_EQ(ym_session_begin(state, secret, "", NOW, &known, cookie, &session, &err), YM_OK);
    CHECK(known);
}

static void end(void) {
    ym_fleet_state_close(state);
    folder_remove(folder);
}

static bool at(int64_t now) {
    struct ym_session s;

    return ym_session_find(state, cookie, true, now, &s) && strcmp(s.person.name, "ann") == 0 &&
           s.person.role == YM_ROLE_OPERATOR && strcmp(s.csrf, session.csrf) == 0;
}

static void sql(const char *text) {
    char path[100];
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof(path), "%s/fleet.db", folder);
    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
}

static void a_session_ends_after_silence_and_after_its_longest_time(void) {
    struct ym_session looked;

    begin();
    CHECK(ym_session_find(state, cookie, false, NOW + YM_SESSION_IDLE - 1, &looked));
    CHECK(!at(NOW + YM_SESSION_IDLE));    /* looking is no use */
    CHECK(at(NOW + YM_SESSION_IDLE - 1)); /* a use */
    CHECK(at(NOW + 2 * (int64_t)YM_SESSION_IDLE - 2));
    CHECK(!at(NOW + 4 * (int64_t)YM_SESSION_IDLE));
    for (int64_t t = NOW + 2 * (int64_t)YM_SESSION_IDLE - 2; t < NOW + YM_SESSION_LONGEST;
         t += 1000) {
        CHECK(at(t));
    }
    CHECK(!at(NOW + YM_SESSION_LONGEST)); /* it was in use all the time */
    CHECK_EQ(ym_sessions_forget(state, NOW + YM_SESSION_LONGEST, &err), YM_OK);
    CHECK(!at(NOW));
    end();
}

static void it_ends_with_its_person_and_his_secret(void) {
    char other[65];
    bool known = false;

    begin();
    CHECK_EQ(ym_session_end(state, cookie, "ann", NOW, &err), YM_OK);
    CHECK(!at(NOW));
    CHECK_EQ(ym_session_begin(state, secret, "", NOW, &known, cookie, &session, &err), YM_OK);
    CHECK(at(NOW));
    CHECK_EQ(ym_fleet_person_add(state, "test", "ann", YM_ROLE_OPERATOR, other, &err), YM_OK);
    CHECK(!at(NOW));
    CHECK_EQ(ym_session_begin(state, secret, "", NOW, &known, cookie, &session, &err), YM_OK);
    CHECK(!known);
    CHECK_EQ(ym_session_begin(state, other, "", NOW, &known, cookie, &session, &err), YM_OK);
    CHECK(known && at(NOW));
    CHECK_EQ(ym_fleet_person_remove(state, "test", "ann", &err), YM_OK);
    CHECK(!at(NOW));
    end();
}

static void the_role_is_what_it_is_now(void) {
    struct ym_session s;

    begin();
    CHECK(ym_session_find(state, cookie, true, NOW, &s));
    CHECK_EQ(s.person.role, YM_ROLE_OPERATOR);
    sql("UPDATE person SET role=1");
    CHECK(ym_session_find(state, cookie, true, NOW, &s));
    CHECK_EQ(s.person.role, YM_ROLE_READER);
    end();
}

static void the_session_before_ends_and_a_person_has_not_too_many(void) {
    char first[YM_SESSION_TEXT];
    char made[YM_SESSION_TEXT];
    struct ym_session s;
    bool known = false;

    begin();
    memcpy(first, cookie, sizeof(first));
    CHECK_EQ(ym_session_begin(state, secret, first, NOW, &known, cookie, &session, &err), YM_OK);
    CHECK(strcmp(first, cookie) != 0);
    CHECK(!ym_session_find(state, first, true, NOW, &s));
    for (int i = 0; i < YM_SESSIONS_OF_ONE - 1; i++) {
        CHECK_EQ(ym_session_begin(state, secret, "", NOW + 1 + i, &known, made, &s, &err), YM_OK);
    }
    CHECK(at(NOW + 30));
    CHECK_EQ(ym_session_begin(state, secret, "", NOW + 30, &known, made, &s, &err), YM_OK);
    CHECK(ym_session_find(state, made, true, NOW + 30, &s));
    CHECK(!at(NOW + 30)); /* the oldest */
    end();
}

static void neither_session_nor_token_is_in_the_file(void) {
    static uint8_t file[1 << 20];
    char path[100];
    size_t n;
    FILE *f;

    begin();
    CHECK(ym_session_csrf_fits(&session, session.csrf));
    CHECK(!ym_session_csrf_fits(&session, NULL));
    CHECK(!ym_session_csrf_fits(&session, ""));
    CHECK(!ym_session_csrf_fits(&session, cookie));
    (void)snprintf(path, sizeof(path), "%s/fleet.db-wal", folder);
    f = fopen(path, "re");
    CHECK(f != NULL);
    n = fread(file, 1, sizeof(file), f);
    (void)fclose(f);
    CHECK(n > 1000);
    for (int i = 0; i < 2; i++) {
        const char *text = i == 0 ? cookie : session.csrf;
        uint8_t bytes[32];

        for (int k = 0; k < 32; k++) {
            unsigned v = 0;

            CHECK_EQ(sscanf(text + 2 * (size_t)k, "%2x", &v), 1); /* NOLINT(cert-err34-c) */
            bytes[k] = (uint8_t)v;
        }
        CHECK(memmem(file, n, text, 64) == NULL && memmem(file, n, bytes, 32) == NULL);
    }
    end();
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void cookies_are_read_strictly(void) {
    static const struct {
        const char *header;
        bool good;
    } rows[] = {{"s=" HEX, true},
                {"a=1; s=" HEX, true},
                {"a=1;\ts=" HEX "; b=\"x\"", true},
                {"s=" HEX "; s=" HEX, false},
                {"xs=" HEX, false},
                {"S=" HEX, false},
                {"s =" HEX, false},
                {"s=" HEX "0", false},
                {"s=" HEX " ", false},
                {"s=\"" HEX "\"", false},
                {"s=0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", false},
                {"s=", false},
                {"s", false},
                {"", false},
                {";;;", false}};
    char value[YM_SESSION_TEXT];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(value, 0, sizeof(value));
        CHECK(ym_cookie_find(rows[i].header, "s", value) == rows[i].good);
        CHECK(!rows[i].good || strcmp(value, HEX) == 0);
    }
}

static void a_request_comes_from_our_page_or_not(void) {
    static const struct {
        const char *origin, *host, *site;
        bool good;
    } rows[] = {{"https://a:1", "a:1", NULL, true},
                {"https://a:1", "A:1", "same-origin", true},
                {NULL, "a:1", "same-origin", true},
                {NULL, "a:1", NULL, false},
                {"https://a:1", NULL, NULL, false},
                {"https://a:1", "", NULL, false},
                {"http://a:1", "a:1", NULL, false},
                {"https://a:2", "a:1", NULL, false},
                {"https://a:1.evil", "a:1", NULL, false},
                {"https://evil", "a:1", "same-origin", false},
                {"null", "a:1", NULL, false},
                {"https://a:1", "a:1", "same-site", false},
                {"https://a:1", "a:1", "cross-site", false},
                {"https://a:1", "a:1", "none", false},
                {"https://a:1", "a:1", "", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK(ym_web_same_origin("https", rows[i].origin, rows[i].host, rows[i].site) ==
              rows[i].good);
    }
    CHECK(ym_web_not_cross_site(NULL) && ym_web_not_cross_site("same-origin") &&
          ym_web_not_cross_site("none"));
    CHECK(!ym_web_not_cross_site("cross-site") && !ym_web_not_cross_site("same-site") &&
          !ym_web_not_cross_site(""));
}

static bool reads(const char *body) {
    char label[8] = "";
    struct ym_form_field f[] = {{.name = "ring", .number = 7},
                                {.name = "label", .text = label, .size = sizeof(label)}};

    return ym_form_read(body, strlen(body), f, 2) &&
           (f[0].given ? f[0].number == 3 : f[0].number == 7) &&
           (!f[1].given || strcmp(label, "a\xc3\xa9") == 0);
}

static void forms_are_read_strictly(void) {
    static const char *const good[] = {"{}", "{\"ring\":3}",
                                       " {\"label\":\"a\xc3\xa9\",\"ring\":3}\n"};
    static const char *const bad[] = {"",
                                      "[]",
                                      "3",
                                      "null",
                                      "{\"ring\":\"3\"}",
                                      "{\"ring\":3.0}",
                                      "{\"ring\":-3}",
                                      "{\"ring\":99999999999999999999}",
                                      "{\"ring\":3,\"ring\":3}",
                                      "{\"ring\":3,\"x\":1}",
                                      "{\"label\":3}",
                                      "{\"label\":null}",
                                      "{\"label\":\"12345678\"}",
                                      "{\"label\":\"a\\u0000\"}",
                                      "{\"label\":\"a\\n\"}",
                                      "{\"label\":\"\xff\"}",
                                      "{\"ring\":3}x",
                                      "{\"ring\":3"};
    char large[YM_FORM_BODY_MAX + 2];

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        CHECK(reads(good[i]));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(!reads(bad[i]));
    }
    memset(large, ' ', sizeof(large));
    memcpy(large, "{}", 2);
    CHECK(ym_form_read(large, YM_FORM_BODY_MAX, NULL, 0));
    CHECK(!ym_form_read(large, YM_FORM_BODY_MAX + 1, NULL, 0));
}

static struct sockaddr_storage address(const char *text) {
    struct sockaddr_storage a = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&a;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&a;

    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
    } else {
        CHECK_EQ(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
        v6->sin6_family = AF_INET6;
    }
    return a;
}

static void who_fails_often_waits_and_others_do_not(void) {
    static struct ym_throttle t;
    struct sockaddr_storage a = address("192.0.2.1");
    struct sockaddr_storage b = address("192.0.2.2");
    struct sockaddr_storage c = address("2001:db8::1");
    struct sockaddr_storage d = address("2001:db8::ffff:1:2"); /* its neighbour in the /64 */
    struct sockaddr_storage e = address("::ffff:192.0.2.1");   /* a, in another form */

#define MAY(x, now) ym_throttle_may(&t, (struct sockaddr *)&(x), (now))
#define FAILED(x, now) ym_throttle_failed(&t, (struct sockaddr *)&(x), (now))
    for (int i = 0; i < YM_THROTTLE_TRIES; i++) {
        CHECK(MAY(a, NOW) && MAY(c, NOW));
        FAILED(a, NOW);
        FAILED(c, NOW);
    }
    CHECK(!MAY(a, NOW) && !MAY(e, NOW) && MAY(b, NOW));
    CHECK(!MAY(c, NOW) && !MAY(d, NOW));
    CHECK(!MAY(a, NOW + YM_THROTTLE_SECONDS - 1));
    CHECK(MAY(a, NOW + YM_THROTTLE_SECONDS));
    FAILED(a, NOW + YM_THROTTLE_SECONDS);
    CHECK(MAY(a, NOW + YM_THROTTLE_SECONDS));
    for (int i = 0; i < 2 * YM_THROTTLE_ADDRESSES; i++) { /* a crowd: bounded memory */
        char text[40];
        struct sockaddr_storage x;

        (void)snprintf(text, sizeof(text), "10.0.%d.%d", i / 256, i % 256);
        x = address(text);
        FAILED(x, NOW + i);
    }
    CHECK(MAY(b, NOW));
}

MAIN(T(a_session_ends_after_silence_and_after_its_longest_time),
     T(it_ends_with_its_person_and_his_secret), T(the_role_is_what_it_is_now),
     T(the_session_before_ends_and_a_person_has_not_too_many),
     T(neither_session_nor_token_is_in_the_file), T(cookies_are_read_strictly),
     T(a_request_comes_from_our_page_or_not), T(forms_are_read_strictly),
     T(who_fails_often_waits_and_others_do_not))
