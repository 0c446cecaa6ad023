/* make_volumes.c - make-volumes SEED NUMBER DIR: writes generated volume NUMBER (from 1) of SEED
 * to the empty folder DIR, and its label to DIR.json.  make-volumes cases: how many there are.
 *
 * The same seed and number give the same names and contents, to the byte.  The number chooses the case (row
 * (NUMBER - 1) mod cases of the table below) and, with the seed, the Windows version; the seed
 * chooses names, users, control sets, paths and texts.  Nothing on a volume can run.
 *
 * The label is one JSON object:
 *
 *   number, seed   as given
 *   case           the row's name
 *   state          "infected", "clean", "half-cleaned" or "damaged"
 *   system         "Windows XP SP3", or "drive"
 *   shown          what the program must call the system
 *   full           look with --full
 *   closed         modes without any right are part of it: the process that looks must be bound by
 *                  them (not root, or without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH)
 *   families       those that must be found: ["Conficker"], or none
 *   present        every finding of Conficker that there must be, and no other:
 *                  {"artefact", "where"}, signs included that are too weak to count
 *   hidden         traces on the volume that its damage hides
 *   removed        traces that a half-hearted cleaning took away
 *   gaps           places that must be reported as not looked at, and no others; without regard
 *                  to case
 *   left           families that are still found when all was cleaned that can be
 *   exit           of clean --detect-only --family Conficker
 *   exit_clean     of clean --family Conficker
 *   exit_again     of another clean --detect-only --family Conficker after it
 *
 * Names that are no UTF-8 have \udcXX for such a byte, as in the program's own JSON. */
#include "generated_volume.h"
#include "make_hive.h"
#include "make_windows_volume.h"
#include "volume_damage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum state { INFECTED, CLEAN, HALF_CLEANED, DAMAGED };
static const char *const state_words[] = {"infected", "clean", "half-cleaned", "damaged"};

enum flag {
    FOUND = 1U << 0,
    DRIVE = 1U << 1,  /* no Windows on it */
    OLD = 1U << 2,    /* only where the system is older than Vista */
    CLOSED = 1U << 3, /* see above */
    BEFORE = 1U << 4, /* damage in the hives while they are made */
    LATER = 1U << 5,  /* only where the system is newer than 2000 */
    LEFT = 1U << 6,   /* what counts cannot be removed */
    QUIET = 1U << 7   /* what cannot be repaired means nothing without the rest */
};

typedef void volume_fn(struct volume *v);

struct volume_case {
    const char *name;
    enum state state;
    unsigned flags, traces, gone, how; /* gone: traces of the variant that are not there any more */
    volume_fn *habits;                 /* what a user or an administrator did */
    volume_fn *damage;
};

/* --- habits that are no infection ----------------------------------------------------------------- */

static void add_software(struct volume *v) {
    for (size_t i = 0; i < v->n_sets; i++) {
        volume_service(v, v->sets[i], "UxTuneUp", 2, "netsvcs",
                       "%SystemRoot%\\System32\\uxtuneup.dll", 0);
        volume_service(v, v->sets[i], "VendorSync", 2, "netsvcs",
                       "%ProgramFiles%\\Vendor\\Sync\\vsync.dll", 0);
        volume_service(v, v->sets[i], "hpqddsvc", 2, "hpdevmgmt",
                       "C:\\Program Files\\HP\\bin\\hpqddsvc.dll", 0);
        volume_service(v, v->sets[i], "ezSharedSvc", 2, "netsvcs",
                       "%SystemRoot%\\System32\\ezsvc7.dll", 0);
    }
    v->netsvcs[v->n_netsvcs++] = "UxTuneUp";
    v->netsvcs[v->n_netsvcs++] = "VendorSync";
    v->netsvcs[v->n_netsvcs++] = "ezSharedSvc";
    make_text_file(v->root, "Program Files/Vendor/Sync/vsync.dll", "stands for a vendor's DLL\n");
}

static void add_installer(struct volume *v) {
    make_text_file(v->root, "autorun.inf",
                   "[autorun]\r\nopen=setup.exe\r\nicon=setup.exe,0\r\nlabel=Office tools\r\n"
                   "shell\\install=&Install\r\nshell\\install\\command=rundll32.exe "
                   ".\\tools\\player.dll,Start\r\nshell\\recycle=RECYCLER\r\n");
    make_text_file(v->root, "setup.exe", "stands for an installer\n");
    make_text_file(v->root, "tools/player.dll", "stands for a DLL\n");
}

