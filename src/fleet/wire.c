/* wire.c - see wire.h.  One table-less writer and reader a message, field by field in the order of
 * docs/formats/fleet.md; a signature covers everything before it, magic and version included, so
 * that no message can be taken for another. */
#include "fleet/wire.h"

#include "base/reader.h"

#include <string.h>

static const char report_magic[8] = {'Y', 'M', 'R', 'E', 'P', 'O', 'R', 'T'};
static const char enrol_magic[8] = {'Y', 'M', 'E', 'N', 'R', 'O', 'L', 'L'};
static const char welcome_magic[8] = {'Y', 'M', 'W', 'E', 'L', 'C', 'O', 'M'};
static const char receipt_magic[8] = {'Y', 'M', 'R', 'E', 'C', 'E', 'I', 'P'};
static const char policy_magic[8] = {'Y', 'M', 'P', 'O', 'L', 'I', 'C', 'Y'};

enum { DAY = 24 * 3600 };

const char *ym_image_word(enum ym_image_state s) {
    static const char *const words[YM_IMAGE_STATES] = {
#define X(name, word) [YM_IMAGE_##name] = word,
        YM_IMAGE_TABLE(X)
#undef X
    };
    return (unsigned)s < YM_IMAGE_STATES ? words[s] : "none";
}

static void head(struct ym_buf *out, const char magic[8], uint32_t word) {
    ym_buf_add(out, magic, 8);
    ym_buf_u32le(out, YM_FLEET_VERSION);
    ym_buf_u32le(out, word);
}

/* Signs everything from start to here. */
static void seal(struct ym_buf *out, size_t start, const struct ym_fleet_key *key) {
    uint8_t signature[YM_FLEET_SIGNATURE_SIZE];

    if (ym_buf_status(out) == YM_OK) {
        ym_fleet_sign(key, out->data + start, out->len - start, signature);
        ym_buf_add(out, signature, sizeof(signature));
    }
}

/* Magic and version; *ret_word is the number after them. */
static enum ym_refusal open_head(struct ym_reader *r, const char magic[8], uint32_t *ret_word) {
    const uint8_t *found = ym_get_view(r, 8);
    uint32_t version = ym_get_u32le(r);

    *ret_word = ym_get_u32le(r);
    if (!ym_reader_ok(r) || found == NULL || memcmp(found, magic, 8) != 0) {
        return YM_REFUSAL_MALFORMED;
    }
    return version == YM_FLEET_VERSION ? YM_REFUSAL_NONE : YM_REFUSAL_VERSION;
}

static void copy(struct ym_reader *r, uint8_t *to, size_t n) {
    const uint8_t *p = ym_get_view(r, n);

    if (p != NULL) {
        memcpy(to, p, n);
    }
}

static bool signed_by(const void *p, size_t n, const uint8_t *public_key) {
    const uint8_t *bytes = p;

    return n > YM_FLEET_SIGNATURE_SIZE &&
           ym_fleet_verify(public_key, bytes, n - YM_FLEET_SIGNATURE_SIZE,
                           bytes + n - YM_FLEET_SIGNATURE_SIZE);
}

/* --- report --- */

void ym_report_write(const struct ym_report *report, const struct ym_fleet_key *key,
                     struct ym_buf *out) {
    size_t start = out->len;

    head(out, report_magic, report->channel);
    ym_buf_add(out, report->machine, sizeof(report->machine));
    ym_buf_u64le(out, report->sequence);
    ym_buf_u64le(out, (uint64_t)report->time);
    ym_buf_add(out, report->nonce, sizeof(report->nonce));
    ym_buf_u64le(out, report->health.epoch);
    ym_buf_u64le(out, report->health.files);
    ym_buf_u64le(out, report->health.gaps);
    ym_buf_u32le(out, report->health.state);
    ym_buf_u32le(out, 0);
    ym_buf_u32le(out, report->n_records);
    ym_buf_u32le(out, (uint32_t)report->body_len);
    ym_buf_add(out, report->body, report->body_len);
    seal(out, start, key);
}

