/* build_rule.c - one rule to rows, programs and atoms.  See build_int.h. */
#include "build_int.h"

#include "condition_int.h"
#include "database/condition.h"
#include "database/layout.h"
#include "database/logic.h"
#include "guard.h"
#include "signatures/rule.h"

#include <string.h>

/* A pattern with one possible place whose best atom is expected more often than this is verified
 * at its place instead of being looked for. */
static const double ANCHORED_COST = 1e-5;
/* When what leads to a rule is rarer, the others are sought when it was met. */
static const double SEEK_COST = 1e-9;
/* So are those that are more often met than what leads to it, by this factor, ... */
static const double SEEK_FACTOR = 1;
/* ... once the prefilter has to look for so much (candidates a position) that leads nowhere: then going
 * through most objects a second time (match/second.c) costs less. */
static const double SEEK_ALLOWED = 1e-3;
/* What several rules look for is met more often than its bytes tell: "kernel32.dll" is in every other
 * program.  From this many on each is taken to cost this much. */
enum { POPULAR_AT = 3 };
static const double POPULAR_COST = 1e-7;

/* ---- Rules ------------------------------------------------------------------------------------ */

ym_status ym_build_text(struct ym_db_builder *b, const char *s, bool shared, uint32_t *ret) {
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

static bool has_one_place(const struct ym_place *p) {
    return p->kind != YM_PLACE_ANY && p->kind != YM_PLACE_SECTION_BODY &&
           p->kind != YM_PLACE_VERSION_INFO && p->shift == 0;
}

uint32_t ym_build_pivot(const struct ym_part *parts, uint32_t n) {
    uint32_t best = 0;

    for (uint32_t i = 1; i < n; i++) {
        best = parts[i].cost < parts[best].cost ? i : best;
    }
    return best;
}

/* Where many rules look: one more there costs next to nothing. */
static bool is_common_place(const struct ym_place *p) {
    return p->kind == YM_PLACE_PE_ENTRY || p->kind == YM_PLACE_YARA_ENTRY ||
           (p->kind == YM_PLACE_ABS && p->offset == 0);
}

bool ym_build_anchored(const struct ym_pattern *p, const struct ym_place *place,
                       const struct ym_part *pivot) {
    return (p->flags & (YM_PATTERN_XOR | YM_PATTERN_REGEX)) == 0 && has_one_place(place) &&
           (pivot->cost > ANCHORED_COST || is_common_place(place));
}

static ym_status index_part(struct ym_db_builder *b, const struct ym_rule *rule,
                            const struct ym_pattern *p, const struct ym_part *part, uint32_t row) {
    bool xored = (p->flags & YM_PATTERN_XOR) != 0;

    if (part->n_atoms == 0 && xored) { /* text always has atoms, and only text is xored */
        return YM_UNSUPPORTED;
    }
    if (part->n_atoms == 0) {
        ym_buf_u32le(&b->bufs[BUILD_EVERYWHERE], row);
        return ym_buf_status(&b->bufs[BUILD_EVERYWHERE]);
    }
    for (uint32_t i = 0; i < part->n_atoms; i++) {
        YM_TRY(ym_filter_builder_add(b->filter, &part->atoms[i], row, rule->target,
                                     xored ? p->xor_min : 0, xored ? p->xor_max : 0));
    }
    return YM_OK;
}

/* first_part: row of the variant's first part. */
static ym_status index_variant(struct ym_db_builder *b, const struct ym_rule *rule,
                               const struct ym_pattern *p, const struct ym_place *place,
                               const struct ym_build_cut *cut, uint32_t first_part) {
    uint32_t pivot = ym_build_pivot(cut->parts, cut->n);

    for (uint32_t i = 0; i < cut->n && cut->parts[i].is_regex; i++) {
        YM_TRY(index_part(b, rule, p, &cut->parts[i], first_part + i));
    }
    if (cut->parts[pivot].is_regex) {
        return YM_OK;
    }
    if (ym_build_anchored(p, place, &cut->parts[pivot])) {
        return ym_build_anchor(b, rule, place, &cut->parts[0], (p->flags & YM_PATTERN_NOCASE) != 0,
                               first_part);
    }
    return index_part(b, rule, p, &cut->parts[pivot], first_part + pivot);
}

static bool has_alternatives(const struct ym_part *part) {
    for (const struct ym_node *n = part->first; n != part->end; n = n->next) {
        if (n->op == YM_NODE_ALT) {
            return true;
        }
    }
    return false;
}

/* Part i of the n pieces of a spelling that follow each other. */
static unsigned piece_flags(const struct ym_rule *rule, const struct ym_part *parts, uint32_t n,
                            uint32_t i) {
    const struct ym_part *part = &parts[i];
    bool last = i + 1 == n;
    bool several_lengths = part->min_length != part->max_length;

    return (last ? YM_IMG_PART_LAST : 0u) |
           (!last && parts[i + 1].gap_max != YM_JUMP_INF && several_lengths ? YM_IMG_PART_ALL_ENDS
                                                                            : 0u) |
           (rule->lang == YM_LANG_YARA && has_alternatives(part) && several_lengths
                ? YM_IMG_PART_SHORTEST
                : 0u);
}

static void add_marks(const struct ym_part *part, bool nocase, struct ym_img_part *row) {
    const struct ym_part_marks marks = ym_part_marks(part, nocase);

    row->landmark = marks.landmark;
    row->flags |= marks.has_seed ? (uint16_t)YM_IMG_PART_SEED : (uint16_t)0;
    row->seed_at = marks.seed_at;
    memcpy(row->seed, marks.seed, sizeof(row->seed));
}

static ym_status add_part(struct ym_db_builder *b, const struct ym_rule *rule,
                          const struct ym_pattern *p, const struct ym_variant *v,
                          const struct ym_part *parts, uint32_t n, uint32_t i, struct ym_err *err) {
    const struct ym_part *part = &parts[i];
    bool nocase = (p->flags & YM_PATTERN_NOCASE) != 0;
    struct ym_img_part row = {
        .pattern = b->n_patterns,
        .program = (uint32_t)b->bufs[BUILD_PROGRAMS].len,
        .min_length = part->min_length,
        .max_length = part->max_length,
        .gap_min = part->gap_min,
        .gap_max = part->gap_max,
    };
    unsigned flags = part->is_regex ? (unsigned)YM_IMG_PART_LAST | YM_IMG_PART_NFA
                                    : piece_flags(rule, parts, n, i);

    if (i > UINT16_MAX) {
        return ym_fail_at(err, YM_LIMIT, "database", rule->file, rule->line, 0,
                          "rule \"%s\": a pattern of more than 65535 pieces", rule->name);
    }
    row.flags = (uint16_t)(flags | (v->wide ? YM_IMG_PART_WIDE : 0u));
    if (!part->is_regex) {
        row.chain = (uint16_t)i;
        add_marks(part, nocase, &row);
    }
    YM_TRY(ym_pattern_program(part, nocase, &b->bufs[BUILD_PROGRAMS], err));
    row.program_size = (uint32_t)b->bufs[BUILD_PROGRAMS].len - row.program;
    ym_buf_add(&b->bufs[BUILD_PARTS], &row, sizeof(row));
    YM_TRY(ym_buf_status(&b->bufs[BUILD_PARTS]));
    b->n_parts++;
    return YM_OK;
}

/* clamscan counts the places of the last part of a pattern with gaps, not those of its first. */
static bool counts_by_last(const struct ym_rule *rule, uint32_t index, const uint8_t *needs) {
    const struct ym_pattern *p = &rule->patterns[index];

    if ((rule->flags & YM_RULE_LOGICAL) == 0 || needs[index] != YM_NEED_MATCHES ||
        p->place.kind == YM_PLACE_VERSION_INFO) {
        return false;
    }
    for (uint32_t v = 0; v < p->n_variants; v++) {
        for (const struct ym_node *n = p->variants[v].body; n != NULL; n = n->next) {
            if (n->op == YM_NODE_JUMP && n->u.jump.min != n->u.jump.max) {
                return true;
            }
        }
    }
    return false;
}

static bool is_plain(const struct ym_pattern *p) {
    if (p->n_variants != 1 ||
        (p->flags & (YM_PATTERN_NOCASE | YM_PATTERN_XOR | YM_PATTERN_REGEX)) != 0) {
        return false;
    }
    for (const struct ym_node *n = p->variants[0].body; n != NULL; n = n->next) {
        if (n->op != YM_NODE_BYTES) {
            return false;
        }
        for (uint32_t i = 0; n->u.bytes.mask != NULL && i < n->len; i++) {
            if (n->u.bytes.mask[i] != 0xff) {
                return false;
            }
        }
    }
    return true;
}

static ym_status add_pattern(struct ym_db_builder *b, const struct ym_rule *rule, uint32_t index,
                             const struct ym_build_plan *plan, struct ym_err *err) {
    const struct ym_pattern *p = &rule->patterns[index];
    const struct ym_place *place = &plan->places[index];
    struct ym_img_pattern row = {
        .place_offset = place->offset,
        .rule = b->n_rules,
        .first_part = b->n_parts,
        .flags = p->flags | (plan->sought[index] ? YM_IMG_PATTERN_SOUGHT : 0u) |
                 (plan->quiet[index] ? YM_IMG_PATTERN_QUIET : 0u) |
                 (is_plain(p) ? YM_IMG_PATTERN_PLAIN : 0u) |
                 (place->kind != p->place.kind ? YM_IMG_PATTERN_PLACED : 0u) |
                 (counts_by_last(rule, index, plan->needs) ? YM_IMG_PATTERN_BY_LAST : 0u),
        .place_shift = place->shift,
        .place_section = place->section,
        .place_kind = (uint8_t)place->kind,
        .need = plan->needs[index],
        .lang = (uint8_t)rule->lang,
        .target = (uint8_t)rule->target,
        .index = index,
    };

    YM_TRY(ym_build_text(b, p->id, true, &row.id));
    for (uint32_t v = 0; v < p->n_variants; v++) {
        const struct ym_build_cut *cut = &plan->cuts[index * YM_PATTERN_MAX_VARIANTS + v];
        uint32_t first_part = b->n_parts;

        for (uint32_t i = 0; i < cut->n; i++) {
            YM_TRY(add_part(b, rule, p, &p->variants[v], cut->parts, cut->n, i, err));
        }
        if (!plan->sought[index]) {
            YM_TRY(index_variant(b, rule, p, place, cut, first_part));
        }
    }
    row.n_parts = b->n_parts - row.first_part;
    ym_buf_add(&b->bufs[BUILD_PATTERNS], &row, sizeof(row));
    b->n_patterns++;
    return ym_buf_status(&b->bufs[BUILD_PATTERNS]);
}

/* ---- What becomes of a rule's patterns ---------------------------------------------------------- */

/* Expected hits of a pattern a position, as the prefilter will look for it. */
static double pattern_cost(const struct ym_pattern *p, const struct ym_place *place,
                           const struct ym_build_cut *cuts) {
    double cost = 0;

    for (uint32_t v = 0; v < p->n_variants; v++) {
        const struct ym_part *pivot = &cuts[v].parts[ym_build_pivot(cuts[v].parts, cuts[v].n)];

        cost += ym_build_anchored(p, place, pivot) ? ANCHORED_COST : pivot->cost;
    }
    return cost;
}

static uint32_t hash_of(const struct ym_atom *a) {
    uint64_t h = a->class;

    for (unsigned i = 0; i < a->len; i++) {
        h = (h ^ (a->bytes[i] & 0xdfu)) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return (uint32_t)(h % YM_BUILD_POPULAR);
}

/* What a pattern costs because others look for the same; counts it. */
static double popularity(struct ym_db_builder *b, const struct ym_pattern *p,
                         const struct ym_build_cut *cuts) {
    uint32_t most = 0;

    for (uint32_t v = 0; v < p->n_variants; v++) {
        const struct ym_part *pivot = &cuts[v].parts[ym_build_pivot(cuts[v].parts, cuts[v].n)];

        for (uint32_t i = 0; i < pivot->n_atoms; i++) {
            uint16_t *count = &b->popular[hash_of(&pivot->atoms[i])];

            most = *count > most ? *count : most;
            *count = (uint16_t)(*count + (*count < UINT16_MAX));
        }
    }
    return most < POPULAR_AT ? 0 : POPULAR_COST * most;
}

/* Those of the patterns, or of what the condition asks.  Expressions, and texts under keys, are looked
 * for everywhere: they cannot be sought later when somebody wants to see all matches. */
static ym_status choose_places(struct ym_db_builder *b, const struct ym_rule *rule,
                               const struct ym_build_plan *plan) {
    struct ym_use *uses = YM_ARENA_ARRAY(b->arena, rule->n_patterns, struct ym_use);

    if (uses == NULL) {
        return ym_arena_status(b->arena);
    }
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        plan->places[i] = rule->patterns[i].place;
    }
    if (rule->lang != YM_LANG_YARA || rule->condition == NULL) {
        return YM_OK;
    }
    ym_condition_uses(rule->condition, rule->n_patterns, uses);
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        if ((rule->patterns[i].flags & (YM_PATTERN_XOR | YM_PATTERN_REGEX)) == 0 &&
            plan->places[i].kind == YM_PLACE_ANY) {
            plan->places[i] = uses[i].place;
        }
    }
    return YM_OK;
}

