/* doors_text.c - doors as text for people, in English or Japanese, and as JSON. */
#include "clean/doors.h"

#include "base/text.h"

#include <string.h>

/* State words, padded to one width: a Japanese character takes two columns. */
static const char *const state_labels[YM_DOORS_LANGS][YM_DOOR_STATES] = {
    {"closed          ", "not applicable  ", "unknown         ", "partly open     ",
     "OPEN            "},
    {"閉じています      ", "対象外です        ", "分かりません      ", "一部開いています  ",
     "開いています      "}};

enum words {
    W_WHY,
    W_ADVISORY,
    W_SEEN,
    W_CLOSE,
    W_ABSENT,
    W_SHOULD,
    W_NOW,
    W_GAPS,
    W_MORE,
    W_COLLECTED,
    WORDS
};
static const char *const words[YM_DOORS_LANGS][WORDS] = {
    {"Why it matters: ", "Belongs to: ", "What was seen:", "What would close it:", "(absent)",
     ", should be ", ", now ", "Could not be looked at:", "More about each: --details",
     "From what was collected on the live machine."},
    {"どうして大事か: ", "関係する文書: ", "見たもの:", "閉じるための変更:", "(ありません)",
     "、正しくは ", "、今は ", "見られなかったもの:", "詳しくは --details を付けてください",
     "動いているパソコンから集めたものを見ています。"}};

static const char mark_signs[YM_MARKS] = {'+', '~', '!', '?', ' '};

static void note(struct ym_buf *out, ym_doors_lang lang, const struct ym_door_words *text) {
    if (text->in[lang] != NULL) {
        ym_buf_printf(out, lang == YM_DOORS_JA ? "（%s）" : " (%s)", text->in[lang]);
    }
}

static void evidence(const struct ym_door_evidence *e, ym_doors_lang lang, struct ym_buf *out) {
    ym_buf_printf(out, "      %c ", mark_signs[e->mark]);
    ym_clean_safe(out, e->where);
    ym_buf_add_text(out, " = ");
    ym_clean_safe(out, e->found == NULL ? words[lang][W_ABSENT] : e->found);
    if (e->wanted != NULL && e->mark != YM_MARK_GOOD) {
        ym_buf_add_text(out, words[lang][W_SHOULD]);
        ym_clean_safe(out, e->wanted[0] == '\0' ? words[lang][W_ABSENT] : e->wanted);
    }
    note(out, lang, &e->note);
    ym_buf_add_text(out, "\n");
}

/* The value as people read it, without the arena that ym_reg_show() needs. */
static void value(const struct ym_reg_value *v, ym_doors_lang lang, struct ym_buf *out) {
    struct ym_arena *arena;
    const char *text;

    if (v->name == NULL) {
        ym_buf_add_text(out, words[lang][W_ABSENT]);
        return;
    }
    arena = ym_arena_new(16U << 20);
    text = arena == NULL ? NULL : ym_reg_show(arena, v);
    ym_buf_printf(out, "%s ", ym_reg_type_word(v->type));
    ym_clean_safe(out, text == NULL ? "?" : text);
    ym_arena_free(arena);
}

static const char *value_name(const struct ym_door_change *c) {
    return c->after.name != NULL ? c->after.name : c->old.name;
}

static void change(const struct ym_door_change *c, ym_doors_lang lang, struct ym_buf *out) {
    const char *name = value_name(c);

    ym_buf_printf(out, "      %s ", ym_step_word(c->op));
    ym_clean_safe(out, c->hive);
    ym_buf_add_text(out, "\\");
    ym_clean_safe(out, c->key);
    ym_buf_add_text(out, " : ");
    ym_clean_safe(out, name[0] == '\0' ? "(default)" : name);
    ym_buf_add_text(out, " = ");
    value(&c->after, lang, out);
    ym_buf_add_text(out, words[lang][W_NOW]);
    value(&c->old, lang, out);
    ym_buf_add_text(out, "\n");
}

