/* packer.c - signs of a packed PE file.  See packer.h.
 *
 * Packers name their sections after themselves, by default.  Where the name is changed, one thing
 * stays: the code that unpacks starts in a section that is both executable and writable, because
 * it writes what it will run; compilers make no such entry section. */
#include "formats/packer.h"

#include <string.h>

enum {
    LFANEW_AT = 0x3c,
    SECTION_SIZE = 40,
    MAX_SECTIONS = 96,
    NAME_SIZE = 8,
};
#define MEM_EXECUTE UINT32_C(0x20000000)
#define MEM_WRITE UINT32_C(0x80000000)

static const struct {
    const char *prefix; /* of the section's name */
    const char *packer;
} names[] = {
    {"UPX0", "UPX"},          {"UPX1", "UPX"},
    {".aspack", "ASPack"},    {".petite", "Petite"},
    {".WWP32", "WWPack32"},   {"MEW", "MEW"},
    {"yC", "yoda's Crypter"}, {".yP", "yoda's Protector"},
    {".nsp0", "NsPack"},      {".Upack", "Upack"},
    {".MPRESS1", "MPRESS"},   {"FSG!", "FSG"},
    {"PEC2", "PECompact"},    {".themida", "Themida"},
    {".vmp0", "VMProtect"},
};

static const char *packer_of_name(const uint8_t *name) {
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (memcmp(name, names[i].prefix, strlen(names[i].prefix)) == 0) {
            return names[i].packer;
        }
    }
    return NULL;
}

/* One section header at the reader's cursor. */
static const char *look_at_section(struct ym_reader *r, uint32_t entry) {
    enum { MISSING = 8 + 4 + 4 }; /* virtual size and address come first, then raw size ... */
    const uint8_t *name = ym_get_view(r, NAME_SIZE);
    uint32_t virtual_size = ym_get_u32le(r);
    uint32_t address = ym_get_u32le(r);
    uint32_t flags;

    ym_skip(r, SECTION_SIZE - MISSING - 4);
    flags = ym_get_u32le(r);
    if (!ym_reader_ok(r) || name == NULL) {
        return NULL;
    }
    if (entry >= address && entry - address < virtual_size && (flags & MEM_EXECUTE) != 0 &&
        (flags & MEM_WRITE) != 0 && packer_of_name(name) == NULL) {
        return "packed program";
    }
    return packer_of_name(name);
}

const char *ym_pe_packer(struct ym_reader whole) {
    struct ym_reader r = whole;
    const char *found = NULL;
    uint32_t header;
    uint16_t sections;
    uint16_t optional;
    uint32_t entry;

    if (ym_get_u16le(&r) != 0x5a4d) { /* "MZ" */
        return NULL;
    }
    ym_seek(&r, LFANEW_AT);
    header = ym_get_u32le(&r);
    ym_seek(&r, header);
    if (ym_get_u32le(&r) != 0x4550) { /* "PE" */
        return NULL;
    }
    ym_skip(&r, 2); /* machine */
    sections = ym_get_u16le(&r);
    ym_skip(&r, 12);
    optional = ym_get_u16le(&r);
    ym_skip(&r, 2 + 16);
    entry = ym_get_u32le(&r);
    ym_seek(&r, (uint64_t)header + 24 + optional);
    for (unsigned i = 0; i < sections && i < MAX_SECTIONS && ym_reader_ok(&r); i++) {
        const char *packer = look_at_section(&r, entry);

        if (packer != NULL && (found == NULL || strcmp(packer, "packed program") != 0)) {
            found = packer; /* a name says more than a look */
        }
    }
    return found;
}