static ym_status cut_patterns(struct ym_db_builder *b, const struct ym_rule *rule,
                              struct ym_build_plan *plan, struct ym_err *err) {
    plan->cuts = YM_ARENA_ARRAY(b->arena, (size_t)rule->n_patterns * YM_PATTERN_MAX_VARIANTS,
                                struct ym_build_cut);
    plan->needs = ym_arena_zalloc(b->arena, rule->n_patterns, 1);
    plan->sought = YM_ARENA_ARRAY(b->arena, rule->n_patterns, bool);
    plan->quiet = YM_ARENA_ARRAY(b->arena, rule->n_patterns, bool);
    plan->costs = YM_ARENA_ARRAY(b->arena, rule->n_patterns, double);
    plan->places = YM_ARENA_ARRAY(b->arena, rule->n_patterns, struct ym_place);
    if (plan->places == NULL || plan->cuts == NULL || plan->needs == NULL || plan->sought == NULL ||
        plan->quiet == NULL || plan->costs == NULL) {
        return ym_arena_status(b->arena);
    }
    if ((rule->flags & YM_RULE_LOGICAL) != 0) {
        ym_logic_needs(rule, plan->needs);
    }
    YM_TRY(choose_places(b, rule, plan));
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        const struct ym_pattern *p = &rule->patterns[i];
        const bool every_gap = counts_by_last(rule, i, plan->needs);
        struct ym_build_cut *cuts = &plan->cuts[(size_t)i * YM_PATTERN_MAX_VARIANTS];

        for (uint32_t v = 0; v < p->n_variants; v++) {
            const struct ym_node *body = p->variants[v].body;

            YM_TRY((p->flags & YM_PATTERN_REGEX) != 0
                       ? ym_regex_cut(body, p->variants[v].wide, b->arena, b->scratch,
                                      &cuts[v].parts, &cuts[v].n)
                       : ym_pattern_cut(body, every_gap, b->arena, b->scratch, &cuts[v].parts,
                                        &cuts[v].n, err));
        }
        plan->costs[i] = pattern_cost(p, &plan->places[i], cuts);
        if (rule->lang == YM_LANG_YARA) {
            plan->costs[i] += popularity(b, p, cuts);
        }
    }
    return YM_OK;
}

