"""Modules math, hash, string, time and console, and what goes for every module."""
from kit import bodies, holds, sets, values

DATA = b"The quick otter jumps over 13 lazy bees. " * 3 + bytes(range(256)) + b"\0" * 20
SMALL = b"abcabc"

# ---- math -----------------------------------------------------------------------------------------
values("math", DATA, """
math.{entropy,mean,serial_correlation,monte_carlo_pi}({"text","aaaa","abcd","a",""})
math.deviation({"text","aaaa","abcd",""}, {0.0,97.0,127.5})
math.{entropy,mean,serial_correlation,monte_carlo_pi}(0, filesize)
math.{entropy,mean}({0,10,123}, {1,16,100})
math.{entropy,mean,serial_correlation,monte_carlo_pi}({filesize,filesize - 5,1000,-1}, 10)
math.{entropy,mean}(0, {0,-1,100000})
math.deviation({0,10,filesize}, {40,256}, {math.MEAN_BYTES,0.0,100.0})
math.MEAN_BYTES
math.in_range({1.0,1.5,2.0,2.5}, 1.5, 2.0)
math.in_range(math.entropy(0, filesize), 5.0, 8.0)
math.max({1,5,0}, {2,-1})
math.min({1,5,0}, {2,-1})
math.max(9223372036854775807, 0)
math.abs({0,5,-5,-9223372036854775807})
math.to_number({true,false,1 == 1,1 > 2})
math.count({0x61,0x00,0xFF,0x100,-1})
math.count({0x61,0x00,0x20}, 0, {10,filesize,1000})
math.count(0x00, {filesize - 20,filesize,1000}, 20)
math.percentage({0x61,0x00,0x20,0x100,-1})
math.percentage({0x61,0x20}, {0,10}, 41)
math.mode()
math.mode({0,41,filesize - 20,filesize}, {20,41,0})
""", "math")
values("math", DATA, """
math.to_string({0,5,-5,255,9223372036854775807})
math.to_string({0,8,255,-1}, {10,16,8,2,7})
math.abs(-9223372036854775808)
""", "math", needs="4.5")
values("math", b"", "math.{entropy(0, 0),entropy(0, 10),mean(0, filesize),count(0),percentage(0),mode()}", "math")
holds("math", DATA, """
math.entropy(0, filesize) > 5
math.entropy(0, filesize) > 5.0
math.entropy("aaaa") == 0
math.entropy("abcd") == 2.0
math.mean("aaaa") == 97
math.in_range(5, 1.0, 10.0)
math.in_range(5.0, 1.0, 10.0)
math.max(1, 2) == 2
math.max(-1, 1) == -1
math.min(-1, 1) == 1
math.max(uint8(100000), 5) == 5
not (math.max(uint8(100000), 5) == 5)
defined math.max(uint8(100000), 5)
math.to_number(filesize > 10) == 1
math.to_number(5) == 1
math.count(97) == 3
math.count("a") == 3
math.abs(-1.5) == 1.5
math.abs("a") == 1
math.max(1.5, 2) == 2
math.max(1) == 1
math.max(1, 2, 3) == 3
math.entropy() > 1
math.entropy(1) > 1
math.entropy(1, 2, 3) > 1
math.entropy(1.0, 2.0) > 1
math.deviation("a", 5) > 1
math.nothing(1) == 1
math.MEAN == 1
math.to_string("a") == "a"
math.to_string(1, 2, 3) == "a"
math.mode(1) == 1
math.in_range(math.mean(0, filesize), 50.0, 150.0) and math.entropy(0, 50) < math.entropy(0, filesize)
for any i in (0..3) : ( math.count(i, 0, filesize) == 1 )
for any i in (0..3) : ( math.entropy(i * 10, 10) > 2.0 )
math .max(1, 2) == 2
math.max (1, 2) == 2
math.max(1, math.max(2, 3)) == 3
""", "", "math")

holds("math", DATA, "math.in_range(5, 1, 10)\nmath.in_range(5, 6, 10)", "", "math", needs="x")

# ---- hash ----------------------------------------------------------------------------------------
values("hash", DATA, """
hash.{md5,sha1,sha256,checksum32,crc32}({"","abc","a longer text of words"})
hash.{md5,sha1,sha256,checksum32,crc32}(0, filesize)
hash.{md5,crc32}({0,5,filesize - 5}, {1,10,100000})
hash.{md5,sha256,checksum32}({filesize,1000,-1}, 10)
hash.{md5,checksum32,crc32}(0, {0,-1})
""", "hash")
values("hash", b"", "hash.{md5,sha1,sha256,checksum32,crc32}(0, {filesize,0,1})", "hash")
holds("hash", SMALL, """
hash.md5(0, 3) == hash.md5(3, 3)
hash.md5(0, 3) == hash.md5(1, 3)
hash.md5(0, 3) == "900150983cd24fb0d6963f7d28e17f72"
hash.md5("abc") == "900150983cd24fb0d6963f7d28e17f72"
hash.md5("abc") == "900150983CD24FB0D6963F7D28E17F72"
hash.md5("abc") iequals "900150983CD24FB0D6963F7D28E17F72"
hash.md5(0, 3) contains "900150"
hash.md5(0, filesize) == hash.md5("abcabc")
hash.crc32("abc") == 0x352441c2
hash.checksum32("abc") == 294
hash.checksum32("abc") == "294"
hash.md5(0, 3) == 5
hash.md5() == ""
hash.md5(1) == ""
hash.md5(1, 2, 3) == ""
hash.md5(1.0, 2.0) == ""
hash.md5("a", "b") == ""
hash.sha512("a") == ""
hash.md5(0, 3)
hash.md5 == "a"
defined hash.md5(100, 3)
not (hash.md5(100, 3) == "a")
for any i in (0..3) : ( hash.md5(i, 3) == hash.md5("cab") )
for any i in (0..3) : ( hash.md5(i, 3) == hash.md5("cba") )
""", "", "hash")

