/* make_family.c - make-family SET DIR: adds the traces of a set to a volume of make-volume.
 *                make-family --list: the sets. */
#include "make_family_traces.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    const char *set;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; (set = family_trace_set(i)) != NULL; i++) {
            (void)printf("%s\n", set);
        }
        return 0;
    }
    if (argc != 3 || make_family_traces(argv[2], argv[1]) == 0) {
        (void)fprintf(stderr, "usage: make-family SET DIR | --list\n");
        return 2;
    }
    return 0;
}