/* Patterns of a logical signature that are not in its cover are sought when it is needed. */
static bool plan_logical(const struct ym_rule *rule, struct ym_build_plan *plan) {
    uint64_t cover;
    bool has_cover = ym_logic_cover(rule, plan->costs, &cover);

    for (uint32_t i = 0; i < rule->logical->n_subsigs; i++) {
        const struct ym_subsig *s = &rule->logical->subsigs[i];

        for (uint32_t p = 0; s->kind == YM_SUBSIG_PATTERN && p < s->u.patterns.n; p++) {
            plan->sought[s->u.patterns.first + p] = (cover >> i & 1) == 0;
        }
    }
    return has_cover;
}

/* Can it be sought through an object, with what match/seek.c and match/verify.c do? */
static bool can_be_sought(const struct ym_pattern *p, const struct ym_build_cut *cuts) {
    const bool nocase = (p->flags & YM_PATTERN_NOCASE) != 0;

    if ((p->flags & (YM_PATTERN_XOR | YM_PATTERN_REGEX)) != 0) {
        return false;
    }
    for (uint32_t v = 0; v < p->n_variants; v++) {
        for (uint32_t i = 0; i < cuts[v].n; i++) {
            const struct ym_img_landmark l = ym_part_marks(&cuts[v].parts[i], nocase).landmark;

            if (l.mask[0] < 0xdf || l.mask[1] < 0xdf) {
                return false;
            }
        }
    }
    return true;
}

