/* archive.c - libarchive, asked for exactly one format at a time.  See members.h.
 *
 * Why one at a time and never "all": a file must be read as what it was sniffed to be (else two
 * readers disagree about what is inside), some of libarchive's filters start programs, and each
 * reader that is not enabled is one that hostile bytes cannot reach.
 *
 * What libarchive does with several layers of the same compression (gzip in gzip): it removes
 * them all in one go, so the layers between are unpacked but not matched on their own.
 *
 * A stream (gzip, xz ...) is read through the "raw" format.  That format also accepts bytes that
 * no filter wanted, so it is checked that a filter was really there: else the member would be
 * the archive itself, again and again. */
#include "members.h"

#include "gunzip.h"

#include "base/alloc.h"
#include "base/reader.h"
#include "base/time.h"
#include "formats/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MAX_SUPPORT = 8,
    MAX_RETRIES = 16, /* broken members that are skipped */
    MAX_PASSWORDS = 4096,
    MAX_RETRY_STEPS = 1 << 16, /* headers read again for passwords */
    MAX_ZIP_STEPS = 1 << 22,   /* entries of a zip's directory that are passed in search of names */
};

typedef int support_fn(struct archive *a);

/* One row a kind: what to enable. */
static const struct {
    ym_kind kind;
    support_fn *support[MAX_SUPPORT];
} readers[] = {
    {YM_KIND_ZIP, {archive_read_support_format_zip}},
    {YM_KIND_SEVENZIP, {archive_read_support_format_7zip}},
    {YM_KIND_CAB, {archive_read_support_format_cab}},
    {YM_KIND_ISO9660, {archive_read_support_format_iso9660}},
    {YM_KIND_RAR, {archive_read_support_format_rar}},
    {YM_KIND_RAR5, {archive_read_support_format_rar5}},
    {YM_KIND_CPIO, {archive_read_support_format_cpio}},
    {YM_KIND_AR, {archive_read_support_format_ar}},
    {YM_KIND_TAR, {archive_read_support_format_tar}},
    {YM_KIND_LHA, {archive_read_support_format_lha}},
    {YM_KIND_XAR, {archive_read_support_format_xar}},
    {YM_KIND_WARC, {archive_read_support_format_warc}},
    {YM_KIND_RPM,
     {archive_read_support_filter_rpm, archive_read_support_filter_gzip,
      archive_read_support_filter_bzip2, archive_read_support_filter_xz,
      archive_read_support_filter_lzma, archive_read_support_filter_zstd,
      archive_read_support_format_cpio}},
    {YM_KIND_GZIP,
     {archive_read_support_filter_gzip, archive_read_support_format_raw,
      archive_read_support_format_empty}},
    {YM_KIND_BZIP2,
     {archive_read_support_filter_bzip2, archive_read_support_format_raw,
      archive_read_support_format_empty}},
    {YM_KIND_XZ,
     {archive_read_support_filter_xz, archive_read_support_format_raw,
      archive_read_support_format_empty}},
    {YM_KIND_LZMA,
     {archive_read_support_filter_lzma, archive_read_support_format_raw,
      archive_read_support_format_empty}},
    {YM_KIND_LZIP,
     {archive_read_support_filter_lzip, archive_read_support_format_raw,
      archive_read_support_format_empty}},
    {YM_KIND_ZSTD,
     {archive_read_support_filter_zstd, archive_read_support_format_raw,
      archive_read_support_format_empty}},
    {YM_KIND_LZ4,
     {archive_read_support_filter_lz4, archive_read_support_format_raw,
      archive_read_support_format_empty}},
    {YM_KIND_COMPRESS,
     {archive_read_support_filter_compress, archive_read_support_format_raw,
      archive_read_support_format_empty}},
};

struct ym_archive {
    struct archive *reader;
    locale_t locale;
    ym_kind kind;
    const uint8_t *data;
    size_t size;
    bool is_stream;
    bool second; /* reading the other view of the same bytes: see at_end() */
    bool ended;
    bool told;   /* a gap was given */
    bool broken; /* a stream of which libarchive reads nothing */
    unsigned retries;
    uint64_t number; /* of the last header read */
    uint64_t members;
    uint64_t produced;
    const struct ym_metadata *metadata; /* may be NULL */
    ym_cltype type;
    bool want_entries;
    bool has_passwords;
    const char *only_password; /* see try_each_password() */
    char *kept_name;           /* of the member at hand, when its reader was replaced */
    uint64_t retry_steps;
    struct ym_zip zip; /* with either of them: the directory of a zip */
    uint64_t zip_steps;
};

