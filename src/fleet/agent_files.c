/* agent_files.c - what an agent keeps: who it is, and how far it came.  See agent.h. */
#include "agent_int.h"

#include "base/text.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "fleet/agent"

enum { SMALL_FILE = 64 << 10 };

void ym_agent_path(const struct ym_agent *a, const char *name, char out[YM_AGENT_PATH]) {
    (void)snprintf(out, YM_AGENT_PATH, "%s/%s", a->state, name);
}

ym_status ym_agent_read(const struct ym_agent *a, const char *name, struct ym_buf *out,
                        bool *ret_there, struct ym_err *err) {
    char path[YM_AGENT_PATH];
    int fd = -1;
    ym_status st;

    ym_agent_path(a, name, path);
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        *ret_there = false;
        return YM_OK;
    }
    YM_TRY(ym_file_open(AT_FDCWD, path, false, path, &fd, err));
    st = ym_file_read_all(fd, path, out, err);
    (void)close(fd);
    YM_TRY(st);
    *ret_there = true;
    return YM_OK;
}

/* --- reading small files of JSON --- */

static ym_status load_json(const struct ym_agent *a, const char *name, json_t **ret,
                           struct ym_err *err) {
    struct ym_buf text;
    bool there = false;
    ym_status st;

    ym_buf_init(&text, SMALL_FILE);
    st = ym_agent_read(a, name, &text, &there, err);
    *ret = NULL;
    if (st == YM_OK && there) {
        json_error_t where;

        *ret = json_loadb(text.data == NULL ? "" : (const char *)text.data, text.len,
                          JSON_REJECT_DUPLICATES, &where);
        if (!json_is_object(*ret)) {
            json_decref(*ret);
            *ret = NULL;
            st = ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET, "%s/%s is damaged", a->state,
                         name);
        }
    }
    ym_buf_done(&text);
    return st;
}

static bool get_text(const json_t *v, const char *key, char *ret, size_t size) {
    const char *text = json_string_value(json_object_get(v, key));

    return text != NULL && (size_t)snprintf(ret, size, "%s", text) < size;
}

static bool get_hex(const json_t *v, const char *key, uint8_t *ret, size_t n) {
    const char *text = json_string_value(json_object_get(v, key));

    return text != NULL && strlen(text) == 2 * n && ym_hex_decode(text, n, ret);
}

static uint64_t get_number(const json_t *v, const char *key) {
    json_int_t n = json_integer_value(json_object_get(v, key));

    return n > 0 ? (uint64_t)n : 0;
}

static ym_status load_identity(struct ym_agent *a, struct ym_err *err) {
    char server[YM_AGENT_URL];
    char ca[YM_AGENT_PATH];
    char hex[2 * YM_FLEET_ID_SIZE + 1];
    json_t *v = NULL;
    bool good;

    YM_TRY(load_json(a, "agent.json", &v, err));
    if (v == NULL) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "%s: this machine has not enrolled: yamori fleet enroll", a->state);
    }
    good = get_text(v, "server", server, sizeof(server)) && get_text(v, "ca", ca, sizeof(ca)) &&
           get_hex(v, "machine", a->id, sizeof(a->id)) &&
           get_hex(v, "operator", a->operator_key, sizeof(a->operator_key));
    json_decref(v);
    if (!good) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET, "%s/agent.json is damaged",
                       a->state);
    }
    ym_hex_encode(a->id, sizeof(a->id), hex);
    (void)snprintf(a->http.machine, sizeof(a->http.machine), "Yamori-Machine: %s", hex);
    return ym_http_open(&a->http, server, ca, err);
}

