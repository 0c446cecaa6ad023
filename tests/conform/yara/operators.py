"""Numbers, texts and the operators between them; undefined; reads of the data."""
from kit import holds

# 32 bytes whose value is their place, then some with the top bit set.
PLACES = bytes(range(32)) + bytes([0xFF, 0xFE, 0x80, 0x7F, 0x00, 0xAB, 0xCD, 0xEF])
NO_OFFSET = "uint8(1000)"     # an integer that is undefined

# ---- Precedence: each line tells two readings apart ------------------------------------------
holds("precedence", b"some bytes", """
2 + 3 * 4 == 14
(2 + 3) * 4 == 20
20 - 6 \\ 2 == 17
20 \\ 6 \\ 2 == 1
20 \\ (6 \\ 2) == 6
17 % 10 % 4 == 3
17 % (10 % 4) == 1
2 * 7 % 4 == 2
2 * (7 % 4) == 6
10 - 4 - 3 == 3
10 - (4 - 3) == 9
1 << 2 + 1 == 8
(1 << 2) + 1 == 5
1 << 1 << 2 == 8
256 >> 4 >> 2 == 4
256 >> (4 >> 2) == 128
6 & 3 << 1 == 6
(6 & 3) << 1 == 4
1 | 6 & 4 == 5
(1 | 6) & 4 == 4
5 ^ 3 & 1 == 4
(5 ^ 3) & 1 == 0
1 | 5 ^ 4 == 1
(1 | 5) ^ 4 == 1
8 | 3 ^ 1 == 10
(8 | 3) ^ 1 == 10
3 ^ 1 | 2 == 2
-2 + 5 == 3
-(2 + 5) == -7
- 3 * - 4 == 12
-8 \\ 3 == -2
-8 % 3 == -2
8 % -3 == 2
-8 % -3 == -2
~0 + 1 == 0
~(0 + 1) == -2
~5 & 7 == 2
~ ~ 5 == 5
- - 5 == 5
-~5 == 6
~-5 == 4
1 + 1 == 2 and 3 - 1 == 2
1 == 1 or 1 == 2 and 1 == 3
(1 == 1 or 1 == 2) and 1 == 3
not 1 == 2
not (1 == 2 or 2 == 2)
not true or true
not (true or true)
not false and true
not not true
not not not true
true and not false
false or not false and false
1 < 2 == true
2 > 1 == 1
3 > 2 > 1
(3 > 2) == 1
1 | 2 == 3
4 & 6 != 6
1 + 2 < 4 and 4 > 1 + 2
filesize == 5 + 5
filesize - 1 < filesize
5 - -5 == filesize
not defined 1 and true
defined 1 and true
not defined uint8(1000) and true
""")

