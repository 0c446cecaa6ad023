/* test_plan.c - plans for volumes that are damaged or oddly made: a gap names the place, and the
 * rest is still looked at. */
#include "clean/plan.h"

#include "base/text.h"
#include "makers/make_hive.h"
#include "makers/make_windows_volume.h"
#include "ym_test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char system_file[] = "WINDOWS/system32/config/SYSTEM";
static const char software_file[] = "WINDOWS/system32/config/software";

struct made {
    char root[64], full[256];
    struct ym_families *families;
    struct ym_volume volume;
    struct ym_arena *arena;
    struct ym_clean_plan *plan;
};

static const char *full_path(struct made *m, const char *path) {
    (void)snprintf(m->full, sizeof(m->full), "%s/%s", m->root, path);
    return m->full;
}

static struct made fresh(bool infected) {
    const char *dir = getenv("YAMORI_FAMILIES"); /* NOLINT(concurrency-mt-unsafe) */
    struct windows_volume_options o = {.infected = infected};
    struct made m = {.families = ym_families_new(), .arena = ym_arena_new(64 << 20)};
    struct ym_err err = {0};

    (void)snprintf(m.root, sizeof(m.root), "/tmp/ym-plan-XXXXXX");
    CHECK(dir != NULL && m.families != NULL && m.arena != NULL && mkdtemp(m.root) != NULL);
    CHECK_EQ(ym_families_load(m.families, dir, &err), YM_OK);
    make_windows_volume(m.root, &o);
    CHECK_EQ(ym_volume_open(m.root, &m.volume, &err), YM_OK);
    return m;
}

static void look(struct made *m) {
    static const char *const only[] = {"Conficker", NULL};
    struct ym_clean_options o = {.families = m->families, .only = only};
    struct ym_err err = {0};

    if (ym_clean_plan_make(&m->volume, &o, m->arena, &m->plan, &err) != YM_OK) {
        FAIL("%s", err.text);
    }
}

static void done(struct made *m) {
    char command[128];

    ym_volume_close(&m->volume);
    ym_families_free(m->families);
    ym_arena_free(m->arena);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", m->root);
    CHECK_EQ(system(command), 0); /* NOLINT: a path of mkdtemp */
}

static bool gap_at(const struct made *m, const char *where) {
    for (const struct ym_clean_gap *g = m->plan->gaps; g != NULL; g = g->next) {
        if (ym_equal_nocase(g->where, where)) {
            return true;
        }
    }
    return false;
}

static void rename_in(struct made *m, const char *from, const char *to) {
    char old[256];

    (void)snprintf(old, sizeof(old), "%s", full_path(m, from));
    CHECK_EQ(rename(old, full_path(m, to)), 0);
}

static void a_windows_without_its_hives_is_no_drive(void) {
    struct made m = fresh(false);

    rename_in(&m, "WINDOWS/system32/config", "WINDOWS/system32/lost");
    look(&m);
    CHECK(strcmp(m.plan->kind, "windows") == 0);
    CHECK_EQ(m.plan->n_gaps, 2);
    CHECK(gap_at(&m, system_file) && gap_at(&m, software_file));
    done(&m);
}

static void a_windows_folder_that_is_a_link_is_a_gap_and_the_rest_is_looked_at(void) {
    struct made m = fresh(true);

    rename_in(&m, "WINDOWS", "elsewhere");
    CHECK_EQ(symlink("elsewhere", full_path(&m, "WINDOWS")), 0);
    look(&m);
    CHECK(ym_clean_plan_found(m.plan)); /* autorun.inf */
    CHECK(gap_at(&m, system_file) && gap_at(&m, software_file) && gap_at(&m, "WINDOWS"));
    done(&m);
}

static void a_file_called_windows_makes_no_windows(void) {
    struct made m = fresh(false);

    rename_in(&m, "WINDOWS", "backup");
    make_text_file(m.root, "WINNT", "a text\n");
    make_text_file(m.root, "Windows/notes.txt", "a text\n");
    look(&m);
    CHECK(strcmp(m.plan->kind, "drive") == 0);
    CHECK_EQ(m.plan->n_gaps, 0);
    done(&m);
}

