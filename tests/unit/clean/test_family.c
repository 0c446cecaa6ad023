/* test_family.c - strict reading of family files. */
#include "clean/family.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <stdlib.h>

static const char good[] = "{\"format\":1,\"name\":\"Test\",\"category\":\"worm\",\"severity\":"
                           "\"high\",\"system\":\"windows\","
                           "\"summary\":\"s\",\"sources\":[\"x\"],\"detections\":[\"*Test*\"],"
                           "\"doors\":[\"MS08-067\",\"autorun\"],"
                           "\"counts_when\":{\"strong\":1,\"medium\":2},\"artefacts\":["
                           "{\"id\":\"a\",\"kind\":\"files\",\"weight\":\"strong\",\"source\":"
                           "\"x\",\"files\":[\"a/b*\"],\"walk\":true},"
                           "{\"id\":\"b\",\"kind\":\"run-value\",\"weight\":\"medium\",\"source\":"
                           "\"x\",\"keys\":[\"HKLM\\\\SOFTWARE\\\\R\"],"
                           "\"data\":\"(?i)^rundll32 \"}]}";

#define HEX8 "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"
#define LONG_NAME HEX8 HEX8 HEX8 HEX8 HEX8 /* 280 bytes: no name of a file system */

static ym_status add(const char *text, struct ym_err *err) {
    struct ym_families *fs = ym_families_new();
    ym_status st = ym_families_add(fs, "t.json", text, strlen(text), err);

    ym_families_free(fs);
    return st;
}

/* The good text with one part replaced is refused, and the message has these words. */
static void refused(const char *part, const char *by, const char *words) {
    static char text[4096];
    const char *at = strstr(good, part);
    struct ym_err err = {0};
    char shown[900];

    CHECK(at != NULL);
    (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, by, at + strlen(part));
    CHECK(add(text, &err) != YM_OK);
    (void)ym_err_format(&err, shown, sizeof(shown));
    if (strstr(shown, words) == NULL || strstr(shown, "t.json") == NULL) {
        FAIL("message is: %s", shown);
    }
}

static void a_family_is_read(void) {
    struct ym_families *fs = ym_families_new();
    struct ym_err err = {0};
    const struct ym_family *f;

    CHECK_EQ(ym_families_add(fs, "t.json", good, strlen(good), &err), YM_OK);
    f = ym_families_find(fs, "test");
    CHECK(f != NULL && f->n_artefacts == 2 && f->needs_medium == 2);
    CHECK(f->doors.n == 2 && strcmp(f->doors.v[1], "autorun") == 0);
    CHECK(f->artefacts[0].walk && !f->artefacts[1].walk);
    CHECK(ym_pattern_match(&f->artefacts[1].data, "RunDLL32 x"));
    CHECK(!ym_pattern_match(&f->artefacts[1].data, "x rundll32 "));
    CHECK(ym_families_by_detection(fs, "win.TEST-7") == f);
    CHECK(ym_families_by_detection(fs, "other") == NULL);
    CHECK_EQ(ym_families_add(fs, "u.json", good, strlen(good), &err), YM_MALFORMED); /* twice */
    ym_families_free(fs);
}

