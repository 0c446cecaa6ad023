/* blocklist.c - `yamori blocklist`: the names that a worm looks up in a span of days, as name servers
 * read them.  See docs/man/yamori-blocklist.1, and clean/domains.h for where the names come from.
 *
 * Forms, each as its reader documents it:
 *   hosts    hosts(5): an address and a name; that name only
 *   dnsmasq  dnsmasq(8), --address=/name/ without an address: NXDOMAIN for it and all below it
 *   unbound  unbound.conf(5), local-zone always_nxdomain: the same
 *   rpz      draft-vixie-dnsop-dns-rpz, 3.1 and 4.1.1: "CNAME ." is NXDOMAIN; owners are relative to
 *            the zone, whose name the configuration gives; that name only */
#include "cli.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "clean/allow.h"
#include "clean/domains.h"
#include "os/file.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE "cli/blocklist"

enum {
    DAYS_MAX = 3660,     /* of one list: ten years, 1.8 million names */
    CHUNK = 64 << 10,    /* bytes that are written at once */
    CHUNK_ROOM = 1 << 10 /* what one addition needs at most */
};

static const char help[] =
    "usage: yamori blocklist --family Conficker [--variant A|B|all] --from YYYY-MM-DD\n"
    "                        [--to YYYY-MM-DD] [--format list|hosts|rpz|dnsmasq|unbound]\n"
    "                        [--allow FILE] [--serial N] [-o FILE]\n"
    "\n"
    "Lists the domain names that machines with the worm look up on those days, to block them or\n"
    "to look for them in the logs of a name server.\n"
    "\n"
    "  --family F      Conficker; no other family has a list\n"
    "  --variant V     A, B (also Microsoft's C) or all (the default); D has no list\n"
    "  --from DAY      the first day, in UTC, like 2009-03-13\n"
    "  --to DAY        the last day (default: the first); at most 3660 days\n"
    "  --format F      list (the default), hosts, rpz, dnsmasq or unbound\n"
    "  --allow FILE    names to leave out, one a line, # begins a comment; what lies below or\n"
    "                  above one of them is left out, too\n"
    "  --serial N      of the rpz zone (default: the last day and 00, like 2009031300)\n"
    "  -o FILE         where the list goes (default: standard output)\n"
    "\n"
    "Some of these names belong to real sites: give --allow a list of those that you need.\n"
    "\n"
    "Exit status: 0 written, 2 error.\n";

/* --- forms --- */

struct form {
    const char *name;
    const char *comment; /* begins a line that is not read */
    const char *head;
    const char *before; /* the name */
    const char *after;
};

enum { FORM_RPZ = 2 };
static const struct form forms[] = {
    {"list", "# ", "", "", "\n"},
    {"hosts", "# ", "", "0.0.0.0 ", "\n"},
    [FORM_RPZ] = {"rpz", "; ", "", "", " CNAME .\n"},
    {"dnsmasq", "# ", "", "address=/", "/\n"},
    {"unbound", "# ", "server:\n", "    local-zone: \"", ".\" always_nxdomain\n"},
};

/* --- options --- */

struct options {
    const char *family;
    const char *variant;
    const char *from;
    const char *to;
    const char *allow;
    const char *serial_text;
    const char *output; /* NULL: standard output */
    const struct form *form;
    bool help;
};

/* The same, understood. */
struct request {
    bool wanted[YM_DOMAINS_VARIANTS];
    int32_t first, last; /* days */
    uint32_t serial;
};

static int set_form(struct options *o, const char *value) {
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(value, forms[i].name) == 0) {
            o->form = &forms[i];
            return 0;
        }
    }
    return ym_cli_usage_error(
        "blocklist", "--format %.60s: it must be list, hosts, rpz, dnsmasq or unbound", value);
}

static int set_option(struct options *o, int which, const char *value) {
    switch (which) {
    case 'F':
        o->family = value;
        return 0;
    case 'v':
        o->variant = value;
        return 0;
    case 'f':
        o->from = value;
        return 0;
    case 't':
        o->to = value;
        return 0;
    case 'm':
        return set_form(o, value);
    case 'a':
        o->allow = value;
        return 0;
    case 's':
        o->serial_text = value;
        return 0;
    case 'o':
        o->output = strcmp(value, "-") == 0 ? NULL : value;
        return 0;
    case 'h':
        o->help = true;
        return 0;
    default:
        return ym_cli_usage_error("blocklist", "an option is not known, or lacks its value");
    }
}

