/* files.c - traces in files: tasks, autorun.inf, folders, lines of text, unit files; and the
 * full walk.
 *
 * The full walk looks at every name on the volume's own file system (other file systems mounted
 * inside are left out) and asks four questions: is it an autorun.inf that runs what an artefact
 * with `walk` describes; does its path end in what a `files` or text artefact with `walk` describes; is
 * it a task (*.job) that a `job` artefact with `walk` describes; has it the size and the SHA-256
 * of a file that a rogue service or a flagged line names.  A scanner, where there is one, is given
 * every regular file. */
#include "detect.h"

#include "base/text.h"
#include "clean/autorun.h"
#include "clean/job.h"
#include "clean/meta.h"
#include "clean/pam.h"
#include "clean/task.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/files";

/* --- small helpers ---------------------------------------------------------------------------- */

ym_status ym_clean_digest_fd(int fd, const char *shown, const EVP_MD *kind, uint8_t *ret_digest,
                             uint64_t *ret_size, struct ym_err *err) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t block[65536];
    ym_status st = YM_OK;
    off_t at = 0;
    ssize_t n = 1;

    if (ctx == NULL || EVP_DigestInit_ex(ctx, kind, NULL) != 1) {
        st = ym_fail_at(err, ctx == NULL ? YM_NOMEM : YM_UNSUPPORTED, module, shown, 0, 0,
                        "OpenSSL cannot begin a digest of this kind");
        EVP_MD_CTX_free(ctx);
        return st;
    }
    while (st == YM_OK && n != 0) {
        n = pread(fd, block, sizeof(block), at);
        if (n < 0 && errno != EINTR) {
            st = ym_fail_errno(err, module, shown, errno, "cannot read");
        } else if (n > 0) {
            at += n;
            (void)EVP_DigestUpdate(ctx, block, (size_t)n);
        }
    }
    if (st == YM_OK) {
        (void)EVP_DigestFinal_ex(ctx, ret_digest, NULL);
        *ret_size = (uint64_t)at;
    }
    EVP_MD_CTX_free(ctx);
    return st;
}

ym_status ym_clean_sha256_fd(int fd, const char *shown, uint8_t ret_digest[32], uint64_t *ret_size,
                             struct ym_err *err) {
    return ym_clean_digest_fd(fd, shown, EVP_sha256(), ret_digest, ret_size, err);
}

/* The file's bytes in the arena; what cannot be read is a gap and END. */
static ym_status read_file(struct ym_clean_scan *s, const char *path, size_t max,
                           struct ym_reader *ret_reader) {
    struct ym_err why = {0};
    struct ym_buf text;
    const uint8_t *copy;
    ym_status st;
    int fd = -1;

    st = ym_volume_open_file(s->volume, path, &fd, &why);
    if (st != YM_OK) {
        YM_TRY(st == YM_END ? YM_OK : ym_scan_tolerate(s, st, path, &why));
        return YM_END;
    }
    ym_buf_init(&text, max);
    st = ym_file_read_all(fd, path, &text, &why);
    (void)close(fd);
    if (st == YM_OK) {
        copy = ym_arena_memdup(s->arena, text.len == 0 ? (const uint8_t *)"" : text.data, text.len);
        s->plan->objects++;
        if (copy == NULL) {
            st = ym_scan_no_memory(s);
        } else {
            ym_reader_init(ret_reader, copy, text.len);
        }
        ym_buf_done(&text);
        return st;
    }
    ym_buf_done(&text);
    YM_TRY(ym_scan_tolerate(s, st, path, &why));
    return YM_END;
}

/* Where a link leads; false: it is none. */
static bool read_link(const struct ym_clean_scan *s, const char *path, char *ret, size_t room) {
    const char *leaf = NULL;
    ssize_t n = -1;
    int dir_fd = -1;

    if (ym_volume_parent(s->volume, path, &dir_fd, &leaf, NULL) == YM_OK) {
        n = readlinkat(dir_fd, leaf, ret, room - 1);
        (void)close(dir_fd);
    }
    ret[n < 0 ? 0 : n] = '\0';
    return n >= 0;
}

/* No link is followed, but systems with a merged /usr have bin, lib and their like as links to the
 * folders of usr, var/run as one to run, and Red Hat's scripts of init lie in etc/rc.d: these, by what they
 * say, stand for the folder's own name. */
