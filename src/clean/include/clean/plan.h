/* plan.h - what was found on a volume, and the exact changes that repair it.
 *
 *     struct ym_clean_options o = {.families = fs};
 *     struct ym_clean_plan *plan;
 *     YM_TRY(ym_clean_plan_make(&volume, &o, arena, &plan, err));
 *     ym_clean_plan_text(plan, &buf);     // for people; the same volume gives the same text
 *
 * Making a plan changes nothing.  Three lists: findings (each names the artefact and the rule
 * that fired), steps (only of findings that are to be repaired), gaps (what could not be looked
 * at).  Everything lives in the arena; families must outlive the plan.
 *
 * When is a family there?  When one strong finding of an artefact marked `alone` exists, or at
 * least counts_when.strong different strong traces and counts_when.medium different traces of
 * medium weight or more.  Then all its findings are repaired, weak ones too (an artefact marked
 * on_its_own: only its strong findings).  Otherwise its findings are shown as signs and left.
 *
 * A full plan may ask a scanner about the content of every file.  A detection whose name a family
 * claims (`detections`) is a strong trace of it that counts alone; one that no family claims makes
 * a family of its own, named by its signature (records/names.h), so that it is cleaned, undone and
 * counted as any other.  The file goes to the quarantine, except: a store (struct ym_clean_looked),
 * what the system does not start without, and what is exactly as its package has it (the signature
 * is in doubt); these are reported, with the cure. */
#ifndef YM_CLEAN_PLAN_H
#define YM_CLEAN_PLAN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "clean/family.h"
#include "clean/registry.h"
#include "clean/volume.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_CLEAN_STEPS_MAX = 100000,
    YM_CLEAN_TEXT_FILE_MAX = 16 << 20, /* bytes of a text file that is read */
    YM_CLEAN_TREE_MAX = 100000,        /* files and folders removed with one folder */
    YM_CLEAN_DETECTED_MAX = 20000      /* rows of a scanner that one plan takes */
};

/* Journals keep the number: new ones at the end. */
#define YM_STEP_TABLE(X)                                                                           \
    X(SET_VALUE, "set-value")                                                                      \
    X(DELETE_VALUE, "delete-value")                                                                \
    X(DELETE_KEY, "delete-key")                                                                    \
    X(REMOVE_LINE, "remove-line")                                                                  \
    X(REMOVE_FILE, "remove-file")                                                                  \
    X(REMOVE_LINK, "remove-link")                                                                  \
    X(REMOVE_FOLDER, "remove-folder")                                                              \
    X(MAKE_KEY, "make-key")                                                                        \
    X(RESET_PERMISSIONS, "reset-rights")                                                           \
    X(REPLACE_FILE, "replace-file")

typedef enum ym_step_op {
#define X(name, word) YM_STEP_##name,
    YM_STEP_TABLE(X)
#undef X
        YM_STEP_OPS
} ym_step_op;
const char *ym_step_word(ym_step_op op);

struct ym_clean_finding {
    struct ym_clean_finding *next;
    unsigned number; /* F1, F2 ... */
    const struct ym_family *family;
    const struct ym_artefact *artefact;
    const char *rule;  /* which rule of the artefact fired */
    const char *trace; /* what counts as one trace: see above */
    ym_weight weight;
    const char *where; /* path or registry key */
    const char *what;  /* what was seen there */
    bool repair;       /* its steps are in the plan */
    bool by_another;   /* only a sign, but a step of another finding changes the same place */
};

/* A value (or, name NULL, a key) of a key that is deleted, for undo by value. */
struct ym_clean_saved {
    struct ym_clean_saved *next;
    const char *key;
    struct ym_reg_value value;
};

struct ym_clean_step {
    struct ym_clean_step *next;
    unsigned number; /* S1, S2 ... */
    ym_step_op op;
    const char *file;               /* on the volume; for registry steps the hive */
    const char *key;                /* registry steps */
    struct ym_reg_value old, after; /* name NULL: there is none */
    struct ym_clean_saved *saved;   /* DELETE_KEY */
    unsigned line;                  /* REMOVE_LINE: 1-based */
    const char *from;               /* REPLACE_FILE: what takes its place; on the volume */
    char sha256[65];                /* ... of that, in hex */
    uint32_t locks, folder_locks;   /* that are taken off the file and the folder around it:
                                       YM_FLAGS_LOCKS of clean/meta.h */
    const char *old_text;           /* for people: what is there now */
    const char *new_text;           /* and afterwards */
    const struct ym_clean_finding *why;
    struct ym_clean_step *lead; /* the first step at the same place; may be this one */
    bool taken;                 /* of a lead: a step at this place is in the plan */
};

