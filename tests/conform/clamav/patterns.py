"""Patterns (.ndb .db), digests (.hdb .hsb .mdb .msb), allow lists and ignored names."""
import hashlib
import random

import makers
from kit import blob, case, hx, ndb

# ---- Offsets that need no executable ----------------------------------------------------------
DATA = blob("gecko-on-the-wall gecko-in-the-house")
SIZE = len(DATA)
for needle in ("gecko", "wall", "house"):
    first = DATA.find(needle.encode())
    last = DATA.rfind(needle.encode())
    rows = ["*", str(first), str(first - 1), str(first + 1), str(last), "%d,1" % (first - 1),
            "%d,%d" % (first - 2, 1), "0,%d" % SIZE, "0", "", ",", ",%d" % first, "%d," % first,
            "EOF-%d" % (SIZE - first), "EOF-%d" % (SIZE - last), "EOF-%d" % (SIZE - last + 1),
            "EOF-%d,1" % (SIZE - last + 1), "EOF-%d,%d" % (SIZE, SIZE), "EOF-%d" % (SIZE + 5),
            "EOF-%d,%d" % (SIZE + 5, SIZE + 5), "EOF-0", "EOF-"]
    case("offset", {"a.ndb": ndb([(o, hx(needle)) for o in rows])}, DATA)
    case("offset", {"a.ndb": ndb([(o, hx(needle[:3]) + "??" + hx(needle[4:])) for o in rows])}, DATA)
    case("offset", {"a.ndb": ndb([(o, hx(needle[:2]) + "{-9}" + hx(needle[2:])) for o in rows])},
         DATA)
for o in ("x", "*,5", "-5", "EOF+5", "EOF-x", "5,x", "1 2", "0x10", "EP+0", "EP-0", "S0+0", "SL+0",
          "SE0", "VI", "$32$", "$x$", "5$", "eof-5", "0" * 65, "EOF", "**", "5,5,5"):
    case("offset-bad", {"a.ndb": ndb([(o, hx("gecko"))])}, DATA)
for o in ("$0$", "$31$", "$5", "0" * 64):
    case("offset-odd", {"a.ndb": ndb([(o, hx("gecko"))])}, DATA)

# ---- PE, ELF and Mach-O offsets ---------------------------------------------------------------
MARKS = [b"mark-one:" + bytes(range(200, 240)), b"mark-two:" + bytes(range(160, 199)),
         b"mark-three:" + bytes(range(130, 159))]


def section_bytes(mark, at, n):
    return (b"\x11" * at + mark).ljust(n, b"\x22")


PES = [
    makers.pe([(b".text", section_bytes(MARKS[0], 16, 600)), (b".data", section_bytes(MARKS[1], 0, 512)),
               (b".last", section_bytes(MARKS[2], 100, 1000))], 0, 16),
    makers.pe([(b".text", section_bytes(MARKS[0], 40, 512)), (b".data", section_bytes(MARKS[1], 8, 512)),
               (b".last", section_bytes(MARKS[2], 3, 512))], 2, 3, overlay=b"mark-one: in the overlay"),
    makers.pe([(b".one", section_bytes(MARKS[0], 16, 512))], 0, 16, plus=True),
]
ELFS = [
    makers.elf([section_bytes(MARKS[0], 16, 600), section_bytes(MARKS[1], 0, 512),
                section_bytes(MARKS[2], 100, 700)], 16),
    makers.elf([section_bytes(MARKS[0], 40, 512), section_bytes(MARKS[1], 8, 300),
                section_bytes(MARKS[2], 3, 512)], 815, bits=32, overlay=b"mark-one: at the end"),
]
EXE_OFFSETS = ["*", "EP+0", "EP+1", "EP+0,5", "EP+16", "EP-0", "EP-16", "EP-16,16", "EP-5,4", "EP+",
               "S0+0", "S0+16", "S0+40", "S0+0,40", "S1+0", "S1+8", "S1+0,7", "S1+0,8", "S2+3",
               "S2+100", "S3+0", "S9+0", "S2+0,200", "SL+0", "SL+3", "SL+100", "SL+0,200", "SE0",
               "SE1", "SE2", "SE3", "SE0,600", "SE1,2000", "SE", "S0+0junk", "0", "1024,2000",
               "EOF-100", "EOF-600,600", "EOF-3000,3000"]
