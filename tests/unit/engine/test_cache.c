/* test_cache.c - engine/cache.h: what is kept, what is asked again, and what a damaged file does. */
#include "engine/cache.h"

#include "../os/temp_dir.h"
#include "base/alloc.h"
#include "base/tables.h"
#include "database/build.h"
#include "makers/make_image.h"
#include "os/fault.h"
#include "ym_test.h"

#include <errno.h>
#include <sys/mman.h>

enum { HOUR = 3600 };
#define SECOND INT64_C(1000000000)

static const char hello[] = "hello, gecko";
#define HELLO_MD5 "6af969696dd5ab1868d3f6bd808310d7"

#define HELLO_SHA256 "4e19dbd2567ad335afb3681858f730b18c5db563d9728632659e949f5e399435"

static const struct make_source body_a = {"a.ndb", "A:0:*:4745434b4f2d4f4e45\n", 0};
static const struct make_source body_b = {"b.ndb", "B:0:*:4745434b4f2d54574f\n", 0};

static struct ym_db *images[8];
static unsigned n_images;
static struct ym_cache_options options;
static struct ym_cache *cache;
static struct ym_arena *arena;
static struct ym_report *report;
static struct ym_engine *engine;

static void close_all(void) {
    ym_cache_free(cache);
    ym_engine_free(engine);
    cache = NULL;
    engine = NULL;
    while (n_images > 0) {
        ym_db_close(images[--n_images]);
    }
}

static void add_image(const char *name, const char *text) {
    const struct make_source s = {name, text, 0};

    images[n_images] = make_image(&s, 1);
    CHECK(images[n_images] != NULL);
    n_images++;
}

static void open_cache(const char *path) {
    struct ym_err err = {.code = YM_OK};

    ym_cache_free(cache);
    cache = NULL;
    CHECK_EQ(ym_cache_new(&options, &cache, &err), YM_OK);
    if (path != NULL) {
        CHECK_EQ(ym_cache_load(cache, path, &err), YM_OK);
    }
}

/* A cache over the images from first on. */
static void use(unsigned first, unsigned n, const char *path) {
    options.layers = (const struct ym_db *const *)images + first;
    options.n_layers = n;
    open_cache(path);
}

static void start(void) {
    close_all();
    options = (struct ym_cache_options){
        .limits = ym_limits_default(), .max_bytes = 1 << 20, .settle = YM_CACHE_SETTLE};
    add_image(body_a.name, body_a.text);
}

static struct ym_file_stamp stamp_of(uint64_t ino) {
    return (struct ym_file_stamp){.dev = 7,
                                  .ino = ino,
                                  .size = sizeof(hello) - 1,
                                  .mtime_ns = 5 * SECOND,
                                  .ctime_ns = 6 * SECOND};
}

static struct ym_report *fresh(void) {
    ym_arena_free(arena);
    arena = ym_arena_new(32 << 20);
    report = ym_report_new(arena);
    CHECK(report != NULL);
    return report;
}

/* The report of a real scan of data with the images of the cache. */
static struct ym_report *scanned(const void *data, size_t size, uint32_t skip) {
    const struct ym_scan_options so = {.digests = true, .skip_layers = skip};

    ym_engine_free(engine);
    engine = NULL;
    CHECK_EQ(ym_engine_new(options.layers, options.n_layers, &options.limits, &engine, NULL),
             YM_OK);
    CHECK_EQ(ym_engine_scan(engine, data, size, "", &so, fresh()), YM_OK);
    return report;
}

static void put(uint64_t ino) {
    struct ym_file_stamp s = stamp_of(ino);

    ym_cache_put(cache, &s, HOUR * SECOND, scanned(hello, sizeof(hello) - 1, 0));
}

static ym_cache_answer ask(uint64_t ino, uint32_t *ret_skip) {
    struct ym_file_stamp s = stamp_of(ino);

    return ym_cache_ask(cache, &s, fresh(), ret_skip);
}

