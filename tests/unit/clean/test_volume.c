/* test_volume.c - names beneath a root, and hostile links. */
#include "clean/volume.h"

#include "makers/make_windows_volume.h"
#include "ym_test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static struct ym_volume fresh(struct ym_arena **ret_arena) {
    struct ym_err err = {0};
    struct ym_volume v = {.root_fd = -1};

    (void)snprintf(root, sizeof(root), "/tmp/ym-volume-XXXXXX");
    CHECK(mkdtemp(root) != NULL);
    make_text_file(root, "Windows/System32/Config/SYSTEM", "x");
    make_text_file(root, "outside.txt", "y");
    make_text_file(root, "Users/a/f.txt", "1");
    make_text_file(root, "Users/b/f.txt", "2");
    CHECK_EQ(ym_volume_open(root, &v, &err), YM_OK);
    v.nocase = true;
    *ret_arena = ym_arena_new(4 << 20);
    return v;
}

static void remove_all(struct ym_volume *v, struct ym_arena *arena) {
    char command[128];

    ym_volume_close(v);
    ym_arena_free(arena);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    CHECK_EQ(system(command), 0); /* NOLINT: a path of mkdtemp */
}

static void link_in(const char *path, const char *target) {
    char full[256];

    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    CHECK_EQ(symlink(target, full), 0);
}

static void names_are_found_without_regard_to_case(void) {
    struct ym_arena *arena;
    struct ym_volume v = fresh(&arena);
    struct ym_err err = {0};
    const char *path;

    CHECK_EQ(ym_volume_resolve(&v, arena, "WINDOWS/system32/config/system", &path, &err), YM_OK);
    CHECK(strcmp(path, "Windows/System32/Config/SYSTEM") == 0);
    CHECK_EQ(ym_volume_resolve(&v, arena, "WINDOWS/system33", &path, &err), YM_END);
    v.nocase = false;
    CHECK_EQ(ym_volume_resolve(&v, arena, "WINDOWS/system32", &path, &err), YM_END);
    remove_all(&v, arena);
}

static void paths_that_leave_the_root_are_refused(void) {
    static const char *const bad[] = {"..", "../x", "Users/../../etc", "./x", "Users/./a", ""};
    struct ym_arena *arena;
    struct ym_volume v = fresh(&arena);
    int fd;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ym_err err = {0};

        CHECK_EQ(ym_volume_open_file(&v, bad[i], &fd, &err), YM_MALFORMED);
    }
    remove_all(&v, arena);
}

static void links_are_not_followed(void) {
    static const char *const paths[] = {"etc/passwd", "up/etc/passwd", "Users/c/f.txt", "file",
                                        "loop/x"};
    struct ym_arena *arena;
    struct ym_volume v = fresh(&arena);
    int fd;

    link_in("etc", "/etc");
    link_in("up", "../../../..");
    link_in("Users/c", "a");
    link_in("file", "outside.txt");
    link_in("loop", "loop");
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct ym_err err = {0};

        CHECK_EQ(ym_volume_open_file(&v, paths[i], &fd, &err), YM_UNSUPPORTED);
        CHECK(strstr(err.text, "not followed") != NULL);
    }
    remove_all(&v, arena);
}

static void what_is_no_file_is_not_opened(void) {
    struct ym_arena *arena;
    struct ym_volume v = fresh(&arena);
    struct ym_err err = {0};
    char path[128];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/fifo", root);
    CHECK_EQ(mkfifo(path, 0600), 0);
    CHECK_EQ(ym_volume_open_file(&v, "fifo", &fd, &err), YM_UNSUPPORTED); /* and does not hang */
    CHECK_EQ(ym_volume_open_file(&v, "Users", &fd, &(struct ym_err){0}), YM_UNSUPPORTED);
    CHECK_EQ(ym_volume_open_file(&v, "nothing", &fd, &(struct ym_err){0}), YM_END);
    remove_all(&v, arena);
}

static unsigned skips;
static void count_skip(void *ctx, const char *path, const char *why) {
    (void)ctx;
    (void)path;
    (void)why;
    skips++;
}

static void patterns_give_sorted_paths_and_tell_of_links(void) {
    struct ym_arena *arena;
    struct ym_volume v = fresh(&arena);
    struct ym_err err = {0};
    struct ym_names found;

    link_in("Users/z", "/root");
    skips = 0;
    CHECK_EQ(ym_volume_glob(&v, arena, "USERS/*/F.TXT", &found, count_skip, NULL, &err), YM_OK);
    CHECK_EQ(found.n, 2);
    CHECK(strcmp(found.v[0], "Users/a/f.txt") == 0 && strcmp(found.v[1], "Users/b/f.txt") == 0);
    CHECK_EQ(skips, 1);
    remove_all(&v, arena);
}

MAIN(T(names_are_found_without_regard_to_case), T(paths_that_leave_the_root_are_refused),
     T(links_are_not_followed), T(what_is_no_file_is_not_opened),
     T(patterns_give_sorted_paths_and_tell_of_links))
