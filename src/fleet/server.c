/* server.c - connections: their limits, their bodies, their sleep.  See server.h.
 *
 * libmicrohttpd calls on_request() once when the headers are there, again for each part of the
 * body, and once more at its end; only the first and the last call may answer.  What is refused in
 * between is remembered (r->bad) and the rest of the body is dropped as it comes.
 *
 * A report's connection is suspended when it is put into the intake and resumed by done(); while
 * it sleeps libmicrohttpd neither reads nor closes it, so that the request outlives its job.
 *
 * libmicrohttpd's timeout is one of silence.  Who sends a byte now and then is ended by the
 * watch: each socket has a time by which its request must be whole; tick() shuts down those that
 * are late.  A socket leaves the list (under the lock) before libmicrohttpd closes it. */
#include "server_int.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "os/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODULE "fleet/server"

enum {
    HTTP_THREADS = 2,
    CONNECTION_MEMORY = 16 << 10, /* headers and one piece of a body */
    HEADER_LOOK = 32,             /* bytes of a report until its sender is looked up */
    PEM_MAX = 1 << 20,
    HELD_MAX = 48 << 20, /* bytes of bodies on their way; past it they hear "busy" */
};
static const uint64_t SECOND = 1000000000;

/* --- the watch --- */

static void watch_until(struct ym_request *r, uint64_t deadline_ns) {
    (void)pthread_mutex_lock(&r->server->watch_lock);
    if (r->watch != NULL) {
        r->watch->deadline_ns = deadline_ns;
    }
    (void)pthread_mutex_unlock(&r->server->watch_lock);
}

static void unwatch(struct ym_fleet_server *s, struct ym_watch *w) {
    if (w->next != NULL) {
        w->next->previous = w->previous;
    }
    if (w->previous != NULL) {
        w->previous->next = w->next;
    } else {
        s->watched = w->next;
    }
}

static void on_connection(void *self, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode code) {
    struct ym_fleet_server *s = self;
    struct ym_watch *w = *slot;
    const union MHD_ConnectionInfo *info;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        info = s->mhd.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        w = info == NULL ? NULL : ym_zalloc(1, sizeof(*w));
        s->connections++;
        *slot = w;
        ym_tickets_offer(&s->tickets, ym_request_tls(s, connection));
    } else {
        s->connections--;
    }
    if (w == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&s->watch_lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        w->fd = info->connect_fd;
        w->deadline_ns = ym_now_ns() + YM_SERVER_REQUEST_SECONDS * SECOND;
        w->next = s->watched;
        if (w->next != NULL) {
            w->next->previous = w;
        }
        s->watched = w;
    } else {
        unwatch(s, w);
    }
    (void)pthread_mutex_unlock(&s->watch_lock);
    if (code != MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = NULL;
        ym_free(w);
    }
}

static void end_slow(struct ym_fleet_server *s) {
    uint64_t now = ym_now_ns();

    (void)pthread_mutex_lock(&s->watch_lock);
    for (struct ym_watch *w = s->watched; w != NULL; w = w->next) {
        if (w->deadline_ns != 0 && now > w->deadline_ns) {
            (void)shutdown(w->fd, SHUT_RDWR);
            w->deadline_ns = 0;
            ym_intake_refused(s->intake, YM_REFUSAL_SLOW);
        }
    }
    (void)pthread_mutex_unlock(&s->watch_lock);
}

/* --- requests --- */

static void begin_body(struct ym_request *r) {
    const char *length = r->server->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                                MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *coding = r->server->mhd.lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                                MHD_HTTP_HEADER_TRANSFER_ENCODING);

    if (length == NULL && coding == NULL && r->route->body_max == 0) {
        return;
    }
    if (length == NULL || coding != NULL || !ym_parse_u64(length, strlen(length), &r->expected)) {
        r->bad = YM_REFUSAL_NO_LENGTH;
    } else if (r->expected > r->route->body_max) {
        r->bad = YM_REFUSAL_TOO_LARGE;
    }
}

