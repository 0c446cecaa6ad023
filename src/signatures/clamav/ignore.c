/* ignore.c - .ign and .ign2: names whose signatures are not loaded.
 *
 *     Name            ignored whatever its line says
 *     Name:MD5        ignored if the whole database line has this MD5
 *     repo:line:Name  the old form
 *
 * The map holds two kinds of keys: a name (value: which of the two bits below hold), and
 * name + NUL + 16 bytes of MD5. */
#include "clamav_int.h"

#include "base/md5.h"

#include <string.h>

enum { ANY_LINE = 1u << 0, SOME_LINES = 1u << 1 };
enum { KEY_MAX = YM_CLAMAV_MAX_LINE + 1 + YM_MD5_SIZE };

static ym_status put(struct ym_clamav_line *line, const char *key, size_t n, uint64_t value) {
    ym_status st = ym_map_put(line->ld->ignored, key, n, value);

    return st == YM_OK ? YM_OK
                       : ym_fail_at(line->err, st, "signatures/clamav", line->file, line->no, 0,
                                    "cannot remember another ignored name: %s", ym_status_text(st));
}

static size_t key_of(struct ym_str name, const uint8_t digest[YM_MD5_SIZE], char *out) {
    memcpy(out, name.s, name.n);
    out[name.n] = '\0';
    memcpy(out + name.n + 1, digest, YM_MD5_SIZE);
    return name.n + 1 + YM_MD5_SIZE;
}

static ym_status put_with_md5(struct ym_clamav_line *line, struct ym_str name, struct ym_str md5) {
    uint8_t digest[YM_MD5_SIZE];
    char key[KEY_MAX];

    if (md5.n != 2 * sizeof(digest) || !ym_hex_decode(md5.s, sizeof(digest), digest)) {
        return ym_clamav_bad(line, YM_MALFORMED, "the MD5 of the line is not 32 hex digits");
    }
    return put(line, key, key_of(name, digest, key), SOME_LINES);
}

ym_status ym_clamav_read_ignore(struct ym_clamav_line *line, int kind) {
    struct ym_str f[3];
    unsigned n = ym_clamav_split(line, f, 3);
    struct ym_str name = n == 3 ? f[2] : f[0];
    uint64_t flags = 0;

    (void)kind;
    if (n > 3 || name.n == 0) {
        return ym_clamav_bad(line, YM_MALFORMED, "not Name, Name:MD5 or repository:line:Name");
    }
    if (n == 2) {
        YM_TRY(put_with_md5(line, name, f[1]));
    }
    (void)ym_map_get(line->ld->ignored, name.s, name.n, &flags);
    return put(line, name.s, name.n, flags | (n == 2 ? SOME_LINES : ANY_LINE));
}

/* The name as the lists write it: without ".{...}" or ".UNOFFICIAL" at its end. */
static struct ym_str listed_form(struct ym_str name) {
    static const char unofficial[] = ".UNOFFICIAL";
    const size_t n = sizeof(unofficial) - 1;

    if (name.n > 3 && name.s[name.n - 1] == '}') {
        const char *cut = memmem(name.s, name.n, ".{", 2);

        return cut == NULL ? name : (struct ym_str){name.s, (size_t)(cut - name.s)};
    }
    if (name.n > n && memcmp(name.s + name.n - n, unofficial, n) == 0) {
        name.n -= n;
    }
    return name;
}

bool ym_clamav_ignored(const struct ym_clamav_line *line, struct ym_str name) {
    const struct ym_map *ignored = line->ld->ignored;
    uint8_t digest[YM_MD5_SIZE];
    char key[KEY_MAX];
    uint64_t flags;

    if (ym_map_count(ignored) == 0) {
        return false;
    }
    name = listed_form(name);
    if (!ym_map_get(ignored, name.s, name.n, &flags)) {
        return false;
    }
    if ((flags & ANY_LINE) != 0) {
        return true;
    }
    ym_md5(line->s, line->n, digest);
    return ym_map_get(ignored, key, key_of(name, digest, key), &flags);
}
