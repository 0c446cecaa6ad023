/* sniff.c - kinds of objects.  See sniff.h.
 *
 * Three steps, the first that answers wins:
 *   1. fixed magic: rows of (offset, bytes), in order of how sure they are
 *   2. structures that need a look: tar checksum, MZ or PE, lzma header, disk images
 *   3. text: as ClamAV decides it, on the first 1024 bytes; then HTML and mail among the text
 *
 * ClamAV's decisions are followed where a signature's target depends on them (facts measured with
 * clamscan 1.4 --debug): MZ alone makes target 1, any mail header at the start makes mail, one of
 * a list of tags in the first 1024 bytes makes HTML of text and of unrecognised binary data. */
#include "formats/sniff.h"

#include "base/reader.h"
#include "base/text.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
    HEAD = 1024,           /* bytes that decide about text, as in ClamAV */
    CD001_AT = 0x8001,     /* ISO 9660 and UDF: volume descriptors from sector 16 */
    KOLY_FROM_END = 512,   /* Apple disk image: trailer */
    FAT_MAX_SLICES = 0x20, /* more "architectures" than this: a Java class's version number */
};

static const struct {
    const char *word;
    unsigned target;
    ym_holds holds;
} kinds[YM_KIND_COUNT] = {
#define X(name, word, target, holds) {word, YM_TARGET_##target, YM_HOLDS_##holds},
    YM_KIND_TABLE(X)
#undef X
};

const char *ym_kind_word(ym_kind kind) {
    return (unsigned)kind < YM_KIND_COUNT ? kinds[kind].word : "?";
}

unsigned ym_kind_target(ym_kind kind) {
    return (unsigned)kind < YM_KIND_COUNT ? kinds[kind].target : (unsigned)YM_TARGET_ANY;
}

ym_holds ym_kind_holds(ym_kind kind) {
    return (unsigned)kind < YM_KIND_COUNT ? kinds[kind].holds : YM_HOLDS_NOTHING;
}

/* ---- 1. Fixed magic ----------------------------------------------------------------------- */

