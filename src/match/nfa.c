/* nfa.c - the machine for regular expressions.  See nfa.h and database/nfa_code.h.
 *
 * Threads are simulated side by side (Pike): a list of operations, those of preferred threads
 * first; every byte makes the next list.  A thread that has matched cuts off all that are less
 * preferred, unless every end is wanted.  An operation stands in a list once, so a byte costs at
 * most the length of the program, whatever the expression.
 *
 * On top of that, lists are kept as the states of an automaton that is built while it runs (the
 * idea is that of RE2's and grep's lazy DFA): a state is a list with its order, and where a byte
 * leads from it is computed once, by the same step as above.  Then a byte costs a look-up.
 * Bytes that no operation tells apart share a class.  Expressions with zero-width tests do
 * without, for their lists depend on the neighbours; so does a run for which states had to be
 * thrown away again and again.
 *
 * The cache is one array of numbers.  A state is   matched, n, number of its program, the n
 * operations, then one number a class: 0 not known yet, else where the next state lies.  When it
 * is full, everything is thrown away. */
#include "nfa.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "base/text.h"
#include "database/nfa_code.h"

#include <string.h>

enum {
    POOL = 1 << 18,  /* numbers in the cache: 1 MiB */
    SLOTS = 1 << 13, /* of the table that finds states */
    PROGRAMS = 256,  /* known at once, WAYS places for each */
    WAYS = 4,
    MAX_FLUSHES = 2,  /* in one run */
    BYTES_A_STEP = 4, /* by cached states, for one unit of work */
    ALL_OPS = YM_NFA_MAX_OPS
};

/* How lists are made: what a match does to the threads behind it, and whether one starts at
 * every place. */
typedef enum mode { PREFERRED, EVERY_END, SEARCH } mode;

struct list {
    uint32_t n;
    uint32_t at[ALL_OPS];    /* operations in order of preference */
    uint32_t where[ALL_OPS]; /* at[where[op]] == op when op is in the list */
};

/* A program the cache knows. */
struct known {
    const uint8_t *program; /* NULL: none */
    mode mode;
    uint32_t number; /* no other program has or had it, so that states of two are not mixed up */
    uint32_t start;  /* its first state, 0: not made */
    unsigned n_classes;
    uint8_t class_of[256];
    uint8_t byte_of[256]; /* one byte of each class */
};

struct cache {
    uint32_t used;
    uint32_t pool[POOL]; /* place 0 is no state */
    uint32_t slots[SLOTS];
    uint32_t n_slots;
    uint32_t next_victim, next_number;
    struct known known[PROGRAMS];
};

struct ym_nfa {
    struct list lists[2];
    uint32_t stack[2 * ALL_OPS + 1];
    bool use_cache;
    struct cache *cache; /* made when it is needed first */
};

struct ym_nfa *ym_nfa_new(void) {
    struct ym_nfa *s = ym_zalloc(1, sizeof(*s)); /* pages are touched as programs need them */

    if (s != NULL) {
        s->use_cache = true;
    }
    return s;
}

void ym_nfa_free(struct ym_nfa *s) {
    if (s != NULL) {
        ym_free(s->cache);
    }
    ym_free(s);
}

void ym_nfa_use_cache(struct ym_nfa *s, bool use) {
    s->use_cache = use;
}

static void flush(struct cache *c) {
    memset(c->slots, 0, sizeof(c->slots));
    c->n_slots = 0;
    c->used = 1;
}

void ym_nfa_forget(struct ym_nfa *s) {
    if (s->cache == NULL || s->cache->used <= 1) {
        return;
    }
    flush(s->cache);
    for (unsigned i = 0; i < PROGRAMS; i++) {
        s->cache->known[i].program = NULL;
    }
}

/* ---- Zero-width tests ------------------------------------------------------------------------ */

static bool is_word(const uint8_t *data, size_t size, size_t at, bool wide) {
    if (at >= size || (wide && size - at < 2)) {
        return false;
    }
    return (ym_is_alnum(data[at]) || data[at] == '_') && (!wide || data[at + 1] == 0);
}

