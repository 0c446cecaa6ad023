/* doors_patch.c - is MS08-067 really fixed?  By the file, with the registry's word beside it.
 *
 * The service pack chooses the row before any number is compared; a file that belongs to another
 * service pack than the registry names is judged by nobody: unknown. */
#include "doors_int.h"

static const char updates[] = "Microsoft\\Updates";

/* Windows 7 and later came out with the fix inside. */
static bool is_newer(const struct ym_release *r) {
    return r->major > 6 || (r->major == 6 && r->minor >= 1);
}

/* The row without a service pack is of XP for x64; 2003 as released is not in the table. */
static bool is_2003_as_released(const struct ym_release *r) {
    return r->major == 5 && r->minor == 2 && r->pack == 0 && r->server;
}

/* The row for this system and this file's last number. */
static const struct ym_patch_row *row_for(const struct ym_release *r, uint16_t revision) {
    for (size_t i = 0; i < ym_ms08_067_n && r->pack_known && !is_2003_as_released(r); i++) {
        const struct ym_patch_row *p = &ym_ms08_067_rows[i];

        if (p->major == r->major && p->minor == r->minor && p->pack == r->pack &&
            (r->build == 0 || p->build == r->build) && revision >= p->first && revision < p->end) {
            return p;
        }
    }
    return NULL;
}

/* A row for this system, whatever the file; NULL: it is not in the table. */
static const struct ym_patch_row *any_row(const struct ym_release *r) {
    const struct ym_patch_row *row = NULL;

    for (size_t i = 0; i < ym_ms08_067_n && row == NULL; i++) {
        row = row_for(r, ym_ms08_067_rows[i].first);
    }
    return row;
}

static const char *mark_of(const struct ym_door_look *l, const struct ym_patch_row *row) {
    const struct ym_release *r = &l->release;

    if (r->major == 5 && r->minor == 2 && !r->server) { /* XP for x64 has 2003's files */
        return "Windows XP Version 2003\\SP3\\KB958644\\Filelist";
    }
    return row->mark;
}

struct judged {
    bool any, old; /* a file was judged; one of them is old */
};

static ym_status judge_known(struct ym_door_look *l, const struct ym_dll *dll, struct judged *j) {
    const struct ym_patch_row *row = row_for(&l->release, dll->version[3]);
    uint16_t limit[4];
    bool fixed;

    if (row == NULL || dll->version[0] != row->major || dll->version[1] != row->minor ||
        dll->version[2] > row->build) {
        return ym_door_say(l, YM_MARK_UNKNOWN, dll->where, dll->found, NULL,
                           TWO("the file belongs to another Windows or service pack than the "
                               "registry names",
                               "このファイルは、レジストリにある Windows やサービスパックのものでは"
                               "ありません"));
    }
    limit[0] = (uint16_t)row->major;
    limit[1] = (uint16_t)row->minor;
    limit[2] = (uint16_t)row->build;
    limit[3] = row->fixed;
    fixed = ym_version_compare(dll->version, limit) >= 0;
    j->any = true;
    j->old = j->old || !fixed;
    return ym_door_say(l, fixed ? YM_MARK_GOOD : YM_MARK_BAD, dll->where, dll->found,
                       ym_version_text(l, limit), NO_NOTE);
}

static ym_status judge_file(struct ym_door_look *l, const char *folder, struct judged *j) {
    struct ym_dll dll;

    YM_TRY(ym_door_dll(l, folder, "netapi32.dll", &dll));
    if (dll.known) {
        return judge_known(l, &dll, j);
    }
    return ym_door_say(
        l, YM_MARK_UNKNOWN, dll.where, dll.there ? dll.why : NULL, NULL,
        dll.there ? TWO("its version could not be read", "バージョンを読み取れませんでした")
                  : TWO("the file is missing", "ファイルがありません"));
}

static ym_status show_mark(struct ym_door_look *l, const struct ym_patch_row *row,
                           const struct judged *j) {
    const char *mark = mark_of(l, row);
    struct ym_door_words note = NO_NOTE;
    struct ym_fact f;

    if (mark == NULL) {
        return YM_OK;
    }
    YM_TRY(ym_door_read(l, ym_door_hive(l, "HKLM\\SOFTWARE"),
                        ym_arena_printf(l->s->arena, "%s\\%s", updates, mark), "", YM_FACT_KEY,
                        &f));
    if (f.got == YM_FACT_OK && j->old) {
        note = TWO("the registry says installed, the file is old",
                   "レジストリでは入っていることになっていますが、ファイルは古いままです");
    } else if (f.got == YM_FACT_ABSENT && j->any && !j->old) {
        note = TWO("the registry does not say installed, the file is new enough",
                   "レジストリに記録はありませんが、ファイルは新しくなっています");
    }
    if (f.got == YM_FACT_OK) {
        f.found = "KB958644";
    }
    return ym_door_say_fact(l, YM_MARK_INFO, &f, NULL, note);
}

ym_status ym_door_ms08_067(struct ym_door_look *l) {
    const struct ym_patch_row *row = any_row(&l->release);
    struct judged j = {.any = false};

    if (l->release.major == 0 || (!is_newer(&l->release) && row == NULL)) {
        YM_TRY(ym_door_say(l, YM_MARK_UNKNOWN,
                           "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
                           l->s->plan->system, NULL,
                           TWO("this Windows is not in the table of fixed files",
                               "この Windows は修正済みファイルの表にありません")));
        YM_TRY(judge_file(l, "System32", &j));
        l->door->state = YM_DOOR_UNKNOWN;
        return YM_OK;
    }
    if (is_newer(&l->release)) {
        l->door->state = YM_DOOR_NOT_APPLICABLE;
        return ym_door_say(
            l, YM_MARK_INFO, "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
            l->s->plan->system, NULL,
            TWO("this Windows never had the hole", "この Windows にこの穴はありません"));
    }
    YM_TRY(judge_file(l, "System32", &j));
    if (l->release.is64) {
        YM_TRY(judge_file(l, "SysWOW64", &j));
    }
    YM_TRY(show_mark(l, row, &j));
    ym_door_settle(l);
    if (j.old) { /* one old file is enough, whatever the other is */
        l->door->state = YM_DOOR_OPEN;
    }
    return YM_OK;
}
