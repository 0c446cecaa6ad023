/* test_registry_kinds.c - what a family may say of the registry, kind by kind, on a small volume. */
#include "base/alloc.h"
#include "base/text.h"
#include "clean/plan.h"
#include "makers/make_hive.h"
#include "makers/make_permissions.h"
#include "makers/make_windows_volume.h"
#include "ym_test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char system_file[] = "Windows/System32/config/SYSTEM";
static const char software_file[] = "Windows/System32/config/SOFTWARE";
static const char user_file[] = "Users/anna/NTUSER.DAT";
static const char classes_file[] = "Users/anna/AppData/Local/Microsoft/Windows/UsrClass.dat";
static const char old_user_file[] = "Documents and Settings/mari/NTUSER.DAT";

static struct {
    char root[64], full[256];
    struct ym_families *families;
    struct ym_volume volume;
    struct ym_arena *arena;
    struct ym_clean_plan *plan;
} m;

static const char *full_path(const char *path) {
    (void)snprintf(m.full, sizeof(m.full), "%s/%s", m.root, path);
    return m.full;
}

static hive_h *hive(const char *path) {
    if (access(full_path(path), F_OK) != 0) {
        make_text_file(m.root, path, "");
        CHECK_EQ(make_hive_start(full_path(path)), 0);
    }
    return make_hive_open(full_path(path));
}

static void fresh(const char *version) {
    hive_h *h;

    memset(&m, 0, sizeof(m));
    (void)snprintf(m.root, sizeof(m.root), "/tmp/ym-kinds-XXXXXX");
    CHECK(mkdtemp(m.root) != NULL);
    m.arena = ym_arena_new(64 << 20);
    m.families = ym_families_new();
    h = hive(system_file);
    make_dword(h, "Select", "Current", 1);
    (void)make_key(h, "ControlSet001\\Services");
    make_hive_close(h);
    h = hive(software_file);
    make_text(h, "Microsoft\\Windows NT\\CurrentVersion", "CurrentVersion", version);
    make_hive_close(h);
    make_hive_close(hive(user_file));
}

static void done(void) {
    char command[128];

    ym_volume_close(&m.volume);
    ym_families_free(m.families);
    ym_arena_free(m.arena);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", m.root);
    CHECK_EQ(system(command), 0); /* NOLINT: a path of mkdtemp */
}

/* A family that counts at once, with these keys of its only artefact. */
static void family(const char *artefact) {
    static char text[4096];
    struct ym_err err = {0};

    (void)snprintf(text, sizeof(text),
                   "{\"format\":1,\"name\":\"T\",\"category\":\"worm\",\"severity\":\"high\","
                   "\"system\":\"windows\",\"summary\":\"s\",\"sources\":[\"s\"],"
                   "\"detections\":[\"x\"],\"counts_when\":{\"strong\":1,\"medium\":0},"
                   "\"artefacts\":[{\"id\":\"a\",\"weight\":\"strong\",\"source\":\"s\",%s}]}",
                   artefact);
    if (ym_families_add(m.families, "t.json", text, strlen(text), &err) != YM_OK) {
        FAIL("%s", err.text);
    }
}

static ym_status try_look(struct ym_err *err) {
    struct ym_clean_options o = {.families = m.families};

    return ym_clean_plan_make(&m.volume, &o, m.arena, &m.plan, err);
}

static void look(void) {
    struct ym_err err = {0};

    CHECK_EQ(ym_volume_open(m.root, &m.volume, &err), YM_OK);
    if (try_look(&err) != YM_OK) {
        FAIL("%s", err.text);
    }
}

static const struct ym_clean_finding *finding_at(const char *where) {
    for (const struct ym_clean_finding *f = m.plan->findings; f != NULL; f = f->next) {
        if (strcmp(f->where, where) == 0) {
            return f;
        }
    }
    return NULL;
}

static const struct ym_clean_step *step_of(ym_step_op op, const char *place) {
    for (const struct ym_clean_step *s = m.plan->steps; s != NULL; s = s->next) {
        if (s->op == op && strcmp(s->key == NULL ? s->file : s->key, place) == 0) {
            return s;
        }
    }
    return NULL;
}

/* --- lists and missing values ------------------------------------------------------------------- */

