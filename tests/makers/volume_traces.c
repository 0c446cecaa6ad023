/* volume_traces.c - what Conficker leaves behind, on a generated volume.  The DLL is a line of
 * text, the tasks and autorun.inf start nothing that exists.  See generated_volume.h. */
#include "generated_volume.h"
#include "make_hive.h"
#include "make_windows_volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char current[] = "Microsoft\\Windows\\CurrentVersion";
static const char marker[] = "harmless marker: stands where a worm's DLL would be\n";

const char *volume_trace_word(unsigned trace) {
    static const char *const words[VOLUME_TRACES] = {
        "service",  "netsvcs name", "dll", "disabled services", "hidden files", "tcp",
        "applets",  "user applets", "run", "user run",          "tasks",        "autorun",
        "recycler", "safe mode"};

    for (unsigned i = 0; i < VOLUME_TRACES; i++) {
        if (trace == 1U << i) {
            return words[i];
        }
    }
    return "?";
}

/* Letters from a to z. */
static const char *letters(struct volume *v, char *out, size_t from, size_t to) {
    size_t n = from + volume_random(v, to - from + 1);

    for (size_t i = 0; i < n; i++) {
        out[i] = (char)('a' + volume_random(v, 26));
    }
    out[n] = '\0';
    return out;
}

/* Random letters, or two plausible words; kept with the volume, for the netsvcs list borrows it. */
static const char *service_name(struct volume *v) {
    static const char *const first[] = {"Boot", "Config", "Image", "Network", "System", "Task"};
    static const char *const second[] = {"Center", "Helper", "Manager", "Monitor", "Server"};
    char *out = v->names[v->n_names++];
    uint64_t choice = volume_random(v, 90);

    if (choice >= 30) {
        return letters(v, out, 5, 8);
    }
    (void)snprintf(out, sizeof(v->names[0]), "%s%s", first[choice % 6], second[choice / 6]);
    return out;
}

/* --- service, netsvcs, DLL ---------------------------------------------------------------------- */

/* Folder on the volume, and as ServiceDll names it. */
struct place {
    char folder[128], text[160];
};

static struct place system_folder(struct volume *v, unsigned how) {
    static const char *const odd[] = {"%windir%\\System32", "%SYSTEMROOT%\\SYSTEM32"};
    uint64_t choice = (how & HOW_ODD_PATH) == 0 ? 4 : volume_random(v, 4);
    struct place p;

    (void)snprintf(p.folder, sizeof(p.folder), "%s", v->system32);
    if (choice == 4) {
        (void)snprintf(p.text, sizeof(p.text), "%%SystemRoot%%\\system32");
    } else if (choice > 1) {
        (void)snprintf(p.text, sizeof(p.text), "%s", odd[choice - 2]);
    } else {
        (void)snprintf(p.text, sizeof(p.text), "%s%s%s", choice == 0 ? "C:\\" : "c:\\",
                       v->system->folder, choice == 0 ? "\\system32" : "\\SYSTEM32");
    }
    return p;
}

static struct place other_folder(struct volume *v) {
    static const char *const folders[][2] = {
        {"Program Files/Internet Explorer", "%ProgramFiles%\\Internet Explorer"},
        {"Program Files/Movie Maker", "C:\\Program Files\\Movie Maker"},
        {"Program Files/Windows Media Player", "%ProgramFiles%\\Windows Media Player"},
        {"Program Files/Windows NT", "C:\\Program Files\\Windows NT"},
        {"Documents and Settings/All Users/Application Data",
         "C:\\Documents and Settings\\All Users\\Application Data"}};
    uint64_t choice = volume_random(v, v->system->age < 60 ? 6 : 5);
    struct place p;

    choice = choice == 4 ? 5 : choice == 5 ? 4 : choice;
    if (choice == 5) {
        (void)snprintf(p.folder, sizeof(p.folder), "%s/Temp", v->system->folder);
        (void)snprintf(p.text, sizeof(p.text), "%%SystemRoot%%\\Temp");
    } else {
        (void)snprintf(p.folder, sizeof(p.folder), "%s", folders[choice][0]);
        (void)snprintf(p.text, sizeof(p.text), "%s", folders[choice][1]);
    }
    return p;
}

