/* reg_text_int.h - what the two halves of reading exports share; private to clean/.
 * reg_text.c holds the tree and answers, reg_text_parse.c reads the lines. */
#ifndef YM_CLEAN_REG_TEXT_INT_H
#define YM_CLEAN_REG_TEXT_INT_H

#include "clean/reg_text.h"

#include "base/map.h"

struct ym_text_value {
    struct ym_text_value *next; /* in the order of the file */
    struct ym_reg_value v;
};

struct ym_text_key {
    struct ym_text_key *next, *parent, *first;
    struct ym_text_value *values, **value_tail;
    const char *name;
    uint32_t number;   /* for the map */
    uint32_t sections; /* how often it was written */
    bool covered;      /* exported with all below it */
    bool absent;       /* asked for and not there */
    bool too_long;     /* a value was longer than YM_REG_DATA_MAX */
};

struct ym_reg_text {
    struct ym_arena *arena;
    struct ym_map *map; /* parent's number and the name in small letters: the key */
    struct ym_text_key *root;
    struct ym_text_key *current; /* CurrentControlSet, or NULL */
    const char *current_is;      /* "ControlSet001" */
    char *place;
    bool any_user; /* root was "HKEY_USERS\*" */
    size_t n_keys, n_values, n_denied;
    char denied[256]; /* their names, as far as they have room */
};

/* The key of a whole name, made where it is missing.  *ret_key NULL: it is of another hive.
 * above: the name is that of something that holds the hive ("HKEY_LOCAL_MACHINE"): the root. */
YM_MUST_CHECK ym_status ym_text_make_key(struct ym_reg_text *t, const char *full,
                                         struct ym_text_key **ret_key, bool *ret_above,
                                         struct ym_err *err);
/* A key of this name, wherever it lies, could not be read. */
YM_MUST_CHECK ym_status ym_text_deny(struct ym_reg_text *t, const char *name, struct ym_err *err);
YM_MUST_CHECK ym_status ym_text_add_value(struct ym_reg_text *t, struct ym_text_key *key,
                                          const struct ym_reg_value *v, struct ym_err *err);

#endif
