/* client.h - questions to the shards of a store, over ClickHouse's HTTP interface.
 *
 *     struct ym_click_client *c;
 *     YM_TRY(ym_click_client_open(&url, &c, err));
 *     struct ym_click_ask ask = {.shard = 0, .query = "SELECT 1 FORMAT TSV", .out = &buf};
 *     YM_TRY(ym_click_run(c, &ask, 1, err));
 *
 * The asks of one call go to different shards and are answered side by side; one handle a shard keeps its
 * connection.  An answer is believed only when it is whole: the server is told to finish the query before
 * it sends the first byte, and a connection that ends early is a failure.
 *
 * What a server says in its errors is shown without control characters and cut.  User and password are sent
 * in headers, and are in no message.  A server's refusals are told with place, cause and cure; ask.again says
 * that the same ask may succeed later (no connection, too many parts, too many queries, no memory just now). */
#ifndef YM_RECORDS_CLICKHOUSE_CLIENT_H
#define YM_RECORDS_CLICKHOUSE_CLIENT_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "url.h"

struct ym_click_client; /* opaque: see client.c */

struct ym_click_ask {
    const char *query;    /* of this program, or made with ym_click_add_text() */
    const char *settings; /* "max_threads=1&...", or NULL */
    const void *data;     /* the rows of an INSERT; NULL: none */
    size_t n;
    struct ym_buf *out; /* where the answer goes, up to the buffer's maximum; or */
    ym_status (*take)(void *user, const void *data, size_t n,
                      struct ym_err *err); /* who takes it */
    void *user;
    unsigned shard;
    unsigned seconds; /* how long it may take; 0: YM_CLICK_SECONDS */

    /* Set by ym_click_run(). */
    struct ym_err why;
    ym_status status;
    unsigned code; /* of ClickHouse's error, or 0 */
    bool again;

    bool no_database; /* the database need not be there */
};

enum {
    YM_CLICK_SECONDS = 3600,
    /* ClickHouse's numbers for errors (dbms/src/Common/ErrorCodes.cpp) */
    YM_CLICK_NO_TABLE = 60,
    YM_CLICK_NO_DATABASE = 81,
};

YM_MUST_CHECK ym_status ym_click_client_open(const struct ym_click_url *url,
                                             struct ym_click_client **ret, struct ym_err *err);
void ym_click_client_close(struct ym_click_client *c); /* accepts NULL */
const struct ym_click_url *ym_click_client_url(const struct ym_click_client *c);

/* All asks at once, n at most YM_CLICK_SHARDS_MAX, no two of one shard.  Fails as the first of them that failed. */
YM_MUST_CHECK ym_status ym_click_run(struct ym_click_client *c, struct ym_click_ask *asks, size_t n,
                                     struct ym_err *err);

/* Appends the text as a literal of ClickHouse's SQL, in quotes. */
void ym_click_add_text(struct ym_buf *out, const char *s, size_t n);

#endif
