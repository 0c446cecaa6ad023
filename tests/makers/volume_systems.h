/* volume_systems.h - the Windows versions that generated volumes have: what SOFTWARE says of them,
 * where things lie, and which services each has, with start types, svchost groups and the netsvcs
 * list.
 *
 * Versions, builds and product names: as Windows writes them (Windows 11 calls itself "Windows 10"
 * and 10 and 11 keep "6.3" in CurrentVersion).  Services of 6.1 with start type, group and DLL: a
 * real hive of Windows 7.  Names of the netsvcs lists: a public list of those that come with
 * Windows 2000 to 11.  DLL names and start types of other versions rest on memory. */
#ifndef YM_TESTS_VOLUME_SYSTEMS_H
#define YM_TESTS_VOLUME_SYSTEMS_H

#include <stdbool.h>
#include <stddef.h>

struct made_system {
    const char *name;    /* for the label */
    const char *folder;  /* "WINNT" or "WINDOWS" or "Windows" */
    const char *version; /* CurrentVersion */
    unsigned major;      /* CurrentMajorVersionNumber; 0: not written, before Windows 10 */
    const char *build, *product, *pack;
    unsigned age; /* 50 for 2000, 51 XP, 52 2003, 60, 61, 62, 63, 100, 110 for 11 and 2022 */
    bool server;
};

extern const struct made_system made_systems[];
extern const size_t n_made_systems;

enum made_image { MADE_NETSVCS, MADE_SVCHOST, MADE_PROGRAM, MADE_DRIVER, MADE_LISTED };

struct made_service {
    const char *name;
    enum made_image image; /* MADE_LISTED: a name in the netsvcs list without a service */
    unsigned start;
    const char *what;  /* DLL (NETSVCS), "group dll" (SVCHOST), command (PROGRAM), file (DRIVER) */
    unsigned from, to; /* ages that have it; to 0: all later ones */
};

extern const struct made_service made_services[];
extern const size_t n_made_services;

bool made_service_is_of(const struct made_service *s, const struct made_system *system);

#endif
