/* server.h - the fleet's server: HTTP(S) around fleet/intake.h and fleet/state.h.
 *
 * libmicrohttpd with two threads; a connection costs a fixed amount of memory, a body what has
 * arrived of it.  A report's connection sleeps (suspended) until its records are durable.
 * The addresses are in docs/formats/fleet.md.
 *
 * With a database of addresses (off unless given) a record that came without a country gets that of
 * its sender's address, and says so (located: address).  The address itself is looked up when the
 * report is here and kept nowhere.  A country that the machine's administrator set stays. */
#ifndef YM_FLEET_SERVER_H
#define YM_FLEET_SERVER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_SERVER_CONNECTIONS = 2000,  /* at once; more wait in the kernel's queue */
    YM_SERVER_IDLE = 30,           /* seconds without a byte until a connection is closed */
    YM_SERVER_REQUEST_SECONDS = 60 /* from a connection's first byte, or a request's, to its end */
};

struct ym_server_options {
    const char *state;      /* the folder */
    const char *store;      /* of the records; NULL: records.db in the folder */
    const char *listen;     /* "127.0.0.1:8743", "[::1]:8743"; port 0: any */
    const char *cert, *key; /* PEM files; NULL: plain HTTP, on loopback only unless plain */
    bool plain;
    const char *geo;            /* database of addresses that places senders, or NULL */
    const char *const *proxies; /* whose X-Forwarded-For is believed */
    size_t n_proxies;
    const char
        *pages; /* folder of console.html, console.js, console.css, report.html; NULL: no console */
    uint64_t threshold;                       /* executions, for a cell of the console's figures */
    uint32_t per_address;                     /* connections of one address at once; 0: no bound */
    void (*ready)(void *user, uint16_t port); /* it listens */
    void (*say)(void *user,
                const char *text); /* what an operator should know; any thread; or NULL */
    void *user;
};

/* Runs until SIGTERM or SIGINT; then takes what is on its way, and returns OK.  The caller has one
 * thread.  UNSUPPORTED: plain HTTP was not allowed, or libmicrohttpd is missing; IO. */
YM_MUST_CHECK ym_status ym_fleet_serve(const struct ym_server_options *options, struct ym_err *err);

#endif