/* Of the patterns that do not lead to the rule those that can be are sought, if that is worth it. */
static void seek_others(struct ym_db_builder *b, const struct ym_rule *rule,
                        struct ym_build_plan *plan, double cover_cost) {
    double cost = 0;

    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        const struct ym_build_cut *cuts = &plan->cuts[(size_t)i * YM_PATTERN_MAX_VARIANTS];

        plan->sought[i] = plan->quiet[i] && !has_one_place(&plan->places[i]) &&
                          can_be_sought(&rule->patterns[i], cuts);
        cost += plan->sought[i] ? plan->costs[i] : 0;
    }
    if (cover_cost <= SEEK_COST ||
        (b->allowed + cost > SEEK_ALLOWED && cost > cover_cost * SEEK_FACTOR)) {
        return;
    }
    b->allowed += cost;
    memset(plan->sought, 0, rule->n_patterns * sizeof(*plan->sought));
}

/* Of a YARA rule, too, the patterns outside its cover do not lead to it; and they are sought only when one
 * of the cover was found, provided that this is seldom. */
static ym_status plan_yara(struct ym_db_builder *b, const struct ym_rule *rule,
                           struct ym_build_plan *plan) {
    struct ym_cover cover;

    YM_TRY(ym_condition_cover(rule->condition, plan->costs, rule->n_patterns, b->arena, &cover));
    for (uint32_t i = 0; cover.possible && i < rule->n_patterns; i++) {
        plan->quiet[i] = true;
    }
    for (uint32_t i = 0; i < cover.n; i++) {
        plan->quiet[cover.members[i]] = false;
    }
    plan->never = cover.possible && cover.n == 0;
    seek_others(b, rule, plan, cover.cost);
    return YM_OK;
}
/* Are its matches met in the order of their places, each once?  Then they can be counted as they come. */
static bool comes_in_order(const struct ym_pattern *p, const struct ym_build_cut *cuts) {
    const struct ym_part *part = &cuts[0].parts[0];

    return p->n_variants == 1 && (p->flags & YM_PATTERN_REGEX) == 0 && cuts[0].n == 1 &&
           (part->n_atoms == 0 ||
            (part->n_atoms == 1 && part->atoms[0].off_min == part->atoms[0].off_max));
}

