/* db.h - between the files of `yamori db`. */
#ifndef YM_CLI_DB_H
#define YM_CLI_DB_H

#include "database/db.h"
#include "load.h"

/* ---- db_info.c ----------------------------------------------------------------------------------- */

void ym_db_print_counts(const struct ym_db *db, const struct ym_db_info *info);
void ym_db_print_info(const struct ym_db *db, const struct ym_db_info *info);
void ym_db_print_info_json(const struct ym_db *db, const struct ym_db_info *info);

/* ---- The others, one file each --------------------------------------------------------------------- */

int ym_cmd_db_diff(int argc, char **argv);
int ym_cmd_db_test(int argc, char **argv);

#endif
