/* test_figures.c - what counts, and what is not shown. */
#include "report/report.h"

#include "base/alloc.h"
#include "base/time.h"
#include "ym_test.h"

#include <jansson.h>

static struct ym_store *store;
static unsigned next_id;

static void begin(void) {
    struct ym_err err = {0};

    store = NULL;
    CHECK_EQ(ym_store_open("", YM_STORE_MEMORY, &store, &err), YM_OK);
}

/* What the records of one call have in common. */
struct kind {
    const char *month; /* "2009-01-15" */
    const char *country;
    enum ym_segment segment;
    enum ym_run run;
    enum ym_outcome outcome;
    const char *families[4]; /* NULL at the end */
    unsigned machine;        /* 0: not known */
    bool simulated;
};

static void put(const struct kind *k, unsigned n) {
    struct ym_record_detection found[4];
    struct ym_record r = {.tool = "t",
                          .run = k->run,
                          .system = "Windows XP",
                          .service_pack = "SP3",
                          .bits = 32,
                          .segment = k->segment,
                          .outcome = k->outcome,
                          .simulated = k->simulated,
                          .detections = found};
    struct ym_err err = {0};
    bool is_new = false;

    while (r.n_detections < 4 && k->families[r.n_detections] != NULL) {
        found[r.n_detections] =
            (struct ym_record_detection){k->families[r.n_detections],
                                         "x",
                                         k->families[r.n_detections][0] == 'C' ? "worm" : "virus",
                                         "",
                                         YM_PATH_UNKNOWN,
                                         false};
        r.n_detections++;
    }
    CHECK(ym_parse_iso_time(k->month, &r.time));
    memcpy(r.country, k->country, 3);
    r.machine[0] = (uint8_t)k->machine;
    CHECK_EQ(ym_store_begin(store, &err), YM_OK);
    for (unsigned i = 0; i < n; i++) {
        next_id++;
        memcpy(r.id, &next_id, sizeof(next_id));
        CHECK_EQ(ym_store_put(store, &r, &is_new, &err), YM_OK);
        CHECK(is_new);
    }
    CHECK_EQ(ym_store_commit(store, &err), YM_OK);
}

static json_t *figures(const char *period, uint64_t threshold) {
    struct ym_period p;
    struct ym_report_options o = {
        .periods = &p, .n_periods = 1, .threshold = threshold, .lang = "en", .title = "t"};
    struct ym_buf out;
    struct ym_err err = {0};
    json_t *v;

    CHECK(ym_period_parse(period, &p));
    ym_buf_init(&out, YM_REPORT_JSON_MAX);
    CHECK_EQ(ym_report_figures(store, &o, &out, &err), YM_OK);
    v = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
    ym_buf_done(&out);
    CHECK(v != NULL);
    return v;
}

static json_t *period_of(json_t *figures_) {
    return json_array_get(json_object_get(figures_, "periods"), 0);
}

/* The cell of the world; NULL when it is not shown. */
static json_t *world_of(json_t *figures_) {
    return json_array_get(json_object_get(json_object_get(period_of(figures_), "world"), "cells"),
                          0);
}

static json_t *cell(json_t *table, const char *key) {
    json_t *cells = json_object_get(table, "cells");
    size_t i;
    json_t *c;

    json_array_foreach(cells, i, c) {
        if (strcmp(json_string_value(json_array_get(json_object_get(c, "key"), 0)), key) == 0) {
            return c;
        }
    }
    return NULL;
}

static long long whole(json_t *object, const char *key) {
    json_t *v = json_object_get(object, key);

    CHECK(json_is_integer(v));
    return json_integer_value(v);
}

static const struct kind clean_jp = {
    .month = "2009-01-15", .country = "JP", .run = YM_RUN_CLEAN, .segment = YM_SEGMENT_HOME};

static struct kind cleaned(const char *month, const char *country, const char *family) {
    return (struct kind){.month = month,
                         .country = country,
                         .run = YM_RUN_CLEAN,
                         .segment = YM_SEGMENT_HOME,
                         .outcome = YM_OUTCOME_CLEANED,
                         .families = {family}};
}

static void a_computer_with_three_families_counts_once(void) {
    struct kind k = cleaned("2009-01-15", "JP", "Conficker");
    json_t *f;
    json_t *p;

    begin();
    k.families[1] = "Parite";
    k.families[2] = "Sality";
    put(&k, 6);
    put(&clean_jp, 994);
    f = figures("1Q09", 100);
    p = period_of(f);
    CHECK_EQ(whole(cell(json_object_get(p, "country"), "JP"), "x"), 6);
    CHECK_EQ(whole(cell(json_object_get(p, "country"), "JP"), "n"), 1000);
    CHECK(strcmp(json_string_value(json_object_get(world_of(f), "print")), "6.0") == 0);
    CHECK_EQ(whole(cell(json_object_get(p, "family"), "Sality"), "x"), 6);
    CHECK_EQ(whole(cell(json_object_get(p, "category"), "virus"), "x"), 6);
    json_decref(f);
    ym_store_close(store);
}

