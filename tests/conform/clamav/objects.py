"""What is found in objects inside others: unpacking, allow lists, order of findings, Container and Intermediates, YARA."""
import hashlib
import zipfile

import containers
import makers
import patterns
from kit import blob, case, cases, hx, ldb

GECKO = blob("a gecko in here")
WALL = blob("a wall in here")
RULES = "R.1:0:*:%s\nR.2:0:*:%s\nR.3:0:0:%s\nR.4:0:*:504b0304\n" % (hx("a gecko in"), hx("a wall in"), hx(GECKO[:12]))
INNER = [("gecko.bin", GECKO), ("wall.bin", WALL)]


def pack(kind, data, name="gecko.bin"):
    if kind == "zip":
        return containers.zipped([(name, data)])
    if kind == "stored":
        return containers.zipped([(name, data)], zipfile.ZIP_STORED)
    if kind == "gz":
        return containers.gzipped(data)
    if kind == "tar":
        return containers.tarred([(name, data)])
    if kind == "cpio":
        return containers.cpio([(name, data)])
    if kind == "mail":
        return containers.mail([(name, "application/octet-stream", "base64", data)])
    raise AssertionError(kind)


PACKERS = ["zip", "stored", "gz", "tar", "cpio", "mail"]
SINGLE = [pack(k, GECKO) for k in PACKERS]
MANY = [containers.zipped(INNER), containers.zipped(INNER, zipfile.ZIP_STORED), containers.tarred(INNER), containers.cpio(INNER),
        containers.tarred(INNER, 1), containers.mail([(n, "application/octet-stream", "base64", d) for n, d in INNER]),
        containers.ar(INNER), containers.gzipped(containers.tarred(INNER))]
cases("unpack", {"a.ndb": RULES}, SINGLE + MANY + [pack(a, pack(b, GECKO)) for a in PACKERS[:5] for b in PACKERS])
cases("unpack", {"a.ndb": RULES}, [
    containers.zipped([]), containers.zipped([("a", b"")]), containers.zipped([("d/", b""), ("d/x", GECKO)]), MANY[0][:-30], MANY[0][:60],
    MANY[2][:900], containers.gzipped(GECKO)[:-9], containers.gzipped(GECKO) + containers.gzipped(WALL), b"MZ" + b"x" * 200 + MANY[0],
    GECKO + MANY[0], patterns.PES[0] + MANY[0], containers.zipped([("../gecko", GECKO)]), containers.gzipped(GECKO, b"gecko.bin") + b"tail",
    containers.mail([("a.bin", "application/octet-stream", "quoted-printable", GECKO)]),
    containers.mail([("a.bin", "application/octet-stream", "8bit", b"a gecko in text\r\n")]),
    containers.mail([(None, "text/plain", "7bit", b"a wall in a letter\r\n"), ("a.zip", "application/zip", "base64", MANY[0])]),
    containers.simple_mail(b"a gecko in the letter itself\r\n", "text/plain"),
    containers.simple_mail(b"<html><body>a gecko in a page</body></html>\r\n")])
HASHED = {"a.hdb": "%s:%d:H.1\n" % (hashlib.md5(GECKO).hexdigest(), len(GECKO)),
          "b.hsb": "%s:%d:H.2\n%s:*:H.3:73\n" % (hashlib.sha256(WALL).hexdigest(), len(WALL), hashlib.sha1(MANY[0]).hexdigest())}
cases("unpack-hash", HASHED, SINGLE + MANY + [GECKO, WALL])
KINDS_OF_FILES = [patterns.FILES[k] for k in sorted(patterns.FILES)] + [
    containers.simple_mail(b"a letter\r\n", "text/plain"), containers.mail([("a.bin", "application/octet-stream", "base64", GECKO)]), b"%!PS-Adobe-3.0\nshow\n" * 5,
    b"{\\rtf1\\ansi a letter in this old form}\n" * 3, makers.OLE2, b"#!/bin/sh\necho gecko\n" * 3, "ein Wort mit \u00e4\n".encode() * 20, "gecko words\n".encode("utf-16") * 9,
    b"<?php echo 'gecko'; ?>\n" * 5, b"var gecko = function () { return 'wall'; };\n" * 5, b"", b"tiny"]
