"""What stands around conditions: names, sections, metadata, tags, global and private rules,
references, includes, namespaces, comments; and mistakes of each."""
from kit import bodies, sets, warns

DATA = b"plain data: one two three"


def one(text, **more):
    sets("structure", DATA, text, **more)


# ---- Names and sections -----------------------------------------------------------------------------
for text in r"""
rule a { condition: true }
rule a{condition:true}
rule a { condition: true } rule b { condition: true }
rule a { condition: true }rule b { condition: true }
rule a { condition: true } rule a { condition: false }
rule A { condition: true } rule a { condition: true }
rule _ { condition: true }
rule _a1 { condition: true }
rule 1a { condition: true }
rule a-b { condition: true }
rule a.b { condition: true }
rule a b { condition: true }
rule { condition: true }
rule a condition: true }
rule a { condition: true
rule a { condition true }
rule a { condition: }
rule a { }
rule a {}
rule a
rule
a { condition: true }
Rule a { condition: true }
rule a { Condition: true }
rule a { condition : true }
rule a { condition: true; }
rule a { condition: true };
rule a { condition: true } }
rule a { condition: true condition: false }
rule a { condition: true } garbage
rule a { conditions: true }
rule a { strings: $a = "one" condition: $a meta: b = 1 }
rule a { strings: $a = "one" meta: b = 1 condition: $a }
rule a { meta: b = 1 strings: $a = "one" condition: $a }
rule a { meta: condition: true }
rule a { variables: condition: true }
rule a : t { condition: true }
rule a:t{condition:true}
rule a : t u v { condition: true }
rule a : t t { condition: true }
rule a : { condition: true }
rule a : t, u { condition: true }
rule a : 1 { condition: true }
rule a : "t" { condition: true }
rule a : t_1 T { condition: true }
rule a : a { condition: true }
rule a : rule { condition: true }
rule a : all { condition: true }
rule a : t : u { condition: true }
rule a(b) { condition: true }
rule a { condition: (true }
rule a { condition: true) }
rule a { condition: [true] }
rule a { condition: {true} }
rule a { condition: true ; false }
rule a { condition: true , false }
rule a { condition: true == }
rule a { condition: == true }
rule a { condition: 1 + }
rule a { condition: + 1 }
rule a { condition: 1 1 }
rule a { condition: 1 == 1 == 1 }
rule a { condition: 5 % }
rule a { condition: 5 / 2 == 2 }
rule a { condition: 5 // 2
 == 5 }
rule a { condition: 5 = 5 }
rule a { condition: 5 <> 5 }
rule a { condition: 5 =< 5 }
rule a { condition: 5 => 5 }
rule a { condition: 5 ** 2 == 25 }
rule a { condition: 5 ! = 5 }
rule a { condition: 5 < = 5 }
rule a { condition: 1 < < 2 == 4 }
rule a { condition: 0x == 0 }
rule a { condition: 0xg == 0 }
rule a { condition: 0b1 == 1 }
rule a { condition: 1_000 == 1000 }
rule a { condition: 1k == 1 }
rule a { condition: 1GB > 1 }
rule a { condition: 1 KB == 1024 }
rule a { condition: 0x1KB == 1024 }
rule a { condition: 1,5 == 1 }
rule a { condition: 08 == 8 }
rule a { condition: 0o8 == 8 }
rule a { condition: 0O7 == 7 }
rule a { condition: 5 == 5. }
rule a { condition: @ }
rule a { condition: # }
rule a { condition: ! }
rule a { condition: $ }
rule a { condition: ? }
rule a { condition: "unfinished }
rule a { condition: "a
b" == "a" }
rule a { condition: /unfinished }
rule a { condition: filesize() > 1 }
rule a { condition: filesize.x > 1 }
rule a { condition: filesize[0] > 1 }
rule a { condition: entrypoint == 1 }
rule a { condition: not }
rule a { condition: and true }
rule a { condition: true and or true }
rule a { condition: not and true }
rule a { condition: defined }
rule a { condition: true not true }
rule a { condition: none }
rule a { condition: any }
rule a { condition: all }
rule a { condition: them }
rule a { condition: unknown_name }
rule a { condition: "a" contains }
rule a { condition: contains "a" }
rule a { condition: "a" contain "a" }
rule a { condition: "a" matches }
rule a { condition: true if true }
rule a { condition: true ? 1 : 0 }
rule a { condition: ~true }
rule a { condition: ~"a" }
rule a { condition: -"a" }
rule a { condition: true + true == 2 }
rule a { condition: "a" * 2 }
rule a { condition: "a" - "b" }
rule a { condition: 1 and "a" + 1 }
rule a { condition: 1 < true }
rule a { condition: true < 1 }
rule a { condition: 1 == true }
rule a { condition: "1" == 1 }
rule a { condition: 1.0 == "1" }
rule a { condition: true == "true" }
rule a { condition: uint8("0") == 1 }
rule a { condition: uint8(0.5) == 1 }
rule a { condition: uint8(true) == 1 }
rule a { condition: int8 == 1 }
rule a { condition: uint8(0 == 1 }
rule a { condition: uint32be == 1 }
rule a { condition: uint32le(0) == 1 }
rule a { strings: $a = "one" condition: $a at }
rule a { strings: $a = "one" condition: $a in }
rule a { strings: $a = "one" condition: $a in () }
rule a { strings: $a = "one" condition: $a in (1) }
rule a { strings: $a = "one" condition: $a in (1..) }
rule a { strings: $a = "one" condition: $a in (..1) }
rule a { strings: $a = "one" condition: $a in (1 2) }
rule a { strings: $a = "one" condition: $a in (true..5) }
rule a { strings: $a = "one" condition: $a at "a" }
rule a { strings: $a = "one" condition: $a at 1.5 }
rule a { strings: $a = "one" condition: $a + 1 == 2 }
rule a { strings: $a = "one" condition: $a == "one" }
rule a { strings: $a = "one" condition: $a contains "o" }
rule a { strings: $a = "one" condition: $a > 0 }
rule a { strings: $a = "one" condition: #a.x == 1 }
rule a { strings: $a = "one" condition: #a[1] == 1 }
rule a { strings: $a = "one" condition: $a[1] == 1 }
rule a { strings: $a = "one" condition: $a* }
rule a { strings: $a = "one" condition: #a* > 0 }
rule a { strings: $a = "one" condition: # a == 1 }
rule a { strings: $a = "one" condition: $ a }
rule a { strings: $a = "one" condition: a }
rule a { strings: $a = "one" condition: any of $a }
rule a { strings: $a = "one" condition: any of (a) }
rule a { strings: $a = "one" condition: any of ("one") }
rule a { strings: $a = "one" condition: any of (1) }
rule a { strings: $a = "one" condition: any of them of them }
rule a { strings: $a = "one" condition: for any of them }
rule a { strings: $a = "one" condition: for any of them : }
rule a { strings: $a = "one" condition: for any : ( $ ) }
rule a { strings: $a = "one" condition: for all of them : ( for all of them : ( $ ) ) }
rule a { strings: $a = "one" condition: 101% of them }
rule a { strings: $a = "one" condition: 0% of them }
rule a { strings: $a = "one" condition: -5 of them }
rule a { strings: $a = "one" condition: 2 of them }
rule a { strings: $a = "one" condition: some of them }
rule a { strings: $a = "" condition: $a }
rule a { strings: $a = // condition: $a }
rule a { strings: $a = { } condition: $a }
rule a { strings: $a = condition: $a }
rule a { strings: $a condition: $a }
rule a { strings: = "one" condition: true }
rule a { strings: "one" condition: true }
rule a { strings: $a = "one condition: $a }
rule a { strings: $a = /one condition: $a }
rule a { strings: $a = { 01 condition: $a }
rule a { strings: $a = "one" + "two" condition: $a }
rule a { strings: $a = $b condition: $a }
rule a { strings: $a = true condition: $a }
rule a { strings: $$a = "one" condition: $$a }
rule a { strings: #a = "one" condition: #a }
rule a { strings: @a = "one" condition: @a }
rule a { strings: %a = "one" condition: $a }
""".strip().split("\nrule"):
    one(text if text.startswith("rule") else "rule" + text)
