/* test_clickhouse.c - addresses of stores in ClickHouse, and records as rows of RowBinary.  What real servers do is in
 * tests/e2e/clickhouse. */
#include "clickhouse/client.h"
#include "clickhouse/rows.h"
#include "clickhouse/url.h"

#include "base/alloc.h"
#include "records/store.h"
#include "sample.h"
#include "ym_test.h"

#include <stdlib.h>
#include <unistd.h>

/* --- addresses --- */

static struct ym_click_url parsed(const char *text) {
    struct ym_click_url u = {0};
    struct ym_err err = {0};

    if (ym_click_url_parse(text, &u, &err) != YM_OK) {
        FAIL("%s: %s", text, err.text);
    }
    return u;
}

static void an_address_has_its_parts(void) {
    struct ym_click_url u =
        parsed("clickhouse://fl%65et:p%40%3a%2F@h1,h-2.example:81,[::1]:9/d_1?retry=5&cluster=c2");

    CHECK(!u.tls);
    CHECK_EQ(u.n_shards, 3);
    CHECK(strcmp(u.shard[0].name, "h1") == 0);
    CHECK_EQ(u.shard[0].port, 8123);
    CHECK(strcmp(u.shard[1].name, "h-2.example") == 0);
    CHECK_EQ(u.shard[1].port, 81);
    CHECK(strcmp(u.shard[2].name, "[::1]") == 0);
    CHECK_EQ(u.shard[2].port, 9);
    CHECK(strcmp(u.database, "d_1") == 0);
    CHECK(strcmp(u.cluster, "c2") == 0);
    CHECK(strcmp(u.user, "fleet") == 0);
    CHECK(strcmp(u.password, "p@:/") == 0);
    CHECK_EQ(u.retry, 5);
    CHECK(strcmp(u.shown, "clickhouse://h1:8123,h-2.example:81,[::1]:9/d_1") == 0);

    u = parsed("clickhouses://[2001:db8::2]/x?ca=/etc/a%20b.pem");
    CHECK(u.tls);
    CHECK_EQ(u.shard[0].port, 8443);
    CHECK(strcmp(u.ca, "/etc/a b.pem") == 0);
    CHECK_EQ(u.retry, YM_CLICK_RETRY);
    CHECK(u.user[0] == '\0' && u.password[0] == '\0');
}

static void bad_addresses_are_refused_in_words(void) {
    static const char *const bad[] = {
        "clickhouse:/h/d",
        "http://h/d",
        "clickhouse://",
        "clickhouse:///d",
        "clickhouse://h",
        "clickhouse://h/",
        "clickhouse://h/1d",
        "clickhouse://h/a.b",
        "clickhouse://h/a/b",
        "clickhouse://h:/d",
        "clickhouse://h:0/d",
        "clickhouse://h:65536/d",
        "clickhouse://h:x/d",
        "clickhouse://,h/d",
        "clickhouse://h,/d",
        "clickhouse://h,h:8123/d",
        "clickhouse://[::1/d",
        "clickhouse://[]/d",
        "clickhouse://[::1]x/d",
        "clickhouse://a b/d",
        "clickhouse://h'x/d",
        "clickhouse://@h/d",
        "clickhouse://:p@h/d",
        "clickhouse://u%0d%0a@h/d",
        "clickhouse://u:%00@h/d",
        "clickhouse://u:%4@h/d",
        "clickhouse://h/d?",
        "clickhouse://h/d?retry",
        "clickhouse://h/d?retry=-1",
        "clickhouse://h/d?ca=x",
        "clickhouse://h/d?cluster=",
        "clickhouse://h/d?cluster=a'b",
        "clickhouse://h/d?password=x",
        "clickhouse://u\nv@h/d",
        "clickhouse://h/d?password-file=/nowhere/at/all",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ym_click_url u = {.retry = 77};
        struct ym_err err = {0};

        if (ym_click_url_parse(bad[i], &u, &err) == YM_OK) {
            FAIL("%s was taken", bad[i]);
        }
        CHECK(err.text[0] != '\0');
        CHECK_EQ(u.retry, 77);
    }
}

