/* alert_send.c - the ways out for alerts: HTTP and SMTP through libcurl, a sendmail program, syslog.
 *
 * Everything here may wait (names, connections, a slow receiver), so it runs in a thread of its own,
 * every step has a time limit, and what the other side answers is read with a bound and never shown
 * whole. */
#include "alert_int.h"
#include "os/curl.h"
#include "state_int.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MODULE "fleet/alerts"

enum {
    CONNECT_SECONDS = 10,
    SEND_SECONDS = 30,
    ANSWER_MAX = 64 << 10,
    BODY_MAX = 1 << 20,
    RECIPIENTS_MAX = 32,
    SENDMAIL_SECONDS = 30,
};

struct sending {
    const struct ym_alert_target *target;
    const struct ym_alert_batch *batch;
    int64_t now;
    const atomic_bool *stop;
    struct ym_buf body;
    struct ym_buf secret;
};

/* --- libcurl --- */

struct upload {
    const struct ym_buf *from;
    size_t at;
};

static size_t on_read(char *to, size_t size, size_t n, void *user) {
    struct upload *u = user;

    n *= size;
    n = n < u->from->len - u->at ? n : u->from->len - u->at;
    if (n > 0) {
        memcpy(to, u->from->data + u->at, n);
    }
    u->at += n;
    return n;
}

/* The answer is not looked at; a receiver that sends without end is left. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's form */
static size_t on_answer(char *data, size_t size, size_t n, void *user) {
    size_t *left = user;

    (void)data;
    n *= size;
    if (n > *left) {
        return 0;
    }
    *left -= n;
    return n;
}

static bool is_stopped(const atomic_bool *stop) {
    return stop != NULL && *stop;
}

/* Asked by libcurl at least once a second: not 0 ends the transfer. */
static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const struct sending *s = user;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return is_stopped(s->stop);
}

#define SET(option, value) (void)lib->easy_setopt(handle, CURLOPT_##option, (value))

static void set_up(const struct ym_curl *lib, CURL *handle, struct sending *s, size_t *left) {
    const struct ym_alert_target *t = s->target;

    SET(URL, t->address);
    SET(PROTOCOLS_STR, t->kind == YM_TARGET_SMTP ? "smtp,smtps" : "http,https");
    SET(FOLLOWLOCATION, 0L);
    SET(NOSIGNAL, 1L);
    SET(CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    SET(TIMEOUT, (long)SEND_SECONDS);
    SET(WRITEFUNCTION, on_answer);
    SET(WRITEDATA, left);
    SET(USERAGENT, "yamori");
    SET(NETRC, (long)CURL_NETRC_IGNORED);
    SET(NOPROGRESS, 0L);
    SET(XFERINFOFUNCTION, on_progress);
    SET(XFERINFODATA, s);
    if (t->ca[0] != '\0') {
        SET(CAINFO, t->ca);
    }
}

static ym_status perform(const struct ym_curl *lib, CURL *handle, long *ret_status,
                         struct ym_err *err) {
    char text[CURL_ERROR_SIZE] = "";
    CURLcode code;

    SET(ERRORBUFFER, text);
    code = lib->easy_perform(handle);
    (void)lib->easy_getinfo(handle, CURLINFO_RESPONSE_CODE, ret_status);
    SET(ERRORBUFFER, NULL);
    return code == CURLE_OK ? YM_OK
                            : ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "%.200s",
                                      text[0] != '\0' ? text : "no answer");
}

static ym_status post(const struct ym_curl *lib, CURL *handle, struct sending *s,
                      struct ym_err *err) {
    char signature[YM_ALERT_SIGNATURE_SIZE];
    char header[sizeof(signature) + 32];
    struct curl_slist *headers = NULL;
    size_t left = ANSWER_MAX;
    long status = 0;
    ym_status st;

    ym_alert_webhook_body(s->batch, s->now, &s->body);
    YM_TRY(ym_buf_status(&s->body));
    ym_alert_sign(s->secret.data, s->secret.len, s->now, s->body.data, s->body.len, signature);
    (void)snprintf(header, sizeof(header), "Yamori-Signature: %s", signature);
    headers = lib->slist_append(headers, "Expect:");
    headers = lib->slist_append(headers, "Content-Type: application/json");
    headers = lib->slist_append(headers, header);
    set_up(lib, handle, s, &left);
    SET(POST, 1L);
    SET(POSTFIELDSIZE, (long)s->body.len);
    SET(POSTFIELDS, s->body.data);
    SET(HTTPHEADER, headers);
    st = perform(lib, handle, &status, err);
    lib->slist_free_all(headers);
    if (st == YM_OK && (status < 200 || status > 299)) {
        st = ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "the receiver answered %ld", status);
    }
    return st;
}

