/* make_linux_tree.h - a small Linux tree with ordinary cron tables, units, keys; when infected
 * also with lines of the kind that intruders leave.  Nothing in it works: hosts are .invalid. */
#ifndef YM_TESTS_MAKE_LINUX_TREE_H
#define YM_TESTS_MAKE_LINUX_TREE_H

#include <stdbool.h>

void make_linux_tree(const char *root, bool infected);

#endif
