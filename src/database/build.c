/* build.c - the sink that turns rules into an image.  See build.h and layout.h.
 *
 * Rules arrive one by one and are cut, coded and forgotten; what stays in memory is what the
 * image will hold, plus one entry a prefilter window.  The sections are written one after the
 * other, each from its own buffer, so that the peak is about twice the image. */
#include "database/build.h"

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

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* A pattern with one possible place whose best atom is expected more often than this is verified
 * at its place instead of being looked for. */
static const double ANCHORED_COST = 1e-5;

enum { RULE_ARENA = 256 << 20, MAX_TEXTS = 1 << 22, MAX_SOURCES = 100000 };

/* The buffers that are sections of the image as they stand. */
enum buf {
    STRINGS,
    RULES,
    PATTERNS,
    PARTS,
    PROGRAMS,
    CONDITIONS,
    ANCHORED,
    EVERYWHERE,
    ALWAYS,
    TABLES,
    N_BUFS
};

struct source {
    char *name;
    uint64_t rules, digests, rows;
};

struct ym_db_builder {
    struct ym_sink sink;
    struct ym_arena *arena; /* of the rule being added */
    struct ym_atom_scratch *scratch;
    struct ym_map *texts; /* interned strings */
    struct ym_map *namespaces;
    struct ym_map *left_out; /* why -> count */
    struct ym_digest_builder *digests;
    struct ym_filter_builder *filter;
    struct ym_buf bufs[N_BUFS]; /* enum buf */
    struct source *sources;
    uint32_t n_sources;
    uint32_t n_rules, n_patterns, n_parts;
    uint64_t lang_rules[2];
};

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err);
static ym_status on_digest(void *self, const struct ym_digest_sig *sig, struct ym_err *err);
static ym_status on_row(void *self, ym_table table, const struct ym_table_row *row,
                        struct ym_err *err);
static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why);

static bool builder_parts_made(struct ym_db_builder *b) {
    b->arena = ym_arena_new(RULE_ARENA);
    b->scratch = ym_atom_scratch_new();
    b->texts = ym_map_new(MAX_TEXTS);
    b->namespaces = ym_map_new(MAX_TEXTS);
    b->left_out = ym_map_new(MAX_TEXTS);
    b->digests = ym_digest_builder_new();
    b->filter = ym_filter_builder_new();
    return b->arena != NULL && b->scratch != NULL && b->texts != NULL && b->namespaces != NULL &&
           b->left_out != NULL && b->digests != NULL && b->filter != NULL;
}

struct ym_db_builder *ym_db_builder_new(void) {
    struct ym_db_builder *b = ym_zalloc(1, sizeof(*b));

