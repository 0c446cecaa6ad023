/* fuzz_dotnet.c - CLI metadata: what is taken for there lies in the file; YARA's module ends and keeps
 * to its bounds. */
#include "formats/dotnet.h"

#include "../../src/match/modules/module.h"

#include "base/modules/dotnet.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool good) {
    if (!good) {
        abort();
    }
}

static void look_at_tables(const struct ym_cli *cli, struct ym_arena *arena) {
    for (unsigned t = 0; t < YM_CLI_TABLES; t++) {
        const struct ym_cli_rows *rows = &cli->tables[t];
        struct ym_cli_index index;
        struct ym_cli_row row;
        uint32_t first;

        check(rows->n_rows <= YM_CLI_MAX_ROWS && rows->row_size <= 4 * YM_CLI_MAX_COLUMNS);
        check(!ym_cli_row_get(cli, (ym_cli_table)t, 0, &row));
        check(!ym_cli_row_get(cli, (ym_cli_table)t, rows->n_rows + 1, &row));
        if (ym_cli_index_make(cli, (ym_cli_table)t, 0, arena, &index) == YM_OK && index.n > 0) {
            const uint32_t value = (uint32_t)(index.rows[index.n - 1] >> 32);
            const uint32_t n = ym_cli_index_find(&index, value, &first);

            check(n > 0 && first + n == index.n);
        }
    }
}

static void look_at_heaps(const struct ym_cli *cli, size_t len) {
    for (uint32_t i = 0; i < 300; i++) {
        const struct ym_str text = ym_cli_string(cli, i);
        struct ym_reader blob;

        check(text.n <= YM_CLI_MAX_STRING);
        if (ym_cli_blob(cli, i, &blob)) {
            check(blob.origin <= len && blob.len <= len - blob.origin);
            while (ym_reader_left(&blob) > 0) {
                const size_t before = blob.pos;

                (void)ym_cli_get_signed(&blob);
                if (blob.pos == before) {
                    ym_skip(&blob, 1);
                }
            }
        }
    }
}

static void look_at_values(const uint8_t *data, size_t len, struct ym_arena *arena) {
    uint64_t budget = 1000000 + 10 * len;
    struct ym_mod_scan s = {.data = data, .size = len, .arena = arena, .budget = &budget};
    struct ym_mod_object *root = ym_mod_new(&s, ym_module_get(YM_MODULE_DOTNET)->root);
    int64_t n;

    if (root == NULL) {
        return;
    }
    ym_module_code(YM_MODULE_DOTNET)->load(&s, root);
    if (ym_arena_status(arena) == YM_OK && ym_mod_int_of(root, DOTNET_number_of_classes, &n)) {
        check(n == ym_mod_object_of(root, DOTNET_classes)->n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    /* Odd lengths get an arena in which not everything fits. */
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 16 << 20 : 4096);
    struct ym_reader r;
    struct ym_cli cli;

    if (arena == NULL) {
        return 0;
    }
    ym_reader_init(&r, data, len);
    if (ym_cli_open(r, arena, &cli, NULL) == YM_OK) {
        look_at_tables(&cli, arena);
        look_at_heaps(&cli, len);
    }
    ym_arena_reset(arena);
    look_at_values(data, len, arena);
    ym_arena_free(arena);
    return 0;
}