static int parse(int argc, char **argv, struct options *o) {
    static const struct option longs[] = {
        {"family", required_argument, NULL, 'F'}, {"variant", required_argument, NULL, 'v'},
        {"from", required_argument, NULL, 'f'},   {"to", required_argument, NULL, 't'},
        {"format", required_argument, NULL, 'm'}, {"allow", required_argument, NULL, 'a'},
        {"serial", required_argument, NULL, 's'}, {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int which;

    optind = 0; /* a fresh start, whoever used getopt before */
    opterr = 0;
    while ((which = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) { /* NOLINT */
        int bad = set_option(o, which, optarg);

        if (bad != 0) {
            return bad;
        }
    }
    if (o->help) {
        return 0;
    }
    if (optind < argc) {
        return ym_cli_usage_error("blocklist", "%.60s: what is this?", argv[optind]);
    }
    if (o->family == NULL || o->from == NULL) {
        return ym_cli_usage_error("blocklist", "--family and --from are needed");
    }
    if (o->serial_text != NULL && o->form != &forms[FORM_RPZ]) {
        return ym_cli_usage_error("blocklist", "--serial belongs to --format rpz");
    }
    return 0;
}

static ym_status choose_variants(const struct options *o, struct request *q, struct ym_err *err) {
    bool all = ym_equal_nocase(o->variant, "all");
    enum ym_domains_variant v = YM_DOMAINS_CONFICKER_A;

    /* With "all" the family alone is asked about. */
    YM_TRY(ym_domains_find(o->family, all ? "A" : o->variant, &v, err));
    for (unsigned i = 0; i < YM_DOMAINS_VARIANTS; i++) {
        q->wanted[i] = all || i == (unsigned)v;
    }
    return YM_OK;
}

/* A day and two digits, as people write serials: it grows when the list moves on by a day. */
static uint32_t serial_of(int32_t day) {
    struct ym_date d = ym_date_of_unix((int64_t)day * 86400);

    return (((uint32_t)d.year * 100 + d.month) * 100 + d.day) * 100;
}

static ym_status understand(const struct options *o, struct request *q, struct ym_err *err) {
    YM_TRY(choose_variants(o, q, err));
    YM_TRY(ym_domains_day(o->from, &q->first, err));
    YM_TRY(ym_domains_day(o->to == NULL ? o->from : o->to, &q->last, err));
    if (q->last < q->first) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "--to %.40s is before --from %.40s", o->to, o->from);
    }
    if (q->last - q->first >= DAYS_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "more than %d days in one list",
                       DAYS_MAX);
    }
    q->serial = serial_of(q->last);
    if (o->serial_text != NULL &&
        !ym_parse_u32(o->serial_text, strlen(o->serial_text), &q->serial)) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "--serial %.40s: it must be a number up to 4294967295", o->serial_text);
    }
    return YM_OK;
}

/* --- names --- */

struct names {
    char (*at)[YM_DOMAINS_NAME_SIZE];
    size_t n;
    size_t left_out;
};

/* ym_domains_emit; there is room for all. */
static ym_status keep(void *self, const char *name, struct ym_err *err) {
    struct names *names = self;

    (void)err;
    memcpy(names->at[names->n++], name, strlen(name) + 1);
    return YM_OK;
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

/* Sorts; of equal ones keeps the first, of those on the list none. */
static void thin(struct names *names, const struct ym_allow *allow) {
    char last[YM_DOMAINS_NAME_SIZE] = "";
    size_t kept = 0;

    qsort(names->at, names->n, sizeof(names->at[0]), by_text);
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(last, names->at[i]) == 0) {
            continue;
        }
        memcpy(last, names->at[i], sizeof(last));
        if (ym_allow_has(allow, last)) {
            names->left_out++;
        } else {
            memcpy(names->at[kept++], last, sizeof(last));
        }
    }
    names->n = kept;
}

static ym_status collect(const struct request *q, const struct ym_allow *allow, struct names *names,
                         struct ym_err *err) {
    size_t most = (size_t)(q->last - q->first + 1) * YM_DOMAINS_PER_DAY * YM_DOMAINS_VARIANTS;

    names->at = ym_zalloc(most, sizeof(names->at[0]));
    if (names->at == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the names");
    }
    for (int32_t day = q->first; day <= q->last; day++) {
        for (unsigned v = 0; v < YM_DOMAINS_VARIANTS; v++) {
            if (q->wanted[v]) {
                YM_TRY(ym_domains_of_day((enum ym_domains_variant)v, day, keep, names, err));
            }
        }
    }
    thin(names, allow);
    return YM_OK;
}

static ym_status read_allow(const char *path, struct ym_allow **ret_allow, struct ym_err *err) {
    struct ym_buf text;
    struct ym_reader r;
    int fd = -1;
    ym_status st;

    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    ym_buf_init(&text, YM_ALLOW_FILE_MAX);
    st = ym_file_read_all(fd, path, &text, err);
    (void)close(fd);
    if (st == YM_OK) {
        ym_reader_init(&r, text.data, text.len);
        st = ym_allow_parse(r, path, ret_allow, err);
    }
    ym_buf_done(&text);
    return st;
}

