rule a { strings: $a = "x
rule b { condition: ( 1 + }
foo
global rule c { condition: true }
rule d { strings: $a = { 01 02 ( 03 | 04 ) [1-2] 05 