struct magic {
    const char *bytes;
    ym_kind kind;
    uint16_t at;
    uint8_t n;
};
#define M(place, text, name)                                                                       \
    { .bytes = (text), .kind = YM_KIND_##name, .at = (place), .n = sizeof(text) - 1 }

static const struct magic magics[] = {
    M(0,
      "\x7f"
      "ELF",
      ELF),
    M(0, "PK\3\4", ZIP),
    M(0, "PK\5\6", ZIP), /* no member */
    M(0, "PK00PK\3\4", ZIP),
    M(0, "PK\7\10PK\3\4", ZIP),
    M(0, "PK\3\3PK\3\4", ZIP),
    M(0, "\x1f\x8b", GZIP),
    M(0, "BZh", BZIP2),
    M(0,
      "\xfd"
      "7zXZ\0",
      XZ),
    M(0, "LZIP", LZIP),
    M(0, "\x28\xb5\x2f\xfd", ZSTD),
    M(0, "\x04\x22\x4d\x18", LZ4),
    M(0, "\x02\x21\x4c\x18", LZ4), /* the old frame format */
    M(0, "\x1f\x9d", COMPRESS),
    M(0, "7z\xbc\xaf\x27\x1c", SEVENZIP),
    M(0, "MSCF\0\0\0\0", CAB),
    M(0, "Rar!\x1a\x07\x01\x00", RAR5),
    M(0, "Rar!\x1a\x07\x00", RAR),
    M(0, "070701", CPIO),
    M(0, "070702", CPIO),
    M(0, "070707", CPIO),
    M(0, "\x71\xc7", CPIO),
    M(0, "\xc7\x71", CPIO),
    M(0, "!<arch>\n", AR),
    M(0, "xar!", XAR),
    M(0, "\xed\xab\xee\xdb", RPM),
    M(0, "WARC/", WARC),
    M(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE2),
    M(4, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE2), /* as Hangul documents keep it */
    M(0, "%PDF-", PDF),
    M(0, "{\\rt", RTF),
    M(0, "ITSF", CHM),
    M(0, "\x78\x9f\x3e\x22", TNEF),
    M(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", ONENOTE),
    M(0, "\x60\xea", ARJ),
    M(7, "**ACE**", ACE),
    M(0, "ALZ\1", ALZ),
    M(0, "EGGA", EGG),
    M(0, "SZDD", SZDD),
    M(0, "KWAJ", KWAJ),
    M(8, "\x19\x04\x00\x10", SIS),
    M(0, "(This file must be converted with BinHex 4.0", BINHEX),
    M(0, "begin ", UUENCODE),
    M(0, "#@~^", SCRENC),
    M(0, "\xb6\xb9\xac\xae\xfe\xff\xff\xff", CRYPTFF),
    M(0, "HWP Document File V3.00 \x1a\1\2\3\4\5", HWP3),
    M(0, "ISc(", INSTALLSHIELD),
    M(0, "MSWIM\0\0\0", WIM),
    M(0, "hsqs", SQUASHFS),
    M(0, "QFI\xfb", DISK),
    M(0, "KDMV", DISK),
    M(0, "conectix", DISK),
    M(0, "vhdxfile", DISK),
    M(512, "EFI PART", DISK),
    M(0, "LRZI", LRZIP),
    M(0, "\x89LZO\0\r\n\x1a\n", LZOP),
    M(0, "StuffIt ", STUFFIT),
    M(0, "SIT!", STUFFIT),
    M(20, "\xdc\xa7\xc4\xfd", ZOO),
    M(0, "\xca\xfe\xd0\x0d", PACK200),
    M(0, "FWS", FLASH),
    M(0, "CWS", FLASH_PACKED),
    M(0, "ZWS", FLASH_PACKED),
    M(0, "\x89PNG", PNG),
    M(0, "\xff\xd8\xff", JPEG),
    M(0, "GIF", GIF),
    M(0, "II*\0", TIFF),
    M(0, "MM\0*", TIFF),
    M(0, "BM", BMP),
    M(0, "\0\0\0\x0cjP  \r\n\x87\n", JPEG2000),
    M(0, "RIFF", MEDIA),
    M(0, "RIFX", MEDIA),
    M(0, "ID3", MEDIA),
    M(0, "OggS", MEDIA),
    M(0, ".RMF", MEDIA),
    M(0, "fLaC", MEDIA),
    M(4, "ftyp", MEDIA),
    M(0, "\x1a\x45\xdf\xa3", MEDIA), /* Matroska, WebM */
    M(0, "\0\0\1\xb3", MEDIA),
    M(0, "\0\0\1\xba", MEDIA),
    M(0, "SQLite format 3\0", SQLITE),
    M(0, "L\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", LNK),
    M(0, "%!PS-Adobe-", POSTSCRIPT),
    M(0, "\xce\xfa\xed\xfe", MACHO),
    M(0, "\xcf\xfa\xed\xfe", MACHO),
    M(0, "\xfe\xed\xfa\xce", MACHO),
    M(0, "\xfe\xed\xfa\xcf", MACHO),
    M(0, ">From ", MAIL),
    M(0, "Date: ", MAIL),
    M(0, "Delivered-To: ", MAIL),
    M(0, "Delivery-date: ", MAIL),
    M(0, "Envelope-to: ", MAIL),
    M(0, "For: ", MAIL),
    M(0, "From ", MAIL),
    M(0, "From: ", MAIL),
    M(0, "Hi. This is the qmail-send", MAIL),
    M(0, "Message-ID: ", MAIL),
    M(0, "Message-Id: ", MAIL),
    M(0, "Received: ", MAIL),
    M(0, "Received-SPF: ", MAIL),
    M(0, "Return-Path: ", MAIL),
    M(0, "Return-path: ", MAIL),
    M(0, "Subject: ", MAIL),
    M(0, "To: ", MAIL),
    M(0, "X-Apparently-To: ", MAIL),
    M(0, "X-EVS", MAIL),
    M(0, "X-Envelope-From: ", MAIL),
    M(0, "X-Original-To: ", MAIL),
    M(0, "X-Real-To: ", MAIL),
    M(0, "X-Sieve: ", MAIL),
    M(0, "X-Symantec-", MAIL),
    M(0, "X-UIDL: ", MAIL),
    M(0, "v:\nReceived: ", MAIL),
    M(0, "v:\r\nReceived: ", MAIL),
};

static bool has(const uint8_t *data, size_t size, size_t at, const char *bytes, size_t n) {
    return size >= n && at <= size - n && memcmp(data + at, bytes, n) == 0;
}
#define HAS(data, size, at, text) has(data, size, at, text, sizeof(text) - 1)

static ym_kind by_magic(const uint8_t *data, size_t size) {
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        const struct magic *m = &magics[i];

        if (has(data, size, m->at, m->bytes, m->n)) {
            return m->kind;
        }
    }
    return YM_KIND_DATA;
}

/* ---- 2. Structures ------------------------------------------------------------------------ */

/* The sum of the header's bytes, its own field counted as blanks (POSIX ustar; older tars
 * summed signed bytes). */
static bool is_tar(const uint8_t *data, size_t size) {
    enum { BLOCK = 512, SUM_AT = 148, SUM_SIZE = 8 };
    uint32_t want = 0;
    uint32_t sum = 0;
    int32_t signed_sum = 0;
    unsigned digits = 0;

    if (size < BLOCK || data[0] == 0) {
        return false;
    }
    for (unsigned i = SUM_AT; i < SUM_AT + SUM_SIZE; i++) {
        if (data[i] >= '0' && data[i] <= '7') {
            want = want * 8 + (uint32_t)(data[i] - '0');
            digits++;
        } else if (data[i] != ' ' || digits > 0) {
            break;
        }
    }
    for (unsigned i = 0; i < BLOCK; i++) {
        uint8_t c = i >= SUM_AT && i < SUM_AT + SUM_SIZE ? ' ' : data[i];

        sum += c;
        signed_sum += (int8_t)c;
    }
    return digits > 0 && (want == sum || (int32_t)want == signed_sum);
}

/* A .lzma file has no magic: properties, a dictionary of 2^n or 2^n + 2^(n-1) bytes, a size that
 * is unknown (all ones) or below 256 GiB (liblzma's own test of the "alone" format). */
static bool is_lzma(const uint8_t *data, size_t size) {
    struct ym_reader r;
    uint32_t dictionary;
    uint64_t unpacked;

    ym_reader_init(&r, data, size);
    if (ym_get_u8(&r) != 0x5d) { /* the properties that every writer uses */
        return false;
    }
    dictionary = ym_get_u32le(&r);
    unpacked = ym_get_u64le(&r);
    return ym_reader_ok(&r) && dictionary >= 1u << 12 && (dictionary & 0xfff) == 0 &&
           (unpacked == UINT64_MAX || unpacked < UINT64_C(1) << 38) && ym_get_u8(&r) == 0;
}

static bool is_lha(const uint8_t *data, size_t size) {
    return (HAS(data, size, 2, "-lh") || HAS(data, size, 2, "-lz") || HAS(data, size, 2, "-pm")) &&
           size > 7 && ym_is_alnum(data[5]) && data[6] == '-';
}

static ym_kind fat_or_java(const uint8_t *data, size_t size) {
    if (!HAS(data, size, 0, "\xca\xfe\xba\xbe") || size < 8 || data[4] != 0 || data[5] != 0 ||
        data[6] != 0) {
        return YM_KIND_DATA;
    }
    return data[7] < FAT_MAX_SLICES ? YM_KIND_MACHO_FAT : YM_KIND_JAVA;
}

static ym_kind disk_image(const uint8_t *data, size_t size) {
    if (HAS(data, size, CD001_AT, "CD001")) {
        return YM_KIND_ISO9660;
    }
    if (HAS(data, size, CD001_AT, "BEA01")) {
        return YM_KIND_UDF;
    }
    if (size >= KOLY_FROM_END && HAS(data, size, size - KOLY_FROM_END, "koly")) {
        return YM_KIND_DMG;
    }
    /* A boot sector whose four partition entries are each empty or start past the sector. */
    if (HAS(data, size, 510, "\x55\xaa") && (data[446] == 0x80 || data[446] == 0) &&
        data[450] != 0 && (data[462] & 0x7f) == 0 && (data[478] & 0x7f) == 0 &&
        (data[494] & 0x7f) == 0 && size > 512) {
        return YM_KIND_DISK;
    }
    return YM_KIND_DATA;
}

static ym_kind by_structure(const uint8_t *data, size_t size) {
    ym_kind kind = fat_or_java(data, size);

    if (kind != YM_KIND_DATA) {
        return kind;
    }
    if (HAS(data, size, 0, "MZ") || HAS(data, size, 0, "ZM")) {
        return YM_KIND_PE;
    }
    if (HAS(data, size, 257, "ustar") || is_tar(data, size)) {
        return YM_KIND_TAR;
    }
    if (is_lha(data, size)) {
        return YM_KIND_LHA;
    }
    if (size > 4 && data[0] >> 4 == 5 && HAS(data, size, 1, "\x2a\x4d\x18")) {
        return YM_KIND_ZSTD; /* a skippable frame first */
    }
    if (is_lzma(data, size)) {
        return YM_KIND_LZMA;
    }
    return disk_image(data, size);
}

/* ---- 3. Text ------------------------------------------------------------------------------ */

/* Does this byte occur in text of any eight-bit kind?  The controls that do: BEL BS HT LF FF CR
 * ESC. */
static bool is_text_byte(uint8_t c) {
    return (c >= 0x20 && c != 0x7f) || (c >= 7 && c <= 10) || c == 12 || c == 13 || c == 27;
}

static bool is_eight_bit_text(const uint8_t *data, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!is_text_byte(data[i])) {
            return false;
        }
    }
    return true;
}

