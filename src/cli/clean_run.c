/* clean_run.c - one run of `yamori clean`: make the plan, show it, apply it, look again.  See
 * clean_run.h. */
#include "clean_run.h"

#include "cli.h"

#include "ask.h"
#include "base/arena.h"
#include "base/time.h"
#include "clean/doors.h"
#include "clean/family.h"
#include "clean/journal.h"
#include "clean_scan.h"
#include "left_record.h"
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY = 1 << 30 };

void ym_clean_print(const struct ym_buf *text) {
    if (text->len > 0) {
        (void)fwrite(text->data, 1, text->len, stdout);
    }
}

int ym_clean_finish(int status) {
    return ym_cli_finish_output() ? status : YM_EXIT_ERROR;
}

/* --- plan, apply, look again ------------------------------------------------------------------- */

static int status_of(const struct ym_clean_plan *plan, bool only_look) {
    bool found = ym_clean_plan_found(plan) || (plan->n_verdicts == 0 && plan->n_steps > 0);

    if (found && only_look) {
        return YM_EXIT_FOUND;
    }
    return plan->n_gaps + plan->unrepaired > 0 ? YM_EXIT_INCOMPLETE : YM_EXIT_CLEAN;
}

static void print_plan(const struct ym_clean_command *o, const struct ym_clean_plan *plan,
                       const char *extra) {
    struct ym_buf text;

    ym_buf_init(&text, 256 << 20);
    if (o->json) {
        ym_clean_plan_json(plan, &text);
        if (ym_buf_status(&text) == YM_OK && extra[0] != '\0') {
            text.len--; /* before the closing brace */
            ym_buf_printf(&text, ",%s}", extra);
        }
        ym_buf_add_text(&text, "\n");
    } else {
        ym_clean_plan_text(plan, &text);
    }
    ym_clean_print(&text);
    ym_buf_done(&text);
}

struct run {
    const struct ym_clean_command *o;
    struct ym_families *families;
    struct ym_volume volume;
    struct ym_arena *arena;
    struct ym_clean_plan *plan, *after;
    struct ym_doors *doors; /* with --immunise, as they were when the last plan was made */
    struct ym_clean_scan_files *scan; /* NULL: no content is looked at */
    struct ym_clean_outcome out;
};

static ym_status make_family_plan(struct run *r, struct ym_clean_plan **ret_plan,
                                  struct ym_err *err) {
    struct ym_clean_options how = {.families = r->families, .only = r->o->only, .full = r->o->full};

    how.scanner = r->scan == NULL ? NULL : ym_clean_scan_scanner(r->scan);
    return ym_clean_plan_make(&r->volume, &how, r->arena, ret_plan, err);
}

static ym_status make_plan(struct run *r, struct ym_clean_plan **ret_plan, struct ym_err *err) {
    if (r->o->immunise) {
        YM_TRY(ym_doors_look(&r->volume, r->o->doors, r->arena, &r->doors, err));
        return ym_doors_plan(r->doors, r->arena, ret_plan, err);
    }
    return make_family_plan(r, ret_plan, err);
}

/* How --undo and --resume name this run's journal; no shell breaks on it. */
static const char *journal_args(struct run *r) {
    struct ym_buf text;
    const char *args;

    if (strcmp(r->o->state, YM_CLEAN_USUAL_STATE) == 0) {
        return r->out.id;
    }
    ym_buf_init(&text, 1 << 16);
    ym_buf_printf(&text, "%s --state '", r->out.id);
    for (const char *p = r->o->state; *p != '\0'; p++) {
        ym_buf_add(&text, *p == '\'' ? "'\\''" : p, *p == '\'' ? 4 : 1);
    }
    ym_buf_add_text(&text, "'");
    args = ym_buf_status(&text) == YM_OK
               ? ym_arena_strndup(r->arena, (const char *)text.data, text.len)
               : NULL;
    ym_buf_done(&text);
    return args == NULL ? r->out.id : args;
}

static void print_cleaned(struct run *r) {
    char extra[256];

    if (r->o->json) {
        (void)snprintf(extra, sizeof(extra),
                       "\"journal\":\"%s\",\"done\":%zu,\"left\":%zu,\"clean_now\":%s", r->out.id,
                       r->out.done, r->out.left, ym_clean_plan_found(r->after) ? "false" : "true");
        print_plan(r->o, r->plan, extra);
        return;
    }
    if (r->o->quiet) {
        return;
    }
    ym_clean_print(&r->out.notes);
    if (r->o->ask) {
        return;
    }
    (void)printf("Cleaned: %zu file%s changed, %zu left. Journal %s; to take it back:\n  yamori "
                 "clean --undo %s\n",
                 r->out.done, r->out.done == 1 ? "" : "s", r->out.left, r->out.id, journal_args(r));
    if (r->o->immunise) {
        return; /* the doors are shown */
    }
    (void)printf("Looked again: %s\n", ym_clean_plan_found(r->after) ? "traces are left"
                                       : r->plan->unrepaired > 0
                                           ? "what is only reported is left, all else is gone"
                                           : "nothing is left");
}