for data in KINDS_OF_FILES:
    digests = {"a.hsb": "%s:%d:H.sha256\n%s:*:H.any:73\n" % (hashlib.sha256(data).hexdigest(), len(data) or 1, hashlib.sha1(data).hexdigest())}
    cases("hash-kind", digests, [data] + ([containers.zipped([("x", data)])] if data else []))
PE = patterns.PES[0]
MARKED = {"a.mdb": "1024:%s:M.1\n" % hashlib.md5(PE[0x400:0x800]).hexdigest(), "b.ndb": "R.1:1:EP+0:%s\nR.2:1:S1+0:%s\nR.3:1:EOF-10:22\nR.4:0:1040:%s\n" % (
    (hx("mark-one"), hx("mark-two"), hx("mark-one")))}
MARKED["b.ndb"] = MARKED["b.ndb"].replace("EOF-10:22", "EOF-10:222222")
cases("unpack-exe", MARKED, [PE] + [pack(k, PE) for k in PACKERS] + [blob("x" * 50) + PE, PE + PE])
for target, data in ((3, patterns.FILES["html"]), (5, patterns.FILES["gif"]), (7, patterns.FILES["text"]), (10, patterns.FILES["pdf"]), (6, patterns.FILES["elf"])):
    cases("unpack-target", {"a.ndb": "R.0:0:*:%s\nR.1:%d:*:%s\nR.2:1:*:%s\n" % (hx("marker-7"), target, hx("marker-7"), hx("marker-7"))},
          [pack(k, data) for k in PACKERS])

# ---- Where an object lies ---------------------------------------------------------------------
NESTED = [GECKO, pack("zip", GECKO), pack("gz", GECKO), pack("tar", GECKO), pack("mail", GECKO), pack("zip", pack("tar", GECKO)), pack("tar", pack("zip", GECKO)),
          pack("gz", pack("tar", GECKO)), pack("zip", pack("zip", pack("gz", GECKO))), pack("tar", pack("gz", pack("zip", GECKO))), pack("cpio", GECKO),
          pack("mail", pack("zip", GECKO))]
ABOUT = "Engine:81-255,%s,Target:0"
ONE = "0;" + hx("a gecko in")
cases("ldb-place", {"a.ldb": ldb([(ABOUT % ("Container:CL_TYPE_" + t), ONE) for t in
                                 ("ANY", "ZIP", "GZ", "POSIX_TAR", "OLD_TAR", "MAIL", "CPIO_NEWC", "RAR", "BINARY_DATA", "TEXT_ASCII", "MSEXE")])}, NESTED)
cases("ldb-place", {"a.ldb": ldb([(ABOUT % ("Intermediates:" + ">".join("CL_TYPE_" + t for t in ts)), ONE) for ts in
                                 (["ZIP"], ["GZ"], ["ANY"], ["ZIP", "POSIX_TAR"], ["POSIX_TAR", "ZIP"], ["ZIP", "ZIP"], ["ZIP", "GZ"], ["ANY", "ZIP"], ["ZIP", "ANY"],
                                  ["ANY", "ANY"], ["ANY", "ANY", "ANY"], ["ZIP", "ZIP", "GZ"], ["ANY", "GZ"], ["GZ", "ANY", "ZIP"], ["MAIL", "ZIP"], ["POSIX_TAR"], ["MAIL"])])},
      NESTED)
cases("ldb-place", {"a.ldb": ldb([(ABOUT % "Container:CL_TYPE_ZIP,Intermediates:CL_TYPE_ZIP", ONE),
                                 (ABOUT % "FileSize:1-40,Container:CL_TYPE_ZIP", ONE), (ABOUT % "FileSize:1-5,Container:CL_TYPE_ZIP", ONE),
                                 (ABOUT % "Container:CL_TYPE_ZIP", "0=0;" + hx("a wall in")), (ABOUT % "FileSize:1-100", "0&1=0;%s;%s" % (hx("a gecko in"), hx("a wall in")))])},
      NESTED)
for text in ("Intermediates:" + ">".join(["CL_TYPE_ZIP"] * n) for n in (15, 16, 17, 18)):
    case("ldb-place", {"a.ldb": ldb([(ABOUT % text, ONE), ONE])}, NESTED[1])
