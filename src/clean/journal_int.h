/* journal_int.h - a journal in memory, and the small file work of apply and undo. */
#ifndef YM_CLEAN_JOURNAL_INT_H
#define YM_CLEAN_JOURNAL_INT_H

#include "clean/journal.h"
#include "clean/meta.h"
#include "clean/quarantine.h"

#include <sys/stat.h>
#include <time.h>

typedef enum ym_target_action {
    YM_TARGET_REPLACE_HIVE,
    YM_TARGET_REPLACE_TEXT,
    YM_TARGET_REMOVE_FILE,
    YM_TARGET_REMOVE_LINK,
    YM_TARGET_REMOVE_FOLDER,
    YM_TARGET_REPLACE_FILE, /* by the original that the family kept */
    YM_TARGET_ACTIONS
} ym_target_action;

/* One thing on the volume that changes; number names its files in the journal. */
struct ym_target {
    struct ym_target *next, *previous;
    unsigned number;
    ym_target_action action;
    const char *path;
    const char *link; /* where a removed link led */
    const char *item; /* a removed file: its item in the quarantine.  "": a journal of
                                   format 1, which has it as masked-NNNN */
    const struct ym_clean_finding *why; /* NULL in a journal that was read */
    char before[65], after[65];         /* sha256 of content, hex; "" where there is none */
    struct ym_meta meta;
    struct ym_meta after_meta; /* REPLACE_FILE: of the original */
};

struct ym_folder_times { /* a folder in which something changes */
    struct ym_folder_times *next;
    const char *path;
    struct timespec times[2];
    uint32_t flags; /* clean/meta.h */
};

/* A change of one value or key, for undo by value. */
struct ym_value_change {
    struct ym_value_change *next, *previous;
    unsigned target;
    ym_step_op op;
    const char *key;
    struct ym_reg_value old, after; /* name NULL: none */
    struct ym_clean_saved *saved;
};

struct ym_journal {
    struct ym_arena *arena;
    char id[YM_JOURNAL_ID_SIZE];
    const char *root;
    const char *state;       /* the folder */
    struct ym_quarantine *q; /* opened when it is needed */
    const char *plan_json;
    int dir_fd, lock_fd;
    struct ym_target *targets, *last_target;
    struct ym_folder_times *folders;
    struct ym_value_change *changes, *last_change;
    struct ym_clean_outcome *outcome;
    struct ym_err *err;
};

/* journal.c */
void ym_journal_point(void); /* tests may kill the process here */
YM_MUST_CHECK ym_status ym_journal_no_memory(struct ym_journal *j);
YM_MUST_CHECK ym_status ym_journal_create(struct ym_journal *j, const char *state);
YM_MUST_CHECK ym_status ym_journal_open(struct ym_journal *j, const char *state, const char *id);
void ym_journal_close(struct ym_journal *j);
void ym_journal_discard(struct ym_journal *j); /* before anything was changed */
/* Opens the quarantine beside the journals if a target has an item; j->q stays NULL where there is
 * none any more. */
YM_MUST_CHECK ym_status ym_journal_quarantine(struct ym_journal *j);
void ym_target_id(const struct ym_journal *j, const struct ym_target *t,
                  char out[YM_QUARANTINE_ID_SIZE]);             /* "ID-NNNN" */
YM_MUST_CHECK ym_status ym_journal_store(struct ym_journal *j); /* journal.json, then "prepared" */
YM_MUST_CHECK ym_status ym_journal_set_state(struct ym_journal *j, const char *word);
YM_MUST_CHECK ym_status ym_journal_get_state(struct ym_journal *j, char word[32]);

/* What resuming and undoing begin with: makes *j, opens the journal and reads its state word.
 * *j is to be closed whatever the result.  END: the journal was never completed. */
YM_MUST_CHECK ym_status ym_journal_take_up(struct ym_journal *j, const char *state, const char *id,
                                           struct ym_clean_outcome *outcome, char word[32],
                                           struct ym_err *err);
/* The work on the volume at root, or where the journal says (root NULL). */
YM_MUST_CHECK ym_status ym_journal_do(struct ym_journal *j, const char *root,
                                      ym_status (*work)(const struct ym_volume *v,
                                                        struct ym_journal *j));
