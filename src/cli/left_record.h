/* left_record.h - the record of a run that looked at a system and leaves it: `clean` and `audit`. */
#ifndef YM_CLI_LEFT_RECORD_H
#define YM_CLI_LEFT_RECORD_H

#include "clean/doors.h"
#include "records/record.h"

#include <stdbool.h>

/* The system of an offline Windows: "Microsoft Windows XP", "SP3".  Its name tells a server from a
 * client; bits are not known. */
void ym_left_record_windows(struct ym_record *record, const char *product,
                            const char *service_pack);

/* One exposure for each door that this Windows has.  A door that a missing update leaves open is
 * recorded as that update, under its bulletin's id. */
YM_MUST_CHECK ym_status ym_left_record_doors(struct ym_record *record, const struct ym_doors *doors,
                                             struct ym_arena *arena);

/* Into the spool.  With show it is printed first, as it will be sent: one line. */
YM_MUST_CHECK ym_status ym_left_record_put(const struct ym_record_config *config,
                                           const struct ym_record *record, bool show,
                                           struct ym_err *err);

/* The warning that there is none. */
void ym_left_record_warn(const struct ym_err *err);

#endif
