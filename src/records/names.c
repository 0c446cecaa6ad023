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

/* --- variants --- */

/* "B" of Worm:Win32/Conficker.B!inf and of Win.Worm.Conficker.B-12: what follows the family's point. */
const char *ym_variant_of_name(const char *name, char out[YM_FAMILY_MAX]) {
    const char *colon = strchr(name, ':');
    const char *start = colon == NULL ? NULL : strchr(colon, '/');
    const char *stop = ".!";
    size_t n = 0;

    if (start != NULL) {
        start++;
    } else if (colon == NULL && (start = clamav_type(name, &n)) != NULL) {
        start += n + 1;
        stop = ".-";
    }
    out[0] = '\0';
    if (start == NULL) {
        return out;
    }
    start += strcspn(start, stop);
    if (*start != '.' || strcmp(start, ".UNOFFICIAL") == 0) {
        return out;
    }
    n = strcspn(start + 1, stop);
    n = n < YM_FAMILY_MAX ? n : YM_FAMILY_MAX - 1;
    memcpy(out, start + 1, n);
    out[n] = '\0';
    return out;
}

/* --- types of exploits --- */

/* The platform of the CARO form, or the first field of ClamAV's: what opens the file tells the type. */
static const struct {
    const char *platform;
    const char *type;
} platforms[] = {
    {"AndroidOS", "os"},   {"Andr", "os"},         {"ASP", "html"},       {"Doc", "documents"},
    {"HTML", "html"},      {"Html", "html"},       {"Java", "java"},      {"JS", "html"},
    {"Js", "html"},        {"Linux", "os"},        {"MacOS", "os"},       {"MacOS_X", "os"},
    {"O97M", "documents"}, {"Osx", "os"},          {"PDF", "documents"},  {"Pdf", "documents"},
    {"PHP", "html"},       {"PP97M", "documents"}, {"Ppt", "documents"},  {"RTF", "documents"},
    {"Rtf", "documents"},  {"ShellCode", "other"}, {"SWF", "flash"},      {"Swf", "flash"},
    {"Unix", "os"},        {"VBS", "html"},        {"W97M", "documents"}, {"WM", "documents"},
    {"X97M", "documents"}, {"XF97", "documents"},  {"Xls", "documents"},  {"Xml", "documents"},
};

/* Where the platform is only that of the attacker's or the victim's program: holes and families by what they
 * attack, from their advisories. */
static const struct {
    const char
        *mark; /* begins the family, or is a CVE in it, whatever stands between its numbers */
    const char *type;
} holes[] = {
    {"CVE-2003-0352", "os"},
    {"CVE-2006-0003", "html"},
    {"CVE-2007-0071", "flash"},
    {"CVE-2007-5659", "documents"},
    {"CVE-2008-2992", "documents"},
    {"CVE-2008-4250", "os"},
    {"CVE-2008-5353", "java"},
    {"CVE-2009-0927", "documents"},
    {"CVE-2009-3129", "documents"},
    {"CVE-2009-3867", "java"},
    {"CVE-2009-4324", "documents"},
    {"CVE-2010-0094", "java"},
    {"CVE-2010-0188", "documents"},
    {"CVE-2010-0806", "html"},
    {"CVE-2010-0840", "java"},
    {"CVE-2010-1297", "flash"},
    {"CVE-2010-1885", "os"},
    {"CVE-2010-2568", "os"},
    {"CVE-2010-2884", "flash"},
    {"CVE-2010-3333", "documents"},
    {"CVE-2011-0611", "flash"},
    {"CVE-2011-3402", "os"},
    {"CVE-2011-3544", "java"},
    {"CVE-2012-0158", "documents"},
    {"CVE-2012-0507", "java"},
    {"CVE-2012-1723", "java"},
    {"CVE-2012-1856", "documents"},
    {"CVE-2012-1889", "html"},
    {"CVE-2012-4681", "java"},
    {"CVE-2012-4792", "html"},
    {"CVE-2013-0422", "java"},
    {"CVE-2013-1347", "html"},
    {"CVE-2013-2423", "java"},
    {"CVE-2014-1761", "documents"},
    {"CVE-2014-4114", "documents"},
    {"CVE-2014-6332", "html"},
    {"CVE-2015-0311", "flash"},
    {"CVE-2015-5119", "flash"},
    {"CVE-2015-5122", "flash"},
    {"CVE-2017-0144", "os"},
    {"CVE-2017-0199", "documents"},
    {"CVE-2017-11882", "documents"},
    {"CplLnk", "os"},
    {"DcomRpc", "os"},
    {"LnkGen", "os"},
    {"MS03-026", "os"},
    {"MS04-011", "os"},
    {"MS08067", "os"},
    {"MS08-067", "os"},
    {"MS17-010", "os"},
    {"Pdf", "documents"},
    {"ShellCode", "other"},
    {"Wordjmp", "documents"},
};

/* Equal, where "_" and nothing may stand for "-", and upper for lower case. */
static bool starts_with_mark(const char *s, const char *mark) {
    for (; *mark != '\0'; mark++) {
        bool same = (*s | 0x20) == (*mark | 0x20);

        if (*mark == '-' && *s != '-' && *s != '_') {
            continue;
        }
        if (!same && *mark != '-') {
            return false;
        }
        s++;
    }
    return *s < '0' || *s > '9'; /* CVE-2014-1761 is not CVE-2014-17610 */
}

static const char *type_of_hole(const char *family) {
    for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
        if (starts_with_mark(family, holes[i].mark)) {
            return holes[i].type;
        }
    }
    return "other";
}

const char *ym_exploit_type_of_name(const char *name, const char *category) {
    const char *colon = strchr(name, ':');
    const char *platform = colon == NULL ? name : colon + 1;
    size_t n = strcspn(platform, colon == NULL ? "." : "/");
    char family[YM_FAMILY_MAX];

    if (strcmp(category, "exploit") != 0) {
        return "";
    }
    for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
        if (strlen(platforms[i].platform) == n &&
            strncmp(platforms[i].platform, platform, n) == 0) {
            return platforms[i].type;
        }
    }
    return type_of_hole(ym_family_of_name(name, family));
}
