"""Where strings matched: # @ ! at in; sets of strings and of rules; loops."""
from kit import bodies, holds

#       0         10        20        30        40
DATA = b"ant bee ant cow bee ant dog .. ANT eel fox ant!"
STRINGS = """
$a = "ant"
$b = "bee"
$c = "cow"
$d = "dog"
$none = "zebra"
$none2 = "zebu"
$ai = "ant" nocase
$v = { 61 6E 74 [0-4] 62 }
"""

# ---- Counts, offsets, lengths ----------------------------------------------------------------------
holds("count", DATA, """
$a
not $a
$none
not $none
$a and $b
$a and $none
$a or $none
$none or $none2
not $a or $b
not ($a and $none)
$a == true
$a == 1
$none == 0
#a == 4
#a > 3
#a
not #none
#none
#none == 0
#a + #b == 6
#a * #b == 8
#a - #none == 4
#ai == 5
#a == #ai - 1
#a < #ai
#a in (0..46) == 4
#a in (0..45) == 4
#a in (0..42) == 3
#a in (0..0) == 1
#a in (1..100) == 3
#a in (8..8) == 1
#a in (9..19) == 0
#a in (9..20) == 1
#a in (100..200) == 0
#a in (5..4) == 0
#a in (filesize - 5..filesize) == 1
#a in (0..filesize) == #a
#a in (@b..@b[2]) == 1
#a in (0..@none) == 0
not (#a in (0..@none) == 0)
defined (#a in (0..@none))
#none in (0..100) == 0
#a in (-5..10) == 2
#a in (0-5..10) == 2
#a in 0..10 == 2
#a in (10) == 1
#a in (1,2)
#a at 0
""", STRINGS)
holds("offset", DATA, """
@a == 0
@a[1] == 0
@a[2] == 8
@a[3] == 20
@a[4] == 43
@a[5] == 0
defined @a[4]
defined @a[5]
not defined @a[5]
defined @a[0]
@a[0] == 0
@a[-1] == 43
@a[1+1] == 8
@a[#a] == 43
@a[#a - 1] == 20
defined @a[#a + 1]
@b == 4
@b < @c
@c < @b
@a[@b] == 43
@a[@b[1]] == 43
@none == 0
@none != 0
defined @none
not defined @none
@none[1] == 0
@none < 5
not (@none < 5)
@none > @a
@a + 3 == 3
@b - @a == 4
@b - @none == 4
@a[uint8(1000)] == 0
defined @a[uint8(1000)]
@a[1 ] == 0
@a [1] == 0
@a[] == 0
@a[1,2] == 0
@a[1.0] == 0
@a["x"] == 0
@a(1) == 0
@ai[4] == 31
uint8(@a) == 0x61
uint8(@b + 1) == 0x65
uint16be(@c) == 0x636f
uint8(@none) == 0
defined uint8(@none)
""", STRINGS)
holds("length", DATA, """
!a == 3
!a[1] == 3
!a[4] == 3
!a[5] == 3
defined !a[5]
defined !a[0]
!a[0] == 3
!none == 0
defined !none
not defined !none
!v == 5
!v[1] == 5
!v[2] == 8
#v == 1
#v == 2
@v[1] == 0
!a + !b == 6
!a * 2 == 6
@a[2] + !a[2] == 11
@a + !a == @b - 1
!v > !a
!a[#a] == 3
!a[@b] == 3
! a == 3
!a == !b and !b == !c
not !none
""", STRINGS)
holds("at", DATA, """
$a at 0
$a at 1
$a at 8
$a at 43
$a at 44
$a at 0 and $b at 4
$a at 0 or $b at 0
not $a at 1
not $a at 0
$b at 4
$b at 2 + 2
$b at (2 + 2)
$b at 2 * 2
$b at @b
$b at @a + 4
$b at @a
$a at @none
not $a at @none
defined ($a at @none)
$a at filesize - 4
$a at filesize
$a at -1
$a at 0 - 1
$a at 1000
$none at 0
not $none at 0
$a at uint8(1000)
$a at 0x8
$a at 8 == true
($a at 8) == 1
$a at 1.0
$a at "x"
$a at true
$a at (0)
$a at (0..8)
$a at
$a at 8 or false
$v at 0
$v at 20
$ai at 31
$a at 31
""", STRINGS)
holds("in", DATA, """
$a in (0..0)
$a in (1..7)
$a in (1..8)
$a in (8..8)
$a in (9..19)
$a in (9..20)
$a in (44..100)
$a in (43..100)
$a in (0..filesize)
$a in (filesize-4..filesize)
$a in (filesize-3..filesize)
$b in (@a..@c)
$b in (@c..@d)
$b in (@d..@c)
$a in (5..4)
$a in (8..0)
$a in (-1..5)
$a in (0-3..5)
$a in (-5..-1)
$a in (0..-1)
$a in (0..@none)
$a in (@none..10)
not $a in (0..@none)
not $a in (1..7)
not $none in (0..10)
defined ($a in (0..@none))
$a in (1 + 1..2 * 4)
$a in (1..2) or $b in (3..4)
$a in (0 .. 5)
$a in (0..1000000000000)
$a in (0..1.5)
$a in ("a".."b")
$a in (0,1)
$a in 0..5
$a in (0...5)
$a in (0..5
$a in ()
$v in (0..0)
$v in (1..19)
$v in (1..20)
$a in (0..5) and not $a in (1..7)
""", STRINGS)

