/* modules/module.c - see module.h.
 *
 * Dictionaries: elements lie in the order in which they were added; a hash table of their numbers,
 * open addressing, at most half full, finds them.  Keys may be chosen by an enemy: the hash starts
 * from an address, which he does not know, and every slot that an addition looks at is paid from
 * the budget, so that keys of one hash end it instead of taking time. */
#include "module.h"

#include <string.h>

enum { FIRST_ROOM = 8 };

#define X(id, name) extern const struct ym_module_code ym_module_##name##_code;
YM_MODULE_TABLE(X)
#undef X

const struct ym_module_code *ym_module_code(ym_module_id id) {
    static const struct ym_module_code *const codes[YM_MODULE_COUNT] = {
#define X(id, name) &ym_module_##name##_code,
        YM_MODULE_TABLE(X)
#undef X
    };

    return codes[id];
}

bool ym_mod_spend(struct ym_mod_scan *s, uint64_t n) {
    if (*s->budget < n) {
        *s->budget = 0;
        return false;
    }
    *s->budget -= n;
    return true;
}

bool ym_mod_range(const struct ym_mod_scan *s, int64_t offset, int64_t n,
                  struct ym_str *ret_bytes) {
    uint64_t left;

    if (offset < 0 || n < 0 || (uint64_t)offset >= s->size) {
        return false;
    }
    left = s->size - (uint64_t)offset;
    *ret_bytes = (struct ym_str){(const char *)s->data + offset,
                                 (uint64_t)n < left ? (size_t)n : (size_t)left};
    return true;
}

/* ---- Making ---------------------------------------------------------------------------------- */

/* The values of a struct lie right behind it: there may be hundreds of thousands. */
struct ym_mod_object *ym_mod_new(struct ym_mod_scan *s, const struct ym_mod_type *type) {
    const uint32_t n = type->kind == YM_MOD_STRUCT ? type->n_fields : 0;
    struct ym_mod_object *o =
        ym_arena_zalloc(s->arena, 1, sizeof(*o) + n * sizeof(struct ym_mod_value));

    if (o == NULL) {
        return NULL;
    }
    o->type = type;
    if (type->kind == YM_MOD_STRUCT) {
        o->values = (struct ym_mod_value *)(void *)(o + 1);
        o->n = o->room = n;
    }
    return o;
}

static struct ym_mod_value *field_of(struct ym_mod_object *o, uint32_t field) {
    return o == NULL || o->type->kind != YM_MOD_STRUCT || field >= o->n ? NULL : &o->values[field];
}

void ym_mod_set_int(struct ym_mod_object *o, uint32_t field, int64_t v) {
    struct ym_mod_value *value = field_of(o, field);

    if (value != NULL) {
        ym_mod_give_int(value, v);
    }
}

void ym_mod_set_double(struct ym_mod_object *o, uint32_t field, double v) {
    struct ym_mod_value *value = field_of(o, field);

    if (value != NULL) {
        ym_mod_give_double(value, v);
    }
}

void ym_mod_set_view(struct ym_mod_object *o, uint32_t field, struct ym_str text) {
    struct ym_mod_value *value = field_of(o, field);

    if (value != NULL) {
        ym_mod_give_text(value, text);
    }
}

/* s NULL: no memory. */
static struct ym_str copy_of(struct ym_mod_scan *s, const void *text, size_t n) {
    return (struct ym_str){ym_arena_strndup(s->arena, n == 0 ? "" : text, n), n};
}

void ym_mod_set_text(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field,
                     const void *text, size_t n) {
    struct ym_str copy =
        field_of(o, field) == NULL ? (struct ym_str){NULL, 0} : copy_of(s, text, n);

    if (copy.s != NULL) {
        ym_mod_set_view(o, field, copy);
    }
}

struct ym_mod_object *ym_mod_make(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field) {
    struct ym_mod_value *value = field_of(o, field);

    if (value == NULL) {
        return NULL;
    }
    if (!value->defined) {
        value->u.object = ym_mod_new(s, o->type->fields[field].type);
        value->defined = value->u.object != NULL;
    }
    return value->u.object;
}

struct ym_mod_slot {
    uint32_t hash;
    uint32_t number; /* of the element, from 1; 0: free */
};

