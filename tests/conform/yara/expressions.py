"""Regular expressions: every construct with what it matches and how far, `matches`, random ones."""
import random

from kit import finds, holds

TEXT = b"foo bar foobar Foo FOO 1234 a-b_c\tq\r\nnext line, x=10; end."


def wide(text):
    return b"".join(bytes([c, 0]) for c in text)


# ---- Atoms and classes ----------------------------------------------------------------------------
finds("regex-atom", TEXT, r"""
/foo/
/o/
/foo bar/
/f.o/
/f..b/
/.ar/
/[fb]o/
/[fb][ao]./
/[^f]oo/
/[a-f]oo/
/[0-9]/
/[0-9][0-9]/
/[^0-9 a-zA-Z]/
/[A-Za-z]oo/
/[-a]b/
/[a-]b/
/a[-]b/
/a[b-]b/
/[]x]/
/[^]x]oo/
/[\]x]=/
/[a\-z]b/
/[\d]+/
/[\w]+/
/[\s]+/
/[^\w]/
/[^\s]+/
/[\W]/
/[\D]oo/
/[\S]+/
/[^\d\s]+/
/[\d-]+/
/[.]/
/[*]/
/[+=]/
/[$]/
/[\x61-\x66]oo/
/[\t]/
/[\r\n]+/
/[\x0d\x0a]/
/\d/
/\d+/
/\D/
/\w+/
/\W+/
/\s/
/\s+/
/\S+/
/\x66oo/
/\x20bar/
/\./
/end\./
/\t/
/c\tq/
/\r\n/
/\n/
/q\r\nnext/
/q.\n/
/q..next/
/q..next/s
/q.*next/
/q.*next/s
/a\-b/
/a\_c/
/a-b/
/x=10;/
/\x3d/
/\x3D10/
/[[:alpha:]]/
/[a-c-e]/
/[z-a]/
/[a/
/[]/
/[^]/
/a]/
/]/
/\x4/
/\xzz/
/[\x6/
/\a/
/\f/
/\v/
/\e/
/\0/
/\1/
/(f)\1/
/\/
/a//
/\//
/a\/b/
//
/ /
/(/
/)/
/()/
/(|a)/
/a||b/
/|/
/a|/
/(?:foo)/
/(?i)foo/
/(?=foo)/
/(?!foo)/
/(?P<n>foo)/
/\p{L}/
/\Qfoo\E/
/\h/
/\z/
/\A/
/foo#bar/
/é/
/[é]/
""")
BINARY = bytes(range(256))
finds("regex-binary", BINARY, r"""
/./
/./s
/\x00/
/\xff/
/[\x00-\x02]/
/[\xfe-\xff]+/
/\x09\x0a/
/\x09./
/\x09./s
/\x09\s/
/\x0a./
/[^\x00-\xfd]/
/\w+/
/\d+/
/\s+/
/[[-\]]+/
/\xe9/i
/[\xc0-\xdf]+/i
/[a-c]+/i
/[A-C]+/i
/[Z-\[]+/i
/@\w/
/\x5b./
/\W\d/
""")