    if (b == NULL) {
        return NULL;
    }
    b->sink = (struct ym_sink){b, on_rule, on_digest, on_row, on_left_out};
    for (unsigned i = 0; i < N_BUFS; i++) {
        ym_buf_init(&b->bufs[i], UINT32_MAX); /* row numbers and text offsets are 32 bits */
    }
    ym_buf_u8(&b->bufs[STRINGS], 0);
    if (!builder_parts_made(b) || ym_buf_status(&b->bufs[STRINGS]) != YM_OK) {
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
    for (unsigned i = 0; i < N_BUFS; i++) {
        ym_buf_done(&b->bufs[i]);
    }
    for (uint32_t i = 0; i < b->n_sources; i++) {
        ym_free(b->sources[i].name);
    }
    ym_free(b->sources);
    ym_free(b);
}

const struct ym_sink *ym_db_builder_sink(struct ym_db_builder *b) {
    return &b->sink;
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

/* ---- Rules ------------------------------------------------------------------------------------ */

/* Adds a text once per spelling when `shared`, else always (rule names hardly repeat). */
static ym_status add_text(struct ym_db_builder *b, const char *s, bool shared, uint32_t *ret) {
    uint64_t at;

    if (s == NULL || s[0] == '\0') {
        *ret = 0;
        return YM_OK;
    }
    if (shared && ym_map_get(b->texts, s, strlen(s), &at)) {
        *ret = (uint32_t)at;
        return YM_OK;
    }
    *ret = (uint32_t)b->bufs[STRINGS].len;
    ym_buf_add(&b->bufs[STRINGS], s, strlen(s) + 1);
    YM_TRY(ym_buf_status(&b->bufs[STRINGS]));
    return shared ? ym_map_put(b->texts, s, strlen(s), *ret) : YM_OK;
}

static ym_status namespace_id(struct ym_db_builder *b, const char *ns, uint32_t *ret) {
    const char *key = ns == NULL ? "" : ns;
    uint64_t id;

    if (!ym_map_get(b->namespaces, key, strlen(key), &id)) {
        id = ym_map_count(b->namespaces);
        YM_TRY(ym_map_put(b->namespaces, key, strlen(key), id));
    }
    *ret = (uint32_t)id;
    return YM_OK;
}

static bool has_one_place(const struct ym_pattern *p) {
    return p->place.kind != YM_PLACE_ANY && p->place.kind != YM_PLACE_SECTION_BODY &&
           p->place.kind != YM_PLACE_VERSION_INFO && p->place.shift == 0;
}

/* The part of a variant that the prefilter looks for: the rarest.  The others are sought by
 * match/chain.c when that one was met. */
static uint32_t pivot_of(const struct ym_part *parts, uint32_t n) {
    uint32_t best = 0;

    for (uint32_t i = 1; i < n; i++) {
        best = parts[i].cost < parts[best].cost ? i : best;
    }
    return best;
}

/* first_part: row of the variant's first part. */
static ym_status index_variant(struct ym_db_builder *b, const struct ym_rule *rule,
                               const struct ym_pattern *p, const struct ym_part *parts, uint32_t n,
                               uint32_t first_part) {
    bool xored = (p->flags & YM_PATTERN_XOR) != 0;
    uint32_t pivot = pivot_of(parts, n);
    uint32_t row = first_part + pivot;

    if (!xored && parts[pivot].cost > ANCHORED_COST && has_one_place(p)) {
        ym_buf_u32le(&b->bufs[ANCHORED], first_part);
        return ym_buf_status(&b->bufs[ANCHORED]);
    }
    if (parts[pivot].n_atoms == 0 && xored) { /* text always has atoms, and only text is xored */
        return YM_UNSUPPORTED;
    }
    if (parts[pivot].n_atoms == 0) {
        ym_buf_u32le(&b->bufs[EVERYWHERE], row);
        return ym_buf_status(&b->bufs[EVERYWHERE]);
    }
    for (uint32_t i = 0; i < parts[pivot].n_atoms; i++) {
        YM_TRY(ym_filter_builder_add(b->filter, &parts[pivot].atoms[i], row, rule->target,
                                     xored ? p->xor_min : 0, xored ? p->xor_max : 0));
    }
    return YM_OK;
}

static bool has_alternatives(const struct ym_part *part) {
    for (const struct ym_node *n = part->first; n != part->end; n = n->next) {
        if (n->op == YM_NODE_ALT) {
            return true;
        }
    }
    return false;
}

static ym_status add_part(struct ym_db_builder *b, const struct ym_rule *rule,
                          const struct ym_pattern *p, const struct ym_variant *v,
                          const struct ym_part *parts, uint32_t n, uint32_t i, struct ym_err *err) {
    const struct ym_part *part = &parts[i];
    bool last = i + 1 == n;
    struct ym_img_part row = {
        .pattern = b->n_patterns,
        .program = (uint32_t)b->bufs[PROGRAMS].len,
        .min_length = part->min_length,
        .max_length = part->max_length,
        .gap_min = part->gap_min,
        .gap_max = part->gap_max,
        .chain = (uint16_t)i,
    };

    if (i > UINT16_MAX) {
        return ym_fail_at(err, YM_LIMIT, "database", rule->file, rule->line, 0,
                          "rule \"%s\": a pattern of more than 65535 pieces", rule->name);
    }
    row.flags = (uint16_t)((v->wide ? YM_IMG_PART_WIDE : 0) | (last ? YM_IMG_PART_LAST : 0) |
                           (!last && parts[i + 1].gap_max != YM_JUMP_INF &&
                                    part->min_length != part->max_length
                                ? YM_IMG_PART_ALL_ENDS
                                : 0) |
                           (rule->lang == YM_LANG_YARA && has_alternatives(part) &&
                                    part->min_length != part->max_length
                                ? YM_IMG_PART_SHORTEST
                                : 0));
    YM_TRY(ym_pattern_program(part, (p->flags & YM_PATTERN_NOCASE) != 0, &b->bufs[PROGRAMS], err));
    row.program_size = (uint32_t)b->bufs[PROGRAMS].len - row.program;
    ym_buf_add(&b->bufs[PARTS], &row, sizeof(row));
    YM_TRY(ym_buf_status(&b->bufs[PARTS]));
    b->n_parts++;
    return YM_OK;
}

static ym_status add_pattern(struct ym_db_builder *b, const struct ym_rule *rule, uint32_t index,
                             uint8_t need, struct ym_err *err) {
    const struct ym_pattern *p = &rule->patterns[index];
    struct ym_img_pattern row = {
        .place_offset = p->place.offset,
        .rule = b->n_rules,
        .first_part = b->n_parts,
        .flags = p->flags,
        .place_shift = p->place.shift,
        .place_section = p->place.section,
        .place_kind = (uint8_t)p->place.kind,
        .need = need,
        .lang = (uint8_t)rule->lang,
        .target = (uint8_t)rule->target,
        .index = index,
    };

    YM_TRY(add_text(b, p->id, true, &row.id));
    for (uint32_t v = 0; v < p->n_variants; v++) {
        struct ym_part *parts;
        uint32_t n;

        uint32_t first_part = b->n_parts;

        YM_TRY(ym_pattern_cut(p->variants[v].body, b->arena, b->scratch, &parts, &n, err));
        for (uint32_t i = 0; i < n; i++) {
            YM_TRY(add_part(b, rule, p, &p->variants[v], parts, n, i, err));
        }
        YM_TRY(index_variant(b, rule, p, parts, n, first_part));
    }
    row.n_parts = b->n_parts - row.first_part;
    ym_buf_add(&b->bufs[PATTERNS], &row, sizeof(row));
    b->n_patterns++;
    return ym_buf_status(&b->bufs[PATTERNS]);
}

static ym_status add_condition(struct ym_db_builder *b, const struct ym_rule *rule,
                               struct ym_img_rule *row, uint8_t *needs, struct ym_err *err) {
    struct ym_condition_facts facts = {0};

    if (rule->condition == NULL) {
        return YM_OK;
    }
    row->condition = (uint32_t)b->bufs[CONDITIONS].len;
    YM_TRY(ym_condition_compile(rule->condition, rule->n_patterns, &b->bufs[CONDITIONS], needs,
                                &facts, err));
    row->condition_size = (uint32_t)b->bufs[CONDITIONS].len - row->condition;
    if (facts.true_without_hits || facts.uses_rules || (rule->flags & YM_RULE_GLOBAL) != 0) {
        ym_buf_u32le(&b->bufs[ALWAYS], b->n_rules);
    }
    return ym_buf_status(&b->bufs[ALWAYS]);
}

static ym_status add_rule(struct ym_db_builder *b, const struct ym_rule *rule, struct ym_err *err) {
    struct ym_img_rule row = {
        .line = rule->line,
        .first_pattern = b->n_patterns,
        .n_patterns = rule->n_patterns,
        .flags = rule->flags,
        .lang = (uint8_t)rule->lang,
        .target = (uint8_t)rule->target,
    };
    uint8_t *needs = ym_arena_zalloc(b->arena, rule->n_patterns, 1);

    if ((rule->flags & (YM_RULE_LOGICAL | YM_RULE_MACRO)) != 0) {
        return YM_UNSUPPORTED;
    }
    if (needs == NULL) {
        return YM_NOMEM;
    }
    YM_TRY(add_text(b, rule->name, false, &row.name));
    YM_TRY(add_text(b, rule->ns, true, &row.ns));
    YM_TRY(add_text(b, rule->file, true, &row.file));
    YM_TRY(namespace_id(b, rule->ns, &row.ns_id));
    YM_TRY(add_condition(b, rule, &row, needs, err));
    for (uint32_t i = 0; i < rule->n_patterns; i++) {
        YM_TRY(add_pattern(b, rule, i, needs[i], err));
    }
    ym_buf_add(&b->bufs[RULES], &row, sizeof(row));
    return ym_buf_status(&b->bufs[RULES]);
}

/* How far everything was before a rule, so that a refused rule leaves nothing behind. */
struct mark {
    size_t len[N_BUFS];
    uint32_t n_patterns, n_parts;
    struct ym_filter_mark filter;
};

static struct mark take_mark(const struct ym_db_builder *b) {
    struct mark m = {.n_patterns = b->n_patterns, .n_parts = b->n_parts};

    for (unsigned i = 0; i < N_BUFS; i++) {
        m.len[i] = b->bufs[i].len;
    }
    ym_filter_builder_mark(b->filter, &m.filter);
    return m;
}

static void back_to_mark(struct ym_db_builder *b, const struct mark *m) {
    b->n_patterns = m->n_patterns;
    b->n_parts = m->n_parts;
    for (unsigned i = RULES; i < N_BUFS; i++) { /* not STRINGS: the map of texts points there */
        ym_buf_cut(&b->bufs[i], m->len[i]);
    }
    ym_filter_builder_back(b->filter, &m->filter);
}

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err) {
    struct ym_db_builder *b = self;
    struct mark before = take_mark(b);
    ym_status st = add_rule(b, rule, err);

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
    size_t before = b->bufs[TABLES].len;
    ym_status st = ym_table_row_encode(table, row, &b->bufs[TABLES]);

    if (st != YM_OK) {
        ym_buf_cut(&b->bufs[TABLES], before);
        return ym_fail(err, st, "database", YM_ERR_NO_OFFSET, "adding a row: %s",
                       ym_status_text(st));
    }
    if (b->n_sources > 0) {
        b->sources[b->n_sources - 1].rows++;
    }
    return YM_OK;
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    struct ym_db_builder *b = self;
    uint64_t n = 0;

    (void)file;
    (void)line;
    (void)ym_map_get(b->left_out, why, strlen(why), &n);
    return ym_map_put(b->left_out, why, strlen(why), n + 1);
}

/* ---- Writing ------------------------------------------------------------------------------------ */

static void write_info(const struct ym_db_builder *b, struct ym_buf *out) {
    const char *why;
    size_t n;
    uint64_t count;
    size_t cursor = 0;
    const char *comma = "";

    ym_buf_printf(out, "{\"clamav_rules\":%" PRIu64 ",\"yara_rules\":%" PRIu64 ",\"sources\":[",
                  b->lang_rules[YM_LANG_CLAMAV], b->lang_rules[YM_LANG_YARA]);
    for (uint32_t i = 0; i < b->n_sources; i++) {
        ym_buf_add_text(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        ym_buf_json_string(out, b->sources[i].name, strlen(b->sources[i].name));
        ym_buf_printf(out, ",\"rules\":%" PRIu64 ",\"digests\":%" PRIu64 ",\"rows\":%" PRIu64 "}",
                      b->sources[i].rules, b->sources[i].digests, b->sources[i].rows);
    }
    ym_buf_add_text(out, "],\"left_out\":[");
    while (ym_map_next(b->left_out, &cursor, &why, &n, &count)) {
        ym_buf_printf(out, "%s{\"why\":", comma);
        ym_buf_json_string(out, why, n);
        ym_buf_printf(out, ",\"count\":%" PRIu64 "}", count);
        comma = ",";
    }
    ym_buf_add_text(out, "]}");
    ym_buf_u8(out, 0);
}

struct output {
    const struct ym_buf *section[YM_SECTION_COUNT];
    struct ym_img_header header;
    struct ym_checksum sum;
    int fd;
};

static ym_status write_all(int fd, const void *data, size_t n, struct ym_err *err) {
    const uint8_t *p = data;

    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return ym_fail_errno(err, "database", "", done < 0 ? errno : EIO,
                                 "writing the signature image");
        }
        p += done;
        n -= (size_t)done;
    }
    return YM_OK;
}

