/* test_doors.c - which doors of a made Windows volume are open: by file, by value, by damage. */
#include "clean/doors.h"

#include "makers/make_doors.h"
#include "makers/make_hive.h"
#include "makers/make_sam.h"
#include "makers/make_windows_volume.h"
#include "ym_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];
static struct ym_arena *arena;
static const char *const every[] = {"ms08-067",        "autorun-removable",
                                    "autorun-network", "autorun-fixed",
                                    "autorun-cd",      "services",
                                    "lockout",         "weak-passwords",
                                    "password-policy", "shares",
                                    "admin-shares",    "anonymous",
                                    "kill-bits",       "office-file-block",
                                    "office-macros",   "office-protected-view"};
enum { DOORS = sizeof(every) / sizeof(every[0]) };

static void remove_root(void) {
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    CHECK_EQ(system(command), 0); /* NOLINT: a path of mkdtemp */
}

static void fresh(const struct made_windows *w, enum made_state state) {
    if (root[0] != '\0') {
        remove_root();
    }
    (void)snprintf(root, sizeof(root), "/tmp/ym-doors-XXXXXX");
    CHECK(mkdtemp(root) != NULL);
    make_doors_volume(root, w, state);
}

static void done(void) {
    remove_root();
    root[0] = '\0';
    ym_arena_free(arena);
    arena = NULL;
}

static ym_status look_with(struct ym_arena *a, const char *id, struct ym_doors **ret) {
    const char *only[] = {id, NULL};
    struct ym_volume v;
    struct ym_err err = {0};
    ym_status st;

    CHECK_EQ(ym_volume_open(root, &v, &err), YM_OK);
    st = ym_doors_look(&v, id == NULL ? NULL : only, a, ret, &err);
    CHECK((st == YM_OK) == (err.text[0] == '\0'));
    ym_volume_close(&v);
    return st;
}

static struct ym_doors *look(const char *id) {
    struct ym_doors *doors = NULL;

    ym_arena_free(arena);
    arena = ym_arena_new(256U << 20);
    CHECK_EQ(look_with(arena, id, &doors), YM_OK);
    return doors;
}

static const struct ym_door *door(const struct ym_doors *doors, const char *id) {
    const struct ym_door *d = doors->first;

    while (d != NULL && strcmp(d->id, id) != 0) {
        d = d->next;
    }
    CHECK(d != NULL);
    return d;
}

static ym_door_state state_of(const char *id) {
    return door(look(id), id)->state;
}

static void check_state(const char *what, const char *id, ym_door_state want) {
    ym_door_state got = state_of(id);

    if (got != want) {
        FAIL("%s, %s: got %s, want %s", what, id, ym_door_state_word(got),
             ym_door_state_word(want));
    }
}

static bool noted(const struct ym_door *d, const char *text) {
    for (const struct ym_door_evidence *e = d->evidence; e != NULL; e = e->next) {
        if (e->note.in[YM_DOORS_EN] != NULL && strstr(e->note.in[YM_DOORS_EN], text) != NULL) {
            CHECK(e->note.in[YM_DOORS_JA] != NULL);
            return true;
        }
    }
    return false;
}

static hive_h *open_at(const char *path) {
    char full[256];

    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    return make_hive_open(full);
}

static void empty_hive(const char *path) {
    char full[256];

    make_text_file(root, path, ""); /* and the folders on the way */
    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    CHECK_EQ(make_hive_start(full), 0);
}

static hive_h *config(const struct made_windows *w, const char *name) {
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/config/%s", made_folder(w), name);
    return open_at(path);
}

static void remove_at(const char *path) {
    char full[256];

    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    CHECK_EQ(unlink(full), 0);
}

/* --- the shapes -------------------------------------------------------------------------------- */

/* Every kind of Windows, open, half closed and closed. */
static void made_volumes_are_judged_as_they_were_made(void) {
    static const struct {
        const char *system;
        const char *want[3]; /* a letter a door, in order: Open, Partly, Closed, Unknown, Not */
    } rows[] = {
        {"2000", {"OOOOOOOOOPOOOOON", "OUUUUPPOPPOOPPPN", "CCCCCCCCCCCCCCCN"}},
        {"xp2", {"OOOOOOOOOPOOOOON", "OPPPPPPPPPPPPPPN", "CCCCCCCCCCCCCCCN"}},
        {"xp3", {"OOOOOOOOOPOOOOON", "OPPPPPPPPPPPPPPN", "CCCCCCCCCCCCCCCN"}},
        {"2003", {"OOOOOOOOOPOOOOON", "OPPPPPPPPPOPPPPN", "CCCCCCCCCCCCCCCN"}},
        {"xp64", {"OOOOOOOOOPOOOOON", "OPPPPPPPPPOPPPPN", "CCCCCCCCCCCCCCCN"}},
        {"vista", {"OOOOPOOOOPPOOOON", "OUUUUPPPPPPPPPPN", "CCCCCCCCCCCCCCCN"}},
        {"win7", {"NCCCPOOOOPPOOOOO", "NCCCCPPPPPPPPPPP", "NCCCCCCCCCCCCCCC"}},
        {"win10", {"NCCCPOOOOPPOOOOO", "NCCCCPPPPPPPPPPP", "NCCCCCCCCCCCCCCC"}},
    };
    static const char letters[YM_DOOR_STATES] = {'C', 'N', 'U', 'P', 'O'};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned state = MADE_OPEN; state <= MADE_CLOSED; state++) {
            char got[DOORS + 1] = {0};
            const struct ym_doors *doors;
            size_t n = 0;

            fresh(made_system(rows[i].system), (enum made_state)state);
            doors = look(NULL);
            CHECK_EQ(doors->n, DOORS);
            for (const struct ym_door *d = doors->first; d != NULL; d = d->next) {
                CHECK(strcmp(d->id, every[n]) == 0);
                CHECK(strcmp(ym_doors_id(n), every[n]) == 0);
                got[n++] = letters[d->state];
            }
            if (strcmp(got, rows[i].want[state]) != 0) {
                FAIL("%s %u: got %s, want %s", rows[i].system, state, got, rows[i].want[state]);
            }
            CHECK(doors->gaps == NULL);
        }
    }
    CHECK(ym_doors_id(DOORS) == NULL);
    done();
}