static void details(const struct ym_door *d, ym_doors_lang lang, struct ym_buf *out) {
    ym_buf_printf(out, "    %s%s\n", words[lang][W_WHY], d->explanation.in[lang]);
    ym_buf_printf(out, "    %s%s\n", words[lang][W_ADVISORY], d->advisory);
    if (d->evidence != NULL) {
        ym_buf_printf(out, "    %s\n", words[lang][W_SEEN]);
    }
    for (const struct ym_door_evidence *e = d->evidence; e != NULL; e = e->next) {
        evidence(e, lang, out);
    }
    if (d->changes != NULL) {
        ym_buf_printf(out, "    %s\n", words[lang][W_CLOSE]);
    }
    for (const struct ym_door_change *c = d->changes; c != NULL; c = c->next) {
        change(c, lang, out);
    }
    ym_buf_add_text(out, "\n");
}

static void summary(const struct ym_doors *doors, ym_doors_lang lang, bool more,
                    struct ym_buf *out) {
    size_t n[YM_DOOR_STATES] = {0};

    for (const struct ym_door *d = doors->first; d != NULL; d = d->next) {
        n[d->state]++;
    }
    ym_buf_add_text(out, "\n");
    if (lang == YM_DOORS_JA) {
        ym_buf_printf(out,
                      "開いている: %zu、一部開いている: %zu、分からない: %zu、閉じている: %zu、"
                      "対象外: %zu\n",
                      n[YM_DOOR_OPEN], n[YM_DOOR_PARTLY], n[YM_DOOR_UNKNOWN], n[YM_DOOR_CLOSED],
                      n[YM_DOOR_NOT_APPLICABLE]);
    } else {
        ym_buf_printf(out,
                      "%zu open, %zu partly open, %zu unknown, %zu closed, %zu not applicable\n",
                      n[YM_DOOR_OPEN], n[YM_DOOR_PARTLY], n[YM_DOOR_UNKNOWN], n[YM_DOOR_CLOSED],
                      n[YM_DOOR_NOT_APPLICABLE]);
    }
    if (more) {
        ym_buf_printf(out, "%s\n", words[lang][W_MORE]);
    }
}

static void gaps(const struct ym_doors *doors, ym_doors_lang lang, struct ym_buf *out) {
    if (doors->gaps != NULL) {
        ym_buf_printf(out, "\n%s\n", words[lang][W_GAPS]);
    }
    for (const struct ym_clean_gap *g = doors->gaps; g != NULL; g = g->next) {
        ym_buf_add_text(out, "  ");
        ym_clean_safe(out, g->where);
        ym_buf_add_text(out, ": ");
        ym_clean_safe(out, g->why);
        ym_buf_add_text(out, "\n");
    }
}

void ym_doors_text(const struct ym_doors *doors, ym_doors_lang lang, bool with_details,
                   struct ym_buf *out) {
    ym_clean_safe(out, doors->root);
    ym_buf_add_text(out, ": ");
    ym_clean_safe(out, doors->system);
    ym_buf_add_text(out, "\n");
    if (doors->collected) {
        ym_buf_printf(out, "%s\n", words[lang][W_COLLECTED]);
    }
    ym_buf_add_text(out, "\n");
    for (const struct ym_door *d = doors->first; d != NULL; d = d->next) {
        ym_buf_printf(out, "%s%-22s %s\n", state_labels[lang][d->state], d->id, d->title.in[lang]);
        if (with_details) {
            details(d, lang, out);
        }
    }
    gaps(doors, lang, out);
    summary(doors, lang, !with_details, out);
}

/* --- JSON -------------------------------------------------------------------------------------- */

static void json_text(struct ym_buf *out, const char *name, const char *text) {
    ym_buf_printf(out, "\"%s\":", name);
    if (text == NULL) {
        ym_buf_add_text(out, "null");
    } else {
        ym_buf_json_string(out, text, strlen(text));
    }
}

static void json_words(struct ym_buf *out, const char *name, const struct ym_door_words *text) {
    ym_buf_printf(out, "\"%s\":{", name);
    json_text(out, "en", text->in[YM_DOORS_EN]);
    ym_buf_add_text(out, ",");
    json_text(out, "ja", text->in[YM_DOORS_JA]);
    ym_buf_add_text(out, "}");
}