bool ym_nfa_edge(const uint8_t *data, size_t size, size_t pos, unsigned kind) {
    bool wide = kind == YM_EDGE_WORD_WIDE;
    size_t step = wide ? 2 : 1;

    if (kind == YM_EDGE_START) {
        return pos == 0;
    }
    if (kind == YM_EDGE_END) {
        return pos == size;
    }
    return (pos >= step && is_word(data, size, pos - step, wide)) != is_word(data, size, pos, wide);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* One run. */
struct run {
    struct ym_nfa *s;
    const struct ym_nfa_job *job;
    const uint8_t *program, *sets;
    mode mode;
    bool no_text;      /* there are no zero-width tests; places mean nothing */
    size_t last_start; /* SEARCH: a match may begin before this place */
};

static void spend(const struct run *r, uint64_t n) {
    *r->job->budget -= n < *r->job->budget ? n : *r->job->budget;
}

static bool list_add(struct list *l, uint32_t op) {
    uint32_t w = l->where[op];

    if (w < l->n && l->at[w] == op) {
        return false;
    }
    l->where[op] = l->n;
    l->at[l->n++] = op;
    return true;
}

/* Where a thread at operation i goes on without a byte; false: it waits there, or ends. */
static bool follow(const struct run *r, uint32_t i, size_t pos, uint32_t *depth,
                   uint32_t *ret_next) {
    struct ym_nfa_op op = ym_nfa_op_at(r->program, i);

    switch ((ym_nfa_opcode)op.op) {
    case YM_NFA_JUMP:
        *ret_next = op.to;
        return true;
    case YM_NFA_SPLIT:
        r->s->stack[(*depth)++] = op.a != 0 ? i + 1 : op.to;
        *ret_next = op.a != 0 ? op.to : i + 1;
        return true;
    case YM_NFA_EDGE:
        *ret_next = i + 1;
        return !r->no_text && ym_nfa_edge(r->job->data, r->job->size, pos, op.a) != (op.b != 0);
    case YM_NFA_MATCH:
    case YM_NFA_BYTE:
    case YM_NFA_SET:
    case YM_NFA_OPCODES:
        break;
    }
    return false;
}

/* A thread comes to operation i at place pos: it and all it splits into, in order of preference. */
static void add_thread(const struct run *r, struct list *l, uint32_t i, size_t pos) {
    uint32_t depth = 0;

    r->s->stack[depth++] = i;
    while (depth > 0) {
        uint32_t at = r->s->stack[--depth];

        while (list_add(l, at) && follow(r, at, pos, &depth, &at)) {
        }
    }
}

static bool takes(const struct run *r, const struct ym_nfa_op *op, uint8_t c) {
    if (op->op == YM_NFA_BYTE) {
        return (c & op->b) == op->a;
    }
    return op->op == YM_NFA_SET && (r->sets[(size_t)op->to * 32 + c / 8] >> c % 8 & 1) != 0;
}

/* Is there a match in the list?  Unless every end is wanted, what is behind it is cut off. */
static bool cut_at_match(const struct run *r, struct list *l) {
    for (uint32_t i = 0; i < l->n; i++) {
        if (ym_nfa_op_at(r->program, l->at[i]).op == YM_NFA_MATCH) {
            l->n = r->mode == EVERY_END ? l->n : i;
            return true;
        }
    }
    return false;
}

/* The threads of ops[0..n) take byte c and are at place pos then. */
static void step(const struct run *r, const uint32_t *ops, uint32_t n, uint8_t c, size_t pos,
                 struct list *next) {
    next->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct ym_nfa_op op = ym_nfa_op_at(r->program, ops[i]);

        if (takes(r, &op, c)) {
            add_thread(r, next, ops[i] + 1, pos);
        }
    }
    if (r->mode == SEARCH && pos < r->last_start) {
        add_thread(r, next, 0, pos);
    }
}