static void get_health(struct ym_reader *r, struct ym_health *h) {
    uint32_t state;

    h->epoch = ym_get_u64le(r);
    h->files = ym_get_u64le(r);
    h->gaps = ym_get_u64le(r);
    state = ym_get_u32le(r);
    h->state = state < YM_IMAGE_STATES ? (enum ym_image_state)state : YM_IMAGE_STATES;
}

/* What SQLite cannot hold (above 2^63 - 1) is no honest number either. */
static bool numbers_are_right(const struct ym_report *t) {
    return t->sequence > 0 && t->sequence <= INT64_MAX && t->time >= 0 &&
           t->health.epoch <= INT64_MAX && t->health.files <= INT64_MAX &&
           t->health.gaps <= t->health.files && t->health.state != YM_IMAGE_STATES;
}

/* As many newlines as records, the last byte is one, and no NUL. */
static bool lines_are_right(const struct ym_report *t) {
    struct ym_str line;
    size_t at = 0;
    uint32_t lines = 0;

    if (t->body == NULL) {
        return t->n_records == 0 && t->body_len == 0;
    }
    while (ym_report_line(t, &at, &line)) {
        if (line.n == 0 || memchr(line.s, '\0', line.n) != NULL) {
            return false;
        }
        lines++;
    }
    return lines == t->n_records && at == t->body_len;
}

enum ym_refusal ym_report_parse(const void *p, size_t n, bool whole, struct ym_report *ret_report,
                                size_t *ret_used) {
    struct ym_report t = {0};
    struct ym_reader r;
    uint32_t channel = 0;
    enum ym_refusal bad;

    if (whole && n > YM_REPORT_MAX) {
        return YM_REFUSAL_TOO_LARGE;
    }
    ym_reader_init(&r, p, n);
    bad = open_head(&r, report_magic, &channel);
    if (bad != YM_REFUSAL_NONE) {
        return bad;
    }
    t.channel = channel < YM_CHANNEL_COUNT ? (enum ym_channel)channel : YM_CHANNEL_COUNT;
    copy(&r, t.machine, sizeof(t.machine));
    t.sequence = ym_get_u64le(&r);
    t.time = (int64_t)ym_get_u64le(&r);
    copy(&r, t.nonce, sizeof(t.nonce));
    get_health(&r, &t.health);
    bad = ym_get_u32le(&r) == 0 ? YM_REFUSAL_NONE : YM_REFUSAL_MALFORMED;
    t.n_records = ym_get_u32le(&r);
    t.body_len = ym_get_u32le(&r);
    if (t.body_len > YM_REPORT_BODY_MAX) {
        return YM_REFUSAL_TOO_LARGE;
    }
    if (t.n_records > YM_REPORT_RECORDS_MAX) {
        return YM_REFUSAL_TOO_MANY;
    }
    t.body = ym_get_view(&r, t.body_len);
    ym_skip(&r, YM_FLEET_SIGNATURE_SIZE);
    if (!ym_reader_ok(&r) || bad != YM_REFUSAL_NONE || (whole && ym_reader_left(&r) > 0) ||
        t.channel == YM_CHANNEL_COUNT || !numbers_are_right(&t) || !lines_are_right(&t)) {
        return YM_REFUSAL_MALFORMED;
    }
    *ret_report = t;
    *ret_used = n - ym_reader_left(&r);
    return YM_REFUSAL_NONE;
}

bool ym_report_line(const struct ym_report *report, size_t *at, struct ym_str *ret_line) {
    const char *p = (const char *)report->body;
    const char *stop =
        *at < report->body_len ? memchr(p + *at, '\n', report->body_len - *at) : NULL;

    if (stop == NULL) {
        return false;
    }
    *ret_line = (struct ym_str){p + *at, (size_t)(stop - (p + *at))};
    *at += ret_line->n + 1;
    return true;
}

bool ym_report_verify(const void *p, size_t n, const uint8_t public_key[YM_FLEET_PUBLIC_SIZE]) {
    return signed_by(p, n, public_key);
}

