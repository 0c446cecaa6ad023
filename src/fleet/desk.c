/* desk.c - one thread for questions that take their time: figures, the report, what findings were.
 *
 * It has connections of its own to the store, which only read, so intake never waits for it; and libmicrohttpd's threads
 * never do either, as the request sleeps meanwhile.  Figures are kept for FIGURES_FRESH
 * seconds; older ones are still given, up to FIGURES_STALE, and made anew afterwards. */
#include "server_int.h"

#include "base/alloc.h"
#include "base/time.h"
#include "os/file.h"
#include "records/store.h"
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODULE "fleet/desk"

enum {
    WAITING_MAX = 64,
    FIGURES_FRESH = 60,
    FIGURES_STALE = 600,
    ANSWER_MAX = 2 << 20,
    HELD_MAX = 48 << 20, /* bytes of answers that are not sent yet */
    TEMPLATE_MAX = 8 << 20,
    DIGEST_SIZE = 80,
    FAMILIES_MAX = 500,
};

struct ym_shared {
    _Atomic unsigned users;
    struct ym_buf buf;
};

struct ym_desk {
    struct ym_fleet_server *server;
    struct ym_store *store;
    struct ym_drill *drill;
    struct ym_shared *figures; /* NULL: none yet */
    int64_t made;
    bool again; /* the figures are old: make them when nobody waits */
    struct ym_buf template;
    char script[DIGEST_SIZE];
    pthread_t thread;
    bool has_thread, stopping;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct ym_request *first, **last;
    size_t waiting;
    _Atomic uint64_t held;
};

/* --- shared answers --- */

void ym_shared_drop(struct ym_shared *shared) {
    if (shared != NULL && atomic_fetch_sub(&shared->users, 1) == 1) {
        ym_buf_done(&shared->buf);
        ym_free(shared);
    }
}

const struct ym_buf *ym_shared_buf(const struct ym_shared *shared) {
    return &shared->buf;
}

/* --- figures --- */

/* Every quarter that has enough, or the present one. */
static ym_status fill_figures(struct ym_desk *d, struct ym_buf *out, struct ym_err *err) {
    struct ym_date today = ym_date_of_unix(ym_now_unix());
    struct ym_period now = ym_quarter_of(today.year * 12 + (int)today.month - 1);
    struct ym_report_options o = {.threshold = d->server->threshold, .title = "", .lang = "en"};
    struct ym_err none = {0};
    ym_status st = ym_report_figures(d->store, &o, out, &none);

    if (st == YM_END) {
        ym_buf_clear(out);
        o.periods = &now;
        o.n_periods = 1;
        st = ym_report_figures(d->store, &o, out, err);
    }
    return st == YM_OK ? ym_buf_status(out) : st;
}

static ym_status make_figures(struct ym_desk *d, struct ym_err *err) {
    struct ym_shared *made = ym_zalloc(1, sizeof(*made));
    ym_status st = YM_NOMEM;

    if (made != NULL) {
        made->users = 1;
        ym_buf_init(&made->buf, YM_REPORT_JSON_MAX);
        st = ym_store_refresh(d->store, err);
        st = st == YM_OK ? fill_figures(d, &made->buf, err) : st;
    }
    if (st != YM_OK) {
        ym_shared_drop(made);
        return st;
    }
    ym_shared_drop(d->figures);
    d->figures = made;
    d->made = ym_now_unix();
    d->again = false;
    return YM_OK;
}

/* NONE: d->figures is good enough. */
static enum ym_refusal have_figures(struct ym_desk *d) {
    struct ym_err ignored = {0}; /* counted as the store's failure */
    int64_t age = ym_now_unix() - d->made;

    if (d->figures == NULL || age > FIGURES_STALE) {
        return make_figures(d, &ignored) == YM_OK ? YM_REFUSAL_NONE : YM_REFUSAL_STORAGE;
    }
    d->again = d->again || age > FIGURES_FRESH;
    return YM_REFUSAL_NONE;
}

void ym_desk_figures(struct ym_desk *desk, struct ym_request *r) {
    r->failed = have_figures(desk);
    if (r->failed == YM_REFUSAL_NONE) {
        atomic_fetch_add(&desk->figures->users, 1);
        r->shared = desk->figures;
    }
}