for exe, target in [(p, 1) for p in PES] + [(e, 6) for e in ELFS]:
    for mark in (b"mark-one:", b"mark-two:", b"mark-three:"):
        case("offset-exe", {"a.ndb": ndb([(o, hx(mark)) for o in EXE_OFFSETS], target)}, exe)
    case("offset-exe", {"a.ndb": ndb([(o, hx("mark-") + "{2-4}" + hx("e:")) for o in EXE_OFFSETS],
                                     target)}, exe)
    case("offset-exe", {"a.ndb": ndb([(o, hx("mark-") + "*" + hx("mark-three:"))
                                      for o in EXE_OFFSETS], target)}, exe)
    case("offset-exe", {"a.ndb": ndb([(o, "11[0-3]" + hx("mark-")) for o in EXE_OFFSETS
                                      if not o.startswith("SE")], target)}, exe)
for o in ("EP*5", "EP5", "S+5", "S1", "S1-5", "Sx+5", "SL-5", "SL", "SEx", "S1+", "SE0,x", "EP+x"):
    case("offset-exe-bad", {"a.ndb": ndb([(o, hx("mark-"))], 1)}, PES[0])
for target in (0, 2, 3, 5, 7, 10):
    case("offset-exe-bad", {"a.ndb": ndb([("EP+0", hx("mark-"))], target)}, PES[0])
MACHO = makers.macho(section_bytes(MARKS[0], 16, 600), 16)
case("offset-macho", {"a.ndb": ndb([(o, hx("mark-one:")) for o in EXE_OFFSETS], 9)}, MACHO)
BROKEN = b"MZ" + b"\0" * 58 + b"\xff\xff\0\0" + b"mark-one:" + b"\x22" * 400
case("offset-broken-exe", {"a.ndb": ndb([(o, hx("mark-one:")) for o in EXE_OFFSETS], 1),
                           "b.ndb": "G.All:0:*:%s\nG.End:0:EOF-409:%s\n" % (hx("mark-one:"), hx("mark-one:"))},
     BROKEN)
RESOURCE = makers.version_resource(2 * makers.SECTION_ALIGN,
                                   [("CompanyName", "House of Geckos"), ("ProductName", "Wall")])
VERSIONED = makers.pe([(b".text", section_bytes(MARKS[0], 16, 512)), (b".rsrc", RESOURCE)], 0, 16,
                      resource=1)


def wide(text):
    return text.encode("utf-16le").hex()


case("offset-version", {"a.ndb": ndb([
    ("VI", wide("CompanyName")), ("VI", wide("ProductName") + "0000" + wide("Wall")),
    ("VI", wide("CompanyName") + "0000" + "0000" + wide("House")),
    ("VI", wide("CompanyName") + "0000" + wide("House")), ("VI", wide("Name")), ("VI", wide("House")),
    ("VI", wide("StringFileInfo")), ("VI", wide("CompanyNome")), ("*", wide("CompanyName")),
    ("VI", "43??6f006d00"), ("VI,5", wide("CompanyName"))], 1)}, VERSIONED)

# ---- Wildcards --------------------------------------------------------------------------------
TEXT = "abcdefghij0123456789klmnopqrst"
T = blob(TEXT)


def h(*parts):
    """Text in hex; what begins with a wildcard's sign stays."""
    return "".join(p if p[0] in "*?{[(!~" and len(p) > 1 or p == "*" else hx(p) for p in parts).replace("~", "")


