/* metadata.c - see metadata.h.
 *
 * Rows are few (the peer's official set has some hundred) and are asked one after the other: the
 * numbers first, and only of what is left the expression, which is compiled when it is first
 * needed. */
#include "metadata.h"

#include "base/alloc.h"
#include "base/container_rows.h"
#include "database/tables.h"
#include "match/regex.h"

#include <string.h>

enum { FIRST_ROOM = 64, MAX_ROWS = 1 << 20 };

struct row {
    uint64_t numbers[YM_CONTAINER_NUMBERS];
    struct ym_table_text name, regex, file;
    struct ym_ere *ere; /* compiled on first use */
    bool broken;        /* it cannot be compiled */
};

struct password {
    ym_cltype type;
    char *text; /* ours */
};

struct ym_metadata {
    struct row *rows;
    uint32_t n_rows, room;
    struct password *passwords;
    uint32_t n_passwords, passwords_room;
};

/* One more item at the end of an array; NULL: no memory. */
static void *more(void **array, uint32_t *n, uint32_t *room, size_t size) {
    if (*n == *room) {
        uint32_t new_room = *room == 0 ? FIRST_ROOM : *room * 2;
        void *bigger = *n >= MAX_ROWS ? NULL : ym_realloc_array(*array, new_room, size);

        if (bigger == NULL) {
            return NULL;
        }
        *array = bigger;
        *room = new_room;
    }
    return (char *)*array + (size_t)(*n)++ * size;
}

static ym_status read_rows(struct ym_metadata *m, const struct ym_db *db) {
    struct ym_table_cursor c = {.db = db, .table = YM_TABLE_CONTAINER};
    struct ym_table_row from;

    while (ym_db_table_next(&c, &from)) {
        struct row *row;

        if (from.n_numbers < YM_CONTAINER_NUMBERS || from.n_texts < YM_CONTAINER_TEXTS) {
            continue; /* damaged: a row that does not fire */
        }
        row = more((void **)&m->rows, &m->n_rows, &m->room, sizeof(*row));
        if (row == NULL) {
            return YM_NOMEM;
        }
        *row = (struct row){.name = from.texts[YM_CONTAINER_T_NAME],
                            .regex = from.texts[YM_CONTAINER_T_REGEX],
                            .file = from.texts[YM_CONTAINER_T_FILE]};
        memcpy(row->numbers, from.numbers, sizeof(row->numbers));
    }
    return YM_OK;
}

static ym_status read_passwords(struct ym_metadata *m, const struct ym_db *db) {
    struct ym_table_cursor c = {.db = db, .table = YM_TABLE_PASSWORD};
    struct ym_table_row from;

    while (ym_db_table_next(&c, &from)) {
        const struct ym_table_text *text = &from.texts[YM_PASSWORD_T_PASSWORD];
        struct password *p;

        if (from.n_numbers < YM_PASSWORD_NUMBERS || from.n_texts < YM_PASSWORD_TEXTS ||
            text->n == 0 || memchr(text->s, '\0', text->n) != NULL) {
            continue; /* no reader of archives takes such a password */
        }
        p = more((void **)&m->passwords, &m->n_passwords, &m->passwords_room, sizeof(*p));
        if (p == NULL) {
            return YM_NOMEM;
        }
        *p = (struct password){.type = (ym_cltype)from.numbers[YM_PASSWORD_N_TYPE],
                               .text = ym_zalloc(text->n + 1, 1)};
        if (p->text == NULL) {
            return YM_NOMEM;
        }
        memcpy(p->text, text->s, text->n);
    }
    return YM_OK;
}

ym_status ym_metadata_new(const struct ym_db *const *layers, unsigned n_layers,
                          struct ym_metadata **ret_metadata) {
    struct ym_metadata *m = ym_zalloc(1, sizeof(*m));
    ym_status st = m == NULL ? YM_NOMEM : YM_OK;

    for (unsigned i = 0; i < n_layers && st == YM_OK; i++) {
        st = read_rows(m, layers[i]);
        st = st == YM_OK ? read_passwords(m, layers[i]) : st;
    }
    if (st != YM_OK) {
        ym_metadata_free(m);
        return st;
    }
    *ret_metadata = m;
    return YM_OK;
}

