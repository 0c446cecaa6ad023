/* format.c - YARA source in its canonical layout: files, rules, sections.  See signatures/format.h.
 *
 * Comments between entries (items of a file, metas, strings) are lines of their own or end the line
 * before them; comments inside an entry are the business of format_lines.c.  Of the comments before
 * the next section those that are indented deeper than its keyword belong to the section before.
 *
 * When all is written, the result is read back and compared item by item with the source: whatever
 * went wrong here, a rule is never changed. */
#include "signatures/format.h"

#include "format_int.h"

#include <string.h>

enum { MAX_ALIGNED = 40, SECTION = FMT_STEP, ENTRY = 2 * FMT_STEP };

struct format {
    struct fmt_items items;
    struct fmt_lines lines;
    uint32_t at; /* the next item */
    struct ym_err *err;
};

static const struct fmt_item *here(const struct format *f) {
    return &f->items.rows[f->at];
}

/* The kind of the next token that is no comment. */
static uint32_t token_from(const struct format *f, uint32_t at) {
    while (at < f->items.n && fmt_is_comment(&f->items.rows[at])) {
        at++;
    }
    return at;
}

static ym_status unexpected(struct format *f, const char *want) {
    const struct fmt_item *i = &f->items.rows[token_from(f, f->at)];
    uint32_t n = i->kind == YARA_END ? 0 : i->end - i->start;

    if (n == 0) {
        return ym_fail_at(f->err, YM_MALFORMED, "signatures/yara", f->items.file, i->line,
                          i->column, "the file ends where %s should be", want);
    }
    return ym_fail_at(f->err, YM_MALFORMED, "signatures/yara", f->items.file, i->line, i->column,
                      "\"%.*s\" where %s should be", (int)(n < 40 ? n : 40),
                      f->items.text + i->start, want);
}

/* The end of the entry that begins at `at`: behind its last token before the next of these kinds. */
static uint32_t entry_end(const struct format *f, const int kinds[], unsigned n_kinds) {
    uint32_t end = f->at + 1;

    for (uint32_t i = f->at + 1; i < f->items.n; i++) {
        for (unsigned k = 0; k < n_kinds; k++) {
            if ((int)f->items.rows[i].kind == kinds[k]) {
                return end;
            }
        }
        end = fmt_is_comment(&f->items.rows[i]) ? end : i + 1;
    }
    return end;
}

static void put_to(struct format *f, uint32_t end) {
    fmt_put_flat(&f->lines, f->at, end);
    f->at = end;
}

/* ---- Sections -------------------------------------------------------------------------------- */

static bool is_section(const struct format *f, uint32_t at) {
    uint32_t kind = f->items.rows[at].kind;

    return (kind == YARA_K_meta || kind == YARA_K_strings || kind == YARA_K_condition) &&
           f->items.rows[token_from(f, at + 1)].kind == ':';
}

/* Comments up to the next token; *first: nothing of the section was written yet. */
static void put_comments(struct format *f, bool in_section, bool *first) {
    uint32_t next = token_from(f, f->at);
    const struct fmt_item *token = &f->items.rows[next];
    bool ends = token->kind != '}' && is_section(f, next);

    for (; f->at < next; f->at++) {
        const struct fmt_item *c = here(f);
        bool outer = !in_section || (ends && c->column <= token->column);

        fmt_put_comment(&f->lines, f->at, outer ? SECTION : ENTRY, !*first && c->newlines > 1);
        *first = *first && c->newlines == 0;
    }
}

/* "meta:", with what comments stand in it. */
static ym_status put_section_word(struct format *f) {
    uint32_t colon = token_from(f, f->at + 1);

    if (!is_section(f, f->at)) {
        return unexpected(f, "meta:, strings: or condition:");
    }
    fmt_break(&f->lines, SECTION, false);
    put_to(f, f->at + 1);
    fmt_put_text(&f->lines, ":");
    for (; f->at < colon; f->at++) {
        fmt_put_comment(&f->lines, f->at, ENTRY, false);
    }
    f->at = colon + 1;
    fmt_break(&f->lines, ENTRY, false);
    return YM_OK;
}

