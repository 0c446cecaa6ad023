"""All other text formats: PUA, .sdb, .imp, .cdb .zmd .rmd, .idb, .ftm, phishing lists, .crb, .cfg, .pwdb, .ioc, names."""
import hashlib
import struct

import containers
import makers
import patterns
from kit import blob, case, cases, hx, ldb

BODY = patterns.BODY
MD5, SHA1, SHA256, N = patterns.MD5, patterns.SHA1, patterns.SHA256, patterns.N
HIT = hx("whose hash")
PE = patterns.PES[0]

# ---- Possibly unwanted applications -----------------------------------------------------------
PUA = {"a.ndu": "PUA.Tool.One:0:*:%s\nPUA.Win.Tool.Two:0:*:%s\nOther.Three:0:*:%s\n" % (HIT, HIT, HIT),
       "b.hdu": "%s:%d:PUA.Game.Four\n" % (MD5, N), "c.hsu": "%s:%d:PUA.Tool.Five\n" % (SHA256, N),
       "d.ldu": "PUA.Tool.Six;Engine:81-255,Target:0;0;%s\nPUA.Toolbox.Seven;Engine:81-255,Target:0;0;%s\n" % (HIT, HIT),
       "e.mdu": "1024:%s:PUA.Section.Eight\n" % hashlib.md5(PE[0x400:0x800]).hexdigest(),
       "f.msu": "1024:%s:PUA.Tool.Nine\n" % hashlib.sha256(PE[0x400:0x800]).hexdigest(), "g.ndb": "G.Ten:0:*:%s\n" % HIT}
for name in sorted(PUA):
    for option in ((), ("pua",), ("pua-only",), ("pua-without",)):
        for data in (BODY, PE):
            if (data == PE) == (name[2] == "m"):
                case("pua", {name: PUA[name], "z.db": "Z.End=%s\n" % HIT}, data, *option)
for option in ((), ("pua",)):
    case("pua", {"a.ndu": "zz\n", "b.ndb": "G.One:0:*:%s\n" % HIT}, BODY, *option)
    case("pua", {"a.NDU": PUA["a.ndu"]}, BODY, *option)

# ---- Self-protection and import hashes --------------------------------------------------------
cases("sdb", {"a.sdb": "S.One:0:*:%s\nS.Two:1:*:%s\nS.Three:0:5:%s\n" % (HIT, hx("mark-one"), HIT)}, [BODY, PE])
for line in ("S.One:0:*", "S.One:0:*:zz", "S.One:99:*:zz", "S.One:0:*:%s:999" % HIT, ""):
    case("sdb", {"a.sdb": "G.One:0:*:%s\n%s\n" % (HIT, line)}, BODY)


def with_imports(libraries):
    """A PE whose second section holds an import table: {library: functions}."""
    rva = 2 * makers.SECTION_ALIGN
    size = 20 * (len(libraries) + 1)
    tables, at = [], size
    for _, functions in libraries:
        tables.append(at)
        at += 4 * (len(functions) + 1)
    names, thunks, heads = b"", b"", b""
    for (library, functions), table in zip(libraries, tables):
        for f in functions:
            if isinstance(f, int):
                thunks += struct.pack("<I", 0x80000000 | f)
            else:
                thunks += struct.pack("<I", rva + at + len(names))
                names += b"\0\0" + f.encode() + b"\0"
                names += b"\0" * (len(names) % 2)
        thunks += struct.pack("<I", 0)
        heads += struct.pack("<IIIII", rva + table, 0, 0, rva + at + len(names), rva + table)
        names += library.encode() + b"\0"
        names += b"\0" * (len(names) % 2)
    data = heads + b"\0" * 20 + thunks + names
    return makers.pe([(b".text", patterns.section_bytes(patterns.MARKS[0], 16, 512)), (b".idata", data)], 0, 16,
                     imports=(1, size))


def import_text(libraries):
    out = []
    for library, functions in libraries:
        stem = library.lower().rsplit(".", 1)
        stem = stem[0] if len(stem) > 1 and stem[1] in ("dll", "ocx", "sys") else library.lower()
        out += ["%s.%s" % (stem, "ord%d" % f if isinstance(f, int) else f.lower()) for f in functions]
    return ",".join(out)


