/* reg_export.c - see clean/reg_export.h.
 *
 * The file is made as UTF-8 and turned into UTF-16 at the end.  A text value is written between
 * quotes only when that gives back its very bytes; anything else as hex(type). */
#include "clean/reg_export.h"

#include "base/text.h"
#include "base/utf16.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char module[] = "clean/reg_export";

enum { BYTES_A_LINE = 24, TEXT_MAX = 4096 /* bytes of a text value between quotes */ };

struct make {
    const struct ym_clean_plan *plan;
    struct ym_buf reg, undo, hand;
    char reg_key[4096], undo_key[4096]; /* the section that is open in each */
    size_t written, by_hand;
};

/* --- names ------------------------------------------------------------------------------------- */

/* May it stand in a line?  U+FFFD stands for what could not be read: such a name meets nothing. */
static bool is_plain(const char *text) {
    size_t left = strlen(text);

    while (left > 0) {
        const unsigned char c = (unsigned char)*text;
        const unsigned n = ym_utf8_length(text, left);

        if (n == 0 || c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa0) ||
            (n == 3 && memcmp(text, "\xef\xbf\xbd", 3) == 0)) {
            return false;
        }
        text += n;
        left -= n;
    }
    return true;
}

static const struct ym_clean_place *place_of(const struct make *m, const char *file) {
    for (const struct ym_clean_place *p = m->plan->places; p != NULL; p = p->next) {
        if (strcmp(p->file, file) == 0) {
            return p;
        }
    }
    return NULL;
}

/* The key's whole name on the live machine; false: not known, or it cannot be written. */
static bool live_key(const struct make *m, const char *file, const char *key, char out[4096]) {
    const struct ym_clean_place *p = place_of(m, file);
    const char *set = m->plan->current_set;
    size_t n = strlen(set);
    int len;

    if (p == NULL || p->place == NULL || !is_plain(p->place) || !is_plain(key)) {
        return false;
    }
    if (n > 0 && ym_ends_with_nocase(p->place, "\\SYSTEM") && strncasecmp(key, set, n) == 0 &&
        (key[n] == '\\' || key[n] == '\0')) {
        len = snprintf(out, 4096, "%s\\CurrentControlSet%s", p->place, key + n);
    } else {
        len = snprintf(out, 4096, "%s%s%s", p->place, key[0] == '\0' ? "" : "\\", key);
    }
    return len > 0 && len < 4096;
}

/* --- values ------------------------------------------------------------------------------------ */

static void put_quoted(struct ym_buf *b, const char *text) {
    ym_buf_add_text(b, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            ym_buf_add_text(b, "\\");
        }
        ym_buf_add(b, text, 1);
    }
    ym_buf_add_text(b, "\"");
}

