/* clamav_int.h - between the files of signatures/clamav/, not for others.
 *
 * files.c splits a database into lines and hands each to its type's reader (hash.c, ndb.c,
 * ignore.c).  A reader returns a status; what is wrong with a *line* it says with
 * ym_clamav_bad(), so that files.c can tell it from a failure of the sink or of memory, which
 * ends the load whatever the options say. */
#ifndef YM_SIGNATURES_CLAMAV_INT_H
#define YM_SIGNATURES_CLAMAV_INT_H

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "signatures/clamav.h"

enum {
    YM_CLAMAV_MAX_LINE = 8191,      /* the peer's line buffer without its NUL */
    YM_CLAMAV_MAX_LDB_LINE = 32767, /* the same for logical signatures */
    YM_CLAMAV_ARENA = 64 << 20,     /* one signature's nodes */
    YM_CLAMAV_MAX_IGNORED = 1 << 20 /* entries of all ignore lists together */
};

struct ym_certs; /* pki/certs.h */

struct ym_clamav {
    struct ym_clamav_options options;
    struct ym_sink sink;
    struct ym_map *ignored; /* see ignore.c */
    struct ym_arena *arena; /* of the line at hand; reset after each */
    unsigned rows_of_file;  /* of .ftm and .pwdb: lines that made one */
    struct ym_certs *certs; /* of .crb, for catalogues; NULL: none yet */
};

/* The line at hand: its end of line is cut, it holds no NUL. */
struct ym_clamav_line {
    struct ym_clamav *ld;
    const char *file;
    unsigned no; /* 1-based; 0: the whole file */
    const char *s;
    size_t n;
    struct ym_err *err;
    bool pua;        /* of a database of possibly unwanted applications */
    ym_status bad;   /* set by ym_clamav_bad(): MALFORMED or UNSUPPORTED */
    const char *why; /* with it: a static string */
};

typedef ym_status ym_clamav_reader(struct ym_clamav_line *line, int kind);
/* Of a type without lines: gets all n bytes; line->s is NULL. */
typedef ym_status ym_clamav_whole(struct ym_clamav_line *line, const uint8_t *data, size_t n);

ym_clamav_reader ym_clamav_read_hash;     /* kind: ym_digest_kind */
ym_clamav_reader ym_clamav_read_ndb;      /* kind: unused */
ym_clamav_reader ym_clamav_read_db;       /* kind: unused */
ym_clamav_reader ym_clamav_read_cdb;      /* kind: unused */
ym_clamav_reader ym_clamav_read_metadata; /* .zmd .rmd; kind: enum ym_cltype of the container */
ym_clamav_reader ym_clamav_read_pwdb;     /* kind: unused */
ym_clamav_reader ym_clamav_read_ftm;      /* kind: unused */
ym_clamav_reader ym_clamav_read_ignore;   /* kind: unused */
ym_clamav_reader ym_clamav_read_ldb;      /* kind: unused; its lines may be longer */

ym_clamav_reader ym_clamav_read_cert; /* kind: unused */
ym_clamav_reader ym_clamav_read_icon; /* kind: unused */
ym_clamav_reader ym_clamav_read_pdb;  /* kind: unused; empty lines are none */
ym_clamav_reader ym_clamav_read_wdb;  /* kind: unused; the same */
ym_clamav_reader ym_clamav_read_gdb;  /* kind: unused; the same */

ym_clamav_whole ym_clamav_read_cat;

/* This line breaks its format, or asks for what is not there; returns code. */
ym_status ym_clamav_bad(struct ym_clamav_line *line, ym_status code, const char *why);
/* This line is fine but makes no signature; why is a static string. */
ym_status ym_clamav_leave_out(struct ym_clamav_line *line, const char *why);

/* Cuts the line at ':' into at most max fields; returns how many there are, max + 1 for more. */
unsigned ym_clamav_split(const struct ym_clamav_line *line, struct ym_str *ret_fields,
                         unsigned max);

/* Is the name on an ignore list (with this line's MD5, where the list gives one)? */
bool ym_clamav_ignored(const struct ym_clamav_line *line, struct ym_str name);

/* Of a database of possibly unwanted applications: a category that is not loaded? */
bool ym_clamav_unwanted_here(const struct ym_clamav_line *line, struct ym_str name);

/* " (Clam)" and what follows is no part of a name. */
struct ym_str ym_clamav_name(struct ym_str name);

/* As the peer's loader reads a functionality level: the digits at the start, 0 if none. */
uint32_t ym_clamav_level(struct ym_str field);

/* Digits only, or nothing, which is 0; false when it is anything else or past 32 bits. */
bool ym_clamav_number(const char *s, size_t n, uint32_t *ret_value);

/* ---- offset.c ------------------------------------------------------------------------------ */

struct ym_clamav_offset {
    struct ym_place place;
    bool is_macro;    /* $n$ */
    uint32_t group;   /* n of it */
    bool has_shift;   /* a ',' is there */
    bool has_version; /* "VI" anywhere in it */
};
ym_status ym_clamav_parse_offset(struct ym_clamav_line *line, struct ym_str text, unsigned target,
                                 struct ym_clamav_offset *ret_offset);

/* ---- hexpattern.c -------------------------------------------------------------------------- */

enum ym_clamav_hex_flag {
    YM_CLAMAV_HEX_LOGICAL = 1u << 0,  /* of a subsignature: two bytes are enough */
    YM_CLAMAV_HEX_MODIFIED = 1u << 1, /* it has modifiers: no group can be negated */
    YM_CLAMAV_HEX_NOCASE = 1u << 2,   /* letters match both cases; of BYTES without a mask that is
                                       * left to YM_PATTERN_NOCASE */
    YM_CLAMAV_HEX_WIDE = 1u << 3,     /* the text is widened: so are the neighbours of (W) */
    YM_CLAMAV_HEX_FILTERED = 1u << 4  /* between hexpattern.c and hexpart.c */
};

/* A pattern's nodes (in the line's arena). */
struct ym_clamav_body {
    const struct ym_node *nodes;
    bool impossible; /* well-formed, but no file can match it; nodes is NULL */
};
ym_status ym_clamav_parse_hex(struct ym_clamav_line *line, struct ym_str hex, unsigned target,
                              const struct ym_clamav_offset *offset, unsigned flags,
                              struct ym_clamav_body *ret_body);

#endif
