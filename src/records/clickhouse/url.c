/* url.c - see url.h.  Names go into queries and headers as they are, so they are letters, digits and
 * few others; only user and password may hold anything but control characters. */
#include "url.h"

#include "base/buf.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define MODULE "records/clickhouse"

static const char form[] = "clickhouse://[USER[:PASSWORD]@]HOST[:PORT][,HOST2[:PORT]...]/DATABASE";

static ym_status bad(struct ym_err *err, const char *what) {
    return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                   "the store's address has %s; it has the form %s", what, form);
}

static const struct {
    const char *text;
    bool tls;
    uint16_t port;
} schemes[] = {{"clickhouse://", false, 8123}, {"clickhouses://", true, 8443}};
enum { N_SCHEMES = sizeof(schemes) / sizeof(schemes[0]) };

bool ym_click_is_url(const char *text) {
    for (size_t i = 0; i < N_SCHEMES; i++) {
        if (strncmp(text, schemes[i].text, strlen(schemes[i].text)) == 0) {
            return true;
        }
    }
    return false;
}

bool ym_click_has_password(const char *text) {
    size_t host = 0;
    size_t n;

    if (!ym_click_is_url(text)) {
        return false;
    }
    text = strstr(text, "://") + 3;
    n = strcspn(text, "/?");
    for (size_t i = 0; i < n; i++) {
        host = text[i] == '@' ? i : host;
    }
    return memchr(text, ':', host) != NULL;
}

/* --- pieces --- */

static bool is_name(const char *s, size_t n) {
    bool good =
        n > 0 && n <= YM_CLICK_NAME_MAX && (ym_is_alpha((unsigned char)s[0]) || s[0] == '_');

    for (size_t i = 0; good && i < n; i++) {
        good = ym_is_alnum((unsigned char)s[i]) || s[i] == '_';
    }
    return good;
}

/* Of a header's value: no control characters, so that nothing ends its line. */
static bool take_text(char *to, size_t size, const char *s, size_t n) {
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)s[i];

        if (c == '%' && (i + 2 >= n || !ym_hex_decode(s + i + 1, 1, &c))) {
            return false;
        }
        i += s[i] == '%' ? 2 : 0;
        if (c < 0x20 || c == 0x7f || len + 1 >= size) {
            return false;
        }
        to[len++] = (char)c;
    }
    to[len] = '\0';
    return true;
}

static ym_status take_user(const char *s, size_t n, struct ym_click_url *u, struct ym_err *err) {
    const char *colon = memchr(s, ':', n);
    size_t user = colon == NULL ? n : (size_t)(colon - s);

    if (!take_text(u->user, sizeof(u->user), s, user) || u->user[0] == '\0' ||
        (colon != NULL && !take_text(u->password, sizeof(u->password), colon + 1, n - user - 1))) {
        return bad(err, "a user or password that is too long, has control characters or a bad %XX");
    }
    return YM_OK;
}

/* Splits at the colon before a port; an IPv6 address is in brackets. */
static bool split_port(const char *s, size_t n, size_t *ret_host, uint32_t *ret_port) {
    const char *end = n > 0 && s[0] == '[' ? memchr(s, ']', n) : memchr(s, ':', n);
    size_t host;

    if (n > 0 && s[0] == '[') {
        if (end == NULL) {
            return false;
        }
        end++;
    }
    host = end == NULL ? n : (size_t)(end - s);
    *ret_host = host;
    return host == n || (s[host] == ':' && ym_parse_u32(s + host + 1, n - host - 1, ret_port) &&
                         *ret_port > 0 && *ret_port <= UINT16_MAX);
}

