/* agent_image.c - policies and images, from the server or from a stick.  See agent.h. */
#include "agent_int.h"

#include "base/text.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODULE "fleet/agent"

static bool hash_is_right(const struct ym_agent *a, int fd, struct ym_err *err) {
    uint8_t hash[YM_FLEET_HASH_SIZE];
    uint64_t size = 0;

    return ym_fleet_hash_file(fd, "(image)", &size, hash, err) == YM_OK && size == a->policy.size &&
           memcmp(hash, a->policy.sha256, sizeof(hash)) == 0;
}

/* A new image starts its own count of what was looked at. */
static ym_status note(struct ym_agent *a, enum ym_image_state state, struct ym_err *err) {
    a->progress.health = (struct ym_health){.epoch = a->policy.epoch, .state = state};
    a->progress.untold = true;
    ym_agent_say(a, "image of epoch %llu: %s", (unsigned long long)a->policy.epoch,
                 ym_image_word(state));
    return ym_agent_keep_progress(a, err);
}

/* The trial runs on the file under its own hidden name; only then it becomes image.ydb. */
static ym_status try_image(struct ym_agent *a, const char *path, struct ym_err *err) {
    enum ym_image_state state = YM_IMAGE_GOOD;

    if (a->options.hooks.trial != NULL) {
        state = a->options.hooks.trial(a->options.hooks.user, path);
    }
    if (state != YM_IMAGE_GOOD) {
        (void)unlink(path);
        return note(a, state, err);
    }
    if (rename(path, a->image) != 0) {
        return ym_fail_errno(err, MODULE, a->image, errno, "cannot put the new image in place");
    }
    a->has_image = true;
    return note(a, state, err);
}

static ym_status take_image(struct ym_agent *a, ym_image_source *source, void *user,
                            struct ym_err *err) {
    char path[YM_AGENT_PATH];
    struct ym_file_new file;
    bool right = false;
    ym_status st;

    ym_agent_path(a, "incoming.ydb", path);
    YM_TRY(ym_file_new_begin(path, 0600, &file, err));
    st = source(a, user, file.fd, err);
    if (st == YM_OK) {
        right = hash_is_right(a, file.fd, err);
        st = right ? ym_file_new_commit(&file, err) : note(a, YM_IMAGE_REFUSED, err);
    }
    ym_file_new_done(&file);
    YM_TRY(st);
    return right ? try_image(a, path, err) : YM_OK;
}

static ym_status check_policy(struct ym_agent *a, const struct ym_buf *bytes,
                              struct ym_policy *ret_policy, struct ym_err *err) {
    enum ym_refusal bad = ym_policy_read(bytes->data, bytes->len, a->operator_key, ret_policy);

    if (bad != YM_REFUSAL_NONE) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET, "the policy is not taken: %s",
                       ym_refusal_text(bad));
    }
    if (ret_policy->serial < a->progress.serial) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "the policy is not taken: it is older (%llu) than one that was seen (%llu)",
                       (unsigned long long)ret_policy->serial,
                       (unsigned long long)a->progress.serial);
    }
    return YM_OK;
}

ym_status ym_agent_take_policy(struct ym_agent *a, const struct ym_buf *bytes,
                               ym_image_source *source, void *user, struct ym_err *err) {
    struct ym_policy policy;
    char path[YM_AGENT_PATH];

    YM_TRY(check_policy(a, bytes, &policy, err));
    if (!a->has_policy || policy.serial > a->progress.serial) {
        ym_agent_path(a, "policy", path);
        YM_TRY(ym_file_replace(path, 0600, bytes->data, bytes->len, err));
        a->progress.serial = policy.serial;
        YM_TRY(ym_agent_keep_progress(a, err));
        ym_agent_say(a, "policy %llu", (unsigned long long)policy.serial);
    }
    a->policy = policy;
    a->has_policy = true;
    /* Whatever became of an epoch, it is tried once; and an older one is never taken. */
    return policy.epoch > a->progress.health.epoch ? take_image(a, source, user, err) : YM_OK;
}

static ym_status from_server(struct ym_agent *a, void *user, int fd, struct ym_err *err) {
    char path[32 + 2 * YM_FLEET_HASH_SIZE] = "/v1/image/";
    unsigned status = 0;

    (void)user;
    ym_hex_encode(a->policy.sha256, sizeof(a->policy.sha256), path + strlen(path));
    YM_TRY(ym_http_fetch(&a->http, path, fd, a->policy.size, &status, err));
    return status == 200 ? YM_OK
                         : ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET,
                                   "the server does not give the image (HTTP %u)", status);
}

ym_status ym_agent_ask_policy(struct ym_agent *a, struct ym_err *err) {
    struct ym_buf bytes;
    unsigned status = 0;
    ym_status st;

    ym_buf_init(&bytes, 4096); /* a refusal may come instead */
    st = ym_http_ask(&a->http, "/v1/policy", NULL, 0, &bytes, &status, err);
    if (st == YM_OK && status == 403) {
        st = ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                     "the server does not know this machine: enrol again");
    } else if (st == YM_OK && status != 200) {
        st = ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "the server gives no policy (HTTP %u)",
                     status);
    }
    st = st == YM_OK ? ym_agent_take_policy(a, &bytes, from_server, NULL, err) : st;
    ym_buf_done(&bytes);
    return st;
}

/* --- from a stick --- */

static ym_status from_folder(struct ym_agent *a, void *user, int fd, struct ym_err *err) {
    const char *folder = user;
    char path[YM_AGENT_PATH];
    uint8_t block[1 << 16];
    uint64_t left = a->policy.size;
    int from = -1;
    ssize_t n = 1;
    ym_status st = YM_OK;

    (void)snprintf(path, sizeof(path), "%.4000s/image.ydb", folder);
    YM_TRY(ym_file_open(AT_FDCWD, path, false, path, &from, err));
    while (st == YM_OK && left > 0 && n > 0) {
        n = read(from, block, left < sizeof(block) ? (size_t)left : sizeof(block));
        if (n < 0) {
            st = ym_fail_errno(err, MODULE, path, errno, "cannot read");
        } else {
            left -= (uint64_t)n;
            st = ym_file_write_all(fd, "(image)", block, (size_t)n, err);
        }
    }
    (void)close(from);
    return st;
}

ym_status ym_agent_take(struct ym_agent *agent, const char *folder, struct ym_err *err) {
    char path[YM_AGENT_PATH];
    char name[YM_AGENT_PATH];
    struct ym_buf bytes;
    int fd = -1;
    ym_status st;

    (void)snprintf(name, sizeof(name), "%.4000s", folder);
    (void)snprintf(path, sizeof(path), "%.4000s/policy", folder);
    YM_TRY(ym_file_open(AT_FDCWD, path, false, path, &fd, err));
    ym_buf_init(&bytes, YM_POLICY_SIZE + 1);
    st = ym_file_read_all(fd, path, &bytes, err);
    st = st == YM_OK ? ym_agent_take_policy(agent, &bytes, from_folder, name, err) : st;
    ym_buf_done(&bytes);
    (void)close(fd);
    return st;
}
