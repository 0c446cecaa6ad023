/* audit.c - yamori audit: which doors of an offline Windows volume are open to worms.
 *
 * Exit status: 0 all closed or not applicable; 1 at least one open or partly open; 2 error; 3 none
 * open, but something is unknown. */
#include "cli.h"

#include "base/arena.h"
#include "base/time.h"
#include "clean/doors.h"
#include "left_record.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { DOORS_NAMED_MAX = 64, MEMORY = 1 << 30 };

struct options {
    const char *root;
    const char *only[DOORS_NAMED_MAX + 1];
    unsigned n_only;
    ym_doors_lang lang;
    bool json, details, help, no_record, show_record;
};

static const char help[] =
    "usage: yamori audit --root DIR [--door ID]... [--details] [--json] [--lang en|ja]\n"
    "                    [--no-record | --show-record]\n"
    "\n"
    "Tells which doors of a mounted Windows volume are open to worms: missing updates, autorun,\n"
    "switched-off services, rules for passwords, shares, Internet Explorer, Office.  Nothing is\n"
    "changed.\n"
    "\n"
    "  --root DIR       the volume to look at\n"
    "  --door ID        only this door; may be given again\n"
    "  --details        for each door: why it matters, what was seen, what would close it\n"
    "  --json           one JSON object instead of text, in both languages\n"
    "  --lang en|ja     the language of the text (en)\n"
    "  --show-record    also print the execution record that is left\n"
    "  --no-record      leave no execution record\n"
    "\n"
    "Doors:";

static const char help_end[] =
    "\n\nExit status: 0 all closed, 1 at least one open or partly open, 2 error,\n"
    "3 none open but something is unknown.\n";

enum { O_ROOT = 256, O_DOOR, O_DETAILS, O_JSON, O_LANG, O_NO_RECORD, O_SHOW_RECORD };