static struct curl_slist *recipients(const struct ym_curl *lib, const char *text) {
    struct curl_slist *list = NULL;
    struct ym_fields f;
    struct ym_str field;

    ym_fields_init(&f, text, strlen(text), ',');
    for (int i = 0; i < RECIPIENTS_MAX && ym_fields_next(&f, &field); i++) {
        char one[YM_ALERT_TEXT_MAX + 2];

        if (field.n > YM_ALERT_TEXT_MAX - 1) {
            continue;
        }
        one[0] = '<';
        memcpy(one + 1, field.s, field.n);
        memcpy(one + 1 + field.n, ">", 2);
        list = lib->slist_append(list, one);
    }
    return list;
}

static ym_status mail(const struct ym_curl *lib, CURL *handle, struct sending *s,
                      struct ym_err *err) {
    const struct ym_alert_target *t = s->target;
    struct upload upload = {.from = &s->body};
    struct curl_slist *to = recipients(lib, t->recipient);
    char from[YM_ALERT_TEXT_MAX + 2];
    size_t left = ANSWER_MAX;
    long status = 0;
    ym_status st;

    (void)snprintf(from, sizeof(from), "<%s>", t->sender);
    ym_alert_mail(t, s->batch, s->now, &s->body);
    set_up(lib, handle, s, &left);
    SET(USE_SSL, (long)(t->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (t->user[0] != '\0') {
        SET(USERNAME, t->user);
        SET(PASSWORD, s->secret.data == NULL ? "" : (const char *)s->secret.data);
    }
    SET(MAIL_FROM, from);
    SET(MAIL_RCPT, to);
    SET(READFUNCTION, on_read);
    SET(READDATA, &upload);
    SET(UPLOAD, 1L);
    st = ym_buf_status(&s->body);
    st = st == YM_OK ? perform(lib, handle, &status, err) : st;
    lib->slist_free_all(to);
    return st;
}

static ym_status by_curl(struct sending *s, struct ym_err *err) {
    struct ym_curl lib;
    CURL *handle;
    ym_status st;

    YM_TRY(ym_curl_load(&lib, err));
    handle = lib.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? lib.easy_init() : NULL;
    if (handle == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "libcurl does not start");
    }
    st =
        s->target->kind == YM_TARGET_SMTP ? mail(&lib, handle, s, err) : post(&lib, handle, s, err);
    lib.easy_cleanup(handle);
    return st;
}

/* --- sendmail --- */

/* Ours alone: it is waited for, and ended when it takes too long. */
static ym_status wait_for(pid_t pid, const char *program, const atomic_bool *stop,
                          struct ym_err *err) {
    const struct timespec tick = {.tv_nsec = 20000000};
    int status = 0;

    for (int i = 0; i < SENDMAIL_SECONDS * 50 && !is_stopped(stop); i++) {
        pid_t done = waitpid(pid, &status, WNOHANG);

        if (done == pid) {
            return WIFEXITED(status) && WEXITSTATUS(status) == 0
                       ? YM_OK
                       : ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "%s failed (%d)", program,
                                 WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
        }
        (void)nanosleep(&tick, NULL);
    }
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, &status, 0);
    return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "%s took longer than %d seconds", program,
                   SENDMAIL_SECONDS);
}

