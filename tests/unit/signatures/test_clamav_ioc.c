/* test_clamav_ioc.c - OpenIOC indicators and engine configurations. */
#include "clamav_load.h"

#include "base/alloc.h"
#include "base/config.h"

#define MD5 "44d88612fea8a8f36de82e1278abb02f"
#define SHA1 "3395856ce81f2b7382dee72602f798b642f14140"
#define SHA256 "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"

#define IOC(body)                                                                                  \
    "<?xml version=\"1.0\"?>\n<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\">"                \
    "<definition><Indicator operator=\"OR\">\n" body "</Indicator></definition></ioc>\n"
#define ITEM(type, text)                                                                           \
    "<IndicatorItem condition=\"is\"><Context search=\"FileItem/x\"/><Content type=\"" type        \
    "\">" text "</Content></IndicatorItem>\n"

static void every_digest_of_an_item_is_a_row(void) {
    CHECK_EQ(
        load("d/a.ioc", IOC(ITEM("md5", MD5) ITEM("string", " " SHA1 "\n") ITEM("sha256", SHA256))),
        YM_OK);
    CHECK_LOADED("digest file md5 size=* " MD5 " a.ioc." MD5 "\n"
                 "digest file sha1 size=* " SHA1 " a.ioc." SHA1 "\n"
                 "digest file sha256 size=* " SHA256 " a.ioc." SHA256 "\n");
}

static void other_items_are_counted_with_their_line(void) {
    CHECK_EQ(load("a.ioc", IOC(ITEM("string", "evil.exe") ITEM("md5", MD5))), YM_OK);
    CHECK_LOADED("left-out a.ioc:3 OpenIOC item that is no MD5, SHA-1 or SHA-256\n"
                 "digest file md5 size=* " MD5 " a.ioc." MD5 "\n");
    CHECK_EQ(load("a.ioc", IOC("<IndicatorItem condition=\"isnot\"><Content>" MD5
                               "</Content></IndicatorItem>")),
             YM_OK);
    CHECK_LOADED("left-out a.ioc:3 OpenIOC item that excludes (condition isnot)\n"
                 "left-out a.ioc:0 OpenIOC file without a digest\n");
}

static void content_outside_of_an_item_is_nothing(void) {
    CHECK_EQ(load("a.ioc", IOC("<Content>" MD5 "</Content>")), YM_OK);
    CHECK_LOADED("left-out a.ioc:0 OpenIOC file without a digest\n");
}

static void damaged_xml_and_entities_are_refused(void) {
    CHECK_REFUSED(load("a.ioc", "hello"), YM_MALFORMED, "a.ioc:1: not well-formed XML");
    CHECK_REFUSED(load("a.ioc", "<?xml version=\"1.0\"?>\n<!DOCTYPE i [<!ENTITY m \"" MD5
                                "\">]>\n<i>&m;</i>"),
                  YM_MALFORMED, "a.ioc:2: entities are not allowed");
}

static void nesting_has_an_end(void) {
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    for (unsigned i = 0; i < 300; i++) {
        ym_buf_add_text(&b, "<a>");
    }
    CHECK_REFUSED(load("a.ioc", (const char *)b.data), YM_LIMIT, "nested deeper");
    ym_buf_done(&b);
}

static void every_prefix_of_an_ioc_is_refused(void) {
    static const struct ym_clamav_options o = {.official = true};
    static const char text[] = IOC(ITEM("md5", MD5));
    const size_t end = sizeof(text) - 2; /* the last end of line may be missing */

    for (size_t n = 0; n < end; n++) {
        char *exact = ym_malloc(n);

        memcpy(exact, text, n);
        CHECK_EQ(load_n(&o, NULL, "a.ioc", exact, n), YM_MALFORMED);
        ym_free(exact);
    }
}

/* ---- .cfg --------------------------------------------------------------------------------------- */

static struct ym_table_row rows[8];
static unsigned n_rows, n_left_out;

static ym_status on_row(void *self, ym_table table, const struct ym_table_row *row,
                        struct ym_err *err) {
    (void)self;
    (void)err;
    CHECK_EQ(table, YM_TABLE_CONFIG);
    CHECK_EQ(row->n_numbers, YM_CONFIG_NUMBERS);
    rows[n_rows++ % 8] = *row;
    return YM_OK;
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    (void)self;
    (void)file;
    (void)line;
    (void)why;
    n_left_out++;
    return YM_OK;
}

static ym_status load_config(const char *text) {
    const struct ym_clamav_options o = {.official = true};
    const struct ym_sink sink = {.row = on_row, .left_out = on_left_out};
    struct ym_clamav *ld = ym_clamav_new(&o, &sink);
    struct ym_err err = {0};
    ym_status st;

    n_rows = 0;
    n_left_out = 0;
    st = ym_clamav_file(ld, "daily.cfg", text, strlen(text), &err);
    ym_clamav_free(ld);
    return st;
}

static void a_configuration_is_rows_of_category_and_flags(void) {
    CHECK_EQ(load_config("# x\n\nARCHIVE:0xfFfD:1:255\nPCRE:0x0\n"), YM_OK);
    CHECK_EQ(n_rows, 2);
    CHECK_EQ(rows[0].numbers[YM_CONFIG_N_CATEGORY], YM_CONFIG_ARCHIVE);
    CHECK_EQ(rows[0].numbers[YM_CONFIG_N_FLAGS], 0xfffd);
    CHECK_EQ(rows[1].numbers[YM_CONFIG_N_CATEGORY], YM_CONFIG_PCRE);
    CHECK_EQ(rows[1].numbers[YM_CONFIG_N_FLAGS], 0);
}

static void other_levels_and_categories_are_left_out(void) {
    CHECK_EQ(load_config("PE:0x0:1:50\nPE:0x0:900:999\nPE:0x0:a:b\nFOO:0x0:1:255\npe:0x0:1:255\n"),
             YM_OK);
    CHECK_EQ(n_rows, 0);
    CHECK_EQ(n_left_out, 5);
    CHECK_EQ(load_config("PE:0x0::\n"), YM_OK);
    CHECK_EQ(n_rows, 1);
}

static void flags_are_hex(void) {
    static const char *const bad[] = {"PE:0:1:255", "PE:10:1:255", "PE:0xzz:1:255", "PE:0x", "PE"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_EQ(load_config(bad[i]), YM_MALFORMED);
    }
}

MAIN(T(every_digest_of_an_item_is_a_row), T(other_items_are_counted_with_their_line),
     T(content_outside_of_an_item_is_nothing), T(damaged_xml_and_entities_are_refused),
     T(nesting_has_an_end), T(every_prefix_of_an_ioc_is_refused),
     T(a_configuration_is_rows_of_category_and_flags), T(other_levels_and_categories_are_left_out),
     T(flags_are_hex))
