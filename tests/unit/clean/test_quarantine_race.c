/* test_quarantine_race.c - somebody exchanges files, links and folders while a file is taken away.
 *
 * The attacker is a process of its own (another user when this runs as root) that owns the folder
 * in which the victim lies and exchanges names there as fast as it can; at one random step of each
 * attempt it is waited for.  After some attempts it stands still, and all is looked at: every
 * innocent file is what it was (content, inode, links, times), and each victim is on the volume, or
 * in the quarantine and opens there.
 *
 * 2,000 attempts; $YM_RACES sets another number, $YM_RACES_DIR another place than /dev/shm (where
 * syncing costs nothing). */
#include "clean/journal.h"
#include "clean/quarantine.h"

#include "base/time.h"
#include "ym_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, VICTIM_SIZE = 3000, SCENES = 16 };

/* What is exchanged with what, relative to the attacker's folder; plant: it also makes a new file
 * under the name whenever that is free; links: what comes in its place is only reached through a
 * link, so even without a digest to compare with nothing of it may be taken. */
static const struct attack {
    const char *what, *a, *b;
    bool plant, links;
} attacks[] = {
    {"file and link", "mid/victim", "mid/link", false, true},
    {"file and file", "mid/victim", "mid/decoy", false, false},
    {"file and hard link", "mid/victim", "mid/hard", false, false},
    {"file and folder", "mid/victim", "mid/sub", false, false},
    {"file and file, and the name is taken again", "mid/victim", "mid/decoy", true, false},
    {"file and no name", "mid/victim", "mid/stash", false, false},
    {"its folder and a link", "mid", "midlink", false, true},
    {"its folder and a folder", "mid", "other", false, false},
    {"the folder above and a link", ".", NULL, false, true}, /* see swap() */
};
enum { ATTACKS = sizeof(attacks) / sizeof(attacks[0]) };

struct shared {
    atomic_uint scene; /* the one to attack, from 1; 0: stand still */
    atomic_uint seen;  /* the one that the attacker is at */
    atomic_uint kinds[SCENES];
    atomic_uint turns; /* exchanges that were tried */
    atomic_ulong swaps;
    atomic_ullong length_ns; /* of an attempt that nobody disturbs */
};

static struct shared *shared;
static char root[64];
static pid_t attacker;

/* Sleeps while *word is value, not for ever: whoever changes it may have died. */
static void sleep_while(atomic_uint *word, unsigned value) {
    static const struct timespec most = {0, 20000000};

    (void)syscall(SYS_futex, word, FUTEX_WAIT, value, &most, NULL, 0);
}

