/* temp_dir.h - a folder of a test's own, removed when the program ends. */
#ifndef YM_TEST_TEMP_DIR_H
#define YM_TEST_TEMP_DIR_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char temp_dir[64];

static int remove_one(const char *path, const struct stat *sb, int flag, struct FTW *ftw) {
    (void)sb;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static void remove_temp_dir(void) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    (void)nftw(temp_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *in_temp(const char *name) {
    static char paths[8][512];
    static unsigned at;

    if (temp_dir[0] == '\0') {
        (void)strcpy(temp_dir, "/tmp/ym-test-XXXXXX");
        if (mkdtemp(temp_dir) == NULL) {
            perror("mkdtemp");
            exit(99); // NOLINT(concurrency-mt-unsafe): one thread
        }
        (void)atexit(remove_temp_dir);
    }
    at = (at + 1) % 8;
    (void)snprintf(paths[at], sizeof(paths[at]), "%s/%s", temp_dir, name);
    return paths[at];
}

static inline void put_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0) {
        perror(path);
        exit(99); // NOLINT(concurrency-mt-unsafe): one thread
    }
}

#endif