WILD = [
    [h("ab", "??", "de"), h("ab", "????", "ef"), h("ab", "??", "ef"), h("abc", "??????", "ghij"),
     "6162?364", "61626?64", "6162?464", "61627?64", "??6162", "????????6162", "6162????", "6162" + "??" * 60,
     "f?6162", "?36162", "f36162??", "?f6162", "6162??????????????????????????????????6768"],
    [h("ab", "*", "st"), h("st", "*", "ab"), h("ab", "*", "ab"), h("ab", "*", "cd"), h("abc", "*", "cde"),
     h("ab", "*", "01", "*", "st"), h("ab", "*", "st", "*", "01"), h("ab", "*", "de", "*", "fg", "*", "hi"),
     h("abcd", "*", "bcde")],
    [h("ab", "{1}", "de"), h("ab", "{2}", "de"), h("ab", "{0}", "cd"), h("ab", "{0}", "st"), h("ab", "{3}", "fg"),
     h("ab", "{26}", "st"), h("ab", "{127}", "st"), h("ab", "{128}", "st"), "{2}6162", "6162{2}", "{1}6162{1}",
     h("ab", "{1}", "de", "{2}", "hi"), h("ab", "{01}", "de")],
    [h("ab", "{-1}", "de"), h("ab", "{-2}", "de"), h("ab", "{-1}", "ef"), h("ab", "{-26}", "st"),
     h("ab", "{-25}", "st"), h("ab", "{1-}", "de"), h("ab", "{2-}", "de"), h("ab", "{26-}", "st"),
     h("ab", "{27-}", "st"), h("ab", "{1-1}", "de"), h("ab", "{0-1}", "de"), h("ab", "{0-1}", "cd"),
     h("ab", "{0-0}", "st"), h("ab", "{-}", "st"), h("ab", "{}", "st"), h("ab", "{2-1}", "de"),
     h("ab", "{1-2}", "cd"), h("ab", "{0-3}", "bc"), h("ab", "{-0}", "st"), h("ab", "{1-0}", "st"),
     h("ab", "{1-0}", "cd")],
    [h("ab", "{1-3}", "de", "{1}", "gh"), h("ab", "{1}", "de", "{1-3}", "gh"), h("ab", "{1-3}", "de", "{2}", "gh"),
     h("ab", "*", "de", "{1}", "gh"), h("ab", "{1}", "de", "*", "gh"), h("ab", "{1-2}", "de", "*", "st"),
     h("ab", "*", "gh", "{2-9}", "01"), h("ab", "{1-9}", "01", "{-8}", "89", "{9-}", "st")],
    [h("ab", "{1-3}", "??", "de"), "6162{1-2}6?6667", h("ab", "{1-2}", "6?65", "66"),
     "6162??{1-2}6667", h("ab", "??", "*", "??", "st"), h("ab", "*", "????", "st")],
]
for rows in WILD:
    case("wildcard", {"a.ndb": ndb(rows)}, T)
    case("wildcard", {"a.ndb": ndb(rows)}, blob(TEXT * 2))
    case("wildcard", {"a.ndb": ndb([("8", r) for r in rows])}, T)
    case("wildcard", {"a.db": "".join("D.%d=%s\n" % (i + 1, r) for i, r in enumerate(rows))}, T)
REPEAT = blob("ab" * 20 + "cd" + "ef" * 20 + "gh")
case("wildcard", {"a.ndb": ndb([h("cd", "{-3}", "ef"), h("abcd", "{38-38}", "gh"), h("abab", "*", "cd"),
                                h("ef", "{1-2}", "ef", "{1-2}", "ef"), h("ab", "{2-4}", "cd", "*", "gh"),
                                h("ef", "{-0}", "gh")])}, REPEAT)

# ---- One byte near the rest: [x-y] ------------------------------------------------------------
NEAR = [
    ["6162[0-0]63", "6162[0]63", "6162[1]64", "6162[1-3]64", "6162[2-3]64", "6162[0-32]74", "6162[0-27]74",
     "6162[0-26]74", "6162[1-2]?4", "6162[2-3]?4", "6162[0-1]6?", "6162[0-1]9?", "6162[0-1]??"],
    ["61[0-0]6263", "61[0]6263", "61[1-3]6364", "61[2-3]6364", "61[0-8]686930", "?1[1-2]6465", "?1[2-2]6465",
     "9?[1-2]6465", "??[1-2]6465", "61[0-32]6970", "6a[0-9]6b6c", "6a[0-10]6b6c"],
    ["61[1-1]6364[1-1]66", "61[1-1]6364[2-2]66", "62[0-4]6364[0-4]67", "61[0-0]6263??6566[0-3]68"],
]
for rows in NEAR:
    case("near", {"a.ndb": ndb(rows)}, T)
    case("near", {"a.ndb": ndb([(str(o), r) for r in rows for o in (8, 9, 10)])}, T)
    case("near", {"a.ndb": ndb([("EOF-%d,3" % (len(T) - 9), r) for r in rows])}, T)