IMPORTS = [[("KERNEL32.dll", ["ExitProcess", "GetTickCount"])],
           [("kernel32.DLL", ["LoadLibraryA"]), ("USER32.dll", ["MessageBoxA", "GetDC"])],
           [("WALL.ocx", ["Climb", 7]), ("gecko.sys", ["Rest"])],
           [("oleaut32.dll", [2, 6]), ("ws2_32.dll", [1, 115])], [("plain", ["One"])]]
for libraries in IMPORTS:
    d = hashlib.md5(import_text(libraries).encode()).hexdigest()
    n = len(import_text(libraries))
    cases("imp", {"a.imp": "%s:%d:I.sized\n%s:*:I.any\n%s:%d:I.wrong\n" % (d, n, d, d, n + 1)}, [with_imports(libraries)])
FIRST = hashlib.md5(import_text(IMPORTS[0]).encode()).hexdigest()
for line in ("%s:*:A" % FIRST, "%s:*:A:90" % FIRST, "%s:*:A:999" % FIRST, "%s:0:A" % FIRST, "%s:x:A" % FIRST, "%s:*" % FIRST, "x:*:A",
             "%s:*:A" % SHA1, "%s:*:A" % SHA256, "", "*:%s:A" % FIRST, "%s:*:" % FIRST, "%s:*:A" % FIRST.upper()):
    case("imp-line", {"a.imp": "%s:1:G.One\n%s\n" % (MD5, line)}, with_imports(IMPORTS[0]))

# ---- Metadata of containers -------------------------------------------------------------------
TEXTS = [("gecko.exe", b"the first member " * 20), ("sub/wall.txt", b"the second"), ("house", b"x" * 333)]
ZIP = containers.zipped(TEXTS)
TAR = containers.tarred(TEXTS)
SECRET = containers.encrypted_zip(b"gecko.exe", b"a secret of the house", b"wall")
ARCHIVES = [ZIP, TAR, containers.gzipped(TEXTS[0][1], b"gecko.exe"), SECRET, containers.zipped([("a.zip", ZIP)]),
            containers.cpio(TEXTS), containers.ar(TEXTS)]


def cdb(*rows):
    out = ""
    for i, r in enumerate(rows):
        fields = dict(kind="*", size="*", name="*", inner="*", real="*", secret="*", pos="*", res1="*", res2="*")
        fields.update(r)
        out += "C.%d:%s\n" % (i + 1, ":".join(fields[k] for k in ("kind", "size", "name", "inner", "real", "secret", "pos",
                                                                  "res1", "res2")))
    return out


CDB = [
    [dict(name=n) for n in ("gecko\\.exe", "^gecko", "exe$", "^sub/", "GECKO", "ge.ko", "^house$", "[a-c]all", "(wall|nest)", "\\.txt$",
                            "^$", "w+", "nothing")],
    [dict(kind=k, name="gecko") for k in ("*", "CL_TYPE_ZIP", "CL_TYPE_POSIX_TAR", "CL_TYPE_GZ", "CL_TYPE_OLD_TAR", "CL_TYPE_CPIO_NEWC",
                                          "CL_TYPE_ANY", "CL_TYPE_MAIL", "CL_TYPE_RAR", "CL_TYPE_BINARY_DATA")],
    [dict(inner=v) for v in ("340", "333", "10", "300-350", "0-20", "9-10", "11-20", "1000-2000", "0-0")] +
    [dict(real=v) for v in ("340", "333", "10", "300-350", "0-20", "9-10", "11-20", "1000-2000", "0-0")],
    [dict(secret=v) for v in ("0", "1", "*")] + [dict(pos=v) for v in ("1", "2", "3", "1-2", "0", "4", "2-9")] +
    [dict(pos="1", name="gecko"), dict(pos="2", name="gecko"), dict(secret="1", name="gecko")],
    [dict(size=str(len(ZIP))), dict(size="%d-%d" % (len(ZIP) - 1, len(ZIP) + 1)), dict(size="1-10"), dict(size=str(len(TAR))),
     dict(size="0-9999999"), dict(size=str(len(ZIP)), name="wall"), dict(res1="12345678"), dict(res2="x"), dict(res1="5", res2="7"), dict()],
]
for rows in CDB:
    cases("cdb", {"a.cdb": cdb(*rows)}, ARCHIVES)
