/* csv.c - see csv.h. */
#include "feeds/csv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* --- small texts --- */

bool ym_str_is(struct ym_str text, const char *word) {
    size_t n = strlen(word);

    if (text.n != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (ym_lower((unsigned char)text.s[i]) != ym_lower((unsigned char)word[i])) {
            return false;
        }
    }
    return true;
}

bool ym_str_has(struct ym_str text, const char *part) {
    size_t n = strlen(part);

    for (size_t at = 0; at + n <= text.n; at++) {
        if (ym_str_is((struct ym_str){text.s + at, n}, part)) {
            return true;
        }
    }
    return false;
}

static bool blank(char c) {
    return c == ' ' || c == '\t';
}

struct ym_str ym_str_trim(struct ym_str text) {
    while (text.n > 0 && blank(text.s[0])) {
        text.s++;
        text.n--;
    }
    while (text.n > 0 && blank(text.s[text.n - 1])) {
        text.n--;
    }
    return text;
}

/* --- fields --- */

/* From the opening quote at *at; leaves *at behind the field's comma or at the end. */
static ym_status quoted(char *line, size_t n, size_t *at, struct ym_str *ret_field) {
    size_t start = *at;
    size_t to = start; /* what is kept moves down over the quotes */
    size_t i = start + 1;

    for (;; i++) {
        if (i >= n) {
            return YM_MALFORMED;
        }
        if (line[i] == '"') {
            if (i + 1 >= n || line[i + 1] != '"') {
                break;
            }
            i++;
        }
        line[to++] = line[i];
    }
    i++;
    while (i < n && blank(line[i])) {
        i++;
    }
    if (i < n && line[i] != ',') {
        return YM_MALFORMED;
    }
    *ret_field = (struct ym_str){line + start, to - start};
    *at = i;
    return YM_OK;
}

ym_status ym_csv_split(char *line, size_t n, struct ym_str ret[YM_CSV_FIELDS_MAX], size_t *ret_n) {
    size_t count = 0;
    size_t at = 0;

    for (;;) {
        if (count == YM_CSV_FIELDS_MAX) {
            return YM_LIMIT;
        }
        while (at < n && blank(line[at])) {
            at++;
        }
        if (at < n && line[at] == '"') {
            YM_TRY(quoted(line, n, &at, &ret[count]));
        } else {
            const char *comma = at < n ? memchr(line + at, ',', n - at) : NULL;
            size_t end = comma == NULL ? n : (size_t)(comma - line);

            ret[count] = ym_str_trim((struct ym_str){line + at, end - at});
            at = end;
        }
        count++;
        if (at >= n) {
            *ret_n = count;
            return YM_OK;
        }
        at++; /* the comma */
    }
}

bool ym_feed_month(struct ym_str text, int *ret_month) {
    uint32_t year;
    uint32_t month;
    uint32_t day;

    if (text.n < 10 || (text.s[4] != '-' && text.s[4] != '/') || text.s[7] != text.s[4] ||
        !ym_parse_u32(text.s, 4, &year) || !ym_parse_u32(text.s + 5, 2, &month) ||
        !ym_parse_u32(text.s + 8, 2, &day) || year < 1970 || year > 2199 || month < 1 ||
        month > 12 || day < 1 || day > 31 ||
        (text.n > 10 && text.s[10] >= '0' && text.s[10] <= '9')) {
        return false;
    }
    *ret_month = (int)(year * 12 + month - 1);
    return true;
}

/* --- hosts --- */

/* What stands between the scheme and the path, without user and port. */
static bool authority(struct ym_str url, struct ym_str *ret_host, bool *ret_bracket) {
    const char *slashes = memmem(url.s, url.n, "://", 3);
    size_t n = 0;
    const char *at;
    const char *colon;

    if (slashes != NULL) {
        url.n -= (size_t)(slashes + 3 - url.s);
        url.s = slashes + 3;
    }
    while (n < url.n && strchr("/?#\\", url.s[n]) == NULL) {
        n++;
    }
    at = n == 0 ? NULL : memrchr(url.s, '@', n);
    if (at != NULL) {
        n -= (size_t)(at + 1 - url.s);
        url.s = at + 1;
    }
    *ret_bracket = n > 0 && url.s[0] == '[';
    if (*ret_bracket) {
        const char *close = memchr(url.s, ']', n);

        *ret_host = (struct ym_str){url.s + 1, close == NULL ? 0 : (size_t)(close - url.s) - 1};
        return close != NULL;
    }
    colon = n == 0 ? NULL : memchr(url.s, ':', n);
    *ret_host = (struct ym_str){url.s, colon == NULL ? n : (size_t)(colon - url.s)};
    return true;
}

