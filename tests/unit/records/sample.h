/* sample.h - records and folders for the tests of records/. */
#ifndef YM_TEST_SAMPLE_H
#define YM_TEST_SAMPLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "records/record.h"

/* A record with everything in it; its texts are static. */
struct ym_record sample_record(void); /* of clean */
struct ym_record sample_guard(void);
struct ym_record sample_audit(void);
struct ym_record sample_observe(void);

/* A new empty folder that is removed, with what is in it, by sample_folder_remove(). */
enum { SAMPLE_FOLDER_SIZE = 64 };
void sample_folder(char out[SAMPLE_FOLDER_SIZE]);
void sample_folder_remove(const char *folder);

/* Entries of a folder whose names end so; -1 when there is no such folder. */
int sample_count(const char *folder, const char *end);

#endif