/* Units that are not text are forgiven below half of them when a byte order mark is there, and
 * not at all without one (as ClamAV). */
static ym_kind utf16_kind(const uint8_t *data, size_t n) {
    bool little = n >= 2 && data[0] == 0xff && data[1] == 0xfe;
    bool marked = little || (n >= 2 && data[0] == 0xfe && data[1] == 0xff);
    size_t bad = 0;

    if (n < 2) {
        return YM_KIND_DATA;
    }
    for (size_t i = 2; i + 1 < n; i += 2) {
        unsigned low = little ? data[i] : data[i + 1];
        unsigned high = little ? data[i + 1] : data[i];
        unsigned unit = high << 8 | low;

        if (unit == 0xfffe) {
            return YM_KIND_DATA;
        }
        if (unit < 0x80 && !is_text_byte((uint8_t)unit)) {
            if (!marked) {
                return YM_KIND_DATA;
            }
            bad++;
        }
    }
    if (marked && bad >= n / 2) {
        return YM_KIND_DATA;
    }
    return little ? YM_KIND_UTF16LE : YM_KIND_UTF16BE;
}

static ym_kind text_kind(const uint8_t *data, size_t n) {
    if (is_eight_bit_text(data, n)) {
        for (size_t i = 0; i < n; i++) {
            if (data[i] >= 0x80) {
                unsigned len = ym_utf8_length((const char *)data + i, n - i);

                if (len == 0) {
                    return YM_KIND_TEXT;
                }
                i += len - 1;
                if (i + 1 >= n) {
                    return YM_KIND_UTF8;
                }
            }
        }
        return YM_KIND_TEXT;
    }
    return utf16_kind(data, n);
}

