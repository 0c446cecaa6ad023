/* test_hive.c - the offline registry, with good, changed and broken hives. */
#include "clean/registry.h"

#include "makers/make_hive.h"
#include "ym_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

static void fresh(void) {
    hive_h *h;
    int fd;

    (void)snprintf(path, sizeof(path), "/tmp/ym-hive-XXXXXX");
    fd = mkstemp(path);
    CHECK(fd >= 0);
    (void)close(fd);
    CHECK_EQ(make_hive_start(path), 0);
    h = make_hive_open(path);
    make_dword(h, "Select", "Current", 1);
    make_text(h, "ControlSet001\\Services\\abc", "ImagePath", "x.exe");
    make_dword(h, "ControlSet001\\Services\\abc", "Start", 4);
    make_text(h, "ControlSet001\\Services\\abc", "", "the default");
    make_text(h, "ControlSet001\\Services\\abc\\Parameters", "ServiceDll", "y.dll");
    make_text(h, "ControlSet001\\Services\\other", "a", "b");
    make_hive_close(h);
}

static ym_status try_open(struct ym_registry **ret, struct ym_err *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ym_status st = ym_hive_open(fd, "HIVE", ret, err);

    (void)close(fd);
    return st;
}

static struct ym_registry *opened(void) {
    struct ym_err err = {0};
    struct ym_registry *r = NULL;

    if (try_open(&r, &err) != YM_OK) {
        FAIL("%s", err.text);
    }
    return r;
}

/* Writes n bytes at an offset of the hive's file. */
static void poke(off_t at, const void *p, size_t n) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    CHECK(pwrite(fd, p, n, at) == (ssize_t)n);
    (void)close(fd);
}

static void keys_and_values_are_read_without_regard_to_case(void) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_err err = {0};
    struct ym_registry *r;
    struct ym_reg_value v;
    struct ym_reg_keys keys;
    uint32_t number;

    fresh();
    r = opened();
    CHECK_EQ(ym_registry_keys(r, arena, "controlset001\\SERVICES", &keys, &err), YM_OK);
    CHECK_EQ(keys.n, 2);
    CHECK(strcmp(keys.v[0], "abc") == 0 && strcmp(keys.v[1], "other") == 0);
    CHECK_EQ(ym_registry_get(r, arena, "select", "CURRENT", &v, &err), YM_OK);
    CHECK(ym_reg_dword(&v, &number) && number == 1);
    CHECK_EQ(ym_registry_get(r, arena, "ControlSet001\\Services\\abc", "", &v, &err), YM_OK);
    CHECK(strcmp(ym_reg_text(arena, &v), "the default") == 0);
    CHECK_EQ(ym_registry_get(r, arena, "ControlSet001\\Services\\abc", "no", &v, &err), YM_END);
    CHECK_EQ(ym_registry_keys(r, arena, "Nothing\\Here", &keys, &err), YM_END);
    ym_registry_close(r);
    ym_arena_free(arena);
    (void)unlink(path);
}

/* Replaces the hive's file by what the registry writes. */
static void write_back(struct ym_registry *r) {
    struct ym_err err = {0};
    char bytes[65536];
    ssize_t n;
    int from = -1;
    int to;

    CHECK_EQ(ym_registry_write(r, &from, &err), YM_OK);
    to = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    while ((n = read(from, bytes, sizeof(bytes))) > 0) {
        CHECK(write(to, bytes, (size_t)n) == n);
    }
    (void)close(from);
    (void)close(to);
    ym_registry_close(r);
}

static void changes_reach_the_new_hive_and_only_it(void) {
    const uint8_t two[4] = {2, 0, 0, 0};
    const struct ym_reg_value start = {"Start", YM_REG_DWORD, two, 4};
    const struct ym_reg_value fresh_one = {"New", YM_REG_DWORD, two, 4};
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_err err = {0};
    struct ym_registry *r;
    struct ym_reg_values values;
    struct ym_reg_keys keys;
    uint32_t number;
    struct stat before;
    struct stat after;

    fresh();
    CHECK_EQ(stat(path, &before), 0);
    r = opened();
    CHECK_EQ(ym_registry_set(r, "ControlSet001\\Services\\abc", &start, &err), YM_OK);
    CHECK_EQ(ym_registry_delete_value(r, "ControlSet001\\Services\\abc", "imagepath", &err), YM_OK);
    CHECK_EQ(ym_registry_delete_value(r, "ControlSet001\\Services\\abc", "imagepath", &err),
             YM_END);
    CHECK_EQ(ym_registry_delete_key(r, "ControlSet001\\Services\\other", &err), YM_OK);
    CHECK_EQ(ym_registry_set(r, "Made\\On\\The Way", &fresh_one, &err), YM_OK);
    CHECK_EQ(ym_registry_make_key(r, "Empty\\Key", &err), YM_OK);
    CHECK_EQ(stat(path, &after), 0);
    CHECK(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && before.st_size == after.st_size);
    write_back(r);
    r = opened();
    CHECK_EQ(ym_registry_values(r, arena, "ControlSet001\\Services\\abc", &values, &err), YM_OK);
    CHECK_EQ(values.n, 2);
    CHECK(strcmp(values.v[0].name, "Start") == 0 && ym_reg_dword(&values.v[0], &number) &&
          number == 2);
    CHECK(strcmp(values.v[1].name, "") == 0);
    CHECK_EQ(ym_registry_keys(r, arena, "ControlSet001\\Services", &keys, &err), YM_OK);
    CHECK_EQ(keys.n, 1);
    CHECK_EQ(ym_registry_values(r, arena, "made\\on\\the way", &values, &err), YM_OK);
    CHECK_EQ(ym_registry_keys(r, arena, "Empty", &keys, &err), YM_OK);
    ym_registry_close(r);
    ym_arena_free(arena);
    (void)unlink(path);
}

