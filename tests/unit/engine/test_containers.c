/* What signatures say about containers, members, passwords and types, asked by the engine. */
#include "engine/engine.h"

#include "makers/make_archive.h"
#include "scan_once.h"

#define MARKER "GECKO-MARKER-0123456789"
#define MARKER_HEX "4745434b4f2d4d41524b45522d30313233343536373839"
#define MARKER_ROW "M:0:*:" MARKER_HEX "\n"

static struct ym_arena *arena;
static struct ym_report *report;

static const struct ym_scan_options all = {.all_matches = true};

static void scan_with(const struct make_source *sources, unsigned n, const void *data, size_t size,
                      const struct ym_scan_options *options) {
    const struct ym_limits limits = ym_limits_default();

    report = scan_once(sources, n, data, size, options, &limits, &arena);
}

static void scan(const char *name, const char *text, const struct ym_buf *file) {
    const struct make_source sources[] = {{name, text, 0}, {"m.ndb", MARKER_ROW, 0}};

    scan_with(sources, 2, file->data, file->len, &all);
}

static const struct ym_report_detection *found(const char *name) {
    for (const struct ym_report_detection *d = report->detections; d != NULL; d = d->next) {
        if (strcmp(d->name, name) == 0) {
            return d;
        }
    }
    return NULL;
}

static bool has_gap(ym_gap gap) {
    for (const struct ym_report_gap *g = report->gaps; g != NULL; g = g->next) {
        if (g->gap == gap) {
            return true;
        }
    }
    return false;
}

static const struct make_member members[] = {{"sub/gecko.exe", "0123456789", 10},
                                             {"wall.txt", MARKER, sizeof(MARKER) - 1}};

static void make(const char *format, struct ym_buf *file) {
    ym_buf_init(file, 1 << 20);
    CHECK(make_archive(format, NULL, members, 2, file));
}

static void members_are_asked_about_by_name_size_and_place(void) {
    static const char *const formats[] = {"zip", "ustar", "newc", "7zip"};
    static const char rows[] = "Name:*:*:^sub/gecko\\.exe$:*:*:*:*:*:*\n"
                               "Case:*:*:(?i)WALL:*:*:*:*:*:*\n"
                               "No:*:*:GECKO:*:*:*:*:*:*\n"
                               "Real:*:*:gecko:*:10:*:*:*:*\n"
                               "NoReal:*:*:gecko:*:11-99:*:*:*:*\n"
                               "Second:*:*:wall:*:*:0:2:*:*\n"
                               "NoSecond:*:*:wall:*:*:*:1:*:*\n"
                               "NoEncrypted:*:*:*:*:*:1:*:*:*\n";

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct ym_buf file;

        make(formats[i], &file);
        scan("a.cdb", rows, &file);
        ym_buf_done(&file);
        CHECK(found("Name.UNOFFICIAL") != NULL && found("Case.UNOFFICIAL") != NULL);
        CHECK(found("Real.UNOFFICIAL") != NULL && found("Second.UNOFFICIAL") != NULL);
        CHECK(found("M.UNOFFICIAL") != NULL);
        CHECK(found("No.UNOFFICIAL") == NULL && found("NoReal.UNOFFICIAL") == NULL);
        CHECK(found("NoSecond.UNOFFICIAL") == NULL && found("NoEncrypted.UNOFFICIAL") == NULL);
        CHECK(strcmp(found("Name.UNOFFICIAL")->object, "sub/gecko.exe") == 0);
        CHECK(strcmp(found("Name.UNOFFICIAL")->source, "a.cdb:1") == 0);
    }
}

static void a_container_is_asked_about_by_type_and_size(void) {
    char rows[512];
    struct ym_buf file;

    make("zip", &file);
    (void)snprintf(rows, sizeof(rows),
                   "Zip:CL_TYPE_ZIP:*:*:*:*:*:*:*:*\nTar:CL_TYPE_POSIX_TAR:*:*:*:*:*:*:*:*\n"
                   "Size:*:%zu:*:*:*:*:*:*:*\nNoSize:*:%zu-99999:*:*:*:*:*:*:*\n",
                   file.len, file.len + 1);
    scan("a.cdb", rows, &file);
    ym_buf_done(&file);
    CHECK(found("Zip.UNOFFICIAL") != NULL && found("Size.UNOFFICIAL") != NULL);
    CHECK(found("Tar.UNOFFICIAL") == NULL && found("NoSize.UNOFFICIAL") == NULL);
    make("ustar", &file);
    scan("a.cdb", rows, &file);
    ym_buf_done(&file);
    CHECK(found("Tar.UNOFFICIAL") != NULL && found("Zip.UNOFFICIAL") == NULL);
}