case("near", {"a.ndb": ndb(["6162[1-9]63"])}, blob("ab"))
case("near", {"a.ndb": ndb(["01[0-2]0203f0", "00[0-2]0102", "99[0-2]0001"])}, T)
GAPNEAR = ["6162[1-2]65*6768", "6162[3-6]68*6768", "6162[3-6]69{-5}6768", "6162*66[0-1]6768",
           "61626364*64[1-3]6768", "61626364*63[1-5]6768", "6162{3-9}66[0-1]6768",
           "6162{3-9}62[1-9]6768", "6162{3-9}61[0-9]6768", "6162{-3}62[0-4]6566", "6162[0-9]67{2-4}6667",
           "6162[0-3]66{2-4}6667", "6162[6-9]70{2-4}6667"]
for row in GAPNEAR:
    case("near-gap", {"a.ndb": ndb([row])}, T)
    case("near-gap", {"a.ndb": ndb([row])}, blob("ab??" + TEXT))

# ---- Alternates -------------------------------------------------------------------------------
ALT = [
    ["6162(63|78)64", "6162(78|79)64", "6162(63)64", "6162!(63)64", "6162!(78)64", "6162!(78|79)64",
     "6162!(63|79)64", "(61|78)6263", "!(61|78)6263", "6263(64|65)", "6263!(64|65)", "(61|62)6364(65|66)"],
    ["6162(6364|7879)65", "6162(7778|7879)65", "6162!(6364|7879)65", "6162!(7778|7879)65", "6162(6364)65",
     "6162!(6364)65", "(6162|7879)6364", "!(6162|7879)6364", "!(f2f3|7879)6162", "!(7778|7879)6162",
     "7374(fefd|7879)", "7374!(fefd|7879)", "7374!(7778|7879)"],
    ["6162(63|636465)66", "6162(63|636465)64", "6162(636465|63)64", "6162(63|6364|636465)6566",
     "6162(63|)64", "6162(64|)63", "6162(63|78|)64", "6162(|63|6465)64"],
    ["6162(6?|78)64", "6162(7?|?4)64", "6162(??|7879)64", "6162(?3|78)64", "6162(??64|78)65", "6162(6364??|78)66",
     "(6?|78)6263", "(??62|7879)6364"],
    ["6162(63(64|78)65|79)66", "6162(63(78|79)65|79)66", "6162(63(64|7879)65|79)66", "6162((63|78)64|79)65",
     "6162(63(64|78)|79)65", "6162(79|63(64|78)65)66", "6162(79|63(64|78)65|7a)66",
     "6162((63|78)(64|79)|7a)65", "6162(((63|7879)64|7a)65|7b)66"],
    ["6162(6364|65)*6768", "6162*6667(6869|68)69", "6162{1-3}(64|6465)6566",
     "6162(63|6364){1-3}6566", "6162(63{1}65|78)66", "6162(78|63{2}66)67"],
    ["(61|62)6364(65|66)*(70|71)7273", "6162(63|64){2-4}6667(68|69)6a", "6162?3(64|7879)?566"],
]
for rows in ALT:
    case("alternate", {"a.ndb": ndb(rows)}, T)
    case("alternate", {"a.ndb": ndb(rows)}, blob("abcabcdxabcdefab" + TEXT[::-1]))
    case("alternate", {"a.ndb": ndb([("8", r) for r in rows])}, T)

# What the peer's filter refuses for some targets: too little before a group it cannot enter.
for target in range(0, 13):
    for body in ("41(4243|44)4546", "4142(4243|44)4546", "(4142|4344)4546", "41(B)4243", "41(4?|44)4243",
                 "41(43|44)4243", "??(4243|44)4546", "????(4243|44)4546", "??41(4243|44)4546", "(41|42)??(43|4445)4546",
                 "????4142", "??" * 260 + "4142", "!(B)4142", "(B)4142(4344|45)46"):
        case("filter", {"a.ndb": ndb([body], target)}, blob("ABCDEFGH"))

