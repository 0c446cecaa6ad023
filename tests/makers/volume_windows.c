/* volume_windows.c - the harmless part of a generated volume: hives as a Windows of that version
 * has them, users, programs, tasks, documents.  See generated_volume.h. */
#include "generated_volume.h"
#include "make_hive.h"
#include "make_windows_volume.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char cv[] = "Microsoft\\Windows NT\\CurrentVersion";
static const char explorer[] = "Microsoft\\Windows\\CurrentVersion\\Explorer";

static void die(const char *what) {
    (void)fprintf(stderr, "generated volume: %s\n", what);
    exit(1); /* NOLINT(concurrency-mt-unsafe) */
}

/* splitmix64 (public domain, S. Vigna). */
uint64_t volume_random(struct volume *v, uint64_t below) {
    uint64_t z = v->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

void volume_note(struct volume_notes *notes, const char *artefact, const char *fmt, ...) {
    struct volume_note *note = &notes->v[notes->n];
    va_list ap;

    if (notes->n == VOLUME_NOTES) {
        die("too much to note for one label");
    }
    (void)snprintf(note->artefact, sizeof(note->artefact), "%s", artefact);
    va_start(ap, fmt);
    (void)vsnprintf(note->where, sizeof(note->where), fmt, ap);
    va_end(ap);
    notes->n++;
}

void volume_full_path(const struct volume *v, const char *path, char out[4096]) {
    if ((size_t)snprintf(out, 4096, "%s/%s", v->root, path) >= 4096) {
        die("path too long");
    }
}

static hive_h *start_hive(const struct volume *v, const char *path) {
    char full[4096];

    make_text_file(v->root, path, "");
    volume_full_path(v, path, full);
    if (make_hive_start(full) != 0) {
        die(full);
    }
    return make_hive_open(full);
}

/* --- services ----------------------------------------------------------------------------------- */

/* The values of one key, written at once: hivex rewrites the whole list for each one. */
struct values {
    hive_set_value v[8];
    uint8_t data[2048];
    size_t n, used;
};

static void add_value(struct values *list, const char *name, hive_type type, const void *p,
                      size_t n) {
    hive_set_value *one = &list->v[list->n++];

    if (list->n > 8 || list->used + n > sizeof(list->data)) {
        die("a key with too many values");
    }
    memcpy(list->data + list->used, p, n);
    *one = (hive_set_value){.key = (char *)(uintptr_t)name, /* NOLINT(performance-no-int-to-ptr) */
                            .t = type,
                            .len = n,
                            .value = (char *)list->data + list->used};
    list->used += n;
}

static void add_number(struct values *list, const char *name, uint32_t number) {
    const uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 24)};

    add_value(list, name, hive_t_REG_DWORD, bytes, 4);
}

/* cut: bytes missing at the end of the UTF-16 text with its NUL. */
static void add_text(struct values *list, const char *name, hive_type type, const char *text,
                     size_t cut) {
    uint8_t wide[512] = {0};
    size_t n = strlen(text) + 1;

    for (size_t i = 0; i < n && 2 * i + 1 < sizeof(wide); i++) {
        wide[2 * i] = (uint8_t)text[i];
    }
    add_value(list, name, type, wide, 2 * n - cut);
}

static void put_values(hive_h *h, hive_node_h node, struct values *list) {
    if (node == 0 || hivex_node_set_values(h, node, list->n, list->v, 0) != 0) {
        die("hivex refused values");
    }
}

static hive_node_h service_key(hive_h *h, const char *set, const char *name) {
    char key[256];
    hive_node_h services;
    hive_node_h node;

    (void)snprintf(key, sizeof(key), "%s\\Services", set);
    services = make_key(h, key);
    node = hivex_node_get_child(h, services, name);
    return node != 0 ? node : hivex_node_add_child(h, services, name);
}

