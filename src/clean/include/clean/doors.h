/* doors.h - which doors of an offline Windows volume are open to worms.
 *
 *     struct ym_doors *doors;
 *     YM_TRY(ym_doors_look(&volume, NULL, arena, &doors, err));
 *     for (const struct ym_door *d = doors->first; d != NULL; d = d->next) { ... }
 *     ym_doors_text(doors, YM_DOORS_EN, true, &buf);
 *
 * A door is a way in: a hole without its update, autorun, a switched-off service, a password that
 * may be guessed for ever, an open share, a macro that runs.  Looking changes nothing.  What could
 * not be read, or is of a Windows that the tables do not know, is UNKNOWN and never CLOSED.
 *
 * Evidence says where something was looked for, what is there and what should be.  Changes are
 * what would close the door in the registry, one value each, as struct ym_clean_step has them: a
 * later plan can take them over.  A door that only an update closes has none; an unknown one may
 * have some, where a value would settle it.
 *
 * Every ControlSetNNN counts, as in `yamori clean`: "last known good" can bring any of them back.
 * Everything lives in the arena.  Tables of versions, defaults and lists: src/clean/doors_facts.c,
 * each with its source. */
#ifndef YM_CLEAN_DOORS_H
#define YM_CLEAN_DOORS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "clean/plan.h"
#include "clean/registry.h"
#include "clean/volume.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    YM_DOORS_ROWS_MAX = 20000,   /* evidence, or changes, of one door */
    YM_DOORS_SHARES_MAX = 1000,  /* shares that are listed */
    YM_DOORS_TEXT_MAX = 64 << 20 /* bytes of the text or JSON */
};

typedef enum ym_door_state {
    YM_DOOR_CLOSED,
    YM_DOOR_NOT_APPLICABLE, /* this Windows or volume does not have it */
    YM_DOOR_UNKNOWN,
    YM_DOOR_PARTLY,
    YM_DOOR_OPEN,
    YM_DOOR_STATES
} ym_door_state;
const char *ym_door_state_word(ym_door_state state); /* "closed", "not-applicable" ... */

typedef enum ym_doors_lang { YM_DOORS_EN, YM_DOORS_JA, YM_DOORS_LANGS } ym_doors_lang;
struct ym_door_words { /* one text in both languages; NULL: none */
    const char *in[YM_DOORS_LANGS];
};

typedef enum ym_door_mark {
    YM_MARK_GOOD,
    YM_MARK_HALF,
    YM_MARK_BAD,
    YM_MARK_UNKNOWN,
    YM_MARK_INFO, /* shown, decides nothing */
    YM_MARKS
} ym_door_mark;
const char *ym_door_mark_word(ym_door_mark mark); /* "good", "half", "bad", "unknown", "info" */

struct ym_door_evidence {
    struct ym_door_evidence *next;
    ym_door_mark mark;
    const char *where;  /* "HKLM\SYSTEM\...\Services\BITS : Start", "Windows/System32/x.dll" */
    const char *found;  /* NULL: it is not there */
    const char *wanted; /* NULL: nothing in particular */
    struct ym_door_words note;
};

struct ym_door_change {
    struct ym_door_change *next;
    ym_step_op op;                  /* YM_STEP_SET_VALUE or YM_STEP_DELETE_VALUE */
    const char *hive;               /* "HKLM\SOFTWARE" */
    const char *file;               /* that hive's file on the volume */
    const char *key;                /* below the hive's root */
    struct ym_reg_value old, after; /* name NULL: there is none */
};

struct ym_door {
    struct ym_door *next;
    const char *id;       /* "ms08-067" */
    const char *advisory; /* "MS08-067 (KB958644)" */
    struct ym_door_words title, explanation;
    ym_door_state state;
    struct ym_door_evidence *evidence;
    struct ym_door_change *changes;
    size_t n_evidence, n_changes;
};

struct ym_doors {
    const char *root;
    const char *system; /* "Windows 5.1 Service Pack 3, Microsoft Windows XP" */
    struct ym_door *first;
    size_t n;
    const char *product, *service_pack;   /* as in struct ym_clean_plan */
    struct ym_clean_gap *gaps;            /* what could not be looked at at all, such as a hive */
    struct ym_clean_recovered *recovered; /* hives that were not closed properly */
    struct ym_clean_place *places;        /* these three as in struct ym_clean_plan */
    const char *current_set;
    bool collected;
};

/* The ids in their order; NULL at the end. */
const char *ym_doors_id(size_t i);

/* only: ids, NULL-terminated; NULL or empty: all.  UNSUPPORTED: no Windows lies on the volume.
 * volume->nocase is set. */
YM_MUST_CHECK ym_status ym_doors_look(struct ym_volume *volume, const char *const *only,
                                      struct ym_arena *arena, struct ym_doors **ret_doors,
                                      struct ym_err *err);

/* The worst of all: OPEN over PARTLY over UNKNOWN over the rest. */
ym_door_state ym_doors_worst(const struct ym_doors *doors);

/* What `clean --immunise` does: a plan whose steps are the changes of the doors that are not closed, one
 * finding a door, without any family.  It is carried out, finished and taken back like any other.  A door
 * that is open and has no change (an update is missing) counts as unrepaired.  doors outlives the plan. */
YM_MUST_CHECK ym_status ym_doors_plan(const struct ym_doors *doors, struct ym_arena *arena,
                                      struct ym_clean_plan **ret_plan, struct ym_err *err);

/* For people: one line a door; details adds why it matters, the evidence and the changes.
 * Deterministic; what comes from the volume is made safe for a terminal. */
void ym_doors_text(const struct ym_doors *doors, ym_doors_lang lang, bool details,
                   struct ym_buf *out);
void ym_doors_json(const struct ym_doors *doors, struct ym_buf *out); /* one line */

#endif