HANDLED = [blob("gecko handler") + b"<html><body>a page: marker-7</body></html>", b"gecko handler text\nmarker-7 in plain words of the text\n" * 3,
           b"gecko handler \x00\x01" + MANY[0], blob("a wall in here")]
for kind in ("HTML", "ZIP", "TEXT_ASCII", "PDF", "MSEXE", "GRAPHICS", "BINARY_DATA", "MAIL", "ANY"):
    cases("ldb-handler", {"a.ldb": "L.1;Engine:81-255,HandlerType:CL_TYPE_%s,Target:0;0;%s\n" % (kind, hx("gecko handler")),
                          "b.ndb": "T.html:3:*:%s\nT.text:7:*:%s\nT.image:5:*:%s\nT.any:0:*:%s\nT.in:0:*:%s\n" % ((hx("marker-7"),) * 4 + (hx("a wall in"),))}, HANDLED)

# ---- Allow lists on inner and outer objects ---------------------------------------------------
LAYERED = [MANY[0], pack("zip", MANY[0], "inner.zip"), GECKO, MANY[2], containers.zipped(INNER[:1])]
BOTH = {"a.ndb": "R.1:0:*:%s\nR.2:0:*:%s\n" % (hx("a gecko in"), hx("a wall in"))}
for trusted in (GECKO, WALL, MANY[0], LAYERED[1], MANY[2], MANY[0][:10]):
    for ext, algo in (("fp", "md5"), ("sfp", "sha256")):
        rules = dict(BOTH, **{"b." + ext: "%s:%d:T\n" % (hashlib.new(algo, trusted).hexdigest(), len(trusted))})
        cases("allow-inner", rules, LAYERED)
cases("allow-inner", dict(HASHED, **{"c.fp": "%s:%d:T\n" % (hashlib.md5(WALL).hexdigest(), len(WALL))}), LAYERED)
cases("allow-inner", {"a.cdb": "C.1:CL_TYPE_ZIP:*:gecko:*:*:*:*:*:*\n", "b.fp": "%s:%d:T\n" % (hashlib.md5(GECKO).hexdigest(), len(GECKO))}, LAYERED[:2])
cases("allow-inner", {"a.cdb": "C.1:CL_TYPE_ZIP:*:gecko:*:*:*:*:*:*\n", "b.fp": "%s:%d:T\n" % (hashlib.md5(MANY[0]).hexdigest(), len(MANY[0]))}, LAYERED[:2])
cases("allow-inner", {"a.ldb": ldb(["0;" + hx("a gecko in")]), "b.fp": "%s:%d:T\n" % (hashlib.md5(GECKO).hexdigest(), len(GECKO))}, LAYERED)
cases("allow-inner", {"a.yar": "rule one { strings: $a = \"a gecko in\" condition: $a }\n",
                      "b.sfp": "%s:%d:T\n" % (hashlib.sha1(GECKO).hexdigest(), len(GECKO))}, LAYERED)
SECTION = hashlib.md5(PE[0x400:0x800]).hexdigest()
cases("allow-inner", {"a.mdb": "1024:%s:M.1\n" % SECTION, "b.fp": "%s:1024:T\n" % SECTION}, [PE])
cases("allow-inner", {"a.mdb": "1024:%s:M.1\n" % SECTION, "b.fp": "%s:%d:T\n" % (hashlib.md5(PE).hexdigest(), len(PE))}, [PE, pack("zip", PE)])

# ---- Which name comes first -------------------------------------------------------------------
MD5 = hashlib.md5(GECKO).hexdigest()
KINDS = {"ndb": "N.1:0:*:%s\n" % hx("gecko"), "ldb": "L.1;Engine:81-255,Target:0;0;%s\n" % hx("gecko"), "hdb": "%s:%d:H.1\n" % (MD5, len(GECKO)),
         "hsb": "%s:%d:H.2\n" % (hashlib.sha256(GECKO).hexdigest(), len(GECKO)), "db": "D.1=%s\n" % hx("gecko"),
         "yar": "rule Y1 { strings: $a = \"gecko\" condition: $a }\n", "cdb": "C.1:*:*:gecko:*:*:*:*:*:*\n"}
