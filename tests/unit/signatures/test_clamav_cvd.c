/* test_clamav_cvd.c - database containers: checks, signatures, what is loaded of them. */
#include "clamav_load.h"

#include "base/alloc.h"
#include "makers/make_cvd.h"

#define MD5 "44d88612fea8a8f36de82e1278abb02f"
#define HDB_ROW "digest file md5 size=68 " MD5

static const struct cvd_member plain_members[] = {{"t.hdb", MD5 ":68:A\n"}};
static const struct cvd_maker plain = {
    .members = plain_members, .n_members = 1, .version = 7, .info_version = 7};

static struct ym_clamav_container seen; /* the last that was announced */
static unsigned n_seen;

static ym_status on_container(void *self, const struct ym_clamav_container *c) {
    (void)self;
    seen = *c;
    n_seen++;
    return YM_OK;
}

static ym_status load_bytes(const char *name, const void *data, size_t n,
                            const struct ym_clamav_keys *keys, bool skip_bad) {
    const struct ym_clamav_options o = {
        .keys = keys, .skip_bad = skip_bad, .container = on_container};

    return load_n(&o, NULL, name, data, n);
}

static ym_status load_made(const char *name, const struct cvd_maker *m,
                           const struct ym_clamav_keys *keys) {
    struct ym_buf b;
    ym_status st;

    cvd_make(m, &b);
    st = load_bytes(name, b.data, b.len, keys, false);
    ym_buf_done(&b);
    return st;
}

static struct ym_clamav_keys *keys_of(const struct cvd_key *md5, const struct cvd_key *info) {
    struct ym_clamav_keys *keys = NULL;
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    ym_buf_add_text(&b, "# keys of this test\n\n");
    if (md5 != NULL) {
        cvd_key_line(md5, "cvd", &b);
    }
    if (info != NULL) {
        cvd_key_line(info, "info", &b);
    }
    CHECK_EQ(ym_clamav_keys_parse("k", (const char *)b.data, b.len, &keys, NULL), YM_OK);
    ym_buf_done(&b);
    return keys;
}

static void an_unofficial_container_is_loaded_packed_or_plain(void) {
    struct cvd_maker m = plain;

    CHECK_EQ(load_made("d/t.cud", &m, NULL), YM_OK);
    CHECK_LOADED(HDB_ROW " A U\n");
    CHECK_EQ(seen.signature, YM_CLAMAV_UNSIGNED);
    CHECK(seen.version == 7 && seen.level == 90 && seen.built == 1795371906);
    m.plain = true;
    CHECK_EQ(load_made("d/t.CUD", &m, NULL), YM_OK);
    CHECK_LOADED(HDB_ROW " A U\n");
}

static void without_a_key_an_official_one_is_loaded_and_said_to_be_unchecked(void) {
    struct cvd_key a = cvd_key_new(1024);
    struct cvd_key b = cvd_key_new(1024);
    struct cvd_maker m = plain;

    m.md5_key = &a;
    m.info_key = &b;
    CHECK_EQ(load_made("t.cvd", &m, NULL), YM_OK);
    CHECK_LOADED(HDB_ROW " A\n"); /* official: no suffix */
    CHECK_EQ(seen.signature, YM_CLAMAV_NOT_CHECKED);
    CHECK(strstr(ym_clamav_signature_text(seen.signature), "not checked") != NULL);
    cvd_key_free(&a);
    cvd_key_free(&b);
}

