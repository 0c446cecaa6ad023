/* modules/pe_imported.c - functions that ask about the imports of a PE file; see pe.h.
 *
 * They go through the lists that pe_imports.c made.  Texts end at their first NUL, as libyara's
 * imports() compares them; no regular expression counts as matching an empty name, as there. */
#include "pe.h"

#include <openssl/evp.h>
#include <string.h>

enum { MD5_SIZE = 16 };

/* What is sought: the library, and of its functions those that are named, numbered or any. */
struct wanted {
    bool by_regex; /* dll and name are programs */
    struct ym_str dll;
    const struct ym_str *name;
    const int64_t *ordinal;
};

static bool text_is(struct ym_mod_scan *s, const struct wanted *w, const struct ym_mod_object *o,
                    uint32_t field, struct ym_str want) {
    struct ym_str text;

    if (!ym_mod_text_of(o, field, &text)) {
        return false;
    }
    if (w->by_regex) {
        return text.n > 0 && s->regex(s, want, text);
    }
    return ym_pe_mod_same(text, ym_pe_mod_cut(want));
}

static bool function_is(struct ym_mod_scan *s, const struct wanted *w,
                        const struct ym_mod_object *function) {
    int64_t ordinal;

    if (w->name != NULL) {
        return text_is(s, w, function, PE_IMPORT_FUNCTION_name, *w->name);
    }
    return w->ordinal == NULL || (ym_mod_int_of(function, PE_IMPORT_FUNCTION_ordinal, &ordinal) &&
                                  ordinal == *w->ordinal);
}

/* How many functions of a library are wanted; *ret_first, unless NULL: the first of them. */
static int64_t count_in(struct ym_mod_scan *s, const struct wanted *w,
                        const struct ym_mod_object *library,
                        const struct ym_mod_object **ret_first) {
    const struct ym_mod_object *functions = ym_mod_object_of(library, PE_IMPORT_functions);
    const uint32_t n = functions == NULL ? 0 : functions->n;
    int64_t count = 0;

    if (!text_is(s, w, library, PE_IMPORT_library_name, w->dll) || !ym_mod_spend(s, n)) {
        return 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct ym_mod_object *function = functions->values[i].u.object;

        if (function_is(s, w, function)) {
            count++;
            if (ret_first != NULL) {
                *ret_first = function;
                return count;
            }
        }
    }
    return count;
}

static int64_t count_list(struct ym_mod_scan *s, const struct wanted *w,
                          const struct ym_mod_object *list,
                          const struct ym_mod_object **ret_first) {
    const uint32_t n = list == NULL ? 0 : list->n;
    int64_t count = 0;

    for (uint32_t i = 0; i < n && ym_mod_spend(s, 1); i++) {
        count += count_in(s, w, list->values[i].u.object, ret_first);
        if (count > 0 && ret_first != NULL) {
            return count;
        }
    }
    return count;
}

/* In the lists of flags, by enum in modules/pe.h. */
static void give_count(struct ym_mod_scan *s, const struct ym_mod_object *self, int64_t flags,
                       const struct wanted *w, bool only_whether, struct ym_mod_value *ret) {
    int64_t count = 0;

    if (ym_pe_mod_of(self) == NULL) {
        return;
    }
    if ((flags & PE_IMPORT_STANDARD) != 0) {
        count += count_list(s, w, ym_mod_object_of(self, PE_import_details), NULL);
    }
    if ((flags & PE_IMPORT_DELAYED) != 0) {
        count += count_list(s, w, ym_mod_object_of(self, PE_delayed_import_details), NULL);
    }
    if (*s->budget > 0) {
        ym_mod_give_int(ret, only_whether ? count > 0 : count);
    }
}

/* ---- imports() -------------------------------------------------------------------------------- */

static void give_named(struct ym_mod_scan *s, const struct ym_mod_object *self, int64_t flags,
                       const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct wanted w = {.dll = args[0].text, .name = &args[1].text};

    give_count(s, self, flags, &w, true, ret);
}

static void give_numbered(struct ym_mod_scan *s, const struct ym_mod_object *self, int64_t flags,
                          const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct wanted w = {.dll = args[0].text, .ordinal = &args[1].i};

    give_count(s, self, flags, &w, true, ret);
}

static void give_library(struct ym_mod_scan *s, const struct ym_mod_object *self, int64_t flags,
                         const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct wanted w = {.dll = args[0].text};

    give_count(s, self, flags, &w, false, ret);
}

static void give_regex(struct ym_mod_scan *s, const struct ym_mod_object *self, int64_t flags,
                       const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct wanted w = {.by_regex = true, .dll = args[0].text, .name = &args[1].text};

    give_count(s, self, flags, &w, false, ret);
}

void ym_pe_imports_name(struct ym_mod_scan *s, struct ym_mod_object *self,
                        const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_named(s, self, PE_IMPORT_STANDARD, args, ret);
}

void ym_pe_imports_ordinal(struct ym_mod_scan *s, struct ym_mod_object *self,
                           const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_numbered(s, self, PE_IMPORT_STANDARD, args, ret);
}

void ym_pe_imports_library(struct ym_mod_scan *s, struct ym_mod_object *self,
                           const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_library(s, self, PE_IMPORT_STANDARD, args, ret);
}

void ym_pe_imports_regex(struct ym_mod_scan *s, struct ym_mod_object *self,
                         const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_regex(s, self, PE_IMPORT_STANDARD, args, ret);
}

void ym_pe_imports_flags_name(struct ym_mod_scan *s, struct ym_mod_object *self,
                              const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_named(s, self, args[0].i, args + 1, ret);
}

