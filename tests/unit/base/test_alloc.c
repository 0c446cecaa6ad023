/* test_alloc.c - base/alloc: the one door to malloc, and the switch that closes it. */
#include "base/alloc.h"

#include "ym_test.h"

#include <stdint.h>

static void a_size_of_zero_gives_a_place_that_can_be_freed(void) {
    void *a = ym_malloc(0);
    void *b = ym_zalloc(0, 0);
    void *c = ym_realloc(NULL, 0);

    CHECK(a != NULL && b != NULL && c != NULL);
    ym_free(a);
    ym_free(b);
    ym_free(c);
    ym_free(NULL);
}

static void products_that_overflow_are_refused(void) {
    volatile size_t huge = SIZE_MAX / 2 + 2; /* volatile: gcc would refuse it at compile time */
    char *p = ym_malloc(8);

    CHECK(p != NULL);
    CHECK(ym_zalloc(huge, 2) == NULL);
    CHECK(ym_realloc_array(p, huge, 2) == NULL);
    memset(p, 1, 8); /* still ours: a refused realloc leaves the old place valid */
    ym_free(p);
}

static void copies_of_text_are_cut_at_n_and_at_nul(void) {
    char *a = ym_strdup("gecko");
    char *b = ym_strndup("gecko", 3);
    char *c = ym_strndup("gec\0ko", 6);

    CHECK(a != NULL && b != NULL && c != NULL);
    CHECK(strcmp(a, "gecko") == 0);
    CHECK(strcmp(b, "gec") == 0);
    CHECK(strcmp(c, "gec") == 0);
    ym_free(a);
    ym_free(b);
    ym_free(c);
}

static void the_nth_allocation_fails_once(void) {
    void *a;
    void *b;
    void *c;

    (void)ym_fault_malloc(2, 0);
    a = ym_malloc(1);
    b = ym_malloc(1);
    c = ym_malloc(1);
    CHECK_EQ(ym_fault_malloc(0, 0), 1);
    CHECK(a != NULL && b == NULL && c != NULL);
    ym_free(a);
    ym_free(c);
}

static void a_sticky_fault_fails_every_later_allocation_of_every_kind(void) {
    void *p[6];

    (void)ym_fault_malloc(1, 1);
    p[0] = ym_malloc(1);
    p[1] = ym_zalloc(1, 1);
    p[2] = ym_realloc(NULL, 1);
    p[3] = ym_realloc_array(NULL, 1, 1);
    p[4] = ym_strdup("x");
    p[5] = ym_strndup("x", 1);
    CHECK_EQ(ym_fault_malloc(0, 0), 6);
    for (int i = 0; i < 6; i++) {
        CHECK(p[i] == NULL);
    }
    p[0] = ym_malloc(1);
    CHECK(p[0] != NULL);
    ym_free(p[0]);
}

MAIN(T(a_size_of_zero_gives_a_place_that_can_be_freed), T(products_that_overflow_are_refused),
     T(copies_of_text_are_cut_at_n_and_at_nul), T(the_nth_allocation_fails_once),
     T(a_sticky_fault_fails_every_later_allocation_of_every_kind))