static void rogue_key(struct volume *v, const char *set, const char *name, const char *dll,
                      unsigned how) {
    char key[128];

    volume_service(v, set, name, 2, "netsvcs", dll,
                   (how & HOW_NO_NUL) != 0 ? 1 + volume_random(v, 2) : 0);
    (void)snprintf(key, sizeof(key), "%s\\Services\\%s", set, name);
    make_text(v->system_hive, key, "DisplayName", "Network Monitor");
    make_text(v->system_hive, key, "Description", "Keeps the network time of this computer.");
    (void)snprintf(key, sizeof(key), "%s\\Services\\%s\\Security", set, name);
    make_bytes(v->system_hive, key, "Security", hive_t_REG_BINARY, "\x01\x00\x14\x80", 4);
    volume_note(&v->present, "service", "HKLM\\SYSTEM\\%s\\Services\\%s", set, name);
}

static void rogue_file(struct volume *v, const struct place *p, const char *dll, unsigned how) {
    char path[512];
    char text[128];

    (void)snprintf(path, sizeof(path), "%s/%s", p->folder, dll);
    (void)snprintf(text, sizeof(text), "%sthis one is called %s\n", marker, dll);
    make_file(v->root, path, text, strlen(text), 0400);
    volume_note(&v->present, "service", "%s", path);
    if ((how & HOW_FULL) != 0) {
        (void)snprintf(path, sizeof(path), "%s/%s/old things/%s.tmp", v->profiles, v->users[0],
                       dll);
        make_file(v->root, path, text, strlen(text), 0644);
        volume_note(&v->present, "service", "%s", path);
    }
}

static void rogue_service(struct volume *v, unsigned traces, unsigned how) {
    struct place p = (how & HOW_OTHER_FOLDER) != 0 ? other_folder(v) : system_folder(v, how);
    const char *name = service_name(v);
    char word[16];
    char dll[24];
    char text[256];

    (void)snprintf(dll, sizeof(dll), "%s.dll", letters(v, word, 5, 8));
    (void)snprintf(text, sizeof(text), "%s\\%s", p.text, dll);
    for (size_t i = (how & HOW_ONE_SET) != 0 ? v->n_sets - 1 : 0;
         (traces & TRACE_SERVICE) != 0 && i < v->n_sets; i++) {
        rogue_key(v, v->sets[i], name, text, how);
    }
    if ((traces & TRACE_GROUP) != 0) {
        v->netsvcs[v->n_netsvcs++] = name;
        if ((traces & TRACE_SERVICE) != 0) { /* the name alone tells nothing */
            volume_note(&v->present, "service",
                        "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Svchost");
        }
    }
    if ((traces & TRACE_DLL) != 0 && (traces & TRACE_SERVICE) != 0) {
        rogue_file(v, &p, dll, how);
    } else if ((traces & TRACE_DLL) != 0) {
        (void)snprintf(text, sizeof(text), "%s/%s", p.folder, dll);
        make_file(v->root, text, marker, sizeof(marker) - 1, 0400);
    }
}

/* --- settings ----------------------------------------------------------------------------------- */

static void disable_services(struct volume *v) {
    static const char *const targets[] = {"wuauserv", "BITS",      "ERSvc",
                                          "WerSvc",   "WinDefend", "wscsvc"};
    char key[128];

    for (size_t i = 0; i < v->n_sets; i++) {
        for (size_t j = 0; j < sizeof(targets) / sizeof(targets[0]); j++) {
            for (size_t k = 0; k < n_made_services; k++) {
                if (strcmp(made_services[k].name, targets[j]) == 0 &&
                    made_service_is_of(&made_services[k], v->system)) {
                    (void)snprintf(key, sizeof(key), "%s\\Services\\%s", v->sets[i], targets[j]);
                    make_dword(v->system_hive, key, "Start", 4);
                    volume_note(&v->present, "disabled-services", "HKLM\\SYSTEM\\%s", key);
                }
            }
        }
    }
}

static void hide_files(struct volume *v) {
    char key[256];

    (void)snprintf(key, sizeof(key), "%s\\Explorer\\Advanced\\Folder\\Hidden\\SHOWALL", current);
    make_dword(v->software_hive, key, "CheckedValue", 0);
    volume_note(&v->present, "hidden-files", "HKLM\\SOFTWARE\\%s : CheckedValue", key);
}

static void tune_tcp(struct volume *v) {
    char key[128];

    for (size_t i = 0; i < v->n_sets; i++) {
        (void)snprintf(key, sizeof(key), "%s\\Services\\Tcpip\\Parameters", v->sets[i]);
        make_dword(v->system_hive, key, "TcpNumConnections", 0x00fffffe);
        volume_note(&v->present, "tcp-connections", "HKLM\\SYSTEM\\%s : TcpNumConnections", key);
    }
}

