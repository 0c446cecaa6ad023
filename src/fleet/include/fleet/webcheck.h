/* webcheck.h - what a browser sends, read strictly: a cookie, where a request comes from, a form of JSON.
 *
 * Pure, no allocation but jansson's.  Whatever is not of the form is no session, another site, no form. */
#ifndef YM_FLEET_WEBCHECK_H
#define YM_FLEET_WEBCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_SESSION_TEXT = 65,   /* 64 hex digits, NUL */
    YM_FORM_BODY_MAX = 4096 /* bytes of a form */
};

/* The value of a cookie in a Cookie header: 64 lower-case hex digits.  False: not there, of another form, or
 * there twice (who else has set it?). */
bool ym_cookie_find(const char *header, const char *name, char ret_value[YM_SESSION_TEXT]);

/* Did a page of this very server send it?  origin, host and site are the headers Origin, Host and
 * Sec-Fetch-Site (NULL: missing); scheme "https" or "http".  Sec-Fetch-Site must be "same-origin" and Origin be
 * scheme://host, where they are there; one of them must be. */
bool ym_web_same_origin(const char *scheme, const char *origin, const char *host, const char *site);
/* Of a request that only reads: not from another site, as far as the browser says. */
bool ym_web_not_cross_site(const char *site);

/* One field of a form: a text or a whole number. */
struct ym_form_field {
    const char *name;
    char *text; /* its value with a NUL, at most size; NULL: a number */
    size_t size;
    uint64_t number;
    bool given; /* out */
};
/* Reads one JSON object that has these fields, each once at most, and no others; a text may hold no control character.
 * False: it is anything else. */
bool ym_form_read(const char *body, size_t n, struct ym_form_field *fields, size_t n_fields);

#endif