static ym_status load_progress(struct ym_agent *a, struct ym_err *err) {
    struct ym_progress *p = &a->progress;
    json_t *v = NULL;

    YM_TRY(load_json(a, "progress.json", &v, err));
    p->sequence[YM_CHANNEL_NETWORK] = get_number(v, "sequence");
    p->sequence[YM_CHANNEL_FILE] = get_number(v, "sequence_file");
    p->serial = get_number(v, "serial");
    p->health.epoch = get_number(v, "epoch");
    p->health.state = (enum ym_image_state)(get_number(v, "image") % YM_IMAGE_STATES);
    p->health.files = get_number(v, "files");
    p->health.gaps = get_number(v, "gaps");
    p->untold = get_number(v, "untold") > 0;
    p->scanned = (int64_t)get_number(v, "scanned");
    p->reported = (int64_t)get_number(v, "reported");
    json_decref(v);
    return YM_OK;
}

/* A policy that does not carry the operator's signature any more is as good as none. */
static ym_status load_policy(struct ym_agent *a, struct ym_err *err) {
    struct ym_buf bytes;
    bool there = false;
    ym_status st;

    ym_buf_init(&bytes, YM_POLICY_SIZE + 1);
    st = ym_agent_read(a, "policy", &bytes, &there, err);
    a->has_policy =
        st == YM_OK && there &&
        ym_policy_read(bytes.data, bytes.len, a->operator_key, &a->policy) == YM_REFUSAL_NONE;
    ym_buf_done(&bytes);
    return st;
}

ym_status ym_agent_load(struct ym_agent *a, struct ym_err *err) {
    char path[YM_AGENT_PATH];

    ym_agent_path(a, "machine.key", path);
    YM_TRY(load_identity(a, err));
    YM_TRY(ym_fleet_key_load(path, false, &a->key, err));
    YM_TRY(load_progress(a, err));
    YM_TRY(load_policy(a, err));
    ym_agent_path(a, "image.ydb", a->image);
    a->has_image = access(a->image, R_OK) == 0;
    return YM_OK;
}

/* --- writing --- */

static ym_status keep(const struct ym_agent *a, const char *name, struct ym_buf *text,
                      struct ym_err *err) {
    char path[YM_AGENT_PATH];
    ym_status st = ym_buf_status(text);

    ym_agent_path(a, name, path);
    st = st == YM_OK ? ym_file_replace(path, 0600, text->data, text->len, err)
                     : ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no memory for %s", name);
    ym_buf_done(text);
    return st;
}

ym_status ym_agent_keep_identity(const struct ym_agent *a, struct ym_err *err) {
    char id[2 * YM_FLEET_ID_SIZE + 1];
    char operator_key[2 * YM_FLEET_PUBLIC_SIZE + 1];
    struct ym_buf text;

    ym_hex_encode(a->id, sizeof(a->id), id);
    ym_hex_encode(a->operator_key, sizeof(a->operator_key), operator_key);
    ym_buf_init(&text, SMALL_FILE);
    ym_buf_add_text(&text, "{\"server\":");
    ym_buf_json_string(&text, a->http.base, strlen(a->http.base));
    ym_buf_add_text(&text, ",\"ca\":");
    ym_buf_json_string(&text, a->http.ca, strlen(a->http.ca));
    ym_buf_printf(&text, ",\"machine\":\"%s\",\"operator\":\"%s\"}\n", id, operator_key);
    return keep(a, "agent.json", &text, err);
}

ym_status ym_agent_keep_progress(const struct ym_agent *a, struct ym_err *err) {
    const struct ym_progress *p = &a->progress;
    struct ym_buf text;

    ym_buf_init(&text, SMALL_FILE);
    ym_buf_printf(&text,
                  "{\"sequence\":%llu,\"sequence_file\":%llu,\"serial\":%llu,\"epoch\":%llu,"
                  "\"image\":%d,\"files\":%llu,\"gaps\":%llu,\"untold\":%d,\"scanned\":%lld,"
                  "\"reported\":%lld}\n",
                  (unsigned long long)p->sequence[YM_CHANNEL_NETWORK],
                  (unsigned long long)p->sequence[YM_CHANNEL_FILE], (unsigned long long)p->serial,
                  (unsigned long long)p->health.epoch, (int)p->health.state,
                  (unsigned long long)p->health.files, (unsigned long long)p->health.gaps,
                  p->untold, (long long)p->scanned, (long long)p->reported);
    return keep(a, "progress.json", &text, err);
}
