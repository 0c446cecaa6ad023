/* formats/url.h - URLs as ClamAV's checks of links see them.
 *
 * Two forms: a link's URL cut down to its host, for comparing what is shown with where it leads; and
 * the parts of a URL that lists of hashes are about (Google's Safe Browsing, "URLs and hashing").
 * Rules of the manual page "Phishing Signatures" of docs.clamav.net; where it is silent, as clamscan
 * 1.4.6 --debug prints them ("URL after cleanup", "Looking up hash"). */
#ifndef YM_FORMATS_URL_H
#define YM_FORMATS_URL_H

#include <stdbool.h>
#include <stddef.h>

enum { YM_URL_MAX = 1024 };

struct ym_url {
    char text[YM_URL_MAX]; /* "https://www.bank.example", or without a scheme */
    bool gap[YM_URL_MAX];  /* before this character blanks were taken out */
    size_t n;
    size_t host, n_host; /* in text: without user and port */
    bool https;
    bool has_null; /* %00 or %01 in it, up to the path */
};

/* shown: what a page claims, else where it leads.  false: it is no URL: it has no scheme (http, https
 * or ftp in small letters where it leads, any one where it is shown) and its host does not end in a
 * top-level domain that the peer knows. */
bool ym_url_clean(const char *s, size_t n, bool shown, struct ym_url *ret_url);

/* The same host, or the same domain under a public suffix: www.bank.co.uk, login.bank.co.uk.  Of a
 * text with blanks, also what stands behind the last one may be the host. */
bool ym_url_same_domain(const struct ym_url *real, const struct ym_url *shown);

/* A host with its slash and a start of the path: what is hashed. */
typedef bool ym_url_form_fn(void *self, const char *form, size_t n); /* false: stop */
/* Nothing for a URL without "://". */
void ym_url_forms(const char *s, size_t n, ym_url_form_fn *fn, void *self);

#endif