/* --- writing --- */

static const char *variants_text(const struct request *q) {
    if (q->wanted[YM_DOMAINS_CONFICKER_A] && q->wanted[YM_DOMAINS_CONFICKER_B]) {
        return "A and B";
    }
    return q->wanted[YM_DOMAINS_CONFICKER_A] ? "A" : "B";
}

/* "15497 names that Conficker (A and B) looks up from ... to ... (days of UTC); 3 left out" */
static void add_summary(const struct request *q, const struct names *names, struct ym_buf *b) {
    char from[YM_ISO_TIME_SIZE];
    char to[YM_ISO_TIME_SIZE];

    ym_buf_printf(
        b, "%zu names that Conficker (%s) looks up from %.10s to %.10s (days of UTC); %zu left out",
        names->n, variants_text(q), ym_iso_time((int64_t)q->first * 86400, from),
        ym_iso_time((int64_t)q->last * 86400, to), names->left_out);
}

static void add_head(const struct options *o, const struct request *q, const struct names *names,
                     struct ym_buf *b) {
    ym_buf_add_text(b, o->form->comment);
    add_summary(q, names, b);
    ym_buf_add_text(b, o->allow == NULL ? " (no list of exceptions was given)\n"
                                        : " (on the list of exceptions)\n");
    ym_buf_add_text(b, o->form->head);
    if (o->form == &forms[FORM_RPZ]) {
        ym_buf_printf(b,
                      "$TTL 300\n"
                      "@ IN SOA localhost. nobody.invalid. (%u 3600 600 604800 300)\n"
                      "@ IN NS localhost.\n",
                      q->serial);
    }
}

static ym_status write_names(const struct options *o, const struct request *q,
                             const struct names *names, int fd, struct ym_err *err) {
    const char *shown = o->output == NULL ? "standard output" : o->output;
    struct ym_buf b;
    ym_status st = YM_OK;

    ym_buf_init(&b, CHUNK + CHUNK_ROOM);
    add_head(o, q, names, &b);
    for (size_t i = 0; st == YM_OK && i < names->n; i++) {
        ym_buf_add_text(&b, o->form->before);
        ym_buf_add_text(&b, names->at[i]);
        ym_buf_add_text(&b, o->form->after);
        if (b.len >= CHUNK) {
            st = ym_file_write_all(fd, shown, b.data, b.len, err);
            ym_buf_clear(&b);
        }
    }
    if (st == YM_OK && ym_buf_status(&b) != YM_OK) {
        st = ym_fail(err, ym_buf_status(&b), MODULE, YM_ERR_NO_OFFSET, "no memory for the list");
    }
    if (st == YM_OK) {
        st = ym_file_write_all(fd, shown, b.data, b.len, err);
    }
    ym_buf_done(&b);
    return st;
}

static void say_written(const struct options *o, const struct request *q,
                        const struct names *names) {
    struct ym_buf b;

    ym_buf_init(&b, 16384);
    ym_cli_clean_text(&b, o->output);
    ym_buf_add_text(&b, ": ");
    add_summary(q, names, &b);
    if (b.data != NULL) {
        (void)puts((const char *)b.data);
    }
    ym_buf_done(&b);
}

static ym_status write_list(const struct options *o, const struct request *q,
                            const struct names *names, struct ym_err *err) {
    struct ym_file_new out;
    ym_status st;

    if (o->output == NULL) {
        return write_names(o, q, names, STDOUT_FILENO, err);
    }
    YM_TRY(ym_file_new_begin(o->output, 0644, &out, err));
    st = write_names(o, q, names, out.fd, err);
    if (st == YM_OK) {
        st = ym_file_new_commit(&out, err);
    }
    ym_file_new_done(&out);
    if (st == YM_OK) {
        say_written(o, q, names);
    }
    return st;
}

static ym_status make_list(const struct options *o, struct ym_err *err) {
    struct request q = {0};
    struct names names = {0};
    struct ym_allow *allow = NULL;
    ym_status st;

    YM_TRY(understand(o, &q, err));
    if (o->allow != NULL) {
        YM_TRY(read_allow(o->allow, &allow, err));
    }
    st = collect(&q, allow, &names, err);
    if (st == YM_OK) {
        st = write_list(o, &q, &names, err);
    }
    ym_free(names.at);
    ym_allow_free(allow);
    return st;
}

int ym_cmd_blocklist(int argc, char **argv) {
    struct options o = {.variant = "all", .form = &forms[0]};
    struct ym_err err = {0};
    int bad = parse(argc, argv, &o);

    if (bad != 0) {
        return bad;
    }
    if (o.help) {
        (void)fputs(help, stdout);
    } else if (make_list(&o, &err) != YM_OK) {
        return ym_cli_error(&err);
    }
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}
