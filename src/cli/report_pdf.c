/* report_pdf.c - the page printed by Chromium.  See report_pdf.h.
 *
 * All of it happens in a folder of ours (0700): the page, the profile, the PDF, what Chromium said.
 * It runs in a session of its own, so that the time limit and an interrupt end all its processes.
 * Its sandbox stays on, but for root, with whom Chromium does not start otherwise: the page is our
 * own, its policy allows no script but ours, and nothing in it is fetched. */
#include "report_pdf.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MODULE "cli/report_pdf"

enum {
    ENTRIES_AT_ONCE = 16, /* descriptors of the walk that removes the folder */
    REMOVALS = 50,        /* tries: a process that was killed may still write */
    SAID_MAX = 1 << 20,   /* bytes that are read of what Chromium said */
    SHOWN_MAX = 120,      /* and shown */
    PATH_ROOM = PATH_MAX - 64,
    PLACES_MAX = 1000,    /* characters of --pdf-places */
    SEARCH_MAX = 1 << 20, /* bytes of PATH */
};

struct job {
    char folder[PATH_MAX];
    char chromium[PATH_MAX];
    sigset_t watched, before; /* signals that are waited for, and the mask as it was */
    int stopped_by;           /* the signal that ends all, or 0 */
    bool timed_out;
};

bool ym_report_pdf_places_ok(const char *value) {
    size_t n = strlen(value);

    if (strcmp(value, "all") == 0) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        bool comma = i % 3 == 2;

        if (comma ? value[i] != ',' : value[i] < 'A' || value[i] > 'Z') {
            return false;
        }
    }
    return n % 3 == 2 && n <= PLACES_MAX;
}

/* --- where Chromium is --- */

static bool can_run(const char *path) {
    struct stat sb;

    return stat(path, &sb) == 0 && S_ISREG(sb.st_mode) && access(path, X_OK) == 0;
}

static bool found_in_path(const char *name, char out[PATH_MAX]) {
    const char *path = getenv("PATH"); /* NOLINT(concurrency-mt-unsafe): one thread */

    for (const char *at = path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path; *at != '\0';) {
        size_t n = strcspn(at, ":");

        if (n > 0 && n < PATH_ROOM && at[0] == '/') { /* the folder we are in is not looked in */
            (void)snprintf(out, PATH_MAX, "%.*s/%.60s", (int)n, at, name);
            if (can_run(out)) {
                return true;
            }
        }
        at += n + (at[n] == ':');
    }
    return false;
}

static ym_status find_chromium(char out[PATH_MAX], struct ym_err *err) {
    static const char *const names[] = {"chromium", "chromium-browser", "google-chrome-stable",
                                        "google-chrome", "chrome"};
    const char *named = getenv("YAMORI_CHROMIUM"); /* NOLINT(concurrency-mt-unsafe) */

    if (named != NULL && named[0] != '\0') {
        (void)snprintf(out, PATH_MAX, "%.4000s", named);
        if ((strchr(named, '/') != NULL && can_run(named)) ||
            (strchr(named, '/') == NULL && found_in_path(named, out))) {
            return YM_OK;
        }
        return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET,
                       "YAMORI_CHROMIUM=%.100s is no program that can be run", named);
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (found_in_path(names[i], out)) {
            return YM_OK;
        }
    }
    return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET,
                   "--pdf needs Chromium, which is not in PATH: install it (Debian: chromium), or "
                   "name it in YAMORI_CHROMIUM; -o writes the page, which any browser prints");
}

/* --- the folder --- */

static ym_status make_folder(char folder[PATH_MAX], struct ym_err *err) {
    const char *parent = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */

    (void)snprintf(folder, PATH_MAX, "%.3000s/yamori-pdf-XXXXXX",
                   parent != NULL && parent[0] == '/' ? parent : "/tmp");
    if (mkdtemp(folder) == NULL) {
        int code = errno;
        ym_status st = ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET,
                               "%.120s: no folder for the printing can be made: %s", folder,
                               strerrordesc_np(code));
        folder[0] = '\0';
        return st;
    }
    return YM_OK;
}

static int remove_entry(const char *path, const struct stat *sb, int type, struct FTW *ftw) {
    (void)sb;
    (void)type;
    (void)ftw;
    (void)remove(path);
    return 0;
}

