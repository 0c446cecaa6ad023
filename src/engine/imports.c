/* imports.c - digests of a PE file's list of imports (.imp).
 *
 * The list is made only when an image asks for some, or the cache of verdicts for all: it is a
 * text as long as an enemy likes, so it has a maximum, and what is past it is a gap. */
#include "object.h"

#include "database/digests.h"
#include "formats/pe.h"
#include "match/match.h"

#include <string.h>

enum { MAX_LIST = 16 << 20 };

static bool is_asked(const struct ym_scan *s) {
    bool asked = false;

    for (unsigned i = 0; i < s->e->n_layers && !asked; i++) {
        const struct ym_digests *d = ym_match_digests(s->e->layers[i]);

        asked = d != NULL && (s->options->skip_layers >> i & 1) == 0 &&
                ym_digests_any(d, YM_DIGEST_IMPORT);
    }
    return asked;
}

/* For the cache of verdicts, as detect.c does with objects and sections. */
static void record(struct ym_scan *s, const void *text, size_t n) {
    struct ym_report_digest row = {.size = n, .kind = YM_DIGEST_IMPORT, .made = true};
    uint8_t digests[YM_DIGEST_ALGOS][YM_DIGEST_MAX];
    size_t at = 0;

    if (!s->options->digests || !s->report->digests_whole) {
        return;
    }
    ym_engine_fail(s, ym_hasher_run_all(s->e->hasher, text, n, digests));
    for (unsigned algo = 0; algo < YM_DIGEST_ALGOS; algo++) {
        memcpy(row.bytes + at, digests[algo], ym_digest_size((ym_digest_algo)algo));
        at += ym_digest_size((ym_digest_algo)algo);
    }
    if (s->status == YM_OK) {
        ym_engine_fail(s, ym_report_add_digest(s->report, &row));
    }
}

struct imports_self {
    struct ym_scan *scan;
    struct ym_object *object;
};

static bool on_found(void *self, const struct ym_digest_found *found) {
    const struct imports_self *is = self;
    const struct ym_finding f = {.unofficial = found->unofficial,
                                 .stage = YM_STAGE_PART,
                                 .name = found->name,
                                 .name_len = found->name_len,
                                 .pattern = "",
                                 .file = "",
                                 .offset = UINT64_MAX};

    ym_engine_detect(is->scan, is->object, &f);
    return !is->scan->stop;
}

static void look_up(struct ym_scan *s, struct ym_object *o, const struct ym_buf *list) {
    struct imports_self self = {s, o};
    const void *text = list->len == 0 ? (const void *)"" : list->data;

    record(s, text, list->len);
    for (unsigned i = 0; i < s->e->n_layers && !s->stop; i++) {
        const struct ym_digests *d = ym_match_digests(s->e->layers[i]);
        const unsigned wanted = d == NULL || (s->options->skip_layers >> i & 1) != 0
                                    ? 0
                                    : ym_digests_wanted(d, YM_DIGEST_IMPORT, list->len);

        for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && !s->stop; algo++) {
            uint8_t digest[YM_DIGEST_MAX];

            if ((wanted & (1u << algo)) == 0) {
                continue;
            }
            ym_engine_fail(
                s, ym_hasher_run(s->e->hasher, (ym_digest_algo)algo, text, list->len, digest));
            if (s->status == YM_OK) {
                ym_digests_find(d, YM_DIGEST_IMPORT, (ym_digest_algo)algo, list->len, digest,
                                on_found, &self);
            }
        }
    }
}

void ym_object_look_up_imports(struct ym_scan *s, struct ym_object *o) {
    struct ym_reader r;
    struct ym_buf list;
    ym_status st;
    const bool asked = is_asked(s);

    if (!asked && !(s->options->digests && s->report->digests_whole)) {
        return;
    }
    ym_reader_init(&r, o->data, o->size);
    ym_buf_init(&list, MAX_LIST);
    st = ym_pe_imports(r, s->e->headers, &list, NULL);
    if (st == YM_OK) {
        look_up(s, o, &list);
    } else if (st == YM_LIMIT && !asked) {
        s->report->digests_whole = false;
    } else if (st == YM_LIMIT) {
        ym_engine_gap_object(s, YM_GAP_BUDGET, o, "too many imports to be hashed");
    } else if (st == YM_NOMEM) {
        ym_engine_fail(s, st);
    }
    ym_buf_done(&list);
}