const char *ym_scan_own_name(struct ym_clean_scan *s, const char *path) {
    static const char *const links[][4] = {
        {"bin", "usr/bin", "/usr/bin", "usr/bin"},
        {"sbin", "usr/sbin", "/usr/sbin", "usr/sbin"},
        {"sbin", "usr/bin", "/usr/bin", "usr/bin"},
        {"lib", "usr/lib", "/usr/lib", "usr/lib"},
        {"lib64", "usr/lib64", "/usr/lib64", "usr/lib64"},
        {"lib64", "usr/lib", "/usr/lib", "usr/lib"},
        {"etc/init.d", "rc.d/init.d", "/etc/rc.d/init.d", "etc/rc.d/init.d"},
        {"etc/rc.local", "rc.d/rc.local", "/etc/rc.d/rc.local", "etc/rc.d/rc.local"},
        {"var/run", "../run", "/run", "run"}};
    char target[64];

    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        size_t n = strlen(links[i][0]);

        if (strncmp(path, links[i][0], n) == 0 && (path[n] == '/' || path[n] == '\0') &&
            read_link(s, links[i][0], target, sizeof(target)) &&
            (strcmp(target, links[i][1]) == 0 || strcmp(target, links[i][2]) == 0)) {
            return ym_scan_printf(s, "%s%s", links[i][3], path + n);
        }
    }
    return path;
}

