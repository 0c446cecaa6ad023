"""Where the answer is meant to differ from YARA's, and why.

Case -> (our answer, reason): the answer as in expected.json, or "error" (refused here), or "other
matches" (of a string) or "another value" (of an expression), which say only that it differs.  A case
listed here that agrees with YARA again fails."""

INDEX = "the index of @ and ! has to be an integer; yara takes a text or a double and then matches nothing"
INCLUDE = "include is a reserved word everywhere; yara takes it for a name when no file name follows it"
LONE_SLASH = "what begins with a slash and is no comment is an error at the top of a file, too; yara says nothing"
AUTOMATON = "an expression of a million states is refused; yara loads it"
ENDS = (
    "where one alternative is the beginning of another, which of several ends counts in libyara depends on "
    "the atoms from which it looks; most of that is done here, too (src/database/regex_cut.c), not all")
HEX_ENDS = "of several ends of a hex string's match at one start the nearest counts; yara takes alternatives in their order"

KNOWN = {
    "offset-039": ("error", INDEX),
    "offset-040": ("error", INDEX),
    "reserved-023": ("error", INCLUDE),
    "comment-023": ("error", LONE_SLASH),
    "hex-ends-001": ("other matches", HEX_ENDS),
    "hex-ends-008": ("other matches", HEX_ENDS),
    "regex-repeat-429": ("error", AUTOMATON),
    "regex-repeat-260": ("other matches", ENDS),
    "regex-choice-045": ("other matches", ENDS),
    "regex-choice-050": ("other matches", ENDS),
}
