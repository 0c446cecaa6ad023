/* rules.c - rules as an image in memory: opening, saving, telling what is in it.
 *
 * What was built here lies in a nameless file that only we have and is mapped; what was opened is a
 * copy, for the bytes of others can change or go.  An open image is immutable, so nothing here needs a
 * lock. */
#include "api_int.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "database/about.h"
#include "database/image.h"
#include "os/file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "api/rules";

/* ---- Opening ---------------------------------------------------------------------------------- */

static void take_stats(struct yamori_rules *r) {
    struct ym_db_info info;

    ym_db_get_info(r->db, &info);
    r->size = (size_t)info.file_size;
    r->stats = (struct yamori_rules_stats){.yara_rules = info.yara_rules,
                                           .clamav_rules = info.clamav_rules,
                                           .patterns = info.patterns,
                                           .image_bytes = info.file_size,
                                           .built = info.built};
    for (unsigned k = 0; k < YM_DIGEST_KINDS; k++) {
        for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
            r->stats.digests += info.digests[k][a];
        }
    }
}

ym_status ym_api_rules_of_own_fd(int fd, struct yamori_rules **ret_rules, struct ym_err *err) {
    struct yamori_rules *r = ym_zalloc(1, sizeof(*r));
    ym_status st = YM_NOMEM;

    if (r != NULL) {
        (void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
        st = ym_db_open_fd(fd, "compiled rules", &r->db, err);
    }
    if (st != YM_OK) {
        ym_free(r);
        return st;
    }
    take_stats(r);
    *ret_rules = r;
    return YM_OK;
}

/* Takes the bytes, on failure too. */
static ym_status open_owned(void *data, size_t size, const char *name,
                            struct yamori_rules **ret_rules, struct ym_err *err) {
    struct yamori_rules *r = ym_zalloc(1, sizeof(*r));
    ym_status st = r == NULL ? YM_NOMEM : ym_db_open_memory(data, size, name, &r->db, err);

    if (st != YM_OK) {
        ym_free(r);
        ym_free(data);
        return st;
    }
    r->owned = data;
    take_stats(r);
    *ret_rules = r;
    return YM_OK;
}

static ym_status open_fd(int fd, const char *name, struct yamori_rules **ret_rules,
                         struct ym_err *err) {
    struct ym_api_bytes bytes;

    YM_TRY(ym_api_read(fd, name, UINT64_C(1) << 40, &bytes, err));
    if (bytes.buf.len == 0) {
        ym_buf_done(&bytes.buf);
        return ym_fail_at(err, YM_TRUNCATED, module, name, 0, 0, "an empty file is no image");
    }
    return open_owned(bytes.buf.data, bytes.buf.len, name, ret_rules, err);
}

yamori_status yamori_rules_open_fd(int fd, const char *name, struct yamori_rules **ret_rules,
                                   struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    const char *shown = name == NULL ? "" : name;
    const ym_status st = open_fd(fd, shown, ret_rules, &err);

    return st == YM_OK ? YAMORI_OK : ym_api_fail(st, &err, ret_error);
}

yamori_status yamori_rules_open_file(const char *path, struct yamori_rules **ret_rules,
                                     struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    int fd = -1;
    ym_status st = ym_file_open(AT_FDCWD, path, true, path, &fd, &err);

    if (st == YM_OK) {
        st = open_fd(fd, path, ret_rules, &err);
        (void)close(fd);
    }
    return st == YM_OK ? YAMORI_OK : ym_api_fail(st, &err, ret_error);
}

yamori_status yamori_rules_open_memory(const void *data, size_t size, const char *name,
                                       struct yamori_rules **ret_rules,
                                       struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    void *copy = ym_malloc(size);
    ym_status st = YM_NOMEM;

    if (copy != NULL) {
        if (size > 0) {
            memcpy(copy, data, size);
        }
        st = open_owned(copy, size, name == NULL ? "" : name, ret_rules, &err);
    }
    return st == YM_OK ? YAMORI_OK : ym_api_fail(st, &err, ret_error);
}

void yamori_rules_free(struct yamori_rules *r) {
    if (r != NULL) {
        ym_db_close(r->db);
        ym_free(r->owned);
        ym_free(r);
    }
}

/* ---- Saving and checking ------------------------------------------------------------------------ */

const void *yamori_rules_image(const struct yamori_rules *r, size_t *ret_size) {
    *ret_size = r->size;
    return r->db->base;
}

yamori_status yamori_rules_save_fd(const struct yamori_rules *r, int fd,
                                   struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    const ym_status st = ym_file_write_all(fd, "", r->db->base, r->size, &err);

    return st == YM_OK ? YAMORI_OK : ym_api_fail(st, &err, ret_error);
}

yamori_status yamori_rules_save_file(const struct yamori_rules *r, const char *path,
                                     struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    const ym_status st = ym_file_replace(path, 0644, r->db->base, r->size, &err);

    return st == YM_OK ? YAMORI_OK : ym_api_fail(st, &err, ret_error);
}

yamori_status yamori_rules_check(const struct yamori_rules *r, struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    const ym_status st = ym_db_check(r->db, &err);

    return st == YM_OK ? YAMORI_OK : ym_api_fail(st, &err, ret_error);
}

const struct yamori_rules_stats *yamori_rules_stats(const struct yamori_rules *r) {
    return &r->stats;
}

/* ---- Telling ------------------------------------------------------------------------------------ */

static unsigned flags_of(const struct ym_img_rule *row) {
    return ((row->flags & YM_RULE_GLOBAL) != 0 ? YAMORI_RULE_GLOBAL : 0u) |
           ((row->flags & YM_RULE_PRIVATE) != 0 ? YAMORI_RULE_PRIVATE : 0u) |
           (row->lang == YM_LANG_CLAMAV ? YAMORI_RULE_CLAMAV : 0u);
}

static bool add_tags(const struct ym_db *db, struct ym_arena *arena, struct yamori_rule *rule) {
    uint32_t first;
    const uint32_t n = ym_db_rule_tags(db, rule->number, &first);
    const char **tags = YM_ARENA_ARRAY(arena, n, const char *);

    for (uint32_t i = 0; tags != NULL && i < n; i++) {
        tags[i] = ym_db_tag(db, first + i);
    }
    rule->tags = tags;
    rule->n_tags = n;
    return tags != NULL;
}

static struct yamori_meta meta_of(const struct ym_about_meta *m) {
    return (struct yamori_meta){.key = m->key,
                                .type = m->letter == 't'   ? YAMORI_META_TEXT
                                        : m->letter == 'b' ? YAMORI_META_BOOL
                                                           : YAMORI_META_INT,
                                .number = m->i,
                                .text = m->text};
}

static bool add_metas(const struct ym_db *db, struct ym_arena *arena, struct yamori_rule *rule) {
    uint32_t first;
    const uint32_t n = ym_db_rule_metas(db, rule->number, &first);
    struct yamori_meta *metas = YM_ARENA_ARRAY(arena, n, struct yamori_meta);
    struct ym_about_meta m;

    for (uint32_t i = 0; metas != NULL && i < n && ym_db_meta(db, first + i, &m); i++) {
        metas[i] = meta_of(&m);
    }
    rule->metas = metas;
    rule->n_metas = n;
    return metas != NULL;
}

/* Of an image that was not checked a rule may claim patterns that are not there. */
static bool add_patterns(const struct ym_db *db, const struct ym_img_rule *row,
                         struct ym_arena *arena, struct yamori_rule *rule) {
    const uint32_t count = ym_db_count(db, YM_SECTION_PATTERNS);
    const uint32_t room = row->first_pattern < count ? count - row->first_pattern : 0;
    const uint32_t n = row->n_patterns < room ? row->n_patterns : room;
    const char **ids = YM_ARENA_ARRAY(arena, n, const char *);

    for (uint32_t i = 0; ids != NULL && i < n; i++) {
        const struct ym_img_pattern *p = ym_db_row(db, YM_SECTION_PATTERNS, row->first_pattern + i);

        ids[i] = p == NULL ? "" : ym_db_string(db, p->id);
    }
    rule->patterns = ids;
    rule->n_patterns = n;
    return ids != NULL;
}

const struct yamori_rule *ym_api_rule(const struct yamori_rules *rules, uint32_t number,
                                      struct ym_arena *arena) {
    const struct ym_db *db = rules->db;
    const struct ym_img_rule *row = ym_db_row(db, YM_SECTION_RULES, number);
    struct yamori_rule *rule = YM_ARENA_NEW(arena, struct yamori_rule);

    if (row == NULL || rule == NULL) {
        return NULL;
    }
    *rule = (struct yamori_rule){.identifier = ym_db_string(db, row->name),
                                 .ns = ym_db_string(db, row->ns),
                                 .flags = flags_of(row),
                                 .number = number,
                                 .file = ym_db_string(db, row->file),
                                 .line = row->line};
    return add_tags(db, arena, rule) && add_metas(db, arena, rule) &&
                   add_patterns(db, row, arena, rule)
               ? rule
               : NULL;
}

yamori_status yamori_rules_each(const struct yamori_rules *r, yamori_rule_fn *fn, void *self) {
    const uint32_t n = ym_db_count(r->db, YM_SECTION_RULES);
    struct ym_arena *arena = ym_arena_new(256 << 20);
    yamori_status status = arena == NULL ? YAMORI_NO_MEMORY : YAMORI_OK;

    for (uint32_t i = 0; i < n && status == YAMORI_OK; i++) {
        const struct yamori_rule *rule;

        ym_arena_reset(arena);
        rule = ym_api_rule(r, i, arena);
        status = rule == NULL ? YAMORI_NO_MEMORY : fn(self, rule) ? YAMORI_OK : YAMORI_STOPPED;
    }
    ym_arena_free(arena);
    return status;
}