static void settle_needs(const struct ym_rule *rule, struct ym_build_plan *plan) {
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        const struct ym_build_cut *cuts = &plan->cuts[(size_t)i * YM_PATTERN_MAX_VARIANTS];

        if (plan->needs[i] == YM_NEED_COUNT && !comes_in_order(&rule->patterns[i], cuts)) {
            plan->needs[i] = YM_NEED_MATCHES;
        }
    }
}

/* ---- Conditions --------------------------------------------------------------------------------- */

/* A global rule is evaluated wherever it fails, too: others hang on that. */
static ym_status always(struct ym_db_builder *b, const struct ym_rule *rule,
                        struct ym_build_plan *plan, const char *why) {
    struct ym_img_always row = {.rule = b->n_rules, .size_high = UINT64_MAX};

    plan->always = why;
    if (rule->condition != NULL && (rule->flags & (YM_RULE_GLOBAL | YM_RULE_LOGICAL)) == 0) {
        ym_condition_guard(rule->condition, &row);
    }
    ym_buf_add(&b->bufs[BUILD_ALWAYS], &row, sizeof(row));
    return ym_buf_status(&b->bufs[BUILD_ALWAYS]);
}

static bool asks_image_hash(const struct ym_logical *l) {
    for (uint32_t i = 0; i < l->n_subsigs; i++) {
        if (l->subsigs[i].kind == YM_SUBSIG_IMAGE_HASH) {
            return true;
        }
    }
    return false;
}

static ym_status add_logical(struct ym_db_builder *b, const struct ym_rule *rule,
                             struct ym_img_rule *row, struct ym_build_plan *plan) {
    uint32_t icons[2];

    YM_TRY(ym_build_text(b, rule->logical->icon_group1, true, &icons[0]));
    YM_TRY(ym_build_text(b, rule->logical->icon_group2, true, &icons[1]));
    row->condition = (uint32_t)b->bufs[BUILD_CONDITIONS].len;
    YM_TRY(ym_logic_encode(rule, icons[0], icons[1], &b->bufs[BUILD_CONDITIONS]));
    row->condition_size = (uint32_t)b->bufs[BUILD_CONDITIONS].len - row->condition;
    b->image_hash_rules += asks_image_hash(rule->logical) ? 1 : 0;
    return plan_logical(rule, plan) ? YM_OK : always(b, rule, plan, "no pattern has to be found");
}