static void mistakes_are_refused_with_file_and_key(void) {
    refused("\"summary\"", "\"sumary\"", "sumary: unknown key");
    refused("\"summary\":\"s\",", "", "summary: missing");
    refused("\"high\"", "\"huge\"", "severity");
    refused("\"worm\"", "\"wurm\"", "category");
    refused("\"format\":1", "\"format\":2", "format");
    refused("\"walk\":true", "\"walk\":1", "artefacts[0].walk: must be true or false");
    refused("\"files\":[\"a/b*\"]", "\"files\":[]", "artefacts[0].files");
    refused("a/b*", "/etc/x", "artefacts[0].files[0]: not a path inside a volume");
    refused("a/b*", "a//b", "artefacts[0].files[0]: not a path inside a volume");
    refused("a/b*", "a/../b", "artefacts[0].files[0]: not a path inside a volume");
    refused("a/b*", "a/./b", "artefacts[0].files[0]: not a path inside a volume");
    refused("a/b*", "a/", "artefacts[0].files[0]: not a path inside a volume");
    refused("a/b*", LONG_NAME, "artefacts[0].files[0]: not a path inside a volume");
    refused("\"files\":[\"a/b*\"]", "\"files\":[7]", "artefacts[0].files[0]: must be a text");
    refused(",\"files\":[\"a/b*\"]", "", "artefacts[0].files: missing");
    refused("\"walk\":true", "\"data\":\"x\"",
            "artefacts[0].data: this kind of artefact has no such key");
    refused("\"kind\":\"files\"", "\"kind\":\"fils\"", "artefacts[0].kind");
    refused("(?i)^rundll32 ", "(x", "artefacts[1].data: not a POSIX");
    refused("(?i)^rundll32 ", "(x)\\\\1", "back references");
    refused("\"id\":\"b\"", "\"id\":\"a\"", "same id");
    refused("\"kind\":\"run-value\"",
            "\"kind\":\"registry-value\",\"values\":[\"x\"],\"set_number\":1,\"set_text\":\"x\"",
            "artefacts[1].set_text: a value is set to a number or to a text, not both");
    refused("\"kind\":\"run-value\"",
            "\"kind\":\"registry-value\",\"values\":[\"x\"],\"set_text\":\"\xc3\xa9\"",
            "artefacts[1].set_text: must be plain ASCII");
    refused("\"kind\":\"run-value\"", "\"kind\":\"run-value\",\"unless\":\"x\"",
            "artefacts[1].unless: this kind of artefact has no such key");
    refused("\"kind\":\"run-value\"", "\"kind\":\"registry-missing\",\"copy_control_set\":1",
            "artefacts[1].copy_control_set: must be true or false");
    refused("\"kind\":\"run-value\"", "\"kind\":\"service\"",
            "artefacts[1].keys: this kind of artefact has no such key");
    refused("\"kind\":\"run-value\"", "\"kind\":\"run-value\",\"program\":true",
            "artefacts[1].program: a program is removed only from folders");
    refused("\"kind\":\"run-value\"", "\"kind\":\"run-value\",\"folders\":[\"x\"]",
            "artefacts[1].program: a program is removed only from folders");
    refused("\"kind\":\"run-value\"", "\"kind\":\"run-value\",\"from\":\"6\"",
            "artefacts[1].from: must be a Windows version");
    refused("\"kind\":\"run-value\"", "\"kind\":\"run-value\",\"until\":6.1",
            "artefacts[1].until: must be a text");
    refused("\"kind\":\"run-value\"", "\"kind\":\"run-value\",\"missing\":true",
            "artefacts[1].missing: this kind of artefact has no such key");
    refused("\"kind\":\"run-value\"",
            "\"kind\":\"registry-value\",\"values\":[\"x\"],\"missing\":true,\"set_number\":1",
            "artefacts[1].missing: needs set_number or set_text, and nothing about data");
    refused("\"kind\":\"run-value\"",
            "\"kind\":\"registry-value\",\"values\":[\"x\"],\"needs\":[\"a\"]",
            "artefacts[1].needs: is for values that are missing");
    refused("\"kind\":\"run-value\"",
            "\"kind\":\"registry-value\",\"values\":[\"x\"],\"remove_text\":true,\"set_number\":1",
            "artefacts[1].remove_text: needs equals_text or data, and sets nothing");
    refused("\"kind\":\"run-value\"", "\"kind\":\"registry-key\"",
            "artefacts[1].values: values, data and holds of a key are for each other");
    refused("\"kind\":\"run-value\"", "\"kind\":\"key-permissions\"",
            "artefacts[1].data: this kind of artefact has no such key");
    refused("\"walk\":true", "\"pam\":true",
            "artefacts[0].pam: this kind of artefact has no such key");
    refused("\"kind\":\"files\"", "\"kind\":\"package-file\"",
            "artefacts[0].walk: this kind of artefact has no such key");
    refused("\"kind\":\"files\",", "\"kind\":\"package-file\",\"original\":\"/usr/bin/x\",",
            "artefacts[0]");
    refused("[\"MS08-067\",\"autorun\"]", "[]", "doors: must be a list with at least one entry");
    refused("\"autorun\"]", "7]", "doors[1]: must be a text");
    refused("\"strong\":1", "\"strong\":0", "counts_when.strong");
    refused("\"strong\":1", "\"strong\":-1", "counts_when.strong");
    refused("{\"format\":1,", "{\"format\":1,\"format\":1,", "duplicate");
    refused("]}", "]", "");
}

