/* url.c - see url.h. */
#include "formats/url.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- Top-level domains ----------------------------------------------------------------------- */

/* Those that the peer knows, in order. */
static const char *const domains[] = {
    "ac",   "ad",   "ae",   "aero", "af",     "ag",  "ai", "al",     "am",  "an", "ao", "aq", "ar",
    "arpa", "as",   "asia", "at",   "au",     "aw",  "ax", "az",     "ba",  "bb", "bd", "be", "bf",
    "bg",   "bh",   "bi",   "biz",  "bj",     "bm",  "bn", "bo",     "br",  "bs", "bt", "bv", "bw",
    "by",   "ca",   "cat",  "cc",   "cd",     "cf",  "cg", "ch",     "ci",  "ck", "cl", "cm", "cn",
    "co",   "com",  "coop", "cr",   "cu",     "cv",  "cx", "cy",     "cz",  "de", "dj", "dk", "dm",
    "do",   "ec",   "edu",  "ee",   "eg",     "er",  "es", "et",     "eu",  "fi", "fj", "fk", "fm",
    "fo",   "fr",   "ga",   "gb",   "gd",     "ge",  "gf", "gg",     "gh",  "gi", "gl", "gm", "gn",
    "gov",  "gp",   "gq",   "gr",   "gs",     "gt",  "gu", "gw",     "gy",  "hk", "hm", "hn", "hr",
    "ht",   "hu",   "id",   "ie",   "il",     "im",  "in", "info",   "int", "io", "iq", "ir", "is",
    "it",   "je",   "jm",   "jo",   "jobs",   "jp",  "ke", "kg",     "ki",  "km", "kn", "kp", "kr",
    "kw",   "ky",   "kz",   "la",   "lb",     "lc",  "li", "lk",     "lr",  "ls", "lt", "lu", "lv",
    "ly",   "ma",   "mc",   "md",   "me",     "mg",  "mh", "mil",    "mk",  "ml", "mm", "mn", "mo",
    "mobi", "mp",   "mq",   "mr",   "ms",     "mt",  "mu", "museum", "mv",  "mw", "mx", "my", "mz",
    "na",   "name", "nc",   "ne",   "net",    "nf",  "ni", "nl",     "no",  "np", "nr", "nu", "nz",
    "om",   "org",  "pa",   "pe",   "pf",     "pg",  "ph", "pk",     "pl",  "pm", "pn", "pr", "pro",
    "ps",   "pt",   "pw",   "py",   "qa",     "re",  "ro", "rs",     "ru",  "rw", "sa", "sb", "sc",
    "sd",   "se",   "sg",   "sh",   "si",     "sj",  "sk", "sm",     "sn",  "so", "sr", "st", "su",
    "sv",   "sy",   "sz",   "tc",   "td",     "tel", "tf", "tg",     "th",  "tj", "tk", "tl", "tm",
    "tn",   "to",   "tp",   "tr",   "travel", "tt",  "tv", "tw",     "tz",  "ua", "ug", "uk", "us",
    "uy",   "uz",   "va",   "vc",   "ve",     "vg",  "vi", "vn",     "vu",  "wf", "ws", "ye", "yt",
    "za",   "zm",   "zw",
};

static int by_text(const void *key, const void *item) {
    return strcmp(key, *(const char *const *)item);
}

static bool is_top(const char *s, size_t n) {
    char word[16];

    if (n == 0 || n >= sizeof(word)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        word[i] = (char)ym_lower((unsigned char)s[i]);
    }
    word[n] = '\0';
    return bsearch(word, domains, sizeof(domains) / sizeof(domains[0]), sizeof(domains[0]),
                   by_text) != NULL;
}

/* Bytes of s up to the last ".top" that its end or another dot follows; 0: there is none. */
static size_t end_of_top(const char *s, size_t n) {
    size_t end = n;

    while (end > 0) {
        size_t dot = end;

        while (dot > 0 && s[dot - 1] != '.') {
            dot--;
        }
        if (dot < 2) {
            return 0;
        }
        if (is_top(s + dot, end - dot)) {
            return s[dot - 2] == '.' ? 0 : end;
        }
        end = dot - 1;
    }
    return 0;
}

