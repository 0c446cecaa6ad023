/* ioc.c - OpenIOC indicators (.ioc, XML) to digest rows.
 *
 * As clamscan 1.4.6 has it: of every Content inside an IndicatorItem that is 32, 40 or 64 hex digits,
 * whatever the item's type, context and the operators around it say; the name is that of the file,
 * a dot, and the digits as they are written.  An item that asks for the opposite
 * (condition="isnot") is left out here, since it would find what the author excludes.
 *
 * The XML is read by expat, which opens nothing; entities other than the five of XML are refused,
 * so that nothing can grow. */
#include "ioc.h"
#include "clamav_int.h"

#include "base/alloc.h"

#include <expat.h>
#include <string.h>

enum { MAX_CONTENT = 4096, MAX_DEPTH = 256, MAX_LEAF = 255, PIECE = 1 << 20 };

struct ioc {
    struct ym_clamav_line *line;
    XML_Parser parser;
    struct ym_str leaf; /* of the file's name */
    unsigned depth;
    unsigned item; /* depth of the IndicatorItem at hand, 0: none */
    bool excludes; /* it says isnot */
    bool in_content;
    bool too_long;
    char text[MAX_CONTENT];
    size_t n;
    uint64_t found;
    ym_status status;
    const char *why;
};

static void stop(struct ioc *x, ym_status st, const char *why) {
    if (x->status == YM_OK) {
        x->status = st;
        x->why = why;
        (void)XML_StopParser(x->parser, XML_FALSE);
    }
}

/* "{http://schemas...}Content" or "Content" */
static bool is_element(const char *name, const char *want) {
    const char *brace = strrchr(name, ' '); /* the separator given to expat */

    return strcmp(brace == NULL ? name : brace + 1, want) == 0;
}

static bool says_not(const XML_Char **attributes) {
    for (; attributes[0] != NULL; attributes += 2) {
        if (strcmp(attributes[0], "condition") == 0 && strstr(attributes[1], "not") != NULL) {
            return true;
        }
    }
    return false;
}

static void XMLCALL on_start(void *self, const XML_Char *name, const XML_Char **attributes) {
    struct ioc *x = self;

    if (++x->depth > MAX_DEPTH) {
        stop(x, YM_LIMIT, "elements nested deeper than 256");
        return;
    }
    if (x->item == 0 && is_element(name, "IndicatorItem")) {
        x->item = x->depth;
        x->excludes = says_not(attributes);
    } else if (x->item != 0 && is_element(name, "Content")) {
        x->in_content = true;
        x->too_long = false;
        x->n = 0;
    }
}

static void XMLCALL on_text(void *self, const XML_Char *s, int n) {
    struct ioc *x = self;

    if (!x->in_content) {
        return;
    }
    if ((size_t)n > sizeof(x->text) - x->n) {
        x->too_long = true;
        return;
    }
    memcpy(x->text + x->n, s, (size_t)n);
    x->n += (size_t)n;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool take_digest(struct ym_str s, struct ym_digest_sig *sig) {
    sig->algo = s.n == 32 ? YM_MD5 : s.n == 40 ? YM_SHA1 : YM_SHA256;
    return !(s.n != 32 && s.n != 40 && s.n != 64) && ym_hex_decode(s.s, s.n / 2, sig->digest);
}

static ym_status take_content(struct ioc *x) {
    struct ym_clamav *ld = x->line->ld;
    struct ym_digest_sig sig = {
        .kind = YM_DIGEST_FILE, .size = YM_SIZE_ANY, .unofficial = !ld->options.official};
    struct ym_str s = {x->text, x->n};
    char name[MAX_LEAF + 1 + 64];

    while (s.n > 0 && is_space(s.s[0])) {
        s.s++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.s[s.n - 1])) {
        s.n--;
    }
    if (x->too_long || !take_digest(s, &sig)) {
        return ym_clamav_leave_out(x->line, "OpenIOC item that is no MD5, SHA-1 or SHA-256");
    }
    if (x->excludes) {
        return ym_clamav_leave_out(x->line, "OpenIOC item that excludes (condition isnot)");
    }
    memcpy(name, x->leaf.s, x->leaf.n);
    name[x->leaf.n] = '.';
    memcpy(name + x->leaf.n + 1, s.s, s.n);
    sig.name.s = name;
    sig.name.n = (uint32_t)(x->leaf.n + 1 + s.n);
    if (ym_clamav_ignored(x->line, (struct ym_str){name, sig.name.n})) {
        return ym_clamav_leave_out(x->line, "ignored by name");
    }
    x->found++;
    return ld->sink.digest(ld->sink.self, &sig, x->line->err);
}

