/* cat.c - security catalogues (.cat) to rows of YM_TABLE_CATALOG.
 *
 * A catalogue is PKCS #7 signed data whose content is a certificate trust list (Microsoft's
 * [MS-CAESO] 4.4.5.3.1; OIDs 1.3.6.1.4.1.311.10.1, .12.1.1) of digests:
 *
 *   SEQUENCE { [INTEGER], SEQUENCE { OID what for, ... }, [OCTET STRING], [INTEGER], time, [time],
 *              SEQUENCE { OID kind of member, ... }, SEQUENCE { member, ... }, ... }
 *   member:    SEQUENCE { OCTET STRING, SET { SEQUENCE { OID, SET { value } }, ... } }
 *   value of the attribute 1.3.6.1.4.1.311.2.1.4:
 *              SEQUENCE { SEQUENCE { OID kind of file, ... },
 *                         SEQUENCE { SEQUENCE { OID algorithm, ... }, OCTET STRING digest } }
 *
 * Nothing of a catalogue counts unless its signature holds and leads to a trusted certificate of
 * the .crb that were loaded before it.  One that does not is left out, as by the peer; so is a
 * damaged one, which vouches for nothing. */
#include "clamav_int.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/catalog_rows.h"
#include "base/pe_rows.h"
#include "pki/pkcs7.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_MEMBERS = 4 << 20 };

/* Contents of OIDs. */
static const uint8_t catalog_list[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 12, 1, 1};
static const uint8_t list_member[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 12, 1, 2};
static const uint8_t list_member2[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 12, 1, 3};
static const uint8_t indirect_data[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4};
static const uint8_t program_data[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 15};
static const uint8_t file_data[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 25};
static const uint8_t sha1[] = {0x2b, 0x0e, 3, 2, 26};
static const uint8_t sha256[] = {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1};

/* The lists that a catalogue makes. */
static const struct {
    ym_catalog_of of;
    ym_digest_algo algo;
} lists[] = {
    {YM_CATALOG_PROGRAM, YM_SHA1},
    {YM_CATALOG_PROGRAM, YM_SHA256},
    {YM_CATALOG_FILE, YM_SHA1}, /* the peer asks no other of files */
};
enum { LISTS = sizeof(lists) / sizeof(lists[0]) };

struct catalog {
    struct ym_clamav_line *line;
    int64_t until;
    struct ym_buf digests[LISTS];
};

#define IS(der, oid) is(der, oid, sizeof(oid))

static bool is(struct ym_der d, const uint8_t *oid, size_t n) {
    return d.n == n && memcmp(d.p, oid, n) == 0;
}

/* ---- Members ------------------------------------------------------------------------------- */

/* The contents of a SEQUENCE that begins with an OID; what follows it stays in *ret_rest. */
static bool next_typed(struct ym_der *d, struct ym_der *ret_oid, struct ym_der *ret_rest) {
    return ym_der_next(d, YM_DER_SEQUENCE, ret_rest) && ym_der_next(ret_rest, YM_DER_OID, ret_oid);
}

/* Which list a digest of this kind belongs to; LISTS: none. */
static unsigned list_of(struct ym_der kind, struct ym_der algo, size_t n) {
    const bool program = IS(kind, program_data);
    unsigned i = 0;

    if ((!program && !IS(kind, file_data)) || (!IS(algo, sha1) && !IS(algo, sha256))) {
        return LISTS;
    }
    while (i < LISTS && (lists[i].of != (program ? YM_CATALOG_PROGRAM : YM_CATALOG_FILE) ||
                         lists[i].algo != (IS(algo, sha1) ? YM_SHA1 : YM_SHA256) ||
                         n != ym_digest_size(lists[i].algo))) {
        i++;
    }
    return i;
}

/* An SpcIndirectDataContent. */
static bool take_indirect(struct catalog *c, struct ym_der value) {
    struct ym_der content;
    struct ym_der kind;
    struct ym_der info;
    struct ym_der algo;
    struct ym_der digest;
    struct ym_der rest;
    unsigned list;

    if (!ym_der_next(&value, YM_DER_SEQUENCE, &content) || !next_typed(&content, &kind, &rest) ||
        !ym_der_next(&content, YM_DER_SEQUENCE, &info) || !next_typed(&info, &algo, &rest) ||
        !ym_der_next(&info, YM_DER_OCTETS, &digest)) {
        return false;
    }
    list = list_of(kind, algo, digest.n);
    if (list == LISTS) {
        return false;
    }
    ym_buf_add(&c->digests[list], digest.p, digest.n);
    return true;
}

/* false: it says nothing that we ask. */
static bool take_member(struct catalog *c, struct ym_der member) {
    struct ym_der id;
    struct ym_der attributes;
    struct ym_der attribute;
    struct ym_der type;
    bool taken = false;

    if (!ym_der_next(&member, YM_DER_OCTETS, &id) ||
        !ym_der_next(&member, YM_DER_SET, &attributes)) {
        return false;
    }
    while (!taken && next_typed(&attributes, &type, &attribute)) {
        struct ym_der values;

        taken = IS(type, indirect_data) && ym_der_next(&attribute, YM_DER_SET, &values) &&
                take_indirect(c, values);
    }
    return taken;
}

/* ---- The list ------------------------------------------------------------------------------ */

static bool skip(struct ym_der *d, unsigned tag) {
    struct ym_der inside;

    return ym_der_next(d, tag, &inside);
}

