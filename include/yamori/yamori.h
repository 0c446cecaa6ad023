/* yamori/yamori.h - the Yamori engine in a program of yours.
 *
 *     struct yamori_compiler *c = yamori_compiler_new();
 *     yamori_compiler_add_text(c, "my.yar", text, size, NULL, &error);     // or ..._add_file()
 *     yamori_compiler_build(c, &rules, &error);
 *     yamori_compiler_free(c);
 *
 *     yamori_scanner_new((const struct yamori_rules *[]){rules}, 1, &scanner, &error);
 *     yamori_scanner_on_detection(scanner, on_detection, me);
 *     status = yamori_scan_file(scanner, "a.zip", &error);
 *     ... yamori_scanner_stats(scanner)->verdict ...
 *     yamori_scanner_free(scanner);
 *     yamori_rules_free(rules);
 *
 * This header is the manual; libyamori(3) is a shorter one, examples/scan.c a whole program.
 *
 * Verdicts.  What was found and what was not looked at are two lists: detections and gaps.  A scan
 * whose status is YAMORI_OK says nothing of the file; YAMORI_CLEAN is said only when there was
 * neither a detection nor a gap.
 *
 * Ownership.  What a call gives through ret_... or returns as a pointer that is not const is yours:
 * free it with the call named like it.  Every pointer to const, and all it points to, is borrowed:
 * from a callback until the callback returns, from an object until it is freed or what is said at
 * the call.  What you pass in is copied unless it is said otherwise.  All ..._free() take NULL; other
 * arguments may be NULL only where it is said.
 *
 * Errors.  Nothing here prints, exits or changes the process's signals, locale or working folder.
 * What can fail returns a status; where there is a last argument ret_error, it may be NULL, and after
 * a failure it says what, where and why.  Outputs are untouched on failure.
 *
 * Threads.  Rules do not change: any number of scanners in any number of threads may share them.  A
 * compiler and a scanner are used by one thread at a time; one scanner a thread.
 *
 * Units.  Sizes and offsets are bytes, offsets count from 0, lines and columns from 1 (0: not known),
 * times are seconds where they are set and nanoseconds where they are told.  Texts are UTF-8 or
 * whatever bytes the rule or file name had, and end in NUL.
 *
 * Where it runs.  In your process, with your rights.  The parsers are written for hostile input, but
 * the program `yamori` runs them in processes that can do nothing else; see SECURITY.md.
 *
 * Structures that the library fills and you read may grow at their ends in later versions: never
 * copy or allocate them by their size (struct yamori_error is yours and stays as it is). */
#ifndef YAMORI_YAMORI_H
#define YAMORI_YAMORI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define YAMORI_API __attribute__((visibility("default")))
#define YAMORI_CHECKED __attribute__((visibility("default"), warn_unused_result))

/* "0.1.0" */
YAMORI_API const char *yamori_version(void);

/* ---- Statuses and errors ------------------------------------------------------------------- */

typedef enum yamori_status {
    YAMORI_OK = 0,          /* done */
    YAMORI_STOPPED = 1,     /* a callback of yours said so */
    YAMORI_MALFORMED = 2,   /* rules, or an image, break their own format */
    YAMORI_UNSUPPORTED = 3, /* valid, but not implemented, or of another version */
    YAMORI_LIMIT = 4,       /* larger than is taken */
    YAMORI_NO_MEMORY = 5,
    YAMORI_IO = 6,    /* the system refused; sys_errno says why */
    YAMORI_MISUSE = 7 /* a call that cannot be: out of order, or of an unknown name */
} yamori_status;

YAMORI_API const char *yamori_status_text(yamori_status status); /* never NULL */

struct yamori_error {
    yamori_status status;
    int sys_errno;         /* of the failed system call, or 0 */
    unsigned line, column; /* in a rule text */
    char file[512];        /* as you called it, or "" */
    char text[512];        /* what, and what to do about it where that is known */
};