/* How wide the names of the section's entries are, for its equal signs to stand in one column. */
static uint32_t name_width(const struct format *f, uint32_t name_kind) {
    uint32_t width = 0;

    for (uint32_t i = f->at; i < f->items.n && !is_section(f, i); i++) {
        const struct fmt_item *it = &f->items.rows[i];
        uint32_t n = it->end - it->start;

        if (it->kind == name_kind && it[1].kind == '=' && n <= MAX_ALIGNED && n > width) {
            width = n;
        }
    }
    return width;
}

/* [at, end): `name = value`. */
static void put_entry(struct format *f, uint32_t end, uint32_t width) {
    const struct fmt_item *name = here(f);
    uint32_t n = name->end - name->start;

    put_to(f, f->at + 1);
    if (here(f)->kind == '=' && n < width) {
        fmt_put_spaces(&f->lines, width - n);
    }
    while (f->at < end) {
        uint32_t i = f->at;

        while (i < end && f->items.rows[i].kind != FMT_HEX_OPEN) {
            i++;
        }
        put_to(f, i);
        if (i == end) {
            return;
        }
        while (i < end && f->items.rows[i].kind != FMT_HEX_CLOSE) {
            i++;
        }
        if (i < end) {
            fmt_put_hex(&f->lines, f->at, i + 1, ENTRY);
            f->at = i + 1;
        }
    }
}

/* The entries of meta or strings. */
static ym_status put_entries(struct format *f, uint32_t name_kind, const char *what) {
    static const int meta_ends[] = {YARA_NAME, YARA_K_strings, YARA_K_condition, YARA_K_meta, '}'};
    static const int string_ends[] = {YARA_STRING, YARA_K_condition, YARA_K_meta, '}'};
    const bool metas = name_kind == YARA_NAME;
    const uint32_t width = name_width(f, name_kind);
    bool first = true;

    for (;;) {
        put_comments(f, true, &first);
        if (is_section(f, f->at) || here(f)->kind == '}') {
            return YM_OK;
        }
        if (here(f)->kind != name_kind) {
            return unexpected(f, what);
        }
        fmt_break(&f->lines, ENTRY, !first && here(f)->newlines > 1);
        put_entry(f,
                  metas ? entry_end(f, meta_ends, sizeof(meta_ends) / sizeof(meta_ends[0]))
                        : entry_end(f, string_ends, sizeof(string_ends) / sizeof(string_ends[0])),
                  width);
        first = false;
    }
}

static ym_status put_condition(struct format *f) {
    static const int ends[] = {'}', '{'};
    bool first = true;
    uint32_t end;

    put_comments(f, true, &first);
    if (here(f)->kind == '}' || f->at == f->items.n) {
        return unexpected(f, "a condition");
    }
    end = entry_end(f, ends, sizeof(ends) / sizeof(ends[0]));
    fmt_settle(&f->items, f->at, end);
    fmt_break(&f->lines, ENTRY, false);
    fmt_put_condition(&f->lines, f->at, end, ENTRY);
    f->at = end;
    put_comments(f, true, &first);
    return YM_OK;
}

static ym_status put_section(struct format *f) {
    uint32_t kind = here(f)->kind;

    YM_TRY(put_section_word(f));
    if (kind == YARA_K_condition) {
        return put_condition(f);
    }
    return kind == YARA_K_meta ? put_entries(f, YARA_NAME, "a name or another section")
                               : put_entries(f, YARA_STRING, "a string or another section");
}

/* ---- Files ----------------------------------------------------------------------------------- */

static ym_status put_rule(struct format *f) {
    static const int open[] = {'{', '}', FMT_HEX_OPEN};
    bool first = true;

    put_to(f, entry_end(f, open, sizeof(open) / sizeof(open[0])));
    for (; fmt_is_comment(here(f)); f->at++) {
        fmt_put_comment(&f->lines, f->at, 0, false);
    }
    if (here(f)->kind != '{') {
        return unexpected(f, "\"{\"");
    }
    fmt_break(&f->lines, 0, false);
    put_to(f, f->at + 1);
    put_comments(f, false, &first);
    while (here(f)->kind != '}') {
        YM_TRY(put_section(f));
    }
    fmt_break(&f->lines, 0, false);
    put_to(f, f->at + 1);
    return YM_OK;
}

