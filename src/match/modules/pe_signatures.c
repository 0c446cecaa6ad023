/* modules/pe_signatures.c - Authenticode signatures of a PE file; see pe.h.
 *
 * The security directory names one PKCS #7; its signer's unsigned attributes may nest more, in them
 * more again.  They are listed in the order in which they are met.  What counts as a signature is
 * libyara's (its authenticode parser): signed data with a signer whose certificate is there; and,
 * whatever else is wrong, one whose digest of the file is not the file's.
 *
 * "verified" says that the digest is the file's and that the signature holds by the key of the
 * certificate that comes with it.  Nobody vouches for that certificate: it is no trust.
 *
 * Sources: Microsoft's "Windows Authenticode Portable Executable Signature Format", RFC 2315. */
#include "pe_signatures.h"

#include <openssl/objects.h>
#include <string.h>

enum {
    DIRECTORY_SECURITY = 4,
    CHECKSUM_AT = 64,
    DIRECTORIES_32 = 96,
    DIRECTORIES_64 = 112,
    ENTRY_SIZE = 8,
    HEADER_SIZE = 8,
    MAX_PENDING = 64, /* signatures that wait */
    MAX_DIGESTS = 16  /* kinds of digests of the file */
};

_Static_assert((int)PE_SIGNATURE_not_after == (int)PE_CERTIFICATE_not_after,
               "a signature begins like a certificate");

static const char indirect_data[] = "1.3.6.1.4.1.311.2.1.4";
static const char opus_info[] = "1.3.6.1.4.1.311.2.1.12";
static const char nested_signature[] = "1.3.6.1.4.1.311.2.4.1";

/* A digest of the file. */
struct file_digest {
    const EVP_MD *md;
    uint8_t bytes[EVP_MAX_MD_SIZE];
    unsigned n; /* 0: it cannot be made */
};

struct signatures {
    struct ym_mod_scan *s;
    struct ym_pe_mod *pe;
    struct ym_mod_object *list;
    uint64_t end; /* of the bytes that are signed */
    struct ym_der pending[MAX_PENDING];
    unsigned n_pending;
    struct file_digest digests[MAX_DIGESTS];
    unsigned n_digests;
    bool any_verified;
};

/* One signature while it is looked at. */
struct signature {
    PKCS7 *p7;
    PKCS7_SIGNER_INFO *si; /* NULL: none */
    X509 *signer;          /* NULL: not there */
    X509_SIG *info;        /* the digest that was signed; NULL: there is none */
    struct ym_der content; /* the bytes that were signed */
};

/* ---- Attributes ------------------------------------------------------------------------------- */

static bool is_type(const ASN1_OBJECT *o, const char *dotted) {
    char text[80];

    return o != NULL && OBJ_obj2txt(text, sizeof(text), o, 1) > 0 && strcmp(text, dotted) == 0;
}

static struct ym_der sequence_of(const ASN1_TYPE *t) {
    return t->type != V_ASN1_SEQUENCE
               ? (struct ym_der){NULL, 0}
               : (struct ym_der){ASN1_STRING_get0_data(t->value.sequence),
                                 (size_t)ASN1_STRING_length(t->value.sequence)};
}

static X509_ATTRIBUTE *first_of_type(const STACK_OF(X509_ATTRIBUTE) * attributes,
                                     const char *type) {
    for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); i++) {
        X509_ATTRIBUTE *a = sk_X509_ATTRIBUTE_value(attributes, i);

        if (is_type(X509_ATTRIBUTE_get0_object(a), type)) {
            return a;
        }
    }
    return NULL;
}

unsigned ym_pe_attribute(const PKCS7_SIGNER_INFO *si, const char *type,
                         struct ym_der ret_values[YM_PE_MAX_VALUES]) {
    X509_ATTRIBUTE *a = first_of_type(si->unauth_attr, type);
    const int count = a == NULL ? 0 : X509_ATTRIBUTE_count(a);
    unsigned n = 0;

    for (; (int)n < count && n < YM_PE_MAX_VALUES; n++) {
        const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(a, (int)n);

        if (value == NULL) {
            break;
        }
        ret_values[n] = sequence_of(value);
    }
    return n;
}

/* ---- The file's digest ------------------------------------------------------------------------ */

static bool hash(EVP_MD_CTX *context, const struct ym_pe_mod *pe, uint64_t begin, uint64_t end) {
    struct ym_reader r = ym_pe_mod_at(pe, begin);
    const uint8_t *bytes = begin >= end ? NULL : ym_get_view(&r, end - begin);

    return begin == end ||
           (bytes != NULL && EVP_DigestUpdate(context, bytes, (size_t)(end - begin)) == 1);
}