static void remove_folder(const char *folder) {
    struct timespec pause = {.tv_nsec = 100000000};

    for (int i = 0; folder[0] != '\0' && i < REMOVALS; i++) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
        (void)nftw(folder, remove_entry, ENTRIES_AT_ONCE, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
        if (access(folder, F_OK) != 0) {
            return;
        }
        (void)nanosleep(&pause, NULL);
    }
}

static void in_folder(const struct job *j, const char *name, char out[PATH_MAX]) {
    (void)snprintf(out, PATH_MAX, "%.4000s/%.60s", j->folder, name);
}

/* --- running it --- */

/* file:///…/page.html with its view: bytes that mean something in an address are written as %xx. */
static void put_address(const struct job *j, const struct ym_report_pdf *o, struct ym_buf *out) {
    char page[PATH_MAX];

    in_folder(j, "page.html", page);
    ym_buf_add_text(out, "file://");
    for (const char *p = page; *p != '\0'; p++) {
        if (strchr("/-._~", *p) != NULL || (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
            (*p >= 'A' && *p <= 'Z')) {
            ym_buf_u8(out, (uint8_t)*p);
        } else {
            ym_buf_printf(out, "%%%02x", (unsigned char)*p);
        }
    }
    if (o->places != NULL) {
        ym_buf_printf(out, "#print=%s", o->places);
    }
    ym_buf_u8(out, '\0');
}

static int spawn(const struct job *j, char *const words[], char *const variables[],
                 pid_t *ret_pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    char said[PATH_MAX];
    int code;

    in_folder(j, "said", said);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&files, 2, said, O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &j->before);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
    code = posix_spawn(ret_pid, j->chromium, &files, &attributes, words, variables);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return code;
}

/* Nothing of the caller's profile or caches is seen or changed: home is the folder. */
static int start(const struct job *j, const struct ym_report_pdf *o, pid_t *ret_pid) {
    const char *path = getenv("PATH"); /* NOLINT(concurrency-mt-unsafe) */
    char profile[PATH_MAX + 32];
    char target[PATH_MAX + 32];
    char home[PATH_MAX + 32];
    char temporary[PATH_MAX + 32];
    struct ym_buf address;
    struct ym_buf search;
    int code;

    (void)snprintf(profile, sizeof(profile), "--user-data-dir=%s/profile", j->folder);
    (void)snprintf(target, sizeof(target), "--print-to-pdf=%s/report.pdf", j->folder);
    (void)snprintf(home, sizeof(home), "HOME=%s", j->folder);
    (void)snprintf(temporary, sizeof(temporary), "TMPDIR=%s", j->folder);
    ym_buf_init(&search, SEARCH_MAX);
    ym_buf_printf(&search, "PATH=%s", path == NULL ? "/usr/bin:/bin" : path);
    ym_buf_u8(&search, '\0');
    ym_buf_init(&address, (size_t)PATH_MAX * 4);
    put_address(j, o, &address);
    if (ym_buf_status(&search) != YM_OK || ym_buf_status(&address) != YM_OK) {
        code = ENOMEM;
    } else {
        const char *words[] = {j->chromium,
                               "--headless",
                               "--disable-gpu",
                               "--no-first-run",
                               "--disable-extensions",
                               "--disable-sync",
                               "--disable-background-networking",
                               "--disable-component-update",
                               "--disable-breakpad",
                               "--disable-dev-shm-usage",
                               "--host-resolver-rules=MAP * ~NOTFOUND",
                               "--no-pdf-header-footer",
                               "--export-tagged-pdf",
                               "--generate-pdf-document-outline",
                               profile,
                               target,
                               (const char *)address.data,
                               geteuid() == 0 ? "--no-sandbox" : NULL,
                               NULL};
        char *copy[sizeof(words) / sizeof(words[0])]; /* posix_spawn() does not change them */
        char language[] = "LANG=C.UTF-8";
        char *variables[] = {(char *)search.data, home, temporary, language, NULL};

        memcpy(copy, words, sizeof(words));
        code = spawn(j, copy, variables, ret_pid);
    }
    ym_buf_done(&address);
    ym_buf_done(&search);
    return code;
}