ym_clean_lang ym_clean_command_lang(const struct ym_clean_command *o) {
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    ym_clean_lang lang = YM_CLEAN_EN;

    if (ym_clean_lang_of(o->lang, &lang)) {
        return lang;
    }
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(variables[i]); /* NOLINT(concurrency-mt-unsafe) */

        if (value != NULL && value[0] != '\0') {
            (void)ym_clean_lang_of(value, &lang);
            break;
        }
    }
    return lang;
}

static int failed(const struct run *r, const struct ym_err *err) {
    if (r->o->ask) {
        ym_ask_failed(ym_clean_command_lang(r->o));
    }
    return ym_cli_error(err);
}

/* Applies the plan and looks again; the exit status. */
static int apply(struct run *r, struct ym_err *err) {
    ym_status st = ym_clean_apply(&r->volume, r->plan, r->o->state, &r->out, err);

    if (st == YM_OK && r->scan != NULL) {
        ym_clean_scan_again(r->scan);
    }
    if (st == YM_OK) {
        st = make_plan(r, &r->after, err);
    }
    if (st != YM_OK) {
        ym_clean_print(&r->out.notes);
        (void)failed(r, err);
        if (r->out.id[0] != '\0') {
            (void)fprintf(
                stderr,
                "yamori: the work stopped half way; finish it with: yamori clean --resume %s\n"
                "yamori: or take it back with: yamori clean --undo %s\n",
                journal_args(r), journal_args(r));
        }
        return YM_EXIT_ERROR;
    }
    print_cleaned(r);
    if (ym_clean_plan_found(r->after) || r->out.left > 0 ||
        (r->o->immunise && r->after->n_steps > 0)) {
        return YM_EXIT_INCOMPLETE;
    }
    return status_of(r->after, false) == YM_EXIT_INCOMPLETE || r->plan->unrepaired > 0
               ? YM_EXIT_INCOMPLETE
               : YM_EXIT_CLEAN;
}

static void print_summary(const struct run *r, const struct ym_clean_result *result) {
    const struct ym_clean_command *o = r->o;
    struct ym_buf text;

    if (o->json) {
        return;
    }
    ym_buf_init(&text, YM_DOORS_TEXT_MAX);
    ym_buf_add_text(&text, o->quiet ? "" : "\n");
    if (o->immunise) {
        ym_doors_text(r->doors, ym_clean_command_lang(o) == YM_CLEAN_JA ? YM_DOORS_JA : YM_DOORS_EN,
                      false, &text);
    } else {
        ym_clean_summary(result, ym_clean_command_lang(o), &text);
    }
    ym_clean_print(&text);
    ym_buf_done(&text);
}

/* Detection alone leaves nothing behind, so that it can be asked of a volume that nobody may touch. */
static void write_log(const struct run *r, const struct ym_clean_result *result, int64_t started) {
    const struct ym_clean_run run = {.version = YM_VERSION,
                                     .started = started,
                                     .finished = (int64_t)time(NULL),
                                     .quiet = r->o->quiet,
                                     .n_families = ym_families_count(r->families)};
    struct ym_err err = {0};
    struct ym_buf entry;
    char text[900];

    ym_buf_init(&entry, 16 << 20);
    ym_clean_log_text(result, &run, &entry);
    if (ym_clean_log_append(r->o->state, &entry, &err) != YM_OK) {
        ym_cli_warn("no entry in the log: %s", ym_err_format(&err, text, sizeof(text)));
    }
    ym_buf_done(&entry);
}

/* --- with --ask -------------------------------------------------------------------------------- */

static void print_proposal(const struct run *r) {
    struct ym_buf text;

    ym_buf_init(&text, 16 << 20);
    ym_buf_add_text(&text, "\n");
    ym_clean_proposal(r->plan, ym_clean_command_lang(r->o), &text);
    ym_clean_print(&text);
    ym_buf_done(&text);
}

/* False: nothing may be changed. */
static bool ask_to_go_on(struct run *r) {
    ym_answer answer = YM_ANSWER_MORE;

    if (r->o->immunise) {
        return ym_ask_doors(r->doors, ym_clean_command_lang(r->o));
    }
    print_proposal(r);
    while (answer == YM_ANSWER_MORE && r->plan->n_steps > 0) {
        answer = ym_ask_clean(ym_clean_command_lang(r->o));
        if (answer == YM_ANSWER_MORE) {
            print_plan(r->o, r->plan, "");
        }
    }
    return answer == YM_ANSWER_YES;
}

