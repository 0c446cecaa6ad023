/* define.h - -D NAME=VALUE and --module-data NAME=FILE: what rules get from outside. */
#ifndef YM_CLI_DEFINE_H
#define YM_CLI_DEFINE_H

#include "base/external.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { YM_MAX_DEFINES = 256 };

struct ym_defines {
    struct ym_external rows[YM_MAX_DEFINES];
    char *names[YM_MAX_DEFINES]; /* owned */
    size_t n;
    char *cuckoo; /* owned: a report for YARA's module cuckoo, or NULL */
    size_t cuckoo_size;
};

/* "x=1" integer, "x=1.5" double, "x=true" boolean, else a text.  false: a usage error was printed. */
bool ym_defines_add(struct ym_defines *d, const char *command, const char *text);
/* "cuckoo=report.json" */
bool ym_defines_module(struct ym_defines *d, const char *command, const char *text);
void ym_defines_done(struct ym_defines *d);

#endif
