/* match/condition.h - the machine that evaluates a checked condition program. */
#ifndef YM_MATCH_CONDITION_H
#define YM_MATCH_CONDITION_H

#include "base/module.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_hit {
    uint64_t offset;
    uint32_t length;
};

/* What was found of one pattern.  hits are sorted by offset, one per offset; when no more than
 * YM_NEED_FOUND or YM_NEED_COUNT was asked for there may be just the first one found. */
struct ym_hits {
    const struct ym_hit *hits;
    uint32_t n;
};

/* An external variable, of the letter's type: i, d or t. */
struct ym_external_value {
    uint8_t letter;
    int64_t i;
    double d;
    struct ym_str text;
};

struct ym_mod_object;
struct ym_mod_scan;
struct ym_nfa;

struct ym_condition_input {
    const uint8_t *data;
    size_t size;
    uint64_t base;    /* what offsets of reads count from; those of hits do already */
    bool no_filesize; /* undefined */
    bool has_entrypoint;
    uint64_t entrypoint;
    void *self;
    /* Hits of pattern index i of the rule under evaluation. */
    struct ym_hits (*hits)(void *self, uint32_t pattern);
    /* How many there are (YM_NEED_FOUND: 0, or more). */
    uint32_t (*count)(void *self, uint32_t pattern);
    /* Would hits() go through the whole data for it?  Others are asked first.  May be NULL. */
    bool (*is_sought)(void *self, uint32_t pattern);
    /* Did an earlier rule's condition hold (the raw result, private rules included)? */
    bool (*rule)(void *self, uint32_t rule_id);
    /* NULL, or the variable of this number in the image (NULL: there is none). */
    const struct ym_external_value *(*external)(void *self, uint32_t id);
    /* Runs regular expressions; a program that has none needs none. */
    struct ym_nfa *nfa;
    /* What modules work on; NULL: all their values are undefined.  Its budget is set while a condition
     * runs. */
    struct ym_mod_scan *modules;
    /* The root of a module, loaded when it is first asked for; NULL: there was no memory. */
    struct ym_mod_object *(*module)(void *self, ym_module_id id);
};

/* Stack, loops and variables of a run: 100 KiB that need not be made anew for each. */
struct ym_condition_machine; /* opaque */

struct ym_condition_machine *ym_condition_machine_new(void);    /* NULL: out of memory */
void ym_condition_machine_free(struct ym_condition_machine *m); /* accepts NULL */

/* *budget counts down about one per instruction or hit looked at; at 0 the result is LIMIT, and
 * the caller reports a gap.  Undefined counts as false. */
YM_MUST_CHECK ym_status ym_condition_run(struct ym_condition_machine *m, const uint8_t *program,
                                         uint32_t size, const struct ym_condition_input *in,
                                         uint64_t *budget, bool *ret_true);

#endif
