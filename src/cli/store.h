/* store.h - a store as the command line names it. */
#ifndef YM_CLI_STORE_H
#define YM_CLI_STORE_H

#include "records/store.h"

/* ym_store_open(); what goes on in the store is told as warnings. */
YM_MUST_CHECK ym_status ym_cli_open_store(const char *name, enum ym_store_mode mode,
                                          struct ym_store **ret_store, struct ym_err *err);

/* Of --store: others see a password there. */
void ym_cli_warn_secret(const char *name);

#endif
