/* modules/dotnet.h - what the files of YARA's module dotnet share (private to match/modules/). */
#ifndef YM_MATCH_MODULES_DOTNET_H
#define YM_MATCH_MODULES_DOTNET_H

#include "module.h"

#include "base/buf.h"
#include "formats/dotnet.h"

enum {
    YM_DOTNET_MAX_TYPE_TEXT = 1 << 20, /* of one type's name; a longer one is given up on */
    YM_DOTNET_MAX_TYPE_DEPTH = 16,     /* of types in types */
    YM_DOTNET_MAX_NESTING = 10,        /* of classes in classes */
    YM_DOTNET_MAX_ARRAY_RANK = 50,
    YM_DOTNET_MAX_PARAMETERS = 2000,
    YM_DOTNET_MAX_GENERICS = 1000, /* of one type's name */
    YM_DOTNET_MAX_METHODS = 20000  /* of a class */
};

struct ym_dotnet {
    struct ym_mod_scan *s;
    struct ym_mod_object *root;
    struct ym_cli cli;
    struct ym_cli_index generics;   /* by owner */
    struct ym_cli_index interfaces; /* by class */
    struct ym_cli_index nested;     /* by nested class */
    struct ym_buf text;             /* the name that is being put together */
};

/* Names of generic parameters. */
struct ym_dotnet_generics {
    const struct ym_str *names;
    uint32_t n;
};

/* What T0 and M0 stand for in a signature; NULL: nothing. */
struct ym_dotnet_scope {
    const struct ym_dotnet_generics *of_class, *of_method;
};

/* Takes n steps; false: no work or memory is left. */
bool ym_dotnet_spend(struct ym_dotnet *d, uint64_t n);

/* false: the text could not be held; then no work is left, so that it is a gap, not another name. */
bool ym_dotnet_text_ok(struct ym_dotnet *d);

/* ---- Names (dotnet_types.c) ------------------------------------------------------------------ */

/* All of these put a name at the end of d->text; false: there is none, and nothing was added. */

/* The next type of a signature. */
bool ym_dotnet_put_type(struct ym_dotnet *d, const struct ym_dotnet_scope *scope,
                        struct ym_reader *signature);
/* The type of a coded index (TypeDefOrRef). */
bool ym_dotnet_put_reference(struct ym_dotnet *d, const struct ym_dotnet_scope *scope,
                             uint32_t coded);
/* The namespace of a row of TypeDef, or the class around it. */
bool ym_dotnet_put_namespace(struct ym_dotnet *d, uint32_t number, const struct ym_cli_row *row);
/* A name behind its namespace, which lies in d->text from start on, if has_namespace. */
bool ym_dotnet_put_name(struct ym_dotnet *d, size_t start, bool has_namespace, struct ym_str name);

/* ---- Classes (dotnet_classes.c) -------------------------------------------------------------- */

void ym_dotnet_classes(struct ym_dotnet *d);

#endif
