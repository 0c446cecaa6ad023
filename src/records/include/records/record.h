/* record.h - the one record that every run leaves: an execution.
 *
 * An *execution* is one run of `yamori scan` or `yamori clean` on one machine: when, with what,
 * on which system, where, what was found and what was done about it.  All figures of the report
 * are queries over these records.
 *
 *     struct ym_record_config cfg;
 *     struct ym_record rec;
 *     YM_TRY(ym_record_config_load(&cfg, err));        // environment, then records.conf
 *     if (cfg.record) {
 *         YM_TRY(ym_record_begin(&rec, &cfg, YM_RUN_SCAN, arena, err));
 *         ... ym_record_add_detection(&rec, &(struct ym_record_detection){.name = ...}, arena) ...
 *         rec.files = n; rec.gaps = g; rec.duration_ms = ms; rec.outcome = YM_OUTCOME_DETECTED;
 *         YM_TRY(ym_spool_put(cfg.spool, &rec, err));  // records/spool.h: on disk when it returns
 *     }
 *
 * Ownership: a record owns nothing.  Its texts are borrowed: static, the caller's, or in the
 * arena given to begin, add and decode.  A text that is NULL is written as "".
 *
 * Writing a record (begin, add, encode, spool) needs base/ only: no JSON library and no
 * database is touched on the way of a scan.  Reading one back is ym_record_decode(): strict,
 * limited, for bytes that anybody may have written.
 *
 * What is not known is not guessed: country "ZZ", system "", bits 0, segment unknown.
 * The format is docs/formats/record.md. */
#ifndef YM_RECORDS_RECORD_H
#define YM_RECORDS_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_RECORD_SCHEMA = 1,            /* this file's version of the form */
    YM_RECORD_ID_SIZE = 16,          /* random bytes; 32 hex digits in JSON */
    YM_RECORD_TEXT_MAX = 255,        /* bytes of a system, family, name, category, tool */
    YM_RECORD_OBJECT_MAX = 1024,     /* bytes of an object or of a repair's target */
    YM_RECORD_DETECTIONS_MAX = 1000, /* more are counted in detections_left_out */
    YM_RECORD_REPAIRS_MAX = 2000,    /* more are counted in repairs_left_out */
    YM_RECORD_JSON_MAX = 32 << 20,   /* bytes of one encoded record; the maxima above fit */
    YM_SPOOL_PATH_MAX = 4096,
};

/* Each table: name of the constant, the word in JSON and in the store. */
#define YM_RUN_TABLE(X)                                                                            \
    X(SCAN, "scan")                                                                                \
    X(CLEAN, "clean")
#define YM_SEGMENT_TABLE(X)                                                                        \
    X(UNKNOWN, "unknown")                                                                          \
    X(HOME, "home")                                                                                \
    X(ENTERPRISE, "enterprise")
/* none: nothing found.  detected: found, nothing removed (a scan, or detect-only).  cleaned: all
 * that was found is gone.  partly: some of it is gone, or it needs a restart or a hand. */
#define YM_OUTCOME_TABLE(X)                                                                        \
    X(NONE, "none")                                                                                \
    X(DETECTED, "detected")                                                                        \
    X(CLEANED, "cleaned")                                                                          \
    X(PARTLY, "partly")
#define YM_REPAIR_TABLE(X)                                                                         \
    X(DONE, "done")                                                                                \
    X(FAILED, "failed")                                                                            \
    X(SKIPPED, "skipped")

#define X(name, text) YM_RUN_##name,
enum ym_run { YM_RUN_TABLE(X) YM_RUN_COUNT };
#undef X
#define X(name, text) YM_SEGMENT_##name,
enum ym_segment { YM_SEGMENT_TABLE(X) YM_SEGMENT_COUNT };
#undef X
#define X(name, text) YM_OUTCOME_##name,
enum ym_outcome { YM_OUTCOME_TABLE(X) YM_OUTCOME_COUNT };
#undef X
#define X(name, text) YM_REPAIR_##name,
enum ym_repair_result { YM_REPAIR_TABLE(X) YM_REPAIR_COUNT };
#undef X

struct ym_record_detection {
    const char *family;   /* unit of all tables: "Conficker"; "" when the signature names none */
    const char *name;     /* the signature's full name: "Worm:Win32/Conficker.B" */
    const char *category; /* a word of records/names.h: "worm"; "" = not classed */
    const char *object;   /* what it was found in: path, or registry key; may be "" */
};