/* --- MS08-067 ---------------------------------------------------------------------------------- */

static void each_limit_of_the_fix_is_kept(void) {
    static const char xp[] = "Microsoft Windows XP";
    static const char server[] = "Microsoft Windows Server 2003";
    static const char vista[] = "Windows Vista (TM) Ultimate";
    static const struct {
        const char *version, *build, *pack, *product;
        uint16_t file[4];
        ym_door_state want;
    } rows[] = {
        {"5.0", "2195", "Service Pack 4", "Windows 2000", {5, 0, 2195, 7202}, YM_DOOR_OPEN},
        {"5.0", "2195", "Service Pack 4", "Windows 2000", {5, 0, 2195, 7203}, YM_DOOR_CLOSED},
        {"5.0", "2195", "Service Pack 4", "Windows 2000", {5, 0, 2195, 7204}, YM_DOOR_CLOSED},
        {"5.0", "2195", "Service Pack 3", "Windows 2000", {5, 0, 2195, 7204}, YM_DOOR_UNKNOWN},
        {"5.1", "2600", "Service Pack 2", xp, {5, 1, 2600, 3461}, YM_DOOR_OPEN},
        {"5.1", "2600", "Service Pack 2", xp, {5, 1, 2600, 3462}, YM_DOOR_CLOSED},
        {"5.1", "2600", "Service Pack 2", xp, {5, 1, 2600, 5511}, YM_DOOR_CLOSED},
        /* SP3's file as released has the hole, and is "higher" than SP2's fix */
        {"5.1", "2600", "Service Pack 2", xp, {5, 1, 2600, 5512}, YM_DOOR_UNKNOWN},
        {"5.1", "2600", "Service Pack 3", xp, {5, 1, 2600, 3462}, YM_DOOR_OPEN},
        {"5.1", "2600", "Service Pack 3", xp, {5, 1, 2600, 5693}, YM_DOOR_OPEN},
        {"5.1", "2600", "Service Pack 3", xp, {5, 1, 2600, 5694}, YM_DOOR_CLOSED},
        {"5.1", "2600", "Service Pack 3", xp, {5, 1, 2600, 5695}, YM_DOOR_CLOSED},
        {"5.1", "2600", "Service Pack 1", xp, {5, 1, 2600, 5695}, YM_DOOR_UNKNOWN},
        {"5.1", "2600", NULL, xp, {5, 1, 2600, 5695}, YM_DOOR_UNKNOWN},
        {"5.1", "2600", "Service Pack 3", xp, {5, 2, 3790, 4392}, YM_DOOR_UNKNOWN},
        {"5.1", "2600", "Service Pack 3", xp, {5, 1, 2601, 5694}, YM_DOOR_UNKNOWN},
        {"5.2", "3790", "Service Pack 1", server, {5, 2, 3790, 3228}, YM_DOOR_OPEN},
        {"5.2", "3790", "Service Pack 1", server, {5, 2, 3790, 3229}, YM_DOOR_CLOSED},
        {"5.2", "3790", "Service Pack 1", server, {5, 2, 3790, 3959}, YM_DOOR_UNKNOWN},
        {"5.2", "3790", "Service Pack 2", server, {5, 2, 3790, 4391}, YM_DOOR_OPEN},
        {"5.2", "3790", "Service Pack 2", server, {5, 2, 3790, 4392}, YM_DOOR_CLOSED},
        {"5.2", "3790", NULL, server, {5, 2, 3790, 3229}, YM_DOOR_UNKNOWN},
        {"5.2", "3790", NULL, xp, {5, 2, 3790, 3228}, YM_DOOR_OPEN}, /* x64 */
        {"5.2", "3790", NULL, xp, {5, 2, 3790, 3229}, YM_DOOR_CLOSED},
        {"6.0", "6000", NULL, vista, {6, 0, 6000, 16763}, YM_DOOR_OPEN},
        {"6.0", "6000", NULL, vista, {6, 0, 6000, 16764}, YM_DOOR_CLOSED},
        {"6.0", "6000", NULL, vista, {6, 0, 6000, 19999}, YM_DOOR_CLOSED},
        {"6.0", "6000", NULL, vista, {6, 0, 6000, 20000}, YM_DOOR_OPEN},
        {"6.0", "6000", NULL, vista, {6, 0, 6000, 20936}, YM_DOOR_OPEN},
        {"6.0", "6000", NULL, vista, {6, 0, 6000, 20937}, YM_DOOR_CLOSED},
        {"6.0", "6000", NULL, vista, {6, 0, 6001, 18157}, YM_DOOR_UNKNOWN},
        {"6.0", "6001", "Service Pack 1", vista, {6, 0, 6001, 18156}, YM_DOOR_OPEN},
        {"6.0", "6001", "Service Pack 1", vista, {6, 0, 6001, 18157}, YM_DOOR_CLOSED},
        {"6.0", "6001", "Service Pack 1", vista, {6, 0, 6001, 22287}, YM_DOOR_OPEN},
        {"6.0", "6001", "Service Pack 1", vista, {6, 0, 6001, 22288}, YM_DOOR_CLOSED},
        {"6.0", "6001", "Service Pack 1", vista, {6, 0, 6000, 20937}, YM_DOOR_OPEN},
        {"6.0", "6002", "Service Pack 2", vista, {6, 0, 6002, 18005}, YM_DOOR_UNKNOWN},
        {"6.1", "7600", NULL, "Windows 7", {6, 1, 7600, 16385}, YM_DOOR_NOT_APPLICABLE},
        {"6.3", "9600", NULL, "Windows 8.1", {6, 3, 9600, 1}, YM_DOOR_NOT_APPLICABLE},
        {"4.0", "1381", "Service Pack 6", "NT", {4, 0, 1381, 1}, YM_DOOR_UNKNOWN},
        {"x.y", "", "", "", {5, 1, 2600, 5694}, YM_DOOR_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct made_windows w = {.name = "row",
                                 .version = rows[i].version,
                                 .build = rows[i].build,
                                 .pack = rows[i].pack,
                                 .product = rows[i].product,
                                 .office = "11.0"};
        char what[32];

        (void)snprintf(what, sizeof(what), "row %zu", i);
        memcpy(w.netapi_new, rows[i].file, sizeof(w.netapi_new));
        fresh(&w, MADE_CLOSED);
        check_state(what, "ms08-067", rows[i].want);
    }
    done();
}

static void a_file_that_cannot_be_judged_is_never_fixed(void) {
    const struct made_windows *w = made_system("xp3");
    char path[256];

    fresh(w, MADE_CLOSED);
    remove_at("WINDOWS/system32/netapi32.dll");
    check_state("missing", "ms08-067", YM_DOOR_UNKNOWN);
    CHECK(noted(door(look("ms08-067"), "ms08-067"), "missing"));
    make_text_file(root, "WINDOWS/system32/netapi32.dll", "no program\n");
    check_state("text", "ms08-067", YM_DOOR_UNKNOWN);
    make_text_file(root, "WINDOWS/system32/netapi32.dll", "");
    check_state("empty", "ms08-067", YM_DOOR_UNKNOWN);
    make_dll(root, "WINDOWS/system32/netapi32.dll", w->netapi_new);
    (void)snprintf(path, sizeof(path), "%s/WINDOWS/system32/netapi32.dll", root);
    CHECK_EQ(truncate(path, (64 << 20) + 1), 0); /* a hole behind a good file */
    check_state("too large", "ms08-067", YM_DOOR_UNKNOWN);
    CHECK_EQ(truncate(path, 64 << 20), 0);
    check_state("just not too large", "ms08-067", YM_DOOR_CLOSED);
    remove_at("WINDOWS/system32/netapi32.dll");
    make_dll(root, "other.dll", w->netapi_new);
    (void)snprintf(path, sizeof(path), "%s/WINDOWS/system32/netapi32.dll", root);
    CHECK_EQ(symlink("../../other.dll", path), 0);
    check_state("link", "ms08-067", YM_DOOR_UNKNOWN);
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(mkfifo(path, 0600), 0);
    check_state("fifo", "ms08-067", YM_DOOR_UNKNOWN);
    done();
}

static void a_cut_file_is_unknown_at_every_length(void) {
    const struct made_windows *w = made_system("xp3");
    static uint8_t bytes[8192];
    char path[256];
    size_t n;
    FILE *f;

    fresh(w, MADE_CLOSED);
    (void)snprintf(path, sizeof(path), "%s/WINDOWS/system32/netapi32.dll", root);
    f = fopen(path, "rb");
    CHECK(f != NULL);
    n = fread(bytes, 1, sizeof(bytes), f);
    (void)fclose(f);
    CHECK(n > 0x480 && n < sizeof(bytes));
    for (size_t cut = 0; cut < 0x480; cut += 37) { /* the version's numbers end behind that */
        CHECK_EQ(truncate(path, (off_t)cut), 0);
        check_state("cut", "ms08-067", YM_DOOR_UNKNOWN);
        make_file(root, "WINDOWS/system32/netapi32.dll", bytes, n, 0644);
    }
    check_state("whole", "ms08-067", YM_DOOR_CLOSED);
    done();
}

static void both_files_of_64_bit_windows_count(void) {
    const struct made_windows *w = made_system("xp64");

    fresh(w, MADE_CLOSED);
    make_dll(root, "WINDOWS/SysWOW64/netapi32.dll", w->netapi_old);
    check_state("32-bit old", "ms08-067", YM_DOOR_OPEN);
    make_dll(root, "WINDOWS/SysWOW64/netapi32.dll", w->netapi_new);
    make_dll(root, "WINDOWS/system32/netapi32.dll", w->netapi_old);
    check_state("64-bit old", "ms08-067", YM_DOOR_OPEN);
    make_dll(root, "WINDOWS/system32/netapi32.dll", w->netapi_new);
    remove_at("WINDOWS/SysWOW64/netapi32.dll");
    check_state("32-bit missing", "ms08-067", YM_DOOR_UNKNOWN);
    done();
}

static void a_mark_of_the_registry_is_no_proof(void) {
    const struct made_windows *w = made_system("xp3");
    const struct ym_door *d;

    fresh(w, MADE_HALF); /* the mark is there, the file is old */
    CHECK_EQ(state_of("ms08-067"), YM_DOOR_OPEN);
    CHECK(noted(door(look("ms08-067"), "ms08-067"), "says installed, the file is old"));
    remove_at("WINDOWS/system32/netapi32.dll"); /* the mark is shown all the same, and only shown */
    CHECK_EQ(state_of("ms08-067"), YM_DOOR_UNKNOWN);
    d = door(look("ms08-067"), "ms08-067");
    CHECK_EQ(d->n_evidence, 2);
    CHECK(strstr(d->evidence->next->where, "KB958644") != NULL);
    CHECK_EQ(d->evidence->next->mark, YM_MARK_INFO);
    CHECK(d->evidence->next->note.in[YM_DOORS_EN] == NULL);
    fresh(w, MADE_OPEN);
    CHECK(!noted(door(look("ms08-067"), "ms08-067"), "says installed"));
    make_dll(root, "WINDOWS/system32/netapi32.dll", w->netapi_new);
    CHECK_EQ(state_of("ms08-067"), YM_DOOR_CLOSED);
    CHECK(noted(door(look("ms08-067"), "ms08-067"), "does not say installed"));
    done();
}

/* --- autorun ----------------------------------------------------------------------------------- */

enum { NONE = -1 };

static void set_or_not(hive_h *h, const char *key, const char *name, int v) {
    if (v != NONE) {
        make_dword(h, key, name, (uint32_t)v);
    }
}

static void autorun_is_off_only_when_windows_obeys(void) {
    static const char policies[] = "Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer";
    static const char user[] = "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer";
    static const struct {
        const char *system;
        int machine, user, honour;
        bool new_shell, mapped, kb971029;
        ym_door_state removable, cd;
    } rows[] = {
        /* nothing set: XP's default 0x91 covers neither */
        {"xp3", NONE, NONE, NONE, true, false, false, YM_DOOR_OPEN, YM_DOOR_OPEN},
        /* 2003's default 0x95 covers removable drives */
        {"2003", NONE, NONE, NONE, true, false, false, YM_DOOR_CLOSED, YM_DOOR_OPEN},
        {"xp3", 0xff, NONE, NONE, true, false, false, YM_DOOR_CLOSED, YM_DOOR_CLOSED},
        {"xp3", 0x04, NONE, 1, true, false, false, YM_DOOR_CLOSED, YM_DOOR_OPEN},
        {"xp3", 0x20, NONE, 1, true, false, false, YM_DOOR_OPEN, YM_DOOR_CLOSED},
        {"xp3", NONE, 0xff, 1, true, false, false, YM_DOOR_CLOSED, YM_DOOR_CLOSED},
        /* the machine's value wins over the user's */
        {"xp3", 0x91, 0xff, 1, true, false, false, YM_DOOR_OPEN, YM_DOOR_OPEN},
        {"xp3", 0xff, 0x91, 1, true, false, false, YM_DOOR_CLOSED, YM_DOOR_CLOSED},
        /* set, but the file is old: whatever the registry says */
        {"xp3", 0xff, NONE, NONE, false, false, false, YM_DOOR_PARTLY, YM_DOOR_PARTLY},
        {"xp3", 0xff, NONE, 1, false, false, false, YM_DOOR_PARTLY, YM_DOOR_PARTLY},
        /* the update is there and told not to be obeyed */
        {"xp3", 0xff, NONE, 0, true, false, false, YM_DOOR_PARTLY, YM_DOOR_PARTLY},
        /* no file is known for 2000 and Vista: the value decides */
        {"2000", 0xff, NONE, 1, false, false, false, YM_DOOR_CLOSED, YM_DOOR_CLOSED},
        {"2000", 0xff, NONE, NONE, true, false, false, YM_DOOR_UNKNOWN, YM_DOOR_UNKNOWN},
        {"vista", 0xff, NONE, 1, false, false, false, YM_DOOR_CLOSED, YM_DOOR_CLOSED},
        /* the mapping works whatever else is there */
        {"xp3", NONE, NONE, NONE, false, true, false, YM_DOOR_CLOSED, YM_DOOR_CLOSED},
        {"win7", NONE, NONE, NONE, false, true, false, YM_DOOR_CLOSED, YM_DOOR_CLOSED},
        /* KB971029 for all but CDs, with its file */
        {"xp3", NONE, NONE, NONE, true, false, true, YM_DOOR_CLOSED, YM_DOOR_OPEN},
        {"xp3", NONE, NONE, NONE, false, false, true, YM_DOOR_OPEN, YM_DOOR_OPEN},
        {"win7", NONE, NONE, NONE, false, false, false, YM_DOOR_CLOSED, YM_DOOR_PARTLY},
        {"win10", 0, NONE, NONE, false, false, false, YM_DOOR_CLOSED, YM_DOOR_PARTLY},
        {"win10", 0x20, NONE, NONE, false, false, false, YM_DOOR_CLOSED, YM_DOOR_CLOSED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct made_windows w = *made_system(rows[i].system);
        char what[32];
        char path[64];
        hive_h *h;

        (void)snprintf(what, sizeof(what), "row %zu", i);
        fresh(&w, MADE_OPEN);
        (void)snprintf(path, sizeof(path), "%s/shell32.dll", made_folder(&w));
        make_dll(root, path, rows[i].new_shell ? w.shell_new : w.shell_old);
        h = config(&w, "SOFTWARE");
        set_or_not(h, policies, "NoDriveTypeAutoRun", rows[i].machine);
        set_or_not(h, policies, "HonorAutorunSetting", rows[i].honour);
        if (rows[i].mapped) {
            make_text(h, "Microsoft\\Windows NT\\CurrentVersion\\IniFileMapping\\Autorun.inf", "",
                      "@sys:doesnotexist");
        }
        if (rows[i].kb971029) {
            (void)make_key(h, "Microsoft\\Updates\\Windows XP\\SP4\\KB971029");
        }
        make_hive_close(h);
        empty_hive(made_user(&w));
        h = open_at(made_user(&w));
        set_or_not(h, user, "NoDriveTypeAutoRun", rows[i].user);
        make_hive_close(h);
        check_state(what, "autorun-removable", rows[i].removable);
        check_state(what, "autorun-cd", rows[i].cd);
    }
    done();
}

static void profiles_of_services_do_not_count(void) {
    static const char key[] = "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer";
    struct made_windows w = *made_system("xp3");
    hive_h *h;

    memcpy(w.shell_old, w.shell_new, sizeof(w.shell_old));
    fresh(&w, MADE_HALF); /* mari's mask covers all */
    empty_hive("Documents and Settings/LocalService/NTUSER.DAT");
    check_state("a service", "autorun-removable", YM_DOOR_CLOSED);
    empty_hive("Documents and Settings/guest/NTUSER.DAT");
    check_state("a second user", "autorun-removable", YM_DOOR_PARTLY);
    h = open_at("Documents and Settings/guest/NTUSER.DAT");
    make_dword(h, key, "NoDriveAutoRun", 0x03ffffff); /* every letter, instead */
    make_hive_close(h);
    check_state("all letters", "autorun-removable", YM_DOOR_CLOSED);
    h = open_at("Documents and Settings/guest/NTUSER.DAT");
    make_dword(h, key, "NoDriveAutoRun", 0x03fffffe);
    make_hive_close(h);
    check_state("all but A:", "autorun-removable", YM_DOOR_PARTLY);
    done();
}

/* --- damage ------------------------------------------------------------------------------------ */

/* Every value that closes a door, as a value of another type: unknown, never closed. */
static void values_of_a_wrong_type_are_unknown(void) {
    static const struct {
        const char *hive, *key, *name, *door;
    } rows[] = {
        {"SOFTWARE", "Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer", "NoDriveTypeAutoRun",
         "autorun-removable"},
        {"SOFTWARE", "Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer",
         "HonorAutorunSetting", "autorun-cd"},
        {"SOFTWARE", "Microsoft\\Windows NT\\CurrentVersion", "CSDVersion", "ms08-067"},
        {"SOFTWARE", "Microsoft\\Windows NT\\CurrentVersion", "CurrentVersion", "ms08-067"},
        {"SOFTWARE", "Microsoft\\Windows NT\\CurrentVersion", "CurrentVersion", "services"},
        {"SOFTWARE", "Microsoft\\Windows NT\\CurrentVersion", "CurrentVersion", "autorun-fixed"},
        {"SYSTEM", "ControlSet001\\Services\\wuauserv", "Start", "services"},
        {"SYSTEM", "ControlSet002\\Services\\BITS", "Start", "services"},
        {"SAM", "SAM\\Domains\\Account", "F", "lockout"},
        {"SAM", "SAM\\Domains\\Account", "F", "password-policy"},
        {"SYSTEM", "ControlSet001\\Services\\LanmanServer\\Shares", "odd", "shares"},
        {"SYSTEM", "ControlSet001\\Services\\LanmanServer\\Parameters", "RestrictNullSessAccess",
         "anonymous"},
        {"SYSTEM", "ControlSet001\\Services\\LanmanServer\\Parameters", "NullSessionShares",
         "anonymous"},
        {"SYSTEM", "ControlSet002\\Control\\Lsa", "restrictanonymous", "anonymous"},
        {"SYSTEM", "ControlSet002\\Services\\LanmanServer\\Parameters", "AutoShareWks",
         "admin-shares"},
        {"SOFTWARE",
         "Microsoft\\Internet Explorer\\ActiveX "
         "Compatibility\\{C932BA85-4374-101B-A56C-00AA003668DC}",
         "Compatibility Flags", "kill-bits"},
        {NULL, "Software\\Policies\\Microsoft\\Office\\11.0\\Word\\Security\\FileOpenBlock",
         "BinaryFiles", "office-file-block"},
        {NULL, "Software\\Policies\\Microsoft\\Office\\11.0\\Word\\Security", "Level",
         "office-macros"},
    };
    const struct made_windows *w = made_system("xp3");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool dword = strcmp(rows[i].door, "ms08-067") == 0 ||
                     strcmp(rows[i].name, "CurrentVersion") == 0 || rows[i].name[0] == 'F' ||
                     strcmp(rows[i].name, "odd") == 0 ||
                     strcmp(rows[i].name, "NullSessionShares") == 0;
        hive_h *h;

        fresh(w, MADE_CLOSED);
        CHECK_EQ(state_of(rows[i].door), YM_DOOR_CLOSED);
        h = rows[i].hive == NULL ? open_at(made_user(w)) : config(w, rows[i].hive);
        if (dword) {
            make_dword(h, rows[i].key, rows[i].name, 0xffffffff);
        } else {
            make_text(h, rows[i].key, rows[i].name, "255");
        }
        make_hive_close(h);
        check_state(rows[i].name, rows[i].door, YM_DOOR_UNKNOWN);
    }
    done();
}

static void numbers_of_a_wrong_size_are_unknown(void) {
    const struct made_windows *w = made_system("xp3");

    for (size_t n = 0; n < 9; n++) {
        hive_h *h;

        fresh(w, MADE_CLOSED);
        h = config(w, "SYSTEM");
        make_bytes(h, "ControlSet001\\Services\\wuauserv", "Start", hive_t_REG_DWORD,
                   "\x02\0\0\0\0\0\0\0\0", n);
        make_hive_close(h);
        check_state("size", "services", n == 4 ? YM_DOOR_CLOSED : YM_DOOR_UNKNOWN);
    }
    done();
}

/* A policy cut at some lengths in a real hive; all lengths are in test_sam_policy. */
static void a_cut_policy_is_unknown(void) {
    static const size_t lengths[] = {0, 1, 47, 103};
    const struct made_windows *w = made_system("vista");
    uint8_t policy[MADE_POLICY];

    make_policy(policy, 5, 10, true);
    for (size_t i = 0; i < 4; i++) {
        hive_h *h;

        fresh(w, MADE_CLOSED);
        h = config(w, "SAM");
        make_bytes(h, "SAM\\Domains\\Account", "F", hive_t_REG_BINARY, policy, lengths[i]);
        make_hive_close(h);
        check_state("cut", "lockout", YM_DOOR_UNKNOWN);
        check_state("cut", "password-policy", YM_DOOR_UNKNOWN);
    }
    done();
}

static void a_domain_controller_keeps_its_policy_elsewhere(void) {
    const struct made_windows *w = made_system("2003");
    hive_h *h;

    fresh(w, MADE_CLOSED);
    h = config(w, "SYSTEM");
    make_text(h, "ControlSet001\\Control\\ProductOptions", "ProductType", "LanmanNT");
    make_hive_close(h);
    check_state("controller", "lockout", YM_DOOR_UNKNOWN);
    done();
}

/* Sets the declared length of a value in the file's bytes. */
static void forge_length(const char *path, const char *name, uint32_t length) {
    static uint8_t bytes[1 << 20];
    char full[256];
    size_t n;
    FILE *f;
    bool found = false;

    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    f = fopen(full, "rb");
    CHECK(f != NULL);
    n = fread(bytes, 1, sizeof(bytes), f);
    (void)fclose(f);
    for (size_t at = 20; at + strlen(name) <= n; at++) {
        if (memcmp(bytes + at, name, strlen(name)) == 0 && memcmp(bytes + at - 20, "vk", 2) == 0) {
            for (unsigned i = 0; i < 4; i++) {
                bytes[at - 16 + i] = (uint8_t)(length >> (8 * i));
            }
            found = true;
        }
    }
    CHECK(found);
    make_file(root, path, bytes, n, 0644);
}

static void huge_declared_lengths_are_unknown(void) {
    static const uint32_t lengths[] = {0xffffffff, 0x7fffffff, 0x80000005, 0x40000000};
    const struct made_windows *w = made_system("xp3");

    for (size_t i = 0; i < 4; i++) {
        fresh(w, MADE_CLOSED);
        forge_length("WINDOWS/system32/config/SOFTWARE", "NoDriveTypeAutoRun", lengths[i]);
        forge_length("WINDOWS/system32/config/SOFTWARE", "CSDVersion", lengths[i]);
        forge_length("WINDOWS/system32/config/SYSTEM", "Start", lengths[i]);
        CHECK(state_of("ms08-067") != YM_DOOR_CLOSED);
        CHECK(state_of("autorun-removable") != YM_DOOR_CLOSED);
        CHECK_EQ(state_of("services"), YM_DOOR_UNKNOWN);
    }
    done();
}

static void a_missing_or_damaged_hive_closes_nothing(void) {
    static const struct {
        const char *hive;
        const char *doors; /* a letter a door; '.' is not asked */
    } rows[] = {
        {"SOFTWARE", "UUUUUUCCCCCCUUU."},
        {"SYSTEM", "CCCCCUCUCUUUCCC."},
        {"SAM", "CCCCCCUUUCCCCCC."},
        {NULL, "CCCCCCCCCCCCCUU."}, /* the user's: HKLM's masks win */
    };
    const struct made_windows *w = made_system("xp3");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned missing = 0; missing < 2; missing++) {
            char path[128];

            if (missing != 0 && rows[i].hive == NULL) {
                continue; /* a user without a hive is no user */
            }
            fresh(w, MADE_CLOSED);
            (void)snprintf(path, sizeof(path), "%s/config/%s", made_folder(w),
                           rows[i].hive == NULL ? "" : rows[i].hive);
            remove_at(rows[i].hive == NULL ? made_user(w) : path);
            if (missing == 0) {
                make_text_file(root, rows[i].hive == NULL ? made_user(w) : path, "regf, not\n");
            }
            for (size_t d = 0; d < DOORS; d++) {
                if (rows[i].doors[d] != '.') {
                    check_state(rows[i].hive == NULL ? "user" : rows[i].hive, every[d],
                                rows[i].doors[d] == 'U' ? YM_DOOR_UNKNOWN : YM_DOOR_CLOSED);
                }
            }
            CHECK(look(NULL)->gaps != NULL);
        }
    }
    done();
}

