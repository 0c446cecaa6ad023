"""Logical signatures (.ldb): expressions, counts, subsignatures of every kind."""
import random

import makers
import patterns
from kit import blob, case, cases, hx, ldb, ndb

WORDS = ["gecko", "wall", "house", "night"]
SUBS = [hx(w) for w in WORDS]


def words(*counts):
    """A file that holds the i-th word counts[i] times."""
    return blob(" ".join((w + " ") * n for w, n in zip(WORDS, counts)))


def row(expression, n=4):
    return ";".join([expression] + SUBS[:n])


COUNTS = [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (1, 1, 0, 0), (1, 0, 1, 0), (0, 1, 1, 0),
          (1, 1, 1, 0), (2, 0, 0, 0), (2, 1, 0, 1), (0, 3, 1, 1), (3, 3, 3, 3), (1, 1, 1, 1), (5, 0, 2, 0)]
FILES = [words(*c) for c in COUNTS]

# ---- Expressions ------------------------------------------------------------------------------
EXPRESSIONS = {
    1: ["0", "(0)", "((0))", "0=0", "0=1", "0=2", "0>0", "0>1", "0>2", "0<1", "0<2", "0<3", "0>1,1", "0=1,1", "(0=1)",
        "(0=0)", "((0>1))"],
    2: ["0&1", "0|1", "1&0", "1|0", "(0&1)", "(0|1)", "(0&1)=0", "(0|1)=0", "(0&1)=2", "(0|1)=2", "(0&1)>1", "(0|1)>1",
        "(0&1)>2", "(0|1)>2", "(0&1)<3", "(0|1)<3", "(0|1)<1", "(0&1)<1", "0=0&1", "0&1=0", "0=0|1=0", "0=0&1=0",
        "0>1&1>0", "0<2|1<2", "0=1&1", "(0|1)>1,2", "(0|1)>0,2", "(0|1)=2,2", "(0|1)>1,1", "(0&1)>1,2", "(0&1)=2,1",
        "(0)&(1)", "(0)|(1)", "((0)&(1))", "(0=0|1)>0", "(0=0|1=0)=0", "(0=0&1=0)>0,2", "(0=0|1)>0,2"],
    3: ["0&1&2", "0|1|2", "0&1|2", "0|1&2", "0|(1&2)", "(0|1)&2", "(0&1)|2", "0&(1|2)", "(0&1|2)", "(0|1&2)", "(0&1&2)",
        "(0|1|2)", "(0|1|2)>1", "(0|1|2)>2", "(0|1|2)>3", "(0|1|2)=3", "(0|1|2)>1,2", "(0|1|2)>1,3", "(0|1|2)>0,2",
        "(0|1|2)=2,2", "(0|1|2)<3,2", "(0&1&2)=3", "(0&1&2)>3", "(0&1&2)=0", "(0|1|2)=0", "((0|1)>1,2|2)",
        "((0|1)>1|2)>1,2", "((0|1)|2)>1,2", "((0&1)=2|2)>2", "(0|(1|2)>1)>1", "(0|(1&2))>1,2", "(0|(1&2))=2",
        "0=1&1=1&2=1", "0=0&1=0&2=0", "0=0|1=0|2=0", "0&1=0&2", "0=0&(1|2)", "(0=0&1)|2", "((0)&((1)|(2)))",
        "(0&1)=0&2", "(0|1)=0|2", "2&1&0", "2|1|0", "2&(1|0)", "0>1|1>1|2>1", "(0>0|1>1|2>0)>1", "(0|1|2)>2,1"],
    4: ["0&1&2&3", "0|1|2|3", "0&1|2&3", "0|1&2|3", "(0&1)|(2&3)", "(0|1)&(2|3)", "(0&1|2&3)", "(0|1&2|3)",
        "(0|1|2|3)>2", "(0|1|2|3)>2,3", "(0|1|2|3)>1,2", "(0|1|2|3)=4,4", "(0&1&2&3)=4", "(0&1&2&3)>4,4",
        "((0|1)>1&(2|3)>0)", "((0|1)>1,2&(2|3)>1,2)", "((0|1)=0&(2|3)>0)", "((0&1)|(2&3))>1,2", "((0&1)|(2&3))>2",
        "(0&1)=2|(2&3)=2", "0&1|2=0&3=0", "0=0&1&2|3", "((0|1)&2)|3", "(((0|1)|2)|3)>1", "(((0|1)>0|2)>0|3)>0,1",
        "(0|(1|(2|3)))>1,2", "(0|(1|(2|3)>1)>1)>1", "(0=0|1=0|2=0|3=0)", "(0=0|1=0|2=0|3=0)=0", "(0|1)>1&2&3",
        "(0&1)&(2&3)", "0&(1&(2&3))", "((0&1)&2)&3", "0|(1&2&3)", "0=2&3", "3&2&1&0", "(3|1)&(2|0)"],
}
for n in sorted(EXPRESSIONS):
    rows = [row(e, n) for e in EXPRESSIONS[n]]
    for k in range(0, len(rows), 14):
        cases("ldb-expression", {"a.ldb": ldb(rows[k:k + 14])}, FILES[::1 if n > 1 else 2])