static const struct option long_options[] = {
    {"root", required_argument, NULL, O_ROOT},
    {"door", required_argument, NULL, O_DOOR},
    {"details", no_argument, NULL, O_DETAILS},
    {"json", no_argument, NULL, O_JSON},
    {"lang", required_argument, NULL, O_LANG},
    {"no-record", no_argument, NULL, O_NO_RECORD},
    {"show-record", no_argument, NULL, O_SHOW_RECORD},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool is_door(const char *id) {
    for (size_t i = 0; ym_doors_id(i) != NULL; i++) {
        if (strcmp(ym_doors_id(i), id) == 0) {
            return true;
        }
    }
    return false;
}

static int take_door(struct options *o, const char *id) {
    if (!is_door(id)) {
        return ym_cli_usage_error("audit", "no door is named %s", id);
    }
    if (o->n_only == DOORS_NAMED_MAX) {
        return ym_cli_usage_error("audit", "more than %d doors", DOORS_NAMED_MAX);
    }
    o->only[o->n_only++] = id;
    return YM_EXIT_CLEAN;
}

static int take_option(struct options *o, int c, const char *value) {
    switch (c) {
    case O_ROOT:
        o->root = value;
        break;
    case O_DOOR:
        return take_door(o, value);
    case O_DETAILS:
        o->details = true;
        break;
    case O_JSON:
        o->json = true;
        break;
    case O_LANG:
        if (strcmp(value, "en") != 0 && strcmp(value, "ja") != 0) {
            return ym_cli_usage_error("audit", "--lang is en or ja, not %s", value);
        }
        o->lang = value[0] == 'j' ? YM_DOORS_JA : YM_DOORS_EN;
        break;
    case O_NO_RECORD:
        o->no_record = true;
        break;
    case O_SHOW_RECORD:
        o->show_record = true;
        break;
    case 'h':
        o->help = true;
        break;
    default:
        return YM_EXIT_ERROR;
    }
    return YM_EXIT_CLEAN;
}

static int parse(int argc, char **argv, struct options *o) {
    int c;

    optind = 1;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while ((c = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        int rc = take_option(o, c, optarg);

        if (rc != YM_EXIT_CLEAN) {
            return rc;
        }
    }
    if (optind < argc) {
        return ym_cli_usage_error("audit", "unexpected argument %s", argv[optind]);
    }
    if (o->show_record && (o->no_record || o->json)) {
        return ym_cli_usage_error("audit", "--show-record excludes --no-record and --json");
    }
    return o->root == NULL && !o->help
               ? ym_cli_usage_error("audit", "--root is missing: which volume?")
               : YM_EXIT_CLEAN;
}

static void print_help(void) {
    (void)fputs(help, stdout);
    for (size_t i = 0; ym_doors_id(i) != NULL; i++) {
        (void)printf("%s%s", i % 5 == 0 ? "\n  " : " ", ym_doors_id(i));
    }
    (void)fputs(help_end, stdout);
}

static int status_of(const struct ym_doors *doors) {
    static const int status[YM_DOOR_STATES] = {
        [YM_DOOR_CLOSED] = YM_EXIT_CLEAN,       [YM_DOOR_NOT_APPLICABLE] = YM_EXIT_CLEAN,
        [YM_DOOR_UNKNOWN] = YM_EXIT_INCOMPLETE, [YM_DOOR_PARTLY] = YM_EXIT_FOUND,
        [YM_DOOR_OPEN] = YM_EXIT_FOUND,
    };

    return status[ym_doors_worst(doors)];
}

static int print_doors(const struct options *o, const struct ym_doors *doors, struct ym_err *err) {
    struct ym_buf out;
    int rc = status_of(doors);

    ym_buf_init(&out, YM_DOORS_TEXT_MAX);
    if (o->json) {
        ym_doors_json(doors, &out);
    } else {
        ym_doors_text(doors, o->lang, o->details, &out);
    }
    if (ym_buf_status(&out) != YM_OK) {
        (void)ym_fail(err, ym_buf_status(&out), "audit", YM_ERR_NO_OFFSET,
                      "what was seen is more than can be printed");
        rc = ym_cli_error(err);
    } else {
        (void)fwrite(out.data, 1, out.len, stdout);
    }
    ym_buf_done(&out);
    return ym_cli_finish_output() ? rc : YM_EXIT_ERROR;
}

static size_t count_gaps(const struct ym_doors *doors) {
    size_t n = 0;

    for (const struct ym_clean_gap *g = doors->gaps; g != NULL; g = g->next) {
        n++;
    }
    return n;
}

static ym_status leave_record(const struct options *o, const struct ym_doors *doors,
                              uint64_t started, struct ym_arena *arena, struct ym_err *err) {
    struct ym_record_config cfg;
    struct ym_record rec;

    YM_TRY(ym_record_config_load(&cfg, err));
    if (!cfg.record) {
        return YM_OK;
    }
    YM_TRY(ym_record_begin(&rec, &cfg, YM_RUN_AUDIT, arena, err));
    ym_left_record_windows(&rec, doors->product, doors->service_pack);
    rec.files = doors->n;
    rec.gaps = count_gaps(doors);
    rec.duration_ms = (ym_now_ns() - started) / 1000000;
    YM_TRY(ym_left_record_doors(&rec, doors, arena));
    return ym_left_record_put(&cfg, &rec, o->show_record, err);
}

/* What was seen is printed first: that no record can be left is a warning. */
static int report(const struct options *o, const struct ym_doors *doors, uint64_t started,
                  struct ym_arena *arena, struct ym_err *err) {
    struct ym_err why = {0};
    int rc = print_doors(o, doors, err);

    if (rc == YM_EXIT_ERROR) {
        return rc;
    }
    if (!o->no_record && leave_record(o, doors, started, arena, &why) != YM_OK) {
        ym_left_record_warn(&why);
    }
    return ym_cli_finish_output() ? rc : YM_EXIT_ERROR;
}

static int run_audit(const struct options *o) {
    struct ym_volume volume = {.root_fd = -1};
    struct ym_arena *arena = ym_arena_new(MEMORY);
    struct ym_doors *doors = NULL;
    struct ym_err err = {0};
    uint64_t started = ym_now_ns();
    int rc;

    if (arena == NULL) {
        (void)ym_fail(&err, YM_NOMEM, "audit", YM_ERR_NO_OFFSET, "out of memory");
        rc = ym_cli_error(&err);
    } else if (ym_volume_open(o->root, &volume, &err) != YM_OK ||
               ym_doors_look(&volume, o->only, arena, &doors, &err) != YM_OK) {
        rc = ym_cli_error(&err);
    } else {
        rc = report(o, doors, started, arena, &err);
    }
    ym_volume_close(&volume);
    ym_arena_free(arena);
    return rc;
}

int ym_cmd_audit(int argc, char **argv) {
    struct options o = {.root = NULL};
    int rc = parse(argc, argv, &o);

    if (rc != YM_EXIT_CLEAN) {
        return rc;
    }
    if (o.help) {
        print_help();
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    return run_audit(&o);
}
