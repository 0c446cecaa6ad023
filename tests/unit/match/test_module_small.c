/* YARA's modules time, console and magic. */
#include "base/time.h"
#include "module_load.h"
#include "ym_test.h"

/* ---- time, console --------------------------------------------------------------------------- */

static void now_is_now(void) {
    struct module_test t;
    int64_t before = ym_now_unix();
    struct ym_mod_value v;

    module_load(&t, YM_MODULE_TIME, "", 0);
    v = module_call(&t, "", "now", "", NULL);
    CHECK(v.defined && v.u.i >= before && v.u.i <= ym_now_unix());
    CHECK_EQ(module_call(&t, "", "now", "", NULL).u.i, v.u.i);
    module_done(&t);
}

struct printed {
    char text[1024];
    size_t n;
    unsigned lines;
};

static void print(void *self, const char *s, size_t n) {
    struct printed *p = self;

    if (n <= sizeof(p->text)) {
        memcpy(p->text, s, n);
        p->n = n;
        p->lines++;
    }
}

static bool logs(struct module_test *t, struct printed *p, const char *letters, bool hex,
                 union ym_mod_arg a, union ym_mod_arg b, const char *want) {
    union ym_mod_arg args[2] = {a, b};
    unsigned lines = p->lines;
    struct ym_mod_value v = module_call(t, "", hex ? "hex" : "log", letters, args);
    bool same = v.defined && v.u.i == 1 && p->lines == lines + 1 && p->n == strlen(want) &&
                memcmp(p->text, want, p->n) == 0;

    if (!same) {
        printf("# \"%.*s\", want \"%s\"\n", (int)p->n, p->text, want);
    }
    return same;
}

static void lines_are_formatted(void) {
    static const union ym_mod_arg none = {.i = 0};
    union ym_mod_arg label = {.text = {"n\xc3\xb6\n=\0x", 7}};
    struct printed p = {.lines = 0};
    struct module_test t;

    module_load(&t, YM_MODULE_CONSOLE, "", 0);
    t.scan.print = print;
    t.scan.print_self = &p;
    CHECK(logs(&t, &p, "s", false, (union ym_mod_arg){.text = {"a\0\xc3~", 4}}, none,
               "a\\x00\\xc3~"));
    CHECK(logs(&t, &p, "s", false, (union ym_mod_arg){.text = {"", 0}}, none, ""));
    CHECK(logs(&t, &p, "ss", false, label, (union ym_mod_arg){.text = {"b\x1b", 2}},
               "n\xc3\xb6\\x0a=b\\x1b"));
    CHECK(
        logs(&t, &p, "i", false, (union ym_mod_arg){.i = INT64_MIN}, none, "-9223372036854775808"));
    CHECK(logs(&t, &p, "si", false, label, (union ym_mod_arg){.i = 5}, "n\xc3\xb6\\x0a=5"));
    CHECK(logs(&t, &p, "d", false, (union ym_mod_arg){.d = 1.5}, none, "1.500000"));
    CHECK(logs(&t, &p, "sd", false, label, (union ym_mod_arg){.d = -0.25},
               "n\xc3\xb6\\x0a=-0.250000"));
    CHECK(logs(&t, &p, "i", true, (union ym_mod_arg){.i = -1}, none, "0xffffffffffffffff"));
    CHECK(logs(&t, &p, "si", true, label, (union ym_mod_arg){.i = 255}, "n\xc3\xb6\\x0a=0xff"));
    module_done(&t);
}

static void nobody_listens_or_memory_ends(void) {
    union ym_mod_arg args[1] = {{.text = module_text("some text that is too long")}};
    struct printed p = {.lines = 0};
    struct module_test t;

    module_load(&t, YM_MODULE_CONSOLE, "", 0);
    CHECK_EQ(module_call(&t, "", "log", "s", args).u.i, 1);
    t.scan.print = print;
    t.scan.print_self = &p;
    t.budget = 3;
    CHECK(!module_call(&t, "", "log", "s", args).defined);
    module_done(&t);
    module_load_capped(&t, YM_MODULE_CONSOLE, "", 0, 160);
    t.scan.print = print;
    t.scan.print_self = &p;
    for (unsigned i = 0; i < 5; i++) {
        (void)module_call(&t, "", "log", "s", args);
    }
    CHECK(!module_call(&t, "", "log", "s", args).defined);
    module_done(&t);
}

/* ---- magic ----------------------------------------------------------------------------------- */

static bool sniffs(const void *data, size_t n, const char *type, const char *mime) {
    struct module_test t;
    struct ym_mod_value a;
    struct ym_mod_value b;
    bool same;

    module_load(&t, YM_MODULE_MAGIC, data, n);
    a = module_call(&t, "", "type", "", NULL);
    b = module_call(&t, "", "mime_type", "", NULL);
    same = type == NULL
               ? !a.defined && !b.defined
               : a.defined && b.defined && a.u.text.n == strlen(type) &&
                     memcmp(a.u.text.s, type, a.u.text.n) == 0 && b.u.text.n == strlen(mime) &&
                     memcmp(b.u.text.s, mime, b.u.text.n) == 0;
    if (!same) {
        printf("# %.*s | %.*s\n", a.defined ? (int)a.u.text.n : 0, a.u.text.s,
               b.defined ? (int)b.u.text.n : 0, b.u.text.s);
    }
    module_done(&t);
    return same;
}
#define SNIFFS(text, type, mime) CHECK(sniffs(text, sizeof(text) - 1, type, mime))

