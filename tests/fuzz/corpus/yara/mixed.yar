import "pe"
rule a { strings: $a = /x[0-9]+/i condition: $a }
rule b { condition: pe.is_pe or a }
rule c { strings: $a = "\x00\xff" xor(1-255) $b = { 01 [2-4] (02|03 04) ~05 } condition: for any of them : (# > 1) }
rule d { condition: for all i in (1..2) : (i > 1) }
rule e : t { meta: x = 1 condition: none of (c*) and 1.5 < filesize }
