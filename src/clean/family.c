/* family.c - strict reading of family files.  See family.h and docs/formats/family.md.
 *
 * Two tables say everything: family_fields and artefact_fields give, for each key, its type,
 * where it is kept, and for artefacts which kinds need it and which may have it.  One walk
 * refuses what the table does not name, one fills, one looks for what is missing. */
#include "clean/family.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "os/file.h"
#include "records/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <jansson.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/family";

struct owned_regex {
    struct owned_regex *next;
    regex_t re;
};

struct ym_families {
    struct ym_arena *arena;
    struct owned_regex *regexes; /* freed with us */
    struct ym_family *first, *last;
    size_t count;
};

/* What one reading carries around: where we are, for messages. */
struct context {
    struct ym_families *fs;
    const char *file;
    struct ym_err *err;
};

static const char *const weight_words[] = {"weak", "medium", "strong"};
static const char *const kind_words[] = {
#define X(name, word) word,
    YM_ARTEFACT_TABLE(X)
#undef X
};

const char *ym_weight_word(ym_weight w) {
    return weight_words[w];
}

bool ym_pattern_match(const struct ym_pattern *p, const char *text) {
    return p->re != NULL && regexec(p->re, text, 0, NULL, 0) == 0;
}

static ym_status refuse(struct context *c, ym_status code, const char *path, const char *what) {
    return ym_fail_at(c->err, code, module, c->file, 0, 0, "%s: %s", path[0] == '\0' ? "/" : path,
                      what);
}

static ym_status no_memory(struct context *c) {
    return ym_fail_at(c->err, YM_NOMEM, module, c->file, 0, 0, "the families do not fit in memory");
}

/* --- values ------------------------------------------------------------------------------- */

static ym_status read_text(struct context *c, const char *path, const json_t *v, const char **ret) {
    const char *copy;

    if (!json_is_string(v)) {
        return refuse(c, YM_MALFORMED, path, "must be a text");
    }
    if (json_string_length(v) == 0 || json_string_length(v) > YM_FAMILY_TEXT_MAX ||
        strlen(json_string_value(v)) != json_string_length(v)) {
        return refuse(c, YM_LIMIT, path, "the text is empty, too long or holds a NUL");
    }
    copy = ym_arena_strndup(c->fs->arena, json_string_value(v), json_string_length(v));
    if (copy == NULL) {
        return no_memory(c);
    }
    *ret = copy;
    return YM_OK;
}

static ym_status read_number(struct context *c, const char *path, const json_t *v, uint64_t *ret) {
    if (!json_is_integer(v) || json_integer_value(v) < 0 ||
        json_integer_value(v) > (json_int_t)UINT32_MAX) {
        return refuse(c, YM_MALFORMED, path, "must be a whole number from 0 to 4294967295");
    }
    *ret = (uint64_t)json_integer_value(v);
    return YM_OK;
}

static ym_status read_bool(struct context *c, const char *path, const json_t *v, bool *ret) {
    if (!json_is_boolean(v)) {
        return refuse(c, YM_MALFORMED, path, "must be true or false");
    }
    *ret = json_is_true(v);
    return YM_OK;
}

static ym_status check_list(struct context *c, const char *path, const json_t *v) {
    if (!json_is_array(v) || json_array_size(v) == 0) {
        return refuse(c, YM_MALFORMED, path, "must be a list with at least one entry");
    }
    if (json_array_size(v) > YM_FAMILY_LIST_MAX) {
        return refuse(c, YM_LIMIT, path, "the list is too long");
    }
    return YM_OK;
}

static const char *sub_path(struct context *c, const char *path, const char *key) {
    const char *p = ym_arena_printf(c->fs->arena, "%s%s%s", path, path[0] == '\0' ? "" : ".", key);

    return p == NULL ? path : p;
}

static const char *item_path(struct context *c, const char *path, size_t i) {
    const char *p = ym_arena_printf(c->fs->arena, "%s[%zu]", path, i);

    return p == NULL ? path : p;
}

static ym_status read_texts(struct context *c, const char *path, const json_t *v,
                            struct ym_texts *ret) {
    const char **list;
    size_t n;

    YM_TRY(check_list(c, path, v));
    n = json_array_size(v);
    list = YM_ARENA_ARRAY(c->fs->arena, n, const char *);
    if (list == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < n; i++) {
        YM_TRY(read_text(c, item_path(c, path, i), json_array_get(v, i), &list[i]));
    }
    ret->v = list;
    ret->n = n;
    return YM_OK;
}

