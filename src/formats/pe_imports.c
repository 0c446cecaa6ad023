/* pe_imports.c - a PE file's imports as one line of text, for the import hash.  See pe.h.
 *
 * "library.function" joined by commas, in lower case, in the order of the import directory.  What
 * clamscan 1.4 does with odd tables was measured on files made by code, and is followed, because
 * the MD5 of the text must be the same:
 *   - only PE32; the directory and its size must lie in the file; it is read while more than one
 *     descriptor is left in it, up to 1024, and ends at one without a name
 *   - the list of functions is the first one (original thunks), unless its address is 0 or lies
 *     nowhere, then the second; it ends at 0 or at the end of the file
 *   - at most 256 bytes of a name count.  Of the library's name ".dll", ".ocx" or ".sys" right
 *     behind the first dot goes, with all that follows.
 *   - a function's name has 256 bytes of room before the end of the file, or the function is left
 *     out; an address that lies nowhere is read as file offset 0
 *   - by number: "ordN" with the low 16 bits, or its name for two libraries (pe_ordinals.c)
 *   - a name that is not of letters, digits, '_' and '.', or a library without a readable name or
 *     list: there is no hash at all */
#include "pe_int.h"

#include "base/text.h"
#include "formats/pe_ordinals.h"

#include <stdio.h>
#include <string.h>

#define MODULE "formats/pe"

enum {
    DESCRIPTOR_SIZE = 20,
    MAX_LIBRARIES = 1024,
    MAX_FUNCTIONS = 1 << 20, /* in all; an enemy's tables may overlap */
    MAX_NAME = 256,
    HINT_SIZE = 2
};

static const uint32_t BY_ORDINAL = 0x80000000;

struct walk {
    const struct ym_pe *pe;
    struct ym_buf *out;
    uint32_t functions; /* so far */
    /* The library at hand. */
    char library[MAX_NAME];
    size_t library_len;
    ym_pe_ordinals ordinals;
};

/* Text up to its NUL, the end of the file or MAX_NAME bytes, in lower case. */
static size_t read_name(struct ym_reader r, char name[MAX_NAME]) {
    const size_t room = ym_reader_left(&r) < MAX_NAME ? ym_reader_left(&r) : MAX_NAME;
    const uint8_t *p = ym_get_view(&r, room);
    size_t n = 0;

    for (; p != NULL && n < room && p[n] != 0; n++) {
        name[n] = (char)ym_lower(p[n]);
    }
    return n;
}

static bool begins_with(const char *s, size_t n, const char *prefix) {
    const size_t len = strlen(prefix);

    return n >= len && memcmp(s, prefix, len) == 0;
}

static void set_library(struct walk *w, struct ym_reader at) {
    const char *dot;

    w->library_len = read_name(at, w->library);
    w->ordinals = ym_pe_ordinals_of((struct ym_str){w->library, w->library_len});
    dot = memchr(w->library, '.', w->library_len);
    if (dot != NULL) {
        const size_t left = w->library_len - (size_t)(dot - w->library);

        if (begins_with(dot, left, ".dll") || begins_with(dot, left, ".ocx") ||
            begins_with(dot, left, ".sys")) {
            w->library_len -= left;
        }
    }
}

static ym_status add(struct walk *w, const char *function, size_t n) {
    if (++w->functions > MAX_FUNCTIONS) {
        return ym_fail(w->pe->err, YM_LIMIT, MODULE, 0, "too many imported functions");
    }
    if (w->out->len > 0) {
        ym_buf_u8(w->out, ',');
    }
    ym_buf_add(w->out, w->library, w->library_len);
    ym_buf_u8(w->out, '.');
    ym_buf_add(w->out, function, n);
    return ym_buf_status(w->out);
}

static ym_status add_by_number(struct walk *w, uint16_t ordinal) {
    const char *known = ym_pe_ordinal_name(w->ordinals, ordinal);
    char text[64];
    size_t n = 0;

    if (known == NULL) {
        (void)snprintf(text, sizeof(text), "ord%u", (unsigned)ordinal);
        return add(w, text, strlen(text));
    }
    for (; n < sizeof(text) && known[n] != '\0'; n++) {
        text[n] = (char)ym_lower((unsigned char)known[n]);
    }
    return add(w, text, n);
}