static void a_second_windows_is_a_gap(void) {
    struct made m = fresh(false);

    make_text_file(m.root, "winnt/system32/config/SYSTEM", "x");
    look(&m);
    CHECK_EQ(m.plan->n_gaps, 1);
    CHECK(gap_at(&m, "winnt"));
    done(&m);
}

static void links_in_the_place_of_profiles_are_gaps_but_windows_own_are_not(void) {
    struct made m = fresh(false);

    rename_in(&m, "Documents and Settings", "Users");
    CHECK_EQ(symlink("/mnt/win/Users", full_path(&m, "Documents and Settings")), 0);
    CHECK_EQ(symlink("../ProgramData", full_path(&m, "Users/All Users")), 0);
    CHECK_EQ(symlink("Default", full_path(&m, "Users/Default User")), 0);
    look(&m);
    CHECK_EQ(m.plan->n_gaps, 0);
    CHECK_EQ(symlink("/home/mari", full_path(&m, "Users/moved")), 0);
    CHECK_EQ(unlink(full_path(&m, "Documents and Settings")), 0);
    CHECK_EQ(symlink("/srv/profiles", full_path(&m, "Documents and Settings")), 0);
    look(&m);
    CHECK_EQ(m.plan->n_gaps, 2);
    CHECK(gap_at(&m, "Users/moved") && gap_at(&m, "Documents and Settings"));
    done(&m);
}

static void a_lost_control_set_is_a_gap(void) {
    struct made m = fresh(false);
    hive_h *h = make_hive_open(full_path(&m, system_file));

    make_dword(h, "Select", "Current", 2);
    CHECK_EQ(hivex_node_delete_child(h, make_key(h, "ControlSet003\\Services")), 0);
    make_hive_close(h);
    look(&m);
    CHECK_EQ(m.plan->n_gaps, 2);
    CHECK(gap_at(&m, system_file) && gap_at(&m, "HKLM\\SYSTEM\\ControlSet003\\Services"));
    done(&m);
}

/* The list of the group, as a step of the plan changes it; NULL: no step does. */
static const struct ym_clean_step *list_step(const struct made *m) {
    for (const struct ym_clean_step *s = m->plan->steps; s != NULL; s = s->next) {
        if (s->op == YM_STEP_SET_VALUE && ym_ends_with_nocase(s->key, "\\Svchost")) {
            return s;
        }
    }
    return NULL;
}

static const char svchost[] = "Microsoft\\Windows NT\\CurrentVersion\\Svchost";

static void a_list_loses_a_name_and_not_a_byte_more(void) {
    static const char list[] = "B\0I\0T\0S\0\0";
    struct made m = fresh(true);
    hive_h *h = make_hive_open(full_path(&m, software_file));
    const struct ym_clean_step *step;
    uint8_t data[128];
    size_t n = 10;

    memcpy(data, list, 10);
    for (size_t i = 0; i <= strlen(MADE_SERVICE); i++, n += 2) {
        data[n] = (uint8_t)MADE_SERVICE[i];
        data[n + 1] = 0;
    }
    data[n++] = 'x'; /* half a character */
    make_bytes(h, svchost, "netsvcs", hive_t_REG_MULTI_SZ, data, n);
    make_hive_close(h);
    look(&m);
    step = list_step(&m);
    CHECK(step != NULL);
    CHECK_EQ(step->after.n, 11);
    CHECK(memcmp(step->after.data, data, 10) == 0);
    CHECK_EQ(step->after.data[10], 'x');
    done(&m);
}

static void a_value_too_long_to_be_written_back_costs_its_own_step(void) {
    struct made m = fresh(true);
    hive_h *h = make_hive_open(full_path(&m, software_file));
    static uint8_t data[YM_REG_SET_MAX + 2];

    make_bytes(h, svchost, "imgsvc", hive_t_REG_MULTI_SZ, data, sizeof(data));
    make_hive_close(h);
    look(&m);
    CHECK(list_step(&m) == NULL && m.plan->n_steps > 10);
    CHECK_EQ(m.plan->n_gaps, 1);
    CHECK(gap_at(&m, "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Svchost"));
    done(&m);
}

