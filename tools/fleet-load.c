/* fleet-load.c - many agents in one process, against a real `yamori fleet serve`.
 *
 *     yamori-fleet-load [--ca FILE] [--new] STATE ADDR:PORT reports AGENTS BATCH SECONDS [ACKED]
 *     yamori-fleet-load [--ca FILE] [--new] STATE ADDR:PORT policy AGENTS POLL_SECONDS
 *
 * --ca: over TLS; the server's certificate must lead to FILE.  --new: a new connection for each request.
 *
 * STATE is the server's own folder: the agents are put into it directly, which an operator could do
 * with as many tokens.  Then each agent is a connection with a key of its own.
 *
 * reports: every agent sends batches of BATCH new records, one after the other, for SECONDS, and waits for
 * what is on its way.  What a dead server did not answer is sent again, the same bytes, when
 * there is one again.  Each acknowledged batch is a line "first-id n" in ACKED, written before the next is sent.
 * policy: every agent asks each POLL_SECONDS (spread); after two rounds the policy is changed; printed is
 * how long it takes until the last agent has it.
 *
 * One thread, epoll.  A record is a template with another id: nine of ten without a finding. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/time.h"
#include "fleet/keys.h"
#include "fleet/state.h"
#include "fleet/wire.h"
#include "records/record.h"

#include "load-tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AGENTS_MAX = 4000, ANSWER = 4096, RETRY_MS = 50, EVENTS = 256, TEMPLATES = 10 };
static const uint64_t MS = 1000000;

enum phase { IDLE, CONNECTING, GREETING, SENDING, READING };

struct agent {
    struct ym_fleet_key key;
    uint8_t id[YM_FLEET_ID_SIZE];
    uint64_t sequence;
    uint64_t next_id;  /* of its next record */
    uint64_t first_id; /* of the batch on its way */
    uint64_t not_before_ns;
    uint64_t serial; /* of the policy that it has */
    enum phase phase;
    int fd;
    struct load_conn *tls; /* of fd, or NULL */
    void *session;         /* of the last connection */
    uint32_t watched;      /* events of fd */
    bool pending;          /* out holds a request that was not answered */
    struct ym_buf out;
    size_t sent;
    char answer[ANSWER];
    size_t got;
};

struct load {
    struct ym_fleet_state *state;
    struct sockaddr_in address;
    int epoll;
    struct agent *agents;
    unsigned n, batch;
    bool ask_policy;
    bool new_connections;
    struct load_tls *tls; /* NULL: plain HTTP */
    uint64_t poll_ns, until_ns;
    uint32_t run; /* part of every id: runs do not meet */
    FILE *acked;
    struct ym_buf templates[TEMPLATES];
    size_t id_at[TEMPLATES];
    struct ym_buf body;
    uint64_t records, added, batches, refused, broken, bytes;
};

static void die(const char *what) {
    (void)fprintf(stderr, "yamori-fleet-load: %s: %s\n", what, strerror(errno)); /* NOLINT */
    exit(2);                                                                     /* NOLINT */
}

static void must(ym_status st, const struct ym_err *err) {
    char text[800];

    if (st != YM_OK) {
        (void)fprintf(stderr, "yamori-fleet-load: %s\n", ym_err_format(err, text, sizeof(text)));
        exit(2); /* NOLINT(concurrency-mt-unsafe): one thread */
    }
}

/* --- setting up --- */

static void enrol(struct load *l, struct agent *a) {
    char text[YM_FLEET_TOKEN_TEXT_SIZE];
    struct ym_fleet_token token;
    struct ym_enrol e = {.time = ym_now_unix()};
    struct ym_welcome w = {.ring = 0};
    enum ym_refusal refusal = YM_REFUSAL_NONE;
    struct ym_err err = {0};

    must(ym_fleet_key_make(&a->key, &err), &err);
    must(ym_fleet_token_new(l->state, "load", 1, 1, "", ym_now_unix(), text, &err), &err);
    if (!ym_fleet_token_read(text, &token)) {
        die("token");
    }
    memcpy(e.token, token.secret, sizeof(e.token));
    memcpy(e.public_key, a->key.public_key, sizeof(e.public_key));
    must(ym_fleet_enrol(l->state, &e, ym_now_unix(), &w, &refusal, &err), &err);
    memcpy(a->id, w.machine, sizeof(a->id));
}

