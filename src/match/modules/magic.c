/* modules/magic.c - YARA's module magic; see module.h.
 *
 * libyara asks libmagic.  It is not linked here: thousands of tests in a language of its own, read
 * from a file, over hostile bytes.  The kind comes from our own sniffing instead (formats/sniff.h),
 * the words are those of libmagic 5.44, measured with file(1) on files made for it: the first words
 * of a type, which is what rules compare, and all of a MIME type.  What is not known is undefined
 * (libmagic says "data").  docs/formats/yara-modules.md has the list.
 *
 * Rows of one kind: the first whose bytes are there.  Programs, zips and texts are told in
 * magic_program.c, magic_zip.c and magic_text.c. */
#include "magic.h"

#include "base/modules/magic.h"

#include <string.h>

extern const struct ym_module_code ym_module_magic_code;

enum { STEPS = 1024 /* charged for sniffing */ };

struct row {
    ym_kind kind;
    uint16_t at;
    uint16_t n;
    const char *bytes;
    const char *type;
    const char *mime;
};
#define ROW(k, t, m)                                                                               \
    { .kind = YM_KIND_##k, .bytes = "", .type = (t), .mime = (m) }
#define ROW_AT(k, place, b, t, m)                                                                  \
    {                                                                                              \
        .kind = YM_KIND_##k, .at = (place), .n = sizeof(b) - 1, .bytes = (b), .type = (t),         \
        .mime = (m)                                                                                \
    }
#define OCTETS "application/octet-stream"

static const struct row rows[] = {
    ROW(GZIP, "gzip compressed data", "application/gzip"),
    ROW(BZIP2, "bzip2 compressed data", "application/x-bzip2"),
    ROW(XZ, "XZ compressed data", "application/x-xz"),
    ROW(LZMA, "LZMA compressed data", "application/x-lzma"),
    ROW(LZIP, "lzip compressed data", "application/x-lzip"),
    ROW(ZSTD, "Zstandard compressed data (v0.8+)", "application/zstd"),
    ROW_AT(LZ4, 0, "\x04", "LZ4 compressed data (v1.4+)", "application/x-lz4"),
    ROW(LZ4, "LZ4 compressed data (v0.1-v0.9)", "application/x-lz4"),
    ROW(COMPRESS, "compress'd data", "application/x-compress"),
    ROW(LRZIP, "LRZIP compressed data", OCTETS),
    ROW(LZOP, "lzop compressed data", OCTETS),
    ROW(SEVENZIP, "7-zip archive data", "application/x-7z-compressed"),
    ROW(CAB, "Microsoft Cabinet archive data", "application/vnd.ms-cab-compressed"),
    ROW(ISO9660, "ISO 9660 CD-ROM filesystem data", "application/x-iso9660-image"),
    ROW(RAR, "RAR archive data", "application/x-rar"),
    ROW(RAR5, "RAR archive data, v5", "application/x-rar"),
    ROW_AT(CPIO, 0, "070701", "ASCII cpio archive (SVR4 with no CRC)", "application/x-cpio"),
    ROW_AT(CPIO, 0, "070702", "ASCII cpio archive (SVR4 with CRC)", "application/x-cpio"),
    ROW_AT(CPIO, 0, "070707", "ASCII cpio archive (pre-SVR4 or odc)", "application/x-cpio"),
    ROW(CPIO, "cpio archive", "application/x-cpio"),
    ROW_AT(AR, 8, "debian-binary", "Debian binary package",
           "application/vnd.debian.binary-package"),
    ROW(AR, "current ar archive", "application/x-archive"),
    ROW_AT(LHA, 2, "-lh4-", "LHa (2.x) archive data", "application/x-lzh-compressed"),
    ROW_AT(LHA, 2, "-lh5-", "LHa (2.x) archive data", "application/x-lzh-compressed"),
    ROW(LHA, "LHa archive data", "application/x-lzh-compressed"),
    ROW(XAR, "xar archive", "application/x-xar"),
    ROW(RPM, "RPM", "application/x-rpm"),
    ROW(WARC, "WARC Archive", "application/warc"),
    ROW(ARJ, "ARJ archive data", "application/x-arj"),
    ROW(ACE, "ACE archive data", "application/x-ace-compressed"),
    ROW(ZOO, "Zoo archive data", "application/x-zoo"),
    ROW(STUFFIT, "StuffIt Archive", "application/x-stuffit"),
    ROW_AT(SZDD, 4, "\x88\xf0\x27\x33", "MS Compress archive data, SZDD variant",
           "application/x-ms-compress-szdd"),
    ROW_AT(KWAJ, 4, "\x88\xf0\x27\xd1", "MS Compress archive data, KWAJ variant",
           "application/x-ms-compress-kwaj"),
    ROW(INSTALLSHIELD, "InstallShield CAB", "application/x-installshield"),
    ROW(SIS, "Symbian installation file", "application/vnd.symbian.install"),
    ROW(WIM, "Windows imaging (WIM) image", "application/x-ms-wim"),
    ROW_AT(DISK, 0, "QFI\xfb", "QEMU QCOW Image", "application/x-qemu-disk"),
    ROW_AT(DISK, 0, "KDMV", "VMware4 disk image", OCTETS),
    ROW_AT(DISK, 0, "conectix", "Microsoft Disk Image, Virtual Server or Virtual PC",
           "application/x-virtualbox-vhd"),
    ROW_AT(DISK, 510, "\x55\xaa", "DOS/MBR boot sector", OCTETS),
    ROW(OLE2, "Composite Document File V2 Document", "application/x-ole-storage"),
    ROW(RTF, "Rich Text Format data", "text/rtf"),
    ROW(RTF_OBJECT, "Rich Text Format data", "text/rtf"),
    ROW(TNEF, "Transport Neutral Encapsulation Format (TNEF)", "application/vnd.ms-tnef"),
    ROW(CHM, "MS Windows HtmlHelp Data", OCTETS),
    ROW(HWP3, "Hangul (Korean) Word Processor File 3.0", OCTETS),
    ROW_AT(BINHEX, 0, "(This file", "BinHex binary text, version 4.0", "application/mac-binhex40"),
    ROW(UUENCODE, "uuencoded or xxencoded text", "text/plain"),
    ROW(POSTSCRIPT, "PostScript document text", "application/postscript"),
    ROW(FLASH, "Macromedia Flash data", "application/x-shockwave-flash"),
    ROW_AT(FLASH_PACKED, 0, "CWS", "Macromedia Flash data (compressed)",
           "application/x-shockwave-flash"),
    ROW_AT(FLASH_PACKED, 0, "ZWS", "Macromedia Flash data (lzma compressed)",
           "application/x-shockwave-flash"),
    ROW_AT(PNG, 0, "\x89PNG\r\n\x1a\n", "PNG image data", "image/png"),
    ROW(JPEG, "JPEG image data", "image/jpeg"),
    ROW_AT(GIF, 0, "GIF89a", "GIF image data, version 89a", "image/gif"),
    ROW_AT(GIF, 0, "GIF87a", "GIF image data, version 87a", "image/gif"),
    ROW_AT(TIFF, 0, "II", "TIFF image data, little-endian", "image/tiff"),
    ROW_AT(TIFF, 0, "MM", "TIFF image data, big-endian", "image/tiff"),
    ROW_AT(BMP, 14, "\x28\0\0\0", "PC bitmap, Windows 3.x format", "image/bmp"),
    ROW_AT(BMP, 14, "\x0c\0\0\0", "PC bitmap, OS/2 1.x format", "image/bmp"),
    ROW_AT(BMP, 14, "\x6c\0\0\0", "PC bitmap, Windows 95/NT4 and newer format", "image/bmp"),
    ROW_AT(BMP, 14, "\x7c\0\0\0", "PC bitmap, Windows 98/2000 and newer format", "image/bmp"),
    ROW_AT(JPEG2000, 20, "jp2 ", "JPEG 2000 Part 1 (JP2)", "image/jp2"),
    ROW_AT(MEDIA, 8, "WAVE", "RIFF (little-endian) data, WAVE audio", "audio/x-wav"),
    ROW_AT(MEDIA, 8, "AVI ", "RIFF (little-endian) data, AVI", "video/x-msvideo"),
    ROW_AT(MEDIA, 8, "WEBP", "RIFF (little-endian) data, Web/P image", "image/webp"),
    ROW_AT(MEDIA, 0, "ID3", "Audio file with ID3", "audio/mpeg"),
    ROW_AT(MEDIA, 28, "\1vorbis", "Ogg data, Vorbis audio", "audio/ogg"),
    ROW_AT(MEDIA, 28, "OpusHead", "Ogg data, Opus audio", "audio/ogg"),
    ROW_AT(MEDIA, 28, "\x80theora", "Ogg data, Theora video", "video/ogg"),
    ROW_AT(MEDIA, 0, "OggS", "Ogg data", "application/ogg"),
    ROW_AT(MEDIA, 0, ".RMF", "RealMedia file", "application/vnd.rn-realmedia"),
    ROW_AT(MEDIA, 0, "fLaC", "FLAC audio bitstream data", "audio/flac"),
    ROW_AT(MEDIA, 8, "qt  ", "ISO Media, Apple QuickTime movie", "video/quicktime"),
    ROW_AT(MEDIA, 8, "mp42", "ISO Media, MP4 v2 [ISO 14496-14]", "video/mp4"),
    ROW_AT(MEDIA, 8, "isom", "ISO Media, MP4 Base Media v1 [ISO 14496-12:2003]", "video/mp4"),
    ROW_AT(MEDIA, 24, "matroska", "Matroska data", "video/x-matroska"),
    ROW_AT(MEDIA, 31, "matroska", "Matroska data", "video/x-matroska"),
    ROW_AT(MEDIA, 24, "webm", "WebM", "video/webm"),
    ROW_AT(MEDIA, 31, "webm", "WebM", "video/webm"),
    ROW_AT(MEDIA, 0, "\0\0\1", "MPEG sequence", "video/mpeg"),
    ROW(SQLITE, "SQLite 3.x database", "application/vnd.sqlite3"),
    ROW(LNK, "MS Windows shortcut", "application/x-ms-shortcut"),
    ROW(JAVA, "compiled Java class data", "application/x-java-applet"),
};

static struct ym_magic by_row(const struct ym_mod_scan *s, ym_kind kind) {
    for (size_t i = 0; i < YM_MOD_N(rows); i++) {
        const struct row *r = &rows[i];

        if (r->kind == kind && ym_magic_has(s, r->at, r->bytes, r->n)) {
            return (struct ym_magic){r->type, r->mime};
        }
    }
    return (struct ym_magic){NULL, NULL};
}

static struct ym_magic tar(const struct ym_mod_scan *s) {
    const char *type = ym_magic_has(s, 257, "ustar  ", 7) ? "POSIX tar archive (GNU)"
                       : ym_magic_has(s, 257, "ustar", 5) ? "POSIX tar archive"
                                                          : "tar archive";

    return (struct ym_magic){type, "application/x-tar"};
}

/* "%PDF-1.4" */
static struct ym_magic pdf(struct ym_mod_scan *s) {
    const uint8_t *v = s->data + 5;

    if (s->size < 8 || v[0] < '0' || v[0] > '9' || v[1] != '.' || v[2] < '0' || v[2] > '9') {
        return (struct ym_magic){"PDF document", "application/pdf"};
    }
    return (struct ym_magic){ym_arena_printf(s->arena, "PDF document, version %c.%c", v[0], v[2]),
                             "application/pdf"};
}

static struct ym_magic ask(struct ym_mod_scan *s) {
    ym_kind kind = ym_sniff(s->data, s->size);
    struct ym_magic m = {NULL, NULL};

    if (ym_magic_program(s, kind, &m) || ym_magic_text(s, kind, &m)) {
        return m;
    }
    if (kind == YM_KIND_ZIP && ym_magic_zip(s, &m)) {
        return m;
    }
    return kind == YM_KIND_TAR ? tar(s) : kind == YM_KIND_PDF ? pdf(s) : by_row(s, kind);
}

/* NULL: no memory, or the budget ended. */
static const struct ym_magic *answer_of(struct ym_mod_scan *s, struct ym_mod_object *root) {
    struct ym_magic *m = root->own;

    if (m == NULL && ym_mod_spend(s, STEPS)) {
        m = YM_ARENA_NEW(s->arena, struct ym_magic);
        root->own = m;
        if (m != NULL) {
            *m = ask(s);
        }
    }
    return m;
}

static void give(const char *text, struct ym_mod_value *ret) {
    if (text != NULL) {
        ym_mod_give_text(ret, (struct ym_str){text, strlen(text)});
    }
}

static void type_of(struct ym_mod_scan *s, struct ym_mod_object *self, const union ym_mod_arg *args,
                    struct ym_mod_value *ret) {
    const struct ym_magic *m = answer_of(s, self);

    (void)args;
    give(m == NULL ? NULL : m->type, ret);
}

static void mime_type(struct ym_mod_scan *s, struct ym_mod_object *self,
                      const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct ym_magic *m = answer_of(s, self);

    (void)args;
    give(m == NULL ? NULL : m->mime, ret);
}

static ym_mod_function *const functions[] = {
    [MAGIC_FN_TYPE] = type_of,
    [MAGIC_FN_MIME_TYPE] = mime_type,
};

const struct ym_module_code ym_module_magic_code = {.functions = functions,
                                                    .n_functions = YM_MOD_N(functions)};
