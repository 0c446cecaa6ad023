/* filetype.c - see filetype.h. */
#include "filetype.h"

#include "cltype.h"

#include "base/alloc.h"
#include "base/container_rows.h"
#include "base/kinds.h"
#include "base/text.h"
#include "database/tables.h"
#include "match/match.h"

#include <string.h>

enum {
    HEAD = 1024, /* bytes in which patterns are sought, as in clamscan */
    FIRST_ROOM = 64,
    MAX_ROWS = 1 << 20
};

struct row {
    uint64_t offset;
    struct ym_table_text bytes;
    ym_cltype type;
};

struct ym_filetypes {
    const struct ym_db *const *layers;
    struct ym_scratch *const *scratch;
    unsigned n_layers;
    struct row *rows; /* of fixed bytes */
    uint32_t n_rows, room;
    uint32_t patterns; /* bit (1 << layer): it has rows of patterns */
    bool embedded;
};

static ym_status add_row(struct ym_filetypes *t, const struct ym_table_row *from) {
    if (t->n_rows == t->room) {
        uint32_t room = t->room == 0 ? FIRST_ROOM : t->room * 2;
        struct row *bigger =
            t->n_rows >= MAX_ROWS ? NULL : ym_realloc_array(t->rows, room, sizeof(*bigger));

        if (bigger == NULL) {
            return YM_NOMEM;
        }
        t->rows = bigger;
        t->room = room;
    }
    t->rows[t->n_rows++] = (struct row){.offset = from->numbers[YM_FILETYPE_N_OFFSET],
                                        .bytes = from->texts[YM_FILETYPE_T_BYTES],
                                        .type = (ym_cltype)from->numbers[YM_FILETYPE_N_TYPE]};
    return YM_OK;
}

static ym_status read_layer(struct ym_filetypes *t, unsigned layer) {
    struct ym_table_cursor c = {.db = t->layers[layer], .table = YM_TABLE_FILETYPE};
    struct ym_table_row from;

    while (ym_db_table_next(&c, &from)) {
        if (from.n_numbers < YM_FILETYPE_NUMBERS || from.n_texts < YM_FILETYPE_TEXTS ||
            from.numbers[YM_FILETYPE_N_TYPE] >= YM_CLTYPE_COUNT) {
            continue; /* damaged */
        }
        if (from.numbers[YM_FILETYPE_N_MAGIC] == YM_FILETYPE_DIRECT) {
            YM_TRY(add_row(t, &from));
        } else if (ym_cltype_is_embedded((ym_cltype)from.numbers[YM_FILETYPE_N_TYPE])) {
            t->embedded = true;
        } else {
            t->patterns |= 1u << layer;
        }
    }
    return YM_OK;
}

ym_status ym_filetypes_new(const struct ym_db *const *layers, struct ym_scratch *const *scratch,
                           unsigned n_layers, struct ym_filetypes **ret_types) {
    struct ym_filetypes *t = ym_zalloc(1, sizeof(*t));
    ym_status st = t == NULL ? YM_NOMEM : YM_OK;

    for (unsigned i = 0; i < n_layers && st == YM_OK; i++) {
        t->layers = layers;
        t->scratch = scratch;
        t->n_layers = n_layers;
        st = read_layer(t, i);
    }
    if (st != YM_OK) {
        ym_filetypes_free(t);
        return st;
    }
    *ret_types = t;
    return YM_OK;
}

void ym_filetypes_free(struct ym_filetypes *t) {
    if (t != NULL) {
        ym_free(t->rows);
        ym_free(t);
    }
}

bool ym_filetypes_embedded(const struct ym_filetypes *t) {
    return t->embedded;
}

/* ---- Fixed bytes --------------------------------------------------------------------------- */

static const struct row *direct(const struct ym_filetypes *t, const uint8_t *data, size_t size) {
    for (uint32_t i = t->n_rows; i-- > 0;) {
        const struct row *row = &t->rows[i];

        if (row->bytes.n <= size && row->offset <= size - row->bytes.n &&
            memcmp(data + row->offset, row->bytes.s, row->bytes.n) == 0) {
            return row;
        }
    }
    return NULL;
}

static bool is_text_or_data(ym_kind kind) {
    return kind == YM_KIND_DATA || ym_kind_holds(kind) == YM_HOLDS_TEXT;
}