static void a_computer_that_runs_twice_in_a_month_counts_once_and_again_next_month(void) {
    struct kind k = cleaned("2009-01-15", "JP", "Conficker");
    json_t *f;

    begin();
    k.machine = 9;
    put(&k, 3);
    k.month = "2009-02-15";
    put(&k, 2);
    put(&clean_jp, 10);
    f = figures("1Q09", 1);
    CHECK_EQ(whole(world_of(f), "x"), 2);
    CHECK_EQ(whole(world_of(f), "n"), 15);
    json_decref(f);
    ym_store_close(store);
}

static void scans_and_detections_without_removal_are_not_cleaned(void) {
    struct kind scan = {.month = "2009-01-15",
                        .country = "JP",
                        .run = YM_RUN_SCAN,
                        .outcome = YM_OUTCOME_DETECTED,
                        .families = {"Conficker"}};
    struct kind looked = scan;
    struct kind partly = cleaned("2009-01-15", "JP", "Conficker");
    json_t *f;

    begin();
    looked.run = YM_RUN_CLEAN;
    partly.outcome = YM_OUTCOME_PARTLY;
    put(&scan, 7);
    put(&looked, 5);
    put(&partly, 2);
    f = figures("1Q09", 1);
    CHECK_EQ(whole(world_of(f), "n"), 7);
    CHECK_EQ(whole(world_of(f), "x"), 2);
    CHECK_EQ(whole(json_object_get(period_of(f), "runs"), "all"), 14);
    CHECK_EQ(whole(json_object_get(period_of(f), "runs"), "clean"), 7);
    json_decref(f);
    ym_store_close(store);
}

static void cells_below_the_threshold_are_not_written_and_are_counted(void) {
    struct kind k = clean_jp;
    json_t *f;
    json_t *country;

    begin();
    put(&clean_jp, 100);
    k.country = "TV";
    put(&k, 99);
    k.country = "TO";
    put(&k, 3);
    k.country = "ZZ";
    put(&k, 200);
    f = figures("1Q09", 100);
    country = json_object_get(period_of(f), "country");
    CHECK(cell(country, "JP") != NULL);
    CHECK(cell(country, "TV") == NULL);
    CHECK(cell(country, "TO") == NULL);
    CHECK(cell(country, "ZZ") == NULL); /* no place, however many */
    CHECK_EQ(whole(json_object_get(country, "hidden"), "cells"), 2);
    CHECK_EQ(whole(json_object_get(country, "hidden"), "n"), 102);
    CHECK_EQ(whole(country, "unplaced"), 200);
    json_decref(f);
    ym_store_close(store);
}

static void families_of_few_computers_are_not_named(void) {
    struct kind k = cleaned("2009-01-15", "JP", "Conficker");
    json_t *f;
    json_t *family;

    begin();
    put(&k, YM_REPORT_MIN_COMPUTERS);
    k.families[0] = "Parite";
    put(&k, YM_REPORT_MIN_COMPUTERS - 1);
    k.families[0] = "Sality";
    put(&k, YM_REPORT_MIN_COMPUTERS - 2);
    put(&clean_jp, 1000);
    f = figures("1Q09", 1000);
    family = json_object_get(period_of(f), "family");
    CHECK(cell(family, "Conficker") != NULL);
    CHECK(cell(family, "Parite") == NULL);
    CHECK_EQ(whole(json_object_get(family, "hidden"), "cells"), 2);
    CHECK_EQ(whole(json_object_get(family, "hidden"), "n"), 2 * YM_REPORT_MIN_COMPUTERS - 3);
    json_decref(f);
    ym_store_close(store);
}

/* Its total is published, so the next larger one goes with it. */
static void one_small_cell_is_not_left_alone(void) {
    struct kind k = cleaned("2009-01-15", "JP", "Conficker");
    json_t *f;
    json_t *family;

    begin();
    put(&k, 90);
    k.families[0] = "Parite";
    put(&k, 30);
    k.families[0] = "Sality";
    put(&k, YM_REPORT_MIN_COMPUTERS - 1);
    put(&clean_jp, 1000);
    f = figures("1Q09", 1000);
    family = json_object_get(period_of(f), "family");
    CHECK(cell(family, "Conficker") != NULL);
    CHECK(cell(family, "Parite") == NULL);
    CHECK(cell(family, "Sality") == NULL);
    CHECK_EQ(whole(json_object_get(family, "hidden"), "cells"), 2);
    json_decref(f);
    ym_store_close(store);
}

