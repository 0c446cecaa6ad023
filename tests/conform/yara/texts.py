"""Text strings: escapes, modifiers and their combinations, both ends of the data."""
import base64

from kit import finds, holds, lines


def wide(text):
    return b"".join(bytes([c, 0]) for c in text)


WORD = b"otter"
# ---- Plain text -------------------------------------------------------------------------------
finds("text-plain", [b"otter and otter; Otter OTTER otterotter", b"", b"otte", b"otter", b"xotter"], """
"otter"
"o"
"tt"
"otter "
"r"
"otterotter"
"Otter" nocase
"otter" ascii
"otter" nocase ascii
""")
finds("text-escape", [b"tab\tnew\nret\rq\"b\\z\0e\xff\xfe.\x41\x1f%"], r"""
"\t"
"tab\tnew"
"\n"
"new\nret"
"\r"
"ret\rq"
"\""
"q\"b"
"\\"
"b\\z"
"\x00"
"z\x00e"
"\xff\xfe"
"\xFF\xfe."
"\x41"
"A\x1f"
"\x1F%"
"\xff"
"%"
"\a"
"\f"
"\0"
"\x4"
"\xg1"
"\X41"
"\'"
"\q"
"\/"
"\u0041"
""
" "
" tab"
'tab'
"tab
tab"
"ta" "b"
"a\"
""")
# Overlaps: every start counts.
finds("text-overlap", [b"aaaaaa", b"abababab", b"\0\0\0\0"], r"""
"a"
"aa"
"aaa"
"aba"
"abab"
"ba"
"\x00\x00"
"\x00\x00\x00\x00"
"aaaaaaa"
"aa" nocase
"AA" nocase
"aa" wide
"aa" fullword
"ab" fullword
""")

# ---- nocase -----------------------------------------------------------------------------------
finds("text-nocase", [b"Rate RATE rate rAtE r@te [ate {ATE", b"\xe9\xc9 1a1A1a"], r"""
"rate" nocase
"RATE" nocase
"rAtE" nocase
"[ate" nocase
"{ate" nocase
"r@te" nocase
"\xe9" nocase
"1a1" nocase
"1A1" nocase
"1" nocase
""")

# ---- wide, ascii --------------------------------------------------------------------------------
WIDE = [wide(WORD), b"otter" + wide(WORD), wide(WORD) + b"otter", wide(WORD)[:-1], b"\0" + wide(WORD),
        wide(WORD) + wide(WORD), wide(b"OtTeR") + b"otTER", wide(b"x") + wide(WORD) + wide(b"y"),
        b"x" + wide(WORD) + b"y", b"o\0t\0t\0e\0r", b"o\0t\0t\0e\0r\1", b"o\0t\0t\0e\1r\0"]
finds("text-wide", WIDE, """
"otter" wide
"otter" wide ascii
"otter" ascii wide nocase
"otter" wide nocase
"otter" wide fullword
"otter" wide ascii fullword
""")

# ---- fullword -----------------------------------------------------------------------------------
EDGES = [b"otter", b"xotter", b"otterx", b"_otter", b"otter_", b"-otter-", b"1otter", b"otter1", b" otter ",
         b"\0otter\0", b"\xffotter\xff", b"otter otter", b"otterotter", b"Zotter", b"otterZ", b"aotter.otterb",
         b"/otter:", b"@otter[", b"`otter{", b"\xe9otter"]
for edge in EDGES:
    finds("text-fullword", edge, '"otter" fullword')
    finds("text-fullword", wide(edge), '"otter" fullword wide')
finds("text-fullword", [b"x" + wide(WORD), b"x\0\0" + wide(WORD), wide(WORD) + b"x", wide(WORD) + b"x\0", b"x\1" + wide(WORD),
                        wide(WORD) + b"x\1", b"\0x\0" + wide(WORD), wide(WORD) + b"\0x", b"x" + WORD + wide(WORD),
                        wide(b"a") + b"otter" + wide(b"b")],
      """
"otter" fullword wide
"otter" fullword wide ascii
"otter" fullword
""")
finds("text-fullword", [b"a.b", b"x.b", b"a.bx", b"..a.b..", b"a.ba.b", b"-a-", b"--a--", b"x-a-x"], """
"a.b" fullword
"A.B" fullword nocase
".b" fullword
"a." fullword
"-a-" fullword
""")

# ---- xor --------------------------------------------------------------------------------------


def xored(text, key):
    return bytes(c ^ key for c in text)


XORS = [b"secret!", xored(b"secret!", 1), xored(b"secret!", 0x55), xored(b"secret!", 0xFF), xored(b"secret!", 0x20),
        xored(wide(b"secret!"), 0x41), wide(b"secret!"), b"__" + xored(b"secret!", 7) + xored(b"secret!", 9) + b"secret!",
        xored(b"xsecret!", 3), xored(b"secret!x", 3), xored(b" secret! ", 3), b"x" + xored(b"secret!", 3) + b"x",
        b" " + xored(b"secret!", 3) + b" "]
