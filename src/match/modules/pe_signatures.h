/* modules/pe_signatures.h - between pe_signatures.c, pe_certificates.c and pe_countersignatures.c
 * (private to them). */
#ifndef YM_MATCH_MODULE_PE_SIGNATURES_H
#define YM_MATCH_MODULE_PE_SIGNATURES_H

#include "pe.h"

#include "pki/pkcs7.h"

/* What a certificate costs of the budget, and a signature made with its key. */
enum { YM_PE_COST_CERTIFICATE = 500, YM_PE_COST_SIGNATURE = 20000 };

/* ---- pe_certificates.c ------------------------------------------------------------------------ */

/* Fills the fields that a certificate has; o is one, or a signature. */
void ym_pe_set_certificate(struct ym_mod_scan *s, struct ym_mod_object *o, X509 *x);
void ym_pe_add_certificates(struct ym_mod_scan *s, struct ym_mod_object *list,
                            const STACK_OF(X509) * certs);
/* The certificate and, as far as certs has them, those that vouch for it; returns how many. */
uint32_t ym_pe_add_chain(struct ym_mod_scan *s, struct ym_mod_object *list, X509 *x,
                         STACK_OF(X509) * certs);
/* Seconds since 1970. */
int64_t ym_pe_seconds(const ASN1_TIME *t);
/* Sets what libcrypto calls an algorithm ("sha256"); returns it. */
const char *ym_pe_set_algorithm(struct ym_mod_object *o, uint32_t field, const ASN1_OBJECT *oid);
void ym_pe_set_octets(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field,
                      const ASN1_STRING *octets);

/* ---- pe_countersignatures.c ------------------------------------------------------------------- */

/* Those of PKCS #9, then Microsoft's time stamps, whose certificates go to the signature's, too. */
void ym_pe_load_countersignatures(struct ym_mod_scan *s, struct ym_mod_object *signature, PKCS7 *p7,
                                  const PKCS7_SIGNER_INFO *si);

/* Values of the first unsigned attribute of this type (dotted), of which each is given as DER with
 * n 0 when it is no SEQUENCE. */
enum { YM_PE_MAX_VALUES = 16 };
unsigned ym_pe_attribute(const PKCS7_SIGNER_INFO *si, const char *type,
                         struct ym_der ret_values[YM_PE_MAX_VALUES]);

#endif
