/* wire.h - the signed messages of the fleet protocol: enrolment, report, policy.
 *
 * docs/formats/fleet.md has the layouts, byte by byte.  A message is read in two steps: *parse*
 * looks at the form only (bounded, no allocation, texts stay where they are), *verify* asks
 * whose signature it carries.  Nothing of a message may be believed before the second.
 *
 * What is written by a machine is hostile: sizes are checked before anything else, numbers
 * against what really came, and nothing may follow the signature. */
#ifndef YM_FLEET_WIRE_H
#define YM_FLEET_WIRE_H

#include "base/buf.h"
#include "base/status.h"
#include "base/text.h"
#include "fleet/keys.h"
#include "fleet/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_FLEET_VERSION = 1,
    YM_REPORT_HEAD = 104,         /* bytes before the records */
    YM_REPORT_RECORDS_MAX = 2000, /* records of one report */
    YM_REPORT_BODY_MAX = 4 << 20, /* bytes of its records */
    YM_REPORT_MAX = YM_REPORT_HEAD + YM_REPORT_BODY_MAX + YM_FLEET_SIGNATURE_SIZE,
    YM_ENROL_SIZE = 8 + 4 + 4 + 32 + 32 + 8 + 64,
    YM_WELCOME_SIZE = 8 + 4 + 4 + 16 + 32 + 8 + 64,
    YM_POLICY_SIZE = 8 + 4 + 4 + 8 + 8 + 4 + 4 + 4 + 4 + 8 + 8 + 32 + 64,
    YM_RECEIPT_SIZE = 8 + 4 + 4 + 16 + 8 + 32 + 8 + 64,
    YM_FLEET_RINGS_MAX = 8,              /* rings are numbered from 1 */
    YM_FLEET_SKEW = 300,                 /* seconds that a report's time may differ (network) */
    YM_FLEET_FILE_AGE = 400 * 24 * 3600, /* how old a report on a stick may be, seconds */
};

/* Each way has sequence numbers of its own: a stick may arrive after what was sent later. */
enum ym_channel { YM_CHANNEL_NETWORK, YM_CHANNEL_FILE, YM_CHANNEL_COUNT };

/* What became of the image that the policy names, on this machine. */
#define YM_IMAGE_TABLE(X)                                                                          \
    X(NONE, "none")       /* there is none, or it was not fetched yet */                           \
    X(GOOD, "good")       /* in use: it passed the trial */                                        \
    X(REFUSED, "refused") /* wrong size or hash, or not an image: not taken */                     \
    X(FAILED, "failed")   /* the trial scan crashed, was incomplete, or found malware in Yamori */
enum ym_image_state {
#define X(name, word) YM_IMAGE_##name,
    YM_IMAGE_TABLE(X)
#undef X
        YM_IMAGE_STATES
};
const char *ym_image_word(enum ym_image_state s); /* never NULL */

/* How the machine fares with its image; for the rings (fleet/rings.h). */
struct ym_health {
    uint64_t epoch; /* of the image that state speaks of; 0: none */
    enum ym_image_state state;
    uint64_t files, gaps; /* objects looked at with it so far, and those of them incomplete */
};

struct ym_report {
    enum ym_channel channel;
    uint8_t machine[YM_FLEET_ID_SIZE]; /* the transport id: never stored with records */
    uint64_t sequence;                 /* larger with each report of the channel; from 1 */
    int64_t time;                      /* seconds since 1970, UTC */
    uint8_t nonce[16];                 /* random: equal contents are different reports */
    struct ym_health health;
    uint32_t n_records;
    const uint8_t *body; /* n_records lines of JSON, each with its newline; borrowed */
    size_t body_len;
};

/* Appends the signed report; n_records and body are the caller's promise. */
void ym_report_write(const struct ym_report *report, const struct ym_fleet_key *key,
                     struct ym_buf *out);
/* The form of one report, and (unless whole) how many bytes it takes; whole: nothing may follow.
 * *ret_report borrows from p.  Not NONE: *ret_report is untouched. */
enum ym_refusal ym_report_parse(const void *p, size_t n, bool whole, struct ym_report *ret_report,
                                size_t *ret_used);
/* The next line of a parsed report's records, without its newline; start with *at = 0.  False: there
 * are no more. */
bool ym_report_line(const struct ym_report *report, size_t *at, struct ym_str *ret_line);
/* p, n: the bytes of exactly one report that was parsed. */
bool ym_report_verify(const void *p, size_t n, const uint8_t public_key[YM_FLEET_PUBLIC_SIZE]);
/* The name of a report among others: SHA-256 of its signature, which covers all the rest (hashing a
 * megabyte twice would cost more than keeping its records). */
void ym_report_digest(const void *p, size_t n, uint8_t ret_digest[YM_FLEET_HASH_SIZE]);
/* Is the report's time one that the channel allows at now? */
bool ym_report_in_time(const struct ym_report *report, int64_t now);

struct ym_enrol {
    uint8_t token[YM_FLEET_TOKEN_SIZE];
    uint8_t public_key[YM_FLEET_PUBLIC_SIZE]; /* of the machine; it signs the message */
    int64_t time;
};
void ym_enrol_write(const struct ym_enrol *enrol, const struct ym_fleet_key *key,
                    struct ym_buf *out);
/* Form and signature (proof that the sender has the secret key). */
enum ym_refusal ym_enrol_read(const void *p, size_t n, struct ym_enrol *ret_enrol);

struct ym_welcome {
    uint32_t ring;
    uint8_t machine[YM_FLEET_ID_SIZE];
    uint8_t public_key[YM_FLEET_PUBLIC_SIZE]; /* of the machine that it is for */
    int64_t time;                             /* the server's clock */
};
void ym_welcome_write(const struct ym_welcome *welcome, const struct ym_fleet_key *operator_key,
                      struct ym_buf *out);
enum ym_refusal ym_welcome_read(const void *p, size_t n,
                                const uint8_t operator_key[YM_FLEET_PUBLIC_SIZE],
                                struct ym_welcome *ret_welcome);

/* That a report which came on a stick is on the server's disk: for the way back. */
struct ym_receipt {
    enum ym_channel channel;
    uint8_t machine[YM_FLEET_ID_SIZE];
    uint64_t sequence;
    uint8_t hash[YM_FLEET_HASH_SIZE]; /* the report's digest */
    int64_t time;
};
void ym_receipt_write(const struct ym_receipt *receipt, const struct ym_fleet_key *operator_key,
                      struct ym_buf *out);
enum ym_refusal ym_receipt_read(const void *p, size_t n,
                                const uint8_t operator_key[YM_FLEET_PUBLIC_SIZE],
                                struct ym_receipt *ret_receipt);

/* What a ring's machines shall do, and which image they shall have. */
struct ym_policy {
    uint32_t ring;
    uint64_t serial;       /* grows with every change; agents never go back */
    int64_t time;          /* when it was signed */
    uint32_t poll_every;   /* seconds between two questions for a policy, 1 to 86400 */
    uint32_t report_every; /* seconds between two reports, 1 to 86400 */
    uint32_t scan_every; /* seconds between two scans of what the machine's owner named; 0: none */
    uint64_t epoch;      /* of the image, 0: no image; agents never go back */
    uint64_t size;
    uint8_t sha256[YM_FLEET_HASH_SIZE];
};
void ym_policy_write(const struct ym_policy *policy, const struct ym_fleet_key *operator_key,
                     struct ym_buf *out);
enum ym_refusal ym_policy_read(const void *p, size_t n,
                               const uint8_t operator_key[YM_FLEET_PUBLIC_SIZE],
                               struct ym_policy *ret_policy);

#endif
