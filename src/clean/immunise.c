/* immunise.c - the changes that close doors, as a plan.  See clean/doors.h.
 *
 * A plan's findings belong to a family's artefacts.  Doors have one of their own kind, which is in no family
 * file and is never found: nothing of it is counted as malware. */
#include "clean/doors.h"

#include "base/text.h"

#include <string.h>

static const char module[] = "clean/immunise";

static const struct ym_family family = {.name = "Doors",
                                        .category = "",
                                        .severity = "",
                                        .system = "windows",
                                        .summary = "Settings that let worms in."};

struct make {
    struct ym_arena *arena;
    struct ym_clean_plan *plan;
    struct ym_clean_finding **finding_tail;
    struct ym_clean_step **step_tail;
};

/* The artefact that stands for a door; NULL: no memory. */
static struct ym_artefact *artefact_of(struct make *m, const struct ym_door *d) {
    struct ym_artefact *a = YM_ARENA_NEW(m->arena, struct ym_artefact);

    if (a != NULL) {
        a->id = d->id;
        a->kind = YM_ARTEFACT_REGISTRY_VALUE;
        a->weight = YM_WEIGHT_WEAK;
        a->source = d->advisory;
    }
    return a;
}

static struct ym_clean_finding *add_finding(struct make *m, const struct ym_door *d) {
    struct ym_clean_finding *f = YM_ARENA_NEW(m->arena, struct ym_clean_finding);
    const struct ym_artefact *a = artefact_of(m, d);

    if (f == NULL || a == NULL) {
        return NULL;
    }
    f->number = (unsigned)++m->plan->n_findings;
    f->family = &family;
    f->artefact = a;
    f->rule = f->trace = d->id;
    f->where = d->advisory[0] == '\0' ? d->id : d->advisory;
    f->what =
        ym_arena_printf(m->arena, "%s: %s", d->title.in[YM_DOORS_EN], ym_door_state_word(d->state));
    f->repair = d->n_changes > 0;
    *m->finding_tail = f;
    m->finding_tail = &f->next;
    return f->what == NULL ? NULL : f;
}

static bool is_equal(const struct ym_reg_value *a, const struct ym_reg_value *b) {
    const char *x = a->name == NULL ? "" : a->name;
    const char *y = b->name == NULL ? "" : b->name;

    return (a->name == NULL) == (b->name == NULL) && ym_equal_nocase(x, y);
}

/* Does a step change this value already?  Several doors ask for the same. */
static bool is_planned(const struct ym_clean_plan *plan, const struct ym_door_change *c) {
    for (const struct ym_clean_step *s = plan->steps; s != NULL; s = s->next) {
        const struct ym_reg_value *name = s->after.name != NULL ? &s->after : &s->old;

        if (strcmp(s->file, c->file) == 0 && ym_equal_nocase(s->key, c->key) &&
            is_equal(name, c->after.name != NULL ? &c->after : &c->old)) {
            return true;
        }
    }
    return false;
}

/* "REG_DWORD 4"; NULL: no memory. */
static const char *shown(struct make *m, const struct ym_reg_value *v) {
    const char *text;

    if (v->name == NULL) {
        return "(absent)";
    }
    text = ym_reg_show(m->arena, v);
    return text == NULL ? NULL
                        : ym_arena_printf(m->arena, "%s %s", ym_reg_type_word(v->type), text);
}

static bool add_step(struct make *m, const struct ym_door_change *c,
                     const struct ym_clean_finding *why) {
    struct ym_clean_step *s = YM_ARENA_NEW(m->arena, struct ym_clean_step);

    if (s == NULL) {
        return false;
    }
    *s = (struct ym_clean_step){.number = (unsigned)++m->plan->n_steps,
                                .op = c->op,
                                .file = c->file,
                                .key = c->key,
                                .old = c->old,
                                .after = c->after,
                                .old_text = shown(m, &c->old),
                                .new_text = shown(m, &c->after),
                                .why = why,
                                .lead = s,
                                .taken = true};
    *m->step_tail = s;
    m->step_tail = &s->next;
    return s->old_text != NULL && s->new_text != NULL;
}

static bool add_door(struct make *m, const struct ym_door *d) {
    const struct ym_clean_finding *f = add_finding(m, d);

    m->plan->unrepaired += d->n_changes == 0 ? 1 : 0;
    if (f == NULL) {
        return false;
    }
    for (const struct ym_door_change *c = d->changes; c != NULL; c = c->next) {
        if (!is_planned(m->plan, c) && !add_step(m, c, f)) {
            return false;
        }
    }
    return true;
}

ym_status ym_doors_plan(const struct ym_doors *doors, struct ym_arena *arena,
                        struct ym_clean_plan **ret_plan, struct ym_err *err) {
    struct ym_clean_plan *plan = YM_ARENA_NEW(arena, struct ym_clean_plan);
    struct make m = {.arena = arena, .plan = plan};
    bool all = plan != NULL;

    if (all) {
        *plan = (struct ym_clean_plan){.arena = arena,
                                       .root = doors->root,
                                       .kind = "windows",
                                       .system = doors->system,
                                       .product = doors->product,
                                       .service_pack = doors->service_pack,
                                       .gaps = doors->gaps,
                                       .recovered = doors->recovered,
                                       .places = doors->places,
                                       .current_set = doors->current_set,
                                       .collected = doors->collected};
        m.finding_tail = &plan->findings;
        m.step_tail = &plan->steps;
    }
    for (const struct ym_clean_gap *g = doors->gaps; all && g != NULL; g = g->next) {
        plan->n_gaps++;
    }
    for (const struct ym_door *d = doors->first; all && d != NULL; d = d->next) {
        if (d->state == YM_DOOR_OPEN || d->state == YM_DOOR_PARTLY) {
            all = add_door(&m, d);
        }
    }
    if (!all) {
        return ym_fail_at(err, YM_NOMEM, module, doors->root, 0, 0, "out of memory");
    }
    *ret_plan = plan;
    return YM_OK;
}
