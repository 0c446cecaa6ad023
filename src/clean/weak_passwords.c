/* weak_passwords.c - the child that looks, and what is heard from it.  See weak_passwords.h.
 *
 *   ANSWER  u8 why, u32 n, n times (u8 flags, u16 bytes of the name, the name) */
#include "weak_passwords.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "one_answer.h"
#include "os/sandbox.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "clean/weak_passwords";

enum { MSG_ANSWER };
enum {
    ONE_MAX = 3 + YM_WEAK_NAME_MAX, /* bytes of an account in the message */
    ANSWER_MAX = 5 + YM_WEAK_ACCOUNTS_MAX * ONE_MAX,
    CHILD_ARENA = 64 << 20, /* names of keys: a SAM has thousands at most */
    CHILD_MEMORY = 2 * YM_WEAK_HIVE_MAX + (192 << 20)
};

static const struct ym_msg_rule rules[] = {
    [MSG_ANSWER] = {YM_ANSWER_STATE, ANSWER_MAX, YM_MSG_NO_FD}};

struct job {
    int system_fd, sam_fd;
    struct ym_arena *arena; /* the parent's from here on */
    struct ym_weak_answer answer;
};

/* A hive in the child's own memory: files may change, and a mapping of one may end. */
struct copy {
    uint8_t *data;
    size_t n, size;
};

/* --- in the child ------------------------------------------------------------------------------ */

static void forget(struct copy *c) {
    if (c->data != NULL) {
        OPENSSL_cleanse(c->data, c->size);
    }
    ym_free(c->data);
    *c = (struct copy){NULL, 0, 0};
}

/* A file that was shortened meanwhile is a cut hive, which its parser sees. */
static ym_weak_why read_hive(int fd, struct copy *c) {
    struct stat sb;

    if (fstat(fd, &sb) != 0 || sb.st_size < 0) {
        return YM_WEAK_NO_ANSWER;
    }
    if (sb.st_size > YM_WEAK_HIVE_MAX) {
        return YM_WEAK_TOO_LARGE;
    }
    c->size = (size_t)sb.st_size;
    c->data = ym_malloc(c->size);
    if (c->data == NULL) {
        return YM_WEAK_NO_MEMORY;
    }
    while (c->n < c->size) {
        ssize_t got = pread(fd, c->data + c->n, c->size - c->n, (off_t)c->n);

        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return YM_WEAK_NO_ANSWER;
        }
        c->n += got < 0 ? 0 : (size_t)got;
    }
    return YM_WEAK_LOOKED;
}

/* Here everything that the sandbox forbids is done: the provider is a library that is loaded. */
static ym_weak_why prepare(const struct job *j, int channel_fd, bool namespaces,
                           struct ym_sam_crypto **crypto, struct copy hives[2]) {
    struct ym_sandbox_options o = {.profile = YM_SANDBOX_SCANNER,
                                   .max_memory = CHILD_MEMORY,
                                   .channel_fd = channel_fd,
                                   .out_fd = -1,
                                   .namespaces = namespaces};
    unsigned layers;
    ym_weak_why why = YM_WEAK_LOOKED;
    ym_status st = ym_sam_crypto_open(crypto, NULL);

    if (st != YM_OK) {
        return st == YM_NOMEM ? YM_WEAK_NO_MEMORY : YM_WEAK_NO_LEGACY;
    }
    why = read_hive(j->system_fd, &hives[0]);
    if (why == YM_WEAK_LOOKED) {
        why = read_hive(j->sam_fd, &hives[1]);
    }
    if (why == YM_WEAK_LOOKED && ym_sandbox_enter(&o, &layers, NULL) != YM_OK) {
        why = YM_WEAK_NO_ANSWER;
    }
    return why;
}

