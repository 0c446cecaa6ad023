"""Hex strings: nibbles, negation, jumps, alternatives; what may stand where; random ones."""
import random

from kit import finds, holds

BYTES = bytes(range(16)) + bytes(range(0xA0, 0xB0)) + bytes.fromhex("0102ff0304ff0506 aabbcc aabbddcc aabbddddcc 41424344")

finds("hex-byte", [BYTES, b"", b"\x01", b"\xaa\xbb"], """
{ 01 }
{ 01 02 }
{ 0102 }
{01 02}
{ aa bb cc }
{ AA BB CC }
{ Aa bB cC }
{ FF }
{ 41 42 43 44 }
{ 41424344 }
{ 00 }
{ 0F A0 }
{ AA BB }
""")
finds("hex-nibble", [BYTES, b"\xa1\x1a\xaa\x11", b"\x01"], """
{ ?? }
{ 0? }
{ ?1 }
{ A? ?1 }
{ ?A }
{ ?? ?? }
{ 01 ?? }
{ ?? 01 }
{ 01 ?? 03 }
{ AA ?? CC }
{ A? B? C? }
{ ?A ?B ?C }
{ AA BB ?? ?? CC }
{ 4? 4? 4? }
{ ?1 ?2 }
{ ?? 02 ?? }
{ a? }
{ ?b }
""")
finds("hex-not", [BYTES, b"\x01\x02\x01\x03\x02\x02", b"\x01"], """
{ ~01 }
{ ~01 02 }
{ 01 ~02 }
{ 01 ~02 ~03 }
{ ~0? 02 }
{ ~?1 }
{ ~?1 02 }
{ 01 ~0? }
{ ~FF ~FF ~FF }
{ AA BB ~CC CC }
{ AA ~BB }
{ 41 (~42 | 43) }
{ 01 [1-2] ~02 }
{ ~A? ~A? AA }
{ ~aa BB }
""", needs="4.5")

JUMPS = [BYTES, bytes.fromhex("01 02 aa 01 03 aa 02 01 04 05 06 aa 02"), b"\1" + b"x" * 20 + b"\2" + b"y" * 3 + b"\2",
         b"\1\2" * 6, b"\1\1\1\2\2\2"]
finds("hex-jump", JUMPS, """
{ 01 [1] 03 }
{ 01 [0] 02 }
{ 01 [0-1] 02 }
{ 01 [1-2] 02 }
{ 01 [0-3] 02 }
{ 01 [2-4] 02 }
{ 01 [20] 02 }
{ 01 [19] 02 }
{ 01 [20-24] 02 }
{ 01 [-] 02 }
{ 01 [3-] 02 }
{ 01 [25-] 02 }
{ 01 [1-] AA }
{ 01 [-5] 02 }
{ 01 [0-] 02 }
{ 01 [0-2] 02 [0-2] 01 }
{ 01 [-] 02 [-] 02 }
{ AA [1] CC }
{ AA [1-3] CC }
{ AA [0-2] CC }
{ 01 ?? [1-2] 02 }
{ 01 [1-2] ?? 02 }
{ 01 [2] [1] 02 }
{ 01 [1-2] [0-1] AA }
{ 01 [ 1 ] 03 }
{ 01 [ 1 - 2 ] 02 }
""")
GAPS = [b"AB" + b"." * n + b"CD" + b"." * m + b"EF" for n, m in ((200, 3), (201, 3), (250, 0), (199, 300), (500, 500))]
finds("hex-wide-jump", GAPS, """
{ 41 42 [200] 43 44 }
{ 41 42 [0-200] 43 44 }
{ 41 42 [0-250] 43 44 }
{ 41 42 [201-500] 43 44 }
{ 41 42 [250] 43 44 [0-3] 45 46 }
{ 41 42 [-] 43 44 [-] 45 46 }
{ 41 42 [500] 43 44 [500] 45 46 }
{ 41 42 [100-] 45 46 }
{ 41 42 [501-] 43 44 }
""")
finds("hex-wide-jump", [b"AB" + b"." * 210 + b"CD..CD..CD" + b"AB" + b"." * 220 + b"CD"], """
{ 41 42 [205-230] 43 44 }
{ 41 42 [-] 43 44 }
{ 41 42 [212-214] 43 44 }
{ 41 42 [300-] 43 44 }
""")