static bool enable(struct archive *reader, ym_kind kind) {
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        if (readers[i].kind != kind) {
            continue;
        }
        for (unsigned j = 0; j < MAX_SUPPORT && readers[i].support[j] != NULL; j++) {
            int rc = readers[i].support[j](reader);

            if (rc != ARCHIVE_OK) { /* WARN: it would start a program */
                return false;
            }
        }
        return true;
    }
    return false;
}

/* libarchive tries them one after the other on each encrypted member. */
static void add_passwords(struct ym_archive *a) {
    const char *password = NULL;

    if (a->only_password != NULL) {
        (void)archive_read_add_passphrase(a->reader, a->only_password);
        return;
    }
    for (uint32_t i = 0; a->kind == YM_KIND_ZIP && a->metadata != NULL && i < MAX_PASSWORDS; i++) {
        password = ym_metadata_password(a->metadata, a->type, i);
        if (password == NULL) {
            return;
        }
        a->has_passwords = archive_read_add_passphrase(a->reader, password) == ARCHIVE_OK;
    }
}

/* A new reader over the same bytes. */
static ym_status open_reader(struct ym_archive *a) {
    locale_t before;
    int rc;

    if (a->reader != NULL) {
        (void)archive_read_free(a->reader);
    }
    a->reader = archive_read_new();
    if (a->reader == NULL) {
        return YM_NOMEM;
    }
    if (a->kind == YM_KIND_ZIP && a->second) {
        (void)archive_read_support_format_zip_streamable(a->reader);
    } else if (!enable(a->reader, a->kind)) {
        return YM_UNSUPPORTED;
    }
    if (a->kind == YM_KIND_ISO9660 && !a->second &&
        archive_read_set_format_option(a->reader, "iso9660", "joliet", NULL) != ARCHIVE_OK) {
        return YM_UNSUPPORTED;
    }
    add_passwords(a);
    before = uselocale(a->locale);
    rc = archive_read_open_memory(a->reader, a->data, a->size);
    (void)uselocale(before);
    return rc == ARCHIVE_OK || rc == ARCHIVE_WARN ? YM_OK : YM_MALFORMED;
}

ym_status ym_archive_open(ym_kind kind, const uint8_t *data, size_t size, locale_t locale,
                          struct ym_archive **ret_archive) {
    struct ym_archive *a = ym_zalloc(1, sizeof(*a));
    ym_status st;

    if (a == NULL) {
        return YM_NOMEM;
    }
    a->kind = kind;
    a->data = data;
    a->size = size;
    a->locale = locale;
    a->is_stream = ym_kind_holds(kind) == YM_HOLDS_STREAM;
    st = open_reader(a);
    if (st == YM_MALFORMED && kind == YM_KIND_GZIP) {
        a->broken = true; /* it may be cut off in its first block: see salvage() */
        st = YM_OK;
    }
    if (st != YM_OK) {
        ym_archive_close(a);
        return st;
    }
    *ret_archive = a;
    return YM_OK;
}

ym_status ym_archive_use(struct ym_archive *a, const struct ym_metadata *m, ym_cltype type) {
    a->metadata = m;
    a->type = type;
    a->want_entries = !a->is_stream && ym_metadata_any(m);
    if (a->kind == YM_KIND_ZIP) { /* of no other kind can libarchive decrypt members */
        ym_zip_init(&a->zip, a->data, a->size);
        if (ym_metadata_password(m, type, 0) != NULL) {
            return open_reader(a); /* which takes them only before it is opened */
        }
    }
    return YM_OK;
}

void ym_archive_close(struct ym_archive *a) {
    if (a == NULL) {
        return;
    }
    if (a->reader != NULL) {
        (void)archive_read_free(a->reader);
    }
    ym_free(a->kept_name);
    ym_free(a);
}

uint64_t ym_archive_members(const struct ym_archive *a) {
    return a->members;
}

/* ---- Gaps --------------------------------------------------------------------------------- */

static bool mentions(const char *text, const char *word) {
    return strstr(text, word) != NULL;
}

