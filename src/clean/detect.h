/* detect.h - what the detectors of one plan share; private to clean/. */
#ifndef YM_CLEAN_DETECT_H
#define YM_CLEAN_DETECT_H

#include "base/map.h"
#include "clean/plan.h"

#include <openssl/types.h>

/* One hive of the volume, opened at first use and once. */
struct ym_clean_hive {
    struct ym_clean_hive *next;
    const char *prefix;      /* "HKLM\SYSTEM", "HKU\name" */
    const char *file;        /* on the volume */
    struct ym_registry *reg; /* NULL: could not be opened, and a gap says so */
    bool classes;            /* UsrClass.dat: "HKU\name\Software\Classes" */
};

struct ym_clean_scan {
    struct ym_arena *arena;
    struct ym_volume *volume;
    struct ym_clean_plan *plan;
    struct ym_err *err;
    bool full;
    const struct ym_clean_scanner *scanner; /* NULL: none */
    const char *windows;                    /* the Windows folder on the volume, or NULL */
    struct ym_clean_hive *hives;
    struct ym_reg_keys control_sets; /* "ControlSet001" ... */
    unsigned major, minor;           /* Windows version; 0: not known */
    struct ym_clean_finding **finding_tail;
    struct ym_clean_step **step_tail;
    struct ym_clean_gap **gap_tail;
    struct ym_clean_recovered **recovered_tail;
    const struct ym_family *family; /* being looked for */
    const struct ym_artefact *artefact;
    struct ym_map *seen;                /* findings and steps that exist, by name */
    struct ym_clean_payload *payloads;  /* files whose copies the full walk looks for */
    const struct ym_families *families; /* all that were read */
    struct ym_clean_packages *packages; /* package_files.c; NULL until it is asked */
};

struct ym_clean_payload {
    struct ym_clean_payload *next;
    const struct ym_family *family;
    const struct ym_artefact *artefact;
    const char *path;
    uint64_t size;
    uint8_t sha256[32];
};

/* All return NOMEM or LIMIT when the arena is full. */
YM_MUST_CHECK ym_status ym_scan_finding(struct ym_clean_scan *s, const char *rule, ym_weight weight,
                                        const char *where, const char *what,
                                        struct ym_clean_finding **ret_finding);
YM_MUST_CHECK ym_status ym_scan_step(struct ym_clean_scan *s, const struct ym_clean_step *step);
YM_MUST_CHECK ym_status ym_scan_gap(struct ym_clean_scan *s, const char *where, const char *why);
/* Of a hive whose logs were applied first; logs "": none were. */
YM_MUST_CHECK ym_status ym_scan_recovered(struct ym_clean_scan *s, const char *hive,
                                          const char *logs);
YM_MUST_CHECK ym_status ym_scan_no_memory(struct ym_clean_scan *s);
char *ym_scan_printf(struct ym_clean_scan *s, const char *fmt, ...) YM_PRINTF(2, 3);

/* A failure that concerns one place becomes a gap; only memory ends the plan.  *why is emptied. */
YM_MUST_CHECK ym_status ym_scan_tolerate(struct ym_clean_scan *s, ym_status st, const char *where,
                                         struct ym_err *why);

/* plan.c: what kind of volume it is; of Windows the hives are opened (ym_scan_windows_close()). */
YM_MUST_CHECK ym_status ym_scan_volume(struct ym_clean_scan *s);

/* For ym_volume_glob(): each place that could not be looked at is a gap, except the links that Windows
 * itself makes from old names to new ones.  st: NOMEM when that could not be noted. */
struct ym_scan_skips {
    struct ym_clean_scan *s;
    ym_status st;
};
void ym_scan_skipped(void *skips, const char *path, const char *why);

/* windows.c */
/* One hive more in the list; one that cannot be opened is there without a registry, and a gap. */
YM_MUST_CHECK ym_status ym_scan_open_hive(struct ym_clean_scan *s, const char *prefix,
                                          const char *file);
YM_MUST_CHECK ym_status ym_scan_windows_open(struct ym_clean_scan *s);
/* UsrClass.dat of each profile; only for plans, whose families name keys in them. */
YM_MUST_CHECK ym_status ym_scan_windows_classes(struct ym_clean_scan *s);
void ym_scan_windows_close(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_svchost_service(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_service(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_service_start(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_registry_value(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_registry_missing(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_run_value(struct ym_clean_scan *s);
/* windows_keys.c */
YM_MUST_CHECK ym_status ym_scan_key_permissions(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_registry_key(struct ym_clean_scan *s);

/* The scheduler's own keys of the task in this file, as steps; path: ".../Tasks/folder/name". */
YM_MUST_CHECK ym_status ym_scan_task_keys(struct ym_clean_scan *s,
                                          const struct ym_clean_finding *why, const char *path);

/* files.c */
YM_MUST_CHECK ym_status ym_scan_task(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_job(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_autorun(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_files(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_text_line(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_text_file(struct ym_clean_scan *s);
YM_MUST_CHECK ym_status ym_scan_walk(struct ym_clean_scan *s,
                                     const struct ym_family *const *families, size_t n);
/* Steps that take a file or a whole folder away. */
YM_MUST_CHECK ym_status ym_scan_remove_path(struct ym_clean_scan *s,
                                            const struct ym_clean_finding *why, const char *path);
YM_MUST_CHECK ym_status ym_scan_payload(struct ym_clean_scan *s, const char *path);
/* Every existing path of the artefact's patterns (`files`). */
typedef ym_status ym_scan_path_fn(struct ym_clean_scan *s, const char *path);
YM_MUST_CHECK ym_status ym_scan_each_path(struct ym_clean_scan *s, ym_scan_path_fn *fn);
/* The path with bin/, lib/ and their like as the folders of usr where they are links to these; the arena's,
 * or path itself.  NULL: no memory. */
const char *ym_scan_own_name(struct ym_clean_scan *s, const char *path);
/* A step on a file, with the locks (chattr) that stand in its way. */
YM_MUST_CHECK ym_status ym_scan_file_step(struct ym_clean_scan *s, struct ym_clean_step *step);
/* What was seen, and that the file is locked where it is.  what NULL: NULL. */
const char *ym_scan_with_locks(struct ym_clean_scan *s, const char *path, const char *what);

/* package_files.c */
YM_MUST_CHECK ym_status ym_scan_package_file(struct ym_clean_scan *s);
/* Which of these regular files (sorted paths) are as a package has them?  Reads the whole database at
 * each call. */
YM_MUST_CHECK ym_status ym_scan_are_packaged(struct ym_clean_scan *s, const char *const *paths,
                                             size_t n, bool *ret_packaged);

/* Digest of an open file's content from its start; room in ret_digest for what kind gives. */
YM_MUST_CHECK ym_status ym_clean_digest_fd(int fd, const char *shown, const EVP_MD *kind,
                                           uint8_t *ret_digest, uint64_t *ret_size,
                                           struct ym_err *err);
/* sha256 of an open file's content from its start. */
YM_MUST_CHECK ym_status ym_clean_sha256_fd(int fd, const char *shown, uint8_t ret_digest[32],
                                           uint64_t *ret_size, struct ym_err *err);

#endif
