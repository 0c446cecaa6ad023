/* files.c - which reader a database file gets, and its lines.  See signatures/clamav.h.
 *
 * What every line format shares: a line that begins with '#' is a comment, CR and LF at the end
 * are cut, an empty line is a line like any other (and malformed in every type read here), a
 * file without a line is an error. */
#include "clamav_int.h"
#include "cvd.h"
#include "ioc.h"

#include "base/alloc.h"
#include "pki/certs.h"

#include <string.h>

struct file_type {
    const char *ext;
    ym_clamav_reader *reader; /* of its lines, or */
    ym_clamav_whole *whole;   /* of all its bytes */
    ym_clamav_class class;
    int kind;
    bool binary; /* has no lines to count */
};

static ym_status skip_bytecode(struct ym_clamav_line *line, const uint8_t *data, size_t n) {
    (void)data;
    (void)n;
    return ym_clamav_leave_out(line, "bytecode signatures (.cbc) are not run");
}

/* Outside of a container it describes nothing. */
static ym_status skip_info(struct ym_clamav_line *line, const uint8_t *data, size_t n) {
    (void)data;
    (void)n;
    return ym_clamav_leave_out(line, "table of contents (.info) without its container");
}

#define READ(ext, class, reader, kind)                                                             \
    { ext, reader, NULL, class, kind, false }
#define READ_WHOLE(ext, class, whole)                                                              \
    { ext, NULL, whole, class, 0, true }

static const struct file_type types[] = {
    READ(".ign", YM_CLAMAV_FIRST, ym_clamav_read_ignore, 0),
    READ(".ign2", YM_CLAMAV_FIRST, ym_clamav_read_ignore, 0),
    READ(".db", YM_CLAMAV_LOADED, ym_clamav_read_db, 0),
    READ(".ndb", YM_CLAMAV_LOADED, ym_clamav_read_ndb, 0),
    READ(".sdb", YM_CLAMAV_LOADED, ym_clamav_read_ndb, 0),
    READ(".ndu", YM_CLAMAV_PUA, ym_clamav_read_ndb, 0),
    READ(".hdb", YM_CLAMAV_LOADED, ym_clamav_read_hash, YM_DIGEST_FILE),
    READ(".hsb", YM_CLAMAV_LOADED, ym_clamav_read_hash, YM_DIGEST_FILE),
    READ(".hdu", YM_CLAMAV_PUA, ym_clamav_read_hash, YM_DIGEST_FILE),
    READ(".hsu", YM_CLAMAV_PUA, ym_clamav_read_hash, YM_DIGEST_FILE),
    READ(".mdb", YM_CLAMAV_LOADED, ym_clamav_read_hash, YM_DIGEST_SECTION),
    READ(".msb", YM_CLAMAV_LOADED, ym_clamav_read_hash, YM_DIGEST_SECTION),
    READ(".mdu", YM_CLAMAV_PUA, ym_clamav_read_hash, YM_DIGEST_SECTION),
    READ(".msu", YM_CLAMAV_PUA, ym_clamav_read_hash, YM_DIGEST_SECTION),
    READ(".imp", YM_CLAMAV_LOADED, ym_clamav_read_hash, YM_DIGEST_IMPORT),
    READ(".fp", YM_CLAMAV_LOADED, ym_clamav_read_hash, YM_DIGEST_ALLOW),
    READ(".sfp", YM_CLAMAV_LOADED, ym_clamav_read_hash, YM_DIGEST_ALLOW),
    READ(".ldb", YM_CLAMAV_LOADED, ym_clamav_read_ldb, 0),
    READ(".ldu", YM_CLAMAV_PUA, ym_clamav_read_ldb, 0),
    READ(".cdb", YM_CLAMAV_LOADED, ym_clamav_read_cdb, 0),
    READ(".zmd", YM_CLAMAV_LOADED, ym_clamav_read_metadata, YM_CLTYPE_ZIP),
    READ(".rmd", YM_CLAMAV_LOADED, ym_clamav_read_metadata, YM_CLTYPE_RAR),
    READ(".idb", YM_CLAMAV_LOADED, ym_clamav_read_icon, 0),
    READ(".ftm", YM_CLAMAV_LOADED, ym_clamav_read_ftm, 0),
    READ(".pdb", YM_CLAMAV_LOADED, ym_clamav_read_pdb, 0),
    READ(".wdb", YM_CLAMAV_LOADED, ym_clamav_read_wdb, 0),
    READ(".gdb", YM_CLAMAV_LOADED, ym_clamav_read_gdb, 0),
    READ(".crb", YM_CLAMAV_LOADED, ym_clamav_read_cert, 0),
    READ_WHOLE(".cat", YM_CLAMAV_LOADED, ym_clamav_read_cat),
    READ_WHOLE(".cbc", YM_CLAMAV_LOADED, skip_bytecode),
    READ(".cfg", YM_CLAMAV_LOADED, ym_clamav_read_config, 0),
    READ(".pwdb", YM_CLAMAV_LOADED, ym_clamav_read_pwdb, 0),
    READ_WHOLE(".ioc", YM_CLAMAV_LOADED, ym_clamav_read_ioc),
    READ_WHOLE(".info", YM_CLAMAV_LOADED, skip_info),
    READ_WHOLE(".cvd", YM_CLAMAV_LOADED, ym_clamav_read_container),
    READ_WHOLE(".cld", YM_CLAMAV_LOADED, ym_clamav_read_container),
    READ_WHOLE(".cud", YM_CLAMAV_LOADED, ym_clamav_read_container),
};

