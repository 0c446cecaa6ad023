/* phishing.c - see phishing.h.
 *
 * A link is judged in this order (manual page "Phishing Signatures", and clamscan 1.4.6 where that
 * page is silent):
 *   1. the hash of a part of the real URL is on a list: blocked
 *   2. what is shown is no URL, or its host is not watched: nothing
 *   3. the pair is allowed: nothing
 *   4. %00 in the real host: cloaked
 *   5. https is shown, and the link is not: spoofed
 *   6. the same host or domain: nothing; else: spoofed
 * Of an expression any place is good where it reaches the end of what it is asked of; a host must
 * stand at the start or behind a dot or a blank. */
#include "phishing.h"

#include "object.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/phishing_rows.h"
#include "base/text.h"
#include "database/tables.h"
#include "formats/links.h"
#include "formats/url.h"
#include "match/regex.h"

#include <string.h>

enum { MAX_ROWS = 4 << 20, MAX_LINKS = 10000, FIRST_ROOM = 64, SUBJECT_MAX = 2 * YM_URL_MAX + 8 };

struct regex {
    const char *text; /* in the image */
    uint32_t n;
    struct ym_ere *ere; /* compiled on first use */
    bool broken;
};

struct regexes {
    struct regex *items;
    size_t n, room;
};

struct ym_phishing {
    struct ym_map *watched, *allowed; /* hosts; "real:shown" */
    struct regexes watch, allow;
    struct ym_map *hashes, *allowed_hashes; /* digest -> class + 1 */
};

static const char *const class_names[YM_PHISHING_CLASSES] = {
    [YM_PHISHING_MALWARE] = "Heuristics.Safebrowsing.Suspected-malware_safebrowsing.clamav.net",
    [YM_PHISHING_BLOCKED] = "Heuristics.Phishing.URL.Blocked",
    [YM_PHISHING_PHISHING] = "Heuristics.Safebrowsing.Suspected-phishing_safebrowsing.clamav.net"};

/* ---- Lists ---------------------------------------------------------------------------------- */

static ym_status add_regex(struct regexes *r, const struct ym_table_text *text) {
    if (r->n == r->room) {
        size_t room = r->room == 0 ? FIRST_ROOM : r->room * 2;
        struct regex *bigger =
            room > MAX_ROWS ? NULL : ym_realloc_array(r->items, room, sizeof(*bigger));

        if (bigger == NULL) {
            return YM_NOMEM;
        }
        r->items = bigger;
        r->room = room;
    }
    r->items[r->n++] = (struct regex){.text = text->s, .n = text->n};
    return YM_OK;
}

static ym_status add_row(struct ym_phishing *p, const struct ym_table_row *row) {
    const struct ym_table_text *text = &row->texts[YM_PHISHING_T_PATTERN];
    const uint64_t class = row->numbers[YM_PHISHING_N_CLASS];

    if (class >= YM_PHISHING_CLASSES) {
        return YM_OK; /* damaged: a row that does not fire */
    }
    switch (row->numbers[YM_PHISHING_N_KIND]) {
    case YM_PHISHING_WATCH_REGEX:
        return add_regex(&p->watch, text);
    case YM_PHISHING_WATCH_HOST:
        return ym_map_put(p->watched, text->s, text->n, 1);
    case YM_PHISHING_ALLOW_REGEX:
        return add_regex(&p->allow, text);
    case YM_PHISHING_ALLOW_HOSTS:
        return ym_map_put(p->allowed, text->s, text->n, 1);
    case YM_PHISHING_URL_HASH:
        return ym_map_put(p->hashes, text->s, text->n, class + 1);
    case YM_PHISHING_URL_ALLOWED:
        return ym_map_put(p->allowed_hashes, text->s, text->n, 1);
    default:
        return YM_OK;
    }
}