static void a_user_behind_a_link_is_unknown(void) {
    const struct made_windows *w = made_system("win7");
    char path[256];

    fresh(w, MADE_CLOSED);
    (void)snprintf(path, sizeof(path), "%s/Users/All Users", root);
    CHECK_EQ(symlink("/ProgramData", path), 0); /* as Windows has it: no gap */
    check_state("junction", "office-macros", YM_DOOR_CLOSED);
    (void)snprintf(path, sizeof(path), "%s/Users/moved", root);
    CHECK_EQ(symlink("/elsewhere", path), 0);
    check_state("link", "office-macros", YM_DOOR_UNKNOWN);
    CHECK(look("office-macros")->gaps != NULL);
    done();
}

/* --- the rest ---------------------------------------------------------------------------------- */

static void services_of_another_control_set_count(void) {
    const struct made_windows *w = made_system("win10");
    hive_h *h;

    fresh(w, MADE_CLOSED);
    h = config(w, "SYSTEM");
    make_dword(h, "ControlSet002\\Services\\WinDefend", "Start", 4);
    make_hive_close(h);
    check_state("one", "services", YM_DOOR_PARTLY);
    h = config(w, "SYSTEM");
    make_dword(h, "ControlSet001\\Services\\MpsSvc", "Start", 4);
    make_dword(h, "ControlSet001\\Services\\Browser", "Start", 4); /* information only */
    make_hive_close(h);
    check_state("two", "services", YM_DOOR_OPEN);
    CHECK_EQ(door(look("services"), "services")->n_changes, 2);
    done();
}

