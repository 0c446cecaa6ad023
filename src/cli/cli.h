/* cli.h - what the subcommands share: their table rows, exit statuses, and talking to people.
 *
 * One file a subcommand; each parses its own options into its own struct, once.  Everything that
 * comes from outside (file names, texts of the sandboxed processes) is printed through
 * ym_cli_clean_text(), so that it cannot play with the terminal. */
#ifndef YM_CLI_CLI_H
#define YM_CLI_CLI_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The contract of `yamori scan`; the other commands use CLEAN for success and ERROR. */
enum ym_exit { YM_EXIT_CLEAN = 0, YM_EXIT_FOUND = 1, YM_EXIT_ERROR = 2, YM_EXIT_INCOMPLETE = 3 };

int ym_cmd_scan(int argc, char **argv);
int ym_cmd_explain(int argc, char **argv);
int ym_cmd_blocklist(int argc, char **argv);
int ym_cmd_cache(int argc, char **argv);
int ym_cmd_db(int argc, char **argv);
int ym_cmd_clean(int argc, char **argv);
int ym_cmd_audit(int argc, char **argv);
int ym_cmd_quarantine(int argc, char **argv);
int ym_cmd_report(int argc, char **argv);
int ym_cmd_record(int argc, char **argv);
int ym_cmd_rules(int argc, char **argv);

/* "yamori: place: cause" on standard error; returns YM_EXIT_ERROR. */
int ym_cli_error(const struct ym_err *err);
int ym_cli_usage_error(const char *command, const char *fmt, ...) YM_PRINTF(2, 3);
void ym_cli_warn(const char *fmt, ...) YM_PRINTF(1, 2);

/* Appends text with control characters as \xHH; everything else as it is. */
void ym_cli_clean_text(struct ym_buf *out, const char *text);

/* yamori clean --plan --reg: writes two files that must not be there yet (cli/clean_reg.c). */
struct ym_clean_plan;
YM_MUST_CHECK ym_status ym_cli_write_reg(const struct ym_clean_plan *plan, const char *file,
                                         bool tell, struct ym_err *err);

/* Standard output at the end of a command: false, with a message, when not all of it arrived. */
bool ym_cli_finish_output(void);

/* "12", "64K", "2M", "1G" (powers of 1024); false when it is none. */
bool ym_cli_parse_size(const char *s, uint64_t *ret_value);

#endif
