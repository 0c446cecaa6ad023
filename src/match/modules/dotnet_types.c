/* modules/dotnet_types.c - names of .NET types, as YARA writes them.  See dotnet.h.
 *
 * A signature (ECMA-335, part II, 23.2) is a type in prefix form: a byte says what it is, and what it
 * is made of follows.  A class in it is an index into TypeDef, TypeRef or TypeSpec, and a TypeSpec is
 * again a signature, perhaps the one we come from: so depth is bounded, and every type is a step of
 * the work budget, as a hostile file can make few bytes stand for very many types.
 *
 * How libyara 4.5 writes them:
 *   - a name ends at its first back-tick (the arity of a generic type), nested classes are joined by
 *     dots; a class of a module's own pseudo class counts as not nested
 *   - Ptr<T>, ref T, T[], T[1...5,3], G<A,B>, FnPtr<R(A, B)>; modifiers are left out
 *   - an argument without a name is left out with the comma before it (G<,B>); anything else without
 *     a name takes away the name of what it is a part of */
#include "dotnet.h"

#include <string.h>

enum {
    PTR = 0x0f,
    BYREF = 0x10,
    VALUETYPE = 0x11,
    CLASS = 0x12,
    VAR = 0x13,
    ARRAY = 0x14,
    GENERICINST = 0x15,
    FNPTR = 0x1b,
    SZARRAY = 0x1d,
    MVAR = 0x1e,
    CMOD_REQD = 0x1f,
    CMOD_OPT = 0x20,
    STEP = 16,         /* what a type costs */
    BYTES_A_STEP = 16, /* of names that are copied */
    VISIBILITY = 7
};

static const char *const simple[] = {
    [0x01] = "void",    [0x02] = "bool",   [0x03] = "char",           [0x04] = "sbyte",
    [0x05] = "byte",    [0x06] = "short",  [0x07] = "ushort",         [0x08] = "int",
    [0x09] = "uint",    [0x0a] = "long",   [0x0b] = "ulong",          [0x0c] = "float",
    [0x0d] = "double",  [0x0e] = "string", [0x16] = "TypedReference", [0x18] = "IntPtr",
    [0x19] = "UIntPtr", [0x1c] = "object",
};

/* ---- Names of the tables -------------------------------------------------------------------- */

bool ym_dotnet_put_name(struct ym_dotnet *d, size_t start, bool has_namespace, struct ym_str name) {
    const uint8_t *tick;

    if (name.n == 0) {
        return has_namespace;
    }
    if (d->text.len > start) {
        ym_buf_u8(&d->text, '.');
    }
    ym_buf_add(&d->text, name.s, name.n);
    tick = d->text.len > start ? memchr(d->text.data + start, '`', d->text.len - start) : NULL;
    if (tick != NULL && ym_buf_status(&d->text) == YM_OK) {
        ym_buf_cut(&d->text, (size_t)(tick - d->text.data));
    }
    return true;
}

static bool is_nested(const struct ym_cli_row *row) {
    return (row->cell[YM_CLI_TYPEDEF_FLAGS] & VISIBILITY) >= 2;
}

static bool is_pseudo_class(struct ym_str name) {
    return name.n == 8 && memcmp(name.s, "<Module>", 8) == 0;
}

struct enclosing {
    struct ym_str name, space;
    bool nested;
};

/* The class around the class *number, which becomes its number; false: there is none. */
static bool find_enclosing(const struct ym_dotnet *d, uint32_t *number, struct enclosing *ret) {
    struct ym_cli_row row;
    uint32_t first;
    uint32_t around;

    if (ym_cli_index_find(&d->nested, *number, &first) == 0 ||
        !ym_cli_row_get(&d->cli, YM_CLI_NESTEDCLASS, (uint32_t)d->nested.rows[first], &row)) {
        return false;
    }
    around = row.cell[YM_CLI_NESTEDCLASS_ENCLOSING];
    if (!ym_cli_row_get(&d->cli, YM_CLI_TYPEDEF, around, &row)) {
        return false;
    }
    ret->name = ym_cli_string(&d->cli, row.cell[YM_CLI_TYPEDEF_NAME]);
    ret->space = ym_cli_string(&d->cli, row.cell[YM_CLI_TYPEDEF_NAMESPACE]);
    ret->nested = is_nested(&row) && around != *number;
    *number = around;
    return !is_pseudo_class(ret->name);
}

/* The full name of the class around a class. */
static bool put_enclosing(struct ym_dotnet *d, uint32_t number) {
    struct enclosing chain[YM_DOTNET_MAX_NESTING];
    const size_t start = d->text.len;
    unsigned n = 0;
    bool has = false;

    while (n < YM_DOTNET_MAX_NESTING && (n == 0 || chain[n - 1].nested) &&
           find_enclosing(d, &number, &chain[n])) {
        n++;
    }
    for (unsigned i = n; i-- > 0;) {
        if (chain[i].nested) {
            has = ym_dotnet_put_name(d, start, has, chain[i].space);
        } else {
            ym_buf_add(&d->text, chain[i].space.s, chain[i].space.n);
            has = chain[i].space.s != NULL;
        }
        has = ym_dotnet_put_name(d, start, has, chain[i].name);
    }
    return has;
}

