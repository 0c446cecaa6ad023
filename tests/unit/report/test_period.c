/* test_period.c - names of periods and the months they mean. */
#include "report/period.h"

#include "ym_test.h"

static void names_give_their_months(void) {
    static const struct {
        const char *name;
        int year, month;
        unsigned months;
        const char *label;
    } rows[] = {
        {"1H09", 2009, 1, 6, "1H09"},       {"2H08", 2008, 7, 6, "2H08"},
        {"4Q10", 2010, 10, 3, "4Q10"},      {"1Q00", 2000, 1, 3, "1Q00"},
        {"2011H2", 2011, 7, 6, "2H11"},     {"2011Q3", 2011, 7, 3, "3Q11"},
        {"2013-06", 2013, 6, 1, "2013-06"}, {"2011", 2011, 1, 12, "2011"},
        {"1999Q4", 1999, 10, 3, "1999Q4"},  {"1999H1", 1999, 1, 6, "1999H1"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ym_period p = {0};
        struct ym_period again = {0};
        char label[YM_PERIOD_LABEL_SIZE];

        if (!ym_period_parse(rows[i].name, &p)) {
            FAIL("%s was refused", rows[i].name);
        }
        CHECK_EQ(p.first, rows[i].year * 12 + rows[i].month - 1);
        CHECK_EQ(p.months, rows[i].months);
        if (strcmp(ym_period_label(p, label), rows[i].label) != 0) {
            FAIL("%s is called %s", rows[i].name, label);
        }
        CHECK(ym_period_parse(label, &again));
        CHECK(again.first == p.first && again.months == p.months);
    }
}

static void other_names_are_refused(void) {
    static const char *const names[] = {
        "",     "1",     "1H",     "1H9",    "3H09",   "0H09",    "5Q10",    "0Q10",   "1X09",
        "1h09", "1H099", "2011H3", "2011Q0", "2011Q5", "2013-00", "2013-13", "2013-6", "2013-066",
        "201",  "20111", "1969",   " 1H09",  "1H09 ",  "-1H9",    "2011H2x"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct ym_period p = {.first = 7, .months = 7};

        if (ym_period_parse(names[i], &p)) {
            FAIL("\"%s\" was accepted", names[i]);
        }
        CHECK(p.first == 7 && p.months == 7);
    }
}

static void every_month_lies_in_its_quarter(void) {
    for (int month = 1970 * 12; month < 2100 * 12; month++) {
        struct ym_period q = ym_quarter_of(month);

        CHECK(q.months == 3 && q.first % 3 == 0);
        CHECK(q.first <= month && month < q.first + 3);
    }
}

MAIN(T(names_give_their_months), T(other_names_are_refused), T(every_month_lies_in_its_quarter))
