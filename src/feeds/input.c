/* input.c - see input.h. */
#include "feeds/input.h"

#include "base/alloc.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "feeds/input"

struct ym_input {
    int fd;
    int64_t time;
    bool begun;
    crypto_hash_sha256_state digest;
    char path[256]; /* for messages */
    char block[YM_FEED_BLOCK];
};

/* What people have in their hands, by its first bytes. */
static const struct {
    const char *magic;
    size_t n;
    const char *name, *command;
} compressed[] = {
    {"\x1f\x8b", 2, "gzip", "gzip -dc"},
    {"BZh", 3, "bzip2", "bzip2 -dc"},
    {"\xfd"
     "7zXZ",
     5, "xz", "xz -dc"},
    {"\x28\xb5\x2f\xfd", 4, "zstd", "zstd -dc"},
    {"PK\x03\x04", 4, "zip", "unzip -p"},
};

static ym_status check_start(const struct ym_input *in, size_t n, struct ym_err *err) {
    for (size_t i = 0; i < sizeof(compressed) / sizeof(compressed[0]); i++) {
        if (n >= compressed[i].n && memcmp(in->block, compressed[i].magic, compressed[i].n) == 0) {
            return ym_fail_at(err, YM_UNSUPPORTED, MODULE, in->path, 0, 0,
                              "is compressed (%s), and only plain text is read: decompress it "
                              "first with `%s`",
                              compressed[i].name, compressed[i].command);
        }
    }
    return YM_OK;
}

ym_status ym_input_open(const char *path, struct ym_input **ret_input, struct ym_err *err) {
    struct ym_input *in = ym_zalloc(1, sizeof(*in));
    struct stat sb;

    if (in == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for %.200s", path);
    }
    (void)snprintf(in->path, sizeof(in->path), "%.255s", path);
    (void)crypto_hash_sha256_init(&in->digest);
    in->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0 || fstat(in->fd, &sb) != 0) {
        int saved = errno;

        ym_input_close(in);
        return ym_fail_errno(err, MODULE, path, saved, "cannot open");
    }
    in->time = S_ISREG(sb.st_mode) ? (int64_t)sb.st_mtime : ym_now_unix();
    *ret_input = in;
    return YM_OK;
}

void ym_input_close(struct ym_input *in) {
    if (in != NULL) {
        if (in->fd >= 0) {
            (void)close(in->fd);
        }
        ym_free(in);
    }
}

ym_status ym_input_next(struct ym_input *in, struct ym_str *ret_block, struct ym_err *err) {
    size_t n = 0;

    while (n < sizeof(in->block)) { /* a pipe gives less at once */
        ssize_t got = read(in->fd, in->block + n, sizeof(in->block) - n);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return ym_fail_errno(err, MODULE, in->path, errno, "cannot read");
        }
        if (got == 0) {
            break;
        }
        n += (size_t)got;
    }
    if (n == 0) {
        return YM_END;
    }
    if (!in->begun) {
        YM_TRY(check_start(in, n, err));
        in->begun = true;
    }
    (void)crypto_hash_sha256_update(&in->digest, (const unsigned char *)in->block, n);
    *ret_block = (struct ym_str){in->block, n};
    return YM_OK;
}

void ym_input_digest(struct ym_input *in, uint8_t ret_digest[YM_FEED_DIGEST_SIZE]) {
    (void)crypto_hash_sha256_final(&in->digest, ret_digest);
}

int64_t ym_input_time(const struct ym_input *in) {
    return in->time;
}

/* --- lines --- */

struct ym_lines {
    struct ym_input *input;
    struct ym_str block; /* what is left of it */
    uint64_t number;
    size_t n;
    bool too_long, end;
    char line[YM_FEED_LINE_MAX];
};

ym_status ym_lines_open(const char *path, struct ym_lines **ret_lines, struct ym_err *err) {
    struct ym_lines *l = ym_zalloc(1, sizeof(*l));
    ym_status st;

    if (l == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for %.200s", path);
    }
    st = ym_input_open(path, &l->input, err);
    if (st != YM_OK) {
        ym_free(l);
        return st;
    }
    *ret_lines = l;
    return YM_OK;
}

void ym_lines_close(struct ym_lines *lines) {
    if (lines != NULL) {
        ym_input_close(lines->input);
        ym_free(lines);
    }
}

static void keep(struct ym_lines *l, const char *s, size_t n) {
    if (n > sizeof(l->line) - l->n) {
        l->too_long = true;
        return;
    }
    memcpy(l->line + l->n, s, n);
    l->n += n;
}

static ym_status give(struct ym_lines *l, struct ym_str *ret_line) {
    size_t from = 0;

    l->number++;
    if (l->too_long) {
        return YM_LIMIT;
    }
    if (l->n > 0 && l->line[l->n - 1] == '\r') {
        l->n--;
    }
    if (l->number == 1 && l->n >= 3 && memcmp(l->line, "\xef\xbb\xbf", 3) == 0) {
        from = 3;
    }
    *ret_line = (struct ym_str){l->line + from, l->n - from};
    return YM_OK;
}

ym_status ym_lines_next(struct ym_lines *lines, struct ym_str *ret_line, struct ym_err *err) {
    bool any = false;

    lines->n = 0;
    lines->too_long = false;
    while (!lines->end) {
        const char *end;

        if (lines->block.n == 0) {
            ym_status st = ym_input_next(lines->input, &lines->block, err);

            if (st == YM_END) {
                lines->end = true;
                break;
            }
            YM_TRY(st);
        }
        any = true;
        end = memchr(lines->block.s, '\n', lines->block.n);
        if (end != NULL) {
            size_t n = (size_t)(end - lines->block.s);

            keep(lines, lines->block.s, n);
            lines->block.s += n + 1;
            lines->block.n -= n + 1;
            return give(lines, ret_line);
        }
        keep(lines, lines->block.s, lines->block.n);
        lines->block.n = 0;
    }
    return any ? give(lines, ret_line) : YM_END;
}

uint64_t ym_lines_number(const struct ym_lines *lines) {
    return lines->number;
}

void ym_lines_digest(struct ym_lines *lines, uint8_t ret_digest[YM_FEED_DIGEST_SIZE]) {
    ym_input_digest(lines->input, ret_digest);
}

int64_t ym_lines_time(const struct ym_lines *lines) {
    return ym_input_time(lines->input);
}
