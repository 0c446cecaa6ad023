/* Registry hives, read by us and by hivex, whole, cut and forged. */
#include "formats/regf.h"

#include "../../makers/make_hive.h"
#include "../../makers/make_hive_log.h"
#include "../../makers/make_regf.h"
#include "base/alloc.h"
#include "os/file.h"
#include "regf_compare.h"
#include "regf_walk.h"
#include "ym_test.h"

#include <fcntl.h>
#include <unistd.h>

enum { ROOM = 1 << 20, ARENA = 4 << 20, CELLS = 4096 };

static struct ym_buf b;
static struct ym_arena *arena;
static char path[64];

static void start(void) {
    ym_buf_init(&b, ROOM);
    arena = ym_arena_new(ARENA);
    make_regf(&b);
}

static void end(void) {
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static struct ym_regf opened(void) {
    struct ym_regf hive = {.root = 0};
    struct ym_reader r;

    ym_reader_init(&r, b.data, b.len);
    CHECK_EQ(ym_regf_open(r, &hive, NULL), YM_OK);
    return hive;
}

static void new_path(void) {
    int fd;

    (void)snprintf(path, sizeof(path), "/tmp/ym-regf-XXXXXX");
    fd = mkstemp(path);
    CHECK(fd >= 0);
    (void)close(fd);
}

static struct regf_counts same_as_hivex(void) {
    struct regf_counts c = {0};
    const char *bad = compare_hive(b.data, b.len, path, &c);

    (void)unlink(path);
    if (bad != NULL) {
        FAIL("%s", bad);
    }
    return c;
}

/* A hive that hivex has written. */
static void hives_of_hivex_are_read_as_hivex_does(void) {
    struct regf_counts c;
    uint8_t bytes[16000];
    char name[64];
    hive_h *h;
    int fd;

    ym_buf_init(&b, 64 << 20);
    new_path();
    CHECK_EQ(make_hive_start(path), 0);
    h = make_hive_open(path);
    for (unsigned i = 0; i < 1200; i++) { /* more than one list holds */
        (void)snprintf(name, sizeof(name), "Services\\s%04u", i);
        make_dword(h, name, "Start", i);
    }
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (unsigned i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof(name), "v%u", i);
        make_bytes(h, "Sizes", name, i, bytes, i < 8 ? i : i * 397);
    }
    make_text(h, "", "", "of the root");
    make_text(h, "a\\b\\c\\d\\e\\f\\g", "x", "deep");
    make_text(h, "caf\xc3\xa9\\\xe2\x82\xac", "\xc3\xa9t\xc3\xa9", "Latin-1");
    make_text(h, "caf\xc3\xa9\\\xe2\x82\xac", "\xe2\x82\xac", "UTF-16");
    make_hive_close(h);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK_EQ(ym_file_read_all(fd, path, &b, NULL), YM_OK);
    (void)close(fd);
    c = same_as_hivex();
    CHECK_EQ(c.keys, 1 + 1 + 1200 + 1 + 7 + 2);
    CHECK_EQ(c.values, 1200 + 40 + 1 + 1 + 2);
    CHECK_EQ(c.descriptors, c.keys);
    ym_buf_done(&b);
}

static void what_hivex_cannot_write_is_read_as_it_reads_it(void) {
    struct regf_counts c;
    FILE *f;

    start();
    new_path();
    f = fopen(path, "wb");
    CHECK(f != NULL && fwrite(b.data, 1, b.len, f) == b.len && fclose(f) == 0);
    c = same_as_hivex();
    CHECK_EQ(c.keys, 8);
    CHECK_EQ(c.values, 8);
    CHECK_EQ(c.bytes, 12 + 1 + 4 + 5 + 2 + 4 + MAKE_REGF_LARGE);
    CHECK_EQ(c.classes, 2);
    CHECK_EQ(c.descriptors, 7);
    end();
}

static struct ym_regf_key key_at(const struct ym_regf *hive, const char *where) {
    struct ym_regf_key key = {.at = 0};
    struct ym_err err = {0};

    if (ym_regf_find(hive, where, arena, &key, &err) != YM_OK) {
        FAIL("%s: %s", where, err.text);
    }
    return key;
}

