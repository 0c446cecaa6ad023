/* fleet.c - `yamori fleet`: the table of its commands, and those of the server's side.  See
 * docs/man/yamori-fleet.1. */
#include "fleet.h"
#include "cli.h"
#include "store.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "database/db.h"
#include "fleet/intake.h"
#include "fleet/server.h"
#include "fleet/state.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: yamori fleet serve   --state DIR --listen ADDR:PORT [--tls-cert F --tls-key F]\n"
    "                           [--geo FILE [--trusted-proxy ADDR]...]\n"
    "                            [--store STORE]\n"
    "       yamori fleet token   --state DIR [--ring N] [--valid HOURS] [--label TEXT]\n"
    "       yamori fleet person  --state DIR add NAME reader|operator|admin\n"
    "       yamori fleet person  --state DIR remove NAME\n"
    "       yamori fleet policy  --state DIR [--poll SEC] [--report SEC] [--scan-every SEC]\n"
    "       yamori fleet rollout --state DIR --image FILE [--epoch N] [--rings N] [rules]\n"
    "       yamori fleet rollout --state DIR --stop | --resume\n"
    "       yamori fleet machine --state DIR list | remove ID | label ID TEXT | ring ID N\n"
    "       yamori fleet alert   --state DIR add NAME --when KIND [--level L] [--family F]\n"
    "                            [--category C] [--severity S] [--count N] [--within SEC]\n"
    "       yamori fleet alert   --state DIR add NAME --to ADDRESS [--level L] [--from A --rcpt "
    "A]\n"
    "                            [--user U] [--secret-file F] [--ca F] [--pause SEC]\n"
    "       yamori fleet alert   --state DIR list | test NAME | remove NAME | open | ack N\n"
    "       yamori fleet status  --state DIR\n"
    "       yamori fleet audit   --state DIR\n"
    "       yamori fleet import  --state DIR [--store STORE] [--receipts FILE] FILE...\n"
    "       yamori fleet bundle  --state DIR [--ring N] FOLDER\n"
    "       yamori fleet enroll  --state DIR --server URL --token TOKEN [--ca FILE]\n"
    "       yamori fleet agent   --state DIR [--spool DIR] [--scan PATH]... [--once]\n"
    "       yamori fleet agent   --state DIR [--spool DIR] --show\n"
    "       yamori fleet agent   --state DIR [--export FILE] [--take FOLDER] [--receipts FILE]\n"
    "\n"
    "Collects the records of many machines, and gives them policies and images, ring by ring.\n"
    "\n"
    "  --state DIR     the folder of the server, or of the agent\n"
    "  --store STORE   where the records go: a file, or "
    "clickhouse://HOST[:PORT][,HOST2...]/DATABASE\n"
    "                  (default: records.db of the state folder)\n"
    "  --plain         plain HTTP to or from other machines, too (behind a proxy that does TLS)\n"
    "  --geo FILE      (serve) a record without a country gets the country of its sender's "
    "address,\n"
    "                  from this database of addresses (.mmdb); the address is not kept\n"
    "  --trusted-proxy ADDR  (serve) believe X-Forwarded-For of this address or network\n"
    "  --threshold N   executions, for a cell of the console's figures to be shown (100)\n"
    "  --per-address N connections of one address at once (256; 0: no bound)\n"
    "  rules: --wait SEC (3600) --machines N (10) --share N (500) --max-failed N (20)\n"
    "         --max-rise N (20); shares are thousandths\n"
    "\n"
    "Exit status: 0 done, 2 error.\n";

/* --- options --- */

