/* logic_view.c - the record of a logical signature, checked and taken apart.  See
 * database/logic.h. */
#include "database/logic.h"

#include "base/cltype.h"
#include "base/kinds.h"
#include "base/reader.h"

#include <string.h>

/* A skip whose operation has not come yet; they end in the reverse order of their beginning. */
struct pending {
    uint32_t to;
    uint32_t depth; /* values on the stack after the skip */
    uint8_t op;     /* what must stand at `to` */
};

struct walk {
    struct pending pending[YM_LOGIC_MAX_DEPTH];
    uint32_t n_pending;
    uint32_t depth;
    uint8_t last_op; /* AND or OR that was just read */
};

static bool good_subsig(struct ym_reader *r, uint32_t n_subsigs) {
    uint8_t index = ym_get_u8(r);
    uint8_t test = ym_get_u8(r);

    (void)ym_get_u32le(r);
    return index < n_subsigs && test < YM_LOGIC_CODE_TESTS;
}

static bool good_binary(struct ym_reader *r) {
    uint8_t test = ym_get_u8(r);

    (void)ym_get_u32le(r);
    (void)ym_get_u32le(r);
    return test < YM_LOGIC_CODE_TESTS;
}

/* Skips that lead to this operation, which begins at `at`. */
static bool close_skips(struct walk *w, uint32_t at, uint8_t op) {
    if (w->n_pending > 0 && w->pending[w->n_pending - 1].to == at) {
        const struct pending *p = &w->pending[--w->n_pending];

        if (p->op != op || w->depth != p->depth + 1) {
            return false;
        }
    }
    return w->n_pending == 0 || w->pending[w->n_pending - 1].to > at;
}

static bool good_instruction(struct walk *w, struct ym_reader *r, uint32_t n_subsigs) {
    uint32_t at = (uint32_t)r->pos;
    uint8_t op = ym_get_u8(r);

    if (op != YM_LOGIC_CODE_AND && op != YM_LOGIC_CODE_OR && w->n_pending > 0 &&
        w->pending[w->n_pending - 1].to <= at) {
        return false;
    }
    switch (op) {
    case YM_LOGIC_CODE_SUBSIG:
        return good_subsig(r, n_subsigs) && ++w->depth <= YM_LOGIC_MAX_DEPTH;
    case YM_LOGIC_CODE_AND:
    case YM_LOGIC_CODE_OR:
        return w->depth >= 2 && close_skips(w, at, op) && good_binary(r) && --w->depth > 0;
    case YM_LOGIC_CODE_SKIP_FALSE:
    case YM_LOGIC_CODE_SKIP_TRUE:
        if (w->depth == 0 || w->n_pending == YM_LOGIC_MAX_DEPTH) {
            return false;
        }
        w->pending[w->n_pending++] =
            (struct pending){ym_get_u32le(r), w->depth,
                             op == YM_LOGIC_CODE_SKIP_FALSE ? YM_LOGIC_CODE_AND : YM_LOGIC_CODE_OR};
        return true;
    default:
        return false;
    }
}

static bool good_expr(const uint8_t *code, size_t size, uint32_t n_subsigs) {
    struct walk w = {.n_pending = 0};
    struct ym_reader r;

    ym_reader_init(&r, code, size);
    while (ym_reader_left(&r) > 0) {
        if (!good_instruction(&w, &r, n_subsigs) || !ym_reader_ok(&r)) {
            return false;
        }
    }
    return w.depth == 1 && w.n_pending == 0;
}

static bool get_expr(struct ym_reader *r, uint64_t size, uint32_t n_subsigs,
                     struct ym_logic_expr *ret) {
    const uint8_t *code = ym_get_view(r, size);

    *ret = (struct ym_logic_expr){code, (uint32_t)size};
    return code != NULL && good_expr(code, (size_t)size, n_subsigs);
}

static bool get_compare(struct ym_reader *r, uint32_t n_subsigs, struct ym_byte_compare *ret) {
    *ret = (struct ym_byte_compare){.ref = ym_get_u8(r)};
    ret->offset = (int64_t)ym_get_u64le(r);
    ret->format = (char)ym_get_u8(r);
    ret->little = ym_get_u8(r) != 0;
    ret->exact = ym_get_u8(r) != 0;
    ret->bytes = ym_get_u8(r);
    ret->n_tests = ym_get_u8(r);
    if (ret->n_tests > YM_LOGIC_MAX_TESTS) {
        return false;
    }
    for (uint32_t i = 0; i < ret->n_tests; i++) {
        ret->tests[i].op = (char)ym_get_u8(r);
        ret->tests[i].value = (int64_t)ym_get_u64le(r);
    }
    return ret->ref < n_subsigs && strchr("hdai", ret->format) != NULL && ret->format != '\0';
}

