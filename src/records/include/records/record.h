/* record.h - the one record that every run leaves: an execution.
 *
 * An *execution* is one run of `yamori scan`, `yamori clean` or `yamori audit` on one machine, or
 * what real-time protection (`guard`) or the watch over a network (`observe`) saw in a span of
 * time: when, with what, on which system, where, what was found and what was done about it.  All
 * figures of the report are queries over these records.
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
 * What is not known is not guessed: country "ZZ", system "", bits 0, all words unknown.
 * No record names a person or a computer: the user's part of a path is replaced when a finding is
 * added (ym_record_hide_user()).
 * The format is docs/formats/record.md, and for validators docs/formats/record.schema.json. */
#ifndef YM_RECORDS_RECORD_H
#define YM_RECORDS_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_RECORD_SCHEMA = 2,              /* what is written; 1 is read, too */
    YM_RECORD_ID_SIZE = 16,            /* random bytes; 32 hex digits in JSON */
    YM_RECORD_TEXT_MAX = 255,          /* bytes of a system, family, name, category, tool */
    YM_RECORD_OBJECT_MAX = 1024,       /* bytes of an object or of a repair's target */
    YM_RECORD_DETECTIONS_MAX = 1000,   /* more are counted in detections_left_out */
    YM_RECORD_REPAIRS_MAX = 2000,      /* more are counted in repairs_left_out */
    YM_RECORD_EXPOSURES_MAX = 1000,    /* more are counted in exposures_left_out */
    YM_RECORD_OBSERVATIONS_MAX = 1000, /* more are counted in observations_left_out */
    YM_RECORD_KIND_MAX = 32, /* bytes of an observation's kind: a small letter, then a-z 0-9 - */
    YM_RECORD_JSON_MAX = 32 << 20, /* bytes of one encoded record; the maxima above fit */
    YM_SPOOL_PATH_MAX = 4096,
};

/* Each table: name of the constant, the word in JSON and in the store. */
/* guard: what real-time protection met; audit: doors and missing updates; observe: the network. */
#define YM_RUN_TABLE(X)                                                                            \
    X(SCAN, "scan")                                                                                \
    X(CLEAN, "clean")                                                                              \
    X(GUARD, "guard")                                                                              \
    X(AUDIT, "audit")                                                                              \
    X(OBSERVE, "observe")
/* Is the system a server?  In JSON null, false, true. */
#define YM_SERVER_TABLE(X)                                                                         \
    X(UNKNOWN, "unknown")                                                                          \
    X(NO, "no")                                                                                    \
    X(YES, "yes")
/* A real-time product that is on and up to date. */
#define YM_PROTECTION_TABLE(X)                                                                     \
    X(UNKNOWN, "unknown")                                                                          \
    X(ON, "on")                                                                                    \
    X(OFF, "off")
/* How the country was found: somebody set it, or by an address. */
#define YM_LOCATED_TABLE(X)                                                                        \
    X(UNKNOWN, "unknown")                                                                          \
    X(SETTING, "setting")                                                                          \
    X(ADDRESS, "address")
/* How a thing tried to come in: a weak or stolen password, a hole, autorun, it was there before
 * the first look, a page, a mail. */
#define YM_PATH_TABLE(X)                                                                           \
    X(UNKNOWN, "")                                                                                 \
    X(CREDENTIAL, "credential")                                                                    \
    X(EXPLOIT, "exploit")                                                                          \
    X(AUTORUN, "autorun")                                                                          \
    X(PREEXISTING, "preexisting")                                                                  \
    X(WEB, "web")                                                                                  \
    X(MAIL, "mail")
#define YM_EXPOSURE_TABLE(X)                                                                       \
    X(UPDATE, "update")                                                                            \
    X(DOOR, "door")
#define YM_EXPOSURE_STATE_TABLE(X)                                                                 \
    X(UNKNOWN, "unknown")                                                                          \
    X(OPEN, "open")                                                                                \
    X(PARTLY, "partly")                                                                            \
    X(CLOSED, "closed")
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
#define X(name, text) YM_SERVER_##name,
enum ym_server { YM_SERVER_TABLE(X) YM_SERVER_COUNT };
#undef X
#define X(name, text) YM_PROTECTION_##name,
enum ym_protection { YM_PROTECTION_TABLE(X) YM_PROTECTION_COUNT };
#undef X
#define X(name, text) YM_LOCATED_##name,
enum ym_located { YM_LOCATED_TABLE(X) YM_LOCATED_COUNT };
#undef X
#define X(name, text) YM_PATH_##name,
enum ym_path { YM_PATH_TABLE(X) YM_PATH_COUNT };
#undef X
#define X(name, text) YM_EXPOSURE_##name,
enum ym_exposure { YM_EXPOSURE_TABLE(X) YM_EXPOSURE_COUNT };
#undef X
#define X(name, text) YM_EXPOSURE_STATE_##name,
enum ym_exposure_state { YM_EXPOSURE_STATE_TABLE(X) YM_EXPOSURE_STATE_COUNT };
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
    enum ym_path path;    /* how it tried to come in */
    bool blocked;         /* an encounter: it never ran.  Of `guard` runs only */
};

struct ym_record_repair {
    const char *what; /* "service wuauserv start=2", as the plan printed it */
    enum ym_repair_result result;
};

