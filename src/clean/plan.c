/* plan.c - runs the detectors of every family over a volume, then decides and numbers.
 *
 * Order is fixed (families by file name, artefacts as written, names sorted), nothing of time or
 * chance goes in: the same volume gives the same plan, to the byte.
 *
 * Detectors add a finding and its steps at once; only when all have run is it known which
 * families are there, and the steps of the others are dropped again. */
#include "collected.h"
#include "detect.h"
#include "detected.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char module[] = "clean/plan";
enum { FAMILIES_MAX = YM_FAMILIES_MAX };

static const char *const op_words[] = {
#define X(name, word) word,
    YM_STEP_TABLE(X)
#undef X
};

const char *ym_step_word(ym_step_op op) {
    return op_words[op];
}

/* --- what detectors call ----------------------------------------------------------------------- */

ym_status ym_scan_no_memory(struct ym_clean_scan *s) {
    ym_status st = ym_arena_status(s->arena);

    return ym_fail_at(s->err, st == YM_OK ? YM_NOMEM : st, module, s->volume->root, 0, 0,
                      "what was found on this volume does not fit in memory");
}

char *ym_scan_printf(struct ym_clean_scan *s, const char *fmt, ...) {
    va_list ap;
    char *out = NULL;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n >= 0 && (out = YM_ARENA_ARRAY(s->arena, (size_t)n + 1, char)) != NULL) {
        va_start(ap, fmt);
        (void)vsnprintf(out, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
    return out;
}

/* The value kept under this name, or 0. */
static uint64_t seen(struct ym_clean_scan *s, const char *name) {
    uint64_t v;

    return ym_map_get(s->seen, name, strlen(name), &v) ? v : 0;
}

/* Past the map's maximum, too, there is no more room for what is found. */
static ym_status remember(struct ym_clean_scan *s, const char *name, uint64_t value) {
    return ym_map_put(s->seen, name, strlen(name), value) == YM_OK ? YM_OK : ym_scan_no_memory(s);
}

ym_status ym_scan_gap(struct ym_clean_scan *s, const char *where, const char *why) {
    struct ym_clean_gap *g = YM_ARENA_NEW(s->arena, struct ym_clean_gap);
    const char *name;

    if (g == NULL || where == NULL ||
        (g->why = ym_arena_strndup(s->arena, why, strlen(why))) == NULL) {
        return ym_scan_no_memory(s);
    }
    name = ym_scan_printf(s, "G|%s|%s", where, why);
    if (name == NULL) {
        return ym_scan_no_memory(s);
    }
    if (seen(s, name) != 0) {
        return YM_OK;
    }
    YM_TRY(remember(s, name, 1));
    g->where = where;
    *s->gap_tail = g;
    s->gap_tail = &g->next;
    s->plan->n_gaps++;
    return YM_OK;
}

ym_status ym_scan_recovered(struct ym_clean_scan *s, const char *hive, const char *logs) {
    struct ym_clean_recovered *r;

    if (logs[0] == '\0') {
        return YM_OK;
    }
    r = YM_ARENA_NEW(s->arena, struct ym_clean_recovered);
    if (r == NULL || (r->logs = ym_arena_strndup(s->arena, logs, strlen(logs))) == NULL) {
        return ym_scan_no_memory(s);
    }
    r->hive = hive;
    *s->recovered_tail = r;
    s->recovered_tail = &r->next;
    return YM_OK;
}

ym_status ym_scan_tolerate(struct ym_clean_scan *s, ym_status st, const char *where,
                           struct ym_err *why) {
    char text[900];

    if (st == YM_OK) {
        return YM_OK;
    }
    if (st == YM_NOMEM) {
        return ym_scan_no_memory(s);
    }
    (void)snprintf(text, sizeof(text), "%s", why->text[0] == '\0' ? ym_status_text(st) : why->text);
    memset(why, 0, sizeof(*why));
    return ym_scan_gap(s, where, text);
}

/* Windows Vista and later lead old names to new ones by junctions, which a Linux mount shows as
 * links; Red Hat's etc/rc0.d to etc/rc6.d are links into etc/rc.d.  What they lead to is looked at under its
 * own name. */
static bool own_link(struct ym_clean_scan *s, const char *path) {
    static const char *const links[][2] = {{"Documents and Settings", "Users"},
                                           {"Users/All Users", "ProgramData"},
                                           {"Users/Default User", "Default"}};
    char target[4096] = "";
    const char *leaf = NULL;
    const char *last;
    bool own = false;
    int dir_fd = -1;

    if ((s->windows == NULL && strncmp(path, "etc/rc", 6) != 0) ||
        ym_volume_parent(s->volume, path, &dir_fd, &leaf, NULL) != YM_OK) {
        return false;
    }
    if (readlinkat(dir_fd, leaf, target, sizeof(target) - 1) < 0) {
        target[0] = '\0';
    }
    (void)close(dir_fd);
    if (s->windows == NULL) { /* etc/rc3.d as rc.d/rc3.d */
        return strncmp(target, "rc.d/", 5) == 0 && strcmp(target + 5, path + 4) == 0;
    }
    last = strrchr(target, '/');
    last = last == NULL ? target : last + 1;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        own = own || (ym_equal_nocase(path, links[i][0]) && ym_equal_nocase(last, links[i][1]));
    }
    return own;
}

