/* doors_int.h - what the files of the doors share; private to clean/.
 *
 * A door's function reads with ym_door_read(), says what it saw with ym_door_say*(), offers
 * changes with ym_door_set_*(), and ends with ym_door_settle() or a state of its own. */
#ifndef YM_CLEAN_DOORS_INT_H
#define YM_CLEAN_DOORS_INT_H

#include "clean/doors.h"
#include "detect.h"

#define TWO(en_, ja_)                                                                              \
    (struct ym_door_words) {                                                                       \
        { en_, ja_ }                                                                               \
    }
#define NO_NOTE TWO(NULL, NULL)

/* Which Windows it is, as the SOFTWARE hive says. */
struct ym_release {
    unsigned major, minor; /* 0: not known */
    unsigned build;        /* 2600; 0: not known */
    unsigned pack;         /* service pack; 0: none */
    bool pack_known;
    bool server;
    bool is64;
};

struct ym_door_look {
    struct ym_clean_scan *s;
    struct ym_release release;
    struct ym_door *door; /* being looked at */
    struct ym_door_evidence **evidence_tail;
    struct ym_door_change **change_tail;
    size_t marks[YM_MARKS];
};

/* --- reading ----------------------------------------------------------------------------------- */

typedef enum ym_fact_got {
    YM_FACT_FAILED,
    YM_FACT_ABSENT,
    YM_FACT_WRONG_TYPE,
    YM_FACT_OK
} ym_fact_got;
typedef enum ym_fact_kind {
    YM_FACT_NUMBER,
    YM_FACT_TEXT,
    YM_FACT_MULTI,
    YM_FACT_BINARY,
    YM_FACT_KEY
} ym_fact_kind;

struct ym_fact {
    ym_fact_got got;
    const struct ym_clean_hive *hive; /* may be NULL: the volume has none */
    const char *key, *name;
    const char *where;         /* for evidence */
    const char *found;         /* text for people; NULL when absent */
    struct ym_reg_value value; /* OK and WRONG_TYPE */
    uint32_t number;           /* OK, NUMBER */
    const char *text;          /* OK, TEXT: "" or more */
};

/* The statuses of all functions here are of memory alone; what cannot be read is FACT_FAILED.
 * KEY asks only whether the key is there. */
YM_MUST_CHECK ym_status ym_door_read(struct ym_door_look *l, const struct ym_clean_hive *hive,
                                     const char *key, const char *name, ym_fact_kind kind,
                                     struct ym_fact *ret_fact);
const struct ym_clean_hive *ym_door_hive(const struct ym_door_look *l, const char *prefix);
bool ym_door_is_user(const struct ym_clean_hive *hive); /* HKU\name, but no service's profile */

/* --- saying ------------------------------------------------------------------------------------ */

YM_MUST_CHECK ym_status ym_door_say(struct ym_door_look *l, ym_door_mark mark, const char *where,
                                    const char *found, const char *wanted,
                                    struct ym_door_words note);
/* A fact that could not be read, or is of a wrong type, is marked unknown (unless INFO) and noted. */
YM_MUST_CHECK ym_status ym_door_say_fact(struct ym_door_look *l, ym_door_mark mark,
                                         const struct ym_fact *fact, const char *wanted,
                                         struct ym_door_words note);

/* What evidence repeats of a text, which may be a megabyte long; NULL stays NULL. */
const char *ym_door_shorten(struct ym_door_look *l, const char *text);

/* Offered only where the old value could be read. */
YM_MUST_CHECK ym_status ym_door_set_number(struct ym_door_look *l, const struct ym_fact *old,
                                           uint32_t number);
YM_MUST_CHECK ym_status ym_door_set_text(struct ym_door_look *l, const struct ym_fact *old,
                                         const char *ascii);
YM_MUST_CHECK ym_status ym_door_set_empty_list(struct ym_door_look *l, const struct ym_fact *old);

/* By the marks: bad is OPEN, with good beside it PARTLY; half is PARTLY; unknown is UNKNOWN; good
 * is CLOSED; nothing at all is NOT_APPLICABLE. */
void ym_door_settle(struct ym_door_look *l);

/* On a domain controller the domain counts, and that lies in Active Directory: then *ret is true and
 * one place is marked unknown, with this note. */
YM_MUST_CHECK ym_status ym_door_is_controller(struct ym_door_look *l, struct ym_door_words note,
                                              bool *ret);

/* --- files ------------------------------------------------------------------------------------- */

struct ym_dll {
    bool there;        /* the name exists */
    bool known;        /* version is set */
    const char *where; /* path on the volume */
    const char *why;   /* there, not known: the reason */
    uint16_t version[4];
    const char *found; /* "5.1.2600.5512", or NULL */
};
YM_MUST_CHECK ym_status ym_door_dll(struct ym_door_look *l, const char *folder, const char *name,
                                    struct ym_dll *ret_dll);
int ym_version_compare(const uint16_t a[4], const uint16_t b[4]);
const char *ym_version_text(struct ym_door_look *l, const uint16_t v[4]); /* NULL: no memory */

/* --- the tables (doors_facts.c) ---------------------------------------------------------------- */

/* A system by major, minor and service pack, with the revisions (last number) its files have. */
struct ym_patch_row {
    unsigned major, minor, pack, build;
    uint16_t first, end; /* revisions of this branch: first <= revision < end */
    uint16_t fixed;      /* from this revision on the hole is closed */
    const char *mark;    /* below HKLM\SOFTWARE\Microsoft\Updates; NULL: there is none */
};
extern const struct ym_patch_row ym_ms08_067_rows[];
extern const size_t ym_ms08_067_n;

struct ym_shell_row { /* shell32.dll that honours NoDriveTypeAutoRun */
    unsigned major, minor, pack;
    uint16_t version[4];
};
extern const struct ym_shell_row ym_shell32_rows[];
extern const size_t ym_shell32_n;

struct ym_service_row { /* start type by default, from this Windows version to below that one */
    const char *name;
    unsigned from, until; /* major * 100 + minor; until 0: no end */
    uint32_t start;
    bool guards; /* counts; else shown as information */
};
extern const struct ym_service_row ym_service_rows[];
extern const size_t ym_service_n;

extern const char *const ym_killed_classes[];
extern const size_t ym_killed_n;

/* --- the doors --------------------------------------------------------------------------------- */

typedef ym_status ym_door_fn(struct ym_door_look *l);
ym_door_fn ym_door_ms08_067;
ym_door_fn ym_door_autorun_removable, ym_door_autorun_network, ym_door_autorun_fixed,
    ym_door_autorun_cd;
ym_door_fn ym_door_services;
ym_door_fn ym_door_lockout, ym_door_weak_passwords, ym_door_password_policy;
ym_door_fn ym_door_shares, ym_door_admin_shares, ym_door_anonymous;
ym_door_fn ym_door_kill_bits;
ym_door_fn ym_door_office_file_block, ym_door_office_macros, ym_door_office_protected_view;

#endif
