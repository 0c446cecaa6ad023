/* cert.c - lines of .crb, certificates that are trusted or blocked, to rows of YM_TABLE_CERT:
 *
 *   Name;Trusted;Subject;Serial;Pubkey;Exponent;CodeSign;TimeSign;CertSign;NotBefore;Comment
 *   [;MinFL[;MaxFL]]
 *
 * (docs.clamav.net, "Trusted and Revoked Certificates".)  The exponent is 65537 whatever is
 * written, and NotBefore has no effect, as in the peer.  An empty line is no line. */
#include "clamav_int.h"

#include "base/pe_rows.h"
#include "pki/certs.h"

#include <string.h>

enum { MIN_FIELDS = 11, MAX_FIELDS = 13, SHA1_SIZE = 20, MAX_MODULUS = 2048 };

static const char unnamed[] = "(unnamed CRB rule)"; /* as the peer reports one */

enum field {
    NAME,
    TRUSTED,
    SUBJECT,
    SERIAL,
    MODULUS,
    EXPONENT,
    CODE,
    TIME,
    CERT,
    NOT_BEFORE,
    COMMENT,
    MIN_LEVEL,
    MAX_LEVEL
};

static unsigned split(const struct ym_clamav_line *line, struct ym_str f[MAX_FIELDS]) {
    struct ym_fields fields;
    struct ym_str s;
    unsigned n = 0;

    ym_fields_init(&fields, line->s, line->n, ';');
    for (; ym_fields_next(&fields, &s); n++) {
        if (n < MAX_FIELDS) {
            f[n] = s;
        }
    }
    return n;
}

static bool flag(struct ym_str s, uint64_t *ret_flag) {
    *ret_flag = s.n == 1 && s.s[0] == '1';
    return s.n == 1 && (s.s[0] == '0' || s.s[0] == '1');
}

static struct ym_table_text text(const void *s, size_t n) {
    return (struct ym_table_text){s, (uint32_t)n};
}

static ym_status parse_flags(struct ym_clamav_line *line, const struct ym_str *f,
                             struct ym_table_row *row) {
    if (!flag(f[TRUSTED], &row->numbers[YM_CERT_N_TRUSTED])) {
        return ym_clamav_bad(line, YM_MALFORMED, "field 2 (trusted) is not 0 or 1");
    }
    if (!flag(f[CODE], &row->numbers[YM_CERT_N_CODE]) ||
        !flag(f[TIME], &row->numbers[YM_CERT_N_TIME]) ||
        !flag(f[CERT], &row->numbers[YM_CERT_N_CERT])) {
        return ym_clamav_bad(line, YM_MALFORMED,
                             "fields 7 to 9 (signs code, time, certificates) are not 0 or 1");
    }
    return YM_OK;
}

static ym_status parse_key(struct ym_clamav_line *line, struct ym_str hex, uint8_t *modulus,
                           struct ym_table_text *ret_text) {
    char even[2 * MAX_MODULUS];
    size_t n;
    size_t zeros = 0;

    while (hex.n > 0 && hex.s[0] == '0') {
        hex.s++;
        hex.n--;
    }
    n = hex.n + hex.n % 2;
    if (n == 0 || n > sizeof(even)) {
        return ym_clamav_bad(line, YM_MALFORMED, "public key is not 1 to 4096 hex digits");
    }
    even[0] = '0';
    memcpy(even + hex.n % 2, hex.s, hex.n);
    if (!ym_hex_decode(even, n / 2, modulus)) {
        return ym_clamav_bad(line, YM_MALFORMED, "public key is not hex");
    }
    while (modulus[zeros] == 0) {
        zeros++;
    }
    *ret_text = text(modulus + zeros, n / 2 - zeros);
    return YM_OK;
}

static ym_status make_row(struct ym_clamav_line *line, const struct ym_str *f) {
    uint8_t subject[SHA1_SIZE];
    uint8_t serial[SHA1_SIZE];
    uint8_t modulus[MAX_MODULUS];
    struct ym_table_row row = {.n_numbers = YM_CERT_NUMBERS, .n_texts = YM_CERT_TEXTS};

    YM_TRY(parse_flags(line, f, &row));
    if (f[SUBJECT].n != sizeof(subject) * 2 ||
        !ym_hex_decode(f[SUBJECT].s, sizeof(subject), subject)) {
        return ym_clamav_bad(line, YM_MALFORMED, "subject is not 40 hex digits");
    }
    if (f[SERIAL].n != 0 && (f[SERIAL].n != sizeof(serial) * 2 ||
                             !ym_hex_decode(f[SERIAL].s, sizeof(serial), serial))) {
        return ym_clamav_bad(line, YM_MALFORMED, "serial is not 40 hex digits, nor empty");
    }
    YM_TRY(parse_key(line, f[MODULUS], modulus, &row.texts[YM_CERT_T_MODULUS]));
    row.texts[YM_CERT_T_NAME] =
        f[NAME].n == 0 ? text(unnamed, sizeof(unnamed) - 1) : text(f[NAME].s, f[NAME].n);
    row.texts[YM_CERT_T_SUBJECT] = text(subject, sizeof(subject));
    row.texts[YM_CERT_T_SERIAL] = text(serial, f[SERIAL].n == 0 ? 0 : sizeof(serial));
    if (line->ld->certs == NULL) {
        YM_TRY(ym_certs_new(&line->ld->certs, line->err));
    }
    YM_TRY(ym_certs_add(line->ld->certs, &row, line->err));
    return line->ld->sink.row(line->ld->sink.self, YM_TABLE_CERT, &row, line->err);
}

ym_status ym_clamav_read_cert(struct ym_clamav_line *line, int kind) {
    struct ym_str f[MAX_FIELDS];
    unsigned n;

    (void)kind;
    if (line->n == 0) {
        return YM_OK;
    }
    n = split(line, f);
    if (n < MIN_FIELDS || n > MAX_FIELDS) {
        return ym_clamav_bad(line, YM_MALFORMED, "not 11 to 13 fields");
    }
    if ((n > MIN_LEVEL && ym_clamav_level(f[MIN_LEVEL]) > YM_CLAMAV_FLEVEL) ||
        (n > MAX_LEVEL && ym_clamav_level(f[MAX_LEVEL]) < YM_CLAMAV_FLEVEL)) {
        return ym_clamav_leave_out(line, "functionality level");
    }
    return make_row(line, f);
}