/* libarchive's numbers do not tell these apart, its words do. */
static ym_gap gap_of_error(const char *text) {
    if (mentions(text, "ncrypt") || mentions(text, "assphrase")) {
        return YM_GAP_ENCRYPTED;
    }
    if (mentions(text, "nsupported") || mentions(text, "not supported") ||
        mentions(text, "unavailable")) {
        return YM_GAP_UNSUPPORTED;
    }
    return mentions(text, "allocate") ? YM_GAP_MEMORY : YM_GAP_MALFORMED;
}

static void set_gap(struct ym_archive_step *step, ym_gap gap, bool of_member, const char *detail) {
    step->has_gap = true;
    step->gap = gap;
    step->gap_of_member = of_member;
    (void)snprintf(step->detail, sizeof(step->detail), "%s", detail);
}

static void set_error(const struct ym_archive *a, struct ym_archive_step *step, bool of_member) {
    const char *text = archive_error_string(a->reader);

    text = text == NULL ? "damaged" : text;
    set_gap(step, gap_of_error(text), of_member, text);
}

/* ---- Reading ------------------------------------------------------------------------------ */

/* The block belongs at offset; what lies between is a hole of a sparse file.  Once the limit is
 * met the rest is only counted. */
static void add_block(struct ym_archive *a, struct ym_archive_step *step, const void *block,
                      size_t n, uint64_t offset) {
    const size_t before = step->data.len;
    size_t fits = n;

    if (ym_buf_status(&step->data) != YM_OK) {
        a->produced += n;
        return;
    }
    if (offset > before) {
        (void)ym_buf_room(&step->data, (size_t)(offset - before));
    }
    if (fits > step->data.max - step->data.len) {
        fits = step->data.max - step->data.len;
    }
    ym_buf_add(&step->data, block, fits);
    if (fits < n && step->data.status == YM_OK) {
        step->data.status = YM_LIMIT;
    }
    a->produced += step->data.len - before + (n - fits);
}

/* true: this was the last block that may be read. */
static bool over_budget(struct ym_archive *a, const struct ym_archive_budget *budget,
                        struct ym_archive_step *step) {
    if (a->produced > budget->total_max) {
        set_gap(step, YM_GAP_SIZE, false, "unpacks to too many times its size");
    } else if (ym_now_ns() > budget->deadline_ns) {
        set_gap(step, YM_GAP_TIME, false, "out of time while unpacking");
    } else {
        return false;
    }
    a->ended = true;
    step->partial = true;
    step->missing_from = step->data.len;
    return true;
}

/* The whole member was read, but was all of it kept? */
static void check_kept(struct ym_archive_step *step, const struct ym_archive_budget *budget,
                       uint64_t listed_size) {
    if (ym_buf_status(&step->data) == YM_OK) {
        return;
    }
    step->partial = true;
    step->missing_from = step->data.len;
    step->missing = listed_size > step->data.len ? listed_size - step->data.len : 0;
    if (step->data.status == YM_LIMIT) {
        set_gap(step, budget->member_gap, true, "larger than the limit");
    } else {
        set_gap(step, YM_GAP_MEMORY, true, "out of memory");
    }
}

/* The stream ended where it should not: what was lost with the end? */
static void save_rest(struct ym_archive *a, const struct ym_archive_budget *budget,
                      struct ym_archive_step *step) {
    const uint64_t most = budget->total_max > a->produced ? budget->total_max - a->produced : 0;
    struct ym_buf again;

    if (a->kind != YM_KIND_GZIP || ym_buf_status(&step->data) != YM_OK) {
        return;
    }
    ym_buf_init(&again, step->data.max);
    if (ym_gunzip(a->data, a->size, most, budget->deadline_ns, &again) != YM_OK ||
        again.len <= step->data.len) {
        ym_buf_done(&again);
        return;
    }
    a->produced += again.len - step->data.len;
    ym_buf_done(&step->data);
    step->data = again;
}

static void read_data(struct ym_archive *a, const struct ym_archive_budget *budget,
                      struct ym_archive_step *step, uint64_t listed_size) {
    unsigned retries = 0;

    for (;;) {
        const void *block = NULL;
        size_t n = 0;
        la_int64_t offset = 0;
        int rc = archive_read_data_block(a->reader, &block, &n, &offset);

        if (rc == ARCHIVE_EOF) {
            check_kept(step, budget, listed_size);
            return;
        }
        if (rc == ARCHIVE_RETRY && retries++ < MAX_RETRIES) {
            continue;
        }
        if ((rc != ARCHIVE_OK && rc != ARCHIVE_WARN) || offset < 0) {
            save_rest(a, budget, step);
            step->partial = true;
            step->missing_from = step->data.len;
            a->ended = rc == ARCHIVE_FATAL;
            set_error(a, step, true);
            return;
        }
        add_block(a, step, block, n, (uint64_t)offset);
        if (over_budget(a, budget, step)) {
            return;
        }
    }
}