static void add_run_value(struct volume *v) {
    make_text(v->software_hive, "Microsoft\\Windows\\CurrentVersion\\Run", "Player",
              "rundll32.exe \"C:\\Program Files\\Vendor\\player.dll\",startup");
    volume_note(&v->present, "run",
                "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run : Player");
}

static void add_policy(struct volume *v) {
    static const char key[] = "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer";

    for (size_t i = 0; i < v->n_users; i++) {
        make_dword(v->user_hives[i], key, "NoFolderOptions", 1);
        make_dword(v->user_hives[i], key, "NoRun", 1);
        make_dword(v->user_hives[i],
                   "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\Advanced",
                   "ShowSuperHidden", 0);
    }
}

static void add_tasks(struct volume *v) {
    uint8_t job[1024];
    char path[128];
    size_t n = make_job("C:\\WINDOWS\\system32\\ntbackup.exe", "backup systemstate /F d:\\b.bkf",
                        job, sizeof(job));

    (void)snprintf(path, sizeof(path), "%s/Tasks/At1.job", v->system->folder);
    make_file(v->root, path, job, n, 0644);
    n = make_job("rundll32.exe", "shell32.dll,Control_RunDLL", job, sizeof(job));
    (void)snprintf(path, sizeof(path), "%s/Tasks/At2.job", v->system->folder);
    make_file(v->root, path, job, n, 0644);
}

/* --- the table ------------------------------------------------------------------------------------ */

enum {
    A = TRACE_SERVICE | TRACE_GROUP | TRACE_DLL,
    SETTINGS = TRACE_DISABLED | TRACE_HIDDEN | TRACE_TCP,
    OF_DRIVE = TRACE_AUTORUN | TRACE_RECYCLER,
    B = A | SETTINGS | OF_DRIVE | TRACE_APPLETS | TRACE_USER_APPLETS | TRACE_USER_RUN | TRACE_TASKS,
    D = A | TRACE_DISABLED | TRACE_RUN | TRACE_SAFE_MODE
};

