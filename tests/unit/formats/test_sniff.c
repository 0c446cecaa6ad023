/* What an object is, by its bytes alone. */
#include "formats/sniff.h"

#include "makers/make_exe.h"
#include "ym_test.h"

#define SNIFF(text) ym_sniff((const uint8_t *)(text), sizeof(text) - 1)

static void every_kind_has_a_word_and_a_known_target(void) {
    for (unsigned k = 0; k < YM_KIND_COUNT; k++) {
        CHECK(ym_kind_word((ym_kind)k)[0] != '\0');
        CHECK(ym_kind_target((ym_kind)k) < YM_TARGET_COUNT);
    }
    CHECK(strcmp(ym_kind_word((ym_kind)9999), "?") == 0);
}

static void magic_decides(void) {
    CHECK_EQ(SNIFF("PK\3\4rest"), YM_KIND_ZIP);
    CHECK_EQ(SNIFF("\x1f\x8b\10rest"), YM_KIND_GZIP);
    CHECK_EQ(SNIFF("Rar!\x1a\x07\x00rest"), YM_KIND_RAR);
    CHECK_EQ(SNIFF("Rar!\x1a\x07\x01\x00rest"), YM_KIND_RAR5);
    CHECK_EQ(SNIFF("%PDF-1.4\n"), YM_KIND_PDF);
    CHECK_EQ(SNIFF("\xca\xfe\xba\xbe\0\0\0\2"), YM_KIND_MACHO_FAT);
    CHECK_EQ(SNIFF("\xca\xfe\xba\xbe\0\0\0\x34"), YM_KIND_JAVA);
    CHECK_EQ(SNIFF("MZ and nothing more"), YM_KIND_PE);
    CHECK_EQ(SNIFF("\x52\x2a\x4d\x18zst"), YM_KIND_ZSTD);
}

static void text_is_text(void) {
    CHECK_EQ(SNIFF("just words\n"), YM_KIND_TEXT);
    CHECK_EQ(SNIFF("caf\xe9 words\n"), YM_KIND_TEXT);
    CHECK_EQ(SNIFF("caf\xc3\xa9 words\n"), YM_KIND_TEXT);
    CHECK_EQ(SNIFF("\xff\xfeh\0i\0"), YM_KIND_UTF16LE);
    CHECK_EQ(SNIFF("\xfe\xff\0h\0i"), YM_KIND_UTF16BE);
    CHECK_EQ(SNIFF("\1\2\0\3\0\4"), YM_KIND_DATA);
    CHECK_EQ(SNIFF(""), YM_KIND_EMPTY);
}

static void some_tags_make_html(void) {
    CHECK_EQ(SNIFF("<!DOCTYPE x>\n<HTML>\n"), YM_KIND_HTML);
    CHECK_EQ(SNIFF("text <a class=x href='y'>"), YM_KIND_HTML);
    CHECK_EQ(SNIFF("\x01\x02<script >"), YM_KIND_HTML);
    CHECK_EQ(SNIFF("a < b, <b>bold</b>"), YM_KIND_TEXT);
    CHECK_EQ(SNIFF("<scripture>"), YM_KIND_TEXT);
    CHECK_EQ(SNIFF("\xff\xfe<\0h\0t\0m\0l\0>\0"), YM_KIND_HTML_UTF16);
}

static void mail_headers_make_mail(void) {
    CHECK_EQ(SNIFF("From: a@example.com\n"), YM_KIND_MAIL);
    CHECK_EQ(SNIFF("X-Odd: 1\nFrom: a\nContent-Type: text/plain\n"), YM_KIND_MAIL);
    CHECK_EQ(SNIFF("X-Odd: 1\nFrom: a\n"), YM_KIND_TEXT);
}

static void rtf_with_objects_holds_something_unseen(void) {
    CHECK_EQ(SNIFF("{\\rtf1 words}"), YM_KIND_RTF);
    CHECK_EQ(SNIFF("{\\rtf1 {\\object{\\objdata 0105}}}"), YM_KIND_RTF_OBJECT);
    CHECK_EQ(ym_kind_holds(YM_KIND_RTF_OBJECT), YM_HOLDS_UNSEEN);
}

static void every_prefix_is_something(void) {
    static const char page[] = "<html><body><a href=x>MIME-Version: 1.0\nContent-Type: text\n";

    for (size_t n = 0; n < sizeof(page); n++) {
        CHECK((unsigned)ym_sniff((const uint8_t *)page, n) < YM_KIND_COUNT);
    }
}

/* The same answer as looking at each place in turn. */
static void embedded_archives_are_found_at_any_alignment(void) {
    uint8_t data[80];

    for (size_t at = 0; at + 6 <= sizeof(data); at++) {
        size_t found = 0;
        ym_kind kind = YM_KIND_DATA;

        memset(data, 'P', sizeof(data));
        memcpy(data + at, "7z\xbc\xaf\x27\x1c", 6);
        CHECK(ym_sniff_embedded(data, sizeof(data), 0, &found, &kind));
        CHECK_EQ(found, at);
        CHECK_EQ(kind, YM_KIND_SEVENZIP);
        CHECK(!ym_sniff_embedded(data, sizeof(data), at + 1, &found, &kind));
    }
}

static void embedded_programs_need_their_pe_header(void) {
    static const struct make_section one[] = {{0x1000, 0x100, 0x200, 0x200}};
    struct make_pe pe = {.entry = 0x1000, .sections = one, .n_sections = 1, .file_size = 0x400};
    struct ym_buf file;
    size_t found = 0;
    ym_kind kind = YM_KIND_DATA;

    ym_buf_init(&file, 1 << 20);
    ym_buf_add(&file, "some MZ bytes in front", 22);
    make_pe(&pe, &file);
    CHECK(ym_sniff_embedded(file.data, file.len, 0, &found, &kind));
    CHECK_EQ(found, 22);
    CHECK_EQ(kind, YM_KIND_PE);
    ym_buf_done(&file);
}

MAIN(T(every_kind_has_a_word_and_a_known_target), T(magic_decides), T(text_is_text),
     T(some_tags_make_html), T(mail_headers_make_mail), T(rtf_with_objects_holds_something_unseen),
     T(every_prefix_is_something), T(embedded_archives_are_found_at_any_alignment),
     T(embedded_programs_need_their_pe_header))
