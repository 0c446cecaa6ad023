/* build_rule.c - one rule to rows, programs and atoms.  See build_int.h. */
#include "build_int.h"

#include "database/condition.h"
#include "database/layout.h"
#include "signatures/rule.h"

#include <string.h>

/* A pattern with one possible place whose best atom is expected more often than this is verified
 * at its place instead of being looked for. */
static const double ANCHORED_COST = 1e-5;

/* ---- Rules ------------------------------------------------------------------------------------ */

/* Adds a text once per spelling when `shared`, else always (rule names hardly repeat). */
static ym_status add_text(struct ym_db_builder *b, const char *s, bool shared, uint32_t *ret) {
    uint64_t at;

    if (s == NULL || s[0] == '\0') {
        *ret = 0;
        return YM_OK;
    }
    if (shared && ym_map_get(b->texts, s, strlen(s), &at)) {
        *ret = (uint32_t)at;
        return YM_OK;
    }
    *ret = (uint32_t)b->bufs[BUILD_STRINGS].len;
    ym_buf_add(&b->bufs[BUILD_STRINGS], s, strlen(s) + 1);
    YM_TRY(ym_buf_status(&b->bufs[BUILD_STRINGS]));
    return shared ? ym_map_put(b->texts, s, strlen(s), *ret) : YM_OK;
}

static ym_status namespace_id(struct ym_db_builder *b, const char *ns, uint32_t *ret) {
    const char *key = ns == NULL ? "" : ns;
    uint64_t id;

    if (!ym_map_get(b->namespaces, key, strlen(key), &id)) {
        id = ym_map_count(b->namespaces);
        YM_TRY(ym_map_put(b->namespaces, key, strlen(key), id));
    }
    *ret = (uint32_t)id;
    return YM_OK;
}

static bool has_one_place(const struct ym_pattern *p) {
    return p->place.kind != YM_PLACE_ANY && p->place.kind != YM_PLACE_SECTION_BODY &&
           p->place.kind != YM_PLACE_VERSION_INFO && p->place.shift == 0;
}

/* The part of a variant that the prefilter looks for: the rarest.  The others are sought by
 * match/chain.c when that one was met. */
static uint32_t pivot_of(const struct ym_part *parts, uint32_t n) {
    uint32_t best = 0;

    for (uint32_t i = 1; i < n; i++) {
        best = parts[i].cost < parts[best].cost ? i : best;
    }
    return best;
}

/* first_part: row of the variant's first part. */
static ym_status index_variant(struct ym_db_builder *b, const struct ym_rule *rule,
                               const struct ym_pattern *p, const struct ym_part *parts, uint32_t n,
                               uint32_t first_part) {
    bool xored = (p->flags & YM_PATTERN_XOR) != 0;
    uint32_t pivot = pivot_of(parts, n);
    uint32_t row = first_part + pivot;

    if (!xored && parts[pivot].cost > ANCHORED_COST && has_one_place(p)) {
        ym_buf_u32le(&b->bufs[BUILD_ANCHORED], first_part);
        return ym_buf_status(&b->bufs[BUILD_ANCHORED]);
    }
    if (parts[pivot].n_atoms == 0 && xored) { /* text always has atoms, and only text is xored */
        return YM_UNSUPPORTED;
    }
    if (parts[pivot].n_atoms == 0) {
        ym_buf_u32le(&b->bufs[BUILD_EVERYWHERE], row);
        return ym_buf_status(&b->bufs[BUILD_EVERYWHERE]);
    }
    for (uint32_t i = 0; i < parts[pivot].n_atoms; i++) {
        YM_TRY(ym_filter_builder_add(b->filter, &parts[pivot].atoms[i], row, rule->target,
                                     xored ? p->xor_min : 0, xored ? p->xor_max : 0));
    }
    return YM_OK;
}

static bool has_alternatives(const struct ym_part *part) {
    for (const struct ym_node *n = part->first; n != part->end; n = n->next) {
        if (n->op == YM_NODE_ALT) {
            return true;
        }
    }
    return false;
}

