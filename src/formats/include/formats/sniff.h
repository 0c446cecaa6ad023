/* formats/sniff.h - what kind of object is this?
 *
 * One row per kind: its name, the word used in reports, the ClamAV target whose signatures apply
 * to it, and what it holds.  The magic rules of each kind are rows of the table in sniff.c.  The
 * name of a file is never asked: content decides.
 *
 *     enum ym_kind kind = ym_sniff(data, size);
 *     if (ym_kind_holds(kind) == YM_HOLDS_ARCHIVE) ...
 *
 * Pure functions, nothing is kept, nothing can fail: what is not recognised is YM_KIND_DATA. */
#ifndef YM_FORMATS_SNIFF_H
#define YM_FORMATS_SNIFF_H

#include "base/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is inside, and so which handler the engine gives the object to. */
typedef enum ym_holds {
    YM_HOLDS_NOTHING, /* all there is to see is in its bytes */
    YM_HOLDS_ARCHIVE, /* members: libarchive */
    YM_HOLDS_STREAM,  /* one compressed stream: libarchive */
    YM_HOLDS_SLICES,  /* a universal binary: images side by side */
    YM_HOLDS_TEXT,    /* also matched as normalised text */
    YM_HOLDS_HTML,    /* also matched as normalised HTML */
    YM_HOLDS_UNSEEN   /* content that this version cannot unpack: a gap `unsupported` */
} ym_holds;

