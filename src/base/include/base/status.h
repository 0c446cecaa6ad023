/* status.h - how a Yamori function says that it failed.
 *
 * A status tells whether the work was done.  It never tells whether a file is
 * clean: that is a verdict (engine/report.h), a different type on purpose,
 * so that "could not look" can never be read as "nothing found".
 */
#ifndef YM_BASE_STATUS_H
#define YM_BASE_STATUS_H

#include <stdint.h>

#define YM_MUST_CHECK __attribute__((warn_unused_result))
#define YM_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* One row per status: name, one-line meaning. */
#define YM_STATUS_TABLE(X)                                                                         \
    X(OK, "done")                                                                                  \
    X(END, "no more items")                                                                        \
    X(TRUNCATED, "the input ends before the structure does")                                       \
    X(MALFORMED, "the input breaks its own format")                                                \
    X(UNSUPPORTED, "valid, but a variant that is not implemented")                                 \
    X(LIMIT, "a configured limit was reached")                                                     \
    X(NOMEM, "out of memory")                                                                      \
    X(IO, "the system refused a read or a write")                                                  \
    X(CANCELLED, "stopped by the caller")

typedef enum ym_status {
#define X(name, text) YM_##name,
    YM_STATUS_TABLE(X)
#undef X
        YM_STATUS_COUNT
} ym_status;

const char *ym_status_name(ym_status st); /* "TRUNCATED"; never NULL */
const char *ym_status_text(ym_status st); /* the meaning, for people; never NULL */

#define YM_ERR_NO_OFFSET UINT64_MAX

/* Where and why, for people.  The caller owns it, zeroes it before use, and
 * the first error wins.  Place is either a byte offset of a binary input, or
 * file:line:column of a text. */
struct ym_err {
    ym_status code;
    int sys_errno;      /* errno of the failed call, or 0 */
    uint64_t offset;    /* byte offset in the input, or YM_ERR_NO_OFFSET */
    unsigned line;      /* 1-based, 0 = none */
    unsigned column;    /* 1-based, 0 = none */
    const char *module; /* static string, e.g. "formats/pe" */
    char file[512];     /* the file's name as the user gave it, or "" */
    char text[256];     /* cause, and cure where there is one */
};

/* Fills *err (which may be NULL) unless it already holds an error; returns
 * code, so that a parser can write: return ym_fail(err, YM_MALFORMED, ...). */
ym_status ym_fail(struct ym_err *err, ym_status code, const char *module, uint64_t offset,
                  const char *fmt, ...) YM_PRINTF(5, 6);

/* The same for a text: file:line:column (column 0: the whole line). */
ym_status ym_fail_at(struct ym_err *err, ym_status code, const char *module, const char *file,
                     unsigned line, unsigned column, const char *fmt, ...) YM_PRINTF(7, 8);

/* The same for a failed system call on a file: keeps errno and appends its text. */
ym_status ym_fail_errno(struct ym_err *err, const char *module, const char *file, int sys_errno,
                        const char *fmt, ...) YM_PRINTF(5, 6);

/* clang's analyzer looks at one file at a time: this tells it that the code comes back. */
#ifdef __clang_analyzer__
#define ym_fail(err, code, ...) ((void)ym_fail(err, code, __VA_ARGS__), (code))
#define ym_fail_at(err, code, ...) ((void)ym_fail_at(err, code, __VA_ARGS__), (code))
#define ym_fail_errno(...) ((void)ym_fail_errno(__VA_ARGS__), YM_IO)
#endif

/* One line for people: "file:line:column: text", "file: offset N: text" ...  Always
 * NUL-terminated; returns out. */
char *ym_err_format(const struct ym_err *err, char *out, unsigned out_size);

/* Forward any failure.  The only macro with a hidden return in the tree. */
#define YM_TRY(expr)                                                                               \
    do {                                                                                           \
        ym_status ym_try_st = (expr);                                                              \
        if (ym_try_st != YM_OK) {                                                                  \
            return ym_try_st;                                                                      \
        }                                                                                          \
    } while (0)

#endif