/* What libarchive does not tell comes from the zip's directory. */
static void a_zips_directory_tells_checksum_and_packed_size(void) {
    static const char rows[] = "Crc:*:gecko:10:10:A684C7C6:*:1:*\n"
                               "NoCrc:*:gecko:*:*:A684C7C7:*:*:*\n"
                               "NoPacked:*:gecko:*:9:*:*:*:*\n";
    static const struct make_member stored = {"gecko", "0123456789", 10};
    struct ym_buf file;

    ym_buf_init(&file, 1 << 20);
    CHECK(make_archive("zip", NULL, &stored, 1, &file));
    /* libarchive packs; make the directory say what a stored member's would */
    for (size_t i = 0; i + 46 <= file.len; i++) {
        if (memcmp(file.data + i, "PK\1\2", 4) == 0) {
            memset(file.data + i + 20, 0, 4);
            file.data[i + 20] = 10;
        }
    }
    scan("a.zmd", rows, &file);
    ym_buf_done(&file);
    CHECK(found("Crc.UNOFFICIAL") != NULL);
    CHECK_EQ(report->n_detections, 1);
}

static void parts_of_a_mail_are_members(void) {
    static const char mail[] =
        "From: a@example.com\nTo: b@example.com\nSubject: s\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=\"q\"\n\n--q\nContent-Type: text/plain\n\nhi\n"
        "--q\nContent-Type: application/octet-stream; name=\"type.bin\"\n"
        "Content-Disposition: attachment;\n filename=\"evil.exe\"\n"
        "Content-Transfer-Encoding: base64\n\nMDEyMzQ1Njc4OQ==\n--q--\n";
    const struct make_source source = {"a.cdb",
                                       "A:CL_TYPE_MAIL:*:^evil\\.exe$:10:10:0:*:*:*\n"
                                       "No:*:*:type:*:*:*:*:*:*\n",
                                       0};

    scan_with(&source, 1, mail, sizeof(mail) - 1, &all);
    CHECK(found("A.UNOFFICIAL") != NULL);
    CHECK_EQ(report->n_detections, 1);
}

static void the_first_row_ends_a_scan_that_wants_one(void) {
    static const struct ym_scan_options one = {.all_matches = false};
    const struct make_source source = {"a.cdb", "A:*:*:*:*:*:*:*:*:*\nB:*:*:*:*:*:*:*:*:*\n", 0};
    struct ym_buf file;

    make("zip", &file);
    scan_with(&source, 1, file.data, file.len, &one);
    ym_buf_done(&file);
    CHECK_EQ(report->n_detections, 1);
}

static void an_encrypted_member_is_opened_with_a_known_password(void) {
    static const struct {
        const char *text;
        bool opens;
    } rows[] = {
        {"P;Engine:81-255;0;wall\n", true},
        {"P;Engine:81-255;1;77616c6c\n", true},
        {"A;Engine:81-255;0;door\nB;Engine:81-255;0;wall\n", true},
        {"P;Engine:81-255,Container:CL_TYPE_ZIP;0;wall\n", true},
        {"P;Engine:81-255,Container:CL_TYPE_RAR;0;wall\n", false},
        {"P;Engine:81-255;0;walls\n", false},
        {"P;Engine:81-255;0;\n", false},
    };
    struct ym_buf file;

    ym_buf_init(&file, 1 << 20);
    CHECK(make_zip_with_password("wall", members, 2, &file));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scan("a.pwdb", rows[i].text, &file);
        CHECK_EQ(found("M.UNOFFICIAL") != NULL, rows[i].opens);
        CHECK_EQ(has_gap(YM_GAP_ENCRYPTED), !rows[i].opens);
    }
    scan("a.cdb", "E:*:*:wall:*:23:1:2:*:*\n", &file);
    ym_buf_done(&file);
    CHECK(found("E.UNOFFICIAL") != NULL);
    CHECK(has_gap(YM_GAP_ENCRYPTED));
}

/* One in 256 wrong passwords passes the format's own test: no byte of what comes out then counts, and
 * the right one behind it is still found. */