static void XMLCALL on_end(void *self, const XML_Char *name) {
    struct ioc *x = self;

    (void)name;
    if (x->in_content && x->depth > x->item && is_element(name, "Content")) {
        ym_status st;

        x->in_content = false;
        x->line->no = (unsigned)XML_GetCurrentLineNumber(x->parser);
        st = take_content(x);
        if (st != YM_OK) {
            stop(x, st, NULL);
        }
    }
    if (x->depth == x->item) {
        x->item = 0;
    }
    x->depth--;
}

static void XMLCALL on_entity(void *self, const XML_Char *name, int is_parameter,
                              const XML_Char *value, int value_length, const XML_Char *base,
                              const XML_Char *system_id, const XML_Char *public_id,
                              const XML_Char *notation) {
    (void)name;
    (void)is_parameter;
    (void)value;
    (void)value_length;
    (void)base;
    (void)system_id;
    (void)public_id;
    (void)notation;
    stop(self, YM_MALFORMED, "entities are not allowed in an OpenIOC file");
}

static ym_status parse(struct ioc *x, const uint8_t *data, size_t n) {
    while (x->status == YM_OK) {
        const size_t piece = n < PIECE ? n : PIECE;

        if (XML_Parse(x->parser, (const char *)data, (int)piece, piece == n) != XML_STATUS_OK) {
            break;
        }
        data += piece;
        n -= piece;
        if (n == 0) {
            return x->status;
        }
    }
    x->line->no = (unsigned)XML_GetCurrentLineNumber(x->parser);
    if (x->status != YM_OK) {
        return x->why == NULL ? x->status : ym_clamav_bad(x->line, x->status, x->why);
    }
    return XML_GetErrorCode(x->parser) == XML_ERROR_NO_MEMORY
               ? YM_NOMEM
               : ym_clamav_bad(x->line, YM_MALFORMED, "not well-formed XML");
}

static void *expat_malloc(size_t n) {
    return ym_malloc(n);
}

static void *expat_realloc(void *p, size_t n) {
    return ym_realloc(p, n);
}

static void expat_free(void *p) {
    ym_free(p);
}

ym_status ym_clamav_read_ioc(struct ym_clamav_line *line, const uint8_t *data, size_t n) {
    static const XML_Memory_Handling_Suite memory = {expat_malloc, expat_realloc, expat_free};
    const char *slash = strrchr(line->file, '/');
    const char *leaf = slash == NULL ? line->file : slash + 1;
    const char *bang = strrchr(leaf, '!');
    struct ioc *x = ym_zalloc(1, sizeof(*x));
    ym_status st;

    leaf = bang == NULL ? leaf : bang + 1;
    if (x == NULL) {
        return YM_NOMEM;
    }
    x->line = line;
    x->leaf = (struct ym_str){leaf, strnlen(leaf, MAX_LEAF)};
    x->parser = XML_ParserCreate_MM(NULL, &memory, " ");
    if (x->parser == NULL) {
        ym_free(x);
        return YM_NOMEM;
    }
    (void)XML_SetHashSalt(x->parser, 1); /* no source of chance is asked for one */
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetEntityDeclHandler(x->parser, on_entity);
    st = parse(x, data, n);
    if (st == YM_OK && x->found == 0) {
        line->no = 0;
        st = ym_clamav_leave_out(line, "OpenIOC file without a digest");
    }
    XML_ParserFree(x->parser);
    ym_free(x);
    return st;
}