static void put_service(hive_h *h, hive_node_h node, unsigned type, unsigned start,
                        const char *image) {
    struct values list = {.n = 0};

    add_number(&list, "Type", type);
    add_number(&list, "Start", start);
    add_number(&list, "ErrorControl", 1);
    add_text(&list, "ImagePath", hive_t_REG_EXPAND_SZ, image, 0);
    if (type >= 0x10) {
        add_text(&list, "ObjectName", hive_t_REG_SZ, "LocalSystem", 0);
    }
    put_values(h, node, &list);
}

void volume_service(struct volume *v, const char *set, const char *name, unsigned start,
                    const char *group, const char *dll, size_t cut) {
    hive_h *h = v->system_hive;
    hive_node_h node = service_key(h, set, name);
    struct values list = {.n = 0};
    char image[128];

    (void)snprintf(image, sizeof(image), "%%SystemRoot%%\\%s\\svchost.exe -k %s",
                   v->system->age < 60 ? "system32" : "System32", group);
    put_service(h, node, 0x20, start, image);
    add_text(&list, "ServiceDll", hive_t_REG_EXPAND_SZ, dll, cut);
    put_values(h, hivex_node_add_child(h, node, "Parameters"), &list);
}

static void table_service(struct volume *v, const char *set, const struct made_service *s) {
    const char *space = strchr(s->what, ' ');
    char group[64] = "netsvcs";
    char text[256];

    if (s->image == MADE_DRIVER) {
        (void)snprintf(text, sizeof(text), "system32\\DRIVERS\\%s", s->what);
        put_service(v->system_hive, service_key(v->system_hive, set, s->name), 1, s->start, text);
    } else if (s->image == MADE_PROGRAM) {
        put_service(v->system_hive, service_key(v->system_hive, set, s->name), 0x10, s->start,
                    s->what);
    } else if (s->image != MADE_LISTED) {
        if (s->image == MADE_SVCHOST) {
            memcpy(group, s->what, (size_t)(space - s->what)); /* at most 63: our own table */
            group[space - s->what] = '\0';
        }
        (void)snprintf(text, sizeof(text), "%%SystemRoot%%\\system32\\%s",
                       s->image == MADE_SVCHOST ? space + 1 : s->what);
        volume_service(v, set, s->name, s->start, group, text, 0);
    }
}

static void service_file(const struct volume *v, const struct made_service *s) {
    const char *space = strchr(s->what, ' ');
    const char *dll = s->image == MADE_SVCHOST ? space + 1 : s->what;
    char path[512];

    if (s->image == MADE_PROGRAM || s->image == MADE_LISTED || strchr(dll, '\\') != NULL) {
        return;
    }
    (void)snprintf(path, sizeof(path), "%s/%s%s", v->system32,
                   s->image == MADE_DRIVER ? "drivers/" : "", dll);
    make_text_file(v->root, path, "stands for a part of Windows\n");
}

static void make_services(struct volume *v) {
    uint64_t drivers = 20 + volume_random(v, 80); /* per cent: machines differ in what they drive */

    for (size_t i = 0; i < n_made_services; i++) {
        const struct made_service *s = &made_services[i];

        if (!made_service_is_of(s, v->system) ||
            (s->image == MADE_DRIVER && volume_random(v, 100) >= drivers)) {
            continue;
        }
        for (size_t j = 0; j < v->n_sets; j++) {
            table_service(v, v->sets[j], s);
        }
        if (s->image == MADE_NETSVCS || s->image == MADE_LISTED) {
            v->netsvcs[v->n_netsvcs++] = s->name;
        }
        service_file(v, s);
    }
}

/* --- hives -------------------------------------------------------------------------------------- */

