/* client.c - see client.h. */
#include "client.h"

#include "base/alloc.h"
#include "base/text.h"
#include "os/curl.h"

#include <stdio.h>
#include <string.h>

#define MODULE "records/clickhouse"

enum {
    CONNECT_SECONDS = 10,
    ERROR_MAX = 64 << 10,   /* bytes of a server's error that are looked at */
    ADDRESS_MAX = 16 << 10, /* of a URL with a query in it */
    POLL_MS = 1000,
};

struct transfer {
    struct ym_click_client *c;
    struct ym_click_ask *ask;
    CURL *easy;
    struct curl_slist *headers;
    struct ym_buf address, error;
    char text[CURL_ERROR_SIZE];
    bool in_flight;
};

struct ym_click_client {
    struct ym_click_url url;
    struct ym_curl lib;
    CURLM *multi;
    struct transfer shard[YM_CLICK_SHARDS_MAX];
};

/* --- opening --- */

static ym_status start(struct ym_click_client *c, struct ym_err *err) {
    YM_TRY(ym_curl_load(&c->lib, err));
    if (c->lib.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        c->multi = c->lib.multi_init();
    }
    for (unsigned i = 0; i < c->url.n_shards && c->multi != NULL; i++) {
        c->shard[i].c = c;
        ym_buf_init(&c->shard[i].address, ADDRESS_MAX);
        ym_buf_init(&c->shard[i].error, ERROR_MAX);
        c->shard[i].easy = c->lib.easy_init();
        if (c->shard[i].easy == NULL) {
            return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "libcurl does not start");
        }
    }
    return c->multi != NULL
               ? YM_OK
               : ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "libcurl does not start");
}

ym_status ym_click_client_open(const struct ym_click_url *url, struct ym_click_client **ret,
                               struct ym_err *err) {
    struct ym_click_client *c = ym_zalloc(1, sizeof(*c));
    ym_status st;

    if (c == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for a store");
    }
    c->url = *url;
    st = start(c, err);
    if (st != YM_OK) {
        ym_click_client_close(c);
        return st;
    }
    *ret = c;
    return YM_OK;
}

void ym_click_client_close(struct ym_click_client *c) {
    if (c == NULL) {
        return;
    }
    for (unsigned i = 0; i < c->url.n_shards; i++) {
        if (c->shard[i].easy != NULL) {
            c->lib.easy_cleanup(c->shard[i].easy);
        }
        ym_buf_done(&c->shard[i].address);
        ym_buf_done(&c->shard[i].error);
    }
    if (c->multi != NULL) {
        (void)c->lib.multi_cleanup(c->multi);
    }
    explicit_bzero(&c->url, sizeof(c->url));
    ym_free(c);
}

const struct ym_click_url *ym_click_client_url(const struct ym_click_client *c) {
    return &c->url;
}

/* --- texts --- */

void ym_click_add_text(struct ym_buf *out, const char *s, size_t n) {
    ym_buf_u8(out, '\'');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c < 0x20 || c == '\'' || c == '\\' || c == 0x7f) {
            ym_buf_printf(out, "\\x%02x", c);
        } else {
            ym_buf_u8(out, c);
        }
    }
    ym_buf_u8(out, '\'');
}

static void add_escaped(struct ym_buf *out, const char *s) {
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (ym_is_alnum(c) || c == '_' || c == '.' || c == '-') {
            ym_buf_u8(out, c);
        } else {
            ym_buf_printf(out, "%%%02X", c);
        }
    }
}

/* --- errors --- */

/* What a server's error means for who reads it.  again: the same may succeed later. */
static const struct {
    unsigned code;
    bool again;
    const char *text;
} refusals[] = {
    {YM_CLICK_NO_TABLE, false, "the database has no store of Yamori, or not all of its tables"},
    {YM_CLICK_NO_DATABASE, false, "there is no such database"},
    {159, true, "the query took longer than the server allows"},
    {164, false, "the user may only read"},
    {192, false, "the server does not know the user"},
    {193, false, "the password is wrong"},
    {194, false, "the user needs a password"},
    {195, false, "the user may not come from this address"},
    {291, false, "the user may not use this database"},
    {202, true, "the server has too many queries just now"},
    {209, true, "the server waited too long for its network"},
    {210, true, "the server's network failed"},
    {241, true, "the query needs more memory than the server allows (max_memory_usage)"},
    {243, true, "the server's disk is full"},
    {252, true, "the server merges more slowly than records come (too many parts)"},
};

static const char cure_of_password[] =
    ": see password-file= and YAMORI_CLICKHOUSE_PASSWORD in yamori-report(1)";