/* A tag that makes HTML of text.  `spaced`: white space, '/' or '>' must follow; else just '>'.
 * Capitals: as ClamAV's own list has them, all lower, all upper, or only the first letter. */
static const struct {
    const char *name;
    bool spaced;
} html_tags[] = {
    {"html", false},  {"head", false},  {"iframe", true}, {"img", true},
    {"object", true}, {"script", true}, {"table", true},
};

static bool is_html_tag(const uint8_t *p, size_t n) {
    for (size_t i = 0; i < sizeof(html_tags) / sizeof(html_tags[0]); i++) {
        size_t len = strlen(html_tags[i].name);
        size_t same = 0;

        while (same < len && same < n && ym_lower(p[same]) == (uint8_t)html_tags[i].name[same]) {
            same++;
        }
        if (same == len && len < n &&
            (p[len] == '>' || (html_tags[i].spaced && memchr(" \t\n\v\f\r/", p[len], 7) != NULL))) {
            return true;
        }
    }
    return false;
}

/* <a ... href */
static bool is_link(const uint8_t *p, size_t n) {
    if (n < 2 || ym_lower(p[0]) != 'a' || p[1] != ' ') {
        return false;
    }
    for (size_t i = 2; i + 4 <= n; i++) {
        if (ym_lower(p[i]) == 'h' && ym_lower(p[i + 1]) == 'r' && ym_lower(p[i + 2]) == 'e' &&
            ym_lower(p[i + 3]) == 'f') {
            return true;
        }
    }
    return false;
}

