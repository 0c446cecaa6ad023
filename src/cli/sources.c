/* sources.c - from paths to a list of databases, in the order they are loaded.  See load.h.
 *
 * The type of a file is the end of its name, as clamscan has it.  A folder is read one level deep,
 * in order of the names, so that an image does not depend on the file system.  YARA sources get a
 * name space each as soon as there is more than one (two vendors may both have a rule `test`); a
 * single file keeps YARA's own "default". */
#include "load.h"

#include "base/alloc.h"
#include "base/text.h"
#include "cli.h"
#include "os/walk.h"
#include "signatures/clamav.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char module[] = "databases";

static void source_done(struct ym_source *s) {
    ym_free(s->root);
    ym_free(s->leaf);
    ym_free(s->shown);
    ym_free(s->ns);
    ym_free(s->text);
}

void ym_sources_done(struct ym_sources *s) {
    for (size_t i = 0; i < s->n; i++) {
        source_done(&s->rows[i]);
    }
    ym_free(s->rows);
    *s = (struct ym_sources){.rows = NULL};
}

bool ym_sources_have(const struct ym_sources *s, bool images) {
    for (size_t i = 0; i < s->n; i++) {
        if ((s->rows[i].kind == YM_SOURCE_IMAGE) == images) {
            return true;
        }
    }
    return false;
}

void ym_sources_keep(struct ym_sources *s, size_t from, ym_source_kind kind) {
    size_t n = from;

    for (size_t i = from; i < s->n; i++) {
        if (s->rows[i].kind == kind) {
            s->rows[n++] = s->rows[i];
        } else {
            source_done(&s->rows[i]);
        }
    }
    s->n = n;
}

static const char *leaf_of(const char *path) {
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool kind_of(const char *name, ym_source_kind *ret_kind) {
    if (ym_ends_with_nocase(name, ".ydb")) {
        *ret_kind = YM_SOURCE_IMAGE;
    } else if (ym_ends_with_nocase(name, ".yar") || ym_ends_with_nocase(name, ".yara")) {
        *ret_kind = YM_SOURCE_YARA;
    } else {
        *ret_kind = YM_SOURCE_CLAMAV; /* of what is not read, the loader words the refusal */
        return ym_clamav_classify(name) != YM_CLAMAV_NOT;
    }
    return true;
}

/* "name", or "name:2" when another YARA source has it. */
static char *name_space(const struct ym_sources *s, const char *leaf) {
    char text[512];
    unsigned same = 0;

    for (size_t i = 0; i < s->n; i++) {
        same += s->rows[i].kind == YM_SOURCE_YARA && strcmp(s->rows[i].leaf, leaf) == 0;
    }
    if (same == 0) {
        return ym_strdup(leaf);
    }
    (void)snprintf(text, sizeof(text), "%s:%u", leaf, same + 1);
    return ym_strdup(text);
}

static ym_status out_of_memory(const char *path, struct ym_err *err) {
    return ym_fail_at(err, YM_NOMEM, module, path, 0, 0, "out of memory");
}

static ym_status add_row(struct ym_sources *s, ym_source_kind kind, const char *path,
                         struct ym_err *err) {
    const char *leaf = leaf_of(path);
    size_t root_len = (size_t)(leaf - path);
    struct ym_source row = {
        .kind = kind,
        .root = root_len == 0 ? ym_strdup(".") : ym_strndup(path, root_len),
        .leaf = ym_strdup(leaf),
        .shown = ym_strdup(path),
        .ns = name_space(s, leaf),
    };

    if (s->n == s->room) {
        size_t want = s->room == 0 ? 16 : s->room * 2;
        struct ym_source *more = ym_realloc_array(s->rows, want, sizeof(*more));

        if (more != NULL) {
            s->rows = more;
            s->room = want;
        }
    }
    if (row.root == NULL || row.leaf == NULL || row.shown == NULL || row.ns == NULL ||
        s->n == s->room) {
        source_done(&row);
        return out_of_memory(path, err);
    }
    s->rows[s->n++] = row;
    return YM_OK;
}

/* Some containers come with a signature in a file beside them. */
static void tell_of_signature(const struct ym_walk_entry *e) {
    if (ym_ends_with_nocase(e->name, ".cvd.sign") || ym_ends_with_nocase(e->name, ".cld.sign")) {
        ym_cli_warn("%s: detached signatures (.sign) are not checked", e->path);
    }
}

static ym_status add_folder(struct ym_sources *s, const char *path, struct ym_err *err) {
    size_t before = s->n;
    struct ym_walk_entry e;
    struct ym_walk *w;
    ym_status st = YM_OK;

    YM_TRY(ym_walk_new(path, false, &w, err));
    while (st == YM_OK && ym_walk_next(w, &e)) {
        ym_source_kind kind;
        struct stat sb;

        if (e.kind == YM_WALK_ERROR) {
            *err = e.err;
            st = e.err.code;
        } else if (kind_of(e.name, &kind) && stat(e.path, &sb) == 0 && S_ISREG(sb.st_mode)) {
            st = add_row(s, kind, e.path, err); /* a link to a file is as good as a file here */
        } else {
            tell_of_signature(&e);
        }
    }
    ym_walk_free(w);
    if (st == YM_OK && s->n == before) {
        st = ym_fail_at(err, YM_UNSUPPORTED, module, path, 0, 0,
                        "no signatures in this folder; files are known by .ydb, .yar, .yara and "
                        "ClamAV's extensions");
    }
    return st;
}

ym_status ym_sources_add(struct ym_sources *s, const char *path, struct ym_err *err) {
    ym_source_kind kind;
    struct stat sb;

    s->n_named++;
    if (stat(path, &sb) < 0) {
        return ym_fail_errno(err, module, path, errno, "cannot open the signatures");
    }
    if (S_ISDIR(sb.st_mode)) {
        return add_folder(s, path, err);
    }
    if (!kind_of(leaf_of(path), &kind)) {
        return ym_fail_at(err, YM_UNSUPPORTED, module, path, 0, 0,
                          "unknown type of signatures; known are .ydb, .yar, .yara and ClamAV's "
                          "extensions");
    }
    return add_row(s, kind, path, err);
}

ym_status ym_sources_add_text(struct ym_sources *s, const char *name, const char *text,
                              struct ym_err *err) {
    ym_source_kind kind;

    if (!kind_of(name, &kind) || kind == YM_SOURCE_IMAGE) {
        return ym_fail_at(err, YM_UNSUPPORTED, module, name, 0, 0, "no type of signatures");
    }
    YM_TRY(add_row(s, kind, name, err));
    s->rows[s->n - 1].text = ym_strdup(text);
    return s->rows[s->n - 1].text == NULL ? out_of_memory(name, err) : YM_OK;
}