static void moice_closes_the_door_of_old_documents(void) {
    const struct made_windows *w = made_system("vista");
    hive_h *h;

    fresh(w, MADE_OPEN);
    h = config(w, "SOFTWARE");
    make_text(h, "Classes\\.doc", "", "oice.word.document");
    make_hive_close(h);
    check_state("rtf is left", "office-file-block", YM_DOOR_PARTLY);
    h = open_at(made_user(w));
    make_dword(h, "Software\\Policies\\Microsoft\\Office\\12.0\\Word\\Security\\FileOpenBlock",
               "RtfFiles", 1);
    make_hive_close(h);
    check_state("both", "office-file-block", YM_DOOR_CLOSED);
    done();
}

static void asking_is_enough_where_the_internet_is_blocked(void) {
    const struct made_windows *w = made_system("win10");
    static const char key[] = "Software\\Policies\\Microsoft\\Office\\16.0\\Word\\Security";
    hive_h *h;

    fresh(w, MADE_HALF);
    check_state("asks", "office-macros", YM_DOOR_PARTLY);
    h = open_at(made_user(w));
    make_dword(h, key, "BlockContentExecutionFromInternet", 1);
    make_hive_close(h);
    check_state("blocked", "office-macros", YM_DOOR_CLOSED);
    h = open_at(made_user(w));
    make_dword(h, key, "VBAWarnings", 1);
    make_hive_close(h);
    check_state("all run", "office-macros", YM_DOOR_OPEN);
    h = open_at(made_user(w));
    make_dword(h, key, "VBAWarnings", 77);
    make_hive_close(h);
    check_state("no such number", "office-macros", YM_DOOR_UNKNOWN);
    done();
}