static void print_after_asking(struct run *r, const struct ym_clean_result *result) {
    if (r->after == NULL) {
        ym_ask_nothing_changed(r->plan->n_steps > 0, ym_clean_command_lang(r->o));
    } else if (r->o->immunise) {
        ym_ask_doors_done(r->doors, journal_args(r), ym_clean_command_lang(r->o));
    } else {
        (void)printf("\n");
        print_summary(r, result);
    }
}

/* --- one run ----------------------------------------------------------------------------------- */

static void leave_traces(const struct run *r, const struct ym_clean_result *result, int64_t now,
                         uint64_t started, bool only_look) {
    struct ym_err why = {0};

    if (r->o->immunise) {
        return;
    }
    if (!only_look) {
        write_log(r, result, now);
    }
    if (!r->o->no_record && !r->o->plan &&
        ym_clean_leave_record(r->plan, r->after, r->out.left, started, r->o->show_record, r->arena,
                              &why) != YM_OK) {
        ym_left_record_warn(&why);
    }
}

static int work(struct run *r, struct ym_err *err) {
    bool only_look = r->o->detect_only || r->o->plan;
    uint64_t started = ym_now_ns();
    const int64_t now = (int64_t)time(NULL);
    struct ym_clean_result result;
    int rc;

    if (make_plan(r, &r->plan, err) != YM_OK) {
        return failed(r, err);
    }
    if (r->o->ask) {
        only_look = !ask_to_go_on(r);
    } else if (r->o->json ? only_look || r->plan->n_steps == 0 : !r->o->quiet) {
        print_plan(r->o, r->plan, "");
    }
    if (r->o->reg != NULL &&
        ym_cli_write_reg(r->plan, r->o->reg, !r->o->json && !r->o->quiet, err) != YM_OK) {
        return ym_cli_error(err);
    }
    rc = status_of(r->plan, only_look);
    if (!only_look && r->plan->n_steps > 0) {
        rc = apply(r, err);
    }
    result = (struct ym_clean_result){r->plan, r->after, r->after == NULL ? NULL : &r->out,
                                      journal_args(r)};
    if (rc != YM_EXIT_ERROR) {
        if (r->o->ask) {
            print_after_asking(r, &result);
        } else {
            print_summary(r, &result);
        }
        leave_traces(r, &result, now, started, only_look);
    }
    return ym_clean_finish(rc);
}

static ym_status open_scanner(struct run *r, struct ym_err *err) {
    const struct ym_clean_command *o = r->o;
    const struct ym_clean_scan_options so = {.databases = o->databases,
                                             .n_databases = o->n_databases,
                                             .jobs = o->jobs,
                                             .root = r->volume.root,
                                             .state = o->state,
                                             .progress = !o->quiet && isatty(STDERR_FILENO) == 1};

    if (!o->full || o->undo != NULL || o->resume != NULL) {
        return YM_OK;
    }
    if (o->n_databases == 0 && !ym_layers_installed()) {
        ym_cli_warn("no signatures are installed: files are known by their names and places only; "
                    "name signatures with -d, or install an image (yamori-db(1))");
        return YM_OK;
    }
    return ym_clean_scan_new(&so, &r->scan, err);
}

int ym_clean_run_command(const struct ym_clean_command *o, const char **ret_kind) {
    struct run r = {.o = o,
                    .families = ym_families_new(),
                    .arena = ym_arena_new(MEMORY),
                    .volume = {.root_fd = -1}};
    struct ym_err err = {0};
    int rc;

    ym_buf_init(&r.out.notes, 8 << 20);
    if (r.families == NULL || r.arena == NULL) {
        (void)ym_fail(&err, YM_NOMEM, "clean", YM_ERR_NO_OFFSET, "out of memory");
        rc = ym_cli_error(&err);
    } else if ((!o->immunise && ym_families_load(r.families, o->families, &err) != YM_OK) ||
               ym_volume_open(o->root == NULL ? "/" : o->root, &r.volume, &err) != YM_OK ||
               open_scanner(&r, &err) != YM_OK) {
        rc = ym_cli_error(&err);
    } else {
        rc = YM_EXIT_CLEAN;
        for (unsigned i = 0; i < o->n_only && rc == YM_EXIT_CLEAN; i++) {
            if (ym_families_find(r.families, o->only[i]) == NULL) {
                rc = ym_cli_usage_error("clean", "no family is named %s", o->only[i]);
            }
        }
        rc = rc == YM_EXIT_CLEAN ? work(&r, &err) : rc;
    }
    if (ret_kind != NULL && r.plan != NULL) {
        *ret_kind = r.plan->kind; /* a constant */
    }
    ym_clean_scan_free(r.scan);
    ym_volume_close(&r.volume);
    ym_families_free(r.families);
    ym_arena_free(r.arena);
    ym_buf_done(&r.out.notes);
    return rc;
}