static const struct volume_case cases[] = {
    {"A", INFECTED, FOUND, A, 0, 0, NULL, NULL},
    {"B", INFECTED, FOUND, B, 0, 0, NULL, NULL},
    {"B without tasks and drive", INFECTED, FOUND, A | SETTINGS | TRACE_APPLETS, 0, 0, NULL, NULL},
    {"B in one control set", INFECTED, FOUND, B, 0, HOW_ONE_SET, NULL, NULL},
    {"B of one user", INFECTED, FOUND, A | TRACE_USER_APPLETS | TRACE_USER_RUN, 0, 0, add_policy,
     NULL},
    {"B, DLL in another folder", INFECTED, FOUND, B, 0, HOW_OTHER_FOLDER, NULL, NULL},
    {"B, paths written oddly", INFECTED, FOUND, A | SETTINGS, 0, HOW_ODD_PATH, add_software, NULL},
    {"B twice", INFECTED, FOUND, B, 0, HOW_TWO, add_tasks, NULL},
    {"B++ with copies", INFECTED, FOUND, B | TRACE_RUN, 0, HOW_FULL, NULL, NULL},
    {"D", INFECTED, FOUND, D, 0, 0, NULL, NULL},
    {"D over B", INFECTED, FOUND, D | SETTINGS | TRACE_APPLETS, 0, HOW_OTHER_FOLDER, NULL, NULL},
    {"E over D", INFECTED, FOUND, D | TRACE_TCP | TRACE_USER_RUN, 0, HOW_ONE_SET, NULL, NULL},
    {"A, old system", INFECTED, FOUND | OLD, A | TRACE_TCP, 0, HOW_OTHER_FOLDER, NULL, NULL},
    {"drive", INFECTED, FOUND | DRIVE, OF_DRIVE, 0, 0, NULL, NULL},
    {"drive, autorun.inf only", INFECTED, FOUND | DRIVE, TRACE_AUTORUN, 0, 0, NULL, NULL},
    {"drive with copies", INFECTED, FOUND | DRIVE, OF_DRIVE, 0, HOW_FULL, NULL, NULL},

    {"plain", CLEAN, 0, 0, 0, 0, NULL, NULL},
    {"plain, old system", CLEAN, OLD, 0, 0, HOW_FULL, add_tasks, NULL},
    {"plain, whole walk", CLEAN, 0, 0, 0, HOW_FULL, NULL, NULL},
    {"plain drive", CLEAN, DRIVE, 0, 0, HOW_FULL, NULL, NULL},
    {"services switched off", CLEAN, 0, TRACE_DISABLED, 0, 0, add_policy, NULL},
    {"connections tuned", CLEAN, 0, TRACE_TCP, 0, 0, NULL, NULL},
    {"files hidden by policy", CLEAN, 0, TRACE_HIDDEN, 0, 0, add_policy, NULL},
    {"software in netsvcs", CLEAN, 0, 0, 0, HOW_FULL, add_software, NULL},
    {"installer", CLEAN, 0, 0, 0, 0, add_installer, NULL},
    {"drive with an installer", CLEAN, DRIVE, 0, 0, HOW_FULL, add_installer, NULL},
    {"rundll32 in Run", CLEAN, 0, 0, 0, 0, add_run_value, NULL},
    {"tasks of an administrator", CLEAN, 0, TRACE_TCP, 0, HOW_FULL, add_tasks, NULL},
    {"switched off and tuned", CLEAN, 0, TRACE_DISABLED | TRACE_TCP, 0, 0, add_software, NULL},
    {"without safe mode", CLEAN, 0, TRACE_SAFE_MODE, 0, 0, NULL, NULL},

    {"DLL gone", HALF_CLEANED, FOUND, B & ~TRACE_DLL, TRACE_DLL, 0, NULL, NULL},
    {"service gone", HALF_CLEANED, FOUND, B & ~A, A, 0, NULL, NULL},
    {"tasks left", HALF_CLEANED, FOUND, TRACE_TASKS, B & ~TRACE_TASKS, 0, add_policy, NULL},
    {"name and DLL left", HALF_CLEANED, 0, TRACE_GROUP | TRACE_DLL, B & ~(TRACE_GROUP | TRACE_DLL),
     0, NULL, NULL},
    {"applets left", HALF_CLEANED, 0, TRACE_APPLETS | TRACE_TCP, B & ~(TRACE_APPLETS | TRACE_TCP),
     0, NULL, NULL},
    {"settings left", HALF_CLEANED, 0, SETTINGS, B & ~SETTINGS, 0, NULL, NULL},
    {"key left in one control set", HALF_CLEANED, 0, TRACE_SERVICE, B & ~TRACE_SERVICE, HOW_ONE_SET,
     NULL, NULL},
    {"folder left", HALF_CLEANED, FOUND | DRIVE, TRACE_RECYCLER, TRACE_AUTORUN, 0, NULL, NULL},

    {"B, SYSTEM missing", DAMAGED, FOUND, B, 0, 0, NULL, damage_system_missing},
    {"SYSTEM missing", DAMAGED, 0, 0, 0, 0, NULL, damage_system_missing},
    {"B, SOFTWARE missing", DAMAGED, FOUND, B, 0, 0, NULL, damage_software_missing},
    {"B, SYSTEM cut", DAMAGED, FOUND, B, 0, 0, NULL, damage_system_cut},
    {"A, SOFTWARE not closed", DAMAGED, FOUND, A | TRACE_DISABLED, 0, 0, NULL,
     damage_software_dirty},
    {"users' hives cut", DAMAGED, 0, 0, 0, 0, add_policy, damage_users_cut},
    {"B, a user's hive not closed", DAMAGED, FOUND, B, 0, 0, NULL, damage_user_dirty},
    {"SYSTEM is no hive", DAMAGED, 0, TRACE_TCP, 0, 0, NULL, damage_system_is_no_hive},
    {"B, no control set", DAMAGED, FOUND | BEFORE, B, 0, 0, NULL, damage_no_control_set},
    {"B, odd values", DAMAGED, FOUND | BEFORE, B, 0, HOW_NO_NUL, NULL, damage_odd_values},
    {"a value too long", DAMAGED, 0, TRACE_TCP, 0, 0, NULL, damage_value_too_long},
    {"B, a value too long", DAMAGED, FOUND, B | TRACE_RUN, 0, 0, NULL, damage_value_too_long},
    {"B, tasks closed", DAMAGED, FOUND | CLOSED, B, 0, 0, NULL, damage_tasks_closed},
    {"a profile closed", DAMAGED, CLOSED, 0, 0, 0, NULL, damage_profile_closed},
    {"drive, a folder closed", DAMAGED, FOUND | CLOSED | DRIVE | LEFT, OF_DRIVE, 0, 0, NULL,
     damage_recycler_closed},
    {"B, links in circles", DAMAGED, FOUND, B, 0, 0, NULL, damage_links_in_circles},
    {"a hive is a link", DAMAGED, 0, 0, 0, 0, NULL, damage_profile_is_a_link},
    {"B, Windows is a link", DAMAGED, FOUND, B, 0, 0, NULL, damage_windows_is_a_link},
    {"the hives' folder missing", DAMAGED, 0, 0, 0, 0, NULL, damage_config_missing},
    {"B, current control set missing", DAMAGED, FOUND | BEFORE, B, 0, 0, NULL,
     damage_current_set_missing},
    {"current control set missing", DAMAGED, BEFORE, 0, 0, 0, add_software,
     damage_current_set_missing},
    {"drive traces, services missing", DAMAGED, FOUND | BEFORE, OF_DRIVE | TRACE_TASKS, 0, 0, NULL,
     damage_services_missing},
    {"B, a list too long", DAMAGED, FOUND | BEFORE | QUIET, B, 0, 0, NULL, damage_long_list},
    {"a list too long", CLEAN, BEFORE, 0, 0, 0, NULL, damage_long_list},
    {"B, service key broken", DAMAGED, FOUND, B, 0, 0, NULL, damage_service_key},
    {"drive, names only", DAMAGED, FOUND | CLOSED | DRIVE | LEFT, OF_DRIVE, 0, 0, NULL,
     damage_recycler_names_only},
    {"a second Windows", DAMAGED, LATER, 0, 0, 0, NULL, damage_second_windows},
    {"B, a second Windows", DAMAGED, FOUND | LATER, B, 0, HOW_TWO, NULL, damage_second_windows},
    {"A, files too odd", DAMAGED, FOUND, A, 0, 0, add_policy, damage_files_too_odd},
    {"administered", CLEAN, 0, SETTINGS, 0, 0, add_policy, NULL},
    {"administered against the worm", CLEAN, 0, SETTINGS, 0, 0, add_software,
     damage_against_the_worm},
    {"B, service key closed", INFECTED, FOUND, B, 0, 0, NULL, damage_service_closed},
    {"D, service key closed", INFECTED, FOUND, D | TRACE_RUN, 0, 0, add_policy,
     damage_service_closed},
};
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