void ym_desk_report(struct ym_desk *desk, struct ym_request *r) {
    struct ym_report_options o = {.title = "", .lang = r->lang};
    struct ym_err ignored = {0};

    r->failed = desk->template.len == 0 ? YM_REFUSAL_NOT_FOUND : have_figures(desk);
    if (r->failed == YM_REFUSAL_NONE) {
        ym_buf_init(&r->out, YM_REPORT_PAGE_MAX);
        if (ym_report_page((const char *)desk->template.data, desk->template.len,
                           &desk->figures->buf, &o, &r->out, &ignored) != YM_OK) {
            r->failed = YM_REFUSAL_STORAGE;
        }
    }
}

/* --- what findings were --- */

static enum ym_refusal word_of(ym_status st) {
    return st == YM_OK            ? YM_REFUSAL_NONE
           : st == YM_LIMIT       ? YM_REFUSAL_TOO_MUCH
           : st == YM_NOMEM       ? YM_REFUSAL_BUSY
           : st == YM_UNSUPPORTED ? YM_REFUSAL_NOT_FOUND /* of another store: drill.h */
                                  : YM_REFUSAL_STORAGE;
}

void ym_desk_groups(struct ym_desk *desk, struct ym_request *r) {
    struct ym_err ignored = {0};

    ym_buf_init(&r->out, ANSWER_MAX);
    r->failed = word_of(ym_drill_groups(desk->drill, &r->filter, &r->out, &ignored));
}

void ym_desk_findings(struct ym_desk *desk, struct ym_request *r) {
    struct ym_err ignored = {0};

    ym_buf_init(&r->out, ANSWER_MAX);
    r->failed = word_of(ym_drill_findings(desk->drill, &r->filter, &r->out, &ignored));
}

/* Families of a country by the sums that are kept: computers of each month, added. */
struct family {
    char name[YM_DRILL_TEXT_MAX], category[32];
    uint64_t computers, cleaned, encountered;
};
struct families {
    struct family rows[FAMILIES_MAX];
    size_t n;
    const char *country;
    uint64_t more;
};

static ym_status on_family(void *user, const struct ym_sums_row *row, struct ym_err *err) {
    struct families *f = user;
    struct family *last = f->n > 0 ? &f->rows[f->n - 1] : NULL;

    (void)err;
    /* country, family, category, in their order; rows of one key follow each other */
    if (row->n_keys != 3 || strcmp(row->key[0], f->country) != 0) {
        return YM_OK;
    }
    if (last == NULL || strcmp(last->name, row->key[1]) != 0 ||
        strcmp(last->category, row->key[2]) != 0) {
        if (f->n == FAMILIES_MAX) {
            f->more++;
            return YM_OK;
        }
        last = &f->rows[f->n++];
        (void)snprintf(last->name, sizeof(last->name), "%s", row->key[1]);
        (void)snprintf(last->category, sizeof(last->category), "%s", row->key[2]);
    }
    last->computers += row->count[YM_THREAT_N_COMPUTERS];
    last->cleaned += row->count[YM_THREAT_N_CLEANED];
    last->encountered += row->count[YM_THREAT_N_ENCOUNTERED];
    return YM_OK;
}

static void put_families(const struct families *f, uint32_t min, struct ym_buf *out) {
    uint64_t hidden = 0;
    size_t shown = 0;

    ym_buf_add_text(out, "{\"cells\":[");
    for (size_t i = 0; i < f->n; i++) {
        const struct family *r = &f->rows[i];

        if (r->computers < min) {
            hidden++;
            continue;
        }
        ym_buf_add_text(out, shown++ == 0 ? "{\"key\":[" : ",{\"key\":[");
        ym_buf_json_string(out, r->name, strlen(r->name));
        ym_buf_u8(out, ',');
        ym_buf_json_string(out, r->category, strlen(r->category));
        ym_buf_printf(
            out, "],\"computers\":%" PRIu64 ",\"cleaned\":%" PRIu64 ",\"encountered\":%" PRIu64 "}",
            r->computers, r->cleaned, r->encountered);
    }
    ym_buf_printf(out, "],\"hidden\":{\"cells\":%" PRIu64 ",\"n\":%s},\"more\":%" PRIu64 "}",
                  hidden, min > 1 ? "null" : "0", f->more);
}

