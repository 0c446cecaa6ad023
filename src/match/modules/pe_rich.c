/* modules/pe_rich.c - the "Rich" header of a PE file: which tools built it; see pe.h.
 *
 * Microsoft's linkers leave it between the DOS stub and the PE header: "DanS", three zeros, pairs of
 * a tool's number and how often it was used, all xored with a key, then "Rich" and the key.
 * Both words are sought backwards from the PE header, at steps of four from there; the first hit
 * counts, and a key of 0 is none. */
#include "pe.h"

enum { DOS_HEADER = 64, WORD = 4, HEAD = 16, TOOL = 8 };

static const uint32_t RICH = 0x68636952;
static const uint32_t DANS = 0x536e6144;

static uint32_t word_at(const struct ym_pe_mod *pe, uint64_t at) {
    struct ym_reader r = ym_pe_mod_at(pe, at);

    return ym_get_u32le(&r);
}

/* Backwards from *at for a word that is this one when xored with key. */
static bool seek_back(const struct ym_pe_mod *pe, uint32_t word, uint32_t key, uint64_t *at) {
    for (uint64_t p = *at; p >= DOS_HEADER; p -= WORD) {
        if ((word_at(pe, p) ^ key) == word) {
            *at = p;
            return true;
        }
    }
    return false;
}

/* The bytes with the key taken off; NULL: no memory. */
static char *clear(struct ym_mod_scan *s, const uint8_t *raw, size_t n, uint32_t key) {
    char *out = ym_arena_zalloc(s->arena, n, 1);

    for (size_t i = 0; out != NULL && i < n; i++) {
        out[i] = (char)(raw[i] ^ (uint8_t)(key >> (8 * (i % WORD))));
    }
    return out;
}

/* The first word of each pair, and (as YARA-X) the pairs. */
static void load_tools(struct ym_mod_scan *s, struct ym_mod_object *rich, const char *bytes,
                       size_t n) {
    struct ym_mod_object *tools = ym_mod_make(s, rich, PE_RICH_tools);
    const size_t count = (n - HEAD) / TOOL;
    char *versions = ym_arena_zalloc(s->arena, count * WORD + 1, 1);
    struct ym_reader r;

    ym_reader_init(&r, bytes, n);
    ym_seek(&r, HEAD);
    for (size_t i = 0; i < count && versions != NULL; i++) {
        struct ym_mod_object *tool = ym_mod_append_object(s, tools);
        const uint32_t id = ym_get_u32le(&r);

        for (unsigned k = 0; k < WORD; k++) {
            versions[i * WORD + k] = (char)(uint8_t)(id >> (8 * k));
        }
        ym_mod_set_int(tool, PE_RICH_TOOL_toolid, id >> 16);
        ym_mod_set_int(tool, PE_RICH_TOOL_version, id & 0xffff);
        ym_mod_set_int(tool, PE_RICH_TOOL_times, ym_get_u32le(&r));
    }
    if (versions != NULL) {
        ym_mod_set_view(rich, PE_RICH_version_data, (struct ym_str){versions, count * WORD});
    }
}

static void load_block(struct ym_mod_scan *s, struct ym_pe_mod *pe, uint64_t begin, uint64_t end,
                       uint32_t key) {
    struct ym_mod_object *rich = ym_mod_make(s, pe->root, PE_rich_signature);
    struct ym_reader r = ym_pe_mod_at(pe, begin);
    const size_t n = (size_t)(end - begin);
    const uint8_t *raw = ym_get_view(&r, n);
    const char *bytes = raw == NULL ? NULL : clear(s, raw, n, key);

    if (bytes == NULL) {
        return;
    }
    ym_mod_set_int(rich, PE_RICH_offset, (int64_t)begin);
    ym_mod_set_int(rich, PE_RICH_length, (int64_t)n);
    ym_mod_set_int(rich, PE_RICH_key, key);
    ym_mod_set_view(rich, PE_RICH_raw_data, (struct ym_str){(const char *)raw, n});
    ym_mod_set_view(rich, PE_RICH_clear_data, (struct ym_str){bytes, n});
    if (n >= HEAD) {
        load_tools(s, rich, bytes, n);
    }
}

void ym_pe_load_rich(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    const uint64_t magic_at = pe->file.header_at - WORD;
    uint64_t begin;
    uint64_t end = magic_at < WORD ? 0 : magic_at - WORD;
    uint32_t key;

    if (!ym_mod_spend(s, magic_at / WORD) || !seek_back(pe, RICH, 0, &end)) {
        return;
    }
    key = word_at(pe, end + WORD);
    begin = end - WORD;
    if (key != 0 && seek_back(pe, DANS, key, &begin)) {
        load_block(s, pe, begin, end, key);
    }
}

/* ---- Functions: how often a tool was used ----------------------------------------------------- */

static void count(const struct ym_mod_object *rich, const int64_t *version, const int64_t *toolid,
                  struct ym_mod_value *ret) {
    struct ym_str bytes;
    struct ym_reader r;
    int64_t sum = 0;

    if (!ym_mod_text_of(rich, PE_RICH_clear_data, &bytes) || bytes.n < HEAD) {
        return;
    }
    ym_reader_init(&r, bytes.s, bytes.n);
    ym_seek(&r, HEAD);
    while (ym_reader_left(&r) >= TOOL) {
        const uint32_t id = ym_get_u32le(&r);
        const uint32_t times = ym_get_u32le(&r);

        if ((version == NULL || *version == (id & 0xffff)) &&
            (toolid == NULL || *toolid == id >> 16)) {
            sum += times;
        }
    }
    ym_mod_give_int(ret, sum);
}

void ym_pe_rich_version(struct ym_mod_scan *s, struct ym_mod_object *self,
                        const union ym_mod_arg *args, struct ym_mod_value *ret) {
    (void)s;
    count(self, &args[0].i, NULL, ret);
}

void ym_pe_rich_version_toolid(struct ym_mod_scan *s, struct ym_mod_object *self,
                               const union ym_mod_arg *args, struct ym_mod_value *ret) {
    (void)s;
    count(self, &args[0].i, &args[1].i, ret);
}

void ym_pe_rich_toolid(struct ym_mod_scan *s, struct ym_mod_object *self,
                       const union ym_mod_arg *args, struct ym_mod_value *ret) {
    (void)s;
    count(self, NULL, &args[0].i, ret);
}

void ym_pe_rich_toolid_version(struct ym_mod_scan *s, struct ym_mod_object *self,
                               const union ym_mod_arg *args, struct ym_mod_value *ret) {
    (void)s;
    count(self, &args[1].i, &args[0].i, ret);
}