/* name, word, target, holds */
#define YM_KIND_TABLE(X)                                                                           \
    X(DATA, "data", ANY, NOTHING)                                                                  \
    X(EMPTY, "empty", ANY, NOTHING)                                                                \
    X(TEXT, "text", ANY, TEXT)                                                                     \
    X(UTF8, "utf8", ANY, TEXT)                                                                     \
    X(UTF16LE, "utf16le", ANY, TEXT)                                                               \
    X(UTF16BE, "utf16be", ANY, TEXT)                                                               \
    X(HTML, "html", HTML, HTML)                                                                    \
    X(HTML_UTF16, "html-utf16", HTML, HTML)                                                        \
    X(PE, "pe", PE, NOTHING)                                                                       \
    X(ELF, "elf", ELF, NOTHING)                                                                    \
    X(MACHO, "macho", MACHO, NOTHING)                                                              \
    X(MACHO_FAT, "macho-fat", MACHO, SLICES)                                                       \
    X(JAVA, "java", JAVA, NOTHING)                                                                 \
    X(ZIP, "zip", ANY, ARCHIVE)                                                                    \
    X(GZIP, "gzip", ANY, STREAM)                                                                   \
    X(BZIP2, "bzip2", ANY, STREAM)                                                                 \
    X(XZ, "xz", ANY, STREAM)                                                                       \
    X(LZMA, "lzma", ANY, STREAM)                                                                   \
    X(LZIP, "lzip", ANY, STREAM)                                                                   \
    X(ZSTD, "zstd", ANY, STREAM)                                                                   \
    X(LZ4, "lz4", ANY, STREAM)                                                                     \
    X(COMPRESS, "compress", ANY, STREAM)                                                           \
    X(SEVENZIP, "7z", ANY, ARCHIVE)                                                                \
    X(CAB, "cab", ANY, ARCHIVE)                                                                    \
    X(ISO9660, "iso", ANY, ARCHIVE)                                                                \
    X(RAR, "rar", ANY, ARCHIVE)                                                                    \
    X(RAR5, "rar5", ANY, ARCHIVE)                                                                  \
    X(CPIO, "cpio", ANY, ARCHIVE)                                                                  \
    X(AR, "ar", ANY, ARCHIVE)                                                                      \
    X(TAR, "tar", ANY, ARCHIVE)                                                                    \
    X(LHA, "lha", ANY, ARCHIVE)                                                                    \
    X(XAR, "xar", ANY, ARCHIVE)                                                                    \
    X(RPM, "rpm", ANY, ARCHIVE)                                                                    \
    X(WARC, "warc", ANY, ARCHIVE)                                                                  \
    X(OLE2, "ole2", OLE2, UNSEEN)                                                                  \
    X(PDF, "pdf", PDF, UNSEEN)                                                                     \
    X(RTF, "rtf", ANY, NOTHING)                                                                    \
    X(RTF_OBJECT, "rtf-object", ANY, UNSEEN)                                                       \
    X(MAIL, "mail", MAIL, UNSEEN)                                                                  \
    X(CHM, "chm", ANY, UNSEEN)                                                                     \
    X(TNEF, "tnef", ANY, UNSEEN)                                                                   \
    X(ONENOTE, "onenote", ANY, UNSEEN)                                                             \
    X(ARJ, "arj", ANY, UNSEEN)                                                                     \
    X(ACE, "ace", ANY, UNSEEN)                                                                     \
    X(ALZ, "alz", ANY, UNSEEN)                                                                     \
    X(EGG, "egg", ANY, UNSEEN)                                                                     \
    X(SZDD, "szdd", ANY, UNSEEN)                                                                   \
    X(KWAJ, "kwaj", ANY, UNSEEN)                                                                   \
    X(SIS, "sis", ANY, UNSEEN)                                                                     \
    X(BINHEX, "binhex", ANY, UNSEEN)                                                               \
    X(UUENCODE, "uuencode", ANY, UNSEEN)                                                           \
    X(SCRENC, "screnc", ANY, UNSEEN)                                                               \
    X(CRYPTFF, "cryptff", ANY, UNSEEN)                                                             \
    X(HWP3, "hwp3", ANY, UNSEEN)                                                                   \
    X(INSTALLSHIELD, "installshield", ANY, UNSEEN)                                                 \
    X(NSIS, "nsis", ANY, UNSEEN)                                                                   \
    X(AUTOIT, "autoit", ANY, UNSEEN)                                                               \
    X(WIM, "wim", ANY, UNSEEN)                                                                     \
    X(DMG, "dmg", ANY, UNSEEN)                                                                     \
    X(UDF, "udf", ANY, UNSEEN)                                                                     \
    X(DISK, "disk-image", ANY, UNSEEN)                                                             \
    X(SQUASHFS, "squashfs", ANY, UNSEEN)                                                           \
    X(LRZIP, "lrzip", ANY, UNSEEN)                                                                 \
    X(LZOP, "lzop", ANY, UNSEEN)                                                                   \
    X(STUFFIT, "stuffit", ANY, UNSEEN)                                                             \
    X(ZOO, "zoo", ANY, UNSEEN)                                                                     \
    X(PACK200, "pack200", ANY, UNSEEN)                                                             \
    X(FLASH, "flash", FLASH, NOTHING)                                                              \
    X(FLASH_PACKED, "flash-packed", FLASH, UNSEEN)                                                 \
    X(PNG, "png", GRAPHICS, NOTHING)                                                               \
    X(JPEG, "jpeg", GRAPHICS, NOTHING)                                                             \
    X(GIF, "gif", GRAPHICS, NOTHING)                                                               \
    X(TIFF, "tiff", GRAPHICS, NOTHING)                                                             \
    X(BMP, "bmp", GRAPHICS, NOTHING)                                                               \
    X(JPEG2000, "jpeg2000", GRAPHICS, NOTHING)                                                     \
    X(MEDIA, "media", ANY, NOTHING)                                                                \
    X(SQLITE, "sqlite", ANY, NOTHING)                                                              \
    X(LNK, "lnk", ANY, NOTHING)                                                                    \
    X(POSTSCRIPT, "postscript", ANY, NOTHING)

typedef enum ym_kind {
#define X(name, word, target, holds) YM_KIND_##name,
    YM_KIND_TABLE(X)
#undef X
        YM_KIND_COUNT
} ym_kind;

const char *ym_kind_word(ym_kind kind); /* never NULL */
unsigned ym_kind_target(ym_kind kind);  /* enum ym_target */
ym_holds ym_kind_holds(ym_kind kind);

ym_kind ym_sniff(const uint8_t *data, size_t size);

/* The next place at or after `from` where something with a content of its own may begin inside
 * other bytes: the magic of a zip member, RAR, 7z, cabinet, program, or of an installer's data.
 * false: none.  One pass, no matter how many there are. */
bool ym_sniff_embedded(const uint8_t *data, size_t size, size_t from, size_t *ret_offset,
                       ym_kind *ret_kind);

#endif