static void keys_and_values_are_found_without_regard_to_case(void) {
    struct ym_regf hive;
    struct ym_regf_value v;
    struct ym_regf_key key;
    struct ym_str text;

    start();
    hive = opened();
    CHECK(!hive.dirty && hive.minor == 5);
    key = key_at(&hive, "");
    CHECK_EQ(key.n_subkeys, 5);
    key = key_at(&hive, "CLASS\\deep\\DEEPER");
    CHECK(key.name.n == 6 && memcmp(key.name.s, "Deeper", 6) == 0);
    CHECK_EQ(key.written, UINT64_C(0x01ca0000d53e8000) + key.at);
    CHECK_EQ(ym_regf_find(&hive, "Class\\Dee", arena, &key, NULL), YM_END);
    CHECK_EQ(ym_regf_find(&hive, "Class\\", arena, &key, NULL), YM_END);
    key = key_at(&hive, "class");
    CHECK_EQ(ym_regf_class_name(&hive, &key, arena, &text, NULL), YM_OK);
    CHECK(text.n == 8 && memcmp(text.s, "fc5b3d9a", 8) == 0);
    CHECK_EQ(ym_regf_value(&hive, &key, "FOUR", arena, &v, NULL), YM_OK);
    CHECK(v.n == 4 && v.type == 4 && memcmp(v.data, "\4\3\2\1", 4) == 0);
    CHECK_EQ(ym_regf_value(&hive, &key, "", arena, &v, NULL), YM_OK);
    CHECK(v.n == 12 && v.type == 1 && v.data[0] == 'f');
    CHECK_EQ(ym_regf_value(&hive, &key, "\xe2\x82\xac", arena, &v, NULL), YM_OK);
    CHECK(v.n == 4 && v.data[0] == 7);
    CHECK_EQ(ym_regf_value(&hive, &key, "large", arena, &v, NULL), YM_OK);
    CHECK_EQ(v.n, MAKE_REGF_LARGE);
    for (size_t i = 0; i < v.n; i++) {
        CHECK_EQ(v.data[i], i % 251);
    }
    CHECK_EQ(ym_regf_value(&hive, &key, "no", arena, &v, NULL), YM_END);
    key = key_at(&hive, "delta"); /* a class name of no bytes */
    CHECK_EQ(ym_regf_class_name(&hive, &key, arena, &text, NULL), YM_END);
    end();
}

static void permissions_have_owner_group_and_entries(void) {
    struct ym_reader descriptor;
    struct ym_security s;
    struct ym_regf hive;
    struct ym_regf_key key;

    start();
    hive = opened();
    key = key_at(&hive, "Alpha");
    CHECK_EQ(ym_regf_security(&hive, &key, &descriptor, NULL), YM_OK);
    CHECK_EQ(descriptor.len, 108);
    CHECK_EQ(ym_security_parse(descriptor, arena, &s, NULL), YM_OK);
    CHECK(strcmp(s.owner, "S-1-5-32-544") == 0 && strcmp(s.group, "S-1-5-18") == 0);
    CHECK(s.has_dacl && s.n_entries == 3);
    CHECK(s.entries[0].type == YM_SECURITY_ALLOWED && s.entries[0].flags == 2 &&
          s.entries[0].mask == 0xf003f && strcmp(s.entries[0].sid, "S-1-5-18") == 0);
    CHECK(s.entries[1].type == YM_SECURITY_DENIED && s.entries[1].mask == 0x20019 &&
          strcmp(s.entries[1].sid, "S-1-1-0") == 0);
    CHECK(s.entries[2].type == 5 && s.entries[2].mask == 0 && s.entries[2].sid == NULL);
    key = key_at(&hive, "Class\\Deep\\Deeper");
    CHECK_EQ(ym_regf_security(&hive, &key, &descriptor, NULL), YM_END);
    end();
}

static ym_status parse_security(const uint8_t *p, size_t n, struct ym_security *ret) {
    struct ym_reader r;

    ym_reader_init(&r, p, n);
    return ym_security_parse(r, arena, ret, NULL);
}

