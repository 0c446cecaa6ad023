/* chain.c - finds the matches of a variant that was cut at wide gaps.  See chain.h and
 * database/pattern.c.
 *
 * A variant P0 gap P1 gap ... Pk matches where a match of every part stands within the gap's
 * bounds after the end of the part before it.  Its rarest part is in the prefilter; only when
 * that one was met, all parts are sought here, forwards: the matches of each part in the region
 * that the matches before it can reach.  Then, from the last part backwards, every match gets the
 * nearest end of the whole that can be reached from it; the matches of P0 that reach one are
 * matches of the variant.
 *
 * Where the matches of the last part are counted, the way is forwards: every match of a part gets the
 * earliest start of the whole that reaches it.
 *
 * Where one match is enough and a gap is unbounded, the earliest end before the gap is as good as
 * all of them, so one row is kept. */
#include "chain.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "seek.h"

#include <stdlib.h>
#include <string.h>

#define NO_END UINT64_MAX
#define NO_START UINT64_MAX

struct link {
    uint64_t start, end;
    uint64_t reach; /* nearest end of the whole from here; forwards: earliest start to here */
    uint64_t best;  /* smallest reach of this row and all after it; forwards: see struct window */
};

struct links {
    struct link *rows;
    size_t n, room;
    size_t cap;        /* rows */
    bool earliest_end; /* keep only the row with the smallest end */
    bool overflow;
};

static void add_link(struct links *l, uint64_t start, uint64_t end) {
    if (l->earliest_end && l->n == 1) {
        if (end < l->rows[0].end) {
            l->rows[0] = (struct link){.start = start, .end = end};
        }
        return;
    }
    if (l->n == l->room) {
        size_t room = l->room == 0 ? 64 : l->room * 2;
        struct link *rows = room <= l->cap ? ym_realloc_array(l->rows, room, sizeof(*rows)) : NULL;

        if (rows == NULL) {
            l->overflow = true;
            return;
        }
        l->rows = rows;
        l->room = room;
    }
    l->rows[l->n++] = (struct link){.start = start, .end = end};
}

/* ---- Seeking one part ---------------------------------------------------------------------------- */

struct seek {
    struct links *links;
    size_t start;
};

static bool on_end(void *self, size_t end) {
    const struct seek *s = self;

    add_link(s->links, s->start, end);
    return true;
}

static void spend(uint64_t *budget, uint64_t n) {
    *budget -= n < *budget ? n : *budget;
}

/* All matches of a part that start in from..to. */
static void seek_part(const struct ym_chain_job *job, const struct ym_img_part *part, size_t from,
                      size_t to, struct links *ret) {
    struct seek s = {.links = ret};
    struct ym_verify_job v = {
        .data = job->data,
        .size = job->size,
        .program = ym_db_bytes(job->db, YM_SECTION_PROGRAMS, part->program, part->program_size),
        .program_size = part->program_size,
        .all_ends = (part->flags & (YM_IMG_PART_ALL_ENDS | YM_IMG_PART_SHORTEST)) != 0,
        .budget = job->budget,
        .end = on_end,
        .self = &s,
    };

    for (size_t at = from; v.program != NULL && at <= to && at<job->size && * job->budget> 0;
         at++) {
        size_t place = ym_seek_landmark(job->data, job->size, &part->landmark, at, to);
        size_t reached = place == SIZE_MAX ? (to < job->size ? to : job->size) : place;

        spend(job->budget, 1 + (reached - at) / 64);
        if (place == SIZE_MAX || ret->overflow ||
            (ret->earliest_end && ret->n == 1 && place + part->min_length >= ret->rows[0].end)) {
            break;
        }
        at = place;
        s.start = place;
        if (job->size - place >= part->min_length) {
            ym_verify(job->verifier, &v, place);
        }
    }
}

/* ---- Joining --------------------------------------------------------------------------------------- */

