/* build_plan.c - what became of a rule, told to who watches.  See database/plan.h.
 *
 * Reads the cuts that the rule was built from and, for sizes of programs, the rows that were made of
 * them; nothing is decided here. */
#include "build_int.h"

#include "database/condition.h"
#include "database/nfa_code.h"

#include <string.h>

static const double MEGABYTE = 1048576;

static const char *const class_names[] = {
    [YM_ATOM_LONG] = "long", [YM_ATOM_SEVEN] = "seven", [YM_ATOM_FIVE] = "five",
    [YM_ATOM_FOUR] = "four", [YM_ATOM_THREE] = "three", [YM_ATOM_PAIR] = "pair"};

static uint32_t members(const uint8_t set[32]) {
    uint32_t n = 0;

    for (unsigned i = 0; i < 32; i++) {
        n += (uint32_t)__builtin_popcount(set[i]);
    }
    return n;
}

static double atom_per_mb(const struct ym_pattern *p, const struct ym_atom *a) {
    const bool xored = (p->flags & YM_PATTERN_XOR) != 0;
    double share = 0;

    for (unsigned key = xored ? p->xor_min : 0; key <= (xored ? p->xor_max : 0U); key++) {
        share += ym_atom_share(a, (uint8_t)key);
    }
    return share * MEGABYTE;
}

/* Keeps the most common atoms, the first of them first. */
static void keep(struct ym_plan_pattern *out, const struct ym_plan_atom *atom) {
    uint32_t n = out->n_atoms < YM_PLAN_ATOMS ? out->n_atoms : (uint32_t)YM_PLAN_ATOMS;
    uint32_t at = n;

    while (at > 0 && out->atoms[at - 1].per_mb < atom->per_mb) {
        at--;
    }
    out->n_atoms++;
    if (at == YM_PLAN_ATOMS) {
        return;
    }
    n = n == YM_PLAN_ATOMS ? n - 1 : n;
    memmove(&out->atoms[at + 1], &out->atoms[at], (n - at) * sizeof(*atom));
    out->atoms[at] = *atom;
}

static void add_atoms(struct ym_plan_pattern *out, const struct ym_pattern *p,
                      const struct ym_part *part) {
    for (uint32_t i = 0; i < part->n_atoms; i++) {
        const struct ym_atom *a = &part->atoms[i];
        struct ym_plan_atom atom = {.class = class_names[a->class],
                                    .n = a->class == YM_ATOM_PAIR ? 0 : a->len,
                                    .at_min = a->off_min,
                                    .at_max = a->off_max,
                                    .per_mb = atom_per_mb(p, a)};

        memcpy(atom.bytes, a->bytes, sizeof(atom.bytes));
        for (unsigned k = 0; k < 2 && a->class == YM_ATOM_PAIR; k++) {
            atom.members[k] = members(a->sets[k]);
        }
        out->per_mb += atom.per_mb;
        out->starts += atom.per_mb * (1.0 + (double)(a->off_max - a->off_min));
        keep(out, &atom);
    }
    if (part->n_atoms == 0) {
        out->how = YM_PLAN_EVERYWHERE;
        out->per_mb += MEGABYTE;
        out->starts += MEGABYTE;
    }
}

/* Sizes, from the row of the part. */
static void add_program(struct ym_plan_pattern *out, const struct ym_db_builder *b, uint32_t row) {
    struct ym_img_part part;
    const uint8_t *program;
    struct ym_nfa_pair pair;

    memcpy(&part, b->bufs[BUILD_PARTS].data + (size_t)row * sizeof(part), sizeof(part));
    out->program += part.program_size;
    if ((part.flags & YM_IMG_PART_NFA) == 0) {
        return;
    }
    program = b->bufs[BUILD_PROGRAMS].data + part.program;
    memcpy(&pair, program, sizeof(pair));
    program += sizeof(pair);
    out->forward_states += ym_nfa_head_at(program).n_ops;
    if (pair.backward_size > 0) {
        out->backward_states += ym_nfa_head_at(program + pair.forward_size).n_ops;
    }
}

static void add_variant(struct ym_plan_pattern *out, const struct ym_db_builder *b,
                        const struct ym_pattern *p, const struct ym_place *place,
                        const struct ym_build_cut *cut, uint32_t row) {
    const uint32_t pivot = ym_build_pivot(cut->parts, cut->n);
    const bool regex = cut->parts[pivot].is_regex;

    for (uint32_t i = 0; i < cut->n; i++) {
        const struct ym_part *part = &cut->parts[i];

        if (!regex && i != pivot) {
            continue;
        }
        add_program(out, b, row + i);
        out->min_length = part->min_length < out->min_length ? part->min_length : out->min_length;
        out->max_length = part->max_length > out->max_length ? part->max_length : out->max_length;
        if (out->how != YM_PLAN_SOUGHT && !regex && ym_build_anchored(p, place, part)) {
            out->how = YM_PLAN_ANCHORED;
        } else if (out->how != YM_PLAN_SOUGHT) {
            add_atoms(out, p, part);
        }
    }
    out->spellings++;
    out->pieces = regex ? 1 : cut->n > out->pieces ? cut->n : out->pieces;
}

ym_status ym_build_tell(struct ym_db_builder *b, const struct ym_rule *rule,
                        const struct ym_build_plan *plan) {
    struct ym_plan_pattern *rows =
        YM_ARENA_ARRAY(b->arena, rule->n_patterns, struct ym_plan_pattern);
    struct ym_plan_rule out = {.name = rule->name,
                               .file = rule->file,
                               .line = rule->line,
                               .flags = rule->flags,
                               .always = plan->always,
                               .never = plan->never,
                               .condition = plan->condition,
                               .n_patterns = rule->n_patterns,
                               .patterns = rows};
    uint32_t row = plan->first_part;

    if (rows == NULL) {
        return ym_arena_status(b->arena);
    }
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        const struct ym_pattern *p = &rule->patterns[i];

        rows[i] =
            (struct ym_plan_pattern){.id = p->id,
                                     .line = p->line,
                                     .column = p->column,
                                     .flags = p->flags,
                                     .how = plan->sought[i] ? YM_PLAN_SOUGHT : YM_PLAN_LOOKED_FOR,
                                     .need = plan->needs[i],
                                     .min_length = UINT32_MAX};
        for (uint32_t v = 0; v < p->n_variants; v++) {
            const struct ym_build_cut *cut = &plan->cuts[(size_t)i * YM_PATTERN_MAX_VARIANTS + v];

            add_variant(&rows[i], b, p, &plan->places[i], cut, row);
            row += cut->n;
        }
    }
    return b->watch(b->watch_self, &out);
}
