/* test_permissions.c - permissions of keys: judged, taken over from the key above, with good and
 * broken hives.  Other readers (hivex here, reglookup in e2e_families.py) see the result. */
#include "base/alloc.h"
#include "clean/registry.h"
#include "formats/regf.h"
#include "makers/make_hive.h"
#include "makers/make_hive_log.h"
#include "makers/make_permissions.h"
#include "os/file.h"
#include "ym_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char path[64];
static struct ym_arena *arena;
static struct ym_err err;

static const char key[] = "Set\\Services\\abc";
static const char below[] = "Set\\Services\\abc\\Parameters";

static void fresh(const char *kind) {
    static const char *const keys[] = {"Set\\Services\\abc"};
    hive_h *h;
    int fd;

    (void)snprintf(path, sizeof(path), "/tmp/ym-perm-XXXXXX");
    fd = mkstemp(path);
    CHECK(fd >= 0);
    (void)close(fd);
    CHECK_EQ(make_hive_start(path), 0);
    h = make_hive_open(path);
    make_dword(h, "Set\\Services\\abc", "Start", 2);
    make_text(h, "Set\\Services\\abc\\Parameters", "ServiceDll", "x.dll");
    make_dword(h, "Set\\Services\\other", "Start", 3);
    make_hive_close(h);
    if (kind != NULL) {
        make_permissions(path, keys, 1, kind);
    }
    arena = ym_arena_new(4 << 20);
    memset(&err, 0, sizeof(err));
}

static void done(void) {
    ym_arena_free(arena);
    (void)unlink(path);
}

static struct ym_registry *opened(void) {
    struct ym_registry *r = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (ym_hive_open(fd, "HIVE", &r, &err) != YM_OK) {
        FAIL("%s", err.text);
    }
    (void)close(fd);
    return r;
}

static struct ym_reg_security security_of(struct ym_registry *r, const char *where) {
    struct ym_reg_security s = {.text = ""};

    if (ym_registry_security(r, arena, where, &s, &err) != YM_OK) {
        FAIL("%s: %s", where, err.text);
    }
    return s;
}

static uint8_t *copy_of(const struct ym_buf *b) {
    uint8_t *copy = ym_malloc(b->len);

    CHECK(copy != NULL);
    memcpy(copy, b->data, b->len);
    return copy;
}

static void load(struct ym_buf *b) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    ym_buf_init(b, 1 << 20);
    CHECK_EQ(ym_file_read_all(fd, path, b, NULL), YM_OK);
    (void)close(fd);
}