for text in ("a { condition: true }", "Rule a { condition: true }", "", " \n\t\r\n", "// only a comment", "/* only a comment */", "\0",
             "rule a { condition: true }\0", "\xef\xbb\xbfrule a { condition: true }", "rule a { condition: true }\x1a",
             "rule\ta\n{\r\ncondition\n:\ntrue\r\n}\r\n", "rule a { condition: true } \xa0", "rule \xe9 { condition: true }",
             'rule a { strings: $a = "one" condition: $\xe9 }', 'rule a { meta: b = "\xe9" condition: true }',
             'rule a { meta: b = "\xc3\xa9" condition: true }', 'rule a { strings: $a = "\xe9" condition: $a }',
             'rule a { strings: $a = "\xe9" condition: not $a }', "rule a\x0c{ condition: true }", "rule a { condition: true \\ }",
             "rule a { condition: true } rule", "import", "include", "private", "global rule", "{", "}", "rule a { condition: true\n\n\n}"):
    one(text)
RESERVED = """all and any ascii at base64 base64wide condition contains defined endswith entrypoint false filesize for fullword global
icontains iendswith iequals import in include int8 int16 int32 int8be int16be int32be istartswith matches meta nocase none not of or private
rule startswith strings them true uint8 uint16 uint32 uint8be uint16be uint32be wide xor""".split()
for word in RESERVED:
    sets("reserved", DATA, "rule %s { condition: true }" % word)