/* ---- Cleaning -------------------------------------------------------------------------------- */

/* Where the host begins: behind "scheme://", or 0. */
static size_t behind_scheme(const char *s, size_t n) {
    size_t i = 0;

    while (i < n && ym_is_alpha((unsigned char)s[i])) {
        i++;
    }
    return i > 0 && n - i >= 3 && memcmp(s + i, "://", 3) == 0 ? i + 3 : 0;
}

static bool starts(const char *s, size_t n, const char *with) {
    return n >= strlen(with) && memcmp(s, with, strlen(with)) == 0;
}

static size_t length_until(const char *s, size_t n, const char *stops) {
    size_t i = 0;

    while (i < n && strchr(stops, s[i]) == NULL) {
        i++;
    }
    return i;
}

/* Bytes of a host without a scheme that count; 0: it is no URL.  Left of an @, too, there must be
 * a domain: user@host is an address. */
static size_t plain_host(const char *s, size_t n) {
    const bool mail = starts(s, n, "mailto:");
    const char *at;
    size_t left;
    size_t right;

    n = length_until(s, n, "/?\\");
    at = n == 0 ? NULL : memchr(s, '@', n);
    if (at == NULL) {
        return end_of_top(s, n);
    }
    left = (size_t)(at - s);
    right = end_of_top(at + 1, n - left - 1);
    return right > 0 && (mail || end_of_top(s, left) == left) ? left + 1 + right : 0;
}

static bool is_url(const char *s, size_t n, bool shown) {
    const size_t host = behind_scheme(s, n);

    if (host > 0) {
        return shown || starts(s, n, "http://") || starts(s, n, "https://") ||
               starts(s, n, "ftp://");
    }
    return plain_host(s, n) > 0;
}

static void put(struct ym_url *u, char c, bool *gap) {
    if (u->n < sizeof(u->text)) {
        u->gap[u->n] = *gap;
        u->text[u->n++] = c;
        *gap = false;
    }
}

/* Blanks and ';' go, %XX is decoded, bytes lose their highest bit. */
static void copy(const char *s, size_t n, struct ym_url *u) {
    bool gap = false;
    bool in_path = false;
    const size_t host = behind_scheme(s, n);

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        in_path = in_path || (i >= host && strchr("/?", c) != NULL);
        if (c == '%' && n - i > 2 && ym_hex_digit(s[i + 1]) >= 0 && ym_hex_digit(s[i + 2]) >= 0) {
            c = (unsigned char)(ym_hex_digit(s[i + 1]) * 16 + ym_hex_digit(s[i + 2]));
            i += 2;
            u->has_null = u->has_null || (c <= 1 && !in_path);
        }
        c &= 0x7f;
        if (c <= ' ' || c == ';' || c == 0x7f) {
            gap = true;
        } else {
            put(u, (char)c, &gap);
        }
    }
}

static void cut_front(struct ym_url *u, size_t n) {
    memmove(u->text, u->text + n, u->n - n);
    memmove(u->gap, u->gap + n, (u->n - n) * sizeof(u->gap[0]));
    u->n -= n;
}

/* What is shown stands in brackets, quotes, behind dashes, before a full stop. */
static void trim(struct ym_url *u) {
    size_t n = 0;

    while (n < u->n && !ym_is_alnum((unsigned char)u->text[n])) {
        n++;
    }
    cut_front(u, n);
    while (u->n > 0 && !ym_is_alnum((unsigned char)u->text[u->n - 1])) {
        u->n--;
    }
}

static void find_host(struct ym_url *u) {
    const char *at;

    u->host = behind_scheme(u->text, u->n);
    at = u->n == u->host ? NULL : memchr(u->text + u->host, '@', u->n - u->host);
    if (at != NULL) {
        u->host = (size_t)(at - u->text) + 1;
    }
    u->n_host = length_until(u->text + u->host, u->n - u->host, ":");
}