static void installed_office_counts_for_people_and_not_for_services(void) {
    const struct made_windows *w = made_system("xp3");
    hive_h *h;

    fresh(w, MADE_CLOSED);
    h = config(w, "SOFTWARE");
    make_text(h, "Microsoft\\Office\\11.0\\Excel\\InstallRoot", "Path", "C:\\x");
    make_hive_close(h);
    check_state("mari never started Excel", "office-macros", YM_DOOR_PARTLY);
    fresh(w, MADE_CLOSED);
    empty_hive("Documents and Settings/LocalService/NTUSER.DAT");
    h = config(w, "SOFTWARE");
    make_text(h, "Microsoft\\Office\\11.0\\Word\\InstallRoot", "Path", "C:\\x");
    make_hive_close(h);
    check_state("a service has no Word", "office-macros", YM_DOOR_CLOSED);
    done();
}

static void a_server_that_is_off_shares_nothing(void) {
    const struct made_windows *w = made_system("xp3");
    hive_h *h;

    fresh(w, MADE_OPEN);
    h = config(w, "SYSTEM");
    make_dword(h, "ControlSet001\\Services\\LanmanServer", "Start", 4);
    make_dword(h, "ControlSet002\\Services\\LanmanServer", "Start", 4);
    make_hive_close(h);
    check_state("off", "shares", YM_DOOR_CLOSED);
    check_state("off", "admin-shares", YM_DOOR_CLOSED);
    done();
}

