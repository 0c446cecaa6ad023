/* api_figures.c - figures at the API, down to a finding; the desk makes them.  See api_int.h. */
#include "api_int.h"

#include "base/time.h"
#include "report/period.h"

#include <string.h>

enum { MIN_COMPUTERS = 5 /* of a group that a reader sees */ };

enum MHD_Result ym_api_figures(struct ym_request *r, const char *rest) {
    struct ym_shared *shared = r->shared;

    (void)rest;
    if (r->work == NULL) {
        return ym_desk_put(r->server->desk, r, ym_desk_figures);
    }
    if (r->failed != YM_REFUSAL_NONE) {
        return ym_answer_refusal(r, r->failed);
    }
    r->shared = NULL; /* the answer has it now */
    return ym_answer_shared(r, YM_API_JSON, shared);
}

static int64_t start_of_month(int month) {
    const struct ym_date d = {.year = month / 12, .month = (unsigned)(month % 12) + 1, .day = 1};

    return ym_unix_of_date(&d);
}

/* country=JP&family=F&name=N&category=C&period=4Q10.  A reader sees groups of at least MIN_COMPUTERS computers. */
static bool filter(struct ym_request *r) {
    struct ym_drill_filter *f = &r->filter;
    struct ym_period p;
    char period[YM_PERIOD_LABEL_SIZE];
    char country[8];

    if (!ym_api_text(r, "country", country, sizeof(country)) || strlen(country) > 2 ||
        !ym_api_text(r, "family", f->family, sizeof(f->family)) ||
        !ym_api_text(r, "name", f->name, sizeof(f->name)) ||
        !ym_api_text(r, "category", f->category, sizeof(f->category)) ||
        !ym_api_text(r, "period", period, sizeof(period)) || !ym_period_parse(period, &p)) {
        return false;
    }
    memcpy(f->country, country, sizeof(f->country));
    f->country[2] = '\0';
    f->from = start_of_month(p.first);
    f->to = start_of_month(p.first + (int)p.months);
    f->min = r->person.role >= YM_ROLE_OPERATOR ? 1 : MIN_COMPUTERS;
    return true;
}

static enum MHD_Result drill(struct ym_request *r,
                             void (*work)(struct ym_desk *desk, struct ym_request *r)) {
    if (r->work == NULL) {
        return filter(r) ? ym_desk_put(r->server->desk, r, work) : ym_api_malformed(r);
    }
    return r->failed != YM_REFUSAL_NONE ? ym_answer_refusal(r, r->failed)
                                        : ym_answer(r, 200, YM_API_JSON, r->out.data, r->out.len);
}

enum MHD_Result ym_api_country(struct ym_request *r, const char *rest) {
    (void)rest;
    return drill(r, ym_desk_country);
}

enum MHD_Result ym_api_groups(struct ym_request *r, const char *rest) {
    (void)rest;
    return drill(r, ym_desk_groups);
}

enum MHD_Result ym_api_findings(struct ym_request *r, const char *rest) {
    (void)rest;
    return drill(r, ym_desk_findings);
}
