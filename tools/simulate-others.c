/* simulate-others.c - what guards meet, what audits find open, what a watch over a network sees.  See
 * simulate.h.  All of it is filler with plausible weights and no source; every record is labelled as
 * simulated. */
#include "simulate.h"

#include "base/time.h"

#include <string.h>

enum {
    GUARDED_EVERY = 4,  /* one computer in so many has a guard that reports */
    AUDITED_EVERY = 20, /* … is audited */
    WATCHES = 5,        /* a month */
    AREAS = 12,
};

static const struct {
    const char *name;
    const char *family;
    enum ym_path path;
    unsigned weight[4]; /* an era */
} exploits[] = {
    {"Exploit:HTML/IframeRef.A", "IframeRef", YM_PATH_WEB, {30, 25, 20, 12}},
    {"Exploit:JS/Blacole.A", "Blacole", YM_PATH_WEB, {0, 30, 12, 2}},
    {"Exploit:Java/CVE-2012-1723.A", "CVE-2012-1723", YM_PATH_WEB, {0, 20, 16, 4}},
    {"Exploit:Java/CVE-2008-5353.B", "CVE-2008-5353", YM_PATH_WEB, {10, 8, 1, 0}},
    {"Exploit:Win32/CplLnk.A", "CplLnk", YM_PATH_AUTORUN, {0, 9, 10, 8}},
    {"Exploit:Win32/MS08067.gen", "MS08067", YM_PATH_EXPLOIT, {9, 5, 1, 1}},
    {"Exploit:Win32/Pdfjsc.A", "Pdfjsc", YM_PATH_MAIL, {14, 12, 5, 2}},
    {"Exploit:O97M/CVE-2017-0199.A", "CVE-2017-0199", YM_PATH_MAIL, {0, 0, 0, 9}},
    {"Exploit:SWF/CVE-2011-0611.A", "CVE-2011-0611", YM_PATH_WEB, {2, 6, 4, 5}},
    {"Exploit:Win32/ShellCode.A", "ShellCode", YM_PATH_UNKNOWN, {2, 2, 2, 2}},
};
enum { N_EXPLOITS = sizeof(exploits) / sizeof(exploits[0]) };

/* Doors and how many in a hundred have them open, a little less in each era. */
static const struct {
    const char *id;
    unsigned open;
} doors[] = {
    {"autorun-removable", 46}, {"autorun-network", 30}, {"autorun-fixed", 28},
    {"services", 12},          {"lockout", 71},         {"weak-passwords", 17},
    {"password-policy", 55},   {"shares", 9},           {"admin-shares", 63},
    {"anonymous", 22},         {"kill-bits", 35},       {"office-macros", 26},
};
enum { N_DOORS = sizeof(doors) / sizeof(doors[0]) };

/* Updates with the month they came out in; one in `missing` hundred computers lacks it at first. */
static const struct {
    const char *id;
    int month; /* year * 12 + month - 1 */
    unsigned missing;
} updates[] = {
    {"MS06-014", 2006 * 12 + 3, 9},  {"MS07-017", 2007 * 12 + 3, 12},
    {"MS08-067", 2008 * 12 + 9, 24}, {"MS09-002", 2009 * 12 + 1, 20},
    {"MS10-046", 2010 * 12 + 7, 22}, {"MS11-003", 2011 * 12 + 1, 18},
    {"MS12-020", 2012 * 12 + 2, 21}, {"MS12-063", 2012 * 12 + 8, 16},
    {"MS13-051", 2013 * 12 + 5, 17}, {"MS14-064", 2014 * 12 + 10, 19},
    {"MS15-034", 2015 * 12 + 3, 15},
};
enum { N_UPDATES = sizeof(updates) / sizeof(updates[0]) };

/* Careful places meet a third of what the others meet, enterprises half. */
static unsigned share_that_meets(const struct ym_record *clean) {
    static const char *const careful[] = {"JP", "FI", "NO", "AT", "DE", "SE", "CH"};
    unsigned share = clean->segment == YM_SEGMENT_ENTERPRISE ? 110 : 210;

    for (size_t i = 0; i < sizeof(careful) / sizeof(careful[0]); i++) {
        share = strcmp(clean->country, careful[i]) == 0 ? share / 3 : share;
    }
    return share; /* in a thousand */
}

static struct ym_record_detection pick_exploit(unsigned era, uint64_t *chance) {
    unsigned sum = 0;
    uint32_t at;

    for (size_t i = 0; i < N_EXPLOITS; i++) {
        sum += exploits[i].weight[era];
    }
    at = ym_simulate_below(chance, sum);
    for (size_t i = 0;; i++) {
        if (at < exploits[i].weight[era]) {
            return (struct ym_record_detection){.family = exploits[i].family,
                                                .name = exploits[i].name,
                                                .category = "exploit",
                                                .object = "",
                                                .path = exploits[i].path,
                                                .blocked = true};
        }
        at -= exploits[i].weight[era];
    }
}

/* A record of the same computer in the same month. */
static struct ym_record of_computer(const struct ym_record *clean, enum ym_run run) {
    struct ym_record r = *clean;