/* The first call of a request. */
static struct ym_request *begin(struct ym_fleet_server *s, struct MHD_Connection *connection,
                                const char *url, const char *method) {
    struct ym_request *r = ym_zalloc(1, sizeof(*r));
    const union MHD_ConnectionInfo *info;

    if (r == NULL) {
        return NULL;
    }
    s->requests++;
    r->server = s;
    r->connection = connection;
    info = s->mhd.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    r->watch = info == NULL ? NULL : info->socket_context;
    ym_request_count_tls(r);
    r->route = ym_route_find(method, url, &r->bad);
    ym_buf_init(&r->body, r->route == NULL ? 0 : r->route->body_max);
    if (r->route != NULL) {
        r->bad = YM_REFUSAL_NONE;
        begin_body(r);
    }
    watch_until(r, ym_now_ns() + YM_SERVER_REQUEST_SECONDS * SECOND);
    return r;
}

/* The body's memory is counted as long as it is the request's. */
static bool hold(struct ym_request *r, size_t n) {
    uint64_t before = atomic_fetch_add(&r->server->held, n);

    r->held += n;
    return before + n <= HELD_MAX;
}

static void let_go(struct ym_request *r) {
    (void)atomic_fetch_sub(&r->server->held, r->held);
    r->held = 0;
}

static void keep_part(struct ym_request *r, const char *data, size_t n) {
    if (r->bad != YM_REFUSAL_NONE) {
        return;
    }
    if (!hold(r, n)) {
        r->bad = YM_REFUSAL_BUSY;
    }
    ym_buf_add(&r->body, data, r->bad == YM_REFUSAL_NONE ? n : 0);
    if (ym_buf_status(&r->body) != YM_OK) {
        r->bad = ym_buf_status(&r->body) == YM_LIMIT ? YM_REFUSAL_TOO_LARGE : YM_REFUSAL_BUSY;
    } else if (ym_route_is_report(r->route) && !r->looked && r->body.len >= HEADER_LOOK) {
        r->looked = true; /* strangers do not get a megabyte of our memory */
        if (!ym_intake_knows(r->server->intake, r->body.data, r->body.len)) {
            r->bad = YM_REFUSAL_UNKNOWN_MACHINE;
        }
    }
    if (r->bad != YM_REFUSAL_NONE) {
        ym_buf_done(&r->body);
        let_go(r);
    }
}

/* From a thread of the intake: the answer is there, the connection wakes. */
static void on_durable(struct ym_job *job) {
    struct ym_request *r = job->user;

    r->answered = true;
    r->server->mhd.resume_connection(r->connection);
}

/* The whole report is here: checked now, and put to sleep until it is durable. */
static enum MHD_Result take_report(struct ym_request *r, const char *url) {
    struct ym_job *job = &r->job;

    job->bytes = r->body.data;
    job->n = r->body.len;
    job->done = on_durable;
    job->user = r;
    ym_buf_init(&r->body, 0); /* the job has its memory, and the intake counts it */
    let_go(r);
    ym_intake_check(r->server->intake, job, ym_now_unix());
    if (job->refusal != YM_REFUSAL_NONE || job->again) {
        ym_free(job->bytes);
        job->bytes = NULL;
        r->answered = true;
        return ym_route_answer(r, url);
    }
    ym_request_country(r, job->country);
    r->asleep = true;
    r->server->mhd.suspend_connection(r->connection);
    ym_intake_put(r->server->intake, job);
    return MHD_YES;
}

static enum MHD_Result end(struct ym_request *r, const char *url) {
    watch_until(r, 0);
    if (r->bad != YM_REFUSAL_NONE) {
        return ym_answer_refusal(r, r->bad);
    }
    if (r->asleep && !r->answered) {
        return MHD_YES;
    }
    if (!ym_route_is_report(r->route)) {
        return ym_route_answer(r, url);
    }
    return r->answered ? ym_route_answer(r, url) : take_report(r, url);
}

static enum MHD_Result on_request(void *self, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **slot) {
    struct ym_request *r = *slot;

    (void)version;
    if (r == NULL) {
        *slot = begin(self, connection, url, method);
        r = *slot;
        if (r == NULL) {
            return MHD_NO;
        }
        /* What is wrong already is told before the body comes. */
        return r->bad != YM_REFUSAL_NONE ? end(r, url) : MHD_YES;
    }
    if (*n > 0) {
        keep_part(r, data, *n);
        *n = 0;
        return MHD_YES;
    }
    return end(r, url);
}

