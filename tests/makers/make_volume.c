/* make_volume.c - make-volume KIND [--clean] DIR: writes a sample volume to an empty folder, for
 * the demo and for trying things out.  KIND: windows, windows-d (safe mode gone, too), drive,
 * linux. */
#include "make_linux_tree.h"
#include "make_windows_volume.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int main(int argc, char **argv) {
    bool clean = argc == 4 && strcmp(argv[2], "--clean") == 0;
    const char *dir = argv[argc - 1];
    struct windows_volume_options o = {.infected = !clean, .copy_of_dll = !clean};

    if (argc != 3 + (clean ? 1 : 0)) {
        (void)fprintf(stderr, "usage: make-volume windows|windows-d|drive|linux [--clean] DIR\n");
        return 2;
    }
    (void)mkdir(dir, 0755);
    o.safe_mode_gone = strcmp(argv[1], "windows-d") == 0;
    if (strncmp(argv[1], "windows", 7) == 0) {
        make_windows_volume(dir, &o);
    } else if (strcmp(argv[1], "drive") == 0) {
        make_removable_drive(dir, !clean);
    } else if (strcmp(argv[1], "linux") == 0) {
        make_linux_tree(dir, !clean);
    } else {
        (void)fprintf(stderr, "make-volume: unknown kind %s\n", argv[1]);
        return 2;
    }
    return 0;
}