static void every_prefix_is_refused(void) {
    static char text[sizeof(good)];

    for (size_t n = 0; n < sizeof(good) - 1; n++) {
        struct ym_err err = {0};

        memcpy(text, good, n);
        text[n] = '\0';
        CHECK(add(text, &err) != YM_OK);
        CHECK(err.text[0] != '\0');
    }
}

static void running_out_of_memory_is_an_error_and_no_leak(void) {
    for (unsigned nth = 1;; nth++) {
        struct ym_families *fs;
        struct ym_err err = {0};
        ym_status st;

        (void)ym_fault_malloc(nth, 0);
        fs = ym_families_new();
        st = fs == NULL ? YM_NOMEM : ym_families_add(fs, "t.json", good, strlen(good), &err);
        ym_families_free(fs);
        if (ym_fault_malloc(0, 0) == 0) {
            CHECK_EQ(st, YM_OK);
            break;
        }
        CHECK_EQ(st, YM_NOMEM);
    }
}

static const struct {
    const char *name;
    const char *detection; /* as an engine prints it */
} shipped[] = {
    {"Alureon", "Trojan:Win32/Alureon.BX"},
    {"Autorun", "Worm:Win32/Autorun.ABC"},
    {"Blaster", "Worm:Win32/Msblast.A"},
    {"Brontok", "Worm:Win32/Brontok.FFD@mm"},
    {"Conficker", "Worm:Win32/Conficker.B"},
    {"Dorkbot", "Worm:Win32/Dorkbot.I"},
    {"Gamarue", "Worm:Win32/Gamarue.F"},
    {"Hupigon", "Win.Trojan.Hupigon-1234"},
    {"Koobface", "Worm:Win32/Koobface.gen!F"},
    {"Linux/BillGates", "Backdoor:Linux/Setag.A"},
    {"Linux/Ebury", "Trojan:Linux/Ebury.C"},
    {"Linux/KernelRootkit", "Trojan:Linux/Diamorphine.A!MTB"},
    {"Linux/Kinsing", "Trojan:Linux/Kinsing.D"},
    {"Linux/Mirai", "Unix.Trojan.Mirai-7139232-0"},
    {"Linux/Outlaw", "Trojan:Linux/Outlaw.A"},
    {"Linux/PamBackdoor", "Backdoor:Linux/PamBackdoor.A"},
    {"Linux/Perfctl", "Trojan:Linux/Perfctl.A"},
    {"Linux/Persistence", "Yamori.Linux/Persistence"},
    {"Linux/PreloadRootkit", "Trojan:Linux/HiddenWasp.A"},
    {"Linux/RedisIntrusion", "Yamori.Linux/RedisIntrusion"},
    {"Linux/ReplacedTools", "Yamori.Linux/ReplacedTools"},
    {"Linux/Skidmap", "Trojan:Linux/Pomedaj.A!MTB"},
    {"Linux/XorDDoS", "DoS:Linux/Xorddos.A"},
    {"PHP/WebShell", "Backdoor:PHP/WebShell.A"},
    {"Rimecud", "Worm:Win32/Rimecud.A"},
    {"RogueSecuritySoftware", "Rogue:Win32/FakeRean"},
    {"Rustock", "Backdoor:WinNT/Rustock.E"},
    {"Sality", "Virus:Win32/Sality.AM"},
    {"Sasser", "W32.Sasser.Worm"},
    {"Srizbi", "Spammer:WinNT/Srizbi.A"},
    {"Stuxnet", "Trojan:WinNT/Stuxnet.A"},
    {"Taterf", "Worm:Win32/Taterf.B"},
    {"Waledac", "Trojan:Win32/Waledac.A"},
    {"WannaCrypt", "Ransom:Win32/WannaCrypt.A!rsm"},
    {"Windows/SettingsDamage", "SettingsModifier:Win32/PossibleHostsFileHijack"},
    {"Winwebsec", "Rogue:Win32/Winwebsec"},
    {"Zbot", "PWS:Win32/Zbot.gen!Y"},
};
enum { N_SHIPPED = sizeof(shipped) / sizeof(shipped[0]) };