static void common_kinds_have_the_words_of_libmagic(void) {
    SNIFFS("", NULL, NULL);
    SNIFFS("\1\2\3\4\5", NULL, NULL);
    SNIFFS("%PDF-1.4\n", "PDF document, version 1.4", "application/pdf");
    SNIFFS("%PDF-x", "PDF document", "application/pdf");
    SNIFFS("GIF89a\1\0\1\0", "GIF image data, version 89a", "image/gif");
    SNIFFS("GIF of a cat", NULL, NULL);
    SNIFFS("\x1f\x8b\x08\0", "gzip compressed data", "application/gzip");
    SNIFFS("RIFF\0\0\0\0WAVEfmt ", "RIFF (little-endian) data, WAVE audio", "audio/x-wav");
    SNIFFS("Rar!\x1a\x07\x00", "RAR archive data", "application/x-rar");
    SNIFFS("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Composite Document File V2 Document",
           "application/x-ole-storage");
}

static void texts_have_a_language_an_encoding_and_line_ends(void) {
    SNIFFS("hello\n", "ASCII text", "text/plain");
    SNIFFS("a\r\nb\r\n", "ASCII text, with CRLF line terminators", "text/plain");
    SNIFFS("a\rb\nc\r\n", "ASCII text, with CRLF, CR, LF line terminators", "text/plain");
    SNIFFS("gr\xc3\xb6\xc3\x9f"
           "e",
           "Unicode text, UTF-8 text, with no line terminators", "text/plain");
    SNIFFS("gr\xf6\xdf"
           "e\n",
           "ISO-8859 text", "text/plain");
    SNIFFS("\xff\xfeh\0i\0", "Unicode text, UTF-16, little-endian text", "text/plain");
    SNIFFS("#!/bin/sh -e\n", "POSIX shell script, ASCII text executable", "text/x-shellscript");
    SNIFFS("#! /usr/bin/env python3.11\n", "Python script, ASCII text executable",
           "text/x-script.python");
    SNIFFS("#!/usr/bin/perl\n", "Perl script text executable", "text/x-perl");
    SNIFFS("#!", "ASCII text, with no line terminators", "text/plain");
    SNIFFS("<html><head></head></html>\n", "HTML document, ASCII text", "text/html");
    SNIFFS("<?xml version=\"1.0\"?>\n", "XML 1.0 document, ASCII text", "text/xml");
    SNIFFS("{\"a\": [1, 2]}\n", "JSON text data", "application/json");
    SNIFFS("{\"a\": [1, 2}\n", "ASCII text", "text/plain");
    SNIFFS("Received: from a\nFrom: b\n\nhi\n", "RFC 822 mail, ASCII text", "message/rfc822");
}

enum { PE_SIZE = 512, PE_AT = 0x80, ELF_SIZE = 256 };

