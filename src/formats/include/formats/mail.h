/* formats/mail.h - the bodies of a mail, part by part.
 *
 *     struct ym_mail m;
 *     ym_mail_init(&m, data, size);
 *     while (ym_mail_next(&m, &part)) { ... }
 *
 * A simple reader: it finds parts by the boundaries that any header so far has declared, and goes
 * into attached messages and mbox files.  It does not understand every way in which mail programs
 * disagree, so the engine still calls a mail incomplete when nothing was found in it.
 * Formats: RFC 5322, RFC 2045 and 2046. */
#ifndef YM_FORMATS_MAIL_H
#define YM_FORMATS_MAIL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_MAIL_MAX_BOUNDARIES = 32 };

struct ym_mail { /* private; the bytes are borrowed */
    const uint8_t *data;
    size_t size;
    size_t pos;
    bool in_headers; /* else: in an epilogue, which ends at the next boundary */
    unsigned n_boundaries;
    struct {
        size_t offset, size;
    } boundaries[YM_MAIL_MAX_BOUNDARIES];
};

typedef enum ym_mail_encoding { YM_MAIL_PLAIN, YM_MAIL_BASE64, YM_MAIL_QUOTED } ym_mail_encoding;

struct ym_mail_part {
    ym_mail_encoding encoding;
    size_t offset, size;           /* of the body, as it lies in the mail */
    size_t name_offset, name_size; /* of the file name that its headers give; size 0: none */
};

void ym_mail_init(struct ym_mail *m, const uint8_t *data, size_t size);
bool ym_mail_next(struct ym_mail *m, struct ym_mail_part *ret_part); /* false: no more */

/* Decodes quoted-printable text; appends.  LIMIT, NOMEM. */
YM_MUST_CHECK ym_status ym_mail_quoted_decode(const uint8_t *text, size_t size, struct ym_buf *out);

#endif
