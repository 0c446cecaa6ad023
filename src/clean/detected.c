/* detected.c - what a scanner said of the files of a volume becomes findings.  See clean/plan.h.
 *
 * A name that no family claims makes a family of its own in the plan's arena, one for each family
 * that signature names tell (records/names.h), or for the name itself. */
#include "detected.h"

#include "base/text.h"
#include "records/names.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

/* A signature is proof enough of a family; the traces of the same family are then repaired, too. */
static const struct ym_artefact removed = {.id = "signature",
                                           .kind = YM_ARTEFACT_FILES,
                                           .weight = YM_WEIGHT_STRONG,
                                           .source = "a signature",
                                           .alone = true};
static const struct ym_artefact kept = {.id = "signature",
                                        .kind = YM_ARTEFACT_FILES,
                                        .weight = YM_WEIGHT_STRONG,
                                        .source = "a signature",
                                        .alone = true,
                                        .report_only = true};

/* ---- What is never taken away ------------------------------------------------------------------ */

/* Below the Windows folder: without one of these it does not start, or nobody can log on.  A virus may
 * sit in them, and a signature may be wrong about them; both need the original, not a hole. */
static const char *const windows_needs[] = {
    "explorer.exe",          "System32/ntoskrnl.exe",  "System32/ntkrnlpa.exe",
    "System32/hal.dll",      "System32/ntdll.dll",     "System32/kernel32.dll",
    "System32/user32.dll",   "System32/gdi32.dll",     "System32/advapi32.dll",
    "System32/smss.exe",     "System32/csrss.exe",     "System32/wininit.exe",
    "System32/winlogon.exe", "System32/services.exe",  "System32/lsass.exe",
    "System32/svchost.exe",  "System32/userinit.exe",  "System32/winload.exe",
    "System32/rpcss.dll",    "System32/ws2_32.dll",    "System32/LogonUI.exe",
    "System32/win32k.sys",   "System32/kernelbase.dll"};

/* Globs over whole paths of a Linux tree. */
static const char *const linux_needs[] = {
    "bin/bash",  "bin/dash",      "bin/sh",        "bin/login",     "bin/mount",
    "sbin/init", "lib*/ld-*.so*", "lib*/libc.so*", "lib*/libc-*",   "lib*/*/ld-*.so*",
    "boot/*",    "lib*/*/libc*",  "lib/systemd/*", "lib*/libpam.*", "lib*/*/libpam.so*"};

