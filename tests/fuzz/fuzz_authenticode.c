/* fuzz_authenticode.c - hostile PKCS #7 in a signed program, judged by a list of certificates. */
#include "engine/engine.h"
#include "makers/make_exe.c"    /* one file a target; NOLINT(bugprone-suspicious-include) */
#include "makers/make_image.c"  /* NOLINT(bugprone-suspicious-include) */
#include "makers/make_signed.c" /* NOLINT(bugprone-suspicious-include) */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* An engine to which the program is a finding, unless a signature vouches for it. */
static struct ym_engine *shared_engine(void) {
    static struct ym_engine *engine;
    static struct ym_buf crb;

    if (engine == NULL) {
        struct make_cert root = make_cert("Root", NULL, true, NULL, NULL, -1000, 1000);
        struct make_source s[] = {{"f.ndb", "M:1:*:cccccccccccccccc\n", 0}, {"c.crb", NULL, 0}};
        struct ym_limits limits = ym_limits_default();
        const struct ym_db *layers[1];

        ym_buf_init(&crb, 1 << 16);
        make_crb_line(&root, "Root", true, "111", false, &crb);
        make_cert_free(&root);
        s[1].text = (const char *)crb.data;
        s[1].n = crb.len;
        layers[0] = make_image(s, 2);
        if (layers[0] == NULL || ym_engine_new(layers, 1, &limits, &engine, NULL) != YM_OK) {
            abort();
        }
    }
    return engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static const struct make_section one[] = {{0x1000, 0x200, 0x400, 0x200}};
    struct make_pe pe = {.entry = 0x1000,
                         .certs_at = 0x600,
                         .certs_size = 8 + (uint32_t)(len & 0xffff),
                         .sections = one,
                         .n_sections = 1,
                         .file_size = 0x600};
    const struct ym_scan_options options = {.all_matches = true};
    struct ym_engine *engine = shared_engine();
    struct ym_arena *arena = ym_arena_new(4 << 20);
    struct ym_report *report = arena == NULL ? NULL : ym_report_new(arena);
    struct ym_buf file;

    ym_buf_init(&file, 1 << 20);
    make_pe(&pe, &file);
    ym_buf_u32le(&file, pe.certs_size);
    ym_buf_u16le(&file, 0x200);
    ym_buf_u16le(&file, 2);
    ym_buf_add(&file, data, len & 0xffff);
    if (report != NULL && ym_buf_status(&file) == YM_OK &&
        (ym_engine_scan(engine, file.data, file.len, "fuzz", &options, report) != YM_OK ||
         report->n_detections != 1)) {
        abort(); /* no input can know the root's key */
    }
    ym_buf_done(&file);
    ym_arena_free(arena);
    return 0;
}
