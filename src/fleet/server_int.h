/* server_int.h - what server.c (connections) and routes.c (addresses) share. */
#ifndef YM_FLEET_SERVER_INT_H
#define YM_FLEET_SERVER_INT_H

#include "base/buf.h"
#include "fleet/alerts.h"
#include "fleet/intake.h"
#include "fleet/server.h"
#include "fleet/state.h"

#include "libs.h"
#include "sender.h"

#include <stdatomic.h>
#include <sys/socket.h>

/* An open socket whose request must be whole by then. */
struct ym_watch {
    struct ym_watch *next, *previous;
    int fd;
    uint64_t deadline_ns; /* 0: nothing is awaited (a request is being answered) */
};

struct ym_fleet_server {
    struct ym_mhd mhd;
    struct ym_sender *sender; /* NULL: senders are not placed */
    struct ym_fleet_state *state;
    struct ym_intake *intake;
    struct ym_alert_watch *alerts;
    struct MHD_Daemon *daemon;
    _Atomic uint64_t requests, connections;
    _Atomic uint64_t ticks_failed; /* looks at the rings that the state did not allow */
    _Atomic uint64_t held;         /* bytes of bodies that are not whole yet, of all requests */
    pthread_mutex_t watch_lock;
    struct ym_watch *watched;
};

struct ym_route;

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
};

struct ym_route {
    const char *method;
    const char *path;  /* ends in '/': a prefix */
    size_t body_max;   /* 0: takes none */
    enum ym_role role; /* that a person must have; NONE: not for people */
    enum MHD_Result (*answer)(struct ym_request *r, const char *rest);
};

/* The row of an address, NULL when there is none; *ret_bad: NOT_FOUND or METHOD then. */
const struct ym_route *ym_route_find(const char *method, const char *path,
                                     enum ym_refusal *ret_bad);
bool ym_route_is_report(const struct ym_route *route);
enum MHD_Result ym_route_answer(struct ym_request *r, const char *path);
enum MHD_Result ym_answer_refusal(struct ym_request *r, enum ym_refusal why);

#endif
