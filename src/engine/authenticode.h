/* engine/authenticode.h - is a signed program vouched for by a certificate of the images?
 *
 * Sources: Microsoft's "Windows Authenticode Portable Executable Signature Format", PKCS #7
 * (RFC 2315) and #9; the order and strictness of the tests are clamscan 1.4's, as measured. */
#ifndef YM_ENGINE_AUTHENTICODE_H
#define YM_ENGINE_AUTHENTICODE_H

#include "formats/pe.h"
#include "pki/certs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* The file's signature, and what is at hand to judge it. */
struct ym_authenticode {
    const struct ym_certs *certs;
    const uint8_t *file;
    struct ym_pe_signature signature; /* of that file (formats/pe.h) */
    time_t now;
};

/* One of the certificates in the signature is blocked, whether or not the signature holds.  The
 * name lives as long as the certificates. */
bool ym_authenticode_blocked(const struct ym_authenticode *a, const char **ret_name,
                             size_t *ret_len);

/* The signature holds, the file is what was signed, and who signed it is trusted.  Nothing but
 * zeros that fill up to 8 bytes may follow the signature: it does not cover them. */
bool ym_authenticode_trusted(const struct ym_authenticode *a);

#endif
