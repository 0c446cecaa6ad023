/* modules/dotnet_classes.c - classes, methods and parameters of a .NET file.  See dotnet.h.
 *
 * The methods of a class are the rows of MethodDef from its own first one to that of the next class;
 * the parameters of a method those of Param from its first one on, as many as its signature says.
 * In a damaged file these runs may overlap, so that few rows are very many methods: each takes from
 * the work budget, and memory is bounded by the arena.  Where either ends, numbers of classes and
 * methods stay undefined.
 *
 * What libyara 4.5 leaves out: the pseudo class <Module>, classes and methods without a name, methods
 * of which a part of the signature has no name (dotnet_types.c); the methods of a class that has more
 * than YM_DOTNET_MAX_METHODS or none, and the parameters of a method without a first row. */
#include "dotnet.h"

#include "base/modules/dotnet.h"

#include <string.h>

enum {
    INTERFACE = 0x20, /* flags of a class */
    CLASS_ABSTRACT = 0x80,
    CLASS_SEALED = 0x100,
    STATIC = 0x10, /* flags of a method */
    FINAL = 0x20,
    VIRTUAL = 0x40,
    ABSTRACT = 0x400,
    GENERIC = 0x10,    /* of a signature */
    MIN_SIGNATURE = 3, /* flags, count, type returned */
    STEP = 16          /* what a class or method costs */
};

static const char *const class_visibility[8] = {
    "internal",
    "public",
    "public",
    "private",
    "protected",
    "internal",
    "private protected",
    "protected internal",
};
static const char *const method_visibility[8] = {
    "private", "private", "private protected", "internal", "protected", "protected internal",
    "public",  "private",
};

static void set_static(struct ym_mod_object *o, uint32_t field, const char *text) {
    ym_mod_set_view(o, field, (struct ym_str){text, strlen(text)});
}

/* What lies in d->text. */
static void set_put(struct ym_dotnet *d, struct ym_mod_object *o, uint32_t field) {
    if (ym_dotnet_text_ok(d)) {
        ym_mod_set_text(d->s, o, field, d->text.data, d->text.len);
    }
}

/* ---- Generic parameters --------------------------------------------------------------------- */

/* owner: a coded index (TypeOrMethodDef).  None at all when one has no name. */
static struct ym_dotnet_generics generics_of(struct ym_dotnet *d, uint32_t owner) {
    uint32_t first;
    const uint32_t n = ym_cli_index_find(&d->generics, owner, &first);
    struct ym_str *names = n == 0 ? NULL : YM_ARENA_ARRAY(d->s->arena, n, struct ym_str);

    if (names == NULL || !ym_dotnet_spend(d, n)) {
        return (struct ym_dotnet_generics){NULL, 0};
    }
    for (uint32_t i = 0; i < n; i++) {
        struct ym_cli_row row = {{0}};

        (void)ym_cli_row_get(&d->cli, YM_CLI_GENERICPARAM, (uint32_t)d->generics.rows[first + i],
                             &row);
        names[i] = ym_cli_string(&d->cli, row.cell[YM_CLI_GENERICPARAM_NAME]);
        if (names[i].n == 0) {
            return (struct ym_dotnet_generics){NULL, 0};
        }
    }
    return (struct ym_dotnet_generics){names, n};
}

static void set_generics(struct ym_dotnet *d, struct ym_mod_object *o, uint32_t number_field,
                         uint32_t field, const struct ym_dotnet_generics *g) {
    ym_mod_set_int(o, number_field, g->n);
    for (uint32_t i = 0; i < g->n; i++) {
        ym_mod_append_view(d->s, ym_mod_make(d->s, o, field), g->names[i]);
    }
}

/* ---- Methods -------------------------------------------------------------------------------- */

struct parameter {
    struct ym_str name, type;
};

struct method {
    struct ym_cli_row row;
    struct ym_str name;
    struct ym_dotnet_generics generics;
    struct ym_dotnet_scope scope;
    struct ym_str returned;
    struct ym_reader signature;
    uint32_t n_parameters;
    struct parameter *parameters; /* NULL: they are not told */
};

/* Takes a type off the signature; s NULL: it has no name, or there is no memory. */
static struct ym_str take_type(struct ym_dotnet *d, struct method *m) {
    struct ym_str type = {NULL, 0};