struct ym_record_repair {
    const char *what; /* "service wuauserv start=2", as the plan printed it */
    enum ym_repair_result result;
};

struct ym_record {
    uint8_t id[YM_RECORD_ID_SIZE];      /* random; the same id is the same execution */
    uint8_t machine[YM_RECORD_ID_SIZE]; /* random, new every month; all zero = not known */
    int64_t time;                       /* start of the run, seconds since 1970, UTC */
    const char *tool;                   /* "yamori 0.1.0" */
    enum ym_run run;
    const char *system;       /* "Windows XP", "Debian GNU/Linux 12"; "" = not known */
    const char *service_pack; /* "SP3", "RTM"; "" where there is no such thing */
    uint32_t bits;            /* 32, 64; 0 = not known */
    char country[3];          /* ISO 3166-1 alpha-2; "ZZ" = not known */
    enum ym_segment segment;
    uint64_t epoch;       /* the signature image's epoch; 0 = none used */
    uint64_t files;       /* objects looked at */
    uint64_t gaps;        /* objects of those not looked at completely */
    uint64_t duration_ms; /* of the run */
    enum ym_outcome outcome;
    bool simulated; /* made by a generator: every page that counts it says so */

    const struct ym_record_detection *detections;
    size_t n_detections;
    uint64_t detections_left_out;
    const struct ym_record_repair *repairs;
    size_t n_repairs;
    uint64_t repairs_left_out;

    size_t detections_room, repairs_room; /* of the add functions; zero elsewhere */
};

/* What a local run cannot know by itself.  Sources, the first that says something wins:
 * YAMORI_COUNTRY, YAMORI_SEGMENT, YAMORI_SPOOL, YAMORI_RECORD (yes or no) of the environment;
 * then the file named by $YAMORI_RECORDS_CONF, or /etc/yamori/records.conf when that exists,
 * with lines `country = JP`, `segment = home`, `spool = DIR`, `record = yes`. */
struct ym_record_config {
    bool record;     /* false: the owner does not want records; true unless told */
    char country[3]; /* "ZZ" unless told */
    enum ym_segment segment;
    char spool[YM_SPOOL_PATH_MAX]; /* root: /var/lib/yamori/spool, else the state directory */
};

/* Fails (MALFORMED with file:line, IO) when what was configured cannot be understood. */
YM_MUST_CHECK ym_status ym_record_config_load(struct ym_record_config *ret_config,
                                              struct ym_err *err);

/* A new record of a run that starts now on this machine: id, machine, time, tool, system (of
 * /etc/os-release), bits, country and segment are filled in, the rest is zero.  A run that looks
 * at another system (an offline volume) replaces system, service_pack and bits afterwards. */
YM_MUST_CHECK ym_status ym_record_begin(struct ym_record *ret_record,
                                        const struct ym_record_config *config, enum ym_run run,
                                        struct ym_arena *arena, struct ym_err *err);

/* Copies one finding or repair into the arena and adds it; past the maximum it is only counted.
 * Texts longer than the limits are cut at a character.  NOMEM or LIMIT: of the arena. */
YM_MUST_CHECK ym_status ym_record_add_detection(struct ym_record *record,
                                                const struct ym_record_detection *detection,
                                                struct ym_arena *arena);
YM_MUST_CHECK ym_status ym_record_add_repair(struct ym_record *record,
                                             const struct ym_record_repair *repair,
                                             struct ym_arena *arena);

/* Appends the record as one line of JSON, without a newline; ask ym_buf_status(). */
void ym_record_encode(const struct ym_record *record, struct ym_buf *out);

/* Reads one record.  MALFORMED: not JSON, a key missing, unknown or twice, a value out of its
 * range; UNSUPPORTED: a newer schema; LIMIT: too long.  Texts are put into the arena. */
YM_MUST_CHECK ym_status ym_record_decode(const char *json, size_t n, struct ym_arena *arena,
                                         struct ym_record *ret_record, struct ym_err *err);

/* 16 random bytes; IO when the system has none to give. */
YM_MUST_CHECK ym_status ym_record_random_id(uint8_t ret_id[YM_RECORD_ID_SIZE], struct ym_err *err);

/* The words of the tables above; never NULL. */
const char *ym_run_word(enum ym_run v);
const char *ym_segment_word(enum ym_segment v);
const char *ym_outcome_word(enum ym_outcome v);
const char *ym_repair_word(enum ym_repair_result v);

#endif