static ym_cache_answer ask_only(uint64_t ino) {
    uint32_t skip;

    return ask(ino, &skip);
}

static void save(const char *path) {
    struct ym_err err = {.code = YM_OK};

    if (ym_cache_save(cache, path, &err) != YM_OK) {
        FAIL("%s", err.text);
    }
}

/* A file that knows inodes 1 to n as clean under image A. */
static void make_file(const char *path, uint64_t n) {
    start();
    (void)unlink(path);
    use(0, 1, NULL);
    for (uint64_t i = 1; i <= n; i++) {
        put(i);
    }
    save(path);
    use(0, 1, path);
}

static void what_was_clean_is_clean_until_its_state_changes(void) {
    const char *path = in_temp("state");
    uint32_t skip;

    make_file(path, 3);
    for (uint64_t i = 1; i <= 3; i++) {
        CHECK_EQ(ask(i, &skip), YM_CACHE_CLEAN);
    }
    CHECK_EQ(ask(4, &skip), YM_CACHE_SCAN);
    CHECK_EQ(skip, 0);
    for (unsigned field = 0; field < 5; field++) {
        struct ym_file_stamp s = stamp_of(1);

        s.dev += field == 0;
        s.ino += field == 1 ? 100 : 0;
        s.size += field == 2;
        s.mtime_ns += field == 3;
        s.ctime_ns += field == 4;
        CHECK_EQ(ym_cache_ask(cache, &s, fresh(), &skip), YM_CACHE_SCAN);
        CHECK_EQ(skip, 0);
    }
    CHECK_EQ(ym_cache_get_stats(cache).clean, 3);
}

static void only_a_settled_clean_verdict_of_all_images_is_kept(void) {
    const char *path = in_temp("kept");
    struct ym_file_stamp s = stamp_of(1);
    struct ym_report_detection d = {
        .name = "X", .kind = "clamav", .object = "", .layers = "", .pattern = "", .source = ""};

    start();
    use(0, 1, path);
    ym_cache_put(cache, &s, s.ctime_ns + YM_CACHE_SETTLE * SECOND, fresh()); /* a tick too early */
    ym_cache_put(cache, &s, s.ctime_ns - HOUR * SECOND, fresh());            /* from the future */
    fresh()->mixed = true;
    ym_cache_put(cache, &s, HOUR * SECOND, report);
    CHECK_EQ(ym_report_add_detection(fresh(), &d), YM_OK);
    ym_cache_put(cache, &s, HOUR * SECOND, report);
    CHECK_EQ(ym_report_add_gap(fresh(), YM_GAP_ENCRYPTED, "", 0, 0, ""), YM_OK);
    ym_cache_put(cache, &s, HOUR * SECOND, report);
    CHECK_EQ(ym_report_fail(fresh(), "no"), YM_OK);
    ym_cache_put(cache, &s, HOUR * SECOND, report);
    CHECK_EQ(ym_cache_get_stats(cache).kept, 0);
    save(path);
    CHECK(access(path, F_OK) != 0); /* nothing new: nothing is written */
    ym_cache_put(cache, &s, s.ctime_ns + YM_CACHE_SETTLE * SECOND + 1, fresh());
    CHECK_EQ(ym_cache_get_stats(cache).kept, 1);
}

static void a_new_image_with_rules_is_all_that_is_asked(void) {
    const char *path = in_temp("layers");
    uint32_t skip;

    make_file(path, 1);
    add_image(body_b.name, body_b.text);
    use(0, 2, path);
    CHECK_EQ(ask(1, &skip), YM_CACHE_SCAN);
    CHECK_EQ(skip, 1);
    /* The scan of B alone makes it clean under both ... */
    put(1);
    save(path);
    use(0, 2, path);
    CHECK_EQ(ask_only(1), YM_CACHE_CLEAN);
    /* ... and under each. */
    use(0, 1, path);
    CHECK_EQ(ask_only(1), YM_CACHE_CLEAN);
    use(1, 1, path);
    CHECK_EQ(ask_only(1), YM_CACHE_CLEAN);
    add_image("c.ndb", "C:0:*:4745434b4f2d54524545\n");
    use(1, 2, path);
    CHECK_EQ(ask(1, &skip), YM_CACHE_SCAN);
    CHECK_EQ(skip, 1);
}

