/* fuzz_maps.c - lines of /proc/PID/maps, whose paths a process chooses: what is taken lies in the line
 * and is a region. */
#include "os/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(struct ym_str line) {
    struct ym_memory_region r;
    struct ym_str path = {NULL, 0};
    char name[YM_MEMORY_NAME_SIZE];

    if (!ym_memory_parse(line, &r, &path)) {
        return;
    }
    if (r.start >= r.end || r.end > INT64_MAX || strlen(r.perms) > 4 ||
        (path.n > 0 && (path.s < line.s || path.s + path.n != line.s + line.n))) {
        abort();
    }
    (void)ym_memory_region_name(1, &r, name, sizeof(name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_fields f;
    struct ym_str line;

    ym_fields_init(&f, (const char *)data, len, '\n');
    while (ym_fields_next(&f, &line)) {
        check(line);
    }
    return 0;
}
