/* fleet_agent.c - `yamori fleet enroll` and `agent`.  See docs/man/yamori-fleet.1.
 *
 * The room fleet/ knows no databases and no scanner; it asks here.  A new image is tried by this very
 * program in a process of its own: `db check`, then a scan of this program itself, which must end
 * in time and find nothing. */
#include "cli.h"
#include "fleet.h"

#include "fleet/agent.h"
#include "records/record.h"
#include "records/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TRIAL_SECONDS = 120,
    WORDS_MAX = YM_FLEET_SCANS_MAX + 8,
    POLL_MS = 20,
};

struct agent_hooks {
    const struct ym_fleet_options *options;
    char self[4096];
};

/* Waits at most seconds (0: as long as it takes); -1: it had to be killed, or died by a signal. */
static int wait_for(pid_t pid, unsigned seconds) {
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    uint64_t rounds = (uint64_t)seconds * 1000 / POLL_MS;
    int how = 0;
    pid_t got;

    for (uint64_t i = 0; (got = waitpid(pid, &how, WNOHANG)) == 0; i++) {
        if (seconds > 0 && i >= rounds) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, &how, 0);
            return -1;
        }
        (void)nanosleep(&pause, NULL);
    }
    return got == pid && WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

/* Runs this program with other words; nothing of it is shown.  argv[0] is filled in. */
static int run_self(struct agent_hooks *h, const char **argv, unsigned seconds) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t pid = 0;
    char *words[WORDS_MAX + 1] = {NULL};
    int code;

    argv[0] = "yamori";
    memcpy(words, argv, WORDS_MAX * sizeof(words[0])); /* posix_spawn() does not change them */
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &none); /* the agent holds SIGTERM back */
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    code = posix_spawn(&pid, h->self, &files, &attributes, words, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return code == 0 ? wait_for(pid, seconds) : -1;
}

static enum ym_image_state trial(void *user, const char *image) {
    struct agent_hooks *h = user;
    const char *check[WORDS_MAX] = {NULL, "db", "check", image};
    const char *scan[WORDS_MAX] = {NULL, "scan", "-d", image, h->self};

    if (run_self(h, check, TRIAL_SECONDS) != YM_EXIT_CLEAN) {
        return YM_IMAGE_REFUSED;
    }
    (void)setenv("YAMORI_RECORD", "no", 1); /* NOLINT(concurrency-mt-unsafe): one thread */
    return run_self(h, scan, TRIAL_SECONDS) == YM_EXIT_CLEAN ? YM_IMAGE_GOOD : YM_IMAGE_FAILED;
}

static void scan(void *user, const char *image) {
    struct agent_hooks *h = user;
    const char *words[WORDS_MAX] = {NULL, "scan", "-r", "-d", image};
    size_t n = 5;

    if (image == NULL || h->options->n_scans == 0) {
        return;
    }
    for (size_t i = 0; i < h->options->n_scans; i++) {
        words[n++] = h->options->scans[i];
    }
    (void)unsetenv("YAMORI_RECORD"); /* NOLINT(concurrency-mt-unsafe): one thread */
    (void)run_self(h, words, 0);     /* what it found, and whether it ended, is in its record */
}

static void say(void *user, const char *text) {
    (void)user;
    (void)printf("%s\n", text);
    (void)fflush(stdout);
}

/* --- enroll --- */

int ym_fleet_enroll_command(const struct ym_fleet_options *o) {
    const struct ym_agent_enrolment e = {
        .server = o->server, .token = o->token, .ca = o->ca, .plain = o->plain};
    struct ym_err err = {0};

    if (o->server == NULL || o->token == NULL) {
        return ym_cli_usage_error("fleet", "enroll needs --server and --token");
    }
    if (ym_agent_enrol(o->state, &e, &err) != YM_OK) {
        return ym_cli_error(&err);
    }
    (void)printf("enrolled; now start: yamori fleet agent --state %s\n", o->state);
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}

