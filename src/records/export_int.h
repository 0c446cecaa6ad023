/* export_int.h - events of a record, and the table that says where their parts go. */
#ifndef YM_RECORDS_EXPORT_INT_H
#define YM_RECORDS_EXPORT_INT_H

#include "base/time.h"
#include "records/record.h"

#include <stddef.h>
#include <stdint.h>

/* Each event: word, classes of OCSF (class, category, activity), of ECS (kind, category, type). */
#define YM_EVENT_TABLE(X)                                                                          \
    X(RUN, "run", 6007, 6, 2, "event", "host", "info")                                             \
    X(DETECTION, "detection", 2004, 2, 1, "alert", "malware", "info")                              \
    X(REPAIR, "repair", 7001, 7, 2, "event", "host", "change")                                     \
    X(UPDATE, "update", 2002, 2, 1, "state", "vulnerability", "info")                              \
    X(DOOR, "door", 2003, 2, 1, "state", "configuration", "info")                                  \
    X(OBSERVATION, "observation", 0, 0, 99, "metric", "network", "info")

#define X(name, ...) YM_EVENT_##name,
enum ym_event_kind { YM_EVENT_TABLE(X) YM_EVENT_COUNT };
#undef X

struct ym_event_class {
    const char *word;
    int class_uid, category_uid, activity_id;
    const char *kind, *category, *type;
};
extern const struct ym_event_class ym_event_classes[YM_EVENT_COUNT];

struct ym_event {
    const struct ym_record *record;
    enum ym_event_kind kind;
    size_t i; /* of the record's list */
    const struct ym_record_detection *detection;
    const struct ym_record_repair *repair;
    const struct ym_record_exposure *exposure;
    const struct ym_record_observation *observation;
    char id[2 * YM_RECORD_ID_SIZE + 1];      /* of the record */
    char machine[2 * YM_RECORD_ID_SIZE + 1]; /* or the id, where it is not known */
    char uid[2 * YM_RECORD_ID_SIZE + 48];    /* of the event */
    char time[YM_ISO_TIME_SIZE];
};

struct ym_value {
    enum { YM_VALUE_NONE, YM_VALUE_TEXT, YM_VALUE_NUMBER, YM_VALUE_BOOL } type;
    const char *text;
    int64_t number;
};

/* One part of a record.  A path of OCSF or ECS has its members between dots; "x[]" is a list: of one
 * object in the middle, of values at the end.  In CEF "|name" is a column of the header, "cs1:family" a
 * custom field with its label.  NULL: not there. */
struct ym_map_row {
    const char *part;
    unsigned events; /* bits of enum ym_event_kind */
    struct ym_value (*get)(const struct ym_event *e);
    const char *ocsf, *ecs, *cef;
};
extern const struct ym_map_row ym_export_rows[];
extern const size_t ym_export_n_rows;

#endif
