/* fuzz_lnk.c - shortcuts: texts are UTF-8, the end lies in the file, the module agrees. */
#include "formats/lnk.h"

#include "../unit/match/module_load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static void must_be_utf8(struct ym_str t) {
    for (size_t i = 0; t.s != NULL && i < t.n;) {
        unsigned n = ym_utf8_length(t.s + i, t.n - i);

        must(n > 0);
        i += n;
    }
}

static void look(const struct ym_lnk *lnk, size_t len) {
    const struct ym_str texts[] = {lnk->volume_label, lnk->local_base_path, lnk->common_path_suffix,
                                   lnk->name,         lnk->relative_path,   lnk->working_dir,
                                   lnk->arguments,    lnk->icon_location,   lnk->tracker.machine};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        must_be_utf8(texts[i]);
    }
    for (uint32_t i = 0; i < lnk->n_items; i++) {
        must_be_utf8(lnk->items[i].text);
        must(lnk->items[i].data.n < len);
    }
    must(!lnk->whole || (lnk->end >= 0x50 && lnk->end <= len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    /* Odd lengths get an arena in which not everything fits. */
    const size_t cap = len % 2 == 0 ? 1 << 20 : 2048;
    struct ym_arena *arena = ym_arena_new(cap);
    struct ym_lnk lnk;
    struct ym_reader r;
    struct module_test t;
    ym_status st;

    must(arena != NULL);
    ym_reader_init(&r, data, len);
    st = ym_lnk_parse(r, arena, &lnk, NULL);
    must(st == YM_OK || st == YM_MALFORMED || st == YM_LIMIT);
    if (st == YM_OK) {
        look(&lnk, len);
    }
    ym_arena_free(arena);
    module_load_capped(&t, YM_MODULE_LNK, data, len, cap);
    must(t.root == NULL || ym_arena_status(t.scan.arena) != YM_OK ||
         module_int(&t, "is_lnk") == (st == YM_OK));
    module_done(&t);
    return 0;
}