static void refused(ym_status want, const char *words) {
    struct ym_registry *r = NULL;
    struct ym_err err = {0};
    ym_status st = try_open(&r, &err);

    if (st != want || strstr(err.text, words) == NULL || strcmp(err.file, "HIVE") != 0) {
        FAIL("%s: %s", ym_status_name(st), err.text);
    }
    CHECK(r == NULL);
}

static void broken_hives_are_refused_with_the_reason(void) {
    struct stat sb;
    uint8_t head[512];
    int fd;

    fresh();
    CHECK_EQ(stat(path, &sb), 0);
    CHECK_EQ(truncate(path, sb.st_size / 2), 0);
    refused(YM_TRUNCATED, "cut off");
    CHECK_EQ(truncate(path, 4096 + 100), 0);
    refused(YM_TRUNCATED, "cut off");
    CHECK_EQ(truncate(path, 100), 0);
    refused(YM_TRUNCATED, "shorter than the header");
    CHECK_EQ(truncate(path, 0), 0);
    refused(YM_TRUNCATED, "shorter");
    (void)unlink(path);
    fresh();
    poke(0, "regg", 4);
    refused(YM_MALFORMED, "not a registry hive");
    poke(0, "regf", 4);
    poke(100, "x", 1);
    refused(YM_MALFORMED, "checksum");
    (void)unlink(path);
    fresh();
    fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(read(fd, head, sizeof(head)) == 512);
    (void)close(fd);
    head[4]++; /* the first sequence number: being written when the power went */
    head[508] ^= (uint8_t)(head[4] ^ (uint8_t)(head[4] - 1));
    poke(0, head, sizeof(head));
    refused(YM_UNSUPPORTED, "transaction log");
    (void)unlink(path);
}

/* Each cut of a hive gives an error or the whole hive; never a crash of ours, never a hang. */
static void every_cut_and_many_flips_fail_cleanly(void) {
    struct ym_arena *arena = ym_arena_new(16 << 20);
    struct stat sb;
    unsigned opened_well = 0;
    unsigned answered = 0;

    fresh();
    CHECK_EQ(stat(path, &sb), 0);
    for (off_t n = 0; n < sb.st_size; n += 509) {
        struct ym_registry *r = NULL;

        (void)unlink(path);
        fresh();
        CHECK_EQ(truncate(path, n), 0);
        CHECK(try_open(&r, &(struct ym_err){0}) != YM_OK);
        (void)unlink(path);
    }
    fresh();
    for (unsigned i = 0; i < 150; i++) {
        off_t at = 4096 + (off_t)(i * 37 % (unsigned)(sb.st_size - 4096));
        struct ym_registry *r = NULL;
        struct ym_reg_keys keys;
        uint8_t was;
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        CHECK(pread(fd, &was, 1, at) == 1);
        (void)close(fd);
        poke(at, &(uint8_t){(uint8_t)(was ^ 0xff)}, 1);
        if (try_open(&r, &(struct ym_err){0}) == YM_OK) {
            opened_well++;
            answered += ym_registry_keys(r, arena, "ControlSet001\\Services", &keys,
                                         &(struct ym_err){0}) == YM_OK;
            ym_registry_close(r);
        }
        poke(at, &was, 1);
        ym_arena_reset(arena);
    }
    CHECK(opened_well > 0 && answered > 0); /* flips in unused bytes */
    ym_arena_free(arena);
    (void)unlink(path);
}

/* The line of /proc/PID/status that begins with name, without it. */
static long status_number(const char *pid, const char *name) {
    char file[64];
    char line[256];
    long v = -1;
    FILE *f;

    (void)snprintf(file, sizeof(file), "/proc/%s/status", pid);
    f = fopen(file, "r");
    CHECK(f != NULL);
    while (fgets(line, sizeof(line), f) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            v = strtol(line + strlen(name), NULL, strcmp(name, "CapEff:") == 0 ? 16 : 10);
        }
    }
    (void)fclose(f);
    return v;
}

static void the_process_that_reads_a_hive_is_locked_up(void) {
    struct ym_registry *r;
    char file[64];
    char pid[32] = "";
    FILE *f;

    fresh();
    r = opened();
    (void)snprintf(file, sizeof(file), "/proc/self/task/%d/children", (int)getpid());
    f = fopen(file, "r");
    if (f == NULL || fscanf(f, "%31s", pid) != 1) { /* NOLINT(cert-err34-c): digits as text */
        FAIL("this kernel does not list children");
    }
    (void)fclose(f);
    CHECK_EQ(status_number(pid, "Seccomp:"), 2);
    CHECK(status_number(pid, "Seccomp_filters:") >= 2);
    CHECK_EQ(status_number(pid, "NoNewPrivs:"), 1);
    CHECK_EQ(status_number(pid, "CapEff:"), 0);
    CHECK(status_number(pid, "Uid:") != 0);
    ym_registry_close(r);
    (void)snprintf(file, sizeof(file), "/proc/%s/status", pid);
    CHECK(access(file, F_OK) != 0); /* and gone with the registry */
    (void)unlink(path);
}

MAIN(T(keys_and_values_are_read_without_regard_to_case), T(changes_reach_the_new_hive_and_only_it),
     T(broken_hives_are_refused_with_the_reason), T(every_cut_and_many_flips_fail_cleanly),
     T(the_process_that_reads_a_hive_is_locked_up))