/* Back references are the one construct of POSIX patterns that costs exponential time. */
static bool has_back_reference(const char *text) {
    for (; *text != '\0'; text++) {
        if (text[0] == '\\' && text[1] != '\0') {
            if (text[1] >= '1' && text[1] <= '9') {
                return true;
            }
            text++;
        }
    }
    return false;
}

static ym_status read_pattern(struct context *c, const char *path, const json_t *v,
                              struct ym_pattern *ret) {
    struct owned_regex *own;
    const char *text = "";
    int flags = REG_EXTENDED | REG_NOSUB;

    YM_TRY(read_text(c, path, v, &text));
    if (has_back_reference(text)) {
        return refuse(c, YM_MALFORMED, path, "back references are not allowed in a pattern");
    }
    ret->text = text;
    if (strncmp(text, "(?i)", 4) == 0) {
        flags |= REG_ICASE;
        text += 4;
    }
    own = ym_zalloc(1, sizeof(*own));
    if (own == NULL) {
        return no_memory(c);
    }
    if (regcomp(&own->re, text, flags) != 0) {
        ym_free(own);
        return refuse(c, YM_MALFORMED, path, "not a POSIX extended regular expression");
    }
    own->next = c->fs->regexes;
    c->fs->regexes = own;
    ret->re = &own->re;
    return YM_OK;
}

static ym_status read_word(struct context *c, const char *path, const json_t *v,
                           const char *const *words, size_t n, unsigned *ret) {
    const char *text;

    YM_TRY(read_text(c, path, v, &text));
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], text) == 0) {
            *ret = (unsigned)i;
            return YM_OK;
        }
    }
    return refuse(c, YM_MALFORMED, path, "not one of the words that are allowed here");
}

static ym_status read_weight(struct context *c, const char *path, const json_t *v, ym_weight *ret) {
    unsigned w = 0;

    YM_TRY(read_word(c, path, v, weight_words, 3, &w));
    *ret = (ym_weight)w;
    return YM_OK;
}

/* --- objects: only known keys, all needed ones ---------------------------------------------- */

static ym_status check_object(struct context *c, const char *path, const json_t *v,
                              const char *const *known, size_t n_known) {
    /* jansson's iterator takes no const object; it does not change it. */
    json_t *object = (json_t *)(uintptr_t)v; /* NOLINT(performance-no-int-to-ptr) */

    if (!json_is_object(v)) {
        return refuse(c, YM_MALFORMED, path, "must be an object");
    }
    for (void *it = json_object_iter(object); it != NULL; it = json_object_iter_next(object, it)) {
        const char *key = json_object_iter_key(it);
        bool found = false;

        for (size_t i = 0; i < n_known; i++) {
            found = found || strcmp(known[i], key) == 0;
        }
        if (!found) {
            return refuse(c, YM_MALFORMED, sub_path(c, path, key), "unknown key");
        }
    }
    return YM_OK;
}

static ym_status need(struct context *c, const char *path, const json_t *v, const char *key,
                      const json_t **ret) {
    const json_t *item = json_object_get(v, key);

    if (item == NULL) {
        return refuse(c, YM_MALFORMED, sub_path(c, path, key), "missing");
    }
    *ret = item;
    return YM_OK;
}

static ym_status need_text(struct context *c, const char *path, const json_t *v, const char *key,
                           const char **ret) {
    const json_t *item = NULL;

    YM_TRY(need(c, path, v, key, &item));
    return read_text(c, sub_path(c, path, key), item, ret);
}

static ym_status read_rule(struct context *c, const char *path, const json_t *v,
                           struct ym_text_rule *ret) {
    static const char *const keys[] = {"id", "why", "weight", "pattern"};
    const json_t *item = NULL;

    YM_TRY(check_object(c, path, v, keys, 4));
    YM_TRY(need_text(c, path, v, "id", &ret->id));
    YM_TRY(need_text(c, path, v, "why", &ret->why));
    YM_TRY(need(c, path, v, "weight", &item));
    YM_TRY(read_weight(c, sub_path(c, path, "weight"), item, &ret->weight));
    YM_TRY(need(c, path, v, "pattern", &item));
    return read_pattern(c, sub_path(c, path, "pattern"), item, &ret->pattern);
}

