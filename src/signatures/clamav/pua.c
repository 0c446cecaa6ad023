/* pua.c - which signatures of possibly unwanted applications are loaded.
 *
 * The category of PUA.Win.Tool.Thing is what stands between "PUA." and the last dot: Win.Tool.  It
 * answers to a list that names it or whole parts of it: Win.Tool, Win, Tool, but not Too.  As in
 * clamscan a name without a category, or with one of more than 29 bytes, is never loaded when there
 * is a list. */
#include "clamav_int.h"

#include <string.h>

enum { MAX_CATEGORY = 29 };

static bool category_of(struct ym_str name, struct ym_str *ret) {
    static const char prefix[] = "PUA.";
    const size_t n = sizeof(prefix) - 1;
    const char *dot;

    if (name.n < n || memcmp(name.s, prefix, n) != 0) {
        return false;
    }
    dot = memrchr(name.s + n, '.', name.n - n);
    if (dot == NULL || (size_t)(dot - name.s) - n > MAX_CATEGORY) {
        return false;
    }
    *ret = (struct ym_str){name.s + n, (size_t)(dot - name.s) - n};
    return true;
}

/* Do whole parts of the category, between dots, say so? */
static bool answers(struct ym_str category, const char *want) {
    const size_t n = strlen(want);

    for (size_t at = 0; at + n <= category.n; at++) {
        if (memcmp(category.s + at, want, n) == 0 && (at == 0 || category.s[at - 1] == '.') &&
            (at + n == category.n || category.s[at + n] == '.')) {
            return true;
        }
    }
    return false;
}

bool ym_clamav_unwanted_here(const struct ym_clamav_line *line, struct ym_str name) {
    const struct ym_clamav_options *o = &line->ld->options;
    struct ym_str category;

    if (!line->pua || o->n_pua_categories == 0) {
        return false;
    }
    if (!category_of(name, &category)) {
        return true;
    }
    for (size_t i = 0; i < o->n_pua_categories; i++) {
        if (answers(category, o->pua_categories[i])) {
            return o->pua_excluded;
        }
    }
    return !o->pua_excluded;
}
