/* test_mail.c - lines of mail gateways' logs. */
#include "feeds/mail.h"

#include "base/time.h"
#include "ym_test.h"

#include <stdlib.h>

static struct ym_str str(const char *s) {
    return (struct ym_str){s, strlen(s)};
}

static int64_t at(const char *iso) {
    int64_t t = 0;

    CHECK(ym_parse_iso_time(iso, &t));
    return t;
}

static bool same(struct ym_str got, const char *want) {
    return got.n == strlen(want) && memcmp(got.s, want, got.n) == 0;
}

static const struct {
    const char *line;
    const char *address, *queue;
    enum ym_mail_stage stage;
    enum ym_mail_reason reason;
} events[] = {
    {"May 26 10:44:18 mx postfix/smtpd[123]: NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 "
     "5.7.1 Service unavailable; Client host [192.0.2.7] blocked using list.example; from=<a@b> "
     "to=<c@d> proto=ESMTP helo=<x>",
     "192.0.2.7", "", YM_MAIL_EDGE, YM_MAIL_REPUTATION},
    {"2018-05-26T10:44:18.123456+02:00 mx postfix/postscreen[9]: NOQUEUE: reject: RCPT from "
     "[192.0.2.8]:4711: 550 5.7.1 Service unavailable; client [192.0.2.8] blocked using "
     "list.example; from=<a@b>, to=<c@d>, proto=ESMTP, helo=<x>",
     "192.0.2.8", "", YM_MAIL_EDGE, YM_MAIL_REPUTATION},
    {"May  6 10:44:18 mx postfix/submission/smtpd[1]: NOQUEUE: reject: RCPT from "
     "h.example[2001:db8::1]: 550 5.1.1 <nobody@x>: Recipient address rejected: User unknown in "
     "virtual mailbox table; from=<> to=<nobody@x>",
     "2001:db8::1", "", YM_MAIL_EDGE, YM_MAIL_RECIPIENT},
    {"May 26 10:44:18 mx postfix/smtpd[1]: 3AB12: reject: RCPT from h[192.0.2.1]: 554 5.7.1 "
     "<c@d>: Relay access denied; from=<a@b>",
     "192.0.2.1", "3AB12", YM_MAIL_EDGE, YM_MAIL_RELAY},
    {"May 26 10:44:18 mx postfix/cleanup[1]: 3AB12: milter-reject: END-OF-MESSAGE from "
     "h.example[192.0.2.1]: 5.7.1 Spam message rejected; from=<a@b> to=<c@d>",
     "192.0.2.1", "3AB12", YM_MAIL_CONTENT, YM_MAIL_UNNAMED},
    {"May 26 10:44:18 mx postfix/cleanup[1]: 3AB12: milter-reject: END-OF-MESSAGE from "
     "h.example[192.0.2.1]: 5.7.1 Virus found: Eicar; from=<a@b> to=<c@d>",
     "192.0.2.1", "3AB12", YM_MAIL_CONTENT, YM_MAIL_MALWARE},
    {"May 26 10:44:18 mx postfix/cleanup[1]: 3AB12: reject: header Subject: x from y[203.0.113.9]; "
     "from=<q> from h.example[192.0.2.1]; from=<a@b> to=<c@d> proto=ESMTP helo=<x>: 5.7.1 no",
     "192.0.2.1", "3AB12", YM_MAIL_CONTENT, YM_MAIL_UNNAMED},
    {"2018-05-26 10:44:18 #4711(normal) <abc123>; task; rspamd_task_write_log: id: <m@x>, qid: "
     "<3AB12>, ip: 192.0.2.5, from: <a@b>, (default: T (reject): [20.10/15.00] "
     "[BAYES_SPAM(5.10){100.00%;},FUZZY_PHARMACY(4.00){},X(1.00){}]), len: 1234, time: 12.3ms",
     "192.0.2.5", "3AB12", YM_MAIL_CONTENT, YM_MAIL_PHARMACY},
    {"May 26 10:44:18 mx rspamd[33]: <abc123>; task; rspamd_task_write_log: id: <m@x>, qid: <9>, "
     "ip: 2001:db8::5, from: <a@b>, (default: T (add header): [8.10/15.00] [PHISHING(4.00){}]), "
     "len: 1",
     "2001:db8::5", "9", YM_MAIL_CONTENT, YM_MAIL_PHISHING},
    {"May 26 10:44:18 mx spamd[7]: spamd: result: Y 12 - BAYES_99,HTML_IMAGE_ONLY_08,X "
     "scantime=1.2,size=1234,user=x,uid=99,required_score=5.0,rhost=localhost,raddr=127.0.0.1",
     "", "", YM_MAIL_CONTENT, YM_MAIL_IMAGE},
    {"May 26 10:44:18 mx amavis[7]: (00007-01) Blocked SPAM {DiscardedInbound,Quarantined}, "
     "[192.0.2.1]:12345 [198.51.100.2] <a@b> -> <c@d>, quarantine: x, Queue-ID: 3AB12, "
     "Message-ID: <m>, mail_id: y, Hits: 12.3, size: 1234, 567 ms",
     "192.0.2.1", "3AB12", YM_MAIL_CONTENT, YM_MAIL_UNNAMED},
    {"May 26 10:44:18 mx amavis[7]: (00007-01) Blocked INFECTED (Eicar-Test) {Discarded}, "
     "[192.0.2.1]:12345 <a@b> -> <c@d>, Queue-ID: 4",
     "192.0.2.1", "4", YM_MAIL_CONTENT, YM_MAIL_MALWARE},
    {"2018-05-26 10:44:18 H=mx.example (helo) [192.0.2.3]:25 F=<a@b> rejected RCPT <c@d>: "
     "Unrouteable address",
     "192.0.2.3", "", YM_MAIL_EDGE, YM_MAIL_RECIPIENT},
    {"2018-05-26 10:44:18 +0200 1abcDE-000123-XY H=mx.example [192.0.2.3] F=<a@b> rejected after "
     "DATA: this looks like phishing",
     "192.0.2.3", "", YM_MAIL_CONTENT, YM_MAIL_PHISHING},
};