for line in ("C.2:*:*:*:*:*:*:*:*", "C.2:*:*:*:*:*:*:*:*:*:*:*:*", "C.2:CL_TYPE_NONSENSE:*:*:*:*:*:*:*:*", "C.2:*:x:*:*:*:*:*:*:*",
             "C.2:*:*:[:*:*:*:*:*:*", "C.2:*:*:(:*:*:*:*:*:*", "C.2:*:*:*:x:*:*:*:*:*", "C.2:*:*:*:5-2:*:*:*:*:*", "C.2:*:*:*:*:*:2:*:*:*",
             "C.2:*:*:*:*:*:x:*:*:*", "C.2:*:*:*:*:*:*:x:*:*", "C.2:*:*:*:*:*:*:*:x:*", "C.2:*:*:*:*:*:*:*:*:*:1", "C.2:*:*:*:*:*:*:*:*:*:1:255",
             "C.2:*:*:*:*:*:*:*:*:*:999", "C.2:*:*:*:*:*:*:*:*:*:1:20", "C.2:*:*:*:*:*:*:*:*:*:x", ":*:*:*:*:*:*:*:*:*", "", "C.2",
             "C.2:CL_TYPE_ZIP:*:a{99999}:*:*:*:*:*:*", "C.2:*:*::*:*:*:*:*:*", "C.2::*:*:*:*:*:*:*:*", "C.2:*:*:*:-5:*:*:*:*:*",
             "C.2:*:*:*:5-:*:*:*:*:*", "C.2:*:*:*::*:*:*:*:*", "C.2:*:*:\\:*:*:*:*:*:*", "C.2:*:*:wall\\:x:*:*:*:*:*:*"):
    case("cdb-line", {"a.cdb": "C.1:*:*:wall:*:*:*:*:*:*\n%s\n" % line}, ZIP)
case("cdb", {"a.cdb": cdb(dict(name="gecko")), "b.ign2": "C.1\n", "c.cdb": "D.1:*:*:wall:*:*:*:*:*:*\n"}, ZIP)
case("cdb", {"a.cdb": cdb(dict(name="letter")), "c.ndb": "G.One:0:*:%s\n" % hx("second")},
     containers.mail([("letter.txt", "application/octet-stream", "base64", b"the second")]))
cases("cdb", {"a.cdb": cdb(dict(name="letter"), dict(kind="CL_TYPE_MAIL"), dict(kind="CL_TYPE_MAIL", name="txt$"))},
      [containers.mail([("letter.txt", "application/octet-stream", "base64", b"the second")])])
CRC = "%08x" % (__import__("zlib").crc32(TEXTS[1][1]))


def zmd(*rows):
    return "".join("Z.%d:%s\n" % (i + 1, r) for i, r in enumerate(rows))


ZMD = ["*:wall:*:*:*:*:*:*", "0:wall:*:*:*:*:*:*", "1:wall:*:*:*:*:*:*", "0:wall:10:*:*:*:*:*", "0:wall:11:*:*:*:*:*",
       "0:wall:10:*:%s:*:*:*" % CRC, "0:wall:10:*:%s:*:*:*" % CRC.upper(), "0:wall:10:*:00000000:*:*:*", "0:wall:10:12:%s:8:2:*" % CRC,
       "0:wall:*:*:*:0:*:*", "*:*:*:*:*:*:2:*", "*:*:*:*:*:*:2:1", "*:gecko:*:*:*:*:*:*", "1:*:*:*:*:*:*:*"]
for ext in ("zmd", "rmd"):
    cases(ext, {"a." + ext: zmd(*ZMD)}, [ZIP, TAR, SECRET])
    for line in ("Z:*:*:*:*:*:*:*", "Z:*:*:*:*:*:*:*:*:*", "Z:2:*:*:*:*:*:*:*", "Z:*:[:*:*:*:*:*:*", "Z:*:*:x:*:*:*:*:*", "",
                 "Z:*:*:*:*:zz:*:*:*", "Z:*:*:*:*:*:x:*:*", "Z:*:*:*:*:*:*:x:x"):
        case(ext + "-line", {"a." + ext: zmd(ZMD[0]) + line + "\n"}, ZIP)

