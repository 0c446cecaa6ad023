/* sample.c - see sample.h. */
#include "sample.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ym_record sample_record(void) {
    static const struct ym_record_detection detections[] = {
        {"Conficker", "Worm:Win32/Conficker.B", "worm", "Windows/System32/x.dll"},
        {"Taterf", "Worm:Win32/Taterf.B", "worm", "autorun.inf \"quoted\" \xe5\xae\x88"},
    };
    static const struct ym_record_repair repairs[] = {{"service wuauserv start=2", YM_REPAIR_DONE},
                                                      {"file x.dll", YM_REPAIR_FAILED}};
    struct ym_record r = {.time = 1246320000, /* 2009-06-30T00:00:00Z */
                          .tool = "yamori 0.1.0",
                          .run = YM_RUN_CLEAN,
                          .system = "Windows XP",
                          .service_pack = "SP3",
                          .bits = 32,
                          .country = "JP",
                          .segment = YM_SEGMENT_HOME,
                          .epoch = 7,
                          .files = 123456,
                          .gaps = 2,
                          .duration_ms = 98765,
                          .outcome = YM_OUTCOME_PARTLY,
                          .detections = detections,
                          .n_detections = 2,
                          .detections_left_out = 1,
                          .repairs = repairs,
                          .n_repairs = 2,
                          .repairs_left_out = 3};

    memset(r.id, 0xa5, sizeof(r.id));
    memset(r.machine, 0x5a, sizeof(r.machine));
    return r;
}

void sample_folder(char out[SAMPLE_FOLDER_SIZE]) {
    (void)snprintf(out, SAMPLE_FOLDER_SIZE, "/tmp/yamori-records-XXXXXX");
    if (mkdtemp(out) == NULL) {
        perror("mkdtemp");
        exit(2); /* NOLINT(concurrency-mt-unsafe): one thread */
    }
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where) {
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

void sample_folder_remove(const char *folder) {
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int sample_count(const char *folder, const char *end) {
    DIR *d = opendir(folder);
    const struct dirent *e;
    int n = 0;

    if (d == NULL) {
        return -1;
    }
    while ((e = readdir(d)) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        size_t len = strlen(e->d_name);

        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && len >= strlen(end) &&
            strcmp(e->d_name + len - strlen(end), end) == 0) {
            n++;
        }
    }
    (void)closedir(d);
    return n;
}