static void on_completed(void *self, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code) {
    struct ym_request *r = *slot;

    (void)self;
    (void)connection;
    (void)code;
    if (r != NULL) {
        /* The next request of this connection may take its time to begin, within the timeout. */
        watch_until(r, ym_now_ns() + YM_SERVER_REQUEST_SECONDS * SECOND);
        ym_buf_done(&r->body);
        let_go(r);
        ym_desk_forget(r->server->desk, r);
        sodium_memzero(r, sizeof(*r)); /* it had a session, perhaps a secret */
        ym_free(r);
        *slot = NULL;
    }
}

/* --- starting --- */

static ym_status parse_address(const char *text, struct sockaddr_storage *ret, bool *ret_loopback,
                               struct ym_err *err) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)ret;
    const char *colon = strrchr(text, ':');
    char host[64];
    uint32_t port = 0;
    size_t n = colon == NULL ? 0 : (size_t)(colon - text);

    memset(ret, 0, sizeof(*ret));
    if (n > 1 && text[0] == '[' && text[n - 1] == ']') {
        text++;
        n -= 2;
    }
    if (n == 0 || n >= sizeof(host) || !ym_parse_u32(colon + 1, strlen(colon + 1), &port) ||
        port > 65535) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "the address has the form 127.0.0.1:8743 or [::1]:8743");
    }
    memcpy(host, text, n);
    host[n] = '\0';
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *ret_loopback = (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
        return YM_OK;
    }
    memset(ret, 0, sizeof(*ret));
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *ret_loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        return YM_OK;
    }
    return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET, "%s is not an IP address", host);
}

static ym_status read_pem(const char *path, struct ym_buf *out, struct ym_err *err) {
    int fd = -1;
    ym_status st;

    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    st = ym_file_read_all(fd, path, out, err);
    ym_buf_u8(out, 0); /* libmicrohttpd takes texts */
    (void)close(fd);
    return st == YM_OK ? ym_buf_status(out) : st;
}

struct start {
    const struct ym_server_options *options;
    struct sockaddr_storage address;
    struct ym_buf cert, key;
};

static ym_status start_daemon(struct ym_fleet_server *s, struct start *b, struct ym_err *err) {
    bool tls = b->options->cert != NULL;
    const struct MHD_OptionItem tls_options[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, b->cert.data},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, b->key.data},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     (b->address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u) |
                     (tls ? MHD_USE_TLS : 0u);

    s->daemon = s->mhd.start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, &b->address,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)HTTP_THREADS, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)YM_SERVER_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)YM_SERVER_IDLE,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)b->options->per_address,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        s, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_ARRAY, tls ? tls_options : none,
        MHD_OPTION_END);
    if (s->daemon == NULL) {
        return ym_fail_errno(err, MODULE, b->options->listen, errno, "cannot listen%s",
                             tls ? " (are certificate and key a pair of PEM files?)" : "");
    }
    return YM_OK;
}

static ym_status prepare(struct ym_fleet_server *s, struct start *b, struct ym_err *err) {
    const struct ym_server_options *o = b->options;
    bool loopback = false;

    YM_TRY(parse_address(o->listen, &b->address, &loopback, err));
    if ((o->cert == NULL) != (o->key == NULL)) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                       "a certificate needs its key, and a key its certificate");
    }
    if (o->cert == NULL && !loopback && !o->plain) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                       "without a certificate only loopback is served: give --tls-cert and "
                       "--tls-key, or --plain behind a proxy that does TLS");
    }
    YM_TRY(ym_mhd_load(&s->mhd, err));
    if (o->cert != NULL) {
        if (s->mhd.is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
            return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                           "this libmicrohttpd was built without TLS");
        }
        YM_TRY(read_pem(o->cert, &b->cert, err));
        YM_TRY(read_pem(o->key, &b->key, err));
        YM_TRY(ym_tickets_open(&s->tickets, err));
    }
    if (o->geo != NULL) {
        YM_TRY(ym_sender_open(o->geo, o->proxies, o->n_proxies, &s->sender, err));
    }
    s->tls = o->cert != NULL;
    s->secure = o->cert != NULL || o->plain; /* plain: a proxy does TLS */
    s->threshold = o->threshold;
    s->started = ym_now_unix();
    YM_TRY(ym_fleet_state_open(o->state, &s->state, err));
    YM_TRY(ym_intake_open(
        s->state, &(struct ym_intake_options){.store = o->store, .say = o->say, .user = o->user},
        &s->intake, err));
    YM_TRY(ym_alert_watch_start(s->state, s->intake, &s->alerts, err));
    YM_TRY(ym_console_load(s, o->pages, err));
    return ym_desk_open(s, o->pages, &s->desk, err);
}

