/* clean.c - yamori clean: find what known families left on a volume, repair it, take it back.
 *
 * Exit status: 0 nothing found, or all of it cleaned (or undone); 1 found, with --detect-only or
 * --plan; 2 error; 3 something could not be looked at, repaired or put back. */
#include "cli.h"

#include "ask.h"
#include "base/arena.h"
#include "base/text.h"
#include "base/time.h"
#include "clean/doors.h"
#include "clean/family.h"
#include "clean/journal.h"
#include "clean/plan.h"
#include "clean/summary.h"
#include "clean_scan.h"
#include "hook.h"
#include "left_record.h"
#include "load.h"
#include "records/record.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USUAL_STATE "/var/lib/yamori"
#ifndef YM_FAMILIES_DIR
#define YM_FAMILIES_DIR "/usr/share/yamori/families"
#endif

enum { FAMILIES_NAMED_MAX = 64, DOORS_NAMED_MAX = 64, DATABASES_MAX = 32, MEMORY = 1 << 30 };

struct options {
    const char *root, *state, *families, *undo, *resume;
    const char *only[FAMILIES_NAMED_MAX + 1];
    unsigned n_only;
    const char *doors[DOORS_NAMED_MAX + 1];
    unsigned n_doors;
    const char *databases[DATABASES_MAX];
    size_t n_databases;
    unsigned jobs;
    bool full, detect_only, plan, json, help, no_record, quiet, show_record, immunise, ask, quick;
    const char *lang, *reg;
};

static const char help[] =
    "usage: yamori clean [--root DIR] [--quick|--full [-d DB]... [-j N]]\n"
    "                    [--detect-only|--plan] [--json]\n"
    "                    [--family NAME]... [--families DIR] [--state DIR] [--lang en|ja] [-q]\n"
    "                    [--no-record] [--show-record] [--reg FILE]\n"
    "       yamori clean --ask [--root DIR] [--quick|--full] [-d DB]... [-j N]\n"
    "       yamori clean --immunise [--door ID]... --root DIR [--plan] [--json] [--state DIR]\n"
    "                    [--reg FILE]\n"
    "       yamori clean --undo ID | --resume ID [--root DIR] [--state DIR]\n"
    "\n"
    "Finds what known malware families left on this machine (/), or with --root on a mounted\n"
    "Windows volume, a removable drive, a Linux tree, or a folder of what yamori-collect took\n"
    "from a live Windows machine, shows the plan, and repairs it.\n"
    "\n"
    "  --root DIR       the volume to look at\n"
    "  --quick          only the places where these families leave traces (the default)\n"
    "  --full           also every file of the volume: its name, and its content by signatures\n"
    "  -d, --database DB  with --full: signatures, as for `yamori scan` (else the installed ones)\n"
    "  -j, --jobs N     with --full: scanner processes (default: one per processor)\n"
    "  --detect-only    look and tell; nothing is changed\n"
    "  --ask            ask what to look at and before anything is changed, in plain words; so it\n"
    "                   is too when nothing is given and a person sits at the terminal\n"
    "  --plan           show the exact changes; nothing is changed\n"
    "  --reg FILE       with --plan: also write its registry steps to FILE, for regedit on the\n"
    "                   machine itself, and how to take them back to FILE's name with .undo.reg\n"
    "  --immunise       instead of looking for families, close the doors of a Windows volume that\n"
    "                   `yamori audit` finds open and a setting can close\n"
    "  --door ID        with --immunise only this door; may be given again\n"
    "  --undo ID        put back what the clean with this journal changed\n"
    "  --resume ID      finish a clean that was interrupted\n"
    "  --family NAME    only this family\n"
    "  --families DIR   where the families are described\n"
    "  --state DIR      where journals are kept (/var/lib/yamori)\n"
    "  --json           one JSON object instead of text\n"
    "  --lang en|ja     the language of the summary (default: that of the locale)\n"
    "  -q, --quiet      only the summary\n"
    "  --show-record    also print the execution record that is left\n"
    "  --no-record      leave no execution record\n"
    "\n"
    "Exit status: 0 nothing found or everything cleaned, 1 found (--detect-only, --plan), 2 "
    "error,\n"
    "3 something could not be looked at or repaired.\n";

enum {
    O_ROOT = 256,
    O_QUICK,
    O_FULL,
    O_DETECT,
    O_PLAN,
    O_UNDO,
    O_RESUME,
    O_FAMILY,
    O_FAMILIES,
    O_STATE,
    O_JSON,
    O_NO_RECORD,
    O_LANG,
    O_SHOW_RECORD,
    O_IMMUNISE,
    O_DOOR,
    O_ASK,
    O_REG
};

