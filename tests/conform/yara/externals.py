"""Variables from outside: -d NAME=VALUE of yara, -D of yamori."""
from kit import holds, sets

WIDE = (["a"], "integers have 64 bits; only yara's command line cuts variables to 32")
DATA = b"some data for variables"
DEFINE = ("count=5", "minus=-3", "zero=0", "ratio=1.5", "name=otter", "empty=", "yes=true", "no=false", "spaced=two words",
          "number_text=5x", "path=/tmp/some.exe", "one_two=1-2")

holds("external", DATA, """
count == 5
count != 5
count > 4
count + 1 == 6
count * 2 == 10
count \\ 2 == 2
count == 5.0
count
not count
zero
not zero
minus == -3
minus + count == 2
-minus == 3
minus < 0
ratio == 1.5
ratio > 1
ratio * 2 == 3
ratio + count == 6.5
ratio
name == "otter"
name == "Otter"
name iequals "OTTER"
name contains "tt"
name icontains "TT"
name startswith "ot"
name istartswith "OT"
name endswith "er"
name iendswith "ER"
name matches /^ot+er$/
name matches /OTTER/i
name matches /OTTER/
name matches /badger/
name
not name
empty
not empty
empty == ""
empty contains ""
spaced == "two words"
spaced matches /two\\s\\w+/
number_text == "5x"
one_two == "1-2"
path endswith ".exe"
path matches /\\.exe$/
yes
no
not yes
not no
yes and not no
yes == true
yes == 1
no == 0
yes and count == 5
yes or no
for any i in (1..count) : ( i == 5 )
for any i in (1..count) : ( i == 6 )
for all i in (zero..count) : ( i < 6 )
for count i in (1..10) : ( i > 5 )
for any i in (count, 7) : ( i == 5 )
uint8(count) == 0x64
$a at count
$a in (0..count)
#a == count - 4
@a == zero + 5
count of them
zero of them
any of them and count == 5
defined count
defined name
defined empty
count == "5"
name == 5
name + 1 == 2
count contains "5"
count matches /5/
yes contains "a"
unknown == 1
Count == 5
count.x == 1
count[0] == 1
count() == 1
count startswith "5"
"otter" == name
5 == count
count & 1 == 1
count << 1 == 10
ratio & 1 == 1
~count == -6
filesize > count
name == "otter" and count == 5 and yes and ratio > 1.0
not (name == "badger" or count == 6)
""", '$a = "data"', define=DEFINE)
sets("external", DATA, "rule count { condition: true }", define=("count=5",))
sets("external", DATA, "rule a { condition: count == 5 } rule b { condition: a and count > 4 }", define=("count=5",))
sets("external", DATA, "rule a { condition: count == 5 }", "rule b { condition: count == 5 }", define=("count=5",))
sets("external", DATA, "rule a { condition: for any count in (1..2) : ( count == 2 ) }", define=("count=5",))
sets("external", DATA, "rule a { condition: true }", define=("unused=5",))
sets("external", DATA, "rule a { condition: v == 9223372036854775807 }", define=("v=9223372036854775807",), said=WIDE)
sets("external", DATA, "rule a { condition: v == -9223372036854775807 }", define=("v=-9223372036854775807",),
     said=WIDE)
sets("external", DATA, "rule a { condition: v == \"=x=\" }", define=("v==x=",))
sets("external", DATA, "rule a { condition: v < -1.4 and v > -1.6 }", define=("v=-1.5",))
sets("external", DATA, "rule a { condition: v == \"1.2.3\" }", define=("v=1.2.3",))
sets("external", DATA, "rule a { condition: v == \"True\" }", define=("v=True",))
sets("external", DATA, "rule a { condition: v == \"0x10\" }", define=("v=0x10",))
sets("external", DATA, "rule a { condition: v == 5 }", define=("v=+5",))
sets("external", DATA, "rule a { condition: v == \"+5\" }", define=("v=+5",))
sets("external", DATA, "rule a { condition: v == 5 }", define=("v=005",))
sets("external", DATA, "rule a { condition: v == 1.0 }", define=("v=1.",))
sets("external", DATA, "rule a { condition: v == \"1.\" }", define=("v=1.",))
sets("external", DATA, "rule a { condition: v == 0.5 }", define=("v=.5",))
sets("external", DATA, "rule a { condition: v == \".5\" }", define=("v=.5",))
sets("external", DATA, "rule a { condition: v == \"-\" }", define=("v=-",))
sets("external", DATA, "rule a { condition: v == 6 }", define=("v=5", "v=6"))
