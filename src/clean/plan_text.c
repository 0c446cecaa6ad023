/* plan_text.c - a plan as text and as JSON.  See clean/plan.h. */
#include "clean/plan.h"

#include "base/text.h"
#include "clean/meta.h"

#include <string.h>

void ym_clean_safe(struct ym_buf *out, const char *text) {
    size_t left = strlen(text);

    while (left > 0) {
        unsigned char c = (unsigned char)*text;
        unsigned n = ym_utf8_length(text, left);

        if (n == 0 || c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa0)) {
            ym_buf_printf(out, "\\x%02x", c);
            n = 1;
        } else {
            ym_buf_add(out, text, n);
        }
        text += n;
        left -= n;
    }
}

static void line(struct ym_buf *out, const char *label, const char *text) {
    ym_buf_printf(out, "      %-6s", label);
    ym_clean_safe(out, text);
    ym_buf_add_text(out, "\n");
}

/* "came through" is what is known of the family, not what was seen on this volume. */
static void text_doors(const struct ym_texts *doors, struct ym_buf *out) {
    for (size_t i = 0; i < doors->n; i++) {
        ym_buf_add_text(out, i == 0 ? "    came through: " : ", ");
        ym_clean_safe(out, doors->v[i]);
    }
    ym_buf_add_text(out, doors->n == 0 ? "" : "\n");
}

static void text_family(const struct ym_clean_verdict *v, struct ym_buf *out) {
    ym_buf_printf(out, "  %s (%s, %s): %s (findings: %u strong, %u medium, %u weak)\n",
                  v->family->name, v->family->category[0] == '\0' ? "malware" : v->family->category,
                  v->family->severity, v->found ? "FOUND" : "signs too weak to count", v->strong,
                  v->medium, v->weak);
    if (v->found) {
        if (v->family->summary != NULL) { /* a name that no family claims has none */
            ym_buf_add_text(out, "    ");
            ym_clean_safe(out, v->family->summary);
            ym_buf_add_text(out, "\n");
        }
        text_doors(&v->family->doors, out);
    }
}

static void text_families(const struct ym_clean_plan *plan, struct ym_buf *out) {
    size_t absent = 0;
    size_t others = 0;

    ym_buf_add_text(out, "Families\n");
    for (size_t i = 0; i < plan->n_verdicts; i++) {
        const struct ym_clean_verdict *v = &plan->verdicts[i];

        if (v->strong + v->medium + v->weak > 0) {
            text_family(v, out);
        } else if (v->looked) {
            absent++;
        } else {
            others++;
        }
    }
    ym_buf_printf(out, "  looked for and not found: %zu\n", absent);
    if (others > 0) {
        ym_buf_printf(out, "  not looked for, they belong to another system: %zu\n", others);
    }
}

static void text_recovered(const struct ym_clean_plan *plan, struct ym_buf *out) {
    for (const struct ym_clean_recovered *r = plan->recovered; r != NULL; r = r->next) {
        ym_clean_safe(out, r->hive);
        ym_buf_add_text(out, " was not closed properly; applied first: ");
        ym_clean_safe(out, r->logs);
        ym_buf_add_text(out, "\n");
    }
}

static void text_exports(const struct ym_clean_plan *plan, struct ym_buf *out) {
    if (plan->collected) {
        ym_buf_add_text(out,
                        "Collected from a live machine: shown, not repaired here (--plan --reg "
                        "FILE)\n");
    }
    for (const struct ym_clean_place *p = plan->places; p != NULL; p = p->next) {
        if (p->exported) {
            ym_clean_safe(out, p->file);
            ym_buf_add_text(out, " is an export of ");
            ym_clean_safe(out, p->place == NULL ? "a user" : p->place);
            ym_buf_add_text(out, "\n");
        }
    }
}

static void text_packages(const struct ym_clean_plan *plan, struct ym_buf *out) {
    if (plan->packages != NULL && strcmp(plan->packages, "rpm") == 0) {
        ym_buf_add_text(out, "Files of packages were not compared: the database of rpm is not read "
                             "here (rpm -Va compares them)\n");
    } else if (plan->packages != NULL && strcmp(plan->packages, "prelinked") == 0) {
        ym_buf_add_text(out, "Files of packages were not compared: prelink has changed them all\n");
    } else if (plan->packages != NULL && strcmp(plan->packages, "none") == 0) {
        ym_buf_add_text(out, "Files of packages were not compared: no package database is there\n");
    }
}