# ---- Icons ------------------------------------------------------------------------------------
ICON = "20" + "0" * 42 + "0" * 72 + "00" * 4
for line in ("I.One:g:h:%s" % ICON, "I.One:g:h:%s" % ICON.replace("20", "10", 1), "I.One:g:h:%s" % ICON.replace("20", "18", 1),
             "I.One:g:h:%s" % ICON.replace("20", "30", 1), "I.One:g:h:%s" % ICON[:-1], "I.One:g:h:%s0" % ICON, "I.One:g:h", "I.One:g:h:",
             "I.One:g:h:%s:x" % ICON, ":g:h:%s" % ICON, "I.One::h:%s" % ICON, "I.One:g::%s" % ICON, "I.One:g:h:" + "z" * 124, "",
             "I.One:g:h:20ff1" + ICON[5:], "I.One:g:h:20fe9" + ICON[5:], "I.One:g:h:20fe8" + ICON[5:], "I.One:g:h:200001f" + ICON[7:],
             "I.One:g:h:%s65000000" % ICON[:-8], "I.One:g:h:%s68000000" % ICON[:-8], "I.One:g:h:%s00000065" % ICON[:-8],
             "I.One:g:h:%s" % ICON.replace("0", "A")):
    case("idb", {"a.idb": line + "\n", "b.ndb": "G.One:0:*:%s\n" % HIT}, BODY)
case("idb", {"a.idb": "I.One:g:h:%s\n" % ICON, "b.ldb": ldb([("Engine:81-255,IconGroup1:g,Target:1", "0;" + hx("mark-one")),
                                                           ("Engine:81-255,IconGroup2:h,Target:1", "0;" + hx("mark-one")),
                                                           ("Engine:81-255,IconGroup1:x,Target:1", "0;" + hx("mark-one")),
                                                           ("Engine:81-255,Target:1", "0;" + hx("mark-one"))])}, PE)

# ---- File types -------------------------------------------------------------------------------
TYPED = "T.any:0:*:%s\nT.pe:1:*:%s\nT.html:3:*:%s\nT.mail:4:*:%s\nT.image:5:*:%s\nT.text:7:*:%s\nT.pdf:10:*:%s\nT.other:14:*:%s\n" % (
    (hx("marker-7"),) * 8)
FTM_FILES = [b"GECKOFORMAT marker-7 \x00\x01\x02\x03\xff", blob("GECKOFORMAT marker-7"), b"text text text GECKOFORMAT marker-7\n" * 3]
for line in ("0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS", "0:8:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS", "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_PDF",
             "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_TEXT_ASCII", "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_BINARY_DATA",
             "1:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS", "1:*:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS", "1:8:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS",
             "1:*:%s:Gecko:CL_TYPE_ANY:CL_TYPE_HTML", "1:*:%s:Gecko:CL_TYPE_ANY:CL_TYPE_MAIL", "1:0:%s:Gecko:CL_TYPE_TEXT_ASCII:CL_TYPE_GRAPHICS",
             "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_IGNORED", "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS:1", "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS:1:255",
             "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS:999", "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS:1:20",
             "4:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS", "2:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS", "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_ZIP"):
    cases("ftm", {"a.ftm": line % hx("GECKOFORMAT") + "\n", "b.ndb": TYPED}, FTM_FILES)
case("ftm", {"a.ftm": "1:0:4745434b4f??4f524d4154:Gecko:CL_TYPE_ANY:CL_TYPE_GRAPHICS\n", "b.ndb": TYPED}, FTM_FILES[0])
for line in ("0:0:%s:Gecko:CL_TYPE_ANY" % hx("GECKO"), "0:0:%s:Gecko:CL_TYPE_NONSENSE:CL_TYPE_PDF" % hx("GECKO"),
             "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_NONSENSE" % hx("GECKO"), "0:x:%s:Gecko:CL_TYPE_ANY:CL_TYPE_PDF" % hx("GECKO"),
             "0:0:zz:Gecko:CL_TYPE_ANY:CL_TYPE_PDF", "x:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_PDF" % hx("GECKO"), "", "1:0:4:Gecko:CL_TYPE_ANY:CL_TYPE_PDF",
             "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_PDF:x" % hx("GECKO"), "0:0:%s:Gecko:CL_TYPE_ANY:CL_TYPE_PDF:1:2:3" % hx("GECKO"),
             "0:*:%s:Gecko:CL_TYPE_ANY:CL_TYPE_PDF" % hx("GECKO"), "0:-1:%s:Gecko:CL_TYPE_ANY:CL_TYPE_PDF" % hx("GECKO"),
             "0:EOF-5:%s:Gecko:CL_TYPE_ANY:CL_TYPE_PDF" % hx("GECKO"), "0:0::Gecko:CL_TYPE_ANY:CL_TYPE_PDF"):
    case("ftm-line", {"a.ftm": line + "\n", "b.ndb": TYPED}, FTM_FILES[0])

# ---- Phishing ---------------------------------------------------------------------------------
def link(real, shown):
    return containers.simple_mail(b"<html><body>Dear customer, <a href=\"%s\">%s</a> please.</body></html>\r\n" % (real, shown))


