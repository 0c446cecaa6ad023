/* details.c - see details.h.
 *
 * A scanner process says only which rule of which image it means; what that rule says of itself is read
 * from the parent's own mapping of the image.  Both numbers may be a lie: they are bounded by the list
 * of images and by the accessors of the image. */
#include "details.h"

#include "cli.h"
#include "database/about.h"
#include "database/image.h"

#include <inttypes.h>
#include <string.h>

enum { HEX_SHOWN = 64 }; /* bytes of a hex string's match, as yara shows */

bool ym_details_wanted(const struct ym_details *x) {
    return x->tags || x->metas || x->matches;
}

/* NULL: not of a rule. */
static const struct ym_db *image_of(const struct ym_details *x, const struct ym_report_detection *d,
                                    uint32_t *ret_rule) {
    if (d->rule == 0 || d->layer >= x->n_layers) {
        return NULL;
    }
    *ret_rule = d->rule - 1;
    return x->layers[d->layer];
}

/* ---- Plain ------------------------------------------------------------------------------------ */

static void add_tags(const struct ym_db *db, uint32_t rule, struct ym_buf *out) {
    uint32_t first = 0;
    const uint32_t n = db == NULL ? 0 : ym_db_rule_tags(db, rule, &first);

    ym_buf_add_text(out, " [");
    for (uint32_t i = 0; i < n; i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        ym_cli_clean_text(out, ym_db_tag(db, first + i));
    }
    ym_buf_add_text(out, "]");
}

/* Text in quotes: what could end them, and what plays with a terminal, is escaped. */
static void add_quoted(struct ym_buf *out, const char *text) {
    ym_buf_add_text(out, "\"");
    for (; *text != '\0'; text++) {
        const char one[2] = {*text, '\0'};

        ym_buf_add_text(out, *text == '"' || *text == '\\' ? "\\" : "");
        ym_cli_clean_text(out, one);
    }
    ym_buf_add_text(out, "\"");
}

static void add_meta(const struct ym_about_meta *m, struct ym_buf *out) {
    ym_cli_clean_text(out, m->key);
    ym_buf_add_text(out, "=");
    if (m->letter == 't') {
        add_quoted(out, m->text);
    } else if (m->letter == 'b') {
        ym_buf_add_text(out, m->i != 0 ? "true" : "false");
    } else {
        ym_buf_printf(out, "%" PRId64, m->i);
    }
}

static void add_metas(const struct ym_db *db, uint32_t rule, struct ym_buf *out) {
    uint32_t first = 0;
    const uint32_t n = db == NULL ? 0 : ym_db_rule_metas(db, rule, &first);
    struct ym_about_meta m;

    ym_buf_add_text(out, " [");
    for (uint32_t i = 0; i < n && ym_db_meta(db, first + i, &m); i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        add_meta(&m, out);
    }
    ym_buf_add_text(out, "]");
}

void ym_details_about(const struct ym_details *x, const struct ym_report_detection *d,
                      struct ym_buf *out) {
    uint32_t rule = 0;
    const struct ym_db *db = image_of(x, d, &rule);

    if (x->tags) {
        add_tags(db, rule, out);
    }
    if (x->metas) {
        add_metas(db, rule, out);
    }
}

static void add_hex(struct ym_buf *out, const struct ym_report_match *m) {
    const uint32_t n = m->n_bytes < HEX_SHOWN ? m->n_bytes : (uint32_t)HEX_SHOWN;

    for (uint32_t i = 0; i < n; i++) {
        ym_buf_printf(out, "%s%02X", i == 0 ? "" : " ", m->bytes[i]);
    }
    ym_buf_add_text(out, m->length > n ? " ..." : "");
}