static void wrong_passwords_neither_give_bytes_nor_hide_the_right_one(void) {
    char rows[65536];
    size_t n = 0;
    struct ym_buf file;

    for (unsigned i = 0; i < 2000; i++) {
        n += (size_t)snprintf(rows + n, sizeof(rows) - n, "P;Engine:1-255;0;%u\n", i);
    }
    ym_buf_init(&file, 1 << 20);
    CHECK(make_zip_with_password("wall", members, 2, &file));
    scan("a.pwdb", rows, &file);
    CHECK(has_gap(YM_GAP_ENCRYPTED));
    CHECK_EQ(report->objects, 1);
    (void)snprintf(rows + n, sizeof(rows) - n, "P;Engine:1-255;0;wall\n");
    scan("a.pwdb", rows, &file);
    ym_buf_done(&file);
    CHECK(found("M.UNOFFICIAL") != NULL && report->gaps == NULL);
}

#define TARGETS                                                                                    \
    "T0:0:*:6d61726b6572\nT1:1:*:6d61726b6572\nT4:4:*:6d61726b6572\nT5:5:*:6d61726b6572\n"         \
    "T10:10:*:6d61726b6572\nT14:14:*:6d61726b6572\n"

static void scan_type(const char *rows, const char *data, size_t size) {
    const struct make_source sources[] = {{"a.ftm", rows, 0}, {"t.ndb", TARGETS, 0}};

    scan_with(sources, 2, data, size, &all);
    CHECK(found("T0.UNOFFICIAL") != NULL || report->n_detections == 0);
}

static void fixed_bytes_name_a_type(void) {
    static const char data[] = "QZQZ\0\1\0\1 marker\xff\xfe";

    scan_type("0:0:515a515a:X:CL_TYPE_ANY:CL_TYPE_GRAPHICS\n", data, sizeof(data));
    CHECK(found("T5.UNOFFICIAL") != NULL && found("T14.UNOFFICIAL") == NULL);
    scan_type("0:1:515a515a:X:CL_TYPE_ANY:CL_TYPE_GRAPHICS\n", data, sizeof(data));
    CHECK(found("T5.UNOFFICIAL") == NULL && found("T14.UNOFFICIAL") != NULL);
    scan_type("0:0:515a:X:CL_TYPE_ANY:CL_TYPE_GRAPHICS\n0:2:515a:X:CL_TYPE_ANY:CL_TYPE_MSEXE\n",
              data, sizeof(data)); /* the later row goes first */
    CHECK(found("T1.UNOFFICIAL") != NULL && found("T5.UNOFFICIAL") == NULL);
}

static void an_ignored_type_is_a_gap(void) {
    static const char data[] = "QZQZ\0\1\0\1 marker\xff\xfe";

    scan_type("0:0:515a515a:X:CL_TYPE_ANY:CL_TYPE_IGNORED\n", data, sizeof(data));
    CHECK_EQ(report->n_detections, 0);
    CHECK_EQ(ym_report_verdict(report), YM_VERDICT_INCOMPLETE);
}

static void a_pattern_names_a_type_of_text_or_data_only(void) {
    static const char text[] = "Hello ZAZA marker and more\n";
    static const char gif[] = "GIF89a\1\1ZAZA marker";
    char far[2048];

    scan_type("1:*:5a41??41:X:CL_TYPE_ANY:CL_TYPE_PDF\n", text, sizeof(text) - 1);
    CHECK(found("T10.UNOFFICIAL") != NULL);
    scan_type("1:0,6:5a415a41:X:CL_TYPE_TEXT_ASCII:CL_TYPE_PDF\n", text, sizeof(text) - 1);
    CHECK(found("T10.UNOFFICIAL") != NULL);
    scan_type("1:0,5:5a415a41:X:CL_TYPE_ANY:CL_TYPE_PDF\n", text, sizeof(text) - 1);
    CHECK(found("T10.UNOFFICIAL") == NULL);
    scan_type("1:*:5a415a41:X:CL_TYPE_ANY:CL_TYPE_PDF\n", gif, sizeof(gif) - 1);
    CHECK(found("T10.UNOFFICIAL") == NULL && found("T5.UNOFFICIAL") != NULL);
    memset(far, ' ', sizeof(far));
    memcpy(far + 1021, "ZAZA marker", 11); /* one byte behind what is asked */
    scan_type("1:*:5a415a41:X:CL_TYPE_ANY:CL_TYPE_PDF\n", far, sizeof(far));
    CHECK(found("T10.UNOFFICIAL") == NULL);
    memcpy(far + 1020, "ZAZA marker", 11);
    scan_type("1:*:5a415a41:X:CL_TYPE_ANY:CL_TYPE_PDF\n", far, sizeof(far));
    CHECK(found("T10.UNOFFICIAL") != NULL);
    scan_type("1:*:5a415a41:X:CL_TYPE_ANY:CL_TYPE_GRAPHICS\n"
              "1:*:48656c6c6f:X:CL_TYPE_ANY:CL_TYPE_MSEXE\n",
              text, sizeof(text) - 1); /* the last in the order of types */
    CHECK(found("T5.UNOFFICIAL") != NULL && found("T1.UNOFFICIAL") == NULL);
}