enum {
    O_STATE = 256,
    O_LISTEN,
    O_CERT,
    O_KEY,
    O_SERVER,
    O_TOKEN,
    O_CA,
    O_SPOOL,
    O_IMAGE,
    O_EXPORT,
    O_TAKE,
    O_RECEIPTS,
    O_LABEL,
    O_WHEN,
    O_TO,
    O_LEVEL,
    O_FAMILY,
    O_CATEGORY,
    O_SEVERITY,
    O_FROM,
    O_RCPT,
    O_USER,
    O_SECRET,
    O_GEO,
    O_STORE,
    O_PROXY,
    O_SCAN,
    O_RING,
    O_VALID,
    O_RINGS,
    O_ADDRESS,
    O_COUNT,
    O_WITHIN,
    O_PAUSE,
    O_THRESHOLD,
    O_POLL,
    O_REPORT,
    O_EVERY,
    O_EPOCH,
    O_WAIT,
    O_MACHINES,
    O_SHARE,
    O_FAILED,
    O_RISE,
    O_PLAIN,
    O_ONCE,
    O_STOP,
    O_RESUME,
    O_SHOW,
};

static const struct option longs[] = {{"state", required_argument, NULL, O_STATE},
                                      {"listen", required_argument, NULL, O_LISTEN},
                                      {"tls-cert", required_argument, NULL, O_CERT},
                                      {"tls-key", required_argument, NULL, O_KEY},
                                      {"server", required_argument, NULL, O_SERVER},
                                      {"token", required_argument, NULL, O_TOKEN},
                                      {"ca", required_argument, NULL, O_CA},
                                      {"spool", required_argument, NULL, O_SPOOL},
                                      {"image", required_argument, NULL, O_IMAGE},
                                      {"export", required_argument, NULL, O_EXPORT},
                                      {"take", required_argument, NULL, O_TAKE},
                                      {"receipts", required_argument, NULL, O_RECEIPTS},
                                      {"label", required_argument, NULL, O_LABEL},
                                      {"when", required_argument, NULL, O_WHEN},
                                      {"to", required_argument, NULL, O_TO},
                                      {"level", required_argument, NULL, O_LEVEL},
                                      {"family", required_argument, NULL, O_FAMILY},
                                      {"category", required_argument, NULL, O_CATEGORY},
                                      {"severity", required_argument, NULL, O_SEVERITY},
                                      {"from", required_argument, NULL, O_FROM},
                                      {"rcpt", required_argument, NULL, O_RCPT},
                                      {"user", required_argument, NULL, O_USER},
                                      {"secret-file", required_argument, NULL, O_SECRET},
                                      {"geo", required_argument, NULL, O_GEO},
                                      {"trusted-proxy", required_argument, NULL, O_PROXY},
                                      {"count", required_argument, NULL, O_COUNT},
                                      {"within", required_argument, NULL, O_WITHIN},
                                      {"pause", required_argument, NULL, O_PAUSE},
                                      {"store", required_argument, NULL, O_STORE},
                                      {"scan", required_argument, NULL, O_SCAN},
                                      {"ring", required_argument, NULL, O_RING},
                                      {"valid", required_argument, NULL, O_VALID},
                                      {"rings", required_argument, NULL, O_RINGS},
                                      {"per-address", required_argument, NULL, O_ADDRESS},
                                      {"threshold", required_argument, NULL, O_THRESHOLD},
                                      {"poll", required_argument, NULL, O_POLL},
                                      {"report", required_argument, NULL, O_REPORT},
                                      {"scan-every", required_argument, NULL, O_EVERY},
                                      {"epoch", required_argument, NULL, O_EPOCH},
                                      {"wait", required_argument, NULL, O_WAIT},
                                      {"machines", required_argument, NULL, O_MACHINES},
                                      {"share", required_argument, NULL, O_SHARE},
                                      {"max-failed", required_argument, NULL, O_FAILED},
                                      {"max-rise", required_argument, NULL, O_RISE},
                                      {"plain", no_argument, NULL, O_PLAIN},
                                      {"once", no_argument, NULL, O_ONCE},
                                      {"stop", no_argument, NULL, O_STOP},
                                      {"resume", no_argument, NULL, O_RESUME},
                                      {"show", no_argument, NULL, O_SHOW},
                                      {"help", no_argument, NULL, 'h'},
                                      {NULL, 0, NULL, 0}};

