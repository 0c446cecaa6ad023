/* hive_tool.c - hive-tool dump FILE: every key and value, one a line.
 *              hive-tool set FILE KEY NAME NUMBER: one REG_DWORD.
 *              hive-tool permissions FILE KEY KIND: see make_permissions.h.
 *              hive-tool dirty FILE AFTER new|old|header: FILE as when the power went while it
 *                became AFTER; what is missing is in FILE.LOG2 and FILE.LOG1 (in this order), or
 *                in FILE.LOG1 in the old format, or in FILE.LOG1 with FILE's header. */
#include "make_hive.h"
#include "make_hive_log.h"
#include "make_permissions.h"

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

enum { FILE_MAX = 64 << 20 };

static void load(const char *path, struct ym_buf *out) {
    FILE *f = fopen(path, "rb");
    char block[4096];
    size_t n;

    ym_buf_init(out, FILE_MAX);
    while (f != NULL && (n = fread(block, 1, sizeof(block), f)) > 0) {
        ym_buf_add(out, block, n);
    }
    if (f == NULL || fclose(f) != 0 || out->len < MAKE_HIVE_BASE) {
        perror(path);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
}

static void store(const char *path, const char *suffix, const struct ym_buf *b) {
    char name[4096];
    FILE *f;

    (void)snprintf(name, sizeof(name), "%s%s", path, suffix);
    f = fopen(name, "wb");
    if (f == NULL || fwrite(b->data, 1, b->len, f) != b->len || fclose(f) != 0) {
        perror(name);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
}

/* after's first half of pages, before's second half. */
static void half_way(const struct ym_buf *before, const struct ym_buf *after, struct ym_buf *out) {
    size_t half = (before->len < after->len ? before->len : after->len) / 2;

    half -= half % MAKE_HIVE_BLOCK;
    ym_buf_init(out, FILE_MAX);
    ym_buf_add(out, before->data, MAKE_HIVE_BASE);
    ym_buf_add(out, after->data + MAKE_HIVE_BASE, half - MAKE_HIVE_BASE);
    ym_buf_add(out, before->data + half, before->len - half);
}

static int make_dirty(const char *path, const char *after_path, const char *how) {
    struct ym_buf before;
    struct ym_buf after;
    struct ym_buf middle;
    struct ym_buf out;
    struct ym_buf log1;
    struct ym_buf log2;

    load(path, &before);
    load(after_path, &after);
    half_way(&before, &after, &middle);
    ym_buf_init(&out, FILE_MAX);
    ym_buf_init(&log1, FILE_MAX);
    ym_buf_init(&log2, FILE_MAX);
    make_hive_dirty(&before, &out);
    if (strcmp(how, "old") == 0) {
        make_log_old(&before, &after, 300, &log1);
    } else if (strcmp(how, "header") == 0) {
        memset(out.data + 100, 0x55, 4);
        make_log_new(&before, 300, &log1);
        make_log_entry(&before, &after, 300, &log1);
    } else {
        make_log_new(&before, 300, &log2);
        make_log_entry(&before, &middle, 300, &log2);
        make_log_new(&before, 301, &log1);
        make_log_entry(&middle, &after, 301, &log1);
    }
    store(path, "", &out);
    store(path, ".LOG1", &log1);
    store(path, ".LOG2", &log2);
    ym_buf_done(&before);
    ym_buf_done(&after);
    ym_buf_done(&middle);
    ym_buf_done(&out);
    ym_buf_done(&log1);
    ym_buf_done(&log2);
    return 0;
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
    if (argc == 5 && strcmp(argv[1], "permissions") == 0) {
        make_permissions(argv[2], (const char *const[]){argv[3]}, 1, argv[4]);
        return 0;
    }
    if (argc == 5 && strcmp(argv[1], "dirty") == 0) {
        return make_dirty(argv[2], argv[3], argv[4]);
    }
    (void)fprintf(stderr, "usage: hive-tool dump FILE | set FILE KEY NAME NUMBER | "
                          "permissions FILE KEY KIND | dirty FILE AFTER new|old|header\n");
    return 2;
}