/* Every record "vk" of a value of this name claims 2 GB. */
static void break_values(const char *path, const char *name) {
    static uint8_t image[1 << 20];
    FILE *f = fopen(path, "r+b");
    size_t n = f == NULL ? 0 : fread(image, 1, sizeof(image), f);

    for (size_t i = 20; i + strlen(name) <= n; i++) {
        if (memcmp(image + i, name, strlen(name)) == 0 && memcmp(image + i - 20, "vk", 2) == 0) {
            memcpy(image + i - 16, "\xf0\xff\xff\x7f", 4);
        }
    }
    CHECK(f != NULL && fseek(f, 0, SEEK_SET) == 0 && fwrite(image, 1, n, f) == n);
    CHECK_EQ(fclose(f), 0);
}

static void a_key_that_cannot_be_saved_is_not_deleted(void) {
    struct made m = fresh(true);

    break_values(full_path(&m, system_file), "Security");
    look(&m);
    CHECK(ym_clean_plan_found(m.plan) && m.plan->n_steps > 10);
    CHECK_EQ(m.plan->n_gaps, 2);
    CHECK(gap_at(&m, "HKLM\\SYSTEM\\ControlSet001\\Services\\" MADE_SERVICE) &&
          gap_at(&m, "HKLM\\SYSTEM\\ControlSet003\\Services\\" MADE_SERVICE));
    for (const struct ym_clean_step *s = m.plan->steps; s != NULL; s = s->next) {
        CHECK(s->op != YM_STEP_DELETE_KEY);
    }
    done(&m);
}

static void what_system_has_for_itself_is_looked_at(void) {
    static const char *const files[] = {"WINDOWS/system32/config/default",
                                        "WINDOWS/ServiceProfiles/LocalService/NTUSER.DAT"};
    static const char *const places[] = {
        "HKU\\.DEFAULT\\Software\\Microsoft\\Windows\\CurrentVersion\\Applets : dl",
        "HKU\\LocalService\\Software\\Microsoft\\Windows\\CurrentVersion\\Applets : dl"};
    struct made m = fresh(false);
    unsigned found = 0;

    for (size_t i = 0; i < 2; i++) {
        hive_h *h;

        make_text_file(m.root, files[i], "");
        CHECK_EQ(make_hive_start(full_path(&m, files[i])), 0);
        h = make_hive_open(m.full);
        make_text(h, "Software\\Microsoft\\Windows\\CurrentVersion\\Applets", "dl", "0");
        make_hive_close(h);
    }
    look(&m);
    for (const struct ym_clean_finding *f = m.plan->findings; f != NULL; f = f->next) {
        found += strcmp(f->where, places[0]) == 0 || strcmp(f->where, places[1]) == 0 ? 1 : 0;
    }
    CHECK_EQ(found, 2);
    CHECK_EQ(m.plan->n_gaps, 0);
    done(&m);
}

static void ordinary_services_of_netsvcs_are_known(void) {
    static const char *const names[][2] = {
        {"napagent", "qagentrt.dll"}, {"dcsvc", "dcsvc.dll"}, {"UxTuneUp", "uxtuneup.dll"}};
    struct made m = fresh(false);
    hive_h *h = make_hive_open(full_path(&m, system_file));
    char key[128];
    char dll[128];

    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(key, sizeof(key), "ControlSet001\\Services\\%s", names[i][0]);
        make_expand(h, key, "ImagePath", "%SystemRoot%\\System32\\svchost.exe -k netsvcs");
        (void)snprintf(key, sizeof(key), "ControlSet001\\Services\\%s\\Parameters", names[i][0]);
        (void)snprintf(dll, sizeof(dll), "%%SystemRoot%%\\System32\\%s", names[i][1]);
        make_expand(h, key, "ServiceDll", dll);
    }
    make_hive_close(h);
    look(&m);
    CHECK_EQ(m.plan->n_findings, 0);
    done(&m);
}

/* ---- What a scanner says ------------------------------------------------------------------------ */

struct fake {
    struct ym_clean_looked rows[8];
    size_t n, files;
    bool fails;
};

static ym_status fake_file(void *self, int fd, const char *path, struct ym_err *err) {
    struct fake *f = self;

    CHECK(close(fd) == 0 && path[0] != '/' && path[0] != '\0');
    f->files++;
    return f->fails ? ym_fail(err, YM_IO, "fake", YM_ERR_NO_OFFSET, "no scanner") : YM_OK;
}

static ym_status fake_end(void *self, const struct ym_clean_looked **ret_rows, size_t *ret_n,
                          struct ym_err *err) {
    struct fake *f = self;

    (void)err;
    *ret_rows = f->rows;
    *ret_n = f->n;
    return YM_OK;
}