/* With nothing to hide it behind, the total of what is hidden is not told. */
static void the_only_cell_is_hidden_with_its_total(void) {
    struct kind k = cleaned("2009-01-15", "JP", "Conficker");
    json_t *f;
    json_t *hidden;

    begin();
    put(&k, YM_REPORT_MIN_COMPUTERS - 1);
    put(&clean_jp, 1000);
    f = figures("1Q09", 1000);
    hidden = json_object_get(json_object_get(period_of(f), "family"), "hidden");
    CHECK_EQ(whole(hidden, "cells"), 1);
    CHECK(json_is_null(json_object_get(hidden, "n")));
    json_decref(f);
    ym_store_close(store);
}

static void months_outside_the_period_do_not_count(void) {
    struct kind k = clean_jp;
    json_t *f;

    begin();
    k.month = "2008-12-31T23:59:59Z";
    put(&k, 10);
    k.month = "2009-01-01T00:00:00Z";
    put(&k, 20);
    k.month = "2009-06-30T23:59:59Z";
    put(&k, 40);
    k.month = "2009-07-01T00:00:00Z";
    put(&k, 80);
    f = figures("1H09", 1);
    CHECK_EQ(whole(world_of(f), "n"), 60);
    CHECK_EQ(whole(world_of(f), "months"), 2);
    CHECK_EQ(json_array_size(
                 json_object_get(json_object_get(json_object_get(f, "trends"), "world"), "cells")),
             4);
    json_decref(f);
    ym_store_close(store);
}

static void every_table_names_a_query_that_is_given(void) {
    static const char *const tables[] = {"country", "system", "segment", "family", "category"};
    json_t *f;

    begin();
    put(&clean_jp, 10);
    f = figures("1H09", 1);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        json_t *table = json_object_get(period_of(f), tables[i]);
        const char *name = json_string_value(json_object_get(table, "query"));

        CHECK(name != NULL);
        CHECK(json_is_string(json_object_get(json_object_get(f, "queries"), name)));
    }
    json_decref(f);
    ym_store_close(store);
}

static void simulated_records_are_told(void) {
    struct kind k = clean_jp;
    json_t *f;

    begin();
    put(&clean_jp, 10);
    k.simulated = true;
    put(&k, 3);
    f = figures("1H09", 1);
    CHECK_EQ(whole(json_object_get(f, "runs"), "simulated"), 3);
    CHECK_EQ(whole(json_object_get(f, "runs"), "all"), 13);
    json_decref(f);
    ym_store_close(store);
}

static void an_empty_store_gives_empty_figures(void) {
    struct ym_report_options o = {.threshold = 1};
    struct ym_buf out;
    struct ym_err err = {0};
    json_t *f;

    begin();
    f = figures("1H09", 1);
    CHECK(world_of(f) == NULL);
    CHECK_EQ(json_array_size(
                 json_object_get(json_object_get(json_object_get(f, "trends"), "world"), "cells")),
             0);
    json_decref(f);
    ym_buf_init(&out, YM_REPORT_JSON_MAX);
    CHECK_EQ(ym_report_figures(store, &o, &out, &err), YM_END); /* no period, no quarter */
    ym_buf_done(&out);
    ym_store_close(store);
}

static void hostile_names_are_valid_json(void) {
    struct kind k = cleaned("2009-01-15", "JP", "C\"</script>\n\\");
    json_t *f;

    begin();
    put(&k, 10);
    f = figures("1H09", 1);
    CHECK(cell(json_object_get(period_of(f), "family"), "C\"</script>\n\\") != NULL);
    json_decref(f);
    ym_store_close(store);
}

MAIN(T(a_computer_with_three_families_counts_once),
     T(a_computer_that_runs_twice_in_a_month_counts_once_and_again_next_month),
     T(scans_and_detections_without_removal_are_not_cleaned),
     T(cells_below_the_threshold_are_not_written_and_are_counted),
     T(families_of_few_computers_are_not_named), T(one_small_cell_is_not_left_alone),
     T(the_only_cell_is_hidden_with_its_total), T(months_outside_the_period_do_not_count),
     T(every_table_names_a_query_that_is_given), T(simulated_records_are_told),
     T(an_empty_store_gives_empty_figures), T(hostile_names_are_valid_json))