static void too_much_is_refused(void) {
    char text[YM_CLICK_SHARDS_MAX * 16 + 1024];
    struct ym_click_url u;
    struct ym_err err = {0};
    int n = snprintf(text, sizeof(text), "clickhouse://");

    for (int i = 0; i < YM_CLICK_SHARDS_MAX; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%sh%d", i == 0 ? "" : ",", i);
    }
    (void)snprintf(text + n, sizeof(text) - (size_t)n, "/d");
    CHECK_EQ(parsed(text).n_shards, YM_CLICK_SHARDS_MAX);
    (void)snprintf(text + n, sizeof(text) - (size_t)n, ",more/d");
    CHECK_EQ(ym_click_url_parse(text, &u, &err), YM_LIMIT);

    n = snprintf(text, sizeof(text), "clickhouse://u:");
    for (int i = 0; i <= YM_CLICK_SECRET_MAX; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "p");
    }
    (void)snprintf(text + n, sizeof(text) - (size_t)n, "@h/d");
    err = (struct ym_err){0};
    CHECK_EQ(ym_click_url_parse(text, &u, &err), YM_MALFORMED);
}

static void a_password_comes_from_url_file_or_environment(void) {
    char folder[SAMPLE_FOLDER_SIZE];
    char file[SAMPLE_FOLDER_SIZE + 16];
    char text[SAMPLE_FOLDER_SIZE + 128];
    FILE *f;

    sample_folder(folder);
    (void)snprintf(file, sizeof(file), "%s/p", folder);
    f = fopen(file, "we");
    CHECK(f != NULL && fputs("of the file\r\nmore\n", f) >= 0 && fclose(f) == 0);
    (void)setenv("YAMORI_CLICKHOUSE_PASSWORD", "of the environment", 1); /* NOLINT */
    CHECK(strcmp(parsed("clickhouse://u@h/d").password, "of the environment") == 0);
    (void)snprintf(text, sizeof(text), "clickhouse://u@h/d?password-file=%s", file);
    CHECK(strcmp(parsed(text).password, "of the file") == 0);
    (void)snprintf(text, sizeof(text), "clickhouse://u:of%%20the%%20URL@h/d?password-file=%s",
                   file);
    CHECK(strcmp(parsed(text).password, "of the URL") == 0);
    (void)unsetenv("YAMORI_CLICKHOUSE_PASSWORD"); /* NOLINT */
    sample_folder_remove(folder);
}

static void a_name_with_a_password_is_known(void) {
    CHECK(ym_store_name_has_password("clickhouse://u:p@h/d"));
    CHECK(ym_store_name_has_password("clickhouses://u:@h/d"));
    CHECK(!ym_store_name_has_password("clickhouse://u@h:1/d"));
    CHECK(!ym_store_name_has_password("clickhouse://h:1,g:2/d?password-file=a:b@c"));
    CHECK(!ym_store_name_has_password("a:b@c.db"));
}

static void texts_are_literals(void) {
    static const char hostile[] = "a'b\\c\n\0d\x7f\xe5";
    struct ym_buf b;

    ym_buf_init(&b, 1000);
    ym_click_add_text(&b, hostile, sizeof(hostile) - 1);
    CHECK(strcmp((const char *)b.data, "'a\\x27b\\x5cc\\x0a\\x00d\\x7f\xe5'") == 0);
    ym_buf_done(&b);
}

/* --- rows --- */

static void encode_json(const struct ym_record *r, struct ym_buf *out) {
    ym_buf_clear(out);
    ym_record_encode(r, out);
    CHECK_EQ(ym_buf_status(out), YM_OK);
}