static ym_status read_rules(struct context *c, const char *path, const json_t *v,
                            struct ym_artefact *a) {
    struct ym_text_rule *rules;
    size_t n;

    YM_TRY(check_list(c, path, v));
    n = json_array_size(v);
    rules = YM_ARENA_ARRAY(c->fs->arena, n, struct ym_text_rule);
    if (rules == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < n; i++) {
        YM_TRY(read_rule(c, item_path(c, path, i), json_array_get(v, i), &rules[i]));
    }
    a->rules = rules;
    a->n_rules = n;
    return YM_OK;
}

/* "6.1" to 6 and 1. */
static bool parse_version(const char *text, unsigned *ret_major, unsigned *ret_minor) {
    const char *dot = strchr(text, '.');

    return dot != NULL && ym_parse_u32(text, (size_t)(dot - text), ret_major) &&
           ym_parse_u32(dot + 1, strlen(dot + 1), ret_minor);
}

static ym_status read_version(struct context *c, const char *path, const json_t *v,
                              struct ym_windows_version *ret) {
    const char *text = "";

    YM_TRY(read_text(c, path, v, &text));
    if (!parse_version(text, &ret->major, &ret->minor)) {
        return refuse(c, YM_MALFORMED, path, "must be a Windows version such as \"5.1\"");
    }
    ret->given = true;
    return YM_OK;
}

static ym_status read_start(struct context *c, const char *path, const json_t *v,
                            struct ym_start_default *ret) {
    static const char *const keys[] = {"service", "from", "start"};
    struct ym_windows_version from = {.given = false};
    const json_t *item = NULL;
    uint64_t start = 0;

    YM_TRY(check_object(c, path, v, keys, 3));
    YM_TRY(need_text(c, path, v, "service", &ret->service));
    YM_TRY(need(c, path, v, "from", &item));
    YM_TRY(read_version(c, sub_path(c, path, "from"), item, &from));
    ret->major = from.major;
    ret->minor = from.minor;
    YM_TRY(need(c, path, v, "start", &item));
    YM_TRY(read_number(c, sub_path(c, path, "start"), item, &start));
    if (start > 4) {
        return refuse(c, YM_MALFORMED, sub_path(c, path, "start"), "a start type is 0 to 4");
    }
    ret->start = (uint32_t)start;
    return YM_OK;
}

static ym_status read_starts(struct context *c, const char *path, const json_t *v,
                             struct ym_artefact *a) {
    struct ym_start_default *starts;
    size_t n;

    YM_TRY(check_list(c, path, v));
    n = json_array_size(v);
    starts = YM_ARENA_ARRAY(c->fs->arena, n, struct ym_start_default);
    if (starts == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < n; i++) {
        YM_TRY(read_start(c, item_path(c, path, i), json_array_get(v, i), &starts[i]));
    }
    a->starts = starts;
    a->n_starts = n;
    return YM_OK;
}

/* --- artefacts ------------------------------------------------------------------------------ */

enum field_type { TEXT, TEXTS, NUMBER, BOOL, PATTERN, RULES, STARTS, VERSION, SPECIAL };
#define K(name) (1U << YM_ARTEFACT_##name)
#define ALL ((1U << YM_ARTEFACT_KINDS) - 1U)
#define AT(member) offsetof(struct ym_artefact, member)
#define TEXT_KINDS (K(TEXT_LINE) | K(TEXT_FILE))
#define TASK_KINDS (K(JOB) | K(TASK))
#define FILE_KINDS (TASK_KINDS | K(AUTORUN) | K(FILES) | K(PACKAGE_FILE) | TEXT_KINDS)
#define WHOLE_KEY_KINDS (K(REGISTRY_KEY) | K(KEY_PERMISSIONS))
#define KEY_KINDS (K(REGISTRY_VALUE) | K(REGISTRY_MISSING) | K(RUN_VALUE) | WHOLE_KEY_KINDS)
#define SERVICE_KINDS (K(SVCHOST_SERVICE) | K(SERVICE))
#define REGISTRY_KINDS (KEY_KINDS | SERVICE_KINDS | K(SERVICE_START))

