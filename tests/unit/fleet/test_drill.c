/* test_drill.c - what findings were: groups, what is hidden of them, single ones, outbreaks. */
#include "fleet/drill.h"

#include "machine.h"
#include "records/store.h"
#include "ym_test.h"

#include <stdio.h>
#include <string.h>

static const int64_t NOW = 1800000000;

static char folder[64];
static struct ym_drill *drill;
static struct ym_err err;
static struct ym_buf out;

/* One execution of computer n, a day after the other. */
static void put(struct ym_store *store, uint8_t n, const char *country, const char *family,
                const char *object, bool simulated) {
    const struct ym_record_detection d = {.family = family,
                                          .name = family,
                                          .category = "worm",
                                          .object = object,
                                          .path = YM_PATH_AUTORUN};
    const struct ym_record_repair repair = {.what = "service x start=2", .result = YM_REPAIR_DONE};
    struct ym_record r = {.time = NOW - (int64_t)n * 86400,
                          .tool = "yamori 1",
                          .run = YM_RUN_CLEAN,
                          .system = "Windows XP",
                          .service_pack = "SP3",
                          .bits = 32,
                          .outcome = YM_OUTCOME_CLEANED,
                          .simulated = simulated,
                          .detections = &d,
                          .n_detections = 1,
                          .repairs = &repair,
                          .n_repairs = 1};
    bool is_new = false;

    memcpy(r.country, country, 3);
    memset(r.id, n + 1, sizeof(r.id));
    memset(r.machine, n + 1, sizeof(r.machine));
    CHECK_EQ(ym_store_put(store, &r, &is_new, &err), YM_OK);
    CHECK(is_new);
}

static void begin(void) {
    struct ym_store *store = NULL;
    char path[100];

    folder_new(folder);
    err = (struct ym_err){0};
    (void)snprintf(path, sizeof(path), "%s/records.db", folder);
    CHECK_EQ(ym_store_open(path, YM_STORE_CREATE, &store, &err), YM_OK);
    CHECK_EQ(ym_store_begin(store, &err), YM_OK);
    for (uint8_t i = 0; i < 6; i++) {
        put(store, i, "JP", "Conficker", "C:\\x.dll", false);
    }
    put(store, 6, "JP", "Rare", "C:\\\"only here\"\n", false);
    put(store, 7, "BR", "Conficker", "C:\\y.dll", false);
    put(store, 8, "BR", "Conficker", "C:\\y.dll", true);
    CHECK_EQ(ym_store_commit(store, &err), YM_OK);
    ym_store_close(store);
    CHECK_EQ(ym_drill_open(folder, &drill, &err), YM_OK);
    ym_buf_init(&out, 1 << 20);
}

static void end(void) {
    ym_buf_done(&out);
    ym_drill_close(drill);
    folder_remove(folder);
}

static struct ym_drill_filter all(uint32_t min) {
    return (struct ym_drill_filter){.from = 0, .to = NOW + 1, .min = min};
}

static const char *groups(const struct ym_drill_filter *f) {
    ym_buf_clear(&out);
    CHECK_EQ(ym_drill_groups(drill, f, &out, &err), YM_OK);
    return (const char *)out.data;
}

static void groups_count_computers_and_hide_small_ones(void) {
    struct ym_drill_filter f = all(1);
    const char *text;

    begin();
    text = groups(&f);
    CHECK(strstr(text,
                 "\"names\":{\"cells\":[{\"key\":[\"Conficker\",\"worm\"],\"computers\":8,"
                 "\"findings\":8},{\"key\":[\"Rare\",\"worm\"],\"computers\":1,\"findings\":1}],"
                 "\"hidden\":{\"cells\":0,\"n\":0}") != NULL);
    CHECK(strstr(text, "{\"key\":[\"autorun\",\"0\"],\"computers\":9,\"findings\":9}") != NULL);
    CHECK(strstr(text, "C:\\\\\\\"only here\\\"\\u000a") != NULL); /* JSON, whatever is in it */
    f.min = 5;
    text = groups(&f);
    CHECK(strstr(text, "Rare") == NULL && strstr(text, "only here") == NULL);
    CHECK(strstr(text, "\"hidden\":{\"cells\":1,\"n\":null}") != NULL);
    CHECK(strstr(text, "{\"key\":[\"service x start=2\",\"done\"],\"computers\":9,") != NULL);
    end();
}

static void filters_choose(void) {
    struct ym_drill_filter f = all(1);
    const char *text;

    begin();
    memcpy(f.country, "BR", 3);
    text = groups(&f);
    CHECK(strstr(text, "y.dll") != NULL && strstr(text, "x.dll") == NULL);
    f = all(1);
    (void)snprintf(f.family, sizeof(f.family), "Rare");
    text = groups(&f);
    CHECK(strstr(text, "Conficker") == NULL && strstr(text, "Rare") != NULL);
    f = all(1);
    f.from = NOW - 86400;
    text = groups(&f);
    CHECK(strstr(text, "\"computers\":2,\"findings\":2") != NULL && strstr(text, "Rare") == NULL);
    f = all(1);
    (void)snprintf(f.name, sizeof(f.name), "' OR 1=1 --");
    text = groups(&f);
    CHECK(strstr(text, "\"names\":{\"cells\":[],") != NULL);
    end();
}

static void single_findings_are_for_who_sees_all(void) {
    struct ym_drill_filter f = all(1);

    begin();
    memcpy(f.country, "JP", 3);
    (void)snprintf(f.family, sizeof(f.family), "Rare");
    CHECK_EQ(ym_drill_findings(drill, &f, &out, &err), YM_OK);
    CHECK(strstr((char *)out.data, "\"repairs\":[[\"service x start=2\",\"done\"]]") != NULL);
    CHECK(strstr((char *)out.data, "\"path\":\"autorun\"") != NULL);
    CHECK(strstr((char *)out.data, "0707070707") == NULL); /* neither id nor machine */
    f.min = 2;
    CHECK_EQ(ym_drill_findings(drill, &f, &out, &err), YM_LIMIT);
    end();
}

struct seen {
    int n;
    uint64_t computers;
};

static ym_status on_family(void *user, const char *family, uint64_t computers, struct ym_err *e) {
    struct seen *s = user;

    (void)e;
    CHECK(strcmp(family, "Conficker") == 0);
    s->n++;
    s->computers = computers;
    return YM_OK;
}

static struct seen outbreaks(int64_t since, const char *family, uint32_t count) {
    struct seen s = {0};

    CHECK_EQ(ym_drill_outbreaks(drill, since, family, "", count, on_family, &s, &err), YM_OK);
    return s;
}

static void outbreaks_count_real_computers_of_a_time(void) {
    begin();
    CHECK_EQ(outbreaks(0, "", 7).computers, 7); /* not the simulated one */
    CHECK_EQ(outbreaks(0, "", 8).n, 0);
    CHECK_EQ(outbreaks(NOW - 2 * (int64_t)86400, "", 3).computers, 3);
    CHECK_EQ(outbreaks(NOW - 2 * (int64_t)86400, "", 4).n, 0);
    CHECK_EQ(outbreaks(0, "CONFICKER", 2).n, 1);
    CHECK_EQ(outbreaks(0, "Zbot", 1).n, 0);
    end();
}

MAIN(T(groups_count_computers_and_hide_small_ones), T(filters_choose),
     T(single_findings_are_for_who_sees_all), T(outbreaks_count_real_computers_of_a_time))
