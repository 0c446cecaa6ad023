/* pe_version.c - the numbers of a PE file's version resource.  See pe.h.
 *
 * VS_VERSIONINFO: three words (its length, that of its value, its type), the key
 * "VS_VERSION_INFO" in UTF-16 with its NUL, padding to 4 bytes; at 0x28 the value,
 * VS_FIXEDFILEINFO: magic, version of the structure, then the file's version as two 32-bit words,
 * of which the high half comes first.  Source: Microsoft's public description of version
 * information ("VS_FIXEDFILEINFO structure"). */
#include "pe_int.h"

#include <string.h>

static const char module[] = "formats/pe";

enum {
    RT_VERSION = 16,
    KEY_AT = 6,
    FIXED_AT = 0x28,
    FIXED_SIZE = 0x34,
    FIXED_MAGIC = (int)0xfeef04bd,
    RESOURCES_MAX = 16 /* version resources that are looked at */
};

struct seeker {
    const struct ym_pe *pe;
    unsigned looked;
    bool found;
    struct ym_pe_file_version version;
};

static void split(uint32_t word, uint16_t ret[2]) {
    ret[0] = (uint16_t)(word >> 16);
    ret[1] = (uint16_t)word;
}

static bool on_version(void *self, const struct ym_pe_resource *resource) {
    static const char key[] = "V\0S\0_\0V\0E\0R\0S\0I\0O\0N\0_\0I\0N\0F\0O\0\0";
    struct seeker *s = self;
    struct ym_reader r = ym_reader_at(&s->pe->whole, resource->offset, resource->size);
    struct ym_reader at_key = r;
    const uint8_t *found;
    uint16_t value_size;
    uint32_t magic;
    uint32_t high;
    uint32_t low;

    ym_skip(&r, 2);
    value_size = ym_get_u16le(&r);
    ym_seek(&at_key, KEY_AT);
    found = ym_get_view(&at_key, sizeof(key));
    ym_seek(&r, FIXED_AT);
    magic = ym_get_u32le(&r);
    ym_skip(&r, 4);
    high = ym_get_u32le(&r);
    low = ym_get_u32le(&r);
    if (ym_reader_ok(&r) && found != NULL && memcmp(found, key, sizeof(key)) == 0 &&
        value_size >= FIXED_SIZE && magic == (uint32_t)FIXED_MAGIC) {
        split(high, s->version.part);
        split(low, s->version.part + 2);
        s->found = true;
        return false;
    }
    return ++s->looked < RESOURCES_MAX;
}

ym_status ym_pe_file_version(struct ym_reader whole, struct ym_arena *arena,
                             struct ym_pe_file_version *ret_version, struct ym_err *err) {
    struct ym_pe pe;
    struct ym_exe exe;
    struct seeker s = {.pe = &pe};

    YM_TRY(ym_pe_open(whole, arena, &pe, &exe, err));
    ym_pe_resources(&pe, RT_VERSION, on_version, &s);
    if (!s.found) {
        return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                       "the program file tells no version of its own");
    }
    *ret_version = s.version;
    return YM_OK;
}