# ---- Edges ------------------------------------------------------------------------------------
EDGE_BYTES = [" ", "-", "/", "_", "\n", "\r", "\r\n", "\"", "'", "=", ">", ".", "<", "@", "a", "Z", "5", "\0",
              "\x80", ",", "(", "\t", "\n\r"]
EDGES = ["(B)6162", "6162(B)", "(B)6162(B)", "!(B)6162", "6162!(B)", "(L)6162", "6162(L)", "(L)6162(L)", "!(L)6162",
         "6162!(L)", "(W)6162", "6162(W)", "(W)6162(W)", "!(W)6162", "6162!(W)", "7878(B)6162", "7878!(B)6162",
         "6162(B)79", "6162!(B)79", "6162(L)79", "6162!(L)79", "6162(W)79", "6162!(W)79", "7878(L)6162",
         "6162(B)(B)79", "6162(L)(W)", "6162(W)(L)", "(B)(W)6162", "7878!(L)6162", "7878(W)6162"]
for c in EDGE_BYTES:
    case("edge", {"a.ndb": ndb(EDGES + [e.replace("7878", "78") for e in EDGES if "7878" in e], 2)}, makers.OLE2 + blob("xxx" + c + "ab" + c + "yyy"))
    case("edge", {"a.ndb": ndb([e.replace("6162", "616263") for e in EDGES])}, blob("xxx" + c + "abc" + c + "yyy"))
for start in ("", "x", "\n"):
    for end in ("", "y", "\n", "\r\n", "\r"):
        case("edge-of-file", {"a.ndb": ndb([e.replace("6162", "616263ff") for e in EDGES])},
             (start + "abc\xff" + "Q" * 9 + "abc\xff" + end).encode("latin1"))
case("edge-gap", {"a.ndb": ndb(["616263(B)*(B)676869", "616263(W){1-9}676869", "616263*(W)676869(W)",
                               "616263(L)*676869", "61[0-3](B)626364", "616263(B)[1-3]67", "616263(B)[0-3]20"])},
     blob("abc def ghi\nabc\r\nghi"))

# ---- Targets ----------------------------------------------------------------------------------
FILES = {"pe": PES[0] + b"marker-7", "elf": ELFS[0] + b"marker-7", "gif": makers.GIF + b"marker-7",
         "png": makers.PNG + b"marker-7", "pdf": makers.PDF + b"marker-7\n%%EOF\n",
         "java": makers.JAVA + b"marker-7", "macho": MACHO + b"marker-7",
         "text": b"just a little plain text, some words to read\nmarker-7\n" * 3,
         "html": b"<html><head><title>t</title></head><body>marker-7</body></html>\n",
         "binary": blob("marker-7")}
for kind in sorted(FILES):
    rows = "".join("T.%s:%s:*:%s\n" % ("any" if t == "*" else t, t, hx("marker-7")) for t in
                   ["*"] + list(range(16)) + [99])
    case("target", {"a.ndb": rows}, FILES[kind])

# ---- Lines that are refused, or passed over ---------------------------------------------------
BAD = ["4", "41", "4142", "41424", "41424g", "414243 44", "41??43", "????", "414243*", "*414243", "414243**4445",
       "414243*44", "414243{2-3}44", "414243{2", "414243{x}4445", "414243{2-x}4445", "414243{1-2-3}4445", "414243(44",
       "414243()44", "414243)44", "414243(44|4g)45", "414243(|44)45", "414243(444|555)46", "414243!(44|4546)47",
       "414243!(4?|45)47", "414243!44", "414243(44*45|46)47", "414243(44{2-3}45|46)47", "(41)(42)", "414243[1-2]",
       "414243[2-1]44", "414243[1-33]44", "414243[x]44", "414243[1-244", "41[1-2]42", "414243[1-2]4445",
       "43[1-2]4142[1-2]44[1-2]45", "(B)", "4(42)434445", "414243(!(44|45)46|47)48", "414243((44|45)46|47",
       "41 4243", "414243{2-3}{2-3}4445", "41?g43", "(((((((((((((((((41|42)))))))))))))))))4344", "414243\t",
       "414243(44|45))46", "(4142|43)44", "414243{-", "414243}44", "414243]44", "", "0000", "000000", "0000??0000"]