LETTERS = [link(b"http://wall.example.net/login", b"http://www.bank.example.com/"), link(b"http://www.bank.example.com/x", b"http://www.bank.example.com/"),
           link(b"http://wall.example.net/login", b"please click"), link(b"http://wall.example.net/login", b"https://gecko.example.org/"),
           link(b"http://10.1.2.3/x", b"www.bank.example.com"), link(b"http://bank.example.com.wall.example.net/", b"http://bank.example.com"),
           b"<html><body><a href=\"http://wall.example.net/login\">http://www.bank.example.com/</a></body></html>\n"]
for texts in ({"a.pdb": "H:www.bank.example.com\n"}, {"a.pdb": "H:bank.example.com\n"}, {"a.pdb": "R:.*bank.*\n"}, {"a.pdb": "H:example.com\n"},
              {"a.pdb": "H:bank.example.com\n", "b.wdb": "M:wall.example.net:www.bank.example.com\n"},
              {"a.pdb": "H:bank.example.com\n", "b.wdb": "X:.+wall\\.example\\.net.*:.*bank.*\n"},
              {"a.pdb": "H:bank.example.com:999\n"}, {"a.pdb": "H:bank.example.com:1-\n"}, {"b.wdb": "M:wall.example.net:www.bank.example.com\n"},
              {"a.pdb": "R:www\\.bank\\.example\\.com/:1-255\n# c\n\nH:gecko.example.org\n"}):
    cases("phishing", dict(texts, **{"z.ndb": "Z.One:0:*:%s\n" % hx("nothing like it")}), LETTERS)
for name, line in (("pdb", "Z:x"), ("pdb", "H"), ("pdb", "H:"), ("pdb", "R:["), ("pdb", "R:("), ("wdb", "Z:a:b"), ("wdb", "M:a"), ("wdb", "M:a:b:c"),
                   ("wdb", "X:a"), ("wdb", "X:[:x"), ("wdb", "Y:a"), ("wdb", "Y:a.*"), ("pdb", ""), ("wdb", ""), ("gdb", "S:P:12345678"), ("gdb", "S:P:1234"),
                   ("gdb", "S:F:%s" % SHA256), ("gdb", "S:F:12"), ("gdb", "S1:F:%s" % SHA256), ("gdb", "S2:F:%s" % SHA256), ("gdb", "S:W:%s" % SHA256),
                   ("gdb", "Q:P:12345678"), ("gdb", "S:X:12345678"), ("gdb", "S:P:zzzzzzzz"), ("gdb", ""), ("gdb", "S:P"), ("pdb", "H:a.example:x"),
                   ("pdb", "H:a.example:5-2"), ("pdb", "R:a+b:1-2-3")):
    case("phishing-line", {"a." + name: line + "\n", "z.ndb": "Z.One:0:*:%s\n" % hx("Dear")}, LETTERS[0])


def gdb_rows(host):
    d = hashlib.sha256(host).hexdigest()
    return "S:P:%s\nS1:P:%s\nS:F:%s\nS1:F:%s\n" % (d[:8], d[:8], d, d)


cases("gdb", {"a.gdb": gdb_rows(b"wall.example.net/")}, LETTERS[:3])
cases("gdb", {"a.gdb": "S:F:%s\n" % hashlib.sha256(b"wall.example.net/").hexdigest()}, LETTERS[:3])
cases("gdb", {"a.gdb": "S2:F:%s\nS2:P:%s\n" % (hashlib.sha256(b"wall.example.net/login").hexdigest(), hashlib.sha256(b"wall.example.net/").hexdigest()[:8])},
      LETTERS[:3])
cases("gdb", {"a.gdb": gdb_rows(b"wall.example.net/") + "S:W:%s\n" % hashlib.sha256(b"wall.example.net/").hexdigest()}, LETTERS[:2])

# ---- Certificates, configuration, passwords, OpenIOC ------------------------------------------
KEY = "%X" % (2 ** 1023 + 12345)
CRB = "C.One;1;%s;;%s;010001;1;0;0;0;a comment" % (SHA1, KEY)
for line in (CRB, CRB.replace(";1;", ";0;", 1), CRB + ";1", CRB + ";1;255", CRB + ";999", CRB.replace(SHA1, SHA1[:-1]), CRB.replace(SHA1, ""),
             CRB.replace(SHA1, "z" * 40), CRB.replace(";1;", ";2;", 1), CRB.replace(";;", ";%s;" % SHA1), CRB.replace(";;", ";x;"),
             CRB.rsplit(";", 1)[0], CRB + ";1;2;3", CRB.replace(KEY, "zz"), CRB.replace(KEY, ""), "", "C", CRB.replace("010001", "x"),
             CRB.replace(";1;0;0;", ";x;0;0;"), "#" + CRB, CRB.replace("C.One", "")):
    case("crb", {"a.crb": line + "\n", "z.ndb": "Z.One:0:*:%s\n" % HIT}, BODY)
