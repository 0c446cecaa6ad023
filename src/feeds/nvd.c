/* nvd.c - counts entries of the vulnerability database by half-year.  See nvd.h.
 *
 * Of each entry a row of 48 bytes and the numbers of its vendors are kept, because the largest
 * vendors are known only at the end.  A row that is replaced leaves its vendors' numbers behind;
 * feeds of changes are small. */
#include "feeds/nvd.h"

#include "base/alloc.h"
#include "base/map.h"
#include "feeds/input.h"
#include "nvd_int.h"

#include <stdio.h>
#include <string.h>

#define MODULE "feeds/nvd"

static ym_status no_memory(struct ym_err *err) {
    return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the disclosures");
}

ym_status ym_nvd_new(const struct ym_nvd_options *options, struct ym_nvd **ret_nvd,
                     struct ym_err *err) {
    struct ym_nvd *v = ym_zalloc(1, sizeof(*v));

    if (v == NULL) {
        return no_memory(err);
    }
    v->options = *options;
    v->ids = ym_map_new(YM_NVD_ENTRIES_MAX);
    v->vendor_ids = ym_map_new(YM_NVD_VENDORS_MAX);
    if (v->ids == NULL || v->vendor_ids == NULL) {
        ym_nvd_free(v);
        return no_memory(err);
    }
    *ret_nvd = v;
    return YM_OK;
}

void ym_nvd_free(struct ym_nvd *nvd) {
    if (nvd != NULL) {
        ym_map_free(nvd->ids);
        ym_map_free(nvd->vendor_ids);
        ym_free(nvd->row);
        ym_free(nvd->vendor);
        ym_free(nvd);
    }
}

size_t ym_nvd_n_sources(const struct ym_nvd *nvd) {
    return nvd->n_sources;
}

const struct ym_nvd_source *ym_nvd_source(const struct ym_nvd *nvd, size_t i) {
    return &nvd->source[i];
}

/* --- rows --- */

static bool room_for(void **list, size_t n, size_t *room, size_t more, size_t size) {
    while (n + more > *room) {
        size_t larger = *room == 0 ? 4096 : *room * 2;
        void *p = ym_realloc_array(*list, larger, size);

        if (p == NULL) {
            return false;
        }
        *list = p;
        *room = larger;
    }
    return true;
}

static ym_status vendor_id(struct ym_nvd *v, const char *name, uint32_t *ret_id,
                           struct ym_err *err) {
    uint64_t id;

    if (!ym_map_get(v->vendor_ids, name, strlen(name), &id)) {
        ym_status st;

        id = ym_map_count(v->vendor_ids);
        st = ym_map_put(v->vendor_ids, name, strlen(name), id);
        if (st != YM_OK) {
            return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "more than %d vendors",
                           YM_NVD_VENDORS_MAX);
        }
    }
    *ret_id = (uint32_t)id;
    return YM_OK;
}

static ym_status set_row(struct ym_nvd *v, struct nvd_row *row, const struct ym_nvd_entry *e,
                         struct ym_err *err) {
    struct nvd_row r = {.month = e->month,
                        .severity = e->severity,
                        .complexity = e->complexity,
                        .product = e->product,
                        .score = e->score,
                        .n_vendors = (uint8_t)e->n_vendors,
                        .first_vendor = v->n_vendors};

    memcpy(r.modified, e->modified, sizeof(r.modified));
    if (!room_for((void **)&v->vendor, v->n_vendors, &v->vendor_room, e->n_vendors,
                  sizeof(*v->vendor))) {
        return no_memory(err);
    }
    for (size_t i = 0; i < e->n_vendors; i++) {
        YM_TRY(vendor_id(v, e->vendor[i], &v->vendor[v->n_vendors + i], err));
    }
    v->n_vendors += e->n_vendors;
    *row = r;
    return YM_OK;
}

