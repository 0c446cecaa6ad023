/* webcheck.c - see webcheck.h. */
#include "fleet/webcheck.h"

#include "base/text.h"

#include <jansson.h>
#include <string.h>

static bool is_secret(struct ym_str v) {
    if (v.n != YM_SESSION_TEXT - 1) {
        return false;
    }
    for (size_t i = 0; i < v.n; i++) {
        if ((v.s[i] < '0' || v.s[i] > '9') && (v.s[i] < 'a' || v.s[i] > 'f')) {
            return false;
        }
    }
    return true;
}

bool ym_cookie_find(const char *header, const char *name, char ret_value[YM_SESSION_TEXT]) {
    size_t n_name = strlen(name);
    struct ym_fields f;
    struct ym_str pair;
    struct ym_str found = {NULL, 0};

    ym_fields_init(&f, header, strlen(header), ';');
    while (ym_fields_next(&f, &pair)) {
        while (pair.n > 0 && (*pair.s == ' ' || *pair.s == '\t')) {
            pair.s++;
            pair.n--;
        }
        if (pair.n > n_name && memcmp(pair.s, name, n_name) == 0 && pair.s[n_name] == '=') {
            if (found.s != NULL) {
                return false;
            }
            found = (struct ym_str){pair.s + n_name + 1, pair.n - n_name - 1};
        }
    }
    if (found.s == NULL || !is_secret(found)) {
        return false;
    }
    memcpy(ret_value, found.s, found.n);
    ret_value[found.n] = '\0';
    return true;
}

bool ym_web_not_cross_site(const char *site) {
    return site == NULL || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
}

bool ym_web_same_origin(const char *scheme, const char *origin, const char *host,
                        const char *site) {
    size_t n = strlen(scheme);

    if (host == NULL || host[0] == '\0' || (origin == NULL && site == NULL)) {
        return false;
    }
    if (site != NULL && strcmp(site, "same-origin") != 0) {
        return false;
    }
    return origin == NULL ||
           (strncmp(origin, scheme, n) == 0 && strncmp(origin + n, "://", 3) == 0 &&
            ym_equal_nocase(origin + n + 3, host));
}

static bool take_text(const json_t *value, struct ym_form_field *f) {
    const char *text = json_string_value(value);
    size_t n = text == NULL ? 0 : json_string_length(value);

    if (text == NULL || n >= f->size || strlen(text) != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    memcpy(f->text, text, n + 1);
    return true;
}

static bool take(json_t *object, struct ym_form_field *fields, size_t n_fields) {
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) {
        struct ym_form_field *f = NULL;

        for (size_t i = 0; i < n_fields; i++) {
            f = strcmp(fields[i].name, key) == 0 ? &fields[i] : f;
        }
        if (f == NULL) {
            return false;
        }
        if (f->text != NULL) {
            f->given = take_text(value, f);
        } else if (json_is_integer(value) && json_integer_value(value) >= 0) {
            f->number = (uint64_t)json_integer_value(value);
            f->given = true;
        }
        if (!f->given) {
            return false;
        }
    }
    return true;
}

bool ym_form_read(const char *body, size_t n, struct ym_form_field *fields, size_t n_fields) {
    json_t *object;
    bool good;

    for (size_t i = 0; i < n_fields; i++) {
        fields[i].given = false;
    }
    if (n == 0 || n > YM_FORM_BODY_MAX) {
        return false;
    }
    object = json_loadb(body, n, JSON_REJECT_DUPLICATES, NULL);
    good = json_is_object(object) && take(object, fields, n_fields);
    json_decref(object);
    return good;
}