/* All but the checksum, the directory's entry and what begins with the signature. */
static void make_digest(struct signatures *w, struct file_digest *d) {
    const struct ym_pe_mod *pe = w->pe;
    const uint64_t checksum = pe->file.optional_at + CHECKSUM_AT;
    const uint64_t entry = pe->file.optional_at +
                           (pe->file.is64 ? DIRECTORIES_64 : DIRECTORIES_32) +
                           (uint64_t)DIRECTORY_SECURITY * ENTRY_SIZE;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (context == NULL || !ym_mod_spend(w->s, w->end) ||
        EVP_DigestInit_ex(context, d->md, NULL) != 1 || !hash(context, pe, 0, checksum) ||
        !hash(context, pe, checksum + 4, entry) || !hash(context, pe, entry + ENTRY_SIZE, w->end) ||
        EVP_DigestFinal_ex(context, d->bytes, &d->n) != 1) {
        d->n = 0;
    }
    EVP_MD_CTX_free(context);
}

/* NULL: no such digest. */
static const struct file_digest *file_digest(struct signatures *w, const char *algorithm) {
    const EVP_MD *md = algorithm == NULL ? NULL : EVP_get_digestbyname(algorithm);

    for (unsigned i = 0; i < w->n_digests; i++) {
        if (w->digests[i].md == md) {
            return w->digests[i].n == 0 ? NULL : &w->digests[i];
        }
    }
    if (md == NULL || w->n_digests == MAX_DIGESTS) {
        return NULL;
    }
    w->digests[w->n_digests] = (struct file_digest){.md = md};
    make_digest(w, &w->digests[w->n_digests]);
    return w->digests[w->n_digests++].n == 0 ? NULL : &w->digests[w->n_digests - 1];
}

/* ---- Parts of a signature --------------------------------------------------------------------- */

/* SpcIndirectDataContent: what kind of thing was signed (not looked at), then its digest.  Version
 * 1 signs what is inside the SEQUENCE, later ones sign all of it. */
static void read_content(struct signature *g) {
    const PKCS7 *contents = g->p7->d.sign->contents;
    const ASN1_TYPE *t = contents == NULL ? NULL : contents->d.other;
    struct ym_der all;
    struct ym_der inside;
    struct ym_der kind;
    const unsigned char *p;

    if (t == NULL || !is_type(contents->type, indirect_data) ||
        (t->type != V_ASN1_SEQUENCE && t->type != V_ASN1_OCTET_STRING)) {
        return;
    }
    all.p = ASN1_STRING_get0_data(t->value.asn1_string);
    all.n = (size_t)ASN1_STRING_length(t->value.asn1_string);
    g->content = all;
    if (!ym_der_next(&all, YM_DER_SEQUENCE, &inside)) {
        return;
    }
    if (ASN1_INTEGER_get(g->p7->d.sign->version) == 1) {
        g->content = inside;
    }
    if (ym_der_next(&inside, YM_DER_SEQUENCE, &kind)) {
        p = inside.p;
        g->info = d2i_X509_SIG(NULL, &p, (long)inside.n);
    }
}

static bool open_signature(struct ym_der der, struct signature *g) {
    STACK_OF(X509) * signers;
    size_t used;

    *g = (struct signature){.p7 = ym_pkcs7_parse(der.p, der.n, &used)};
    if (g->p7 == NULL) {
        return false;
    }
    g->si = sk_PKCS7_SIGNER_INFO_value(g->p7->d.sign->signer_info, 0);
    read_content(g);
    if (g->si != NULL) {
        signers = PKCS7_get0_signers(g->p7, g->p7->d.sign->cert, 0);
        g->signer = sk_X509_value(signers, 0);
        sk_X509_free(signers);
    }
    return true;
}

static void close_signature(struct signature *g) {
    X509_SIG_free(g->info);
    PKCS7_free(g->p7);
}

/* The text in a SpcString: UTF-16, or ASCII.  n: of the whole attribute, which it has to be shorter
 * than. */