static ym_status start(struct ym_fleet_server *s, const struct ym_server_options *o,
                       struct ym_err *err) {
    struct start b = {.options = o};
    ym_status st;

    ym_buf_init(&b.cert, PEM_MAX);
    ym_buf_init(&b.key, PEM_MAX);
    st = prepare(s, &b, err);
    st = st == YM_OK ? start_daemon(s, &b, err) : st;
    if (b.key.data != NULL) {
        explicit_bzero(b.key.data, b.key.len);
    }
    ym_buf_done(&b.cert);
    ym_buf_done(&b.key);
    return st;
}

/* --- running --- */

static void tell_port(struct ym_fleet_server *s, const struct ym_server_options *o) {
    const union MHD_DaemonInfo *info = s->mhd.get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);

    if (o->ready != NULL) {
        o->ready(o->user, info == NULL ? 0 : info->port);
    }
}

static void write_given(struct ym_fleet_server *s) {
    struct ym_err ignored = {0}; /* the machine's next question tells it again */
    struct ym_given given[YM_GIVEN_MAX];
    size_t n;

    (void)pthread_mutex_lock(&s->given_lock);
    n = s->n_given;
    memcpy(given, s->given, n * sizeof(given[0]));
    s->n_given = 0;
    (void)pthread_mutex_unlock(&s->given_lock);
    if (n > 0 && ym_fleet_machines_given(s->state, given, n, &ignored) != YM_OK) {
        s->ticks_failed++;
    }
}

/* One look a second: the rings, and who is slow.  A state that cannot be read now can be later. */
static void run(struct ym_fleet_server *s, const sigset_t *ends) {
    const struct timespec second = {.tv_sec = 1};
    bool changed = false;

    while (sigtimedwait(ends, NULL, &second) < 0) {
        struct ym_err ignored = {0};

        end_slow(s);
        write_given(s);
        if (ym_fleet_rollout_tick(s->state, ym_now_unix(), &changed, &ignored) != YM_OK) {
            s->ticks_failed++; /* told by /metrics */
        }
    }
}

static void stop(struct ym_fleet_server *s) {
    MHD_socket listener = -1;

    if (s->daemon != NULL) {
        listener = s->mhd.quiesce_daemon(s->daemon);
    }
    if (s->intake != NULL) {
        ym_intake_stop(s->intake); /* finishes what sleeps; later reports hear "busy" */
    }
    if (s->desk != NULL) {
        ym_desk_stop(s->desk);
    }
    if (s->daemon != NULL) {
        s->mhd.stop_daemon(s->daemon);
    }
    ym_desk_close(s->desk);
    ym_console_free(s);
    ym_alert_watch_stop(s->alerts);
    ym_intake_close(s->intake);
    if (listener >= 0) {
        (void)close(listener);
    }
    ym_fleet_state_close(s->state);
    ym_sender_close(s->sender);
    ym_tickets_close(&s->tickets);
}

ym_status ym_fleet_serve(const struct ym_server_options *options, struct ym_err *err) {
    struct ym_fleet_server *s = ym_zalloc(1, sizeof(*s));
    sigset_t ends;
    sigset_t before;
    ym_status st;

    if (s == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the server");
    }
    (void)pthread_mutex_init(&s->watch_lock, NULL);
    (void)pthread_mutex_init(&s->throttle_lock, NULL);
    (void)pthread_mutex_init(&s->given_lock, NULL);
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, &before); /* before there are threads */
    st = start(s, options, err);
    if (st == YM_OK) {
        tell_port(s, options);
        run(s, &ends);
    }
    stop(s);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_mutex_destroy(&s->given_lock);
    (void)pthread_mutex_destroy(&s->throttle_lock);
    (void)pthread_mutex_destroy(&s->watch_lock);
    ym_free(s);
    return st;
}
