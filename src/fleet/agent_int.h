/* agent_int.h - what the files of the agent share. */
#ifndef YM_FLEET_AGENT_INT_H
#define YM_FLEET_AGENT_INT_H

#include "base/buf.h"
#include "fleet/agent.h"
#include "fleet/keys.h"

#include "os/curl.h"

enum { YM_AGENT_PATH = 4096, YM_AGENT_URL = 512 };

struct ym_http {
    struct ym_curl lib;
    CURL *handle;
    char base[YM_AGENT_URL];
    char ca[YM_AGENT_PATH]; /* "" : the system's */
    char machine[64];       /* header with the transport id, or "" */
};

/* What must survive a kill. */
struct ym_progress {
    uint64_t sequence[YM_CHANNEL_COUNT]; /* the last one used */
    uint64_t serial;                     /* of the newest policy seen */
    struct ym_health health;
    bool untold;     /* the health changed since the last acknowledged report */
    int64_t scanned; /* when the last scan began */
    int64_t reported;
};

struct ym_agent {
    struct ym_agent_options options;
    char state[YM_AGENT_PATH - 64];
    char spool[YM_AGENT_PATH];
    char image[YM_AGENT_PATH];
    bool has_image;
    int lock_fd;
    struct ym_fleet_key key;
    uint8_t id[YM_FLEET_ID_SIZE];
    uint8_t operator_key[YM_FLEET_PUBLIC_SIZE];
    struct ym_http http;
    struct ym_progress progress;
    struct ym_spool_walk *walk; /* goes on from batch to batch; NULL: none is going */
    bool has_policy;
    struct ym_policy policy;
};

/* --- http.c: only what the agent needs of HTTP --- */
YM_MUST_CHECK ym_status ym_http_open(struct ym_http *http, const char *base, const char *ca,
                                     struct ym_err *err);
void ym_http_close(struct ym_http *http);
/* Plain HTTP to somewhere else than this machine? */
bool ym_http_is_bare(const char *base);
/* GET (body NULL) or POST; appends the answer's body to out.  IO: no answer. */
YM_MUST_CHECK ym_status ym_http_ask(struct ym_http *http, const char *path, const void *body,
                                    size_t n, struct ym_buf *out, unsigned *ret_status,
                                    struct ym_err *err);
/* GET into a descriptor, at most max bytes. */
YM_MUST_CHECK ym_status ym_http_fetch(struct ym_http *http, const char *path, int fd, uint64_t max,
                                      unsigned *ret_status, struct ym_err *err);

/* --- agent_files.c --- */
void ym_agent_path(const struct ym_agent *a, const char *name, char out[YM_AGENT_PATH]);
/* The whole of a file of the state; *ret_there false: there is none. */
YM_MUST_CHECK ym_status ym_agent_read(const struct ym_agent *a, const char *name,
                                      struct ym_buf *out, bool *ret_there, struct ym_err *err);
YM_MUST_CHECK ym_status ym_agent_load(struct ym_agent *a, struct ym_err *err);
YM_MUST_CHECK ym_status ym_agent_keep_identity(const struct ym_agent *a, struct ym_err *err);
YM_MUST_CHECK ym_status ym_agent_keep_progress(const struct ym_agent *a, struct ym_err *err);

/* --- agent_image.c --- */
/* Where an image comes from: fills fd. */
typedef ym_status ym_image_source(struct ym_agent *a, void *user, int fd, struct ym_err *err);
/* A policy from anywhere: checked, kept; its image taken when it is newer. */
YM_MUST_CHECK ym_status ym_agent_take_policy(struct ym_agent *a, const struct ym_buf *bytes,
                                             ym_image_source *source, void *user,
                                             struct ym_err *err);
YM_MUST_CHECK ym_status ym_agent_ask_policy(struct ym_agent *a, struct ym_err *err);

/* --- agent_batch.c --- */

struct ym_batch {
    struct ym_agent *agent;
    struct ym_buf body;
    uint32_t n;
    struct ym_health health;
};
void ym_batch_begin(struct ym_agent *a, struct ym_batch *b);
/* As much as the walk has and the batch holds; END: the walk is at its end. */
YM_MUST_CHECK ym_status ym_batch_fill_from(struct ym_batch *b, struct ym_spool_walk *walk,
                                           struct ym_err *err);
/* The same of the agent's own walk, which goes on from batch to batch; no record: there is none. */
YM_MUST_CHECK ym_status ym_batch_fill(struct ym_batch *b, struct ym_err *err);
/* Makes the report: its sequence number is used up, on disk, before anything carries it. */
YM_MUST_CHECK ym_status ym_batch_seal(struct ym_batch *b, enum ym_channel channel,
                                      struct ym_buf *out, struct ym_err *err);

/* Calls fn for the name of each record's file, in the order of the report. */
typedef ym_status ym_agent_name_fn(struct ym_agent *a, uint32_t line, const char *name, void *user,
                                   struct ym_err *err);

YM_MUST_CHECK ym_status ym_agent_each_name(struct ym_agent *a, const struct ym_report *report,
                                           ym_agent_name_fn *fn, void *user, struct ym_err *err);
/* The record that cannot be sent is kept, out of the way. */
YM_MUST_CHECK ym_status ym_agent_put_aside(struct ym_agent *a, const char *name, const char *why,
                                           struct ym_err *err);
/* The server has the report's records on disk: they leave the spool. */
YM_MUST_CHECK ym_status ym_agent_acknowledged(struct ym_agent *a, const struct ym_report *report,
                                              struct ym_err *err);

/* --- agent.c --- */
void ym_agent_say(const struct ym_agent *a, const char *fmt, ...) YM_PRINTF(2, 3);

#endif
