/* module.h - what the modules of YARA's language offer: names, types, functions.
 *
 * One description serves all three sides: the compiler checks rules with it, the image refers to its
 * rows by number, the run side fills the values in.  A description is constant tables, one file a
 * module (src/base/modules/NAME.c, numbers of its fields in base/modules/NAME.h); what it means
 * is in src/match/modules/NAME.c.
 *
 * Everything hangs off one STRUCT, the module's root.  Sources: YARA 4.5's manual, "Modules", and where
 * it is silent the DECLARATIONS that its modules make. */
#ifndef YM_BASE_MODULE_H
#define YM_BASE_MODULE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum ym_mod_kind {
    YM_MOD_INT,
    YM_MOD_DOUBLE,
    YM_MOD_TEXT,
    YM_MOD_STRUCT,
    YM_MOD_ARRAY,       /* index: 0.. */
    YM_MOD_DICT,        /* index: a text */
    YM_MOD_FUNCTION,    /* called on the struct that it is a field of */
    YM_MOD_CONST_INT,   /* the field's i: known when a rule is compiled */
    YM_MOD_CONST_DOUBLE /* the field's d */
} ym_mod_kind;

/* One way to call a function. */
struct ym_mod_overload {
    const char
        *args; /* a letter each: i integer, d double, s text, r regular expression, b boolean */
    ym_mod_kind result; /* INT, DOUBLE or TEXT */
    uint16_t number;    /* of the function, unique in its module */
};

struct ym_mod_field;

struct ym_mod_type {
    ym_mod_kind kind;
    uint8_t module;                    /* STRUCT: enum ym_module_id, whose functions its own are */
    const struct ym_mod_field *fields; /* STRUCT */
    uint32_t n_fields;
    const struct ym_mod_type *of;            /* ARRAY, DICT: of the elements */
    const struct ym_mod_overload *overloads; /* FUNCTION */
    uint32_t n_overloads;
};

struct ym_mod_field {
    const char *name;
    const struct ym_mod_type *type;
    int64_t i;
    double d;
};

/* The types without parts. */
extern const struct ym_mod_type ym_mod_int, ym_mod_double, ym_mod_text;
extern const struct ym_mod_type ym_mod_ints, ym_mod_texts; /* arrays of them */
extern const struct ym_mod_type ym_mod_text_dict;          /* texts by name */
extern const struct ym_mod_type ym_mod_const_int, ym_mod_const_double;

/* A module that is not ready is known by name only: rules that use it are refused. */
#define YM_MODULE_TABLE(X)                                                                         \
    X(CONSOLE, console)                                                                            \
    X(CUCKOO, cuckoo)                                                                              \
    X(DEX, dex)                                                                                    \
    X(DOTNET, dotnet)                                                                              \
    X(ELF, elf)                                                                                    \
    X(HASH, hash)                                                                                  \
    X(LNK, lnk)                                                                                    \
    X(MACHO, macho)                                                                                \
    X(MAGIC, magic)                                                                                \
    X(MATH, math)                                                                                  \
    X(PE, pe)                                                                                      \
    X(STRING, string)                                                                              \
    X(TIME, time)

typedef enum ym_module_id {
#define X(id, name) YM_MODULE_##id,
    YM_MODULE_TABLE(X)
#undef X
        YM_MODULE_COUNT
} ym_module_id;

struct ym_module {
    const char *name;
    const struct ym_mod_type *root; /* n_fields 0: not ready */
};

const struct ym_module *ym_module_get(ym_module_id id);
/* false: no module of this name. */
bool ym_module_find(struct ym_str name, ym_module_id *ret_id);
/* UINT32_MAX: the struct has no such field. */
uint32_t ym_mod_field_find(const struct ym_mod_type *type, struct ym_str name);

/* A number that changes with every change of any description: an image whose conditions were
 * compiled with another one must be built again. */
uint32_t ym_modules_fingerprint(void);

/* ---- For the tables -------------------------------------------------------------------------- */

#define YM_MOD_N(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))
#define YM_MOD_STRUCT_OF(id, rows)                                                                 \
    {                                                                                              \
        .kind = YM_MOD_STRUCT, .module = YM_MODULE_##id, .fields = (rows),                         \
        .n_fields = YM_MOD_N(rows)                                                                 \
    }
#define YM_MOD_ARRAY_OF(element)                                                                   \
    { .kind = YM_MOD_ARRAY, .of = (element) }
#define YM_MOD_DICT_OF(element)                                                                    \
    { .kind = YM_MOD_DICT, .of = (element) }
#define YM_MOD_FUNCTION_OF(rows)                                                                   \
    { .kind = YM_MOD_FUNCTION, .overloads = (rows), .n_overloads = YM_MOD_N(rows) }

#endif