static bool looks_like_html(const uint8_t *data, size_t n) {
    const uint8_t *p = data;
    const uint8_t *end = data + n;

    while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
        p++;
        if (is_html_tag(p, (size_t)(end - p)) || is_link(p, (size_t)(end - p))) {
            return true;
        }
    }
    return false;
}

/* Header lines that need not come first: two of them make a mail. */
static bool has_line(const uint8_t *data, size_t n, const char *field) {
    size_t len = strlen(field);

    for (size_t i = 0; i + len < n; i++) {
        size_t same = 0;

        if (data[i] != '\n') {
            continue;
        }
        while (same < len && ym_lower(data[i + 1 + same]) == (uint8_t)field[same]) {
            same++;
        }
        if (same == len) {
            return true;
        }
    }
    return false;
}

static bool looks_like_mail(const uint8_t *data, size_t n) {
    if (!has_line(data, n, "content-type: ")) {
        return has_line(data, n, "from: ") && has_line(data, n, "mime-version: ");
    }
    return has_line(data, n, "from: ") || has_line(data, n, "mime-version: ") ||
           has_line(data, n, "message-id: ") || has_line(data, n, "received: ") ||
           (n > 14 && ym_lower(data[0]) == 'm' && memcmp(data + 4, "-", 1) == 0 &&
            ym_lower(data[5]) == 'v' && memcmp(data + 12, ": ", 2) == 0);
}

static ym_kind by_text(const uint8_t *data, size_t size) {
    size_t n = size < HEAD ? size : HEAD;
    ym_kind kind = text_kind(data, n);
    uint8_t narrow[HEAD / 2];

    if (looks_like_html(data, n)) {
        return YM_KIND_HTML; /* of binary data, too: pages contain odd bytes */
    }
    if (kind == YM_KIND_UTF16LE || kind == YM_KIND_UTF16BE) {
        size_t low = kind == YM_KIND_UTF16LE ? 0 : 1;

        for (size_t i = 0; i < n / 2; i++) {
            narrow[i] = data[2 * i + 1 - low] == 0 ? data[2 * i + low] : 0xff;
        }
        return looks_like_html(narrow, n / 2) ? YM_KIND_HTML_UTF16 : kind;
    }
    if (kind != YM_KIND_DATA && looks_like_mail(data, n)) {
        return YM_KIND_MAIL;
    }
    return kind;
}

/* RTF keeps its embedded objects as hexadecimal text, which no signature of the object sees. */
static ym_kind rtf_kind(const uint8_t *data, size_t size) {
    return memmem(data, size, "\\objdata", 8) != NULL ? YM_KIND_RTF_OBJECT : YM_KIND_RTF;
}

ym_kind ym_sniff(const uint8_t *data, size_t size) {
    ym_kind kind;

    if (size == 0) {
        return YM_KIND_EMPTY;
    }
    kind = by_magic(data, size);
    if (kind == YM_KIND_RTF) {
        return rtf_kind(data, size);
    }
    if (kind == YM_KIND_DATA) {
        kind = by_structure(data, size);
    }
    return kind == YM_KIND_DATA ? by_text(data, size) : kind;
}

/* ---- Archives inside other bytes ---------------------------------------------------------- */

static const struct magic embedded[] = {
    M(0, "PK\3\4", ZIP),
    M(0, "Rar!\x1a\x07\x00", RAR),
    M(0, "Rar!\x1a\x07\x01\x00", RAR5),
    M(0, "7z\xbc\xaf\x27\x1c", SEVENZIP),
    M(0, "MSCF\0\0\0\0", CAB),
    M(0, "ISc(", INSTALLSHIELD),
    M(0,
      "\xef\xbe\xad\xde"
      "NullsoftInst",
      NSIS),
    M(0,
      "\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9\x99\x4c\x53\x0a\x86\xd6\x48\x7d"
      "AU3!EA0",
      AUTOIT),
};
#undef M

/* Where MZ says that its PE header is, there is one. */
static bool is_program(const uint8_t *data, size_t size, size_t at) {
    enum { LFANEW_AT = 0x3c };
    struct ym_reader r;
    uint32_t header;

    ym_reader_init(&r, data + at, size - at);
    if (ym_get_u16be(&r) != 0x4d5a) { /* "MZ" */
        return false;
    }
    ym_seek(&r, LFANEW_AT);
    header = ym_get_u32le(&r);
    ym_seek(&r, header);
    return ym_get_u32le(&r) == 0x4550 && ym_reader_ok(&r);
}