R = random.Random(20260402)


def random_expression(indexes, depth):
    """Each of the indexes once, in some order, with operators, parentheses and tests."""
    if len(indexes) == 1:
        return "%d%s" % (indexes[0], R.choice(["", "", "", "=0", "=1", ">1", "<2", ">0"]))
    cut = R.randrange(1, len(indexes))
    text = random_expression(indexes[:cut], depth + 1) + R.choice("&|") + random_expression(indexes[cut:], depth + 1)
    if R.randrange(3) == 0 and depth:
        return text
    return "(%s)%s" % (text, R.choice(["", "", "=0", ">1", "=2", "<3", ">1,2", ">0,2", "=2,1", ">2,3"]))


for _ in range(10):
    rows = []
    for _ in range(12):
        order = R.sample(range(4), 4)
        rows.append(row(random_expression(order, 0)))
    cases("ldb-random", {"a.ldb": ldb(rows)}, [words(*(R.choice((0, 0, 1, 1, 2, 3)) for _ in WORDS)) for _ in range(6)])

for e in ["", "0&", "&0", "|", "(0", "0)", "0&&1", "0&|1", "0 & 1", "1", "5", "0&2", "0=", "0>", "0=x", "0<-1", "0=1,",
          "0=1,x", "(0|1)>1,", "(0|1),2", "(0|1)>", "0>1>2", "()", "(0)(1)", "0(1)", "0!1", "!0", "0==1", "0>=1", "0^1",
          "0&1;", "00&01", "0&1&", "((0&1)", "(0&1))", "0,1", "x", "0&x", "64", "0&1=99999999999", "-1", "0 ", " 0&1",
          "(0)=1&1", "(0)>1&1", "(0)>0,1&1", "((0)=1)&1", "(0>1)=2&1", "(0=0)=0|1", "(0&1)=1=1", "0|1|", "0&(1", "(0|1)>1,2,3", "=1", "0;1"]:
    case("ldb-bad-expression", {"a.ldb": "G.One;Target:0;0;%s\nL.1;Engine:81-255,Target:0;%s\n" % (SUBS[0], row(e, 2))},
         words(1, 1, 0, 0))
for n in (62, 63, 64, 65, 66):
    subs = [hx("gecko%02d" % i) for i in range(n)]
    case("ldb-many", {"a.ldb": ldb([";".join(["&".join(str(i) for i in range(n))] + subs)])},
         blob("".join("gecko%02d" % i for i in range(n))))
    case("ldb-many", {"a.ldb": ldb([";".join(["(%s)>5,5" % "|".join(str(i) for i in range(n))] + subs)])},
         blob("gecko01 gecko17 gecko17 gecko60 gecko33 gecko44"))

# ---- What a subsignature counts ---------------------------------------------------------------
COUNTED = {
    "aaa": "aaaaaa b aaa", "abab": "ababababab abab", "gecko": "geckogecko gecko", "aXa": "aXaXaXaXa", "zz": "zzzz",
}
for needle, text in sorted(COUNTED.items()):
    for body in (hx(needle), hx(needle[0]) + "??" + hx(needle[2:]) if len(needle) > 3 else hx(needle)):
        cases("ldb-count", {"a.ldb": ldb(["0=%d;%s" % (n, body) for n in range(0, 7)] +
                                         ["0>%d;%s" % (n, body) for n in (1, 3, 5)] +
                                         ["0<%d;%s" % (n, body) for n in (1, 3, 6)])},
              [blob(text), blob(text.upper())])
SPLIT = ["6162*6364", "6162{-4}6364", "6162{2-}6364", "6162{1-3}6364", "6162*6162", "6162(62|6262)63", "6162[0-3]63"]
for body in SPLIT:
    cases("ldb-count", {"a.ldb": ldb(["0=%d;%s" % (n, body) for n in range(0, 6)] + ["0>1;%s" % body, "0>3;%s" % body])},
          [blob("ab cd ab cd ab"), blob("abab cdcd"), blob("ab"), blob("abbbc abbc abbbc ab  cd")])
