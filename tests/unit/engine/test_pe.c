/* Import hashes and icons of programs in a scan. */
#include "engine/engine.h"

#include "makers/make_exe.h"
#include "scan_once.h"

#include <openssl/evp.h>

#define ICON                                                                                       \
    "Icon:one:two:"                                                                                \
    "2046f030a42a07153f4120a0031600007000005e1617ef0000d21100cb0906"                               \
    "74150f880313970b0e7716116d01136216022500002f0a173700081a004a0e\n"

static struct ym_buf file;
static unsigned n_found;
static char found[128];
static ym_verdict verdict;

static const struct make_section one[] = {{0x1000, 0x4000, 0x400, 0x4000}};

static void scan(const struct make_source *sources, unsigned n) {
    const struct ym_scan_options options = {.all_matches = true};
    const struct ym_limits limits = ym_limits_default();
    struct ym_arena *arena = NULL;
    struct ym_report *report =
        scan_once(sources, n, file.data, file.len, &options, &limits, &arena);

    n_found = report->n_detections;
    found[0] = '\0';
    for (const struct ym_report_detection *d = report->detections; d != NULL; d = d->next) {
        (void)strncat(found, d->name, sizeof(found) - strlen(found) - 1);
        (void)strncat(found, " ", sizeof(found) - strlen(found) - 1);
    }
    verdict = ym_report_verdict(report);
    ym_arena_free(arena);
}

static void start(bool is64, bool icons) {
    static const struct make_library l[] = {{"KERNEL32.dll", {"ExitProcess", "LoadLibraryA"}}};
    static const uint32_t sides[] = {32};
    struct make_pe pe = {.is64 = is64,
                         .entry = 0x1000,
                         .imports_rva = icons ? 0 : 0x1000,
                         .imports_size = icons ? 0 : 40,
                         .resources_rva = icons ? 0x1000 : 0,
                         .resources_size = icons ? 0x1000 : 0,
                         .sections = one,
                         .n_sections = 1,
                         .file_size = 0x400};

    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 20);
    make_pe(&pe, &file);
    if (icons) {
        make_icon_resource(0x1000, sides, 1, &file);
    } else {
        (void)make_imports(0x1000, l, 1, &file);
    }
}

static void put_digest(struct ym_buf *b, const char *text, const EVP_MD *md, const char *size,
                       const char *name) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    CHECK_EQ(EVP_Digest(text, strlen(text), digest, &n, md, NULL), 1);
    for (unsigned i = 0; i < n; i++) {
        ym_buf_printf(b, "%02x", digest[i]);
    }
    ym_buf_printf(b, ":%s:%s\n", size, name);
}

static void import_hashes_are_found_by_every_digest(void) {
    static const char list[] = "kernel32.exitprocess,kernel32.loadlibrarya";
    struct ym_buf text;
    struct make_source source = {"a.imp", NULL, 0};

    ym_buf_init(&text, 1 << 16);
    put_digest(&text, list, EVP_md5(), "42", "M");
    put_digest(&text, list, EVP_sha1(), "*", "S");
    put_digest(&text, list, EVP_sha256(), "42", "L");
    put_digest(&text, list, EVP_md5(), "41", "Wrong.Size");
    put_digest(&text, "kernel32.exitprocess", EVP_md5(), "*", "Other.List");
    source.text = (const char *)text.data;
    source.n = text.len;
    start(false, false);
    scan(&source, 1);
    CHECK_EQ(n_found, 3);
    CHECK(strcmp(found, "M.UNOFFICIAL S.UNOFFICIAL L.UNOFFICIAL ") == 0);
    start(true, false); /* PE32+ has no import hash */
    scan(&source, 1);
    CHECK_EQ(n_found, 0);
    CHECK_EQ(verdict, YM_VERDICT_CLEAN);
    ym_buf_done(&text);
}

static void an_icon_that_cannot_be_judged_is_a_gap(void) {
    static const char rule[] = "R;Engine:52-1000,Target:1,IconGroup1:one;(0);0:4d5a\n";
    static const char never[] = "R;Engine:52-1000,Target:1,IconGroup1:one;(0);0:4d5b\n";
    static const char other[] = "R;Engine:52-1000,Target:1,IconGroup2:one;(0);0:4d5a\n";
    struct make_source s[] = {{"a.idb", ICON, 0}, {"a.ldb", rule, 0}};

    start(false, true);
    scan(s, 2);
    CHECK_EQ(n_found, 0);
    CHECK_EQ(verdict, YM_VERDICT_INCOMPLETE);
    s[1].text = never; /* its other conditions do not hold: nobody asks */
    scan(s, 2);
    CHECK_EQ(verdict, YM_VERDICT_CLEAN);
    s[1].text = other; /* no icon signature belongs to that group */
    scan(s, 2);
    CHECK_EQ(verdict, YM_VERDICT_CLEAN);
    s[1].text = rule;
    start(false, false); /* no icons in the program */
    scan(s, 2);
    CHECK_EQ(n_found, 0);
    CHECK_EQ(verdict, YM_VERDICT_CLEAN);
}

MAIN(T(import_hashes_are_found_by_every_digest), T(an_icon_that_cannot_be_judged_is_a_gap))
