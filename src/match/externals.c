/* externals.c - the values of YARA's external variables: the image's, until a scan gives others. */
#include "run.h"

#include "base/alloc.h"
#include "base/kinds.h"

#include <string.h>

struct ym_external_value *ym_externals_of(const struct ym_db *db) {
    uint32_t n = ym_db_count(db, YM_SECTION_EXTERNALS);
    struct ym_external_value *values = ym_zalloc((size_t)n + 1, sizeof(*values));

    for (uint32_t i = 0; values != NULL && i < n; i++) {
        const struct ym_img_external *row = ym_db_row(db, YM_SECTION_EXTERNALS, i);
        const char *text = row == NULL ? "" : ym_db_string(db, row->text);

        if (row != NULL) {
            values[i] = (struct ym_external_value){
                .letter = row->letter, .i = row->number, .text = {text, strlen(text)}};
            memcpy(&values[i].d, &row->number, sizeof(values[i].d));
        }
    }
    return values;
}

bool ym_scratch_define(struct ym_scratch *s, const struct ym_external *e) {
    const uint8_t letter = e->letter == 'b' ? 'i' : (uint8_t)e->letter;

    for (uint32_t i = 0; i < ym_db_count(s->hits.db, YM_SECTION_EXTERNALS); i++) {
        const struct ym_img_external *row = ym_db_row(s->hits.db, YM_SECTION_EXTERNALS, i);

        if (row != NULL && row->letter == letter &&
            strcmp(ym_db_string(s->hits.db, row->name), e->name) == 0) {
            s->externals[i] = (struct ym_external_value){
                .letter = letter,
                .i = e->i,
                .d = e->d,
                .text = {e->text, e->text == NULL ? 0 : strlen(e->text)}};
            return true;
        }
    }
    return false;
}
