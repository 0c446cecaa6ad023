/* ldb_tdb.c - the target description of a logical signature: Key:Value,Key:Value,...
 *
 * The keys are read in order and the first that this engine does not know, or that names a type of
 * file it does not know, ends the reading: such a signature is for another engine and is passed
 * over, whatever stands behind.  So are a functionality level and a target that exclude this
 * engine.  All else that is wrong is an error.  The peer reads the first ten keys only. */
#include "ldb.h"

#include <string.h>

enum { MAX_KEYS = 10, MIN_LEVEL_OF_KEYS = 51 };

struct tdb {
    struct ym_ldb *sig;
    bool first;
    bool has_target, has_engine, has_new_key;
    uint32_t min_level, max_level;
    ym_ldb_skip skip;
};

typedef ym_status read_value(struct tdb *t, struct ym_str value);

static ym_status bad(struct tdb *t, const char *why) {
    return ym_clamav_bad(t->sig->line, YM_MALFORMED, why);
}

/* Digits only, or nothing, which is 0; wraps at 32 bits as the peer does. */
static bool number(struct ym_str s, uint32_t *ret_value) {
    uint32_t value = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.s[i] < '0' || s.s[i] > '9') {
            return false;
        }
        value = value * 10 + (uint32_t)(s.s[i] - '0');
    }
    *ret_value = value;
    return true;
}

static ym_status range(struct tdb *t, struct ym_str value, uint32_t *ret_low, uint32_t *ret_high) {
    const char *dash = value.n == 0 ? NULL : memchr(value.s, '-', value.n);
    struct ym_str low = value;
    struct ym_str high;

    if (dash == NULL) {
        return bad(t, "range of the target description is not a-b");
    }
    low.n = (size_t)(dash - value.s);
    high = (struct ym_str){dash + 1, value.n - low.n - 1};
    if (!number(low, ret_low) || !number(high, ret_high)) {
        return bad(t, "range of the target description is not of numbers");
    }
    return YM_OK;
}

static ym_status span(struct tdb *t, struct ym_str value, struct ym_span32 *ret_span) {
    ret_span->asked = true;
    return range(t, value, &ret_span->low, &ret_span->high);
}

/* The type of a name; without one the signature is passed over. */
static ym_cltype type(struct tdb *t, struct ym_str name) {
    ym_cltype found = ym_cltype_from_name(name.s, name.n);

    if (found == YM_CLTYPE_COUNT || found == YM_CLTYPE_ERROR) {
        t->skip = "file type that this engine does not know";
        return YM_CLTYPE_ANY;
    }
    return found;
}

static ym_status read_engine(struct tdb *t, struct ym_str value) {
    if (!t->first) {
        return bad(t, "Engine is not the first key of the target description");
    }
    t->has_engine = true;
    return range(t, value, &t->min_level, &t->max_level);
}

static ym_status read_target(struct tdb *t, struct ym_str value) {
    uint32_t target;

    if (!number(value, &target)) {
        return bad(t, "Target is not a number");
    }
    t->has_target = true;
    t->sig->target = target;
    return YM_OK;
}

static ym_status read_file_size(struct tdb *t, struct ym_str value) {
    return span(t, value, &t->sig->logical.file_size);
}

static ym_status read_entry_point(struct tdb *t, struct ym_str value) {
    return span(t, value, &t->sig->logical.entry_point);
}

static ym_status read_sections(struct tdb *t, struct ym_str value) {
    return span(t, value, &t->sig->logical.n_sections);
}

static ym_status group(struct tdb *t, struct ym_str value, const char **ret_group) {
    struct ym_arena *arena = t->sig->line->ld->arena;

    *ret_group = ym_arena_strndup(arena, value.s, value.n);
    return *ret_group == NULL ? ym_arena_status(arena) : YM_OK;
}

static ym_status read_icon_group1(struct tdb *t, struct ym_str value) {
    return group(t, value, &t->sig->logical.icon_group1);
}

static ym_status read_icon_group2(struct tdb *t, struct ym_str value) {
    return group(t, value, &t->sig->logical.icon_group2);
}

static ym_status read_container(struct tdb *t, struct ym_str value) {
    t->sig->logical.has_container = true;
    t->sig->logical.container = type(t, value);
    return YM_OK;
}