static const char **text_of(struct ym_fleet_options *o, int which) {
    const char **const texts[] = {
        &o->state, &o->listen,      &o->cert,      &o->key,       &o->server,   &o->token, &o->ca,
        &o->spool, &o->image,       &o->export_to, &o->take_from, &o->receipts, &o->label, &o->when,
        &o->to,    &o->level,       &o->family,    &o->category,  &o->severity, &o->from,  &o->rcpt,
        &o->user,  &o->secret_file, &o->geo,       &o->store};

    return which >= O_STATE && which <= O_STORE ? texts[which - O_STATE] : NULL;
}

static uint32_t *number_of(struct ym_fleet_options *o, int which) {
    switch (which) {
    case O_RING:
        return &o->ring;
    case O_VALID:
        return &o->hours;
    case O_RINGS:
        return &o->rings;
    case O_ADDRESS:
        return &o->per_address;
    case O_COUNT:
        return &o->count;
    case O_WITHIN:
        return &o->within;
    case O_PAUSE:
        return &o->pause;
    case O_THRESHOLD:
        return &o->threshold;
    case O_POLL:
        return &o->poll;
    case O_REPORT:
        return &o->report;
    case O_EVERY:
        return &o->scan;
    case O_WAIT:
        return &o->rules.wait;
    case O_MACHINES:
        return &o->rules.machines;
    case O_SHARE:
        return &o->rules.share;
    case O_FAILED:
        return &o->rules.max_failed;
    case O_RISE:
        return &o->rules.max_rise;
    default:
        return NULL;
    }
}

static bool *flag_of(struct ym_fleet_options *o, int which) {
    return which == O_PLAIN    ? &o->plain
           : which == O_ONCE   ? &o->once
           : which == O_STOP   ? &o->stop
           : which == O_RESUME ? &o->resume
           : which == O_SHOW   ? &o->show
           : which == 'h'      ? &o->help
                               : NULL;
}

/* False: the value is not one. */
static bool set(struct ym_fleet_options *o, int which, const char *value) {
    const char **text = text_of(o, which);
    uint32_t *number = number_of(o, which);
    bool *flag = flag_of(o, which);

    if (text != NULL) {
        *text = value;
        return true;
    }
    if (number != NULL) {
        return ym_parse_u32(value, strlen(value), number);
    }
    if (flag != NULL) {
        *flag = true;
        return true;
    }
    if (which == O_EPOCH) {
        return ym_parse_u64(value, strlen(value), &o->epoch);
    }
    if (which == O_PROXY && o->n_proxies < YM_FLEET_SCANS_MAX) {
        o->proxies[o->n_proxies++] = value;
        return true;
    }
    if (which == O_SCAN && o->n_scans < YM_FLEET_SCANS_MAX) {
        o->scans[o->n_scans++] = value;
        return true;
    }
    return false;
}

static int parse(int argc, char **argv, struct ym_fleet_options *o) {
    int which;

    *o = (struct ym_fleet_options){.ring = 1,
                                   .hours = 24,
                                   .rings = 3,
                                   .per_address = 256,
                                   .threshold = 100,
                                   .pause = UINT32_MAX,
                                   .poll = UINT32_MAX,
                                   .report = UINT32_MAX,
                                   .scan = UINT32_MAX,
                                   .rules = ym_ring_rules_default()};
    optind = 0;
    opterr = 0;
    while ((which = getopt_long(argc, argv, "h", longs, NULL)) != -1) { /* NOLINT */
        if (which == '?') {
            return ym_cli_usage_error("fleet", "an option is not known, or lacks its value");
        }
        if (!set(o, which, optarg)) {
            return ym_cli_usage_error("fleet", "%s is not a number, or too much", optarg);
        }
    }
    o->words = argv + optind;
    o->n_words = argc - optind;
    return 0;
}

/* --- the server's side --- */

static const char by[] = "local"; /* who may write the state may do everything */

static void tell_port(void *user, uint16_t port) {
    const struct ym_fleet_options *o = user;
    const char *colon = strrchr(o->listen, ':');

    (void)printf("listening on %.*s:%u\n", (int)(colon - o->listen), o->listen, port);
    (void)fflush(stdout);
}

static void tell(void *user, const char *text) {
    (void)user;
    ym_cli_warn("%s", text);
}