# Two subsignatures of the same bytes, and of bytes of one inside the other.
cases("ldb-same", {"a.ldb": ldb(["0&1;%s;%s" % (SUBS[0], SUBS[0]), "(0|1)=2;%s;%s" % (SUBS[0], SUBS[0]),
                                "(0|1)>1,2;%s;%s" % (SUBS[0], hx("eck")), "0&1;%s;%s" % (hx("geck"), hx("ecko")),
                                "0=2&1=2;%s;%s" % (SUBS[0], hx("geck"))])},
      [words(1, 0, 0, 0), words(2, 0, 0, 0), words(0, 1, 0, 0)])

# ---- Modifiers --------------------------------------------------------------------------------
MODIFIERS = ["", "::i", "::w", "::f", "::a", "::wa", "::iw", "::iwa", "::fa", "::fw", "::fwa", "::if", "::ifw", "::ifwa",
             "::aw", "::wi"]


def wide(text):
    return text.encode("utf-16le")


MODIFIER_FILES = [blob(b) for b in (
    b"xx gecko xx", b"xxgeckoxx", b"xx GeCKo xx", b"xxGECKOxx", b"xx " + wide("gecko") + b" xx", b"xx" + wide("gecko") + b"xx",
    wide("xx gecko xx"), wide("xxgeckoxx"), wide("xx GECKO xx"), wide("xxGeckOxx"), b"-gecko-", b"_gecko_", b"1gecko1",
    b"gecko" + wide("gecko"))] + [b"\0gecko", b"gecko", b"\x80gecko\x80\x81\x82", wide("gecko\0") + b"\xff"]
cases("ldb-modifier", {"a.ldb": ldb(["0;6765(63|6463)6b6f" + m for m in MODIFIERS])}, MODIFIER_FILES[:6])
cases("ldb-modifier", {"a.ldb": ldb(["0;676563[0-2]6f" + m for m in MODIFIERS if "f" not in m])}, MODIFIER_FILES[:6])
for m in MODIFIERS[1:]:
    case("ldb-bad-modifier", {"a.ldb": ldb(["0;676563[0-2]6f" + m])}, MODIFIER_FILES[0])
    case("ldb-bad-modifier", {"a.ldb": ldb(["0;67(65|66)636b6f" + m])}, MODIFIER_FILES[0])
for body in (SUBS[0], "67??636b6f", "6765*6b6f", "6765(63|64)6b6f", "6765{1}6b6f"):
    cases("ldb-modifier", {"a.ldb": ldb(["0;" + body + m for m in MODIFIERS])}, MODIFIER_FILES)
cases("ldb-modifier-count", {"a.ldb": ldb(["0=%d;%s%s" % (n, SUBS[0], m) for m in ("::i", "::wa", "::f") for n in (1, 2, 3)])},
      [blob(b"gecko GECKO " + wide("gecko")), blob(b"gecko gecko" + wide(" gecko "))])
for m in ["::x", "::", ":i", "::ii", "::I", "::i::w", "::i ", ":::i", "::iz", "::wai", "::faf"]:
    case("ldb-bad-modifier", {"a.ldb": ldb(["0;" + SUBS[0] + m])}, blob("gecko"))

# ---- Offsets ----------------------------------------------------------------------------------
PLAIN = blob("gecko-on-the-wall gecko-in-the-house")
AT = PLAIN.find(b"gecko")
END = len(PLAIN) - PLAIN.rfind(b"gecko")
for m in ("", "::i", "::ia"):
    case("ldb-offset", {"a.ldb": ldb(["0;%s:%s%s" % (o, SUBS[0], m) for o in
                                      ("*", "%d" % AT, "%d" % (AT + 1), "0,%d" % AT, "0,5", "EOF-%d" % END,
                                       "EOF-%d,3" % (END + 2), "EOF-3", "%d,3" % (AT - 2))] +
                                     ["0&1;%d:%s;%s" % (AT, SUBS[0], SUBS[1]), "0=1;%d,50:%s" % (AT, SUBS[0]),
                                      "0=2;%d,50:%s" % (AT, SUBS[0])])}, PLAIN)
for exe, target in [(p, 1) for p in patterns.PES] + [(e, 6) for e in patterns.ELFS] + [(patterns.MACHO, 9)]:
    about = "Engine:81-255,Target:%d" % target
    for mark in (b"mark-one:", b"mark-three:"):
        case("ldb-offset-exe", {"a.ldb": ldb(["0;%s:%s" % (o, hx(mark)) for o in patterns.EXE_OFFSETS], about)}, exe)
