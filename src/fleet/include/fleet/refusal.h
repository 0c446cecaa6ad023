/* refusal.h - why a fleet server did not take something: one word a reason, and whether to retry.
 *
 * The words are part of the protocol (docs/formats/fleet.md) and of the metrics
 * (yamori_fleet_refused_total{reason="..."}); they may grow but not change. */
#ifndef YM_FLEET_REFUSAL_H
#define YM_FLEET_REFUSAL_H

#include <stdbool.h>

/* name, word, HTTP status, whether the same request may succeed later, text for people */
#define YM_REFUSAL_TABLE(X)                                                                        \
    X(NONE, "none", 200, false, "taken")                                                           \
    X(MALFORMED, "malformed", 400, false, "the message breaks the format")                         \
    X(VERSION, "version", 400, false, "the message has a version that is not known here")          \
    X(TOO_LARGE, "too_large", 413, false, "the message has more bytes than a message may have")    \
    X(TOO_MANY, "too_many_records", 413, false, "the report has more records than one may have")   \
    X(UNKNOWN_MACHINE, "unknown_machine", 403, false, "no machine has enrolled under this id")     \
    X(BAD_SIGNATURE, "bad_signature", 403, false, "the signature is not that of the sender")       \
    X(CLOCK_SKEW, "clock_skew", 409, true, "the sender's clock is too far from the server's")      \
    X(REPLAY, "replay", 409, false, "the sequence number was used before")                         \
    X(BAD_RECORD, "bad_record", 422, false, "a record of the report cannot be read")               \
    X(BAD_TOKEN, "bad_token", 403, false, "the token is not known")                                \
    X(TOKEN_USED, "token_used", 403, false, "the token was used by another key")                   \
    X(TOKEN_EXPIRED, "token_expired", 403, false, "the token is too old")                          \
    X(BUSY, "busy", 503, true, "the server has as much to do as it may")                           \
    X(SLOW, "slow", 408, true, "the message took too long to arrive")                              \
    X(STORAGE, "storage", 503, true, "the server could not write what it got")                     \
    X(NOT_FOUND, "not_found", 404, false, "there is nothing here")                                 \
    X(METHOD, "method", 405, false, "this address does not take this method")                      \
    X(NO_LENGTH, "no_length", 411, false, "the request does not say how long its body is")         \
    X(FORBIDDEN, "forbidden", 403, false, "the person is not known, or may not do this")           \
    X(SIGNED_OUT, "signed_out", 401, false, "nobody is signed in")                                 \
    X(CROSS_SITE, "cross_site", 403, false, "the request does not come from the console's page")   \
    X(TOO_OFTEN, "too_often", 429, true, "too many attempts failed: wait some minutes")            \
    X(CONFLICT, "conflict", 409, false, "it is not in a state for that")                           \
    X(TOO_MUCH, "too_much", 422, false, "this question looks at too much: ask for less")

enum ym_refusal {
#define X(name, word, http, retry, text) YM_REFUSAL_##name,
    YM_REFUSAL_TABLE(X)
#undef X
        YM_REFUSAL_COUNT
};

const char *ym_refusal_word(enum ym_refusal r); /* never NULL */
const char *ym_refusal_text(enum ym_refusal r); /* never NULL */
unsigned ym_refusal_http(enum ym_refusal r);
bool ym_refusal_retry(enum ym_refusal r);

#endif
