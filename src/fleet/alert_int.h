/* alert_int.h - what alert_send.c (ways out), alert_text.c (words) and their tests share. */
#ifndef YM_FLEET_ALERT_INT_H
#define YM_FLEET_ALERT_INT_H

#include "base/buf.h"
#include "fleet/alerts.h"

/* One line for people: "critical: Conficker (worm) on pc-17, 3 times: ...".  Texts of machines are in
 * it: what is no text of one line becomes '?'. */
void ym_alert_line(const struct ym_alert *a, struct ym_buf *out);

/* {"schema":1,"server":"yamori","time":...,"alerts":[...],"more":N,"test":BOOL} */
void ym_alert_webhook_body(const struct ym_alert_batch *b, int64_t now, struct ym_buf *out);

/* "t=TIME,v1=" and 64 hex digits: HMAC-SHA256 of "TIME." and the body. */
enum { YM_ALERT_SIGNATURE_SIZE = 100 };
void ym_alert_sign(const uint8_t *key, size_t n_key, int64_t now, const uint8_t *body, size_t n,
                   char out[YM_ALERT_SIGNATURE_SIZE]);

/* A whole message, headers and body, lines with CR LF; the body is base64, so nothing in it can be
 * taken for anything else. */
void ym_alert_mail(const struct ym_alert_target *t, const struct ym_alert_batch *b, int64_t now,
                   struct ym_buf *out);

/* One message of RFC 5424 for an alert (NULL: a test), without framing, at most 2,000 bytes. */
void ym_alert_syslog(const struct ym_alert *a, int64_t now, struct ym_buf *out);

#endif