static const struct option long_options[] = {
    {"root", required_argument, NULL, O_ROOT},
    {"quick", no_argument, NULL, O_QUICK},
    {"full", no_argument, NULL, O_FULL},
    {"detect-only", no_argument, NULL, O_DETECT},
    {"plan", no_argument, NULL, O_PLAN},
    {"undo", required_argument, NULL, O_UNDO},
    {"resume", required_argument, NULL, O_RESUME},
    {"family", required_argument, NULL, O_FAMILY},
    {"families", required_argument, NULL, O_FAMILIES},
    {"state", required_argument, NULL, O_STATE},
    {"json", no_argument, NULL, O_JSON},
    {"no-record", no_argument, NULL, O_NO_RECORD},
    {"show-record", no_argument, NULL, O_SHOW_RECORD},
    {"lang", required_argument, NULL, O_LANG},
    {"immunise", no_argument, NULL, O_IMMUNISE},
    {"door", required_argument, NULL, O_DOOR},
    {"reg", required_argument, NULL, O_REG},
    {"ask", no_argument, NULL, O_ASK},
    {"database", required_argument, NULL, 'd'},
    {"jobs", required_argument, NULL, 'j'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool take_scan_option(struct options *o, int c, const char *value) {
    uint32_t n = 0;

    if (c == 'd') {
        if (o->n_databases == DATABASES_MAX) {
            (void)ym_cli_usage_error("clean", "more than %d -d options", DATABASES_MAX);
            return false;
        }
        o->databases[o->n_databases++] = value;
    } else if (c == 'j') {
        if (!ym_parse_u32(value, strlen(value), &n) || n == 0) {
            (void)ym_cli_usage_error("clean", "--jobs %s: want a number from 1", value);
            return false;
        }
        o->jobs = n;
    }
    return true;
}

static bool take_option(struct options *o, int c, const char *value) {
    const char **const texts[] = {&o->root, NULL,       NULL, NULL,         NULL,
                                  &o->undo, &o->resume, NULL, &o->families, &o->state};

    if (c >= O_ROOT && c <= O_STATE && texts[c - O_ROOT] != NULL) {
        *texts[c - O_ROOT] = value;
        return true;
    }
    o->full = c == O_FULL || (o->full && c != O_QUICK);
    o->quick = c == O_QUICK || (o->quick && c != O_FULL);
    o->ask = o->ask || c == O_ASK;
    o->detect_only = o->detect_only || c == O_DETECT;
    o->plan = o->plan || c == O_PLAN;
    o->json = o->json || c == O_JSON;
    o->no_record = o->no_record || c == O_NO_RECORD;
    o->help = o->help || c == 'h';
    o->quiet = o->quiet || c == 'q';
    o->show_record = o->show_record || c == O_SHOW_RECORD;
    o->lang = c == O_LANG ? value : o->lang;
    o->reg = c == O_REG ? value : o->reg;
    o->immunise = o->immunise || c == O_IMMUNISE;
    if (c == O_DOOR) {
        if (o->n_doors == DOORS_NAMED_MAX) {
            return false;
        }
        o->doors[o->n_doors++] = value;
    }
    if (c == O_FAMILY) {
        if (o->n_only == FAMILIES_NAMED_MAX) {
            return false;
        }
        o->only[o->n_only++] = value;
    }
    return c != '?' && take_scan_option(o, c, value);
}

static int check_immunise(const struct options *o) {
    if (o->n_doors > 0 && !o->immunise) {
        return ym_cli_usage_error("clean", "--door belongs to --immunise");
    }
    if (o->immunise && (o->full || o->n_only > 0 || o->undo != NULL || o->resume != NULL ||
                        o->show_record || o->root == NULL)) {
        return ym_cli_usage_error(
            "clean", "--immunise wants --root, and excludes --full, --family, --undo, --resume "
                     "and --show-record");
    }
    for (unsigned i = 0; i < o->n_doors; i++) {
        size_t k = 0;

        while (ym_doors_id(k) != NULL && strcmp(ym_doors_id(k), o->doors[i]) != 0) {
            k++;
        }
        if (ym_doors_id(k) == NULL) {
            return ym_cli_usage_error("clean", "no door is named %s", o->doors[i]);
        }
    }
    return YM_EXIT_CLEAN;
}

static int check(const struct options *o) {
    if ((o->undo != NULL) + (o->resume != NULL) + (int)(o->plan || o->detect_only) > 1) {
        return ym_cli_usage_error("clean",
                                  "--undo, --resume and --plan/--detect-only exclude each other");
    }
    if (o->ask && (o->plan || o->detect_only || o->undo != NULL || o->resume != NULL || o->json ||
                   o->quiet || o->immunise)) {
        return ym_cli_usage_error("clean", "--ask excludes --plan, --detect-only, --undo, "
                                           "--resume, --json, --quiet and --immunise");
    }
    if (o->json && (o->show_record || o->quiet)) {
        return ym_cli_usage_error("clean", "--json excludes --quiet and --show-record");
    }
    if (o->reg != NULL && !o->plan) {
        return ym_cli_usage_error("clean", "--reg belongs to --plan");
    }
    if (!o->full && !o->ask && (o->n_databases > 0 || o->jobs > 0)) {
        return ym_cli_usage_error("clean", "--database and --jobs belong to --full, or to --ask");
    }
    if (o->lang != NULL && strcmp(o->lang, "en") != 0 && strcmp(o->lang, "ja") != 0) {
        return ym_cli_usage_error("clean", "--lang takes en or ja, not %s", o->lang);
    }
    return check_immunise(o);
}

static int parse(int argc, char **argv, struct options *o) {
    int c;

    optind = 1;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while ((c = getopt_long(argc, argv, "hqd:j:", long_options, NULL)) != -1) {
        if (!take_option(o, c, optarg)) {
            return YM_EXIT_ERROR;
        }
    }
    if (optind < argc) {
        return ym_cli_usage_error("clean", "unexpected argument %s", argv[optind]);
    }
    return check(o);
}

static void print(struct ym_buf *b) {
    if (b->len > 0) {
        (void)fwrite(b->data, 1, b->len, stdout);
    }
}

static int finish(int status) {
    return ym_cli_finish_output() ? status : YM_EXIT_ERROR;
}

/* --- undo, resume ------------------------------------------------------------------------------ */

static void print_outcome(const struct options *o, const char *what, struct ym_clean_outcome *out) {
    struct ym_buf text;

    ym_buf_init(&text, 16 << 20);
    if (o->json) {
        ym_buf_printf(&text,
                      "{\"action\":\"%s\",\"journal\":\"%s\",\"done\":%zu,\"left\":%zu,\"notes\":",
                      what, out->id, out->done, out->left);
        ym_buf_json_string(&text, out->notes.len == 0 ? "" : (const char *)out->notes.data,
                           out->notes.len);
        ym_buf_add_text(&text, "}\n");
    } else {
        ym_buf_add(&text, out->notes.data, out->notes.len);
        if (out->id[0] != '\0') {
            ym_buf_printf(&text, "%s: %zu done, %zu left (journal %s)\n", what, out->done,
                          out->left, out->id);
        }
    }
    print(&text);
    ym_buf_done(&text);
}

static int run_journal(const struct options *o) {
    struct ym_clean_outcome out = {.done = 0};
    struct ym_err err = {0};
    ym_status st;
    int rc;

    ym_buf_init(&out.notes, 8 << 20);
    st = o->undo != NULL ? ym_clean_undo(o->state, o->undo, o->root, &out, &err)
                         : ym_clean_resume(o->state, o->resume, o->root, &out, &err);
    print_outcome(o, o->undo != NULL ? "undo" : "resume", &out);
    rc = st != YM_OK ? ym_cli_error(&err) : out.left > 0 ? YM_EXIT_INCOMPLETE : YM_EXIT_CLEAN;
    ym_buf_done(&out.notes);
    return finish(rc);
}

/* --- records ----------------------------------------------------------------------------------- */

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

/* after: the plan made again when the work was done; NULL: nothing was changed. */
static ym_status leave_record(const struct ym_clean_plan *plan, const struct ym_clean_plan *after,
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

/* --- plan, apply, look again ------------------------------------------------------------------- */

static int status_of(const struct ym_clean_plan *plan, bool only_look) {
    bool found = ym_clean_plan_found(plan) || (plan->n_verdicts == 0 && plan->n_steps > 0);

    if (found && only_look) {
        return YM_EXIT_FOUND;
    }
    return plan->n_gaps + plan->unrepaired > 0 ? YM_EXIT_INCOMPLETE : YM_EXIT_CLEAN;
}

static void print_plan(const struct options *o, const struct ym_clean_plan *plan,
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
    print(&text);
    ym_buf_done(&text);
}

struct run {
    const struct options *o;
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

    if (strcmp(r->o->state, USUAL_STATE) == 0) {
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
    print(&r->out.notes);
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

static ym_clean_lang language(const struct options *o) {
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
        ym_ask_failed(language(r->o));
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
        print(&r->out.notes);
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
    const struct options *o = r->o;
    struct ym_buf text;

    if (o->json) {
        return;
    }
    ym_buf_init(&text, YM_DOORS_TEXT_MAX);
    ym_buf_add_text(&text, o->quiet ? "" : "\n");
    if (o->immunise) {
        ym_doors_text(r->doors, language(o) == YM_CLEAN_JA ? YM_DOORS_JA : YM_DOORS_EN, false,
                      &text);
    } else {
        ym_clean_summary(result, language(o), &text);
    }
    print(&text);
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
    ym_clean_proposal(r->plan, language(r->o), &text);
    print(&text);
    ym_buf_done(&text);
}

/* False: nothing may be changed. */
static bool ask_to_go_on(struct run *r) {
    ym_answer answer = YM_ANSWER_MORE;

    if (r->o->immunise) {
        return ym_ask_doors(r->doors, language(r->o));
    }
    print_proposal(r);
    while (answer == YM_ANSWER_MORE && r->plan->n_steps > 0) {
        answer = ym_ask_clean(language(r->o));
        if (answer == YM_ANSWER_MORE) {
            print_plan(r->o, r->plan, "");
        }
    }
    return answer == YM_ANSWER_YES;
}

static void print_after_asking(struct run *r, const struct ym_clean_result *result) {
    if (r->after == NULL) {
        ym_ask_nothing_changed(r->plan->n_steps > 0, language(r->o));
    } else if (r->o->immunise) {
        ym_ask_doors_done(r->doors, journal_args(r), language(r->o));
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
        leave_record(r->plan, r->after, r->out.left, started, r->o->show_record, r->arena, &why) !=
            YM_OK) {
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
    return finish(rc);
}

static ym_status open_scanner(struct run *r, struct ym_err *err) {
    const struct options *o = r->o;
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

/* ret_kind may be NULL: what kind of volume it was. */
static int run_clean(const struct options *o, const char **ret_kind) {
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

/* Asks what is not given; then cleans; then, of Windows, asks about the doors. */
static int run_asking(struct options *o) {
    struct ym_arena *arena = ym_arena_new(16 << 20);
    struct ym_places places = {.n = 0};
    const struct ym_place *place;
    const char *kind = "";
    struct ym_err err = {0};
    int rc = YM_EXIT_CLEAN;

    if (arena == NULL) {
        (void)ym_fail(&err, YM_NOMEM, "clean", YM_ERR_NO_OFFSET, "out of memory");
        return ym_cli_error(&err);
    }
    if (o->root == NULL) {
        rc = ym_places_find(arena, &places, &err) == YM_OK ? rc : ym_cli_error(&err);
        place = rc == YM_EXIT_CLEAN ? ym_ask_place(&places, language(o)) : NULL;
        o->root = place == NULL ? NULL : place->path;
    }
    if (o->root != NULL) {
        ym_ask_warn(o->root, o->state, language(o));
        o->full = o->full || (!o->quick && ym_ask_full(o->n_databases > 0 || ym_layers_installed(),
                                                       language(o)));
        rc = run_clean(o, &kind);
    }
    if (o->root != NULL && rc != YM_EXIT_ERROR && strcmp(kind, "windows") == 0) {
        struct options doors = {.root = o->root,
                                .state = o->state,
                                .families = o->families,
                                .lang = o->lang,
                                .ask = true,
                                .immunise = true};
        int second = run_clean(&doors, NULL);

        rc = second == YM_EXIT_ERROR ? second : rc;
    }
    ym_arena_free(arena);
    return rc;
}

int ym_cmd_clean(int argc, char **argv) {
    const char *families = getenv("YAMORI_FAMILIES"); /* NOLINT(concurrency-mt-unsafe) */
    struct options o = {.state = USUAL_STATE,
                        .families = families == NULL ? YM_FAMILIES_DIR : families};
    int rc = parse(argc, argv, &o);

    YM_CLI_HOOK_KILL();
    if (rc != YM_EXIT_CLEAN) {
        return rc;
    }
    if (o.help) {
        (void)fputs(help, stdout);
        return finish(YM_EXIT_CLEAN);
    }
    if (o.ask || (argc == 1 && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1)) {
        o.ask = true;
        return run_asking(&o);
    }
    return o.undo != NULL || o.resume != NULL ? run_journal(&o) : run_clean(&o, NULL);
}