for word in ("variables", "int64", "uint64", "with", "let", "variable", "rules", "string", "ALL", "True", "filename", "pe", "math"):
    sets("reserved", DATA, "rule %s { condition: true }" % word)
for word in ("all", "them", "filesize", "in", "int8", "x", "with", "string"):
    sets("reserved", DATA, "rule a { condition: for any %s in (1..2) : ( %s == 2 ) }" % (word, word))
    sets("reserved", DATA, "rule a { meta: %s = 1 condition: true }" % word)
    sets("reserved", DATA, "rule a { strings: $%s = \"one\" condition: $%s }" % (word, word))
for n in (127, 128, 129, 1000):
    sets("name-length", DATA, "rule %s { condition: true }" % ("a" * n))
    sets("name-length", DATA, "rule a : %s { condition: true }" % ("t" * n))
    sets("name-length", DATA, "rule a { strings: $%s = \"one\" condition: any of them }" % ("s" * n))
    sets("name-length", DATA, "rule a { meta: %s = 1 condition: true }" % ("m" * n))

# ---- Metadata -------------------------------------------------------------------------------------------
bodies("meta", DATA, r"""
{ meta: a = 1 condition: true }
{ meta: a = 1 b = "two" c = true d = false condition: true }
{ meta: a = -1 condition: true }
{ meta: a = - 1 condition: true }
{ meta: a = 0x10 condition: true }
{ meta: a = 1KB condition: true }
{ meta: a = 1.5 condition: true }
{ meta: a = "" condition: true }
{ meta: a = "q\"b\\n\t\x41" condition: true }
{ meta: a = "bad \q" condition: true }
{ meta: a = 1 a = 2 condition: true }
{ meta: a = "x" a = 2 condition: true }
{ meta: a=1 b=2 condition: true }
{ meta: a = 1, b = 2 condition: true }
{ meta: a = 1; b = 2 condition: true }
{ meta: a condition: true }
{ meta: a = condition: true }
{ meta: a = b condition: true }
{ meta: a : 1 condition: true }
{ meta: a == 1 condition: true }
{ meta: 1 = 1 condition: true }
{ meta: "a" = 1 condition: true }
{ meta: $a = 1 condition: true }
{ meta: a-b = 1 condition: true }
{ meta: a.b = 1 condition: true }
{ meta: _ = 1 condition: true }
{ meta: a = 1 + 1 condition: true }
{ meta: a = (1) condition: true }
{ meta: a = --1 condition: true }
{ meta: a = +1 condition: true }
{ meta: a = -true condition: true }
{ meta: a = true1 condition: true }
{ meta: a = TRUE condition: true }
{ meta: a = /x/ condition: true }
{ meta: a = { 01 } condition: true }
{ meta: a = 'x' condition: true }
{ meta: a = "x" "y" condition: true }
{ meta: a = 9223372036854775807 condition: true }
{ meta: a = 9223372036854775808 condition: true }
{ meta: a = 1 condition: a == 1 }
{ meta: meta = 1 condition: true }
{ meta: author = "x" meta: b = 1 condition: true }
""")