static void check_row(const struct ym_record *r) {
    struct ym_arena *arena = ym_arena_new(64 << 20);
    struct ym_record back = {0};
    struct ym_reader reader;
    struct ym_buf row;
    struct ym_buf a;
    struct ym_buf b;

    ym_buf_init(&row, 1 << 20);
    ym_buf_init(&a, 1 << 20);
    ym_buf_init(&b, 1 << 20);
    ym_click_row_encode(r, 7, &row);
    CHECK_EQ(ym_buf_status(&row), YM_OK);
    for (size_t n = 0; n < row.len; n++) { /* every prefix is not whole */
        ym_reader_init(&reader, row.data, n);
        ym_arena_reset(arena);
        CHECK_EQ(ym_click_row_decode(&reader, arena, &back), YM_TRUNCATED);
    }
    ym_reader_init(&reader, row.data, row.len);
    ym_arena_reset(arena);
    CHECK_EQ(ym_click_row_decode(&reader, arena, &back), YM_OK);
    CHECK_EQ(ym_reader_left(&reader), 0);
    encode_json(r, &a);
    encode_json(&back, &b);
    CHECK_EQ(a.len, b.len);
    CHECK(memcmp(a.data, b.data, a.len) == 0);
    ym_buf_done(&row);
    ym_buf_done(&a);
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static void a_row_is_its_record(void) {
    struct ym_record r = sample_record();

    check_row(&r);
    memset(r.machine, 0, sizeof(r.machine));
    check_row(&r);
    r = sample_guard();
    check_row(&r);
    r = sample_audit();
    check_row(&r);
    r = sample_observe();
    check_row(&r);
}

static void a_forged_row_is_refused(void) {
    struct ym_arena *arena = ym_arena_new(64 << 20);
    struct ym_record r = sample_record();
    struct ym_record back;
    struct ym_reader reader;
    struct ym_buf row;

    ym_buf_init(&row, 1 << 20);
    ym_click_row_encode(&r, 7, &row);
    for (size_t i = 0; i < row.len; i++) { /* whatever a byte is, nothing is read outside */
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            row.data[i] ^= (uint8_t)bit;
            ym_reader_init(&reader, row.data, row.len);
            ym_arena_reset(arena);
            (void)!ym_click_row_decode(&reader, arena, &back);
            row.data[i] ^= (uint8_t)bit;
        }
    }
    for (size_t at = 0; at + 10 < row.len; at++) { /* a length past 64 bits, at any place */
        uint8_t kept[10];

        memcpy(kept, row.data + at, sizeof(kept));
        memset(row.data + at, 0xff, sizeof(kept));
        ym_reader_init(&reader, row.data, row.len);
        ym_arena_reset(arena);
        (void)!ym_click_row_decode(&reader, arena, &back);
        memcpy(row.data + at, kept, sizeof(kept));
    }
    ym_buf_done(&row);
    ym_arena_free(arena);
}

static void lengths_are_leb128(void) {
    static const uint64_t lengths[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX};
    struct ym_reader r;
    struct ym_buf b;

    ym_buf_init(&b, 100);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        ym_click_put_length(&b, lengths[i]);
    }
    ym_reader_init(&r, b.data, b.len);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        CHECK_EQ(ym_click_get_length(&r), lengths[i]);
    }
    CHECK_EQ(ym_reader_left(&r), 0);
    ym_reader_init(&r, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
    (void)ym_click_get_length(&r);
    CHECK_EQ(ym_reader_status(&r), YM_MALFORMED);
    ym_buf_done(&b);
}

static void months_far_away_share_a_part(void) {
    CHECK_EQ((uint32_t)ym_click_part(2011 * 12 + 3), 2011 * 12 + 3);
    CHECK_EQ((uint32_t)ym_click_part(2000 * 12), 2000 * 12);
    CHECK_EQ((uint32_t)ym_click_part(2099 * 12 + 11), 2099 * 12 + 11);
    CHECK_EQ((uint32_t)ym_click_part(1999 * 12 + 11), 0);
    CHECK_EQ((uint32_t)ym_click_part(2100 * 12), 0);
    CHECK_EQ((uint32_t)ym_click_part(9999 * 12), 0);
}

static void a_row_without_memory_is_refused(void) {
    struct ym_record r = sample_record();
    struct ym_arena *small = ym_arena_new(64);
    struct ym_record back;
    struct ym_reader reader;
    struct ym_buf row;

    ym_buf_init(&row, 1 << 20);
    ym_click_row_encode(&r, 7, &row);
    ym_reader_init(&reader, row.data, row.len);
    CHECK_EQ(ym_click_row_decode(&reader, small, &back), YM_LIMIT);
    ym_buf_done(&row);
    ym_arena_free(small);
}

static void a_store_that_lacks_memory_says_so(void) {
    struct ym_store *s = NULL;
    struct ym_err err = {0};
    unsigned failed = 0;

    for (unsigned nth = 1; nth < 50; nth++) { /* nobody listens on port 1: it never succeeds */
        err = (struct ym_err){0};
        (void)ym_fault_malloc(nth, 0);
        CHECK(ym_store_open("clickhouse://127.0.0.1:1,127.0.0.2:1/d", YM_STORE_CREATE, &s, &err) !=
              YM_OK);
        failed += ym_fault_malloc(0, 0) > 0;
        CHECK(err.text[0] != '\0');
    }
    CHECK(failed > 3);
}

MAIN(T(an_address_has_its_parts), T(bad_addresses_are_refused_in_words), T(too_much_is_refused),
     T(a_password_comes_from_url_file_or_environment), T(a_name_with_a_password_is_known),
     T(texts_are_literals), T(a_row_is_its_record), T(a_forged_row_is_refused),
     T(lengths_are_leb128), T(months_far_away_share_a_part), T(a_row_without_memory_is_refused),
     T(a_store_that_lacks_memory_says_so))
