/* hide_user.c - no name of a person or computer in a path.  See ym_record_hide_user() in record.h.
 *
 * A path of Linux, of Windows or of the registry is looked at as one run of text: where a word of
 * the table stands alone, what follows its separator, up to the next one, is somebody's name.  A
 * repair's text has words before the path ("delete-file Users\bob\x"), so that a word may begin
 * after a space, too; the name itself may hold spaces.  A name that is hidden in vain costs nothing
 * that is counted; so a folder called home is taken for the one of users wherever it lies. */
#include "records/record.h"

#include "base/text.h"

#include <string.h>

#include "private.h"

/* What the names of users and other computers lie in. */
static const char *const parents[] = {"home",
                                      "Users",
                                      "Documents and Settings",
                                      "Dokumente und Einstellungen",
                                      "Profiles",
                                      "HKU",
                                      "HKEY_USERS",
                                      "media",
                                      "run/user",
                                      "crontabs",
                                      "spool/cron",
                                      "var/mail",
                                      "spool/mail"};

/* Children of these that no person is named after, and folders that lie between. */
static const char *const kept[] = {".DEFAULT",
                                   "Default",
                                   "Default User",
                                   "All Users",
                                   "Public",
                                   "LocalService",
                                   "crontabs",
                                   "NetworkService",
                                   "systemprofile",
                                   "S-1-5-18",
                                   "S-1-5-19",
                                   "S-1-5-20",
                                   "root",
                                   "*",
                                   "Default.migrated",
                                   "desktop.ini",
                                   "DefaultAppPool"};

static bool is_separator(char c) {
    return c == '/' || c == '\\';
}

/* ASCII letters of either case, and either separator. */
static bool same(const char *word, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        unsigned char c = is_separator(s[i]) ? (unsigned char)'/' : ym_lower((unsigned char)s[i]);

        if (ym_lower((unsigned char)word[i]) != c) {
            return false;
        }
    }
    return true;
}

/* Does a parent end at s + at, where a separator is?  "All Users" is one profile, not their parent. */
static bool after_parent(const char *s, size_t at) {
    for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
        size_t n = strlen(parents[i]);

        if (n <= at && same(parents[i], s + at - n, n) &&
            (n == at || !ym_is_alnum((unsigned char)s[at - n - 1]))) {
            return at < n + 4 || !same("All ", s + at - n - 4, 4);
        }
    }
    return false;
}

/* \\host\share or smb://host/share, at the beginning or after a space: the separator at `at` is the
 * last one before the host. */
static bool after_unc(const char *s, size_t at) {
    return at >= 1 && is_separator(s[at]) && s[at] == s[at - 1] &&
           (at == 1 ? s[at] == '\\' : (s[at - 2] == ' ' && s[at] == '\\') || s[at - 2] == ':');
}

static bool is_kept(const char *name, size_t n) {
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (strlen(kept[i]) == n && same(kept[i], name, n)) {
            return true;
        }
    }
    return n == 0;
}

/* An account's SID (MS-DTYP 2.4.2: S-1-5-21-, then the computer's or domain's own numbers); 0:
 * none here. */
static size_t sid_length(const char *name) {
    static const char account[] = "S-1-5-21-";
    size_t n = sizeof(account) - 1;

    if (strnlen(name, n) < n || !same(account, name, n)) {
        return 0;
    }
    return n + strspn(name + n, "0123456789-");
}

const char *ym_record_hide_user(const char *s, struct ym_arena *arena) {
    size_t n = strlen(s);
    char *out = ym_arena_zalloc(arena, n + 2, 1); /* a name has a byte at least, "*" has one */
    size_t to = 0;

    for (size_t i = 0; out != NULL && i < n;) {
        size_t sid = sid_length(s + i);
        size_t name = strcspn(s + i + 1, "/\\");

        if (sid > 0) {
            out[to++] = '*';
            i += sid;
            continue;
        }
        out[to++] = s[i];
        if (is_separator(s[i]) && (after_parent(s, i) || after_unc(s, i)) &&
            !is_kept(s + i + 1, name)) {
            out[to++] = '*';
            i += name;
        }
        i++;
    }
    return out;
}
