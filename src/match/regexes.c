/* regexes.c - see regexes.h. */
#include "regexes.h"

#include "base/alloc.h"

enum { SLOTS = 64 };

struct slot {
    const uint8_t *text; /* NULL: free */
    uint32_t n, flags;
    struct ym_pcre *regex;
};

struct ym_regexes {
    struct slot slots[SLOTS];
    unsigned next; /* to be given up */
};

struct ym_regexes *ym_regexes_new(void) {
    return ym_zalloc(1, sizeof(struct ym_regexes));
}

void ym_regexes_free(struct ym_regexes *r) {
    if (r == NULL) {
        return;
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        ym_pcre_free(r->slots[i].regex);
    }
    ym_free(r);
}

struct ym_pcre *ym_regexes_get(struct ym_regexes *r, const uint8_t *text, uint32_t n,
                               uint32_t flags) {
    struct slot *s;
    struct ym_pcre *regex;

    for (unsigned i = 0; i < SLOTS; i++) {
        s = &r->slots[i];
        if (s->text == text && s->n == n && s->flags == flags) {
            return s->regex;
        }
    }
    if (ym_pcre_new(text, n, flags, &regex) != YM_OK) {
        return NULL;
    }
    s = &r->slots[r->next];
    r->next = (r->next + 1) % SLOTS;
    ym_pcre_free(s->regex);
    *s = (struct slot){text, n, flags, regex};
    return regex;
}
