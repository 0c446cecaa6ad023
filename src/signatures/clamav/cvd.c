/* cvd.c - database containers, .cvd .cld .cud.  See cvd.h and docs/formats/clamav.md.
 *
 * Two passes over the body.  The first loads nothing: it finds the table of contents and hashes
 * every member, so that of a damaged or forged container nothing is loaded at all.  The second
 * unpacks one member after the other into memory and hands it to the reader of its type, in the
 * order of the tar, which is the order that clamscan loads them in. */
#include "cvd.h"

#include "base/alloc.h"

#include <string.h>

enum { SHA256 = 32, MD5 = 16 };

struct header {
    struct ym_str time, digest, signature, builder;
    uint32_t version, signatures, level;
    uint64_t built;
};

struct member {
    char name[YM_CVD_MAX_NAME + 1];
    uint64_t size;
    uint8_t digest[SHA256];
};

struct container {
    struct ym_clamav_line *line;
    const uint8_t *data;
    size_t n;
    enum { CVD, CLD, CUD } type;
    struct header header;
    struct ym_buf info; /* the table of contents */
    struct member *members;
    uint32_t n_members;
    ym_clamav_signature signature;
};

const char *ym_clamav_signature_text(ym_clamav_signature s) {
    static const char *const texts[] = {
        [YM_CLAMAV_SIGNED] = "signature good",
        [YM_CLAMAV_NOT_CHECKED] = "signature not checked: no key",
        [YM_CLAMAV_UNSIGNED] = "not signed",
    };

    return (unsigned)s < sizeof(texts) / sizeof(texts[0]) ? texts[s] : "?";
}

/* ---- Header ---------------------------------------------------------------------------------- */

/* "ClamAV-VDB:time:version:signatures:level:md5:signature:builder[:unix time]"; line: without
 * padding and end of line. */
static bool parse_header(struct ym_str line, struct header *h) {
    struct ym_fields f;
    struct ym_str field[9];
    unsigned n = 0;

    ym_fields_init(&f, line.s, line.n, ':');
    while (n < 9 && ym_fields_next(&f, &field[n])) {
        n++;
    }
    if (n < 8 || field[0].n != 10 || memcmp(field[0].s, "ClamAV-VDB", 10) != 0) {
        return false;
    }
    *h = (struct header){
        .time = field[1], .digest = field[5], .signature = field[6], .builder = field[7]};
    return ym_parse_u32(field[2].s, field[2].n, &h->version) &&
           ym_parse_u32(field[3].s, field[3].n, &h->signatures) &&
           ym_parse_u32(field[4].s, field[4].n, &h->level) &&
           (n == 8 || ym_parse_u64(field[8].s, field[8].n, &h->built)) && h->built <= INT64_MAX;
}

static bool read_header(const void *data, size_t n, struct header *h) {
    struct ym_str line = {data, YM_CVD_HEADER};

    if (n < YM_CVD_HEADER) {
        return false;
    }
    while (line.n > 0 && (line.s[line.n - 1] == ' ' || line.s[line.n - 1] == '\0' ||
                          line.s[line.n - 1] == '\n')) {
        line.n--;
    }
    return parse_header(line, h);
}

bool ym_clamav_container_version(const void *data, size_t n, uint32_t *ret_version) {
    struct header h;

    if (!read_header(data, n, &h)) {
        return false;
    }
    *ret_version = h.version;
    return true;
}

/* ---- Signatures ------------------------------------------------------------------------------ */

/* The MD5 of the body, when the header has one, and the signature over it. */
static ym_status check_body(struct container *c) {
    const struct header *h = &c->header;
    uint8_t said[MD5];
    uint8_t is[MD5] = {0};
    const bool has = h->digest.n == 2 * sizeof(said);
    ym_cvd_proof proof = YM_CVD_NO_KEY;

    if (has) {
        if (!ym_hex_decode(h->digest.s, sizeof(said), said)) {
            return ym_clamav_bad(c->line, YM_MALFORMED, "the header's MD5 is not hex");
        }
        YM_TRY(ym_cvd_digest("MD5", c->data + YM_CVD_HEADER, c->n - YM_CVD_HEADER, is));
        if (memcmp(said, is, sizeof(is)) != 0) {
            return ym_clamav_bad(c->line, YM_MALFORMED,
                                 "the container is damaged: its MD5 is not the header's");
        }
    }
    if (c->type != CVD) {
        return YM_OK;
    }
    YM_TRY(ym_cvd_verify_md5(c->line->ld->options.keys, h->signature, is, &proof));
    if (proof == YM_CVD_WRONG || (proof == YM_CVD_GOOD && !has)) {
        return ym_clamav_bad(c->line, YM_MALFORMED,
                             "the signature in the header is wrong: not made with this key");
    }
    c->signature = proof == YM_CVD_GOOD ? YM_CLAMAV_SIGNED : YM_CLAMAV_NOT_CHECKED;
    return YM_OK;
}