struct ym_record_exposure {
    const char *id; /* of an update its advisory, "MS08-067"; of a door that of `yamori audit` */
    enum ym_exposure kind;
    enum ym_exposure_state state;
    int64_t
        age_days; /* since a missing update was published; negative = not known, no such thing */
};

struct ym_record_observation {
    const char *kind; /* "blocked-name", "scan-445": YM_RECORD_KIND_MAX */
    const char *key;  /* what was seen: a family, a port; never whose it was */
    uint64_t count;
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
    enum ym_server server;
    char country[3];         /* ISO 3166-1 alpha-2; "ZZ" = not known */
    enum ym_located located; /* unknown where the country is */
    enum ym_segment segment;
    enum ym_protection protection;
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
    const struct ym_record_exposure *exposures; /* of `audit` runs only */
    size_t n_exposures;
    uint64_t exposures_left_out;
    const struct ym_record_observation *observations; /* of `observe` runs only */
    size_t n_observations;
    uint64_t observations_left_out;

    /* Of the add functions; zero elsewhere. */
    size_t detections_room, repairs_room, exposures_room, observations_room;
};

/* What a local run cannot know by itself.  Sources, the first that says something wins:
 * YAMORI_COUNTRY, YAMORI_LOCATED, YAMORI_SEGMENT, YAMORI_PROTECTION, YAMORI_SERVER, YAMORI_SPOOL,
 * YAMORI_RECORD (yes or no) of the environment; then the file named by $YAMORI_RECORDS_CONF, or
 * /etc/yamori/records.conf when that exists, with lines `country = JP`, `located = setting`,
 * `segment = home`, `protection = on`, `server = no`, `spool = DIR`, `record = yes`. */
struct ym_record_config {
    bool record;             /* false: the owner does not want records; true unless told */
    char country[3];         /* "ZZ" unless told */
    enum ym_located located; /* a country that was told is a setting, unless told otherwise */
    enum ym_segment segment;
    enum ym_protection protection;
    enum ym_server server;
    char spool[YM_SPOOL_PATH_MAX]; /* root: /var/lib/yamori/spool, else the state directory */
};

/* Fails (MALFORMED with file:line, IO) when what was configured cannot be understood. */
YM_MUST_CHECK ym_status ym_record_config_load(struct ym_record_config *ret_config,
                                              struct ym_err *err);

/* A new record of a run that starts now on this machine: id, machine, time, tool, system (of
 * /etc/os-release), bits and what the configuration tells are filled in, the rest is zero.  A run
 * that looks at another system (an offline volume) replaces system, service_pack, bits and server
 * afterwards. */
YM_MUST_CHECK ym_status ym_record_begin(struct ym_record *ret_record,
                                        const struct ym_record_config *config, enum ym_run run,
                                        struct ym_arena *arena, struct ym_err *err);

/* The path or registry key with "*" for the name of every user, account or other computer in it:
 * what follows home, Users, Documents and Settings, Profiles, HKU, HKEY_USERS, media, crontabs and
 * the like, an account's SID, the host of \\host\share.  Names that every system has (Public,
 * Default, S-1-5-18) stay.  The text is s itself, or in the arena; NULL as of the arena. */
const char *ym_record_hide_user(const char *s, struct ym_arena *arena);

/* Copies one item into the arena and adds it; past the maximum it is only counted.  The object of
 * a finding and the text of a repair lose their users' names.  Texts longer than the limits are
 * cut at a character.  NOMEM or LIMIT: of the arena. */
YM_MUST_CHECK ym_status ym_record_add_detection(struct ym_record *record,
                                                const struct ym_record_detection *detection,
                                                struct ym_arena *arena);
YM_MUST_CHECK ym_status ym_record_add_repair(struct ym_record *record,
                                             const struct ym_record_repair *repair,
                                             struct ym_arena *arena);

YM_MUST_CHECK ym_status ym_record_add_exposure(struct ym_record *record,
                                               const struct ym_record_exposure *exposure,
                                               struct ym_arena *arena);
YM_MUST_CHECK ym_status ym_record_add_observation(struct ym_record *record,
                                                  const struct ym_record_observation *observation,
                                                  struct ym_arena *arena);

/* Appends the record as one line of JSON, without a newline; ask ym_buf_status(). */
void ym_record_encode(const struct ym_record *record, struct ym_buf *out);

/* Reads one record.  MALFORMED: not JSON, a key missing, unknown or twice, a value out of its
 * range, or a contradiction; UNSUPPORTED: a newer schema; LIMIT: too long.  Texts are put into the arena. */
YM_MUST_CHECK ym_status ym_record_decode(const char *json, size_t n, struct ym_arena *arena,
                                         struct ym_record *ret_record, struct ym_err *err);

/* 16 random bytes; IO when the system has none to give. */
YM_MUST_CHECK ym_status ym_record_random_id(uint8_t ret_id[YM_RECORD_ID_SIZE], struct ym_err *err);

/* The words of the tables above; never NULL. */
const char *ym_run_word(enum ym_run v);
const char *ym_segment_word(enum ym_segment v);
const char *ym_outcome_word(enum ym_outcome v);
const char *ym_repair_word(enum ym_repair_result v);
const char *ym_server_word(enum ym_server v);
const char *ym_protection_word(enum ym_protection v);
const char *ym_located_word(enum ym_located v);
const char *ym_path_word(enum ym_path v);
const char *ym_exposure_word(enum ym_exposure v);
const char *ym_exposure_state_word(enum ym_exposure_state v);

#endif
