/* verify.c - the backtracking machine for part programs.  See verify.h and
 * database/pattern_code.h.
 *
 * Programs have no loops, so a straight run ends after at most as many steps as the program has
 * operations; only GAP and SPLIT branch.  Several of them could still multiply: once a job has
 * taken MEMO_AFTER steps it starts again and remembers every (branching operation, position) it
 * has entered; entering one again can only repeat what failed (or, with all_ends, what was
 * reported), so it is cut.  That bounds a job by branches x length.
 *
 * Every operand is bounded against the program here, because rows are not checked at open. */
#include "verify.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "base/text.h"
#include "database/pattern_code.h"
#include "nfa.h"

#include <string.h>

/* STACK is more than a program can branch: 65536 bytes hold 13107 operations of 5, each met once in
 * a straight run. */
enum { STACK = 16384, MEMO_SLOTS = 1 << 16, MEMO_AFTER = 2000 };

struct branch {
    uint32_t pc;   /* where to go on */
    uint32_t left; /* GAP: how many more positions may be tried */
    size_t pos;
};

struct memo {
    uint64_t key;
    uint32_t generation;
};

struct ym_verifier {
    struct branch stack[STACK];
    uint32_t depth;
    bool memo_on;
    uint32_t memo_count;
    uint32_t generation;
    struct memo *memo; /* MEMO_SLOTS; made when the first job needs it, which is seldom */
};

struct ym_verifier *ym_verifier_new(void) {
    return ym_zalloc(1, sizeof(struct ym_verifier));
}

void ym_verifier_free(struct ym_verifier *v) {
    if (v != NULL) {
        ym_free(v->memo);
    }
    ym_free(v);
}