# ---- N of a set ------------------------------------------------------------------------------------
SET = """
$a = "ant"
$b1 = "bee"
$b2 = "cow"
$b3 = "zebra"
$c = "gnu"
"""
holds("of", DATA, """
any of them
all of them
none of them
1 of them
2 of them
3 of them
4 of them
5 of them
6 of them
0 of them
any of ($a, $b1)
all of ($a, $b1)
all of ($a, $b3)
none of ($b3, $c)
none of ($a, $c)
any of ($b3, $c)
any of ($b*)
all of ($b*)
2 of ($b*)
3 of ($b*)
none of ($b*)
0 of ($b3, $c)
0 of ($a, $c)
1 of ($c)
any of ($*)
all of ($*)
3 of ($*)
any of ($a*)
all of ($a*, $b1)
2 of ($a, $a)
2 of ($c, $a)
all of ($a, $a)
2 of ($b*, $b1)
4 of ($b*, $b*)
5 of ($b*, $b*)
#a of ($b*)
#b1 of ($b*)
#c of ($b*)
#c of ($c)
(1 + 1) of ($b*)
1 + 1 of ($b*)
-1 of them
(0 - 1) of them
(#a - 2) of ($b*)
(#a - 1) of ($b*)
(#a - 9) of ($b*)
@c of them
not @c of them
defined (@c of them)
uint8(1000) of them
filesize of them
1.5 of them
true of them
"a" of them
any of ()
any of ($)
any of $a
any of ($x*)
any of ($undefined)
any of (them)
any of them and $a
not any of them
not none of them
not all of them
any of them == true
2 of them or all of them
all of them or 2 of them
any of ($a,)
any of ($a $b1)
any ($a)
1 of
of them
50% of them
60% of them
61% of them
100% of ($a, $b1)
100% of them
99% of them
1% of them
1% of ($c)
0% of them
-1% of them
101% of them
(30 + 30)% of them
#a% of them
(#a * 15)% of them
(#a * 16)% of them
33% of ($b*)
66% of ($b*)
67% of ($b*)
34% of ($b3, $c, $a)
33% of ($b3, $c, $a)
50 % of them
1.5% of them
@c% of them
not @c% of them
any% of them
any of them in (0..5)
all of ($a, $b1) in (0..5)
all of ($a, $b1) in (0..3)
2 of them in (0..5)
3 of them in (0..5)
3 of them in (0..12)
none of them in (1..3)
none of them in (0..3)
0 of them in (1..3)
any of ($b*) in (0..3)
any of ($b*) in (0..4)
any of them in (5..4)
any of them in (0..@c)
not any of them in (0..@c)
none of them in (0..@c)
50% of them in (0..12)
61% of them in (0..12)
#c of them in (0..5)
any of them in (0,5)
any of them in 0..5
any of them in (filesize-5..filesize)
all of them in (0..filesize)
""", SET)
holds("of-at", DATA, """
any of them at 0
all of them at 0
all of ($a) at 0
1 of ($a, $b1) at 4
2 of ($a, $b1) at 4
none of them at 0
none of them at 1
any of ($b*) at 0
any of ($b*) at 4
any of them at @b1
any of them at @c
not any of them at @c
50% of ($a, $b1) at 4
51% of ($a, $b1) at 4
0 of them at 1
0 of them at 4
any of them at (0..1)
any of them at "a"
any of them at 2 + 2
""", SET, needs="4.5")
holds("of-list", DATA, """
any of (true, false)
1 of ($a, true)
all of (true, $a at 0)
2 of (#a == 4, #b1 == 2, false)
2 of (#a == 4, #b1 == 2, true)
none of (false, $c)
all of (true, "text" == "text", 1 + 1 == 2)
""", SET, needs="x")

