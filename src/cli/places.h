/* places.h - what `yamori clean --ask` can offer to look at: this machine, and what is mounted. */
#ifndef YM_CLI_PLACES_H
#define YM_CLI_PLACES_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_PLACES_MAX = 64 };

typedef enum ym_place_kind {
    YM_PLACE_THIS,
    YM_PLACE_WINDOWS,
    YM_PLACE_LINUX,
    YM_PLACE_DRIVE
} ym_place_kind;

struct ym_place {
    ym_place_kind kind;
    const char *path;   /* where it is mounted */
    const char *system; /* "ntfs", "vfat" ...; "" for this machine */
    uint64_t bytes;     /* of the file system */
};

struct ym_places {
    struct ym_place rows[YM_PLACES_MAX]; /* this machine first, then Windows, Linux, drives */
    size_t n;
    const char *unmounted[YM_PLACES_MAX]; /* "/dev/sda2": NTFS, and mounted nowhere */
    size_t n_unmounted;
};

/* What the kernel says of it.  Everything lives in the arena. */
YM_MUST_CHECK ym_status ym_places_find(struct ym_arena *arena, struct ym_places *ret_places,
                                       struct ym_err *err);

#endif