static ym_status plan_sections(struct output *o, struct ym_err *err) {
    static const uint32_t rows[YM_SECTION_COUNT] = {
#define X(name, text, row) [YM_SECTION_##name] = row,
        YM_SECTION_TABLE(X)
#undef X
    };
    uint64_t at = (sizeof(o->header) + YM_IMG_ALIGN - 1) / YM_IMG_ALIGN * YM_IMG_ALIGN;

    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        uint64_t size = o->section[s]->len;

        YM_TRY(ym_buf_status(o->section[s]));
        if (size / rows[s] > UINT32_MAX) {
            return ym_fail(err, YM_LIMIT, "database", YM_ERR_NO_OFFSET,
                           "the signature image is too large for its format");
        }
        o->header.sections[s] = (struct ym_img_span){
            .offset = at, .size = size, .row = rows[s], .count = (uint32_t)(size / rows[s])};
        at += (size + YM_IMG_ALIGN - 1) / YM_IMG_ALIGN * YM_IMG_ALIGN;
    }
    o->header.file_size = at;
    return YM_OK;
}

/* The sum covers the whole file, padding included, with its own field as zero. */
static void sum_file(struct output *o) {
    uint8_t head[(sizeof(o->header) + YM_IMG_ALIGN - 1) / YM_IMG_ALIGN * YM_IMG_ALIGN] = {0};

    o->header.checksum = 0;
    memcpy(head, &o->header, sizeof(o->header));
    ym_checksum_init(&o->sum);
    ym_checksum_add(&o->sum, head, sizeof(head));
    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        size_t whole = o->section[s]->len / YM_IMG_ALIGN * YM_IMG_ALIGN;
        size_t rest = o->section[s]->len - whole;

        if (whole > 0) {
            ym_checksum_add(&o->sum, o->section[s]->data, whole);
        }
        if (rest > 0) {
            uint8_t tail[YM_IMG_ALIGN] = {0};

            memcpy(tail, o->section[s]->data + whole, rest);
            ym_checksum_add(&o->sum, tail, sizeof(tail));
        }
    }
    o->header.checksum = ym_checksum_value(&o->sum);
}