static const struct artefact_field {
    const char *key;
    enum field_type type;
    size_t at;
    size_t flag_at; /* a bool that says "was given"; 0: none */
    unsigned needed_by, allowed_in;
} artefact_fields[] = {
    {"id", TEXT, AT(id), 0, ALL, ALL},
    {"kind", SPECIAL, 0, 0, ALL, ALL},
    {"weight", SPECIAL, 0, 0, ALL & ~TEXT_KINDS, ALL & ~TEXT_KINDS},
    {"source", TEXT, AT(source), 0, ALL, ALL},
    {"report_only", BOOL, AT(report_only), 0, 0, ALL},
    {"on_its_own", BOOL, AT(on_its_own), 0, 0, ALL},
    {"alone", BOOL, AT(alone), 0, 0, ALL},
    {"strong_from", NUMBER, AT(strong_from), 0, 0, ALL},
    {"keys", TEXTS, AT(keys), 0, KEY_KINDS, KEY_KINDS},
    {"values", TEXTS, AT(values), 0, K(REGISTRY_VALUE), K(REGISTRY_VALUE) | K(REGISTRY_KEY)},
    {"holds", TEXT, AT(holds), 0, 0, K(REGISTRY_KEY)},
    {"subkey", PATTERN, AT(subkey), 0, 0, K(REGISTRY_VALUE) | K(RUN_VALUE) | WHOLE_KEY_KINDS},
    {"equals_number", NUMBER, AT(equals_number), AT(has_equals_number), 0, K(REGISTRY_VALUE)},
    {"equals_text", TEXT, AT(equals_text), 0, 0, K(REGISTRY_VALUE)},
    {"unless", PATTERN, AT(unless), 0, 0, K(REGISTRY_VALUE)},
    {"set_number", NUMBER, AT(set_number), AT(has_set_number), 0, K(REGISTRY_VALUE)},
    {"set_text", TEXT, AT(set_text), 0, 0, K(REGISTRY_VALUE)},
    {"missing", BOOL, AT(missing), 0, 0, K(REGISTRY_VALUE)},
    {"needs", TEXTS, AT(needs), 0, 0, K(REGISTRY_VALUE)},
    {"remove_text", BOOL, AT(remove_text), 0, 0, K(REGISTRY_VALUE)},
    {"below", BOOL, AT(below), 0, 0, K(KEY_PERMISSIONS)},
    {"write", BOOL, AT(write), 0, 0, K(KEY_PERMISSIONS)},
    {"program", BOOL, AT(program), 0, 0, K(RUN_VALUE)},
    {"from", VERSION, AT(from), 0, 0, REGISTRY_KINDS},
    {"until", VERSION, AT(until), 0, 0, REGISTRY_KINDS},
    {"copy_control_set", BOOL, AT(copy_control_set), 0, 0, K(REGISTRY_MISSING)},
    {"group", TEXT, AT(group), 0, K(SVCHOST_SERVICE), K(SVCHOST_SERVICE)},
    {"known", TEXTS, AT(known), 0, K(SVCHOST_SERVICE), SERVICE_KINDS},
    {"folders", TEXTS, AT(folders), 0, K(SVCHOST_SERVICE), SERVICE_KINDS | K(RUN_VALUE)},
    {"image", PATTERN, AT(image), 0, SERVICE_KINDS, SERVICE_KINDS | K(KEY_PERMISSIONS)},
    {"name", PATTERN, AT(name), 0, SERVICE_KINDS, SERVICE_KINDS | K(RUN_VALUE)},
    {"data", PATTERN, AT(data), 0, K(RUN_VALUE),
     K(RUN_VALUE) | K(REGISTRY_VALUE) | K(REGISTRY_KEY)},
    {"starts", STARTS, 0, 0, K(SERVICE_START), K(SERVICE_START)},
    {"files", TEXTS, AT(files), 0, FILE_KINDS, FILE_KINDS},
    {"application", PATTERN, AT(application), 0, TASK_KINDS, TASK_KINDS},
    {"parameters", PATTERN, AT(parameters), 0, TASK_KINDS, TASK_KINDS},
    {"command", PATTERN, AT(command), 0, K(AUTORUN), K(AUTORUN)},
    {"walk", BOOL, AT(walk), 0, 0, K(AUTORUN) | K(FILES) | TASK_KINDS | TEXT_KINDS},
    {"rules", RULES, 0, 0, TEXT_KINDS, TEXT_KINDS},
    {"skip", PATTERN, AT(skip), 0, 0, TEXT_KINDS},
    {"trusted_links", TEXTS, AT(trusted_links), 0, 0, TEXT_KINDS},
    {"pam", BOOL, AT(pam), 0, 0, K(TEXT_LINE)},
    {"original", TEXT, AT(original), 0, 0, K(PACKAGE_FILE)},
    {"unlisted", BOOL, AT(unlisted), 0, 0, K(PACKAGE_FILE)},
    {"payload_folders", TEXTS, AT(payload_folders), 0, 0, TEXT_KINDS},
};
enum { N_FIELDS = sizeof(artefact_fields) / sizeof(artefact_fields[0]) };