static void put16(uint8_t *p, unsigned v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void make_pe(uint8_t out[PE_SIZE], bool plus, unsigned flags) {
    memset(out, 0, PE_SIZE);
    memcpy(out, "MZ", 2);
    out[0x3c] = PE_AT;
    memcpy(out + PE_AT, "PE", 2);
    put16(out + PE_AT + 4, plus ? 0x8664 : 0x14c);
    out[PE_AT + 6] = 3;
    put16(out + PE_AT + 22, flags);
    put16(out + PE_AT + 24, plus ? 0x20b : 0x10b);
    out[PE_AT + 24 + 68] = plus ? 3 : 2;
}

static void programs_are_described(void) {
    static const char mime[] = "application/vnd.microsoft.portable-executable";
    uint8_t pe[PE_SIZE];

    make_pe(pe, false, 0x102);
    CHECK(sniffs(pe, sizeof(pe), "PE32 executable (GUI) Intel 80386, for MS Windows, 3 sections",
                 mime));
    pe[PE_AT + 24 + 96 + 14 * 8] = 1;
    CHECK(sniffs(pe, sizeof(pe),
                 "PE32 executable (GUI) Intel 80386 Mono/.Net assembly, for MS Windows, 3 sections",
                 mime));
    make_pe(pe, true, 0x2022);
    pe[PE_AT + 6] = 1;
    CHECK(sniffs(pe, sizeof(pe),
                 "PE32+ executable (DLL) (console) x86-64, for MS Windows, 1 section", mime));
    pe[PE_AT] = 'N';
    CHECK(sniffs(pe, sizeof(pe), "MS-DOS executable, NE", "application/x-ms-ne-executable"));
    SNIFFS("MZ", "MS-DOS executable", "application/x-dosexec");
    SNIFFS("\xcf\xfa\xed\xfe\7\0\0\1\3\0\0\0\2\0\0\0", "Mach-O 64-bit x86_64 executable",
           "application/x-mach-binary");
    SNIFFS("\xfe\xed\xfa\xce\0\0\0\x12\0\0\0\0\0\0\0\6",
           "Mach-O ppc dynamically linked shared library", "application/x-mach-binary");
    SNIFFS("\xca\xfe\xba\xbe\0\0\0\2", "Mach-O universal binary with 2 architectures",
           "application/x-mach-binary");
}

static void make_elf(uint8_t out[ELF_SIZE], unsigned type) {
    static const uint8_t head[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

    memset(out, 0, ELF_SIZE);
    memcpy(out, head, sizeof(head));
    out[16] = (uint8_t)type;
    out[18] = 62;
    out[20] = 1;
}

static void programs_of_linux_are_told_from_libraries(void) {
    uint8_t elf[ELF_SIZE];

    make_elf(elf, 2);
    CHECK(sniffs(elf, sizeof(elf), "ELF 64-bit LSB executable, x86-64, version 1 (SYSV)",
                 "application/x-executable"));
    make_elf(elf, 3);
    CHECK(sniffs(elf, sizeof(elf), "ELF 64-bit LSB shared object, x86-64, version 1 (SYSV)",
                 "application/x-sharedlib"));
    make_elf(elf, 1);
    put16(elf + 18, 0x1234);
    CHECK(sniffs(elf, sizeof(elf), "ELF 64-bit LSB relocatable, *unknown arch*, version 1 (SYSV)",
                 "application/x-object"));
    SNIFFS("\x7f"
           "ELF",
           "ELF", "application/octet-stream");
}

/* A local header without what does not matter here; returns its length. */
static size_t put_member(uint8_t *p, const char *name, unsigned extra, const char *data) {
    size_t n = strlen(name);
    size_t n_extra = extra == 0 ? 0 : 4;

    memset(p, 0, 34);
    memcpy(p, "PK\3\4\x14", 5);
    p[8] = strcmp(name, "mimetype") == 0 ? 0 : 8;
    p[26] = (uint8_t)n;
    p[28] = (uint8_t)n_extra;
    memcpy(p + 30, name, n);
    put16(p + 30 + n, extra);
    memcpy(p + 30 + n + n_extra, data, strlen(data));
    return 30 + n + n_extra + strlen(data);
}

static void zips_are_known_by_their_members(void) {
    uint8_t zip[400];
    size_t n = put_member(zip, "a.txt", 0, "xx");

    CHECK(sniffs(zip, n, "Zip archive data, at least v2.0 to extract, compression method=deflate",
                 "application/zip"));
    SNIFFS("PK\5\6", "Zip archive data (empty)", "application/zip");
    SNIFFS("PK\3\4", "Zip archive data", "application/zip");
    n = put_member(zip, "[Content_Types].xml", 0, "xx");
    n += put_member(zip + n, "_rels/.rels", 0, "yy");
    CHECK(sniffs(zip, n, "Microsoft OOXML", "application/octet-stream"));
    n += put_member(zip + n, "word/document.xml", 0, "zz");
    CHECK(sniffs(zip, n, "Microsoft Word 2007+",
                 "application/vnd.openxmlformats-officedocument.wordprocessingml.document"));
    n = put_member(zip, "mimetype", 0, "application/vnd.oasis.opendocument.text");
    CHECK(sniffs(zip, n, "OpenDocument Text", "application/vnd.oasis.opendocument.text"));
    n = put_member(zip, "META-INF/", 0xcafe, "");
    CHECK(sniffs(zip, n, "Java archive data (JAR)", "application/java-archive"));
    n = put_member(zip, "AndroidManifest.xml", 0, "xx");
    CHECK(sniffs(zip, n, "Android package (APK)", "application/vnd.android.package-archive"));
}

/* Copies of the exact length, so that the sanitizer sees a read behind the end. */
static void every_prefix_is_answered(void) {
    uint8_t files[4][PE_SIZE];

    memset(files, 0, sizeof(files));
    make_pe(files[0], true, 0x2022);
    make_elf(files[1], 3);
    (void)put_member(files[2] + put_member(files[2], "[Content_Types].xml", 0, "x"), "xl/a", 0, "");
    memcpy(files[3], "#!/usr/bin/env python3\n", 23);
    for (unsigned i = 0; i < 4; i++) {
        for (size_t n = 0; n < ELF_SIZE; n++) {
            uint8_t *copy = malloc(n + 1);
            struct module_test t;

            CHECK(copy != NULL);
            memcpy(copy + 1, files[i], n);
            module_load_capped(&t, YM_MODULE_MAGIC, copy + 1, n, n % 3 == 0 ? 200 : 1 << 16);
            (void)module_call(&t, "", "type", "", NULL);
            (void)module_call(&t, "", "mime_type", "", NULL);
            module_done(&t);
            free(copy);
        }
    }
}

MAIN(T(now_is_now), T(lines_are_formatted), T(nobody_listens_or_memory_ends),
     T(common_kinds_have_the_words_of_libmagic), T(texts_have_a_language_an_encoding_and_line_ends),
     T(programs_are_described), T(programs_of_linux_are_told_from_libraries),
     T(zips_are_known_by_their_members), T(every_prefix_is_answered))
