/* registry.c - the interface's own part: dispatch, and values as people read them. */
#include "clean/registry.h"

#include "base/text.h"
#include "base/utf16.h"

#include <string.h>

ym_status ym_registry_keys(struct ym_registry *r, struct ym_arena *arena, const char *key,
                           struct ym_reg_keys *ret_keys, struct ym_err *err) {
    return r->ops->keys(r, arena, key, ret_keys, err);
}

ym_status ym_registry_values(struct ym_registry *r, struct ym_arena *arena, const char *key,
                             struct ym_reg_values *ret_values, struct ym_err *err) {
    return r->ops->values(r, arena, key, ret_values, err);
}

ym_status ym_registry_get(struct ym_registry *r, struct ym_arena *arena, const char *key,
                          const char *name, struct ym_reg_value *ret_value, struct ym_err *err) {
    struct ym_reg_values values;

    YM_TRY(ym_registry_values(r, arena, key, &values, err));
    for (size_t i = 0; i < values.n; i++) {
        if (ym_equal_nocase(values.v[i].name, name)) {
            *ret_value = values.v[i];
            return YM_OK;
        }
    }
    return YM_END;
}

ym_status ym_registry_make_key(struct ym_registry *r, const char *key, struct ym_err *err) {
    return r->ops->make_key(r, key, err);
}

ym_status ym_registry_set(struct ym_registry *r, const char *key, const struct ym_reg_value *value,
                          struct ym_err *err) {
    return r->ops->set(r, key, value, err);
}

ym_status ym_registry_delete_value(struct ym_registry *r, const char *key, const char *name,
                                   struct ym_err *err) {
    return r->ops->delete_value(r, key, name, err);
}

ym_status ym_registry_delete_key(struct ym_registry *r, const char *key, struct ym_err *err) {
    return r->ops->delete_key(r, key, err);
}

static ym_status no_permissions(const char *key, struct ym_err *err) {
    return ym_fail_at(err, YM_UNSUPPORTED, "clean/registry", key, 0, 0,
                      "this kind of registry shows no permissions");
}

ym_status ym_registry_security(struct ym_registry *r, struct ym_arena *arena, const char *key,
                               struct ym_reg_security *ret_security, struct ym_err *err) {
    return r->ops->security == NULL ? no_permissions(key, err)
                                    : r->ops->security(r, arena, key, ret_security, err);
}

ym_status ym_registry_reset_security(struct ym_registry *r, const char *key, struct ym_err *err) {
    return r->ops->reset_security == NULL ? no_permissions(key, err)
                                          : r->ops->reset_security(r, key, err);
}

ym_status ym_registry_write(struct ym_registry *r, int *ret_fd, struct ym_err *err) {
    return r->ops->write(r, ret_fd, err);
}

void ym_registry_close(struct ym_registry *r) {
    if (r != NULL) {
        r->ops->close(r);
    }
}

const char *ym_reg_text(struct ym_arena *arena, const struct ym_reg_value *value) {
    if (value->type != YM_REG_SZ && value->type != YM_REG_EXPAND_SZ) {
        return "";
    }
    return ym_utf16_text(arena, value->data, value->n);
}

bool ym_reg_dword(const struct ym_reg_value *value, uint32_t *ret_number) {
    if (value->type != YM_REG_DWORD || value->n != 4) {
        return false;
    }
    *ret_number = (uint32_t)value->data[0] | (uint32_t)value->data[1] << 8 |
                  (uint32_t)value->data[2] << 16 | (uint32_t)value->data[3] << 24;
    return true;
}

static const char *show_multi(struct ym_arena *arena, const struct ym_reg_value *value) {
    const char *out = "";
    size_t at = 0;

    while (out != NULL && at + 2 <= value->n) {
        const char *one = ym_utf16_text(arena, value->data + at, value->n - at);

        if (one == NULL) {
            return NULL;
        }
        if (one[0] != '\0') {
            out = ym_arena_printf(arena, "%s%s%s", out, out[0] == '\0' ? "" : ", ", one);
        }
        while (at + 2 <= value->n && (value->data[at] != 0 || value->data[at + 1] != 0)) {
            at += 2;
        }
        at += 2;
    }
    return out;
}

static const char *show_bytes(struct ym_arena *arena, const struct ym_reg_value *value) {
    size_t n = value->n < 64 ? value->n : 64;
    char hex[129];

    ym_hex_encode(value->data, n, hex);
    return ym_arena_printf(arena, "hex %s%s", hex, n < value->n ? "..." : "");
}

const char *ym_reg_show(struct ym_arena *arena, const struct ym_reg_value *value) {
    uint32_t number;

    if (ym_reg_dword(value, &number)) {
        return ym_arena_printf(arena, "%u", number);
    }
    if (value->type == YM_REG_SZ || value->type == YM_REG_EXPAND_SZ) {
        const char *text = ym_reg_text(arena, value);

        return text == NULL ? NULL : ym_arena_printf(arena, "\"%s\"", text);
    }
    return value->type == YM_REG_MULTI_SZ ? show_multi(arena, value) : show_bytes(arena, value);
}

const char *ym_reg_type_word(uint32_t type) {
    static const char *const words[] = {"REG_NONE",   "REG_SZ",      "REG_EXPAND_SZ",
                                        "REG_BINARY", "REG_DWORD",   "REG_DWORD_BIG_ENDIAN",
                                        "REG_LINK",   "REG_MULTI_SZ"};

    return type < sizeof(words) / sizeof(words[0]) ? words[type] : "REG_?";
}