void ym_journal_note(struct ym_journal *j, const char *fmt, ...) YM_PRINTF(2, 3);
void ym_journal_left(struct ym_journal *j, const char *path, const char *why);

/* diskwork.c */
enum ym_mask { YM_PLAIN, YM_UNMASK };
/* Copies in_fd from its start to out_fd's position; hex: of the content without the mask. */
YM_MUST_CHECK ym_status ym_disk_copy(int in_fd, int out_fd, enum ym_mask mask, const char *shown,
                                     char ret_hex[65], struct ym_err *err);
/* A new, synced file in a folder. */
YM_MUST_CHECK ym_status ym_disk_store(int dir_fd, const char *name, int in_fd, char ret_hex[65],
                                      struct ym_err *err);
YM_MUST_CHECK ym_status ym_disk_store_bytes(int dir_fd, const char *name, const void *p, size_t n,
                                            struct ym_err *err);
/* The sha256 of a target's present content; "" when it is absent; a link's target, a folder: "-" */
YM_MUST_CHECK ym_status ym_disk_present(const struct ym_volume *v, const struct ym_target *t,
                                        char ret_hex[65], struct ym_err *err);
/* Puts source's content (whose sha256 must be want) under the target's name, whole or not at
 * all; a removed file only where nothing lies now. */
YM_MUST_CHECK ym_status ym_disk_place(const struct ym_volume *v, struct ym_journal *j,
                                      const struct ym_target *t, const char *source,
                                      enum ym_mask mask, const char *want, bool with_times);
void ym_disk_drop_temp(const struct ym_volume *v, const struct ym_journal *j,
                       const struct ym_target *t);
YM_MUST_CHECK ym_status ym_disk_sync_folder(int dir_fd, const char *path, struct ym_err *err);
YM_MUST_CHECK ym_status ym_disk_make_link(const struct ym_volume *v, const struct ym_target *t,
                                          struct ym_err *err);
YM_MUST_CHECK ym_status ym_disk_make_folder(const struct ym_volume *v, const struct ym_target *t,
                                            struct ym_err *err);
void ym_target_file(const struct ym_target *t, const char *what, char out[32]); /* "saved-0001" */
/* Something else takes the target's place; else it goes away. */
bool ym_target_is_replaced(const struct ym_target *t);

/* locks.c: what `chattr +i` and `+a` forbid.  The journal knows each lock before it is taken off. */
/* Can all of the journal's locks be taken off?  Before anything is changed. */
YM_MUST_CHECK ym_status ym_locks_check(struct ym_journal *j);
/* Of the folder around a target, of the target itself: takes off the locks that the journal knows,
 * for an undo (any) whatever is there. */
YM_MUST_CHECK ym_status ym_locks_off_folder(const struct ym_volume *v, struct ym_journal *j,
                                            const struct ym_target *t, bool any);
YM_MUST_CHECK ym_status ym_locks_off(const struct ym_volume *v, struct ym_journal *j,
                                     const struct ym_target *t, bool any);
/* As the journal has them; what cannot be set is told. */
void ym_locks_on(const struct ym_volume *v, struct ym_journal *j, const char *path, bool folder,
                 uint32_t flags);

/* removal.c */
/* Puts back what a killed removal had moved away but not yet removed. */
YM_MUST_CHECK ym_status ym_disk_settle(const struct ym_volume *v, struct ym_journal *j,
                                       const struct ym_target *t);
/* Takes a target away that was as before at the last look.  What is another now, and a file that
 * is not safe in the quarantine, is left and told. */
YM_MUST_CHECK ym_status ym_disk_remove(const struct ym_volume *v, struct ym_journal *j,
                                       const struct ym_target *t);
/* Puts the family's copy of the original in the target's place, if that is safe in the quarantine. */
YM_MUST_CHECK ym_status ym_disk_replace(const struct ym_volume *v, struct ym_journal *j,
                                        const struct ym_target *t);
/* A removed or replaced file, from the quarantine.  END: cannot be, which was told. */
YM_MUST_CHECK ym_status ym_disk_restore(const struct ym_volume *v, struct ym_journal *j,
                                        const struct ym_target *t);

/* apply.c */
YM_MUST_CHECK ym_status ym_journal_carry_out(const struct ym_volume *v, struct ym_journal *j);

#endif