static void a_server_is_told_by_its_type(void) {
    const struct made_windows *w = made_system("2000"); /* whose name does not say it */
    hive_h *h;

    fresh(w, MADE_CLOSED);
    h = config(w, "SYSTEM");
    make_text(h, "ControlSet001\\Control\\ProductOptions", "ProductType", "ServerNT");
    make_hive_close(h);
    check_state("AutoShareWks is not asked", "admin-shares", YM_DOOR_OPEN);
    h = config(w, "SYSTEM");
    make_dword(h, "ControlSet001\\Services\\LanmanServer\\Parameters", "AutoShareServer", 0);
    make_dword(h, "ControlSet002\\Services\\LanmanServer\\Parameters", "AutoShareServer", 0);
    make_hive_close(h);
    check_state("AutoShareServer", "admin-shares", YM_DOOR_CLOSED);
    done();
}

static void kill_bits_leave_other_flags(void) {
    fresh(made_system("win7"), MADE_OPEN);
    for (const struct ym_door_change *c = door(look("kill-bits"), "kill-bits")->changes; c != NULL;
         c = c->next) {
        uint32_t old = 0;
        uint32_t new = 0;

        CHECK_EQ(c->op, YM_STEP_SET_VALUE);
        CHECK(ym_reg_dword(&c->after, &new));
        CHECK(c->old.name == NULL || ym_reg_dword(&c->old, &old));
        CHECK_EQ(new, old | 0x400);
    }
    CHECK_EQ(door(look("kill-bits"), "kill-bits")->n_changes, 20); /* in both views */
    done();
}

