/* make_doors.c - see make_doors.h. */
#include "make_doors.h"

#include "make_exe.h"
#include "make_hive.h"
#include "make_sam.h"
#include "make_windows_volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct made_windows made_systems[] = {
    {"2000",
     "5.0",
     "2195",
     "Service Pack 4",
     "Microsoft Windows 2000",
     false,
     "11.0",
     {5, 0, 2195, 6700},
     {5, 0, 2195, 7203},
     {5, 0, 3900, 7000},
     {5, 0, 3900, 7155}},
    {"xp2",
     "5.1",
     "2600",
     "Service Pack 2",
     "Microsoft Windows XP",
     false,
     "11.0",
     {5, 1, 2600, 2180},
     {5, 1, 2600, 3462},
     {6, 0, 2900, 2180},
     {6, 0, 2900, 3402}},
    {"xp3",
     "5.1",
     "2600",
     "Service Pack 3",
     "Microsoft Windows XP",
     false,
     "11.0",
     {5, 1, 2600, 5512},
     {5, 1, 2600, 5694},
     {6, 0, 2900, 5512},
     {6, 0, 2900, 5622}},
    {"2003",
     "5.2",
     "3790",
     "Service Pack 2",
     "Microsoft Windows Server 2003",
     false,
     "11.0",
     {5, 2, 3790, 3959},
     {5, 2, 3790, 4392},
     {6, 0, 3790, 3959},
     {6, 0, 3790, 4315}},
    {"xp64",
     "5.2",
     "3790",
     "Service Pack 2",
     "Microsoft Windows XP",
     true,
     "11.0",
     {5, 2, 3790, 3959},
     {5, 2, 3790, 4392},
     {6, 0, 3790, 3959},
     {6, 0, 3790, 4315}},
    {"vista",
     "6.0",
     "6001",
     "Service Pack 1",
     "Windows Vista (TM) Business",
     false,
     "12.0",
     {6, 0, 6001, 18000},
     {6, 0, 6001, 18157},
     {6, 0, 6001, 18000},
     {6, 0, 6001, 18167}},
    {"win7",
     "6.1",
     "7601",
     "Service Pack 1",
     "Windows 7 Professional",
     true,
     "14.0",
     {6, 1, 7601, 17514},
     {6, 1, 7601, 17887},
     {6, 1, 7601, 17514},
     {6, 1, 7601, 17755}},
    {"win10",
     "6.3",
     "19045",
     NULL,
     "Windows 10 Pro",
     true,
     "16.0",
     {10, 0, 19041, 1},
     {10, 0, 19041, 3636},
     {10, 0, 19041, 1},
     {10, 0, 19041, 3636}},
};
const size_t made_systems_n = sizeof(made_systems) / sizeof(made_systems[0]);

const struct made_windows *made_system(const char *name) {
    for (size_t i = 0; i < made_systems_n; i++) {
        if (strcmp(made_systems[i].name, name) == 0) {
            return &made_systems[i];
        }
    }
    (void)fprintf(stderr, "no system is named %s\n", name);
    exit(2); /* NOLINT(concurrency-mt-unsafe) */
}

static bool is_nt5(const struct made_windows *w) {
    return w->version[0] == '5';
}

const char *made_folder(const struct made_windows *w) {
    return is_nt5(w) ? "WINDOWS/system32" : "Windows/System32";
}

const char *made_user(const struct made_windows *w) {
    return is_nt5(w) ? "Documents and Settings/mari/NTUSER.DAT" : "Users/mari/NTUSER.DAT";
}

/* --- files ------------------------------------------------------------------------------------- */

void make_dll(const char *root, const char *path, const uint16_t version[4]) {
    enum { RAW = 0x400, RVA = 0x1000, DATA_AT = 3 * 24 + 16, VERSION_AT = 0x28 + 8 };
    static const struct make_section section = {RVA, 0x400, RAW, 0x400};
    struct make_pe pe = {.entry = RVA,
                         .resources_rva = RVA,
                         .resources_size = 0x300,
                         .sections = &section,
                         .n_sections = 1,
                         .file_size = RAW};
    struct ym_buf b;
    uint32_t key_at;

    ym_buf_init(&b, 1 << 20);
    make_pe(&pe, &b);
    make_version_resource(RVA, &b, &key_at);
    while (b.len < RAW + 0x400) {
        ym_buf_u8(&b, 0);
    }
    for (unsigned i = 0; i < 4; i++) { /* the high half of each word comes first for people */
        uint8_t *p = b.data + RAW + DATA_AT + VERSION_AT + 2 * (i ^ 1U);

        p[0] = (uint8_t)version[i];
        p[1] = (uint8_t)(version[i] >> 8);
    }
    make_file(root, path, b.data, b.len, 0644);
    ym_buf_done(&b);
}

