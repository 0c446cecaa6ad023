/* check.c - the full check of an image: every row, and the checksum.
 *
 * Opening checks what does not grow with the rules; this proves the rest, so that a damaged
 * image is refused when it is installed and not noticed as a rule that never fires. */
#include "base/kinds.h"
#include "checksum.h"
#include "database/condition.h"
#include "database/db.h"
#include "database/image.h"
#include "database/logic.h"
#include "database/nfa.h"
#include "database/nfa_code.h"
#include "database/pattern_code.h"
#include "database/tables.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static ym_status bad_row(const struct ym_db *db, struct ym_err *err, const char *what,
                         uint32_t row) {
    if (err != NULL && err->code == YM_OK) {
        (void)strncpy(err->file, db->name, sizeof(err->file) - 1);
    }
    return ym_fail(err, YM_MALFORMED, "database", YM_ERR_NO_OFFSET,
                   "%s %" PRIu32 " is damaged; build the image again", what, row);
}

static bool is_text(const struct ym_db *db, uint32_t offset) {
    return offset < ym_db_span(db, YM_SECTION_STRINGS)->size;
}

static bool range_inside(uint32_t first, uint32_t n, uint32_t count) {
    return first <= count && n <= count - first;
}

static bool logical_is_sound(const struct ym_db *db, const struct ym_img_rule *r,
                             const uint8_t *record) {
    struct ym_logical_view v;

    return ym_logical_decode(record, r->condition_size, r->n_patterns, &v) == YM_OK &&
           is_text(db, v.icon_group[0]) && is_text(db, v.icon_group[1]);
}

static ym_status check_macro(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_macro *m = ym_db_row(db, YM_SECTION_MACROS, i);

    assert(m != NULL);
    return m->pattern < ym_db_count(db, YM_SECTION_PATTERNS) ? YM_OK : bad_row(db, err, "macro", i);
}

static ym_status check_external(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_external *e = ym_db_row(db, YM_SECTION_EXTERNALS, i);

    assert(e != NULL);
    return is_text(db, e->name) && is_text(db, e->text) &&
                   (e->letter == 'i' || e->letter == 'd' || e->letter == 't')
               ? YM_OK
               : bad_row(db, err, "external variable", i);
}

/* Both kinds of rows begin with the rule and rise by it. */
static bool follows(const struct ym_db *db, ym_section s, uint32_t i) {
    const uint32_t *rule = ym_db_row(db, s, i);
    const uint32_t *before = i == 0 ? NULL : ym_db_row(db, s, i - 1);

    return rule != NULL && *rule < ym_db_count(db, YM_SECTION_RULES) &&
           (before == NULL || *before <= *rule);
}

static ym_status check_tag(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_tag *t = ym_db_row(db, YM_SECTION_TAGS, i);

    assert(t != NULL);
    return follows(db, YM_SECTION_TAGS, i) && is_text(db, t->text) ? YM_OK
                                                                   : bad_row(db, err, "tag", i);
}

static ym_status check_meta(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_meta *m = ym_db_row(db, YM_SECTION_METAS, i);

    assert(m != NULL);
    return follows(db, YM_SECTION_METAS, i) && is_text(db, m->key) && is_text(db, m->text) &&
                   (m->letter == 'i' || m->letter == 'b' || m->letter == 't')
               ? YM_OK
               : bad_row(db, err, "meta", i);
}

static ym_status check_rule(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_rule *r = ym_db_row(db, YM_SECTION_RULES, i);
    const uint8_t *program;

    assert(r != NULL);
    program = ym_db_bytes(db, YM_SECTION_CONDITIONS, r->condition, r->condition_size);
    if (!is_text(db, r->name) || !is_text(db, r->ns) || !is_text(db, r->file) || r->lang > 1 ||
        r->target >= YM_TARGET_COUNT || program == NULL ||
        !range_inside(r->first_pattern, r->n_patterns, ym_db_count(db, YM_SECTION_PATTERNS))) {
        return bad_row(db, err, "rule", i);
    }
    if ((r->flags & YM_RULE_LOGICAL) != 0) {
        return logical_is_sound(db, r, program) ? YM_OK : bad_row(db, err, "logical signature", i);
    }
    if (r->condition_size > 0) {
        YM_TRY(ym_condition_check(program, r->condition_size, r->n_patterns, i, err));
    }
    return YM_OK;
}

static ym_status check_pattern(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_pattern *p = ym_db_row(db, YM_SECTION_PATTERNS, i);
    const struct ym_img_rule *r;

    assert(p != NULL);
    r = ym_db_row(db, YM_SECTION_RULES, p->rule);
    if (r == NULL || !is_text(db, p->id) || i - r->first_pattern != p->index ||
        p->index >= r->n_patterns || p->lang != r->lang || p->target != r->target ||
        p->place_kind > YM_PLACE_YARA_ENTRY || p->need > YM_NEED_MATCHES ||
        !range_inside(p->first_part, p->n_parts, ym_db_count(db, YM_SECTION_PARTS))) {
        return bad_row(db, err, "pattern", i);
    }
    return YM_OK;
}