static void each_list_is_judged(void) {
    static const struct {
        const char *kind, *text;
        bool list;
        unsigned no_read, no_write, denied;
    } rows[] = {
        {"open", "D:(A;KA;SY)(A;KA;BA)(A;KR;WD)", true, 0, 0, 0},
        {"system-only", "D:(A;KA;SY)", true, YM_REG_ADMINISTRATORS, YM_REG_ADMINISTRATORS, 0},
        {"deny-everyone", "D:(D;KA;WD)(A;KA;SY)(A;KA;BA)", true,
         YM_REG_ADMINISTRATORS | YM_REG_SYSTEM, YM_REG_ADMINISTRATORS | YM_REG_SYSTEM,
         YM_REG_EVERYONE},
        {"deny-set-value", "D:(D;0x6;SY)(A;KA;SY)(A;KA;BA)", true, 0, YM_REG_SYSTEM, YM_REG_SYSTEM},
        {"read-only", "D:(A;KR;SY)(A;KR;BA)", true, 0, YM_REG_ADMINISTRATORS | YM_REG_SYSTEM, 0},
        {"below-only", "D:(D;below;KA;WD)(A;KA;SY)(A;KA;BA)", true, 0, 0, 0},
        {"installer",
         "D:(A;KA;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)(A;KR;SY)"
         "(A;KR;BA)",
         true, 0, YM_REG_ADMINISTRATORS | YM_REG_SYSTEM, 0},
        {"nobody", "D: (empty: nobody may do anything)", true,
         YM_REG_ADMINISTRATORS | YM_REG_SYSTEM, YM_REG_ADMINISTRATORS | YM_REG_SYSTEM, 0},
        {"null", "no list: everybody may do everything", false, 0, 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ym_registry *r;
        struct ym_reg_security s;

        fresh(rows[i].kind);
        r = opened();
        s = security_of(r, "set\\SERVICES\\abc");
        if (strcmp(s.text, rows[i].text) != 0) {
            FAIL("%s: %s", rows[i].kind, s.text);
        }
        if (s.no_read != rows[i].no_read || s.no_write != rows[i].no_write ||
            s.denied != rows[i].denied || s.has_dacl != rows[i].list) {
            FAIL("%s: %u %u %u", rows[i].kind, s.no_read, s.no_write, s.denied);
        }
        CHECK(!security_of(r, below).has_dacl);
        CHECK_EQ(ym_registry_security(r, arena, "Set\\Nothing", &s, &err), YM_END);
        ym_registry_close(r);
        done();
    }
}

/* Every key, value, time and class name, but permissions only as the list of cells in the ring. */
struct ring {
    size_t n;
    uint32_t count[8];
};

static struct ring ring_of(const struct ym_buf *b, uint32_t from) {
    struct ring out = {.n = 0};
    uint32_t at = from;

    do {
        const uint8_t *cell = b->data + 4096 + at + 4;

        CHECK(memcmp(cell, "sk", 2) == 0 && make_get32(cell - 4) >= 0x80000000);
        CHECK(out.n < 8);
        out.count[out.n++] = make_get32(cell + 12);
        at = make_get32(cell + 4);
        CHECK_EQ(make_get32(b->data + 4096 + at + 4 + 8), (uint32_t)(cell - 4 - b->data) - 4096);
    } while (at != from);
    return out;
}

static struct ym_regf_key key_in(const struct ym_buf *b, const char *where, struct ym_regf *hive) {
    struct ym_regf_key k = {.at = 0};
    struct ym_reader r;

    ym_reader_init(&r, b->data, b->len);
    CHECK_EQ(ym_regf_open(r, hive, NULL), YM_OK);
    CHECK_EQ(ym_regf_find(hive, where, arena, &k, NULL), YM_OK);
    return k;
}

/* Replaces the hive's file by what the registry writes. */
static ym_status write_back(struct ym_registry *r) {
    struct ym_buf b;
    int fd = -1;
    ym_status st = ym_registry_write(r, &fd, &err);

    if (st == YM_OK) {
        ym_buf_init(&b, 1 << 20);
        CHECK_EQ(ym_file_read_all(fd, "new", &b, &err), YM_OK);
        (void)close(fd);
        fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        CHECK(write(fd, b.data, b.len) == (ssize_t)b.len);
        (void)close(fd);
        ym_buf_done(&b);
    }
    ym_registry_close(r);
    return st;
}

static void a_key_takes_over_the_permissions_of_the_one_above(void) {
    const uint8_t four[4] = {4, 0, 0, 0};
    const struct ym_reg_value start = {"Start", YM_REG_DWORD, four, 4};
    struct ym_registry *r;
    struct ym_reg_value v;
    struct ym_regf_key was;
    struct ym_regf_key is;
    struct ym_regf hive;
    struct ym_buf b;
    struct ring ring;
    uint32_t number;

    fresh("system-only");
    load(&b);
    was = key_in(&b, key, &hive);
    ring = ring_of(&b, key_in(&b, "", &hive).security);
    CHECK(ring.n == 2 && ring.count[0] == 5 && ring.count[1] == 1);
    ym_buf_done(&b);
    r = opened();
    CHECK_EQ(ym_registry_reset_security(r, "SET\\services\\ABC", &err), YM_OK);
    CHECK_EQ(ym_registry_set(r, "Set\\Services\\other", &start, &err), YM_OK);
    CHECK_EQ(write_back(r), YM_OK);
    load(&b);
    is = key_in(&b, key, &hive);
    CHECK_EQ(is.security, key_in(&b, "", &hive).security);
    CHECK(is.at == was.at && is.written == was.written && is.n_values == 1 && is.n_subkeys == 1);
    ring = ring_of(&b, is.security);
    CHECK(ring.n == 1 && ring.count[0] == 6);
    CHECK(make_get32(b.data + 4096 + was.security) < 0x80000000); /* free */
    ym_buf_done(&b);
    r = opened();
    CHECK_EQ(security_of(r, key).no_read, 0);
    CHECK_EQ(ym_registry_get(r, arena, "Set\\Services\\other", "Start", &v, &err), YM_OK);
    CHECK(ym_reg_dword(&v, &number) && number == 4);
    CHECK_EQ(ym_registry_get(r, arena, below, "ServiceDll", &v, &err), YM_OK);
    ym_registry_close(r);
    done();
}

static void a_list_that_other_keys_have_stays(void) {
    static const char *const keys[] = {"Set\\Services\\abc", "Set\\Services\\abc\\Parameters",
                                       "Set\\Services\\other"};
    struct ym_registry *r;
    struct ym_regf hive;
    struct ym_buf b;
    struct ring ring;

    fresh(NULL);
    make_permissions(path, keys, 3, "deny-everyone");
    r = opened();
    CHECK_EQ(ym_registry_reset_security(r, key, &err), YM_OK);
    CHECK_EQ(ym_registry_reset_security(r, below, &err), YM_OK); /* from the one just reset */
    CHECK_EQ(ym_registry_reset_security(r, below, &err), YM_OK); /* nothing to do */
    CHECK_EQ(write_back(r), YM_OK);
    r = opened();
    CHECK(!security_of(r, key).has_dacl && !security_of(r, below).has_dacl);
    CHECK_EQ(security_of(r, "Set\\Services\\other").denied, YM_REG_EVERYONE);
    ym_registry_close(r);
    load(&b);
    ring = ring_of(&b, key_in(&b, "", &hive).security);
    CHECK(ring.n == 2 && ring.count[0] == 5 && ring.count[1] == 1);
    ym_buf_done(&b);
    done();
}

static void what_cannot_be_is_refused(void) {
    struct ym_registry *r;
    struct ym_reg_security s;

    fresh("nobody");
    r = opened();
    CHECK_EQ(ym_registry_reset_security(r, "", &err), YM_UNSUPPORTED);
    CHECK(strstr(err.text, "root") != NULL);
    CHECK_EQ(ym_registry_reset_security(r, "Set\\Nothing", &err), YM_END);
    CHECK_EQ(ym_registry_reset_security(r, below, &err), YM_OK);
    CHECK_EQ(ym_registry_delete_key(r, below, &err), YM_OK);
    memset(&err, 0, sizeof(err));
    CHECK_EQ(write_back(r), YM_MALFORMED);
    if (strstr(err.text, "is not there") == NULL) {
        FAIL("%s", err.text);
    }
    r = opened();
    CHECK_EQ(ym_registry_security(r, arena, key, &s, &err), YM_OK); /* the file is as it was */
    ym_registry_close(r);
    done();
}

static void a_registry_without_permissions_says_so(void) {
    const struct ym_registry_ops none = {.close = NULL};
    struct ym_registry r = {.ops = &none};
    struct ym_reg_security s;

    memset(&err, 0, sizeof(err));
    CHECK_EQ(ym_registry_security(&r, NULL, "k", &s, &err), YM_UNSUPPORTED);
    CHECK(strstr(err.text, "shows no permissions") != NULL);
    CHECK_EQ(ym_registry_reset_security(&r, "k", &err), YM_UNSUPPORTED);
}

/* --- damage ------------------------------------------------------------------------------------- */

/* Changes one number of a cell of permissions: 4 next, 8 previous, 12 count. */
static void damage(struct ym_buf *b, uint32_t sk, size_t at, uint32_t v) {
    make_put32(b->data + 4096 + sk + 4 + at, v);
}

static void refused(struct ym_buf *b, const char *words) {
    struct ym_buf before;

    ym_buf_init(&before, 1 << 20);
    ym_buf_add(&before, b->data, b->len);
    memset(&err, 0, sizeof(err));
    CHECK_EQ(ym_regf_inherit(b->data, b->len, key, arena, &err), YM_MALFORMED);
    if (strstr(err.text, words) == NULL) {
        FAIL("%s", err.text);
    }
    CHECK(memcmp(before.data, b->data, b->len) == 0);
    ym_buf_done(&before);
}

static void damaged_permissions_are_refused_before_anything_changes(void) {
    struct ym_regf hive;
    struct ym_buf b;
    uint32_t mine;
    uint32_t above;

    fresh("system-only");
    load(&b);
    mine = key_in(&b, key, &hive).security;
    above = key_in(&b, "", &hive).security;
    damage(&b, mine, 4, mine); /* a ring of its own */
    refused(&b, "does not lead back");
    damage(&b, mine, 8, mine);
    refused(&b, "not in the hive's ring");
    damage(&b, mine, 4, above);
    damage(&b, mine, 8, above);
    damage(&b, above, 8, above);
    refused(&b, "does not lead back");
    damage(&b, above, 8, mine);
    damage(&b, mine, 12, 0);
    refused(&b, "wrong count");
    damage(&b, mine, 12, 1);
    damage(&b, above, 12, UINT32_MAX);
    refused(&b, "wrong count");
    damage(&b, above, 12, 5);
    damage(&b, above, 0, 0);
    refused(&b, "no permissions where");
    damage(&b, above, 0, 'k' << 8 | 's');
    damage(&b, mine, 4, 0xfffffff8);
    refused(&b, "outside of the hive");
    damage(&b, mine, 4, above);
    make_put32(b.data + 4096, 0);
    refused(&b, "no block");
    memcpy(b.data + 4096, "hbin", 4);
    CHECK_EQ(ym_regf_inherit(b.data, b.len, key, arena, &err), YM_OK);
    CHECK_EQ(ym_regf_inherit(b.data, b.len, "", arena, &err), YM_UNSUPPORTED);
    CHECK_EQ(ym_regf_inherit(b.data, b.len, "Set\\x", arena, &err), YM_END);
    ym_buf_done(&b);
    done();
}

/* Another key names the cell although it counts one only: freeing it would hurt that key. */
static void a_count_that_is_too_small_is_refused(void) {
    static const char *const keys[] = {"Set\\Services\\abc", "Set\\Services\\other"};
    struct ym_regf hive;
    struct ym_buf b;

    fresh(NULL);
    make_permissions(path, keys, 2, "system-only");
    load(&b);
    damage(&b, key_in(&b, key, &hive).security, 12, 1);
    refused(&b, "more name them");
    ym_buf_done(&b);
    done();
}

/* A ring that a worm has damaged: refused by name, and everything else can still be done. */
static void the_registry_refuses_a_damaged_ring(void) {
    struct ym_registry *r;
    struct ym_regf hive;
    struct ym_buf b;
    int fd;

    fresh("system-only");
    load(&b);
    damage(&b, key_in(&b, key, &hive).security, 8, 8);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(write(fd, b.data, b.len) == (ssize_t)b.len);
    (void)close(fd);
    ym_buf_done(&b);
    r = opened();
    CHECK_EQ(security_of(r, key).no_read, YM_REG_ADMINISTRATORS);
    CHECK_EQ(ym_registry_reset_security(r, key, &err), YM_MALFORMED);
    CHECK(strstr(err.text, "ring of permissions") != NULL && strcmp(err.file, "HIVE") == 0);
    CHECK_EQ(write_back(r), YM_OK);
    done();
}

/* Each cut and each changed byte: an error, or a hive in which the key has its parent's list. */
static void every_cut_and_flip_fails_cleanly(void) {
    unsigned good = 0;
    unsigned bad = 0;
    struct ym_buf b;

    fresh("system-only");
    load(&b);
    for (size_t n = 0; n < b.len; n += 61) {
        uint8_t *copy = ym_malloc(n + 1);

        memcpy(copy, b.data, n);
        memset(&err, 0, sizeof(err));
        if (ym_regf_inherit(copy, n, key, arena, &err) != YM_OK) {
            CHECK(err.text[0] != '\0');
        }
        ym_arena_reset(arena);
        ym_free(copy);
    }
    for (size_t at = 4096; at < b.len; at++) {
        uint8_t *copy;

        if (b.data[at] == 0 && at % 5 != 0) {
            continue; /* most of it is empty */
        }
        copy = copy_of(&b);
        copy[at] ^= 0xff;
        memset(&err, 0, sizeof(err));
        if (ym_regf_inherit(copy, b.len, key, arena, &err) == YM_OK) {
            good++;
        } else {
            bad++;
        }
        ym_arena_reset(arena);
        ym_free(copy);
    }
    CHECK(good > 100 && bad > 50);
    ym_buf_done(&b);
    done();
}

static void every_allocation_may_fail(void) {
    struct ym_buf b;
    bool failed = true;

    fresh("system-only");
    load(&b);
    for (unsigned n = 1; failed; n++) {
        struct ym_arena *a = ym_arena_new(1 << 20);
        uint8_t *copy = copy_of(&b);
        ym_status st;

        CHECK(a != NULL);
        (void)ym_fault_malloc(n, 0);
        st = ym_regf_inherit(copy, b.len, key, a, &err);
        failed = ym_fault_malloc(0, 0) > 0;
        CHECK(failed ? st != YM_OK && memcmp(copy, b.data, b.len) == 0 : st == YM_OK);
        ym_arena_free(a);
        ym_free(copy);
    }
    ym_buf_done(&b);
    done();
}

MAIN(T(each_list_is_judged), T(a_key_takes_over_the_permissions_of_the_one_above),
     T(a_list_that_other_keys_have_stays), T(what_cannot_be_is_refused),
     T(a_registry_without_permissions_says_so),
     T(damaged_permissions_are_refused_before_anything_changes),
     T(a_count_that_is_too_small_is_refused), T(the_registry_refuses_a_damaged_ring),
     T(every_cut_and_flip_fails_cleanly), T(every_allocation_may_fail))
