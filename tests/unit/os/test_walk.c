/* test_walk.c - os/walk.h. */
#include "base/alloc.h"
#include "os/fault.h"
#include "os/walk.h"
#include "temp_dir.h"
#include "ym_test.h"

#include <errno.h>

struct seen {
    char files[1024];
    unsigned n_files, n_errors;
    unsigned left[YM_WALK_LEFT_COUNT];
};

static void walk(const char *path, bool recurse, struct seen *s) {
    struct ym_walk_entry e;
    struct ym_walk *w;

    *s = (struct seen){.n_files = 0};
    CHECK_EQ(ym_walk_new(path, recurse, &w, NULL), YM_OK);
    while (ym_walk_next(w, &e)) {
        if (e.kind == YM_WALK_FILE) {
            struct ym_file_stamp stamp;
            struct stat sb;

            s->n_files++;
            CHECK_EQ(stat(e.path, &sb), 0);
            CHECK(e.has_stamp && ym_file_stamp_of(&sb, &stamp));
            CHECK(memcmp(&stamp, &e.stamp, sizeof(stamp)) == 0);
            if (strlen(s->files) + strlen(e.name) + 2 < sizeof(s->files)) {
                (void)strcat(s->files, e.name);
                (void)strcat(s->files, " ");
            }
        } else if (e.kind == YM_WALK_ERROR) {
            s->n_errors++;
            CHECK(e.err.code != YM_OK);
        } else {
            s->left[e.left]++;
        }
    }
    ym_walk_free(w);
}

static void make_tree(void) {
    (void)mkdir(in_temp("tree"), 0755);
    (void)mkdir(in_temp("tree/sub"), 0755);
    put_file(in_temp("tree/b"), "b");
    put_file(in_temp("tree/a"), "a");
    put_file(in_temp("tree/sub/c"), "c");
    CHECK(symlink("..", in_temp("tree/sub/loop")) == 0 || errno == EEXIST);
    CHECK(symlink("/etc/passwd", in_temp("tree/link")) == 0 || errno == EEXIST);
    (void)mkfifo(in_temp("tree/fifo"), 0600);
}

static void a_walk_goes_by_name_and_leaves_links_and_pipes_alone(void) {
    struct seen s;

    make_tree();
    walk(in_temp("tree"), true, &s);
    CHECK(strcmp(s.files, "a b c ") == 0);
    CHECK_EQ(s.left[YM_WALK_LEFT_LINK], 2);
    CHECK_EQ(s.left[YM_WALK_LEFT_SPECIAL], 1);
    CHECK_EQ(s.n_errors, 0);
}

static void without_recursion_folders_below_are_counted_and_not_entered(void) {
    struct seen s;

    make_tree();
    walk(in_temp("tree"), false, &s);
    CHECK(strcmp(s.files, "a b ") == 0);
    CHECK_EQ(s.left[YM_WALK_LEFT_FOLDER], 1);
}

static void a_named_file_or_link_is_the_only_entry(void) {
    struct seen s;

    make_tree();
    walk(in_temp("tree/a"), false, &s);
    CHECK_EQ(s.n_files, 1);
    walk(in_temp("tree/sub/loop"), false, &s); /* a link to a folder, named: it is the folder */
    CHECK(strcmp(s.files, "a b ") == 0);
}

static void a_missing_path_is_an_error(void) {
    struct ym_err err = {.code = YM_OK};
    struct ym_walk *w = NULL;

    CHECK_EQ(ym_walk_new("/nowhere/at/all", true, &w, &err), YM_IO);
    CHECK_EQ(err.sys_errno, ENOENT);
    CHECK(w == NULL);
}

static void a_folder_that_cannot_be_opened_is_one_error_and_the_rest_goes_on(void) {
    struct seen s;

    make_tree();
    (void)ym_fault_sys(YM_FAULT_OPEN, 2, EACCES, 0); /* 1: the start, 2: sub */
    walk(in_temp("tree"), true, &s);
    CHECK_EQ(ym_fault_sys(YM_FAULT_OPEN, 0, 0, 0), 1);
    CHECK_EQ(s.n_errors, 1);
    CHECK(strcmp(s.files, "a b ") == 0);
}

static void without_memory_a_walk_says_so(void) {
    unsigned fired;
    unsigned nth = 1;

    make_tree();
    do {
        struct ym_walk_entry e;
        struct ym_walk *w = NULL;
        unsigned files = 0;
        unsigned errors = 0;
        ym_status st;

        (void)ym_fault_malloc(nth++, 0);
        st = ym_walk_new(in_temp("tree"), true, &w, NULL);
        while (st == YM_OK && ym_walk_next(w, &e)) {
            files += e.kind == YM_WALK_FILE;
            errors += e.kind == YM_WALK_ERROR;
        }
        fired = ym_fault_malloc(0, 0);
        ym_walk_free(w);
        CHECK(st != YM_OK || errors > 0 || files == 3); /* what is missing was said */
    } while (fired > 0);
    CHECK(nth > 5);
}

static void the_depth_is_bounded_and_said(void) {
    struct seen s;
    int fd = open(in_temp(""), O_DIRECTORY | O_RDONLY | O_CLOEXEC);

    for (unsigned i = 0; i < YM_WALK_MAX_DEPTH + 5; i++) {
        int next;

        CHECK_EQ(mkdirat(fd, "d", 0755), 0);
        next = openat(fd, "d", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
        CHECK(next >= 0);
        (void)close(fd);
        fd = next;
    }
    (void)close(fd);
    walk(in_temp("d"), true, &s);
    CHECK_EQ(s.n_errors, 1);
}

static void the_kernel_s_own_files_below_a_path_are_left_alone(void) {
    struct ym_walk_entry e;
    struct ym_walk *w;
    bool met = false;

    if (access("/proc/self", F_OK) != 0) {
        printf("# no /proc here\n");
        return;
    }
    CHECK_EQ(ym_walk_new("/", true, &w, NULL), YM_OK);
    for (unsigned i = 0; i < 2000000 && ym_walk_next(w, &e); i++) {
        CHECK(strncmp(e.path, "/proc/", 6) != 0);
        if (strcmp(e.path, "/proc") == 0) {
            CHECK_EQ(e.kind, YM_WALK_LEFT);
            CHECK_EQ(e.left, YM_WALK_LEFT_KERNEL);
            met = true;
            break;
        }
    }
    ym_walk_free(w);
    CHECK(met);
}

MAIN(T(a_walk_goes_by_name_and_leaves_links_and_pipes_alone),
     T(without_recursion_folders_below_are_counted_and_not_entered),
     T(a_named_file_or_link_is_the_only_entry), T(a_missing_path_is_an_error),
     T(a_folder_that_cannot_be_opened_is_one_error_and_the_rest_goes_on),
     T(without_memory_a_walk_says_so), T(the_depth_is_bounded_and_said),
     T(the_kernel_s_own_files_below_a_path_are_left_alone))
