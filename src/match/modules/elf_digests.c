/* modules/elf_digests.c - digests of the names of an ELF's symbols; see elf.h.
 *
 * Both are of names in lower case, sorted, with commas between them: telfhash a TLSH of those of
 * global functions, less what compilers and the C library bring along (Trend Micro's definition),
 * import_md5 an MD5 of all undefined ones. */
#include "elf.h"

#include "base/md5.h"
#include "base/modules/elf.h"
#include "tlsh.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHN_UNDEF = 0,
    STT_FUNC = 2,
    STB_GLOBAL = 1,
    STV_DEFAULT = 0,
};

/* What the functions gave, for the next rule that asks. */
struct results {
    struct ym_mod_value telfhash, import_md5;
    bool telfhash_known, import_md5_known;
};

static struct results *results_of(struct ym_mod_scan *s, struct ym_mod_object *root) {
    if (root->own == NULL) {
        root->own = YM_ARENA_NEW(s->arena, struct results);
    }
    return root->own;
}

/* YARA prefers dynsym even if it is empty. */
static struct ym_mod_object *symbols_of(const struct ym_mod_object *root) {
    int64_t n;

    return ym_mod_object_of(root,
                            ym_mod_int_of(root, ELF_dynsym_entries, &n) ? ELF_dynsym : ELF_symtab);
}

static bool symbol_is(const struct ym_mod_object *symbol, uint32_t field, int64_t want) {
    int64_t v;

    return ym_mod_int_of(symbol, field, &v) && v == want;
}

static bool starts_with(struct ym_str s, const char *prefix) {
    return s.n >= strlen(prefix) && memcmp(s.s, prefix, strlen(prefix)) == 0;
}

/* Names that depend on architecture and compiler, not on what the program does: the list is that of
 * telfhash. */
static bool is_telltale(struct ym_str name) {
    static const char *const excluded[] = {"__libc_start_main", "main", "abort", "cachectl",
                                           "cacheflush",        "puts", "atol",  "malloc_trim"};

    for (size_t i = 0; i < sizeof(excluded) / sizeof(excluded[0]); i++) {
        if (name.n == strlen(excluded[i]) && starts_with(name, excluded[i])) {
            return false;
        }
    }
    return !starts_with(name, ".") && !starts_with(name, "_") && !starts_with(name, "str") &&
           !starts_with(name, "mem") && !(name.n >= 2 && memcmp(name.s + name.n - 2, "64", 2) == 0);
}

static bool is_of_telfhash(const struct ym_mod_object *symbol, struct ym_str name) {
    return symbol_is(symbol, ELF_SYMBOL_bind, STB_GLOBAL) &&
           symbol_is(symbol, ELF_SYMBOL_type, STT_FUNC) &&
           symbol_is(symbol, ELF_SYMBOL_visibility, STV_DEFAULT) && is_telltale(name);
}

static bool is_import(const struct ym_mod_object *symbol, struct ym_str name) {
    return symbol_is(symbol, ELF_SYMBOL_shndx, SHN_UNDEF) && name.n > 0;
}

struct names {
    struct ym_str *rows;
    size_t n;
    size_t bytes; /* with a comma after each */
};

/* false: no memory or budget for them. */
static bool collect(struct ym_mod_scan *s, const struct ym_mod_object *symbols,
                    bool (*wanted)(const struct ym_mod_object *, struct ym_str),
                    struct names *ret_names) {
    struct names names = {.rows = YM_ARENA_ARRAY(s->arena, symbols->n, struct ym_str)};

    if (names.rows == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < symbols->n; i++) {
        struct ym_mod_value v = ym_mod_at(symbols, i);
        struct ym_str name;

        if (!v.defined || !ym_mod_text_of(v.u.object, ELF_SYMBOL_name, &name) ||
            !wanted(v.u.object, name)) {
            continue;
        }
        if (!ym_mod_spend(s, 32 + name.n * 2)) { /* sorting and hashing */
            return false;
        }
        names.rows[names.n++] = name;
        names.bytes += name.n + 1;
    }
    *ret_names = names;
    return true;
}

/* As strcmp() of both in lower case. */
static int by_lower_case(const void *pa, const void *pb) {
    const struct ym_str *a = pa;
    const struct ym_str *b = pb;

    for (size_t i = 0; i < a->n && i < b->n; i++) {
        int d = ym_lower((unsigned char)a->s[i]) - ym_lower((unsigned char)b->s[i]);

        if (d != 0) {
            return d;
        }
    }
    return a->n < b->n ? -1 : a->n > b->n;
}

/* The names in lower case, sorted, with commas between them; n 0: there are none. */
static struct ym_str join(struct ym_mod_scan *s, struct names *names) {
    char *text = names->n == 0 ? NULL : ym_arena_zalloc(s->arena, names->bytes, 1);
    char *to = text;

    if (text == NULL) {
        return (struct ym_str){NULL, 0};
    }
    qsort(names->rows, names->n, sizeof(*names->rows), by_lower_case);
    for (size_t i = 0; i < names->n; i++) {
        for (size_t k = 0; k < names->rows[i].n; k++) {
            *to++ = (char)ym_lower((unsigned char)names->rows[i].s[k]);
        }
        *to++ = ',';
    }
    return (struct ym_str){text, names->bytes - 1};
}

static bool joined_names(struct ym_mod_scan *s, const struct ym_mod_object *root,
                         bool (*wanted)(const struct ym_mod_object *, struct ym_str),
                         struct ym_str *ret_text) {
    const struct ym_mod_object *symbols = symbols_of(root);
    struct names names;

    if (symbols == NULL || symbols->n == 0 || !collect(s, symbols, wanted, &names)) {
        return false;
    }
    *ret_text = join(s, &names);
    return ret_text->s != NULL;
}

static void give_copy(struct ym_mod_scan *s, const char *text, struct ym_mod_value *ret) {
    const char *copy = ym_arena_strndup(s->arena, text, strlen(text));

    if (copy != NULL) {
        ym_mod_give_text(ret, (struct ym_str){copy, strlen(copy)});
    }
}

/* Too few names for a TLSH: an empty text, as in YARA. */
void ym_elf_telfhash(struct ym_mod_scan *s, struct ym_mod_object *self,
                     const union ym_mod_arg *args, struct ym_mod_value *ret) {
    struct results *own = results_of(s, self);
    char digest[YM_TLSH_LENGTH + 1];
    struct ym_str names;

    (void)args;
    if (own == NULL) {
        return;
    }
    if (!own->telfhash_known && joined_names(s, self, is_of_telfhash, &names)) {
        ym_tlsh((const uint8_t *)names.s, names.n, digest);
        give_copy(s, digest, &own->telfhash);
    }
    own->telfhash_known = true;
    *ret = own->telfhash;
}

void ym_elf_import_md5(struct ym_mod_scan *s, struct ym_mod_object *self,
                       const union ym_mod_arg *args, struct ym_mod_value *ret) {
    struct results *own = results_of(s, self);
    uint8_t digest[YM_MD5_SIZE];
    char hex[2 * YM_MD5_SIZE + 1];
    struct ym_str names;

    (void)args;
    if (own == NULL) {
        return;
    }
    if (!own->import_md5_known && joined_names(s, self, is_import, &names)) {
        ym_md5(names.s, names.n, digest);
        ym_hex_encode(digest, sizeof(digest), hex);
        give_copy(s, hex, &own->import_md5);
    }
    own->import_md5_known = true;
    *ret = own->import_md5;
}
