/* config.c - what a run cannot know by itself: country, segment, protection, where records go.
 * See ym_record_config_load() in record.h.
 *
 * The file is read first and the environment over it; what neither says keeps its default. */
#include "records/record.h"

#include "base/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"
#include "records/paths.h"

#define MODULE "records/config"

static const struct ym_words yes_no = {(const char *const[]){"no", "yes"}, 2};

struct place {
    const char *file; /* "" for the environment */
    unsigned line;
    struct ym_err *err;
};

static ym_status bad(const struct place *p, const char *what, const char *value,
                     const char *allowed) {
    return ym_fail_at(p->err, YM_MALFORMED, MODULE, p->file, p->line, 0,
                      "%s is \"%.60s\": it must be %s", what, value, allowed);
}

static ym_status set_country(struct ym_record_config *c, const char *v, const struct place *p) {
    if (strlen(v) != 2 || !ym_is_alpha((unsigned char)v[0]) || !ym_is_alpha((unsigned char)v[1]) ||
        v[0] > 'Z' || v[1] > 'Z') {
        return bad(p, "country", v, "two capital letters of ISO 3166-1, like JP");
    }
    memcpy(c->country, v, 3);
    return YM_OK;
}

/* A word of a table into an enum, all of which are as wide as unsigned. */
static ym_status set_word(const struct ym_words *words, unsigned *ret, const char *key,
                          const char *v, const char *allowed, const struct place *p) {
    return ym_word_find(words, v, ret) ? YM_OK : bad(p, key, v, allowed);
}

#define SET_WORD(member, allowed)                                                                  \
    static ym_status set_##member(struct ym_record_config *c, const char *v,                       \
                                  const struct place *p) {                                         \
        unsigned word = c->member;                                                                 \
                                                                                                   \
        YM_TRY(set_word(&ym_##member##_words, &word, #member, v, allowed, p));                     \
        c->member = word;                                                                          \
        return YM_OK;                                                                              \
    }
SET_WORD(segment, "home, enterprise or unknown")
SET_WORD(located, "setting, address or unknown")
SET_WORD(protection, "on, off or unknown")
SET_WORD(server, "yes, no or unknown")
#undef SET_WORD

static ym_status set_record(struct ym_record_config *c, const char *v, const struct place *p) {
    unsigned word;

    if (!ym_word_find(&yes_no, v, &word)) {
        return bad(p, "record", v, "yes or no");
    }
    c->record = word == 1;
    return YM_OK;
}

static ym_status set_spool(struct ym_record_config *c, const char *v, const struct place *p) {
    if (v[0] == '\0' || strlen(v) >= sizeof(c->spool)) {
        return bad(p, "spool", v, "a directory");
    }
    (void)snprintf(c->spool, sizeof(c->spool), "%s", v);
    return YM_OK;
}

static const struct {
    const char *key;
    const char *variable;
    ym_status (*set)(struct ym_record_config *c, const char *v, const struct place *p);
} settings[] = {
    {"country", "YAMORI_COUNTRY", set_country}, {"located", "YAMORI_LOCATED", set_located},
    {"segment", "YAMORI_SEGMENT", set_segment}, {"protection", "YAMORI_PROTECTION", set_protection},
    {"server", "YAMORI_SERVER", set_server},    {"record", "YAMORI_RECORD", set_record},
    {"spool", "YAMORI_SPOOL", set_spool},
};
enum { N_SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static char *trim(char *s) {
    size_t n;

    s += strspn(s, " \t\r");
    n = strlen(s);
    while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL) {
        s[--n] = '\0';
    }
    return s;
}

static ym_status set_line(struct ym_record_config *c, char *line, const struct place *p) {
    char *value;

    line = trim(line);
    if (line[0] == '\0' || line[0] == '#') {
        return YM_OK;
    }
    value = strchr(line, '=');
    if (value == NULL) {
        return bad(p, "the line", line, "key = value");
    }
    *value++ = '\0';
    for (size_t i = 0; i < N_SETTINGS; i++) {
        if (strcmp(settings[i].key, trim(line)) == 0) {
            return settings[i].set(c, trim(value), p);
        }
    }
    return bad(p, "the key", line,
               "country, located, segment, protection, server, record or spool");
}

static ym_status set_file(struct ym_record_config *c, const char *file, struct ym_err *err) {
    struct place p = {.file = file, .err = err};
    struct ym_buf text;
    ym_status st;
    char *next;

    ym_buf_init(&text, 64 << 10);
    st = ym_read_small_file(AT_FDCWD, file, &text, err);
    next = st == YM_OK && text.len > 0 ? (char *)text.data : NULL;
    while (st == YM_OK && next != NULL) {
        char *line = next;

        next = strchr(line, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        p.line++;
        st = set_line(c, line, &p);
    }
    ym_buf_done(&text);
    return st;
}

ym_status ym_state_path(const char *variable, const char *name, char *ret_path, size_t size,
                        struct ym_err *err) {
    const char *own = getenv(variable);           /* NOLINT(concurrency-mt-unsafe) */
    const char *state = getenv("XDG_STATE_HOME"); /* NOLINT(concurrency-mt-unsafe) */
    const char *home = getenv("HOME");            /* NOLINT(concurrency-mt-unsafe) */
    int n;

    if (own != NULL && own[0] != '\0') {
        n = snprintf(ret_path, size, "%s", own);
    } else if (geteuid() == 0) {
        n = snprintf(ret_path, size, "/var/lib/yamori/%s", name);
    } else if (state != NULL && state[0] == '/') {
        n = snprintf(ret_path, size, "%s/yamori/%s", state, name);
    } else if (home != NULL && home[0] == '/') {
        n = snprintf(ret_path, size, "%s/.local/state/yamori/%s", home, name);
    } else {
        return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET,
                       "no place for %s: neither %s nor HOME is set", name, variable);
    }
    if (n < 0 || (size_t)n >= size) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "the path of %s is too long", name);
    }
    return YM_OK;
}

ym_status ym_record_config_load(struct ym_record_config *ret_config, struct ym_err *err) {
    static const char usual[] = "/etc/yamori/records.conf";
    const char *named = getenv("YAMORI_RECORDS_CONF"); /* NOLINT(concurrency-mt-unsafe) */
    /* located: COUNT until somebody tells. */
    struct ym_record_config c = {.record = true, .country = "ZZ", .located = YM_LOCATED_COUNT};
    struct place environment = {.file = "environment", .err = err};

    if (named != NULL && named[0] != '\0') {
        YM_TRY(set_file(&c, named, err));
    } else if (access(usual, F_OK) == 0) {
        YM_TRY(set_file(&c, usual, err));
    }
    for (size_t i = 0; i < N_SETTINGS; i++) {
        const char *v = getenv(settings[i].variable); /* NOLINT(concurrency-mt-unsafe) */

        if (v != NULL && v[0] != '\0') {
            YM_TRY(settings[i].set(&c, v, &environment));
        }
    }
    if (strcmp(c.country, "ZZ") == 0) {
        c.located = YM_LOCATED_UNKNOWN;
    } else if (c.located == YM_LOCATED_COUNT) {
        c.located = YM_LOCATED_SETTING;
    }
    if (c.record && c.spool[0] == '\0') {
        YM_TRY(ym_state_path("YAMORI_SPOOL", "spool", c.spool, sizeof(c.spool), err));
    }
    *ret_config = c;
    return YM_OK;
}