void ym_pe_imports_flags_ordinal(struct ym_mod_scan *s, struct ym_mod_object *self,
                                 const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_numbered(s, self, args[0].i, args + 1, ret);
}

void ym_pe_imports_flags_library(struct ym_mod_scan *s, struct ym_mod_object *self,
                                 const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_library(s, self, args[0].i, args + 1, ret);
}

void ym_pe_imports_flags_regex(struct ym_mod_scan *s, struct ym_mod_object *self,
                               const union ym_mod_arg *args, struct ym_mod_value *ret) {
    give_regex(s, self, args[0].i, args + 1, ret);
}

/* ---- import_rva() ----------------------------------------------------------------------------- */

/* The first that is wanted decides, even if its own RVA is undefined. */
static void give_rva(struct ym_mod_scan *s, const struct ym_mod_object *self, uint32_t field,
                     const struct wanted *w, struct ym_mod_value *ret) {
    const struct ym_mod_object *function = NULL;
    int64_t rva;

    if (count_list(s, w, ym_mod_object_of(self, field), &function) > 0 &&
        ym_mod_int_of(function, PE_IMPORT_FUNCTION_rva, &rva)) {
        ym_mod_give_int(ret, rva);
    }
}

void ym_pe_import_rva_name(struct ym_mod_scan *s, struct ym_mod_object *self,
                           const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct wanted w = {.dll = args[0].text, .name = &args[1].text};

    give_rva(s, self, PE_import_details, &w, ret);
}

void ym_pe_import_rva_ordinal(struct ym_mod_scan *s, struct ym_mod_object *self,
                              const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct wanted w = {.dll = args[0].text, .ordinal = &args[1].i};

    give_rva(s, self, PE_import_details, &w, ret);
}

void ym_pe_delayed_import_rva_name(struct ym_mod_scan *s, struct ym_mod_object *self,
                                   const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct wanted w = {.dll = args[0].text, .name = &args[1].text};

    give_rva(s, self, PE_delayed_import_details, &w, ret);
}

void ym_pe_delayed_import_rva_ordinal(struct ym_mod_scan *s, struct ym_mod_object *self,
                                      const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct wanted w = {.dll = args[0].text, .ordinal = &args[1].i};

    give_rva(s, self, PE_delayed_import_details, &w, ret);
}

/* ---- imphash() -------------------------------------------------------------------------------- */

/* The library without its extension, if that begins like one of these. */
static struct ym_str without_extension(struct ym_str name) {
    static const char *const extensions[] = {".ocx", ".sys", ".dll"};
    const char *dot = name.n == 0 ? NULL : memrchr(name.s, '.', name.n);
    const size_t left = dot == NULL ? 0 : name.n - (size_t)(dot - name.s);

    for (size_t i = 0; i < YM_MOD_N(extensions) && left >= 4; i++) {
        if (ym_pe_mod_same((struct ym_str){dot, 4}, (struct ym_str){extensions[i], 4})) {
            return (struct ym_str){name.s, name.n - left};
        }
    }
    return name;
}

static void hash_lower(EVP_MD_CTX *md, struct ym_str text) {
    unsigned char part[64];

    for (size_t i = 0; i < text.n;) {
        size_t n = 0;

        while (n < sizeof(part) && i < text.n) {
            part[n++] = ym_lower((unsigned char)text.s[i++]);
        }
        (void)EVP_DigestUpdate(md, part, n); /* fails only when it was not begun */
    }
}

/* "library.function", after a comma unless it is the first. */
static void hash_function(EVP_MD_CTX *md, struct ym_str library,
                          const struct ym_mod_object *function, bool *first) {
    struct ym_str name = {"", 0};

    (void)ym_mod_text_of(function, PE_IMPORT_FUNCTION_name, &name);
    hash_lower(md, (struct ym_str){",", *first ? 0 : 1});
    hash_lower(md, library);
    hash_lower(md, (struct ym_str){".", 1});
    hash_lower(md, name);
    *first = false;
}

static void hash_list(EVP_MD_CTX *md, const struct ym_mod_object *list) {
    bool first = true;

    for (uint32_t i = 0; list != NULL && i < list->n; i++) {
        const struct ym_mod_object *library = list->values[i].u.object;
        const struct ym_mod_object *functions = ym_mod_object_of(library, PE_IMPORT_functions);
        struct ym_str name = {"", 0};

        (void)ym_mod_text_of(library, PE_IMPORT_library_name, &name);
        name = without_extension(name);
        for (uint32_t k = 0; functions != NULL && k < functions->n; k++) {
            hash_function(md, name, functions->values[k].u.object, &first);
        }
    }
}

static void set_imphash(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    char *hex = ym_arena_zalloc(s->arena, 2 * MD5_SIZE + 1, 1);
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (md != NULL && hex != NULL && EVP_DigestInit_ex(md, EVP_md5(), NULL) == 1) {
        hash_list(md, ym_mod_object_of(pe->root, PE_import_details));
        if (EVP_DigestFinal_ex(md, digest, NULL) == 1) {
            ym_hex_encode(digest, MD5_SIZE, hex);
            pe->imphash = (struct ym_str){hex, (size_t)2 * MD5_SIZE};
        }
    }
    EVP_MD_CTX_free(md);
}

void ym_pe_imphash(struct ym_mod_scan *s, struct ym_mod_object *self, const union ym_mod_arg *args,
                   struct ym_mod_value *ret) {
    struct ym_pe_mod *pe = ym_pe_mod_of(self);

    (void)args;
    if (pe != NULL && pe->imphash.s == NULL) {
        set_imphash(s, pe);
    }
    if (pe != NULL && pe->imphash.s != NULL) {
        ym_mod_give_text(ret, pe->imphash);
    }
}
