/* test_sandbox.c - a process under os/sandbox.h tries what an intruder would.
 *
 * The child writes what each call gave into shared memory; the parent prints every row.  All of
 * it is done twice: with Landlock, and as if the kernel had none. */
#include "makers/intruder.h"
#include "os/msg.h"
#include "os/process.h"
#include "os/sandbox.h"
#include "ym_test.h"

#include <stdlib.h>

struct shared {
    struct intrusion result;
    bool without_landlock;
    ym_sandbox_profile profile;
    ym_status entered;
    unsigned layers;
    int inner_fd;
    bool can_allocate, can_read, can_send;
    char why[256];
};

static int live(void *self, int channel_fd, bool namespaces) {
    struct shared *s = self;
    struct ym_sandbox_options o = {.profile = s->profile,
                                   .channel_fd = channel_fd,
                                   .out_fd = -1,
                                   .max_memory = UINT64_C(1) << 30,
                                   .namespaces = namespaces,
                                   .without_landlock = s->without_landlock};
    struct ym_err err = {.code = YM_OK};
    pid_t parent = getppid();
    struct ym_channel c;
    void *p;

    s->entered = ym_sandbox_enter(&o, &s->layers, &err);
    (void)memcpy(s->why, err.text, sizeof(s->why));
    if (s->entered != YM_OK) {
        return 1;
    }
    intrude(parent, &s->result);
    p = malloc(100 << 20);
    s->can_allocate = p != NULL;
    free(p);
    ym_channel_init(&c, channel_fd, NULL, 0);
    s->can_send = ym_channel_send(&c, 0, "x", 1, -1, NULL) == YM_OK;
    return 0;
}

static void try_all(bool without_landlock, ym_sandbox_profile profile) {
    struct shared *s =
        mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct ym_process p;
    struct ym_buf words;
    char how_text[96];
    char byte[16];
    int how = 0;
    unsigned bad = 0;

    CHECK(s != MAP_FAILED);
    s->without_landlock = without_landlock;
    s->profile = profile;
    CHECK_EQ(ym_process_start(live, s, &p, NULL), YM_OK);
    while (read(p.channel_fd, byte, sizeof(byte)) > 0) { /* until it has ended */
    }
    ym_process_wait(&p, &how);
    if (how != 0 || s->entered != YM_OK) {
        FAIL("child: %s; %s", ym_process_how(how, how_text, sizeof(how_text)), s->why);
    }
    ym_buf_init(&words, 256);
    ym_sandbox_words(s->layers, &words);
    printf("# layers: %s (Landlock ABI %d)\n", (const char *)words.data, ym_sandbox_landlock_abi());
    ym_buf_done(&words);
    for (unsigned i = 0; i < s->result.n; i++) {
        printf("#   %-34s %s\n", s->result.rows[i].what,
               s->result.rows[i].refused ? "refused" : "ALLOWED");
        bad += !s->result.rows[i].refused;
    }
    CHECK(s->result.n > 30);
    CHECK_EQ(bad, 0);
    CHECK(s->can_allocate && s->can_send);
    CHECK((s->layers & YM_SANDBOX_SECCOMP) != 0 && (s->layers & YM_SANDBOX_PRIVILEGES) != 0);
    CHECK_EQ((s->layers & YM_SANDBOX_LANDLOCK) != 0,
             !without_landlock && ym_sandbox_landlock_abi() > 0);
    (void)munmap(s, sizeof(*s));
}

static void a_scanner_is_refused_everything(void) {
    try_all(false, YM_SANDBOX_SCANNER);
}

static void a_scanner_is_refused_everything_without_landlock(void) {
    try_all(true, YM_SANDBOX_SCANNER);
}

static void a_compiler_is_refused_everything(void) {
    try_all(false, YM_SANDBOX_COMPILER);
}

MAIN(T(a_scanner_is_refused_everything), T(a_scanner_is_refused_everything_without_landlock),
     T(a_compiler_is_refused_everything))
