/* mail.c - see mail.h.
 *
 * A line is a time, for syslog also a machine and a tag, and then a text that its writer made.
 * Which writer it was is told by the tag or, of files of their own (rspamd, Exim), by the text.
 * Texts hold what strangers sent (subjects, names, addresses): what counts is looked for at its
 * place from the front, or of a refused header from the back, where strangers cannot write. */
#include "feeds/mail.h"

#include "base/time.h"
#include "feeds/csv.h"

#include <string.h>

/* --- bounded texts --- */

static struct ym_str from(struct ym_str s, size_t at) {
    return at >= s.n ? (struct ym_str){s.s + s.n, 0} : (struct ym_str){s.s + at, s.n - at};
}

static bool find(struct ym_str s, const char *what, size_t *ret_at) {
    const char *p = s.n == 0 ? NULL : memmem(s.s, s.n, what, strlen(what));

    if (p == NULL) {
        return false;
    }
    *ret_at = (size_t)(p - s.s);
    return true;
}

static bool find_last(struct ym_str s, const char *what, size_t *ret_at) {
    size_t n = strlen(what);

    for (size_t at = s.n; at-- > 0;) {
        if (s.n - at >= n && memcmp(s.s + at, what, n) == 0) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

static bool has(struct ym_str s, const char *what) {
    size_t ignored;

    return find(s, what, &ignored);
}

static bool begins(struct ym_str s, const char *what) {
    size_t n = strlen(what);

    return s.n >= n && memcmp(s.s, what, n) == 0;
}

/* What follows `what`; false: it is not there. */
static bool after(struct ym_str s, const char *what, struct ym_str *ret_rest) {
    size_t at;

    if (!find(s, what, &at)) {
        return false;
    }
    *ret_rest = from(s, at + strlen(what));
    return true;
}

/* Up to the first of the characters. */
static struct ym_str until(struct ym_str s, const char *ends) {
    size_t n = 0;

    while (n < s.n && (s.s[n] == '\0' || strchr(ends, s.s[n]) == NULL)) {
        n++;
    }
    return (struct ym_str){s.s, n};
}

/* "...[192.0.2.1]..." -> the address in the first brackets. */
static struct ym_str in_brackets(struct ym_str s) {
    struct ym_str rest;

    if (!after(s, "[", &rest)) {
        return (struct ym_str){s.s, 0};
    }
    return until(rest, "]");
}

/* --- times --- */

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* "May 26 10:44:18 ": the year is the one that puts it into the twelve months before now. */
static bool time_without_year(struct ym_str *line, int64_t now, struct ym_mail_event *e) {
    struct ym_date today = ym_date_of_unix(now);
    unsigned month = 0;
    uint32_t day;
    size_t pad;

    if (line->n < 16 || line->s[3] != ' ' || line->s[6] != ' ' || line->s[9] != ':' ||
        line->s[15] != ' ') {
        return false;
    }
    while (month < 12 && memcmp(months + (size_t)3 * month, line->s, 3) != 0) {
        month++;
    }
    pad = line->s[4] == ' ' ? 1 : 0;
    if (month == 12 || !ym_parse_u32(line->s + 4 + pad, 2 - pad, &day) || day < 1 || day > 31) {
        return false;
    }
    month++;
    e->month = today.year * 12 + (int)month - 1;
    if (month > today.month || (month == today.month && day > today.day + 1)) {
        e->month -= 12; /* a day more: the log's clock may be in another zone */
    }
    e->day = day;
    *line = from(*line, 16);
    return true;
}

/* "2018-05-26 10:44:18 ", "2018-05-26T10:44:18.123456+02:00 " */
static bool time_with_year(struct ym_str *line, struct ym_mail_event *e) {
    struct ym_str rest;
    uint32_t day;

    if (line->n < 20 || (line->s[10] != ' ' && line->s[10] != 'T') || line->s[13] != ':' ||
        !ym_feed_month(*line, &e->month) || !ym_parse_u32(line->s + 8, 2, &day)) {
        return false;
    }
    rest = from(*line, 11);
    e->day = day;
    return after(rest, " ", line);
}

static bool take_time(struct ym_str *line, int64_t now, struct ym_mail_event *e) {
    return time_with_year(line, e) || time_without_year(line, now, e);
}

/* --- Postfix --- */

static const struct {
    const char *text;
    enum ym_mail_reason reason;
} edge_words[] = {
    {" blocked using ", YM_MAIL_REPUTATION},
    {"User unknown", YM_MAIL_RECIPIENT},
    {"Unknown user", YM_MAIL_RECIPIENT},
    {"Unrouteable address", YM_MAIL_RECIPIENT},
    {"Recipient address rejected", YM_MAIL_RECIPIENT},
    {"elay access denied", YM_MAIL_RELAY},
    {"elay not permitted", YM_MAIL_RELAY},
    {"Sender address rejected", YM_MAIL_SENDER},
    {"Sender verify failed", YM_MAIL_SENDER},
    {"Helo command rejected", YM_MAIL_CLIENT},
    {"cannot find your", YM_MAIL_CLIENT},
    {"Client host rejected", YM_MAIL_CLIENT},
    {"rotocol error", YM_MAIL_CLIENT},
    {"mproper command pipelining", YM_MAIL_CLIENT},
    {"synchronization error", YM_MAIL_CLIENT},
    {"invalid HELO", YM_MAIL_CLIENT},
    {"blacklist", YM_MAIL_REPUTATION},
    {"blocklist", YM_MAIL_REPUTATION},
    {"dnsbl", YM_MAIL_REPUTATION},
};

static enum ym_mail_reason edge_reason(struct ym_str text) {
    for (size_t i = 0; i < sizeof(edge_words) / sizeof(edge_words[0]); i++) {
        if (has(text, edge_words[i].text)) {
            return edge_words[i].reason;
        }
    }
    return YM_MAIL_RULE;
}

/* "RCPT from mx.example[192.0.2.1]: 554 5.7.1 ...": stopped for good when the code begins with 5. */
static bool postfix_dialogue(struct ym_str text, struct ym_mail_event *e) {
    struct ym_str where = until(text, " ");
    struct ym_str rest;

    if (!after(text, " from ", &rest)) {
        return false;
    }
    e->address = in_brackets(until(rest, " "));
    if (!after(rest, ": ", &rest) || !begins(rest, "5")) {
        return false;
    }
    e->stage = YM_MAIL_EDGE;
    e->reason = edge_reason(until(rest, ";"));
    if (e->reason == YM_MAIL_RULE && has(rest, " blocked using ")) {
        e->reason = YM_MAIL_REPUTATION; /* postscreen has it behind a semicolon */
    }
    return ym_str_is(where, "CONNECT") || ym_str_is(where, "HELO") || ym_str_is(where, "EHLO") ||
           ym_str_is(where, "MAIL") || ym_str_is(where, "RCPT") || ym_str_is(where, "DATA") ||
           ym_str_is(where, "VRFY") || ym_str_is(where, "ETRN") ||
           ym_str_is(where, "END-OF-MESSAGE");
}

/* "header Subject: ... from mx.example[192.0.2.1]; from=<...> ...: 5.7.1 ..." */
static bool postfix_header(struct ym_str text, struct ym_mail_event *e) {
    size_t at;
    struct ym_str head;

    if (!find_last(text, "; from=<", &at)) {
        return false;
    }
    head = (struct ym_str){text.s, at};
    if (find_last(head, " from ", &at)) {
        e->address = in_brackets(from(head, at));
    }
    e->stage = YM_MAIL_CONTENT;
    e->reason = YM_MAIL_UNNAMED;
    return true;
}

static bool postfix(struct ym_str text, struct ym_mail_event *e) {
    struct ym_str queue = until(text, ":");
    struct ym_str rest = from(text, queue.n + 2);
    bool content;

    if (!ym_str_is(queue, "NOQUEUE")) {
        e->queue = queue;
    }
    if (begins(rest, "reject: ")) {
        rest = from(rest, 8);
        return begins(rest, "header ") || begins(rest, "body ") || begins(rest, "mime-header ")
                   ? postfix_header(rest, e)
                   : postfix_dialogue(rest, e);
    }
    if (!begins(rest, "milter-reject: ")) {
        return false;
    }
    rest = from(rest, 15);
    content = begins(rest, "END-OF-MESSAGE") || begins(rest, "DATA");
    if (!postfix_dialogue(rest, e)) {
        return false;
    }
    if (content) {
        e->stage = YM_MAIL_CONTENT;
        e->reason = ym_mail_category(until(rest, ";"));
    }
    return true;
}

/* --- the filters --- */

/* The first of a list of rules' names that stands for a category: "BAYES_99,FUZZY_PHARMACY". */
static enum ym_mail_reason category_of_rules(struct ym_str rules, const char *ends) {
    while (rules.n > 0) {
        struct ym_str name = until(rules, ends);
        enum ym_mail_reason reason = ym_mail_category(until(name, "({"));

        if (reason != YM_MAIL_UNNAMED) {
            return reason;
        }
        rules = from(rules, name.n + 1);
    }
    return YM_MAIL_UNNAMED;
}

/* "...rspamd_task_write_log: id: <..>, qid: <..>, ip: 192.0.2.1, ... (default: T (reject): [20.1/15.0]
 * [RULE(1.2){x;},...]), len: ..." */
static bool rspamd(struct ym_str text, struct ym_mail_event *e) {
    struct ym_str rest;
    struct ym_str action;

    if (after(text, " qid: <", &rest)) {
        e->queue = until(rest, ">");
    }
    if (after(text, " ip: ", &rest)) {
        e->address = until(rest, ", ");
    }
    if (!after(text, "(default: ", &rest) || !after(rest, "(", &action)) {
        return false;
    }
    rest = from(action, until(action, ")").n);
    action = until(action, ")");
    if (!ym_str_is(action, "reject") && !ym_str_is(action, "add header") &&
        !ym_str_is(action, "rewrite subject") && !ym_str_is(action, "quarantine")) {
        return false;
    }
    e->stage = YM_MAIL_CONTENT;
    e->reason =
        after(rest, "] [", &rest) ? category_of_rules(until(rest, "]"), ",") : YM_MAIL_UNNAMED;
    return true;
}

/* "spamd: result: Y 12 - BAYES_99,RULE scantime=1.2,size=..." */
static bool spamd(struct ym_str text, struct ym_mail_event *e) {
    struct ym_str rest;

    if (!after(text, "result: Y ", &rest)) {
        return false;
    }
    e->stage = YM_MAIL_CONTENT;
    e->reason =
        after(rest, " - ", &rest) ? category_of_rules(until(rest, " "), ",") : YM_MAIL_UNNAMED;
    return true;
}

/* "(01234-05) Blocked SPAM {DiscardedInbound}, [192.0.2.1]:12345 <a> -> <b>, Queue-ID: 3AB, ..." */
static bool amavis(struct ym_str text, struct ym_mail_event *e) {
    static const struct {
        const char *word;
        enum ym_mail_reason reason;
    } verdicts[] = {
        {"SPAM", YM_MAIL_UNNAMED}, {"INFECTED", YM_MAIL_MALWARE}, {"BANNED", YM_MAIL_ATTACHMENT}};
    struct ym_str rest;
    struct ym_str word;

    if (!after(text, ") ", &rest) || (!begins(rest, "Blocked ") && !begins(rest, "Passed "))) {
        return false;
    }
    word = from(rest, until(rest, " ").n + 1);
    if (after(word, ", [", &rest)) {
        e->address = until(rest, "]");
    }
    if (after(word, ", Queue-ID: ", &rest)) {
        e->queue = until(rest, ", ");
    }
    e->stage = YM_MAIL_CONTENT;
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        size_t n = strlen(verdicts[i].word);

        if (begins(word, verdicts[i].word) && word.n > n &&
            !ym_is_alnum((unsigned char)word.s[n])) {
            e->reason = verdicts[i].reason;
            return true;
        }
    }
    return false;
}

/* "1abcDE-000123-XY H=mx (helo) [192.0.2.1]:123 F=<a> rejected RCPT <b>: reason" */
static bool exim(struct ym_str text, struct ym_mail_event *e) {
    struct ym_str where = text;
    struct ym_str rest;

    if (!after(text, "H=", &where) || !after(where, " rejected ", &rest) ||
        has(text, "temporarily rejected") ||
        has((struct ym_str){text.s, (size_t)(where.s - text.s)}, "<=")) {
        return false; /* "<=": it came in, and " rejected " is a word of its subject */
    }
    e->address = in_brackets(where);
    e->stage =
        begins(rest, "after DATA") || begins(rest, "during MIME") ? YM_MAIL_CONTENT : YM_MAIL_EDGE;
    e->reason = e->stage == YM_MAIL_EDGE ? edge_reason(rest) : ym_mail_category(rest);
    return true;
}

/* --- any line --- */

/* "machine tag[123]: text"; false: not so. */
static bool split_tag(struct ym_str rest, struct ym_str *ret_tag, struct ym_str *ret_text) {
    struct ym_str machine = until(rest, " ");
    struct ym_str tag = until(from(rest, machine.n + 1), " ");

    if (tag.n < 2 || tag.s[tag.n - 1] != ':') {
        return false;
    }
    *ret_text = from(rest, machine.n + 1 + tag.n + 1);
    *ret_tag = until((struct ym_str){tag.s, tag.n - 1}, "[");
    return true;
}

static bool tag_ends(struct ym_str tag, const char *end) {
    size_t n = strlen(end);

    return tag.n >= n && memcmp(tag.s + tag.n - n, end, n) == 0;
}

static bool read_text(struct ym_str rest, struct ym_mail_event *e) {
    struct ym_str tag;
    struct ym_str text;

    if (after(rest, "rspamd_task_write_log: ", &text)) {
        return rspamd(text, e);
    }
    if (!split_tag(rest, &tag, &text)) {
        return exim(rest, e);
    }
    if (tag_ends(tag, "/smtpd") || tag_ends(tag, "/postscreen") || tag_ends(tag, "/cleanup")) {
        return postfix(text, e);
    }
    if (begins(tag, "amavis")) {
        return amavis(text, e);
    }
    if (ym_str_is(tag, "spamd")) {
        return spamd(text, e);
    }
    return begins(tag, "exim") && exim(text, e);
}

enum ym_mail_line ym_mail_read(struct ym_str line, int64_t now, struct ym_mail_event *ret_event) {
    struct ym_mail_event e = {.address = {line.s, 0}, .queue = {line.s, 0}};

    if (!take_time(&line, now, &e)) {
        return YM_MAIL_UNKNOWN;
    }
    if (!read_text(line, &e)) {
        return YM_MAIL_OTHER;
    }
    *ret_event = e;
    return YM_MAIL_EVENT;
}

/* --- categories --- */

const char *ym_mail_reason_word(enum ym_mail_reason reason) {
    static const char *const words[] = {
#define X(name, text) text,
        YM_MAIL_REASON_TABLE(X)
#undef X
    };

    return (unsigned)reason < YM_MAIL_REASONS ? words[reason] : "unnamed";
}

/* Parts of rules' names in the public rule sets and in people's own; the first that fits. */
static const struct {
    const char *part;
    enum ym_mail_reason reason;
} category_parts[] = {
    {"phish", YM_MAIL_PHISHING},
    {"virus", YM_MAIL_MALWARE},
    {"malware", YM_MAIL_MALWARE},
    {"clam", YM_MAIL_MALWARE},
    {"trojan", YM_MAIL_MALWARE},
    {"advance_fee", YM_MAIL_ADVANCE_FEE},
    {"advance-fee", YM_MAIL_ADVANCE_FEE},
    {"419", YM_MAIL_ADVANCE_FEE},
    {"nigeria", YM_MAIL_ADVANCE_FEE},
    {"lotto", YM_MAIL_ADVANCE_FEE},
    {"lotter", YM_MAIL_ADVANCE_FEE},
    {"inherit", YM_MAIL_ADVANCE_FEE},
    {"pharm", YM_MAIL_PHARMACY},
    {"drug", YM_MAIL_PHARMACY},
    {"viagra", YM_MAIL_PHARMACY},
    {"cialis", YM_MAIL_PHARMACY},
    {"medication", YM_MAIL_PHARMACY},
    {"porn", YM_MAIL_ADULT},
    {"adult", YM_MAIL_ADULT},
    {"sexual", YM_MAIL_ADULT},
    {"dating", YM_MAIL_DATING},
    {"casino", YM_MAIL_GAMBLING},
    {"gambl", YM_MAIL_GAMBLING},
    {"stock", YM_MAIL_STOCK},
    {"stox", YM_MAIL_STOCK},
    {"mortgage", YM_MAIL_FINANCIAL},
    {"loan", YM_MAIL_FINANCIAL},
    {"credit", YM_MAIL_FINANCIAL},
    {"debt", YM_MAIL_FINANCIAL},
    {"financ", YM_MAIL_FINANCIAL},
    {"diploma", YM_MAIL_DIPLOMA},
    {"replica", YM_MAIL_PRODUCT},
    {"product", YM_MAIL_PRODUCT},
    {"image_only", YM_MAIL_IMAGE},
    {"image-only", YM_MAIL_IMAGE},
    {"r_empty_image", YM_MAIL_IMAGE},
    {"attachment", YM_MAIL_ATTACHMENT},
    {"banned", YM_MAIL_ATTACHMENT},
};

enum ym_mail_reason ym_mail_category(struct ym_str name) {
    for (size_t i = 0; i < sizeof(category_parts) / sizeof(category_parts[0]); i++) {
        if (ym_str_has(name, category_parts[i].part)) {
            return category_parts[i].reason;
        }
    }
    return YM_MAIL_UNNAMED;
}