static ym_status look_with(struct made *m, struct fake *f, const char *const *only, bool full) {
    const struct ym_clean_scanner scanner = {f, fake_file, fake_end};
    const struct ym_clean_options o = {
        .families = m->families, .only = only, .full = full, .scanner = &scanner};
    struct ym_err err = {0};

    return ym_clean_plan_make(&m->volume, &o, m->arena, &m->plan, &err);
}

/* Findings that are strong, of a family that is there. */
static unsigned strong_of(const struct made *m, const char *name) {
    for (size_t i = 0; i < m->plan->n_verdicts; i++) {
        if (strcmp(m->plan->verdicts[i].family->name, name) == 0 && m->plan->verdicts[i].found) {
            return m->plan->verdicts[i].strong;
        }
    }
    return 0;
}

static void detections_become_findings_of_who_claims_them(void) {
    struct made m = fresh(false);
    struct fake f = {
        .rows =
            {{.path = "1.bin", .name = "Worm:Win32/Conficker.B", .object = "", .layers = ""},
             {.path = "2.bin", .name = "Win.Trojan.Nobody-1", .object = "x", .layers = "zip>pe"},
             {.path = "2.bin", .why = "encrypted"},
             {.path = "3.bin", .name = "Odd", .object = "", .layers = "", .store = true},
             {.path = "gone.bin", .name = "Odd", .object = "", .layers = ""}},
        .n = 5};

    make_text_file(m.root, "1.bin", "a\n");
    make_text_file(m.root, "2.bin", "b\n");
    make_text_file(m.root, "3.bin", "c\n");
    CHECK_EQ(look_with(&m, &f, NULL, true), YM_OK);
    CHECK(f.files >= 3 && m.plan->files == f.files && m.plan->scanned);
    CHECK_EQ(strong_of(&m, "Conficker"), 1);
    CHECK_EQ(strong_of(&m, "Nobody"), 1);
    CHECK_EQ(strong_of(&m, "Odd"), 2);
    CHECK_EQ(m.plan->n_steps, 2);
    CHECK(strcmp(m.plan->steps->file, "1.bin") == 0);
    CHECK(gap_at(&m, "2.bin") && gap_at(&m, "gone.bin"));
    CHECK(m.plan->unrepaired == 2); /* the store, and what is not there */
    done(&m);
}

static void a_scanner_is_asked_for_a_full_plan_and_the_families_wanted(void) {
    static const char *const only[] = {"Taterf", NULL};
    struct made m = fresh(false);
    struct fake f = {
        .rows = {{.path = "1.bin", .name = "Worm:Win32/Conficker.B", .object = "", .layers = ""},
                 {.path = "1.bin", .name = "Win.Trojan.Nobody-1", .object = "", .layers = ""}},
        .n = 2};

    make_text_file(m.root, "1.bin", "a\n");
    CHECK_EQ(look_with(&m, &f, NULL, false), YM_OK);
    CHECK(f.files == 0 && !m.plan->scanned && m.plan->n_findings == 0);
    CHECK_EQ(look_with(&m, &f, only, true), YM_OK);
    CHECK(f.files > 0 && m.plan->n_verdicts == 1 && m.plan->n_findings == 0);
    f.fails = true;
    CHECK_EQ(look_with(&m, &f, only, true), YM_IO);
    done(&m);
}

MAIN(T(detections_become_findings_of_who_claims_them),
     T(a_scanner_is_asked_for_a_full_plan_and_the_families_wanted),
     T(a_windows_without_its_hives_is_no_drive),
     T(a_windows_folder_that_is_a_link_is_a_gap_and_the_rest_is_looked_at),
     T(a_file_called_windows_makes_no_windows), T(a_second_windows_is_a_gap),
     T(links_in_the_place_of_profiles_are_gaps_but_windows_own_are_not),
     T(a_lost_control_set_is_a_gap), T(a_list_loses_a_name_and_not_a_byte_more),
     T(a_value_too_long_to_be_written_back_costs_its_own_step),
     T(a_key_that_cannot_be_saved_is_not_deleted), T(what_system_has_for_itself_is_looked_at),
     T(ordinary_services_of_netsvcs_are_known))
