/* The way of a file through the engine: objects, detections, coverage, limits. */
#include "engine/engine.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "makers/make_archive.h"
#include "makers/make_exe.h"
#include "scan_once.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define MARKER "GECKO-MARKER-0123456789"
#define MARKER_HEX "4745434b4f2d4d41524b45522d30313233343536373839"

static struct ym_arena *arena;
static struct ym_limits limits;
static struct ym_report *report;

static const struct make_source marker_anywhere[] = {{"m.ndb", "M:0:*:" MARKER_HEX "\n", 0}};

/* Scans data with the sources; leaves the report. */
static void scan(const struct make_source *sources, unsigned n_sources, const void *data,
                 size_t size, const struct ym_scan_options *options) {

    report = scan_once(sources, n_sources, data, size, options, &limits, &arena);
}

static const struct ym_scan_options all = {.all_matches = true};

static void scan_marker(const struct ym_buf *file) {
    scan(marker_anywhere, 1, file->data, file->len, &all);
}

static bool found(const char *name, const char *object) {
    for (const struct ym_report_detection *d = report->detections; d != NULL; d = d->next) {
        if (strcmp(d->name, name) == 0 && strcmp(d->object, object) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_gap(ym_gap gap, const char *object) {
    for (const struct ym_report_gap *g = report->gaps; g != NULL; g = g->next) {
        if (g->gap == gap && strcmp(g->object, object) == 0) {
            return true;
        }
    }
    return false;
}

static void show(void) {
    struct ym_buf out;

    ym_buf_init(&out, 1 << 20);
    ym_report_json(report, "", &out);
    printf("# %.2000s\n", (const char *)out.data);
    ym_buf_done(&out);
}

static void start(struct ym_buf *file) {
    limits = ym_limits_default();
    ym_buf_init(file, 64 << 20);
}

static void plain_bytes_are_matched_once(void) {
    static const char text[] = "some text, then " MARKER;

    limits = ym_limits_default();
    scan(marker_anywhere, 1, text, sizeof(text) - 1, &all);
    CHECK_EQ(report->n_detections, 1);
    CHECK(found("M.UNOFFICIAL", ""));
    CHECK_EQ(report->detections->offset, 16);
    CHECK_EQ(report->detections->length, sizeof(MARKER) - 1);
    CHECK(strcmp(report->detections->layers, "text") == 0);
    CHECK(strcmp(report->detections->kind, "clamav") == 0);
    CHECK_EQ(report->bytes_seen, sizeof(text) - 1);
    CHECK_EQ(report->gaps == NULL, 1);
    scan(marker_anywhere, 1, "", 0, &all);
    CHECK_EQ(ym_report_verdict(report), YM_VERDICT_CLEAN);
}

static void evidence_is_the_bytes_around_a_hit(void) {
    static const char text[] = "some text, then " MARKER " and more text behind it";
    const struct ym_scan_options options = {.all_matches = true, .evidence = true};

    limits = ym_limits_default();
    scan(marker_anywhere, 1, text, sizeof(text) - 1, &options);
    CHECK(report->detections->n_bytes > sizeof(MARKER));
    CHECK(memcmp(report->detections->bytes, text, report->detections->n_bytes) == 0);
}

static void every_archive_format_is_unpacked(void) {
    static const char *const formats[] = {"zip",  "ustar", "pax",     "gnutar", "cpio",  "newc",
                                          "7zip", "xar",   "iso9660", "arbsd",  "argnu", "warc"};

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const struct make_member members[] = {{"one.txt", "nothing", 7},
                                              {"two.txt", MARKER, sizeof(MARKER) - 1}};
        struct ym_buf file;
        bool seen;

        start(&file);
        CHECK(make_archive(formats[i], NULL, members, 2, &file));
        scan_marker(&file);
        ym_buf_done(&file);
        seen = found("M.UNOFFICIAL", "two.txt") || found("M.UNOFFICIAL", "TWO.TXT");
        if (!seen || report->gaps != NULL) {
            printf("# %s\n", formats[i]);
            show();
        }
        CHECK(seen);
        CHECK(report->gaps == NULL);
    }
}

static void every_stream_is_unpacked(void) {
    static const char *const filters[] = {"gzip", "bzip2", "xz",  "lzma",
                                          "lzip", "zstd",  "lz4", "compress"};
    const struct make_member member = {"data", MARKER, sizeof(MARKER) - 1};

    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        struct ym_buf file;

        start(&file);
        CHECK(make_archive("raw", filters[i], &member, 1, &file));
        scan_marker(&file);
        if (!found("M.UNOFFICIAL", "") || report->gaps != NULL) {
            printf("# %s\n", filters[i]);
            show();
        }
        CHECK(found("M.UNOFFICIAL", ""));
        CHECK(report->gaps == NULL);
        CHECK_EQ(report->objects, 2);
        ym_buf_done(&file);
    }
}

static void nested_archives_name_the_way(void) {
    struct make_member inner = {"dir/member.txt", MARKER, sizeof(MARKER) - 1};
    struct make_member outer = {"inner.zip", NULL, 0};
    struct ym_buf zip;
    struct ym_buf file;

    start(&file);
    ym_buf_init(&zip, 1 << 20);
    CHECK(make_archive("zip", NULL, &inner, 1, &zip));
    outer.data = zip.data;
    outer.size = zip.len;
    CHECK(make_archive("ustar", "gzip", &outer, 1, &file));
    scan_marker(&file);
    CHECK(found("M.UNOFFICIAL", "inner.zip/dir/member.txt"));
    CHECK_EQ(report->objects, 4); /* gzip, tar, zip, text */
    limits.max_depth = 2;
    scan_marker(&file);
    CHECK(!found("M.UNOFFICIAL", "inner.zip/dir/member.txt"));
    CHECK(has_gap(YM_GAP_DEPTH, "inner.zip"));
    ym_buf_done(&zip);
    ym_buf_done(&file);
}

static void without_unpacking_nothing_inside_is_seen_and_nothing_is_a_gap(void) {
    const struct ym_scan_options options = {.all_matches = true, .no_unpack = true};
    const struct make_member member = {"m", MARKER, sizeof(MARKER) - 1};
    struct ym_buf file;

    start(&file);
    CHECK(make_archive("zip", NULL, &member, 1, &file));
    scan(marker_anywhere, 1, file.data, file.len, &options);
    CHECK_EQ(report->objects, 1);
    CHECK(report->gaps == NULL);
    scan(marker_anywhere, 1, "%PDF-1.4 nothing", 16, &options);
    CHECK_EQ(ym_report_verdict(report), YM_VERDICT_CLEAN);
    ym_buf_done(&file);
}

static void what_cannot_be_unpacked_is_a_gap(void) {
    struct ym_buf file;

    start(&file);
    scan(marker_anywhere, 1, "%PDF-1.4 nothing", 16, &all);
    CHECK(has_gap(YM_GAP_UNSUPPORTED, ""));
    CHECK(strcmp(report->gaps->detail, "pdf") == 0);
    CHECK_EQ(ym_report_verdict(report), YM_VERDICT_INCOMPLETE);
    make_encrypted_zip(&file);
    scan_marker(&file);
    CHECK(has_gap(YM_GAP_ENCRYPTED, "secret.txt"));
    ym_buf_done(&file);
}

static void a_truncated_archive_gives_what_it_has_and_a_gap(void) {
    char noise[3000];
    const struct make_member members[] = {{"first", MARKER, sizeof(MARKER) - 1},
                                          {"second", noise, sizeof(noise)}};
    struct ym_buf file;

    for (size_t i = 0; i < sizeof(noise); i++) {
        noise[i] = (char)(i * i >> 3);
    }
    start(&file);
    CHECK(make_archive("ustar", NULL, members, 2, &file));
    scan(marker_anywhere, 1, file.data, 512 * 3 + 1000, &all);
    CHECK(found("M.UNOFFICIAL", "first"));
    CHECK(has_gap(YM_GAP_MALFORMED, "second"));
    for (size_t n = 0; n < file.len; n += 97) {
        scan(marker_anywhere, 1, file.data, n, &all); /* must only end well */
    }
    ym_buf_done(&file);
}

static void a_stream_that_is_none_is_a_gap(void) {
    limits = ym_limits_default();
    scan(marker_anywhere, 1, "\x1f\x8b but no gzip at all, just these bytes", 40, &all);
    CHECK(has_gap(YM_GAP_MALFORMED, ""));
    CHECK_EQ(report->objects, 1);
}

static void a_bomb_ends_with_a_gap_in_bounded_time_and_memory(void) {
    struct ym_buf file;
    uint64_t start_ns = ym_now_ns();

    start(&file);
    CHECK(make_zip_bomb(16, 5, 4 << 20, &file)); /* 16^5 times 4 MiB: 4 TiB */
    limits.max_scan_size = 64 << 20;
    scan_marker(&file);
    CHECK_EQ(ym_report_verdict(report), YM_VERDICT_INCOMPLETE);
    CHECK(report->bytes_seen <= limits.max_scan_size);
    limits.max_scan_size = UINT64_MAX;
    limits.max_items = 100;
    scan_marker(&file);
    CHECK(report->objects <= limits.max_items + 1);
    CHECK_EQ(report->last_gap->gap, YM_GAP_ITEMS);
    limits.max_items = UINT64_MAX;
    limits.max_time = 1;
    scan_marker(&file);
    CHECK_EQ(report->last_gap->gap, YM_GAP_TIME);
    CHECK(ym_now_ns() - start_ns < UINT64_C(60) * 1000000000);
    ym_buf_done(&file);
}

static void one_huge_member_meets_the_limit_of_memory_or_size(void) {
    struct ym_buf file;

    start(&file);
    CHECK(make_zip_bomb(1, 0, 8 << 20, &file));
    limits.max_memory = 1 << 20;
    scan_marker(&file);
    CHECK(has_gap(YM_GAP_MEMORY, "zeros"));
    limits = ym_limits_default();
    limits.max_file_size = 1 << 20;
    scan_marker(&file);
    CHECK(has_gap(YM_GAP_SIZE, "zeros"));
    CHECK_EQ(report->objects, 2);
    ym_buf_done(&file);
}

static void a_file_over_the_limit_is_a_gap_and_not_clean(void) {
    static const char text[] = "some text, then " MARKER;

    limits = ym_limits_default();
    limits.max_file_size = 20;
    scan(marker_anywhere, 1, text, sizeof(text) - 1, &all);
    CHECK_EQ(report->n_detections, 0);
    CHECK(has_gap(YM_GAP_SIZE, ""));
    CHECK_EQ(report->gaps->size, sizeof(text) - 1);
}

static void the_first_detection_stops_the_scan_unless_all_are_wanted(void) {
    static const struct ym_scan_options first = {.all_matches = false};
    const struct make_member members[] = {{"a", MARKER, sizeof(MARKER) - 1},
                                          {"b", MARKER, sizeof(MARKER) - 1}};
    struct ym_buf file;

    start(&file);
    CHECK(make_archive("7zip", NULL, members, 2, &file));
    scan(marker_anywhere, 1, file.data, file.len, &first);
    CHECK_EQ(report->n_detections, 1);
    scan_marker(&file);
    CHECK_EQ(report->n_detections, 2);
    ym_buf_done(&file);
}

/* The one name of a scan that wants one. */
static void check_first(const struct make_source *sources, unsigned n, const struct ym_buf *file,
                        const char *want) {
    static const struct ym_scan_options first = {.all_matches = false};

    scan(sources, n, file->data, file->len, &first);
    CHECK_EQ(report->n_detections, want[0] == '\0' ? 0 : 1);
    if (report->n_detections > 0 && strcmp(report->detections->name, want) != 0) {
        FAIL("got %s, want %s", report->detections->name, want);
    }
}

static void what_is_inside_is_named_before_its_container(void) {
    static const struct make_member members[] = {{"a", "nothing here", 12},
                                                 {"b", MARKER, sizeof(MARKER) - 1}};
    const struct make_source sources[] = {{"a.ndb", "Zip:0:0:504b0304\n", 0},
                                          marker_anywhere[0],
                                          {"c.cdb", "C:*:*:^b$:*:*:*:*:*:*\n", 0}};
    struct ym_buf file;

    start(&file);
    CHECK(make_archive("zip", NULL, members, 2, &file));
    check_first(sources, 1, &file, "Zip.UNOFFICIAL");
    check_first(sources, 2, &file, "M.UNOFFICIAL");
    check_first(sources, 3, &file, "C.UNOFFICIAL");
    limits.max_items = 1; /* it ends before the member, and what was found before is told */
    check_first(sources, 2, &file, "Zip.UNOFFICIAL");
    CHECK(has_gap(YM_GAP_ITEMS, ""));
    limits = ym_limits_default();
    ym_buf_done(&file);
}

static void of_one_object_kinds_have_an_order(void) {
    static const char text[] = "\1\2\3 late first early";
    struct make_source sources[] = {
        {"a.ldb", "L;Engine:81-255,Target:0;0;6c617465\n", 0},
        {"a.yar", "rule Y { strings: $a = \"late\" condition: $a }", 0},
        {"a.ndb", "W:0:*:66??727374\n", 0},
        {"b.ndb", "Early:0:*:6561726c79\n", 0},
        {"c.ndb", "Late:0:*:6c617465\n", 0},
        {"b.db", "Same=6c617465\n", 0},
    };
    static const char *const want[] = {"L.UNOFFICIAL",    "Y",
                                       "W.UNOFFICIAL",    "Early.UNOFFICIAL",
                                       "Late.UNOFFICIAL", "Late.UNOFFICIAL"};
    struct ym_buf file;

    start(&file);
    ym_buf_add(&file, text, sizeof(text) - 1);
    for (unsigned n = 1; n <= sizeof(want) / sizeof(want[0]); n++) {
        check_first(sources, n, &file, want[n - 1]);
    }
    ym_buf_done(&file);
}

/* "<md5>:<size>:<name>" of bytes. */
static const char *digest_line(const void *data, size_t size, const char *name, const char *order) {
    static char line[256];
    unsigned char md5[16];
    char hex[33];
    unsigned n = 0;

    (void)EVP_Digest(data, size, md5, &n, EVP_md5(), NULL);
    ym_hex_encode(md5, sizeof(md5), hex);
    if (strcmp(order, "mdb") == 0) {
        (void)snprintf(line, sizeof(line), "%zu:%s:%s\n", size, hex, name);
    } else {
        (void)snprintf(line, sizeof(line), "%s:%zu:%s\n", hex, size, name);
    }
    return line;
}

static void digests_of_members_and_of_sections_are_looked_up(void) {
    static const struct make_section one[] = {{0x1000, 0x200, 0x400, 0x200}};
    struct make_pe pe = {.entry = 0x1000, .sections = one, .n_sections = 1, .file_size = 0x600};
    struct make_source source = {"d.hdb", NULL, 0};
    struct make_member member = {"p.exe", NULL, 0};
    struct ym_buf exe;
    struct ym_buf file;

    start(&file);
    ym_buf_init(&exe, 1 << 20);
    make_pe(&pe, &exe);
    member.data = exe.data;
    member.size = exe.len;
    CHECK(make_archive("zip", NULL, &member, 1, &file));
    source.text = digest_line(exe.data, exe.len, "Whole", "hdb");
    scan(&source, 1, file.data, file.len, &all);
    CHECK(found("Whole.UNOFFICIAL", "p.exe"));
    CHECK_EQ(report->detections->offset, UINT64_MAX);
    source.name = "d.mdb";
    source.text = digest_line(exe.data + 0x400, 0x200, "Section", "mdb");
    scan(&source, 1, file.data, file.len, &all);
    CHECK(found("Section.UNOFFICIAL", "p.exe"));
    CHECK_EQ(report->detections->offset, 0x400);
    ym_buf_done(&exe);
    ym_buf_done(&file);
}

static void an_allowed_container_silences_all_inside_it_and_nothing_beside_it(void) {
    struct make_member inner = {"bad", MARKER, sizeof(MARKER) - 1};
    struct make_member outer[] = {{"good.zip", NULL, 0}, {"beside", MARKER, sizeof(MARKER) - 1}};
    struct make_source sources[] = {marker_anywhere[0], {"a.fp", NULL, 0}};
    struct ym_buf zip;
    struct ym_buf file;

    start(&file);
    ym_buf_init(&zip, 1 << 20);
    CHECK(make_archive("zip", NULL, &inner, 1, &zip));
    outer[0].data = zip.data;
    outer[0].size = zip.len;
    CHECK(make_archive("7zip", NULL, outer, 2, &file));
    sources[1].text = digest_line(zip.data, zip.len, "Good", "fp");
    scan(sources, 2, file.data, file.len, &all);
    CHECK(!found("M.UNOFFICIAL", "good.zip/bad"));
    CHECK(found("M.UNOFFICIAL", "beside"));
    sources[1].text = digest_line(file.data, file.len, "Good", "fp");
    scan(sources, 2, file.data, file.len, &all);
    CHECK_EQ(ym_report_verdict(report), YM_VERDICT_CLEAN);
    ym_buf_done(&zip);
    ym_buf_done(&file);
}

static void text_is_matched_normalised_too_and_yara_sees_bytes_only(void) {
    static const struct make_source sources[] = {
        {"t.ndb", "T:7:*:736f6d65207465787420\nRaw:7:*:536f6d6520\n", 0}};
    static const char text[] = "Some   TEXT\t here";

    limits = ym_limits_default();
    scan(sources, 1, text, sizeof(text) - 1, &all);
    CHECK(found("T.UNOFFICIAL", ""));
    CHECK_EQ(report->detections->offset, UINT64_MAX);
    CHECK_EQ(report->n_detections, 1);
}

static void an_archive_behind_a_program_is_unpacked(void) {
    static const struct make_section one[] = {{0x1000, 0x200, 0x400, 0x200}};
    struct make_pe pe = {.entry = 0x1000, .sections = one, .n_sections = 1, .file_size = 0x600};
    const struct make_member member = {"setup.ini", MARKER, sizeof(MARKER) - 1};
    static const char *const formats[] = {"zip", "7zip"};

    for (int i = 0; i < 2; i++) {
        struct ym_buf file;

        start(&file);
        make_pe(&pe, &file);
        CHECK(make_archive(formats[i], NULL, &member, 1, &file));
        ym_buf_add(&file, "and a tail of other bytes", 25);
        scan_marker(&file);
        CHECK(found("M.UNOFFICIAL", "setup.ini"));
        CHECK(report->gaps == NULL);
        ym_buf_done(&file);
    }
}

static void members_that_the_directory_of_a_zip_does_not_list_are_seen(void) {
    const struct make_member hidden = {"hidden", MARKER, sizeof(MARKER) - 1};
    const struct make_member shown = {"shown", "nothing", 7};
    struct ym_buf file;

    start(&file);
    CHECK(make_archive("zip", NULL, &hidden, 1, &file));
    CHECK(make_archive("zip", NULL, &shown, 1, &file)); /* its directory ends the file */
    scan_marker(&file);
    CHECK(found("M.UNOFFICIAL", "hidden"));
    ym_buf_done(&file);
}

static void bytes_that_only_look_like_an_archive_are_no_gap(void) {
    static const char words[] =
        "\x01\x02\x03PK\3\4 is what zips begin with, 7z\xbc\xaf\x27\x1c others";
    static const char header[] = "PK\3\4\24\0\0\0\10\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0x";
    struct ym_buf file;

    start(&file);
    ym_buf_add(&file, words, sizeof(words));
    for (int i = 0; i < 200; i++) {
        ym_buf_add(&file, header, sizeof(header) - 1);
    }
    scan_marker(&file);
    CHECK(!has_gap(YM_GAP_MALFORMED, ""));
    ym_buf_done(&file);
}

static void a_program_inside_other_bytes_has_its_own_sections(void) {
    static const struct make_source sources[] = {{"p.ndb", "P:1:EP+0:cccccccccccccccc\n", 0}};
    static const struct make_section one[] = {{0x1000, 0x200, 0x400, 0x200}};
    struct make_pe pe = {.entry = 0x1000, .sections = one, .n_sections = 1, .file_size = 0x600};
    struct ym_buf exe;
    struct ym_buf file;

    start(&file);
    ym_buf_init(&exe, 1 << 20);
    make_pe(&pe, &exe);
    ym_buf_add(&file, "\x01\x02 a dropper's data: ", 20);
    ym_buf_add(&file, exe.data, exe.len);
    scan(sources, 1, file.data, file.len, &all);
    CHECK(found("P.UNOFFICIAL", "@20"));
    ym_buf_done(&exe);
    ym_buf_done(&file);
}

static void what_is_appended_to_an_embedded_program_belongs_to_it(void) {
    static const struct make_section one[] = {{0x1000, 0x200, 0x400, 0x200}};
    struct make_pe pe = {.entry = 0x1000, .sections = one, .n_sections = 1, .file_size = 0x600};
    struct make_source source = {"d.hdb", NULL, 0};
    struct ym_buf exe;
    struct ym_buf file;

    start(&file);
    ym_buf_init(&exe, 1 << 20);
    make_pe(&pe, &exe);
    ym_buf_add(&exe, "a tail of 20 bytes..", 20);
    ym_buf_add(&file, "\x01\x02 a dropper's data: ", 20);
    ym_buf_add(&file, exe.data, exe.len);
    source.text = digest_line(exe.data, exe.len, "WithTail", "hdb");
    scan(&source, 1, file.data, file.len, &all);
    CHECK(found("WithTail.UNOFFICIAL", "@20"));
    ym_buf_done(&exe);
    ym_buf_done(&file);
}

static void data_urls_of_a_page_are_objects(void) {
    static const char page[] =
        "<html><a href='data:;base64,R0VDS08tTUFSS0VSLTAxMjM0NTY3ODk='>x</a></html>";

    limits = ym_limits_default();
    scan(marker_anywhere, 1, page, sizeof(page) - 1, &all);
    CHECK(found("M.UNOFFICIAL", "data:1"));
    CHECK(report->gaps == NULL);
}

static void parts_of_a_mail_are_objects_and_the_mail_stays_incomplete(void) {
    static const char mail[] = "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n"
                               "--b\nContent-Transfer-Encoding: base64\n\n"
                               "R0VDS08tTUFSS0VS\nLTAxMjM0NTY3ODk=\n--b--\n";

    limits = ym_limits_default();
    scan(marker_anywhere, 1, mail, sizeof(mail) - 1, &all);
    CHECK(found("M.UNOFFICIAL", "part:2"));
    CHECK(has_gap(YM_GAP_UNSUPPORTED, ""));
}

static void slices_of_a_universal_binary_are_objects(void) {
    static const uint8_t header[28] = {0xca, 0xfe, 0xba, 0xbe, 0, 0,    0, 1, 0, 0,  0, 7, 0, 0,
                                       0,    3,    0,    0,    0, 0x40, 0, 0, 0, 23, 0, 0, 0, 0};
    struct ym_buf file;

    start(&file);
    ym_buf_add(&file, header, sizeof(header));
    ym_buf_align(&file, 0x40);
    ym_buf_add(&file, MARKER, sizeof(MARKER) - 1);
    scan_marker(&file);
    CHECK(found("M.UNOFFICIAL", "#1"));
    ym_buf_done(&file);
}

/* Every allocation fails once: the scan ends with a status or a gap, never with "clean". */
static void no_memory_is_never_clean(void) {
    const struct make_member member = {"m", MARKER, sizeof(MARKER) - 1};
    struct ym_db *db = make_image(marker_anywhere, 1);
    const struct ym_db *layers[] = {db};
    struct ym_engine *e = NULL;
    struct ym_buf file;

    start(&file);
    CHECK(db != NULL && make_archive("zip", "gzip", &member, 1, &file));
    CHECK_EQ(ym_engine_new(layers, 1, &limits, &e, NULL), YM_OK);
    for (unsigned nth = 1; nth < 10000; nth++) {
        struct ym_arena *a = ym_arena_new(1 << 20);
        struct ym_report *r = ym_report_new(a);
        ym_status st;
        unsigned failures;

        (void)ym_fault_malloc(nth, 0);
        st = ym_engine_scan(e, file.data, file.len, "", &all, r);
        failures = ym_fault_malloc(0, 0);
        CHECK(st != YM_OK || ym_report_verdict(r) != YM_VERDICT_CLEAN);
        ym_arena_free(a);
        if (failures == 0) {
            CHECK_EQ(st, YM_OK);
            break;
        }
    }
    ym_engine_free(e);
    ym_db_close(db);
    ym_buf_done(&file);
}

MAIN(T(parts_of_a_mail_are_objects_and_the_mail_stays_incomplete),
     T(members_that_the_directory_of_a_zip_does_not_list_are_seen), T(plain_bytes_are_matched_once),
     T(evidence_is_the_bytes_around_a_hit), T(every_archive_format_is_unpacked),
     T(every_stream_is_unpacked), T(nested_archives_name_the_way),
     T(without_unpacking_nothing_inside_is_seen_and_nothing_is_a_gap),
     T(what_cannot_be_unpacked_is_a_gap), T(a_truncated_archive_gives_what_it_has_and_a_gap),
     T(a_stream_that_is_none_is_a_gap), T(a_bomb_ends_with_a_gap_in_bounded_time_and_memory),
     T(one_huge_member_meets_the_limit_of_memory_or_size),
     T(a_file_over_the_limit_is_a_gap_and_not_clean),
     T(the_first_detection_stops_the_scan_unless_all_are_wanted),
     T(what_is_inside_is_named_before_its_container), T(of_one_object_kinds_have_an_order),
     T(digests_of_members_and_of_sections_are_looked_up),
     T(an_allowed_container_silences_all_inside_it_and_nothing_beside_it),
     T(text_is_matched_normalised_too_and_yara_sees_bytes_only),
     T(an_archive_behind_a_program_is_unpacked), T(bytes_that_only_look_like_an_archive_are_no_gap),
     T(a_program_inside_other_bytes_has_its_own_sections),
     T(what_is_appended_to_an_embedded_program_belongs_to_it), T(data_urls_of_a_page_are_objects),
     T(slices_of_a_universal_binary_are_objects), T(no_memory_is_never_clean))
