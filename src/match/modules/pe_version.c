/* modules/pe_version.c - the pairs of texts in a version resource of a PE file; see pe.h.
 *
 * VS_VERSIONINFO holds VarFileInfos, then StringFileInfos; those hold tables, those hold the pairs.
 * Each node: its length, its value's length, its kind, a wide key, and at the next multiple of four
 * from its own start its value or its children.  Of wide characters only the lower halves are
 * kept, up to the first that is 0, as libyara does it.  A key that comes again replaces the value
 * in version_info, and is one more in version_info_list. */
#include "pe.h"

enum { NODE_HEADER = 6, FIXED = 86, MAX_KEY = 63, MAX_VALUE = 255 };

struct node {
    uint64_t at;
    uint32_t length, value_length;
};

static uint64_t align(uint64_t n) {
    return (n + 3) & ~(uint64_t)3;
}

/* false: it does not lie in the file, or its length is 0. */
static bool read_node(const struct ym_pe_mod *pe, uint64_t at, struct node *ret_node) {
    struct ym_reader r = ym_pe_mod_at(pe, at);

    *ret_node = (struct node){.at = at};
    ret_node->length = ym_get_u16le(&r);
    ret_node->value_length = ym_get_u16le(&r);
    return ym_pe_mod_fits(pe, at, NODE_HEADER) && ret_node->length != 0;
}

static bool key_is(const struct ym_pe_mod *pe, uint64_t at, const char *key) {
    struct ym_reader r = ym_pe_mod_at(pe, at + NODE_HEADER);
    bool same = ym_reader_ok(&r);

    for (const char *c = key; same; c++) {
        same = ym_get_u16le(&r) == (uint8_t)*c && ym_reader_ok(&r);
        if (*c == '\0') {
            break;
        }
    }
    return same;
}

/* Characters of a wide text; false: it does not end in the file. */
static bool wide_length(struct ym_mod_scan *s, const struct ym_pe_mod *pe, uint64_t at,
                        uint64_t *ret_length) {
    struct ym_reader r = ym_pe_mod_at(pe, at);
    uint64_t n = 0;

    while (ym_get_u16le(&r) != 0) {
        n++;
    }
    *ret_length = n;
    return ym_mod_spend(s, n) && ym_reader_ok(&r);
}

static size_t narrow(const struct ym_pe_mod *pe, uint64_t at, char *out, size_t max) {
    struct ym_reader r = ym_pe_mod_at(pe, at);
    size_t n = 0;

    for (; n < max; n++) {
        const uint8_t c = (uint8_t)ym_get_u16le(&r);

        if (c == 0) {
            break;
        }
        out[n] = (char)c;
    }
    return n;
}

static void add_pair(struct ym_mod_scan *s, struct ym_pe_mod *pe, const struct node *string,
                     uint64_t value_at) {
    struct ym_mod_object *dict = ym_mod_make(s, pe->root, PE_version_info);
    struct ym_mod_object *list = ym_mod_make(s, pe->root, PE_version_info_list);
    struct ym_mod_object *pair = ym_mod_append_object(s, list);
    char key[MAX_KEY];
    char value[MAX_VALUE];
    const size_t key_len = narrow(pe, string->at + NODE_HEADER, key, sizeof(key));
    const size_t value_len =
        string->value_length == 0 ? 0 : narrow(pe, value_at, value, sizeof(value));

    ym_mod_set_text(s, pair, PE_KEY_VALUE_key, key, key_len);
    ym_mod_set_text(s, pair, PE_KEY_VALUE_value, value, value_len);
    if (dict != NULL && ym_mod_spend(s, 1 + dict->n / 16)) { /* it is a list */
        ym_mod_replace_text(s, dict, (struct ym_str){key, key_len}, value, value_len);
    }
}

/* The pairs of a table, which ends at end; how many they were. */
static uint32_t read_strings(struct ym_mod_scan *s, struct ym_pe_mod *pe, uint64_t at,
                             uint64_t end) {
    struct node string;
    uint64_t key_length;
    uint64_t value_length;
    uint32_t n = 0;

    while (at < end && read_node(pe, at, &string) && ym_mod_spend(s, 1) &&
           wide_length(s, pe, at + NODE_HEADER, &key_length)) {
        const uint64_t value_at = at + align(NODE_HEADER + 2 * (key_length + 1));

        if (wide_length(s, pe, value_at, &value_length)) {
            add_pair(s, pe, &string, value_at);
            n++;
        }
        at += align(string.length);
    }
    return n;
}

static uint32_t read_tables(struct ym_mod_scan *s, struct ym_pe_mod *pe, uint64_t at,
                            uint64_t end) {
    struct node table;
    uint64_t key_length;
    uint32_t n = 0;

    while (at < end && read_node(pe, at, &table) && ym_mod_spend(s, 1) &&
           wide_length(s, pe, at + NODE_HEADER, &key_length)) {
        const uint64_t next = at + align(table.length);

        n += read_strings(s, pe, at + align(NODE_HEADER + 2 * (key_length + 1)), next);
        at = next;
    }
    return n;
}

uint32_t ym_pe_load_version(struct ym_mod_scan *s, struct ym_pe_mod *pe, uint32_t rva) {
    struct node info;
    uint64_t at;
    uint32_t n = 0;

    if (!ym_pe_mod_offset(s, pe, rva, &at) || !key_is(pe, at, "VS_VERSION_INFO")) {
        return 0;
    }
    at += align(NODE_HEADER + FIXED);
    while (key_is(pe, at, "VarFileInfo") && read_node(pe, at, &info) && ym_mod_spend(s, 1)) {
        at += align(info.length);
    }
    while (key_is(pe, at, "StringFileInfo") && read_node(pe, at, &info) && ym_mod_spend(s, 1)) {
        const uint64_t next = at + align(info.length);

        n += read_tables(s, pe, at + align(NODE_HEADER + sizeof("StringFileInfo") * 2), next);
        at = next;
    }
    return n;
}