/* "file:line:column: text" into out, cut at size and always ended by NUL; returns out. */
YAMORI_API char *yamori_error_format(const struct yamori_error *error, char *out, size_t size);

/* ---- Compiling rules ------------------------------------------------------------------------ */

struct yamori_compiler;
struct yamori_rules;

/* NULL: out of memory. */
YAMORI_API struct yamori_compiler *yamori_compiler_new(void);
YAMORI_API void yamori_compiler_free(struct yamori_compiler *compiler);

enum yamori_compiler_flag {
    /* A rule that does not compile is left out, with a warning, instead of ending the call. */
    YAMORI_COMPILE_SKIP_BAD = 1u << 0,
    /* Take ClamAV's databases of possibly unwanted applications (.ndu .hdu ...), too. */
    YAMORI_COMPILE_PUA = 1u << 1,
    /* Names of ClamAV's signatures are shown without ".UNOFFICIAL". */
    YAMORI_COMPILE_OFFICIAL = 1u << 2
};
/* Before anything was added; else MISUSE. */
YAMORI_CHECKED yamori_status yamori_compiler_set_flags(struct yamori_compiler *compiler,
                                                       unsigned flags);

/* Told of every warning and of the error that ends a call, each with its place. */
typedef void yamori_message_fn(void *self, bool is_error, const char *file, unsigned line,
                               unsigned column, const char *text);
YAMORI_API void yamori_compiler_on_message(struct yamori_compiler *compiler, yamori_message_fn *fn,
                                           void *self);

/* `include "path"` of the file that is called from.  *ret_name is how messages will call it, and
 * what `from` is for includes inside it; name and text must stay until the call that added
 * returned.  Anything but OK refuses the include.
 *
 * Without it, files that are added by path include what lies beneath their folder, links out of it
 * are not followed; texts and descriptors include nothing. */
typedef yamori_status yamori_include_fn(void *self, const char *from, const char *path,
                                        const char **ret_name, const void **ret_text,
                                        size_t *ret_size);
YAMORI_API void yamori_compiler_on_include(struct yamori_compiler *compiler, yamori_include_fn *fn,
                                           void *self);

/* An external variable, before the rules that use it.  The value is the one of every scan that
 * does not give another.  The type of a name cannot be changed: MISUSE. */
YAMORI_CHECKED yamori_status yamori_compiler_define_int(struct yamori_compiler *compiler,
                                                        const char *name, int64_t value);
YAMORI_CHECKED yamori_status yamori_compiler_define_bool(struct yamori_compiler *compiler,
                                                         const char *name, bool value);
YAMORI_CHECKED yamori_status yamori_compiler_define_double(struct yamori_compiler *compiler,
                                                           const char *name, double value);
YAMORI_CHECKED yamori_status yamori_compiler_define_text(struct yamori_compiler *compiler,
                                                         const char *name, const char *value);

/* Adds rules from memory.  name is for messages, and its end says what the text is: one of ClamAV's
 * extensions (.ndb .ldb .hdb .hsb .cvd ...) a database of ClamAV, anything else YARA's language.
 * ns is the name space of YARA rules, NULL: "default"; a name may be used once in each.  Ignore lists
 * of ClamAV (.ign2) are added before what they are about.
 *
 * After a failure the compiler can only be freed. */
YAMORI_CHECKED yamori_status yamori_compiler_add_text(struct yamori_compiler *compiler,
                                                      const char *name, const void *text,
                                                      size_t size, const char *ns,
                                                      struct yamori_error *ret_error);
/* The same of a file, which is read.  A descriptor stays yours; of a regular file it reads all, wherever
 * it stands, of anything else what is left. */
YAMORI_CHECKED yamori_status yamori_compiler_add_file(struct yamori_compiler *compiler,
                                                      const char *path, const char *ns,
                                                      struct yamori_error *ret_error);
YAMORI_CHECKED yamori_status yamori_compiler_add_fd(struct yamori_compiler *compiler, int fd,
                                                    const char *name, const char *ns,
                                                    struct yamori_error *ret_error);