for line in ("PE:0xffff:1:255", "PE:0x0:1:255", "PE:0:1:255", "ELF:0x1:1:255", "ARCHIVE:0x0:1:255", "ARCHIVE:0x0:1:20", "ARCHIVE:0x0:999:1000",
             "NONSENSE:0x0:1:255", "PE:0x0:1", "PE:0x0", "PE:zz:1:255", "PE:0x0:x:255", "", "PE:0x0:1:255:x", "OTHER:0x0:1:255", "MAIL:0x0:1:255",
             "DOCUMENT:0x0:1:255", "PCRE:0x0:1:255", "BYTECODE:0x0:1:255", "STATS:0x0:1:255", "PHISHING:0x0:1:255", "pe:0x0:1:255", "MACHO:0x0:1:255"):
    cases("cfg", {"daily.cfg": line + "\n", "z.ndb": "Z.One:0:*:%s\nZ.Exe:1:EP+0:%s\nZ.Two:0:*:%s\n" % (HIT, hx("mark-one"), hx("secon"))},
          [BODY, PE] if line[:3] in ("PE:", "pe:") else [ZIP] if line.startswith("ARCH") else [BODY])
SECRETS = [SECRET, containers.encrypted_zip(b"gecko.exe", b"a secret of the house", b"wall", True),
           containers.encrypted_zip(b"gecko.exe", b"a secret of the house", b"wall", False, True),
           containers.encrypted_zip(b"a", b"a secret of the house", b"\x80\x00\x01"), containers.encrypted_zip(b"a", b"a secret of the house", b"")]
for line in ("P;Engine:81-255;0;wall", "P;Engine:81-255;1;77616c6c", "P;Engine:81-255;1;800001", "P;Engine:81-255;0;door", "P;Engine:81-255,Container:CL_TYPE_ZIP;0;wall",
             "P;Engine:81-255,Container:CL_TYPE_RAR;0;wall", "P;Engine:81-255,Container:CL_TYPE_ANY;0;wall", "P;Engine:81-255,Container:CL_TYPE_TAR;0;wall",
             "P;Engine:999-1000;0;wall", "P;;0;wall", "P;Target:0;0;wall", "P;Engine:81-255;2;wall", "P;Engine:81-255;x;wall", "P;Engine:81-255;1;zz", "P;Engine:81-255;1;7",
             "P;Engine:81-255;0;", "P;Engine:81-255;0", "P", "", "P;Engine:81-255;0;wall;x", ";Engine:81-255;0;wall", "P;Nonsense:1;0;wall"):
    cases("pwdb", {"a.pwdb": line + "\n", "z.ndb": "Z.One:0:*:%s\n" % hx("a secret of")}, SECRETS if line.count("wall") or "77" in line else SECRETS[:1])
cases("pwdb", {"a.pwdb": "A;Engine:81-255;0;door\nB;Engine:81-255;0;wall\nC;Engine:81-255;1;800001\n", "z.ndb": "Z.One:0:*:%s\n" % hx("a secret of")}, SECRETS)
case("pwdb", {"a.pwdb": "B;Engine:81-255;0;wall\n", "b.ndb": "Z.One:0:*:%s\n" % hx("a secret of")}, containers.zipped([("x.zip", SECRET)]))


def ioc(items, name="gecko.house"):
    body = "".join("<IndicatorItem id=\"i%d\" condition=\"is\"><Context document=\"FileItem\" search=\"%s\" type=\"mir\"/>"
                   "<Content type=\"%s\">%s</Content></IndicatorItem>" % (i, search, kind, value) for i, (search, kind, value) in enumerate(items))
    return ("<?xml version=\"1.0\" encoding=\"us-ascii\"?>\n<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\" id=\"%s\" last-modified=\"2026-04-01T12:00:00\">"
            "<short_description>%s</short_description><definition><Indicator operator=\"OR\" id=\"a\">%s</Indicator></definition></ioc>\n" % (name, name, body))


