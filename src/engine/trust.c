/* trust.c - signed programs and the certificates of the images; catalogues.
 *
 * A signature is judged only when something was found in the program; that a certificate is
 * blocked is looked at always, which needs no arithmetic. */
#include "object.h"

#include "authenticode.h"
#include "catalogs.h"

#include <string.h>

enum { HEADERS_CAP = 4 << 20 };

/* false: not a signed program whose headers are sound. */
static bool signature_of(struct ym_scan *s, const struct ym_object *o,
                         struct ym_authenticode *ret_signature) {
    struct ym_authenticode a = {.certs = s->e->certs, .file = o->data, .now = time(NULL)};
    struct ym_arena *arena;
    struct ym_reader r;
    ym_status st;

    if (s->e->certs == NULL || o->kind != YM_KIND_PE || o->partial || o->inside) {
        return false;
    }
    arena = ym_arena_new(HEADERS_CAP); /* the headers' arena belongs to another object, maybe */
    if (arena == NULL) {
        ym_engine_fail(s, YM_NOMEM);
        return false;
    }
    ym_reader_init(&r, o->data, o->size);
    st = ym_pe_signature(r, arena, &a.signature, NULL);
    ym_arena_free(arena);
    if (st == YM_NOMEM) {
        ym_engine_fail(s, st);
    }
    *ret_signature = a;
    return st == YM_OK;
}

/* ---- Catalogues ---------------------------------------------------------------------------- */

static bool file_is_listed(struct ym_scan *s, struct ym_object *o, const struct ym_catalogs *c) {
    const unsigned wanted = ym_catalogs_wanted(c, YM_CATALOG_FILE);
    bool listed = false;

    for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && !listed; algo++) {
        const uint8_t *digest =
            wanted & (1u << algo) ? ym_object_digest(s, o, (ym_digest_algo)algo) : NULL;

        listed =
            digest != NULL && ym_catalogs_list(c, YM_CATALOG_FILE, (ym_digest_algo)algo, digest);
    }
    return listed;
}

/* The bytes that a signature would cover; false: the headers are not sound. */
static bool signed_ranges(struct ym_scan *s, const struct ym_object *o,
                          struct ym_exe_range ranges[3]) {
    struct ym_arena *arena = ym_arena_new(HEADERS_CAP);
    struct ym_reader r;
    ym_status st = YM_NOMEM;

    if (arena != NULL) {
        ym_reader_init(&r, o->data, o->size);
        st = ym_pe_signed_ranges(r, arena, ranges, NULL);
        ym_arena_free(arena);
    }
    if (st == YM_NOMEM) {
        ym_engine_fail(s, st);
    }
    return st == YM_OK;
}

static bool program_is_listed(struct ym_scan *s, const struct ym_object *o,
                              const struct ym_catalogs *c) {
    const unsigned wanted = ym_catalogs_wanted(c, YM_CATALOG_PROGRAM);
    struct ym_exe_range ranges[3];
    uint8_t digest[YM_DIGEST_MAX];
    bool listed = false;

    if (wanted == 0 || o->kind != YM_KIND_PE || !signed_ranges(s, o, ranges)) {
        return false;
    }
    for (unsigned algo = 0; algo < YM_DIGEST_ALGOS && !listed; algo++) {
        if ((wanted >> algo & 1) != 0) {
            ym_engine_fail(s, ym_hasher_run_ranges(s->e->hasher, (ym_digest_algo)algo, o->data,
                                                   ranges, 3, digest));
            listed = s->status == YM_OK &&
                     ym_catalogs_list(c, YM_CATALOG_PROGRAM, (ym_digest_algo)algo, digest);
        }
    }
    return listed;
}

static bool is_listed(struct ym_scan *s, struct ym_object *o) {
    const struct ym_catalogs c = {s->e->layers, s->e->n_layers, time(NULL)};

    return !o->partial && !o->inside &&
           ym_dconf_on(&s->e->dconf, YM_CONFIG_PE, YM_CONFIG_PE_CERTS) &&
           (program_is_listed(s, o, &c) || file_is_listed(s, o, &c));
}

/* ---- Answers ------------------------------------------------------------------------------- */

bool ym_object_is_vouched(struct ym_scan *s, struct ym_object *o) {
    struct ym_authenticode a;
    const char *name;
    size_t n;

    if (signature_of(s, o, &a)) {
        if (ym_authenticode_blocked(&a, &name, &n)) {
            return false;
        }
        if (ym_authenticode_trusted(&a)) {
            return true;
        }
    }
    return is_listed(s, o);
}

void ym_object_look_up_certs(struct ym_scan *s, struct ym_object *o) {
    struct ym_finding f = {.stage = YM_STAGE_PART, .pattern = "", .file = "", .offset = UINT64_MAX};
    struct ym_authenticode a;

    if (signature_of(s, o, &a) && ym_authenticode_blocked(&a, &f.name, &f.name_len)) {
        f.offset = a.signature.pkcs7.offset;
        ym_engine_detect(s, o, &f);
    }
}
