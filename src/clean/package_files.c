/* package_files.c - files of the distribution whose content is not what the package manager says, and files
 * in its places that no package has.  Kind `package-file` of docs/formats/family.md.
 *
 * Looked up the other way round: first the places that the families ask for (some hundred), then the
 * database is read once, and of its hundred thousand lines those of these places are kept.
 *
 * Several packages may give different digests for one path: after a file moved from one package to another
 * the former's list still has it.  Any of them will do.  A diverted path (dpkg-divert) is that of the file
 * that was put there instead.  Who replaces a file may change its digest in the database as well: this
 * finds what was not hidden that well, `debsums` from a mirror finds more.
 *
 * prelink rewrites programs and libraries where they lie, so that none of them is as in its package: where
 * it was used nothing is compared.  The database of rpm is not read here.  That is told as a word of the plan and not as a gap: it is so
 * on every such system, says nothing of this one, and `rpm -Va` answers it. */
#include "detect.h"

#include "base/text.h"
#include "clean/packages.h"
#include "os/file.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LIST_BYTES_MAX = 64 << 20, /* bytes of one file of the database: apk has a single one */
    PLACES_MAX = 100000
};

struct answer { /* one package's word on one place */
    struct answer *next;
    const char *package;
    uint8_t digest[YM_PACKAGE_DIGEST_MAX];
    size_t digest_n;
};

struct place {
    const char *path;
    struct answer *answers; /* with a digest */
    bool listed;            /* a package has it */
};

struct diversion {
    struct diversion *next;
    const char *from, *to, *package;
};

struct ym_clean_packages {
    struct place *places; /* sorted by path */
    size_t n, room;
    struct diversion *diversions;
    bool apk;
};

/* --- the places --------------------------------------------------------------------------------- */

static ym_status add_place(struct ym_clean_scan *s, const char *path) {
    struct ym_clean_packages *p = s->packages;
    struct stat sb;

    if (ym_volume_stat(s->volume, path, &sb, NULL) != YM_OK || !S_ISREG(sb.st_mode)) {
        return YM_OK;
    }
    if (p->n == p->room) {
        size_t room = p->room == 0 ? 256 : p->room * 2;
        struct place *bigger =
            room > PLACES_MAX ? NULL : YM_ARENA_ARRAY(s->arena, room, struct place);

        if (bigger == NULL) {
            return ym_scan_no_memory(s);
        }
        if (p->n > 0) {
            memcpy(bigger, p->places, p->n * sizeof(*bigger));
        }
        p->places = bigger;
        p->room = room;
    }
    p->places[p->n++] = (struct place){.path = path};
    return YM_OK;
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const struct place *)a)->path, ((const struct place *)b)->path);
}

static struct place *find_place(const struct ym_clean_packages *p, const char *path) {
    struct place key = {.path = path};

    return p->n == 0 ? NULL : bsearch(&key, p->places, p->n, sizeof(key), by_path);
}

/* Of all families that were read, so that the database is read once. */
static ym_status find_places(struct ym_clean_scan *s) {
    const struct ym_family *family = s->family;
    const struct ym_artefact *artefact = s->artefact;
    struct ym_clean_packages *p = s->packages;
    size_t kept = 0;

    for (const struct ym_family *f = ym_families_first(s->families); f != NULL; f = f->next) {
        for (size_t i = 0; i < f->n_artefacts; i++) {
            s->family = f;
            s->artefact = &f->artefacts[i];
            if (s->artefact->kind == YM_ARTEFACT_PACKAGE_FILE) {
                YM_TRY(ym_scan_each_path(s, add_place));
            }
        }
    }
    s->family = family;
    s->artefact = artefact;
    if (p->n > 1) {
        qsort(p->places, p->n, sizeof(*p->places), by_path);
    }
    for (size_t i = 0; i < p->n; i++) {
        if (i == 0 || strcmp(p->places[i].path, p->places[kept - 1].path) != 0) {
            p->places[kept++] = p->places[i];
        }
    }
    p->n = kept;
    return YM_OK;
}

