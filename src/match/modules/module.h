/* modules/module.h - values of YARA's modules while one object is scanned (private to match/).
 *
 * A module is loaded when the first condition of an object asks for it, once an object.  Its loader
 * fills the root struct that base/modules/NAME.c describes; what it does not set is undefined.
 * Everything lies in the arena of the object, whose cap bounds it: the setters accept NULL for what
 * could not be made and do nothing, so a loader tests only what would cost it time, and its caller asks
 * the arena once.
 *
 *     static void load(struct ym_mod_scan *s, struct ym_mod_object *root) {
 *         struct ym_mod_object *sections = ym_mod_make(s, root, PE_sections);
 *         struct ym_mod_object *one = ym_mod_append_object(s, sections);
 *
 *         ym_mod_set_int(one, PE_SECTION_virtual_size, 512);
 *         ym_mod_set_text(s, one, PE_SECTION_name, ".text", 5);
 *     } */
#ifndef YM_MATCH_MODULE_H
#define YM_MATCH_MODULE_H

#include "base/arena.h"
#include "base/module.h"
#include "base/reader.h"

struct ym_mod_object;
struct ym_nfa;
struct ym_mod_scan;

struct ym_mod_value {
    bool defined;
    union {
        int64_t i;
        double d;
        struct ym_str text; /* in the arena, in the scanned bytes, or static */
        struct ym_mod_object *object;
    } u;
};

/* A struct, array or dictionary. */
struct ym_mod_object {
    const struct ym_mod_type *type;
    uint32_t n;                  /* fields of a struct, elements of an array or dictionary */
    uint32_t room;               /* of values and keys */
    struct ym_mod_value *values; /* of a struct: by the number of the field */
    struct ym_str *keys;         /* DICT */
    struct ym_mod_slot *index;   /* DICT: a hash table over the keys, 2 * room slots */
    void *own;                   /* the loader's, for the functions of this struct */
    /* STRUCT: fills in a field that the loader left out because it costs much, asked for now; NULL:
     * nothing was left out. */
    void (*later)(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field);
};

/* What loaders and functions get. */
struct ym_mod_scan {
    const uint8_t *data;
    size_t size;
    struct ym_arena *arena;
    uint64_t *budget; /* counts down about one a byte or step of work; at 0 a function gives up and
                         its value is undefined, which the caller reports as a gap */
    struct ym_str extra; /* what the user gave for this module (--module-data), or n 0 */
    bool extra_is_bad;   /* set by a loader that cannot read it: a gap */
    /* Does the checked program of a regular expression (an argument r) match somewhere in text? */
    bool (*regex)(struct ym_mod_scan *s, struct ym_str program, struct ym_str text);
    struct ym_nfa *nfa; /* what regex() runs it on */
    void (*print)(void *self, const char *s,
                  size_t n); /* a line of console; NULL: nobody listens */
    void *print_self;
};

/* Takes n from the budget; false: that was more than is left. */
bool ym_mod_spend(struct ym_mod_scan *s, uint64_t n);

/* The scanned bytes from offset on, n at most, cut at the end: how functions of YARA take ranges.
 * false: negative, or begins at the end or behind it; what is asked of it is undefined. */
bool ym_mod_range(const struct ym_mod_scan *s, int64_t offset, int64_t n, struct ym_str *ret_bytes);

/* ---- Filling in ------------------------------------------------------------------------------ */

struct ym_mod_object *ym_mod_new(struct ym_mod_scan *s, const struct ym_mod_type *type);

void ym_mod_set_int(struct ym_mod_object *o, uint32_t field, int64_t v);
void ym_mod_set_double(struct ym_mod_object *o, uint32_t field, double v);
void ym_mod_set_text(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field,
                     const void *text, size_t n);                                  /* copies */
void ym_mod_set_view(struct ym_mod_object *o, uint32_t field, struct ym_str text); /* borrows */

/* The struct, array or dictionary that a field holds: made on the first call, empty. */
struct ym_mod_object *ym_mod_make(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field);

/* Room for n elements, when it is known before: growing leaves the old room to the arena. */
void ym_mod_reserve(struct ym_mod_scan *s, struct ym_mod_object *array, uint32_t n);
/* At the end of an array. */
struct ym_mod_object *ym_mod_append_object(struct ym_mod_scan *s, struct ym_mod_object *array);
void ym_mod_append_int(struct ym_mod_scan *s, struct ym_mod_object *array, int64_t v);
void ym_mod_append_text(struct ym_mod_scan *s, struct ym_mod_object *array, const void *text,
                        size_t n); /* copies */
void ym_mod_append_view(struct ym_mod_scan *s, struct ym_mod_object *array,
                        struct ym_str text); /* borrows */
/* Sets an entry of a dictionary; the first of a key stays. */
void ym_mod_put_text(struct ym_mod_scan *s, struct ym_mod_object *dict, struct ym_str key,
                     const void *text, size_t n); /* copies both */
/* The same, but the last of a key stays. */
void ym_mod_replace_text(struct ym_mod_scan *s, struct ym_mod_object *dict, struct ym_str key,
                         const void *text, size_t n);
struct ym_mod_object *ym_mod_put_object(struct ym_mod_scan *s, struct ym_mod_object *dict,
                                        struct ym_str key);

/* ---- Asking (functions, tests) --------------------------------------------------------------- */

/* The value of a field, filled in now if the loader left it for later. */
struct ym_mod_value ym_mod_field_of(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field);
/* Of what is filled in.  NULL: o is NULL, the field is undefined, or no object. */
struct ym_mod_object *ym_mod_object_of(const struct ym_mod_object *o, uint32_t field);
bool ym_mod_int_of(const struct ym_mod_object *o, uint32_t field, int64_t *ret);
bool ym_mod_text_of(const struct ym_mod_object *o, uint32_t field, struct ym_str *ret);
/* The element of an array, or of a dictionary; undefined when there is none. */
struct ym_mod_value ym_mod_at(const struct ym_mod_object *array, int64_t index);
struct ym_mod_value ym_mod_lookup(const struct ym_mod_object *dict, struct ym_str key);

/* ---- Modules --------------------------------------------------------------------------------- */

union ym_mod_arg {
    int64_t i; /* also b */
    double d;
    struct ym_str text; /* s; of r: the program, for s->regex() */
};

/* self: the struct it was called on.  *ret is undefined before. */
typedef void ym_mod_function(struct ym_mod_scan *s, struct ym_mod_object *self,
                             const union ym_mod_arg *args, struct ym_mod_value *ret);

struct ym_module_code {
    void (*load)(struct ym_mod_scan *s, struct ym_mod_object *root); /* NULL: nothing to fill in */
    ym_mod_function *const *functions;                               /* by their number */
    uint32_t n_functions;
};

const struct ym_module_code *ym_module_code(ym_module_id id);

static inline void ym_mod_give_int(struct ym_mod_value *ret, int64_t v) {
    *ret = (struct ym_mod_value){.defined = true, .u.i = v};
}
static inline void ym_mod_give_double(struct ym_mod_value *ret, double v) {
    *ret = (struct ym_mod_value){.defined = true, .u.d = v};
}
static inline void ym_mod_give_text(struct ym_mod_value *ret, struct ym_str v) {
    *ret = (struct ym_mod_value){.defined = true, .u.text = v};
}

#endif
