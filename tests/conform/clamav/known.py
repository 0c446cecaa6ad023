"""Where the answer is meant to differ from clamscan's (1.4.6), and why.

Case -> (names that clamscan finds and we do not, names that we find and clamscan does not, reason),
or ("error", reason): the rules are refused here and accepted there, or ("loads", reason): the other
way round.

WAITING -> why: ends of file names, or groups, whose cases may fail because the format has not come
yet."""

_FORMAT = "this format is being added"
WAITING = {e: _FORMAT for e in ("ldb", "ldu", "pdb", "wdb", "gdb", "cfg",
                                "ioc", "cud", "cvd", "cld", "info", "cat", "cbc")}
WAITING.update({"pua": "the options for categories", "yar": "rules of YARA as clamscan reads them", "yara": "the same",
                "first": "which of several findings is named", "level": "the level that 1.4.6 presents is 216",
                "unpack": "members", "normalise": "pages and texts"})

END_OF_FILE = (
    "clamscan takes a pattern for matched when the end of the file comes while bytes of it are left, "
    "if a group stands in it whose length is not known beforehand: only the shortest length was "
    "tested; here all bytes have to be there")
FIRST_IS_GROUP = (
    "clamscan reads outside its tables where a part begins with alternates of which one begins like "
    "another, and finds nothing; here they match")
NEAR_START = (
    "clamscan subtracts the longest length of a group from the place of what follows it, which "
    "wraps around near the start of the file, and so misses a pattern at a fixed place there")
ONE_END = (
    "clamscan remembers one end of a part for each start, that of the first alternative that fits; "
    "here the gap to the next part may begin after any of them")
BROKEN_EXE = (
    "clamscan knows no end of the file (EOF-n) when the file begins like an executable whose header "
    "does not parse; here the end of the file is where it ends")

KNOWN = {
    "offset-broken-exe-001": ([], ["G.End"], BROKEN_EXE),
    "alternate-016": ([], ["R.3"], FIRST_IS_GROUP),
    "alternate-017": ([], ["R.3"], FIRST_IS_GROUP),
    "alternate-018": ([], ["R.3"], FIRST_IS_GROUP),
    "random-004": ([], ["R.10"], NEAR_START),
    "random-039": ([], ["R.10"], ONE_END),
    "random-113": ([], ["R.1"], ONE_END),
}
# Rows 18 to 23 and 25 to 27 end in a group and one byte more, or in a group and an edge.
for _i, _missing in enumerate([("R.26", "R.27"), ("R.19", "R.21", "R.23"),
                               ("R.18", "R.20", "R.22", "R.25"), ("R.20", "R.25"),
                               ("R.18", "R.21", "R.22", "R.25")] * 3):
    KNOWN["edge-of-file-%03d" % (_i + 1)] = (list(_missing), [], END_OF_FILE)