void ym_desk_country(struct ym_desk *desk, struct ym_request *r) {
    struct ym_date from = ym_date_of_unix(r->filter.from);
    struct ym_date last = ym_date_of_unix(r->filter.to - 1);
    struct ym_sums_query q = {.kind = YM_SUMS_THREAT,
                              .margin = YM_THREAT_COUNTRY | YM_THREAT_FAMILY | YM_THREAT_CATEGORY,
                              .first = from.year * 12 + (int)from.month - 1,
                              .last = last.year * 12 + (int)last.month - 1};
    struct families *f = ym_zalloc(1, sizeof(*f));
    struct ym_err ignored = {0};

    if (f == NULL) {
        r->failed = YM_REFUSAL_BUSY;
        return;
    }
    f->country = r->filter.country;
    r->failed = word_of(ym_store_sums(desk->store, &q, on_family, f, &ignored));
    ym_buf_init(&r->out, ANSWER_MAX);
    put_families(f, r->filter.min, &r->out);
    ym_free(f);
}

/* --- the thread --- */

static void finish(struct ym_request *r, enum ym_refusal failed) {
    r->failed = r->failed == YM_REFUSAL_NONE ? failed : r->failed;
    if (r->failed == YM_REFUSAL_STORAGE) {
        ym_intake_refused(r->server->intake, r->failed);
    }
    r->answered = true;
    r->server->mhd.resume_connection(r->connection);
}

static void work(struct ym_desk *d, struct ym_request *r) {
    enum ym_refusal failed = YM_REFUSAL_NONE;

    if (d->held > HELD_MAX) {
        failed = YM_REFUSAL_BUSY;
    } else {
        r->work(d, r);
        if (ym_buf_status(&r->out) != YM_OK) {
            failed = YM_REFUSAL_BUSY;
        }
        atomic_fetch_add(&d->held, r->out.len);
        r->holds = r->out.len;
    }
    finish(r, failed);
}

static struct ym_request *take(struct ym_desk *d) {
    struct ym_request *r = d->first;

    d->first = r->desk_next;
    if (d->first == NULL) {
        d->last = &d->first;
    }
    d->waiting--;
    return r;
}

static void *clerk(void *self) {
    struct ym_desk *d = self;

    (void)pthread_mutex_lock(&d->lock);
    while (!d->stopping || d->first != NULL) {
        struct ym_err ignored = {0};

        if (d->first != NULL) {
            struct ym_request *r = take(d);
            bool stopping = d->stopping;

            (void)pthread_mutex_unlock(&d->lock);
            if (stopping) {
                finish(r, YM_REFUSAL_BUSY);
            } else {
                work(d, r);
            }
        } else if (d->again) {
            (void)pthread_mutex_unlock(&d->lock);
            d->again = make_figures(d, &ignored) == YM_OK && d->again;
        } else {
            (void)pthread_cond_wait(&d->changed, &d->lock);
            continue;
        }
        (void)pthread_mutex_lock(&d->lock);
    }
    (void)pthread_mutex_unlock(&d->lock);
    return NULL;
}

enum MHD_Result ym_desk_put(struct ym_desk *desk, struct ym_request *r,
                            void (*work_of)(struct ym_desk *desk, struct ym_request *r)) {
    bool room;

    r->work = work_of;
    ym_buf_init(&r->out, 0);
    (void)pthread_mutex_lock(&desk->lock);
    room = !desk->stopping && desk->waiting < WAITING_MAX;
    if (room) {
        r->asleep = true;
        r->desk_next = NULL;
        r->server->mhd.suspend_connection(r->connection); /* before the clerk can resume it */
        *desk->last = r;
        desk->last = &r->desk_next;
        desk->waiting++;
        (void)pthread_cond_signal(&desk->changed);
    }
    (void)pthread_mutex_unlock(&desk->lock);
    return room ? MHD_YES : ym_answer_refusal(r, YM_REFUSAL_BUSY);
}

