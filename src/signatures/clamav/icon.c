/* icon.c - lines of .idb, icons of programs, to rows of YM_TABLE_ICON:
 *
 *   Name:Group1:Group2:Hash
 *
 * The hash is 124 hex digits: the side (10, 18 or 20), then three areas (an average, x, y) each of
 * colour and of grey with averages of three digits, of brightness, darkness, edges and no edges
 * with two, then red, green and blue and how colourful it is.  The numbers have limits, which are
 * tested here as the peer tests them. */
#include "clamav_int.h"

#include "base/pe_rows.h"

enum {
    FIELDS = 4,
    DIGITS = YM_ICON_HASH_SIZE * 2,
    AREAS = 3,
    MAX_AVERAGE = 4072, /* of colour and grey */
    MAX_SPREAD = 103,   /* red, green and blue together, in per cent */
    MAX_COLOURS = 100
};

/* The next n digits as a number. */
static unsigned take(const char **s, unsigned n) {
    unsigned v = 0;

    for (unsigned i = 0; i < n; i++) {
        v = v * 16 + (unsigned)ym_hex_digit((*s)[i]);
    }
    *s += n;
    return v;
}

static bool areas_fit(const char **s, unsigned digits, unsigned max, unsigned side) {
    bool fit = true;

    for (unsigned i = 0; i < AREAS; i++) {
        const unsigned average = take(s, digits);
        const unsigned x = take(s, 2);
        const unsigned y = take(s, 2);

        fit = fit && average <= max && x <= side - side / 8 && y <= side - side / 8;
    }
    return fit;
}

/* NULL, or what is wrong.  All characters are hex digits. */
static const char *check(const char *s, uint64_t *ret_side) {
    const unsigned side = take(&s, 2);
    unsigned spread = 0;

    if (side != 16 && side != 24 && side != 32) {
        return "size of the icon is not 10, 18 or 20";
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!areas_fit(&s, 3, MAX_AVERAGE, side)) {
            return "areas of colour or grey are out of range";
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        if (!areas_fit(&s, 2, 255, side)) {
            return "areas of light or edges are out of range";
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        spread += take(&s, 2);
    }
    if (spread > MAX_SPREAD || take(&s, 2) > MAX_COLOURS) {
        return "spread of colours is out of range";
    }
    *ret_side = side;
    return NULL;
}

ym_status ym_clamav_read_icon(struct ym_clamav_line *line, int kind) {
    struct ym_str f[FIELDS];
    uint8_t hash[YM_ICON_HASH_SIZE];
    struct ym_table_row row = {.n_numbers = YM_ICON_NUMBERS, .n_texts = YM_ICON_TEXTS};
    const char *wrong;

    (void)kind;
    if (ym_clamav_split(line, f, FIELDS) != FIELDS) {
        return ym_clamav_bad(line, YM_MALFORMED, "not 4 fields");
    }
    if (f[3].n != DIGITS || !ym_hex_decode(f[3].s, sizeof(hash), hash)) {
        return ym_clamav_bad(line, YM_MALFORMED, "hash is not 124 hex digits");
    }
    wrong = check(f[3].s, &row.numbers[YM_ICON_N_SIZE]);
    if (wrong != NULL) {
        return ym_clamav_bad(line, YM_MALFORMED, wrong);
    }
    for (unsigned i = 0; i < 3; i++) {
        row.texts[YM_ICON_T_NAME + i] = (struct ym_table_text){f[i].s, (uint32_t)f[i].n};
    }
    row.texts[YM_ICON_T_HASH] = (struct ym_table_text){(const char *)hash, sizeof(hash)};
    return line->ld->sink.row(line->ld->sink.self, YM_TABLE_ICON, &row, line->err);
}