static void add_printable(struct ym_buf *out, const struct ym_report_match *m) {
    for (uint32_t i = 0; i < m->n_bytes; i++) {
        const uint8_t c = m->bytes[i];

        ym_buf_printf(out, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02X", c);
    }
    ym_buf_add_text(out, m->length > m->n_bytes ? "..." : "");
}

void ym_details_matches(const struct ym_details *x, const struct ym_report_detection *d,
                        struct ym_buf *out) {
    for (const struct ym_report_match *m = d->matches; m != NULL && x->matches; m = m->next) {
        ym_buf_printf(out, "0x%" PRIx64 ":%u:", m->offset, m->length);
        ym_cli_clean_text(out, m->pattern);
        ym_buf_add_text(out, ": ");
        if (m->hex) {
            add_hex(out, m);
        } else {
            add_printable(out, m);
        }
        ym_buf_add_text(out, "\n");
    }
}

/* ---- JSON ------------------------------------------------------------------------------------- */

static void json_text(struct ym_buf *out, const char *text) {
    ym_buf_json_string(out, text, strlen(text));
}

static void json_tags(const struct ym_db *db, uint32_t rule, struct ym_buf *out) {
    uint32_t first = 0;
    const uint32_t n = db == NULL ? 0 : ym_db_rule_tags(db, rule, &first);

    ym_buf_add_text(out, ",\"tags\":[");
    for (uint32_t i = 0; i < n; i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        json_text(out, ym_db_tag(db, first + i));
    }
    ym_buf_add_text(out, "]");
}

static void json_metas(const struct ym_db *db, uint32_t rule, struct ym_buf *out) {
    uint32_t first = 0;
    const uint32_t n = db == NULL ? 0 : ym_db_rule_metas(db, rule, &first);
    struct ym_about_meta m;

    ym_buf_add_text(out, ",\"meta\":[");
    for (uint32_t i = 0; i < n && ym_db_meta(db, first + i, &m); i++) {
        ym_buf_add_text(out, i == 0 ? "{\"key\":" : ",{\"key\":");
        json_text(out, m.key);
        ym_buf_add_text(out, ",\"value\":");
        if (m.letter == 't') {
            json_text(out, m.text);
        } else if (m.letter == 'b') {
            ym_buf_add_text(out, m.i != 0 ? "true" : "false");
        } else {
            ym_buf_printf(out, "%" PRId64, m.i);
        }
        ym_buf_add_text(out, "}");
    }
    ym_buf_add_text(out, "]");
}

static void json_match(const struct ym_report_match *m, struct ym_buf *out) {
    ym_buf_add_text(out, "{\"pattern\":");
    json_text(out, m->pattern);
    ym_buf_printf(out, ",\"offset\":%" PRIu64 ",\"length\":%u,\"xor\":", m->offset, m->length);
    if (m->has_key) {
        ym_buf_printf(out, "%u", m->key);
    } else {
        ym_buf_add_text(out, "null");
    }
    ym_buf_add_text(out, ",\"bytes\":\"");
    for (uint32_t i = 0; i < m->n_bytes; i++) {
        ym_buf_printf(out, "%02x", m->bytes[i]);
    }
    ym_buf_add_text(out, "\"}");
}

void ym_details_json(void *self, const struct ym_report_detection *d, struct ym_buf *out) {
    const struct ym_details *x = self;
    uint32_t rule = 0;
    const struct ym_db *db = image_of(x, d, &rule);
    const struct ym_img_rule *row = db == NULL ? NULL : ym_db_row(db, YM_SECTION_RULES, rule);

    ym_buf_add_text(out, ",\"namespace\":");
    json_text(out, row == NULL ? "" : ym_db_string(db, row->ns));
    if (x->tags) {
        json_tags(db, rule, out);
    }
    if (x->metas) {
        json_metas(db, rule, out);
    }
    if (x->matches) {
        ym_buf_add_text(out, ",\"matches\":[");
        for (const struct ym_report_match *m = d->matches; m != NULL; m = m->next) {
            json_match(m, out);
            ym_buf_add_text(out, m->next == NULL ? "" : ",");
        }
        ym_buf_add_text(out, "]");
    }
}
