/* regexlib.c - see regexlib.h. */
#include "regexlib.h"

#include "base/alloc.h"

#include <time.h>

enum {
    STEP_NS = 16,         /* a step that takes longer counts as several */
    STEPS_PER_LOOK = 1024 /* at the clock */
};

static const char module[] = "match/regex";

static void *allocate(PCRE2_SIZE n, void *self) {
    (void)self;
    return ym_malloc(n);
}

static void release(void *p, void *self) {
    (void)self;
    ym_free(p);
}

/* Is it the expression that is too large or too deep, rather than wrong? */
static bool is_limit(int error) {
    static const int limits[] = {
        PCRE2_ERROR_PATTERN_TOO_LARGE,       PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP,
        PCRE2_ERROR_PATTERN_STRING_TOO_LONG, PCRE2_ERROR_PATTERN_TOO_COMPLICATED,
        PCRE2_ERROR_PARENTHESES_STACK_CHECK, PCRE2_ERROR_LOOKBEHIND_TOO_COMPLICATED,
        PCRE2_ERROR_TOO_MANY_CAPTURES,
    };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (limits[i] == error) {
            return true;
        }
    }
    return false;
}

static ym_status compile_failed(int error, size_t offset, struct ym_err *err) {
    char text[160] = "";

    if (error == PCRE2_ERROR_HEAP_FAILED) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory");
    }
    (void)pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof(text));
    return ym_fail(err, is_limit(error) ? YM_LIMIT : YM_MALFORMED, module, offset,
                   "the regular expression is refused: %s", text);
}

ym_status ym_regexlib_init(struct ym_regexlib *re, const uint8_t *text, size_t n, uint32_t options,
                           struct ym_err *err) {
    struct ym_regexlib made = {0};
    pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
    pcre2_compile_context *how = memory == NULL ? NULL : pcre2_compile_context_create(memory);
    int error = PCRE2_ERROR_HEAP_FAILED;
    size_t offset = 0;

    if (how != NULL) {
        (void)pcre2_set_max_pattern_length(how, YM_REGEX_MAX_TEXT);
        made.context = pcre2_match_context_create(memory);
        if (made.context != NULL) {
            made.code = pcre2_compile(text, n, options | PCRE2_AUTO_CALLOUT, &error, &offset, how);
            if (made.code == NULL && is_limit(error)) {
                made.code = pcre2_compile(text, n, options, &error, &offset, how);
            }
            (void)pcre2_set_heap_limit(made.context, YM_REGEX_HEAP_KIB);
        }
    }
    pcre2_compile_context_free(how);
    pcre2_general_context_free(memory);
    if (made.code == NULL) {
        ym_regexlib_done(&made);
        return compile_failed(error, offset, err);
    }
    *re = made;
    return YM_OK;
}

void ym_regexlib_done(struct ym_regexlib *re) {
    pcre2_match_context_free(re->context);
    pcre2_code_free(re->code);
    *re = (struct ym_regexlib){0};
}

/* ---- Metering -------------------------------------------------------------------------------- */

static uint64_t now_ns(void) {
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bool ym_regex_meter_used_up(struct ym_regex_meter *m) {
    uint64_t by_time = (now_ns() - m->start_ns) / STEP_NS;

    if (by_time > m->steps) {
        m->steps = by_time;
    }
    return m->steps >= m->max;
}

static int on_step(pcre2_callout_block *b, void *self) {
    struct ym_regex_meter *m = self;
    size_t at = b->current_position;

    m->steps += 1 + (at > m->at ? at - m->at : m->at - at);
    m->at = at;
    if (m->steps >= m->max) {
        return PCRE2_ERROR_CALLOUT;
    }
    if (--m->until_look == 0) {
        m->until_look = STEPS_PER_LOOK;
        return ym_regex_meter_used_up(m) ? PCRE2_ERROR_CALLOUT : 0;
    }
    return 0;
}

void ym_regex_meter_start(struct ym_regex_meter *m, struct ym_regexlib *re, uint64_t max) {
    *m = (struct ym_regex_meter){.max = max, .start_ns = now_ns(), .until_look = STEPS_PER_LOOK};
    (void)pcre2_set_callout(re->context, on_step, m);
}
