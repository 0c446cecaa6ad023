/* fleet.h - what fleet.c (the table, the server's side) and fleet_agent.c share. */
#ifndef YM_CLI_FLEET_H
#define YM_CLI_FLEET_H

#include "base/status.h"
#include "fleet/rings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_FLEET_SCANS_MAX = 64 };

struct ym_fleet_options {
    const char *state, *listen, *cert, *key, *server, *token, *ca, *spool, *image;
    const char *export_to, *take_from, *receipts;
    const char *label, *when, *to, *level, *family, *category, *severity, *from, *rcpt, *user;
    const char *secret_file, *geo, *store;
    uint32_t count, within, pause;         /* pause UINT32_MAX: not given */
    const char *scans[YM_FLEET_SCANS_MAX]; /* what the agent scans */
    size_t n_scans;
    const char *proxies[YM_FLEET_SCANS_MAX]; /* whose X-Forwarded-For is believed */
    size_t n_proxies;
    uint32_t ring, hours, rings, per_address, threshold;
    uint32_t poll, report, scan; /* UINT32_MAX: not given */
    uint64_t epoch;
    struct ym_ring_rules rules;
    bool plain, once, stop, resume, show, help;
    char **words; /* what is no option */
    int n_words;
};

/* The folder of the pages: $YAMORI_DATADIR, or beside the program; NULL: there is none. */
const char *ym_fleet_pages(char out[4096]);
struct ym_fleet_state;
struct ym_err;
YM_MUST_CHECK ym_status ym_fleet_alert_command(struct ym_fleet_state *s,
                                               const struct ym_fleet_options *o,
                                               struct ym_err *err);
int ym_fleet_enroll_command(const struct ym_fleet_options *o);
int ym_fleet_agent_command(const struct ym_fleet_options *o);

#endif
