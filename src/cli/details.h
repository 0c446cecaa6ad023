/* details.h - what people of YARA's rules ask beside a name: tags, metas, matches. */
#ifndef YM_CLI_DETAILS_H
#define YM_CLI_DETAILS_H

#include "base/buf.h"
#include "engine/report.h"

#include <stdbool.h>

struct ym_db;

struct ym_details {
    bool tags, metas, matches;         /* what is asked for */
    const struct ym_db *const *layers; /* the scan's images; borrowed */
    unsigned n_layers;
};

bool ym_details_wanted(const struct ym_details *x);

/* " [a,b]" and " [key=value,...]", behind the name. */
void ym_details_about(const struct ym_details *x, const struct ym_report_detection *d,
                      struct ym_buf *out);
/* A line for each match: "0xOFFSET:LENGTH:$id: bytes", as yara -s -L. */
void ym_details_matches(const struct ym_details *x, const struct ym_report_detection *d,
                        struct ym_buf *out);
/* ym_report_more_fn; self: struct ym_details. */
void ym_details_json(void *self, const struct ym_report_detection *d, struct ym_buf *out);

#endif