/* DSIG: of .info, whose lines before it are signed[0..n). */
static ym_status check_info_signature(struct container *c, struct ym_str sig, const uint8_t *text,
                                      size_t n) {
    uint8_t digest[SHA256];
    ym_cvd_proof proof;

    YM_TRY(ym_cvd_digest("SHA256", text, n, digest));
    YM_TRY(ym_cvd_verify_info(c->line->ld->options.keys, sig, digest, &proof));
    if (proof == YM_CVD_WRONG) {
        return ym_clamav_bad(c->line, YM_MALFORMED,
                             "the signature of the table of contents (.info) is wrong");
    }
    if (c->type == CLD) {
        c->signature = proof == YM_CVD_GOOD ? YM_CLAMAV_SIGNED : YM_CLAMAV_NOT_CHECKED;
    }
    return YM_OK;
}

/* ---- Members; first pass: their digests ------------------------------------------------------ */

static ym_status body_failed(struct container *c, const struct ym_cvd_body *b, ym_status st) {
    if (st == YM_NOMEM || b->why == NULL) {
        return st;
    }
    return ym_clamav_bad(c->line, st == YM_TRUNCATED ? YM_MALFORMED : st, b->why);
}

typedef ym_status member_fn(struct container *c, struct ym_cvd_body *b,
                            const struct ym_cvd_member *m);

static ym_status for_members(struct container *c, member_fn *do_one) {
    struct ym_cvd_body b;
    struct ym_cvd_member m;
    ym_status st = ym_cvd_body_init(&b, c->data + YM_CVD_HEADER, c->n - YM_CVD_HEADER);

    while (st == YM_OK) {
        st = ym_cvd_body_next(&b, &m);
        if (st == YM_OK) {
            st = do_one(c, &b, &m);
        }
    }
    st = st == YM_END ? YM_OK : body_failed(c, &b, st);
    ym_cvd_body_done(&b);
    return st;
}

static ym_status hash_member(struct ym_cvd_body *b, struct member *m) {
    uint8_t piece[32768];
    EVP_MD_CTX *ctx;
    ym_status st;

    YM_TRY(ym_cvd_digest_start("SHA256", &ctx));
    st = YM_OK;
    for (uint64_t left = m->size; left > 0 && st == YM_OK;) {
        const size_t n = left < sizeof(piece) ? (size_t)left : sizeof(piece);

        st = ym_cvd_body_read(b, piece, n);
        if (st == YM_OK && EVP_DigestUpdate(ctx, piece, n) != 1) {
            st = YM_NOMEM;
        }
        left -= n;
    }
    if (st == YM_OK && EVP_DigestFinal_ex(ctx, m->digest, NULL) != 1) {
        st = YM_NOMEM;
    }
    EVP_MD_CTX_free(ctx);
    return st;
}

static ym_status keep_info(struct container *c, struct ym_cvd_body *b, uint64_t size) {
    uint8_t *text;

    if (size > YM_CVD_MAX_INFO) {
        return ym_clamav_bad(c->line, YM_LIMIT, "a table of contents of more than 4 MiB");
    }
    ym_buf_clear(&c->info);
    text = ym_buf_room(&c->info, (size_t)size);
    YM_TRY(ym_buf_status(&c->info));
    return size == 0 ? YM_OK : ym_cvd_body_read(b, text, (size_t)size);
}

