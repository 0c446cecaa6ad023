"""Where the answer is meant to differ from clamscan's (1.4.6), and why.

Case -> (names that clamscan finds and we do not, names that we find and clamscan does not, reason),
or ("error", reason): the rules are refused here and accepted there, or ("loads", reason): the other
way round.

WAITING -> why: ends of file names, or groups, whose cases may fail because the format has not come
yet."""

WAITING = {}

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

TINY = "clamscan does not look at files of less than 6 bytes; here they are looked at"
PAGE_DIGEST = "clamscan does not look digests of HTML pages up; a signature that names exactly this file counts here"
MACRO = "macros never match in clamscan 1.4.6; here they do what the manual says"
AR = "clamscan does not unpack ar archives; here their members are looked at"
DAMAGED_ZIP = "clamscan unpacks nothing of a zip without its directory; here what can be read is looked at"
ONE_BYTE = (
    "since PKZIP 2.0 one byte of a member's head tells whether the password fits; clamscan wants two, and so "
    "does not open what other programs encrypted")
NUL_IN_PASSWORD = "libarchive takes a password as text, which ends at a NUL byte"
UNCHECKED = (
    "clamscan does not check the digest, the list or the numbers of an unsigned container; here a container "
    "that disagrees with itself is refused")
EMPTY_CONTAINER = "a container without databases holds nothing to load, and is no error here"
ALL_NAMES = "several names for one digest: clamscan reports one, here all are reported"
SCRIPTS = "the scripts of pages are not decoded and rewritten as clamscan does"
YARA_RAW = "clamscan also looks for YARA's strings in normalised text; here a rule sees the bytes of the object, as in YARA"
YARA_UNUSED = "a string that the condition does not use is an error in YARA; clamscan ignores it"
YARA_LIMITS = "clamscan refuses, or passes over, strings that its own patterns cannot express; here they mean what YARA says"
YARA_BAD = "clamscan passes over YARA rules that it cannot read; here they are refused, as signatures of every other kind"
YARA_NAME = "clamscan calls a rule YARA.NAME.UNOFFICIAL; here it has the name that its author gave it"
YARA_IGNORED = "a name in an ignore list means signatures of ClamAV; clamscan takes it for names of YARA rules, too"
EMPTY = "an empty database is refused whatever its type, as damaged; clamscan passes over some types"
BROKEN = "clamscan passes over a broken file or line of this type; here it is refused as of every other type"
ZIP_ROWS = "clamscan asks for all members of a zip before it opens the first; here each is asked for when it is met"
RETYPED = "clamscan does not look again at an object in which it found a page; HandlerType asks for it"

KNOWN = {
    "offset-broken-exe-001": ([], ["G.End"], BROKEN_EXE),
    "alternate-016": ([], ["R.3"], FIRST_IS_GROUP),
    "alternate-017": ([], ["R.3"], FIRST_IS_GROUP),
    "alternate-018": ([], ["R.3"], FIRST_IS_GROUP),
    "random-004": ([], ["R.10"], NEAR_START),
    "random-039": ([], ["R.10"], ONE_END),
    "random-113": ([], ["R.1"], ONE_END),
}


def _add(reason, missing, extra, *ids):
    for case in ids:
        KNOWN[case] = (list(missing), list(extra), reason)


def _ids(group, *numbers):
    return ["%s-%03d" % (group, n) for n in numbers]


def _names(letter, *numbers):
    return sorted("%s.%d" % (letter, n) for n in numbers)


# Rows 18 to 23 and 25 to 27 end in a group and one byte more, or in a group and an edge.
for _i, _missing in enumerate([("R.26", "R.27"), ("R.19", "R.21", "R.23"),
                               ("R.18", "R.20", "R.22", "R.25"), ("R.20", "R.25"),
                               ("R.18", "R.21", "R.22", "R.25")] * 3):
    KNOWN["edge-of-file-%03d" % (_i + 1)] = (list(_missing), [], END_OF_FILE)

