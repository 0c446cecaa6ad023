/* generated_volume.h - one generated volume while it is being made: the parts that make_volumes.c
 * puts together by its table.
 *
 *     struct volume v;
 *     volume_begin(&v, root, seed, system);   // hives open, services, users, harmless files
 *     volume_add_traces(&v, TRACE_SERVICE | TRACE_GROUP, how);
 *     volume_end(&v);                         // hives committed
 *     damage(&v);                             // works on the files
 *
 * Whatever is put on the volume that a detector may report is noted at once for the label.
 * All functions exit with a message on failure, as the other makers do. */
#ifndef YM_TESTS_GENERATED_VOLUME_H
#define YM_TESTS_GENERATED_VOLUME_H

#include "volume_systems.h"

#include <hivex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VOLUME_USERS = 5,
    VOLUME_HOLDERS = 7,
    VOLUME_SETS = 3,
    VOLUME_NOTES = 200,
    VOLUME_TEXT = 400
};

/* What Conficker leaves, after its published analyses (families/conficker.json names them). */
enum volume_trace {
    TRACE_SERVICE = 1U << 0,  /* a key under Services, loaded by svchost -k netsvcs */
    TRACE_GROUP = 1U << 1,    /* its name in the netsvcs list */
    TRACE_DLL = 1U << 2,      /* the file that it loads */
    TRACE_DISABLED = 1U << 3, /* updates and security services switched off */
    TRACE_HIDDEN = 1U << 4,   /* SHOWALL\CheckedValue 0 */
    TRACE_TCP = 1U << 5,      /* TcpNumConnections */
    TRACE_APPLETS = 1U << 6,  /* Applets\dl and ds of the machine */
    TRACE_USER_APPLETS = 1U << 7,
    TRACE_RUN = 1U << 8,
    TRACE_USER_RUN = 1U << 9,
    TRACE_TASKS = 1U << 10,
    TRACE_AUTORUN = 1U << 11,
    TRACE_RECYCLER = 1U << 12,
    TRACE_SAFE_MODE = 1U << 13 /* SafeBoot deleted */
};
enum { VOLUME_TRACES = 14 };

/* Where and how they lie. */
enum volume_how {
    HOW_ONE_SET = 1U << 0,      /* in one control set only, the last */
    HOW_OTHER_FOLDER = 1U << 1, /* the DLL not in system32 */
    HOW_ODD_PATH = 1U << 2,     /* ServiceDll with a drive letter, odd case or %windir% */
    HOW_TWO = 1U << 3,          /* two services with two DLLs */
    HOW_FULL = 1U << 4,         /* tasks, autorun.inf and copies where only --full looks */
    HOW_NO_NUL = 1U << 5        /* its texts have odd lengths or no final NUL */
};

struct volume_note {
    char artefact[32], where[VOLUME_TEXT]; /* gaps and traces that are gone: where only */
};

struct volume_notes {
    struct volume_note v[VOLUME_NOTES];
    size_t n;
};

struct volume {
    char root[2048];
    uint64_t random;
    const struct made_system *system; /* NULL: a removable drive */
    char config[128];                 /* "WINDOWS/system32/config" as it is written on disk */
    char system32[64];
    const char *profiles; /* "Users" or "Documents and Settings" */
    char system_file[160], software_file[160], user_files[VOLUME_HOLDERS][160];
    const char *users[VOLUME_HOLDERS]; /* people, then accounts of the system: ".DEFAULT" */
    size_t n_users, n_holders;
    char sets[VOLUME_SETS][24]; /* "ControlSet001" */
    size_t n_sets;
    hive_h *system_hive, *software_hive, *user_hives[VOLUME_HOLDERS];
    const char *netsvcs[160];
    size_t n_netsvcs;
    bool odd_netsvcs;  /* the list ends in half a character */
    char names[8][24]; /* of the services and DLLs made up for it */
    size_t n_names;
    struct volume_notes present; /* findings that there must be, no others */
    struct volume_notes hidden;  /* traces in what is too damaged to be read */
    struct volume_notes removed; /* what a half-hearted cleaning took away: not to be found */
    struct volume_notes gaps;
};

uint64_t volume_random(struct volume *v, uint64_t below);
void volume_note(struct volume_notes *notes, const char *artefact, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Path on the volume to one in the file system. */
void volume_full_path(const struct volume *v, const char *path, char out[4096]);

/* volume_windows.c: the harmless part. */
void volume_begin(struct volume *v, const char *root, uint64_t seed,
                  const struct made_system *system);
void volume_end(struct volume *v);
/* One svchost service in one control set.  n: bytes of the DLL's UTF-16 text to leave out. */
void volume_service(struct volume *v, const char *set, const char *name, unsigned start,
                    const char *group, const char *dll, size_t cut);

/* volume_traces.c */
void volume_add_traces(struct volume *v, unsigned traces, unsigned how);
const char *volume_trace_word(unsigned trace);

#endif
