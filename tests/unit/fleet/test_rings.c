/* test_rings.c - when a ring opens, when a rollout stops; no network, no clock, no store. */
#include "fleet/rings.h"

#include "ym_test.h"

static const struct ym_ring_rules rules = {
    .wait = 60, .machines = 10, .share = 500, .max_failed = 100, .max_rise = 50};

static struct ym_rollout fresh(void) {
    return (struct ym_rollout){
        .state = YM_ROLLOUT_RUNNING, .epoch = 5, .ring = 1, .rings = 3, .opened = 1000};
}

static void a_well_ring_opens_the_next_and_the_last_ends_it(void) {
    struct ym_ring_counts c[3] = {
        {.machines = 20, .good = 20}, {.machines = 100}, {.machines = 900}};
    struct ym_rollout r = fresh();

    CHECK(ym_rollout_step(&r, &rules, c, 1060));
    CHECK_EQ(r.ring, 2);
    CHECK_EQ(r.opened, 1060);
    CHECK(!ym_rollout_step(&r, &rules, c, 1200)); /* nobody of ring 2 has tried */
    c[1].good = 50;
    CHECK(ym_rollout_step(&r, &rules, c, 1200));
    CHECK_EQ(r.ring, 3);
    c[2].good = 890;
    CHECK(ym_rollout_step(&r, &rules, c, 2000));
    CHECK_EQ(r.state, YM_ROLLOUT_DONE);
    CHECK(!ym_rollout_step(&r, &rules, c, 3000));
}

static void one_step_opens_at_most_one_ring(void) {
    const struct ym_ring_counts c[3] = {
        {.machines = 20, .good = 20}, {.machines = 20, .good = 20}, {.machines = 20, .good = 20}};
    struct ym_rollout r = fresh();

    CHECK(ym_rollout_step(&r, &rules, c, 99999));
    CHECK_EQ(r.ring, 2);
    CHECK(!ym_rollout_step(&r, &rules, c, 99999)); /* its own wait begins anew */
}

static void it_waits_for_time_machines_and_share(void) {
    struct ym_ring_counts c[3] = {{.machines = 20, .good = 20}};
    struct ym_rollout r = fresh();

    CHECK(!ym_rollout_step(&r, &rules, c, 1059));
    CHECK(r.reason[0] != '\0');
    c[0].good = 9;
    CHECK(!ym_rollout_step(&r, &rules, c, 9999));
    c[0] = (struct ym_ring_counts){.machines = 100, .good = 49};
    CHECK(!ym_rollout_step(&r, &rules, c, 9999));
    c[0].good = 50;
    CHECK(ym_rollout_step(&r, &rules, c, 9999));
}

static void a_bad_image_stops_in_ring_1_at_the_first_look(void) {
    struct ym_ring_counts c[3] = {{.machines = 20, .good = 0, .failed = 1}};
    struct ym_rollout r = fresh();

    CHECK(ym_rollout_step(&r, &rules, c, 1001));
    CHECK_EQ(r.state, YM_ROLLOUT_STOPPED);
    CHECK_EQ(r.ring, 1);
    CHECK(strstr(r.reason, "1 of 1") != NULL);
    c[0] = (struct ym_ring_counts){.machines = 20, .good = 20}; /* later good news change nothing */
    CHECK(!ym_rollout_step(&r, &rules, c, 99999));
    for (uint32_t ring = 1; ring <= 3; ring++) {
        CHECK(!ym_rollout_offers(&r, ring));
    }
}

static void few_failures_are_borne_and_more_are_not(void) {
    struct ym_ring_counts c[3] = {{.machines = 20, .good = 18, .failed = 2}};
    struct ym_rollout r = fresh();

    CHECK(ym_rollout_step(&r, &rules, c, 1060)); /* 100 of 1000 is what is allowed */
    CHECK_EQ(r.state, YM_ROLLOUT_RUNNING);
    c[0] = (struct ym_ring_counts){.machines = 20, .good = 17, .failed = 3};
    CHECK(ym_rollout_step(&r, &rules, c, 1061)); /* an earlier ring is still looked at */
    CHECK_EQ(r.state, YM_ROLLOUT_STOPPED);
}

static void more_incomplete_objects_than_before_stop_it(void) {
    struct ym_ring_counts c[3] = {
        {.machines = 20, .good = 20, .files = 10000, .gaps = 600, .files0 = 10000, .gaps0 = 100}};
    struct ym_rollout r = fresh();

    c[0].gaps = 600; /* 60 of 1000; 10 + 50 are allowed */
    CHECK(ym_rollout_step(&r, &rules, c, 1060));
    CHECK_EQ(r.state, YM_ROLLOUT_RUNNING);
    c[0].gaps = 610;
    CHECK(ym_rollout_step(&r, &rules, c, 1060));
    CHECK_EQ(r.state, YM_ROLLOUT_STOPPED);
    CHECK(strstr(r.reason, "61 of 1000") != NULL);
}

static void too_few_objects_say_nothing(void) {
    const struct ym_ring_counts c[3] = {
        {.machines = 20, .good = 20, .files = 999, .gaps = 999, .files0 = 5000}};
    struct ym_rollout r = fresh();

    CHECK(ym_rollout_step(&r, &rules, c, 1060));
    CHECK_EQ(r.state, YM_ROLLOUT_RUNNING);
}

static void a_ring_without_machines_does_not_hold_it_up(void) {
    const struct ym_ring_counts c[3] = {
        {.machines = 20, .good = 20}, {0}, {.machines = 1, .good = 1}};
    struct ym_rollout r = fresh();

    CHECK(ym_rollout_step(&r, &rules, c, 1060));
    CHECK(ym_rollout_step(&r, &rules, c, 1120));
    CHECK_EQ(r.ring, 3);
}

static void forged_numbers_do_not_overflow(void) {
    const struct ym_ring_counts c[3] = {{.machines = UINT64_MAX,
                                         .good = UINT64_MAX,
                                         .failed = UINT64_MAX,
                                         .files = UINT64_MAX,
                                         .gaps = UINT64_MAX,
                                         .files0 = UINT64_MAX}};
    struct ym_rollout r = fresh();

    CHECK(ym_rollout_step(&r, &rules, c, INT64_MAX));
    CHECK_EQ(r.state, YM_ROLLOUT_STOPPED);
}

static void only_open_rings_are_offered_the_image(void) {
    struct ym_rollout r = fresh();

    r.ring = 2;
    CHECK(ym_rollout_offers(&r, 1) && ym_rollout_offers(&r, 2) && !ym_rollout_offers(&r, 3));
    r.state = YM_ROLLOUT_DONE;
    CHECK(ym_rollout_offers(&r, 3));
    r.state = YM_ROLLOUT_NONE;
    CHECK(!ym_rollout_offers(&r, 1));
}

MAIN(T(a_well_ring_opens_the_next_and_the_last_ends_it), T(one_step_opens_at_most_one_ring),
     T(it_waits_for_time_machines_and_share), T(a_bad_image_stops_in_ring_1_at_the_first_look),
     T(few_failures_are_borne_and_more_are_not), T(more_incomplete_objects_than_before_stop_it),
     T(too_few_objects_say_nothing), T(a_ring_without_machines_does_not_hold_it_up),
     T(forged_numbers_do_not_overflow), T(only_open_rings_are_offered_the_image))
