/* cltype.c - ClamAV's type of an object, and the kind of a type.  See cltype.h.
 *
 * A document of the OOXML family is told by the names at the top of its folders ("word/" ...), read
 * from the zip's directory: the same that the peer finds through [Content_Types].xml and the
 * relations, without parsing XML. */
#include "cltype.h"

#include "base/reader.h"
#include "formats/zip.h"

#include <string.h>

enum { LOOK_AT_NAMES = 256 }; /* of a zip; the folders of a document come early */

static const struct {
    ym_kind kind;
    ym_cltype type;
} rows[] = {
    {YM_KIND_DATA, YM_CLTYPE_BINARY_DATA},
    {YM_KIND_TEXT, YM_CLTYPE_TEXT_ASCII},
    {YM_KIND_UTF8, YM_CLTYPE_TEXT_UTF8},
    {YM_KIND_UTF16LE, YM_CLTYPE_TEXT_UTF16LE},
    {YM_KIND_UTF16BE, YM_CLTYPE_TEXT_UTF16BE},
    {YM_KIND_HTML, YM_CLTYPE_HTML},
    {YM_KIND_HTML_UTF16, YM_CLTYPE_HTML_UTF16},
    {YM_KIND_PE, YM_CLTYPE_MSEXE},
    {YM_KIND_ELF, YM_CLTYPE_ELF},
    {YM_KIND_MACHO, YM_CLTYPE_MACHO},
    {YM_KIND_MACHO_FAT, YM_CLTYPE_MACHO_UNIBIN},
    {YM_KIND_JAVA, YM_CLTYPE_JAVA},
    {YM_KIND_ZIP, YM_CLTYPE_ZIP},
    {YM_KIND_GZIP, YM_CLTYPE_GZ},
    {YM_KIND_BZIP2, YM_CLTYPE_BZ},
    {YM_KIND_XZ, YM_CLTYPE_XZ},
    {YM_KIND_SEVENZIP, YM_CLTYPE_7Z},
    {YM_KIND_CAB, YM_CLTYPE_MSCAB},
    {YM_KIND_ISO9660, YM_CLTYPE_ISO9660},
    {YM_KIND_RAR, YM_CLTYPE_RAR},
    {YM_KIND_RAR5, YM_CLTYPE_RAR},
    {YM_KIND_CPIO, YM_CLTYPE_CPIO_NEWC},
    {YM_KIND_TAR, YM_CLTYPE_POSIX_TAR},
    {YM_KIND_LHA, YM_CLTYPE_LHA_LZH},
    {YM_KIND_XAR, YM_CLTYPE_XAR},
    {YM_KIND_OLE2, YM_CLTYPE_MSOLE2},
    {YM_KIND_PDF, YM_CLTYPE_PDF},
    {YM_KIND_RTF, YM_CLTYPE_RTF},
    {YM_KIND_RTF_OBJECT, YM_CLTYPE_RTF},
    {YM_KIND_MAIL, YM_CLTYPE_MAIL},
    {YM_KIND_CHM, YM_CLTYPE_MSCHM},
    {YM_KIND_TNEF, YM_CLTYPE_TNEF},
    {YM_KIND_ONENOTE, YM_CLTYPE_ONENOTE},
    {YM_KIND_ARJ, YM_CLTYPE_ARJ},
    {YM_KIND_ALZ, YM_CLTYPE_ALZ},
    {YM_KIND_EGG, YM_CLTYPE_EGG},
    {YM_KIND_SZDD, YM_CLTYPE_MSSZDD},
    {YM_KIND_SIS, YM_CLTYPE_SIS},
    {YM_KIND_BINHEX, YM_CLTYPE_BINHEX},
    {YM_KIND_UUENCODE, YM_CLTYPE_UUENCODED},
    {YM_KIND_SCRENC, YM_CLTYPE_SCRENC},
    {YM_KIND_CRYPTFF, YM_CLTYPE_CRYPTFF},
    {YM_KIND_HWP3, YM_CLTYPE_HWP3},
    {YM_KIND_INSTALLSHIELD, YM_CLTYPE_ISHIELD_MSI},
    {YM_KIND_NSIS, YM_CLTYPE_NULSFT},
    {YM_KIND_AUTOIT, YM_CLTYPE_AUTOIT},
    {YM_KIND_DMG, YM_CLTYPE_DMG},
    {YM_KIND_UDF, YM_CLTYPE_UDF},
    {YM_KIND_FLASH, YM_CLTYPE_SWF},
    {YM_KIND_FLASH_PACKED, YM_CLTYPE_SWF},
    {YM_KIND_PNG, YM_CLTYPE_PNG},
    {YM_KIND_JPEG, YM_CLTYPE_JPEG},
    {YM_KIND_GIF, YM_CLTYPE_GIF},
    {YM_KIND_TIFF, YM_CLTYPE_TIFF},
    {YM_KIND_BMP, YM_CLTYPE_GRAPHICS},
    {YM_KIND_JPEG2000, YM_CLTYPE_GRAPHICS},
    {YM_KIND_LNK, YM_CLTYPE_LNK},
    {YM_KIND_POSTSCRIPT, YM_CLTYPE_PS},
    {YM_KIND_SQLITE, YM_CLTYPE_IGNORED},
};