/* Is it a catalogue?  *ret_members: what it lists. */
static bool open_list(struct ym_der list, struct ym_der *ret_members) {
    struct ym_der usage;
    struct ym_der oid;
    struct ym_der rest;

    (void)skip(&list, YM_DER_INTEGER);
    if (!ym_der_next(&list, YM_DER_SEQUENCE, &usage) || !ym_der_next(&usage, YM_DER_OID, &oid) ||
        !IS(oid, catalog_list)) {
        return false;
    }
    (void)skip(&list, YM_DER_OCTETS);
    (void)skip(&list, YM_DER_INTEGER);
    while (skip(&list, YM_DER_UTC_TIME) || skip(&list, YM_DER_TIME)) {
    }
    return next_typed(&list, &oid, &rest) && (IS(oid, list_member) || IS(oid, list_member2)) &&
           ym_der_next(&list, YM_DER_SEQUENCE, ret_members);
}

static ym_status take_members(struct catalog *c, struct ym_der members) {
    struct ym_der member;
    unsigned n = 0;

    for (; ym_der_next(&members, YM_DER_SEQUENCE, &member); n++) {
        if (n == MAX_MEMBERS) {
            return ym_clamav_bad(c->line, YM_LIMIT, "a catalogue of more than 4194304 members");
        }
        if (!take_member(c, member)) {
            YM_TRY(ym_clamav_leave_out(c->line, "member of a catalogue (.cat) whose digest is not "
                                                "asked: not SHA-1 or SHA-256 of a program, nor "
                                                "SHA-1 of a file"));
        }
    }
    return YM_OK;
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static int by_sha1(const void *a, const void *b) {
    return memcmp(a, b, 20);
}

static int by_sha256(const void *a, const void *b) {
    return memcmp(a, b, 32);
}

/* Ascending, each once; returns how many are left. */
static size_t sort(uint8_t *p, size_t n, size_t size) {
    size_t kept = 0;

    qsort(p, n, size, size == 20 ? by_sha1 : by_sha256);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || memcmp(p + (kept - 1) * size, p + i * size, size) != 0) {
            memmove(p + kept * size, p + i * size, size);
            kept++;
        }
    }
    return kept;
}

static ym_status give_list(struct catalog *c, unsigned list) {
    const struct ym_sink *sink = &c->line->ld->sink;
    const size_t size = ym_digest_size(lists[list].algo);
    const size_t most = YM_TABLE_MAX_TEXT / size;
    const char *slash = strrchr(c->line->file, '/');
    const char *name = slash == NULL ? c->line->file : slash + 1;
    const size_t name_len = strlen(name);
    uint8_t *p = c->digests[list].data;
    size_t left;

    YM_TRY(ym_buf_status(&c->digests[list]));
    left = p == NULL ? 0 : sort(p, c->digests[list].len / size, size);
    while (left > 0) {
        const size_t n = left < most ? left : most;
        const struct ym_table_row row = {
            .numbers = {lists[list].of, lists[list].algo, (uint64_t)c->until},
            .texts = {{name, (uint32_t)(name_len < YM_TABLE_MAX_TEXT ? name_len : 0)},
                      {(const char *)p, (uint32_t)(n * size)}},
            .n_numbers = YM_CATALOG_NUMBERS,
            .n_texts = YM_CATALOG_TEXTS};

        YM_TRY(sink->row(sink->self, YM_TABLE_CATALOG, &row, c->line->err));
        p += n * size;
        left -= n;
    }
    return YM_OK;
}

/* ---- The file ------------------------------------------------------------------------------ */

static const char *why_not(const struct ym_certs *certs, const PKCS7 *p7, int64_t *ret_until) {
    const char *name;
    size_t n;

    if (certs == NULL) {
        return "security catalogue (.cat) without certificates (.crb) that say whom to trust";
    }
    if (ym_pkcs7_blocked(certs, p7, &name, &n)) {
        return "security catalogue (.cat) with a blocked certificate (.crb)";
    }
    if (!ym_pkcs7_holds(certs, p7, "1.3.6.1.4.1.311.10.1", time(NULL), ret_until)) {
        return "security catalogue (.cat) without a valid signature by a trusted certificate "
               "(.crb)";
    }
    return NULL;
}

static ym_status read_signed(struct catalog *c, const PKCS7 *p7) {
    const char *why = why_not(c->line->ld->certs, p7, &c->until);
    struct ym_der list;
    struct ym_der members;

    if (why != NULL) {
        return ym_clamav_leave_out(c->line, why);
    }
    if (!ym_pkcs7_content(p7, "1.3.6.1.4.1.311.10.1", &list) || !open_list(list, &members)) {
        return ym_clamav_leave_out(c->line, "a list that is no security catalogue (.cat)");
    }
    YM_TRY(take_members(c, members));
    for (unsigned i = 0; i < LISTS; i++) {
        YM_TRY(give_list(c, i));
    }
    return YM_OK;
}

ym_status ym_clamav_read_cat(struct ym_clamav_line *line, const uint8_t *data, size_t n) {
    struct catalog c = {.line = line};
    size_t used;
    PKCS7 *p7 = ym_pkcs7_parse(data, n, &used);
    ym_status st;

    if (p7 == NULL) {
        return ym_clamav_leave_out(line,
                                   "security catalogue (.cat) that is no PKCS #7 signed data");
    }
    for (unsigned i = 0; i < LISTS; i++) {
        ym_buf_init(&c.digests[i], n);
    }
    st = read_signed(&c, p7);
    for (unsigned i = 0; i < LISTS; i++) {
        ym_buf_done(&c.digests[i]);
    }
    PKCS7_free(p7);
    return st;
}