for items in ([("FileItem/Md5sum", "md5", MD5)], [("FileItem/Sha1sum", "sha1", SHA1)], [("FileItem/Sha256sum", "sha256", SHA256)],
              [("FileItem/Md5sum", "md5", SHA256)], [("FileItem/FileName", "string", "gecko")], [("FileItem/Md5sum", "md5", MD5.upper())],
              [("FileItem/Md5sum", "md5", " %s " % MD5)], [("FileItem/Md5sum", "string", MD5)], [("FileItem/Md5sum", "md5", "zz")], [],
              [("FileItem/FileName", "string", "x"), ("FileItem/Sha256sum", "sha256", SHA256)]):
    case("ioc", {"a.ioc": ioc(items), "z.ndb": "Z.One:0:*:%s\n" % hx("nothing of")}, BODY)
for text in ("", "<ioc>", "no xml", ioc([("FileItem/Md5sum", "md5", MD5)]).replace("</ioc>", ""), ioc([("FileItem/Md5sum", "md5", MD5)]).replace(" id=\"gecko.house\"", "")):
    case("ioc", {"a.ioc": text, "z.ndb": "Z.One:0:*:%s\n" % HIT}, BODY)

# ---- Containers of databases ------------------------------------------------------------------
SOURCE = b"U.One:0:*:%s\n" % HIT.encode()


def container(md5=None, info=True, copying=True, packed=True, members=None, dsig_line=b"", wrong=b"", late=False, **head):
    """A local container: a head of 512 bytes, a tar, in it the list of its members."""
    members = members if members is not None else [("u.ndb", SOURCE)]
    first = [("COPYING", b"to be copied freely\n")] if copying else []
    rows = b"".join(b"%s:%d:%s\n" % (n.encode(), len(d), hashlib.sha256(d + wrong).hexdigest().encode()) for n, d in members)
    listed = [("u.info", containers.container_head(md5="X", **head) + b"\n" + rows + dsig_line)] if info else []
    tar = containers.tarred(first + (members + listed if late else listed + members))
    tar = containers.gzipped(tar) if packed else tar
    real = hashlib.md5(tar).hexdigest() if md5 is None else md5
    return containers.container_head(md5=real, **head).ljust(512) + tar


MORE = [("u.ndb", SOURCE), ("u.hdb", b"%s:%d:U.Two\n" % (MD5.encode(), N)), ("u.ldb", b"U.Three;Engine:81-255,Target:0;0;%s\n" % HIT.encode())]
for ext in ("cud", "cvd", "cld"):
    for how in (dict(), dict(info=False), dict(packed=False), dict(md5="0" * 32), dict(copying=False), dict(level=999), dict(wrong=b"x"), dict(late=True),
                dict(members=[]), dict(members=[("u.txt", b"x\n")]), dict(members=[("u.ndb", b"bad\n")]), dict(dsig=""), dict(signatures=99),
                dict(members=MORE, signatures=3), dict(members=MORE + [("u.ign2", b"U.One\n")]), dict(dsig_line=b"DSIG:x\n"), dict(dsig_line=b"DSIG:" + b"a" * 300 + b"\n"),
                dict(dsig_line=b"nothing\n"), dict(dsig_line=b"more.ndb:5:%s\n" % SHA256.encode()), dict(stime="x"), dict(version="x"), dict(md5="X"),
                dict(members=[("u.ndb", b"U.One:0:*:%s:999\n" % HIT.encode())]), dict(members=[("sub/u.ndb", SOURCE)]), dict(text="yesterday"))[:24 if ext == "cud" else 5]:
        case("container", {"u." + ext: container(**how), "z.ndb": "Z.One:0:*:%s\n" % HIT}, BODY, "full")
    for text in (b"", b"ClamAV-VDB:", containers.container_head().ljust(512), container()[:600], b"x" * 512 + containers.tarred([("u.ndb", SOURCE)]),
                 container() + b"more", container()[:512] + b"junk" * 200)[:7 if ext == "cud" else 3]:
        case("container", {"u." + ext: text, "z.ndb": "Z.One:0:*:%s\n" % HIT}, BODY, "full")
for text in (containers.container_head() + b"\n", b"x\n", b"", b"u.ndb:5:%s\n" % SHA256.encode(), b"DSIG:x\n"):
    case("info", {"u.info": text, "z.ndb": "Z.One:0:*:%s\n" % HIT}, BODY)

