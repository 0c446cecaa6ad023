/* make_doors_volume.c - make-doors SYSTEM open|half|closed DIR: a volume for `yamori audit`;
 * make-doors dll A.B.C.D FILE: a DLL of that version;
 * make-doors account old|new RID NAME PASSWORD SAM: one account more, or another one.  SYSTEM: 2000, xp2, xp3, 2003, xp64, vista,
 * win7, win10. */
#include "make_doors.h"
#include "make_hive.h"
#include "make_sam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int one_dll(const char *version, const char *path) {
    uint16_t v[4] = {0};
    char *rest = NULL;

    for (unsigned i = 0; i < 4; i++) {
        v[i] = (uint16_t)strtoul(version, &rest, 10);
        version = rest + 1;
    }
    make_dll(".", path, v);
    return 0;
}

static int one_account(char **argv) {
    const struct made_account a = {(uint32_t)strtoul(argv[3], NULL, 10), argv[4], argv[5], 0};
    hive_h *h = make_hive_open(argv[6]);

    make_account(h, strcmp(argv[2], "new") == 0, &a);
    make_hive_close(h);
    return 0;
}

int main(int argc, char **argv) {
    static const char *const states[] = {"open", "half", "closed"};

    if (argc == 4 && strcmp(argv[1], "dll") == 0) {
        return one_dll(argv[2], argv[3]);
    }
    if (argc == 7 && strcmp(argv[1], "account") == 0) {
        return one_account(argv);
    }
    for (unsigned i = 0; argc == 4 && i < 3; i++) {
        if (strcmp(argv[2], states[i]) == 0) {
            (void)mkdir(argv[3], 0755);
            make_doors_volume(argv[3], made_system(argv[1]), (enum made_state)i);
            return 0;
        }
    }
    (void)fprintf(stderr, "usage: make-doors SYSTEM open|half|closed DIR, or dll VERSION FILE, or "
                          "account old|new RID NAME PASSWORD SAM\n");
    return 2;
}