static ym_status write_sections(const struct output *o, struct ym_err *err) {
    static const uint8_t zeros[YM_IMG_ALIGN];

    YM_TRY(write_all(o->fd, &o->header, sizeof(o->header), err));
    YM_TRY(write_all(o->fd, zeros, -sizeof(o->header) % YM_IMG_ALIGN, err));
    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        YM_TRY(write_all(o->fd, o->section[s]->data, o->section[s]->len, err));
        YM_TRY(write_all(o->fd, zeros, -o->section[s]->len % YM_IMG_ALIGN, err));
    }
    return YM_OK;
}

static ym_status write_image(struct ym_db_builder *b, int fd,
                             const struct ym_filter_sections *filter, const struct ym_buf *digests,
                             const struct ym_buf *info, struct ym_err *err) {
    struct output o = {
        .fd = fd,
        .section =
            {
                [YM_SECTION_STRINGS] = &b->bufs[STRINGS],
                [YM_SECTION_RULES] = &b->bufs[RULES],
                [YM_SECTION_PATTERNS] = &b->bufs[PATTERNS],
                [YM_SECTION_PARTS] = &b->bufs[PARTS],
                [YM_SECTION_PROGRAMS] = &b->bufs[PROGRAMS],
                [YM_SECTION_CONDITIONS] = &b->bufs[CONDITIONS],
                [YM_SECTION_GROUPS] = &filter->groups,
                [YM_SECTION_BITMAPS] = &filter->bitmaps,
                [YM_SECTION_ATOMS8] = &filter->atoms8,
                [YM_SECTION_ATOMS4] = &filter->atoms4,
                [YM_SECTION_ATOMS2] = &filter->atoms2,
                [YM_SECTION_POSTINGS] = &filter->postings,
                [YM_SECTION_ANCHORED] = &b->bufs[ANCHORED],
                [YM_SECTION_EVERYWHERE] = &b->bufs[EVERYWHERE],
                [YM_SECTION_ALWAYS] = &b->bufs[ALWAYS],
                [YM_SECTION_DIGESTS] = digests,
                [YM_SECTION_TABLES] = &b->bufs[TABLES],
                [YM_SECTION_INFO] = info,
            },
        .header =
            {
                .magic = YM_IMG_MAGIC,
                .version = YM_IMG_VERSION,
                .header_size = sizeof(struct ym_img_header),
                .built = ym_now_unix(),
                .n_sections = YM_SECTION_COUNT,
            },
    };

    YM_TRY(plan_sections(&o, err));
    sum_file(&o);
    return write_sections(&o, err);
}

ym_status ym_db_builder_write(struct ym_db_builder *b, int fd, struct ym_err *err) {
    struct ym_filter_sections filter;
    struct ym_buf digests;
    struct ym_buf info;
    struct ym_buf *const large[] = {&filter.groups, &filter.bitmaps, &filter.atoms8,
                                    &filter.atoms4, &filter.atoms2,  &filter.postings,
                                    &digests};
    ym_status st;

    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        ym_buf_init(large[i], UINT64_C(1) << 36);
    }
    ym_buf_init(&info, 64 << 20);
    st = ym_filter_builder_write(b->filter, &filter);
    if (st == YM_OK) {
        st = ym_digest_builder_write(b->digests, &digests);
    }
    if (st == YM_OK) {
        write_info(b, &info);
        st = write_image(b, fd, &filter, &digests, &info, err);
    }
    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        ym_buf_done(large[i]);
    }
    ym_buf_done(&info);
    return st == YM_OK ? st
                       : ym_fail(err, st, "database", YM_ERR_NO_OFFSET, "building the image: %s",
                                 ym_status_text(st));
}
