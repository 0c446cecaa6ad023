/* url.h - where a store in ClickHouse is.
 *
 *     clickhouse://[USER[:PASSWORD]@]HOST[:PORT][,HOST2[:PORT2]...]/DATABASE[?NAME=VALUE&...]
 *     clickhouses://...        the same over TLS
 *
 * Each host is one shard, in this order.  A host is a name, an IPv4 address or an IPv6 address in
 * brackets; the port is that of ClickHouse's HTTP interface (8123; 8443 with TLS).  USER, PASSWORD and
 * values may have %XX.  A password need not be here: `?password-file=FILE` names a file whose first
 * line it is, and $YAMORI_CLICKHOUSE_PASSWORD holds one, too; the URL wins over the file, the file over the environment.
 *
 *     password-file=FILE
 *     ca=FILE           certificates that vouch for the shards, with TLS (default: the system's)
 *     retry=SECONDS     how long a shard that does not answer is asked again while records are kept (60)
 *     cluster=NAME      make Distributed tables over this cluster of the servers' configuration
 *
 * Messages name a store by ym_click_url.shown, which has no user and no password. */
#ifndef YM_RECORDS_CLICKHOUSE_URL_H
#define YM_RECORDS_CLICKHOUSE_URL_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    YM_CLICK_SHARDS_MAX = 64,
    YM_CLICK_NAME_MAX = 63,    /* bytes of a database's or a cluster's name */
    YM_CLICK_SECRET_MAX = 255, /* bytes of a user's name, of a password */
    YM_CLICK_HOST_MAX = 255,
    YM_CLICK_RETRY = 60,
};

struct ym_click_host {
    char name[YM_CLICK_HOST_MAX + 1]; /* an IPv6 address with its brackets */
    uint16_t port;
};

struct ym_click_url {
    bool tls;
    struct ym_click_host shard[YM_CLICK_SHARDS_MAX];
    unsigned n_shards;
    char database[YM_CLICK_NAME_MAX + 1];
    char cluster[YM_CLICK_NAME_MAX + 1]; /* "": none */
    char user[YM_CLICK_SECRET_MAX + 1];  /* "": the server's default user */
    char password[YM_CLICK_SECRET_MAX + 1];
    char ca[512]; /* "": the system's */
    uint32_t retry;
    char shown[512]; /* for messages */
};

/* Does the name of a store mean one in ClickHouse? */
bool ym_click_is_url(const char *text);

/* Is there one with a password in it? */
bool ym_click_has_password(const char *text);

/* MALFORMED with what is wrong and what is wanted; LIMIT: too long; IO: of the password's file. */
YM_MUST_CHECK ym_status ym_click_url_parse(const char *text, struct ym_click_url *ret_url,
                                           struct ym_err *err);

#endif
