/* build.c - the sink that turns rules into an image.  See build.h and layout.h.
 *
 * Rules arrive one by one and are cut, coded and forgotten; what stays in memory is what the
 * image will hold, plus one entry a prefilter window.  The sections are written one after the
 * other, each from its own buffer, so that the peak is about twice the image. */
#include "build_int.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/time.h"
#include "checksum.h"
#include "database/condition.h"
#include "database/digests.h"
#include "database/layout.h"
#include "database/tables.h"
#include "filter.h"
#include "pattern.h"
#include "signatures/clamav.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { RULE_ARENA = 256 << 20, MAX_TEXTS = 1 << 22, MAX_SOURCES = 100000 };

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err);
static ym_status on_digest(void *self, const struct ym_digest_sig *sig, struct ym_err *err);
static ym_status on_row(void *self, ym_table table, const struct ym_table_row *row,
                        struct ym_err *err);
static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why);
static ym_status on_external(void *self, const struct ym_external *e, uint32_t *ret_id);

static bool builder_parts_made(struct ym_db_builder *b) {
    b->arena = ym_arena_new(RULE_ARENA);
    b->scratch = ym_atom_scratch_new();
    b->texts = ym_map_new(MAX_TEXTS);
    b->namespaces = ym_map_new(MAX_TEXTS);
    b->left_out = ym_map_new(MAX_TEXTS);
    b->digests = ym_digest_builder_new();
    b->filter = ym_filter_builder_new();
    b->popular = ym_zalloc(YM_BUILD_POPULAR, sizeof(*b->popular));
    return b->arena != NULL && b->scratch != NULL && b->texts != NULL && b->namespaces != NULL &&
           b->left_out != NULL && b->digests != NULL && b->filter != NULL && b->popular != NULL;
}

struct ym_db_builder *ym_db_builder_new(void) {
    struct ym_db_builder *b = ym_zalloc(1, sizeof(*b));

    if (b == NULL) {
        return NULL;
    }
    b->sink = (struct ym_sink){b, on_rule, on_digest, on_row, on_left_out, on_external};
    for (unsigned i = 0; i < BUILD_N_BUFS; i++) {
        ym_buf_init(&b->bufs[i], UINT32_MAX); /* row numbers and text offsets are 32 bits */
    }
    ym_buf_u8(&b->bufs[BUILD_STRINGS], 0);
    if (!builder_parts_made(b) || ym_buf_status(&b->bufs[BUILD_STRINGS]) != YM_OK) {
        ym_db_builder_free(b);
        return NULL;
    }
    return b;
}

void ym_db_builder_free(struct ym_db_builder *b) {
    if (b == NULL) {
        return;
    }
    ym_arena_free(b->arena);
    ym_atom_scratch_free(b->scratch);
    ym_map_free(b->texts);
    ym_map_free(b->namespaces);
    ym_map_free(b->left_out);
    ym_digest_builder_free(b->digests);
    ym_filter_builder_free(b->filter);
    ym_free(b->popular);
    for (unsigned i = 0; i < BUILD_N_BUFS; i++) {
        ym_buf_done(&b->bufs[i]);
    }
    for (uint32_t i = 0; i < b->n_sources; i++) {
        ym_free(b->sources[i].name);
        ym_free(b->sources[i].about);
    }
    ym_free(b->sources);
    ym_free(b);
}

const struct ym_sink *ym_db_builder_sink(struct ym_db_builder *b) {
    return &b->sink;
}

void ym_db_builder_epoch(struct ym_db_builder *b, uint64_t epoch) {
    b->epoch = epoch;
}

void ym_db_builder_watch(struct ym_db_builder *b, ym_plan_fn *fn, void *self) {
    b->watch = fn;
    b->watch_self = self;
}

ym_status ym_db_builder_source(struct ym_db_builder *b, const char *name) {
    struct source *sources;
    char *copy;

    if (b->n_sources == MAX_SOURCES) {
        return YM_LIMIT;
    }
    sources = ym_realloc_array(b->sources, b->n_sources + 1, sizeof(*sources));
    if (sources == NULL) {
        return YM_NOMEM;
    }
    b->sources = sources;
    copy = ym_strdup(name);
    if (copy == NULL) {
        return YM_NOMEM;
    }
    b->sources[b->n_sources++] = (struct source){.name = copy};
    return YM_OK;
}

/* How far everything was before a rule, so that a refused rule leaves nothing behind. */
struct mark {
    size_t len[BUILD_N_BUFS];
    uint32_t n_patterns, n_parts;
    struct ym_filter_mark filter;
};

static struct mark take_mark(const struct ym_db_builder *b) {
    struct mark m = {.n_patterns = b->n_patterns, .n_parts = b->n_parts};

    for (unsigned i = 0; i < BUILD_N_BUFS; i++) {
        m.len[i] = b->bufs[i].len;
    }
    ym_filter_builder_mark(b->filter, &m.filter);
    return m;
}

static void back_to_mark(struct ym_db_builder *b, const struct mark *m) {
    b->n_patterns = m->n_patterns;
    b->n_parts = m->n_parts;
    for (unsigned i = BUILD_RULES; i < BUILD_N_BUFS;
         i++) { /* not STRINGS: the map of texts points there */
        ym_buf_cut(&b->bufs[i], m->len[i]);
    }
    ym_filter_builder_back(b->filter, &m->filter);
}

