/* clean_record.c - the execution record that a run of `yamori clean` leaves.  See clean_run.h. */
#include "clean_run.h"

#include "base/arena.h"
#include "base/time.h"
#include "clean/family.h"
#include "clean/journal.h"
#include "left_record.h"
#include "records/record.h"

#include <string.h>

static bool was_cleaned(const struct ym_clean_finding *f, const struct ym_clean_plan *after) {
    for (const struct ym_clean_finding *g = after == NULL ? NULL : after->findings; g != NULL;
         g = g->next) {
        if (g->family == f->family && strcmp(g->where, f->where) == 0 &&
            strcmp(g->rule, f->rule) == 0) {
            return false;
        }
    }
    return after != NULL && f->repair;
}

static bool family_found(const struct ym_clean_plan *plan, const struct ym_family *f) {
    for (size_t i = 0; i < plan->n_verdicts; i++) {
        if (plan->verdicts[i].family == f) {
            return plan->verdicts[i].found;
        }
    }
    return false;
}

static ym_status add_findings(struct ym_record *rec, const struct ym_clean_plan *plan,
                              const struct ym_clean_plan *after, struct ym_arena *arena) {
    for (const struct ym_clean_finding *f = plan->findings; f != NULL; f = f->next) {
        struct ym_record_detection d = {
            .family = f->family->name, .category = f->family->category, .object = f->where};

        if (!family_found(plan, f->family)) {
            continue;
        }
        d.name = ym_arena_printf(arena, "%s/%s", f->family->name, f->artefact->id);
        YM_TRY(ym_record_add_detection(rec, &d, arena));
    }
    for (const struct ym_clean_step *s = plan->steps; s != NULL; s = s->next) {
        struct ym_record_repair r = {.result = after == NULL                ? YM_REPAIR_SKIPPED
                                               : was_cleaned(s->why, after) ? YM_REPAIR_DONE
                                                                            : YM_REPAIR_FAILED};

        r.what = ym_arena_printf(arena, "%s %s %s", ym_step_word(s->op), s->file,
                                 s->key == NULL ? "" : s->key);
        YM_TRY(ym_record_add_repair(rec, &r, arena));
    }
    return YM_OK;
}

static enum ym_outcome outcome_of(const struct ym_clean_plan *plan,
                                  const struct ym_clean_plan *after, size_t left) {
    if (!ym_clean_plan_found(plan)) {
        return YM_OUTCOME_NONE;
    }
    if (after == NULL) {
        return YM_OUTCOME_DETECTED;
    }
    return ym_clean_plan_found(after) || left > 0 || after->unrepaired > 0 ? YM_OUTCOME_PARTLY
                                                                           : YM_OUTCOME_CLEANED;
}

ym_status ym_clean_leave_record(const struct ym_clean_plan *plan, const struct ym_clean_plan *after,
                                size_t left, uint64_t started, bool show, struct ym_arena *arena,
                                struct ym_err *err) {
    struct ym_record_config cfg;
    struct ym_record rec;

    YM_TRY(ym_record_config_load(&cfg, err));
    if (!cfg.record) {
        return YM_OK;
    }
    YM_TRY(ym_record_begin(&rec, &cfg, YM_RUN_CLEAN, arena, err));
    if (strcmp(plan->kind, "linux") != 0) { /* not the system that runs this program */
        ym_left_record_windows(&rec, plan->product, plan->service_pack);
    }
    rec.files = plan->objects + plan->walked;
    rec.gaps = plan->n_gaps;
    rec.duration_ms = (ym_now_ns() - started) / 1000000;
    rec.outcome = outcome_of(plan, after, left);
    YM_TRY(add_findings(&rec, plan, after, arena));
    return ym_left_record_put(&cfg, &rec, show, err);
}