void ym_metadata_free(struct ym_metadata *m) {
    if (m == NULL) {
        return;
    }
    for (uint32_t i = 0; i < m->n_rows; i++) {
        ym_ere_free(m->rows[i].ere);
    }
    for (uint32_t i = 0; i < m->n_passwords; i++) {
        ym_free(m->passwords[i].text);
    }
    ym_free(m->rows);
    ym_free(m->passwords);
    ym_free(m);
}

bool ym_metadata_any(const struct ym_metadata *m) {
    return m->n_rows > 0;
}

/* low and the column behind it hold a range. */
static bool in_range(const struct row *row, unsigned low, bool known, uint64_t value) {
    if (row->numbers[low] == 0 && row->numbers[low + 1] == UINT64_MAX) {
        return true;
    }
    return known && value >= row->numbers[low] && value <= row->numbers[low + 1];
}

static bool numbers_fit(const struct row *row, ym_cltype type, uint64_t size,
                        const struct ym_member *m) {
    const uint64_t want = row->numbers[YM_CONTAINER_N_TYPE];
    const uint64_t encrypted = row->numbers[YM_CONTAINER_N_ENCRYPTED];
    const uint64_t crc = row->numbers[YM_CONTAINER_N_CRC];

    if (want != YM_CLTYPE_ANY && !ym_cltype_answers(type, (ym_cltype)want)) {
        return false;
    }
    if (encrypted != YM_CONTAINER_EITHER && (encrypted == YM_CONTAINER_ENCRYPTED) != m->encrypted) {
        return false;
    }
    if (crc != 0 && (!m->has_crc || m->crc != crc)) {
        return false;
    }
    return in_range(row, YM_CONTAINER_N_SIZE_LOW, true, size) &&
           in_range(row, YM_CONTAINER_N_PACKED_LOW, m->has_packed, m->packed) &&
           in_range(row, YM_CONTAINER_N_REAL_LOW, m->has_size, m->size) &&
           in_range(row, YM_CONTAINER_N_POSITION_LOW, true, m->number);
}

static bool name_fits(struct row *row, const char *name, bool *ret_gave_up) {
    const uint64_t flags = row->numbers[YM_CONTAINER_N_FLAGS];
    ym_ere_result answer;

    if ((flags & YM_CONTAINER_HAS_REGEX) == 0) {
        return true;
    }
    if (name == NULL) {
        return false;
    }
    if (row->ere == NULL && !row->broken) {
        unsigned ere_flags = (flags & YM_CONTAINER_CASELESS) != 0 ? YM_ERE_CASELESS : 0;

        row->broken = ym_ere_new(row->regex.s, row->regex.n, ere_flags, &row->ere, NULL) != YM_OK;
    }
    if (row->broken) {
        *ret_gave_up = true;
        return false;
    }
    answer = ym_ere_match(row->ere, name, strlen(name));
    *ret_gave_up = *ret_gave_up || answer == YM_ERE_GAVE_UP;
    return answer == YM_ERE_YES;
}

void ym_metadata_ask(struct ym_metadata *m, ym_cltype type, uint64_t size,
                     const struct ym_member *member, ym_metadata_fn *fn, void *self,
                     bool *ret_gave_up) {
    for (uint32_t i = 0; i < m->n_rows; i++) {
        struct row *row = &m->rows[i];

        if (numbers_fit(row, type, size, member) && name_fits(row, member->name, ret_gave_up)) {
            const struct ym_metadata_found found = {
                .name = row->name.s,
                .name_len = row->name.n,
                .file = row->file.s,
                .file_len = row->file.n,
                .line = (uint32_t)row->numbers[YM_CONTAINER_N_LINE],
                .unofficial = (row->numbers[YM_CONTAINER_N_FLAGS] & YM_CONTAINER_UNOFFICIAL) != 0};

            if (!fn(self, &found)) {
                return;
            }
        }
    }
}

const char *ym_metadata_password(const struct ym_metadata *m, ym_cltype type, uint32_t n) {
    for (uint32_t i = 0; i < m->n_passwords; i++) {
        bool fits = m->passwords[i].type == YM_CLTYPE_ANY || m->passwords[i].type == type;

        if (fits && n-- == 0) {
            return m->passwords[i].text;
        }
    }
    return NULL;
}