static void what_was_stopped_is_told(void) {
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct ym_mail_event e;

        if (ym_mail_read(str(events[i].line), at("2018-06-01"), &e) != YM_MAIL_EVENT) {
            FAIL("not seen: %s", events[i].line);
        }
        if (!same(e.address, events[i].address) || !same(e.queue, events[i].queue) ||
            e.stage != events[i].stage || e.reason != events[i].reason) {
            FAIL("address %.*s queue %.*s stage %d reason %s: %s", (int)e.address.n, e.address.s,
                 (int)e.queue.n, e.queue.s, (int)e.stage, ym_mail_reason_word(e.reason),
                 events[i].line);
        }
        CHECK_EQ(e.month, 2018 * 12 + 4);
    }
}

static void what_was_let_in_or_put_off_is_not_counted(void) {
    static const char *const lines[] = {
        "May 26 10:44:18 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from h[192.0.2.1]: 450 4.2.0 "
        "<c@d>: Recipient address rejected: Greylisted; from=<a@b>",
        "May 26 10:44:18 mx postfix/cleanup[1]: 3A: milter-reject: END-OF-MESSAGE from "
        "h[192.0.2.1]: 4.7.1 Try again later; from=<a@b>",
        "May 26 10:44:18 mx postfix/smtpd[1]: NOQUEUE: reject_warning: RCPT from h[192.0.2.1]: 554 "
        "5.7.1 x; from=<a@b>",
        "May 26 10:44:18 mx postfix/smtpd[1]: 3A: client=h[192.0.2.1]",
        "May 26 10:44:18 mx postfix/cleanup[1]: 3A: warning: header Subject: : reject: RCPT from "
        "x[192.0.2.1]: 554 5.7.1 y from h[192.0.2.2]; from=<a@b>",
        "May 26 10:44:18 mx postfix/postscreen[1]: PREGREET 11 after 0.1 from [192.0.2.1]:1: EHLO",
        "2018-05-26 10:44:18 #1(normal) <a>; task; rspamd_task_write_log: id: <m>, ip: 192.0.2.1, "
        "(default: F (no action): [0.10/15.00] [PHISHING(4.0){}])",
        "2018-05-26 10:44:18 #1(normal) <a>; task; rspamd_task_write_log: id: <m>, ip: 192.0.2.1, "
        "(default: F (greylist): [4.10/15.00] [X(4.0){}])",
        "May 26 10:44:18 mx spamd[7]: spamd: result: . 0 - X scantime=1.2",
        "May 26 10:44:18 mx amavis[7]: (7-1) Passed CLEAN {RelayedInbound}, [192.0.2.1]:1 <a> -> "
        "<b>",
        "2018-05-26 10:44:18 H=mx [192.0.2.3] F=<a@b> temporarily rejected RCPT <c@d>: later",
        "2018-05-26 10:44:18 1abcDE-000123-XY <= a@b H=mx [192.0.2.3] P=esmtp S=1 T=\"your order "
        "was rejected by\"",
        "May 26 10:44:18 mx kernel: nothing",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct ym_mail_event e;

        if (ym_mail_read(str(lines[i]), at("2018-06-01"), &e) != YM_MAIL_OTHER) {
            FAIL("counted or not known: %s", lines[i]);
        }
    }
}