/* Size of the operation at p, 0 when it is unknown or cut; *ret_to: its branch target or 0. */
static uint32_t op_size(const uint8_t *p, uint32_t left, uint32_t *ret_to) {
    uint16_t n = 0;
    uint16_t k = 0;

    *ret_to = 0;
    if (left >= 3) {
        memcpy(&n, p + 1, sizeof(n));
    }
    if (left >= 5) {
        memcpy(&k, p + 3, sizeof(k));
        memcpy(ret_to, p + 1, sizeof(*ret_to));
    }
    if (p[0] != YM_CODE_SPLIT && p[0] != YM_CODE_JUMP) {
        *ret_to = 0;
    }
    switch ((ym_code)p[0]) {
    case YM_CODE_END:
        return 1;
    case YM_CODE_LIT:
    case YM_CODE_LITI:
        return 3 + (uint32_t)n;
    case YM_CODE_MASK:
        return 3 + 2 * (uint32_t)n;
    case YM_CODE_SET:
        return 33;
    case YM_CODE_SKIP:
    case YM_CODE_SPLIT:
    case YM_CODE_JUMP:
        return 5;
    case YM_CODE_GAP:
        return 7;
    case YM_CODE_NOT:
        return 5 + (uint32_t)n * k;
    case YM_CODE_EDGE:
        return 3;
    case YM_CODE_NEAR:
        return 6;
    case YM_CODE_COUNT:
        break;
    }
    return 0;
}

static bool program_is_sound(const uint8_t *p, uint32_t size) {
    uint32_t at = 0;
    bool ended = false;

    while (at < size) {
        uint32_t to;
        uint32_t n = op_size(p + at, size - at, &to);

        if (n == 0 || n > size - at || (to != 0 && (to <= at || to >= size))) {
            return false;
        }
        ended = p[at] == YM_CODE_END;
        at += n;
    }
    return ended;
}

/* A part that is the whole of a spelling. */
static bool regex_is_sound(const struct ym_img_part *part, const uint8_t *program) {
    return part->chain == 0 && (part->flags & YM_IMG_PART_LAST) != 0 &&
           part->max_length <= YM_NFA_REACH &&
           ym_nfa_check_pair(program, part->program_size, NULL) == YM_OK;
}

static ym_status check_part(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_part *part = ym_db_row(db, YM_SECTION_PARTS, i);
    const struct ym_img_pattern *p;
    const uint8_t *program;

    assert(part != NULL);
    p = ym_db_row(db, YM_SECTION_PATTERNS, part->pattern);
    program = ym_db_bytes(db, YM_SECTION_PROGRAMS, part->program, part->program_size);
    if (p == NULL || i - p->first_part >= p->n_parts || program == NULL ||
        part->min_length > part->max_length || part->max_length > YM_PART_MAX_LENGTH ||
        part->gap_min > part->gap_max) {
        return bad_row(db, err, "pattern part", i);
    }
    if ((part->flags & YM_IMG_PART_NFA) != 0) {
        return regex_is_sound(part, program) ? YM_OK : bad_row(db, err, "regular expression", i);
    }
    if (part->program_size > YM_PART_MAX_PROGRAM || part->min_length == 0 ||
        !program_is_sound(program, part->program_size)) {
        return bad_row(db, err, "pattern part", i);
    }
    return YM_OK;
}

static ym_status check_posting(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_posting *p = ym_db_row(db, YM_SECTION_POSTINGS, i);

    assert(p != NULL);
    if (p->part >= ym_db_count(db, YM_SECTION_PARTS) || p->width > p->off_max) {
        return bad_row(db, err, "prefilter posting", i);
    }
    return YM_OK;
}

static ym_status check_atom(const struct ym_db *db, ym_section s, uint32_t i, struct ym_err *err) {
    const struct ym_img_atom *a = ym_db_row(db, s, i);

    assert(a != NULL);
    if (a->first != 0 &&
        (a->n == 0 || !range_inside(a->first - 1, a->n, ym_db_count(db, YM_SECTION_POSTINGS)))) {
        return bad_row(db, err, "prefilter atom", i);
    }
    return YM_OK;
}

static ym_status check_anchor(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_anchor *a = ym_db_row(db, YM_SECTION_ANCHORS, i);

    assert(a != NULL);
    return a->n > 0 && range_inside(a->first, a->n, ym_db_count(db, YM_SECTION_ANCHORED)) &&
                   (a->width == 0 || a->width == 2 || a->width == 4)
               ? YM_OK
               : bad_row(db, err, "anchor", i);
}

static ym_status check_anchored(const struct ym_db *db, uint32_t i, struct ym_err *err) {
    const struct ym_img_anchored *a = ym_db_row(db, YM_SECTION_ANCHORED, i);

    assert(a != NULL);
    return a->part < ym_db_count(db, YM_SECTION_PARTS) ? YM_OK
                                                       : bad_row(db, err, "anchored part", i);
}