static ym_status read_field(struct context *c, const char *path, const json_t *v,
                            const struct artefact_field *f, struct ym_artefact *a) {
    void *to = (char *)a + f->at;

    if (f->flag_at != 0) {
        memcpy((char *)a + f->flag_at, &(bool){true}, sizeof(bool));
    }
    switch (f->type) {
    case TEXT:
        return read_text(c, path, v, to);
    case TEXTS:
        return read_texts(c, path, v, to);
    case NUMBER:
        return read_number(c, path, v, to);
    case BOOL:
        return read_bool(c, path, v, to);
    case PATTERN:
        return read_pattern(c, path, v, to);
    case RULES:
        return read_rules(c, path, v, a);
    case STARTS:
        return read_starts(c, path, v, a);
    case VERSION:
        return read_version(c, path, v, to);
    case SPECIAL:
        break;
    }
    return strcmp(f->key, "weight") == 0 ? read_weight(c, path, v, &a->weight) : YM_OK;
}

static bool is_ascii(const char *text) {
    while (*text != '\0' && (unsigned char)*text < 0x80) {
        text++;
    }
    return *text == '\0';
}

/* Relative, with '/' between names that a file system can have. */
static bool is_volume_path(const char *path) {
    for (;;) {
        size_t n = strcspn(path, "/");

        if (n == 0 || n > NAME_MAX || (n == 2 && strncmp(path, "..", 2) == 0) ||
            (n == 1 && path[0] == '.')) {
            return false;
        }
        if (path[n] == '\0') {
            return true;
        }
        path += n + 1;
    }
}

static ym_status check_files(struct context *c, const char *path, const char *key,
                             const struct ym_texts *files) {
    for (size_t i = 0; i < files->n; i++) {
        if (!is_volume_path(files->v[i])) {
            return refuse(c, YM_MALFORMED, item_path(c, sub_path(c, path, key), i),
                          "not a path inside a volume");
        }
    }
    return YM_OK;
}

/* Keys that mean something only together. */
static ym_status check_together(struct context *c, const char *path, const struct ym_artefact *a) {
    const bool set = a->has_set_number || a->set_text != NULL;
    const bool data = a->equals_text != NULL || a->data.re != NULL;

    if (a->needs.n > 0 && !a->missing) {
        return refuse(c, YM_MALFORMED, sub_path(c, path, "needs"),
                      "is for values that are missing");
    }
    if (a->missing &&
        (!set || data || a->has_equals_number || a->unless.re != NULL || a->remove_text)) {
        return refuse(c, YM_MALFORMED, sub_path(c, path, "missing"),
                      "needs set_number or set_text, and nothing about data that is not there");
    }
    if (a->remove_text && (!data || set || a->has_equals_number)) {
        return refuse(c, YM_MALFORMED, sub_path(c, path, "remove_text"),
                      "needs equals_text or data, and sets nothing");
    }
    if (a->kind == YM_ARTEFACT_REGISTRY_KEY &&
        ((a->values.n > 0) != (a->data.re != NULL) || (a->holds != NULL && a->values.n == 0))) {
        return refuse(c, YM_MALFORMED, sub_path(c, path, "values"),
                      "values, data and holds of a key are for each other");
    }
    return a->kind != YM_ARTEFACT_RUN_VALUE || a->program == (a->folders.n > 0)
               ? YM_OK
               : refuse(c, YM_MALFORMED, sub_path(c, path, "program"),
                        "a program is removed only from folders, and folders are for programs");
}