/* UTF-8 to UTF-16LE; the text is well formed. */
static void widen(const char *text, size_t left, struct ym_buf *out) {
    static const uint8_t first[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};

    while (left > 0) {
        const unsigned n = ym_utf8_length(text, left);
        uint32_t c = n == 0 ? 0xfffd : (unsigned char)text[0] & first[n];

        for (unsigned i = 1; i < n; i++) {
            c = c << 6 | ((unsigned char)text[i] & 0x3fU);
        }
        if (c >= 0x10000) {
            ym_buf_u16le(out, (uint16_t)(0xd800 + ((c - 0x10000) >> 10)));
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        ym_buf_u16le(out, (uint16_t)c);
        text += n == 0 ? 1 : n;
        left -= n == 0 ? 1 : n;
    }
}

/* Does the text, with one NUL behind it, give exactly these bytes? */
static bool is_the_same(const char *text, const struct ym_reg_value *v) {
    struct ym_buf wide;
    bool same;

    ym_buf_init(&wide, (size_t)TEXT_MAX * 2 + 2);
    widen(text, strlen(text), &wide);
    ym_buf_u16le(&wide, 0);
    same =
        ym_buf_status(&wide) == YM_OK && wide.len == v->n && memcmp(wide.data, v->data, v->n) == 0;
    ym_buf_done(&wide);
    return same;
}

static bool put_as_text(struct make *m, struct ym_buf *b, const struct ym_reg_value *v) {
    const char *text = v->type == YM_REG_SZ ? ym_reg_text(m->plan->arena, v) : NULL;

    if (text == NULL || strlen(text) > TEXT_MAX || !is_plain(text) || !is_the_same(text, v)) {
        return false;
    }
    put_quoted(b, text);
    return true;
}

static void put_data(struct make *m, struct ym_buf *b, const struct ym_reg_value *v) {
    uint32_t number;

    if (ym_reg_dword(v, &number)) {
        ym_buf_printf(b, "dword:%08x", number);
        return;
    }
    if (put_as_text(m, b, v)) {
        return;
    }
    if (v->type == YM_REG_BINARY) {
        ym_buf_add_text(b, "hex:");
    } else {
        ym_buf_printf(b, "hex(%x):", v->type);
    }
    for (size_t i = 0; i < v->n; i++) {
        ym_buf_printf(b, "%02x%s%s", v->data[i], i + 1 < v->n ? "," : "",
                      i + 1 < v->n && i % BYTES_A_LINE == BYTES_A_LINE - 1 ? "\\\r\n  " : "");
    }
}

/* value NULL: it goes. */
static void put_value(struct make *m, struct ym_buf *b, const char *name,
                      const struct ym_reg_value *value) {
    if (name[0] == '\0') {
        ym_buf_add_text(b, "@");
    } else {
        put_quoted(b, name);
    }
    ym_buf_add_text(b, "=");
    if (value == NULL) {
        ym_buf_add_text(b, "-");
    } else {
        put_data(m, b, value);
    }
    ym_buf_add_text(b, "\r\n");
}

static void open_section(struct ym_buf *b, char last[4096], const char *key) {
    if (strcmp(last, key) != 0) {
        ym_buf_printf(b, "\r\n[%s]\r\n", key);
        (void)snprintf(last, 4096, "%s", key);
    }
}

/* --- steps ------------------------------------------------------------------------------------- */

static const char *value_name(const struct ym_clean_step *s) {
    return s->after.name != NULL ? s->after.name : s->old.name;
}

static void change(struct make *m, const struct ym_clean_step *s, const char *key) {
    if (s->op == YM_STEP_DELETE_KEY) {
        ym_buf_printf(&m->reg, "\r\n[-%s]\r\n", key);
        m->reg_key[0] = '\0';
        return;
    }
    open_section(&m->reg, m->reg_key, key);
    put_value(m, &m->reg, value_name(s), s->op == YM_STEP_SET_VALUE ? &s->after : NULL);
}

/* Everything of a deleted key; what cannot be written is told. */
static void give_back(struct make *m, const struct ym_clean_step *s) {
    for (const struct ym_clean_saved *one = s->saved; one != NULL; one = one->next) {
        char key[4096];

        if (!live_key(m, s->file, one->key, key) ||
            (one->value.name != NULL && !is_plain(one->value.name))) {
            ym_buf_printf(&m->undo, "; not given back: ");
            ym_clean_safe(&m->undo, one->key);
            ym_buf_add_text(&m->undo, "\r\n");
            m->undo_key[0] = '\0';
            continue;
        }
        open_section(&m->undo, m->undo_key, key);
        if (one->value.name != NULL) {
            put_value(m, &m->undo, one->value.name, &one->value);
        }
    }
}

static void take_back(struct make *m, const struct ym_clean_step *s, const char *key) {
    if (s->op == YM_STEP_DELETE_KEY) {
        give_back(m, s);
        return;
    }
    open_section(&m->undo, m->undo_key, key);
    put_value(m, &m->undo, value_name(s), s->old.name == NULL ? NULL : &s->old);
}

static bool is_registry(const struct ym_clean_step *s) {
    return s->op == YM_STEP_SET_VALUE || s->op == YM_STEP_DELETE_VALUE ||
           s->op == YM_STEP_DELETE_KEY;
}

static void leave(struct make *m, const struct ym_clean_step *s) {
    m->by_hand++;
    ym_buf_printf(&m->hand, "; S%u %s ", s->number, ym_step_word(s->op));
    ym_clean_safe(&m->hand, s->file);
    if (s->line != 0) {
        ym_buf_printf(&m->hand, ", line %u: ", s->line);
        ym_clean_safe(&m->hand, s->old_text);
    }
    if (s->key != NULL) {
        ym_buf_add_text(&m->hand, " ");
        ym_clean_safe(&m->hand, s->key);
        ym_buf_add_text(&m->hand, value_name(s) == NULL ? "" : " : ");
        ym_clean_safe(&m->hand, value_name(s) == NULL ? "" : value_name(s));
    }
    ym_buf_add_text(&m->hand, "\r\n");
}

static void one_step(struct make *m, const struct ym_clean_step *s) {
    char key[4096];

    if (!is_registry(s) || !live_key(m, s->file, s->key, key) ||
        (value_name(s) != NULL && !is_plain(value_name(s)))) {
        leave(m, s);
        return;
    }
    m->written++;
    change(m, s, key);
    take_back(m, s, key);
}

/* --- the whole --------------------------------------------------------------------------------- */

static const char header[] = "Windows Registry Editor Version 5.00\r\n\r\n";
static const char about_reg[] =
    "; What yamori clean --plan would change in the registry of this machine, and nothing else.\r\n"
    "; Import it as an administrator; keys of a user (HKEY_USERS\\S-1-5-21-...) while that user "
    "is\r\n"
    "; logged on.  A key that even administrators may not change has to be opened first "
    "(regedit,\r\n"
    "; Permissions).  The file *.undo.reg beside this one gives the old values back.\r\n";
static const char about_undo[] = "; Gives back what the file without .undo changed.  Keys that "
                                 "come back have the permissions of\r\n"
                                 "; the key above them.\r\n";
static const char about_hand[] =
    "\r\n; To be done by hand, because an import cannot: paths start at the drive of Windows.\r\n";

static void finish(const struct ym_buf *text, struct ym_buf *out) {
    ym_buf_clear(out);
    ym_buf_u16le(out, 0xfeff);
    widen(text->len == 0 ? "" : (const char *)text->data, text->len, out);
}

static ym_status put_together(struct make *m, struct ym_buf *reg, struct ym_buf *undo,
                              struct ym_err *err) {
    ym_status st;

    if (m->hand.len > 0) {
        ym_buf_add_text(&m->reg, about_hand);
        ym_buf_add(&m->reg, m->hand.data, m->hand.len);
    }
    ym_buf_add_text(&m->reg, "\r\n");
    ym_buf_add_text(&m->undo, "\r\n");
    finish(&m->reg, reg);
    finish(&m->undo, undo);
    st = ym_buf_status(&m->reg) != YM_OK    ? ym_buf_status(&m->reg)
         : ym_buf_status(&m->undo) != YM_OK ? ym_buf_status(&m->undo)
         : ym_buf_status(&m->hand) != YM_OK ? ym_buf_status(&m->hand)
         : ym_buf_status(reg) != YM_OK      ? ym_buf_status(reg)
                                            : ym_buf_status(undo);
    return st == YM_OK ? YM_OK
                       : ym_fail(err, st, module, YM_ERR_NO_OFFSET,
                                 "the steps do not fit in a file of %d bytes, or in memory",
                                 YM_REG_EXPORT_MAX);
}

ym_status ym_reg_export_make(const struct ym_clean_plan *plan, struct ym_buf *reg,
                             struct ym_buf *undo, struct ym_reg_export_count *ret_count,
                             struct ym_err *err) {
    struct make m = {.plan = plan};
    ym_status st;

    ym_buf_init(&m.reg, YM_REG_EXPORT_MAX);
    ym_buf_init(&m.undo, YM_REG_EXPORT_MAX);
    ym_buf_init(&m.hand, YM_REG_EXPORT_MAX);
    ym_buf_add_text(&m.reg, header);
    ym_buf_add_text(&m.reg, about_reg);
    ym_buf_add_text(&m.undo, header);
    ym_buf_add_text(&m.undo, about_undo);
    for (const struct ym_clean_step *s = plan->steps; s != NULL; s = s->next) {
        one_step(&m, s);
    }
    st = put_together(&m, reg, undo, err);
    ym_buf_done(&m.reg);
    ym_buf_done(&m.undo);
    ym_buf_done(&m.hand);
    if (st == YM_OK) {
        *ret_count = (struct ym_reg_export_count){m.written, m.by_hand};
    }
    return st;
}