static ym_status note_member(struct container *c, struct ym_cvd_body *b,
                             const struct ym_cvd_member *m) {
    struct member *row;

    if (ym_ends_with_nocase(m->name, ".info")) {
        return keep_info(c, b, m->size);
    }
    if (ym_clamav_classify(m->name) == YM_CLAMAV_NOT) {
        return YM_OK; /* COPYING */
    }
    if (ym_clamav_is_container(m->name)) {
        return ym_clamav_bad(c->line, YM_MALFORMED, "a container inside a container");
    }
    if (c->n_members == YM_CVD_MAX_MEMBERS) {
        return ym_clamav_bad(c->line, YM_LIMIT, "more than 10000 members");
    }
    row = &c->members[c->n_members];
    memcpy(row->name, m->name, sizeof(row->name));
    row->size = m->size;
    YM_TRY(hash_member(b, row));
    c->n_members++;
    return YM_OK;
}

/* ---- The table of contents ------------------------------------------------------------------- */

static bool same_header(const struct header *a, const struct header *b) {
    return a->version == b->version && a->signatures == b->signatures && a->level == b->level &&
           a->built == b->built;
}

/* "name:size:sha256"; *listed gets the name's members. */
static ym_status check_row(struct container *c, struct ym_str line, uint64_t *listed) {
    uint8_t digest[SHA256];
    struct ym_fields f;
    struct ym_str name = {line.s, 0};
    struct ym_str size = {line.s, 0};
    struct ym_str hash = {line.s, 0};
    uint64_t bytes;
    bool there = false;

    ym_fields_init(&f, line.s, line.n, ':');
    if (!ym_fields_next(&f, &name) || !ym_fields_next(&f, &size) || !ym_fields_next(&f, &hash) ||
        f.more || name.n == 0 || name.n > YM_CVD_MAX_NAME ||
        !ym_parse_u64(size.s, size.n, &bytes) || hash.n != 2 * sizeof(digest) ||
        !ym_hex_decode(hash.s, sizeof(digest), digest)) {
        return ym_clamav_bad(c->line, YM_MALFORMED,
                             "a line of the table of contents is not name:size:sha256");
    }
    for (uint32_t i = 0; i < c->n_members; i++) {
        const struct member *m = &c->members[i];

        if (strlen(m->name) != name.n || memcmp(m->name, name.s, name.n) != 0) {
            continue;
        }
        if (m->size != bytes || memcmp(m->digest, digest, sizeof(digest)) != 0) {
            return ym_clamav_bad(c->line, YM_MALFORMED,
                                 "a member is not what the table of contents says (.info)");
        }
        listed[i / 64] |= UINT64_C(1) << (i % 64);
        there = true;
    }
    if (!there) {
        char text[YM_CVD_MAX_NAME + 1] = "";

        memcpy(text, name.s, name.n);
        if (ym_clamav_classify(text) != YM_CLAMAV_NOT) {
            return ym_clamav_bad(c->line, YM_MALFORMED,
                                 "a member that the table of contents names is missing");
        }
    }
    return YM_OK;
}

/* The lines behind the first. */
static ym_status check_rows(struct container *c, struct ym_fields *lines, uint64_t *listed) {
    const uint8_t *text = c->info.data;
    bool has_signature = false;
    struct ym_str line;

    while (ym_fields_next(lines, &line)) {
        if (line.n == 0 && !lines->more) {
            break; /* behind the last end of line */
        }
        if (has_signature) {
            return ym_clamav_bad(c->line, YM_MALFORMED,
                                 "the signature is not the last line of .info");
        }
        if (c->type != CUD && line.n > 5 && memcmp(line.s, "DSIG:", 5) == 0) {
            YM_TRY(check_info_signature(c, (struct ym_str){line.s + 5, line.n - 5}, text,
                                        (size_t)((const uint8_t *)line.s - text)));
            has_signature = true;
        } else {
            YM_TRY(check_row(c, line, listed));
        }
    }
    if (c->type != CUD && !has_signature) {
        return ym_clamav_bad(c->line, YM_MALFORMED, "the table of contents (.info) is not signed");
    }
    return YM_OK;
}

