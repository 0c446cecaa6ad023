/* modules/time.c - YARA's module time; see module.h.
 *
 * now() is the time at which the module was loaded, so that all conditions of an object see the
 * same; $SOURCE_DATE_EPOCH replaces it (base/time.h). */
#include "module.h"

#include "base/modules/time.h"
#include "base/time.h"

extern const struct ym_module_code ym_module_time_code;

static void load(struct ym_mod_scan *s, struct ym_mod_object *root) {
    int64_t *loaded = YM_ARENA_NEW(s->arena, int64_t);

    if (loaded != NULL) {
        *loaded = ym_now_unix();
    }
    root->own = loaded;
}

static void now(struct ym_mod_scan *s, struct ym_mod_object *self, const union ym_mod_arg *args,
                struct ym_mod_value *ret) {
    const int64_t *loaded = self->own;

    (void)s;
    (void)args;
    if (loaded != NULL) {
        ym_mod_give_int(ret, *loaded);
    }
}

static ym_mod_function *const functions[] = {[TIME_FN_NOW] = now};

const struct ym_module_code ym_module_time_code = {
    .load = load, .functions = functions, .n_functions = YM_MOD_N(functions)};