/* What no single key is wrong about. */
static ym_status check_artefact(struct context *c, const char *path, const struct ym_artefact *a) {
    if (a->has_set_number && a->set_text != NULL) {
        return refuse(c, YM_MALFORMED, sub_path(c, path, "set_text"),
                      "a value is set to a number or to a text, not both");
    }
    if (a->set_text != NULL && !is_ascii(a->set_text)) {
        return refuse(c, YM_MALFORMED, sub_path(c, path, "set_text"), "must be plain ASCII");
    }
    if (a->original != NULL && !is_volume_path(a->original)) {
        return refuse(c, YM_MALFORMED, sub_path(c, path, "original"), "not a path inside a volume");
    }
    YM_TRY(check_together(c, path, a));
    YM_TRY(check_files(c, path, "needs", &a->needs));
    return check_files(c, path, "files", &a->files);
}

static ym_status read_artefact(struct context *c, const char *path, const json_t *v,
                               struct ym_artefact *a) {
    const char *keys[N_FIELDS];
    const json_t *item = NULL;
    unsigned kind = 0;

    for (size_t i = 0; i < N_FIELDS; i++) {
        keys[i] = artefact_fields[i].key;
    }
    YM_TRY(check_object(c, path, v, keys, N_FIELDS));
    YM_TRY(need(c, path, v, "kind", &item));
    YM_TRY(read_word(c, sub_path(c, path, "kind"), item, kind_words, YM_ARTEFACT_KINDS, &kind));
    a->kind = (ym_artefact_kind)kind;
    for (size_t i = 0; i < N_FIELDS; i++) {
        const struct artefact_field *f = &artefact_fields[i];

        item = json_object_get(v, f->key);
        if (item == NULL && (f->needed_by & 1U << kind) != 0) {
            return refuse(c, YM_MALFORMED, sub_path(c, path, f->key), "missing");
        }
        if (item != NULL && (f->allowed_in & 1U << kind) == 0) {
            return refuse(c, YM_MALFORMED, sub_path(c, path, f->key),
                          "this kind of artefact has no such key");
        }
        if (item != NULL) {
            YM_TRY(read_field(c, sub_path(c, path, f->key), item, f, a));
        }
    }
    return check_artefact(c, path, a);
}

static ym_status read_artefacts(struct context *c, const json_t *v, struct ym_family *f) {
    struct ym_artefact *list;
    size_t n;

    YM_TRY(check_list(c, "artefacts", v));
    n = json_array_size(v);
    list = YM_ARENA_ARRAY(c->fs->arena, n, struct ym_artefact);
    if (list == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < n; i++) {
        YM_TRY(read_artefact(c, item_path(c, "artefacts", i), json_array_get(v, i), &list[i]));
        for (size_t j = 0; j < i; j++) {
            if (strcmp(list[i].id, list[j].id) == 0) {
                return refuse(c, YM_MALFORMED, item_path(c, "artefacts", i),
                              "another artefact has the same id");
            }
        }
    }
    f->artefacts = list;
    f->n_artefacts = n;
    return YM_OK;
}

/* --- the family itself ---------------------------------------------------------------------- */

static ym_status read_alias(struct context *c, const char *path, const json_t *v,
                            struct ym_alias *ret) {
    static const char *const keys[] = {"name", "microsoft", "working_group"};
    const json_t *item = NULL;

    YM_TRY(check_object(c, path, v, keys, 3));
    YM_TRY(need_text(c, path, v, "name", &ret->name));
    item = json_object_get(v, "microsoft");
    if (item != NULL) {
        YM_TRY(read_text(c, sub_path(c, path, "microsoft"), item, &ret->microsoft));
    }
    item = json_object_get(v, "working_group");
    return item == NULL
               ? YM_OK
               : read_text(c, sub_path(c, path, "working_group"), item, &ret->working_group);
}

static ym_status read_aliases(struct context *c, const json_t *v, struct ym_family *f) {
    struct ym_alias *list;
    size_t n;

    YM_TRY(check_list(c, "aliases", v));
    n = json_array_size(v);
    list = YM_ARENA_ARRAY(c->fs->arena, n, struct ym_alias);
    if (list == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < n; i++) {
        YM_TRY(read_alias(c, item_path(c, "aliases", i), json_array_get(v, i), &list[i]));
    }
    f->aliases = list;
    f->n_aliases = n;
    return YM_OK;
}