static ym_status serve(const struct ym_fleet_options *o, struct ym_err *err) {
    char pages[4096];
    struct ym_fleet_options copy = *o;
    const struct ym_server_options server = {.state = o->state,
                                             .store = o->store,
                                             .listen = o->listen,
                                             .cert = o->cert,
                                             .key = o->key,
                                             .plain = o->plain,
                                             .geo = o->geo,
                                             .proxies = o->proxies,
                                             .n_proxies = o->n_proxies,
                                             .pages = ym_fleet_pages(pages),
                                             .threshold = o->threshold,
                                             .per_address = o->per_address,
                                             .ready = tell_port,
                                             .say = tell,
                                             .user = &copy};

    if (o->n_proxies > 0 && o->geo == NULL) {
        return ym_fail(err, YM_MALFORMED, "", YM_ERR_NO_OFFSET,
                       "--trusted-proxy is for --geo, which is missing");
    }
    if (o->listen == NULL) {
        return ym_fail(err, YM_MALFORMED, "", YM_ERR_NO_OFFSET, "serve needs --listen ADDR:PORT");
    }
    if (o->store != NULL) {
        ym_cli_warn_secret(o->store);
    }
    return ym_fleet_serve(&server, err);
}

static ym_status token(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                       struct ym_err *err) {
    char text[YM_FLEET_TOKEN_TEXT_SIZE];

    YM_TRY(ym_fleet_token_new(s, by, o->ring, o->hours, o->label == NULL ? "" : o->label,
                              ym_now_unix(), text, err));
    (void)printf("%s\n", text);
    return YM_OK;
}

static ym_status person(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                        struct ym_err *err) {
    enum ym_role role = YM_ROLE_NONE;
    char secret[65];

    if (o->n_words == 2 && strcmp(o->words[0], "remove") == 0) {
        return ym_fleet_person_remove(s, by, o->words[1], err);
    }
    if (o->n_words != 3 || strcmp(o->words[0], "add") != 0 || !ym_role_find(o->words[2], &role)) {
        return ym_fail(err, YM_MALFORMED, "", YM_ERR_NO_OFFSET,
                       "say: add NAME reader|operator|admin, or: remove NAME");
    }
    YM_TRY(ym_fleet_person_add(s, by, o->words[1], role, secret, err));
    (void)printf("%s\n", secret);
    return YM_OK;
}

static ym_status policy(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                        struct ym_err *err) {
    struct ym_fleet_status now;
    struct ym_intervals v;

    YM_TRY(ym_fleet_status_get(s, ym_now_unix(), &now, err));
    v = now.intervals;
    v.poll_every = o->poll == UINT32_MAX ? v.poll_every : o->poll;
    v.report_every = o->report == UINT32_MAX ? v.report_every : o->report;
    v.scan_every = o->scan == UINT32_MAX ? v.scan_every : o->scan;
    return ym_fleet_policy_set(s, by, &v, ym_now_unix(), err);
}

/* The epoch that the image was built with: the one that records of its scans have. */
static ym_status image_epoch(const char *image, uint64_t *ret_epoch, struct ym_err *err) {
    struct ym_db_info info;
    struct ym_db *db = NULL;
    int fd = -1;
    ym_status st;

    YM_TRY(ym_file_open(AT_FDCWD, image, true, image, &fd, err));
    st = ym_db_open_fd(fd, image, &db, err);
    (void)close(fd);
    YM_TRY(st);
    ym_db_get_info(db, &info);
    ym_db_close(db);
    *ret_epoch = info.epoch;
    return YM_OK;
}

static ym_status rollout(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                         struct ym_err *err) {
    uint64_t epoch = o->epoch;

    if (o->stop || o->resume) {
        return ym_fleet_rollout_stop(s, by, o->resume, ym_now_unix(), err);
    }
    if (o->image == NULL) {
        return ym_fail(err, YM_MALFORMED, "", YM_ERR_NO_OFFSET,
                       "rollout needs --image, or --stop, or --resume");
    }
    if (epoch == 0) {
        YM_TRY(image_epoch(o->image, &epoch, err));
    }
    return ym_fleet_rollout_start(s, by, o->image, epoch, o->rings, &o->rules, ym_now_unix(), err);
}