static uint32_t hash_of(const struct ym_mod_object *dict, struct ym_str key) {
    uint64_t h = (uint64_t)(uintptr_t)dict;

    for (size_t i = 0; i < key.n; i++) {
        h = (h ^ (unsigned char)key.s[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return (uint32_t)(h >> 32 ^ h);
}

/* The slot of this key, or the free one that it would get; there is always one.  *steps counts. */
static struct ym_mod_slot *slot_of(const struct ym_mod_object *dict, struct ym_str key,
                                   uint32_t hash, uint64_t *steps) {
    uint32_t mask = 2 * dict->room - 1;

    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        struct ym_mod_slot *slot = &dict->index[i];
        const struct ym_str *k = slot->number == 0 ? NULL : &dict->keys[slot->number - 1];

        ++*steps;
        if (k == NULL || (slot->hash == hash && k->n == key.n && memcmp(k->s, key.s, k->n) == 0)) {
            return slot;
        }
    }
}

/* Enters all elements into the table, which is empty. */
static void fill_index(struct ym_mod_scan *s, struct ym_mod_object *dict) {
    uint64_t steps = 0;

    for (uint32_t i = 0; i < dict->n; i++) {
        uint32_t hash = hash_of(dict, dict->keys[i]);

        *slot_of(dict, dict->keys[i], hash, &steps) =
            (struct ym_mod_slot){.hash = hash, .number = i + 1};
    }
    (void)ym_mod_spend(s, steps); /* at 0, the next addition ends it */
}

static bool make_keys(struct ym_mod_scan *s, struct ym_mod_object *dict, uint32_t room) {
    struct ym_str *keys = YM_ARENA_ARRAY(s->arena, room, struct ym_str);
    struct ym_mod_slot *index = YM_ARENA_ARRAY(s->arena, 2 * (size_t)room, struct ym_mod_slot);

    if (keys == NULL || index == NULL) {
        return false;
    }
    if (dict->n > 0) {
        memcpy(keys, dict->keys, dict->n * sizeof(*keys));
    }
    dict->keys = keys;
    dict->index = index;
    return true;
}

static bool make_room(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t room) {
    struct ym_mod_value *values = YM_ARENA_ARRAY(s->arena, room, struct ym_mod_value);
    bool is_dict = o->type->kind == YM_MOD_DICT;

    if (values == NULL || (is_dict && !make_keys(s, o, room))) {
        return false;
    }
    if (o->n > 0) {
        memcpy(values, o->values, o->n * sizeof(*values));
    }
    o->values = values;
    o->room = room;
    if (is_dict) {
        fill_index(s, o);
    }
    return true;
}

static bool grow(struct ym_mod_scan *s, struct ym_mod_object *o) {
    return make_room(s, o, o->room == 0 ? (uint32_t)FIRST_ROOM : o->room * 2);
}

void ym_mod_reserve(struct ym_mod_scan *s, struct ym_mod_object *array, uint32_t n) {
    if (array != NULL && array->type->kind == YM_MOD_ARRAY && n > array->room) {
        (void)make_room(s, array, n);
    }
}

/* A new element at the end; NULL: not of this kind, or no memory. */
static struct ym_mod_value *add(struct ym_mod_scan *s, struct ym_mod_object *o, ym_mod_kind kind) {
    if (o == NULL || o->type->kind != kind || (o->n == o->room && !grow(s, o))) {
        return NULL;
    }
    o->values[o->n] = (struct ym_mod_value){0};
    return &o->values[o->n++];
}

static struct ym_mod_object *hold_object(struct ym_mod_scan *s, const struct ym_mod_object *in,
                                         struct ym_mod_value *value) {
    if (value == NULL) {
        return NULL;
    }
    value->u.object = ym_mod_new(s, in->type->of);
    value->defined = value->u.object != NULL;
    return value->u.object;
}

struct ym_mod_object *ym_mod_append_object(struct ym_mod_scan *s, struct ym_mod_object *array) {
    return hold_object(s, array, add(s, array, YM_MOD_ARRAY));
}

void ym_mod_append_int(struct ym_mod_scan *s, struct ym_mod_object *array, int64_t v) {
    struct ym_mod_value *value = add(s, array, YM_MOD_ARRAY);

    if (value != NULL) {
        ym_mod_give_int(value, v);
    }
}

static void hold_text(struct ym_mod_scan *s, struct ym_mod_value *value, const void *text,
                      size_t n) {
    struct ym_str copy = value == NULL ? (struct ym_str){NULL, 0} : copy_of(s, text, n);

    if (copy.s != NULL) {
        ym_mod_give_text(value, copy);
    }
}

void ym_mod_append_text(struct ym_mod_scan *s, struct ym_mod_object *array, const void *text,
                        size_t n) {
    hold_text(s, add(s, array, YM_MOD_ARRAY), text, n);
}

void ym_mod_append_view(struct ym_mod_scan *s, struct ym_mod_object *array, struct ym_str text) {
    struct ym_mod_value *value = add(s, array, YM_MOD_ARRAY);

    if (value != NULL) {
        ym_mod_give_text(value, text);
    }
}

/* A new entry under a key that is not there yet. */
static struct ym_mod_value *add_key(struct ym_mod_scan *s, struct ym_mod_object *dict,
                                    struct ym_str key) {
    struct ym_str copy;
    struct ym_mod_value *value;
    uint64_t steps = 0;

    if (dict == NULL || !ym_mod_spend(s, 1 + key.n / 8) || ym_mod_lookup(dict, key).defined) {
        return NULL;
    }
    copy = copy_of(s, key.s, key.n);
    value = copy.s == NULL ? NULL : add(s, dict, YM_MOD_DICT);
    if (value != NULL) {
        uint32_t hash = hash_of(dict, copy);

        dict->keys[dict->n - 1] = copy;
        *slot_of(dict, copy, hash, &steps) = (struct ym_mod_slot){.hash = hash, .number = dict->n};
    }
    (void)ym_mod_spend(s, 2 * steps); /* it was looked up before */
    return value;
}

void ym_mod_put_text(struct ym_mod_scan *s, struct ym_mod_object *dict, struct ym_str key,
                     const void *text, size_t n) {
    hold_text(s, add_key(s, dict, key), text, n);
}

void ym_mod_replace_text(struct ym_mod_scan *s, struct ym_mod_object *dict, struct ym_str key,
                         const void *text, size_t n) {
    for (uint32_t i = 0; dict != NULL && dict->type->kind == YM_MOD_DICT && i < dict->n; i++) {
        if (dict->keys[i].n == key.n && memcmp(dict->keys[i].s, key.s, key.n) == 0) {
            hold_text(s, &dict->values[i], text, n);
            return;
        }
    }
    ym_mod_put_text(s, dict, key, text, n);
}

struct ym_mod_object *ym_mod_put_object(struct ym_mod_scan *s, struct ym_mod_object *dict,
                                        struct ym_str key) {
    return hold_object(s, dict, add_key(s, dict, key));
}

/* ---- Asking ---------------------------------------------------------------------------------- */

struct ym_mod_value ym_mod_field_of(struct ym_mod_scan *s, struct ym_mod_object *o,
                                    uint32_t field) {
    if (o == NULL || o->type->kind != YM_MOD_STRUCT || field >= o->n) {
        return (struct ym_mod_value){0};
    }
    if (!o->values[field].defined && o->later != NULL) {
        o->later(s, o, field);
    }
    return o->values[field];
}

static const struct ym_mod_value *defined_field(const struct ym_mod_object *o, uint32_t field) {
    return o == NULL || o->type->kind != YM_MOD_STRUCT || field >= o->n || !o->values[field].defined
               ? NULL
               : &o->values[field];
}

struct ym_mod_object *ym_mod_object_of(const struct ym_mod_object *o, uint32_t field) {
    const struct ym_mod_value *v = defined_field(o, field);
    ym_mod_kind kind = v == NULL ? YM_MOD_INT : o->type->fields[field].type->kind;

    return kind == YM_MOD_STRUCT || kind == YM_MOD_ARRAY || kind == YM_MOD_DICT ? v->u.object
                                                                                : NULL;
}

bool ym_mod_int_of(const struct ym_mod_object *o, uint32_t field, int64_t *ret) {
    const struct ym_mod_value *v = defined_field(o, field);

    if (v == NULL || o->type->fields[field].type->kind != YM_MOD_INT) {
        return false;
    }
    *ret = v->u.i;
    return true;
}

bool ym_mod_text_of(const struct ym_mod_object *o, uint32_t field, struct ym_str *ret) {
    const struct ym_mod_value *v = defined_field(o, field);

    if (v == NULL || o->type->fields[field].type->kind != YM_MOD_TEXT) {
        return false;
    }
    *ret = v->u.text;
    return true;
}

struct ym_mod_value ym_mod_at(const struct ym_mod_object *array, int64_t index) {
    const struct ym_mod_value none = {.defined = false};
    const bool inside = array != NULL && array->type->kind == YM_MOD_ARRAY && index >= 0 &&
                        index < (int64_t)array->n;

    return inside ? array->values[index] : none;
}

struct ym_mod_value ym_mod_lookup(const struct ym_mod_object *dict, struct ym_str key) {
    const struct ym_mod_value none = {.defined = false};
    const struct ym_mod_slot *slot;
    uint64_t steps = 0;

    if (dict == NULL || dict->type->kind != YM_MOD_DICT || dict->n == 0) {
        return none;
    }
    slot = slot_of(dict, key, hash_of(dict, key), &steps);
    return slot->number == 0 ? none : dict->values[slot->number - 1];
}