static void set_spc_string(struct ym_mod_scan *s, struct ym_mod_object *signer, uint32_t field,
                           struct ym_der d, size_t n) {
    const bool wide = d.n > 0 && d.p[0] == 0x80;
    ASN1_STRING *text = ASN1_STRING_type_new(wide ? V_ASN1_BMPSTRING : V_ASN1_IA5STRING);
    unsigned char *utf8 = NULL;
    struct ym_der inside;
    int len = -1;

    if (text != NULL && ym_der_next(&d, wide ? 0x80 : 0x81, &inside) &&
        ASN1_STRING_set(text, inside.p, (int)inside.n) == 1) {
        len = ASN1_STRING_to_UTF8(&utf8, text);
    }
    if (len >= 0 && (size_t)len < n) {
        const struct ym_str all = {(const char *)utf8, (size_t)len};
        const struct ym_str cut = ym_pe_mod_cut(all);

        ym_mod_set_text(s, signer, field, cut.s, cut.n);
    }
    OPENSSL_free(utf8);
    ASN1_STRING_free(text);
}

/* SpcSpOpusInfo: [0] the program's name, [1] a link to more, which may be a URL. */
static void set_opus(struct ym_mod_scan *s, struct ym_mod_object *signer,
                     const PKCS7_SIGNER_INFO *si) {
    X509_ATTRIBUTE *a = first_of_type(si->auth_attr, opus_info);
    const ASN1_TYPE *value = a == NULL ? NULL : X509_ATTRIBUTE_get0_type(a, 0);
    struct ym_der der = value == NULL ? (struct ym_der){NULL, 0} : sequence_of(value);
    const size_t n = der.n;
    struct ym_der inside;
    struct ym_der part;
    struct ym_der url;

    if (!ym_der_next(&der, YM_DER_SEQUENCE, &inside)) {
        return;
    }
    if (ym_der_next(&inside, 0xa0, &part)) {
        set_spc_string(s, signer, PE_SIGNER_program_name, part, n);
    }
    if (ym_der_next(&inside, 0xa1, &part) && ym_der_next(&part, 0x80, &url)) {
        ym_mod_set_text(s, signer, PE_SIGNER_more_info, url.p, url.n);
    }
}

/* false: it does not say what it is the digest of. */
static bool set_signer(struct signatures *w, struct ym_mod_object *o, const struct signature *g) {
    struct ym_mod_object *signer = ym_mod_make(w->s, o, PE_SIGNATURE_signer_info);
    struct ym_mod_object *chain = ym_mod_make(w->s, signer, PE_SIGNER_chain);
    const ASN1_TYPE *digest;

    ym_mod_set_int(signer, PE_SIGNER_length_of_chain, 0);
    if (g->signer == NULL) {
        return false;
    }
    ym_pe_set_certificate(w->s, o, g->signer);
    ym_mod_set_int(signer, PE_SIGNER_length_of_chain,
                   ym_pe_add_chain(w->s, chain, g->signer, g->p7->d.sign->cert));
    digest = PKCS7_get_signed_attribute(g->si, NID_pkcs9_messageDigest);
    if (digest == NULL || digest->type != V_ASN1_OCTET_STRING) {
        return false;
    }
    (void)ym_pe_set_algorithm(signer, PE_SIGNER_digest_alg, g->si->digest_alg->algorithm);
    ym_pe_set_octets(w->s, signer, PE_SIGNER_digest, digest->value.octet_string);
    set_opus(w->s, signer, g->si);
    return true;
}

/* ---- Signatures ------------------------------------------------------------------------------- */

/* Those that are nested in this one are next, the first of them first. */
static void push_nested(struct signatures *w, const struct signature *g) {
    struct ym_der values[YM_PE_MAX_VALUES];
    const unsigned n = ym_pe_attribute(g->si, nested_signature, values);

    for (unsigned i = n; i-- > 0 && w->n_pending < MAX_PENDING;) {
        const uint8_t *copy =
            values[i].n == 0 ? NULL : ym_arena_memdup(w->s->arena, values[i].p, values[i].n);

        if (copy != NULL) {
            w->pending[w->n_pending++] = (struct ym_der){copy, values[i].n};
        }
    }
}