/* --- the label ------------------------------------------------------------------------------------ */

static void json_text(FILE *f, const char *name, const char *text) {
    (void)fprintf(f, "\"%s\": \"", name);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            (void)fprintf(f, "\\%c", *p);
        } else if (*p < 0x80) {
            (void)fputc(*p, f);
        } else if (*p < 0xe0 && *p >= 0xc2 && (p[1] & 0xc0) == 0x80) { /* no longer ones here */
            (void)fprintf(f, "%c%c", *p, p[1]);
            p++;
        } else {
            (void)fprintf(f, "\\udc%02x", *p);
        }
    }
    (void)fputc('"', f);
}

static void json_notes(FILE *f, const char *name, const struct volume_notes *notes) {
    (void)fprintf(f, ",\n  \"%s\": [", name);
    for (size_t i = 0; i < notes->n; i++) {
        (void)fprintf(f, "%s\n    {", i == 0 ? "" : ",");
        json_text(f, "artefact", notes->v[i].artefact);
        (void)fputs(", ", f);
        json_text(f, "where", notes->v[i].where);
        (void)fputc('}', f);
    }
    (void)fputs("]", f);
}

/* As the program prints it. */
static void shown(const struct volume *v, char *out, size_t room) {
    const struct made_system *s = v->system;
    bool software = s != NULL;

    for (size_t i = 0; i < v->gaps.n; i++) {
        const char *at = strrchr(v->gaps.v[i].where, '/');

        software = software && (at == NULL || strcasecmp(at, "/SOFTWARE") != 0);
    }
    if (s == NULL) {
        out[0] = '\0';
    } else if (!software) {
        (void)snprintf(out, room, "Windows, version not known");
    } else {
        (void)snprintf(out, room, "Windows %s%s%s, %s", s->major == 10 ? "10.0" : s->version,
                       s->pack[0] == '\0' ? "" : " ", s->pack, s->product);
    }
}

