/* volume_damage.c - what makes a generated volume hard to read: see volume_damage.h. */
#include "volume_damage.h"

#include "make_hive.h"
#include "make_permissions.h"
#include "make_windows_volume.h"

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

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* Traces that lie where nobody can read now.  artefact NULL: any. */
static void hide(struct volume *v, const char *artefact, const char *prefix) {
    size_t kept = 0;

    for (size_t i = 0; i < v->present.n; i++) {
        struct volume_note note = v->present.v[i];

        if ((artefact == NULL || strcmp(note.artefact, artefact) == 0) &&
            begins(note.where, prefix)) {
            v->hidden.v[v->hidden.n++] = note;
        } else {
            v->present.v[kept++] = note;
        }
    }
    v->present.n = kept;
}

static void hide_system(struct volume *v) {
    hide(v, NULL, "HKLM\\SYSTEM");
    hide(v, "service", ""); /* its list and its DLL are only found through the key */
}

static void hide_user(struct volume *v, size_t user) {
    char prefix[64];

    (void)snprintf(prefix, sizeof(prefix), "HKU\\%s", v->users[user]);
    hide(v, NULL, prefix);
}

/* The accounts of the system whose hives lie below this folder. */
static void hide_holders(struct volume *v, const char *folder) {
    for (size_t i = v->n_users; i < v->n_holders; i++) {
        if (begins(v->user_files[i], folder)) {
            hide_user(v, i);
        }
    }
}

/* Without SOFTWARE the version, and so the start types to restore, are not known. */
static void hide_software(struct volume *v) {
    hide(v, NULL, "HKLM\\SOFTWARE");
    for (size_t i = 0; i < v->present.n; i++) {
        if (strcmp(v->present.v[i].artefact, "disabled-services") == 0) {
            volume_note(&v->gaps, "", "%s", v->present.v[i].where);
        }
    }
}

static void missing(const struct volume *v, const char *path) {
    char full[4096];

    volume_full_path(v, path, full);
    if (unlink(full) != 0) {
        die(full);
    }
}

static void change_mode(const struct volume *v, const char *path, unsigned mode) {
    char full[4096];

    volume_full_path(v, path, full);
    if (chmod(full, mode) != 0) {
        die(full);
    }
}

/* What lay there is still on the volume, under another name. */
static void replace_by_link(const struct volume *v, const char *path, const char *target) {
    char full[4096];
    char aside[4200];

    volume_full_path(v, path, full);
    (void)snprintf(aside, sizeof(aside), "%s.before", full);
    if ((rename(full, aside) != 0 && errno != ENOENT) || symlink(target, full) != 0) {
        die(full);
    }
}

static void cut(const struct volume *v, const char *path, uint64_t keep_of_ten) {
    char full[4096];
    struct stat sb;

    volume_full_path(v, path, full);
    if (stat(full, &sb) != 0 || truncate(full, sb.st_size / 10 * (off_t)keep_of_ten) != 0) {
        die(full);
    }
}

/* The first sequence number is one ahead, as in a hive that is being written; the sum is right. */
static void make_dirty(const struct volume *v, const char *path) {
    uint8_t head[512];
    char full[4096];
    int fd;

    volume_full_path(v, path, full);
    fd = open(full, O_RDWR | O_CLOEXEC);
    if (fd < 0 || pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head)) {
        die(full);
    }
    head[508] ^= (uint8_t)(head[4] ^ (head[4] + 1));
    head[4]++;
    if (pwrite(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) || close(fd) != 0) {
        die(full);
    }
}

void damage_system_missing(struct volume *v) {
    missing(v, v->system_file);
    hide_system(v);
    volume_note(&v->gaps, "", "%s/System32/config/SYSTEM", v->system->folder);
}

void damage_software_missing(struct volume *v) {
    missing(v, v->software_file);
    hide_software(v);
    volume_note(&v->gaps, "", "%s/System32/config/SOFTWARE", v->system->folder);
}