static void make_templates(struct load *l) {
    static const struct ym_record_detection found = {.family = "Conficker",
                                                     .name = "Worm:Win32/Conficker.B",
                                                     .category = "worm",
                                                     .object = "Windows/System32/mtgrzv.dll"};

    for (int i = 0; i < TEMPLATES; i++) {
        struct ym_record r = {.time = ym_now_unix(),
                              .tool = "yamori 0.1.0",
                              .run = YM_RUN_SCAN,
                              .system = "Windows 7",
                              .service_pack = "SP1",
                              .bits = 64,
                              .country = "JP",
                              .segment = YM_SEGMENT_HOME,
                              .epoch = 7,
                              .files = 123456,
                              .gaps = 2,
                              .duration_ms = 98765,
                              .outcome = i == 0 ? YM_OUTCOME_DETECTED : YM_OUTCOME_NONE,
                              .simulated = true,
                              .detections = i == 0 ? &found : NULL,
                              .n_detections = i == 0};

        memset(r.machine, 0x40 + i, sizeof(r.machine));
        ym_buf_init(&l->templates[i], 1 << 16);
        ym_record_encode(&r, &l->templates[i]);
        ym_buf_u8(&l->templates[i], '\n');
        l->id_at[i] = (size_t)(strstr((char *)l->templates[i].data, "\"id\":\"") + 6 -
                               (char *)l->templates[i].data);
    }
}

/* 16 bytes: the run, the agent, the record. */
static void id_of(const struct load *l, const struct agent *a, uint64_t record, char hex[33]) {
    uint32_t who = (uint32_t)(a - l->agents);
    uint8_t id[YM_RECORD_ID_SIZE];

    memcpy(id, &l->run, 4);
    memcpy(id + 4, &who, 4);
    memcpy(id + 8, &record, 8);
    ym_hex_encode(id, sizeof(id), hex);
}

static void new_report(struct load *l, struct agent *a) {
    struct ym_report r = {.sequence = ++a->sequence, .time = ym_now_unix(), .n_records = l->batch};
    struct ym_err err = {0};
    char hex[33];

    ym_buf_clear(&l->body);
    a->first_id = a->next_id;
    for (unsigned i = 0; i < l->batch; i++) {
        struct ym_buf *t = &l->templates[a->next_id % TEMPLATES];

        id_of(l, a, a->next_id, hex);
        memcpy(t->data + l->id_at[a->next_id % TEMPLATES], hex, 32);
        ym_buf_add(&l->body, t->data, t->len);
        a->next_id++;
    }
    memcpy(r.machine, a->id, sizeof(r.machine));
    must(ym_fleet_random(r.nonce, sizeof(r.nonce), &err), &err);
    r.body = l->body.data;
    r.body_len = l->body.len;
    ym_buf_clear(&a->out);
    ym_buf_printf(&a->out, "POST /v1/report HTTP/1.1\r\nHost: fleet\r\nContent-Length: %zu\r\n\r\n",
                  YM_REPORT_HEAD + l->body.len + YM_FLEET_SIGNATURE_SIZE);
    {
        struct ym_buf message;

        ym_buf_init(&message, YM_REPORT_MAX);
        ym_report_write(&r, &a->key, &message);
        ym_buf_add(&a->out, message.data, message.len);
        ym_buf_done(&message);
    }
    must(ym_buf_status(&a->out), &err);
    a->pending = true;
}

static void new_question(struct agent *a) {
    char hex[33];

    ym_hex_encode(a->id, sizeof(a->id), hex);
    ym_buf_clear(&a->out);
    ym_buf_printf(&a->out, "GET /v1/policy HTTP/1.1\r\nHost: fleet\r\nYamori-Machine: %s\r\n\r\n",
                  hex);
    a->pending = true;
}

/* --- connections --- */

static void watch(struct load *l, struct agent *a, uint32_t events, int how) {
    struct epoll_event e = {.events = events, .data.ptr = a};

    if (how == EPOLL_CTL_MOD && a->watched == events) {
        return;
    }
    if (epoll_ctl(l->epoll, how, a->fd, &e) != 0) {
        die("epoll_ctl");
    }
    a->watched = events;
}

static void hang_up(struct agent *a) {
    load_conn_free(a->tls);
    a->tls = NULL;
    if (a->fd >= 0) {
        (void)close(a->fd);
    }
    a->fd = -1;
    a->phase = IDLE;
}

/* The server is gone, or closed: the request stays and goes again. */
static void broken(struct load *l, struct agent *a) {
    hang_up(a);
    a->not_before_ns = ym_now_ns() + RETRY_MS * MS;
    l->broken++;
}

