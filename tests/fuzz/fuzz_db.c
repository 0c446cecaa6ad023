/* fuzz_db.c - a hostile image: open, check, scan.  Input: how many changes are made to a good image,
 * so that the fuzzer starts from something that opens; the changes; then bytes that are scanned
 * behind a sample in which nearly all of its rules match. */
#include "makers/make_ydb.h"

#include "base/kinds.h"
#include "database/about.h"
#include "database/db.h"
#include "database/tables.h"
#include "formats/exe.h"
#include "match/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool ignore_hit(void *self, const struct ym_match_hit *h) {
    (void)self;
    return h->length == 0 || h->bytes[h->length - 1] != 1;
}

static bool ignore(void *self, const struct ym_match_detection *d) {
    ym_match_hits(d, ignore_hit, self);
    return d->name[0] != '\1';
}

/* Four bytes each: place u24, change u8. */
static void damage(uint8_t *image, size_t size, const uint8_t *data, size_t len) {
    for (size_t i = 0; i + 4 <= len; i += 4) {
        size_t at = ((size_t)data[i] | (size_t)data[i + 1] << 8 | (size_t)data[i + 2] << 16) % size;

        image[at] ^= data[i + 3];
    }
}

enum { SCAN_MAX = 4096 };

static size_t scanned_bytes(uint8_t *out, const uint8_t *data, size_t len) {
    size_t n = sizeof(make_ydb_sample) - 1;
    size_t more = len < SCAN_MAX - n ? len : SCAN_MAX - n;

    memcpy(out, make_ydb_sample, n);
    if (more > 0) {
        memcpy(out + n, data, more);
    }
    return n + more;
}

static void read_tables(const struct ym_db *db) {
    for (unsigned t = 0; t < YM_TABLE_COUNT; t++) {
        struct ym_table_cursor c = {.db = db, .table = (ym_table)t};
        struct ym_table_row row;
        size_t sum = 0;

        while (ym_db_table_next(&c, &row)) {
            for (uint32_t i = 0; i < row.n_texts; i++) {
                sum += row.texts[i].n == 0 ? 0 : (uint8_t)row.texts[i].s[row.texts[i].n - 1];
            }
        }
        if (sum == SIZE_MAX) {
            __builtin_trap();
        }
    }
}

/* What rules say of themselves. */
static void read_about(const struct ym_db *db) {
    size_t sum = 0;

    for (uint32_t rule = 0; rule < 200; rule++) {
        uint32_t first;
        uint32_t n = ym_db_rule_tags(db, rule, &first);
        struct ym_about_meta m;

        for (uint32_t i = 0; i < n; i++) {
            sum += strlen(ym_db_tag(db, first + i));
        }
        n = ym_db_rule_metas(db, rule, &first);
        for (uint32_t i = 0; i < n && ym_db_meta(db, first + i, &m); i++) {
            sum += strlen(m.key) + strlen(m.text);
        }
        sum += ym_db_rule_has_tag(db, rule, "tag");
    }
    if (sum == SIZE_MAX) {
        __builtin_trap();
    }
}

/* With an executable's headers, surroundings, and vectors on or off. */
static void scan(const struct ym_db *db, const uint8_t *data, size_t len, bool sound) {
    static const uint16_t types[] = {18, 7, 18};
    static const struct ym_exe_section sections[] = {{2, 30}, {40, 400}};
    const struct ym_exe exe = {
        .has_entry = true, .entry = 3, .sections = sections, .n_sections = 2};
    const struct ym_match_context context = {.types = types, .n_types = 3};
    struct ym_scratch *s = ym_scratch_new(db, 1 << 20);
    uint8_t bytes[SCAN_MAX];
    struct ym_match_input in = {.data = bytes,
                                .size = scanned_bytes(bytes, data, len),
                                .langs = YM_MATCH_CLAMAV | YM_MATCH_YARA,
                                .target = len > 0 ? data[0] % 15u : 0,
                                .exe = len > 1 && data[1] % 2 == 0 ? &exe : NULL,
                                .every_match = len > 3 && data[3] % 2 == 0,
                                .base = len > 3 && data[3] % 3 == 0 ? 0x7f0000000000u : 0,
                                .memory = len > 3 && data[3] % 3 == 0,
                                .context = len > 2 && data[2] % 2 == 0 ? &context : NULL};
    unsigned gaps;

    for (unsigned v = 0; s != NULL && v < 4; v++) {
        static const unsigned vectors[] = {0, 256, 512, 513};

        if (ym_scratch_use_vectors(s, vectors[v]) &&
            ym_match(db, s, &in, ignore, NULL, &gaps) != YM_OK && sound) {
            __builtin_trap(); /* a sound image can always be asked */
        }
    }
    ym_scratch_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static uint8_t *good;
    static size_t size;
    size_t changes = len == 0 ? 0 : data[0] % 16 * 4u;
    struct ym_db *db = NULL;
    uint8_t *image;

    if (good == NULL) {
        good = make_ydb(&size);
    }
    image = good == NULL || len == 0 ? NULL : aligned_alloc(64, (size + 63) / 64 * 64);
    if (image == NULL) {
        return 0;
    }
    changes = changes < len - 1 ? changes : len - 1;
    memcpy(image, good, size);
    damage(image, size, data + 1, changes);
    if (ym_db_open_memory(image, size, "fuzz.ydb", &db, NULL) == YM_OK) {
        bool sound = ym_db_check(db, NULL) == YM_OK;

        read_tables(db);
        read_about(db);
        scan(db, data + 1 + changes, len - 1 - changes, sound);
        ym_db_close(db);
    }
    free(image);
    return 0;
}