# ---- Comments ----------------------------------------------------------------------------------------------
for text in ("rule a { // comment\ncondition: true }", "rule a { /* comment */ condition: true }", "rule /* x */ a { condition: true }",
             "rule a { condition: /* x */ true /* y */ }", "/**/rule a { condition: true }", "/* a /* b */ rule a { condition: true }",
             "/* a */ */ rule a { condition: true }", "/* * / */rule a { condition: true }", "/***/rule a { condition: true }",
             "//\nrule a { condition: true }", "rule a { condition: true } // end", "rule a { condition: true } /* end */",
             "// a \\\nrule a { condition: true }", "rule a { condition: true /* \n\n */ and true }", "# rule\nrule a { condition: true }",
             "-- rule\nrule a { condition: true }", "rule a { strings: $a = \"one // not a comment\" condition: not $a }",
             "rule a { strings: $a = \"one /* x */\" condition: not $a }", "rule a { condition: true and // x\r\n true }",
             "rule a { condition: true // x\r true }", "rule a { condition: tr/**/ue }", "rule a { condition: 1/**/+/**/1 == 2 }",
             "/rule a { condition: true }", "rule a { strings: $a = \"one\" // $b = \"two\"\n condition: $a }",
             "rule a { meta: b = 1 // c = 2\n d = 3 condition: true }", "rule a { strings: $a = /on\\/\\*e/ condition: not $a }"):
    sets("comment", DATA, text)