/* Every existing path of the artefact's patterns. */
ym_status ym_scan_each_path(struct ym_clean_scan *s, ym_scan_path_fn *fn) {
    for (size_t i = 0; i < s->artefact->files.n; i++) {
        const char *pattern = ym_scan_own_name(s, s->artefact->files.v[i]);
        struct ym_scan_skips k = {s, YM_OK};
        struct ym_names found;

        if (pattern == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(ym_volume_glob(s->volume, s->arena, pattern, &found, ym_scan_skipped, &k, s->err));
        YM_TRY(k.st);
        for (size_t j = 0; j < found.n; j++) {
            YM_TRY(fn(s, found.v[j]));
        }
    }
    return YM_OK;
}

/* --- locks (chattr +i, +a) ---------------------------------------------------------------------- */

/* Of a file or a folder ("": the root); what cannot be opened has none that could be told. */
static uint32_t locks_of(const struct ym_clean_scan *s, const char *path) {
    struct stat sb = {.st_mode = S_IFDIR};
    uint32_t flags;
    int fd = -1;

    if ((path[0] != '\0' && ym_volume_stat(s->volume, path, &sb, NULL) != YM_OK) ||
        (S_ISDIR(sb.st_mode) ? ym_volume_open_folder(s->volume, path, &fd, NULL)
                             : ym_volume_open_file(s->volume, path, &fd, NULL)) != YM_OK) {
        return 0;
    }
    flags = ym_meta_flags(fd) & YM_FLAGS_LOCKS;
    (void)close(fd);
    return flags;
}

/* A step on a file, with the locks that stand in its way. */
ym_status ym_scan_file_step(struct ym_clean_scan *s, struct ym_clean_step *step) {
    const char *slash = strrchr(step->file, '/');
    const char *folder =
        ym_scan_printf(s, "%.*s", slash == NULL ? 0 : (int)(slash - step->file), step->file);

    if (folder == NULL) {
        return ym_scan_no_memory(s);
    }
    step->locks = locks_of(s, step->file);
    step->folder_locks = locks_of(s, folder);
    return ym_scan_step(s, step);
}

/* What was seen, and that it is locked, which few administrators do and many intruders. */
const char *ym_scan_with_locks(struct ym_clean_scan *s, const char *path, const char *what) {
    const uint32_t locks = what == NULL ? 0 : locks_of(s, path);

    return locks == 0 ? what : ym_scan_printf(s, "%s (it is %s)", what, ym_meta_locks(locks));
}

/* --- taking files away ------------------------------------------------------------------------ */

static ym_status remove_one(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                            const char *path, const struct stat *sb) {
    struct ym_clean_step step = {
        .file = path, .why = why, .new_text = "(absent; kept in the journal)"};

    if (S_ISDIR(sb->st_mode)) {
        step.op = YM_STEP_REMOVE_FOLDER;
        step.old_text = "an empty folder";
    } else if (S_ISLNK(sb->st_mode)) {
        step.op = YM_STEP_REMOVE_LINK;
        step.old_text = "a symbolic link";
    } else if (S_ISREG(sb->st_mode)) {
        step.op = YM_STEP_REMOVE_FILE;
        step.new_text = "(absent; kept in the quarantine)";
        step.old_text =
            ym_scan_printf(s, "a file of %llu bytes%s", (unsigned long long)sb->st_size,
                           sb->st_nlink > 1 ? "; it has other names (hard links), which stay" : "");
    } else {
        return ym_scan_gap(s, path, "not repaired: neither a file, a link nor a folder");
    }
    return step.old_text == NULL ? ym_scan_no_memory(s) : ym_scan_file_step(s, &step);
}

/* A folder with what is in it.  Folders are listed as they are found (no recursion) and removed
 * last to first. */
struct tree {
    const char **folders;
    size_t n, room;
    bool whole; /* everything in it could be listed */
};

static ym_status add_to_tree(struct ym_clean_scan *s, struct tree *t, const char *path) {
    if (t->n == t->room) {
        size_t room = t->room == 0 ? 64 : t->room * 2;
        const char **bigger =
            t->room > YM_CLEAN_TREE_MAX ? NULL : YM_ARENA_ARRAY(s->arena, room, const char *);

        if (bigger == NULL) {
            return ym_scan_no_memory(s);
        }
        if (t->n > 0) {
            memcpy(bigger, t->folders, t->n * sizeof(*bigger));
        }
        t->folders = bigger;
        t->room = room;
    }
    t->folders[t->n++] = path;
    return YM_OK;
}

static ym_status remove_in(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                           struct tree *t, const char *folder) {
    struct ym_err what = {0};
    struct ym_names names;
    ym_status st = ym_volume_list(s->volume, s->arena, folder, &names, &what);

    if (st != YM_OK) {
        t->whole = false;
        return ym_scan_tolerate(s, st, folder, &what);
    }
    for (size_t i = 0; i < names.n; i++) {
        const char *below = ym_scan_printf(s, "%s/%s", folder, names.v[i]);
        struct stat sb;

        if (below == NULL) {
            return ym_scan_no_memory(s);
        }
        st = ym_volume_stat(s->volume, below, &sb, &what);
        if (st != YM_OK) {
            t->whole = false;
            YM_TRY(ym_scan_tolerate(s, st, below, &what));
            continue;
        }
        YM_TRY(S_ISDIR(sb.st_mode) ? add_to_tree(s, t, below) : remove_one(s, why, below, &sb));
    }
    return YM_OK;
}

/* What could not be listed stays, with the folders around it; the files beside it go. */
static ym_status remove_tree(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                             const char *path) {
    struct tree t = {.whole = true};
    struct stat sb;

    YM_TRY(add_to_tree(s, &t, path));
    for (size_t i = 0; i < t.n; i++) {
        YM_TRY(remove_in(s, why, &t, t.folders[i]));
    }
    while (t.whole && t.n > 0) {
        YM_TRY(ym_volume_stat(s->volume, t.folders[--t.n], &sb, s->err));
        YM_TRY(remove_one(s, why, t.folders[t.n], &sb));
    }
    return YM_OK;
}

ym_status ym_scan_remove_path(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                              const char *path) {
    struct ym_err what = {0};
    struct stat sb;
    ym_status st = ym_volume_stat(s->volume, path, &sb, &what);

    if (st != YM_OK) { /* its name can be listed, it cannot be reached */
        return ym_scan_tolerate(s, st, path, &what);
    }
    return S_ISDIR(sb.st_mode) ? remove_tree(s, why, path) : remove_one(s, why, path, &sb);
}

ym_status ym_scan_payload(struct ym_clean_scan *s, const char *path) {
    struct ym_clean_payload *p;
    struct ym_err why = {0};
    ym_status st;
    int fd = -1;

    if (!s->full) {
        return YM_OK;
    }
    p = YM_ARENA_NEW(s->arena, struct ym_clean_payload);
    if (p == NULL) {
        return ym_scan_no_memory(s);
    }
    st = ym_volume_open_file(s->volume, path, &fd, &why);
    if (st == YM_OK) {
        st = ym_clean_sha256_fd(fd, path, p->sha256, &p->size, &why);
        (void)close(fd);
    }
    if (st != YM_OK) {
        return ym_scan_tolerate(s, st, path, &why);
    }
    p->next = s->payloads;
    p->family = s->family;
    p->artefact = s->artefact;
    p->path = path;
    s->payloads = p;
    return YM_OK;
}

static ym_status found_path(struct ym_clean_scan *s, const char *path, const char *what) {
    struct ym_clean_finding *f;

    YM_TRY(ym_scan_finding(s, s->artefact->id, s->artefact->weight, path,
                           ym_scan_with_locks(s, path, what), &f));
    return s->artefact->report_only ? YM_OK : ym_scan_remove_path(s, f, path);
}

/* --- job, autorun, files ---------------------------------------------------------------------- */

static ym_status one_job(struct ym_clean_scan *s, const char *path) {
    struct ym_err why = {0};
    struct ym_reader whole = {0};
    struct ym_job job;
    const char *what;
    const char *base;
    ym_status st = read_file(s, path, YM_JOB_FILE_MAX, &whole);

    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    st = ym_job_parse(whole, s->arena, &job, &why);
    if (st != YM_OK) {
        return ym_scan_tolerate(s, st, path, &why);
    }
    base = strrchr(job.application, '\\');
    if (!ym_pattern_match(&s->artefact->application, base == NULL ? job.application : base + 1) ||
        strlen(job.parameters) > YM_FAMILY_TEXT_MAX ||
        !ym_pattern_match(&s->artefact->parameters, job.parameters)) {
        return YM_OK;
    }
    what = ym_scan_printf(s, "a task that runs %s %s", job.application, job.parameters);
    return what == NULL ? ym_scan_no_memory(s) : found_path(s, path, what);
}

ym_status ym_scan_job(struct ym_clean_scan *s) {
    return ym_scan_each_path(s, one_job);
}

static bool task_matches(const struct ym_artefact *a, const struct ym_task_action *action) {
    const char *base = strrchr(action->command, '\\');

    return strlen(action->command) <= YM_FAMILY_TEXT_MAX &&
           strlen(action->arguments) <= YM_FAMILY_TEXT_MAX &&
           ym_pattern_match(&a->application, base == NULL ? action->command : base + 1) &&
           ym_pattern_match(&a->parameters, action->arguments);
}

static ym_status found_task(struct ym_clean_scan *s, const char *path,
                            const struct ym_task_action *action) {
    const char *what =
        ym_scan_printf(s, "a task that runs %s %s", action->command, action->arguments);
    struct ym_clean_finding *f;

    if (what == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(ym_scan_finding(s, s->artefact->id, s->artefact->weight, path, what, &f));
    if (s->artefact->report_only) {
        return YM_OK;
    }
    YM_TRY(ym_scan_task_keys(s, f, path));
    return ym_scan_remove_path(s, f, path);
}

static ym_status one_task(struct ym_clean_scan *s, const char *path) {
    struct ym_err why = {0};
    struct ym_reader whole = {0};
    struct ym_task task;
    ym_status st = read_file(s, path, YM_TASK_FILE_MAX, &whole);

    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    st = ym_task_parse(whole, s->arena, &task, &why);
    if (st != YM_OK) {
        return ym_scan_tolerate(s, st, path, &why);
    }
    for (size_t i = 0; i < task.n; i++) {
        if (task_matches(s->artefact, &task.actions[i])) {
            return found_task(s, path, &task.actions[i]);
        }
    }
    return YM_OK;
}

ym_status ym_scan_task(struct ym_clean_scan *s) {
    return ym_scan_each_path(s, one_task);
}

static ym_status one_autorun(struct ym_clean_scan *s, const char *path) {
    struct ym_err why = {0};
    struct ym_autorun autorun;
    struct ym_reader whole = {0};
    const char *what;
    ym_status st = read_file(s, path, YM_AUTORUN_FILE_MAX, &whole);

    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    st = ym_autorun_parse(whole, s->arena, &autorun, &why);
    if (st != YM_OK) {
        return ym_scan_tolerate(s, st, path, &why);
    }
    for (const struct ym_autorun_key *k = autorun.keys; k != NULL; k = k->next) {
        if (ym_autorun_runs(k) && strlen(k->value) <= YM_FAMILY_TEXT_MAX &&
            ym_pattern_match(&s->artefact->command, k->value)) {
            what = ym_scan_printf(s, "%s = %s", k->name, k->value);
            return what == NULL ? ym_scan_no_memory(s) : found_path(s, path, what);
        }
    }
    return YM_OK;
}

ym_status ym_scan_autorun(struct ym_clean_scan *s) {
    return ym_scan_each_path(s, one_autorun);
}

static ym_status one_file(struct ym_clean_scan *s, const char *path) {
    s->plan->objects++;
    return found_path(s, path, "a name that only this family uses");
}

ym_status ym_scan_files(struct ym_clean_scan *s) {
    return ym_scan_each_path(s, one_file);
}

/* --- text-line, text-file --------------------------------------------------------------------- */

/* The first rule that fires; NULL: none. */
static const struct ym_text_rule *rule_for(const struct ym_artefact *a, const char *line) {
    if (ym_pattern_match(&a->skip, line)) {
        return NULL;
    }
    for (size_t i = 0; i < a->n_rules; i++) {
        if (ym_pattern_match(&a->rules[i].pattern, line)) {
            return &a->rules[i];
        }
    }
    return NULL;
}

/* What the line runs from a folder that anybody may write to goes with it. */
static ym_status payloads_of(struct ym_clean_scan *s, const struct ym_clean_finding *f,
                             const char *line) {
    static const char ends[] = " \t\r\n'\"`;|&<>(){}$,";

    for (size_t i = 0; i < s->artefact->payload_folders.n; i++) {
        const char *folder = s->artefact->payload_folders.v[i];

        for (const char *at = strstr(line, folder); at != NULL; at = strstr(at + 1, folder)) {
            const char *path = ym_scan_printf(s, "%.*s", (int)strcspn(at + 1, ends), at + 1);
            struct stat sb;

            path = path == NULL ? NULL : ym_scan_own_name(s, path);
            if (path == NULL) {
                return ym_scan_no_memory(s);
            }
            if (strstr(path, "..") == NULL && strstr(path, "//") == NULL &&
                ym_volume_stat(s->volume, path, &sb, NULL) == YM_OK && S_ISREG(sb.st_mode)) {
                YM_TRY(ym_scan_payload(s, path));
                YM_TRY(remove_one(s, f, path, &sb));
            }
        }
    }
    return YM_OK;
}

/* A line that is only told: taking it out could lock everybody out, or let anybody in. */
static ym_status is_stuck(struct ym_clean_scan *s, const char *path, unsigned number,
                          bool *ret_stuck) {
    struct ym_reader whole = {0};
    ym_status st = s->artefact->pam ? read_file(s, path, YM_CLEAN_TEXT_FILE_MAX, &whole) : YM_OK;

    *ret_stuck = s->artefact->pam && (st != YM_OK || !ym_pam_may_remove(whole, number));
    return st == YM_END ? YM_OK : st;
}

static ym_status flagged_line(struct ym_clean_scan *s, const char *path, unsigned number,
                              const char *line, const struct ym_text_rule *rule) {
    struct ym_clean_step step = {.op = YM_STEP_REMOVE_LINE,
                                 .file = path,
                                 .line = number,
                                 .old_text = line,
                                 .new_text = "(line removed)"};
    const char *where = ym_scan_printf(s, "%s:%u", path, number);
    const char *what = ym_scan_printf(s, "%s: %s", rule->why, line);
    struct ym_clean_finding *f;
    bool stuck = false;

    YM_TRY(is_stuck(s, path, number, &stuck));
    if (stuck && what != NULL) {
        what = ym_scan_printf(s,
                              "%s (not taken out by itself, for nobody or anybody could log on "
                              "then: put the file right, on Debian with pam-auth-update --force)",
                              what);
    }
    if (where == NULL || what == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(
        ym_scan_finding(s, rule->id, rule->weight, where, ym_scan_with_locks(s, path, what), &f));
    if (s->artefact->report_only || stuck ||
        (s->artefact->on_its_own && rule->weight != YM_WEIGHT_STRONG)) {
        return YM_OK;
    }
    step.why = f;
    YM_TRY(ym_scan_file_step(s, &step));
    return payloads_of(s, f, line);
}

/* Where a link of one of these places may lead without being looked at. */
static bool trusted_link(const struct ym_artefact *a, const char *target) {
    for (size_t i = 0; i < a->trusted_links.n; i++) {
        if (fnmatch(a->trusted_links.v[i], target, FNM_PATHNAME | FNM_PERIOD) == 0) {
            return true;
        }
    }
    return false;
}

/* A link is judged by where it leads: nothing behind it is opened. */
static ym_status one_link(struct ym_clean_scan *s, const char *path) {
    const struct ym_artefact *a = s->artefact;
    char target[4096] = "";
    const bool link = read_link(s, path, target, sizeof(target));

    if (link && trusted_link(a, target)) {
        return YM_OK;
    }
    for (size_t i = 0; link && i < a->payload_folders.n; i++) {
        if (strncmp(target, a->payload_folders.v[i], strlen(a->payload_folders.v[i])) == 0) {
            const char *what = ym_scan_printf(s, "a link to %s", target);
            struct ym_clean_finding *f;

            if (what == NULL) {
                return ym_scan_no_memory(s);
            }
            YM_TRY(ym_scan_finding(s, "link", YM_WEIGHT_STRONG, path, what, &f));
            return a->report_only ? YM_OK : ym_scan_remove_path(s, f, path);
        }
    }
    return ym_scan_gap(s, path, "a symbolic link; what it leads to was not looked at");
}

/* True: a regular file, go on.  Links are judged, folders and others passed over. */
static ym_status is_text_file(struct ym_clean_scan *s, const char *path, bool *ret_file) {
    struct ym_err why = {0};
    struct stat sb;
    ym_status st = ym_volume_stat(s->volume, path, &sb, &why);

    *ret_file = false;
    if (st != YM_OK) {
        return st == YM_END ? YM_OK : ym_scan_tolerate(s, st, path, &why);
    }
    *ret_file = S_ISREG(sb.st_mode);
    return S_ISLNK(sb.st_mode) ? one_link(s, path) : YM_OK;
}

/* A line as text: cut at its end; NULs become spaces so that nothing hides behind one. */
static ym_status next_line(struct ym_clean_scan *s, struct ym_reader *r, char **ret_line,
                           bool *ret_long) {
    size_t left = ym_reader_left(r);
    const uint8_t *p = ym_get_view(r, left);
    const uint8_t *end = memchr(p, '\n', left);
    size_t n = end == NULL ? left : (size_t)(end - p);
    char *line = ym_arena_memdup(s->arena, p, n + 1 > left ? n : n + 1);
    char *copy;

    ym_seek(r, r->pos - left + n + (end == NULL ? 0 : 1));
    copy = line == NULL ? NULL : YM_ARENA_ARRAY(s->arena, n + 1, char);
    if (copy == NULL) {
        return ym_scan_no_memory(s);
    }
    for (size_t i = 0; i < n; i++) {
        copy[i] = (char)(line[i] == '\0' ? ' ' : line[i]);
    }
    if (n > 0 && copy[n - 1] == '\r') {
        copy[n - 1] = '\0';
    }
    *ret_long = n > YM_FAMILY_TEXT_MAX;
    *ret_line = copy;
    return YM_OK;
}

typedef ym_status line_fn(struct ym_clean_scan *s, const char *path, unsigned number,
                          const char *line, const struct ym_text_rule *rule);

static ym_status each_line(struct ym_clean_scan *s, const char *path, line_fn *fn) {
    struct ym_reader r;
    ym_status st = read_file(s, path, YM_CLEAN_TEXT_FILE_MAX, &r);

    for (unsigned number = 1; st == YM_OK && ym_reader_left(&r) > 0; number++) {
        const struct ym_text_rule *rule;
        bool too_long = false;
        char *line = NULL;

        YM_TRY(next_line(s, &r, &line, &too_long));
        if (too_long) {
            YM_TRY(ym_scan_gap(s, ym_scan_printf(s, "%s:%u", path, number),
                               "a line of more than 4096 bytes was not looked at"));
            continue;
        }
        rule = rule_for(s->artefact, line);
        if (rule != NULL) {
            YM_TRY(fn(s, path, number, line, rule));
        }
    }
    return st == YM_END ? YM_OK : st;
}

static ym_status one_text_line(struct ym_clean_scan *s, const char *path) {
    bool file;

    YM_TRY(is_text_file(s, path, &file));
    return file ? each_line(s, path, flagged_line) : YM_OK;
}

ym_status ym_scan_text_line(struct ym_clean_scan *s) {
    return ym_scan_each_path(s, one_text_line);
}

/* Links to a unit in the folders beside it (x.wants/unit) go with the unit. */
static ym_status links_to(struct ym_clean_scan *s, const struct ym_clean_finding *f,
                          const char *path) {
    const char *slash = strrchr(path, '/');
    const char *pattern =
        slash == NULL ? NULL : ym_scan_printf(s, "%.*s/*/%s", (int)(slash - path), path, slash + 1);
    struct ym_names found;
    struct stat sb;

    if (pattern == NULL) {
        return slash == NULL ? YM_OK : ym_scan_no_memory(s);
    }
    YM_TRY(ym_volume_glob(s->volume, s->arena, pattern, &found, NULL, NULL, s->err));
    for (size_t i = 0; i < found.n; i++) {
        if (ym_volume_stat(s->volume, found.v[i], &sb, NULL) == YM_OK && S_ISLNK(sb.st_mode)) {
            YM_TRY(remove_one(s, f, found.v[i], &sb));
        }
    }
    return YM_OK;
}

static ym_status flagged_file(struct ym_clean_scan *s, const char *path, unsigned number,
                              const char *line, const struct ym_text_rule *rule) {
    const char *what = ym_scan_printf(s, "line %u: %s: %s", number, rule->why, line);
    struct ym_clean_finding *f;

    if (what == NULL) {
        return ym_scan_no_memory(s);
    }
    YM_TRY(ym_scan_finding(s, rule->id, rule->weight, path, ym_scan_with_locks(s, path, what), &f));
    if (s->artefact->report_only || (s->artefact->on_its_own && rule->weight != YM_WEIGHT_STRONG)) {
        return YM_OK;
    }
    YM_TRY(ym_scan_remove_path(s, f, path));
    YM_TRY(links_to(s, f, path));
    return payloads_of(s, f, line);
}

static ym_status one_text_file(struct ym_clean_scan *s, const char *path) {
    bool file;

    YM_TRY(is_text_file(s, path, &file));
    return file ? each_line(s, path, flagged_file) : YM_OK;
}

ym_status ym_scan_text_file(struct ym_clean_scan *s) {
    return ym_scan_each_path(s, one_text_file);
}

/* --- the full walk ---------------------------------------------------------------------------- */

/* The path's last components against a pattern with as many. */
static bool ends_like(const struct ym_clean_scan *s, const char *path, const char *pattern) {
    const char *at = path + strlen(path);
    unsigned slashes = 0;

    for (const char *p = pattern; *p != '\0'; p++) {
        slashes += *p == '/' ? 1U : 0U;
    }
    while (at > path && (at[-1] != '/' || slashes > 0)) {
        at--;
        slashes -= *at == '/' ? 1U : 0U;
    }
    return slashes == 0 &&
           fnmatch(pattern, at,
                   FNM_PATHNAME | FNM_PERIOD | (s->volume->nocase ? FNM_CASEFOLD : 0)) == 0;
}

/* What the kinds ask that know their files by the last components of the path. */
static ym_status walk_by_name(struct ym_clean_scan *s, const char *path) {
    static ym_scan_path_fn *const kinds[YM_ARTEFACT_KINDS] = {
        [YM_ARTEFACT_FILES] = one_file,
        [YM_ARTEFACT_TEXT_LINE] = one_text_line,
        [YM_ARTEFACT_TEXT_FILE] = one_text_file};
    const struct ym_artefact *a = s->artefact;

    for (size_t i = 0; kinds[a->kind] != NULL && i < a->files.n; i++) {
        if (ends_like(s, path, a->files.v[i])) {
            return kinds[a->kind](s, path);
        }
    }
    return YM_OK;
}

static ym_status walk_artefact(struct ym_clean_scan *s, const char *path, const char *leaf,
                               const struct stat *sb) {
    const struct ym_artefact *a = s->artefact;

    if (a->kind == YM_ARTEFACT_AUTORUN && S_ISREG(sb->st_mode) &&
        ym_equal_nocase(leaf, "autorun.inf")) {
        return one_autorun(s, path);
    }
    if (a->kind == YM_ARTEFACT_JOB && S_ISREG(sb->st_mode) && ym_ends_with_nocase(leaf, ".job")) {
        return one_job(s, path);
    }
    if (a->kind == YM_ARTEFACT_TASK && S_ISREG(sb->st_mode) &&
        strcasestr(path, "/system32/tasks/") != NULL) {
        return one_task(s, path);
    }
    return walk_by_name(s, path);
}

static ym_status walk_copies(struct ym_clean_scan *s, const char *path, const struct stat *sb) {
    for (const struct ym_clean_payload *p = s->payloads; p != NULL; p = p->next) {
        struct ym_err what = {0};
        struct ym_clean_finding *f;
        bool packaged = false;
        uint8_t digest[32];
        uint64_t size;
        ym_status st;
        int fd;

        if (!S_ISREG(sb->st_mode) || p->size == 0 || (uint64_t)sb->st_size != p->size ||
            strcmp(p->path, path) == 0 ||
            ym_volume_open_file(s->volume, path, &fd, NULL) != YM_OK) {
            continue;
        }
        st = ym_clean_sha256_fd(fd, path, digest, &size, &what);
        (void)close(fd);
        if (st != YM_OK) {
            return ym_scan_tolerate(s, st, path, &what);
        }
        if (memcmp(digest, p->sha256, sizeof(digest)) != 0) {
            continue;
        }
        YM_TRY(strcmp(s->plan->kind, "linux") == 0 ? ym_scan_are_packaged(s, &path, 1, &packaged)
                                                   : YM_OK);
        if (packaged) { /* what was found is itself a copy, of the distribution's program */
            continue;
        }
        s->family = p->family;
        s->artefact = p->artefact;
        YM_TRY(ym_scan_finding(s, "copy", YM_WEIGHT_STRONG, path,
                               ym_scan_printf(s, "the same bytes as %s", p->path), &f));
        return p->artefact->report_only ? YM_OK : ym_scan_remove_path(s, f, path);
    }
    return YM_OK;
}

/* Windows' copies of its memory: as large as that, and of what ran, not of what will. */
static bool is_memory_file(const struct ym_clean_scan *s, const char *path) {
    return s->windows != NULL &&
           (ym_equal_nocase(path, "pagefile.sys") || ym_equal_nocase(path, "hiberfil.sys") ||
            ym_equal_nocase(path, "swapfile.sys"));
}

static ym_status walk_content(struct ym_clean_scan *s, int dir_fd, const char *leaf,
                              const char *path) {
    struct ym_err why = {0};
    int fd = -1;
    ym_status st;

    if (is_memory_file(s, path)) {
        return YM_OK;
    }
    st = ym_volume_open_file_at(dir_fd, leaf, path, &fd, &why);
    if (st != YM_OK) {
        return st == YM_END ? YM_OK : ym_scan_tolerate(s, st, path, &why);
    }
    s->plan->files++;
    return s->scanner->file(s->scanner->self, fd, path, s->err);
}

struct walk {
    struct ym_clean_scan *s;
    const struct ym_family *const *families;
    size_t n;
    dev_t device;
    int folder_fd;        /* where it is */
    const char **folders; /* still to be walked */
    size_t n_folders, room;
};

static ym_status walk_one(struct walk *w, const char *path, const char *leaf,
                          const struct stat *sb) {
    struct ym_clean_scan *s = w->s;

    s->plan->walked++;
    for (size_t i = 0; i < w->n; i++) {
        s->family = w->families[i];
        for (size_t j = 0; j < s->family->n_artefacts; j++) {
            s->artefact = &s->family->artefacts[j];
            if (s->artefact->walk) {
                YM_TRY(walk_artefact(s, path, leaf, sb));
            }
        }
    }
    YM_TRY(walk_copies(s, path, sb));
    return s->scanner != NULL && S_ISREG(sb->st_mode) ? walk_content(s, w->folder_fd, leaf, path)
                                                      : YM_OK;
}

static ym_status push_folder(struct walk *w, const char *path) {
    if (w->n_folders == w->room) {
        size_t room = w->room == 0 ? 256 : w->room * 2;
        const char **bigger = YM_ARENA_ARRAY(w->s->arena, room, const char *);

        if (bigger == NULL) {
            return ym_scan_no_memory(w->s);
        }
        if (w->n_folders > 0) {
            memcpy(bigger, w->folders, w->n_folders * sizeof(*bigger));
        }
        w->folders = bigger;
        w->room = room;
    }
    w->folders[w->n_folders++] = path;
    return YM_OK;
}

static ym_status walk_name(struct walk *w, const char *folder, const char *leaf) {
    const char *path = ym_scan_printf(w->s, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", leaf);
    struct ym_err why = {0};
    struct stat sb;

    if (path == NULL) {
        return ym_scan_no_memory(w->s);
    }
    if (fstatat(w->folder_fd, leaf, &sb, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) {
            return YM_OK;
        }
        return ym_scan_tolerate(w->s, ym_fail_errno(&why, module, path, errno, "cannot be reached"),
                                path, &why);
    }
    YM_TRY(walk_one(w, path, leaf, &sb));
    return S_ISDIR(sb.st_mode) && sb.st_dev == w->device ? push_folder(w, path) : YM_OK;
}

static ym_status walk_folder(struct walk *w, const char *folder) {
    struct ym_err why = {0};
    struct ym_names names = {0};
    ym_status st = ym_volume_open_folder(w->s->volume, folder, &w->folder_fd, &why);

    if (st != YM_OK) {
        return st == YM_END ? YM_OK : ym_scan_tolerate(w->s, st, folder, &why);
    }
    st = ym_volume_list_at(w->folder_fd, w->s->arena, folder, &names, &why);
    if (st != YM_OK) {
        st = ym_scan_tolerate(w->s, st, folder, &why);
    }
    for (size_t i = 0; i < names.n && st == YM_OK; i++) {
        st = walk_name(w, folder, names.v[i]);
    }
    (void)close(w->folder_fd);
    return st;
}

ym_status ym_scan_walk(struct ym_clean_scan *s, const struct ym_family *const *families, size_t n) {
    struct walk w = {.s = s, .families = families, .n = n};
    struct stat sb;

    if (fstat(s->volume->root_fd, &sb) != 0) {
        return ym_fail_errno(s->err, module, s->volume->root, errno, "cannot look at the root");
    }
    w.device = sb.st_dev;
    YM_TRY(push_folder(&w, ""));
    while (w.n_folders > 0) {
        YM_TRY(walk_folder(&w, w.folders[--w.n_folders]));
    }
    return YM_OK;
}