bool ym_dotnet_put_namespace(struct ym_dotnet *d, uint32_t number, const struct ym_cli_row *row) {
    const struct ym_str space = ym_cli_string(&d->cli, row->cell[YM_CLI_TYPEDEF_NAMESPACE]);
    const size_t start = d->text.len;

    if (is_nested(row)) {
        return ym_dotnet_put_name(d, start, put_enclosing(d, number), space);
    }
    ym_buf_add(&d->text, space.s, space.n);
    return space.s != NULL;
}

static bool put_typedef(struct ym_dotnet *d, uint32_t number) {
    const size_t start = d->text.len;
    struct ym_cli_row row;
    bool has;

    if (!ym_cli_row_get(&d->cli, YM_CLI_TYPEDEF, number, &row)) {
        return false;
    }
    has = ym_dotnet_put_namespace(d, number, &row);
    return ym_dotnet_put_name(d, start, has, ym_cli_string(&d->cli, row.cell[YM_CLI_TYPEDEF_NAME]));
}

static bool put_typeref(struct ym_dotnet *d, uint32_t number) {
    const size_t start = d->text.len;
    struct ym_cli_row row;
    struct ym_str space;

    if (!ym_cli_row_get(&d->cli, YM_CLI_TYPEREF, number, &row)) {
        return false;
    }
    space = ym_cli_string(&d->cli, row.cell[YM_CLI_TYPEREF_NAMESPACE]);
    ym_buf_add(&d->text, space.s, space.n);
    return ym_dotnet_put_name(d, start, space.s != NULL,
                              ym_cli_string(&d->cli, row.cell[YM_CLI_TYPEREF_NAME]));
}

/* ---- Signatures ----------------------------------------------------------------------------- */

struct walk {
    struct ym_dotnet *d;
    struct ym_dotnet_scope scope;
    struct ym_reader *signature;
    unsigned depth;
};

static bool put_type(const struct walk *w);

static bool put_part(const struct walk *w) {
    struct walk deeper = *w;

    deeper.depth++;
    return put_type(&deeper);
}

static bool put_typespec(const struct walk *w, uint32_t number) {
    const struct ym_cli *cli = &w->d->cli;
    struct ym_cli_row row;
    struct ym_reader blob;
    struct walk spec = *w;

    if (!ym_cli_row_get(cli, YM_CLI_TYPESPEC, number, &row) ||
        row.cell[YM_CLI_TYPESPEC_SIGNATURE] >= cli->heap[YM_CLI_HEAP_BLOB]->size ||
        !ym_cli_blob(cli, row.cell[YM_CLI_TYPESPEC_SIGNATURE], &blob)) {
        return false;
    }
    spec.signature = &blob;
    spec.scope.of_method = NULL;
    return put_type(&spec);
}

/* w->depth is that of what the index stands for. */
static bool put_reference(const struct walk *w, uint32_t coded) {
    const uint32_t number = coded >> 2;

    switch (coded & 3) {
    case 0:
        return put_typedef(w->d, number);
    case 1:
        return put_typeref(w->d, number);
    case 2:
        return put_typespec(w, number);
    default:
        return false;
    }
}

static bool put_class(const struct walk *w) {
    const size_t before = w->d->text.len;
    struct walk deeper = *w;

    deeper.depth++;
    return put_reference(&deeper, ym_cli_get_unsigned(w->signature)) &&
           ym_dotnet_spend(w->d, (w->d->text.len - before) / BYTES_A_STEP);
}

static bool put_variable(const struct walk *w, const struct ym_dotnet_generics *of) {
    const uint32_t i = ym_cli_get_unsigned(w->signature);

    if (of == NULL || i >= of->n) {
        return false;
    }
    ym_buf_add(&w->d->text, of->names[i].s, of->names[i].n);
    return true;
}

static bool put_wrapped(const struct walk *w, const char *before, const char *after) {
    ym_buf_add_text(&w->d->text, before);
    if (!put_part(w)) {
        return false;
    }
    ym_buf_add_text(&w->d->text, after);
    return true;
}

struct shape {
    uint32_t rank, n_sizes, n_lows;
    int32_t sizes[YM_DOTNET_MAX_ARRAY_RANK], lows[YM_DOTNET_MAX_ARRAY_RANK];
};

static bool read_shape(struct ym_reader *r, struct shape *ret_shape) {
    struct shape s = {.rank = ym_cli_get_unsigned(r)};

    if (s.rank == 0 || s.rank > YM_DOTNET_MAX_ARRAY_RANK) {
        return false;
    }
    s.n_sizes = ym_cli_get_unsigned(r);
    if (s.n_sizes > s.rank) {
        return false;
    }
    for (uint32_t i = 0; i < s.n_sizes; i++) {
        s.sizes[i] = (int32_t)ym_cli_get_unsigned(r);
    }
    s.n_lows = ym_cli_get_unsigned(r);
    if (s.n_lows > s.rank) {
        return false;
    }
    for (uint32_t i = 0; i < s.n_lows; i++) {
        s.lows[i] = ym_cli_get_signed(r);
    }
    *ret_shape = s;
    return true;
}

