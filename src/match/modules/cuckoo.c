/* modules/cuckoo.c - YARA's module cuckoo; see module.h.
 *
 * The user gives the report of a Cuckoo sandbox (JSON) with --module-data.  It may be long, and the
 * program that it is about wrote much of it: it is read once from its start to its end, and only
 * the lists that functions ask about are kept.
 *
 *     network.domains  [{domain, ip}]              network.hosts  [text]
 *     network.dns      [{hostname, ip}]            network.tcp, network.udp  [{dst, dport}]
 *     network.http     [{uri, method, user-agent}]
 *     behavior.summary.{keys, files, mutexes}  [text]
 *
 * As in libyara: of two members with one name the later counts; network.dns is asked only when
 * there is no network.domains; a domain needs its ip, a request its method; texts end at their
 * first NUL; ports are cut to 32 bits; without a report every function returns 0.  A report that is
 * not JSON leaves all of them undefined. */
#include "module.h"

#include "base/modules/cuckoo.h"
#include "formats/json.h"

#include <string.h>

extern const struct ym_module_code ym_module_cuckoo_code;

enum { TEXTS = 3 };
enum list_id { DOMAINS, DNS, HTTP, HOSTS, TCP, UDP, KEYS, FILES, MUTEXES, LISTS };

struct item {
    struct ym_str texts[TEXTS]; /* in the order of the shape; s NULL: not there, or no text */
    bool has_port;
    int32_t port;
    struct item *next;
};

struct report {
    struct item *first[LISTS];
    struct item *last[LISTS];
    bool has_domains;
};

/* The lists of one object of the report. */
struct shape {
    enum list_id list;
    const char *key;
    const char *members[TEXTS]; /* none: its elements are texts */
    const char *port;
};

static const struct shape network_shapes[] = {
    {DOMAINS, "domains", {"domain", "ip", NULL}, NULL},
    {DNS, "dns", {"hostname", "ip", NULL}, NULL},
    {HTTP, "http", {"uri", "method", "user-agent"}, NULL},
    {HOSTS, "hosts", {NULL, NULL, NULL}, NULL},
    {TCP, "tcp", {"dst", NULL, NULL}, "dport"},
    {UDP, "udp", {"dst", NULL, NULL}, "dport"},
};
static const struct shape summary_shapes[] = {
    {KEYS, "keys", {NULL, NULL, NULL}, NULL},
    {FILES, "files", {NULL, NULL, NULL}, NULL},
    {MUTEXES, "mutexes", {NULL, NULL, NULL}, NULL},
};

/* ---- Reading --------------------------------------------------------------------------------- */

static struct ym_str text_at(struct ym_json *j) {
    struct ym_str t = ym_json_text(j);

    t.n = t.s == NULL ? 0 : strnlen(t.s, t.n);
    return t;
}

/* The value of a member: of every text and the port the last one counts. */
static void read_member(struct ym_json *j, const struct shape *shape, unsigned which, bool is_port,
                        struct item *item) {
    ym_json_event e = ym_json_next(j);

    if (is_port) {
        item->has_port = e == YM_JSON_INT;
        item->port = (int32_t)(uint32_t)(uint64_t)j->integer;
    } else if (which < TEXTS && shape->members[which] != NULL) {
        item->texts[which] = e == YM_JSON_TEXT ? text_at(j) : (struct ym_str){NULL, 0};
    }
    ym_json_skip(j);
}

static void read_object(struct ym_json *j, const struct shape *shape, struct item *item) {
    while (ym_json_next(j) == YM_JSON_KEY) {
        bool is_port = shape->port != NULL && ym_json_is(j, shape->port);
        unsigned which = 0;

        while (which < TEXTS &&
               (shape->members[which] == NULL || !ym_json_is(j, shape->members[which]))) {
            which++;
        }
        read_member(j, shape, which, is_port, item);
    }
}

static void add(struct ym_mod_scan *s, struct report *report, enum list_id list,
                const struct item *item) {
    struct item *copy = ym_arena_memdup(s->arena, item, sizeof(*item));

    if (copy == NULL) {
        return;
    }
    if (report->last[list] != NULL) {
        report->last[list]->next = copy;
    } else {
        report->first[list] = copy;
    }
    report->last[list] = copy;
}