/* --- agent --- */

static ym_status export_records(struct ym_agent *agent, const char *file, struct ym_err *err) {
    uint64_t n = 0;

    YM_TRY(ym_agent_export(agent, file, &n, err));
    (void)printf("%s: %llu records\n", file, (unsigned long long)n);
    return YM_OK;
}

static ym_status take_receipts(struct ym_agent *agent, const char *file, struct ym_err *err) {
    uint64_t n = 0;

    YM_TRY(ym_agent_receipts(agent, file, &n, err));
    (void)printf("%s: %llu records were taken\n", file, (unsigned long long)n);
    return YM_OK;
}

static ym_status work(struct ym_agent *agent, const struct ym_fleet_options *o,
                      struct ym_err *err) {
    if (o->take_from != NULL) {
        YM_TRY(ym_agent_take(agent, o->take_from, err));
    }
    if (o->receipts != NULL) { /* before an export: it replaces what they speak of */
        YM_TRY(take_receipts(agent, o->receipts, err));
    }
    if (o->export_to != NULL) {
        YM_TRY(export_records(agent, o->export_to, err));
    }
    if (o->take_from != NULL || o->export_to != NULL || o->receipts != NULL) {
        return YM_OK;
    }
    return o->once ? ym_agent_once(agent, err) : ym_agent_run(agent, err);
}

static ym_status spool_of(const struct ym_fleet_options *o, struct ym_record_config *config,
                          struct ym_err *err) {
    if (o->spool != NULL) {
        /* For scans that it starts, too. */
        (void)setenv("YAMORI_SPOOL", o->spool, 1); /* NOLINT(concurrency-mt-unsafe) */
    }
    return ym_record_config_load(config, err);
}

/* What would be sent, to the byte; only who sends it is not in there. */
static ym_status show_one(void *user, const struct ym_record *record, const char *name,
                          struct ym_err *err) {
    struct ym_buf text;
    ym_status st;

    (void)user;
    (void)name;
    ym_buf_init(&text, YM_RECORD_JSON_MAX);
    ym_record_encode(record, &text);
    st = ym_buf_status(&text);
    if (st == YM_OK) {
        (void)printf("%s\n", (const char *)text.data);
    } else {
        st = ym_fail(err, st, "", YM_ERR_NO_OFFSET, "no memory to show a record");
    }
    ym_buf_done(&text);
    return st;
}

static int show(const struct ym_fleet_options *o) {
    struct ym_record_config config = {.spool = ""};
    struct ym_spool_counts counts;
    struct ym_err err = {0};
    ym_status st = spool_of(o, &config, &err);

    st = st == YM_OK ? ym_spool_each(config.spool, show_one, NULL, &counts, &err) : st;
    if (st != YM_OK) {
        (void)fflush(stdout);
        return ym_cli_error(&err);
    }
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}

int ym_fleet_agent_command(const struct ym_fleet_options *o) {
    struct agent_hooks h = {.options = o};
    struct ym_record_config config = {.spool = ""};
    struct ym_agent *agent = NULL;
    struct ym_err err = {0};
    ssize_t n = readlink("/proc/self/exe", h.self, sizeof(h.self) - 1);
    ym_status st = spool_of(o, &config, &err);
    struct ym_agent_options a = {.state = o->state,
                                 .spool = config.spool,
                                 .hooks = {.trial = trial, .scan = scan, .say = say, .user = &h}};

    if (o->show) {
        return show(o);
    }
    if (n <= 0) {
        return ym_cli_usage_error("fleet", "the name of this program is not known: mount /proc");
    }
    st = st == YM_OK ? ym_agent_open(&a, &agent, &err) : st;
    st = st == YM_OK ? work(agent, o, &err) : st;
    ym_agent_close(agent);
    if (st != YM_OK) {
        (void)fflush(stdout);
        return ym_cli_error(&err);
    }
    return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
}