/* All that was added, ready for scanners.  After it nothing more can be added. */
YAMORI_CHECKED yamori_status yamori_compiler_build(struct yamori_compiler *compiler,
                                                   struct yamori_rules **ret_rules,
                                                   struct yamori_error *ret_error);

/* ---- Rules ----------------------------------------------------------------------------------- */

/* Rules are one image: the bytes of a .ydb file, as `yamori db build` writes it.  An image is opened
 * by the version that wrote it, else UNSUPPORTED: keep the sources.  Files and memory are copied, so
 * they may change or go afterwards. */
YAMORI_CHECKED yamori_status yamori_rules_open_file(const char *path,
                                                    struct yamori_rules **ret_rules,
                                                    struct yamori_error *ret_error);
/* Reads a regular file from its start, anything else to its end. */
YAMORI_CHECKED yamori_status yamori_rules_open_fd(int fd, const char *name,
                                                  struct yamori_rules **ret_rules,
                                                  struct yamori_error *ret_error);
YAMORI_CHECKED yamori_status yamori_rules_open_memory(const void *data, size_t size,
                                                      const char *name,
                                                      struct yamori_rules **ret_rules,
                                                      struct yamori_error *ret_error);
/* After all scanners that use them. */
YAMORI_API void yamori_rules_free(struct yamori_rules *rules);

/* The image, borrowed from the rules. */
YAMORI_API const void *yamori_rules_image(const struct yamori_rules *rules, size_t *ret_size);
/* Writes it where the descriptor stands. */
YAMORI_CHECKED yamori_status yamori_rules_save_fd(const struct yamori_rules *rules, int fd,
                                                  struct yamori_error *ret_error);
/* Replaces the file at once or not at all. */
YAMORI_CHECKED yamori_status yamori_rules_save_file(const struct yamori_rules *rules,
                                                    const char *path,
                                                    struct yamori_error *ret_error);

/* Opening checks what a scan relies on.  This proves all of it, checksum included: for images from a
 * place that may have damaged them. */
YAMORI_CHECKED yamori_status yamori_rules_check(const struct yamori_rules *rules,
                                                struct yamori_error *ret_error);

struct yamori_rules_stats {
    uint64_t yara_rules, clamav_rules; /* private rules of YARA and members of macros included */
    uint64_t patterns;
    uint64_t digests;     /* hash signatures */
    uint64_t image_bytes; /* as in memory */
    int64_t built;        /* seconds since 1970 */
};
YAMORI_API const struct yamori_rules_stats *yamori_rules_stats(const struct yamori_rules *rules);

typedef enum yamori_meta_type {
    YAMORI_META_INT = 0,
    YAMORI_META_BOOL = 1,
    YAMORI_META_TEXT = 2
} yamori_meta_type;

struct yamori_meta {
    const char *key;
    yamori_meta_type type;
    int64_t number;   /* INT; BOOL: 0 or 1 */
    const char *text; /* TEXT, else "" */
};

enum yamori_rule_flag {
    YAMORI_RULE_GLOBAL = 1u << 0,
    YAMORI_RULE_PRIVATE = 1u << 1, /* never a detection */
    YAMORI_RULE_CLAMAV = 1u << 2   /* a signature of ClamAV; else a rule of YARA */
};

struct yamori_rule {
    const char *identifier;
    const char *ns;   /* "" of ClamAV's */
    unsigned flags;   /* enum yamori_rule_flag */
    uint32_t number;  /* in its rules, from 0, in the order they were added */
    const char *file; /* where it is written, as you called it; "" unknown */
    unsigned line;
    const char *const *tags;
    size_t n_tags;
    const struct yamori_meta *metas; /* in the order they are written; keys may repeat */
    size_t n_metas;
    const char *const *patterns; /* "$a"; "$" of an anonymous one, "" of ClamAV's */
    size_t n_patterns;
};

