/* pcre.c - see pcre.h; how work is metered: regexlib.h. */
#include "pcre.h"

#include "base/alloc.h"
#include "base/regex_options.h"
#include "regexlib.h"

enum {
    MATCH_LIMIT = 100000, /* the peer's */
    DEPTH_LIMIT = 2000,   /* the peer's */
    RUN_BASE = 25000000,
    RUN_BYTE = 50
};

struct ym_pcre {
    struct ym_regexlib lib;
    uint32_t flags;
    bool utf; /* the text asked for it: (*UTF) */
};

/* ---- Compiling ------------------------------------------------------------------------------- */

static ym_status compile(struct ym_pcre *p, const uint8_t *text, size_t n) {
    uint32_t options = ym_regex_options(p->flags);
    uint32_t all = 0;

    YM_TRY(ym_regexlib_init(&p->lib, text, n, options, NULL));
    (void)pcre2_pattern_info(p->lib.code, PCRE2_INFO_ALLOPTIONS, &all);
    p->utf = (all & PCRE2_UTF) != 0;
    (void)pcre2_set_match_limit(p->lib.context, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(p->lib.context, DEPTH_LIMIT);
    return YM_OK;
}

ym_status ym_pcre_new(const uint8_t *text, size_t n, uint32_t flags, struct ym_pcre **ret) {
    struct ym_pcre *p = ym_zalloc(1, sizeof(*p));
    ym_status st;

    if (p == NULL) {
        return YM_NOMEM;
    }
    p->flags = flags;
    st = compile(p, text, n);
    if (st != YM_OK) {
        ym_free(p);
        return st;
    }
    *ret = p;
    return YM_OK;
}

void ym_pcre_free(struct ym_pcre *p) {
    if (p != NULL) {
        ym_regexlib_done(&p->lib);
        ym_free(p);
    }
}

/* ---- Running --------------------------------------------------------------------------------- */

/* The part of the data that the expression sees. */
struct window {
    const uint8_t *data;
    size_t size;
    uint64_t base;       /* where it lies in the object */
    uint64_t last_start; /* a match behind this one ends the search */
    uint32_t options;    /* of pcre2_match() */
};

static bool make_window(const struct ym_pcre *p, const struct ym_pcre_job *job,
                        struct window *ret) {
    bool shifts = job->has_place && job->has_shift && job->high > job->low;
    uint64_t shift;

    *ret = (struct window){job->data, job->size, 0, UINT64_MAX, 0};
    /* As in the peer, where one byte before the data (EOF-n of n - 1 bytes) is "anywhere". */
    if (!job->has_place || job->low == -1) {
        return true;
    }
    if (job->low < 0 || (uint64_t)job->low >= job->size) {
        return false;
    }
    ret->base = (uint64_t)job->low;
    ret->data += ret->base;
    ret->size -= ret->base;
    if (!shifts) {
        ret->options = (p->flags & YM_REGEX_ROLLING) != 0 ? 0 : PCRE2_ANCHORED;
        return true;
    }
    shift = (uint64_t)(job->high - job->low);
    ret->last_start = shift;
    if ((p->flags & YM_REGEX_ENCOMPASS) != 0 && shift < ret->size) {
        ret->size = (size_t)shift;
    }
    return true;
}

/* A failure that says nothing about the data. */
static bool is_giving_up(int rc) {
    return rc != PCRE2_ERROR_NOMATCH &&
           !(rc <= PCRE2_ERROR_UTF8_ERR1 && rc >= PCRE2_ERROR_UTF8_ERR21);
}

static void count_match(struct ym_pcre_result *ret, const struct window *w, const size_t *place) {
    ret->last = w->base + place[0];
    if (ret->count == 0) {
        uint64_t length = place[1] - place[0];

        ret->first = ret->last;
        ret->first_length = length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
    }
    if (ret->count < UINT32_MAX) {
        ret->count++;
    }
}

/* Where the next match is sought.  Behind an empty one the peer does not move on, and hangs. */
static size_t next_start(const struct ym_pcre *p, const struct window *w, const size_t *place) {
    size_t at = place[1];

    if (place[1] == place[0]) {
        do {
            at++;
        } while (p->utf && at < w->size && (w->data[at] & 0xc0) == 0x80);
    }
    return at;
}

static void search(struct ym_pcre *p, const struct window *w, struct ym_regex_meter *meter,
                   pcre2_match_data *data, struct ym_pcre_result *ret) {
    const size_t *place = pcre2_get_ovector_pointer(data);

    for (size_t at = 0; at < w->size;) {
        int rc;

        meter->at = at;
        meter->steps += p->utf ? w->size - at : 0; /* each call proves the text to be UTF-8 */
        rc = pcre2_match(p->lib.code, w->data, w->size, at, w->options, data, p->lib.context);
        if (rc < 0) {
            ret->gave_up = is_giving_up(rc);
            return;
        }
        /* \K in a group that looks ahead may put the start behind the end. */
        if (place[0] > w->last_start || place[0] > place[1]) {
            return;
        }
        count_match(ret, w, place);
        if ((p->flags & YM_REGEX_GLOBAL) == 0 || place[1] >= w->size) {
            return;
        }
        if (ym_regex_meter_used_up(meter)) {
            ret->gave_up = true;
            return;
        }
        at = next_start(p, w, place);
    }
}

ym_status ym_pcre_run(struct ym_pcre *p, const struct ym_pcre_job *job,
                      struct ym_pcre_result *ret) {
    struct ym_pcre_result result = {.count = 0};
    uint64_t max = RUN_BASE + (uint64_t)job->size * RUN_BYTE;
    pcre2_match_data *data;
    struct window w;
    struct ym_regex_meter meter;

    if (*job->budget == 0) {
        result.gave_up = true;
    } else if (make_window(p, job, &w)) {
        data = pcre2_match_data_create_from_pattern(p->lib.code, NULL);
        if (data == NULL) {
            return YM_NOMEM;
        }
        ym_regex_meter_start(&meter, &p->lib, max < *job->budget ? max : *job->budget);
        search(p, &w, &meter, data, &result);
        pcre2_match_data_free(data);
        (void)ym_regex_meter_used_up(&meter);
        *job->budget -= meter.steps < *job->budget ? meter.steps : *job->budget;
    }
    *ret = result;
    return YM_OK;
}
