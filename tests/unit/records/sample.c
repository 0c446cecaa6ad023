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
        {"Conficker", "Worm:Win32/Conficker.B", "worm", "Windows/System32/x.dll",
         YM_PATH_CREDENTIAL, false},
        {"Taterf", "Worm:Win32/Taterf.B", "worm", "autorun.inf \"quoted\" \xe5\xae\x88",
         YM_PATH_AUTORUN, false},
    };
    static const struct ym_record_repair repairs[] = {{"service wuauserv start=2", YM_REPAIR_DONE},
                                                      {"file x.dll", YM_REPAIR_FAILED}};
    struct ym_record r = {.time = 1246320000, /* 2009-06-30T00:00:00Z */
                          .tool = "yamori 0.1.0",
                          .run = YM_RUN_CLEAN,
                          .system = "Windows XP",
                          .service_pack = "SP3",
                          .bits = 32,
                          .server = YM_SERVER_NO,
                          .country = "JP",
                          .located = YM_LOCATED_SETTING,
                          .segment = YM_SEGMENT_HOME,
                          .protection = YM_PROTECTION_ON,
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

struct ym_record sample_guard(void) {
    static const struct ym_record_detection met[] = {
        {"Conficker", "Worm:Win32/Conficker.B", "worm", "x.dll", YM_PATH_EXPLOIT, true}};
    struct ym_record r = sample_record();

    r.run = YM_RUN_GUARD;
    r.outcome = YM_OUTCOME_DETECTED;
    r.detections = met;
    r.n_detections = 1;
    r.detections_left_out = 0;
    r.repairs = NULL;
    r.n_repairs = 0;
    r.repairs_left_out = 0;
    return r;
}

struct ym_record sample_audit(void) {
    static const struct ym_record_exposure exposures[] = {
        {"MS08-067", YM_EXPOSURE_UPDATE, YM_EXPOSURE_STATE_OPEN, 250},
        {"shares", YM_EXPOSURE_DOOR, YM_EXPOSURE_STATE_PARTLY, -1}};
    struct ym_record r = sample_guard();

    r.run = YM_RUN_AUDIT;
    r.outcome = YM_OUTCOME_NONE;
    r.detections = NULL;
    r.n_detections = 0;
    r.exposures = exposures;
    r.n_exposures = 2;
    r.exposures_left_out = 4;
    return r;
}

struct ym_record sample_observe(void) {
    static const struct ym_record_observation observations[] = {{"blocked-name", "Conficker", 17},
                                                                {"port", "445", 1}};
    struct ym_record r = sample_audit();

    r.run = YM_RUN_OBSERVE;
    r.exposures = NULL;
    r.n_exposures = 0;
    r.exposures_left_out = 0;
    r.observations = observations;
    r.n_observations = 2;
    r.observations_left_out = 5;
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
