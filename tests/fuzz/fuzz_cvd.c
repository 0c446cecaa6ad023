/* fuzz_cvd - hostile database containers, OpenIOC files and configurations; the first byte chooses the type.  Properties, beside not
 * crashing: a container that is refused has loaded nothing, and is left out once with skip_bad.
 *
 * A digest of 31 characters in the header means that there is no MD5, so that the body can be
 * mutated; so can the table of contents of a body whose members are of types that it need not
 * list. */
#include "signatures/clamav.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *const names[] = {"f.cud", "f.cld", "f.cvd", "f.ioc", "f.cfg"};

struct counts {
    uint64_t taken, left_out;
};

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static ym_status on_rule(void *self, const struct ym_rule *rule, uint32_t *ret_id,
                         struct ym_err *err) {
    struct counts *c = self;

    (void)rule;
    (void)err;
    *ret_id = (uint32_t)c->taken++;
    return YM_OK;
}

static ym_status on_digest(void *self, const struct ym_digest_sig *sig, struct ym_err *err) {
    struct counts *c = self;

    (void)sig;
    (void)err;
    c->taken++;
    return YM_OK;
}

static ym_status on_row(void *self, ym_table table, const struct ym_table_row *row,
                        struct ym_err *err) {
    struct counts *c = self;

    (void)table;
    (void)row;
    (void)err;
    c->taken++;
    return YM_OK;
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    struct counts *c = self;

    (void)line;
    must(file != NULL && why != NULL);
    c->left_out++;
    return YM_OK;
}

static ym_status on_container(void *self, const struct ym_clamav_container *c) {
    *(unsigned *)self += 1;
    must(memchr(c->time.s, ':', c->time.n) == NULL && c->signature != YM_CLAMAV_SIGNED);
    return YM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    for (unsigned skip_bad = 0; len > 0 && skip_bad < 2; skip_bad++) {
        const unsigned type = data[0] % (sizeof(names) / sizeof(names[0]));
        struct counts c = {0, 0};
        unsigned announced = 0;
        const struct ym_clamav_options options = {
            .skip_bad = skip_bad != 0, .container = on_container, .container_self = &announced};
        const struct ym_sink sink = {.self = &c,
                                     .rule = on_rule,
                                     .digest = on_digest,
                                     .row = on_row,
                                     .left_out = on_left_out};
        struct ym_clamav *ld = ym_clamav_new(&options, &sink);
        struct ym_err err = {0};
        ym_status st;

        must(ld != NULL);
        st = ym_clamav_file(ld, names[type], (const char *)data + 1, len - 1, &err);
        must(st == YM_OK || err.text[0] != '\0');
        must(type > 2 || announced == 1 || (announced == 0 && c.taken == 0));
        must(type > 2 || announced == 1 || len == 1 ||
             (skip_bad != 0 ? c.left_out == 1 : st != YM_OK));
        ym_clamav_free(ld);
    }
    return 0;
}
