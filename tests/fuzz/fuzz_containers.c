/* fuzz_containers.c - hostile .cdb .zmd .pwdb .ftm texts (the first byte chooses).  Rows have all their
 * columns and numbers that the engine knows; what loads strictly gives the same with skip_bad. */
#include "base/container_rows.h"
#include "signatures/clamav.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err) {
    (void)self;
    (void)err;
    must(rule->target == YM_TARGET_INTERNAL && rule->name[0] == ':' && rule->n_patterns == 1);
    *ret_id = 0;
    return YM_OK;
}

static ym_status on_digest(void *self, const struct ym_digest_sig *sig, struct ym_err *err) {
    (void)self;
    (void)sig;
    (void)err;
    abort();
}

static ym_status on_row(void *self, ym_table table, const struct ym_table_row *row,
                        struct ym_err *err) {
    (void)err;
    if (table == YM_TABLE_CONTAINER) {
        must(row->n_numbers == YM_CONTAINER_NUMBERS && row->n_texts == YM_CONTAINER_TEXTS);
        must(row->numbers[YM_CONTAINER_N_TYPE] < YM_CLTYPE_COUNT);
        must(row->numbers[YM_CONTAINER_N_ENCRYPTED] <= YM_CONTAINER_EITHER);
        must(row->texts[YM_CONTAINER_T_NAME].n > 0);
    } else if (table == YM_TABLE_PASSWORD) {
        must(row->n_numbers == YM_PASSWORD_NUMBERS && row->n_texts == YM_PASSWORD_TEXTS);
    } else {
        must(table == YM_TABLE_FILETYPE && row->n_numbers == YM_FILETYPE_NUMBERS);
        must(row->numbers[YM_FILETYPE_N_FROM] < YM_CLTYPE_COUNT);
        must(row->numbers[YM_FILETYPE_N_TYPE] < YM_CLTYPE_COUNT);
        must(row->numbers[YM_FILETYPE_N_MAGIC] <= YM_FILETYPE_HEAD);
    }
    for (uint32_t i = 0; i < row->n_texts; i++) {
        must(row->texts[i].s != NULL && row->texts[i].n <= YM_TABLE_MAX_TEXT);
    }
    ++*(uint64_t *)self;
    return YM_OK;
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    (void)self;
    (void)file;
    (void)line;
    must(why[0] != '\0');
    return YM_OK;
}

static ym_status load(const char *name, const char *text, size_t n, bool skip_bad,
                      uint64_t *ret_rows) {
    const struct ym_clamav_options options = {.skip_bad = skip_bad};
    const struct ym_sink sink = {.self = ret_rows,
                                 .rule = on_rule,
                                 .digest = on_digest,
                                 .row = on_row,
                                 .left_out = on_left_out};
    struct ym_clamav *ld = ym_clamav_new(&options, &sink);
    ym_status st = YM_NOMEM;

    *ret_rows = 0;
    if (ld != NULL) {
        st = ym_clamav_file(ld, name, text, n, NULL);
    }
    ym_clamav_free(ld);
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static const char *const names[] = {"f.cdb", "f.zmd", "f.pwdb", "f.ftm"};
    uint64_t strict;
    uint64_t lax;

    if (len < 2) {
        return 0;
    }
    if (load(names[data[0] % 4], (const char *)data + 1, len - 1, false, &strict) == YM_OK) {
        must(load(names[data[0] % 4], (const char *)data + 1, len - 1, true, &lax) == YM_OK);
        must(strict == lax);
    } else {
        must(load(names[data[0] % 4], (const char *)data + 1, len - 1, true, &lax) == YM_OK);
    }
    return 0;
}
