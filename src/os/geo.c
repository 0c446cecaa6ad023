/* geo.c - see geo.h.
 *
 * The walk of the IPv4 space goes down from the node where it begins (in a tree of IPv6 addresses:
 * 96 zero bits down; what else leads to the same networks, such as 6to4, is not walked).  A tree
 * visits each node once: a file in which two records lead to one node would make the walk
 * endless, so that more visits than nodes are an error. */
#include "os/geo.h"

#include "base/alloc.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define MODULE "os/geo"

enum { IPV4_BITS = 32, PENDING_MAX = IPV4_BITS + 2 };

struct ym_geo {
    void *library;
    __typeof__(MMDB_open) *open;
    __typeof__(MMDB_close) *close;
    __typeof__(MMDB_strerror) *strerror;
    __typeof__(MMDB_lookup_sockaddr) *lookup;
    __typeof__(MMDB_aget_value) *value;
    __typeof__(MMDB_read_node) *read_node;
    bool is_open;
    MMDB_s db;
};

/* POSIX: a pointer to a function has the size of one to data. */
static bool find(void *library, const char *name, void *ret_function) {
    void *p = dlsym(library, name);

    memcpy(ret_function, &p, sizeof(p));
    return p != NULL;
}

static ym_status load(struct ym_geo *g, struct ym_err *err) {
    g->library = dlopen("libmaxminddb.so.0", RTLD_NOW | RTLD_LOCAL);
    if (g->library == NULL || !find(g->library, "MMDB_open", &g->open) ||
        !find(g->library, "MMDB_close", &g->close) ||
        !find(g->library, "MMDB_strerror", &g->strerror) ||
        !find(g->library, "MMDB_lookup_sockaddr", &g->lookup) ||
        !find(g->library, "MMDB_aget_value", &g->value) ||
        !find(g->library, "MMDB_read_node", &g->read_node)) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                       "libmaxminddb is needed: install the package libmaxminddb0");
    }
    return YM_OK;
}

static ym_status open_file(struct ym_geo *g, const char *path, struct ym_err *err) {
    int code;

    YM_TRY(load(g, err));
    code = g->open(path, MMDB_MODE_MMAP, &g->db);
    if (code != MMDB_SUCCESS) {
        return ym_fail_at(err, code == MMDB_FILE_OPEN_ERROR ? YM_IO : YM_MALFORMED, MODULE, path, 0,
                          0, "cannot be read as a database of addresses (.mmdb): %s",
                          g->strerror(code));
    }
    g->is_open = true;
    return YM_OK;
}

ym_status ym_geo_open(const char *path, struct ym_geo **ret_geo, struct ym_err *err) {
    struct ym_geo *g = ym_zalloc(1, sizeof(*g));
    ym_status st;

    if (g == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for %.200s", path);
    }
    st = open_file(g, path, err);
    if (st != YM_OK) {
        ym_geo_close(g);
        return st;
    }
    *ret_geo = g;
    return YM_OK;
}

void ym_geo_close(struct ym_geo *geo) {
    if (geo == NULL) {
        return;
    }
    if (geo->is_open) {
        geo->close(&geo->db);
    }
    if (geo->library != NULL) {
        (void)dlclose(geo->library);
    }
    ym_free(geo);
}

/* --- one address --- */

static bool country_of_value(const MMDB_entry_data_s *v, char ret_country[YM_GEO_COUNTRY_SIZE]) {
    if (!v->has_data || v->type != MMDB_DATA_TYPE_UTF8_STRING || v->data_size != 2 ||
        !ym_is_alpha((unsigned char)v->utf8_string[0]) ||
        !ym_is_alpha((unsigned char)v->utf8_string[1])) {
        return false;
    }
    ret_country[0] = (char)(v->utf8_string[0] & ~0x20);
    ret_country[1] = (char)(v->utf8_string[1] & ~0x20);
    ret_country[2] = '\0';
    return true;
}