/* ---- Cached states --------------------------------------------------------------------------- */

/* Splits the classes by whether the operation takes their bytes. */
static void refine(const struct run *r, struct known *k, const struct ym_nfa_op *op) {
    uint8_t other[256]; /* class of those that are taken; 0: none yet, and 0 is never a new class */

    memset(other, 0, sizeof(other));
    for (unsigned c = 0; c < 256; c++) {
        bool first_is_taken = takes(r, op, k->byte_of[k->class_of[c]]);

        if (takes(r, op, (uint8_t)c) == first_is_taken) {
            continue;
        }
        if (other[k->class_of[c]] == 0) {
            other[k->class_of[c]] = (uint8_t)k->n_classes;
            k->byte_of[k->n_classes++] = (uint8_t)c;
        }
        k->class_of[c] = other[k->class_of[c]];
    }
}

static void make_classes(const struct run *r, struct known *k) {
    struct ym_nfa_head h = ym_nfa_head_at(r->program);
    uint8_t seen[32] = {0}; /* values that need not be looked at again, with a full mask */

    memset(k->class_of, 0, sizeof(k->class_of));
    k->n_classes = 1;
    k->byte_of[0] = 0;
    for (uint32_t i = 0; i < h.n_sets; i++) {
        struct ym_nfa_op op = {.op = YM_NFA_SET, .to = i};

        refine(r, k, &op);
    }
    for (uint32_t i = 0; i < h.n_ops; i++) {
        struct ym_nfa_op op = ym_nfa_op_at(r->program, i);

        if (op.op != YM_NFA_BYTE || (op.b == 0xff && (seen[op.a / 8] >> op.a % 8 & 1) != 0)) {
            continue;
        }
        refine(r, k, &op);
        seen[op.a / 8] = (uint8_t)(seen[op.a / 8] | (op.b == 0xff) << op.a % 8);
    }
}

static struct cache *cache_of(struct ym_nfa *s) {
    if (s->cache == NULL && s->use_cache) {
        s->cache = ym_zalloc(1, sizeof(*s->cache));
        if (s->cache != NULL) {
            flush(s->cache);
        }
    }
    return s->use_cache ? s->cache : NULL;
}

static struct known *know(const struct run *r, struct cache *c) {
    /* Without a hash, so that who is in whose way does not depend on where the image is mapped. */
    uintptr_t h = ((uintptr_t)r->program >> 3) + (uintptr_t)r->mode;
    struct known *set = &c->known[h % (PROGRAMS / WAYS) * WAYS];
    struct known *k = NULL;

    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].program == r->program && set[i].mode == r->mode) {
            return &set[i];
        }
        k = set[i].program == NULL ? &set[i] : k;
    }
    k = k == NULL ? &set[c->next_victim++ % WAYS] : k;
    k->program = r->program;
    k->mode = r->mode;
    k->number = c->next_number++;
    k->start = 0;
    make_classes(r, k);
    spend(r, 64 + 4 * (uint64_t)ym_nfa_head_at(r->program).n_sets);
    return k;
}

static bool same_state(const uint32_t *state, bool matched, const struct list *l) {
    return state[0] == matched && state[1] == l->n &&
           memcmp(state + 3, l->at, l->n * sizeof(*l->at)) == 0;
}