static ym_status add_condition(struct ym_db_builder *b, const struct ym_rule *rule,
                               struct ym_img_rule *row, struct ym_build_plan *plan,
                               struct ym_err *err) {
    struct ym_condition_facts facts = {0};

    if ((rule->flags & YM_RULE_LOGICAL) != 0) {
        return add_logical(b, rule, row, plan);
    }
    if (rule->condition == NULL) {
        return YM_OK;
    }
    row->condition = (uint32_t)b->bufs[BUILD_CONDITIONS].len;
    YM_TRY(ym_condition_compile(rule->condition, rule->n_patterns, &b->bufs[BUILD_CONDITIONS],
                                plan->needs, &facts, err));
    row->condition_size = (uint32_t)b->bufs[BUILD_CONDITIONS].len - row->condition;
    settle_needs(rule, plan);
    if ((rule->flags & YM_RULE_GLOBAL) != 0) {
        return always(b, rule, plan, "it is global");
    }
    if (facts.uses_rules) {
        return always(b, rule, plan, "it refers to other rules");
    }
    return facts.true_without_hits ? always(b, rule, plan, ym_condition_why(rule->condition))
                                   : plan_yara(b, rule, plan);
}

/* Members of a macro group are asked for by other rules only. */
static ym_status add_macro_members(struct ym_db_builder *b, const struct ym_rule *rule,
                                   struct ym_build_plan *plan) {
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        plan->needs[i] = YM_NEED_MATCHES;
        plan->sought[i] = true;
        ym_buf_u32le(&b->bufs[BUILD_MACROS], rule->macro_group);
        ym_buf_u32le(&b->bufs[BUILD_MACROS], b->n_patterns + i);
    }
    return ym_buf_status(&b->bufs[BUILD_MACROS]);
}

/* ---- What the rule says of itself --------------------------------------------------------------- */

static ym_status add_meta(struct ym_db_builder *b, const struct ym_meta *meta) {
    struct ym_img_meta row = {.rule = b->n_rules,
                              .number = meta->type == YM_TYPE_TEXT ? 0 : meta->i,
                              .letter = meta->type == YM_TYPE_TEXT   ? 't'
                                        : meta->type == YM_TYPE_BOOL ? 'b'
                                                                     : 'i'};

    YM_TRY(ym_build_text(b, meta->key, true, &row.key));
    if (meta->type == YM_TYPE_TEXT) {
        YM_TRY(ym_build_text(b, meta->text, false, &row.text));
    }
    ym_buf_add(&b->bufs[BUILD_METAS], &row, sizeof(row));
    return ym_buf_status(&b->bufs[BUILD_METAS]);
}

static ym_status add_about(struct ym_db_builder *b, const struct ym_rule *rule) {
    for (uint32_t i = 0; i < rule->n_tags; i++) {
        struct ym_img_tag row = {.rule = b->n_rules};

        YM_TRY(ym_build_text(b, rule->tags[i], true, &row.text));
        ym_buf_add(&b->bufs[BUILD_TAGS], &row, sizeof(row));
    }
    for (uint32_t i = 0; i < rule->n_metas; i++) {
        YM_TRY(add_meta(b, &rule->metas[i]));
    }
    return ym_buf_status(&b->bufs[BUILD_TAGS]);
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
    struct ym_build_plan plan = {.cuts = NULL, .first_part = b->n_parts};

    YM_TRY(cut_patterns(b, rule, &plan, err));
    YM_TRY(ym_build_text(b, rule->name, false, &row.name));
    YM_TRY(ym_build_text(b, rule->ns, true, &row.ns));
    YM_TRY(ym_build_text(b, rule->file, true, &row.file));
    YM_TRY(namespace_id(b, rule->ns, &row.ns_id));
    YM_TRY(add_condition(b, rule, &row, &plan, err));
    if ((rule->flags & YM_RULE_MACRO) != 0) {
        YM_TRY(add_macro_members(b, rule, &plan));
    }
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        YM_TRY(add_pattern(b, rule, i, &plan, err));
    }
    plan.condition = row.condition_size;
    YM_TRY(add_about(b, rule));
    ym_buf_add(&b->bufs[BUILD_RULES], &row, sizeof(row));
    YM_TRY(ym_buf_status(&b->bufs[BUILD_RULES]));
    return b->watch == NULL ? YM_OK : ym_build_tell(b, rule, &plan);
}
