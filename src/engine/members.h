/* engine/members.h - members of archives and compressed streams, one after the other, in memory.
 *
 *     ym_archive_open(kind, data, size, locale, &a);
 *     while (ym_archive_next(a, &budget, &step) == YM_OK) {     // END: that was all
 *         ... step.data is the caller's now: ym_buf_done(&step.data) ...
 *         ... step.has_gap: this member, or the rest of the archive, was not (all) read ...
 *     }
 *     ym_archive_close(a);
 *
 * No name of a member ever becomes a path; nothing is written anywhere. */
#ifndef YM_ENGINE_MEMBERS_H
#define YM_ENGINE_MEMBERS_H

#include "base/buf.h"
#include "base/status.h"
#include "engine/report.h"
#include "formats/sniff.h"
#include "metadata.h"

#include <locale.h>

struct ym_archive; /* opaque */

struct ym_archive_budget {
    uint64_t member_max;  /* most bytes of one member */
    ym_gap member_gap;    /* ... and the gap when there are more */
    uint64_t total_max;   /* most bytes of all members; read past it only ends in a gap SIZE */
    uint64_t deadline_ns; /* ym_now_ns() after which nothing more is unpacked */
};

struct ym_archive_step {
    bool has_member;
    const char *name; /* borrowed until the next call; NULL: a stream, or a name that cannot be
                         shown: number tells which it is */
    uint64_t number;  /* of the member, from 1 */
    struct ym_buf data;
    bool partial; /* there is more of it than data holds */
    bool has_gap;
    ym_gap gap;
    bool gap_of_member;    /* else of the archive: nothing more can be read */
    uint64_t missing_from; /* first byte of the member that is not in data */
    uint64_t missing;      /* how many, 0: unknown */
    bool has_entry; /* with ym_archive_use(): what the archive says of the member, also when there
                       is nothing to unpack (a folder) */
    struct ym_member entry;
    char detail[160];
};

/* data is borrowed.  locale: a C.UTF-8 one, used while libarchive runs. */
YM_MUST_CHECK ym_status ym_archive_open(ym_kind kind, const uint8_t *data, size_t size,
                                        locale_t locale, struct ym_archive **ret_archive);
void ym_archive_close(struct ym_archive *a); /* accepts NULL */

/* Right after opening: entries are wanted if m has rows that ask for them, and its passwords for
 * containers of this type are tried on encrypted members.  m is borrowed. */
YM_MUST_CHECK ym_status ym_archive_use(struct ym_archive *a, const struct ym_metadata *m,
                                       ym_cltype type);

YM_MUST_CHECK ym_status ym_archive_next(struct ym_archive *a,
                                        const struct ym_archive_budget *budget,
                                        struct ym_archive_step *ret_step);

/* Members given so far. */
uint64_t ym_archive_members(const struct ym_archive *a);

#endif