static void set_and_wake(atomic_uint *word, unsigned value) {
    atomic_store(word, value);
    (void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* --- the attacker ------------------------------------------------------------------------------ */

static uint32_t dice_state = 2463534242U;
static uint32_t dice(void) { /* xorshift32, Marsaglia 2003 */
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 17;
    dice_state ^= dice_state << 5;
    return dice_state;
}

static void wait_a_little(void) {
    static const uint32_t most[] = {1, 50, 2000, 60000};

    for (volatile uint32_t n = dice() % most[dice() % 4]; n > 0; n--) {
    }
}

/* In every other attempt the first exchange comes at a random moment of it, not at once: else hardly
 * any file would get past the first look. */
static void wait_for_a_moment(void) {
    uint64_t most = atomic_load(&shared->length_ns);
    uint64_t until = ym_now_ns() + (uint64_t)dice() % (most + most / 4 + 1);

    while (dice_state % 2 == 0 && ym_now_ns() < until && atomic_load(&shared->scene) != 0) {
    }
}

static bool swap(const struct attack *a, int top_fd, int above_fd) {
    if (a->b == NULL) {
        return renameat2(above_fd, "top", above_fd, "toplink", RENAME_EXCHANGE) == 0;
    }
    if (strcmp(a->b, "mid/stash") == 0) { /* to and fro */
        return renameat2(top_fd, a->a, top_fd, a->b, RENAME_NOREPLACE) == 0 ||
               renameat2(top_fd, a->b, top_fd, a->a, RENAME_NOREPLACE) == 0;
    }
    return renameat2(top_fd, a->a, top_fd, a->b, RENAME_EXCHANGE) == 0;
}

static void plant(const struct attack *a, int top_fd) {
    int fd = openat(top_fd, a->a, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0) {
        (void)!write(fd, "planted", 7);
        (void)close(fd);
    }
}

static void attack_once(const struct attack *a, int top_fd, int above_fd) {
    if (swap(a, top_fd, above_fd)) {
        atomic_fetch_add(&shared->swaps, 1);
    }
    if (a->plant) {
        plant(a, top_fd);
    }
    set_and_wake(&shared->turns, atomic_load(&shared->turns) + 1);
    wait_a_little();
}

static int above_of(unsigned scene) {
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/vol/above%u", root, scene);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void attack_scene(unsigned scene) {
    const struct attack *a = &attacks[atomic_load(&shared->kinds[scene - 1])];
    int above_fd = above_of(scene);
    int top_fd = openat(above_fd, "top", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    dice_state = dice_state * 2654435761U + scene;
    dice_state += dice_state == 0 ? 1 : 0;
    set_and_wake(&shared->seen, scene);
    wait_for_a_moment();
    while (atomic_load(&shared->scene) == scene && getppid() != 1) {
        attack_once(a, top_fd, above_fd);
    }
    (void)close(top_fd);
    (void)close(above_fd);
}

static void be_the_attacker(void) {
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
        _exit(1);
    }
    while (getppid() != 1) {
        unsigned scene = atomic_load(&shared->scene);

        if (scene == 0) {
            set_and_wake(&shared->seen, 0);
            sleep_while(&shared->scene, 0);
        } else {
            attack_scene(scene);
        }
    }
    _exit(0);
}

/* wait: until the attacker has begun, or stands still. */
static void let_attack(unsigned scene, bool wait) {
    unsigned seen;

    set_and_wake(&shared->scene, scene);
    while (wait && (seen = atomic_load(&shared->seen)) != scene) {
        if (waitpid(attacker, NULL, WNOHANG) == attacker) {
            attacker = 0;
            FAIL("the attacker died");
        }
        sleep_while(&shared->seen, seen);
    }
}

/* --- files ------------------------------------------------------------------------------------- */

/* All that must not change of an innocent file.  moved: the attacker renames it itself, which
 * changes its ctime. */
struct innocent {
    const char *path; /* below root; from FIRST_FOUND on below the attacker's folder */
    const char *content;
    bool moved;
    struct stat sb;
};

static void full_path(const char *path, char out[256]) {
    (void)snprintf(out, 256, "%s/%s", root, path);
}

static void give_away(const char *full) {
    if (geteuid() == 0) {
        CHECK_EQ(lchown(full, NOBODY, NOBODY), 0);
    }
}

static void make_folder(const char *path, bool theirs) {
    char full[256];

    full_path(path, full);
    CHECK_EQ(mkdir(full, 0755), 0);
    if (theirs) {
        give_away(full);
    }
}

static void make_link(const char *path, const char *target) {
    char full[256];
    char to[256];

    full_path(path, full);
    full_path(target, to);
    CHECK_EQ(symlink(to, full), 0);
    give_away(full);
}

static void make_file(const char *path, const void *p, size_t n, bool theirs) {
    char full[256];
    int fd;

    full_path(path, full);
    fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, p, n), n);
    (void)close(fd);
    if (theirs) {
        give_away(full);
    }
}