static const struct file_type *type_of(const char *name) {
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (ym_ends_with_nocase(name, types[i].ext)) {
            return &types[i];
        }
    }
    return NULL;
}

ym_clamav_class ym_clamav_classify(const char *name) {
    const struct file_type *t = type_of(name);

    return t == NULL ? YM_CLAMAV_NOT : t->class;
}

bool ym_clamav_is_container(const char *name) {
    const struct file_type *t = type_of(name);

    return t != NULL && t->whole == ym_clamav_read_container;
}

unsigned ym_clamav_rank(const char *name) {
    static const char *const before[] = {"daily.cld", "daily.cvd", "local.gdb", "daily.cfg"};
    const unsigned n = sizeof(before) / sizeof(before[0]);

    if (ym_clamav_classify(name) == YM_CLAMAV_FIRST) {
        return 0;
    }
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(name, before[i]) == 0) {
            return 1 + i;
        }
    }
    return ym_ends_with_nocase(name, ".crb") ? 1 + n : 2 + n;
}

struct ym_clamav *ym_clamav_new(const struct ym_clamav_options *options,
                                const struct ym_sink *sink) {
    struct ym_clamav *ld = ym_zalloc(1, sizeof(*ld));

    if (ld == NULL) {
        return NULL;
    }
    ld->options = *options;
    ld->sink = *sink;
    ld->ignored = ym_map_new(YM_CLAMAV_MAX_IGNORED);
    ld->arena = ym_arena_new(YM_CLAMAV_ARENA);
    if (ld->ignored == NULL || ld->arena == NULL) {
        ym_clamav_free(ld);
        return NULL;
    }
    return ld;
}

void ym_clamav_free(struct ym_clamav *ld) {
    if (ld == NULL) {
        return;
    }
    ym_map_free(ld->ignored);
    ym_certs_free(ld->certs);
    ym_arena_free(ld->arena);
    ym_free(ld);
}

ym_status ym_clamav_bad(struct ym_clamav_line *line, ym_status code, const char *why) {
    line->bad = code;
    line->why = why;
    return code;
}

ym_status ym_clamav_leave_out(struct ym_clamav_line *line, const char *why) {
    return line->ld->sink.left_out(line->ld->sink.self, line->file, line->no, why);
}

unsigned ym_clamav_split(const struct ym_clamav_line *line, struct ym_str *ret_fields,
                         unsigned max) {
    const char *s = line->s;
    const char *end = line->s + line->n;

    for (unsigned n = 0; n < max; n++) {
        const char *colon = memchr(s, ':', (size_t)(end - s));

        if (colon == NULL) {
            ret_fields[n] = (struct ym_str){s, (size_t)(end - s)};
            return n + 1;
        }
        ret_fields[n] = (struct ym_str){s, (size_t)(colon - s)};
        s = colon + 1;
    }
    return max + 1;
}

struct ym_str ym_clamav_name(struct ym_str name) {
    const char *cut = name.n == 0 ? NULL : memmem(name.s, name.n, " (Clam)", 7);

    return cut == NULL ? name : (struct ym_str){name.s, (size_t)(cut - name.s)};
}

uint32_t ym_clamav_level(struct ym_str field) {
    uint32_t level = 0;

    for (size_t i = 0; i < field.n && field.s[i] >= '0' && field.s[i] <= '9'; i++) {
        level = level > 1000000 ? level : level * 10 + (uint32_t)(field.s[i] - '0');
    }
    return level;
}

bool ym_clamav_number(const char *s, size_t n, uint32_t *ret_value) {
    if (n == 0) {
        *ret_value = 0;
        return true;
    }
    return ym_parse_u32(s, n, ret_value);
}

/* ---- Lines ---------------------------------------------------------------------------------- */

