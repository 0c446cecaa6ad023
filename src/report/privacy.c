/* privacy.c - noise on counts.  docs/formats/report.md has the argument; see private.h.
 *
 * Every count that is read of the store gets noise of its own, so that everything that is made of them
 * is as private as they are together.  It is the two-sided geometric distribution, P(k) ~ a^|k| with
 * a = exp(-1/scale): the difference of two geometric ones.  They are drawn by SHA-256 from a secret of the
 * system's random source, the margin, the row and the count: so a row that is read twice, for a
 * period and for a trend, has the same noise, and the secret is forgotten with the report.
 *
 * The budget is parted: half of epsilon for the rates, a quarter for threats, a quarter for exposures.
 * A part's scale is what one computer makes of its counts in a month (the weights of
 * private.h, added up) divided by the part's epsilon. */
#include "private.h"

#include "base/alloc.h"

#include <errno.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define MODULE "report/privacy"

enum { SECRET = 32, DIGEST = 32 };
static const double delta = 1e-6; /* that a row of one computer is seen at all */
static const double part[YM_SUMS_COUNT] = {
    [YM_SUMS_RATE] = 0.5, [YM_SUMS_THREAT] = 0.25, [YM_SUMS_EXPOSURE] = 0.25};

struct ym_privacy {
    double epsilon;
    unsigned weight[YM_SUMS_COUNT];
    double scale[YM_SUMS_COUNT]; /* 0: these counts are not published */
    unsigned char secret[SECRET];
};

ym_status ym_privacy_new(double epsilon, struct ym_privacy **ret_privacy, struct ym_err *err) {
    struct ym_privacy *p = ym_zalloc(1, sizeof(*p));

    if (p == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the noise");
    }
    if (getrandom(p->secret, SECRET, 0) != SECRET) {
        ym_free(p);
        return ym_fail_errno(err, MODULE, "the system's random source", errno, "cannot read");
    }
    p->epsilon = epsilon;
    for (int i = 0; i < YM_MARGIN_COUNT; i++) {
        p->weight[ym_margins[i].kind] += ym_margins[i].weight;
    }
    for (int i = 0; i < YM_SUMS_COUNT; i++) {
        p->scale[i] = part[i] > 0 ? p->weight[i] / (epsilon * part[i]) : 0;
    }
    *ret_privacy = p;
    return YM_OK;
}

void ym_privacy_free(struct ym_privacy *p) {
    if (p != NULL) {
        OPENSSL_cleanse(p->secret, SECRET);
        ym_free(p);
    }
}

/* 32 bytes that belong to this count of this row. */
static bool draw(const struct ym_privacy *p, enum ym_margin margin, const struct ym_sums_row *row,
                 unsigned count, unsigned char ret[DIGEST]) {
    const int32_t head[3] = {(int32_t)margin, row->month, (int32_t)count};
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(md, p->secret, SECRET) == 1 &&
                EVP_DigestUpdate(md, head, sizeof(head)) == 1;

    for (unsigned i = 0; good && i < row->n_keys; i++) {
        good = EVP_DigestUpdate(md, row->key[i], strlen(row->key[i]) + 1) == 1;
    }
    good = good && EVP_DigestFinal_ex(md, ret, NULL) == 1;
    EVP_MD_CTX_free(md);
    return good;
}

/* A geometric number out of 64 random bits: P(k) = (1 - a) a^k. */
static double geometric(const unsigned char *bits, double scale) {
    uint64_t v;

    memcpy(&v, bits, sizeof(v));
    return floor(-log(((double)v + 1) * 0x1p-64) * scale);
}

bool ym_privacy_blur(const struct ym_privacy *p, enum ym_margin margin, struct ym_sums_row *row) {
    double scale = p->scale[ym_margins[margin].kind];
    unsigned char bits[DIGEST];

    for (unsigned i = 0; i < YM_SUMS_COUNTS_MAX; i++) {
        double noisy;

        if (scale <= 0) {
            row->count[i] = 0;
            continue;
        }
        if (!draw(p, margin, row, i, bits)) {
            return false;
        }
        noisy = (double)row->count[i] + geometric(bits, scale) - geometric(bits + 8, scale);
        row->count[i] = noisy > 0 ? (uint64_t)noisy : 0;
    }
    return true;
}

double ym_privacy_noise(const struct ym_privacy *p, enum ym_margin margin) {
    double scale = p == NULL ? 0 : p->scale[ym_margins[margin].kind];
    double a = scale > 0 ? exp(-1 / scale) : 0;

    return sqrt(2 * a) / (1 - a);
}

uint64_t ym_privacy_floor(const struct ym_privacy *p, enum ym_margin margin) {
    return (uint64_t)ceil(1 + p->scale[ym_margins[margin].kind] * log(1 / (2 * delta)));
}

void ym_privacy_put(const struct ym_privacy *p, struct ym_buf *out) {
    unsigned tables = 0;

    if (p == NULL) {
        ym_buf_add_text(out, ",\"privacy\":null");
        return;
    }
    for (int i = 0; i < YM_MARGIN_COUNT; i++) {
        tables += ym_margins[i].weight > 0;
    }
    ym_buf_printf(out,
                  ",\"privacy\":{\"epsilon\":%g,\"delta\":%g,\"mechanism\":\"two-sided geometric "
                  "noise on every monthly count; a cell is shown when its noisy counts reach a "
                  "floor\",\"sensitivity\":\"one computer in one month, with one run of each kind, "
                  "in one place, with three detections a run and 64 exposures, changes the rates "
                  "by %u, the threats by %u, the exposures by %u in all; a run or detection more "
                  "than that adds its own loss\",\"tables\":%u,\"scale\":{\"rate\":%.3f,"
                  "\"threat\":%.3f,\"exposure\":%.3f}}",
                  p->epsilon, delta, p->weight[YM_SUMS_RATE], p->weight[YM_SUMS_THREAT],
                  p->weight[YM_SUMS_EXPOSURE], tables, p->scale[YM_SUMS_RATE],
                  p->scale[YM_SUMS_THREAT], p->scale[YM_SUMS_EXPOSURE]);
}