case("ldb-offset-exe", {"a.ldb": ldb(["0;VI:%s" % wide("CompanyName").hex(), "0;VI:%s" % wide("Nowhere").hex(),
                                     "0&1;VI:%s;VI:%s" % (wide("House").hex(), wide("Wall").hex())],
                                    "Engine:81-255,Target:1")}, patterns.VERSIONED)
for o in ("x", "EP+0", "S0+0", "SL+0", "SE0", "VI", "EOF+3", "5,x", "*,3", "-1", "$5$", "", "1:2"):
    case("ldb-bad-offset", {"a.ldb": ldb(["0;%s:%s" % (o, SUBS[0])])}, PLAIN)

# ---- Macros -----------------------------------------------------------------------------------
MACRO_FILES = [blob(t) for t in ("gecko wall", "geckowall", "gecko    wall", "wall gecko", "gecko wall wall",
                                 "gecko gecko wall", "gecko house", "gecko " + "x" * 40 + "wall", "gecko", "wall")]
MEMBERS = "M.1:0:$3$:%s\nM.2:0:$3$:%s\nM.3:0:$4$:%s\n" % (hx("wall"), hx("house"), hx("night"))
for text in ("${5-8}3$", "${6-6}3$", "${0-100}3$", "${1-4}3$", "${5-8}4$", "${40-60}3$"):
    cases("ldb-macro", {"a.ndb": MEMBERS, "b.ldb": ldb(["0&1;%s;%s" % (SUBS[0], text), "0;%s;%s" % (SUBS[0], text),
                                                       "1;%s;%s" % (SUBS[0], text)][:1])}, MACRO_FILES)
for text in ("${5-8}32$", "${8-5}3$", "${5}3$", "$3$", "${5-8}3", "${x-8}3$", "${5-8}x$", "${-8}3$", "${5-}3$", "${5-8}$",
             "${5-8}3$::i"):
    case("ldb-bad-macro", {"a.ndb": MEMBERS, "b.ldb": ldb(["0&1;%s;%s" % (SUBS[0], text)])}, MACRO_FILES[0])
case("ldb-bad-macro", {"a.ndb": MEMBERS, "b.ldb": ldb(["0&1;${5-8}3$;%s" % SUBS[0]])}, MACRO_FILES[0])

# ---- Byte compare -----------------------------------------------------------------------------
COMPARE_FILES = [blob("size:%s;end" % t) for t in
                 ("100", "0100", "99", "101", "64", "0x64", "ff", "FF", "00ff", " 100", "1e1", "abc", "-5", "100000", "")]
COMPARES = [
    ["0(>>5#de3#=100)", "0(>>5#de3#>99)", "0(>>5#de3#<101)", "0(>>5#d3#=100)", "0(>>5#d2#=10)", "0(>>5#d6#=100)",
     "0(>>5#db3#=100)", "0(>>5#dbe3#=100)", "0(>>5#de4#=100)", "0(>>5#de3#>99,<101)", "0(>>5#de3#>100,<200)",
     "0(>>5#d3#<200,>50)"],
    ["0(>>5#hb2#=100)", "0(>>5#hbe2#=100)", "0(>>5#hb2#=255)", "0(>>5#hl2#=255)", "0(>>5#hb4#=255)", "0(>>5#hl4#=65280)",
     "0(>>5#hb4#=100)", "0(>>5#he2#=255)", "0(>>5#h2#=0xff)", "0(>>5#hb3#=256)", "0(>>5#hb3#>0,<4096)", "0(>>5#hb18#>0)"],
    ["0(>>5#ab3#=100)", "0(>>5#ab4#=100)", "0(>>5#ae4#=100)", "0(>>5#ab2#=64)", "0(>>5#ab2#=100)", "0(>>5#abe2#=255)",
     "0(>>5#al4#=255)", "0(>>5#a3#=100)", "0(>>5#ab4#=1)"],
    ["0(>>5#ib1#=49)", "0(>>5#il1#=49)", "0(>>5#ib2#=12592)", "0(>>5#il2#=12337)", "0(>>5#ib4#>0)", "0(>>5#il4#>0)",
     "0(>>5#ib8#>0)", "0(>>5#il8#<0)", "0(>>5#ie2#=12592)", "0(>>5#i2#=12592)", "0(<<1#ib1#=243)", "0(<<1#ib1#=0xf3)",
     "0(<<8#ib1#=0)", "0(<<7#ib1#=1)", "0(<<9#ib1#=0)", "0(#ib1#=115)", "0(0#ib1#=115)", "0(>>0#ib1#=115)",
     "0(>>0x5#ib1#=49)", "0(>>05#ib1#=49)", "0(>>500#ib1#=49)", "0(<<500#ib1#=49)"],
]
for k, rows in enumerate(COMPARES):
    cases("ldb-compare", {"a.ldb": ldb(["0&1;%s;%s" % (hx("size:"), r) for r in rows])},
          COMPARE_FILES[:4] if k == 3 else COMPARE_FILES)