finds("hex-choice", [BYTES, bytes.fromhex("01 02 05 01 03 05 01 04 04 05 01 05"), b"ABCDABDCAD"], """
{ 01 ( 02 | 03 ) 05 }
{ 01 ( 02 | 03 | 04 04 ) 05 }
{ 01 ( 02 | 0? ) 05 }
{ 01 ( ?? | 04 04 ) 05 }
{ ( 01 | 02 ) ( 03 | 05 ) }
{ ( 01 ) }
{ ( 01 | 02 ) }
{ (01|02)03 }
{ 41 ( 42 | 44 ) }
{ 41 ( 42 43 | 42 44 ) }
{ 41 ( 42 | 42 43 ) 44 }
{ 41 ( 42 | 42 43 ) }
{ 41 ( 42 43 | 42 ) }
{ 41 ( 42 ( 43 | 44 ) | 44 ) }
{ 41 ( ( 42 | 44 ) 43 | 42 44 ) ?? }
{ ( AA | BB ) ( BB | CC ) }
{ AA BB ( DD | DD DD ) CC }
{ AA ( BB | BB DD | BB DD DD ) CC }
{ AA ( BB [0-2] CC | 41 ) }
{ ( 41 [1-2] 44 | 01 [1] 05 ) }
{ 01 ( [1-2] | 02 ) 05 }
{ 01 ( 02 | [1] ) 05 }
{ 01 ( 02 [-] 05 | 03 ) }
{ 01 ( 02 [0-] 05 | 03 ) }
""")
finds("hex-shape", BYTES, """
{ }
{}
{ [1] 01 }
{ 01 [1] }
{ [-] 01 }
{ 01 [-] }
{ [1] }
{ 0 }
{ 012 }
{ 01 2 }
{ 0g }
{ ? }
{ ??? }
{ 01 [ ] 02 }
{ 01 [a] 02 }
{ 01 [2-1] 02 }
{ 01 [-1-2] 02 }
{ 01 [1-2-3] 02 }
{ 01 [0x1] 02 }
{ 01 [1,2] 02 }
{ 01 [1 02 }
{ 01 1] 02 }
{ 01 [1000000] 02 }
{ 01 [0-2147483647] 02 }
{ 01 [0-2147483648] 02 }
{ 01 [99999999999999999999] 02 }
{ ( ) }
{ 01 ( ) 02 }
{ 01 ( | 02 ) }
{ 01 ( 02 | ) }
{ 01 ( 02 || 03 ) }
{ 01 | 02 }
{ 01 ( 02 }
{ 01 02 ) }
{ 01 ( [1] ) 02 }
{ ( [1] 01 | 02 ) }
{ ( 01 [1] | 02 ) }
{ ( 01 [1-2] | 02 ) 03 }
{ 01 ( 02 [1] | 03 ) 04 }
{ 01, 02 }
{ 01 "a" }
{ "01" }
{ 01 /* between */ 02 }
{ 01 // to the end
 02 }
{ /* first */ 01 }
{ 01 /* last */ }
{ ~?? }
{ ~ 01 }
{ ~~01 }
{ ~[1] }
{ 01 ~ }
{ ~(01|02) }
{ 01
 02 }
{\t01\t02 }
{ 01 02
{ 01 02 } { 03 }
{ 01 - 02 }
{ 01 * 02 }
{ 01 . 02 }
{ 01 \\\\ 02 }
""")
for modifiers in ("private", "nocase", "wide", "ascii", "fullword", "xor", "base64", "private private", "ascii private"):
    holds("hex-shape", BYTES, "#a > 0", "$a = { 41 42 } " + modifiers)
for definition in ["{ 01 // to the end\n 02 }", "{ 01\n02\n}", "{\t01\t02 }", "{ 01 /* a\nb */ 02 }", "{ 01\r\n02 }"]:
    finds("hex-shape", BYTES, [definition])


finds("hex-ends", [b"BBABZB", b"BBBA_B"], """
{ 42 42 ( 4? ?? 5A ?? | 41 ) }
{ 42 42 ( 41 | 4? ?? 5A ?? ) }
{ 42 42 ( 41 | 41 42 5A ) }
{ 42 ( 42 | 42 42 ) ( 41 | 42 41 5F ) }
""")


# ---- Random ---------------------------------------------------------------------------------------
def unit(rnd):
    x = rnd.random()
    b = "%02X" % rnd.choice(ALPHABET)
    return b if x < 0.7 else "??" if x < 0.8 else b[0] + "?" if x < 0.9 else "?" + b[1]


def sequence(rnd, n, depth):
    out = []
    for i in range(n):
        x = rnd.random()
        if x < 0.15 and depth:
            out.append("( %s )" % " | ".join(sequence(rnd, rnd.randint(1, 3), depth - 1) for _ in range(rnd.randint(2, 3))))
        elif x < 0.4 and 0 < i < n - 1:
            low = rnd.randint(0, 3)
            out.append(rnd.choice(["[%d]" % (low + 1), "[%d-%d]" % (low, low + rnd.randint(0, 4))]))
            out.append(unit(rnd))
        else:
            out.append(unit(rnd))
    return " ".join(out)


ALPHABET = (0x41, 0x42, 0x43, 0x1A)
_rnd = random.Random(20)
for _ in range(120):
    data = bytes(_rnd.choice(ALPHABET) for _ in range(40))
    finds("hex-random", data, ["{ %s }" % sequence(_rnd, _rnd.randint(2, 6), 2)])

