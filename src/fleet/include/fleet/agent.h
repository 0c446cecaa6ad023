/* agent.h - the machine's side: enrol once, then send records, take policies and images.
 *
 * STATE/ (mode 0700): machine.key (0600), agent.json (server, id, operator's public key),
 * progress.json (sequence numbers, the image's fate), pending (the report that was sent last and
 * not acknowledged yet, byte for byte), exported (what went on the last stick), policy, image.ydb, refused/ (records that the server cannot
 * read), lock.  Every file is replaced whole, so that a kill at any moment leaves the old or the new one.
 *
 * Records lie in the spool (records/spool.h) until the server has acknowledged them.  The order:
 * progress with the new number, pending, send, remove the records, remove pending.  A kill
 * between any two sends the same report again, which the server knows.
 *
 * A policy is believed only with the signature of the operator whose key came in the enrolment
 * token; its serial and its image's epoch never go back.  An image is used only when its size and hash
 * are the policy's and the trial was passed; until then, and when it was not, the old one stays. */
#ifndef YM_FLEET_AGENT_H
#define YM_FLEET_AGENT_H

#include "base/status.h"
#include "fleet/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_agent; /* opaque: see agent_int.h */

/* What this room cannot do itself; each may be NULL. */
struct ym_agent_hooks {
    /* Tries an image that has the right hash: GOOD, REFUSED or FAILED. */
    enum ym_image_state (*trial)(void *user, const char *image);
    /* Scans what the machine's owner named, with image (NULL: there is none). */
    void (*scan)(void *user, const char *image);
    /* Tells a line, for people. */
    void (*say)(void *user, const char *text);
    void *user;
};

struct ym_agent_options {
    const char *state;
    const char *spool;
    struct ym_agent_hooks hooks;
};

struct ym_agent_enrolment {
    const char *server; /* "https://fleet.example:8743"; http:// for loopback only, unless plain */
    const char *token;
    const char *ca; /* PEM file of the authority that signed the server's certificate, or NULL */
    bool plain;
};
/* Makes the key, shows the token, keeps the answer.  Doing it again with the same token and state
 * is harmless.  MALFORMED: no such token; UNSUPPORTED: refused (the text says why); IO. */
YM_MUST_CHECK ym_status ym_agent_enrol(const char *state,
                                       const struct ym_agent_enrolment *enrolment,
                                       struct ym_err *err);

/* MALFORMED, IO: it has not enrolled, or its files are damaged. */
YM_MUST_CHECK ym_status ym_agent_open(const struct ym_agent_options *options,
                                      struct ym_agent **ret_agent, struct ym_err *err);
void ym_agent_close(struct ym_agent *agent); /* accepts NULL */

/* Policy, image, scan when due, all records.  IO: the server was not reached, or said "later";
 * UNSUPPORTED: it refuses this machine. */
YM_MUST_CHECK ym_status ym_agent_once(struct ym_agent *agent, struct ym_err *err);

/* The same again and again, as the policy says, until SIGTERM or SIGINT. */
YM_MUST_CHECK ym_status ym_agent_run(struct ym_agent *agent, struct ym_err *err);

/* Offline: all records of the spool as signed reports into a new file, which `fleet import` takes.
 * The records stay in the spool until the receipts come back (STATE/exported keeps the reports);
 * receipts of an earlier export than the last say nothing any more. */
YM_MUST_CHECK ym_status ym_agent_export(struct ym_agent *agent, const char *file,
                                        uint64_t *ret_records, struct ym_err *err);
/* Offline: receipts that `fleet import` wrote.  What they acknowledge leaves the spool. */
YM_MUST_CHECK ym_status ym_agent_receipts(struct ym_agent *agent, const char *file,
                                          uint64_t *ret_records, struct ym_err *err);
/* Offline: the policy and image of a folder that `fleet bundle` wrote. */
YM_MUST_CHECK ym_status ym_agent_take(struct ym_agent *agent, const char *folder,
                                      struct ym_err *err);

/* STATE/image.ydb when the machine has an image in use, else NULL. */
const char *ym_agent_image(const struct ym_agent *agent);

#endif