# ---- Repetition, how far -----------------------------------------------------------------------------
RUNS = [b"abbbbc", b"ac abc abbc abbbc", b"aaaa", b"xaaay", b"abcabcabc", b"", b"b"]
finds("regex-repeat", RUNS, r"""
/ab*c/
/ab+c/
/ab?c/
/ab*/
/ab+/
/ab?/
/ab*?/
/ab+?/
/ab??/
/ab*?c/
/ab+?c/
/ab??c/
/ab{2}/
/ab{2}c/
/ab{2,3}/
/ab{2,3}?/
/ab{2,3}c/
/ab{2,}/
/ab{2,}?/
/ab{2,}c/
/ab{,2}/
/ab{,2}?/
/ab{,2}c/
/ab{0}c/
/ab{0,1}c/
/ab{1}c/
/ab{0,}c/
/(abc)+/
/(abc)+?/
/(abc){2}/
/(abc){2,}/
/(ab|abc)+/
/(a|b)+/
/(a|b)+?/
/(a|b)*c/
/a+/
/a+?/
/a{2}/
/a{2,3}/
/a{2,3}?/
/a{1,}a/
/a+a/
/a+?a/
/a*?y/
/x.*y/
/x.*?y/
/a.c/
/a.+c/
/a.+?c/
/a.*c/
/a.*?c/
/a.{1,2}c/
/a.{1,2}?c/
/a.{0,10}c/
/(a+)+/
/(a*)+b/
/(ab?)*c/
""")
finds("regex-repeat", b"a{2} a{,} aa a{1,2,3} a{b} {x} a**", r"""
/a{/
/a{b}/
/a{,}/
/a{ 2}/
/a{2 }/
/a{2,1}/
/a{-1}/
/a{1,2,3}/
/a{2}{2}/
/{x}/
/a\{2\}/
/[{]x/
/*a/
/+a/
/?a/
/a**/
/a+*/
/a*+/
/a++/
/a???/
/(*a)/
/a|*/
/{2}/
/a{1000}/
/a{32767}/
/a{32768}/
/a{0,32768}/
/a{99999999999}/
/a{1,65536}/
/(a{1000}){1000}/
/a{2}?/
/(a)?/
/a*/
/a?/
/(a|b)*/
/a{0}/
/a{0,2}/
/(a*)*/
/.*/
/.*?/
/.+/
/.+?/
/.?a/
/a.*/
/a.*?/
""")
finds("regex-greedy", [b"<a><b><c>", b"start 1 end 2 end 3", b"aXbXc", b'k="v1" k="v2"', b"1.22.333.4444"], r"""
/<.+>/
/<.+?>/
/<.*>/
/<.*?>/
/<[^>]+>/
/<[^>]*?>/
/start.*end/
/start.*?end/
/start.+end.+end/
/start.+?end.+?end/
/end \d?/
/end \d??/
/a.*X/
/a.*?X/
/.X/
/.*X/
/X.*/
/X.*?/
/k=".*"/
/k=".*?"/
/k="[^"]*"/
/\d+\.\d+/
/\d+?\.\d+?/
/\d{1,3}\.\d{1,3}/
/(\d+\.)+/
/(\d+\.)+?/
/(\d+\.){2}\d+/
/(\d{1,3}\.){3}\d{1,4}/
/\d{3,}/
/\d{3,}?/
""")

# ---- Alternatives and groups -----------------------------------------------------------------------------
finds("regex-choice", [b"cat dog catdog cow dogcat", b"abcd ab acd abd", b"gray grey gry"], r"""
/cat|dog/
/(cat|dog)/
/(cat|dog)+/
/(cat|dog){2}/
/(c|d)o(g|w)/
/c(at|ow)/
/c(at|atdog)/
/c(atdog|at)/
/(at|atd|atdo)/
/a(b|bc|bcd)/
/a(bcd|bc|b)/
/a(b|bc|bcd)d/
/a(b|c)?d/
/a(b|c)*d/
/a(b|c)+?d/
/(a|ab)(c|bcd)/
/(a|ab)(c|cd)?/
/ab|abcd/
/abcd|ab/
/gr(a|e)y/
/gr[ae]y/
/gr[ae]?y/
/gr(a|e|)y/
/gr(|a|e)y/
/((a)(b)(c))d/
/(((cat)))/
/cat|dog|cow/
/(ca|do)(t|g) /
/ (c|d)/
/ca(t|)d/
/x|cat/
/xyz|abc|gry/
/(a(b(c(d))))/
/a(b|c(d|e))/
""")