static bool is_linux_needs(const char *path) {
    const char *below = strncmp(path, "usr/", 4) == 0 ? path + 4 : path;

    for (size_t i = 0; i < sizeof(linux_needs) / sizeof(linux_needs[0]); i++) {
        if (fnmatch(linux_needs[i], below, FNM_PATHNAME) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_needed(const struct ym_clean_scan *s, const char *path) {
    const size_t n = s->windows == NULL ? 0 : strlen(s->windows);

    if (strcmp(s->plan->kind, "linux") == 0) {
        return is_linux_needs(path);
    }
    if (n == 0 || strncasecmp(path, s->windows, n) != 0 || path[n] != '/') {
        return false;
    }
    for (size_t i = 0; i < sizeof(windows_needs) / sizeof(windows_needs[0]); i++) {
        if (ym_equal_nocase(path + n + 1, windows_needs[i])) {
            return true;
        }
    }
    return false;
}

/* ---- Families --------------------------------------------------------------------------------- */

static const char unofficial[] = ".UNOFFICIAL"; /* ClamAV's mark of signatures of others */

static const struct ym_family *own_family(struct ym_clean_detected *d, const char *detection) {
    struct ym_clean_scan *s = d->s;
    char text[YM_FAMILY_MAX];
    const char *family = ym_family_of_name(detection, text);
    struct ym_family *f;

    family =
        family[0] != '\0' ? ym_scan_printf(s, "%s", family)
        : ym_ends_with_nocase(detection, unofficial)
            ? ym_scan_printf(s, "%.*s", (int)(strlen(detection) - strlen(unofficial)), detection)
            : ym_scan_printf(s, "%s", detection);
    if (family == NULL) {
        return NULL;
    }
    for (f = d->own; f != NULL; f = f->next) {
        if (strcmp(f->name, family) == 0) {
            return f;
        }
    }
    f = YM_ARENA_NEW(s->arena, struct ym_family);
    if (f != NULL) {
        *f = (struct ym_family){.next = d->own,
                                .file = "",
                                .name = family,
                                .category = ym_category_of_name(detection),
                                .severity = "high",
                                .system = "windows", /* which means: anywhere */
                                .summary = "Known by a signature only.",
                                .needs_strong = 1};
        d->own = f;
        d->n_own++;
    }
    return f;
}

static bool is_looked_for(const struct ym_clean_detected *d, const struct ym_family *f) {
    for (size_t i = 0; i < d->n_families; i++) {
        if (d->families[i] == f) {
            return true;
        }
    }
    return false;
}

/* NULL in *ret_family: not of a family that is asked for. */
static ym_status family_of(struct ym_clean_detected *d, const char *detection,
                           const struct ym_family **ret_family) {
    const struct ym_family *f = ym_families_by_detection(d->options->families, detection);
    const bool some = d->options->only != NULL && d->options->only[0] != NULL;

    if (f == NULL && !some) {
        f = own_family(d, detection);
        if (f == NULL) {
            return ym_scan_no_memory(d->s);
        }
    } else if (f != NULL && !is_looked_for(d, f)) {
        f = NULL;
    }
    *ret_family = f;
    return YM_OK;
}

/* ---- Findings --------------------------------------------------------------------------------- */

static const char *describe(struct ym_clean_scan *s, const struct ym_clean_looked *row, bool needed,
                            bool packaged) {
    const char *cure =
        packaged
            ? "; it is exactly the file of its package, so the signature may be wrong: ask who "
              "made it"
        : needed ? "; the system needs this file: replace it by the original of the same version"
        : row->store
            ? "; this file holds other things, too: delete this one with the program it belongs to"
            : "";

    return row->object[0] == '\0' ? ym_scan_printf(s, "the signature %s%s", row->name, cure)
                                  : ym_scan_printf(s, "the signature %s in %s (%s)%s", row->name,
                                                   row->object, row->layers, cure);
}

static ym_status one_detection(struct ym_clean_detected *d, const struct ym_clean_looked *row,
                               bool packaged) {
    struct ym_clean_scan *s = d->s;
    const bool needed = is_needed(s, row->path);
    const char *where = ym_scan_printf(s, "%s", row->path);
    const char *rule = ym_scan_printf(s, "%s", row->name);
    struct ym_clean_finding *f;

    YM_TRY(family_of(d, row->name, &s->family));
    if (s->family == NULL) {
        return YM_OK;
    }
    s->artefact = needed || packaged || row->store ? &kept : &removed;
    if (where == NULL || rule == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(
        ym_scan_finding(s, rule, YM_WEIGHT_STRONG, where, describe(s, row, needed, packaged), &f));
    return s->artefact->report_only ? YM_OK : ym_scan_remove_path(s, f, where);
}

static ym_status one_gap(struct ym_clean_scan *s, const struct ym_clean_looked *row) {
    return ym_scan_gap(s, ym_scan_printf(s, "%s", row->path), row->why);
}

/* Of the rows that are detections: is the file as its package has it?  NULL: none is asked. */
static ym_status ask_packages(struct ym_clean_detected *d, const struct ym_clean_looked *rows,
                              size_t n, bool **ret_packaged) {
    struct ym_clean_scan *s = d->s;
    const char **paths = YM_ARENA_ARRAY(s->arena, n, const char *);
    bool *packaged = YM_ARENA_ARRAY(s->arena, n, bool);
    size_t n_paths = 0;

    *ret_packaged = NULL;
    if (paths == NULL || packaged == NULL) {
        return ym_scan_no_memory(s);
    }
    for (size_t i = 0; i < n; i++) {
        if (rows[i].name != NULL && n_paths < YM_CLEAN_DETECTED_MAX) {
            paths[n_paths++] = rows[i].path;
        }
    }
    if (n_paths > 0 && strcmp(s->plan->kind, "linux") == 0) {
        YM_TRY(ym_scan_are_packaged(s, paths, n_paths, packaged));
        *ret_packaged = packaged;
    }
    return YM_OK;
}

ym_status ym_scan_detected(struct ym_clean_detected *d) {
    const struct ym_clean_looked *rows;
    bool *packaged;
    size_t n_detected = 0;
    size_t n;

    YM_TRY(d->options->scanner->end(d->options->scanner->self, &rows, &n, d->s->err));
    YM_TRY(ask_packages(d, rows, n, &packaged));
    for (size_t i = 0; i < n; i++) {
        if (rows[i].name == NULL) {
            YM_TRY(one_gap(d->s, &rows[i]));
        } else if (n_detected++ < YM_CLEAN_DETECTED_MAX) {
            YM_TRY(one_detection(d, &rows[i], packaged != NULL && packaged[n_detected - 1]));
        }
    }
    return n_detected <= YM_CLEAN_DETECTED_MAX
               ? YM_OK
               : ym_scan_gap(d->s, d->s->volume->root,
                             "more detections than one plan takes; clean again afterwards");
}
