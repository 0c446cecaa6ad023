/* fuzz_condition - hostile condition programs.  The first 4 bytes are the number of patterns, the
 * next 4 the rule's id, then one byte picks the hits; the rest is the program.  What the checker
 * lets pass must run: no crash, and an end by result or by budget.  Two runs must agree. */
#include "database/condition.h"
#include "database/condition_code.h"
#include "match/condition.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { HEAD = 9, BUDGET = 20000 };

struct object {
    uint32_t n_patterns;
    uint32_t rule_id;
    uint8_t pick;
};

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static struct ym_hits hits_of(void *self, uint32_t pattern) {
    static const struct ym_hit hits[] = {{0, 2}, {1, 1}, {7, 70}, {1u << 20, 3}};
    const struct object *o = self;

    must(pattern < o->n_patterns);
    return (struct ym_hits){hits, ((unsigned)o->pick >> (pattern % 4)) % 5};
}

static uint32_t count_of(void *self, uint32_t pattern) {
    return hits_of(self, pattern).n;
}

static bool rule_holds(void *self, uint32_t rule_id) {
    const struct object *o = self;

    must(rule_id < o->rule_id);
    return ((o->pick ^ rule_id) & 1) != 0;
}

static ym_status run(const uint8_t *program, uint32_t size, struct object *o, bool *ret_true) {
    static const uint8_t bytes[] = "MZ\x90\x00\x03\x00\x00\x00\xff\xff";
    const struct ym_condition_input in = {.data = bytes,
                                          .size = sizeof(bytes) - 1,
                                          .has_entrypoint = (o->pick & 0x80) != 0,
                                          .entrypoint = 3,
                                          .self = o,
                                          .hits = hits_of,
                                          .count = count_of,
                                          .rule = rule_holds};
    uint64_t budget = BUDGET;
    struct ym_condition_machine *m = ym_condition_machine_new();
    ym_status st =
        m == NULL ? YM_NOMEM : ym_condition_run(m, program, size, &in, &budget, ret_true);

    ym_condition_machine_free(m);

    must(st == YM_OK || (st == YM_LIMIT && budget == 0));
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct object o;
    bool first = false;
    bool second = false;
    uint32_t size;

    if (len < HEAD || len > (1 << 20)) {
        return 0;
    }
    o = (struct object){ym_cond_u32(data), ym_cond_u32(data + 4), data[8]};
    size = (uint32_t)(len - HEAD);
    if (ym_condition_check(data + HEAD, size, o.n_patterns, o.rule_id, NULL) == YM_OK) {
        must(run(data + HEAD, size, &o, &first) == run(data + HEAD, size, &o, &second));
        must(first == second);
    }
    return 0;
}