for body in BAD:
    case("bad-hex", {"a.ndb": ndb([body])}, blob("ABCDEFGH"))
for line in ["", "N:0:*", "N:0:*:414243:1:2:3", ":0:*:414243", "N:x:*:414243", "N:-1:*:414243", "N:0:*:414243:x",
             "N:0:*:414243:1:x", "N::*:414243", "N:0:*:414243:", "N:0:*:414243::", "N:15:*:zz", "N:99:zz:zz",
             "N:0:*:zz:999", "N:0:*:zz:1:20", "N (Clam)x:0:*:414243", " (Clam):0:*:414243", "N:*:*:414243",
             "N:00:*:414243", "N:0:*:414243 ", " N:0:*:414243", "N;0;*;414243", "N:0:*:414243:20:999"]:
    case("bad-line", {"a.ndb": "G.One:0:*:414243\n" + line + "\nG.Two:0:*:444546\n"}, blob("ABCDEFGH"))
for line in ["", "N", "N=", "N=4142", "=414243", "N==414243", "N=414243=44", "N:0:*:414243", "N (Clam)=414243", "#N=4"]:
    case("bad-line", {"a.db": "G.One=414243\n" + line + "\nG.Two=444546\n"}, blob("ABCDEFGH"))
for text in ["", "#only a comment\n", "\n", "G.One:0:*:414243", "G.One:0:*:414243\r\n", "G.One:0:*:414243\r\r\n",
             "#c\n#d\nG.One:0:*:414243\n", "G.One:0:*:414243\n\n", "G.One:0:*:" + "41" * 4000 + "\n"]:
    case("bad-file", {"a.ndb": text}, blob("ABCDEFGH" + "A" * 5000))

# ---- Hashes -----------------------------------------------------------------------------------
BODY = blob("a file whose hash is known")
MD5, SHA1, SHA256 = (hashlib.new(a, BODY).hexdigest() for a in ("md5", "sha1", "sha256"))
N = len(BODY)
for ext in ("hdb", "hsb"):
    case("hash", {"a." + ext: "H.1:%d:X\n" % N}, BODY)
    for algo in (MD5, SHA1, SHA256):
        case("hash", {"a." + ext: "%s:%d:H.1\n" % (algo, N)}, BODY)
        case("hash", {"a." + ext: "%s:%d:H.1\n" % (algo.upper(), N)}, BODY)
        case("hash", {"a." + ext: "%s:%d:H.1\n" % (algo, N + 1)}, BODY)
        case("hash", {"a." + ext: "%s:*:H.1:73\n" % algo}, BODY)
        case("hash", {"a." + ext: "%s:%d:H.1\n" % (algo[:-1] + ("0" if algo[-1] != "0" else "1"), N)}, BODY)
    case("hash", {"a." + ext: "".join("%s:%d:H.%d\n" % (a, N, i) for i, a in enumerate((MD5, SHA1, SHA256)))}, BODY)
for line in ["%s:%d", "%s:%d:A:1:300:x", "%s:0%.0s:A", "%s:%.0s:A", "%s:%dx:A", "%s:4294967295%.0s:A", "%s:*%.0s:A",
             "%s:*%.0s:A:72", "%s:*%.0s:A:x", "0%s:%d:A", "zz%s:%d:A", "%s:%d:", "%s:%d: (Clam)", "", "%s;%d;A",
             "%s:-%d:A", "%s:%d:A:999", "what:ever:A:999", "%s:%d:A:1:20", "%s:%d:A:x", "%s:%d:A:1:x", "%s:%d:A:1:999",
             "%s:0%d:A", "%s:%d:A (Clam)", "%s:4294967294%.0s:A"]:
    line = line % (MD5, N) if line.count("%") >= 2 else line
    case("hash-line", {"a.hdb": "%s:%d:G.One\n%s\n" % (SHA256, N, line)}, BODY)
case("hash", {"a.hdu": "%s:%d:PUA.One\n" % (MD5, N), "b.hdb": "%s:%d:G.Two\n" % (SHA1, N)}, BODY)
case("hash", {"a.HDB": "%s:%d:G.One\n" % (MD5, N)}, BODY)