/* sendmail -i -f FROM -- TO...; the message is a nameless file, so no pipe can block. */
static ym_status spawn(const char *program, const char *from, char *to, int fd,
                       const atomic_bool *stop, struct ym_err *err) {
    char *argv[RECIPIENTS_MAX + 7];
    char *environment[] = {(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, NULL};
    char arg_i[] = "-i";
    char arg_f[] = "-f";
    char arg_end[] = "--";
    char name[YM_ALERT_ADDRESS_MAX];
    char sender[YM_ALERT_TEXT_MAX];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    char *rest = NULL;
    int n = 0;
    pid_t pid = -1;
    int code;

    (void)snprintf(name, sizeof(name), "%s", program);
    (void)snprintf(sender, sizeof(sender), "%s", from);
    argv[n++] = name;
    argv[n++] = arg_i;
    argv[n++] = arg_f;
    argv[n++] = sender;
    argv[n++] = arg_end;
    for (char *one = strtok_r(to, ",", &rest); one != NULL && n < RECIPIENTS_MAX + 5;
         one = strtok_r(NULL, ",", &rest)) {
        argv[n++] = one;
    }
    argv[n] = NULL;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, fd, 0);
    (void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    (void)posix_spawnattr_init(&attributes);
    (void)sigemptyset(&none); /* the server blocks what ends it */
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    code = posix_spawn(&pid, program, &actions, &attributes, argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return code == 0 ? wait_for(pid, program, stop, err)
                     : ym_fail_errno(err, MODULE, program, code, "cannot start it");
}

static ym_status by_sendmail(struct sending *s, struct ym_err *err) {
    char to[YM_ALERT_TEXT_MAX];
    FILE *f;
    ym_status st;

    ym_alert_mail(s->target, s->batch, s->now, &s->body);
    YM_TRY(ym_buf_status(&s->body));
    (void)snprintf(to, sizeof(to), "%s", s->target->recipient);
    f = tmpfile();
    if (f == NULL) {
        return ym_fail_errno(err, MODULE, "", errno, "no room for a message");
    }
    for (size_t i = 0; i < s->body.len; i++) { /* a program wants the lines of its system */
        if (s->body.data[i] != '\r') {
            (void)putc(s->body.data[i], f);
        }
    }
    st = fflush(f) == 0 && fseek(f, 0, SEEK_SET) == 0
             ? spawn(s->target->address + strlen("sendmail:"), s->target->sender, to, fileno(f),
                     s->stop, err)
             : ym_fail_errno(err, MODULE, "", errno, "no room for a message");
    (void)fclose(f);
    return st;
}

/* --- syslog --- */

struct channel {
    int fd;
    bool framed; /* a stream: octet counting, RFC 6587 */
};

static ym_status open_local(const char *path, struct channel *ret, struct ym_err *err) {
    static const int types[2] = {SOCK_DGRAM, SOCK_STREAM};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int code = ENAMETOOLONG;

    if (strlen(path) < sizeof(address.sun_path)) {
        memcpy(address.sun_path, path, strlen(path) + 1);
        for (int i = 0; i < 2; i++) {
            int fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC, 0);

            if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
                *ret = (struct channel){fd, i == 1};
                return YM_OK;
            }
            code = errno;
            if (fd >= 0) {
                (void)close(fd);
            }
        }
    }
    return ym_fail_errno(err, MODULE, path, code, "nobody takes messages there");
}

/* A connection that must be there within CONNECT_SECONDS. */
static bool connect_in_time(int fd, const struct addrinfo *to) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int code = 0;
    socklen_t n = sizeof(code);

    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0) {
        return true;
    }
    return errno == EINPROGRESS && poll(&p, 1, CONNECT_SECONDS * 1000) == 1 &&
           getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n) == 0 && code == 0;
}