# ---- Integers -------------------------------------------------------------------------------
holds("integer", b"0123456789", """
0x10 == 16
0xff == 255
0xFF == 255
0XFF == 255
0o17 == 15
0o777 == 511
010 == 10
007 == 7
1KB == 1024
1MB == 1048576
3KB == 3072
2MB == 2048KB
1KB + 1 == 1025
1kb == 1024
0 == 00
9223372036854775807 > 0
9223372036854775807 == 0x7FFFFFFFFFFFFFFF
9223372036854775808 > 0
0x7fffffffffffffff == 9223372036854775807
0x8000000000000000 > 0
0xffffffffffffffff == -1
-9223372036854775807 - 1 < 0
-9223372036854775808 < 0
0o777777777777777777777 == 9223372036854775807
0o1000000000000000000000 > 0
9007199254740991KB > 0
9007199254740992KB > 0
8796093022207MB > 0
8796093022208MB > 0
9223372036854775807 + 1 < 0
9223372036854775806 + 1 == 9223372036854775807
-9223372036854775807 - 1 == 0x7fffffffffffffff
-9223372036854775807 - 2 > 0
9223372036854775807 * 2 == -2
4611686018427387904 * 2 > 0
4611686018427387903 * 2 == 9223372036854775806
3037000500 * 3037000500 > 0
3037000499 * 3037000499 == 9223372030926249001
1 << 62 == 4611686018427387904
1 << 63 < 0
1 << 63 == 0
1 << 64 == 0
1 << 65 == 0
1 << 100 == 0
5 >> 64 == 0
-1 >> 1 == -1
-1 >> 63 == -1
-1 >> 64 == 0
-16 >> 2 == -4
-1 << 4 == -16
1 << -1 == 0
1 >> -1 == 0
1 << 0 == 1
7 >> 0 == 7
255 & 15 == 15
-1 & 255 == 255
0xF0 | 0x0F == 0xFF
0xFF ^ 0x0F == 0xF0
~0xFF == -256
~-1 == 0
7 \\ 2 == 3
-7 \\ 2 == -3
7 \\ -2 == -3
-7 \\ -2 == 3
7 % 2 == 1
-7 % 2 == -1
0 \\ 5 == 0
0 % 5 == 0
1 \\ 0 == 0
1 % 0 == 0
1 \\ (1 - 1) == 0
1 % (1 - 1) == 0
1 \\ (filesize - 10) == 0
not (1 \\ (filesize - 10) == 0)
defined (1 \\ (filesize - 10))
defined (1 % (filesize - 10))
defined (1 \\ filesize)
defined (1 % filesize)
defined (1 << (filesize - 11))
defined (1 >> (filesize - 11))
defined (1 << filesize)
filesize + 9223372036854775807 < 0
filesize * 9223372036854775807 == -10
filesize - 11 == -1
(filesize - 11) >> 60 == -1
(filesize - 11) >> 64 == 0
filesize << 60 == -6917529027641081856
filesize << 64 == 0
(filesize - 10) \\ 3 == 0
-filesize == -10
~filesize == -11
-(filesize - 10) == 0
filesize \\ 3 == 3
filesize % 3 == 1
-filesize \\ 3 == -3
-filesize % 3 == -1
filesize & 8 == 8
filesize | 5 == 15
filesize ^ 15 == 5
filesize == 10
filesize != 10
filesize < 10
filesize <= 10
filesize > 9
filesize >= 11
filesize >= 10
filesize < 1KB
filesize > 1KB
filesize
filesize - 10
not filesize
not (filesize - 10)
5
0
-1
not 5
not 0
""")

# ---- Doubles --------------------------------------------------------------------------------
holds("double", b"0123456789", """
1.5 == 1.5
1.5 + 1.5 == 3
1.5 + 1.5 == 3.0
3 == 3.0
3.0 == 3
0.1 + 0.2 == 0.3
0.1 * 3 == 0.3
1.0 \\ 3.0 * 3.0 == 1.0
1 \\ 2 == 0.5
1 \\ 2.0 == 0.5
1.0 \\ 2 == 0.5
7 \\ 2 == 3.5
7.0 \\ 2 == 3.5
2 * 1.5 == 3
1.5 * 2 == 3
-1.5 < 0
-1.5 == 0 - 1.5
- 1.5 + 1.5 == 0
1.5 - 2 == -0.5
1.5 > 1
1 < 1.5
1.5 >= 1.5
1.5 <= 1.5
1.5 < 1.5
1.5 > 1.5
1.5 != 1.5
1.5 != 1
2.0 != 2
1.5 > 1.4999
0.5
0.0
not 0.5
not 0.0
0.5 and true
filesize * 1.5 == 15
filesize \\ 4.0 == 2.5
filesize \\ 4 == 2.5
filesize - 0.5 < 10
filesize - 0.5 > 9
filesize > 9.99
filesize < 10.01
filesize == 10.0
1.0 \\ 0.0 > 1000000
defined (1.0 \\ 0.0)
0.0 \\ 0.0 == 0.0
1.0 \\ 0 > 5
defined (1.0 \\ (filesize - 10))
123456789.125 == 123456789.125
100.0 == 1e2
1.5 % 1
1.5 & 1
1.5 | 1
1.5 ^ 1
~1.5
1.5 << 1
1 >> 1.5
.5 == 0.5
5. == 5
0.50 == 0.5
00.5 == 0.5
1.5KB == 1536
1.5 + "a" == 2
9223372036854775807 * 1.0 > 9000000000000000000
9223372036854775807 + 1.0 > 0
3.7 \\ 1 == 3.7
defined 1.5
1.5 == filesize * 0.15
""")