ym_status ym_db_builder_container(struct ym_db_builder *b, const struct ym_clamav_container *c) {
    const char *signature = ym_clamav_signature_text(c->signature);
    struct ym_buf text;
    ym_status st;

    if (b->n_sources == 0) {
        return YM_OK;
    }
    ym_buf_init(&text, 16384);
    ym_buf_printf(&text, "{\"version\":%u,\"signatures\":%u,\"level\":%u,\"built\":%lld,\"time\":",
                  c->version, c->signatures, c->level, (long long)c->built);
    ym_buf_json_string(&text, c->time.s, c->time.n);
    ym_buf_add_text(&text, ",\"builder\":");
    ym_buf_json_string(&text, c->builder.s, c->builder.n);
    ym_buf_add_text(&text, ",\"signature\":");
    ym_buf_json_string(&text, signature, strlen(signature));
    ym_buf_add_text(&text, "}");
    st = ym_buf_status(&text);
    if (st == YM_OK) {
        struct source *s = &b->sources[b->n_sources - 1];

        ym_free(s->about);
        s->about = ym_strdup((const char *)text.data);
        st = s->about == NULL ? YM_NOMEM : YM_OK;
    }
    ym_buf_done(&text);
    return st;
}

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err) {
    struct ym_db_builder *b = self;
    struct mark before = take_mark(b);
    ym_status st = ym_build_rule(b, rule, err);

    ym_arena_reset(b->arena);
    if (st != YM_OK) {
        back_to_mark(b, &before);
        return ym_fail_at(err, st, "database", rule->file, rule->line, 0, "rule \"%s\": %s",
                          rule->name, ym_status_text(st));
    }
    *ret_id = b->n_rules++;
    b->lang_rules[rule->lang]++;
    if (b->n_sources > 0) {
        b->sources[b->n_sources - 1].rules++;
    }
    return YM_OK;
}

static ym_status on_digest(void *self, const struct ym_digest_sig *sig, struct ym_err *err) {
    struct ym_db_builder *b = self;
    ym_status st = ym_digest_builder_add(b->digests, sig);

    if (st != YM_OK) {
        return ym_fail(err, st, "database", YM_ERR_NO_OFFSET, "adding a digest signature: %s",
                       ym_status_text(st));
    }
    if (b->n_sources > 0) {
        b->sources[b->n_sources - 1].digests++;
    }
    return YM_OK;
}

static ym_status on_row(void *self, ym_table table, const struct ym_table_row *row,
                        struct ym_err *err) {
    struct ym_db_builder *b = self;
    size_t before = b->bufs[BUILD_TABLES].len;
    ym_status st = ym_table_row_encode(table, row, &b->bufs[BUILD_TABLES]);

    if (st != YM_OK) {
        ym_buf_cut(&b->bufs[BUILD_TABLES], before);
        return ym_fail(err, st, "database", YM_ERR_NO_OFFSET, "adding a row: %s",
                       ym_status_text(st));
    }
    if (b->n_sources > 0) {
        b->sources[b->n_sources - 1].rows++;
    }
    return YM_OK;
}

static bool same_name(const struct ym_db_builder *b, uint32_t string, const char *name) {
    return strcmp((const char *)b->bufs[BUILD_STRINGS].data + string, name) == 0;
}

/* In the image a boolean is an integer. */
static uint8_t letter_of(const struct ym_external *e) {
    return e->letter == 'b' ? 'i' : (uint8_t)e->letter;
}

static ym_status add_external(struct ym_db_builder *b, const struct ym_external *e) {
    struct ym_img_external row = {.number = e->i, .letter = letter_of(e)};

    if (e->letter == 'd') {
        memcpy(&row.number, &e->d, sizeof(row.number));
    }
    YM_TRY(ym_build_text(b, e->name, true, &row.name));
    if (e->letter == 't') {
        YM_TRY(ym_build_text(b, e->text, true, &row.text));
    }
    ym_buf_add(&b->bufs[BUILD_EXTERNALS], &row, sizeof(row));
    return ym_buf_status(&b->bufs[BUILD_EXTERNALS]);
}

static ym_status on_external(void *self, const struct ym_external *e, uint32_t *ret_id) {
    struct ym_db_builder *b = self;
    const struct ym_buf *rows = &b->bufs[BUILD_EXTERNALS];
    uint32_t n = (uint32_t)(rows->len / sizeof(struct ym_img_external));

    for (uint32_t i = 0; i < n; i++) {
        struct ym_img_external row;

        memcpy(&row, rows->data + i * sizeof(row), sizeof(row));
        if (same_name(b, row.name, e->name)) {
            *ret_id = i;
            return row.letter == letter_of(e) ? YM_OK : YM_MALFORMED;
        }
    }
    *ret_id = n;
    return add_external(b, e);
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    struct ym_db_builder *b = self;
    uint64_t n = 0;

    (void)file;
    (void)line;
    (void)ym_map_get(b->left_out, why, strlen(why), &n);
    return ym_map_put(b->left_out, why, strlen(why), n + 1);
}
