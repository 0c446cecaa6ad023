/* db.c - opening an image.  See db.h, image.h; the full check is in check.c. */
#include "database/db.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "base/module.h"
#include "database/image.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const struct {
    const char *name;
    uint32_t row;
} sections[YM_SECTION_COUNT] = {
#define X(name, text, row) [YM_SECTION_##name] = {text, row},
    YM_SECTION_TABLE(X)
#undef X
};

static ym_status bad(const struct ym_db *db, struct ym_err *err, ym_status st, uint64_t offset,
                     const char *what) {
    if (err != NULL && err->code == YM_OK) {
        (void)strncpy(err->file, db->name, sizeof(err->file) - 1);
    }
    return ym_fail(err, st, "database", offset, "%s; build the image again", what);
}

static ym_status check_header(const struct ym_db *db, struct ym_err *err) {
    const struct ym_img_header *h = db->header;

    if (db->size < sizeof(*h)) {
        return bad(db, err, YM_TRUNCATED, db->size, "too short to be a Yamori signature image");
    }
    if (memcmp(h->magic, YM_IMG_MAGIC, sizeof(h->magic)) != 0) {
        return bad(db, err, YM_MALFORMED, 0, "not a Yamori signature image");
    }
    if (h->version != YM_IMG_VERSION || h->header_size != sizeof(*h) ||
        h->n_sections != YM_SECTION_COUNT || h->modules != ym_modules_fingerprint()) {
        return bad(db, err, YM_UNSUPPORTED, 8, "made by another version of Yamori");
    }
    if (h->file_size != db->size) {
        return bad(db, err, YM_TRUNCATED, 16,
                   h->file_size > db->size ? "the image is cut short"
                                           : "there are bytes behind the image's end");
    }
    return YM_OK;
}

static ym_status check_span(const struct ym_db *db, unsigned s, uint64_t *end, struct ym_err *err) {
    const struct ym_img_span *span = &db->header->sections[s];

    if (span->row != sections[s].row || span->offset % YM_IMG_ALIGN != 0 || span->offset < *end ||
        span->offset > db->size || span->size > db->size - span->offset ||
        span->size != (uint64_t)span->count * span->row) {
        return bad(db, err, YM_MALFORMED,
                   offsetof(struct ym_img_header, sections) + s * sizeof(*span),
                   "a section lies outside");
    }
    *end = span->offset + span->size;
    return YM_OK;
}

static bool ends_in_nul(const struct ym_db *db, ym_section s) {
    const struct ym_img_span *span = ym_db_span(db, s);

    return span->size > 0 && db->base[span->offset + span->size - 1] == 0;
}

static bool shape_is_known(const struct ym_img_filter *f, unsigned class) {
    static const uint8_t shapes[YM_ATOM_CLASSES][3] = {
#define X(name, length, window, stride, key) {window, stride, key},
        YM_ATOM_CLASS_TABLE(X)
#undef X
    };
    bool by_three = class == YM_ATOM_FOUR && f->window == 3 && f->stride == 2;

    return f->key == shapes[class][2] &&
           (by_three || (f->window == shapes[class][0] && f->stride == shapes[class][1]));
}

/* 64 bits at least: the first bitmap is read in words of 32, whose number is a shift. */
static bool filter_inside(const struct ym_db *db, const struct ym_img_filter *f, unsigned class) {
    uint64_t first = f->bits < 6 || f->bits > 31 ? 0 : UINT64_C(1) << (f->bits - 3);
    uint64_t second =
        f->second_bits < 3 || f->second_bits > 40 ? 0 : UINT64_C(1) << (f->second_bits - 3);

    return f->bits == 0 || (first > 0 && second > 0 && shape_is_known(f, class) &&
                            ym_db_bytes(db, YM_SECTION_BITMAPS, f->first, first) != NULL &&
                            ym_db_bytes(db, YM_SECTION_BITMAPS, f->second, second) != NULL);
}

static bool group_inside(const struct ym_db *db, const struct ym_img_group *g) {
    for (unsigned class = 0; class < YM_ATOM_CLASSES; class ++) {
        if (!filter_inside(db, &g->filters[class], class)) {
            return false;
        }
    }
    return (g->pairs == UINT64_MAX ||
            ym_db_bytes(db, YM_SECTION_BITMAPS, g->pairs, 8192) != NULL) &&
           (g->few == UINT64_MAX ||
            ym_db_bytes(db, YM_SECTION_BITMAPS, g->few,
                        YM_FEW_KEYS + g->n_few * sizeof(struct ym_img_few)) != NULL) &&
           (g->few_pairs == 0 || g->few != UINT64_MAX);
}

static bool is_power_of_two_or_zero(uint32_t n) {
    return (n & (n - 1)) == 0;
}