for r in ["0(>>5#de3#100)", "0(>>5#de3#)", "0(>>5#de3)", "0(>>5##=1)", "0(>>x#de3#=1)", "0(5#de3#=100)", "0(>5#de3#=1)",
          "0(>>5#dl3#=100)", "0(>>5#de0#=1)", "0(>>5#ib3#=1)", "0(>>5#hb19#=1)", "0(>>5#db20#=1)", "0(>>5#xb3#=1)",
          "0(>>5#bd3#=1)", "0(>>5#de3#!1)", "0(>>5#de3#=x)", "0(>>5#de3#=100,)", "0(>>5#de3#=1,=2,=3)", "9(>>5#de3#=1)",
          "1(>>5#de3#=1)", "(>>5#de3#=1)", "0(>>5#de3#=1", "0(>>5#dbl3#=1)", "0(>>5#hbl2#=1)", "0(>>-5#de3#=1)",
          "0(>>5#de3#=-1)", "0(>>5#de3#==1)", "0 (>>5#de3#=1)", "0(>>5#de3#=100)::i", "0(>>5#iw2#=1)"]:
    case("ldb-bad-compare", {"a.ldb": ldb(["0&1;%s;%s" % (hx("size:"), r)])}, COMPARE_FILES[0])
cases("ldb-compare", {"a.ldb": ldb([
    "0&1;%s;0(>>5#de1#=3)" % hx("size:"), "0=2&1;%s;0(>>5#de1#=3)" % hx("size:"), "0&1=1;%s;0(>>5#de1#>0)" % hx("size:"),
    "0&1=0;%s;0(>>5#de1#=3)" % hx("size:"), "1;%s;0(>>5#de1#>0)" % hx("size:"), "0|1;%s;0(>>5#de1#=9)" % hx("size:"),
    "0&1&2;%s;0(>>5#de1#>1);0(>>5#de1#<5)" % hx("size:"), "1=0;%s;0(>>5#de1#=3)" % hx("size:")])},
      [blob("size:3 size:1"), blob("size:1 size:3"), blob("size:3"), blob("nothing of it"), b"size:3" + blob("")])

# ---- Regular expressions ----------------------------------------------------------------------
REGEX_FILES = [blob(t) for t in ("gecko-17 wall", "GECKO-17 wall", "gecko-17\nwall", "gecko-x wall", "wall gecko-5",
                                 "gecko-1 gecko-2 gecko-33", "gecko\n-17\nend", "house", "gecko", "xgecko-99y")]
REGEXES = [
    ["0/gecko-\\d+/", "0/GECKO-\\d+/i", "0/GECKO-\\d+/", "0/gecko.{1,5}wall/", "0/gecko.{1,5}wall/s", "0/^wall/", "0/^wall/m",
     "0/gecko - \\d+/x", "0/gecko-\\d+$/m", "0/gecko-\\d+$/", "0/gecko.+?l/U", "0/\\d+/A", "0/gecko-\\d+$/E",
     "0/g[eo]cko(?=-1)/", "0/gecko(?!-1)/", "0/(ge)cko-(\\d)\\2/", "0/\\x67ecko/", "0/gecko\\x2d/", "0/gecko\\/x/"],
    ["*:0/gecko-\\d/", "8:0/gecko-\\d/", "9:0/gecko-\\d/", "0:0/gecko-\\d/", "0:0/gecko-\\d/r", "9:0/gecko-\\d/r", "5:0/gecko-\\d/r",
     "0,20:0/gecko-\\d/", "8,3:0/gecko-\\d/", "0,20:0/gecko-\\d/e", "5,3:0/gecko-\\d/e", "5,12:0/gecko-\\d/e",
     "EOF-21:0/gecko-\\d/", "EOF-30:0/gecko-\\d/r", "EOF-30,40:0/gecko-\\d/e", "8:0/gecko-\\d/e", "8:0/gecko-\\d/re"],
]
for rows in REGEXES:
    cases("ldb-regex", {"a.ldb": ldb(["0&1;%s;%s" % (SUBS[0], r) for r in rows])}, REGEX_FILES)