static void cut_and_forged_permissions_are_refused(void) {
    struct ym_reader descriptor;
    struct ym_security s;
    struct ym_regf hive;
    struct ym_regf_key key;
    uint8_t whole[108];
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0xff};

    start();
    hive = opened();
    key = key_at(&hive, "");
    CHECK_EQ(ym_regf_security(&hive, &key, &descriptor, NULL), YM_OK);
    memcpy(whole, descriptor.base, sizeof(whole));
    for (size_t n = 0; n < sizeof(whole); n++) {
        uint8_t *copy = malloc(n + 1);
        ym_status st;

        memcpy(copy, whole, n);
        st = parse_security(copy, n, &s);
        free(copy);
        CHECK_EQ(st, n < 20 ? YM_TRUNCATED : YM_MALFORMED);
    }
    for (size_t at = 0; at < sizeof(whole); at++) {
        for (unsigned i = 0; i < sizeof(values); i++) {
            const uint8_t was = whole[at];
            ym_status st;

            whole[at] = values[i];
            st = parse_security(whole, sizeof(whole), &s);
            CHECK(st == YM_OK || st == YM_MALFORMED || st == YM_UNSUPPORTED);
            whole[at] = was;
        }
        ym_arena_reset(arena);
    }
    whole[2] = 0; /* no DACL: everybody may do everything */
    CHECK_EQ(parse_security(whole, sizeof(whole), &s), YM_OK);
    CHECK(!s.has_dacl && s.n_entries == 0);
    whole[3] = 0;
    CHECK_EQ(parse_security(whole, sizeof(whole), &s), YM_UNSUPPORTED);
    whole[3] = 0x80;
    whole[22] = 1; /* an authority of more than four bytes */
    CHECK_EQ(parse_security(whole, sizeof(whole), &s), YM_OK);
    CHECK(strcmp(s.owner, "S-1-0x010000000005-32-544") == 0);
    end();
}

/* Changes a number of a cell, looks at the keys below a path, and puts it back. */
static void below_is_refused(uint32_t at, uint32_t value, const char *where, const char *words) {
    uint32_t was = make_get32(b.data + at);
    struct ym_err err = {0};
    struct ym_regf_keys keys;
    struct ym_regf_key key;
    struct ym_regf hive = opened();

    key = key_at(&hive, where);
    make_put32(b.data + at, value);
    CHECK_EQ(ym_regf_subkeys(&hive, &key, arena, &keys, &err), YM_MALFORMED);
    if (strstr(err.text, words) == NULL) {
        FAIL("%s", err.text);
    }
    (void)see_all(&hive, arena); /* which counts them */
    make_put32(b.data + at, was);
}

static void circles_are_refused(void) {
    struct ym_regf hive;
    struct ym_regf_key root;
    struct ym_regf_key class_key;
    struct ym_regf_key deep;
    uint32_t ri;
    uint32_t lh;

    start();
    hive = opened();
    root = key_at(&hive, "");
    class_key = key_at(&hive, "Class");
    deep = key_at(&hive, "Class\\Deep");
    ri = CELLS + root.subkeys + 4;
    lh = CELLS + make_get32(b.data + ri + 4) + 4;
    below_is_refused(lh + 4, root.at, "", "circle");
    below_is_refused(lh + 4, make_get32(b.data + lh + 12), "", "circle");
    below_is_refused(CELLS + deep.subkeys + 8, class_key.at, "Class\\Deep", "not its parent");
    below_is_refused(CELLS + deep.subkeys + 8, deep.at, "Class\\Deep", "not its parent");
    below_is_refused(ri + 4, root.subkeys, "", "no list of keys");
    below_is_refused(ri + 4, make_get32(b.data + ri + 12), "", "circle");
    below_is_refused(ri + 8, make_get32(b.data + ri + 4), "", "more keys");
    below_is_refused(ri + 8, 0xffffffff, "", "outside");
    below_is_refused(ri + 8, make_get32(b.data + ri + 8) + 4, "", "outside");
    end();
}

