/* family.h - declarative knowledge about one malware family: its names, what it leaves on a
 * host, and how each of these traces is repaired.
 *
 *     struct ym_families *fs;
 *     YM_TRY(ym_families_load("/usr/share/yamori/families", &fs, err));
 *     for (const struct ym_family *f = ym_families_first(fs); f != NULL; f = f->next) { ... }
 *     ym_families_free(fs);
 *
 * A family file is JSON; docs/formats/family.md is its specification.  Reading is strict: an
 * unknown or missing key, a wrong type, a pattern that does not compile is refused with the
 * file's name and the path of the key ("artefacts[3].keys[0]").  Texts in a family file are
 * trusted no further than that: patterns are POSIX extended without back references, so that
 * matching stays linear in the text. */
#ifndef YM_CLEAN_FAMILY_H
#define YM_CLEAN_FAMILY_H

#include "base/status.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_FAMILY_FILE_MAX = 1 << 20, /* bytes of one file */
    YM_FAMILIES_MAX = 1000,       /* families loaded at once */
    YM_FAMILY_LIST_MAX = 2000,    /* entries of one list */
    YM_FAMILY_TEXT_MAX = 4096     /* bytes of one text; also what a pattern is shown of a line */
};

/* How much a trace says by itself. */
typedef enum ym_weight { YM_WEIGHT_WEAK, YM_WEIGHT_MEDIUM, YM_WEIGHT_STRONG } ym_weight;
const char *ym_weight_word(ym_weight w); /* "weak", "medium", "strong" */

/* The kinds of trace; docs/formats/family.md says what each looks at.  Those of the registry come
 * first, up to JOB. */
#define YM_ARTEFACT_TABLE(X)                                                                       \
    X(SVCHOST_SERVICE, "svchost-service")                                                          \
    X(SERVICE, "service")                                                                          \
    X(SERVICE_START, "service-start")                                                              \
    X(REGISTRY_VALUE, "registry-value")                                                            \
    X(REGISTRY_MISSING, "registry-missing")                                                        \
    X(REGISTRY_KEY, "registry-key")                                                                \
    X(KEY_PERMISSIONS, "key-permissions")                                                          \
    X(RUN_VALUE, "run-value")                                                                      \
    X(JOB, "job")                                                                                  \
    X(TASK, "task")                                                                                \
    X(AUTORUN, "autorun")                                                                          \
    X(FILES, "files")                                                                              \
    X(TEXT_LINE, "text-line")                                                                      \
    X(TEXT_FILE, "text-file")                                                                      \
    X(PACKAGE_FILE, "package-file")

typedef enum ym_artefact_kind {
#define X(name, word) YM_ARTEFACT_##name,
    YM_ARTEFACT_TABLE(X)
#undef X
        YM_ARTEFACT_KINDS
} ym_artefact_kind;

struct ym_texts { /* a list of texts */
    const char *const *v;
    size_t n;
};

struct ym_pattern { /* text NULL: not given */
    const char *text;
    regex_t *re;
};
bool ym_pattern_match(const struct ym_pattern *p, const char *text);

struct ym_text_rule { /* one reason why a line or file is a trace */
    const char *id;
    const char *why;
    ym_weight weight;
    struct ym_pattern pattern;
};

struct ym_start_default { /* service start type from this Windows version on */
    const char *service;
    unsigned major, minor;
    uint32_t start; /* 0..4 */
};

struct ym_windows_version {
    bool given;
    unsigned major, minor;
};

struct ym_artefact {
    const char *id;
    ym_artefact_kind kind;
    ym_weight weight;
    const char *source; /* where the knowledge comes from; "[M]" marks memory */
    bool report_only;   /* shown, never repaired */
    bool on_its_own;    /* repaired only when this very finding is strong (else: with the family) */
    bool alone;         /* a strong finding of this one makes the family count by itself */
    uint64_t strong_from; /* that many findings of this artefact together are strong; 0: never */
    struct ym_texts keys, values, known, files, folders, trusted_links, payload_folders, needs;
    const char *group; /* the svchost group */
    bool has_equals_number, has_set_number, walk;
    uint64_t equals_number, set_number;
    const char *equals_text, *set_text;
    const char *holds;     /* registry-key: the key below it that has the value; NULL: itself */
    const char *original;  /* folder in which the family keeps the files that it replaced */
    bool unlisted;         /* also files that no package has */
    bool pam;              /* lines of PAM: removed where clean/pam.h says that they may be */
    bool copy_control_set; /* a missing key is copied from another control set */
    bool missing;          /* a value that is not there is the trace */
    bool remove_text;      /* of a REG_MULTI_SZ only the texts that match go */
    bool below, write;     /* key-permissions: keys below, too; that nobody may write counts, too */
    bool program;          /* run-value: the program that it starts goes with it */
    struct ym_windows_version from, until; /* looked for on these only; both included */
    struct ym_pattern name, data, unless, subkey, image, application, parameters, command, skip;
    const struct ym_text_rule *rules;
    size_t n_rules;
    const struct ym_start_default *starts; /* sorted as written; the last that fits wins */
    size_t n_starts;
};

struct ym_alias {
    const char *name, *microsoft, *working_group;
};

struct ym_family {
    struct ym_family *next;
    const char *file; /* where it was read from */
    const char *name, *category, *severity, *system, *summary;
    struct ym_texts detections; /* globs over detection names, without regard to case */
    struct ym_texts sources;
    struct ym_texts doors; /* advisories and weak settings that it comes through; may be empty */
    const struct ym_alias *aliases;
    size_t n_aliases;
    uint64_t needs_strong,
        needs_medium; /* distinct kinds of trace; medium counts strong ones, too */
    const struct ym_artefact *artefacts;
    size_t n_artefacts;
};

struct ym_families; /* opaque; owns all of the above */

struct ym_families *ym_families_new(void); /* empty; NULL: out of memory */
void ym_families_free(struct ym_families *fs);
const struct ym_family *ym_families_first(const struct ym_families *fs);
size_t ym_families_count(const struct ym_families *fs);
const struct ym_family *ym_families_find(const struct ym_families *fs, const char *name);
/* The family whose detection globs match this name; NULL: none. */
const struct ym_family *ym_families_by_detection(const struct ym_families *fs, const char *name);

/* Adds one family from a text.  Two families of one name are refused. */
YM_MUST_CHECK ym_status ym_families_add(struct ym_families *fs, const char *file, const char *text,
                                        size_t n, struct ym_err *err);
/* Adds every *.json of a folder, in order of name. */
YM_MUST_CHECK ym_status ym_families_load(struct ym_families *fs, const char *folder,
                                         struct ym_err *err);

#endif