/* Does our own kind already say this, or more? */
static bool says_no_more(ym_kind own, ym_cltype own_type, ym_cltype type, ym_kind kind) {
    bool text = type == YM_CLTYPE_BINARY_DATA ||
                (type >= YM_CLTYPE_TEXT_ASCII && type <= YM_CLTYPE_TEXT_UTF16BE);

    if (type == YM_CLTYPE_IGNORED) {
        return !is_text_or_data(own);
    }
    if (own == kind || own_type == type || type == YM_CLTYPE_ANY) {
        return true;
    }
    if (text) {
        return !is_text_or_data(own);
    }
    /* two that share a magic number */
    return (own == YM_KIND_JAVA || own == YM_KIND_MACHO_FAT) &&
           (kind == YM_KIND_JAVA || kind == YM_KIND_MACHO_FAT);
}

/* ---- Patterns ------------------------------------------------------------------------------ */

struct head_self {
    ym_cltype from; /* of the object */
    ym_cltype best;
};

/* ":type:FROM:TYPE" */
static bool read_name(const char *name, uint32_t *ret_from, uint32_t *ret_type) {
    const size_t n = sizeof(YM_FILETYPE_RULE) - 1;
    const char *colon;

    if (strncmp(name, YM_FILETYPE_RULE, n) != 0) {
        return false;
    }
    name += n;
    colon = strchr(name, ':');
    return colon != NULL && ym_parse_u32(name, (size_t)(colon - name), ret_from) &&
           ym_parse_u32(colon + 1, strlen(colon + 1), ret_type) && *ret_type < YM_CLTYPE_COUNT;
}

/* Of several that fit, the last in the order of types, as in clamscan. */
static bool on_pattern(void *self, const struct ym_match_detection *m) {
    struct head_self *hs = self;
    uint32_t from;
    uint32_t type;

    if (read_name(m->name, &from, &type) &&
        (from == YM_CLTYPE_ANY ||
         (from == (uint32_t)hs->from && hs->from != YM_CLTYPE_BINARY_DATA)) &&
        !ym_cltype_is_embedded((ym_cltype)type) && type > (uint32_t)hs->best) {
        hs->best = (ym_cltype)type;
    }
    return true;
}

static ym_status by_patterns(const struct ym_filetypes *t, const uint8_t *data, size_t size,
                             struct ym_filetype *type) {
    struct head_self self = {.from = type->type, .best = YM_CLTYPE_ANY};

    for (unsigned i = 0; i < t->n_layers; i++) {
        const struct ym_match_input in = {.data = data,
                                          .size = size < HEAD ? size : HEAD,
                                          .target = YM_TARGET_INTERNAL,
                                          .langs = YM_MATCH_CLAMAV};
        unsigned gaps = 0; /* whether it is matched as this or as that, it will be matched */

        if ((t->patterns & 1u << i) != 0) {
            YM_TRY(ym_match(t->layers[i], t->scratch[i], &in, on_pattern, &self, &gaps));
        }
    }
    if (self.best != YM_CLTYPE_ANY) {
        type->type = self.best;
        type->kind = ym_cltype_kind(self.best, data, size);
        type->ignored = self.best == YM_CLTYPE_IGNORED;
    }
    return YM_OK;
}

ym_status ym_filetypes_sniff(const struct ym_filetypes *t, const uint8_t *data, size_t size,
                             struct ym_filetype *ret_type) {
    const ym_kind own = ym_sniff(data, size);
    const struct row *row = size == 0 ? NULL : direct(t, data, size);
    struct ym_filetype type = {.kind = own, .type = ym_cltype_of(own, data, size)};

    if (row != NULL) {
        ym_kind kind = ym_cltype_kind(row->type, data, size);

        if (!says_no_more(own, type.type, row->type, kind)) {
            type = (struct ym_filetype){.kind = kind,
                                        .type = row->type,
                                        .given = true,
                                        .ignored = row->type == YM_CLTYPE_IGNORED};
        } else {
            type.given = is_text_or_data(own);
        }
    } else if (t->patterns != 0 && is_text_or_data(own)) {
        YM_TRY(by_patterns(t, data, size, &type));
    }
    *ret_type = type;
    return YM_OK;
}