/* First row that starts at or after `from`; rows are in order of their starts. */
static size_t lower_bound(const struct links *l, uint64_t from) {
    size_t lo = 0;
    size_t hi = l->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (l->rows[mid].start < from) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static uint64_t reach_from(const struct links *next, uint64_t end, uint32_t gap_min,
                           uint32_t gap_max, uint64_t *budget) {
    size_t i = lower_bound(next, end + gap_min);
    uint64_t best = NO_END;

    if (gap_max == UINT32_MAX) {
        return i < next->n ? next->rows[i].best : NO_END;
    }
    for (; i < next->n && next->rows[i].start <= end + gap_max && *budget > 0; i++) {
        spend(budget, 1);
        best = next->rows[i].reach < best ? next->rows[i].reach : best;
    }
    return best;
}

/* gap: the part after this one, which knows the gap before it; NULL for the last part. */
static void link_rows(struct links *l, const struct links *next, const struct ym_img_part *gap,
                      uint64_t *budget) {
    uint64_t best = NO_END;

    for (size_t i = l->n; i-- > 0;) {
        struct link *row = &l->rows[i];

        row->reach =
            gap == NULL ? row->end : reach_from(next, row->end, gap->gap_min, gap->gap_max, budget);
        best = row->reach < best ? row->reach : best;
        row->best = best;
    }
}

static const struct ym_img_part *part_at(const struct ym_chain_job *job, uint32_t i) {
    return ym_db_row(job->db, YM_SECTION_PARTS, job->first_part + i);
}

/* Where the next part may start, after the rows of this one. */
static bool reachable(const struct ym_chain_job *job, const struct links *l,
                      const struct ym_img_part *next, size_t *ret_from, size_t *ret_to) {
    uint64_t lo = NO_END;
    uint64_t hi = 0;

    for (size_t i = 0; i < l->n; i++) {
        lo = l->rows[i].end < lo ? l->rows[i].end : lo;
        hi = l->rows[i].end > hi ? l->rows[i].end : hi;
    }
    if (l->n == 0 || lo + next->gap_min >= job->size) {
        return false;
    }
    *ret_from = (size_t)lo + next->gap_min;
    *ret_to = next->gap_max == UINT32_MAX ? job->size : (size_t)hi + next->gap_max;
    return true;
}

/* Fills lists[0..n); false when some part has no match where it could stand. */
static bool seek_all(const struct ym_chain_job *job, struct links *lists, uint32_t n) {
    size_t from = job->from;
    size_t to = job->to;

    for (uint32_t i = 0; i < n; i++) {
        const struct ym_img_part *part = part_at(job, i);
        const struct ym_img_part *next = i + 1 < n ? part_at(job, i + 1) : NULL;

        if (part == NULL || (i + 1 < n && next == NULL)) {
            return false;
        }
        lists[i].cap = job->cap / sizeof(struct link) / n;
        lists[i].earliest_end = job->first_only && (next == NULL || next->gap_max == UINT32_MAX);
        seek_part(job, part, from, to, &lists[i]);
        if (next == NULL ? lists[i].n == 0 : !reachable(job, &lists[i], next, &from, &to)) {
            return false;
        }
    }
    return true;
}

/* ---- Joining forwards ------------------------------------------------------------------------------ */

static int by_end(const void *pa, const void *pb) {
    const struct link *a = pa;
    const struct link *b = pb;

    return a->end < b->end ? -1 : a->end > b->end;
}

static void sort_by_end(struct links *l) {
    for (size_t i = 1; i < l->n; i++) {
        if (l->rows[i].end < l->rows[i - 1].end) { /* a part of several lengths */
            qsort(l->rows, l->n, sizeof(*l->rows), by_end);
            return;
        }
    }
}

/* The rows before a gap that the row at hand can follow, as both move on: of those between head and
 * tail none has a later one that is reached from as early.  Entry k of that queue is rows[k].best:
 * there are never more entries than rows that were looked at. */
struct window {
    size_t head, tail, next;
};

static void push(struct links *l, struct window *w) {
    const uint64_t reach = l->rows[w->next].reach;

    while (w->tail > w->head && l->rows[l->rows[w->tail - 1].best].reach >= reach) {
        w->tail--;
    }
    l->rows[w->tail++].best = w->next++;
}

/* The earliest start from which a row at `start` is reached; gap: its part.  start never falls. */
static uint64_t slide(struct links *l, struct window *w, uint64_t start,
                      const struct ym_img_part *gap) {
    while (w->next < l->n && l->rows[w->next].end + gap->gap_min <= start) {
        push(l, w);
    }
    while (gap->gap_max != UINT32_MAX && w->head < w->tail &&
           l->rows[l->rows[w->head].best].end + gap->gap_max < start) {
        w->head++;
    }
    return w->head < w->tail ? l->rows[l->rows[w->head].best].reach : NO_START;
}

/* gap: the part at hand, which knows the gap before it; NULL for the first one. */
static void link_forwards(struct links *l, struct links *last, const struct ym_img_part *gap,
                          uint64_t *budget) {
    struct window w = {0, 0, 0};

    for (size_t i = 0; i < l->n; i++) {
        struct link *row = &l->rows[i];

        row->reach = gap == NULL ? row->start : slide(last, &w, row->start, gap);
    }
    spend(budget, l->n);
    sort_by_end(l);
}

static void report_last(const struct ym_chain_job *job, const struct links *l) {
    for (size_t i = 0; i < l->n; i++) {
        if (l->rows[i].reach != NO_START &&
            !job->found(job->self, (size_t)l->rows[i].reach, (size_t)l->rows[i].end)) {
            return;
        }
    }
}

static void join_forwards(const struct ym_chain_job *job, struct links *lists, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        link_forwards(&lists[i], i == 0 ? NULL : &lists[i - 1], i == 0 ? NULL : part_at(job, i),
                      job->budget);
    }
    report_last(job, &lists[n - 1]);
}

/* ---- Joining backwards ----------------------------------------------------------------------------- */

static void report_links(const struct ym_chain_job *job, const struct links *l) {
    for (size_t i = 0; i < l->n; i++) {
        if (l->rows[i].reach != NO_END &&
            !job->found(job->self, (size_t)l->rows[i].start, (size_t)l->rows[i].reach)) {
            return;
        }
    }
}

static void join_backwards(const struct ym_chain_job *job, struct links *lists, uint32_t n) {
    for (uint32_t i = n; i-- > 0;) {
        bool last = i + 1 == n;

        link_rows(&lists[i], last ? NULL : &lists[i + 1], last ? NULL : part_at(job, i + 1),
                  job->budget);
    }
    report_links(job, &lists[0]);
}

bool ym_chain_search(const struct ym_chain_job *job) {
    uint32_t n = job->last_part - job->first_part + 1;
    struct links *lists = ym_zalloc(n, sizeof(*lists));
    bool complete = lists != NULL;

    if (lists != NULL && seek_all(job, lists, n)) {
        if (job->by_last) {
            join_forwards(job, lists, n);
        } else {
            join_backwards(job, lists, n);
        }
    }
    for (uint32_t i = 0; lists != NULL && i < n; i++) {
        complete = complete && !lists[i].overflow;
        ym_free(lists[i].rows);
    }
    ym_free(lists);
    return complete;
}
