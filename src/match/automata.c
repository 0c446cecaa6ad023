/* automata.c - regular expressions of YARA: from a place of the cut to matches.  See
 * database/regex_cut.c.
 *
 * From the cut the second half runs forwards and gives one end, the preferred one; then the
 * first half runs backwards and gives every start.  Each start with that end is a match.  Either
 * run reads YM_NFA_REACH bytes at most, as libyara's do from its atoms.
 *
 * A part without atoms is tried at every place with a byte that it can begin with.  When it has
 * no match at all, one run over the whole object shows that in a time that does not depend on
 * the lengths of what nearly matches. */
#include "run.h"

#include "base/kinds.h"
#include "database/nfa.h"
#include "database/nfa_code.h"

#include <string.h>

/* One part at one place. */
struct cut {
    struct ym_run *run;
    const struct ym_img_pattern *pattern;
    uint32_t pattern_id;
    bool wide;
    size_t end;
};

struct programs {
    const uint8_t *forward, *backward; /* backward NULL: nothing stands before the cut */
};

/* The part's programs, proved harmless once in the life of a scratch. */
static bool programs_of(struct ym_run *r, uint32_t part_id, const struct ym_img_part *part,
                        struct programs *ret) {
    uint8_t *mark = &r->scratch->part_marks[part_id];
    const uint8_t *pair =
        ym_db_bytes(r->db, YM_SECTION_PROGRAMS, part->program, part->program_size);
    struct ym_nfa_pair sizes;

    if (*mark == 0) {
        bool sound = pair != NULL && ym_nfa_check_pair(pair, part->program_size, NULL) == YM_OK;

        *mark = sound ? YM_MARK_CHECKED : YM_MARK_BROKEN;
    }
    if (pair == NULL || *mark != YM_MARK_CHECKED) {
        r->damaged = true;
        return false;
    }
    memcpy(&sizes, pair, sizeof(sizes));
    ret->forward = pair + sizeof(sizes);
    ret->backward = sizes.backward_size == 0 ? NULL : ret->forward + sizes.forward_size;
    return true;
}

static void spend(struct ym_run *r, uint64_t n) {
    r->budget -= n < r->budget ? n : r->budget;
}

static bool enough(const struct cut *c) {
    return ym_hitset_enough(&c->run->scratch->hits, c->pattern_id, ym_run_need(c->run, c->pattern));
}

static bool on_start(void *self, size_t start) {
    struct cut *c = self;

    spend(c->run, 1);
    if (ym_place_allows(c->run, c->pattern, start)) {
        ym_run_add_hit(c->run, c->pattern_id, c->pattern, start, c->end, c->wide);
    }
    return !enough(c);
}

static void try_cut(struct cut *c, const struct programs *programs, size_t at) {
    struct ym_run *r = c->run;
    struct ym_nfa_job job = {
        .program = programs->forward,
        .data = r->in->data,
        .size = r->in->size,
        .at = at,
        .reach = YM_NFA_REACH,
        .budget = &r->budget,
    };

    if (!ym_nfa_match(r->scratch->nfa, &job, &c->end)) {
        return;
    }
    if (programs->backward == NULL) {
        (void)on_start(c, at);
        return;
    }
    job.program = programs->backward;
    job.backwards = true;
    ym_nfa_ends(r->scratch->nfa, &job, on_start, c);
}

static struct cut cut_of(struct ym_run *r, const struct ym_img_part *part,
                         const struct ym_img_pattern *p) {
    return (struct cut){.run = r,
                        .pattern = p,
                        .pattern_id = part->pattern,
                        .wide = (part->flags & YM_IMG_PART_WIDE) != 0};
}

void ym_run_try_cut(struct ym_run *r, uint32_t part_id, const struct ym_img_part *part,
                    const struct ym_img_pattern *p, size_t cut) {
    struct cut c = cut_of(r, part, p);
    struct programs programs;

    if (programs_of(r, part_id, part, &programs)) {
        try_cut(&c, &programs, cut);
    }
}

/* Could anything match?  Zero-width tests would make the answer dear. */
static bool may_match(struct ym_run *r, const uint8_t *program) {
    const struct ym_nfa_job job = {
        .program = program,
        .data = r->in->data,
        .size = r->in->size,
        .reach = r->in->size,
        .budget = &r->budget,
    };

    return (ym_nfa_head_at(program).flags & YM_NFA_HAS_EDGES) != 0 ||
           ym_nfa_any(r->scratch->nfa, &job);
}

/* ^ is first: no match begins anywhere but at the start. */
static bool only_at_start(const uint8_t *program) {
    struct ym_nfa_op op = ym_nfa_op_at(program, 0);

    return op.op == YM_NFA_EDGE && op.a == YM_EDGE_START && op.b == 0;
}

/* The first place from `at` on whose byte is in the set. */
static size_t skip_to(const uint8_t first[32], const uint8_t *data, size_t size, size_t at) {
    while (at < size && (first[data[at] / 8] >> data[at] % 8 & 1) == 0) {
        at++;
    }
    return at;
}

void ym_run_try_everywhere(struct ym_run *r, uint32_t part_id, const struct ym_img_part *part,
                           const struct ym_img_pattern *p) {
    struct cut c = cut_of(r, part, p);
    struct programs programs;
    struct ym_nfa_head head;

    if (!programs_of(r, part_id, part, &programs) || !may_match(r, programs.forward)) {
        return;
    }
    if (only_at_start(programs.forward)) {
        try_cut(&c, &programs, 0);
        return;
    }
    head = ym_nfa_head_at(programs.forward);
    for (size_t at = 0; r->budget > 0 && !enough(&c); at++) {
        size_t from = at;

        at = skip_to(head.first, r->in->data, r->in->size, at);
        spend(r, 1 + (at - from) / 16);
        if (at >= r->in->size) {
            break;
        }
        try_cut(&c, &programs, at);
    }
}