static uint32_t hash_list(const struct known *k, bool matched, const struct list *l) {
    uint64_t h = (uint64_t)k->number << 1 | matched;

    for (uint32_t i = 0; i < l->n; i++) {
        h = (h ^ l->at[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return (uint32_t)(h >> 16) % SLOTS;
}

/* Only operations that wait for a byte make a state. */
static void drop_passed(const struct run *r, struct list *l) {
    uint32_t n = 0;

    for (uint32_t i = 0; i < l->n; i++) {
        uint8_t op = ym_nfa_op_at(r->program, l->at[i]).op;

        if (op == YM_NFA_BYTE || op == YM_NFA_SET) {
            l->at[n++] = l->at[i];
        }
    }
    l->n = n;
}

static uint32_t find_state(const struct cache *c, const struct known *k, bool matched,
                           const struct list *l) {
    for (uint32_t h = hash_list(k, matched, l); c->slots[h] != 0; h = (h + 1) % SLOTS) {
        const uint32_t *state = c->pool + c->slots[h];

        if (state[2] == k->number && same_state(state, matched, l)) {
            return c->slots[h];
        }
    }
    return 0;
}

static uint32_t put_state(struct cache *c, const struct known *k, bool matched,
                          const struct list *l) {
    uint32_t h = hash_list(k, matched, l);
    uint32_t *state = c->pool + c->used;

    while (c->slots[h] != 0) {
        h = (h + 1) % SLOTS;
    }
    c->slots[h] = c->used;
    c->n_slots++;
    c->used += 3 + l->n + k->n_classes;
    state[0] = matched;
    state[1] = l->n;
    state[2] = k->number;
    memcpy(state + 3, l->at, l->n * sizeof(*l->at));
    memset(state + 3 + l->n, 0, k->n_classes * sizeof(*state));
    return c->slots[h];
}

static void throw_away(struct cache *c) {
    flush(c);
    for (unsigned i = 0; i < PROGRAMS; i++) {
        c->known[i].start = 0;
    }
}

/* The state of this list, for which all others may have been thrown away (*ret_flushed). */
static uint32_t state_of(const struct run *r, struct cache *c, const struct known *k,
                         struct list *l, bool *ret_flushed) {
    bool matched = cut_at_match(r, l);
    uint32_t found;

    drop_passed(r, l);
    found = find_state(c, k, matched, l);
    *ret_flushed = false;
    if (found != 0) {
        return found;
    }
    if (3 + l->n + k->n_classes > POOL - c->used || c->n_slots > SLOTS / 2) {
        throw_away(c);
        *ret_flushed = true;
    }
    return put_state(c, k, matched, l);
}

/* ---- Running --------------------------------------------------------------------------------- */

/* What the run has come to. */
struct progress {
    size_t done;  /* bytes */
    size_t room;  /* bytes it may take */
    bool found;   /* a match, the last that counts: */
    size_t taken; /* bytes of it */
    bool (*end)(void *self, size_t end);
    void *self;
};

static uint8_t byte_at(const struct run *r, size_t done) {
    return r->job->data[r->job->backwards ? r->job->at - 1 - done : r->job->at + done];
}

static size_t place(const struct run *r, size_t done) {
    return r->job->backwards ? r->job->at - done : r->job->at + done;
}

/* A match after p->done bytes; false: enough. */
static bool on_match(const struct run *r, struct progress *p) {
    p->found = true;
    p->taken = p->done;
    if (r->mode == SEARCH) {
        return false;
    }
    return r->mode != EVERY_END || p->end(p->self, place(r, p->done));
}

/* Thread by thread, from the list at hand; its matches before p->done were seen. */
static void run_lists(const struct run *r, struct list *now, struct list *next,
                      struct progress *p) {
    while (*r->job->budget > 0) {
        struct list *swap = now;

        spend(r, 1 + now->n);
        if ((cut_at_match(r, now) && !on_match(r, p)) || now->n == 0 || p->done == p->room) {
            return;
        }
        step(r, now->at, now->n, byte_at(r, p->done), place(r, p->done + 1), next);
        p->done++;
        now = next;
        next = swap;
    }
}

/* A run over cached states. */
struct states {
    struct cache *cache;
    struct known *known;
    uint32_t at; /* the state it has come to */
    unsigned flushes;
};

/* Makes the state that a byte of the class leads to; false: too many were thrown away, and *now
 * is the list of the state at hand. */
static bool make_next(const struct run *r, struct states *t, uint8_t class, struct list *now,
                      struct list *next) {
    const uint32_t *state = t->cache->pool + t->at;
    uint32_t link = t->at + 3 + state[1] + class;
    bool flushed;

    now->n = state[1];
    memcpy(now->at, state + 3, now->n * sizeof(*now->at));
    if (t->flushes > MAX_FLUSHES) {
        return false;
    }
    step(r, now->at, now->n, t->known->byte_of[class], 0, next);
    spend(r, 2 + (uint64_t)now->n + next->n);
    t->at = state_of(r, t->cache, t->known, next, &flushed);
    if (!flushed) {
        t->cache->pool[link] = t->at;
    }
    t->flushes += flushed;
    return true;
}

/* Goes on while states are known or can be made; false: *now is the list to go on with. */
static bool run_states(const struct run *r, struct states *t, struct list *now, struct list *next,
                       struct progress *p) {
    uint64_t steps = 0;
    bool done = true;

    while (*r->job->budget > steps / BYTES_A_STEP) {
        const uint32_t *state = t->cache->pool + t->at;
        uint8_t class;

        if ((state[0] != 0 && !on_match(r, p)) || state[1] == 0 || p->done == p->room) {
            break;
        }
        class = t->known->class_of[byte_at(r, p->done)];
        if (state[3 + state[1] + class] != 0) {
            t->at = state[3 + state[1] + class];
        } else if (!make_next(r, t, class, now, next)) {
            done = false;
            break;
        }
        p->done++;
        steps++;
    }
    spend(r, 1 + steps / BYTES_A_STEP);
    return done;
}

static void start_list(const struct run *r, struct list *l) {
    l->n = 0;
    add_thread(r, l, 0, r->job->at);
}

static bool start_states(struct run *r, struct states *t) {
    bool flushed;

    t->cache = cache_of(r->s);
    if (t->cache == NULL || (ym_nfa_head_at(r->program).flags & YM_NFA_HAS_EDGES) != 0) {
        return false;
    }
    r->no_text = true;
    t->known = know(r, t->cache);
    if (t->known->start == 0) {
        start_list(r, &r->s->lists[0]);
        spend(r, r->s->lists[0].n);
        t->known->start = state_of(r, t->cache, t->known, &r->s->lists[0], &flushed);
    }
    t->at = t->known->start;
    return true;
}

static void run(struct ym_nfa *s, const struct ym_nfa_job *job, mode m, struct progress *p) {
    size_t room = job->backwards ? job->at : job->size - job->at;
    struct run r = {.s = s, .job = job, .program = job->program, .mode = m};
    struct states t = {.flushes = 0};
    struct list *now = &s->lists[0];
    struct list *next = &s->lists[1];

    r.sets = ym_nfa_sets(job->program, ym_nfa_head_at(job->program).n_ops);
    p->room = room < job->reach ? room : job->reach;
    r.last_start = job->at + p->room;
    if (start_states(&r, &t)) {
        if (run_states(&r, &t, now, next, p)) {
            return;
        }
    } else {
        start_list(&r, now);
    }
    run_lists(&r, now, next, p);
}

bool ym_nfa_match(struct ym_nfa *s, const struct ym_nfa_job *job, size_t *ret_end) {
    struct progress p = {.found = false};

    run(s, job, PREFERRED, &p);
    if (p.found) {
        *ret_end = job->backwards ? job->at - p.taken : job->at + p.taken;
    }
    return p.found;
}

void ym_nfa_ends(struct ym_nfa *s, const struct ym_nfa_job *job,
                 bool (*end)(void *self, size_t end), void *self) {
    struct progress p = {.end = end, .self = self};

    run(s, job, EVERY_END, &p);
}

bool ym_nfa_any(struct ym_nfa *s, const struct ym_nfa_job *job) {
    struct progress p = {.found = false};

    run(s, job, SEARCH, &p);
    return p.found;
}

bool ym_nfa_search(struct ym_nfa *s, const uint8_t *program, uint32_t size, const uint8_t *text,
                   size_t n, uint64_t *budget) {
    struct ym_nfa_job job = {.program = program, .data = text, .size = n, .reach = YM_NFA_REACH};

    job.budget = budget;
    return size > 0 && ym_nfa_any(s, &job);
}