static const char *member_name(struct archive_entry *entry) {
    const char *name = archive_entry_pathname_utf8(entry);

    return name != NULL ? name : archive_entry_pathname(entry);
}

/* Directories, links and devices have no bytes; one that has some is read like a file. */
static bool has_no_bytes(struct archive_entry *entry) {
    mode_t type = archive_entry_filetype(entry);
    bool empty = !archive_entry_size_is_set(entry) || archive_entry_size(entry) <= 0;

    return archive_entry_symlink(entry) != NULL || type == AE_IFLNK || type == AE_IFCHR ||
           type == AE_IFBLK || type == AE_IFIFO || type == AE_IFSOCK ||
           (empty && (type == AE_IFDIR || archive_entry_hardlink(entry) != NULL));
}

static uint64_t listed_size(struct archive_entry *entry) {
    return archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0
               ? (uint64_t)archive_entry_size(entry)
               : 0;
}

/* The directory's entry of this name; libarchive gives members in the order of their headers, which
 * is nearly always that of the directory. */
static bool find_zip_entry(struct ym_archive *a, const char *name, struct ym_zip_entry *ret_entry) {
    size_t n = name == NULL ? 0 : strlen(name);

    for (unsigned round = 0; round < 2 && name != NULL; round++) {
        while (a->zip_steps < MAX_ZIP_STEPS && ym_zip_next(&a->zip, ret_entry)) {
            a->zip_steps++;
            if (ret_entry->name_len == n && memcmp(ret_entry->name, name, n) == 0) {
                return true;
            }
        }
        ym_zip_rewind(&a->zip);
    }
    return false;
}

static void describe(struct ym_archive *a, struct archive_entry *entry,
                     const struct ym_zip_entry *zip, struct ym_archive_step *step) {
    const bool stored = a->kind == YM_KIND_TAR || a->kind == YM_KIND_CPIO ||
                        a->kind == YM_KIND_AR || a->kind == YM_KIND_ISO9660;
    struct ym_member *m = &step->entry;

    step->has_entry = true;
    m->name = step->name;
    m->number = a->number;
    m->encrypted = archive_entry_is_encrypted(entry) != 0;
    m->has_size = archive_entry_size_is_set(entry) != 0;
    m->size = listed_size(entry);
    m->has_packed = stored && m->has_size;
    m->packed = m->size;
    if (zip != NULL) {
        m->has_size = true;
        m->size = zip->size;
        m->has_packed = true;
        m->packed = zip->packed;
        m->has_crc = true;
        m->crc = zip->crc;
        m->encrypted = m->encrypted || zip->encrypted;
    }
}

static uint32_t crc32_of(const uint8_t *data, size_t n) {
    enum { POLYNOMIAL = 0x6db88320 }; /* reflected, without its highest bit */
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < n; i++) {
        crc ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? (crc >> 1) ^ (UINT32_C(1) << 31 | POLYNOMIAL) : crc >> 1;
        }
    }
    return ~crc;
}

static bool is_good(const struct ym_archive_step *step, const struct ym_zip_entry *zip) {
    return !step->has_gap && crc32_of(step->data.data, step->data.len) == zip->crc;
}

/* A new reader, at the member where the last one was. */
static bool open_at_member(struct ym_archive *a) {
    struct archive_entry *entry = NULL;
    bool there = open_reader(a) == YM_OK;

    for (uint64_t i = 0; i < a->number && there; i++) {
        int rc = archive_read_next_header(a->reader, &entry);

        there = a->retry_steps++ < MAX_RETRY_STEPS && (rc == ARCHIVE_OK || rc == ARCHIVE_WARN);
    }
    return there;
}

/* Reads the member at hand again, with a->only_password and a reader of its own. */
static bool read_again(struct ym_archive *a, const struct ym_archive_budget *budget,
                       const struct ym_zip_entry *zip, struct ym_archive_step *step,
                       uint64_t size) {
    bool there = open_at_member(a);

    if (there) {
        step->has_gap = false;
        step->partial = false;
        ym_buf_clear(&step->data);
        read_data(a, budget, step, size);
    }
    return there && is_good(step, zip);
}