static ym_status make(struct ym_phishing **ret) {
    struct ym_phishing *p = ym_zalloc(1, sizeof(*p));

    if (p == NULL) {
        return YM_NOMEM;
    }
    p->watched = ym_map_new(MAX_ROWS);
    p->allowed = ym_map_new(MAX_ROWS);
    p->hashes = ym_map_new(MAX_ROWS);
    p->allowed_hashes = ym_map_new(MAX_ROWS);
    *ret = p;
    return p->watched == NULL || p->allowed == NULL || p->hashes == NULL ||
                   p->allowed_hashes == NULL
               ? YM_NOMEM
               : YM_OK;
}

ym_status ym_phishing_new(const struct ym_db *const *layers, unsigned n_layers,
                          struct ym_phishing **ret_phishing) {
    struct ym_phishing *p = NULL;
    ym_status st = YM_OK;

    for (unsigned i = 0; i < n_layers && st == YM_OK; i++) {
        struct ym_table_cursor c = {.db = layers[i], .table = YM_TABLE_PHISHING};
        struct ym_table_row row;

        while (st == YM_OK && ym_db_table_next(&c, &row)) {
            st = p == NULL ? make(&p) : YM_OK;
            if (st == YM_OK && row.n_numbers >= YM_PHISHING_NUMBERS &&
                row.n_texts >= YM_PHISHING_TEXTS) {
                st = add_row(p, &row);
            }
        }
    }
    if (st != YM_OK) {
        ym_phishing_free(p);
        return st;
    }
    *ret_phishing = p;
    return YM_OK;
}

static void free_regexes(struct regexes *r) {
    for (size_t i = 0; i < r->n; i++) {
        ym_ere_free(r->items[i].ere);
    }
    ym_free(r->items);
}

void ym_phishing_free(struct ym_phishing *p) {
    if (p == NULL) {
        return;
    }
    ym_map_free(p->watched);
    ym_map_free(p->allowed);
    ym_map_free(p->hashes);
    ym_map_free(p->allowed_hashes);
    free_regexes(&p->watch);
    free_regexes(&p->allow);
    ym_free(p);
}

/* ---- Asking --------------------------------------------------------------------------------- */

struct asking {
    struct ym_scan *scan;
    struct ym_object *object;
    struct ym_phishing *lists;
    const struct ym_link *link;
    unsigned n_links;
    bool gave_up; /* an expression was too much work */
};

static void detect(struct asking *a, const char *name) {
    const struct ym_finding f = {.heuristic = true,
                                 .name = name,
                                 .name_len = strlen(name),
                                 .pattern = "",
                                 .file = "",
                                 .offset = a->link->offset};

    ym_engine_detect(a->scan, a->object, &f);
}

/* To its end, with the slash that belongs to every pattern. */
static ym_status compile(struct regex *r) {
    struct ym_buf text;
    ym_status st;

    ym_buf_init(&text, (size_t)r->n + 8);
    ym_buf_add_text(&text, "(");
    ym_buf_add(&text, r->text, r->n);
    ym_buf_add_text(&text, "/)$");
    st = ym_buf_status(&text);
    if (st == YM_OK) {
        st = ym_ere_new((const char *)text.data, text.len, 0, &r->ere, NULL);
    }
    ym_buf_done(&text);
    r->broken = st != YM_OK;
    return st;
}

static bool any_regex(struct asking *a, struct regexes *list, const struct ym_buf *subject) {
    for (size_t i = 0; i < list->n; i++) {
        struct regex *r = &list->items[i];
        ym_ere_result result;

        if (r->ere == NULL && (r->broken || compile(r) != YM_OK)) {
            a->gave_up = true;
            continue;
        }
        result = ym_ere_match(r->ere, (const char *)subject->data, subject->len);
        if (result == YM_ERE_YES) {
            return true;
        }
        a->gave_up = a->gave_up || result == YM_ERE_GAVE_UP;
    }
    return false;
}

static bool has(const struct ym_map *m, const char *s, size_t n) {
    uint64_t value;

    return ym_map_get(m, s, n, &value);
}