/* Types that are no row above, for the way back. */
static const struct {
    ym_cltype type;
    ym_kind kind;
} aliases[] = {
    {YM_CLTYPE_OLD_TAR, YM_KIND_TAR},       {YM_CLTYPE_CPIO_OLD, YM_KIND_CPIO},
    {YM_CLTYPE_CPIO_ODC, YM_KIND_CPIO},     {YM_CLTYPE_CPIO_CRC, YM_KIND_CPIO},
    {YM_CLTYPE_OOXML_WORD, YM_KIND_ZIP},    {YM_CLTYPE_OOXML_PPT, YM_KIND_ZIP},
    {YM_CLTYPE_OOXML_XL, YM_KIND_ZIP},      {YM_CLTYPE_OOXML_HWP, YM_KIND_ZIP},
    {YM_CLTYPE_SCRIPT, YM_KIND_TEXT},       {YM_CLTYPE_XDP, YM_KIND_TEXT},
    {YM_CLTYPE_XML_WORD, YM_KIND_TEXT},     {YM_CLTYPE_XML_XL, YM_KIND_TEXT},
    {YM_CLTYPE_XML_HWP, YM_KIND_TEXT},      {YM_CLTYPE_MHTML, YM_KIND_MAIL},
    {YM_CLTYPE_RIFF, YM_KIND_MEDIA},        {YM_CLTYPE_GPT, YM_KIND_DISK},
    {YM_CLTYPE_APM, YM_KIND_DISK},          {YM_CLTYPE_MBR, YM_KIND_DISK},
    {YM_CLTYPE_HWPOLE2, YM_KIND_OLE2},      {YM_CLTYPE_PART_ANY, YM_KIND_DISK},
    {YM_CLTYPE_PART_HFSPLUS, YM_KIND_DISK},
};

static const ym_cltype embedded[] = {YM_CLTYPE_ZIPSFX, YM_CLTYPE_RARSFX,     YM_CLTYPE_CABSFX,
                                     YM_CLTYPE_ARJSFX, YM_CLTYPE_7ZSFX,      YM_CLTYPE_NULSFT,
                                     YM_CLTYPE_AUTOIT, YM_CLTYPE_ISHIELD_MSI};

static bool starts(const uint8_t *data, size_t size, const char *bytes, size_t n) {
    return size >= n && memcmp(data, bytes, n) == 0;
}
#define STARTS(data, size, text) starts(data, size, text, sizeof(text) - 1)

static ym_cltype cpio_type(const uint8_t *data, size_t size) {
    if (STARTS(data, size, "070701")) {
        return YM_CLTYPE_CPIO_NEWC;
    }
    if (STARTS(data, size, "070702")) {
        return YM_CLTYPE_CPIO_CRC;
    }
    return STARTS(data, size, "070707") ? YM_CLTYPE_CPIO_ODC : YM_CLTYPE_CPIO_OLD;
}

static ym_cltype tar_type(const uint8_t *data, size_t size) {
    enum { MAGIC_AT = 257 };

    return size > MAGIC_AT && STARTS(data + MAGIC_AT, size - MAGIC_AT, "ustar")
               ? YM_CLTYPE_POSIX_TAR
               : YM_CLTYPE_OLD_TAR;
}