static void fill(struct signatures *w, const struct signature *g, const struct file_digest *file,
                 bool same) {
    struct ym_mod_object *o = ym_mod_append_object(w->s, w->list);
    struct ym_mod_object *certs = ym_mod_make(w->s, o, PE_SIGNATURE_certificates);
    const X509_ALGOR *algo = NULL;
    const ASN1_OCTET_STRING *digest = NULL;
    bool verified = false;

    ym_pe_add_certificates(w->s, certs, g->p7->d.sign->cert);
    ym_mod_set_int(o, PE_SIGNATURE_number_of_countersignatures, 0);
    if (g->info != NULL) {
        X509_SIG_get0(g->info, &algo, &digest);
        (void)ym_pe_set_algorithm(o, PE_SIGNATURE_digest_alg, algo->algorithm);
        ym_pe_set_octets(w->s, o, PE_SIGNATURE_digest, digest);
        if (g->si != NULL) {
            ym_pe_load_countersignatures(w->s, o, g->p7, g->si);
        }
        verified = set_signer(w, o, g) && same && ym_mod_spend(w->s, YM_PE_COST_SIGNATURE) &&
                   ym_pkcs7_attributes_hold(g->si, g->signer, g->content);
    }
    if (file != NULL) {
        ym_pe_mod_set_hex(w->s, o, PE_SIGNATURE_file_digest, file->bytes, file->n);
    }
    if (certs != NULL) {
        ym_mod_set_int(o, PE_SIGNATURE_number_of_certificates, certs->n);
    }
    ym_mod_set_int(o, PE_SIGNATURE_verified, verified ? 1 : 0);
    w->any_verified = w->any_verified || verified;
}

static void look_at(struct signatures *w, const struct signature *g) {
    const X509_ALGOR *algo = NULL;
    const ASN1_OCTET_STRING *digest = NULL;
    const struct file_digest *file = NULL;
    bool same = false;

    if (g->info != NULL) {
        X509_SIG_get0(g->info, &algo, &digest);
        if (ASN1_STRING_length(digest) > 0) {
            file = file_digest(w, OBJ_nid2ln(OBJ_obj2nid(algo->algorithm)));
        }
        same = file != NULL && ASN1_STRING_length(digest) == (int)file->n &&
               memcmp(ASN1_STRING_get0_data(digest), file->bytes, file->n) == 0;
        if (g->si != NULL) {
            push_nested(w, g);
        }
    }
    /* Without content, or with the digest of another file, it counts as it is. */
    if (g->info == NULL || (file != NULL && !same) || g->signer != NULL) {
        fill(w, g, file, same);
    }
}

/* The PKCS #7 in the file; false: there is none. */
static bool find_signature(const struct ym_pe_mod *pe, struct ym_der *ret_der,
                           uint64_t *ret_begin) {
    struct ym_reader r;
    uint32_t at;
    uint32_t size;
    uint32_t told;

    ym_pe_yara_directory(&pe->file, DIRECTORY_SECURITY, &at, &size);
    if (at == 0 || at > pe->file.whole.len || size > pe->file.whole.len ||
        (uint32_t)(at + size) > pe->file.whole.len || size < HEADER_SIZE) {
        return false;
    }
    r = ym_pe_mod_at(pe, at);
    told = ym_get_u32le(&r);
    ym_skip(&r, HEADER_SIZE - 4); /* revision, type: whatever they say */
    if (!ym_reader_ok(&r) || told <= HEADER_SIZE || told - HEADER_SIZE > ym_reader_left(&r)) {
        return false;
    }
    *ret_der = (struct ym_der){ym_get_view(&r, told - HEADER_SIZE), told - HEADER_SIZE};
    *ret_begin = at;
    return ret_der->n <= INT32_MAX;
}

void ym_pe_load_signatures(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    struct signatures *w = YM_ARENA_NEW(s->arena, struct signatures);
    struct signature g;

    ym_mod_set_int(pe->root, PE_number_of_signatures, 0);
    ym_mod_set_int(pe->root, PE_is_signed, 0);
    if (w == NULL || !find_signature(pe, &w->pending[0], &w->end)) {
        return;
    }
    w->s = s;
    w->pe = pe;
    w->list = ym_mod_make(s, pe->root, PE_signatures);
    w->n_pending = 1;
    while (w->n_pending > 0 && ym_mod_spend(s, YM_PE_COST_SIGNATURE)) {
        if (open_signature(w->pending[--w->n_pending], &g)) {
            look_at(w, &g);
            close_signature(&g);
        }
    }
    ym_mod_set_int(pe->root, PE_number_of_signatures, w->list == NULL ? 0 : w->list->n);
    ym_mod_set_int(pe->root, PE_is_signed, w->any_verified ? 1 : 0);
}

/* ---- valid_on() ------------------------------------------------------------------------------- */

void ym_pe_valid_on(struct ym_mod_scan *s, struct ym_mod_object *self, const union ym_mod_arg *args,
                    struct ym_mod_value *ret) {
    int64_t from;
    int64_t to;

    (void)s;
    if (ym_mod_int_of(self, PE_SIGNATURE_not_before, &from) &&
        ym_mod_int_of(self, PE_SIGNATURE_not_after, &to)) {
        ym_mod_give_int(ret, args[0].i >= from && args[0].i <= to ? 1 : 0);
    }
}