for a in sorted(KINDS):
    for b in sorted(KINDS):
        if a < b:
            cases("first", {"a." + a: KINDS[a], "b." + b: KINDS[b]}, [GECKO, MANY[0]], "first")
case("first", {"a.ndb": "N.1:0:*:%s\nN.2:0:0:%s\nN.3:0:*:%s\n" % (hx("here"), hx(GECKO[:4]), hx("gecko"))}, GECKO, "first")
case("first", {"a.ndb": "N.1:0:*:%s\nN.2:0:*:%s\n" % (hx("a gecko in"), hx("a wall in"))}, MANY[0], "first")
case("first", {"a.ndb": "N.1:0:*:%s\nN.2:0:*:%s\n" % (hx("a wall in"), hx("a gecko in"))}, MANY[0], "first")
case("first", {"a.ndb": "N.1:0:*:504b0304\nN.2:0:*:%s\n" % hx("a gecko in")}, MANY[0], "first")
case("first", {"a.ndb": "N.2:0:*:%s\n" % hx("a gecko in"), "b.hdb": "%s:%d:H.1\n" % (hashlib.md5(MANY[0]).hexdigest(), len(MANY[0]))}, MANY[0], "first")
case("first", {"a.ndb": "N.1:1:*:%s\nN.2:0:*:%s\n" % (hx("mark-two"), hx("mark-one"))}, PE, "first")
case("first", {"a.ndb": "N.1:1:*:%s\n" % hx("mark-one"), "b.mdb": "1024:%s:M.1\n" % SECTION}, PE, "first")
case("first", {"a.ldb": ldb(["0;" + hx("gecko"), "0;" + hx("here")])}, GECKO, "first")
case("first", {"a.ldb": ldb(["0=0;" + hx("wall"), "0;" + hx("gecko")])}, GECKO, "first")
case("first", {"a.ndb": "N.1:0:*:%s\n" % hx("gecko"), "b.fp": "%s:%d:T\n" % (MD5, len(GECKO))}, MANY[0], "first")
case("first", {"a.ndb": "N.1:0:*:%s\nN.2:0:*:%s\n" % (hx("gecko"), hx("wall")), "b.fp": "%s:%d:T\n" % (MD5, len(GECKO))}, MANY[0], "first")

# ---- YARA rules in clamscan -------------------------------------------------------------------
YARA_FILES = [GECKO, WALL, MANY[0], patterns.FILES["text"], PE, b"A Gecko in PLAIN text, and some words more\n" * 2]
for condition in ("$a", "$a and $b", "$a or $b", "not $a", "$a and not $b", "#a == 1", "#a > 1", "$a at 10", "$a in (0..20)", "@a == 10", "all of them", "any of them", "1 of ($a, $b)",
                  "2 of them", "filesize < 100 and $a", "filesize > 10KB and $a", "for any i in (1..#a) : (@a[i] < 20)", "uint16(0) == 0x5a4d and $m", "$a and uint8(0) == 0",
                  "for all of ($a, $b) : ($)", "true", "false", "$m at 1040", "entrypoint == 1040 and $m"):
    used = [n for n in "abm" if "$" + n in condition or "#" + n in condition or "@" + n in condition or "them" in condition]
    strings = {"a": "$a = \"gecko\"", "b": "$b = \"wall\"", "m": "$m = \"mark-one\""}
    text = "rule Y1 { strings: %s condition: %s }\n" % (" ".join(strings[n] for n in used or ["a"]), condition)
    cases("yara", {"a.yar": text}, YARA_FILES[:5])
for string in ("\"GECKO\" nocase", "\"gecko\" wide", "\"gecko\" ascii wide", "\"gecko\" fullword", "\"geck\" fullword", "{ 67 65 63 6b 6f }", "{ 67 ?? 63 6b }", "{ 67 65 [1-4] 6f }",
               "{ 67 ( 65 | 66 ) 63 6b }", "{ 67 65 [1-] 69 6e }", "/ge[ck]+o/", "/GECKO/i", "/g.cko in/ wide", "\"gecko\" private", "\"gecko\" xor", "/^\\x00/", "/gecko$/", "\"g\"", "\"\\x67ecko\"",
               "{ 6? 65 63 }", "{ 67 65 63 ?? }"):
    cases("yara", {"a.yara": "rule Y1 { strings: $a = %s condition: $a }\n" % string}, [GECKO, YARA_FILES[5], blob("gecko".encode("utf-16le"))])
