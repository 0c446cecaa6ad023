/* test_hive.c - the offline registry, with good, changed and broken hives. */
#include "clean/registry.h"

#include "makers/make_hive.h"
#include "makers/make_hive_log.h"
#include "os/file.h"
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
    refused(YM_UNSUPPORTED, "was not closed properly");
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

/* --- transaction logs ------------------------------------------------------------------------- */

/* A folder with a hive, dirty, as HIVE, and its logs; the hive before and after, in memory. */
static struct scene {
    char folder[64], hive[96];
    struct ym_volume volume;
    struct ym_arena *arena;
    struct ym_buf before, after, dirty, log;
} s;

static void load(struct ym_buf *b) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    ym_buf_init(b, 1 << 20);
    CHECK_EQ(ym_file_read_all(fd, path, b, NULL), YM_OK);
    (void)close(fd);
}

static const char *named(const char *name) {
    static char full[200];

    (void)snprintf(full, sizeof(full), "%s/%s", s.folder, name);
    return full;
}

static void store(const char *name, const struct ym_buf *b) {
    int fd = open(named(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(write(fd, b->data, b->len) == (ssize_t)b->len);
    (void)close(fd);
}

static void start_scene(bool new_format) {
    hive_h *h;

    memset(&s, 0, sizeof(s));
    fresh();
    load(&s.before);
    h = make_hive_open(path);
    for (char c = 'a'; c <= 'z'; c++) {
        char key[2] = {c, '\0'};

        make_bytes(h, key, "long", 3, (const uint8_t[1000]){1}, 1000);
    }
    make_dword(h, "Select", "Current", 2);
    make_hive_close(h);
    load(&s.after);
    (void)unlink(path);
    CHECK(s.after.len > s.before.len);
    ym_buf_init(&s.dirty, 1 << 20);
    ym_buf_init(&s.log, 1 << 20);
    make_hive_dirty(&s.before, &s.dirty);
    if (new_format) {
        make_log_new(&s.before, 40, &s.log);
        make_log_entry(&s.before, &s.after, 40, &s.log);
    } else {
        make_log_old(&s.before, &s.after, 40, &s.log);
    }
    (void)snprintf(s.folder, sizeof(s.folder), "/tmp/ym-hive-XXXXXX");
    CHECK(mkdtemp(s.folder) != NULL);
    CHECK_EQ(ym_volume_open(s.folder, &s.volume, NULL), YM_OK);
    s.arena = ym_arena_new(4 << 20);
    store("HIVE", &s.dirty);
}

static void end_scene(void) {
    static const char *const names[] = {"HIVE", "hive.Log1", "HIVE.LOG1", "HIVE.log2", "HIVE.LOG"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlink(named(names[i]));
    }
    CHECK_EQ(rmdir(s.folder), 0);
    ym_volume_close(&s.volume);
    ym_arena_free(s.arena);
    ym_buf_done(&s.before);
    ym_buf_done(&s.after);
    ym_buf_done(&s.dirty);
    ym_buf_done(&s.log);
}

static ym_status open_beside(struct ym_registry **ret, struct ym_err *err) {
    int fd = -1;
    ym_status st = ym_volume_open_file(&s.volume, "HIVE", &fd, err);

    st = st == YM_OK ? ym_hive_open_beside(&s.volume, "HIVE", fd, s.arena, ret, err) : st;
    (void)close(fd);
    return st;
}

static uint32_t current_of(struct ym_registry *r) {
    struct ym_reg_value v;
    uint32_t number = 0;

    CHECK_EQ(ym_registry_get(r, s.arena, "Select", "Current", &v, &(struct ym_err){0}), YM_OK);
    CHECK(ym_reg_dword(&v, &number));
    return number;
}

static void refused_beside(ym_status want, const char *words) {
    struct ym_registry *r = NULL;
    struct ym_err err = {0};
    ym_status st = open_beside(&r, &err);

    if (st != want || strstr(err.text, words) == NULL || err.file[0] == '\0') {
        FAIL("%s: %s: %s", ym_status_name(st), err.file, err.text);
    }
    CHECK(r == NULL);
}

static bool is_on_disk(const char *name, const struct ym_buf *want) {
    struct ym_buf b;
    bool same;

    (void)snprintf(path, sizeof(path), "%.40s/%.20s", s.folder, name);
    load(&b);
    same = b.len == want->len && memcmp(b.data, want->data, b.len) == 0;
    ym_buf_done(&b);
    return same;
}

/* What is written is a hive that was closed, whatever the log still says.  Closes r. */
static void the_written_hive_is_whole(struct ym_registry *r) {
    const uint8_t nine[4] = {9, 0, 0, 0};
    const struct ym_reg_value value = {"Current", YM_REG_DWORD, nine, 4};
    struct ym_err err = {0};
    struct ym_reader head;
    struct ym_buf out;
    int fd = -1;

    CHECK_EQ(ym_registry_set(r, "Select", &value, &err), YM_OK);
    CHECK_EQ(ym_registry_write(r, &fd, &err), YM_OK);
    ym_buf_init(&out, 1 << 20);
    CHECK_EQ(ym_file_read_all(fd, "new", &out, &err), YM_OK);
    (void)close(fd);
    ym_registry_close(r);
    ym_reader_init(&head, out.data, out.len);
    CHECK_EQ(ym_hive_check_header(head, &err), YM_OK);
    CHECK(make_get32(out.data + 4) > 40);
    store("HIVE", &out);
    ym_buf_done(&out);
    CHECK_EQ(open_beside(&r, &err), YM_OK);
    CHECK(strcmp(ym_hive_logs_applied(r), "") == 0);
    CHECK_EQ(current_of(r), 9);
    ym_registry_close(r);
}

static void logs_beside_a_dirty_hive_are_applied(void) {
    for (int new_format = 0; new_format < 2; new_format++) {
        struct ym_registry *r = NULL;
        struct ym_err err = {0};
        struct ym_reg_keys keys;

        start_scene(new_format == 1);
        store("hive.Log1", &s.log);
        if (open_beside(&r, &err) != YM_OK) {
            FAIL("%s", err.text);
        }
        CHECK(strcmp(ym_hive_logs_applied(r), "hive.Log1") == 0);
        CHECK_EQ(current_of(r), 2);
        CHECK_EQ(ym_registry_keys(r, s.arena, "", &keys, &err), YM_OK);
        CHECK_EQ(keys.n, 28);
        CHECK(is_on_disk("HIVE", &s.dirty) && is_on_disk("hive.Log1", &s.log));
        the_written_hive_is_whole(r);
        CHECK(is_on_disk("hive.Log1", &s.log));
        end_scene();
    }
}

static void a_damaged_header_comes_from_the_log(void) {
    struct ym_registry *r = NULL;

    start_scene(true);
    s.dirty.data[0] = 'x';
    store("HIVE", &s.dirty);
    refused_beside(YM_MALFORMED, "not a registry hive");
    store("HIVE.LOG1", &s.log);
    CHECK_EQ(open_beside(&r, &(struct ym_err){0}), YM_OK);
    CHECK_EQ(current_of(r), 2);
    ym_registry_close(r);
    end_scene();
}

static void a_last_entry_that_is_torn_is_said(void) {
    struct ym_registry *r = NULL;

    start_scene(true);
    make_log_entry(&s.after, &s.before, 41, &s.log);
    ym_buf_cut(&s.log, s.log.len - 100);
    store("HIVE.log2", &s.log);
    CHECK_EQ(open_beside(&r, &(struct ym_err){0}), YM_OK);
    CHECK(strcmp(ym_hive_logs_applied(r),
                 "HIVE.log2 (its last entry was never completed and is left out)") == 0);
    CHECK_EQ(current_of(r), 2);
    ym_registry_close(r);
    end_scene();
}

static void a_dirty_hive_without_a_log_that_helps_is_refused(void) {
    start_scene(true);
    refused_beside(YM_UNSUPPORTED, "no transaction log is beside it");
    store("HIVE.LOG1", &(struct ym_buf){.data = (uint8_t[1]){0}});
    refused_beside(YM_UNSUPPORTED, "has no transaction log");
    s.log.data[600] ^= 1;
    store("HIVE.LOG1", &s.log);
    refused_beside(YM_MALFORMED, ".LOG1: its first entry is torn (at 512)");
    store("hive.Log1", &s.log);
    refused_beside(YM_UNSUPPORTED, "it is not known which one");
    (void)unlink(named("hive.Log1"));
    (void)unlink(named("HIVE.LOG1"));
    CHECK_EQ(symlink("/etc/passwd", named("HIVE.LOG1")), 0);
    refused_beside(YM_UNSUPPORTED, "symbolic link");
    CHECK(is_on_disk("HIVE", &s.dirty));
    end_scene();
}

static void a_damaged_hive_that_was_closed_is_not_helped_by_logs(void) {
    start_scene(true);
    memcpy(s.before.data + 4096, "xxxx", 4);
    store("HIVE", &s.before);
    store("HIVE.LOG1", &s.log);
    refused_beside(YM_MALFORMED, "structure");
    end_scene();
}

/* Hostile logs: the process that applies them may refuse or die, nothing else. */
static void every_changed_log_gives_an_error_or_a_hive(void) {
    unsigned good = 0;
    unsigned bad = 0;

    start_scene(false);
    for (unsigned i = 0; i < 120; i++) {
        struct ym_registry *r = NULL;
        struct ym_err err = {0};
        size_t at = i < 40 ? i * 13 : i * 7919 % s.log.len;

        s.log.data[at] ^= 0xff;
        store("HIVE.LOG1", &s.log);
        if (open_beside(&r, &err) == YM_OK) {
            ym_registry_close(r);
            good++;
        } else {
            CHECK(r == NULL && err.text[0] != '\0');
            bad++;
        }
        s.log.data[at] ^= 0xff;
        ym_arena_reset(s.arena);
    }
    CHECK(good > 0 && bad > 0);
    end_scene();
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
     T(logs_beside_a_dirty_hive_are_applied), T(a_damaged_header_comes_from_the_log),
     T(a_last_entry_that_is_torn_is_said), T(a_dirty_hive_without_a_log_that_helps_is_refused),
     T(a_damaged_hive_that_was_closed_is_not_helped_by_logs),
     T(every_changed_log_gives_an_error_or_a_hive), T(the_process_that_reads_a_hive_is_locked_up))