static void applets(struct volume *v, hive_h *h, const char *prefix, const char *below) {
    static const char *const names[] = {"dl", "ds"};
    char key[128];

    (void)snprintf(key, sizeof(key), "%s%s\\Applets", below, current);
    for (size_t i = 0; i < 2; i++) {
        make_text(h, key, names[i], "0");
        volume_note(&v->present, "applets", "%s\\%s : %s", prefix, key, names[i]);
    }
}

static void run_value(struct volume *v, hive_h *h, const char *prefix, const char *below) {
    char key[128];
    char name[16];
    char dll[16];
    char call[16];
    char text[256];

    (void)snprintf(key, sizeof(key), "%s%s\\Run", below, current);
    (void)letters(v, name, 6, 10);
    (void)letters(v, dll, 5, 8);
    (void)letters(v, call, 4, 12);
    (void)snprintf(text, sizeof(text), "%s \"C:\\%s\\system32\\%s.dll\",%s",
                   volume_random(v, 2) == 0 ? "rundll32.exe" : "RUNDLL32.EXE", v->system->folder,
                   dll, call);
    make_text(h, key, name, text);
    volume_note(&v->present, "run", "%s\\%s : %s", prefix, key, name);
}

static void drop_safe_mode(struct volume *v) {
    static const char *const modes[] = {"Minimal", "Network"};
    bool whole = volume_random(v, 2) == 0;
    char key[128];

    for (size_t i = 0; i < v->n_sets; i++) {
        for (size_t j = 0; j < 2; j++) {
            (void)snprintf(key, sizeof(key), "%s\\Control\\SafeBoot\\%s", v->sets[i], modes[j]);
            (void)hivex_node_delete_child(v->system_hive, make_key(v->system_hive, key));
            volume_note(&v->present, "safe-mode", "HKLM\\SYSTEM\\%s", key);
        }
        (void)snprintf(key, sizeof(key), "%s\\Control\\SafeBoot", v->sets[i]);
        if (whole) {
            (void)hivex_node_delete_child(v->system_hive, make_key(v->system_hive, key));
        }
    }
}

/* --- files -------------------------------------------------------------------------------------- */

/* Product versions of MS-TSCH 2.4.1, and those of later systems. */
static unsigned job_product(unsigned age) {
    return age < 60 ? 0x0500 + age - 50 : age < 100 ? 0x0600 + age - 60 : 0x0a00;
}

static void one_task(struct volume *v, const char *path) {
    char name[16];
    char end[8];
    char call[16];
    char text[64];
    uint8_t job[1024];
    size_t n;

    (void)letters(v, name, 3, 10);
    (void)letters(v, end, 1, 3);
    end[0] = end[0] == 'd' ? 'x' : end[0];
    (void)snprintf(text, sizeof(text), "%s.%s,%s", name, end, letters(v, call, 5, 9));
    n = make_job(volume_random(v, 2) == 0 ? "rundll32.exe" : "C:\\WINDOWS\\system32\\rundll32.exe",
                 text, job, sizeof(job));
    job[0] = (uint8_t)job_product(v->system->age);
    job[1] = (uint8_t)(job_product(v->system->age) >> 8);
    make_file(v->root, path, job, n, 0644);
    volume_note(&v->present, "task", "%s", path);
}

static void tasks(struct volume *v, unsigned how) {
    uint64_t n = 1 + volume_random(v, 4);
    char path[256];

    for (uint64_t i = 1; i <= n; i++) {
        (void)snprintf(path, sizeof(path), "%s/Tasks/%s%u.job", v->system->folder,
                       volume_random(v, 4) == 0 ? "AT" : "At", (unsigned)i);
        one_task(v, path);
    }
    if ((how & HOW_FULL) != 0) {
        one_task(v, "backup/Tasks/kept.job");
    }
}

static size_t junk(struct volume *v, char *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t c = volume_random(v, 100);

        out[i] = (char)(c == 0 ? '\n' : 0x80 + volume_random(v, 128));
        if (i > 0 && out[i - 1] == '\n') {
            out[i] = ';';
        }
    }
    return n;
}