static void start_request(struct load *l, struct agent *a) {
    int one = 1;

    a->sent = a->got = 0;
    if (a->fd >= 0) {
        a->phase = SENDING;
        watch(l, a, EPOLLOUT, EPOLL_CTL_MOD);
        return;
    }
    a->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (a->fd < 0) {
        die("socket");
    }
    (void)setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(a->fd, (const struct sockaddr *)&l->address, sizeof(l->address)) != 0 &&
        errno != EINPROGRESS) {
        broken(l, a);
        return;
    }
    a->phase = CONNECTING;
    watch(l, a, EPOLLOUT, EPOLL_CTL_ADD);
}

/* The kernel's own answers in the words of load-tls.h. */
static enum load_io plain_io(ssize_t n, size_t *ret_n, enum load_io want) {
    *ret_n = n > 0 ? (size_t)n : 0;
    return n > 0 ? LOAD_DONE : n < 0 && errno == EAGAIN ? want : LOAD_BROKEN;
}

/* False: nothing more can be done now. */
static bool go_on(struct load *l, struct agent *a, enum load_io io) {
    if (io == LOAD_BROKEN) {
        broken(l, a);
    } else if (io != LOAD_DONE) {
        watch(l, a, io == LOAD_WANT_READ ? EPOLLIN : EPOLLOUT, EPOLL_CTL_MOD);
    }
    return io == LOAD_DONE;
}

static void on_send(struct load *l, struct agent *a) {
    const uint8_t *p = a->out.data + a->sent;
    size_t left = a->out.len - a->sent;
    size_t n = 0;
    enum load_io io = a->tls != NULL
                          ? load_conn_send(a->tls, p, left, &n)
                          : plain_io(send(a->fd, p, left, MSG_NOSIGNAL), &n, LOAD_WANT_WRITE);

    a->sent += n;
    a->phase = SENDING;
    if (!go_on(l, a, io)) {
        return;
    }
    if (a->sent == a->out.len) {
        a->phase = READING;
        watch(l, a, EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void on_connected(struct load *l, struct agent *a) {
    if (l->tls != NULL && a->tls == NULL) {
        a->tls = load_conn_new(l->tls, a->fd, &a->session);
        if (a->tls == NULL) {
            die("TLS");
        }
    }
    a->phase = GREETING;
    if (a->tls == NULL || go_on(l, a, load_conn_handshake(a->tls))) {
        on_send(l, a);
    }
}

static uint64_t number_after(const char *text, const char *key) {
    const char *at = strstr(text, key);

    return at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10);
}

static void on_report_answer(struct load *l, struct agent *a, unsigned status, const char *body) {
    char hex[33];

    if (status == 503) { /* the same bytes again, a little later */
        l->refused++;
        a->not_before_ns = ym_now_ns() + RETRY_MS * MS;
        return;
    }
    if (status != 200) {
        (void)fprintf(stderr, "yamori-fleet-load: refused: %s\n", body);
        exit(2); /* NOLINT(concurrency-mt-unsafe): one thread */
    }
    a->pending = false;
    l->records += l->batch;
    l->added += number_after(body, "\"new\":");
    l->batches++;
    l->bytes += a->out.len;
    if (l->acked != NULL) {
        id_of(l, a, a->first_id, hex);
        (void)fprintf(l->acked, "%s %u\n", hex, l->batch);
        (void)fflush(l->acked);
    }
}

static void on_policy_answer(struct load *l, struct agent *a, unsigned status, const char *body,
                             size_t n) {
    const uint8_t *key = ym_fleet_operator_public(l->state);
    struct ym_policy p;

    if (status == 200 && ym_policy_read(body, n, key, &p) == YM_REFUSAL_NONE) {
        a->serial = p.serial;
    } else {
        l->refused++;
    }
    a->pending = false;
    a->not_before_ns += l->poll_ns;
}

/* A whole answer is here? */
static void on_answer(struct load *l, struct agent *a) {
    const char *end = memmem(a->answer, a->got, "\r\n\r\n", 4);
    size_t length;
    unsigned status;

    if (end == NULL) {
        return;
    }
    length = (size_t)number_after(a->answer, "Content-Length: ");
    if ((size_t)(end + 4 - a->answer) + length > a->got) {
        return;
    }
    status = (unsigned)number_after(a->answer, "HTTP/1.1 ");
    a->phase = IDLE;
    if (l->new_connections) {
        hang_up(a);
    }
    a->answer[a->got] = '\0';
    if (l->ask_policy) {
        on_policy_answer(l, a, status, end + 4, length);
    } else {
        on_report_answer(l, a, status, end + 4);
    }
}

static void on_read(struct load *l, struct agent *a) {
    char *p = a->answer + a->got;
    size_t room = sizeof(a->answer) - 1 - a->got;
    size_t n = 0;
    enum load_io io = a->tls != NULL ? load_conn_recv(a->tls, p, room, &n)
                                     : plain_io(recv(a->fd, p, room, 0), &n, LOAD_WANT_READ);

    if (go_on(l, a, io)) {
        a->got += n;
        a->answer[a->got] = '\0';
        on_answer(l, a);
    }
}

/* The server closed an idle connection, or TLS has something to say of its own. */
static void on_idle(struct load *l, struct agent *a) {
    char nothing[16];
    size_t n = 0;

    if (a->tls == NULL || load_conn_recv(a->tls, nothing, sizeof(nothing), &n) != LOAD_WANT_READ) {
        broken(l, a);
    }
}

static void on_event(struct load *l, struct agent *a, uint32_t events) {
    if (a->fd < 0) {
        return;
    }
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        broken(l, a);
    } else if (a->phase == READING) {
        on_read(l, a);
    } else if (a->phase == IDLE) {
        on_idle(l, a);
    } else if (a->phase == CONNECTING || a->phase == GREETING) {
        on_connected(l, a);
    } else {
        on_send(l, a);
    }
}

/* Starts what may start; how many requests are on their way or wait. */
static unsigned start_all(struct load *l) {
    uint64_t now = ym_now_ns();
    unsigned busy = 0;

    for (unsigned i = 0; i < l->n; i++) {
        struct agent *a = &l->agents[i];

        if (a->phase == IDLE && !a->pending && now < l->until_ns && now >= a->not_before_ns) {
            if (l->ask_policy) {
                new_question(a);
            } else {
                new_report(l, a);
            }
        }
        if (a->phase == IDLE && a->pending && now >= a->not_before_ns) {
            start_request(l, a);
        }
        busy += a->pending;
    }
    return busy;
}

static void turn(struct load *l) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(l->epoll, events, EVENTS, 10);

    for (int i = 0; i < n; i++) {
        on_event(l, events[i].data.ptr, events[i].events);
    }
}