static ym_status read_counts_when(struct context *c, const json_t *v, struct ym_family *f) {
    static const char *const keys[] = {"strong", "medium"};
    const json_t *item = NULL;

    YM_TRY(check_object(c, "counts_when", v, keys, 2));
    YM_TRY(need(c, "counts_when", v, "strong", &item));
    YM_TRY(read_number(c, "counts_when.strong", item, &f->needs_strong));
    YM_TRY(need(c, "counts_when", v, "medium", &item));
    YM_TRY(read_number(c, "counts_when.medium", item, &f->needs_medium));
    if (f->needs_strong == 0) {
        return refuse(c, YM_MALFORMED, "counts_when.strong",
                      "a family counts only with at least one strong trace");
    }
    return YM_OK;
}

static ym_status read_category(struct context *c, const json_t *v, struct ym_family *f) {
    const char *const *words = ym_category_words();
    unsigned index = 0;
    size_t n = 0;

    while (words[n] != NULL) {
        n++;
    }
    YM_TRY(read_word(c, "category", v, words, n, &index));
    f->category = words[index];
    return YM_OK;
}

static ym_status read_head(struct context *c, const json_t *v, struct ym_family *f) {
    static const char *const severities[] = {"low", "moderate", "high", "severe"};
    static const char *const systems[] = {"windows", "linux"};
    const json_t *item = NULL;
    unsigned index = 0;

    YM_TRY(need(c, "", v, "format", &item));
    if (!json_is_integer(item) || json_integer_value(item) != 1) {
        return refuse(c, YM_UNSUPPORTED, "format", "only format 1 is known to this version");
    }
    YM_TRY(need_text(c, "", v, "name", &f->name));
    YM_TRY(need(c, "", v, "category", &item));
    YM_TRY(read_category(c, item, f));
    YM_TRY(need_text(c, "", v, "summary", &f->summary));
    YM_TRY(need(c, "", v, "severity", &item));
    YM_TRY(read_word(c, "severity", item, severities, 4, &index));
    f->severity = severities[index];
    YM_TRY(need(c, "", v, "system", &item));
    YM_TRY(read_word(c, "system", item, systems, 2, &index));
    f->system = systems[index];
    YM_TRY(need(c, "", v, "detections", &item));
    YM_TRY(read_texts(c, "detections", item, &f->detections));
    YM_TRY(need(c, "", v, "sources", &item));
    return read_texts(c, "sources", item, &f->sources);
}

static ym_status read_family(struct context *c, const json_t *v, struct ym_family *f) {
    static const char *const keys[] = {"format",  "name",        "category",  "severity",
                                       "system",  "summary",     "sources",   "detections",
                                       "aliases", "counts_when", "artefacts", "doors"};
    const json_t *item = NULL;

    YM_TRY(check_object(c, "", v, keys, sizeof(keys) / sizeof(keys[0])));
    YM_TRY(read_head(c, v, f));
    item = json_object_get(v, "aliases");
    if (item != NULL) {
        YM_TRY(read_aliases(c, item, f));
    }
    item = json_object_get(v, "doors");
    if (item != NULL) {
        YM_TRY(read_texts(c, "doors", item, &f->doors));
    }
    YM_TRY(need(c, "", v, "counts_when", &item));
    YM_TRY(read_counts_when(c, item, f));
    YM_TRY(need(c, "", v, "artefacts", &item));
    YM_TRY(read_artefacts(c, item, f));
    if (ym_families_find(c->fs, f->name) != NULL) {
        return refuse(c, YM_MALFORMED, "name", "another family has the same name");
    }
    return YM_OK;
}