for text in ("rule Y1 { condition: true }", "rule Y1 { strings: $a = \"gecko\" condition: $b }", "rule Y1 { strings: $a = \"gecko\" }", "rule Y1 {", "import \"pe\" rule Y1 { condition: pe.is_pe }",
             "global rule Y1 { strings: $a = \"gecko\" condition: $a }", "private rule Y0 { strings: $a = \"gecko\" condition: $a } rule Y1 { strings: $a = \"here\" condition: Y0 and $a }",
             "rule Y1 : tag1 tag2 { meta: a = \"b\" strings: $a = \"gecko\" condition: $a }", "rule Y1 { strings: $a = \"gecko\" condition: $a } rule Y1 { strings: $a = \"gecko\" condition: $a }",
             "include \"x.yar\"", "rule Y1 { strings: $a = \"gecko\" condition: extern_name and $a }", "rule Y1 { strings: $a = \"gecko\" $b = \"wall\" condition: $a }",
             "rule Y1 { strings: $a = \"gecko\" condition: $a } rule Y2 { strings: $a = \"here\" condition: $a }"):
    case("yara-file", {"a.yar": text + "\n", "z.ndb": "Z.One:0:*:%s\n" % hx("in here")}, GECKO)
case("yara-file", {"a.yar": "rule Y1 { strings: $a = \"gecko\" condition: $a }\n", "b.ign2": "Y1\n"}, GECKO)
case("yara-file", {"a.yar": "rule Y1 { strings: $a = \"gecko\" condition: $a }\n", "b.ign2": "YARA.Y1\n"}, GECKO)
case("yara-file", {"a.yar": "rule Y1 { strings: $a = \"gecko\" condition: $a }\n"}, GECKO, "full")
EXE_IN_PAGE = b"<html><head><script>var gecko = 'wall';</script></head><body>Hello   WORLD &amp; more</body></html>\n"
for text in ("hello world", "Hello   WORLD", "gecko", "<script", "<SCRIPT", "</body>", "world & more", "&amp;", "var gecko", "'wall'"):
    case("normalise", {"a.ndb": "R.0:0:*:%s\nR.3:3:*:%s\nR.7:7:*:%s\n" % ((hx(text),) * 3)}, EXE_IN_PAGE)
PLAIN = b"Some   PLAIN Text\twith  CAPITALS\r\nand \"quotes\" and more words in it, enough of them\r\n"
for text in ("some plain", "Some   PLAIN", "some   plain", "text\twith", "text with", "capitals\r\nand", "capitals\nand", "capitalsand", "\"quotes\"", "CAPITALS"):
    case("normalise", {"a.ndb": "R.0:0:*:%s\nR.3:3:*:%s\nR.7:7:*:%s\n" % ((hx(text),) * 3)}, PLAIN)
MORE_PAGES = [b"<HTML><BODY onload=\"Gecko()\"><A HREF='http://Wall.Example.net/'>x</A><!-- a comment --></BODY></HTML>\n",
              b"<html><body><script language=\"javascript\">document.write(unescape('%67ecko'));</script></body></html>\n",
              b"<html><body>g&#101;cko &lt;wall&gt; <b>bo</b>ld</body></html>\n"]
for text in ("gecko()", "http://wall.example.net/", "<a href=", "a comment", "unescape", "gecko", "<wall>", "bold", "bo</b>ld", "onload="):
    cases("normalise", {"a.ndb": "R.0:0:*:%s\nR.3:3:*:%s\nR.4:4:*:%s\n" % ((hx(text),) * 3)}, MORE_PAGES)
cases("empty", {"a.ldb": ldb(["0=0;" + hx("gecko")]), "b.ndb": "R.1:0:*:%s\n" % hx("gecko")}, [b"", b"x", b"gecko", b"\0gecko", b"gecko\0\1", b"\n" * 100, makers.GIF])

# ---- Which name comes first: places, targets, views -------------------------------------------
def first(rules, data):
    case("first", rules, data, "first")


def first_of(rows, data):
    first({"a.ndb": "".join("N.%d:%s:%s:%s\n" % ((i + 1,) + row) for i, row in enumerate(rows))}, data)