/* The next line of text[*pos..n), end of line cut; false at the end. */
static bool next_line(const char *text, size_t n, size_t *pos, struct ym_str *ret_line) {
    const char *s = text + *pos;
    size_t left = n - *pos;
    const char *newline;
    size_t len;

    if (left == 0) {
        return false;
    }
    newline = memchr(s, '\n', left);
    len = newline == NULL ? left : (size_t)(newline - s);
    *pos += newline == NULL ? len : len + 1;
    while (len > 0 && s[len - 1] == '\r') {
        len--;
    }
    *ret_line = (struct ym_str){s, len};
    return true;
}

static bool is_comment(struct ym_str line) {
    return line.n > 0 && line.s[0] == '#';
}

/* What became of a line: a bad one ends the load or, with skip_bad, is counted. */
static ym_status settle(struct ym_clamav_line *line, ym_status st) {
    ym_status bad = line->bad;

    if (st == YM_OK || bad == YM_OK) {
        return st;
    }
    line->bad = YM_OK;
    if (line->ld->options.skip_bad) {
        return ym_clamav_leave_out(line, line->why);
    }
    return ym_fail_at(line->err, bad, "signatures/clamav", line->file, line->no, 0, "%s",
                      line->why);
}

static ym_status read_line(const struct file_type *t, struct ym_clamav_line *line, bool has_nul) {
    bool longer = t->reader == ym_clamav_read_ldb;

    if (has_nul) {
        return ym_clamav_bad(line, YM_MALFORMED, "NUL byte in a line");
    }
    if (line->n > (longer ? YM_CLAMAV_MAX_LDB_LINE : YM_CLAMAV_MAX_LINE)) {
        return ym_clamav_bad(line, YM_MALFORMED,
                             longer ? "line of more than 32767 bytes"
                                    : "line of more than 8191 bytes");
    }
    return t->reader(line, t->kind);
}

static ym_status read_lines(const struct file_type *t, struct ym_clamav_line *line,
                            const char *text, size_t n) {
    const char *nul = n == 0 ? NULL : memchr(text, '\0', n);
    struct ym_str s;
    size_t pos = 0;

    while (next_line(text, n, &pos, &s)) {
        size_t start = (size_t)(s.s - text);
        bool has_nul = nul != NULL && nul < s.s + s.n;

        if (has_nul) { /* look for the next one, after this line */
            nul = memchr(text + start + s.n, '\0', n - start - s.n);
        }
        line->no++;
        if (is_comment(s)) {
            continue;
        }
        line->s = s.s;
        line->n = s.n;
        YM_TRY(settle(line, read_line(t, line, has_nul)));
    }
    return YM_OK;
}

/* Nothing of this file is loaded: one count a signature line. */
static ym_status leave_out_lines(struct ym_clamav_line *line, bool binary, const char *text,
                                 size_t n, const char *why) {
    struct ym_str s;
    size_t pos = 0;

    if (binary) {
        return ym_clamav_leave_out(line, why);
    }
    while (next_line(text, n, &pos, &s)) {
        line->no++;
        if (s.n > 0 && !is_comment(s)) {
            YM_TRY(ym_clamav_leave_out(line, why));
        }
    }
    return YM_OK;
}

/* Of two types the peer refuses a file that says nothing to this engine. */
static ym_status check_rows(const struct file_type *t, struct ym_clamav_line *line) {
    bool counted = t->reader == ym_clamav_read_ftm || t->reader == ym_clamav_read_pwdb;

    if (!counted || line->ld->rows_of_file > 0) {
        return YM_OK;
    }
    line->no = 0;
    return ym_clamav_bad(line, YM_MALFORMED, "no line of this file is for this engine");
}

ym_status ym_clamav_file(struct ym_clamav *ld, const char *name, const char *text, size_t n,
                         struct ym_err *err) {
    const struct file_type *t = type_of(name);
    struct ym_clamav_line line = {.ld = ld, .file = name, .err = err};

    if (t == NULL) {
        return ym_fail_at(err, YM_UNSUPPORTED, "signatures/clamav", name, 0, 0,
                          "not a ClamAV database: its name ends in no known type");
    }
    if (t->class == YM_CLAMAV_PUA && !ld->options.pua) {
        return leave_out_lines(&line, t->binary, text, n, "potentially unwanted application");
    }
    line.pua = t->class == YM_CLAMAV_PUA;
    if (n == 0 && t->class != YM_CLAMAV_FIRST) {
        return ym_fail_at(err, YM_MALFORMED, "signatures/clamav", name, 0, 0,
                          "empty database file");
    }
    if (t->whole != NULL) {
        return settle(&line, t->whole(&line, (const uint8_t *)text, n));
    }
    ld->rows_of_file = 0;
    YM_TRY(read_lines(t, &line, text, n));
    return settle(&line, check_rows(t, &line));
}
