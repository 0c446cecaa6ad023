/* about.c - tags and metas of rules.  See database/about.h.
 *
 * Both sections are rows that begin with the rule's number and rise by it; the rows of one rule are
 * found by bisection.  A damaged image, whose rows do not rise, gives some rule the wrong ones or none
 * and nothing else; the full check (check.c) refuses it. */
#include "database/about.h"

#include "database/image.h"

#include <string.h>

/* Both kinds of rows begin with it. */
static uint32_t rule_of(const struct ym_db *db, ym_section s, uint32_t row) {
    const uint32_t *rule = ym_db_row(db, s, row);

    return rule == NULL ? UINT32_MAX : *rule;
}

/* The first row of this rule or a later one. */
static uint32_t lower_bound(const struct ym_db *db, ym_section s, uint64_t rule) {
    uint32_t low = 0;
    uint32_t high = ym_db_count(db, s);

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (rule_of(db, s, middle) < rule) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint32_t rows_of(const struct ym_db *db, ym_section s, uint32_t rule, uint32_t *ret_first) {
    const uint32_t first = lower_bound(db, s, rule);
    const uint32_t end = lower_bound(db, s, (uint64_t)rule + 1);

    *ret_first = first;
    return end > first ? end - first : 0;
}

uint32_t ym_db_rule_tags(const struct ym_db *db, uint32_t rule, uint32_t *ret_first) {
    return rows_of(db, YM_SECTION_TAGS, rule, ret_first);
}

uint32_t ym_db_rule_metas(const struct ym_db *db, uint32_t rule, uint32_t *ret_first) {
    return rows_of(db, YM_SECTION_METAS, rule, ret_first);
}

const char *ym_db_tag(const struct ym_db *db, uint32_t row) {
    const struct ym_img_tag *t = ym_db_row(db, YM_SECTION_TAGS, row);

    return t == NULL ? "" : ym_db_string(db, t->text);
}

bool ym_db_rule_has_tag(const struct ym_db *db, uint32_t rule, const char *tag) {
    uint32_t first;
    const uint32_t n = ym_db_rule_tags(db, rule, &first);

    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(ym_db_tag(db, first + i), tag) == 0) {
            return true;
        }
    }
    return false;
}

bool ym_db_meta(const struct ym_db *db, uint32_t row, struct ym_about_meta *ret_meta) {
    const struct ym_img_meta *m = ym_db_row(db, YM_SECTION_METAS, row);

    if (m == NULL) {
        return false;
    }
    *ret_meta = (struct ym_about_meta){.key = ym_db_string(db, m->key),
                                       .letter = (char)m->letter,
                                       .i = m->number,
                                       .text = ym_db_string(db, m->text)};
    return true;
}