static uint16_t load16(const uint8_t *p) {
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint32_t load32(const uint8_t *p) {
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* First visit of this branching operation at this position? */
static bool first_visit(struct ym_verifier *v, uint32_t pc, size_t pos) {
    uint64_t key = (uint64_t)pos << 17 ^ pc;
    uint32_t at = (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 48);

    while (v->memo[at].generation == v->generation) {
        if (v->memo[at].key == key) {
            return false;
        }
        at = (at + 1) % MEMO_SLOTS;
    }
    if (v->memo_count < MEMO_SLOTS / 4 * 3) { /* past that the budget alone is the bound */
        v->memo[at].key = key;
        v->memo[at].generation = v->generation;
        v->memo_count++;
    }
    return true;
}

static bool lit_equal(const uint8_t *d, const uint8_t *want, uint32_t n, uint8_t key) {
    if (key == 0) {
        return memcmp(d, want, n) == 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        if ((d[i] ^ key) != want[i]) {
            return false;
        }
    }
    return true;
}

static bool lit_equal_nocase(const uint8_t *d, const uint8_t *want, uint32_t n, uint8_t key) {
    for (uint32_t i = 0; i < n; i++) {
        if (ym_lower(d[i] ^ key) != want[i]) {
            return false;
        }
    }
    return true;
}

static bool mask_equal(const uint8_t *d, const uint8_t *values, uint32_t n, uint8_t key) {
    const uint8_t *masks = values + n;

    for (uint32_t i = 0; i < n; i++) {
        if (((d[i] ^ key) & masks[i]) != values[i]) {
            return false;
        }
    }
    return true;
}

static bool none_equal(const uint8_t *d, const uint8_t *kids, uint32_t n, uint32_t k, uint8_t key) {
    for (uint32_t i = 0; i < k; i++) {
        if (lit_equal(d, kids + (size_t)i * n, n, key)) {
            return false;
        }
    }
    return true;
}

/* One byte between `min` and `max` bytes away from pos: those before it end there (left), or those
 * after it begin there. */
static bool near_holds(const struct ym_verify_job *job, size_t pos, const uint8_t *p) {
    for (size_t away = p[2]; away <= p[3]; away++) {
        bool inside = p[1] != 0 ? pos > away : pos < job->size && job->size - pos > away;
        size_t at = p[1] != 0 ? pos - 1 - away : pos + away;

        if (inside && ((job->data[at] ^ job->key) & p[5]) == p[4]) {
            return true;
        }
    }
    return false;
}

/* ClamAV's word boundary classes: 1 may stand to the left of a word, 2 to the right, 3 both. */
static unsigned boundary_class(uint8_t c) {
    switch (c) {
    case ' ':
    case '-':
    case '/':
    case '_':
        return 3;
    case '\n':
    case '\r':
    case '"':
    case '\'':
    case '=':
    case '>':
        return 2;
    case '.':
    case '<':
    case '@':
        return 1;
    default:
        return 0;
    }
}

/* At the very end a letter counts without its zero, at the start a zero does not without its
 * letter (so in ClamAV). */
static bool is_wide_letter(const struct ym_verify_job *job, size_t at) {
    return ym_is_alnum(job->data[at]) && (job->size - at == 1 || job->data[at + 1] == 0);
}

static bool edge_holds(const struct ym_verify_job *job, size_t pos, unsigned kind) {
    bool left = kind == YM_EDGE_B_LEFT || kind == YM_EDGE_L_LEFT || kind == YM_EDGE_W_LEFT ||
                kind == YM_EDGE_W_LEFT_WIDE;
    uint8_t c;

    if (kind >= YM_EDGE_WORD) {
        return ym_nfa_edge(job->data, job->size, pos, kind);
    }
    if (left ? pos == 0 : pos >= job->size) {
        return true;
    }
    c = job->data[left ? pos - 1 : pos];
    switch (kind) {
    case YM_EDGE_B_LEFT:
        return (boundary_class(c) & 1) != 0;
    case YM_EDGE_B_RIGHT:
        return boundary_class(c) >= 2;
    case YM_EDGE_L_LEFT:
        return c == '\n';
    case YM_EDGE_L_RIGHT:
        return c == '\n' || (c == '\r' && job->size - pos > 1 && job->data[pos + 1] == '\n');
    case YM_EDGE_W_LEFT_WIDE:
        return pos < 2 || c != 0 || !is_wide_letter(job, pos - 2);
    case YM_EDGE_W_RIGHT_WIDE:
        return !is_wide_letter(job, pos);
    default:
        return !ym_is_alnum(c);
    }
}

static bool push(struct ym_verifier *v, struct branch b) {
    if (v->depth == STACK) {
        return false;
    }
    v->stack[v->depth++] = b;
    return true;
}

struct cursor {
    uint32_t pc;
    size_t pos;
};

/* Operations that consume fixed bytes: size of the operation, bytes consumed; false: no match. */
static bool step_bytes(const struct ym_verify_job *job, struct cursor *c, uint32_t left,
                       size_t room) {
    const uint8_t *p = job->program + c->pc;
    const uint8_t *d = job->data + c->pos;
    uint32_t n = left >= 3 ? load16(p + 1) : 0;
    uint32_t size = 3 + n;
    bool same = false;

    if (p[0] == YM_CODE_SET) {
        n = 1;
        size = 33;
        same = left >= size && room >= 1 &&
               (p[1 + (d[0] ^ job->key) / 8] >> (d[0] ^ job->key) % 8 & 1) != 0;
    } else if (left < 3 || room < n) {
        return false;
    } else if (p[0] == YM_CODE_LIT) {
        same = left >= size && lit_equal(d, p + 3, n, job->key);
    } else if (p[0] == YM_CODE_LITI) {
        same = left >= size && lit_equal_nocase(d, p + 3, n, job->key);
    } else if (p[0] == YM_CODE_MASK) {
        size = 3 + 2 * n;
        same = left >= size && mask_equal(d, p + 3, n, job->key);
    } else {
        uint32_t k = left >= 5 ? load16(p + 3) : 0;

        size = 5 + n * k;
        same = left >= size && none_equal(d, p + 5, n, k, job->key);
    }
    c->pc += size;
    c->pos += n;
    return same;
}

/* GAP and SPLIT: goes on with the preferred branch and remembers the other. */
static bool step_branch(struct ym_verifier *v, const struct ym_verify_job *job, struct cursor *c,
                        uint32_t left, size_t room) {
    const uint8_t *p = job->program + c->pc;
    uint32_t pc = c->pc;

    if (v->memo_on && !first_visit(v, pc, c->pos)) {
        return false;
    }
    if (p[0] == YM_CODE_SPLIT) {
        c->pc = pc + 5;
        return left >= 5 && load32(p + 1) > pc &&
               push(v, (struct branch){load32(p + 1), 0, c->pos});
    }
    if (left < 7 || room < load32(p + 1)) {
        return false;
    }
    c->pc = pc + 7;
    c->pos += load32(p + 1);
    return load16(p + 5) == 0 || push(v, (struct branch){c->pc, load16(p + 5), c->pos});
}

/* One operation; false: this branch is dead. */
static bool step(struct ym_verifier *v, const struct ym_verify_job *job, struct cursor *c) {
    const uint8_t *p = job->program + c->pc;
    uint32_t left = job->program_size - c->pc;
    size_t room = job->size - c->pos;

    switch (p[0]) {
    case YM_CODE_LIT:
    case YM_CODE_LITI:
    case YM_CODE_MASK:
    case YM_CODE_SET:
    case YM_CODE_NOT:
        return step_bytes(job, c, left, room);
    case YM_CODE_GAP:
    case YM_CODE_SPLIT:
        return step_branch(v, job, c, left, room);
    case YM_CODE_SKIP:
        if (left < 5 || room < load32(p + 1)) {
            return false;
        }
        c->pos += load32(p + 1);
        c->pc += 5;
        return true;
    case YM_CODE_JUMP:
        if (left < 5 || load32(p + 1) <= c->pc) {
            return false;
        }
        c->pc = load32(p + 1);
        return true;
    case YM_CODE_NEAR:
        c->pc += 6;
        return left >= 6 && near_holds(job, c->pos, p);
    case YM_CODE_EDGE:
        c->pc += 3;
        return left >= 3 && edge_holds(job, c->pos, p[1]) != (p[2] != 0);
    default:
        return false;
    }
}

/* Runs straight on until the program ends or the branch dies. */
static bool run_branch(struct ym_verifier *v, const struct ym_verify_job *job, struct cursor c,
                       size_t *ret_end) {
    while (c.pc<job->program_size && * job->budget> 0) {
        (*job->budget)--;
        if (job->program[c.pc] == YM_CODE_END) {
            *ret_end = c.pos;
            return true;
        }
        if (!step(v, job, &c)) {
            return false;
        }
    }
    return false;
}

/* Takes the newest branch; a GAP's stays on the stack, one byte further. */
static bool next_branch(struct ym_verifier *v, const struct ym_verify_job *job,
                        struct cursor *ret) {
    while (v->depth > 0) {
        struct branch *b = &v->stack[v->depth - 1];

        if (b->left == 0) {
            *ret = (struct cursor){b->pc, b->pos};
            v->depth--;
            return true;
        }
        if (b->pos < job->size) {
            b->left--;
            b->pos++;
            *ret = (struct cursor){b->pc, b->pos};
            if (b->left == 0) {
                v->depth--;
            }
            return true;
        }
        v->depth--;
    }
    return false;
}

/* true: done.  false: it is taking long and should start again with a memory. */
static bool run(struct ym_verifier *v, const struct ym_verify_job *job, size_t start) {
    struct cursor c = {0, start};
    uint64_t before = *job->budget;
    size_t end;

    v->depth = 0;
    do {
        if (run_branch(v, job, c, &end) && (!job->end(job->self, end) || !job->all_ends)) {
            return true;
        }
        if (!v->memo_on && before - *job->budget > MEMO_AFTER) {
            return false;
        }
    } while (*job->budget > 0 && next_branch(v, job, &c));
    return true;
}

/* An empty memory of dead ends; false: no room for one. */
static bool start_memo(struct ym_verifier *v) {
    if (v->memo == NULL) {
        v->memo = ym_zalloc(MEMO_SLOTS, sizeof(*v->memo));
    }
    if (v->memo == NULL) {
        return false;
    }
    v->memo_on = true;
    v->memo_count = 0;
    v->generation++;
    if (v->generation == 0) { /* wrapped: old marks could look new */
        memset(v->memo, 0, MEMO_SLOTS * sizeof(*v->memo));
        v->generation = 1;
    }
    return true;
}

void ym_verify(struct ym_verifier *v, const struct ym_verify_job *job, size_t start) {
    v->memo_on = false;
    if (run(v, job, start)) {
        return;
    }
    if (start_memo(v)) {
        (void)run(v, job, start);
    } else {
        *job->budget = 0; /* said as a gap, not tried without an end */
    }
}