/* false: enough. */
typedef bool yamori_rule_fn(void *self, const struct yamori_rule *rule);
/* Every rule and pattern signature (hash signatures have only a name): OK, STOPPED, NO_MEMORY. */
YAMORI_CHECKED yamori_status yamori_rules_each(const struct yamori_rules *rules, yamori_rule_fn *fn,
                                               void *self);

/* ---- Scanners --------------------------------------------------------------------------------- */

struct yamori_scanner;

/* The rules, up to 32 of them, are asked one after the other and must outlive the scanner; the array
 * need not. */
YAMORI_CHECKED yamori_status yamori_scanner_new(const struct yamori_rules *const *rules,
                                                size_t n_rules, struct yamori_scanner **ret_scanner,
                                                struct yamori_error *ret_error);
YAMORI_API void yamori_scanner_free(struct yamori_scanner *scanner);

enum yamori_scan_flag {
    /* The bytes that were given and nothing inside them, as libyara looks at a file: no archives, no
     * programs inside programs, no normalised texts.  Nothing is said of what is inside, either. */
    YAMORI_SCAN_NO_UNPACK = 1u << 0,
    /* One detection a scan: what clamscan would name. */
    YAMORI_SCAN_FIRST_ONLY = 1u << 1,
    /* Detections come without their matches; conditions that ask whether a pattern is there at all
     * end with its first match, which is faster. */
    YAMORI_SCAN_NO_MATCHES = 1u << 2
};
/* Like the next four: for all scans from now on. */
YAMORI_API void yamori_scanner_set_flags(struct yamori_scanner *scanner, unsigned flags);

/* How long a scan may take; what was not looked at by then is a gap `time`.  0: no time at all.  The
 * clock is looked at between steps of the work: a scan may be late by about a second. */
YAMORI_API void yamori_scanner_set_timeout(struct yamori_scanner *scanner, uint64_t seconds);
/* A limit by its name, as `yamori scan --help` lists them (max_file_size, max_depth ...); MISUSE:
 * there is none of this name. */
YAMORI_CHECKED yamori_status yamori_scanner_set_limit(struct yamori_scanner *scanner,
                                                      const char *name, uint64_t value);
/* How many bytes of a match are kept for yamori_match.data: 512 by default, 65535 at most. */
YAMORI_API void yamori_scanner_set_match_bytes(struct yamori_scanner *scanner, uint32_t bytes);

/* The value of an external variable instead of that of the rules.  Of rules that do not use one of
 * this name and type nothing changes. */
YAMORI_CHECKED yamori_status yamori_scanner_define_int(struct yamori_scanner *scanner,
                                                       const char *name, int64_t value);
YAMORI_CHECKED yamori_status yamori_scanner_define_bool(struct yamori_scanner *scanner,
                                                        const char *name, bool value);
YAMORI_CHECKED yamori_status yamori_scanner_define_double(struct yamori_scanner *scanner,
                                                          const char *name, double value);
YAMORI_CHECKED yamori_status yamori_scanner_define_text(struct yamori_scanner *scanner,
                                                        const char *name, const char *value);

struct yamori_match {
    const char *pattern; /* "$a" */
    bool is_hex;         /* written as a hex string, and best shown as one */
    int xor_key;         /* of an xored text: 0..255; else -1 */
    uint64_t offset;     /* in the object; of a process: the address */
    uint64_t length;
    const uint8_t *data; /* the first data_size bytes of it */
    size_t data_size;
};

struct yamori_detection {
    const char *name; /* as `yamori scan` shows it: of YARA the identifier */
    const char *kind; /* "yara", "clamav", "heuristic" */
    /* NULL: not of a rule (a hash signature, a heuristic). */
    const struct yamori_rule *rule;
    const struct yamori_rules *rules; /* that it is of; NULL as above */
    const char *object;               /* path inside archives, "" the file itself; of a process
                                         "pid N 0xSTART-0xEND perms path" */
    const char *layers;               /* what it was unpacked through: "zip>gzip" */
    /* Pattern by pattern, by rising offset, one for an offset; those of private patterns are not
     * told.  About 24 MiB are kept of all of a scan, then there is a gap `items`. */
    const struct yamori_match *matches;
    size_t n_matches;
};