static bool get_regex(struct ym_reader *r, uint32_t n_subsigs, struct ym_subsig_view *ret) {
    ret->u.regex.flags = ym_get_u32le(r);
    ret->u.regex.place_kind = ym_get_u8(r);
    ret->u.regex.has_shift = ym_get_u8(r) != 0;
    ret->u.regex.offset = (int64_t)ym_get_u64le(r);
    ret->u.regex.shift = ym_get_u32le(r);
    ret->u.regex.section = ym_get_u32le(r);
    ret->u.regex.n = ym_get_u32le(r);
    ret->u.regex.text = ret->u.regex.n == 0 ? (const uint8_t *)"" : ym_get_view(r, ret->u.regex.n);
    return ret->u.regex.place_kind <= YM_PLACE_VERSION_INFO &&
           get_expr(r, ym_get_u32le(r), n_subsigs, &ret->u.regex.trigger);
}

static bool get_subsig(struct ym_reader *r, uint32_t n_patterns, uint32_t n_subsigs,
                       struct ym_subsig_view *ret) {
    ret->kind = ym_get_u8(r);
    switch (ret->kind) {
    case YM_SUBSIG_CODE_PATTERN:
        ret->u.patterns.first = ym_get_u32le(r);
        ret->u.patterns.n = ym_get_u32le(r);
        return ret->u.patterns.first <= n_patterns &&
               ret->u.patterns.n <= n_patterns - ret->u.patterns.first;
    case YM_SUBSIG_CODE_MACRO:
        ret->u.macro.min = ym_get_u32le(r);
        ret->u.macro.max = ym_get_u32le(r);
        ret->u.macro.group = ym_get_u32le(r);
        return true;
    case YM_SUBSIG_CODE_COMPARE:
        return get_compare(r, n_subsigs, &ret->u.compare);
    case YM_SUBSIG_CODE_REGEX:
        return get_regex(r, n_subsigs, ret);
    case YM_SUBSIG_CODE_IMAGE_HASH:
        ret->u.image_hash = ym_get_u64le(r);
        return true;
    default:
        return false;
    }
}

static void get_span(struct ym_reader *r, uint32_t out[2]) {
    out[0] = ym_get_u32le(r);
    out[1] = ym_get_u32le(r);
}

static bool get_head(struct ym_reader *r, struct ym_logical_view *v) {
    v->asked = ym_get_u16le(r);
    get_span(r, v->file_size);
    get_span(r, v->entry_point);
    get_span(r, v->n_sections);
    get_span(r, v->icon_group);
    v->container = ym_get_u16le(r);
    v->handler = ym_get_u16le(r);
    v->n_intermediates = ym_get_u8(r);
    v->n_subsigs = ym_get_u8(r);
    if (v->n_intermediates > YM_LOGIC_MAX_INTERMEDIATES || v->n_subsigs > YM_LOGIC_MAX_SUBSIGS) {
        return false;
    }
    for (uint32_t i = 0; i < v->n_intermediates; i++) {
        v->intermediates[i] = ym_get_u16le(r);
    }
    return ym_reader_ok(r) && v->container < YM_CLTYPE_COUNT && v->handler < YM_CLTYPE_COUNT;
}

ym_status ym_logical_decode(const uint8_t *record, uint32_t size, uint32_t n_patterns,
                            struct ym_logical_view *ret_view) {
    struct ym_reader r;

    ym_reader_init(&r, record, size);
    if (!get_head(&r, ret_view)) {
        return YM_MALFORMED;
    }
    for (uint32_t i = 0; i < ret_view->n_subsigs; i++) {
        if (!get_subsig(&r, n_patterns, ret_view->n_subsigs, &ret_view->subsigs[i]) ||
            !ym_reader_ok(&r)) {
            return YM_MALFORMED;
        }
    }
    return get_expr(&r, ym_reader_left(&r), ret_view->n_subsigs, &ret_view->expr) ? YM_OK
                                                                                  : YM_MALFORMED;
}