/* Removes everything below a folder, and calls what for every name first. */
typedef void each_fn(void *ctx, int dir_fd, const char *name, const struct stat *sb);
static void each_below(int dir_fd, bool remove, each_fn *fn, void *ctx) {
    int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fdopendir(copy);
    const struct dirent *e;
    struct stat sb;

    CHECK(dir != NULL);
    while ((e = readdir(dir)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            fstatat(dir_fd, e->d_name, &sb, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        if (S_ISDIR(sb.st_mode)) {
            int fd = openat(dir_fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            CHECK(fd >= 0);
            each_below(fd, remove, fn, ctx);
            (void)close(fd);
        } else if (fn != NULL) {
            fn(ctx, dir_fd, e->d_name, &sb);
        }
        if (remove) {
            (void)unlinkat(dir_fd, e->d_name, S_ISDIR(sb.st_mode) ? AT_REMOVEDIR : 0);
        }
    }
    (void)closedir(dir);
}

/* --- one attempt ------------------------------------------------------------------------------- */

static uint8_t victim_bytes[VICTIM_SIZE];
static uint8_t victim_sha256[32];

static const struct innocent innocents[] = {
    {"innocents/victim", "innocent behind a link", false, {0}},
    {"innocents/mid/victim", "innocent two folders deep behind a link", false, {0}},
    {"innocents/theirs", "innocent with a hard link in the folder", true, {0}},
    {"mid/decoy", "the attacker's other file", true, {0}},
    {"other/victim", "in the folder that is exchanged", false, {0}},
    {"mid/sub/inside", "in a folder that takes the name", false, {0}},
};
enum { INNOCENTS = sizeof(innocents) / sizeof(innocents[0]), FIRST_FOUND = 3 };

static struct innocent outside[FIRST_FOUND]; /* the same for all scenes */

struct scene {
    unsigned number; /* from 1 */
    const struct attack *attack;
    struct innocent inside[INNOCENTS];
    struct stat victim;
    char id[32];
    bool gone;
};

static void remember(struct innocent *in, const char *path) {
    char full[256];

    full_path(path, full);
    CHECK_EQ(lstat(full, &in->sb), 0);
}

static void remember_outside(void) {
    for (unsigned i = 0; i < FIRST_FOUND; i++) {
        remember(&outside[i], outside[i].path);
    }
}

static void make_innocents(void) {
    make_folder("innocents", false);
    make_folder("innocents/mid", false);
    for (int i = 0; i < FIRST_FOUND; i++) {
        outside[i] = innocents[i];
        make_file(innocents[i].path, innocents[i].content, strlen(innocents[i].content), i == 2);
    }
}

/* A path of the scene, below root. */
static const char *at(const struct scene *s, const char *path) {
    static char out[128];

    (void)snprintf(out, sizeof(out), "vol/above%u/%s", s->number, path);
    return out;
}

/* top/mid/victim and everything that it is exchanged with. */
static void make_scene(struct scene *s) {
    char full[256];
    char hard[256];

    make_folder(at(s, "top"), true);
    make_folder(at(s, "top/mid"), true);
    make_folder(at(s, "top/other"), true);
    make_folder(at(s, "top/mid/sub"), true);
    make_link(at(s, "toplink"), "innocents");
    make_link(at(s, "top/midlink"), "innocents");
    make_link(at(s, "top/mid/link"), "innocents/victim");
    make_file(at(s, "top/mid/victim"), victim_bytes, sizeof(victim_bytes), true);
    for (unsigned i = FIRST_FOUND; i < INNOCENTS; i++) {
        char path[64];

        s->inside[i] = innocents[i];
        (void)snprintf(path, sizeof(path), "top/%s", innocents[i].path);
        make_file(at(s, path), innocents[i].content, strlen(innocents[i].content), true);
        remember(&s->inside[i], at(s, path));
    }
    full_path("innocents/theirs", full);
    full_path(at(s, "top/mid/hard"), hard);
    CHECK_EQ(link(full, hard), 0);
    full_path(at(s, "top/mid/victim"), full);
    CHECK_EQ(lstat(full, &s->victim), 0);
}

static bool same_time(struct timespec a, struct timespec b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static void check_innocent(const struct innocent *in, int dir_fd, const char *name) {
    char text[128];
    struct stat sb;
    ssize_t n;
    int fd;

    CHECK_EQ(fstatat(dir_fd, name, &sb, AT_SYMLINK_NOFOLLOW), 0);
    if (sb.st_ino != in->sb.st_ino || sb.st_nlink != in->sb.st_nlink ||
        sb.st_size != in->sb.st_size || sb.st_mode != in->sb.st_mode ||
        sb.st_uid != in->sb.st_uid || !same_time(sb.st_mtim, in->sb.st_mtim) ||
        !same_time(sb.st_atim, in->sb.st_atim) ||
        (!in->moved && !same_time(sb.st_ctim, in->sb.st_ctim))) {
        FAIL("innocent \"%s\" is not what it was", in->content);
    }
    fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC);
    CHECK(fd >= 0);
    n = read(fd, text, sizeof(text));
    (void)close(fd);
    CHECK_EQ(n, strlen(in->content));
    CHECK(memcmp(text, in->content, (size_t)n) == 0);
}

struct search {
    const struct scene *scene;
    bool victim_is_there, in_place;
    unsigned found; /* innocents of this scene, one bit each */
};

static void look(void *ctx, int dir_fd, const char *name, const struct stat *sb) {
    struct search *s = ctx;

    /* The number of an inode alone may be one that was used again, by a planted file. */
    if (sb->st_ino == s->scene->victim.st_ino && sb->st_dev == s->scene->victim.st_dev &&
        sb->st_size == s->scene->victim.st_size &&
        same_time(sb->st_mtim, s->scene->victim.st_mtim)) {
        s->victim_is_there = true;
        s->in_place = s->in_place || strcmp(name, "victim") == 0;
    }
    for (unsigned i = FIRST_FOUND; i < INNOCENTS; i++) {
        if (sb->st_ino == s->scene->inside[i].sb.st_ino) {
            check_innocent(&s->scene->inside[i], dir_fd, name);
            s->found |= 1U << i;
        }
    }
}

struct figures {
    unsigned gone, stayed, elsewhere, other, kept, refused, changed, absent;
};

static void count_status(struct figures *f, ym_status st, ym_taken how, const struct ym_err *err) {
    switch (st) {
    case YM_OK:
        f->other += how == YM_TAKEN_OTHER ? 1U : 0U;
        f->kept += how == YM_TAKEN_KEPT ? 1U : 0U;
        break;
    case YM_UNSUPPORTED:
        f->refused++;
        break;
    case YM_CANCELLED:
        f->changed++;
        break;
    case YM_END:
        f->absent++;
        break;
    case YM_TRUNCATED:
    case YM_MALFORMED:
    case YM_LIMIT:
    case YM_NOMEM:
    case YM_IO:
    case YM_STATUS_COUNT:
        FAIL("%s: %s", ym_status_name(st), err->text);
    }
}

static void check_scene(struct ym_quarantine *q, const struct scene *scene, struct ym_arena *arena,
                        struct figures *f) {
    struct search s = {.scene = scene};
    struct ym_quarantine_item item;
    struct ym_err err = {0};
    int above_fd = above_of(scene->number);
    ym_status st;

    each_below(above_fd, false, look, &s);
    CHECK_EQ(s.found, ((1U << INNOCENTS) - 1) & ~((1U << FIRST_FOUND) - 1));
    CHECK(scene->gone != s.victim_is_there); /* gone if that was said, and only then */
    if (scene->gone) {
        CHECK_EQ(ym_quarantine_info(q, scene->id, arena, &item, &err), YM_OK);
        CHECK(memcmp(item.sha256, victim_sha256, 32) == 0 && item.size == VICTIM_SIZE);
        CHECK_EQ(ym_quarantine_verify(q, scene->id, arena, &err), YM_OK);
    }
    f->gone += scene->gone ? 1U : 0U;
    f->stayed += s.victim_is_there && s.in_place ? 1U : 0U;
    f->elsewhere += s.victim_is_there && !s.in_place ? 1U : 0U;
    st = ym_quarantine_delete(q, scene->id, &(struct ym_err){0});
    CHECK(st == YM_OK || st == YM_END);
    each_below(above_fd, true, NULL, NULL);
    (void)close(above_fd);
}

static void check_outside(void) {
    for (unsigned i = 0; i < FIRST_FOUND; i++) {
        char full[256];

        full_path(outside[i].path, full);
        check_innocent(&outside[i], AT_FDCWD, full);
    }
}

static void take_victim(struct ym_quarantine *q, const struct ym_volume *v, struct scene *s,
                        unsigned number, struct ym_arena *arena, struct figures *f) {
    struct ym_quarantine_about about = {NULL, root, "Test/race", "race", ""};
    ym_taken how = YM_TAKEN_OTHER;
    struct ym_err err = {0};
    char path[64];
    ym_status st;

    (void)snprintf(path, sizeof(path), "above%u/top/mid/victim", s->number);
    (void)snprintf(s->id, sizeof(s->id), "race-%u", number);
    about.path = path;
    st = ym_quarantine_take(q, s->id, v, &about, s->attack->links ? NULL : victim_sha256, arena,
                            &how, &err);
    s->gone = st == YM_OK && how == YM_TAKEN_GONE;
    count_status(f, st, how, &err);
}

/* --- by chance --------------------------------------------------------------------------------- */

/* The attacker gets a turn for certain. */
static void give_way(void *ctx, unsigned nth) {
    unsigned turns = atomic_load(&shared->turns);

    if (nth == *(unsigned *)ctx) {
        sleep_while(&shared->turns, turns);
    }
}

/* One attempt in each of n scenes, and then the look at all of them. */
static void attempts(struct ym_quarantine *q, const struct ym_volume *v, struct ym_arena *arena,
                     unsigned first, unsigned n, struct figures *f) {
    static struct scene scenes[SCENES];

    for (unsigned i = 0; i < n; i++) {
        scenes[i] = (struct scene){.number = i + 1, .attack = &attacks[(first + i) % ATTACKS]};
        atomic_store(&shared->kinds[i], (first + i) % ATTACKS);
        make_scene(&scenes[i]);
    }
    remember_outside();
    for (unsigned i = 0; i < n; i++) {
        unsigned step = dice() % 14; /* from 10 on: before the first */

        let_attack(i + 1, step >= 10);
        give_way(&step, step < 10 ? 0 : step);
        ym_clean_at_step(give_way, &step);
        take_victim(q, v, &scenes[i], first + i, arena, f);
        ym_clean_at_step(NULL, NULL);
    }
    let_attack(0, true);
    check_outside();
    for (unsigned i = 0; i < n; i++) {
        check_scene(q, &scenes[i], arena, f);
    }
    ym_arena_reset(arena);
}

static void begin(void) {
    const char *where = getenv("YM_RACES_DIR");
    char full[256];

    (void)snprintf(root, sizeof(root), "%s/ym-race-XXXXXX",
                   where != NULL                   ? where
                   : access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                                   : "/tmp");
    CHECK(mkdtemp(root) != NULL);
    CHECK_EQ(chmod(root, 0755), 0);
    make_folder("vol", false);
    for (unsigned i = 1; i <= SCENES; i++) {
        char path[32];

        (void)snprintf(path, sizeof(path), "vol/above%u", i);
        make_folder(path, true);
    }
    make_innocents();
    full_path("state", full);
    for (size_t i = 0; i < sizeof(victim_bytes); i++) {
        victim_bytes[i] = (uint8_t)(i * 7);
    }
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    attacker = fork();
    CHECK(attacker >= 0);
    if (attacker == 0) {
        be_the_attacker();
    }
}

/* The digest that is expected, and how long it takes, from a quiet run. */
static void learn_digest(struct ym_quarantine *q, const struct ym_volume *v,
                         struct ym_arena *arena) {
    struct ym_quarantine_about about = {"sample", root, "n", "r", ""};
    struct ym_quarantine_item item;
    struct ym_err err = {0};
    uint64_t start;
    ym_taken how;

    make_file("vol/sample", victim_bytes, sizeof(victim_bytes), false);
    start = ym_now_ns();
    CHECK_EQ(ym_quarantine_take(q, "sample", v, &about, NULL, arena, &how, &err), YM_OK);
    atomic_store(&shared->length_ns, ym_now_ns() - start);
    CHECK_EQ(ym_quarantine_info(q, "sample", arena, &item, &err), YM_OK);
    memcpy(victim_sha256, item.sha256, 32);
    CHECK_EQ(ym_quarantine_delete(q, "sample", &err), YM_OK);
}

static void nothing_is_lost_and_nobody_else_is_hit(void) {
    const char *wanted = getenv("YM_RACES");
    unsigned n = wanted == NULL ? 2000 : (unsigned)strtoul(wanted, NULL, 10);
    struct ym_arena *arena = ym_arena_new(64 << 20);
    struct figures all = {0};
    struct ym_quarantine *q = NULL;
    struct ym_volume v;
    struct ym_err err = {0};
    char full[256];

    full_path("vol", full);
    CHECK_EQ(ym_volume_open(full, &v, &err), YM_OK);
    full_path("state", full);
    CHECK_EQ(ym_quarantine_open(full, YM_QUARANTINE_MAKE, &q, &err), YM_OK);
    learn_digest(q, &v, arena);
    for (unsigned i = 0; i < n; i += SCENES) {
        attempts(q, &v, arena, i, n - i < SCENES ? n - i : SCENES, &all);
    }
    printf(
        "# %u attempts, %lu exchanges: %u taken, %u in place, %u under a name of the attacker's\n",
        n, atomic_load(&shared->swaps), all.gone, all.stayed, all.elsewhere);
    printf("# of those not taken: %u links or folders refused, %u other content, %u absent, "
           "%u exchanged before the end, %u of these not put back because the name was taken\n",
           all.refused, all.changed, all.absent, all.other + all.kept, all.kept);
    CHECK_EQ(all.gone + all.stayed + all.elsewhere, n);
    CHECK(all.gone > 0 && all.other + all.refused + all.changed > 0); /* it was a race */
    ym_quarantine_close(q);
    ym_volume_close(&v);
    ym_arena_free(arena);
}

/* --- at every step ----------------------------------------------------------------------------- */

struct step {
    const struct attack *attack;
    unsigned at, last;
    int above_fd, top_fd;
};

static void exchange_at(void *ctx, unsigned nth) {
    struct step *s = ctx;

    if (nth == s->at) {
        (void)swap(s->attack, s->top_fd, s->above_fd);
    }
    if (nth >= s->at && s->attack->plant) {
        plant(s->attack, s->top_fd);
    }
    s->last = nth;
}

static void attempt_with_step(struct ym_quarantine *q, const struct ym_volume *v,
                              struct ym_arena *arena, unsigned number, struct step *s,
                              struct figures *f) {
    struct scene scene = {.number = 1, .attack = s->attack};

    make_scene(&scene);
    remember_outside();
    s->above_fd = above_of(1);
    s->top_fd = openat(s->above_fd, "top", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    s->last = 0;
    ym_clean_at_step(exchange_at, s);
    take_victim(q, v, &scene, number, arena, f);
    ym_clean_at_step(NULL, NULL);
    (void)close(s->top_fd);
    (void)close(s->above_fd);
    check_outside();
    check_scene(q, &scene, arena, f);
    ym_arena_reset(arena);
}

/* One exchange, at the first step, then at the second ... of every kind. */
static void an_exchange_at_any_step_is_seen(void) {
    struct ym_arena *arena = ym_arena_new(64 << 20);
    struct figures all = {0};
    struct ym_quarantine *q = NULL;
    struct ym_volume v;
    struct ym_err err = {0};
    unsigned number = 0;
    char full[256];

    full_path("vol", full);
    CHECK_EQ(ym_volume_open(full, &v, &err), YM_OK);
    full_path("state", full);
    CHECK_EQ(ym_quarantine_open(full, YM_QUARANTINE_MAKE, &q, &err), YM_OK);
    learn_digest(q, &v, arena);
    for (unsigned kind = 0; kind < ATTACKS; kind++) {
        struct step s = {.attack = &attacks[kind]};

        do { /* until an attempt has fewer steps */
            s.at++;
            attempt_with_step(q, &v, arena, number++, &s, &all);
        } while (s.last >= s.at);
    }
    printf("# %u attempts: %u taken, %u in place, %u elsewhere; %u seen at the end, %u of them not "
           "put back because the name was taken\n",
           number, all.gone, all.stayed, all.elsewhere, all.other + all.kept, all.kept);
    CHECK_EQ(all.gone + all.stayed + all.elsewhere, number);
    CHECK(all.other > 0 && all.kept > 0 && all.gone > 0);
    ym_quarantine_close(q);
    ym_volume_close(&v);
    ym_arena_free(arena);
}

static void remove_all(void) {
    char command[128];

    if (attacker > 0) {
        (void)kill(attacker, SIGKILL);
        (void)waitpid(attacker, NULL, 0);
    }
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    CHECK_EQ(system(command), 0); /* NOLINT: a path of mkdtemp */
}

MAIN(T(begin), T(an_exchange_at_any_step_is_seen), T(nothing_is_lost_and_nobody_else_is_hit),
     T(remove_all))