/* libarchive stops at the first password that passes the format's own test, which one in 256 wrong
 * ones does. */
static bool try_each_password(struct ym_archive *a, const struct ym_archive_budget *budget,
                              const struct ym_zip_entry *zip, struct ym_archive_step *step,
                              uint64_t size) {
    struct archive *reader = a->reader;
    bool ended = a->ended;
    bool good = false;

    ym_free(a->kept_name); /* the name is the reader's, which may have to go */
    a->kept_name = step->name == NULL ? NULL : ym_strdup(step->name);
    step->name = a->kept_name;
    step->entry.name = a->kept_name;

    for (uint32_t i = 0; i < MAX_PASSWORDS && !good && !a->second; i++) {
        a->only_password = ym_metadata_password(a->metadata, a->type, i);
        if (a->only_password == NULL || a->retry_steps >= MAX_RETRY_STEPS ||
            a->produced > budget->total_max || ym_now_ns() > budget->deadline_ns) {
            break;
        }
        a->reader = NULL;
        good = read_again(a, budget, zip, step, size);
        (void)archive_read_free(a->reader);
    }
    a->only_password = NULL;
    a->reader = reader;
    if (ended && !a->second && open_at_member(a)) { /* the wrong bytes were fatal to it */
        ended = false;
    }
    a->ended = ended;
    return good;
}

/* With the passwords that are known; only bytes of the right checksum are taken.  As in the peer only
 * the old encryption of zips is tried. */
static void read_encrypted(struct ym_archive *a, const struct ym_archive_budget *budget,
                           const struct ym_zip_entry *zip, struct ym_archive_step *step,
                           uint64_t size) {
    bool good = false;

    if (a->has_passwords && zip != NULL && zip->method != YM_ZIP_METHOD_AES) {
        read_data(a, budget, step, size);
        good = is_good(step, zip);
        if (step->has_gap && step->gap != YM_GAP_ENCRYPTED && step->gap != YM_GAP_MALFORMED) {
            return; /* a limit */
        }
        if (!good && (!step->has_gap || step->gap == YM_GAP_MALFORMED)) {
            good = try_each_password(a, budget, zip, step, size);
        }
    }
    if (!good) {
        ym_buf_clear(&step->data);
        step->partial = false;
        step->missing_from = 0;
        step->missing = size;
        set_gap(step, YM_GAP_ENCRYPTED, true, "encrypted, no password known");
    }
}

static void read_member(struct ym_archive *a, struct archive_entry *entry,
                        const struct ym_archive_budget *budget, struct ym_archive_step *step) {
    const uint64_t size = listed_size(entry);
    const bool encrypted = archive_entry_is_encrypted(entry) != 0;
    struct ym_zip_entry zip;
    bool has_zip = false;

    step->name = a->is_stream ? NULL : member_name(entry);
    step->number = a->number;
    if (a->kind == YM_KIND_ZIP && (a->want_entries || (encrypted && a->has_passwords))) {
        has_zip = find_zip_entry(a, archive_entry_pathname(entry), &zip);
    }
    if (a->want_entries) {
        describe(a, entry, has_zip ? &zip : NULL, step);
    }
    if (has_no_bytes(entry)) {
        return;
    }
    if (encrypted) {
        read_encrypted(a, budget, has_zip ? &zip : NULL, step, size);
    } else {
        read_data(a, budget, step, size);
    }
    if (encrypted && step->has_gap && step->gap == YM_GAP_ENCRYPTED) {
        return;
    }
    step->has_member = step->data.len > 0 || (archive_entry_filetype(entry) == AE_IFREG);
    a->members += step->has_member ? 1 : 0;
}

/* An image may have a second directory tree, with long names; the two need not agree, so each is
 * read on its own.  Its descriptor: type 2, an escape sequence of UCS-2. */
static bool has_joliet(const struct ym_archive *a) {
    enum { FIRST = 0x8000, SECTOR = 2048, MAX_DESCRIPTORS = 16, ESCAPES_AT = 88 };

    for (unsigned i = 0; i < MAX_DESCRIPTORS; i++) {
        struct ym_reader r;
        const uint8_t *escape;

        ym_reader_init(&r, a->data, a->size);
        ym_seek(&r, FIRST + (uint64_t)i * SECTOR);
        if (ym_get_u8(&r) == 2) {
            ym_skip(&r, ESCAPES_AT - 1);
            escape = ym_get_view(&r, 3);
            if (escape != NULL && escape[0] == '%' && escape[1] == '/') {
                return true;
            }
        }
    }
    return false;
}