static ym_status print_buf(struct ym_buf *b, ym_status st) {
    if (st == YM_OK && b->len > 0) {
        (void)fwrite(b->data, 1, b->len, stdout);
    }
    ym_buf_done(b);
    return st;
}

static ym_status status(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                        struct ym_err *err) {
    struct ym_fleet_status now;
    struct ym_buf out;

    (void)o;
    YM_TRY(ym_fleet_status_get(s, ym_now_unix(), &now, err));
    ym_buf_init(&out, 64 << 10);
    ym_fleet_status_json(&now, &out);
    return print_buf(&out, ym_buf_status(&out));
}

static ym_status audit(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                       struct ym_err *err) {
    struct ym_buf out;

    (void)o;
    ym_buf_init(&out, 4 << 20);
    return print_buf(&out, ym_fleet_audit(s, 1000, &out, err));
}

/* Pages of the list, until one is empty. */
static ym_status list_machines(struct ym_fleet_state *s, struct ym_err *err) {
    uint8_t after[YM_FLEET_ID_SIZE];
    bool first = true;
    ym_status st = YM_OK;
    struct ym_buf out;

    for (size_t n = 1; st == YM_OK && n > 0; first = false) {
        const char *last;

        ym_buf_init(&out, 1 << 20);
        st = ym_fleet_machines_list(s, first ? NULL : after, UINT32_MAX, &out, err);
        n = out.len;
        last = n < 2 ? NULL : memrchr(out.data, '\n', n - 1);
        last = n < 2 ? NULL : last == NULL ? (const char *)out.data : last + 1;
        if (last != NULL && !ym_hex_decode(last + strlen("{\"id\":\""), sizeof(after), after)) {
            st = ym_fail(err, YM_MALFORMED, "", YM_ERR_NO_OFFSET, "the list breaks off");
        }
        st = print_buf(&out, st);
    }
    return st;
}

static ym_status machine(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                         struct ym_err *err) {
    static const char how[] =
        "say: list, remove ID, label ID TEXT, or ring ID N; an ID has 32 hex digits";
    uint8_t id[YM_FLEET_ID_SIZE];
    uint32_t ring = 0;

    if (o->n_words == 1 && strcmp(o->words[0], "list") == 0) {
        return list_machines(s, err);
    }
    if (o->n_words < 2 || strlen(o->words[1]) != 2 * sizeof(id) ||
        !ym_hex_decode(o->words[1], sizeof(id), id)) {
        return ym_fail(err, YM_MALFORMED, "", YM_ERR_NO_OFFSET, "%s", how);
    }
    if (o->n_words == 2 && strcmp(o->words[0], "remove") == 0) {
        return ym_fleet_machine_remove(s, by, id, ym_now_unix(), err);
    }
    if (o->n_words == 3 && strcmp(o->words[0], "label") == 0) {
        return ym_fleet_machine_label(s, by, id, o->words[2], ym_now_unix(), err);
    }
    if (o->n_words == 3 && strcmp(o->words[0], "ring") == 0 &&
        ym_parse_u32(o->words[2], strlen(o->words[2]), &ring)) {
        return ym_fleet_machine_ring(s, by, id, ring, ym_now_unix(), err);
    }
    return ym_fail(err, YM_MALFORMED, "", YM_ERR_NO_OFFSET, "%s", how);
}

/* --- sticks --- */

struct tally {
    uint64_t reports, again, added, known, refused;
    struct ym_fleet_state *state;
    struct ym_buf receipts;
};

static void take_report(struct ym_intake *in, const uint8_t *p, size_t n, struct tally *t) {
    struct ym_job job = {.bytes = ym_malloc(n), .n = n};

    if (job.bytes == NULL) {
        t->refused++;
        return;
    }
    memcpy(job.bytes, p, n);
    ym_intake_take(in, &job, ym_now_unix());
    if (job.refusal != YM_REFUSAL_NONE) {
        ym_cli_warn("report %llu of the file: %s",
                    (unsigned long long)t->reports + t->again + t->refused + 1,
                    ym_refusal_text(job.refusal));
        t->refused++;
    } else {
        t->reports += !job.again;
        t->again += job.again;
        t->added += job.added;
        t->known += job.known;
        ym_fleet_receipt(t->state, &job.report, job.hash, ym_now_unix(), &t->receipts);
    }
}