static void texts_leave_a_list_and_the_rest_stays(void) {
    static const char *const texts[] = {"kerberos", "evil", "MSV1_0", "EVIL2"};
    static const char *const rest[] = {"kerberos", "MSV1_0"};
    const struct ym_clean_step *s;
    struct ym_reg_value want = {0};
    uint8_t bytes[64] = {0};
    hive_h *h;

    fresh("6.1");
    h = hive(software_file);
    make_multi(h, "K", "List", texts, 4);
    make_multi(h, "K", "Good", rest, 2);
    make_text(h, "K", "Text", "evil");
    make_hive_close(h);
    family("\"kind\":\"registry-value\",\"keys\":[\"HKLM\\\\SOFTWARE\\\\K\"],"
           "\"values\":[\"List\",\"Good\",\"Text\",\"None\"],\"data\":\"(?i)^evil\","
           "\"remove_text\":true");
    look();
    CHECK_EQ(m.plan->n_findings, 1);
    s = step_of(YM_STEP_SET_VALUE, "K");
    CHECK(s != NULL && strcmp(s->old.name, "List") == 0 && s->after.type == YM_REG_MULTI_SZ);
    for (size_t i = 0; i < sizeof("kerberos\0MSV1_0\0"); i++) {
        bytes[2 * i] = (uint8_t)("kerberos\0MSV1_0\0"[i]);
    }
    want.n = 2 * sizeof("kerberos\0MSV1_0\0");
    if (s->after.n != want.n || memcmp(s->after.data, bytes, want.n) != 0) {
        FAIL("%s, %zu bytes", s->new_text, s->after.n);
    }
    done();
}

static void a_list_matches_when_one_of_its_texts_does(void) {
    static const char *const texts[] = {"good", "bad"};
    hive_h *h;

    fresh("6.1");
    h = hive(software_file);
    make_multi(h, "K", "List", texts, 2);
    make_multi(h, "K", "Good", texts, 1);
    make_multi(h, "K", "Empty", texts, 0);
    make_hive_close(h);
    family("\"kind\":\"registry-value\",\"keys\":[\"HKLM\\\\SOFTWARE\\\\K\"],"
           "\"values\":[\"List\",\"Good\",\"Empty\"],\"unless\":\"^good$\"");
    look();
    CHECK_EQ(m.plan->n_findings, 1);
    CHECK(finding_at("HKLM\\SOFTWARE\\K : List") != NULL);
    CHECK(step_of(YM_STEP_DELETE_VALUE, "K") != NULL);
    done();
}