static void a_key_accepts_its_own_signatures_and_no_others(void) {
    struct cvd_key a = cvd_key_new(1024);
    struct cvd_key b = cvd_key_new(1023);
    struct cvd_key other = cvd_key_new(1024);
    struct ym_clamav_keys *good = keys_of(&a, &b);
    struct ym_clamav_keys *bad_md5 = keys_of(&other, &b);
    struct ym_clamav_keys *bad_info = keys_of(&a, &other);
    struct ym_clamav_keys *only_md5 = keys_of(&a, NULL);
    struct cvd_maker m = plain;

    m.md5_key = &a;
    m.info_key = &b;
    CHECK_EQ(load_made("t.cvd", &m, good), YM_OK);
    CHECK_EQ(seen.signature, YM_CLAMAV_SIGNED);
    CHECK_EQ(load_made("t.cld", &m, good), YM_OK);
    CHECK_EQ(seen.signature, YM_CLAMAV_SIGNED);
    CHECK_EQ(load_made("t.cvd", &m, only_md5), YM_OK);
    CHECK_EQ(seen.signature, YM_CLAMAV_SIGNED);
    CHECK_EQ(load_made("t.cld", &m, only_md5), YM_OK);
    CHECK_EQ(seen.signature, YM_CLAMAV_NOT_CHECKED);
    CHECK_EQ(load_made("t.cld", &m, bad_md5), YM_OK); /* a .cld's header is not signed */
    n_seen = 0;
    CHECK_REFUSED(load_made("t.cvd", &m, bad_md5), YM_MALFORMED, "t.cvd: the signature in the");
    CHECK_REFUSED(load_made("t.cvd", &m, bad_info), YM_MALFORMED, "(.info) is wrong");
    CHECK_REFUSED(load_made("t.cld", &m, bad_info), YM_MALFORMED, "(.info) is wrong");
    m.md5_key = NULL;
    CHECK_REFUSED(load_made("t.cvd", &m, good), YM_MALFORMED, "the signature in the header");
    CHECK_EQ(n_seen, 0);
    CHECK_LOADED("");
    ym_clamav_keys_free(good);
    ym_clamav_keys_free(bad_md5);
    ym_clamav_keys_free(bad_info);
    ym_clamav_keys_free(only_md5);
    cvd_key_free(&a);
    cvd_key_free(&b);
    cvd_key_free(&other);
}

static void an_official_one_without_a_signed_table_is_refused(void) {
    CHECK_REFUSED(load_made("t.cvd", &plain, NULL), YM_MALFORMED, "is not signed");
    CHECK_REFUSED(load_made("t.cld", &plain, NULL), YM_MALFORMED, "is not signed");
}