    if (ym_dotnet_put_type(d, &m->scope, &m->signature)) {
        type.s = ym_arena_strndup(d->s->arena, d->text.len == 0 ? "" : (const char *)d->text.data,
                                  d->text.len);
        type.n = d->text.len;
    }
    ym_buf_clear(&d->text);
    return type;
}

/* One that has no row is named by its place. */
static bool read_parameter(struct ym_dotnet *d, struct method *m, uint32_t i) {
    const uint32_t number = m->row.cell[YM_CLI_METHODDEF_PARAMS] + i;
    struct parameter *p = &m->parameters[i];
    struct ym_cli_row row;

    if (number > d->cli.tables[YM_CLI_PARAM].n_rows) {
        p->name.s = ym_arena_printf(d->s->arena, "P_%u", (unsigned)i);
        p->name.n = p->name.s == NULL ? 0 : strlen(p->name.s);
    } else if (ym_cli_row_get(&d->cli, YM_CLI_PARAM, number, &row)) {
        p->name = ym_cli_string(&d->cli, row.cell[YM_CLI_PARAM_NAME]);
    } else {
        return false;
    }
    p->type = take_type(d, m);
    return p->type.s != NULL;
}

/* Every type takes a byte at least, so a forged count costs nothing. */
static bool read_parameters(struct ym_dotnet *d, struct method *m) {
    if (m->row.cell[YM_CLI_METHODDEF_PARAMS] == 0) {
        return true;
    }
    if (m->n_parameters > ym_reader_left(&m->signature)) {
        return false;
    }
    m->parameters = YM_ARENA_ARRAY(d->s->arena, m->n_parameters + 1, struct parameter);
    for (uint32_t i = 0; m->parameters != NULL && i < m->n_parameters; i++) {
        if (!read_parameter(d, m, i)) {
            return false;
        }
    }
    return m->parameters != NULL;
}

static bool read_signature(struct ym_dotnet *d, struct method *m) {
    const uint32_t at = m->row.cell[YM_CLI_METHODDEF_SIGNATURE];

    if (!ym_cli_blob(&d->cli, at, &m->signature) || m->signature.len < MIN_SIGNATURE) {
        return false;
    }
    if ((ym_get_u8(&m->signature) & GENERIC) != 0) {
        (void)ym_cli_get_unsigned(&m->signature); /* their number, known from the table */
    }
    m->n_parameters = ym_cli_get_unsigned(&m->signature);
    m->returned = take_type(d, m);
    return m->returned.s != NULL && m->n_parameters <= YM_DOTNET_MAX_PARAMETERS &&
           read_parameters(d, m);
}

static bool read_method(struct ym_dotnet *d, const struct ym_dotnet_generics *of_class,
                        uint32_t number, struct method *m) {
    if (!ym_cli_row_get(&d->cli, YM_CLI_METHODDEF, number, &m->row) ||
        m->row.cell[YM_CLI_METHODDEF_SIGNATURE] >= d->cli.heap[YM_CLI_HEAP_BLOB]->size) {
        return false;
    }
    m->name = ym_cli_string(&d->cli, m->row.cell[YM_CLI_METHODDEF_NAME]);
    if (m->name.n == 0) {
        return false;
    }
    m->generics = generics_of(d, number << 1 | 1);
    m->scope = (struct ym_dotnet_scope){of_class, &m->generics};
    return read_signature(d, m);
}

static void set_parameters(struct ym_dotnet *d, const struct method *m, struct ym_mod_object *o) {
    struct ym_mod_object *all = ym_mod_make(d->s, o, DOTNET_METHOD_parameters);

    ym_mod_set_int(o, DOTNET_METHOD_number_of_parameters, m->n_parameters);
    for (uint32_t i = 0; i < m->n_parameters; i++) {
        struct ym_mod_object *p = ym_mod_append_object(d->s, all);

        if (m->parameters[i].name.s != NULL) {
            ym_mod_set_view(p, DOTNET_PARAMETER_name, m->parameters[i].name);
        }
        ym_mod_set_view(p, DOTNET_PARAMETER_type, m->parameters[i].type);
    }
}

