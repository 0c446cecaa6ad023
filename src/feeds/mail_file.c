/* mail_file.c - logs of mail gateways, and plain lists of verdicts.  See docs/formats/feeds.md.
 *
 * A message may be told of twice: by the filter, and by the mail server that the filter told to
 * refuse it.  Both name the server's queue id, so that the second one is not counted. */
#include "feeds_int.h"

#include "feeds/csv.h"
#include "feeds/mail.h"

#include <stdio.h>
#include <string.h>

/* What is remembered of messages shares the set of hosts, under a series of its own. */
enum { SERIES_MESSAGES = SERIES_COUNT };

struct log {
    struct ym_feeds *feeds;
    struct ym_feed_source *src;
    const char *path;
    uint64_t line;
    int64_t time; /* when the file was last written */
    bool known;   /* at least one line was one of a log */
    bool is_csv;
    int date, address, verdict, category, stage; /* columns; -1: none */
};

static bool is_address(struct ym_str text) {
    for (size_t i = 0; i < text.n; i++) {
        if (!ym_is_alnum((unsigned char)text.s[i]) && text.s[i] != '.' && text.s[i] != ':') {
            return false;
        }
    }
    return text.n >= 2 && text.n <= YM_GEO_TEXT_MAX &&
           (memchr(text.s, '.', text.n) != NULL || memchr(text.s, ':', text.n) != NULL);
}

static ym_status count_sender(const struct log *l, const struct ym_mail_event *e,
                              struct ym_err *err) {
    char country[3] = "";
    bool first = false;

    if (!is_address(e->address) || l->feeds->geo == NULL ||
        !ym_geo_country_of_text(l->feeds->geo, e->address.s, e->address.n, country)) {
        l->src->unplaced++;
        country[0] = '\0';
    }
    if (!is_address(e->address)) {
        return YM_OK;
    }
    YM_TRY(ym_feeds_first(l->feeds, SERIES_SPAM, e->month, e->address, &first, err));
    return first ? ym_feeds_count(l->feeds, SERIES_SPAM, e->month, country, err) : YM_OK;
}

static ym_status count_event(const struct log *l, const struct ym_mail_event *e,
                             struct ym_err *err) {
    bool first = true;

    if (!ym_feeds_inside(l->feeds, e->month)) {
        l->src->outside++;
        return YM_OK;
    }
    if (e->queue.n > 0 && e->stage == YM_MAIL_CONTENT) {
        char name[128];
        int n = snprintf(name, sizeof(name), "%u %.*s", e->day,
                         (int)(e->queue.n < 100 ? e->queue.n : 100), e->queue.s);

        YM_TRY(ym_feeds_first(l->feeds, (enum series)SERIES_MESSAGES, e->month,
                              (struct ym_str){name, (size_t)n}, &first, err));
    }
    if (!first) {
        l->src->skipped++;
        l->src->again++;
        return YM_OK;
    }
    l->src->used++;
    YM_TRY(ym_feeds_count_index(l->feeds, SERIES_MAIL_STAGE, e->month, (unsigned)e->stage, err));
    YM_TRY(ym_feeds_count_index(
        l->feeds, e->stage == YM_MAIL_EDGE ? SERIES_MAIL_REASON : SERIES_MAIL_CATEGORY, e->month,
        (unsigned)e->reason, err));
    return count_sender(l, e, err);
}

static ym_status log_line(struct log *l, struct ym_str line, struct ym_err *err) {
    struct ym_mail_event e;
    enum ym_mail_line what = ym_mail_read(line, l->time, &e);

    l->known = l->known || what != YM_MAIL_UNKNOWN;
    if (what == YM_MAIL_EVENT) {
        return count_event(l, &e, err);
    }
    l->src->other++;
    return YM_OK;
}

/* --- plain CSV: date, address, verdict, category --- */

static bool csv_heading(struct log *l, struct ym_str line) {
    struct ym_str field[YM_CSV_FIELDS_MAX];
    char copy[256];
    size_t n = 0;

    if (line.n == 0 || line.n > sizeof(copy)) {
        return false;
    }
    memcpy(copy, line.s, line.n);
    if (ym_csv_split(copy, line.n, field, &n) != YM_OK) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        int at = (int)i;

        l->date = ym_str_is(field[i], "date") ? at : l->date;
        l->address = ym_str_is(field[i], "address") ? at : l->address;
        l->verdict = ym_str_is(field[i], "verdict") ? at : l->verdict;
        l->category = ym_str_is(field[i], "category") ? at : l->category;
        l->stage = ym_str_is(field[i], "stage") ? at : l->stage;
    }
    return l->date >= 0 && l->address >= 0 && l->verdict >= 0;
}

static const struct {
    const char *word;
    bool wanted;
    enum ym_mail_stage stage;
} verdicts[] = {
    {"rejected", false, YM_MAIL_EDGE},   {"reject", false, YM_MAIL_EDGE},
    {"blocked", false, YM_MAIL_EDGE},    {"spam", false, YM_MAIL_CONTENT},
    {"phish", false, YM_MAIL_CONTENT},   {"phishing", false, YM_MAIL_CONTENT},
    {"malware", false, YM_MAIL_CONTENT}, {"infected", false, YM_MAIL_CONTENT},
    {"ham", true, YM_MAIL_CONTENT},      {"clean", true, YM_MAIL_CONTENT},
    {"passed", true, YM_MAIL_CONTENT},   {"delivered", true, YM_MAIL_CONTENT},
};