static void a_table_of_contents_that_does_not_fit_is_refused(void) {
    static const char head[] = "ClamAV-VDB:x:7:2:90:X:X:tests:1795371906\n";
    static const struct {
        const char *info, *extra, *why;
    } rows[] = {
        {"", NULL, "no table of contents"},
        {head, NULL, "a member is not in the table"},
        {"ClamAV-VDB:x:8:2:90:X:X:tests:1795371906\n", NULL, "of another container"},
        {"ClamAV-VDB:x:7:3:90:X:X:tests:1795371906\n", NULL, "of another container"},
        {"ClamAV-VDB:x:7:2:91:X:X:tests:1795371906\n", NULL, "of another container"},
        {"ClamAV-VDB:x:7:2:90:X:X:tests:5\n", NULL, "of another container"},
        {"ClamAV-VDB:x:7:2:90:X:X:tests\n", NULL, "of another container"},
        {"t.hdb:1:2\n", NULL, "of another container"},
        {NULL, "x\n", "is not name:size:sha256"},
        {NULL, "\n", "is not name:size:sha256"},
        {NULL, "#\n", "is not name:size:sha256"},
        {NULL, "DSIG:abc\n", "is not name:size:sha256"},
        {NULL, "gone.ndb:1:275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f\n",
         "is missing"},
        {NULL, "t.hdb:39:275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f\n",
         "is not what the table"},
        {NULL, "t.hdb:40:275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f\n",
         "is not what the table"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cvd_maker m = plain;

        m.info = rows[i].info;
        m.extra_info = rows[i].extra;
        CHECK_REFUSED(load_made("t.cud", &m, NULL), YM_MALFORMED, rows[i].why);
        CHECK_LOADED("");
    }
}

static void a_bad_line_is_named_by_container_member_and_line(void) {
    static const struct cvd_member members[] = {{"t.hdb", MD5 ":68:A\nbroken\n"}};
    struct cvd_maker m = plain;
    struct ym_buf b;

    m.members = members;
    CHECK_REFUSED(load_made("d/t.cud", &m, NULL), YM_MALFORMED, "d/t.cud!t.hdb:2: ");
    cvd_make(&m, &b);
    CHECK_EQ(load_bytes("d/t.cud", b.data, b.len, NULL, true), YM_OK);
    CHECK_LOADED(HDB_ROW " A U\nleft-out d/t.cud!t.hdb:2 not 3 to 5 fields\n");
    ym_buf_done(&b);
}

static void members_are_loaded_in_their_order_and_others_left_alone(void) {
    static const struct cvd_member members[] = {{"t.ign2", "B\n"},
                                                {"t.hdb", MD5 ":68:A\n" MD5 ":69:B\n"},
                                                {"t.cbc", "ClamBC"},
                                                {"t.hdu", MD5 ":70:P\n"}};
    struct cvd_maker m = plain;

    m.members = members;
    m.n_members = 4;
    CHECK_EQ(load_made("t.cud", &m, NULL), YM_OK);
    CHECK_LOADED(HDB_ROW " A U\n"
                         "left-out t.cud!t.hdb:2 ignored by name\n"
                         "left-out t.cud!t.cbc:0 bytecode signatures (.cbc) are not run\n"
                         "left-out t.cud!t.hdu:1 potentially unwanted application\n");
    CHECK_EQ(seen.members, 4);
}

static void a_container_inside_a_container_is_refused(void) {
    static const struct cvd_member members[] = {{"n.cud", "x"}};
    struct cvd_maker m = plain;

    m.members = members;
    CHECK_REFUSED(load_made("t.cud", &m, NULL), YM_MALFORMED, "inside a container");
}

static void names_with_folders_are_refused(void) {
    static const struct cvd_member members[] = {{"../t.hdb", MD5 ":68:A\n"}};
    struct cvd_maker m = plain;

    m.members = members;
    CHECK_REFUSED(load_made("t.cud", &m, NULL), YM_MALFORMED, "holds a /");
}

/* The MD5 catches every cut; a header with another digest lets the reader of the body see it. */
static void every_prefix_is_refused(void) {
    for (unsigned with_md5 = 0; with_md5 < 2; with_md5++) {
        for (unsigned packed = 0; packed < 2; packed++) {
            struct cvd_maker m = plain;
            struct ym_buf b;
            size_t members_end;

            m.plain = packed == 0;
            cvd_make(&m, &b);
            if (with_md5 == 0) { /* 31 digits: from ClamAV 1.5, no MD5 */
                char *md5 = strstr((char *)b.data, ":90:") + 4;

                memmove(md5 + 31, md5 + 32, 400);
            }
            members_end = packed == 0 ? 512 + (size_t)7 * 512 : b.len - 8 - 8;
            for (size_t n = 0; n < members_end; n += packed == 0 ? 13 : 1) {
                uint8_t *exact = ym_malloc(n);

                memcpy(exact, b.data, n);
                CHECK_EQ(load_bytes("t.cud", exact, n, NULL, false), YM_MALFORMED);
                CHECK_LOADED("");
                ym_free(exact);
            }
            ym_buf_done(&b);
        }
    }
}

static void with_skip_bad_a_bad_container_counts_once(void) {
    CHECK_EQ(load_bytes("t.cud", "no", 2, NULL, true), YM_OK);
    CHECK_LOADED("left-out t.cud:0 not a database container: its header is not that of one\n");
}

static void a_forged_size_costs_nothing(void) {
    struct cvd_maker m = plain;
    struct ym_buf tar;
    struct ym_buf b;

    ym_buf_init(&tar, 1 << 16);
    cvd_tar_add(&tar, "t.hdb", "x", 1);
    memcpy(tar.data + 124, "77777777777", 12);
    cvd_wrap(&m, &tar, &b);
    CHECK_REFUSED(load_bytes("t.cud", b.data, b.len, NULL, false), YM_LIMIT, "more than 2 GiB");
    ym_buf_done(&b);
    memcpy(tar.data + 124, "17777777777", 12);
    cvd_wrap(&m, &tar, &b);
    CHECK_REFUSED(load_bytes("t.cud", b.data, b.len, NULL, false), YM_MALFORMED, "inside a member");
    ym_buf_done(&b);
    ym_buf_done(&tar);
}

static void a_failing_allocation_ends_the_load(void) {
    struct ym_buf b;
    unsigned n = 1;

    cvd_make(&plain, &b);
    for (;; n++) {
        struct ym_sink sink = collect_sink(&loaded);
        struct ym_clamav_options o = {0};
        struct ym_clamav *ld = ym_clamav_new(&o, &sink);
        struct ym_err err = {0};
        ym_status st;

        ym_buf_clear(&loaded);
        (void)ym_fault_malloc(n, 0);
        st = ym_clamav_file(ld, "t.cud", (const char *)b.data, b.len, &err);
        if (ym_fault_malloc(0, 0) == 0) {
            CHECK_EQ(st, YM_OK);
            ym_clamav_free(ld);
            break;
        }
        CHECK(st != YM_OK || loaded.status != YM_OK);
        ym_clamav_free(ld);
        CHECK(n < 200);
    }
    CHECK(n > 4);
    ym_buf_done(&b);
}

static void key_files_are_read_strictly(void) {
    static const char *const bad[] = {
        "",           "# nothing\n", "cvd 1\n",    "cvd 3 3\n",   "cvd x 3\n",
        "what 5 3\n", "cvd -5 3\n",  "cvd 0x 3\n", "cvd 5 3 4\n",
    };
    struct ym_clamav_keys *keys = NULL;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ym_err err = {0};

        CHECK_EQ(ym_clamav_keys_parse("k", bad[i], strlen(bad[i]), &keys, &err), YM_MALFORMED);
        CHECK(keys == NULL && strcmp(err.file, "k") == 0);
    }
}