static void make_control_set(struct volume *v, const char *set) {
    static const char *const modes[] = {"Minimal", "Network"};
    hive_h *h = v->system_hive;
    char key[256];

    (void)snprintf(key, sizeof(key), "%s\\Control\\ComputerName\\ComputerName", set);
    make_text(h, key, "ComputerName", "PC-0417");
    (void)snprintf(key, sizeof(key), "%s\\Control\\Session Manager", set);
    make_text(h, key, "ProtectionMode", "1");
    (void)snprintf(key, sizeof(key), "%s\\Services\\Tcpip\\Parameters", set);
    make_text(h, key, "Hostname", "pc-0417");
    make_dword(h, key, "EnableICMPRedirect", 1);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(key, sizeof(key), "%s\\Control\\SafeBoot\\%s\\Base", set, modes[i]);
        make_text(h, key, "", "Driver Group");
        (void)snprintf(key, sizeof(key), "%s\\Control\\SafeBoot\\%s\\PlugPlay", set, modes[i]);
        make_text(h, key, "", "Service");
    }
}

/* One to three control sets; numbers have holes, as after a failed start. */
static void make_system_hive(struct volume *v) {
    unsigned number = 0;

    v->n_sets = 1 + volume_random(v, VOLUME_SETS);
    for (size_t i = 0; i < v->n_sets; i++) {
        number += 1 + (unsigned)volume_random(v, 2);
        (void)snprintf(v->sets[i], sizeof(v->sets[i]), "ControlSet%03u", number);
        make_control_set(v, v->sets[i]);
    }
    make_services(v);
    make_dword(v->system_hive, "Select", "Current",
               (uint32_t)strtoul(v->sets[volume_random(v, v->n_sets)] + 10, NULL, 10));
    make_dword(v->system_hive, "Select", "Default", number);
    make_dword(v->system_hive, "Select", "Failed", 0);
    make_dword(v->system_hive, "Select", "LastKnownGood",
               (uint32_t)strtoul(v->sets[volume_random(v, v->n_sets)] + 10, NULL, 10));
    make_dword(v->system_hive, "Setup", "SystemSetupInProgress", 0);
}

static void make_software_hive(struct volume *v) {
    static const char *const local[] = {"nsi", "W32Time", "EventSystem", "WebClient"};
    const struct made_system *s = v->system;
    hive_h *h = v->software_hive;
    char key[256];

    make_text(h, cv, "CurrentVersion", s->version);
    make_text(h, cv, "CurrentBuildNumber", s->build);
    make_text(h, cv, "ProductName", s->product);
    make_text(h, cv, "SystemRoot", s->age == 50 ? "C:\\WINNT" : "C:\\WINDOWS");
    make_text(h, cv, "CurrentType", s->server ? "Multiprocessor Free" : "Uniprocessor Free");
    if (s->pack[0] != '\0') {
        make_text(h, cv, "CSDVersion", s->pack);
    }
    if (s->major != 0) {
        make_dword(h, cv, "CurrentMajorVersionNumber", s->major);
        make_dword(h, cv, "CurrentMinorVersionNumber", 0);
    }
    (void)snprintf(key, sizeof(key), "%s\\Svchost", cv);
    make_multi(h, key, "LocalService", local, 4);
    (void)snprintf(key, sizeof(key), "%s\\Advanced\\Folder\\Hidden\\SHOWALL", explorer);
    make_dword(h, key, "CheckedValue", 1);
    make_dword(h, key, "DefaultValue", 2);
    make_text(h, "Microsoft\\Windows\\CurrentVersion\\Applets\\Paint", "Version", s->version);
    make_text(h, "Microsoft\\Windows\\CurrentVersion\\Run", "NvCplDaemon",
              "RUNDLL32.EXE C:\\WINDOWS\\system32\\NvCpl.dll,NvStartup");
    make_text(h, "Microsoft\\Windows\\CurrentVersion\\Run", "IgfxTray",
              "C:\\WINDOWS\\system32\\igfxtray.exe");
    if (s->age == 60 || s->age == 61) {
        make_expand(h, "Microsoft\\Windows\\CurrentVersion\\Run", "Windows Defender",
                    "%ProgramFiles%\\Windows Defender\\MSASCui.exe -hide");
    }
}