static ym_cltype disk_type(const uint8_t *data, size_t size) {
    enum { GPT_AT = 512, BOOT_END = 510 };

    if (size > GPT_AT && STARTS(data + GPT_AT, size - GPT_AT, "EFI PART")) {
        return YM_CLTYPE_GPT;
    }
    return size > BOOT_END && STARTS(data + BOOT_END, size - BOOT_END, "\x55\xaa")
               ? YM_CLTYPE_MBR
               : YM_CLTYPE_BINARY_DATA;
}

static ym_cltype media_type(const uint8_t *data, size_t size) {
    if (STARTS(data, size, "RIFF") || STARTS(data, size, "RIFX")) {
        return YM_CLTYPE_RIFF;
    }
    return STARTS(data, size, "ID3") || STARTS(data, size, "OggS") ? YM_CLTYPE_IGNORED
                                                                   : YM_CLTYPE_BINARY_DATA;
}

static ym_cltype zip_type(const uint8_t *data, size_t size) {
    static const struct {
        const char *folder;
        ym_cltype type;
    } folders[] = {{"word/", YM_CLTYPE_OOXML_WORD},
                   {"ppt/", YM_CLTYPE_OOXML_PPT},
                   {"xl/", YM_CLTYPE_OOXML_XL},
                   {"Contents/content.hpf", YM_CLTYPE_OOXML_HWP}};
    ym_cltype type = YM_CLTYPE_ZIP;
    bool has_types = false;
    struct ym_zip_entry entry;
    struct ym_zip zip;

    ym_zip_init(&zip, data, size);
    for (unsigned i = 0; i < LOOK_AT_NAMES && ym_zip_next(&zip, &entry); i++) {
        const char *name = (const char *)entry.name;

        has_types = has_types || (entry.name_len == 19 && !memcmp(name, "[Content_Types].xml", 19));
        for (size_t f = 0; f < sizeof(folders) / sizeof(folders[0]); f++) {
            size_t n = strlen(folders[f].folder);

            if (entry.name_len >= n && memcmp(name, folders[f].folder, n) == 0 &&
                type == YM_CLTYPE_ZIP) {
                type = folders[f].type;
            }
        }
    }
    return has_types || type == YM_CLTYPE_OOXML_HWP ? type : YM_CLTYPE_ZIP;
}

ym_cltype ym_cltype_of(ym_kind kind, const uint8_t *data, size_t size) {
    switch ((int)kind) {
    case YM_KIND_CPIO:
        return cpio_type(data, size);
    case YM_KIND_TAR:
        return tar_type(data, size);
    case YM_KIND_DISK:
        return disk_type(data, size);
    case YM_KIND_MEDIA:
        return media_type(data, size);
    case YM_KIND_ZIP:
        return zip_type(data, size);
    default:
        break;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].kind == kind) {
            return rows[i].type;
        }
    }
    return YM_CLTYPE_BINARY_DATA;
}

/* Of the kinds that share a type, the one that the bytes say. */
static ym_kind by_content(ym_kind kind, const uint8_t *data, size_t size) {
    ym_kind own = ym_sniff(data, size);

    if (kind == YM_KIND_RAR && own == YM_KIND_RAR5) {
        return own;
    }
    if ((kind == YM_KIND_RTF && own == YM_KIND_RTF_OBJECT) ||
        (kind == YM_KIND_FLASH && own == YM_KIND_FLASH_PACKED)) {
        return own;
    }
    return kind;
}

ym_kind ym_cltype_kind(ym_cltype type, const uint8_t *data, size_t size) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].type == type && type != YM_CLTYPE_IGNORED) {
            return by_content(rows[i].kind, data, size);
        }
    }
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (aliases[i].type == type) {
            return aliases[i].kind;
        }
    }
    return YM_KIND_DATA;
}

bool ym_cltype_is_embedded(ym_cltype type) {
    for (size_t i = 0; i < sizeof(embedded) / sizeof(embedded[0]); i++) {
        if (embedded[i] == type) {
            return true;
        }
    }
    return false;
}