/* "real:shown/" of the whole URLs. */
static bool pair_fits(struct asking *a, struct regexes *list, const struct ym_url *real,
                      const struct ym_url *shown) {
    struct ym_buf subject;
    bool fits;

    if (list->n == 0) {
        return false;
    }
    ym_buf_init(&subject, SUBJECT_MAX);
    ym_buf_add(&subject, real->text, real->n);
    ym_buf_u8(&subject, ':');
    ym_buf_add(&subject, shown->text, shown->n);
    ym_buf_u8(&subject, '/');
    fits = ym_buf_status(&subject) == YM_OK && any_regex(a, list, &subject);
    ym_buf_done(&subject);
    return fits;
}

static bool is_watched(struct asking *a, const struct ym_url *real, const struct ym_url *shown) {
    const char *host = shown->text + shown->host;
    struct ym_buf subject;
    bool watched = false;

    for (size_t i = 0; i < shown->n_host && !watched; i++) {
        if (i == 0 || host[i - 1] == '.' || shown->gap[shown->host + i]) {
            watched = has(a->lists->watched, host + i, shown->n_host - i);
        }
    }
    if (watched || a->lists->watch.n == 0) {
        return watched;
    }
    ym_buf_init(&subject, SUBJECT_MAX);
    ym_buf_add(&subject, host, shown->n_host);
    ym_buf_u8(&subject, '/');
    watched = (ym_buf_status(&subject) == YM_OK && any_regex(a, &a->lists->watch, &subject)) ||
              pair_fits(a, &a->lists->watch, real, shown);
    ym_buf_done(&subject);
    return watched;
}

static bool is_allowed(struct asking *a, const struct ym_url *real, const struct ym_url *shown) {
    struct ym_buf subject;
    bool allowed = pair_fits(a, &a->lists->allow, real, shown);

    ym_buf_init(&subject, SUBJECT_MAX);
    ym_buf_add(&subject, real->text + real->host, real->n_host);
    ym_buf_u8(&subject, ':');
    ym_buf_add(&subject, shown->text + shown->host, shown->n_host);
    for (size_t i = 0; i < subject.len && !allowed; i++) {
        if (i == 0 || subject.data[i - 1] == '.') {
            allowed = has(a->lists->allowed, (const char *)subject.data + i, subject.len - i);
        }
    }
    ym_buf_u8(&subject, '/');
    if (!allowed && ym_buf_status(&subject) == YM_OK) {
        allowed = any_regex(a, &a->lists->allow, &subject);
    }
    ym_buf_done(&subject);
    return allowed;
}

static const char *judge(struct asking *a, const struct ym_url *real, const struct ym_url *shown) {
    if (!is_watched(a, real, shown) || is_allowed(a, real, shown)) {
        return NULL;
    }
    if (real->has_null) {
        return "Heuristics.Phishing.Email.Cloaked.Null";
    }
    if (shown->https && !real->https) {
        return "Heuristics.Phishing.Email.SSL-Spoof";
    }
    return ym_url_same_domain(real, shown) ? NULL : "Heuristics.Phishing.Email.SpoofedDomain";
}

/* ---- Hashes ---------------------------------------------------------------------------------- */

struct blocking {
    struct asking *asking;
    uint64_t found; /* class + 1 */
};

static bool on_form(void *self, const char *form, size_t n) {
    struct blocking *b = self;
    const struct ym_phishing *p = b->asking->lists;
    struct ym_scan *s = b->asking->scan;
    uint8_t digest[YM_DIGEST_MAX];
    const char *key = (const char *)digest;
    const size_t size = ym_digest_size(YM_SHA256);

    ym_engine_fail(s, ym_hasher_run(s->e->hasher, YM_SHA256, (const uint8_t *)form, n, digest));
    if (s->status != YM_OK) {
        return false;
    }
    if (ym_map_get(p->hashes, key, size, &b->found) && has(p->allowed_hashes, key, size)) {
        b->found = 0;
    }
    return b->found == 0;
}

static bool is_blocked(struct asking *a) {
    struct blocking b = {.asking = a, .found = 0};

    if (ym_map_count(a->lists->hashes) > 0) {
        ym_url_forms(a->link->real, a->link->n_real, on_form, &b);
    }
    if (b.found > 0) {
        detect(a, class_names[b.found - 1]);
    }
    return b.found > 0;
}