_add(TINY, [], _names("L", 1, 2, 4, 5, 6, 8, 9, 11, 12, 14, 15), *_ids("ldb-modifier", 28, 46, 64, 82, 100))
_add(TINY, [], ["L.1"], "empty-001", "empty-002")
_add(TINY, [], ["R.1"], "empty-003")
_add(TINY, [], ["H.any"], "hash-kind-041")
_add(TINY, [], ["H.any", "H.sha256"], "hash-kind-042", "hash-kind-043")
_add(PAGE_DIGEST, [], ["H.any", "H.sha256"], "hash-kind-007", "hash-kind-008")
_add(MACRO, [], ["L.1"], *_ids("ldb-macro", 1, 2, 5, 6, 7, 11, 15, 16, 17, 21, 22, 23, 25, 26, 27, 28, 58))
_add(AR, [], ["R.3"], "unpack-013")
_add(AR, [], ["H.1", "H.2"], "unpack-hash-013")
_add(AR, [], _names("C", 1, 10, 12, 2, 3, 4, 6, 7, 9), "cdb-007")
_add(AR, [], _names("C", 1, 7, 10), "cdb-014")
_add(AR, [], _names("C", 1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15), "cdb-021")
_add(AR, [], _names("C", 1, 3, 4, 5, 6, 7, 10, 11), "cdb-028")
_add(AR, [], _names("C", 5, 7, 8, 9, 10), "cdb-035")
_add(DAMAGED_ZIP, [], _names("R", 1, 2, 3), "unpack-048")
_add(DAMAGED_ZIP, [], _names("R", 1, 3), "unpack-049")
_add(ONE_BYTE, [], ["Z.One"], *_ids("pwdb", 3, 8, 15, 25, 45, 66, 71, 81))
_add(NUL_IN_PASSWORD, ["Z.One"], [], "pwdb-082")
for _n in (4, 19, 20, 21, 30):
    KNOWN["container-%03d" % _n] = ("error", UNCHECKED)
KNOWN["container-009"] = ("loads", EMPTY_CONTAINER)
_add(ALL_NAMES, [], ["F.215"], "level-002")
_add(SCRIPTS, ["R.7"], [], "normalise-004")
_add(SCRIPTS, ["R.0", "R.3"], [], "normalise-037")
_add(YARA_RAW, ["Y1"], [], *_ids("yara", 123, 128, 131, 132, 137, 138, 140, 141, 149, 176, 177, 179, 180, 182, 183))
for _n in range(101, 111):
    KNOWN["yara-%03d" % _n] = ("error", YARA_UNUSED)
KNOWN["yara-file-012"] = ("error", YARA_UNUSED)
for _n in range(142, 148):
    KNOWN["yara-%03d" % _n] = ("loads", YARA_LIMITS)
_add(YARA_LIMITS, [], ["Y1"], "yara-160", "yara-163", "yara-172", "yara-174", "yara-file-001")
for _n in (2, 3, 4, 9, 10, 11):
    KNOWN["yara-file-%03d" % _n] = ("error", YARA_BAD)
KNOWN["file-name-009"] = ("error", YARA_BAD)
_add(YARA_NAME, ["YARA.Y1.UNOFFICIAL"], ["Y1"], "yara-file-016")
_add(YARA_IGNORED, [], ["Y1"], "yara-file-014")
for _n in (49, 53, 57, 61, 65, 81, 101, 105, 109):
    KNOWN["small-file-%03d" % _n] = ("error", EMPTY)
KNOWN["info-003"] = ("error", EMPTY)
for _n in _ids("small-file", 68, 102, 103, 104) + _ids("ioc", 12, 13, 14, 15):
    KNOWN[_n] = ("error", BROKEN)
for _n in (119, 120):
    KNOWN["small-file-%03d" % _n] = ("error", YARA_BAD)
_add(RETYPED, [], ["T.text"], "ldb-handler-009")
_add(RETYPED, [], ["T.image"], "ldb-handler-021")
_add(ZIP_ROWS, ["C.1"], ["N.1"], "first-104")

_add("clamscan runs regular expressions of YARA through PCRE, without their flag i, and on wide text as well; here "
     "they mean what they mean in YARA",
     ("Y1",), (), "yara-153", "yara-171")
_add("the same", (), ("Y1",), "yara-154", "yara-155")
