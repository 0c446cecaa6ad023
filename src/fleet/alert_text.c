/* alert_text.c - alerts as JSON, as mail and as lines of syslog.  See alert_int.h.
 *
 * Names of families and labels of machines come from elsewhere: in JSON they are strings, in mail
 * they are inside base64, in syslog's structured data they are escaped. */
#include "alert_int.h"

#include "base/text.h"
#include "base/time.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    FACILITY_DAEMON = 3,
    LINE_MAX_BYTES = 4096,
    BASE64_LINE = 57, /* bytes that make 76 characters */
    SUBJECT_PIECE = 42,
};

static const int syslog_severity[YM_LEVELS] = {
    [YM_LEVEL_INFO] = 6, [YM_LEVEL_WARNING] = 4, [YM_LEVEL_CRITICAL] = 2};

/* Text on one line: controls and what is not UTF-8 become '?'. */
static void put_plain(struct ym_buf *out, const char *text) {
    for (size_t n = strlen(text); n > 0;) {
        unsigned step = ym_utf8_length(text, n);

        if (step == 0 || (unsigned char)*text < 0x20 || *text == 0x7f) {
            ym_buf_u8(out, '?');
            step = 1;
        } else {
            ym_buf_add(out, text, step);
        }
        text += step;
        n -= step;
    }
}

static void put_what(const struct ym_alert *a, struct ym_buf *out) {
    switch (a->kind) {
    case YM_ALERT_DETECTION:
        put_plain(out, a->family[0] == '\0' ? "something without a name" : a->family);
        if (a->category[0] != '\0') {
            ym_buf_printf(out, " (%s)", a->category);
        }
        break;
    case YM_ALERT_OUTBREAK:
        ym_buf_add_text(out, "outbreak of ");
        put_plain(out, a->family);
        ym_buf_printf(out, " on %" PRIu64 " machines", a->count);
        break;
    case YM_ALERT_ROLLOUT:
        ym_buf_add_text(out, "a rollout stopped by itself");
        break;
    case YM_ALERT_SILENT:
        ym_buf_add_text(out, "silent");
        break;
    case YM_ALERT_REFUSED:
        ym_buf_printf(out, "%" PRIu64 " requests refused", a->count);
        break;
    case YM_ALERT_STORAGE:
        ym_buf_printf(out, "the store failed %" PRIu64 " times", a->count);
        break;
    case YM_ALERT_DISK:
        ym_buf_add_text(out, "the disk is nearly full");
        break;
    case YM_ALERT_KINDS:
    default:
        ym_buf_add_text(out, "more alerts than are named");
        break;
    }
}

void ym_alert_line(const struct ym_alert *a, struct ym_buf *out) {
    ym_buf_printf(out, "%s: ", a->ended != 0 ? "over" : ym_alert_level_word(a->level));
    if (strcmp(a->label, "") == 0 && a->kind == YM_ALERT_DETECTION) {
        ym_buf_add_text(out, "more machines than are listed: ");
    }
    put_what(a, out);
    if (a->label[0] != '\0') {
        ym_buf_add_text(out, " on ");
        put_plain(out, a->label);
    }
    if (a->kind == YM_ALERT_DETECTION && a->count > 1) {
        ym_buf_printf(out, ", %" PRIu64 " times", a->count);
    }
    if (a->detail[0] != '\0') {
        ym_buf_add_text(out, ": ");
        put_plain(out, a->detail);
    }
    ym_buf_printf(out, " [%s #%" PRId64 "]", a->rule, a->n);
}

/* --- webhook --- */

void ym_alert_webhook_body(const struct ym_alert_batch *b, int64_t now, struct ym_buf *out) {
    ym_buf_printf(out, "{\"schema\":1,\"server\":\"yamori\",\"time\":%" PRId64 ",\"test\":%s,", now,
                  b->n == 0 ? "true" : "false");
    ym_buf_printf(out, "\"more\":%" PRIu64 ",\"alerts\":[", b->more);
    for (size_t i = 0; i < b->n; i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        ym_alert_json(&b->alerts[i], out);
    }
    ym_buf_add_text(out, "]}\n");
}

void ym_alert_sign(const uint8_t *key, size_t n_key, int64_t now, const uint8_t *body, size_t n,
                   char out[YM_ALERT_SIGNATURE_SIZE]) {
    crypto_auth_hmacsha256_state state;
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof(mac) + 1];
    char head[32];

    (void)snprintf(head, sizeof(head), "%" PRId64 ".", now);
    (void)crypto_auth_hmacsha256_init(&state, key, n_key);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)head, strlen(head));
    (void)crypto_auth_hmacsha256_update(&state, body, n);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof(state));
    ym_hex_encode(mac, sizeof(mac), hex);
    (void)snprintf(out, YM_ALERT_SIGNATURE_SIZE, "t=%" PRId64 ",v1=%s", now, hex);
}

/* --- mail --- */

static void put_base64(struct ym_buf *out, const uint8_t *p, size_t n) {
    char line[4 * (BASE64_LINE / 3 + 1) + 1];

    (void)sodium_bin2base64(line, sizeof(line), p, n, sodium_base64_VARIANT_ORIGINAL);
    ym_buf_add_text(out, line);
}

/* RFC 2047: words of UTF-8 in base64, each of whole characters. */
static void put_subject(struct ym_buf *out, const char *text, size_t n) {
    ym_buf_add_text(out, "Subject:");
    while (n > 0) {
        size_t piece = 0;

        while (piece < n && piece < SUBJECT_PIECE) {
            unsigned step = ym_utf8_length(text + piece, n - piece);

            piece += step == 0 ? 1 : step;
        }
        ym_buf_add_text(out, " =?UTF-8?B?");
        put_base64(out, (const uint8_t *)text, piece);
        ym_buf_add_text(out, n > piece ? "?=\r\n" : "?=");
        text += piece;
        n -= piece;
    }
    ym_buf_add_text(out, "\r\n");
}

