/* make_windows_volume.c - see make_windows_volume.h. */
#include "make_windows_volume.h"

#include "make_hive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void die(const char *what) {
    perror(what);
    exit(1); /* NOLINT(concurrency-mt-unsafe) */
}

static void path_of(char *out, size_t room, const char *root, const char *path) {
    if ((size_t)snprintf(out, room, "%s/%s", root, path) >= room) {
        die("path too long");
    }
}

void make_file(const char *root, const char *path, const void *p, size_t n, unsigned mode) {
    const struct timespec when[2] = {{1231200000, 123456789}, {1231200000, 987654321}};
    char full[4096];
    int fd;

    path_of(full, sizeof(full), root, path);
    for (char *s = full + strlen(root) + 1; (s = strchr(s, '/')) != NULL; s++) {
        *s = '\0';
        if (mkdir(full, 0755) != 0 && errno != EEXIST) {
            die(full);
        }
        *s = '/';
    }
    fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, p, n) != (ssize_t)n || fchmod(fd, mode) != 0 ||
        futimens(fd, when) != 0 || close(fd) != 0) {
        die(full);
    }
}

void make_text_file(const char *root, const char *path, const char *text) {
    make_file(root, path, text, strlen(text), 0644);
}

/* --- tasks and autorun.inf --------------------------------------------------------------------- */

static size_t put16(uint8_t *out, size_t at, unsigned v) {
    out[at] = (uint8_t)v;
    out[at + 1] = (uint8_t)(v >> 8);
    return at + 2;
}

static size_t put_text(uint8_t *out, size_t at, const char *text) {
    size_t n = text[0] == '\0' ? 0 : strlen(text) + 1;

    at = put16(out, at, (unsigned)n);
    for (size_t i = 0; i < n; i++) {
        at = put16(out, at, (unsigned char)text[i]);
    }
    return at;
}

size_t make_job(const char *application, const char *parameters, uint8_t *out, size_t room) {
    size_t at = 68;

    if (room < 512 || strlen(application) + strlen(parameters) > 100) {
        die("job");
    }
    memset(out, 0, room);
    (void)put16(out, 0, 0x0501); /* XP */
    (void)put16(out, 2, 1);
    (void)put16(out, 20, 70);
    at = put16(out, at, 0); /* running instances */
    at = put_text(out, at, application);
    at = put_text(out, at, parameters);
    at = put_text(out, at, "");
    at = put_text(out, at, "SYSTEM");
    at = put_text(out, at, "Created by NetScheduleJobAdd.");
    (void)put16(out, 22, (unsigned)at);
    at = put16(out, at, 0); /* user data */
    at = put16(out, at, 8); /* reserved data */
    at += 8;
    return put16(out, at, 0); /* no triggers */
}

size_t make_worm_autorun(uint8_t *out, size_t room) {
    static const char text[] =
        "; padding\r\n\x01\x02\xfe\xff qq\r\n[junk]\r\nopen=nothing.exe\r\n"
        "[AUTorUN\r\n;xx yy\r\nAcTION\t=Open folder to view files\r\n\x7f\x80\x90\r\n"
        "icon =%syStEmrOot%\\sySTEM32\\sHELL32.Dll  ,4\r\n"
        "shelLExECUte=RuNdLl32.EXE  .\\RECYCLER\\S-5-3-42-2819952290-8240758988-879315005-3665"
        "\\jwgkvsq.vmx,ahaezedrn\r\nuseAuTopLAY=1\r\n";
    size_t n = sizeof(text) - 1;
    uint32_t x = 12345;

    if (room < 60000) {
        die("autorun");
    }
    memcpy(out, text, n);
    while (n < 59000) { /* tens of KB of comment, as the real ones have */
        out[n] = n % 100 == 0   ? '\n'
                 : n % 100 == 1 ? ';'
                                : (uint8_t)((x = x * 1103515245U + 12345U) >> 24 | 0x80U);
        n++;
    }
    return n;
}

/* --- hives ------------------------------------------------------------------------------------- */

static const char cv[] = "Microsoft\\Windows NT\\CurrentVersion";

static hive_h *start_hive(const char *root, const char *path) {
    char full[4096];

    make_text_file(root, path, "");
    path_of(full, sizeof(full), root, path);
    if (make_hive_start(full) != 0) {
        die(full);
    }
    return make_hive_open(full);
}

