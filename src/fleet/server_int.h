/* server_int.h - what server.c (connections), routes.c, api.c (addresses) and desk.c (slow questions) share. */
#ifndef YM_FLEET_SERVER_INT_H
#define YM_FLEET_SERVER_INT_H

#include "base/buf.h"
#include "fleet/alerts.h"
#include "fleet/drill.h"
#include "fleet/intake.h"
#include "fleet/server.h"
#include "fleet/sessions.h"
#include "fleet/state.h"

#include "libs.h"
#include "sender.h"
#include "tickets.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum { YM_GIVEN_MAX = 1024 };
enum ym_page { YM_PAGE_HTML, YM_PAGE_SCRIPT, YM_PAGE_STYLE };

/* An open socket whose request must be whole by then. */
struct ym_watch {
    struct ym_watch *next, *previous;
    int fd;
    bool counted;         /* among the TLS connections */
    uint64_t deadline_ns; /* 0: nothing is awaited (a request is being answered) */
};

struct ym_fleet_server {
    struct ym_mhd mhd;
    struct ym_tickets tickets;
    struct ym_sender *sender; /* NULL: senders are not placed */
    struct ym_fleet_state *state;
    struct ym_intake *intake;
    struct ym_alert_watch *alerts;
    struct MHD_Daemon *daemon;
    _Atomic uint64_t requests, connections;
    _Atomic uint64_t greeted, resumed; /* TLS: connections with a request; those with a ticket */
    _Atomic uint64_t ticks_failed;     /* looks at the rings that the state did not allow */
    _Atomic uint64_t held;             /* bytes of bodies that are not whole yet, of all requests */
    pthread_mutex_t watch_lock;
    struct ym_watch *watched;
    struct ym_desk *desk;
    bool secure; /* people come over TLS: our own, or that of a proxy */
    bool tls;    /* our own */
    int64_t started;
    uint64_t threshold;     /* executions, for a cell of figures to be shown */
    struct ym_buf pages[3]; /* the console's: YM_PAGE_... */
    pthread_mutex_t throttle_lock;
    struct ym_throttle throttle;
    pthread_mutex_t given_lock; /* policies given since the last second */
    struct ym_given given[YM_GIVEN_MAX];
    size_t n_given;
};

struct ym_route;
struct ym_shared;

/* One request, from its first header to its end. */
struct ym_request {
    struct ym_fleet_server *server;
    struct MHD_Connection *connection;
    struct ym_watch *watch;
    const struct ym_route *route; /* NULL: none */
    struct ym_buf body;
    uint64_t held;         /* of server->held */
    uint64_t expected;     /* Content-Length */
    enum ym_refusal bad;   /* why the rest of the body is not kept */
    bool looked;           /* the sender of a report was looked up */
    bool asleep, answered; /* a report: waits for the intake; its answer is there */
    struct ym_job job;
    struct ym_person person;

    /* Of people's pages and the API. */
    char cookie[YM_SESSION_TEXT]; /* the session that it came with, "": none */
    struct ym_session session;
    const char *policy;   /* Content-Security-Policy; NULL: nothing runs */
    char set_cookie[200]; /* header of the answer, "": none */
    struct ym_drill_filter filter;
    char lang[3];
    void (*work)(struct ym_desk *desk, struct ym_request *r); /* of the desk */
    struct ym_request *desk_next;
    uint64_t holds;           /* of the desk's memory */
    enum ym_refusal failed;   /* of the work; NONE: out, or shared */
    struct ym_buf out;        /* the work's answer */
    struct ym_shared *shared; /* or one that others have, too */
};

/* Flags of a route. */
enum {
    YM_ROUTE_WEB = 1,     /* for browsers: their headers; a session is as good as a secret */
    YM_ROUTE_CHANGES = 2, /* what comes with a session must come from our own page */
};

struct ym_route {
    const char *method;
    const char *path;  /* ends in '/': a prefix */
    size_t body_max;   /* 0: takes none */
    enum ym_role role; /* that a person must have; NONE: not for people */
    unsigned flags;
    enum MHD_Result (*answer)(struct ym_request *r, const char *rest);
};

/* --- origin.c --- */

/* NULL: plain HTTP. */
gnutls_session_t ym_request_tls(const struct ym_fleet_server *s, struct MHD_Connection *connection);
/* With the first request of a connection, when its greeting is over. */
void ym_request_count_tls(struct ym_request *r);
/* "" when it is not known or not wanted.  From here on there is a country, and no address. */
void ym_request_country(const struct ym_request *r, char ret_country[3]);

/* --- routes.c --- */

/* The row of an address, NULL when there is none; *ret_bad: NOT_FOUND or METHOD then. */
const struct ym_route *ym_route_find(const char *method, const char *path,
                                     enum ym_refusal *ret_bad);
bool ym_route_is_report(const struct ym_route *route);
enum MHD_Result ym_route_answer(struct ym_request *r, const char *path);
enum MHD_Result ym_answer(struct ym_request *r, unsigned status, const char *type, const void *data,
                          size_t n);
/* Ends the buffer; one that failed is answered as busy. */
enum MHD_Result ym_answer_buf(struct ym_request *r, const char *type, struct ym_buf *b);
enum MHD_Result ym_answer_shared(struct ym_request *r, const char *type, struct ym_shared *shared);
enum MHD_Result ym_answer_refusal(struct ym_request *r, enum ym_refusal why);
/* The same with a text of its own. */
enum MHD_Result ym_answer_why(struct ym_request *r, enum ym_refusal why, const char *text);

/* --- api.c --- */
extern const struct ym_route ym_api_routes[];
extern const size_t ym_api_routes_count;

/* --- console.c: the pages, read once --- */
YM_MUST_CHECK ym_status ym_console_load(struct ym_fleet_server *s, const char *folder,
                                        struct ym_err *err);
void ym_console_free(struct ym_fleet_server *s);
extern const struct ym_route ym_console_routes[];
extern const size_t ym_console_routes_count;

/* --- desk.c: one thread for questions that take their time ---
 *
 * A request is suspended, its work is done by the desk's thread over connections to the store that only read, and
 * the route's answer is called again (r->answered) with r->out, r->shared or r->failed. */
YM_MUST_CHECK ym_status ym_desk_open(struct ym_fleet_server *s, const char *folder,
                                     struct ym_desk **ret_desk, struct ym_err *err);
void ym_desk_stop(struct ym_desk *desk);  /* what waits is refused as busy; then nothing sleeps */
void ym_desk_close(struct ym_desk *desk); /* accepts NULL; stops it first */
/* Puts the request to sleep. */
enum MHD_Result ym_desk_put(struct ym_desk *desk, struct ym_request *r,
                            void (*work)(struct ym_desk *desk, struct ym_request *r));
void ym_desk_figures(struct ym_desk *desk, struct ym_request *r);
void ym_desk_report(struct ym_desk *desk, struct ym_request *r);
void ym_desk_groups(struct ym_desk *desk, struct ym_request *r);
void ym_desk_findings(struct ym_desk *desk, struct ym_request *r);
void ym_desk_country(struct ym_desk *desk, struct ym_request *r);
/* The digest of the report's script for its policy, "" when there is no report's page. */
const char *ym_desk_script(const struct ym_desk *desk);
/* What a request holds of the desk's memory, given back at its end. */
void ym_desk_forget(struct ym_desk *desk, struct ym_request *r);
void ym_shared_drop(struct ym_shared *shared);
const struct ym_buf *ym_shared_buf(const struct ym_shared *shared);

#endif
