/* fleet_pages.c - where the console's pages are: as `yamori report` looks for its own. */
#include "fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *ym_fleet_pages(char out[4096]) {
    static const char *const places[] = {"../share/yamori", "../../web"};
    const char *named = getenv("YAMORI_DATADIR"); /* NOLINT(concurrency-mt-unsafe) */
    char self[2048];
    char page[4096];
    ssize_t n;
    char *slash;

    if (named != NULL && named[0] != '\0') {
        (void)snprintf(out, 4096, "%.3000s", named);
        return out;
    }
    n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[n > 0 ? n : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL) {
        return NULL;
    }
    *slash = '\0';
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        (void)snprintf(out, 4096, "%.2000s/%s", self, places[i]);
        (void)snprintf(page, sizeof(page), "%.3000s/console.html", out);
        if (access(page, R_OK) == 0) {
            return out;
        }
    }
    return NULL;
}