static void json_evidence(struct ym_buf *out, const struct ym_door_evidence *e) {
    ym_buf_printf(out, "{\"mark\":\"%s\",", ym_door_mark_word(e->mark));
    json_text(out, "where", e->where);
    ym_buf_add_text(out, ",");
    json_text(out, "found", e->found);
    ym_buf_add_text(out, ",");
    json_text(out, "wanted", e->wanted);
    if (e->note.in[YM_DOORS_EN] != NULL) {
        ym_buf_add_text(out, ",");
        json_words(out, "note", &e->note);
    }
    ym_buf_add_text(out, "}");
}

/* The data as hexadecimal digits: exactly what is, or would be, in the hive. */
static void json_value(struct ym_buf *out, const char *name, const struct ym_reg_value *v) {
    ym_buf_printf(out, "\"%s\":", name);
    if (v->name == NULL) {
        ym_buf_add_text(out, "null");
        return;
    }
    ym_buf_printf(out, "{\"type\":\"%s\",\"data\":\"", ym_reg_type_word(v->type));
    for (size_t i = 0; i < v->n; i++) {
        ym_buf_printf(out, "%02x", v->data[i]);
    }
    ym_buf_add_text(out, "\"}");
}

static void json_change(struct ym_buf *out, const struct ym_door_change *c) {
    ym_buf_printf(out, "{\"op\":\"%s\",", ym_step_word(c->op));
    json_text(out, "hive", c->hive);
    ym_buf_add_text(out, ",");
    json_text(out, "file", c->file);
    ym_buf_add_text(out, ",");
    json_text(out, "key", c->key);
    ym_buf_add_text(out, ",");
    json_text(out, "value", value_name(c));
    ym_buf_add_text(out, ",");
    json_value(out, "old", &c->old);
    ym_buf_add_text(out, ",");
    json_value(out, "new", &c->after);
    ym_buf_add_text(out, "}");
}

static void json_door(struct ym_buf *out, const struct ym_door *d) {
    ym_buf_printf(out, "{\"id\":\"%s\",\"state\":\"%s\",", d->id, ym_door_state_word(d->state));
    json_text(out, "advisory", d->advisory);
    ym_buf_add_text(out, ",");
    json_words(out, "title", &d->title);
    ym_buf_add_text(out, ",");
    json_words(out, "explanation", &d->explanation);
    ym_buf_add_text(out, ",\"evidence\":[");
    for (const struct ym_door_evidence *e = d->evidence; e != NULL; e = e->next) {
        json_evidence(out, e);
        ym_buf_add_text(out, e->next == NULL ? "" : ",");
    }
    ym_buf_add_text(out, "],\"changes\":[");
    for (const struct ym_door_change *c = d->changes; c != NULL; c = c->next) {
        json_change(out, c);
        ym_buf_add_text(out, c->next == NULL ? "" : ",");
    }
    ym_buf_add_text(out, "]}");
}

void ym_doors_json(const struct ym_doors *doors, struct ym_buf *out) {
    ym_buf_add_text(out, "{");
    json_text(out, "root", doors->root);
    ym_buf_add_text(out, ",");
    json_text(out, "system", doors->system);
    ym_buf_add_text(out, ",\"doors\":[");
    for (const struct ym_door *d = doors->first; d != NULL; d = d->next) {
        json_door(out, d);
        ym_buf_add_text(out, d->next == NULL ? "" : ",");
    }
    ym_buf_printf(out, "],\"collected\":%s,\"gaps\":[", doors->collected ? "true" : "false");
    for (const struct ym_clean_gap *g = doors->gaps; g != NULL; g = g->next) {
        ym_buf_add_text(out, "{");
        json_text(out, "where", g->where);
        ym_buf_add_text(out, ",");
        json_text(out, "why", g->why);
        ym_buf_add_text(out, g->next == NULL ? "}" : "},");
    }
    ym_buf_add_text(out, "]}\n");
}