/* --- passwords --------------------------------------------------------------------------------- */

static void an_empty_password_counts_by_where_it_can_be_used(void) {
    static const char lsa[] = "ControlSet00%u\\Control\\Lsa";
    static const struct {
        uint32_t limits[2]; /* of both control sets */
        ym_door_state want;
    } rows[] = {{{1, 1}, YM_DOOR_PARTLY}, {{1, 0}, YM_DOOR_OPEN}, {{0, 1}, YM_DOOR_OPEN}};
    const struct made_windows *w = made_system("xp3");

    fresh(w, MADE_HALF);
    check_state("no setting", "weak-passwords", YM_DOOR_PARTLY);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hive_h *h = config(w, "SYSTEM");

        for (unsigned set = 0; set < 2; set++) {
            char key[64];

            (void)snprintf(key, sizeof(key), lsa, set + 1);
            make_dword(h, key, "LimitBlankPasswordUse", rows[i].limits[set]);
        }
        make_hive_close(h);
        check_state("a setting", "weak-passwords", rows[i].want);
        CHECK_EQ(door(look("weak-passwords"), "weak-passwords")->n_changes, 0);
    }
    done();
}

static void accounts_that_cannot_be_checked_are_never_good(void) {
    static const struct {
        unsigned flags;
        ym_door_state want;
    } rows[] = {{MADE_LM_ONLY, YM_DOOR_UNKNOWN},
                {MADE_NO_ENTRY, YM_DOOR_UNKNOWN},
                {MADE_NO_ENTRY | MADE_DISABLED, YM_DOOR_CLOSED}};
    const struct made_windows *w = made_system("win7");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct made_account a = {1010, "old", "letmein", rows[i].flags};
        hive_h *h;

        fresh(w, MADE_CLOSED);
        h = config(w, "SAM");
        make_account(h, false, &a);
        make_hive_close(h);
        check_state("an account", "weak-passwords", rows[i].want);
        CHECK(noted(door(look("weak-passwords"), "weak-passwords"), "could not be checked"));
    }
    done();
}