/* --- the database ------------------------------------------------------------------------------- */

/* Where a package's file lies: diverted, and under the folder's own name (a merged /usr). */
static const char *true_path(struct ym_clean_scan *s, const char *path, const char *package) {
    for (const struct diversion *d = s->packages->diversions; d != NULL; d = d->next) {
        if (strcmp(d->from, path) == 0 && strcmp(d->package, package) != 0) {
            path = d->to;
            break;
        }
    }
    return ym_scan_own_name(s, path);
}

/* "libc6:amd64" is the package libc6 in diversions. */
static ym_status on_file(void *ctx, const struct ym_package_file *file) {
    struct ym_clean_scan *s = ctx;
    const char *path = true_path(s, file->path, file->package);
    struct place *place = path == NULL ? NULL : find_place(s->packages, path);
    struct answer *a;

    if (path == NULL) {
        return ym_scan_no_memory(s);
    }
    if (place == NULL) {
        return YM_OK;
    }
    place->listed = true;
    if (file->digest_n == 0) {
        return YM_OK;
    }
    a = YM_ARENA_NEW(s->arena, struct answer);
    if (a == NULL ||
        (a->package = ym_arena_strndup(s->arena, file->package, strlen(file->package))) == NULL) {
        return ym_scan_no_memory(s);
    }
    memcpy(a->digest, file->digest, file->digest_n);
    a->digest_n = file->digest_n;
    a->next = place->answers;
    place->answers = a;
    return YM_OK;
}

static ym_status on_diversion(void *ctx, const struct ym_package_diversion *d) {
    struct ym_clean_scan *s = ctx;
    struct diversion *copy = YM_ARENA_NEW(s->arena, struct diversion);

    if (copy == NULL ||
        (copy->from = ym_arena_strndup(s->arena, d->from, strlen(d->from))) == NULL ||
        (copy->to = ym_arena_strndup(s->arena, d->to, strlen(d->to))) == NULL ||
        (copy->package = ym_arena_strndup(s->arena, d->package, strlen(d->package))) == NULL) {
        return ym_scan_no_memory(s);
    }
    copy->next = s->packages->diversions;
    s->packages->diversions = copy;
    return YM_OK;
}

enum list { MD5SUMS, LIST, DIVERSIONS, APK };

static ym_status parse_list(struct ym_clean_scan *s, enum list what, const char *package,
                            struct ym_reader r, size_t *ret_bad) {
    switch (what) {
    case MD5SUMS:
        return ym_package_md5sums(r, package, on_file, s, ret_bad);
    case LIST:
        return ym_package_list(r, package, on_file, s, ret_bad);
    case DIVERSIONS:
        return ym_package_diversions(r, on_diversion, s, ret_bad);
    case APK:
        break;
    }
    return ym_package_apk(r, on_file, s, ret_bad);
}

/* A file of the database that cannot be read is a gap: what its package has was not compared. */
static ym_status read_list(struct ym_clean_scan *s, enum list what, const char *path,
                           const char *package) {
    struct ym_err why = {0};
    struct ym_reader r;
    struct ym_buf text;
    size_t bad = 0;
    int fd = -1;
    ym_status st = ym_volume_open_file(s->volume, path, &fd, &why);

    if (st != YM_OK) {
        return st == YM_END ? YM_OK : ym_scan_tolerate(s, st, path, &why);
    }
    ym_buf_init(&text, LIST_BYTES_MAX);
    st = ym_file_read_all(fd, path, &text, &why);
    (void)close(fd);
    if (st != YM_OK) {
        st = ym_scan_tolerate(s, st, path, &why);
    } else {
        ym_reader_init(&r, text.len == 0 ? (const uint8_t *)"" : text.data, text.len);
        st = parse_list(s, what, package, r, &bad);
    }
    ym_buf_done(&text);
    if (st == YM_OK && bad > 0) {
        st = ym_scan_gap(s, path, "lines of the package database that could not be read");
    }
    return st;
}