bool ym_url_clean(const char *s, size_t n, bool shown, struct ym_url *ret_url) {
    struct ym_url *u = ret_url;
    size_t host;

    memset(u, 0, sizeof(*u));
    while (n > 0 && *s == ' ') {
        s++;
        n--;
    }
    if (!shown && !is_url(s, n, false)) {
        return false;
    }
    copy(s, n, u);
    if (shown) {
        trim(u);
    }
    host = behind_scheme(u->text, u->n);
    u->n = host + length_until(u->text + host, u->n - host, host > 0 ? "/?\\:" : "/?\\");
    if (shown) {
        trim(u);
        if (!is_url(u->text, u->n, true)) {
            return false;
        }
        u->n = host > 0 ? u->n : plain_host(u->text, u->n);
    }
    for (size_t i = host; i < u->n; i++) {
        u->text[i] = (char)ym_lower((unsigned char)u->text[i]);
    }
    u->https = starts(u->text, u->n, "https:");
    find_host(u);
    return true;
}

/* ---- Comparing ------------------------------------------------------------------------------- */

/* Where the label that ends here begins. */
static size_t label_at(const char *s, size_t end) {
    while (end > 0 && s[end - 1] != '.') {
        end--;
    }
    return end;
}

/* The last two labels of a host; three where a country's last but one is a domain like "co". */
static size_t domain_at(const char *s, size_t n) {
    const size_t top = label_at(s, n);
    const size_t second = top == 0 ? 0 : label_at(s, top - 1);

    if (n - top == 2 && second > 0 && is_top(s + second, top - 1 - second)) {
        return label_at(s, second - 1);
    }
    return second;
}

static bool same_from(const struct ym_url *real, const struct ym_url *shown, size_t from) {
    const char *r = real->text + real->host;
    const char *s = shown->text + from;
    const size_t n = shown->host + shown->n_host - from;
    const size_t a = domain_at(r, real->n_host);
    const size_t b = domain_at(s, n);

    return real->n_host - a == n - b && memcmp(r + a, s + b, n - b) == 0;
}

bool ym_url_same_domain(const struct ym_url *real, const struct ym_url *shown) {
    size_t behind = shown->host;

    for (size_t i = shown->host; i < shown->host + shown->n_host; i++) {
        behind = shown->gap[i] ? i : behind;
    }
    return same_from(real, shown, shown->host) || same_from(real, shown, behind);
}

/* ---- Forms that are hashed ------------------------------------------------------------------- */

enum { HOST_FORMS = 4, PATH_FORMS = 3 /* besides the whole host, the whole path and "/" */ };

struct canonical {
    char host[YM_URL_MAX]; /* with a slash at its end */
    size_t n_host;
    char path[YM_URL_MAX * 3];
    size_t n_path;
};

/* Decodes until nothing is left to decode; returns the new length. */
static size_t decode(char *s, size_t n) {
    bool again = true;

    while (again) {
        size_t to = 0;

        again = false;
        for (size_t i = 0; i < n; i++) {
            if (s[i] == '%' && n - i > 2 && ym_hex_digit(s[i + 1]) >= 0 &&
                ym_hex_digit(s[i + 2]) >= 0) {
                s[to++] = (char)(ym_hex_digit(s[i + 1]) * 16 + ym_hex_digit(s[i + 2]));
                i += 2;
                again = true;
            } else {
                s[to++] = s[i];
            }
        }
        n = to;
    }
    return n;
}

/* "/./" and "/x/../" of the path go, up to the query; returns the new length. */
static size_t fold(char *s, size_t n) {
    const size_t query = length_until(s, n, "?");
    size_t to = 0;
    size_t i = 0;

    while (i < query) {
        size_t part = length_until(s + i, query - i, "/");

        if (part == 2 && s[i] == '.' && s[i + 1] == '.') {
            to -= to > 0 ? 1 : 0;
            while (to > 0 && s[to - 1] != '/') {
                to--;
            }
            i += part + (i + part < query ? 1 : 0);
        } else if (part == 1 && s[i] == '.') {
            i += part + (i + part < query ? 1 : 0);
        } else {
            part += i + part < query ? 1 : 0;
            memmove(s + to, s + i, part);
            to += part;
            i += part;
        }
    }
    memmove(s + to, s + query, n - query);
    return to + n - query;
}