void ym_report_digest(const void *p, size_t n, uint8_t ret_digest[YM_FLEET_HASH_SIZE]) {
    const uint8_t *bytes = p;

    ym_fleet_hash(bytes + n - YM_FLEET_SIGNATURE_SIZE, YM_FLEET_SIGNATURE_SIZE, ret_digest);
}

bool ym_report_in_time(const struct ym_report *report, int64_t now) {
    int64_t oldest = report->channel == YM_CHANNEL_FILE ? YM_FLEET_FILE_AGE : YM_FLEET_SKEW;

    return report->time >= now - oldest && report->time <= now + YM_FLEET_SKEW;
}

/* --- enrolment --- */

void ym_enrol_write(const struct ym_enrol *enrol, const struct ym_fleet_key *key,
                    struct ym_buf *out) {
    size_t start = out->len;

    head(out, enrol_magic, 0);
    ym_buf_add(out, enrol->token, sizeof(enrol->token));
    ym_buf_add(out, enrol->public_key, sizeof(enrol->public_key));
    ym_buf_u64le(out, (uint64_t)enrol->time);
    seal(out, start, key);
}

enum ym_refusal ym_enrol_read(const void *p, size_t n, struct ym_enrol *ret_enrol) {
    struct ym_enrol t = {0};
    struct ym_reader r;
    uint32_t zero = 0;
    enum ym_refusal bad;

    ym_reader_init(&r, p, n);
    bad = open_head(&r, enrol_magic, &zero);
    if (bad != YM_REFUSAL_NONE) {
        return bad;
    }
    copy(&r, t.token, sizeof(t.token));
    copy(&r, t.public_key, sizeof(t.public_key));
    t.time = (int64_t)ym_get_u64le(&r);
    if (!ym_reader_ok(&r) || n != YM_ENROL_SIZE || zero != 0) {
        return YM_REFUSAL_MALFORMED;
    }
    if (!signed_by(p, n, t.public_key)) {
        return YM_REFUSAL_BAD_SIGNATURE;
    }
    *ret_enrol = t;
    return YM_REFUSAL_NONE;
}

void ym_welcome_write(const struct ym_welcome *welcome, const struct ym_fleet_key *operator_key,
                      struct ym_buf *out) {
    size_t start = out->len;

    head(out, welcome_magic, welcome->ring);
    ym_buf_add(out, welcome->machine, sizeof(welcome->machine));
    ym_buf_add(out, welcome->public_key, sizeof(welcome->public_key));
    ym_buf_u64le(out, (uint64_t)welcome->time);
    seal(out, start, operator_key);
}

static bool ring_is_right(uint32_t ring) {
    return ring >= 1 && ring <= YM_FLEET_RINGS_MAX;
}

enum ym_refusal ym_welcome_read(const void *p, size_t n,
                                const uint8_t operator_key[YM_FLEET_PUBLIC_SIZE],
                                struct ym_welcome *ret_welcome) {
    struct ym_welcome t = {0};
    struct ym_reader r;
    enum ym_refusal bad;

    ym_reader_init(&r, p, n);
    bad = open_head(&r, welcome_magic, &t.ring);
    if (bad != YM_REFUSAL_NONE) {
        return bad;
    }
    copy(&r, t.machine, sizeof(t.machine));
    copy(&r, t.public_key, sizeof(t.public_key));
    t.time = (int64_t)ym_get_u64le(&r);
    if (!ym_reader_ok(&r) || n != YM_WELCOME_SIZE || !ring_is_right(t.ring)) {
        return YM_REFUSAL_MALFORMED;
    }
    if (!signed_by(p, n, operator_key)) {
        return YM_REFUSAL_BAD_SIGNATURE;
    }
    *ret_welcome = t;
    return YM_REFUSAL_NONE;
}

/* --- receipt --- */

void ym_receipt_write(const struct ym_receipt *receipt, const struct ym_fleet_key *operator_key,
                      struct ym_buf *out) {
    size_t start = out->len;

    head(out, receipt_magic, receipt->channel);
    ym_buf_add(out, receipt->machine, sizeof(receipt->machine));
    ym_buf_u64le(out, receipt->sequence);
    ym_buf_add(out, receipt->hash, sizeof(receipt->hash));
    ym_buf_u64le(out, (uint64_t)receipt->time);
    seal(out, start, operator_key);
}

