/* export.h - records in the forms of others: OCSF, ECS, CEF.
 *
 *     ym_record_export(&record, YM_EXPORT_ECS, &out, err)      // lines are added to out
 *
 * A record becomes one event for the run and one for each detection, repair, exposure and
 * observation, a line each.  Which part of a record goes where is one table for all forms,
 * src/records/export_map.c, printed in docs/formats/record-exports.md, which also names the versions:
 * OCSF 1.8.0 (ocsf/ocsf-schema), ECS 9.4.0 (elastic/ecs), CEF:0 of the Common Event Format. */
#ifndef YM_RECORDS_EXPORT_H
#define YM_RECORDS_EXPORT_H

#include "base/buf.h"
#include "base/status.h"
#include "records/record.h"

#include <stdbool.h>

enum ym_export_form {
    YM_EXPORT_JSON, /* the record itself, a line */
    YM_EXPORT_OCSF,
    YM_EXPORT_ECS,
    YM_EXPORT_CEF,
    YM_EXPORT_COUNT
};

/* "json", "ocsf", "ecs", "cef". */
YM_MUST_CHECK bool ym_export_form_of(const char *word, enum ym_export_form *ret_form);

/* Appends the events, each with a newline; ask ym_buf_status(), too.  Texts of the record are
 * UTF-8 and not NULL, as ym_record_decode() gives them: MALFORMED when not UTF-8, or without memory. */
YM_MUST_CHECK ym_status ym_record_export(const struct ym_record *record, enum ym_export_form form,
                                         struct ym_buf *out, struct ym_err *err);

/* The table as Markdown: a row for each part of a record. */
void ym_record_export_map(struct ym_buf *out);

#endif