void damage_system_cut(struct volume *v) {
    cut(v, v->system_file, volume_random(v, 10));
    hide_system(v);
    volume_note(&v->gaps, "", "%s", v->system_file);
}

void damage_software_dirty(struct volume *v) {
    make_dirty(v, v->software_file);
    hide_software(v);
    volume_note(&v->gaps, "", "%s", v->software_file);
}

void damage_users_cut(struct volume *v) {
    for (size_t i = 0; i < v->n_holders; i++) {
        cut(v, v->user_files[i], 1 + volume_random(v, 9));
        hide_user(v, i);
        volume_note(&v->gaps, "", "%s", v->user_files[i]);
    }
}

void damage_user_dirty(struct volume *v) {
    size_t user = volume_random(v, v->n_holders);

    make_dirty(v, v->user_files[user]);
    hide_user(v, user);
    volume_note(&v->gaps, "", "%s", v->user_files[user]);
}

void damage_system_is_no_hive(struct volume *v) {
    make_text_file(v->root, v->system_file, "not a hive at all\n");
    hide_system(v);
    volume_note(&v->gaps, "", "%s", v->system_file);
}

void damage_config_missing(struct volume *v) {
    char from[4096];
    char to[4200];

    volume_full_path(v, v->config, from);
    (void)snprintf(to, sizeof(to), "%s.lost", from);
    if (rename(from, to) != 0) {
        die(from);
    }
    hide_system(v);
    hide_software(v);
    hide_holders(v, v->config);
    volume_note(&v->gaps, "", "%s/System32/config/SYSTEM", v->system->folder);
    volume_note(&v->gaps, "", "%s/System32/config/SOFTWARE", v->system->folder);
}

/* Every record of a value of that name (hivex leaves old ones in free cells) claims 2 GB:
 * "vk", length of the name, length of the data, offset of the data, type, flags, name. */
static void break_values(const struct volume *v, const char *path, const char *name) {
    static uint8_t image[1 << 22];
    const size_t length = strlen(name);
    char full[4096];
    size_t n;
    FILE *f;

    volume_full_path(v, path, full);
    f = fopen(full, "r+b");
    n = f == NULL ? 0 : fread(image, 1, sizeof(image), f);
    for (size_t i = 20; i + length <= n; i++) {
        if (memcmp(image + i, name, length) == 0 && memcmp(image + i - 20, "vk", 2) == 0) {
            memcpy(image + i - 16, "\xf0\xff\xff\x7f", 4);
        }
    }
    if (f == NULL || fseek(f, 0, SEEK_SET) != 0 || fwrite(image, 1, n, f) != n || fclose(f) != 0) {
        die(full);
    }
}

void damage_service_key(struct volume *v) {
    break_values(v, v->system_file, "Security");
    for (size_t i = 0; i < v->present.n; i++) {
        if (begins(v->present.v[i].where, "HKLM\\SYSTEM") &&
            strcmp(v->present.v[i].artefact, "service") == 0) {
            volume_note(&v->gaps, "", "%s", v->present.v[i].where);
        }
    }
}

/* One key of a service in each control set gets permissions; the trace is noted. */
static void close_service(struct volume *v, const char *name, const char *kind) {
    char file[4096];
    char keys[VOLUME_SETS][64];
    const char *list[VOLUME_SETS];

    volume_full_path(v, v->system_file, file);
    for (size_t i = 0; i < v->n_sets; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "%s\\Services\\%s", v->sets[i], name);
        list[i] = keys[i];
        volume_note(&v->present, "service-permissions", "HKLM\\SYSTEM\\%s", keys[i]);
    }
    make_permissions(file, list, v->n_sets, kind);
}

void damage_service_closed(struct volume *v) {
    close_service(v, v->names[0], "system-only");
}