void ym_scan_skipped(void *skips, const char *path, const char *why) {
    struct ym_scan_skips *k = skips;

    if (k->st == YM_OK && !own_link(k->s, path)) {
        k->st = ym_scan_gap(k->s, path, why);
    }
}

ym_status ym_scan_finding(struct ym_clean_scan *s, const char *rule, ym_weight weight,
                          const char *where, const char *what,
                          struct ym_clean_finding **ret_finding) {
    const char *name =
        ym_scan_printf(s, "F|%s|%s|%s|%s", s->family->name, s->artefact->id, rule, where);
    struct ym_clean_finding *f;

    if (name == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    f = (struct ym_clean_finding *)(uintptr_t)seen(/* NOLINT(performance-no-int-to-ptr) */
                                                   s, name);
    if (f == NULL) {
        f = YM_ARENA_NEW(s->arena, struct ym_clean_finding);
        if (f == NULL) {
            return ym_scan_no_memory(s);
        }
        *f = (struct ym_clean_finding){.family = s->family,
                                       .artefact = s->artefact,
                                       .rule = rule,
                                       .trace = rule,
                                       .weight = weight,
                                       .where = where,
                                       .what = what};
        YM_TRY(remember(s, name, (uint64_t)(uintptr_t)f));
        *s->finding_tail = f;
        s->finding_tail = &f->next;
        s->plan->n_findings++;
    }
    *ret_finding = f;
    return YM_OK;
}

/* Two artefacts may know the same place: each finding has a step of its own until it is decided which
 * of them are repaired. */
ym_status ym_scan_step(struct ym_clean_scan *s, const struct ym_clean_step *step) {
    const char *value = step->old.name != NULL ? step->old.name : step->after.name;
    const char *place =
        ym_scan_printf(s, "S|%s|%s|%s|%u%s", step->file, step->key == NULL ? "" : step->key,
                       value == NULL ? "" : value, step->line,
                       step->op == YM_STEP_RESET_PERMISSIONS || step->op == YM_STEP_MAKE_KEY
                           ? ym_step_word(step->op)
                           : ""); /* a place of their own */
    const char *mine =
        ym_scan_printf(s, "%s|%p", place == NULL ? "" : place, (const void *)step->why);
    struct ym_clean_step *copy = YM_ARENA_NEW(s->arena, struct ym_clean_step);

    if (place == NULL || mine == NULL || copy == NULL) {
        return ym_scan_no_memory(s);
    }
    if (seen(s, mine) != 0) {
        return YM_OK;
    }
    if (s->plan->n_steps >= YM_CLEAN_STEPS_MAX) {
        return ym_scan_gap(s, s->volume->root,
                           "more steps than one plan may have; clean again afterwards");
    }
    *copy = *step;
    copy->next = NULL;
    copy->lead = (struct ym_clean_step *)(uintptr_t)seen(/* NOLINT(performance-no-int-to-ptr) */
                                                         s, place);
    if (copy->lead == NULL) {
        copy->lead = copy;
        YM_TRY(remember(s, place, (uint64_t)(uintptr_t)copy));
    }
    YM_TRY(remember(s, mine, 1));
    *s->step_tail = copy;
    s->step_tail = &copy->next;
    s->plan->n_steps++;
    return YM_OK;
}

/* --- running them ------------------------------------------------------------------------------ */

typedef ym_status detector_fn(struct ym_clean_scan *s);
static detector_fn *const detectors[YM_ARTEFACT_KINDS] = {
    [YM_ARTEFACT_SVCHOST_SERVICE] = ym_scan_svchost_service,
    [YM_ARTEFACT_SERVICE] = ym_scan_service,
    [YM_ARTEFACT_SERVICE_START] = ym_scan_service_start,
    [YM_ARTEFACT_REGISTRY_VALUE] = ym_scan_registry_value,
    [YM_ARTEFACT_REGISTRY_MISSING] = ym_scan_registry_missing,
    [YM_ARTEFACT_REGISTRY_KEY] = ym_scan_registry_key,
    [YM_ARTEFACT_KEY_PERMISSIONS] = ym_scan_key_permissions,
    [YM_ARTEFACT_RUN_VALUE] = ym_scan_run_value,
    [YM_ARTEFACT_JOB] = ym_scan_job,
    [YM_ARTEFACT_TASK] = ym_scan_task,
    [YM_ARTEFACT_AUTORUN] = ym_scan_autorun,
    [YM_ARTEFACT_FILES] = ym_scan_files,
    [YM_ARTEFACT_TEXT_LINE] = ym_scan_text_line,
    [YM_ARTEFACT_TEXT_FILE] = ym_scan_text_file,
    [YM_ARTEFACT_PACKAGE_FILE] = ym_scan_package_file,
};

/* Of a version that is not known nothing is said. */
static bool is_of_version(const struct ym_clean_scan *s, const struct ym_artefact *a) {
    const struct ym_windows_version *from = &a->from;
    const struct ym_windows_version *until = &a->until;

    if (!from->given && !until->given) {
        return true;
    }
    return s->major != 0 &&
           (!from->given || s->major > from->major ||
            (s->major == from->major && s->minor >= from->minor)) &&
           (!until->given || s->major < until->major ||
            (s->major == until->major && s->minor <= until->minor));
}

/* Registry detectors only where there is a registry; Linux families only on a Linux tree. */
static bool applies(const struct ym_clean_scan *s, const struct ym_artefact *a) {
    bool registry = a->kind < YM_ARTEFACT_JOB;

    if (strcmp(s->family->system, "linux") == 0 || a->kind == YM_ARTEFACT_PACKAGE_FILE) {
        return strcmp(s->plan->kind, "linux") == 0;
    }
    return !registry || (s->windows != NULL && is_of_version(s, a));
}

static ym_status run_family(struct ym_clean_scan *s, const struct ym_family *f) {
    s->family = f;
    for (size_t i = 0; i < f->n_artefacts; i++) {
        s->artefact = &f->artefacts[i];
        if (applies(s, s->artefact)) {
            YM_TRY(detectors[s->artefact->kind](s));
        }
    }
    return YM_OK;
}

static ym_status exists(struct ym_clean_scan *s, const char *path, const char **ret_path) {
    struct ym_err why = {0};
    ym_status st = ym_volume_resolve(s->volume, s->arena, path, ret_path, &why);

    return st == YM_END || st == YM_UNSUPPORTED ? YM_END : st;
}

/* END: no folder of this name, nor a link that may stand for one.  Anything but OK and END: it is
 * there and cannot be looked at. */
static ym_status folder(struct ym_clean_scan *s, const char *path, const char **ret_path) {
    struct ym_err why = {0};
    struct stat sb;

    YM_TRY(ym_volume_resolve(s->volume, s->arena, path, ret_path, &why));
    YM_TRY(ym_volume_stat(s->volume, *ret_path, &sb, &why));
    return S_ISDIR(sb.st_mode) || S_ISLNK(sb.st_mode) ? YM_OK : YM_END;
}

/* A Windows folder, even one that is closed or has lost its hives: opening them says so.  Calling
 * such a volume a plain drive would call it clean. */
static ym_status windows_folder(struct ym_clean_scan *s, const char *name, const char **ret_path) {
    const char *inside = ym_scan_printf(s, "%s/System32", name);
    const char *real = "";
    ym_status st = inside == NULL ? YM_NOMEM : folder(s, name, &real);

    if (st == YM_OK) {
        st = folder(s, inside, &inside);
    }
    if (st == YM_NOMEM) {
        return ym_scan_no_memory(s);
    }
    *ret_path = real[0] == '\0' ? name : real;
    return st == YM_END ? YM_END : YM_OK;
}

/* What kind of volume this is, by what lies on it. */
ym_status ym_scan_volume(struct ym_clean_scan *s) {
    static const char *const windows[] = {"Windows", "WINNT"};
    const char *path;
    ym_status st;

    s->plan->kind = "drive";
    s->plan->system = s->plan->product = s->plan->service_pack = s->plan->current_set = "";
    s->volume->nocase = true;
    for (size_t i = 0; i < 2; i++) {
        st = windows_folder(s, windows[i], &path);
        YM_TRY(st == YM_END ? YM_OK : st);
        if (st == YM_OK && s->windows != NULL) {
            YM_TRY(ym_scan_gap(s, path, "a second Windows on this volume was not looked at"));
        } else if (st == YM_OK) {
            s->windows = path;
        }
    }
    if (s->windows != NULL) {
        s->plan->kind = "windows";
        return ym_scan_windows_open(s);
    }
    s->volume->nocase = false;
    st = exists(s, "etc/passwd", &path);
    if (st == YM_OK) {
        s->plan->kind = "linux";
        return YM_OK;
    }
    s->volume->nocase = true; /* a drive: FAT does not tell case, a Linux mount of it may */
    return st == YM_END ? YM_OK : st;
}

/* --- deciding ---------------------------------------------------------------------------------- */

static void raise_together(const struct ym_clean_plan *plan) {
    for (struct ym_clean_finding *f = plan->findings; f != NULL; f = f->next) {
        uint64_t n = 0;

        if (f->artefact->strong_from == 0 || f->weight == YM_WEIGHT_STRONG) {
            continue;
        }
        for (const struct ym_clean_finding *g = plan->findings; g != NULL; g = g->next) {
            bool first = g->artefact == f->artefact;

            for (const struct ym_clean_finding *e = plan->findings; first && e != g; e = e->next) {
                first = e->artefact != g->artefact || strcmp(e->rule, g->rule) != 0;
            }
            n += first ? 1 : 0;
        }
        if (n >= f->artefact->strong_from) {
            f->weight = YM_WEIGHT_STRONG;
        }
    }
}

/* Is this the first finding of its trace among those at least as heavy as w? */
static bool first_of_trace(const struct ym_clean_plan *plan, const struct ym_clean_finding *f,
                           ym_weight w) {
    for (const struct ym_clean_finding *e = plan->findings; e != f; e = e->next) {
        if (e->artefact == f->artefact && e->weight >= w && strcmp(e->trace, f->trace) == 0) {
            return false;
        }
    }
    return true;
}

static void judge(const struct ym_clean_plan *plan, struct ym_clean_verdict *v) {
    uint64_t strong = 0;
    uint64_t medium = 0;

    for (const struct ym_clean_finding *f = plan->findings; f != NULL; f = f->next) {
        if (f->family != v->family) {
            continue;
        }
        v->strong += f->weight == YM_WEIGHT_STRONG ? 1U : 0U;
        v->medium += f->weight == YM_WEIGHT_MEDIUM ? 1U : 0U;
        v->weak += f->weight == YM_WEIGHT_WEAK ? 1U : 0U;
        if (f->weight == YM_WEIGHT_STRONG && first_of_trace(plan, f, YM_WEIGHT_STRONG)) {
            strong++;
            v->found = v->found || f->artefact->alone;
        }
        if (f->weight >= YM_WEIGHT_MEDIUM && first_of_trace(plan, f, YM_WEIGHT_MEDIUM)) {
            medium++;
        }
    }
    v->found = v->found || (strong >= v->family->needs_strong && medium >= v->family->needs_medium);
}

static bool is_found(const struct ym_clean_plan *plan, const struct ym_family *family) {
    for (size_t i = 0; i < plan->n_verdicts; i++) {
        if (plan->verdicts[i].family == family) {
            return plan->verdicts[i].found;
        }
    }
    return false;
}

static bool is_repaired(const struct ym_clean_plan *plan, const struct ym_clean_finding *f) {
    return is_found(plan, f->family) && !f->artefact->report_only &&
           (!f->artefact->on_its_own || f->weight == YM_WEIGHT_STRONG);
}

static bool serves(const struct ym_clean_step *p, const struct ym_clean_finding *f) {
    return p->why == f || (p->op != YM_STEP_REMOVE_LINE && strcmp(p->file, f->where) == 0) ||
           (f->artefact == p->why->artefact && p->key != NULL &&
            ym_ends_with_nocase(f->where, p->key));
}

static bool has_step(const struct ym_clean_plan *plan, const struct ym_clean_finding *f) {
    for (const struct ym_clean_step *p = plan->steps; p != NULL; p = p->next) {
        if (serves(p, f)) {
            return true;
        }
    }
    for (const struct ym_clean_step *p = plan->spared; p != NULL; p = p->next) {
        if (p->why == f) {
            return true;
        }
    }
    return false;
}

/* Does p take the whole file or key away of which q changes a part? */
static bool covers(const struct ym_clean_step *p, const struct ym_clean_step *q) {
    size_t n;

    if (p == q || strcmp(p->file, q->file) != 0) {
        return false;
    }
    if (q->op == YM_STEP_REMOVE_LINE) {
        return p->op == YM_STEP_REMOVE_FILE;
    }
    if (p->op != YM_STEP_DELETE_KEY || p->key == NULL || q->key == NULL) {
        return false;
    }
    n = strlen(p->key);
    return strncasecmp(p->key, q->key, n) == 0 && (q->key[n] == '\0' || q->key[n] == '\\');
}

static bool is_covered(const struct ym_clean_plan *plan, const struct ym_clean_step *q) {
    if (q->op != YM_STEP_REMOVE_LINE && q->key == NULL) {
        return false;
    }
    for (const struct ym_clean_step *p = plan->steps; p != NULL; p = p->next) {
        if (covers(p, q)) {
            return true;
        }
    }
    return false;
}

static void put_aside(struct ym_clean_step **list, struct ym_clean_step *p) {
    p->next = *list;
    *list = p;
}

/* Drops the steps of what is not to be repaired, and of each place all but the first. */
static void drop_steps(struct ym_clean_plan *plan) {
    struct ym_clean_step **link = &plan->steps;

    while (*link != NULL) {
        struct ym_clean_step *p = *link;

        if (!is_repaired(plan, p->why)) {
            *link = p->next;
            put_aside(&plan->dropped, p);
        } else if (p->lead->taken) {
            *link = p->next;
            put_aside(&plan->spared, p);
        } else {
            p->lead->taken = true;
            link = &p->next;
        }
    }
}

static void drop_covered(struct ym_clean_plan *plan) {
    struct ym_clean_step **link = &plan->steps;

    plan->n_steps = 0;
    while (*link != NULL) {
        struct ym_clean_step *p = *link;

        if (is_covered(plan, p)) {
            *link = p->next;
            put_aside(&plan->spared, p);
            continue;
        }
        p->number = (unsigned)++plan->n_steps;
        link = &p->next;
    }
}

static bool done_by_another(const struct ym_clean_plan *plan, const struct ym_clean_finding *f) {
    for (const struct ym_clean_step *p = plan->dropped; p != NULL; p = p->next) {
        if (p->why == f && p->lead->taken) {
            return true;
        }
    }
    return false;
}

/* What a family that is there leaves behind when it is not repaired: a strong trace, or damage that only
 * lacked something to repair it with. */
static bool wants_repair(const struct ym_clean_finding *f) {
    return f->weight == YM_WEIGHT_STRONG || f->artefact->copy_control_set ||
           (f->artefact->kind == YM_ARTEFACT_PACKAGE_FILE && f->weight != YM_WEIGHT_WEAK);
}

/* Which families are there; drops the steps of what is not to be repaired, numbers the rest. */
static void decide(struct ym_clean_plan *plan) {
    unsigned number = 0;

    raise_together(plan);
    for (size_t i = 0; i < plan->n_verdicts; i++) {
        judge(plan, &plan->verdicts[i]);
    }
    drop_steps(plan);
    drop_covered(plan);
    for (struct ym_clean_finding *f = plan->findings; f != NULL; f = f->next) {
        f->number = ++number;
        f->repair = is_repaired(plan, f) && has_step(plan, f);
        f->by_another =
            !f->repair && (done_by_another(plan, f) ||
                           (f->artefact->kind == YM_ARTEFACT_PACKAGE_FILE && has_step(plan, f)));
        plan->unrepaired += is_found(plan, f->family) && !f->repair && wants_repair(f) ? 1U : 0U;
    }
}

/* --- the whole --------------------------------------------------------------------------------- */

static bool wanted(const struct ym_clean_options *o, const struct ym_family *f) {
    if (o->only == NULL || o->only[0] == NULL) {
        return true;
    }
    for (size_t i = 0; o->only[i] != NULL; i++) {
        if (ym_equal_nocase(o->only[i], f->name)) {
            return true;
        }
    }
    return false;
}

/* What is looked for, in the order of the family files. */
static ym_status list_families(struct ym_clean_scan *s, const struct ym_clean_options *o,
                               const struct ym_family ***ret_list, size_t *ret_n) {
    const struct ym_family **list =
        YM_ARENA_ARRAY(s->arena, FAMILIES_MAX, const struct ym_family *);
    size_t n = 0;

    if (list == NULL) {
        return ym_scan_no_memory(s);
    }
    for (const struct ym_family *f = ym_families_first(o->families); f != NULL; f = f->next) {
        if (wanted(o, f)) {
            list[n++] = f;
        }
    }
    *ret_list = list;
    *ret_n = n;
    return YM_OK;
}

/* own: families that only a scanner named, the last one first. */
static ym_status make_verdicts(struct ym_clean_scan *s, const struct ym_family *const *list,
                               size_t n, const struct ym_clean_detected *d) {
    struct ym_clean_verdict *v = YM_ARENA_ARRAY(s->arena, n + d->n_own, struct ym_clean_verdict);
    const struct ym_family *f = d->own;

    if (v == NULL) {
        return ym_scan_no_memory(s);
    }
    for (size_t i = 0; i < n; i++) {
        v[i].family = list[i];
        v[i].looked = strcmp(list[i]->system, "linux") != 0 || strcmp(s->plan->kind, "linux") == 0;
    }
    for (size_t i = n + d->n_own; i > n; i--) {
        v[i - 1].family = f;
        v[i - 1].looked = true;
        f = f->next;
    }
    s->plan->verdicts = v;
    s->plan->n_verdicts = n + d->n_own;
    return YM_OK;
}

static ym_status run_all(struct ym_clean_scan *s, const struct ym_clean_options *o) {
    struct ym_clean_detected d = {.s = s, .options = o};
    const struct ym_family **list = NULL;
    size_t n = 0;

    YM_TRY(ym_scan_volume(s));
    YM_TRY(s->windows == NULL ? YM_OK : ym_scan_windows_classes(s));
    YM_TRY(ym_collected_files_gap(s));
    YM_TRY(list_families(s, o, &list, &n));
    for (size_t i = 0; i < n; i++) {
        YM_TRY(run_family(s, list[i]));
    }
    if (s->full) {
        YM_TRY(ym_scan_walk(s, list, n));
    }
    if (s->scanner != NULL) {
        d.families = list;
        d.n_families = n;
        YM_TRY(ym_scan_detected(&d));
    }
    return make_verdicts(s, list, n, &d);
}

ym_status ym_clean_plan_make(struct ym_volume *volume, const struct ym_clean_options *options,
                             struct ym_arena *arena, struct ym_clean_plan **ret_plan,
                             struct ym_err *err) {
    struct ym_clean_plan *plan = YM_ARENA_NEW(arena, struct ym_clean_plan);
    struct ym_clean_scan s = {.arena = arena,
                              .volume = volume,
                              .plan = plan,
                              .err = err,
                              .full = options->full,
                              .scanner = options->full ? options->scanner : NULL,
                              .families = options->families,
                              .seen = ym_map_new(4U << 20)};
    ym_status st;

    if (plan == NULL || s.seen == NULL) {
        ym_map_free(s.seen);
        return ym_fail_at(err, YM_NOMEM, module, volume->root, 0, 0, "out of memory");
    }
    plan->arena = arena;
    plan->root = volume->root;
    plan->full = options->full;
    plan->scanned = s.scanner != NULL;
    s.finding_tail = &plan->findings;
    s.step_tail = &plan->steps;
    s.gap_tail = &plan->gaps;
    s.recovered_tail = &plan->recovered;
    st = run_all(&s, options);
    ym_scan_windows_close(&s);
    ym_map_free(s.seen);
    YM_TRY(st);
    decide(plan);
    *ret_plan = plan;
    return YM_OK;
}

bool ym_clean_plan_found(const struct ym_clean_plan *plan) {
    for (size_t i = 0; i < plan->n_verdicts; i++) {
        if (plan->verdicts[i].found) {
            return true;
        }
    }
    return false;
}
