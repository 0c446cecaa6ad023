/* fuzz_db.c - a hostile image: open, check, scan.  The input is XORed over a good image, so that
 * the fuzzer starts from something that opens. */
#include "makers/make_ydb.h"

#include "match/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool ignore(void *self, const struct ym_match_detection *d) {
    (void)self;
    return d->name[0] != '\1';
}

/* Pairs of (u16 position / 2, u8 change): sparse changes reach deep. */
static void damage(uint8_t *image, size_t size, const uint8_t *data, size_t len) {
    for (size_t i = 0; i + 4 <= len; i += 4) {
        size_t at = ((size_t)data[i] | (size_t)data[i + 1] << 8 | (size_t)data[i + 2] << 16) % size;

        image[at] ^= data[i + 3];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static uint8_t *good;
    static size_t size;
    uint8_t *image;
    struct ym_db *db = NULL;

    if (good == NULL) {
        good = make_ydb(&size);
    }
    image = good == NULL ? NULL : aligned_alloc(64, (size + 63) / 64 * 64);
    if (image == NULL) {
        return 0;
    }
    memcpy(image, good, size);
    damage(image, size, data, len);
    if (ym_db_open_memory(image, size, "fuzz.ydb", &db, NULL) == YM_OK) {
        struct ym_scratch *s = ym_scratch_new(db, 1 << 20);
        struct ym_match_input in = {.data = data,
                                    .size = len,
                                    .langs = YM_MATCH_CLAMAV | YM_MATCH_YARA,
                                    .target = len > 0 ? data[0] % 15u : 0};
        unsigned gaps;
        ym_status checked = ym_db_check(db, NULL);

        if (s != NULL && ym_match(db, s, &in, ignore, NULL, &gaps) != YM_OK && checked == YM_OK) {
            __builtin_trap(); /* a sound image can always be asked */
        }
        ym_scratch_free(s);
        ym_db_close(db);
    }
    free(image);
    return 0;
}