# ---- Loops over strings ----------------------------------------------------------------------------
holds("for-of", DATA, """
for any of them : ( $ )
for all of them : ( $ )
for none of them : ( $ )
for 3 of them : ( $ )
for 4 of them : ( $ )
for 2 of them : ( $ at 0 )
for 1 of them : ( $ at 0 )
for any of ($b*) : ( $ at 4 )
for any of ($b*) : ( $ at 0 )
for all of ($a, $b1) : ( # > 1 )
for all of ($a, $b1, $b2) : ( # > 1 )
for any of them : ( # == 4 )
for any of them : ( # == 3 )
for any of them : ( @ == 0 )
for any of them : ( @ == 4 )
for any of them : ( @ == 5 )
for any of them : ( @[2] == 8 )
for any of them : ( @[3] == 20 )
for any of them : ( @[9] == 20 )
for any of them : ( ! == 3 )
for any of them : ( ![1] == 3 )
for all of them : ( ! == 3 )
for 3 of them : ( ! == 3 )
for 4 of them : ( ! == 3 )
for all of them : ( # >= 0 )
for none of them : ( # > 4 )
for none of them : ( # > 3 )
for 0 of them : ( # > 4 )
for 0 of them : ( # > 3 )
for 3 of them : ( defined @ )
for 4 of them : ( defined @ )
for 2 of them : ( not defined @ )
for any of ($c) : ( @ == 0 )
for any of ($c) : ( not (@ == 0) )
for all of ($a) : ( $ in (0..0) )
for all of ($b1) : ( $ in (0..3) )
for any of them : ( $ in (5..filesize) and # < 3 )
for all of ($a, $b1) : ( $ and #a == 4 )
for all of ($a, $b1) : ( true )
for any of them : ( false )
for none of them : ( false )
for all of them : ( false )
for 50% of them : ( $ )
for 60% of them : ( $ )
for 61% of them : ( $ )
for (1 + 2) of them : ( $ )
for #b1 of ($b*) : ( $ )
for #a of ($b*) : ( $ )
for @c of them : ( $ )
for any of them : ( # == 2 and @ == 4 )
for any of them : ( uint8(@) == 0x63 )
for any of them : ( uint8(@) == 0x64 )
for any of them : ( #a == 4 )
for any of ($a) : ( for any i in (1..#) : ( @[i] == 20 ) )
for any of ($a) : ( for any of ($b1) : ( $ ) )
for any of them : ( for all i in (1..#) : ( @[i] > 3 ) )
for all i in (1, 2) : ( for any of ($a, $b1) : ( @[i] == 4 ) )
for any of them : $
for any of them ( $ )
for any of them : ()
for any them : ( $ )
for of them : ( $ )
for any of them : ( $ at )
any of them : ( $ )
for any of ($z) : ( $ )
for any of () : ( $ )
for all of them : ( "a" )
for any of them : ( #x > 1 )
$ and any of them
# > 1 and any of them
@ == 0 and any of them
$
for any of them : ( $ ) and $
not for any of ($c) : ( $ )
for any of them : ( $ ) or false
for 9 of them : ( $ )
for -1 of them : ( $ )
for 1.5 of them : ( $ )
for true of them : ( $ )
""", SET)