for k, exe in enumerate(PES):
    at = 0x400
    for i, n in enumerate([[1024, 512, 1024], [512, 512, 512], [512]][k]):
        raw = exe[at:at + n]
        at += n
        for algo in ("md5", "sha1", "sha256"):
            d = hashlib.new(algo, raw).hexdigest()
            case("section-hash", {"a.mdb" if algo == "md5" else "a.msb":
                                  "%d:%s:M.right\n%d:%s:M.size\n*:%s:M.any:73\n%d:%s:M.other\n"
                                  % (n, d, n + 512, d, d, n, hashlib.new(algo, b"x").hexdigest())}, exe)
for line in ["%d:%s", "0:%.0d%s:A", "*:%.0d%s:A", "%s:%d:A", "a:b", "", "%d:%sx:A"]:
    line = line % (512, MD5) if line.count("%") >= 2 and line[:3] != "%s:" else line
    case("section-hash-line", {"a.mdb": "512:%s:M.one\n%s\n" % (MD5, line)}, PES[0])

# ---- Allow lists ------------------------------------------------------------------------------
HIT = {"a.ndb": "G.One:0:*:%s\n" % hx("whose hash")}
for ext, algo in (("fp", MD5), ("fp", SHA1), ("sfp", SHA1), ("sfp", SHA256), ("fp", SHA256)):
    case("allow", dict(HIT, **{"b." + ext: "%s:%d:W\n" % (algo, N)}), BODY)
    case("allow", dict(HIT, **{"b." + ext: "%s:%d:W\n" % (algo, N + 1)}), BODY)
    case("allow", dict(HIT, **{"b." + ext: "%s:*:W:73\n" % algo}), BODY)
case("allow", {"a.hdb": "%s:%d:G.One\n" % (MD5, N), "b.fp": "%s:%d:W\n" % (SHA1, N)}, BODY)
case("allow", {"a.hdb": "%s:%d:G.One\n" % (MD5, N), "b.fp": "%s:%d:W\n" % (MD5, N)}, BODY)
case("allow", dict(HIT, **{"b.fp": "%s:%d\n" % (MD5, N)}), BODY)
case("allow", dict(HIT, **{"b.fp": "%s:*:W\n" % MD5}), BODY)

# ---- Ignored names ----------------------------------------------------------------------------
TWO = "G.One:0:*:%s\nG.Two:0:*:%s\n" % (hx("whose hash"), hx("is known"))
LINE1 = hashlib.md5(TWO.split("\n")[0].encode()).hexdigest()
LINE2 = hashlib.md5(TWO.split("\n")[1].encode()).hexdigest()
for ext in ("ign2", "ign"):
    for text in ["G.One\n", "G.One\nG.Two\n", "G\n", "G.\n", "G.One.\n", "G.One.UNOFFICIAL\n", "G.*\n", "g.one\n",
                 "# c\nG.One\r\n", "x:1:G.One\n", "x:y:G.Two\n", "G.One:%s\n" % LINE1, "G.One:%s\n" % LINE2,
                 "G.One:%s\nG.Two:%s\n" % (LINE1, LINE2), "G.One:%s\n" % LINE1.upper(), "G.One:12\n", "G.One:\n",
                 "\n", "", "a:b:c:d\n", "a:b:\n", "G.One", "#only\n", " G.One\n", ":%s\n" % LINE1]:
        case("ignore", {"a.ndb": TWO, "b." + ext: text}, BODY)
for name in ("A", "AB", "ABC", "G.One.UNOFFICIAL", "G.One.{12}", "G.One.{a}.{b}", "G.One}", "G.{1}x", "{}", "A.{1}"):
    case("ignore", {"a.db": "%s=%s\nG.Two=%s\n" % (name, hx("whose hash"), hx("is known")), "b.ign2": "G.One\nA\nAB\n"},
         BODY)
for ext, line in (("hdb", "%s:%d:G.H" % (MD5, N)), ("fp", "%s:%d:G.H" % (MD5, N))):
    case("ignore", {"a." + ext: line + "\n", "a.ndb": TWO, "b.ign2": "G.H\n"}, BODY)