/* What is said of a dimension: its size, or where it begins and, if it is known, ends. */
static void put_dimension(struct ym_buf *text, const struct shape *s, uint32_t i) {
    const int32_t low = i < s->n_lows ? s->lows[i] : 0;

    if (low != 0) {
        ym_buf_printf(text, "%d...", (int)low);
    }
    if (i < s->n_sizes) {
        ym_buf_printf(text, "%d", (int)(low == 0 ? s->sizes[i] : s->sizes[i] + low - 1));
    }
}

static bool put_array(const struct walk *w) {
    struct ym_buf *text = &w->d->text;
    struct shape s;

    if (!put_part(w) || !read_shape(w->signature, &s)) {
        return false;
    }
    ym_buf_u8(text, '[');
    for (uint32_t i = 0; i < s.rank; i++) {
        if (i > 0) {
            ym_buf_u8(text, ',');
        }
        put_dimension(text, &s, i);
    }
    ym_buf_u8(text, ']');
    return true;
}

static void put_list(const struct walk *w, uint32_t n, const char *comma) {
    struct ym_buf *text = &w->d->text;

    for (uint32_t i = 0; i<n && * w->d->s->budget> 0; i++) {
        const size_t before = text->len;

        if (i > 0) {
            ym_buf_add_text(text, comma);
        }
        if (!put_part(w) && ym_buf_status(text) == YM_OK) {
            ym_buf_cut(text, before);
        }
    }
}

static bool put_generic(const struct walk *w) {
    struct ym_buf *text = &w->d->text;
    uint32_t n;

    if (!put_part(w)) {
        return false;
    }
    n = ym_cli_get_unsigned(w->signature);
    if (n > YM_DOTNET_MAX_GENERICS) {
        return false;
    }
    ym_buf_u8(text, '<');
    put_list(w, n, ",");
    ym_buf_u8(text, '>');
    return true;
}

static bool put_function(const struct walk *w) {
    struct ym_buf *text = &w->d->text;
    uint32_t n;

    if (ym_reader_left(w->signature) == 0) {
        return false;
    }
    ym_skip(w->signature, 1); /* calling convention */
    n = ym_cli_get_unsigned(w->signature);
    if (n > YM_DOTNET_MAX_PARAMETERS) {
        return false;
    }
    ym_buf_add_text(text, "FnPtr<");
    if (!put_part(w)) {
        return false;
    }
    ym_buf_u8(text, '(');
    put_list(w, n, ", ");
    ym_buf_add_text(text, ")>");
    return true;
}

static bool put_kind(const struct walk *w, uint8_t kind) {
    switch (kind) {
    case PTR:
        return put_wrapped(w, "Ptr<", ">");
    case BYREF:
        return put_wrapped(w, "ref ", "");
    case SZARRAY:
        return put_wrapped(w, "", "[]");
    case VALUETYPE:
    case CLASS:
        return put_class(w);
    case VAR:
        return put_variable(w, w->scope.of_class);
    case MVAR:
        return put_variable(w, w->scope.of_method);
    case ARRAY:
        return put_array(w);
    case GENERICINST:
        return put_generic(w);
    case FNPTR:
        return put_function(w);
    case CMOD_REQD:
    case CMOD_OPT:
        (void)ym_cli_get_unsigned(w->signature);
        return put_part(w);
    default:
        return false;
    }
}

/* No deeper than YM_DOTNET_MAX_TYPE_DEPTH. */
// NOLINTNEXTLINE(misc-no-recursion)
static bool put_type(const struct walk *w) {
    const size_t start = w->d->text.len;
    uint8_t kind;
    bool good;

    if (!ym_dotnet_spend(w->d, STEP) || ym_reader_left(w->signature) == 0 ||
        w->depth > YM_DOTNET_MAX_TYPE_DEPTH) {
        return false;
    }
    kind = ym_get_u8(w->signature);
    if (kind < sizeof(simple) / sizeof(simple[0]) && simple[kind] != NULL) {
        ym_buf_add_text(&w->d->text, simple[kind]);
        good = true;
    } else {
        good = put_kind(w, kind);
    }
    good = ym_dotnet_text_ok(w->d) && good;
    if (!good) {
        ym_buf_cut(&w->d->text, start);
    }
    return good;
}

bool ym_dotnet_put_type(struct ym_dotnet *d, const struct ym_dotnet_scope *scope,
                        struct ym_reader *signature) {
    return put_type(&(struct walk){.d = d, .scope = *scope, .signature = signature});
}

bool ym_dotnet_put_reference(struct ym_dotnet *d, const struct ym_dotnet_scope *scope,
                             uint32_t coded) {
    return put_reference(&(struct walk){.d = d, .scope = *scope}, coded);
}
