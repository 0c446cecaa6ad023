/* make_archive.c - see make_archive.h. */
#include "make_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static la_ssize_t on_write(struct archive *a, void *self, const void *bytes, size_t n) {
    (void)a;
    ym_buf_add(self, bytes, n);
    return ym_buf_status(self) == YM_OK ? (la_ssize_t)n : -1;
}

static int add_member(struct archive *a, const struct make_member *m) {
    struct archive_entry *entry = archive_entry_new();
    int rc;

    archive_entry_set_pathname(entry, m->name);
    archive_entry_set_size(entry, (la_int64_t)m->size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    rc = archive_write_header(a, entry);
    if (rc == ARCHIVE_OK && archive_write_data(a, m->data, m->size) != (la_ssize_t)m->size) {
        rc = ARCHIVE_FATAL;
    }
    archive_entry_free(entry);
    return rc;
}

static bool make(const char *format, const char *filter, const char *password,
                 const struct make_member *members, unsigned n, struct ym_buf *out) {
    struct archive *a = archive_write_new();
    int rc = archive_write_set_format_by_name(a, format);

    if (rc == ARCHIVE_OK && password != NULL) {
        rc = archive_write_set_options(a, "zip:encryption=zipcrypt");
        rc = rc == ARCHIVE_OK ? archive_write_set_passphrase(a, password) : rc;
    }
    if (rc == ARCHIVE_OK && filter != NULL) {
        rc = archive_write_add_filter_by_name(a, filter);
    }
    (void)archive_write_set_bytes_per_block(a, 0);
    if (rc == ARCHIVE_OK) {
        rc = archive_write_open(a, out, NULL, on_write, NULL);
    }
    for (unsigned i = 0; i < n && rc == ARCHIVE_OK; i++) {
        rc = add_member(a, &members[i]);
    }
    if (rc == ARCHIVE_OK) {
        rc = archive_write_close(a);
    }
    if (rc != ARCHIVE_OK) {
        printf("# make_archive %s: %s\n", format, archive_error_string(a));
    }
    (void)archive_write_free(a);
    return rc == ARCHIVE_OK;
}

bool make_archive(const char *format, const char *filter, const struct make_member *members,
                  unsigned n, struct ym_buf *out) {
    return make(format, filter, NULL, members, n, out);
}

bool make_zip_with_password(const char *password, const struct make_member *members, unsigned n,
                            struct ym_buf *out) {
    return make("zip", NULL, password, members, n, out);
}

bool make_zip_bomb(unsigned width, unsigned levels, size_t size, struct ym_buf *out) {
    enum { MAX_WIDTH = 64 };
    struct make_member members[MAX_WIDTH];
    char names[MAX_WIDTH][16];
    void *zeros = calloc(1, size);
    struct make_member inner = {"zeros", zeros, size};
    struct ym_buf level;
    bool ok;

    ym_buf_init(&level, 64 << 20);
    ok = zeros != NULL && make_archive("zip", NULL, &inner, 1, &level);
    free(zeros);
    for (unsigned i = 0; i < levels && ok; i++) {
        struct ym_buf next;

        ym_buf_init(&next, 64 << 20);
        for (unsigned j = 0; j < width && j < MAX_WIDTH; j++) {
            (void)snprintf(names[j], sizeof(names[j]), "%u.zip", j);
            members[j] = (struct make_member){names[j], level.data, level.len};
        }
        ok = make_archive("zip", NULL, members, width, &next);
        ym_buf_done(&level);
        level = next;
    }
    if (ok) {
        ym_buf_add(out, level.data, level.len);
    }
    ym_buf_done(&level);
    return ok;
}

void make_encrypted_zip(struct ym_buf *out) {
    static const char data[] = "twelve bytes of key, then nothing that anyone can read";
    const uint32_t n = sizeof(data) - 1;

    ym_buf_add(out, "PK\3\4", 4);
    ym_buf_u16le(out, 20);
    ym_buf_u16le(out, 1); /* encrypted */
    ym_buf_u16le(out, 0); /* stored */
    ym_buf_u32le(out, 0x00210000);
    ym_buf_u32le(out, 0x12345678);
    ym_buf_u32le(out, n);
    ym_buf_u32le(out, n - 12);
    ym_buf_u16le(out, 10);
    ym_buf_u16le(out, 0);
    ym_buf_add(out, "secret.txt", 10);
    ym_buf_add(out, data, n);
}