static void add_to_u32(uint8_t *p, uint32_t n) {
    uint32_t v = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

    v += n;
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> 8 * i);
    }
}

/* A zip that begins with something else, all its offsets right: only the row knows. */
static void a_named_kind_is_unpacked(void) {
    enum { PREFIX = 16 };
    struct ym_buf file;
    struct ym_buf zip;

    make("zip", &zip);
    for (size_t i = 0; i + 22 <= zip.len; i++) {
        if (memcmp(zip.data + i, "PK\1\2", 4) == 0) {
            add_to_u32(zip.data + i + 42, PREFIX);
        } else if (memcmp(zip.data + i, "PK\5\6", 4) == 0) {
            add_to_u32(zip.data + i + 16, PREFIX);
        }
    }
    ym_buf_init(&file, 1 << 20);
    ym_buf_add(&file, "QZQZ\0\0\0\0\0\0\0\0\0\0\0\0", PREFIX);
    ym_buf_add(&file, zip.data, zip.len);
    scan("a.ftm", "0:0:515a515a:X:CL_TYPE_ANY:CL_TYPE_ZIP\n", &file);
    CHECK(found("M.UNOFFICIAL") != NULL);
    CHECK(strcmp(found("M.UNOFFICIAL")->object, "wall.txt") == 0 && report->gaps == NULL);
    ym_buf_done(&file);
    ym_buf_done(&zip);
}

