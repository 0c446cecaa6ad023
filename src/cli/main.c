/* main.c - the table of subcommands. */
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static int not_here(int argc, char **argv) {
    (void)argc;
    return ym_cli_usage_error("", "`%s` is not available in this version", argv[0]);
}

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *text; /* NULL: not offered */
};

static const struct command commands[] = {
    {"scan", ym_cmd_scan, "look for malware in files and folders"},
    {"explain", ym_cmd_explain, "show which bytes and which rule made a detection"},
    {"clean", ym_cmd_clean, "find and repair what malware left on a machine or a volume"},
    {"blocklist", ym_cmd_blocklist, "list the names that a worm looks up, for name servers"},
    {"audit", ym_cmd_audit, "which doors of a Windows volume are open to worms"},
    {"quarantine", ym_cmd_quarantine, "list, restore or delete what clean took away"},
    {"cache", ym_cmd_cache, "describe or remove the cache of verdicts"},
    {"db", ym_cmd_db, "build, describe or check a signature image"},
    {"rules", ym_cmd_rules, "check, format, weigh and explain YARA rules"},
    {"record", ym_cmd_record, "keep execution records in a store"},
    {"report", ym_cmd_report, "make the report of a store"},
    {"fleet", ym_cmd_fleet, "collect the records of many machines, and keep them up to date"},
    {"guard", not_here, NULL},
    {"update", not_here, NULL},
    {"observe", not_here, NULL},
};

static const struct command *find(const char *name) {
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static void print_help(FILE *to) {
    (void)fputs("usage: yamori COMMAND [options]\n\n", to);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (commands[i].text != NULL) {
            (void)fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].text);
        }
    }
    (void)fputs("\nyamori COMMAND --help tells more; so does man yamori.\n", to);
}

int main(int argc, char **argv) {
    const struct command *c;

    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error that is reported, not a death */
    if (argc < 2) {
        print_help(stderr);
        return YM_EXIT_ERROR;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("yamori " YM_VERSION);
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    c = find(argv[1]);
    if (c == NULL) {
        return ym_cli_usage_error("", "unknown command %s", argv[1]);
    }
    return c->run(argc - 1, argv + 1);
}