static void a_time_without_a_year_is_of_the_last_twelve_months(void) {
    static const char line[] = "Dec 31 23:59:59 mx amavis[7]: (7-1) Blocked SPAM {x}, [192.0.2.1]";
    struct ym_mail_event e;

    CHECK_EQ(ym_mail_read(str(line), at("2018-01-02"), &e), YM_MAIL_EVENT);
    CHECK_EQ(e.month, 2017 * 12 + 11);
    CHECK_EQ(ym_mail_read(str(line), at("2018-12-31"), &e), YM_MAIL_EVENT);
    CHECK_EQ(e.month, 2018 * 12 + 11);
    CHECK_EQ(ym_mail_read(str(line), at("2018-12-30"), &e), YM_MAIL_EVENT); /* another zone */
    CHECK_EQ(e.month, 2018 * 12 + 11);
    CHECK_EQ(ym_mail_read(str("nothing"), at("2018-01-02"), &e), YM_MAIL_UNKNOWN);
    CHECK_EQ(ym_mail_read(str(""), at("2018-01-02"), &e), YM_MAIL_UNKNOWN);
}

/* A prefix in memory of its own size, so that a sanitizer sees one byte too far. */
static void read_prefix(const char *line, size_t n) {
    char *copy = malloc(n == 0 ? 1 : n);
    struct ym_mail_event e;

    CHECK(copy != NULL);
    memcpy(copy, line, n);
    if (ym_mail_read((struct ym_str){copy, n}, 1527811200, &e) == YM_MAIL_EVENT) {
        CHECK(e.address.s >= copy && e.address.s + e.address.n <= copy + n);
        CHECK(e.queue.s >= copy && e.queue.s + e.queue.n <= copy + n);
    }
    free(copy);
}

static void every_prefix_is_bounded(void) {
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        for (size_t n = 0; n <= strlen(events[i].line); n++) {
            read_prefix(events[i].line, n);
        }
    }
}

static void rules_have_categories(void) {
    CHECK_EQ(ym_mail_category(str("DRUGS_ERECTILE")), YM_MAIL_PHARMACY);
    CHECK_EQ(ym_mail_category(str("ADVANCE_FEE_3_NEW")), YM_MAIL_ADVANCE_FEE);
    CHECK_EQ(ym_mail_category(str("CLAM_VIRUS")), YM_MAIL_MALWARE);
    CHECK_EQ(ym_mail_category(str("BAYES_99")), YM_MAIL_UNNAMED);
    CHECK_EQ(ym_mail_category(str("")), YM_MAIL_UNNAMED);
}

MAIN(T(what_was_stopped_is_told), T(what_was_let_in_or_put_off_is_not_counted),
     T(a_time_without_a_year_is_of_the_last_twelve_months), T(every_prefix_is_bounded),
     T(rules_have_categories))
