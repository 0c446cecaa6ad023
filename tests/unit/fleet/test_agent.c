/* test_agent.c - what the agent refuses before it does anything. */
#include "fleet/agent.h"

#include "ym_test.h"

static ym_status open_with(const char *state, const char *spool, struct ym_err *err) {
    struct ym_agent_options o = {.state = state, .spool = spool};
    struct ym_agent *a = NULL;
    ym_status st = ym_agent_open(&o, &a, err);

    CHECK(a == NULL);
    return st;
}

static void names_that_are_too_long_are_refused(void) {
    static char name[5000];
    struct ym_err err = {0};

    memset(name, 'x', sizeof(name) - 1);
    CHECK_EQ(open_with("/nonexistent", name, &err), YM_LIMIT);
    CHECK(strstr(err.text, "spool's name is too long") != NULL);
    name[4096] = '\0';
    err = (struct ym_err){0};
    CHECK_EQ(open_with("/nonexistent", name, &err), YM_LIMIT);
    name[4095] = '\0'; /* fits: what is wrong now is the state */
    err = (struct ym_err){0};
    CHECK_EQ(open_with("/nonexistent", name, &err), YM_IO);
    err = (struct ym_err){0};
    CHECK_EQ(open_with(name, "spool", &err), YM_LIMIT);
}

static void a_machine_may_keep_no_records(void) {
    struct ym_err err = {0};

    CHECK_EQ(open_with("/nonexistent", "", &err), YM_IO);
    CHECK(strstr(err.text, "enrolled") != NULL);
}

MAIN(T(names_that_are_too_long_are_refused), T(a_machine_may_keep_no_records))