static struct ym_families *load_shipped(void) {
    const char *dir = getenv("YAMORI_FAMILIES"); /* NOLINT(concurrency-mt-unsafe) */
    struct ym_families *fs = ym_families_new();
    struct ym_err err = {0};
    char shown[900];

    CHECK(dir != NULL);
    if (ym_families_load(fs, dir, &err) != YM_OK) {
        FAIL("%s", ym_err_format(&err, shown, sizeof(shown)));
    }
    CHECK(ym_families_load(fs, "/nonexistent", &err) != YM_OK);
    return fs;
}

static void the_families_of_this_version_load(void) {
    struct ym_families *fs = load_shipped();
    size_t n = 0;

    for (const struct ym_family *f = ym_families_first(fs); f != NULL; f = f->next) {
        n++;
    }
    CHECK_EQ(n, N_SHIPPED);
    for (size_t i = 0; i < N_SHIPPED; i++) {
        const struct ym_family *f = ym_families_find(fs, shipped[i].name);

        if (f == NULL || ym_families_by_detection(fs, shipped[i].detection) != f) {
            FAIL("%s does not mean %s", shipped[i].detection, shipped[i].name);
        }
    }
    CHECK(ym_families_by_detection(fs, "Win.Test.EICAR_HDB-1") == NULL);
    CHECK(ym_families_by_detection(fs, "Trojan:Win32/Agent.A") == NULL);
    ym_families_free(fs);
}

/* What keeps a sign of many machines from becoming a family. */
static void no_family_counts_without_something_strong_of_its_own(void) {
    struct ym_families *fs = load_shipped();

    for (const struct ym_family *f = ym_families_first(fs); f != NULL; f = f->next) {
        bool strong = false;

        CHECK(f->sources.n > 0 && f->detections.n > 0 && f->needs_strong > 0);
        for (size_t i = 0; i < f->n_artefacts; i++) {
            const struct ym_artefact *a = &f->artefacts[i];

            strong = strong || a->weight == YM_WEIGHT_STRONG || a->strong_from > 0;
            for (size_t j = 0; j < a->n_rules; j++) {
                strong = strong || a->rules[j].weight == YM_WEIGHT_STRONG;
            }
            if (a->kind == YM_ARTEFACT_SERVICE_START &&
                (a->weight == YM_WEIGHT_STRONG || a->strong_from > 0)) {
                FAIL("%s/%s: administrators switch services off, too", f->name, a->id);
            }
            if (a->alone && a->weight != YM_WEIGHT_STRONG) {
                FAIL("%s/%s: alone, and not strong", f->name, a->id);
            }
        }
        if (!strong) {
            FAIL("%s can never count", f->name);
        }
    }
    ym_families_free(fs);
}

MAIN(T(a_family_is_read), T(mistakes_are_refused_with_file_and_key), T(every_prefix_is_refused),
     T(running_out_of_memory_is_an_error_and_no_leak), T(the_families_of_this_version_load),
     T(no_family_counts_without_something_strong_of_its_own))