# ---- Comparing and logic, undefined -----------------------------------------------------------
holds("undefined", PLACES, """
uint8(1000) == 0
uint8(1000) != 0
not uint8(1000) == 0
not uint8(1000) != 0
uint8(1000) < 5
uint8(1000) >= 0
uint8(1000) == uint8(1000)
uint8(1000) != uint8(1000)
uint8(1000)
not uint8(1000)
not not uint8(1000)
uint8(1000) or true
true or uint8(1000)
uint8(1000) or false
uint8(1000) and true
true and uint8(1000)
false or uint8(1000) == 1
not (uint8(1000) and true)
not (uint8(1000) or false)
not (true and uint8(1000) == 0)
not (false and uint8(1000) == 0)
(not uint8(1000)) or true
(not uint8(1000)) or false
not (not uint8(1000))
uint8(1000) + 1 == 1
uint8(1000) * 0 == 0
0 * uint8(1000) == 0
uint8(1000) & 0 == 0
uint8(1000) | 1 == 1
uint8(1000) ^ 1 == 1
-uint8(1000) == 0
~uint8(1000) == -1
uint8(1000) \\ 1 == 0
1 \\ uint8(1000) == 0
1 << uint8(1000) == 1
uint8(1000) << 1 == 0
uint8(1000) + 1.5 > 0
uint8(1000) * 1.0 == 0.0
uint8(1000) * 1.0 < 5.0
not uint8(1000) * 1.0 < 5.0
uint8(1000) * 1.0 > 5.0
not uint8(1000) * 1.0 > 5.0
uint8(1000) * 1.0 != 5.0
not (uint8(1000) * 1.0 != 5.0)
uint8(1000) * 1.0 <= 5.0
uint8(1000) * 1.0 >= 5.0
defined uint8(1000)
not defined uint8(1000)
defined (uint8(1000) + 1)
defined uint8(0)
defined (uint8(0) + 1)
defined (uint8(1000) == 0)
defined (uint8(1000) and true)
defined (uint8(1000) or false)
defined not uint8(1000)
defined (not uint8(1000))
defined defined uint8(1000)
defined (defined uint8(1000))
defined uint8(1000) or defined uint8(0)
defined uint8(1000) and true
defined filesize
defined 0
defined false
defined "text"
uint8(uint8(1000)) == 0
defined uint8(uint8(1000))
uint8(uint8(3)) == 3
uint8(uint8(3) + uint8(4)) == 7
defined (1 \\ uint8(0))
not defined (1 \\ uint8(0))
defined (1 \\ uint8(1))
not (1 \\ uint8(0) == 0)
(1 \\ uint8(0) == 0) or true
not ((1 \\ uint8(0) == 0) or false)
""")

# ---- Reads ----------------------------------------------------------------------------------
holds("read", PLACES, """
uint8(0) == 0
uint8(5) == 5
int8(5) == 5
uint8(32) == 255
int8(32) == -1
int8(33) == -2
int8(34) == -128
int8(35) == 127
uint8(34) == 128
uint16(0) == 0x0100
uint16be(0) == 0x0001
int16(0) == 0x0100
uint16(1) == 0x0201
uint16be(1) == 0x0102
uint16(32) == 0xFEFF
uint16be(32) == 0xFFFE
int16(32) == -257
int16be(32) == -2
int16(33) == -32514
int16be(33) == -384
uint32(0) == 0x03020100
uint32be(0) == 0x00010203
int32(0) == 0x03020100
int32be(0) == 0x00010203
uint32(32) == 0x7F80FEFF
uint32be(32) == 0xFFFE807F
int32(32) == 0x7F80FEFF
int32be(32) == -98177
int32be(32) == 0xFFFE807F
uint32(33) == 0x007F80FE
int32(34) == -1426030720
uint32(34) == 0xAB007F80
int8be(32) == -1
uint8be(32) == 255
uint8(39) == 0xEF
uint8(40) == 0
defined uint8(39)
defined uint8(40)
defined uint16(38)
defined uint16(39)
defined uint32(36)
defined uint32(37)
defined uint32be(36)
defined uint32be(37)
defined uint16be(38)
defined uint16be(39)
defined int8(39)
defined int8(40)
defined int16(39)
defined int32(37)
defined uint8(-1)
defined uint8(0 - 1)
defined uint32(0x7fffffffffffffff)
defined uint8(filesize)
defined uint8(filesize - 1)
uint8(filesize - 1) == 0xEF
uint16be(filesize - 2) == 0xCDEF
uint8(1 + 2 * 3) == 7
uint8(0x10) == 16
uint8(uint8(uint8(9))) == 9
uint8(0) + uint8(1) + uint8(2) == 3
uint16(0) == uint8(0) | uint8(1) << 8
uint32be(4) == uint16be(4) << 16 | uint16be(6)
uint32(filesize - 4) & 0xFF == uint8(filesize - 4)
int8(32) + uint8(32) == 254
uint8 (5) == 5
uint8( 5 ) == 5
uint8() == 5
uint8(1,2) == 5
uint8 5 == 5
uint64(0) == 5
uint24(0) == 5
Uint8(0) == 0
uint8("a") == 0
uint8(1.5) == 1
int(5) == 5
uint8(true) == 1
uint32[0] == 5
uint8(0)(1) == 5
""")
holds("read", b"", """
uint8(0) == 0
not defined uint8(0)
filesize == 0
not filesize
""")
holds("read", b"M", """
uint8(0) == 0x4D
uint16(0) == 0x4D
not defined uint16(0)
""")