    r.run = run;
    r.outcome = YM_OUTCOME_NONE;
    r.detections = NULL;
    r.n_detections = 0;
    r.repairs = NULL;
    r.n_repairs = 0;
    return r;
}

static bool put_guard(struct ym_simulate_out *out, const struct ym_record *clean, unsigned era) {
    uint64_t *chance = &out->chance;
    struct ym_record_detection found[YM_SIMULATE_FOUND_MAX + 1];
    struct ym_record r = of_computer(clean, YM_RUN_GUARD);

    r.protection = YM_PROTECTION_ON;
    if (ym_simulate_below(chance, 1000) < share_that_meets(clean)) {
        r.n_detections = ym_simulate_find(chance, era, r.segment, found);
        for (size_t i = 0; i < r.n_detections; i++) {
            found[i].blocked = true;
        }
        if (ym_simulate_below(chance, 4) == 0) {
            found[r.n_detections++] = pick_exploit(era, chance);
        }
        r.detections = found;
        r.outcome = YM_OUTCOME_DETECTED;
    }
    return ym_simulate_write(out, &r);
}

static struct ym_record_exposure look_at_update(size_t i, int month, uint64_t *chance) {
    int months = month - updates[i].month;
    /* Half of those who lack it have it after a year. */
    unsigned missing = updates[i].missing * 12 / (12 + (unsigned)months);
    bool open = ym_simulate_below(chance, 100) < missing;

    return (struct ym_record_exposure){
        .id = updates[i].id,
        .kind = YM_EXPOSURE_UPDATE,
        .state = open ? YM_EXPOSURE_STATE_OPEN : YM_EXPOSURE_STATE_CLOSED,
        .age_days = open ? (int64_t)months * 30 + ym_simulate_below(chance, 28) : -1};
}

static bool put_audit(struct ym_simulate_out *out, const struct ym_record *clean, unsigned era,
                      int month) {
    uint64_t *chance = &out->chance;
    struct ym_record_exposure list[N_DOORS + N_UPDATES];
    struct ym_record r = of_computer(clean, YM_RUN_AUDIT);

    for (size_t i = 0; i < N_DOORS; i++) {
        uint32_t at = ym_simulate_below(chance, 100);
        unsigned open = doors[i].open * (6 - era) / 6;

        list[r.n_exposures++] = (struct ym_record_exposure){
            .id = doors[i].id,
            .kind = YM_EXPOSURE_DOOR,
            .state = at < open                  ? YM_EXPOSURE_STATE_OPEN
                     : at < open + open / 4 + 1 ? YM_EXPOSURE_STATE_PARTLY
                     : at == 99                 ? YM_EXPOSURE_STATE_UNKNOWN
                                                : YM_EXPOSURE_STATE_CLOSED,
            .age_days = -1};
    }
    for (size_t i = 0; i < N_UPDATES; i++) {
        if (updates[i].month <= month) {
            list[r.n_exposures++] = look_at_update(i, month, chance);
        }
    }
    r.exposures = list;
    return ym_simulate_write(out, &r);
}

bool ym_simulate_others(struct ym_simulate_out *out, const struct ym_record *clean, unsigned era) {
    struct ym_date date = ym_date_of_unix(clean->time);
    bool guarded = clean->protection == YM_PROTECTION_ON &&
                   ym_simulate_below(&out->chance, GUARDED_EVERY) == 0;
    bool audited = ym_simulate_below(&out->chance, AUDITED_EVERY) == 0;

    return (!guarded || put_guard(out, clean, era)) &&
           (!audited || put_audit(out, clean, era, date.year * 12 + (int)date.month - 1));
}

bool ym_simulate_watches(struct ym_simulate_out *out, int64_t time, unsigned era) {
    static const char *const seen[AREAS][2] = {
        {"blocked-name", "Conficker"}, {"blocked-name", "Zbot"},  {"blocked-name", "Gamarue"},
        {"blocked-name", "Sality"},    {"scan-445", "445"},       {"scan-23", "23"},
        {"scan-3389", "3389"},         {"sinkhole", "Conficker"}, {"sinkhole", "Ramnit"},
        {"spam-sender", "25"},         {"open-resolver", "53"},   {"open-ntp", "123"}};

    for (uint32_t w = 0; w < WATCHES; w++) {
        struct ym_record_observation list[AREAS];
        struct ym_record r = {.tool = "yamori-simulate",
                              .run = YM_RUN_OBSERVE,
                              .simulated = true,
                              .time = time + ym_simulate_below(&out->chance, 27 * 86400),
                              .segment = YM_SEGMENT_ENTERPRISE,
                              .country = "JP",
                              .located = YM_LOCATED_SETTING,
                              .observations = list,
                              .n_observations = AREAS};

        for (size_t i = 0; i < AREAS; i++) {
            list[i] = (struct ym_record_observation){
                seen[i][0], seen[i][1],
                1 + ym_simulate_below(&out->chance, (uint32_t)(4000 / (i + 1)) * (era + 1))};
        }
        if (!ym_simulate_write(out, &r)) {
            return false;
        }
    }
    return true;
}
