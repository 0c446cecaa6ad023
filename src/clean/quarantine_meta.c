/* quarantine_meta.c - an item's metadata to bytes and back.  docs/formats/quarantine.md.
 *
 * They come out of a seal that only the key's owner can make, and are read as hostile all the
 * same: a key can be stolen, and names and attributes in them are an enemy's anyway. */
#include "clean/quarantine.h"

#include <string.h>

static const char module[] = "clean/quarantine";
enum { SHA256 = 32, MODE_MAX = 07777, FLAGS_SHIFT = 16, NSEC = 1000000000, NAME_LIMIT = 255 };

/* --- out --------------------------------------------------------------------------------------- */

static void put_time(struct ym_buf *out, struct timespec t) {
    ym_buf_u64le(out, (uint64_t)t.tv_sec);
    ym_buf_u32le(out, (uint32_t)t.tv_nsec);
}

static void put_text(struct ym_buf *out, const char *text) {
    ym_buf_u32le(out, (uint32_t)strlen(text));
    ym_buf_add_text(out, text);
}

static uint32_t count_xattrs(const struct ym_xattr *x) {
    uint32_t n = 0;

    for (; x != NULL; x = x->next) {
        n++;
    }
    return n;
}

void ym_quarantine_meta_put(struct ym_buf *out, const struct ym_quarantine_item *item) {
    ym_buf_u64le(out, item->size);
    ym_buf_add(out, item->sha256, SHA256);
    ym_buf_u32le(out, item->meta.mode | item->meta.flags << FLAGS_SHIFT);
    ym_buf_u32le(out, item->meta.uid);
    ym_buf_u32le(out, item->meta.gid);
    ym_buf_u32le(out, item->links);
    put_time(out, item->meta.times[0]);
    put_time(out, item->meta.times[1]);
    put_time(out, item->changed);
    put_time(out, item->when);
    put_text(out, item->path);
    put_text(out, item->volume);
    put_text(out, item->name);
    put_text(out, item->rule);
    put_text(out, item->journal);
    ym_buf_u32le(out, count_xattrs(item->meta.xattrs));
    for (const struct ym_xattr *x = item->meta.xattrs; x != NULL; x = x->next) {
        ym_buf_u16le(out, (uint16_t)strlen(x->name));
        ym_buf_add_text(out, x->name);
        ym_buf_u32le(out, (uint32_t)x->n);
        ym_buf_add(out, x->data, x->n);
    }
}

/* --- in ---------------------------------------------------------------------------------------- */

struct in {
    struct ym_reader r;
    struct ym_arena *arena;
    struct ym_err *err;
    ym_status st; /* the first failure that is not the reader's */
};

static void refuse(struct in *in, ym_status st, const char *what) {
    if (in->st == YM_OK && ym_reader_ok(&in->r)) {
        in->st = ym_fail(in->err, st, module, ym_reader_offset(&in->r), "%s", what);
    }
}

static void no_memory(struct in *in) {
    ym_status st = ym_arena_status(in->arena);

    refuse(in, st == YM_OK ? YM_NOMEM : st, "metadata do not fit in memory");
}

static struct timespec get_time(struct in *in) {
    struct timespec t = {.tv_sec = (time_t)ym_get_u64le(&in->r)};
    uint32_t nsec = ym_get_u32le(&in->r);

    if (nsec >= NSEC) {
        refuse(in, YM_MALFORMED, "a time has more than a second of nanoseconds");
        return t;
    }
    t.tv_nsec = (long)nsec;
    return t;
}

/* Text of n bytes, none of which is NUL. */
static const char *get_chars(struct in *in, uint32_t n) {
    const uint8_t *p = ym_get_view(&in->r, n);
    const char *copy = "";

    if (n > 0 && p == NULL) {
        return copy; /* the reader's failure */
    }
    if (n > 0 && memchr(p, 0, n) != NULL) {
        refuse(in, YM_MALFORMED, "a text has a NUL in it");
    } else if (n > 0) {
        copy = ym_arena_strndup(in->arena, (const char *)p, n);
        if (copy == NULL) {
            no_memory(in);
            copy = "";
        }
    }
    return copy;
}

static const char *get_text(struct in *in) {
    uint32_t n = ym_get_u32le(&in->r);

    if (n > YM_QUARANTINE_TEXT_MAX) {
        refuse(in, YM_LIMIT, "a text is longer than is allowed");
        return "";
    }
    return get_chars(in, n);
}