/* What is not printable, and # and %, are written as %XX. */
static void escape(const char *s, size_t n, struct canonical *c) {
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < n && c->n_path + 3 <= sizeof(c->path); i++) {
        const unsigned char b = (unsigned char)s[i];

        if (b > ' ' && b < 0x7f && b != '#' && b != '%') {
            c->path[c->n_path++] = s[i];
        } else {
            c->path[c->n_path++] = '%';
            c->path[c->n_path++] = digits[b >> 4];
            c->path[c->n_path++] = digits[b & 15];
        }
    }
}

/* Behind a user's name.  One with a password is taken for a host and its port: so does the peer. */
static size_t behind_user(const char *s, size_t n) {
    const size_t host = length_until(s, n, "/:?");
    const char *at = host == 0 ? NULL : memchr(s, '@', host);

    return at == NULL ? 0 : (size_t)(at - s) + 1;
}

/* The host ends at the first of "/:?", whatever it is. */
static bool canonise(const char *s, size_t n, struct canonical *ret) {
    char text[YM_URL_MAX] = "";
    size_t host;
    size_t used = 0;

    while (n > 0 && *s == ' ') {
        s++;
        n--;
    }
    host = behind_scheme(s, n);
    if (host == 0) {
        return false;
    }
    for (size_t i = host; i < n && used < sizeof(text); i++) {
        text[used++] = s[i];
    }
    used = decode(text, used);
    host = behind_user(text, used);
    used -= host;
    memmove(text, text + host, used);
    ret->n_path = 0;
    ret->n_host = length_until(text, used < sizeof(text) - 1 ? used : sizeof(text) - 1, "/:?");
    for (size_t i = 0; i < ret->n_host; i++) {
        ret->host[i] = (char)ym_lower((unsigned char)text[i]);
    }
    ret->host[ret->n_host] = '/';
    if (ret->n_host < used) {
        const size_t from = ret->n_host + 1;

        escape(text + from, fold(text + from, used - from), ret);
    }
    ret->n_host++;
    return true;
}

/* Where the host's parts begin: the last two labels, ..., five, and all of it. */
static unsigned host_starts(const struct canonical *c, size_t ret_starts[HOST_FORMS + 1]) {
    unsigned dots = 0;
    unsigned n = 0;

    for (size_t i = c->n_host - 1; i > 0 && n < HOST_FORMS; i--) {
        if (c->host[i - 1] == '.' && ++dots >= 2) {
            ret_starts[n++] = i;
        }
    }
    ret_starts[n++] = 0;
    return n;
}

/* Lengths of the path's parts: "", one to three folders, without the query, all of it. */
static unsigned path_ends(const struct canonical *c, size_t ret_ends[PATH_FORMS + 3]) {
    unsigned n = 0;
    size_t from = 0;

    ret_ends[n++] = 0;
    while (n <= PATH_FORMS && from + 1 < c->n_path) {
        const char *slash = memchr(c->path + from + 1, '/', c->n_path - from - 1);

        if (slash == NULL) {
            break;
        }
        from = (size_t)(slash - c->path) + 1;
        ret_ends[n++] = from;
    }
    ret_ends[n++] = length_until(c->path, c->n_path, "?");
    ret_ends[n++] = c->n_path;
    return n;
}

void ym_url_forms(const char *s, size_t n, ym_url_form_fn *fn, void *self) {
    struct canonical c;
    size_t starts_at[HOST_FORMS + 1];
    size_t ends[PATH_FORMS + 3];
    char form[sizeof(c.host) + sizeof(c.path)];
    unsigned n_hosts;
    unsigned n_paths;

    if (!canonise(s, n, &c)) {
        return;
    }
    n_hosts = host_starts(&c, starts_at);
    n_paths = path_ends(&c, ends);
    for (unsigned p = 0; p < n_paths; p++) {
        for (unsigned h = 0; h < n_hosts; h++) {
            const size_t host = c.n_host - starts_at[h];

            memcpy(form, c.host + starts_at[h], host);
            memcpy(form + host, c.path, ends[p]);
            if (!fn(self, form, host + ends[p])) {
                return;
            }
        }
    }
}
