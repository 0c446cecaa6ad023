"""What every file of cases uses: the list of cases, and how they are added.

A case is a rule (or a set of files of rules), one input, perhaps external variables, and nothing of
what should come out.  Everything is made by the same steps each time: expected.json, which record.py
wrote from the answers of other programs, names cases by their id and holds a digest of each case.

Kinds of cases and their answers:
    rule     one rule: true, false, or "error" when it does not compile
    strings  one string: the list of [offset, length] of its matches, or "error"
    warns    one rule: whether it makes the compiler warn, or "error"
    value    one expression: [its value], [null] when it is undefined, or "error"
    set      files of rules: the sorted names of those that match, or "error"
"""
import hashlib
import re

CASES = []
_COUNT = {}

# Which programs may be asked: yara 4.2 knows it; only 4.3 and later do; only YARA-X does.
NEEDS = ("4.2", "4.5", "x")


def _add(group, kind, data, needs, said, **more):
    assert needs in NEEDS, needs
    _COUNT[group] = _COUNT.get(group, 0) + 1
    CASES.append({"id": "%s-%03d" % (group, _COUNT[group]), "group": group, "kind": kind,
                  "data": data if isinstance(data, bytes) else data.encode("latin1"),
                  "needs": needs, "said": said, **more})


def lines(text):
    """A list, or a text with one item a line."""
    if isinstance(text, (list, tuple)):
        return list(text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _used(condition, definition):
    """Does the condition use this string?  Only those it uses are written into its rule."""
    name = re.match(r"\$(\w*)", definition).group(1)
    if re.search(r"\bthem\b", condition) or not name:
        return True
    return any(name == ref or (star and name.startswith(ref))
               for ref, star in re.findall(r"[$#@!](\w*)(\*?)", condition))


def holds(group, data, conditions, strings="", imports="", define=(), needs="4.2", said=None):
    """One case for each condition.  said: (answer, sentence) from the documentation."""
    definitions = lines(strings)
    for condition in lines(conditions):
        used = [d for d in definitions if _used(condition, d)]
        body = "{ strings: %s condition: %s }" % (" ".join(used), condition)
        if not used:
            body = "{ condition: %s }" % condition
        _add(group, "rule", data, needs, said, imports=tuple(imports.split()), define=tuple(define),
             body=body)


def bodies(group, data, texts, imports="", define=(), needs="4.2", said=None):
    """One case for each `{ ... }`; what stands before `{` are modifiers and tags."""
    for body in lines(texts):
        _add(group, "rule", data, needs, said, imports=tuple(imports.split()), define=tuple(define),
             body=body)


def finds(group, datas, definitions, needs="4.2", said=None):
    """One case for each definition of a string and each of the inputs."""
    for data in [datas] if isinstance(datas, (str, bytes)) else datas:
        for definition in lines(definitions):
            _add(group, "strings", data, needs, said, imports=(), define=(), definition=definition)


def warns(group, texts, imports="", needs="4.2", said=None):
    """One case for each `{ ... }`."""
    for body in lines(texts):
        _add(group, "warns", b"", needs, said, imports=tuple(imports.split()), define=(), body=body)


def values(group, data, expressions, imports="", define=(), needs="4.2", said=None):
    """One case for each expression; a{b,c}d stands for abd and acd."""
    for line in lines(expressions):
        for expression in braces(line):
            _add(group, "value", data, needs, said, imports=tuple(imports.split()), define=tuple(define),
                 expression=expression)


def braces(line):
    m = re.match(r"(.*?)\{([^{}]*)\}(.*)", line)
    return [m.group(1) + part + rest for part in m.group(2).split(",") for rest in braces(m.group(3))] if m else [line]


def sets(group, data, *files, define=(), needs="4.2", said=None):
    """One case.  files: texts, or (name, text); the first is loaded, with "+" before its name the
    others are, too, each in a namespace of its own."""
    named = [f if isinstance(f, tuple) else ("+rules%d.yar" % i if i else "rules0.yar", f)
             for i, f in enumerate(files)]
    _add(group, "set", data, needs, said, imports=(), define=tuple(define), files=named)


# ---- From a case to the text of its rule ----------------------------------------------------------

def literal(value):
    if isinstance(value, int):
        return str(value) if value > -1 << 63 else "(%d - 1)" % (value + 1)
    return '"%s"' % "".join(x if x.isalnum() or x in " ._-" else "\\x%02x" % ord(x) for x in value)


def body_of(c, matches=None):
    """matches: the answer that the condition is to hold; None: only that it compiles."""
    if c["kind"] in ("rule", "confirm", "warns"):
        return c["body"]
    if c["kind"] == "value":
        if matches is None or matches == [None]:
            return "{ condition: not defined (%s) }" % c["expression"]
        (value,) = matches
        if isinstance(value, float):
            return "{ condition: %s > %.7f and %s < %.7f }" % (c["expression"], value - 2e-6, c["expression"], value + 2e-6)
        return "{ condition: %s == %s }" % (c["expression"], literal(value))
    asked = "#a >= 0" if matches is None else "#a == %d" % len(matches)
    for i, (offset, length) in enumerate(matches or []):
        asked += " and @a[%d] == %d and !a[%d] == %d" % (i + 1, offset, i + 1, length)
    return "{ strings: $a = %s condition: %s }" % (c["definition"], asked)


def text_of(members):
    """The text of a file of rules for (name, case, matches or None)."""
    out = "".join('import "%s"\n' % m for m in sorted({m for _, c, _ in members for m in c["imports"]}))
    for name, c, matches in members:
        modifiers, brace, rest = body_of(c, matches).partition("{")
        before, colon, tags = modifiers.partition(":")
        out += "%s rule %s %s %s%s\n" % (before, name, colon + tags, brace, rest)
    return out


def files_of(c):
    """The files of a case on its own -> {name: text}, names to load."""
    if c["kind"] == "set":
        return ({name.lstrip("+"): text for name, text in c["files"]},
                [name.lstrip("+") for i, (name, _) in enumerate(c["files"]) if not i or name[0] == "+"])
    return {"rules.yar": text_of([("c", c, None)])}, ["rules.yar"]


def shown(c):
    """A line that says what the case is about."""
    if "body" in c:
        return c["body"]
    if c["kind"] == "strings":
        return "%s in %r" % (c["definition"], c["data"][:60])
    if c["kind"] == "value":
        return "%s of %r..." % (c["expression"], c["data"][:20])
    return " / ".join(t for _, t in c["files"]).replace("\n", " ")


def digest(c):
    h = hashlib.sha256()
    for name, text in sorted(files_of(c)[0].items()):
        h.update(name.encode() + b"\0" + text.encode("latin1") + b"\0")
    h.update(c["data"] + b"\0" + " ".join((c["needs"],) + c["define"]).encode())
    if c["said"]:
        h.update(repr(c["said"]).encode())
    return h.hexdigest()[:12]