static void worm_autorun(struct volume *v, const char *path, const char *folder) {
    static const char *const heads[] = {"\r\n[AUTorUN\r\n", "\n[autorun]\r\n", "\r\n[aUtOrUn\n"};
    static char text[65536];
    size_t n = 1;
    char call[16];

    text[0] = ';';
    n += junk(v, text + n, volume_random(v, 20000));
    n += (size_t)snprintf(text + n, sizeof(text) - n,
                          "%sAcTION\t=Open folder to view files\r\n;x y\r\n"
                          "icon =%%syStEmrOot%%\\sySTEM32\\sHELL32.Dll  ,4\r\n",
                          heads[volume_random(v, 3)]);
    (void)letters(v, call, 5, 10);
    n += (size_t)snprintf(text + n, sizeof(text) - n,
                          "%s RuNdLl32.EXE  .\\%s\\jwgkvsq.vmx,%s\r\nuseAuTopLAY=1\r\n;",
                          volume_random(v, 2) == 0 ? "shelLExECUte=" : "OpEn \t= ", folder, call);
    n += junk(v, text + n, 200 + volume_random(v, 40000));
    make_file(v->root, path, text, n, 0444);
    volume_note(&v->present, "autorun", "%s", path);
}

static void recycler(struct volume *v, const char *folder) {
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/jwgkvsq.vmx", folder);
    make_file(v->root, path, marker, sizeof(marker) - 1, 0444);
    if (volume_random(v, 2) == 0) { /* a name that is no UTF-8 goes with the folder */
        (void)snprintf(path, sizeof(path), "%s/caf\xe9 \xff.vmx", folder);
        make_file(v->root, path, marker, sizeof(marker) - 1, 0444);
    }
    volume_note(&v->present, "recycler", "%s", folder);
}

static void drive_traces(struct volume *v, unsigned traces, const char *below) {
    char name[128];
    char windows_name[140];
    char path[256];
    unsigned n[4];

    for (size_t i = 0; i < 4; i++) { /* ten, ten, nine and four digits */
        n[i] = 1000U + (unsigned)volume_random(v, 9000);
    }
    (void)snprintf(name, sizeof(name), "S-5-3-42-2%03u%06u-1%03u%06u-%u%05u-%u", n[0] % 1000,
                   n[1] * 100, n[1] % 1000, n[2] * 100, n[2], n[0] * 7, n[3]);
    (void)snprintf(windows_name, sizeof(windows_name), "RECYCLER\\%s", name);
    if ((traces & TRACE_AUTORUN) != 0) {
        (void)snprintf(path, sizeof(path), "%s%s", below,
                       volume_random(v, 3) == 0 ? "AUTORUN.INF" : "autorun.inf");
        worm_autorun(v, path, windows_name);
    }
    if ((traces & TRACE_RECYCLER) != 0) {
        (void)snprintf(path, sizeof(path), "%sRECYCLER/%s", below, name);
        recycler(v, path);
    }
}

static void user_traces(struct volume *v, unsigned traces) {
    size_t i = volume_random(v, v->n_holders);
    char prefix[64];

    (void)snprintf(prefix, sizeof(prefix), "HKU\\%s", v->users[i]);
    if ((traces & TRACE_USER_APPLETS) != 0) {
        applets(v, v->user_hives[i], prefix, "Software\\");
    }
    if ((traces & TRACE_USER_RUN) != 0) {
        run_value(v, v->user_hives[i], prefix, "Software\\");
    }
}

static void settings(struct volume *v, unsigned traces) {
    if ((traces & TRACE_DISABLED) != 0) {
        disable_services(v);
    }
    if ((traces & TRACE_HIDDEN) != 0) {
        hide_files(v);
    }
    if ((traces & TRACE_TCP) != 0) {
        tune_tcp(v);
    }
    if ((traces & TRACE_APPLETS) != 0) {
        applets(v, v->software_hive, "HKLM\\SOFTWARE", "");
    }
    if ((traces & TRACE_RUN) != 0) {
        run_value(v, v->software_hive, "HKLM\\SOFTWARE", "");
    }
    if ((traces & TRACE_SAFE_MODE) != 0) {
        drop_safe_mode(v);
    }
}

void volume_add_traces(struct volume *v, unsigned traces, unsigned how) {
    if (v->system != NULL) {
        for (int i = 0; i < ((how & HOW_TWO) != 0 ? 2 : 1); i++) {
            rogue_service(v, traces, how);
        }
        settings(v, traces);
        user_traces(v, traces);
        if ((traces & TRACE_TASKS) != 0) {
            tasks(v, how);
        }
    }
    drive_traces(v, traces, "");
    if ((how & HOW_FULL) != 0) {
        drive_traces(v, traces, "backup/stick/");
    }
}
