/* http.c - one libcurl handle, with every limit set.  See agent_int.h. */
#include "agent_int.h"

#include "os/file.h"

#include <stdio.h>
#include <string.h>

#define MODULE "fleet/http"

enum { CONNECT_SECONDS = 15, ASK_SECONDS = 120, SLOW_BYTES = 100, SLOW_SECONDS = 60 };

bool ym_http_is_bare(const char *base) {
    static const char *const near[] = {"http://127.0.0.1:", "http://localhost:", "http://[::1]:"};

    for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
        if (strncmp(base, near[i], strlen(near[i])) == 0) {
            return false;
        }
    }
    return strncmp(base, "https://", 8) != 0;
}

ym_status ym_http_open(struct ym_http *http, const char *base, const char *ca, struct ym_err *err) {
    size_t n = strlen(base);

    if ((strncmp(base, "http://", 7) != 0 && strncmp(base, "https://", 8) != 0) ||
        n >= sizeof(http->base) || strlen(ca) >= sizeof(http->ca)) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "the server's address has the form https://NAME:PORT");
    }
    (void)snprintf(http->base, sizeof(http->base), "%s", base);
    while (n > 0 && http->base[n - 1] == '/') {
        http->base[--n] = '\0';
    }
    (void)snprintf(http->ca, sizeof(http->ca), "%s", ca);
    YM_TRY(ym_curl_load(&http->lib, err));
    if (http->lib.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        http->handle = http->lib.easy_init();
    }
    return http->handle != NULL
               ? YM_OK
               : ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "libcurl does not start");
}

void ym_http_close(struct ym_http *http) {
    if (http->handle != NULL) {
        http->lib.easy_cleanup(http->handle);
        http->handle = NULL;
    }
}

struct sink {
    struct ym_buf *out; /* or */
    int fd;
    uint64_t left;
    struct ym_err *err;
};

/* Fewer bytes than given: libcurl ends the transfer. */
static size_t on_bytes(char *data, size_t size, size_t n, void *user) {
    struct sink *s = user;

    n *= size;
    if (n > s->left) {
        (void)ym_fail(s->err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                      "the server sends more than was asked for");
        return 0;
    }
    s->left -= n;
    if (s->out != NULL) {
        ym_buf_add(s->out, data, n);
        return ym_buf_status(s->out) == YM_OK ? n : 0;
    }
    return ym_file_write_all(s->fd, "(image)", data, n, s->err) == YM_OK ? n : 0;
}

#define SET(option, value) (void)http->lib.easy_setopt(http->handle, CURLOPT_##option, (value))

static void set_up(struct ym_http *http, const char *url, struct sink *sink) {
    http->lib.easy_reset(http->handle); /* the connection stays open */
    SET(URL, url);
    SET(PROTOCOLS_STR, "http,https");
    SET(FOLLOWLOCATION, 0L);
    SET(NOSIGNAL, 1L);
    SET(CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    SET(LOW_SPEED_LIMIT, (long)SLOW_BYTES);
    SET(LOW_SPEED_TIME, (long)SLOW_SECONDS);
    SET(WRITEFUNCTION, on_bytes);
    SET(WRITEDATA, sink);
    SET(USERAGENT, "yamori");
    if (http->ca[0] != '\0') {
        SET(CAINFO, http->ca);
    }
}

static ym_status perform(struct ym_http *http, struct curl_slist *headers, unsigned *ret_status,
                         struct ym_err *err) {
    char text[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURLcode code;

    SET(HTTPHEADER, headers);
    SET(ERRORBUFFER, text);
    code = http->lib.easy_perform(http->handle);
    (void)http->lib.easy_getinfo(http->handle, CURLINFO_RESPONSE_CODE, &status);
    SET(ERRORBUFFER, NULL);
    http->lib.slist_free_all(headers);
    if (code != CURLE_OK) {
        return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "%s: %s", http->base,
                       text[0] != '\0' ? text : "no answer");
    }
    *ret_status = (unsigned)status;
    return YM_OK;
}

static struct curl_slist *headers_of(struct ym_http *http) {
    /* No "Expect: 100-continue": it would cost a round trip. */
    struct curl_slist *list = http->lib.slist_append(NULL, "Expect:");

    if (http->machine[0] != '\0') {
        list = http->lib.slist_append(list, http->machine);
    }
    return http->lib.slist_append(list, "Content-Type: application/octet-stream");
}

ym_status ym_http_ask(struct ym_http *http, const char *path, const void *body, size_t n,
                      struct ym_buf *out, unsigned *ret_status, struct ym_err *err) {
    char url[YM_AGENT_URL + 128];
    struct sink sink = {.out = out, .left = out->max - out->len, .err = err};

    (void)snprintf(url, sizeof(url), "%s%s", http->base, path);
    set_up(http, url, &sink);
    SET(TIMEOUT, (long)ASK_SECONDS);
    if (body != NULL) {
        SET(POST, 1L);
        SET(POSTFIELDSIZE, (long)n);
        SET(POSTFIELDS, body);
    }
    return perform(http, headers_of(http), ret_status, err);
}

ym_status ym_http_fetch(struct ym_http *http, const char *path, int fd, uint64_t max,
                        unsigned *ret_status, struct ym_err *err) {
    char url[YM_AGENT_URL + 128];
    struct sink sink = {.fd = fd, .left = max, .err = err};

    (void)snprintf(url, sizeof(url), "%s%s", http->base, path);
    set_up(http, url, &sink);
    return perform(http, headers_of(http), ret_status, err);
}
