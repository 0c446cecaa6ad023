import "pe" // a module
rule inner { condition: filesize > 0 }
/* and now */ private global rule one : tag1 tag2 {
  meta: author = "a\"b\x41" n = -5 yes = true
  strings:
    $text = "abc\t" wide ascii nocase fullword private
    $xor = "xyz" xor(0x01-0xff)
    $ = "anonymous"
    $hex = { 01 ?2 3? ~04 ~?5 [2-4] (06 07 | 08 (09|0a [1] 0b)) /* c */ ?? 0C [-] 0d } private
  condition:
    not ($text at 0x10 or $xor in (0..filesize - 1KB)) and #hex in (0..10) >= 1 * 2 \ 3 % 4 and
    @hex[2] != !text[1] and for any of ($text, $x*) : ($ at 5 and # > 1 | 2 ^ 3 & 4 << 5 >> 1)
    and 2 of them and 50% of ($*) and none of ($) in (1..2) and all of them at -1 + 2 and
    (uint16be(0) == 0x4d5a or int32(entrypoint) < -1.5) and defined "ab" icontains "B" and
    any of (inn*) and inner
}
rule two { condition: one and 1 of (one, inner) or true or false }
