/* intake.h - reports in, durable records out; by threads of its own, without a network.
 *
 *     network threads            decoders (2)                 writer (1)
 *     ym_intake_check()    ->    lines of JSON to records  -> records of many reports: one
 *     ym_intake_put()            (signature was checked)      transaction of the store; then the
 *                                                             sequence numbers; then job->done()
 *
 * So a report is acknowledged only after its records are on disk, and the disk is asked once for
 * many reports.  A kill between the two commits leaves records without their sequence number: the
 * machine sends the same report again, and its records are known by their ids.
 *
 * Order of the checks, cheapest first; nothing but the form is believed before the signature:
 * form and sizes, machine known, signature, clock, sequence, then the records. */
#ifndef YM_FLEET_INTAKE_H
#define YM_FLEET_INTAKE_H

#include "base/status.h"
#include "fleet/refusal.h"
#include "fleet/state.h"
#include "fleet/wire.h"
#include "records/record.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_intake; /* opaque: see intake.c */
struct ym_arena;

enum {
    YM_INTAKE_BYTES = 48 << 20, /* of reports that wait; more is refused as busy */
    YM_INTAKE_COUNT = 600,      /* seconds between counts of the store */
};

struct ym_job {
    uint8_t *bytes; /* ym_malloc()ed, the caller's until put, then the intake's */
    size_t n;
    void (*done)(struct ym_job *job); /* from a thread of the intake, once; job is the caller's */
    void *user;
    char country[3]; /* of the sender's address, for records without one; "": not known */

    /* The answer. */
    enum ym_refusal refusal;
    uint32_t bad_record;   /* BAD_RECORD: the line, from 1 */
    uint64_t sequence;     /* REPLAY: the last one taken */
    uint64_t added, known; /* records */

    /* Of the intake. */
    struct ym_report report; /* borrows from bytes */
    uint8_t hash[YM_FLEET_HASH_SIZE];
    bool again; /* the very report that was taken last: acknowledged again, not taken again */
    struct ym_arena *arena;
    struct ym_record *records;
    struct ym_job *next;
};

struct ym_intake_counts {
    uint64_t reports, again, added, known, groups, commit_ns, waiting_bytes;
    uint64_t located; /* records that got the country of their sender's address */
    uint64_t refused[YM_REFUSAL_COUNT];
};

struct ym_intake_options {
    const char *store; /* NULL: STATE/records.db */
    /* What goes on that an operator should know (the store does not take records, it does again), a
     * line; from a thread of the intake.  NULL: nobody hears. */
    void (*say)(void *user, const char *text);
    void *user;
};

/* Opens the store (made when it is not there) and starts the threads.  A store that counts later than with each
 * commit is counted every YM_INTAKE_COUNT seconds in which something came, by a thread of its own.  options may be NULL. */
YM_MUST_CHECK ym_status ym_intake_open(struct ym_fleet_state *state,
                                       const struct ym_intake_options *options,
                                       struct ym_intake **ret_intake, struct ym_err *err);
/* Finishes what was put, then ends the threads; what is put later is refused as busy. */
void ym_intake_stop(struct ym_intake *intake);
void ym_intake_close(struct ym_intake *intake); /* stops it first; accepts NULL */

/* The name of its store; lives as long as the intake. */
const char *ym_intake_store(const struct ym_intake *intake);

/* Sets job->report, hash, again and refusal (NONE: go on with put, unless again). */
void ym_intake_check(struct ym_intake *intake, struct ym_job *job, int64_t now);
/* Only the head of a report is here: is its sender known?  Lets a server stop listening early. */
bool ym_intake_knows(struct ym_intake *intake, const uint8_t *head, size_t n);
/* Takes job->bytes.  done() follows in any case. */
void ym_intake_put(struct ym_intake *intake, struct ym_job *job);
/* check, put, wait. */
void ym_intake_take(struct ym_intake *intake, struct ym_job *job, int64_t now);

/* Everything that is refused anywhere in the server is counted here. */
void ym_intake_refused(struct ym_intake *intake, enum ym_refusal why);
void ym_intake_counts(struct ym_intake *intake, struct ym_intake_counts *ret_counts);

#endif