static struct ym_str field_at(const struct ym_str *field, size_t n, int at) {
    return at >= 0 && (size_t)at < n ? field[at] : (struct ym_str){"", 0};
}

static enum ym_mail_reason csv_reason(enum ym_mail_stage stage, struct ym_str verdict,
                                      struct ym_str category) {
    struct ym_str said = category.n > 0 || stage == YM_MAIL_EDGE ? category : verdict;
    enum ym_mail_reason reason = ym_mail_category(said);

    for (int i = 0; i < YM_MAIL_REASONS; i++) {
        if (ym_str_is(said, ym_mail_reason_word((enum ym_mail_reason)i))) {
            reason = (enum ym_mail_reason)i;
        }
    }
    if (stage == YM_MAIL_EDGE) {
        return reason <= YM_MAIL_RULE ? reason : YM_MAIL_RULE;
    }
    if (ym_str_is(said, "infected")) {
        return YM_MAIL_MALWARE;
    }
    return reason > YM_MAIL_RULE ? reason : YM_MAIL_UNNAMED;
}

static ym_status csv_row(struct log *l, const struct ym_str *field, size_t n, struct ym_err *err) {
    struct ym_mail_event e = {.queue = {"", 0}};
    struct ym_str verdict = field_at(field, n, l->verdict);
    struct ym_str stage = field_at(field, n, l->stage);
    size_t v = 0;

    while (v < sizeof(verdicts) / sizeof(verdicts[0]) && !ym_str_is(verdict, verdicts[v].word)) {
        v++;
    }
    e.address = field_at(field, n, l->address);
    if (!ym_feed_month(field_at(field, n, l->date), &e.month)) {
        return ym_feeds_refuse(l->src, l->path, l->line,
                               "no date that begins like 2018-05-26 or 2018/05/26");
    }
    if (v == sizeof(verdicts) / sizeof(verdicts[0])) {
        return ym_feeds_refuse(l->src, l->path, l->line,
                               "the verdict is none that is known (spam, rejected, ham ...)");
    }
    if (e.address.n > 0 && !is_address(e.address)) {
        return ym_feeds_refuse(l->src, l->path, l->line, "the address is none");
    }
    if (verdicts[v].wanted) {
        l->src->skipped++;
        return YM_OK;
    }
    e.stage = ym_str_is(stage, "edge")      ? YM_MAIL_EDGE
              : ym_str_is(stage, "content") ? YM_MAIL_CONTENT
                                            : verdicts[v].stage;
    e.reason = csv_reason(e.stage, verdict, field_at(field, n, l->category));
    return count_event(l, &e, err);
}

static ym_status csv_line(struct log *l, struct ym_str line, struct ym_err *err) {
    struct ym_str field[YM_CSV_FIELDS_MAX];
    char copy[YM_FEED_LINE_MAX];
    size_t n = 0;

    if (line.n == 0 || line.s[0] == '#') {
        l->src->other++;
        return YM_OK;
    }
    memcpy(copy, line.s, line.n);
    if (ym_csv_split(copy, line.n, field, &n) != YM_OK) {
        return ym_feeds_refuse(l->src, l->path, l->line, "a quote is not closed on its line");
    }
    return csv_row(l, field, n, err);
}

static ym_status any_line(struct log *l, struct ym_str line, struct ym_err *err) {
    if (l->is_csv) {
        return csv_line(l, line, err);
    }
    if (!l->known && csv_heading(l, line)) {
        l->is_csv = l->known = true;
        l->src->other++;
        return YM_OK;
    }
    return log_line(l, line, err);
}

ym_status ym_feeds_mail(struct ym_feeds *f, struct ym_lines *in, const char *path,
                        struct ym_feed_source *src, struct ym_err *err) {
    struct log l = {.feeds = f,
                    .src = src,
                    .path = path,
                    .time = ym_lines_time(in),
                    .date = -1,
                    .address = -1,
                    .verdict = -1,
                    .category = -1,
                    .stage = -1};
    struct ym_str line;
    ym_status st;

    while ((st = ym_lines_next(in, &line, err)) == YM_OK || (st == YM_LIMIT)) {
        l.line = ym_lines_number(in);
        if (st == YM_LIMIT) {
            (void)ym_feeds_refuse(src, path, l.line, "the line is longer than 64 KiB");
            continue;
        }
        YM_TRY(any_line(&l, line, err));
    }
    if (st == YM_END && !l.known && l.line > 0) {
        return ym_fail_at(err, YM_MALFORMED, "feeds/mail", path, 1, 0,
                          "this is no mail log that is known (Postfix, rspamd, spamd, amavis, "
                          "Exim), and no CSV with the columns date, address and verdict");
    }
    return st == YM_END ? YM_OK : st;
}