# ---- Loops over numbers -----------------------------------------------------------------------------
holds("for-in", DATA, """
for any i in (1..5) : ( i == 3 )
for any i in (1..5) : ( i == 6 )
for all i in (1..5) : ( i > 0 )
for all i in (1..5) : ( i > 1 )
for none i in (1..5) : ( i > 5 )
for none i in (1..5) : ( i > 4 )
for 2 i in (1..5) : ( i > 3 )
for 3 i in (1..5) : ( i > 3 )
for 1 i in (1..5) : ( i > 3 )
for 0 i in (1..5) : ( i > 5 )
for 0 i in (1..5) : ( i > 4 )
for any i in (5..1) : ( true )
for all i in (5..1) : ( true )
for none i in (5..1) : ( true )
for all i in (5..1) : ( false )
for none i in (5..1) : ( false )
for 0 i in (5..1) : ( false )
for all i in (#a + 1..#a) : ( true )
for none i in (#a + 1..#a) : ( true )
not for all i in (#a + 1..#a) : ( false )
for any i in (#none + 1..#none) : ( true )
for all i in (3..3) : ( i == 3 )
for any i in (0..0) : ( i == 0 )
for any i in (-3..3) : ( i == -2 )
for all i in (-3..-1) : ( i < 0 )
for any i in (1,2,3) : ( i == 2 )
for any i in (1,2,3) : ( i == 4 )
for all i in (1,2,3) : ( i < 4 )
for any i in (3,1,2) : ( @a[i] == 20 )
for any i in (7) : ( i == 7 )
for all i in (1) : ( i == 1 )
for 2 i in (1,1,2) : ( i == 1 )
for 3 i in (1,1,2) : ( i == 1 )
for any i in (#a, #b) : ( i == 2 )
for all i in (#a, #b) : ( i > 2 )
for any i in (@a[2], 100) : ( i == 8 )
for any i in (filesize, 1) : ( i == 47 )
for any i in (1 + 1, 2 * 3) : ( i == 6 )
for all i in (1..#a) : ( @a[i] < 50 )
for all i in (1..#a) : ( @a[i] < 40 )
for all i in (1..#a) : ( !a[i] == 3 )
for any i in (1..#a) : ( @a[i] == @b + 4 )
for any i in (1..#none) : ( @none[i] == 0 )
for all i in (1..#none) : ( @none[i] == 0 )
for any i in (0..filesize) : ( uint8(i) == 0x63 )
for any i in (0..filesize) : ( uint16be(i) == 0x656c )
for any i in (0..filesize) : ( uint8(i) == 0x7a )
for 5 i in (0..filesize) : ( uint8(i) == 0x61 )
for 4 i in (0..filesize) : ( uint8(i) == 0x61 )
for all i in (0..filesize - 1) : ( uint8(i) < 0x80 )
for all i in (0..filesize) : ( uint8(i) < 0x80 )
for none i in (0..filesize) : ( uint8(i) >= 0x80 )
for any i in (1..3) : ( $a at i * 4 )
for any i in (1..3) : ( $a at i )
for any i in (1..3) : ( $a in (i..i + 5) )
for all i in (1..3) : ( $a in (i..i + 5) )
for any i in (1..3) : ( for any j in (1..3) : ( i * j == 9 ) )
for any i in (1..3) : ( for all j in (1..3) : ( i * j < 7 ) )
for all i in (1..3) : ( for any j in (1..3) : ( i == j ) )
for all i in (1..3) : ( for any j in (i..3) : ( j == 3 ) )
for any i in (1..3) : ( for any j in (i + 1..3) : ( @a[j] - @a[i] == 12 ) )
for any i in (1..2) : ( for any j in (1..2) : ( for any k in (1..2) : ( i + j + k == 6 ) ) )
for any i in (1..2) : ( for any j in (1..2) : ( for any k in (1..2) : ( for any l in (1..2) : ( i + j + k + l == 8 ) ) ) )
for any i in (1..2) : ( for any j in (1..2) : ( for any k in (1..2) : ( for any l in (1..2) : ( for any m in (1..2) : ( i + j + k + l + m == 10 ) ) ) ) )
for any i in (1..2) : ( for any i in (1..2) : ( i == 1 ) )
for any i in (1..2) : ( i == 1 ) and for any i in (1..2) : ( i == 2 )
for any i in (1..2) : ( i == 1 ) and i == 1
for 50% i in (1..4) : ( i > 2 )
for 51% i in (1..4) : ( i > 2 )
for #b i in (1..4) : ( i > 2 )
for (1 + 1) i in (1..4) : ( i > 2 )
for @none i in (1..4) : ( i > 2 )
for -1 i in (1..4) : ( i > 2 )
for 5 i in (1..4) : ( i > 0 )
for any i in (1..@none) : ( true )
for all i in (1..@none) : ( true )
not for any i in (1..@none) : ( true )
defined for any i in (1..@none) : ( true )
for any i in (@none..5) : ( true )
for any i in (1, @none) : ( i == 1 )
for any i in (@none, 1) : ( i == 1 )
for all i in (@none, 1) : ( i == 1 )
for any i in (1..5) : ( @none == i )
for any i in (1..5) : ( not (@none == i) )
for none i in (1..5) : ( @none == i )
for all i in (1..5) : ( defined i )
for any i in (1..3) : ( i )
for any i in (0..0) : ( i )
for all i in (0..3) : ( i )
for any i in (1..3) : ( i == 1.0 )
for any i in (1..3) : ( i \\ 2.0 == 1.5 )
for any i in (1.5..3) : ( true )
for any i in ("a".."b") : ( true )
for any i in (1..5, 7) : ( true )
for any i in () : ( true )
for any i in (1,) : ( true )
for any i in 1..5 : ( true )
for any i in (1..5) ( true )
for any i in (1..5) : true
for any i in (1..5) : ()
for any (i) in (1..5) : ( true )
for any i of (1..5) : ( true )
for any in (1..5) : ( true )
for i in (1..5) : ( true )
for any i, j in (1..5) : ( true )
for any i,j in (1, 2) : ( true )
for any 1 in (1..5) : ( true )
for any them in (1..5) : ( true )
for any filesize in (1..5) : ( true )
for any i in (1..5) : ( j == 1 )
for any i in $a : ( true )
for any i in them : ( true )
for any i in 5 : ( true )
for any i in (1, "a") : ( true )
for any i in (1, 2.5) : ( true )
for any i in (true, false) : ( i )
for any i in (1..1000000) : ( i == 1000000 )
for all i in (1..100000) : ( i > 0 )
for any i in (0x10..0x12) : ( i == 17 )
for any i in (1..2) : ( i startswith "a" )
for any i in (1..10) : ( i == 5 ) and $a
for any i in (1..10) : ( i == 50 ) or $a
not for any i in (1..10) : ( i == 50 )
(for any i in (1..10) : ( i == 5 )) == true
for any i in (1..#a) : ( for any of ($b, $c) : ( @ == @a[i] + 4 ) )
for any _i in (1..3) : ( _i == 2 )
for any i1 in (1..3) : ( i1 == 2 )
""", STRINGS)
holds("for-text", DATA, """
for any s in ("ant", "bee") : ( s == "bee" )
for any s in ("ant", "bee") : ( s == "cow" )
for all s in ("ant", "art") : ( s startswith "a" )
for all s in ("ant", "bee") : ( s contains "a" )
for none s in ("ant", "bee") : ( s == "cow" )
for 2 s in ("ant", "bee", "cat") : ( s contains "a" )
for 3 s in ("ant", "bee", "cat") : ( s contains "a" )
for any s in ("ant") : ( s == "ant" )
for any s in ("ant", "bee") : ( s matches /e+$/ )
for any s in ("ANT", "bee") : ( s iequals "ant" )
for any s in ("ant", "bee") : ( s == 5 )
for any s in ("ant", 5) : ( s == "ant" )
for any s in ("a".."b") : ( true )
for any s in ("", "b") : ( s == "" )
for any s in ("x", "y") : ( for any t in ("x", "z") : ( s == t ) )
for any s in ("x", "y") : ( for any t in ("w", "z") : ( s == t ) )
for all s in ("x", "y") : ( s )
""", needs="4.5")
holds("with", DATA, """
with x = 5 : ( x == 5 )
with x = #a : ( x == 4 )
with x = #a, y = #b : ( x + y == 6 )
with x = "text" : ( x contains "ex" )
with x = 1 : ( with y = x + 1 : ( y == 2 ) )
with x = @none : ( x == 1 )
""", STRINGS, needs="x")

