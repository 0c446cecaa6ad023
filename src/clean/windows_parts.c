/* windows_parts.c - what several detectors of the registry do: paths on the volume of what values
 * name, lists of texts, keys that go as a whole. */
#include "windows_int.h"

#include "base/text.h"
#include "base/utf16.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

/* --- paths ------------------------------------------------------------------------------------ */

const char *ym_win_volume_path(struct ym_clean_scan *s, const char *text) {
    static const char *const vars[][2] = {{"%systemroot%", NULL},
                                          {"%windir%", NULL},
                                          {"%systemdrive%", ""},
                                          {"%programfiles%", "Program Files"}};
    const char *folder = "";
    char *path;

    if (text == NULL) {
        return NULL;
    }
    if (ym_is_alpha((unsigned char)text[0]) && text[1] == ':') {
        text += 2;
    }
    for (size_t i = 0; i < 4; i++) {
        size_t n = strlen(vars[i][0]);

        if (strncasecmp(text, vars[i][0], n) == 0) {
            folder = vars[i][1] == NULL ? s->windows : vars[i][1];
            text += n;
        }
    }
    if (text[0] != '\\' && text[0] != '/') {
        return NULL;
    }
    path = ym_scan_printf(s, "%s%s", folder, folder[0] == '\0' ? text + 1 : text);
    for (char *p = path; p != NULL && *p != '\0'; p++) {
        *p = (char)(*p == '\\' ? '/' : *p);
    }
    return path;
}

bool ym_win_in_folders(const struct ym_texts *folders, const char *path) {
    const char *slash = strrchr(path, '/');
    char folder[1024];
    size_t n = slash == NULL ? 0 : (size_t)(slash - path);

    if (n == 0 || n >= sizeof(folder)) {
        return false;
    }
    memcpy(folder, path, n);
    folder[n] = '\0';
    for (size_t i = 0; i < folders->n; i++) {
        if (fnmatch(folders->v[i], folder, FNM_CASEFOLD | FNM_PATHNAME) == 0) {
            return true;
        }
    }
    return false;
}

/* How much of an unquoted text is a program's name: blanks may be part of it. */
static size_t name_length(const char *text, size_t n) {
    static const char *const ends[] = {".exe", ".sys", ".dll", ".com", ".scr",
                                       ".bat", ".cmd", ".pif", ".vbs", ".cpl"};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const char *end = strcasestr(text, ends[i]);

        n = end != NULL && (size_t)(end - text) + 4 < n ? (size_t)(end - text) + 4 : n;
    }
    return n;
}

const char *ym_win_image_path(struct ym_clean_scan *s, const char *image) {
    static const char kernel[] = "\\??\\";
    static const char root[] = "\\systemroot\\";
    const bool quoted = image[0] == '"';
    const char *from = image + quoted;
    size_t n = strcspn(from, "\"");

    if (strncmp(from, kernel, strlen(kernel)) == 0) {
        from += strlen(kernel);
        n -= strlen(kernel);
    }
    n = quoted ? n : name_length(from, n);
    if (strncasecmp(from, root, strlen(root)) == 0) {
        return ym_win_volume_path(s, ym_scan_printf(s, "%%systemroot%%\\%.*s",
                                                    (int)(n - strlen(root)), from + strlen(root)));
    }
    if (from[0] != '%' && from[0] != '\\' && (from[0] == '\0' || from[1] != ':')) {
        return ym_win_volume_path(s, ym_scan_printf(s, "%%systemroot%%\\%.*s", (int)n, from));
    }
    return ym_win_volume_path(s, ym_scan_printf(s, "%.*s", (int)n, from));
}

/* The folder of a profile on the volume; "": this is no hive of a user. */
static const char *profile_of(struct ym_clean_scan *s, const struct ym_clean_hive *h) {
    const char *slash = strrchr(h->file, '/');

    return strncmp(h->prefix, "HKU\\", 4) != 0 || slash == NULL ||
                   !ym_equal_nocase(slash + 1, "NTUSER.DAT")
               ? ""
               : ym_scan_printf(s, "%.*s", (int)(slash - h->file), h->file);
}

/* Variables that stand for a folder of the user, before and since Vista; sources: Microsoft,
 * "Recognized environment variables" (USMT). */
static const char *user_path(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                             const char *text) {
    static const char *const vars[][3] = {
        {"%userprofile%", "", ""},
        {"%appdata%", "/Application Data", "/AppData/Roaming"},
        {"%localappdata%", "/Local Settings/Application Data", "/AppData/Local"},
        {"%temp%", "/Local Settings/Temp", "/AppData/Local/Temp"},
        {"%tmp%", "/Local Settings/Temp", "/AppData/Local/Temp"}};
    const char *profile = profile_of(s, h);
    const bool late = profile != NULL && strncasecmp(profile, "Users/", 6) == 0;
    size_t i = 0;
    char *path;

    while (i < 5 && strncasecmp(text, vars[i][0], strlen(vars[i][0])) != 0) {
        i++;
    }
    if (i == 5 || profile == NULL || profile[0] == '\0') {
        return ym_win_volume_path(s, text);
    }
    path = ym_scan_printf(s, "%s%s%s", profile, vars[i][late ? 2 : 1], text + strlen(vars[i][0]));
    for (char *p = path; p != NULL && *p != '\0'; p++) {
        *p = (char)(*p == '\\' ? '/' : *p);
    }
    return path;
}

/* How much of a command line is its first word, without its quotes. */
static size_t word_length(const char *text, bool quoted) {
    return quoted ? strcspn(text, "\"") : name_length(text, strcspn(text, "\","));
}

