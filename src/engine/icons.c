/* icons.c - does a program have an icon of the groups that a rule asks for?
 *
 * How the peer measures an icon and how near two icons must be is documented nowhere.  So a
 * question is answered only where the measure does not matter: no icon signature belongs to the
 * groups, or the program has no icons (both: no).  Else the answer is not known, which is a gap:
 * the rule does not fire, and the file is not called clean. */
#include "object.h"

#include "base/pe_rows.h"
#include "database/tables.h"
#include "formats/pe.h"

#include <string.h>

enum { HEADERS_CAP = 4 << 20 };

static bool group_fits(const struct ym_table_text *text, const char *group) {
    return group == NULL || strcmp(group, "*") == 0 ||
           (strlen(group) == text->n && memcmp(group, text->s, text->n) == 0);
}

static bool is_known(const struct ym_scan *s, const char *group1, const char *group2) {
    for (unsigned i = 0; i < s->e->n_layers; i++) {
        struct ym_table_cursor cursor = {.db = s->e->layers[i], .table = YM_TABLE_ICON};
        struct ym_table_row row;

        while (ym_db_table_next(&cursor, &row)) {
            if (row.n_texts >= YM_ICON_TEXTS && group_fits(&row.texts[YM_ICON_T_GROUP1], group1) &&
                group_fits(&row.texts[YM_ICON_T_GROUP2], group2)) {
                return true;
            }
        }
    }
    return false;
}

static bool on_icon(void *self, const struct ym_pe_icon *icon) {
    bool *found = self;

    (void)icon; /* any that is there might fit */
    *found = true;
    return false;
}

bool ym_object_has_icon(struct ym_scan *s, const struct ym_object *o, const char *group1,
                        const char *group2) {
    struct ym_arena *arena;
    struct ym_reader r;
    bool found = false;
    bool more = false;
    ym_status st;

    if (o->kind != YM_KIND_PE || !is_known(s, group1, group2)) {
        return false;
    }
    arena = ym_arena_new(HEADERS_CAP); /* of the headers; the engine's is in use */
    if (arena == NULL) {
        ym_engine_fail(s, YM_NOMEM);
        return false;
    }
    ym_reader_init(&r, o->data, o->size);
    st = ym_pe_icons(r, arena, on_icon, &found, &more, NULL);
    ym_arena_free(arena);
    if (st == YM_NOMEM) {
        ym_engine_fail(s, st);
    } else if (found || more) {
        ym_engine_gap_object(s, YM_GAP_UNSUPPORTED, o, "icons are not compared");
    }
    return false;
}
