/* externals.c - external variables that the caller defines, in memory of our own. */
#include "api_int.h"

#include "base/alloc.h"

#include <string.h>

static struct ym_external *find(const struct ym_api_externals *x, const char *name) {
    for (unsigned i = 0; i < x->n; i++) {
        if (strcmp(x->rows[i].name, name) == 0) {
            return &x->rows[i];
        }
    }
    return NULL;
}

/* Rows hold const texts for those who read them; these are ours. */
static void drop(const char *text) {
    ym_free((void *)(uintptr_t)text); // NOLINT(performance-no-int-to-ptr): only drops const
}

static ym_status replace(struct ym_external *row, const struct ym_external *e) {
    char *text = e->letter == 't' ? ym_strdup(e->text) : NULL;

    if (e->letter == 't' && text == NULL) {
        return YM_NOMEM;
    }
    drop(row->text);
    row->letter = e->letter;
    row->i = e->i;
    row->d = e->d;
    row->text = text;
    return YM_OK;
}

static ym_status add(struct ym_api_externals *x, const struct ym_external *e) {
    struct ym_external *rows = ym_realloc_array(x->rows, (size_t)x->n + 1, sizeof(*rows));
    struct ym_external row = {.name = NULL};

    if (rows == NULL) {
        return YM_NOMEM;
    }
    x->rows = rows;
    YM_TRY(replace(&row, e));
    row.name = ym_strdup(e->name);
    if (row.name == NULL) {
        drop(row.text);
        return YM_NOMEM;
    }
    x->rows[x->n++] = row;
    return YM_OK;
}

ym_status ym_api_define(struct ym_api_externals *x, const struct ym_external *e) {
    struct ym_external *row = find(x, e->name);

    if (row != NULL) {
        return row->letter == e->letter ? replace(row, e) : YM_MALFORMED;
    }
    return x->n < YM_API_MAX_EXTERNALS ? add(x, e) : YM_LIMIT;
}

void ym_api_externals_done(struct ym_api_externals *x) {
    for (unsigned i = 0; i < x->n; i++) {
        drop(x->rows[i].name);
        drop(x->rows[i].text);
    }
    ym_free(x->rows);
    *x = (struct ym_api_externals){.n = 0};
}
