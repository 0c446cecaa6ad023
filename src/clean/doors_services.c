/* doors_services.c - services that protect Windows and are switched off; others as information.
 *
 * A service that is not installed decides nothing: a server has no Security Center. */
#include "doors_int.h"

enum { DISABLED = 4 };

static bool applies(const struct ym_service_row *row, const struct ym_release *r) {
    unsigned version = r->major * 100 + r->minor;

    return version >= row->from && (row->until == 0 || version < row->until);
}

static const char *start_text(struct ym_door_look *l, uint32_t start) {
    static const char *const words[] = {"0 (boot)", "1 (system)", "2 (automatic)", "3 (by hand)",
                                        "4 (disabled)"};

    return start < 5 ? words[start] : ym_arena_printf(l->s->arena, "%u", start);
}

static ym_status guard(struct ym_door_look *l, const struct ym_service_row *row, struct ym_fact *f,
                       bool *ret_off) {
    const char *wanted = start_text(l, row->start);

    *ret_off = f->got == YM_FACT_OK && f->number == DISABLED;
    if (f->got == YM_FACT_ABSENT) {
        return ym_door_say_fact(l, YM_MARK_INFO, f, wanted, TWO("not installed", "入っていません"));
    }
    if (*ret_off) {
        YM_TRY(ym_door_set_number(l, f, row->start));
    }
    if (f->got == YM_FACT_OK && f->number > DISABLED) {
        return ym_door_say_fact(
            l, YM_MARK_UNKNOWN, f, wanted,
            TWO("no start type that Windows knows", "Windows にない開始の種類です"));
    }
    return ym_door_say_fact(l, *ret_off ? YM_MARK_BAD : YM_MARK_GOOD, f, wanted, NO_NOTE);
}

/* One service in every control set; *off grows by one when it is off in any of them. */
static ym_status one_service(struct ym_door_look *l, const struct ym_service_row *row,
                             unsigned *off) {
    const struct ym_clean_hive *system = ym_door_hive(l, "HKLM\\SYSTEM");
    bool any = false;

    for (size_t i = 0; i < l->s->control_sets.n; i++) {
        const char *key =
            ym_arena_printf(l->s->arena, "%s\\Services\\%s", l->s->control_sets.v[i], row->name);
        struct ym_fact f;
        bool is_off = false;

        YM_TRY(ym_door_read(l, system, key, "Start", YM_FACT_NUMBER, &f));
        if (f.got == YM_FACT_OK) {
            f.found = start_text(l, f.number);
        }
        if (row->guards) {
            YM_TRY(guard(l, row, &f, &is_off));
        } else {
            YM_TRY(ym_door_say_fact(l, YM_MARK_INFO, &f, NULL,
                                    f.got == YM_FACT_ABSENT ? TWO("not installed", "入っていません")
                                                            : NO_NOTE));
        }
        any = any || is_off;
    }
    *off += any ? 1 : 0;
    return YM_OK;
}

ym_status ym_door_services(struct ym_door_look *l) {
    unsigned off = 0;

    if (l->release.major == 0 || l->s->control_sets.n == 0) {
        l->door->state = YM_DOOR_UNKNOWN;
        return ym_door_say(l, YM_MARK_UNKNOWN, "HKLM\\SYSTEM", l->s->plan->system, NULL,
                           TWO("the services or the version of Windows could not be read",
                               "サービスか Windows のバージョンを読み取れませんでした"));
    }
    for (size_t i = 0; i < ym_service_n; i++) {
        if (applies(&ym_service_rows[i], &l->release)) {
            YM_TRY(one_service(l, &ym_service_rows[i], &off));
        }
    }
    ym_door_settle(l);
    if (off > 0) { /* one may be a choice, two or more are a sign */
        l->door->state = off > 1 ? YM_DOOR_OPEN : YM_DOOR_PARTLY;
    } else if (l->marks[YM_MARK_GOOD] == 0) {
        l->door->state = YM_DOOR_UNKNOWN;
    }
    return YM_OK;
}