static ym_status open_remote(const char *host_port, bool stream, struct channel *ret,
                             struct ym_err *err) {
    const struct addrinfo hints = {.ai_socktype = stream ? SOCK_STREAM : SOCK_DGRAM,
                                   .ai_flags = AI_ADDRCONFIG};
    const char *colon = strrchr(host_port, ':');
    struct addrinfo *list = NULL;
    char host[256];
    size_t n = colon == NULL ? 0 : (size_t)(colon - host_port);

    if (n > 1 && host_port[0] == '[' && host_port[n - 1] == ']') {
        host_port++;
        n -= 2;
    }
    if (n == 0 || n >= sizeof(host)) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET, "the form is HOST:PORT");
    }
    memcpy(host, host_port, n);
    host[n] = '\0';
    if (getaddrinfo(host, colon + 1, &hints, &list) != 0) {
        return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "%s is not found", host);
    }
    ret->fd = -1;
    for (const struct addrinfo *a = list; a != NULL && ret->fd < 0; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd >= 0 && connect_in_time(fd, a)) {
            *ret = (struct channel){fd, stream};
        } else if (fd >= 0) {
            (void)close(fd);
        }
    }
    freeaddrinfo(list);
    return ret->fd >= 0
               ? YM_OK
               : ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "%s does not take messages", host);
}

static ym_status put_bytes(int fd, const uint8_t *p, size_t n, struct ym_err *err) {
    while (n > 0) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

        if (sent < 0 && (errno == EAGAIN || errno == EINTR) &&
            poll(&wait, 1, SEND_SECONDS * 1000) != 0) {
            continue;
        }
        if (sent < 0) {
            return ym_fail_errno(err, MODULE, "syslog", errno, "cannot send");
        }
        p += sent;
        n -= (size_t)sent;
    }
    return YM_OK;
}

static ym_status put_message(const struct channel *c, const struct ym_alert *a, int64_t now,
                             struct ym_err *err) {
    struct ym_buf message;
    struct ym_buf framed;
    ym_status st;

    ym_buf_init(&message, 1 << 14);
    ym_buf_init(&framed, 1 << 15);
    ym_alert_syslog(a, now, &message);
    if (c->framed) {
        ym_buf_printf(&framed, "%zu ", message.len);
    }
    ym_buf_add(&framed, message.data, message.len);
    st = ym_buf_status(&framed);
    st = st == YM_OK ? put_bytes(c->fd, framed.data, framed.len, err) : st;
    ym_buf_done(&message);
    ym_buf_done(&framed);
    return st;
}

static ym_status by_syslog(struct sending *s, struct ym_err *err) {
    const char *a = s->target->address;
    struct channel c = {.fd = -1};
    struct ym_alert rest = {.kind = YM_ALERT_KINDS, .count = s->batch->more};
    ym_status st;

    st = strncmp(a, "syslog+udp://", 13) == 0 ? open_remote(a + 13, false, &c, err)
         : strncmp(a, "syslog+tcp://", 13) == 0
             ? open_remote(a + 13, true, &c, err)
             : open_local(a[7] == '\0' ? "/dev/log" : a + 7, &c, err);
    YM_TRY(st);
    if (s->batch->n == 0) {
        st = put_message(&c, NULL, s->now, err);
    }
    for (size_t i = 0; st == YM_OK && i < s->batch->n; i++) {
        st = put_message(&c, &s->batch->alerts[i], s->now, err);
    }
    if (st == YM_OK && s->batch->more > 0) {
        (void)snprintf(rest.detail, sizeof(rest.detail), "%llu: see the console",
                       (unsigned long long)s->batch->more);
        st = put_message(&c, &rest, s->now, err);
    }
    (void)close(c.fd);
    return st;
}

ym_status ym_alert_send(struct ym_fleet_state *state, const struct ym_alert_target *target,
                        const struct ym_alert_batch *batch, int64_t now, const atomic_bool *stop,
                        struct ym_err *err) {
    struct sending s = {.target = target, .batch = batch, .now = now, .stop = stop};
    ym_status st;

    ym_buf_init(&s.body, BODY_MAX);
    ym_buf_init(&s.secret, 4096);
    st = ym_alert_secret(state, target->name, &s.secret, err);
    if (st == YM_OK) {
        st = target->kind == YM_TARGET_SENDMAIL ? by_sendmail(&s, err)
             : target->kind == YM_TARGET_SYSLOG ? by_syslog(&s, err)
                                                : by_curl(&s, err);
    }
    if (s.secret.data != NULL) {
        sodium_memzero(s.secret.data, s.secret.len);
    }
    ym_buf_done(&s.secret);
    ym_buf_done(&s.body);
    return st;
}