static bool take_host(const char *s, size_t n, uint16_t usual, struct ym_click_host *ret) {
    uint32_t port = usual;
    size_t host = 0;
    size_t from;

    if (!split_port(s, n, &host, &port) || host == 0 || host > YM_CLICK_HOST_MAX) {
        return false;
    }
    from = s[0] == '[' ? 1 : 0;
    if (host <= 2 * from) {
        return false;
    }
    for (size_t i = from; i + from < host; i++) {
        bool good = ym_is_alnum((unsigned char)s[i]) || s[i] == '.' ||
                    (from == 0 ? s[i] == '-' || s[i] == '_' : s[i] == ':');

        if (!good) {
            return false;
        }
    }
    memcpy(ret->name, s, host);
    ret->name[host] = '\0';
    ret->port = (uint16_t)port;
    return true;
}

static ym_status take_hosts(const char *s, size_t n, uint16_t usual, struct ym_click_url *u,
                            struct ym_err *err) {
    struct ym_fields f;
    struct ym_str one;

    ym_fields_init(&f, s, n, ',');
    while (ym_fields_next(&f, &one)) {
        struct ym_click_host *host = &u->shard[u->n_shards];

        if (u->n_shards == YM_CLICK_SHARDS_MAX) {
            return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "a store has at most %d shards",
                           YM_CLICK_SHARDS_MAX);
        }
        if (!take_host(one.s, one.n, usual, host)) {
            return bad(err, "a host or port that is none");
        }
        for (unsigned i = 0; i < u->n_shards; i++) {
            if (strcmp(u->shard[i].name, host->name) == 0 && u->shard[i].port == host->port) {
                return bad(err, "the same host and port twice");
            }
        }
        u->n_shards++;
    }
    return YM_OK;
}

/* --- options --- */

static bool is_key(const struct ym_str *pair, const char *key, const char **ret, size_t *ret_n) {
    size_t n = strlen(key);

    if (pair->n < n + 1 || strncmp(pair->s, key, n) != 0 || pair->s[n] != '=') {
        return false;
    }
    *ret = pair->s + n + 1;
    *ret_n = pair->n - n - 1;
    return true;
}

struct options {
    char password_file[512];
};

static ym_status take_option(const struct ym_str *pair, struct ym_click_url *u, struct options *o,
                             struct ym_err *err) {
    const char *v = NULL;
    size_t n = 0;

    if (is_key(pair, "password-file", &v, &n)) {
        return take_text(o->password_file, sizeof(o->password_file), v, n)
                   ? YM_OK
                   : bad(err, "a password-file that is too long");
    }
    if (is_key(pair, "ca", &v, &n)) {
        return u->tls && take_text(u->ca, sizeof(u->ca), v, n)
                   ? YM_OK
                   : bad(err,
                         u->tls ? "a ca that is too long" : "a ca, but no TLS (clickhouses://)");
    }
    if (is_key(pair, "retry", &v, &n)) {
        return ym_parse_u32(v, n, &u->retry) ? YM_OK
                                             : bad(err, "a retry that is no number of seconds");
    }
    if (is_key(pair, "cluster", &v, &n)) {
        if (!is_name(v, n)) {
            return bad(err, "a cluster that is not letters, digits and _");
        }
        memcpy(u->cluster, v, n);
        u->cluster[n] = '\0';
        return YM_OK;
    }
    return bad(err, "an option that is none: password-file, ca, retry and cluster are");
}

static ym_status take_options(const char *s, struct ym_click_url *u, struct options *o,
                              struct ym_err *err) {
    struct ym_fields f;
    struct ym_str pair;

    ym_fields_init(&f, s, strlen(s), '&');
    while (ym_fields_next(&f, &pair)) {
        YM_TRY(take_option(&pair, u, o, err));
    }
    return YM_OK;
}

/* --- the password --- */