static ym_status check_number(const struct ym_db *db, ym_section s, uint32_t i, uint32_t limit,
                              struct ym_err *err) {
    const uint32_t *row = ym_db_row(db, s, i);

    assert(row != NULL);
    return *row < limit ? YM_OK : bad_row(db, err, "list entry", i);
}

static ym_status check_row(const struct ym_db *db, ym_section s, uint32_t i, struct ym_err *err) {
    switch ((int)s) {
    case YM_SECTION_RULES:
        return check_rule(db, i, err);
    case YM_SECTION_PATTERNS:
        return check_pattern(db, i, err);
    case YM_SECTION_PARTS:
        return check_part(db, i, err);
    case YM_SECTION_POSTINGS:
        return check_posting(db, i, err);
    case YM_SECTION_ATOMS:
        return check_atom(db, s, i, err);
    case YM_SECTION_PAIRS:
        return check_number(db, s, i, ym_db_count(db, YM_SECTION_POSTINGS) + 1, err);
    case YM_SECTION_ANCHORS:
        return check_anchor(db, i, err);
    case YM_SECTION_ANCHORED:
        return check_anchored(db, i, err);
    case YM_SECTION_EVERYWHERE:
        return check_number(db, s, i, ym_db_count(db, YM_SECTION_PARTS), err);
    case YM_SECTION_MACROS:
        return check_macro(db, i, err);
    case YM_SECTION_EXTERNALS:
        return check_external(db, i, err);
    case YM_SECTION_TAGS:
        return check_tag(db, i, err);
    case YM_SECTION_METAS:
        return check_meta(db, i, err);
    case YM_SECTION_ALWAYS:
        return check_number(db, s, i, ym_db_count(db, YM_SECTION_RULES), err);
    default:
        return YM_OK; /* bytes: checked by who points into them, digests and groups elsewhere */
    }
}

/* Of the whole file, with the sum's own field as zero. */
static uint64_t checksum_of(const struct ym_db *db) {
    uint8_t head[(sizeof(*db->header) + YM_IMG_ALIGN - 1) / YM_IMG_ALIGN * YM_IMG_ALIGN];
    struct ym_checksum sum;

    if (db->size < sizeof(head)) {
        return ~db->header->checksum;
    }
    memcpy(head, db->base, sizeof(head));
    memset(head + offsetof(struct ym_img_header, checksum), 0, sizeof(db->header->checksum));
    ym_checksum_init(&sum);
    ym_checksum_add(&sum, head, sizeof(head));
    ym_checksum_add(&sum, db->base + sizeof(head), db->size - sizeof(head));
    return ym_checksum_value(&sum);
}

bool ym_db_identity_holds(const struct ym_db *db) {
    uint8_t identity[YM_IDENTITY_SIZE];
    struct ym_checksum sum;

    ym_checksum_init(&sum);
    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        const struct ym_img_span *span = ym_db_span(db, (ym_section)s);

        if (s != YM_SECTION_INFO) {
            ym_identity_add(&sum, s, db->base + span->offset, span->size);
        }
    }
    ym_identity_value(&sum, identity);
    return memcmp(identity, db->header->identity, sizeof(identity)) == 0;
}

ym_status ym_db_check(const struct ym_db *db, struct ym_err *err) {
    static const ym_section tables[] = {
        YM_SECTION_RULES,      YM_SECTION_PATTERNS, YM_SECTION_PARTS,     YM_SECTION_POSTINGS,
        YM_SECTION_ATOMS,      YM_SECTION_PAIRS,    YM_SECTION_ANCHORED,  YM_SECTION_ALWAYS,
        YM_SECTION_EVERYWHERE, YM_SECTION_MACROS,   YM_SECTION_EXTERNALS, YM_SECTION_TAGS,
        YM_SECTION_METAS,      YM_SECTION_ANCHORS};

    if (checksum_of(db) != db->header->checksum) {
        return ym_fail(err, YM_MALFORMED, "database", YM_ERR_NO_OFFSET,
                       "%s: the checksum does not match: the image is damaged; build it again",
                       db->name);
    }
    if (!ym_db_identity_holds(db)) {
        return ym_fail(err, YM_MALFORMED, "database", offsetof(struct ym_img_header, identity),
                       "%s: its identity is not that of its content; build it again", db->name);
    }
    for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        for (uint32_t i = 0; i < ym_db_count(db, tables[t]); i++) {
            YM_TRY(check_row(db, tables[t], i, err));
        }
    }
    if (!ym_table_rows_sound(db->base + ym_db_span(db, YM_SECTION_TABLES)->offset,
                             (size_t)ym_db_span(db, YM_SECTION_TABLES)->size)) {
        return bad_row(db, err, "side table", 0);
    }
    return ym_digests_check(&db->digests, err);
}
