/* modules/math.c - what YARA's module math offers; see base/module.h. */
#include "base/modules/math.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_math_root;

/* in_range() of integers is YARA-X's. */
static const struct ym_mod_overload in_range[] = {
    {"ddd", YM_MOD_INT, MATH_FN_IN_RANGE},
    {"iii", YM_MOD_INT, MATH_FN_IN_RANGE_INT},
};
static const struct ym_mod_overload deviation[] = {
    {"iid", YM_MOD_DOUBLE, MATH_FN_DEVIATION},
    {"sd", YM_MOD_DOUBLE, MATH_FN_DEVIATION_TEXT},
};
static const struct ym_mod_overload mean[] = {
    {"ii", YM_MOD_DOUBLE, MATH_FN_MEAN},
    {"s", YM_MOD_DOUBLE, MATH_FN_MEAN_TEXT},
};
static const struct ym_mod_overload serial_correlation[] = {
    {"ii", YM_MOD_DOUBLE, MATH_FN_SERIAL_CORRELATION},
    {"s", YM_MOD_DOUBLE, MATH_FN_SERIAL_CORRELATION_TEXT},
};
static const struct ym_mod_overload monte_carlo_pi[] = {
    {"ii", YM_MOD_DOUBLE, MATH_FN_MONTE_CARLO_PI},
    {"s", YM_MOD_DOUBLE, MATH_FN_MONTE_CARLO_PI_TEXT},
};
static const struct ym_mod_overload entropy[] = {
    {"ii", YM_MOD_DOUBLE, MATH_FN_ENTROPY},
    {"s", YM_MOD_DOUBLE, MATH_FN_ENTROPY_TEXT},
};
static const struct ym_mod_overload min[] = {{"ii", YM_MOD_INT, MATH_FN_MIN}};
static const struct ym_mod_overload max[] = {{"ii", YM_MOD_INT, MATH_FN_MAX}};
static const struct ym_mod_overload to_number[] = {{"b", YM_MOD_INT, MATH_FN_TO_NUMBER}};
static const struct ym_mod_overload absolute[] = {{"i", YM_MOD_INT, MATH_FN_ABS}};
static const struct ym_mod_overload count[] = {
    {"iii", YM_MOD_INT, MATH_FN_COUNT},
    {"i", YM_MOD_INT, MATH_FN_COUNT_ALL},
};
static const struct ym_mod_overload percentage[] = {
    {"iii", YM_MOD_DOUBLE, MATH_FN_PERCENTAGE},
    {"i", YM_MOD_DOUBLE, MATH_FN_PERCENTAGE_ALL},
};
static const struct ym_mod_overload mode[] = {
    {"ii", YM_MOD_INT, MATH_FN_MODE},
    {"", YM_MOD_INT, MATH_FN_MODE_ALL},
};
static const struct ym_mod_overload to_string[] = {
    {"i", YM_MOD_TEXT, MATH_FN_TO_STRING},
    {"ii", YM_MOD_TEXT, MATH_FN_TO_STRING_BASE},
};

static const struct ym_mod_type in_range_type = YM_MOD_FUNCTION_OF(in_range);
static const struct ym_mod_type deviation_type = YM_MOD_FUNCTION_OF(deviation);
static const struct ym_mod_type mean_type = YM_MOD_FUNCTION_OF(mean);
static const struct ym_mod_type serial_correlation_type = YM_MOD_FUNCTION_OF(serial_correlation);
static const struct ym_mod_type monte_carlo_pi_type = YM_MOD_FUNCTION_OF(monte_carlo_pi);
static const struct ym_mod_type entropy_type = YM_MOD_FUNCTION_OF(entropy);
static const struct ym_mod_type min_type = YM_MOD_FUNCTION_OF(min);
static const struct ym_mod_type max_type = YM_MOD_FUNCTION_OF(max);
static const struct ym_mod_type to_number_type = YM_MOD_FUNCTION_OF(to_number);
static const struct ym_mod_type absolute_type = YM_MOD_FUNCTION_OF(absolute);
static const struct ym_mod_type count_type = YM_MOD_FUNCTION_OF(count);
static const struct ym_mod_type percentage_type = YM_MOD_FUNCTION_OF(percentage);
static const struct ym_mod_type mode_type = YM_MOD_FUNCTION_OF(mode);
static const struct ym_mod_type to_string_type = YM_MOD_FUNCTION_OF(to_string);

static const struct ym_mod_field fields[] = {
    {.name = "MEAN_BYTES", .type = &ym_mod_const_double, .d = 127.5},
    {.name = "in_range", .type = &in_range_type},
    {.name = "deviation", .type = &deviation_type},
    {.name = "mean", .type = &mean_type},
    {.name = "serial_correlation", .type = &serial_correlation_type},
    {.name = "monte_carlo_pi", .type = &monte_carlo_pi_type},
    {.name = "entropy", .type = &entropy_type},
    {.name = "min", .type = &min_type},
    {.name = "max", .type = &max_type},
    {.name = "to_number", .type = &to_number_type},
    {.name = "abs", .type = &absolute_type},
    {.name = "count", .type = &count_type},
    {.name = "percentage", .type = &percentage_type},
    {.name = "mode", .type = &mode_type},
    {.name = "to_string", .type = &to_string_type},
};

const struct ym_mod_type ym_module_math_root = YM_MOD_STRUCT_OF(MATH, fields);