static bool is_constructor(struct ym_str name) {
    return (name.n == 5 && memcmp(name.s, ".ctor", 5) == 0) ||
           (name.n == 6 && memcmp(name.s, ".cctor", 6) == 0);
}

static void set_method(struct ym_dotnet *d, const struct method *m, struct ym_mod_object *o) {
    const uint32_t flags = m->row.cell[YM_CLI_METHODDEF_FLAGS];

    ym_mod_set_view(o, DOTNET_METHOD_name, m->name);
    set_static(o, DOTNET_METHOD_visibility, method_visibility[flags & 7]);
    ym_mod_set_int(o, DOTNET_METHOD_static, (flags & STATIC) != 0);
    ym_mod_set_int(o, DOTNET_METHOD_virtual, (flags & VIRTUAL) != 0);
    ym_mod_set_int(o, DOTNET_METHOD_final, (flags & FINAL) != 0);
    ym_mod_set_int(o, DOTNET_METHOD_abstract, (flags & ABSTRACT) != 0);
    set_generics(d, o, DOTNET_METHOD_number_of_generic_parameters, DOTNET_METHOD_generic_parameters,
                 &m->generics);
    if (!is_constructor(m->name)) {
        ym_mod_set_view(o, DOTNET_METHOD_return_type, m->returned);
    }
    if (m->parameters != NULL) {
        set_parameters(d, m, o);
    }
}

static void load_methods(struct ym_dotnet *d, struct ym_mod_object *class, uint32_t first,
                         uint32_t count, const struct ym_dotnet_generics *of_class) {
    const uint32_t n_rows = d->cli.tables[YM_CLI_METHODDEF].n_rows;
    struct ym_mod_object *methods = ym_mod_make(d->s, class, DOTNET_CLASS_methods);
    uint32_t n = 0;

    for (uint32_t i = 0; i < count && first + i <= n_rows && ym_dotnet_spend(d, STEP); i++) {
        struct method m = {.n_parameters = 0};

        if (read_method(d, of_class, first + i, &m)) {
            set_method(d, &m, ym_mod_append_object(d->s, methods));
            n++;
        }
    }
    if (ym_dotnet_spend(d, 1)) {
        ym_mod_set_int(class, DOTNET_CLASS_number_of_methods, n);
    }
}

/* The last class has the rest of the table. */
static uint32_t count_methods(const struct ym_dotnet *d, uint32_t number, uint32_t first) {
    const uint32_t n_methods = d->cli.tables[YM_CLI_METHODDEF].n_rows;
    struct ym_cli_row next;

    if (number == d->cli.tables[YM_CLI_TYPEDEF].n_rows) {
        return n_methods >= first ? n_methods + 1 - first : 0;
    }
    return ym_cli_row_get(&d->cli, YM_CLI_TYPEDEF, number + 1, &next) &&
                   next.cell[YM_CLI_TYPEDEF_METHODS] >= first
               ? next.cell[YM_CLI_TYPEDEF_METHODS] - first
               : 0;
}

/* ---- Classes -------------------------------------------------------------------------------- */

static void add_base(struct ym_dotnet *d, struct ym_mod_object *class,
                     const struct ym_dotnet_scope *scope, uint32_t coded, uint32_t *n) {
    if (ym_dotnet_put_reference(d, scope, coded) && ym_dotnet_text_ok(d)) {
        ym_mod_append_text(d->s, ym_mod_make(d->s, class, DOTNET_CLASS_base_types), d->text.data,
                           d->text.len);
        ++*n;
    }
    ym_buf_clear(&d->text);
}

/* What it extends, and the interfaces that it implements. */
static void load_bases(struct ym_dotnet *d, struct ym_mod_object *class, uint32_t number,
                       uint32_t extends, const struct ym_dotnet_generics *generics) {
    const struct ym_dotnet_scope scope = {generics, NULL};
    uint32_t first;
    const uint32_t n_interfaces = ym_cli_index_find(&d->interfaces, number, &first);
    uint32_t n = 0;

    add_base(d, class, &scope, extends, &n);
    for (uint32_t i = 0; i < n_interfaces && ym_dotnet_spend(d, 1); i++) {
        struct ym_cli_row row = {{0}};

        (void)ym_cli_row_get(&d->cli, YM_CLI_INTERFACEIMPL, (uint32_t)d->interfaces.rows[first + i],
                             &row);
        add_base(d, class, &scope, row.cell[YM_CLI_INTERFACEIMPL_INTERFACE], &n);
    }
    ym_mod_set_int(class, DOTNET_CLASS_number_of_base_types, n);
}

