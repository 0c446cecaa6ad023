/* make_windows_volume.h - a small Windows XP volume on disk, clean or with the traces that the
 * published analyses of Conficker describe.  Nothing in it can run: every "program" is a line of
 * text that says so. */
#ifndef YM_TESTS_MAKE_WINDOWS_VOLUME_H
#define YM_TESTS_MAKE_WINDOWS_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct windows_volume_options {
    bool infected;
    bool safe_mode_gone; /* the variant that deletes SafeBoot: reported, not repaired */
    bool copy_of_dll;    /* a second copy of the DLL where only a full walk looks */
};

/* Makes the volume in root, which must exist and be empty; exits with a message on failure. */
void make_windows_volume(const char *root, const struct windows_volume_options *o);
/* A removable drive: files, and when infected autorun.inf and RECYCLER\S-5-3-42-... */
void make_removable_drive(const char *root, bool infected);

/* The names that the tests look for. */
#define MADE_SERVICE "vmkqtzwr"
#define MADE_DLL "qhzkxwlp.dll"

/* A task in the form of MS-TSCH 2.4; returns its bytes (at most room). */
size_t make_job(const char *application, const char *parameters, uint8_t *out, size_t room);
/* autorun.inf as the worm writes it: padding, odd case, an open section bracket. */
size_t make_worm_autorun(uint8_t *out, size_t room);

/* Writes a file below root, folders and all. */
void make_file(const char *root, const char *path, const void *p, size_t n, unsigned mode);
void make_text_file(const char *root, const char *path, const char *text);

#endif