/* What rundll32 is given, when this is what the first word of the command line starts; else NULL. */
static const char *behind_rundll(const char *word, size_t n) {
    static const char name[] = "rundll32";
    const char *at = strcasestr(word, name);

    if (at == NULL || (size_t)(at - word) >= n || (at != word && at[-1] != '\\')) {
        return NULL;
    }
    at += strlen(name);
    at += strncasecmp(at, ".exe", 4) == 0 ? 4 : 0;
    if (strchr(" \"", at[0]) == NULL) {
        return NULL; /* another program, whose name begins so */
    }
    at += at[0] == '"' ? 1 : 0;
    return at + strspn(at, " ");
}

const char *ym_win_program_of(struct ym_clean_scan *s, const struct ym_clean_hive *h,
                              const char *command) {
    const char *text = command + strspn(command, " ");
    bool quoted = text[0] == '"';
    const char *word = text + quoted;
    const char *dll = behind_rundll(word, word_length(word, quoted));

    if (dll != NULL) {
        quoted = dll[0] == '"';
        word = dll + quoted;
    }
    word = ym_scan_printf(s, "%.*s", (int)word_length(word, quoted), word);
    return word == NULL ? NULL : user_path(s, h, word);
}

/* --- lists of texts --------------------------------------------------------------------------- */

/* The end of the text at this place of a REG_MULTI_SZ, behind its NUL. */
static size_t text_end(const struct ym_reg_value *v, size_t at) {
    while (at + 2 <= v->n && (v->data[at] != 0 || v->data[at + 1] != 0)) {
        at += 2;
    }
    return at + 2 <= v->n ? at + 2 : v->n;
}

ym_status ym_win_drop_texts(struct ym_clean_scan *s, const struct ym_reg_value *old,
                            bool (*is)(const void *ctx, const char *text), const void *ctx,
                            struct ym_reg_value *ret_new, bool *ret_changed) {
    uint8_t *out = ym_arena_memdup(s->arena, old->data, old->n);
    size_t at = 0;
    size_t len = 0;

    *ret_changed = false;
    while (out != NULL && at + 2 <= old->n) {
        const char *one = ym_utf16_text(s->arena, old->data + at, old->n - at);
        size_t end = text_end(old, at);

        if (one == NULL) {
            return ym_scan_no_memory(s);
        }
        if (one[0] != '\0' && is(ctx, one)) {
            *ret_changed = true;
        } else {
            memmove(out + len, old->data + at, end - at);
            len += end - at;
        }
        at = end;
    }
    if (out != NULL && at < old->n) { /* half a character at the end */
        out[len++] = old->data[at];
    }
    *ret_new = (struct ym_reg_value){old->name, old->type, out, len};
    return out == NULL ? ym_scan_no_memory(s) : YM_OK;
}

/* --- whole keys ------------------------------------------------------------------------------- */

/* Everything below a key, so that an undo by value can put it back.  A part that cannot be read is
 * said in *why. */
static ym_status save_key(struct ym_clean_scan *s, const struct ym_clean_hive *h, const char *key,
                          unsigned depth, struct ym_clean_saved ***tail, size_t *n_values,
                          struct ym_err *why) {
    struct ym_reg_values values;
    struct ym_reg_keys keys;
    struct ym_clean_saved *one = YM_ARENA_NEW(s->arena, struct ym_clean_saved);

    if (one == NULL) {
        return ym_scan_no_memory(s);
    }
    if (depth > 32) {
        return ym_fail_at(why, YM_LIMIT, "clean/windows", key, 0, 0,
                          "not repaired: keys nested more than 32 deep");
    }
    one->key = key;
    **tail = one;
    *tail = &one->next;
    YM_TRY(ym_registry_values(h->reg, s->arena, key, &values, why));
    for (size_t i = 0; i < values.n; i++) {
        one = YM_ARENA_NEW(s->arena, struct ym_clean_saved);
        if (one == NULL) {
            return ym_scan_no_memory(s);
        }
        one->key = key;
        one->value = values.v[i];
        **tail = one;
        *tail = &one->next;
        (*n_values)++;
    }
    YM_TRY(ym_registry_keys(h->reg, s->arena, key, &keys, why));
    for (size_t i = 0; i < keys.n; i++) {
        const char *below = ym_scan_printf(s, "%s\\%s", key, keys.v[i]);

        if (below == NULL) {
            return ym_scan_no_memory(s);
        }
        YM_TRY(save_key(s, h, below, depth + 1, tail, n_values, why)); /* at most 33 deep */
    }
    return YM_OK;
}

ym_status ym_win_delete_key_step(struct ym_clean_scan *s, const struct ym_clean_finding *why,
                                 const struct ym_clean_hive *h, const char *key) {
    struct ym_clean_step step = {.op = YM_STEP_DELETE_KEY, .file = h->file, .key = key, .why = why};
    struct ym_clean_saved *saved = NULL;
    struct ym_clean_saved **tail = &saved;
    struct ym_err damage = {0};
    size_t n = 0;
    ym_status st = save_key(s, h, key, 0, &tail, &n, &damage);

    if (st != YM_OK) { /* what cannot be saved is not deleted */
        return ym_scan_tolerate(s, st, ym_scan_printf(s, "%s\\%s", h->prefix, key), &damage);
    }
    step.saved = saved;
    step.old_text = ym_scan_printf(s, "the key, %zu value%s in it and below", n, n == 1 ? "" : "s");
    step.new_text = "(absent)";
    return step.old_text == NULL ? ym_scan_no_memory(s) : ym_scan_step(s, &step);
}