/* import "x" and include "x" are short: a word and what it names. */
static ym_status put_line(struct format *f) {
    uint32_t name = token_from(f, f->at + 1);
    uint32_t kind = f->items.rows[name].kind;

    if (kind != (here(f)->kind == YARA_K_import ? YARA_TEXT : (uint32_t)FMT_PATH)) {
        f->at++;
        return unexpected(f, "a name in quotes");
    }
    put_to(f, name + 1);
    return YM_OK;
}

/* Is there an empty line between what was written (`before`) and what comes? */
static bool blank_between(uint32_t before, const struct fmt_item *next) {
    const bool rule_before = before == YARA_K_rule;
    const bool rule_next =
        next->kind != YARA_K_import && next->kind != YARA_K_include && next->kind != FMT_COMMENT;

    if (before == YARA_END) {
        return false;
    }
    return rule_before || (rule_next && before != FMT_COMMENT) || next->newlines > 1;
}

static ym_status put_item_of_file(struct format *f) {
    switch ((int)here(f)->kind) {
    case YARA_K_import:
    case YARA_K_include:
        return put_line(f);
    case YARA_K_rule:
    case YARA_K_private:
    case YARA_K_global:
        return put_rule(f);
    default:
        return unexpected(f, "rule, import or include");
    }
}

static ym_status put_file(struct format *f) {
    uint32_t before = YARA_END;

    while (f->at < f->items.n) {
        const struct fmt_item *i = here(f);
        uint32_t kind = i->kind;
        bool same_line = fmt_is_comment(i) && i->newlines == 0 && before != YARA_END;

        fmt_break(&f->lines, 0, blank_between(before, i));
        if (fmt_is_comment(i)) {
            fmt_put_comment(&f->lines, f->at++, 0, f->lines.blank);
        } else {
            YM_TRY(put_item_of_file(f));
        }
        if (!same_line) {
            before = kind == YARA_K_private || kind == YARA_K_global ? (uint32_t)YARA_K_rule : kind;
        }
        YM_TRY(ym_buf_status(f->lines.out));
    }
    return YM_OK;
}

/* The result read back: the same items, in their order? */
static ym_status prove(struct format *f, const struct ym_buf *out) {
    struct fmt_items again;
    const char *text = out->data == NULL ? "" : (const char *)out->data;
    uint32_t at = 0;
    bool equal;

    if (fmt_items_read(f->items.file, text, out->len, &again, NULL) != YM_OK) {
        equal = false;
    } else {
        equal = fmt_items_equal(&f->items, &again, &at);
        fmt_items_done(&again);
    }
    if (!equal) {
        const struct fmt_item *i = &f->items.rows[at];

        return ym_fail_at(f->err, YM_UNSUPPORTED, "signatures/yara", f->items.file, i->line,
                          i->column, "this cannot be laid out without changing what it says");
    }
    return YM_OK;
}

ym_status ym_yara_format(const char *name, const char *text, size_t n, struct ym_buf *out,
                         struct ym_err *err) {
    struct format f = {.err = err};
    ym_status st;

    YM_TRY(fmt_items_read(name, text, n, &f.items, err));
    f.lines = (struct fmt_lines){.items = &f.items, .out = out};
    st = put_file(&f);
    if (st == YM_OK && out->len > 0) {
        ym_buf_u8(out, '\n');
    }
    st = st == YM_OK ? ym_buf_status(out) : st;
    st = st == YM_OK ? prove(&f, out) : st;
    fmt_items_done(&f.items);
    return st == YM_OK
               ? YM_OK
               : ym_fail_at(err, st, "signatures/yara", name, 0, 0, "%s", ym_status_text(st));
}
