/* pattern.h - one spelling of a pattern to parts, programs and atoms (compile side, private).
 *
 * A part is what match/verify.c runs; an atom is what the prefilter looks for so that the part
 * is verified at the right places only.  Every match of the part contains one of its atoms (or
 * the part has none: then it is verified everywhere). */
#ifndef YM_DATABASE_PATTERN_H
#define YM_DATABASE_PATTERN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "database/layout.h"
#include "signatures/rule.h"

#include <stdbool.h>
#include <stdint.h>

enum { YM_ATOM_MAX = 11, YM_PART_MAX_ATOMS = 64, YM_ATOM_MAX_PAIRS = 1024 };

/* A run of known bytes, or as the last resort two neighbouring sets of bytes. */
enum { YM_ATOM_PAIR = YM_ATOM_CLASSES };

struct ym_atom {
    unsigned class;            /* enum ym_atom_class (layout.h), or YM_ATOM_PAIR */
    uint32_t off_min, off_max; /* where it may start, from the part's start */
    uint8_t len;               /* known bytes */
    uint8_t bytes[YM_ATOM_MAX];
    uint8_t sets[2][32]; /* of a pair */
};

struct ym_part {
    const struct ym_node *first; /* up to and without `end` */
    const struct ym_node *end;
    const struct ym_node *before; /* of a regular expression: what stands before the cut */
    bool is_regex;
    uint32_t gap_min, gap_max; /* before it */
    uint32_t min_length, max_length;
    struct ym_atom *atoms; /* none: verified everywhere */
    uint32_t n_atoms;
    double cost; /* expected candidates a position */
};

/* Cuts a spelling into parts (allocated in the arena) and chooses their atoms.  every_gap: also at
 * gaps that are not wide, unless they have one length. */
struct ym_atom_scratch;
YM_MUST_CHECK ym_status ym_pattern_cut(const struct ym_node *body, bool every_gap,
                                       struct ym_arena *arena, struct ym_atom_scratch *scratch,
                                       struct ym_part **ret_parts, uint32_t *ret_n,
                                       struct ym_err *err);

/* Cuts a regular expression: each part is the whole of it, by one way to find it. */
YM_MUST_CHECK ym_status ym_regex_cut(const struct ym_node *body, bool wide, struct ym_arena *arena,
                                     struct ym_atom_scratch *scratch, struct ym_part **ret_parts,
                                     uint32_t *ret_n);

/* Appends the program of a part. */
YM_MUST_CHECK ym_status ym_pattern_program(const struct ym_part *part, bool nocase,
                                           struct ym_buf *out, struct ym_err *err);

/* What a part is sought by: the two, and the four, neighbouring bytes at a fixed distance from its start
 * that are rarest in real files.  Masks of zero, and no seed, where there are none. */
struct ym_part_marks {
    struct ym_img_landmark landmark;
    bool has_seed;
    uint32_t seed_at;
    uint8_t seed[4]; /* folded */
};
struct ym_part_marks ym_part_marks(const struct ym_part *part, bool nocase);
/* -8 log2 of the probability of the pair, folded. */
int ym_pair_rarity(uint8_t a, uint8_t b);

/* Which part of the bytes of real files are these (bytes that fold to one value together)? */
double ym_byte_share(uint8_t byte);

/* Shortest and longest length of [node, end).  UINT32_MAX: unbounded. */
void ym_nodes_length(const struct ym_node *node, const struct ym_node *end, uint32_t *ret_min,
                     uint32_t *ret_max);

/* atoms.c: fills part->atoms, n_atoms and cost.  The scratch is made once for a build. */
struct ym_atom_scratch *ym_atom_scratch_new(void); /* NULL: out of memory */
void ym_atom_scratch_free(struct ym_atom_scratch *s);
/* Which part of the positions of real files begin the atom, its bytes xored with a key? */
double ym_atom_share(const struct ym_atom *a, uint8_t key);
YM_MUST_CHECK ym_status ym_part_choose_atoms(struct ym_part *part, struct ym_arena *arena,
                                             struct ym_atom_scratch *scratch);

#endif