# ---- Rules in conditions -----------------------------------------------------------------------------
bodies("string-name", DATA, """
{ strings: $ = "ant" condition: any of them }
{ strings: $ = "ant" $ = "bee" condition: all of them }
{ strings: $ = "ant" $ = "zebra" condition: all of them }
{ strings: $ = "ant" $ = "zebra" condition: 1 of them }
{ strings: $ = "ant" $a = "bee" condition: all of ($*) }
{ strings: $ = "ant" condition: $ }
{ strings: $ = "ant" condition: any of ($) }
{ strings: $ = "ant" condition: true }
{ strings: $a = "ant" $a = "bee" condition: all of them }
{ strings: $a = "ant" condition: true }
{ strings: $a = "ant" $b = "bee" condition: $a }
{ strings: $a = "ant" $b = "bee" condition: #b == 2 and $a }
{ strings: $a = "ant" $b = "bee" condition: @b == 4 and $a }
{ strings: $a = "ant" $b = "bee" condition: !b == 3 and $a }
{ strings: $a1 = "ant" $a2 = "bee" condition: any of ($a*) }
{ strings: $a1 = "ant" $b2 = "bee" condition: any of ($a*) }
{ strings: $1 = "ant" condition: $1 }
{ strings: $1a = "ant" condition: $1a }
{ strings: $a_b = "ant" condition: $a_b }
{ strings: $A = "ant" $a = "zebra" condition: $A and not $a }
{ strings: $a-b = "ant" condition: any of them }
{ strings: $a* = "ant" condition: any of them }
{ strings: $at = "ant" condition: $at }
{ strings: $all = "ant" condition: $all }
{ strings: $true = "ant" condition: $true }
{ strings: a = "ant" condition: any of them }
{ strings: $a "ant" condition: $a }
{ strings: $a = ant condition: $a }
{ strings: $a = 5 condition: $a }
{ strings: $a == "ant" condition: $a }
{ strings: $ a = "ant" condition: $a }
{ strings: $a="ant" condition: $a }
{ strings: $a = "ant"; condition: $a }
{ strings: $a = "ant", $b = "bee" condition: any of them }
{ strings: condition: true }
{ strings: $a = "ant" strings: $b = "bee" condition: any of them }
{ condition: $undefined }
{ condition: #undefined > 0 }
{ condition: @undefined > 0 }
{ condition: !undefined > 0 }
{ condition: any of them }
{ condition: all of them }
{ condition: none of them }
{ condition: any of ($*) }
{ condition: $a strings: $a = "ant" }
{ strings: $a = "ant" condition: $A }
{ strings: $_a = "ant" $b = "bee" condition: $b and $_a }
""")
bodies("string-name", DATA, """
{ strings: $_a = "ant" $b = "bee" condition: $b }
{ strings: $_a = "ant" condition: true }
{ strings: $_ = "ant" condition: true }
{ strings: $_a = "ant" $_b = "zebra" condition: 1 of ($_*) }
{ strings: $_a = "ant" $_b = "zebra" condition: all of them }
""", needs="4.5")