static void put_date(struct ym_buf *out, int64_t now) {
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct ym_date d = ym_date_of_unix(now);

    ym_buf_printf(out, "Date: %s, %u %s %d %02u:%02u:%02u +0000\r\n", days[now / 86400 % 7], d.day,
                  months[(d.month - 1) % 12], d.year, d.hour, d.minute, d.second);
}

static void put_mail_text(const struct ym_alert_batch *b, struct ym_buf *out) {
    if (b->n == 0) {
        ym_buf_add_text(out, "This is a test: alerts of the fleet arrive here.\n");
    }
    for (size_t i = 0; i < b->n; i++) {
        char when[YM_ISO_TIME_SIZE];

        ym_alert_line(&b->alerts[i], out);
        ym_buf_printf(out, "\n    first %s", ym_iso_time(b->alerts[i].first, when));
        ym_buf_printf(out, ", last %s\n", ym_iso_time(b->alerts[i].last, when));
    }
    if (b->more > 0) {
        ym_buf_printf(out, "And %" PRIu64 " more: see the console, or `yamori fleet alert open`.\n",
                      b->more);
    }
}

void ym_alert_mail(const struct ym_alert_target *t, const struct ym_alert_batch *b, int64_t now,
                   struct ym_buf *out) {
    uint8_t id[16];
    char hex[2 * sizeof(id) + 1];
    struct ym_buf text;

    randombytes_buf(id, sizeof(id));
    ym_hex_encode(id, sizeof(id), hex);
    ym_buf_init(&text, (size_t)YM_ALERT_BATCH * 2 * LINE_MAX_BYTES);
    if (b->n == 0) {
        ym_buf_add_text(&text, "Yamori: a test");
    } else if (b->n + b->more == 1) {
        ym_buf_add_text(&text, "Yamori: ");
        ym_alert_line(&b->alerts[0], &text);
    } else {
        ym_buf_printf(&text, "Yamori: %" PRIu64 " alerts, the worst %s", b->n + b->more,
                      ym_alert_level_word(b->alerts[0].level));
    }
    put_date(out, now);
    ym_buf_printf(out, "From: <%s>\r\nTo: ", t->sender);
    for (const char *p = t->recipient; *p != '\0'; p++) {
        ym_buf_add(out, p, 1);
        ym_buf_add_text(out, *p == ',' ? "\r\n " : "");
    }
    ym_buf_printf(out, "\r\nMessage-ID: <%s@yamori.invalid>\r\n", hex);
    put_subject(out, text.data == NULL ? "" : (const char *)text.data, text.len);
    ym_buf_add_text(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                         "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n"
                         "\r\n");
    ym_buf_clear(&text);
    put_mail_text(b, &text);
    for (size_t at = 0; at < text.len; at += (size_t)BASE64_LINE) {
        put_base64(out, text.data + at, text.len - at < BASE64_LINE ? text.len - at : BASE64_LINE);
        ym_buf_add_text(out, "\r\n");
    }
    ym_buf_done(&text);
}

/* --- syslog --- */

enum { SYSLOG_MAX = 2000, PARAM_MAX = 400 };

/* RFC 5424, 6.3.3: three characters are escaped. */
static void put_param(struct ym_buf *out, const char *name, const char *value) {
    struct ym_buf plain;

    ym_buf_init(&plain, LINE_MAX_BYTES);
    put_plain(&plain, value);
    ym_buf_printf(out, " %s=\"", name);
    for (size_t i = 0; i < plain.len && i < PARAM_MAX; i++) {
        if (strchr("\"\\]", (int)plain.data[i]) != NULL) {
            ym_buf_u8(out, '\\');
        }
        ym_buf_u8(out, plain.data[i]);
    }
    ym_buf_u8(out, '"');
    ym_buf_done(&plain);
}

/* Cut at a character. */
static size_t cut(const struct ym_buf *b, size_t n) {
    if (b->len <= n) {
        return b->len;
    }
    while (n > 0 && (b->data[n] & 0xc0) == 0x80) {
        n--;
    }
    return n;
}

void ym_alert_syslog(const struct ym_alert *a, int64_t now, struct ym_buf *out) {
    char when[YM_ISO_TIME_SIZE];
    struct ym_buf line;

    ym_buf_init(&line, SYSLOG_MAX + 2 * LINE_MAX_BYTES);
    /* The sender's host is the relay's to tell: NILVALUE. */
    ym_buf_printf(&line, "<%d>1 %s - yamori %ld ",
                  FACILITY_DAEMON * 8 + (a == NULL ? syslog_severity[YM_LEVEL_INFO]
                                                   : syslog_severity[a->level % YM_LEVELS]),
                  ym_iso_time(now, when), (long)getpid());
    if (a == NULL) {
        ym_buf_add_text(&line, "test - \xef\xbb\xbf"
                               "This is a test: alerts of the fleet arrive here.");
    } else {
        ym_buf_printf(&line, "%s [yamori@32473 n=\"%" PRId64 "\" count=\"%" PRIu64 "\"",
                      ym_alert_kind_word(a->kind), a->n, a->count);
        put_param(&line, "rule", a->rule);
        put_param(&line, "machine", a->label);
        put_param(&line, "family", a->family);
        ym_buf_printf(&line, " state=\"%s\"] \xef\xbb\xbf", a->ended != 0 ? "over" : "open");
        ym_alert_line(a, &line);
    }
    if (line.data != NULL) {
        ym_buf_add(out, line.data, cut(&line, SYSLOG_MAX));
    }
    ym_buf_done(&line);
}