static struct ym_xattr *get_xattr(struct in *in) {
    struct ym_xattr *x = YM_ARENA_NEW(in->arena, struct ym_xattr);
    uint16_t n = ym_get_u16le(&in->r);
    const uint8_t *data;

    if (x == NULL) {
        no_memory(in);
        return NULL;
    }
    if (ym_reader_ok(&in->r) && (n == 0 || n > NAME_LIMIT)) {
        refuse(in, YM_MALFORMED, "the name of an attribute is empty or too long");
        return NULL;
    }
    x->name = get_chars(in, n);
    x->n = ym_get_u32le(&in->r);
    if (x->n > YM_QUARANTINE_XATTR_MAX) {
        refuse(in, YM_LIMIT, "an attribute is longer than is allowed");
        return NULL;
    }
    data = ym_get_view(&in->r, x->n);
    x->data = data == NULL ? (const uint8_t *)"" : ym_arena_memdup(in->arena, data, x->n);
    if (x->data == NULL) {
        no_memory(in);
    }
    return x;
}

static struct ym_xattr *get_xattrs(struct in *in) {
    uint32_t n = ym_get_u32le(&in->r);
    struct ym_xattr *first = NULL;
    struct ym_xattr **tail = &first;

    if (n > YM_QUARANTINE_XATTRS_MAX) {
        refuse(in, YM_LIMIT, "more attributes than are allowed");
    }
    for (uint32_t i = 0; i < n && in->st == YM_OK && ym_reader_ok(&in->r); i++) {
        struct ym_xattr *x = get_xattr(in);

        if (x != NULL) {
            *tail = x;
            tail = &x->next;
        }
    }
    return first;
}

static void get_numbers(struct in *in, struct ym_quarantine_item *item) {
    const uint8_t *digest;
    uint32_t mode;

    item->size = ym_get_u64le(&in->r);
    digest = ym_get_view(&in->r, SHA256);
    if (digest != NULL) {
        memcpy(item->sha256, digest, SHA256);
    }
    mode = ym_get_u32le(&in->r);
    item->meta.mode = mode & 0xffffU;
    item->meta.flags = mode >> FLAGS_SHIFT;
    item->meta.uid = ym_get_u32le(&in->r);
    item->meta.gid = ym_get_u32le(&in->r);
    item->links = ym_get_u32le(&in->r);
    if (item->meta.mode > MODE_MAX) {
        refuse(in, YM_MALFORMED, "the mode has more than permission bits");
    }
    if ((item->meta.flags & ~(uint32_t)YM_FLAGS_KEPT) != 0) {
        refuse(in, YM_MALFORMED, "flags that are not known here");
    }
    if (item->size > INT64_MAX) {
        refuse(in, YM_MALFORMED, "the size is larger than a file can be");
    }
}

ym_status ym_quarantine_meta_parse(struct ym_reader whole, struct ym_arena *arena,
                                   struct ym_quarantine_item *ret_item, struct ym_err *err) {
    struct in in = {.r = whole, .arena = arena, .err = err};
    struct ym_quarantine_item item = {.id = ""};

    get_numbers(&in, &item);
    item.meta.times[0] = get_time(&in);
    item.meta.times[1] = get_time(&in);
    item.changed = get_time(&in);
    item.when = get_time(&in);
    item.path = get_text(&in);
    item.volume = get_text(&in);
    item.name = get_text(&in);
    item.rule = get_text(&in);
    item.journal = get_text(&in);
    item.meta.xattrs = get_xattrs(&in);
    if (in.st == YM_OK && ym_reader_ok(&in.r) && item.path[0] == '\0') {
        refuse(&in, YM_MALFORMED, "an item without a path");
    }
    if (in.st == YM_OK && ym_reader_ok(&in.r) && ym_reader_left(&in.r) > 0) {
        refuse(&in, YM_MALFORMED, "bytes after the metadata");
    }
    YM_TRY(in.st);
    if (!ym_reader_ok(&in.r)) {
        return ym_fail(err, ym_reader_status(&in.r), module, ym_reader_offset(&in.r),
                       "the metadata end too early");
    }
    *ret_item = item;
    return YM_OK;
}
