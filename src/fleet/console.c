/* console.c - the console's pages: three files, read when the server starts, and the report made live.
 *
 * The pages hold no data and no secret, so anybody may have them; what they show comes from api.c.  Their
 * policy allows scripts and styles of this server alone, nothing inline. */
#include "server_int.h"

#include "base/time.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PAGE_MAX = 4 << 20, PAGES = 3 };

static const char page_policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; "
                                  "img-src 'self' data:; connect-src 'self'; "
                                  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

static const char *const names[PAGES] = {"console.html", "console.js", "console.css"};
static const char *const types[PAGES] = {
    "text/html; charset=utf-8", "text/javascript; charset=utf-8", "text/css; charset=utf-8"};

/* No pages: the program was built without Node; then there is no console, only its API. */
ym_status ym_console_load(struct ym_fleet_server *s, const char *folder, struct ym_err *err) {
    for (int i = 0; i < PAGES; i++) {
        char path[YM_FLEET_PATH_MAX];
        int fd = -1;
        ym_status st;

        ym_buf_init(&s->pages[i], PAGE_MAX);
        (void)snprintf(path, sizeof(path), "%.3900s/%s", folder == NULL ? "" : folder, names[i]);
        if (folder == NULL || access(path, R_OK) != 0) {
            continue;
        }
        YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
        st = ym_file_read_all(fd, path, &s->pages[i], err);
        (void)close(fd);
        YM_TRY(st);
    }
    return YM_OK;
}

void ym_console_free(struct ym_fleet_server *s) {
    for (int i = 0; i < PAGES; i++) {
        ym_buf_done(&s->pages[i]);
    }
}

static enum MHD_Result page(struct ym_request *r, enum ym_page which) {
    const struct ym_buf *b = &r->server->pages[which];

    r->policy = page_policy;
    if (b->len == 0) {
        return ym_answer_why(r, YM_REFUSAL_NOT_FOUND,
                             "the console's pages are not there: build them with web/build.sh");
    }
    return ym_answer(r, 200, types[which], b->data, b->len);
}

/* Below /console/ every name is the page: it reads its own address. */
static enum MHD_Result on_page(struct ym_request *r, const char *rest) {
    return rest[0] == '\0' ? page(r, YM_PAGE_HTML) : ym_answer_refusal(r, YM_REFUSAL_NOT_FOUND);
}

static enum MHD_Result on_script(struct ym_request *r, const char *rest) {
    (void)rest;
    return page(r, YM_PAGE_SCRIPT);
}

static enum MHD_Result on_style(struct ym_request *r, const char *rest) {
    (void)rest;
    return page(r, YM_PAGE_STYLE);
}

/* The report is one file with its script and style inside: the script by its digest, the style, in which there is
 * nothing of anybody's data, as it is. */
static enum MHD_Result on_report(struct ym_request *r, const char *rest) {
    static const char *const langs[] = {"en", "ja", "pt", "zh"};
    char policy[400];
    enum MHD_Result result;

    (void)rest;
    if (r->work == NULL) {
        const char *lang =
            r->server->mhd.lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, "lang");

        (void)snprintf(r->lang, sizeof(r->lang), "en");
        for (int i = 0; lang != NULL && i < 4; i++) {
            if (strcmp(lang, langs[i]) == 0) {
                (void)snprintf(r->lang, sizeof(r->lang), "%s", langs[i]);
            }
        }
        return ym_desk_put(r->server->desk, r, ym_desk_report);
    }
    if (r->failed != YM_REFUSAL_NONE) {
        return ym_answer_refusal(r, r->failed);
    }
    (void)snprintf(policy, sizeof(policy),
                   "default-src 'none'; script-src 'sha256-%s'; style-src 'unsafe-inline'; img-src "
                   "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                   ym_desk_script(r->server->desk));
    r->policy = policy;
    result = ym_answer(r, 200, "text/html; charset=utf-8", r->out.data, r->out.len);
    r->policy = NULL;
    return result;
}

static enum MHD_Result on_short(struct ym_request *r, const char *rest) {
    static const char text[] =
        "<!DOCTYPE html><meta http-equiv=\"refresh\" content=\"0;url=console/\"><a "
        "href=\"console/\">Yamori</a>\n";

    (void)rest;
    return ym_answer(r, 200, types[YM_PAGE_HTML], text, sizeof(text) - 1);
}

const struct ym_route ym_console_routes[] = {
    {"GET", "/console/console.js", 0, YM_ROLE_NONE, YM_ROUTE_WEB, on_script},
    {"GET", "/console/console.css", 0, YM_ROLE_NONE, YM_ROUTE_WEB, on_style},
    {"GET", "/console/report", 0, YM_ROLE_READER, YM_ROUTE_WEB, on_report},
    {"GET", "/console/", 0, YM_ROLE_NONE, YM_ROUTE_WEB, on_page},
    {"GET", "/console", 0, YM_ROLE_NONE, YM_ROUTE_WEB, on_short},
};
const size_t ym_console_routes_count = sizeof(ym_console_routes) / sizeof(ym_console_routes[0]);