# ---- Texts ----------------------------------------------------------------------------------
holds("text", b"the data", """
"abc" == "abc"
"abc" == "ABC"
"abc" != "ABC"
"abc" != "abc"
"abc" == "abcd"
"" == ""
"" != "a"
"a" < "b"
"b" < "a"
"a" < "aa"
"aa" < "a"
"Z" < "a"
"a" > "Z"
"a" >= "a"
"a" <= "a"
"ab" <= "aa"
"ab" > ""
"\\x41" == "A"
"\\x41\\x42" == "AB"
"\\t" == "\\x09"
"\\n" == "\\x0a"
"\\r" == "\\x0d"
"\\\\" == "\\x5c"
"\\"" == "\\x22"
"a\\x00b" == "a\\x00b"
"a\\x00b" == "a\\x00c"
"a\\x00b" == "a"
"abc" contains "b"
"abc" contains "abc"
"abc" contains ""
"" contains ""
"" contains "a"
"abc" contains "abcd"
"abc" contains "B"
"abc" icontains "B"
"ABC" icontains "bc"
"abc" icontains "d"
"a\\x00bc" contains "bc"
"abc" startswith "ab"
"abc" startswith "abc"
"abc" startswith ""
"abc" startswith "b"
"abc" startswith "abcd"
"abc" startswith "AB"
"abc" istartswith "AB"
"ABC" istartswith "ab"
"ABC" istartswith "b"
"abc" endswith "bc"
"abc" endswith "abc"
"abc" endswith ""
"abc" endswith "b"
"abc" endswith "xabc"
"abc" endswith "BC"
"abc" iendswith "BC"
"ABC" iendswith "c"
"ABC" iendswith "b"
"abc" iequals "ABC"
"aBc" iequals "AbC"
"abc" iequals "abcd"
"" iequals ""
"[" iequals "{"
"@" iequals "`"
"abc" iequals "abd"
not "abc" contains "d"
not "abc" contains "b"
"abc" contains "b" and "abc" contains "c"
"abc" contains "b" == true
"abc" contains "b" or false
"a" == "a" == true
("abc" contains "b") == true
"abc"
""
not ""
not "abc"
"abc" and true
"" or false
"" or true
"abc" == 5
"abc" + "d" == "abcd"
"abc" contains 5
5 contains "a"
"abc" contains true
"a" < 5
-"a" == 1
"a" & 1
"a" startswith 1
"abc" matches "b"
"abc" iequals 1
'abc' == 'abc'
"abc" = "abc"
"é" == "é"
defined "a"
""")

# ---- Booleans ----------------------------------------------------------------------------------
holds("boolean", b"the data", """
true
false
not true
not false
true and true
true and false
false and true
true or false
false or false
true == true
true == false
true != false
false == false
true == 1
false == 0
true + 1 == 2
true > false
true & true
true | false
-true == -1
1 == true
(true)
((((true))))
(not (false))
true and (false or true)
true and (false or (true and (false or true)))
1 and 2
1 and 0
0 or 3
1.5 and 1
"a" and 1
not 1 and not 0
not (0 and 1)
TRUE
True
Not true
AND
true && true
true || true
!true
true and
and true
true true
true or or true
true not
()
(true
true)
not
defined
true xor false
true ^ false
""")