static void a_missing_value_is_made_where_windows_has_it(void) {
    static const struct {
        const char *version;
        bool file, there, shown;
    } rows[] = {{"6.0", true, false, true},   {"6.0", false, false, false},
                {"5.1", true, false, false},  {"6.1", true, false, true},
                {"6.2", true, false, false},  {"10.0", true, false, false},
                {"none", true, false, false}, {"6.0", true, true, false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ym_clean_step *s;
        hive_h *h;

        fresh(rows[i].version);
        h = hive(software_file);
        (void)make_key(h, "Run");
        if (rows[i].there) {
            make_text(h, "Run", "defender", "another");
        }
        make_hive_close(h);
        if (rows[i].file) {
            make_text_file(m.root, "Program Files/D/d.exe", "x");
        }
        family("\"kind\":\"registry-value\",\"keys\":[\"HKLM\\\\SOFTWARE\\\\Run\","
               "\"HKLM\\\\SOFTWARE\\\\No\"],\"values\":[\"Defender\"],\"missing\":true,"
               "\"set_text\":\"%ProgramFiles%\\\\D\\\\d.exe\",\"from\":\"6.0\",\"until\":\"6.1\","
               "\"needs\":[\"Program Files/D/d.exe\"]");
        look();
        s = step_of(YM_STEP_SET_VALUE, "Run");
        if (m.plan->n_findings != rows[i].shown || (s != NULL) != rows[i].shown) {
            FAIL("row %zu", i);
        }
        if (s != NULL) {
            CHECK(s->old.name == NULL && strcmp(s->after.name, "Defender") == 0);
            CHECK_EQ(s->after.type, YM_REG_EXPAND_SZ);
        }
        done();
    }
}

/* --- keys ----------------------------------------------------------------------------------------- */

static void a_key_goes_as_a_whole_when_it_holds_what_it_should(void) {
    const struct ym_clean_step *s;
    hive_h *h;
    size_t n = 0;

    fresh("6.1");
    h = hive(classes_file);
    make_text(h, ".exe", "", "secfile");
    make_text(h, ".exe\\shell\\open\\command", "", "\"ave.exe\" /START \"%1\" %*");
    make_text(h, "exefile\\shell\\open\\command", "", "\"%1\" %*");
    make_hive_close(h);
    family(
        "\"kind\":\"registry-key\",\"keys\":[\"HKU\\\\*\\\\Software\\\\Classes\\\\.exe\","
        "\"HKU\\\\*\\\\Software\\\\Classes\\\\exefile\",\"HKU\\\\*\\\\Software\\\\Classes\\\\x\"],"
        "\"holds\":\"shell\\\\open\\\\command\",\"values\":[\"(default)\"],"
        "\"data\":\"/START\"");
    look();
    CHECK_EQ(m.plan->n_findings, 1);
    CHECK(finding_at("HKU\\anna\\Software\\Classes\\.exe") != NULL);
    s = step_of(YM_STEP_DELETE_KEY, ".exe");
    CHECK(s != NULL && strcmp(s->file, classes_file) == 0);
    for (const struct ym_clean_saved *one = s->saved; one != NULL; one = one->next) {
        n++;
    }
    CHECK_EQ(n, 6); /* four keys, two values */
    done();
}

static void a_key_of_a_user_is_not_looked_for_in_the_classes(void) {
    hive_h *h;

    fresh("6.1");
    h = hive(classes_file);
    (void)make_key(h, "Software\\Bad");
    (void)make_key(h, "Bad");
    make_hive_close(h);
    h = hive(user_file);
    (void)make_key(h, "Software\\Classes\\Bad");
    make_hive_close(h);
    family("\"kind\":\"registry-key\",\"keys\":[\"HKU\\\\*\\\\Software\\\\Bad\","
           "\"HKU\\\\*\\\\Software\\\\Classes\\\\*\"],\"subkey\":\"^Bad$\"");
    look();
    CHECK_EQ(m.plan->n_findings, 1); /* one place, whichever of the two hives it is in */
    CHECK_EQ(m.plan->n_steps, 2);
    CHECK(finding_at("HKU\\anna\\Software\\Classes\\Bad") != NULL);
    done();
}

static void services(void) {
    static const char *const names[] = {"one", "two", "three"};
    hive_h *h = hive(system_file);

    for (size_t i = 0; i < 3; i++) {
        char key[64];

        (void)snprintf(key, sizeof(key), "ControlSet001\\Services\\%s", names[i]);
        make_text(h, key, "ImagePath", i == 2 ? "c:\\x.exe" : "svchost -k netsvcs");
        (void)snprintf(key, sizeof(key), "ControlSet001\\Services\\%s\\P\\Q", names[i]);
        (void)make_key(h, key);
    }
    make_hive_close(h);
}

static const char by_image[] =
    "\"kind\":\"key-permissions\",\"keys\":[\"HKLM\\\\SYSTEM\\\\CurrentControlSet\\\\Services"
    "\\\\*\"],\"image\":\"netsvcs\",\"below\":true";

static void closed_keys_are_found_and_reset_from_above(void) {
    static const char *const closed[] = {
        "ControlSet001\\Services\\one", "ControlSet001\\Services\\one\\P",
        "ControlSet001\\Services\\two\\P", "ControlSet001\\Services\\three"};
    const struct ym_clean_step *s;

    fresh("6.1");
    services();
    make_permissions(full_path(system_file), closed, 4, "system-only");
    family(by_image);
    look();
    CHECK_EQ(m.plan->n_findings, 2); /* two itself is open, three is no netsvcs */
    s = step_of(YM_STEP_RESET_PERMISSIONS, closed[0]);
    CHECK(s != NULL && strcmp(s->old_text, "D:(A;KA;SY)") == 0 &&
          strstr(s->new_text, "no list") != NULL);
    s = step_of(YM_STEP_RESET_PERMISSIONS, closed[1]);
    CHECK(s != NULL && strstr(s->new_text, "reset first") != NULL);
    CHECK_EQ(m.plan->n_steps, 2);
    CHECK_EQ(m.plan->n_gaps, 0);
    done();
}

static void a_key_below_a_closed_one_that_stays_is_not_repaired(void) {
    static const char *const closed[] = {"ControlSet001\\Services", "ControlSet001\\Services\\one"};

    fresh("6.1");
    services();
    make_permissions(full_path(system_file), closed, 2, "nobody");
    family(by_image);
    look();
    CHECK_EQ(m.plan->n_findings, 1);
    CHECK_EQ(m.plan->n_steps, 0);
    CHECK_EQ(m.plan->n_gaps, 1);
    CHECK(strstr(m.plan->gaps->why, "the key above is closed, too") != NULL);
    done();
}

static void what_counts_as_closed(void) {
    static const struct {
        const char *kind;
        bool write, closed;
        const char *words;
    } rows[] = {{"open", true, false, ""},
                {"null", true, false, ""},
                {"below-only", false, false, ""},
                {"installer", false, false, ""},
                {"installer", true, true, "nobody who cleans may write to this key: "},
                {"read-only", true, true, "nobody who cleans may write to this key: "},
                {"deny-set-value", false, true, "this key denies something to SYSTEM: "},
                {"deny-everyone", false, true, "Administrators and SYSTEM may not read this key: "},
                {"system-only", false, true, "Administrators may not read this key: "}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static const char *const keys[] = {"ControlSet001\\Services\\one"};
        const struct ym_clean_finding *f;

        fresh("6.1");
        services();
        make_permissions(full_path(system_file), keys, 1, rows[i].kind);
        family(rows[i].write ? "\"kind\":\"key-permissions\",\"keys\":[\"HKLM\\\\SYSTEM\\\\"
                               "CurrentControlSet\\\\Services\\\\*\"],\"write\":true"
                             : by_image);
        look();
        f = finding_at("HKLM\\SYSTEM\\ControlSet001\\Services\\one");
        if ((f != NULL) != rows[i].closed ||
            (f != NULL && strncmp(f->what, rows[i].words, strlen(rows[i].words)) != 0)) {
            FAIL("%s: %s", rows[i].kind, f == NULL ? "not found" : f->what);
        }
        done();
    }
}

/* --- programs of Run values ----------------------------------------------------------------------- */

static void the_program_of_a_value_goes_with_it(void) {
    static const struct {
        const char *command, *path; /* NULL: none goes */
    } rows[] = {
        {"C:\\Bad\\a b.exe /x", "Bad/a b.exe"},
        {"\"C:\\Bad\\a b.exe\" /x", "Bad/a b.exe"},
        {"%SystemRoot%\\bad\\x.exe", "Windows/bad/x.exe"},
        {"%windir%\\bad\\x.exe -k", "Windows/bad/x.exe"},
        {"%ProgramFiles%\\bad\\x.exe", "Program Files/bad/x.exe"},
        {"%USERPROFILE%\\bad\\x.exe", "Users/anna/bad/x.exe"},
        {"%appdata%\\bad\\x.exe", "Users/anna/AppData/Roaming/bad/x.exe"},
        {"%LOCALAPPDATA%\\bad\\x.exe", "Users/anna/AppData/Local/bad/x.exe"},
        {"\"%TEMP%\\bad\\x.exe\"", "Users/anna/AppData/Local/Temp/bad/x.exe"},
        {"rundll32.exe C:\\bad\\x.dll,Go", "bad/x.dll"},
        {"rundll32 \"C:\\bad\\x y.dll\",Go", "bad/x y.dll"},
        {"rundll32 C:\\bad\\x.dll,Go", "bad/x.dll"},
        {"C:\\Windows\\System32\\RUNDLL32.EXE %TEMP%\\bad\\x.dll,Go",
         "Users/anna/AppData/Local/Temp/bad/x.dll"},
        {"\"C:\\Windows\\System32\\rundll32.exe\" \"C:\\bad\\x.dll\",Go", "bad/x.dll"},
        {"C:\\good\\x.exe", NULL},
        {"bad\\x.exe", NULL},
        {"x.exe", NULL},
        {"", NULL},
        {"\"", NULL},
        {"rundll32", NULL},
        {"rundll32.exe ", NULL},
        {"%nothing%\\bad\\x.exe", NULL},
        {"\\\\server\\bad\\..\\x.exe", NULL},
        {"C:\\bad\\..\\good\\x.exe", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ym_clean_step *s = NULL;
        hive_h *h;

        fresh("6.1");
        make_text_file(m.root, rows[i].path == NULL ? "good/x.exe" : rows[i].path, "x");
        h = hive(user_file);
        make_text(h, "Software\\Run", "v", rows[i].command);
        make_hive_close(h);
        family("\"kind\":\"run-value\",\"keys\":[\"HKU\\\\*\\\\Software\\\\Run\"],\"data\":\"^\","
               "\"program\":true,\"folders\":[\"[Bb]ad\",\"*/bad\",\"*/*/bad\",\"*/*/*/bad\","
               "\"*/*/*/*/bad\",\"*/*/*/*/*/bad\"]");
        look();
        CHECK(step_of(YM_STEP_DELETE_VALUE, "Software\\Run") != NULL);
        s = rows[i].path == NULL ? NULL : step_of(YM_STEP_REMOVE_FILE, rows[i].path);
        if ((s != NULL) != (rows[i].path != NULL) ||
            m.plan->n_steps != (rows[i].path != NULL ? 2 : 1)) {
            FAIL("%s: %zu steps", rows[i].command, m.plan->n_steps);
        }
        done();
    }
}

static void folders_of_a_user_before_vista(void) {
    hive_h *h;

    fresh("5.1");
    make_text_file(m.root, "Documents and Settings/mari/Application Data/x.exe", "x");
    make_text_file(m.root, "Documents and Settings/mari/Local Settings/Temp/y.exe", "x");
    h = hive(old_user_file);
    make_text(h, "Run", "v", "%APPDATA%\\x.exe");
    make_text(h, "Run", "w", "%TMP%\\y.exe");
    make_hive_close(h);
    h = hive(software_file);
    make_text(h, "Run", "of all users", "%APPDATA%\\x.exe");
    make_hive_close(h);
    family("\"kind\":\"run-value\",\"keys\":[\"HKU\\\\*\\\\Run\",\"HKLM\\\\SOFTWARE\\\\Run\"],"
           "\"data\":\"^\",\"program\":true,\"folders\":[\"*/*/Application Data\",\"*/*/*/Temp\"]");
    look();
    CHECK_EQ(m.plan->n_steps, 5);
    CHECK(step_of(YM_STEP_REMOVE_FILE, "Documents and Settings/mari/Application Data/x.exe") !=
          NULL);
    CHECK(step_of(YM_STEP_REMOVE_FILE, "Documents and Settings/mari/Local Settings/Temp/y.exe") !=
          NULL);
    done();
}

/* --- memory ----------------------------------------------------------------------------------------- */

static void running_out_of_memory_is_an_error(void) {
    static const char *const closed[] = {"ControlSet001\\Services\\one"};
    unsigned nth = 1;

    fresh("6.1");
    services();
    make_permissions(full_path(system_file), closed, 1, "system-only");
    family(by_image);
    look();
    for (; nth < 10000; nth += 1 + nth / 16) {
        struct ym_err err = {0};
        ym_status st;
        unsigned failed;

        ym_arena_free(m.arena);
        m.arena = ym_arena_new(64 << 20);
        CHECK(m.arena != NULL);
        (void)ym_fault_malloc(nth, 0);
        st = try_look(&err);
        failed = ym_fault_malloc(0, 0);
        if (failed == 0 && st == YM_OK && m.plan->n_gaps == 0) {
            break; /* neither here nor in a process that reads a hive */
        }
        CHECK(st == YM_NOMEM || (st == YM_OK && m.plan->n_gaps > 0)); /* a hive that ended */
    }
    CHECK(nth < 10000);
    for (size_t room = 4096; room < 200000; room += 4096) {
        struct ym_err err = {0};
        ym_status st;

        ym_arena_free(m.arena);
        m.arena = ym_arena_new(room);
        CHECK(m.arena != NULL);
        st = try_look(&err);
        CHECK(st == YM_OK || st == YM_LIMIT || st == YM_NOMEM);
    }
    done();
}

MAIN(T(texts_leave_a_list_and_the_rest_stays), T(a_list_matches_when_one_of_its_texts_does),
     T(a_missing_value_is_made_where_windows_has_it),
     T(a_key_goes_as_a_whole_when_it_holds_what_it_should),
     T(a_key_of_a_user_is_not_looked_for_in_the_classes),
     T(closed_keys_are_found_and_reset_from_above),
     T(a_key_below_a_closed_one_that_stays_is_not_repaired), T(what_counts_as_closed),
     T(the_program_of_a_value_goes_with_it), T(folders_of_a_user_before_vista),
     T(running_out_of_memory_is_an_error))