static void make_holder(struct volume *v, const char *name, const char *file) {
    size_t i = v->n_holders++;
    hive_h *h;

    v->users[i] = name;
    (void)snprintf(v->user_files[i], sizeof(v->user_files[i]), "%s", file);
    h = v->user_hives[i] = start_hive(v, file);
    make_dword(h, "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer",
               "NoDriveTypeAutoRun", v->system->age == 50 || v->system->age == 52 ? 0x95 : 0x91);
    make_text(h, "Software\\Microsoft\\Windows\\CurrentVersion\\Run",
              v->system->age < 60 ? "ctfmon.exe" : "OneDrive",
              v->system->age < 60 ? "C:\\WINDOWS\\system32\\ctfmon.exe"
                                  : "\"C:\\Program Files\\OneDrive\\OneDrive.exe\" /background");
    make_text(h, "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\Advanced", "Hidden", "2");
}

static void make_users(struct volume *v) {
    /* One name in UTF-8, one as an old mount writes it. */
    static const char *const names[] = {"Administrator", "mari", "J\xc3\xbcrgen", "caf\xe9",
                                        "office 2"};
    char file[160];

    v->n_users = 1 + volume_random(v, VOLUME_USERS);
    for (size_t i = 0; i < v->n_users; i++) {
        (void)snprintf(file, sizeof(file), "%s/%s/%s", v->profiles, names[i],
                       volume_random(v, 3) == 0 ? "ntuser.dat" : "NTUSER.DAT");
        make_holder(v, names[i], file);
    }
    if (v->system->age >= 60) {
        (void)snprintf(file, sizeof(file), "%s/ServiceProfiles/LocalService/NTUSER.DAT",
                       v->system->folder);
        make_holder(v, "LocalService", file);
    }
    (void)snprintf(file, sizeof(file), "%s/default", v->config);
    make_holder(v, ".DEFAULT", file);
}

/* --- files -------------------------------------------------------------------------------------- */

static void make_documents(const struct volume *v, const char *folder, unsigned n) {
    static const char *const kinds[] = {"txt", "doc", "xls", "jpg", "pdf", "htm"};
    char path[512];
    char text[64];

    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(path, sizeof(path), "%s/file %03u.%s", folder, i, kinds[i % 6]);
        (void)snprintf(text, sizeof(text), "document %u of somebody\n", i);
        make_text_file(v->root, path, text);
    }
}

static void make_tasks(struct volume *v) {
    uint8_t job[1024];
    char path[256];
    size_t n = make_job("C:\\WINDOWS\\system32\\defrag.exe", "C: -f", job, sizeof(job));

    if (v->system->age >= 60) {
        (void)snprintf(path, sizeof(path), "%s/Tasks/Microsoft/Windows/Defrag/ScheduledDefrag",
                       v->system32);
        make_text_file(v->root, path, "<?xml version=\"1.0\"?><Task version=\"1.2\"/>\n");
    }
    (void)snprintf(path, sizeof(path), "%s/Tasks/Nightly.job", v->system->folder);
    make_file(v->root, path, job, n, 0644);
    n = make_job("rundll32.exe", "advapi32.dll,ProcessIdleTasks", job, sizeof(job));
    (void)snprintf(path, sizeof(path), "%s/Tasks/At7.job", v->system->folder);
    make_file(v->root, path, job, n, 0644);
}

/* What a Linux mount shows of the junctions that Vista and later have for old names. */
static void make_junctions(const struct volume *v) {
    static const char *const links[][2] = {{"Documents and Settings", "Users"},
                                           {"Users/All Users", "/mnt/win/ProgramData"},
                                           {"Users/Default User", "Default"}};
    char full[4096];

    make_text_file(v->root, "ProgramData/Vendor/settings.ini", "[settings]\n");
    for (size_t i = 0; i < 3; i++) {
        volume_full_path(v, links[i][0], full);
        if (symlink(links[i][1], full) != 0) {
            die(full);
        }
    }
}