case("ignore", {"a.hdb": "%s:%d:G.H (Clam)\n" % (MD5, N), "b.ign2": "G.H\n"}, BODY)
case("ignore", {"a.hdb": "%s:%d:G.H (Clam)\n" % (MD5, N), "b.ign2": "G.H (Clam)\n"}, BODY)
case("ignore", {"a.hdb": "%s:%d:G.H\n" % (MD5, N), "b.ign2": "G.H:%s\n" % hashlib.md5(b"%s:%d:G.H" % (MD5.encode(), N)).hexdigest()}, BODY)

# ---- Mixed and random -------------------------------------------------------------------------
R = random.Random(20260401)


def random_pattern(data, near):
    """A pattern made from bytes of data, with wildcards of all kinds; near: sometimes spoilt."""
    at = R.randrange(0, max(1, len(data) - 60))
    out = ""
    i = at
    for part in range(R.choice((1, 1, 2, 2, 3))):
        if part:
            skip = R.randrange(0, 8)
            kind = R.randrange(5)
            lo, hi = R.randrange(0, skip + 1), skip + R.randrange(0, 4)
            out += ["*", "{%d}" % skip, "{-%d}" % hi, "{%d-}" % lo, "{%d-%d}" % (lo, hi)][kind]
            i += skip
        n = R.randrange(3, 12)
        fixed = R.randrange(0, n - 1)
        for k in range(n):
            b = data[i] if i < len(data) else 0
            i += 1
            if k in (fixed, fixed + 1):
                out += "%02x" % b
                continue
            kind = R.randrange(14)
            other = R.randrange(256)
            if kind == 0:
                out += "??"
            elif kind == 1:
                out += "%x?" % (b >> 4)
            elif kind == 2:
                out += "?%x" % (b & 15)
            elif kind == 3:
                out += "(%s)" % "|".join(R.sample(["%02x" % b, "%02x" % other, "%02x" % (other ^ 1)], 3))
            elif kind == 4:
                out += "!(%02x|%02x)" % (other, other ^ 7)
            elif kind == 5 and k > 1 and i < len(data):
                c = data[i]
                i += 1
                out += "(%s)" % "|".join(R.sample(["%02x%02x" % (b, c), "%02x%02x" % (other, b), "%02x%02x" % (c, b)], 3))
            elif kind == 6 and k > 1 and i < len(data):
                c = data[i]
                out += "(%s)" % "|".join(R.sample(["%02x" % b, "%02x%02x" % (b, c), "%02x??%02x" % (other, c)], 3))
            else:
                out += "%02x" % b
    if near and R.randrange(3) == 0:
        k = R.randrange(len(out))
        if out[k] in "0123456789abcdef" and "{" not in out[max(0, k - 5):k]:
            out = out[:k] + "%x" % R.randrange(16) + out[k + 1:]
    place = R.randrange(6)
    offset = ["*", "*", str(at), "%d,%d" % (max(0, at - R.randrange(5)), R.randrange(8)),
              "EOF-%d" % (len(data) - at), "EOF-%d,%d" % (len(data) - at + R.randrange(5), R.randrange(8))][place]
    return offset, out


for _ in range(80):
    data = bytes([0, 1, 2]) + bytes(R.choice((R.randrange(256), R.choice(b"abc \n\r"))) for _ in range(R.randrange(80, 400)))
    case("random", {"a.ndb": ndb([random_pattern(data, True) for _ in range(12)])}, data)
for _ in range(40):
    data = bytes([0, 255, 2]) + b"".join(R.choice((b"gecko", b"wall", b"ab", b"\r\n", b" ", b"house", b"\0")) for _ in range(60))
    case("random", {"a.ndb": ndb([random_pattern(data, True) for _ in range(12)])}, data)
ALPHABET = ["41", "42", "4?", "?1", "??", "*", "{2}", "{1-3}", "{-2}", "{3-}", "(41|42)", "!(43)", "(4142|43)", "(B)", "(W)",
            "(L)", "!(W)", "[1-2]", "(", ")", "|", "!", "4", "{", "}", "(4?|41)"]
for _ in range(60):
    body = "".join(R.choice(ALPHABET) if R.randrange(3) else R.choice(ALPHABET[:2]) for _ in range(R.randrange(2, 9)))
    case("random-syntax", {"a.ndb": ndb([body])}, blob("ABAB AABBA\r\nABC BAAB1A2B"))