static void text_finding(const struct ym_clean_finding *f, struct ym_buf *out) {
    ym_buf_printf(out, "  F%-4u%-7s%s/%s", f->number, ym_weight_word(f->weight), f->family->name,
                  f->artefact->id);
    if (strcmp(f->rule, f->artefact->id) != 0) {
        ym_buf_add_text(out, "/");
        ym_clean_safe(out, f->rule);
    }
    ym_buf_printf(out, "%s\n",
                  f->repair                  ? ""
                  : f->by_another            ? "  [a sign; changed with another finding]"
                  : f->artefact->report_only ? "  [reported only]"
                                             : "  [left as it is]");
    line(out, "where", f->where);
    line(out, "what", f->what);
}

static void text_locks(const struct ym_clean_step *s, struct ym_buf *out) {
    if (s->locks != 0) {
        ym_buf_printf(out, "      lock  %s (chattr): is taken off\n", ym_meta_locks(s->locks));
    }
    if (s->folder_locks != 0) {
        ym_buf_printf(out, "      lock  its folder is %s (chattr): is taken off\n",
                      ym_meta_locks(s->folder_locks));
    }
}

static void text_step(const struct ym_clean_step *s, struct ym_buf *out) {
    const char *value = s->old.name != NULL ? s->old.name : s->after.name;

    ym_buf_printf(out, "  S%-4u%-14s", s->number,
                  s->op == YM_STEP_REMOVE_FILE ? "quarantine" : ym_step_word(s->op));
    ym_clean_safe(out, s->file);
    if (s->line != 0) {
        ym_buf_printf(out, ":%u", s->line);
    }
    ym_buf_add_text(out, "\n");
    if (s->key != NULL) {
        line(out, "key", s->key);
    }
    if (value != NULL) {
        line(out, "value", value[0] == '\0' ? "(default)" : value);
    }
    line(out, "old", s->old_text);
    line(out, "new", s->new_text);
    text_locks(s, out);
    ym_buf_printf(out, "      why   F%u\n      undo  yes\n", s->why->number);
}

void ym_clean_plan_text(const struct ym_clean_plan *plan, struct ym_buf *out) {
    static const char *const kinds[][2] = {
        {"windows", "a Windows volume"},
        {"linux", "a Linux system"},
        {"drive", "a drive without a system that is known here"}};

    ym_buf_add_text(out, "Volume ");
    ym_clean_safe(out, plan->root);
    for (size_t i = 0; i < 3; i++) {
        ym_buf_printf(out, "%s%s", strcmp(kinds[i][0], plan->kind) == 0 ? ": " : "",
                      strcmp(kinds[i][0], plan->kind) == 0 ? kinds[i][1] : "");
    }
    ym_buf_printf(out, "%s", plan->system[0] == '\0' ? "" : ", ");
    ym_clean_safe(out, plan->system);
    ym_buf_printf(out, " (%s)\n",
                  plan->scanned ? "full: artefact places, the names and the content of every file"
                  : plan->full  ? "full: artefact places and the names of every file"
                                : "quick: artefact places only");
    text_recovered(plan, out);
    text_exports(plan, out);
    text_packages(plan, out);
    text_families(plan, out);
    ym_buf_printf(out, "Findings: %zu\n", plan->n_findings);
    for (const struct ym_clean_finding *f = plan->findings; f != NULL; f = f->next) {
        text_finding(f, out);
    }
    ym_buf_printf(out, "Steps: %zu\n", plan->n_steps);
    for (const struct ym_clean_step *s = plan->steps; s != NULL; s = s->next) {
        text_step(s, out);
    }
    ym_buf_printf(out, "Not looked at or not repaired: %zu\n", plan->n_gaps + plan->unrepaired);
    for (const struct ym_clean_gap *g = plan->gaps; g != NULL; g = g->next) {
        ym_buf_add_text(out, "  ");
        ym_clean_safe(out, g->where);
        ym_buf_add_text(out, ": ");
        ym_clean_safe(out, g->why);
        ym_buf_add_text(out, "\n");
    }
    if (plan->unrepaired > 0) {
        ym_buf_printf(out, "  %zu finding%s above without a step\n", plan->unrepaired,
                      plan->unrepaired == 1 ? "" : "s");
    }
}

/* --- JSON -------------------------------------------------------------------------------------- */

static void member(struct ym_buf *out, const char *name, const char *text) {
    ym_buf_printf(out, ",\"%s\":", name);
    ym_buf_json_string(out, text, strlen(text));
}

static void json_doors(const struct ym_texts *doors, struct ym_buf *out) {
    ym_buf_add_text(out, ",\"doors\":[");
    for (size_t i = 0; i < doors->n; i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        ym_buf_json_string(out, doors->v[i], strlen(doors->v[i]));
    }
    ym_buf_add_text(out, "]");
}