static void dll(const char *root, const char *folder, const char *name, const uint16_t version[4]) {
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    make_dll(root, path, version);
}

static hive_h *start(const char *root, const char *folder, const char *name) {
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s%s%s", folder, folder[0] == '\0' ? "" : "/", name);
    make_text_file(root, path, "");
    (void)snprintf(path, sizeof(path), "%s/%s%s%s", root, folder, folder[0] == '\0' ? "" : "/",
                   name);
    if (make_hive_start(path) != 0) {
        perror(path);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
    return make_hive_open(path);
}

static const char *config(const struct made_windows *w) {
    return is_nt5(w) ? "WINDOWS/system32/config" : "Windows/System32/config";
}

/* --- SAM --------------------------------------------------------------------------------------- */

static void put(uint8_t *p, uint64_t v, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

void make_policy(uint8_t out[MADE_POLICY], unsigned threshold, unsigned min_length,
                 bool complexity) {
    const uint64_t half_hour = 0 - UINT64_C(30) * 60 * 10000000;

    memset(out, 0, MADE_POLICY);
    put(out, 2, 2);
    put(out + 2, 1, 2);
    put(out + 24, 0 - UINT64_C(42) * 24 * 3600 * 10000000, 8);
    put(out + 40, UINT64_C(1) << 63, 8);
    put(out + 48, half_hour, 8);
    put(out + 56, half_hour, 8);
    put(out + 72, 1004, 4);
    put(out + 76, complexity ? 1 : 0, 4);
    put(out + 80, min_length, 2);
    put(out + 84, threshold, 2);
    put(out + 88, 1, 4);
    put(out + 92, 3, 4);
}

/* A password of the list, none, a good one; the other two accounts count for nothing. */
static const struct made_account accounts[][4] = {
    [MADE_OPEN] = {{500, "Administrator", "Zk7!rain-and-snow", 0},
                   {501, "Guest", "", MADE_DISABLED | MADE_NO_PASSWORD},
                   {1003, "mari", "qweasdzxc", 0}},
    [MADE_HALF] = {{500, "Administrator", "Zk7!rain-and-snow", 0},
                   {501, "Guest", "", MADE_DISABLED | MADE_NO_PASSWORD},
                   {1003, "mari", "", MADE_NO_PASSWORD}},
    [MADE_CLOSED] = {{500, "Administrator", "zxcvbn", MADE_DISABLED},
                     {501, "Guest", "", MADE_DISABLED | MADE_NO_PASSWORD},
                     {1003, "mari", "Zk7!rain-and-snow", 0}},
};

static void make_sam(const char *root, const struct made_windows *w, enum made_state state) {
    static const unsigned thresholds[] = {0, 50, 5};
    static const unsigned lengths[] = {0, 6, 10};
    hive_h *h = start(root, config(w), "SAM");
    const struct made_account *a = accounts[state];
    bool aes = strcmp(w->name, "win10") == 0;
    uint8_t policy[MADE_POLICY];

    make_policy(policy, thresholds[state], lengths[state], state == MADE_CLOSED);
    make_account_key(policy, sizeof(policy), aes, made_boot_key);
    make_bytes(h, "SAM\\Domains\\Account", "F", hive_t_REG_BINARY, policy, sizeof(policy));
    for (size_t i = 0; a[i].name != NULL; i++) {
        make_account(h, aes, &a[i]);
    }
    (void)make_key(h, "SAM\\Domains\\Account\\Users\\Names");
    make_hive_close(h);
}

/* --- SYSTEM ------------------------------------------------------------------------------------ */

static void service(hive_h *h, const char *set, const char *name, uint32_t start_type) {
    char key[256];

    (void)snprintf(key, sizeof(key), "%s\\Services\\%s", set, name);
    make_dword(h, key, "Start", start_type);
}

static void services(hive_h *h, const char *set, const struct made_windows *w,
                     enum made_state state) {
    static const char *const old[] = {"wuauserv", "BITS", "wscsvc", "ERSvc", "SharedAccess"};
    static const char *const new[] = {"wuauserv", "BITS",      "wscsvc",
                                      "WerSvc",   "WinDefend", "MpsSvc"};
    const char *const *names = is_nt5(w) ? old : new;
    size_t n = is_nt5(w) ? 5 : 6;

    for (size_t i = 0; i < n; i++) {
        service(h, set, names[i], state == MADE_OPEN || (state == MADE_HALF && i == 0) ? 4 : 2);
    }
    service(h, set, "LanmanServer", 2);
    service(h, set, "Browser", 2);
    service(h, set, "RemoteRegistry", 2);
    service(h, set, "Schedule", 2);
}

static void shares(hive_h *h, const char *set, const struct made_windows *w,
                   enum made_state state) {
    static const char *const share[] = {"CSCFlags=0",      "MaxUses=4294967295",
                                        "Path=C:\\common", "Permissions=0",
                                        "Remark=",         "Type=0"};
    static const char *const pipes[] = {"COMNAP", "browser"};
    bool server = strstr(w->product, "Server") != NULL;
    char key[256];

    (void)snprintf(key, sizeof(key), "%s\\Services\\LanmanServer\\Shares", set);
    (void)make_key(h, key);
    if (state != MADE_CLOSED) {
        make_multi(h, key, "common", share, 4);
        make_multi(h, key, "common", share, 6);
    }
    (void)snprintf(key, sizeof(key), "%s\\Services\\LanmanServer\\Parameters", set);
    (void)make_key(h, key);
    if (state == MADE_CLOSED) {
        make_dword(h, key, server ? "AutoShareServer" : "AutoShareWks", 0);
    } else {
        make_multi(h, key, "NullSessionPipes", pipes, 2);
    }
    make_dword(h, key, "RestrictNullSessAccess", state == MADE_OPEN ? 0 : 1);
    (void)snprintf(key, sizeof(key), "%s\\Control\\Lsa", set);
    make_dword(h, key, "restrictanonymous", state == MADE_CLOSED ? 1 : 0);
    make_dword(h, key, "restrictanonymoussam", state == MADE_OPEN ? 0 : 1);
    make_dword(h, key, "forceguest", state == MADE_OPEN ? 0 : 1);
    (void)snprintf(key, sizeof(key), "%s\\Control\\ProductOptions", set);
    make_text(h, key, "ProductType", server ? "ServerNT" : "WinNT");
}

static void make_system(const char *root, const struct made_windows *w, enum made_state state) {
    static const char *const sets[] = {"ControlSet001", "ControlSet002"};
    hive_h *h = start(root, config(w), "SYSTEM");
    char path[4096];

    for (size_t i = 0; i < 2; i++) {
        services(h, sets[i], w, state);
        shares(h, sets[i], w, state);
    }
    make_dword(h, "Select", "Current", 1);
    make_dword(h, "Select", "Default", 1);
    make_hive_close(h);
    (void)snprintf(path, sizeof(path), "%s/%s/SYSTEM", root, config(w));
    make_boot_key(path, "ControlSet001\\Control\\Lsa", made_boot_key);
}

/* --- SOFTWARE ---------------------------------------------------------------------------------- */

static const char *const classes[] = {
    "{FFBB3F3B-0A5A-4106-BE53-DFE1E2340CB1}", "{4788DE08-3552-49EA-AC8C-233DA52523B9}",
    "{1E216240-1B7D-11CF-9D53-00AA003C9CB6}", "{3A2B370C-BA0A-11d1-B137-0000F8753F5D}",
    "{B09DE715-87C1-11d1-8BE3-0000F8754DA1}", "{cde57a43-8b86-11d0-b3c6-00a0c90aea82}",
    "{6262d3a0-531b-11cf-91f6-c2863c385e30}", "{0ECD9B64-23AA-11d0-B351-00A0C9055D8E}",
    "{C932BA85-4374-101B-A56C-00AA003668DC}", "{248dd896-bb45-11cf-9abc-0080c7e7b78d}"};

static void kill_bits(hive_h *h, const char *explorer, enum made_state state) {
    char key[256];

    (void)make_key(h, explorer);
    for (size_t i = 0; i < 10; i++) {
        (void)snprintf(key, sizeof(key), "%s\\ActiveX Compatibility\\%s", explorer, classes[i]);
        if (state == MADE_CLOSED || (state == MADE_HALF && i < 5)) {
            make_dword(h, key, "Compatibility Flags", 0x402);
        } else if (i == 9) {
            make_dword(h, key, "Compatibility Flags", 0x2); /* another bit, which must stay */
        }
    }
}

static void make_software(const char *root, const struct made_windows *w, enum made_state state) {
    static const char cv[] = "Microsoft\\Windows NT\\CurrentVersion";
    static const char policies[] = "Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer";
    hive_h *h = start(root, config(w), "SOFTWARE");

    make_text(h, cv, "CurrentVersion", w->version);
    make_text(h, cv, "CurrentBuildNumber", w->build);
    make_text(h, cv, "ProductName", w->product);
    if (w->pack != NULL) {
        make_text(h, cv, "CSDVersion", w->pack);
    }
    if (strcmp(w->name, "win10") == 0) {
        make_dword(h, cv, "CurrentMajorVersionNumber", 10);
    }
    (void)make_key(h, policies);
    if (state == MADE_CLOSED) {
        make_dword(h, policies, "NoDriveTypeAutoRun", 0xff);
        make_dword(h, policies, "HonorAutorunSetting", 1);
    }
    if (state != MADE_OPEN && strcmp(w->version, "5.1") == 0) {
        make_text(h, "Microsoft\\Updates\\Windows XP\\SP4\\KB958644\\Filelist", "0", "x");
    }
    kill_bits(h, "Microsoft\\Internet Explorer", state);
    if (w->is64) {
        kill_bits(h, "Wow6432Node\\Microsoft\\Internet Explorer", state);
    }
    make_hive_close(h);
}

/* --- a user ------------------------------------------------------------------------------------ */

static void number(hive_h *h, const struct made_windows *w, const char *app, const char *below,
                   const char *name, uint32_t v) {
    char key[256];

    (void)snprintf(key, sizeof(key), "Software\\Policies\\Microsoft\\Office\\%s\\%s\\%s", w->office,
                   app, below);
    make_dword(h, key, name, v);
}

static void file_block(hive_h *h, const struct made_windows *w, enum made_state state) {
    static const char *const formats[] = {"Word2Files", "Word60Files", "Word95Files"};
    bool old = w->office[1] < '4';

    for (size_t i = 0; old ? i < 1 : i < 3; i++) {
        if (old && state != MADE_OPEN) {
            number(h, w, "Word", "Security\\FileOpenBlock", "BinaryFiles", 1);
        } else if (!old) {
            number(h, w, "Word", "Security\\FileBlock", formats[i],
                   state == MADE_CLOSED || (state == MADE_HALF && i > 0) ? 2 : 0);
        }
    }
    if (old && state == MADE_CLOSED) {
        number(h, w, "Word", "Security\\FileOpenBlock", "RtfFiles", 1);
    }
}

static void make_user(const char *root, const struct made_windows *w, enum made_state state) {
    static const uint32_t levels[] = {1, 2, 3};
    hive_h *h = start(root, "", made_user(w));
    bool old = strcmp(w->office, "11.0") == 0;
    char key[256];

    (void)snprintf(key, sizeof(key), "Software\\Microsoft\\Office\\%s\\Word", w->office);
    (void)make_key(h, key);
    if (state != MADE_CLOSED) {
        make_dword(h, "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer",
                   "NoDriveTypeAutoRun", state == MADE_HALF ? 0xff : 0x81);
    }
    file_block(h, w, state);
    number(h, w, "Word", "Security", old ? "Level" : "VBAWarnings", levels[state]);
    if (strcmp(w->office, "14.0") >= 0 && state != MADE_CLOSED) {
        static const char pv[] = "Security\\ProtectedView";

        number(h, w, "Word", pv, "DisableInternetFilesInPV", 1);
        if (state == MADE_OPEN) {
            number(h, w, "Word", pv, "DisableAttachmentsInPV", 1);
            number(h, w, "Word", pv, "DisableAttachementsInPV", 1);
            number(h, w, "Word", pv, "DisableUnsafeLocationsInPV", 1);
        }
    }
    make_hive_close(h);
}

void make_doors_volume(const char *root, const struct made_windows *w, enum made_state state) {
    bool fixed = state == MADE_CLOSED;

    make_system(root, w, state);
    make_software(root, w, state);
    make_sam(root, w, state);
    make_user(root, w, state);
    dll(root, made_folder(w), "netapi32.dll", fixed ? w->netapi_new : w->netapi_old);
    dll(root, made_folder(w), "shell32.dll", fixed ? w->shell_new : w->shell_old);
    if (w->is64) {
        dll(root, is_nt5(w) ? "WINDOWS/SysWOW64" : "Windows/SysWOW64", "netapi32.dll",
            fixed ? w->netapi_new : w->netapi_old);
    }
}