static void look(const struct job *j, int channel_fd, bool namespaces, struct ym_arena *arena,
                 struct ym_weak_answer *ret_answer) {
    struct copy hives[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    struct ym_weak_answer answer = {.why = YM_WEAK_NO_MEMORY};
    struct ym_sam_crypto *crypto = NULL;
    struct ym_reader system;
    struct ym_reader sam;

    if (arena != NULL) {
        answer.why = prepare(j, channel_fd, namespaces, &crypto, hives);
    }
    if (answer.why == YM_WEAK_LOOKED) {
        ym_reader_init(&system, hives[0].data, hives[0].n);
        ym_reader_init(&sam, hives[1].data, hives[1].n);
        ym_weak_look(crypto, system, sam, arena, &answer);
    }
    forget(&hives[0]);
    forget(&hives[1]);
    ym_sam_crypto_close(crypto);
    *ret_answer = answer;
}

static void put_answer(const struct ym_weak_answer *a, struct ym_buf *out) {
    ym_buf_u8(out, (uint8_t)a->why);
    ym_buf_u32le(out, (uint32_t)a->n);
    for (size_t i = 0; i < a->n; i++) {
        size_t n = strnlen(a->v[i].name, YM_WEAK_NAME_MAX);

        ym_buf_u8(out, (uint8_t)a->v[i].flags);
        ym_buf_u16le(out, (uint16_t)n);
        ym_buf_add(out, a->v[i].name, n);
    }
}

static int run_child(void *self, int channel_fd, bool namespaces) {
    struct ym_arena *arena = ym_arena_new(CHILD_ARENA);
    struct ym_weak_answer answer;
    struct ym_channel ch;
    struct ym_buf body;
    ym_status st;

    look(self, channel_fd, namespaces, arena, &answer);
    ym_buf_init(&body, ANSWER_MAX);
    put_answer(&answer, &body);
    ym_arena_free(arena);
    ym_channel_init(&ch, channel_fd, NULL, 0);
    st = ym_buf_status(&body);
    if (st == YM_OK) {
        st = ym_channel_send(&ch, MSG_ANSWER, body.data, body.len, -1, NULL);
    }
    ym_buf_done(&body);
    return st == YM_OK ? 0 : 1;
}

/* --- in the parent ----------------------------------------------------------------------------- */

static ym_status nonsense(struct ym_err *err) {
    return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET, "an answer of another form");
}

static ym_status no_room(const struct ym_arena *arena, struct ym_err *err) {
    return ym_fail(err, ym_arena_status(arena), module, YM_ERR_NO_OFFSET, "no room for the names");
}

static ym_status get_account(struct ym_reader *r, struct ym_arena *arena,
                             struct ym_weak_account *out, struct ym_err *err) {
    unsigned flags = ym_get_u8(r);
    size_t n = ym_get_u16le(r);
    const uint8_t *name = ym_get_view(r, n);

    if (name == NULL || n > YM_WEAK_NAME_MAX || (flags & ~(unsigned)YM_WEAK_FLAGS) != 0 ||
        memchr(name, 0, n) != NULL) {
        return nonsense(err);
    }
    out->flags = flags;
    out->name = ym_arena_strndup(arena, (const char *)name, n);
    return out->name == NULL ? no_room(arena, err) : YM_OK;
}

ym_status ym_weak_parse_answer(struct ym_reader body, struct ym_arena *arena,
                               struct ym_weak_answer *ret_answer, struct ym_err *err) {
    unsigned why = ym_get_u8(&body);
    uint32_t n = ym_get_u32le(&body);
    struct ym_weak_account *list;

    if (!ym_reader_ok(&body) || why >= YM_WEAK_WHYS || n > YM_WEAK_ACCOUNTS_MAX ||
        (n == 0) != (why != YM_WEAK_LOOKED)) {
        return nonsense(err);
    }
    list = YM_ARENA_ARRAY(arena, n, struct ym_weak_account);
    if (list == NULL) {
        return no_room(arena, err);
    }
    for (uint32_t i = 0; i < n; i++) {
        YM_TRY(get_account(&body, arena, &list[i], err));
    }
    if (!ym_reader_ok(&body) || ym_reader_left(&body) != 0) {
        return nonsense(err);
    }
    *ret_answer = (struct ym_weak_answer){(ym_weak_why)why, list, n};
    return YM_OK;
}

static ym_status hear(void *self, struct ym_msg *msg, struct ym_err *err) {
    struct job *j = self;

    return ym_weak_parse_answer(msg->body, j->arena, &j->answer, err);
}

ym_status ym_weak_ask(int system_fd, int sam_fd, struct ym_arena *arena,
                      struct ym_weak_answer *ret_answer) {
    struct job j = {.system_fd = system_fd, .sam_fd = sam_fd, .arena = arena};
    ym_status st = ym_clean_one_answer(run_child, hear, &j, rules, 1, NULL);

    YM_TRY(ym_arena_status(arena));
    if (st != YM_OK) {
        j.answer = (struct ym_weak_answer){.why = YM_WEAK_NO_ANSWER};
    }
    *ret_answer = j.answer;
    return YM_OK;
}