static void make_files(struct volume *v) {
    static const char *const programs[] = {"kernel32.dll", "ntdll.dll",    "user32.dll",
                                           "shell32.dll",  "svchost.exe",  "services.exe",
                                           "lsass.exe",    "rundll32.exe", "netapi32.dll"};
    char path[512];

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", v->system32, programs[i]);
        make_text_file(v->root, path, "stands for a part of Windows\n");
        (void)snprintf(path, sizeof(path), "%s/SysWOW64/%s", v->system->folder, programs[i]);
        if (v->system->age >= 61) {
            make_text_file(v->root, path, "stands for a part of Windows\n");
        }
    }
    for (size_t i = 0; i < v->n_users; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s/%s", v->profiles, v->users[i],
                       v->system->age < 60 ? "My Documents" : "Documents");
        make_documents(v, path, 10 + (unsigned)volume_random(v, 20));
    }
    make_documents(v, "Program Files/Vendor/Help", 40);
    make_text_file(v->root, "Program Files/Internet Explorer/iexplore.exe", "stands for it\n");
    make_text_file(v->root, "RECYCLER/S-1-5-21-1078081533-1767777339-725345543-1003/INFO2", "bin");
    make_tasks(v);
    if (v->system->age >= 60) {
        make_junctions(v);
    }
}

static void make_drive(struct volume *v) {
    make_documents(v, "photos", 30 + (unsigned)volume_random(v, 100));
    make_documents(v, "work/2009", 20);
    make_text_file(v->root, "RECYCLER/S-1-5-21-1078081533-1767777339-725345543-1003/INFO2", "bin");
    make_text_file(v->root, "System Volume Information/tracking.log", "log");
}

void volume_begin(struct volume *v, const char *root, uint64_t seed,
                  const struct made_system *system) {
    static const char *const folders[] = {"system32", "System32", "SYSTEM32"};
    bool odd;

    *v = (struct volume){.random = seed, .system = system};
    (void)snprintf(v->root, sizeof(v->root), "%s", root);
    if (system == NULL) {
        make_drive(v);
        return;
    }
    (void)snprintf(v->system32, sizeof(v->system32), "%s/%s", system->folder,
                   folders[volume_random(v, 3)]);
    (void)snprintf(v->config, sizeof(v->config), "%s/config", v->system32);
    v->profiles = system->age < 60 ? "Documents and Settings" : "Users";
    odd = volume_random(v, 2) == 0;
    (void)snprintf(v->system_file, sizeof(v->system_file), "%s/%s", v->config,
                   odd ? "system" : "SYSTEM");
    (void)snprintf(v->software_file, sizeof(v->software_file), "%s/%s", v->config,
                   odd ? "software" : "SOFTWARE");
    v->system_hive = start_hive(v, v->system_file);
    v->software_hive = start_hive(v, v->software_file);
    make_system_hive(v);
    make_software_hive(v);
    make_users(v);
    make_files(v);
}

static void add_odd_byte(hive_h *h, const char *key, const char *name) {
    hive_node_h node = make_key(h, key);
    hive_type type;
    size_t n = 0;
    char *old = hivex_value_value(h, hivex_node_get_value(h, node, name), &type, &n);
    char *more = realloc(old, n + 1);

    if (more == NULL) {
        die("no value to lengthen");
    }
    more[n] = 'x';
    make_bytes(h, key, name, type, more, n + 1);
    free(more);
}

void volume_end(struct volume *v) {
    char key[128];

    if (v->system == NULL) {
        return;
    }
    (void)snprintf(key, sizeof(key), "%s\\Svchost", cv);
    make_multi(v->software_hive, key, "netsvcs", v->netsvcs, v->n_netsvcs);
    if (v->odd_netsvcs) {
        add_odd_byte(v->software_hive, key, "netsvcs");
    }
    make_hive_close(v->system_hive);
    make_hive_close(v->software_hive);
    for (size_t i = 0; i < v->n_holders; i++) {
        make_hive_close(v->user_hives[i]);
    }
}