# ---- Anchors and word edges ------------------------------------------------------------------------------
ENDS = [b"begin middle end", b"end", b"begin", b"begin\nend", b"\nbegin", b"end\n", b"", b"begin begin"]
finds("regex-anchor", ENDS, r"""
/^begin/
/end$/
/^end$/
/^begin.*end$/
/^begin.*end$/s
/begin$/
/^end/
/\nend$/
/^begin|end$/
/(^begin|middle)/
/begin(\n|$)/
/(^|\n)begin/
/(^| )end/
/^/
/$/
/^$/
/a^b/
/a$b/
/^^begin/
/end$$/
/^.egin/
/^b*egin/
/[^b]egin/
""")
WORDS = [b"a cat concat cats cat", b"cat", b"_cat cat_ -cat-", b"1cat cat1 cat", b"\xe9cat\xe9", b"c"]
finds("regex-word", WORDS, r"""
/\bcat\b/
/\bcat/
/cat\b/
/\Bcat/
/cat\B/
/\Bcat\B/
/\Bcat\b/
/\bc/
/\b\w+\b/
/\bcat\b.\bc/
/c\bat/
/c\Bat/
/\b/
/\B/
/a\b /
/ \bcat/
/[\b]/
/cat/ fullword
/cat/ wide
/ca./ fullword
/c.*t/ fullword
/c.*?t/ fullword
/\w+/ fullword
/[a-c]+t?/ fullword
/.cat./ fullword
""")

# ---- Flags and modifiers -----------------------------------------------------------------------------------
finds("regex-flag", [TEXT, b"FoO\nBaR", b"K\xcb"], r"""
/foo/i
/FOO/i
/fOo.bAr/i
/fOo.bAr/is
/fOo.bAr/si
/fOo.bAr/s
/[a-f]oo/i
/[^a-f]oo/i
/[^F]oo/i
/\x46oo/i
/f[O]o/i
/foo/ nocase
/FOO/i nocase
/foo.bar/s nocase
/\x4b/i
/\xeb/i
/foo/x
/foo/m
/foo/g
/foo/ii
/foo/ss
/foo/I
/foo/ i
/foo/isi
""")
finds("regex-wide", [wide(b"foo bar 123"), b"foo " + wide(b"foo") + b" foo", b"f\0o\0o", b"f\0o\0o\0x", wide(b"foo")[1:],
                     wide(b"xfoox"), wide(b"a\r\nb")], r"""
/foo/ wide
/foo/ wide ascii
/foo/ ascii
/fo+/ wide
/f.o/ wide
/f../ wide
/fo*?/ wide
/[a-z]+/ wide
/[^o]+/ wide
/\w+ \w+/ wide
/\d{2,}/ wide
/^foo/ wide
/foo$/ wide
/bar 123$/ wide
/\bfoo\b/ wide
/foo\b/ wide
/\Bfoo/ wide
/foo/ wide fullword
/foo/ wide ascii fullword
/FOO/i wide
/FOO/ wide nocase
/o.*3/ wide
/a.*b/ wide
/a.*b/s wide
/a\s+b/ wide
/(foo|bar)/ wide
/(foo )?bar/ wide
/f\x00o/
/f\x00o\x00/
/f\x00o/ wide
/o|x/ wide
""")
for modifiers in ("private", "xor", "base64", "base64wide", "fullword", "nocase", "wide wide", "ascii", "ascii wide nocase fullword private",
                  "xor(1)", "nocase nocase", "unknown"):
    holds("regex-modifiers", TEXT, "#a > 0", "$a = /foo/ " + modifiers)
FULL = [b"abc", b"xabc", b"abcx", b".abc.", b"abc abc", b"abcabc", b"1abc", b"abc_", b"xabc abcx abc"]
finds("regex-fullword", FULL, r"""
/abc/ fullword
/[a-c]+/ fullword
/[a-c]+?/ fullword
/ab?c?/ fullword
/a.c/ fullword
/.abc/ fullword
/abc|bc/ fullword
/\babc\b/ fullword
/^abc/ fullword
/abc$/ fullword
/(abc)+/ fullword
""")

# ---- Long matches ---------------------------------------------------------------------------------------------
finds("regex-long", [b"BEG" + b"x" * 900 + b"END", b"BEG" + b"x" * 4000 + b"END", b"a" * 300], r"""
/BEG.*END/
/BEGx+END/
/BEG[^E]*END/
/BEG.{900}END/
/BEG.{800,1000}END/
/BEG.{0,100}END/
/BEG.{0,10000}/
/END$/
/a{300}/
/a{301}/
/^a{300}$/
/a{150}b/
/^a+$/
/^a+?/
""")