static ym_status read_password(const char *file, struct ym_click_url *u, struct ym_err *err) {
    struct ym_buf text;
    size_t n;
    ym_status st;

    ym_buf_init(&text, 4096);
    st = ym_read_small_file(AT_FDCWD, file, &text, err);
    n = st == YM_OK && text.len > 0 ? strcspn((const char *)text.data, "\r\n") : 0;
    if (st == YM_OK && (n == 0 || n > YM_CLICK_SECRET_MAX)) {
        st = ym_fail_at(err, YM_MALFORMED, MODULE, file, 1, 0,
                        "the first line must be the password, at most %d bytes",
                        YM_CLICK_SECRET_MAX);
    }
    if (st == YM_OK) {
        memcpy(u->password, text.data, n);
        u->password[n] = '\0';
    }
    if (text.len > 0) {
        explicit_bzero(text.data, text.len);
    }
    ym_buf_done(&text);
    return st;
}

static ym_status find_password(const struct options *o, struct ym_click_url *u,
                               struct ym_err *err) {
    const char *v = getenv("YAMORI_CLICKHOUSE_PASSWORD"); /* NOLINT(concurrency-mt-unsafe) */

    if (u->password[0] != '\0') {
        return YM_OK;
    }
    if (o->password_file[0] != '\0') {
        return read_password(o->password_file, u, err);
    }
    if (v != NULL && strlen(v) > YM_CLICK_SECRET_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "YAMORI_CLICKHOUSE_PASSWORD has more than %d bytes", YM_CLICK_SECRET_MAX);
    }
    (void)snprintf(u->password, sizeof(u->password), "%s", v == NULL ? "" : v);
    return YM_OK;
}

/* --- the whole --- */

/* Cut where it is too long: it is for people. */
static void show(struct ym_click_url *u) {
    struct ym_buf text;

    ym_buf_init(&text, 64 << 10);
    ym_buf_add_text(&text, schemes[u->tls].text);
    for (unsigned i = 0; i < u->n_shards; i++) {
        ym_buf_printf(&text, "%s%s:%u", i == 0 ? "" : ",", u->shard[i].name, u->shard[i].port);
    }
    ym_buf_printf(&text, "/%s", u->database);
    (void)snprintf(u->shown, sizeof(u->shown), "%.511s",
                   ym_buf_status(&text) == YM_OK ? (const char *)text.data : "clickhouse");
    ym_buf_done(&text);
}

static ym_status parse(const char *text, struct ym_click_url *u, struct ym_err *err) {
    struct options o = {.password_file = ""};
    const char *at = text + strlen(schemes[u->tls].text);
    size_t n = strcspn(at, "/?");
    const char *question;
    const char *user = NULL;

    for (size_t i = 0; i < n; i++) { /* a password may hold @ only as %40, but who knows that */
        user = at[i] == '@' ? at + i : user;
    }
    if (user != NULL) {
        YM_TRY(take_user(at, (size_t)(user - at), u, err));
    }
    if (at[n] != '/') {
        return bad(err, "no database");
    }
    user = user == NULL ? at : user + 1;
    YM_TRY(take_hosts(user, (size_t)(at + n - user), schemes[u->tls].port, u, err));
    at += n + 1;
    question = strchr(at, '?');
    n = question == NULL ? strlen(at) : (size_t)(question - at);
    if (!is_name(at, n)) {
        return bad(err, "a database that is not letters, digits and _ (63 at most)");
    }
    memcpy(u->database, at, n);
    u->database[n] = '\0';
    if (question != NULL) {
        YM_TRY(take_options(question + 1, u, &o, err));
    }
    show(u);
    return find_password(&o, u, err);
}

ym_status ym_click_url_parse(const char *text, struct ym_click_url *ret_url, struct ym_err *err) {
    struct ym_click_url u = {.retry = YM_CLICK_RETRY};
    ym_status st;

    if (!ym_click_is_url(text)) {
        return bad(err, "another beginning");
    }
    u.tls = strncmp(text, schemes[1].text, strlen(schemes[1].text)) == 0;
    st = parse(text, &u, err);
    if (st == YM_OK) {
        *ret_url = u;
    }
    explicit_bzero(u.password, sizeof(u.password));
    return st;
}