static void numbers_of_keys_and_values_are_bounded(void) {
    struct ym_regf_values values;
    struct ym_regf_keys keys;
    struct ym_regf_key key;
    struct ym_regf hive;

    start();
    hive = opened();
    key = key_at(&hive, "");
    key.n_subkeys = 0xffffffff;
    CHECK_EQ(ym_regf_subkeys(&hive, &key, arena, &keys, NULL), YM_MALFORMED);
    key.n_subkeys = 4;
    CHECK_EQ(ym_regf_subkeys(&hive, &key, arena, &keys, NULL), YM_MALFORMED);
    key.n_subkeys = 6;
    CHECK_EQ(ym_regf_subkeys(&hive, &key, arena, &keys, NULL), YM_MALFORMED);
    key = key_at(&hive, "Class");
    key.n_values = YM_REGF_VALUES_MAX + 1;
    CHECK_EQ(ym_regf_values(&hive, &key, arena, &values, NULL), YM_LIMIT);
    key.n_values = 9;
    CHECK_EQ(ym_regf_values(&hive, &key, arena, &values, NULL), YM_MALFORMED);
    end();
}

static void data_that_cannot_be_reached_are_said(void) {
    struct ym_regf_value v;
    struct ym_regf_key key;
    struct ym_regf hive;
    uint32_t name;
    uint32_t cell;

    start();
    hive = opened();
    key = key_at(&hive, "Class");
    name = make_regf_find(&b, "five", 4);
    CHECK(name != 0);
    cell = name - 20;
    make_put32(b.data + cell + 4, 500); /* longer than its cell */
    CHECK_EQ(ym_regf_value(&hive, &key, "five", arena, &v, NULL), YM_OK);
    CHECK(v.damaged && v.n == 0);
    make_put32(b.data + cell + 4, 0x80000005); /* five bytes do not fit in a number */
    CHECK_EQ(ym_regf_value(&hive, &key, "five", arena, &v, NULL), YM_OK);
    CHECK(v.damaged && v.n == 0);
    make_put32(b.data + cell + 4, YM_REGF_DATA_MAX + 1);
    CHECK_EQ(ym_regf_value(&hive, &key, "five", arena, &v, NULL), YM_OK);
    CHECK(v.damaged);
    CHECK_EQ(ym_regf_value(&hive, &key, "four", arena, &v, NULL), YM_OK);
    CHECK(!v.damaged && v.n == 4);
    name = make_regf_find(&b, "large", 5);
    make_put32(b.data + name - 20 + 4, MAKE_REGF_LARGE + 16344); /* of four pieces */
    CHECK_EQ(ym_regf_value(&hive, &key, "large", arena, &v, NULL), YM_OK);
    CHECK(v.damaged);
    end();
}

static void names_are_counted_texts(void) {
    struct ym_regf_key key;
    struct ym_regf hive;
    uint32_t at;

    start();
    at = make_regf_find(&b, "delta", 5);
    b.data[at + 2] = '\0'; /* "de\0ta": Windows' own editor shows "de" */
    hive = opened();
    CHECK_EQ(ym_regf_find(&hive, "de", arena, &key, NULL), YM_END);
    b.data[at - 76 + 2] = 0; /* the same bytes as UTF-16: two units */
    memcpy(b.data + at, "\x3d\xd8\x3d\xd8x", 5);
    CHECK_EQ(ym_regf_find(&hive, "\xef\xbf\xbd\xef\xbf\xbd", arena, &key, NULL), YM_OK);
    memcpy(b.data + at, "\x3d\xd8\x00\xde", 4);
    CHECK_EQ(ym_regf_find(&hive, "\xf0\x9f\x98\x80", arena, &key, NULL), YM_OK);
    end();
}

static void other_files_are_none(void) {
    struct ym_regf hive;
    struct ym_reader r;

    start();
    for (size_t n = 0; n < 4096; n++) {
        ym_reader_init(&r, b.data, n);
        CHECK_EQ(ym_regf_open(r, &hive, NULL), YM_TRUNCATED);
    }
    ym_reader_init(&r, b.data, b.len);
    make_put32(b.data + 4, 11);
    CHECK_EQ(ym_regf_open(r, &hive, NULL), YM_MALFORMED); /* the checksum */
    make_header_checksum(b.data);
    CHECK_EQ(ym_regf_open(r, &hive, NULL), YM_OK);
    CHECK(hive.dirty);
    make_put32(b.data + 24, 2);
    make_header_checksum(b.data);
    CHECK_EQ(ym_regf_open(r, &hive, NULL), YM_UNSUPPORTED);
    end();
}