cases("ldb-regex", {"a.ldb": ldb([
    "2;%s;%s;0&1/gecko/" % (SUBS[0], SUBS[1]), "2;%s;%s;0|1/wall/" % (SUBS[0], SUBS[1]), "2;%s;%s;1/gecko/" % (SUBS[0], SUBS[1]),
    "2;%s;%s;(0&1)/gecko/" % (SUBS[0], SUBS[1]), "2;%s;%s;0>1/gecko/" % (SUBS[0], SUBS[1]),
    "2=0;%s;%s;0&1/gecko/" % (SUBS[0], SUBS[1]), "2>1;%s;%s;0/gecko/g" % (SUBS[0], SUBS[1]),
    "2=1;%s;%s;0/gecko/" % (SUBS[0], SUBS[1]), "2=3;%s;%s;0/gecko/g" % (SUBS[0], SUBS[1]),
    "0&1;%s;0/gecko/i" % SUBS[0], "1;%s;0=0/wall/" % SUBS[0], "1>1;%s;0/[a-z]+/g" % SUBS[0], "1=3;%s;0/o-\\d/g" % SUBS[0]])},
      REGEX_FILES)
cases("ldb-regex", {"a.ldb": ldb(["0&1;%s;0/gecko/%s" % (SUBS[0], m) for m in
                                 ("::i", "::f", "i::f", "::a", "g::i", "::if")])},
      REGEX_FILES[:2] + [REGEX_FILES[-1], blob("_gecko_"), blob("-GECKO-")])
for r in ["/gecko/", "0/gecko", "0//", "0/gecko/z", "0/(gecko/", "0/gecko/ii", "1/gecko/", "5/gecko/", "0&/gecko/", "0/[/",
          "0/gecko/ ", "x/gecko/", "0/gecko/::w", "0/ge;cko/", "0/ge\\x3Bcko/", "x:0/gecko/", "EP+0:0/gecko/", "0/gecko/xx",
          "0/gecko/ADEU", "0/gecko/D", "0/gecko/X", "0/gecko/u", "0/a{99999}/", "0/gecko/n", "0/\\K/", "0/gecko\\/", "(0/gecko/",
          "0=/gecko/"]:
    case("ldb-bad-regex", {"a.ldb": ldb(["0&1;%s;%s" % (SUBS[0], r)])}, REGEX_FILES[0])
case("ldb-bad-regex", {"a.ldb": ldb(["0;0/gecko/"])}, REGEX_FILES[0])
case("ldb-bad-regex", {"a.ldb": ldb(["0&1;0/gecko/;%s" % SUBS[0]])}, REGEX_FILES[0])
case("ldb-bad-regex", {"a.ldb": ldb(["0&1&2;%s;0/gecko/;1/wall/" % SUBS[0]])}, REGEX_FILES[0])

# ---- What the description block says ----------------------------------------------------------
SIZED = [blob("gecko" + "x" * n) for n in (0, 10, 100, 1000)]
SIZE = len(SIZED[1])
ONE = "0;" + SUBS[0]
cases("ldb-size", {"a.ldb": ldb([("Engine:81-255,FileSize:%s,Target:0" % r, ONE) for r in
                                ("0-%d" % SIZE, "%d-%d" % (SIZE, SIZE), "%d-99999" % (SIZE + 1), "0-1", "0-4294967295",
                                 "%d-%d" % (SIZE - 1, SIZE + 1), "0-%d" % (SIZE - 1))])}, SIZED)
for key, values in (("EntryPoint", ("0-99999", "1040-1040", "1024-1039", "1041-99999", "16-16", "2051-2051", "528-528",
                                    "2048-9999")),
                    ("NumberOfSections", ("3-3", "1-1", "0-9", "2-2", "4-4", "1-3", "4-9", "0-0"))):
    for target in (1, 6, 9):
        cases("ldb-exe", {"a.ldb": ldb([("Engine:81-255,%s:%s,Target:%d" % (key, v, target), "0;" + hx("mark-"))
                                       for v in values])}, patterns.PES + patterns.ELFS + [patterns.MACHO])
