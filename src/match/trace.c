/* trace.c - what was found of each rule, for people who write them.  See trace.h.
 *
 * Runs after the object was answered, over the same hits; what it asks in addition (patterns that
 * no rule needed) is sought now. */
#include "trace.h"

#include "base/kinds.h"
#include "logic.h"

#include <string.h>

enum { MAX_RULES = 256, MAX_PLACES = 16, MAX_PATTERNS = 256 };

void ym_trace_line(const struct ym_run *r, struct ym_buf *line) {
    if (ym_buf_status(line) == YM_OK && line->len > 0) {
        r->in->trace->line(r->in->trace->self, (const char *)line->data);
    }
    ym_buf_done(line);
}

void ym_trace_hits(const struct ym_hits *hits, struct ym_buf *line) {
    for (uint32_t i = 0; i < hits->n && i < MAX_PLACES; i++) {
        ym_buf_printf(line, "%s%llu", i == 0 ? ", at " : " ",
                      (unsigned long long)hits->hits[i].offset);
    }
    if (hits->n > MAX_PLACES) {
        ym_buf_add_text(line, " ...");
    }
}

static void trace_pattern(struct ym_run *r, const struct ym_img_rule *rule, uint32_t i) {
    const uint32_t id = rule->first_pattern + i;
    const struct ym_img_pattern *p = ym_db_row(r->db, YM_SECTION_PATTERNS, id);
    struct ym_hits hits;
    struct ym_buf b;

    if (p == NULL) {
        return;
    }
    hits = ym_run_hits(r, id);
    ym_buf_init(&b, 4096);
    ym_buf_printf(&b, "  pattern %s: ", p->id == 0 ? "of it" : ym_db_string(r->db, p->id));
    ym_buf_add_text(&b, hits.n > 0                      ? "found"
                        : p->place_kind == YM_PLACE_ANY ? "not found"
                                                        : "not found where it has to lie");
    ym_trace_hits(&hits, &b);
    ym_trace_line(r, &b);
}

static void trace_rule(struct ym_run *r, uint32_t id, const struct ym_img_rule *rule) {
    const bool other = rule->target != YM_TARGET_ANY && rule->target != r->in->target;
    const bool holds = (r->scratch->rule_marks[id] & YM_MARK_TRUE) != 0;
    struct ym_buf b;

    ym_buf_init(&b, 16384);
    ym_buf_printf(&b, "%.4000s: %s", ym_db_string(r->db, rule->name),
                  holds ? "matches" : "does not match");
    if (other) {
        ym_buf_printf(&b, ": it is for target %u, this is of target %u", rule->target,
                      r->in->target);
    }
    ym_trace_line(r, &b);
    if (other) {
        return;
    }
    if ((rule->flags & YM_RULE_LOGICAL) != 0) {
        ym_logic_trace(r, rule);
        return;
    }
    for (uint32_t i = 0; i < rule->n_patterns && i < MAX_PATTERNS; i++) {
        trace_pattern(r, rule, i);
    }
}

void ym_run_trace(struct ym_run *r) {
    const uint32_t n = ym_db_count(r->db, YM_SECTION_RULES);

    const char *only = r->in->trace->only;

    for (uint32_t i = 0; i < n && (i < MAX_RULES || only != NULL); i++) {
        const struct ym_img_rule *rule = ym_db_row(r->db, YM_SECTION_RULES, i);
        const unsigned lang = rule == NULL                 ? 0
                              : rule->lang == YM_LANG_YARA ? (unsigned)YM_MATCH_YARA
                                                           : (unsigned)YM_MATCH_CLAMAV;

        if (only != NULL && rule != NULL && strcmp(ym_db_string(r->db, rule->name), only) != 0) {
            continue;
        }
        if ((r->in->langs & lang) != 0) {
            trace_rule(r, i, rule);
        }
    }
}