static bool country_of_entry(const struct ym_geo *geo, MMDB_entry_s entry,
                             char ret_country[YM_GEO_COUNTRY_SIZE]) {
    static const char *const plain[] = {"country_code", NULL};
    static const char *const nested[] = {"country", "iso_code", NULL};
    MMDB_entry_data_s v = {0};

    if (geo->value(&entry, &v, plain) == MMDB_SUCCESS && country_of_value(&v, ret_country)) {
        return true;
    }
    return geo->value(&entry, &v, nested) == MMDB_SUCCESS && country_of_value(&v, ret_country);
}

bool ym_geo_country(const struct ym_geo *geo, const struct sockaddr *address,
                    char ret_country[YM_GEO_COUNTRY_SIZE]) {
    int code = MMDB_SUCCESS;
    MMDB_lookup_result_s found;

    if (address->sa_family != AF_INET && address->sa_family != AF_INET6) {
        return false;
    }
    found = geo->lookup(&geo->db, address, &code);
    return code == MMDB_SUCCESS && found.found_entry &&
           country_of_entry(geo, found.entry, ret_country);
}

bool ym_geo_country_of_text(const struct ym_geo *geo, const char *s, size_t n,
                            char ret_country[YM_GEO_COUNTRY_SIZE]) {
    char text[YM_GEO_TEXT_MAX + 1];
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (n == 0 || n >= sizeof(text) || memchr(s, '\0', n) != NULL) {
        return false;
    }
    memcpy(text, s, n);
    text[n] = '\0';
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        return ym_geo_country(geo, (const struct sockaddr *)&v4, ret_country);
    }
    return inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 &&
           ym_geo_country(geo, (const struct sockaddr *)&v6, ret_country);
}

/* --- the whole space --- */

struct walk {
    const struct ym_geo *geo;
    ym_geo_space_fn *fn;
    void *user;
    uint64_t visits;
    unsigned n;
    struct {
        uint32_t node;
        unsigned bits; /* of the address that led here */
    } pending[PENDING_MAX];
};

static ym_status no_tree(struct ym_err *err) {
    return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                   "the search tree of the database of addresses is damaged");
}

static ym_status take(struct walk *w, uint8_t type, uint64_t node, MMDB_entry_s entry,
                      unsigned bits, struct ym_err *err) {
    char country[YM_GEO_COUNTRY_SIZE];

    switch (type) {
    case MMDB_RECORD_TYPE_EMPTY:
        return YM_OK;
    case MMDB_RECORD_TYPE_DATA:
        return country_of_entry(w->geo, entry, country)
                   ? w->fn(w->user, country, 1ULL << (IPV4_BITS - bits), err)
                   : YM_OK;
    case MMDB_RECORD_TYPE_SEARCH_NODE:
        if (bits >= IPV4_BITS || w->n == PENDING_MAX) {
            return no_tree(err);
        }
        w->pending[w->n].node = (uint32_t)node;
        w->pending[w->n++].bits = bits;
        return YM_OK;
    default:
        return no_tree(err);
    }
}

static ym_status visit(struct walk *w, uint32_t node, unsigned bits, struct ym_err *err) {
    MMDB_search_node_s s;

    if (++w->visits > w->geo->db.metadata.node_count ||
        w->geo->read_node(&w->geo->db, node, &s) != MMDB_SUCCESS) {
        return no_tree(err);
    }
    YM_TRY(take(w, s.right_record_type, s.right_record, s.right_record_entry, bits + 1, err));
    return take(w, s.left_record_type, s.left_record, s.left_record_entry, bits + 1, err);
}

ym_status ym_geo_ipv4_space(const struct ym_geo *geo, ym_geo_space_fn *fn, void *user,
                            struct ym_err *err) {
    struct walk w = {.geo = geo, .fn = fn, .user = user};

    if (geo->db.metadata.ip_version == 6) {
        if (geo->db.ipv4_start_node.netmask != 96 ||
            geo->db.ipv4_start_node.node_value >= geo->db.metadata.node_count) {
            return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                           "the database of addresses has no IPv4 networks: give the one for IPv4");
        }
        w.pending[0].node = geo->db.ipv4_start_node.node_value;
    }
    w.n = 1;
    while (w.n > 0) {
        w.n--;
        YM_TRY(visit(&w, w.pending[w.n].node, w.pending[w.n].bits, err));
    }
    return YM_OK;
}