/* The archive is read to its end: is there another view of it, or something to say?
 *   ISO 9660: the tree of long names, which need not hold the same files as the first
 *   zip: the members that the directory does not list */
static ym_status at_end(struct ym_archive *a, struct ym_archive_step *step) {
    enum { NOTHING_MUCH = 1024 }; /* an archive of this size may well be empty */

    if (!a->second &&
        ((a->kind == YM_KIND_ISO9660 && has_joliet(a)) ||
         (a->kind == YM_KIND_ZIP && ym_zip_count_members(a->data, a->size) > a->number))) {
        a->second = true;
        return open_reader(a);
    }
    a->ended = true;
    if (a->number == 0 && !a->told && a->size > NOTHING_MUCH && !a->is_stream) {
        set_gap(step, YM_GAP_MALFORMED, false, "no member was found");
        return YM_OK;
    }
    return YM_END;
}

/* The next header.  END: no more; OK with *ret_entry NULL: a gap was noted. */
static ym_status next_header(struct ym_archive *a, struct ym_archive_step *step,
                             struct archive_entry **ret_entry) {
    int rc = archive_read_next_header(a->reader, ret_entry);

    if (rc == ARCHIVE_EOF) {
        *ret_entry = NULL;
        return at_end(a, step);
    }
    a->number++;
    if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN) {
        if (a->is_stream && archive_filter_code(a->reader, 0) == ARCHIVE_FILTER_NONE) {
            a->ended = true;
            *ret_entry = NULL;
            set_gap(step, YM_GAP_MALFORMED, false, "damaged at its very start");
        }
        return YM_OK;
    }
    *ret_entry = NULL;
    a->ended = rc == ARCHIVE_FATAL || ++a->retries > MAX_RETRIES;
    set_error(a, step, false);
    return YM_OK;
}

/* Of a stream that libarchive gives up before its first byte: what there is, and the gap. */
static ym_status salvage(struct ym_archive *a, const struct ym_archive_budget *budget,
                         struct ym_archive_step *step) {
    a->ended = true;
    a->number = 1;
    step->number = 1;
    save_rest(a, budget, step);
    step->has_member = step->data.len > 0;
    step->partial = true;
    step->missing_from = step->data.len;
    a->members += step->has_member ? 1 : 0;
    set_gap(step, YM_GAP_MALFORMED, step->has_member, "damaged, or cut off");
    return YM_OK;
}

static ym_status next(struct ym_archive *a, const struct ym_archive_budget *budget,
                      struct ym_archive_step *step) {
    for (;;) {
        struct archive_entry *entry = NULL;

        if (a->ended) {
            return YM_END;
        }
        if (ym_now_ns() > budget->deadline_ns) {
            a->ended = true;
            set_gap(step, YM_GAP_TIME, false, "out of time while unpacking");
            return YM_OK;
        }
        if (a->broken) {
            return salvage(a, budget, step);
        }
        YM_TRY(next_header(a, step, &entry));
        if (a->kind == YM_KIND_GZIP && entry == NULL && step->has_gap) {
            return salvage(a, budget, step);
        }
        if (entry != NULL && (a->want_entries || !has_no_bytes(entry))) {
            read_member(a, entry, budget, step);
        }
        if (step->has_member || step->has_gap || step->has_entry) {
            return YM_OK;
        }
    }
}

ym_status ym_archive_next(struct ym_archive *a, const struct ym_archive_budget *budget,
                          struct ym_archive_step *ret_step) {
    struct ym_archive_step step = {.has_member = false};
    locale_t before = uselocale(a->locale);
    ym_status st;

    ym_buf_init(&step.data, budget->member_max > SIZE_MAX ? SIZE_MAX : (size_t)budget->member_max);
    st = next(a, budget, &step);
    (void)uselocale(before);
    if (st != YM_OK) {
        ym_buf_done(&step.data);
        return st;
    }
    if (!step.has_member) {
        ym_buf_done(&step.data);
    }
    a->told = a->told || step.has_gap;
    step.data.status = YM_OK; /* the limit is told by the gap */
    *ret_step = step;
    return YM_OK;
}