static int exit_of(const struct volume *v, const struct volume_case *c, bool only_look) {
    bool reported_only = false;

    for (size_t i = 0; i < v->present.n; i++) {
        reported_only = reported_only || strcmp(v->present.v[i].artefact, "safe-mode") == 0;
    }
    if ((c->flags & FOUND) != 0 && only_look) {
        return 1;
    }
    return v->gaps.n > 0 || ((c->flags & FOUND) != 0 && reported_only) ? 3 : 0;
}

static void write_label(const struct volume *v, const struct volume_case *c, const char *dir,
                        unsigned long seed, unsigned long number) {
    char path[4096];
    char text[256];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s.json", dir);
    f = fopen(path, "w");
    if (f == NULL) {
        perror(path);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
    (void)fprintf(f, "{\n  \"number\": %lu, \"seed\": %lu,\n  ", number, seed);
    json_text(f, "case", c->name);
    (void)fputs(",\n  ", f);
    json_text(f, "state", state_words[c->state]);
    (void)fputs(",\n  ", f);
    json_text(f, "system", v->system == NULL ? "drive" : v->system->name);
    (void)fputs(",\n  ", f);
    shown(v, text, sizeof(text));
    json_text(f, "shown", text);
    (void)fprintf(f, ",\n  \"full\": %s, \"closed\": %s,\n  \"families\": [%s]",
                  (c->how & HOW_FULL) != 0 ? "true" : "false",
                  (c->flags & CLOSED) != 0 ? "true" : "false",
                  (c->flags & FOUND) != 0 ? "\"Conficker\"" : "");
    (void)fprintf(f, ",\n  \"left\": [%s]", (c->flags & LEFT) != 0 ? "\"Conficker\"" : "");
    json_notes(f, "present", &v->present);
    json_notes(f, "hidden", &v->hidden);
    json_notes(f, "removed", &v->removed);
    json_notes(f, "gaps", &v->gaps);
    (void)fprintf(f, ",\n  \"exit\": %d, \"exit_clean\": %d, \"exit_again\": %d\n}\n",
                  exit_of(v, c, true), exit_of(v, c, false),
                  (c->flags & LEFT) != 0                     ? 1
                  : v->gaps.n > 0 && (c->flags & QUIET) == 0 ? 3
                                                             : 0);
    if (fclose(f) != 0) {
        perror(path);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
}

/* --- the whole ------------------------------------------------------------------------------------ */

static const struct made_system *system_for(const struct volume_case *c, unsigned long seed,
                                            unsigned long index) {
    size_t i = (index * 5 + index / CASES * 3 + seed) % n_made_systems;

    if ((c->flags & DRIVE) != 0) {
        return NULL;
    }
    while (((c->flags & OLD) != 0 && made_systems[i].age >= 60) ||
           ((c->flags & LATER) != 0 && made_systems[i].age == 50)) {
        i = (i + 1) % n_made_systems;
    }
    return &made_systems[i];
}

static void make(struct volume *v, const struct volume_case *c, const char *dir, unsigned long seed,
                 unsigned long number) {
    volume_begin(v, dir, (uint64_t)seed << 32 | number, system_for(c, seed, number - 1));
    if (c->habits != NULL) {
        c->habits(v);
    }
    volume_add_traces(v, c->traces, c->how);
    for (unsigned i = 0; i < VOLUME_TRACES; i++) {
        if ((c->gone & 1U << i) != 0) {
            volume_note(&v->removed, volume_trace_word(1U << i), "%s", "");
        }
    }
    if ((c->flags & BEFORE) != 0) {
        c->damage(v);
    }
    volume_end(v);
    if (c->damage != NULL && (c->flags & BEFORE) == 0) {
        c->damage(v);
    }
}

int main(int argc, char **argv) {
    static struct volume v;
    unsigned long seed = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
    unsigned long number = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    const struct volume_case *c = &cases[(number == 0 ? 0 : number - 1) % CASES];

    if (argc == 2 && strcmp(argv[1], "cases") == 0) {
        (void)printf("%d\n", (int)CASES);
        return 0;
    }
    if (number == 0) {
        (void)fprintf(stderr, "usage: make-volumes SEED NUMBER DIR | cases\n");
        return 2;
    }
    (void)mkdir(argv[3], 0755);
    make(&v, c, argv[3], seed, number);
    write_label(&v, c, argv[3], seed, number);
    return 0;
}
