/* list.c - see list.h.  Row numbers and offsets of texts differ between images of the same
 * signatures and are kept out of the fingerprints. */
#include "database/list.h"

#include "base/container_rows.h"
#include "database/image.h"
#include "database/logic.h"
#include "database/tables.h"

#include <string.h>

uint64_t ym_hash_more(uint64_t h, const void *p, size_t n) {
    const uint8_t *bytes = p;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}

static uint64_t hash_number(uint64_t h, uint64_t v) {
    return ym_hash_more(h, &v, sizeof(v));
}

static uint64_t hash_text(uint64_t h, const char *s) {
    return ym_hash_more(h, s, strlen(s) + 1);
}

static uint64_t hash_bytes(const struct ym_db *db, ym_section s, uint32_t at, uint32_t n,
                           uint64_t h) {
    const uint8_t *p = ym_db_bytes(db, s, at, n);

    return p == NULL ? h : ym_hash_more(h, p, n);
}

/* ---- Rules ----------------------------------------------------------------------------------- */

static uint64_t hash_part(const struct ym_db *db, const struct ym_img_part *p, uint64_t h) {
    h = hash_number(h, (uint64_t)p->gap_min << 32 | p->gap_max);
    h = hash_number(h, (uint64_t)p->chain << 16 | p->flags);
    return hash_bytes(db, YM_SECTION_PROGRAMS, p->program, p->program_size, h);
}

static uint64_t hash_pattern(const struct ym_db *db, const struct ym_img_pattern *p, uint64_t h) {
    h = hash_number(h, (uint64_t)p->place_offset);
    h = hash_number(h, (uint64_t)p->place_shift << 32 | p->place_section);
    h = hash_number(h, (uint64_t)p->flags << 8 | p->place_kind);
    h = hash_text(h, ym_db_string(db, p->id));
    for (uint32_t i = 0; i < p->n_parts; i++) {
        const struct ym_img_part *part = ym_db_row(db, YM_SECTION_PARTS, p->first_part + i);

        if (part == NULL) {
            break;
        }
        h = hash_part(db, part, h);
    }
    return h;
}

/* A logical signature's record, its two string offsets replaced by the strings. */
static uint64_t hash_logical(const struct ym_db *db, const struct ym_img_rule *r, uint64_t h) {
    enum { GROUPS_AT = 2 + 3 * 8, GROUPS_SIZE = 8 };
    const uint8_t *p = ym_db_bytes(db, YM_SECTION_CONDITIONS, r->condition, r->condition_size);
    uint32_t groups[2];

    if (p == NULL || r->condition_size < GROUPS_AT + GROUPS_SIZE) {
        return h;
    }
    memcpy(groups, p + GROUPS_AT, sizeof(groups));
    h = ym_hash_more(h, p, GROUPS_AT);
    h = hash_text(hash_text(h, ym_db_string(db, groups[0])), ym_db_string(db, groups[1]));
    return ym_hash_more(h, p + GROUPS_AT + GROUPS_SIZE,
                        r->condition_size - GROUPS_AT - GROUPS_SIZE);
}

static uint64_t hash_rule(const struct ym_db *db, const struct ym_img_rule *r) {
    uint64_t h = hash_number(YM_HASH_START, (uint64_t)r->flags << 16 | r->target);

    for (uint32_t i = 0; i < r->n_patterns; i++) {
        const struct ym_img_pattern *p = ym_db_row(db, YM_SECTION_PATTERNS, r->first_pattern + i);

        if (p == NULL) {
            break;
        }
        h = hash_pattern(db, p, h);
    }
    return (r->flags & YM_RULE_LOGICAL) != 0
               ? hash_logical(db, r, h)
               : hash_bytes(db, YM_SECTION_CONDITIONS, r->condition, r->condition_size, h);
}

static bool list_rules(const struct ym_db *db, ym_db_entry_fn *fn, void *self) {
    for (uint32_t i = 0; i < ym_db_count(db, YM_SECTION_RULES); i++) {
        const struct ym_img_rule *r = ym_db_row(db, YM_SECTION_RULES, i);
        const char *name = ym_db_string(db, r->name);
        const struct ym_db_entry e = {.kind = r->lang == YM_LANG_YARA             ? "yara"
                                              : (r->flags & YM_RULE_LOGICAL) != 0 ? "logical"
                                              : (r->flags & YM_RULE_MACRO) != 0   ? "macro"
                                                                                  : "pattern",
                                      .name = name,
                                      .name_len = strlen(name),
                                      .fingerprint = hash_rule(db, r)};

        if (!fn(self, &e)) {
            return false;
        }
    }
    return true;
}

/* ---- Digests --------------------------------------------------------------------------------- */

struct list_self {
    ym_db_entry_fn *fn;
    void *self;
};

static bool on_digest(void *self, const struct ym_digest_row *row) {
    static const char *const kinds[YM_DIGEST_KINDS] = {"file hash", "section hash", "allow hash",
                                                       "import hash"};
    const struct list_self *l = self;
    uint64_t h = hash_number(YM_HASH_START, (uint64_t)row->size << 8 | row->unofficial);
    const struct ym_db_entry e = {.kind = kinds[row->kind],
                                  .name = row->name,
                                  .name_len = row->name_len,
                                  .fingerprint =
                                      ym_hash_more(h, row->digest, ym_digest_size(row->algo))};

    return l->fn(l->self, &e);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static uint64_t hash_row(ym_table table, const struct ym_table_row *row) {
    const bool container = table == YM_TABLE_CONTAINER;
    uint64_t h = YM_HASH_START;

    for (uint32_t i = 0; i < row->n_numbers; i++) {
        if (!container || i != YM_CONTAINER_N_LINE) {
            h = hash_number(h, row->numbers[i]);
        }
    }
    for (uint32_t i = 0; i < row->n_texts; i++) {
        if (!container || i != YM_CONTAINER_T_FILE) {
            h = hash_number(h, row->texts[i].n);
            h = ym_hash_more(h, row->texts[i].s, row->texts[i].n);
        }
    }
    return h;
}

static bool list_table(const struct ym_db *db, ym_table table, ym_db_entry_fn *fn, void *self) {
    static const char *const kinds[YM_TABLE_COUNT] = {
        [YM_TABLE_CONTAINER] = "container metadata",
        [YM_TABLE_PASSWORD] = "password",
        [YM_TABLE_FILETYPE] = "file type",
        [YM_TABLE_ICON] = "icon",
        [YM_TABLE_PHISHING] = "phishing",
        [YM_TABLE_CERT] = "certificate",
        [YM_TABLE_CATALOG] = "catalogue",
        [YM_TABLE_CONFIG] = "configuration",
    };
    struct ym_table_cursor c = {.db = db, .table = table};
    struct ym_table_row row;

    while (ym_db_table_next(&c, &row)) {
        const bool named = row.n_texts > 0 && table != YM_TABLE_FILETYPE;
        const struct ym_db_entry e = {.kind = kinds[table],
                                      .name = named ? row.texts[0].s : "",
                                      .name_len = named ? row.texts[0].n : 0,
                                      .fingerprint = hash_row(table, &row)};

        if (!fn(self, &e)) {
            return false;
        }
    }
    return true;
}

void ym_db_list(const struct ym_db *db, ym_db_entry_fn *fn, void *self) {
    struct list_self l = {fn, self};

    if (!list_rules(db, fn, self) || !ym_digests_list(&db->digests, on_digest, &l)) {
        return;
    }
    for (unsigned t = 0; t < YM_TABLE_COUNT; t++) {
        if (!list_table(db, (ym_table)t, fn, self)) {
            return;
        }
    }
}