static bool is_plain(const char *name, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!ym_is_alnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '.') {
            return false;
        }
    }
    return true;
}

static ym_status add_by_name(struct walk *w, uint32_t rva) {
    struct ym_reader r = w->pe->whole;
    char name[MAX_NAME];
    uint64_t at = 0;
    size_t n;

    (void)ym_pe_offset(w->pe, rva, &at); /* nowhere: 0, see above */
    ym_seek(&r, at);
    ym_skip(&r, HINT_SIZE);
    if (!ym_reader_ok(&r) || ym_reader_left(&r) < MAX_NAME) {
        return YM_OK;
    }
    n = read_name(r, name);
    if (!is_plain(name, n)) {
        return ym_fail(w->pe->err, YM_MALFORMED, MODULE, ym_reader_offset(&r),
                       "name of an imported function");
    }
    return add(w, name, n);
}

static ym_status walk_functions(struct walk *w, uint64_t at) {
    struct ym_reader r = w->pe->whole;

    ym_seek(&r, at);
    for (;;) {
        const uint32_t thunk = ym_get_u32le(&r);

        if (thunk == 0 || !ym_reader_ok(&r)) {
            return YM_OK;
        }
        if (thunk & BY_ORDINAL) {
            YM_TRY(add_by_number(w, (uint16_t)thunk));
        } else {
            YM_TRY(add_by_name(w, thunk));
        }
    }
}

/* One descriptor.  *ret_end: it was the last. */
static ym_status walk_library(struct walk *w, struct ym_reader *r, bool *ret_end) {
    struct ym_reader name = w->pe->whole;
    const uint32_t first = ym_get_u32le(r);
    uint32_t name_rva;
    uint32_t second;
    uint64_t at;

    ym_skip(r, 8); /* time stamp, forwarder */
    name_rva = ym_get_u32le(r);
    second = ym_get_u32le(r);
    *ret_end = name_rva == 0;
    if (*ret_end) {
        return YM_OK;
    }
    if (!ym_pe_offset(w->pe, name_rva, &at)) {
        return ym_fail(w->pe->err, YM_MALFORMED, MODULE, ym_reader_offset(r), "library's name");
    }
    ym_seek(&name, at);
    set_library(w, name);
    if ((first == 0 || !ym_pe_offset(w->pe, first, &at)) && !ym_pe_offset(w->pe, second, &at)) {
        return ym_fail(w->pe->err, YM_MALFORMED, MODULE, ym_reader_offset(r), "list of functions");
    }
    return walk_functions(w, at);
}

static ym_status walk(struct walk *w) {
    const struct ym_pe *pe = w->pe;
    struct ym_reader table;
    uint64_t at;
    bool end = false;

    if (pe->is64 || pe->directories[YM_PE_IMPORTS].rva == 0 ||
        pe->directories[YM_PE_IMPORTS].size == 0) {
        return YM_END;
    }
    if (!ym_pe_offset(pe, pe->directories[YM_PE_IMPORTS].rva, &at)) {
        return ym_fail(pe->err, YM_MALFORMED, MODULE, 0, "the import directory lies nowhere");
    }
    table = ym_reader_at(&pe->whole, at, pe->directories[YM_PE_IMPORTS].size);
    YM_TRY(ym_reader_status(&table));
    for (unsigned i = 0; i < MAX_LIBRARIES && !end && ym_reader_left(&table) > DESCRIPTOR_SIZE;
         i++) {
        YM_TRY(walk_library(w, &table, &end));
    }
    return YM_OK;
}

ym_status ym_pe_imports(struct ym_reader whole, struct ym_arena *arena, struct ym_buf *out,
                        struct ym_err *err) {
    const size_t before = out->len;
    struct ym_pe pe;
    struct ym_exe exe;
    struct walk w = {.pe = &pe, .out = out};
    ym_status st;

    YM_TRY(ym_pe_open(whole, arena, &pe, &exe, err));
    st = walk(&w);
    if (*pe.work == 0) {
        st = YM_LIMIT; /* not known where the rest lies */
    }
    if (st != YM_OK && ym_buf_status(out) == YM_OK) {
        ym_buf_cut(out, before);
    }
    return st;
}