enum ym_refusal ym_receipt_read(const void *p, size_t n,
                                const uint8_t operator_key[YM_FLEET_PUBLIC_SIZE],
                                struct ym_receipt *ret_receipt) {
    struct ym_receipt t = {.sequence = 0};
    struct ym_reader r;
    uint32_t channel = 0;
    enum ym_refusal bad;

    ym_reader_init(&r, p, n);
    bad = open_head(&r, receipt_magic, &channel);
    if (bad != YM_REFUSAL_NONE) {
        return bad;
    }
    copy(&r, t.machine, sizeof(t.machine));
    t.sequence = ym_get_u64le(&r);
    copy(&r, t.hash, sizeof(t.hash));
    t.time = (int64_t)ym_get_u64le(&r);
    if (!ym_reader_ok(&r) || n != YM_RECEIPT_SIZE || channel >= YM_CHANNEL_COUNT) {
        return YM_REFUSAL_MALFORMED;
    }
    if (!signed_by(p, n, operator_key)) {
        return YM_REFUSAL_BAD_SIGNATURE;
    }
    t.channel = (enum ym_channel)channel;
    *ret_receipt = t;
    return YM_REFUSAL_NONE;
}

/* --- policy --- */

void ym_policy_write(const struct ym_policy *policy, const struct ym_fleet_key *operator_key,
                     struct ym_buf *out) {
    size_t start = out->len;

    head(out, policy_magic, policy->ring);
    ym_buf_u64le(out, policy->serial);
    ym_buf_u64le(out, (uint64_t)policy->time);
    ym_buf_u32le(out, policy->poll_every);
    ym_buf_u32le(out, policy->report_every);
    ym_buf_u32le(out, policy->scan_every);
    ym_buf_u32le(out, 0);
    ym_buf_u64le(out, policy->epoch);
    ym_buf_u64le(out, policy->size);
    ym_buf_add(out, policy->sha256, sizeof(policy->sha256));
    seal(out, start, operator_key);
}

static bool interval_is_right(uint32_t seconds, uint32_t least, uint32_t most) {
    return seconds >= least && seconds <= most;
}

static bool policy_is_right(const struct ym_policy *t) {
    return ring_is_right(t->ring) && t->serial > 0 && t->serial <= INT64_MAX && t->time >= 0 &&
           interval_is_right(t->poll_every, 1, DAY) && interval_is_right(t->report_every, 1, DAY) &&
           interval_is_right(t->scan_every, 0, 366 * DAY) && t->epoch <= INT64_MAX &&
           (t->epoch > 0) == (t->size > 0) && t->size <= INT64_MAX;
}

enum ym_refusal ym_policy_read(const void *p, size_t n,
                               const uint8_t operator_key[YM_FLEET_PUBLIC_SIZE],
                               struct ym_policy *ret_policy) {
    struct ym_policy t = {0};
    struct ym_reader r;
    uint32_t zero;
    enum ym_refusal bad;

    ym_reader_init(&r, p, n);
    bad = open_head(&r, policy_magic, &t.ring);
    if (bad != YM_REFUSAL_NONE) {
        return bad;
    }
    t.serial = ym_get_u64le(&r);
    t.time = (int64_t)ym_get_u64le(&r);
    t.poll_every = ym_get_u32le(&r);
    t.report_every = ym_get_u32le(&r);
    t.scan_every = ym_get_u32le(&r);
    zero = ym_get_u32le(&r);
    t.epoch = ym_get_u64le(&r);
    t.size = ym_get_u64le(&r);
    copy(&r, t.sha256, sizeof(t.sha256));
    if (!ym_reader_ok(&r) || n != YM_POLICY_SIZE || zero != 0 || !policy_is_right(&t)) {
        return YM_REFUSAL_MALFORMED;
    }
    if (!signed_by(p, n, operator_key)) {
        return YM_REFUSAL_BAD_SIGNATURE;
    }
    *ret_policy = t;
    return YM_REFUSAL_NONE;
}