static ym_status check_info(struct container *c) {
    uint64_t listed[(YM_CVD_MAX_MEMBERS + 63) / 64] = {0};
    struct ym_fields lines;
    struct ym_str first;
    struct header h;

    if (c->info.len == 0) {
        return ym_clamav_bad(c->line, YM_MALFORMED, "no table of contents (.info)");
    }
    if (memchr(c->info.data, '\0', c->info.len) != NULL) {
        return ym_clamav_bad(c->line, YM_MALFORMED, "NUL byte in the table of contents (.info)");
    }
    ym_fields_init(&lines, (const char *)c->info.data, c->info.len, '\n');
    if (!ym_fields_next(&lines, &first) || !parse_header(first, &h) ||
        !same_header(&h, &c->header)) {
        return ym_clamav_bad(c->line, YM_MALFORMED,
                             "the table of contents (.info) is of another container");
    }
    YM_TRY(check_rows(c, &lines, listed));
    for (uint32_t i = 0; i < c->n_members; i++) {
        if ((listed[i / 64] >> (i % 64) & 1) == 0) {
            return ym_clamav_bad(c->line, YM_MALFORMED,
                                 "a member is not in the table of contents (.info)");
        }
    }
    return YM_OK;
}

/* ---- Second pass: loading -------------------------------------------------------------------- */

static ym_status load_member(struct container *c, struct ym_cvd_body *b,
                             const struct ym_cvd_member *m) {
    struct ym_clamav_line *line = c->line;
    struct ym_buf name;
    uint8_t *text;
    ym_status st;

    if (ym_ends_with_nocase(m->name, ".info") || ym_clamav_classify(m->name) == YM_CLAMAV_NOT) {
        return YM_OK;
    }
    ym_buf_init(&name, 8192);
    ym_buf_printf(&name, "%s!%s", line->file, m->name);
    text = ym_zalloc((size_t)m->size + 1, 1);
    st = text == NULL ? YM_NOMEM : ym_buf_status(&name);
    if (st == YM_OK) {
        st = ym_cvd_body_read(b, text, (size_t)m->size);
    }
    if (st == YM_OK) {
        st = ym_clamav_file(line->ld, (const char *)name.data, (const char *)text, (size_t)m->size,
                            line->err);
    }
    ym_free(text);
    ym_buf_done(&name);
    return st;
}

static ym_status announce(const struct container *c) {
    const struct ym_clamav_options *o = &c->line->ld->options;
    const struct header *h = &c->header;
    const struct ym_clamav_container about = {.file = c->line->file,
                                              .time = {h->time.s, h->time.n},
                                              .builder = {h->builder.s, h->builder.n},
                                              .version = h->version,
                                              .signatures = h->signatures,
                                              .level = h->level,
                                              .built = (int64_t)h->built,
                                              .signature = c->signature,
                                              .members = c->n_members};

    return o->container == NULL ? YM_OK : o->container(o->container_self, &about);
}

static ym_status read_container(struct container *c) {
    struct ym_clamav_options *o = &c->line->ld->options;
    const bool official = o->official;
    ym_status st;

    if (!read_header(c->data, c->n, &c->header)) {
        return ym_clamav_bad(c->line, YM_MALFORMED,
                             "not a database container: its header is not "
                             "that of one");
    }
    YM_TRY(check_body(c));
    YM_TRY(for_members(c, note_member));
    YM_TRY(check_info(c));
    YM_TRY(announce(c));
    o->official = official || c->type != CUD;
    st = for_members(c, load_member);
    o->official = official;
    return st;
}

ym_status ym_clamav_read_container(struct ym_clamav_line *line, const uint8_t *data, size_t n) {
    struct container c = {.line = line, .data = data, .n = n};
    ym_status st;

    c.type = ym_ends_with_nocase(line->file, ".cvd")   ? CVD
             : ym_ends_with_nocase(line->file, ".cld") ? CLD
                                                       : CUD;
    c.signature = c.type == CUD ? YM_CLAMAV_UNSIGNED : YM_CLAMAV_NOT_CHECKED;
    ym_buf_init(&c.info, YM_CVD_MAX_INFO);
    c.members = ym_zalloc(YM_CVD_MAX_MEMBERS, sizeof(*c.members));
    st = c.members == NULL ? YM_NOMEM : read_container(&c);
    ym_free(c.members);
    ym_buf_done(&c.info);
    return st;
}