/* ---- Parts of a mail ------------------------------------------------------------------------- */

enum { HEADERS_MAX = 16 << 10 };

/* The headers above the part: [*ret_start, return value). */
static size_t headers_of(const uint8_t *data, size_t body, size_t *ret_start) {
    const size_t low = body > HEADERS_MAX ? body - HEADERS_MAX : 0;
    size_t end = body;
    size_t start;

    while (end > low && (data[end - 1] == '\n' || data[end - 1] == '\r')) {
        end--;
    }
    for (start = end; start > low + 1; start--) {
        if (data[start - 1] == '\n' &&
            (data[start - 2] == '\n' ||
             (start > low + 2 && data[start - 2] == '\r' && data[start - 3] == '\n'))) {
            break;
        }
    }
    *ret_start = start > low + 1 ? start : low;
    return end;
}

/* The value of Content-Type; 0 bytes: there is none. */
static struct ym_str content_type(const uint8_t *data, size_t start, size_t end) {
    static const char name[] = "content-type:";
    const size_t n = sizeof(name) - 1;

    for (size_t i = start; i + n < end; i++) {
        size_t same = 0;

        while ((i == start || data[i - 1] == '\n') && same < n &&
               ym_lower(data[i + same]) == (uint8_t)name[same]) {
            same++;
        }
        if (same == n) {
            for (i += n; i < end && (data[i] == ' ' || data[i] == '\t'); i++) {
            }
            return (struct ym_str){(const char *)data + i, end - i};
        }
    }
    return (struct ym_str){NULL, 0};
}

static bool type_is(struct ym_str type, const char *want) {
    const size_t n = strlen(want);
    size_t same = 0;

    while (type.n >= n && same < n &&
           ym_lower((unsigned char)type.s[same]) == (uint8_t)want[same]) {
        same++;
    }
    return same == n;
}

bool ym_part_shows_links(const struct ym_object *mail, const struct ym_mail_part *part,
                         const struct ym_object *child) {
    size_t start;
    const size_t end = headers_of(mail->data, part->offset, &start);
    const struct ym_str type = content_type(mail->data, start, end);

    if (part->name_size > 0 || (type.n > 0 && !type_is(type, "text/"))) {
        return false;
    }
    return mail->mail.n_boundaries == 0 || type_is(type, "text/html") ||
           ym_kind_holds(child->kind) == YM_HOLDS_HTML;
}

/* ---- Links ----------------------------------------------------------------------------------- */

static bool on_link(void *self, const struct ym_link *link) {
    struct asking *a = self;
    struct ym_url real;
    struct ym_url shown;
    const char *name;

    if (++a->n_links > MAX_LINKS) {
        ym_engine_gap(a->scan, YM_GAP_ITEMS, a->object->path, link->offset,
                      a->object->size - link->offset, "more links than are compared with lists");
        return false;
    }
    a->link = link;
    if (!ym_url_clean(link->real, link->n_real, false, &real) || is_blocked(a) ||
        !ym_url_clean(link->shown, link->n_shown, true, &shown)) {
        return !a->scan->stop;
    }
    name = judge(a, &real, &shown);
    if (name != NULL) {
        detect(a, name);
    }
    return !a->scan->stop;
}

void ym_object_look_at_links(struct ym_scan *s, struct ym_object *o) {
    struct asking a = {.scan = s, .object = o, .lists = s->e->phishing};

    if (a.lists == NULL || s->stop) {
        return;
    }
    if (o->size > s->e->limits.max_normalise) {
        ym_engine_gap_object(s, YM_GAP_SIZE, o, "too large for a look at its links");
        return;
    }
    ym_engine_fail(s, ym_links_find(o->data, o->size, on_link, &a));
    if (a.gave_up) {
        ym_engine_gap(s, YM_GAP_BUDGET, o->path, 0, 0,
                      "an expression of the phishing lists could not be answered");
    }
}
