/* make_family_traces.h - what the published descriptions say that each family leaves, laid onto a
 * sample volume.  Every "program" is a line of text that says so, hosts are .invalid, pages have
 * no opening tag.
 *
 *     make_windows_volume(root, &(struct windows_volume_options){0});
 *     make_family_traces(root, "windows-normal");   // settings as Windows has them
 *     make_family_traces(root, "Taterf");           // and the traces of one family
 *
 * A set is a family's name; "NAME#2" is a second one where two traces exclude each other.
 * "windows-normal", "linux-normal": what a plain machine has where the traces go.
 * "windows-administered", "linux-administered": what administrators set, which looks like some of
 * the traces and is none. */
#ifndef YM_TESTS_MAKE_FAMILY_TRACES_H
#define YM_TESTS_MAKE_FAMILY_TRACES_H

#include <stddef.h>

/* Adds a set to the volume in root; returns how many traces it has, 0: no such set. */
size_t make_family_traces(const char *root, const char *set);
/* The names of the sets, one after the other; NULL behind the last. */
const char *family_trace_set(size_t i);

#endif
