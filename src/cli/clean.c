/* clean.c - yamori clean: find what known families left on a volume, repair it, take it back.
 *
 * Exit status: 0 nothing found, or all of it cleaned (or undone); 1 found, with --detect-only or
 * --plan; 2 error; 3 something could not be looked at, repaired or put back. */
#include "cli.h"

#include "ask.h"
#include "base/arena.h"
#include "base/text.h"
#include "clean/journal.h"
#include "clean_run.h"
#include "hook.h"
#include "load.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef YM_FAMILIES_DIR
#define YM_FAMILIES_DIR "/usr/share/yamori/families"
#endif

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

static bool take_scan_option(struct ym_clean_command *o, int c, const char *value) {
    uint32_t n = 0;

    if (c == 'd') {
        if (o->n_databases == YM_CLEAN_DATABASES_MAX) {
            (void)ym_cli_usage_error("clean", "more than %d -d options", YM_CLEAN_DATABASES_MAX);
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

static bool take_option(struct ym_clean_command *o, int c, const char *value) {
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
        if (o->n_doors == YM_CLEAN_DOORS_NAMED_MAX) {
            return false;
        }
        o->doors[o->n_doors++] = value;
    }
    if (c == O_FAMILY) {
        if (o->n_only == YM_CLEAN_FAMILIES_NAMED_MAX) {
            return false;
        }
        o->only[o->n_only++] = value;
    }
    return c != '?' && take_scan_option(o, c, value);
}

static int check_immunise(const struct ym_clean_command *o) {
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

static int check(const struct ym_clean_command *o) {
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

static int parse(int argc, char **argv, struct ym_clean_command *o) {
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

/* --- undo, resume ------------------------------------------------------------------------------ */

static void print_outcome(const struct ym_clean_command *o, const char *what,
                          struct ym_clean_outcome *out) {
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
    ym_clean_print(&text);
    ym_buf_done(&text);
}

static int run_journal(const struct ym_clean_command *o) {
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
    return ym_clean_finish(rc);
}

/* --- asking -------------------------------------------------------------------------------------- */

/* Asks what is not given; then cleans; then, of Windows, asks about the doors. */
static int run_asking(struct ym_clean_command *o) {
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
        place = rc == YM_EXIT_CLEAN ? ym_ask_place(&places, ym_clean_command_lang(o)) : NULL;
        o->root = place == NULL ? NULL : place->path;
    }
    if (o->root != NULL) {
        ym_ask_warn(o->root, o->state, ym_clean_command_lang(o));
        o->full = o->full || (!o->quick && ym_ask_full(o->n_databases > 0 || ym_layers_installed(),
                                                       ym_clean_command_lang(o)));
        rc = ym_clean_run_command(o, &kind);
    }
    if (o->root != NULL && rc != YM_EXIT_ERROR && strcmp(kind, "windows") == 0) {
        struct ym_clean_command doors = {.root = o->root,
                                         .state = o->state,
                                         .families = o->families,
                                         .lang = o->lang,
                                         .ask = true,
                                         .immunise = true};
        int second = ym_clean_run_command(&doors, NULL);

        rc = second == YM_EXIT_ERROR ? second : rc;
    }
    ym_arena_free(arena);
    return rc;
}

int ym_cmd_clean(int argc, char **argv) {
    const char *families = getenv("YAMORI_FAMILIES"); /* NOLINT(concurrency-mt-unsafe) */
    struct ym_clean_command o = {.state = YM_CLEAN_USUAL_STATE,
                                 .families = families == NULL ? YM_FAMILIES_DIR : families};
    int rc = parse(argc, argv, &o);

    YM_CLI_HOOK_KILL();
    if (rc != YM_EXIT_CLEAN) {
        return rc;
    }
    if (o.help) {
        (void)fputs(help, stdout);
        return ym_clean_finish(YM_EXIT_CLEAN);
    }
    if (o.ask || (argc == 1 && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1)) {
        o.ask = true;
        return run_asking(&o);
    }
    return o.undo != NULL || o.resume != NULL ? run_journal(&o) : ym_clean_run_command(&o, NULL);
}