/* Why some bytes were not looked at. */
struct yamori_gap {
    const char *word; /* depth size items time memory encrypted malformed unsupported budget read */
    const char *text; /* for people */
    const char *object;    /* as above */
    const char *detail;    /* for people, or "" */
    uint64_t offset, size; /* of these bytes; size 0: not known */
};

/* Callbacks, all called before the scan returns, from its thread: first lines, then detections in
 * order of finding (of one object: in order of the rules), then gaps.  They may not use the scanner.
 * false: stop; the scan returns STOPPED.  fn NULL: nobody listens. */
typedef bool yamori_detection_fn(void *self, const struct yamori_detection *detection);
YAMORI_API void yamori_scanner_on_detection(struct yamori_scanner *scanner, yamori_detection_fn *fn,
                                            void *self);
typedef bool yamori_gap_fn(void *self, const struct yamori_gap *gap);
YAMORI_API void yamori_scanner_on_gap(struct yamori_scanner *scanner, yamori_gap_fn *fn,
                                      void *self);
/* What rules print: console.log(), console.hex(). */
typedef bool yamori_line_fn(void *self, const char *object, const char *line);
YAMORI_API void yamori_scanner_on_line(struct yamori_scanner *scanner, yamori_line_fn *fn,
                                       void *self);

/* ---- Scanning ---------------------------------------------------------------------------------
 *
 * OK: it was done, and yamori_scanner_stats() has the verdict.  IO: it could not be opened or read at
 * all.  Anything else: as the list of statuses says; then the verdict is ERROR. */

/* The bytes must stay as they are until the call returns. */
YAMORI_CHECKED yamori_status yamori_scan_memory(struct yamori_scanner *scanner, const void *data,
                                                size_t size, struct yamori_error *ret_error);
/* Files are read into memory, up to the limit max_file_size, for a mapping of a file that somebody
 * shortens would end your process.  A larger one is not looked at: a gap `size`. */
YAMORI_CHECKED yamori_status yamori_scan_file(struct yamori_scanner *scanner, const char *path,
                                              struct yamori_error *ret_error);
/* Reads a regular file from its start, wherever the descriptor stands, anything else to its end.
 * name is for messages. */
YAMORI_CHECKED yamori_status yamori_scan_fd(struct yamori_scanner *scanner, int fd,
                                            const char *name, struct yamori_error *ret_error);
/* The readable memory of a process, which runs on meanwhile; you need the right to trace it.  Each
 * region is an object of its own: a rule sees the patterns of one region, `filesize` is undefined,
 * offsets are addresses.  What cannot be read is a gap. */
YAMORI_CHECKED yamori_status yamori_scan_process(struct yamori_scanner *scanner, int pid,
                                                 struct yamori_error *ret_error);

typedef enum yamori_verdict {
    YAMORI_CLEAN = 0,      /* no detection, and all was looked at */
    YAMORI_FOUND = 1,      /* at least one detection, whatever else */
    YAMORI_INCOMPLETE = 2, /* no detection, but there are gaps */
    YAMORI_ERROR = 3       /* not looked at */
} yamori_verdict;

/* Of the last scan; borrowed until the next. */
struct yamori_scan_stats {
    yamori_verdict verdict;
    uint64_t detections, gaps, matches;
    uint64_t objects; /* the outer one and all that was unpacked; of a process its regions */
    uint64_t bytes;   /* that were matched */
    uint64_t steps;   /* of the work budget that were used: 20,000,000 an object and 10 a byte */
    uint64_t time_ns; /* on the wall */
};
YAMORI_API const struct yamori_scan_stats *
yamori_scanner_stats(const struct yamori_scanner *scanner);

#ifdef __cplusplus
}
#endif

#endif
