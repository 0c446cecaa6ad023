/* build_write.c - the sections of an image to a file, one after the other.  See build_int.h. */
#include "build_int.h"

#include "base/module.h"
#include "base/time.h"
#include "checksum.h"
#include "database/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* ---- Writing ------------------------------------------------------------------------------------ */

static void write_info(const struct ym_db_builder *b, struct ym_buf *out) {
    const char *why;
    size_t n;
    uint64_t count;
    size_t cursor = 0;
    const char *comma = "";

    ym_buf_printf(out,
                  "{\"clamav_rules\":%" PRIu64 ",\"yara_rules\":%" PRIu64
                  ",\"image_hash_rules\":%" PRIu64 ",\"sources\":[",
                  b->lang_rules[YM_LANG_CLAMAV], b->lang_rules[YM_LANG_YARA], b->image_hash_rules);
    for (uint32_t i = 0; i < b->n_sources; i++) {
        ym_buf_add_text(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        ym_buf_json_string(out, b->sources[i].name, strlen(b->sources[i].name));
        ym_buf_printf(out, ",\"rules\":%" PRIu64 ",\"digests\":%" PRIu64 ",\"rows\":%" PRIu64,
                      b->sources[i].rules, b->sources[i].digests, b->sources[i].rows);
        if (b->sources[i].about != NULL) {
            ym_buf_add_text(out, ",\"container\":");
            ym_buf_add_text(out, b->sources[i].about);
        }
        ym_buf_add_text(out, "}");
    }
    ym_buf_add_text(out, "],\"left_out\":[");
    while (ym_map_next(b->left_out, &cursor, &why, &n, &count)) {
        ym_buf_printf(out, "%s{\"why\":", comma);
        ym_buf_json_string(out, why, n);
        ym_buf_printf(out, ",\"count\":%" PRIu64 "}", count);
        comma = ",";
    }
    ym_buf_add_text(out, "]}");
    ym_buf_u8(out, 0);
}

struct output {
    const struct ym_buf *section[YM_SECTION_COUNT];
    struct ym_img_header header;
    struct ym_checksum sum;
    int fd;
};

static ym_status write_all(int fd, const void *data, size_t n, struct ym_err *err) {
    const uint8_t *p = data;

    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return ym_fail_errno(err, "database", "", done < 0 ? errno : EIO,
                                 "writing the signature image");
        }
        p += done;
        n -= (size_t)done;
    }
    return YM_OK;
}

static ym_status plan_sections(struct output *o, struct ym_err *err) {
    static const uint32_t rows[YM_SECTION_COUNT] = {
#define X(name, text, row) [YM_SECTION_##name] = row,
        YM_SECTION_TABLE(X)
#undef X
    };
    uint64_t at = (sizeof(o->header) + YM_IMG_ALIGN - 1) / YM_IMG_ALIGN * YM_IMG_ALIGN;

    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        uint64_t size = o->section[s]->len;

        YM_TRY(ym_buf_status(o->section[s]));
        if (size / rows[s] > UINT32_MAX) {
            return ym_fail(err, YM_LIMIT, "database", YM_ERR_NO_OFFSET,
                           "the signature image is too large for its format");
        }
        o->header.sections[s] = (struct ym_img_span){
            .offset = at, .size = size, .row = rows[s], .count = (uint32_t)(size / rows[s])};
        at += (size + YM_IMG_ALIGN - 1) / YM_IMG_ALIGN * YM_IMG_ALIGN;
    }
    o->header.file_size = at;
    return YM_OK;
}

/* Of what the image holds; not of when it was built, nor of the list of its sources. */
static void set_identity(struct output *o) {
    struct ym_checksum sum;

    ym_checksum_init(&sum);
    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        if (s != YM_SECTION_INFO) {
            ym_identity_add(&sum, s, o->section[s]->data, o->section[s]->len);
        }
    }
    ym_identity_value(&sum, o->header.identity);
}

/* The sum covers the whole file, padding included, with its own field as zero. */
static void sum_file(struct output *o) {
    uint8_t head[(sizeof(o->header) + YM_IMG_ALIGN - 1) / YM_IMG_ALIGN * YM_IMG_ALIGN] = {0};

    o->header.checksum = 0;
    memcpy(head, &o->header, sizeof(o->header));
    ym_checksum_init(&o->sum);
    ym_checksum_add(&o->sum, head, sizeof(head));
    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        size_t whole = o->section[s]->len / YM_IMG_ALIGN * YM_IMG_ALIGN;
        size_t rest = o->section[s]->len - whole;

        if (whole > 0) {
            ym_checksum_add(&o->sum, o->section[s]->data, whole);
        }
        if (rest > 0) {
            uint8_t tail[YM_IMG_ALIGN] = {0};

            memcpy(tail, o->section[s]->data + whole, rest);
            ym_checksum_add(&o->sum, tail, sizeof(tail));
        }
    }
    o->header.checksum = ym_checksum_value(&o->sum);
}