WILD = "67??636b6f"
for one, two in ((hx("gecko"), hx("gecko")), (hx("gecko"), hx("a gecko")), (hx("a gecko"), hx("gecko")), (hx("gecko in"), hx("gecko")), (hx("gecko"), hx("gecko in")), (hx("here"), WILD),
                 (hx("gecko"), "68??7265"), (WILD, "61??6765636b6f2069"), (WILD, WILD), (WILD, WILD + "20"), (WILD + "20", WILD), ("68??7265", WILD)):
    first_of([(0, "*", one), (0, "*", two)], GECKO)
first_of([(0, "18", hx("here")), (0, "*", hx("gecko"))], GECKO)
first_of([(0, "18", "68??7265"), (0, "*", WILD)], GECKO)
first_of([(0, "EOF-12", hx("re") + "fe"), (0, "*", hx("gecko"))], GECKO)
for one, two in ((hx("mark-two"), "6d61??6b2d6f6e65"), ("6d61??6b2d74776f", hx("mark-one")), (hx("mark-two"), hx("mark-one")), (hx("mark-one"), hx("mark-one"))):
    for targets in ((0, 0), (0, 1), (1, 0), (1, 1)):
        first_of([(targets[0], "*", one), (targets[1], "*", two)], PE)
first_of([(0, "*", hx("here")), (0, "*", WILD)], b"\0\1\2gecko" + b"\0" * 200000 + b"here\0\1")
LOGICAL = "L.%d;Engine:81-255,Target:%d;0;%s\n"
DIGEST = "%s:%d:H.1\n" % (hashlib.md5(PE).hexdigest(), len(PE))
BY_SECTION = "1024:%s:M.1\n" % SECTION
ONE_RULE = "rule Y1 { strings: $a = \"mark-one\" condition: $a }\n"
first({"a.hdb": DIGEST, "a.mdb": BY_SECTION}, PE)
for target in (0, 1):
    first({"a.hdb": DIGEST, "a.ldb": LOGICAL % (1, target, hx("mark-one"))}, PE)
    first({"a.mdb": BY_SECTION, "a.ldb": LOGICAL % (1, target, hx("mark-one"))}, PE)
    first({"a.yar": ONE_RULE, "a.ldb": LOGICAL % (1, target, hx("mark-one"))}, PE)
    first({"a.ndb": "N.1:0:*:%s\n" % hx("mark-two"), "a.ldb": LOGICAL % (1, target, hx("mark-one"))}, PE)
    first({"a.ldb": LOGICAL % (1, target, hx("mark-one")) + LOGICAL % (2, 1 - target, hx("mark-one"))}, PE)
first({"a.yar": ONE_RULE, "a.mdb": BY_SECTION}, PE)
first({"a.db": "D.1=%s\n" % hx("a gecko"), "b.ndb": "N.1:0:*:%s\n" % hx("gecko")}, GECKO)
FIRST_TEXT = b"hello gecko text with some words   here\nmore text words\n" * 3
for raw, view in (("here\nmore", "hello"), ("hello", "words")):
    first_of([(0, "*", hx(raw)), (7, "*", hx(view))], FIRST_TEXT)
first({"a.ndb": "N.7:7:*:%s\n" % hx("hello"), "a.ldb": LOGICAL % (1, 0, hx("gecko"))}, FIRST_TEXT)
first({"a.ndb": "N.7:7:*:%s\n" % hx("hello"), "a.hdb": "%s:%d:H.1\n" % (hashlib.md5(FIRST_TEXT).hexdigest(), len(FIRST_TEXT))}, FIRST_TEXT)
first({"a.ndb": "N.0:0:*:%s\n" % hx("hello"), "a.ldb": LOGICAL % (1, 7, hx("gecko"))}, FIRST_TEXT)
first({"a.cdb": "C.1:*:*:wall:*:*:*:*:*:*\n", "a.ndb": "N.1:0:*:%s\n" % hx("a gecko in")}, MANY[0])
first({"a.cdb": "C.1:*:*:wall:*:*:*:*:*:*\n", "a.ndb": "N.1:0:*:%s\n" % hx("a gecko in")}, MANY[2])