/* "Code: 193, e.displayText() = DB::Exception: Wrong password for user x, e.what() = ..." */
static unsigned code_of(const char *text) {
    const char *at = strncmp(text, "Code: ", 6) == 0 ? text + 6 : "";
    uint32_t code = 0;

    return ym_parse_u32(at, strspn(at, "0123456789"), &code) ? code : 0;
}

/* Its own words without control characters, and without the prose around them. */
static void words_of(const char *text, char *ret, size_t size) {
    static const char before[] = "DB::Exception: ";
    const char *from = strstr(text, before);
    const char *end;
    size_t n = 0;

    from = from == NULL ? text : from + sizeof(before) - 1;
    end = strstr(from, ", e.what()");
    for (; *from != '\0' && from != end && n + 1 < size; from++) {
        unsigned char c = (unsigned char)*from;

        ret[n++] = (char)(c < 0x20 || c == 0x7f ? ' ' : c);
    }
    ret[n] = '\0';
}

static ym_status fail_http(struct transfer *t, long http, struct ym_err *err) {
    const char *text = t->error.len == 0 ? "" : (const char *)t->error.data;
    struct ym_click_ask *ask = t->ask;
    const struct ym_click_host *host = &t->c->url.shard[ask->shard];
    char words[120];

    ask->code = code_of(text);
    words_of(text, words, sizeof(words));
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (refusals[i].code == ask->code) {
            ask->again = refusals[i].again;
            return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "shard %s:%u: %s%s", host->name,
                           host->port, refusals[i].text,
                           ask->code == 193 || ask->code == 194 ? cure_of_password : "");
        }
    }
    ask->again = http == 429 || (ask->code == 0 && http >= 500);
    return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "shard %s:%u: HTTP %ld%s%s", host->name,
                   host->port, http, words[0] == '\0' ? ", and nothing more" : ": ", words);
}

static ym_status judge(struct transfer *t, CURLcode code, struct ym_err *err) {
    const struct ym_click_host *host = &t->c->url.shard[t->ask->shard];
    long http = 0;

    (void)t->c->lib.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http);
    if (t->ask->out != NULL && ym_buf_status(t->ask->out) != YM_OK) {
        return ym_fail(err, ym_buf_status(t->ask->out), MODULE, YM_ERR_NO_OFFSET,
                       "shard %s:%u: its answer is larger than may be", host->name, host->port);
    }
    if (code != CURLE_OK) {
        t->ask->again = code != CURLE_PEER_FAILED_VERIFICATION && code != CURLE_SSL_CACERT_BADFILE;
        return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "shard %s:%u: %.150s", host->name,
                       host->port, t->text[0] != '\0' ? t->text : t->c->lib.easy_strerror(code));
    }
    return http == 200 ? YM_OK : fail_http(t, http, err);
}

/* --- one transfer --- */

/* Fewer bytes than given: libcurl ends the transfer. */
static size_t on_bytes(char *data, size_t size, size_t n, void *user) {
    struct transfer *t = user;
    long http = 0;

    n *= size;
    (void)t->c->lib.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http);
    if (http != 200) {
        size_t left = ERROR_MAX - 1 - t->error.len;

        ym_buf_add(&t->error, data, n < left ? n : left);
        return n;
    }
    if (t->ask->take != NULL) {
        t->ask->status = t->ask->take(t->ask->user, data, n, &t->ask->why);
        return t->ask->status == YM_OK ? n : 0;
    }
    if (t->ask->out == NULL) {
        return n;
    }
    ym_buf_add(t->ask->out, data, n);
    return ym_buf_status(t->ask->out) == YM_OK ? n : 0;
}

/* The query is in the address when the body is rows. */
static void make_address(struct transfer *t) {
    const struct ym_click_url *u = &t->c->url;
    const struct ym_click_host *host = &u->shard[t->ask->shard];

    ym_buf_clear(&t->address);
    ym_buf_printf(&t->address, "%s://%s:%u/?wait_end_of_query=1", u->tls ? "https" : "http",
                  host->name, host->port);
    if (!t->ask->no_database) {
        ym_buf_printf(&t->address, "&database=%s", u->database);
    }
    if (t->ask->settings != NULL) {
        ym_buf_printf(&t->address, "&%s", t->ask->settings);
    }
    if (t->ask->data != NULL) {
        ym_buf_add_text(&t->address, "&query=");
        add_escaped(&t->address, t->ask->query);
    }
}

static bool add_header(struct transfer *t, const char *name, const char *value) {
    char line[YM_CLICK_SECRET_MAX + 32];
    struct curl_slist *more;

    (void)snprintf(line, sizeof(line), "%s: %s", name, value);
    more = t->c->lib.slist_append(t->headers, line);
    explicit_bzero(line, sizeof(line));
    if (more == NULL) {
        return false;
    }
    t->headers = more;
    return true;
}