static ym_status write_sections(const struct output *o, struct ym_err *err) {
    static const uint8_t zeros[YM_IMG_ALIGN];

    YM_TRY(write_all(o->fd, &o->header, sizeof(o->header), err));
    YM_TRY(write_all(o->fd, zeros, -sizeof(o->header) % YM_IMG_ALIGN, err));
    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        YM_TRY(write_all(o->fd, o->section[s]->data, o->section[s]->len, err));
        YM_TRY(write_all(o->fd, zeros, -o->section[s]->len % YM_IMG_ALIGN, err));
    }
    return YM_OK;
}

static ym_status write_image(struct ym_db_builder *b, int fd,
                             const struct ym_filter_sections *filter,
                             const struct ym_buf anchors[2], const struct ym_buf *digests,
                             const struct ym_buf *info, struct ym_err *err) {
    const int64_t built = ym_now_unix();
    struct output o = {
        .fd = fd,
        .section =
            {
                [YM_SECTION_STRINGS] = &b->bufs[BUILD_STRINGS],
                [YM_SECTION_RULES] = &b->bufs[BUILD_RULES],
                [YM_SECTION_PATTERNS] = &b->bufs[BUILD_PATTERNS],
                [YM_SECTION_PARTS] = &b->bufs[BUILD_PARTS],
                [YM_SECTION_PROGRAMS] = &b->bufs[BUILD_PROGRAMS],
                [YM_SECTION_CONDITIONS] = &b->bufs[BUILD_CONDITIONS],
                [YM_SECTION_GROUPS] = &filter->groups,
                [YM_SECTION_BITMAPS] = &filter->bitmaps,
                [YM_SECTION_ATOMS] = &filter->atoms,
                [YM_SECTION_PAIRS] = &filter->pairs,
                [YM_SECTION_POSTINGS] = &filter->postings,
                [YM_SECTION_ANCHORS] = &anchors[0],
                [YM_SECTION_ANCHORED] = &anchors[1],
                [YM_SECTION_EVERYWHERE] = &b->bufs[BUILD_EVERYWHERE],
                [YM_SECTION_MACROS] = &b->bufs[BUILD_MACROS],
                [YM_SECTION_ALWAYS] = &b->bufs[BUILD_ALWAYS],
                [YM_SECTION_EXTERNALS] = &b->bufs[BUILD_EXTERNALS],
                [YM_SECTION_TAGS] = &b->bufs[BUILD_TAGS],
                [YM_SECTION_METAS] = &b->bufs[BUILD_METAS],
                [YM_SECTION_DIGESTS] = digests,
                [YM_SECTION_TABLES] = &b->bufs[BUILD_TABLES],
                [YM_SECTION_INFO] = info,
            },
        .header =
            {
                .magic = YM_IMG_MAGIC,
                .version = YM_IMG_VERSION,
                .header_size = sizeof(struct ym_img_header),
                .built = built,
                .n_sections = YM_SECTION_COUNT,
                .modules = ym_modules_fingerprint(),
            },
    };

    YM_TRY(plan_sections(&o, err));
    o.header.epoch = b->epoch != 0 ? b->epoch : (uint64_t)(built > 0 ? built : 0);
    set_identity(&o);
    sum_file(&o);
    return write_sections(&o, err);
}

ym_status ym_db_builder_write(struct ym_db_builder *b, int fd, struct ym_err *err) {
    struct ym_filter_sections filter;
    struct ym_buf digests;
    struct ym_buf anchors[2];
    struct ym_buf info;
    struct ym_buf *const large[] = {&filter.groups,   &filter.bitmaps, &filter.atoms, &filter.pairs,
                                    &filter.postings, &digests,        &anchors[0],   &anchors[1]};
    ym_status st;

    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        ym_buf_init(large[i], UINT64_C(1) << 36);
    }
    ym_buf_init(&info, 64 << 20);
    st = ym_filter_builder_write(b->filter, &filter);
    if (st == YM_OK) {
        st = ym_digest_builder_write(b->digests, &digests);
    }
    if (st == YM_OK) {
        st = ym_build_anchors(b, &anchors[0], &anchors[1]);
    }
    if (st == YM_OK) {
        write_info(b, &info);
        st = write_image(b, fd, &filter, anchors, &digests, &info, err);
    }
    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        ym_buf_done(large[i]);
    }
    ym_buf_done(&info);
    return st == YM_OK ? st
                       : ym_fail(err, st, "database", YM_ERR_NO_OFFSET, "building the image: %s",
                                 ym_status_text(st));
}
