/* hive_tool.c - hive-tool dump FILE: every key and value, one a line.
 *              hive-tool set FILE KEY NAME NUMBER: one REG_DWORD. */
#include "make_hive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void dump_values(hive_h *h, hive_node_h node, const char *path) {
    hive_value_h *values = hivex_node_values(h, node);

    for (size_t i = 0; values != NULL && values[i] != 0; i++) {
        hive_type type;
        size_t n;
        char *name = hivex_value_key(h, values[i]);
        char *data = hivex_value_value(h, values[i], &type, &n);

        (void)printf("%s\t%s\t%d\t", path, name == NULL ? "?" : name, (int)type);
        for (size_t j = 0; data != NULL && j < n; j++) {
            (void)printf("%02x", (unsigned char)data[j]);
        }
        (void)printf("\n");
        free(name);
        free(data);
    }
    free(values);
}

static void dump(hive_h *h, hive_node_h node, const char *path, unsigned depth) {
    hive_node_h *children = hivex_node_children(h, node);

    (void)printf("%s\n", path);
    dump_values(h, node, path);
    for (size_t i = 0; depth < 64 && children != NULL && children[i] != 0; i++) {
        char *name = hivex_node_name(h, children[i]);
        char below[4096];

        if (name != NULL && (size_t)snprintf(below, sizeof(below), "%s%s%s", path,
                                             path[0] == '\0' ? "" : "\\", name) < sizeof(below)) {
            dump(h, children[i], below, depth + 1); /* at most 64 deep */
        }
        free(name);
    }
    free(children);
}

int main(int argc, char **argv) {
    hive_h *h;

    if (argc == 3 && strcmp(argv[1], "dump") == 0) {
        h = make_hive_open(argv[2]);
        dump(h, hivex_root(h), "", 0);
        return hivex_close(h) == 0 ? 0 : 1;
    }
    if (argc == 6 && strcmp(argv[1], "set") == 0) {
        h = make_hive_open(argv[2]);
        make_dword(h, argv[3], argv[4], (uint32_t)strtoul(argv[5], NULL, 0));
        make_hive_close(h);
        return 0;
    }
    (void)fprintf(stderr, "usage: hive-tool dump FILE | set FILE KEY NAME NUMBER\n");
    return 2;
}