/* As clamscan, whose own list of what is sought inside others is gone then; but not in silence. */
static void what_is_embedded_in_a_named_type_is_a_gap(void) {
    struct ym_buf file;
    struct ym_buf zip;

    make("zip", &zip);
    ym_buf_init(&file, 1 << 20);
    ym_buf_add(&file, "QZQZ\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    ym_buf_add(&file, zip.data, zip.len);
    scan("a.ftm", "0:0:515a515a:X:CL_TYPE_ANY:CL_TYPE_GRAPHICS\n", &file);
    CHECK(found("M.UNOFFICIAL") == NULL && has_gap(YM_GAP_UNSUPPORTED));
    scan("a.ftm", "0:0:515a515a:X:CL_TYPE_ANY:CL_TYPE_ZIP\n", &file);
    CHECK(found("M.UNOFFICIAL") == NULL && has_gap(YM_GAP_MALFORMED));
    scan("a.ftm",
         "0:0:515a515a:X:CL_TYPE_ANY:CL_TYPE_GRAPHICS\n"
         "1:*:504b0304:ZIP-SFX:CL_TYPE_ANY:CL_TYPE_ZIPSFX\n",
         &file);
    CHECK(found("M.UNOFFICIAL") != NULL);
    ym_buf_done(&file);
    ym_buf_done(&zip);
}

static void our_own_sniffing_knows_what_the_table_does_not(void) {
    struct ym_buf file;

    make("zip", &file);
    scan("a.ftm", "0:0:515a515a:X:CL_TYPE_ANY:CL_TYPE_GRAPHICS\n", &file);
    CHECK(found("M.UNOFFICIAL") != NULL && report->gaps == NULL);
    scan("a.ftm", "0:0:504b:X:CL_TYPE_ANY:CL_TYPE_IGNORED\n", &file);
    CHECK(found("M.UNOFFICIAL") != NULL && report->gaps == NULL);
    ym_buf_done(&file);
}

/* A stream that lacks its end: what came before is looked at, and the rest is a gap. */
static void a_cut_stream_gives_what_it_holds(void) {
    static const struct make_member member = {"data", MARKER, sizeof(MARKER) - 1};
    const struct make_source source = {"m.ndb", MARKER_ROW, 0};
    struct ym_buf file;

    ym_buf_init(&file, 1 << 20);
    CHECK(make_archive("raw", "gzip", &member, 1, &file));
    for (size_t cut = 1; cut < 9; cut++) {
        scan_with(&source, 1, file.data, file.len - cut, &all);
        CHECK(found("M.UNOFFICIAL") != NULL && has_gap(YM_GAP_MALFORMED));
    }
    ym_buf_done(&file);
}

#define LDB(name, conditions) name ";Engine:81-255," conditions ",Target:0;0;" MARKER_HEX "\n"

static void rules_may_ask_what_their_object_lies_in(void) {
    static const struct make_member text = {"a.txt", MARKER, sizeof(MARKER) - 1};
    const struct make_member inner_member = {"inner.tar", NULL, 0};
    struct make_member outer = inner_member;
    struct ym_buf inner;
    struct ym_buf file;

    ym_buf_init(&inner, 1 << 20);
    ym_buf_init(&file, 1 << 20);
    CHECK(make_archive("ustar", NULL, &text, 1, &inner));
    outer.data = inner.data;
    outer.size = inner.len;
    CHECK(make_archive("zip", NULL, &outer, 1, &file));
    scan("a.ldb",
         LDB("Tar", "Container:CL_TYPE_POSIX_TAR") LDB("Zip", "Container:CL_TYPE_ZIP")
             LDB("Old", "Container:CL_TYPE_OLD_TAR")
                 LDB("Chain", "Intermediates:CL_TYPE_ZIP>CL_TYPE_POSIX_TAR")
                     LDB("NoChain", "Intermediates:CL_TYPE_POSIX_TAR>CL_TYPE_ZIP"),
         &file);
    CHECK(found("Tar.UNOFFICIAL") != NULL && found("Chain.UNOFFICIAL") != NULL);
    CHECK(found("Zip.UNOFFICIAL") != NULL); /* the tar holds the marker as it is */
    CHECK(strcmp(found("Zip.UNOFFICIAL")->object, "inner.tar") == 0);
    CHECK(found("Old.UNOFFICIAL") == NULL && found("NoChain.UNOFFICIAL") == NULL);
    ym_buf_done(&inner);
    ym_buf_done(&file);
}

/* clamscan unpacks such a document as one, and as the zip that it is. */
static void a_document_is_a_zip_as_well(void) {
    static const struct make_member parts[] = {{"[Content_Types].xml", "<x/>", 4},
                                               {"word/document.xml", MARKER, sizeof(MARKER) - 1}};
    struct ym_buf file;

    ym_buf_init(&file, 1 << 20);
    CHECK(make_archive("zip", NULL, parts, 2, &file));
    scan("a.ldb",
         LDB("Word", "Container:CL_TYPE_OOXML_WORD") LDB("Zip", "Container:CL_TYPE_ZIP")
             LDB("Xl", "Container:CL_TYPE_OOXML_XL") LDB("Chain", "Intermediates:CL_TYPE_ZIP"),
         &file);
    ym_buf_done(&file);
    CHECK(found("Word.UNOFFICIAL") != NULL && found("Zip.UNOFFICIAL") != NULL);
    CHECK(found("Chain.UNOFFICIAL") != NULL && found("Xl.UNOFFICIAL") == NULL);
}

static void a_handler_looks_at_the_object_as_another_type(void) {
    static const char data[] = "\1\2\0\1\0\1 handle me, marker\xff\xfe";
    static const char rows[] =
        "H;Engine:81-255,Target:0,HandlerType:CL_TYPE_GRAPHICS;0;68616e646c65\n"
        "Pe;Engine:81-255,Target:1,HandlerType:CL_TYPE_PDF;0;68616e646c65\n";
    const struct make_source sources[] = {{"h.ldb", rows, 0}, {"t.ndb", TARGETS, 0}};

    scan_with(sources, 2, data, sizeof(data), &all);
    CHECK(found("T14.UNOFFICIAL") != NULL && found("T5.UNOFFICIAL") != NULL);
    CHECK(strcmp(found("T5.UNOFFICIAL")->layers, "data>bmp") == 0);
    CHECK(found("H.UNOFFICIAL") != NULL); /* of what was re-typed it is a signature like others */
    CHECK(strcmp(found("H.UNOFFICIAL")->layers, "data>bmp") == 0);
    CHECK_EQ(report->objects, 2);
}

MAIN(T(members_are_asked_about_by_name_size_and_place),
     T(a_container_is_asked_about_by_type_and_size),
     T(a_zips_directory_tells_checksum_and_packed_size), T(parts_of_a_mail_are_members),
     T(the_first_row_ends_a_scan_that_wants_one),
     T(an_encrypted_member_is_opened_with_a_known_password),
     T(wrong_passwords_neither_give_bytes_nor_hide_the_right_one), T(fixed_bytes_name_a_type),
     T(an_ignored_type_is_a_gap), T(a_pattern_names_a_type_of_text_or_data_only),
     T(a_named_kind_is_unpacked), T(what_is_embedded_in_a_named_type_is_a_gap),
     T(our_own_sniffing_knows_what_the_table_does_not), T(a_cut_stream_gives_what_it_holds),
     T(rules_may_ask_what_their_object_lies_in), T(a_document_is_a_zip_as_well),
     T(a_handler_looks_at_the_object_as_another_type))