finds("text-xor", XORS, """
"secret!" xor
"secret!" xor(0)
"secret!" xor(1)
"secret!" xor(0x55)
"secret!" xor(1-255)
"secret!" xor(0x00-0xff)
"secret!" xor(3-3)
"secret!" xor(2-9)
"secret!" xor wide
"secret!" xor wide ascii
"secret!" xor(1-0xff) wide
"secret!" xor ascii
""")
finds("text-xor-word", XORS[:4] + XORS[8:], """
"secret!" xor fullword
"secret!" xor(3) fullword
""")
finds("text-xor-word", [xored(wide(b"asecret!"), 5), xored(wide(b"secret!"), 5) + b"a\0", b"a\0" + xored(wide(b"secret!"), 5)], """
"secret!" xor wide fullword
"secret!" xor(5) wide
""")
finds("text-xor-short", [b"ab" * 4, b"\0\1\2\3\3\2\1\0", b"aa"], """
"ab" xor
"aa" xor
"a" xor(0-3)
"ab" xor(3)
"abc" xor(0-15)
""")

# ---- base64 -----------------------------------------------------------------------------------
ALPHABET = "!@#$%^&*(){}[].,|ABCDEFGHIJ\\x09LMNOPQRSTUVWXYZabcdefghijklmnopqrstu"
STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
OWN = STANDARD[::-1]
PHRASE = b"The quick otter"


def translated(data):
    return base64.b64encode(data).translate(bytes.maketrans(STANDARD.encode(), OWN.encode()))


B64 = [base64.b64encode(p + PHRASE + s) for p in (b"", b"a", b"bc", b"def") for s in (b"", b"1", b"23")]
B64 += [wide(b) for b in B64[:3]] + [base64.b64encode(wide(PHRASE)), base64.b64encode(b"x" + wide(PHRASE)),
                                     translated(PHRASE), translated(b"zz" + PHRASE), wide(translated(b"z" + PHRASE)), PHRASE]
for data in B64:
    finds("base64", data, '\n'.join([
        '"The quick otter" base64', '"The quick otter" base64wide', '"The quick otter" base64 base64wide',
        '"The quick otter" wide base64', '"The quick otter" wide ascii base64',
        '"The quick otter" base64("%s")' % OWN, '"The quick otter" base64wide("%s")' % OWN]))
for text in ("a", "ab", "abc", "abcd", "abcde"):
    for data in ("abcdeabcdeabcde", "xabcdex", "xxabcdexx"):
        finds("base64-short", base64.b64encode(data.encode()) + b"  YWJj", '"%s" base64' % text)
finds("base64-bounds", [base64.b64encode(b"The quick otter")[:-1], base64.b64encode(b"The quick otter")[1:],
                        base64.b64encode(b"Xhe quick otter"), base64.b64encode(b"The quick ottes"),
                        base64.b64encode(b"1The quick otter") + base64.b64encode(b"The quick otter")], """
"The quick otter" base64
"The quick" base64
"quick otter" base64
""")

# ---- Which modifiers go together -----------------------------------------------------------------
MODIFIERS = ["nocase", "wide", "ascii", "fullword", "private", "xor", "base64", "base64wide"]
for i, one in enumerate(MODIFIERS):
    for two in MODIFIERS[i:]:
        holds("text-modifiers", b"a word to find, a word", "#a >= 0", '$a = "word" %s %s' % (one, two))
holds("text-modifiers", b"a word to find, a word", "#a == 2", "\n".join([
    '$a = "word" private']))
for definition in lines("""
"word" wide ascii nocase fullword
"word" wide ascii nocase fullword private
"word" ascii wide xor
"word" ascii wide xor(1-2) fullword private
"word" wide ascii base64 base64wide private
"word" xor(0-255)
"word" xor(0-256)
"word" xor(256)
"word" xor(5-4)
"word" xor(-1)
"word" xor(1-)
"word" xor(-5)
"word" xor()
"word" xor(a)
"word" xor(1,2)
"word" xor (1-2)
"word" xor( 1 - 2 )
"word" xor(0x1-0x2)
"word" xor(0o1)
"word" xor(1.5)
"word" xor("a")
"word" xor(1KB)
"word" base64()
"word" base64(5)
"word" base64("abc")
"word" base64("%(own)s")
"word" base64("%(own)sA")
"word" base64wide("%(own)s")
"word" base64("%(own)s") base64wide("%(own)s")
"word" base64("%(own)s") base64wide("%(standard)s")
"word" base64("%(own)s") base64wide
"word" base64 base64wide("%(own)s")
"word" base64 ("%(own)s")
"word" base64("%(twice)s")
"word" base64("%(escaped)s")
"word" ascii ascii
"word" WIDE
"word" nocase()
"word" wide(1)
"word" fullword fullword
"word" unknown
"word" private private
"word", nocase
"word" "other"
"word" at
word
""" % {"own": OWN, "standard": STANDARD, "twice": "A" * 64, "escaped": ALPHABET}):
    holds("text-modifiers", b"a word to find, a word", "#a >= 0", "$a = " + definition)
finds("base64-alphabet", [base64.b64encode(b"a word").translate(bytes.maketrans(STANDARD.encode(), ALPHABET.replace("\\x09", "\t").encode()))],
      '"word" base64("%s")\n"a word" base64("%s")' % (ALPHABET, ALPHABET))

# ---- Long texts, long data ----------------------------------------------------------------------
LONG = bytes(range(1, 256)) * 3
finds("text-long", [b"x" * 5000 + b"needle" + b"y" * 5000, b"needle" + b"\0" * 70000 + b"needle", b"needl" * 3000 + b"needle"], """
"needle"
"needle" nocase wide ascii
"xneedle"
"needley"
"needle" fullword
""")
finds("text-long", [b"ab" * 300, b"ab" * 299 + b"a"], '"%s"\n"%s" nocase' % ("ab" * 300, "AB" * 299))