static int64_t now(void) {
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until it ends, its time is over, or somebody interrupts us; then all its processes end. */
static int wait_for(struct job *j, pid_t pid, unsigned seconds) {
    int64_t end = now() + (int64_t)seconds * 1000;
    int how = -1;

    while (waitpid(pid, &how, WNOHANG) == 0) {
        int64_t left = end - now();
        struct timespec wait = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        int signal = left <= 0 ? 0 : sigtimedwait(&j->watched, NULL, &wait);

        j->timed_out = left <= 0;
        j->stopped_by = signal > 0 && signal != SIGCHLD ? signal : 0;
        if (j->timed_out || j->stopped_by != 0) {
            (void)kill(-pid, SIGKILL);
            (void)waitpid(pid, &how, 0);
            return -1;
        }
    }
    (void)kill(-pid, SIGKILL); /* helpers of it that are still there */
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

/* The last line that Chromium said, as far as it is text. */
static void last_words(const struct job *j, char out[SHOWN_MAX + 1]) {
    char path[PATH_MAX];
    struct ym_buf said;
    int fd = -1;
    size_t n = 0;

    out[0] = '\0';
    in_folder(j, "said", path);
    ym_buf_init(&said, SAID_MAX);
    if (ym_file_open(AT_FDCWD, path, false, path, &fd, NULL) == YM_OK) {
        if (ym_file_read_all(fd, path, &said, NULL) != YM_OK) {
            said.len = 0; /* more than anybody wants to read: nothing is shown */
        }
        (void)close(fd);
    }
    for (size_t i = 0; i < said.len; i++) {
        uint8_t c = said.data[i];

        if (c == '\n' && i + 1 < said.len) {
            n = 0;
        } else if (c >= ' ' && c < 0x7f && n < SHOWN_MAX) {
            out[n++] = (char)c;
        }
    }
    out[n] = '\0';
    ym_buf_done(&said);
}

static ym_status read_pdf(const struct job *j, struct ym_buf *out, struct ym_err *err) {
    char path[PATH_MAX];
    char words[SHOWN_MAX + 1];
    struct ym_err why = {0};
    int fd = -1;
    ym_status st;

    in_folder(j, "report.pdf", path);
    st = ym_file_open(AT_FDCWD, path, false, path, &fd, &why);
    if (st == YM_OK) {
        st = ym_file_read_all(fd, path, out, err);
        (void)close(fd);
        if (st != YM_OK) {
            return st;
        }
    }
    if (st == YM_OK && out->len > 5 && memcmp(out->data, "%PDF-", 5) == 0) {
        return YM_OK;
    }
    last_words(j, words);
    return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "%.80s printed no PDF%s%s", j->chromium,
                   words[0] == '\0' ? "" : "; its last words: ", words);
}

static ym_status print(struct job *j, const struct ym_report_pdf *o, struct ym_buf *out,
                       struct ym_err *err) {
    pid_t pid = 0;
    int code = start(j, o, &pid);

    if (code != 0) {
        return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "%.120s cannot be started: %s",
                       j->chromium, strerrordesc_np(code));
    }
    (void)wait_for(j, pid, o->seconds);
    if (j->stopped_by != 0) {
        return ym_fail(err, YM_CANCELLED, MODULE, YM_ERR_NO_OFFSET,
                       "the printing was interrupted by signal %d", j->stopped_by);
    }
    if (j->timed_out) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "%.80s did not print within %u seconds: give --pdf-seconds a larger number, "
                       "or fewer --pdf-places",
                       j->chromium, o->seconds);
    }
    return read_pdf(j, out, err); /* whatever its exit status: the file tells */
}

ym_status ym_report_pdf_print(const struct ym_buf *page, const struct ym_report_pdf *options,
                              struct ym_buf *out, struct ym_err *err) {
    static const int ends[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    struct job j = {0};
    char path[PATH_MAX];
    ym_status st;

    YM_TRY(find_chromium(j.chromium, err));
    (void)sigemptyset(&j.watched);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        (void)sigaddset(&j.watched, ends[i]);
    }
    (void)pthread_sigmask(SIG_BLOCK, &j.watched, &j.before);
    st = make_folder(j.folder, err);
    if (st == YM_OK) {
        in_folder(&j, "page.html", path);
        st = ym_file_replace(path, 0600, page->data, page->len, err);
    }
    if (st == YM_OK) {
        st = print(&j, options, out, err);
    }
    remove_folder(j.folder);
    (void)pthread_sigmask(SIG_SETMASK, &j.before, NULL);
    return st;
}