# ---- string --------------------------------------------------------------------------------------
values("string", SMALL, r"""
string.length({"","a","abc","a\x00b","\n","\xff\xfe"})
string.to_int({"0","5","-5","+5","0x10","010","9223372036854775807","9223372036854775808","-9223372036854775808"})
string.to_int({""," 5","5 ","5x","x","1.5","--5"," -5","0x","08"})
string.to_int({"ff","0xff","10","z","7","8"}, {16,8,10,36,2,0})
string.to_int("5", {1,37,-1})
""", "string", needs="4.5")
holds("string", SMALL, r"""
string.length("abc") == 3
string.length("abc") > 3
string.to_int("12") + 1 == 13
string.to_int("x") == 0
not (string.to_int("x") == 0)
defined string.to_int("x")
string.length(5) == 1
string.length() == 1
string.length("a", "b") == 1
string.to_int(5) == 5
string.to_int("5", "10") == 5
string.nothing("a") == 1
string.length("abc") == "3"
""", "", "string", needs="4.5")

# ---- time, console ---------------------------------------------------------------------------------
holds("time", SMALL, """
time.now() > 1600000000
time.now() < 1600000000
time.now() < 9999999999
time.now() == time.now()
time.now(1) > 0
time.now > 0
time.now() == "a"
time.today() > 0
defined time.now()
time.now() - 100 < time.now()
""", "", "time")
holds("console", SMALL, """
console.log("hello")
console.log("hello", 5)
console.log("hello", 1.5)
console.log("hello", "world")
console.log(5)
console.log(1.5)
console.log(true)
console.log()
console.log("a", "b", "c")
console.log(5, "a")
console.hex(5)
console.hex("value ", 5)
console.hex("a")
console.hex(1.5)
console.hex()
console.print("a")
console.log("hello") == 1
console.log("hello") and false
false and console.log("hello")
not console.log("hello")
console.log("offset ", @a) and $a
console.log("nothing ", @z)
not console.log("nothing ", @z)
console.log("nothing ", @z) or true
for all i in (1..3) : ( console.log("i = ", i) )
""", '$a = "abc"\n$z = "zebra"', "console")

# ---- What goes for every module -----------------------------------------------------------------------
sets("module", SMALL, 'import "math"\nimport "math"\nrule a { condition: math.max(1, 2) == 2 }')
sets("module", SMALL, 'import "math" import "hash" rule a { condition: math.max(1, 2) == 2 and hash.md5("abc") startswith "9" }')
sets("module", SMALL, 'rule b { condition: true }\nimport "math"\nrule a { condition: math.max(1, 2) == 2 }')
sets("module", SMALL, 'rule a { condition: math.max(1, 2) == 2 }\nimport "math"')
sets("module", SMALL, 'import "nothing"\nrule a { condition: true }')
sets("module", SMALL, 'import ""\nrule a { condition: true }')
sets("module", SMALL, 'import math\nrule a { condition: true }')
sets("module", SMALL, 'import "math";\nrule a { condition: true }')
sets("module", SMALL, 'import "Math"\nrule a { condition: true }')
sets("module", SMALL, 'import "math"')
sets("module", SMALL, 'import\nrule a { condition: true }')
sets("module", SMALL, 'import "math\\x00"\nrule a { condition: true }')
sets("module", SMALL, 'import "math"\nrule math { condition: true }\nrule a { condition: math.max(1, 2) == 2 }')
sets("module", SMALL, 'import "math"\nrule a { condition: math }')
sets("module", SMALL, 'import "math"\nrule a { strings: $math = "abc" condition: $math and math.max(1, 2) == 2 }')
sets("module", SMALL, 'import "math"\nrule a { meta: math = 1 condition: math.max(1, 2) == 2 }')
sets("module", SMALL, 'import "math"\nrule a : math { condition: true }')
sets("module", SMALL, 'import "math"\nrule a { condition: for any math in (1..2) : ( math == 2 ) }')
sets("module", SMALL, 'import "math"\nrule a { condition: true }', 'rule b { condition: math.max(1, 2) == 2 }')
sets("module", SMALL, 'import "math"\nrule a { condition: math.max(1, 2) == 2 }', 'import "math" rule b { condition: math.max(1, 2) == 2 }')
sets("module", SMALL, 'include "more.yar"\nrule a { condition: math.max(1, 2) == 2 }', ("more.yar", 'import "math"'))
for name in ("pe", "elf", "math", "hash", "time", "console", "dotnet", "macho", "dex"):
    sets("module", SMALL, 'import "%s"\nrule a { condition: true }' % name, needs="4.5")
sets("module", SMALL, 'import "string"\nrule a { condition: true }', needs="4.5")
sets("module", SMALL, 'import "lnk"\nrule a { condition: not lnk.is_lnk }', needs="x")
bodies("module", SMALL, """
{ condition: math.max(1, 2) == 2 }
{ condition: math.max(1,2)==2 }
{ condition: math.max( 1 , 2 ) == 2 }
{ condition: math.max(math.min(1, 2), math.min(3, 4)) == 3 }
{ condition: math.max(1, 2 }
{ condition: math.max 1, 2 }
{ condition: math..max(1, 2) }
{ condition: math.1(1, 2) }
{ condition: .max(1, 2) }
{ condition: math.max(1,, 2) }
{ condition: math.max(,1) }
{ condition: math.max(1, 2).x }
{ condition: math.max(1, 2)[0] }
{ condition: math.max(1, 2)() }
""", "math")