static void an_image_that_is_not_asked_finds_nothing(void) {
    static const char both[] = "GECKO-ONE GECKO-TWO";

    start();
    add_image(body_b.name, body_b.text);
    use(0, 2, NULL);
    CHECK_EQ(scanned(both, sizeof(both) - 1, 0)->n_detections, 1);
    CHECK(strcmp(report->detections->name, "A.UNOFFICIAL") == 0);
    CHECK_EQ(scanned(both, sizeof(both) - 1, 1)->n_detections, 1);
    CHECK(strcmp(report->detections->name, "B.UNOFFICIAL") == 0);
    CHECK_EQ(scanned(both, sizeof(both) - 1, 3)->n_detections, 0);
}

static void the_scan_reports_all_three_digests(void) {
    char hex[2 * YM_REPORT_DIGEST_BYTES + 1];

    start();
    use(0, 1, NULL);
    CHECK_EQ(scanned("abc", 3, 0)->n_digests, 1);
    CHECK(report->digests_whole);
    CHECK_EQ(report->digests[0].size, 3);
    CHECK(report->digests[0].made);
    for (size_t i = 0; i < sizeof(report->digests[0].bytes); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", report->digests[0].bytes[i]);
    }
    CHECK(strcmp(hex, "900150983cd24fb0d6963f7d28e17f72a9993e364706816aba3e25717850c26c9cd0d89d"
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0);
}

static void new_hashes_are_answered_from_the_digests(void) {
    const char *path = in_temp("digests");

    make_file(path, 1);
    add_image("b.hdb", "00000000000000000000000000000000:12:No\n"
                       "00000000000000000000000000000000:999:Other.Size\n");
    add_image("c.hdb", HELLO_MD5 ":12:Hello\n");
    use(0, 2, path);
    CHECK_EQ(ask_only(1), YM_CACHE_CLEAN);
    CHECK_EQ(ym_cache_get_stats(cache).digests, 1);
    use(0, 3, path);
    CHECK_EQ(ask_only(1), YM_CACHE_INFECTED);
    CHECK_EQ(report->n_detections, 1);
    CHECK(strcmp(report->detections->name, "Hello.UNOFFICIAL") == 0);
    CHECK(strcmp(report->detections->layers, "text") == 0);
    /* The same answer as that of a scan. */
    CHECK_EQ(scanned(hello, sizeof(hello) - 1, 0)->n_detections, 1);
    CHECK(strcmp(report->detections->name, "Hello.UNOFFICIAL") == 0);
    CHECK(strcmp(report->detections->layers, "text") == 0);
}

static void every_digest_hit_is_told_when_all_are_wanted(void) {
    const char *path = in_temp("all");

    make_file(path, 1);
    add_image("b.hdb", HELLO_MD5 ":12:One\n" HELLO_MD5 ":12:Two\n");
    add_image("c.hsb", HELLO_SHA256 ":12:Three\n" HELLO_MD5 ":*:Four:73\n");
    options.scan.all_matches = true;
    use(0, 3, path);
    CHECK_EQ(ask_only(1), YM_CACHE_INFECTED);
    CHECK_EQ(report->n_detections, 4);
    options.scan.all_matches = false;
    use(0, 3, path);
    CHECK_EQ(ask_only(1), YM_CACHE_INFECTED);
    CHECK_EQ(report->n_detections, 1);
}

static void an_allow_list_is_left_to_the_scan(void) {
    const char *path = in_temp("allow");

    make_file(path, 1);
    add_image("b.hdb", HELLO_MD5 ":12:Hello\n");
    add_image("c.fp", HELLO_MD5 ":12:Fine\n");
    use(0, 3, path);
    CHECK_EQ(ask_only(1), YM_CACHE_SCAN);
    CHECK_EQ(ym_report_verdict(scanned(hello, sizeof(hello) - 1, 1)), YM_VERDICT_CLEAN);
    CHECK(report->mixed);
    put(1);
    CHECK_EQ(ym_cache_get_stats(cache).kept, 0);
}

/* Puts a clean report with the digests that fill() adds, and asks with image B on top. */
static ym_cache_answer with_digests(const char *path, void (*fill)(struct ym_report *r)) {
    struct ym_file_stamp s = stamp_of(1);

    (void)unlink(path);
    use(0, 1, NULL);
    fresh()->digests_whole = true;
    fill(report);
    ym_cache_put(cache, &s, HOUR * SECOND, report);
    save(path);
    use(0, 2, path);
    return ask_only(1);
}

static void add_rows(struct ym_report *r, unsigned n, ym_digest_kind kind, bool made,
                     uint64_t size) {
    struct ym_report_digest d = {.size = size, .kind = (uint8_t)kind, .made = made};

    for (unsigned i = 0; i < n; i++) {
        CHECK_EQ(ym_report_add_digest(r, &d), YM_OK);
    }
}

static void fill_none(struct ym_report *r) {
    (void)r;
}
static void fill_large_unwanted(struct ym_report *r) {
    add_rows(r, 1, YM_DIGEST_FILE, false, 5);
}
static void fill_large_wanted(struct ym_report *r) {
    add_rows(r, 1, YM_DIGEST_FILE, false, 12);
}
static void fill_many(struct ym_report *r) {
    add_rows(r, YM_REPORT_MAX_DIGESTS + 1, YM_DIGEST_FILE, true, 5);
}
static void fill_all(struct ym_report *r) {
    add_rows(r, YM_REPORT_MAX_DIGESTS, YM_DIGEST_FILE, true, 5);
}
static void fill_inner(struct ym_report *r) { /* zeros: the second is what B has */
    add_rows(r, 1, YM_DIGEST_FILE, true, 5);
    add_rows(r, 1, YM_DIGEST_FILE, true, 12);
}
static void fill_imports(struct ym_report *r) {
    add_rows(r, 1, YM_DIGEST_FILE, true, 5);
    add_rows(r, 1, YM_DIGEST_IMPORT, true, 12);
}
static void fill_section(struct ym_report *r) {
    add_rows(r, 1, YM_DIGEST_FILE, true, 5);
    add_rows(r, 1, YM_DIGEST_SECTION, true, 12);
}

static void digests_answer_only_when_they_know_enough(void) {
    const char *path = in_temp("enough");

    start();
    add_image("b.hdb", "00000000000000000000000000000000:12:Zeros\n");
    CHECK_EQ(with_digests(path, fill_none), YM_CACHE_SCAN);
    CHECK_EQ(with_digests(path, fill_large_unwanted), YM_CACHE_CLEAN);
    CHECK_EQ(with_digests(path, fill_large_wanted), YM_CACHE_SCAN);
    CHECK_EQ(with_digests(path, fill_many), YM_CACHE_SCAN);
    CHECK_EQ(with_digests(path, fill_all), YM_CACHE_CLEAN);
    CHECK_EQ(with_digests(path, fill_inner), YM_CACHE_SCAN); /* a scan tells where it lies */
    CHECK_EQ(with_digests(path, fill_section), YM_CACHE_CLEAN);
    close_all();
    add_image(body_a.name, body_a.text);
    add_image("b.imp", "00000000000000000000000000000000:12:Zeros\n");
    CHECK_EQ(with_digests(path, fill_all), YM_CACHE_CLEAN);
    CHECK_EQ(with_digests(path, fill_imports), YM_CACHE_SCAN);
}

static void another_context_sees_nothing(void) {
    const char *path = in_temp("context");
    struct ym_table_row row = {.n_numbers = 1};
    struct ym_db_builder *b = ym_db_builder_new();
    int fd = memfd_create("db", MFD_CLOEXEC);

    make_file(path, 1);
    options.limits.max_depth++;
    use(0, 1, path);
    CHECK_EQ(ask_only(1), YM_CACHE_SCAN);
    options.limits.max_depth--;
    options.scan.no_unpack = true;
    use(0, 1, path);
    CHECK_EQ(ask_only(1), YM_CACHE_SCAN);
    put(1); /* both contexts live side by side */
    save(path);
    use(0, 1, path);
    CHECK_EQ(ask_only(1), YM_CACHE_CLEAN);
    options.scan.no_unpack = false;
    use(0, 1, path);
    CHECK_EQ(ask_only(1), YM_CACHE_CLEAN);
    /* An image with side tables changes what others see. */
    CHECK_EQ(ym_db_builder_sink(b)->row(ym_db_builder_sink(b)->self, YM_TABLE_CONFIG, &row, NULL),
             YM_OK);
    CHECK_EQ(ym_db_builder_write(b, fd, NULL), YM_OK);
    ym_db_builder_free(b);
    CHECK_EQ(ym_db_open_fd(fd, "t", &images[n_images++], NULL), YM_OK);
    CHECK_EQ(close(fd), 0);
    use(0, 2, path);
    CHECK_EQ(ask_only(1), YM_CACHE_SCAN);
}

static void two_scans_at_a_time_both_leave_what_they_learned(void) {
    const char *path = in_temp("two");
    struct ym_cache *other;

    make_file(path, 2);
    other = cache;
    cache = NULL;
    use(0, 1, path);
    put(3);
    CHECK_EQ(ask_only(1), YM_CACHE_CLEAN);
    save(path);
    ym_cache_free(cache);
    cache = other; /* opened before that was written */
    put(4);
    save(path);
    use(0, 1, path);
    for (uint64_t i = 1; i <= 4; i++) {
        CHECK_EQ(ask_only(i), YM_CACHE_CLEAN);
    }
    CHECK_EQ(ask_only(5), YM_CACHE_SCAN);
}

static void a_state_of_the_past_gives_way(void) {
    const char *path = in_temp("past");
    struct ym_file_stamp s = stamp_of(1);
    struct ym_cache_info info;
    uint32_t skip;

    make_file(path, 1);
    s.mtime_ns = s.ctime_ns = 9 * SECOND;
    ym_cache_put(cache, &s, HOUR * SECOND, fresh());
    save(path);
    use(0, 1, path);
    CHECK_EQ(ym_cache_ask(cache, &s, fresh(), &skip), YM_CACHE_CLEAN);
    CHECK_EQ(ask_only(1), YM_CACHE_SCAN);
    CHECK_EQ(ym_cache_describe(path, &info, NULL), YM_OK);
    CHECK_EQ(info.entries, 1);
}

static void the_file_keeps_its_size_and_what_was_used_last(void) {
    const char *path = in_temp("size");
    struct ym_cache_info info;
    unsigned kept = 0;

    make_file(path, 500);
    options.max_bytes = 32 << 10;
    use(0, 1, path);
    for (uint64_t i = 490; i <= 500; i++) {
        CHECK_EQ(ask_only(i), YM_CACHE_CLEAN);
    }
    put(1000);
    save(path);
    CHECK_EQ(ym_cache_describe(path, &info, NULL), YM_OK);
    printf("# %llu bytes, %llu entries\n", (unsigned long long)info.file_size,
           (unsigned long long)info.entries);
    CHECK(info.file_size <= options.max_bytes);
    CHECK(info.entries > 100);
    use(0, 1, path);
    CHECK_EQ(ask_only(1000), YM_CACHE_CLEAN);
    for (uint64_t i = 490; i <= 500; i++) {
        CHECK_EQ(ask_only(i), YM_CACHE_CLEAN);
    }
    for (uint64_t i = 1; i < 490; i++) {
        kept += ask_only(i) == YM_CACHE_CLEAN;
    }
    CHECK_EQ(kept + 12, info.entries);
    options.max_bytes = 100; /* not even room for the header: an empty cache */
    use(0, 1, path);
    put(2000);
    save(path);
    CHECK_EQ(ym_cache_describe(path, &info, NULL), YM_OK);
    CHECK_EQ(info.entries, 0);
}

static void more_images_than_a_file_knows_drop_the_oldest(void) {
    const char *path = in_temp("images");
    struct ym_cache_info info;
    char text[64];

    make_file(path, 1);
    for (unsigned i = 0; i < 70; i++) {
        (void)snprintf(text, sizeof(text), "I%u:0:*:4745434b4f%04x\n", i, i);
        add_image("i.ndb", text);
        use(1, 1, path);
        put(2);
        save(path);
        ym_cache_free(cache);
        cache = NULL;
        ym_db_close(images[--n_images]);
    }
    CHECK_EQ(ym_cache_describe(path, &info, NULL), YM_OK);
    CHECK_EQ(info.n_images, 64);
    CHECK_EQ(info.damaged, 0);
}

/* ---- Damage -------------------------------------------------------------------------------- */

static uint8_t *read_file(const char *path, size_t *ret_size) {
    struct stat sb;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *bytes;

    CHECK(fd >= 0);
    CHECK_EQ(fstat(fd, &sb), 0);
    bytes = aligned_alloc(64, ((size_t)sb.st_size + 63) / 64 * 64);
    CHECK(bytes != NULL);
    CHECK_EQ(read(fd, bytes, (size_t)sb.st_size), sb.st_size);
    CHECK_EQ(close(fd), 0);
    *ret_size = (size_t)sb.st_size;
    return bytes;
}

static void every_truncation_is_refused(void) {
    const char *path = in_temp("cut");
    size_t size = 0;
    uint8_t *bytes;

    make_file(path, 5);
    bytes = read_file(path, &size);
    for (size_t n = 0; n < size; n++) {
        struct ym_err err = {.code = YM_OK};

        open_cache(NULL);
        CHECK(ym_cache_load_bytes(cache, bytes, n, &err) != YM_OK);
        CHECK(err.text[0] != '\0');
        CHECK_EQ(ask_only(1), YM_CACHE_SCAN);
    }
    open_cache(NULL);
    CHECK_EQ(ym_cache_load_bytes(cache, bytes, size, NULL), YM_OK);
    CHECK_EQ(ask_only(1), YM_CACHE_CLEAN);
    free(bytes);
}

static void a_changed_byte_never_makes_a_file_clean(void) {
    const char *path = in_temp("changed");
    const char *copy = in_temp("changed-again");
    unsigned opened = 0;
    unsigned lost = 0;
    size_t size = 0;
    uint8_t *bytes;

    make_file(path, 5);
    add_image("b.hdb", HELLO_MD5 ":12:Hello\n");
    bytes = read_file(path, &size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= (uint8_t)(1u << i % 8);
        use(0, 1 + i % 2, NULL); /* by entries alone, and by digests */
        if (ym_cache_load_bytes(cache, bytes, size, NULL) == YM_OK) {
            ym_cache_answer good = i % 2 == 0 ? YM_CACHE_CLEAN : YM_CACHE_INFECTED;

            opened++;
            for (uint64_t ino = 1; ino <= 5; ino++) {
                ym_cache_answer a = ask_only(ino);

                CHECK(a == good || a == YM_CACHE_SCAN);
                lost += a == YM_CACHE_SCAN;
            }
            CHECK_EQ(ask_only(6), YM_CACHE_SCAN);
            if (i % 16 == 0) {
                put(7); /* what is merged is sound */
                (void)unlink(copy);
                save(copy);
            }
        }
        bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    printf("# %u of %zu changed files opened, %u answers lost\n", opened, size, lost);
    CHECK(opened > 500);
    CHECK(lost > 400);
    free(bytes);
}

static void a_file_of_somebody_else_is_not_used(void) {
    const char *path = in_temp("owner");
    struct ym_err err = {.code = YM_OK};
    const char *link = in_temp("link");
    struct stat sb;

    make_file(path, 1);
    CHECK_EQ(stat(path, &sb), 0);
    CHECK_EQ(sb.st_mode & 07777, 0600);
    CHECK_EQ(symlink(path, link), 0);
    open_cache(NULL);
    CHECK(ym_cache_load(cache, link, &err) != YM_OK);
    CHECK_EQ(chmod(path, 0622), 0);
    err = (struct ym_err){.code = YM_OK};
    open_cache(NULL);
    CHECK_EQ(ym_cache_load(cache, path, &err), YM_UNSUPPORTED);
    CHECK_EQ(ask_only(1), YM_CACHE_SCAN);
    put(2); /* it is replaced by one of ours */
    save(path);
    CHECK_EQ(stat(path, &sb), 0);
    CHECK_EQ(sb.st_mode & 07777, 0600);
    use(0, 1, path);
    CHECK_EQ(ask_only(1), YM_CACHE_SCAN);
    CHECK_EQ(ask_only(2), YM_CACHE_CLEAN);
}

static void a_full_disk_leaves_the_old_file(void) {
    const char *path = in_temp("full");

    make_file(path, 3);
    for (unsigned nth = 1; nth < 5; nth++) { /* header, slots, entries, digests */
        struct ym_err err = {.code = YM_OK};

        put(10);
        (void)ym_fault_sys(YM_FAULT_WRITE, nth, ENOSPC, 1);
        CHECK(ym_cache_save(cache, path, &err) != YM_OK);
        (void)ym_fault_sys(YM_FAULT_WRITE, 0, 0, 0);
        CHECK(err.text[0] != '\0');
        use(0, 1, path);
        CHECK_EQ(ask_only(3), YM_CACHE_CLEAN);
        CHECK_EQ(ask_only(10), YM_CACHE_SCAN);
    }
}

static void memory_that_runs_out_costs_the_cache_and_no_more(void) {
    const char *path = in_temp("memory");
    unsigned failed = 0;

    make_file(path, 3);
    put(10);
    for (unsigned nth = 1; nth < 100; nth++) {
        struct ym_err err = {.code = YM_OK};
        ym_status st;

        (void)ym_fault_malloc(nth, 1);
        st = ym_cache_save(cache, path, &err);
        if (ym_fault_malloc(0, 0) == 0) {
            CHECK_EQ(st, YM_OK);
            break;
        }
        failed++;
        CHECK(st != YM_OK);
        CHECK(err.text[0] != '\0');
    }
    printf("# %u allocations\n", failed);
    CHECK(failed > 4);
    use(0, 1, path);
    CHECK_EQ(ask_only(3), YM_CACHE_CLEAN);
    CHECK_EQ(ask_only(10), YM_CACHE_CLEAN);
    close_all();
    ym_arena_free(arena);
    arena = NULL;
}

MAIN(T(what_was_clean_is_clean_until_its_state_changes),
     T(only_a_settled_clean_verdict_of_all_images_is_kept),
     T(a_new_image_with_rules_is_all_that_is_asked), T(an_image_that_is_not_asked_finds_nothing),
     T(the_scan_reports_all_three_digests), T(new_hashes_are_answered_from_the_digests),
     T(every_digest_hit_is_told_when_all_are_wanted), T(an_allow_list_is_left_to_the_scan),
     T(digests_answer_only_when_they_know_enough), T(another_context_sees_nothing),
     T(two_scans_at_a_time_both_leave_what_they_learned), T(a_state_of_the_past_gives_way),
     T(the_file_keeps_its_size_and_what_was_used_last),
     T(more_images_than_a_file_knows_drop_the_oldest), T(every_truncation_is_refused),
     T(a_changed_byte_never_makes_a_file_clean), T(a_file_of_somebody_else_is_not_used),
     T(a_full_disk_leaves_the_old_file), T(memory_that_runs_out_costs_the_cache_and_no_more))
