/* trust.c - signed programs and the certificates of the images.
 *
 * A signature is judged only when something was found in the program; that a certificate is
 * blocked is looked at always, which needs no arithmetic. */
#include "object.h"

#include "authenticode.h"

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

bool ym_object_is_vouched(struct ym_scan *s, const struct ym_object *o) {
    struct ym_authenticode a;
    const char *name;
    size_t n;

    return signature_of(s, o, &a) && !ym_authenticode_blocked(&a, &name, &n) &&
           ym_authenticode_trusted(&a);
}

void ym_object_look_up_certs(struct ym_scan *s, struct ym_object *o) {
    struct ym_finding f = {.pattern = "", .file = "", .offset = UINT64_MAX};
    struct ym_authenticode a;

    if (signature_of(s, o, &a) && ym_authenticode_blocked(&a, &f.name, &f.name_len)) {
        f.offset = a.signature.pkcs7.offset;
        ym_engine_detect(s, o, &f);
    }
}