# ---- Functionality levels, names, unknown files -----------------------------------------------
LEVELS = ["1", "81", "213", "214", "215", "219", "220", "1:255", "214:214", "214:215", "213:213", "1:213", "215:216", "0", "0:0", "255:1"]
case("level", {"a.ndb": "".join("F.%s:0:*:%s:%s\n" % (v.replace(":", "-"), HIT, v) for v in LEVELS)}, BODY)
case("level", {"a.hdb": "".join("%s:%d:F.%s:%s\n" % (MD5, N, v.replace(":", "-"), v) for v in LEVELS if v in ("215", "1:213", "215:216", "255:1"))}, BODY)
for v in LEVELS:
    case("level", {"a.hsb": "%s:%d:F.One:%s\n" % (SHA256, N, v)}, BODY)
    case("level", {"a.ldb": "F.One;Engine:%s,Target:0;0;%s\n" % (v.replace(":", "-"), HIT)}, BODY)
NAMES = ["A", "A.B", "Win.Trojan.Gecko-1-0", "name with spaces", "Gecko.UNOFFICIAL", "Gecko (Clam)", "Gecko (Clam)x", "x" * 200, "A/B", "A\tB", "A'B\"C", "A<B>", "A{1}", "A.{1}",
         "\u00e9t\u00e9", "%s%n", "-", ".", "..", "A\\B", "A,B", "A|B"]
for n in NAMES:
    case("name", {"a.ndb": "%s:0:*:%s\n" % (n, HIT)}, BODY, "full")
    case("name", {"a.hdb": "%s:%d:%s\n" % (MD5, N, n)}, BODY, "full")
for n in NAMES[:8]:
    case("name", {"a.ldb": "%s;Engine:81-255,Target:0;0;%s\n" % (n, HIT)}, BODY, "full")
    case("name", {"a.cdb": "%s:*:*:wall:*:*:*:*:*:*\n" % n}, ZIP, "full")
    case("name", {"a.imp": "%s:*:%s\n" % (FIRST, n)}, with_imports(IMPORTS[0]), "full")
for name, text in (("a.txt", "x\n"), ("a.ndb.bak", "x\n"), ("ndb", "x\n"), ("a.NDB", "G.Two:0:*:%s\n" % HIT), ("a.Ldb", ldb(["0;" + HIT])), (".ndb", "G.Two:0:*:%s\n" % HIT),
                   ("a.cbc", "x\n"), ("a.cat", "x\n"), ("a.yar", "x\n"), ("a.zmd", "x\n"), ("a.info", "x\n"), ("a.ftm", "x\n"), ("a.dat", "x\n"), ("a.sign", "x\n"), ("README", "x\n")):
    case("file-name", {name: text, "z.ndb": "Z.One:0:*:%s\n" % HIT}, BODY)
for ext in ("ndb", "ldb", "hdb", "hsb", "mdb", "msb", "imp", "cdb", "zmd", "rmd", "idb", "ftm", "pdb", "wdb", "gdb", "crb", "cfg", "pwdb", "ign", "ign2", "info", "sdb", "db", "fp", "sfp", "ioc",
            "cat", "cbc", "cud", "yar"):
    for text in ("", "\n", "# a comment\n", "no line of it\n"):
        case("small-file", {"a." + ext: text, "z.ndb": "Z.One:0:*:%s\n" % HIT}, BODY)

# Categories of unwanted applications.
UNWANTED = ["PUA.Tool.One", "PUA.Win.Tool.Two", "PUA.Win.Tool.X.Two", "PUA.Tool.Win.Two", "PUA.Toolbox.Seven", "PUA.MyTool.Seven", "PUA.Tool", "PUA.Tool.", "PUA.tool.One", "PUA..Tool.One",
            "PUA.Game.Tool", "PUA.A", "PUA", "PUA.", "PUA.Win.Two", "PUAX.Tool.One", "pua.Tool.One", "PUA.Tool." + "a" * 24 + ".One", "PUA.Tool." + "a" * 25 + ".One", "PUA." + "b" * 29 + ".One",
            "PUA." + "b" * 30 + ".One"]
for option in ("pua", "pua-only", "pua-without"):
    case("pua", {"a.ndu": "".join("%s:0:*:%s\n" % (n, hx("gecko")) for n in UNWANTED)}, blob("a gecko"), option)
    case("pua", {"a.ldu": "".join("%s;Engine:81-255,Target:0;0;%s\n" % (n, hx("gecko")) for n in UNWANTED)}, blob("a gecko"), option)