# ---- Private, global, references ---------------------------------------------------------------------------------
for text in """
private rule a { condition: true }
private rule a { condition: true } rule b { condition: a }
private rule a { condition: false } rule b { condition: a }
private rule a { condition: false } rule b { condition: not a }
global rule a { condition: true } rule b { condition: true }
global rule a { condition: false } rule b { condition: true }
global rule a { condition: true } rule b { condition: false }
global private rule a { condition: true } rule b { condition: true }
private global rule a { condition: false } rule b { condition: true }
private private rule a { condition: true }
global global rule a { condition: true }
rule b { condition: true } global rule a { condition: false }
rule b { condition: true } global rule a { condition: true }
global rule a { condition: true } global rule b { condition: false } rule c { condition: true }
global rule a { condition: true } global rule b { condition: true } rule c { condition: true }
global rule a { condition: filesize > 5 } rule c { strings: $a = "one" condition: $a }
global rule a { condition: filesize > 500 } rule c { strings: $a = "one" condition: $a }
global rule a { strings: $a = "two" condition: $a } rule c { strings: $a = "one" condition: $a }
global rule a { strings: $a = "ten" condition: $a } rule c { strings: $a = "one" condition: $a }
global rule a { condition: false } rule b { condition: a } rule c { condition: not a }
global rule a { condition: true } rule b { condition: a } rule c { condition: not a }
global rule a { condition: filesize } private rule b { condition: true } rule c { condition: b }
rule a { condition: true } rule b { condition: a }
rule a { condition: false } rule b { condition: a }
rule a { condition: false } rule b { condition: not a }
rule b { condition: a } rule a { condition: true }
rule a { condition: a }
rule a { condition: not a }
rule a { condition: true } rule b { condition: a and a }
rule a { condition: true } rule b { condition: a == true }
rule a { condition: true } rule b { condition: a == 1 }
rule a { condition: true } rule b { condition: a + 1 == 2 }
rule a { condition: true } rule b { condition: a() }
rule a { condition: true } rule b { condition: a.x }
rule a { condition: true } rule b { condition: a[0] }
rule a { condition: true } rule b { condition: $a }
rule a { condition: true } rule b { condition: defined a }
rule a { condition: true } rule b { condition: a contains "a" }
rule a { condition: true } rule b { condition: #a > 0 }
rule a { condition: true } rule b { condition: A }
rule a { condition: true } rule b { condition: a } rule c { condition: b and a }
rule a { condition: false } rule b { condition: a or true } rule c { condition: b and not a }
rule a { strings: $a = "one" condition: $a } rule b { strings: $b = "two" condition: a and $b }
rule a { strings: $a = "ten" condition: $a } rule b { strings: $b = "two" condition: a and $b }
rule a { strings: $a = "ten" condition: $a } rule b { strings: $b = "two" condition: a or $b }
rule a { condition: uint8(1000) == 0 } rule b { condition: a } rule c { condition: not a }
rule a { condition: true } rule b { condition: for any i in (1..2) : ( a and i == 2 ) }
rule a1 { condition: true } rule a2 { condition: true } rule b { condition: all of (a*) }
rule a1 { condition: true } rule a2 { condition: false } rule b { condition: all of (a*) }
rule a1 { condition: true } rule a2 { condition: false } rule b { condition: any of (a*) }
rule a1 { condition: true } rule a2 { condition: false } rule b { condition: 1 of (a1, a2) }
rule a1 { condition: true } rule a2 { condition: false } rule b { condition: 2 of (a1, a2) }
rule a1 { condition: true } rule a2 { condition: false } rule b { condition: none of (a2) }
rule a1 { condition: true } rule a2 { condition: false } rule b { condition: none of (a*) }
rule a1 { condition: true } rule a2 { condition: false } rule b { condition: 50% of (a*) }
rule a1 { condition: true } rule a2 { condition: false } rule b { condition: 51% of (a*) }
rule a1 { condition: true } rule b { condition: any of (a*) } rule a2 { condition: true }
rule a1 { condition: true } rule b { condition: any of (a1) } rule a2 { condition: true }
rule b { condition: any of (a*) }
rule b { condition: any of (b*) }
rule a1 { condition: true } rule b { condition: any of (a1, b*) }
rule a1 { condition: true } rule a2 { condition: any of (a*) }
rule a1 { condition: true } rule a2 { condition: all of (a*) }
rule a1 { condition: true } rule b { strings: $a = "one" condition: any of (a1, $a) }
rule a1 { condition: true } rule b { condition: any of (a1) in (0..5) }
rule a1 { condition: true } rule b { condition: any of (a1) at 0 }
rule a1 { condition: true } rule b { condition: for any of (a1) : ( $ ) }
rule a1 { condition: true } rule b { condition: any of (*) }
rule a1 { condition: true } rule b { condition: any of (a1,) }
rule a1 { condition: true } rule b { condition: any of a1 }
rule a1 { condition: true } rule b { condition: any of (zz*) }
rule a1 { condition: true } rule b { condition: any of (zz) }
private rule a1 { condition: true } rule a2 { condition: false } rule b { condition: any of (a*) }
global rule a1 { condition: true } rule a2 { condition: true } rule b { condition: all of (a*) }
""".strip().splitlines():
    sets("rules", DATA, text)