static ym_status check_tables(const struct ym_db *db, struct ym_err *err) {
    uint32_t n2 = ym_db_count(db, YM_SECTION_PAIRS);

    if (!ends_in_nul(db, YM_SECTION_STRINGS) || !ends_in_nul(db, YM_SECTION_INFO)) {
        return bad(db, err, YM_MALFORMED, 0, "its texts do not end");
    }
    if (ym_db_count(db, YM_SECTION_GROUPS) != YM_TARGET_COUNT || (n2 != 0 && n2 != 65537) ||
        !is_power_of_two_or_zero(ym_db_count(db, YM_SECTION_ATOMS))) {
        return bad(db, err, YM_MALFORMED, 0, "a prefilter table has an impossible size");
    }
    for (uint32_t i = 0; i < YM_TARGET_COUNT; i++) {
        const struct ym_img_group *g = ym_db_row(db, YM_SECTION_GROUPS, i);

        if (!group_inside(db, g)) {
            return bad(db, err, YM_MALFORMED, 0, "a prefilter bitmap lies outside");
        }
    }
    return YM_OK;
}

static ym_status check_open(struct ym_db *db, struct ym_err *err) {
    const struct ym_img_span *digests;
    uint64_t end = sizeof(struct ym_img_header);

    YM_TRY(check_header(db, err));
    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        YM_TRY(check_span(db, s, &end, err));
    }
    YM_TRY(check_tables(db, err));
    digests = ym_db_span(db, YM_SECTION_DIGESTS);
    return ym_digests_open(db->base + digests->offset, digests->size, &db->digests, err);
}

static ym_status open_bytes(const void *data, size_t size, void *mapping, const char *name,
                            struct ym_db **ret_db, struct ym_err *err) {
    struct ym_db *db = ym_zalloc(1, sizeof(*db));
    ym_status st = YM_NOMEM;

    if (db != NULL) {
        db->base = data;
        db->size = size;
        db->header = data;
        db->name = ym_strdup(name);
        if (db->name != NULL) {
            st = check_open(db, err);
        }
    }
    if (st != YM_OK) {
        ym_db_close(db);
        return ym_fail(err, st, "database", YM_ERR_NO_OFFSET, "%s: %s", name, ym_status_text(st));
    }
    db->mapping = mapping;
    *ret_db = db;
    return YM_OK;
}

ym_status ym_db_open_memory(const void *data, size_t size, const char *name, struct ym_db **ret_db,
                            struct ym_err *err) {
    return open_bytes(data, size, NULL, name, ret_db, err);
}

ym_status ym_db_open_fd(int fd, const char *name, struct ym_db **ret_db, struct ym_err *err) {
    struct stat st;
    void *p;
    ym_status status;

    if (fstat(fd, &st) != 0) {
        return ym_fail_errno(err, "database", name, errno, "reading the image's size");
    }
    if (st.st_size < (off_t)sizeof(struct ym_img_header)) {
        return ym_fail_at(err, YM_TRUNCATED, "database", name, 0, 0,
                          "too short to be a Yamori signature image (%jd bytes)",
                          (intmax_t)st.st_size);
    }
    p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        return ym_fail_errno(err, "database", name, errno, "mapping the image");
    }
    status = open_bytes(p, (size_t)st.st_size, p, name, ret_db, err);
    if (status != YM_OK) {
        (void)munmap(p, (size_t)st.st_size);
    }
    return status;
}

void ym_db_close(struct ym_db *db) {
    if (db == NULL) {
        return;
    }
    if (db->mapping != NULL) {
        (void)munmap(db->mapping, db->size);
    }
    ym_free(db->name);
    ym_free(db);
}

const uint8_t *ym_db_identity(const struct ym_db *db) {
    return db->header->identity;
}

bool ym_db_reaches_others(const struct ym_db *db) {
    return ym_db_span(db, YM_SECTION_TABLES)->size > 0;
}

bool ym_db_only_digests(const struct ym_db *db) {
    return ym_db_count(db, YM_SECTION_RULES) == 0 && !ym_db_reaches_others(db);
}

/* The number after "key": in the info text; it was written by build.c. */
static uint64_t info_number(const char *json, const char *key) {
    const char *at = strstr(json, key);
    uint64_t v = 0;

    for (at = at == NULL ? "" : at + strlen(key); *at >= '0' && *at <= '9'; at++) {
        v = v * 10 + (uint64_t)(*at - '0');
    }
    return v;
}

void ym_db_get_info(const struct ym_db *db, struct ym_db_info *ret_info) {
    const struct ym_img_span *info = ym_db_span(db, YM_SECTION_INFO);

    *ret_info = (struct ym_db_info){
        .file_size = db->size,
        .built = db->header->built,
        .epoch = db->header->epoch,
        .version = db->header->version,
        .patterns = ym_db_count(db, YM_SECTION_PATTERNS),
        .n_sections = YM_SECTION_COUNT,
        .json = (const char *)db->base + info->offset,
    };
    memcpy(ret_info->identity, db->header->identity, sizeof(ret_info->identity));
    ret_info->clamav_rules = info_number(ret_info->json, "\"clamav_rules\":");
    ret_info->yara_rules = info_number(ret_info->json, "\"yara_rules\":");
    ret_info->image_hash_rules = info_number(ret_info->json, "\"image_hash_rules\":");
    for (unsigned k = 0; k < YM_DIGEST_KINDS; k++) {
        for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
            ret_info->digests[k][a] = db->digests.rows[k][a];
        }
    }
    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        ret_info->sections[s] = (struct ym_db_section_info){
            sections[s].name, db->header->sections[s].size, db->header->sections[s].count};
    }
}