/* Small letters, "[.]" to ".", no dot at the end; 0: not a host's characters, or too long. */
static size_t plain_name(struct ym_str host, char out[YM_HOST_SIZE]) {
    size_t n = 0;

    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.s[i];

        if (c == '[' && i + 2 < host.n && host.s[i + 1] == '.' && host.s[i + 2] == ']') {
            c = '.';
            i += 2;
        }
        if (n + 1 >= YM_HOST_SIZE ||
            (!ym_is_alnum(c) && c != '-' && c != '.' && c != '_' && c < 0x80)) {
            return 0;
        }
        out[n++] = (char)ym_lower(c);
    }
    if (n > 0 && out[n - 1] == '.') {
        n--;
    }
    out[n] = '\0';
    return n == 0 || out[0] == '.' || strstr(out, "..") != NULL ? 0 : n;
}

static bool all_of(const char *s, const char *set) {
    return s[strspn(s, set)] == '\0';
}

/* The URL standard: a host whose last label is a number is an IPv4 address or nothing. */
static bool ends_in_number(const char *host) {
    const char *dot = strrchr(host, '.');
    const char *last = dot == NULL ? host : dot + 1;

    return all_of(last, "0123456789") ||
           (last[0] == '0' && last[1] == 'x' && all_of(last + 2, "0123456789abcdef"));
}

bool ym_url_host(struct ym_str url, char ret_host[YM_HOST_SIZE], bool *ret_is_address) {
    struct ym_str host;
    struct in_addr v4;
    struct in6_addr v6;
    char text[YM_HOST_SIZE];
    bool bracket;

    if (!authority(ym_str_trim(url), &host, &bracket) || host.n == 0 || host.n >= sizeof(text)) {
        return false;
    }
    if (bracket) {
        memcpy(text, host.s, host.n);
        text[host.n] = '\0';
        *ret_is_address = inet_pton(AF_INET6, text, &v6) == 1;
        return *ret_is_address && inet_ntop(AF_INET6, &v6, ret_host, YM_HOST_SIZE) != NULL;
    }
    if (plain_name(host, text) == 0 ||
        (memmem(url.s, url.n, "://", 3) == NULL && strchr(text, '.') == NULL)) {
        return false; /* the latter: javascript:..., about:..., a word */
    }
    *ret_is_address = ends_in_number(text);
    if (*ret_is_address) {
        return inet_aton(text, &v4) != 0 && inet_ntop(AF_INET, &v4, ret_host, YM_HOST_SIZE) != NULL;
    }
    memcpy(ret_host, text, strlen(text) + 1);
    return true;
}

/* --- countries --- */

bool ym_country_code(struct ym_str text, char ret_country[3]) {
    if (text.n != 2 || !ym_is_alpha((unsigned char)text.s[0]) ||
        !ym_is_alpha((unsigned char)text.s[1])) {
        return false;
    }
    ret_country[0] = (char)(text.s[0] & ~0x20);
    ret_country[1] = (char)(text.s[1] & ~0x20);
    ret_country[2] = '\0';
    if (memcmp(ret_country, "UK", 2) == 0) {
        memcpy(ret_country, "GB", 2);
    }
    return memcmp(ret_country, "ZZ", 2) != 0; /* the code of no place */
}

bool ym_host_country(const char *host, char ret_country[3]) {
    /* Country labels that anybody can have, or that are none of a country. */
    static const char open_labels[] = " ac ad ag ai as bz cc cd cf co dj eu fm ga gd gg gl gq gs "
                                      "im io la li ly me ml mn ms mu nf "
                                      "nu pn pw sc sh so sr st su tk tl to tv vc vg vu wf ws ";
    const char *dot = strrchr(host, '.');
    char wanted[5];

    if (dot == NULL || strlen(dot) != 3 ||
        !ym_country_code((struct ym_str){dot + 1, 2}, ret_country)) {
        return false;
    }
    wanted[0] = ' ';
    wanted[1] = dot[1];
    wanted[2] = dot[2];
    wanted[3] = ' ';
    wanted[4] = '\0';
    return strstr(open_labels, wanted) == NULL;
}