/* --- the two measurements --- */

static void print_tls(const struct load *l) {
    if (l->tls != NULL) {
        (void)printf("%s: %llu handshakes, %llu of them resumed\n", load_tls_kind(l->tls),
                     (unsigned long long)load_tls_handshakes(l->tls),
                     (unsigned long long)load_tls_resumed(l->tls));
    }
}

static void print_load(const struct load *l, double seconds) {
    struct rusage u = {0};

    (void)getrusage(RUSAGE_SELF, &u);
    print_tls(l);
    (void)printf("agents %u, batch %u: %llu records acknowledged in %.1f s: %.0f records/s; "
                 "%llu new; %.0f reports/s, %.1f MB/s; %llu times busy, %llu connections broken; "
                 "this program used %.1f s of a processor\n",
                 l->n, l->batch, (unsigned long long)l->records, seconds,
                 (double)l->records / seconds, (unsigned long long)l->added,
                 (double)l->batches / seconds, (double)l->bytes / seconds / 1e6,
                 (unsigned long long)l->refused, (unsigned long long)l->broken,
                 (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                     (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
}

static void run_reports(struct load *l, double seconds) {
    uint64_t start = ym_now_ns();

    l->until_ns = start + (uint64_t)(seconds * 1e9);
    while (start_all(l) > 0) {
        turn(l);
    }
    print_load(l, (double)(ym_now_ns() - start) / 1e9);
}

static unsigned how_many_have(const struct load *l, uint64_t serial) {
    unsigned n = 0;

    for (unsigned i = 0; i < l->n; i++) {
        n += l->agents[i].serial >= serial;
    }
    return n;
}

static int run_policy(struct load *l, double poll) {
    const struct ym_intervals v = {1, 3600, 0};
    struct ym_err err = {0};
    uint64_t start = ym_now_ns();
    uint64_t changed;
    uint64_t serial;

    l->ask_policy = true;
    l->poll_ns = (uint64_t)(poll * 1e9);
    l->until_ns = UINT64_MAX;
    for (unsigned i = 0; i < l->n; i++) {
        l->agents[i].not_before_ns = start + l->poll_ns * i / l->n;
    }
    while (ym_now_ns() < start + 2 * l->poll_ns) {
        (void)start_all(l);
        turn(l);
    }
    must(ym_fleet_policy_set(l->state, "load", &v, ym_now_unix(), &err), &err);
    changed = ym_now_ns();
    serial = ym_fleet_policy_serial(l->state);
    while (how_many_have(l, serial) < l->n && ym_now_ns() < changed + 20 * l->poll_ns) {
        (void)start_all(l);
        turn(l);
    }
    print_tls(l);
    (void)printf("agents %u, each asks every %.0f s: policy %llu reached %u in %.2f s; "
                 "%llu refused, %llu connections broken\n",
                 l->n, poll, (unsigned long long)serial, how_many_have(l, serial),
                 (double)(ym_now_ns() - changed) / 1e9, (unsigned long long)l->refused,
                 (unsigned long long)l->broken);
    return how_many_have(l, serial) == l->n ? 0 : 1;
}

static void parse_address(struct load *l, const char *text, const char *ca) {
    const char *colon = strrchr(text, ':');
    char host[64];
    uint32_t port = 0;

    if (colon == NULL || (size_t)(colon - text) >= sizeof(host) ||
        !ym_parse_u32(colon + 1, strlen(colon + 1), &port) || port > 65535) {
        die("ADDR:PORT");
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    l->address.sin_family = AF_INET;
    l->address.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &l->address.sin_addr) != 1) {
        die(host);
    }
    l->tls = ca == NULL ? NULL : load_tls_new(ca, host);
    if (ca != NULL && l->tls == NULL) {
        die(ca);
    }
}

static void set_up(struct load *l, const char *state, unsigned n) {
    struct ym_err err = {0};

    must(ym_fleet_state_open(state, &l->state, &err), &err);
    must(ym_fleet_random(&l->run, sizeof(l->run), &err), &err);
    l->n = n;
    l->agents = ym_zalloc(n, sizeof(*l->agents));
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->agents == NULL || l->epoll < 0) {
        die("setting up");
    }
    ym_buf_init(&l->body, YM_REPORT_BODY_MAX);
    make_templates(l);
    for (unsigned i = 0; i < n; i++) {
        l->agents[i].fd = -1;
        ym_buf_init(&l->agents[i].out, YM_REPORT_MAX + 1000);
        enrol(l, &l->agents[i]);
    }
}

static void clean_up(struct load *l) {
    for (unsigned i = 0; i < l->n; i++) {
        hang_up(&l->agents[i]);
        load_session_free(l->agents[i].session);
        ym_buf_done(&l->agents[i].out);
    }
    load_tls_free(l->tls);
    for (int i = 0; i < TEMPLATES; i++) {
        ym_buf_done(&l->templates[i]);
    }
    ym_buf_done(&l->body);
    ym_free(l->agents);
    (void)close(l->epoll);
    ym_fleet_state_close(l->state);
}

/* Takes what stands before STATE; returns how many words that were. */
static int take_options(struct load *l, int argc, char **argv, const char **ret_ca) {
    int at = 1;

    while (at < argc && strncmp(argv[at], "--", 2) == 0) {
        if (strcmp(argv[at], "--ca") == 0 && at + 1 < argc) {
            *ret_ca = argv[++at];
        }
        l->new_connections = l->new_connections || strcmp(argv[at], "--new") == 0;
        at++;
    }
    return at - 1;
}

int main(int argc, char **argv) {
    struct load l = {.batch = 1};
    const char *ca = NULL;
    int words = take_options(&l, argc, argv, &ca);
    uint32_t n = 0;
    uint32_t seconds = 0;
    bool reports;
    bool policy;
    int code = 0;

    (void)signal(SIGPIPE, SIG_IGN); /* libssl writes as it pleases */
    argc -= words;
    argv += words;
    reports = argc >= 7 && strcmp(argv[3], "reports") == 0;
    policy = argc == 6 && strcmp(argv[3], "policy") == 0;
    if ((!reports && !policy) || !ym_parse_u32(argv[4], strlen(argv[4]), &n) || n < 1 ||
        n > AGENTS_MAX ||
        (reports && (!ym_parse_u32(argv[5], strlen(argv[5]), &l.batch) || l.batch < 1 ||
                     l.batch > YM_REPORT_RECORDS_MAX)) ||
        !ym_parse_u32(argv[reports ? 6 : 5], strlen(argv[reports ? 6 : 5]), &seconds)) {
        (void)fputs("usage: yamori-fleet-load [--ca FILE] [--new] STATE ADDR:PORT reports AGENTS "
                    "BATCH SECONDS "
                    "[ACKED]\n"
                    "       yamori-fleet-load [--ca FILE] [--new] STATE ADDR:PORT policy AGENTS "
                    "POLL_SECONDS\n",
                    stderr);
        return 2;
    }
    parse_address(&l, argv[2], ca);
    set_up(&l, argv[1], n);
    if (reports) {
        l.acked = argc > 7 ? fopen(argv[7], "we") : NULL;
        run_reports(&l, seconds);
        if (l.acked != NULL) {
            (void)fclose(l.acked);
        }
    } else {
        code = run_policy(&l, seconds);
    }
    clean_up(&l);
    return code;
}
