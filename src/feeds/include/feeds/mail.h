/* mail.h - what a line of a mail gateway's log says about unwanted mail.
 *
 * One line at a time, whoever wrote it: Postfix (smtpd, postscreen, cleanup with milters and
 * header checks), rspamd, SpamAssassin's spamd, amavis, Exim.  What each line looks like and what
 * counts: docs/formats/feeds.md.  A pure function over bounded text. */
#ifndef YM_FEEDS_MAIL_H
#define YM_FEEDS_MAIL_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Where it was stopped: before its content was there, or by what is in it. */
enum ym_mail_stage { YM_MAIL_EDGE, YM_MAIL_CONTENT, YM_MAIL_STAGES };

/* Why, at the edge; of content what kind it is, where the log says so. */
#define YM_MAIL_REASON_TABLE(X)                                                                    \
    X(REPUTATION, "reputation") /* the address is on a list */                                     \
    X(RECIPIENT, "recipient")   /* nobody of that name is here */                                  \
    X(SENDER, "sender")         /* the sender's address or domain */                               \
    X(CLIENT, "client")         /* how the other side speaks, or what it calls itself */           \
    X(RELAY, "relay")           /* mail for others */                                              \
    X(RULE, "rule")             /* anything else before the content */                             \
    X(ADULT, "adult")                                                                              \
    X(ADVANCE_FEE, "advance-fee")                                                                  \
    X(ATTACHMENT, "attachment") /* a kind of file that is not let in */                            \
    X(DATING, "dating")                                                                            \
    X(DIPLOMA, "diploma")                                                                          \
    X(FINANCIAL, "financial")                                                                      \
    X(GAMBLING, "gambling")                                                                        \
    X(IMAGE, "image-only")                                                                         \
    X(MALWARE, "malware")                                                                          \
    X(PHARMACY, "pharmacy")                                                                        \
    X(PHISHING, "phishing")                                                                        \
    X(PRODUCT, "product")                                                                          \
    X(STOCK, "stock")                                                                              \
    X(UNNAMED, "unnamed") /* the filter does not say */

enum ym_mail_reason {
#define X(name, text) YM_MAIL_##name,
    YM_MAIL_REASON_TABLE(X)
#undef X
        YM_MAIL_REASONS
};
const char *ym_mail_reason_word(enum ym_mail_reason reason);
/* The category that a rule's or category's name stands for ("FUZZY_PHARMACY"); UNNAMED: none. */
enum ym_mail_reason ym_mail_category(struct ym_str name);

enum ym_mail_line {
    YM_MAIL_UNKNOWN, /* not a line of a log that is known */
    YM_MAIL_OTHER,   /* such a line, and nothing was stopped */
    YM_MAIL_EVENT
};

struct ym_mail_event {
    int month; /* year * 12 + month - 1 */
    unsigned day;
    enum ym_mail_stage stage;
    enum ym_mail_reason reason;
    struct ym_str address; /* of the sending machine, in the line; n 0: the line has none */
    struct ym_str queue;   /* the mail server's name of the message; n 0: none */
};

/* now: seconds since 1970, not before the line was written; a time without a year is of the last
 * twelve months before it. */
enum ym_mail_line ym_mail_read(struct ym_str line, int64_t now, struct ym_mail_event *ret_event);

#endif