ym_status ym_families_add(struct ym_families *fs, const char *file, const char *text, size_t n,
                          struct ym_err *err) {
    struct context c = {fs, file, err};
    json_error_t where;
    struct ym_family *f;
    json_t *v;
    ym_status st;

    if (n > YM_FAMILY_FILE_MAX || fs->count >= YM_FAMILIES_MAX) {
        return refuse(&c, YM_LIMIT, "", "the file is too large, or there are too many families");
    }
    f = YM_ARENA_NEW(fs->arena, struct ym_family);
    if (f == NULL || (f->file = ym_arena_strndup(fs->arena, file, strlen(file))) == NULL) {
        return no_memory(&c);
    }
    v = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    if (v == NULL) {
        return ym_fail_at(err, YM_MALFORMED, module, file,
                          where.line > 0 ? (unsigned)where.line : 0,
                          where.column > 0 ? (unsigned)where.column : 0, "%s", where.text);
    }
    st = read_family(&c, v, f);
    json_decref(v);
    YM_TRY(st);
    *(fs->last == NULL ? &fs->first : &fs->last->next) = f;
    fs->last = f;
    fs->count++;
    return YM_OK;
}

struct ym_families *ym_families_new(void) {
    struct ym_families *fs = ym_zalloc(1, sizeof(*fs));

    if (fs != NULL && (fs->arena = ym_arena_new(64U << 20)) == NULL) {
        ym_free(fs);
        return NULL;
    }
    return fs;
}

void ym_families_free(struct ym_families *fs) {
    if (fs == NULL) {
        return;
    }
    for (struct owned_regex *r = fs->regexes; r != NULL;) {
        struct owned_regex *next = r->next;

        regfree(&r->re);
        ym_free(r);
        r = next;
    }
    ym_arena_free(fs->arena);
    ym_free(fs);
}

const struct ym_family *ym_families_first(const struct ym_families *fs) {
    return fs->first;
}

size_t ym_families_count(const struct ym_families *fs) {
    return fs->count;
}

const struct ym_family *ym_families_find(const struct ym_families *fs, const char *name) {
    for (const struct ym_family *f = fs->first; f != NULL; f = f->next) {
        if (ym_equal_nocase(f->name, name)) {
            return f;
        }
    }
    return NULL;
}

const struct ym_family *ym_families_by_detection(const struct ym_families *fs, const char *name) {
    for (const struct ym_family *f = fs->first; f != NULL; f = f->next) {
        for (size_t i = 0; i < f->detections.n; i++) {
            if (fnmatch(f->detections.v[i], name, FNM_CASEFOLD) == 0) {
                return f;
            }
        }
    }
    return NULL;
}

static int is_family_file(const struct dirent *e) {
    return e->d_name[0] != '.' && ym_ends_with_nocase(e->d_name, ".json");
}

static ym_status add_file(struct ym_families *fs, int dir_fd, const char *shown, const char *name,
                          struct ym_err *err) {
    struct ym_buf text;
    ym_status st;
    int fd;

    YM_TRY(ym_file_open(dir_fd, name, true, shown, &fd, err));
    ym_buf_init(&text, YM_FAMILY_FILE_MAX);
    st = ym_file_read_all(fd, shown, &text, err);
    (void)close(fd);
    if (st == YM_OK) {
        st =
            ym_families_add(fs, shown, text.len == 0 ? "" : (const char *)text.data, text.len, err);
    }
    ym_buf_done(&text);
    return st;
}

ym_status ym_families_load(struct ym_families *fs, const char *folder, struct ym_err *err) {
    struct dirent **entries = NULL;
    int dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ym_status st = YM_OK;
    int n;

    if (dir_fd < 0) {
        return ym_fail_errno(err, module, folder, errno,
                             "cannot open the folder of families (--families names another)");
    }
    n = scandirat(dir_fd, ".", &entries, is_family_file, alphasort);
    if (n < 0) {
        st = ym_fail_errno(err, module, folder, errno, "cannot list the folder of families");
    }
    for (int i = 0; i < n; i++) {
        char shown[1024];

        (void)snprintf(shown, sizeof(shown), "%s/%s", folder, entries[i]->d_name);
        st = st == YM_OK ? add_file(fs, dir_fd, shown, entries[i]->d_name, err) : st;
        free(entries[i]); /* NOLINT: scandirat's own allocation */
    }
    free(entries); /* NOLINT: scandirat's own allocation */
    (void)close(dir_fd);
    if (st == YM_OK && n == 0) {
        st = ym_fail_at(err, YM_MALFORMED, module, folder, 0, 0,
                        "no family file (*.json) in this folder; --families names another");
    }
    return st;
}
