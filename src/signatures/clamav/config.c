/* config.c - .cfg, Category:0xFlags[:MinFL[:MaxFL]], to rows of YM_TABLE_CONFIG (base/config.h).
 *
 * As with clamscan 1.4.6 an empty line says nothing, a category of another name is passed over, and
 * flags that are not hex behind 0x are malformed. */
#include "clamav_int.h"
#include "ioc.h"

#include "base/config.h"

#include <string.h>

enum { MAX_FIELDS = 5, MAX_DIGITS = 16 };

static bool parse_flags(struct ym_str s, uint32_t *ret_flags) {
    uint64_t flags = 0;

    if (s.n < 3 || s.n > 2 + MAX_DIGITS || s.s[0] != '0' || (s.s[1] != 'x' && s.s[1] != 'X')) {
        return false;
    }
    for (size_t i = 2; i < s.n; i++) {
        const int digit = ym_hex_digit(s.s[i]);

        if (digit < 0) {
            return false;
        }
        flags = flags << 4 | (uint64_t)digit;
    }
    *ret_flags = (uint32_t)flags;
    return true;
}

static ym_config category_of(struct ym_str s) {
    static const char *const names[] = {
#define X(name) #name,
        YM_CONFIG_TABLE(X)
#undef X
    };
    unsigned i = 0;

    while (i < YM_CONFIG_COUNT && (strlen(names[i]) != s.n || memcmp(names[i], s.s, s.n) != 0)) {
        i++;
    }
    return (ym_config)i;
}

/* An empty field asks for nothing; one that does not begin with a digit, for what is not there. */
static bool level_fits(const struct ym_str *f, unsigned n) {
    for (unsigned i = 2; i < n && i < 4; i++) {
        const uint32_t level = ym_clamav_level(f[i]);

        if (f[i].n > 0 && (f[i].s[0] < '0' || f[i].s[0] > '9')) {
            return false;
        }
        if (f[i].n > 0 && (i == 2 ? level > YM_CLAMAV_FLEVEL : level < YM_CLAMAV_FLEVEL)) {
            return false;
        }
    }
    return true;
}

ym_status ym_clamav_read_config(struct ym_clamav_line *line, int kind) {
    const struct ym_sink *sink = &line->ld->sink;
    struct ym_table_row row = {.n_numbers = YM_CONFIG_NUMBERS};
    struct ym_str f[MAX_FIELDS];
    const unsigned n = ym_clamav_split(line, f, MAX_FIELDS);
    uint32_t flags;
    ym_config category;

    (void)kind;
    if (line->n == 0) {
        return YM_OK;
    }
    if (n < 2 || !parse_flags(f[1], &flags)) {
        return ym_clamav_bad(line, YM_MALFORMED, "not Category:0xFlags:MinFL:MaxFL");
    }
    category = category_of(f[0]);
    if (category == YM_CONFIG_COUNT) {
        return ym_clamav_leave_out(line, "unknown category of a configuration (.cfg)");
    }
    if (!level_fits(f, n > MAX_FIELDS ? MAX_FIELDS : n)) {
        return ym_clamav_leave_out(line, "functionality level");
    }
    row.numbers[YM_CONFIG_N_CATEGORY] = category;
    row.numbers[YM_CONFIG_N_FLAGS] = flags;
    return sink->row(sink->self, YM_TABLE_CONFIG, &row, line->err);
}