static void read_list(struct ym_mod_scan *s, struct ym_json *j, const struct shape *shape,
                      struct report *report) {
    ym_json_event e;

    report->first[shape->list] = report->last[shape->list] = NULL;
    if (ym_json_next(j) != YM_JSON_ARRAY) {
        ym_json_skip(j);
        return;
    }
    while ((e = ym_json_next(j)) != YM_JSON_END) {
        struct item item = {.has_port = false};

        if (shape->members[0] == NULL && e == YM_JSON_TEXT) {
            item.texts[0] = text_at(j);
        } else if (shape->members[0] != NULL && e == YM_JSON_OBJECT) {
            read_object(j, shape, &item);
        } else {
            ym_json_skip(j);
        }
        if (item.texts[0].s != NULL || item.texts[2].s != NULL) {
            add(s, report, shape->list, &item);
        }
    }
}

/* What an earlier object of this name held is forgotten. */
static void forget(struct report *report, const struct shape *shapes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        report->first[shapes[i].list] = report->last[shapes[i].list] = NULL;
    }
}

/* The value at the cursor: an object with these lists in it, or anything else. */
static void read_lists(struct ym_mod_scan *s, struct ym_json *j, const struct shape *shapes,
                       size_t n, struct report *report) {
    forget(report, shapes, n);
    if (ym_json_next(j) != YM_JSON_OBJECT) {
        ym_json_skip(j);
        return;
    }
    while (ym_json_next(j) == YM_JSON_KEY) {
        size_t i = 0;

        while (i < n && !ym_json_is(j, shapes[i].key)) {
            i++;
        }
        if (i < n) {
            report->has_domains = report->has_domains || shapes[i].list == DOMAINS;
            read_list(s, j, &shapes[i], report);
        } else {
            (void)ym_json_next(j);
            ym_json_skip(j);
        }
    }
}

static void read_behavior(struct ym_mod_scan *s, struct ym_json *j, struct report *report) {
    forget(report, summary_shapes, YM_MOD_N(summary_shapes));
    if (ym_json_next(j) != YM_JSON_OBJECT) {
        ym_json_skip(j);
        return;
    }
    while (ym_json_next(j) == YM_JSON_KEY) {
        if (ym_json_is(j, "summary")) {
            read_lists(s, j, summary_shapes, YM_MOD_N(summary_shapes), report);
        } else {
            (void)ym_json_next(j);
            ym_json_skip(j);
        }
    }
}

/* false: not JSON, or no object or array. */
static bool read_report(struct ym_mod_scan *s, struct report *report) {
    struct ym_json j;
    ym_json_event e;

    ym_json_init(&j, s->extra.s, s->extra.n, s->arena);
    e = ym_json_next(&j);
    while (e == YM_JSON_OBJECT && ym_json_next(&j) == YM_JSON_KEY) {
        if (ym_json_is(&j, "network")) {
            report->has_domains = false;
            read_lists(s, &j, network_shapes, YM_MOD_N(network_shapes), report);
        } else if (ym_json_is(&j, "behavior")) {
            read_behavior(s, &j, report);
        } else {
            (void)ym_json_next(&j);
            ym_json_skip(&j);
        }
    }
    return ym_json_finish(&j, NULL) == YM_OK && (e == YM_JSON_OBJECT || e == YM_JSON_ARRAY);
}

static void load(struct ym_mod_scan *s, struct ym_mod_object *root) {
    struct report *report = YM_ARENA_NEW(s->arena, struct report);

    if (report != NULL && s->extra.n > 0) {
        if (!ym_mod_spend(s, s->extra.n)) {
            report = NULL;
        } else if (!read_report(s, report)) {
            s->extra_is_bad = true;
            report = NULL;
        }
    }
    for (uint32_t i = CUCKOO_network; i <= CUCKOO_sync; i++) {
        struct ym_mod_object *o = ym_mod_make(s, root, i);

        if (o != NULL) {
            o->own = report;
        }
    }
}

/* ---- Asking ---------------------------------------------------------------------------------- */