static bool make_headers(struct transfer *t) {
    const struct ym_click_url *u = &t->c->url;
    /* No "Expect: 100-continue": it would cost a round trip. */
    bool good = (t->headers = t->c->lib.slist_append(NULL, "Expect:")) != NULL &&
                add_header(t, "Content-Type", "application/octet-stream");

    if (good && u->user[0] != '\0') {
        good = add_header(t, "X-ClickHouse-User", u->user);
    }
    if (good && u->password[0] != '\0') {
        good = add_header(t, "X-ClickHouse-Key", u->password);
    }
    return good;
}

#define SET(option, value) (void)t->c->lib.easy_setopt(t->easy, CURLOPT_##option, (value))

static void set_up(struct transfer *t) {
    const struct ym_click_ask *ask = t->ask;
    const void *body = ask->data == NULL ? ask->query : ask->data;

    t->c->lib.easy_reset(t->easy); /* the connection stays open */
    SET(PRIVATE, t);
    SET(URL, (const char *)t->address.data);
    SET(PROTOCOLS_STR, "http,https");
    SET(FOLLOWLOCATION, 0L);
    SET(PROXY, ""); /* a shard is reached directly, whatever the environment says of proxies */
    SET(NOSIGNAL, 1L);
    SET(CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    SET(TIMEOUT, ask->seconds == 0 ? (long)YM_CLICK_SECONDS : (long)ask->seconds);
    SET(TCP_KEEPALIVE, 1L);
    SET(WRITEFUNCTION, on_bytes);
    SET(WRITEDATA, t);
    SET(USERAGENT, "yamori");
    SET(HTTPHEADER, t->headers);
    SET(ERRORBUFFER, t->text);
    SET(POST, 1L);
    SET(POSTFIELDSIZE_LARGE, (curl_off_t)(ask->data == NULL ? strlen(ask->query) : ask->n));
    SET(POSTFIELDS, body);
    if (t->c->url.ca[0] != '\0') {
        SET(CAINFO, t->c->url.ca);
    }
}

static void begin(struct ym_click_client *c, struct ym_click_ask *ask) {
    struct transfer *t = &c->shard[ask->shard];

    ask->status = YM_OK;
    ask->again = false;
    ask->code = 0;
    ask->why = (struct ym_err){0};
    t->ask = ask;
    t->text[0] = '\0';
    ym_buf_clear(&t->error);
    make_address(t);
    if (!make_headers(t) || ym_buf_status(&t->address) != YM_OK) {
        ask->status =
            ym_fail(&ask->why, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory to ask a shard");
        return;
    }
    set_up(t);
    t->in_flight = c->lib.multi_add_handle(c->multi, t->easy) == CURLM_OK;
    if (!t->in_flight) {
        ask->status = ym_fail(&ask->why, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET,
                              "libcurl does not take another question");
    }
}

static void finish(struct transfer *t, CURLcode code) {
    struct ym_click_ask *ask = t->ask;

    if (ask->status == YM_OK) { /* else who takes the answer has ended it */
        ask->status = judge(t, code, &ask->why);
    }
    (void)t->c->lib.multi_remove_handle(t->c->multi, t->easy);
    t->in_flight = false;
}

/* The transfers that ended. */
static void reap(struct ym_click_client *c) {
    int left = 0;
    CURLMsg *m;

    while ((m = c->lib.multi_info_read(c->multi, &left)) != NULL) {
        struct transfer *t = NULL;
        CURLcode code = m->data.result;

        if (m->msg == CURLMSG_DONE &&
            c->lib.easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t) == CURLE_OK) {
            finish(t, code);
        }
    }
}

ym_status ym_click_run(struct ym_click_client *c, struct ym_click_ask *asks, size_t n,
                       struct ym_err *err) {
    int running = 1;

    for (size_t i = 0; i < n; i++) {
        begin(c, &asks[i]);
    }
    while (running > 0 && c->lib.multi_perform(c->multi, &running) == CURLM_OK) {
        reap(c);
        if (running > 0) {
            (void)c->lib.multi_poll(c->multi, NULL, 0, POLL_MS, NULL);
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct transfer *t = &c->shard[asks[i].shard];

        if (t->in_flight) { /* libcurl itself failed */
            finish(t, CURLE_FAILED_INIT);
        }
        c->lib.slist_free_all(t->headers);
        t->headers = NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (asks[i].status != YM_OK) {
            return ym_fail(err, asks[i].status, MODULE, YM_ERR_NO_OFFSET, "%s", asks[i].why.text);
        }
    }
    return YM_OK;
}