static void a_key_of_the_wrong_shape_is_refused(void) {
    struct cvd_key a = cvd_key_new(1024);
    struct ym_clamav_keys *keys = NULL;
    struct ym_err err = {0};
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    cvd_key_line(&a, "cvd", &b);
    cvd_key_line(&a, "cvd", &b);
    CHECK_EQ(ym_clamav_keys_parse("k", (const char *)b.data, b.len, &keys, &err), YM_MALFORMED);
    CHECK_EQ(err.line, 2);
    ym_buf_clear(&b);
    (void)BN_set_word(a.e, 4);
    cvd_key_line(&a, "cvd", &b);
    err = (struct ym_err){0};
    CHECK_EQ(ym_clamav_keys_parse("k", (const char *)b.data, b.len, &keys, &err), YM_MALFORMED);
    CHECK(strstr(err.text, "exponent") != NULL);
    ym_buf_done(&b);
    cvd_key_free(&a);
}

static void files_have_an_order(void) {
    static const char *const order[] = {"local.ign2", "daily.cld", "daily.cvd", "local.gdb",
                                        "daily.cfg",  "x.crb",     "a.ndb"};

    for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        CHECK_EQ(ym_clamav_rank(order[i]), i);
    }
    CHECK_EQ(sizeof(order) / sizeof(order[0]), YM_CLAMAV_RANKS);
    CHECK_EQ(ym_clamav_rank("main.cvd"), ym_clamav_rank("a.ndb"));
}

static void the_version_stands_in_the_header(void) {
    uint32_t version = 0;
    struct ym_buf b;

    cvd_make(&plain, &b);
    CHECK(ym_clamav_container_version(b.data, b.len, &version));
    CHECK_EQ(version, 7);
    CHECK(!ym_clamav_container_version(b.data, 511, &version));
    CHECK(!ym_clamav_container_version("x", 1, &version));
    ym_buf_done(&b);
}

MAIN(T(an_unofficial_container_is_loaded_packed_or_plain),
     T(without_a_key_an_official_one_is_loaded_and_said_to_be_unchecked),
     T(a_key_accepts_its_own_signatures_and_no_others),
     T(an_official_one_without_a_signed_table_is_refused),
     T(a_table_of_contents_that_does_not_fit_is_refused),
     T(a_bad_line_is_named_by_container_member_and_line),
     T(members_are_loaded_in_their_order_and_others_left_alone),
     T(a_container_inside_a_container_is_refused), T(names_with_folders_are_refused),
     T(every_prefix_is_refused), T(with_skip_bad_a_bad_container_counts_once),
     T(a_forged_size_costs_nothing), T(a_failing_allocation_ends_the_load),
     T(key_files_are_read_strictly), T(a_key_of_the_wrong_shape_is_refused), T(files_have_an_order),
     T(the_version_stands_in_the_header))