struct question {
    enum list_id list;
    unsigned which;   /* the text that the expression must match */
    unsigned needs;   /* another that must be there */
    unsigned methods; /* of requests: bits of enum method; 0: any text */
    bool ask_port;
};

enum method { METHOD_GET = 1, METHOD_POST = 2 };

static bool equal_nocase(struct ym_str t, const char *lower) {
    for (size_t i = 0; i < t.n; i++) {
        if (ym_lower((unsigned char)t.s[i]) != (unsigned char)lower[i]) {
            return false; /* also at the end of lower: no text holds a NUL */
        }
    }
    return lower[t.n] == '\0';
}

static bool fits(struct ym_mod_scan *s, const struct question *q, const struct item *item,
                 const union ym_mod_arg *args) {
    struct ym_str method = item->texts[1];

    if (item->texts[q->which].s == NULL || item->texts[q->needs].s == NULL ||
        (q->ask_port && (!item->has_port || item->port != args[1].i)) ||
        (q->methods != 0 && !((q->methods & METHOD_GET) != 0 && equal_nocase(method, "get")) &&
         !((q->methods & METHOD_POST) != 0 && equal_nocase(method, "post")))) {
        return false;
    }
    return s->regex != NULL && s->regex(s, args[0].text, item->texts[q->which]);
}

static void ask(struct ym_mod_scan *s, const struct ym_mod_object *self, const struct question *q,
                const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct report *report = self->own;

    if (report == NULL) {
        return;
    }
    for (const struct item *i = report->first[q->list]; i != NULL; i = i->next) {
        if (!ym_mod_spend(s, 1 + i->texts[q->which].n)) {
            return;
        }
        if (fits(s, q, i, args)) {
            ym_mod_give_int(ret, 1);
            return;
        }
    }
    ym_mod_give_int(ret, 0);
}

#define FUNCTION(name, ...)                                                                        \
    static void name(struct ym_mod_scan *s, struct ym_mod_object *self,                            \
                     const union ym_mod_arg *args, struct ym_mod_value *ret) {                     \
        static const struct question q = {__VA_ARGS__};                                            \
                                                                                                   \
        ask(s, self, &q, args, ret);                                                               \
    }

FUNCTION(domains, .list = DOMAINS, .needs = 1)
FUNCTION(dns, .list = DNS, .needs = 1)
FUNCTION(http_get, .list = HTTP, .needs = 1, .methods = METHOD_GET)
FUNCTION(http_post, .list = HTTP, .needs = 1, .methods = METHOD_POST)
FUNCTION(http_request, .list = HTTP, .needs = 1, .methods = METHOD_GET | METHOD_POST)
FUNCTION(http_user_agent, .list = HTTP, .which = 2, .needs = 2)
FUNCTION(host, .list = HOSTS)
FUNCTION(tcp, .list = TCP, .ask_port = true)
FUNCTION(udp, .list = UDP, .ask_port = true)
FUNCTION(key_access, .list = KEYS)
FUNCTION(file_access, .list = FILES)
FUNCTION(mutex, .list = MUTEXES)

static void dns_lookup(struct ym_mod_scan *s, struct ym_mod_object *self,
                       const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct report *report = self->own;

    if (report != NULL && report->has_domains) {
        domains(s, self, args, ret);
    } else {
        dns(s, self, args, ret);
    }
}

static ym_mod_function *const functions[] = {
    [CUCKOO_FN_DNS_LOOKUP] = dns_lookup,
    [CUCKOO_FN_HTTP_GET] = http_get,
    [CUCKOO_FN_HTTP_POST] = http_post,
    [CUCKOO_FN_HTTP_REQUEST] = http_request,
    [CUCKOO_FN_HTTP_USER_AGENT] = http_user_agent,
    [CUCKOO_FN_HOST] = host,
    [CUCKOO_FN_TCP] = tcp,
    [CUCKOO_FN_UDP] = udp,
    [CUCKOO_FN_KEY_ACCESS] = key_access,
    [CUCKOO_FN_FILE_ACCESS] = file_access,
    [CUCKOO_FN_MUTEX] = mutex,
};

const struct ym_module_code ym_module_cuckoo_code = {
    .load = load, .functions = functions, .n_functions = YM_MOD_N(functions)};