static void json_families(const struct ym_clean_plan *plan, struct ym_buf *out) {
    for (size_t i = 0; i < plan->n_verdicts; i++) {
        const struct ym_clean_verdict *v = &plan->verdicts[i];

        ym_buf_printf(out, "%s{\"looked\":%s,\"found\":%s,\"strong\":%u,\"medium\":%u,\"weak\":%u",
                      i == 0 ? "" : ",", v->looked ? "true" : "false", v->found ? "true" : "false",
                      v->strong, v->medium, v->weak);
        member(out, "name", v->family->name);
        member(out, "category", v->family->category);
        member(out, "severity", v->family->severity);
        if (v->found) {
            json_doors(&v->family->doors, out);
            member(out, "summary", v->family->summary == NULL ? "" : v->family->summary);
        }
        ym_buf_add_text(out, "}");
    }
}

static void json_finding(const struct ym_clean_finding *f, struct ym_buf *out) {
    ym_buf_printf(out, "%s{\"id\":\"F%u\",\"repair\":%s", f->number == 1 ? "" : ",", f->number,
                  f->repair ? "true" : "false");
    member(out, "family", f->family->name);
    member(out, "artefact", f->artefact->id);
    member(out, "rule", f->rule);
    member(out, "weight", ym_weight_word(f->weight));
    member(out, "where", f->where);
    member(out, "what", f->what);
    ym_buf_add_text(out, "}");
}

static void json_step(const struct ym_clean_step *s, struct ym_buf *out) {
    const char *value = s->old.name != NULL ? s->old.name : s->after.name;

    ym_buf_printf(out, "%s{\"id\":\"S%u\",\"reversible\":true,\"why\":\"F%u\"",
                  s->number == 1 ? "" : ",", s->number, s->why->number);
    member(out, "op", ym_step_word(s->op));
    member(out, "file", s->file);
    if (s->line != 0) {
        ym_buf_printf(out, ",\"line\":%u", s->line);
    }
    if (s->key != NULL) {
        member(out, "key", s->key);
    }
    if (value != NULL) {
        member(out, "value", value);
    }
    member(out, "old", s->old_text);
    member(out, "new", s->new_text);
    if (s->from != NULL) {
        member(out, "from", s->from);
    }
    if (s->locks != 0) {
        member(out, "lock", ym_meta_locks(s->locks));
    }
    if (s->folder_locks != 0) {
        member(out, "folder_lock", ym_meta_locks(s->folder_locks));
    }
    ym_buf_add_text(out, "}");
}

void ym_clean_plan_json(const struct ym_clean_plan *plan, struct ym_buf *out) {
    ym_buf_printf(out, "{\"full\":%s,\"scanned\":%s,\"found\":%s", plan->full ? "true" : "false",
                  plan->scanned ? "true" : "false", ym_clean_plan_found(plan) ? "true" : "false");
    member(out, "root", plan->root);
    member(out, "kind", plan->kind);
    member(out, "system", plan->system);
    if (plan->packages != NULL) {
        member(out, "packages", plan->packages);
    }
    ym_buf_add_text(out, ",\"families\":[");
    json_families(plan, out);
    ym_buf_add_text(out, "],\"findings\":[");
    for (const struct ym_clean_finding *f = plan->findings; f != NULL; f = f->next) {
        json_finding(f, out);
    }
    ym_buf_add_text(out, "],\"steps\":[");
    for (const struct ym_clean_step *s = plan->steps; s != NULL; s = s->next) {
        json_step(s, out);
    }
    ym_buf_printf(out, "],\"collected\":%s,\"recovered\":[", plan->collected ? "true" : "false");
    for (const struct ym_clean_recovered *r = plan->recovered; r != NULL; r = r->next) {
        ym_buf_printf(out, "%s{\"hive\":", r == plan->recovered ? "" : ",");
        ym_buf_json_string(out, r->hive, strlen(r->hive));
        member(out, "logs", r->logs);
        ym_buf_add_text(out, "}");
    }
    ym_buf_add_text(out, "],\"gaps\":[");
    for (const struct ym_clean_gap *g = plan->gaps; g != NULL; g = g->next) {
        ym_buf_printf(out, "%s{\"why\":", g == plan->gaps ? "" : ",");
        ym_buf_json_string(out, g->why, strlen(g->why));
        member(out, "where", g->where);
        ym_buf_add_text(out, "}");
    }
    ym_buf_printf(out, "],\"unrepaired\":%zu,\"objects\":%llu,\"walked\":%llu,\"files\":%llu}",
                  plan->unrepaired, (unsigned long long)plan->objects,
                  (unsigned long long)plan->walked, (unsigned long long)plan->files);
}
