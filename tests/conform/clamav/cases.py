#!/usr/bin/env python3
"""All cases of this suite, from the files that make them.  Run: lists the groups."""
import catalogs  # noqa: F401 # pylint: disable=unused-import
import kit
import logical  # noqa: F401 # pylint: disable=unused-import
import objects  # noqa: F401 # pylint: disable=unused-import
import patterns  # noqa: F401 # pylint: disable=unused-import
import tables  # noqa: F401 # pylint: disable=unused-import

CASES = kit.CASES

assert len({c["id"] for c in CASES}) == len(CASES)

if __name__ == "__main__":
    groups = {}
    for c in CASES:
        groups[c["group"]] = groups.get(c["group"], 0) + 1
    for g in sorted(groups):
        print("%-20s %d" % (g, groups[g]))
    print("%-20s %d" % ("all", len(CASES)))
