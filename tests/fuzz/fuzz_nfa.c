/* fuzz_nfa - regular expressions of YARA and the automata that come of them.
 *
 * The first byte chooses: even, a text follows up to a zero byte, then data.  The text is the
 * expression of a string (bits 1 to 4 of the first byte: flags i and s, wide, fullword); what
 * the parser makes of it must compile to programs that pass the check, and both ways of running
 * them must agree. Odd, a program follows, its size before it (u16): what the check lets pass
 * must run. */
#include "../../src/match/nfa.h"
#include "base/buf.h"
#include "database/nfa.h"
#include "signatures/rule.h"
#include "signatures/yara.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { BUDGET = 200000, TEXT_MAX = 512, DATA_MAX = 256, PLACES = 24 };

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

struct object {
    struct ym_nfa *nfa;
    const uint8_t *data;
    size_t n;
};

/* Where the runs end, as one number; budget 0: not all was run. */
struct answer {
    uint64_t sum;
    uint64_t budget;
};

static bool add_end(void *self, size_t end) {
    uint64_t *sum = self;

    *sum = (*sum ^ end) * UINT64_C(0x100000001b3);
    return true;
}

static struct answer run(struct object *o, const uint8_t *program, uint32_t size, bool backwards,
                         bool cached) {
    struct answer a = {.sum = 1, .budget = BUDGET};
    struct ym_nfa_job job = {.program = program,
                             .data = o->data,
                             .size = o->n,
                             .reach = 100,
                             .backwards = backwards,
                             .budget = &a.budget};

    ym_nfa_use_cache(o->nfa, cached);
    for (size_t i = 0; i < PLACES && i <= o->n; i++) {
        size_t end;

        job.at = backwards ? o->n - i : i;
        if (ym_nfa_match(o->nfa, &job, &end)) {
            must(backwards ? end <= job.at : end >= job.at && end <= o->n);
            (void)add_end(&a.sum, end);
        }
        ym_nfa_ends(o->nfa, &job, add_end, &a.sum);
    }
    (void)add_end(&a.sum, ym_nfa_search(o->nfa, program, size, o->data, o->n, &a.budget));
    return a;
}

static void compare(struct object *o, const uint8_t *program, uint32_t size, bool backwards) {
    struct answer cached;
    struct answer plain;

    ym_nfa_forget(o->nfa);
    cached = run(o, program, size, backwards, true);
    plain = run(o, program, size, backwards, false);
    must(cached.budget == 0 || plain.budget == 0 || cached.sum == plain.sum);
}

static void compile_and_compare(struct object *o, const struct ym_node *body, bool nocase) {
    for (unsigned backwards = 0; backwards < 2; backwards++) {
        struct ym_buf b;
        ym_status st;

        ym_buf_init(&b, 4 << 20);
        st = ym_nfa_compile(body, nocase, backwards != 0, &b, NULL);
        must(st == YM_OK || st == YM_LIMIT);
        if (st == YM_OK) {
            must(ym_nfa_check(b.data, (uint32_t)b.len, NULL) == YM_OK);
            compare(o, b.data, (uint32_t)b.len, backwards != 0);
        }
        ym_buf_done(&b);
    }
}

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err) {
    (void)err;
    /* An expression with a slash in it can go on as a string of its own. */
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        const struct ym_pattern *p = &rule->patterns[i];

        if ((p->flags & YM_PATTERN_REGEX) != 0) {
            must(p->n_variants == 1);
            compile_and_compare(self, p->variants[0].body, (p->flags & YM_PATTERN_NOCASE) != 0);
        }
    }
    *ret_id = 0;
    return YM_OK;
}

static void run_expression(struct object *o, unsigned choice, const char *text, size_t n) {
    const struct ym_yara_options options = {.skip_bad = false};
    const struct ym_sink sink = {.self = o, .rule = on_rule};
    struct ym_yara *y = ym_yara_new(&options, &sink);
    struct ym_buf b;

    ym_buf_init(&b, 4096);
    ym_buf_add_text(&b, "rule r { strings: $a = /");
    ym_buf_add(&b, text, n);
    ym_buf_printf(&b, "/%s%s %s%s condition: $a }", (choice & 2) != 0 ? "i" : "",
                  (choice & 4) != 0 ? "s" : "", (choice & 8) != 0 ? "wide " : "",
                  (choice & 16) != 0 ? "fullword" : "");
    if (y != NULL && ym_buf_status(&b) == YM_OK) {
        ym_status st = ym_yara_file(y, "r.yar", (const char *)b.data, b.len, "", NULL);

        must(st == YM_OK || st == YM_MALFORMED || st == YM_UNSUPPORTED || st == YM_LIMIT);
    }
    ym_yara_free(y);
    ym_buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct object o;
    size_t n;

    if (len < 4 || len > 1 << 16) {
        return 0;
    }
    o.nfa = ym_nfa_new();
    if (o.nfa == NULL) {
        return 0;
    }
    if ((data[0] & 1) != 0) {
        n = (size_t)data[1] | (size_t)data[2] << 8;
        n = n < len - 3 ? n : len - 3;
        o.data = data + 3 + n;
        o.n = len - 3 - n < DATA_MAX ? len - 3 - n : DATA_MAX;
        if (ym_nfa_check(data + 3, (uint32_t)n, NULL) == YM_OK) {
            compare(&o, data + 3, (uint32_t)n, (data[0] & 2) != 0);
        }
    } else {
        const uint8_t *zero = memchr(data + 1, 0, len - 1);

        n = zero == NULL ? len - 1 : (size_t)(zero - (data + 1));
        o.data = zero == NULL ? data + len : zero + 1;
        o.n = len - (size_t)(o.data - data);
        o.n = o.n < DATA_MAX ? o.n : DATA_MAX;
        if (n <= TEXT_MAX) {
            run_expression(&o, data[0], (const char *)data + 1, n);
        }
    }
    ym_nfa_free(o.nfa);
    return 0;
}