static ym_status keep(struct ym_nvd *v, const struct ym_nvd_entry *e, struct ym_err *err) {
    uint32_t key[2] = {e->year, e->number};
    uint64_t at;
    ym_status st;

    if (ym_map_get(v->ids, (const char *)key, sizeof(key), &at)) {
        return strcmp(v->row[at].modified, e->modified) < 0 ? set_row(v, &v->row[at], e, err)
                                                            : YM_OK;
    }
    st = ym_map_put(v->ids, (const char *)key, sizeof(key), v->n_rows);
    if (st != YM_OK) {
        return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "more than %d vulnerabilities",
                       YM_NVD_ENTRIES_MAX);
    }
    if (!room_for((void **)&v->row, v->n_rows, &v->row_room, 1, sizeof(*v->row))) {
        return no_memory(err);
    }
    return set_row(v, &v->row[v->n_rows++], e, err);
}

static bool inside(const struct ym_nvd *v, int month) {
    for (size_t i = 0; i < v->options.n_periods; i++) {
        const struct ym_period *p = &v->options.periods[i];

        if (month >= p->first && month < p->first + (int)p->months) {
            return true;
        }
    }
    return v->options.n_periods == 0;
}

/* --- a file --- */

struct reading {
    struct ym_nvd *nvd;
    struct ym_nvd_source *src;
    const char *path;
    struct ym_nvd_entry entry;
};

static void refuse(struct reading *r, uint64_t line, const char *why) {
    r->src->refused++;
    if (r->src->first.code == YM_OK) {
        (void)ym_fail_at(&r->src->first, YM_MALFORMED, MODULE, r->path, (unsigned)line, 0, "%s",
                         why);
    }
}

static ym_status on_entry(void *user, const char *json, size_t n, uint64_t line, bool too_large,
                          struct ym_err *err) {
    struct reading *r = user;
    struct ym_err why = {0};
    ym_status st;

    r->src->entries++;
    if (too_large) {
        refuse(r, line, "an entry is larger than 8 MiB");
        return YM_OK;
    }
    st = ym_nvd_entry_read(json, n, &r->entry, &why);
    if (st == YM_END) {
        r->src->rejected++;
        return YM_OK;
    }
    if (st != YM_OK) {
        refuse(r, line, why.text);
        return YM_OK;
    }
    if (!inside(r->nvd, r->entry.month)) {
        r->src->outside++;
        return YM_OK;
    }
    r->src->used++;
    return keep(r->nvd, &r->entry, err);
}

static ym_status read_all(struct reading *r, struct ym_input *in, struct ym_err *err) {
    struct ym_nvd_split *split = ym_nvd_split_new(on_entry, r);
    struct ym_str block;
    ym_status st = split == NULL ? no_memory(err) : YM_OK;

    while (st == YM_OK && (st = ym_input_next(in, &block, err)) == YM_OK) {
        st = ym_nvd_split_feed(split, block.s, block.n, r->path, err);
    }
    if (st == YM_END) {
        st = ym_nvd_split_end(split, r->path, err);
    }
    ym_nvd_split_free(split);
    return st;
}

ym_status ym_nvd_add(struct ym_nvd *nvd, const char *path, struct ym_err *err) {
    const char *slash = strrchr(path, '/');
    struct reading *r;
    struct ym_input *in = NULL;
    struct ym_nvd_source *src;
    ym_status st;

    if (nvd->n_sources == YM_NVD_SOURCES_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "more than %d files",
                       YM_NVD_SOURCES_MAX);
    }
    YM_TRY(ym_input_open(path, &in, err));
    r = ym_zalloc(1, sizeof(*r));
    src = &nvd->source[nvd->n_sources];
    *src = (struct ym_nvd_source){0};
    (void)snprintf(src->file, sizeof(src->file), "%.255s", slash == NULL ? path : slash + 1);
    if (r == NULL) {
        st = no_memory(err);
    } else {
        *r = (struct reading){.nvd = nvd, .src = src, .path = path};
        st = read_all(r, in, err);
    }
    ym_input_digest(in, src->sha256);
    ym_input_close(in);
    ym_free(r);
    YM_TRY(st);
    if (src->refused > 0 && src->refused == src->entries) {
        *err = src->first;
        return err->code;
    }
    nvd->n_sources++;
    return YM_OK;
}