static void service(hive_h *h, const char *set, const char *name, uint32_t start, const char *dll) {
    char key[256];

    (void)snprintf(key, sizeof(key), "%s\\Services\\%s", set, name);
    make_dword(h, key, "Type", 0x20);
    make_dword(h, key, "Start", start);
    make_text(h, key, "ObjectName", "LocalSystem");
    make_expand(h, key, "ImagePath", "%SystemRoot%\\system32\\svchost.exe -k netsvcs");
    (void)snprintf(key, sizeof(key), "%s\\Services\\%s\\Parameters", set, name);
    make_expand(h, key, "ServiceDll", dll);
}

static void control_set(hive_h *h, const char *set, const struct windows_volume_options *o) {
    uint32_t off = o->infected ? 4 : 2;
    char key[256];

    service(h, set, "wuauserv", off, "%SystemRoot%\\system32\\wuaueng.dll");
    service(h, set, "BITS", o->infected ? 4 : 3, "%SystemRoot%\\system32\\qmgr.dll");
    service(h, set, "ERSvc", off, "%SystemRoot%\\system32\\ersvc.dll");
    service(h, set, "wscsvc", off, "%SystemRoot%\\system32\\wscsvc.dll");
    service(h, set, "Browser", 2, "%SystemRoot%\\System32\\browser.dll");
    service(h, set, "Schedule", 2, "%SystemRoot%\\system32\\schedsvc.dll");
    service(h, set, "Messenger", 4, "%SystemRoot%\\System32\\msgsvc.dll");       /* off by choice */
    service(h, set, "VendorSync", 2, "%ProgramFiles%\\Vendor\\Sync\\vsync.dll"); /* third party */
    (void)snprintf(key, sizeof(key), "%s\\Services\\Tcpip\\Parameters", set);
    make_text(h, key, "Hostname", "pc-0417");
    make_dword(h, key, "EnableICMPRedirect", 1);
    if (o->infected) {
        make_dword(h, key, "TcpNumConnections", 0x00fffffe);
        service(h, set, MADE_SERVICE, 2, "%SystemRoot%\\system32\\" MADE_DLL);
        (void)snprintf(key, sizeof(key), "%s\\Services\\%s", set, MADE_SERVICE);
        make_text(h, key, "DisplayName", "Network Monitor");
        (void)snprintf(key, sizeof(key), "%s\\Services\\%s\\Security", set, MADE_SERVICE);
        make_bytes(h, key, "Security", hive_t_REG_BINARY, "\x01\x00\x14\x80", 4);
    }
    (void)snprintf(key, sizeof(key), "%s\\Control\\Session Manager", set);
    make_text(h, key, "ProtectionMode", "1");
    if (!o->safe_mode_gone) {
        (void)snprintf(key, sizeof(key), "%s\\Control\\SafeBoot\\Minimal\\Base", set);
        make_text(h, key, "", "Driver Group");
        (void)snprintf(key, sizeof(key), "%s\\Control\\SafeBoot\\Network\\Base", set);
        make_text(h, key, "", "Driver Group");
    }
}

static void make_system(const char *root, const struct windows_volume_options *o) {
    hive_h *h = start_hive(root, "WINDOWS/system32/config/SYSTEM");

    control_set(h, "ControlSet001", o);
    control_set(h, "ControlSet003", o);
    make_dword(h, "Select", "Current", 1);
    make_dword(h, "Select", "Default", 1);
    make_dword(h, "Select", "LastKnownGood", 3);
    make_dword(h, "Setup", "SystemSetupInProgress", 0);
    make_hive_close(h);
}

