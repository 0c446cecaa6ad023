/* make_hive.h - registry hives for tests, built from nothing.
 *
 * make_hive_start() writes the smallest hive that hivex opens: a root key and its security
 * descriptor.  Layout (little-endian, all documented in the .c); everything else is added with
 * hivex.  Texts are ASCII. */
#ifndef YM_TESTS_MAKE_HIVE_H
#define YM_TESTS_MAKE_HIVE_H

#include <hivex.h>
#include <stddef.h>
#include <stdint.h>

/* Writes an empty hive to path; 0, or -1 with errno. */
int make_hive_start(const char *path);

/* All exit the program with a message when hivex refuses: a test cannot go on without. */
hive_h *make_hive_open(const char *path);
void make_hive_close(hive_h *h);                   /* commits */
hive_node_h make_key(hive_h *h, const char *path); /* creates the way to it */
void make_dword(hive_h *h, const char *key, const char *name, uint32_t v);
void make_text(hive_h *h, const char *key, const char *name, const char *text);
void make_expand(hive_h *h, const char *key, const char *name, const char *text);
void make_multi(hive_h *h, const char *key, const char *name, const char *const *texts, size_t n);
void make_bytes(hive_h *h, const char *key, const char *name, uint32_t type, const void *p,
                size_t n);
/* What hivex cannot write: the class name of a key, into the file of a closed hive. */
void make_class_name(const char *path, const char *key, const char *name);

#endif
