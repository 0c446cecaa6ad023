/* names.c - category and family out of a signature's name.  See names.h.
 *
 * CARO (Microsoft): Type:Platform/Family.Variant!suffix.
 * ClamAV: Platform.Category.Family-Signature-Revision, as in "Win.Trojan.Agent-36234". */
#include "records/names.h"

#include "base/text.h"

#include <string.h>

static const char *const words[] = {"trojan",  "downloader", "worm",     "password-stealer",
                                    "adware",  "exploit",    "backdoor", "virus",
                                    "spyware", "unwanted",   NULL};

/* First field of the CARO form, or second of ClamAV's -> category. */
static const struct {
    const char *type;
    const char *category;
} types[] = {
    {"Adware", "adware"},
    {"Backdoor", "backdoor"},
    {"BrowserModifier", "adware"},
    {"Coinminer", "unwanted"},
    {"DDoS", "trojan"},
    {"Dialer", "unwanted"},
    {"Downloader", "downloader"},
    {"Dropper", "downloader"},
    {"Exploit", "exploit"},
    {"HackTool", "trojan"},
    {"Infostealer", "password-stealer"},
    {"Joke", "unwanted"},
    {"Keylogger", "password-stealer"},
    {"Malware", "trojan"},
    {"MonitoringTool", "password-stealer"},
    {"Packed", "trojan"},
    {"Program", "unwanted"},
    {"PUA", "unwanted"},
    {"PWS", "password-stealer"},
    {"Ransom", "trojan"},
    {"Ransomware", "trojan"},
    {"RemoteControlSoftware", "unwanted"},
    {"Rogue", "trojan"},
    {"Rootkit", "trojan"},
    {"SettingsModifier", "unwanted"},
    {"SoftwareBundler", "unwanted"},
    {"Spammer", "trojan"},
    {"Spyware", "spyware"},
    {"Tool", "unwanted"},
    {"Trojan", "trojan"},
    {"TrojanClicker", "trojan"},
    {"TrojanDownloader", "downloader"},
    {"TrojanDropper", "downloader"},
    {"TrojanProxy", "trojan"},
    {"TrojanSpy", "spyware"},
    {"VirTool", "trojan"},
    {"Virus", "virus"},
    {"Worm", "worm"},
};

const char *const *ym_category_words(void) {
    return words;
}

static const char *category_of_type(const char *s, size_t n) {
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strlen(types[i].type) == n && strncmp(types[i].type, s, n) == 0) {
            return types[i].category;
        }
    }
    return "";
}

/* The second of the dot-separated fields, with what follows it; NULL when there is none. */
static const char *clamav_type(const char *name, size_t *ret_n) {
    const char *first = strchr(strncmp(name, "PUA.", 4) == 0 ? name + 4 : name, '.');
    const char *second = first == NULL ? NULL : strchr(first + 1, '.');

    if (second == NULL) {
        return NULL;
    }
    *ret_n = (size_t)(second - first - 1);
    return first + 1;
}

const char *ym_category_of_name(const char *name) {
    const char *colon = strchr(name, ':');
    const char *type;
    size_t n = 0;

    if (colon != NULL) {
        return category_of_type(name, (size_t)(colon - name));
    }
    if (strncmp(name, "PUA.", 4) == 0) {
        return "unwanted";
    }
    type = clamav_type(name, &n);
    return type == NULL ? "" : category_of_type(type, n);
}

const char *ym_family_of_name(const char *name, char out[YM_FAMILY_MAX]) {
    const char *colon = strchr(name, ':');
    const char *start = colon == NULL ? NULL : strchr(colon, '/');
    const char *stop = ".!";
    size_t n = 0;

    if (start != NULL) {
        start++;
    } else if (colon == NULL && (start = clamav_type(name, &n)) != NULL) {
        start += n + 1;
        stop = "-.";
    }
    n = start == NULL ? 0 : strcspn(start, stop);
    if (start != NULL && strcmp(start, "UNOFFICIAL") == 0) {
        n = 0; /* "Test.Gecko.UNOFFICIAL": two words, and who made it */
    }
    n = n < YM_FAMILY_MAX ? n : YM_FAMILY_MAX - 1;
    if (n > 0) {
        memcpy(out, start, n);
    }
    out[n] = '\0';
    return out;
}
