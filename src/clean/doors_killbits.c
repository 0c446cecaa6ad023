/* doors_killbits.c - classes that Internet Explorer must not load.
 *
 * The kill bit is one bit of "Compatibility Flags": others in the same number stay.  On 64-bit
 * Windows the 32-bit Internet Explorer has a list of its own.  Source: KB240797. */
#include "doors_int.h"

static const uint32_t kill_bit = 0x400;

static ym_status one_class(struct ym_door_look *l, const char *explorer, const char *class_id) {
    const char *key =
        ym_arena_printf(l->s->arena, "%s\\ActiveX Compatibility\\%s", explorer, class_id);
    struct ym_fact f;
    bool set;

    YM_TRY(ym_door_read(l, ym_door_hive(l, "HKLM\\SOFTWARE"), key, "Compatibility Flags",
                        YM_FACT_NUMBER, &f));
    set = f.got == YM_FACT_OK && (f.number & kill_bit) != 0;
    if (!set && (f.got == YM_FACT_OK || f.got == YM_FACT_ABSENT)) {
        YM_TRY(ym_door_set_number(l, &f, (f.got == YM_FACT_OK ? f.number : 0) | kill_bit));
    }
    return ym_door_say_fact(l, set ? YM_MARK_GOOD : YM_MARK_BAD, &f, "0x400", NO_NOTE);
}

static ym_status one_view(struct ym_door_look *l, const char *explorer) {
    struct ym_fact f;

    YM_TRY(ym_door_read(l, ym_door_hive(l, "HKLM\\SOFTWARE"), explorer, "", YM_FACT_KEY, &f));
    if (f.got == YM_FACT_ABSENT) {
        return YM_OK; /* no Internet Explorer of this kind */
    }
    if (f.got == YM_FACT_FAILED) {
        return ym_door_say_fact(l, YM_MARK_UNKNOWN, &f, NULL, NO_NOTE);
    }
    for (size_t i = 0; i < ym_killed_n; i++) {
        YM_TRY(one_class(l, explorer, ym_killed_classes[i]));
    }
    return YM_OK;
}

ym_status ym_door_kill_bits(struct ym_door_look *l) {
    YM_TRY(one_view(l, "Microsoft\\Internet Explorer"));
    YM_TRY(one_view(l, "Wow6432Node\\Microsoft\\Internet Explorer"));
    ym_door_settle(l);
    return YM_OK;
}