static ym_status read_handler(struct tdb *t, struct ym_str value) {
    t->sig->logical.has_handler = true;
    t->sig->logical.handler = type(t, value);
    return YM_OK;
}

static ym_status read_intermediates(struct tdb *t, struct ym_str value) {
    struct ym_logical *l = &t->sig->logical;
    struct ym_fields f;
    struct ym_str name;

    l->n_intermediates = 0;
    ym_fields_init(&f, value.s, value.n, '>');
    while (t->skip == NULL && ym_fields_next(&f, &name)) {
        if (l->n_intermediates == YM_LOGICAL_MAX_INTERMEDIATES) {
            t->skip = "more than 16 intermediates"; /* nothing is nested so deep */
            break;
        }
        l->intermediates[l->n_intermediates++] = type(t, name);
    }
    return YM_OK;
}

static const struct {
    const char *key;
    read_value *read;
    bool old; /* known to engines that know no level */
} keys[] = {
    {"Engine", read_engine, true},
    {"Target", read_target, true},
    {"FileSize", read_file_size, false},
    {"EntryPoint", read_entry_point, false},
    {"NumberOfSections", read_sections, false},
    {"IconGroup1", read_icon_group1, false},
    {"IconGroup2", read_icon_group2, false},
    {"Container", read_container, false},
    {"Intermediates", read_intermediates, false},
    {"HandlerType", read_handler, false},
};

static ym_status read_key(struct tdb *t, struct ym_str field) {
    const char *colon = field.n == 0 ? NULL : memchr(field.s, ':', field.n);
    struct ym_str value;
    size_t n;

    if (colon == NULL) {
        return bad(t, "target description is not Key:Value,Key:Value");
    }
    n = (size_t)(colon - field.s);
    value = (struct ym_str){colon + 1, field.n - n - 1};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strlen(keys[i].key) == n && memcmp(keys[i].key, field.s, n) == 0) {
            t->has_new_key = t->has_new_key || !keys[i].old;
            return keys[i].read(t, value);
        }
    }
    t->skip = "target description that this engine does not know";
    return YM_OK;
}

static bool is_executable(unsigned target) {
    return target == YM_TARGET_PE || target == YM_TARGET_ELF || target == YM_TARGET_MACHO;
}

/* Everything was read: does it fit together, and is it for this engine? */
static ym_status settle(struct tdb *t) {
    const struct ym_logical *l = &t->sig->logical;

    if (t->has_new_key && (!t->has_engine || t->min_level < MIN_LEVEL_OF_KEYS)) {
        return bad(t, "keys other than Target need Engine with a level of 51 or more");
    }
    if (t->has_engine && (t->min_level > YM_CLAMAV_FLEVEL || t->max_level < YM_CLAMAV_FLEVEL)) {
        t->skip = "functionality level";
        return YM_OK;
    }
    if (!t->has_target) {
        return bad(t, "target description without Target");
    }
    if (t->sig->target >= YM_TARGET_COUNT) {
        t->skip = "unknown target";
        return YM_OK;
    }
    if ((l->entry_point.asked || l->n_sections.asked) && !is_executable(t->sig->target)) {
        return bad(t, "EntryPoint and NumberOfSections need target 1, 6 or 9 (PE, ELF, Mach-O)");
    }
    if ((l->icon_group1 != NULL || l->icon_group2 != NULL) && t->sig->target != YM_TARGET_PE) {
        return bad(t, "IconGroup1 and IconGroup2 need target 1 (PE)");
    }
    return YM_OK;
}

ym_status ym_ldb_parse_tdb(struct ym_ldb *sig, struct ym_str text, ym_ldb_skip *ret_skip) {
    struct tdb t = {.sig = sig, .first = true};
    struct ym_fields f;
    struct ym_str field;

    ym_fields_init(&f, text.s, text.n, ',');
    for (unsigned i = 0; i < MAX_KEYS && t.skip == NULL && ym_fields_next(&f, &field); i++) {
        YM_TRY(read_key(&t, field));
        t.first = false;
    }
    if (t.skip == NULL) {
        YM_TRY(settle(&t));
    }
    *ret_skip = t.skip;
    return YM_OK;
}