void ym_desk_forget(struct ym_desk *desk, struct ym_request *r) {
    if (desk != NULL && r->work != NULL) {
        atomic_fetch_sub(&desk->held, r->holds);
        ym_buf_done(&r->out);
        ym_shared_drop(r->shared);
        r->shared = NULL;
    }
}

const char *ym_desk_script(const struct ym_desk *desk) {
    return desk->script;
}

/* --- opening --- */

/* The page's only script without a source: its digest goes into the policy that comes with it. */
static void digest_script(struct ym_desk *d) {
    static const char begin[] = "<script>";
    static const char end[] = "</script>";
    uint8_t hash[crypto_hash_sha256_BYTES];
    const char *page = (const char *)d->template.data;
    const char *from = memmem(page, d->template.len, begin, sizeof(begin) - 1);
    const char *to;

    if (from == NULL) {
        return;
    }
    from += sizeof(begin) - 1;
    to = memmem(from, d->template.len - (size_t)(from - page), end, sizeof(end) - 1);
    if (to != NULL) {
        (void)crypto_hash_sha256(hash, (const uint8_t *)from, (size_t)(to - from));
        (void)sodium_bin2base64(d->script, sizeof(d->script), hash, sizeof(hash),
                                sodium_base64_VARIANT_ORIGINAL);
    }
}

static ym_status read_template(struct ym_desk *d, const char *folder, struct ym_err *err) {
    char path[YM_FLEET_PATH_MAX];
    int fd = -1;
    ym_status st;

    ym_buf_init(&d->template, TEMPLATE_MAX);
    (void)snprintf(path, sizeof(path), "%.3900s/report.html", folder == NULL ? "" : folder);
    if (folder == NULL || access(path, R_OK) != 0) {
        return YM_OK; /* the report's address says that there is none */
    }
    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    st = ym_file_read_all(fd, path, &d->template, err);
    (void)close(fd);
    digest_script(d);
    return st;
}

static ym_status start(struct ym_desk *d, const char *folder, struct ym_err *err) {
    const char *dir = ym_fleet_state_dir(d->server->state);
    int code;

    YM_TRY(ym_store_open(ym_intake_store(d->server->intake), YM_STORE_READ, &d->store, err));
    YM_TRY(ym_drill_open(dir, &d->drill, err));
    YM_TRY(read_template(d, folder, err));
    code = pthread_create(&d->thread, NULL, clerk, d);
    if (code != 0) {
        return ym_fail_errno(err, MODULE, "", code, "cannot start a thread");
    }
    d->has_thread = true;
    return YM_OK;
}

ym_status ym_desk_open(struct ym_fleet_server *s, const char *folder, struct ym_desk **ret_desk,
                       struct ym_err *err) {
    struct ym_desk *d = ym_zalloc(1, sizeof(*d));
    ym_status st;

    if (d == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the console");
    }
    d->server = s;
    d->last = &d->first;
    (void)pthread_mutex_init(&d->lock, NULL);
    (void)pthread_cond_init(&d->changed, NULL);
    st = start(d, folder, err);
    if (st != YM_OK) {
        ym_desk_close(d);
        return st;
    }
    *ret_desk = d;
    return YM_OK;
}

void ym_desk_stop(struct ym_desk *desk) {
    (void)pthread_mutex_lock(&desk->lock);
    desk->stopping = true;
    if (desk->store != NULL) {
        ym_store_stop(desk->store);
    }
    (void)pthread_cond_broadcast(&desk->changed);
    (void)pthread_mutex_unlock(&desk->lock);
    if (desk->has_thread) {
        (void)pthread_join(desk->thread, NULL);
        desk->has_thread = false;
    }
}

void ym_desk_close(struct ym_desk *desk) {
    if (desk == NULL) {
        return;
    }
    ym_desk_stop(desk);
    ym_drill_close(desk->drill);
    ym_store_close(desk->store);
    ym_shared_drop(desk->figures);
    ym_buf_done(&desk->template);
    (void)pthread_cond_destroy(&desk->changed);
    (void)pthread_mutex_destroy(&desk->lock);
    ym_free(desk);
}
