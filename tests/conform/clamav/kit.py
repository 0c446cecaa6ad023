"""What every file of cases uses: the list of cases, and how one is added.

A case is rules, one file to scan, perhaps options, and nothing of what should come out.  Everything
is made by the same steps each time: expected.json, which record.py wrote from clamscan's answers,
names cases by their id and holds a digest of each case's bytes.  Cases of the same rules and options
are asked for in one run."""
import hashlib

CASES = []

# option: what clamscan is told, what our `db build` is told, what our `scan` is told.
OPTIONS = {
    "pua": (["--detect-pua"], ["--pua"], []),
    "pua-only": (["--detect-pua", "--include-pua=Tool"], ["--include-pua=Tool"], []),
    "pua-without": (["--detect-pua", "--exclude-pua=Tool"], ["--exclude-pua=Tool"], []),
    "first": ([], [], []),  # no --allmatch: only the first name
    "full": ([], [], []),   # names with what is put before and behind them
}
_COUNT = {}
# Rows of one pattern each: clamscan is asked for each alone.
ALONE_FILES = (".ndb", ".db", ".ldb")
ALONE_NAMES = (b"R.", b"D.", b"L.")


def case(group, rules, data, *options):
    """rules: {file name: text}.  data: bytes to scan."""
    assert all(o in OPTIONS for o in options), options
    _COUNT[group] = _COUNT.get(group, 0) + 1
    rules = {k: (v if isinstance(v, bytes) else v.encode("latin1")) for k, v in rules.items()}
    alone = len(rules) == 1 and not group.startswith("bad-") and not options and all(
        k.endswith(ALONE_FILES) and v.startswith(ALONE_NAMES) for k, v in rules.items())
    CASES.append({"id": "%s-%03d" % (group, _COUNT[group]), "group": group, "rules": rules,
                  "data": data, "options": options, "rows_alone": alone})


def cases(group, rules, files, *options):
    """One case for each of the files."""
    for data in files:
        case(group, rules, data, *options)


def digest(c):
    h = hashlib.sha256()
    for name in sorted(c["rules"]):
        h.update(name.encode() + b"\0" + c["rules"][name] + b"\0")
    h.update(c["data"])
    if c["options"]:
        h.update(b"\0" + " ".join(c["options"]).encode())
    return h.hexdigest()[:16]


def runs(chosen):
    """Indexes of cases that have rules and options in common."""
    groups = {}
    for i, c in enumerate(chosen):
        key = (tuple(sorted(c["rules"].items())), c["options"])
        groups.setdefault(key, []).append(i)
    return list(groups.values())


def command_line(c, table):
    """The options of one program (0 clamscan, 1 our build, 2 our scan) for a case."""
    return [word for o in c["options"] for word in OPTIONS[o][table]]


def plain_name(c, name):
    """A name without what is put around it, unless the case is about that."""
    if "full" in c["options"]:
        return name
    name = name[:-len(".UNOFFICIAL")] if name.endswith(".UNOFFICIAL") else name
    return name[len("YARA."):] if name.startswith("YARA.") else name


def write_rules(c, folder):
    for name, text in c.items():
        with open("%s/%s" % (folder, name), "wb") as f:
            f.write(text)


def hx(text):
    return (text if isinstance(text, bytes) else text.encode("latin1")).hex()


def ndb(rows, target=0):
    """(offset, hex) or hex rows to the text of an .ndb, names R.1 ..."""
    out = ""
    for i, row in enumerate(rows):
        offset, body = row if isinstance(row, tuple) else ("*", row)
        out += "R.%d:%s:%s:%s\n" % (i + 1, target, offset, body)
    return out


def ldb(rows, tdb="Engine:81-255,Target:0"):
    """Rows "expression;subsig;..." or (description, row) to the text of an .ldb, names L.1 ..."""
    out = ""
    for i, row in enumerate(rows):
        about, row = row if isinstance(row, tuple) else (tdb, row)
        out += "L.%d;%s;%s\n" % (i + 1, about, row)
    return out


# Binary bytes around the text keep the peer from taking the files for text, which it would
# normalise and scan a second time.
HEAD = b"\x00\x01\x02\x03\xf0\xf1\xf2\xf3"
TAIL = b"\xfe\xfd\xfc\x00\x01\x02\x04\x00"


def blob(middle):
    return HEAD + (middle if isinstance(middle, bytes) else middle.encode("latin1")) + TAIL