# ---- matches ----------------------------------------------------------------------------------------------------
holds("matches", b"some data", r"""
"foo" matches /foo/
"foobar" matches /foo/
"xfoo" matches /foo/
"foo" matches /^foo$/
"xfoo" matches /^foo/
"foox" matches /foo$/
"foo" matches /FOO/
"foo" matches /FOO/i
"foo" matches /f.o/
"f\no" matches /f.o/
"f\no" matches /f.o/s
"f\nO" matches /F.o/is
"" matches /foo/
"" matches /^$/
"" matches //
"" matches /a*/
"foo" matches /a*/
"foo" matches /.*/
"foo" matches /o{2}/
"foo" matches /o{3}/
"foo" matches /(a|o)+$/
"foo" matches /\bfoo\b/
"a foo b" matches /\bfoo\b/
"afoo" matches /\bfoo/
"foo" matches /\w{3}/
"foo" matches /^\w{3}$/
"foo" matches /^\w{2}$/
"12" matches /\d+/
"a\x00b" matches /a\x00b/
"a\x00b" matches /b/
"a\xffb" matches /a\xffb/
not "foo" matches /bar/
not "foo" matches /foo/
"foo" matches /foo/ and "bar" matches /bar/
"foo" matches /bar/ or "bar" matches /bar/
"foo" matches /foo/ == true
"foo" matches "foo"
"foo" matches foo
5 matches /5/
true matches /t/
/foo/ matches "foo"
"foo" matches /foo
"foo" matches /(/
"foo" matches /[z-a]/
"foo" matches /foo/ nocase
"foo" matches /foo/x
"foo" matches
"foo" matches /é/
defined ("foo" matches /o/)
$a matches /foo/
""", "$a = \"foo\"")


# ---- Random -----------------------------------------------------------------------------------------------------
QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "{0,2}", "{2,}", "{,3}"]


def atom(rnd, depth, lazy):
    x = rnd.random()
    if x < 0.55 or not depth:
        return rnd.choice("aabbcd")
    if x < 0.75:
        return rnd.choice([".", "[ab]", "[^a]", "[b-d]", r"\w", "[^bc]"])
    return "(%s)" % "|".join(branch(rnd, depth - 1, lazy) for _ in range(rnd.randint(1, 3)))


def branch(rnd, depth, lazy):
    out = ""
    for _ in range(rnd.randint(1, 3)):
        out += atom(rnd, depth, lazy)
        if rnd.random() < 0.35:
            # Greedy and lazy ones do not go together in one expression.
            out += rnd.choice(QUANTIFIERS) + ("?" if lazy(rnd) else "")
    return out


LAZY = [lambda rnd: False, lambda rnd: False, lambda rnd: True]
_rnd = random.Random(7)
for _ in range(260):
    _lazy = _rnd.choice(LAZY) if _rnd.random() < 0.95 else lambda rnd: rnd.random() < 0.5
    # A letter that must be there keeps the expression from matching nothing at every place.
    _text = branch(_rnd, _rnd.randint(0, 2), _lazy) + _rnd.choice("abcd") + (
        branch(_rnd, 1, _lazy) if _rnd.random() < 0.5 else "")
    _end = _rnd.choice(["", "", "", "", "", "^", "$"])
    _text = _end + _text if _end != "$" else _text + _end
    _data = bytes(_rnd.choice(b"aabbccd") for _ in range(_rnd.randint(12, 60)))
    _how = _rnd.choice(["", "", "", "", "", "i", " fullword", " wide ascii"])
    if "fullword" in _how:
        _data = _data.replace(b"c", b" ")
    if "wide" in _how and _rnd.random() < 0.5:
        _data = wide(_data[:16]) + _data[16:]
    finds("regex-random", _data, ["/%s/%s" % (_text, _how)])
for _ in range(60):
    _text = "".join(_rnd.choice(["a", "b", "c", r"\b", r"\B", "x?", "[a-c]", ".", r"\s", r"\w", " "]) for _ in range(_rnd.randint(2, 6)))
    _data = bytes(_rnd.choice(b"abc x_") for _ in range(30))
    finds("regex-random-edge", _data, ["/%s/" % _text, "/%s/ fullword" % _text])