/* What KB962007 and many a guide tell people to do. */
void damage_against_the_worm(struct volume *v) {
    static const char *const svchost[] = {"Microsoft\\Windows NT\\CurrentVersion\\Svchost"};
    char file[4096];

    volume_full_path(v, v->software_file, file);
    make_permissions(file, svchost, 1, "read-only");
    if (v->system->age < 60) {
        volume_note(&v->present, "svchost-permissions", "HKLM\\SOFTWARE\\%s", svchost[0]);
    }
    close_service(v, "wuauserv", "deny-everyone");
}

void damage_value_too_long(struct volume *v) {
    break_values(v, v->software_file, "IgfxTray");
    hide(v, "run", "HKLM\\SOFTWARE");
    volume_note(&v->gaps, "", "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run");
}

void damage_tasks_closed(struct volume *v) {
    char path[64];

    (void)snprintf(path, sizeof(path), "%s/Tasks", v->system->folder);
    change_mode(v, path, 0);
    hide(v, "task", path);
    volume_note(&v->gaps, "", "%s", path);
}

void damage_profile_closed(struct volume *v) {
    size_t user = volume_random(v, v->n_users);
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", v->profiles, v->users[user]);
    change_mode(v, path, 0);
    hide_user(v, user);
    volume_note(&v->gaps, "", "%s", path);
}

void damage_recycler_closed(struct volume *v) {
    char path[600];

    for (size_t i = 0; i < v->present.n; i++) {
        if (strcmp(v->present.v[i].artefact, "recycler") == 0) {
            (void)snprintf(path, sizeof(path), "%s/closed/inside.txt", v->present.v[i].where);
            make_text_file(v->root, path, "nobody sees this\n");
            *strrchr(path, '/') = '\0';
            change_mode(v, path, 0);
            volume_note(&v->gaps, "", "%s", path);
        }
    }
}

void damage_recycler_names_only(struct volume *v) {
    change_mode(v, "RECYCLER", 0444);
    for (size_t i = 0; i < v->present.n; i++) {
        if (strcmp(v->present.v[i].artefact, "recycler") == 0) {
            volume_note(&v->gaps, "", "%s", v->present.v[i].where);
        }
    }
}

void damage_links_in_circles(struct volume *v) {
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/Tasks", v->system->folder);
    replace_by_link(v, path, "Tasks");
    hide(v, "task", path);
    volume_note(&v->gaps, "", "%s", path);
    replace_by_link(v, "RECYCLER", ".");
    hide(v, "recycler", "RECYCLER");
    volume_note(&v->gaps, "", "RECYCLER");
    (void)snprintf(path, sizeof(path), "%s/backup", v->profiles);
    replace_by_link(v, path, "../..");
    volume_note(&v->gaps, "", "%s", path);
}

void damage_profile_is_a_link(struct volume *v) {
    size_t user = volume_random(v, v->n_holders);

    replace_by_link(v, v->user_files[user], "/etc/passwd");
    hide_user(v, user);
    volume_note(&v->gaps, "", "%s", v->user_files[user]);
}

void damage_windows_is_a_link(struct volume *v) {
    char path[64];

    (void)snprintf(path, sizeof(path), "%s", v->system->folder);
    replace_by_link(v, path, "elsewhere");
    hide_system(v);
    hide_software(v);
    hide_holders(v, path);
    hide(v, "task", path);
    volume_note(&v->gaps, "", "%s", path);
    volume_note(&v->gaps, "", "%s/System32/config/SYSTEM", path);
    volume_note(&v->gaps, "", "%s/System32/config/SOFTWARE", path);
}

void damage_second_windows(struct volume *v) {
    make_text_file(v->root, "WINNT/system32/config/SYSTEM", "of another Windows\n");
    volume_note(&v->gaps, "", "WINNT");
}

void damage_files_too_odd(struct volume *v) {
    static uint8_t large[5 << 20];
    char path[64];

    (void)snprintf(path, sizeof(path), "%s/Tasks/At31.job", v->system->folder);
    make_text_file(v->root, path, "\x01\x05\x01");
    volume_note(&v->gaps, "", "%s", path);
    memset(large, ';', sizeof(large));
    make_file(v->root, "autorun.inf", large, sizeof(large), 0644);
    volume_note(&v->gaps, "", "autorun.inf");
}