/* var/lib/dpkg/info/NAME.md5sums, or .list */
static ym_status read_dpkg(struct ym_clean_scan *s, enum list what, const char *ending) {
    static const char folder[] = "var/lib/dpkg/info";
    struct ym_err why = {0};
    struct ym_names names;
    ym_status st = ym_volume_list(s->volume, s->arena, folder, &names, &why);

    if (st != YM_OK) {
        return st == YM_END ? YM_OK : ym_scan_tolerate(s, st, folder, &why);
    }
    for (size_t i = 0; i < names.n; i++) {
        const size_t n = strlen(names.v[i]);
        const size_t end = strlen(ending);
        const char *path;
        const char *package;

        if (n <= end || strcmp(names.v[i] + n - end, ending) != 0) {
            continue;
        }
        path = ym_scan_printf(s, "%s/%s", folder, names.v[i]);
        package = ym_scan_printf(s, "%.*s", (int)strcspn(names.v[i], ":"), names.v[i]);
        package = package != NULL && strlen(package) == n
                      ? ym_scan_printf(s, "%.*s", (int)(n - end), names.v[i])
                      : package;
        if (path == NULL || package == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(read_list(s, what, path, package));
    }
    return YM_OK;
}

static bool is_there(const struct ym_clean_scan *s, const char *path) {
    struct stat sb;

    return ym_volume_stat(s->volume, path, &sb, NULL) == YM_OK;
}

/* Which one this system has; a folder without packages is none. */
static const char *database_of(const struct ym_clean_scan *s) {
    static const char *const rpm[] = {
        "var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages", "var/lib/rpm/Packages.db",
        "usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/Packages.db"};

    if (is_there(s, "etc/prelink.cache")) {
        return "prelinked";
    }
    if (is_there(s, "var/lib/dpkg/info")) {
        return "dpkg";
    }
    if (is_there(s, "lib/apk/db/installed") || is_there(s, "usr/lib/apk/db/installed")) {
        return "apk";
    }
    for (size_t i = 0; i < sizeof(rpm) / sizeof(rpm[0]); i++) {
        if (is_there(s, rpm[i])) {
            return "rpm";
        }
    }
    return "none";
}

/* What the database says of the places. */
static ym_status read_lists(struct ym_clean_scan *s) {
    if (s->packages->n == 0) {
        return YM_OK;
    }
    if (strcmp(s->plan->packages, "dpkg") == 0) {
        YM_TRY(read_list(s, DIVERSIONS, "var/lib/dpkg/diversions", ""));
        YM_TRY(read_dpkg(s, MD5SUMS, ".md5sums"));
        return read_dpkg(s, LIST, ".list");
    }
    if (strcmp(s->plan->packages, "apk") == 0) {
        s->packages->apk = true;
        return read_list(s, APK,
                         is_there(s, "lib/apk/db/installed") ? "lib/apk/db/installed"
                                                             : "usr/lib/apk/db/installed",
                         "");
    }
    return YM_OK;
}

static ym_status read_database(struct ym_clean_scan *s) {
    s->packages = YM_ARENA_NEW(s->arena, struct ym_clean_packages);
    if (s->packages == NULL) {
        return ym_scan_no_memory(s);
    }
    s->plan->packages = database_of(s);
    YM_TRY(find_places(s));
    return read_lists(s);
}

/* --- one place ---------------------------------------------------------------------------------- */

static const EVP_MD *digest_of(size_t n) {
    return n == 16 ? EVP_md5() : n == 20 ? EVP_sha1() : EVP_sha256();
}

static const char *digest_word(size_t n) {
    return n == 16 ? "MD5" : n == 20 ? "SHA-1" : "SHA-256";
}

/* END: the file is gone, or could not be read, which is a gap. */
static ym_status hash_file(struct ym_clean_scan *s, const char *path, size_t n,
                           uint8_t ret_digest[EVP_MAX_MD_SIZE]) {
    struct ym_err why = {0};
    uint64_t size;
    int fd = -1;
    ym_status st = ym_volume_open_file(s->volume, path, &fd, &why);

    if (st == YM_OK) {
        st = ym_clean_digest_fd(fd, path, digest_of(n), ret_digest, &size, &why);
        (void)close(fd);
    }
    if (st != YM_OK) {
        YM_TRY(st == YM_END ? YM_OK : ym_scan_tolerate(s, st, path, &why));
        return YM_END;
    }
    return YM_OK;
}

static const char *leaf_of(const char *path) {
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool is_answer(const struct place *place, const uint8_t *digest, size_t n) {
    for (const struct answer *a = place->answers; a != NULL; a = a->next) {
        if (a->digest_n == n && memcmp(a->digest, digest, n) == 0) {
            return true;
        }
    }
    return false;
}

/* The copy of the original that the family keeps, when it is what the package says. */
static ym_status put_original_back(struct ym_clean_scan *s, const struct ym_clean_finding *f,
                                   const struct place *place) {
    const char *from = ym_scan_printf(s, "%s/%s", s->artefact->original, leaf_of(place->path));
    struct ym_clean_step step = {.op = YM_STEP_REPLACE_FILE, .file = place->path, .why = f};
    uint8_t digest[EVP_MAX_MD_SIZE];
    ym_status st;

    if (from == NULL) {
        return ym_scan_no_memory(s);
    }
    if (!is_there(s, from)) {
        return YM_OK;
    }
    st = hash_file(s, from, place->answers->digest_n, digest);
    if (st != YM_OK || !is_answer(place, digest, place->answers->digest_n)) {
        return st == YM_END ? YM_OK : st;
    }
    st = hash_file(s, from, 32, digest);
    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    ym_hex_encode(digest, 32, step.sha256);
    step.from = from;
    step.old_text = "a file that is not the package's (goes into the quarantine)";
    step.new_text =
        ym_scan_printf(s, "the file of package %s, from %s", place->answers->package, from);
    return step.new_text == NULL ? ym_scan_no_memory(s) : ym_scan_file_step(s, &step);
}

static ym_status changed_file(struct ym_clean_scan *s, const struct place *place,
                              const uint8_t *digest) {
    const struct answer *a = place->answers;
    struct ym_clean_finding *f;
    char is[2 * EVP_MAX_MD_SIZE + 1];
    char should[2 * YM_PACKAGE_DIGEST_MAX + 1];
    const char *what;

    ym_hex_encode(digest, a->digest_n, is);
    ym_hex_encode(a->digest, a->digest_n, should);
    what = ym_scan_printf(
        s,
        "not the file of package %s (%s %s instead of %s); cure: install the package "
        "again (%s %s)",
        a->package, digest_word(a->digest_n), is, should,
        s->packages->apk ? "apk fix" : "apt-get install --reinstall", a->package);
    YM_TRY(ym_scan_finding(s, leaf_of(place->path), s->artefact->weight, place->path,
                           ym_scan_with_locks(s, place->path, what), &f));
    return s->artefact->original == NULL || s->artefact->report_only
               ? YM_OK
               : put_original_back(s, f, place);
}

/* Without a package's word: another file lies where the family keeps the original.  Whether that is the
 * original cannot be told, so it is not put back. */
static ym_status over_another(struct ym_clean_scan *s, const struct place *place) {
    const char *kept = ym_scan_printf(s, "%s/%s", s->artefact->original, leaf_of(place->path));
    uint8_t here[EVP_MAX_MD_SIZE];
    uint8_t there[EVP_MAX_MD_SIZE];
    struct ym_clean_finding *f;
    ym_status st;

    if (kept == NULL) {
        return ym_scan_no_memory(s);
    }
    if (!is_there(s, kept)) {
        return YM_OK;
    }
    st = hash_file(s, place->path, 32, here);
    st = st == YM_OK ? hash_file(s, kept, 32, there) : st;
    if (st != YM_OK || memcmp(here, there, 32) == 0) {
        return st == YM_END ? YM_OK : st;
    }
    return ym_scan_finding(
        s, leaf_of(place->path), s->artefact->weight, place->path,
        ym_scan_with_locks(s, place->path,
                           ym_scan_printf(s,
                                          "lies over the program that this family moved to %s; "
                                          "cure: install its package again",
                                          kept)),
        &f);
}

static bool is_read(const struct ym_clean_scan *s) {
    return strcmp(s->plan->packages, "dpkg") == 0 || strcmp(s->plan->packages, "apk") == 0;
}

static ym_status without_answer(struct ym_clean_scan *s, const struct place *place) {
    struct ym_clean_finding *f;

    if (s->artefact->original != NULL) {
        YM_TRY(over_another(s, place));
    }
    return place->listed || !s->artefact->unlisted || !is_read(s)
               ? YM_OK
               : ym_scan_finding(s, "unlisted", YM_WEIGHT_WEAK, place->path,
                                 ym_scan_with_locks(s, place->path, "no package has this file"),
                                 &f);
}

static ym_status one_package_file(struct ym_clean_scan *s, const char *path) {
    const struct place *place = find_place(s->packages, path);
    uint8_t digest[EVP_MAX_MD_SIZE];
    ym_status st;

    if (place == NULL) {
        return YM_OK; /* no regular file */
    }
    s->plan->objects++;
    if (place->answers == NULL) {
        return without_answer(s, place);
    }
    st = hash_file(s, path, place->answers->digest_n, digest);
    if (st != YM_OK) {
        return st == YM_END ? YM_OK : st;
    }
    return is_answer(place, digest, place->answers->digest_n) ? YM_OK
                                                              : changed_file(s, place, digest);
}

/* The packages' word on these places; the database is read for them alone. */
static ym_status ask_about(struct ym_clean_scan *s, struct ym_clean_packages *these) {
    struct ym_clean_packages *asked = s->packages;
    const char *word = s->plan->packages;
    ym_status st;

    s->packages = these;
    s->plan->packages = word == NULL ? database_of(s) : word;
    st = read_lists(s);
    s->packages = asked;
    s->plan->packages = word;
    return st;
}

static ym_status is_as_packaged(struct ym_clean_scan *s, const struct place *place,
                                bool *ret_packaged) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    ym_status st;

    *ret_packaged = place->answers == NULL && place->listed;
    if (place->answers == NULL) {
        return YM_OK;
    }
    st = hash_file(s, place->path, place->answers->digest_n, digest);
    *ret_packaged = st == YM_OK && is_answer(place, digest, place->answers->digest_n);
    return st == YM_END ? YM_OK : st;
}

ym_status ym_scan_are_packaged(struct ym_clean_scan *s, const char *const *paths, size_t n,
                               bool *ret_packaged) {
    struct ym_clean_packages these = {.places = YM_ARENA_ARRAY(s->arena, n, struct place),
                                      .room = n};

    if (these.places == NULL) {
        return ym_scan_no_memory(s);
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(paths[i], paths[i - 1]) != 0) {
            these.places[these.n++] = (struct place){.path = paths[i]};
        }
    }
    YM_TRY(ask_about(s, &these));
    for (size_t i = 0; i < n; i++) {
        const struct place *place = find_place(&these, paths[i]);

        ret_packaged[i] = false;
        if (place != NULL) {
            YM_TRY(is_as_packaged(s, place, &ret_packaged[i]));
        }
    }
    return YM_OK;
}

ym_status ym_scan_package_file(struct ym_clean_scan *s) {
    if (s->packages == NULL) {
        YM_TRY(read_database(s));
    }
    return ym_scan_each_path(s, one_package_file);
}
