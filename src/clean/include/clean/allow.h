/* allow.h - names that a block list must leave out.
 *
 * One name a line, in any case of letters; a dot at the end and a "*." at the beginning change
 * nothing; # begins a comment; empty lines, spaces around a name, CR LF and a byte order mark are
 * fine.  Anything else is refused with its line, because an exception that is not read becomes a
 * blocked site.
 *
 * A name on the list frees three things: itself, every name below it, and every name above it.  The
 * last because a resolver that blocks example.com usually blocks www.example.com with it, so
 * whoever wants that one cannot have the other blocked.
 *
 *     YM_TRY(ym_allow_parse(bytes, "sites.txt", &allow, err));
 *     if (ym_allow_has(allow, "wnsux.com")) ...
 *     ym_allow_free(allow); */
#ifndef YM_CLEAN_ALLOW_H
#define YM_CLEAN_ALLOW_H

#include "base/reader.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    YM_ALLOW_FILE_MAX = 16 << 20, /* bytes */
    YM_ALLOW_NAME_MAX = 253,      /* characters of a name (RFC 1035: 255 bytes on the wire) */
    YM_ALLOW_LABEL_MAX = 63
};

struct ym_allow;

/* shown: the file's name for messages.  LIMIT past YM_ALLOW_FILE_MAX; MALFORMED with the line for
 * what is no name.  The text need not outlive the call. */
YM_MUST_CHECK ym_status ym_allow_parse(struct ym_reader whole, const char *shown,
                                       struct ym_allow **ret_allow, struct ym_err *err);
void ym_allow_free(struct ym_allow *a); /* accepts NULL */

size_t ym_allow_count(const struct ym_allow *a); /* of different names */

/* Is this name (lower case, no dot at the end) to be left out?  a may be NULL: no list, false. */
bool ym_allow_has(const struct ym_allow *a, const char *name);

#endif