static ym_status add_part(struct ym_db_builder *b, const struct ym_rule *rule,
                          const struct ym_pattern *p, const struct ym_variant *v,
                          const struct ym_part *parts, uint32_t n, uint32_t i, struct ym_err *err) {
    const struct ym_part *part = &parts[i];
    bool last = i + 1 == n;
    struct ym_img_part row = {
        .pattern = b->n_patterns,
        .program = (uint32_t)b->bufs[BUILD_PROGRAMS].len,
        .min_length = part->min_length,
        .max_length = part->max_length,
        .gap_min = part->gap_min,
        .gap_max = part->gap_max,
        .chain = (uint16_t)i,
    };

    if (i > UINT16_MAX) {
        return ym_fail_at(err, YM_LIMIT, "database", rule->file, rule->line, 0,
                          "rule \"%s\": a pattern of more than 65535 pieces", rule->name);
    }
    row.flags = (uint16_t)((v->wide ? YM_IMG_PART_WIDE : 0) | (last ? YM_IMG_PART_LAST : 0) |
                           (!last && parts[i + 1].gap_max != YM_JUMP_INF &&
                                    part->min_length != part->max_length
                                ? YM_IMG_PART_ALL_ENDS
                                : 0) |
                           (rule->lang == YM_LANG_YARA && has_alternatives(part) &&
                                    part->min_length != part->max_length
                                ? YM_IMG_PART_SHORTEST
                                : 0));
    YM_TRY(ym_pattern_program(part, (p->flags & YM_PATTERN_NOCASE) != 0, &b->bufs[BUILD_PROGRAMS],
                              err));
    row.program_size = (uint32_t)b->bufs[BUILD_PROGRAMS].len - row.program;
    ym_buf_add(&b->bufs[BUILD_PARTS], &row, sizeof(row));
    YM_TRY(ym_buf_status(&b->bufs[BUILD_PARTS]));
    b->n_parts++;
    return YM_OK;
}

static ym_status add_pattern(struct ym_db_builder *b, const struct ym_rule *rule, uint32_t index,
                             uint8_t need, struct ym_err *err) {
    const struct ym_pattern *p = &rule->patterns[index];
    struct ym_img_pattern row = {
        .place_offset = p->place.offset,
        .rule = b->n_rules,
        .first_part = b->n_parts,
        .flags = p->flags,
        .place_shift = p->place.shift,
        .place_section = p->place.section,
        .place_kind = (uint8_t)p->place.kind,
        .need = need,
        .lang = (uint8_t)rule->lang,
        .target = (uint8_t)rule->target,
        .index = index,
    };

    YM_TRY(add_text(b, p->id, true, &row.id));
    for (uint32_t v = 0; v < p->n_variants; v++) {
        struct ym_part *parts;
        uint32_t n;

        uint32_t first_part = b->n_parts;

        YM_TRY(ym_pattern_cut(p->variants[v].body, b->arena, b->scratch, &parts, &n, err));
        for (uint32_t i = 0; i < n; i++) {
            YM_TRY(add_part(b, rule, p, &p->variants[v], parts, n, i, err));
        }
        YM_TRY(index_variant(b, rule, p, parts, n, first_part));
    }
    row.n_parts = b->n_parts - row.first_part;
    ym_buf_add(&b->bufs[BUILD_PATTERNS], &row, sizeof(row));
    b->n_patterns++;
    return ym_buf_status(&b->bufs[BUILD_PATTERNS]);
}

static ym_status add_condition(struct ym_db_builder *b, const struct ym_rule *rule,
                               struct ym_img_rule *row, uint8_t *needs, struct ym_err *err) {
    struct ym_condition_facts facts = {0};

    if (rule->condition == NULL) {
        return YM_OK;
    }
    row->condition = (uint32_t)b->bufs[BUILD_CONDITIONS].len;
    YM_TRY(ym_condition_compile(rule->condition, rule->n_patterns, &b->bufs[BUILD_CONDITIONS],
                                needs, &facts, err));
    row->condition_size = (uint32_t)b->bufs[BUILD_CONDITIONS].len - row->condition;
    if (facts.true_without_hits || facts.uses_rules || (rule->flags & YM_RULE_GLOBAL) != 0) {
        ym_buf_u32le(&b->bufs[BUILD_ALWAYS], b->n_rules);
    }
    return ym_buf_status(&b->bufs[BUILD_ALWAYS]);
}

ym_status ym_build_rule(struct ym_db_builder *b, const struct ym_rule *rule, struct ym_err *err) {
    struct ym_img_rule row = {
        .line = rule->line,
        .first_pattern = b->n_patterns,
        .n_patterns = rule->n_patterns,
        .flags = rule->flags,
        .lang = (uint8_t)rule->lang,
        .target = (uint8_t)rule->target,
    };
    uint8_t *needs = ym_arena_zalloc(b->arena, rule->n_patterns, 1);

    if ((rule->flags & (YM_RULE_LOGICAL | YM_RULE_MACRO)) != 0) {
        return YM_UNSUPPORTED;
    }
    if (needs == NULL) {
        return YM_NOMEM;
    }
    YM_TRY(add_text(b, rule->name, false, &row.name));
    YM_TRY(add_text(b, rule->ns, true, &row.ns));
    YM_TRY(add_text(b, rule->file, true, &row.file));
    YM_TRY(namespace_id(b, rule->ns, &row.ns_id));
    YM_TRY(add_condition(b, rule, &row, needs, err));
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        YM_TRY(add_pattern(b, rule, i, needs[i], err));
    }
    ym_buf_add(&b->bufs[BUILD_RULES], &row, sizeof(row));
    return ym_buf_status(&b->bufs[BUILD_RULES]);
}