for about in ["Target:0", "Target:1", "Target:00", "Target:99", "Target:15", "Target:x", "Target:", "Target:-1", "",
              "Engine:81-255", "Engine:1-20,Target:0", "Engine:999-1000,Target:0", "Engine:81,Target:0", "Engine:x-255,Target:0",
              "Target:0,Engine:81-255", "Engine:255-81,Target:0", "Engine:81-255,Target:0,Target:0", "Engine:81-255,Target:0,",
              "Engine:81-255,,Target:0", "Engine:81-255,FileSize:10,Target:0", "Engine:81-255,FileSize:-10,Target:0",
              "Engine:81-255,FileSize:10-,Target:0", "Engine:81-255,FileSize:9-5,Target:0", "Engine:81-255,FileSize:x-5,Target:0",
              "FileSize:0-9999,Target:0", "Engine:50-255,FileSize:0-9999,Target:0", "Engine:51-255,FileSize:0-9999,Target:0",
              "Engine:81-255,EntryPoint:0-9999,Target:0", "Engine:81-255,NumberOfSections:0-9,Target:3",
              "Engine:81-255,Nonsense:5,Target:0", "Engine:81-255,Nonsense,Target:0", "Engine:81-255,filesize:0-9999,Target:0",
              "Engine:81-255,IconGroup1:g,Target:0", "Engine:81-255,IconGroup1:g,Target:1", "Engine:81-255,Target:0 ",
              " Engine:81-255,Target:0", "engine:81-255,target:0", "Engine:81-255;Target:0", "Engine:81-255,Target:0:1",
              "Engine:81-255,Container:CL_TYPE_NONSENSE,Target:0", "Engine:81-255,HandlerType:CL_TYPE_NONSENSE,Target:0",
              "Engine:81-255,Intermediates:CL_TYPE_NONSENSE,Target:0", "Engine:81-255,Intermediates:,Target:0",
              "Engine:81-255,Container:,Target:0", "Engine:81-255,Container:CL_TYPE_ANY,Target:0",
              "Engine:81-255,Intermediates:CL_TYPE_ANY,Target:0", "Engine:81-255,FileSize:0-9999,FileSize:0-9999,Target:0",
              "Engine:214-214,Target:0", "Engine:0-0,Target:0", "Engine:0-255,Target:0", "Engine:215-255,Target:0",
              "Engine:81-213,Target:0", "Engine:81-255,Target:7", "Engine:81-255,Target:13", "Engine:81-255,Target:12"]:
    case("ldb-about", {"a.ldb": "G.One;Engine:51-255,Target:0;0;%s\nG.Two;%s;%s\n" % (SUBS[1], about, ONE)},
         words(1, 1, 0, 0))
for line in ["", "G.Two", "G.Two;", "G.Two;Target:0", "G.Two;Target:0;0", "G.Two;Target:0;0;", ";Target:0;0;%s" % SUBS[0],
             "G.Two;Target:0;0;%s;" % SUBS[0], "G.Two;Target:0;0;%s;%s" % (SUBS[0], SUBS[1]), "G.Two;Target:0;0&1;%s" % SUBS[0],
             "G.Two;Target:0;0;zz", "G.Two;Target:0;0;4", "G.Two;Target:0;0;41", "G.Two;Target:0;0;4142", "G.Two:Target:0:0:" + SUBS[0],
             "G.Two;Target:99;zz;zz", "G.Two;Engine:999-1000,Target:0;zz;zz", "# G.Two;x", "G.Two (Clam);Target:0;0;" + SUBS[0],
             "G.Two;Target:0;0;6765??6b6f", "G.Two;Target:0;0;%s" % ("41" * 5000), "G.Two;Target:0;0;(B)%s" % SUBS[0],
             "G.One;Target:0;0;" + SUBS[0], "G.Two;Target:0;0;" + SUBS[0] + "\r", "G.Two;Target:0;0; " + SUBS[0]]:
    case("ldb-line", {"a.ldb": "G.One;Engine:51-255,Target:0;0;%s\n%s\n" % (SUBS[1], line)}, words(1, 1, 0, 0))
for kind in sorted(patterns.FILES):
    rows = "".join("T.%s;Engine:81-255,Target:%s;0;%s\nN.%s;Engine:81-255,Target:%s;0=0;%s\n"
                   % (t, t, hx("marker-7"), t, t, hx("marker-8")) for t in range(0, 16))
    case("ldb-target", {"a.ldb": rows}, patterns.FILES[kind])
# Case folding: normalised text is lower case already.
cases("ldb-target", {"a.ldb": ldb([("Engine:81-255,Target:%d" % t, "0;%s%s" % (hx(w), m)) for t in (0, 3, 7)
                                  for w in ("Marker", "marker", "MARKER") for m in ("", "::i")])},
      [b"some words of text, a Marker among them\n" * 4, b"<html><body>A Marker in a page</body></html>\n", blob("a Marker in bytes")])
# One signature of each kind beside others: the sets of the filter are shared.
case("ldb-mixed", {"a.ldb": ldb([row("0&1", 2), row("0|1", 2)]), "b.ndb": ndb([SUBS[0], SUBS[1]]), "c.db": "D.1=%s\n" % SUBS[0]},
     words(1, 1, 0, 0))
