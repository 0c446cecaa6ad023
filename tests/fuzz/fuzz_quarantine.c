/* fuzz_quarantine.c - the metadata of a sealed item once they are opened: parsed or refused, within
 * their limits; and what was parsed gives the same bytes again. */
#include "clean/quarantine.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static void within_limits(const struct ym_quarantine_item *item) {
    unsigned n = 0;

    must(item->path[0] != '\0' && strlen(item->path) <= YM_QUARANTINE_TEXT_MAX);
    must(strlen(item->name) <= YM_QUARANTINE_TEXT_MAX && (item->meta.mode & ~07777U) == 0);
    must(item->when.tv_nsec >= 0 && item->when.tv_nsec < 1000000000);
    for (const struct ym_xattr *x = item->meta.xattrs; x != NULL; x = x->next) {
        must(x->name[0] != '\0' && x->n <= YM_QUARANTINE_XATTR_MAX);
        must(++n <= YM_QUARANTINE_XATTRS_MAX);
    }
}

static void same_again(const struct ym_quarantine_item *item, const uint8_t *data, size_t len) {
    struct ym_buf b;

    ym_buf_init(&b, YM_QUARANTINE_META_MAX);
    ym_quarantine_meta_put(&b, item);
    must(ym_buf_status(&b) == YM_OK && b.len == len && memcmp(b.data, data, len) == 0);
    ym_buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 16U << 20 : 1024);
    struct ym_quarantine_item item;
    struct ym_err err = {0};
    struct ym_reader r;

    if (arena == NULL) {
        return 0;
    }
    ym_reader_init(&r, data, len);
    if (ym_quarantine_meta_parse(r, arena, &item, &err) == YM_OK) {
        within_limits(&item);
        same_again(&item, data, len);
    } else {
        must(err.text[0] != '\0'); /* refused with a reason */
    }
    ym_arena_free(arena);
    return 0;
}