# ---- Namespaces ------------------------------------------------------------------------------------------------
sets("namespace", DATA, "rule a { condition: true }", "rule b { condition: true }")
sets("namespace", DATA, "rule a { condition: true }", "rule a { condition: true }")
sets("namespace", DATA, "rule a { condition: true }", "rule b { condition: a }")
sets("namespace", DATA, "rule a { condition: false } rule c { condition: a }", "rule a { condition: true } rule d { condition: a }")
sets("namespace", DATA, "global rule a { condition: false } rule b { condition: true }", "rule c { condition: true }")
sets("namespace", DATA, "global rule a { condition: true } rule b { condition: true }", "rule c { condition: true }")
sets("namespace", DATA, "rule b { condition: true }", "global rule a { condition: false } rule c { condition: true }")
sets("namespace", DATA, "private rule a { condition: true }", "rule b { condition: a }")
sets("namespace", DATA, "rule a1 { condition: true }", "rule a2 { condition: true } rule b { condition: all of (a*) }")
sets("namespace", DATA, "rule a { condition: true }", "rule b { condition: ")
sets("namespace", DATA, "rule a { condition: any of (b*) } ", "rule b { condition: true }")
sets("namespace", DATA, "rule a { strings: $a = \"one\" condition: $a }", "rule b { strings: $a = \"one\" nocase condition: $a }",
     "rule c { strings: $a = { 6F 6E 65 } condition: #a == 1 }")

# ---- Includes ----------------------------------------------------------------------------------------------------
sets("include", DATA, 'include "more.yar"', ("more.yar", "rule a { condition: true }"))
sets("include", DATA, 'include "more.yar" rule b { condition: a }', ("more.yar", "rule a { condition: true }"))
sets("include", DATA, 'rule b { condition: a } include "more.yar"', ("more.yar", "rule a { condition: true }"))
sets("include", DATA, 'rule b { condition: true }\ninclude "more.yar"', ("more.yar", "rule a { condition: b }"))
sets("include", DATA, 'include "more.yar"\nrule a { condition: true }', ("more.yar", "rule a { condition: true }"))
sets("include", DATA, 'include "more.yar"\nrule b { condition: true }', ("more.yar", ""))
sets("include", DATA, 'include "more.yar"\nrule b { condition: true }', ("more.yar", "// nothing"))
sets("include", DATA, 'include "more.yar"\nrule b { condition: true }', ("more.yar", "rule a { condition: }"))
sets("include", DATA, 'include "absent.yar"\nrule b { condition: true }')
sets("include", DATA, 'include ""\nrule b { condition: true }')
sets("include", DATA, 'include more.yar\nrule b { condition: true }', ("more.yar", "rule a { condition: true }"))
sets("include", DATA, "include 'more.yar'\nrule b { condition: true }", ("more.yar", "rule a { condition: true }"))
sets("include", DATA, 'include "sub/more.yar"', ("sub/more.yar", "rule a { condition: true }"))
sets("include", DATA, 'include "./more.yar"', ("more.yar", "rule a { condition: true }"))
sets("include", DATA, 'include "./sub/more.yar"', ("sub/more.yar", 'include "deep.yar"\nrule a { condition: true }'),
     ("sub/deep.yar", "rule d { condition: true }"))
sets("include", DATA, 'include "sub/more.yar"', ("sub/more.yar", 'include "../top.yar"\nrule a { condition: t }'),
     ("top.yar", "rule t { condition: true }"))
sets("include", DATA, 'include "sub/more.yar"', ("sub/more.yar", 'include "top.yar"\nrule a { condition: t }'),
     ("top.yar", "rule t { condition: true }"))
sets("include", DATA, 'include "rules0.yar"\nrule a { condition: true }')
sets("include", DATA, 'include "more.yar"', ("more.yar", 'include "more.yar"\nrule a { condition: true }'))
sets("include", DATA, 'include "one.yar"', ("one.yar", 'include "two.yar"'), ("two.yar", 'include "one.yar"'))
sets("include", DATA, 'include "one.yar" include "two.yar"', ("one.yar", "rule a { condition: true }"),
     ("two.yar", "rule b { condition: a }"))
sets("include", DATA, 'include "one.yar" include "one.yar"', ("one.yar", "rule a { condition: true }"))
sets("include", DATA, 'include "one.yar" include "one.yar"\nrule b { condition: true }', ("one.yar", 'import "math"'))
sets("include", DATA, 'include "a.yar"', *[("%s.yar" % x, 'include "%s.yar"\nrule %s { condition: true }' % (chr(ord(x) + 1), x))
                                          for x in "abcdefghijklm"], ("n.yar", "rule n { condition: true }"))
