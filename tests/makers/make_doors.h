/* make_doors.h - small Windows volumes for `yamori audit`: with every door open, half closed, or
 * closed.  The "programs" are headers and a version resource made by code; nothing can run. */
#ifndef YM_TESTS_MAKE_DOORS_H
#define YM_TESTS_MAKE_DOORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum made_state { MADE_OPEN, MADE_HALF, MADE_CLOSED };

struct made_windows {
    const char *name;    /* "xp3" */
    const char *version; /* "5.1"; Windows 10 also has its number as such */
    const char *build, *pack, *product;
    bool is64;
    const char *office;                    /* "11.0" */
    uint16_t netapi_old[4], netapi_new[4]; /* without and with the fix */
    uint16_t shell_old[4], shell_new[4];
};
extern const struct made_windows made_systems[];
extern const size_t made_systems_n;
const struct made_windows *made_system(const char *name); /* exits when there is none */

/* root must exist and be empty.  Folders are named as this Windows names them. */
void make_doors_volume(const char *root, const struct made_windows *w, enum made_state state);

/* Where things lie: below root. */
const char *made_folder(const struct made_windows *w); /* "WINDOWS/system32" */
const char *made_user(const struct made_windows *w);   /* the user's hive */

/* A DLL (headers, no code) whose version resource says this. */
void make_dll(const char *root, const char *path, const uint16_t version[4]);
/* The policy value of a SAM hive; n bytes of it (at most 240) are written to out. */
enum { MADE_POLICY = 240 };
void make_policy(uint8_t out[MADE_POLICY], unsigned threshold, unsigned min_length,
                 bool complexity);

#endif
