/* What the engine makes of links in mails and of pictures: names, what goes before what, gaps. */
#include "engine/engine.h"

#include "makers/make_picture.h"
#include "scan_once.h"

#include <stdio.h> /* before jpeglib.h */

#include <jpeglib.h>
#include <openssl/evp.h>
#include <stdlib.h>

static struct ym_arena *arena;
static struct ym_report *report;
static const struct ym_scan_options all = {.all_matches = true};
static const struct ym_scan_options first = {.all_matches = false};

static void scan(const struct make_source *sources, unsigned n_sources, const void *data,
                 size_t size, const struct ym_scan_options *options) {
    const struct ym_limits limits = ym_limits_default();

    report = scan_once(sources, n_sources, data, size, options, &limits, &arena);
}

static const struct ym_report_detection *found(const char *name) {
    for (const struct ym_report_detection *d = report->detections; d != NULL; d = d->next) {
        if (strcmp(d->name, name) == 0) {
            return d;
        }
    }
    return NULL;
}

static bool has_gap(const char *detail) {
    for (const struct ym_report_gap *g = report->gaps; g != NULL; g = g->next) {
        if (strcmp(g->detail, detail) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Links ----------------------------------------------------------------------------------- */

#define SPOOFED "Heuristics.Phishing.Email.SpoofedDomain"
#define HEAD "From: a@b.c\nTo: d@e.f\nMIME-Version: 1.0\n"
#define LINK(real, shown) "<html><a href=\"" real "\">" shown "</a></html>\n"
#define PAGE(real, shown) HEAD "Content-Type: text/html\n\n" LINK(real, shown)

static const struct make_source bank[] = {{"a.pdb", "H:bank.com\n", 0}};

static void scan_mail(const struct make_source *sources, unsigned n, const char *mail,
                      const struct ym_scan_options *options) {
    scan(sources, n, mail, strlen(mail), options);
}

static void a_link_that_lies_is_found(void) {
    scan_mail(bank, 1, PAGE("http://evil.test/x", "www.bank.com"), &first);
    CHECK_EQ(report->n_detections, 1);
    CHECK(found(SPOOFED) != NULL);
    CHECK(strcmp(found(SPOOFED)->kind, "heuristic") == 0);
    scan_mail(bank, 1, PAGE("http://www.bank.com/x", "bank.com"), &all);
    CHECK_EQ(report->n_detections, 0);
    scan_mail(bank, 1, PAGE("http://evil.test/x", "www.bankx.com"), &all);
    CHECK_EQ(report->n_detections, 0);
    scan_mail(bank, 1, PAGE("http://bank.com/x", "https://bank.com/"), &all);
    CHECK(found("Heuristics.Phishing.Email.SSL-Spoof") != NULL);
    scan_mail(bank, 1, PAGE("http://evil.test%00.bank.com/x", "http://bank.com/"), &all);
    CHECK(found("Heuristics.Phishing.Email.Cloaked.Null") != NULL);
}

static void allowed_pairs_are_not(void) {
    const struct make_source regex[] = {bank[0], {"a.wdb", "X:.+evil\\.test:.*bank\\.com\n", 0}};
    const struct make_source hosts[] = {bank[0], {"a.wdb", "M:evil.test:www.bank.com\n", 0}};

    scan_mail(regex, 2, PAGE("http://evil.test/x", "www.bank.com"), &all);
    CHECK_EQ(report->n_detections, 0);
    scan_mail(hosts, 2, PAGE("http://sub.evil.test/x", "www.bank.com"), &all);
    CHECK_EQ(report->n_detections, 0);
    scan_mail(hosts, 2, PAGE("http://evil.test/x", "bank.com"), &all);
    CHECK(found(SPOOFED) != NULL);
}

static void expressions_watch_too(void) {
    const struct make_source sources[] = {{"a.pdb", "R:(bank|shop)\\.com\n", 0}};

    scan_mail(sources, 1, PAGE("http://evil.test/x", "www.shop.com"), &all);
    CHECK(found(SPOOFED) != NULL);
    scan_mail(sources, 1, PAGE("http://evil.test/x", "www.shop.com.de"), &all);
    CHECK_EQ(report->n_detections, 0);
}

static void only_the_text_of_a_mail_is_looked_at(void) {
    static const char parts[] = HEAD
        "Content-Type: multipart/mixed; boundary=zz\n\n--zz\nContent-Type: text/plain\n\nhi\n"
        "--zz\nContent-Type: text/html; name=a.html\n\n" LINK("http://x.y", "bank.com") "--zz--\n";
    static const char inside[] =
        HEAD "Content-Type: multipart/mixed; boundary=zz\n\n--zz\nContent-Type: text/plain\n\nhi\n"
             "--zz\nContent-Type: text/html\n\n" LINK("http://x.y", "bank.com") "--zz--\n";

    scan_mail(bank, 1, parts, &all);
    CHECK_EQ(report->n_detections, 0);
    scan_mail(bank, 1, LINK("http://x.y", "bank.com"), &all);
    CHECK_EQ(report->n_detections, 0);
    scan_mail(bank, 1, inside, &all);
    CHECK(found(SPOOFED) != NULL);
}

static void a_signature_goes_before_a_heuristic(void) {
    const struct make_source sources[] = {bank[0], {"m.ndb", "Late:0:*:4d41524b4552\n", 0}};
    static const char mail[] =
        HEAD "Content-Type: multipart/mixed; boundary=zz\n\n--zz\nContent-Type: text/html\n\n" LINK(
            "http://x.y", "bank.com") "--zz\nContent-Type: application/octet-stream; name=x\n"
                                      "Content-Transfer-Encoding: base64\n\nTUFSS0VS\n--zz--\n";

    scan_mail(sources, 2, mail, &first);
    CHECK_EQ(report->n_detections, 1);
    CHECK(found("Late.UNOFFICIAL") != NULL);
    scan_mail(sources, 2, mail, &all);
    CHECK_EQ(report->n_detections, 2);
}

static void hashes_block_urls(void) {
    char hex[65];
    char list[256];
    uint8_t digest[32];
    unsigned n = 0;
    const struct make_source blocked[] = {{"a.gdb", list, 0}};

    CHECK_EQ(EVP_Digest("evil.test/", 10, digest, &n, EVP_sha256(), NULL), 1);
    for (unsigned i = 0; i < 32; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    (void)snprintf(list, sizeof(list), "S1:P:%.8s\nS1:F:%s\n", hex, hex);
    scan_mail(blocked, 1, PAGE("http://sub.evil.test/x", "click"), &all);
    CHECK(found("Heuristics.Phishing.URL.Blocked") != NULL);
    scan_mail(blocked, 1, HEAD "Content-Type: text/plain\n\nsee http://evil.test/ now\n", &all);
    CHECK(found("Heuristics.Phishing.URL.Blocked") != NULL);
    scan_mail(blocked, 1, PAGE("http://notevil.test/x", "click"), &all);
    CHECK_EQ(report->n_detections, 0);
    (void)snprintf(list, sizeof(list), "S2:F:%s\nS:W:%s\n", hex, hex);
    scan_mail(blocked, 1, PAGE("http://evil.test/x", "click"), &all);
    CHECK_EQ(report->n_detections, 0);
}

/* ---- Pictures -------------------------------------------------------------------------------- */

/* The hash of make_picture.h's scene, as clamscan 1.4.6 prints it. */
static const struct make_source scene[] = {
    {"a.ldb",
     "Scene;Engine:150-255,Target:0;0;fuzzy_img#83233c5cb85e5cab\n"
     "Scene.Jpeg;Engine:150-255,Target:0;0;fuzzy_img#83233c5cb85c5cbb#0\n",
     0}};
static const struct make_picture picture = {.width = 100, .height = 70};

static void make_jpeg(const struct make_picture *p, struct ym_buf *out) {
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long n = 0;
    JSAMPLE line[300];
    JSAMPROW row = line;

    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &n);
    info.image_width = p->width;
    info.image_height = p->height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 100, TRUE);
    jpeg_start_compress(&info, TRUE);
    for (uint32_t y = 0; y < p->height; y++) {
        for (uint32_t x = 0; x < p->width; x++) {
            make_picture_pixel(p, x, y, line + 3 * (size_t)x);
        }
        (void)jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    ym_buf_add(out, bytes, n);
    free(bytes);
}

typedef void maker(const struct make_picture *p, struct ym_buf *out);
static maker *const makers[] = {make_png, make_bmp, make_tiff, make_jpeg};

static void every_kind_of_picture_is_hashed(void) {
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        struct ym_buf file;

        ym_buf_init(&file, 1 << 20);
        makers[i](&picture, &file);
        scan(scene, 1, file.data, file.len, &all);
        ym_buf_done(&file);
        if (found(i == 3 ? "Scene.Jpeg.UNOFFICIAL" : "Scene.UNOFFICIAL") == NULL) {
            FAIL("kind %zu: %u detections, %u gaps", i, report->n_detections, report->n_gaps);
        }
    }
}

/* Every tenth prefix; what cannot be decoded is a gap, but only where a rule asked. */
static void damaged_pictures_are_gaps(void) {
    const struct make_source marker[] = {{"m.ndb", "M:0:*:4d41524b4552\n", 0}};

    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        const struct make_picture small = {.width = 20, .height = 20};
        struct ym_buf file;

        ym_buf_init(&file, 1 << 20);
        makers[i](&small, &file);
        for (size_t n = 16; n < file.len / 2; n += file.len / 10) {
            uint8_t *copy = malloc(n);

            memcpy(copy, file.data, n);
            scan(scene, 1, copy, n, &all);
            free(copy);
            CHECK_EQ(report->n_detections, 0);
        }
        scan(scene, 1, file.data, 16, &all);
        if (!has_gap("too damaged a picture for its hash")) {
            FAIL("kind %zu: no gap", i);
        }
        scan(marker, 1, file.data, 16, &all);
        CHECK_EQ(report->n_gaps, 0);
        ym_buf_done(&file);
    }
}

MAIN(T(a_link_that_lies_is_found), T(allowed_pairs_are_not), T(expressions_watch_too),
     T(only_the_text_of_a_mail_is_looked_at), T(a_signature_goes_before_a_heuristic),
     T(hashes_block_urls), T(every_kind_of_picture_is_hashed), T(damaged_pictures_are_gaps))