static ym_status import_bytes(struct ym_intake *in, const char *name, const struct ym_buf *b,
                              struct tally *t, struct ym_err *err) {
    struct ym_report report;
    size_t used = 0;

    for (size_t at = 0; at < b->len; at += used) {
        enum ym_refusal bad = ym_report_parse(b->data + at, b->len - at, false, &report, &used);

        if (bad != YM_REFUSAL_NONE) {
            return ym_fail_at(err, YM_MALFORMED, "", name, 0, 0, "after %zu bytes: %s", at,
                              ym_refusal_text(bad));
        }
        take_report(in, b->data + at, used, t);
    }
    (void)printf("%s: %llu reports, %llu again, %llu refused; %llu records new, %llu known\n", name,
                 (unsigned long long)t->reports, (unsigned long long)t->again,
                 (unsigned long long)t->refused, (unsigned long long)t->added,
                 (unsigned long long)t->known);
    return t->refused == 0 ? YM_OK
                           : ym_fail_at(err, YM_MALFORMED, "", name, 0, 0, "not all was taken");
}

static ym_status import_file(struct ym_intake *in, const char *name, struct tally *t,
                             struct ym_err *err) {
    struct ym_buf b;
    int fd = -1;
    ym_status st;

    YM_TRY(ym_file_open(AT_FDCWD, name, true, name, &fd, err));
    ym_buf_init(&b, 1 << 30);
    st = ym_file_read_all(fd, name, &b, err);
    st = st == YM_OK ? import_bytes(in, name, &b, t, err) : st;
    ym_buf_done(&b);
    (void)close(fd);
    return st;
}

/* Receipts are written for what was taken, also when something else was not. */
static ym_status import(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                        struct ym_err *err) {
    struct tally total = {.state = s};
    const struct ym_intake_options options = {.store = o->store, .say = tell};
    struct ym_intake *in = NULL;
    ym_status st = ym_intake_open(s, &options, &in, err);

    ym_buf_init(&total.receipts, 64 << 20);
    for (int i = 0; st == YM_OK && i < o->n_words; i++) {
        struct tally t = {.state = s, .receipts = total.receipts};

        st = import_file(in, o->words[i], &t, err);
        total.receipts = t.receipts;
    }
    ym_intake_close(in);
    if (o->receipts != NULL && ym_buf_status(&total.receipts) == YM_OK) {
        struct ym_err second = {0};
        ym_status wrote = ym_file_replace(o->receipts, 0644, total.receipts.data,
                                          total.receipts.len, st == YM_OK ? err : &second);

        st = st == YM_OK ? wrote : st;
    }
    ym_buf_done(&total.receipts);
    return st;
}

static ym_status copy_image(struct ym_fleet_state *s, const struct ym_policy *p, const char *folder,
                            struct ym_err *err) {
    char hex[2 * YM_FLEET_HASH_SIZE + 1];
    char path[5000];
    struct ym_buf b;
    int fd = -1;
    ym_status st;

    ym_hex_encode(p->sha256, sizeof(p->sha256), hex);
    (void)snprintf(path, sizeof(path), "%s/images/%s", ym_fleet_state_dir(s), hex);
    YM_TRY(ym_file_open(AT_FDCWD, path, false, path, &fd, err));
    ym_buf_init(&b, YM_FLEET_IMAGE_MAX);
    st = ym_file_read_all(fd, path, &b, err);
    (void)close(fd);
    (void)snprintf(path, sizeof(path), "%s/image.ydb", folder);
    st = st == YM_OK ? ym_file_replace(path, 0644, b.data, b.len, err) : st;
    ym_buf_done(&b);
    return st;
}

