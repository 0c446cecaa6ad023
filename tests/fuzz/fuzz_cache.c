/* fuzz_cache.c - a hostile cache of verdicts.  The input changes bytes of a good one and mends the
 * sums of what it hit (so that more than sums is tested), or is the file.  Beside staying inside:
 * what the good one did not know is never clean, unless the sums were mended over it. */
#include "base/alloc.h"
#include "database/build.h"
#include "engine/cache.h"
#include "signatures/clamav.h"

#include "../../src/engine/cache_file.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ENTRIES = 8, SIZE = 2048 + 64 + ENTRIES * (64 + 2 * 88) };

static struct ym_db *images[2];
static struct ym_cache_options options;
/* In words, so that it is aligned; the pages behind it are the sanitizer's. */
static uint64_t good[SIZE / 8];

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static struct ym_db *make_image(const char *name, const char *text) {
    const struct ym_clamav_options o = {.official = true};
    struct ym_db_builder *b = ym_db_builder_new();
    struct ym_clamav *c;
    struct ym_db *db = NULL;
    int fd = memfd_create("db", MFD_CLOEXEC);

    must(b != NULL && fd >= 0);
    c = ym_clamav_new(&o, ym_db_builder_sink(b));
    must(c != NULL && ym_clamav_file(c, name, text, strlen(text), NULL) == YM_OK);
    must(ym_db_builder_write(b, fd, NULL) == YM_OK && ym_db_open_fd(fd, name, &db, NULL) == YM_OK);
    ym_clamav_free(c);
    ym_db_builder_free(b);
    (void)close(fd);
    return db;
}

static struct ym_file_stamp stamp_of(uint64_t ino) {
    return (struct ym_file_stamp){.dev = 1, .ino = ino, .size = 12, .mtime_ns = 3, .ctime_ns = 4};
}

/* Writes one with the code that is tested, and takes its bytes. */
static void make_good(void) {
    char path[] = "/tmp/fuzz-cache-XXXXXX";
    struct ym_cache *c = NULL;
    struct ym_arena *arena = ym_arena_new(1 << 20);
    int fd = mkstemp(path);

    must(fd >= 0 && arena != NULL && ym_cache_new(&options, &c, NULL) == YM_OK);
    for (uint64_t i = 1; i <= ENTRIES; i++) {
        struct ym_report *r = ym_report_new(arena);
        struct ym_report_digest d = {.size = 12, .made = true};
        struct ym_file_stamp s = stamp_of(i);

        must(r != NULL && ym_report_add_digest(r, &d) == YM_OK);
        d.kind = 1;
        must(ym_report_add_digest(r, &d) == YM_OK);
        r->digests_whole = true;
        ym_cache_put(c, &s, INT64_MAX, r);
    }
    must(ym_cache_save(c, path, NULL) == YM_OK);
    (void)close(fd);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && read(fd, good, SIZE) == SIZE && lseek(fd, 0, SEEK_END) == SIZE);
    (void)close(fd);
    (void)unlink(path);
    ym_cache_free(c);
    ym_arena_free(arena);
}

static void prepare(void) {
    images[0] = make_image("a.ndb", "A:0:*:4745434b4f2d4f4e45\n");
    images[1] = make_image("b.hdb", "00000000000000000000000000000000:12:Zeros\n");
    options = (struct ym_cache_options){.layers = (const struct ym_db *const *)images,
                                        .n_layers = 1,
                                        .limits = ym_limits_default(),
                                        .max_bytes = 1 << 20};
    make_good();
    options.n_layers = 2;
}

static void mend(uint8_t *bytes) {
    struct ym_cache_header *h = (void *)bytes;
    struct ym_cache_entry *e = (void *)(bytes + 2048 + 64);
    struct ym_cache_digest *d = (void *)(e + ENTRIES);

    h->sum = ym_cache_sum(0, h, offsetof(struct ym_cache_header, sum));
    for (unsigned i = 0; i < ENTRIES; i++) {
        e[i].sum = ym_cache_entry_sum(h->salt, &e[i]);
        d[2 * i].sum = ym_cache_digest_sum(h->salt, &d[2 * i]);
        d[2 * i + 1].sum = ym_cache_digest_sum(h->salt, &d[2 * i + 1]);
    }
}

static void use(const uint8_t *bytes, size_t size, bool trusted) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_cache *c = NULL;

    must(arena != NULL && ym_cache_new(&options, &c, NULL) == YM_OK);
    if (ym_cache_load_bytes(c, bytes, size, NULL) == YM_OK) {
        for (uint64_t i = 0; i <= ENTRIES + 1; i++) {
            struct ym_report *r = ym_report_new(arena);
            struct ym_file_stamp s = stamp_of(i);
            uint32_t skip;
            ym_cache_answer a = ym_cache_ask(c, &s, r, &skip);

            must(a == YM_CACHE_INFECTED ? r->n_detections > 0 : r->n_detections == 0);
            must(!trusted || a != YM_CACHE_CLEAN);
            must(!trusted || a == YM_CACHE_SCAN || (i >= 1 && i <= ENTRIES));
        }
    }
    ym_cache_free(c);
    ym_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    bool raw = len > 0 && data[0] == 0xff;
    bool mended = len > 0 && data[0] == 0xfe;
    uint64_t *copy;
    size_t size;

    if (images[0] == NULL) {
        prepare();
    }
    size = raw ? len - 1 : SIZE;
    copy = calloc(size / 8 + 1, 8);
    must(copy != NULL);
    memcpy(copy, raw ? data + 1 : (const uint8_t *)good, size);
    for (size_t i = 1; !raw && i + 3 <= len; i += 3) {
        ((uint8_t *)copy)[((size_t)data[i] | (size_t)data[i + 1] << 8) % SIZE] ^= data[i + 2];
    }
    if (mended) {
        mend((uint8_t *)copy);
    }
    use((const uint8_t *)copy, size, !raw && !mended);
    free(copy);
    return 0;
}