static void set_names(struct ym_dotnet *d, struct ym_mod_object *class, uint32_t number,
                      const struct ym_cli_row *row, struct ym_str name) {
    const char *tick = memchr(name.s, '`', name.n);
    const bool has_namespace = ym_dotnet_put_namespace(d, number, row);

    ym_mod_set_view(class, DOTNET_CLASS_name,
                    (struct ym_str){name.s, tick == NULL ? name.n : (size_t)(tick - name.s)});
    if (has_namespace) {
        set_put(d, class, DOTNET_CLASS_namespace);
    }
    (void)ym_dotnet_put_name(d, 0, has_namespace, name);
    set_put(d, class, DOTNET_CLASS_fullname);
    ym_buf_clear(&d->text);
}

static void load_class(struct ym_dotnet *d, struct ym_mod_object *class, uint32_t number,
                       const struct ym_cli_row *row, struct ym_str name) {
    const uint32_t flags = row->cell[YM_CLI_TYPEDEF_FLAGS];
    const uint32_t first = row->cell[YM_CLI_TYPEDEF_METHODS];
    const uint32_t n_methods = count_methods(d, number, first);
    const struct ym_dotnet_generics generics = generics_of(d, number << 1);

    set_names(d, class, number, row, name);
    set_static(class, DOTNET_CLASS_visibility, class_visibility[flags & 7]);
    set_static(class, DOTNET_CLASS_type, (flags & INTERFACE) != 0 ? "interface" : "class");
    ym_mod_set_int(class, DOTNET_CLASS_abstract, (flags & CLASS_ABSTRACT) != 0);
    ym_mod_set_int(class, DOTNET_CLASS_sealed, (flags & CLASS_SEALED) != 0);
    set_generics(d, class, DOTNET_CLASS_number_of_generic_parameters,
                 DOTNET_CLASS_generic_parameters, &generics);
    load_bases(d, class, number, row->cell[YM_CLI_TYPEDEF_EXTENDS], &generics);
    if (first != 0 && n_methods <= YM_DOTNET_MAX_METHODS) {
        load_methods(d, class, first, n_methods, &generics);
    }
}

static bool make_indexes(struct ym_dotnet *d) {
    struct ym_arena *arena = d->s->arena;

    return ym_cli_index_make(&d->cli, YM_CLI_GENERICPARAM, YM_CLI_GENERICPARAM_OWNER, arena,
                             &d->generics) == YM_OK &&
           ym_cli_index_make(&d->cli, YM_CLI_INTERFACEIMPL, YM_CLI_INTERFACEIMPL_CLASS, arena,
                             &d->interfaces) == YM_OK &&
           ym_cli_index_make(&d->cli, YM_CLI_NESTEDCLASS, YM_CLI_NESTEDCLASS_NESTED, arena,
                             &d->nested) == YM_OK;
}

static bool has_name(struct ym_str name) {
    return name.n > 0 && name.s[0] != '`' && !(name.n == 8 && memcmp(name.s, "<Module>", 8) == 0);
}

void ym_dotnet_classes(struct ym_dotnet *d) {
    struct ym_mod_object *classes = ym_mod_make(d->s, d->root, DOTNET_classes);
    uint32_t n = 0;

    if (!make_indexes(d)) {
        return;
    }
    for (uint32_t i = 1; i <= d->cli.tables[YM_CLI_TYPEDEF].n_rows; i++) {
        struct ym_cli_row row;
        struct ym_str name;

        if (!ym_dotnet_spend(d, STEP)) {
            return;
        }
        if (ym_cli_row_get(&d->cli, YM_CLI_TYPEDEF, i, &row)) {
            name = ym_cli_string(&d->cli, row.cell[YM_CLI_TYPEDEF_NAME]);
            if (has_name(name)) {
                load_class(d, ym_mod_append_object(d->s, classes), i, &row, name);
                n++;
            }
        }
    }
    if (ym_dotnet_spend(d, 1)) {
        ym_mod_set_int(d->root, DOTNET_number_of_classes, n);
    }
}