struct ym_clean_gap {
    struct ym_clean_gap *next;
    const char *where, *why;
};

/* A hive that was not closed properly: what was read is what its transaction logs make of it, and
 * a step of it writes that, too. */
struct ym_clean_recovered {
    struct ym_clean_recovered *next;
    const char *hive, *logs; /* "SYSTEM.LOG1, SYSTEM.LOG2" */
};

/* Where a hive hangs on the live machine, for clean/reg_export.h. */
struct ym_clean_place {
    struct ym_clean_place *next;
    const char *file;  /* as in struct ym_clean_step */
    const char *place; /* "HKEY_USERS\S-1-5-21-..."; NULL: not known */
    bool exported;     /* read from text exports */
};

struct ym_clean_verdict { /* one a family looked for */
    const struct ym_family *family;
    unsigned strong, medium, weak; /* findings by weight */
    bool looked;                   /* false: a family of another system than the volume's */
    bool found;
};

struct ym_clean_plan {
    struct ym_arena *arena;
    const char *root;
    const char *kind;                   /* "windows", "linux", "drive" */
    const char *system;                 /* "Windows 5.1 Service Pack 3", or "" */
    const char *product, *service_pack; /* "Microsoft Windows XP", "SP3", or "" */
    const char *packages; /* whose database package files were compared with: "dpkg", "apk"; "rpm",
                             "prelinked", "none": they were not; NULL: nothing asked for it */
    bool full, scanned;   /* every file; and by its content */
    struct ym_clean_finding *findings;
    struct ym_clean_step *steps;
    struct ym_clean_step *spared;  /* what another step of the plan does, too */
    struct ym_clean_step *dropped; /* of findings that are not repaired */
    struct ym_clean_gap *gaps;
    struct ym_clean_recovered *recovered;
    struct ym_clean_place *places;
    const char *current_set; /* "ControlSet001", or "" */
    bool collected; /* from a live machine: not its disk.  Such a plan is not carried out */
    size_t n_findings, n_steps, n_gaps;
    struct ym_clean_verdict *verdicts;
    size_t n_verdicts;
    size_t unrepaired; /* findings of families that are there, for which no step exists */
    uint64_t objects;  /* files, keys and values looked at */
    uint64_t walked;   /* names that the full walk looked at */
    uint64_t files;    /* whose content a scanner looked at */
};

/* What a scanner says of one file of the volume: a detection, or (name NULL) why it was not looked
 * at completely.  A file may have several rows. */
struct ym_clean_looked {
    const char *path;
    const char *name;            /* of the signature, as every engine has it */
    const char *object, *layers; /* inside an archive: the member, and through what; "" */
    const char *why;             /* name NULL */
    bool store; /* the file holds more than one thing that its owner opens alone: a mailbox, a data
                 * base, the image of a disk */
};

/* The engine as a full plan sees it; the rooms do not know each other (cli/clean_scan.c joins them). */
struct ym_clean_scanner {
    void *self;
    /* One regular file; takes fd.  path: borrowed for the call. */
    ym_status (*file)(void *self, int fd, const char *path, struct ym_err *err);
    /* After the last one: all rows, sorted by path; they live until the next call of either. */
    ym_status (*end)(void *self, const struct ym_clean_looked **ret_rows, size_t *ret_n,
                     struct ym_err *err);
};

struct ym_clean_options {
    const struct ym_families *families;
    const char *const *only; /* names of families, NULL-terminated; NULL: all */
    bool full;
    const struct ym_clean_scanner *scanner; /* of a full plan; NULL: names and places only */
};

YM_MUST_CHECK ym_status ym_clean_plan_make(struct ym_volume *volume,
                                           const struct ym_clean_options *options,
                                           struct ym_arena *arena, struct ym_clean_plan **ret_plan,
                                           struct ym_err *err);
bool ym_clean_plan_found(const struct ym_clean_plan *plan); /* at least one family is there */

/* Deterministic: no time, no random, paths relative to the root. */
void ym_clean_plan_text(const struct ym_clean_plan *plan, struct ym_buf *out);
void ym_clean_plan_json(const struct ym_clean_plan *plan, struct ym_buf *out); /* one line */

/* Text of a hostile volume, made safe for a terminal: what is not printable UTF-8 is \xNN. */
void ym_clean_safe(struct ym_buf *out, const char *text);

#endif