/* The image first: a folder with a policy is whole. */
static ym_status bundle(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                        struct ym_err *err) {
    const char *folder = o->n_words == 1 ? o->words[0] : "";
    struct ym_policy p;
    struct ym_buf b;
    char path[5000];
    ym_status st;

    if (folder[0] == '\0' || (mkdir(folder, 0755) != 0 && errno != EEXIST)) {
        return ym_fail(err, YM_IO, "", YM_ERR_NO_OFFSET, "bundle needs a folder to write into");
    }
    ym_buf_init(&b, YM_POLICY_SIZE);
    st = ym_fleet_policy_of(s, o->ring, ym_now_unix(), &b, err);
    if (st == YM_OK &&
        ym_policy_read(b.data, b.len, ym_fleet_operator_public(s), &p) != YM_REFUSAL_NONE) {
        st = ym_fail(err, YM_LIMIT, "", YM_ERR_NO_OFFSET, "there is no ring %u", o->ring);
    }
    st = st == YM_OK && p.epoch > 0 ? copy_image(s, &p, folder, err) : st;
    (void)snprintf(path, sizeof(path), "%s/policy", folder);
    st = st == YM_OK ? ym_file_replace(path, 0644, b.data, b.len, err) : st;
    ym_buf_done(&b);
    return st;
}

/* --- the table --- */

struct verb {
    const char *name;
    ym_status (*with_state)(struct ym_fleet_state *s, const struct ym_fleet_options *o,
                            struct ym_err *err);
    ym_status (*alone)(const struct ym_fleet_options *o, struct ym_err *err);
    int (*agent)(const struct ym_fleet_options *o);
    int words; /* it takes at least and (unless many) at most */
    bool many;
};

static const struct verb verbs[] = {
    {"serve", NULL, serve, NULL, 0, false},
    {"token", token, NULL, NULL, 0, false},
    {"person", person, NULL, NULL, 2, true},
    {"policy", policy, NULL, NULL, 0, false},
    {"rollout", rollout, NULL, NULL, 0, false},
    {"machine", machine, NULL, NULL, 1, true},
    {"alert", ym_fleet_alert_command, NULL, NULL, 1, true},
    {"status", status, NULL, NULL, 0, false},
    {"audit", audit, NULL, NULL, 0, false},
    {"import", import, NULL, NULL, 1, true},
    {"bundle", bundle, NULL, NULL, 1, false},
    {"enroll", NULL, NULL, ym_fleet_enroll_command, 0, false},
    {"agent", NULL, NULL, ym_fleet_agent_command, 0, false},
};

static int run(const struct verb *v, const struct ym_fleet_options *o) {
    struct ym_fleet_state *state = NULL;
    struct ym_err err = {0};
    ym_status st;

    if (v->agent != NULL) {
        return v->agent(o);
    }
    if (v->alone != NULL) {
        st = v->alone(o, &err);
    } else {
        st = ym_fleet_state_open(o->state, &state, &err);
        st = st == YM_OK ? v->with_state(state, o, &err) : st;
        ym_fleet_state_close(state);
    }
    if (st != YM_OK) {
        (void)fflush(stdout);
        return ym_cli_error(&err);
    }
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}

static int print_help(void) {
    (void)fputs(help, stdout);
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}

int ym_cmd_fleet(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    const struct verb *v = NULL;
    struct ym_fleet_options o;
    int bad;

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        v = strcmp(verbs[i].name, name) == 0 ? &verbs[i] : v;
    }
    if (v == NULL) {
        return strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0
                   ? print_help()
                   : ym_cli_usage_error(
                         "fleet", "say serve, token, person, machine, alert, policy, rollout, "
                                  "status, audit, import, bundle, enroll or agent");
    }
    bad = parse(argc - 1, argv + 1, &o);
    if (bad != 0) {
        return bad;
    }
    if (o.help) {
        return print_help();
    }
    if (o.state == NULL || o.n_words < v->words || (!v->many && o.n_words > v->words)) {
        return ym_cli_usage_error("fleet", o.state == NULL ? "--state DIR is needed"
                                                           : "too many or too few words");
    }
    return run(v, &o);
}
