/* private.h - what the sources of records/ share and nobody else sees. */
#ifndef YM_RECORDS_PRIVATE_H
#define YM_RECORDS_PRIVATE_H

#include "base/buf.h"
#include "base/status.h"
#include "records/record.h"

#include <stdbool.h>
#include <stdint.h>

/* The words of one table of record.h, in the order of its enum. */
struct ym_words {
    const char *const *word;
    unsigned n;
};
extern const struct ym_words ym_run_words;
extern const struct ym_words ym_segment_words;
extern const struct ym_words ym_outcome_words;
extern const struct ym_words ym_repair_words;
extern const struct ym_words ym_server_words;
extern const struct ym_words ym_protection_words;
extern const struct ym_words ym_located_words;
extern const struct ym_words ym_path_words;
extern const struct ym_words ym_exposure_words;
extern const struct ym_words ym_exposure_state_words;

bool ym_word_find(const struct ym_words *words, const char *s, unsigned *ret_value);

/* Appends the whole of a regular file; LIMIT when it is longer than out allows. */
YM_MUST_CHECK ym_status ym_read_small_file(int dirfd, const char *name, struct ym_buf *out,
                                           struct ym_err *err);

/* The directory and its parents, mode 0700; one that is there already is fine. */
YM_MUST_CHECK ym_status ym_make_dirs(const char *dir, struct ym_err *err);

/* The random name of this machine for the month of time, kept in the spool directory and made
 * there when the month is new.  All zero (not known) when the directory cannot be written. */
void ym_spool_machine(const char *dir, int64_t time, uint8_t ret_machine[YM_RECORD_ID_SIZE]);

#endif
