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

static bool is_of_telfhash(const struct ym_elf_symbol *s) {
    return s->bind == STB_GLOBAL && s->type == STT_FUNC && s->visibility == STV_DEFAULT &&
           is_telltale(s->name);
}

static bool is_import(const struct ym_elf_symbol *s) {
    return s->section == SHN_UNDEF && s->name.n > 0;
}

struct names {
    struct ym_str *rows;
    size_t n;
    size_t bytes; /* with a comma after each */
};

/* false: no memory or budget for them. */
static bool collect(const struct ym_elf *e, struct ym_elf_symbols t,
                    bool (*wanted)(const struct ym_elf_symbol *), struct names *ret_names) {
    struct names names = {.rows = YM_ARENA_ARRAY(e->s->arena, t.left, struct ym_str)};
    struct ym_elf_symbol symbol;

    while (names.rows != NULL && ym_elf_next_symbol(e, &t, &symbol)) {
        if (symbol.named && wanted(&symbol)) {
            if (!ym_mod_spend(e->s, 32 + symbol.name.n * 2)) { /* sorting and hashing */
                return false;
            }
            names.rows[names.n++] = symbol.name;
            names.bytes += symbol.name.n + 1;
        }
    }
    *ret_names = names;
    return names.rows != NULL && t.left == 0;
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

/* YARA prefers dynsym even if it is empty. */
static bool joined_names(const struct ym_elf *e, bool (*wanted)(const struct ym_elf_symbol *),
                         struct ym_str *ret_text) {
    const struct ym_elf_symbols *t = e->dynsym.found ? &e->dynsym : &e->symtab;
    struct names names;

    if (!t->found || !collect(e, *t, wanted, &names)) {
        return false;
    }
    *ret_text = join(e->s, &names);
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
    struct ym_elf *e = self->own;
    char digest[YM_TLSH_LENGTH + 1];
    struct ym_str names;

    (void)args;
    if (e == NULL) {
        return;
    }
    e->s = s;
    if (!e->telfhash_known && joined_names(e, is_of_telfhash, &names)) {
        ym_tlsh((const uint8_t *)names.s, names.n, digest);
        give_copy(s, digest, &e->telfhash);
    }
    e->telfhash_known = true;
    *ret = e->telfhash;
}

void ym_elf_import_md5(struct ym_mod_scan *s, struct ym_mod_object *self,
                       const union ym_mod_arg *args, struct ym_mod_value *ret) {
    struct ym_elf *e = self->own;
    uint8_t digest[YM_MD5_SIZE];
    char hex[2 * YM_MD5_SIZE + 1];
    struct ym_str names;

    (void)args;
    if (e == NULL) {
        return;
    }
    e->s = s;
    if (!e->import_md5_known && joined_names(e, is_import, &names)) {
        ym_md5(names.s, names.n, digest);
        ym_hex_encode(digest, sizeof(digest), hex);
        give_copy(s, hex, &e->import_md5);
    }
    e->import_md5_known = true;
    *ret = e->import_md5;
}
