/* run_log.c - the log of cleans.  See clean/summary.h. */
#include "clean/summary.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char module[] = "clean/log";

enum { FOUND_AND_REMOVED = 6, FOUND_AND_LEFT = 7, DASHES = 87, PATH_ROOM = 4096 };

unsigned ym_clean_return_code(const struct ym_clean_result *r) {
    if (!ym_clean_plan_found(r->plan)) {
        return 0;
    }
    return r->after != NULL && !ym_clean_plan_found(r->after) && r->done->left == 0 &&
                   r->plan->unrepaired == 0
               ? FOUND_AND_REMOVED
               : FOUND_AND_LEFT;
}

/* "Wed Aug 12 08:12:08 2026", as asctime() has it, of local time and in English whatever the locale. */
static void put_time(struct ym_buf *out, const char *what, int64_t when) {
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const time_t t = (time_t)when;
    struct tm tm = {0};

    if (localtime_r(&t, &tm) != NULL) {
        ym_buf_printf(out, "%s %s %s %2d %02d:%02d:%02d %d\n", what, days[tm.tm_wday % 7],
                      months[tm.tm_mon % 12], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                      tm.tm_year + 1900);
    }
}

static void title(struct ym_buf *out, const char *text) {
    ym_buf_printf(out, "%s\n", text);
    for (size_t i = 0; i < strlen(text); i++) {
        ym_buf_u8(out, '-');
    }
    ym_buf_u8(out, '\n');
}

static void put_places(struct ym_buf *out, const struct ym_clean_plan *plan,
                       const struct ym_family *f) {
    for (const struct ym_clean_finding *one = plan->findings; one != NULL; one = one->next) {
        if (one->family == f) {
            ym_buf_printf(out, "    %s",
                          strncmp(one->where, "HK", 2) == 0 ? "regkey://" : "file://");
            ym_clean_safe(out, one->where);
            ym_buf_u8(out, '\n');
        }
    }
}

static bool is_found(const struct ym_clean_plan *plan, const struct ym_family *f) {
    for (size_t i = 0; plan != NULL && i < plan->n_verdicts; i++) {
        if (plan->verdicts[i].family == f) {
            return plan->verdicts[i].found;
        }
    }
    return false;
}

/* One line for each family: with what was done, or "No infection found." */
static void put_families(struct ym_buf *out, const struct ym_clean_result *r, bool in_full) {
    for (size_t i = 0; i < r->plan->n_verdicts; i++) {
        const struct ym_family *f = r->plan->verdicts[i].family;
        const bool removed = r->after != NULL && !is_found(r->after, f);

        if (!r->plan->verdicts[i].found) {
            continue;
        }
        ym_buf_add_text(out, in_full ? "Threat Detected: " : "Found ");
        ym_clean_safe(out, f->name);
        ym_buf_add_text(out, removed ? " and Removed!\n" : ", not removed.\n");
        if (in_full) {
            ym_buf_printf(out, "  Action: %s, Result: 0x00000000\n",
                          removed ? "Remove" : "NoAction");
            put_places(out, r->plan, f);
        }
    }
}

void ym_clean_log_text(const struct ym_clean_result *r, const struct ym_clean_run *run,
                       struct ym_buf *out) {
    const bool found = ym_clean_plan_found(r->plan);

    for (unsigned i = 0; i < DASHES; i++) {
        ym_buf_u8(out, '-');
    }
    ym_buf_printf(out,
                  "\nreboot-mode: 0, quiet-mode: %d, detect-only-mode: 0, full-scan-mode: %d\n",
                  run->quiet, r->plan->full);
    ym_buf_printf(out, "Yamori Malicious Software Removal Tool v%s\n", run->version);
    put_time(out, "Started On", run->started);
    ym_buf_printf(out, "\nFamilies: %zu\nVolume: ", run->n_families);
    ym_clean_safe(out, r->plan->root);
    ym_buf_printf(out, "\nRun Mode: %s\n\n",
                  run->quiet ? "Scan Run in Quiet Mode" : "Scan Run From Command Line");
    if (found) {
        title(out, r->plan->full ? "Full Scan Results:" : "Quick Scan Results:");
        put_families(out, r, true);
        ym_buf_u8(out, '\n');
    }
    title(out, "Results Summary:");
    if (found) {
        put_families(out, r, false);
    } else {
        ym_buf_add_text(out, "No infection found.\n");
    }
    if (r->plan->n_gaps > 0) {
        ym_buf_printf(out, "Not looked at: %zu\n", r->plan->n_gaps);
    }
    if (r->done != NULL && r->done->id[0] != '\0') {
        ym_buf_printf(out, "Journal: %s\n", r->done->id);
    }
    put_time(out, "Yamori Malicious Software Removal Tool Finished On", run->finished);
    ym_buf_printf(out, "\nReturn code: %u (0x%x)\n", ym_clean_return_code(r),
                  ym_clean_return_code(r));
}

/* STATE and STATE/log, made when they are not there. */
static ym_status make_folders(const char *state, const char *folder, struct ym_err *err) {
    if (mkdir(state, 0700) != 0 && errno != EEXIST) {
        return ym_fail_errno(err, module, state, errno, "the state folder cannot be made");
    }
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return ym_fail_errno(err, module, folder, errno, "the folder of the log cannot be made");
    }
    return YM_OK;
}

ym_status ym_clean_log_append(const char *state, const struct ym_buf *entry, struct ym_err *err) {
    char folder[PATH_ROOM];
    char path[PATH_ROOM];
    ym_status st;
    int fd;

    YM_TRY(ym_buf_status(entry));
    if (snprintf(folder, sizeof(folder), "%s/log", state) >= (int)sizeof(folder) ||
        snprintf(path, sizeof(path), "%s/log/clean.log", state) >= (int)sizeof(path)) {
        return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET,
                       "the path of the state folder is too long");
    }
    YM_TRY(make_folders(state, folder, err));
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return ym_fail_errno(err, module, path, errno, "the log cannot be opened");
    }
    st = ym_file_write_all(fd, path, entry->data, entry->len, err);
    if (st == YM_OK && fsync(fd) != 0) {
        st = ym_fail_errno(err, module, path, errno, "the log cannot be written");
    }
    if (close(fd) != 0 && st == YM_OK) {
        st = ym_fail_errno(err, module, path, errno, "the log cannot be written");
    }
    return st;
}