static void without_keys_the_passwords_are_unknown(void) {
    const struct made_windows *w = made_system("win10");
    uint8_t policy[MADE_POLICY];
    hive_h *h;

    fresh(w, MADE_OPEN);
    h = config(w, "SYSTEM");
    make_dword(h, "Select", "Current", 2); /* the boot key lies in the other control set */
    make_hive_close(h);
    check_state("no boot key", "weak-passwords", YM_DOOR_UNKNOWN);
    CHECK(noted(door(look("weak-passwords"), "weak-passwords"), "the key that opens"));
    fresh(w, MADE_OPEN);
    h = config(w, "SAM");
    make_policy(policy, 5, 10, true);
    make_bytes(h, "SAM\\Domains\\Account", "F", 3, policy, sizeof(policy));
    make_hive_close(h);
    check_state("no key", "weak-passwords", YM_DOOR_UNKNOWN);
    CHECK(noted(door(look("weak-passwords"), "weak-passwords"), "unknown form"));
    fresh(w, MADE_OPEN);
    CHECK_EQ(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
    check_state("no provider", "weak-passwords", YM_DOOR_UNKNOWN);
    CHECK(noted(door(look("weak-passwords"), "weak-passwords"), "not available"));
    CHECK_EQ(unsetenv("OPENSSL_MODULES"), 0);
    check_state("the provider", "weak-passwords", YM_DOOR_OPEN);
    h = config(w, "SYSTEM");
    make_text(h, "ControlSet001\\Control\\ProductOptions", "ProductType", "LanmanNT");
    make_hive_close(h);
    check_state("a domain controller", "weak-passwords", YM_DOOR_UNKNOWN);
    done();
}

/* What is offered does what it says: made in the hives, the doors are closed. */
static void the_changes_close_the_doors(void) {
    static const struct {
        const char *system;
        const char *want; /* '.': an update, a command or a person is needed */
    } rows[] = {
        {"2000", ".CCCCC....C.CCCN"},  {"xp2", ".CCCCC....C.CCCN"},   {"xp3", ".CCCCC....C.CCCN"},
        {"2003", ".CCCCC....C.CCCN"},  {"vista", ".CCCCC....C.CCCN"}, {"win7", "NCCCCC....C.CCCC"},
        {"win10", "NCCCCC....C.CCCC"},
    };
    static const char letters[YM_DOOR_STATES] = {'C', 'N', 'U', 'P', 'O'};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ym_doors *doors;
        size_t n = 0;

        for (unsigned state = MADE_OPEN; state < MADE_CLOSED; state++) {
            fresh(made_system(rows[i].system), (enum made_state)state);
            doors = look(NULL);
            for (const struct ym_door *d = doors->first; d != NULL; d = d->next) {
                for (const struct ym_door_change *c = d->changes; c != NULL; c = c->next) {
                    hive_h *h = open_at(c->file);

                    CHECK_EQ(c->op, YM_STEP_SET_VALUE);
                    make_bytes(h, c->key, c->after.name, c->after.type, c->after.data, c->after.n);
                    make_hive_close(h);
                }
            }
            doors = look(NULL);
            n = 0;
            for (const struct ym_door *d = doors->first; d != NULL; d = d->next, n++) {
                if (rows[i].want[n] != '.' && rows[i].want[n] != letters[d->state]) {
                    FAIL("%s, %s: %s", rows[i].system, d->id, ym_door_state_word(d->state));
                }
            }
        }
    }
    done();
}

static void a_volume_without_windows_is_refused(void) {
    struct ym_doors *doors = NULL;

    (void)snprintf(root, sizeof(root), "/tmp/ym-doors-XXXXXX");
    CHECK(mkdtemp(root) != NULL);
    make_text_file(root, "photos/holiday.txt", "x");
    arena = ym_arena_new(16U << 20);
    CHECK_EQ(look_with(arena, NULL, &doors), YM_UNSUPPORTED);
    CHECK(doors == NULL);
    done();
}

static void too_little_memory_is_an_error(void) {
    unsigned refused = 0;
    unsigned done_well = 0;

    fresh(made_system("xp3"), MADE_HALF);
    for (size_t cap = 1000; cap < 2000000; cap += cap / 3) {
        struct ym_arena *a = ym_arena_new(cap);
        struct ym_doors *doors = NULL;
        ym_status st = look_with(a, NULL, &doors);

        CHECK(st == YM_OK || st == YM_NOMEM || st == YM_LIMIT);
        refused += st == YM_OK ? 0 : 1;
        done_well += st == YM_OK ? 1 : 0;
        CHECK((st == YM_OK) == (doors != NULL));
        if (st == YM_OK) {
            CHECK_EQ(doors->n, DOORS);
            CHECK_EQ(door(doors, "ms08-067")->state, YM_DOOR_OPEN);
        }
        ym_arena_free(a);
    }
    CHECK(refused > 3 && done_well > 0);
    done();
}

static void every_door_has_words_in_both_languages(void) {
    fresh(made_system("win10"), MADE_OPEN);
    for (const struct ym_door *d = look(NULL)->first; d != NULL; d = d->next) {
        for (unsigned lang = 0; lang < YM_DOORS_LANGS; lang++) {
            CHECK(d->title.in[lang] != NULL && d->title.in[lang][0] != '\0');
            CHECK(d->explanation.in[lang] != NULL && strlen(d->explanation.in[lang]) > 40);
        }
        CHECK(d->advisory[0] != '\0');
    }
    done();
}

MAIN(T(made_volumes_are_judged_as_they_were_made), T(each_limit_of_the_fix_is_kept),
     T(a_file_that_cannot_be_judged_is_never_fixed), T(a_cut_file_is_unknown_at_every_length),
     T(both_files_of_64_bit_windows_count), T(a_mark_of_the_registry_is_no_proof),
     T(autorun_is_off_only_when_windows_obeys), T(profiles_of_services_do_not_count),
     T(values_of_a_wrong_type_are_unknown), T(numbers_of_a_wrong_size_are_unknown),
     T(a_cut_policy_is_unknown), T(a_domain_controller_keeps_its_policy_elsewhere),
     T(huge_declared_lengths_are_unknown), T(a_missing_or_damaged_hive_closes_nothing),
     T(a_user_behind_a_link_is_unknown), T(services_of_another_control_set_count),
     T(moice_closes_the_door_of_old_documents), T(asking_is_enough_where_the_internet_is_blocked),
     T(installed_office_counts_for_people_and_not_for_services),
     T(a_server_that_is_off_shares_nothing), T(a_server_is_told_by_its_type),
     T(kill_bits_leave_other_flags), T(an_empty_password_counts_by_where_it_can_be_used),
     T(accounts_that_cannot_be_checked_are_never_good), T(without_keys_the_passwords_are_unknown),
     T(the_changes_close_the_doors), T(a_volume_without_windows_is_refused),
     T(too_little_memory_is_an_error), T(every_door_has_words_in_both_languages))