static void make_software(const char *root, const struct windows_volume_options *o) {
    static const char *const names[] = {"6to4",   "AppMgmt",    "AudioSrv",  "Browser",
                                        "BITS",   "ERSvc",      "Schedule",  "wuauserv",
                                        "wscsvc", "VendorSync", MADE_SERVICE};
    hive_h *h = start_hive(root, "WINDOWS/system32/config/software");
    char key[256];

    make_text(h, cv, "CurrentVersion", "5.1");
    make_text(h, cv, "CSDVersion", "Service Pack 3");
    make_text(h, cv, "ProductName", "Microsoft Windows XP");
    (void)snprintf(key, sizeof(key), "%s\\Svchost", cv);
    make_multi(h, key, "netsvcs", names, o->infected ? 11 : 10);
    make_multi(h, key, "LocalService", names, 3);
    make_dword(h, "Microsoft\\Windows\\CurrentVersion\\Explorer\\Advanced\\Folder\\Hidden\\SHOWALL",
               "CheckedValue", o->infected ? 0 : 1);
    make_dword(h, "Microsoft\\Windows\\CurrentVersion\\Explorer\\Advanced\\Folder\\Hidden\\SHOWALL",
               "DefaultValue", 2);
    make_text(h, "Microsoft\\Windows\\CurrentVersion\\Applets\\Paint", "Version", "5.1");
    make_text(h, "Microsoft\\Windows\\CurrentVersion\\Run", "NvCplDaemon",
              "RUNDLL32.EXE C:\\WINDOWS\\system32\\NvCpl.dll,NvStartup");
    if (o->infected) {
        make_text(h, "Microsoft\\Windows\\CurrentVersion\\Applets", "dl", "0");
        make_text(h, "Microsoft\\Windows\\CurrentVersion\\Applets", "ds", "0");
    }
    make_hive_close(h);
}

static void make_user(const char *root, bool infected, const char *path) {
    hive_h *h = start_hive(root, path);
    const char run[] = "Software\\Microsoft\\Windows\\CurrentVersion\\Run";

    make_dword(h, "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer",
               "NoDriveTypeAutoRun", 0x91);
    make_text(h, run, "ctfmon.exe", "C:\\WINDOWS\\system32\\ctfmon.exe");
    if (infected) {
        make_text(h, run, "lkqmvzxw",
                  "rundll32.exe \"C:\\WINDOWS\\system32\\" MADE_DLL "\",kvxzop");
        make_text(h, "Software\\Microsoft\\Windows\\CurrentVersion\\Applets", "dl", "0");
        make_text(h, "Software\\Microsoft\\Windows\\CurrentVersion\\Applets", "ds", "0");
    }
    make_hive_close(h);
}

/* --- volumes ----------------------------------------------------------------------------------- */

static const char marker[] = "harmless marker: stands where a worm's DLL would be\n";

static void make_tasks(const char *root, bool infected) {
    uint8_t job[1024];
    size_t n = make_job("C:\\WINDOWS\\system32\\defrag.exe", "C: -f", job, sizeof(job));

    make_file(root, "WINDOWS/Tasks/At3.job", job, n, 0644);
    make_file(root, "WINDOWS/Tasks/Backup.job", job, n, 0644);
    if (infected) {
        n = make_job("rundll32.exe", "qhzkxwlp.vkz,ahaezed", job, sizeof(job));
        make_file(root, "WINDOWS/Tasks/At1.job", job, n, 0644);
        make_file(root, "WINDOWS/Tasks/At2.job", job, n, 0644);
    }
}

void make_removable_drive(const char *root, bool infected) {
    static uint8_t text[65536];
    static const char folder[] =
        "RECYCLER/S-5-3-42-2819952290-8240758988-879315005-3665/jwgkvsq.vmx";

    make_text_file(root, "photos/holiday.txt", "not a photo\n");
    make_text_file(root, "RECYCLER/S-1-5-21-1078081533-1767777339-725345543-1003/INFO2", "bin\n");
    if (infected) {
        make_file(root, "autorun.inf", text, make_worm_autorun(text, sizeof(text)), 0444);
        make_file(root, folder, marker, sizeof(marker) - 1, 0444);
    }
}

void make_windows_volume(const char *root, const struct windows_volume_options *o) {
    make_system(root, o);
    make_software(root, o);
    make_user(root, o->infected, "Documents and Settings/mari/NTUSER.DAT");
    make_user(root, false, "Documents and Settings/guest/NTUSER.DAT");
    make_text_file(root, "WINDOWS/system32/wuaueng.dll", "stands for wuaueng.dll\n");
    make_text_file(root, "WINDOWS/system32/kernel32.dll", "stands for kernel32.dll\n");
    make_text_file(root, "Program Files/Vendor/Sync/vsync.dll", "stands for a vendor's DLL\n");
    make_tasks(root, o->infected);
    make_removable_drive(root, o->infected); /* the same traces in the root of a fixed disk */
    if (o->infected) {
        make_file(root, "WINDOWS/system32/" MADE_DLL, marker, sizeof(marker) - 1, 0400);
    }
    if (o->infected && o->copy_of_dll) {
        make_file(root, "Documents and Settings/mari/Desktop/old/zzz.tmp", marker,
                  sizeof(marker) - 1, 0644);
    }
}