/* --- before the hives are written ----------------------------------------------------------------- */

void damage_no_control_set(struct volume *v) {
    for (size_t i = 0; i < v->n_sets; i++) {
        (void)hivex_node_delete_child(v->system_hive, make_key(v->system_hive, v->sets[i]));
    }
    hide_system(v);
    volume_note(&v->gaps, "", "%s", v->system_file);
}

void damage_current_set_missing(struct volume *v) {
    make_dword(v->system_hive, "Select", "Current", 77);
    volume_note(&v->gaps, "", "%s", v->system_file);
}

void damage_services_missing(struct volume *v) {
    char key[64];

    (void)snprintf(key, sizeof(key), "%s\\Services", v->sets[0]);
    (void)hivex_node_delete_child(v->system_hive, make_key(v->system_hive, key));
    (void)snprintf(key, sizeof(key), "HKLM\\SYSTEM\\%s\\Services", v->sets[0]);
    hide(v, NULL, key);
    volume_note(&v->gaps, "", "%s", key);
}

void damage_long_list(struct volume *v) {
    static const char key[] = "Microsoft\\Windows NT\\CurrentVersion\\Svchost";
    static uint8_t list[60000];

    for (size_t i = 0; i < sizeof(list); i += 2) {
        list[i] = (uint8_t)(i % 40 == 0 ? 0 : 'a' + i / 2 % 26);
    }
    make_bytes(v->software_hive, key, "hpdevmgmt", hive_t_REG_MULTI_SZ, list, sizeof(list));
    if (v->present.n > 0) {
        volume_note(&v->gaps, "", "HKLM\\SOFTWARE\\%s", key);
    }
}

/* Wrong types, odd lengths, no final NUL, long lists: all of it can be read, none of it is a gap. */
void damage_odd_values(struct volume *v) {
    static uint8_t list[16000];
    char key[128];

    v->odd_netsvcs = true;
    for (size_t i = 0; i + 1 < sizeof(list); i += 2) {
        list[i] = (uint8_t)('a' + i / 2 % 26);
    }
    make_bytes(v->software_hive, "Microsoft\\Windows NT\\CurrentVersion\\Svchost", "LocalService",
               hive_t_REG_MULTI_SZ, list, sizeof(list) - 1);
    make_bytes(v->software_hive, "Microsoft\\Windows NT\\CurrentVersion\\Svchost", "imgsvc",
               hive_t_REG_DWORD, list, 3);
    make_bytes(v->software_hive, "Microsoft\\Windows\\CurrentVersion\\Run", "odd", hive_t_REG_SZ,
               list, 401);
    make_bytes(v->software_hive, "Microsoft\\Windows\\CurrentVersion\\Run", "empty",
               hive_t_REG_EXPAND_SZ, list, 0);
    make_bytes(v->software_hive, "Microsoft\\Windows\\CurrentVersion\\Run", "binary",
               hive_t_REG_BINARY, list, 1200);
    for (size_t i = 0; i < v->n_sets; i++) {
        (void)snprintf(key, sizeof(key), "%s\\Services\\Spooler", v->sets[i]);
        make_text(v->system_hive, key, "Start", "2");
        make_bytes(v->system_hive, key, "ImagePath", (hive_type)77, list, 31);
        (void)snprintf(key, sizeof(key), "%s\\Services\\RasMan\\Parameters", v->sets[i]);
        make_bytes(v->system_hive, key, "ServiceDll", hive_t_REG_EXPAND_SZ, "x", 1);
        (void)snprintf(key, sizeof(key), "%s\\Services\\odd name \xc3\xa9", v->sets[i]);
        make_dword(v->system_hive, key, "Start", 0xffffffff);
    }
}