static ym_kind embedded_at(const uint8_t *data, size_t size, size_t at) {
    for (size_t i = 0; i < sizeof(embedded) / sizeof(embedded[0]); i++) {
        if (has(data, size, at, embedded[i].bytes, embedded[i].n)) {
            return embedded[i].kind;
        }
    }
    return is_program(data, size, at) ? YM_KIND_PE : YM_KIND_DATA;
}

/* The first two bytes of everything above. */
static const uint8_t pairs[][2] = {{'P', 'K'}, {'R', 'a'}, {'7', 'z'},   {'M', 'S'},
                                   {'M', 'Z'}, {'I', 'S'}, {0xef, 0xbe}, {0xa3, 0x48}};
enum { N_PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

static bool is_pair(const uint8_t *p) {
    for (unsigned i = 0; i < N_PAIRS; i++) {
        if (p[0] == pairs[i][0] && p[1] == pairs[i][1]) {
            return true;
        }
    }
    return false;
}

/* The first place from `from` on that begins one of the pairs, or size - 1 when there is none
 * (size >= 1). */
static size_t next_pair_plain(const uint8_t *data, size_t size, size_t from) {
    while (from < size - 1 && !is_pair(data + from)) {
        from++;
    }
    return from < size - 1 ? from : size - 1;
}

#if defined(__x86_64__)
/* The same, 32 places at a time.  Each pair has a bit; four tables, by the halves of the first
 * and of the second byte, say which pairs are still possible; a bit that is left in all four is a
 * pair, exactly. */
__attribute__((target("avx2"))) static size_t next_pair_avx2(const uint8_t *data, size_t size,
                                                             size_t from) {
    enum { WIDTH = 32 };
    uint8_t tables[4][16] = {{0}};
    __m256i t[4];
    const __m256i low = _mm256_set1_epi8(0x0f);

    for (unsigned i = 0; i < N_PAIRS; i++) {
        tables[0][pairs[i][0] & 15] |= (uint8_t)(1u << i);
        tables[1][pairs[i][0] >> 4] |= (uint8_t)(1u << i);
        tables[2][pairs[i][1] & 15] |= (uint8_t)(1u << i);
        tables[3][pairs[i][1] >> 4] |= (uint8_t)(1u << i);
    }
    for (unsigned i = 0; i < 4; i++) {
        t[i] =
            _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)tables[i]));
    }
    for (; size > WIDTH && from < size - WIDTH; from += WIDTH) {
        const __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(data + from));
        const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(data + from + 1));
        const __m256i first = _mm256_and_si256(
            _mm256_shuffle_epi8(t[0], _mm256_and_si256(a, low)),
            _mm256_shuffle_epi8(t[1], _mm256_and_si256(_mm256_srli_epi16(a, 4), low)));
        const __m256i second = _mm256_and_si256(
            _mm256_shuffle_epi8(t[2], _mm256_and_si256(b, low)),
            _mm256_shuffle_epi8(t[3], _mm256_and_si256(_mm256_srli_epi16(b, 4), low)));
        const __m256i none =
            _mm256_cmpeq_epi8(_mm256_and_si256(first, second), _mm256_setzero_si256());
        unsigned hits = ~(unsigned)_mm256_movemask_epi8(none);

        if (hits != 0) {
            return from + (size_t)__builtin_ctz(hits);
        }
    }
    return next_pair_plain(data, size, from);
}
#endif

static size_t next_pair(const uint8_t *data, size_t size, size_t from) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        return next_pair_avx2(data, size, from);
    }
#endif
    return next_pair_plain(data, size, from);
}

bool ym_sniff_embedded(const uint8_t *data, size_t size, size_t from, size_t *ret_offset,
                       ym_kind *ret_kind) {
    if (size == 0) {
        return false;
    }
    for (size_t at = from; (at = next_pair(data, size, at)) < size - 1; at++) {
        ym_kind kind = embedded_at(data, size, at);

        if (kind != YM_KIND_DATA) {
            *ret_offset = at;
            *ret_kind = kind;
            return true;
        }
    }
    return false;
}
