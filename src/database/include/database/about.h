/* database/about.h - what YARA rules say of themselves: their tags and metas.
 *
 *     uint32_t first, n = ym_db_rule_tags(db, rule, &first);
 *     for (uint32_t i = first; i - first < n; i++) { ... ym_db_tag(db, i) ... }
 *
 * Nothing of it is read when an image is opened or used for a scan: it lies in sections of its own,
 * sorted by rule.  Texts are borrowed from the image. */
#ifndef YM_DATABASE_ABOUT_H
#define YM_DATABASE_ABOUT_H

#include <stdbool.h>
#include <stdint.h>

struct ym_db;

/* How many rows the rule has; *ret_first: the number of the first. */
uint32_t ym_db_rule_tags(const struct ym_db *db, uint32_t rule, uint32_t *ret_first);
uint32_t ym_db_rule_metas(const struct ym_db *db, uint32_t rule, uint32_t *ret_first);

const char *ym_db_tag(const struct ym_db *db, uint32_t row); /* never NULL */
bool ym_db_rule_has_tag(const struct ym_db *db, uint32_t rule, const char *tag);

struct ym_about_meta {
    const char *key;
    char letter; /* i integer, b boolean (in i), t text */
    int64_t i;
    const char *text; /* never NULL */
};
/* false: there is no such row. */
bool ym_db_meta(const struct ym_db *db, uint32_t row, struct ym_about_meta *ret_meta);

#endif
