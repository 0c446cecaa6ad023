"""Conditions put together by chance, the same ones each time: whatever the operators, undefined
values, quantifiers and loops mean together."""
import random

from kit import holds

DATA = [b"ant bee ant cow bee ant dog", b"bee", bytes(range(40)) + b"ant\xff\xfe\x80\x7f"]
STRINGS = """
$a = "ant"
$b = "bee"
$c = { 6? 6F }
$z = "zebra"
"""
TEXTS = ['"ant"', '"Ant"', '""', '"an"', '"t"', '"b\\x00e"']


class Maker:
    def __init__(self, rnd):
        self.rnd = rnd
        self.vars = []

    def pick(self, *makers):
        return self.rnd.choice(makers)

    def number(self, depth):
        r = self.rnd
        if depth <= 0 or r.random() < 0.25:
            leaf = r.random()
            if leaf < 0.35:
                return str(r.choice([0, 1, 2, 3, 4, 7, 8, 20, 255, 0x7FFFFFFFFFFFFFFF]))
            if leaf < 0.45 and self.vars:
                return r.choice(self.vars)
            return r.choice(["filesize", "#a", "#b", "#c", "#z", "@a", "@b", "@z", "!a", "!c", "!z", "@a[2]", "@a[3]",
                             "uint8(1)", "uint8(1000)", "uint16(2)", "int8(41)", "uint32be(0)", "int16be(40)"])
        x = r.random()
        if x < 0.1:
            return r.choice("-~") + "(%s)" % self.number(depth - 1)
        if x < 0.2:
            return "%s(%s)" % (r.choice(["uint8", "int8", "uint16be", "int32"]), self.number(depth - 1))
        if x < 0.28:
            return "%s[%s]" % (r.choice(["@a", "!a", "@b", "@c"]), self.number(depth - 1))
        if x < 0.34:
            return "#%s in (%s..%s)" % (r.choice("abcz"), self.number(0), self.number(0))
        return "(%s %s %s)" % (self.number(depth - 1), r.choice(["+", "-", "*", "\\", "%", "&", "|", "^", "<<", ">>", "+", "-"]),
                               self.number(depth - 1))

    def real(self, depth):
        r = self.rnd
        x = r.choice(["0.5", "1.5", "2.0", "3.25"])
        return x if depth <= 0 else "(%s %s %s)" % (x, r.choice("+-*\\"), self.number(depth - 1))

    def quantity(self, depth):
        r = self.rnd
        return r.choice(["any", "all", "none", "1", "2", "3", "0", "50%", "34%", "#a", "(%s)" % self.number(depth - 1)])

    def members(self):
        return self.rnd.choice(["them", "($a, $b)", "($a, $z)", "($z)", "($a, $b, $c)", "($*)", "($z, $c)"])

    def bound(self):
        """No loop runs for long."""
        return self.rnd.choice(["0", "1", "3", "10", "#a", "#b", "#z", "@b", "@z", "!a", "filesize", "#c - 1"])

    def loop(self, depth):
        r = self.rnd
        name = "ijkl"[len(self.vars)]
        over = r.choice(["(0..3)", "(1..#a)", "(1, 2, %s)" % self.number(1), "(%s..%s)" % (self.bound(), self.bound()),
                         "(0..filesize)", "(#a, #b, #z)"])
        many = self.quantity(depth)
        self.vars.append(name)
        body = self.truth(depth - 1)
        self.vars.pop()
        return "for %s %s in %s : ( %s )" % (many, name, over, body)

    def truth(self, depth):
        r = self.rnd
        x = r.random()
        if depth <= 0 or x < 0.2:
            return r.choice(["$a", "$b", "$c", "$z", "true", "false", "%s == %s" % (self.number(1), self.number(1)),
                             "$a at %s" % self.number(0), "$b in (%s..%s)" % (self.number(0), self.number(0))])
        if x < 0.35:
            return "%s %s %s" % (self.number(depth - 1), r.choice(["==", "!=", "<", "<=", ">", ">="]), self.number(depth - 1))
        if x < 0.4:
            return "%s %s %s" % (self.real(depth - 1), r.choice(["==", "!=", "<", "<=", ">", ">="]), self.number(depth - 1))
        if x < 0.45:
            return "%s %s %s" % (r.choice(TEXTS), r.choice(["==", "contains", "icontains", "startswith", "iendswith", "iequals", "<"]),
                                 r.choice(TEXTS))
        if x < 0.55:
            return "not (%s)" % self.truth(depth - 1)
        if x < 0.75:
            return "(%s %s %s)" % (self.truth(depth - 1), r.choice(["and", "or"]), self.truth(depth - 1))
        if x < 0.8:
            return "defined (%s)" % self.pick(self.number, self.truth)(depth - 1)
        if x < 0.88:
            at = r.choice(["", "", " in (%s..%s)" % (self.number(0), self.number(0)), " at %s" % self.number(0)])
            return "%s of %s%s" % (self.quantity(depth), self.members(), at)
        if x < 0.93:
            return "for %s of %s : ( %s )" % (self.quantity(depth), self.members(), r.choice(
                ["$", "# > %s" % self.number(1), "@ < %s" % self.number(1), "! == %s" % self.number(0), "$ at %s" % self.number(0),
                 "@[2] > %s" % self.number(0), "$ and %s" % self.truth(0)]))
        return self.loop(depth) if len(self.vars) < 3 else self.truth(depth - 1)


_maker = Maker(random.Random(99))
for _i in range(600):
    holds("random-condition", DATA[_i % 3], [_maker.truth(3)], STRINGS, needs="4.5")