/* What is cut off is missing; what is left is as it was. */
static void every_cut_fails_cleanly(void) {
    struct ym_regf hive;
    struct regf_seen all;
    size_t most = 0;

    start();
    hive = opened();
    all = see_all(&hive, arena);
    CHECK(!all.failed && all.keys == 8 && all.values == 8 && all.classes == 2);
    CHECK_EQ(all.owners, 7);
    for (size_t n = CELLS; n < b.len; n += n < 8000 ? 1 : 7) {
        uint8_t *copy = malloc(n + 1); /* of this size, so that sanitizers see its end */
        struct regf_seen seen;
        struct ym_reader r;

        memcpy(copy, b.data, n);
        ym_reader_init(&r, copy, n);
        CHECK_EQ(ym_regf_open(r, &hive, NULL), YM_OK);
        seen = see_all(&hive, arena);
        free(copy);
        CHECK(seen.keys <= all.keys && seen.values <= all.values);
        CHECK(seen.failed || (seen.keys == all.keys && seen.values == all.values));
        most = seen.keys > most ? seen.keys : most;
        ym_arena_reset(arena);
    }
    CHECK_EQ(most, all.keys);
    end();
}

static void forged_numbers_lead_nowhere(void) {
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0xff};
    struct ym_regf hive;
    size_t failures = 0;

    start();
    hive = opened();
    for (size_t at = CELLS; at < b.len; at++) {
        const uint8_t was = b.data[at];

        if (at > CELLS + 3000 && at < b.len - 3000) {
            continue; /* inside of the large value */
        }
        for (unsigned i = 0; i < sizeof(values); i++) {
            b.data[at] = values[i];
            failures += see_all(&hive, arena).failed ? 1U : 0U;
            ym_arena_reset(arena);
        }
        b.data[at] = was;
    }
    printf("# %zu of the forged hives are refused somewhere\n", failures);
    CHECK(failures > 500);
    end();
}

static void every_failing_allocation_is_said(void) {
    unsigned failures = 1;
    struct ym_regf hive;

    start();
    hive = opened();
    for (unsigned nth = 1; failures > 0; nth++) {
        struct ym_arena *small = ym_arena_new(ARENA);
        struct ym_regf_value v;
        struct ym_regf_key key;
        ym_status st;

        CHECK(small != NULL && nth < 1000);
        (void)ym_fault_malloc(nth, 0);
        st = ym_regf_find(&hive, "Class", small, &key, NULL);
        st = st == YM_OK ? ym_regf_value(&hive, &key, "large", small, &v, NULL) : st;
        failures = ym_fault_malloc(0, 0);
        CHECK_EQ(st, failures > 0 ? YM_NOMEM : YM_OK);
        ym_arena_free(small);
    }
    for (size_t cap = 0; cap < MAKE_REGF_LARGE; cap += 256) {
        struct ym_arena *small = ym_arena_new(cap);
        struct ym_regf_value v;
        struct ym_regf_key key;
        ym_status st = ym_regf_find(&hive, "Class", small, &key, NULL);

        st = st == YM_OK ? ym_regf_value(&hive, &key, "large", small, &v, NULL) : st;
        CHECK_EQ(st, YM_LIMIT);
        ym_arena_free(small);
    }
    end();
}

MAIN(T(hives_of_hivex_are_read_as_hivex_does), T(what_hivex_cannot_write_is_read_as_it_reads_it),
     T(keys_and_values_are_found_without_regard_to_case),
     T(permissions_have_owner_group_and_entries), T(cut_and_forged_permissions_are_refused),
     T(circles_are_refused), T(numbers_of_keys_and_values_are_bounded),
     T(data_that_cannot_be_reached_are_said), T(names_are_counted_texts), T(other_files_are_none),
     T(every_cut_fails_cleanly), T(forged_numbers_lead_nowhere),
     T(every_failing_allocation_is_said))