case("ldb-mixed", {"a.ldb": ldb([row("0&1", 2), row("0|1", 2)]), "b.ign2": "L.1\n"}, words(1, 1, 0, 0))
case("ldb-mixed", {"a.ldb": ldb([row("0&1", 2), row("0|1", 2)]), "b.ign2": "L.1\nL.2\n"}, words(1, 1, 0, 0))

# ---- Image hashes -----------------------------------------------------------------------------
PICTURES = [makers.png(40, 30, lambda x, y: (x * 6 % 256, y * 8 % 256, (x + y) * 3 % 256)),
            makers.png(64, 64, lambda x, y: (255, 255, 255) if (x // 8 + y // 8) % 2 else (0, 0, 0)),
            makers.png(33, 57, lambda x, y: ((x * x + y * y) % 256,) * 3),
            makers.png(128, 16, lambda x, y: (200, x, 16 * y % 256))]
# As `sigtool --fuzzy-img` prints them.
HASHES = ["8055553eeb2a623f", "8000000000000000", "87070f0f0e1e3e5e", "8a115e13ff321557"]
cases("ldb-image", {"a.ldb": ldb(["0;fuzzy_img#%s" % h for h in HASHES] + ["0;fuzzy_img#%s#0" % h for h in HASHES] +
                                ["0;fuzzy_img#%s" % h.upper() for h in HASHES] + ["0=0;fuzzy_img#%s" % HASHES[0]] +
                                ["0&1;fuzzy_img#%s;%s" % (h, hx("IHDR")) for h in HASHES] + ["0>1;fuzzy_img#" + HASHES[0]])},
      PICTURES + [PICTURES[0] + b"tail", makers.GIF, makers.PNG, PICTURES[0][:-12], PICTURES[0][:200], blob("no picture")])
cases("ldb-image", {"a.ldb": ldb([("Engine:81-255,Target:%d" % t, "0;fuzzy_img#" + HASHES[0]) for t in (0, 1, 5, 7, 14)])},
      PICTURES[:2])
for r in ["fuzzy_img#", "fuzzy_img#12", "fuzzy_img#" + HASHES[0] + "0", "fuzzy_img#" + HASHES[0] + "#1", "fuzzy_img#" + HASHES[0] + "#",
          "fuzzy_img#zz55553eeb2a623f", "fuzzy_img#" + HASHES[0] + "#0#0", "fuzzy_img:" + HASHES[0], "Fuzzy_img#" + HASHES[0],
          "fuzzy_img#" + HASHES[0] + "::i", "*:fuzzy_img#" + HASHES[0], "fuzzy_img#" + HASHES[0] + "#x"]:
    case("ldb-bad-image", {"a.ldb": ldb(["0;" + r])}, PICTURES[0])

# What is the number, and the place, of matches with gaps, and an offset before the beginning.
GAPS = ["6162*6364", "6162{-4}6364", "6162{2-}6364", "6162{1-3}6364", "6162{0-9}6364*6162", "6162{3}6364", "61626162{-9}6364", "6162{-400}6364", "6162{1-300}6364{-2}6162", "6162*6364[0-3]78"]
for body in GAPS:
    cases("ldb-count", {"a.ldb": ldb(["0=%d;%s" % (n, body) for n in range(0, 7)])},
          [blob(x) for x in ("ab cd cd", "ab ab cd", "ab ab cd cd", "abxxcd cd ab", "ababab cd", "abcdcdcdcd", "ababcdcd", "ab cd x cd  x cd x")])
for body in ("6162*6364", "6162{-4}6364", "6162{0-30}6364", "6162{-400}6364", "6162*6364*6566", "6162*6364{-3}6566"):
    cases("ldb-count", {"a.ldb": ldb(["0&1;%s;0(>>2#de1#=%d)" % (body, n) for n in range(0, 10)])},
          [blob(x) for x in ("ab1 ab2 cd3 cd4", "ab1 cd2 cd3 ab4 cd5 ", "ab1 cd2 ef3 cd4 ef5 ab6 ef7 cd8 ef9", "ab1 ab2 cd3 ab4 cd5 ef6 ab7 ef8")])
for flags in ("", "r", "e", "re"):
    for shift in ("", ",3", ",40"):
        cases("ldb-regex", {"a.ldb": ldb(["0&1;6765636b6f;EOF-%d%s:0/gecko-\\d/%s" % (n, shift, flags) for n in (18, 19, 20, 21, 28, 29, 30, 31, 60)])},
              [blob("gecko-17 wall"), b"\0\1\2gecko-17 gecko-2"])