sets("include", DATA, 'include "a.yar"', *[("%s.yar" % x, 'include "%s.yar"\nrule %s { condition: true }' % (chr(ord(x) + 1), x))
                                          for x in "abcdefghijklmnopqrst"], ("u.yar", "rule u { condition: true }"))
sets("include", DATA, 'include "more.yar"', ("more.yar", "global rule g { condition: false } rule a { condition: true }"))
sets("include", DATA, 'include "more.yar"\nrule b { condition: true }', ("more.yar", "global rule g { condition: false }"))
sets("include", DATA, 'include "more.yar"\nrule b { condition: p }', ("more.yar", "private rule p { condition: true }"))
sets("include", DATA, 'rule a { condition: true } include "more.yar" rule c { condition: b }', ("more.yar", "rule b { condition: a }"))
sets("include", DATA, '// include "absent.yar"\nrule a { condition: true }')

# ---- Sizes ---------------------------------------------------------------------------------------------------------
sets("size", DATA, "rule a { condition: %s }" % " or ".join(["false"] * 500 + ["true"]))
sets("size", DATA, "rule a { condition: %s }" % " and ".join(["true"] * 500))
sets("size", DATA, "rule a { condition: %s 1 %s == 1 }" % ("(" * 100, ")" * 100))
sets("size", DATA, "rule a { condition: %s true }" % ("not " * 100))
sets("size", DATA, "rule a { condition: %s == 500 }" % " + ".join(["1"] * 500))
sets("size", DATA, "rule a { strings: %s condition: any of them }" % " ".join('$s%d = "%04d"' % (i, i) for i in range(500)))
sets("size", DATA, "rule a { strings: %s $x = \"one\" condition: any of them }" % " ".join('$s%d = "%04d"' % (i, i) for i in range(500)))
sets("size", DATA, " ".join("rule r%d { condition: filesize == %d }" % (i, i) for i in range(300)))
sets("size", DATA, "rule a { meta: %s condition: true }" % " ".join("m%d = %d" % (i, i) for i in range(300)))
sets("size", DATA, "rule a : %s { condition: true }" % " ".join("t%d" % i for i in range(200)))
sets("size", DATA, "rule r0 { condition: true } " + " ".join("rule r%d { condition: r%d }" % (i, i - 1) for i in range(1, 200)))
sets("size", DATA, 'rule a { meta: m = "%s" condition: true }' % ("x" * 8000))
sets("size", b"x" * 3000, 'rule a { strings: $a = "%s" condition: $a }' % ("x" * 3000))
sets("size", b"a" * 70000, 'rule a { strings: $a = "a" condition: #a == 70000 }')
sets("size", b"a" * 70000, 'rule a { strings: $a = "aa" condition: #a == 69999 and @a[69999] == 69998 }')

# ---- Warnings ------------------------------------------------------------------------------------------------------
warns("warning", r"""
{ condition: true }
{ condition: filesize > 5 }
{ condition: filesize }
{ condition: 5 }
{ condition: "text" }
{ condition: "text" and true }
{ condition: "" }
{ condition: not "text" }
{ condition: "a" == "b" }
{ condition: entrypoint == 5 }
{ strings: $a = "needle" condition: $a }
{ strings: $a = "needle" condition: 1 of them }
{ strings: $a = "needle" condition: 0 of them }
{ strings: $a = "needle" condition: none of them }
{ strings: $a = "needle" condition: for 0 of them : ( $ ) }
{ strings: $a = "needle" condition: not 0 of them }
{ strings: $a = "needle" $b = "thread" condition: 0 of ($a*) and $b }
{ condition: for 0 i in (1..2) : ( i == 3 ) }
{ condition: for none i in (1..2) : ( i == 3 ) }
{ strings: $a = "needle" $b = "thread" condition: all of ($a, $b) }
{ strings: $a = { 01 02 03 04 05 [2-4] 06 07 08 09 } condition: $a }
{ strings: $a = "needle" wide ascii nocase condition: $a }
""", needs="4.5")
